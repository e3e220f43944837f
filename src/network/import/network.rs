//! A network from the arrays of a file: which of them are layers, in which order, stored how.

use super::super::inputs::EXACT_ENTRY_BYTES;
use super::super::parameters::Parameters;
use super::array::{Array, Values};
use super::fold::{Norm, fold};
use super::names::{Name, Role, bystander};
use super::options::{Budget, ImportOptions, Layout};
use super::order::{self, Link, ORDERS_LISTED};
use super::problem::Problem;
use super::report::{Ignored, LayerReport, NetworkReport, Warning};
use super::source::Source;
use nalgebra::DMatrix;
use rug::Rational;
use std::collections::{BTreeMap, BTreeSet};

/// A linear layer, before it is known where it stands and how it is stored.
#[derive(Debug, Clone)]
pub struct Linear {
    /// What stands before the role in its names.
    key: String,
    /// What `--layers` calls it: the key, or the name of the weight where the key says little.
    pub label: String,
    pub weight: Array,
    pub bias: Option<Array>,
    /// How arrays of this name are stored; `None` if that differs.
    convention: Option<Layout>,
    masks: Vec<String>,
}

impl Linear {
    /// Whether the user means this layer.
    fn is_called(&self, name: &str, prefix: &str) -> bool {
        let is = |own: &str| own == name || own.strip_prefix(prefix) == Some(name);
        is(&self.key) || is(&self.weight.name)
    }

    /// (rows, columns) as stored.
    fn shape(&self) -> (usize, usize) {
        (self.weight.shape[0], self.weight.shape[1])
    }

    fn link(&self, layout: Layout) -> Link<'_> {
        let (inputs, outputs) = layout.directed(self.shape());
        Link { name: &self.label, inputs, outputs }
    }

    /// Whether the bias, if there is one, has the length that this layout asks for.
    fn bias_fits(&self, layout: Layout) -> bool {
        let (_, outputs) = layout.directed(self.shape());
        self.bias.as_ref().is_none_or(|bias| bias.shape == [outputs])
    }

    /// [W; bᵀ], [n_{k−1} + 1, n_k], with b = 0 if there is none.
    fn stacked(&self, layout: Layout) -> Result<DMatrix<Rational>, Problem> {
        let stored = self.weight.to_matrix(self.weight.shape[0])?;
        let weight = if layout == Layout::OutIn { stored.transpose() } else { stored };
        let inputs = weight.nrows();
        let mut stacked = weight.insert_row(inputs, Rational::new());
        if let Some(bias) = &self.bias {
            stacked.set_row(inputs, &bias.to_matrix(1)?.row(0));
        }
        Ok(stacked)
    }
}

/// The network whose layers these arrays are.
pub fn assemble(
    source: Source,
    file: &str,
    options: &ImportOptions,
) -> Result<(Parameters<Rational>, NetworkReport), Problem> {
    let sorted = Sorted::new(source, options)?;
    let sorted = match (sorted.points(options)?, options.curve_point) {
        (None, None) => sorted,
        (None, Some(_)) => return Err(Problem::NoCurve),
        (Some(points), None) => return Err(Problem::Curve { points, example: sorted.indexed_name() }),
        (Some(points), Some(point)) if point >= points => return Err(Problem::NoSuchPoint { point, points }),
        (Some(_), Some(point)) => sorted.point(point),
    };
    sorted.build(file, options)
}

/// The points of the curve whose parameters these arrays are, in order, and what was read.
pub fn assemble_curve(
    source: Source,
    file: &str,
    options: &ImportOptions,
) -> Result<(Vec<Parameters<Rational>>, NetworkReport), Problem> {
    let sorted = Sorted::new(source, options)?;
    let points = sorted.points(options)?.ok_or(Problem::NoCurve)?;
    let mut networks =
        (0..points).map(|point| sorted.clone().point(point).build(file, options)).collect::<Result<Vec<_>, _>>()?;
    let mut report = networks[0].1.clone();
    report.curve_point = None;
    report.notes.insert(0, format!("{points} points of a curve: `….weight_0` to `….weight_{}`", points - 1));
    Ok((networks.drain(..).map(|(network, _)| network).collect(), report))
}

/// The arrays that may be parameters, with their names understood; the others are told.
#[derive(Debug, Clone)]
struct Sorted {
    format: &'static str,
    arrays: Vec<(Name, Array)>,
    ignored: Vec<Ignored>,
    /// The order of the layers that the file gives.
    order: Vec<String>,
    point: Option<usize>,
}

impl Sorted {
    fn new(source: Source, options: &ImportOptions) -> Result<Self, Problem> {
        let Source { format, arrays, order, .. } = source;
        let there = list(arrays.iter().map(|array| array.name.as_str()));
        let mut sorted = Sorted { format, arrays: vec![], ignored: vec![], order, point: None };
        let mut kept = vec![];
        for array in arrays {
            let prefix = options.prefix.as_deref().unwrap_or_default();
            let class = if !array.name.starts_with(prefix) {
                Some("outside of --prefix")
            } else if let Some(class) = bystander(&array.name) {
                Some(class)
            } else if array.is_integral() && Name::parse(&array.name).role == Role::Unknown && !is_numbered(&array.name)
            {
                Some(if array.entries() == 1 { "a counter" } else { "integers" })
            } else {
                None
            };
            match class {
                Some(class) => sorted.ignored.push(Ignored { array: array.name, class }),
                None => kept.push(array),
            }
        }
        if let (true, Some(prefix)) = (kept.is_empty(), &options.prefix) {
            return Err(Problem::NoSuchPrefix { prefix: prefix.clone(), there });
        }
        sorted.arrays = if !kept.is_empty() && kept.iter().all(|array| is_numbered(&array.name)) {
            numbered(kept)?
        } else {
            kept.into_iter().map(|array| (Name::parse(&array.name), array)).collect()
        };
        Ok(sorted)
    }

    /// How many points of a curve the file holds; `None` for a network. A curve has `weight_0`, `weight_1`, … of one shape
    /// behind the name of each layer (Garipov et al. 2018, in their program).
    fn points(&self, options: &ImportOptions) -> Result<Option<usize>, Problem> {
        let mut points: BTreeMap<(&str, bool), Vec<(usize, &Array)>> = BTreeMap::new();
        for (name, array) in &self.arrays {
            let is_weight = match name.role {
                Role::Weight(Some(Layout::OutIn)) => true,
                Role::Bias => false,
                _ => continue,
            };
            if let (Some(index), false) = (name.index, name.layer.is_empty()) {
                points.entry((&name.layer, is_weight)).or_default().push((index, array));
            }
        }
        let same = |points: &[(usize, &Array)]| points.iter().all(|(_, array)| array.shape == points[0].1.shape);
        let weights = points.iter().filter(|((_, is_weight), _)| *is_weight).map(|(_, points)| points);
        let mut weights = weights.clone().peekable();
        let Some(count) = weights.peek().map(|points| points.len()) else { return Ok(None) };
        if !options.layers.is_empty() || count < 2 || !weights.all(|points| same(points)) {
            return Ok(None);
        }
        for arrays in points.values_mut() {
            arrays.sort_by_key(|(index, _)| *index);
            let complete = arrays.len() == count && arrays.iter().enumerate().all(|(k, (index, _))| k == *index);
            if !complete || !same(arrays) {
                return Err(Problem::BrokenCurve { array: arrays[0].1.name.clone(), points: count });
            }
        }
        Ok(Some(count))
    }

    fn indexed_name(&self) -> String {
        let indexed = self.arrays.iter().find(|(name, _)| name.index.is_some());
        indexed.map(|(_, array)| array.name.clone()).unwrap_or_default()
    }

    /// The network at a point of the curve.
    fn point(mut self, point: usize) -> Self {
        self.arrays.retain(|(name, _)| name.index.is_none_or(|index| index == point));
        self.arrays.iter_mut().for_each(|(name, _)| name.index = None);
        self.point = Some(point);
        self
    }

    fn build(self, file: &str, options: &ImportOptions) -> Result<(Parameters<Rational>, NetworkReport), Problem> {
        let Sorted { format, arrays, mut ignored, order: given, point } = self;
        let mut warnings = vec![];
        let groups = Groups::new(arrays)?;
        // Metadata are anybody's: an order in them counts if it names layers.
        let given = if groups.chosen(&given, options).is_ok() { given } else { vec![] };
        let (linears, norms) = groups.select(options, &given, &mut ignored, &mut warnings)?;
        let Placed { order, layouts, order_known, layout_known, undetermined } = place(&linears, options, &given)?;
        if undetermined {
            let message = "nothing but their names says whether the matrices are stored (out, in) or (in, out), as either \
                           fits: read as (out, in), as PyTorch stores them; --layout in-out reads them the other way";
            warnings.push(Warning::new("layout-undetermined", message));
        }
        let entries: usize = linears.iter().map(|linear| linear.weight.entries()).sum();
        Budget::new(options.memory)
            .take("the network, in exact numbers,", EXACT_ENTRY_BYTES.saturating_mul(entries as u64))?;
        let mut layers: Vec<DMatrix<Rational>> = vec![];
        let mut reports: Vec<LayerReport> = vec![];
        for &i in &order {
            let (linear, layout) = (&linears[i], layouts[i]);
            let stacked = linear.stacked(layout)?;
            if let Some(before) = layers.last().map(DMatrix::ncols).filter(|&before| before + 1 != stacked.nrows()) {
                return Err(Problem::Chain {
                    array: linear.weight.name.clone(),
                    found: stacked.nrows() - 1,
                    before: reports[reports.len() - 1].weight.clone(),
                    expected: before,
                });
            }
            reports.push(LayerReport {
                weight: linear.weight.name.clone(),
                bias: linear.bias.as_ref().map(|bias| bias.name.clone()),
                inputs: stacked.nrows() - 1,
                outputs: stacked.ncols(),
                shape: linear.weight.shape.clone(),
                stored: layout.to_string(),
                dtype: linear.weight.dtype.clone(),
                masks: linear.masks.clone(),
                folded: vec![],
            });
            layers.push(stacked);
        }
        let mut notes = vec![];
        if reports.iter().any(|layer| !layer.masks.is_empty()) {
            let masks: Vec<&str> = reports.iter().flat_map(|layer| &layer.masks).map(String::as_str).collect();
            notes.push(format!("pruning masks multiplied in, exactly: {}", list(masks.into_iter())));
        }
        if !norms.is_empty() {
            let labels: Vec<&str> = order.iter().map(|&i| linears[i].label.as_str()).collect();
            notes.extend(fold(&norms, &labels, &mut layers, &mut reports, options)?);
        }
        let network = Parameters::new(layers).map_err(|_| Problem::NoLayers)?;
        let file = file.to_owned();
        let (order, layout) = (order_known, layout_known);
        Ok((
            network,
            NetworkReport {
                file,
                format,
                layers: reports,
                order,
                layout,
                curve_point: point,
                ignored,
                notes,
                warnings,
            },
        ))
    }
}

/// The names of arrays, as many as a message can hold.
pub fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    let shown: Vec<String> = names.iter().take(8).map(|name| format!("`{name}`")).collect();
    let more = if names.len() > shown.len() { ", …" } else { "" };
    if names.is_empty() { "no arrays".into() } else { shown.join(", ") + more }
}

/// `arr_0`, `arr_1`, …: what `numpy.savez` calls arrays without names.
fn is_numbered(name: &str) -> bool {
    name.strip_prefix("arr_")
        .is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Arrays without names, as `get_weights` of Keras returns them: a matrix, its bias if there is one, the next matrix.
fn numbered(mut arrays: Vec<Array>) -> Result<Vec<(Name, Array)>, Problem> {
    arrays.sort_by(|a, b| super::names::natural_order(&a.name, &b.name));
    let mut layer = None;
    let mut named = vec![];
    for array in arrays {
        let role = match array.shape.len() {
            2 => Role::Weight(None),
            1 => Role::Bias,
            _ => return Err(array.misshapen("a matrix or its bias: arrays without names are those of linear layers")),
        };
        if role != Role::Bias {
            layer = Some(array.name.clone());
        }
        let layer = layer.clone().ok_or_else(|| Problem::BiasAlone { array: array.name.clone() })?;
        named.push((Name { layer, role, index: None }, array));
    }
    Ok(named)
}

/// The arrays of one layer.
#[derive(Debug, Default)]
struct Group {
    weight: Option<Array>,
    convention: Option<Layout>,
    bias: Option<Array>,
    pruned: Vec<(&'static str, Array)>,
    masks: Vec<(&'static str, Array)>,
    weight_norm: Option<String>,
    scale: Option<Array>,
    shift: Option<Array>,
    mean: Option<Array>,
    variance: Option<Array>,
}

/// All layers by their labels; arrays of unknown kinds.
struct Groups {
    layers: BTreeMap<String, Group>,
    unknown: Vec<String>,
}

impl Groups {
    fn new(arrays: Vec<(Name, Array)>) -> Result<Self, Problem> {
        let mut groups = Groups { layers: BTreeMap::new(), unknown: vec![] };
        for (name, array) in arrays {
            if name.role == Role::Unknown {
                groups.unknown.push(array.name);
                continue;
            }
            let label = match name.index {
                Some(index) if name.layer.is_empty() => index.to_string(),
                Some(index) => format!("{}.{index}", name.layer),
                None => name.layer,
            };
            let group = groups.layers.entry(label).or_default();
            let place = match name.role {
                Role::Weight(convention) => {
                    group.convention = convention;
                    &mut group.weight
                }
                Role::Bias => &mut group.bias,
                Role::Scale => &mut group.scale,
                Role::Shift => &mut group.shift,
                Role::Mean => &mut group.mean,
                Role::Variance => &mut group.variance,
                Role::Pruned(what) => {
                    group.pruned.push((what, array));
                    continue;
                }
                Role::Mask(what) => {
                    group.masks.push((what, array));
                    continue;
                }
                Role::WeightNorm => {
                    group.weight_norm = Some(array.name);
                    continue;
                }
                Role::Unknown => continue,
            };
            // `0.weight` and `0/weight` are two arrays of one place.
            if let Some(twice) = place.replace(array) {
                return Err(Problem::Twice { array: twice.name });
            }
        }
        Ok(groups)
    }

    /// The linear layers and the normalisations that are meant; the others are told, or refused.
    fn select(
        mut self,
        options: &ImportOptions,
        given: &[String],
        ignored: &mut Vec<Ignored>,
        warnings: &mut Vec<Warning>,
    ) -> Result<(Vec<Linear>, Vec<Norm>), Problem> {
        let chosen = if options.layers.is_empty() { given } else { &options.layers[..] };
        if !chosen.is_empty() {
            let keep = self.chosen(chosen, options)?;
            let unknown = std::mem::take(&mut self.unknown);
            let others: Vec<String> = self.layers.keys().filter(|label| !keep.contains(*label)).cloned().collect();
            let norms_stay = options.fold_batch_norm.is_some();
            for label in others {
                if norms_stay && self.layers[&label].mean.is_some() {
                    continue;
                }
                if let Some(group) = self.layers.remove(&label) {
                    ignored.extend(group.names().into_iter().map(|array| Ignored { array, class: "of another layer" }));
                }
            }
            ignored.extend(unknown.into_iter().map(|array| Ignored { array, class: "of another layer" }));
            let others: Vec<&str> =
                ignored.iter().filter(|i| i.class == "of another layer").map(|i| &*i.array).collect();
            if !others.is_empty() {
                let message = format!(
                    "left out, as the layers were named: {}; if the network uses them, this is another network",
                    list(others.into_iter())
                );
                warnings.push(Warning::new("parameters-left-out", message));
            }
        }
        if let Some(array) = self.unknown.first() {
            let expected = "only linear layers, such as `….weight` (out, in) with `….bias` (out), or `…/kernel` (in, out); \
                            --layers names those that are meant, all else is left out then";
            return Err(Problem::Unexpected { array: array.clone(), expected });
        }
        let (mut linears, mut norms) = (vec![], vec![]);
        for (label, group) in self.layers {
            match group.classify(label)? {
                Layer::Linear(linear) => linears.push(linear),
                Layer::Norm(norm) => norms.push(norm),
            }
        }
        if linears.is_empty() {
            return Err(Problem::NoLayers);
        }
        if let (Some(norm), None) = (norms.first(), options.fold_batch_norm) {
            return Err(Problem::BatchNorm { layer: norm.label.clone() });
        }
        if chosen.is_empty() {
            check_one_network(&linears)?;
        }
        Ok((linears, norms))
    }

    /// The keys of the layers that were named: by key or by the name of the weight, with or without the prefix.
    fn chosen(&self, names: &[String], options: &ImportOptions) -> Result<BTreeSet<String>, Problem> {
        let prefix = options.prefix.as_deref().unwrap_or_default();
        let mut chosen = BTreeSet::new();
        for name in names {
            let is = |own: &str| own == name || own.strip_prefix(prefix) == Some(name);
            let is_meant = |(key, group): &(&String, &Group)| is(key) || group.weights().any(|array| is(&array.name));
            let there = || list(self.layers.keys().map(String::as_str));
            let (key, _) = self
                .layers
                .iter()
                .find(is_meant)
                .ok_or_else(|| Problem::NoSuchLayer { layer: name.clone(), there: there() })?;
            if !chosen.insert(key.clone()) {
                return Err(Problem::Twice { array: name.clone() });
            }
        }
        Ok(chosen)
    }
}

/// What the arrays of a layer are together.
enum Layer {
    Linear(Linear),
    Norm(Norm),
}

impl Group {
    fn weights(&self) -> impl Iterator<Item = &Array> {
        self.weight.iter().chain(self.pruned.iter().map(|(_, array)| array))
    }

    fn names(self) -> Vec<String> {
        let single = [self.weight, self.bias, self.scale, self.shift, self.mean, self.variance];
        let several = self.pruned.into_iter().chain(self.masks).map(|(_, array)| array);
        let names = single.into_iter().flatten().chain(several).map(|array| array.name);
        names.chain(self.weight_norm).collect()
    }

    fn classify(mut self, label: String) -> Result<Layer, Problem> {
        if self.weight_norm.is_some() {
            let advice = "its weight g·v/‖v‖ is irrational; export the network after torch.nn.utils.remove_weight_norm(layer) \
                          or torch.nn.utils.parametrize.remove_parametrizations(layer, \"weight\")";
            return Err(Problem::NotLinear { layer: label, kind: "a layer with weight_norm", advice });
        }
        let flat = self.weight.as_ref().is_some_and(|weight| weight.shape.len() == 1);
        if self.mean.is_some() || self.variance.is_some() {
            let [scale, shift] = [self.scale.or(self.weight), self.shift.or(self.bias)];
            return Norm::new(label, scale, shift, self.mean, self.variance).map(Layer::Norm);
        }
        if self.scale.is_some() || self.shift.is_some() || flat {
            let kind = "a LayerNorm or another normalisation without running statistics";
            let advice = "it depends on the sample and folds into no linear layer";
            return Err(Problem::NotLinear { layer: label, kind, advice });
        }
        let mut masks = vec![];
        for (what, place) in [("weight", &mut self.weight), ("bias", &mut self.bias)] {
            let find = |arrays: &mut Vec<(&'static str, Array)>| {
                arrays.iter().position(|(of, _)| *of == what).map(|i| arrays.swap_remove(i).1)
            };
            match (find(&mut self.pruned), find(&mut self.masks)) {
                (None, None) => {}
                (Some(pruned), Some(mask)) if place.is_none() => {
                    masks.push(mask.name.clone());
                    *place = Some(masked(pruned, &mask)?);
                }
                (Some(array), _) | (None, Some(array)) => {
                    let expected = "the two arrays that pruning makes of a weight, `weight_orig` and `weight_mask`";
                    return Err(Problem::Unexpected { array: array.name, expected });
                }
            }
        }
        let Some(weight) = self.weight else {
            let array = self.bias.map(|bias| bias.name).unwrap_or(label);
            return Err(Problem::BiasAlone { array });
        };
        check_layer(&weight, self.bias.as_ref())?;
        let key = label;
        let label = if weight.name.starts_with(&key) && !key.is_empty() { key.clone() } else { weight.name.clone() };
        Ok(Layer::Linear(Linear { key, label, weight, bias: self.bias, convention: self.convention, masks }))
    }
}

/// A weight is a matrix of floats, a bias a vector of them.
fn check_layer(weight: &Array, bias: Option<&Array>) -> Result<(), Problem> {
    if weight.shape.len() != 2 {
        return Err(weight.misshapen("(out, in): only linear layers are read"));
    }
    if bias.is_none() && weight.name.to_lowercase().contains("emb") {
        let expected = "only linear layers; an embedding is none";
        return Err(Problem::Unexpected { array: weight.name.clone(), expected });
    }
    weight.check_floats()?;
    weight.check_filled()?;
    weight.check_finite()?;
    let Some(bias) = bias else { return Ok(()) };
    if bias.shape.len() != 1 {
        return Err(bias.misshapen("(out)"));
    }
    bias.check_floats()?;
    bias.check_finite()
}

/// The product of what pruning keeps and its mask of zeros and ones: exact.
fn masked(mut pruned: Array, mask: &Array) -> Result<Array, Problem> {
    pruned.check_floats()?;
    if mask.shape != pruned.shape {
        return Err(mask.misshapen("that of the array that it masks"));
    }
    let mask = mask
        .doubles()
        .ok()
        .filter(|mask| mask.iter().all(|entry| *entry == 0.0 || *entry == 1.0))
        .ok_or_else(|| mask.mistyped("zeros and ones"))?;
    if let Values::Floats(floats) = &mut pruned.values {
        floats.iter_mut().zip(&mask).for_each(|(entry, mask)| {
            if *mask == 0.0 {
                *entry = 0.0
            }
        });
    }
    Ok(pruned)
}

/// Refuses several networks of one architecture: the same layers behind prefixes that differ in more than a number.
fn check_one_network(linears: &[Linear]) -> Result<(), Problem> {
    let mut behind: BTreeMap<&str, BTreeSet<(&str, &[usize])>> = BTreeMap::new();
    for linear in linears {
        let ends = linear.label.match_indices(['.', '/']).map(|(i, _)| i + 1);
        for end in ends {
            let (prefix, rest) = linear.label.split_at(end);
            behind.entry(prefix).or_default().insert((rest, &linear.weight.shape));
        }
    }
    for (prefix, layers) in behind.iter().filter(|(_, layers)| layers.len() > 1) {
        let differs = |other: &str| super::names::numeric_order(prefix, other).is_none();
        let mut choices: Vec<String> = behind
            .iter()
            .filter(|(other, same)| *same == layers && (*other == prefix || differs(other)))
            .map(|(other, _)| format!("--prefix {other}"))
            .collect();
        let alone: BTreeSet<(&str, &[usize])> = linears
            .iter()
            .map(|linear| (linear.label.as_str(), &linear.weight.shape[..]))
            .filter(|layer| layers.contains(layer))
            .collect();
        if alone == *layers {
            let names: Vec<&str> = layers.iter().map(|(name, _)| *name).collect();
            choices.insert(0, format!("--layers {}", names.join(",")));
        }
        if choices.len() > 1 {
            return Err(Problem::Networks { choices });
        }
    }
    Ok(())
}

/// Where the layers stand and how they are stored.
struct Placed {
    order: Vec<usize>,
    layouts: Vec<Layout>,
    order_known: &'static str,
    layout_known: &'static str,
    /// The other layout fits as well, and no name of a framework tells.
    undetermined: bool,
}

const BOTH: [Layout; 2] = [Layout::OutIn, Layout::InOut];

fn place(linears: &[Linear], options: &ImportOptions, given: &[String]) -> Result<Placed, Problem> {
    let (order, order_known) = known_order(linears, options, given);
    let assignments = layouts(linears, options)?;
    let mut fitting = vec![];
    for layouts in assignments {
        let links: Vec<Link> = linears.iter().zip(&layouts).map(|(linear, &layout)| linear.link(layout)).collect();
        let orders = match &order {
            Some(order) if chained(&links, order) => vec![order.clone()],
            Some(_) => vec![],
            None => order::chains(&links)?,
        };
        fitting.push((layouts, orders));
    }
    let fits: Vec<&(Vec<Layout>, Vec<Vec<usize>>)> = fitting.iter().filter(|(_, orders)| !orders.is_empty()).collect();
    let Some((layouts, orders)) = fits.first() else { return unplaced(linears, order, &fitting[0].0) };
    let free = linears.iter().any(|linear| linear.convention.is_none()) && options.layout.is_none();
    if fits.len() > 1 && free {
        return Err(Problem::Layout);
    }
    if orders.len() > 1 {
        let links: Vec<Link> = linears.iter().zip(layouts).map(|(linear, &layout)| linear.link(layout)).collect();
        let shown = orders.iter().take(ORDERS_LISTED).map(|order| order::in_words(&links, order)).collect();
        return Err(Problem::Order { orders: shown, more: orders.len() > ORDERS_LISTED });
    }
    let by_name = linears.iter().zip(layouts).all(|(linear, &layout)| linear.convention == Some(layout));
    let layout_known = match options.layout {
        Some(_) => "as --layout says",
        None if fitting.len() == 1
            && linears.iter().any(|linear| linear.bias.is_some() && linear.shape().0 != linear.shape().1) =>
        {
            "by the biases"
        }
        None if fits.len() == 1 => "by the shapes of the layers",
        None if by_name => "by the names alone",
        None => "by the shapes of the layers",
    };
    let names_tell = linears.iter().all(|linear| linear.convention == Some(Layout::InOut));
    let undetermined = options.layout.is_none() && fits.len() > 1 && !names_tell;
    Ok(Placed { order: orders[0].clone(), layouts: layouts.clone(), order_known, layout_known, undetermined })
}

/// Nothing fits: which two layers do not follow each other, or that no order works.
fn unplaced(linears: &[Linear], order: Option<Vec<usize>>, layouts: &[Layout]) -> Result<Placed, Problem> {
    let links: Vec<Link> = linears.iter().zip(layouts).map(|(linear, &layout)| linear.link(layout)).collect();
    let Some(order) = order else {
        let layers = links.iter().map(|link| format!("`{}` {}→{}", link.name, link.inputs, link.outputs));
        return Err(Problem::NoOrder { layers: layers.take(16).collect::<Vec<_>>().join(", ") });
    };
    let broken = order.windows(2).find(|pair| links[pair[0]].outputs != links[pair[1]].inputs);
    let &[before, after] = broken.unwrap_or(&order) else { return Err(Problem::NoLayers) };
    Err(Problem::Chain {
        array: linears[after].weight.name.clone(),
        found: links[after].inputs,
        before: linears[before].weight.name.clone(),
        expected: links[before].outputs,
    })
}

fn chained(links: &[Link<'_>], order: &[usize]) -> bool {
    order.windows(2).all(|pair| links[pair[0]].outputs == links[pair[1]].inputs)
}

/// The order that somebody says, and who.
fn known_order(linears: &[Linear], options: &ImportOptions, given: &[String]) -> (Option<Vec<usize>>, &'static str) {
    let prefix = options.prefix.as_deref().unwrap_or_default();
    let find = |name: &String| linears.iter().position(|linear| linear.is_called(name, prefix));
    for (names, known) in [(&options.layers[..], "as --layers says"), (given, "by the file's metadata")] {
        if !names.is_empty() {
            return (names.iter().map(find).collect(), known);
        }
    }
    let names: Vec<&str> = linears.iter().map(|linear| linear.label.as_str()).collect();
    match order::by_numbers(&names) {
        Some(order) => {
            (Some(order), if linears.len() == 1 { "of a single layer" } else { "by the numbers in the names" })
        }
        None => (None, "the only one in which the shapes fit together"),
    }
}

/// The ways in which the layers may be stored, likeliest first: one layout for all layers of one kind of name, such that
/// biases fit.
fn layouts(linears: &[Linear], options: &ImportOptions) -> Result<Vec<Vec<Layout>>, Problem> {
    let kinds: BTreeSet<Option<bool>> = linears.iter().map(kind).collect();
    let mut all: Vec<BTreeMap<Option<bool>, Layout>> = vec![BTreeMap::new()];
    for of in kinds {
        let members = || linears.iter().filter(|linear| kind(linear) == of);
        let usual = members().find_map(|linear| linear.convention).unwrap_or(Layout::OutIn);
        let mut candidates: Vec<Layout> = match options.layout {
            Some(layout) => vec![layout],
            None => BOTH
                .into_iter()
                .filter(|&layout| layout == usual)
                .chain(BOTH.into_iter().filter(|&layout| layout != usual))
                .collect(),
        };
        let first = candidates[0];
        candidates.retain(|&layout| members().all(|linear| linear.bias_fits(layout)));
        if candidates.is_empty() {
            return Err(misfit(members().find(|linear| !linear.bias_fits(first)), first));
        }
        all = all
            .iter()
            .flat_map(|known| {
                candidates.iter().map(|&layout| {
                    let mut known = known.clone();
                    known.insert(of, layout);
                    known
                })
            })
            .collect();
    }
    Ok(all.iter().map(|known| linears.iter().map(|linear| known[&kind(linear)]).collect()).collect())
}

/// Layers of one kind are stored alike: `weight`, `kernel`, or names that no framework gives.
fn kind(linear: &Linear) -> Option<bool> {
    linear.convention.map(|layout| layout == Layout::InOut)
}

fn misfit(linear: Option<&Linear>, layout: Layout) -> Problem {
    let Some((linear, bias)) = linear.and_then(|linear| Some((linear, linear.bias.as_ref()?))) else {
        return Problem::Layout;
    };
    let (inputs, expected) = layout.directed(linear.shape());
    Problem::Bias {
        array: bias.name.clone(),
        weight: linear.weight.name.clone(),
        layout,
        found: bias.shape[0],
        expected,
        transposed: bias.shape == [inputs],
    }
}

//! A network from the arrays of a file: which of them are layers, in which order, stored how.

use super::super::inputs::EXACT_ENTRY_BYTES;
use super::super::parameters::Parameters;
use super::ReadCurve;
use super::array::Array;
use super::fold::fold;
use super::groups::Groups;
use super::names::{Name, Role, bystander, is_bezier, natural_order};
use super::options::{Budget, ImportOptions, Layout};
use super::place::place;
use super::problem::{ImportProblem, list};
use super::report::{Ignored, LayerReport, NetworkReport, Warning};
use super::source::{Source, told};
use rug::Rational;
use std::collections::BTreeMap;

/// The network whose layers these arrays are.
pub fn assemble(
    source: Source,
    file: &str,
    options: &ImportOptions,
) -> Result<(Parameters<Rational>, NetworkReport), ImportProblem> {
    let sorted = Sorted::new(source, options)?;
    let sorted = match (sorted.points(options)?, options.curve_point) {
        (None, None) => sorted,
        (None, Some(_)) => return Err(ImportProblem::NoCurve),
        (Some(points), None) => return Err(ImportProblem::Curve { points, example: sorted.indexed_name() }),
        (Some(points), Some(point)) if point >= points => return Err(ImportProblem::NoSuchPoint { point, points }),
        (Some(_), Some(point)) => sorted.point(point),
    };
    sorted.build(file, options)
}

/// The points of the curve whose parameters these arrays are, in order, and what was read.
pub fn assemble_curve(source: Source, file: &str, options: &ImportOptions) -> Result<ReadCurve, ImportProblem> {
    let sorted = Sorted::new(source, options)?;
    let is_bezier = is_bezier(sorted.ignored.iter().map(|ignored| ignored.array.as_str()));
    let points = sorted.points(options)?.ok_or(ImportProblem::NoCurve)?;
    let networks =
        (0..points).map(|point| sorted.clone().point(point).build(file, options)).collect::<Result<Vec<_>, _>>()?;
    let mut report = networks[0].1.clone();
    report.curve_point = None;
    report.notes.insert(0, format!("{points} points of a curve: `….weight_0` to `….weight_{}`", points - 1));
    Ok(ReadCurve { points: networks.into_iter().map(|(network, _)| network).collect(), is_bezier, report })
}

/// The arrays that may be parameters, with their names understood; the others are told.
#[derive(Debug, Clone)]
struct Sorted {
    format: &'static str,
    arrays: Vec<(Name, Array)>,
    ignored: Vec<Ignored>,
    /// Whether the file has objects of PyTorch's modules.
    has_modules: bool,
    /// The order of the layers that the file gives.
    order: Vec<String>,
    point: Option<usize>,
}

impl Sorted {
    fn new(source: Source, options: &ImportOptions) -> Result<Self, ImportProblem> {
        let Source { format, arrays, order, no_arrays, has_modules, .. } = source;
        let there = list(arrays.iter().map(|array| array.name.as_str()));
        let ignored = told(no_arrays)?;
        let mut sorted = Sorted { format, arrays: vec![], ignored, has_modules, order, point: None };
        let mut kept = vec![];
        for array in arrays {
            let prefix = options.prefix.as_deref().unwrap_or_default();
            let class = if !array.name.starts_with(prefix) {
                Some("outside of --prefix")
            } else if let Some(class) = bystander(&array.name) {
                Some(class)
            } else if array.is_integral() && Name::parse(&array.name).role == Role::Unknown && !is_numbered(&array.name)
            {
                // More than one may be a mask, or an order of inputs: what the network uses.
                (array.entries() == 1).then_some("a counter")
            } else {
                None
            };
            match class {
                Some(class) => sorted.ignored.push(Ignored { array: array.name, class }),
                None => kept.push(array),
            }
        }
        if let (true, Some(prefix)) = (kept.is_empty(), &options.prefix) {
            return Err(ImportProblem::NoSuchPrefix { prefix: prefix.clone(), there });
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
    fn points(&self, options: &ImportOptions) -> Result<Option<usize>, ImportProblem> {
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
                return Err(ImportProblem::BrokenCurve { array: arrays[0].1.name.clone(), points: count });
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

    fn build(
        self,
        file: &str,
        options: &ImportOptions,
    ) -> Result<(Parameters<Rational>, NetworkReport), ImportProblem> {
        let Sorted { format, arrays, mut ignored, has_modules, order: given, point } = self;
        let mut warnings: Vec<Warning> = has_modules.then(modules_unread).into_iter().collect();
        let groups = Groups::new(arrays)?;
        // Metadata are anybody's: an order in them counts if it names layers.
        let given = match groups.chosen(&given, options) {
            Ok(_) => given,
            Err(problem) => {
                warnings.push(order_unread(&given, &problem));
                vec![]
            }
        };
        let (linears, norms) = groups.select(options, &given, &mut ignored, &mut warnings)?;
        let entries: usize = linears.iter().map(|linear| linear.weight.entries()).sum();
        let memory = EXACT_ENTRY_BYTES.saturating_mul(entries as u64);
        Budget::new(options.memory).take("the network, in exact numbers,", memory)?;
        let placed = place(&linears, options, &given)?;
        warnings.extend(placed.undetermined.then(layout_undetermined));
        let in_order = || placed.order.iter().map(|&i| (&linears[i], placed.layouts[i]));
        let mut layers = in_order().map(|(linear, layout)| linear.stacked(layout)).collect::<Result<Vec<_>, _>>()?;
        let mut reports: Vec<LayerReport> = in_order().map(|(linear, layout)| linear.report(layout)).collect();
        let mut notes = vec![];
        if reports.iter().any(|layer| !layer.masks.is_empty()) {
            let masks = reports.iter().flat_map(|layer| &layer.masks).map(String::as_str);
            notes.push(format!("pruning masks multiplied in, exactly: {}", list(masks)));
        }
        if options.layers.is_empty() && options.prefix.is_none() && given.is_empty() {
            warnings.extend(several_parts(&in_order().map(|(linear, _)| linear.label.as_str()).collect::<Vec<_>>()));
        }
        if !norms.is_empty() {
            let labels: Vec<&str> = in_order().map(|(linear, _)| linear.label.as_str()).collect();
            notes.extend(fold(&norms, &labels, &mut layers, &mut reports, options)?);
        }
        let network = Parameters::new(layers).map_err(|_| ImportProblem::NoLayers)?;
        let (order, layout) = (placed.order_known, placed.layout_known);
        let file = file.to_owned();
        let layers = reports;
        Ok((
            network,
            NetworkReport { file, format, layers, order, layout, curve_point: point, ignored, notes, warnings },
        ))
    }
}

fn order_unread(given: &[String], problem: &ImportProblem) -> Warning {
    let given = given.join(",");
    let message = format!(
        "the order `layers` = `{given}` in the metadata was left out, as it names no layers of the file: {problem}"
    );
    Warning::new("order-unread", message)
}

/// Layers of several parts, two or more of each: encoder and decoder, or two networks. `blocks.0` and `blocks.1` are one part.
fn several_parts(labels: &[&str]) -> Option<Warning> {
    let part = |label: &&str| -> String {
        let parent = label.rsplit_once('.').map_or("", |(parent, _)| parent);
        let component = |part| if str::parse::<u64>(part).is_ok() { "…" } else { part };
        parent.split('.').map(component).collect::<Vec<_>>().join(".")
    };
    let parts: Vec<String> = labels.iter().map(part).collect();
    let mut names = parts.clone();
    names.dedup();
    let several = names.len() > 1 && names.iter().all(|name| parts.iter().filter(|own| *own == name).count() > 1);
    several.then(|| {
        let message = format!(
            "the layers are of several parts, {}: read as one network, one part after the other, with σ between them; \
             --prefix reads one part, --layers says the order",
            list(names.iter().map(String::as_str))
        );
        Warning::new("several-parts", message)
    })
}

/// The file has more than tensors.
pub fn modules_unread() -> Warning {
    let message = "the file names classes of torch.nn: a whole module, or settings. Only its tensors were read, none of its activations \
                   and operations: σ is what --activation says, between all layers; torch.save(model.state_dict(), …) saves tensors alone";
    Warning::new("modules-unread", message)
}

fn layout_undetermined() -> Warning {
    let message = "nothing but their names says whether the matrices are stored (out, in) or (in, out), as either fits: \
                   read as (out, in), as PyTorch stores them; --layout in-out reads them the other way";
    Warning::new("layout-undetermined", message)
}

/// `arr_0`, `arr_1`, …: what `numpy.savez` calls arrays without names.
fn is_numbered(name: &str) -> bool {
    name.strip_prefix("arr_")
        .is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Arrays without names, as `get_weights` of Keras returns them: a matrix, its bias if there is one, the next matrix.
fn numbered(mut arrays: Vec<Array>) -> Result<Vec<(Name, Array)>, ImportProblem> {
    arrays.sort_by(|a, b| natural_order(&a.name, &b.name));
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
        let layer = layer.clone().ok_or_else(|| ImportProblem::BiasAlone { array: array.name.clone() })?;
        if role == Role::Bias && named.last().is_some_and(|(last, _): &(Name, Array)| last.role == Role::Bias) {
            let expected =
                "a matrix and its bias in turn, as arrays without names are read; give names to those of other layers";
            return Err(ImportProblem::Unexpected { array: array.name, expected });
        }
        named.push((Name { layer, role, index: None }, array));
    }
    Ok(named)
}

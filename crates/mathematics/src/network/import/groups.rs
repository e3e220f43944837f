//! The arrays of a file layer by layer, and what each of these layers is.

use super::array::{Array, Values};
use super::fold::Norm;
use super::names::{Name, Role, numeric_order};
use super::options::{ImportOptions, Layout};
use super::place::Linear;
use super::problem::{ImportProblem, list};
use super::report::{Ignored, Warning};
use std::collections::{BTreeMap, BTreeSet};

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
pub struct Groups {
    layers: BTreeMap<String, Group>,
    unknown: Vec<String>,
}

impl Groups {
    /// Puts the arrays with their names together.
    ///
    /// # Errors
    /// [`ImportProblem::Twice`].
    pub fn new(arrays: Vec<(Name, Array)>) -> Result<Self, ImportProblem> {
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
                return Err(ImportProblem::Twice { array: twice.name });
            }
        }
        Ok(groups)
    }

    /// The linear layers and the normalisations that are meant; the others are told, or refused.
    pub fn select(
        mut self,
        options: &ImportOptions,
        given: &[String],
        ignored: &mut Vec<Ignored>,
        warnings: &mut Vec<Warning>,
    ) -> Result<(Vec<Linear>, Vec<Norm>), ImportProblem> {
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
            return Err(ImportProblem::Unexpected { array: array.clone(), expected });
        }
        let (mut linears, mut norms) = (vec![], vec![]);
        for (label, group) in self.layers {
            match group.classify(label)? {
                Layer::Linear(linear) => linears.push(linear),
                Layer::Norm(norm) => norms.push(norm),
            }
        }
        if linears.is_empty() {
            return Err(ImportProblem::NoLayers);
        }
        if let (Some(norm), None) = (norms.first(), options.fold_batch_norm) {
            return Err(ImportProblem::BatchNorm { layer: norm.label.clone() });
        }
        if chosen.is_empty() {
            check_one_network(&linears)?;
        }
        Ok((linears, norms))
    }

    /// The keys of the layers that were named: by key or by the name of the weight, with or without the prefix.
    pub fn chosen(&self, names: &[String], options: &ImportOptions) -> Result<BTreeSet<String>, ImportProblem> {
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
                .ok_or_else(|| ImportProblem::NoSuchLayer { layer: name.clone(), there: there() })?;
            if !chosen.insert(key.clone()) {
                return Err(ImportProblem::Twice { array: name.clone() });
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

    fn classify(mut self, label: String) -> Result<Layer, ImportProblem> {
        if self.weight_norm.is_some() {
            let advice = "its weight g·v/‖v‖ is irrational; export the network after torch.nn.utils.remove_weight_norm(layer) \
                          or torch.nn.utils.parametrize.remove_parametrizations(layer, \"weight\")";
            return Err(ImportProblem::NotLinear { layer: label, kind: "a layer with weight_norm", advice });
        }
        let flat = self.weight.as_ref().is_some_and(|weight| weight.shape.len() == 1);
        if self.mean.is_some() || self.variance.is_some() {
            let [scale, shift] = [self.scale.or(self.weight), self.shift.or(self.bias)];
            return Norm::new(label, scale, shift, self.mean, self.variance).map(Layer::Norm);
        }
        if self.scale.is_some() || self.shift.is_some() || flat {
            let kind = "a LayerNorm, another normalisation without running statistics, or a PReLU";
            let advice = "it is no linear layer and folds into none";
            return Err(ImportProblem::NotLinear { layer: label, kind, advice });
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
                    return Err(ImportProblem::Unexpected { array: array.name, expected });
                }
            }
        }
        let Some(weight) = self.weight else {
            let array = self.bias.map(|bias| bias.name).unwrap_or(label);
            return Err(ImportProblem::BiasAlone { array });
        };
        check_layer(&weight, self.bias.as_ref())?;
        let key = label;
        let label = if weight.name.starts_with(&key) && !key.is_empty() { key.clone() } else { weight.name.clone() };
        Ok(Layer::Linear(Linear { key, label, weight, bias: self.bias, convention: self.convention, masks }))
    }
}

/// A weight is a matrix of floats, a bias a vector of them.
fn check_layer(weight: &Array, bias: Option<&Array>) -> Result<(), ImportProblem> {
    if weight.shape.len() != 2 {
        return Err(weight.misshapen("(out, in): only linear layers are read"));
    }
    if bias.is_none() && weight.name.to_lowercase().contains("emb") {
        let expected = "only linear layers; an embedding is none";
        return Err(ImportProblem::Unexpected { array: weight.name.clone(), expected });
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
fn masked(mut pruned: Array, mask: &Array) -> Result<Array, ImportProblem> {
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
fn check_one_network(linears: &[Linear]) -> Result<(), ImportProblem> {
    let mut behind: BTreeMap<&str, BTreeSet<(&str, &[usize])>> = BTreeMap::new();
    for linear in linears {
        let ends = linear.label.match_indices(['.', '/']).map(|(i, _)| i + 1);
        for end in ends {
            let (prefix, rest) = linear.label.split_at(end);
            behind.entry(prefix).or_default().insert((rest, &linear.weight.shape));
        }
    }
    for (prefix, layers) in behind.iter().filter(|(_, layers)| layers.len() > 1) {
        let differs = |other: &str| numeric_order(prefix, other).is_none();
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
            return Err(ImportProblem::Networks { choices });
        }
    }
    Ok(())
}

//! The network at a vertex of the path: its parameters, and what it computes on the data.

use super::{
    activation::Activation,
    arithmetic::Arithmetic,
    matrix::{Matrix, Reading},
    verdict::{Failure, Part, Rejection, Undecided},
};
use crate::certificate::{self, Exceeded, Limits};
use std::{collections::BTreeMap, rc::Rc};

/// What does not change along the path.
pub struct Setting {
    /// d = n_0, n_1, …, n_L.
    pub widths: Vec<usize>,
    /// σ.
    pub activation: Activation,
    /// X = F_0, `[N, d]`.
    pub inputs: Rc<Matrix>,
    /// What matrices are computed with.
    pub arithmetic: Arithmetic,
    /// How much work is allowed.
    pub limits: Limits,
    /// Whether follows may make use of samples with equal inputs.
    pub equal_inputs: bool,
    /// Whether the problem says that the last move is a rescale.
    pub rescales: bool,
    /// Whether lines may give some columns of a layer only.
    pub columns: bool,
    /// Whether bounded lines may list their pieces.
    pub pieces: bool,
}

impl Setting {
    /// That of an object about networks of these widths, which are two or more, all positive.
    pub fn of_object(
        widths: &[usize],
        activation: &certificate::ActivationRecord,
        inputs: &certificate::Matrix,
        reading: Reading,
        limits: &Limits,
    ) -> Result<Self, Failure> {
        limits.allow_network(inputs.rows, widths)?;
        let inputs = Matrix::read(inputs, Part::Inputs, (inputs.rows, widths[0]), reading)?;
        let (Reading::Certificate(arithmetic) | Reading::Users(arithmetic)) = reading;
        Ok(Setting {
            widths: widths.to_vec(),
            activation: Activation::read(activation, limits)?,
            inputs: Rc::new(inputs),
            arithmetic,
            limits: limits.clone(),
            equal_inputs: false,
            rescales: false,
            columns: false,
            pieces: false,
        })
    }

    /// The network with these layers, every one of them.
    pub fn network(&self, layers: &certificate::Layers, reading: Reading) -> Result<State<'_>, Failure> {
        let layers = all_layers(read_changes(layers, &self.widths, reading)?, &self.widths)?;
        Ok(State::new(self, layers)?)
    }

    /// The certificate's matrices are read so.
    pub fn reading(&self) -> Reading {
        Reading::Certificate(self.arithmetic)
    }

    /// L.
    pub fn depth(&self) -> usize {
        self.widths.len() - 1
    }

    /// Whether a product with so many entries fits into memory, whose factors have numbers of so many bits.
    pub fn allow_product(&self, entries: usize, factors: [&Matrix; 2]) -> Result<(), Undecided> {
        Ok(self.limits.allow_memory(entries as u64, factors.map(Matrix::bits).into_iter().sum())?)
    }

    /// A + B, if it may be held.
    pub fn plus(&self, left: &Matrix, right: &Matrix) -> Result<Matrix, Undecided> {
        left.allow_sum(right, &self.limits)?;
        Ok(left.plus(right))
    }

    /// A − B, if it may be held.
    pub fn minus(&self, left: &Matrix, right: &Matrix) -> Result<Matrix, Undecided> {
        left.allow_sum(right, &self.limits)?;
        Ok(left.minus(right))
    }

    /// A + 1 bᵀ, if it may be held.
    pub fn plus_row(&self, matrix: &Matrix, row: &Matrix) -> Result<Matrix, Undecided> {
        matrix.allow_sum(row, &self.limits)?;
        Ok(matrix.plus_row(row))
    }

    /// Whether the numbers of a matrix that was computed are short enough to go on with it.
    ///
    /// As every factor has been asked, no product is longer than two of them.
    pub fn allow(&self, matrix: &Matrix) -> Result<(), Undecided> {
        Ok(self.limits.allow_bits(matrix.bits())?)
    }

    /// N.
    pub fn samples(&self) -> usize {
        self.inputs.rows()
    }
}

/// New values, or a direction, of one layer.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Change {
    pub weight: Option<Rc<Matrix>>,
    pub bias: Option<Rc<Matrix>>,
}

/// Changes by layer, from 1.
pub type Changes = BTreeMap<usize, Change>;

/// The named layers, each of the right shape.
pub fn read_changes(layers: &certificate::Layers, widths: &[usize], reading: Reading) -> Result<Changes, Rejection> {
    match layers.iter().find(|(_, source)| source.columns.is_some()) {
        Some((&layer, _)) => Err(Rejection::MisplacedColumns { layer }),
        None => read_parts(layers, widths, reading),
    }
}

/// The same, where a layer may have some of its columns only.
fn read_parts(layers: &certificate::Layers, widths: &[usize], reading: Reading) -> Result<Changes, Rejection> {
    let mut changes = Changes::new();
    for (&layer, source) in layers {
        if layer == 0 || layer >= widths.len() {
            return Err(Rejection::UnknownLayer { layer, layers: widths.len() - 1 });
        }
        let read = |source: &Option<certificate::Matrix>, part, shape| {
            source.as_ref().map(|source| Matrix::read(source, part, shape, reading).map(Rc::new))
        };
        let width = source.columns.as_ref().map_or(widths[layer], Vec::len);
        let weight = read(&source.weight, Part::Weight(layer), (widths[layer - 1], width));
        let bias = read(&source.bias, Part::Bias(layer), (1, width));
        changes.insert(layer, Change { weight: weight.transpose()?, bias: bias.transpose()? });
    }
    Ok(changes)
}

/// W_k `[n_{k-1}, n_k]` and b_k `[1, n_k]`.
#[derive(Clone, PartialEq, Eq)]
pub struct Layer {
    pub weight: Rc<Matrix>,
    pub bias: Rc<Matrix>,
}

/// Every layer, of a network that is given as a whole.
pub fn all_layers(mut changes: Changes, widths: &[usize]) -> Result<Vec<Layer>, Rejection> {
    (1..widths.len())
        .map(|layer| match changes.remove(&layer) {
            Some(Change { weight: Some(weight), bias: Some(bias) }) => Ok(Layer { weight, bias }),
            Some(Change { weight: None, .. }) => Err(Rejection::Missing { part: Part::Weight(layer) }),
            Some(Change { bias: None, .. }) => Err(Rejection::Missing { part: Part::Bias(layer) }),
            None => Err(Rejection::MissingLayer { layer }),
        })
        .collect()
}

/// A point of the path. Layers and levels are counted as in the papers, from 1 and from 0.
#[derive(Clone)]
pub struct State<'a> {
    pub setting: &'a Setting,
    layers: Vec<Layer>,
    /// P_1, …, P_L.
    pre: Vec<Rc<Matrix>>,
    /// F_0, …, F_{L-1}.
    features: Vec<Rc<Matrix>>,
}

impl<'a> State<'a> {
    /// The network with these L layers.
    pub fn new(setting: &'a Setting, layers: Vec<Layer>) -> Result<Self, Undecided> {
        let mut state = State { setting, layers, pre: vec![], features: vec![setting.inputs.clone()] };
        for k in 1..=setting.depth() {
            let pre = state.affine(k, None)?;
            state.push(pre)?;
        }
        Ok(state)
    }

    /// New values of layers for a line from here: where some columns are given the others stay.
    pub fn read_target(&self, layers: &certificate::Layers) -> Result<Changes, Failure> {
        let widths = &self.setting.widths;
        let mut changes = read_parts(layers, widths, self.setting.reading())?;
        for (&layer, source) in layers {
            let (Some(columns), Some(change)) = (&source.columns, changes.get_mut(&layer)) else { continue };
            if !self.setting.columns {
                return Err(Rejection::MisplacedColumns { layer }.into());
            }
            let ascend = columns.windows(2).all(|pair| pair[0] < pair[1]);
            let fewer = columns.len() < widths[layer];
            if !ascend || !fewer || columns.last().is_none_or(|&last| last >= widths[layer]) {
                return Err(Rejection::Columns { layer }.into());
            }
            let whole = |own: &Matrix, given: &Rc<Matrix>| -> Result<_, Exceeded> {
                own.allow_sum(given, &self.setting.limits)?;
                Ok(Rc::new(own.with_columns(columns, given)))
            };
            let Layer { weight, bias } = self.layer(layer);
            change.weight = change.weight.as_ref().map(|given| whole(weight, given)).transpose()?;
            change.bias = change.bias.as_ref().map(|given| whole(bias, given)).transpose()?;
        }
        Ok(changes)
    }

    /// W_k and b_k.
    pub fn layer(&self, k: usize) -> &Layer {
        &self.layers[k - 1]
    }

    /// Every layer.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// The number of bits of the largest integer in the parameters.
    pub fn bits(&self) -> u64 {
        self.layers.iter().map(|layer| layer.weight.bits().max(layer.bias.bits())).max().unwrap_or(0)
    }

    /// P_k, `[N, n_k]`.
    pub fn pre(&self, k: usize) -> &Rc<Matrix> {
        &self.pre[k - 1]
    }

    /// F_k for k < L, `[N, n_k]`.
    pub fn features(&self, k: usize) -> &Rc<Matrix> {
        &self.features[k]
    }

    /// F_L, `[N, n_L]`.
    pub fn output(&self) -> &Rc<Matrix> {
        self.pre(self.setting.depth())
    }

    /// P_k = F_{k-1} W_k + 1 b_kᵀ; `before` is a network with its P_k, whose columns of P_k are taken where nothing differs.
    fn affine(&self, k: usize, before: Option<&Self>) -> Result<Rc<Matrix>, Undecided> {
        let (Layer { weight, bias }, features) = (self.layer(k), self.features(k - 1));
        self.allow_level(k)?;
        let Some(before) = before.filter(|before| Rc::ptr_eq(before.features(k - 1), features)) else {
            return Ok(Rc::new(self.setting.plus_row(&features.times(weight), bias)?));
        };
        let own = before.layer(k);
        let moved = [weight.differing_columns(&own.weight), bias.differing_columns(&own.bias)];
        let moved: Vec<bool> = moved[0].iter().zip(&moved[1]).map(|(weight, bias)| weight | bias).collect();
        let products = features.times(&weight.keep_columns(&moved));
        let pre = self.setting.plus_row(&products, &bias.keep_columns(&moved))?;
        Ok(Rc::new(if moved.contains(&false) { before.pre(k).with_columns_of(&pre, &moved) } else { pre }))
    }

    /// Whether P_k and F_k fit into memory beside those below them.
    fn allow_level(&self, k: usize) -> Result<(), Undecided> {
        let below = (1..k).flat_map(|k| [self.pre(k), self.features(k)]);
        let held = below.map(|matrix| (matrix.numbers().len() as u64, matrix.bits()));
        let entries = (2 * self.setting.samples() as u64).saturating_mul(self.setting.widths[k] as u64);
        let bits = self.features(k - 1).bits() + self.layer(k).weight.bits();
        Ok(self.setting.limits.allow_together(held.chain([(entries, bits)]))?)
    }

    /// Appends P_k, and F_k below the output.
    fn push(&mut self, pre: Rc<Matrix>) -> Result<(), Undecided> {
        self.setting.allow(&pre)?;
        if self.features.len() < self.setting.depth() {
            let features = self.setting.activation.apply(&pre);
            self.setting.allow(&features)?;
            self.features.push(Rc::new(features));
        }
        self.pre.push(pre);
        Ok(())
    }

    /// The network after these changes; what they do not touch is not computed again.
    pub fn changed(&self, changes: &Changes) -> Result<Self, Undecided> {
        let setting = self.setting;
        let mut state =
            State { setting, layers: self.layers.clone(), pre: vec![], features: vec![setting.inputs.clone()] };
        for (&k, change) in changes {
            let layer = &mut state.layers[k - 1];
            layer.weight = change.weight.clone().unwrap_or_else(|| layer.weight.clone());
            layer.bias = change.bias.clone().unwrap_or_else(|| layer.bias.clone());
        }
        for k in 1..=setting.depth() {
            if !changes.contains_key(&k) && self.agrees(k, state.features(k - 1)) {
                state.pre.push(self.pre(k).clone());
                state.features.extend(self.features.get(k).cloned());
            } else {
                let pre = state.affine(k, Some(self))?;
                state.push(pre)?;
            }
        }
        Ok(state)
    }

    /// Whether `features` are the present F_{k-1} as far as layer k looks at them.
    fn agrees(&self, k: usize, features: &Rc<Matrix>) -> bool {
        let present = self.features(k - 1);
        if Rc::ptr_eq(present, features) || present == features {
            return true;
        }
        let live = self.layer(k).weight.live_rows();
        present.agrees_with(features, &live)
    }

    /// The network after a follow: layer s has new values, P_k and F_k for s ≤ k ≤ j are known, layer j + 1 may have
    /// changed, and from P_{j+1} on nothing has but what is known. `known` are the pairs (P_k, F_k), F_L left out.
    pub fn followed(&self, layers: Vec<(usize, Layer)>, known: Vec<(usize, Matrix, Option<Matrix>)>) -> Self {
        let mut state = self.clone();
        for (k, layer) in layers {
            state.layers[k - 1] = layer;
        }
        for (k, pre, features) in known {
            state.pre[k - 1] = Rc::new(pre);
            if let Some(features) = features {
                state.features[k] = Rc::new(features);
            }
        }
        state
    }
}

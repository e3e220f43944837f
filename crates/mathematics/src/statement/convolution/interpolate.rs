//! Corollary 2.4.6 of the thesis: every target of a scalar network is fitted.
//!
//! *Under the hypotheses of Theorem 2.4.4 at the last hidden layer k = L − 1, and for f_L(x) = Σ_j λ_j f_{(L−1)j}(x): for every y
//! ∈ ℝᴺ there are
//! parameters with f_L(x_i) = y_i for all i.*
//!
//! λ solves F_{L−1} λ = y. With piecewise-linear σ the N features of the construction are upper triangular in their order: back
//! substitution, and λ = 0 at all other units.
//!
//! That the outputs *are* the targets is shown twice: by an exact forward pass, and by a certificate. Without max-pooling a
//! convolutional
//! network is a fully connected one with the matrices M_l(W_l) ([`Interpolation::as_dense`]); the line from λ = 0 to this λ has a
//! square loss that falls
//! strictly, which the checker sees in rational numbers to end at 0 (the claim `strictly-descends`). With max-pooling, and for a
//! smooth σ, there is a line
//! of graph networks, whose loss is enclosed: it ends below ε, and nothing is said of 0.

use super::layers::{Layer, layers};
use super::triangular::{FullRankFeatures, NotConstructed, full_rank_features};
use crate::certificate::Claim;
use crate::checker::Verdict;
use crate::linalg::{Exact, Kernel};
use crate::network::{Activation, GraphLayer, GraphNetwork, Loss, Nonlinearity, Parameters};
use crate::path::{Change, Move, Path};
use crate::statement::skip::descend::{Aim, GraphDescent, NoDescent, descend};
use crate::statement::{Problem, prove};
use nalgebra::DMatrix;
use rug::Rational;
use std::sync::Arc;

/// A network that fits the targets.
#[derive(Debug, Clone, PartialEq)]
pub struct Interpolation {
    /// Theorem 2.4.4 at the last hidden layer.
    pub features: FullRankFeatures,
    /// The network with the weights λ in its output.
    pub network: GraphNetwork,
}

/// Why there is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotInterpolated {
    /// A hypothesis of Theorem 2.4.4, or filters that are not found.
    #[error(transparent)]
    Features(#[from] NotConstructed),
    /// More outputs than one.
    #[error("the network has {outputs} outputs; the corollary is about one")]
    Outputs {
        /// m.
        outputs: usize,
    },
    /// A unit of the last hidden layer that the construction uses is not connected.
    #[error("unit {unit} (from 0) of the last hidden layer is not connected to the output; connect all of them")]
    NotConnected {
        /// Which one.
        unit: usize,
    },
    /// A unit below is connected.
    #[error(
        "a unit of block {block} is connected to the output; the corollary has those of the last hidden layer only"
    )]
    Skip {
        /// Where it is.
        block: usize,
    },
    /// λ would be irrational.
    #[error("an activation is not piecewise linear: its features are not rational, and λ is not either")]
    Smooth,
}

/// Parameters with f_L(x_i) = y_i for samples X `[N, d]` and targets y.
///
/// # Errors
/// [`NotInterpolated`].
///
/// # Panics
/// If there are not as many targets as samples.
pub fn interpolate(
    network: &GraphNetwork,
    inputs: &DMatrix<Rational>,
    targets: &[Rational],
    seed: u64,
) -> Result<Interpolation, NotInterpolated> {
    assert_eq!(inputs.nrows(), targets.len(), "a target a sample");
    let outputs = network.graph().outputs;
    if outputs != 1 {
        return Err(NotInterpolated::Outputs { outputs });
    }
    let layer = network.graph().blocks.len();
    if let Some([block, _]) = network.graph().skips.iter().find(|[block, _]| *block != layer) {
        return Err(NotInterpolated::Skip { block: *block });
    }
    let features = full_rank_features(network, inputs, layer, seed)?;
    let triangle = features.triangle(inputs).ok_or(NotInterpolated::Smooth)?;
    let ordered: Vec<&Rational> = features.order.samples.iter().map(|&sample| &targets[sample]).collect();
    let lambda = back_substitution(&triangle, &ordered);
    let mut output = DMatrix::from_element(features.network.stacked_output().nrows(), 1, Rational::new());
    for (&unit, value) in features.order.units.iter().zip(lambda) {
        let place = network.graph().skips.iter().position(|skip| *skip == [layer, unit]);
        output[(place.ok_or(NotInterpolated::NotConnected { unit })?, 0)] = value;
    }
    let network = features.network.with_output(&output);
    Ok(Interpolation { features, network })
}

/// λ with A λ = y for an upper triangular A.
fn back_substitution(triangle: &DMatrix<Rational>, targets: &[&Rational]) -> Vec<Rational> {
    let size = targets.len();
    let mut lambda = vec![Rational::new(); size];
    for i in (0..size).rev() {
        let above: Rational = (i + 1..size).map(|j| Rational::from(&triangle[(i, j)] * &lambda[j])).sum();
        lambda[i] = (targets[i] - above) / &triangle[(i, i)];
    }
    lambda
}

impl Interpolation {
    /// The outputs of the network at X, exactly.
    ///
    /// # Panics
    /// If X has not as many columns as the network has inputs.
    pub fn outputs(&self, inputs: &DMatrix<Rational>) -> Vec<Rational> {
        let all = layers(&self.network, self.features.layer).expect("the construction has them");
        let mut level = inputs.clone();
        for (number, layer) in (1..).zip(&all) {
            let own = self.network.layers().get(&number);
            level = super::layers::features(layer, &level, own).expect("all activations are piecewise linear");
        }
        let columns: Vec<usize> = self.network.graph().skips.iter().map(|[_, unit]| *unit).collect();
        let GraphLayer { weight, bias } = self.network.output();
        let outputs = Exact.product(&level.select_columns(&columns), weight);
        let bias = bias.as_ref().map_or_else(Rational::new, |bias| bias[0].clone());
        outputs.iter().map(|output| Rational::from(output + &bias)).collect()
    }

    /// The same function as a fully connected network, with its problem; `None` with max-pooling, or with several activations.
    pub fn as_dense(&self, inputs: &DMatrix<Rational>) -> Option<(Problem, Parameters<Rational>)> {
        let all = layers(&self.network, self.features.layer).expect("the construction has them");
        let mut stacked = vec![];
        let mut common: Option<Activation> = None;
        for (number, layer) in (1..).zip(&all) {
            let Layer::Filters { patches, activation: Nonlinearity::PiecewiseLinear(activation), .. } = layer else {
                return None;
            };
            if common.get_or_insert_with(|| activation.clone()) != activation {
                return None;
            }
            let GraphLayer { weight, bias } = &self.network.layers()[&number];
            stacked.push(with_bias(patches.matrix(weight), bias.as_ref()?));
        }
        let (width, output) = (all.last()?.width(), self.network.output());
        let mut last = DMatrix::from_element(width + 1, 1, Rational::new());
        for (place, [_, unit]) in self.network.graph().skips.iter().enumerate() {
            last[(*unit, 0)].clone_from(&output.weight[(place, 0)]);
        }
        if let Some(bias) = &output.bias {
            last[(width, 0)].clone_from(&bias[0]);
        }
        stacked.push(last);
        let network = Parameters::new(stacked).expect("layers on layers");
        Some((Problem { activation: common?, inputs: inputs.clone(), widths: network.widths() }, network))
    }

    /// The line from λ = 0 to this λ as a path of fully connected networks, and the checker's verdict for the square loss: that
    /// it falls strictly, and from
    /// where to where. `None` where [`Interpolation::as_dense`] has none.
    pub fn prove(&self, inputs: &DMatrix<Rational>, targets: &[Rational]) -> Option<(Path<Rational>, Verdict)> {
        let (problem, end) = self.as_dense(inputs)?;
        let last = end.depth();
        let after = end.layer(last).clone();
        let before = Arc::new(DMatrix::from_element(after.nrows(), 1, Rational::new()));
        let start = end.with_layer(last, (*before).clone()).expect("the shape stays");
        let path = Path { start, moves: vec![Move::Line([(last, Change { before, after })].into())] };
        let loss = Loss::square(DMatrix::from_column_slice(targets.len(), 1, targets));
        let verdict = prove(&problem, Claim::StrictlyDescends, Some(&loss), &path).1;
        Some((path, verdict))
    }
}

/// W over bᵀ.
fn with_bias(weight: DMatrix<Rational>, bias: &DMatrix<Rational>) -> DMatrix<Rational> {
    let rows = weight.nrows();
    let mut stacked = weight.insert_row(rows, Rational::new());
    stacked.set_row(rows, &bias.row(0));
    stacked
}

/// The corollary up to ε, for every σ of Theorem 2.4.4 and with max-pooling: a line of graph networks on which the square loss
/// falls strictly to at most ε.
///
/// # Errors
/// [`NoDescent`].
pub fn approximate(
    features: &FullRankFeatures,
    inputs: &DMatrix<Rational>,
    targets: &[Rational],
    epsilon: &Rational,
) -> Result<GraphDescent, NoDescent> {
    let loss = Loss::square(DMatrix::from_column_slice(targets.len(), 1, targets));
    let aim = Aim { inputs, loss: &loss, epsilon, precision: super::triangular::CERTIFY, seed: 0 };
    descend(&features.features_network(), &aim, &mut |_| {})
}

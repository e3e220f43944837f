//! When a path is promised: the hypotheses of Theorem 5.2.3.

use crate::linalg::{Exact, Kernel};
use crate::network::{Activation, Parameters};
use rug::Rational;

/// A hypothesis of Theorem 5.2.3 that does not hold, with its numbers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unmet {
    /// A hidden layer is wider than the layer before it.
    #[error("n_{layer} = {width} > n_{} = {before}: hidden layer {layer} is wider than the one before it, the layers are no pyramid", layer - 1)]
    Wider {
        /// The layer, from 1.
        layer: usize,
        /// n_layer.
        width: usize,
        /// The width before it.
        before: usize,
    },
    /// The weights of a hidden layer have dependent columns.
    #[error("rank W_{layer} = {rank} < n_{layer} = {width}: the weights of hidden layer {layer} have not full rank")]
    Rank {
        /// The layer, from 1.
        layer: usize,
        /// The rank of its weights.
        rank: usize,
        /// n_layer.
        width: usize,
    },
    /// σ has no inverse ℝ → ℝ.
    #[error("{activation} is not strictly monotone with σ(ℝ) = ℝ: it has no inverse")]
    Activation {
        /// σ.
        activation: String,
    },
}

/// Every hypothesis of Theorem 5.2.3 that does not hold: d ≥ n_1 ≥ … ≥ n_{L−1}, σ continuous and bijective,
/// W_1, …, W_{L−1} of full rank. With one layer there is nothing to assume.
pub fn unmet(network: &Parameters<Rational>, activation: &Activation) -> Vec<Unmet> {
    let widths = network.widths();
    let hidden = 1..network.depth();
    let mut found = vec![];
    if !hidden.is_empty() && !activation.is_strictly_monotone_onto() {
        found.push(Unmet::Activation { activation: activation.to_string() });
    }
    let is_wider = |&layer: &usize| widths[layer] > widths[layer - 1];
    let wider = |layer: usize| Unmet::Wider { layer, width: widths[layer], before: widths[layer - 1] };
    found.extend(hidden.clone().filter(is_wider).map(wider));
    // A layer that is wider has dependent columns for that reason alone.
    for layer in hidden.filter(|layer| !is_wider(layer)) {
        let (rank, width) = (Exact.rank(&network.weight(layer).into_owned()), widths[layer]);
        if rank < width {
            found.push(Unmet::Rank { layer, rank, width });
        }
    }
    found
}

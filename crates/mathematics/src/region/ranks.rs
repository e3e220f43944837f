//! Theorems 5.2.3 and 5.2.4 of the thesis: networks all of whose decision regions are connected.
//!
//! *Theorem 5.2.3.* If d ≥ n_1 ≥ … ≥ n_(L−1), the weights W_1, …, W_(L−1) have full rank and σ is monotone with σ(ℝ) = ℝ, then
//! every region C_j is connected. (The thesis asks for a continuous bijection; its proof needs connected fibres of a proper
//! map, which a continuous monotone function onto ℝ has.) *Theorem 5.2.4.* With one hidden layer, monotone is enough. Without
//! a hidden layer a region is convex. W_L and all biases are free.
//!
//! That W_l [n_(l−1), n_l] has rank n_l is shown by a matrix L with L W_l ≡ I modulo a prime q that divides no denominator of
//! W_l: a minor that is not zero modulo q is not zero.

use crate::certificate::{Object, object as file};
use crate::linalg::{Exact, Kernel, left_inverse_modulo};
use crate::network::{Activation, Parameters};
use rug::Rational;

use super::certificate::network_record;

/// How many primes are tried for a layer before its rank is computed.
const PRIMES_TRIED: usize = 3;

/// Why the theorems say nothing about a network. Layers are numbered from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoTheorem {
    /// With one output there are no classes.
    #[error("the network has one output: there are no classes to tell apart")]
    OneOutput,
    /// A hidden layer is wider than the layer before it, or than the input.
    #[error("layer {layer} has {width} neurons for {inputs} inputs: a layer wider than the one before it")]
    NotPyramidal { layer: usize, width: usize, inputs: usize },
    /// σ goes up and down.
    #[error("the activation is not monotone: it has the slopes {} and {}", .slopes[0], .slopes[1])]
    NotMonotone { slopes: [Rational; 2] },
    /// σ is bounded on one side, and there is more than one hidden layer.
    #[error("the activation is constant on one side, and the network has {hidden} hidden layers: one would do")]
    NotOnto { hidden: usize },
    /// The columns of a hidden layer's weights are dependent.
    #[error("the weights of layer {layer} have rank {rank}, less than their {width} neurons")]
    Deficient { layer: usize, rank: usize, width: usize },
}

/// The certificate that every decision region of a network is connected.
///
/// # Errors
/// [`NoTheorem`]: then regions may be connected or not.
pub fn ranks(network: &Parameters<Rational>, activation: &Activation) -> Result<Object, NoTheorem> {
    require_shape(network)?;
    require_activation(activation, network.depth() - 1)?;
    let ranks = (1..network.depth()).map(|layer| rank(network, layer)).collect::<Result<_, _>>()?;
    Ok(Object::Ranks(Box::new(file::Ranks { network: network_record(network, activation), ranks })))
}

fn require_shape(network: &Parameters<Rational>) -> Result<(), NoTheorem> {
    let widths = network.widths();
    let hidden = network.depth() - 1;
    if widths[hidden + 1] < 2 {
        return Err(NoTheorem::OneOutput);
    }
    match (1..=hidden).find(|&layer| widths[layer] > widths[layer - 1]) {
        Some(layer) => Err(NoTheorem::NotPyramidal { layer, width: widths[layer], inputs: widths[layer - 1] }),
        None => Ok(()),
    }
}

fn require_activation(activation: &Activation, hidden: usize) -> Result<(), NoTheorem> {
    let slopes = activation.slopes();
    let (up, down) = (slopes.iter().find(|slope| **slope > 0), slopes.iter().find(|slope| **slope < 0));
    let (first, last) = (&slopes[0], &slopes[slopes.len() - 1]);
    match (up, down) {
        _ if hidden == 0 => Ok(()),
        (Some(up), Some(down)) => Err(NoTheorem::NotMonotone { slopes: [up.clone(), down.clone()] }),
        _ if hidden > 1 && (first.is_zero() || last.is_zero()) => Err(NoTheorem::NotOnto { hidden }),
        _ => Ok(()),
    }
}

fn rank(network: &Parameters<Rational>, layer: usize) -> Result<file::Rank, NoTheorem> {
    let weight = network.weight(layer).into_owned();
    let deficient = |rank| NoTheorem::Deficient { layer, rank, width: weight.ncols() };
    for attempts in [PRIMES_TRIED, usize::MAX] {
        if let Some(found) = left_inverse_modulo(&weight, attempts) {
            let rows = found.inverse.row_iter();
            let left_inverse = rows.map(|row| row.iter().map(|&entry| u64::from(entry)).collect()).collect();
            return Ok(file::Rank { modulus: found.modulus.into(), left_inverse });
        }
        // Unlucky primes or a deficient rank: the exact rank tells. If it is full, some prime will do.
        let rank = Exact.rank(&weight);
        if rank < weight.ncols() {
            return Err(deficient(rank));
        }
    }
    Err(deficient(Exact.rank(&weight)))
}

//! Independent features: Ψ(U) has rank N, certified, and with analytic activations for almost every U.
//!
//! One certified U takes the place of Assumption 3.1: a minor of order N of Ψ is an analytic function that is not 0 there, so that
//! Lemma 3.2 and Theorem 3.4 (1) to (3) hold for this architecture and these data, whatever the activations and with tied
//! biases too.

use super::right_inverse::{RightInverse, right_inverse};
use crate::certificate::{Object, object};
use crate::checker::Finding;
use crate::linalg::Double;
use crate::network::{GraphNetwork, duplicate_rows};
use crate::path::to_matrix;
use crate::statement::object::prove;
use nalgebra::DMatrix;
use rug::Rational;

/// The most bits with which Ψ is enclosed.
pub const MOST_BITS: u64 = 16_384;

/// Fewer bits than these make nothing faster: with just as many the checker computes smooth activations in machine words.
const LEAST_BITS: u64 = 40;

/// Features of rank N.
pub struct Independent {
    /// The claim with all that shows it.
    pub object: Object,
    /// What the checker says of it.
    pub finding: Finding,
    /// R as it is written.
    pub right_inverse: DMatrix<Rational>,
    /// The precision of the floats that R comes from.
    pub precision: u32,
    /// Bits behind the point with which the checker decided.
    pub bits: u64,
}

/// Why no rank N is certified.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotIndependent {
    /// Rank N needs N columns.
    #[error("{features} features of {samples} samples: rank {samples} needs as many")]
    TooFew {
        /// M, with the column of ones.
        features: usize,
        /// N.
        samples: usize,
    },
    /// Whatever the parameters are.
    #[error(
        "samples {first} and {second} (counted from 0) have equal inputs: their features are equal for all parameters"
    )]
    EqualSamples {
        /// The one.
        first: usize,
        /// The other.
        second: usize,
    },
    /// The rank may be N or not.
    #[error("undecided: no right inverse of the features was found with up to {precision} bits")]
    Undecided {
        /// The most that was tried.
        precision: u32,
    },
    /// The checker does not see it.
    #[error("undecided: the checker does not see ‖I − Ψ R‖ < 1 with up to {bits} bits")]
    NotSeen {
        /// The most that was tried.
        bits: u64,
    },
}

/// Certifies rank Ψ(U) = N; `tell` hears the precisions that are tried, `most` of them at most.
///
/// # Errors
/// [`NotIndependent`].
pub fn independent(
    network: &GraphNetwork,
    inputs: &DMatrix<Rational>,
    most: u32,
    tell: &mut dyn FnMut(u32),
) -> Result<Independent, NotIndependent> {
    let (samples, features) = (inputs.nrows(), network.stacked_output().nrows());
    if features < samples {
        return Err(NotIndependent::TooFew { features, samples });
    }
    if let Some((first, second)) = duplicate_rows(inputs) {
        return Err(NotIndependent::EqualSamples { first, second });
    }
    let mut refused = NotIndependent::Undecided { precision: most };
    let found = right_inverse(network, inputs, most, tell, |found| {
        certified(network, inputs, found).map_err(|bits| refused = NotIndependent::NotSeen { bits }).ok()
    });
    found.ok_or(refused)
}

/// What the checker says of an R, with more and more bits; the bits that were too few.
fn certified(
    network: &GraphNetwork,
    inputs: &DMatrix<Rational>,
    RightInverse { inverse, bits, precision }: RightInverse,
) -> Result<Independent, u64> {
    let mut bits = bits.max(LEAST_BITS);
    while bits <= MOST_BITS {
        let object = object_of(network, inputs, &inverse, bits);
        match prove(object.clone()) {
            Ok(finding) => return Ok(Independent { object, finding, right_inverse: inverse, precision, bits }),
            // The true norm is at least 1: more bits do not help this R.
            Err(refused) if refused.unproved().is_some() => return Err(bits),
            // A little more, at first: up to about 50 bits the checker computes in machine words.
            Err(_) => bits += bits.div_ceil(4).max(4),
        }
    }
    Err(MOST_BITS)
}

/// How many singular values are above σ_max · max(N, M) · 2^−52: the rank as NumPy's `matrix_rank` and the thesis count it.
pub fn rank_in_doubles(network: &GraphNetwork, inputs: &DMatrix<Rational>) -> usize {
    let psi = network.features(&Double, &inputs.map(|x| x.to_f64()));
    let values = psi.singular_values();
    let threshold = values.max() * psi.nrows().max(psi.ncols()) as f64 * f64::EPSILON;
    values.iter().filter(|value| **value > threshold).count()
}

/// The claim with this R.
pub fn object_of(
    network: &GraphNetwork,
    inputs: &DMatrix<Rational>,
    right_inverse: &DMatrix<Rational>,
    bits: u64,
) -> Object {
    let mut layers = network.to_layers();
    layers.remove(&(network.graph().blocks.len() + 1));
    Object::Independent(Box::new(object::Independent {
        graph: network.graph().clone(),
        inputs: to_matrix(inputs),
        layers,
        right_inverse: to_matrix(right_inverse),
        bits,
    }))
}

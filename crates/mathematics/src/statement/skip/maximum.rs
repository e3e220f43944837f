//! No local maximum (Theorem 3.4 (4)), also where ∇_V Φ = 0.
//!
//! Along V + t e_j e_kᵀ cross-entropy and squares are strictly convex functions of t if one Ψ_ij is not 0 (and for cross-entropy
//! m ≥ 2): their second derivative is Σ_i p (1 − p) Ψ_ij² and Σ_i Ψ_ij², up to a factor. A strictly convex function has no local maximum,
//! whatever its slope is. The proof in the paper takes the whole Hessian in V, forgets the factor 1/N, and m ≥ 2.
//!
//! 1. The feature j of the largest Σ_i Ψ_ij², and the output k of the largest Σ_i p (1 − p), in doubles.
//! 2. A step r so that the loss is larger at both ends, if doubles see one: there is one where the slope is 0.
//! 3. The checker encloses the second derivative, and the loss at t = −r, 0, r; with more bits where it does not decide.

use super::independent::MOST_BITS;
use crate::certificate::{Object, object};
use crate::checker::{Finding, Unproved};
use crate::linalg::Double;
use crate::network::{Criterion, GraphNetwork, Loss};
use crate::path::{to_fraction, to_loss, to_matrix};
use crate::statement::object::prove;
use nalgebra::DMatrix;
use rug::Rational;

/// The steps that are tried: 2^4, …, 2^−26.
const STEPS: std::ops::Range<i32> = -4..27;

/// A network that is no local maximum.
pub struct NoMaximum {
    /// The claim with all that shows it.
    pub object: Object,
    /// What the checker says of it.
    pub finding: Finding,
    /// Bits behind the point with which the checker decided.
    pub bits: u64,
}

/// Why a maximum is not excluded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotSteep {
    /// Of one output the cross-entropy is 0.
    #[error("the {loss} of one output is constant: every network is a local maximum")]
    Constant {
        /// Which loss.
        loss: String,
    },
    /// It is affine between its kinks.
    #[error("the {loss} is nowhere strictly convex")]
    NotConvex {
        /// Which loss.
        loss: String,
    },
    /// The output does not depend on its weights.
    #[error(
        "all features are 0 on all samples, as far as doubles see: the loss does not depend on the output's weights"
    )]
    ZeroFeatures,
    /// Something is too near to 0.
    #[error("undecided: the checker does not see that the second derivative is positive with up to {bits} bits")]
    Undecided {
        /// The most that was tried.
        bits: u64,
    },
}

/// Shows that neither this network nor any that has its blocks is a local maximum.
///
/// # Errors
/// [`NotSteep`].
pub fn no_maximum(network: &GraphNetwork, inputs: &DMatrix<Rational>, loss: &Loss) -> Result<NoMaximum, NotSteep> {
    match loss.criterion() {
        Criterion::Hinge(_) => return Err(NotSteep::NotConvex { loss: loss.to_string() }),
        Criterion::CrossEntropy(_) | Criterion::SoftCrossEntropy(_) if network.graph().outputs < 2 => {
            return Err(NotSteep::Constant { loss: loss.to_string() });
        }
        _ => {}
    }
    let psi = network.features(&Double, &inputs.map(|x| x.to_f64()));
    let (feature, largest) = (0..psi.ncols()).map(|j| (j, psi.column(j).norm_squared())).fold((0, 0.0), larger);
    if largest == 0.0 {
        return Err(NotSteep::ZeroFeatures);
    }
    let output = &psi * network.stacked_output().map(|x| x.to_f64());
    let weight = (feature, steepest_output(&output, loss));
    let mut step = visible_step(&psi, &output, weight, loss);
    let mut bits = 64;
    while bits <= MOST_BITS {
        let object = object_of(network, inputs, loss, (weight, step.as_ref()), bits);
        match prove(object.clone()) {
            Ok(finding) => return Ok(NoMaximum { object, finding, bits }),
            // Doubles see a rise that is none.
            Err(refused) if matches!(refused.unproved(), Some(Unproved::NoRise { .. })) => step = None,
            Err(_) => bits *= 2,
        }
    }
    Err(NotSteep::Undecided { bits: MOST_BITS })
}

/// The claim for the weight from a feature to an output, with a step or without.
pub fn object_of(
    network: &GraphNetwork,
    inputs: &DMatrix<Rational>,
    loss: &Loss,
    ((feature, output), step): ((usize, usize), Option<&Rational>),
    bits: u64,
) -> Object {
    Object::NoMaximum(Box::new(object::NoMaximum {
        graph: network.graph().clone(),
        inputs: to_matrix(inputs),
        layers: network.to_layers(),
        loss: to_loss(loss),
        feature,
        output,
        step: step.map(to_fraction),
        bits,
    }))
}

fn larger(best: (usize, f64), next: (usize, f64)) -> (usize, f64) {
    if next.1 > best.1 { next } else { best }
}

/// The output of the largest Σ_i p (1 − p); the first one for other losses than the cross-entropy.
fn steepest_output(output: &DMatrix<f64>, loss: &Loss) -> usize {
    if !matches!(loss.criterion(), Criterion::CrossEntropy(_) | Criterion::SoftCrossEntropy(_)) {
        return 0;
    }
    let mut shares = output.clone();
    for mut row in shares.row_iter_mut() {
        let largest = row.max();
        row.apply(|x| *x = (*x - largest).exp());
        let sum = row.sum();
        row.apply(|x| *x = (*x / sum) * (1.0 - *x / sum));
    }
    (0..shares.ncols()).map(|k| (k, shares.column(k).sum())).fold((0, 0.0), larger).0
}

/// The largest step so that doubles see the loss rise on both sides.
fn visible_step(
    psi: &DMatrix<f64>,
    output: &DMatrix<f64>,
    (feature, k): (usize, usize),
    loss: &Loss,
) -> Option<Rational> {
    let at = |step: f64| {
        let mut moved = output.clone();
        moved.column_mut(k).axpy(step, &psi.column(feature), 1.0);
        loss.approximate(&moved)
    };
    let here = at(0.0);
    let rises = |step: f64| at(step) > here * (1.0 + 1e-12) && at(-step) > here * (1.0 + 1e-12);
    STEPS.map(|shift| 2f64.powi(-shift)).find(|&step| rises(step)).and_then(Rational::from_f64)
}

//! **Ray.** θ + λ δ for all λ ≥ 0, with constant output: the last move of an unbounded path.
//!
//! The forward pass is done with polynomials in λ. A hidden neuron is *dead* if its outgoing weights are zero for all λ.
//! Every live entry p(λ) of a pre-activation must stay in one piece of σ for all λ ≥ 0. That is so
//! - if it is constant;
//! - if all coefficients of p − β are ≥ 0 for the last breakpoint β, or all of β − p for the first one.
//!
//! For degree one this is exact. An entry of higher degree for which it fails is *undecided*.

use crate::{
    motion::{Features, Motion},
    polynomial::Polynomial,
    state::{Changes, State},
    verdict::{Failure, Rejection, Undecided},
};
use num_bigint::BigInt;
use num_traits::Zero;

/// Whether the ray from the state in this direction is acceptable.
pub fn check(state: &State, direction: Changes) -> Result<(), Failure> {
    let motion = Motion::along(state, direction)?;
    if motion.is_rest() {
        return Err(Rejection::ZeroRay.into());
    }
    let depth = state.setting.depth();
    let mut features = Features::Present;
    for k in 1..depth {
        features = match motion.live_pre(k, &features)? {
            None => Features::Present,
            Some(live_pre) => motion.features(&live_pre, &pieces(&motion, k, &live_pre)?),
        };
    }
    if motion.pre(depth, &features)?.is_constant() { Ok(()) } else { Err(Rejection::RayChangesOutput.into()) }
}

/// The piece in which each live entry of P_k(λ) stays.
fn pieces(motion: &Motion, k: usize, live_pre: &Polynomial) -> Result<Vec<Option<usize>>, Failure> {
    let live = motion.live(k);
    let activation = &motion.state.setting.activation;
    let thresholds = activation.thresholds(live_pre.coefficients()[0].den());
    let numbers: Vec<_> = live_pre.coefficients().iter().map(|matrix| matrix.num()).collect();
    (0..numbers[0].len())
        .map(|i| {
            let mut entry = numbers.iter().map(|numbers| &numbers[i]);
            let start = entry.next().expect("a constant term");
            let slopes: Vec<&BigInt> = entry.collect();
            if !live[i % live.len()] {
                return Ok(None);
            }
            // At a breakpoint the direction says which of the two pieces it is.
            let rises = slopes.iter().all(|slope| **slope >= BigInt::zero());
            let falls = slopes.iter().all(|slope| **slope <= BigInt::zero());
            let (piece, last) = (thresholds.piece(start), activation.breakpoints().len());
            match (rises, falls) {
                (true, true) => Ok(Some(piece)),
                (true, _) if piece == last => Ok(Some(last)),
                (_, true) if thresholds.is_within(start, 0) => Ok(Some(0)),
                _ if slopes[1..].iter().all(|slope| slope.is_zero()) => {
                    let (sample, neuron) = (i / live.len(), i % live.len());
                    Err(Rejection::RayLeavesPiece { layer: k, neuron, sample }.into())
                }
                _ => Err(Undecided::CurvedRay { layer: k }.into()),
            }
        })
        .collect()
}

//! **Bounded line.** Some layers go straight to new values, and the loss stays at most a given bound.
//!
//! On a piece of λ ∈ [0, 1] the output is enclosed to second order (see [`Tube`]), and the loss at the two ends of that
//! enclosure bounds the loss on the piece, by convexity. Pieces that are not proved to be below the bound are halved, up
//! to a budget: then the move is *undecided*, unless a point of it is above the bound.

use super::line::point;
use crate::{
    chord::Tube,
    interval::{Interval, Precision},
    loss::Loss,
    state::{Changes, State},
    verdict::{Failure, Rejection, Undecided},
};
use num_bigint::BigInt;
use num_rational::BigRational;

/// Bits behind the point.
const PRECISION: Precision = Precision(128);
/// How many pieces are looked at.
const PIECES: usize = 512;

/// The network at the end of the line, if the loss is at most `bound` on all of it.
pub fn check<'a>(state: &State<'a>, target: &Changes, loss: &Loss, bound: &BigRational) -> Result<State<'a>, Failure> {
    let end = state.changed(target)?;
    for vertex in [state, &end] {
        if !loss.is_below(vertex.output(), bound)? {
            return Err(Rejection::AboveBound.into());
        }
    }
    let tube = Tube::new(state, &end, target, PRECISION);
    // Pieces [i, i+1]/2^h that are still to do, as (i, h).
    let mut pieces = vec![(BigInt::ZERO, 0u64)];
    let mut budget = PIECES;
    while let Some((i, h)) = pieces.pop() {
        if budget == 0 {
            return Err(refute(state, target, loss, bound));
        }
        budget -= 1;
        let cols = end.output().cols();
        let above =
            |output: &Vec<Interval>| PRECISION.rational(&loss.enclose_box(output, cols, PRECISION).upper) > *bound;
        if tube.output(&i, h).iter().any(above) {
            pieces.push((2 * &i + 1, h + 1));
            pieces.push((2 * &i, h + 1));
        }
    }
    Ok(end)
}

/// Rejects if a point of a small grid is above the bound.
fn refute(state: &State, target: &Changes, loss: &Loss, bound: &BigRational) -> Failure {
    let above = (1..16).any(|i| {
        let lambda = BigRational::new(BigInt::from(i), BigInt::from(16));
        let output = state.changed(&point(state, target, &lambda)).map(|state| state.output().clone());
        output.and_then(|output| loss.is_below(&output, bound)) == Ok(false)
    });
    if above { Rejection::AboveBound.into() } else { Undecided::BoundTooTight { pieces: PIECES }.into() }
}

//! **Bounded line.** Some layers go straight to new values, and the loss stays at most a given bound.
//!
//! On a piece of λ ∈ [0, 1] the output is enclosed to second order (see [`Tube`]), and the loss at the two ends of that
//! enclosure bounds the loss on the piece, by convexity. Pieces that are not proved to be below the bound are halved, up
//! to a budget: then the move is *undecided*, unless a point of it is above the bound. Where the file lists
//! pieces, these are tried first, each once.
//!
//! Networks of more than [`SMALL`] products a pass go through machine words ([`Words`]), on all cores: [0, 1] is cut into
//! [`RANGES`] ranges of which each is walked through from its left end, by pieces as long as they are proved, halved where
//! they are not and doubled after two that were.

use super::line::point;
use crate::certificate::{Exceeded, Limit};
use crate::rational::Rational;
use crate::{
    chord::Tube,
    cores,
    interval::{Interval, Precision},
    loss::Loss,
    pieces::{GRID, Piece},
    state::{Changes, State},
    verdict::{Failure, Rejection, Undecided},
    words::Words,
};
use num_bigint::BigInt;
use std::sync::atomic::{AtomicBool, Ordering};

/// Bits behind the point.
const PRECISION: Precision = Precision(128);
/// How many pieces are looked at.
const PIECES: u64 = 512;
/// Products of features and weights in a pass over all samples up to which numbers may be of any length.
const SMALL: u64 = 1 << 15;
/// Ranges that are walked through one beside the other. A constant, so that the answer does not depend on the machine.
const RANGES: i64 = 16;
/// How many pieces are looked at there, as many in each range.
const PIECES_OF_ALL: u64 = 4096;

/// The network at the end of the line, if the loss is at most the bound on all of it: on the pieces that are listed, or else on
/// those that are found.
pub fn check<'a>(
    state: &State<'a>,
    target: &Changes,
    (loss, bound): (&Loss, &Rational),
    listed: Option<&[Piece]>,
) -> Result<State<'a>, Failure> {
    let end = state.changed(target)?;
    for vertex in [state, &end] {
        if !loss.is_below(vertex.output(), bound)? {
            return Err(Rejection::AboveBound.into());
        }
    }
    let line = (state, &end, target);
    let is_seen = listed.map_or(Ok(false), |pieces| holds_on(pieces, line, (loss, bound)))?;
    if !is_seen {
        search(line, (loss, bound))?;
    }
    Ok(end)
}

/// Whether the loss is seen to be at most the bound on each of these pieces.
fn holds_on(
    pieces: &[Piece],
    (state, end, target): (&State, &State, &Changes),
    (loss, bound): (&Loss, &Rational),
) -> Result<bool, Exceeded> {
    let (products, losses) = (products(state, target), end.output().numbers().len() as u64);
    let work = products.max(losses).saturating_mul(pieces.len() as u64);
    state.setting.limits.allow(Limit::Products, work)?;
    if products <= SMALL {
        let tube = Tube::new(state, end, target, PRECISION);
        return Ok(pieces.iter().all(|&Piece { i, h }| is_below(&tube, &i.into(), h, (loss, bound))));
    }
    let Some(words) = Words::new(state, end, target, loss) else { return Ok(false) };
    // One piece is enough to say no.
    let holds = AtomicBool::new(true);
    cores::each(cores::count(), pieces.iter(), |piece| {
        let ends = [piece.start(), piece.end()].map(u64::cast_signed);
        if holds.load(Ordering::Relaxed)
            && words.is_below(ends[0], ends[1], (bound.numer(), bound.denom())) != Some(true)
        {
            holds.store(false, Ordering::Relaxed);
        }
    });
    Ok(holds.into_inner())
}

/// Whether the loss is at most the bound on pieces that are found by halving.
fn search((state, end, target): (&State, &State, &Changes), (loss, bound): (&Loss, &Rational)) -> Result<(), Failure> {
    let (products, limits) = (products(state, target), &state.setting.limits);
    let limited = limits.get(Limit::Products) / products.max(1);
    if products > SMALL
        && let Some(words) = Words::new(state, end, target, loss)
    {
        let pieces = limited.min(PIECES_OF_ALL) / RANGES as u64;
        match walk(&words, bound, pieces) {
            Some(true) => return Ok(()),
            Some(false) => {
                return Err(refute(state, target, loss, bound, pieces * RANGES as u64, limited < PIECES_OF_ALL));
            }
            // Some number is no word.
            None => {}
        }
    }
    let tube = Tube::new(state, end, target, PRECISION);
    // Pieces [i, i+1]/2^h that are still to do, as (i, h).
    let mut pieces = vec![(BigInt::ZERO, 0u64)];
    let allowed = limited.min(PIECES);
    let mut budget = allowed;
    while let Some((i, h)) = pieces.pop() {
        if budget == 0 {
            return Err(refute(state, target, loss, bound, allowed, limited < PIECES));
        }
        budget -= 1;
        if !is_below(&tube, &i, h, (loss, bound)) {
            pieces.push((2 * &i + 1, h + 1));
            pieces.push((2 * &i, h + 1));
        }
    }
    Ok(())
}

/// Whether the loss is proved to be at most the bound on [i, i + 1]/2^h, in integers of any length.
fn is_below(tube: &Tube, i: &BigInt, h: u64, (loss, bound): (&Loss, &Rational)) -> bool {
    let above = |output: &Vec<Interval>| {
        PRECISION.rational(&loss.enclose_box(output, tube.outputs(), PRECISION).upper) > *bound
    };
    !tube.output(i, h).iter().any(above)
}

/// The products in the layers above the first one that moves, over all samples: what a pass costs.
fn products(state: &State, target: &Changes) -> u64 {
    let widths = &state.setting.widths;
    let first = target.keys().next().copied().unwrap_or(state.setting.depth());
    let pairs = widths[first..].windows(2).map(|pair| (pair[0] as u64).saturating_mul(pair[1] as u64));
    pairs.fold(0, u64::saturating_add).saturating_mul(state.setting.samples() as u64)
}

/// Whether the loss is at most the bound on the whole line; `None` where words do not say. One range on which they do not see it is
/// enough to say no, whatever is said of the others: the answer does not depend on which is walked through first.
fn walk(words: &Words, bound: &Rational, pieces: u64) -> Option<bool> {
    let unseen = AtomicBool::new(false);
    let of_range = |range| {
        if unseen.load(Ordering::Relaxed) {
            return Some(false);
        }
        let answer = walk_range(words, range, bound, pieces);
        unseen.fetch_or(answer == Some(false), Ordering::Relaxed);
        answer
    };
    let answers = cores::map(cores::count(), (0..RANGES).collect(), of_range);
    if unseen.into_inner() {
        return Some(false);
    }
    answers.into_iter().try_fold(true, |all, answer| Some(all && answer?))
}

/// The same on one range, with so many pieces.
fn walk_range(words: &Words, range: i64, bound: &Rational, pieces: u64) -> Option<bool> {
    let length = (1 << GRID) / RANGES;
    let (mut at, end) = (range * length, (range + 1) * length);
    let (mut step, mut proved) = (length, 0);
    for _ in 0..pieces {
        if at == end {
            return Some(true);
        }
        let to = end.min(at + step);
        if words.is_below(at, to, (bound.numer(), bound.denom()))? {
            (at, proved) = (to, proved + 1);
            if proved == 2 {
                (step, proved) = (2 * step, 0);
            }
        } else if step == 1 {
            return Some(false);
        } else {
            (step, proved) = (step / 2, 0);
        }
    }
    Some(at == end)
}

/// Rejects if a point of a small grid is above the bound; else the answer is open after so many pieces, which may be fewer
/// than usual where the products are limited.
fn refute(state: &State, target: &Changes, loss: &Loss, bound: &Rational, pieces: u64, limited: bool) -> Failure {
    let above = (1..16).any(|i| {
        let lambda = Rational::new(BigInt::from(i), BigInt::from(16));
        let output = state.changed(&point(state, target, &lambda)).map(|state| state.output().clone());
        output.and_then(|output| loss.is_below(&output, bound)) == Ok(false)
    });
    if above {
        return Rejection::AboveBound.into();
    }
    let (limit, value) = (Limit::Products, state.setting.limits.get(Limit::Products));
    match limited {
        true => Undecided::from(Exceeded { limit, value }).into(),
        false => Undecided::BoundTooTight { pieces: pieces as usize }.into(),
    }
}

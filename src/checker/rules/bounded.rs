//! **Bounded line.** Some layers go straight to new values, and the loss stays at most a given bound.
//!
//! On a piece [a, b] of λ ∈ [0, 1] every parameter lies between its values at a and b. Interval arithmetic, rounded outwards,
//! takes these through the network to an enclosure of the output and of the loss. Pieces whose enclosure is not below
//! the bound are halved, up to a budget: then the move is *undecided*, unless a point of it is above the bound.

use super::line::point;
use crate::checker::{
    activation::Activation,
    interval::{Interval, Precision},
    loss::Loss,
    matrix::Matrix,
    state::{Change, Changes, State},
    verdict::{Failure, Rejection, Undecided},
};
use num_bigint::BigInt;
use num_integer::Integer as _;
use num_rational::BigRational;
use num_traits::One;
use std::{collections::BTreeMap, rc::Rc};

/// Bits behind the point.
const PRECISION: Precision = Precision(128);
/// How many pieces are looked at.
const PIECES: usize = 512;

/// The network at the end of the line, if the loss is at most `bound` on all of it.
pub fn check<'a>(state: &State<'a>, target: &Changes, loss: &Loss, bound: &BigRational) -> Result<State<'a>, Failure> {
    let end = state.changed(target);
    for vertex in [state, &end] {
        if !loss.is_below(vertex.output(), bound)? {
            return Err(Rejection::AboveBound.into());
        }
    }
    let tube = Tube::new(state, target);
    // Pieces [i, i+1]/2^h that are still to do, as (i, h).
    let mut pieces = vec![(BigInt::ZERO, 0u64)];
    let mut budget = PIECES;
    while let Some((i, h)) = pieces.pop() {
        if budget == 0 {
            return Err(refute(state, target, loss, bound));
        }
        budget -= 1;
        let output = tube.output(&i, h);
        let upper = loss.enclose_box(&output, end.output().cols(), PRECISION).upper;
        if PRECISION.rational(&upper) > *bound {
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
        loss.is_below(state.changed(&point(state, target, &lambda)).output(), bound) == Ok(false)
    });
    if above { Rejection::AboveBound.into() } else { Undecided::BoundTooTight { pieces: PIECES }.into() }
}

/// Enclosures of all that moves.
struct Tube<'a> {
    state: &'a State<'a>,
    /// The features before the first layer that moves.
    features: Vec<Interval>,
    /// Weights and biases from the first moving layer on, at both ends; the second is `None` if they do not move.
    layers: BTreeMap<usize, [Ends; 2]>,
}

/// A matrix at both ends of the line.
struct Ends {
    start: Vec<Interval>,
    end: Option<Vec<Interval>>,
}

fn enclose(matrix: &Matrix) -> Vec<Interval> {
    matrix.num().iter().map(|number| PRECISION.enclose(number, matrix.den())).collect()
}

impl Ends {
    fn new(start: &Matrix, end: Option<&Rc<Matrix>>) -> Self {
        Ends { start: enclose(start), end: end.map(|end| enclose(end)) }
    }

    /// Encloses the entries on [i, i+1]/2^h.
    fn on(&self, i: &BigInt, h: u64) -> Vec<Interval> {
        let Some(end) = &self.end else { return self.start.clone() };
        let whole = BigInt::one() << h;
        let at = |start: &Interval, end: &Interval, i: &BigInt| Interval {
            lower: (&start.lower * (&whole - i) + &end.lower * i).div_floor(&whole),
            upper: (&start.upper * (&whole - i) + &end.upper * i).div_ceil(&whole),
        };
        let pairs = self.start.iter().zip(end);
        pairs.map(|(start, end)| at(start, end, i).hull(at(start, end, &(i + 1)))).collect()
    }
}

impl<'a> Tube<'a> {
    fn new(state: &'a State<'a>, target: &Changes) -> Self {
        let depth = state.setting.depth();
        let first = target.keys().next().copied().unwrap_or(depth);
        let rest = Change::default();
        let layers = (first..=depth).map(|k| {
            let (from, to) = (state.layer(k), target.get(&k).unwrap_or(&rest));
            (k, [Ends::new(&from.weight, to.weight.as_ref()), Ends::new(&from.bias, to.bias.as_ref())])
        });
        Tube { state, features: enclose(state.features(first - 1)), layers: layers.collect() }
    }

    /// Encloses the output on [i, i+1]/2^h, row by row.
    fn output(&self, i: &BigInt, h: u64) -> Vec<Interval> {
        let setting = self.state.setting;
        let mut features = self.features.clone();
        for (&k, [weight, bias]) in &self.layers {
            let pre = affine(&features, setting.widths[k - 1], &weight.on(i, h), &bias.on(i, h));
            features = match k == setting.depth() {
                true => pre,
                false => pre.iter().map(|entry| image(&setting.activation, entry)).collect(),
            };
        }
        features
    }
}

/// F W + 1 bᵀ for F with `inner` columns.
fn affine(features: &[Interval], inner: usize, weight: &[Interval], bias: &[Interval]) -> Vec<Interval> {
    let mut result = vec![];
    for row in features.chunks(inner) {
        let mut sums = bias.to_vec();
        for (feature, weights) in row.iter().zip(weight.chunks(bias.len())) {
            for (sum, weight) in sums.iter_mut().zip(weights) {
                *sum = sum.plus(&PRECISION.times(feature, weight));
            }
        }
        result.append(&mut sums);
    }
    result
}

/// Encloses σ on an interval: it is piecewise linear, so its ends and the breakpoints inside say all.
fn image(activation: &Activation, entry: &Interval) -> Interval {
    let at = |number: BigRational| {
        let value = activation.value(&number);
        PRECISION.enclose(value.numer(), value.denom())
    };
    let (lower, upper) = (PRECISION.rational(&entry.lower), PRECISION.rational(&entry.upper));
    let inside = activation.breakpoints().iter().filter(|breakpoint| lower < **breakpoint && **breakpoint < upper);
    let inside: Vec<Interval> = inside.cloned().map(at).collect();
    inside.into_iter().fold(at(lower).hull(at(upper)), Interval::hull)
}

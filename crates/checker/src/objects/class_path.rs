//! **A path of inputs on which one class wins.** Class j wins at every point of a chain of straight segments, two stops at
//! least.
//!
//! On a segment x + λ (y − x), λ ∈ [0, 1], every pre-activation of the first layer is a form α + β λ. It is cut where one of
//! them crosses a breakpoint of σ, strictly between the ends of a piece: in between each neuron has a piece of σ that holds
//! its values at both ends, the features are forms, and so are the pre-activations of the next layer, which cut further. On
//! the last pieces the output is affine, so that the margins f_j − f_k are positive everywhere on one if they are at both of
//! its ends.
//!
//! A form is held as two rows, α as a point over its denominator and β as a direction, in the homogeneous coordinates of
//! [`regions`](super::regions): its numbers are as long as the parameters of the layers below make them, however the segment is
//! cut. A cut λ is a fraction that is not reduced; λ is no coordinate of what follows.

use super::regions::{Forward, Network, Pieces, Rows, rival};
use crate::rational::Rational;
use crate::{
    certificate::{self, Exceeded, Limit, Limits, object},
    finding::{Finding, Unproved},
    matrix::{Matrix, Reading},
    verdict::{Failure, Part, Rejection, Undecided},
};
use num_bigint::BigInt;
use num_integer::Integer as _;
use num_traits::{One, Signed, Zero};
use std::cmp::Ordering;

pub fn check(path: &object::ClassPath, reading: Reading, limits: &Limits) -> Result<Finding, Failure> {
    let network = Network::read(&path.network, reading, limits)?;
    network.has_class(path.class)?;
    if path.stops.len() < 2 {
        return Err(Rejection::from(Unproved::Stops { found: path.stops.len() }).into());
    }
    let forward = network.forward();
    forward.allow(path.stops.len() as u64)?;
    let stops = read_stops(&path.stops, network.widths[0], reading)?;
    let num = stops.iter().flat_map(|stop| stop.num().into_owned()).collect();
    let one = stops.iter().map(|stop| stop.den().clone()).collect();
    let first = forward.affine(0, &Rows { num, one })?;
    let mut walk = Walk { network: &network, forward, limits, products: 0 };
    let segments = stops.len() - 1;
    let mut pieces = 0;
    for segment in 0..segments {
        let line = Line::between(&first, segment);
        let line = walk.through(line)?;
        if let Some(other) = line.rival(path.class) {
            return Err(Rejection::from(Unproved::NotWon { segment, other }).into());
        }
        pieces += line.pieces.len();
    }
    let widths = network.widths;
    Ok(Finding::ClassPath { widths, class: path.class, segments, pieces, compared: (false, false), ends: None })
}

/// The vertices of the chain, each `[1, d]`.
pub fn read_stops(source: &[certificate::Matrix], inputs: usize, reading: Reading) -> Result<Vec<Matrix>, Rejection> {
    source.iter().map(|stop| Matrix::read(stop, Part::Object("stop"), (1, inputs), reading)).collect()
}

/// λ, the denominator positive.
#[derive(Clone)]
struct Place {
    numer: BigInt,
    denom: BigInt,
}

impl Place {
    fn compare(&self, other: &Place) -> Ordering {
        (&self.numer * &other.denom).cmp(&(&other.numer * &self.denom))
    }

    /// Where α + β λ is the breakpoint times `one`; β is not 0.
    fn crossing(alpha: &BigInt, beta: &BigInt, breakpoint: &Rational, one: &BigInt) -> Place {
        let place =
            Place { numer: breakpoint.numer() * one - alpha * breakpoint.denom(), denom: beta * breakpoint.denom() };
        match place.denom.is_negative() {
            true => Place { numer: -place.numer, denom: -place.denom },
            false => place,
        }
    }

    /// α + β λ, times the denominator of λ.
    fn value(&self, alpha: &BigInt, beta: &BigInt) -> BigInt {
        if beta.is_zero() { alpha * &self.denom } else { alpha * &self.denom + beta * &self.numer }
    }
}

/// A segment in pieces, and the forms of a level on each of them.
struct Line {
    pieces: Vec<[Place; 2]>,
    /// For each piece α, and β.
    forms: Rows,
}

impl Line {
    /// From one row to the next, over a common denominator.
    fn between(rows: &Rows, segment: usize) -> Self {
        let (first, last) = (&rows.one[segment], &rows.one[segment + 1]);
        let common = first.lcm(last);
        let over = |row: usize, one: &BigInt| -> Vec<BigInt> {
            let factor = &common / one;
            rows.row(row).iter().map(|entry| entry * &factor).collect()
        };
        let (start, end) = (over(segment, first), over(segment + 1, last));
        let forms = start.iter().cloned().chain(end.iter().zip(&start).map(|(end, start)| end - start));
        let place = |numer: u8| Place { numer: numer.into(), denom: BigInt::one() };
        Line {
            pieces: vec![[place(0), place(1)]],
            forms: Rows { num: forms.collect(), one: vec![common.clone(), BigInt::zero()] },
        }
    }

    /// α and β of a piece, and their denominator.
    fn form(&self, piece: usize) -> (&[BigInt], &[BigInt], &BigInt) {
        (self.forms.row(2 * piece), self.forms.row(2 * piece + 1), &self.forms.one[2 * piece])
    }

    /// A class other than j that is at least as large at an end of a piece.
    fn rival(&self, j: usize) -> Option<usize> {
        self.pieces.iter().enumerate().find_map(|(piece, ends)| {
            let (alpha, beta, _) = self.form(piece);
            ends.iter().find_map(|place| {
                let output: Vec<BigInt> =
                    alpha.iter().zip(beta).map(|(alpha, beta)| place.value(alpha, beta)).collect();
                rival(&output, j)
            })
        })
    }
}

/// A segment on its way through the layers.
struct Walk<'a> {
    network: &'a Network<'a>,
    forward: Forward<'a>,
    limits: &'a Limits,
    /// Products so far.
    products: u64,
}

impl Walk<'_> {
    /// From the pre-activations of the first layer to the output.
    fn through(&mut self, mut line: Line) -> Result<Line, Undecided> {
        let widths = &self.network.widths;
        for k in 1..self.network.layers.len() {
            line = self.activate(&line)?;
            let weights = (widths[k] as u64).saturating_mul(widths[k + 1] as u64);
            self.work(weights.saturating_mul(2 * line.pieces.len() as u64))?;
            line.forms = self.forward.affine(k, &line.forms)?;
        }
        Ok(line)
    }

    /// So many more products.
    fn work(&mut self, products: u64) -> Result<(), Exceeded> {
        self.products = self.products.saturating_add(products);
        self.limits.allow(Limit::Products, self.products)
    }

    /// σ, on further pieces.
    fn activate(&mut self, line: &Line) -> Result<Line, Undecided> {
        let (mut pieces, mut of, mut forms) = (vec![], vec![], Rows { num: vec![], one: vec![] });
        let bits = line.forms.bits();
        for (piece, ends) in line.pieces.iter().enumerate() {
            let (alpha, beta, one) = line.form(piece);
            let places = self.cut(ends, alpha, beta, one, pieces.len())?;
            // A copy of both rows for every piece, and two products for every entry at each of its ends.
            let entries = 2 * alpha.len() as u64;
            self.limits.allow_memory(entries.saturating_mul((pieces.len() + places.len()) as u64), bits)?;
            self.work(entries.saturating_mul(places.len() as u64))?;
            let seen: Vec<_> = places.iter().map(|place| self.seen(place, alpha, beta, one)).collect();
            for (ends, seen) in places.windows(2).zip(seen.windows(2)) {
                pieces.push([ends[0].clone(), ends[1].clone()]);
                let shared = seen[0].iter().zip(&seen[1]).map(|(start, end)| {
                    // No breakpoint is strictly between the values at two neighbouring places.
                    start.both(*end).expect("neighbouring places share a piece").first
                });
                let shared: Vec<usize> = shared.collect();
                of.extend_from_slice(&shared);
                of.extend(shared);
                forms.num.extend(alpha.iter().chain(beta).cloned());
                forms.one.extend([one.clone(), BigInt::zero()]);
            }
        }
        Ok(Line { pieces, forms: self.forward.activate(&forms, of.into_iter()) })
    }

    /// The ends of a piece and, between them, where a neuron crosses a breakpoint: ascending, each once. `before` are the
    /// pieces of the segment so far.
    fn cut(
        &self,
        ends: &[Place; 2],
        alpha: &[BigInt],
        beta: &[BigInt],
        one: &BigInt,
        before: usize,
    ) -> Result<Vec<Place>, Undecided> {
        let breakpoints = self.network.activation.breakpoints();
        let [start, end] = [0, 1].map(|end| self.seen(&ends[end], alpha, beta, one));
        let mut places = vec![];
        for (neuron, (start, end)) in start.iter().zip(&end).enumerate() {
            // Those strictly between the values at the ends, which rise or fall.
            let between = if start.last < end.first { start.last..end.first } else { end.last..start.first };
            let crossed = breakpoints.get(between).unwrap_or_default();
            self.limits.allow(Limit::Crossings, (before + places.len() + crossed.len()) as u64)?;
            let place = |breakpoint| Place::crossing(&alpha[neuron], &beta[neuron], breakpoint, one);
            places.extend(crossed.iter().map(place));
        }
        places.sort_by(Place::compare);
        places.dedup_by(|next, place| next.compare(place).is_eq());
        places.insert(0, ends[0].clone());
        places.push(ends[1].clone());
        Ok(places)
    }

    /// The pieces of σ that each neuron may be on at a place.
    fn seen(&self, place: &Place, alpha: &[BigInt], beta: &[BigInt], one: &BigInt) -> Vec<Pieces> {
        let one = one * &place.denom;
        alpha.iter().zip(beta).map(|(alpha, beta)| self.forward.pieces(&place.value(alpha, beta), &one)).collect()
    }
}

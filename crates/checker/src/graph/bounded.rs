//! **Bounded lines of graph networks whose features are rational numbers.**
//!
//! With the pre-activations P_k(λ) = Σ_j F_j(λ) M_jk(λ) + 1 c_k(λ)ᵀ of [`rational`](super::rational), and what the output hears: a unit
//! that is heard *moves* if it hears one that moves, or its column of Σ_j F_j M_jk,i + 1 c_k,iᵀ, with the features at the start, is not
//! zero for an i ≥ 1.
//!
//! **Rule.** For every unit that is heard, and for the outputs: the entries of M_jk that look at units that move are constant, and
//! what stands behind λ^i vanishes for i ≥ 2. At no point of the line is the loss above the bound.
//!
//! **The output is piecewise linear in λ.** Block by block: a heard column of P_k looks at heard units alone. Those that rest have the features
//! of the start, so that with D_k, what stands behind λ,
//!
//! > P_k(λ) = Σ_j F_j(λ) M_jk,0 + 1 c_k,0ᵀ + λ D_k.
//!
//! Where all F_j are piecewise linear and continuous, so is P_k, and so is σ(P_k).
//!
//! **The loss.** On a piece [a, b], λ = a + s (b − a), let P_k be (1 − s) P_k(a) + s P_k(b) ± R_k, entry by entry. Then σ(P_k) is between its
//! own values at a and b ± r_k, with r_k = S R_k and how far σ sags from its chord at the breakpoints between, S the largest slope in
//! size; and R_k = Σ_j r_j |M_jk,0|. A convex φ is at most the larger one of its suprema over the boxes of radius R around the
//! outputs at a and b. Where no breakpoint is strictly between, R = 0, and φ(F(a)) and φ(F(b)) say all: these are compared exactly.
//!
//! A piece that is not seen to be below the bound is cut at a kink, a λ at which a pre-activation passes a breakpoint, of the first block that has
//! one inside: R is 0 before it, so that P_k runs straight and λ is a rational number. There are finitely many kinks, and
//! each cut has one less inside: if there is work enough, the answer is yes or no, and a bound may be the maximum itself.

use super::{
    Graph,
    rational::{Affine, Expansion, Work, is_linear, sigma_of},
};
use crate::rational::Rational;
use crate::{
    activation::Activation,
    certificate::{Exceeded, Limit},
    interval::{Interval, Precision},
    loss::Loss,
    matrix::Matrix,
    verdict::{Failure, Rejection, Undecided},
};
use num_bigint::BigInt;
use num_integer::Integer as _;
use num_traits::{One, Signed, Zero};
use std::{ops::Range, rc::Rc};

/// Bits behind the point of boxes and radii.
const PRECISION: Precision = Precision(128);
/// How many pieces are looked at.
const PIECES: u64 = 4096;

/// A block with units that move, or the output, which is last and has no σ.
struct Layer<'a> {
    /// M_jk,0 for the layers j before it that move, by their places.
    sources: Vec<(usize, Matrix)>,
    /// What comes from units that rest, at λ = 0.
    constant: Matrix,
    /// D_k.
    slope: Matrix,
    sigma: Option<&'a Activation>,
}

/// All that moves along the line.
pub struct Bends<'a> {
    layers: Vec<Layer<'a>>,
    work: &'a Work<'a>,
    outputs: usize,
    /// How many pieces there may be.
    pieces: u64,
    /// Whether that is few because products are limited.
    limited: bool,
}

/// P_k of all layers at λ.
struct Point {
    lambda: Rational,
    pre: Vec<Matrix>,
}

impl Point {
    fn entries(&self) -> u64 {
        self.pre.iter().map(|pre| pre.numbers().len() as u64).fold(0, u64::saturating_add)
    }

    fn bits(&self) -> u64 {
        self.pre.iter().map(Matrix::bits).max().unwrap_or(0)
    }
}

impl<'a> Bends<'a> {
    /// The line of an expansion, if the output is piecewise linear on it.
    pub fn new(expansion: &'a Expansion<'a>, graph: &'a Graph) -> Result<Self, Failure> {
        let (blocks, heard) = expansion.heard()?;
        let work = &expansion.work;
        let (mut layers, mut places, mut moving) = (vec![], vec![None], vec![vec![false; graph.inputs]]);
        for (index, affine) in blocks.iter().enumerate() {
            let (block, columns) = (graph.blocks.get(index), &heard[index + 1]);
            // Linear blocks are multiplied out.
            let moves = match block.is_some_and(is_linear) {
                true => vec![false; columns.len()],
                false => expansion.moves(affine, (index + 1, columns), &moving)?,
            };
            let place = (moves.contains(&true) || block.is_none()).then_some(layers.len());
            if place.is_some() {
                layers.push(Layer::new(expansion, (affine, columns), &places, block.and_then(sigma_of))?);
            }
            places.push(place);
            moving.push(moves);
        }
        let samples = layers.last().map_or(0, |output: &Layer| output.constant.rows());
        let limited = work.limits.get(Limit::Products) / graph.work(samples, PRECISION).max(1);
        Ok(Bends { layers, work, outputs: graph.outputs, pieces: limited.min(PIECES), limited: limited < PIECES })
    }

    /// Whether the loss is nowhere above the bound.
    pub fn stay_below(&self, loss: &Loss, bound: &Rational) -> Result<(), Failure> {
        let mut left = self.pieces;
        let ends = [Rational::zero(), Rational::one()].map(|lambda| self.point(lambda, loss, bound));
        let [start, end] = ends.map(|point| point.map(Rc::new));
        let mut pieces = vec![(start?, end?)];
        while let Some((a, b)) = pieces.pop() {
            if left == 0 {
                let (limit, value) = (Limit::Products, self.work.limits.get(Limit::Products));
                return Err(match self.limited {
                    true => Exceeded { limit, value }.into(),
                    false => Undecided::BoundTooTight { pieces: PIECES as usize }.into(),
                });
            }
            left -= 1;
            let (radius, first) = self.radius(&a, &b);
            let below = |point: &Point| loss.is_below_on(&self.around(point, &radius), self.outputs, PRECISION, bound);
            let Some(first) = first.filter(|_| radius.iter().any(|radius| !radius.is_zero())) else { continue };
            if !(below(&a) && below(&b)) {
                // The points that wait, two of this piece, and the new one.
                let entries = (pieces.len() as u64 + 3).saturating_mul(a.entries());
                self.work.limits.allow_memory(entries, a.bits().max(b.bits()))?;
                let kink = Rc::new(self.point(self.kink(first, &a, &b), loss, bound)?);
                pieces.extend([(kink.clone(), b), (a, kink)]);
            }
        }
        Ok(())
    }

    /// The pre-activations at λ, where the loss is not above the bound.
    fn point(&self, lambda: Rational, loss: &Loss, bound: &Rational) -> Result<Point, Failure> {
        let mut pre: Vec<Matrix> = vec![];
        let mut features: Vec<Matrix> = vec![];
        for layer in &self.layers {
            let mut sum = layer.constant.plus(&layer.slope.scaled(&lambda));
            for (source, map) in &layer.sources {
                sum = sum.plus(&self.work.product(&features[*source], map)?);
            }
            self.work.limits.allow_bits(sum.bits())?;
            features.extend(layer.sigma.map(|sigma| sigma.apply(&sum)));
            pre.push(sum);
        }
        if loss.is_below(&pre[pre.len() - 1], bound)? {
            Ok(Point { lambda, pre })
        } else {
            Err(Rejection::AboveBound.into())
        }
    }

    /// R of the output between two points, in units of 2^−p, and the first layer that has a kink between.
    fn radius(&self, a: &Point, b: &Point) -> (Vec<BigInt>, Option<usize>) {
        let (mut radii, mut first): (Vec<Vec<BigInt>>, Option<usize>) = (vec![], None);
        for (place, layer) in self.layers.iter().enumerate() {
            let (start, end) = (&a.pre[place], &b.pre[place]);
            let mut radius = vec![BigInt::zero(); start.numbers().len()];
            for (source, map) in &layer.sources {
                stretch(&mut radius, &radii[*source], map);
            }
            if let Some(sigma) = layer.sigma {
                let entries = entries(start).zip(entries(end)).zip(&mut radius);
                for ((a, b), radius) in entries {
                    let sag = sag(sigma, &a, &b);
                    if !sag.is_zero() {
                        first = first.or(Some(place));
                    }
                    *radius = sigma.stretched(0..=sigma.breakpoints().len(), radius)
                        + PRECISION.enclose(sag.numer(), sag.denom()).upper;
                }
            }
            radii.push(radius);
        }
        (radii.pop().expect("there is the output"), first)
    }

    /// The kink of a layer nearest to the middle of two points, between which its pre-activations run straight.
    fn kink(&self, place: usize, a: &Point, b: &Point) -> Rational {
        let (layer, middle) = (&self.layers[place], Rational::new(BigInt::one(), BigInt::from(2)));
        let sigma = layer.sigma.expect("what has a kink has a σ");
        let share = |(start, end): (Rational, Rational)| {
            between(sigma, &start, &end).map(move |kink| (kink - &start) / (&end - &start)).collect::<Vec<_>>()
        };
        let shares = entries(&a.pre[place]).zip(entries(&b.pre[place])).flat_map(share);
        let share = shares.min_by_key(|share| (share - &middle).abs()).expect("there is a kink");
        &a.lambda + (&b.lambda - &a.lambda) * share
    }

    /// The box of this radius around the output.
    fn around(&self, point: &Point, radius: &[BigInt]) -> Vec<Interval> {
        let output = &point.pre[point.pre.len() - 1];
        let entry = |(entry, radius): (&BigInt, &BigInt)| {
            let Interval { lower, upper } = PRECISION.enclose(entry, output.den());
            Interval { lower: lower - radius, upper: upper + radius }
        };
        output.num().iter().zip(radius).map(entry).collect()
    }
}

impl<'a> Layer<'a> {
    /// The heard columns of a layer; what is not heard is 0.
    fn new(
        expansion: &Expansion,
        (affine, columns): (&Affine, &[bool]),
        places: &[Option<usize>],
        sigma: Option<&'a Activation>,
    ) -> Result<Self, Exceeded> {
        let constant = expansion.coefficient_over(affine, 0, |source| places[source].is_none())?;
        let slope = expansion.coefficient(affine, 1)?;
        let of = |(&source, map): (&usize, &crate::polynomial::Polynomial)| {
            Some((places[source]?, map.coefficients()[0].keep_columns(columns)))
        };
        let sources = affine.maps().iter().filter_map(of).collect();
        Ok(Layer { sources, constant: constant.keep_columns(columns), slope: slope.keep_columns(columns), sigma })
    }
}

/// Adds r |M| to R, rounded up; row by row.
fn stretch(radius: &mut [BigInt], from: &[BigInt], map: &Matrix) {
    for (sums, row) in radius.chunks_mut(map.cols()).zip(from.chunks(map.rows())) {
        let mut more = vec![BigInt::zero(); sums.len()];
        for (unit, error) in row.iter().enumerate().filter(|(_, error)| !error.is_zero()) {
            more.iter_mut().zip(map.row(unit).iter()).for_each(|(more, weight)| *more += error * weight.abs());
        }
        sums.iter_mut().zip(&more).for_each(|(sum, more)| *sum += more.div_ceil(map.den()));
    }
}

/// The entries, row by row.
fn entries(matrix: &Matrix) -> impl Iterator<Item = Rational> {
    (0..matrix.numbers().len()).map(|place| matrix.entry(place))
}

/// The breakpoints of σ strictly between two numbers.
fn between<'a>(sigma: &'a Activation, a: &Rational, b: &Rational) -> impl Iterator<Item = &'a Rational> + use<'a> {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    let breakpoints = sigma.breakpoints();
    let first = breakpoints.partition_point(|kink| kink <= low);
    let inside: Range<usize> = first..breakpoints.partition_point(|kink| kink < high).max(first);
    breakpoints[inside].iter()
}

/// How far σ is at most from its chord between two numbers.
fn sag(sigma: &Activation, a: &Rational, b: &Rational) -> Rational {
    let mut kinks = between(sigma, a, b).peekable();
    if kinks.peek().is_none() {
        return Rational::zero();
    }
    let (start, end) = (sigma.value(a), sigma.value(b));
    let slope = (&end - &start) / (b - a);
    let from_chord = |kink: &Rational| (sigma.value(kink) - &start - (kink - a) * &slope).abs();
    kinks.map(from_chord).max().expect("one at least")
}

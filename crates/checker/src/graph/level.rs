//! Features of some samples along a piece of a straight line, or at one point.
//!
//! As in [`chord`](crate::chord): (1 − s) A + s B + E with |E| ≤ R for all s in [0, 1], in integers times 2^−p; at one point there
//! is no B. Products go through machine words where they fit.

use super::{Rule, Sigma, normalise::Gains};
use crate::rational::Rational;
use crate::{
    arithmetic::Arithmetic,
    certificate::graph::Pool,
    chord::Pieces,
    interval::{Interval, Precision},
    matrix::{Matrix, integer_product},
    smooth::Smooth,
};
use num_bigint::BigInt;
use num_integer::Integer as _;
use num_traits::{One, Signed, Zero};
use std::ops::Range;

/// (1 − s) start + s end ± radius, `[rows, cols]`, row by row.
#[derive(Debug, Clone)]
pub struct Level {
    pub cols: usize,
    pub start: Vec<BigInt>,
    /// None where nothing moves.
    pub end: Option<Vec<BigInt>>,
    pub radius: Vec<BigInt>,
}

/// The size of a layer over a piece: |W| with its error, and the largest error in each column.
struct Sizes {
    size: Vec<BigInt>,
    error: Vec<BigInt>,
}

impl Level {
    /// A matrix, at one point.
    pub fn at(p: Precision, matrix: &Matrix) -> Self {
        let num = matrix.num();
        let enclosed = num.iter().map(|number| p.enclose(number, matrix.den()));
        let (start, radius) = enclosed.map(|Interval { lower, upper }| (lower.clone(), upper - lower)).unzip();
        Level { cols: matrix.cols(), start, end: None, radius }
    }

    /// On the whole line to another matrix of the same shape.
    pub fn between(p: Precision, from: &Matrix, to: &Matrix) -> Self {
        let (from, to) = (Level::at(p, from), Level::at(p, to));
        let radius = from.radius.into_iter().zip(to.radius).map(|(a, b)| a.max(b)).collect();
        Level { cols: from.cols, start: from.start, end: Some(to.start), radius }
    }

    pub fn rows(&self) -> usize {
        self.start.len() / self.cols.max(1)
    }

    /// On [i, i + 1]/2^h of the line that it is on.
    pub fn on(&self, i: &BigInt, h: u64) -> Level {
        let Some(end) = &self.end else { return self.clone() };
        let whole = BigInt::one() << h;
        let at = |i: &BigInt| {
            let entries = self.start.iter().zip(end);
            entries.map(|(start, end)| (start * (&whole - i) + end * i) >> h).collect()
        };
        // Rounded down by less than a unit.
        let radius = self.radius.iter().map(|radius| radius + 1).collect();
        Level { cols: self.cols, start: at(i), end: Some(at(&(i + 1))), radius }
    }

    /// Some rows.
    pub fn slice(&self, rows: Range<usize>) -> Level {
        let range = rows.start * self.cols..rows.end * self.cols;
        let cut = |entries: &Vec<BigInt>| entries[range.clone()].to_vec();
        Level { cols: self.cols, start: cut(&self.start), end: self.end.as_ref().map(cut), radius: cut(&self.radius) }
    }

    /// Rows below these.
    pub fn append(&mut self, other: Level) {
        self.start.extend(other.start);
        self.radius.extend(other.radius);
        if let (Some(end), Some(more)) = (&mut self.end, other.end) {
            end.extend(more);
        }
    }

    /// Columns of several levels, one beside the other, and of zeros.
    pub fn gather(levels: &[&Level], entries: impl Iterator<Item = super::Entry> + Clone) -> Level {
        let rows = levels.iter().map(|level| level.rows()).max().unwrap_or(0);
        let pick = |numbers: fn(&Level) -> &Vec<BigInt>| -> Vec<BigInt> {
            let number = |row: usize, entry: super::Entry| match entry {
                Some((level, column)) => numbers(levels[level])[row * levels[level].cols + column].clone(),
                None => BigInt::zero(),
            };
            (0..rows).flat_map(|row| entries.clone().map(move |entry| number(row, entry))).collect()
        };
        let moves = entries.clone().flatten().any(|(level, _)| levels[level].end.is_some());
        let end = moves.then(|| pick(|level| level.end.as_ref().unwrap_or(&level.start)));
        let (start, radius) = (pick(|level| &level.start), pick(|level| &level.radius));
        Level { cols: entries.count(), start, end, radius }
    }

    /// A column of ones behind it.
    pub fn with_ones(&self, p: Precision) -> Level {
        let widen = |entries: &Vec<BigInt>, last: BigInt| -> Vec<BigInt> {
            let rows = entries.chunks(self.cols).map(|row| row.iter().cloned().chain([last.clone()]));
            rows.flatten().collect()
        };
        let end = self.end.as_ref().map(|end| widen(end, p.one()));
        Level {
            cols: self.cols + 1,
            start: widen(&self.start, p.one()),
            end,
            radius: widen(&self.radius, BigInt::zero()),
        }
    }

    /// F W for these features F.
    pub fn times(&self, weight: &Level, p: Precision, arithmetic: Arithmetic) -> Level {
        let shape = [self.rows(), self.cols, weight.cols];
        let product = |a: &[BigInt], b: &[BigInt]| integer_product(arithmetic, a, b, shape);
        let sizes = weight.sizes();
        let mut radius = self.radius_of_product(&sizes, weight.cols, product);
        let start = product(&self.start, &weight.start);
        let (own_end, end_of_weight) =
            (self.end.as_ref().unwrap_or(&self.start), weight.end.as_ref().unwrap_or(&weight.start));
        let end = (self.end.is_some() || weight.end.is_some()).then(|| product(own_end, end_of_weight));
        let bend = (self.end.is_some() && weight.end.is_some()).then(|| {
            let change = |start: &[BigInt], end: &[BigInt]| -> Vec<BigInt> {
                end.iter().zip(start).map(|(end, start)| end - start).collect()
            };
            product(&change(&self.start, own_end), &change(&weight.start, end_of_weight))
        });
        // Sums are times 2^2p; K/8 is brought in over 8 times that, as K/8 ± |K|/8.
        let shift = p.0 + 3;
        let none = BigInt::zero();
        let bends = |i: usize| bend.as_ref().map_or(&none, |bend| &bend[i]);
        let rounded = |sums: Vec<BigInt>| -> Vec<BigInt> {
            sums.into_iter().enumerate().map(|(i, sum)| (sum * 8 - bends(i)) >> shift).collect()
        };
        // One unit for the rounding of the radius, one for that of the values.
        for (i, radius) in radius.iter_mut().enumerate() {
            *radius = ((&*radius * 8 + bends(i).abs()) >> shift) + 2;
        }
        Level { cols: weight.cols, start: rounded(start), end: end.map(rounded), radius }
    }

    /// R |W| + |F| ε for the errors R of the features and ε of the weights, times 2^2p.
    fn radius_of_product(
        &self,
        weight: &Sizes,
        cols: usize,
        product: impl Fn(&[BigInt], &[BigInt]) -> Vec<BigInt>,
    ) -> Vec<BigInt> {
        let mut radius = if self.radius.iter().all(Zero::is_zero) {
            vec![BigInt::zero(); self.rows() * cols]
        } else {
            product(&self.radius, &weight.size)
        };
        if weight.error.iter().all(Zero::is_zero) {
            return radius;
        }
        let end = self.end.as_ref().unwrap_or(&self.start);
        for (row, sums) in radius.chunks_mut(cols).enumerate() {
            let range = row * self.cols..(row + 1) * self.cols;
            let sizes = self.start[range.clone()].iter().zip(&end[range]).map(|(a, b)| a.abs().max(b.abs()));
            let total: BigInt = sizes.sum();
            for (sum, error) in sums.iter_mut().zip(&weight.error) {
                *sum += &total * error;
            }
        }
        radius
    }

    fn sizes(&self) -> Sizes {
        let end = self.end.as_ref().unwrap_or(&self.start);
        let entries = self.start.iter().zip(end).zip(&self.radius);
        let size = entries.map(|((a, b), radius)| a.abs().max(b.abs()) + radius).collect();
        let error = (0..self.cols)
            .map(|j| self.radius[j..].iter().step_by(self.cols).max().cloned().unwrap_or_default())
            .collect();
        Sizes { size, error }
    }

    /// F + 1 bᵀ for a row b.
    pub fn plus_row(mut self, row: &Level) -> Level {
        let add = |entries: &mut Vec<BigInt>, row: &Vec<BigInt>| {
            entries.iter_mut().zip(row.iter().cycle()).for_each(|(entry, b)| *entry += b);
        };
        if self.end.is_some() || row.end.is_some() {
            add(self.end.get_or_insert_with(|| self.start.clone()), row.end.as_ref().unwrap_or(&row.start));
        }
        add(&mut self.start, &row.start);
        add(&mut self.radius, &row.radius);
        self
    }

    /// Whether an entry moves.
    pub fn moves(&self) -> bool {
        self.end.is_some()
    }

    /// σ, entry by entry.
    pub fn activate(mut self, sigma: &Sigma, p: Precision) -> Level {
        match sigma {
            Sigma::PiecewiseLinear(activation) => {
                let pieces = Pieces::new(activation, p);
                let mut end = self.end.clone().unwrap_or_else(|| self.start.clone());
                for ((start, end), radius) in self.start.iter_mut().zip(&mut end).zip(&mut self.radius) {
                    pieces.apply(start, end, radius);
                }
                self.end = self.end.map(|_| end);
            }
            Sigma::Smooth(smooth) => self.smooth(smooth, p),
        }
        self
    }

    /// A smooth σ: the chord of its values, in the room that slope and curvature leave.
    fn smooth(&mut self, smooth: &Smooth, p: Precision) {
        let (slope, (curvature, kink)) = (smooth.slope(), smooth.curvature());
        let (eighth, quarter) = (curvature / BigInt::from(8), kink / BigInt::from(4));
        let up = |number: &BigInt, factor: &Rational| (number * factor.numer()).div_ceil(factor.denom());
        let value = |number: &mut BigInt| {
            let Interval { lower, upper } = smooth.at(p, number);
            *number = lower;
            upper - &*number
        };
        for (i, (start, radius)) in self.start.iter_mut().zip(&mut self.radius).enumerate() {
            *radius = up(radius, &slope);
            let Some(end) = &mut self.end else {
                *radius += value(start);
                continue;
            };
            let change = (&end[i] - &*start).abs();
            if !change.is_zero() {
                let square = ((&change * &change) >> p.0) + 1;
                *radius += up(&square, &eighth) + up(&change, &quarter);
            }
            *radius += value(start).max(value(&mut end[i]));
        }
    }

    /// The largest entry, the sum or the mean of all columns: `[rows, 1]`.
    pub fn pool(&self, pool: Pool) -> Level {
        let end = self.end.as_ref().unwrap_or(&self.start);
        let mut pooled = Level { cols: 1, start: vec![], end: self.end.as_ref().map(|_| vec![]), radius: vec![] };
        for row in 0..self.rows() {
            let range = row * self.cols..(row + 1) * self.cols;
            let (start, end, radius) = (&self.start[range.clone()], &end[range.clone()], &self.radius[range]);
            let (a, b, radius) = match pool {
                Pool::Max => largest(start, end, radius),
                Pool::Sum => (start.iter().sum(), end.iter().sum(), radius.iter().sum()),
                Pool::Mean => {
                    let count = BigInt::from(self.cols);
                    let mean = |entries: &[BigInt]| entries.iter().sum::<BigInt>().div_floor(&count);
                    (mean(start), mean(end), radius.iter().sum::<BigInt>().div_ceil(&count) + 1)
                }
            };
            pooled.start.push(a);
            pooled.end.iter_mut().for_each(|end| end.push(b.clone()));
            pooled.radius.push(radius);
        }
        pooled
    }

    /// Boxes around all entries, at both ends; a convex function over either of them is at least what it is on the piece.
    pub fn boxes(&self) -> [Vec<Interval>; 2] {
        let around = |values: &[BigInt]| -> Vec<Interval> {
            let boxed = |(value, radius): (&BigInt, &BigInt)| Interval { lower: value - radius, upper: value + radius };
            values.iter().zip(&self.radius).map(boxed).collect()
        };
        [around(&self.start), around(self.end.as_ref().unwrap_or(&self.start))]
    }
}

/// max_i ((1 − s) a_i + s b_i) is convex in s, so at most the chord of max a and max b. With a_k = max a, b_l = max b it is at
/// least each of the lines k and l: below the chord by at most min(s (b_l − b_k), (1 − s) (a_k − a_l)).
///
/// A line that is with its error below the line k at both ends is so throughout, and never the largest; so with l. Only the errors of
/// the other ones count: if k = l and all others are below it, that line is passed through.
fn largest(start: &[BigInt], end: &[BigInt], radius: &[BigInt]) -> (BigInt, BigInt, BigInt) {
    let best =
        |entries: &[BigInt]| (0..entries.len()).fold(0, |best, i| if entries[i] > entries[best] { i } else { best });
    let (k, l) = (best(start), best(end));
    let below = |i: usize, m: usize| {
        let room = &radius[i] + &radius[m];
        &start[m] - &start[i] >= room && &end[m] - &end[i] >= room
    };
    let counts = |&i: &usize| i == k || i == l || !(below(i, k) || below(i, l));
    let error = (0..radius.len()).filter(counts).map(|i| &radius[i]).max().cloned().unwrap_or_default();
    let (fall, rise) = (&start[k] - &start[l], &end[l] - &end[k]);
    let sum = &fall + &rise;
    let sag = if sum.is_zero() { BigInt::zero() } else { (fall * rise).div_ceil(&sum) };
    (start[k].clone(), end[l].clone(), error + sag)
}

impl super::Block {
    /// The features of the block from those of the ones before it, and its weight and bias; for blocks without parameters these
    /// are not looked at. `pre` if what is asked for is the pre-activation.
    pub fn features(
        &self,
        before: &[&Level],
        layer: Option<&[Level; 2]>,
        pre: bool,
        (p, arithmetic): (Precision, Arithmetic),
    ) -> Level {
        let patches = self.patches.iter().map(|patch| Level::gather(before, patch.iter().copied()));
        let parts: Vec<Level> = match (&self.rule, layer) {
            (Rule::Filters { .. }, Some([weight, _])) => {
                patches.map(|patch| patch.times(weight, p, arithmetic)).collect()
            }
            (Rule::Pool(pool), _) => patches.map(|patch| patch.pool(*pool)).collect(),
            (Rule::Sum(_), _) => patches.map(|patch| patch.pool(Pool::Sum)).collect(),
            (Rule::Normalise { channels, epsilon }, Some(layer)) => {
                let gains = Gains::new(layer, epsilon, p);
                patches.enumerate().map(|(unit, patch)| gains.normalise(patch, unit % channels, p)).collect()
            }
            (Rule::Filters { .. } | Rule::Normalise { .. }, None) => unreachable!("such a block has parameters"),
        };
        let joined = beside(&parts);
        match (&self.rule, layer) {
            (Rule::Filters { sigma, .. }, Some([_, bias])) => {
                let sum = joined.plus_row(bias);
                if pre { sum } else { sum.activate(sigma, p) }
            }
            (Rule::Sum(sigma), _) => joined.activate(sigma, p),
            _ => joined,
        }
    }
}

/// Levels of the same rows, one beside the other.
fn beside(parts: &[Level]) -> Level {
    if let [part] = parts {
        return part.clone();
    }
    let units = parts.iter().enumerate().flat_map(|(i, part)| (0..part.cols).map(move |column| Some((i, column))));
    Level::gather(&parts.iter().collect::<Vec<_>>(), units)
}

/// Integers of any length: there is always an answer.
impl super::tube::Chords for Level {
    const ROWS: usize = 64;

    fn of(level: &Level) -> Option<Self> {
        Some(level.clone())
    }

    fn into_level(self) -> Level {
        self
    }

    fn moves(&self) -> bool {
        self.moves()
    }

    fn slice(&self, rows: Range<usize>) -> Self {
        self.slice(rows)
    }

    fn append(&mut self, other: Self) {
        self.append(other);
    }

    fn on(&self, i: &BigInt, h: u64) -> Option<Self> {
        Some(self.on(i, h))
    }

    fn beside(levels: &[&Self], units: &[super::Entry]) -> Self {
        Level::gather(levels, units.iter().copied())
    }

    fn with_ones(&self, p: Precision) -> Self {
        self.with_ones(p)
    }

    fn activated(self, sigma: &Sigma, p: Precision) -> Option<Self> {
        Some(self.activate(sigma, p))
    }

    fn by(&self, weight: &Self, p: Precision, arithmetic: Arithmetic) -> Option<Self> {
        Some(self.times(weight, p, arithmetic))
    }

    fn through(
        block: &super::Block,
        before: &[&Self],
        layer: Option<&[Self; 2]>,
        pre: bool,
        numbers: (Precision, Arithmetic),
    ) -> Option<Self> {
        Some(block.features(before, layer, pre, numbers))
    }
}

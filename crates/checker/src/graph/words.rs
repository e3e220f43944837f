//! [`Level`] in machine words: the same numbers, for networks that are large.
//!
//! Entries are i64 times 2^−p, sums of products i128, each of which is rounded once. The rules are those of [`Level`], whose numbers
//! these are; a patch is read where it lies. All entries are below 2^62, and before a product is computed its factors are known to be so small that no sum
//! of it overflows; what does not fit gives no answer (`None`).

use super::{
    Block, Entry, Level, Rule, Sigma,
    normalise::{Gains, Line},
    tube::Chords,
};
use crate::rational::Rational;
use crate::{
    arithmetic::Arithmetic,
    certificate::graph::Pool,
    interval::{Interval, Precision},
    smooth::Smooth,
    words::{Sigma as Pieces, narrow, word},
};
use num_bigint::BigInt;
use num_traits::ToPrimitive;
use std::ops::Range;

/// The most bits behind the point.
pub const MOST_BITS: u64 = 60;

/// (1 − s) start + s end ± radius, `[rows, cols]`, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    cols: usize,
    start: Vec<i64>,
    /// None where nothing moves.
    end: Option<Vec<i64>>,
    radius: Vec<i64>,
}

/// A, B and R of an entry.
type Chord = [i64; 3];

/// A weight as it is multiplied with.
struct Factor {
    /// W_a, W_b, W_b − W_a and |W| with its error, column by column.
    columns: Vec<Vec<[i64; 4]>>,
    /// The largest error in each column.
    error: Vec<i64>,
    /// All entries but for changes are below 2^bits.
    bits: u32,
}

/// An entry of a patch that is not 0: its place there, and A, B, B − A and R.
type Term = (usize, [i64; 4]);

/// Levels of the same rows.
struct Sources<'a> {
    levels: &'a [&'a Words],
    rows: usize,
}

impl Words {
    fn rows(&self) -> usize {
        self.start.len() / self.cols.max(1)
    }

    fn ends(&self) -> &[i64] {
        self.end.as_ref().unwrap_or(&self.start)
    }

    fn chord(&self, i: usize) -> Chord {
        [self.start[i], self.ends()[i], self.radius[i]]
    }

    /// Of entries that may move or not.
    fn from_chords(cols: usize, moves: bool, chords: &[Chord]) -> Self {
        let part = |k: usize| chords.iter().map(|chord| chord[k]).collect::<Vec<i64>>();
        Words { cols, start: part(0), end: moves.then(|| part(1)), radius: part(2) }
    }

    /// An exponent k with all entries below 2^k.
    fn bits(&self) -> u32 {
        let numbers = self.start.iter().chain(self.ends()).chain(&self.radius);
        64 - numbers.map(|number| number.unsigned_abs()).max().unwrap_or(0).leading_zeros()
    }

    fn mapped(self, map: impl Fn(Chord) -> Option<Chord>) -> Option<Self> {
        let chords = (0..self.start.len()).map(|i| map(self.chord(i)).filter(is_small));
        let chords: Vec<Chord> = chords.collect::<Option<_>>()?;
        Some(Words::from_chords(self.cols, self.end.is_some(), &chords))
    }

    /// F + 1 bᵀ for a row b.
    fn plus_row(self, row: &Words) -> Option<Self> {
        if row.start.is_empty() {
            return Some(self);
        }
        let moves = self.end.is_some() || row.end.is_some();
        let add = |i: usize| {
            let (entry, b) = (self.chord(i), row.chord(i % row.start.len()));
            Some([0, 1, 2].map(|k| entry[k] + b[k])).filter(is_small)
        };
        let chords: Vec<Chord> = (0..self.start.len()).map(add).collect::<Option<_>>()?;
        Some(Words::from_chords(self.cols, moves, &chords))
    }

    /// Batch normalisation, unit by unit.
    fn normalised(self, gains: &Gains, channels: usize, p: Precision) -> Option<Self> {
        let gains: Vec<[Chord; 3]> = gains.lines().map(|lines| all(lines.map(of_line))).collect::<Option<_>>()?;
        debug_assert_eq!(gains.len(), channels);
        let moves = self.end.is_some() || gains.iter().flatten().any(|[start, end, _]| start != end);
        let unit = |i: usize| {
            let [gain, mean, shift] = gains[i % self.cols % channels];
            let [start, end, radius] = self.chord(i);
            let away = [start - mean[0], end - mean[1], radius + mean[2]];
            let y = product(gain, Some(away).filter(is_small)?, p)?;
            Some([0, 1, 2].map(|k| y[k] + shift[k])).filter(is_small)
        };
        let chords: Vec<Chord> = (0..self.start.len()).map(unit).collect::<Option<_>>()?;
        Some(Words::from_chords(self.cols, moves, &chords))
    }
}

/// Whether all are below 2^62, so that a sum of two of them is a word.
fn is_small(chord: &Chord) -> bool {
    chord.iter().all(|&number| narrow(number.into()).is_some())
}

fn all<const K: usize>(chords: [Option<Chord>; K]) -> Option<[Chord; K]> {
    let mut all = [[0; 3]; K];
    for (to, from) in all.iter_mut().zip(chords) {
        *to = from?;
    }
    Some(all)
}

fn of_line(line: &Line) -> Option<Chord> {
    Some([word(&line.start)?, word(&line.end)?, word(&line.radius)?])
}

/// See [`Line::times`].
fn product([a, b, radius_a]: Chord, [c, d, radius_c]: Chord, p: Precision) -> Option<Chord> {
    let shift = p.0 + 3;
    let times = |x: i64, y: i64| i128::from(x) * i128::from(y);
    let bend = times(b - a, d - c);
    let rounded = |x: i64, y: i64| narrow((times(x, y).checked_mul(8)?.checked_sub(bend)?) >> shift);
    let size = |x: i64, y: i64| x.abs().max(y.abs());
    let errors = times(size(a, b), radius_c) + times(size(c, d) + radius_c, radius_a);
    // One unit for the rounding of the radius, one for that of the values.
    let radius = (errors.checked_mul(8)?.checked_add(bend.abs())? >> shift) + 2;
    Some([rounded(a, c)?, rounded(b, d)?, narrow(radius)?])
}

impl Factor {
    fn new(weight: &Words) -> Self {
        let entry = |i: usize| {
            let [from, to, radius] = weight.chord(i);
            [from, to, to - from, from.abs().max(to.abs()) + radius]
        };
        let column = |j: usize| (j..weight.start.len()).step_by(weight.cols);
        let columns: Vec<Vec<[i64; 4]>> = (0..weight.cols).map(|j| column(j).map(entry).collect()).collect();
        let error = (0..weight.cols).map(|j| column(j).map(|i| weight.radius[i]).max().unwrap_or(0)).collect();
        let largest = columns.iter().flatten().map(|entry| entry[3]).max().unwrap_or(0);
        Factor { columns, error, bits: 64 - largest.leading_zeros() }
    }

    /// Whether no sum of so many products with entries below 2^bits outgrows 127 bits, with K and eight times the others: changes
    /// have a bit more each, and the two sums of a radius one together.
    fn fits(&self, bits: u32, terms: usize) -> bool {
        bits + self.bits + (usize::BITS - terms.leading_zeros()) + 5 < 127
    }

    /// ⟨patch, W[:, t]⟩ for all t.
    fn apply(&self, patch: &[Term], p: Precision, chords: &mut Vec<Chord>) -> Option<()> {
        // Sums are times 2^2p; K/8 is brought in over 8 times that, as K/8 ± |K|/8.
        let shift = p.0 + 3;
        let sizes: i128 = patch.iter().map(|(_, [start, end, ..])| i128::from(start.abs().max(end.abs()))).sum();
        for (column, &error) in self.columns.iter().zip(&self.error) {
            let [start, end, bend, radius] = products(patch, column);
            let value = |sum: i128| narrow((sum * 8 - bend) >> shift);
            let radius = (radius + sizes * i128::from(error)) * 8 + bend.abs();
            // One unit for the rounding of the radius, one for that of the values.
            chords.push([value(start)?, value(end)?, narrow((radius >> shift) + 2)?]);
        }
        Some(())
    }
}

/// Σ A W_a, Σ B W_b, Σ (B − A)(W_b − W_a) and Σ R |W|.
fn products(patch: &[Term], column: &[[i64; 4]]) -> [i128; 4] {
    let mut sums = [0i128; 4];
    for (i, term) in patch {
        let weight = &column[*i];
        for ((sum, &number), &weight) in sums.iter_mut().zip(term).zip(weight) {
            *sum += i128::from(number) * i128::from(weight);
        }
    }
    sums
}

impl Sources<'_> {
    /// The entry of a row; outside of an image it is 0.
    fn chord(&self, row: usize, entry: Entry) -> Chord {
        match entry {
            Some((level, column)) => self.levels[level].chord(row * self.levels[level].cols + column),
            None => [0; 3],
        }
    }

    fn moves(&self, mut entries: impl Iterator<Item = Entry>) -> bool {
        entries.any(|entry| entry.is_some_and(|(level, _)| self.levels[level].end.is_some()))
    }

    /// F W for the patches F, one beside the other.
    fn times(&self, patches: &[Vec<Entry>], weight: &Words, p: Precision) -> Option<Words> {
        let factor = Factor::new(weight);
        let bits = self.levels.iter().map(|level| level.bits()).max().unwrap_or(0);
        let longest = patches.iter().map(Vec::len).max().unwrap_or(0);
        if !factor.fits(bits, longest) {
            return None;
        }
        let mut chords = Vec::with_capacity(self.rows * patches.len() * weight.cols);
        let mut terms: Vec<Term> = vec![];
        for row in 0..self.rows {
            for patch in patches {
                terms.clear();
                let entries = patch.iter().map(|&entry| self.chord(row, entry)).enumerate();
                let entries = entries.filter(|(_, chord)| *chord != [0; 3]);
                terms.extend(entries.map(|(i, [start, end, radius])| (i, [start, end, end - start, radius])));
                factor.apply(&terms, p, &mut chords)?;
            }
        }
        let moves = weight.end.is_some() || self.moves(patches.iter().flatten().copied());
        Some(Words::from_chords(patches.len() * weight.cols, moves, &chords))
    }

    /// The largest entry, the sum or the mean of each patch.
    fn pooled(&self, patches: &[Vec<Entry>], pool: Pool) -> Option<Words> {
        let mut chords = Vec::with_capacity(self.rows * patches.len());
        let mut entries: Vec<Chord> = vec![];
        for row in 0..self.rows {
            for patch in patches {
                entries.clear();
                entries.extend(patch.iter().map(|&entry| self.chord(row, entry)));
                chords.push(pool_of(pool, &entries)?);
            }
        }
        Some(Words::from_chords(patches.len(), self.moves(patches.iter().flatten().copied()), &chords))
    }
}

fn pool_of(pool: Pool, entries: &[Chord]) -> Option<Chord> {
    let sum = |k: usize| entries.iter().map(|entry| i128::from(entry[k])).sum::<i128>();
    let count = entries.len() as i128;
    Some(match pool {
        Pool::Max => largest(entries)?,
        Pool::Sum => [narrow(sum(0))?, narrow(sum(1))?, narrow(sum(2))?],
        Pool::Mean => {
            let mean = |k: usize| narrow(sum(k).div_euclid(count));
            [mean(0)?, mean(1)?, narrow(-(-sum(2)).div_euclid(count) + 1)?]
        }
    })
}

/// See the largest entry of [`Level::pool`].
fn largest(entries: &[Chord]) -> Option<Chord> {
    let best = |k: usize| (0..entries.len()).fold(0, |best, i| if entries[i][k] > entries[best][k] { i } else { best });
    let (k, l) = (entries[best(0)], entries[best(1)]);
    // Numbers are below 2^62: their differences and sums are words.
    let below = |entry: &Chord, other: &Chord| {
        let room = entry[2] + other[2];
        other[0] - entry[0] >= room && other[1] - entry[1] >= room
    };
    let counts = |entry: &&Chord| !(below(entry, &k) || below(entry, &l));
    let others = entries.iter().filter(counts).map(|entry| entry[2]).max().unwrap_or(0);
    let (fall, rise) = (i128::from(k[0] - l[0]), i128::from(l[1] - k[1]));
    let sag = if fall + rise == 0 { 0 } else { -(-fall * rise).div_euclid(fall + rise) };
    let error = others.max(k[2]).max(l[2]);
    Some([k[0], l[1], narrow(i128::from(error) + sag)?])
}

/// See [`Level::activate`] for a smooth σ.
struct Bends<'a> {
    smooth: &'a Smooth,
    slope: [i128; 2],
    eighth: [i128; 2],
    quarter: [i128; 2],
    p: Precision,
}

impl<'a> Bends<'a> {
    fn new(smooth: &'a Smooth, p: Precision) -> Option<Self> {
        let (curvature, kink) = smooth.curvature();
        // Words of 31 bits, so that a product with a word and a sum of two are words of 128.
        let parts = |number: Rational| {
            let part = |number: &BigInt| number.to_i32().map(i128::from);
            Some([part(number.numer())?, part(number.denom())?])
        };
        let (eighth, quarter) = (parts(curvature / BigInt::from(8))?, parts(kink / BigInt::from(4))?);
        Some(Bends { smooth, slope: parts(smooth.slope())?, eighth, quarter, p })
    }

    /// The value, rounded down, and how far it is at most below the true one.
    fn value(&self, number: i64) -> Option<[i64; 2]> {
        let Interval { lower, upper } = self.smooth.at(self.p, &number.into());
        let [lower, upper] = [word(&lower)?, word(&upper)?];
        Some([lower, upper - lower])
    }

    fn apply(&self, [start, end, radius]: Chord, moves: bool) -> Option<Chord> {
        let up = |number: i128, [numer, denom]: [i128; 2]| Some(-(-number.checked_mul(numer)?).div_euclid(denom));
        let mut radius = up(radius.into(), self.slope)?;
        let [left, error] = self.value(start)?;
        if !moves {
            return Some([left, left, narrow(radius + i128::from(error))?]);
        }
        let change = i128::from((end - start).abs());
        if change != 0 {
            let square = ((change * change) >> self.p.0) + 1;
            radius = radius.checked_add(up(square, self.eighth)?)?.checked_add(up(change, self.quarter)?)?;
        }
        let [right, other] = self.value(end)?;
        Some([left, right, narrow(radius.checked_add(error.max(other).into())?)?])
    }
}

impl Chords for Words {
    const ROWS: usize = 16;

    fn of(level: &Level) -> Option<Self> {
        let words = |numbers: &Vec<BigInt>| numbers.iter().map(word).collect::<Option<Vec<i64>>>();
        let end = match &level.end {
            Some(end) => Some(words(end)?),
            None => None,
        };
        Some(Words { cols: level.cols, start: words(&level.start)?, end, radius: words(&level.radius)? })
    }

    fn into_level(self) -> Level {
        let long = |numbers: Vec<i64>| numbers.into_iter().map(BigInt::from).collect();
        Level { cols: self.cols, start: long(self.start), end: self.end.map(long), radius: long(self.radius) }
    }

    fn moves(&self) -> bool {
        self.end.is_some()
    }

    fn slice(&self, rows: Range<usize>) -> Self {
        let range = rows.start * self.cols..rows.end * self.cols;
        let cut = |numbers: &Vec<i64>| numbers[range.clone()].to_vec();
        Words { cols: self.cols, start: cut(&self.start), end: self.end.as_ref().map(cut), radius: cut(&self.radius) }
    }

    fn append(&mut self, other: Self) {
        self.start.extend(other.start);
        self.radius.extend(other.radius);
        if let (Some(end), Some(more)) = (&mut self.end, other.end) {
            end.extend(more);
        }
    }

    fn on(&self, i: &BigInt, h: u64) -> Option<Self> {
        if self.end.is_none() {
            return Some(self.clone());
        }
        // 2^h and 2^62 at most, so that their product is a word of 128 bits.
        let i = i128::from(i.to_i64().filter(|&i| h <= 62 && 0 <= i && i < 1 << h)?);
        let at =
            |start: i64, end: i64, i: i128| narrow((i128::from(start) * ((1 << h) - i) + i128::from(end) * i) >> h);
        // Rounded down by less than a unit.
        self.clone().mapped(|[start, end, radius]| Some([at(start, end, i)?, at(start, end, i + 1)?, radius + 1]))
    }

    fn beside(levels: &[&Self], units: &[Entry]) -> Self {
        let sources = Sources { levels, rows: levels.iter().map(|level| level.rows()).max().unwrap_or(0) };
        let row = |row: usize| units.iter().map(move |&unit| (row, unit));
        let chords = (0..sources.rows).flat_map(row).map(|(row, unit)| sources.chord(row, unit));
        Words::from_chords(units.len(), sources.moves(units.iter().copied()), &chords.collect::<Vec<_>>())
    }

    fn with_ones(&self, p: Precision) -> Self {
        let one = 1 << p.0;
        let row = |row: usize| (row * self.cols..(row + 1) * self.cols).map(|i| self.chord(i)).chain([[one, one, 0]]);
        let chords: Vec<Chord> = (0..self.rows()).flat_map(row).collect();
        Words::from_chords(self.cols + 1, self.end.is_some(), &chords)
    }

    fn activated(self, sigma: &Sigma, p: Precision) -> Option<Self> {
        match sigma {
            Sigma::PiecewiseLinear(activation) => {
                let pieces = Pieces::new(p.0 as u32, activation)?;
                self.mapped(|[start, end, radius]| pieces.apply(start, end, radius).map(Into::into))
            }
            Sigma::Smooth(smooth) => {
                let (bends, moves) = (Bends::new(smooth, p)?, self.end.is_some());
                self.mapped(|chord| bends.apply(chord, moves))
            }
        }
    }

    fn by(&self, weight: &Self, p: Precision, _: Arithmetic) -> Option<Self> {
        let row = vec![(0..self.cols).map(|column| Some((0, column))).collect()];
        Sources { levels: &[self], rows: self.rows() }.times(&row, weight, p)
    }

    fn through(
        block: &Block,
        before: &[&Self],
        layer: Option<&[Self; 2]>,
        pre: bool,
        (p, _): (Precision, Arithmetic),
    ) -> Option<Self> {
        let sources = Sources { levels: before, rows: before.iter().map(|level| level.rows()).max().unwrap_or(0) };
        match (&block.rule, layer) {
            (Rule::Filters { sigma, .. }, Some([weight, bias])) => {
                let sum = sources.times(&block.patches, weight, p)?.plus_row(bias)?;
                if pre { Some(sum) } else { sum.activated(sigma, p) }
            }
            (Rule::Pool(pool), _) => sources.pooled(&block.patches, *pool),
            (Rule::Sum(sigma), _) => sources.pooled(&block.patches, Pool::Sum)?.activated(sigma, p),
            (Rule::Normalise { channels, epsilon }, Some([weight, bias])) => {
                let layer = [weight, bias].map(|part| part.clone().into_level());
                let gains = Gains::new(&layer, epsilon, p);
                let units: Vec<Entry> = block.patches.iter().map(|patch| patch[0]).collect();
                Words::beside(before, &units).normalised(&gains, *channels, p)
            }
            (Rule::Filters { .. } | Rule::Normalise { .. }, None) => unreachable!("such a block has parameters"),
        }
    }
}

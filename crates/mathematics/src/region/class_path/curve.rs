//! Piecewise affine curves λ ↦ a row of numbers, λ from 0 to 1, in integers.
//!
//! A curve is a list of pieces between cuts 0 = λ_0 < λ_1 < … < λ_K = 1. On a piece it is affine, and the piece is kept as
//! the values of that affine function at λ = 0 and at λ = 1, wherever the piece is: so an entry's length depends on the
//! layers that the curve went through, and not on the cuts before. All pieces share one denominator, and nothing is brought
//! to lowest terms but the places of the cuts.

use crate::linalg::Cleared;
use crate::network::Activation;
use nalgebra::DMatrix;
use rug::{Complete, Integer, Rational};

/// x ↦ x N/e + b/e for rows x.
#[derive(Debug, Clone)]
pub(super) struct AffineMap {
    /// N, row by row.
    rows: Vec<Vec<Integer>>,
    /// b.
    offset: Vec<Integer>,
    /// e > 0.
    denominator: Integer,
}

impl AffineMap {
    /// x ↦ \[x, 1\] U for a stacked matrix U = \[W; b\].
    pub fn stacked(matrix: &DMatrix<Rational>) -> Self {
        let (numerators, denominator) = Cleared::from_rationals(matrix).into_parts();
        let mut rows: Vec<Vec<Integer>> = numerators.row_iter().map(|row| row.iter().cloned().collect()).collect();
        let offset = rows.pop().unwrap_or_default();
        AffineMap { rows, offset, denominator }
    }

    /// x N + e b, all over e.
    fn apply(&self, row: &[Integer], unit: &Integer) -> Vec<Integer> {
        let mut sums: Vec<Integer> = self.offset.iter().map(|entry| (entry * unit).complete()).collect();
        add_product(&mut sums, row.iter().zip(&self.rows));
        sums
    }
}

/// sums + Σ x · row.
fn add_product<'a>(sums: &mut [Integer], terms: impl Iterator<Item = (&'a Integer, &'a Vec<Integer>)>) {
    for (x, row) in terms.filter(|(x, _)| **x != 0) {
        for (sum, entry) in sums.iter_mut().zip(row) {
            *sum += x * entry;
        }
    }
}

/// A piecewise-linear function: x ↦ (s_k x + c_k)/q on the k-th piece, which ends at t_k/q.
#[derive(Debug, Clone)]
pub(super) struct Bends {
    breakpoints: Vec<Integer>,
    slopes: Vec<Integer>,
    intercepts: Vec<Integer>,
    /// q > 0.
    denominator: Integer,
}

impl Bends {
    pub fn new(activation: &Activation) -> Self {
        let lists = [activation.breakpoints(), activation.slopes(), activation.intercepts()];
        let mut denominator = Integer::from(1);
        lists.iter().flat_map(|list| list.iter()).for_each(|number| denominator.lcm_mut(number.denom()));
        let cleared = |list: &[Rational]| {
            list.iter().map(|number| (&denominator / number.denom()).complete() * number.numer()).collect()
        };
        let [breakpoints, slopes, intercepts] = lists.map(cleared);
        Bends { breakpoints, slopes, intercepts, denominator }
    }
}

/// An affine function of λ, by its values at 0 and 1.
#[derive(Debug, Clone)]
struct Piece {
    at_zero: Vec<Integer>,
    at_one: Vec<Integer>,
}

/// A piecewise affine curve.
#[derive(Debug, Clone)]
pub(super) struct Curve {
    /// λ_0, …, λ_K.
    cuts: Vec<Rational>,
    /// K of them.
    pieces: Vec<Piece>,
    /// Of all entries; positive.
    denominator: Integer,
}

/// Where an entry is on a piece, as seen from a breakpoint.
enum Side {
    Below,
    Above,
    /// On both sides: where it crosses, and whether upwards.
    Both(Rational, bool),
}

impl Curve {
    /// The straight line from one row to another.
    pub fn straight(from: &[Rational], to: &[Rational]) -> Self {
        let both = DMatrix::from_row_iterator(2, from.len(), from.iter().chain(to).cloned());
        let (numerators, denominator) = Cleared::from_rationals(&both).into_parts();
        let row = |index: usize| numerators.row(index).iter().cloned().collect();
        let piece = Piece { at_zero: row(0), at_one: row(1) };
        Curve { cuts: vec![Rational::new(), Rational::from(1)], pieces: vec![piece], denominator }
    }

    /// The number of pieces K.
    pub fn len(&self) -> usize {
        self.pieces.len()
    }

    /// λ_0, …, λ_K.
    pub fn cuts(&self) -> &[Rational] {
        &self.cuts
    }

    /// The row at a cut.
    pub fn vertex(&self, cut: usize) -> Vec<Rational> {
        let (piece, lambda) = (&self.pieces[cut.saturating_sub(1)], &self.cuts[cut]);
        let scale = (lambda.denom() * &self.denominator).complete();
        let value = |(a, b): (&Integer, &Integer)| Rational::from((between(a, b, lambda), scale.clone()));
        piece.at_zero.iter().zip(&piece.at_one).map(value).collect()
    }

    /// Followed by an affine map. Neighbouring pieces differ in few entries: only these are multiplied again.
    pub fn through(&self, map: &AffineMap) -> Self {
        let mut pieces: Vec<Piece> = Vec::with_capacity(self.len());
        for (k, piece) in self.pieces.iter().enumerate() {
            let next = match k.checked_sub(1) {
                None => Piece {
                    at_zero: map.apply(&piece.at_zero, &self.denominator),
                    at_one: map.apply(&piece.at_one, &self.denominator),
                },
                Some(before) => {
                    let (old, image) = (&self.pieces[before], &pieces[before]);
                    let moved = |old: &[Integer], new: &[Integer], image: &[Integer]| {
                        let mut image = image.to_vec();
                        for ((x, y), row) in old.iter().zip(new).zip(&map.rows).filter(|((x, y), _)| x != y) {
                            add_product(&mut image, std::iter::once((&(y - x).complete(), row)));
                        }
                        image
                    };
                    Piece {
                        at_zero: moved(&old.at_zero, &piece.at_zero, &image.at_zero),
                        at_one: moved(&old.at_one, &piece.at_one, &image.at_one),
                    }
                }
            };
            pieces.push(next);
        }
        Curve { cuts: self.cuts.clone(), pieces, denominator: (&self.denominator * &map.denominator).complete() }
    }

    /// Followed by a piecewise-linear function of every entry: cut wherever an entry crosses a breakpoint.
    pub fn bent(&self, bends: &Bends) -> Self {
        let mut curve = Curve {
            cuts: vec![Rational::new()],
            pieces: vec![],
            denominator: (&self.denominator * &bends.denominator).complete(),
        };
        for (piece, ends) in self.pieces.iter().zip(self.cuts.windows(2)) {
            self.bend_piece(piece, [&ends[0], &ends[1]], bends, &mut curve);
        }
        curve
    }

    fn bend_piece(&self, piece: &Piece, [start, end]: [&Rational; 2], bends: &Bends, curve: &mut Curve) {
        let levels: Vec<Integer> = bends.breakpoints.iter().map(|t| (t * &self.denominator).complete()).collect();
        let entries = || piece.at_zero.iter().zip(&piece.at_one);
        let side = |(a, b): (&Integer, &Integer), level: &Integer| {
            side([&(a * &bends.denominator).complete(), &(b * &bends.denominator).complete()], level, [start, end])
        };
        let sides: Vec<Vec<Side>> =
            entries().map(|entry| levels.iter().map(|level| side(entry, level)).collect()).collect();
        let mut cuts: Vec<Rational> = sides
            .iter()
            .flatten()
            .filter_map(|side| if let Side::Both(place, _) = side { Some(place.clone()) } else { None })
            .collect();
        cuts.push(end.clone());
        cuts.sort_unstable();
        cuts.dedup();
        for cut in cuts {
            let is_above = |side: &Side| match side {
                Side::Below => false,
                Side::Above => true,
                Side::Both(place, upwards) => (cut > *place) == *upwards,
            };
            let index = |sides: &Vec<Side>| sides.iter().filter(|side| is_above(side)).count();
            let value = |entry: &Integer, index: usize| {
                (&bends.slopes[index] * entry).complete() + (&bends.intercepts[index] * &self.denominator).complete()
            };
            let image = |entries: &[Integer]| {
                entries.iter().zip(&sides).map(|(entry, sides)| value(entry, index(sides))).collect()
            };
            curve.pieces.push(Piece { at_zero: image(&piece.at_zero), at_one: image(&piece.at_one) });
            curve.cuts.push(cut);
        }
    }

    /// For every cut the least difference between an entry and any other one, and the index of that one; `None` if there is
    /// no other.
    pub fn margins(&self, entry: usize) -> Option<Vec<(Rational, usize)>> {
        let at = |cut: usize| {
            let (piece, lambda) = (&self.pieces[cut.saturating_sub(1)], &self.cuts[cut]);
            let value = |k: usize| between(&piece.at_zero[k], &piece.at_one[k], lambda);
            let own = value(entry);
            let others = (0..piece.at_zero.len()).filter(|&k| k != entry);
            let (least, against) = others.map(|k| ((&own - value(k)), k)).min()?;
            Some((Rational::from((least, (lambda.denom() * &self.denominator).complete())), against))
        };
        (0..self.cuts.len()).map(at).collect()
    }
}

/// The value at λ = p/q of the affine function with these values at 0 and 1, times q.
fn between(at_zero: &Integer, at_one: &Integer, lambda: &Rational) -> Integer {
    let rest = (lambda.denom() - lambda.numer()).complete();
    rest * at_zero + lambda.numer() * at_one
}

/// Where the affine function with these values at 0 and 1 is on an interval, as seen from a level.
fn side([a, b]: [&Integer; 2], level: &Integer, [start, end]: [&Rational; 2]) -> Side {
    let (a, b) = ((a - level).complete(), (b - level).complete());
    // On all of [0, 1] on one side: the usual case.
    if a >= 0 && b >= 0 {
        return Side::Above;
    }
    if a <= 0 && b <= 0 {
        return Side::Below;
    }
    let upwards = a < 0;
    let place = Rational::from((a.clone(), a - b));
    if place <= *start {
        return if upwards { Side::Above } else { Side::Below };
    }
    if place >= *end {
        return if upwards { Side::Below } else { Side::Above };
    }
    Side::Both(place, upwards)
}

//! Dense linear algebra modulo one prime below 2²⁴, on f64.
//!
//! A residue is kept balanced, |x| ≤ p/2 + 2, as an integer in an f64. Sums of products are exact as long as they stay
//! below 2⁵³, so elimination delays reductions and leaves the bulk of the work to `gemm`. Everything here is exact
//! arithmetic in ℤ/p: the order of the operations does not change a result.

use nalgebra::DMatrix;
use pulp::Arch;
use rug::{Integer, Rational};

/// Pivots in a block: the inner dimension of a matrix product in elimination and substitution. For p < 2²⁴ the sum of
/// BLOCK + 1 products of residues stays below 2⁵³.
const BLOCK: usize = 64;

/// The largest primes of 8 to 24 bits.
const LARGEST_PRIMES: [u32; 17] = [
    251, 509, 1_021, 2_039, 4_093, 8_191, 16_381, 32_749, 65_521, 131_071, 262_139, 524_287, 1_048_573, 2_097_143,
    4_194_301, 8_388_593, 16_777_213,
];

/// 1.5 · 2⁵²: adding and subtracting it rounds an |x| ≤ 2⁵¹ to the nearest integer.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// The field ℤ/p.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    prime: f64,
    inverse: f64,
    /// 2³² modulo p.
    half_word: f64,
}

impl Field {
    /// The field of a prime 2 < p < 2²⁴.
    pub fn new(prime: u32) -> Self {
        debug_assert!(prime > 2 && prime < 1 << 24);
        let mut field = Self { prime: f64::from(prime), inverse: 1.0 / f64::from(prime), half_word: 0.0 };
        field.half_word = field.reduce(4_294_967_296.0);
        field
    }

    /// The fields of the primes of at most `bits` bits, 8 ≤ bits ≤ 24, downwards from the largest.
    pub fn descending(bits: u32) -> impl Iterator<Item = Self> {
        let largest = LARGEST_PRIMES[bits as usize - 8];
        let others = (3..largest).rev().filter(|&candidate| is_prime(candidate));
        std::iter::once(largest).chain(others).map(Self::new)
    }

    pub fn prime(self) -> u32 {
        self.prime as u32
    }

    /// The balanced residue of an integer |x| < min(2⁵³, 2⁵¹ p); zero exactly for multiples of p.
    #[inline(always)]
    pub fn reduce(self, x: f64) -> f64 {
        let quotient = (x * self.inverse + ROUND) - ROUND;
        x - quotient * self.prime
    }

    /// Reduces every entry, see [`Field::reduce`].
    pub fn reduce_all(self, entries: &mut [f64]) {
        Arch::new().dispatch(|| entries.iter_mut().for_each(|entry| *entry = self.reduce(*entry)));
    }

    /// 1/x for a non-zero residue: the extended Euclidean algorithm.
    pub fn invert(self, x: f64) -> f64 {
        let prime = self.prime as i64;
        let (mut old, mut new) = ((x as i64).rem_euclid(prime), prime);
        let (mut old_factor, mut new_factor) = (1, 0);
        while new != 0 {
            let quotient = old / new;
            (old, new) = (new, old - quotient * new);
            (old_factor, new_factor) = (new_factor, old_factor - quotient * new_factor);
        }
        debug_assert_eq!(old, 1);
        self.reduce(old_factor as f64)
    }

    /// The residue of an integer.
    pub fn of_integer(self, value: &Integer) -> f64 {
        match *value.as_limbs() {
            [] => 0.0,
            [limb] if limb < 1 << 50 => {
                let residue = self.reduce(limb as f64);
                if value.is_negative() { -residue } else { residue }
            }
            _ => self.reduce(f64::from(value.mod_u(self.prime()))),
        }
    }

    /// The residue of an integer in little-endian two's complement words, half a word at a time.
    #[inline]
    pub fn of_words(self, words: &[u64]) -> f64 {
        let Some((&top, rest)) = words.split_last() else { return 0.0 };
        let high = self.reduce(((top as i64) >> 32) as f64);
        let start = self.reduce(high * self.half_word + f64::from(top as u32));
        rest.iter().rev().fold(start, |high, &word| {
            let middle = self.reduce(high * self.half_word + (word >> 32) as f64);
            self.reduce(middle * self.half_word + f64::from(word as u32))
        })
    }

    /// The residue of a rational; `None` if p divides the denominator.
    pub fn of_rational(self, value: &Rational) -> Option<f64> {
        if *value.denom() == 1 {
            return Some(self.of_integer(value.numer()));
        }
        let denominator = self.of_integer(value.denom());
        (denominator != 0.0).then(|| self.reduce(self.of_integer(value.numer()) * self.invert(denominator)))
    }
}

/// The residues of a matrix, entry by entry.
pub(super) fn residues(field: Field, a: &DMatrix<Integer>) -> DMatrix<f64> {
    DMatrix::from_iterator(a.nrows(), a.ncols(), a.iter().map(|entry| field.of_integer(entry)))
}

/// The residues of a matrix, entry by entry; `None` if p divides a denominator.
///
/// Most denominators of trained weights are powers of two: their inverses are kept.
pub(super) fn rational_residues(field: Field, a: &DMatrix<Rational>) -> Option<DMatrix<f64>> {
    let half = field.invert(2.0);
    let mut halves = vec![1.0];
    let mut residue = |value: &Rational| {
        let shift = match *value.denom().as_limbs() {
            [1] => return Some(field.of_integer(value.numer())),
            [limb] if limb.is_power_of_two() => limb.trailing_zeros() as usize,
            _ if value.denom().is_power_of_two() => value.denom().significant_bits() as usize - 1,
            _ => return field.of_rational(value),
        };
        while halves.len() <= shift {
            halves.push(field.reduce(halves[halves.len() - 1] * half));
        }
        Some(field.reduce(field.of_integer(value.numer()) * halves[shift]))
    };
    let entries = a.iter().map(&mut residue).collect::<Option<Vec<f64>>>()?;
    Some(DMatrix::from_vec(a.nrows(), a.ncols(), entries))
}

/// Trial division.
fn is_prime(candidate: u32) -> bool {
    candidate > 1
        && (2..).take_while(|&divisor: &u32| divisor * divisor <= candidate).all(|d| !candidate.is_multiple_of(d))
}

/// A[order, pivots] = L U modulo p, with the column rank profile of A.
///
/// Left-looking elimination by panels of columns: what a panel owes to earlier pivots is paid in blocks by `gemm`,
/// inside a panel column by column. Rows are exchanged only to avoid a zero pivot. O(rank · m · n).
pub(super) struct Elimination {
    field: Field,
    /// The column rank profile modulo p.
    pub pivots: Vec<usize>,
    /// The row permutation; its first rank entries are independent rows.
    pub order: Vec<usize>,
    /// L [m, rank] and more columns, unit lower triangular, rows in `order`.
    lower: DMatrix<f64>,
    /// U [rank, rank] and more, upper triangular.
    upper: DMatrix<f64>,
}

impl Elimination {
    /// Eliminates A [m, n], whose entries are balanced residues.
    pub fn new(field: Field, a: &DMatrix<f64>) -> Self {
        let (rows, columns) = a.shape();
        let most = rows.min(columns);
        let mut elimination = Self {
            field,
            pivots: Vec::with_capacity(most),
            order: (0..rows).collect(),
            lower: DMatrix::zeros(rows, most),
            upper: DMatrix::zeros(most, most),
        };
        for start in (0..columns).step_by(BLOCK) {
            if elimination.rank() == rows {
                break;
            }
            let width = BLOCK.min(columns - start);
            let mut panel = DMatrix::zeros(rows, width);
            for (offset, mut column) in panel.column_iter_mut().enumerate() {
                let source = a.column(start + offset);
                column.iter_mut().zip(&elimination.order).for_each(|(entry, &row)| *entry = source[row]);
            }
            substitute_forward(field, &elimination.lower, elimination.rank(), &mut panel);
            Arch::new().dispatch(
                #[inline(always)]
                || elimination.factor(&mut panel, start),
            );
        }
        elimination
    }

    pub fn rank(&self) -> usize {
        self.pivots.len()
    }

    /// Finds the pivots of a panel that has been freed of all earlier pivots.
    #[inline(always)]
    fn factor(&mut self, panel: &mut DMatrix<f64>, start: usize) {
        let (rows, first) = (panel.nrows(), self.rank());
        for offset in 0..panel.ncols() {
            let rank = self.rank();
            if rank == rows {
                return;
            }
            let (_, rest) = panel.as_mut_slice().split_at_mut(offset * rows);
            let (column, later) = rest.split_at_mut(rows);
            for pivot in first..rank {
                column[pivot] = self.field.reduce(column[pivot]);
                let multipliers = &self.lower.as_slice()[pivot * rows..][..rows];
                let (factor, below) = (column[pivot], &mut column[pivot + 1..]);
                subtract_multiple(below, factor, &multipliers[pivot + 1..]);
            }
            column[rank..].iter_mut().for_each(|entry| *entry = self.field.reduce(*entry));
            let Some(distance) = column[rank..].iter().position(|&entry| entry != 0.0) else { continue };
            if distance > 0 {
                column.swap(rank, rank + distance);
                later.chunks_exact_mut(rows).for_each(|column| column.swap(rank, rank + distance));
                self.lower.columns_range_mut(..rank).swap_rows(rank, rank + distance);
                self.order.swap(rank, rank + distance);
            }
            self.store(column, start + offset);
        }
    }

    /// Takes a freed column with a non-zero entry in row rank as the next column of L and U.
    #[inline(always)]
    fn store(&mut self, column: &[f64], index: usize) {
        let (rows, rank) = (column.len(), self.rank());
        let stride = self.upper.nrows();
        self.upper.as_mut_slice()[rank * stride..][..=rank].copy_from_slice(&column[..=rank]);
        let inverse = self.field.invert(column[rank]);
        let lower = &mut self.lower.as_mut_slice()[rank * rows..][..rows];
        for (multiplier, entry) in lower[rank..].iter_mut().zip(&column[rank..]) {
            *multiplier = self.field.reduce(entry * inverse);
        }
        lower[rank] = 1.0;
        self.pivots.push(index);
    }

    /// The inverse modulo p of A[order[..rank], pivots], its rows first in `order`: columns follow `order`.
    pub fn inverse(&self) -> DMatrix<f64> {
        let rank = self.rank();
        let mut inverse = DMatrix::identity(rank, rank);
        let lower = self.lower.view((0, 0), (rank, rank)).into_owned();
        substitute_forward(self.field, &lower, rank, &mut inverse);
        substitute_backward(self.field, &self.upper, rank, &mut inverse);
        inverse
    }
}

/// target −= factor · source.
#[inline(always)]
fn subtract_multiple(target: &mut [f64], factor: f64, source: &[f64]) {
    if factor != 0.0 {
        target.iter_mut().zip(source).for_each(|(entry, other)| *entry -= factor * other);
    }
}

/// X := the solution of L X = X in its first `rank` rows, for the unit lower triangular L; the rows below are freed of
/// the pivots as well. All entries come out reduced.
fn substitute_forward(field: Field, lower: &DMatrix<f64>, rank: usize, x: &mut DMatrix<f64>) {
    let rows = x.nrows();
    for from in (0..rank).step_by(BLOCK) {
        let to = rank.min(from + BLOCK);
        Arch::new().dispatch(|| {
            for column in x.as_mut_slice().chunks_exact_mut(rows) {
                for pivot in from..to {
                    column[pivot] = field.reduce(column[pivot]);
                    let multipliers = &lower.as_slice()[pivot * rows..][pivot + 1..to];
                    let (factor, below) = (column[pivot], &mut column[pivot + 1..to]);
                    subtract_multiple(below, factor, multipliers);
                }
            }
        });
        let block = x.rows_range(from..to).into_owned();
        let below = lower.view((to, from), (rows - to, to - from));
        free_rows(field, x, to..rows, &below.into_owned(), &block);
    }
}

/// X := the solution of U X = X in the first `rank` rows, for the upper triangular U.
fn substitute_backward(field: Field, upper: &DMatrix<f64>, rank: usize, x: &mut DMatrix<f64>) {
    let (rows, stride) = (x.nrows(), upper.nrows());
    let diagonal: Vec<f64> = (0..rank).map(|index| field.invert(upper[(index, index)])).collect();
    for from in (0..rank).step_by(BLOCK).rev() {
        let to = rank.min(from + BLOCK);
        Arch::new().dispatch(|| {
            for column in x.as_mut_slice().chunks_exact_mut(rows) {
                for pivot in (from..to).rev() {
                    column[pivot] = field.reduce(field.reduce(column[pivot]) * diagonal[pivot]);
                    let multipliers = &upper.as_slice()[pivot * stride..][from..pivot];
                    let (factor, above) = (column[pivot], &mut column[from..pivot]);
                    subtract_multiple(above, factor, multipliers);
                }
            }
        });
        let block = x.rows_range(from..to).into_owned();
        let above = upper.view((0, from), (from, to - from)).into_owned();
        free_rows(field, x, 0..from, &above, &block);
    }
}

/// X[range] := X[range] − A block, reduced.
fn free_rows(
    field: Field,
    x: &mut DMatrix<f64>,
    range: std::ops::Range<usize>,
    a: &DMatrix<f64>,
    block: &DMatrix<f64>,
) {
    if range.is_empty() {
        return;
    }
    let rows = x.nrows();
    x.rows_range_mut(range.clone()).gemm(-1.0, a, block, 1.0);
    Arch::new().dispatch(|| {
        for column in x.as_mut_slice().chunks_exact_mut(rows) {
            column[range.clone()].iter_mut().for_each(|entry| *entry = field.reduce(*entry));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Textbook elimination modulo p: the column rank profile.
    fn naive_pivots(a: &DMatrix<i64>, prime: i64) -> Vec<usize> {
        let mut a = a.map(|entry| entry.rem_euclid(prime));
        let mut pivots: Vec<usize> = Vec::new();
        for column in 0..a.ncols() {
            let step = pivots.len();
            let Some(row) = (step..a.nrows()).find(|&row| a[(row, column)] != 0) else { continue };
            a.swap_rows(step, row);
            let inverse = (1..prime).find(|x| x * a[(step, column)] % prime == 1).unwrap();
            for other in step + 1..a.nrows() {
                let factor = a[(other, column)] * inverse % prime;
                for index in 0..a.ncols() {
                    a[(other, index)] = (a[(other, index)] - factor * a[(step, index)]).rem_euclid(prime);
                }
            }
            pivots.push(column);
        }
        pivots
    }

    fn product(field: Field, a: &DMatrix<f64>, b: &DMatrix<f64>) -> DMatrix<f64> {
        (a * b).map(|entry| field.reduce(entry))
    }

    proptest! {
        #[test]
        fn residues_are_balanced_and_congruent(value: i64, small in 1i64..=1 << 50, prime in 0..4usize) {
            let field = Field::new([3, 7, 8_388_593, 16_777_213][prime]);
            let prime = i64::from(field.prime());
            for value in [value, small, -small, 0, prime, -prime, i64::MIN, i64::MAX] {
                let residue = field.of_integer(&Integer::from(value));
                prop_assert!(residue.abs() <= field.prime / 2.0 + 2.0);
                prop_assert_eq!((i128::from(value) - residue as i128) % i128::from(prime), 0);
                prop_assert_eq!(residue == 0.0, value % prime == 0);
            }
        }

        #[test]
        fn elimination_agrees_with_the_textbook(
            rows in 0..130usize, columns in 0..130usize, prime in 0..4usize, sparse in 1..4i64, seed: u64,
        ) {
            let field = Field::new([3, 7, 101, 65_521][prime]);
            let mut state = seed | 1;
            let a = DMatrix::from_fn(rows, columns, |_, _| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let value = (state >> 40) as i64;
                if value % sparse == 0 { value / sparse } else { 0 }
            });
            let residues = a.map(|entry| field.of_integer(&Integer::from(entry)));
            let elimination = Elimination::new(field, &residues);
            prop_assert_eq!(&elimination.pivots, &naive_pivots(&a, i64::from(field.prime())));
            let basis = residues.select_rows(&elimination.order[..elimination.rank()]).select_columns(&elimination.pivots);
            let identity = DMatrix::identity(basis.nrows(), basis.nrows());
            prop_assert_eq!(product(field, &basis, &elimination.inverse()), identity);
        }
    }

    #[test]
    fn inverses_of_all_residues() {
        let field = Field::new(10_007);
        assert!((1..10_007).all(|x| field.reduce(f64::from(x) * field.invert(f64::from(x))) == 1.0));
    }

    #[test]
    fn rationals_have_residues_away_from_their_denominators() {
        let field = Field::new(7);
        assert_eq!(field.of_rational(&Rational::from((1, 2))), Some(-3.0));
        assert_eq!(field.of_rational(&Rational::from((1, 14))), None);
        let a = DMatrix::from_row_slice(1, 5, &[(3, 1), (1, 2), (-5, 64), (1, 3), (0, 1)]).map(Rational::from);
        let one_by_one: Vec<f64> = a.iter().filter_map(|entry| field.of_rational(entry)).collect();
        assert_eq!(rational_residues(field, &a), Some(DMatrix::from_row_slice(1, 5, &one_by_one)));
        assert_eq!(rational_residues(field, &a.map(|entry| entry / 7)), None);
    }

    #[test]
    fn primes_come_downwards() {
        let primes: Vec<u32> = Field::descending(8).take(4).map(Field::prime).collect();
        assert_eq!(primes, [251, 241, 239, 233]);
        for (bits, largest) in (8..).zip(LARGEST_PRIMES) {
            assert_eq!((largest..1 << bits).rev().find(|&candidate| is_prime(candidate)), Some(largest));
        }
    }
}

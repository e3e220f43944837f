//! The exact kernel: rationals, with denominators cleared once a matrix.
//!
//! **Pivot columns.** Elimination modulo one prime gives a lower bound of the rank and, in general, the profile. Columns
//! that are independent modulo p are independent over ℚ, so n pivots settle the matter, and so do m pivots in the first m
//! columns. Otherwise each other column must be shown to depend on the pivots before it: by fraction-free elimination if
//! the matrix is small, else by lifting up to the bound of Hadamard. A prime that fails the proof is replaced.
//!
//! **Systems.** Rows are scaled so that A is integral, then the columns of B. Small systems go through fraction-free
//! elimination, others through p-adic lifting. Of an overdetermined system as many independent rows as columns are
//! solved, and all rows are checked.

use super::{
    Cleared, Kernel, Unsolvable,
    cleared::{common_denominator, scaled},
    elimination::reduced_echelon,
    integers::{bits, collect},
    lifting::{Lifting, Sizes},
    modular::{Elimination, Field, rational_residues, residues},
    product::product,
};
use nalgebra::DMatrix;
use rug::{Complete, Integer, Rational};

/// Up to this many columns fraction-free elimination is faster than lifting.
const SMALL: usize = 12;

/// The first prime that a rank is tried with: the largest below 2²³.
const PRIME: u32 = 8_388_593;

/// Dependent columns that are confirmed together.
const WIDTH: usize = 128;

/// The exact kernel: what it decides is certain, what it solves is an equality.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Exact;

impl Kernel for Exact {
    type Scalar = Rational;

    fn name(&self) -> String {
        "exact".into()
    }

    fn is_exact(&self) -> bool {
        true
    }

    fn import(&self, value: &Rational) -> Rational {
        value.clone()
    }

    fn product(&self, a: &DMatrix<Rational>, b: &DMatrix<Rational>) -> DMatrix<Rational> {
        assert_eq!(a.ncols(), b.nrows(), "the inner sizes of a product differ");
        let (left, left_scales) = rows_cleared(a);
        let (right, right_scales) = rows_cleared(&b.transpose());
        let numerators = product(&left, &right.transpose());
        fractions(&numerators, |row, column| (&left_scales[row] * &right_scales[column]).complete())
    }

    fn pivot_columns(&self, a: &DMatrix<Rational>) -> Vec<usize> {
        let field = Field::new(PRIME);
        let first =
            rational_residues(field, a).and_then(|residues| settled(Elimination::new(field, &residues), a.shape()));
        first.unwrap_or_else(|| confirmed_profile(&rows_cleared(a).0))
    }

    fn solve(&self, a: &DMatrix<Rational>, b: &DMatrix<Rational>) -> Result<DMatrix<Rational>, Unsolvable> {
        if a.nrows() != b.nrows() {
            return Err(Unsolvable::RowsDiffer { left: a.nrows(), right: b.nrows() });
        }
        let (left, scales) = rows_cleared(a);
        let scaled_right =
            DMatrix::from_fn(b.ncols(), b.nrows(), |column, row| (&b[(row, column)] * &scales[row]).complete());
        let (right, right_scales) = rows_cleared(&scaled_right);
        let (numerators, denominator) = solve_integers(&left, &right.transpose())?;
        Ok(fractions(&numerators, |_, column| (&denominator * &right_scales[column]).complete()))
    }
}

impl Exact {
    /// The column rank profile of an integer matrix, see [`Kernel::pivot_columns`].
    pub fn integer_pivot_columns(&self, a: &DMatrix<Integer>) -> Vec<usize> {
        let field = Field::new(PRIME);
        settled(Elimination::new(field, &residues(field, a)), a.shape()).unwrap_or_else(|| confirmed_profile(a))
    }

    /// [`Kernel::product`] for matrices over common denominators.
    ///
    /// # Panics
    /// If the inner sizes differ, as nalgebra's own product does.
    pub fn product_cleared(&self, a: &Cleared, b: &Cleared) -> Cleared {
        assert_eq!(a.numerators().ncols(), b.numerators().nrows(), "the inner sizes of a product differ");
        let numerators = product(a.numerators(), b.numerators());
        let denominator = (a.denominator() * b.denominator()).complete();
        Cleared::new(numerators, denominator).expect("denominators are not zero")
    }

    /// [`Kernel::right_inverse`] for matrices over common denominators: [n, m] for A [m, n].
    ///
    /// # Errors
    /// As [`Kernel::right_inverse`].
    pub fn right_inverse_cleared(&self, a: &Cleared) -> Result<Cleared, Unsolvable> {
        let (rows, columns) = a.numerators().shape();
        let pivots = self.integer_pivot_columns(a.numerators());
        if pivots.len() < rows {
            return Err(Unsolvable::DependentRows { rows, rank: pivots.len() });
        }
        let identity = DMatrix::from_fn(rows, rows, |row, column| Integer::from(u32::from(row == column)));
        let (inverse, denominator) = solve_integers(&a.numerators().select_columns(&pivots), &identity)?;
        let mut numerators = DMatrix::from_element(columns, rows, Integer::new());
        for (from, &to) in pivots.iter().enumerate() {
            numerators.set_row(to, &inverse.row(from).map(|entry| entry * a.denominator()));
        }
        Ok(Cleared::new(numerators, denominator).expect("a minor is not zero"))
    }

    /// [`Kernel::left_inverse`] for matrices over common denominators: [n, m] for A [m, n].
    ///
    /// # Errors
    /// As [`Kernel::left_inverse`].
    pub fn left_inverse_cleared(&self, a: &Cleared) -> Result<Cleared, Unsolvable> {
        let inverse = self.right_inverse_cleared(&a.transpose()).map_err(|error| match error {
            Unsolvable::DependentRows { rows, rank } => Unsolvable::DependentColumns { columns: rows, rank },
            other => other,
        })?;
        Ok(inverse.transpose())
    }

    /// [`Kernel::solve`] for matrices over common denominators.
    ///
    /// # Errors
    /// As [`Kernel::solve`].
    pub fn solve_cleared(&self, a: &Cleared, b: &Cleared) -> Result<Cleared, Unsolvable> {
        let (numerators, denominator) = solve_integers(a.numerators(), b.numerators())?;
        let scale = Rational::from((a.denominator(), b.denominator()));
        let (numerator, other) = scale.into_numer_denom();
        let numerators = if numerator == 1 { numerators } else { numerators.map(|entry| entry * &numerator) };
        Ok(Cleared::new(numerators, denominator * other).expect("a denominator is not zero"))
    }
}

/// Every row times the least common multiple of its denominators, and these multiples: the same column relations, over ℤ.
fn rows_cleared(a: &DMatrix<Rational>) -> (DMatrix<Integer>, Vec<Integer>) {
    let scales: Vec<Integer> = a.row_iter().map(|row| common_denominator(row.iter())).collect();
    (DMatrix::from_fn(a.nrows(), a.ncols(), |row, column| scaled(&a[(row, column)], &scales[row])), scales)
}

/// The entries over their denominators, in lowest terms.
fn fractions(numerators: &DMatrix<Integer>, denominator: impl Fn(usize, usize) -> Integer + Sync) -> DMatrix<Rational> {
    let (rows, columns) = numerators.shape();
    let entries = collect(rows * columns, bits(numerators) as usize, |index| {
        let denominator = denominator(index % rows, index / rows);
        let numerator = &numerators.as_slice()[index];
        if denominator == 1 { Rational::from(numerator) } else { Rational::from((numerator, denominator)) }
    });
    DMatrix::from_vec(rows, columns, entries)
}

/// The profile modulo p if it is certainly the profile over ℚ.
fn settled(elimination: Elimination, (rows, columns): (usize, usize)) -> Option<Vec<usize>> {
    let rank = elimination.rank();
    let leading = elimination.pivots.last().is_none_or(|&last| last + 1 == rank);
    (rank == columns || rank == rows && leading).then_some(elimination.pivots)
}

/// The column rank profile over ℚ, with proof.
fn confirmed_profile(a: &DMatrix<Integer>) -> Vec<usize> {
    if a.nrows().min(a.ncols()) <= SMALL {
        return reduced_echelon(a.clone(), a.ncols()).pivots;
    }
    let sizes = Sizes::choose(a.nrows().min(a.ncols()), bits(a), 0);
    profile_with(a, sizes, Field::descending(sizes.prime_bits))
}

/// The profile that the first of the primes with a correct answer gives; all but finitely many do.
fn profile_with(a: &DMatrix<Integer>, sizes: Sizes, mut primes: impl Iterator<Item = Field>) -> Vec<usize> {
    primes
        .find_map(|field| {
            let elimination = Elimination::new(field, &residues(field, a));
            if rest_depends(a, &elimination, field, sizes) { Some(elimination.pivots) } else { None }
        })
        .unwrap_or_else(|| reduced_echelon(a.clone(), a.ncols()).pivots)
}

/// Whether every column depends over ℚ on the pivots before it.
fn rest_depends(a: &DMatrix<Integer>, elimination: &Elimination, field: Field, sizes: Sizes) -> bool {
    let (pivots, rank) = (&elimination.pivots, elimination.rank());
    let before = |column: usize| pivots.partition_point(|&pivot| pivot < column);
    let is_open = |&column: &usize| {
        let last = rank == a.nrows() && before(column) == rank;
        pivots.binary_search(&column).is_err() && !last && a.column(column).iter().any(|entry| *entry != 0)
    };
    let open: Vec<usize> = (0..a.ncols()).filter(is_open).collect();
    if open.is_empty() {
        return true;
    }
    let ordered = |columns: &[usize]| {
        DMatrix::from_fn(a.nrows(), columns.len(), |row, index| a[(elimination.order[row], columns[index])].clone())
    };
    let basis = ordered(pivots);
    let lifting = Lifting::new(field, sizes, &basis, elimination);
    let width = open.len().div_ceil(rayon::current_num_threads()).clamp(1, WIDTH);
    let blocks: Vec<&[usize]> = open.chunks(width).collect();
    let confirmed = collect(blocks.len(), a.len() * rank, |block| {
        let later: Vec<usize> = blocks[block].iter().map(|&column| before(column)).collect();
        lifting.depends(&ordered(blocks[block]), &later)
    });
    confirmed.into_iter().all(|block| block)
}

/// Y [n, c] and d ≠ 0 with A Y = d B on all rows, for A [m, n] with independent columns.
fn solve_integers(a: &DMatrix<Integer>, b: &DMatrix<Integer>) -> Result<(DMatrix<Integer>, Integer), Unsolvable> {
    if a.nrows() != b.nrows() {
        return Err(Unsolvable::RowsDiffer { left: a.nrows(), right: b.nrows() });
    }
    if a.ncols() <= SMALL {
        return solve_small(a, b);
    }
    let sizes = Sizes::choose(a.ncols(), bits(a), bits(b));
    solve_with(a, b, sizes, Field::descending(sizes.prime_bits))
}

/// [`solve_integers`] with the first of the primes that does not divide the chosen minor.
fn solve_with(
    a: &DMatrix<Integer>,
    b: &DMatrix<Integer>,
    sizes: Sizes,
    primes: impl Iterator<Item = Field>,
) -> Result<(DMatrix<Integer>, Integer), Unsolvable> {
    let columns = a.ncols();
    for (attempt, field) in primes.enumerate() {
        let elimination = Elimination::new(field, &residues(field, a));
        if elimination.rank() == columns {
            return solve_on_rows(a, b, sizes, field, &elimination);
        }
        // Independent columns come out dependent for few primes: ask once whether they are.
        if attempt == 0 {
            let rank = confirmed_profile(a).len();
            if rank < columns {
                return Err(Unsolvable::DependentColumns { columns, rank });
            }
        }
    }
    solve_small(a, b)
}

/// Solves on the independent rows that elimination found, and checks the others.
fn solve_on_rows(
    a: &DMatrix<Integer>,
    b: &DMatrix<Integer>,
    sizes: Sizes,
    field: Field,
    elimination: &Elimination,
) -> Result<(DMatrix<Integer>, Integer), Unsolvable> {
    let (chosen, others) = elimination.order.split_at(a.ncols());
    let square = a.select_rows(chosen);
    let (numerators, denominator) = Lifting::new(field, sizes, &square, elimination).solve(&b.select_rows(chosen));
    let left = product(&a.select_rows(others), &numerators);
    let right = b.select_rows(others);
    let equal = left.iter().zip(right.iter()).all(|(x, y)| *x == (y * &denominator).complete());
    if equal { Ok((numerators, denominator)) } else { Err(Unsolvable::Inconsistent) }
}

/// [`solve_integers`] by fraction-free elimination.
fn solve_small(a: &DMatrix<Integer>, b: &DMatrix<Integer>) -> Result<(DMatrix<Integer>, Integer), Unsolvable> {
    let columns = a.ncols();
    let joined = DMatrix::from_iterator(a.nrows(), columns + b.ncols(), a.iter().chain(b.iter()).cloned());
    let echelon = reduced_echelon(joined, columns);
    let rank = echelon.pivots.len();
    if rank < columns {
        return Err(Unsolvable::DependentColumns { columns, rank });
    }
    if echelon.matrix.view((rank, columns), (a.nrows() - rank, b.ncols())).iter().any(|entry| *entry != 0) {
        return Err(Unsolvable::Inconsistent);
    }
    Ok((echelon.matrix.view((0, columns), (columns, b.ncols())).into_owned(), echelon.scale))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Tiny primes first, each of which divides many minors, then those that are used.
    fn unlucky_primes(sizes: Sizes) -> impl Iterator<Item = Field> {
        [3, 5, 7, 11, 13, 101].map(Field::new).into_iter().chain(Field::descending(sizes.prime_bits))
    }

    /// Entries with many factors 3, 5, 7 and 11, in columns of which some depend on others.
    fn smooth_matrix(rows: usize, columns: usize, choices: &[i64], wide: bool) -> DMatrix<Integer> {
        let mut choices = choices.iter().cycle();
        let mut next = move || *choices.next().expect("a cycle has no end");
        let mut a = DMatrix::from_fn(rows, columns, |_, _| {
            let value = Integer::from([0, 1, 3, -5, 7, 9, 11, 15, -21, 105][next().rem_euclid(10) as usize]);
            if wide { value * (Integer::from(next()) << (next().rem_euclid(200) as u32)) } else { value }
        });
        for column in 2..columns {
            if next() % 3 == 0 {
                let factor = Integer::from(next() % 4);
                let combined = a.column(column - 1).zip_map(&a.column(column - 2), |x, y| x * &factor + y);
                a.set_column(column, &combined);
            }
        }
        a
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn unlucky_primes_do_not_decide_profiles(
            rows in 1..=24usize, columns in 1..=24usize, wide: bool, choices in prop::collection::vec(any::<i64>(), 97),
        ) {
            let a = smooth_matrix(rows, columns, &choices, wide);
            let sizes = Sizes::choose(rows.min(columns), bits(&a), 0);
            let profile = profile_with(&a, sizes, unlucky_primes(sizes));
            prop_assert_eq!(&profile, &reduced_echelon(a.clone(), columns).pivots);
            prop_assert_eq!(&Exact.integer_pivot_columns(&a), &profile);
        }

        #[test]
        fn unlucky_primes_do_not_decide_solutions(
            columns in 1..=24usize, spare in 0..3usize, sides in 0..6usize, wide: bool, consistent: bool,
            choices in prop::collection::vec(any::<i64>(), 97),
        ) {
            let a = smooth_matrix(columns + spare, columns, &choices, wide);
            let b = smooth_matrix(if consistent { columns } else { columns + spare }, sides, &choices[5..], wide);
            let b = if consistent { product(&a, &b) } else { b };
            let sizes = Sizes::choose(columns, bits(&a), bits(&b));
            let fast = solve_with(&a, &b, sizes, unlucky_primes(sizes));
            let naive = solve_small(&a, &b);
            match (fast, naive) {
                (Ok((x, d)), Ok((y, e))) => prop_assert!(x.iter().zip(y.iter()).all(|(x, y)| (x * &e).complete() == (y * &d).complete())),
                (fast, naive) => prop_assert_eq!(fast, naive),
            }
        }
    }

    /// Modulo 3 the second column vanishes and the third is the second pivot; over ℚ it is not one.
    #[test]
    fn a_late_pivot_is_not_believed() {
        let a = DMatrix::from_row_slice(2, 3, &[1, 3, 0, 0, 3, 1]).map(Integer::from);
        let sizes = Sizes::choose(2, 2, 0);
        assert_eq!(Elimination::new(Field::new(3), &residues(Field::new(3), &a)).pivots, [0, 2]);
        assert_eq!(profile_with(&a, sizes, unlucky_primes(sizes)), [0, 1]);
    }

    /// The determinant is a power of 3: modulo 3 the rank is 0.
    #[test]
    fn a_prime_that_divides_everything_is_replaced() {
        let a = DMatrix::<Integer>::from_fn(13, 13, |row, column| Integer::from(if row == column { 81 } else { 0 }));
        let sizes = Sizes::choose(13, 7, 1);
        assert_eq!(profile_with(&a, sizes, unlucky_primes(sizes)).len(), 13);
        let (x, d) = solve_with(&a, &a, sizes, unlucky_primes(sizes)).unwrap();
        assert!((0..13).all(|index| x[(index, index)] == d && d != 0));
    }
}

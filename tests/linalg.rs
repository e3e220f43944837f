//! The kernels: the exact one against textbook elimination over `num-rational`, the float ones against the exact one.

use nalgebra::DMatrix;
use num_rational::BigRational;
use num_traits::{One, Zero};
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rug::{Float, Integer, Rational};
use sublevel::linalg::{Cleared, Double, Exact, Kernel, Multiprecision, Unsolvable, ZeroDenominator};

type Matrix = DMatrix<Rational>;

/// The naive twin: the reduced row echelon form by textbook elimination.
mod textbook {
    use super::*;

    pub fn import(a: &Matrix) -> DMatrix<BigRational> {
        a.map(|entry| entry.to_string().parse().expect("a rational prints as p or p/q"))
    }

    /// The reduced row echelon form of [A | B] with pivots in A, and the pivot columns.
    pub fn echelon(a: &Matrix, b: &Matrix) -> (DMatrix<BigRational>, Vec<usize>) {
        let (a, b) = (import(a), import(b));
        let mut joined = DMatrix::from_fn(a.nrows(), a.ncols() + b.ncols(), |row, column| {
            if column < a.ncols() { a[(row, column)].clone() } else { b[(row, column - a.ncols())].clone() }
        });
        let mut pivots = Vec::new();
        for column in 0..a.ncols() {
            let step = pivots.len();
            let Some(row) = (step..a.nrows()).find(|&row| !joined[(row, column)].is_zero()) else { continue };
            joined.swap_rows(step, row);
            let pivot = joined[(step, column)].clone();
            joined.row_mut(step).iter_mut().for_each(|entry| *entry /= &pivot);
            for other in (0..a.nrows()).filter(|&other| other != step) {
                let factor = joined[(other, column)].clone();
                for index in column..joined.ncols() {
                    let change = &factor * &joined[(step, index)];
                    joined[(other, index)] -= change;
                }
            }
            pivots.push(column);
        }
        (joined, pivots)
    }

    pub fn pivots(a: &Matrix) -> Vec<usize> {
        echelon(a, &Matrix::zeros_like(a.nrows(), 0)).1
    }

    pub fn solve(a: &Matrix, b: &Matrix) -> Result<DMatrix<BigRational>, Unsolvable> {
        let (joined, pivots) = echelon(a, b);
        let (columns, rank) = (a.ncols(), pivots.len());
        if rank < columns {
            return Err(Unsolvable::DependentColumns { columns, rank });
        }
        if joined.view((rank, columns), (a.nrows() - rank, b.ncols())).iter().any(|entry| !entry.is_zero()) {
            return Err(Unsolvable::Inconsistent);
        }
        Ok(joined.view((0, columns), (columns, b.ncols())).into_owned())
    }

    pub fn product(a: &Matrix, b: &Matrix) -> DMatrix<BigRational> {
        let (a, b) = (import(a), import(b));
        DMatrix::from_fn(a.nrows(), b.ncols(), |row, column| {
            (0..a.ncols()).map(|inner| &a[(row, inner)] * &b[(inner, column)]).sum()
        })
    }
}

trait ZerosLike {
    fn zeros_like(rows: usize, columns: usize) -> Self;
}

impl ZerosLike for Matrix {
    fn zeros_like(rows: usize, columns: usize) -> Self {
        DMatrix::from_element(rows, columns, Rational::new())
    }
}

/// What the entries of a random matrix look like.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Entries {
    /// −1, 0, 1: many dependent columns, many zeros.
    Signs,
    /// Integers of 40 bits over a power of two, as trained weights are.
    Weights,
    /// Small fractions with all kinds of denominators.
    Fractions,
    /// Magnitudes from 2^−300 to 2^300 in one matrix.
    Extreme,
    /// Integers of 2,500 bits over one denominator.
    Wide,
}

const ENTRIES: [Entries; 5] = [Entries::Signs, Entries::Weights, Entries::Fractions, Entries::Extreme, Entries::Wide];

fn entry(kind: Entries, random: &mut ChaCha8Rng) -> Rational {
    match kind {
        Entries::Signs => Rational::from(random.random_range(-1..=1)),
        Entries::Weights => Rational::from((random.random_range(-(1i64 << 40)..1 << 40), 1i64 << 44)),
        Entries::Fractions => Rational::from((random.random_range(-30..30), random.random_range(1..30))),
        Entries::Extreme => Rational::from(random.random_range(-7..=7)) << random.random_range(-300..=300),
        Entries::Wide => {
            let digits: Vec<u64> = (0..39).map(|_| random.random()).collect();
            Rational::from((Integer::from_digits(&digits, rug::integer::Order::Lsf), 3)) - 1
        }
    }
}

fn random_matrix(rows: usize, columns: usize, kind: Entries, random: &mut ChaCha8Rng) -> Matrix {
    DMatrix::from_fn(rows, columns, |_, _| entry(kind, random))
}

/// A matrix of rank at most `rank`: a random basis, with the other columns small combinations of it, in random order.
fn of_rank(rows: usize, columns: usize, rank: usize, kind: Entries, random: &mut ChaCha8Rng) -> Matrix {
    let basis = random_matrix(rows, rank, kind, random);
    let mut coefficients = random_matrix(rank, columns, Entries::Signs, random);
    (0..rank.min(columns)).for_each(|index| coefficients[(index, index)] = Rational::from(1));
    for column in (1..columns).rev() {
        coefficients.swap_columns(column, random.random_range(0..=column));
    }
    Exact.product(&basis, &coefficients)
}

fn hilbert(size: usize) -> Matrix {
    DMatrix::from_fn(size, size, |row, column| Rational::from((1, (row + column + 1) as u64)))
}

fn vandermonde(size: usize) -> Matrix {
    DMatrix::from_fn(size, size, |row, power| Rational::from(rug::ops::Pow::pow(Integer::from(row + 1), power as u32)))
}

fn same(exact: &Matrix, naive: &DMatrix<BigRational>) -> bool {
    &textbook::import(exact) == naive
}

/// Everything the exact kernel says of A and B, against the naive twin.
fn agrees_with_textbook(a: &Matrix, b: &Matrix) -> Result<(), TestCaseError> {
    let pivots = textbook::pivots(a);
    prop_assert_eq!(&Exact.pivot_columns(a), &pivots);
    prop_assert_eq!(Exact.rank(a), pivots.len());
    match (Exact.solve(a, b), textbook::solve(a, b)) {
        (Ok(fast), Ok(naive)) => prop_assert!(same(&fast, &naive), "the solutions differ"),
        (fast, naive) => prop_assert_eq!(fast.map(|_| ()), naive.map(|_| ())),
    }
    Ok(())
}

/// A K = 0, K with −1 in the places of the other columns; vᵀ A = 0 exactly if the rows are dependent.
fn kernels_as_documented(a: &Matrix) -> Result<(), TestCaseError> {
    let (basis, pivots) = (Exact.kernel_basis(a).unwrap(), textbook::pivots(a));
    prop_assert_eq!(basis.ncols(), a.ncols() - pivots.len());
    prop_assert!(Exact.product(a, &basis).iter().all(|entry| *entry == 0));
    let others: Vec<usize> = (0..a.ncols()).filter(|column| !pivots.contains(column)).collect();
    prop_assert_eq!(basis.select_rows(&others), -Exact.identity(others.len()));
    match Exact.left_kernel_vector(a).unwrap() {
        Some(vector) => {
            prop_assert!(vector.iter().any(|entry| *entry != 0));
            prop_assert!(Exact.product(&vector.transpose(), a).iter().all(|entry| *entry == 0));
        }
        None => prop_assert_eq!(pivots.len(), a.nrows()),
    }
    Ok(())
}

/// L A = I with L zero outside the first independent rows, or the error the hypothesis asks for; the same for A R = I.
fn inverses_as_documented(a: &Matrix) -> Result<(), TestCaseError> {
    let (rows, columns) = (textbook::pivots(&a.transpose()), textbook::pivots(a));
    match Exact.left_inverse(a) {
        Ok(left) => {
            prop_assert_eq!(Exact.product(&left, a), Exact.identity(a.ncols()));
            prop_assert!((0..a.nrows()).all(|row| rows.contains(&row) || left.column(row).iter().all(|x| *x == 0)));
        }
        Err(error) => {
            prop_assert!(rows.len() < a.ncols());
            prop_assert_eq!(error, Unsolvable::DependentColumns { columns: a.ncols(), rank: rows.len() });
        }
    }
    match Exact.right_inverse(a) {
        Ok(right) => {
            prop_assert_eq!(Exact.product(a, &right), Exact.identity(a.nrows()));
            prop_assert!((0..a.ncols()).all(|row| columns.contains(&row) || right.row(row).iter().all(|x| *x == 0)));
        }
        Err(error) => {
            prop_assert!(columns.len() < a.nrows());
            prop_assert_eq!(error, Unsolvable::DependentRows { rows: a.nrows(), rank: columns.len() });
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases!("linalg", 32))]

    #[test]
    fn exact_agrees_with_textbook_elimination(
        rows in 0..=24usize, columns in 0..=24usize, sides in 0..4usize, kind in 0..4usize, seed: u64,
    ) {
        let random = &mut ChaCha8Rng::seed_from_u64(seed);
        // The twin's own cost: a gcd an operation.
        let most = if kind < 2 { 24 } else { 10 };
        let (rows, columns) = (rows.min(most), columns.min(most));
        let a = random_matrix(rows, columns, ENTRIES[kind], random);
        let b = random_matrix(rows, sides, ENTRIES[kind], random);
        agrees_with_textbook(&a, &b)?;
        inverses_as_documented(&a)?;
        kernels_as_documented(&a)?;
    }

    #[test]
    fn exact_agrees_on_deficient_matrices(
        rows in 1..=24usize, columns in 1..=24usize, missing in 1..4usize, kind in 0..4usize, seed: u64,
    ) {
        let random = &mut ChaCha8Rng::seed_from_u64(seed);
        let most = if kind < 2 { 24 } else { 8 };
        let (rows, columns) = (rows.min(most), columns.min(most));
        let rank = rows.min(columns).saturating_sub(missing);
        let a = of_rank(rows, columns, rank, ENTRIES[kind], random);
        agrees_with_textbook(&a, &random_matrix(rows, 2, Entries::Signs, random))?;
        inverses_as_documented(&a)?;
        kernels_as_documented(&a)?;
    }

    #[test]
    fn exact_solves_consistent_systems(
        columns in 0..=20usize, spare in 0..5usize, sides in 0..5usize, kind in 0..5usize, seed: u64,
    ) {
        let random = &mut ChaCha8Rng::seed_from_u64(seed);
        let a = random_matrix(columns + spare, columns, ENTRIES[kind], random);
        let x = random_matrix(columns, sides, Entries::Fractions, random);
        let b = Exact.product(&a, &x);
        match Exact.solve(&a, &b) {
            Ok(solution) => prop_assert_eq!(solution, x),
            Err(error) => {
                let rank = textbook::pivots(&a).len();
                prop_assert!(rank < columns);
                prop_assert_eq!(error, Unsolvable::DependentColumns { columns, rank });
            }
        }
    }

    #[test]
    fn exact_products_agree(
        shape in (0..=12usize, 0..=12usize, 0..=12usize), left in 0..5usize, right in 0..5usize, seed: u64,
    ) {
        let random = &mut ChaCha8Rng::seed_from_u64(seed);
        let a = random_matrix(shape.0, shape.1, ENTRIES[left], random);
        let b = random_matrix(shape.1, shape.2, ENTRIES[right], random);
        prop_assert!(same(&Exact.product(&a, &b), &textbook::product(&a, &b)));
    }

    #[test]
    fn cleared_operations_agree(size in 1..16usize, sides in 0..4usize, kind in 0..3usize, seed: u64) {
        let random = &mut ChaCha8Rng::seed_from_u64(seed);
        let a = random_matrix(size, size, ENTRIES[kind], random);
        let b = random_matrix(size, sides, ENTRIES[kind], random);
        let (left, right) = (Cleared::from_rationals(&a), Cleared::from_rationals(&b));
        prop_assert_eq!(Exact.product_cleared(&left, &right).to_rationals(), Exact.product(&a, &b));
        prop_assert_eq!(Exact.solve_cleared(&left, &right).map(|x| x.to_rationals()), Exact.solve(&a, &b));
        let wide = Exact.product(&a, &random_matrix(size, size + 2, Entries::Signs, random));
        let cleared = Cleared::from_rationals(&wide);
        prop_assert_eq!(Exact.right_inverse_cleared(&cleared).map(|x| x.to_rationals()), Exact.right_inverse(&wide));
        let (tall, cleared) = (wide.transpose(), cleared.transpose());
        prop_assert_eq!(Exact.left_inverse_cleared(&cleared).map(|x| x.to_rationals()), Exact.left_inverse(&tall));
        prop_assert_eq!(Exact.integer_pivot_columns(left.numerators()), Exact.pivot_columns(&a));
    }

    #[test]
    fn clearing_and_back_is_the_identity(rows in 0..6usize, columns in 0..6usize, kind in 0..5usize, seed: u64) {
        let a = random_matrix(rows, columns, ENTRIES[kind], &mut ChaCha8Rng::seed_from_u64(seed));
        let cleared = Cleared::from_rationals(&a);
        prop_assert_eq!(cleared.to_rationals(), a);
        let (numerators, denominator) = cleared.clone().into_parts();
        prop_assert_eq!(&Cleared::new(numerators.map(|x| x * -6), denominator * -6).unwrap(), &cleared);
    }

    #[test]
    fn float_kernels_agree_with_exact_on_good_matrices(
        rows in 1..=12usize, columns in 1..=12usize, missing in 0..3usize, seed: u64,
    ) {
        let random = &mut ChaCha8Rng::seed_from_u64(seed);
        // A dominant diagonal keeps the condition small: on other sign matrices f64 does decide wrongly. Between its columns
        // stand others that depend on those before them: sums of two, or zero.
        let rank = rows.min(columns).saturating_sub(missing);
        let basis = random_matrix(rows, rank, Entries::Signs, random) + Exact.identity(rows).columns(0, rank) * Rational::from(30);
        let mut a = Matrix::from_element(rows, columns, Rational::new());
        let mut independent = 0;
        for column in 0..columns {
            if rank - independent == columns - column || independent < rank && random.random_bool(0.6) {
                a.set_column(column, &basis.column(independent));
                independent += 1;
            } else if column > 0 {
                let [first, second] = [random.random_range(0..column), random.random_range(0..column)];
                let sum = a.column(first) + a.column(second);
                a.set_column(column, &sum);
            }
        }
        let pivots = Exact.pivot_columns(&a);
        prop_assert_eq!(&imported_pivots(&Double, &a), &pivots);
        for bits in [53, 113, 1024, 4096] {
            prop_assert_eq!(&imported_pivots(&Multiprecision::new(bits), &a), &pivots);
        }
    }
}

fn imported_pivots<K: Kernel>(kernel: &K, a: &Matrix) -> Vec<usize> {
    kernel.pivot_columns(&a.map(|entry| kernel.import(&entry)))
}

fn imported_solve<K: Kernel>(kernel: &K, a: &Matrix, b: &Matrix) -> Result<DMatrix<K::Scalar>, Unsolvable> {
    kernel.solve(&a.map(|entry| kernel.import(&entry)), &b.map(|entry| kernel.import(&entry)))
}

#[test]
fn hilbert_and_vandermonde() {
    for size in [0, 1, 2, 7, 16, 24] {
        for a in [hilbert(size), vandermonde(size)] {
            agrees_with_textbook(&a, &Exact.identity(size)).unwrap();
            inverses_as_documented(&a).unwrap();
        }
    }
}

/// Beyond the sizes of the twin: what is claimed is checked by products, which are checked against the twin.
#[test]
fn larger_matrices_are_solved_and_ranked() {
    let random = &mut ChaCha8Rng::seed_from_u64(5);
    for (size, rank, sides) in [(33, 32, 1), (65, 40, 3), (70, 69, 2), (90, 45, 40)] {
        let (a, b) =
            (random_matrix(size, size, Entries::Weights, random), random_matrix(size, sides, Entries::Wide, random));
        assert_eq!(Exact.product(&a, &Exact.solve(&a, &b).unwrap()), b);
        let basis = random_matrix(size, rank, Entries::Weights, random);
        let low = Exact.product(&basis, &random_matrix(rank, size, Entries::Signs, random));
        assert_eq!((Exact.rank(&low), Exact.rank(&low.transpose())), (rank, rank));
        let kernel = Exact.kernel_basis(&low).unwrap();
        assert!(Exact.product(&low, &kernel).iter().all(|entry| *entry == 0));
        assert_eq!(kernel.ncols() + rank, size);
        let refused = Unsolvable::DependentColumns { columns: size, rank };
        assert_eq!(Exact.solve(&low, &b).map(|_| ()), Err(refused));
    }
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let random = &mut ChaCha8Rng::seed_from_u64(9);
    let (a, b) = (random_matrix(50, 50, Entries::Weights, random), random_matrix(50, 20, Entries::Weights, random));
    let low = Exact.product(&b, &b.transpose());
    let with_threads = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| (Exact.solve(&a, &b), Exact.product(&a, &b), Exact.pivot_columns(&low)))
    };
    assert_eq!(with_threads(1), with_threads(3));
}

#[test]
fn the_profile_is_the_first_independent_columns() {
    let a = DMatrix::from_row_slice(2, 4, &[0, 1, 2, 0, 0, 2, 4, 1]).map(Rational::from);
    assert_eq!(Exact.pivot_columns(&a), [1, 3]);
    assert_eq!(imported_pivots(&Double, &a), [1, 3]);
    assert_eq!(imported_pivots(&Multiprecision::new(113), &a), [1, 3]);
}

#[test]
fn unsolvable_systems_say_why() {
    let matrix = |rows, columns, entries: &[i32]| DMatrix::from_row_slice(rows, columns, entries).map(Rational::from);
    let (tall, dependent) = (matrix(2, 1, &[1, 2]), matrix(2, 2, &[1, 2, 2, 4]));
    let (off, short) = (matrix(2, 1, &[1, 3]), matrix(1, 1, &[1]));
    let dependent_columns = Unsolvable::DependentColumns { columns: 2, rank: 1 };
    assert_eq!(Exact.solve(&tall, &off), Err(Unsolvable::Inconsistent));
    assert_eq!(Exact.solve(&tall, &short), Err(Unsolvable::RowsDiffer { left: 2, right: 1 }));
    assert_eq!(Exact.solve(&dependent, &off), Err(dependent_columns.clone()));
    assert_eq!(Exact.left_inverse(&dependent), Err(dependent_columns.clone()));
    assert_eq!(Exact.right_inverse(&tall), Err(Unsolvable::DependentRows { rows: 2, rank: 1 }));
    assert_eq!(imported_solve(&Double, &tall, &off), Err(Unsolvable::Inconsistent));
    assert_eq!(imported_solve(&Double, &tall, &short), Err(Unsolvable::RowsDiffer { left: 2, right: 1 }));
    assert_eq!(imported_solve(&Double, &dependent, &off), Err(dependent_columns.clone()));
    let multiprecision = Multiprecision::new(200);
    assert_eq!(imported_solve(&multiprecision, &tall, &off), Err(Unsolvable::Inconsistent));
    assert_eq!(imported_solve(&multiprecision, &dependent, &off), Err(dependent_columns));
}

#[test]
fn a_zero_denominator_is_refused() {
    assert_eq!(Cleared::new(DMatrix::from_element(1, 1, Integer::from(1)), Integer::new()), Err(ZeroDenominator));
}

#[test]
fn float_kernels_refuse_what_is_not_finite() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let a = DMatrix::from_row_slice(2, 2, &[1.0, bad, 0.0, 1.0]);
        let b = DMatrix::from_element(2, 1, 1.0);
        assert_eq!(Double.pivot_columns(&a), Vec::<usize>::new());
        assert_eq!(Double.solve(&a, &b), Err(Unsolvable::NotFinite));
        assert_eq!(Double.solve(&DMatrix::identity(2, 2), &a), Err(Unsolvable::NotFinite));
        assert_eq!(Double.left_inverse(&a), Err(Unsolvable::DependentColumns { columns: 2, rank: 0 }));
        let kernel = Multiprecision::new(100);
        let wide = |matrix: &DMatrix<f64>| matrix.map(|entry| Float::with_val(100, entry));
        assert_eq!(kernel.pivot_columns(&wide(&a)), Vec::<usize>::new());
        assert_eq!(kernel.solve(&wide(&a), &wide(&b)), Err(Unsolvable::NotFinite));
    }
}

/// The family on which f64 decides a rank wrongly, the exact kernel and enough bits do not: [1 1; 1 1 + 2^−k].
#[test]
fn precision_decides_rank() {
    for shift in [20u32, 60, 500, 3000] {
        let mut a = DMatrix::from_element(2, 2, Rational::from(1));
        a[(1, 1)] += Rational::from(1) >> shift;
        assert_eq!(Exact.rank(&a), 2);
        assert_eq!(imported_pivots(&Double, &a).len(), if shift < 50 { 2 } else { 1 });
        for bits in [24, 53, 113, 1024, 4096] {
            let rank = imported_pivots(&Multiprecision::new(bits), &a).len();
            assert_eq!(rank, if shift + 3 < bits { 2 } else { 1 }, "2^-{shift} at {bits} bits");
        }
    }
}

#[test]
fn float_solutions_have_the_accuracy_of_their_precision() {
    let (a, b) = (vandermonde(6), Exact.identity(6));
    let exact = Exact.solve(&a, &b).unwrap();
    for bits in [53, 113, 1024] {
        let rounded = imported_solve(&Multiprecision::new(bits), &a, &b).unwrap();
        let distance = rounded.zip_map(&exact, |x, y| (x.to_rational().unwrap() - y).abs());
        let largest = distance.iter().max().unwrap();
        assert!(*largest > 0 && *largest < Rational::from(1) >> (bits - 25), "{bits} bits");
    }
}

#[test]
fn the_textbook_twin_is_right_about_itself() {
    let a = DMatrix::from_row_slice(2, 2, &[2, 0, 0, 4]).map(Rational::from);
    let inverse = textbook::solve(&a, &Exact.identity(2)).unwrap();
    assert_eq!(inverse[(0, 0)], BigRational::new(1.into(), 2.into()));
    assert_eq!(&inverse[(1, 1)] * BigRational::from_integer(4.into()), BigRational::one());
}

//! Products of integer matrices.
//!
//! Three ways, of which the cheapest is taken. Entries are cut into limbs of so few bits that sums of n products of limbs
//! are exact in f64: one `gemm` multiplies all limbs of A with all limbs of B, and the parts are carried together. Where
//! both factors are wide, their residues modulo many primes are multiplied (see `multimodular`). Where matrices are
//! small, big integers are multiplied one by one. Zero rows of A, zero columns of B, and inner indices where A has a zero
//! column or B a zero row, are left out: a one-sided inverse is zero outside its basis.

use super::{
    integers::{bits, collect},
    limbs::{carry, split},
    multimodular::{Plan, by_residues},
};
use nalgebra::DMatrix;
use rug::Integer;

/// Numbers in a block of limb products.
const BLOCK: usize = 1 << 21;

/// A B for A [m, n] and B [n, p].
pub(super) fn product(a: &DMatrix<Integer>, b: &DMatrix<Integer>) -> DMatrix<Integer> {
    let indices = |count: usize, used: &dyn Fn(usize) -> bool| (0..count).filter(|&index| used(index)).collect();
    let row = |matrix: &DMatrix<Integer>, index: usize| matrix.row(index).iter().any(|x| *x != 0);
    let column = |matrix: &DMatrix<Integer>, index: usize| matrix.column(index).iter().any(|x| *x != 0);
    let rows: Vec<usize> = indices(a.nrows(), &|index| row(a, index));
    let inner: Vec<usize> = indices(a.ncols(), &|index| column(a, index) && row(b, index));
    let columns: Vec<usize> = indices(b.ncols(), &|index| column(b, index));
    if (rows.len(), inner.len(), columns.len()) == (a.nrows(), a.ncols(), b.ncols()) {
        return dense(a, b);
    }
    let inside = dense(&a.select_rows(&rows).select_columns(&inner), &b.select_rows(&inner).select_columns(&columns));
    let mut result = DMatrix::from_element(a.nrows(), b.ncols(), Integer::new());
    for (column, entries) in columns.into_iter().zip(inside.column_iter()) {
        for (&row, entry) in rows.iter().zip(entries.iter()) {
            result[(row, column)].clone_from(entry);
        }
    }
    result
}

/// A B in the cheapest way.
fn dense(a: &DMatrix<Integer>, b: &DMatrix<Integer>) -> DMatrix<Integer> {
    match method(a, b) {
        Method::BigIntegers => one_by_one(a, b),
        Method::Limbs(limb_bits) => by_limbs(a, b, limb_bits),
        Method::Residues(plan) => by_residues(a, b, &plan).unwrap_or_else(|| one_by_one(a, b)),
    }
}

/// Textbook multiplication of big integers.
fn one_by_one(a: &DMatrix<Integer>, b: &DMatrix<Integer>) -> DMatrix<Integer> {
    let (rows, inner) = a.shape();
    let left = a.transpose();
    let entries = collect(rows * b.ncols(), 64 * inner, |index| {
        let (row, column) = (index % rows, index / rows);
        let mut sum = Integer::new();
        for (x, y) in left.column(row).iter().zip(b.column(column).iter()) {
            if *x != 0 && *y != 0 {
                sum += x * y;
            }
        }
        sum
    });
    DMatrix::from_vec(rows, b.ncols(), entries)
}

/// The widest limbs for which every sum of products is exact: n · (limbs of the narrower factor) · 2^(2 · bits − 2) ≤ 2⁵³.
fn exact_bits(inner: usize, narrower: u32) -> Option<u32> {
    let terms = |limb_bits: u32| (inner as u64).saturating_mul(count(narrower, limb_bits) as u64);
    (8..=24).rev().find(|limb_bits| terms(*limb_bits) <= 1 << (55 - 2 * limb_bits))
}

/// The number of balanced limbs of an integer below 2^bits.
fn count(bits: u32, limb_bits: u32) -> usize {
    (bits + 1).div_ceil(limb_bits) as usize
}

/// A way to multiply.
enum Method {
    BigIntegers,
    Limbs(u32),
    Residues(Plan),
}

/// The cheapest way, by nanoseconds as measured in one thread.
///
/// Measured on two wide factors, residues over the better one of the other two: 0.2 for [97, 64] · [64, 66] of 1504 and 3287
/// bits (a follow of Theorem 3.2 at N = 64), 0.09 for size 128 with 3000 and 6000 bits, 0.5 for size 64 with 500 bits.
fn method(a: &DMatrix<Integer>, b: &DMatrix<Integer>) -> Method {
    let (rows, inner, columns) = (a.nrows(), a.ncols(), b.ncols());
    let (left, right) = (bits(a), bits(b));
    let products = rows as f64 * inner as f64 * columns as f64;
    let words = |bits: u32| f64::from(bits.div_ceil(64));
    let mut best = (products * (20.0 + 0.5 * words(left) * words(right)), Method::BigIntegers);
    let mut offer = |cost: f64, method: Method| {
        if cost < best.0 {
            best = (cost, method);
        }
    };
    if let Some(limb_bits) = exact_bits(inner, left.min(right)) {
        let (first, second) = (count(left, limb_bits), count(right, limb_bits));
        let limbs = (rows * inner * first + inner * columns * second + rows * columns * (first + second)) as f64;
        // `gemm` is no faster with fewer than 32 rows, which are those of the narrower factor.
        let thin = 32f64 / (if left <= right { rows } else { columns }).clamp(1, 32) as f64;
        offer(0.05 * products * thin * (first * second) as f64 + 5.0 * limbs, Method::Limbs(limb_bits));
    }
    if let Some(plan) = Plan::new(inner, left, right) {
        offer(plan.cost(rows, inner, columns), Method::Residues(plan));
    }
    best.1
}

fn by_limbs(a: &DMatrix<Integer>, b: &DMatrix<Integer>, limb_bits: u32) -> DMatrix<Integer> {
    if bits(b) < bits(a) {
        return by_limbs(&b.transpose(), &a.transpose(), limb_bits).transpose();
    }
    let (rows, columns) = (a.nrows(), b.ncols());
    let (left_count, right_count) = (count(bits(a), limb_bits), count(bits(b), limb_bits));
    let mut left = vec![DMatrix::zeros(rows, a.ncols()); left_count];
    for (index, entry) in a.iter().enumerate() {
        split(entry, limb_bits, |limb, value| left[limb].as_mut_slice()[index] = value);
    }
    let length = left_count + right_count - 1;
    let fitting = BLOCK / (rows.max(a.ncols()) * length).max(1);
    let width = fitting.min(columns.div_ceil(rayon::current_num_threads())).max(1);
    let blocks = collect(columns.div_ceil(width), left.len() * a.len() * right_count * width, |block| {
        let taken = width.min(columns - block * width);
        let mut right = DMatrix::zeros(a.ncols(), taken * right_count);
        for (offset, column) in b.columns(block * width, taken).column_iter().enumerate() {
            for (row, entry) in column.iter().enumerate() {
                split(entry, limb_bits, |limb, value| right[(row, limb * taken + offset)] = value);
            }
        }
        // Column s · taken + j holds the sums for 2^(s · limb_bits) of column j.
        let mut sums = DMatrix::zeros(rows, length * taken);
        for (limb, left) in left.iter().enumerate() {
            sums.columns_mut(limb * taken, right_count * taken).gemm(1.0, left, &right, 1.0);
        }
        let entry = |index: usize| {
            carry((0..length).map(|limb| sums.as_slice()[limb * taken * rows + index] as i64), limb_bits)
        };
        (0..rows * taken).map(entry).collect::<Vec<Integer>>()
    });
    DMatrix::from_iterator(rows, columns, blocks.into_iter().flatten())
}

#[cfg(test)]
mod tests {
    use super::*;

    use proptest::prelude::*;
    use rug::integer::Order;

    fn matrix(rows: usize, columns: usize, words: &[u64], size: usize, sparse: u64) -> DMatrix<Integer> {
        DMatrix::from_fn(rows, columns, |row, column| {
            let start = (row * 7 + column * 13) % words.len();
            let digits: Vec<u64> = words.iter().cycle().skip(start).take(size).copied().collect();
            let value = Integer::from_digits(&digits, Order::Lsf);
            match digits.first() {
                Some(first) if first % 4 < sparse => Integer::new(),
                Some(first) if first % 3 == 0 => -value,
                _ => value,
            }
        })
    }

    proptest! {
        #[test]
        fn limbs_residues_and_big_integers_agree(
            shape in (0..9usize, 0..9usize, 0..9usize), sizes in (0..6usize, 0..6usize), sparse in 0..4u64,
            words in prop::collection::vec(any::<u64>(), 20), limb_bits in 8..=22u32,
        ) {
            let a = matrix(shape.0, shape.1, &words, sizes.0, sparse);
            let b = matrix(shape.1, shape.2, &words, sizes.1, sparse);
            let naive = one_by_one(&a, &b);
            prop_assert_eq!(&by_limbs(&a, &b, limb_bits), &naive);
            let plan = Plan::new(shape.1, bits(&a), bits(&b)).unwrap();
            prop_assert_eq!(by_residues(&a, &b, &plan), Some(naive.clone()));
            prop_assert_eq!(&product(&a, &b), &naive);
        }
    }

    #[test]
    fn the_largest_sums_are_exact() {
        for inner in [1, 64, 100, 1000] {
            let bits = exact_bits(inner, 130).unwrap();
            // All limbs of the largest size, so that no rounding can hide.
            let limbs = (0..5u32).map(|limb| Integer::from(1) << (limb * bits + bits - 1));
            let value: Integer = limbs.sum::<Integer>() - 1u32;
            let a = DMatrix::from_element(1, inner, value.clone());
            let b = DMatrix::from_element(inner, 1, -value.clone());
            assert_eq!(by_limbs(&a, &b, bits)[(0, 0)], value.clone() * -value * inner as u64);
        }
    }

    /// Factors of all ones in binary: the product is as near to its bound as can be.
    #[test]
    fn the_largest_residues_are_exact() {
        for inner in [1, 63, 64, 127, 128, 1000] {
            for (left, right) in [(1, 1), (64, 1), (23, 5000), (3000, 3000)] {
                let [x, y] = [left, right].map(|bits: u32| (Integer::from(1) << bits) - 1u32);
                let a = DMatrix::from_fn(2, inner, |row, _| if row == 0 { x.clone() } else { -x.clone() });
                let b = DMatrix::from_element(inner, 1, y.clone());
                let product = by_residues(&a, &b, &Plan::new(inner, left, right).unwrap()).unwrap();
                let expected = x * y * inner as u64;
                assert_eq!(
                    product,
                    DMatrix::from_vec(2, 1, vec![expected.clone(), -expected]),
                    "{inner} {left} {right}"
                );
            }
        }
    }

    #[test]
    fn every_way_is_taken_where_it_is_fast() {
        let way = |[m, n, p]: [usize; 3], left: u32, right: u32| {
            let wide = |bits: u32| Integer::from(1) << (bits - 1);
            let (a, b) = (DMatrix::from_element(m, n, wide(left)), DMatrix::from_element(n, p, wide(right)));
            assert_eq!(product(&a, &b), DMatrix::from_element(m, p, wide(left) * wide(right) * n as u64));
            method(&a, &b)
        };
        assert!(matches!(way([1, 64, 64], 3000, 3000), Method::BigIntegers));
        assert!(matches!(way([64, 64, 64], 48, 3000), Method::Limbs(_)));
        assert!(matches!(way([64, 64, 64], 1000, 1000), Method::Residues(_)));
    }

    /// More digits than all primes of the planned size have together.
    #[test]
    fn without_enough_primes_there_is_no_answer() {
        let plan = Plan::new(1 << 21, 60_000, 60_000).unwrap();
        let one = DMatrix::from_element(1, 1, Integer::from(1));
        assert_eq!(by_residues(&one, &one, &plan), None);
    }
}

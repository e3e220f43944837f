//! Products of integer matrices.
//!
//! Entries are cut into limbs of so few bits that sums of n products of limbs are exact in f64: one `gemm` multiplies all
//! limbs of A with all limbs of B, and the parts are carried together. Where entries are so wide, or matrices so small,
//! that this costs more than big integers do, big integers are multiplied one by one. Inner indices where A has a zero
//! column or B a zero row are left out.

use super::{
    integers::{bits, collect},
    limbs::{carry, split},
};
use nalgebra::DMatrix;
use rug::Integer;

/// Numbers in a block of limb products.
const BLOCK: usize = 1 << 21;

/// A B for A [m, n] and B [n, p].
pub(super) fn product(a: &DMatrix<Integer>, b: &DMatrix<Integer>) -> DMatrix<Integer> {
    let used: Vec<usize> = (0..a.ncols())
        .filter(|&inner| a.column(inner).iter().any(|x| *x != 0) && b.row(inner).iter().any(|x| *x != 0))
        .collect();
    if used.len() < a.ncols() {
        return product(&a.select_columns(&used), &b.select_rows(&used));
    }
    match limb_bits(a, b) {
        Some(limb_bits) => by_limbs(a, b, limb_bits),
        None => one_by_one(a, b),
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

/// The width of limbs with n · 2^(2 · bits − 2) ≤ 2⁵².
fn exact_bits(inner: usize) -> u32 {
    54u32.saturating_sub(inner.max(1).next_power_of_two().ilog2()) / 2
}

/// The width of limbs, if limbs are worth it.
///
/// The costs, in tenths of a nanosecond, are rough: a product of limbs 1, an operation on big integers 100, a product of
/// their words 10, carrying a limb 50.
fn limb_bits(a: &DMatrix<Integer>, b: &DMatrix<Integer>) -> Option<u32> {
    let (left, right) = (bits(a), bits(b));
    let width = exact_bits(a.ncols());
    if width < 8 {
        return None;
    }
    let count = |bits: u32| u64::from((bits + 1).div_ceil(width));
    let words = u64::from(left.div_ceil(64) * right.div_ceil(64));
    let inner = a.ncols() as u64;
    let limbs = count(left) * count(right);
    let by_limbs = inner * limbs + limbs * 10 + 50 * (count(left) + count(right));
    (by_limbs < inner * (100 + 10 * words)).then_some(width)
}

fn by_limbs(a: &DMatrix<Integer>, b: &DMatrix<Integer>, limb_bits: u32) -> DMatrix<Integer> {
    let (rows, columns) = (a.nrows(), b.ncols());
    let count = |bits: u32| (bits + 1).div_ceil(limb_bits) as usize;
    let (left_count, right_count) = (count(bits(a)), count(bits(b)));
    let mut left = DMatrix::zeros(left_count * rows, a.ncols());
    for (column, mut target) in a.column_iter().zip(left.column_iter_mut()) {
        for (row, entry) in column.iter().enumerate() {
            split(entry, limb_bits, |index, limb| target[index * rows + row] = limb);
        }
    }
    let fitting = BLOCK / (left.nrows() * right_count).max(1);
    let width = fitting.min(columns.div_ceil(rayon::current_num_threads())).max(1);
    let blocks = collect(columns.div_ceil(width), left.len() * right_count * width, |block| {
        let taken = width.min(columns - block * width);
        let mut right = DMatrix::zeros(a.ncols(), taken * right_count);
        for (offset, column) in b.columns(block * width, taken).column_iter().enumerate() {
            for (row, entry) in column.iter().enumerate() {
                split(entry, limb_bits, |index, limb| right[(row, offset * right_count + index)] = limb);
            }
        }
        let parts = &left * right;
        let entry = |index: usize| {
            let parts = parts.columns(index / rows * right_count, right_count);
            let mut sums = vec![0i128; left_count + right_count - 1];
            for (high, column) in parts.column_iter().enumerate() {
                let limbs = column.as_slice()[index % rows..].iter().step_by(rows);
                limbs.zip(&mut sums[high..]).for_each(|(&part, sum)| *sum += i128::from(part as i64));
            }
            carry(&sums, limb_bits)
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
        fn limbs_and_big_integers_agree(
            shape in (0..9usize, 0..9usize, 0..9usize), sizes in (0..6usize, 0..6usize), sparse in 0..4u64,
            words in prop::collection::vec(any::<u64>(), 20), limb_bits in 8..24u32,
        ) {
            let a = matrix(shape.0, shape.1, &words, sizes.0, sparse);
            let b = matrix(shape.1, shape.2, &words, sizes.1, sparse);
            let naive = one_by_one(&a, &b);
            prop_assert_eq!(&by_limbs(&a, &b, limb_bits), &naive);
            prop_assert_eq!(&product(&a, &b), &naive);
        }
    }

    #[test]
    fn the_largest_sums_are_exact() {
        for inner in [1, 64, 100, 1000] {
            let bits = exact_bits(inner);
            // All limbs of the largest size, so that no rounding can hide.
            let limbs = (0..5u32).map(|limb| Integer::from(1) << (limb * bits + bits - 1));
            let value: Integer = limbs.sum::<Integer>() - 1u32;
            let a = DMatrix::from_element(1, inner, value.clone());
            let b = DMatrix::from_element(inner, 1, -value.clone());
            assert_eq!(by_limbs(&a, &b, bits)[(0, 0)], value.clone() * -value * inner as u64);
        }
    }
}

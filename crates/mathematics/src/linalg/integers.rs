//! Integer matrices: sizes, bounds, and work shared out between cores.

use crate::arith::parallel;
use nalgebra::DMatrix;
use rug::Integer;

/// Work below this many machine operations is not worth another core.
const PARALLEL: usize = 1 << 18;

/// The most bits of an entry: every |entry| < 2^bits.
pub(super) fn bits(a: &DMatrix<Integer>) -> u32 {
    a.iter().map(Integer::significant_bits).max().unwrap_or(0)
}

/// f(0), f(1), …, on all cores if there is enough to do; `work` is an estimate of the operations of one call.
pub(super) fn collect<T: Send>(count: usize, work: usize, f: impl Fn(usize) -> T + Sync) -> Vec<T> {
    if rayon::current_num_threads() == 1 || count.saturating_mul(work) < PARALLEL {
        (0..count).map(f).collect()
    } else {
        parallel::collect(count, f)
    }
}

/// A bound in bits, by Hadamard, on the minors of [A, b] of order r and r + 1 with the first r rows of A [m, r] and at
/// most one other row, for every column b of B. The columns of A, and its first r rows, are not zero.
pub(super) fn minor_bits(a: &DMatrix<Integer>, b: &DMatrix<Integer>) -> u32 {
    let columns = a.column_iter().map(|column| square_sum(column.iter()).significant_bits());
    let largest_column = b.column_iter().map(|column| square_sum(column.iter()).significant_bits()).max();
    let by_columns = columns.sum::<u32>() + largest_column.unwrap_or(0);
    let rows: Vec<u32> = a
        .row_iter()
        .zip(b.row_iter())
        .map(|(row, right)| {
            let largest = right.iter().max_by(|x, y| x.cmp_abs(y));
            square_sum(row.iter().chain(largest)).significant_bits()
        })
        .collect();
    let (first, others) = rows.split_at(a.ncols());
    let by_rows = first.iter().sum::<u32>() + others.iter().max().unwrap_or(&0);
    by_columns.min(by_rows).div_ceil(2)
}

fn square_sum<'a>(entries: impl Iterator<Item = &'a Integer>) -> Integer {
    let mut sum = Integer::new();
    entries.for_each(|entry| sum += entry.square_ref());
    sum
}

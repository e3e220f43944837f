//! Which neurons span the features of all.

use nalgebra::{DMatrix, DVector};

/// Features of this share of the largest one's square count as combinations of those before them: they come in single
/// precision.
const TOLERANCE: f64 = 1e-12;

/// All neurons in the order of pivots, and the rank r of [F, 1] less one, up to rounding: the first r and the ones span the
/// columns of F. Features are [n + 1, N] with a last row of ones.
///
/// Cholesky's factorization with pivots, of the products of the features less their means: its pivots are those of QR with
/// column pivoting of these. O(n² N + n r²) operations.
pub fn pivots(features: &DMatrix<f32>) -> (Vec<usize>, usize) {
    let n = features.nrows() - 1;
    let mut centred = features.rows(0, n).map(f64::from);
    for mut row in centred.row_iter_mut() {
        let mean = row.mean();
        row.add_scalar_mut(-mean);
    }
    let gram = &centred * centred.transpose();
    let mut order: Vec<usize> = (0..n).collect();
    // What is left of each neuron's square, and the columns of the factor.
    let (mut left, mut factor) = (gram.diagonal(), Vec::<DVector<f64>>::new());
    let smallest = TOLERANCE * left.iter().copied().fold(0.0, f64::max);
    while let Some(next) = (factor.len()..n).max_by(|&i, &j| left[order[i]].total_cmp(&left[order[j]])) {
        let pivot = order[next];
        if left[pivot] <= smallest || factor.len() == features.ncols() {
            break;
        }
        let mut column = gram.column(pivot).into_owned();
        factor.iter().for_each(|earlier| column.axpy(-earlier[pivot], earlier, 1.0));
        column /= left[pivot].sqrt();
        left.zip_apply(&column, |left, entry| *left -= entry * entry);
        order.swap(factor.len(), next);
        factor.push(column);
    }
    (order, factor.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Neurons 0 and 3 are equal, 1 is constant, 4 is a combination of 2, 3 and the ones.
    #[test]
    fn constant_and_dependent_neurons_come_last() {
        let samples = 6;
        let row = |i: usize| -> Vec<f32> {
            let (a, b) = (|j: usize| (j * j % 5) as f32, |j: usize| (3 * j % 7) as f32 - 2.0);
            let entry = |j| match i {
                0 | 3 => a(j),
                1 => 7.0,
                2 => b(j),
                4 => 2.0 * b(j) - a(j) + 3.0,
                _ => 1.0,
            };
            (0..samples).map(entry).collect()
        };
        let rows: Vec<f32> = (0..6).flat_map(row).collect();
        let (order, rank) = pivots(&DMatrix::from_row_slice(6, samples, &rows));
        assert_eq!(rank, 2, "{order:?}");
        // The largest first: neuron 4.
        assert_eq!(order[0], 4);
        assert!([0, 2, 3].contains(&order[1]));
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, [0, 1, 2, 3, 4]);
        // Dead neurons alone.
        let dead = DMatrix::from_fn(4, 3, |i, _| if i == 3 { 1.0 } else { 0.0 });
        assert_eq!(pivots(&dead), (vec![0, 1, 2], 0));
    }
}

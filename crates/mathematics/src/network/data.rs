//! Training data: inputs and targets, and what is done about samples that occur twice.

use super::inputs::{DataRows, Inputs};
use nalgebra::DMatrix;
use rug::Rational;
use std::cmp::Ordering;

/// The samples that a network is trained on; rows are samples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataSet {
    /// X = F_0, [N, d].
    pub inputs: Inputs,
    /// What the network should say of every sample.
    pub targets: Targets,
}

/// The second half of a [`DataSet`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Targets {
    /// Inputs alone.
    None,
    /// One class a sample, N of them, counted from 0.
    Labels(Vec<usize>),
    /// One row a sample, [N, n_L].
    Values(DMatrix<Rational>),
    /// Soft labels: one row of shares a sample, [N, n_L], each at least 0 and together (nearly) 1.
    Shares(DMatrix<Rational>),
}

impl Targets {
    /// Whether both samples have the same target.
    pub fn agree(&self, first: usize, second: usize) -> bool {
        match self {
            Targets::None => true,
            Targets::Labels(labels) => labels[first] == labels[second],
            Targets::Values(rows) | Targets::Shares(rows) => rows.row(first) == rows.row(second),
        }
    }
}

impl DataSet {
    /// The number of samples N.
    pub fn samples(&self) -> usize {
        self.inputs.samples()
    }
}

/// The first row (from 0) that has an equal row below it, and the first such row below it; `None` if all differ.
///
/// A row with a NaN equals no row.
///
/// Cost: O(N log N) comparisons of rows of the [N, n] matrix.
pub fn duplicate_rows(rows: &impl DataRows) -> Option<(usize, usize)> {
    later_twins(rows).into_iter().map(|(row, first)| (first, row)).min()
}

/// For every row of the [N, n] matrix the first row that equals it, itself if there is none before it.
///
/// A row with a NaN equals no other.
///
/// Cost: O(N log N) comparisons of rows.
pub fn row_classes(rows: &impl DataRows) -> Vec<usize> {
    let mut classes: Vec<usize> = (0..rows.count()).collect();
    later_twins(rows).into_iter().for_each(|(row, first)| classes[row] = first);
    classes
}

/// (row, first row that equals it) for every row that is not the first of its kind, ascending.
fn later_twins(matrix: &impl DataRows) -> Vec<(usize, usize)> {
    let mut rows: Vec<usize> = (0..matrix.count()).filter(|&row| matrix.compare(row, row).is_some()).collect();
    let compare = |a: usize, b: usize| matrix.compare(a, b).unwrap_or(Ordering::Equal);
    rows.sort_by(|&a, &b| compare(a, b).then(a.cmp(&b)));
    let mut twins = vec![];
    for group in rows.chunk_by(|&a, &b| compare(a, b).is_eq()) {
        twins.extend(group[1..].iter().map(|&row| (row, group[0])));
    }
    twins.sort_unstable();
    twins
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn matrix(rows: usize, columns: usize, entries: &[i32]) -> DMatrix<Rational> {
        DMatrix::from_row_slice(rows, columns, entries).map(Rational::from)
    }

    #[test]
    fn the_first_pair_of_equal_rows() {
        assert_eq!(duplicate_rows(&matrix(3, 2, &[1, 2, 2, 1, 1, 1])), None);
        assert_eq!(duplicate_rows(&matrix(5, 1, &[9, 5, 5, 9, 9])), Some((0, 3)));
        assert_eq!(duplicate_rows(&matrix(0, 3, &[])), None);
        assert_eq!(duplicate_rows(&matrix(2, 0, &[])), Some((0, 1)));
    }

    #[test]
    fn floats_are_compared_as_numbers() {
        let rows = |entries: &[f64]| duplicate_rows(&DMatrix::from_row_slice(entries.len(), 1, entries));
        assert_eq!(rows(&[0.0, 1.0, -0.0]), Some((0, 2)));
        assert_eq!(rows(&[f64::NAN, f64::NAN]), None);
        assert_eq!(rows(&[f64::NAN, 2.0, f64::NAN, 1.0, 2.0]), Some((1, 4)));
        assert_eq!(rows(&[f64::INFINITY, f64::INFINITY]), Some((0, 1)));
    }

    #[test]
    fn ten_thousand_rows_are_fast() {
        let mut large = DMatrix::from_fn(10_000, 100, |i, j| if j < 99 { 0.5 } else { i as f64 });
        assert_eq!(duplicate_rows(&large), None);
        large[(9_999, 99)] = 7.0;
        assert_eq!(duplicate_rows(&large), Some((7, 9_999)));
    }

    #[test]
    fn classes_are_named_by_their_first_row() {
        assert_eq!(row_classes(&matrix(5, 2, &[1, 1, 2, 2, 1, 1, 3, 3, 1, 1])), [0, 1, 0, 3, 0]);
        assert_eq!(row_classes(&DMatrix::from_column_slice(3, 1, &[f64::NAN, f64::NAN, 1.0])), [0, 1, 2]);
    }

    proptest! {
        #[test]
        fn agrees_with_comparing_all_pairs(entries in prop::collection::vec(0..3i32, 24)) {
            let rows = matrix(12, 2, &entries);
            let pairs = (0..12).flat_map(|i| (i + 1..12).map(move |j| (i, j)));
            let naive = pairs.into_iter().find(|&(i, j)| rows.row(i) == rows.row(j));
            prop_assert_eq!(duplicate_rows(&rows), naive);
            let first = |i: usize| (0..=i).find(|&j| rows.row(i) == rows.row(j)).unwrap();
            prop_assert_eq!(row_classes(&rows), (0..12).map(first).collect::<Vec<_>>());
        }
    }
}

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
}

impl Targets {
    /// Whether both samples have the same target.
    fn agree(&self, first: usize, second: usize) -> bool {
        match self {
            Targets::None => true,
            Targets::Labels(labels) => labels[first] == labels[second],
            Targets::Values(values) => values.row(first) == values.row(second),
        }
    }

    /// The targets of these samples.
    fn select(&self, samples: &[usize]) -> Self {
        match self {
            Targets::None => Targets::None,
            Targets::Labels(labels) => Targets::Labels(samples.iter().map(|&sample| labels[sample]).collect()),
            Targets::Values(values) => Targets::Values(values.select_rows(samples)),
        }
    }
}

/// Two samples with equal inputs and different targets: no function fits both. Samples are counted from 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "samples {first} and {second} (counted from 0) have the same inputs but different targets: \
     no network fits both; remove one of them"
)]
pub struct ConflictingTargets {
    /// The sample that comes first.
    pub first: usize,
    /// The sample with the same inputs.
    pub second: usize,
}

impl DataSet {
    /// The number of samples N.
    pub fn samples(&self) -> usize {
        self.inputs.samples()
    }

    /// The data with every sample once, and for each dropped sample (dropped row, kept row), both counted from 0 in the
    /// data as they were. The first of equal samples is kept; the order stays.
    ///
    /// The loss is that of the merged data: a sample that occurred twice counts once from then on.
    ///
    /// Cost: that of [`duplicate_rows`].
    ///
    /// # Errors
    /// [`ConflictingTargets`] if equal inputs have different targets.
    pub fn merge_duplicates(&self) -> Result<(DataSet, Vec<(usize, usize)>), ConflictingTargets> {
        let dropped = later_twins(&self.inputs);
        if let Some(&(second, first)) = dropped.iter().find(|&&(row, kept)| !self.targets.agree(row, kept)) {
            return Err(ConflictingTargets { first, second });
        }
        let mut kept = vec![true; self.samples()];
        dropped.iter().for_each(|&(row, _)| kept[row] = false);
        let kept: Vec<usize> = (0..self.samples()).filter(|&row| kept[row]).collect();
        let merged = DataSet { inputs: self.inputs.select_rows(&kept), targets: self.targets.select(&kept) };
        Ok((merged, dropped))
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
    fn merging_keeps_the_first_of_equal_samples() {
        let inputs = Inputs::from(matrix(5, 2, &[1, 1, 2, 2, 1, 1, 3, 3, 1, 1]));
        let data = DataSet { inputs: inputs.clone(), targets: Targets::Labels(vec![7, 8, 7, 9, 7]) };
        assert_eq!(data.samples(), 5);
        let (merged, dropped) = data.merge_duplicates().unwrap();
        assert_eq!(dropped, [(2, 0), (4, 0)]);
        assert_eq!(merged.inputs, matrix(3, 2, &[1, 1, 2, 2, 3, 3]).into());
        assert_eq!(merged.targets, Targets::Labels(vec![7, 8, 9]));

        let values = DataSet { targets: Targets::Values(matrix(5, 1, &[1, 2, 1, 3, 1])), inputs: inputs.clone() };
        let (merged, _) = values.merge_duplicates().unwrap();
        assert_eq!(merged.targets, Targets::Values(matrix(3, 1, &[1, 2, 3])));

        let alone = DataSet { inputs, targets: Targets::None };
        assert_eq!(alone.merge_duplicates().unwrap().0.targets, Targets::None);
    }

    #[test]
    fn equal_inputs_with_different_targets_are_refused() {
        let inputs = Inputs::from(matrix(4, 1, &[1, 2, 1, 1]));
        let conflict = Err(ConflictingTargets { first: 0, second: 3 });
        let labels = DataSet { inputs: inputs.clone(), targets: Targets::Labels(vec![0, 1, 0, 1]) };
        assert_eq!(labels.merge_duplicates(), conflict);
        let values = DataSet { inputs, targets: Targets::Values(matrix(4, 1, &[0, 0, 0, 1])) };
        assert_eq!(values.merge_duplicates(), conflict);
    }

    proptest! {
        #[test]
        fn agrees_with_comparing_all_pairs(entries in prop::collection::vec(0..3i32, 24)) {
            let rows = matrix(12, 2, &entries);
            let pairs = (0..12).flat_map(|i| (i + 1..12).map(move |j| (i, j)));
            let naive = pairs.into_iter().find(|&(i, j)| rows.row(i) == rows.row(j));
            prop_assert_eq!(duplicate_rows(&rows), naive);
            let data = DataSet { inputs: rows.clone().into(), targets: Targets::None };
            let (merged, dropped) = data.merge_duplicates().unwrap();
            prop_assert_eq!(duplicate_rows(&merged.inputs), None);
            prop_assert_eq!(merged.samples() + dropped.len(), 12);
            for (row, kept) in dropped {
                prop_assert!(kept < row && rows.row(row) == rows.row(kept));
            }
        }
    }
}

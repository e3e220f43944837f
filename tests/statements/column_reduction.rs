//! Lemma 4.3.

use super::common::{any_matrix, config, product};
use nalgebra::DMatrix;
use proptest::prelude::*;
use rug::Rational;
use sublevel::linalg::{Double, Exact, Kernel, Unsolvable};
use sublevel::network::import_matrix;
use sublevel::path::interpolate;
use sublevel::statement::Obstacle;
use sublevel::statement::column_reduction::column_reduction;

/// F [N, n] of any rank, W [n, p].
fn any_case() -> impl Strategy<Value = (DMatrix<Rational>, DMatrix<Rational>)> {
    (1..5usize, 1..6usize, 1..4usize, 0..4usize).prop_flat_map(|(samples, n, p, rank)| {
        let factors = (any_matrix(samples, rank), any_matrix(rank, n));
        (factors.prop_map(|(a, b)| product(&a, &b)), any_matrix(n, p))
    })
}

proptest! {
    #![proptest_config(config(64))]

    #[test]
    fn product_stays_and_rows_outside_the_basis_vanish((features, weight) in any_case(), lambda in 0..9i32) {
        let basis = Exact.pivot_columns(&features);
        let fixed = product(&features, &weight);
        let reduced = column_reduction(&Exact, &features, &basis, &fixed).unwrap();
        for row in (0..weight.nrows()).filter(|row| !basis.contains(row)) {
            prop_assert!(reduced.row(row).iter().all(Rational::is_zero));
        }
        let between = interpolate(&weight, &reduced, &Rational::from((lambda, 8)));
        prop_assert_eq!(product(&features, &between), fixed);
    }

    #[test]
    fn a_larger_set_of_full_rank_does_as_well((features, weight) in any_case()) {
        let all: Vec<usize> = (0..features.ncols()).rev().collect();
        let fixed = product(&features, &weight);
        let reduced = column_reduction(&Exact, &features, &all, &fixed).unwrap();
        prop_assert_eq!(product(&features, &reduced), fixed);
    }

    #[test]
    fn floats_come_close((features, weight) in any_case()) {
        let (features, weight) = (import_matrix(&Double, &features), import_matrix(&Double, &weight));
        let fixed = Double.product(&features, &weight);
        let basis = Double.pivot_columns(&features);
        let reduced = column_reduction(&Double, &features, &basis, &fixed).unwrap();
        prop_assert!((features * reduced - fixed).amax() < 1e-8);
    }
}

#[test]
fn columns_that_do_not_span_the_product_are_refused() {
    let features = DMatrix::from_row_slice(2, 2, &[1, 0, 0, 1]).map(Rational::from);
    let result = column_reduction(&Exact, &features, &[0], &features);
    let expected = Obstacle::Unsolvable { step: "Lemma 4.3, column reduction", source: Unsolvable::Inconsistent };
    assert_eq!(result, Err(expected));
}

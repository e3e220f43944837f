//! Proposition 3.5.

use super::common::{any_matrix, config};
use nalgebra::DMatrix;
use proptest::prelude::*;
use rug::Rational;
use sublevel::linalg::{Double, Exact, Kernel, Unsolvable};
use sublevel::network::import_matrix;
use sublevel::path::interpolate;
use sublevel::statement::full_rank_path::{Chain, Segment, full_rank_path};
use sublevel::statement::full_rank_weights::complete_rank;
use sublevel::statement::{Hypothesis, Obstacle};

/// Two [n, p] matrices of full column rank, n from p + 1 (one spare row) to 2p + 1.
fn any_pair() -> impl Strategy<Value = (DMatrix<Rational>, DMatrix<Rational>)> {
    (1..5usize).prop_flat_map(|p| (Just(p), p + 1..2 * p + 2)).prop_flat_map(|(p, n)| {
        let full = move || any_matrix(n, p).prop_map(|matrix| complete_rank(&Exact, &matrix).0);
        (full(), full())
    })
}

/// What shows too little rank, or does not fit, is not verified, whatever the numbers are.
#[test]
fn a_chain_of_other_shapes_is_not_verified() {
    let integers = |rows, cols, entries: &[i32]| DMatrix::from_row_slice(rows, cols, entries).map(Rational::from);
    let (start, identity) = (integers(3, 2, &[1, 0, 0, 1, 0, 0]), integers(2, 2, &[1, 0, 0, 1]));
    let verify = |basis: &[usize], inverse: &DMatrix<Rational>, end: &DMatrix<Rational>| {
        let segment = Segment { basis: basis.to_vec(), inverse: inverse.clone(), end: end.clone() };
        Chain { start: start.clone(), segments: vec![segment] }.verify()
    };
    let end = integers(3, 2, &[1, 0, 0, 1, 5, 7]);
    assert!(verify(&[0, 1], &identity, &end));
    // One row held still where two are needed; one too many; one that is not there.
    assert!(!verify(&[0], &identity, &integers(3, 2, &[1, 0, 0, 0, 0, 0])));
    assert!(!verify(&[0, 1, 2], &identity, &start));
    assert!(!verify(&[0, 3], &identity, &end));
    // Half of an inverse; an end of another shape.
    assert!(!verify(&[0, 1], &integers(2, 1, &[1, 0]), &end));
    assert!(!verify(&[0, 1], &identity, &identity));
}

proptest! {
    #![proptest_config(config(96))]

    #[test]
    fn every_point_has_full_rank((from, to) in any_pair(), lambda in 0..9i32) {
        let chain = full_rank_path(&Exact, &from, &to).unwrap();
        prop_assert!(chain.verify());
        let mut current = &chain.start;
        for segment in &chain.segments {
            let between = interpolate(current, &segment.end, &Rational::from((lambda, 8)));
            prop_assert_eq!(Exact.rank(&between), from.ncols());
            current = &segment.end;
        }
        prop_assert_eq!(&chain.start, &from);
        prop_assert_eq!(current, &to);
        // Wide matrices by their transposes.
        let wide = full_rank_path(&Exact, &from.transpose(), &to.transpose()).unwrap();
        prop_assert!(wide.verify());
        prop_assert_eq!(&wide.segments.last().unwrap().end, &to.transpose());
        if from.nrows() >= 2 * from.ncols() {
            prop_assert!(chain.segments.len() <= 5, "block form: {} segments", chain.segments.len());
        }
    }

    /// Every part of the certificate matters.
    #[test]
    fn a_changed_chain_is_not_verified((from, to) in any_pair()) {
        let chain = full_rank_path(&Exact, &from, &to).unwrap();
        for k in 0..chain.segments.len() {
            let mut forged = chain.clone();
            forged.segments[k].inverse[0] += Rational::from(1);
            prop_assert!(!forged.verify());
            let mut forged = chain.clone();
            let row = forged.segments[k].basis[0];
            forged.segments[k].end[(row, 0)] += Rational::from(1);
            prop_assert!(!forged.verify());
        }
    }

    /// Or they take columns for dependent that are not, and say so.
    #[test]
    fn floats_build_the_same_chain((from, to) in any_pair()) {
        let exact = full_rank_path(&Exact, &from, &to).unwrap();
        let float = match full_rank_path(&Double, &import_matrix(&Double, &from), &import_matrix(&Double, &to)) {
            Ok(float) => float,
            Err(error) => {
                prop_assert!(matches!(error, Obstacle::Unsolvable { source: Unsolvable::DependentColumns { .. }, .. }), "{error}");
                return Ok(());
            }
        };
        prop_assert_eq!(float.segments.len(), exact.segments.len());
        for (a, b) in float.segments.iter().zip(&exact.segments) {
            prop_assert_eq!(&a.basis, &b.basis);
            prop_assert_eq!(&a.end, &import_matrix(&Double, &b.end));
        }
    }
}

fn integers(rows: usize, columns: usize, entries: &[i32]) -> DMatrix<Rational> {
    DMatrix::from_row_slice(rows, columns, entries).map(Rational::from)
}

/// A pair that random search found: on the way doubles see three independent columns of four.
#[test]
fn floats_take_independent_columns_for_dependent() {
    let halves = |entries: &[i32]| DMatrix::from_column_slice(5, 4, entries).map(|entry| Rational::from((entry, 2)));
    let from = halves(&[0, -2, -1, -4, 0, 3, 4, -2, 3, 0, -5, -2, 6, -1, 0, -3, -5, 1, 3, -1]);
    let to = halves(&[0, 0, 0, 2, 0, 0, -1, 2, 0, 4, -5, -4, 3, 0, -3, -6, -5, -5, 0, 2]);
    assert!(full_rank_path(&Exact, &from, &to).unwrap().verify());
    let float = full_rank_path(&Double, &import_matrix(&Double, &from), &import_matrix(&Double, &to));
    let found = Unsolvable::DependentColumns { columns: 4, rank: 3 };
    assert!(matches!(float, Err(Obstacle::Unsolvable { source, .. }) if source == found));
}

#[test]
fn square_matrices_are_refused() {
    let (one, minus) = (integers(2, 2, &[1, 0, 0, 1]), integers(2, 2, &[1, 0, 0, -1]));
    let refused = Obstacle::Hypothesis(Hypothesis::SquareMatrices { size: 2 });
    assert_eq!(full_rank_path(&Exact, &one, &minus), Err(refused));
    // One segment that rests shows the rank.
    let rest = full_rank_path(&Exact, &one, &one).unwrap();
    assert!(rest.verify() && rest.segments.len() == 1);
    assert!(!Chain { segments: vec![], ..rest }.verify());
}

#[test]
fn deficient_rank_and_other_shapes_are_refused() {
    let (full, deficient) = (integers(3, 2, &[1, 0, 0, 1, 0, 0]), integers(3, 2, &[1, 1, 2, 2, 3, 3]));
    let refused = Obstacle::Hypothesis(Hypothesis::RankDeficient { rank: 1, columns: 2 });
    assert_eq!(full_rank_path(&Exact, &full, &deficient), Err(refused.clone()));
    assert_eq!(full_rank_path(&Exact, &deficient, &full), Err(refused));
    let refused = Obstacle::Hypothesis(Hypothesis::Shapes { from: (3, 2), to: (2, 3) });
    assert_eq!(full_rank_path(&Exact, &full, &full.transpose()), Err(refused));
}

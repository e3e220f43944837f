//! Sublevel sets that are disconnected, one below the thresholds of the theorems.

mod schoolbook;

use nalgebra::DMatrix;
use proptest::prelude::*;
use rug::Rational;
use schoolbook::Exact;
use sublevel::network::{Activation, Parameters};
use sublevel::statement::determinant_sign::{DeterminantSign, NotSeparated};
use sublevel::statement::disconnection::{DisconnectionRejection as Rejection, *};
use sublevel::statement::skip_product::{NotRefuted, SkipProduct};

fn q(numerator: i64, denominator: i64) -> Rational {
    Rational::from((numerator, denominator))
}

fn matrix(rows: usize, columns: usize, entries: &[i64]) -> DMatrix<Rational> {
    DMatrix::from_row_slice(rows, columns, entries).map(Rational::from)
}

fn identity(size: usize) -> DMatrix<Rational> {
    DMatrix::from_fn(size, size, |i, j| Rational::from(u32::from(i == j)))
}

fn levels(attained: Rational, barrier: Rational) -> Result<Levels, Rejection> {
    Ok(Levels { attained, barrier })
}

/// The straight line between two networks, at λ.
fn between(from: &Parameters<Rational>, to: &Parameters<Rational>, lambda: &Rational) -> Parameters<Rational> {
    let layers = from.layers().iter().zip(to.layers()).map(|(a, b)| {
        DMatrix::from_fn(a.nrows(), a.ncols(), |i, j| {
            Rational::from(&b[(i, j)] - &a[(i, j)]) * lambda + &a[(i, j)]
        })
    });
    Parameters::new(layers.collect()).unwrap()
}

#[test]
fn width_one_with_two_samples_is_disconnected_below_a_quarter() {
    let instance = two_samples(q(1, 100)).unwrap();
    assert_eq!(instance.verify(), levels(q(0, 1), q(1, 4)));
    let text = instance.verify().unwrap().to_string();
    assert_eq!(text, "for 0 ≤ α < 0.25 the sublevel set Φ ≤ α is disconnected");
    for slope in [q(0, 1), q(1, 1), q(-1, 2)] {
        assert_eq!(two_samples(slope), Err(NoInstance::Slope));
    }
}

#[test]
fn alternating_targets_are_disconnected_for_every_number_of_samples() {
    for samples in 3..=12 {
        for slope in [q(1, 100), q(1, 2), q(99, 100)] {
            let instance = alternating_targets(samples, slope).unwrap();
            assert_eq!(instance.positive.widths(), [1, (samples - 2).max(2), 1]);
            let found = instance.verify().unwrap();
            assert!(found.attained == 0 && found.barrier > 0, "N = {samples}");
        }
    }
    assert_eq!(alternating_targets(2, q(1, 2)), Err(NoInstance::Samples { needed: 3, found: 2 }));
    assert_eq!(alternating_targets(3, q(2, 1)), Err(NoInstance::Slope));
}

#[test]
fn one_hot_targets_have_the_largest_margin() {
    for samples in 2..=7 {
        let inputs = DMatrix::from_fn(samples, 2, |i, j| Rational::from(i * i + j));
        let activation = "leaky-relu=0.01".parse().unwrap();
        let instance = independent_targets(&Exact, &activation, &inputs, &identity(samples)).unwrap();
        assert_eq!(instance.obstruction, Obstruction::Features { margin: q(1, 1) });
        assert_eq!(instance.positive.widths(), [2, samples - 1, samples]);
        assert_eq!(instance.verify(), levels(q(0, 1), q(1, 2)));
    }
}

fn any_rational() -> impl Strategy<Value = Rational> {
    (-20..20i64, 1..5i64).prop_map(|(numerator, denominator)| q(numerator, denominator))
}

fn any_matrix(rows: usize, columns: usize) -> impl Strategy<Value = DMatrix<Rational>> {
    prop::collection::vec(any_rational(), rows * columns)
        .prop_map(move |entries| DMatrix::from_vec(rows, columns, entries))
}

fn any_activation() -> impl Strategy<Value = Activation> {
    prop::sample::select(vec!["relu", "leaky-relu=0.01", "abs", "hard-tanh", "pl:breakpoints=-1,2;slopes=3,-1,2;value=1"])
        .prop_map(|text| text.parse().unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn width_n_minus_1_is_disconnected_for_any_data(
        activation in any_activation(),
        (inputs, targets) in (2..6usize).prop_flat_map(|n| (any_matrix(n, 2), any_matrix(n, n - 1))),
    ) {
        match independent_targets(&Exact, &activation, &inputs, &targets) {
            Ok(instance) => {
                let found = instance.verify();
                prop_assert!(found.is_ok(), "{:?}", found);
                prop_assert_eq!(&found.unwrap().attained, &Rational::new());
                // The barrier is real: on the straight line the determinant changes its sign, and where the sign
                // changes no point of a fine grid is below the barrier on both sides... so the loss exceeds it.
                let barrier = instance.verify().unwrap().barrier;
                let steps = (0..=32).map(|k| between(&instance.negative, &instance.positive, &q(k, 32)));
                let losses: Vec<_> = steps.map(|theta| loss_of(&instance, theta)).collect();
                prop_assert!(losses.iter().any(|loss| *loss > 0 && (loss >= &barrier || losses.len() > 2)));
            }
            Err(reason) => prop_assert!(matches!(
                reason,
                NoInstance::EqualInputs { .. } | NoInstance::TargetRank { .. } | NoInstance::FeatureRank { .. }
            )),
        }
    }

    #[test]
    fn square_matrices_are_separated_exactly_by_opposite_determinants(
        a in any_matrix(3, 3), b in any_matrix(3, 3), exchanged in any_matrix(3, 3),
    ) {
        let by_hand = |m: &DMatrix<Rational>| -> Rational {
            let term = |i: usize, j: usize, k: usize| Rational::from(&m[(0, i)] * &m[(1, j)]) * &m[(2, k)];
            term(0, 1, 2) + term(1, 2, 0) + term(2, 0, 1) - term(2, 1, 0) - term(1, 0, 2) - term(0, 2, 1)
        };
        let opposite = Rational::from(by_hand(&a) * by_hand(&b)) < 0;
        prop_assert_eq!(DeterminantSign::separate(&a, &b).is_ok(), opposite);
        let mut other = exchanged.clone();
        other.swap_rows(0, 2);
        prop_assert_eq!(DeterminantSign::separate(&exchanged, &other).is_ok(), !by_hand(&exchanged).is_zero());
    }

    #[test]
    fn a_product_cannot_change_its_sign(a in any_rational(), b in any_rational(), y in any_rational()) {
        match SkipProduct::new((a.clone(), b.clone()), y.clone()) {
            Ok(instance) => prop_assert_eq!(instance.verify(), Ok((Rational::new(), y.square()))),
            Err(NotRefuted::NoSkip) => prop_assert!(b.is_zero()),
            Err(reason) => prop_assert!(reason == NotRefuted::ZeroTarget && y.is_zero()),
        }
    }
}

//! Lemma 4.4.

use crate::common::config;
use nalgebra::DVector;
use proptest::prelude::*;
use rug::Rational;
use sublevel::linalg::{Exact, Kernel};
use sublevel::network::Activation;
use sublevel::statement::shift_span::{shift_span, shifted_columns};
use sublevel::suite::activations;

proptest! {
    #![proptest_config(config(64))]

    #[test]
    fn distinct_entries_span_everything(
        entries in prop::collection::btree_set(-20..20i32, 1..7),
        activation in prop::sample::select(activations()),
    ) {
        let v = DVector::from_iterator(entries.len(), entries.iter().map(|&e| Rational::from((e, 3))));
        let activation = activation.import(&Exact);
        let biases = shift_span(&Exact, &activation, &v);
        prop_assert_eq!(biases.len(), v.len());
        prop_assert_eq!(Exact.rank(&shifted_columns(&activation, &v, &biases)), v.len());
    }

    /// The hypothesis is sharp: with two equal entries the shifts span one dimension less.
    #[test]
    fn equal_entries_do_not(entry in -9..9i32, others in prop::collection::btree_set(10..30i32, 0..5)) {
        let all: Vec<i32> = [entry, entry].into_iter().chain(others).collect();
        let v = DVector::from_iterator(all.len(), all.iter().map(|&e| Rational::from(e)));
        let biases = shift_span(&Exact, &Activation::relu().import(&Exact), &v);
        prop_assert_eq!(biases.len(), v.len() - 1);
    }
}

#[test]
fn an_affine_activation_spans_a_plane_only() {
    let v = DVector::from_vec(vec![Rational::from(0), Rational::from(1), Rational::from(5)]);
    // One shift of the identity and the difference of two: v and the ones column.
    let biases: Vec<Rational> = (0..6).map(Rational::from).collect();
    let columns = shifted_columns(&Activation::identity().import(&Exact), &v, &biases);
    assert_eq!(Exact.rank(&columns), 2);
    assert!(shift_span(&Exact, &Activation::identity().import(&Exact), &v).len() < 3);
}

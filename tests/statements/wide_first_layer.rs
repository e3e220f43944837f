//! Theorem 5.1.

use super::common::assert_connects;
use sublevel::linalg::Exact;
use sublevel::statement::wide_first_layer::{connect, hypotheses};
use sublevel::suite::{Twist, instance, monotone_activations};

/// Without hidden layers there is nothing to be wide: one line, whatever the data.
#[test]
fn linear_networks_are_connected() {
    let instance = instance(7, &monotone_activations()[0], 5, &[2, 3], Twist::Generic);
    hypotheses(&instance.problem).unwrap();
    let path = connect(&Exact, &instance.problem, &instance.from, &instance.to).unwrap();
    assert_eq!(path.moves.len(), 1);
    assert_connects(&instance, &path);
}

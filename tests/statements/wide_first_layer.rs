//! Theorem 5.1.

use crate::common::{any_twist, assert_connects, config};
use proptest::prelude::*;
use sublevel::linalg::Exact;
use sublevel::statement::wide_first_layer::{connect, hypotheses};
use sublevel::statement::{Hypothesis, Obstacle};
use sublevel::suite::{Twist, instance, monotone_activations};

proptest! {
    #![proptest_config(config(64))]

    /// At the paper's width 2N and at the two thresholds N + 1 and N.
    #[test]
    fn sublevel_sets_are_connected(
        seed: u64,
        samples in 1..5usize,
        width in 0..3usize,
        above in prop::sample::select(vec![vec![1], vec![2, 1], vec![3, 2], vec![3, 2, 1]]),
        twist in any_twist(),
        activation in prop::sample::select(monotone_activations()),
    ) {
        let first = [samples, samples + 1, 2 * samples][width];
        let widths: Vec<usize> = [2, first].into_iter().chain(above).collect();
        let instance = instance(seed, &activation, samples, &widths, twist);
        let path = connect(&Exact, &instance.problem, &instance.from, &instance.to).unwrap();
        assert_connects(&instance, &path);
    }
}

#[test]
fn one_neuron_too_few_is_refused() {
    let instance = instance(5, &monotone_activations()[0], 4, &[2, 3, 2, 1], Twist::Generic);
    let result = connect(&Exact, &instance.problem, &instance.from, &instance.to);
    let expected = Hypothesis::TooNarrow { layer: 1, width: 3, samples: 4 };
    assert_eq!(result.err(), Some(Obstacle::Hypothesis(expected)));
}

#[test]
fn layers_that_do_not_narrow_are_refused() {
    let instance = instance(5, &monotone_activations()[0], 3, &[2, 3, 2, 2], Twist::Generic);
    let result = connect(&Exact, &instance.problem, &instance.from, &instance.to);
    let expected = Hypothesis::NotNarrowing { layer: 2, width: 2, next: 2 };
    assert_eq!(result.err(), Some(Obstacle::Hypothesis(expected)));
}

/// Without hidden layers there is nothing to be wide: one line, whatever the data.
#[test]
fn linear_networks_are_connected() {
    let instance = instance(7, &monotone_activations()[0], 5, &[2, 3], Twist::Generic);
    hypotheses(&instance.problem).unwrap();
    let path = connect(&Exact, &instance.problem, &instance.from, &instance.to).unwrap();
    assert_eq!(path.moves.len(), 1);
    assert_connects(&instance, &path);
}

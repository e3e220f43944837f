//! Descent: Theorems 3.2 (1), 4.2 (1), 6.1 (1).

use crate::common::{any_twist, assert_outputs_run_straight, certificate, config, output, verdict};
use proptest::prelude::*;
use rug::Rational;
use sublevel::certificate::Claim;
use sublevel::checker::{Conclusion, Descent, Verdict};
use sublevel::linalg::Exact;
use sublevel::statement::descend::descend;
use sublevel::statement::{self, Goal, Hypothesis, Obstacle};
use sublevel::suite::{CARRIED, Instance, Twist, activations, instance, monotone_activations};

fn assert_descends(instance: &Instance, epsilon: &Rational, path: &sublevel::path::Path<Rational>) {
    let end = instance.loss.enclose(&output(instance, &path.end()));
    assert!(end.hi() <= epsilon, "{}: ends at {end}", instance.name);
    let bytes = certificate(instance, Claim::Descends, path);
    match verdict(instance, &bytes, None) {
        Verdict::Valid(statement) => {
            let expected = Conclusion::Descends(Descent::NeverRises);
            assert_eq!(statement.conclusion, expected, "{}: {statement}", instance.name);
        }
        refused => panic!("{}: {refused:?}", instance.name),
    }
    assert_outputs_run_straight(instance, path);
}

proptest! {
    #![proptest_config(config(64))]

    /// At width N − 1, where the paper asks N; all three losses, by the seed.
    #[test]
    fn the_loss_never_rises_through_a_wide_layer(
        seed: u64,
        samples in 2..5usize,
        outputs in 1..4usize,
        twist in any_twist(),
        activation in prop::sample::select(activations()),
    ) {
        let instance = instance(seed, &activation, samples, &[2, samples - 1, outputs], twist);
        let epsilon = Rational::from((1, 1_000_000));
        let path = descend(&Exact, &instance.problem, &Goal::never_rising(&instance.loss, &epsilon), 1, &instance.from).unwrap();
        assert_descends(&instance, &epsilon, &path);
    }

    #[test]
    fn the_loss_never_rises_below_a_narrowing_network(
        seed: u64,
        samples in 2..5usize,
        wide in 1..3usize,
        twist in any_twist(),
        activation in prop::sample::select(monotone_activations()),
    ) {
        let widths = if wide == 1 { vec![2, samples - 1, 3, 2, 1] } else { vec![2, samples, samples - 1, 2, 1] };
        let instance = instance(seed, &activation, samples, &widths, twist);
        let epsilon = Rational::from((1, 1000));
        let path = descend(&Exact, &instance.problem, &Goal::never_rising(&instance.loss, &epsilon), wide, &instance.from);
        match path {
            Ok(path) => assert_descends(&instance, &epsilon, &path),
            // Below the second layer samples may coincide behind N needed neurons: never, as [F_1, 1] has N + 1 columns.
            Err(refused) => prop_assert!(false, "{refused}"),
        }
    }

    #[test]
    fn independent_data_need_no_wide_layer(seed: u64, samples in 1..4usize, twist in any_twist(),
                                           activation in prop::sample::select(monotone_activations())) {
        let instance = instance(seed, &activation, samples, &[samples, 3, 2, 1], twist);
        prop_assume!(instance.problem.require_independent_inputs().is_ok());
        let epsilon = Rational::from((1, 1000));
        let path = descend(&Exact, &instance.problem, &Goal::never_rising(&instance.loss, &epsilon), 0, &instance.from).unwrap();
        assert_descends(&instance, &epsilon, &path);
    }
}

#[test]
fn a_trained_relu_network_descends() {
    let instance = CARRIED.iter().find(|pair| pair.name == "relu-deep-32").unwrap().instance();
    let epsilon = Rational::from((1, 1_000_000));
    let found =
        statement::descend(&Exact, &instance.problem, &Goal::never_rising(&instance.loss, &epsilon), &instance.from)
            .unwrap();
    assert_eq!(found.wide, 2);
    assert_descends(&instance, &epsilon, &found.path);
}

#[test]
fn one_neuron_too_few_is_refused() {
    let instance = instance(0, &activations()[0], 5, &[2, 3, 1], Twist::Generic);
    let refused =
        descend(&Exact, &instance.problem, &Goal::never_rising(&instance.loss, &Rational::from(1)), 1, &instance.from);
    let expected = Hypothesis::TooNarrowToDescend { layer: 1, width: 3, samples: 5 };
    assert_eq!(refused.err(), Some(Obstacle::Hypothesis(expected)));
}

//! Theorem 4.2: features that tell samples apart.

use crate::common::{any_twist, assert_outputs_run_straight, config, output};
use proptest::prelude::*;
use sublevel::linalg::Exact;
use sublevel::network::{Activation, duplicate_rows, import_matrix};
use sublevel::path::Walker;
use sublevel::statement::distinct_features::distinct_features;
use sublevel::statement::wide_layer::hypotheses;
use sublevel::statement::{Hypothesis, Obstacle};
use sublevel::suite::{Instance, Twist, activations, instance};

fn walker(instance: &Instance) -> Walker<'static, Exact> {
    let problem = &instance.problem;
    let inputs = import_matrix(&Exact, &problem.inputs);
    Walker::new(&Exact, problem.activation.import(&Exact), &inputs, instance.from.clone())
}

proptest! {
    #![proptest_config(config(64))]

    #[test]
    fn samples_are_told_apart_at_constant_output(
        seed: u64,
        samples in 1..5usize,
        twist in any_twist(),
        activation in prop::sample::select(activations()),
    ) {
        // As many neurons as samples: some column of [F_k, 1] is always dependent.
        let instance = instance(seed, &activation, samples, &[2, samples, samples, 1], twist);
        let mut walker = walker(&instance);
        distinct_features(&mut walker, 2).unwrap();
        prop_assert_eq!(duplicate_rows(&walker.level(2)), None);
        let path = walker.into_path();
        prop_assert_eq!(output(&instance, &path.end()), output(&instance, &path.start));
        assert_outputs_run_straight(&instance, &path);
    }
}

/// Two of three samples coincide behind a single ReLU neuron that is needed for the third.
#[test]
fn samples_that_coincide_behind_needed_neurons_are_named() {
    let mut instance = instance(0, &Activation::relu(), 3, &[1, 1, 3, 1], Twist::Generic);
    let rational = |entries: &[i32]| entries.iter().map(|&e| rug::Rational::from(e)).collect::<Vec<_>>();
    instance.problem.inputs = nalgebra::DMatrix::from_vec(3, 1, rational(&[-2, -1, 1]));
    instance.from.set_layer(1, std::sync::Arc::new(nalgebra::DMatrix::from_vec(2, 1, rational(&[1, 0]))));
    let refused = distinct_features(&mut walker(&instance), 1);
    let expected = Hypothesis::CoincidingFeatures { level: 1, width: 1, first: 0, second: 1 };
    assert_eq!(refused, Err(Obstacle::Hypothesis(expected)));
}

#[test]
fn widths_one_below_the_threshold_are_refused() {
    let at = instance(0, &activations()[1], 4, &[2, 3, 1], Twist::Generic);
    assert_eq!(hypotheses(&at.problem, 1), Ok(()));
    let below = instance(0, &activations()[1], 5, &[2, 3, 1], Twist::Generic);
    let refused = Hypothesis::TooNarrowToDescend { layer: 1, width: 3, samples: 5 };
    assert_eq!(hypotheses(&below.problem, 1), Err(refused));
}

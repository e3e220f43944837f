//! Theorem 4.2: how wide a layer has to be.

use sublevel::example::{integers, network, problem, walker};
use sublevel::statement::full_rank_features::full_rank_features;
use sublevel::statement::weight_copying::Ones;
use sublevel::statement::wide_layer::hypotheses;
use sublevel::statement::{Hypothesis, Obstacle};
use sublevel::suite::{Twist, activations, instance};

#[test]
fn widths_one_below_the_threshold_are_refused() {
    let at = instance(0, &activations()[1], 4, &[2, 3, 1], Twist::Generic);
    assert_eq!(hypotheses(&at.problem, 1), Ok(()));
    let below = instance(0, &activations()[1], 5, &[2, 3, 1], Twist::Generic);
    let refused = Hypothesis::TooNarrowToDescend { layer: 1, width: 3, samples: 5 };
    assert_eq!(hypotheses(&below.problem, 1), Err(refused));
}

/// Assumption 2.4 is asked before anything is built, and not where a construction would run into it.
#[test]
fn equal_samples_are_refused_by_the_hypotheses() {
    let twins = problem("leaky-relu=1/2", integers(3, 1, &[0, 2, 2]), &[1, 3, 1]);
    let refused = Hypothesis::DuplicateSamples { first: 1, second: 2 };
    assert_eq!(hypotheses(&twins, 1), Err(refused.clone()));
    assert_eq!(sublevel::statement::wide_layers::hypotheses(&twins), Err(refused));
    let apart = problem("leaky-relu=1/2", integers(3, 1, &[0, 1, 2]), &[1, 3, 1]);
    assert_eq!(hypotheses(&apart, 1), Ok(()));
    assert!(sublevel::statement::wide_layers::hypotheses(&apart).is_ok());
}

/// Lemma 5.2 at layer 2, where layer 1 does not tell the samples apart: its one neuron sees x_1 only.
#[test]
fn full_rank_is_refused_above_features_that_coincide() {
    let problem = problem("leaky-relu=1/2", integers(3, 2, &[0, 0, 0, 1, 1, 0]), &[2, 1, 3, 1]);
    let at = network(&[2, 1, 3, 1], &[&[1, 0, 0], &[1, 2, 3, 0, 1, 0], &[1, 1, 1, 0]]);
    let refused = full_rank_features(&mut walker(&problem, &at), 2, Ones::Apart);
    let reason = Hypothesis::CoincidingFeatures { level: 1, width: 1, first: 0, second: 1 };
    assert_eq!(refused, Err(Obstacle::Hypothesis(reason)));
}

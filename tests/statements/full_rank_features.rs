//! Lemma 5.2.

use crate::common::{any_twist, assert_outputs_run_straight, config, output};
use proptest::prelude::*;
use sublevel::linalg::{Exact, Kernel};
use sublevel::network::import_matrix;
use sublevel::path::Walker;
use sublevel::statement::Obstacle;
use sublevel::statement::full_rank_features::full_rank_features;
use sublevel::statement::weight_copying::Ones;
use sublevel::suite::{Instance, Twist, activations, instance};

fn walker(instance: &Instance) -> Walker<'static, Exact> {
    let problem = &instance.problem;
    let inputs = import_matrix(&Exact, &problem.inputs);
    Walker::new(&Exact, problem.activation.import(&Exact), &inputs, instance.from.clone())
}

proptest! {
    #![proptest_config(config(96))]

    #[test]
    fn rank_is_full_and_output_stays(
        seed: u64,
        samples in 1..6usize,
        inputs in 1..4usize,
        outputs in 1..3usize,
        spare in 0..3usize,
        in_basis: bool,
        twist in any_twist(),
        activation in prop::sample::select(activations()),
    ) {
        // Exactly at the threshold for spare = 0: N neurons, or N − 1 with the ones column.
        let width = (samples + spare).saturating_sub(usize::from(in_basis)).max(1);
        let ones = if in_basis { Ones::InBasis } else { Ones::Apart };
        let instance = instance(seed, &activation, samples, &[inputs, width, outputs], twist);
        let mut walker = walker(&instance);
        full_rank_features(&mut walker, 1, ones).unwrap();
        let features = walker.features(1);
        let rank = if in_basis { Exact.rank(features) } else { Exact.rank(&walker.level(1)) };
        prop_assert_eq!(rank, samples);
        let path = walker.into_path();
        prop_assert!(path.moves.len() <= 2);
        prop_assert_eq!(output(&instance, &path.end()), output(&instance, &path.start));
        assert_outputs_run_straight(&instance, &path);
    }

    #[test]
    fn one_neuron_too_few_is_refused(seed: u64, samples in 2..5usize) {
        let activation = &activations()[0];
        let instance = instance(seed, activation, samples, &[2, samples - 1, 1], Twist::Generic);
        let result = full_rank_features(&mut walker(&instance), 1, Ones::Apart);
        let refused = matches!(result, Err(Obstacle::RankLost { needed, .. }) if needed == samples);
        prop_assert!(refused);
    }
}

//! A follow move and its expansion into straight lines: two proofs of the same move.

use super::common::{certificate, config, verdict};
use proptest::prelude::*;
use rug::Rational;
use sublevel::certificate::Claim;
use sublevel::checker::Verdict;
use sublevel::linalg::Exact;
use sublevel::path::{Move, OnMove, Path, expand_follow};
use sublevel::statement::independent_data::connect;
use sublevel::suite::{Twist, instance, monotone_activations};

proptest! {
    #![proptest_config(config(48))]

    #[test]
    fn the_line_rule_agrees_with_the_follow_rule(
        seed: u64,
        twist in prop::sample::select(vec![Twist::Generic, Twist::Zero, Twist::DeadNeurons, Twist::Permuted]),
        activation in prop::sample::select(monotone_activations()),
    ) {
        let mut instance = instance(seed, &activation, 2, &[2, 3, 2, 1], twist);
        prop_assume!(instance.problem.require_independent_inputs().is_ok());
        let path = connect(&Exact, &instance.problem, &instance.from, &instance.to).unwrap();
        let vertices = path.vertices();
        let inputs = &instance.problem.inputs.clone();
        for (start, step) in vertices.iter().zip(&path.moves) {
            let Move::Follow(follow) = step else { continue };
            let lines = expand_follow(&activation, inputs, start, follow);
            // Same ends, and a point of the follow is a point of the lines.
            let expanded = Path { start: start.clone(), moves: lines };
            let end = OnMove::new(&Exact, &activation, inputs, start, step).point(&Rational::from(1));
            prop_assert_eq!(&expanded.end(), &end);
            instance.from = start.clone();
            for moves in [expanded.moves.clone(), vec![step.clone()]] {
                let path = Path { start: start.clone(), moves };
                let bytes = certificate(&instance, Claim::Connected, &path);
                let verdict = verdict(&instance, &bytes, Some(&end));
                prop_assert!(matches!(verdict, Verdict::Valid(_)), "{:?}", verdict);
            }
        }
    }
}

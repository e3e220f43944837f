//! Lemma 5.3 in its three widths.

use rug::Rational;
use sublevel::linalg::Exact;
use sublevel::network::{Parameters, import_matrix};
use sublevel::path::Walker;
use sublevel::statement::full_rank_features::full_rank_features;
use sublevel::statement::weight_copying::{Ones, Strategy as Copying, weight_copying};
use sublevel::suite::{Instance, Twist, activations, instance};

fn walker(instance: &Instance, at: &Parameters<Rational>) -> Walker<'static, Exact> {
    let problem = &instance.problem;
    Walker::new(&Exact, problem.activation.import(&Exact), &import_matrix(&Exact, &problem.inputs), at.clone())
}

#[test]
fn the_block_strategy_needs_at_most_six_lines() {
    for seed in 0..20 {
        let instance = instance(seed, &activations()[1], 5, &[3, 10, 2], Twist::Generic);
        let (mut ours, mut theirs) = (walker(&instance, &instance.from), walker(&instance, &instance.to));
        full_rank_features(&mut ours, 1, Ones::Apart).unwrap();
        full_rank_features(&mut theirs, 1, Ones::Apart).unwrap();
        let before = ours.path().moves.len();
        weight_copying(&mut ours, &theirs, 1, Ones::Apart).unwrap();
        assert!(ours.path().moves.len() - before <= 6);
    }
}

/// The widths N, N + 1 and 2N, and one below each.
#[test]
fn each_strategy_starts_at_its_width() {
    for samples in 1..9 {
        assert_eq!(Copying::for_width(samples - 1, samples), None);
        assert_eq!(Copying::for_width(2 * samples, samples), Some(Copying::Block));
        for width in samples..2 * samples {
            assert_eq!(Copying::for_width(width, samples), Some(Copying::ExchangeWithBias));
        }
        let widths = [Copying::Block, Copying::Exchange, Copying::ExchangeWithBias].map(|s| s.least_width(samples));
        assert_eq!(widths, [2 * samples, samples + 1, samples]);
    }
}

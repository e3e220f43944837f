//! Theorem 4.2 (1) as its proof goes: a nearby point where samples do not coincide.

use super::common::{certificate, config, output, verdict};
use nalgebra::DMatrix;
use proptest::prelude::*;
use rug::Rational;
use std::sync::Arc;
use sublevel::certificate::Claim;
use sublevel::checker::{Rejection, Verdict};
use sublevel::linalg::Exact;
use sublevel::network::{Activation, duplicate_rows, forward, import_matrix};
use sublevel::path::{Move, OnMove, Path, Walker};
use sublevel::statement::descend::descend;
use sublevel::statement::nearby::{move_nearby, output_spread};
use sublevel::statement::{Goal, Hypothesis, Obstacle};
use sublevel::suite::{Instance, Twist, instance, monotone_activations};

/// Samples 0 and 1 differ in their second coordinate only, which the one neuron of the first layer does not see.
fn coinciding(seed: u64, activation: &Activation, samples: usize, widths: &[usize]) -> Instance {
    let mut instance = instance(seed, activation, samples, widths, Twist::Generic);
    for i in 0..samples {
        instance.problem.inputs[(i, 0)] = Rational::from(i.max(1));
        instance.problem.inputs[(i, 1)] = Rational::from(i);
    }
    let first = [Rational::from(2), Rational::new(), Rational::from((-1, 3))];
    instance.from.set_layer(1, Arc::new(DMatrix::from_column_slice(3, 1, &first)));
    instance
}

fn start(instance: &Instance) -> Rational {
    instance.loss.enclose(&output(instance, &instance.from)).hi().clone()
}

proptest! {
    #![proptest_config(config(48))]

    /// The rows become distinct, and the output leaves its place by no more than the bound that the proof uses.
    #[test]
    fn the_output_stays_within_its_spread(
        seed: u64,
        samples in 3..6usize,
        room in 1..30u32,
        (numerator, denominator) in (0..=64u32, Just(64u32)),
        activation in prop::sample::select(monotone_activations()),
    ) {
        let instance = coinciding(seed, &activation, samples, &[2, 1, 2, 2]);
        let problem = &instance.problem;
        let inputs = import_matrix(&Exact, &problem.inputs);
        let mut walker = Walker::new(&Exact, problem.activation.import(&Exact), &inputs, instance.from.clone());
        let alpha = start(&instance) + Rational::from((1, 1u64 << room));
        move_nearby(&mut walker, problem, 1, &instance.loss, &alpha).unwrap();
        prop_assert_eq!(duplicate_rows(&walker.level(1)), None);
        let path = walker.into_path();
        prop_assert!(matches!(path.moves[..], [Move::Bounded(..)]));
        let pass = forward(&Exact, &problem.activation.import(&Exact), &inputs, &instance.from).unwrap();
        let spread = output_spread(problem, &pass, &instance.from, &path.end());
        let lambda = Rational::from((numerator, denominator));
        let there = OnMove::new(&Exact, &problem.activation, &problem.inputs, &path.start, &path.moves[0]).point(&lambda);
        let (before, after) = (output(&instance, &instance.from), output(&instance, &there));
        for ((a, b), bound) in before.iter().zip(after.iter()).zip(spread.iter()) {
            prop_assert!(Rational::from(a - b).abs() <= *bound);
        }
        prop_assert!(instance.loss.enclose(&after).lo() <= &alpha);
    }
}

#[test]
fn a_bounded_move_can_be_walked_backwards() {
    let instance = coinciding(3, &monotone_activations()[0], 4, &[2, 1, 3, 1]);
    let (epsilon, alpha) = (instance.epsilon((1, 1000)), start(&instance) + 1u32);
    let goal = Goal { alpha: Some(&alpha), ..Goal::never_rising(&instance.loss, &epsilon) };
    let path = descend(&Exact, &instance.problem, &goal, 2, &instance.from).unwrap();
    let there = Path { start: path.start.clone(), moves: path.moves[..1].to_vec() };
    let back = Path { start: there.end(), moves: vec![there.moves[0].reversed().unwrap()] };
    assert_ne!(there.end(), there.start);
    assert_eq!(back.end(), there.start);
    assert!(back.moves[0].changes().unwrap().iter().all(|(&k, change)| change.before == *back.start.layer(k)));
    let bound = |path: &Path<Rational>| matches!(&path.moves[0], Move::Bounded(_, bound, _) if *bound == alpha);
    assert!(bound(&there) && bound(&back));
}

/// ReLU may have no nearby point: a neuron that is off for all samples stays off.
#[test]
fn a_flat_activation_has_no_nearby_point() {
    let instance = coinciding(3, &Activation::relu(), 4, &[2, 1, 3, 1]);
    let (epsilon, alpha) = (instance.epsilon((1, 1000)), start(&instance) + 1u32);
    let goal = Goal { alpha: Some(&alpha), ..Goal::never_rising(&instance.loss, &epsilon) };
    let refused = descend(&Exact, &instance.problem, &goal, 2, &instance.from).err();
    assert!(matches!(refused, Some(Obstacle::Hypothesis(Hypothesis::NotMonotoneOnto { .. }))), "{refused:?}");
}

/// A bound that the loss exceeds half way is refused by the checker.
#[test]
fn a_bound_below_the_loss_is_rejected() {
    let instance = coinciding(3, &monotone_activations()[0], 4, &[2, 1, 3, 1]);
    let (epsilon, alpha) = (instance.epsilon((1, 1000)), start(&instance) + 1u32);
    let goal = Goal { alpha: Some(&alpha), ..Goal::never_rising(&instance.loss, &epsilon) };
    let mut path = descend(&Exact, &instance.problem, &goal, 2, &instance.from).unwrap();
    let Some(Move::Bounded(_, bound, _)) = path.moves.first_mut() else { panic!("no bounded move") };
    *bound = start(&instance) / 2u32;
    match verdict(&instance, &certificate(&instance, Claim::Descends, &path), None) {
        Verdict::Invalid { rejection, .. } => assert_eq!(rejection, Rejection::AboveBound),
        passed => panic!("{passed:?}"),
    }
}

//! Unbounded level sets: Theorems 3.2 (2), 4.2 (2), 5.1.

use crate::common::{any_twist, assert_outputs_run_straight, certificate, config, verdict};
use proptest::prelude::*;
use sublevel::certificate::Claim;
use sublevel::checker::{Conclusion, Level, Verdict};
use sublevel::linalg::Exact;
use sublevel::network::{Activation, import_matrix};
use sublevel::path::{Move, Path, Walker};
use sublevel::statement::escape::{Escape, escape, through_kernel};
use sublevel::statement::{Hypothesis, Obstacle};
use sublevel::suite::{CARRIED, Instance, Twist, activations, instance, monotone_activations};

fn walker(instance: &Instance) -> Walker<'static, Exact> {
    let problem = &instance.problem;
    let inputs = import_matrix(&Exact, &problem.inputs);
    Walker::new(&Exact, problem.activation.import(&Exact), &inputs, instance.from.clone())
}

fn assert_unbounded(instance: &Instance, path: &Path<rug::Rational>) {
    assert!(matches!(path.moves.last(), Some(Move::Ray(_))));
    let bytes = certificate(instance, Claim::Unbounded, path);
    match verdict(instance, &bytes, None) {
        Verdict::Valid(statement) => assert_eq!(statement.conclusion, Conclusion::Unbounded(Level::Constant)),
        refused => panic!("{}: {refused:?}", instance.name),
    }
    assert_outputs_run_straight(instance, path);
}

proptest! {
    #![proptest_config(config(64))]

    #[test]
    fn a_wide_layer_escapes(
        seed: u64,
        samples in 1..5usize,
        twist in any_twist(),
        activation in prop::sample::select(activations()),
    ) {
        let instance = instance(seed, &activation, samples, &[2, samples, 2], twist);
        let mut walker = walker(&instance);
        prop_assert_eq!(escape(&mut walker, &instance.problem), Ok(Escape::DeadNeuron(1)));
        assert_unbounded(&instance, &walker.into_path());
    }

    #[test]
    fn independent_data_escape_through_the_kernel(
        seed: u64,
        samples in 1..5usize,
        above in prop::sample::select(vec![vec![1], vec![2, 1], vec![2, 2, 3]]),
        twist in any_twist(),
        activation in prop::sample::select(monotone_activations()),
    ) {
        let widths: Vec<usize> = [samples, 3].into_iter().chain(above).collect();
        let instance = instance(seed, &activation, samples, &widths, twist);
        prop_assume!(instance.problem.require_independent_inputs().is_ok());
        let mut walker = walker(&instance);
        through_kernel(&mut walker, &instance.problem).unwrap();
        assert_unbounded(&instance, &walker.into_path());
    }
}

#[test]
fn trained_networks_escape() {
    for pair in &CARRIED {
        let instance = pair.instance();
        let mut walker = walker(&instance);
        escape(&mut walker, &instance.problem).unwrap();
        assert_unbounded(&instance, &walker.into_path());
    }
}

#[test]
fn independent_neurons_and_a_flat_activation_have_no_known_ray() {
    // One ReLU neuron over four samples: no dependent column, no inverse.
    let mut instance = instance(0, &Activation::relu(), 4, &[1, 1, 1], Twist::Generic);
    let one = rug::Rational::from(1);
    instance.from.set_layer(1, std::sync::Arc::new(nalgebra::DMatrix::from_vec(2, 1, vec![one.clone(), one])));
    let refused = escape(&mut walker(&instance), &instance.problem);
    let reason = Hypothesis::NotMonotoneOnto { activation: "relu".into(), slopes: "0, 1".into() };
    assert_eq!(refused, Err(Obstacle::Hypothesis(Hypothesis::NoRay(Box::new(reason)))));
}

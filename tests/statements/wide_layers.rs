//! Theorem 6.1 (2), and the theorems between it and Theorem 3.2.

use crate::common::{any_twist, assert_connects, config};
use proptest::prelude::*;
use rug::Rational;
use sublevel::linalg::{Double, Exact};
use sublevel::network::{Activation, Loss, to_exact};
use sublevel::report::stray;
use sublevel::statement::wide_layers::{connect, connect_through};
use sublevel::statement::{self, Hypothesis, Obstacle, Theorem};
use sublevel::suite::{CARRIED, Twist, activations, instance, monotone_activations};

proptest! {
    #![proptest_config(config(64))]

    #[test]
    fn sublevel_sets_are_connected(
        seed: u64,
        samples in 1..4usize,
        widths in prop::collection::vec(0..3usize, 0..3),
        inputs in 1..3usize,
        outputs in 1..3usize,
        twist in any_twist(),
        activation in prop::sample::select(activations()),
    ) {
        let hidden = widths.iter().map(|&width| [samples, samples + 1, 2 * samples][width]);
        let widths: Vec<usize> = [inputs].into_iter().chain(hidden).chain([outputs]).collect();
        let instance = instance(seed, &activation, samples, &widths, twist);
        let path = connect(&Exact, &instance.problem, &instance.from, &instance.to).unwrap();
        assert_connects(&instance, &path);
    }

    /// Two wide layers, then narrowing ones.
    #[test]
    fn wide_then_narrowing(seed: u64, samples in 1..4usize, twist in any_twist(),
                           activation in prop::sample::select(monotone_activations())) {
        let widths = [2, samples + 1, samples, 2, 1];
        let instance = instance(seed, &activation, samples, &widths, twist);
        let path = connect_through(&Exact, &instance.problem, 2, &instance.from, &instance.to).unwrap();
        assert_connects(&instance, &path);
    }

    /// The float counterpart ends where it should and strays little on small well-conditioned instances.
    #[test]
    fn floats_stray_little(seed: u64, samples in 1..4usize) {
        let instance = instance(seed, &activations()[1], samples, &[2, 2 * samples, 1], Twist::Generic);
        let path = connect(&Double, &instance.problem, &instance.from, &instance.to).unwrap();
        let path = path.convert(to_exact).unwrap();
        let loss = Loss::square(nalgebra::DMatrix::from_element(samples, 1, Rational::new()));
        let found = stray(&instance.problem.activation, &instance.problem.inputs, &loss, &path, 128);
        let vertices = [&instance.from, &instance.to].map(|end| loss.enclose(&crate::common::output(&instance, end)));
        let ends = vertices[0].hi().max(vertices[1].hi()).to_f64();
        prop_assert!(found.largest.hi().to_f64() <= ends * (1.0 + 1e-6) + 1e-6);
    }
}

#[test]
fn one_neuron_too_few_is_refused_with_the_numbers() {
    let instance = instance(1, &Activation::relu(), 3, &[2, 3, 2, 1], Twist::Generic);
    let refused = connect(&Exact, &instance.problem, &instance.from, &instance.to).unwrap_err();
    assert_eq!(refused, Obstacle::Hypothesis(Hypothesis::TooNarrow { layer: 2, width: 2, samples: 3 }));
    assert!(refused.to_string().contains("n_2 = 2 < N = 3"), "{refused}");
}

#[test]
fn duplicate_samples_are_refused_with_their_rows() {
    let mut instance = instance(1, &Activation::relu(), 3, &[2, 3, 1], Twist::Generic);
    let first = instance.problem.inputs.row(0).into_owned();
    instance.problem.inputs.set_row(2, &first);
    let refused = connect(&Exact, &instance.problem, &instance.from, &instance.to).unwrap_err();
    assert_eq!(refused, Obstacle::Hypothesis(Hypothesis::DuplicateSamples { first: 0, second: 2 }));
}

#[test]
fn an_affine_activation_is_refused() {
    let trap: Activation = "pl:breakpoints=0,1;slopes=2,2,2;value=0".parse().unwrap();
    let instance = instance(1, &trap, 2, &[2, 4, 1], Twist::Generic);
    let refused = connect(&Exact, &instance.problem, &instance.from, &instance.to).unwrap_err();
    assert_eq!(refused, Obstacle::Hypothesis(Hypothesis::AffineActivation));
}

#[test]
fn trained_networks_are_connected() {
    for pair in &CARRIED {
        let instance = pair.instance();
        let connection = statement::connect(&Exact, &instance.problem, &instance.from, &instance.to, None).unwrap();
        let expected = match pair.name {
            "relu-deep-32" => Theorem::WideLayers,
            "wide-64" | "narrow-64" => Theorem::WideFirstLayer,
            _ => connection.theorem,
        };
        assert_eq!(connection.theorem, expected, "{}", pair.name);
        if pair.name != "narrow-64" {
            assert_connects(&instance, &connection.path);
        }
    }
}

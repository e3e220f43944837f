//! Theorem 3.2 (1).

use crate::common::{any_twist, assert_connects, config};
use nalgebra::DMatrix;
use proptest::prelude::*;
use rug::Rational;
use sublevel::linalg::Exact;
use sublevel::network::{Activation, Parameters};
use sublevel::statement::independent_data::connect;
use sublevel::statement::{Hypothesis, Obstacle};
use sublevel::suite::{CARRIED, Twist, instance, monotone_activations};

proptest! {
    #![proptest_config(config(64))]

    #[test]
    fn sublevel_sets_are_connected(
        seed: u64,
        samples in 1..5usize,
        hidden in prop::sample::select(vec![vec![1], vec![2, 1], vec![3, 2, 1], vec![5, 2], vec![4, 3, 2, 1]]),
        twist in any_twist(),
        activation in prop::sample::select(monotone_activations()),
    ) {
        // rank [X, 1] = N with N − 1 features: the bias is needed.
        let widths: Vec<usize> = [samples.max(2) - 1].into_iter().chain(hidden).collect();
        let instance = instance(seed, &activation, samples, &widths, twist);
        match connect(&Exact, &instance.problem, &instance.from, &instance.to) {
            Ok(path) => assert_connects(&instance, &path),
            Err(refused) => {
                // Only where the random inputs happen to be dependent.
                let dependent =
                    matches!(refused, Obstacle::Hypothesis(Hypothesis::DependentFeatures { level: 0, .. }));
                prop_assert!(dependent && instance.problem.require_independent_inputs().is_err());
            }
        }
    }
}

#[test]
fn one_neuron_too_few_per_layer_is_refused() {
    let instance = instance(3, &monotone_activations()[0], 2, &[2, 3, 3, 1], Twist::Generic);
    let result = connect(&Exact, &instance.problem, &instance.from, &instance.to);
    let expected = Hypothesis::NotNarrowing { layer: 1, width: 3, next: 3 };
    assert_eq!(result.err(), Some(Obstacle::Hypothesis(expected)));
}

#[test]
fn one_sample_too_many_is_refused() {
    let instance = instance(3, &monotone_activations()[0], 4, &[2, 3, 1], Twist::Generic);
    let result = connect(&Exact, &instance.problem, &instance.from, &instance.to);
    let expected = Hypothesis::DependentFeatures { level: 0, rank: 3, samples: 4 };
    assert_eq!(result.err(), Some(Obstacle::Hypothesis(expected)));
}

#[test]
fn a_flat_piece_is_refused() {
    let activation: Activation = "pl:breakpoints=0,1;slopes=1,0,2;value=0".parse().unwrap();
    let instance = instance(3, &activation, 2, &[2, 3, 1], Twist::Generic);
    let result = connect(&Exact, &instance.problem, &instance.from, &instance.to);
    let expected = Hypothesis::NotMonotoneOnto { activation: activation.to_string(), slopes: "1, 0, 2".into() };
    assert_eq!(result.err(), Some(Obstacle::Hypothesis(expected)));
}

/// Real weights, from and to the zero network and to the same network with its neurons in another order.
#[test]
fn trained_networks_reach_zero_and_their_own_permutation() {
    let mut instance = CARRIED.iter().find(|pair| pair.name == "independent-32").unwrap().instance();
    let from = instance.from.clone();
    let zero = Parameters::new(from.layers().iter().map(|layer| layer.map(|_| Rational::new())).collect()).unwrap();
    let mut permuted: Vec<DMatrix<Rational>> = from.layers().iter().map(|layer| DMatrix::clone(layer)).collect();
    for k in 0..permuted.len() - 1 {
        let width = permuted[k].ncols();
        let order: Vec<usize> = (0..width).rev().collect();
        permuted[k] = permuted[k].select_columns(&order);
        permuted[k + 1] = permuted[k + 1].select_rows(&[order, vec![width]].concat());
    }
    for (from, to) in [(from.clone(), zero.clone()), (zero, from.clone()), (from, Parameters::new(permuted).unwrap())] {
        (instance.from, instance.to) = (from, to);
        let path = connect(&Exact, &instance.problem, &instance.from, &instance.to).unwrap();
        assert!(path.moves.len() < 150, "{} moves", path.moves.len());
        assert_connects(&instance, &path);
    }
}

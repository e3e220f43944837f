//! Lemma 3.3 and Lemma 3.4.

use crate::common::{any_twist, assert_outputs_run_straight, config, output};
use proptest::prelude::*;
use rug::Rational;
use std::collections::BTreeMap;
use std::sync::Arc;
use sublevel::linalg::{Exact, Kernel};
use sublevel::network::{Activation, import_matrix, with_ones};
use sublevel::path::{Pullback, Walker};
use sublevel::statement::full_rank_weights::{complete_rank, full_rank_weights};
use sublevel::statement::output_following::{Canonical, first_layer_for, moore_penrose};
use sublevel::statement::{Hypothesis, Obstacle};
use sublevel::suite::{Instance, Twist, instance, monotone_activations};

fn walker(instance: &Instance) -> Walker<'static, Exact> {
    let problem = &instance.problem;
    let inputs = import_matrix(&Exact, &problem.inputs);
    Walker::new(&Exact, problem.activation.import(&Exact), &inputs, instance.from.clone())
}

/// N samples in N − 1 dimensions, independent with the ones column: the hypothesis is met exactly.
fn any_instance() -> impl Strategy<Value = Instance> {
    let shape = (1..4usize, prop::sample::select(vec![vec![3, 2, 1], vec![5, 2], vec![4, 3, 2], vec![2, 1], vec![3]]));
    (any::<u64>(), shape, any_twist(), prop::sample::select(monotone_activations())).prop_filter_map(
        "independent inputs",
        |(seed, (samples, hidden), twist, activation)| {
            let widths: Vec<usize> = [samples.max(2) - 1].into_iter().chain(hidden).collect();
            let instance = instance(seed, &activation, samples, &widths, twist);
            instance.problem.require_independent_inputs().is_ok().then_some(instance)
        },
    )
}

proptest! {
    #![proptest_config(config(64))]

    /// Statement 1, with the Moore–Penrose inverses of the paper.
    #[test]
    fn the_map_h_reaches_every_target(instance in any_instance()) {
        let (problem, depth) = (&instance.problem, instance.problem.depth());
        let data = with_ones(&Exact, &problem.inputs);
        let right = moore_penrose(&Exact, &data.transpose()).unwrap().transpose();
        let mut network = instance.to.clone();
        let mut left_inverses = BTreeMap::new();
        for l in 2..=depth {
            let (weight, _) = complete_rank(&Exact, &network.weight(l).into_owned());
            let mut layer = nalgebra::DMatrix::clone(network.layer(l));
            layer.rows_mut(0, weight.nrows()).copy_from(&weight);
            network.set_layer(l, Arc::new(layer));
            left_inverses.insert(l, Arc::new(moore_penrose(&Exact, &weight).unwrap()));
        }
        let inverse = problem.activation.inverse().unwrap().import(&Exact);
        let pull = Pullback { first: 1, inverse, right_inverse: Arc::new(right), left_inverses };
        let target = output(&instance, &instance.from);
        let first = first_layer_for(&Exact, &pull, &network, depth, &target);
        network.set_layer(1, Arc::new(first));
        prop_assert_eq!(output(&instance, &network), target);
    }

    /// Statement 2 and Lemma 3.4: the canonical form, with weights of full rank, at constant output.
    #[test]
    fn the_canonical_form_is_reached_at_constant_output(instance in any_instance()) {
        let mut walker = walker(&instance);
        let depth = instance.problem.depth();
        let canonical = Canonical::reach(&mut walker, &instance.problem.activation, 1).unwrap();
        for l in 2..=depth {
            let basis = canonical.basis(l).to_vec();
            prop_assert_eq!(Exact.rank(&canonical.weight(l)), instance.problem.widths[l]);
            // Columns of F_{l-1} outside the basis are zero.
            let features = canonical.walker().level(l - 1);
            for column in (0..features.ncols()).filter(|column| !basis.contains(column)) {
                prop_assert!(features.column(column).iter().all(Rational::is_zero));
            }
        }
        let path = walker.into_path();
        prop_assert_eq!(output(&instance, &path.end()), output(&instance, &path.start));
        assert_outputs_run_straight(&instance, &path);
    }

    /// The walker's features are those of its parameters: what it remembers is true.
    #[test]
    fn remembered_features_are_true(instance in any_instance()) {
        let mut walker = walker(&instance);
        full_rank_weights(&mut walker, &instance.problem.activation, 1).unwrap();
        let inputs = import_matrix(&Exact, &instance.problem.inputs);
        let activation = instance.problem.activation.import(&Exact);
        let fresh = Walker::new(&Exact, activation, &inputs, walker.parameters().clone());
        for level in 1..=walker.depth() {
            prop_assert_eq!(walker.level(level), fresh.level(level));
            prop_assert_eq!(walker.pre_activation(level), fresh.pre_activation(level));
        }
    }
}

#[test]
fn relu_has_no_inverse_to_follow_by() {
    let instance = instance(1, &Activation::relu(), 2, &[2, 3, 1], Twist::Generic);
    let result = full_rank_weights(&mut walker(&instance), &instance.problem.activation, 1);
    let expected = Hypothesis::NotMonotoneOnto { activation: "relu".into(), slopes: "0, 1".into() };
    assert_eq!(result, Err(Obstacle::Hypothesis(expected)));
}

#[test]
fn dependent_data_are_refused_with_the_rank() {
    let instance = instance(1, &monotone_activations()[0], 3, &[1, 3, 1], Twist::Generic);
    let result = full_rank_weights(&mut walker(&instance), &instance.problem.activation, 1);
    assert_eq!(result, Err(Obstacle::Hypothesis(Hypothesis::DependentFeatures { level: 0, rank: 2, samples: 3 })));
}

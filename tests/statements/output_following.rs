//! Lemma 3.3 and Lemma 3.4.

use super::common::{any_twist, config};
use proptest::prelude::*;
use sublevel::linalg::Exact;
use sublevel::network::import_matrix;
use sublevel::path::Walker;
use sublevel::statement::full_rank_weights::full_rank_weights;
use sublevel::suite::{Instance, instance, monotone_activations};

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

//! Theorem 6.1 (2), and the theorems between it and Theorem 3.2.

use super::common::{any_twist, assert_connects, config};
use proptest::prelude::*;
use sublevel::linalg::Exact;
use sublevel::statement::wide_layers::connect_through;
use sublevel::suite::{instance, monotone_activations};

proptest! {
    #![proptest_config(config(64))]

    /// Two wide layers, then narrowing ones.
    #[test]
    fn wide_then_narrowing(seed: u64, samples in 1..4usize, twist in any_twist(),
                           activation in prop::sample::select(monotone_activations())) {
        let widths = [2, samples + 1, samples, 2, 1];
        let instance = instance(seed, &activation, samples, &widths, twist);
        let path = connect_through(&Exact, &instance.problem, 2, &instance.from, &instance.to).unwrap();
        assert_connects(&instance, &path);
    }

}

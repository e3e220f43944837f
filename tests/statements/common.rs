//! What every statement's tests share: the all-λ proof by the checker, and exact evaluation at random λ beside it.

use nalgebra::DMatrix;
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use rug::Rational;
use sublevel::certificate::Claim;
use sublevel::checker::{Scope, Verdict};
use sublevel::linalg::{Exact, Kernel};
use sublevel::network::{Parameters, forward};
use sublevel::path::{OnMove, Path};
use sublevel::suite::{Instance, Twist};
pub use sublevel::suite::{certificate, check as verdict};

/// The configuration of a statement's properties; what they find lands in `proptest-regressions/`.
pub fn config(cases: u32) -> ProptestConfig {
    let finds = concat!(env!("CARGO_MANIFEST_DIR"), "/proptest-regressions/statements.txt");
    ProptestConfig {
        cases,
        max_shrink_iters: 64,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(finds))),
        ..ProptestConfig::default()
    }
}

/// Any of the twists.
pub fn any_twist() -> impl Strategy<Value = Twist> {
    prop::sample::select(Twist::ALL.to_vec())
}

/// Proves a connecting path for every λ and every convex loss, and evaluates it exactly at a few λ besides.
pub fn assert_connects(instance: &Instance, path: &Path<Rational>) {
    assert_eq!(path.start, instance.from, "the path starts at the first network");
    assert_eq!(path.end(), instance.to, "the path ends at the second network");
    let bytes = certificate(instance, Claim::Connected, path);
    match verdict(instance, &bytes, Some(&instance.to)) {
        Verdict::Valid(statement) => assert_eq!(statement.scope, Scope::EveryConvexLoss, "{statement}"),
        refused => panic!("{}: {refused:?}", instance.name),
    }
    assert_outputs_run_straight(instance, path);
}

/// Evaluates the path exactly at random λ inside every move: on each move the output is on the chord of its ends.
pub fn assert_outputs_run_straight(instance: &Instance, path: &Path<Rational>) {
    let (activation, inputs) = (&instance.problem.activation, &instance.problem.inputs);
    let mut current = path.start.clone();
    for (k, step) in path.moves.iter().enumerate() {
        let vertex = current.clone();
        let on_move = OnMove::new(&Exact, activation, inputs, &vertex, step);
        let at = |lambda: &Rational| on_move.point(lambda);
        let lambda = Rational::from(((k as u32 * 7) % 10 + 1, 13));
        let (start, between) = (output(instance, &current), output(instance, &at(&lambda)));
        let end = if step.is_endless() { start.clone() } else { output(instance, &at(&Rational::from(1))) };
        assert_eq!(on_move.output(&lambda), between, "{}: move {} from its lowest layer", instance.name, k + 1);
        let chord = start.zip_map(&end, |a, b| Rational::from(&b - &a) * &lambda + a);
        assert_eq!(between, chord, "{}: move {} at {lambda}", instance.name, k + 1);
        if !step.is_endless() {
            current = at(&Rational::from(1));
        }
    }
    assert_eq!(current, path.end(), "the moves lead to the end of the path");
}

/// F_L, exactly.
pub fn output(instance: &Instance, parameters: &Parameters<Rational>) -> DMatrix<Rational> {
    let problem = &instance.problem;
    forward(&Exact, &problem.activation.import(&Exact), &problem.inputs, parameters).unwrap().output().clone()
}

/// A product of rational matrices by the exact kernel.
pub fn product(a: &DMatrix<Rational>, b: &DMatrix<Rational>) -> DMatrix<Rational> {
    Exact.product(a, b)
}

/// A small random rational matrix.
pub fn any_matrix(rows: usize, columns: usize) -> impl Strategy<Value = DMatrix<Rational>> {
    prop::collection::vec(-6..7i32, rows * columns).prop_map(move |entries| {
        DMatrix::from_iterator(rows, columns, entries.into_iter().map(|e| Rational::from((e, 2))))
    })
}

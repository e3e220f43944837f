//! The certified loss barrier against exact rational arithmetic.

use proptest::prelude::*;
use rug::Rational;
use sublevel::barrier::{Barrier, Limits, Task, barrier, exact_loss, exact_maximum};
use sublevel::network::Parameters;
use sublevel::suite::{CARRIED, Instance, Twist, activations, instance};

const BUDGET: usize = 20_000;

fn run(task: &Task<'_>, tolerance: f64) -> Barrier {
    barrier(task, tolerance, Limits { evaluations: BUDGET, progress: &mut |_, _, _| {} }).unwrap()
}

fn line(instance: &Instance) -> Task<'_> {
    chain(instance, &[&instance.from, &instance.to])
}

fn chain<'a>(instance: &'a Instance, networks: &[&'a Parameters<Rational>]) -> Task<'a> {
    Task::chain(&instance.problem.activation, &instance.problem.inputs, &instance.loss, networks).unwrap()
}

fn exact(value: f64) -> Rational {
    Rational::from_f64(value).unwrap()
}

/// The exact losses at these λ lie below the upper bound, and the witness above the lower bound.
fn assert_encloses(task: &Task<'_>, found: &Barrier, lambdas: &[Rational]) {
    let upper = Rational::from_f64(found.maximum.upper);
    for segment in 0..task.segments().len() {
        for lambda in lambdas {
            let loss = exact_loss(task, segment, lambda);
            assert!(upper.as_ref().is_none_or(|upper| loss.lo() <= upper), "segment {segment}, λ = {lambda}");
        }
    }
    let witness = exact_loss(task, found.witness.segment, &exact(found.witness.lambda));
    assert!(exact(found.maximum.lower) <= *witness.hi(), "the witness attains the lower bound");
    for (end, segment, lambda) in [(0, 0, 0), (1, task.segments().len() - 1, 1)] {
        let loss = exact_loss(task, segment, &Rational::from(lambda));
        assert!(exact(found.ends[end].lower) <= *loss.hi());
        assert!(found.ends[end].upper.is_infinite() || *loss.lo() <= exact(found.ends[end].upper));
    }
}

#[test]
fn the_digits_pairs_are_certified() {
    for carried in &CARRIED {
        let instance = carried.instance();
        let task = line(&instance);
        let started = std::time::Instant::now();
        let found = run(&task, 1e-6);
        eprintln!("{} {:?} {} {:?}", instance.name, found.maximum, found.evaluations, started.elapsed());
        assert!(found.decided);
    }
}

fn any_lambda() -> impl Strategy<Value = Rational> {
    (0..=1_000_003i64).prop_map(|k| Rational::from((k, 1_000_003)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_enclosure_contains_the_loss_at_random_rationals(
        seed in 0..10_000u64,
        activation in prop::sample::select(activations()),
        widths in prop::sample::select(vec![vec![2, 2], vec![3, 4, 2], vec![2, 5, 1], vec![2, 4, 3, 3], vec![1, 3, 3, 2, 2]]),
        samples in 1..5usize,
        twist in prop::sample::select(Twist::ALL.to_vec()),
        lambdas in prop::collection::vec(any_lambda(), 4),
    ) {
        let instance = instance(seed, &activation, samples, &widths, twist);
        let task = line(&instance);
        let found = barrier(&task, 1e-3, Limits { evaluations: 600, progress: &mut |_, _, _| {} }).unwrap();
        assert_encloses(&task, &found, &lambdas);
    }

    #[test]
    fn it_agrees_with_the_exact_maximum(
        seed in 0..10_000u64,
        activation in prop::sample::select(activations()[..4].to_vec()),
        samples in 1..4usize,
    ) {
        let instance = instance(seed, &activation, samples, &[2, 3, 2], Twist::Generic);
        let task = line(&instance);
        let truth = exact_maximum(&task, &Rational::from((1, 100_000_000))).unwrap();
        let found = run(&task, 1e-6);
        prop_assert!(found.decided);
        prop_assert!(found.maximum.upper - found.maximum.lower <= 1e-6);
        prop_assert!(exact(found.maximum.lower) <= *truth.hi());
        prop_assert!(*truth.lo() <= exact(found.maximum.upper));
    }
}

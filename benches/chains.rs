//! Paths for one loss between the digits pairs: the trained chain, the five lines, alignment, and the checker's bound of
//! a chain: `cargo bench --bench chains`.

use criterion::{Criterion, criterion_group, criterion_main};
use rug::Rational;
use std::time::Duration;
use sublevel::barrier::{Budget, Task, below, end_losses};
use sublevel::certificate::{Claim, Reader};
use sublevel::chain::{Matching, Options, Setting, align, short, train, with_margin};
use sublevel::checker::{Expected, Verdict, check};
use sublevel::network::{Inputs, Nonlinearity, Parameters};
use sublevel::path::{Move, Path, changes_between, problem_record, write_path};
use sublevel::suite::{CARRIED, Instance};

/// That of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn digits(criterion: &mut Criterion) {
    for carried in CARRIED.iter().filter(|carried| ["pyramid-32", "wide-64"].contains(&carried.name)) {
        let instance = carried.instance();
        let inputs = Inputs::from(instance.problem.inputs.clone());
        let activation = Nonlinearity::from(&instance.problem.activation);
        let setting = Setting { activation: &activation, inputs: &inputs, loss: &instance.loss };
        pair(criterion, &instance, &setting);
    }
}

fn pair(criterion: &mut Criterion, instance: &Instance, setting: &Setting<'_>) {
    let ends = [&instance.from, &instance.to];
    let losses = end_losses(&task(setting, &ends));
    let top = losses[0].lower.max(losses[1].lower);
    let mut group = criterion.benchmark_group(format!("chains {}", instance.name));
    group.sample_size(10).warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_secs(1));
    let margins = ends.map(|end| with_margin(setting, end));
    let options = Options { bends: 1, steps: 400, seed: 0 };
    let trained = || train(setting, [&margins[0], &margins[1]], top, options, &mut |_| true).expect("finite networks");
    group.bench_function("train", |bencher| bencher.iter(trained));
    let bends = trained().bends;
    let knots: Vec<&Parameters<Rational>> = [&margins[0]].into_iter().chain(&bends).chain([&margins[1]]).collect();
    let chain = task(setting, &knots);
    let bound = Rational::from_f64(top.next_down()).expect("a finite loss");
    group.bench_function("bound", |bencher| {
        bencher.iter(|| below(&chain, &bound, Budget { evaluations: 100_000, progress: &mut |_, _, _| {} }));
    });
    let bytes = certificate(instance, &knots, &bound);
    let checked = || check(Reader::new(&bytes[..]), &Expected::default(), &mut |_| {});
    assert!(matches!(checked(), Verdict::Valid(_)), "{}", checked());
    group.bench_function("check", |bencher| bencher.iter(checked));
    if instance.problem.depth() == 2 {
        group.bench_function("five lines", |bencher| bencher.iter(|| short(setting, ends, top, 0, &mut |_| true)));
    }
    for (name, matching) in [("align by weights", Matching::Weights), ("align by activations", Matching::Activations)] {
        let aligned = || align(setting.activation, setting.inputs, ends[0], ends[1], matching);
        group.bench_function(name, |bencher| bencher.iter(aligned));
    }
    group.finish();
}

fn task<'a>(setting: &Setting<'a>, networks: &[&'a Parameters<Rational>]) -> Task<'a> {
    Task::chain(setting.activation, setting.inputs, setting.loss, networks).expect("a carried pair fits together")
}

/// The chain as bounded moves between the margins' lines.
fn certificate(instance: &Instance, knots: &[&Parameters<Rational>], bound: &Rational) -> Vec<u8> {
    let line = |pair: [&Parameters<Rational>; 2]| Move::Line(changes_between(pair[0], pair[1]));
    let inner = knots.windows(2).map(|pair| Move::Bounded(changes_between(pair[0], pair[1]), bound.clone(), None));
    let moves = [line([&instance.from, knots[0]])].into_iter().chain(inner);
    let moves = moves.chain([line([knots[knots.len() - 1], &instance.to])]).collect();
    let problem = &instance.problem;
    let header = problem_record(
        Claim::Connected,
        "chain",
        &problem.activation,
        &problem.inputs,
        &problem.widths,
        Some(&instance.loss),
    );
    let mut bytes = vec![];
    write_path(&mut bytes, header, &Path { start: instance.from.clone(), moves }, |_| {}).expect("memory takes all");
    bytes
}

criterion_group!(benches, digits);
criterion_main!(benches);

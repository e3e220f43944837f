//! Every statement that constructs something, by every kernel, on the same instance: what exact numbers cost beside floats.

use criterion::{Criterion, criterion_group, criterion_main};
use nalgebra::DMatrix;
use rug::Rational;
use std::hint::black_box;
use std::time::Duration;
use sublevel::certificate::Claim;
use sublevel::linalg::{Double, Exact, Kernel, Multiprecision};
use sublevel::network::{Activation, Loss, Parameters, import_matrix};
use sublevel::statement::disconnection::{last_weights, ordered_neurons};
use sublevel::statement::full_rank_path::full_rank_path;
use sublevel::statement::minimum::leave::falling_line;
use sublevel::statement::minimum::{affine_fit, convex_fit};
use sublevel::statement::object::prove as prove_object;
use sublevel::statement::residual::instances::{lemma_7, theorem_6};
use sublevel::statement::residual::landscape::three_wells;
use sublevel::statement::residual::merge::{Case, Strategy};
use sublevel::statement::residual::model::Skip;
use sublevel::statement::residual::spread::Spread;
use sublevel::statement::residual::wall::ResidualWall;
use sublevel::statement::shift_independence::{Shifts, is_combination_at_points};
use sublevel::statement::{Problem, prove};
use sublevel::suite::{By, Draw, Entry, STATEMENTS, Twist};

/// That of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Group<'a> = criterion::BenchmarkGroup<'a, criterion::measurement::WallTime>;

fn group<'a>(criterion: &'a mut Criterion, key: &str) -> Group<'a> {
    let mut group = criterion.benchmark_group(key);
    group.sample_size(10).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    group
}

fn statements(criterion: &mut Criterion) {
    for Entry { card, kernels, .. } in STATEMENTS {
        let Ok(kernels) = kernels else { continue };
        let instance = (kernels.instance)(7).expect("an instance on which there is something to do");
        let mut group = group(criterion, card.key);
        for (name, by) in [("exact", By::Exact), ("113 bits", By::Multiprecision), ("f64", By::Double)] {
            // A rounded construction may break: then its time says nothing.
            if (kernels.construct)(by, &instance) {
                group.bench_function(name, |bencher| bencher.iter(|| (kernels.construct)(by, black_box(&instance))));
            }
        }
    }
}

/// Assumption 2.2 for five shifts, by the linear system at the decisive points.
fn shift_independence(criterion: &mut Criterion) {
    let activation: Activation = "pl:breakpoints=-1,0,1/3;slopes=1/2,2,-1,1/7;value=0".parse().expect("an activation");
    let shifts =
        Shifts::new([-3, -1, 1, 2, 5].map(|shift| Rational::from((shift, 4))).to_vec()).expect("distinct shifts");
    fn bench<K: Kernel>(group: &mut Group, name: &str, kernel: &K, activation: &Activation, shifts: &Shifts) {
        let decide = || is_combination_at_points(kernel, black_box(activation), shifts);
        // Five shifts and four slopes: σ(x) is no combination of its shifts; floats may say otherwise.
        assert!(!kernel.is_exact() || !decide());
        group.bench_function(name, |bencher| bencher.iter(decide));
    }
    let mut group = group(criterion, "assumption-2.2");
    bench(&mut group, "exact", &Exact, &activation, &shifts);
    bench(&mut group, "113 bits", &Multiprecision::new(113), &activation, &shifts);
    bench(&mut group, "f64", &Double, &activation, &shifts);
}

/// Proposition 3.5 for [9, 8] matrices, through one spare row.
fn full_rank_chain(criterion: &mut Criterion) {
    let mut draw = Draw::new("proposition-3.5", 7, Twist::Generic);
    let [from, to] = [(); 2].map(|()| draw.matrix(9, 8));
    fn bench<K: Kernel>(group: &mut Group, name: &str, kernel: &K, ends: [&DMatrix<Rational>; 2]) {
        let [from, to] = ends.map(|end| import_matrix(kernel, end));
        if full_rank_path(kernel, &from, &to).is_ok() {
            group.bench_function(name, |bencher| bencher.iter(|| full_rank_path(kernel, black_box(&from), &to)));
        }
    }
    let mut group = group(criterion, "proposition-3.5");
    bench(&mut group, "exact", &Exact, [&from, &to]);
    bench(&mut group, "113 bits", &Multiprecision::new(113), [&from, &to]);
    bench(&mut group, "f64", &Double, [&from, &to]);
}

/// Two networks that no path joins: the certificate, written and checked, and the same decision in f64.
fn separations(criterion: &mut Criterion) {
    let list = |number: fn(i32) -> i32| (0..13).map(|i| Rational::from(number(i))).collect::<Vec<_>>();
    let ordered =
        ordered_neurons(&list(|i| i), &list(|i| i % 2), &Rational::from((1, 100))).expect("data that alternate");
    let mut draw = Draw::new("threshold", 7, Twist::Generic);
    let inputs = DMatrix::from_fn(6, 1, |i, _| Rational::from(i));
    let square =
        last_weights(&Activation::relu(), &inputs, &draw.matrix(6, 3), &[12, 6]).expect("targets of full rank");
    for (key, instance) in [("threshold, order", ordered), ("threshold, last weights", square)] {
        let mut group = group(criterion, key);
        group.bench_function("exact", |bencher| bencher.iter(|| black_box(&instance).verify()));
        group.bench_function("f64", |bencher| bencher.iter(|| black_box(&instance).decide_in_double()));
    }
}

/// Two minima, by Jensen's inequality and in a cell: the certificate, written and checked, and the same decision in f64; the
/// line that falls strictly from the worst point of independent data, built and checked.
fn minima(criterion: &mut Criterion) {
    let line = |number: fn(i32) -> i32| DMatrix::from_fn(8, 1, |i, _| Rational::from(number(i as i32)));
    let half = Rational::from((1, 2));
    let (x, y) = (line(|i| i), line(|i| 3 * (i % 2)));
    let jensen = convex_fit(&half, &x, &y, 8).expect("targets that are not convex");
    let cell = affine_fit(&Activation::leaky_relu(half), &x, &y, 8).expect("dependent inputs");
    for (key, minimum) in [("plateau", jensen.with_lower()), ("local-minimum", cell.with_lower())] {
        let mut group = group(criterion, key);
        group.bench_function("exact", |bencher| bencher.iter(|| black_box(&minimum).verify()));
        group.bench_function("f64", |bencher| bencher.iter(|| black_box(&minimum).decide_in_double()));
    }
    // Six independent samples, all features alike, the output their mean.
    let inputs = DMatrix::from_fn(6, 5, |i, j| Rational::from(i32::from(i == j + 1)));
    let targets = DMatrix::from_fn(6, 1, |i, _| Rational::from(i as i32));
    let first = DMatrix::from_fn(6, 6, |row, _| Rational::from(i32::from(row == 5)));
    let mut last = DMatrix::from_element(7, 1, Rational::new());
    last[(6, 0)] = Rational::from((5, 2));
    let problem = Problem { activation: Activation::leaky_relu((1, 2).into()), inputs, widths: vec![5, 6, 1] };
    let worst = Parameters::new(vec![first, last]).expect("layers of these widths");
    let loss = Loss::square(targets.clone());
    let mut group = group(criterion, "falling-line");
    group.bench_function("built", |bencher| bencher.iter(|| falling_line(black_box(&problem), &targets, &worst)));
    let path = falling_line(&problem, &targets, &worst).expect("independent data");
    group.bench_function("checked", |bencher| {
        bencher.iter(|| prove(black_box(&problem), Claim::StrictlyDescends, Some(&loss), &path));
    });
}

/// IJCAI 2020: certificates written and checked, the wall of 100 neurons beside f64; and the exact maximum of a line on which 10 of 100
/// neurons are emptied, on 200 samples, beside the same in f64.
fn residual_networks(criterion: &mut Criterion) {
    let (two, one) = (Rational::from(2), Rational::from(1));
    let wall = ResidualWall::of_theorem_11(&two, &one, 1, 100).expect("s = 2");
    let mut walls = group(criterion, "ijcai-theorem-11");
    walls.bench_function("exact", |bencher| bencher.iter(|| black_box(&wall).verify()));
    walls.bench_function("f64", |bencher| bencher.iter(|| black_box(&wall).stands_in_doubles()));
    walls.finish();
    let (wells, lemma, theorem) = (three_wells(), lemma_7(), theorem_6());
    let mut small = group(criterion, "ijcai-objects");
    small.bench_function("theorem 4", |bencher| bencher.iter(|| black_box(&wells).verify()));
    small.bench_function("lemma 7", |bencher| bencher.iter(|| black_box(&lemma).verify()));
    small.bench_function("theorem 6", |bencher| bencher.iter(|| black_box(&theorem).verify()));
    let spread = Spread::sixteen();
    small.bench_function("lemma 9", |bencher| bencher.iter(|| black_box(&spread).verify()));
    let network = Skip::from_integers(&[&[1, 2], &[3, -1]], &[&[1, -2]], &[&[2, 0]], &[&[&[3]]], &[&[1], &[4]]);
    let near = Rational::from((101, 100));
    small.bench_function("theorem 1", |bencher| {
        bencher.iter(|| prove_object(black_box(&network).no_strict_minimum(0, &near)).is_ok());
    });
    small.finish();
    let case = Case::draw(2, 100, 200, 1);
    let removed = case.removed(10, Strategy::Nearest).expect("10 of 100");
    let mut lines = group(criterion, "ijcai-theorem-r");
    lines.bench_function("exact", |bencher| bencher.iter(|| black_box(&removed).maximum()));
    lines.bench_function("f64", |bencher| bencher.iter(|| black_box(&removed).maximum_in_doubles()));
}

criterion_group!(benches, shift_independence, full_rank_chain, separations, minima, residual_networks, statements);
criterion_main!(benches);

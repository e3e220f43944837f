//! Residual networks: Theorem B at its sharp widths, its curves, what is built, and certificates changed in one place.

use crate::support::snapshot;
use nalgebra::DMatrix;
use proptest::prelude::*;
use rug::Rational;
use std::sync::Arc;
use sublevel::certificate::Claim;
use sublevel::checker::{Conclusion, Descent, Verdict};
use sublevel::example::integers;
use sublevel::linalg::{Double, Exact, Kernel};
use sublevel::network::{Activation, Dense, Loss, Residual, with_ones};
use sublevel::statement::disconnection::Levels;
use sublevel::statement::residual::curves::{self, NoCurve, connect_below, connect_by_lines};
use sublevel::statement::residual::emptied::{Emptied, Found};
use sublevel::statement::residual::path::{ResidualMove, ResidualPath, ResidualProblem, output, stray};
use sublevel::statement::residual::sharp::{NotSeparated, Separator, exchanged, fitted, separate};
use sublevel::statement::residual::wide::{NoPath, connect, descend, least_width};
use sublevel::suite::{
    Draw, EmptiedInstance, ResidualInstance, ResidualShape, Twist, activations, prove_residual, residual_instance,
    residual_outline,
};

fn instance(seed: u64, activation: &Activation, shape: ResidualShape, twist: Twist) -> ResidualInstance {
    residual_instance(&mut Draw::new("residual", seed, Twist::Generic), activation, shape, twist)
}

fn wide(samples: usize, blocks: usize, biases: bool) -> ResidualShape {
    ResidualShape { samples, width: least_width(samples, blocks, biases), blocks, biases, stem: true }
}

fn path(instance: &ResidualInstance) -> Result<ResidualPath<Rational>, NoPath> {
    connect(&Exact, &instance.problem, &instance.from, &instance.to)
}

proptest! {
    #![proptest_config(cases!("residual", 40))]

    /// At the least width, from every twisted start to every end: proved for every convex loss, and true at random λ.
    #[test]
    fn wide_networks_are_connected(
        seed in 0u64..1 << 20,
        samples in 1usize..=5,
        blocks in 1usize..=2,
        biases: bool,
        twist in prop::sample::select(Twist::ALL.to_vec()),
        sigma in 0usize..5,
    ) {
        let shape = wide(samples, blocks, biases);
        // Without biases the samples are told apart by σ at 0 alone.
        let activation = if biases { activations()[sigma].clone() } else { Activation::relu() };
        let instance = instance(seed, &activation, shape, twist);
        let path = path(&instance).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prove_residual(&instance, &path).map_err(TestCaseError::fail)?;
    }

    /// One neuron less is enough for a descent by one block.
    #[test]
    fn narrower_networks_descend(seed in 0u64..1 << 20, samples in 2usize..=5, biases: bool) {
        let shape = ResidualShape { width: least_width(samples, 1, biases) - 1, ..wide(samples, 1, biases) };
        let instance = instance(seed, &Activation::relu(), shape, Twist::Generic);
        let epsilon = Rational::from((1, 1_000_000));
        let found = descend(&Exact, &instance.problem, (&instance.loss, &epsilon), &instance.from);
        let path = found.map_err(|error| TestCaseError::fail(error.to_string()))?;
        let verdict = path.prove(Claim::Descends, &instance.problem, Some(&instance.loss)).1;
        let Verdict::Valid(statement) = verdict else { return Err(TestCaseError::fail(verdict.to_string())) };
        prop_assert_eq!(statement.conclusion, Conclusion::Descends(Descent::NeverRises));
        prop_assert!(*instance.loss.enclose(&output(&instance.problem, path.end())).hi() <= epsilon);
    }

    /// Three lines join networks (x + g V) W with one branch, and with two through W* with X W* = F_A.
    #[test]
    fn three_lines_connect(seed in 0u64..1 << 20, width in 3usize..=5, one_branch: bool, biases: bool) {
        let shape = ResidualShape { samples: 3, width, blocks: 1, biases, stem: false };
        let mut instance = instance(seed, &Activation::relu(), shape, Twist::Generic);
        if one_branch {
            let last = instance.to.blocks[0].len() - 1;
            let ours = instance.from.blocks[0][..last].to_vec();
            instance.to.blocks[0][..last].clone_from_slice(&ours);
        }
        match connect_by_lines(&Exact, &instance.problem, &instance.from, &instance.to, None) {
            // Small numbers make special ends.
            Err(NoCurve::NoLines { .. } | NoCurve::NothingBetween { .. }) => {}
            path => {
                let path = path.map_err(|error| TestCaseError::fail(error.to_string()))?;
                prop_assert!(path.moves.len() <= 7);
                prop_assert!(path.moves.iter().all(|step| matches!(step, ResidualMove::Line(_))));
                prove_residual(&instance, &path).map_err(TestCaseError::fail)?;
            }
        }
    }

    /// Where det Ψ is 0, as two neurons are one, no head comes below the bound; where it is not, some head makes the targets, and the
    /// two signs are proved to be apart.
    #[test]
    fn features_of_less_rank_stay_above_the_bound(seed in 0u64..1 << 20, samples in 2usize..=4, biases: bool) {
        let width = samples - usize::from(biases);
        let shape = ResidualShape { samples, width, blocks: 1, biases, stem: true };
        let mut draw = Draw::new("sharp", seed, Twist::Generic);
        let targets = draw.matrix(samples, samples);
        let ResidualInstance { problem, from, .. } = residual_instance(&mut draw, &Activation::relu(), shape, Twist::Generic);
        let wide = with_outputs(&from, samples);
        let Ok(found) = fitted(&problem, &targets, &wide).and_then(|fit| exchanged(&problem, &targets, &fit)) else {
            return Ok(());
        };
        let levels = found.verify().map_err(|refused| TestCaseError::fail(refused.to_string()))?;
        prop_assert!(levels.attained == 0 && found.decide_in_double());
        if width > 1 {
            let features = features(&problem, &twins(&found.positive));
            prop_assert!(Exact.rank(&features) < samples);
            prop_assert!(best_loss(&features, &targets) >= levels.barrier);
        }
    }

    /// Where the rows of two samples are multiples of one, no network comes below the bound of the cone.
    #[test]
    fn parallel_rows_stay_above_the_bound(seed in 0u64..1 << 20, y in 1i32..20, z in 1i32..20, factor in 0i32..4) {
        let shape = ResidualShape { samples: 2, width: 2, blocks: 2, biases: false, stem: true };
        let mut draw = Draw::new("cone", seed, Twist::Generic);
        let targets = DMatrix::from_column_slice(2, 1, &[y, -z].map(Rational::from));
        let ResidualInstance { problem, from, .. } = residual_instance(&mut draw, &Activation::relu(), shape, Twist::Generic);
        let network = with_outputs(&from, 1);
        let found = fitted(&problem, &targets, &network).and_then(|fit| exchanged(&problem, &targets, &fit));
        let bound = Rational::from((y.min(z).pow(2), 2));
        if let Ok(found) = found {
            let levels = found.verify().map_err(|refused| TestCaseError::fail(refused.to_string()))?;
            prop_assert_eq!((levels.attained, &levels.barrier), (Rational::new(), &bound));
        }
        // The second neuron is a multiple of the first one.
        let mut parallel = network.clone();
        let stem = Arc::make_mut(parallel.stem.as_mut().unwrap());
        let first = stem.weight.column(0).map(|entry| entry * factor);
        stem.weight.set_column(1, &first);
        prop_assert!(best_loss(&features(&problem, &parallel), &targets) >= bound);
    }

    /// A vertex changed in one place: refused, or the path is still one on which the output runs straight.
    #[test]
    fn mutants_are_refused_or_true(seed in 0u64..1 << 20, at: prop::sample::Index, entry: prop::sample::Index) {
        let instance = instance(seed, &Activation::relu(), wide(3, 1, seed % 2 == 0), Twist::Generic);
        let mut path = path(&instance).unwrap();
        if path.moves.len() < 2 {
            return Ok(());
        }
        let at = at.index(path.moves.len() - 1);
        let ResidualMove::Line(to) = &mut path.moves[at] else { panic!("lines alone") };
        change(to, entry);
        if let Verdict::Valid(statement) = path.prove(Claim::Connected, &instance.problem, None).1 {
            prop_assert_eq!(statement.conclusion, Conclusion::Connected);
            let proof = prove_residual(&instance, &path);
            prop_assert!(proof.is_ok(), "{:?}", proof);
        }
    }
}

/// The network with a head of 0 for so many outputs.
fn with_outputs(network: &Residual<Rational>, outputs: usize) -> Residual<Rational> {
    let zeros = |rows| DMatrix::from_element(rows, outputs, Rational::new());
    let bias = network.head.bias.as_ref().map(|_| zeros(1));
    Residual { head: Arc::new(Dense { weight: zeros(network.width()), bias }), ..network.clone() }
}

/// The network with its second neuron made the first one: in the stem and in what each block adds.
fn twins(network: &Residual<Rational>) -> Residual<Rational> {
    let twin = |layer: &mut Arc<Dense<Rational>>| {
        let Dense { weight, bias } = Arc::make_mut(layer);
        for matrix in std::iter::once(weight).chain(bias) {
            let first = matrix.column(0).into_owned();
            matrix.set_column(1, &first);
        }
    };
    let mut other = network.clone();
    other.stem.iter_mut().for_each(twin);
    other.blocks.iter_mut().for_each(|layers| layers.last_mut().into_iter().for_each(twin));
    other
}

/// What the head takes, with a column of ones if it has a bias.
fn features(problem: &ResidualProblem, network: &Residual<Rational>) -> DMatrix<Rational> {
    let pass = network.pass(&Exact, &problem.activation.import(&Exact), &problem.inputs);
    let last = pass.states.last().unwrap();
    if network.head.bias.is_some() { with_ones(&Exact, last) } else { last.clone() }
}

/// The least ½‖Ψ V − Y‖² over all V, by the normal equations on independent columns.
fn best_loss(features: &DMatrix<Rational>, targets: &DMatrix<Rational>) -> Rational {
    let half = |residual: &DMatrix<Rational>| {
        residual.iter().map(|entry| Rational::from(entry.square_ref())).sum::<Rational>() / 2u32
    };
    let columns = features.select_columns(&Exact.pivot_columns(features));
    if columns.ncols() == 0 {
        return half(targets);
    }
    let normal = Exact.product(&columns.transpose(), &columns);
    let best = Exact.solve(&normal, &Exact.product(&columns.transpose(), targets)).unwrap();
    half(&Exact.product(&columns, &best).zip_map(targets, |a, b| a - b))
}

/// Theorem B stops here: N = 1 and N = 2 with y = (1, −1), by hand.
#[test]
fn the_width_is_sharp_by_hand() {
    let dense = |rows, cols, entries: &[i32]| Dense { weight: integers(rows, cols, entries), bias: None };
    let network = |stem, u, v, w| Residual::new(Some(stem), vec![vec![u, v]], w).unwrap();
    let problem = ResidualProblem { activation: Activation::relu(), inputs: integers(1, 1, &[1]) };
    let one = network(dense(1, 1, &[1]), dense(1, 1, &[2]), dense(1, 1, &[0]), dense(1, 1, &[3]));
    // b = 1 there, and −1 at V = −1.
    let found = exchanged(&problem, &integers(1, 1, &[3]), &one).unwrap();
    assert_eq!(
        (&found.negative.blocks[0][1].weight, &found.negative.head.weight),
        (&integers(1, 1, &[-1]), &integers(1, 1, &[-3]))
    );
    assert_eq!(found.verify().unwrap(), Levels { attained: 0.into(), barrier: (9, 2).into() });
    // A branch that is never heard turns nothing.
    let deaf = network(dense(1, 1, &[1]), dense(1, 1, &[-2]), dense(1, 1, &[0]), dense(1, 1, &[3]));
    assert_eq!(exchanged(&problem, &integers(1, 1, &[3]), &deaf), Err(NotSeparated::Singular));
    // y = (1, −1) at e_1, e_2: rank Y = 1, and the cone; with two samples more the same two are used.
    let two = network(dense(2, 2, &[1, 0, 0, 1]), dense(2, 1, &[1, -1]), dense(1, 2, &[1, 0]), dense(2, 1, &[0, 0]));
    let problem = ResidualProblem { activation: Activation::relu(), inputs: integers(2, 2, &[1, 0, 0, 1]) };
    let targets = integers(2, 1, &[1, -1]);
    let fit = fitted(&problem, &targets, &two).unwrap();
    let found = exchanged(&problem, &targets, &fit).unwrap();
    assert_eq!(found.verify().unwrap(), Levels { attained: 0.into(), barrier: (1, 2).into() });
    let more = ResidualProblem { inputs: integers(3, 2, &[1, 0, 0, 1, -1, -1]), ..problem.clone() };
    let found = exchanged(&more, &integers(3, 1, &[1, -1, 0]), &fit).unwrap();
    assert!(matches!(found.separator, Separator::Cone { samples: [0, 1], .. }));
    assert_eq!(found.verify().unwrap(), Levels { attained: 0.into(), barrier: (1, 2).into() });
    // Targets of one sign: here nothing is known of m = N.
    assert!(matches!(
        exchanged(&problem, &integers(2, 1, &[1, 1]), &fit),
        Err(NotSeparated::Targets { rank: 1, samples: 2 })
    ));
    let same = separate(&problem, &targets, &fit, &fit);
    assert_eq!(same, Err(NotSeparated::Signs { first: 1.into(), second: 1.into() }));
}

/// From W = 0, where a curve does not exist, three lines lead on.
#[test]
fn lines_leave_low_rank() {
    let shape = ResidualShape { samples: 3, width: 4, blocks: 1, biases: true, stem: false };
    let mut instance = instance(3, &Activation::relu(), shape, Twist::Generic);
    let last = instance.to.blocks[0].len() - 1;
    let ours = instance.from.blocks[0][..last].to_vec();
    instance.to.blocks[0][..last].clone_from_slice(&ours);
    let head = Arc::make_mut(&mut instance.from.head);
    head.weight.fill(Rational::new());
    let ResidualInstance { problem, from, to, loss } = &instance;
    assert_eq!(curves::connect(&Exact, problem, from, to, None), Err(NoCurve::NoLift));
    let path = connect_by_lines(&Exact, problem, from, to, None).unwrap();
    prove_residual(&instance, &path).unwrap();
    assert_eq!(connect_below(&Exact, problem, (loss, &Rational::new()), from, to), Ok(path));
}

/// The second neuron is twice the first one: added to it, it is not missed, and cut off it is.
#[test]
fn a_neuron_like_another_one_is_merged_for_nothing() {
    let shape = ResidualShape { samples: 5, width: 4, blocks: 2, biases: true, stem: true };
    let mut instance = instance(5, &"abs".parse().unwrap(), shape, Twist::Generic);
    let stem = Arc::make_mut(instance.from.stem.as_mut().unwrap());
    for layer in [&mut stem.weight, stem.bias.as_mut().unwrap()] {
        let twin = layer.column(0) * Rational::from(2);
        layer.set_column(1, &twin);
    }
    let ResidualInstance { problem, from, .. } = &instance;
    // What the first block and the head make of the stem's features.
    let heard = |emptied: Option<&Emptied>| {
        let mut network = from.clone();
        if let Some(Emptied { head, first, .. }) = emptied {
            assert!(
                [head, &first[0], &first[1]].iter().all(|layer| layer.weight.row(1).iter().all(|entry| *entry == 0))
            );
            network.head = Arc::new(head.clone());
            network.blocks.iter_mut().zip(first).for_each(|(layers, first)| layers[0] = Arc::new(first.clone()));
        }
        let pass = network.pass(&Exact, &problem.activation.import(&Exact), &problem.inputs);
        (pass.features[0].clone(), Exact.product(&pass.states[0], &network.head.weight))
    };
    let own = heard(None);
    assert_eq!(heard(Some(&Emptied::merged(from, &[1]).unwrap())), own);
    let cut = heard(Some(&Emptied::cut(from, &[1])));
    assert!(cut.0 != own.0 && cut.1 != own.1);
}

/// Two minima of loss 0 whose W are (1, 0) and (−1, 0): no step leaves them at 0, and with room there is a path, which the checker proves to
/// rise by no more.
#[test]
fn minima_of_low_rank_are_joined_by_a_small_rise() {
    let dense = |rows, columns, entries: &[i32]| Dense { weight: integers(rows, columns, entries), bias: None };
    let network = |v: [i32; 2], w: [i32; 2]| {
        Residual::new(None, vec![vec![dense(2, 1, &[1, 0]), dense(1, 2, &v)]], dense(2, 1, &w)).unwrap()
    };
    let problem = ResidualProblem { activation: Activation::relu(), inputs: integers(2, 2, &[1, 0, 1, 1]) };
    let loss = Loss::square(integers(2, 1, &[1, 1]));
    let (from, to) = (network([0, 0], [1, 0]), network([-2, 3], [-1, 0]));
    let mut excesses = vec![];
    for bits in [10, 40] {
        let rise = Rational::from(1) >> bits;
        let path = connect_below(&Exact, &problem, (&loss, &rise), &from, &to).unwrap();
        let mut found = Found::of(path, &problem, &loss);
        let excess = found.excess();
        assert!(found.claim == Claim::Barrier && excess > 0 && excess <= rise, "{excess}");
        let statement = match found.path.prove(Claim::Barrier, &problem, Some(&loss)).1 {
            Verdict::Valid(statement) => statement,
            refused => panic!("{refused}"),
        };
        let Conclusion::Barrier(bound) = &statement.conclusion else { panic!("{statement}") };
        assert_eq!(bound.to_string(), found.highest.to_string());
        // A hair less than the largest loss of a vertex.
        let ResidualMove::Bounded(_, bound) = &mut found.path.moves[0] else { panic!("a barrier has a bound") };
        *bound -= Rational::from(1) >> 200;
        assert!(matches!(found.path.prove(Claim::Barrier, &problem, Some(&loss)).1, Verdict::Invalid { .. }));
        excesses.push(excess);
    }
    assert!(excesses[1] < excesses[0]);
}

proptest! {
    #![proptest_config(cases!("residual", 40))]

    /// Theorem R's path by way of few neurons, a vertex or a bound changed in one place: refused, or what is proved is true at
    /// random points.
    #[test]
    fn mutants_of_bounded_paths_are_refused_or_true(
        seed in 0u64..1 << 20,
        at: prop::sample::Index,
        entry: prop::sample::Index,
        lower in 0u32..60,
    ) {
        let drawn = EmptiedInstance::new(&mut Draw::new("bounded", seed, Twist::Generic), Twist::Generic);
        let mut found = drawn.connect().map_err(|error| TestCaseError::fail(error.to_string()))?;
        let unchanged = drawn.verdict(&found);
        prop_assert!(matches!(unchanged, Verdict::Valid(_)), "{}", unchanged);
        let number = at.index(found.path.moves.len() - 1);
        match &mut found.path.moves[number] {
            ResidualMove::Bounded(_, bound) if seed % 2 == 0 => *bound -= Rational::from(1) >> lower,
            ResidualMove::Line(to) | ResidualMove::Curve(to, _) | ResidualMove::Bounded(to, _) => change(to, entry),
        }
        let Verdict::Valid(statement) = drawn.verdict(&found) else { return Ok(()) };
        let ResidualInstance { problem, from, to, loss } = &drawn.instance;
        let at = |network: &Residual<Rational>| loss.enclose(&output(problem, network)).lo().clone();
        let most = match statement.conclusion {
            Conclusion::Barrier(bound) => bound.to_string().parse::<Rational>().unwrap(),
            _ => at(from).max(at(to)),
        };
        for number in 0..found.path.moves.len() {
            for numer in [0, 31, 499_979, 999_983] {
                prop_assert!(at(&found.path.point(number, &Rational::from((numer, 1_000_003)))) <= most);
            }
        }
    }
}

/// Adds 1 to a weight.
fn change(network: &mut Residual<Rational>, entry: prop::sample::Index) {
    let mut layers: Vec<&mut Arc<Dense<Rational>>> =
        network.stem.iter_mut().chain(network.blocks.iter_mut().flatten()).chain([&mut network.head]).collect();
    let layer = entry.index(layers.len());
    let weight = &mut Arc::make_mut(layers[layer]).weight;
    let place = entry.index(weight.len());
    weight[place] += 1;
}

/// A head that is changed at a vertex is seen: the output leaves the segment, unless the neuron's features are zero.
#[test]
fn a_changed_head_is_refused() {
    let mut refused = 0;
    for seed in 0..10 {
        let instance = instance(seed, &Activation::relu(), wide(3, 1, true), Twist::Generic);
        let mut path = path(&instance).unwrap();
        let middle = path.moves.len() / 2;
        let ResidualMove::Line(to) = &mut path.moves[middle] else { panic!("lines alone") };
        Arc::make_mut(&mut to.head).bias.as_mut().unwrap()[0] += 1;
        refused += usize::from(!matches!(path.prove(Claim::Connected, &instance.problem, None).1, Verdict::Valid(_)));
    }
    assert_eq!(refused, 10);
}

/// Below the least width of one block the theorem does not apply, and says so with its numbers.
#[test]
fn a_neuron_less_is_refused() {
    for (samples, biases) in [(1, false), (3, false), (3, true), (5, true)] {
        let needed = least_width(samples, 1, biases);
        let shape = ResidualShape { width: needed - 1, ..wide(samples, 1, biases) };
        let instance = instance(1, &Activation::relu(), shape, Twist::Generic);
        let expected = NoPath::TooNarrow { width: needed - 1, needed, samples, blocks: 1 };
        assert_eq!(path(&instance), Err(expected));
    }
}

/// Equal samples count once, and the certificate is about all of them.
#[test]
fn equal_samples_count_once() {
    let mut instance = instance(4, &Activation::relu(), wide(3, 1, true), Twist::Generic);
    let first = instance.problem.inputs.row(0).into_owned();
    instance.problem.inputs = instance.problem.inputs.clone().insert_row(3, Rational::new());
    instance.problem.inputs.set_row(3, &first);
    let targets =
        nalgebra::DMatrix::from_fn(4, instance.from.outputs(), |i, j| Rational::from((i as i32 - j as i32, 3)));
    instance.loss = sublevel::network::Loss::square(targets);
    let path = path(&instance).unwrap();
    let proof = prove_residual(&instance, &path).unwrap();
    assert!(proof.moves > 0);
    // Four different samples are too many.
    instance.problem.inputs[(3, 1)] += 1;
    assert!(matches!(self::path(&instance), Err(NoPath::TooNarrow { needed: 4, samples: 4, .. })));
}

/// What doubles make of the same construction: where it comes to its end it strays little on a plain instance.
#[test]
fn doubles_stray() {
    let mut worst: f64 = 0.0;
    for seed in 0..10 {
        let instance = instance(seed, &Activation::relu(), wide(3, 1, true), Twist::Generic);
        let ResidualInstance { problem, from, to, loss } = &instance;
        let path = connect(&Double, problem, from, to).ok().and_then(|path| path.to_exact());
        let strayed = path.map(|path| stray(problem, loss, &path).to_f64());
        worst = worst.max(strayed.unwrap_or(f64::INFINITY));
        assert_eq!(stray(problem, loss, &self::path(&instance).unwrap()), 0);
    }
    // Not 0: the floats are told from the exact path.
    assert!(worst > 0.0 && worst < 1e-6, "{worst:e}");
}

#[test]
fn what_is_built() {
    let mut text = String::new();
    for (name, shape) in [
        ("one block, no biases, N = 3", wide(3, 1, false)),
        ("one block, biases, N = 3", wide(3, 1, true)),
        ("two blocks, biases, N = 2", wide(2, 2, true)),
    ] {
        let instance = instance(7, &Activation::relu(), shape, Twist::Generic);
        text += &format!("{name}\n{}", residual_outline(&path(&instance).unwrap()));
    }
    let shape = ResidualShape { samples: 3, width: 4, blocks: 1, biases: true, stem: false };
    let instance = instance(7, &Activation::relu(), shape, Twist::Generic);
    let ResidualInstance { problem, from, to, .. } = &instance;
    let path = sublevel::statement::residual::curves::connect(&Exact, problem, from, to, None).unwrap();
    prove_residual(&instance, &path).unwrap();
    text += &format!("no stem, two branches, N = 3\n{}", residual_outline(&path));
    let path = connect_by_lines(&Exact, problem, from, to, None).unwrap();
    prove_residual(&instance, &path).unwrap();
    text += &format!("no stem, two branches, N = 3, by lines\n{}", residual_outline(&path));
    let drawn = EmptiedInstance::new(&mut Draw::new("built", 7, Twist::Generic), Twist::Generic);
    let found = drawn.connect().unwrap();
    text += &format!("by way of few neurons, {}: {}\n{}", found.claim, found.highest, residual_outline(&found.path));
    snapshot::assert_snapshot("residual", &text);
}

//! Paths for one loss: trained chains and short paths, proved by the checker, and what is not there refused.

use nalgebra::DMatrix;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rug::Rational;
use std::path::Path;
use std::sync::Arc;
use sublevel::barrier::{Below, Budget, Certifying, Task, below, certified_barrier, end_losses};
use sublevel::certificate::{Claim, Limit, Limits, Reader};
use sublevel::chain::{
    Ends, Matching, Options, Setting, Short, align, certified_short, permuted, short, train, with_margin,
};
use sublevel::checker::{Conclusion, Expected, LossName, Scope, Verdict, check};
use sublevel::example::{conclusion, integers, network};
use sublevel::linalg::{Double, Exact};
use sublevel::network::{
    Activation, Criterion, DataSet, Inputs, Loss, LossKind, Nonlinearity, Parameters, Targets, forward, read_data,
    read_network,
};
use sublevel::path::{Move, changes_between, problem_record, read_path, write_path};
use sublevel::prelude::prove;
use sublevel::statement::{Problem, connect};

/// A carried pair and its loss.
struct Pair {
    activation: Nonlinearity,
    inputs: Inputs,
    loss: Loss,
    ends: [Parameters<Rational>; 2],
    data: DataSet,
}

impl Pair {
    fn new(name: &str, activation: &str, data: &str, kind: LossKind) -> Self {
        let file = |name: &str| Path::new("tests/data/digits").join(name);
        let ends = ["a", "b"].map(|end| read_network(&file(&format!("{name}-{end}.safetensors"))).unwrap());
        let data = read_data(&file(data)).unwrap();
        let loss = Loss::from_data(kind, &data, 10).unwrap();
        Pair { activation: activation.parse().unwrap(), inputs: data.inputs.clone(), loss, ends, data }
    }

    fn pyramid() -> Self {
        Pair::new("pyramid-32", "leaky-relu=0.01", "digits-32.npz", LossKind::CrossEntropy)
    }

    fn wide(kind: LossKind) -> Self {
        Pair::new("wide-64", "leaky-relu=0.01", "digits-64.npz", kind)
    }

    /// σ, if it is piecewise linear.
    fn pieces(&self) -> &Activation {
        self.activation.piecewise_linear().unwrap()
    }

    fn setting(&self) -> Setting<'_> {
        Setting { activation: &self.activation, inputs: &self.inputs, loss: &self.loss }
    }

    fn ends(&self) -> [&Parameters<Rational>; 2] {
        self.ends.each_ref()
    }

    fn task<'t>(&'t self, networks: &[&'t Parameters<Rational>]) -> Task<'t> {
        Task::chain(&self.activation, &self.inputs, &self.loss, networks).unwrap()
    }

    /// A lower bound of the larger end.
    fn top(&self) -> f64 {
        let losses = end_losses(&self.task(&self.ends()));
        losses[0].lower.max(losses[1].lower)
    }

    /// A pair of random networks of these widths, and the square loss with random targets.
    fn random(seed: u64, widths: &[usize], samples: usize, activation: &str) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut matrix = |rows, columns, den| {
            DMatrix::from_fn(rows, columns, |_, _| Rational::from((random.random_range(-64i32..=64), den)))
        };
        let inputs = Inputs::from(matrix(samples, widths[0], 32));
        let targets = matrix(samples, widths[widths.len() - 1], 32);
        let mut network = || {
            let layers = widths.windows(2).map(|pair| matrix(pair[0] + 1, pair[1], 64)).collect();
            Parameters::new(layers).unwrap()
        };
        let ends = [network(), network()];
        let loss = Loss::new(Criterion::Square(targets)).unwrap();
        let data = DataSet { inputs: inputs.clone(), targets: Targets::None };
        Pair { activation: activation.parse().unwrap(), inputs, loss, ends, data }
    }

    /// One hidden layer: the last layer of an end becomes one of which the outputs are this share of the targets, where the features
    /// have the rank for it.
    fn fit_last_layer(&mut self, end: usize, share: f64) {
        let Criterion::Square(targets) = self.loss.criterion() else { panic!("{}", self.loss) };
        let (activation, inputs) = (self.pieces().import(&Double), self.inputs.exact().map(|x| x.to_f64()));
        let pass = forward(&Double, &activation, &inputs, &self.ends[end].import(&Double)).unwrap();
        let outputs = targets.map(|target| share * target.to_f64());
        let last = pass.features[pass.features.len() - 1].clone().svd(true, true).solve(&outputs, 1e-9).unwrap();
        let depth = self.ends[end].depth();
        self.ends[end].set_layer(depth, Arc::new(last.map(|x| Rational::from_f64(x).unwrap())));
    }

    /// A short path below this, which there is: the networks between its lines, and the losses of the refits.
    fn short(&self, goal: f64, progress: &mut dyn FnMut([f64; 2]) -> bool) -> (Vec<Parameters<Rational>>, [f64; 2]) {
        let Short { networks, refits } = short(&self.setting(), self.ends(), goal, 0, progress);
        (networks.unwrap_or_else(|| panic!("{refits:?}, {goal}")), refits)
    }

    /// The checker's verdict on the lines from end to end through these networks.
    fn lines(&self, between: &[Parameters<Rational>]) -> Verdict {
        let [from, to] = self.ends();
        let whole: Vec<_> = [from].into_iter().chain(between).chain([to]).collect();
        self.verdict(&whole, &vec![None; between.len() + 1])
    }

    /// The checker's verdict on the path through these networks: bounded moves where there is a bound, lines elsewhere.
    fn verdict(&self, networks: &[&Parameters<Rational>], bounds: &[Option<Rational>]) -> Verdict {
        let moves = networks.windows(2).zip(bounds).map(|(pair, bound)| {
            let changes = changes_between(pair[0], pair[1]);
            bound
                .clone()
                .map_or_else(|| Move::Line(changes.clone()), |bound| Move::Bounded(changes.clone(), bound, None))
        });
        let path = sublevel::path::Path { start: networks[0].clone(), moves: moves.collect() };
        let problem = Problem::new(self.pieces().clone(), &self.data, &self.ends[0]);
        prove(&problem, Claim::Connected, Some(&self.loss), &path).1
    }
}

fn is_single(number: &Rational) -> bool {
    f64::from(number.to_f64() as f32) == *number
}

/// Leaves so many neurons of the one hidden layer, from `first` on around, as they are; the others become dead ones and
/// copies of these by turns. They are so much less far apart than they were.
fn collapse(network: &mut Parameters<Rational>, live: usize, first: usize, spread: &Rational) {
    let mut layer = DMatrix::clone(network.layer(1));
    let (bias, width) = (layer.nrows() - 1, layer.ncols());
    let centre = layer.column(first).into_owned();
    for mut column in layer.column_iter_mut() {
        column.zip_apply(&centre, |x, centre| *x = (x.clone() - &centre) * spread + &centre);
    }
    for i in live..width {
        let neuron = (first + i) % width;
        if i % 2 == 0 {
            layer.column_mut(neuron).fill(Rational::new());
            layer[(bias, neuron)] = Rational::from(-1);
        } else {
            let original = layer.column((first + i - live) % width).into_owned();
            layer.set_column(neuron, &original);
        }
    }
    network.set_layer(1, Arc::new(layer));
}

fn is_connected(verdict: &Verdict, name: LossName) -> bool {
    matches!(verdict, Verdict::Valid(statement) if statement.conclusion == Conclusion::Connected
        && statement.scope == Scope::Loss { name, weighted: false, substituted: false })
}

#[test]
fn the_last_layer_alone_gives_a_margin_and_moves_alone() {
    for pair in [Pair::pyramid(), Pair::wide(LossKind::Square), Pair::wide(LossKind::MeanSquare)] {
        for end in pair.ends() {
            let lowered = with_margin(&pair.setting(), end);
            let [before, after] = end_losses(&pair.task(&[end, &lowered]));
            assert!(after.upper < before.lower, "{}: {after} from {before}", pair.loss);
            assert_eq!(changes_between(end, &lowered).keys().collect::<Vec<_>>(), [&end.depth()]);
        }
    }
}

/// Trained on the cross-entropy, both networks have a hinge loss of 0, below which there is nothing.
#[test]
fn where_nothing_is_below_the_network_stays() {
    let pair = Pair::wide(LossKind::Hinge);
    for end in pair.ends() {
        assert_eq!(with_margin(&pair.setting(), end), *end);
    }
}

#[test]
fn a_trained_chain_is_proved_below_the_larger_end() {
    let pair = Pair::pyramid();
    let margins = pair.ends().map(|end| with_margin(&pair.setting(), end));
    let top = pair.top();
    let options = Options { bends: 2, steps: 200, seed: 3 };
    let mut told = Vec::new();
    let trained = train(&pair.setting(), [&margins[0], &margins[1]], top, options, &mut |step| {
        told.push(step);
        true
    });
    let trained = trained.unwrap();
    assert_eq!(trained.bends.len(), 2);
    assert_eq!(told[0].steps, 0);
    assert!(told.windows(2).all(|pair| pair[1].maximum <= pair[0].maximum), "the best so far: {told:?}");
    assert!(trained.end.maximum < top && told[0].maximum > top, "training did something: {told:?}");
    let knots = [&margins[0], &trained.bends[0], &trained.bends[1], &margins[1]];
    let goal = Rational::from_f64(top.next_down()).unwrap();
    let budget = Budget { evaluations: 10_000, progress: &mut |_, _, _| {} };
    assert!(matches!(below(&pair.task(&knots), &goal, budget), Below::Proved { .. }));
    let whole = [&[pair.ends()[0]], &knots[..], &[pair.ends()[1]]].concat();
    let bound = Some(goal.clone());
    let verdict = pair.verdict(&whole, &[None, bound.clone(), bound.clone(), bound.clone(), None]);
    assert!(is_connected(&verdict, LossName::CrossEntropy), "{verdict}");
    // The straight line in place of the chain is not below; nor is the chain below a fifth of the larger end.
    let straight = pair.verdict(&[whole[0], whole[1], whole[4], whole[5]], &[None, bound, None]);
    assert!(matches!(straight, Verdict::Invalid { record: 4, .. }), "{straight}");
    let low = Some(goal / 5u32);
    let low = pair.verdict(&whole, &[None, low.clone(), low.clone(), low, None]);
    assert!(matches!(low, Verdict::Invalid { .. }), "{low}");
}

#[test]
fn training_gives_the_same_chain_again_and_stops_when_it_is_told() {
    let pair = Pair::pyramid();
    let options = Options { bends: 1, steps: 60, seed: 1 };
    let chain = |seed, stop: usize| {
        let options = Options { seed, ..options };
        train(&pair.setting(), pair.ends(), 0.0, options, &mut |step| step.steps < stop).unwrap()
    };
    let (one, two) = (chain(1, 1000), chain(1, 1000));
    assert_eq!((&one.bends, one.end), (&two.bends, two.end));
    assert_ne!(one.bends, chain(2, 1000).bends);
    // Stopped at once, it is the middle of the straight line.
    let middle = chain(1, 0).bends.remove(0);
    assert!(chain(1, 0).end.steps == 0 && middle != one.bends[0]);
    let half = |a: &Rational, b: &Rational| Rational::from(a + b).to_f64() / 2.0;
    let [a, b] = pair.ends().map(|end| end.layer(2));
    let close =
        a.iter().zip(b.iter()).zip(middle.layer(2).iter()).all(|((a, b), c)| (half(a, b) - c.to_f64()).abs() < 1e-6);
    assert!(close);
}

#[test]
fn short_paths_are_proved_for_every_loss() {
    let kinds = [
        (LossKind::CrossEntropy, LossName::CrossEntropy),
        (LossKind::Square, LossName::Square),
        (LossKind::MeanSquare, LossName::MeanSquare),
    ];
    for (kind, name) in kinds {
        let pair = Pair::wide(kind);
        let top = pair.top();
        let networks = pair.short(top, &mut |_| true).0;
        let verdict = pair.lines(&networks);
        assert!(is_connected(&verdict, name), "{verdict}");
        // Every number is of single precision.
        assert!(networks.iter().flat_map(Parameters::layers).flat_map(|layer| layer.iter()).all(is_single));
        // Without the first refit the output is not affine, or a vertex is above: no proof.
        let verdict = pair.lines(&networks[1..]);
        assert!(matches!(verdict, Verdict::Invalid { .. }), "{verdict}");
    }
}

/// Two, three and four hidden layers, some of an odd number of neurons: every line has a constant or an affine output,
/// whatever the features are, so that the losses of the refits prove the path.
#[test]
fn deeper_networks_are_joined_layer_by_layer() {
    for (seed, widths) in
        (0..).zip([&[4, 12, 12, 2][..], &[4, 13, 12, 3], &[3, 12, 11, 12, 2], &[4, 16, 10, 10, 10, 2]])
    {
        let pair = Pair::random(seed, widths, 12, "leaky-relu=0.25");
        let top = pair.top();
        let (networks, refits) = pair.short(top, &mut |_| true);
        let hidden = widths.len() - 2;
        assert_eq!(networks.len() + 1, 2 * hidden * (hidden + 1) + 1, "{widths:?}");
        assert!(refits.iter().all(|&refit| refit < top), "{refits:?}, {top}");
        for pair in [pair.ends()[0]].into_iter().chain(&networks).collect::<Vec<_>>().windows(2) {
            assert_eq!(changes_between(pair[0], pair[1]).len(), 1, "one layer a line");
        }
        let verdict = pair.lines(&networks);
        assert!(is_connected(&verdict, LossName::Square), "{verdict}");
        // Neurons that are not dead cannot be rebuilt: one line left out is one too few.
        for left_out in [1, networks.len() / 2] {
            let mut fewer = networks.clone();
            fewer.remove(left_out);
            let verdict = pair.lines(&fewer);
            assert!(matches!(verdict, Verdict::Invalid { .. }), "{verdict}");
        }
    }
}

/// At widths of 2N each half has features of rank N, and every refit is as good as what it replaces: at once. At widths of N
/// no half is good enough.
#[test]
fn halves_of_twice_the_samples_do_what_whole_layers_do() {
    let samples = 10;
    for seed in 0..6 {
        for (width, attempts) in [(2 * samples, 0), (samples, 5)] {
            let mut pair = Pair::random(seed, &[6, width, width, 2], samples, "leaky-relu=0.25");
            (0..2).for_each(|end| pair.fit_last_layer(end, 0.9));
            let mut told = Vec::new();
            let found = short(&pair.setting(), pair.ends(), pair.top(), 0, &mut |refits| {
                told.push(refits);
                true
            });
            assert_eq!((told.len(), found.networks.is_none()), (attempts, attempts > 0), "{told:?}, {}", pair.top());
            if let Some(networks) = found.networks {
                let verdict = pair.lines(&networks);
                assert!(is_connected(&verdict, LossName::Square), "{verdict}");
            }
        }
    }
}

/// Half of one neuron is none: the biases alone are better than these random networks.
#[test]
fn layers_of_one_neuron_are_left_out() {
    for widths in [&[3, 1, 2][..], &[3, 4, 1, 2], &[3, 1, 1, 2]] {
        let pair = Pair::random(1, widths, 6, "relu");
        let networks = pair.short(pair.top(), &mut |_| true).0;
        let verdict = pair.lines(&networks);
        assert!(is_connected(&verdict, LossName::Square), "{widths:?}: {verdict}");
    }
}

/// N − 1 live neurons at a width of 2N − 2, mostly the same ones in both networks; the others are dead or copies. No half has
/// enough of them; pivots do.
#[test]
fn pivots_join_networks_whose_halves_are_short_of_rank() {
    let samples = 9;
    for seed in 0..8 {
        let mut pair = Pair::random(seed, &[samples - 1, 2 * samples - 2, 2], samples, "leaky-relu=0.25");
        // Wide apart, or all of them nearly the same.
        let spread = Rational::from((1, if seed % 2 == 0 { 1 } else { 512 }));
        for end in 0..2 {
            collapse(&mut pair.ends[end], samples - 1, seed as usize + 3 * end, &spread);
            pair.fit_last_layer(end, 0.9);
        }
        let mut told = 0;
        let mut count = |_| {
            told += 1;
            true
        };
        let (networks, _) = pair.short(pair.top(), &mut count);
        assert_eq!(told, 4, "no half is enough");
        // Where a copy is there already a line less.
        assert!([6, 7].contains(&(networks.len() + 1)), "{}", networks.len() + 1);
        let verdict = pair.lines(&networks);
        assert!(is_connected(&verdict, LossName::Square), "{verdict}");
    }
}

/// 16 neurons: 12 that A cannot do without, and 4 of B's. With 5 of B's there is one neuron too few.
#[test]
fn pivots_take_as_many_neurons_as_the_ranks_ask_for() {
    for seed in 0..4 {
        for (live, found) in [(4, true), (5, false)] {
            let mut pair = Pair::random(seed, &[12, 16, 2], 13, "leaky-relu=0.25");
            for (end, live) in [12, live].into_iter().enumerate() {
                collapse(&mut pair.ends[end], live, seed as usize, &Rational::from(1));
            }
            // Targets that both can have.
            let pass = forward(&Exact, &pair.pieces().import(&Exact), &pair.inputs.exact(), &pair.ends[1]).unwrap();
            pair.loss = Loss::new(Criterion::Square(pass.output().clone())).unwrap();
            (0..2).for_each(|end| pair.fit_last_layer(end, 0.99));
            let short = short(&pair.setting(), pair.ends(), pair.top(), 0, &mut |_| true);
            assert_eq!(short.networks.is_some(), found, "{:?}, {}", short.refits, pair.top());
            if let Some(networks) = short.networks {
                let verdict = pair.lines(&networks);
                assert!(is_connected(&verdict, LossName::Square), "{verdict}");
            }
        }
    }
}

/// Targets of sum 0, and a network that is zero everywhere: no last layer is better for its features, which are zero as
/// well, and it is the larger end. The theorem's path needs no margin.
#[test]
fn without_a_margin_there_is_no_short_path() {
    let mut pair = Pair::random(0, &[8, 16, 1], 9, "relu");
    pair.loss = Loss::new(Criterion::Square(integers(9, 1, &[1, -1, 2, -2, 3, -3, 4, -4, 0]))).unwrap();
    pair.ends[0] = network(&[8, 16, 1], &[&[0; 9 * 16], &[0; 17]]);
    for _ in 0..10 {
        pair.ends[1] = with_margin(&pair.setting(), &pair.ends[1]);
    }
    let top = pair.top();
    assert!(top > 29.9, "{top}");
    assert_eq!(with_margin(&pair.setting(), &pair.ends[0]), pair.ends[0]);
    let found = short(&pair.setting(), pair.ends(), top, 0, &mut |_| true);
    assert!(found.networks.is_none() && found.refits[0] >= top && found.refits[1] < top, "{:?}, {top}", found.refits);
    let problem = Problem::new(pair.pieces().clone(), &pair.data, &pair.ends[0]);
    let exact = connect(&Exact, &problem, &pair.ends[0], &pair.ends[1], None).unwrap();
    assert_eq!(conclusion(&problem, Claim::Connected, None, &exact.path), Ok(Conclusion::Connected));
}

#[test]
fn halves_that_are_too_narrow_are_said_with_their_losses() {
    let pair = Pair::new("narrow-64", "leaky-relu=0.01", "digits-64.npz", LossKind::CrossEntropy);
    let mut told = Vec::new();
    let goal = 1e-12;
    let found = short(&pair.setting(), pair.ends(), goal, 0, &mut |refits| {
        told.push(refits);
        true
    });
    assert!(found.networks.is_none());
    assert_eq!(told.len(), 5, "four times halves, and pivots");
    assert!(told.contains(&found.refits) && found.refits.iter().any(|&refit| refit >= goal), "{told:?}");
}

/// A permuted copy is put back, exactly, by either similarity; and what comes out is the same function, whatever it is.
#[test]
fn aligned_networks_are_the_same_function() {
    let pair = Pair::pyramid();
    let [from, to] = pair.ends();
    let reversed = |width: usize| (0..width).rev().collect::<Vec<_>>();
    let other = permuted(from, &[reversed(64), reversed(16)]);
    assert_ne!(other, *from);
    let output = |network: &Parameters<Rational>| {
        let inputs = pair.inputs.exact();
        forward(&Exact, &pair.pieces().import(&Exact), &inputs, network).unwrap().output().clone()
    };
    assert_eq!(output(&other), output(from));
    for matching in [Matching::Weights, Matching::Activations] {
        assert_eq!(align(&pair.activation, &pair.inputs, from, &other, matching).network, *from, "{matching:?}");
        let aligned = align(&pair.activation, &pair.inputs, from, to, matching);
        assert_ne!(aligned.network, *to);
        assert_eq!(output(&aligned.network), output(to), "{matching:?}");
        assert_eq!(permuted(to, &aligned.orders), aligned.network);
        let mut sorted = aligned.orders.clone();
        sorted.iter_mut().for_each(|order| order.sort_unstable());
        assert_eq!(sorted, [(0..64).collect::<Vec<_>>(), (0..16).collect()]);
    }
}

/// Lines leave out the columns that stay where these are many numbers, and the same path is read from them.
#[test]
fn columns_that_stay_are_not_written() {
    for (widths, are_many) in [([500, 400, 2], true), ([50, 40, 2], false)] {
        let pair = Pair::random(1, &widths, 3, "relu");
        let Short { networks: Some(networks), .. } = short(&pair.setting(), pair.ends(), pair.top(), 0, &mut |_| true)
        else {
            panic!("three samples, {} neurons", widths[1])
        };
        let whole: Vec<_> = [&pair.ends[0]].into_iter().chain(&networks).chain([&pair.ends[1]]).collect();
        let moves = whole.windows(2).map(|pair| Move::Line(changes_between(pair[0], pair[1]))).collect();
        let path = sublevel::path::Path { start: pair.ends[0].clone(), moves };
        let header =
            problem_record(Claim::Connected, "short", pair.pieces(), &pair.inputs.exact(), &widths, Some(&pair.loss));
        let mut bytes = vec![];
        write_path(&mut bytes, header, &path, |_| {}).unwrap();
        let text = std::str::from_utf8(&bytes).unwrap();
        assert_eq!((text.contains("\"columns\":["), text.contains("\"version\":3")), (are_many, are_many));
        let (problem, read) = read_path(&mut Reader::new(&bytes[..])).unwrap();
        assert_eq!((problem.columns, read == path), (are_many, true));
        // Of layer 1 there are the start and two halves, and not three times all.
        let numbers = widths[0] * widths[1];
        let written: usize = text.matches(',').count();
        assert_eq!(written < numbers * 5 / 2, are_many, "{written} of {numbers}");
        let verdict = check(Reader::new(&bytes[..]), &Expected::default(), &mut |_| {});
        assert!(matches!(verdict, Verdict::Valid(_)), "{verdict}");
    }
}

/// The straight line between both ends with the bound and the pieces that the search finds, as it is written.
fn barrier_of(pair: &Pair) -> (Vec<u8>, sublevel::path::Path<Rational>) {
    let task = pair.task(&pair.ends());
    let tolerance = end_losses(&task)[0].upper * 1e-3;
    let certifying = Certifying { pieces: true, expected: &mut |_, _| {} };
    let budget = Budget { evaluations: 20_000, progress: &mut |_, _, _| {} };
    let (found, pieces) = certified_barrier(&task, tolerance, budget, certifying).unwrap();
    let bound = Rational::from_f64(found.maximum.upper).unwrap();
    let [from, to] = pair.ends();
    let step = Move::Bounded(changes_between(from, to), bound, Some(pieces.unwrap()[0].clone()));
    let path = sublevel::path::Path { start: from.clone(), moves: vec![step] };
    let widths = from.widths();
    let header =
        problem_record(Claim::Barrier, "barrier", pair.pieces(), &pair.inputs.exact(), &widths, Some(&pair.loss));
    let mut bytes = vec![];
    write_path(&mut bytes, header, &path, |_| {}).unwrap();
    (bytes, path)
}

/// What the search bounds in doubles the checker sees on the same pieces in words, of networks that are large; of small ones the
/// file is what it was, and the checker finds its own.
#[test]
fn pieces_of_large_networks_are_listed() {
    for (seed, widths, activation) in
        [(1, &[6, 40, 40, 3][..], "relu"), (2, &[5, 24, 24, 24, 2], "leaky-relu=1/10"), (3, &[4, 300, 6], "abs")]
    {
        for (samples, are_listed) in [(900, true), (30, false)] {
            let (bytes, path) = barrier_of(&Pair::random(seed, widths, samples, activation));
            let text = std::str::from_utf8(&bytes).unwrap();
            let version = if are_listed { "\"version\":3" } else { "\"version\":2" };
            assert_eq!((text.contains("\"pieces\":["), text.contains(version)), (are_listed, true));
            let (problem, read) = read_path(&mut Reader::new(&bytes[..])).unwrap();
            assert_eq!((problem.pieces, read == path), (are_listed, are_listed));
            let verdict = |text: &str| check(Reader::new(text.as_bytes()), &Expected::default(), &mut |_| {});
            assert!(matches!(verdict(text), Verdict::Valid(_)), "{activation}, {samples}: {}", verdict(text));
            if let Some(from) = text.find("\"pieces\":[") {
                // They are enough: within their products it is proved, and not on pieces that the checker would have to find.
                let list = &text[from..from + text[from..].find(']').unwrap()];
                let pass: usize = widths[1..].windows(2).map(|pair| pair[0] * pair[1]).sum::<usize>() * samples;
                let mut limits = Limits::default();
                limits.set(Limit::Products, (pass * list.split(',').count()) as u64);
                let within = |text: &str| {
                    check(Reader::with_limits(limits.clone(), text.as_bytes()), &Expected::default(), &mut |_| {})
                };
                assert!(matches!(within(text), Verdict::Valid(_)), "{list}: {}", within(text));
                let one = within(&text.replace(list, "\"pieces\":[0"));
                assert!(matches!(one, Verdict::Incomplete { record: 3, .. }), "{one}");
            }
        }
    }
}

/// Where both ends have the same features and the refits of both are the first end, one line is the whole path.
#[test]
fn a_short_path_may_be_one_line() {
    let mut pair = Pair::random(1, &[2, 6, 1], 3, "relu");
    pair.loss = Loss::new(Criterion::Square(DMatrix::from_element(3, 1, Rational::new()))).unwrap();
    pair.ends[0] = pair.ends[1].clone();
    pair.ends[0].set_layer(2, Arc::new(DMatrix::from_element(7, 1, Rational::new())));
    let ends = Ends { setting: pair.setting(), networks: &pair.ends, memory: u64::MAX };
    let found = certified_short(&ends, 0, &mut |_| true).unwrap();
    assert_eq!(found.path.moves.len(), 1);
    let problem = Problem::new(pair.pieces().clone(), &pair.data, &pair.ends[0]);
    let (_, verdict) = prove(&problem, Claim::Connected, Some(&pair.loss), &found.path);
    // One line of outputs that run straight: for every convex loss.
    assert!(matches!(verdict, Verdict::Valid(_)), "{verdict}");
}

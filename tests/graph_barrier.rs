//! The certified barrier of convolutional networks against the loss at many points, in floats of 128 bits.

use nalgebra::DMatrix;
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rug::Rational;
use sublevel::barrier::{
    Barrier, BoundedPath, Budget, Certifying, GraphTask, Region, Task, TaskError, barrier, certified_barrier,
    end_losses, envelope, samples,
};
use sublevel::certificate::graph::{BlockRecord, BlockRule, GraphRecord, Pool, Windows};
use sublevel::certificate::{ActivationRecord, Fraction};
use sublevel::linalg::{Kernel, Multiprecision};
use sublevel::network::{Criterion, GraphLayer, GraphNetwork, Inputs, Loss, Nonlinearity, Parameters};
use sublevel::path::to_nonlinearity;

fn windows(image: [usize; 3], kernel: usize, stride: usize, padding: usize) -> Windows {
    Windows { image, planes: false, kernel: [kernel; 2], stride: [stride; 2], padding: [padding; 4] }
}

fn filters(from: usize, over: Option<Windows>, filters: usize, tied: bool, activation: &str) -> BlockRecord {
    let activation = to_nonlinearity(&activation.parse::<Nonlinearity>().unwrap());
    let patches = over.map(Into::into);
    BlockRecord { from: vec![from], patches, rule: BlockRule::Filters { filters, tied, activation } }
}

fn pool(from: usize, over: Windows, pool: Pool) -> BlockRecord {
    BlockRecord { from: vec![from], patches: Some(over.into()), rule: BlockRule::Pool { pool } }
}

fn sum(from: &[usize], activation: &str) -> BlockRecord {
    let activation = to_nonlinearity(&activation.parse::<Nonlinearity>().unwrap());
    BlockRecord { from: from.to_vec(), patches: None, rule: BlockRule::Sum { activation } }
}

fn normalise(from: usize, channels: usize) -> BlockRecord {
    let rule = BlockRule::Normalise { normalise: channels, epsilon: Fraction::new("1/100").unwrap() };
    BlockRecord { from: vec![from], patches: None, rule }
}

/// Two convolutions with pools between, a dense layer, two outputs.
fn lenet(activation: &str, kind: Pool, tied: bool) -> GraphRecord {
    let first = Windows { planes: true, ..windows([2, 5, 4], 3, 1, 1) };
    let blocks = vec![
        filters(0, Some(first), 3, tied, "identity"),
        pool(1, windows([3, 5, 4], 2, 2, 0), kind),
        sum(&[2], activation),
        filters(3, Some(windows([3, 2, 2], 2, 1, 1)), 2, tied, activation),
        pool(4, windows([2, 3, 3], 2, 1, 0), kind),
        filters(5, None, 3, false, activation),
    ];
    GraphRecord { inputs: 40, blocks, skips: vec![[6, 0], [6, 1], [6, 2], [0, 7]], outputs: 3, bias: true }
}

/// A residual block with batch normalisation behind each convolution, and the mean of all pixels.
fn residual(activation: &str) -> GraphRecord {
    let first = Windows { planes: true, ..windows([1, 4, 4], 3, 1, 1) };
    let blocks = vec![
        filters(0, Some(first), 2, true, "identity"),
        normalise(1, 2),
        sum(&[2], activation),
        filters(3, Some(windows([2, 4, 4], 3, 2, 1)), 2, true, "identity"),
        normalise(4, 2),
        sum(&[5], activation),
        filters(6, Some(windows([2, 2, 2], 3, 1, 1)), 2, true, "identity"),
        normalise(7, 2),
        filters(3, Some(windows([2, 4, 4], 1, 2, 0)), 2, true, "identity"),
        sum(&[8, 9], activation),
        pool(10, windows([2, 2, 2], 2, 1, 0), Pool::Mean),
    ];
    GraphRecord { inputs: 16, blocks, skips: vec![[11, 0], [11, 1]], outputs: 3, bias: true }
}

/// Normalised and pooled inputs before the first filters, and an output that sees inputs alone: features that do not move under
/// weights that do.
fn still(activation: &str, kind: Pool) -> Vec<GraphRecord> {
    let shrunk = pool(0, windows([2, 4, 4], 2, 2, 0), kind);
    let graph = |blocks: Vec<BlockRecord>, skips| GraphRecord { inputs: 32, blocks, skips, outputs: 3, bias: true };
    vec![
        graph(vec![normalise(0, 2), filters(1, None, 3, false, activation)], vec![[2, 0], [2, 1], [2, 2]]),
        graph(vec![shrunk, filters(1, None, 3, false, activation)], vec![[2, 0], [2, 1], [2, 2]]),
        graph(vec![filters(0, None, 1, false, activation)], vec![[0, 0], [0, 1], [0, 2], [0, 3]]),
        graph(
            vec![sum(&[0], activation), sum(&[1], activation), filters(2, None, 3, false, activation)],
            vec![[3, 0], [3, 1], [3, 2], [1, 5], [2, 6]],
        ),
    ]
}

/// Two networks, data and a loss.
struct Pair {
    ends: [GraphNetwork; 2],
    inputs: Inputs,
    loss: Loss,
}

impl Pair {
    /// Of cross-entropy, the same with weights, squares, or hinge: only the last is bounded by radii alone.
    fn with_loss(seed: u64, graph: GraphRecord, near: bool, kind: usize) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut matrix = |rows, columns, size: i32| {
            DMatrix::from_fn(rows, columns, |_, _| Rational::from((random.random_range(-size..=size), 64)))
        };
        let inputs = Inputs::from(matrix(4, graph.inputs, 96));
        let targets = matrix(4, 3, 96);
        let labels = || (0..4).map(|i| i % 3).collect();
        let criterion = match kind {
            0 | 1 => Criterion::CrossEntropy(labels()),
            2 => Criterion::Square(targets),
            _ => Criterion::Hinge(labels()),
        };
        let loss = Loss::new(criterion).unwrap();
        let weights = [1, 0, 3, 2].map(Rational::from).to_vec();
        let loss = if kind == 1 { loss.weighted(weights).unwrap() } else { loss };
        let zero = GraphNetwork::zero(graph).unwrap();
        let mut change = |network: &GraphNetwork, size| {
            let mut layers = network.layers().clone();
            for (&number, GraphLayer { weight, bias }) in &mut layers {
                let (rows, columns) = weight.shape();
                *weight += matrix(rows, columns, size);
                if matches!(
                    zero.graph().blocks.get(number - 1).map(|block| &block.rule),
                    Some(BlockRule::Normalise { .. })
                ) {
                    weight.row_mut(2).iter_mut().for_each(|variance| variance.abs_mut());
                }
                if let Some(bias) = bias {
                    *bias += matrix(1, bias.ncols(), size);
                }
            }
            GraphNetwork::new(network.graph().clone(), layers).unwrap()
        };
        let start = change(&zero, 80);
        let end = if near { change(&start, 4) } else { change(&zero, 80) };
        Pair { ends: [start, end], inputs, loss }
    }

    fn new(seed: u64, graph: GraphRecord, near: bool) -> Self {
        Pair::with_loss(seed, graph, near, 0)
    }

    fn task(&self) -> GraphTask<'_> {
        GraphTask::chain(self.inputs.clone(), &self.loss, &self.ends.each_ref()).unwrap()
    }

    /// The loss at λ: features in 128 bits, and the loss in doubles.
    fn loss_at(&self, lambda: &Rational) -> f64 {
        let [from, to] = &self.ends;
        let mix =
            |a: &DMatrix<Rational>, b: &DMatrix<Rational>| a.zip_map(b, |a, b| Rational::from(&b - &a) * lambda + a);
        let layer = |(number, a): (&usize, &GraphLayer)| {
            let b = &to.layers()[number];
            let bias = a.bias.as_ref().zip(b.bias.as_ref()).map(|(a, b)| mix(a, b));
            (*number, GraphLayer { weight: mix(&a.weight, &b.weight), bias })
        };
        let network = GraphNetwork::new(from.graph().clone(), from.layers().iter().map(layer).collect()).unwrap();
        let kernel = Multiprecision::new(128);
        let import = |matrix: &DMatrix<Rational>| matrix.map(|entry| kernel.import(&entry));
        let psi = network.features(&kernel, &import(&self.inputs.exact()));
        self.loss.approximate(&kernel.product(&psi, &import(&network.stacked_output())).map(|x| x.to_f64()))
    }
}

fn run(task: &impl BoundedPath, tolerance: f64) -> Barrier {
    barrier(task, tolerance, Budget { evaluations: 60_000, progress: &mut |_, _, _| {} }).unwrap()
}

/// By the rules of a certificate, which follow no errors back.
fn by_radii(task: &impl BoundedPath, tolerance: f64) -> Barrier {
    let limits = Budget { evaluations: 60_000, progress: &mut |_, _, _| {} };
    let certifying = Certifying { pieces: true, expected: &mut |_, _| {} };
    certified_barrier(task, tolerance, limits, certifying).unwrap().0
}

/// Every kind of network.
fn graphs() -> Vec<GraphRecord> {
    let mut graphs = vec![];
    for activation in ["relu", "leaky-relu=1/10", "tanh", "softplus=2"] {
        graphs.push(lenet(activation, Pool::Max, true));
        graphs.push(lenet(activation, Pool::Mean, false));
        graphs.push(residual(activation));
    }
    graphs.extend(still("relu", Pool::Mean));
    graphs.extend(still("tanh", Pool::Max));
    // σ may not be taken after the pool: it falls; the output sees it, or another block does.
    graphs.push(lenet("leaky-relu=-1/2", Pool::Max, true));
    let mut seen = lenet("relu", Pool::Max, true);
    seen.skips.push([4, 1]);
    graphs.push(seen);
    let mut shared = lenet("relu", Pool::Max, true);
    shared.blocks[5].from = vec![4];
    graphs.push(shared);
    graphs
}

/// How many there are.
const KINDS: usize = 23;

proptest! {
    #![proptest_config(cases!("graph_barrier", 600))]

    /// The loss is below the bound everywhere on an interval, whatever its length.
    #[test]
    fn every_point_is_below_the_bound(
        (seed, kind, near, loss) in (any::<u64>(), 0..KINDS, any::<bool>(), 0..4usize),
        depth in 0..7u32, place: u16, s in 0..=64u8,
    ) {
        let pair = Pair::with_loss(seed, graphs().swap_remove(kind), near, loss);
        let pieces = envelope(&pair.task(), 1 << depth);
        let (region, [start, end]) = pieces[usize::from(place) % pieces.len()];
        let s = f64::from(s) / 64.0;
        let lambda = Rational::from_f64(region.from + s * (region.to - region.from)).unwrap();
        let loss = pair.loss_at(&lambda);
        let bound = (1.0 - s) * start + s * end;
        prop_assert!(loss <= bound + 1e-12 * (1.0 + loss), "{loss} at {lambda} is above {bound}");
    }

    /// At a point the bounds are those of rounding, and a sample is what rounding makes of the loss.
    #[test]
    fn points_are_enclosed(seed: u64, kind in 0..KINDS, loss in 0..4usize) {
        let pair = Pair::with_loss(seed, graphs().swap_remove(kind), false, loss);
        let task = pair.task();
        for (position, sampled) in samples(&task, 4) {
            let loss = pair.loss_at(&Rational::from_f64(position.lambda).unwrap());
            prop_assert!((sampled - loss).abs() <= 1e-9 * (1.0 + loss), "{sampled} {loss}");
        }
        for (end, lambda) in end_losses(&task).iter().zip([0, 1]) {
            let loss = pair.loss_at(&Rational::from(lambda));
            prop_assert!((end.lower - loss).abs().max((end.upper - loss).abs()) <= 1e-9 * (1.0 + loss), "{end} {loss}");
            prop_assert!(end.lower <= loss + 1e-12 * (1.0 + loss) && loss <= end.upper + 1e-12 * (1.0 + loss));
        }
    }
}

/// Little is added without need: of every kind of network some bound is nearly reached, in the middle of an interval where the loss
/// bends up.
#[test]
fn some_bounds_are_nearly_reached() {
    // An output that sees inputs alone is affine in λ: its loss bends down.
    let moves = |graph: &GraphRecord| graph.skips.iter().any(|unit| unit[0] > 0);
    for (kind, graph) in graphs().into_iter().filter(moves).enumerate() {
        let share = |seed: u64| {
            let pair = Pair::with_loss(seed, graph.clone(), true, 2 * usize::from(seed % 2 == 1));
            let (Region { from, to, .. }, [start, end]) = envelope(&pair.task(), 16)[(seed as usize) % 16];
            let loss = |s: f64| pair.loss_at(&Rational::from_f64(from + s * (to - from)).unwrap());
            let chord = (loss(0.0) + loss(1.0)) / 2.0;
            (loss(0.5) - chord) / ((start + end) / 2.0 - chord)
        };
        let reached = (0..24).map(share).fold(0.0_f64, f64::max);
        // Where inputs are pooled or normalised first, little more than one layer moves, and there is little to reach.
        let least = if graph.inputs == 32 { 0.1 } else { 0.5 };
        assert!(reached > least && reached < 1.0 + 1e-6, "{kind}: {reached}");
    }
}

#[test]
fn the_maximum_is_enclosed() {
    assert_eq!(graphs().len(), KINDS);
    for (seed, graph) in (0..).zip(graphs()) {
        let pair = Pair::new(seed, graph, true);
        let task = pair.task();
        let found = run(&task, 1e-4);
        assert!(found.decided, "{seed}: {found:?}");
        let sampled = samples(&task, 65).iter().map(|&(_, loss)| loss).fold(0.0, f64::max);
        assert!(found.maximum.lower >= sampled - 1e-4 && found.maximum.upper >= sampled - 1e-12, "{sampled} {found:?}");
        let ends = found.ends.iter().map(|end| end.upper).fold(0.0, f64::max);
        assert!(found.maximum.upper >= ends - 1e-9);
    }
}

/// A fully connected network is a graph of dense blocks, and has the same barrier.
#[test]
fn dense_networks_agree() {
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let mut matrix =
        |rows, columns| DMatrix::from_fn(rows, columns, |_, _| Rational::from((random.random_range(-96i32..=96), 64)));
    let mut network =
        || Parameters::new([(3, 5), (6, 4), (5, 3)].map(|(rows, columns)| matrix(rows, columns)).to_vec()).unwrap();
    let ends = [network(), network()];
    let inputs = Inputs::from(matrix(6, 2));
    let loss = Loss::new(Criterion::CrossEntropy(vec![0, 1, 2, 0, 1, 2])).unwrap();
    for activation in ["relu", "tanh"] {
        let activation: Nonlinearity = activation.parse().unwrap();
        let graphs = ends.each_ref().map(|end| GraphNetwork::from_dense(end, &activation).unwrap());
        let dense = run(&Task::chain(&activation, inputs.clone(), &loss, &ends.each_ref()).unwrap(), 1e-6);
        let graph = run(&GraphTask::chain(inputs.clone(), &loss, &graphs.each_ref()).unwrap(), 1e-6);
        // Errors are followed back in graphs only.
        assert!(graph.evaluations <= dense.evaluations, "{} {}", graph.evaluations, dense.evaluations);
        assert!((dense.maximum.upper - graph.maximum.upper).abs() < 2e-6, "{dense:?} {graph:?}");
        let by_radii = by_radii(&GraphTask::chain(inputs.clone(), &loss, &graphs.each_ref()).unwrap(), 1e-6);
        assert_eq!(dense.evaluations, by_radii.evaluations);
        assert!((dense.maximum.upper - by_radii.maximum.upper).abs() < 1e-12, "{dense:?} {by_radii:?}");
    }
}

/// Where the radii grow so much that only the shortest intervals are bounded at all, that is seen before the budget is used.
#[test]
fn a_deep_network_is_given_up_early() {
    let loss = Loss::new(Criterion::CrossEntropy(vec![0, 1, 2, 0, 1, 2])).unwrap();
    let elu: Nonlinearity = "elu=1".parse().unwrap();
    for (depth, size, is_too_deep) in [(2, 45, false), (25, 128, true)] {
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let mut matrix = |rows, columns| {
            DMatrix::from_fn(rows, columns, |_, _| Rational::from((random.random_range(-size..=size), 64)))
        };
        let inputs = Inputs::from(matrix(6, 2));
        let shapes = [vec![(3, 12)], vec![(13, 12); depth], vec![(13, 3)]].concat();
        let mut network = || {
            let layers = shapes.iter().map(|&(rows, columns)| matrix(rows, columns)).collect();
            GraphNetwork::from_dense(&Parameters::new(layers).unwrap(), &elu).unwrap()
        };
        let ends = [network(), network()];
        let task = GraphTask::chain(inputs.clone(), &loss, &ends.each_ref()).unwrap();
        let mut silent = |_: usize, _: f64, _: f64| {};
        let found = barrier(&task, 1e-3, Budget { evaluations: 5_000, progress: &mut silent }).unwrap();
        assert_eq!((found.decided, found.too_deep.is_some()), (!is_too_deep, is_too_deep), "{found:?}");
        if let Some(too_deep) = found.too_deep {
            assert!(found.evaluations < 100 && too_deep.intervals > 5_000.0, "{found:?}");
            assert!(found.maximum.lower > 0.0 && found.maximum.lower <= found.maximum.upper);
        }
    }
}

/// A layer's number, the shape and the entries of its weight, row by row, and its bias if there is one.
type Numbered = (usize, [usize; 2], Vec<Rational>, Option<Vec<Rational>>);

fn network(graph: &GraphRecord, layers: &[Numbered]) -> GraphNetwork {
    let layer = |(number, [rows, columns], entries, bias): &Numbered| {
        let weight = DMatrix::from_row_slice(*rows, *columns, entries);
        (*number, GraphLayer { weight, bias: bias.as_ref().map(|bias| DMatrix::from_row_slice(1, bias.len(), bias)) })
    };
    GraphNetwork::new(graph.clone(), layers.iter().map(layer).collect()).unwrap()
}

/// m 2^e.
fn scaled(m: f64, e: i32) -> Rational {
    Rational::from_f64(m).unwrap() * Rational::from_f64(2f64.powi(e)).unwrap()
}

/// The maximum of ½ (z − y)² for one sample.
fn maximum_of(ends: [&GraphNetwork; 2], input: Vec<Rational>, target: Rational) -> sublevel::barrier::Enclosure {
    let loss = Loss::new(Criterion::Square(DMatrix::from_element(1, 1, target))).unwrap();
    let inputs = Inputs::from(DMatrix::from_row_slice(1, input.len(), &input));
    run(&GraphTask::chain(inputs, &loss, &ends).unwrap(), 1e-3).maximum
}

/// The bend of a normalised feature overflows, and the maximum of a NaN and 0 would be 0.
#[test]
fn an_overflow_before_a_pool_is_no_bound() {
    let blocks = vec![
        filters(0, None, 2, true, "identity"),
        BlockRecord {
            from: vec![1],
            patches: None,
            rule: BlockRule::Normalise { normalise: 2, epsilon: Fraction::new("1").unwrap() },
        },
        BlockRecord { from: vec![2], patches: None, rule: BlockRule::Pool { pool: Pool::Max } },
    ];
    let graph = GraphRecord { inputs: 1, blocks, skips: vec![[3, 0]], outputs: 1, bias: false };
    let zero = Rational::new;
    let end = |exponent, variance: i32| {
        let of_second = vec![zero(), scaled(1.0, 40), zero(), zero(), zero(), Rational::from(variance)];
        let layers = [
            (1, [1, 2], vec![zero(), scaled(1.0, exponent)], Some(vec![zero(); 2])),
            (2, [3, 2], of_second, Some(vec![zero(); 2])),
            (4, [1, 1], vec![scaled(1.0, -1000)], None),
        ];
        network(&graph, &layers)
    };
    let found = maximum_of([&end(998, 0), &end(999, 3)], vec![Rational::from(1)], Rational::from(-1));
    // z is 2^38 at both ends.
    assert!(found.upper >= 2f64.powi(75), "{found}");
}

/// Features near 2^1000 under weights whose products are lost: what underflows counts with the features' errors.
#[test]
fn products_that_underflow_are_not_won() {
    let blocks = vec![filters(0, None, 1, true, "relu"), filters(1, None, 2, true, "identity")];
    let graph = GraphRecord { inputs: 2, blocks, skips: vec![[2, 0], [2, 1], [0, 1]], outputs: 1, bias: false };
    let zero = Rational::new;
    let end = |lambda: i32| {
        let weight = scaled(32.0 * f64::from(lambda), 900) * scaled(1.0, 94);
        let output = vec![scaled(1.0, -506), scaled(-1.0, -506), scaled(f64::from(lambda), -506)];
        let layers = [
            (1, [2, 1], vec![weight, zero()], Some(vec![scaled(-31.0, 994)])),
            (2, [1, 2], vec![scaled(1.3, -530), scaled(1.3, -530)], Some(vec![zero(); 2])),
            (3, [3, 1], output, None),
        ];
        network(&graph, &layers)
    };
    let found = maximum_of([&end(0), &end(1)], vec![Rational::from(1), scaled(1.0, 466)], scaled(-1.0, -38));
    // z − y is 2^−40 + 2^−38 at the end.
    assert!(found.upper >= 0.5 * (2f64.powi(-40) + 2f64.powi(-38)).powi(2), "{found}");
}

/// A function without breakpoints gets one, as the checker wants it.
#[test]
fn every_activation_has_a_breakpoint() {
    let mut graph = residual("relu");
    let identity = ActivationRecord {
        breakpoints: vec![],
        slopes: vec![Fraction::new("1").unwrap()],
        value: Fraction::new("0").unwrap(),
    };
    let BlockRule::Filters { activation, .. } = &mut graph.blocks[0].rule else {
        panic!("the first block has filters")
    };
    *activation = identity.into();
    assert_eq!(GraphNetwork::zero(graph).unwrap().graph(), GraphNetwork::zero(residual("relu")).unwrap().graph());
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let pair = Pair::new(1, residual("relu"), true);
    let other = Pair::new(1, residual("tanh"), true);
    let chain = |inputs: Inputs, networks: &[&GraphNetwork]| GraphTask::chain(inputs, &pair.loss, networks).map(drop);
    let [a, b] = &pair.ends;
    assert_eq!(chain(pair.inputs.clone(), &[a]), Err(TaskError::TooFewNetworks { found: 1 }));
    assert_eq!(chain(pair.inputs.clone(), &[a, b, &other.ends[0]]), Err(TaskError::Graphs { network: 2 }));
    let narrow = Inputs::from(DMatrix::from_element(4, 15, Rational::new()));
    assert_eq!(chain(narrow, &[a, b]), Err(TaskError::Inputs { found: 15, expected: 16 }));
    let none = Inputs::from(DMatrix::from_element(0, 16, Rational::new()));
    assert_eq!(chain(none, &[a, b]), Err(TaskError::NoSamples));
}

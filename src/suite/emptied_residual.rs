//! Trials of Theorem R as a path: bounded moves of residual networks.

use super::statement::{Card, Entry, IJCAI_2020, IN_TRIALS, Outcome, PRECISION, Refusal, control, words};
use super::wide_residual::{ResidualInstance, ResidualShape, residual_instance};
use super::{Draw, Float, Proof, Setup, Twist};
use crate::certificate::{Claim, Reader};
use crate::checker::{self, Conclusion, Expected, Rejection, Verdict};
use crate::linalg::{Double, Kernel, Multiprecision};
use crate::network::{Activation, Dense, Residual};
use crate::statement::residual::emptied::{Emptied, Found, Target, connect, walk};
use crate::statement::residual::path::{ResidualMove, ResidualPath, output, whole};
use crate::statement::residual::wide::NoPath;
use nalgebra::DMatrix;
use rug::Rational;
use std::sync::Arc;

/// Theorem R.
pub const PATHS: Entry = Entry {
    card: Card {
        paper: IJCAI_2020,
        key: "theorem-r",
        name: "Theorem R, as a path",
        constructs: "for residual networks of any width, m < N too, and any branches: neurons D cut off, added to the nearest ones, or left out by any W′ and U′, on lines and one \
                     bounded line a block; a network of D alone in the middle; with the largest loss of all, exactly",
        function: "statement::residual::emptied",
        check: "certificates of the claims connected and barrier, for one loss: on a bounded line what moves is multiplied by what rests, and the \
                loss at kinks is compared with the bound, which is its maximum",
        shows: "connected, or a barrier that is reached",
        real: &[],
        trivial: &[],
    },
    trial,
    controls: || {
        vec![
            control("the bound", refuse_low),
            control("P rests while U moves", refuse_product),
            control("the stem rests while U moves", refuse_stem),
            control("D is not heard", refuse_heard),
            control("a stem", refuse_no_stem),
            control("one shape", refuse_shapes),
            control("the last move", refuse_last_move),
        ]
    },
    kernels: Err(IN_TRIALS),
};

/// An instance, the network in the middle, and what both ends become.
#[derive(Debug, Clone)]
pub struct EmptiedInstance {
    /// The ends, σ, samples and loss.
    pub instance: ResidualInstance,
    /// The network in the middle.
    pub target: Target,
    /// What both ends become.
    pub emptied: [Emptied; 2],
}

impl EmptiedInstance {
    /// More samples than neurons, one block or two; the twist is the first network's.
    pub fn new(draw: &mut Draw, twist: Twist) -> Self {
        let blocks = if draw.once_in(4) { 2 } else { 1 };
        let width = draw.count(2..=4);
        let samples = draw.count(width + 1..=6);
        let shape = ResidualShape { samples, width, blocks, biases: draw.once_in(2), stem: true };
        let activation = draw.activation();
        let instance = residual_instance(draw, &activation, shape, twist);
        let neurons = draw.count(1..=width - 1);
        let first = draw.count(0..=width - neurons);
        let emptied: Vec<usize> = (first..first + neurons).collect();
        let mut layer = |rows: usize, cols: usize| Dense {
            weight: draw.matrix(rows, cols),
            bias: shape.biases.then(|| draw.matrix(1, cols)),
        };
        let (d, outputs) = (instance.problem.inputs.ncols(), instance.from.outputs());
        let target = Target { stem: layer(d, neurons), head: layer(neurons, outputs), emptied };
        let emptied = [&instance.from, &instance.to].map(|network| {
            let cut = Emptied::cut(network, &target.emptied);
            match draw.count(0..=2) {
                0 => cut,
                1 => Emptied::merged(network, &target.emptied).expect("there is a stem"),
                _ => shaken(draw, cut, &target.emptied),
            }
        });
        EmptiedInstance { instance, target, emptied }
    }

    /// The path.
    ///
    /// # Errors
    /// [`NoPath`].
    pub fn connect(&self) -> Result<Found, NoPath> {
        let ResidualInstance { problem, from, to, loss } = &self.instance;
        connect(problem, loss, [from, to], &self.target, &self.emptied)
    }

    /// What the checker says of it.
    pub fn verdict(&self, found: &Found) -> Verdict {
        found.path.prove(found.claim, &self.instance.problem, Some(&self.instance.loss)).1
    }
}

/// Other weights for the neurons that stay.
fn shaken(draw: &mut Draw, mut emptied: Emptied, neurons: &[usize]) -> Emptied {
    for layer in [&mut emptied.head].into_iter().chain(&mut emptied.first) {
        let more = draw.matrix(layer.weight.nrows(), layer.weight.ncols());
        layer.weight = layer.weight.zip_map(&more, |own, more| own + more / 4);
        neurons.iter().for_each(|&neuron| layer.weight.row_mut(neuron).fill(Rational::new()));
    }
    Emptied { keeps_product: false, ..emptied }
}

fn trial(setup: &Setup) -> Outcome {
    let mut draw = Draw::new("theorem-r", setup.seed, Twist::Generic);
    let drawn = EmptiedInstance::new(&mut draw, setup.twist);
    let found = drawn.connect().map_err(words)?;
    let ResidualInstance { problem, from, to, loss } = &drawn.instance;
    if found.path.start != *from || found.path.end() != to {
        return Err("the path joins other networks".into());
    }
    let statement = match drawn.verdict(&found) {
        Verdict::Valid(statement) => statement,
        refused => return Err(refused.to_string()),
    };
    let expected = match found.claim {
        Claim::Connected => Conclusion::Connected,
        _ => Conclusion::Barrier(format!("{}", found.highest).parse().map_err(words)?),
    };
    if statement.conclusion != expected {
        return Err(format!("expected {expected:?}, proved: {statement}"));
    }
    // A second opinion, at some points of every move.
    for number in 0..found.path.moves.len() {
        for numer in [1, 7, 400_001, 999_000] {
            let point = found.path.point(number, &Rational::from((numer, 1_000_003)));
            if *loss.enclose(&output(problem, &point)).lo() > found.highest {
                return Err(format!("the loss is above {} on move {number}, counted from 0", found.highest));
            }
        }
    }
    let kernel = Multiprecision::new(PRECISION);
    let floats = vec![in_floats(&Double, &drawn, &found), in_floats(&kernel, &drawn, &found)];
    let plain = setup.twist == Twist::Generic;
    Ok(Proof { moves: found.path.moves.len(), bits: statement.bits, floats, plain, ..Proof::default() })
}

/// How far the loss of the same path by floats is above the exact maximum, relative to that (at least 1), at vertices and half-way.
fn in_floats<K: Kernel>(kernel: &K, drawn: &EmptiedInstance, found: &Found) -> Float {
    let EmptiedInstance { instance: ResidualInstance { problem, from, to, loss }, target, emptied } = drawn;
    let ways = [(from, &emptied[0]), (to, &emptied[1])].map(|(end, emptied)| walk(kernel, end, target, emptied).ok());
    let path = match ways {
        [Some(mut path), Some(other)] => {
            path.back_along(&other);
            path.to_exact()
        }
        _ => None,
    };
    let above = path.map(|path| {
        let between = (0..path.moves.len()).map(|number| path.point(number, &Rational::from((1, 2))));
        let points = between.chain(path.vertices().cloned()).map(|point| output(problem, &point));
        let highest = points.map(|output| loss.enclose(&output).hi().clone()).max().unwrap_or_default();
        Rational::from(&highest - &found.highest).to_f64().max(0.0) / found.highest.to_f64().max(1.0)
    });
    Float { kernel: kernel.name(), stray: above }
}

/// A path with a bounded move, drawn until the change makes the checker say what is expected.
fn refused(
    purpose: &str,
    seed: u64,
    change: impl Fn(&mut ResidualPath<Rational>, usize),
    expected: impl Fn(&Rejection) -> bool,
) -> Refusal {
    for attempt in 0..64 {
        let drawn =
            EmptiedInstance::new(&mut Draw::new(purpose, seed.wrapping_add(attempt), Twist::Generic), Twist::Generic);
        let mut found = drawn.connect().map_err(words)?;
        let bounded = |step: &ResidualMove<Rational>| matches!(step, ResidualMove::Bounded(..));
        let Some(first) = found.path.moves.iter().position(bounded) else { continue };
        change(&mut found.path, first);
        match drawn.verdict(&found) {
            Verdict::Invalid { rejection, .. } if expected(&rejection) => return Ok(rejection.to_string()),
            // Nothing comes through, or nothing moves.
            Verdict::Valid(_) | Verdict::Invalid { .. } => {}
            other => return Err(other.to_string()),
        }
    }
    Err("64 paths, and none is refused as expected".into())
}

/// Every bound 2^−40 lower.
fn refuse_low(seed: u64) -> Refusal {
    let drawn = EmptiedInstance::new(&mut Draw::new("low", seed, Twist::Generic), Twist::Generic);
    let mut found = drawn.connect().map_err(words)?;
    for step in &mut found.path.moves {
        if let ResidualMove::Bounded(_, bound) = step {
            *bound -= Rational::from(1) >> 40;
        }
    }
    match drawn.verdict(&found) {
        Verdict::Invalid { rejection: Rejection::AboveBound, .. } => Ok(Rejection::AboveBound.to_string()),
        other => Err(other.to_string()),
    }
}

/// The network that a move leads to.
fn end_of(path: &mut ResidualPath<Rational>, number: usize) -> &mut Residual<Rational> {
    match &mut path.moves[number] {
        ResidualMove::Line(to) | ResidualMove::Curve(to, _) | ResidualMove::Bounded(to, _) => to,
    }
}

/// The layer times 2.
fn doubled(layer: &Arc<Dense<Rational>>) -> Arc<Dense<Rational>> {
    let twice = |matrix: &DMatrix<Rational>| matrix.map(|entry| entry * 2);
    Arc::new(Dense { weight: twice(&layer.weight), bias: layer.bias.as_ref().map(twice) })
}

fn refuse_product(seed: u64) -> Refusal {
    let change = |path: &mut ResidualPath<Rational>, first: usize| {
        let to = end_of(path, first);
        to.head = doubled(&to.head);
    };
    let of_output = |rejection: &Rejection| matches!(rejection, Rejection::MovingProduct { layer, block, .. } if *block > 1 && layer > block);
    refused("product", seed, change, of_output)
}

fn refuse_stem(seed: u64) -> Refusal {
    let change = |path: &mut ResidualPath<Rational>, first: usize| {
        let to = end_of(path, first);
        to.stem = to.stem.as_ref().map(doubled);
    };
    refused("stem", seed, change, |rejection| matches!(rejection, Rejection::MovingProduct { layer: 2, block: 1, .. }))
}

/// W keeps its rows on D.
fn refuse_heard(seed: u64) -> Refusal {
    for attempt in 0..64 {
        let mut draw = Draw::new("heard", seed.wrapping_add(attempt), Twist::Generic);
        let mut drawn = EmptiedInstance::new(&mut draw, Twist::Generic);
        drawn.emptied[0].head = (*drawn.instance.from.head).clone();
        let found = drawn.connect().map_err(words)?;
        if let Verdict::Invalid { rejection: rejection @ Rejection::HeardUnitMoves { block: 1, .. }, .. } =
            drawn.verdict(&found)
        {
            return Ok(rejection.to_string());
        }
    }
    Err("64 paths, and D is heard on none of them".into())
}

fn refuse_no_stem(seed: u64) -> Refusal {
    let mut draw = Draw::new("no stem", seed, Twist::Generic);
    let shape = ResidualShape { samples: 4, width: 3, blocks: 1, biases: false, stem: false };
    let ResidualInstance { problem, from, to, loss } =
        residual_instance(&mut draw, &Activation::relu(), shape, Twist::Generic);
    let layer =
        |rows: usize, cols: usize| Dense { weight: DMatrix::from_element(rows, cols, Rational::from(1)), bias: None };
    let target = Target { emptied: vec![0], stem: layer(3, 1), head: layer(1, from.outputs()) };
    let emptied = [&from, &to].map(|network| Emptied::cut(network, &target.emptied));
    match connect(&problem, &loss, [&from, &to], &target, &emptied) {
        Err(error @ NoPath::NoStem) => Ok(error.to_string()),
        other => Err(format!("expected a refusal, found: {:?}", other.map(|found| found.claim))),
    }
}

fn refuse_shapes(seed: u64) -> Refusal {
    let mut drawn = EmptiedInstance::new(&mut Draw::new("shapes", seed, Twist::Generic), Twist::Generic);
    let mut layers = drawn.instance.to.blocks.clone();
    layers.push(layers[0].clone());
    drawn.instance.to.blocks = layers;
    match drawn.connect() {
        Err(error @ NoPath::Shapes { .. }) => Ok(error.to_string()),
        other => Err(format!("expected a refusal, found: {:?}", other.map(|found| found.claim))),
    }
}

fn refuse_last_move(seed: u64) -> Refusal {
    let drawn = EmptiedInstance::new(&mut Draw::new("last", seed, Twist::Generic), Twist::Generic);
    let mut found = drawn.connect().map_err(words)?;
    found.path.moves.pop();
    let (bytes, _) = found.path.prove(found.claim, &drawn.instance.problem, Some(&drawn.instance.loss));
    let graph = drawn.instance.to.graph(&drawn.instance.problem.activation.clone().into());
    let expected = Expected { to: Some(whole(&drawn.instance.to)), graph: Some(graph), ..Expected::default() };
    match checker::check(Reader::new(&*bytes), &expected, &mut |_| {}) {
        Verdict::Invalid { rejection: rejection @ Rejection::ToDiffers { .. }, .. } => Ok(rejection.to_string()),
        other => Err(other.to_string()),
    }
}

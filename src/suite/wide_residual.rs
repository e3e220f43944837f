//! Trials of residual networks: Theorem B, and the curves for fewer outputs than inputs.

use super::prove::fingerprint;
use super::statement::{Card, Entry, IJCAI_2020, IN_TRIALS, Outcome, PRECISION, Refusal, control, refused, words};
use super::{Draw, Float, Proof, Setup, Twist};
use crate::certificate::Claim;
use crate::checker::{Conclusion, Descent, Rejection, Scope, Verdict};
use crate::linalg::{Double, Exact, Kernel, Multiprecision};
use crate::network::{Activation, Dense, Loss, Residual};
use crate::statement::residual::path::{ResidualMove, ResidualPath, ResidualProblem, output, stray};
use crate::statement::residual::{curves, wide};
use nalgebra::DMatrix;
use rug::Rational;
use std::sync::Arc;

/// Theorem B.
pub const WIDE: Entry = Entry {
    card: Card {
        paper: IJCAI_2020,
        key: "theorem-b",
        name: "Theorem B, for Theorem 11",
        constructs: "for residual networks of width m ≥ N + 1 (L blocks in a row: (L + 1) N + 1; one less of each kind with biases, m ≥ N, (L + 1)(N − 1) + 1) lines \
                     of constant output and one on which it runs straight, between any two of them, whatever the branches; for one block and m ≥ N \
                     (N − 1 with biases) a line to any target behind lines of constant output",
        function: "statement::residual::wide",
        check: "certificates of the claims connected, for every convex loss, and descends, with features multiplied out: what the output hears rests",
        shows: "connected, and descended",
        real: &[],
        trivial: &[Twist::BothZero, Twist::Identical],
    },
    trial: wide_trial,
    controls: || {
        vec![
            control("m ≥ N + 1", refuse_narrow),
            control("m ≥ N, with biases", refuse_narrow_with_biases),
            control("independent features: two slopes of σ", refuse_affine),
            control("a stem", refuse_no_stem),
            control("one shape", refuse_shapes),
            control("the last move", refuse_last_move),
            control("a vertex on the segment", refuse_vertex),
            control("a branch that is not heard, or rests", refuse_branch),
        ]
    },
    kernels: Err(IN_TRIALS),
};

/// Polynomial curves.
pub const CURVES: Entry = Entry {
    card: Card {
        paper: IJCAI_2020,
        key: "curves",
        name: "Curves, for Theorem 6",
        constructs: "for (x + g V) W with d_y < d_x and one branch g a curve V(t), W(t) of polynomials with V(t) W(t) straight; for two branches such curves to \
                     (W*, 0) and back, with X W* + 1 b* = F_A where samples are independent",
        function: "statement::residual::curves",
        check: "certificate of the claim connected, for every convex loss: the products of polynomials have degree 1",
        shows: "connected",
        real: &[],
        trivial: &[Twist::BothZero, Twist::Identical, Twist::Zero],
    },
    trial: curve_trial,
    controls: || {
        vec![
            control("d_y < d_x", refuse_square),
            control("independent samples, with two branches", refuse_dependent),
            control("rank W(t) = d_y for complex t", refuse_no_lift),
            control("the curve between its ends", refuse_bump),
            control("the curve from its start", refuse_start),
        ]
    },
    kernels: Err(IN_TRIALS),
};

/// Two residual networks, σ and samples, and a loss.
#[derive(Debug, Clone)]
pub struct ResidualInstance {
    /// σ and X.
    pub problem: ResidualProblem,
    /// One end.
    pub from: Residual<Rational>,
    /// The other.
    pub to: Residual<Rational>,
    /// φ.
    pub loss: Loss,
}

/// What a residual instance is like.
#[derive(Debug, Clone, Copy)]
pub struct ResidualShape {
    /// N.
    pub samples: usize,
    /// m.
    pub width: usize,
    /// L.
    pub blocks: usize,
    /// Whether all layers have biases; else none has.
    pub biases: bool,
    /// Whether there is a stem; else the width is d.
    pub stem: bool,
}

/// A random instance of this shape; the twist is the first network's.
pub fn residual_instance(
    draw: &mut Draw,
    activation: &Activation,
    shape: ResidualShape,
    twist: Twist,
) -> ResidualInstance {
    let outputs = draw.count(1..=2);
    let inner = [draw.count(1..=2), draw.count(1..=2)];
    let inputs = samples(draw, shape, twist);
    let inputs_of = if shape.stem { inputs.ncols() } else { shape.width };
    let to = network(draw, shape, (inputs_of, outputs), &inner);
    let mut from = network(draw, shape, (inputs_of, outputs), &inner);
    let mut to = to;
    match twist {
        Twist::Zero => from = from.map(|_| Rational::new()),
        Twist::BothZero => {
            from = from.map(|_| Rational::new());
            to = from.clone();
        }
        Twist::DeadNeurons => dead(&mut from),
        Twist::EqualNeurons => equal(&mut from),
        Twist::Permuted => to = reversed(&from),
        Twist::Identical => to = from.clone(),
        Twist::HugeAndTiny => {
            let size = Rational::from(1) << 200;
            from.head = Arc::new(scaled(&from.head, &size));
            let last = from.blocks[0].len() - 1;
            from.blocks[0][last] = Arc::new(scaled(&from.blocks[0][last], &size.recip()));
        }
        Twist::Generic | Twist::NearlyEqualSamples => {}
    }
    let loss = Loss::square(draw.matrix(shape.samples, outputs));
    ResidualInstance { problem: ResidualProblem { activation: activation.clone(), inputs }, from, to, loss }
}

/// Distinct, and with a 1 last, so that no two are parallel.
pub(super) fn samples(draw: &mut Draw, shape: ResidualShape, twist: Twist) -> DMatrix<Rational> {
    let columns = if shape.stem { 3 } else { shape.width };
    let mut inputs = draw.matrix(shape.samples, columns);
    for sample in 0..shape.samples {
        inputs[(sample, 0)] = Rational::from((2 * sample as i32 - shape.samples as i32, 2));
        inputs[(sample, columns - 1)] = Rational::from(1);
    }
    if twist == Twist::NearlyEqualSamples && shape.samples > 1 {
        let first = inputs.row(0).into_owned();
        inputs.set_row(shape.samples - 1, &first);
        inputs[(shape.samples - 1, 0)] += Rational::from(1) >> 100;
    }
    inputs
}

pub(super) fn network(
    draw: &mut Draw,
    shape: ResidualShape,
    (inputs, outputs): (usize, usize),
    inner: &[usize],
) -> Residual<Rational> {
    let mut dense = |rows: usize, columns: usize| Dense {
        weight: draw.matrix(rows, columns),
        bias: shape.biases.then(|| draw.matrix(1, columns)),
    };
    let stem = shape.stem.then(|| dense(inputs, shape.width));
    let sizes = [&[shape.width], inner, &[shape.width]].concat();
    let blocks = (0..shape.blocks).map(|_| sizes.windows(2).map(|pair| dense(pair[0], pair[1])).collect()).collect();
    Residual::new(stem, blocks, dense(shape.width, outputs)).expect("layers that fit")
}

/// Half of the neurons have no outgoing weights.
fn dead(network: &mut Residual<Rational>) {
    let mut head = (*network.head).clone();
    for neuron in 0..head.weight.nrows() / 2 {
        head.weight.row_mut(neuron).fill(Rational::new());
        for layers in &mut network.blocks {
            Arc::make_mut(&mut layers[0]).weight.row_mut(neuron).fill(Rational::new());
        }
    }
    network.head = Arc::new(head);
}

/// All neurons of the stem are the first one.
fn equal(network: &mut Residual<Rational>) {
    let Some(stem) = &mut network.stem else { return };
    let stem = Arc::make_mut(stem);
    for matrix in [Some(&mut stem.weight), stem.bias.as_mut()].into_iter().flatten() {
        let first = matrix.column(0).into_owned();
        matrix.column_iter_mut().for_each(|mut column| column.copy_from(&first));
    }
}

/// The same function, with the neurons in the opposite order.
fn reversed(network: &Residual<Rational>) -> Residual<Rational> {
    let columns = |layer: &Arc<Dense<Rational>>| {
        let order: Vec<usize> = (0..layer.weight.ncols()).rev().collect();
        let of = |matrix: &DMatrix<Rational>| matrix.select_columns(&order);
        Arc::new(Dense { weight: of(&layer.weight), bias: layer.bias.as_ref().map(of) })
    };
    let rows = |layer: &Arc<Dense<Rational>>| {
        let order: Vec<usize> = (0..layer.weight.nrows()).rev().collect();
        Arc::new(Dense { weight: layer.weight.select_rows(&order), bias: layer.bias.clone() })
    };
    let mut other = network.clone();
    other.stem = network.stem.as_ref().map(columns);
    other.head = rows(&network.head);
    for layers in &mut other.blocks {
        let last = layers.len() - 1;
        layers[0] = rows(&layers[0]);
        layers[last] = columns(&layers[last]);
    }
    other
}

pub(super) fn scaled(layer: &Dense<Rational>, factor: &Rational) -> Dense<Rational> {
    let of = |matrix: &DMatrix<Rational>| matrix.map(|entry| entry * factor);
    Dense { weight: of(&layer.weight), bias: layer.bias.as_ref().map(of) }
}

/// The claim is proved for every convex loss, and holds at random λ.
///
/// # Errors
/// What does not hold.
pub fn prove_residual(instance: &ResidualInstance, path: &ResidualPath<Rational>) -> Result<Proof, String> {
    if path.start != instance.from || *path.end() != instance.to {
        return Err("the path joins other networks".into());
    }
    let statement = match path.prove(Claim::Connected, &instance.problem, Some(&instance.loss)).1 {
        Verdict::Valid(statement) => statement,
        refused => return Err(refused.to_string()),
    };
    if statement.conclusion != Conclusion::Connected || statement.scope != Scope::EveryConvexLoss {
        return Err(format!("proved less than was built: {statement}"));
    }
    straight(&instance.problem, path)?;
    Ok(Proof { moves: path.moves.len(), bits: statement.bits, ..Proof::default() })
}

/// A second opinion: on each move the output is on the chord of its ends.
fn straight(problem: &ResidualProblem, path: &ResidualPath<Rational>) -> Result<(), String> {
    for number in 0..path.moves.len() {
        let at = |lambda: &Rational| output(problem, &path.point(number, lambda));
        let [start, end] = [at(&Rational::new()), at(&Rational::from(1))];
        for numer in [7, 400_001, 999_000] {
            let lambda = Rational::from((numer, 1_000_003));
            if at(&lambda) != start.zip_map(&end, |a, b| Rational::from(&b - &a) * &lambda + a) {
                return Err(format!("the output bends on move {number}, counted from 0"));
            }
        }
    }
    Ok(())
}

/// How far a path by floats rises above the larger end, relative to that (at least 1).
pub(super) fn in_floats<K: Kernel>(
    kernel: &K,
    instance: &ResidualInstance,
    path: Option<ResidualPath<K::Scalar>>,
) -> Float {
    let ResidualInstance { problem, from, to, loss } = instance;
    let larger = [from, to].map(|end| loss.enclose(&output(problem, end)).hi().clone());
    let larger = larger.into_iter().max().expect("two ends").to_f64().max(1.0);
    let rise = path.and_then(|path| path.to_exact()).map(|path| stray(problem, loss, &path).to_f64() / larger);
    Float { kernel: kernel.name(), stray: rise }
}

fn relu() -> Activation {
    Activation::relu()
}

/// The least width for one to four samples and one block, or two.
fn wide_shape(draw: &mut Draw) -> ResidualShape {
    let (samples, biases) = (draw.count(1..=4), draw.once_in(2));
    let blocks = if draw.once_in(3) { 2 } else { 1 };
    ResidualShape { samples, width: wide::least_width(samples, blocks, biases), blocks, biases, stem: true }
}

fn wide_trial(setup: &Setup) -> Outcome {
    let mut draw = Draw::new("theorem-b", setup.seed, Twist::Generic);
    loop {
        let shape = wide_shape(&mut draw);
        let activation = if shape.biases { draw.activation() } else { relu() };
        let instance = residual_instance(&mut draw, &activation, shape, setup.twist);
        let ResidualInstance { problem, from, to, .. } = &instance;
        let path = wide::connect(&Exact, problem, from, to).map_err(words)?;
        let mut proof = prove_residual(&instance, &path)?;
        if proof.moves == 0 {
            continue;
        }
        descends(&instance)?;
        proof.plain = setup.twist == Twist::Generic;
        let kernel = Multiprecision::new(PRECISION);
        proof.floats.push(in_floats(&Double, &instance, wide::connect(&Double, problem, from, to).ok()));
        proof.floats.push(in_floats(&kernel, &instance, wide::connect(&kernel, problem, from, to).ok()));
        return Ok(proof);
    }
}

/// The loss comes down to a millionth of squares above 0 and never rises.
fn descends(instance: &ResidualInstance) -> Result<(), String> {
    let epsilon = Rational::from((1, 1_000_000));
    let ResidualInstance { problem, from, loss, .. } = instance;
    let path = wide::descend(&Exact, problem, (loss, &epsilon), from).map_err(words)?;
    match path.prove(Claim::Descends, problem, Some(loss)).1 {
        Verdict::Valid(statement) if statement.conclusion == Conclusion::Descends(Descent::NeverRises) => {}
        other => return Err(other.to_string()),
    }
    let end = loss.enclose(&output(problem, path.end()));
    if *end.hi() <= epsilon { Ok(()) } else { Err(format!("the loss ends at {end}")) }
}

fn curve_trial(setup: &Setup) -> Outcome {
    let mut draw = Draw::new("curves", setup.seed, Twist::Generic);
    for _ in 0..64 {
        let samples = draw.count(2..=4);
        // [X, 1] has rank N as a rule.
        let shape = ResidualShape { samples, width: 4, blocks: 1, biases: draw.once_in(2), stem: false };
        let activation = draw.activation();
        let mut instance = residual_instance(&mut draw, &activation, shape, setup.twist);
        if setup.seed.is_multiple_of(2) {
            // One branch.
            let last = instance.to.blocks[0].len() - 1;
            let ours = instance.from.blocks[0][..last].to_vec();
            instance.to.blocks[0][..last].clone_from_slice(&ours);
        }
        let ResidualInstance { problem, from, to, .. } = &instance;
        let build = curves::connect(&Exact, problem, from, to, None);
        let path = match build {
            Err(curves::NoCurve::NoLift | curves::NoCurve::NothingBetween { .. }) => continue,
            path => path.map_err(words)?,
        };
        let mut proof = prove_residual(&instance, &path)?;
        if proof.moves > 0 {
            proof.plain = setup.twist == Twist::Generic;
            let kernel = Multiprecision::new(PRECISION);
            proof.floats.push(in_floats(&Double, &instance, curves::connect(&Double, problem, from, to, None).ok()));
            proof.floats.push(in_floats(&kernel, &instance, curves::connect(&kernel, problem, from, to, None).ok()));
            return Ok(proof);
        }
    }
    Err("64 instances, and no curve between any of them".into())
}

/// A wide instance of this width.
fn drawn(seed: u64, purpose: &str, samples: usize, width: usize, biases: bool) -> ResidualInstance {
    let mut draw = Draw::new(purpose, seed, Twist::Generic);
    let shape = ResidualShape { samples, width, blocks: 1, biases, stem: true };
    residual_instance(&mut draw, &relu(), shape, Twist::Generic)
}

fn refused_connection(instance: &ResidualInstance, expected: fn(&wide::NoPath) -> bool) -> Refusal {
    refused(wide::connect(&Exact, &instance.problem, &instance.from, &instance.to), expected)
}

fn refuse_narrow(seed: u64) -> Refusal {
    refused_connection(&drawn(seed, "narrow", 3, 3, false), |error| {
        matches!(error, wide::NoPath::TooNarrow { needed: 4, .. })
    })
}

fn refuse_narrow_with_biases(seed: u64) -> Refusal {
    refused_connection(&drawn(seed, "biases", 3, 2, true), |error| {
        matches!(error, wide::NoPath::TooNarrow { needed: 3, .. })
    })
}

fn refuse_affine(seed: u64) -> Refusal {
    let mut instance = drawn(seed, "affine", 5, 6, false);
    instance.problem.activation = Activation::identity();
    // Four samples of three numbers are dependent.
    refused_connection(&instance, |error| matches!(error, wide::NoPath::Dependent { samples: 5, .. }))
}

fn refuse_no_stem(seed: u64) -> Refusal {
    let mut draw = Draw::new("stem", seed, Twist::Generic);
    let shape = ResidualShape { samples: 2, width: 3, blocks: 1, biases: false, stem: false };
    let instance = residual_instance(&mut draw, &relu(), shape, Twist::Generic);
    refused_connection(&instance, |error| *error == wide::NoPath::NoStem)
}

fn refuse_shapes(seed: u64) -> Refusal {
    let (mut instance, other) = (drawn(seed, "shapes", 2, 3, true), drawn(seed, "shapes", 2, 4, true));
    instance.to = other.to;
    refused_connection(&instance, |error| matches!(error, wide::NoPath::Shapes { .. }))
}

/// A path that does something, and its instance.
fn path_of(seed: u64, purpose: &str) -> Result<(ResidualInstance, ResidualPath<Rational>), String> {
    let instance = drawn(seed, purpose, 3, 4, false);
    let path = wide::connect(&Exact, &instance.problem, &instance.from, &instance.to).map_err(words)?;
    Ok((instance, path))
}

pub(super) fn refused_path(
    (problem, path): (&ResidualProblem, &ResidualPath<Rational>),
    expected: fn(&Rejection) -> bool,
) -> Refusal {
    match path.prove(Claim::Connected, problem, None).1 {
        Verdict::Invalid { rejection, .. } if expected(&rejection) => Ok(rejection.to_string()),
        other => Err(format!("expected a refusal, found: {other}")),
    }
}

/// The path without its last move ends elsewhere than it should.
fn refuse_last_move(seed: u64) -> Refusal {
    let (instance, mut path) = path_of(seed, "forged")?;
    path.moves.pop();
    match prove_residual(&instance, &path) {
        Err(why) => Ok(why),
        Ok(_) => Err("a path without its last move passed".into()),
    }
}

/// Out to twice the head, and back.
fn refuse_vertex(seed: u64) -> Refusal {
    let (instance, _) = path_of(seed, "vertex")?;
    let mut there = instance.from.clone();
    there.head = Arc::new(scaled(&there.head, &Rational::from(2)));
    let mut path = ResidualPath::at(instance.from.clone());
    path.line(there);
    path.line(instance.from.clone());
    refused_path((&instance.problem, &path), |why| *why == Rejection::OffSegment)
}

/// θ moves to 2 θ + 1 where V W ≠ 0 and something comes through.
fn refuse_branch(seed: u64) -> Refusal {
    for attempt in 0..64 {
        let (instance, _) = path_of(seed.wrapping_add(attempt), "branch")?;
        let mut there = instance.from.clone();
        let theta = &there.blocks[0][1];
        let more = Dense { weight: theta.weight.map(|entry| 2 * entry + 1), bias: theta.bias.clone() };
        there.blocks[0][1] = Arc::new(more);
        if output(&instance.problem, &there) == output(&instance.problem, &instance.from) {
            continue;
        }
        let mut path = ResidualPath::at(instance.from.clone());
        path.line(there);
        return refused_path((&instance.problem, &path), |why| {
            matches!(why, Rejection::HeardUnitMoves { block: 3, .. })
        });
    }
    Err("64 branches, and none of them is heard".into())
}

/// An instance without a stem.
pub(super) fn projection(seed: u64, purpose: &str, samples: usize, width: usize) -> ResidualInstance {
    let mut draw = Draw::new(purpose, seed, Twist::Generic);
    let shape = ResidualShape { samples, width, blocks: 1, biases: false, stem: false };
    residual_instance(&mut draw, &relu(), shape, Twist::Generic)
}

fn refused_curve(instance: &ResidualInstance, expected: fn(&curves::NoCurve) -> bool) -> Refusal {
    refused(curves::connect(&Exact, &instance.problem, &instance.from, &instance.to, None), expected)
}

fn refuse_square(seed: u64) -> Refusal {
    let mut instance = projection(seed, "square", 2, 2);
    let square = |network: &mut Residual<Rational>| {
        let identity = DMatrix::from_fn(2, 2, |i, j| Rational::from(u32::from(i == j)));
        network.head = Arc::new(Dense { weight: identity, bias: None });
    };
    square(&mut instance.from);
    square(&mut instance.to);
    refused_curve(&instance, |error| *error == curves::NoCurve::Form)
}

fn refuse_dependent(seed: u64) -> Refusal {
    let instance = projection(seed, "dependent", 6, 3);
    refused_curve(&instance, |error| matches!(error, curves::NoCurve::NothingBetween { samples: 6, .. }))
}

/// From W = (1, 0) to (−1, 0) there is W = 0 on the way.
fn refuse_no_lift(seed: u64) -> Refusal {
    let mut draw = Draw::new("lift", seed, Twist::Generic);
    let integers = |entries: &[i32]| DMatrix::from_row_slice(2, 1, entries).map(Rational::from);
    let u = draw.matrix(2, 1);
    let network = |v: [i32; 2], w: &[i32]| {
        let v = DMatrix::from_row_slice(1, 2, &v).map(Rational::from);
        let dense = |weight| Dense { weight, bias: None };
        Residual::new(None, vec![vec![dense(u.clone()), dense(v)]], dense(integers(w))).expect("layers that fit")
    };
    let inputs = draw.matrix(3, 2);
    let instance = ResidualInstance {
        problem: ResidualProblem { activation: relu(), inputs },
        from: network([0, 0], &[1, 0]),
        to: network([1, 1], &[-1, 0]),
        loss: Loss::square(DMatrix::from_element(3, 1, Rational::new())),
    };
    refused_curve(&instance, |error| *error == curves::NoCurve::NoLift)
}

/// An instance with one branch, which something comes through, and its curve.
fn curve_of(seed: u64) -> Result<(ResidualInstance, ResidualPath<Rational>), String> {
    for attempt in 0..64 {
        let mut instance = projection(seed.wrapping_add(attempt), "curve", 4, 4);
        let last = instance.to.blocks[0].len() - 1;
        let ours = instance.from.blocks[0][..last].to_vec();
        instance.to.blocks[0][..last].clone_from_slice(&ours);
        let pass = instance.from.pass(&Exact, &relu().import(&Exact), &instance.problem.inputs);
        let heard = pass.features[0].iter().any(|entry| !entry.is_zero());
        if let (true, Ok(path)) =
            (heard, curves::connect(&Exact, &instance.problem, &instance.from, &instance.to, None))
        {
            return Ok((instance, path));
        }
    }
    Err("64 instances, and no curve between any of them".into())
}

/// t (1 − t) E on top of V: both ends are the same.
fn refuse_bump(seed: u64) -> Refusal {
    let (instance, mut path) = curve_of(seed)?;
    let Some(ResidualMove::Curve(_, curves)) = path.moves.first_mut() else { return Err("no curve".into()) };
    let v = curves.values_mut().next().ok_or("no layer")?;
    let none = v[0].weight.map(|_| Rational::new());
    while v.len() < 3 {
        v.push(Dense { weight: none.clone(), bias: None });
    }
    v[1].weight.iter_mut().for_each(|entry| *entry += 1);
    v[2].weight.iter_mut().for_each(|entry| *entry -= 1);
    refused_path((&instance.problem, &path), |why| *why == Rejection::OutputBends)
}

fn refuse_start(seed: u64) -> Refusal {
    let (instance, mut path) = curve_of(seed)?;
    let Some(ResidualMove::Curve(_, curves)) = path.moves.first_mut() else { return Err("no curve".into()) };
    let v = curves.values_mut().next().ok_or("no layer")?;
    v[0].weight[(0, 0)] += 1;
    refused_path((&instance.problem, &path), |why| matches!(why, Rejection::CurveStart { .. }))
}

/// A path in a few lines, each of which changes with the numbers of its vertex.
pub fn residual_outline(path: &ResidualPath<Rational>) -> String {
    let mut text = String::new();
    let mut before = path.start.layers();
    for step in &path.moves {
        let after = step.to().layers();
        for ((number, old), (_, new)) in before.iter().zip(&after).filter(|((_, old), (_, new))| old != new) {
            let kind = match step {
                ResidualMove::Line(_) => "line",
                ResidualMove::Curve(..) => "curve",
                ResidualMove::Bounded(..) => "bounded",
            };
            if old.weight != new.weight {
                text += &fingerprint(&format!("{kind}, layer {number}"), &new.weight);
                text.push('\n');
            }
            if let Some(bias) = new.bias.as_ref().filter(|_| old.bias != new.bias) {
                text += &fingerprint(&format!("{kind}, bias of layer {number}"), bias);
                text.push('\n');
            }
        }
        before = after;
    }
    text
}

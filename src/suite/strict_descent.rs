//! When a plateau is needed: the tilted descent, minima, and the ways off them.

use super::icml_2019::wide_layer_of;
use super::prove::{Float, Proof};
use super::statement::{
    Card, Control, Entry, ICML_2019, Outcome, PathStatement, Refusal, control, refused, unproved, words,
};
use super::{Draw, Instance, Setup, Twist};
use crate::certificate::Claim;
use crate::checker::{Conclusion, Descent, Unproved};
use crate::example::conclusion;
use crate::linalg::{Exact, Kernel};
use crate::network::{Activation, Loss, LossKind, Parameters, forward};
use crate::path::{Move, Path};
use crate::statement::minimum::leave::{falling_line, over_the_edge};
use crate::statement::minimum::{Minimum, NoMinimum, affine_fit, convex_fit};
use crate::statement::tilt::tilt;
use crate::statement::{Goal, Hypothesis, Obstacle, Problem, descend};
use nalgebra::DMatrix;
use rug::Rational;
use std::sync::Arc;

/// Theorem 1 of strict descent: with 1ᵀR ≠ 0 the descents of Theorems 3.2, 4.2 and 6.1 are strict.
pub struct StrictDescent;

impl StrictDescent {
    /// One that has a tilt and is above ε; the output bias is moved where it has none.
    fn draw_with_tilt(draw: &mut Draw) -> Instance {
        loop {
            let mut instance = Self::draw_any(draw);
            for step in 1..=8 {
                let above = loss_of(&instance) > instance.epsilon((1, 1_000_000));
                if above && tilt(&instance.loss, &output(&instance)).is_ok() {
                    return instance;
                }
                shift_output(&mut instance, |j| Rational::from((step * (j as u32 + 1), 8)));
            }
        }
    }

    fn draw_any(draw: &mut Draw) -> Instance {
        let samples = draw.samples(2);
        let (activation, above) = (draw.monotone_activation(), draw.count(0..=2));
        let above = draw.narrowing(above + 1, 1);
        let width = (samples - 1).max(above[0] + 1);
        let widths = [vec![draw.count(1..=3), width], above].concat();
        draw.instance(&activation, samples, &widths)
    }
}

fn output(instance: &Instance) -> DMatrix<Rational> {
    let Problem { activation, inputs, .. } = &instance.problem;
    forward(&Exact, &activation.import(&Exact), inputs, &instance.from)
        .expect("inputs and network fit")
        .output()
        .clone()
}

/// The lower end of the loss at the start.
fn loss_of(instance: &Instance) -> Rational {
    instance.loss.enclose(&output(instance)).lo().clone()
}

/// Moves the output bias.
fn shift_output(instance: &mut Instance, shift: impl Fn(usize) -> Rational) {
    let depth = instance.problem.depth();
    let mut last = DMatrix::clone(instance.from.layer(depth));
    let bias = last.nrows() - 1;
    (0..last.ncols()).for_each(|j| last[(bias, j)] += shift(j));
    instance.from.set_layer(depth, Arc::new(last));
}

impl PathStatement for StrictDescent {
    const CARD: Card = Card {
        paper: ICML_2019,
        key: "strict-descent",
        name: "3.2, 4.2, 6.1 (1), strictly",
        constructs: "a path along which the loss falls strictly, to below any ε, from every point where the gradient by the output \
                     bias is not 0: the output bias is tilted while the features become independent",
        function: "statement::tilt, statement::descend",
        check: "certificate of the claim strictly-descends, by the line and follow rules; the loss at the end",
        shows: "proved for all λ",
        real: &["wide-64", "relu-deep-32", "independent-32", "pyramid-32"],
        trivial: &[],
    };
    const CLAIM: Claim = Claim::StrictlyDescends;
    const CONSTANT: bool = false;

    fn draw(draw: &mut Draw) -> Instance {
        Self::draw_with_tilt(draw)
    }

    fn construct<K: Kernel>(kernel: &K, instance: &Instance) -> Result<Path<K::Scalar>, Obstacle> {
        let epsilon = instance.epsilon((1, 1_000_000));
        let goal = Goal::strictly(&instance.loss, &epsilon);
        descend::descend(kernel, &instance.problem, &goal, wide_layer_of(instance, 0), &instance.from)
    }

    fn controls() -> Vec<Control> {
        vec![
            Control { without: "1ᵀR ≠ 0", refuse: refuse_balanced },
            Control { without: "a tilt: the path of constant output rests", refuse: refuse_rest },
        ]
    }
}

/// An instance on which something has to be done before the output moves, with the square loss.
fn dependent_start(seed: u64) -> Instance {
    let mut draw = Draw::new("strict-control", seed, Twist::Generic);
    loop {
        let mut instance = StrictDescent::draw_with_tilt(&mut draw);
        if instance.loss.kind() != LossKind::Square || instance.loss.weights().is_some() {
            continue;
        }
        // All neurons of the first layer are one.
        let mut first = DMatrix::clone(instance.from.layer(1));
        let neuron = first.column(0).into_owned();
        (0..first.ncols()).for_each(|j| first.set_column(j, &neuron));
        instance.from.set_layer(1, Arc::new(first));
        if instance.problem.samples() > 2 && instance.problem.widths[1] > 1 && loss_of(&instance) > 1 {
            return instance;
        }
    }
}

/// The output bias where the residuals sum up to 0.
fn refuse_balanced(seed: u64) -> Refusal {
    let mut instance = dependent_start(seed);
    let (output, samples) = (output(&instance), instance.problem.samples() as u64);
    let crate::network::Criterion::Square(targets) = instance.loss.criterion().clone() else { unreachable!() };
    let mean = |j: usize| {
        targets.column(j).iter().zip(output.column(j).iter()).map(|(y, f)| Rational::from(y - f)).sum::<Rational>()
            / samples
    };
    shift_output(&mut instance, mean);
    refused(StrictDescent::construct(&Exact, &instance), |reason| {
        matches!(reason, Obstacle::Hypothesis(Hypothesis::NoTilt { bits: None }))
    })
}

/// The path of the paper, which the claim does not fit.
fn refuse_rest(seed: u64) -> Refusal {
    let instance = dependent_start(seed);
    let epsilon = instance.epsilon((1, 1_000_000));
    let goal = Goal::never_rising(&instance.loss, &epsilon);
    let wide = wide_layer_of(&instance, 0);
    let path = descend::descend(&Exact, &instance.problem, &goal, wide, &instance.from).map_err(words)?;
    let judged = conclusion(&instance.problem, Claim::StrictlyDescends, Some(&instance.loss), &path);
    refused(judged, |reason| reason.contains("the loss is constant on the move"))
}

const fn card(
    (key, name, constructs): (&'static str, &'static str, &'static str),
    (function, check, shows): (&'static str, &'static str, &'static str),
) -> Card {
    Card { paper: ICML_2019, key, name, constructs, function, check, shows, real: &[], trivial: &[] }
}

const NO_FLOATS: &str = "an object of exact numbers; the same decision in f64 is compared in each trial";

/// Theorem 4.
pub const PLATEAU: Entry = Entry {
    card: card(
        (
            "plateau",
            "A plateau that is needed",
            "for data on a line that are not convex: a network of any width n ≥ N - 1 that is minimal among all with W_2 ≥ 0, so that \
             every path to a lower loss that never rises rests for a length of min W_2 at first, and the way over the edge",
        ),
        (
            "statement::minimum",
            "certificates of the claims plateau, connected (along it) and strictly-descends (over the edge, by polynomials)",
            "a minimum, its plateau and the way out, proved",
        ),
    ),
    trial: plateau,
    controls: || {
        vec![
            control("W_2 > 0", |seed| {
                refuse_plateau(
                    seed,
                    |m| last_entry(m, 0, -1),
                    |why| matches!(why, Unproved::OutgoingNotPositive { neuron: 0 }),
                )
            }),
            control("σ convex", |seed| {
                refuse_plateau(
                    seed,
                    |m| m.problem.activation = Activation::leaky_relu(2.into()),
                    |why| *why == Unproved::NotConvex,
                )
            }),
            control("P ≥ 0", |seed| {
                refuse_plateau(seed, negated, |why| matches!(why, Unproved::NegativeBarycentre { .. }))
            }),
            control("barycentres", |seed| {
                refuse_plateau(seed, off_centre, |why| matches!(why, Unproved::Barycentre { .. }))
            }),
            control("R = Pᵀ1 - P1", |seed| {
                refuse_plateau(seed, |m| last_entry(m, m.problem.widths[1], 7), |why| *why == Unproved::ResidualNotThat)
            }),
            control("⟨R, F⟩ = 0", |seed| refuse_plateau(seed, bent, |why| *why == Unproved::OutputNotOrthogonal)),
            control("a lower network", |seed| {
                refuse_plateau(seed, |m| m.lower = Some(m.network.clone()), |why| *why == Unproved::NotLower)
            }),
        ]
    },
    kernels: Err(NO_FLOATS),
};

/// Theorem 3, ⇐.
pub const CELL: Entry = Entry {
    card: card(
        (
            "local-minimum",
            "Dependent data: bad local minima",
            "for rank [X, 1] < N and every Y that is not affine in X: a bad local minimum with all neurons in one piece of σ, the \
             output the best affine fit",
        ),
        (
            "statement::minimum",
            "certificate of the claim local-minimum: no breakpoint, residual orthogonal to 1, F and D [X, 1]; its radius",
            "a local minimum with a lower network, proved",
        ),
    ),
    trial: cell,
    controls: || {
        vec![
            control("no pre-activation on a breakpoint", |seed| {
                refuse_cell(seed, on_breakpoint, |why| matches!(why, Unproved::OnBreakpoint { .. }))
            }),
            control("R ⟂ 1", |seed| {
                refuse_cell(seed, |m| last_entry(m, m.problem.widths[1], 7), |why| *why == Unproved::OutputDescends)
            }),
            control("R ⟂ D [X, 1]", |seed| {
                refuse_cell(seed, constant_fit, |why| matches!(why, Unproved::NeuronDescends { .. }))
            }),
            control("rank [X, 1] < N: a falling line", refuse_independent_fit),
        ]
    },
    kernels: Err(NO_FLOATS),
};

/// Theorem 3, ⇒.
pub const FALLING_LINE: Entry = Entry {
    card: card(
        (
            "falling-line",
            "Independent data: no bad local minimum",
            "for rank [X, 1] = N and σ strictly monotone and onto: from every network of positive loss a line on which ½‖F - Y‖² \
             falls strictly, where all derivatives of first order vanish too",
        ),
        (
            "statement::minimum::leave",
            "certificate of the claim strictly-descends: the loss is a polynomial whose slope has Bernstein coefficients ≤ 0",
            "proved for all λ",
        ),
    ),
    trial: falling,
    controls: || {
        vec![
            control("rank [X, 1] = N: a bad local minimum", refuse_dependent_line),
            control("σ onto: a bad local minimum of dead neurons", refuse_dead),
            control("n ≥ min(m, N - 1)", refuse_few_neurons),
        ]
    },
    kernels: Err("a line of exact numbers; what gradient descent in f64 does is shown in tests/strict_descent.rs"),
};

/// Theorem 2.
pub const DICHOTOMY: Entry = Entry {
    card: card(
        (
            "dichotomy",
            "A local minimum, or a falling path",
            "from a point above the infimum either the certificate that it is a local minimum, or a path to below any ε on which the \
             loss falls strictly, by a falling line first where there is no tilt; that there is no third is proved on paper (curve \
             selection)",
        ),
        (
            "statement::minimum, statement::tilt, statement::descend",
            "certificates of the claims local-minimum and plateau, or strictly-descends; never both",
            "one of the two, proved",
        ),
    ),
    trial: dichotomy,
    controls: || vec![control("a falling path: from a minimum there is none", refuse_to_leave)],
    kernels: Err("the two constructions have their own entries"),
};

/// Whether a path is strict for the square loss, by the checker.
fn is_strict(problem: &Problem, targets: &DMatrix<Rational>, path: &Path<Rational>) -> Result<(), String> {
    let loss = Loss::square(targets.clone());
    match conclusion(problem, Claim::StrictlyDescends, Some(&loss), path)? {
        Conclusion::Descends(Descent::FallsStrictly) => Ok(()),
        other => Err(format!("proved less: {other}")),
    }
}

fn in_double(minimum: &Minimum) -> Vec<Float> {
    let stray = minimum.decide_in_double().map(|decided| if decided { 0.0 } else { 1.0 });
    vec![Float { kernel: "double".into(), stray }]
}

/// N samples on a line in any order with targets that are not convex, as a best convex fit.
fn drawn_plateau(draw: &mut Draw) -> Result<Minimum, String> {
    loop {
        let samples = draw.count(3..=6);
        let mut at = Rational::new();
        let mut inputs: Vec<Rational> = (0..samples)
            .map(|_| {
                at += Rational::from((draw.count(1..=12) as u32, 4));
                at.clone()
            })
            .collect();
        if draw.once_in(2) {
            inputs.reverse();
        }
        let slope = Rational::from((draw.count(0..=3) as u32, 4));
        let width = samples - 1 + draw.count(0..=2);
        match convex_fit(&slope, &DMatrix::from_vec(samples, 1, inputs), &draw.matrix(samples, 1), width) {
            Ok(minimum) => return Ok(minimum.with_lower()),
            Err(NoMinimum::Fits { .. }) => {}
            Err(other) => return Err(other.to_string()),
        }
    }
}

/// The whole of Theorem 4 on an instance.
fn plateau(setup: &Setup) -> Outcome {
    let mut draw = Draw::new("plateau", setup.seed, setup.twist);
    let minimum = drawn_plateau(&mut draw)?;
    let proved = minimum.verify().map_err(words)?;
    if proved.lower != Some(Rational::new()) {
        return Err("the minimum is not shown to be a bad one".into());
    }
    // Another network with W_2 ≥ 0 is not lower.
    let width = minimum.problem.widths[1];
    let mut last = draw.matrix(width + 1, 1);
    (0..width).for_each(|j| last[(j, 0)] = last[(j, 0)].clone().abs());
    let other = Parameters::new(vec![draw.matrix(2, width), last]).expect("layers of these widths");
    if minimum.loss(&other) < proved.value {
        return Err("a network with W_2 ≥ 0 has a lower loss".into());
    }
    let mut moves = 1;
    if let Some([along, over]) = over_the_edge(&minimum, &Rational::from((1, 1000))).map_err(words)? {
        conclusion(&minimum.problem, Claim::Connected, None, &along)?;
        if minimum.loss(&along.end()) != proved.value {
            return Err("the plateau is not flat".into());
        }
        is_strict(&minimum.problem, &minimum.targets, &over)?;
        moves += along.moves.len() + over.moves.len();
    }
    Ok(Proof { moves, floats: in_double(&minimum), ..Proof::default() })
}

/// A forged minimum, which the checker has to name.
fn refuse_forged(
    minimum: Result<Minimum, String>,
    forge: fn(&mut Minimum),
    expected: fn(&Unproved) -> bool,
) -> Refusal {
    let mut forged = minimum?;
    forge(&mut forged);
    unproved(forged.verify(), expected)
}

fn refuse_plateau(seed: u64, forge: fn(&mut Minimum), expected: fn(&Unproved) -> bool) -> Refusal {
    refuse_forged(drawn_plateau(&mut Draw::new("plateau-control", seed, Twist::Generic)), forge, expected)
}

fn refuse_cell(seed: u64, forge: fn(&mut Minimum), expected: fn(&Unproved) -> bool) -> Refusal {
    refuse_forged(drawn_cell(&mut Draw::new("cell-control", seed, Twist::Generic)), forge, expected)
}

/// An entry of the first column of the last layer.
fn last_entry(minimum: &mut Minimum, row: usize, entry: i32) {
    let mut last = DMatrix::clone(minimum.network.layer(2));
    // The bias moves by as much as the residual is large, so that it is another one.
    last[(row, 0)] =
        if row == minimum.problem.widths[1] { Rational::from(&last[(row, 0)] + entry) } else { entry.into() };
    minimum.network.set_layer(2, Arc::new(last));
}

fn negated(minimum: &mut Minimum) {
    let weights = minimum.barycentres.as_mut().expect("by Jensen");
    weights.apply(|x| *x = -x.clone());
}

/// A sample more weight on one side.
fn off_centre(minimum: &mut Minimum) {
    let x = &minimum.problem.inputs;
    let other = (1..x.nrows()).find(|&i| x[i] != x[0]).expect("distinct inputs");
    minimum.barycentres.as_mut().expect("by Jensen")[(0, other)] += 1;
}

/// The residual as before, the output with a kink where R weighs: the targets move along.
fn bent(minimum: &mut Minimum) {
    let residual = minimum.residual(&minimum.network);
    let (x, width) = (minimum.problem.inputs.clone(), minimum.problem.widths[1]);
    let activation = minimum.problem.activation.clone();
    let weighs = |k: usize| {
        x.iter().zip(&residual).map(|(x_i, r)| activation.evaluate(&Rational::from(x_i - &x[k])) * r).sum::<Rational>()
    };
    let kink = (0..x.nrows()).find(|&k| weighs(k) > 0).expect("a convex function on which R weighs");
    let mut first = DMatrix::clone(minimum.network.layer(1));
    // Far above all kinks of the others, so that the output is affine but for this neuron.
    for j in 0..width {
        first[(0, j)] = Rational::from(u32::from(j == 0));
        first[(1, j)] = if j == 0 { -x[kink].clone() } else { Rational::new() };
    }
    minimum.network.set_layer(1, Arc::new(first));
    let now = minimum.residual(&minimum.network);
    minimum.targets = minimum.targets.zip_zip_map(&now, &residual, |y, now, before| y + now - before);
    minimum.lower = None;
}

/// Dependent inputs of any dimension, targets that are not affine in them, a width that has a lower network.
fn drawn_cell(draw: &mut Draw) -> Result<Minimum, String> {
    loop {
        let (samples, outputs) = (draw.count(4..=6), draw.count(1..=2));
        let activation = draw.monotone_activation();
        let width = (samples - 1).max(outputs) + draw.count(0..=1);
        let instance = draw.instance(&activation, samples, &[2, width, outputs]);
        match affine_fit(&activation, &instance.problem.inputs, &draw.matrix(samples, outputs), width) {
            Ok(minimum) => return Ok(minimum.with_lower()),
            Err(NoMinimum::Fits { .. } | NoMinimum::IndependentInputs { .. }) => {}
            Err(other) => return Err(other.to_string()),
        }
    }
}

fn cell(setup: &Setup) -> Outcome {
    let minimum = drawn_cell(&mut Draw::new("local-minimum", setup.seed, setup.twist))?;
    let proved = minimum.verify().map_err(words)?;
    match proved.lower {
        Some(lower) if lower.is_zero() => Ok(Proof { moves: 1, floats: in_double(&minimum), ..Proof::default() }),
        _ => Err("the minimum is not shown to be a bad one".into()),
    }
}

/// Every neuron that rests sits at the last breakpoint for all samples.
fn on_breakpoint(minimum: &mut Minimum) {
    let edge = minimum.problem.activation.breakpoints().last().expect("a breakpoint").clone();
    let mut first = DMatrix::clone(minimum.network.layer(1));
    let last = first.ncols() - 1;
    first.column_mut(last).fill(Rational::new());
    first[(2, last)] = edge;
    minimum.network.set_layer(1, Arc::new(first));
}

/// The best *constant* fit: all neurons rest.
fn constant_fit(minimum: &mut Minimum) {
    let mut first = DMatrix::clone(minimum.network.layer(1));
    first.rows_mut(0, 2).fill(Rational::new());
    let place = Rational::from(minimum.problem.activation.breakpoints().last().expect("a breakpoint") + 1u32);
    first.row_mut(2).fill(place);
    minimum.network.set_layer(1, Arc::new(first));
    // Targets with a slope, so that the best constant is not the best affine fit.
    let x = minimum.problem.inputs.clone();
    let apart = (0..2).find(|&e| x.column(e).iter().any(|z| *z != x[(0, e)])).expect("distinct inputs");
    for i in 0..x.nrows() {
        minimum.targets[(i, 0)] = x[(i, apart)].clone();
    }
    let residual = minimum.residual(&minimum.network);
    let mut last = DMatrix::clone(minimum.network.layer(2));
    let bias = last.nrows() - 1;
    for e in 0..last.ncols() {
        last[(bias, e)] -= residual.column(e).iter().sum::<Rational>() / x.nrows() as u64;
    }
    minimum.network.set_layer(2, Arc::new(last));
    minimum.lower = None;
}

/// With independent data the same fit is exact, and elsewhere a line falls.
fn refuse_independent_fit(seed: u64) -> Refusal {
    let mut draw = Draw::new("independent-fit", seed, Twist::Generic);
    let activation = draw.monotone_activation();
    let instance = draw.independent_instance(&activation, 3, &[2, 3, 1]);
    refused(affine_fit(&activation, &instance.problem.inputs, &draw.matrix(3, 1), 3), |reason| {
        matches!(reason, NoMinimum::IndependentInputs { .. })
    })
}

/// A network on independent data, at the worst points too: equal features, the output the mean, W_2 zero or of rank one.
fn worst_start(draw: &mut Draw) -> (Problem, DMatrix<Rational>, Parameters<Rational>) {
    let (samples, outputs) = (draw.count(2..=3), draw.count(1..=3));
    let width = outputs.min(samples - 1) + draw.count(0..=2);
    let activation = draw.monotone_activation();
    let instance = draw.independent_instance(&activation, samples, &[2, width, outputs]);
    let (targets, mut from) = (draw.matrix(samples, outputs), instance.from);
    if draw.count(0..=3) > 0 {
        let (mut first, mut last) = (DMatrix::clone(from.layer(1)), DMatrix::clone(from.layer(2)));
        first.rows_mut(0, 2).fill(Rational::new());
        let scale = draw.count(0..=1) as u32;
        for j in 0..width {
            last.row_mut(j).fill(Rational::from(scale * (j as u32 + 1)));
        }
        let features = activation.import(&Exact).apply(&first.rows(2, 1).into_owned());
        for e in 0..outputs {
            let mean = targets.column(e).iter().sum::<Rational>() / samples as u64;
            last[(width, e)] =
                mean - (0..width).map(|j| Rational::from(&features[j] * &last[(j, e)])).sum::<Rational>();
        }
        from.set_layer(1, Arc::new(first));
        from.set_layer(2, Arc::new(last));
    }
    (instance.problem, targets, from)
}

fn falling(setup: &Setup) -> Outcome {
    let mut draw = Draw::new("falling-line", setup.seed, setup.twist);
    loop {
        let (problem, targets, from) = worst_start(&mut draw);
        let start = Minimum::in_cell(problem.clone(), targets.clone(), from.clone());
        if start.loss(&from).is_zero() {
            continue;
        }
        let path = falling_line(&problem, &targets, &from).map_err(words)?;
        is_strict(&problem, &targets, &path)?;
        let [Move::Line(changes)] = &path.moves[..] else { return Err("one line was expected".into()) };
        return Ok(Proof { moves: changes.len(), ..Proof::default() });
    }
}

/// A strictly falling path to below ε from any point of positive loss: by a line first where there is no tilt.
fn falling_path(
    problem: &Problem,
    targets: &DMatrix<Rational>,
    from: &Parameters<Rational>,
    epsilon: &Rational,
) -> Result<Path<Rational>, Obstacle> {
    let loss = Loss::square(targets.clone());
    let goal = Goal::strictly(&loss, epsilon);
    match descend::descend(&Exact, problem, &goal, 1, from) {
        Err(Obstacle::Hypothesis(Hypothesis::NoTilt { .. })) => {
            let first = falling_line(problem, targets, from)?;
            let rest = descend::descend(&Exact, problem, &goal, 1, &first.end())?;
            Ok(Path { start: first.start, moves: [first.moves, rest.moves].concat() })
        }
        found => found,
    }
}

/// By turns a minimum on dependent data, and any point, the worst ones too, of independent data.
fn dichotomy(setup: &Setup) -> Outcome {
    let mut draw = Draw::new("dichotomy", setup.seed, setup.twist);
    let epsilon = Rational::from((1, 1000));
    if setup.seed.is_multiple_of(2) {
        let minimum = if draw.once_in(2) { drawn_plateau(&mut draw)? } else { drawn_cell(&mut draw)? };
        let epsilon = minimum.verify().map_err(words)?.value / 2u32;
        let left = falling_path(&minimum.problem, &minimum.targets, &minimum.network, &epsilon);
        return match left {
            Err(Obstacle::Hypothesis(_)) => Ok(Proof { moves: 1, ..Proof::default() }),
            Err(other) => Err(other.to_string()),
            Ok(_) => Err("a path that falls strictly from a local minimum".into()),
        };
    }
    loop {
        let (problem, targets, from) = worst_start(&mut draw);
        let start = Minimum::in_cell(problem.clone(), targets.clone(), from.clone());
        if start.loss(&from) <= epsilon || problem.widths[1] + 1 < problem.samples() {
            continue;
        }
        if start.verify().is_ok() {
            return Err("a local minimum on independent data".into());
        }
        let path = falling_path(&problem, &targets, &from, &epsilon).map_err(words)?;
        is_strict(&problem, &targets, &path)?;
        return match start.loss(&path.end()) <= epsilon {
            true => Ok(Proof { moves: path.moves.len(), ..Proof::default() }),
            false => Err("the path does not end below ε".into()),
        };
    }
}

/// A minimum, and the path that leaves it: by the checker it rests at first.
fn refuse_to_leave(seed: u64) -> Refusal {
    let minimum = drawn_plateau(&mut Draw::new("leave", seed, Twist::Generic))?;
    minimum.verify().map_err(words)?;
    let (loss, epsilon) = (Loss::square(minimum.targets.clone()), minimum.loss(&minimum.network) / 2u32);
    let goal = Goal::never_rising(&loss, &epsilon);
    let path = descend::descend(&Exact, &minimum.problem, &goal, 1, &minimum.network).map_err(words)?;
    let judged = is_strict(&minimum.problem, &minimum.targets, &path);
    refused(judged, |reason| reason.contains("the loss is constant on the move"))
}

/// The conclusion fails: the best affine fit of dependent data has no such line, and is a bad minimum.
fn refuse_dependent_line(seed: u64) -> Refusal {
    let minimum = drawn_cell(&mut Draw::new("dependent-line", seed, Twist::Generic))?;
    match falling_line(&minimum.problem, &minimum.targets, &minimum.network) {
        Err(Obstacle::Hypothesis(reason @ Hypothesis::DependentFeatures { level: 0, .. })) => {
            although(&reason, &minimum)
        }
        Err(other) => Err(format!("refused for another reason: {other}")),
        Ok(_) => Err("a line that falls from a local minimum".into()),
    }
}

/// ReLU: two independent samples, neurons that are dead on both, the output their mean.
fn refuse_dead(seed: u64) -> Refusal {
    let targets = DMatrix::from_vec(2, 1, vec![Rational::from(0), Rational::from(1 + (seed % 9) as i32)]);
    let inputs = DMatrix::from_vec(2, 1, vec![Rational::from(0), Rational::from(1)]);
    let half = Rational::from(&targets[1] / 2u32);
    let layers =
        [vec![0, 0, -1, -1], vec![1, 1, 0]].map(|entries| entries.into_iter().map(Rational::from).collect::<Vec<_>>());
    let [first, mut last] = [DMatrix::from_row_slice(2, 2, &layers[0]), DMatrix::from_column_slice(3, 1, &layers[1])];
    last[(2, 0)] = half;
    let problem = Problem { activation: Activation::relu(), inputs, widths: vec![1, 2, 1] };
    let network = Parameters::new(vec![first, last]).expect("layers of these widths");
    let minimum = Minimum::in_cell(problem, targets, network).with_lower();
    match falling_line(&minimum.problem, &minimum.targets, &minimum.network) {
        Err(Obstacle::Hypothesis(reason @ Hypothesis::NotMonotoneOnto { .. })) => although(&reason, &minimum),
        Err(other) => Err(format!("refused for another reason: {other}")),
        Ok(_) => Err("a line that falls from dead neurons".into()),
    }
}

fn refuse_few_neurons(seed: u64) -> Refusal {
    let mut draw = Draw::new("few-neurons", seed, Twist::Generic);
    let activation = draw.monotone_activation();
    let instance = draw.independent_instance(&activation, 4, &[3, 1, 2]);
    refused(falling_line(&instance.problem, &draw.matrix(4, 2), &instance.from), |reason| {
        matches!(reason, Obstacle::Hypothesis(Hypothesis::TooNarrow { .. }))
    })
}

/// The checker's word that the conclusion fails, with the hypothesis that is not met.
fn although(reason: &Hypothesis, minimum: &Minimum) -> Refusal {
    let proved = minimum.verify().map_err(words)?;
    match proved.lower {
        Some(lower) => Ok(format!("{reason}; a local minimum of {} with a network of {lower}", proved.value)),
        None => Err("no lower network".into()),
    }
}

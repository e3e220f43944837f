//! Trials of what stands beside the curves of (x + g V) W: three straight lines, and steps from ends of low rank.

use super::statement::{Card, Entry, IJCAI_2020, IN_TRIALS, Outcome, PRECISION, Refusal, control, refused, words};
use super::wide_residual::{
    ResidualInstance, ResidualShape, in_floats, network, projection, prove_residual, refused_path, samples,
};
use super::{Draw, Proof, Setup, Twist};
use crate::certificate::Claim;
use crate::checker::{Conclusion, Rejection, Scope, Verdict};
use crate::linalg::{Double, Exact, Multiprecision};
use crate::network::{Activation, Dense, Loss, Residual};
use crate::statement::residual::curves::{NoCurve, connect, connect_below, connect_by_lines};
use crate::statement::residual::path::{ResidualMove, ResidualProblem, stray};
use nalgebra::DMatrix;
use rug::Rational;
use std::sync::Arc;

/// How many instances are drawn.
const DRAWS: usize = 64;

/// Three straight lines.
pub const LINES: Entry = Entry {
    card: Card {
        paper: IJCAI_2020,
        key: "three-lines",
        name: "Three lines, for Theorem 6",
        constructs: "for (x + g V) W with 2 (d_x - d_y) ≥ d_y, in the place of each curve, V_A → V_A + N_A → (W_B, V_B + N_B) → V_B with N_A W_A = 0, N_B W_B = 0, \
                     N_A W_B + N_B W_A = D_V D_W",
        function: "statement::residual::curves",
        check: "certificate of the claim connected, for every convex loss: lines alone",
        shows: "connected",
        real: &[],
        trivial: &[Twist::BothZero, Twist::Identical],
    },
    trial: line_trial,
    controls: || {
        vec![
            control("d_y < d_x", refuse_form),
            control("2 (d_x - d_y) ≥ d_y", refuse_ratio),
            control("N_A W_B + N_B W_A = D_V D_W", refuse_detour),
        ]
    },
    kernels: Err(IN_TRIALS),
};

/// Ends of low rank.
pub const LOW_RANK: Entry = Entry {
    card: Card {
        paper: IJCAI_2020,
        key: "low-rank",
        name: "Low rank, for Theorem 6",
        constructs: "for (x + g V) W where rank W_A < d_y and neither curve nor lines exist: a line to W_A + 2^-k J, at which the loss is at most that of the larger end, then a \
                     curve",
        function: "statement::residual::curves",
        check: "certificate of the claim connected, for one loss",
        shows: "connected",
        real: &[],
        trivial: &[],
    },
    trial: rank_trial,
    controls: || {
        vec![
            control("a line to W_A + 2^-k J", refuse_low_rank),
            control("a larger end", refuse_rise),
            control("a step that is short enough", refuse_long_step),
        ]
    },
    kernels: Err(IN_TRIALS),
};

/// Networks without a stem, with one branch if wanted.
fn drawn(draw: &mut Draw, (count, width, outputs): (usize, usize, usize), one_branch: bool) -> ResidualInstance {
    let shape = ResidualShape { samples: count, width, blocks: 1, biases: draw.once_in(2), stem: false };
    let activation = draw.activation();
    let inner = [draw.count(1..=2), draw.count(1..=2)];
    let inputs = samples(draw, shape, Twist::Generic);
    let [from, mut to] = [(); 2].map(|()| network(draw, shape, (width, outputs), &inner));
    if one_branch {
        same_branch(&from, &mut to);
    }
    let loss = Loss::square(draw.matrix(count, outputs));
    ResidualInstance { problem: ResidualProblem { activation, inputs }, from, to, loss }
}

fn same_branch(from: &Residual<Rational>, to: &mut Residual<Rational>) {
    let last = to.blocks[0].len() - 1;
    to.blocks[0][..last].clone_from_slice(&from.blocks[0][..last]);
}

fn line_trial(setup: &Setup) -> Outcome {
    let mut draw = Draw::new("three-lines", setup.seed, setup.twist);
    for _ in 0..DRAWS {
        let (width, outputs) = [(3, 2), (4, 2), (5, 3), (2, 1)][draw.count(0..=3)];
        let count = draw.count(2..=3);
        let mut instance = drawn(&mut draw, (count, width, outputs), setup.seed.is_multiple_of(2));
        if setup.twist == Twist::Zero {
            instance.from = instance.from.map(|_| Rational::new());
        }
        let ResidualInstance { problem, from, to, .. } = &instance;
        let path = match connect_by_lines(&Exact, problem, from, to, None) {
            Err(NoCurve::NoLines { .. } | NoCurve::NothingBetween { .. }) => continue,
            path => path.map_err(words)?,
        };
        let mut proof = prove_residual(&instance, &path)?;
        if path.moves.iter().any(|step| matches!(step, ResidualMove::Curve(..))) {
            return Err("a curve among the lines".into());
        }
        if proof.moves > 0 {
            proof.plain = setup.twist == Twist::Generic;
            let kernel = Multiprecision::new(PRECISION);
            let double = connect_by_lines(&Double, problem, from, to, None).ok();
            proof.floats.push(in_floats(&Double, &instance, double));
            proof.floats.push(in_floats(&kernel, &instance, connect_by_lines(&kernel, problem, from, to, None).ok()));
            return Ok(proof);
        }
    }
    Err(format!("{DRAWS} instances, and no lines between any of them"))
}

/// d_x = 5, d_y = 4 and W_A of rank 3: there are neither curves nor lines, as a rule.
pub fn low_rank(draw: &mut Draw) -> ResidualInstance {
    let mut instance = drawn(draw, (6, 5, 4), true);
    instance.from.head = Arc::new(dependent(&instance.from.head));
    instance
}

/// The last column is the sum of the others.
fn dependent(head: &Dense<Rational>) -> Dense<Rational> {
    let mut head = head.clone();
    let last = head.weight.ncols() - 1;
    let sum: Vec<Rational> = head.weight.row_iter().map(|row| row.iter().take(last).sum()).collect();
    head.weight.column_mut(last).iter_mut().zip(sum).for_each(|(entry, sum)| *entry = sum);
    head
}

fn rank_trial(setup: &Setup) -> Outcome {
    let mut draw = Draw::new("low-rank", setup.seed, setup.twist);
    for _ in 0..DRAWS {
        let instance = low_rank(&mut draw);
        let ResidualInstance { problem, from, to, loss } = &instance;
        if connect(&Exact, problem, from, to, None).is_ok() || connect_by_lines(&Exact, problem, from, to, None).is_ok()
        {
            continue;
        }
        let none = Rational::new();
        let below = (loss, &none);
        let path = connect_below(&Exact, problem, below, from, to).map_err(words)?;
        if path.start != *from || path.end() != to {
            return Err("the path joins other networks".into());
        }
        let statement = match path.prove(Claim::Connected, problem, Some(loss)).1 {
            Verdict::Valid(statement) => statement,
            refused => return Err(refused.to_string()),
        };
        if statement.conclusion != Conclusion::Connected || statement.scope == Scope::EveryConvexLoss {
            return Err(format!("proved is something else: {statement}"));
        }
        let rise = stray(problem, loss, &path);
        if !rise.is_zero() {
            return Err(format!("the loss rises by {rise}"));
        }
        let plain = setup.twist == Twist::Generic;
        let mut proof = Proof { moves: path.moves.len(), bits: statement.bits, plain, ..Proof::default() };
        let kernel = Multiprecision::new(PRECISION);
        let double = connect_below(&Double, problem, below, from, to).ok();
        proof.floats.push(in_floats(&Double, &instance, double));
        proof.floats.push(in_floats(&kernel, &instance, connect_below(&kernel, problem, below, from, to).ok()));
        return Ok(proof);
    }
    Err(format!("{DRAWS} instances, and a curve or lines between all of them"))
}

/// As many outputs as inputs.
fn refuse_form(seed: u64) -> Refusal {
    let ResidualInstance { problem, from, to, .. } =
        drawn(&mut Draw::new("lines-form", seed, Twist::Generic), (2, 2, 2), true);
    refused(connect_by_lines(&Exact, &problem, &from, &to, None), |error| *error == NoCurve::Form)
}

/// d_x = 4, d_y = 3: the curve exists, and no lines.
fn refuse_ratio(seed: u64) -> Refusal {
    let mut draw = Draw::new("lines-ratio", seed, Twist::Generic);
    for _ in 0..DRAWS {
        let ResidualInstance { problem, from, to, .. } = drawn(&mut draw, (3, 4, 3), true);
        if connect(&Exact, &problem, &from, &to, None).is_ok_and(|path| !path.moves.is_empty()) {
            let found = connect_by_lines(&Exact, &problem, &from, &to, None);
            return refused(found, |error| matches!(error, NoCurve::NoLines { inputs: 4, outputs: 3 }));
        }
    }
    Err(format!("{DRAWS} instances, and no curve between any of them"))
}

/// 1 more in V_A + N_A, where the branch is heard.
fn refuse_detour(seed: u64) -> Refusal {
    for attempt in 0..DRAWS as u64 {
        let mut instance = projection(seed.wrapping_add(attempt), "detour", 3, 4);
        same_branch(&instance.from, &mut instance.to);
        let ResidualInstance { problem, from, to, .. } = &instance;
        let pass = from.pass(&Exact, &problem.activation.import(&Exact), &problem.inputs);
        let heard = pass.features[0].column(0).iter().any(|entry| !entry.is_zero());
        let Ok(mut path) = connect_by_lines(&Exact, problem, from, to, None) else { continue };
        // N_B may be 0.
        let (true, Some(ResidualMove::Line(vertex)), true) = (heard, path.moves.first().cloned(), path.moves.len() > 1)
        else {
            continue;
        };
        let mut vertex = vertex;
        let last = vertex.blocks[0].len() - 1;
        Arc::make_mut(&mut vertex.blocks[0][last]).weight[(0, 0)] += 1;
        path.moves[0] = ResidualMove::Line(vertex);
        return refused_path((problem, &path), |why| matches!(why, Rejection::OutputBends | Rejection::OffSegment));
    }
    Err(format!("{DRAWS} instances, and no lines that go by V_A + N_A in any of them"))
}

/// Without the first step there is no way.
fn refuse_low_rank(seed: u64) -> Refusal {
    let ResidualInstance { problem, from, to, .. } = low_rank(&mut Draw::new("low-rank-line", seed, Twist::Generic));
    refused(connect(&Exact, &problem, &from, &to, None), |error| *error == NoCurve::NoLift)
}

/// x = (1, 0), (1, 1), g = 1, and W from (1, 0) to (−1, 0) with V from 0 to (−2, v), where the outputs are equal and the targets: no step from there
/// leaves the loss as it is.
fn refuse_rise(seed: u64) -> Refusal {
    let integers =
        |rows, entries: &[i32]| DMatrix::from_row_slice(rows, entries.len() / rows, entries).map(Rational::from);
    let dense = |weight| Dense { weight, bias: None };
    let network = |v: [i32; 2], w: [i32; 2]| {
        let block = vec![dense(integers(2, &[1, 0])), dense(integers(1, &v))];
        Residual::new(None, vec![block], dense(integers(2, &w))).expect("layers that fit")
    };
    let further = 1 + (seed % 5) as i32;
    let problem = ResidualProblem { activation: Activation::relu(), inputs: integers(2, &[1, 0, 1, 1]) };
    let loss = Loss::square(integers(2, &[1, 1]));
    let [from, to] = [network([0, 0], [1, 0]), network([-2, further], [-1, 0])];
    refused(
        connect_below(&Exact, &problem, (&loss, &Rational::new()), &from, &to),
        |error| matches!(error, NoCurve::Rises { rise } if rise.is_zero()),
    )
}

/// A step to W_A + J 2³⁰.
fn refuse_long_step(seed: u64) -> Refusal {
    let mut draw = Draw::new("low-rank-step", seed, Twist::Generic);
    let ResidualInstance { problem, from, to, loss } = low_rank(&mut draw);
    let mut path = connect_below(&Exact, &problem, (&loss, &Rational::new()), &from, &to).map_err(words)?;
    let mut far = from.clone();
    Arc::make_mut(&mut far.head).weight[(0, 0)] += Rational::from(1) << 30;
    path.moves = vec![ResidualMove::Line(far), ResidualMove::Line(from.clone())];
    match path.prove(Claim::Connected, &problem, Some(&loss)).1 {
        Verdict::Invalid { rejection: why @ Rejection::LossAboveEnds, .. } => Ok(why.to_string()),
        other => Err(format!("expected a refusal, found: {other}")),
    }
}

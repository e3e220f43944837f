//! Loss and accuracy along a path and along the straight line between its ends.

use super::span::{Measure, Sample, Span};
use crate::arith::{Interval, parallel};
use crate::linalg::{Double, Exact};
use crate::network::{Activation, Loss, Parameters, forward, import_matrix};
use crate::path::{Move, OnMove, Path, interpolate};
use nalgebra::DMatrix;
use rug::Rational;

/// How many evenly spaced points of a straight line the field looks at.
pub const SAMPLES: usize = 61;

/// How many points of a move whose output is not constant are drawn.
pub(super) const DRAWN: usize = 40;

/// Loss and accuracy along a path and along the straight line between its ends, and what is certified of the loss.
#[derive(Debug, Clone)]
pub struct Profile {
    /// The loss after each move, the start first: enclosures from exact outputs; none of graph networks, whose outputs are
    /// rounded ([`Profile::of_graphs`]).
    pub vertices: Vec<Interval>,
    /// What the loss is at most on each move, an endless one left out. Along a line or a follow the output stays or runs straight, so
    /// that no convex loss exceeds its values at the two vertices; a bounded move has its own bound, which is about the
    /// loss that the certificate names ([`Profile::of_another_loss`]). A line of graph networks has none.
    pub bounds: Vec<Option<f64>>,
    /// Position k is after k moves. Where the output runs straight these come from outputs that are exact up to the last
    /// rounding; elsewhere they are samples in floats.
    pub along: Vec<Sample>,
    /// [`SAMPLES`] points of the straight line between the ends, from 0 to 1, sampled in floats; none where the path runs to
    /// infinity, and so has no second end.
    pub line: Vec<Sample>,
}

/// What the output does on the lines of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// It runs straight.
    Straight,
    /// It may bend: a certificate of the claim strictly-descends says of a square loss that it falls all the same.
    Bent,
}

impl Lines {
    /// Whether the output may bend on a move.
    fn bend_on(self, step: &Move<Rational>) -> bool {
        match step {
            Move::Bounded(..) => true,
            Move::Line(_) => self == Lines::Bent,
            Move::Follow(_) | Move::Ray(_) | Move::Rescale(_) => false,
        }
    }
}

impl Profile {
    /// Evaluates the vertices exactly; needs one exact forward pass each. On lines the output runs straight.
    ///
    /// # Panics
    /// If the shapes of path, inputs and loss do not fit.
    pub fn new(activation: &Activation, inputs: &DMatrix<Rational>, loss: &Loss, path: &Path<Rational>) -> Self {
        Self::with_lines(activation, inputs, loss, path, Lines::Straight)
    }

    /// The same where the output may bend on lines.
    ///
    /// # Panics
    /// If the shapes of path, inputs and loss do not fit.
    pub fn with_lines(
        activation: &Activation,
        inputs: &DMatrix<Rational>,
        loss: &Loss,
        path: &Path<Rational>,
        lines: Lines,
    ) -> Self {
        let vertices = path.vertices();
        let outputs = parallel::map(&vertices, |vertex| exact_output(activation, inputs, vertex));
        let losses = parallel::map(&outputs, |output| loss.enclose(output));
        let (doubles, measure) = (import_matrix(&Double, inputs), Measure::new(loss, outputs[0].ncols()));
        let mut along = Vec::new();
        for (k, pair) in outputs.windows(2).enumerate() {
            let on_move = |sample: Sample| Sample { at: k as f64 + sample.at, ..sample };
            if lines.bend_on(&path.moves[k]) {
                let ends = [&vertices[k], &vertices[k + 1]].map(|end| end.import(&Double));
                let span = Span::new(activation, &doubles, loss, &[&ends[0], &ends[1]]);
                along.extend(span.line(SAMPLES).into_iter().map(on_move));
                continue;
            }
            let (a, b) = (to_doubles(&pair[0]), to_doubles(&pair[1]));
            let points = if pair[0] == pair[1] { 1 } else { DRAWN };
            along.extend((0..points).map(|i| {
                let lambda = i as f64 / points as f64;
                on_move(measure.sample(lambda, &interpolate(&a, &b, &lambda)))
            }));
        }
        let last = outputs.len() - 1;
        along.push(measure.sample(last as f64, &to_doubles(&outputs[last])));
        let bound = |(step, ends): (&Move<Rational>, &[Interval])| match step {
            Move::Bounded(_, bound, _) => Some(above(bound)),
            _ => Some(above(ends[0].hi().max(ends[1].hi()))),
        };
        let bounds = path.moves.iter().zip(losses.windows(2)).map(bound).collect();
        let is_open = path.moves.last().is_some_and(Move::is_endless);
        let line = if is_open { vec![] } else { sample_line(activation, inputs, loss, &vertices[0], &vertices[last]) };
        Self { vertices: losses, bounds, along, line }
    }

    /// The same for a loss that is not the one the certificate names: what it says of moves whose output may bend says nothing
    /// of it.
    pub fn of_another_loss(mut self, path: &Path<Rational>, lines: Lines) -> Self {
        for (bound, step) in self.bounds.iter_mut().zip(&path.moves) {
            if lines.bend_on(step) {
                *bound = None;
            }
        }
        self
    }

    /// What the loss is certified to be at most on the moves that have a bound.
    pub fn bound(&self) -> Option<f64> {
        self.bounds.iter().flatten().copied().reduce(f64::max)
    }
}

/// The moves that have a bound, in words, where not all have one.
pub fn bounded_moves(bounds: &[Option<f64>]) -> Option<String> {
    let numbers: Vec<usize> = (1..).zip(bounds).filter(|(_, bound)| bound.is_some()).map(|(k, _)| k).collect();
    let runs = numbers.chunk_by(|a, b| a + 1 == *b).map(|run| match run {
        [only] => only.to_string(),
        _ => format!("{} to {}", run[0], run[run.len() - 1]),
    });
    let words = if numbers.len() == 1 { "move" } else { "moves" };
    let some = numbers.len() < bounds.len();
    some.then(|| format!("{words} {} of {}", runs.collect::<Vec<_>>().join(", "), bounds.len()))
}

/// The double at or above a number.
pub(super) fn above(number: &Rational) -> f64 {
    Interval::point(number.clone()).to_f64()[1]
}

/// The largest of sampled losses; NaN where one of them is, as it is where a feature is beyond the range of doubles.
pub fn largest_sampled(losses: impl Iterator<Item = f64>) -> f64 {
    losses.fold(0.0, |largest: f64, loss| if largest.is_nan() || loss.is_nan() { f64::NAN } else { largest.max(loss) })
}

/// [`SAMPLES`] evenly spaced points of the straight line between two networks, in floats: no proof.
pub fn sample_line(
    activation: &Activation,
    inputs: &DMatrix<Rational>,
    loss: &Loss,
    from: &Parameters<Rational>,
    to: &Parameters<Rational>,
) -> Vec<Sample> {
    let ends = [from, to].map(|end| end.import(&Double));
    Span::new(activation, &import_matrix(&Double, inputs), loss, &[&ends[0], &ends[1]]).line(SAMPLES)
}

/// How far the loss strays on a path that a float kernel built, evaluated exactly.
#[derive(Debug, Clone)]
pub struct Stray {
    /// The largest loss found.
    pub largest: Interval,
    /// Where: after this many moves.
    pub position: Rational,
    /// How many points were evaluated, all exactly: every vertex and points inside every move.
    pub points: usize,
    /// The largest distance of the loss at a vertex from both end losses. In exact arithmetic it is zero: only one move
    /// of a connecting path changes the output, and it leads from the one to the other.
    pub drift: Rational,
}

/// Evaluates a path of a float kernel exactly at its vertices and at three points inside each move.
///
/// `exact` is the path with its floats as the rationals that they are; losses are enclosed with `precision_bits`.
///
/// # Panics
/// If the shapes of path, inputs and loss do not fit.
pub fn stray(
    activation: &Activation,
    inputs: &DMatrix<Rational>,
    loss: &Loss,
    exact: &Path<Rational>,
    precision_bits: u32,
) -> Stray {
    let vertices = exact.vertices();
    let on_move = |(vertex, step)| OnMove::new(&Exact, activation, inputs, vertex, step);
    let moves: Vec<_> = vertices.iter().zip(&exact.moves).map(on_move).collect();
    let inside = |k: usize| (0..4).map(move |quarter| (k, Rational::from((quarter, 4))));
    let points: Vec<(usize, Rational)> = (0..moves.len()).flat_map(inside).collect();
    let loss_at = |(k, lambda): &(usize, Rational)| {
        (loss.enclose_at(&moves[*k].output(lambda), precision_bits), Rational::from(lambda + *k as u64))
    };
    let mut losses = parallel::map(&points, loss_at);
    let end = exact_output(activation, inputs, &vertices[vertices.len() - 1]);
    losses.push((loss.enclose_at(&end, precision_bits), Rational::from(exact.moves.len() as u64)));
    let count = losses.len();
    let drift = drift(&losses);
    let (largest, position) =
        losses.into_iter().max_by(|a, b| a.0.hi().cmp(b.0.hi())).expect("the end at least was evaluated");
    Stray { largest, position, points: count, drift }
}

/// The largest distance of the loss at a vertex from both end losses.
fn drift(losses: &[(Interval, Rational)]) -> Rational {
    let ends = [&losses[0].0, &losses[losses.len() - 1].0];
    let distance = |a: &Interval, b: &Interval| Rational::from(a.lo() - b.lo()).abs();
    let vertices = losses.iter().filter(|(_, position)| *position.denom() == 1);
    vertices.map(|(loss, _)| distance(loss, ends[0]).min(distance(loss, ends[1]))).max().unwrap_or_default()
}

fn exact_output(
    activation: &Activation,
    inputs: &DMatrix<Rational>,
    parameters: &Parameters<Rational>,
) -> DMatrix<Rational> {
    let pass = forward(&Exact, &activation.import(&Exact), inputs, parameters).expect("inputs and network fit");
    pass.output().clone()
}

fn to_doubles(matrix: &DMatrix<Rational>) -> DMatrix<f64> {
    matrix.map(|entry| entry.to_f64())
}

//! The loss along a path and along the straight line between its ends.

use crate::arith::Interval;
use crate::linalg::{Double, Exact};
use crate::network::{Activation, Loss, Parameters, forward, import_matrix};
use crate::path::{Move, Path, interpolate, point_on};
use nalgebra::DMatrix;
use rayon::prelude::*;
use rug::Rational;

/// How many evenly spaced points of a straight line the field looks at.
pub const SAMPLES: usize = 61;

/// How many points of a move whose output is not constant are drawn.
const DRAWN: usize = 40;

/// The loss along a path, from exact outputs, and along the straight line between its ends, sampled in floats.
#[derive(Debug, Clone)]
pub struct Profile {
    /// The loss after each move, the start first: enclosures from exact outputs.
    pub vertices: Vec<Interval>,
    /// (position, loss): position k is after k moves. On a certified path the output runs straight on each move, so
    /// that these come from outputs that are exact up to the last rounding. On a bounded move it does not: there they
    /// are samples in floats.
    pub along: Vec<(f64, f64)>,
    /// (position from 0 to 1, loss) at [`SAMPLES`] points of the straight line, sampled in floats.
    pub line: Vec<(f64, f64)>,
}

impl Profile {
    /// Evaluates the vertices exactly; needs one exact forward pass each.
    ///
    /// # Panics
    /// If the shapes of path, inputs and loss do not fit.
    pub fn new(activation: &Activation, inputs: &DMatrix<Rational>, loss: &Loss, path: &Path<Rational>) -> Self {
        let vertices = path.vertices();
        let outputs: Vec<DMatrix<Rational>> =
            vertices.par_iter().map(|vertex| exact_output(activation, inputs, vertex)).collect();
        let mut along = Vec::new();
        for (k, pair) in outputs.windows(2).enumerate() {
            if matches!(path.moves[k], Move::Bounded(..)) {
                let samples = sample_line(activation, inputs, loss, &vertices[k], &vertices[k + 1]);
                along.extend(samples.into_iter().map(|(lambda, loss)| (k as f64 + lambda, loss)));
                continue;
            }
            let (a, b) = (to_doubles(&pair[0]), to_doubles(&pair[1]));
            let points = if pair[0] == pair[1] { 1 } else { DRAWN };
            along.extend((0..points).map(|i| {
                let lambda = i as f64 / points as f64;
                (k as f64 + lambda, loss.approximate(&interpolate(&a, &b, &lambda)))
            }));
        }
        let last = &outputs[outputs.len() - 1];
        along.push(((outputs.len() - 1) as f64, loss.approximate(&to_doubles(last))));
        let line = sample_line(activation, inputs, loss, &vertices[0], &vertices[vertices.len() - 1]);
        Self { vertices: outputs.iter().map(|output| loss.enclose(output)).collect(), along, line }
    }
}

/// (λ, loss) at [`SAMPLES`] evenly spaced points of the straight line between two networks, in floats: no proof.
pub fn sample_line(
    activation: &Activation,
    inputs: &DMatrix<Rational>,
    loss: &Loss,
    from: &Parameters<Rational>,
    to: &Parameters<Rational>,
) -> Vec<(f64, f64)> {
    let (activation, inputs) = (activation.import(&Double), import_matrix(&Double, inputs));
    let (from, to) = (from.import(&Double), to.import(&Double));
    let point = |i: usize| {
        let lambda = i as f64 / (SAMPLES - 1) as f64;
        let layers = from.layers().iter().zip(to.layers()).map(|(a, b)| interpolate(a, b, &lambda)).collect();
        let network = Parameters::new(layers).expect("both ends have one architecture");
        let pass = forward(&Double, &activation, &inputs, &network).expect("inputs and network fit");
        (lambda, loss.approximate(pass.output()))
    };
    (0..SAMPLES).map(point).collect()
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
    let inside = |k: usize| (0..4).map(move |quarter| (k, Rational::from((quarter, 4))));
    let points: Vec<(usize, Rational)> = (0..exact.moves.len()).flat_map(inside).collect();
    let loss_at = |(k, lambda): &(usize, Rational)| {
        let point = point_on(&Exact, activation, inputs, &vertices[*k], &exact.moves[*k], lambda);
        (loss.enclose_at(&exact_output(activation, inputs, &point), precision_bits), Rational::from(lambda + *k as u64))
    };
    let mut losses: Vec<(Interval, Rational)> = points.par_iter().map(loss_at).collect();
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

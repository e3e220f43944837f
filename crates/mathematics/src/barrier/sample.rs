//! What the field does: the loss at evenly spaced points of a path, in doubles, without a proof.

use super::search::Position;
use super::task::Task;
use crate::arith::parallel;
use crate::linalg::Double;
use crate::network::{Parameters, forward_rows};
use nalgebra::DMatrix;

/// The loss at `count` ≥ 2 points from the start of the path to its end, every segment taking the same share.
///
/// Cost: a forward pass in doubles a point; all cores.
pub fn samples(task: &Task<'_>, count: u32) -> Vec<(Position, f64)> {
    let activation = task.activation().in_doubles();
    let inputs = task.inputs().rounded();
    let inputs = inputs.import(&Double);
    let segments: Vec<Vec<Parameters<f64>>> =
        task.segments().iter().map(|points| points.iter().map(|point| point.import(&Double)).collect()).collect();
    let loss_at = |i: usize| {
        let position = position(segments.len(), i as f64 / f64::from(count.max(2) - 1));
        let network = point(&segments[position.segment], position.lambda);
        let output = forward_rows(&Double, &activation, &inputs, &network).expect("a task fits together");
        (position, task.loss().approximate(&output))
    };
    parallel::collect(count as usize, loss_at)
}

/// The place at t in [0, 1] along a path of so many segments.
pub fn position(segments: usize, t: f64) -> Position {
    let along = t * segments as f64;
    let segment = (0..segments).rev().find(|&segment| segment as f64 <= along).unwrap_or(0);
    Position { segment, lambda: (along - segment as f64).min(1.0) }
}

/// The parameters at λ between two ends, or on the curve with the control point between them.
fn point(points: &[Parameters<f64>], lambda: f64) -> Parameters<f64> {
    let rest = 1.0 - lambda;
    let weights =
        if points.len() == 2 { vec![rest, lambda] } else { vec![rest * rest, 2.0 * lambda * rest, lambda * lambda] };
    let layer = |k: usize| -> DMatrix<f64> {
        points.iter().zip(&weights).map(|(point, weight)| point.layer(k).as_ref() * *weight).sum()
    };
    Parameters::new((1..=points[0].depth()).map(layer).collect()).expect("all points have one architecture")
}

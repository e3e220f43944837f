//! The loss in rational numbers: at a point of any path, and its maximum on small paths.
//!
//! **The maximum.** One hidden layer, a straight segment: the hidden pre-activations are affine in λ, so that every
//! breakpoint is crossed at a rational λ. Between two neighbouring crossings the output is a polynomial of degree 2,
//! which has control points Z_0, Z_1, Z_2 in its Bernstein form on any interval: output(s) = Σ_k B_k(s) Z_k with weights
//! B_k(s) ≥ 0 that sum to 1. For a convex φ therefore Φ ≤ max_k φ(Z_k), and Z_0, Z_2 are values of the output. Bisection
//! closes the gap. Nothing here is shared with the float bounds but the exact forward pass and loss.

use super::task::Task;
use crate::arith::Interval;
use crate::linalg::Exact;
use crate::network::{Activation, forward};
use nalgebra::DMatrix;
use rug::Rational;
use std::collections::BTreeSet;

/// Φ at λ on a segment, from exact outputs: of width 0 for squares and the hinge loss, see
/// [`crate::network::Loss::enclose`] for the cross-entropies.
///
/// Cost: an exact forward pass.
///
/// # Panics
/// If there is no such segment, or σ is not piecewise linear.
pub fn exact_loss(task: &Task<'_>, segment: usize, lambda: &Rational) -> Interval {
    task.loss().enclose(&output(task, segment, lambda))
}

/// How many multiplications an exact forward pass takes: what decides whether it is worth while.
pub fn exact_cost(task: &Task<'_>) -> usize {
    let widths = task.segments()[0][0].widths();
    task.inputs().samples() * widths.windows(2).map(|pair| pair[0] * pair[1]).sum::<usize>()
}

fn output(task: &Task<'_>, segment: usize, lambda: &Rational) -> DMatrix<Rational> {
    let point = task.point(segment, lambda);
    let activation = piecewise_linear(task).import(&Exact);
    let pass = forward(&Exact, &activation, &task.inputs().exact(), &point).expect("a task fits together");
    pass.output().clone()
}

fn piecewise_linear<'t>(task: &'t Task<'_>) -> &'t Activation {
    task.activation().piecewise_linear().expect("only piecewise-linear functions have rational values")
}

/// An enclosure of max Φ of at most this width (> 0), by exact arithmetic; `None` for more than one hidden layer or for a
/// Bézier curve, where crossings are not rational, and where σ is not piecewise linear.
pub fn exact_maximum(task: &Task<'_>, width: &Rational) -> Option<Interval> {
    let straight = task.segments().iter().all(|points| points.len() == 2);
    if !straight || task.activation().piecewise_linear().is_none() || task.segments()[0][0].depth() > 2 {
        return None;
    }
    let pieces = (0..task.segments().len()).flat_map(|segment| {
        let cuts: Vec<Rational> = crossings(task, segment).into_iter().collect();
        cuts.windows(2).map(|cut| Arc::new(task, segment, &cut[0], &cut[1])).collect::<Vec<_>>()
    });
    let mut arcs: Vec<Arc> = pieces.collect();
    let mut lower = arcs.iter().map(|arc| arc.attained(task)).max()?;
    loop {
        arcs.retain(|arc| arc.upper > lower);
        let upper = arcs.iter().map(|arc| &arc.upper).max().unwrap_or(&lower).clone();
        if Rational::from(&upper - &lower) <= *width {
            return Interval::new(lower.clone(), upper.max(lower));
        }
        arcs = arcs.iter().flat_map(|arc| arc.halves(task)).collect();
        lower = arcs.iter().map(|arc| arc.attained(task)).max()?.max(lower);
    }
}

/// 0, 1, and every λ between where a hidden pre-activation meets a breakpoint.
fn crossings(task: &Task<'_>, segment: usize) -> BTreeSet<Rational> {
    let mut cuts = BTreeSet::from([Rational::new(), Rational::from(1)]);
    let [from, to] = [0, 1].map(|end| {
        let activation = piecewise_linear(task).import(&Exact);
        let pass = forward(&Exact, &activation, &task.inputs().exact(), task.segments()[segment][end]);
        pass.expect("a task fits together").pre_activations.swap_remove(0)
    });
    if task.segments()[segment][0].depth() == 1 {
        return cuts;
    }
    for (a, b) in from.iter().zip(to.iter()).filter(|(a, b)| a != b) {
        for breakpoint in piecewise_linear(task).breakpoints() {
            let lambda = Rational::from(breakpoint - a) / Rational::from(b - a);
            if lambda > 0 && lambda < 1 {
                cuts.insert(lambda);
            }
        }
    }
    cuts
}

/// A piece on which the output is a polynomial of degree 2, by its control points.
struct Arc {
    control: [DMatrix<Rational>; 3],
    upper: Rational,
}

impl Arc {
    fn new(task: &Task<'_>, segment: usize, from: &Rational, to: &Rational) -> Self {
        let middle = Rational::from(from + to) / 2;
        let [a, m, b] = [from, &middle, to].map(|lambda| output(task, segment, lambda));
        // The value in the middle is (Z_0 + 2 Z_1 + Z_2)/4.
        let control = a.zip_zip_map(&b, &m, |a, b, m| 2u32 * m - (a + b) / 2u32);
        Self::from_control(task, [a, control, b])
    }

    fn from_control(task: &Task<'_>, control: [DMatrix<Rational>; 3]) -> Self {
        let upper = control.iter().map(|point| task.loss().enclose(point).hi().clone()).max();
        Arc { upper: upper.expect("three control points"), control }
    }

    /// The larger value at the two ends.
    fn attained(&self, task: &Task<'_>) -> Rational {
        let [a, b] = [0, 2].map(|end| task.loss().enclose(&self.control[end]).lo().clone());
        a.max(b)
    }

    /// De Casteljau's bisection.
    fn halves(&self, task: &Task<'_>) -> [Arc; 2] {
        let mean = |a: &DMatrix<Rational>, b: &DMatrix<Rational>| a.zip_map(b, |a, b| (a + b) / 2u32);
        let [a, c, b] = &self.control;
        let (left, right) = (mean(a, c), mean(c, b));
        let middle = mean(&left, &right);
        [[a.clone(), left, middle.clone()], [middle, right, b.clone()]].map(|control| Self::from_control(task, control))
    }
}

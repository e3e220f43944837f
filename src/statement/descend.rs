//! **Descent** (ICML 2019: Theorems 3.2 (1), 4.2 (1), 6.1 (1)): a path on which the loss never rises and ends below ε.
//!
//! *No bad local valleys: from every point there is a path on which the loss does not increase and comes as close to its
//! infimum as we like.* The theorems bring the output to any Ŷ along a straight line
//! ([`mod@super::wide_layer`]); here Ŷ is chosen by the loss:
//! * **square**: Ŷ = Y, where the loss is zero. Along the way it is (1 − λ)² times the start's: strictly decreasing.
//! * **cross-entropy**: Ŷ = F_L + T·onehot. The loss of each sample is ln(1 + Σ_{j≠y} e^{g_j − T}) with gaps
//!   g_j = F_j − F_y: strictly decreasing in T, and at most (m − 1) e^{g − T} ≤ ε for T ≥ g + ln((m − 1)/ε), g the
//!   largest gap.
//! * **hinge**: the same direction; max(0, 1 + g_j − T) does not increase and vanishes for T ≥ g + 1.
//!
//! So for these three the loss never rises. For a general convex φ only "at most the start's" is proved on the way to a
//! given Ŷ; the checker says which of the two it is.
//!
//! # Example
//! ```
//! use sublevel::{certificate::Claim, checker::{Conclusion, Descent}, example::*, linalg::Exact, network::Loss};
//! use sublevel::statement::{Goal, descend::descend};
//!
//! // Two samples, two ReLUs: layer 1 is wide.
//! let problem = problem("relu", integers(2, 1, &[0, 1]), &[1, 2, 1]);
//! let from = network(&[1, 2, 1], &[&[1, -2, 0, 1], &[1, 1, -1]]);
//! let loss = Loss::Square(integers(2, 1, &[3, 5]));
//! let epsilon = (1, 1000).into();
//! let goal = Goal::never_rising(&loss, &epsilon);
//! let path = descend(&Exact, &problem, &goal, 1, &from).unwrap();
//! assert_eq!(*walker(&problem, &path.end()).output(), integers(2, 1, &[3, 5]));
//! let proved = conclusion(&problem, Claim::Descends, Some(&loss), &path);
//! assert_eq!(proved, Ok(Conclusion::Descends(Descent::NeverRises)));
//! ```

use super::wide_layer::{hypotheses, independent_features, steer_output};
use super::wide_layers::stand;
use super::{Obstacle, Problem};
use crate::linalg::Kernel;
use crate::network::{Loss, Parameters, import_matrix, to_exact};
use crate::path::{Path, Walker};
use nalgebra::DMatrix;
use rug::Rational;

/// Where a descent is to come.
#[derive(Debug, Clone, Copy)]
pub struct Goal<'a> {
    /// φ.
    pub loss: &'a Loss,
    /// ε: the loss at the end is at most this.
    pub epsilon: &'a Rational,
    /// α above the loss at the start: the loss may rise to this where the network has to be moved to a nearby point
    /// first ([`mod@super::nearby`]). Without it the loss never rises.
    pub alpha: Option<&'a Rational>,
}

impl<'a> Goal<'a> {
    /// Below ε without ever rising.
    pub fn never_rising(loss: &'a Loss, epsilon: &'a Rational) -> Self {
        Goal { loss, epsilon, alpha: None }
    }
}

/// A path to a loss of at most ε, through the wide layer k (0: the data are independent). No move if it is there.
///
/// # Errors
/// [`Obstacle::Hypothesis`] where the theorem does not apply; the others only from rounded kernels.
pub fn descend<K: Kernel>(
    kernel: &K,
    problem: &Problem,
    goal: &Goal<'_>,
    k: usize,
    from: &Parameters<Rational>,
) -> Result<Path<K::Scalar>, Obstacle> {
    hypotheses(problem, k)?;
    let mut walker = stand(kernel, problem, from);
    if next_output(&walker, goal)?.is_some() {
        let allowance = goal.alpha.map(|alpha| (goal.loss, alpha));
        independent_features(&mut walker, problem, k, allowance)?;
        if let Some(target) = next_output(&walker, goal)? {
            steer_output(&mut walker, problem, k, &import_matrix(kernel, &target))?;
        }
    }
    Ok(walker.into_path())
}

/// Ŷ; `None` where the loss is at most ε already.
fn next_output<K: Kernel>(walker: &Walker<K>, goal: &Goal<'_>) -> Result<Option<DMatrix<Rational>>, Obstacle> {
    let lost = Obstacle::RankLost { step: "the output is not finite", found: 0, needed: walker.samples() };
    let output = to_exact(walker.output()).ok_or(lost)?;
    let above = goal.loss.enclose(&output).hi() > goal.epsilon;
    Ok(above.then(|| target_output(goal.loss, &output, goal.epsilon)))
}

/// Ŷ [N, m] with φ(Ŷ) ≤ ε, towards which φ does not increase from `output` [N, m].
pub fn target_output(loss: &Loss, output: &DMatrix<Rational>, epsilon: &Rational) -> DMatrix<Rational> {
    let (labels, margin) = match loss {
        Loss::Square(targets) => return targets.clone(),
        Loss::CrossEntropy(labels) => (labels, logarithm_above(output.ncols(), epsilon)),
        Loss::Hinge(labels) => (labels, Rational::from(1)),
    };
    let gap = largest_gap(output, labels);
    let raise = gap.map(|gap| (gap + margin).ceil()).filter(|raise| *raise > 0);
    let mut target = output.clone();
    for (i, &label) in labels.iter().enumerate() {
        target[(i, label)] += raise.clone().unwrap_or_default();
    }
    target
}

/// max over samples i and outputs j ≠ y_i of F_ij − F_{i,y_i}; `None` for a single output.
fn largest_gap(output: &DMatrix<Rational>, labels: &[usize]) -> Option<Rational> {
    let gaps = labels.iter().enumerate().flat_map(|(i, &label)| {
        let others = (0..output.ncols()).filter(move |&j| j != label);
        others.map(move |j| Rational::from(&output[(i, j)] - &output[(i, label)]))
    });
    gaps.max()
}

/// A rational above ln((m − 1)/ε): ln x < b·0.6932 where x ≤ 2^b.
fn logarithm_above(outputs: usize, epsilon: &Rational) -> Rational {
    let ratio = Rational::from(outputs.saturating_sub(1)) / epsilon;
    Rational::from((6932, 10_000)) * ratio.ceil().numer().significant_bits()
}

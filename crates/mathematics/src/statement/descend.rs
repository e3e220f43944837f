//! **Descent** (ICML 2019: Theorems 3.2 (1), 4.2 (1), 6.1 (1)): a path on which the loss never rises and ends below ε.
//!
//! *No bad local valleys: from every point there is a path on which the loss does not increase and comes as close to its
//! infimum as we like.* The theorems bring the output to any Ŷ along a straight line
//! ([`mod@super::wide_layer`]); here Ŷ is chosen by the loss:
//! * **square**, **mean-square**: Ŷ = Y, where the loss is zero. Along the way it is (1 − λ)² times the start's: strictly
//!   decreasing.
//! * **cross-entropy**: Ŷ = F_L + T·onehot. The loss of each sample is ln(1 + Σ_{j≠y} e^{g_j − T}) with gaps
//!   g_j = F_j − F_y: strictly decreasing in T, and at most (m − 1) e^{g − T} ≤ ε for T ≥ g + ln((m − 1)/ε), g the
//!   largest gap.
//! * **hinge**: the same direction; max(0, 1 + g_j − T) does not increase, and is at most ε for T a little below g + 1: until
//!   there it falls strictly for the sample of the largest gap.
//! * **binary cross-entropy** with targets 0 and 1: each output is a cross-entropy of two logits, 0 and F_ij. Ŷ_ij =
//!   F_ij ± T, up for the target 1: strictly decreasing, and at most ε for T ≥ g + ln(1/ε), g the largest of ∓F_ij.
//! * **soft labels**, and targets between 0 and 1: the infimum H is the mean entropy, and asked for is ε > H. Near it is M with
//!   M_ij = ln t_ij (for the binary one ln(t/(1 − t))), −B for t_ij = 0, rounded. Ŷ = F_L + (1 − δ)(M − F_L) stops
//!   short of M: φ(Ŷ) ≤ δ φ(F_L) + φ(M) by convexity, and where φ(Ŷ) ≥ φ(M), φ does not rise up to Ŷ.
//!
//! So for all of them the loss never rises, whatever the weights of the samples. For a general convex φ only "at most the
//! start's" is proved on the way to a given Ŷ; the checker says which of the two it is.
//!
//! **Strictly** ([`Goal::strictly`]): until the features are independent the output is constant in the paper's proof. With
//! [`mod@super::tilt`] the output bias moves meanwhile, so that the loss falls strictly on every move; Ŷ is chosen then.
//!
//! # Example
//! ```
//! use sublevel::{certificate::Claim, checker::{Conclusion, Descent}, example::*, linalg::Exact, network::Loss};
//! use sublevel::statement::{Goal, descend::descend};
//!
//! // Two samples, two ReLUs: layer 1 is wide.
//! let problem = problem("relu", integers(2, 1, &[0, 1]), &[1, 2, 1]);
//! let from = network(&[1, 2, 1], &[&[1, -2, 0, 1], &[1, 1, -1]]);
//! let loss = Loss::square(integers(2, 1, &[3, 5]));
//! let epsilon = (1, 1000).into();
//! let goal = Goal::never_rising(&loss, &epsilon);
//! let path = descend(&Exact, &problem, &goal, 1, &from).unwrap();
//! assert_eq!(*walker(&problem, &path.end()).output(), integers(2, 1, &[3, 5]));
//! let proved = conclusion(&problem, Claim::Descends, Some(&loss), &path);
//! assert_eq!(proved, Ok(Conclusion::Descends(Descent::NeverRises)));
//! ```

use super::tilt::tilt;
use super::wide_layer::{Above, hypotheses, independent_features};
use super::wide_layers::stand;
use super::{Hypothesis, Obstacle, Problem};
use crate::arith::{Interval, write_rational};
use crate::linalg::Kernel;
use crate::network::{Criterion, Loss, LossKind, Parameters, import_matrix, to_exact};
use crate::path::{Path, Walker};
use nalgebra::DMatrix;
use rug::{Float, Rational};

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
    /// Whether the loss has to fall strictly on every move; α is then no help.
    pub strictly: bool,
}

impl<'a> Goal<'a> {
    /// Below ε without ever rising.
    pub fn never_rising(loss: &'a Loss, epsilon: &'a Rational) -> Self {
        Goal { loss, epsilon, alpha: None, strictly: false }
    }

    /// Below ε with a loss that falls strictly.
    pub fn strictly(loss: &'a Loss, epsilon: &'a Rational) -> Self {
        Goal { strictly: true, ..Goal::never_rising(loss, epsilon) }
    }

    /// ε is not below the infimum of the loss, as far as an enclosure of 128 bits says. The message adds `constant` to
    /// both: what was subtracted from the loss.
    ///
    /// # Errors
    /// [`Hypothesis::BelowInfimum`].
    pub fn require_above_infimum(&self, constant: &Rational) -> Result<(), Hypothesis> {
        let infimum = self.loss.infimum(128);
        if self.epsilon >= infimum.lo() {
            return Ok(());
        }
        let whole = |end: &Rational| Rational::from(end + constant);
        let infimum = Interval::new(whole(infimum.lo()), whole(infimum.hi())).expect("shifted by one number");
        Err(below_infimum(&whole(self.epsilon), &infimum))
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
    goal.require_above_infimum(&Rational::new())?;
    let mut walker = stand(kernel, problem, from);
    if is_reached(&walker, goal)? {
        return Ok(walker.into_path());
    }
    let allowance = goal.alpha.filter(|_| !goal.strictly).map(|alpha| (goal.loss, alpha));
    independent_features(&mut walker, problem, k, allowance)?;
    let mut above = Above::reach(&mut walker, problem, k)?;
    // On all moves so far the output has been that of the start.
    if goal.strictly && !above.walker().path().moves.is_empty() {
        let shift = tilt(goal.loss, &output(above.walker())?)?;
        above.tilt(&import_matrix(kernel, &shift));
    }
    if !is_reached(above.walker(), goal)? {
        let target = target_output(goal.loss, &output(above.walker())?, goal.epsilon)?;
        above.steer(&import_matrix(kernel, &target))?;
    }
    Ok(walker.into_path())
}

/// The output as rational numbers.
fn output<K: Kernel>(walker: &Walker<K>) -> Result<DMatrix<Rational>, Obstacle> {
    let lost = Obstacle::RankLost { step: "the output is not finite", found: 0, needed: walker.samples() };
    to_exact(walker.output()).ok_or(lost)
}

/// Whether the loss is at most ε.
fn is_reached<K: Kernel>(walker: &Walker<K>, goal: &Goal<'_>) -> Result<bool, Obstacle> {
    Ok(goal.loss.enclose(&output(walker)?).hi() <= goal.epsilon)
}

/// Ŷ [N, m] with φ(Ŷ) ≤ ε, towards which φ does not increase from `output` [N, m], where φ is above ε.
///
/// # Errors
/// [`Hypothesis::BelowInfimum`] if there is none, or ε is so close to the infimum that 4,096 bits do not tell them apart.
pub fn target_output(
    loss: &Loss,
    output: &DMatrix<Rational>,
    epsilon: &Rational,
) -> Result<DMatrix<Rational>, Hypothesis> {
    // For labels: which outputs are raised, and how far the others are above them at most.
    let (mut target, margin) = (output.clone(), logarithm_above(output.ncols(), epsilon));
    match loss.criterion() {
        Criterion::Square(targets) | Criterion::MeanSquare(targets) => Ok(targets.clone()),
        Criterion::CrossEntropy(labels) | Criterion::Hinge(labels) => {
            let raise = match (largest_gap(loss, output, labels), loss.kind()) {
                (None, _) => None,
                // A multiple of a number of at most ε, not beyond g + 1.
                (Some(gap), LossKind::Hinge) => {
                    let unit = power_below(epsilon);
                    Some(((gap + 1u32) / &unit).floor() * unit)
                }
                (Some(gap), _) => Some((gap + margin).ceil()),
            };
            let raise = raise.filter(|raise| *raise > 0);
            for (i, &label) in labels.iter().enumerate() {
                target[(i, label)] += raise.clone().unwrap_or_default();
            }
            Ok(target)
        }
        Criterion::BinaryCrossEntropy(targets) if targets.iter().all(|t| *t == 0 || *t == 1) => {
            let right = |f: &Rational, t: &Rational| if *t == 1 { f.clone() } else { Rational::from(-f) };
            let places =
                (0..output.nrows()).filter(|&i| counts(loss, i)).flat_map(|i| (0..output.ncols()).map(move |j| (i, j)));
            let gap = places.map(|at| -right(&output[at], &targets[at])).max().unwrap_or_default();
            let raise = (gap + logarithm_above(2, epsilon)).ceil().max(Rational::new());
            target.zip_apply(targets, |f, t| if t == 1 { *f += &raise } else { *f -= &raise });
            Ok(target)
        }
        Criterion::SoftCrossEntropy(targets) => {
            short_of(loss, output, epsilon, |bits| targets.map(|t| logarithm(&t, bits)))
        }
        Criterion::BinaryCrossEntropy(targets) => {
            short_of(loss, output, epsilon, |bits| targets.map(|t| logarithm(&t, bits) - logarithm(&(1 - t), bits)))
        }
    }
}

/// Ŷ short of outputs `near(bits)` whose loss comes close to the infimum, the closer the more bits.
fn short_of(
    loss: &Loss,
    output: &DMatrix<Rational>,
    epsilon: &Rational,
    near: impl Fn(u32) -> DMatrix<Rational>,
) -> Result<DMatrix<Rational>, Hypothesis> {
    let start = loss.enclose(output).hi().clone();
    for bits in (6..=12).map(|k| 1 << k) {
        let near = near(bits);
        // What lies between two outputs near the infimum is of the square of their distance.
        let precision = 4 * bits;
        let reached = loss.enclose_at(&near, precision);
        let room = Rational::from(epsilon - reached.hi());
        if room <= 0 {
            continue;
        }
        let short = (Rational::from(&room / &start) / 2u32).min(Rational::from((1, 2)));
        // A power of two: Ŷ has few bits more than M.
        let short = power_below(&short);
        let target = output.zip_map(&near, |f, m| Rational::from(&m - &f) * (1 - short.clone()) + f);
        if loss.enclose_at(&target, precision).lo() > reached.hi() {
            return Ok(target);
        }
    }
    Err(below_infimum(epsilon, &loss.infimum(128)))
}

fn below_infimum(epsilon: &Rational, infimum: &Interval) -> Hypothesis {
    Hypothesis::BelowInfimum { epsilon: write_rational(epsilon), infimum: infimum.to_string() }
}

/// ln t to about so many bits, and −`bits` in the place of ln 0.
fn logarithm(t: &Rational, bits: u32) -> Rational {
    let exponent = -i64::from(bits);
    if t.is_zero() {
        return Rational::from(exponent);
    }
    let logarithm = Float::with_val(bits, t).ln();
    logarithm.to_rational().expect("the logarithm of a number above 0 is finite")
}

/// A power of two that is at most x > 0 and more than a quarter of it.
pub(super) fn power_below(x: &Rational) -> Rational {
    let [above, below] = [x.numer(), x.denom()].map(|part| i64::from(part.significant_bits()));
    let exponent = i32::try_from(above - below - 1).expect("a number with less than 2^31 bits");
    Rational::from(1) << exponent
}

/// Whether a sample has a positive weight.
fn counts(loss: &Loss, sample: usize) -> bool {
    loss.weights().is_none_or(|weights| !weights[sample].is_zero())
}

/// max over samples i that count and outputs j ≠ y_i of F_ij − F_{i,y_i}; `None` for a single output.
fn largest_gap(loss: &Loss, output: &DMatrix<Rational>, labels: &[usize]) -> Option<Rational> {
    let gaps = labels.iter().enumerate().filter(|(i, _)| counts(loss, *i)).flat_map(|(i, &label)| {
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

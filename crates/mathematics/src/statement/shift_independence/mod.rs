//! **Assumptions 2.1 and 2.2, Lemma 2.3** (ICML 2019): what the activation must satisfy, decided exactly.
//!
//! *Assumption 2.1: σ is strictly monotone and σ(ℝ) = ℝ. Assumption 2.2: there are no non-zero λ_1, …, λ_p and distinct
//! non-zero shifts a_1, …, a_p with σ(x) = Σ λ_i σ(x − a_i) for all x. Lemma 2.3: Assumption 2.2 holds for every
//! continuous piecewise-linear σ with at least two pieces, and for the exponential linear unit.*
//!
//! Assumption 2.1, for piecewise-linear σ: all slopes have one sign; else two points with one value are named.
//! Assumption 2.2, for piecewise-linear σ: there are two different slopes; else the relation is named,
//! σ(x) = 2σ(x − 1) − σ(x − 2) for affine σ and σ(x) = σ(x − 1) for constant σ.
//!
//! For *given* shifts the relation is refuted in independent ways, each an object that is checked by itself:
//! - [`KinkRefutation`] is the argument of Appendix A: the outermost kink of all copies belongs to one copy alone,
//!   so that its coefficient is zero; copy after copy falls, until a kink of σ itself is left without a partner.
//! - [`PointRefutation`] is linear algebra: the relation at finitely many points is a linear system, and a weighting of
//!   its equations sums up to 0 = 1.
//! - [`CurvatureRefutation`] and [`EnclosureRefutation`] are the same pair for the exponential linear unit.
//!
//! **What differs from the paper.** Appendix A supposes all λ_i ≠ 0 and looks at one kink; here the λ_i are arbitrary,
//! and the copies are excluded one after another. The paper does not ask a_i ≠ 0, but without it the assumption is
//! empty: σ(x) = 1·σ(x − 0).
//!
//! # Example
//! ```
//! use sublevel::network::Activation;
//! use sublevel::statement::shift_independence::{ShiftIndependence, Shifts, refute_by_kinks};
//!
//! let relu = Activation::relu();
//! assert!(ShiftIndependence::decide(&relu).holds());
//! let shifts = Shifts::new(vec![1.into(), (-1, 2).into()]).unwrap();
//! assert!(refute_by_kinks(&relu, &shifts).unwrap().verify(&relu, &shifts).is_ok());
//! // An affine function in disguise is related to two of its shifts, and the relation is true.
//! let affine: Activation = "pl:breakpoints=0;slopes=3,3;value=1".parse().unwrap();
//! let decided = ShiftIndependence::decide(&affine);
//! assert!(!decided.holds() && decided.verify(&affine));
//! ```

mod curvature;
mod enclosure;
mod findings;
mod kinks;
mod points;
mod smooth;

pub use curvature::{Bend, CurvatureRefutation, refute_by_curvature};
pub use enclosure::{CEILING, EnclosureRefutation, Undecided, refute_by_enclosure};
pub use findings::{Findings, NoFindings, assumptions};
pub use kinks::{Exclusion, KinkRefutation, NoKink, Side, refute_by_kinks};
pub use points::{PointOutcome, PointRefutation, decide_by_points, is_combination_at_points};
pub use smooth::{Smooth, SmoothError};

use super::exact_text;
use crate::{arith::write_rational, network::Activation};
use rug::Rational;
use serde::Serialize;
use std::fmt;

/// Why these are no shifts a_1, …, a_p; indices from 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShiftError {
    /// p = 0.
    #[error("no shifts: give at least one")]
    None,
    /// A shift is zero, which makes the relation σ(x) = σ(x − 0) true for every function.
    #[error("shift number {} is zero: shifts are non-zero", index + 1)]
    Zero { index: usize },
    /// Two shifts are equal.
    #[error("shifts number {} and {} are equal: shifts are distinct", first + 1, second + 1)]
    Repeated { first: usize, second: usize },
}

/// The shifts a_1, …, a_p of a relation: at least one, non-zero, distinct.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shifts(Vec<Rational>);

impl Shifts {
    /// The shifts in the given order.
    ///
    /// # Errors
    /// [`ShiftError`] names the first shift that does not belong.
    pub fn new(shifts: Vec<Rational>) -> Result<Self, ShiftError> {
        if shifts.is_empty() {
            return Err(ShiftError::None);
        }
        for (index, shift) in shifts.iter().enumerate() {
            if shift.is_zero() {
                return Err(ShiftError::Zero { index });
            }
            if let Some(first) = shifts[..index].iter().position(|earlier| earlier == shift) {
                return Err(ShiftError::Repeated { first, second: index });
            }
        }
        Ok(Shifts(shifts))
    }

    /// The shifts.
    pub fn as_slice(&self) -> &[Rational] {
        &self.0
    }

    /// Their indices in ascending order of the shifts.
    fn ascending(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.0.len()).collect();
        order.sort_by(|&i, &j| self.0[i].cmp(&self.0[j]));
        order
    }
}

/// Points on which a combination of σ and its shifted copies vanishes only if it vanishes everywhere: every kink
/// t_j and t_j + a_i, and one point beyond each end; ascending. For affine σ, 0 and 1.
///
/// Between neighbouring kinks, and beyond the last ones, the combination is affine and has two zeros.
pub fn decisive_points(activation: &Activation, shifts: &Shifts) -> Vec<Rational> {
    let mut points = activation.breakpoints().to_vec();
    for shift in shifts.as_slice() {
        points.extend(activation.breakpoints().iter().map(|kink| Rational::from(kink + shift)));
    }
    points.sort();
    points.dedup();
    match (points.first().cloned(), points.last().cloned()) {
        (Some(first), Some(last)) => {
            points.insert(0, first - 1);
            points.push(last + 1);
            points
        }
        _ => vec![Rational::new(), Rational::from(1)],
    }
}

/// A relation σ(x) = Σ λ_i σ(x − a_i) for all x: what Assumption 2.2 forbids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Relation {
    /// The shifts a_i.
    #[serde(serialize_with = "exact_text::numbers")]
    pub shifts: Vec<Rational>,
    /// The coefficients λ_i, in the same order.
    #[serde(serialize_with = "exact_text::numbers")]
    pub coefficients: Vec<Rational>,
}

impl Relation {
    /// Whether the relation has valid shifts and non-zero coefficients and is true for all x: exact.
    pub fn verify(&self, activation: &Activation) -> bool {
        let Ok(shifts) = Shifts::new(self.shifts.clone()) else { return false };
        let proper = self.coefficients.len() == self.shifts.len() && self.coefficients.iter().all(|c| !c.is_zero());
        proper
            && decisive_points(activation, &shifts).iter().all(|x| {
                let copies = self.shifts.iter().zip(&self.coefficients);
                let sum: Rational = copies.map(|(a, c)| activation.evaluate(&Rational::from(x - a)) * c).sum();
                sum == activation.evaluate(x)
            })
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("σ(x) =")?;
        for (index, (shift, coefficient)) in self.shifts.iter().zip(&self.coefficients).enumerate() {
            let plus = if index == 0 { "" } else { " +" };
            write!(f, "{plus} ({})·σ(x − ({}))", write_rational(coefficient), write_rational(shift))?;
        }
        f.write_str(" for every x")
    }
}

/// Assumption 2.1, decided for a piecewise-linear σ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "assumption_2_1", rename_all = "kebab-case")]
pub enum MonotoneOnto {
    /// All slopes have one sign and are at least `least_slope` > 0 in absolute value: strictly monotone, unbounded
    /// both ways.
    Holds {
        /// Whether σ increases.
        increasing: bool,
        /// The smallest absolute slope.
        #[serde(serialize_with = "exact_text::number")]
        least_slope: Rational,
    },
    /// σ(left) = σ(right) = value with left < right: not strictly monotone.
    Fails {
        /// A point.
        #[serde(serialize_with = "exact_text::number")]
        left: Rational,
        /// A point to the right of it.
        #[serde(serialize_with = "exact_text::number")]
        right: Rational,
        /// The value at both.
        #[serde(serialize_with = "exact_text::number")]
        value: Rational,
    },
}

impl MonotoneOnto {
    /// Decides Assumption 2.1.
    pub fn decide(activation: &Activation) -> Self {
        let slopes = activation.slopes();
        let flat = slopes.iter().position(Rational::is_zero);
        let turn = slopes.windows(2).position(|pair| (pair[0] < 0) != (pair[1] < 0));
        let (left, right) = match (flat, turn) {
            (Some(piece), _) => on_flat_piece(activation, piece),
            (None, Some(kink)) => around_turn(activation, kink),
            (None, None) => {
                let sizes = slopes.iter().map(|slope| slope.clone().abs());
                let least_slope = sizes.min().unwrap_or_default();
                return MonotoneOnto::Holds { increasing: slopes[0] > 0, least_slope };
            }
        };
        let value = activation.evaluate(&left);
        MonotoneOnto::Fails { left, right, value }
    }

    /// Whether the answer is right for this activation; shares nothing with [`MonotoneOnto::decide`].
    pub fn verify(&self, activation: &Activation) -> bool {
        match self {
            MonotoneOnto::Holds { increasing, least_slope } => {
                let steep =
                    |slope: &Rational| if *increasing { slope >= least_slope } else { -slope.clone() >= *least_slope };
                *least_slope > 0 && activation.slopes().iter().all(steep)
            }
            MonotoneOnto::Fails { left, right, value } => {
                left < right && activation.evaluate(left) == *value && activation.evaluate(right) == *value
            }
        }
    }

    /// Whether Assumption 2.1 holds.
    pub fn holds(&self) -> bool {
        matches!(self, MonotoneOnto::Holds { .. })
    }
}

impl fmt::Display for MonotoneOnto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MonotoneOnto::Holds { increasing, least_slope } => {
                let way = if *increasing { "increasing" } else { "decreasing" };
                let slope = write_rational(least_slope);
                write!(f, "Assumption 2.1 holds: σ is strictly {way} and onto, every slope is at least {slope} in size")
            }
            MonotoneOnto::Fails { left, right, value } => {
                let [left, right, value] = [left, right, value].map(write_rational);
                write!(f, "Assumption 2.1 fails: σ is not strictly monotone, σ({left}) = σ({right}) = {value}")
            }
        }
    }
}

/// Two points of a piece with slope 0.
fn on_flat_piece(activation: &Activation, piece: usize) -> (Rational, Rational) {
    let kinks = activation.breakpoints();
    let start = piece.checked_sub(1).map(|kink| kinks[kink].clone());
    match (start, kinks.get(piece).cloned()) {
        (Some(start), Some(end)) => (start, end),
        (Some(start), None) => (start.clone(), start + 1),
        (None, end) => {
            let end = end.unwrap_or_default();
            (end.clone() - 1, end)
        }
    }
}

/// Two points of one value on both sides of a breakpoint where the sign of the slope changes.
fn around_turn(activation: &Activation, kink: usize) -> (Rational, Rational) {
    let (kinks, slopes) = (activation.breakpoints(), activation.slopes());
    let turn = &kinks[kink];
    let size = |piece: usize| slopes[piece].clone().abs();
    let left_length = kink.checked_sub(1).map_or(Rational::from(1), |before| Rational::from(turn - &kinks[before]));
    let right_length = kinks.get(kink + 1).map_or(Rational::from(1), |after| Rational::from(after - turn));
    let rise = (left_length * size(kink)).min(right_length * size(kink + 1));
    (turn - &rise / size(kink), turn + &rise / size(kink + 1))
}

/// Assumption 2.2, decided for a piecewise-linear σ by Lemma 2.3.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "assumption_2_2", rename_all = "kebab-case")]
pub enum ShiftIndependence {
    /// σ has two different slopes, to the left and to the right of a kink.
    Holds {
        /// The kink.
        #[serde(serialize_with = "exact_text::number")]
        kink: Rational,
        /// The slope on its left.
        #[serde(serialize_with = "exact_text::number")]
        left_slope: Rational,
        /// The slope on its right.
        #[serde(serialize_with = "exact_text::number")]
        right_slope: Rational,
    },
    /// σ is affine and satisfies a relation.
    Fails(Relation),
}

impl ShiftIndependence {
    /// Decides Assumption 2.2.
    pub fn decide(activation: &Activation) -> Self {
        let slopes = activation.slopes();
        match activation.breakpoints().first() {
            Some(kink) => ShiftIndependence::Holds {
                kink: kink.clone(),
                left_slope: slopes[0].clone(),
                right_slope: slopes[1].clone(),
            },
            None if slopes[0].is_zero() => relation(&[1], &[1]),
            None => relation(&[1, 2], &[2, -1]),
        }
    }

    /// Whether the answer is right for this activation: two slopes are measured on both sides of the kink by the
    /// values of σ, a relation is tested on its [`decisive_points`].
    pub fn verify(&self, activation: &Activation) -> bool {
        match self {
            ShiftIndependence::Holds { kink, left_slope, right_slope } => {
                let others = activation.breakpoints().iter().filter(|other| *other != kink);
                let gap = others.map(|other| Rational::from(other - kink).abs()).min();
                let step = gap.unwrap_or_else(|| Rational::from(1));
                let at = |x: Rational| activation.evaluate(&x);
                let here = at(kink.clone());
                let left = (&here - at(Rational::from(kink - &step))) / &step;
                let right = (at(Rational::from(kink + &step)) - here) / step;
                left == *left_slope && right == *right_slope && left != right
            }
            ShiftIndependence::Fails(relation) => relation.verify(activation),
        }
    }

    /// Whether Assumption 2.2 holds.
    pub fn holds(&self) -> bool {
        matches!(self, ShiftIndependence::Holds { .. })
    }
}

fn relation(shifts: &[i32], coefficients: &[i32]) -> ShiftIndependence {
    let exact = |numbers: &[i32]| numbers.iter().copied().map(Rational::from).collect();
    ShiftIndependence::Fails(Relation { shifts: exact(shifts), coefficients: exact(coefficients) })
}

impl fmt::Display for ShiftIndependence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ShiftIndependence::Holds { kink, left_slope, right_slope } => {
                let [kink, left, right] = [kink, left_slope, right_slope].map(write_rational);
                write!(f, "Assumption 2.2 holds: the slope changes from {left} to {right} at {kink} (Lemma 2.3)")
            }
            ShiftIndependence::Fails(relation) => write!(f, "Assumption 2.2 fails: {relation}"),
        }
    }
}

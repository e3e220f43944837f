//! Lemma 2.3 for the exponential linear unit by curvature, for given shifts: exact, no exponential is evaluated.
//!
//! Let σ(x) = x for x ≥ 0, α(eˣ − 1) for x < 0, and suppose σ(x) = Σ λ_i σ(x − a_i). The second difference
//! f(x) − 2f(x + h) + f(x + 2h) of the copy i is 0 where x − a_i ≥ 0 and α e^(x − a_i) (eʰ − 1)² > 0 where
//! x + 2h − a_i ≤ 0. Let a be the greatest shift. If a > 0, three points between the next greater of 0 and the other
//! shifts and a see the curvature of that copy alone: its λ is zero. So fall all positive shifts, in descending order;
//! then three points below 0 and above the remaining shifts see the curvature of σ alone: a contradiction.

use super::{Shifts, exact_text};
use crate::arith::write_rational;
use rug::Rational;
use serde::Serialize;
use std::fmt;

/// Three points x, x + h, x + 2h.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bend {
    /// x.
    #[serde(serialize_with = "exact_text::number")]
    pub start: Rational,
    /// h > 0.
    #[serde(serialize_with = "exact_text::number")]
    pub step: Rational,
}

impl Bend {
    /// Three points inside (low, high).
    fn inside(low: &Rational, high: &Rational) -> Self {
        let step = Rational::from(high - low) / 4;
        Bend { start: Rational::from(low + &step), step }
    }

    /// Whether the copy with this shift is affine on the three points.
    fn sees_affine(&self, shift: &Rational) -> bool {
        self.step > 0 && self.start >= *shift
    }

    /// Whether the copy with this shift is exponential on the three points.
    fn sees_exponential(&self, shift: &Rational) -> bool {
        self.step > 0 && Rational::from(&self.step * 2u32) + &self.start <= *shift
    }
}

/// No λ makes σ(x) = Σ λ_i σ(x − a_i) for an exponential linear unit, whatever α > 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CurvatureRefutation {
    /// The copies that are excluded in turn, by index from 0, and where their curvature is seen alone.
    pub exclusions: Vec<(usize, Bend)>,
    /// Where the curvature of σ is seen alone.
    pub last: Bend,
}

/// Why a [`CurvatureRefutation`] is none; steps and shifts from 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CurvatureRejection {
    /// A step excludes a shift that is not there, or no longer.
    #[error("step {step} excludes shift {shift}, which is not there")]
    NoSuchCopy { step: usize, shift: usize },
    /// The copy to be excluded is not exponential on the three points.
    #[error("step {step}: the copy is not exponential on its three points")]
    NotExponential { step: usize },
    /// Another copy is not affine on the three points.
    #[error("step {step}: copy {other} is not affine on the three points")]
    OtherCopy { step: usize, other: usize },
    /// σ itself is not affine on the three points.
    #[error("step {step}: σ is not affine on the three points")]
    Function { step: usize },
    /// σ is not exponential on the last three points.
    #[error("σ is not exponential on the last three points")]
    LastNotExponential,
    /// A remaining copy is not affine on the last three points.
    #[error("copy {other}, which is not excluded, is not affine on the last three points")]
    LastCopy { other: usize },
}

/// Refutes the relation for these shifts and every exponential linear unit. Cost: a sort of the shifts.
pub fn refute_by_curvature(shifts: &Shifts) -> CurvatureRefutation {
    let zero = Rational::new();
    let values = shifts.as_slice();
    let ascending = shifts.ascending();
    let negative = ascending.partition_point(|&index| values[index] < 0);
    let mut exclusions = Vec::new();
    for place in (negative..ascending.len()).rev() {
        let below = if place == negative { &zero } else { &values[ascending[place - 1]] };
        exclusions.push((ascending[place], Bend::inside(below, &values[ascending[place]])));
    }
    let below = negative.checked_sub(1).map_or(Rational::from(-1), |place| values[ascending[place]].clone());
    CurvatureRefutation { exclusions, last: Bend::inside(&below, &zero) }
}

impl CurvatureRefutation {
    /// Replays the argument by comparing points with shifts.
    ///
    /// # Errors
    /// [`CurvatureRejection`] names the first step that does not hold.
    pub fn verify(&self, shifts: &Shifts) -> Result<(), CurvatureRejection> {
        let (shifts, zero) = (shifts.as_slice(), Rational::new());
        let mut remaining: Vec<usize> = (0..shifts.len()).collect();
        for (step, (shift, bend)) in self.exclusions.iter().enumerate() {
            let Some(place) = remaining.iter().position(|index| index == shift) else {
                return Err(CurvatureRejection::NoSuchCopy { step, shift: *shift });
            };
            remaining.remove(place);
            if !bend.sees_exponential(&shifts[*shift]) {
                return Err(CurvatureRejection::NotExponential { step });
            }
            if let Some(&other) = remaining.iter().find(|&&index| !bend.sees_affine(&shifts[index])) {
                return Err(CurvatureRejection::OtherCopy { step, other });
            }
            if !bend.sees_affine(&zero) {
                return Err(CurvatureRejection::Function { step });
            }
        }
        if !self.last.sees_exponential(&zero) {
            return Err(CurvatureRejection::LastNotExponential);
        }
        match remaining.into_iter().find(|&index| !self.last.sees_affine(&shifts[index])) {
            Some(other) => Err(CurvatureRejection::LastCopy { other }),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Bend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = Rational::from(&self.step * 2u32) + &self.start;
        write!(f, "[{}, {}]", write_rational(&self.start), write_rational(&end))
    }
}

impl fmt::Display for CurvatureRefutation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (shift, bend) in &self.exclusions {
            writeln!(f, "on {bend} only copy {} is curved: λ_{0} = 0", shift + 1)?;
        }
        write!(f, "on {} only σ is curved: no such relation", self.last)
    }
}

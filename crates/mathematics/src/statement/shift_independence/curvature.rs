//! Lemma 2.3 for the exponential linear unit by curvature, for given shifts: exact, no exponential is evaluated.
//!
//! Let σ(x) = x for x ≥ 0, α(eˣ − 1) for x < 0, and suppose σ(x) = Σ λ_i σ(x − a_i). The second difference
//! f(x) − 2f(x + h) + f(x + 2h) of the copy i is 0 where x − a_i ≥ 0 and α e^(x − a_i) (eʰ − 1)² > 0 where
//! x + 2h − a_i ≤ 0. Let a be the greatest shift. If a > 0, three points between the next greater of 0 and the other
//! shifts and a see the curvature of that copy alone: its λ is zero. So fall all positive shifts, in descending order;
//! then three points below 0 and above the remaining shifts see the curvature of σ alone: a contradiction.

use super::{Shifts, exact_text};
use crate::arith::write_rational;
use crate::certificate::{Object, object};
use crate::path::to_fraction;
use crate::statement::object::{Refused, fractions, prove};
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
}

/// No λ makes σ(x) = Σ λ_i σ(x − a_i) for an exponential linear unit, whatever α > 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CurvatureRefutation {
    /// The copies that are excluded in turn, by index from 0, and where their curvature is seen alone.
    pub exclusions: Vec<(usize, Bend)>,
    /// Where the curvature of σ is seen alone.
    pub last: Bend,
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
    /// Whether the checker accepts it for these shifts.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn verify(&self, shifts: &Shifts) -> Result<(), Refused> {
        prove(self.object(shifts)).map(drop)
    }

    /// All that the checker needs.
    pub fn object(&self, shifts: &Shifts) -> Object {
        let bend = |bend: &Bend| object::Bend { start: to_fraction(&bend.start), step: to_fraction(&bend.step) };
        let curved = |(shift, at): &(usize, Bend)| object::Curved { shift: *shift, bend: bend(at) };
        Object::Curvature(object::Curvature {
            shifts: fractions(shifts.as_slice()),
            exclusions: self.exclusions.iter().map(curved).collect(),
            last: bend(&self.last),
        })
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

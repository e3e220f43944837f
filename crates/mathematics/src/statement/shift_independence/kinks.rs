//! Lemma 2.3 by kinks, for given shifts.
//!
//! Suppose σ(x) = Σ λ_i σ(x − a_i). The copy i bends exactly at t_j + a_i, by λ_i times what σ bends at t_j. From the
//! left: the least shift a < 0 puts t_1 + a before every other kink of either side, so its λ is zero, and so on for
//! all negative shifts; then σ bends at t_1 and no remaining copy does. From the right the same with the greatest
//! shifts and t_r. The shorter of the two is given.

use super::{Shifts, exact_text};
use crate::statement::object::{Refused, fractions, prove};
use crate::{
    arith::write_rational,
    certificate::{Object, object},
    network::Activation,
    path::{to_activation, to_fraction},
};
use rug::Rational;
use serde::Serialize;
use std::fmt;

/// From which end the kinks are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// From −∞.
    Left,
    /// From +∞.
    Right,
}

/// One copy bends here, nothing else does: its coefficient is zero.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exclusion {
    /// The index of the shift, from 0.
    pub shift: usize,
    /// Where the copy bends.
    #[serde(serialize_with = "exact_text::number")]
    pub kink: Rational,
}

/// No λ makes σ(x) = Σ λ_i σ(x − a_i): the argument of Appendix A, step by step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KinkRefutation {
    /// The end from which it proceeds; said for the reader, the check does not need it.
    pub side: Side,
    /// The copies that are excluded, in turn.
    pub exclusions: Vec<Exclusion>,
    /// Where σ bends and no remaining copy does.
    #[serde(serialize_with = "exact_text::number")]
    pub kink: Rational,
}

/// An affine σ has no kink; [`super::ShiftIndependence::decide`] gives its relation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("σ is affine: it has no kink, and Assumption 2.2 fails")]
pub struct NoKink;

/// Refutes the relation for these shifts. Cost: a sort of the shifts.
///
/// # Errors
/// [`NoKink`] if σ is affine.
pub fn refute_by_kinks(activation: &Activation, shifts: &Shifts) -> Result<KinkRefutation, NoKink> {
    let kinks = activation.breakpoints();
    let (Some(first), Some(last)) = (kinks.first(), kinks.last()) else { return Err(NoKink) };
    let order = shifts.ascending();
    let negative = order.partition_point(|&index| shifts.as_slice()[index] < 0);
    let (side, kink, excluded): (_, _, Vec<usize>) = if 2 * negative <= order.len() {
        (Side::Left, first, order[..negative].to_vec())
    } else {
        (Side::Right, last, order[negative..].iter().rev().copied().collect())
    };
    let exclusion = |shift: usize| Exclusion { shift, kink: Rational::from(kink + &shifts.as_slice()[shift]) };
    Ok(KinkRefutation { side, exclusions: excluded.into_iter().map(exclusion).collect(), kink: kink.clone() })
}

impl KinkRefutation {
    /// Whether the checker accepts it for this σ and these shifts.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn verify(&self, activation: &Activation, shifts: &Shifts) -> Result<(), Refused> {
        prove(self.object(activation, shifts)).map(drop)
    }

    /// All that the checker needs.
    pub fn object(&self, activation: &Activation, shifts: &Shifts) -> Object {
        let exclusion =
            |Exclusion { shift, kink }: &Exclusion| object::Exclusion { shift: *shift, kink: to_fraction(kink) };
        Object::Kinks(object::Kinks {
            activation: to_activation(activation),
            shifts: fractions(shifts.as_slice()),
            exclusions: self.exclusions.iter().map(exclusion).collect(),
            kink: to_fraction(&self.kink),
        })
    }
}

impl fmt::Display for KinkRefutation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Exclusion { shift, kink } in &self.exclusions {
            writeln!(f, "at {} only copy {} bends: λ_{1} = 0", write_rational(kink), shift + 1)?;
        }
        write!(f, "at {} σ bends and no remaining copy does: no such relation", write_rational(&self.kink))
    }
}

//! Lemma 2.3 by kinks, for given shifts.
//!
//! Suppose σ(x) = Σ λ_i σ(x − a_i). The copy i bends exactly at t_j + a_i, by λ_i times what σ bends at t_j. From the
//! left: the least shift a < 0 puts t_1 + a before every other kink of either side, so its λ is zero, and so on for
//! all negative shifts; then σ bends at t_1 and no remaining copy does. From the right the same with the greatest
//! shifts and t_r. The shorter of the two is given.

use super::{Shifts, exact_text};
use crate::{arith::write_rational, network::Activation};
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

/// Why a [`KinkRefutation`] is none; steps and shifts from 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KinkRejection {
    /// A step excludes a shift that is not there, or no longer.
    #[error("step {step} excludes shift {shift}, which is not there")]
    NoSuchCopy { step: usize, shift: usize },
    /// The copy to be excluded does not bend there.
    #[error("step {step}: the copy does not bend at its kink")]
    Straight { step: usize },
    /// Another copy bends there as well.
    #[error("step {step}: copy {other} bends there as well")]
    OtherCopy { step: usize, other: usize },
    /// σ itself bends there.
    #[error("step {step}: σ bends there as well")]
    Function { step: usize },
    /// σ does not bend at the last kink.
    #[error("σ does not bend at the last kink")]
    LastStraight,
    /// A remaining copy bends at the last kink.
    #[error("copy {other}, which is not excluded, bends at the last kink")]
    LastCopy { other: usize },
}

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
    /// Replays the argument: at every kink it compares the slopes of σ and of every remaining copy.
    ///
    /// Cost: p look-ups in σ a step.
    ///
    /// # Errors
    /// [`KinkRejection`] names the first step that does not hold.
    pub fn verify(&self, activation: &Activation, shifts: &Shifts) -> Result<(), KinkRejection> {
        let shifts = shifts.as_slice();
        let mut remaining: Vec<usize> = (0..shifts.len()).collect();
        let copy_bends = |index: usize, x: &Rational| bends(activation, &Rational::from(x - &shifts[index]));
        for (step, Exclusion { shift, kink }) in self.exclusions.iter().enumerate() {
            let Some(place) = remaining.iter().position(|index| index == shift) else {
                return Err(KinkRejection::NoSuchCopy { step, shift: *shift });
            };
            remaining.remove(place);
            if !copy_bends(*shift, kink) {
                return Err(KinkRejection::Straight { step });
            }
            if let Some(&other) = remaining.iter().find(|&&index| copy_bends(index, kink)) {
                return Err(KinkRejection::OtherCopy { step, other });
            }
            if bends(activation, kink) {
                return Err(KinkRejection::Function { step });
            }
        }
        if !bends(activation, &self.kink) {
            return Err(KinkRejection::LastStraight);
        }
        match remaining.into_iter().find(|&index| copy_bends(index, &self.kink)) {
            Some(other) => Err(KinkRejection::LastCopy { other }),
            None => Ok(()),
        }
    }
}

/// Whether the slopes on both sides of x differ.
fn bends(activation: &Activation, x: &Rational) -> bool {
    let (kinks, slopes) = (activation.breakpoints(), activation.slopes());
    let left = kinks.partition_point(|kink| kink < x);
    let right = kinks.partition_point(|kink| kink <= x);
    slopes[left] != slopes[right]
}

impl fmt::Display for KinkRefutation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Exclusion { shift, kink } in &self.exclusions {
            writeln!(f, "at {} only copy {} bends: λ_{1} = 0", write_rational(kink), shift + 1)?;
        }
        write!(f, "at {} σ bends and no remaining copy does: no such relation", write_rational(&self.kink))
    }
}

//! Lemma 2.3 for the exponential linear unit by certified enclosures, for given shifts.
//!
//! At points x_1, …, x_m the relation σ(x) = Σ λ_i σ(x − a_i) says that the last column of M = [A, s], with
//! A_{ki} = σ(x_k − a_i) and s_k = σ(x_k), is a combination of the others. A rational matrix R with ‖I − R M‖ < 1 shows
//! that the columns of M are independent, so that it is not. M is known up to M = C + E, |E_{ki}| ≤ ρ_{ki}, and in the
//! maximum row sum norm ‖I − R M‖ ≤ ‖I − R C‖ + ‖|R| ρ‖, where the right-hand side is rational. R is the rounded
//! pseudoinverse of C; precision is raised until this decides.

use super::{Shifts, Smooth, exact_text};
use crate::certificate::{Object, object};
use crate::linalg::Kernel;
use crate::path::{to_fraction, to_matrix};
use crate::statement::object::{Refused, fractions, prove};
use nalgebra::DMatrix;
use rug::{Float, Rational};
use serde::Serialize;
use std::fmt;

/// The last precision that [`refute_by_enclosure`] tries, in bits.
pub const CEILING: u32 = 2048;

/// No λ makes σ(x) = Σ λ_i σ(x − a_i) even at these points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EnclosureRefutation {
    /// The points x_k.
    #[serde(serialize_with = "exact_text::numbers")]
    pub points: Vec<Rational>,
    /// R, an approximate left inverse of M, column by column, [p + 1, m].
    #[serde(serialize_with = "exact_text::numbers")]
    pub approximate_left_inverse: Vec<Rational>,
    /// The bits with which the exponentials are enclosed.
    pub precision: u32,
}

/// Up to the [`CEILING`] no precision decided.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("undecided: independent columns are not certified with up to {precision} bits")]
pub struct Undecided {
    /// The last precision tried.
    pub precision: u32,
}

/// Refutes the relation for these shifts, or answers *undecided*; never the opposite.
///
/// The kernel has to be exact; it sees rounded values of σ and only proposes R.
///
/// # Errors
/// [`Undecided`], in particular whenever the relation is true.
pub fn refute_by_enclosure<K: Kernel<Scalar = Rational>>(
    kernel: &K,
    activation: &Smooth,
    shifts: &Shifts,
) -> Result<EnclosureRefutation, Undecided> {
    let candidates = candidate_points(shifts);
    let mut precision = 64;
    while precision <= CEILING {
        if let Some(refutation) = propose(kernel, activation, shifts, &candidates, precision)
            && refutation.verify(activation, shifts).is_ok()
        {
            return Ok(refutation);
        }
        precision *= 2;
    }
    Err(Undecided { precision: CEILING })
}

/// Three points in every interval between neighbours of 0 and the shifts, and beyond both ends.
fn candidate_points(shifts: &Shifts) -> Vec<Rational> {
    let mut ends = shifts.as_slice().to_vec();
    ends.push(Rational::new());
    ends.sort();
    ends.insert(0, Rational::from(&ends[0] - 4u32));
    ends.push(Rational::from(&ends[ends.len() - 1] + 4u32));
    let quarters = |pair: &[Rational]| {
        let quarter = Rational::from(&pair[1] - &pair[0]) / 4u32;
        (1..4u32).map(|k| Rational::from(&quarter * k) + &pair[0]).collect::<Vec<_>>()
    };
    ends.windows(2).flat_map(quarters).collect()
}

/// The pseudoinverse (CᵀC)⁻¹Cᵀ of the rounded values C, rounded.
fn propose<K: Kernel<Scalar = Rational>>(
    kernel: &K,
    activation: &Smooth,
    shifts: &Shifts,
    points: &[Rational],
    precision: u32,
) -> Option<EnclosureRefutation> {
    let centres = centres(activation, shifts, points, precision)?;
    let transposed = centres.transpose();
    let inverse = kernel.solve(&kernel.product(&transposed, &centres), &transposed).ok()?;
    let round = |entry: &Rational| Float::with_val(precision, entry).to_rational();
    let approximate_left_inverse = inverse.iter().map(round).collect::<Option<_>>()?;
    Some(EnclosureRefutation { points: points.to_vec(), approximate_left_inverse, precision })
}

/// Values C near M = [A, s], [points, p + 1].
fn centres(activation: &Smooth, shifts: &Shifts, points: &[Rational], precision: u32) -> Option<DMatrix<Rational>> {
    let columns = shifts.as_slice().len() + 1;
    let value = |x: &Rational, column: usize| {
        let argument = shifts.as_slice().get(column).map_or_else(|| x.clone(), |shift| Rational::from(x - shift));
        activation.enclose(&argument, precision).map(|(centre, _)| centre)
    };
    let values = points.iter().flat_map(|x| (0..columns).map(move |column| value(x, column)));
    Some(DMatrix::from_row_iterator(points.len(), columns, values.collect::<Option<Vec<_>>>()?))
}

impl EnclosureRefutation {
    /// Whether the checker, which encloses M anew, accepts it for this exponential linear unit and these shifts.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn verify(&self, activation: &Smooth, shifts: &Shifts) -> Result<(), Refused> {
        prove(self.object(activation, shifts)).map(drop)
    }

    /// All that the checker needs. eˣ has a relation with every shift: there α is 0, which the checker refuses.
    pub fn object(&self, activation: &Smooth, shifts: &Shifts) -> Object {
        let alpha = match activation {
            Smooth::Elu { alpha } => alpha.clone(),
            Smooth::Exp => Rational::new(),
        };
        let (rows, columns) = (shifts.as_slice().len() + 1, self.points.len());
        let entry = |i: usize, k: usize| self.approximate_left_inverse.get(i + k * rows).cloned().unwrap_or_default();
        Object::Enclosure(object::Enclosure {
            alpha: to_fraction(&alpha),
            shifts: fractions(shifts.as_slice()),
            points: fractions(&self.points),
            left_inverse: to_matrix(&DMatrix::from_fn(rows, columns, entry)),
            precision: self.precision.into(),
        })
    }
}

impl fmt::Display for EnclosureRefutation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (points, bits) = (exact_text::list(&self.points), self.precision);
        write!(f, "at x = {points} the columns are independent, certified with {bits} bits: no such relation")
    }
}

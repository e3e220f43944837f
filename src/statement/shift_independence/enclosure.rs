//! Lemma 2.3 for the exponential linear unit by certified enclosures, for given shifts.
//!
//! At points x_1, …, x_m the relation σ(x) = Σ λ_i σ(x − a_i) says that the last column of M = [A, s], with
//! A_{ki} = σ(x_k − a_i) and s_k = σ(x_k), is a combination of the others. A rational matrix R with ‖I − R M‖ < 1 shows
//! that the columns of M are independent, so that it is not. M is known up to M = C + E, |E_{ki}| ≤ ρ_{ki}, and in the
//! maximum row sum norm ‖I − R M‖ ≤ ‖I − R C‖ + ‖|R| ρ‖, where the right-hand side is rational. R is the rounded
//! pseudoinverse of C; precision is raised until this decides.

use super::{Shifts, Smooth, exact_text};
use crate::linalg::Kernel;
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

/// Why a [`EnclosureRefutation`] is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnclosureRejection {
    /// R has p + 1 rows and as many columns as there are points.
    #[error("{shifts} shifts and {points} points need {} entries of R, not {entries}", (shifts + 1) * points)]
    Shape { shifts: usize, points: usize, entries: usize },
    /// A value cannot be enclosed with this precision.
    #[error("the value at point {point} cannot be enclosed with {precision} bits")]
    NotEnclosed { point: usize, precision: u32 },
    /// ‖I − R M‖ is not certified to be below 1.
    #[error("‖I − R M‖ < 1 is not certified")]
    NotContracting,
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
    let (centres, _) = enclose(activation, shifts, points, precision).ok()?;
    let transposed = centres.transpose();
    let inverse = kernel.solve(&kernel.product(&transposed, &centres), &transposed).ok()?;
    let round = |entry: &Rational| Float::with_val(precision, entry).to_rational();
    let approximate_left_inverse = inverse.iter().map(round).collect::<Option<_>>()?;
    Some(EnclosureRefutation { points: points.to_vec(), approximate_left_inverse, precision })
}

/// Centres C and radii ρ of M = [A, s], both [points, p + 1].
fn enclose(
    activation: &Smooth,
    shifts: &Shifts,
    points: &[Rational],
    precision: u32,
) -> Result<(DMatrix<Rational>, DMatrix<Rational>), EnclosureRejection> {
    let (rows, columns) = (points.len(), shifts.as_slice().len() + 1);
    let mut centres = DMatrix::from_element(rows, columns, Rational::new());
    let mut radii = DMatrix::from_element(rows, columns, Rational::new());
    for (point, x) in points.iter().enumerate() {
        for column in 0..columns {
            let argument = shifts.as_slice().get(column).map_or_else(|| x.clone(), |shift| Rational::from(x - shift));
            let value = activation.enclose(&argument, precision);
            let (centre, radius) = value.ok_or(EnclosureRejection::NotEnclosed { point, precision })?;
            centres[(point, column)] = centre;
            radii[(point, column)] = radius;
        }
    }
    Ok((centres, radii))
}

impl EnclosureRefutation {
    /// Encloses M anew and bounds ‖I − R M‖. Cost: (p + 1)² m rational products.
    ///
    /// # Errors
    /// [`EnclosureRejection`].
    pub fn verify(&self, activation: &Smooth, shifts: &Shifts) -> Result<(), EnclosureRejection> {
        let (size, count) = (shifts.as_slice().len() + 1, self.points.len());
        let entries = self.approximate_left_inverse.len();
        if entries != size * count {
            return Err(EnclosureRejection::Shape { shifts: size - 1, points: count, entries });
        }
        let (centres, radii) = enclose(activation, shifts, &self.points, self.precision)?;
        let inverse = |row: usize, k: usize| &self.approximate_left_inverse[row + k * size];
        let row_sum = |row: usize| -> Rational {
            let entry = |column: usize| {
                let mut rest = Rational::from(u32::from(row == column));
                let mut slack = Rational::new();
                for k in 0..count {
                    rest -= Rational::from(inverse(row, k) * &centres[(k, column)]);
                    slack += Rational::from(inverse(row, k) * &radii[(k, column)]).abs();
                }
                rest.abs() + slack
            };
            (0..size).map(entry).sum()
        };
        if (0..size).all(|row| row_sum(row) < 1) { Ok(()) } else { Err(EnclosureRejection::NotContracting) }
    }
}

impl fmt::Display for EnclosureRefutation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (points, bits) = (exact_text::list(&self.points), self.precision);
        write!(f, "at x = {points} the columns are independent, certified with {bits} bits: no such relation")
    }
}

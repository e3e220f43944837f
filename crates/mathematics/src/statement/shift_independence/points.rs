//! Lemma 2.3 by linear algebra, for given shifts.
//!
//! At the points x_1, …, x_m the relation is the linear system A λ = s with A_{ki} = σ(x_k − a_i), s_k = σ(x_k). A
//! vector y with yᵀA = 0 and yᵀs = 1 shows that it has no solution. On the [`decisive_points`] the system is solvable
//! only if the relation holds for all x, so that by Lemma 2.3 such a y exists whenever σ has two slopes.

use super::{Relation, Shifts, decisive_points, exact_text};
use crate::statement::object::{Refused, fractions, prove};
use crate::{
    certificate::{Object, object},
    linalg::Kernel,
    network::{Activation, import_matrix},
    path::to_activation,
};
use nalgebra::DMatrix;
use rug::Rational;
use serde::Serialize;
use std::fmt;

/// No λ makes σ(x) = Σ λ_i σ(x − a_i) even at these points: the equations, weighted, sum up to 0 = 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PointRefutation {
    /// The points x_k.
    #[serde(serialize_with = "exact_text::numbers")]
    pub points: Vec<Rational>,
    /// The weights y_k.
    #[serde(serialize_with = "exact_text::numbers")]
    pub weights: Vec<Rational>,
}

/// What the linear system says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PointOutcome {
    /// It has no solution.
    Refuted(PointRefutation),
    /// It has this one; shifts with coefficient zero are left out. If none is left, σ = 0.
    Related(Relation),
}

/// Decides the relation for these shifts by the linear system at the [`decisive_points`].
///
/// Cost: pivots of a matrix [p + 1, r (p + 1) + 2] and one solve of size p + 1.
pub fn decide_by_points<K: Kernel<Scalar = Rational>>(
    kernel: &K,
    activation: &Activation,
    shifts: &Shifts,
) -> PointOutcome {
    let points = decisive_points(activation, shifts);
    let system = system(activation, shifts, &points);
    let copies = shifts.as_slice().len();
    // Rows R that carry the rank of [A, s]. If s is no combination of the columns of A, the map y ↦ yᵀ[A, s] on
    // weights of R is onto those combinations that [A, s] has, (0, …, 0, 1) among them.
    let rows = kernel.pivot_columns(&system.transpose());
    let mut unit = DMatrix::from_element(copies + 1, 1, Rational::new());
    unit[(copies, 0)] = Rational::from(1);
    match kernel.solve(&system.select_rows(&rows).transpose(), &unit) {
        Ok(weights) => PointOutcome::Refuted(PointRefutation {
            points: rows.iter().map(|&row| points[row].clone()).collect(),
            weights: weights.iter().cloned().collect(),
        }),
        Err(_) => PointOutcome::Related(solution(kernel, shifts, &system)),
    }
}

/// The λ that solves the system [A, s]; its columns of A contain s.
fn solution<K: Kernel<Scalar = Rational>>(kernel: &K, shifts: &Shifts, system: &DMatrix<Rational>) -> Relation {
    let copies = shifts.as_slice().len();
    let basis: Vec<usize> = kernel.pivot_columns(system).into_iter().filter(|&column| column < copies).collect();
    let right = system.columns(copies, 1).into_owned();
    let coefficients = kernel.solve(&system.select_columns(&basis), &right);
    let coefficients = coefficients.expect("s depends on the pivot columns of A, which are independent");
    let terms = basis.iter().zip(coefficients.iter()).filter(|(_, coefficient)| !coefficient.is_zero());
    let (shifts, coefficients) = terms.map(|(&i, c)| (shifts.as_slice()[i].clone(), c.clone())).unzip();
    Relation { shifts, coefficients }
}

/// [A, s], shape [m, p + 1].
fn system(activation: &Activation, shifts: &Shifts, points: &[Rational]) -> DMatrix<Rational> {
    let shifts = shifts.as_slice();
    DMatrix::from_fn(points.len(), shifts.len() + 1, |k, i| match shifts.get(i) {
        Some(shift) => activation.evaluate(&Rational::from(&points[k] - shift)),
        None => activation.evaluate(&points[k]),
    })
}

/// The question of [`decide_by_points`] put to any kernel: whether s is a combination of the columns of A, by rank.
///
/// The kernel evaluates σ itself, so that a float kernel sees σ, the shifts and the points as it rounds them.
pub fn is_combination_at_points<K: Kernel>(kernel: &K, activation: &Activation, shifts: &Shifts) -> bool {
    let points = decisive_points(activation, shifts);
    let copies = shifts.as_slice().len();
    let arguments = DMatrix::from_fn(points.len(), copies + 1, |k, i| match shifts.as_slice().get(i) {
        Some(shift) => Rational::from(&points[k] - shift),
        None => points[k].clone(),
    });
    let system = activation.import(kernel).apply(&import_matrix(kernel, &arguments));
    kernel.rank(&system) == kernel.rank(&system.columns(0, copies).into_owned())
}

impl PointRefutation {
    /// Whether the checker accepts it for this σ and these shifts.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn verify(&self, activation: &Activation, shifts: &Shifts) -> Result<(), Refused> {
        prove(self.object(activation, shifts)).map(drop)
    }

    /// All that the checker needs.
    pub fn object(&self, activation: &Activation, shifts: &Shifts) -> Object {
        Object::Points(object::Points {
            activation: to_activation(activation),
            shifts: fractions(shifts.as_slice()),
            points: fractions(&self.points),
            weights: fractions(&self.weights),
        })
    }
}

impl fmt::Display for PointRefutation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (points, weights) = (exact_text::list(&self.points), exact_text::list(&self.weights));
        write!(f, "at x = {points} the equations, with weights {weights}, sum up to 0 = 1: no such relation")
    }
}

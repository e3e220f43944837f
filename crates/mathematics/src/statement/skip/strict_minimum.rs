//! No suboptimal strict local minimum (Theorem 3.4 (3)), for every convex loss and every σ, from M ≥ N alone.
//!
//! If Ψ z = 0 with z ≠ 0, the output is constant along V + t z e_1ᵀ, and with it every loss. For M > N there is such a z whatever Ψ
//! is. For M = N either there is one, or V ↦ Ψ V is onto, and a local minimum of a convex loss in V is a global one. N counts
//! distinct samples: equal ones have equal features.
//!
//! 1. M > N: the certificate has no z; it is about all networks of the graph.
//! 2. Otherwise z is looked for in floats of many bits: columns of Ψ are reduced in their order, and of each that depends on those
//!    before it the coefficients are taken for the rational numbers that they are near to. The checker decides whether Ψ z = 0,
//!    exactly; it sees equal units, dead ones, opposite ones (σ(−x) beside σ(x)), and all that is rational.
//! 3. M = N and no z: the certificate by counting, for convex losses.
//!
//! Printed is less: under Assumption 3.1.

use super::right_inverse::PRECISIONS;
use crate::certificate::{Object, object};
use crate::checker::Finding;
use crate::linalg::Multiprecision;
use crate::network::GraphNetwork;
use crate::path::to_matrix;
use crate::statement::object::prove;
use nalgebra::DMatrix;
use rug::{Float, Integer, Rational};
use std::collections::BTreeSet;

/// No suboptimal strict local minimum.
pub struct NoStrictMinimum {
    /// The claim with all that shows it.
    pub object: Object,
    /// What the checker says of it.
    pub finding: Finding,
    /// z `[M, 1]` with Ψ z = 0, if it is about the blocks of one network.
    pub vector: Option<DMatrix<Rational>>,
}

/// Why a strict local minimum is not excluded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotExcluded {
    /// The number of features does not exclude it, and no combination of them is seen to be 0.
    #[error(
        "{features} features of {distinct} distinct samples, fewer than these, and no combination of them is seen to be 0: a strict \
         local minimum is not excluded"
    )]
    FewFeatures {
        /// M, with the column of ones.
        features: usize,
        /// How many samples differ.
        distinct: usize,
    },
}

/// Excludes suboptimal strict local minima: of all networks of the graph if M > N or M = N, of those with these blocks where the
/// features are seen to be dependent with floats of at most so many bits.
///
/// # Errors
/// [`NotExcluded`].
pub fn no_strict_minimum(
    network: &GraphNetwork,
    inputs: &DMatrix<Rational>,
    most: u32,
) -> Result<NoStrictMinimum, NotExcluded> {
    let features = network.stacked_output().nrows();
    let rows: BTreeSet<Vec<Rational>> = inputs.row_iter().map(|row| row.iter().cloned().collect()).collect();
    let distinct = rows.len();
    if features <= distinct
        && let Some(found) = with_vector(network, inputs, most)
    {
        return Ok(found);
    }
    let object = object_of(network, inputs, None);
    match prove(object.clone()) {
        Ok(finding) => Ok(NoStrictMinimum { object, finding, vector: None }),
        Err(_) => Err(NotExcluded::FewFeatures { features, distinct }),
    }
}

/// The claim, with this z or by counting.
pub fn object_of(network: &GraphNetwork, inputs: &DMatrix<Rational>, vector: Option<&DMatrix<Rational>>) -> Object {
    let mut layers = network.to_layers();
    layers.remove(&(network.graph().blocks.len() + 1));
    let kernel = vector.map(|vector| object::KernelVector { layers, vector: to_matrix(vector) });
    let (graph, inputs) = (network.graph().clone(), to_matrix(inputs));
    Object::NoStrictMinimum(Box::new(object::NoStrictMinimum { graph, inputs, kernel }))
}

/// By a z that the checker accepts.
fn with_vector(network: &GraphNetwork, inputs: &DMatrix<Rational>, most: u32) -> Option<NoStrictMinimum> {
    PRECISIONS.into_iter().take_while(|&precision| precision <= most).find_map(|precision| {
        let kernel = Multiprecision::new(precision);
        let psi = network.features(&kernel, &inputs.map(|x| Float::with_val(precision, x)));
        dependences(&psi, precision).into_iter().find_map(|vector| {
            let object = object_of(network, inputs, Some(&vector));
            let finding = prove(object.clone()).ok()?;
            Some(NoStrictMinimum { object, finding, vector: Some(vector) })
        })
    })
}

/// For each column that seems to depend on those before it, the combination that seems to be 0, if its numbers are near to simple ones.
fn dependences(psi: &DMatrix<Float>, precision: u32) -> Vec<DMatrix<Rational>> {
    let (mut reduced, mut pivots, mut found) = (psi.clone(), vec![], vec![]);
    let largest = psi.iter().map(|x| x.clone().abs()).fold(Float::new(precision), |a, b| a.max(&b));
    let tiny = (largest + 1u32) >> (precision / 2);
    for column in 0..psi.ncols() {
        let row = (pivots.len()..psi.nrows())
            .max_by(|&a, &b| reduced[(a, column)].cmp_abs(&reduced[(b, column)]).expect("finite numbers"));
        match row.filter(|&row| reduced[(row, column)].clone().abs() > tiny) {
            Some(row) => {
                reduced.swap_rows(row, pivots.len());
                eliminate(&mut reduced, pivots.len(), column);
                pivots.push(column);
            }
            None => found.extend(combination(&reduced, &pivots, column, precision)),
        }
    }
    found
}

/// Makes a column the unit vector of a row, from this column on.
fn eliminate(reduced: &mut DMatrix<Float>, row: usize, column: usize) {
    let pivot = reduced[(row, column)].clone();
    for j in column..reduced.ncols() {
        reduced[(row, j)] /= &pivot;
    }
    for other in (0..reduced.nrows()).filter(|&other| other != row) {
        let factor = reduced[(other, column)].clone();
        for j in column..reduced.ncols() {
            let change = Float::with_val(factor.prec(), &factor * &reduced[(row, j)]);
            reduced[(other, j)] -= change;
        }
    }
}

/// 1 at a column, and what takes it away at the pivots before it.
fn combination(reduced: &DMatrix<Float>, pivots: &[usize], column: usize, precision: u32) -> Option<DMatrix<Rational>> {
    let mut vector = DMatrix::from_element(reduced.ncols(), 1, Rational::new());
    vector[column] = Rational::from(1);
    for (row, &pivot) in pivots.iter().enumerate() {
        vector[pivot] = -simplest(&reduced[(row, column)].to_rational()?, precision / 8)?;
    }
    Some(vector)
}

/// The first convergent of a number within 2^(−3 `bits`), if its denominator has so many bits at most: by chance that is so for one
/// number of 2^`bits`.
fn simplest(number: &Rational, bits: u32) -> Option<Rational> {
    let near = Rational::from(1) >> (3 * bits);
    let (mut rest, mut last, mut next) =
        (number.clone(), [Integer::from(0), Integer::from(1)], [Integer::from(1), Integer::from(0)]);
    loop {
        let whole = Integer::from(rest.floor_ref());
        let numer = Integer::from(&whole * &next[0]) + &last[0];
        let denom = Integer::from(&whole * &next[1]) + &last[1];
        if denom.significant_bits() > bits {
            return None;
        }
        let convergent = Rational::from((numer.clone(), denom.clone()));
        if Rational::from(number - &convergent).abs() < near {
            return Some(convergent);
        }
        last = std::mem::replace(&mut next, [numer, denom]);
        rest = (rest - whole).recip();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn convergents_are_simple() {
        let third = Rational::from((1, 3));
        let rounded = Float::with_val(128, &third).to_rational().unwrap();
        assert_eq!(simplest(&rounded, 32), Some(third));
        assert_eq!(simplest(&Rational::from((-22, 7)), 32), Some(Rational::from((-22, 7))));
        let root = Float::with_val(128, 2).sqrt().to_rational().unwrap();
        assert_eq!(simplest(&root, 32), None);
    }
}

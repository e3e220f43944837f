//! **Separated matrices** (Proposition 3.5, the case n = p that it leaves out). The determinant is continuous, positive at one
//! and negative at the other, and zero nowhere on a path of full-rank matrices.

use crate::{
    certificate::object::{Factors, Matrices},
    finding::{Finding, Unproved},
    matrix::{Matrix, Reading},
    verdict::{Failure, Part, Rejection},
};
use num_bigint::Sign;

pub fn check(pair: &Matrices, reading: Reading) -> Result<Finding, Failure> {
    let size = pair.positive.rows;
    let read = |source| Matrix::read(source, Part::Object("matrix"), (size, size), reading);
    let (positive, negative) = (read(&pair.positive)?, read(&pair.negative)?);
    let signs = [sign(&positive, &pair.positive_factors, reading)?, sign(&negative, &pair.negative_factors, reading)?];
    match signs {
        [Sign::Plus, Sign::Minus] => Ok(Finding::SeparatedMatrices { size }),
        _ => Err(Rejection::from(Unproved::Signs).into()),
    }
}

/// The sign of the determinant: the rows in the given order are L U, and L and U are triangular.
pub fn sign(matrix: &Matrix, factors: &Factors, reading: Reading) -> Result<Sign, Rejection> {
    let size = matrix.rows();
    let read = |source, part| Matrix::read(source, part, (size, size), reading);
    let (lower, upper) =
        (read(&factors.lower, Part::Object("lower factor"))?, read(&factors.upper, Part::Object("upper factor"))?);
    let is_zero = |matrix: &Matrix, i: usize, j: usize| matrix.is_zero_at(i, j);
    let triangular = (0..size).all(|i| (i + 1..size).all(|j| is_zero(&lower, i, j) && is_zero(&upper, j, i)));
    let ordered = matrix.rows_at(&factors.rows).filter(|ordered| ordered.rows() == size);
    let parity = parity(&factors.rows, size);
    match (parity, ordered) {
        (Some(parity), Some(ordered)) if triangular && lower.times(&upper) == ordered => {
            let diagonal = (0..size).map(|i| lower.at(i, i).sign() * upper.at(i, i).sign());
            Ok(diagonal.fold(parity, |product, sign| product * sign))
        }
        _ => Err(Unproved::Factors.into()),
    }
}

/// The sign of a permutation of 0, …, n − 1, if it is one.
fn parity(order: &[usize], size: usize) -> Option<Sign> {
    let mut seen = vec![false; size];
    for &place in order {
        if std::mem::replace(seen.get_mut(place)?, true) {
            return None;
        }
    }
    if order.len() != size {
        return None;
    }
    // A cycle of even length is an odd permutation.
    let (mut even, mut visited) = (true, vec![false; size]);
    for start in 0..size {
        let (mut at, mut length) = (start, 0);
        while !std::mem::replace(&mut visited[at], true) {
            (at, length) = (order[at], length + 1);
        }
        even ^= length > 0 && length % 2 == 0;
    }
    Some(if even { Sign::Plus } else { Sign::Minus })
}

//! **Few of many vectors are near each other in direction**, against Lemma 9 of IJCAI 2020: *of m vectors of ℝⁿ at least m^η have pairwise
//! angles of at most 2 m^(−(η − 1)/n), 0 < η ≤ 1*; with the sign of the introduction of at most 2 m^((η − 1)/n).
//!
//! The vectors are in k parts, and any two of a part have ⟨v, w⟩ ≤ 0: their angle is π/2 > 3/2 at least, and π > 3 if they are opposite. Of any
//! k + 1 two are in one part. So with k < m^η any m^η have two at γ = 3/2 or 3 or more. For η = p/q, k < m^η is k^q < m^p, and γ is above
//! 2 m^(±(q − p)/(qn)) if γ^(qn) is above 2^(qn) m^(±(q − p)).

use crate::rational::Rational;
use crate::{
    certificate::{Limit, Limits, object::Spread},
    finding::{Finding, Unproved},
    matrix::{Matrix, Reading, fraction},
    verdict::{Failure, Part, Rejection},
};
use num_bigint::BigInt;
use num_traits::{One, Pow, Signed, ToPrimitive};

pub fn check(object: &Spread, reading: Reading, limits: &Limits) -> Result<Finding, Failure> {
    let shape = (object.vectors.rows, object.vectors.cols);
    let vectors = Matrix::read(&object.vectors, Part::Object("vectors"), shape, reading)?;
    let (count, dimension) = shape;
    let exponent = fraction(&object.exponent)?;
    if !exponent.is_positive() || exponent > Rational::one() {
        return Err(Rejection::from(Unproved::SpreadExponent).into());
    }
    partition(&object.parts, &vectors)?;
    let mut opposite = true;
    // At most 2n vectors are pairwise at right angles or more: of a larger part the first 2n + 1 are enough.
    let enough = dimension.saturating_mul(2).saturating_add(1);
    let looked_at: Vec<&[usize]> = object.parts.iter().map(|part| &part[..part.len().min(enough)]).collect();
    let products = looked_at.iter().map(|part| (part.len() as u64).pow(2).saturating_mul(dimension as u64));
    limits.allow(Limit::Products, products.fold(0, u64::saturating_add))?;
    for part in looked_at {
        limits.allow_memory((part.len() as u64).pow(2), 2 * vectors.bits())?;
        opposite &= obtuse(part, &vectors)?;
    }
    let angle = if opposite { [3, 1] } else { [3, 2] };
    let parts = object.parts.len();
    if parts > count {
        let exponent = Box::new(exponent);
        return Err(Rejection::from(Unproved::ManyParts { parts, vectors: count, exponent }).into());
    }
    compare(&exponent, [parts, count, dimension], angle, object.grows, limits)?;
    let size = (Rational::one() - &exponent) / BigInt::from(dimension);
    let bound = if object.grows { size } else { -size };
    Ok(Finding::Spread { vectors: count, dimension, parts, opposite, exponent, bound })
}

/// Every vector has a direction, and is in one part.
fn partition(parts: &[Vec<usize>], vectors: &Matrix) -> Result<(), Rejection> {
    if let Some(vector) = vectors.live_rows().iter().position(|live| !live) {
        return Err(Unproved::ZeroDirection { vector }.into());
    }
    let mut found = vec![0; vectors.rows()];
    for &vector in parts.iter().flatten() {
        *found.get_mut(vector).ok_or(Unproved::SpreadVector { vector, vectors: vectors.rows() })? += 1;
    }
    match found.iter().position(|parts| *parts != 1) {
        Some(vector) => Err(Unproved::SpreadParts { vector, parts: found[vector] }.into()),
        None => Ok(()),
    }
}

/// Whether any two of these vectors are opposite, if no two are at an acute angle.
fn obtuse(part: &[usize], vectors: &Matrix) -> Result<bool, Rejection> {
    let rows = vectors.rows_at(part).expect("the parts name vectors that are there");
    let products = rows.times(&rows.transposed());
    let mut opposite = true;
    for j in 0..part.len() {
        for i in 0..j {
            let inner = products.at(i, j);
            if inner.is_positive() {
                return Err(Unproved::Acute { first: part[i], second: part[j] }.into());
            }
            // The equality case of Cauchy's inequality.
            opposite = opposite && &*inner * &*inner == &*products.at(i, i) * &*products.at(j, j);
        }
    }
    Ok(opposite)
}

/// k^q < m^p, and γ above the bound, for γ = a/b: 2^(qn) b^(qn) m^(±(q − p)) < a^(qn).
fn compare(
    exponent: &Rational,
    [parts, count, dimension]: [usize; 3],
    [above, below]: [u32; 2],
    grows: bool,
    limits: &Limits,
) -> Result<(), Failure> {
    let [p, q] = [exponent.numer(), exponent.denom()].map(|number| number.to_u64().unwrap_or(u64::MAX));
    let degree = q.saturating_mul(dimension as u64);
    // The longest of the powers: 4^(qn) m^q.
    let bits = u64::from(usize::BITS - count.leading_zeros()).saturating_mul(q);
    limits.allow_bits(degree.saturating_mul(2).saturating_add(bits))?;
    let power = |base: usize, exponent: u64| Pow::pow(BigInt::from(base), exponent);
    if power(parts, q) >= power(count, p) {
        let exponent = Box::new(exponent.clone());
        return Err(Rejection::from(Unproved::ManyParts { parts, vectors: count, exponent }).into());
    }
    let [mut bound, mut angle] = [2 * below, above].map(|base| Pow::pow(BigInt::from(base), degree));
    *if grows { &mut bound } else { &mut angle } *= power(count, q - p);
    match bound < angle {
        true => Ok(()),
        false => Err(Rejection::from(Unproved::WithinBound).into()),
    }
}

//! **Separated points of (W, V) ↦ (W (a + V b) − y)²** (against Lemma 7 and Theorem 6 of IJCAI 2020): W is positive at one and
//! negative at the other, and where W is 0 the loss is y².

use super::numbers;
use crate::rational::Rational;
use crate::{
    certificate::{Fraction, object::Product},
    finding::{Finding, Unproved},
    matrix::fraction,
    verdict::Rejection,
};
use num_traits::{Signed, Zero};

pub fn check(product: &Product) -> Result<Finding, Rejection> {
    let pair = |list: &[Fraction]| -> Result<[Rational; 2], Rejection> {
        numbers(list)?.try_into().map_err(|_| Unproved::Pair.into())
    };
    let ([a, b], target) = (pair(&product.input)?, fraction(&product.target)?);
    let (positive, negative) = (pair(&product.positive)?, pair(&product.negative)?);
    if b.is_zero() {
        return Err(Unproved::NoInfluence.into());
    }
    if !positive[0].is_positive() || !negative[0].is_negative() {
        return Err(Unproved::Signs.into());
    }
    let loss = |[weight, skip]: &[Rational; 2]| {
        let residual = weight * (&a + skip * &b) - &target;
        &residual * &residual
    };
    Finding::separated(loss(&positive).max(loss(&negative)), &target * &target)
}

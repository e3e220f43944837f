//! **Two common zeros in different components** (against Lemma 7, Theorem 6 and Remark 3.1 of IJCAI 2020). Polynomials f_1, …, f_r, s and
//! c_0, …, c_r with c_0 s + c_1 f_1 + … + c_r f_r = 1, multiplied out. Where all f_i are 0, c_0 s = 1, so that s is not 0 there. It is
//! positive at one common zero and negative at the other: no path of common zeros joins them. They are the zeros of Σ f_i², of which
//! {Σ f_i² ≤ 0} is therefore disconnected, although its infimum on s = 0 may be 0.

use super::numbers;
use crate::{
    certificate::{
        Limit, Limits,
        object::{Term, Zeros},
    },
    finding::{Finding, Unproved},
    matrix::fraction,
    verdict::{Failure, Rejection},
};
use num_rational::BigRational;
use num_traits::{One, Pow, Signed, Zero};
use std::collections::BTreeMap;

pub fn check(object: &Zeros, limits: &Limits) -> Result<Finding, Failure> {
    let (variables, count) = (object.variables, object.residuals.len());
    let [positive, negative] = [numbers(&object.positive)?, numbers(&object.negative)?];
    let read = |terms: &Vec<Term>| Polynomial::read(terms, variables);
    let residuals = object.residuals.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let cofactors = object.cofactors.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let separator = read(&object.separator)?;
    if [&positive, &negative].iter().any(|point| point.len() != variables) || cofactors.len() != count + 1 {
        return Err(Rejection::from(Unproved::ZerosShape).into());
    }
    for point in [&positive, &negative] {
        for (residual, polynomial) in residuals.iter().enumerate() {
            if !polynomial.at(point, limits)?.is_zero() {
                return Err(Rejection::from(Unproved::NotAZero { residual }).into());
            }
        }
    }
    if !separator.at(&positive, limits)?.is_positive() || !separator.at(&negative, limits)?.is_negative() {
        return Err(Rejection::from(Unproved::Signs).into());
    }
    let factors: Vec<&Polynomial> = [&separator].into_iter().chain(&residuals).collect();
    let products = factors.iter().zip(&cofactors).map(|(factor, cofactor)| (factor.0.len() * cofactor.0.len()) as u64);
    limits.allow(Limit::Products, products.fold(0, u64::saturating_add))?;
    let mut sum = Polynomial::default();
    factors.iter().zip(&cofactors).try_for_each(|(factor, cofactor)| sum.add_product(factor, cofactor))?;
    if sum != Polynomial::one(variables) {
        return Err(Rejection::from(Unproved::NotOne).into());
    }
    Ok(Finding::SeparatedZeros { variables, residuals: count })
}

/// Coefficients other than 0, by exponents.
#[derive(Default, PartialEq, Eq)]
struct Polynomial(BTreeMap<Vec<u32>, BigRational>);

impl Polynomial {
    fn read(terms: &[Term], variables: usize) -> Result<Self, Rejection> {
        let mut polynomial = Polynomial::default();
        for Term { coefficient, powers } in terms {
            if powers.len() != variables {
                return Err(Unproved::ZerosShape.into());
            }
            polynomial.add_term(powers.clone(), fraction(coefficient)?);
        }
        Ok(polynomial)
    }

    fn one(variables: usize) -> Self {
        Polynomial([(vec![0; variables], BigRational::one())].into())
    }

    fn add_term(&mut self, powers: Vec<u32>, coefficient: BigRational) {
        let sum = self.0.remove(&powers).map_or(coefficient.clone(), |found| found + coefficient);
        if !sum.is_zero() {
            self.0.insert(powers, sum);
        }
    }

    /// Adds a product; an exponent that no number of 32 bits holds is none of 1.
    fn add_product(&mut self, left: &Self, right: &Self) -> Result<(), Rejection> {
        for (powers, a) in &left.0 {
            for (others, b) in &right.0 {
                let sum: Option<Vec<u32>> = powers.iter().zip(others).map(|(p, q)| p.checked_add(*q)).collect();
                self.add_term(sum.ok_or(Unproved::NotOne)?, a * b);
            }
        }
        Ok(())
    }

    /// Its value at a point, if the powers are within the limit of digits.
    fn at(&self, point: &[BigRational], limits: &Limits) -> Result<BigRational, Failure> {
        let mut sum = BigRational::zero();
        for (powers, coefficient) in &self.0 {
            let bits = |(x, power): (&BigRational, &u32)| {
                x.numer().bits().max(x.denom().bits()).saturating_mul(u64::from(*power))
            };
            limits.allow_bits(point.iter().zip(powers).map(bits).fold(0, u64::saturating_add))?;
            let term = point.iter().zip(powers).map(|(x, power)| Pow::pow(x, *power));
            sum += term.fold(coefficient.clone(), |product, factor| product * factor);
        }
        Ok(sum)
    }
}

//! **Two common zeros in different components** (against Lemma 7, Theorem 6 and Remark 3.1 of IJCAI 2020). Polynomials f_1, …, f_r, s and
//! c_0, …, c_r with c_0 s + c_1 f_1 + … + c_r f_r = 1, multiplied out. Where all f_i are 0, c_0 s = 1, so that s is not 0 there. It is
//! positive at one common zero and negative at the other: no path of common zeros joins them. They are the zeros of Σ f_i², of which
//! {Σ f_i² ≤ 0} is therefore disconnected, although its infimum on s = 0 may be 0.

use super::{meter::Meter, numbers};
use crate::rational::Rational;
use crate::{
    certificate::{
        Exceeded, Limit, Limits,
        object::{Term, Zeros},
    },
    finding::{Finding, Unproved},
    matrix::{bits, fraction},
    verdict::{Failure, Rejection},
};
use num_traits::{One, Pow, Signed, Zero};
use std::collections::BTreeMap;

pub fn check(object: &Zeros, limits: &Limits) -> Result<Finding, Failure> {
    let (variables, count) = (object.variables, object.residuals.len());
    let [positive, negative] = [numbers(&object.positive)?, numbers(&object.negative)?];
    let mut meter = Meter::new(limits);
    let mut read = |terms: &Vec<Term>| Polynomial::read(terms, variables, &mut meter);
    let residuals = object.residuals.iter().map(&mut read).collect::<Result<Vec<_>, _>>()?;
    let cofactors = object.cofactors.iter().map(&mut read).collect::<Result<Vec<_>, _>>()?;
    let separator = read(&object.separator)?;
    if [&positive, &negative].iter().any(|point| point.len() != variables) || cofactors.len() != count + 1 {
        return Err(Rejection::from(Unproved::ZerosShape).into());
    }
    for point in [&positive, &negative] {
        for (residual, polynomial) in residuals.iter().enumerate() {
            if !polynomial.at(point, &mut meter)?.is_zero() {
                return Err(Rejection::from(Unproved::NotAZero { residual }).into());
            }
        }
    }
    if !separator.at(&positive, &mut meter)?.is_positive() || !separator.at(&negative, &mut meter)?.is_negative() {
        return Err(Rejection::from(Unproved::Signs).into());
    }
    let factors: Vec<&Polynomial> = [&separator].into_iter().chain(&residuals).collect();
    let products = factors.iter().zip(&cofactors).map(|(factor, cofactor)| (factor.0.len() * cofactor.0.len()) as u64);
    let products = products.fold(0, u64::saturating_add);
    limits.allow(Limit::Products, products)?;
    // As many terms may be held before they cancel: a coefficient, and an exponent a variable.
    let longest = factors.iter().copied().chain(&cofactors).map(Polynomial::bits).max().unwrap_or(0);
    limits.allow_memory(products, 2 * longest + TERM_BITS + 32 * variables as u64)?;
    let mut sum = Polynomial::default();
    factors.iter().zip(&cofactors).try_for_each(|(factor, cofactor)| sum.add_product(factor, cofactor, &mut meter))?;
    if sum != Polynomial::one(variables) {
        return Err(Rejection::from(Unproved::NotOne).into());
    }
    Ok(Finding::SeparatedZeros { variables, residuals: count })
}

/// What a term takes beside its numbers: its place in a tree, and the lengths of both lists.
const TERM_BITS: u64 = 8 * 128;

/// Coefficients other than 0, by exponents.
#[derive(Default, PartialEq, Eq)]
struct Polynomial(BTreeMap<Vec<u32>, Rational>);

impl Polynomial {
    fn read(terms: &[Term], variables: usize, meter: &mut Meter) -> Result<Self, Failure> {
        let mut polynomial = Polynomial::default();
        for Term { coefficient, powers } in terms {
            if powers.len() != variables {
                return Err(Unproved::ZerosShape.into());
            }
            polynomial.add_term(powers.clone(), fraction(coefficient)?, meter)?;
        }
        Ok(polynomial)
    }

    fn one(variables: usize) -> Self {
        Polynomial([(vec![0; variables], Rational::one())].into())
    }

    fn add_term(&mut self, powers: Vec<u32>, coefficient: Rational, meter: &mut Meter) -> Result<(), Exceeded> {
        let sum = match self.0.remove(&powers) {
            Some(found) => meter.sum([found, coefficient])?,
            None => coefficient,
        };
        if !sum.is_zero() {
            self.0.insert(powers, sum);
        }
        Ok(())
    }

    /// Of its longest coefficient.
    fn bits(&self) -> u64 {
        self.0.values().map(bits).max().unwrap_or(0)
    }

    /// Adds a product; an exponent that no number of 32 bits holds is none of 1.
    fn add_product(&mut self, left: &Self, right: &Self, meter: &mut Meter) -> Result<(), Failure> {
        for (powers, a) in &left.0 {
            for (others, b) in &right.0 {
                let sum: Option<Vec<u32>> = powers.iter().zip(others).map(|(p, q)| p.checked_add(*q)).collect();
                let product = meter.times_plus((a, b), &Rational::zero())?;
                self.add_term(sum.ok_or(Unproved::NotOne)?, product, meter)?;
            }
        }
        Ok(())
    }

    /// Its value at a point, if the powers are within the limit of digits.
    fn at(&self, point: &[Rational], meter: &mut Meter) -> Result<Rational, Failure> {
        let mut sum = Rational::zero();
        for (powers, coefficient) in &self.0 {
            let long = |(x, power): (&Rational, &u32)| bits(x).saturating_mul(u64::from(*power));
            meter.step(point.iter().zip(powers).map(long).fold(0, u64::saturating_add))?;
            let term = point.iter().zip(powers).map(|(x, power)| Pow::pow(x, *power));
            let term = term.fold(Rational::one(), |product, factor| product * factor);
            sum = meter.times_plus((coefficient, &term), &sum)?;
        }
        Ok(sum)
    }
}

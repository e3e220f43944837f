//! Polynomials in several variables: coefficients other than 0 by exponents.

use crate::certificate::object::Term;
use crate::path::to_fraction;
use rug::Rational;
use std::collections::BTreeMap;
use std::ops::{Add, Mul, Neg};

/// A polynomial in so many variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Polynomial {
    variables: usize,
    terms: BTreeMap<Vec<u32>, Rational>,
}

impl Polynomial {
    /// A constant.
    pub fn constant(variables: usize, value: impl Into<Rational>) -> Self {
        let value = value.into();
        let terms = if value.is_zero() { BTreeMap::new() } else { [(vec![0; variables], value)].into() };
        Polynomial { variables, terms }
    }

    /// Variable k, from 0.
    pub fn variable(variables: usize, k: usize) -> Self {
        let powers = (0..variables).map(|other| u32::from(other == k)).collect();
        Polynomial { variables, terms: [(powers, Rational::from(1))].into() }
    }

    /// As the certificate has it.
    pub fn record(&self) -> Vec<Term> {
        let term = |(powers, coefficient): (&Vec<u32>, &Rational)| Term {
            coefficient: to_fraction(coefficient),
            powers: powers.clone(),
        };
        self.terms.iter().map(term).collect()
    }

    /// Its value.
    pub fn at(&self, point: &[Rational]) -> Rational {
        let term = |(powers, coefficient): (&Vec<u32>, &Rational)| {
            let factors = point.iter().zip(powers).map(|(x, power)| Rational::from(rug::ops::Pow::pow(x, *power)));
            factors.fold(coefficient.clone(), |product, factor| product * factor)
        };
        self.terms.iter().map(term).sum()
    }
}

impl Add for Polynomial {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        for (powers, coefficient) in other.terms {
            let sum = self.terms.remove(&powers).unwrap_or_default() + coefficient;
            if !sum.is_zero() {
                self.terms.insert(powers, sum);
            }
        }
        self
    }
}

impl Neg for Polynomial {
    type Output = Self;

    fn neg(mut self) -> Self {
        self.terms.values_mut().for_each(|coefficient| *coefficient *= -1);
        self
    }
}

impl Mul for &Polynomial {
    type Output = Polynomial;

    fn mul(self, other: Self) -> Polynomial {
        let mut product = Polynomial::constant(self.variables, 0);
        for (powers, a) in &self.terms {
            for (others, b) in &other.terms {
                let powers = powers.iter().zip(others).map(|(p, q)| p + q).collect();
                let term = Polynomial { variables: self.variables, terms: [(powers, Rational::from(a * b))].into() };
                product = product + term;
            }
        }
        product
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_square_is_multiplied_out() {
        let [x, y] = [0, 1].map(|k| Polynomial::variable(2, k));
        let difference = x.clone() + -y.clone();
        let square = &difference * &difference;
        let expanded = &x * &x + &y * &y + -(&Polynomial::constant(2, 2) * &(&x * &y));
        assert_eq!(square, expanded);
        assert_eq!(square.at(&[Rational::from(5), Rational::from(2)]), 9);
        assert_eq!(difference + -(x + -y), Polynomial::constant(2, 0));
    }
}

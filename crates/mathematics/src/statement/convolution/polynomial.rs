//! Polynomials with integer coefficients in the entries of W.

use nalgebra::DMatrix;
use rug::{Integer, Rational};
use std::collections::BTreeMap;

/// A sum of integers times monomials. A monomial is the ascending list of its factors, each the row and the column of an entry of
/// W;
/// no coefficient is 0.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Polynomial(BTreeMap<Vec<(usize, usize)>, Integer>);

impl Polynomial {
    /// An integer.
    pub fn constant(value: i64) -> Self {
        let mut found = Polynomial::default();
        found.add(vec![], &Integer::from(value));
        found
    }

    /// One entry of W.
    pub fn entry(row: usize, column: usize) -> Self {
        Polynomial([(vec![(row, column)], Integer::from(1))].into())
    }

    /// Whether it is 0: as a polynomial, so for every W.
    pub fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    /// Its terms: factors and coefficients.
    pub fn terms(&self) -> impl Iterator<Item = (&[(usize, usize)], &Integer)> {
        self.0.iter().map(|(monomial, coefficient)| (&**monomial, coefficient))
    }

    fn add(&mut self, monomial: Vec<(usize, usize)>, coefficient: &Integer) {
        let sum = self.0.entry(monomial).or_default();
        *sum += coefficient;
        if *sum == 0 {
            self.0.retain(|_, coefficient| *coefficient != 0);
        }
    }

    /// Adds another one times an integer and a further factor, if there is one.
    pub fn accumulate(&mut self, other: &Polynomial, factor: i32, entry: Option<(usize, usize)>) {
        for (monomial, coefficient) in &other.0 {
            let mut monomial = monomial.clone();
            if let Some(entry) = entry {
                let at = monomial.partition_point(|own| *own <= entry);
                monomial.insert(at, entry);
            }
            self.add(monomial, &Integer::from(coefficient * factor));
        }
    }

    /// The product.
    pub fn times(&self, other: &Polynomial) -> Polynomial {
        let mut product = Polynomial::default();
        for (left, a) in &self.0 {
            for (right, b) in &other.0 {
                let mut monomial = [&left[..], &right[..]].concat();
                monomial.sort_unstable();
                product.add(monomial, &Integer::from(a * b));
            }
        }
        product
    }

    /// Its value at W.
    ///
    /// # Panics
    /// If W has not the entries that it names.
    pub fn value(&self, weight: &DMatrix<Rational>) -> Rational {
        let term = |(monomial, coefficient): (&Vec<(usize, usize)>, &Integer)| {
            monomial.iter().fold(Rational::from(coefficient), |product, &entry| product * &weight[entry])
        };
        self.0.iter().map(term).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::integers;

    /// (a − b)(a + b) = a² − b², and the product of values is the value of the product.
    #[test]
    fn products_are_those_of_polynomials() {
        let (a, b) = (Polynomial::entry(0, 0), Polynomial::entry(1, 0));
        let (mut difference, mut sum) = (a.clone(), a.clone());
        difference.accumulate(&b, -1, None);
        sum.accumulate(&b, 1, None);
        let mut squares = a.times(&a);
        squares.accumulate(&b, -1, Some((1, 0)));
        assert_eq!(difference.times(&sum), squares);
        assert_eq!(squares.terms().count(), 2);
        let weight = integers(2, 1, &[5, -3]);
        assert_eq!(difference.value(&weight) * sum.value(&weight), 16);
        assert_eq!(squares.value(&weight), 16);
        difference.accumulate(&a, -1, None);
        difference.accumulate(&b, 1, None);
        assert!(difference.is_zero());
        assert_eq!(Polynomial::constant(0), difference);
        assert_eq!(Polynomial::constant(-7).value(&weight), -7);
    }
}

//! What sums of fractions may cost: each step brings its result to lowest terms, and denominators multiply up.

use crate::certificate::{Exceeded, Limit, Limits};
use crate::matrix::bits;
use crate::rational::Rational;
use num_traits::{One, Zero};
use std::borrow::Borrow;

/// What a step costs that makes a fraction of so many bits: a greatest common divisor shifts and subtracts once a bit, in all words.
pub fn step_work(bits: u64) -> u64 {
    bits.saturating_mul(bits / 64 + 1)
}

/// Counts the steps of one object against the limits of digits and of products.
pub struct Meter<'a> {
    limits: &'a Limits,
    spent: u64,
}

impl<'a> Meter<'a> {
    pub fn new(limits: &'a Limits) -> Self {
        Meter { limits, spent: 0 }
    }

    /// One step that makes a number of so many bits.
    pub fn step(&mut self, bits: u64) -> Result<(), Exceeded> {
        self.limits.allow_bits(bits)?;
        self.spent = self.spent.saturating_add(step_work(bits));
        self.limits.allow(Limit::Products, self.spent)
    }

    /// a b + c.
    pub fn times_plus(&mut self, (a, b): (&Rational, &Rational), c: &Rational) -> Result<Rational, Exceeded> {
        let factors = bits(a).saturating_add(bits(b));
        self.step(factors)?;
        self.step(factors.saturating_add(bits(c)))?;
        Ok(a * b + c)
    }

    /// Σ a_i b_i.
    pub fn dot<A: Borrow<Rational>, B: Borrow<Rational>>(
        &mut self,
        pairs: impl IntoIterator<Item = (A, B)>,
    ) -> Result<Rational, Exceeded> {
        pairs.into_iter().try_fold(Rational::zero(), |sum, (a, b)| self.times_plus((a.borrow(), b.borrow()), &sum))
    }

    /// Σ a_i.
    pub fn sum<A: Borrow<Rational>>(&mut self, numbers: impl IntoIterator<Item = A>) -> Result<Rational, Exceeded> {
        let one = Rational::one();
        self.dot(numbers.into_iter().map(|number| (number, &one)))
    }

    /// 1, a, a², …, so many of them.
    pub fn powers(&mut self, a: &Rational, count: usize) -> Result<Vec<Rational>, Exceeded> {
        // All of them are held at once.
        self.limits.allow_memory(count as u64, bits(a).saturating_mul(count as u64))?;
        let mut powers = vec![Rational::one()];
        while powers.len() < count {
            powers.push(self.times_plus((&powers[powers.len() - 1], a), &Rational::zero())?);
        }
        Ok(powers)
    }
}

//! A rational matrix as integers over one common denominator.

use super::integers::collect;
use nalgebra::DMatrix;
use rug::{Complete, Integer, Rational};

/// A denominator was zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the common denominator is zero")]
pub struct ZeroDenominator;

/// A rational matrix as integers over one positive denominator, in lowest terms as a whole: the gcd of the denominator
/// and all numerators is 1. This is also the form of a matrix in a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cleared {
    numerators: DMatrix<Integer>,
    denominator: Integer,
}

impl Cleared {
    /// The matrix numerators / denominator, brought to lowest terms.
    ///
    /// # Errors
    /// [`ZeroDenominator`].
    pub fn new(mut numerators: DMatrix<Integer>, mut denominator: Integer) -> Result<Self, ZeroDenominator> {
        if denominator == 0 {
            return Err(ZeroDenominator);
        }
        let mut content = denominator.clone();
        for numerator in numerators.iter().filter(|numerator| **numerator != 0) {
            if *content.as_abs() == 1 {
                break;
            }
            content.gcd_mut(numerator);
        }
        content.abs_mut();
        if denominator < 0 {
            content = -content;
        }
        if content != 1 {
            denominator.div_exact_mut(&content);
            numerators.iter_mut().for_each(|numerator| numerator.div_exact_mut(&content));
        }
        Ok(Self { numerators, denominator })
    }

    /// The integers [m, n].
    pub fn numerators(&self) -> &DMatrix<Integer> {
        &self.numerators
    }

    /// The common denominator, positive.
    pub fn denominator(&self) -> &Integer {
        &self.denominator
    }

    /// The integers and their common denominator.
    pub fn into_parts(self) -> (DMatrix<Integer>, Integer) {
        (self.numerators, self.denominator)
    }

    /// The transposed matrix [n, m].
    pub fn transpose(&self) -> Self {
        Self { numerators: self.numerators.transpose(), denominator: self.denominator.clone() }
    }

    /// The matrix over its least common denominator.
    pub fn from_rationals(matrix: &DMatrix<Rational>) -> Self {
        let denominator = common_denominator(matrix.iter());
        let entries = matrix.iter().map(|value| scaled(value, &denominator));
        let numerators = DMatrix::from_iterator(matrix.nrows(), matrix.ncols(), entries);
        Self { numerators, denominator }
    }

    /// The matrix with every entry in lowest terms: one gcd an entry.
    pub fn to_rationals(&self) -> DMatrix<Rational> {
        let (rows, columns) = self.numerators.shape();
        let size = self.denominator.significant_bits() as usize;
        let entries = collect(rows * columns, size, |index| {
            let numerator = &self.numerators.as_slice()[index];
            if self.denominator == 1 {
                Rational::from(numerator)
            } else {
                Rational::from((numerator, &self.denominator))
            }
        });
        DMatrix::from_vec(rows, columns, entries)
    }
}

/// The least common multiple of the denominators.
pub(super) fn common_denominator<'a>(values: impl Iterator<Item = &'a Rational>) -> Integer {
    let mut common = Integer::from(1);
    for value in values {
        if !common.is_divisible(value.denom()) {
            common.lcm_mut(value.denom());
        }
    }
    common
}

/// value · scale, where the denominator of the value divides the scale.
pub(super) fn scaled(value: &Rational, scale: &Integer) -> Integer {
    if value.denom() == scale {
        return value.numer().clone();
    }
    scale.div_exact_ref(value.denom()).complete() * value.numer()
}

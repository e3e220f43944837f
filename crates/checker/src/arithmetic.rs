//! What works on large integers: reading them, products of matrices, common factors.
//!
//! Everywhere in the checker an integer of more than 126 bits is `num-bigint`'s, and so is the arithmetic, unless the caller
//! lends another one ([`check_with`](crate::check_with)): the four operations of [`Integers`] are those on which a check of
//! matrices with long numbers spends its time. Nothing else changes. Matrices of shorter ones are machine words. Whoever
//! lends an arithmetic believes it: `docs/trust.md`.

use num_bigint::BigInt;
use num_integer::Integer as _;
use std::fmt;

/// An arithmetic that can be lent to the checker.
pub trait Integers: Sync {
    /// What it is called where people read it.
    fn name(&self) -> &'static str;

    /// The integer that a canonical decimal text stands for.
    fn integer(&self, text: &str) -> BigInt;

    /// A·B for integer matrices A `[rows, inner]` and B `[inner, cols]`, all row by row.
    fn product(&self, a: &[BigInt], b: &[BigInt], shape: [usize; 3]) -> Vec<BigInt>;

    /// The greatest common divisor, positive, of a positive integer and another one.
    fn gcd(&self, a: &BigInt, b: &BigInt) -> BigInt;

    /// a/b for a divisor b of a.
    fn quotient(&self, a: &BigInt, b: &BigInt) -> BigInt;
}

/// The arithmetic of a check. Two are equal if their names are.
#[derive(Clone, Copy)]
pub struct Arithmetic(&'static dyn Integers);

impl Arithmetic {
    /// The checker's own: `num-bigint` and `num-rational` throughout.
    pub const OWN: Arithmetic = Arithmetic(&NumBigint);

    /// One from outside.
    pub const fn lent(integers: &'static dyn Integers) -> Self {
        Arithmetic(integers)
    }

    pub(crate) fn integer(self, text: &str) -> BigInt {
        self.0.integer(text)
    }

    pub(crate) fn product(self, a: &[BigInt], b: &[BigInt], shape: [usize; 3]) -> Vec<BigInt> {
        self.0.product(a, b, shape)
    }

    pub(crate) fn gcd(self, a: &BigInt, b: &BigInt) -> BigInt {
        self.0.gcd(a, b)
    }

    pub(crate) fn quotient(self, a: &BigInt, b: &BigInt) -> BigInt {
        self.0.quotient(a, b)
    }
}

impl Default for Arithmetic {
    fn default() -> Self {
        Arithmetic::OWN
    }
}

impl PartialEq for Arithmetic {
    fn eq(&self, other: &Self) -> bool {
        self.0.name() == other.0.name()
    }
}

impl Eq for Arithmetic {}

impl fmt::Display for Arithmetic {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.0.name())
    }
}

impl fmt::Debug for Arithmetic {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The checker's own arithmetic.
struct NumBigint;

impl Integers for NumBigint {
    fn name(&self) -> &'static str {
        "num-rational"
    }

    fn integer(&self, text: &str) -> BigInt {
        text.parse().expect("the format lets canonical decimals through only")
    }

    /// Zeros are skipped.
    fn product(&self, a: &[BigInt], b: &[BigInt], [rows, inner, cols]: [usize; 3]) -> Vec<BigInt> {
        let zero = BigInt::default();
        let mut product = vec![zero.clone(); rows * cols];
        for row in 0..rows {
            let sums = &mut product[row * cols..(row + 1) * cols];
            let left = a[row * inner..(row + 1) * inner].iter().enumerate();
            for (l, left) in left.filter(|(_, left)| **left != zero) {
                let right = &b[l * cols..(l + 1) * cols];
                for (sum, right) in sums.iter_mut().zip(right).filter(|(_, right)| **right != zero) {
                    *sum += left * right;
                }
            }
        }
        product
    }

    fn gcd(&self, a: &BigInt, b: &BigInt) -> BigInt {
        a.gcd(&(b % a))
    }

    fn quotient(&self, a: &BigInt, b: &BigInt) -> BigInt {
        a / b
    }
}

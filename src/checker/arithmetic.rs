//! Which library does the work on large integers: reading them, products of matrices, common factors.
//!
//! Everywhere in the checker an integer is `num-bigint`'s. With [`Arithmetic::Rug`] the four operations below, on which
//! a check of wide matrices spends its time, are lent to GMP: integers go there and come back limb by limb. Nothing
//! else changes, and no other code of the program takes part: `docs/trust.md` says what that means.

use crate::certificate::{Claim, Problem};
use num_bigint::{BigInt, Sign};
use num_integer::Integer as _;
use num_traits::Signed;
use rug::{Integer, integer::Order};
use std::{fmt, str::FromStr};

/// The library for large integers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Arithmetic {
    /// `num-bigint` and `num-rational` throughout: nothing is shared with the code that builds paths.
    #[default]
    NumRational,
    /// GMP through `rug`, as in the code that builds paths, for reading, products and common factors.
    Rug,
}

/// No arithmetic has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is no arithmetic of the checker: expected `num-rational` or `rug`")]
pub struct UnknownArithmetic {
    /// What was found.
    pub found: String,
}

/// From here on `num-rational` is expected to take over a minute; see [`Arithmetic::for_problem`].
const MINUTE: f64 = 1e11;

impl Arithmetic {
    /// `num-rational`, unless it is expected to take over a minute: then `rug`.
    ///
    /// Weights that were solved for have numbers of bits that grow like N, so a vertex of a path costs about
    /// N · n_{k−1} · n_k · N steps for every layer k ≥ 2. A path has about (L − 1) · (4 + N/s) moves with
    /// s = max(1, n_1 − N) spare neurons. The bound is 10¹¹ steps: measured on two-layer networks of width 2N, a
    /// step takes 0.6 ns. Bounded lines are checked with short integers, to which this does not apply.
    pub fn for_problem(problem: &Problem) -> Self {
        let &[_, first, ..] = &problem.widths[..] else { return Arithmetic::NumRational };
        let samples = problem.inputs.rows as f64;
        let weights: f64 = problem.widths[1..].windows(2).map(|pair| pair[0] as f64 * pair[1] as f64).sum();
        let spare = first.saturating_sub(problem.inputs.rows).max(1) as f64;
        let moves = (problem.widths.len() - 2) as f64 * (4.0 + samples / spare);
        let long = moves * samples * samples * weights > MINUTE;
        if long && problem.claim != Claim::Barrier { Arithmetic::Rug } else { Arithmetic::NumRational }
    }

    /// The integer that a canonical decimal text stands for.
    pub(super) fn integer(self, text: &str) -> BigInt {
        const CANONICAL: &str = "the certificate room lets canonical decimals through only";
        match self {
            Arithmetic::NumRational => text.parse().expect(CANONICAL),
            Arithmetic::Rug => back(&text.parse().expect(CANONICAL)),
        }
    }

    /// A·B for integer matrices A `[rows, inner]` and B `[inner, cols]`, all row by row; zeros are skipped.
    pub(super) fn product(self, a: &[BigInt], b: &[BigInt], shape: [usize; 3]) -> Vec<BigInt> {
        match self {
            Arithmetic::NumRational => multiply(a, b, shape, |sum, x, y| *sum += x * y),
            Arithmetic::Rug => {
                let [a, b] = [a, b].map(|matrix| matrix.iter().map(lent).collect::<Vec<Integer>>());
                multiply(&a, &b, shape, |sum, x, y| *sum += x * y).iter().map(back).collect()
            }
        }
    }

    /// The greatest common divisor, positive, of a positive integer and another one.
    pub(super) fn gcd(self, a: &BigInt, b: &BigInt) -> BigInt {
        match self {
            Arithmetic::NumRational => a.gcd(&(b % a)),
            Arithmetic::Rug => back(&lent(a).gcd(&lent(b))),
        }
    }

    /// a/b for a divisor b of a.
    pub(super) fn quotient(self, a: &BigInt, b: &BigInt) -> BigInt {
        match self {
            Arithmetic::NumRational => a / b,
            Arithmetic::Rug => back(&lent(a).div_exact(&lent(b))),
        }
    }
}

/// A·B with sum += x y for every pair of numbers that are not zero.
fn multiply<T: Clone + Default + PartialEq>(
    a: &[T],
    b: &[T],
    [rows, inner, cols]: [usize; 3],
    add_product: fn(&mut T, &T, &T),
) -> Vec<T> {
    let zero = T::default();
    let mut product = vec![zero.clone(); rows * cols];
    for row in 0..rows {
        let sums = &mut product[row * cols..(row + 1) * cols];
        let left = a[row * inner..(row + 1) * inner].iter().enumerate();
        for (l, left) in left.filter(|(_, left)| **left != zero) {
            let right = &b[l * cols..(l + 1) * cols];
            for (sum, right) in sums.iter_mut().zip(right).filter(|(_, right)| **right != zero) {
                add_product(sum, left, right);
            }
        }
    }
    product
}

/// The same integer in GMP.
fn lent(number: &BigInt) -> Integer {
    let magnitude = Integer::from_digits(&number.magnitude().to_u64_digits(), Order::Lsf);
    if number.is_negative() { -magnitude } else { magnitude }
}

/// The same integer out of GMP.
fn back(number: &Integer) -> BigInt {
    let sign = if number.is_negative() { Sign::Minus } else { Sign::Plus };
    BigInt::new(sign, number.to_digits(Order::Lsf))
}

impl FromStr for Arithmetic {
    type Err = UnknownArithmetic;

    fn from_str(text: &str) -> Result<Self, UnknownArithmetic> {
        let all = [Arithmetic::NumRational, Arithmetic::Rug];
        let found = all.into_iter().find(|arithmetic| arithmetic.to_string() == text);
        found.ok_or_else(|| UnknownArithmetic { found: text.into() })
    }
}

impl fmt::Display for Arithmetic {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Arithmetic::NumRational => "num-rational",
            Arithmetic::Rug => "rug",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Integers of up to `words` words, zero among them.
    fn integers(words: usize) -> impl Strategy<Value = Vec<BigInt>> {
        let digits = prop::collection::vec(prop_oneof![Just(0), Just(u32::MAX), any::<u32>()], 0..=2 * words);
        let integer = (any::<bool>(), digits)
            .prop_map(|(minus, digits)| BigInt::new(if minus { Sign::Minus } else { Sign::Plus }, digits));
        prop::collection::vec(integer, 24)
    }

    proptest! {
        #[test]
        fn both_libraries_agree(
            a in integers(3), b in integers(20), rows in 0..4usize, inner in 0..6usize, cols in 0..4usize,
        ) {
            let (left, right) = (&a[..rows * inner], &b[..inner * cols]);
            let naive: Vec<BigInt> = (0..rows * cols)
                .map(|i| (0..inner).map(|l| &left[i / cols * inner + l] * &right[l * cols + i % cols]).sum())
                .collect();
            for arithmetic in [Arithmetic::NumRational, Arithmetic::Rug] {
                prop_assert_eq!(&arithmetic.product(left, right, [rows, inner, cols]), &naive);
                for (x, y) in a.iter().zip(&b) {
                    let text = y.to_string();
                    prop_assert_eq!(&arithmetic.integer(&text), y);
                    let positive = y.abs() + 1;
                    prop_assert_eq!(arithmetic.gcd(&positive, x), num_integer::gcd(positive.clone(), x.clone()));
                    prop_assert_eq!(&arithmetic.quotient(&(x * &positive), &positive), x);
                }
            }
        }
    }
}

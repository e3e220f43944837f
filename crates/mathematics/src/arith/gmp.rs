//! GMP for the checker of those who ask for it: `check --arithmetic rug`.
//!
//! The checker's integers come here and go back limb by limb. Reading, products and common factors are what it lends;
//! rules and verdicts stay the checker's own. `docs/trust.md` says what that means.

use crate::checker::{Arithmetic, Integers};
use num_bigint::{BigInt, Sign};
use num_traits::Signed;
use rug::{Integer, integer::Order};

/// GMP through `rug`, as in the code that builds paths.
pub const RUG: Arithmetic = Arithmetic::lent(&Gmp);

struct Gmp;

impl Integers for Gmp {
    fn name(&self) -> &'static str {
        "rug"
    }

    fn integer(&self, text: &str) -> BigInt {
        back(&text.parse().expect("the format lets canonical decimals through only"))
    }

    fn product(&self, a: &[BigInt], b: &[BigInt], [rows, inner, cols]: [usize; 3]) -> Vec<BigInt> {
        let [a, b] = [a, b].map(|matrix| matrix.iter().map(lent).collect::<Vec<Integer>>());
        let mut product = vec![Integer::new(); rows * cols];
        for row in 0..rows {
            let sums = &mut product[row * cols..(row + 1) * cols];
            for (l, left) in a[row * inner..(row + 1) * inner].iter().enumerate().filter(|(_, left)| !left.is_zero()) {
                for (sum, right) in sums.iter_mut().zip(&b[l * cols..(l + 1) * cols]) {
                    *sum += left * right;
                }
            }
        }
        product.iter().map(back).collect()
    }

    fn gcd(&self, a: &BigInt, b: &BigInt) -> BigInt {
        back(&lent(a).gcd(&lent(b)))
    }

    fn quotient(&self, a: &BigInt, b: &BigInt) -> BigInt {
        back(&lent(a).div_exact(&lent(b)))
    }
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
        fn gmp_computes_what_num_bigint_does(
            a in integers(3), b in integers(20), rows in 0..4usize, inner in 0..6usize, cols in 0..4usize,
        ) {
            let (left, right) = (&a[..rows * inner], &b[..inner * cols]);
            let product: Vec<BigInt> = (0..rows * cols)
                .map(|i| (0..inner).map(|l| &left[i / cols * inner + l] * &right[l * cols + i % cols]).sum())
                .collect();
            prop_assert_eq!(&Gmp.product(left, right, [rows, inner, cols]), &product);
            for (x, y) in a.iter().zip(&b) {
                prop_assert_eq!(&Gmp.integer(&y.to_string()), y);
                let positive = y.abs() + 1;
                prop_assert_eq!(Gmp.gcd(&positive, x), num_integer::gcd(positive.clone(), x.clone()));
                prop_assert_eq!(&Gmp.quotient(&(x * &positive), &positive), x);
            }
        }
    }
}

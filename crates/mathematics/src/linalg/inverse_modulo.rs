//! Left inverses and ranks modulo a prime.

use super::modular::{Elimination, Field, rational_residues};
use nalgebra::DMatrix;
use rug::Rational;

/// A left inverse L [n, m] of A [m, n] modulo a prime: L A ≡ I.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InverseModulo {
    /// The prime; it divides no denominator of A.
    pub modulus: u32,
    /// L, entries from 0 to the modulus less 1. Only n of its columns are not zero.
    pub inverse: DMatrix<u32>,
}

/// A left inverse of A modulo the largest prime below 2²⁴ that has one; `None` if none of the first `primes` has.
///
/// A prime has none if the columns of A are dependent modulo it, or if it divides a denominator of A. Costs one
/// elimination of order m n² a prime.
pub fn left_inverse_modulo(a: &DMatrix<Rational>, primes: usize) -> Option<InverseModulo> {
    Field::descending(24).take(primes).find_map(|field| {
        let residues = rational_residues(field, a)?;
        let elimination = Elimination::new(field, &residues.transpose());
        if elimination.rank() < a.ncols() {
            return None;
        }
        // (A[pivots, order]ᵀ)⁻¹, so that L[order, pivots] is its transpose.
        let transposed = elimination.inverse();
        let prime = f64::from(field.prime());
        let mut inverse = DMatrix::zeros(a.ncols(), a.nrows());
        for (j, &row) in elimination.pivots.iter().enumerate() {
            for (i, &column) in elimination.order.iter().take(a.ncols()).enumerate() {
                inverse[(column, row)] = field.reduce(transposed[(j, i)]).rem_euclid(prime) as u32;
            }
        }
        Some(InverseModulo { modulus: field.prime(), inverse })
    })
}

/// The rank of A modulo the largest prime below 2²⁴ that divides no denominator of A: at most the rank of A.
pub fn rank_modulo(a: &DMatrix<Rational>) -> usize {
    let found = Field::descending(24).find_map(|field| {
        let residues = rational_residues(field, a)?;
        Some(Elimination::new(field, &residues).rank())
    });
    found.expect("not every prime divides a denominator")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::{Exact, Kernel};
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn a_left_inverse_is_one_modulo_its_prime(
            entries in prop::collection::vec((-9i64..=9, 1u32..=9), 15),
            rows in 3usize..=5,
        ) {
            let a = DMatrix::from_fn(rows, 3, |i, j| Rational::from(entries[3 * i + j]));
            let full = Exact.rank(&a) == 3;
            let found = left_inverse_modulo(&a, 3);
            prop_assert_eq!(found.is_some(), full);
            prop_assert_eq!(rank_modulo(&a), Exact.rank(&a));
            if let Some(InverseModulo { modulus, inverse }) = found {
                let product = Exact.product(&inverse.map(Rational::from), &a);
                for i in 0..3 {
                    for j in 0..3 {
                        let excess = Rational::from(&product[(i, j)] - u32::from(i == j));
                        prop_assert!(excess.numer().is_divisible_u(modulus));
                        prop_assert!(!excess.denom().is_divisible_u(modulus));
                    }
                }
            }
        }
    }

    #[test]
    fn a_prime_that_divides_a_denominator_is_passed_over() {
        let a = DMatrix::from_element(1, 1, Rational::from((1, 16_777_213)));
        assert_eq!(left_inverse_modulo(&a, 1), None);
        assert!(left_inverse_modulo(&a, 2).is_some_and(|found| found.modulus < 16_777_213));
    }
}

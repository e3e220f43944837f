//! From p-adic digits to integers, and from residues to fractions.

use super::limbs::from_words;
use rug::{Complete, Integer, ops::Pow};

/// Digits that are put together in machine words before big integers take over: 16 · 24 bits and a sign, in WORDS words.
const CHUNK: usize = 16;
const WORDS: usize = 7;

/// The powers of a radix p that turn balanced digits into an integer.
pub(super) struct Radix {
    prime: u32,
    /// p^(CHUNK · 2^level).
    powers: Vec<Integer>,
}

impl Radix {
    /// For numbers of at most `length` digits to the radix p < 2²⁴.
    pub fn new(prime: u32, length: usize) -> Self {
        let mut powers = vec![Integer::from(prime).pow(CHUNK as u32)];
        while CHUNK << powers.len() < length {
            let last = &powers[powers.len() - 1];
            powers.push(last.square_ref().complete());
        }
        Self { prime, powers }
    }

    /// Σ digits[k] p^k for digits |d| ≤ p: chunks in machine words, then a product tree.
    pub fn assemble(&self, digits: &[i32]) -> Integer {
        let mut parts: Vec<Integer> = digits.chunks(CHUNK).map(|chunk| self.assemble_chunk(chunk)).collect();
        for power in &self.powers {
            if parts.len() <= 1 {
                break;
            }
            let join = |pair: &mut [Integer]| match pair {
                [low, high] => std::mem::take(low) + &*high * power,
                rest => std::mem::take(&mut rest[0]),
            };
            parts = parts.chunks_mut(2).map(join).collect();
        }
        parts.pop().unwrap_or_default()
    }

    /// Horner's rule on two's complement words, two digits a step.
    fn assemble_chunk(&self, digits: &[i32]) -> Integer {
        let prime = i64::from(self.prime);
        let mut words = [0; WORDS];
        for pair in digits.chunks(2).rev() {
            let value = pair.iter().rev().fold(0, |sum, &digit| sum * prime + i64::from(digit));
            multiply_add(&mut words, prime * prime, value);
        }
        from_words(&words)
    }
}

/// words := words · factor + value on little-endian two's complement words, for 0 ≤ factor < 2⁴⁸.
fn multiply_add(words: &mut [u64], factor: i64, value: i64) {
    let mut carry = i128::from(value);
    for word in words {
        let sum = i128::from(*word) * i128::from(factor) + carry;
        *word = sum as u64;
        carry = sum >> 64;
    }
}

/// A fraction: numerator and positive denominator.
type Fraction = (Integer, Integer);

/// The fraction a/b with a ≡ b · residue modulo `modulus` and |a|, b ≤ √(modulus/2): unique if it exists in lowest terms.
///
/// The extended Euclidean algorithm on (modulus, residue), stopped half-way (Wang 1981), with Lehmer's steps on the
/// leading words.
pub(super) fn fraction(residue: &Integer, modulus: &Integer) -> Option<Fraction> {
    let bound = (modulus >> 1u32).complete().sqrt();
    let mut rows = [(modulus.clone(), Integer::new()), (residue.modulo_ref(modulus).complete(), Integer::from(1))];
    while rows[1].0 > bound {
        let near_the_end = rows[1].0.significant_bits() < bound.significant_bits() + 66;
        match leading_steps(&rows[0].0, &rows[1].0).filter(|_| !near_the_end) {
            Some(steps) => rows = apply(&steps, &rows),
            None => divide(&mut rows),
        }
    }
    let [_, (mut numerator, mut denominator)] = rows;
    if denominator < 0 {
        (numerator, denominator) = (-numerator, -denominator);
    }
    (denominator != 0 && denominator <= bound).then_some((numerator, denominator))
}

/// One division step of the Euclidean algorithm.
fn divide(rows: &mut [Fraction; 2]) {
    let [(old, old_factor), (new, new_factor)] = rows;
    let (quotient, remainder) = std::mem::take(old).div_rem(new.clone());
    let factor = std::mem::take(old_factor) - quotient * &*new_factor;
    *old = std::mem::replace(new, remainder);
    *old_factor = std::mem::replace(new_factor, factor);
}

/// The matrix of the division steps that the leading 62 bits of old > new determine (Knuth 4.5.2, Algorithm L).
fn leading_steps(old: &Integer, new: &Integer) -> Option<[i64; 4]> {
    let shift = old.significant_bits().checked_sub(62)?;
    let mut x = (old >> shift).complete().to_i64()?;
    let mut y = (new >> shift).complete().to_i64()?;
    let [mut a, mut b, mut c, mut d] = [1i64, 0, 0, 1];
    while y + c != 0 && y + d != 0 {
        let quotient = (x + a) / (y + c);
        if quotient != (x + b) / (y + d)
            || quotient.unsigned_abs() > 1 << 30
            || c.unsigned_abs().max(d.unsigned_abs()) >= 1 << 30
        {
            break;
        }
        (a, c) = (c, a - quotient * c);
        (b, d) = (d, b - quotient * d);
        (x, y) = (y, x - quotient * y);
    }
    (b != 0).then_some([a, b, c, d])
}

fn apply(steps: &[i64; 4], rows: &[Fraction; 2]) -> [Fraction; 2] {
    let [a, b, c, d] = *steps;
    let combine = |x: &Integer, left: i64, y: &Integer, right: i64| {
        let mut sum = (x * left).complete();
        sum += y * right;
        sum
    };
    let [old, new] = rows;
    [
        (combine(&old.0, a, &new.0, b), combine(&old.1, a, &new.1, b)),
        (combine(&old.0, c, &new.0, d), combine(&old.1, c, &new.1, d)),
    ]
}

/// The residue nearest to zero.
pub(super) fn balanced(value: Integer, modulus: &Integer) -> Integer {
    let residue = value.modulo(modulus);
    if (&residue << 1u32).complete() > *modulus { residue - modulus } else { residue }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rug::integer::Order;

    fn integer(words: &[u64], negative: bool) -> Integer {
        let value = Integer::from_digits(words, Order::Lsf);
        if negative { -value } else { value }
    }

    proptest! {
        #[test]
        fn digits_are_assembled_as_by_horner(digits in prop::collection::vec(-8_388_593i32..=8_388_593, 0..200)) {
            let naive = digits.iter().rev().fold(Integer::new(), |sum, &digit| sum * 8_388_593 + digit);
            prop_assert_eq!(Radix::new(8_388_593, digits.len()).assemble(&digits), naive);
        }

        #[test]
        fn fractions_are_found_again(
            numerator in prop::collection::vec(any::<u64>(), 0..12),
            denominator in prop::collection::vec(any::<u64>(), 0..12), negative: bool,
        ) {
            let (numerator, denominator) = (integer(&numerator, negative), integer(&denominator, false) + 1u32);
            let common = numerator.gcd_ref(&denominator).complete();
            let (numerator, denominator) = (numerator / &common, denominator / &common);
            let size = numerator.significant_bits().max(denominator.significant_bits());
            let modulus = (Integer::from(1) << (2 * size + 2)).next_prime();
            let residue = denominator.invert_ref(&modulus).map(Integer::from).unwrap() * &numerator;
            prop_assert_eq!(fraction(&residue, &modulus), Some((numerator, denominator)));
        }

        #[test]
        fn balanced_residues(value: i64, modulus in 1i64..1000) {
            let residue = balanced(Integer::from(value), &Integer::from(modulus)).to_i64().unwrap();
            prop_assert!(2 * residue.abs() <= modulus && (i128::from(value) - i128::from(residue)) % i128::from(modulus) == 0);
        }
    }
}

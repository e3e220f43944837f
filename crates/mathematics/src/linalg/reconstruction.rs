//! From p-adic digits to integers, and from residues to fractions.

use super::{
    limbs::{divide_exactly, from_words, subtract_limbs, word_inverse},
    modular::Field,
};
use rug::{Complete, Integer, integer::Order, ops::Pow};

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

    /// For integers below 2^bits.
    pub fn for_bits(prime: u32, bits: u32) -> Self {
        Self::new(prime, (bits / prime.ilog2()) as usize + 1)
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

    /// The balanced digits of an integer, without zeros at the top.
    pub fn digits(&self, value: &Integer) -> Vec<i32> {
        if let Some(small) = value.to_i64().filter(|small| small.unsigned_abs() < 1 << 62) {
            return self.small_digits(small);
        }
        let mut digits = Vec::new();
        let level = self.powers.iter().take_while(|power| value.cmp_abs(power).is_ge()).count();
        self.split(value.abs_ref().complete(), level, &mut digits);
        let (prime, half) = (self.prime as i32, self.prime as i32 / 2);
        let mut carry = 0;
        for digit in &mut digits {
            *digit += carry;
            carry = i32::from(*digit > half);
            *digit -= carry * prime;
        }
        digits.push(carry);
        if value.is_negative() {
            digits.iter_mut().for_each(|digit| *digit = -*digit);
        }
        let length = digits.iter().rposition(|&digit| digit != 0).map_or(0, |last| last + 1);
        digits.truncate(length);
        digits
    }

    fn small_digits(&self, mut rest: i64) -> Vec<i32> {
        let prime = i64::from(self.prime);
        let mut digits = Vec::with_capacity(4);
        while rest != 0 {
            let remainder = rest.rem_euclid(prime);
            let digit = if 2 * remainder > prime { remainder - prime } else { remainder };
            digits.push(digit as i32);
            rest = (rest - digit) / prime;
        }
        digits
    }

    /// Appends the CHUNK · 2^level digits 0 ≤ d < p of a value below p^(CHUNK · 2^level).
    fn split(&self, value: Integer, level: usize, digits: &mut Vec<i32>) {
        if level > 0 {
            let (high, low) = value.div_rem(self.powers[level - 1].clone());
            self.split(low, level - 1, digits);
            self.split(high, level - 1, digits);
            return;
        }
        let (field, inverse) = (Field::new(self.prime), word_inverse(self.prime.into()));
        let mut words = [0; WORDS];
        value.write_digits(&mut words, Order::Lsf);
        let full = digits.len() + CHUNK;
        // One word more than the value has, for the sign.
        let mut length = value.significant_digits::<u64>() + 1;
        while length > 1 {
            let rest = &mut words[..length];
            let digit = (field.of_words(rest) as i32).rem_euclid(self.prime as i32);
            subtract_limbs(rest, std::iter::once(i64::from(digit)), 0);
            divide_exactly(rest, self.prime.into(), inverse);
            digits.push(digit);
            length -= usize::from(rest[length - 2] == 0);
        }
        digits.resize(full, 0);
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

    fn integer(words: &[u64], negative: bool) -> Integer {
        let value = Integer::from_digits(words, Order::Lsf);
        if negative { -value } else { value }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        #[test]
        fn digits_are_assembled_as_by_horner(digits in prop::collection::vec(-8_388_593i32..=8_388_593, 0..200)) {
            let naive = digits.iter().rev().fold(Integer::new(), |sum, &digit| sum * 8_388_593 + digit);
            prop_assert_eq!(Radix::new(8_388_593, digits.len()).assemble(&digits), naive);
        }

        #[test]
        fn digits_are_balanced_and_unique(words in prop::collection::vec(any::<u64>(), 0..20), shift in 0..64u32, negative: bool, prime in 0..3usize) {
            let prime = [3, 251, 16_777_213u32][prime];
            let value = integer(&words, negative) >> shift;
            let digits = Radix::for_bits(prime, value.significant_bits()).digits(&value);
            prop_assert!(digits.iter().all(|digit| digit.unsigned_abs() <= prime / 2) && digits.last() != Some(&0));
            let naive = digits.iter().rev().fold(Integer::new(), |sum, &digit| sum * prime + digit);
            prop_assert_eq!(naive, value);
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

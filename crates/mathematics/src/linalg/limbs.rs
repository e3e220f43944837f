//! Integers cut into limbs that fit in an f64, and put together again.

use rug::{Integer, integer::Order};

/// Calls `take` with the balanced limbs of an integer: value = Σ limb_l 2^(l · bits), |limb_l| ≤ 2^(bits−1).
pub(super) fn split(value: &Integer, bits: u32, mut take: impl FnMut(usize, f64)) {
    let (words, sign) = (value.as_limbs(), if value.is_negative() { -1.0 } else { 1.0 });
    let length = value.significant_bits().div_ceil(bits) as usize;
    let mut carry = 0;
    for index in 0..=length {
        let position = index * bits as usize;
        let word = |offset: usize| words.get(position / 64 + offset).copied().unwrap_or(0);
        let wide = u128::from(word(0)) | u128::from(word(1)) << 64;
        let digit = ((wide >> (position % 64)) as u64 & ((1 << bits) - 1)) + carry;
        carry = u64::from(digit > 1 << (bits - 1));
        let balanced = digit as f64 - (carry << bits) as f64;
        if balanced != 0.0 {
            take(index, sign * balanced);
        }
    }
}

/// words −= Σ limbs[l] 2^(l · bits) for |limb| < 2⁶² and bits ≤ 63, on two's complement words; what is beyond the last
/// word is lost.
pub(super) fn subtract_limbs(words: &mut [u64], limbs: impl Iterator<Item = i64>, bits: u32) {
    // The limbs that are not subtracted yet: `waiting` bits of them are complete.
    let (mut buffer, mut waiting) = (0i128, 0);
    let mut targets = words.iter_mut();
    let mut borrow = false;
    let mut subtract = |word: &mut u64, low: u64| {
        let (difference, first) = word.overflowing_sub(low);
        let (difference, second) = difference.overflowing_sub(u64::from(borrow));
        (*word, borrow) = (difference, first || second);
    };
    for limb in limbs {
        buffer += i128::from(limb) << waiting;
        waiting += bits;
        if waiting >= 64 {
            let Some(word) = targets.next() else { return };
            subtract(word, buffer as u64);
            buffer >>= 64;
            waiting -= 64;
        }
    }
    for word in targets {
        subtract(word, buffer as u64);
        buffer >>= 64;
    }
}

/// words := words / p, where `inverse` is 1/p modulo 2⁶⁴; false if there is a remainder.
///
/// The division is exact modulo 2^(64 · width) (Jebelean 1993). It is exact over ℤ if the quotient leaves the last word
/// to its sign: then quotient · p cannot wrap.
pub(super) fn divide_exactly(words: &mut [u64], prime: u64, inverse: u64) -> bool {
    let mut borrow = 0u64;
    for word in words.iter_mut() {
        let (difference, under) = word.overflowing_sub(borrow);
        let quotient = difference.wrapping_mul(inverse);
        borrow = ((u128::from(quotient) * u128::from(prime)) >> 64) as u64 + u64::from(under);
        *word = quotient;
    }
    match words {
        [.., next, top] => *top == if *next >> 63 == 1 { u64::MAX } else { 0 },
        _ => true,
    }
}

/// The inverse of an odd number modulo 2⁶⁴: Newton's iteration doubles the five bits that 3x ⊕ 2 has right.
pub(super) fn word_inverse(odd: u64) -> u64 {
    let start = odd.wrapping_mul(3) ^ 2;
    (0..4).fold(start, |x, _| x.wrapping_mul(2u64.wrapping_sub(odd.wrapping_mul(x))))
}

/// Σ sums[l] 2^(l · bits).
pub(super) fn carry(sums: impl ExactSizeIterator<Item = i64>, bits: u32) -> Integer {
    let mask = (1i64 << bits) - 1;
    let mut words = Vec::with_capacity(sums.len() * bits as usize / 64 + 3);
    // `waiting` low bits of `buffer` are not written yet.
    let (mut buffer, mut waiting, mut rest) = (0u128, 0, 0i64);
    for sum in sums {
        let total = sum + rest;
        buffer |= ((total & mask) as u128) << waiting;
        waiting += bits;
        rest = total >> bits;
        if waiting >= 64 {
            words.push(buffer as u64);
            buffer >>= 64;
            waiting -= 64;
        }
    }
    // What is left is a signed number of fewer than 64 bits above the digits.
    let last = (i128::from(rest) << waiting) | buffer as i128;
    words.extend([last as u64, (last >> 64) as u64]);
    from_words(&words)
}

/// The integer of little-endian two's complement words.
pub(super) fn from_words(words: &[u64]) -> Integer {
    let value = Integer::from_digits(words, Order::Lsf);
    let negative = words.last().is_some_and(|&top| top >> 63 == 1);
    if negative { value - (Integer::from(1) << (64 * words.len() as u32)) } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn splitting_and_carrying_is_the_identity(
            words in prop::collection::vec(any::<u64>(), 0..8), negative: bool, bits in 2..=24u32,
        ) {
            let magnitude = Integer::from_digits(&words, Order::Lsf);
            let value = if negative { -magnitude } else { magnitude };
            let mut limbs = vec![0i64; value.significant_bits().div_ceil(bits) as usize + 1];
            let mut largest = 0.0f64;
            split(&value, bits, |index, limb| {
                limbs[index] = limb as i64;
                largest = largest.max(limb.abs());
            });
            prop_assert!(largest <= f64::from(1u32 << (bits - 1)));
            prop_assert_eq!(carry(limbs.into_iter(), bits), value);
        }

        #[test]
        fn carrying_takes_large_sums(sums in prop::collection::vec(-(1i64 << 61)..1 << 61, 0..12), bits in 2..=24u32) {
            let naive = sums.iter().rev().fold(Integer::new(), |total, sum| (total << bits) + *sum);
            prop_assert_eq!(carry(sums.into_iter(), bits), naive);
        }
    }

    proptest! {
        #[test]
        fn subtracting_limbs_and_dividing(
            limbs in prop::collection::vec(-(1i64 << 52)..1 << 52, 1..12), start: i64, bits in 2..=24u32, prime in 0..3usize,
        ) {
            let prime = [3, 101, 16_777_213u64][prime];
            let mut words = [if start < 0 { u64::MAX } else { 0 }; 8];
            words[0] = start as u64;
            subtract_limbs(&mut words, limbs.iter().copied(), bits);
            let naive = start - limbs.iter().rev().fold(Integer::new(), |total, limb| (total << bits) + *limb);
            prop_assert_eq!(&from_words(&words), &naive);
            let mut quotient = words;
            prop_assert_eq!(divide_exactly(&mut quotient, prime, word_inverse(prime)), naive.is_divisible_u(prime as u32));
            let (mut rest, remainder) = (words, naive.mod_u(prime as u32));
            subtract_limbs(&mut rest, std::iter::once(i64::from(remainder)), 0);
            prop_assert!(divide_exactly(&mut rest, prime, word_inverse(prime)));
            prop_assert_eq!(from_words(&rest), (naive - remainder) / prime);
        }
    }

    #[test]
    fn words_are_twos_complement() {
        assert_eq!(from_words(&[u64::MAX, u64::MAX]), -1);
        assert_eq!(from_words(&[5, 0]), 5);
        assert_eq!(from_words(&[0, 1 << 63]), -(Integer::from(1) << 127u32));
    }
}

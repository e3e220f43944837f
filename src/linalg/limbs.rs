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

/// Σ sums[l] 2^(l · bits).
pub(super) fn carry(sums: &[i128], bits: u32) -> Integer {
    let mask = (1i128 << bits) - 1;
    let mut words = Vec::with_capacity(sums.len() * bits as usize / 64 + 3);
    // `waiting` low bits of `buffer` are not written yet.
    let (mut buffer, mut waiting, mut rest) = (0u128, 0, 0i128);
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
    let last = (rest << waiting) | buffer as i128;
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
            let mut limbs = vec![0i128; value.significant_bits().div_ceil(bits) as usize + 1];
            let mut largest = 0.0f64;
            split(&value, bits, |index, limb| {
                limbs[index] = limb as i128;
                largest = largest.max(limb.abs());
            });
            prop_assert!(largest <= f64::from(1u32 << (bits - 1)));
            prop_assert_eq!(carry(&limbs, bits), value);
        }

        #[test]
        fn carrying_takes_large_sums(sums in prop::collection::vec(-(1i128 << 61)..1 << 61, 0..12), bits in 2..=24u32) {
            let naive = sums.iter().rev().fold(Integer::new(), |total, sum| (total << bits) + *sum);
            prop_assert_eq!(carry(&sums, bits), naive);
        }
    }

    #[test]
    fn words_are_twos_complement() {
        assert_eq!(from_words(&[u64::MAX, u64::MAX]), -1);
        assert_eq!(from_words(&[5, 0]), 5);
        assert_eq!(from_words(&[0, 1 << 63]), -(Integer::from(1) << 127u32));
    }
}

//! ln Σ exp, bounded from above in machine words.
//!
//! Arguments and results are integers times 2^−40, powers times 2^−62. A power exp(−t) with t = k + i/2^8 + j/2^16 + r is
//! the product of three numbers from tables, which are rounded up, and of 1 − r + r²/2 ≥ exp(−r) for r ≥ 0, the series of
//! which alternates with falling terms.

use super::interval::Precision;
use num_bigint::BigInt;
use num_traits::ToPrimitive;
use std::sync::OnceLock;

/// Bits behind the point of an argument.
pub const POINT: u32 = 40;
/// Bits behind the point of a power.
pub const POWER: u32 = 62;
/// exp(−45) is below 2^−62.
const LAST: u64 = 45;
/// ⌊ln 2 · 2^40⌋.
const LN_2: i64 = 762_123_384_785;

/// The tables.
pub struct Exponentials {
    /// exp(−k) for k < 45.
    whole: Vec<u64>,
    /// exp(−i/2^8).
    fine: Vec<u64>,
    /// exp(−j/2^16).
    finer: Vec<u64>,
}

impl Exponentials {
    /// The tables, made once.
    pub fn tables() -> &'static Self {
        static TABLES: OnceLock<Exponentials> = OnceLock::new();
        TABLES.get_or_init(Self::new)
    }

    fn new() -> Self {
        let p = Precision(POWER.into());
        let table = |count: u64, shift: u32| -> Vec<u64> {
            let power = |i: u64| p.exp(&-(BigInt::from(i) << (POWER - shift))).upper;
            (0..count).map(|i| power(i).to_u64().expect("a power of at most 1")).collect()
        };
        Exponentials { whole: table(LAST, 0), fine: table(256, 8), finer: table(256, 16) }
    }

    /// At least exp(−t).
    fn power(&self, t: u64) -> u64 {
        let whole = t >> POINT;
        if whole >= LAST {
            return 1;
        }
        let [fine, finer] = [32, 24].map(|shift| (t >> shift & 255) as usize);
        // r < 2^−16: as a power r is r·2^22, and r²/2·2^−80 is r²·2^−19 times 2^−62.
        let rest = t & ((1 << 24) - 1);
        let series = (1 << POWER) - (rest << (POWER - POINT)) + ((rest * rest) >> 19) + 1;
        times(times(self.whole[whole as usize], self.fine[fine]), times(self.finer[finer], series))
    }

    /// Between which numbers exp(−t) is, times 2^62.
    ///
    /// [`Exponentials::power`] is above it by at most (r³/6)·2^62 < 2^12 − 2^10 for r < 2^−16, and less than 2^10 for ten numbers that
    /// are rounded up by a few units each.
    pub fn between(&self, t: u64) -> [u64; 2] {
        let upper = self.power(t);
        [upper.saturating_sub(1 << 12), upper]
    }

    /// Between which numbers ln(1 + e) is, times 2^40, for e between these numbers, times 2^62, of at most 1.
    ///
    /// Five steps leave of [`Exponentials::logarithm`]'s first error, ln 2 at most, less than a unit (0.7, 0.31, 0.05, 0.0012,
    /// 7·10^−7, 3·10^−13), and add a unit each for their own rounding, of which the next one keeps less than a tenth.
    pub fn log_1_plus(&self, [lower, upper]: [u64; 2]) -> [i64; 2] {
        let (one, shift) = (1u64 << POINT, POWER - POINT);
        let low = self.logarithm(one + (lower >> shift)) - 8;
        [low.max(0), self.logarithm(one + (upper >> shift) + 1)]
    }

    /// At least ln(s·2^−40) for s ≥ 2^40, below 2^64.
    ///
    /// ln s = y + ln(s exp(−y)) ≤ y + s exp(−y) − 1 for every y: from any y ≥ 0 that gives a bound, and from a bound that is
    /// off by e one that is off by about e²/2.
    fn logarithm(&self, s: u64) -> i64 {
        let mut y = i64::from(s.ilog2() - POINT) * LN_2;
        for _ in 0..5 {
            let ratio = u128::from(s) * u128::from(self.power(y as u64));
            let ratio = (ratio + ((1 << POWER) - 1)) >> POWER;
            // It is at least ln s ≥ 0.
            y += ratio as i64 - (1 << POINT);
        }
        y
    }

    /// At least ln Σ_j exp(x_j), where some x_j is 0 and there are at most 2^20 of them; `None` if that is no word.
    pub fn log_sum(&self, numbers: &[i128]) -> Option<i64> {
        let largest = numbers.iter().copied().max()?;
        // Powers are added over 2^40, each rounded up.
        let power = |number: &i128| {
            let t = u64::try_from(largest - number).unwrap_or(u64::MAX);
            (self.power(t) >> (POWER - POINT)) + 1
        };
        let sum: u64 = numbers.iter().map(power).sum();
        i64::try_from(largest).ok()?.checked_add(self.logarithm(sum))
    }
}

/// A product of two powers, rounded up.
fn times(a: u64, b: u64) -> u64 {
    ((u128::from(a) * u128::from(b) + ((1 << POWER) - 1)) >> POWER) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What is left out of the series is largest at the end of a step of the finest table, what is rounded counts most at its
    /// start: there random arguments seldom are.
    #[test]
    fn the_ends_of_a_step_are_enclosed() {
        let (p, tables) = (Precision(200), Exponentials::tables());
        let step = 1u64 << 24;
        let starts = [0, 1, 77, 255, 256, 257, 65_535, 65_536, 3 << 16, 44 << 16].map(|i| i * step);
        for t in starts.iter().flat_map(|start| (0..800).chain(step - 200..step).map(move |rest| start + rest)) {
            let exact = p.exp(&-(BigInt::from(t) << (200 - POINT)));
            let [lower, upper] = tables.between(t).map(|power| BigInt::from(power) << (200 - POWER));
            assert!(lower <= exact.lower && exact.upper <= upper, "{t}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 3000, ..ProptestConfig::default() })]

        /// Above the truth, and by no more than 2^−36 of it and a few units.
        #[test]
        fn powers_are_a_little_above(t in prop_oneof![0..1u64 << 40, 0..50u64 << 40, any::<u64>()]) {
            let p = Precision(200);
            let power = BigInt::from(Exponentials::tables().power(t)) << (200 - POWER);
            let exact = p.exp(&-(BigInt::from(t) << (200 - POINT)));
            prop_assert!(power >= exact.upper);
            prop_assert!(&power - &exact.lower <= (&exact.upper >> 36u32) + (BigInt::from(8) << (200 - POWER)));
        }

        #[test]
        fn powers_and_logarithms_are_enclosed(t in prop_oneof![0..1u64 << 40, 0..50u64 << 40, any::<u64>()]) {
            let p = Precision(200);
            let exact = p.exp(&-(BigInt::from(t) << (200 - POINT)));
            let powers = Exponentials::tables().between(t);
            let [lower, upper] = powers.map(|power| BigInt::from(power) << (200 - POWER));
            prop_assert!(lower <= exact.lower && exact.upper <= upper);
            let logarithms = Exponentials::tables().log_1_plus(powers);
            let [lower, upper] = logarithms.map(|number| BigInt::from(number) << (200 - POINT));
            let [least, most] = [&exact.lower, &exact.upper].map(|power| p.ln(&(p.one() + power)));
            prop_assert!(lower <= least.lower && most.upper <= upper);
            prop_assert!(logarithms[1] - logarithms[0] <= 16);
        }

        #[test]
        fn logarithms_are_a_little_above(s in prop_oneof![1u64 << 40..1 << 41, 1 << 40..1u64 << 60]) {
            let p = Precision(200);
            let logarithm = BigInt::from(Exponentials::tables().logarithm(s)) << (200 - POINT);
            let exact = p.ln(&(BigInt::from(s) << (200 - POINT)));
            prop_assert!(logarithm >= exact.upper);
            prop_assert!(&logarithm - &exact.lower <= BigInt::from(64) << (200 - POINT));
        }

        #[test]
        fn sums_are_a_little_above(numbers in prop::collection::vec(-(60i64 << 40)..60i64 << 40, 0..20)) {
            let numbers: Vec<i128> = numbers.into_iter().map(i128::from).chain([0]).collect();
            let bound = BigInt::from(Exponentials::tables().log_sum(&numbers).unwrap()) << (200 - POINT);
            let p = Precision(200);
            let largest = BigInt::from(*numbers.iter().max().unwrap()) << (200 - POINT);
            let powers = numbers.iter().map(|x| p.exp(&((BigInt::from(*x) << (200 - POINT)) - &largest)));
            let exact = powers.fold(crate::interval::Interval::point(BigInt::ZERO), |sum, power| sum.plus(&power));
            let (lower, upper) = (p.ln(&exact.lower).lower + &largest, p.ln(&exact.upper).upper + &largest);
            prop_assert!(bound >= upper);
            prop_assert!(bound - lower <= BigInt::from(200) << (200 - POINT));
        }
    }
}

//! Closed intervals with rational ends.

use rug::{Float, Integer, Rational, float::Round, ops::Pow};
use std::fmt;

/// How many significant digits of the larger end are printed unless asked otherwise.
const DIGITS: u32 = 4;

/// The closed interval [lo, hi]; lo ≤ hi.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interval {
    lo: Rational,
    hi: Rational,
}

impl Interval {
    /// [lo, hi]; `None` if lo > hi.
    pub fn new(lo: Rational, hi: Rational) -> Option<Self> {
        (lo <= hi).then_some(Interval { lo, hi })
    }

    /// [value, value].
    pub fn point(value: Rational) -> Self {
        Interval { lo: value.clone(), hi: value }
    }

    /// The lower end.
    pub fn lo(&self) -> &Rational {
        &self.lo
    }

    /// The upper end.
    pub fn hi(&self) -> &Rational {
        &self.hi
    }

    /// hi − lo.
    pub fn width(&self) -> Rational {
        Rational::from(&self.hi - &self.lo)
    }

    /// The doubles next to the ends, rounded outward; an infinity stands for no bound.
    ///
    /// ```
    /// use rug::Rational;
    /// use sublevel::arith::Interval;
    /// let [lo, hi] = Interval::point(Rational::from((1, 10))).to_f64();
    /// assert!(hi == 0.1 && lo == 0.1f64.next_down()); // the double 0.1 is above 1/10
    /// ```
    pub fn to_f64(&self) -> [f64; 2] {
        let end = |value: &Rational, round| Float::with_val_round(53, value, round).0.to_f64_round(round);
        [end(&self.lo, Round::Down), end(&self.hi, Round::Up)]
    }

    /// Both ends as decimals with so many significant digits of the larger one, at least 1, rounded outward: what is
    /// printed contains the interval. Very small and very large numbers are written with a power of ten.
    pub fn with_digits(&self, digits: u32) -> String {
        let largest = self.lo.clone().abs().max(self.hi.clone().abs());
        let leading = leading_digit(&largest);
        // The same power of ten for both ends.
        let exponent = if (-6..12).contains(&leading) { 0 } else { leading };
        let places = u32::try_from((i64::from(digits) - 1 - leading + exponent).max(0)).unwrap_or(0);
        let scale = power_of_ten(i64::from(places) - exponent);
        let lo = Rational::from(&self.lo * &scale).floor().into_numer_denom().0;
        let hi = Rational::from(&self.hi * &scale).ceil().into_numer_denom().0;
        format!("[{}, {}]", decimal(lo, places, exponent), decimal(hi, places, exponent))
    }

    /// As many significant digits of the larger end as its width leaves meaning to, and two more; at most so many.
    pub fn digits(&self, most: u32) -> u32 {
        let width = self.width();
        if width.is_zero() {
            return most;
        }
        let largest = self.lo.clone().abs().max(self.hi.clone().abs());
        u32::try_from(leading_digit(&largest) - leading_digit(&width) + 3).unwrap_or(DIGITS).clamp(1, most)
    }

    /// Whether lo ≤ value ≤ hi.
    pub fn contains(&self, value: &Rational) -> bool {
        self.lo <= *value && *value <= self.hi
    }
}

/// A pair of numbers, [`Interval::to_f64`]; `null` for no bound.
impl serde::Serialize for Interval {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_f64().serialize(serializer)
    }
}

impl fmt::Display for Interval {
    /// Both ends as decimals, rounded outward: what is printed contains the interval.
    ///
    /// ```
    /// use rug::Rational;
    /// use sublevel::arith::Interval;
    /// assert_eq!(Interval::point(Rational::from((1, 810))).to_string(), "[0.001234, 0.001235]");
    /// assert_eq!(Interval::point(Rational::from((1, 4))).to_string(), "[0.25, 0.25]");
    /// ```
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.with_digits(DIGITS))
    }
}

/// The e with 10^e ≤ value < 10^(e + 1) for a value > 0; 0 for 0.
fn leading_digit(value: &Rational) -> i64 {
    if value.is_zero() {
        return 0;
    }
    let bits = |part: &Integer| i64::from(part.significant_bits());
    // log10(2) is between 0.30102 and 0.30103: this is at most a few too small; count up from there.
    let doublings = bits(value.numer()) - bits(value.denom()) - 1;
    let mut exponent = (doublings * 30_103).div_euclid(100_000) - 1;
    while exponent > 0 && power_of_ten(exponent) > *value {
        exponent -= 1;
    }
    let mut next = power_of_ten(exponent + 1);
    while next <= *value {
        exponent += 1;
        next *= 10;
    }
    exponent
}

fn power_of_ten(exponent: i64) -> Rational {
    let magnitude = Rational::from(Integer::from(10).pow(u32::try_from(exponent.unsigned_abs()).unwrap_or(u32::MAX)));
    if exponent < 0 { magnitude.recip() } else { magnitude }
}

/// numerator / 10^places · 10^exponent, without trailing zeros.
fn decimal(numerator: Integer, places: u32, exponent: i64) -> String {
    let sign = if numerator < 0 { "-" } else { "" };
    let width = places as usize + 1;
    let digits = format!("{:0>width$}", numerator.abs().to_string());
    let (whole, part) = digits.split_at(digits.len() - places as usize);
    let part = part.trim_end_matches('0');
    let point = if part.is_empty() { "" } else { "." };
    let power = if exponent == 0 { String::new() } else { format!("e{exponent}") };
    if whole == "0" && part.is_empty() { "0".into() } else { format!("{sign}{whole}{point}{part}{power}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arith::parse_rational;
    use proptest::prelude::*;

    fn interval(lo: (i64, i64), hi: (i64, i64)) -> Interval {
        Interval::new(Rational::from(lo), Rational::from(hi)).unwrap()
    }

    #[test]
    fn ends_in_the_wrong_order_are_no_interval() {
        assert_eq!(Interval::new(Rational::from(2), Rational::from(1)), None);
        assert_eq!(interval((1, 2), (3, 4)).width(), Rational::from((1, 4)));
    }

    #[test]
    fn contains_its_ends_and_nothing_beyond() {
        let half = interval((0, 1), (1, 2));
        for (value, inside) in [((0, 1), true), ((1, 2), true), ((1, 3), true), ((51, 100), false), ((-1, 100), false)]
        {
            assert_eq!(half.contains(&Rational::from(value)), inside, "{value:?}");
        }
    }

    #[test]
    fn decimals_are_rounded_outward() {
        for (interval, text) in [
            (interval((0, 1), (0, 1)), "[0, 0]"),
            (interval((1, 3), (1, 3)), "[0.3333, 0.3334]"),
            (interval((-1, 3), (1, 3)), "[-0.3334, 0.3334]"),
            (interval((-2, 3), (-1, 3)), "[-0.6667, -0.3333]"),
            (interval((123_456, 1), (123_456, 1)), "[123456, 123456]"),
            (interval((9_999_999, 100), (9_999_999, 100)), "[99999, 100000]"),
            (interval((1, 30_000_000_000), (1, 3)), "[0, 0.3334]"),
            (interval((1, 30_000_000_000), (1, 30_000_000_000)), "[3.333e-11, 3.334e-11]"),
            (interval((0, 1), (1, 30_000_000_000)), "[0, 3.334e-11]"),
            (interval((1_000_000_000_001, 1), (1_000_000_000_001, 1)), "[1e12, 1.001e12]"),
        ] {
            assert_eq!(interval.to_string(), text);
        }
    }

    #[test]
    fn a_number_of_many_thousand_bits_has_a_short_decimal() {
        let tiny = Rational::from((Integer::from(1), Integer::from(1) << 60_000));
        let text = Interval::point(tiny.clone()).to_string();
        assert_eq!(text.len(), "[1.234e-18062, 1.235e-18062]".len());
        assert_eq!(Interval::point(tiny.recip()).to_string().len(), "[1.234e18061, 1.235e18061]".len());
    }

    proptest! {
        #[test]
        fn what_is_printed_contains_the_interval(a: i64, b: i64, c in 1..i64::MAX, d in 1..i64::MAX) {
            let (x, y) = (Rational::from((a, c)), Rational::from((b, d)));
            let interval = Interval::new(x.clone().min(y.clone()), x.max(y)).unwrap();
            let text = interval.to_string();
            let (lo, hi) = text.trim_matches(['[', ']']).split_once(", ").unwrap();
            prop_assert!(parse_rational(lo).unwrap() <= *interval.lo());
            prop_assert!(*interval.hi() <= parse_rational(hi).unwrap());
        }

        #[test]
        fn the_leading_digit_is_where_it_is(numerator in 1..i64::MAX, denominator in 1..i64::MAX) {
            let value = Rational::from((numerator, denominator));
            let exponent = leading_digit(&value);
            prop_assert!(power_of_ten(exponent) <= value && value < power_of_ten(exponent + 1));
        }
    }
}

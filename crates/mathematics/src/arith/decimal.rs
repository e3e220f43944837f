//! Rationals as people write them: `3`, `-0.01`, `2.5e-3`, `1/3`.

use rug::{Integer, Rational, ops::Pow};

/// The largest power of ten read from or written to text; more is a typing error, not a number.
const MAX_EXPONENT: u32 = 10_000;

/// The most decimal places that [`write_rational`] spells out before it turns to `p/q`.
const MAX_PLACES: u32 = 6;

/// Reads an exact number: an integer, a decimal with an optional exponent, or a fraction `p/q`.
///
/// `0.01` is exactly 1/100. `None` if the text is anything else, or if q = 0.
///
/// ```
/// use sublevel::arith::parse_rational;
/// assert_eq!(parse_rational("-0.01"), Some(rug::Rational::from((-1, 100))));
/// assert_eq!(parse_rational("2/6"), Some(rug::Rational::from((1, 3))));
/// assert_eq!(parse_rational("1/0"), None);
/// ```
pub fn parse_rational(text: &str) -> Option<Rational> {
    let text = text.trim();
    let (negative, unsigned) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let magnitude = match unsigned.split_once('/') {
        Some((numerator, denominator)) => fraction(digits(numerator)?, digits(denominator)?)?,
        None => parse_decimal(unsigned)?,
    };
    Some(if negative { -magnitude } else { magnitude })
}

/// Writes a rational so that [`parse_rational`] reads it back: a decimal of at most six places, else `p/q`.
pub fn write_rational(value: &Rational) -> String {
    let scale = Integer::from(10).pow(MAX_PLACES);
    if *value.denom() == 1 || !scale.is_divisible(value.denom()) {
        return value.to_string();
    }
    let scaled = Integer::from(value.numer() * &scale) / value.denom();
    let sign = if scaled < 0 { "-" } else { "" };
    let (whole, part) = scaled.abs().div_rem(scale);
    let part = format!("{part:0>places$}", part = part.to_string(), places = MAX_PLACES as usize);
    format!("{sign}{whole}.{}", part.trim_end_matches('0'))
}

/// A positive number to four digits, rounded down: what it is at least.
///
/// ```
/// use sublevel::arith::rounded_down;
/// assert_eq!(rounded_down(&rug::Rational::from((2, 3))), "0.6666");
/// assert_eq!(rounded_down(&rug::Rational::from((12345678, 100))), "123456");
/// assert_eq!(rounded_down(&rug::Rational::from((1, 3_000_000_000u64))), "3.333e-10");
/// ```
pub fn rounded_down(value: &Rational) -> String {
    const DIGITS: i32 = 4;
    const SMALL: i32 = -5;
    // From the lengths of numerator and denominator, so that no float over- or underflows; it is put right below.
    let bits = f64::from(value.numer().significant_bits()) - f64::from(value.denom().significant_bits());
    let mut exponent = (bits * std::f64::consts::LOG10_2).floor() as i32 - 1;
    let scaled = |places: i32| {
        let power = Rational::from(Integer::from(10).pow(places.unsigned_abs()));
        let scaled = if places >= 0 { power * value } else { value / power };
        scaled.floor().into_numer_denom().0
    };
    while scaled(-exponent - 1) > 0 {
        exponent += 1;
    }
    let written = |digits: Integer, places: usize| {
        let digits = format!("{digits:0>width$}", digits = digits.to_string(), width = places + 1);
        let (whole, part) = digits.split_at(digits.len() - places);
        if part.is_empty() { whole.to_owned() } else { format!("{whole}.{part}") }
    };
    if exponent < SMALL {
        return format!("{}e{exponent}", written(scaled(DIGITS - 1 - exponent), DIGITS as usize - 1));
    }
    let places = (DIGITS - 1 - exponent).max(0);
    written(scaled(places), places as usize)
}

/// An unsigned decimal with an optional exponent.
fn parse_decimal(text: &str) -> Option<Rational> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let numerator = digits(&format!("{whole}{part}"))?;
    let places = i64::try_from(part.len()).ok()? - i64::from(exponent);
    let power = u32::try_from(places.unsigned_abs()).ok().filter(|&power| power <= MAX_EXPONENT)?;
    let scale = Integer::from(10).pow(power);
    if places >= 0 { fraction(numerator, scale) } else { Some(Rational::from(numerator * scale)) }
}

/// Nothing but decimal digits, at least one.
fn digits(text: &str) -> Option<Integer> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

fn fraction(numerator: Integer, denominator: Integer) -> Option<Rational> {
    (denominator != 0).then(|| Rational::from((numerator, denominator)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_what_people_write() {
        for (text, numerator, denominator) in [
            ("0", 0, 1),
            ("-3", -3, 1),
            ("+4", 4, 1),
            ("0.01", 1, 100),
            (".5", 1, 2),
            ("5.", 5, 1),
            ("2.5e-3", 1, 400),
            ("1E2", 100, 1),
            ("6/4", 3, 2),
            (" -1/3 ", -1, 3),
        ] {
            assert_eq!(parse_rational(text), Some(Rational::from((numerator, denominator))), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_number() {
        for text in
            ["", "-", ".", "1/0", "1/-2", "--1", "1.2.3", "1e", "1e99999", "e5", "0x1", "1_0", "nan", "1/2/3", "½"]
        {
            assert_eq!(parse_rational(text), None, "{text}");
        }
    }

    #[test]
    fn writes_short_decimals_and_fractions() {
        for (numerator, denominator, text) in
            [(1, 100, "0.01"), (-5, 4, "-1.25"), (-1, 2, "-0.5"), (7, 1, "7"), (1, 3, "1/3"), (1, 1 << 10, "1/1024")]
        {
            assert_eq!(write_rational(&Rational::from((numerator, denominator))), text);
        }
    }

    proptest! {
        #[test]
        fn writing_then_reading_is_the_identity(numerator: i64, denominator in 1..2_000_000i64) {
            let value = Rational::from((numerator, denominator));
            prop_assert_eq!(parse_rational(&write_rational(&value)), Some(value));
        }
    }
}

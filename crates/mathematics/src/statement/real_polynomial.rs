//! Polynomials in one variable, coefficients ascending; only what the examples of section 7 need.

use crate::arith::write_rational;
use rug::Rational;

/// p(x) in f64, for pictures.
pub(super) fn double(coefficients: &[Rational], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, coefficient| sum * x + coefficient.to_f64())
}

/// p′.
pub(super) fn derivative(coefficients: &[Rational]) -> Vec<Rational> {
    (1..coefficients.len()).map(|k| Rational::from(&coefficients[k] * k as u64)).collect()
}

/// `4x^3 - x`, in the variable with this name.
pub(super) fn text(coefficients: &[Rational], variable: &str) -> String {
    let mut terms = String::new();
    for (power, coefficient) in coefficients.iter().enumerate().rev().filter(|(_, coefficient)| !coefficient.is_zero())
    {
        let sign = match (terms.is_empty(), *coefficient < 0) {
            (true, true) => "-",
            (true, false) => "",
            (false, true) => " - ",
            (false, false) => " + ",
        };
        let size = coefficient.clone().abs();
        let factor = if size == 1 && power > 0 { String::new() } else { write_rational(&size) };
        terms += &match power {
            0 => format!("{sign}{factor}"),
            1 => format!("{sign}{factor}{variable}"),
            _ => format!("{sign}{factor}{variable}^{power}"),
        };
    }
    if terms.is_empty() { "0".into() } else { terms }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn polynomial(coefficients: &[i32]) -> Vec<Rational> {
        coefficients.iter().copied().map(Rational::from).collect()
    }

    #[test]
    fn by_hand() {
        let p = polynomial(&[-6, 11, -6, 1]);
        assert_eq!(double(&p, 4.0), 6.0);
        assert_eq!(derivative(&p), polynomial(&[11, -12, 3]));
        assert_eq!(text(&p, "x"), "x^3 - 6x^2 + 11x - 6");
    }
}

//! Two activations that are not piecewise linear, with certified values.

use crate::arith::{parse_rational, write_rational};
use rug::{Float, Rational, float::Round};
use std::{fmt, str::FromStr};

/// The exponential linear unit and the exponential function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Smooth {
    /// x for x ≥ 0, α(eˣ − 1) for x < 0, with α > 0. Made by [`Smooth::elu`].
    Elu {
        /// α > 0.
        alpha: Rational,
    },
    /// eˣ.
    Exp,
}

/// Why there is no such activation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SmoothError {
    /// α ≤ 0.
    #[error("the exponential linear unit needs α > 0, not {}", write_rational(alpha))]
    Alpha { alpha: Rational },
    /// Not one of the names.
    #[error("unknown activation `{found}`; expected exp, elu (α = 1) or elu=ALPHA with a number ALPHA > 0")]
    Unknown { found: String },
}

impl Smooth {
    /// The exponential linear unit.
    ///
    /// # Errors
    /// [`SmoothError::Alpha`] unless α > 0.
    pub fn elu(alpha: Rational) -> Result<Self, SmoothError> {
        if alpha > 0 { Ok(Smooth::Elu { alpha }) } else { Err(SmoothError::Alpha { alpha }) }
    }

    /// Assumption 2.1 fails for both: why, in words.
    pub fn not_onto(&self) -> String {
        let bound = match self {
            Smooth::Elu { alpha } => Rational::from(-alpha),
            Smooth::Exp => Rational::new(),
        };
        format!(
            "Assumption 2.1 fails: σ is strictly increasing but not onto, σ(x) > {} for all x",
            write_rational(&bound)
        )
    }

    /// For the exponential function, Assumption 2.2 fails with every single shift: σ(x) = eᵃ·σ(x − a). For the
    /// exponential linear unit it holds (Lemma 2.3): `None`.
    pub fn relation(&self) -> Option<&'static str> {
        match self {
            Smooth::Elu { .. } => None,
            Smooth::Exp => Some("σ(x) = e·σ(x − 1) for every x"),
        }
    }

    /// (c, r) with |σ(x) − c| ≤ r, certified; r = 0 where the value is known exactly.
    ///
    /// `None` where the value exceeds e^65536. Cost: two correctly rounded exponentials.
    pub fn enclose(&self, x: &Rational, precision: u32) -> Option<(Rational, Rational)> {
        match self {
            Smooth::Elu { .. } if *x >= 0 => Some((x.clone(), Rational::new())),
            Smooth::Elu { alpha } => {
                let (centre, radius) = enclose_exp(x, precision)?;
                Some(((centre - 1) * alpha, radius * alpha))
            }
            Smooth::Exp => enclose_exp(x, precision),
        }
    }
}

impl fmt::Display for Smooth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Smooth::Elu { alpha } => write!(f, "elu={}", write_rational(alpha)),
            Smooth::Exp => f.write_str("exp"),
        }
    }
}

impl FromStr for Smooth {
    type Err = SmoothError;

    /// Reads `exp`, `elu` (α = 1) and `elu=ALPHA`.
    fn from_str(text: &str) -> Result<Self, SmoothError> {
        let unknown = || SmoothError::Unknown { found: text.into() };
        match text {
            "exp" => Ok(Smooth::Exp),
            "elu" => Smooth::elu(Rational::from(1)),
            _ => Smooth::elu(text.strip_prefix("elu=").and_then(parse_rational).ok_or_else(unknown)?),
        }
    }
}

/// Arguments of the exponential function that are larger in absolute value are not rounded to a float.
const MAX_ARGUMENT: u32 = 1 << 16;

/// Centre and radius of an interval that contains eˣ: x and eˣ both rounded down, both rounded up.
///
/// Below −[`MAX_ARGUMENT`] the interval is [0, 2^−`MAX_ARGUMENT`]; above `MAX_ARGUMENT`, `None`.
fn enclose_exp(x: &Rational, precision: u32) -> Option<(Rational, Rational)> {
    if *x > MAX_ARGUMENT {
        return None;
    }
    let rounded = |round| {
        let (mut value, _) = Float::with_val_round(precision, x, round);
        value.exp_round(round);
        value.to_rational()
    };
    let (low, high) = if *x < -Rational::from(MAX_ARGUMENT) {
        (Rational::new(), Rational::from(1) >> MAX_ARGUMENT)
    } else {
        (rounded(Round::Down)?, rounded(Round::Up)?)
    };
    Some((Rational::from(&low + &high) / 2, (high - low) / 2))
}

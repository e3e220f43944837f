//! Exact numbers as canonical decimal text.

use serde::{Deserialize, Deserializer, Serialize, de};
use std::{fmt, str::FromStr};

/// Why a text is not a canonical number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Not an integer, or not in its one canonical form.
    #[error(
        "`{found}` is not a canonical integer: expected digits without leading zeros, `-` before a negative number"
    )]
    Integer { found: String },
    /// Not a fraction, or not in canonical form.
    #[error("`{found}` is not a canonical fraction: expected `p` or `p/q`, both canonical integers, q > 1")]
    Fraction { found: String },
}

/// An integer in canonical decimal text: `0`, `17`, `-12`; no `+`, no `-0`, no leading zeros.
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Integer(Box<str>);

/// A fraction in canonical decimal text: `p/q` with q > 1, or `p`.
///
/// Only the syntax is checked here: whoever converts it checks that p and q have no common factor.
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Fraction(Box<str>);

impl Integer {
    /// Takes a canonical decimal text.
    ///
    /// # Errors
    /// [`NumberError::Integer`].
    pub fn new(text: impl Into<Box<str>>) -> Result<Self, NumberError> {
        let text = text.into();
        if is_integer(&text) { Ok(Integer(text)) } else { Err(NumberError::Integer { found: excerpt(&text) }) }
    }

    /// The decimal text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the integer is 1, 2, 3, …
    pub fn is_positive(&self) -> bool {
        is_positive(&self.0)
    }
}

impl Fraction {
    /// Takes a canonical text.
    ///
    /// # Errors
    /// [`NumberError::Fraction`].
    pub fn new(text: impl Into<Box<str>>) -> Result<Self, NumberError> {
        let text = text.into();
        if is_fraction(&text) { Ok(Fraction(text)) } else { Err(NumberError::Fraction { found: excerpt(&text) }) }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Numerator and denominator as canonical decimal texts.
    pub fn parts(&self) -> (&str, &str) {
        self.0.split_once('/').unwrap_or((&self.0, "1"))
    }
}

fn is_integer(text: &str) -> bool {
    text == "0" || is_positive(text.strip_prefix('-').unwrap_or(text))
}

fn is_positive(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty() && !text.starts_with('0')
}

fn is_fraction(text: &str) -> bool {
    match text.split_once('/') {
        None => is_integer(text),
        Some((numerator, denominator)) => is_integer(numerator) && is_positive(denominator) && denominator != "1",
    }
}

/// At most 40 characters of a text, for a message.
pub(super) fn excerpt(text: &str) -> String {
    beginning(text, 40)
}

/// At most so many characters of a text that a stranger may have written: what would move the cursor, start a line or turn
/// the direction of writing is escaped.
pub(super) fn beginning(text: &str, characters: usize) -> String {
    let shown = |c: char| match c {
        '"' | '\'' | '\\' => c.to_string(),
        _ => c.escape_debug().to_string(),
    };
    let more = if text.chars().nth(characters).is_some() { "…" } else { "" };
    text.chars().take(characters).map(shown).chain([more.to_owned()]).collect()
}

/// Accepts a JSON string and hands it on without a copy in between.
struct Text<T>(fn(&str) -> Result<T, NumberError>);

impl<T> de::Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a number in a string")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        (self.0)(text).map_err(E::custom)
    }
}

macro_rules! text_traits {
    ($name:ident) => {
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(Text(|text| $name::new(text)))
            }
        }

        impl FromStr for $name {
            type Err = NumberError;

            fn from_str(text: &str) -> Result<Self, NumberError> {
                $name::new(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str(&excerpt(&self.0))
            }
        }
    };
}

text_traits!(Integer);
text_traits!(Fraction);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_integers_only() {
        for text in ["0", "7", "-7", "10", "-120", "123456789012345678901234567890"] {
            assert_eq!(Integer::new(text).map(|integer| integer.to_string()), Ok(text.to_owned()));
        }
        for text in ["", "-", "+1", "-0", "00", "01", "-01", "1.0", "1e3", " 1", "1 ", "1/2", "0x1", "٣", "--1"] {
            assert_eq!(Integer::new(text), Err(NumberError::Integer { found: text.to_owned() }));
        }
    }

    #[test]
    fn canonical_fractions_only() {
        for (text, parts) in [("0", ("0", "1")), ("-7", ("-7", "1")), ("-1/2", ("-1", "2")), ("4/6", ("4", "6"))] {
            assert_eq!(Fraction::new(text).unwrap().parts(), parts);
        }
        for text in ["", "1/1", "1/0", "1/-2", "1/", "/2", "1/2/3", "1/02", "+1/2", "-0/2", "0.5"] {
            assert_eq!(Fraction::new(text), Err(NumberError::Fraction { found: text.to_owned() }));
        }
    }

    #[test]
    fn a_message_quotes_forty_characters() {
        let found = format!("{}…", "é".repeat(40));
        assert_eq!(Integer::new("é".repeat(50)), Err(NumberError::Integer { found }));
    }
}

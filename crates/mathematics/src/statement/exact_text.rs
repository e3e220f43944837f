//! How results write their exact numbers: as text, never through a float.

use crate::arith::write_rational;
use rug::Rational;
use serde::Serializer;

/// `"p/q"`, for `#[serde(serialize_with)]`.
pub(super) fn number<S: Serializer>(value: &Rational, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&value.to_string())
}

/// `"p/q"` or `null`, for `#[serde(serialize_with)]`.
pub(super) fn optional<S: Serializer>(value: &Option<Rational>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => number(value, serializer),
        None => serializer.serialize_none(),
    }
}

/// `["p/q", …]`, for `#[serde(serialize_with)]`.
pub(super) fn numbers<S: Serializer>(values: &[Rational], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(values.iter().map(Rational::to_string))
}

/// `a, b, c` as people read it.
pub(super) fn list(values: &[Rational]) -> String {
    values.iter().map(write_rational).collect::<Vec<_>>().join(", ")
}

//! Number types and their conversions, intervals, polynomials.

mod decimal;
mod number;

pub use decimal::{parse_rational, write_rational};
pub use number::Number;

//! Number types and their conversions, intervals, polynomials.

mod decimal;
mod interval;
mod number;

pub use decimal::{parse_rational, write_rational};
pub use interval::Interval;
pub use number::Number;

//! Number types and their conversions, intervals, polynomials.

mod number;

pub use number::Number;

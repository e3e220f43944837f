//! Number types and their conversions, intervals, and numbers in words.

mod decimal;
mod gmp;
mod interval;
mod number;
pub mod parallel;
mod words;

pub use decimal::{parse_rational, rounded_down, write_rational};
pub use gmp::RUG;
pub use interval::Interval;
pub use number::Number;
pub(crate) use number::as_double;
pub use words::{counted, memory};

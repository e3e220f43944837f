//! The [`Kernel`] trait and its kernels: exact (rug), multiprecision (`rug::Float`), double (nalgebra f64).

mod cleared;
mod double;
mod elimination;
mod exact;
mod integers;
mod kernel;
mod lifting;
mod modular;
mod multiprecision;
mod projection;
mod reconstruction;

pub use cleared::{Cleared, ZeroDenominator};
pub use double::Double;
pub use exact::Exact;
pub use kernel::{Kernel, Unsolvable};
pub use multiprecision::Multiprecision;

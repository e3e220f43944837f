//! The [`Kernel`] trait and its kernels: exact (rug), multiprecision (`rug::Float`), double (nalgebra f64).

mod cleared;
mod double;
mod elimination;
mod exact;
mod integers;
mod inverse_modulo;
mod kernel;
mod lifting;
mod limbs;
mod modular;
mod multimodular;
mod multiprecision;
mod product;
mod projection;
mod reconstruction;
mod recording;

pub use cleared::{Cleared, ZeroDenominator};
pub use double::Double;
pub use exact::Exact;
pub use inverse_modulo::{InverseModulo, left_inverse_modulo, rank_modulo};
pub use kernel::{Kernel, Unsolvable};
pub use multiprecision::Multiprecision;
pub use recording::{Decision, Recording};

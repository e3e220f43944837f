//! The [`Kernel`] trait and its kernels: exact (rug), multiprecision (`rug::Float`), double (nalgebra f64).

mod kernel;

pub use kernel::{Kernel, Unsolvable};

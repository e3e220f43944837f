//! Fully connected networks: activation, parameters, forward pass.

mod activation;
mod forward;
mod parameters;

pub use activation::{Activation, ActivationError, GRAMMAR as ACTIVATION_GRAMMAR, PiecewiseLinear};
pub use forward::{Forward, forward};
pub use parameters::{Parameters, ShapeError, import_matrix, to_exact, with_ones};

//! The proof-checking suite: instances (random, real, adversarial) × statements.

mod carried;
mod instances;

pub use carried::{CARRIED, Carried};
pub use instances::{Instance, Twist, activations, instance, monotone_activations};

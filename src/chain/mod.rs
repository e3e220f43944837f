//! A trained chain between any two networks, below the larger of their losses.
//!
//! The theorems of [`crate::statement`] need wide layers. Where there are none, two trained networks A and B are still
//! often joined (Garipov et al. 2018, Draxler et al. 2018), and then there is a proof of it, for one loss and without any
//! hypothesis on the widths:
//!
//! 1. **Margin first.** The last layer of A goes straight to one with a smaller loss, A'; so does that of B, B'. The
//!    output is affine on such a line and the loss convex: nowhere on it is it above the larger of its two ends. The
//!    smaller loss is what Adam finds in [`with_margin`].
//! 2. **The chain.** A' – C_1 – … – C_k – B', whose bends [`train`] finds, from the straight line.
//! 3. **The bound.** Every segment is certified ([`crate::barrier::below`]) to stay below the larger one of the losses of
//!    A and B, and written as a *bounded* move with a bound below it: `connected`, with no tolerance.
//!
//! Training is in single precision and proves nothing; what is proved afterwards is exact. Without margin a chain's
//! maximum would be at least the larger end, and a bound above that proves nothing.

mod gradient;
mod short;
mod train;

pub use short::{Short, short};
pub use train::{Options, Step, Trained, train, with_margin};

use crate::network::{Activation, Inputs, Loss};

/// What a loss is a function of, besides the network: σ, X and φ.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// σ.
    pub activation: &'a Activation,
    /// X, [N, d].
    pub inputs: &'a Inputs,
    /// φ, with N targets.
    pub loss: &'a Loss,
}

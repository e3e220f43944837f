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
//! [`certified_chain`] does all three. [`short`] does without bounds: it finds lines on which the output is constant or
//! affine, where a part of the neurons is enough for each network; [`certified_short`] proves its path.
//!
//! Training is in single precision and proves nothing; what is proved afterwards is exact. Without margin a chain's
//! maximum would be at least the larger end, and a bound above that proves nothing.

mod align;
mod certified;
mod gradient;
mod pivots;
mod residual;
mod short;
mod train;
mod walk;

pub use align::{Aligned, Matching, align, permuted, same_function};
pub use certified::{
    Certified, ChainError, Ends, Missing, Stage, Told, certified_chain, certified_short, largest_on_line,
    without_margin,
};
pub use residual::{Attempt, short_residual};
pub use short::{Short, short};
pub use train::{Options, Step, Trained, train, with_margin};

use crate::network::{Inputs, Loss, Nonlinearity};

/// What a loss is a function of, besides the network: σ, X and φ.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// σ.
    pub activation: &'a Nonlinearity,
    /// X, [N, d].
    pub inputs: &'a Inputs,
    /// φ, with N targets.
    pub loss: &'a Loss,
}

/// About how many seconds [`train`] and the bound after it take for networks of these widths on N samples, with one bend, on
/// two cores: some hundred steps at four points each, and as many passes over intervals. An estimate for people.
pub fn expected_seconds(widths: &[usize], samples: usize) -> f64 {
    let products = |pair: &[usize]| pair[0] as f64 * pair[1] as f64;
    let first = products(&widths[..2]);
    let above: f64 = widths[1..].windows(2).map(products).sum();
    let (batch, samples) = (samples.min(train::BATCH) as f64, samples as f64);
    let training = 100.0 * batch * (24.0 * above + 4.0 * first) + 5.0 * samples * (70.0 * above + 2.0 * first);
    let bounding = 150.0 * 8.0 * samples * above + 20.0 * samples * first;
    (training + bounding) / 2e10
}

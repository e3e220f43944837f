//! The layers s..L of two networks over the same features [F_{s-1}, 1] of rank N: steps 1 to 3 of **Theorem 3.2** (ICML
//! 2019), which Theorems 4.2, 5.1 and 6.1 end with; the steps are described in [`super::independent_data`].

use super::Obstacle;
use super::full_rank_path::match_weight;
use super::output_following::{Canonical, independent_data};
use crate::linalg::Kernel;
use crate::network::Activation;
use crate::path::Walker;
use nalgebra::DMatrix;

/// Steps 1 to 3: the walker comes to where `target` ends up. Both have the same features F_{first−1}.
///
/// # Errors
/// [`Hypothesis::DependentFeatures`], [`Hypothesis::NotMonotoneOnto`]; the others only from rounded kernels.
pub(crate) fn connect_above<'a, K: Kernel>(
    walker: &mut Walker<'a, K>,
    target: &mut Walker<'a, K>,
    activation: &Activation,
    first: usize,
) -> Result<(), Obstacle> {
    if first == walker.depth() {
        walker.steer(first, DMatrix::clone(target.layer(first)), target.output().clone());
        return Ok(());
    }
    // 1. Canonical forms.
    let right_inverse = independent_data(target, first)?;
    let mut ours = Canonical::reach_with(walker, activation, first, right_inverse.clone())?;
    let theirs = Canonical::reach_with(target, activation, first, right_inverse)?;
    // 2. Layer by layer.
    for l in first + 1..=theirs.walker().depth() {
        match_weight(&mut ours, &theirs, l)?;
    }
    // 3. The output.
    ours.follow_output(theirs.walker().output().clone());
    Ok(())
}

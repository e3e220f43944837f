//! **Rescale.** (W_l, b_l) times s and W_{l+1} times 1/s, for all s ≥ 1: the last move of an unbounded path.
//!
//! Let l be a hidden layer, and σ(s x) = s σ(x) for all s > 0: a continuous piecewise-linear σ is so exactly if it bends
//! nowhere but at 0 and σ(0) = 0. Then P_l becomes s P_l, F_l becomes s F_l, and F_l W_{l+1} is what it was, as are
//! b_{l+1}, P_{l+1} and all above: the output is constant. s ↦ the parameters is continuous, and if W_l and b_l are not
//! both zero, s (W_l, b_l) is unbounded.

use crate::rational::Rational;
use crate::{state::State, verdict::Rejection};
use num_traits::Zero;

/// Whether this layer may be rescaled from the state on.
pub fn check(state: &State, layer: usize) -> Result<(), Rejection> {
    let (hidden, activation) = (state.setting.depth() - 1, &state.setting.activation);
    if !(1..=hidden).contains(&layer) {
        return Err(Rejection::RescaledLayer { layer, hidden });
    }
    // Breakpoints where the slope does not change have been dropped.
    if let Some(breakpoint) = activation.breakpoints().iter().find(|breakpoint| !breakpoint.is_zero()) {
        return Err(Rejection::BendsOffZero { breakpoint: Box::new(breakpoint.clone()) });
    }
    let value = activation.value(&Rational::zero());
    if !value.is_zero() {
        return Err(Rejection::ValueAtZero { value: Box::new(value) });
    }
    let parameters = state.layer(layer);
    if parameters.weight.is_zero() && parameters.bias.is_zero() {
        return Err(Rejection::RescalesZero { layer });
    }
    Ok(())
}

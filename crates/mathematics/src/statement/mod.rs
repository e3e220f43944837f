//! The statements of the papers, one file each, named for what it does.
//!
//! "ICML 2019" is Quynh Nguyen, *On Connected Sublevel Sets in Deep Learning*, whose numbering is used throughout.

pub mod column_reduction;
pub mod convolution;
pub mod descend;
pub mod determinant_sign;
pub mod disconnection;
pub mod distinct_features;
pub mod distinct_inputs;
pub mod escape;
pub mod full_rank_features;
pub mod full_rank_path;
pub mod full_rank_weights;
pub mod independent_data;
pub mod minimum;
pub mod nearby;
pub mod object;
pub mod output_following;
pub mod rescaling;
pub mod residual;
pub mod shift_independence;
pub mod shift_span;
pub mod skip;
pub mod skip_product;
pub mod stuck_flow;
pub mod tail_valleys;
pub mod tilt;
pub mod weight_copying;
pub mod wide_first_layer;
pub mod wide_layer;
pub mod wide_layers;

mod above;
mod certify;
mod exact_signs;
mod exact_text;
mod exchange;
mod hypothesis;
mod real_polynomial;
mod theorem;
mod unit_rows;

pub use certify::{expected, path_certificate, prove};
pub use descend::Goal;
pub use distinct_inputs::DistinctInputs;
pub use hypothesis::{Hypothesis, Obstacle, Problem};
pub use theorem::{
    Connection, Descent, NoTheorem, Refused, Theorem, by_reason, connect, descend, descend_strictly_if_possible,
    enough_samples, expected_seconds,
};

//! The statements of the paper, one file each, named for what it does.
//!
//! "ICML 2019" is Quynh Nguyen, *On Connected Sublevel Sets in Deep Learning*, whose numbering is used throughout.

pub mod column_reduction;
pub mod descend;
pub mod distinct_features;
pub mod escape;
pub mod full_rank_features;
pub mod full_rank_path;
pub mod full_rank_weights;
pub mod independent_data;
pub mod output_following;
pub mod shift_span;
pub mod weight_copying;
pub mod wide_first_layer;
pub mod wide_layer;
pub mod wide_layers;

mod exchange;
mod hypothesis;
mod theorem;

pub use hypothesis::{Hypothesis, Obstacle, Problem};
pub use theorem::{Connection, Descent, NoTheorem, Refused, Theorem, connect, descend};

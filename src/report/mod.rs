//! Tables and pictures of paths.

mod barrier;
mod compare;
mod inspect;
mod plot;
mod profile;

pub use barrier::draw_barrier;
pub use compare::{Comparison, compare};
pub use inspect::{Inspector, MoveDescription};
pub use plot::{PlotError, draw_comparison, draw_profile};
pub use profile::{Profile, SAMPLES, Stray, sample_line, stray};

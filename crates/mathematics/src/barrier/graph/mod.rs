//! The barrier of graph networks: convolutions, pools, sums and batch normalisation, block by block.
//!
//! `plan` says what is done, `segment` prepares the parameters of a path, `pool` and `normalise` have the rules that fully
//! connected networks do not need, `back` follows errors back from the loss, `sample` does without bounds what the field does. A product with patches is the rule of a layer (`super::forward`): its columns are the patches.

mod back;
mod engine;
mod normalise;
mod plan;
mod pool;
mod sample;
mod segment;
mod task;

pub use task::GraphTask;

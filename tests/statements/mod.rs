//! A property per clause of every statement, sharp hypotheses, and what happens one below them.

mod common;

mod column_reduction;
mod descend;
mod follow;
mod full_rank_path;
mod independent_data;
mod nearby;
mod output_following;
mod rescaling;
mod weight_copying;
mod wide_first_layer;
mod wide_layer;
mod wide_layers;

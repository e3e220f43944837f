//! The constructions of `sublevel`, which re-exports all of it: what is computed and proved, and none of what draws, prints or tests.
//!
//! The rooms of the house, top to bottom; a room uses only rooms below it:
//! [`statement`] (one file a statement of the papers), [`chain`] (trained chains), [`barrier`] (bounds of the loss on any path),
//! [`region`] (decision regions on a line or a plane of inputs), [`path`],
//! [`certificate`], [`network`], [`linalg`], [`arith`]. Apart from them stands [`checker`], the trusted kernel: it uses [`certificate`] and `num-rational`
//! and none of the others.

pub mod arith;
pub mod barrier;
pub mod chain;
#[doc(hidden)]
pub mod example;
pub mod linalg;
pub mod network;
pub mod path;
pub mod region;
pub mod statement;

pub use sublevel_checker as checker;
pub use sublevel_format as certificate;

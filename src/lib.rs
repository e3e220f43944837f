//! **sublevel**: theorems about the loss landscape of neural networks as exact, checkable objects.
//!
//! The mathematics is a crate of its own, re-exported here room by room: [`statement`] (one file a statement of the papers), [`chain`]
//! (trained chains), [`barrier`] (bounds of the loss on any path), [`region`] (decision regions on a line or a plane of inputs),
//! [`path`], [`certificate`], [`network`], [`linalg`], [`arith`]; a room uses only rooms after it. Apart from them stands [`checker`], the
//! trusted kernel: it uses [`certificate`] and `num-rational` and none of the others. [`prelude`] is what a program begins with.
//! [`report`] draws, [`files`] writes.

#[doc(hidden)]
pub mod cli;
pub mod files;
pub mod prelude;
pub mod report;
#[doc(hidden)]
pub mod suite;

#[doc(hidden)]
pub use sublevel_mathematics::example;
#[doc(inline)]
pub use sublevel_mathematics::{arith, barrier, certificate, chain, checker, linalg, network, path, region, statement};

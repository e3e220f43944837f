//! **sublevel**: theorems about the loss landscape of neural networks as exact, checkable objects.
//!
//! The rooms of the house, top to bottom; a room uses only rooms below it:
//! [`statement`] (one file a statement of the papers), [`chain`] (trained chains), [`barrier`] (bounds of the loss on any path),
//! [`region`] (decision regions on a line or a plane of inputs), [`path`],
//! [`certificate`], [`network`], [`linalg`], [`arith`]. Apart from them stands [`checker`], the trusted kernel: it uses [`certificate`] and `num-rational`
//! and none of the others. [`prelude`] is what a program begins with.

pub mod arith;
pub mod barrier;
pub mod chain;
// The command line, in the library so that the two are compiled at the same time, and tested by one program.
#[doc(hidden)]
pub mod cli;
#[doc(hidden)]
pub mod example;
pub mod files;
pub mod linalg;
pub mod network;
pub mod path;
pub mod prelude;
pub mod region;
pub mod report;
pub mod statement;
#[doc(hidden)]
pub mod suite;

pub use sublevel_checker as checker;
pub use sublevel_format as certificate;

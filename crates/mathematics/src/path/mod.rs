//! Paths in parameter space: [`Move`], [`Path`], and the [`Walker`] that builds one.
//!
//! A path is a finite chain of moves. Along each of them the network output is constant or runs straight, so for
//! every convex φ at once the loss at any point of the move is at most the larger of the losses at its two ends.

mod curve;
mod evaluate;
mod graph_record;
mod moves;
mod record;
mod walker;

pub use curve::Curve;
pub use evaluate::{OnMove, expand_follow};
pub use moves::{Change, Changes, Follow, Move, Path, between, changes_between, interpolate};
// The codec of certificates: for this package's own programs.
#[doc(hidden)]
pub use crate::network::{
    from_fraction, from_matrix, to_activation, to_fraction, to_graph, to_matrix, to_nonlinearity,
};
#[doc(hidden)]
pub use graph_record::{BITS, graph_problem_record, write_graph_path};
#[doc(hidden)]
pub use record::{
    ReplayError, from_activation, from_loss, lists_pieces, problem_record, read_activation, read_path, read_path_after,
    to_layers, to_loss, write_path,
};
pub use walker::{Pullback, Walker};
pub(crate) use walker::{add, subtract, subtract_row};

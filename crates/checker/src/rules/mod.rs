//! One file a kind of move: what makes it acceptable, and where it leads.

pub mod bounded;
pub mod follow;
pub mod line;
pub mod ray;
pub mod rescale;

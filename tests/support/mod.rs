//! What several files of tests need.

#[macro_use]
pub mod finds;
pub mod npz;
pub mod onnx;
pub mod plane;
pub mod snapshot;
pub mod unproved;

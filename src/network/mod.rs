//! Fully connected networks: activation, parameters, forward pass, losses, data; import from and export to files.

mod activation;
mod data;
mod forward;
mod import;
mod loss;
mod parameters;

pub use activation::{Activation, ActivationError, GRAMMAR as ACTIVATION_GRAMMAR, PiecewiseLinear};
pub use data::{ConflictingTargets, DataSet, Targets, duplicate_rows, row_classes};
pub use forward::{Forward, forward};
pub use import::{
    ExportError, ImportError, Problem as ImportProblem, network_to_bytes, parse_data, parse_network, read_data,
    read_network, read_samples, write_network,
};
pub use loss::{Criterion, Loss, LossError, LossKind, Weighted};
pub use parameters::{Parameters, ShapeError, import_matrix, to_exact, with_ones};

//! Fully connected networks: activation, parameters, forward pass, losses, data; import from and export to files.

mod activation;
mod assessment;
mod data;
mod forward;
mod graph;
mod import;
mod inputs;
mod loss;
mod parameters;
mod record;
mod repeated;
mod residual;
mod smooth;

pub use activation::{Activation, ActivationError, GRAMMAR as ACTIVATION_GRAMMAR, PiecewiseLinear};
pub use assessment::{Agreement, Assessment, Disagreement, OUTPUTS_TOLERANCE, accuracy, outputs};
pub use data::{DataSet, Targets, duplicate_rows, row_classes};
pub use forward::{Elementwise, Forward, forward, forward_rows};
pub use graph::{Entry, GraphError, GraphLayer, GraphNetwork, Rounded, RoundedLayer};
pub use import::{
    BATCH_NORM_EPSILON, BatchNorm, DataReport, Expected, ExportError, FoldBatchNorm, Ignored, ImportError,
    ImportOptions, ImportProblem, LayerReport, Layout, MEMORY_LIMIT, NetworkReport, ORDER_STEPS, ORDERS_LISTED,
    ReadCurve, ReadData, ReadGraph, ReadNetwork, ReadResidual, ResidualNames, Warning, files_behind, graph_to_bytes,
    is_graph_file, is_onnx_file, natural_order, network_to_bytes, parse_data, parse_network, read_data, read_network,
    read_samples, weights_file, write_network,
};
pub use inputs::{DataRows, Imported, Inputs, Scaling, ScalingError};
pub use loss::{Criterion, Loss, LossError, LossKind, Weighted};
pub use parameters::{Parameters, ShapeError, import_matrix, to_exact, with_ones};
// For this package's own programs, by way of [`crate::path`].
#[doc(hidden)]
pub use record::{
    columns_of, from_fraction, from_matrix, to_activation, to_fraction, to_graph, to_matrix, to_nonlinearity,
};
pub use repeated::OnDistinct;
pub use residual::{Dense, Residual, ResidualError, ResidualPass};
pub use smooth::{InDoubles, Nonlinearity, NonlinearityError, Real, SMOOTH_GRAMMAR, Smooth};

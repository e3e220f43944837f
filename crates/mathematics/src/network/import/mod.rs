//! Networks and data from files, exactly, and networks to files.
//!
//! Every float is the rational number that it stands for. A file does not say everything: the order of layers, how matrices
//! are stored, what was done to pixels. Where it does not, the reader says what it assumes ([`NetworkReport`],
//! [`DataReport`]), or asks ([`ImportProblem`]), and [`ImportOptions`] tell it. An array that may be part of what the network
//! computes is never left out without a word.
//!
//! The order of tensors in a file means nothing: writers sort them, by name or by size.

mod array;
mod dataset;
mod export;
mod fold;
mod graph;
mod groups;
mod idx;
mod names;
mod network;
mod npy;
mod onnx;
mod options;
mod order;
mod place;
mod problem;
mod pytorch;
mod report;
mod residual;
mod safetensors;
mod source;

pub use dataset::Expected;
pub use export::{ExportError, network_to_bytes, write_network};
pub use graph::{graph_to_bytes, is_graph_file, weights_file};
pub use names::natural_order;
pub use onnx::{BatchNorm, ReadGraph, is_onnx_file};
pub use options::{BATCH_NORM_EPSILON, FoldBatchNorm, ImportOptions, Layout, MEMORY_LIMIT};
pub use order::{ORDER_STEPS, ORDERS_LISTED};
pub use problem::{ImportError, ImportProblem};
pub use report::{DataReport, Ignored, LayerReport, NetworkReport, Warning};
pub use residual::{ReadResidual, ResidualNames};
pub use source::files_behind;

use super::data::DataSet;
use super::parameters::Parameters;
use options::Budget;
use rug::Rational;
use source::Source;
use std::path::Path;

/// A network, and what was read.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadNetwork {
    /// The parameters, exactly.
    pub network: Parameters<Rational>,
    /// What was read.
    pub report: NetworkReport,
}

/// The points of a curve, and what was read.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadCurve {
    /// The parameters of each point, exactly.
    pub points: Vec<Parameters<Rational>>,
    /// Whether it is a Bézier curve, or else a chain of straight lines, where the file says so.
    pub is_bezier: Option<bool>,
    /// What was read.
    pub report: NetworkReport,
}

/// Data, and what was read.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadData {
    /// Inputs and targets, exactly.
    pub data: DataSet,
    /// What the user's framework computes for networks on these inputs, where the file says it.
    pub expected: Vec<Expected>,
    /// What was read.
    pub report: DataReport,
}

impl ImportOptions {
    /// Reads a network: see [`ImportOptions::parse_network`]. Parts of a network are read by their index,
    /// `model.safetensors.index.json`, or by the folder that it is in.
    ///
    /// # Errors
    /// [`ImportError`] with any [`ImportProblem`] of a network.
    pub fn read_network(&self, path: &Path) -> Result<ReadNetwork, ImportError> {
        let file = path.display().to_string();
        self.network(source::read(path, &|_| true, &mut Budget::new(self.memory))?, &file)
    }

    /// The network in these bytes; `name` stands for them in errors and in the report.
    ///
    /// Safetensors, npz, or a file of `torch.save` (tensors in dictionaries; no code is run). Floats of 64, 32 and 16 bits.
    ///
    /// **Layers** are pairs of a matrix and a bias: `….weight` (out, in) as in PyTorch, `…/kernel` (in, out) as in flax and
    /// Keras, `coefs_0` (in, out) with `intercepts_0` as in scikit-learn, `arr_0`, `arr_1`, … as `numpy.savez` calls the
    /// arrays of Keras' `get_weights`, `W1` with `b1`. A missing bias is zero.
    ///
    /// **Layout**: what the lengths of the biases allow; then what lets the layers follow each other; then what the name
    /// usually means.
    ///
    /// **Order**: [`ImportOptions::layers`]; what the metadata of a safetensors file say under `layers`, names separated by
    /// commas; the numbers in the names, if any two names differ first in a number (`2.weight` before `10.weight`); the only
    /// order in which shapes fit together. Otherwise [`ImportProblem::Order`].
    ///
    /// Pruning masks are multiplied in. Counters and optimizers' states are left out.
    ///
    /// # Errors
    /// [`ImportError`] with any [`ImportProblem`] of a network: whatever may be part of what it computes and is no such layer is
    /// refused by name.
    pub fn parse_network(&self, bytes: &[u8], name: &str) -> Result<ReadNetwork, ImportError> {
        let source = source::parse(bytes, &|_| true, &mut Budget::new(self.memory));
        self.network(source.map_err(|problem| problem.of(name))?, name)
    }

    fn network(&self, source: Source, file: &str) -> Result<ReadNetwork, ImportError> {
        if residual::is_residual(&source, self) {
            return Err(ImportProblem::IsResidual.of(file));
        }
        let (network, report) = network::assemble(source, file, self).map_err(|problem| problem.of(file))?;
        Ok(ReadNetwork { network, report })
    }

    /// Reads the points of a curve: a file with `….weight_0`, `….weight_1`, … for each layer.
    ///
    /// # Errors
    /// Those of [`ImportOptions::read_network`], [`ImportProblem::NoCurve`] and [`ImportProblem::BrokenCurve`].
    pub fn read_curve(&self, path: &Path) -> Result<ReadCurve, ImportError> {
        let file = path.display().to_string();
        let source = source::read(path, &|_| true, &mut Budget::new(self.memory))?;
        network::assemble_curve(source, &file, self).map_err(|problem| problem.of(file))
    }

    /// Reads a data set: see [`ImportOptions::parse_data`].
    ///
    /// For an IDX file of images, `…-images-idx3-ubyte` or `….gz`, the labels are read from the file beside it whose name
    /// has `labels` for `images` and `idx1` for `idx3`.
    ///
    /// # Errors
    /// [`ImportError`] with any [`ImportProblem`] of a data set.
    pub fn read_data(&self, path: &Path) -> Result<ReadData, ImportError> {
        let file = path.display().to_string();
        let mut budget = Budget::new(self.memory);
        let mut source = source::read(path, &dataset::wanted(self), &mut budget)?;
        let labels = (source.format == "IDX").then(|| idx::labels_name(path)).transpose();
        let labels = labels.map_err(|problem| problem.of(&*file))?;
        if let Some(labels) = &labels {
            let labels = path.with_file_name(labels);
            let name = labels.display().to_string();
            let bytes = source::read_file(&labels, &budget)?;
            let labels = idx::read(&bytes, "labels", &mut budget).map_err(|problem| problem.of(&*name))?;
            dataset::check_samples(&labels, &source.arrays[0]).map_err(|problem| problem.of(&*name))?;
            source.arrays.push(labels);
        }
        let mut read = self.data(source, &file, &mut budget)?;
        if let Some(labels) = labels {
            read.report.kind += &format!(", from {labels}");
        }
        Ok(read)
    }

    /// The data set in these bytes; `name` stands for them in errors and in the report.
    ///
    /// - npz, safetensors or a file of `torch.save`: `inputs` (or `x_train`, `data`, `images`, `X`, …, or
    ///   [`ImportOptions::inputs_key`]) with either `labels` or `targets` (or `y_train`, `target`, `y`, …, or
    ///   [`ImportOptions::labels_key`]) or neither;
    /// - npy: inputs alone; IDX (MNIST's format, gzipped or not): inputs alone.
    ///
    /// Inputs are (N, d); more than two dimensions are flattened from the second on, rows first: images (N, 28, 28) become
    /// (N, 784). They are floats or integers of any width, byte order and memory order. Nothing is scaled unless
    /// [`ImportOptions::scaling`] says so. `targets` are (N, n_L) or (N). `labels` are (N) or (N, 1), integers from 0, as
    /// integers or floats; or one-hot rows (N, classes); or rows of probabilities, which are [`Targets::Shares`]. Of
    /// `y_train`, `target`, … integers (N) and one-hot rows are labels, everything else is targets.
    ///
    /// `outputs` and `outputs_to` [N, n_L], what the user's framework computes for the first and the last network, are kept
    /// for a comparison. Other arrays are left out.
    ///
    /// [`Targets::Shares`]: super::Targets::Shares
    ///
    /// # Errors
    /// [`ImportError`] with any [`ImportProblem`] of a data set.
    pub fn parse_data(&self, bytes: &[u8], name: &str) -> Result<ReadData, ImportError> {
        let mut budget = Budget::new(self.memory);
        let source = source::parse(bytes, &dataset::wanted(self), &mut budget).map_err(|problem| problem.of(name))?;
        self.data(source, name, &mut budget)
    }

    fn data(&self, source: Source, file: &str, budget: &mut Budget) -> Result<ReadData, ImportError> {
        let (data, expected, report) =
            dataset::assemble(source, file, self, budget).map_err(|problem| problem.of(file))?;
        Ok(ReadData { data, expected, report })
    }
}

/// Reads a network that says all of itself: [`ImportOptions::read_network`] with the default options and without the report.
///
/// # Errors
/// Those of [`ImportOptions::read_network`].
pub fn read_network(path: &Path) -> Result<Parameters<Rational>, ImportError> {
    ImportOptions::default().read_network(path).map(|read| read.network)
}

/// The network in these bytes: [`ImportOptions::parse_network`] with the default options and without the report.
///
/// # Errors
/// Those of [`ImportOptions::parse_network`].
pub fn parse_network(bytes: &[u8], name: &str) -> Result<Parameters<Rational>, ImportError> {
    ImportOptions::default().parse_network(bytes, name).map(|read| read.network)
}

/// Reads a data set: [`ImportOptions::read_data`] with the default options and without the report.
///
/// # Errors
/// Those of [`ImportOptions::read_data`].
pub fn read_data(path: &Path) -> Result<DataSet, ImportError> {
    read_samples(path, usize::MAX)
}

/// The same as [`read_data`], but no more than the first samples.
///
/// # Errors
/// Those of [`ImportOptions::read_data`]; [`ImportProblem::Empty`] for 0 samples.
pub fn read_samples(path: &Path, samples: usize) -> Result<DataSet, ImportError> {
    ImportOptions { samples, ..ImportOptions::default() }.read_data(path).map(|read| read.data)
}

/// The data set in these bytes: [`ImportOptions::parse_data`] with the default options and without the report.
///
/// # Errors
/// Those of [`ImportOptions::parse_data`].
pub fn parse_data(bytes: &[u8], name: &str) -> Result<DataSet, ImportError> {
    ImportOptions::default().parse_data(bytes, name).map(|read| read.data)
}

//! Networks and data from files, exactly, and networks to files.
//!
//! Every float is the rational number that it stands for. What a file says is taken as a whole or refused: an array
//! that is no part of a fully connected network or of a data set is an error that names it, never ignored.

mod array;
mod idx;
mod npy;
mod safetensors;

use super::data::{DataSet, Targets};
use super::parameters::Parameters;
use crate::arith::Number;
use array::Array;
use nalgebra::DMatrix;
use rug::Rational;
use std::{cmp::Ordering, collections::BTreeMap, fs, path::Path};

/// Why a file was not imported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {problem}")]
pub struct ImportError {
    /// The file, or the name that its bytes were given.
    pub file: String,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a file. Positions are indices into the array, counted from 0 as in NumPy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The file cannot be opened or read.
    #[error("cannot be read: {reason}")]
    Unreadable { reason: String },
    /// None of the formats that are read here.
    #[error("unknown format; expected {expected}")]
    Format { expected: &'static str },
    /// The file is cut off or broken, as the reader of its format says.
    #[error("is no whole {format} file: {reason}; write or download it again")]
    Broken { format: &'static str, reason: String },
    /// More data than this reads into memory.
    #[error("array `{array}` has more than {} bytes", npy::MAX_BYTES)]
    TooLarge { array: String },
    /// An archive that holds something else than arrays; PyTorch's own checkpoints are such archives.
    #[error(
        "entry `{entry}` is no array; a PyTorch checkpoint is converted by \
         `safetensors.torch.save_file(model.state_dict(), \"network.safetensors\")`"
    )]
    Entry { entry: String },
    /// Two arrays of one name.
    #[error("array `{array}` occurs twice")]
    Twice { array: String },
    /// An array that has no place in a network or a data set.
    #[error("array `{array}` has no place here; expected {expected}")]
    Unexpected { array: String, expected: &'static str },
    /// An array that must be there.
    #[error("array `{array}` is missing")]
    Missing { array: &'static str },
    /// No layers at all.
    #[error("there is no layer; expected arrays named `….weight` and `….bias`")]
    NoLayers,
    /// Numbers of a type that is not taken here.
    #[error("array `{array}` has the type {found}; expected {expected}")]
    Type { array: String, found: String, expected: &'static str },
    /// An array without entries.
    #[error("array `{array}` is empty: shape {shape:?}")]
    Empty { array: String, shape: Vec<usize> },
    /// An array of another number of dimensions.
    #[error("array `{array}` has the shape {shape:?}; expected {expected}")]
    Shape { array: String, shape: Vec<usize>, expected: &'static str },
    /// A NaN or an infinity.
    #[error("array `{array}` is {value} at {position:?}; only finite numbers can be exact")]
    NotFinite { array: String, position: Vec<usize>, value: String },
    /// A label below zero.
    #[error("array `{array}` is {value} at sample {sample}; a label counts from 0")]
    NegativeLabel { array: String, sample: usize, value: i128 },
    /// A bias for which there is no weight.
    #[error("array `{array}` is a bias without its `weight`")]
    BiasAlone { array: String },
    /// A bias of another length than its weight has neurons.
    #[error("array `{array}` has {found} entries, but its `weight` (out, in) has {expected} neurons")]
    Bias { array: String, found: usize, expected: usize },
    /// Two layers that do not follow each other.
    #[error(
        "array `{array}` (out, in) has {found} inputs, but `{before}` before it (in the order of the names) \
         has {expected} neurons"
    )]
    Chain { array: String, found: usize, before: String, expected: usize },
    /// Both `labels` and `targets`.
    #[error("both `labels` and `targets` are there; keep one of them")]
    LabelsAndTargets,
    /// Another number of targets than of samples.
    #[error("array `{array}` has {found} samples, but `inputs` has {expected}")]
    Samples { array: String, found: usize, expected: usize },
}

impl Problem {
    fn of(self, file: impl Into<String>) -> ImportError {
        ImportError { file: file.into(), problem: self }
    }
}

/// Reads a network from a safetensors or an npz file: see [`parse_network`].
///
/// # Errors
/// Those of [`parse_network`] and [`Problem::Unreadable`].
pub fn read_network(path: &Path) -> Result<Parameters<Rational>, ImportError> {
    parse_network(&read(path)?, &path.display().to_string())
}

/// The network in these bytes; `name` stands for them in errors.
///
/// Safetensors (F64, F32, F16, BF16), or npz (f8, f4, f2) with the same array names. Linear layers are pairs
/// `….weight` (out, in), as PyTorch stores them, and `….bias` (out); a missing bias is zero. Their order is the natural
/// order of their names (`2.weight` before `10.weight`), and in this order their shapes must chain.
///
/// # Errors
/// [`ImportError`] with any [`Problem`] of a network: whatever is not part of such a layer is refused.
pub fn parse_network(bytes: &[u8], name: &str) -> Result<Parameters<Rational>, ImportError> {
    let arrays = if npy::is_npz(bytes) { npy::read_npz(bytes) } else { safetensors::read(bytes) };
    arrays.and_then(assemble).map_err(|problem| problem.of(name))
}

/// Reads a data set from an npz, npy or IDX file: see [`parse_data`].
///
/// For an IDX file of images, `…-images-idx3-ubyte` or `….gz`, the labels are read from the file beside it whose name has
/// `labels` for `images` and `idx1` for `idx3`.
///
/// # Errors
/// Those of [`parse_data`] and [`Problem::Unreadable`].
pub fn read_data(path: &Path) -> Result<DataSet, ImportError> {
    read_samples(path, usize::MAX)
}

/// The same as [`read_data`], but no more than the first samples: exact numbers take a hundred bytes an entry.
///
/// # Errors
/// Those of [`read_data`]; [`Problem::Empty`] for 0 samples.
pub fn read_samples(path: &Path, samples: usize) -> Result<DataSet, ImportError> {
    let file = path.display().to_string();
    let bytes = read(path)?;
    let mut arrays = data_arrays(&bytes).map_err(|problem| problem.of(&*file))?;
    if idx::is_idx(&bytes) {
        let labels = path.with_file_name(idx::labels_name(path).map_err(|problem| problem.of(&*file))?);
        let file = labels.display().to_string();
        let labels = idx::read(&read(&labels)?, "labels").map_err(|problem| problem.of(&*file))?;
        check_samples(&labels, &arrays[0]).map_err(|problem| problem.of(&*file))?;
        arrays.push(labels);
    }
    data_set(arrays, samples).map_err(|problem| problem.of(file))
}

/// The data set in these bytes; `name` stands for them in errors.
///
/// - npz (compressed or not): `inputs` with either `labels` or `targets` or neither;
/// - npy: inputs alone; IDX (MNIST's format, gzipped or not): inputs alone.
///
/// `inputs` is (N, d); more than two dimensions are flattened from the second on, rows first: images (N, 28, 28) become
/// (N, 784). `targets` is (N, n_L). Both are floats or integers of any width, byte order and memory order. `labels` is
/// (N) or (N, 1), integers from 0. Nothing is scaled.
///
/// # Errors
/// [`ImportError`] with any [`Problem`] of a data set: an array of another name is refused.
pub fn parse_data(bytes: &[u8], name: &str) -> Result<DataSet, ImportError> {
    data_arrays(bytes).and_then(|arrays| data_set(arrays, usize::MAX)).map_err(|problem| problem.of(name))
}

fn data_arrays(bytes: &[u8]) -> Result<Vec<Array>, Problem> {
    if npy::is_npz(bytes) {
        npy::read_npz(bytes)
    } else if npy::is_npy(bytes) {
        Ok(vec![npy::read_npy(bytes, "inputs")?])
    } else if idx::is_idx(bytes) {
        Ok(vec![idx::read(bytes, "inputs")?])
    } else {
        Err(Problem::Format { expected: "npz with `inputs` and `labels` or `targets`, npy with the inputs, or IDX" })
    }
}

/// The data set of these arrays, its first samples.
fn data_set(mut arrays: Vec<Array>, samples: usize) -> Result<DataSet, Problem> {
    let mut take = |name: &str| arrays.iter().position(|array| array.name == name).map(|i| arrays.swap_remove(i));
    let (inputs, labels, targets) = (take("inputs"), take("labels"), take("targets"));
    if let Some(array) = arrays.first() {
        let array = array.name.clone();
        return Err(Problem::Unexpected { array, expected: "`inputs` with `labels` or `targets`" });
    }
    let mut inputs = inputs.ok_or(Problem::Missing { array: "inputs" })?;
    if inputs.shape.len() < 2 {
        return Err(inputs.misshapen("(N, d) or (N, …), samples first; one input a sample is (N, 1)"));
    }
    let targets = match (labels, targets) {
        (None, None) => Targets::None,
        (Some(labels), None) => label_targets(labels, &inputs, samples)?,
        (None, Some(targets)) => value_targets(targets, &inputs, samples)?,
        (Some(_), Some(_)) => return Err(Problem::LabelsAndTargets),
    };
    inputs.truncate(samples)?;
    Ok(DataSet { inputs: inputs.to_matrix(inputs.shape[0])?, targets })
}

fn value_targets(mut array: Array, inputs: &Array, samples: usize) -> Result<Targets, Problem> {
    if array.shape.len() != 2 {
        return Err(array.misshapen("(N, outputs); one output is (N, 1)"));
    }
    check_samples(&array, inputs)?;
    array.truncate(samples)?;
    Ok(Targets::Values(array.to_matrix(array.shape[0])?))
}

fn label_targets(array: Array, inputs: &Array, samples: usize) -> Result<Targets, Problem> {
    if !matches!(array.shape[..], [_] | [_, 1]) {
        return Err(array.misshapen("(N) or (N, 1)"));
    }
    check_samples(&array, inputs)?;
    let label = |(sample, value): (usize, i128)| {
        usize::try_from(value).map_err(|_| Problem::NegativeLabel { array: array.name.clone(), sample, value })
    };
    Ok(Targets::Labels(array.integers(samples)?.into_iter().enumerate().map(label).collect::<Result<_, _>>()?))
}

fn check_samples(array: &Array, inputs: &Array) -> Result<(), Problem> {
    match (array.shape.first(), inputs.shape.first()) {
        (Some(&found), Some(&expected)) if found != expected => {
            Err(Problem::Samples { array: array.name.clone(), found, expected })
        }
        _ => Ok(()),
    }
}

/// The network whose layers these arrays are.
fn assemble(arrays: Vec<Array>) -> Result<Parameters<Rational>, Problem> {
    let (mut weights, mut biases) = (vec![], BTreeMap::new());
    for array in arrays {
        match array.name.rsplit_once('.').unwrap_or(("", &array.name)) {
            (layer, "weight") => weights.push((layer.to_owned(), array)),
            (layer, "bias") => {
                biases.insert(layer.to_owned(), array);
            }
            _ => {
                let expected = "only linear layers, `….weight` (out, in) with `….bias` (out)";
                return Err(Problem::Unexpected { array: array.name, expected });
            }
        }
    }
    weights.sort_by(|(a, _), (b, _)| natural_order(a, b));
    let mut layers: Vec<DMatrix<Rational>> = vec![];
    for (index, (layer, weight)) in weights.iter().enumerate() {
        let stacked = stack(weight, biases.remove(layer).as_ref())?;
        if let Some(before) = layers.last().map(DMatrix::ncols).filter(|&before| before + 1 != stacked.nrows()) {
            return Err(Problem::Chain {
                array: weight.name.clone(),
                found: stacked.nrows() - 1,
                before: weights[index - 1].1.name.clone(),
                expected: before,
            });
        }
        layers.push(stacked);
    }
    if let Some(array) = biases.into_values().next() {
        return Err(Problem::BiasAlone { array: array.name });
    }
    Parameters::new(layers).map_err(|_| Problem::NoLayers)
}

/// [Wᵀ; b] for a weight W (out, in) and a bias b (out), or zero.
fn stack(weight: &Array, bias: Option<&Array>) -> Result<DMatrix<Rational>, Problem> {
    let &[outputs, _] = &weight.shape[..] else {
        return Err(weight.misshapen("(out, in): only linear layers are read"));
    };
    if bias.is_none() && weight.name.to_lowercase().contains("emb") {
        let expected = "only linear layers; an embedding is none";
        return Err(Problem::Unexpected { array: weight.name.clone(), expected });
    }
    weight.check_floats()?;
    let transposed = weight.to_matrix(outputs)?.transpose();
    let inputs = transposed.nrows();
    let mut stacked = transposed.insert_row(inputs, Rational::new());
    if let Some(bias) = bias {
        let &[found] = &bias.shape[..] else { return Err(bias.misshapen("(out)")) };
        if found != outputs {
            return Err(Problem::Bias { array: bias.name.clone(), found, expected: outputs });
        }
        bias.check_floats()?;
        stacked.set_row(inputs, &bias.to_matrix(1)?.row(0));
    }
    Ok(stacked)
}

/// Names part by part, runs of digits by their value: `2` before `10`. Names of equal parts (`1`, `01`) by spelling.
fn natural_order(a: &str, b: &str) -> Ordering {
    let (x, y) = (parts(a), parts(b));
    let compared = x.iter().zip(&y).map(|(x, y)| compare_parts(x, y)).find(|order| order.is_ne());
    compared.unwrap_or(x.len().cmp(&y.len())).then(a.cmp(b))
}

/// Maximal runs of digits and of anything else.
fn parts(name: &str) -> Vec<&str> {
    let mut parts = vec![];
    let mut rest = name;
    while let Some(first) = rest.bytes().next() {
        let end = rest.bytes().position(|byte| byte.is_ascii_digit() != first.is_ascii_digit()).unwrap_or(rest.len());
        parts.push(&rest[..end]);
        rest = &rest[end..];
    }
    parts
}

fn compare_parts(x: &str, y: &str) -> Ordering {
    let number =
        |part: &str| part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.trim_start_matches('0').len());
    match (number(x), number(y)) {
        (Some(n), Some(m)) => n.cmp(&m).then_with(|| x[x.len() - n..].cmp(&y[y.len() - m..])),
        _ => x.cmp(y),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, ImportError> {
    let unreadable = |error: std::io::Error| Problem::Unreadable { reason: error.to_string() };
    fs::read(path).map_err(|error| unreadable(error).of(path.display().to_string()))
}

/// Why a network was not exported. Layers are numbered from 1, rows and columns of the stacked layer from 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// A parameter that is no double.
    #[error(
        "layer {layer}, row {row}, column {column} is not exactly a finite double: the file format holds doubles, \
         a path certificate any rational"
    )]
    NotADouble { layer: usize, row: usize, column: usize },
    /// The bytes cannot be written.
    #[error("{reason}")]
    Unwritable { reason: String },
}

/// Writes a network as a safetensors file (F64) that [`read_network`] reads back exactly; see [`network_to_bytes`].
///
/// The file appears under its name once it is complete; a file of that name is replaced.
///
/// # Errors
/// All of [`ExportError`].
pub fn write_network<T: Number>(path: &Path, network: &Parameters<T>) -> Result<(), ExportError> {
    let bytes = network_to_bytes(network)?;
    crate::files::write_whole(path, |out| out.write_all(&bytes))
        .map_err(|error| ExportError::Unwritable { reason: error.to_string() })
}

/// The safetensors file of a network: `0.weight` (out, in), `0.bias`, `2.weight`, …, the names that PyTorch gives linear
/// layers with activations between them; F64.
///
/// # Errors
/// [`ExportError::NotADouble`] if a parameter is not exactly a double.
pub fn network_to_bytes<T: Number>(network: &Parameters<T>) -> Result<Vec<u8>, ExportError> {
    let mut arrays = vec![];
    for (index, layer) in network.layers().iter().enumerate() {
        let (inputs, outputs) = (layer.nrows() - 1, layer.ncols());
        let mut doubles = Vec::with_capacity(layer.len());
        for (place, entry) in layer.iter().enumerate() {
            let (row, column) = (place % layer.nrows(), place / layer.nrows());
            doubles.push(exact_double(entry).ok_or(ExportError::NotADouble { layer: index + 1, row, column })?);
        }
        // Columns of U = [W; bᵀ] are the rows of PyTorch's weight, each followed by its bias.
        let neurons = doubles.chunks(inputs + 1);
        let weight = neurons.clone().flat_map(|neuron| &neuron[..inputs]).copied().collect();
        let bias = neurons.map(|neuron| neuron[inputs]).collect();
        arrays.push((format!("{}.weight", 2 * index), vec![outputs, inputs], weight));
        arrays.push((format!("{}.bias", 2 * index), vec![outputs], bias));
    }
    Ok(safetensors::write(&arrays))
}

fn exact_double<T: Number>(entry: &T) -> Option<f64> {
    let value = entry.to_rational()?;
    let double = value.to_f64();
    (double.is_finite() && Rational::from_f64(double)? == value).then_some(double)
}

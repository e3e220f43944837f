//! What is wrong with a file, in words that say what to do about it.

use super::super::inputs::ScalingError;
use super::options::Layout;
use crate::arith::{counted, memory};

/// Why a file was not imported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {problem}")]
pub struct ImportError {
    /// The file, or the name that its bytes were given.
    pub file: String,
    /// What is wrong with it.
    pub problem: ImportProblem,
}

/// What is wrong with a file. Positions are indices into the array, counted from 0 as in NumPy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportProblem {
    /// The file cannot be opened or read.
    #[error("cannot be read: {reason}")]
    Unreadable { reason: String },
    /// None of the formats that are read here.
    #[error("unknown format; expected {expected}")]
    Format { expected: &'static str },
    /// A format that is known and not read.
    #[error("is {format}, which is not read here; {instead}")]
    Foreign { format: &'static str, instead: &'static str },
    /// The file is cut off or broken, as the reader of its format says.
    #[error("is no whole {format} file: {reason}; write or download it again")]
    Broken { format: &'static str, reason: String },
    /// More than the limit on memory.
    #[error("{what} takes {} of memory, more than the limit of {}; --memory-limit raises it", memory(*bytes), memory(*limit))]
    TooLarge { what: String, bytes: u64, limit: u64 },
    /// An archive that holds something else than arrays.
    #[error("entry `{entry}` is no array; expected an archive of arrays: .npz, or a PyTorch file")]
    Entry { entry: String },
    /// Two arrays of one name.
    #[error("array `{array}` occurs twice")]
    Twice { array: String },
    /// A parameter that is no tensor.
    #[error("`{name}` is no tensor, and only tensors are read: save it as one, a network by `model.state_dict()`")]
    NoTensor { name: String },
    /// One of several files that belong together.
    #[error("is one of several parts of a network; give the index of the parts, {index}, or the folder that it is in")]
    Shard { index: String },
    /// An index of parts that names no file beside it.
    #[error("the index names the part `{part}`, which is no file beside it")]
    Part { part: String },
    /// An array that has no place in a network or a data set.
    #[error("array `{array}` has no place here; expected {expected}")]
    Unexpected { array: String, expected: &'static str },
    /// An array that must be there.
    #[error(
        "array `{array}` is missing; the file has {there}{}",
        if array == "inputs" { "; --inputs-key names another one" } else { "" }
    )]
    Missing { array: String, there: String },
    /// Several arrays that could be meant.
    #[error("{}: any of them could be the {what}; choose with {option}", named(arrays))]
    Choose { what: &'static str, arrays: Vec<String>, option: &'static str },
    /// No layers at all.
    #[error(
        "there is no layer; expected arrays named `….weight` and `….bias`, `…/kernel` and `…/bias`, or `coefs_0`, `intercepts_0`, …"
    )]
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
    #[error("array `{array}` is {value} at sample {sample}; a label counts from 0{}", minus_one(*value))]
    NegativeLabel { array: String, sample: usize, value: i128 },
    /// A label that is no integer.
    #[error(
        "array `{array}` is {value} at sample {sample}; a label is a class, an integer from 0; real targets are named `targets`"
    )]
    NoClass { array: String, sample: usize, value: String },
    /// A bias for which there is no weight.
    #[error("array `{array}` is a bias without its weight")]
    BiasAlone { array: String },
    /// A bias of another length than its weight has neurons, however that is stored; or layers of one kind that are stored
    /// in different ways.
    #[error(
        "array `{array}` has {}, but its weight `{weight}`, read as {}, has {}{}",
        counted(*found, "entry"), layout.shape(), counted(*expected, "neuron"), if *transposed { "; read the other way round it would fit: leave out --layout, if it is given; if it is not, other layers do not fit then" } else { "" }
    )]
    Bias { array: String, weight: String, layout: Layout, found: usize, expected: usize, transposed: bool },
    /// Two layers that do not follow each other.
    #[error(
        "array `{array}` has {}, but `{before}` before it has {}; --layers sets the order, \
         --layout how matrices are stored, --prefix which of several networks",
        counted(*found, "input"), counted(*expected, "neuron")
    )]
    Chain { array: String, found: usize, before: String, expected: usize },
    /// The names say no order, and shapes do not decide.
    #[error(
        "the names of the layers say no order, and {} orders fit together; give the one in which the network uses them: {}",
        if *more { "many".into() } else { orders.len().to_string() }, with_layers(orders)
    )]
    Order { orders: Vec<String>, more: bool },
    /// The names say no order, and no order fits.
    #[error(
        "the names of the layers say no order, and in no order do the shapes fit together: {layers}; choose layers with --layers or --prefix"
    )]
    NoOrder { layers: String },
    /// The search for an order was given up.
    #[error("the names of the layers say no order, and {steps} steps of search found none; give it with --layers")]
    OrderLimit { steps: usize },
    /// Nothing says which dimension of the matrices is which.
    #[error(
        "nothing says whether the matrices are stored (out, in) or (in, out): say it with --layout out-in or --layout in-out"
    )]
    Layout,
    /// A name given to `--layers` that is no layer.
    #[error("--layers: there is no layer `{layer}`; the file has {there}")]
    NoSuchLayer { layer: String, there: String },
    /// A prefix that no array has.
    #[error("--prefix: no array begins with `{prefix}`; the file has {there}")]
    NoSuchPrefix { prefix: String, there: String },
    /// Several networks of one architecture.
    #[error("there are {} networks of one architecture in the file; choose with {}", choices.len(), choices.join(" or "))]
    Networks { choices: Vec<String> },
    /// Several points of a curve where one network is expected.
    #[error(
        "holds {points} points of a curve (`{example}`, …); `barrier CURVE --curve bezier` or `--curve chain` bounds the \
         loss on it, --curve-point K takes one of them as a network"
    )]
    Curve { points: usize, example: String },
    /// One network where a curve is expected.
    #[error("holds no curve: no arrays named `….weight_0`, `….weight_1`, …; give two networks instead")]
    NoCurve,
    /// There is no such point.
    #[error("--curve-point {point}: the curve has the points 0 to {}", points - 1)]
    NoSuchPoint { point: usize, points: usize },
    /// Arrays of a curve that do not belong to every point.
    #[error("array `{array}` does not belong to a curve of {points} points; expected one array a point, of one shape")]
    BrokenCurve { array: String, points: usize },
    /// A batch normalisation that was not asked to be folded.
    #[error(
        "`{layer}` is a BatchNorm layer: in eval mode it folds into a linear layer, rounded to doubles, with \
         --fold-batch-norm before-activation (where it stands between a linear layer and the activation) or \
         --fold-batch-norm after-activation"
    )]
    BatchNorm { layer: String },
    /// A batch normalisation that cannot be folded.
    #[error("the BatchNorm layer `{layer}` cannot be folded: {reason}")]
    Fold { layer: String, reason: String },
    /// A layer that is no affine map and cannot become one.
    #[error("{} is {kind}, which is not read here: {advice}", if layer.is_empty() { "what has no name but that of its array".into() } else { format!("`{layer}`") })]
    NotLinear { layer: String, kind: &'static str, advice: &'static str },
    /// A node of an ONNX file that is not read.
    #[error("node `{node}` ({op}): {why}")]
    Node { node: String, op: String, why: String },
    /// An ONNX file with several inputs or outputs.
    #[error(
        "the inputs are {}, the outputs {}; expected one of each: export the part of the network in between",
        if inputs.is_empty() { "none" } else { inputs }, if outputs.is_empty() { "none" } else { outputs }
    )]
    Ends { inputs: String, outputs: String },
    /// An input of an ONNX file whose sizes are not all known.
    #[error(
        "the input `{input}` has sizes that the file does not say; only the number of samples, its first dimension, may be left          open: export with dynamic_axes for that one alone"
    )]
    Dynamic { input: String },
    /// An output that nothing computes.
    #[error("no node computes the output `{output}` from the input")]
    NoOutput { output: String },
    /// A parameter of another shape than the graph says.
    #[error("array `{array}` has the shape {found:?}, but {graph} has {expected:?} there")]
    Parameter { array: String, graph: String, found: Box<[usize]>, expected: Box<[usize]> },
    /// A parameter that is not there.
    #[error(
        "array `{array}`, which {graph} names, is missing; the file has {there}{}",
        if array.starts_with("onnx::") { ". The exporter made it of others (it folds BatchNorm, and transposes): export with do_constant_folding=False, training=TrainingMode.PRESERVE" } else { "" }
    )]
    NoParameter { array: String, graph: String, there: String },
    /// Two networks that are not one graph.
    #[error("is not the same graph as {other}: {place}; a path joins networks of one architecture")]
    Graphs { other: String, place: String },
    /// Layers that are named like those of a residual network, and are none.
    #[error(
        "is named like a residual network, and is none: {reason}; if nothing is added up, give the layers in their order by --layers"
    )]
    Residual { reason: String },
    /// A residual network where a chain of layers is expected.
    #[error(
        "is named like a residual network, whose block is added to what it takes: `connect`, `descend` and `check` read it so, and \
         nothing else does; if nothing is added up, give the layers in their order by --layers"
    )]
    IsResidual,
    /// Both labels and targets.
    #[error("both `labels` and `targets` are there; keep one of them, or choose with --labels-key")]
    LabelsAndTargets,
    /// Another number of targets than of samples.
    #[error("array `{array}` has {found} samples, but `{inputs}` has {expected}{}", if *transposed { ": it is stored (classes, samples); transpose it" } else { "" })]
    Samples { array: String, inputs: String, found: usize, expected: usize, transposed: bool },
    /// The inputs cannot be scaled as asked.
    #[error("{0}")]
    Scaling(#[from] ScalingError),
}

impl ImportProblem {
    pub(super) fn of(self, file: impl Into<String>) -> ImportError {
        ImportError { file: file.into(), problem: self }
    }
}

fn named(arrays: &[String]) -> String {
    arrays.iter().map(|array| format!("`{array}`")).collect::<Vec<_>>().join(", ")
}

fn minus_one(value: i128) -> &'static str {
    if value == -1 { "; classes −1 and +1 become 0 and 1 by (labels + 1) / 2" } else { "" }
}

fn with_layers(orders: &[String]) -> String {
    orders.iter().map(|order| format!("--layers {order}")).collect::<Vec<_>>().join(", or ")
}

/// The names of arrays, as many as a message can hold.
pub(super) fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    let shown: Vec<String> = names.iter().take(8).map(|name| format!("`{name}`")).collect();
    let more = if names.len() > shown.len() { ", …" } else { "" };
    if names.is_empty() { "no arrays".into() } else { shown.join(", ") + more }
}

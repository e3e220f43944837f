//! Reading what the user names: networks, data, activation, loss.

use super::reading::Read;
use super::{Console, Failure};
use crate::arith::{counted, parse_rational};
use crate::certificate::{Limits, Raise};
use crate::cli::progress;
use crate::network::{
    Activation, BatchNorm, DataReport, DataSet, FoldBatchNorm, GraphNetwork, ImportOptions, Inputs, Layout, Loss,
    LossKind, Nonlinearity, Parameters, ReadData, ReadGraph, ReadResidual, Residual, ResidualNames, Scaling,
    is_graph_file, is_onnx_file, natural_order,
};
use crate::statement::Problem;
use nalgebra::DMatrix;
use rug::Rational;
use std::path::{Path, PathBuf};

/// The training data and what is done with them.
#[derive(clap::Args)]
pub struct DataArguments {
    /// Training data: .npz with `inputs` and `labels` or `targets` (and `outputs`, what your framework computes), .npy with
    /// inputs alone, or IDX (MNIST) images with the file of labels beside them. Nothing is scaled unless you say so.
    #[arg(long, value_name = "FILE")]
    pub data: PathBuf,
    /// Take the first samples only.
    #[arg(long, value_name = "COUNT", value_parser = count)]
    pub samples: Option<usize>,
    #[command(flatten)]
    pub loss: LossArguments,
    #[command(flatten)]
    pub import: ImportArguments,
}

/// How much work a certificate may ask for.
#[derive(clap::Args)]
pub struct LimitArguments {
    /// Raise (or lower) a limit on the work that the certificate may ask for; a message names the one that was met.
    #[arg(long, value_name = "NAME=N")]
    limit: Vec<Raise>,
}

impl LimitArguments {
    /// Whether one is given.
    pub fn any(&self) -> bool {
        !self.limit.is_empty()
    }

    /// The usual limits, with these changes.
    pub fn limits(&self) -> Limits {
        let mut limits = Limits::default();
        self.limit.iter().for_each(|raise| limits.set(raise.limit, raise.value));
        limits
    }
}

/// Where the help lists these options.
const FILES: &str = "What files do not say themselves";

/// What files do not say themselves.
#[derive(clap::Args)]
pub struct ImportArguments {
    /// The layers in the order in which they are used, as their names stand before `.weight`, where numbers do not say it.
    #[arg(help_heading = FILES, long, value_name = "A,B,…", value_delimiter = ',')]
    pub layers: Vec<String>,
    /// What stands before `.weight` and `.bias` of the layer before a residual network's blocks.
    #[arg(help_heading = FILES, long, value_name = "NAME", default_value = "stem")]
    pub stem: String,
    /// What stands before the numbers of the layers of its block (with an s too: those of several blocks, and of their layers).
    #[arg(help_heading = FILES, long, value_name = "NAME", default_value = "block")]
    pub block: String,
    /// What stands before `.weight` and `.bias` of its last layer.
    #[arg(help_heading = FILES, long, value_name = "NAME", default_value = "head")]
    pub head: String,
    /// How matrices are stored: out-in (PyTorch), in-out (Keras, flax, scikit-learn) [default: what biases, shapes, names say].
    #[arg(help_heading = FILES, long)]
    pub layout: Option<Layout>,
    /// Read the arrays whose names begin like this, where a file holds several networks; with commas, one for each file of
    /// a network (`ema.,` for the first file only).
    #[arg(help_heading = FILES, long, value_name = "PREFIX", value_delimiter = ',')]
    pub prefix: Vec<String>,
    /// Fold BatchNorm (eval mode, rounded to doubles) into linear layers; where it stands: before-activation or
    /// after-activation.
    #[arg(help_heading = FILES, long, value_name = "WHERE")]
    pub fold_batch_norm: Option<FoldBatchNorm>,
    /// What is added to the variance of a BatchNorm.
    #[arg(help_heading = FILES, long, value_name = "EPSILON", default_value = "1e-5", requires = "fold_batch_norm")]
    pub batch_norm_epsilon: f64,
    /// Read a point of a curve (`….weight_0`, `….weight_1`, …) as a network; with commas, one for each file of a network.
    #[arg(help_heading = FILES, long, value_name = "K", value_delimiter = ',')]
    pub curve_point: Vec<String>,
    /// The array of the inputs [default: inputs, x_train, data, images, X, …].
    #[arg(help_heading = FILES, long, value_name = "NAME")]
    pub inputs_key: Option<String>,
    /// The array of the labels [default: labels, y_train, target, y, …].
    #[arg(help_heading = FILES, long, value_name = "NAME")]
    pub labels_key: Option<String>,
    /// Multiply inputs by this before anything else, exactly: 1/255.
    #[arg(help_heading = FILES, long, value_name = "FACTOR", value_parser = factor, default_value = "1", allow_hyphen_values = true)]
    pub scale: Rational,
    /// Then subtract this: one number, or one a column.
    #[arg(help_heading = FILES, long, value_name = "MEAN,…", value_parser = shift, value_delimiter = ',', allow_hyphen_values = true)]
    pub mean: Vec<Rational>,
    /// Then divide by this: one number, or one a column.
    #[arg(help_heading = FILES, long, value_name = "STD,…", value_parser = deviation, value_delimiter = ',', allow_hyphen_values = true)]
    pub std: Vec<Rational>,
    /// The memory that a file, and the inputs as exact numbers, may take.
    #[arg(help_heading = FILES, long, value_name = "SIZE", value_parser = memory, default_value = "2GiB")]
    pub memory_limit: u64,
}

impl ImportArguments {
    /// The names of a residual network.
    pub fn residual_names(&self) -> ResidualNames {
        ResidualNames { stem: self.stem.clone(), block: self.block.clone(), head: self.head.clone() }
    }

    /// The same for the library, for the network that is read after so many others.
    pub fn network_options(&self, index: usize) -> Result<ImportOptions, Failure> {
        let own = |name: &str, values: &[String]| match values {
            [] => Ok(None),
            [all] => Ok(Some(all.clone())),
            each => each.get(index).cloned().map(Some).ok_or_else(|| {
                Failure::input(format!("{name}: {} values for more networks; give one, or one for each", each.len()))
            }),
        };
        let filled = |value: Option<String>| value.filter(|value| !value.is_empty());
        let curve_point = filled(own("--curve-point", &self.curve_point)?);
        let number = |point: String| {
            point
                .parse()
                .map_err(|_| Failure::input(format!("--curve-point: `{point}` is not a number such as 0, 1 or 2")))
        };
        let (prefix, curve_point) = (filled(own("--prefix", &self.prefix)?), curve_point.map(number).transpose()?);
        Ok(ImportOptions { prefix, curve_point, ..self.options(None) })
    }

    /// The same for the library, with no more than the first samples.
    pub fn options(&self, samples: Option<usize>) -> ImportOptions {
        ImportOptions {
            layers: self.layers.clone(),
            layout: self.layout,
            prefix: None,
            fold_batch_norm: self.fold_batch_norm,
            batch_norm_epsilon: self.batch_norm_epsilon,
            curve_point: None,
            inputs_key: self.inputs_key.clone(),
            labels_key: self.labels_key.clone(),
            scaling: Scaling { scale: self.scale.clone(), mean: self.mean.clone(), std: self.std.clone() },
            samples: samples.unwrap_or(usize::MAX),
            memory: self.memory_limit,
        }
    }

    /// Refuses options that name the layers of a residual network, where the file is read as a chain.
    fn refuse_residual_names(&self, file: &Path) -> Result<(), Failure> {
        let ResidualNames { stem, block, head } = ResidualNames::default();
        let given = [("--stem", self.stem != stem), ("--block", self.block != block), ("--head", self.head != head)];
        refuse_given(&given, &format!("{} is read as a chain of layers, not as a residual network", file.display()))
    }

    /// Refuses options that say how a file of layers is read, where there is none; `arrays` is whether a file of arrays is
    /// read, of which a prefix chooses some.
    pub fn refuse_layers(&self, arrays: bool, reason: &str) -> Result<(), Failure> {
        let ResidualNames { stem, block, head } = ResidualNames::default();
        let given = [
            ("--layers", !self.layers.is_empty()),
            ("--layout", self.layout.is_some()),
            ("--prefix", !arrays && !self.prefix.is_empty()),
            ("--curve-point", !self.curve_point.is_empty()),
            ("--stem", self.stem != stem),
            ("--block", self.block != block),
            ("--head", self.head != head),
        ];
        refuse_given(&given, reason)
    }

    /// Refuses options that say how data are read, where none are.
    pub fn refuse_data(&self) -> Result<(), Failure> {
        let given = [
            ("--inputs-key", self.inputs_key.is_some()),
            ("--labels-key", self.labels_key.is_some()),
            ("--scale", self.scale != 1),
            ("--mean", !self.mean.is_empty()),
            ("--std", !self.std.is_empty()),
        ];
        refuse_given(&given, "it is about data, and there is no --data")
    }

    /// Refuses a list of values, one for each network, that has another number of them than there are networks.
    pub fn refuse_more_values(&self, networks: usize) -> Result<(), Failure> {
        let lists = [("--prefix", self.prefix.len()), ("--curve-point", self.curve_point.len())];
        match lists.into_iter().find(|&(_, values)| values > networks.max(1)) {
            None => Ok(()),
            Some((option, values)) => Err(Failure::input(format!(
                "{option}: {values} values, but {} read; give one, or one for each",
                if networks == 1 { "one network was".into() } else { format!("{networks} networks were") }
            ))),
        }
    }

    /// The inputs as exact numbers, where there is memory for them.
    pub fn exact(&self, inputs: &Inputs) -> Result<DMatrix<Rational>, Failure> {
        self.check_memory("the inputs as exact numbers", inputs.exact_bytes())?;
        Ok(inputs.exact())
    }

    /// Refuses what takes more than the limit.
    pub fn check_memory(&self, what: &str, bytes: u64) -> Result<(), Failure> {
        if bytes <= self.memory_limit {
            return Ok(());
        }
        let [bytes, limit] = [bytes, self.memory_limit].map(crate::arith::memory);
        Err(Failure::input(format!(
            "{what} take about {bytes} of memory, more than the limit of {limit}: --samples takes fewer, --memory-limit raises it"
        )))
    }
}

/// Refuses the first option that was given and says nothing here.
fn refuse_given(given: &[(&str, bool)], reason: &str) -> Result<(), Failure> {
    match given.iter().find(|(_, is_given)| *is_given) {
        None => Ok(()),
        Some((option, _)) => Err(Failure::input(format!("{option}: {reason}; leave it out"))),
    }
}

/// A number of bytes, such as 4GiB.
fn memory(text: &str) -> Result<u64, String> {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let unit = match unit.trim() {
        "" | "B" => Some(1),
        "MB" => Some(1_000_000),
        "GB" => Some(1_000_000_000),
        "MiB" => Some(1 << 20),
        "GiB" => Some(1 << 30),
        _ => None,
    };
    let bytes = unit.and_then(|unit: u64| number.parse::<u64>().ok()?.checked_mul(unit));
    bytes.ok_or_else(|| format!("`{text}` is not a size such as 4GiB, 500MB or 1000000"))
}

/// The loss, where the data have labels or targets.
#[derive(clap::Args)]
pub struct LossArguments {
    /// The loss: square, mean-square, cross-entropy, binary-cross-entropy or hinge [default: square for targets; for
    /// labels cross-entropy, or binary-cross-entropy where there is one output and every label is 0 or 1].
    #[arg(long, requires = "data", long_help = LOSSES)]
    pub loss: Option<LossKind>,
    /// Weights of the classes, such as 1,2,0.5: one a class, two for binary-cross-entropy. Sample i counts w_{y_i} times,
    /// and a mean is divided by the sum of these.
    #[arg(long, value_name = "W,…", value_delimiter = ',', value_parser = number, allow_hyphen_values = true, requires = "data")]
    pub class_weights: Option<Vec<Rational>>,
}

const LOSSES: &str = "\
The loss of the outputs F [N, n_L], with labels y, or targets Y or T [N, n_L]:

square                ½ Σ_i ‖F_i − Y_i‖², half the sum of squares; labels stand for unit rows
mean-square           (1/(N n_L)) Σ_i ‖F_i − Y_i‖², PyTorch's MSELoss; labels stand for unit rows
cross-entropy         (1/N) Σ_i (−ln softmax(F_i)[y_i]), CrossEntropyLoss; targets of at least 0 are soft labels,
                      (1/N) Σ_i Σ_j t_ij (−ln softmax(F_i)[j])
binary-cross-entropy  (1/(N n_L)) Σ_i Σ_j (ln(1 + e^F_ij) − t_ij F_ij), one logit an output, BCEWithLogitsLoss; with one
                      output labels 0 and 1 stand for the targets
hinge                 (1/N) Σ_i max(0, max_{j≠y_i} 1 + F_ij − F_i,y_i), labels only

[default: square for targets; for labels cross-entropy, or binary-cross-entropy where there is one output and every label is 0 or 1]";

/// The data, and the loss where there is one.
pub struct Data {
    /// Inputs and targets.
    pub set: DataSet,
    /// φ, where the data have targets.
    pub loss: Option<Loss>,
    /// What was read.
    pub read: Read,
}

/// Reads the training data and makes the loss for these networks, which lie along a path; looks how the first and the last
/// of them do on the data, and says all that was read.
pub fn data(
    arguments: &DataArguments,
    activation: impl Into<Nonlinearity>,
    networks: &[(&Path, &Parameters<Rational>)],
    mut read: Read,
    console: &Console,
) -> Result<Data, Failure> {
    let options = arguments.import.options(arguments.samples);
    let ReadData { data: set, expected, report } = options.read_data(&arguments.data).map_err(Failure::input)?;
    arguments.import.refuse_more_values(read.networks())?;
    read.add_data(report.clone());
    // What was odd about the files may be why they do not fit together.
    let odd = read.warnings_in_words();
    let explained = |failure: Failure| Failure { message: format!("{}{odd}", failure.message), ..failure };
    fit(&set.inputs, networks).map_err(explained)?;
    let outputs = *networks[0].1.widths().last().expect("a network has outputs");
    let loss =
        loss(&arguments.loss, &set, &report, outputs).map_err(|error| explained(in_file(&arguments.data, error)))?;
    let ends = [&networks[..1], &networks[1..][networks.len().saturating_sub(2)..]].concat();
    read.assess(activation, &set, loss.as_ref(), &expected, &ends)?;
    if !console.json() {
        read.print();
    }
    Ok(Data { set, loss, read })
}

/// Reads a piecewise-linear activation; of another one says who takes it.
pub fn piecewise_linear(text: &str) -> Result<Activation, String> {
    match (text.parse::<Activation>(), text.parse::<Nonlinearity>()) {
        (Ok(activation), _) => Ok(activation),
        (Err(_), Ok(smooth)) => Err(format!(
            "{smooth} is not piecewise linear, which this command needs; `sublevel barrier`, `sublevel connect --bend` and \
             `sublevel align` take it"
        )),
        (Err(error), Err(_)) => Err(error.to_string()),
    }
}

/// The loss asked for, or the usual one for these targets; an error says what does not fit.
pub fn loss(
    arguments: &LossArguments,
    set: &DataSet,
    report: &DataReport,
    outputs: usize,
) -> Result<Option<Loss>, String> {
    // One output says which of two classes it is.
    if let Some(classes) = report.classes.filter(|&classes| classes != outputs.max(2)) {
        return Err(format!(
            "the labels are one-hot rows of {classes} classes, but the network has {}",
            counted(outputs, "output")
        ));
    }
    let kind = arguments.loss.or_else(|| LossKind::usual(&set.targets, outputs));
    let loss = match (kind, &arguments.class_weights) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(crate::network::LossError::NoClasses),
        (Some(kind), None) => Loss::from_data(kind, set, outputs).map(Some),
        (Some(kind), Some(weights)) => Loss::with_class_weights(kind, set, outputs, weights).map(Some),
    };
    loss.map_err(|error| error.to_string())
}

/// Reads a network.
pub fn network(path: &Path, arguments: &ImportArguments, read: &mut Read) -> Result<Parameters<Rational>, Failure> {
    let whole_graph = if is_onnx_file(path) { "an ONNX file" } else { "the description of a graph" };
    if is_onnx_file(path) || is_graph_file(path) {
        return Err(in_file(
            path,
            format!(
                "{whole_graph}, and this command reads a chain of layers: .safetensors, .npz or .pt; `sublevel barrier`, `sublevel \
                 check` and `sublevel graph` read a graph"
            ),
        ));
    }
    arguments.refuse_residual_names(path)?;
    let bar = progress::spinner(format!("reading {}", path.display()));
    let options = arguments.network_options(read.networks())?;
    let found = options.read_network(path).map_err(Failure::input);
    drop(bar);
    let found = found?;
    read.add_network(found.report);
    Ok(found.network)
}

/// Reads networks of one architecture and the data, and makes the problem of them.
pub fn load<const N: usize>(
    files: [&Path; N],
    arguments: &DataArguments,
    activation: &Activation,
    console: &Console,
) -> Result<([Parameters<Rational>; N], Data, Problem), Failure> {
    let mut read = Read::default();
    let networks =
        files.iter().map(|file| network(file, &arguments.import, &mut read)).collect::<Result<Vec<_>, _>>()?;
    let ends: Vec<(&Path, &Parameters<Rational>)> = files.into_iter().zip(&networks).collect();
    let data = data(arguments, activation, &ends, read, console)?;
    let inputs = arguments.import.exact(&data.set.inputs)?;
    let problem = Problem { activation: activation.clone(), inputs, widths: networks[0].widths() };
    Ok((networks.try_into().expect("one network a file"), data, problem))
}

/// A residual network, and σ where its file says it.
pub type NamedResidual = (Residual<Rational>, Option<Nonlinearity>);

/// Reads a residual network: by the names of its arrays, or by its description as a graph; `None` if the file is neither. σ is
/// there where the file says it.
pub fn residual(path: &Path, arguments: &ImportArguments, read: &mut Read) -> Result<Option<NamedResidual>, Failure> {
    if is_graph_file(path) {
        arguments.refuse_layers(false, &says_itself(path))?;
        let graph = arguments.options(None).read_graph(path).map_err(Failure::input)?;
        let found = Residual::from_graph(&graph);
        if found.is_some() {
            read.add_graph(path, &graph);
        }
        return Ok(found.map(|(network, activation)| (network, Some(activation))));
    }
    if crate::network::is_onnx_file(path) {
        return Ok(None);
    }
    let bar = progress::spinner(format!("reading {}", path.display()));
    let options = arguments.network_options(read.networks())?;
    let found = options.read_residual(path, &arguments.residual_names()).map_err(Failure::input);
    drop(bar);
    let Some(ReadResidual { network, report }) = found? else { return Ok(None) };
    read.add_network(report);
    Ok(Some((network, None)))
}

/// Why no option about layers is taken.
fn says_itself(path: &Path) -> String {
    format!("{} says itself what its layers are", path.display())
}

/// Reads a graph network and the data; says what was read, and what the network does on the data in floats.
pub fn load_graph(
    path: &Path,
    arguments: &DataArguments,
    console: &Console,
) -> Result<(GraphNetwork, Data, DMatrix<Rational>), Failure> {
    let options = arguments.import.options(arguments.samples);
    arguments.import.refuse_layers(false, &says_itself(path))?;
    let network = options.read_graph(path).map_err(Failure::input)?;
    let mut read = Read::default();
    read.add_graph(path, &network);
    let data = graph_data(arguments, &[(path, &network)], read, console)?;
    let inputs = arguments.import.exact(&data.set.inputs)?;
    Ok((network, data, inputs))
}

/// Reads the data for graph networks of one architecture; says what was read, and what the first and the last network do on them in
/// floats.
pub fn graph_data(
    arguments: &DataArguments,
    networks: &[(&Path, &GraphNetwork)],
    mut read: Read,
    console: &Console,
) -> Result<Data, Failure> {
    let options = arguments.import.options(arguments.samples);
    let ReadData { data: set, expected, report } = options.read_data(&arguments.data).map_err(Failure::input)?;
    let (path, network) = networks[0];
    fit_graph(&set.inputs, path, network)?;
    let loss = loss(&arguments.loss, &set, &report, network.graph().outputs)
        .map_err(|error| in_file(&arguments.data, error))?;
    read.add_data(report);
    let ends = [&networks[..1], &networks[1..][networks.len().saturating_sub(2)..]].concat();
    read.assess_graphs(&ends, &set, loss.as_ref(), &expected)?;
    if !console.json() {
        read.print();
    }
    Ok(Data { set, loss, read })
}

/// How networks of one graph are read.
#[derive(clap::Args)]
pub struct GraphArguments {
    /// The ONNX file of the graph, where a network is a file of arrays (.pt, .safetensors, .npz) that have the names of its
    /// parameters, such as a state_dict.
    #[arg(help_heading = FILES, long, value_name = "FILE")]
    pub graph: Option<PathBuf>,
    /// What becomes of a BatchNormalization of an ONNX file: separate (a block of its own, exactly) or folded (into the
    /// convolution before it, rounded to doubles). Straight lines between networks differ. [default: separate]
    #[arg(help_heading = FILES, long, value_name = "HOW")]
    pub batch_norm: Option<BatchNorm>,
}

/// Reads networks of one graph; `read` says what was read, moved, folded and rounded.
pub fn graph_networks(
    files: &[&Path],
    arguments: &GraphArguments,
    import: &ImportArguments,
    read: &mut Read,
) -> Result<Vec<GraphNetwork>, Failure> {
    if import.prefix.len() > 1 {
        return Err(Failure::input("--prefix: the networks of one graph have one prefix"));
    }
    if import.fold_batch_norm.is_some() {
        return Err(Failure::input("--fold-batch-norm is for files of layers; for a graph say --batch-norm folded"));
    }
    let of_arrays = files.iter().find(|file| !is_onnx_file(file) && !is_graph_file(file));
    import.refuse_layers(of_arrays.is_some(), "the graph says what the layers are")?;
    if let (Some(graph), None) = (&arguments.graph, of_arrays) {
        return Err(Failure::input(format!(
            "--graph {}: it is for files of arrays, and {} has a graph of its own; leave it out",
            graph.display(),
            files[0].display()
        )));
    }
    let by_description = arguments.graph.is_none() && !files.iter().any(|file| is_onnx_file(file));
    if by_description && arguments.batch_norm.is_some() {
        return Err(Failure::input(format!(
            "--batch-norm is for ONNX files; {} says by its blocks whether normalisation is kept apart",
            files[0].display()
        )));
    }
    let batch_norm = arguments.batch_norm.unwrap_or(BatchNorm::Separate);
    let bar = progress::spinner("reading the graph");
    let found = import.network_options(0)?.read_graphs(files, arguments.graph.as_deref(), batch_norm);
    drop(bar);
    let networks = found.map_err(Failure::input)?.into_iter().map(|ReadGraph { network, notes }| {
        read.add_notes(notes);
        network
    });
    Ok(networks.collect())
}

/// Refuses inputs that are none of a graph network.
pub fn fit_graph(inputs: &Inputs, path: &Path, network: &GraphNetwork) -> Result<(), Failure> {
    let (found, expected, file) = (inputs.features(), network.graph().inputs, path.display());
    if found == expected {
        return Ok(());
    }
    Err(Failure::input(format!("the data have {found} features a sample, but {file} takes {expected}")))
}

/// Refuses networks and inputs that do not fit together.
pub fn fit(inputs: &Inputs, networks: &[(&Path, &Parameters<Rational>)]) -> Result<(), Failure> {
    let (first, network) = networks[0];
    let widths = network.widths();
    for (path, other) in &networks[1..] {
        if other.widths() != widths {
            return Err(Failure::input(format!(
                "{} has the widths {}, but {} has {}: a path joins networks of one architecture",
                path.display(),
                dashed(&other.widths()),
                first.display(),
                dashed(&widths)
            )));
        }
    }
    if inputs.features() != widths[0] {
        return Err(Failure::input(format!(
            "the data have {} features a sample, but {} takes {}",
            inputs.features(),
            first.display(),
            widths[0]
        )));
    }
    Ok(())
}

/// An exact number on the command line.
pub fn number(text: &str) -> Result<Rational, String> {
    parse_rational(text).ok_or_else(|| format!("`{text}` is not a number such as -2, 0.25, 1e-6 or 1/1000000"))
}

/// An exact number above 0.
pub fn positive(text: &str) -> Result<Rational, String> {
    let value = number(text)?;
    if value > 0 { Ok(value) } else { Err(format!("`{text}` is not positive")) }
}

/// What inputs are shifted by: a number within the range of doubles.
fn shift(text: &str) -> Result<Rational, String> {
    let value = number(text)?;
    if value.to_f64().is_finite() { Ok(value) } else { Err(format!("`{text}` is beyond the range of doubles")) }
}

/// What inputs are multiplied by: also not 0.
fn factor(text: &str) -> Result<Rational, String> {
    let value = shift(text)?;
    if value.to_f64() == 0.0 { Err(format!("`{text}` is 0, or nearer to it than doubles are")) } else { Ok(value) }
}

/// What inputs are divided by: also above 0.
fn deviation(text: &str) -> Result<Rational, String> {
    let value = factor(text)?;
    if value > 0 { Ok(value) } else { Err(format!("`{text}` is not positive")) }
}

/// A number of samples, from 1.
pub fn count(text: &str) -> Result<usize, String> {
    let count = text.parse().ok().filter(|&count| count > 0);
    count.ok_or_else(|| format!("`{text}` is not a number of samples: 1, 2, …"))
}

/// Widths as people write an architecture: 64-128-10.
pub fn dashed(widths: &[usize]) -> String {
    widths.iter().map(ToString::to_string).collect::<Vec<_>>().join("-")
}

/// How files of networks in a folder end.
const NETWORKS: [&str; 4] = ["safetensors", "npz", "pt", "pth"];

/// The files of a path: its first network, those of `--via`, of which one may be a folder, and the last one.
pub fn along(from: &Path, via: &[PathBuf], to: Option<&PathBuf>) -> Result<Vec<PathBuf>, Failure> {
    let mut files = vec![from.to_owned()];
    for via in via {
        files.extend(if via.is_dir() { folder(via)? } else { vec![via.clone()] });
    }
    files.extend(to.cloned());
    Ok(files)
}

/// The networks of a folder, `2` before `10`.
fn folder(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let unreadable = |error| in_file(path, error);
    let entries = std::fs::read_dir(path).map_err(unreadable)?.collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
    let is_network = |file: &PathBuf| file.extension().is_some_and(|end| NETWORKS.iter().any(|known| end == *known));
    let mut files: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).filter(is_network).collect();
    if files.is_empty() {
        return Err(in_file(path, "no .safetensors, .npz, .pt or .pth file in this folder"));
    }
    files.sort_by(|a, b| natural_order(&a.to_string_lossy(), &b.to_string_lossy()));
    Ok(files)
}

/// Bad input in a file.
pub fn in_file(path: &Path, error: impl std::fmt::Display) -> Failure {
    Failure::input(format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::ImportOptions;
    use clap::Parser;

    #[derive(Parser)]
    struct Alone {
        #[command(flatten)]
        import: ImportArguments,
    }

    #[test]
    fn the_defaults_are_those_of_the_library() {
        let import = Alone::parse_from(["program"]).import;
        assert_eq!(import.options(None), ImportOptions::default());
        assert_eq!(import.network_options(0).map_err(|_| ()), Ok(ImportOptions::default()));
    }

    #[test]
    fn sizes_are_written_as_people_do() {
        for (text, bytes) in
            [("17", 17), ("2GiB", 2 << 30), ("3 MiB", 3 << 20), ("5GB", 5_000_000_000), ("1MB", 1_000_000)]
        {
            assert_eq!(memory(text), Ok(bytes));
        }
        for text in ["", "GiB", "1.5GiB", "-1", "2kB", "18446744073709551615GiB"] {
            assert!(memory(text).is_err(), "{text}");
        }
    }

    #[test]
    fn one_value_is_for_all_networks_or_one_for_each() {
        let of = |arguments: &[&str], index| {
            let import = Alone::parse_from([&["program"], arguments].concat()).import;
            import.network_options(index).map(|options| (options.prefix, options.curve_point)).ok()
        };
        assert_eq!(of(&["--prefix", "ema."], 3), Some((Some("ema.".into()), None)));
        assert_eq!(of(&["--prefix", "ema.,net."], 1), Some((Some("net.".into()), None)));
        assert_eq!(of(&["--prefix", "ema.,", "--curve-point", ",2"], 0), Some((Some("ema.".into()), None)));
        assert_eq!(of(&["--prefix", "ema.,", "--curve-point", ",2"], 1), Some((None, Some(2))));
        assert_eq!(of(&["--prefix", "ema.,net."], 2), None);
        assert_eq!(of(&["--curve-point", "x"], 0), None);
    }
}

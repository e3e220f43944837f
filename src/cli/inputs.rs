//! Reading what the user names: networks, data, activation, loss.

use super::Failure;
use crate::cli::progress;
use nalgebra::DMatrix;
use rug::Rational;
use std::path::{Path, PathBuf};
use sublevel::arith::parse_rational;
use sublevel::network::{Activation, DataSet, Loss, LossKind, Parameters, read_network, read_samples};
use sublevel::statement::Problem;

/// The training data and what is done with them.
#[derive(clap::Args)]
pub struct DataArguments {
    /// Training data: .npz with `inputs` and `labels` or `targets`, .npy with inputs alone, or IDX (MNIST) images.
    #[arg(long, value_name = "FILE")]
    pub data: PathBuf,
    /// Read the first samples only.
    #[arg(long, value_name = "COUNT", value_parser = count)]
    pub samples: Option<usize>,
    /// Merge samples that occur twice with equal targets, where distinct samples are asked for.
    #[arg(long)]
    pub merge_duplicates: bool,
    #[command(flatten)]
    pub loss: LossArguments,
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
    #[arg(long, value_name = "W,…", value_delimiter = ',', value_parser = number, requires = "data")]
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

/// The data, the loss where there is one, and what was merged.
pub struct Data {
    /// Inputs and targets.
    pub set: DataSet,
    /// φ, where the data have targets.
    pub loss: Option<Loss>,
    /// Which samples were dropped for which.
    pub merged: Vec<(usize, usize)>,
}

/// Reads the training data and makes the loss for a network with this many outputs.
pub fn data(arguments: &DataArguments, outputs: usize) -> Result<Data, Failure> {
    let samples = arguments.samples.unwrap_or(usize::MAX);
    let mut set = read_samples(&arguments.data, samples).map_err(Failure::input)?;
    let mut merged = Vec::new();
    if arguments.merge_duplicates {
        (set, merged) = set.merge_duplicates().map_err(|error| in_file(&arguments.data, error))?;
    }
    let loss = loss(&arguments.loss, &set, outputs).map_err(|error| in_file(&arguments.data, error))?;
    Ok(Data { set, loss, merged })
}

/// The loss asked for, or the usual one for these targets.
pub fn loss(
    arguments: &LossArguments,
    set: &DataSet,
    outputs: usize,
) -> Result<Option<Loss>, sublevel::network::LossError> {
    let kind = arguments.loss.or_else(|| LossKind::usual(&set.targets, outputs));
    match (kind, &arguments.class_weights) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(sublevel::network::LossError::NoClasses),
        (Some(kind), None) => Loss::from_data(kind, set, outputs).map(Some),
        (Some(kind), Some(weights)) => Loss::with_class_weights(kind, set, outputs, weights).map(Some),
    }
}

/// Reads a network.
pub fn network(path: &Path) -> Result<Parameters<Rational>, Failure> {
    let bar = progress::spinner(format!("reading {}", path.display()));
    let network = read_network(path).map_err(Failure::input);
    drop(bar);
    network
}

/// Reads networks of one architecture and the data, and makes the problem of them.
pub fn load<const N: usize>(
    files: [&Path; N],
    arguments: &DataArguments,
    activation: &Activation,
) -> Result<([Parameters<Rational>; N], Data, Problem), Failure> {
    let networks = files.iter().map(|file| network(file)).collect::<Result<Vec<_>, _>>()?;
    let data = data(arguments, networks[0].widths()[networks[0].depth()])?;
    let ends: Vec<(&Path, &Parameters<Rational>)> = files.into_iter().zip(&networks).collect();
    let problem = problem(activation, &data.set.inputs, &ends)?;
    Ok((networks.try_into().expect("one network a file"), data, problem))
}

/// The problem that networks and data make; refuses what does not fit together.
pub fn problem(
    activation: &Activation,
    inputs: &DMatrix<Rational>,
    networks: &[(&Path, &Parameters<Rational>)],
) -> Result<Problem, Failure> {
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
    if inputs.ncols() != widths[0] {
        return Err(Failure::input(format!(
            "the data have {} features a sample, but {} takes {}",
            inputs.ncols(),
            first.display(),
            widths[0]
        )));
    }
    if inputs.nrows() == 0 {
        return Err(Failure::input("the data have no samples"));
    }
    Ok(Problem { activation: activation.clone(), inputs: inputs.clone(), widths })
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

/// A number of samples, from 1.
pub fn count(text: &str) -> Result<usize, String> {
    let count = text.parse().ok().filter(|&count| count > 0);
    count.ok_or_else(|| format!("`{text}` is not a number of samples: 1, 2, …"))
}

/// Widths as people write an architecture: 64-128-10.
pub fn dashed(widths: &[usize]) -> String {
    widths.iter().map(ToString::to_string).collect::<Vec<_>>().join("-")
}

/// Bad input in a file.
pub fn in_file(path: &Path, error: impl std::fmt::Display) -> Failure {
    Failure::input(format!("{}: {error}", path.display()))
}

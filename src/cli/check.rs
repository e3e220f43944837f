//! `sublevel check`: prove a certificate's claim for every point of its path.

use super::console::without_controls;
use super::reading::Read;
use super::{Console, Failure, inputs, progress, proved};
use crate::arith::RUG;
use crate::certificate::{GraphRecord, Layers, head, no_certificate, open_with};
use crate::checker::{self, Arithmetic, Expected, Reason, Rejection, Verdict};
use crate::network::{
    GraphNetwork, Nonlinearity, Parameters, ReadData, Residual, Targets, is_graph_file, is_onnx_file,
};
use crate::path::{to_activation, to_layers, to_loss, to_matrix};
use crate::report::verdict_json;
use crate::statement::residual::path::whole;
use rug::Rational;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Instant;

#[derive(clap::Args)]
pub struct Arguments {
    /// The certificate.
    path: PathBuf,
    /// The network that the path has to start at, compared number by number; a graph network by its description (.json), by an
    /// ONNX file, or by its arrays with --graph.
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// The network that it has to end at.
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
    /// The activation that it has to be about; a graph network's are in its description.
    #[arg(long)]
    activation: Option<Nonlinearity>,
    /// The training data that it has to be about: the inputs, and the labels or targets if it names a loss.
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// The certificate is about the first N samples of the data.
    #[arg(long, value_name = "N", requires = "data", value_parser = inputs::count)]
    samples: Option<usize>,
    #[command(flatten)]
    loss: inputs::LossArguments,
    /// What computes with large integers [default: num-rational].
    #[arg(long, value_enum)]
    arithmetic: Option<Library>,
    /// Who judges: the checker of this package, or the kernel that is extracted from its proof (`make proof`; lines, follows and
    /// rays, and three claims of what is no path).
    #[arg(long, value_enum, default_value_t)]
    kernel: Judge,
    #[command(flatten)]
    limits: inputs::LimitArguments,
    #[command(flatten)]
    import: inputs::ImportArguments,
    #[command(flatten)]
    graph: inputs::GraphArguments,
}

#[derive(clap::ValueEnum, Clone, Copy)]
enum Library {
    /// The checker's own, which shares nothing with the code that builds paths.
    NumRational,
    /// GMP, as in the code that builds paths: faster where numbers have thousands of digits.
    Rug,
}

#[derive(clap::ValueEnum, Clone, Copy, Default, PartialEq, Eq)]
enum Judge {
    /// `crates/checker`.
    #[default]
    Checker,
    /// `proof/`, a program of its own.
    Proved,
}

pub fn run(arguments: &Arguments, console: &mut Console) -> Result<(), Failure> {
    let started = Instant::now();
    if arguments.kernel == Judge::Proved && (arguments.arithmetic.is_some() || arguments.limits.any()) {
        return Err(Failure::input(
            "--limit and --arithmetic are about the checker, and --kernel proved is another program: leave them out",
        ));
    }
    refuse_what_is_no_certificate(&arguments.path)?;
    let mut read = Read::default();
    let expected = expected(arguments, &mut read)?;
    if !console.json() {
        read.print();
    }
    if arguments.kernel == Judge::Proved {
        return proved::run(&arguments.path, &expected, &read, console);
    }
    let reader = open_with(arguments.limits.limits(), &arguments.path)
        .map_err(|error| Failure::of_certificate(&arguments.path, error))?;
    let bar = progress::spinner("checking");
    let arithmetic = match arguments.arithmetic {
        None | Some(Library::NumRational) => Arithmetic::OWN,
        Some(Library::Rug) => RUG,
    };
    let verdict = checker::check_with(arithmetic, reader, &expected, &mut |records| {
        bar.set_message(format!("checking record {records}"));
    });
    drop(bar);
    let seconds = started.elapsed().as_secs_f64();
    if let Verdict::Invalid { rejection: Rejection::NothingToCompare, .. } = &verdict {
        return Err(nothing_to_compare(arguments));
    }
    if let Verdict::Incomplete { reason: Reason::File(error), .. } = &verdict
        && verdict.is_unreadable()
    {
        return Err(inputs::in_file(&arguments.path, &error.fault));
    }
    if console.json() {
        console.print_json(&read.beside(&to_json(&verdict, seconds, arithmetic)));
        return match verdict {
            Verdict::Valid(_) | Verdict::Proved { .. } => Ok(()),
            Verdict::Invalid { .. } => Err(Failure::silent(1)),
            Verdict::Incomplete { .. } => Err(Failure::silent(4)),
        };
    }
    // A name may hold line breaks, and what would pass for a verdict.
    let name = without_controls(&arguments.path.display().to_string()).replace('\n', "\\n");
    match verdict {
        Verdict::Valid(statement) => {
            say!("valid       {name} ({seconds:.2} s, {arithmetic})");
            say!("{statement}");
            if let (Some(_), Some(inputs)) = (arguments.samples, &expected.inputs) {
                say!("samples     the first {} of the given data were compared", inputs.rows);
            }
            Ok(())
        }
        Verdict::Proved { .. } => {
            let text = verdict.to_string();
            let rest = text.split_once('\n').map_or("", |(_, rest)| rest);
            say!("valid       {name} ({seconds:.2} s, {arithmetic})\n{rest}");
            Ok(())
        }
        Verdict::Invalid { .. } => Err(Failure::invalid(format!("{name}: {verdict}"))),
        Verdict::Incomplete { record, reason: Reason::File(error) } => {
            let failure = Failure::reading(error);
            Err(Failure { message: format!("{name}: incomplete, record {record}: {}", failure.message), ..failure })
        }
        Verdict::Incomplete { .. } => Err(Failure::incomplete(format!("{name}: {verdict}"))),
    }
}

/// Refuses a file that begins as no certificate does: that is no claim which could be invalid.
pub(super) fn refuse_what_is_no_certificate(path: &Path) -> Result<(), Failure> {
    // What cannot be read is told by the reader.
    let head = if path.is_file() { head(path).ok() } else { None };
    let Some(found) = head.and_then(|head| no_certificate(&head)) else { return Ok(()) };
    let reason = format!(
        "this is no certificate: it {found}; a certificate is what `sublevel connect` and other commands write by --out"
    );
    Err(inputs::in_file(path, reason))
}

/// The certificate has nothing that some of the user's options could be compared with, which says nothing against it.
fn nothing_to_compare(arguments: &Arguments) -> Failure {
    let given = [
        ("--from", arguments.from.is_some()),
        ("--to", arguments.to.is_some()),
        ("--data", arguments.data.is_some()),
        ("--activation", arguments.activation.is_some()),
    ];
    let given: Vec<&str> = given.into_iter().filter_map(|(option, is_given)| is_given.then_some(option)).collect();
    let which = if given.len() == 1 { "" } else { "one or more of " };
    inputs::in_file(
        &arguments.path,
        format!(
            "there is nothing in a certificate of this claim that could be compared with {which}{}: leave out what it is not \
             about, its verdict says what it is about",
            given.join(", ")
        ),
    )
}

const NO_NETWORK: &str = "it is about the networks of --from and --to, and there is neither";

/// What the user says that the certificate has to be about.
fn expected(arguments: &Arguments, read: &mut Read) -> Result<Expected, Failure> {
    let mut network = |path: &Option<PathBuf>| path.as_deref().map(|path| Own::read(path, arguments, read)).transpose();
    let (from, to) = (network(&arguments.from)?, network(&arguments.to)?);
    let import = &arguments.import;
    match [&from, &to].into_iter().flatten().count() {
        0 => {
            import.refuse_layers(false, NO_NETWORK)?;
            if arguments.graph.graph.is_some() {
                return Err(Failure::input(format!("--graph: {NO_NETWORK}; leave it out")));
            }
        }
        networks => import.refuse_more_values(networks)?,
    }
    if arguments.data.is_none() {
        import.refuse_data()?;
    }
    let mut expected =
        Expected { from: from.as_ref().map(Own::layers), to: to.as_ref().map(Own::layers), ..Expected::default() };
    let files = [(&arguments.from, &from), (&arguments.to, &to)];
    let networks: Vec<(&Path, &Own)> =
        files.into_iter().filter_map(|(file, own)| Some((file.as_deref()?, own.as_ref()?))).collect();
    if is_about_a_graph(arguments, &networks) {
        expected.graph = graph_of(&networks, &arguments.activation)?;
    } else {
        // A certificate about no graph is about none of these.
        expected.graph = networks.iter().find_map(|(_, own)| own.as_graph()).map(|own| own.graph().clone());
        expected.activation = match &arguments.activation {
            None => None,
            Some(Nonlinearity::PiecewiseLinear(activation)) => Some(to_activation(activation)),
            Some(smooth) => {
                return Err(inputs::in_file(
                    &arguments.path,
                    format!(
                        "--activation {smooth}: the certificate is about networks with a piecewise-linear activation"
                    ),
                ));
            }
        };
    }
    if let Some(file) = &arguments.data {
        let options = arguments.import.options(arguments.samples);
        let ReadData { data: set, expected: outputs, report } = options.read_data(file).map_err(Failure::input)?;
        read.add_data(report.clone());
        if let (Some(activation), Some(_)) = (&arguments.activation, outputs.first()) {
            let files = [&arguments.from, &arguments.to].into_iter().flatten().map(PathBuf::as_path);
            let ends = files.zip([&from, &to].into_iter().flatten());
            let ends: Vec<(&Path, _)> = ends.filter_map(|(file, own)| Some((file, own.dense()?))).collect();
            read.assess(activation, &set, None, &outputs, &ends)?;
        }
        expected.inputs = Some(to_matrix(&arguments.import.exact(&set.inputs)?));
        expected.targets = match &set.targets {
            Targets::None => None,
            Targets::Labels(labels) => Some(checker::Targets::Labels(labels.clone())),
            Targets::Values(rows) | Targets::Shares(rows) => Some(checker::Targets::Values(to_matrix(rows))),
        };
        if arguments.loss.loss.is_some() || arguments.loss.class_weights.is_some() {
            let network = from.as_ref().or(to.as_ref());
            let outputs = network.map(Own::outputs).ok_or_else(|| {
                Failure::input("--loss and --class-weights need --from or --to: the number of outputs")
            })?;
            let loss =
                inputs::loss(&arguments.loss, &set, &report, outputs).map_err(|error| inputs::in_file(file, error))?;
            expected.loss = loss.as_ref().map(to_loss);
        }
    }
    Ok(expected)
}

/// Whether a certificate is about networks of a graph, whose activations are in it; what cannot be read is told by the checker.
fn is_about_a_graph(arguments: &Arguments, networks: &[(&Path, &Own)]) -> bool {
    // Nothing is compared with it: the record, with all inputs, is not read once more.
    if networks.is_empty() && arguments.activation.is_none() {
        return false;
    }
    // What comes by a pipe is read once: there the options say it, and the checker whether they are right.
    if !arguments.path.is_file() {
        return matches!(arguments.activation, Some(Nonlinearity::Smooth(_)))
            || networks.iter().any(|(_, own)| own.as_graph().is_some());
    }
    let reader = open_with(arguments.limits.limits(), &arguments.path).ok();
    reader.is_some_and(|mut reader| matches!(reader.next_record(), Ok(Some(first)) if first.is_about_a_graph()))
}

/// The one graph that all of these networks are of; arrays are of one together with their σ.
fn graph_of(networks: &[(&Path, &Own)], activation: &Option<Nonlinearity>) -> Result<Option<GraphRecord>, Failure> {
    let mut graph: Option<GraphRecord> = None;
    let has_arrays = networks.iter().any(|(_, own)| own.as_graph().is_none());
    for (file, own) in networks {
        let own = match (own, activation) {
            (Own::Graph(_), Some(_)) if !has_arrays => {
                return Err(Failure::input(format!(
                    "--activation: {} says itself what its activations are; leave it out",
                    file.display()
                )));
            }
            (Own::Graph(network), _) => network.graph().clone(),
            (_, None) => {
                return Err(inputs::in_file(
                    file,
                    "the certificate says which activation every block has, and this file does not: add --activation, or give the \
                     description of the graph",
                ));
            }
            (Own::Residual(network), Some(activation)) => network.graph(activation),
            (Own::Dense(network), Some(activation)) => GraphNetwork::from_dense(network, activation)
                .map_err(|error| inputs::in_file(file, error))?
                .graph()
                .clone(),
        };
        match &graph {
            Some(first) if *first != own => {
                return Err(Failure::input("--from and --to are networks of different graphs"));
            }
            _ => graph = Some(own),
        }
    }
    if let (None, Some(activation)) = (&graph, activation) {
        return Err(Failure::input(format!(
            "--activation {activation} is compared with the widths of --from or --to: give one"
        )));
    }
    Ok(graph)
}

/// A network of the user's own.
enum Own {
    Dense(Parameters<Rational>),
    Graph(GraphNetwork),
    /// σ is not in the file.
    Residual(Residual<Rational>),
}

impl Own {
    fn read(path: &Path, arguments: &Arguments, read: &mut Read) -> Result<Self, Failure> {
        if is_graph_file(path) {
            arguments.import.refuse_layers(false, "the description of a graph says what its layers are")?;
            let network = arguments.import.options(None).read_graph(path).map_err(Failure::input)?;
            read.add_graph(path, &network);
            return Ok(Own::Graph(network));
        }
        if is_onnx_file(path) || arguments.graph.graph.is_some() {
            let mut networks = inputs::graph_networks(&[path], &arguments.graph, &arguments.import, read)?;
            let network = networks.pop().expect("one for one file");
            read.add_graph(path, &network);
            return Ok(Own::Graph(network));
        }
        match inputs::residual(path, &arguments.import, read)? {
            Some((network, _)) => Ok(Own::Residual(network)),
            None => inputs::network(path, &arguments.import, read).map(Own::Dense),
        }
    }

    fn layers(&self) -> Layers {
        match self {
            Own::Dense(network) => to_layers(network),
            Own::Graph(network) => network.to_layers(),
            Own::Residual(network) => whole(network),
        }
    }

    fn as_graph(&self) -> Option<&GraphNetwork> {
        if let Own::Graph(network) = self { Some(network) } else { None }
    }

    fn dense(&self) -> Option<&Parameters<Rational>> {
        if let Own::Dense(network) = self { Some(network) } else { None }
    }

    fn outputs(&self) -> usize {
        match self {
            Own::Dense(network) => network.widths()[network.depth()],
            Own::Graph(network) => network.graph().outputs,
            Own::Residual(network) => network.outputs(),
        }
    }
}

fn to_json(verdict: &Verdict, seconds: f64, arithmetic: Arithmetic) -> Value {
    let mut value = verdict_json(verdict);
    value["seconds"] = json!(seconds);
    value["arithmetic"] = json!(arithmetic.to_string());
    value
}

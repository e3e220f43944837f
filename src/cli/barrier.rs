//! `sublevel barrier`: a certified enclosure of the largest loss on any path between networks.

use super::connect::BEYOND_DOUBLES;
use super::console::Kind;
use super::reading::Read;
use super::{Console, Failure, inputs, progress};
use crate::arith::{counted, write_rational};
use crate::barrier::{
    Barrier, Below, BoundedPath, Budget, Certifying, Enclosure, GraphTask, Pieces, Task, certified_barrier,
    certified_below, envelope,
};
use crate::certificate::Claim;
use crate::linalg::{Double, Kernel};
use crate::network::{GraphNetwork, Nonlinearity, Parameters, is_graph_file, is_onnx_file};
use crate::path::{BITS, Move, changes_between, lists_pieces};
use crate::report::{Announcement, BarrierSummary, Options, barrier_chart, below_objection, below_summary, undecided};
use crate::statement::skip::{GraphMove, GraphPath};
use rug::Rational;
use serde::Serialize;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Pieces of the drawn envelope, over all segments.
const DRAWN: usize = 256;

#[derive(clap::Args)]
pub struct Arguments {
    /// The first network: .safetensors, .npz (NumPy, flax, Keras, scikit-learn) or .pt (PyTorch), or a folder of parts; of
    /// convolutions .onnx, the description of a graph (.json), or, with --graph, arrays.
    from: PathBuf,
    /// The last network, of the same architecture; left out where the first file holds a curve.
    #[arg(required_unless_present = "curve")]
    to: Option<PathBuf>,
    /// Networks between them, in order, joined by straight lines: files, or folders in the natural order of their names.
    #[arg(long, value_name = "C", num_args = 1.., conflicts_with = "bezier")]
    via: Vec<PathBuf>,
    /// The control point of a quadratic Bézier curve between them.
    #[arg(long, value_name = "C")]
    bezier: Option<PathBuf>,
    /// The first file holds the points of a curve (`….weight_0`, `….weight_1`, … for each layer): a chain of straight lines
    /// through them, or a quadratic Bézier curve.
    #[arg(long, value_enum, conflicts_with_all = ["to", "via", "bezier", "curve_point"])]
    curve: Option<CurveKind>,
    #[command(flatten)]
    graph: inputs::GraphArguments,
    #[command(flatten)]
    data: inputs::DataArguments,
    /// relu, leaky-relu=SLOPE, abs, hard-tanh, identity or pl:breakpoints=…;slopes=…;value=…; sigmoid, tanh, softplus=GAMMA or
    /// elu=ALPHA. The description of a graph network has its own.
    #[arg(long)]
    activation: Option<Nonlinearity>,
    /// How wide the enclosure of the maximum may be.
    #[arg(long, value_parser = tolerance, default_value = "1e-6", allow_hyphen_values = true, conflicts_with = "below")]
    tolerance: f64,
    /// Only prove or refute that the loss stays below this number.
    #[arg(long, value_name = "ALPHA", value_parser = inputs::number, allow_hyphen_values = true)]
    below: Option<Rational>,
    /// How many intervals and points may be bounded before the answer is "undecided".
    #[arg(long, default_value_t = 200_000)]
    budget: usize,
    /// Where a certificate of the upper bound goes (.path.jsonl or .path.jsonl.zst), for `sublevel check`. The checker
    /// bounds the loss again in its own integers, on all cores.
    #[arg(long, value_name = "FILE", conflicts_with = "bezier")]
    out: Option<PathBuf>,
    /// Where a picture goes: .svg or .png.
    #[arg(long, value_name = "FILE", conflicts_with = "below")]
    plot: Option<PathBuf>,
}

/// What the points of a curve are.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum CurveKind {
    Chain,
    Bezier,
}

fn tolerance(text: &str) -> Result<f64, String> {
    inputs::positive(text).map(|number| Double.import(&number))
}

/// What `barrier` says at the end.
#[derive(Serialize)]
struct Summary {
    #[serde(flatten)]
    of: BarrierSummary,
    certificate: Option<PathBuf>,
    /// Why the enclosures are wider than the tolerance; `None` if they are not.
    undecided: Option<String>,
}

pub fn run(arguments: &Arguments, console: &mut Console) -> Result<(), Failure> {
    let paths = path_files(arguments)?;
    let reads = paths.iter().chain([&arguments.data.data]).chain(&arguments.graph.graph);
    let reads: Vec<&Path> = reads.map(PathBuf::as_path).collect();
    console.claim(
        [("--out", Kind::Certificate, arguments.out.as_ref()), ("--plot", Kind::Picture, arguments.plot.as_ref())],
        &reads,
    )?;
    if is_graph_file(&arguments.from) || is_onnx_file(&arguments.from) || arguments.graph.graph.is_some() {
        return run_graphs(arguments, &paths, console);
    }
    if arguments.graph.batch_norm.is_some() {
        return Err(Failure::input("--batch-norm is for ONNX files; for files of layers say --fold-batch-norm"));
    }
    let activation = arguments.activation.as_ref();
    let activation =
        activation.ok_or_else(|| Failure::input("--activation SIGMA is missing: the files do not say it"))?;
    let mut read = Read::default();
    let (files, networks) = networks(arguments, paths, &mut read)?;
    let path: Vec<(&Path, &Parameters<Rational>)> = files.iter().map(PathBuf::as_path).zip(&networks).collect();
    let data = inputs::data(&arguments.data, activation, &path, read, console)?;
    let read = &data.read;
    let loss = data.loss.ok_or_else(|| Failure::input("the data have neither labels nor targets: there is no loss"))?;
    let points: Vec<&Parameters<Rational>> = networks.iter().collect();
    let task = match points[..] {
        [a, c, b] if arguments.is_bezier() => Task::bezier(activation, &data.set.inputs, &loss, [a, c, b]),
        _ if arguments.is_bezier() => {
            return Err(Failure::input(format!(
                "{}: {} points, but a quadratic Bézier curve has 3; --curve chain takes straight lines",
                arguments.from.display(),
                points.len()
            )));
        }
        _ => Task::chain(activation, &data.set.inputs, &loss, &points),
    };
    let task = task.map_err(Failure::input)?;
    let asked = Asked {
        arguments,
        widths: task.segments()[0][0].widths(),
        read,
        lists_pieces: activation.piecewise_linear().is_some()
            && lists_pieces(&points[0].widths(), task.inputs().samples()),
        write: &|file, bound, console| certify(arguments, &task, (file, bound), console),
    };
    asked.run(&task, console)
}

/// Writes a certificate of a bound, seen on these pieces, into a file.
type Write<'a> = &'a dyn Fn(&Path, (Rational, Option<Pieces>), &mut Console) -> Result<(), Failure>;

/// What is asked of a path, of whatever networks.
struct Asked<'a> {
    arguments: &'a Arguments,
    widths: Vec<usize>,
    read: &'a Read,
    /// Whether a certificate of such networks lists pieces.
    lists_pieces: bool,
    write: Write<'a>,
}

impl Arguments {
    fn is_bezier(&self) -> bool {
        self.bezier.is_some() || self.curve == Some(CurveKind::Bezier)
    }
}

/// The networks along the path, with the file that each is in.
fn networks(
    arguments: &Arguments,
    files: Vec<PathBuf>,
    read: &mut Read,
) -> Result<(Vec<PathBuf>, Vec<Parameters<Rational>>), Failure> {
    let import = &arguments.data.import;
    if let Some(kind) = arguments.curve {
        let points = curve(&arguments.from, kind, import, read)?;
        return Ok((vec![arguments.from.clone(); points.len()], points));
    }
    let networks = files.iter().map(|file| inputs::network(file, import, read)).collect::<Result<Vec<_>, _>>()?;
    Ok((files, networks))
}

/// The points of the curve in a file, which must not say that it is of another kind.
pub fn curve(
    file: &Path,
    kind: CurveKind,
    import: &inputs::ImportArguments,
    read: &mut Read,
) -> Result<Vec<Parameters<Rational>>, Failure> {
    let found = import.network_options(0)?.read_curve(file).map_err(Failure::input)?;
    let (option, is_bezier) = match kind {
        CurveKind::Chain => ("bezier", false),
        CurveKind::Bezier => ("chain", true),
    };
    if found.is_bezier == Some(!is_bezier) {
        let whose = if is_bezier { "a chain's" } else { "a Bézier curve's" };
        let file = file.display();
        return Err(Failure::input(format!("{file}: its `coeff_layer` is {whose}: read it with --curve {option}")));
    }
    read.add_network(found.report);
    Ok(found.points)
}

/// Writes the certificate of a path of fully connected networks.
fn certify(
    arguments: &Arguments,
    task: &Task<'_>,
    (out, (bound, pieces)): (&Path, (Rational, Option<Pieces>)),
    console: &mut Console,
) -> Result<(), Failure> {
    let pieces = |segment: usize| pieces.as_ref().map(|pieces| pieces[segment].clone());
    let step = |(segment, points): (usize, &Vec<&Parameters<Rational>>)| {
        Move::Bounded(changes_between(points[0], points[1]), bound.clone(), pieces(segment))
    };
    let segments = task.segments();
    let moves = segments.iter().enumerate().map(step).collect();
    let path = crate::path::Path { start: segments[0][0].clone(), moves };
    let inputs = arguments.data.import.exact(task.inputs())?;
    let widths = path.start.widths();
    let about = super::About { activation: task.activation(), inputs: &inputs, widths: &widths, loss: task.loss() };
    super::write_certificate_for_loss(console, out, Claim::Barrier, "loss barrier", &about, &path).map(drop)
}

/// The barrier of graph networks.
fn run_graphs(arguments: &Arguments, files: &[PathBuf], console: &mut Console) -> Result<(), Failure> {
    if arguments.activation.is_some() || arguments.is_bezier() || arguments.curve.is_some() {
        return Err(Failure::input(format!(
            "{}: a graph network has its own activations, and its path is a chain: without --activation, --bezier and --curve",
            arguments.from.display()
        )));
    }
    let mut read = Read::default();
    let paths: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
    let networks = inputs::graph_networks(&paths, &arguments.graph, &arguments.data.import, &mut read)?;
    read.add_graph(paths[0], &networks[0]);
    let path: Vec<(&Path, &GraphNetwork)> = paths.into_iter().zip(&networks).collect();
    let data = inputs::graph_data(&arguments.data, &path, read, console)?;
    let loss = data.loss.ok_or_else(|| Failure::input("the data have neither labels nor targets: there is no loss"))?;
    let points: Vec<&GraphNetwork> = networks.iter().collect();
    let task = GraphTask::chain(&data.set.inputs, &loss, &points).map_err(Failure::input)?;
    if arguments.out.is_some() {
        note!(
            "bounded   by radii alone, as the checker does it: without --out the same width may take fewer intervals"
        );
    }
    let graph = networks[0].graph();
    let blocks = (0..=graph.blocks.len()).filter_map(|block| networks[0].units(block));
    let asked = Asked {
        arguments,
        widths: blocks.chain([graph.outputs]).collect(),
        read: &data.read,
        lists_pieces: true,
        write: &|file, bound, console| certify_graphs(arguments, &task, (file, bound), console),
    };
    asked.run(&task, console)
}

/// Writes the certificate of a path of graph networks.
fn certify_graphs(
    arguments: &Arguments,
    task: &GraphTask<'_>,
    (out, (bound, pieces)): (&Path, (Rational, Option<Pieces>)),
    console: &mut Console,
) -> Result<(), Failure> {
    let pieces = |segment: usize| pieces.as_ref().map(|pieces| pieces[segment].clone());
    let step = |(segment, points): (usize, &Vec<&GraphNetwork>)| {
        GraphMove::Bounded(points[1].clone(), bound.clone(), pieces(segment))
    };
    let moves = task.segments().iter().enumerate().map(step).collect();
    let path = GraphPath { start: task.network().clone(), moves };
    let inputs = arguments.data.import.exact(task.inputs())?;
    let bytes = path.certificate((Claim::Barrier, "loss barrier"), &inputs, task.loss(), BITS);
    console.write_certificate(out, |file| file.write_all(&bytes)).map(drop)
}

/// The networks along the path.
fn path_files(arguments: &Arguments) -> Result<Vec<PathBuf>, Failure> {
    match &arguments.bezier {
        Some(control) => Ok([&arguments.from, control].into_iter().chain(&arguments.to).cloned().collect()),
        None => inputs::along(&arguments.from, &arguments.via, arguments.to.as_ref()),
    }
}

impl Asked<'_> {
    fn run(&self, task: &impl BoundedPath, console: &mut Console) -> Result<(), Failure> {
        let import = &self.arguments.data.import;
        import.check_memory("the features of the first layer for all samples", task.memory())?;
        match &self.arguments.below {
            Some(alpha) => self.below(task, alpha, console),
            None => self.barrier(task, console),
        }
    }

    /// Writes the certificate, where one is asked for and the bound is a number; what became of it.
    fn certify(&self, upper: f64, pieces: Option<Pieces>, console: &mut Console) -> Result<Option<PathBuf>, Failure> {
        let (Some(out), Some(bound)) = (&self.arguments.out, Rational::from_f64(upper)) else { return Ok(None) };
        (self.write)(out, (bound, pieces), console)?;
        Ok(Some(out.clone()))
    }

    /// Whether pieces are to be listed.
    fn wants_pieces(&self) -> bool {
        self.lists_pieces && self.arguments.out.is_some()
    }

    /// A search that says how far its bounds are, and how long it will take.
    fn searched<R>(&self, search: impl FnOnce(Budget<'_>, Certifying<'_>) -> R) -> R {
        let bar = progress::spinner("bounding the loss");
        let mut told = |evaluations: usize, lower: f64, upper: f64| {
            bar.set_message(format!("{evaluations} intervals: maximum in {}", Enclosure { lower, upper }));
        };
        let limits = Budget { evaluations: self.arguments.budget, progress: &mut told };
        search(limits, Certifying { pieces: self.wants_pieces(), expected: &mut announcement() })
    }

    fn barrier(&self, task: &impl BoundedPath, console: &mut Console) -> Result<(), Failure> {
        let (arguments, started) = (self.arguments, Instant::now());
        let found = self.searched(|limits, more| certified_barrier(task, arguments.tolerance, limits, more));
        let (found, pieces) = found.map_err(Failure::input)?;
        let seconds = started.elapsed().as_secs_f64();
        let about = (self.widths.clone(), arguments.is_bezier());
        let (of, sampled) = BarrierSummary::new(task, &found, about, arguments.tolerance, seconds);
        if let Some(file) = &arguments.plot {
            let pieces = u32::try_from(DRAWN.div_ceil(of.segments)).unwrap_or(1);
            let title = format!("{}, N = {}, {} loss", inputs::dashed(&self.widths), of.samples, of.loss);
            let curve = envelope(task, pieces);
            console.draw(file, &barrier_chart(&found, of.segments, &sampled, &curve, &title))?;
        }
        let certificate = self.certify(found.maximum.upper, pieces, console)?;
        let why = undecided(&found, arguments.budget, arguments.tolerance, Options::COMMAND_LINE);
        let summary = Summary { of, certificate, undecided: why.clone() };
        if console.json() {
            console.print_json(&self.read.beside(&summary))
        } else {
            print_summary(&summary, &found, arguments)
        }
        match why {
            None => Ok(()),
            Some(_) if console.json() => Err(Failure::silent(4)),
            Some(why) => Err(Failure::incomplete(why)),
        }
    }

    fn below(&self, task: &impl BoundedPath, alpha: &Rational, console: &mut Console) -> Result<(), Failure> {
        let started = Instant::now();
        let (answer, pieces) = self.searched(|limits, more| certified_below(task, alpha, limits, more));
        let seconds = started.elapsed().as_secs_f64();
        let certificate = match answer {
            Below::Proved { upper } => self.certify(upper, pieces, console)?,
            Below::Refuted { .. } | Below::Undecided { .. } => None,
        };
        if console.json() {
            let mut value = below_summary(task, alpha, &answer);
            value["seconds"] = json!(seconds);
            value["certificate"] = json!(certificate);
            console.print_json(&self.read.beside(&value));
        } else {
            say!("loss      {}: {}", task.loss(), task.loss().definition());
        }
        if let Some(objection) = below_objection(alpha, &answer, Options::COMMAND_LINE) {
            let is_refuted = matches!(answer, Below::Refuted { .. });
            let failure = if is_refuted { Failure::invalid(objection) } else { Failure::incomplete(objection) };
            return Err(if console.json() { Failure::silent(failure.code) } else { failure });
        }
        if let (Below::Proved { upper }, false) = (&answer, console.json()) {
            let alpha = write_rational(alpha);
            say!(
                "proved    the loss is below {alpha} on the whole path ({seconds:.2} s; the bound that shows it: {upper:e})"
            );
            print_out(certificate.as_deref());
        }
        Ok(())
    }
}

/// Says once how long a search will take, if that is long.
fn announcement() -> impl FnMut(usize, f64) {
    let mut announcement = Announcement::default();
    move |evaluations, more| {
        if let Some(sentence) = announcement.hear(evaluations, more) {
            note!("expected  {sentence}");
        }
    }
}

fn print_summary(Summary { of: summary, certificate, .. }: &Summary, found: &Barrier, arguments: &Arguments) {
    say!(
        "path      {} of {}, N = {}",
        counted(summary.segments, summary.curve),
        inputs::dashed(&summary.widths),
        summary.samples
    );
    say!("loss      {}: {}", summary.loss, summary.loss_definition);
    say!("maximum   {} over every point (certified)", found.maximum);
    for region in &found.regions {
        say!("          attained on segment {} for λ in [{}, {}]", region.segment, region.from, region.to);
    }
    say!("ends      {} at the start, {} at the end", found.ends[0], found.ends[1]);
    say!("barrier   {} above the linear interpolation of the end losses", found.above_interpolation);
    say!("          {} above the larger end", found.above_larger_end);
    let (maximum, points) = (summary.sampled_maximum, summary.sampled_points);
    let largest = if maximum.is_finite() { format!("{maximum:.9} is") } else { format!("{BEYOND_DOUBLES}:") };
    say!("sampled   {largest} the largest of {points} evenly spaced samples (floats, no proof)");
    say!(
        "cost      {} or points, {:.2} s; the samples took {:.2} s",
        counted(summary.evaluations, "interval"),
        summary.seconds,
        summary.sampling_seconds
    );
    if let Some(file) = &arguments.plot {
        say!("drawn     {}", file.display());
    }
    print_out(certificate.as_deref());
}

fn print_out(certificate: Option<&Path>) {
    if let Some(file) = certificate {
        say!("written   {file}; prove it with: sublevel check {file}", file = file.display());
    }
}

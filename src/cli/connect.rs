//! `sublevel connect`: a certified path between two trained networks.

use super::again::again;
use super::barrier::CurveKind;
use super::console::Kind;
use super::{Console, Failure, chain, check_command, inputs, layer_bits, progress, residual, write_certificate};
use crate::arith::{Interval, counted};
use crate::certificate::Claim;
use crate::chain::Matching;
use crate::linalg::{Double, Exact, Kernel};
use crate::network::{Inputs, Loss, Nonlinearity, Parameters, network_to_bytes, to_exact};
use crate::path::{Move, Path};
use crate::report::{SAMPLES, largest_sampled, sample_line, stray};
use crate::statement::{self, DistinctInputs, NoTheorem, Problem, Theorem};
use rug::Rational;
use serde::Serialize;
use std::path::PathBuf;
use std::time::Instant;

#[derive(clap::Args)]
pub struct Arguments {
    /// The first network: .safetensors, .npz (NumPy, flax, Keras, scikit-learn) or .pt (PyTorch), or a folder of parts.
    pub from: PathBuf,
    /// The second network, of the same architecture; left out where the first file holds a curve.
    #[arg(required_unless_present = "curve")]
    pub to: Option<PathBuf>,
    #[command(flatten)]
    pub data: inputs::DataArguments,
    /// relu, leaky-relu=SLOPE, abs, hard-tanh, identity or pl:breakpoints=…;slopes=…;value=…; with --bend, --via or --curve
    /// sigmoid, tanh, softplus=GAMMA or elu=ALPHA too.
    #[arg(long)]
    pub activation: Nonlinearity,
    /// Force one theorem, however long its path: 3.2, 5.1 or 6.1 [default: the one with the shortest certificate, by
    /// estimate].
    #[arg(long)]
    pub theorem: Option<Theorem>,
    /// The arithmetic: only `exact` gives a certificate; `double` says what floats make of the same construction.
    #[arg(long, value_enum, default_value_t = KernelName::Exact)]
    kernel: KernelName,
    /// Where the certificate goes (.path.jsonl, or .path.jsonl.zst to compress it; above 10 MB it is compressed under any
    /// name). Needed with --kernel exact.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// First put the neurons of the second network into the order of the first one's, by their weights; the network that
    /// comes out, the same function, goes here (.safetensors) and is the end of the path.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["via", "curve"])]
    pub align: Option<PathBuf>,
    /// For the one loss: lines with short numbers, five for one hidden layer and 13 for two, where a part of the neurons is
    /// enough for each network. With one hidden layer that is so from 2N neurons on, if the last layer alone can lower the
    /// larger of the losses; it often is for fewer and for deeper networks. Residual networks of any width go by way of some of
    /// their neurons without a branch; where that rises above both ends, how far is certified.
    #[arg(long, group = "found", conflicts_with_all = ["theorem", "kernel"], help_heading = CHAIN)]
    pub short: bool,
    /// Any widths, for the one loss: train a chain between the two networks and certify that it stays below the larger of
    /// their losses. Where it does not, its largest loss is certified.
    #[arg(long, group = "found", conflicts_with_all = ["theorem", "kernel"], help_heading = CHAIN)]
    pub bend: bool,
    /// Bends of the chain.
    #[arg(long, value_name = "K", default_value_t = 1, value_parser = bends, requires = "bend", help_heading = CHAIN)]
    pub bends: usize,
    /// Steps of training, at most: it ends early once the chain is well below.
    #[arg(long, value_name = "N", default_value_t = STEPS, requires = "bend", help_heading = CHAIN)]
    pub steps: usize,
    /// Another chain, or other halves, for another seed.
    #[arg(long, value_name = "S", default_value_t = 0, requires = "found", help_heading = CHAIN)]
    pub seed: u64,
    /// A chain of your own: networks between the two, in order, or a folder of them, by the numbers in their names.
    #[arg(long, value_name = "C", num_args = 1.., conflicts_with_all = ["theorem", "kernel", "found"], help_heading = CHAIN)]
    pub via: Vec<PathBuf>,
    /// A chain of your own in one file, both ends included: the points of a curve (`….weight_0`, `….weight_1`, … for each
    /// layer), joined by straight lines; of a quadratic Bézier curve, nine of its points.
    #[arg(long, value_enum, conflicts_with_all = ["to", "theorem", "kernel", "found", "via", "curve_point"], help_heading = CHAIN)]
    pub curve: Option<CurveKind>,
}

/// Options of exact paths alone.
const EXACT_ONLY: &[&str] = &["--out", "--theorem", "--kernel"];

/// Where the help lists what is proved for one loss only.
const CHAIN: &str = "For one loss";

/// A path by a theorem is built if it is not expected to take more seconds, or if the theorem is asked for.
const EXPECTED_SECONDS: f64 = 120.0;

/// What is said of a sampled loss that is none.
pub const BEYOND_DOUBLES: &str = "beyond the range of doubles";

/// How many steps a chain is trained for unless it is said.
pub const STEPS: usize = 400;

/// The most bends that a chain may have.
const BENDS: usize = 64;

fn bends(text: &str) -> Result<usize, String> {
    let count = text.parse().ok().filter(|count| (1..=BENDS).contains(count));
    count.ok_or_else(|| format!("`{text}` is not a number from 1 to {BENDS}"))
}

/// The kernels that `connect` runs with.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum KernelName {
    Exact,
    Double,
}

/// What `connect` says at the end.
#[derive(Serialize)]
struct Summary {
    /// The label of the certificate.
    statement: String,
    theorem: String,
    hypotheses: Vec<String>,
    does_not_apply: Vec<String>,
    widths: Vec<usize>,
    samples: usize,
    /// Samples with different inputs, which alone count in a hypothesis.
    distinct_inputs: usize,
    /// Whether a certificate was written, which then is good for all of them.
    every_convex_loss: bool,
    kernel: String,
    moves: usize,
    lines: usize,
    follows: usize,
    largest_integer_bits: Option<u32>,
    seconds: f64,
    certificate: Option<String>,
    certificate_bytes: Option<u64>,
    /// The same in words.
    #[serde(skip)]
    size: String,
    /// How it is proved.
    #[serde(skip)]
    check: String,
    loss: Option<LossSummary>,
}

#[derive(Serialize)]
struct LossSummary {
    name: String,
    definition: String,
    start: Interval,
    end: Interval,
    /// The certified maximum on the path (exact kernel), or the largest exact value found on a float path.
    path_maximum: Interval,
    path_maximum_is_certified: bool,
    path_points_evaluated: Option<usize>,
    /// How far the loss of a float path rises above its ends.
    stray: Option<f64>,
    /// How far the loss at its vertices is from both end losses, where exact arithmetic stays.
    drift: Option<f64>,
    /// The largest of the sampled losses on the straight line; floats, no proof.
    straight_line_sampled_maximum: f64,
    straight_line_samples: usize,
}

pub fn run(arguments: &Arguments, console: &mut Console) -> Result<(), Failure> {
    match (arguments.kernel, &arguments.out) {
        (KernelName::Exact, None) => {
            return Err(Failure::input(
                "where does the certificate go? Add --out NAME.path.jsonl, or NAME.path.jsonl.zst",
            ));
        }
        (KernelName::Double, Some(_)) => {
            return Err(Failure::input("--kernel double proves nothing, so there is no certificate: leave out --out"));
        }
        _ => {}
    }
    if residual::connect(arguments, console)? {
        return Ok(());
    }
    let activation = arguments.activation.piecewise_linear();
    if activation.is_none() && (arguments.short || !arguments.is_for_one_loss()) {
        return Err(Failure::input(format!(
            "{} is not piecewise linear, which the theorems and --short need; --bend trains a chain for one loss, --via and \
             --curve take yours, and `sublevel barrier` certifies the largest loss on the straight line",
            arguments.activation
        )));
    }
    if let Some(out) = arguments.out.as_ref().filter(|_| arguments.is_for_one_loss()) {
        return chain::run(arguments, out, console);
    }
    let files = [arguments.from.as_path(), arguments.to.as_deref().expect("without a curve there are two files")];
    console.claim(arguments.outputs(), &[files[0], files[1], &arguments.data.data])?;
    let activation = activation.expect("refused above");
    let ([from, mut to], mut data, problem) = inputs::load(files, &arguments.data, activation, console)?;
    if let Some(file) = &arguments.align {
        to = align(&arguments.activation, &data.set.inputs, [&from, &to], file, console)?;
        data.read.add_aligned(file, console);
    }
    let job = Job { arguments, distinct: DistinctInputs::of(&problem), problem, data, from, to };
    let summary = match arguments.kernel {
        KernelName::Exact => job.run_exact(console)?,
        KernelName::Double => job.run_double()?,
    };
    if console.json() {
        console.print_json(&job.data.read.beside(&summary))
    } else {
        print_summary(&summary)
    }
    Ok(())
}

impl Arguments {
    /// Whether the arithmetic is exact.
    pub fn is_exact(&self) -> bool {
        self.kernel == KernelName::Exact
    }

    /// Whether a path for one loss only is asked for.
    pub fn is_for_one_loss(&self) -> bool {
        self.short || self.bend || !self.via.is_empty() || self.curve.is_some()
    }

    /// The files that are written.
    pub fn outputs(&self) -> [(&'static str, Kind, Option<&PathBuf>); 2] {
        [("--out", Kind::Certificate, self.out.as_ref()), ("--align", Kind::Network, self.align.as_ref())]
    }
}

/// The second network with its neurons in the order of the first one's, which goes into a file.
pub fn align(
    activation: &Nonlinearity,
    inputs: &Inputs,
    [from, to]: [&Parameters<Rational>; 2],
    file: &std::path::Path,
    console: &mut Console,
) -> Result<Parameters<Rational>, Failure> {
    let bar = progress::spinner("matching neurons");
    let aligned = crate::chain::align(activation, inputs, from, to, Matching::Weights).network;
    drop(bar);
    let bytes = network_to_bytes(&aligned).map_err(Failure::input)?;
    console.write(file, |out| std::io::Write::write_all(out, &bytes))?;
    Ok(aligned)
}

struct Job<'a> {
    arguments: &'a Arguments,
    problem: Problem,
    distinct: DistinctInputs,
    data: inputs::Data,
    from: Parameters<Rational>,
    to: Parameters<Rational>,
}

impl Job<'_> {
    fn run_exact(&self, console: &mut Console) -> Result<Summary, Failure> {
        self.require_reasonable_time()?;
        let started = Instant::now();
        let connection = self.connect(&Exact)?;
        let mut summary = self.summarise(&Exact, &connection, started);
        let out = self.arguments.out.as_ref().expect("asked for with the exact kernel");
        let label = connection.theorem.label();
        let loss = self.data.loss.as_ref();
        let written = write_certificate(console, out, Claim::Connected, &label, &self.problem, loss, &connection.path)?;
        summary.largest_integer_bits = Some(written.bits);
        summary.seconds = started.elapsed().as_secs_f64();
        summary.every_convex_loss = true;
        summary.certificate = Some(out.display().to_string());
        summary.certificate_bytes = written.bytes;
        summary.size = written.size();
        let bits = layer_bits(&connection.path);
        summary.check = check_command(&out.display().to_string(), summary.samples, &summary.widths, &bits);
        if let Some(loss) = &self.data.loss {
            // The output runs straight from end to end, so the larger end is the maximum.
            let ends = self.end_losses(loss);
            let maximum = larger(&ends.0, &ends.1);
            summary.loss = Some(self.loss_summary(loss, ends, maximum, None));
        }
        Ok(summary)
    }

    fn run_double(&self) -> Result<Summary, Failure> {
        let started = Instant::now();
        let connection = self.connect(&Double)?;
        let mut summary = self.summarise(&Double, &connection, started);
        let not_finite = || Failure::hypothesis("the float path left the finite numbers");
        let path = exact_path(&connection.path).ok_or_else(not_finite)?;
        if let Some(loss) = &self.data.loss {
            let bar = progress::spinner("evaluating the float path exactly");
            let strayed = stray(&self.problem.activation, &self.problem.inputs, loss, &path, 128);
            drop(bar);
            let ends = self.end_losses(loss);
            // Enclosures of one number overlap: what is certainly above.
            let above = Rational::from(strayed.largest.lo() - larger(&ends.0, &ends.1).hi());
            let mut losses = self.loss_summary(loss, ends, strayed.largest, Some(strayed.points));
            losses.stray = Some(above.to_f64().max(0.0));
            losses.drift = Some(strayed.drift.to_f64());
            summary.loss = Some(losses);
        }
        Ok(summary)
    }

    fn connect<K: Kernel>(&self, kernel: &K) -> Result<statement::Connection<K::Scalar>, Failure> {
        let bar = progress::spinner("building the path");
        let result = statement::connect(kernel, &self.problem, &self.from, &self.to, self.arguments.theorem);
        drop(bar);
        result.map_err(|NoTheorem(refused)| match self.arguments.theorem {
            Some(theorem) if refused.iter().all(|refused| !refused.theorem.is_empty()) => {
                let reasons: Vec<String> = refused.iter().map(|refused| refused.reason.to_string()).collect();
                Failure::hypothesis(format!(
                    "{theorem}, which --theorem asks for, does not apply: {}\nleave out --theorem: the others are tried then",
                    reasons.join("; ")
                ))
            }
            _ => Failure::hypothesis(format!("{}\n{}", NoTheorem(refused), self.next())),
        })
    }

    /// Whether the exact path is not expected to take long, or its theorem is asked for.
    fn require_reasonable_time(&self) -> Result<(), Failure> {
        let expected = match self.arguments.theorem {
            None => statement::expected_seconds(&self.problem, &self.from),
            Some(_) => None,
        };
        let Some((theorem, seconds)) = expected.filter(|&(_, seconds)| seconds > EXPECTED_SECONDS) else {
            return Ok(());
        };
        let forced = theorem.number().map_or(String::new(), |number| {
            format!("; or --theorem {number}, which builds it all the same, for every convex loss")
        });
        Err(Failure::incomplete(format!(
            "{theorem} applies, but its path takes about {} minutes, and as much memory as its long numbers need\n{}{forced}",
            (seconds / 60.0).ceil(),
            self.next(),
        )))
    }

    /// What to try where no theorem applies, or its path is too long.
    fn next(&self) -> String {
        let (widths, samples) = (&self.problem.widths, self.problem.samples());
        let [connect, barrier] = [again("connect", EXACT_ONLY), again("barrier", &[EXACT_ONLY, &["--align"]].concat())];
        let seconds = crate::chain::expected_seconds(widths, samples).ceil();
        let short = if self.problem.depth() > 1 { " (or --short: lines alone, if half of the neurons do)" } else { "" };
        let mut next = format!(
            "try `{connect} --bend --out NAME.path.jsonl`{short}: a chain for this one loss, any widths, about {seconds} s; or \
             `{barrier}`: the largest loss on the straight line, certified"
        );
        if let Some((count, theorem)) = statement::enough_samples(&self.problem) {
            next += &format!("; or --samples {count}: {theorem} applies to the first {}", counted(count, "sample"));
        }
        next
    }

    fn summarise<K: Kernel>(
        &self,
        kernel: &K,
        connection: &statement::Connection<K::Scalar>,
        started: Instant,
    ) -> Summary {
        let moves = &connection.path.moves;
        Summary {
            every_convex_loss: false,
            statement: connection.theorem.label(),
            theorem: connection.theorem.to_string(),
            hypotheses: connection.theorem.explain(self.distinct.problem()),
            does_not_apply: statement::by_reason(&connection.refused),
            widths: self.problem.widths.clone(),
            samples: self.problem.samples(),
            distinct_inputs: self.distinct.problem().samples(),
            kernel: kernel.name(),
            moves: moves.len(),
            lines: moves.iter().filter(|step| matches!(step, Move::Line(_))).count(),
            follows: moves.iter().filter(|step| matches!(step, Move::Follow(_))).count(),
            largest_integer_bits: None,
            seconds: started.elapsed().as_secs_f64(),
            certificate: None,
            certificate_bytes: None,
            size: String::new(),
            check: String::new(),
            loss: None,
        }
    }

    fn end_losses(&self, loss: &Loss) -> (Interval, Interval) {
        let activation = self.problem.activation.import(&Exact);
        let at = |end| {
            let pass = crate::network::forward(&Exact, &activation, &self.problem.inputs, end);
            loss.enclose(pass.expect("inputs and network fit").output())
        };
        (at(&self.from), at(&self.to))
    }

    fn loss_summary(
        &self,
        loss: &Loss,
        ends: (Interval, Interval),
        maximum: Interval,
        points: Option<usize>,
    ) -> LossSummary {
        let line = sample_line(&self.problem.activation, &self.problem.inputs, loss, &self.from, &self.to);
        LossSummary {
            name: loss.to_string(),
            definition: loss.definition(),
            start: ends.0,
            end: ends.1,
            path_maximum: maximum,
            path_maximum_is_certified: points.is_none(),
            path_points_evaluated: points,
            stray: None,
            drift: None,
            straight_line_sampled_maximum: largest_sampled(line.iter().map(|sample| sample.loss)),
            straight_line_samples: SAMPLES,
        }
    }
}

/// A float path with its floats as the rationals that they are.
fn exact_path(path: &Path<f64>) -> Option<Path<Rational>> {
    path.convert(to_exact)
}

/// The interval that contains the larger of two enclosed numbers.
fn larger(a: &Interval, b: &Interval) -> Interval {
    let (lo, hi) = (a.lo().max(b.lo()).clone(), a.hi().max(b.hi()).clone());
    Interval::new(lo, hi).expect("the larger of both lower ends is not above the larger of both upper ends")
}

fn print_summary(summary: &Summary) {
    say!("connected by {}, N = {}, {}", summary.theorem, summary.samples, inputs::dashed(&summary.widths));
    for hypothesis in &summary.hypotheses {
        say!("  {hypothesis}");
    }
    for reason in &summary.does_not_apply {
        say!("  (not by {reason})");
    }
    if summary.certificate.is_some() {
        say!("holds for every convex loss at once");
    }
    if summary.distinct_inputs < summary.samples {
        say!(
            "  {} among the {}: a path for these holds for all samples, whatever their targets",
            counted(summary.distinct_inputs, "different input"),
            counted(summary.samples, "sample")
        );
    }
    let bits = summary.largest_integer_bits.map_or(String::new(), |bits| format!(", largest integer {bits} bits"));
    say!(
        "path      {} ({}, {}), {} kernel{bits}, {:.2} s",
        counted(summary.moves, "move"),
        counted(summary.lines, "line"),
        counted(summary.follows, "follow"),
        summary.kernel,
        summary.seconds
    );
    if let Some(loss) = &summary.loss {
        say!("loss      {}: {}", loss.name, loss.definition);
        say!("          {} at the start, {} at the end", loss.start, loss.end);
        match loss.path_points_evaluated {
            None => say!("          certified maximum on the path {}", loss.path_maximum),
            Some(points) => say!("          largest of {points} exact values on the path {}", loss.path_maximum),
        }
        if let (Some(stray), Some(drift)) = (&loss.stray, &loss.drift) {
            say!(
                "          the float path rises {stray:.3e} above the larger end, its vertices drift by {drift:.3e}: no proof"
            );
        }
        let maximum = loss.straight_line_sampled_maximum;
        let largest = if maximum.is_finite() { format!("{maximum:.6}") } else { BEYOND_DOUBLES.into() };
        say!(
            "          largest on the straight line {largest} (sampled at {} points, floats, no proof)",
            loss.straight_line_samples
        );
    }
    if let Some(file) = &summary.certificate {
        say!("written   {file} ({}); prove it with: {}", summary.size, summary.check);
    }
}

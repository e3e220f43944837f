//! `sublevel connect` and `sublevel descend` for residual networks.

use super::{Console, Failure, connect, descend, inputs, interrupt, progress};
use crate::arith::{Interval, counted};
use crate::certificate::Claim;
use crate::chain::{Attempt, Setting, short_residual};
use crate::cli::reading::Read;
use crate::linalg::Exact;
use crate::network::{GraphNetwork, Loss, Nonlinearity, Residual, row_classes};
use crate::statement::residual::curves::{self, NoCurve};
use crate::statement::residual::emptied::{self, Found};
use crate::statement::residual::path::{ResidualPath, ResidualProblem, output};
use crate::statement::residual::wide::{self, LABEL, NoPath, least_width};
use nalgebra::DMatrix;
use rug::Rational;
use serde::Serialize;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Instant;

/// How far the loss may rise beside an end whose W has a low rank, where it cannot but rise.
const RISE: (i32, i32) = (1, 1_000_000);

/// What `connect` and `descend` say at the end.
#[derive(Serialize)]
struct Summary {
    /// The label of the certificate.
    statement: &'static str,
    hypotheses: Vec<String>,
    blocks: usize,
    width: usize,
    samples: usize,
    /// Samples with different inputs, which alone count.
    distinct_inputs: usize,
    moves: usize,
    largest_integer_bits: u64,
    seconds: f64,
    loss: Option<LossSummary>,
    /// Where the path is for this loss alone.
    below: Option<BelowSummary>,
    certificate: String,
    certificate_bytes: Option<u64>,
}

/// What is proved of the one loss that a path is for.
#[derive(Serialize)]
struct BelowSummary {
    claim: String,
    /// What the loss is certified to be at most on the whole path, rounded up.
    at_most: f64,
    /// How far that is above the larger end.
    excess: f64,
}

impl BelowSummary {
    fn of(found: &Found) -> Self {
        BelowSummary { claim: found.claim.to_string(), at_most: upper(&found.highest), excess: upper(&found.excess()) }
    }

    fn say(&self) {
        match self.claim.as_str() {
            "connected" => say!("certified at every point the loss is at most that of the larger end"),
            _ => say!(
                "certified at every point the loss is at most {:e}, {:e} above the larger end",
                self.at_most,
                self.excess
            ),
        }
    }
}

#[derive(Serialize)]
struct LossSummary {
    name: String,
    definition: String,
    start: Interval,
    end: Interval,
}

/// One residual network or two, and the data.
struct Job<const N: usize> {
    networks: [Residual<Rational>; N],
    data: inputs::Data,
    problem: ResidualProblem,
}

/// Whether the networks are residual ones; then they have been connected.
pub fn connect(arguments: &connect::Arguments, console: &mut Console) -> Result<bool, Failure> {
    let Some(to) = &arguments.to else { return Ok(false) };
    let mut read = Read::default();
    let Some(first) = inputs::residual(&arguments.from, &arguments.data.import, &mut read)? else { return Ok(false) };
    let refused = if arguments.is_for_one_loss() && !arguments.short {
        Some(
            "--bend, --via and --curve are not for residual networks; --short is, and a theorem may apply: leave them out",
        )
    } else if arguments.theorem.is_some() || arguments.align.is_some() || !arguments.is_exact() {
        Some("--theorem, --align and --kernel double are not for residual networks: leave them out")
    } else {
        None
    };
    if let Some(refused) = refused {
        return Err(Failure::input(refused));
    }
    let out = arguments.out.as_ref().expect("asked for with the exact kernel");
    console.claim(arguments.outputs(), &[&arguments.from, to, &arguments.data.data])?;
    let job =
        load([(&arguments.from, Some(first)), (to, None)], &arguments.data, &arguments.activation, read, console)?;
    if arguments.short {
        return job.short(&arguments.activation, out, console).map(|()| true);
    }
    let started = Instant::now();
    let bar = progress::spinner("building the path");
    let [from, to] = &job.networks;
    let built = match from.stem {
        Some(_) => wide::connect(&Exact, &job.problem, from, to).map(|path| (path, LABEL)),
        None => match curves::connect_by_either(&Exact, &job.problem, from, to) {
            Ok(path) => Ok((path, curves::LABEL)),
            Err(error @ NoCurve::NoLines { .. }) => {
                let found = job.beside_low_rank(error)?;
                drop(bar);
                return job.write_below(&found, out, started, console).map(|()| true);
            }
            Err(NoCurve::Form) => return Err(Failure::input(NoCurve::Form)),
            Err(error) => return Err(Failure::hypothesis(error)),
        },
    };
    drop(bar);
    let (path, label) = built.map_err(|error| job.failure(error))?;
    job.write(&path, (Claim::Connected, label, out), None, started, console)?;
    Ok(true)
}

/// Whether the network is a residual one; then its loss has come down.
pub fn descend(arguments: &descend::Arguments, console: &mut Console) -> Result<bool, Failure> {
    let mut read = Read::default();
    let Some(first) = inputs::residual(&arguments.network, &arguments.data.import, &mut read)? else {
        return Ok(false);
    };
    if arguments.alpha.is_some() || arguments.strict {
        return Err(Failure::input(
            "--alpha and --strict are not for residual networks, where the loss rests at first and then falls: leave them out",
        ));
    }
    let activation = match (&first.1, &arguments.activation) {
        (Some(activation), _) => activation.clone(),
        (None, Some(activation)) => activation.clone().into(),
        (None, None) => return Err(Failure::input("--activation is missing: the files do not say it")),
    };
    let job = load([(&arguments.network, Some(first))], &arguments.data, &activation, read, console)?;
    let loss = job.data.loss.as_ref().ok_or_else(|| Failure::input("descend needs data with labels or targets"))?;
    let started = Instant::now();
    let bar = progress::spinner("building the path");
    let path = wide::descend(&Exact, &job.problem, (loss, &arguments.epsilon), &job.networks[0]);
    drop(bar);
    let path = path.map_err(|error| job.failure(error))?;
    job.write(&path, (Claim::Descends, LABEL, &arguments.out), None, started, console)?;
    Ok(true)
}

/// A network that has been read, with σ where the file says it.
type FromFile = (Residual<Rational>, Option<Nonlinearity>);

/// Reads what is not read yet, and the data.
fn load<const N: usize>(
    files: [(&Path, Option<FromFile>); N],
    arguments: &inputs::DataArguments,
    activation: &Nonlinearity,
    mut read: Read,
    console: &Console,
) -> Result<Job<N>, Failure> {
    let mut networks: Vec<(&Path, Residual<Rational>)> = vec![];
    for (path, found) in files {
        let found = match found {
            Some(found) => Some(found),
            None => inputs::residual(path, &arguments.import, &mut read)?,
        };
        let (network, own) = found.ok_or_else(|| {
            let first = networks.first().map(|(path, _)| path.display().to_string()).unwrap_or_default();
            Failure::input(format!("{}: is no residual network, and {first} is one", path.display()))
        })?;
        if own.as_ref().is_some_and(|own| own != activation) {
            return Err(Failure::input(format!(
                "{}: its activation is {}, and --activation says {activation}",
                path.display(),
                own.expect("there is one")
            )));
        }
        networks.push((path, network));
    }
    let piecewise_linear = activation.piecewise_linear().cloned().ok_or_else(|| {
        Failure::input(format!("{activation} is not piecewise linear, which is needed for residual networks"))
    })?;
    let graphs = networks.iter().map(|(path, network)| Ok((*path, network.to_graph(activation)?)));
    let graphs: Result<Vec<(&Path, GraphNetwork)>, _> = graphs.collect();
    let graphs = graphs.map_err(|error: crate::network::GraphError| Failure::input(error))?;
    let ends: Vec<(&Path, &GraphNetwork)> = graphs.iter().map(|(path, graph)| (*path, graph)).collect();
    let data = inputs::graph_data(arguments, &ends, read, console)?;
    let inputs = arguments.import.exact(&data.set.inputs)?;
    let problem = ResidualProblem { activation: piecewise_linear, inputs };
    let networks: Vec<Residual<Rational>> = networks.into_iter().map(|(_, network)| network).collect();
    Ok(Job { networks: networks.try_into().expect("one network a file"), data, problem })
}

impl<const N: usize> Job<N> {
    /// What to say, and to do next, where there is no path.
    fn failure(&self, error: NoPath) -> Failure {
        let next = match &error {
            NoPath::TooNarrow { width, blocks, .. } => {
                let ones = self.networks[0].has_ones();
                let enough = (1..).take_while(|&samples| least_width(samples, *blocks, ones) <= *width).last();
                enough.map_or(String::new(), |enough| {
                    format!("; --samples {enough}: it applies to the first {}", counted(enough, "sample"))
                })
            }
            _ => String::new(),
        };
        match error {
            NoPath::Shapes { .. } | NoPath::Inputs { .. } => Failure::input(error),
            _ => Failure::hypothesis(format!("{error}{next}")),
        }
    }

    fn write(
        &self,
        path: &ResidualPath<Rational>,
        (claim, label, out): (Claim, &'static str, &Path),
        below: Option<BelowSummary>,
        started: Instant,
        console: &mut Console,
    ) -> Result<(), Failure> {
        let loss = self.data.loss.as_ref();
        let mut bits = 0;
        console.write_certificate(out, |file| -> std::io::Result<()> {
            bits = path.write(file, (claim, label), &self.problem, loss)?;
            Ok(())
        })?;
        let summary = Summary { below, ..self.summarise(path, (claim, label, out), bits, started) };
        match console.json() {
            true => console.print_json(&self.data.read.beside(&summary)),
            false => print(&summary, claim),
        }
        Ok(())
    }

    fn summarise(
        &self,
        path: &ResidualPath<Rational>,
        (claim, label, out): (Claim, &'static str, &Path),
        bits: u64,
        started: Instant,
    ) -> Summary {
        let network = &self.networks[0];
        let distinct = distinct(&self.problem.inputs);
        let (blocks, width) = (network.blocks.len(), network.width());
        let ones = if network.has_ones() { ", with the biases as a neuron" } else { "" };
        // A descent needs a neuron less.
        let needed =
            least_width(distinct, blocks, network.has_ones()) - usize::from(claim == Claim::Descends && blocks == 1);
        let hypothesis = match &network.stem {
            Some(_) => format!("width {width}; {needed} are enough for N = {distinct}{ones}"),
            None => format!("{} outputs, fewer than {width} inputs", network.outputs()),
        };
        let at = |loss: &Loss, network| loss.enclose(&output(&self.problem, network));
        Summary {
            statement: label,
            hypotheses: vec![hypothesis],
            blocks,
            width,
            samples: self.problem.inputs.nrows(),
            distinct_inputs: distinct,
            moves: path.moves.len(),
            largest_integer_bits: bits,
            seconds: started.elapsed().as_secs_f64(),
            loss: self.data.loss.as_ref().map(|loss| LossSummary {
                name: loss.to_string(),
                definition: loss.definition(),
                start: at(loss, &path.start),
                end: at(loss, path.end()),
            }),
            below: None,
            certificate: out.display().to_string(),
            certificate_bytes: std::fs::metadata(out).map(|file| file.len()).ok(),
        }
    }
}

/// What `connect --short` says at the end.
#[derive(Serialize)]
struct ShortSummary {
    /// The label of the certificate.
    statement: &'static str,
    blocks: usize,
    width: usize,
    samples: usize,
    /// How many neurons are emptied, and make the network in the middle.
    emptied: usize,
    /// Its loss, and the largest that was seen on the way of each network to its emptied one: floats, no proof.
    middle: f64,
    ways: [f64; 2],
    loss: LossSummary,
    #[serde(flatten)]
    below: BelowSummary,
    moves: usize,
    largest_integer_bits: u64,
    building_seconds: f64,
    seconds: f64,
    certificate: String,
    certificate_bytes: Option<u64>,
}

impl Job<2> {
    /// For one loss, where the rank of W leaves neither a curve nor lines: by networks beside the ends, not above the larger one if that
    /// can be had.
    fn beside_low_rank(&self, error: NoCurve) -> Result<Found, Failure> {
        let Some(loss) = &self.data.loss else {
            return Err(Failure::hypothesis(format!(
                "{error}; with labels or targets in the data there may be a path for their loss"
            )));
        };
        let [from, to] = &self.networks;
        let beside = |rise: &Rational| curves::connect_by_steps(&Exact, &self.problem, (loss, rise), from, to);
        let path = match beside(&Rational::new()) {
            Err(NoCurve::Rises { .. }) => beside(&Rational::from(RISE)),
            found => found,
        };
        Ok(Found::of(path.map_err(Failure::hypothesis)?, &self.problem, loss))
    }

    fn write_below(&self, found: &Found, out: &Path, started: Instant, console: &mut Console) -> Result<(), Failure> {
        let below = BelowSummary::of(found);
        let excess = below.excess;
        self.write(&found.path, (found.claim, curves::LABEL, out), Some(below), started, console)?;
        match found.claim {
            Claim::Connected => Ok(()),
            _ if console.json() => Err(Failure::silent(4)),
            _ => Err(Failure::incomplete(format!(
                "the path is above the larger end by {excess:e} at most, which is what the certificate proves: W has too low a rank at an \
                 end for a curve from there"
            ))),
        }
    }

    /// A path for the one loss by way of few neurons.
    fn short(&self, activation: &Nonlinearity, out: &Path, console: &mut Console) -> Result<(), Failure> {
        let loss = self.data.loss.as_ref().ok_or_else(|| {
            Failure::input("the data have neither labels nor targets: a short path is for one loss, and there is none")
        })?;
        let started = Instant::now();
        let ends = self.networks.each_ref().map(|network| loss.enclose(&output(&self.problem, network)));
        let goal = ends.iter().map(|end| end.lo().to_f64()).fold(0.0, f64::max);
        let bar = progress::spinner("looking for few neurons in the place of all");
        let mut told = |attempt: Attempt| {
            let Attempt { emptied, middle, ways: [a, b] } = attempt;
            bar.set_message(format!(
                "{emptied} neurons: alone {middle:.6}, without them {a:.6} and {b:.6}; larger end {goal:.6}"
            ));
            !interrupt::ends_by_itself().load(Ordering::Relaxed)
        };
        let setting = Setting { activation, inputs: &self.data.set.inputs, loss };
        let [from, to] = &self.networks;
        let found = short_residual((&self.problem, &setting), [from, to], goal, &mut told);
        drop(bar);
        let (attempt, found) = found.map_err(|error| self.failure(error))?;
        let building_seconds = started.elapsed().as_secs_f64();
        let mut bits = 0;
        console.write_certificate(out, |file| -> std::io::Result<()> {
            bits = found.path.write(file, (found.claim, emptied::LABEL), &self.problem, Some(loss))?;
            Ok(())
        })?;
        let [start, end] = found.ends.clone();
        let summary = ShortSummary {
            statement: emptied::LABEL,
            blocks: from.blocks.len(),
            width: from.width(),
            samples: self.problem.inputs.nrows(),
            emptied: attempt.emptied,
            middle: attempt.middle,
            ways: attempt.ways,
            loss: LossSummary { name: loss.to_string(), definition: loss.definition(), start, end },
            below: BelowSummary::of(&found),
            moves: found.path.moves.len(),
            largest_integer_bits: bits,
            building_seconds,
            seconds: started.elapsed().as_secs_f64(),
            certificate: out.display().to_string(),
            certificate_bytes: std::fs::metadata(out).map(|file| file.len()).ok(),
        };
        match console.json() {
            true => console.print_json(&self.data.read.beside(&summary)),
            false => print_short(&summary),
        }
        match found.claim {
            Claim::Connected => Ok(()),
            _ if console.json() => Err(Failure::silent(4)),
            _ => Err(Failure::incomplete(format!(
                "the path is above the larger end by {:.6} at most, which is what the certificate proves; train the networks \
                 further, or give it fewer samples: --samples",
                summary.below.excess
            ))),
        }
    }
}

fn print_short(summary: &ShortSummary) {
    let ShortSummary { emptied, width, samples, loss, .. } = summary;
    let how = if summary.below.claim == "connected" { "connected" } else { "bounded, not connected," };
    say!("{how} by way of {emptied} of {width} neurons, {}, N = {samples}", counted(summary.blocks, "block"));
    say!("holds for {}: {}", loss.name, loss.definition);
    say!("ends      {} at the start, {} at the end", loss.start, loss.end);
    let [a, b] = summary.ways;
    say!("floats    {:.9} in the middle; {a:.9} and {b:.9} on the way there, no proof", summary.middle);
    summary.below.say();
    say!(
        "written   {0} ({1}, largest integer {2} bits, {3:.1} s, of which {4:.1} s for the path); prove it with: sublevel check {0}",
        summary.certificate,
        counted(summary.moves, "move"),
        summary.largest_integer_bits,
        summary.seconds,
        summary.building_seconds
    );
}

/// A double that is not below the number.
fn upper(number: &Rational) -> f64 {
    let nearest = number.to_f64();
    if nearest < *number { nearest.next_up() } else { nearest }
}

/// How many rows are different.
fn distinct(inputs: &DMatrix<Rational>) -> usize {
    row_classes(inputs).iter().enumerate().filter(|(sample, class)| sample == *class).count()
}

fn print(summary: &Summary, claim: Claim) {
    let (blocks, samples) = (counted(summary.blocks, "block"), summary.samples);
    let how = match claim {
        Claim::Connected => "connected",
        Claim::Descends => "descended",
        _ => "bounded, not connected,",
    };
    let theorem =
        if summary.statement == LABEL { "Theorem B for wide residual networks" } else { "curves of (x + g V) W" };
    say!("{how} by {theorem}: {blocks} of width {}, N = {samples}", summary.width);
    summary.hypotheses.iter().for_each(|hypothesis| say!("  {hypothesis}"));
    match (&summary.below, &summary.loss) {
        (Some(_), Some(loss)) => say!("holds for {}", loss.name),
        _ if claim == Claim::Connected => say!("holds for every convex loss at once"),
        _ => {}
    }
    let (moves, seconds) = (counted(summary.moves, "move"), summary.seconds);
    say!("path      {moves}, largest integer {} bits, {seconds:.2} s", summary.largest_integer_bits);
    if let Some(loss) = &summary.loss {
        say!("loss      {}: {}", loss.name, loss.definition);
        say!("          {} at the start, {} at the end", loss.start, loss.end);
    }
    summary.below.iter().for_each(BelowSummary::say);
    say!("written   {0}; prove it with: sublevel check {0}", summary.certificate);
}

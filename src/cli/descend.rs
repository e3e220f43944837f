//! `sublevel descend`: a path on which the loss falls strictly (or never rises, or stays below α) and ends below ε.

use super::console::Kind;
use super::{Console, Failure, inputs, residual, write_certificate};
use crate::arith::{Interval, counted, write_rational};
use crate::certificate::Claim;
use crate::checker;
use crate::cli::progress;
use crate::linalg::Exact;
use crate::network::{Activation, forward, is_graph_file};
use crate::report::enclosed;
use crate::statement::skip::descend::{self as skip, Aim, LABEL, NoDescent};
use crate::statement::skip::independent::MOST_BITS;
use crate::statement::{self, Goal};
use rug::Rational;
use serde::Serialize;
use std::path::PathBuf;
use std::time::Instant;

#[derive(clap::Args)]
pub struct Arguments {
    /// The network: .safetensors, .npz or .pt; or a graph network, the description that `sublevel skip` wrote (.json).
    pub network: PathBuf,
    #[command(flatten)]
    pub data: inputs::DataArguments,
    /// relu, leaky-relu=SLOPE, abs, hard-tanh, identity or pl:breakpoints=…;slopes=…;value=…
    /// A graph network's are in its description.
    #[arg(long, value_parser = inputs::piecewise_linear)]
    pub activation: Option<Activation>,
    /// The loss at the end is at most this; an exact number such as 1/1000000 or 1e-6.
    #[arg(long, value_parser = inputs::positive, default_value = "1/1000000", allow_hyphen_values = true)]
    pub epsilon: Rational,
    /// Where samples coincide behind neurons that are all needed, the loss may rise to this on the way to a nearby point;
    /// an exact number above the loss at the start. Without it the loss never rises.
    #[arg(long, value_parser = inputs::positive, allow_hyphen_values = true)]
    pub alpha: Option<Rational>,
    /// The loss has to fall strictly, and a start where it cannot by the output bias is refused. Without this such a start has
    /// a path on which the loss rests at first.
    #[arg(long, conflicts_with = "alpha")]
    pub strict: bool,
    /// Where the certificate goes.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

#[derive(Serialize)]
struct Summary {
    /// The label of the certificate.
    statement: String,
    wide_layer: usize,
    /// Whether the loss falls strictly.
    strictly: bool,
    /// Why it does not.
    not_strictly: Option<String>,
    /// The loss may rise to this; where it is missing, the loss never rises.
    stays_below: Option<String>,
    does_not_apply: Vec<String>,
    moves: usize,
    largest_integer_bits: u32,
    seconds: f64,
    loss: String,
    loss_definition: String,
    start: Interval,
    end: Interval,
    certificate: String,
    /// How large that is, in words.
    #[serde(skip)]
    size: String,
}

pub fn run(arguments: &Arguments, console: &mut Console) -> Result<(), Failure> {
    console.claim([("--out", Kind::Certificate, Some(&arguments.out))], &[&arguments.network, &arguments.data.data])?;
    if residual::descend(arguments, console)? {
        return Ok(());
    }
    if is_graph_file(&arguments.network) {
        return graph(arguments, console);
    }
    let started = Instant::now();
    let activation = arguments.activation.as_ref();
    let activation = activation.ok_or_else(|| Failure::input("--activation is missing: the files do not say it"))?;
    let ([network], data, problem) = inputs::load([arguments.network.as_path()], &arguments.data, activation, console)?;
    let loss = data.loss.ok_or_else(|| Failure::input("descend needs data with labels or targets"))?;
    let at = |parameters| {
        let pass = forward(&Exact, &problem.activation.import(&Exact), &problem.inputs, parameters);
        loss.enclose(pass.expect("inputs and network fit").output())
    };
    if let Some(alpha) = &arguments.alpha {
        let start = at(&network);
        if alpha <= start.hi() {
            return Err(Failure::hypothesis(format!("--alpha {alpha} is not above the loss at the start, {start}")));
        }
    }
    let bar = progress::spinner("building the path");
    let goal = Goal { alpha: arguments.alpha.as_ref(), ..Goal::never_rising(&loss, &arguments.epsilon) };
    let found = statement::descend_strictly_if_possible(&Exact, &problem, &goal, &network, arguments.strict);
    let (found, not_strictly) = found.map_err(Failure::hypothesis)?;
    drop(bar);
    // Where there is nothing to be done nothing falls.
    let strictly = not_strictly.is_none() && !found.path.moves.is_empty();
    let claim = if strictly { Claim::StrictlyDescends } else { Claim::Descends };
    let written = write_certificate(console, &arguments.out, claim, found.label, &problem, Some(&loss), &found.path)?;
    let summary = Summary {
        statement: found.label.into(),
        wide_layer: found.wide,
        strictly,
        not_strictly,
        stays_below: found.path.largest_bound().map(write_rational),
        does_not_apply: statement::by_reason(&found.refused),
        moves: found.path.moves.len(),
        largest_integer_bits: written.bits,
        seconds: started.elapsed().as_secs_f64(),
        loss: loss.to_string(),
        loss_definition: loss.definition(),
        start: at(&network),
        end: at(&found.path.end()),
        certificate: arguments.out.display().to_string(),
        size: written.size(),
    };
    if console.json() {
        console.print_json(&data.read.beside(&summary))
    } else {
        print(&summary)
    }
    Ok(())
}

#[derive(Serialize)]
struct GraphSummary {
    /// The label of the certificate.
    statement: &'static str,
    strictly: bool,
    moves: usize,
    /// Bits behind the point with which the features are enclosed.
    bits: u64,
    seconds: f64,
    loss: String,
    loss_definition: String,
    start: Interval,
    end: Interval,
    certificate: String,
}

/// Theorem 3.4 (2) of ICLR 2019.
fn graph(arguments: &Arguments, console: &mut Console) -> Result<(), Failure> {
    if arguments.alpha.is_some() || arguments.activation.is_some() {
        return Err(Failure::input("--alpha and --activation are not for graph networks: leave them out"));
    }
    let started = Instant::now();
    let (network, data, inputs) = inputs::load_graph(&arguments.network, &arguments.data, console)?;
    let loss = data.loss.as_ref().ok_or_else(|| Failure::input("descend needs data with labels or targets"))?;
    let aim = Aim { inputs: &inputs, loss, epsilon: &arguments.epsilon, precision: MOST_BITS as u32, seed: 0 };
    let bar = progress::spinner("computing the features");
    let found = skip::descend(&network, &aim, &mut |what| bar.set_message(what.to_owned()));
    drop(bar);
    let found = found.map_err(|error| match error {
        NoDescent::Constant { .. } | NoDescent::Loss { .. } => Failure::input(error),
        NoDescent::Undecided { .. } | NoDescent::Refused(_) | NoDescent::NotSmall { .. } => Failure::incomplete(error),
        NoDescent::EqualSamples { .. } | NoDescent::TooFew { .. } | NoDescent::Critical { .. } => {
            Failure::hypothesis(error)
        }
    })?;
    let strictly = found.descent == checker::Descent::FallsStrictly;
    if arguments.strict && !strictly {
        return Err(Failure::hypothesis(
            "the features have no rank N that doubles see: the loss falls, but not strictly",
        ));
    }
    console.write_certificate(&arguments.out, |out| out.write_all(&found.certificate))?;
    let [start, end] = found.losses.map(|loss| enclosed(&loss));
    let summary = GraphSummary {
        statement: LABEL,
        strictly,
        moves: found.path.moves.len(),
        bits: found.bits,
        seconds: started.elapsed().as_secs_f64(),
        loss: loss.to_string(),
        loss_definition: loss.definition(),
        start,
        end,
        certificate: arguments.out.display().to_string(),
    };
    match console.json() {
        true => console.print_json(&data.read.beside(&summary)),
        false => print_graph(&summary),
    }
    Ok(())
}

fn print_graph(summary: &GraphSummary) {
    say!("descended by {}", summary.statement);
    let (moves, seconds) = (counted(summary.moves, "move"), summary.seconds);
    say!("path      {moves}, features enclosed with {} bits, {seconds:.2} s", summary.bits);
    let how = if summary.strictly { "falling strictly all the way" } else { "never above the start" };
    say!("loss      {} to {}, {how}", summary.start, summary.end);
    say!("          {}", summary.loss_definition);
    say!("written   {0}; prove it with: sublevel check {0}", summary.certificate);
}

fn print(summary: &Summary) {
    say!("descended by {}, wide layer {} (0: the data)", summary.statement, summary.wide_layer);
    for reason in &summary.does_not_apply {
        say!("  (not by {reason})");
    }
    say!(
        "path      {}, largest integer {} bits, {:.2} s",
        counted(summary.moves, "move"),
        summary.largest_integer_bits,
        summary.seconds
    );
    let way = match (&summary.stays_below, summary.strictly) {
        _ if summary.moves == 0 => "at most ε already".into(),
        (Some(alpha), _) => format!("never above {alpha}"),
        (None, true) => "falling strictly".into(),
        (None, false) => "never rising".into(),
    };
    say!("loss      {}: {}", summary.loss, summary.loss_definition);
    say!("          from {} to {}, {way}", summary.start, summary.end);
    if let Some(reason) = &summary.not_strictly {
        say!("  (not strictly: {reason})");
    }
    say!("written   {0} ({1}); prove it with: sublevel check {0}", summary.certificate, summary.size);
}

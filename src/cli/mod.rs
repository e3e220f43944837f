//! One file a subcommand: parse, call, print. No mathematics.

/// `println!` that goes on where nobody reads (`sublevel … | head`).
macro_rules! say {
    ($($text:tt)*) => {
        $crate::cli::console::say_line(format_args!($($text)*))
    };
}

/// The same on standard error.
macro_rules! note {
    ($($text:tt)*) => {
        $crate::cli::console::note_line(format_args!($($text)*))
    };
}

mod again;
mod align;
mod assume;
mod barrier;
mod chain;
mod check;
mod class_path;
mod compare;
mod connect;
mod console;
mod descend;
mod escape;
mod gallery;
mod graph;
mod independent;
mod inputs;
mod inspect;
mod interrupt;
mod live;
mod minimum;
mod plot;
mod progress;
mod proved;
mod reading;
mod regions;
mod residual;
mod skip;
mod verify;

use crate::certificate::{Claim, Fault, ReadError};
use crate::network::{Loss, Nonlinearity};
use crate::path::{graph_problem_record, problem_record, write_graph_path, write_path};
use crate::statement::Problem;
use clap::{Parser, Subcommand};
use console::Console;
use nalgebra::DMatrix;
use rug::Rational;
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

/// Theorems about the loss landscape of neural networks as exact, checkable objects.
#[derive(Parser)]
#[command(version, about, after_help = EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Print one JSON object to standard output, for programs.
    #[arg(long, global = true)]
    json: bool,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  invalid certificate or refuted claim
  2  bad input: nothing was done, and no file was touched
  3  a hypothesis is not met
  4  incomplete certificate, undecided, or a suite that was interrupted
  101  a defect of this program; otherwise a signal that ended it

With --json an error is {\"error\": {\"kind\": …, \"message\": …, \"exit_code\": …}}; enclosures are pairs of numbers rounded
outward (null: no bound), numbers that are exact are strings.";

#[derive(Subcommand)]
enum Command {
    /// Build a certified path between two trained networks.
    Connect(connect::Arguments),
    /// Check a certificate: prove its claim for every point of the path.
    Check(check::Arguments),
    /// Build a path on which the loss falls strictly, or never rises, and ends below ε.
    Descend(descend::Arguments),
    /// Prove that a network is a local minimum of the square loss, and how long the plateau is that it takes to leave it.
    Minimum(minimum::Arguments),
    /// Connect hidden units of a network to its output: skip connections (ICLR 2019).
    Skip(skip::Arguments),
    /// Say what a network of convolutions (ONNX) is, block by block, and write its description.
    Graph(graph::Arguments),
    /// Prove that the features connected to the output have rank N: no bad local valley.
    Independent(independent::Arguments),
    /// Build an unbounded path of constant loss.
    Escape(escape::Arguments),
    /// Run the same construction by the exact, the double and multiprecision kernels: decisions and drift.
    Compare(compare::Arguments),
    /// Certify the largest loss on any path between networks: a straight line, a chain, a Bézier curve.
    Barrier(barrier::Arguments),
    /// Put the neurons of a network into the order of another one's: the same function, exactly.
    Align(align::Arguments),
    /// Build a certified path of inputs on which a network gives one class.
    ClassPath(class_path::Arguments),
    /// Count the decision regions of a network exactly, draw them, and prove them connected or disconnected.
    Regions(regions::Arguments),
    /// Decide Assumptions 2.1 and 2.2 for an activation, with the witness or the reason.
    Assume(assume::Arguments),
    /// Say in words what each move of a certificate does, with sizes and bit lengths.
    Inspect(inspect::Arguments),
    /// Draw loss and accuracy along a certificate's path and along the straight line between its ends, or the plane through
    /// three of its networks.
    Plot(plot::Arguments),
    /// Show instances worth knowing: what floats get wrong, sharp thresholds, errata, valleys at infinity.
    Gallery(gallery::Arguments),
    /// Connect and check the networks that the program carries, and random instances of every statement.
    Verify(verify::Arguments),
}

/// Why the program ends without success: what is printed, and the exit code.
#[derive(Debug)]
pub struct Failure {
    message: String,
    code: u8,
}

impl Failure {
    /// The exit code after bad input.
    const INPUT: u8 = 2;

    /// The exit code of a defect, that of a panic.
    const DEFECT: u8 = 101;

    /// An exit code whose reason has been printed already.
    fn silent(code: u8) -> Self {
        Self { message: String::new(), code }
    }

    /// A certificate is refused, or something that should hold does not.
    fn invalid(message: impl ToString) -> Self {
        Self { message: message.to_string(), code: 1 }
    }

    /// Bad input.
    fn input(message: impl ToString) -> Self {
        Self { message: message.to_string(), code: Self::INPUT }
    }

    /// A certificate that cannot be read: bad input if there is no such file, incomplete if it is cut off, or malformed.
    fn reading(error: ReadError) -> Self {
        match error.fault {
            Fault::Io { .. } => Self::input(error),
            _ if error.is_incomplete() => Self::incomplete(error),
            _ => Self::invalid(error),
        }
    }

    /// The same, with the file that it is about.
    fn of_file(self, path: &std::path::Path) -> Self {
        Self { message: format!("{}: {}", path.display(), self.message), ..self }
    }

    /// What is wrong with a certificate that is read: without its line where it could not be opened.
    fn of_certificate(path: &std::path::Path, error: ReadError) -> Self {
        match error.fault {
            Fault::Io { .. } => Self::input(error.fault).of_file(path),
            _ => Self::reading(error).of_file(path),
        }
    }

    /// A hypothesis is not met.
    fn hypothesis(message: impl ToString) -> Self {
        Self { message: message.to_string(), code: 3 }
    }

    /// A certificate is incomplete, or a question undecided.
    fn incomplete(message: impl ToString) -> Self {
        Self { message: message.to_string(), code: 4 }
    }

    /// What is printed.
    fn message(&self) -> &str {
        &self.message
    }

    fn to_json(&self) -> serde_json::Value {
        let kind = match self.code {
            1 => "invalid",
            Self::INPUT => "input",
            3 => "hypothesis",
            4 => "incomplete",
            _ => "defect",
        };
        serde_json::json!({ "error": { "kind": kind, "message": self.message, "exit_code": self.code } })
    }
}

/// Parses the arguments, runs the subcommand, prints what it returns.
pub fn run() -> ExitCode {
    interrupt::listen();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(usage) => return ExitCode::from(not_parsed(&usage)),
    };
    let mut console = Console::new(cli.json);
    let result = without_panic(|| dispatch(cli.command, &mut console));
    ExitCode::from(console.finish(result))
}

fn dispatch(command: Command, console: &mut Console) -> Result<(), Failure> {
    match command {
        Command::Connect(arguments) => connect::run(&arguments, console),
        Command::Check(arguments) => check::run(&arguments, console),
        Command::Descend(arguments) => descend::run(&arguments, console),
        Command::Minimum(arguments) => minimum::run(&arguments, console),
        Command::Skip(arguments) => skip::run(&arguments, console),
        Command::Graph(arguments) => graph::run(&arguments, console),
        Command::Independent(arguments) => independent::run(&arguments, console),
        Command::Escape(arguments) => escape::run(&arguments, console),
        Command::Compare(arguments) => compare::run(&arguments, console),
        Command::Barrier(arguments) => barrier::run(&arguments, console),
        Command::Align(arguments) => align::run(&arguments, console),
        Command::ClassPath(arguments) => class_path::run(&arguments, console),
        Command::Regions(arguments) => regions::run(&arguments, console),
        Command::Assume(arguments) => assume::run(&arguments, console),
        Command::Inspect(arguments) => inspect::run(&arguments, console),
        Command::Plot(arguments) => plot::run(&arguments, console),
        Command::Gallery(arguments) => gallery::run(&arguments, console),
        Command::Verify(arguments) => verify::run(&arguments, console),
    }
}

/// What a command line says that is none, or its help; the exit code.
fn not_parsed(usage: &clap::Error) -> u8 {
    if !usage.use_stderr() || !std::env::args_os().any(|argument| argument == "--json") {
        let _ = usage.print();
        return if usage.use_stderr() { Failure::INPUT } else { 0 };
    }
    let text = usage.render().to_string();
    let message = text.split("\n\nUsage:").next().unwrap_or_default();
    let failure = Failure::input(message.trim_end().trim_start_matches("error: "));
    Console::new(true).finish(Err(failure))
}

/// Runs a command; a panic becomes a failure that says so.
fn without_panic(command: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
    static PANIC: Mutex<String> = Mutex::new(String::new());
    std::panic::set_hook(Box::new(|panic| {
        let mut first = PANIC.lock().unwrap_or_else(PoisonError::into_inner);
        if first.is_empty() {
            *first = panic.to_string();
        }
    }));
    std::panic::catch_unwind(AssertUnwindSafe(command)).unwrap_or_else(|_| {
        let panic = PANIC.lock().unwrap_or_else(PoisonError::into_inner);
        let message = format!("this is a defect of sublevel, please report it with the command and its files: {panic}");
        Err(Failure { message, code: Failure::DEFECT })
    })
}

/// How a certificate about so many samples and these widths, with integers of so many bits in each layer, is checked, with the
/// limits that it needs.
fn check_command(file: &str, samples: usize, widths: &[usize], bits: &[u32]) -> String {
    let mut limits = crate::certificate::Limits::default();
    let mut command = format!("sublevel check {file}");
    // What a layer computes is a product of one of its numbers and one from the layer below, and a sum; inputs are doubles.
    let lengths = bits.iter().scan(64, |below, &own| {
        *below += u64::from(own) + 16;
        Some(*below)
    });
    let held: Vec<(u64, u64)> =
        widths[1..].iter().zip(lengths).map(|(&width, bits)| (2 * samples as u64 * width as u64, bits)).collect();
    let allow = |limits: &crate::certificate::Limits| {
        limits.allow_network(samples, widths).and_then(|()| limits.allow_together(held.iter().copied()))
    };
    while let Err(exceeded) = allow(&limits) {
        let (limit, enough) = (exceeded.limit, exceeded.value.saturating_mul(2));
        limits.set(limit, enough);
        let name = limit.name();
        let option = format!(" --limit {name}=");
        command.truncate(command.find(&option).unwrap_or(command.len()));
        command += &format!("{option}{enough}");
    }
    command
}

/// How long the integers of each layer are on a path, in bits: the largest numerator, over the largest denominator.
fn layer_bits(path: &crate::path::Path<Rational>) -> Vec<u32> {
    let length = |layer: &DMatrix<Rational>| {
        let den = layer.iter().map(|entry| entry.denom().significant_bits()).max().unwrap_or(0);
        let over = |entry: &Rational| entry.numer().significant_bits() + den - entry.denom().significant_bits();
        layer.iter().map(over).max().unwrap_or(0).max(den)
    };
    let mut bits: Vec<u32> = path.start.layers().iter().map(|layer| length(layer)).collect();
    for (&k, change) in path.moves.iter().filter_map(|step| step.changes()).flatten() {
        bits[k - 1] = bits[k - 1].max(length(&change.after));
    }
    bits
}

/// A certificate that was written.
struct Certificate {
    /// The largest integer in it.
    bits: u32,
    bytes: Option<u64>,
    compressed: bool,
}

impl Certificate {
    /// How large the file is, in words.
    fn size(&self) -> String {
        let zstd = if self.compressed { ", compressed by zstd" } else { "" };
        self.bytes.map_or("its size is not known".into(), |bytes| format!("{bytes} bytes{zstd}"))
    }
}

/// Writes a certificate, with a progress bar.
fn write_certificate(
    console: &mut Console,
    out: &Path,
    claim: Claim,
    label: &str,
    problem: &Problem,
    loss: Option<&Loss>,
    path: &crate::path::Path<Rational>,
) -> Result<Certificate, Failure> {
    let header = problem_record(claim, label, &problem.activation, &problem.inputs, &problem.widths, loss);
    write_moves(console, out, path.moves.len(), |file, progress| write_path(file, header, path, progress))
}

/// What a path for one loss is about: σ, X [N, d], d, n_1, …, n_L, and φ.
struct About<'a> {
    activation: &'a Nonlinearity,
    inputs: &'a DMatrix<Rational>,
    widths: &'a [usize],
    loss: &'a Loss,
}

/// Writes a certificate for one loss, with a progress bar; for a smooth σ that of a path of graphs.
fn write_certificate_for_loss(
    console: &mut Console,
    out: &Path,
    claim: Claim,
    label: &str,
    about: &About<'_>,
    path: &crate::path::Path<Rational>,
) -> Result<Certificate, Failure> {
    let About { activation, inputs, widths, loss } = *about;
    let moves = path.moves.len();
    match activation {
        Nonlinearity::PiecewiseLinear(activation) => {
            let header = problem_record(claim, label, activation, inputs, widths, Some(loss));
            write_moves(console, out, moves, |file, progress| write_path(file, header, path, progress))
        }
        Nonlinearity::Smooth(_) => {
            let header = graph_problem_record(claim, label, activation, inputs, widths, loss);
            write_moves(console, out, moves, |file, progress| write_graph_path(file, header, path, progress))
        }
    }
}

/// Writes a certificate of so many moves, with a progress bar; `write` returns the bits of its largest integer.
fn write_moves(
    console: &mut Console,
    out: &Path,
    moves: usize,
    write: impl FnOnce(&mut dyn std::io::Write, &dyn Fn(usize)) -> std::io::Result<u32>,
) -> Result<Certificate, Failure> {
    let bar = progress::moves(moves, "writing");
    let mut bits = 0;
    let compressed = console.write_certificate(out, |file| -> std::io::Result<()> {
        bits = write(file, &|count| bar.set_position(count))?;
        Ok(())
    })?;
    drop(bar);
    let bytes = std::fs::metadata(out).map(|file| file.len()).ok();
    Ok(Certificate { bits, bytes, compressed })
}

#[cfg(test)]
mod tests {
    use super::check_command;

    /// Only the limits that are not enough are named, each once.
    #[test]
    fn the_check_is_named_with_its_limits() {
        assert_eq!(check_command("p", 1_000, &[784, 2_000, 10], &[49, 49]), "sublevel check p");
        // The last layer is as long as it is, and the wide one below it is not.
        assert_eq!(check_command("p", 1_000, &[784, 2_000, 10], &[49, 50_445]), "sublevel check p");
        let long = check_command("p", 1_000, &[784, 2_000, 10], &[50_445, 50_445]);
        assert_eq!(long, "sublevel check p --limit vertex-bytes=34359738368");
        let many = check_command("p", 60_000, &[784, 128, 10], &[51, 51]);
        assert_eq!(many, "sublevel check p --limit numbers=67108864");
        let wide = check_command("p", 5_000, &[784, 10_000, 10], &[151, 51]);
        let expected = "sublevel check p --limit numbers=67108864 --limit vertex-bytes=";
        assert!(wide.starts_with(expected) && wide.matches("--limit").count() == 2, "{wide}");
    }
}

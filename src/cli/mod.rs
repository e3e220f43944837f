//! One file a subcommand: parse, call, print. No mathematics.

/// `println!` that ends the program quietly when nobody reads on (`sublevel … | head`).
macro_rules! say {
    ($($text:tt)*) => {
        $crate::cli::say_line(format_args!($($text)*))
    };
}

mod assume;
mod barrier;
mod check;
mod compare;
mod connect;
mod descend;
mod escape;
mod gallery;
mod inputs;
mod inspect;
mod live;
mod plot;
mod progress;
mod reading;
mod verify;

use clap::{Parser, Subcommand};
use rug::Rational;
use std::path::Path;
use std::process::ExitCode;
use sublevel::certificate::{Claim, Fault, ReadError, write_atomically};
use sublevel::network::Loss;
use sublevel::path::{problem_record, write_path};
use sublevel::statement::Problem;

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

const EXIT_CODES: &str = "Exit codes: 0 done, 1 invalid certificate, 2 bad input, 3 hypothesis not met, \
                          4 incomplete certificate, interrupted run or undecided.";

#[derive(Subcommand)]
enum Command {
    /// Build a certified path between two trained networks.
    Connect(connect::Arguments),
    /// Check a certificate: prove its claim for every point of the path.
    Check(check::Arguments),
    /// Build a path on which the loss never rises and ends below ε.
    Descend(descend::Arguments),
    /// Build an unbounded path of constant loss, which ends in a ray.
    Escape(escape::Arguments),
    /// Run the same construction by the exact, the double and multiprecision kernels: decisions and drift.
    Compare(compare::Arguments),
    /// Certify the largest loss on any path between networks: a straight line, a chain, a Bézier curve.
    Barrier(barrier::Arguments),
    /// Decide Assumptions 2.1 and 2.2 for an activation, with the witness or the reason.
    Assume(assume::Arguments),
    /// Say in words what each move of a certificate does, with sizes and bit lengths.
    Inspect(inspect::Arguments),
    /// Draw the loss along a certified path and along the straight line between its ends.
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
    /// An exit code whose reason has been printed already.
    fn silent(code: u8) -> Self {
        Self { message: String::new(), code }
    }

    /// Exit code 1: a certificate is refused, or something that should hold does not.
    fn invalid(message: impl ToString) -> Self {
        Self { message: message.to_string(), code: 1 }
    }

    /// Exit code 2: bad input.
    fn input(message: impl ToString) -> Self {
        Self { message: message.to_string(), code: 2 }
    }

    /// A certificate that cannot be read: 2 if there is no such file, 4 if it is cut off, 1 if it is malformed.
    fn reading(error: ReadError) -> Self {
        match error.fault {
            Fault::Io { .. } => Self::input(error),
            _ if error.is_incomplete() => Self::incomplete(error),
            _ => Self::invalid(error),
        }
    }

    /// Exit code 3: a hypothesis is not met.
    fn hypothesis(message: impl ToString) -> Self {
        Self { message: message.to_string(), code: 3 }
    }

    /// Exit code 4: a certificate is incomplete.
    fn incomplete(message: impl ToString) -> Self {
        Self { message: message.to_string(), code: 4 }
    }
}

/// Parses the arguments, runs the subcommand, prints what it returns.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let result = match cli.command {
        Command::Connect(arguments) => connect::run(&arguments, cli.json),
        Command::Check(arguments) => check::run(&arguments, cli.json),
        Command::Descend(arguments) => descend::run(&arguments, cli.json),
        Command::Escape(arguments) => escape::run(&arguments, cli.json),
        Command::Compare(arguments) => compare::run(&arguments, cli.json),
        Command::Barrier(arguments) => barrier::run(&arguments, cli.json),
        Command::Assume(arguments) => assume::run(&arguments, cli.json),
        Command::Inspect(arguments) => inspect::run(&arguments, cli.json),
        Command::Plot(arguments) => plot::run(&arguments, cli.json),
        Command::Gallery(arguments) => gallery::run(&arguments, cli.json),
        Command::Verify(arguments) => verify::run(&arguments, cli.json),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if failure.message.is_empty() {
                // Said already.
            } else if cli.json {
                print_json(&serde_json::json!({ "error": failure.message, "exit_code": failure.code }));
            } else {
                eprintln!("error: {}", without_controls(&failure.message));
            }
            ExitCode::from(failure.code)
        }
    }
}

/// The text of a message, into which names from files may have come, without what would move the cursor.
fn without_controls(text: &str) -> String {
    let shown = |c: char| if c.is_control() && c != '\n' { c.escape_debug().to_string() } else { c.to_string() };
    text.chars().map(shown).collect()
}

/// Prints a line to standard output.
fn say_line(text: std::fmt::Arguments) {
    use std::io::Write;
    if writeln!(std::io::stdout(), "{text}").is_err() {
        std::process::exit(0);
    }
}

/// Prints one JSON object, indented.
fn print_json(value: &impl serde::Serialize) {
    say!("{}", serde_json::to_string_pretty(value).expect("a summary is plain data"));
}

/// Writes a certificate, with a progress bar; returns its largest integer in bits.
fn write_certificate(
    out: &Path,
    claim: Claim,
    label: &str,
    problem: &Problem,
    loss: Option<&Loss>,
    path: &sublevel::path::Path<Rational>,
) -> Result<u32, Failure> {
    let header = problem_record(claim, label, &problem.activation, &problem.inputs, &problem.widths, loss);
    let bar = progress::moves(path.moves.len(), "writing");
    let mut bits = 0;
    let write = |file: &mut dyn std::io::Write| -> std::io::Result<()> {
        bits = write_path(file, header, path, |count| bar.set_position(count as u64))?;
        Ok(())
    };
    write_atomically(out, write).map_err(Failure::input)?;
    bar.finish_and_clear();
    Ok(bits)
}

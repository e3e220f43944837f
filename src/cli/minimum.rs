//! `sublevel minimum`: whether a network is a local minimum of the square loss, proved.

use super::console::Kind;
use super::{Console, Failure, inputs, progress};
use crate::arith::write_rational;
use crate::network::{Activation, Criterion};
use crate::statement::minimum::{Extent, Minimum, Proved};
use crate::statement::object::{Refused, certificate};
use rug::Rational;
use serde::Serialize;
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Arguments {
    /// The network, with one hidden layer: .safetensors, .npz or .pt.
    network: PathBuf,
    #[command(flatten)]
    data: inputs::DataArguments,
    /// relu, leaky-relu=SLOPE, abs, hard-tanh, identity or pl:breakpoints=…;slopes=…;value=…
    #[arg(long, value_parser = inputs::piecewise_linear)]
    activation: Activation,
    /// Where the certificate goes (.path.jsonl).
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Serialize)]
struct Summary {
    /// `cell` or `orthant`.
    by: &'static str,
    #[serde(flatten)]
    proved: Proved,
    /// Whether it is a local minimum and no global one.
    bad_local_minimum: bool,
    certificate: Option<PathBuf>,
}

pub fn run(arguments: &Arguments, console: &mut Console) -> Result<(), Failure> {
    console
        .claim([("--out", Kind::Certificate, arguments.out.as_ref())], &[&arguments.network, &arguments.data.data])?;
    let ([network], data, problem) =
        inputs::load([arguments.network.as_path()], &arguments.data, &arguments.activation, console)?;
    if problem.depth() != 2 {
        let hidden = problem.depth() - 1;
        return Err(Failure::hypothesis(format!("the network has {hidden} hidden layers; expected one")));
    }
    let targets = match data.loss.as_ref().map(|loss| (loss.criterion(), loss.weights())) {
        Some((Criterion::Square(targets) | Criterion::MeanSquare(targets), None)) => targets.clone(),
        _ => {
            return Err(Failure::input("a minimum is one of the square loss, all samples alike: give `--loss square`"));
        }
    };
    let bar = progress::spinner("looking at the residual");
    let found = prove(Minimum::in_cell(problem, targets, network));
    drop(bar);
    let (by, minimum, proved) = found?;
    if let Some(file) = &arguments.out {
        let bytes = certificate("strict descent, a minimum", minimum.object());
        console.write_certificate(file, |out| out.write_all(&bytes))?;
    }
    let bad_local_minimum = proved.lower.is_some();
    let summary = Summary { by, proved, bad_local_minimum, certificate: arguments.out.clone() };
    match console.json() {
        true => console.print_json(&data.read.beside(&summary)),
        false => print(&summary),
    }
    Ok(())
}

/// In its cell, or else by Jensen's inequality; a lower network is given with it if the descent of Theorem 6.1 finds one.
fn prove(cell: Minimum) -> Result<(&'static str, Minimum, Proved), Failure> {
    let in_cell = match cell.verify() {
        Ok(_) => {
            let minimum = cell.with_lower();
            let proved = minimum.verify().map_err(Failure::invalid)?;
            return Ok(("cell", minimum, proved));
        }
        Err(refused) => refused,
    };
    let Minimum { problem, targets, network, .. } = &cell;
    let by_jensen = Minimum::by_jensen(problem.clone(), targets.clone(), network.clone());
    let why = match by_jensen.as_ref().map(Minimum::verify) {
        Some(Ok(_)) => {
            let minimum = by_jensen.expect("it was proved").with_lower();
            let proved = minimum.verify().map_err(Failure::invalid)?;
            return Ok(("orthant", minimum, proved));
        }
        Some(Err(refused)) => words(&refused),
        None => "this is looked for with one input and one output only".into(),
    };
    let in_cell = words(&in_cell);
    Err(Failure::hypothesis(format!(
        "not shown to be a minimum:\n  in its cell: {in_cell}\n  among all networks with W_2 ≥ 0: {why}"
    )))
}

/// The condition that is not shown.
fn words(refused: &Refused) -> String {
    refused.unproved().map_or_else(|| refused.to_string(), ToString::to_string)
}

fn print(summary: &Summary) {
    let exact = |number: &Rational| write_rational(number);
    let Proved { value, lower, extent } = &summary.proved;
    say!("loss      ½‖F − Y‖² = {}", exact(value));
    match extent {
        Extent::Cell { squared_radius: Some(square) } => {
            say!("minimum   no network less than √({}) away in the space of all parameters has less", exact(square));
        }
        Extent::Cell { squared_radius: None } => say!("minimum   no network of these widths has less"),
        Extent::Orthant { least } => {
            say!("minimum   no network with W_2 ≥ 0 has less");
            say!(
                "plateau   a path to a lower loss that never rises is at first constant for a length of at least {}",
                exact(least)
            );
        }
    }
    match lower {
        Some(lower) => say!("bad       another network has {}: a local minimum that is no global one", exact(lower)),
        None if matches!(extent, Extent::Cell { squared_radius: None }) => {}
        None => say!("lower     none was constructed: whether it is a global minimum is not said"),
    }
    if let Some(file) = &summary.certificate {
        say!("written   {0}; prove it with: sublevel check {0}", file.display());
    }
}

//! `sublevel escape`: an unbounded path of constant loss.

use super::console::Kind;
use super::{Console, Failure, inputs, write_certificate};
use crate::arith::counted;
use crate::certificate::Claim;
use crate::cli::progress;
use crate::linalg::Exact;
use crate::network::{Activation, import_matrix};
use crate::path::Walker;
use crate::statement::Theorem;
use crate::statement::escape::{Escape, escape, through_kernel};
use serde::Serialize;
use std::path::PathBuf;
use std::time::Instant;

#[derive(clap::Args)]
pub struct Arguments {
    /// The network: .safetensors, .npz or .pt.
    network: PathBuf,
    #[command(flatten)]
    data: inputs::DataArguments,
    /// relu, leaky-relu=SLOPE, abs, hard-tanh, identity or pl:breakpoints=…;slopes=…;value=…
    #[arg(long, value_parser = inputs::piecewise_linear)]
    activation: Activation,
    /// Force the construction of Theorem 3.2 (2), through the left kernel of W_2 [default: a dead neuron if there is one].
    #[arg(long, value_name = "3.2")]
    theorem: Option<Theorem>,
    /// Where the certificate goes.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Serialize)]
struct Summary {
    /// The label of the certificate.
    statement: &'static str,
    construction: String,
    moves: usize,
    largest_integer_bits: u32,
    seconds: f64,
    certificate: String,
    /// How large that is, in words.
    #[serde(skip)]
    size: String,
}

pub fn run(arguments: &Arguments, console: &mut Console) -> Result<(), Failure> {
    if arguments.theorem.is_some_and(|theorem| theorem != Theorem::IndependentData) {
        return Err(Failure::input("--theorem: 3.2 can be forced; leave it out for the wide layer"));
    }
    console.claim([("--out", Kind::Certificate, Some(&arguments.out))], &[&arguments.network, &arguments.data.data])?;
    let started = Instant::now();
    let ([network], data, problem) =
        inputs::load([arguments.network.as_path()], &arguments.data, &arguments.activation, console)?;
    let bar = progress::spinner("building the path");
    let inputs = import_matrix(&Exact, &problem.inputs);
    let mut walker = Walker::new(&Exact, problem.activation.import(&Exact), &inputs, network);
    let found = match arguments.theorem {
        None => escape(&mut walker, &problem),
        Some(_) => through_kernel(&mut walker, &problem).map(|()| Escape::Kernel),
    };
    let found = found.map_err(Failure::hypothesis)?;
    drop(bar);
    let path = walker.into_path();
    let label = found.label();
    let written =
        write_certificate(console, &arguments.out, Claim::Unbounded, label, &problem, data.loss.as_ref(), &path)?;
    let summary = Summary {
        statement: label,
        construction: found.to_string(),
        moves: path.moves.len(),
        largest_integer_bits: written.bits,
        seconds: started.elapsed().as_secs_f64(),
        certificate: arguments.out.display().to_string(),
        size: written.size(),
    };
    if console.json() {
        console.print_json(&data.read.beside(&summary));
    } else {
        say!("escaped by {}: {}", summary.statement, summary.construction);
        say!(
            "path      {}, the last to infinity; constant output; largest integer {} bits, {:.2} s",
            counted(summary.moves, "move"),
            summary.largest_integer_bits,
            summary.seconds
        );
        say!("written   {0} ({1}); prove it with: sublevel check {0}", summary.certificate, summary.size);
    }
    Ok(())
}

//! `sublevel compare`: the same construction by every kernel.

use super::console::Kind;
use super::{Console, Failure, inputs, progress};
use crate::network::Activation;
use crate::report::{Comparison, compare, comparison_chart};
use crate::statement::{Problem, Theorem};
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Arguments {
    /// The first network: .safetensors, .npz or .pt.
    from: PathBuf,
    /// The second network, of the same architecture.
    to: PathBuf,
    #[command(flatten)]
    data: inputs::DataArguments,
    /// relu, leaky-relu=SLOPE, abs, hard-tanh, identity or pl:breakpoints=…;slopes=…;value=…
    #[arg(long, value_parser = inputs::piecewise_linear)]
    activation: Activation,
    /// Bits of the multiprecision kernels, beside the exact and the double one.
    #[arg(long, value_delimiter = ',', default_value = "24,53,113,256,1024",
          value_parser = clap::value_parser!(u32).range(2..=65536))]
    precision: Vec<u32>,
    /// The theorem: 3.2, 5.1 or 6.1 [default: the first that applies].
    #[arg(long)]
    theorem: Option<Theorem>,
    /// A picture of the drift against the precision: .svg or .png.
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
}

pub fn run(arguments: &Arguments, console: &mut Console) -> Result<(), Failure> {
    let reads = [arguments.from.as_path(), &arguments.to, &arguments.data.data];
    console.claim([("--plot", Kind::Picture, arguments.plot.as_ref())], &reads)?;
    let files = [arguments.from.as_path(), arguments.to.as_path()];
    let ([from, to], data, problem) = inputs::load(files, &arguments.data, &arguments.activation, console)?;
    let loss = data.loss.as_ref().ok_or_else(|| Failure::input("compare needs data with labels or targets"))?;
    let theorem = applicable(&problem, arguments.theorem)?;
    let bar = progress::spinner("building the path by every kernel");
    let rows = compare(&problem, &from, &to, loss, theorem, &arguments.precision);
    drop(bar);
    if let Some(file) = &arguments.plot {
        console.draw(file, &comparison_chart(&rows))?;
    }
    if console.json() {
        console.print_json(&data.read.beside(&serde_json::json!({ "rows": rows })));
    } else {
        say!("loss {loss}: {}", loss.definition());
        print(&rows, theorem);
    }
    Ok(())
}

/// The theorem asked for, or the first whose hypotheses hold.
fn applicable(problem: &Problem, forced: Option<Theorem>) -> Result<Theorem, Failure> {
    let candidates = forced.map_or_else(|| Theorem::all(problem.depth()), |theorem| vec![theorem]);
    let mut reasons = Vec::new();
    for theorem in candidates {
        match theorem.hypotheses(problem) {
            Ok(()) => return Ok(theorem),
            Err(reason) => reasons.push(format!("{theorem}: {reason}")),
        }
    }
    Err(Failure::hypothesis(format!("no theorem applies:\n  {}", reasons.join("\n  "))))
}

fn print(rows: &[Comparison], theorem: Theorem) {
    say!("connected by {theorem}; drift and rise of the loss on the path, every float evaluated as the rational it is");
    say!("{:<22} {:>15} {:>6} {:>11} {:>11} {:>9}", "kernel", "decisions", "moves", "drift", "rise", "seconds");
    for row in rows {
        let decisions = match row.first_difference {
            None => "the same".to_owned(),
            Some(index) => format!("differ at {index}"),
        };
        let number = |value: Option<f64>| value.map_or("-".into(), |value| format!("{value:.2e}"));
        let moves = row.moves.map_or("-".into(), |moves| moves.to_string());
        let broke = row.broke.as_ref().map_or(String::new(), |reason| format!("  broke: {reason}"));
        say!(
            "{:<22} {decisions:>15} {moves:>6} {:>11} {:>11} {:>9.2}{broke}",
            row.kernel,
            number(row.drift),
            number(row.rise),
            row.seconds
        );
    }
}

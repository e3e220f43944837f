//! `sublevel skip`: hidden units of an ordinary network are connected to the output.

use super::console::Kind;
use super::reading::Read;
use super::{Console, Failure, inputs};
use crate::arith::counted;
use crate::network::{GraphNetwork, Nonlinearity, graph_to_bytes, is_graph_file, weights_file};
use serde::Serialize;
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Arguments {
    /// The network: .safetensors, .npz or .pt.
    network: PathBuf,
    /// sigmoid, tanh, softplus=GAMMA, elu=ALPHA, or a piecewise-linear one such as relu.
    #[arg(long)]
    activation: Nonlinearity,
    /// N, the number of training samples: so many hidden units are drawn, from all layers.
    #[arg(long, value_name = "N", value_parser = inputs::count)]
    samples: usize,
    /// Of the draw.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// The output keeps its connections and its bias, and the new ones get weight 0: the same function. Without this the drawn
    /// units alone are connected, by random weights.
    #[arg(long)]
    keep_output: bool,
    /// Where the description goes (.json); the weights go beside it (.safetensors).
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    import: inputs::ImportArguments,
}

#[derive(Serialize)]
struct Summary {
    /// How many units are connected to the output.
    connected: usize,
    /// Which ones: block (a hidden layer, from 1) and unit (from 0).
    units: Vec<[usize; 2]>,
    /// How many of them each hidden layer has.
    by_layer: Vec<usize>,
    seed: u64,
    same_function: bool,
    description: PathBuf,
    weights: PathBuf,
}

pub fn run(arguments: &Arguments, console: &mut Console) -> Result<(), Failure> {
    let out = &arguments.out;
    if !is_graph_file(out) {
        return Err(Failure::input(format!("--out {}: a description of a graph ends with .json", out.display())));
    }
    let weights = weights_file(out);
    console.claim(
        [("--out", Kind::Graph, Some(out)), ("--out, its weights", Kind::Weights, Some(&weights))],
        &[&arguments.network],
    )?;
    let mut read = Read::default();
    let network = inputs::network(&arguments.network, &arguments.import, &mut read)?;
    if !console.json() {
        read.print();
    }
    if network.depth() == 1 {
        return Err(inputs::in_file(&arguments.network, "has no hidden layer: there is no unit to connect"));
    }
    let dense = GraphNetwork::from_dense(&network, &arguments.activation).map_err(Failure::input)?;
    let found = dense.with_skips(arguments.samples, arguments.seed, arguments.keep_output);
    let found = found.map_err(Failure::hypothesis)?;
    let origin = format!(
        "{}, {} {} units drawn with seed {}",
        arguments.network.display(),
        if arguments.keep_output { "as it is, with" } else { "with" },
        arguments.samples,
        arguments.seed
    );
    let (description, bytes) = graph_to_bytes(out, &found, &origin).map_err(Failure::input)?;
    console.write(&weights, |file| file.write_all(&bytes))?;
    console.write(out, |file| file.write_all(&description))?;
    let units = found.graph().skips.clone();
    let of_layer = |layer: usize| units.iter().filter(|unit| unit[0] == layer).count();
    let summary = Summary {
        connected: units.len(),
        by_layer: (1..=found.graph().blocks.len()).map(of_layer).collect(),
        seed: arguments.seed,
        same_function: arguments.keep_output,
        description: out.clone(),
        weights,
        units,
    };
    match console.json() {
        true => console.print_json(&read.beside(&summary)),
        false => print(&summary),
    }
    Ok(())
}

fn print(summary: &Summary) {
    say!("connected {} to the output:", counted(summary.connected, "unit"));
    for (count, layer) in summary.by_layer.iter().zip(1..) {
        let units: Vec<String> =
            summary.units.iter().filter(|unit| unit[0] == layer).map(|unit| unit[1].to_string()).collect();
        let shown = units.iter().take(12).cloned().collect::<Vec<_>>().join(", ");
        let rest = if units.len() > 12 { ", … (all of them in the description)" } else { "" };
        say!("          {count} of hidden layer {layer}: {shown}{rest}");
    }
    if summary.same_function {
        say!("function  the same as before: the new connections have weight 0");
    } else {
        say!("output    these units alone, by random weights, without a bias");
    }
    let file = summary.description.display();
    say!("written   {file}, weights in {}", summary.weights.display());
    say!("next      sublevel independent {file} --data D --out P; sublevel descend {file} --data D --out P");
}

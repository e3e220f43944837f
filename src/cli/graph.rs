//! `sublevel graph`: a network of convolutions block by block, and its description as a file.

use super::console::Kind;
use super::reading::Read;
use super::{Console, Failure, inputs};
use crate::arith::counted;
use crate::certificate::graph::{BlockRecord, BlockRule, GraphRecord, Patches, Pool, Windows};
use crate::network::{GraphNetwork, Nonlinearity, ReadData, graph_to_bytes, is_graph_file, weights_file};
use serde::Serialize;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub struct Arguments {
    /// The network: .onnx, the description of a graph (.json), or, with --graph, arrays (.pt, .safetensors, .npz).
    network: PathBuf,
    #[command(flatten)]
    graph: inputs::GraphArguments,
    /// Data to try the network on: .npz with `inputs`, and `outputs`, what your framework computes, to be compared. Images run
    /// plane by plane (NCHW, flattened). Nothing is scaled unless you say so.
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Take the first samples only.
    #[arg(long, value_name = "COUNT", requires = "data", value_parser = inputs::count)]
    samples: Option<usize>,
    #[command(flatten)]
    loss: inputs::LossArguments,
    /// Where the description goes (.json); the weights go beside it (.safetensors).
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    import: inputs::ImportArguments,
}

#[derive(Serialize)]
struct Summary {
    /// d.
    inputs: usize,
    blocks: Vec<Block>,
    output: Output,
    /// Of all blocks and of the output.
    parameters: usize,
    description: Option<PathBuf>,
    weights: Option<PathBuf>,
}

/// A block, in words and numbers.
#[derive(Serialize)]
struct Block {
    /// From 1.
    block: usize,
    /// Earlier blocks, 0 for the inputs.
    from: Vec<usize>,
    /// `convolution`, `dense`, `listed` (patches by their columns), `max`, `mean`, `sum`, `batch-normalisation`.
    kind: &'static str,
    /// Of filters and pools that read images.
    windows: Option<Windows>,
    /// Channels, height and width of what comes out, where windows do.
    image: Option<[usize; 3]>,
    units: usize,
    activation: Option<String>,
    parameters: usize,
}

#[derive(Serialize)]
struct Output {
    /// How many units are connected to it.
    connected: usize,
    outputs: usize,
    bias: bool,
    parameters: usize,
}

pub fn run(arguments: &Arguments, console: &mut Console) -> Result<(), Failure> {
    let Arguments { network: path, out, .. } = arguments;
    if let Some(out) = out.as_ref().filter(|out| !is_graph_file(out)) {
        return Err(Failure::input(format!("--out {}: a description of a graph ends with .json", out.display())));
    }
    let weights = out.as_ref().map(|out| weights_file(out));
    let reads: Vec<&Path> = [Some(path), arguments.graph.graph.as_ref(), arguments.data.as_ref()]
        .into_iter()
        .flatten()
        .map(PathBuf::as_path)
        .collect();
    console.claim(
        [("--out", Kind::Graph, out.as_ref()), ("--out, its weights", Kind::Weights, weights.as_ref())],
        &reads,
    )?;
    let mut read = Read::default();
    let mut networks = inputs::graph_networks(&[path], &arguments.graph, &arguments.import, &mut read)?;
    let network = networks.remove(0);
    if arguments.data.is_none() {
        arguments.import.refuse_data()?;
    }
    if let Some(data) = &arguments.data {
        assess(arguments, data, &network, &mut read)?;
    }
    if !console.json() {
        read.print();
    }
    if let (Some(out), Some(weights)) = (out, &weights) {
        let origin = path.display().to_string();
        let (description, bytes) = graph_to_bytes(out, &network, &origin).map_err(Failure::input)?;
        console.write(weights, |file| file.write_all(&bytes))?;
        console.write(out, |file| file.write_all(&description))?;
    }
    let summary = Summary { description: out.clone(), weights, ..summary(&network) };
    match console.json() {
        true => console.print_json(&read.beside(&summary)),
        false => print(&summary),
    }
    Ok(())
}

/// Runs the network on the data.
fn assess(arguments: &Arguments, data: &Path, network: &GraphNetwork, read: &mut Read) -> Result<(), Failure> {
    let options = arguments.import.options(arguments.samples);
    let ReadData { data: set, expected, report } = options.read_data(data).map_err(Failure::input)?;
    inputs::fit_graph(&set.inputs, &arguments.network, network)?;
    let loss = inputs::loss(&arguments.loss, &set, &report, network.graph().outputs);
    let loss = loss.map_err(|error| inputs::in_file(data, error))?;
    read.add_data(report);
    read.assess_graphs(&[(&arguments.network, network)], &set, loss.as_ref(), &expected)
}

fn summary(network: &GraphNetwork) -> Summary {
    let GraphRecord { inputs, blocks, skips, outputs, bias } = network.graph();
    let parameters = |layer: usize| {
        let layer = network.layers().get(&layer);
        layer.map_or(0, |layer| layer.weight.len() + layer.bias.as_ref().map_or(0, |bias| bias.len()))
    };
    let block = |(block, number): (&BlockRecord, usize)| Block {
        block: number,
        from: block.from.clone(),
        kind: kind(block),
        windows: windows(block),
        image: image(block),
        units: network.units(number).unwrap_or(0),
        activation: network.sigmas()[number - 1].as_ref().map(Nonlinearity::to_string),
        parameters: parameters(number),
    };
    let last = blocks.len() + 1;
    Summary {
        inputs: *inputs,
        blocks: blocks.iter().zip(1..).map(block).collect(),
        output: Output { connected: skips.len(), outputs: *outputs, bias: *bias, parameters: parameters(last) },
        parameters: (1..=last).map(parameters).sum(),
        description: None,
        weights: None,
    }
}

fn kind(block: &BlockRecord) -> &'static str {
    match (&block.rule, &block.patches) {
        (BlockRule::Filters { .. }, Some(Patches::Windows(_))) => "convolution",
        (BlockRule::Filters { .. }, Some(Patches::Listed(_))) => "listed",
        (BlockRule::Filters { .. }, None) => "dense",
        (BlockRule::Pool { pool: Pool::Max }, _) => "max",
        (BlockRule::Pool { pool: Pool::Mean }, _) => "mean",
        (BlockRule::Pool { pool: Pool::Sum }, _) | (BlockRule::Sum { .. }, _) => "sum",
        (BlockRule::Normalise { .. }, _) => "batch-normalisation",
    }
}

fn windows(block: &BlockRecord) -> Option<Windows> {
    match block.patches {
        Some(Patches::Windows(windows)) => Some(windows),
        _ => None,
    }
}

/// The image that the windows of a block make.
fn image(block: &BlockRecord) -> Option<[usize; 3]> {
    let windows = windows(block)?;
    let [height, width] = windows.positions()?;
    let channels = match block.rule {
        BlockRule::Filters { filters, .. } => filters,
        _ => windows.image[0],
    };
    Some([channels, height, width])
}

fn print(summary: &Summary) {
    say!("graph     {} inputs, {}", summary.inputs, counted(summary.blocks.len(), "block"));
    for block in &summary.blocks {
        let from: Vec<String> = block.from.iter().map(usize::to_string).collect();
        // The usual one is left out.
        let from = if block.from == [block.block - 1] { String::new() } else { format!(" of {}", from.join(" and ")) };
        let sigma = block.activation.as_ref().filter(|name| *name != "identity");
        let sigma = sigma.map_or(String::new(), |name| format!(", {name}"));
        let count = if block.parameters > 0 { format!(", {} parameters", block.parameters) } else { String::new() };
        say!("{:>7}   {}{from}: {}{sigma}{count}", block.block, what(block), units(block));
    }
    let Output { connected, outputs, bias, parameters } = &summary.output;
    let bias = if *bias { " and a bias" } else { "" };
    say!(" output   {connected} units connected to {outputs} outputs{bias}, {parameters} parameters");
    say!("parameters {} in all", summary.parameters);
    if let (Some(description), Some(weights)) = (&summary.description, &summary.weights) {
        say!("written   {}, weights in {}", description.display(), weights.display());
    }
}

/// What a block does, with its windows.
fn what(block: &Block) -> String {
    let Some(Windows { kernel: [height, width], stride, padding, .. }) = block.windows else {
        return block.kind.into();
    };
    let mut what = format!("{} {height}×{width}", block.kind);
    if stride != [1, 1] {
        what += &format!(", stride {}", same(&stride));
    }
    if padding != [0; 4] {
        what += &format!(", padding {}", same(&padding));
    }
    what
}

/// A number for all sides if it is one.
fn same(sides: &[usize]) -> String {
    match sides.iter().all(|side| *side == sides[0]) {
        true => sides[0].to_string(),
        false => format!("{sides:?}"),
    }
}

/// What goes in and comes out.
fn units(block: &Block) -> String {
    let image = |[channels, height, width]: [usize; 3]| format!("{channels}×{height}×{width}");
    match (block.windows, block.image) {
        (Some(windows), Some(out)) => format!("{} → {}", image(windows.image), image(out)),
        _ => counted(block.units, "unit"),
    }
}

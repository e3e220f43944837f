//! `sublevel align`: one network with its neurons in the order of another one's, and the straight line before and after.

use super::console::Kind;
use super::reading::Read;
use super::{Console, Failure, inputs, progress};
use crate::barrier::{Enclosure, Task};
use crate::chain::{Aligned, Matching, align, largest_on_line, same_function};
use crate::network::{Nonlinearity, Parameters, network_to_bytes};
use crate::statement::object::certificate;
use serde::Serialize;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub struct Arguments {
    /// The network whose order is taken.
    from: PathBuf,
    /// The network whose neurons are put into that order.
    to: PathBuf,
    #[command(flatten)]
    data: inputs::DataArguments,
    /// relu, leaky-relu=SLOPE, abs, hard-tanh, identity or pl:breakpoints=…;slopes=…;value=…; sigmoid, tanh, softplus=GAMMA or
    /// elu=ALPHA.
    #[arg(long)]
    activation: Nonlinearity,
    /// What makes two neurons similar: their weights, or their features over the data.
    #[arg(long, value_enum, default_value_t = By::Weights)]
    by: By,
    /// Where the second network goes, in the new order: .safetensors, in doubles, which the same function needs exactly.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Where a certificate goes that both are the same function of every input (.path.jsonl).
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum By {
    Weights,
    Activations,
}

/// What is said at the end.
#[derive(Serialize)]
struct Summary {
    by: &'static str,
    widths: Vec<usize>,
    /// Neurons of each hidden layer that have another place than before.
    moved: Vec<usize>,
    /// For each hidden layer: neuron i was neuron `orders[i]`, from 0.
    orders: Vec<Vec<usize>>,
    loss: Option<String>,
    /// The largest loss on the straight line, certified: before, and after.
    straight: Option<[f64; 2]>,
    aligned: Option<[f64; 2]>,
    larger_end: Option<[f64; 2]>,
    out: PathBuf,
    certificate: Option<PathBuf>,
}

pub fn run(arguments: &Arguments, console: &mut Console) -> Result<(), Failure> {
    let files: [&Path; 2] = [&arguments.from, &arguments.to];
    let outputs = [
        ("--out", Kind::Network, Some(&arguments.out)),
        ("--certificate", Kind::Certificate, arguments.certificate.as_ref()),
    ];
    console.claim(outputs, &[files[0], files[1], &arguments.data.data])?;
    let mut read = Read::default();
    let import = &arguments.data.import;
    let networks = files.map(|file| inputs::network(file, import, &mut read));
    let [from, to] = networks;
    let (from, to) = (from?, to?);
    let data =
        inputs::data(&arguments.data, &arguments.activation, &[(files[0], &from), (files[1], &to)], read, console)?;
    let (by, matching) = match arguments.by {
        By::Weights => ("weights", Matching::Weights),
        By::Activations => ("activations", Matching::Activations),
    };
    let bar = progress::spinner("matching neurons");
    let Aligned { network, orders } = align(&arguments.activation, &data.set.inputs, &from, &to, matching);
    drop(bar);
    let bytes = network_to_bytes(&network).map_err(Failure::input)?;
    let line = |end: &Parameters<_>| -> Result<Option<[Enclosure; 2]>, Failure> {
        let Some(loss) = &data.loss else { return Ok(None) };
        let task = Task::chain(&arguments.activation, &data.set.inputs, loss, &[&from, end]).map_err(Failure::input)?;
        import.check_memory(
            "the features of the first layer for all samples",
            crate::barrier::BoundedPath::memory(&task),
        )?;
        let bar = progress::spinner("bounding the loss on the straight line");
        let mut told = |evaluations: usize, lower: f64, upper: f64| {
            bar.set_message(format!("{evaluations} intervals: maximum in {}", Enclosure { lower, upper }));
        };
        Ok(Some(largest_on_line(&task, &mut told)))
    };
    let (before, after) = (line(&to)?, line(&network)?);
    console.write(&arguments.out, |file| file.write_all(&bytes))?;
    if let Some(file) = &arguments.certificate {
        let bytes = certificate("same-function", same_function(&to, &network, &orders));
        console.write_certificate(file, |file| file.write_all(&bytes))?;
    }
    let pair = |enclosure: Enclosure| [enclosure.lower, enclosure.upper];
    let moved = orders.iter().map(|order| order.iter().enumerate().filter(|&(i, &j)| i != j).count()).collect();
    let summary = Summary {
        by,
        widths: from.widths(),
        moved,
        orders,
        loss: data.loss.as_ref().map(ToString::to_string),
        straight: before.map(|[maximum, _]| pair(maximum)),
        aligned: after.map(|[maximum, _]| pair(maximum)),
        larger_end: after.map(|[_, larger]| pair(larger)),
        out: arguments.out.clone(),
        certificate: arguments.certificate.clone(),
    };
    if console.json() {
        console.print_json(&data.read.beside(&summary));
    } else {
        print_summary(&arguments.to, &summary, before.zip(after));
    }
    Ok(())
}

fn print_summary(to: &Path, summary: &Summary, lines: Option<([Enclosure; 2], [Enclosure; 2])>) {
    say!("aligned   by {}, {}", summary.by, inputs::dashed(&summary.widths));
    for (k, (moved, order)) in (1..).zip(summary.moved.iter().zip(&summary.orders)) {
        say!("layer {k}   {moved} of {} neurons have another place", order.len());
    }
    if let (Some((before, after)), Some(loss)) = (lines, &summary.loss) {
        say!("line      largest {loss} loss {} before, {} after (certified)", before[0], after[0]);
        say!("          larger end {}", after[1]);
    }
    say!("written   {}: the same function as the second network, exactly", summary.out.display());
    if let Some(file) = &summary.certificate {
        say!(
            "written   {0}; prove it with: sublevel check {0} --from {2} --to {1}",
            file.display(),
            summary.out.display(),
            to.display()
        );
    }
}

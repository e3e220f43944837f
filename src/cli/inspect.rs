//! `sublevel inspect`: what each move of a certificate does, in words and numbers. Proves nothing.

use super::check::refuse_what_is_no_certificate;
use super::{Console, Failure, inputs};
use crate::certificate::graph::BlockRule;
use crate::certificate::{GraphRecord, Record, open};
use crate::network::Loss;
use crate::path::from_loss;
use crate::report::{Inspector, MoveDescription};
use serde::Serialize;
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Arguments {
    /// The certificate.
    path: PathBuf,
}

#[derive(Serialize)]
struct Inspection {
    statement: String,
    claim: String,
    widths: Vec<usize>,
    samples: usize,
    loss: Option<String>,
    loss_definition: Option<String>,
    moves: Vec<MoveDescription>,
    complete: bool,
}

pub fn run(arguments: &Arguments, console: &mut Console) -> Result<(), Failure> {
    refuse_what_is_no_certificate(&arguments.path)?;
    let unread = |error| Failure::of_certificate(&arguments.path, error);
    let mut reader = open(&arguments.path).map_err(unread)?;
    let (statement, claim, widths, samples, loss) = match reader.next_record().map_err(unread)? {
        Some(Record::Problem(problem)) => {
            (problem.statement, problem.claim, problem.widths, problem.inputs.rows, problem.loss)
        }
        Some(Record::Graph(problem)) => {
            let widths = blocks(&problem.graph);
            (problem.statement, problem.claim, widths, problem.inputs.rows, Some(problem.loss))
        }
        Some(Record::Rational(problem)) => {
            let widths = blocks(&problem.graph);
            (problem.statement, problem.claim, widths, problem.inputs.rows, problem.loss)
        }
        Some(Record::Object { object, .. }) => {
            let claim = object.claim();
            return Err(Failure::input(format!(
                "a certificate of the claim {claim} has no moves: `sublevel check` it"
            )));
        }
        _ => return Err(Failure::invalid("record 1: the problem expected")),
    };
    let loss = loss.as_ref().map(from_loss).transpose().map_err(Failure::invalid)?;
    let mut inspection = Inspection {
        statement,
        claim: claim.to_string(),
        widths,
        samples,
        loss: loss.as_ref().map(ToString::to_string),
        loss_definition: loss.as_ref().map(Loss::definition),
        moves: Vec::new(),
        complete: false,
    };
    let refused = |error| Failure::invalid(error).of_file(&arguments.path);
    let mut inspector = Inspector::default();
    while let Some(record) = reader.next_record().map_err(unread)? {
        match record {
            Record::End { .. } => inspection.complete = true,
            record => inspection.moves.extend(inspector.describe(&record).map_err(refused)?),
        }
    }
    if console.json() {
        console.print_json(&inspection)
    } else {
        print(&inspection)
    }
    Ok(())
}

/// The inputs, the units of every block, and the outputs of a graph.
fn blocks(graph: &GraphRecord) -> Vec<usize> {
    let mut widths = vec![graph.inputs];
    for block in &graph.blocks {
        let taken =
            block.from.iter().filter_map(|&from| widths.get(from)).fold(0, |sum: usize, &n| sum.saturating_add(n));
        let patches = usize::try_from(block.patch_sizes(taken as u64).count).unwrap_or(usize::MAX);
        widths.push(match &block.rule {
            BlockRule::Filters { filters, .. } => patches.saturating_mul(*filters),
            _ => patches,
        });
    }
    widths.push(graph.outputs);
    widths
}

fn print(inspection: &Inspection) {
    say!(
        "{}: {}, widths {}, N = {}, loss {}",
        inspection.statement.escape_debug(),
        inspection.claim,
        inputs::dashed(&inspection.widths),
        inspection.samples,
        inspection.loss.as_deref().unwrap_or("any convex")
    );
    if let (Some(loss), Some(definition)) = (&inspection.loss, &inspection.loss_definition) {
        say!("loss {loss}: {definition}");
    }
    say!("{:>5}  {:<7} {:>9} {:>11}  what it does", "move", "kind", "integers", "bits (max)");
    for step in &inspection.moves {
        say!("{:>5}  {:<7} {:>9} {:>11}  {}", step.number, step.kind, step.integers, step.bits, step.what);
    }
    if !inspection.complete {
        say!("the file is incomplete: there is no end record");
    }
}

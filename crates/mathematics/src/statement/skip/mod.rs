//! Skip connections to the output (ICLR 2019): independent features, and what follows from them.
//!
//! # Example
//! ```
//! use sublevel::checker::Descent;
//! use sublevel::network::Loss;
//! use sublevel::statement::skip::{descend::{Aim, descend}, independent::independent, instances::deep_sigmoid};
//!
//! let (network, inputs) = deep_sigmoid(2);
//! assert!(independent(&network, &inputs, 256, &mut |_| {}).is_ok());
//! let loss = Loss::cross_entropy((0..32).map(|sample| sample % 2).collect());
//! let epsilon = rug::Rational::from((1, 1000));
//! let aim = Aim { inputs: &inputs, loss: &loss, epsilon: &epsilon, precision: 256, seed: 0 };
//! let found = descend(&network, &aim, &mut |_| {}).unwrap();
//! assert_eq!(found.descent, Descent::FallsStrictly);
//! ```

pub mod assumption;
mod chains;
pub mod descend;
pub mod independent;
pub mod instances;
pub mod layer_table;
pub mod maximum;
mod right_inverse;
pub mod strict_minimum;
pub mod triangular;
pub mod zero_error;
pub mod zero_set;

use crate::certificate::graph::{BlockRule, GraphRecord, PatchSizes};
use crate::certificate::{
    self as file, Claim, Exceeded, GraphProblemRecord, Layer, LayerCurve, Layers, Limit, Limits, LossRecord, Matrix,
    RationalProblemRecord, Reader, Record, Writer,
};
use crate::checker::{self, Expected, Verdict};
use crate::network::{GraphNetwork, Loss};
use crate::path::{ReplayError, from_fraction, from_loss, from_matrix, to_fraction, to_loss, to_matrix};
use nalgebra::DMatrix;
use rug::Rational;
use std::collections::BTreeMap;
use std::io::BufRead;

/// A move of a path of graph networks.
#[derive(Debug, Clone, PartialEq)]
pub enum GraphMove {
    /// The output's weights go straight to these, with the bias as last row.
    Line(DMatrix<Rational>),
    /// All layers go straight to those of another network, and the loss stays at most the number; seen on the pieces [i, i + 1]/2^h of
    /// these depths h, if they are listed.
    Bounded(GraphNetwork, Rational, Option<Vec<u32>>),
}

impl GraphMove {
    /// The network after it, from the one before it.
    fn after(&self, before: &GraphNetwork) -> GraphNetwork {
        match self {
            GraphMove::Line(output) => before.with_output(output),
            GraphMove::Bounded(to, ..) => to.clone(),
        }
    }
}

/// A path of networks of one graph.
#[derive(Debug, Clone, PartialEq)]
pub struct GraphPath {
    /// Where it starts.
    pub start: GraphNetwork,
    /// Its moves.
    pub moves: Vec<GraphMove>,
}

impl GraphPath {
    /// The network at the end.
    pub fn end(&self) -> GraphNetwork {
        self.moves.iter().fold(self.start.clone(), |network, step| step.after(&network))
    }

    /// The start, and the network after each move.
    pub fn vertices(&self) -> Vec<GraphNetwork> {
        let mut vertices = vec![self.start.clone()];
        for step in &self.moves {
            vertices.push(step.after(&vertices[vertices.len() - 1]));
        }
        vertices
    }

    /// The certificate, features enclosed with so many bits.
    pub fn certificate(
        &self,
        (claim, label): (Claim, &str),
        inputs: &DMatrix<Rational>,
        loss: &Loss,
        bits: u64,
    ) -> Vec<u8> {
        let graph = self.start.graph().clone();
        let last = graph.blocks.len() + 1;
        let problem = GraphProblemRecord {
            claim,
            statement: label.into(),
            graph,
            inputs: to_matrix(inputs),
            loss: to_loss(loss),
            bits,
        };
        let mut records = vec![Record::Graph(problem), Record::Start { layers: self.start.to_layers() }];
        for step in &self.moves {
            records.push(match step {
                GraphMove::Line(output) => {
                    let mut layers = self.start.with_output(output).to_layers();
                    layers.retain(|&layer, _| layer == last);
                    Record::Line { layers }
                }
                GraphMove::Bounded(to, bound, pieces) => {
                    Record::Bounded { layers: to.to_layers(), bound: to_fraction(bound), pieces: pieces.clone() }
                }
            });
        }
        records.push(Record::End { moves: self.moves.len() });
        let mut bytes = vec![];
        let mut writer = Writer::new(&mut bytes);
        records.iter().for_each(|record| writer.write(record).expect("memory can be written"));
        bytes
    }

    /// The certificate, and the checker's verdict for these ends, inputs and loss.
    pub fn prove(
        &self,
        claim: (Claim, &str),
        inputs: &DMatrix<Rational>,
        loss: &Loss,
        bits: u64,
    ) -> (Vec<u8>, Verdict) {
        self.prove_within(claim, inputs, loss, bits, Limits::NONE)
    }

    /// The same, with limits on the checker's work.
    pub fn prove_within(
        &self,
        claim: (Claim, &str),
        inputs: &DMatrix<Rational>,
        loss: &Loss,
        bits: u64,
        limits: Limits,
    ) -> (Vec<u8>, Verdict) {
        let bytes = self.certificate(claim, inputs, loss, bits);
        let expected = Expected {
            from: Some(self.start.to_layers()),
            to: Some(self.end().to_layers()),
            graph: Some(self.start.graph().clone()),
            inputs: Some(to_matrix(inputs)),
            loss: Some(to_loss(loss)),
            ..Expected::default()
        };
        let verdict = checker::check(Reader::with_limits(limits, &*bytes), &expected, &mut |_| {});
        (bytes, verdict)
    }
}

/// The path of a certificate of graph networks, with its problem. Proves nothing.
///
/// # Errors
/// [`ReplayError`].
pub fn read_graph_path<R: BufRead>(reader: &mut Reader<R>) -> Result<(GraphProblemRecord, GraphPath), ReplayError> {
    match reader.next_record()? {
        Some(Record::Graph(problem)) => read_graph_moves(&problem, reader).map(|path| (problem, path)),
        _ => Err(ReplayError::Order { record: 1, expected: "the problem of a path of graph networks" }),
    }
}

/// The path that follows this problem.
///
/// # Errors
/// [`ReplayError`].
pub fn read_graph_moves<R: BufRead>(
    problem: &GraphProblemRecord,
    reader: &mut Reader<R>,
) -> Result<GraphPath, ReplayError> {
    let of_problem = (&problem.graph, &problem.inputs, Some(&problem.loss));
    let (start, mut layers) = read_start(of_problem, reader)?;
    let mut moves = vec![];
    for record in 3.. {
        let (named, bound) = match reader.next_record()? {
            Some(Record::Line { layers }) => (layers, None),
            Some(Record::Bounded { layers, bound, pieces }) => (layers, Some((bound, pieces))),
            Some(Record::End { .. }) | None => break,
            Some(_) => return Err(ReplayError::Order { record, expected: "a line or a bounded line" }),
        };
        let unfit = |what| ReplayError::Unfit { record, what };
        let last = problem.graph.blocks.len() + 1;
        if let Some(layer) = named.keys().find(|&&layer| bound.is_none() && layer != last) {
            return Err(unfit(format!("a line moves the output, layer {last}, and not layer {layer}")));
        }
        merge(&mut layers, named).map_err(unfit)?;
        let to = read_network(&problem.graph, &layers).map_err(unfit)?;
        moves.push(match bound {
            Some((bound, pieces)) => GraphMove::Bounded(to, from_fraction(&bound), pieces),
            None => GraphMove::Line(to.stacked_output()),
        });
    }
    Ok(GraphPath { start, moves })
}

/// A path of graph networks with rational features.
#[derive(Debug, Clone, PartialEq)]
pub struct RationalPath {
    /// Where it starts.
    pub start: GraphNetwork,
    /// Where each move leads, and the bound of a bounded one; on the others the output runs straight.
    pub moves: Vec<(GraphNetwork, Option<Rational>)>,
}

/// What comes after the problem of a path of graph networks with rational features, as far as it is there; as
/// [`read_graph_moves`].
///
/// # Errors
/// [`ReplayError`].
pub fn read_rational_moves<R: BufRead>(
    problem: &RationalProblemRecord,
    reader: &mut Reader<R>,
) -> Result<RationalPath, ReplayError> {
    let of_problem = (&problem.graph, &problem.inputs, problem.loss.as_ref());
    let (start, mut layers) = read_start(of_problem, reader)?;
    let mut moves = vec![];
    for record in 3.. {
        let (named, bound) = match reader.next_record()? {
            Some(Record::Line { layers }) => (layers, None),
            Some(Record::Curve { layers }) => {
                (layers.iter().map(|(layer, curve)| (*layer, end_of(curve))).collect(), None)
            }
            Some(Record::Bounded { layers, bound, .. }) => (layers, Some(from_fraction(&bound))),
            Some(Record::End { .. }) | None => break,
            Some(_) => return Err(ReplayError::Order { record, expected: "a line, a curve or a bounded line" }),
        };
        let unfit = |what| ReplayError::Unfit { record, what };
        merge(&mut layers, named).map_err(unfit)?;
        moves.push((read_network(&problem.graph, &layers).map_err(unfit)?, bound));
    }
    Ok(RationalPath { start, moves })
}

/// Where a layer is at the end of a curve.
fn end_of(curve: &LayerCurve) -> Layer {
    let end = |coefficients: &Vec<Matrix>| {
        let sum = coefficients.iter().map(from_matrix).reduce(|sum, next| match sum.shape() == next.shape() {
            true => sum + next,
            // What does not fit is refused with its shape.
            false => next,
        });
        sum.as_ref().map(to_matrix)
    };
    let [weight, bias] = [&curve.weight, &curve.bias].map(|part| part.as_ref().and_then(end));
    Layer { weight, bias, columns: None }
}

/// The network that a path starts with, and its layers as they are written; inputs, loss and size of the problem fit.
fn read_start<R: BufRead>(
    (graph, inputs, loss): (&GraphRecord, &Matrix, Option<&LossRecord>),
    reader: &mut Reader<R>,
) -> Result<(GraphNetwork, Layers), ReplayError> {
    let fits = check_problem((graph, inputs, loss), reader.limits());
    fits.map_err(|what| ReplayError::Unfit { record: 1, what })?;
    let Some(Record::Start { layers }) = reader.next_record()? else {
        return Err(ReplayError::Order { record: 2, expected: "the start" });
    };
    let start = read_network(graph, &layers).map_err(|what| ReplayError::Unfit { record: 2, what })?;
    Ok((start, layers))
}

/// Inputs, loss and size of a problem, or what does not fit.
fn check_problem(
    (graph, inputs, loss): (&GraphRecord, &Matrix, Option<&LossRecord>),
    limits: &Limits,
) -> Result<(), String> {
    if inputs.rows == 0 || inputs.cols != graph.inputs {
        return Err(format!("inputs {}×{}, d = {}", inputs.rows, inputs.cols, graph.inputs));
    }
    if let Some(loss) = loss {
        let loss = from_loss(loss).and_then(|loss| loss.fits(inputs.rows, graph.outputs));
        loss.map_err(|why| why.to_string())?;
    }
    allow(graph, inputs.rows, limits).map_err(|exceeded| exceeded.to_string())
}

/// Whether features, patches and parameters are few enough, before memory is taken for any of them.
fn allow(graph: &GraphRecord, samples: usize, limits: &Limits) -> Result<(), Exceeded> {
    limits.allow(Limit::Layers, graph.blocks.len() as u64 + 1)?;
    let mut units = vec![graph.inputs as u64];
    let product = |a: u64, b: u64| a.saturating_mul(b);
    let columns = graph.skips.len() as u64 + 1;
    let mut numbers = product(columns, graph.outputs as u64).saturating_add(product(columns, samples as u64));
    for block in &graph.blocks {
        // A block that is not there is refused by name later.
        let taken = block.from.iter().filter_map(|&block| units.get(block));
        let taken = taken.fold(0, |sum: u64, &more| sum.saturating_add(more));
        let PatchSizes { count, entries, longest } = block.patch_sizes(taken);
        let filters = match block.rule {
            BlockRule::Filters { filters, .. } => filters as u64,
            _ => 1,
        };
        let own = product(count, filters);
        let parts = [taken, entries, product(longest, filters), product(own, samples as u64)];
        numbers = parts.into_iter().fold(numbers, u64::saturating_add);
        units.push(own);
        limits.allow(Limit::Numbers, numbers)?;
    }
    limits.allow(Limit::Numbers, numbers)
}

/// A network of this graph with the layers of records.
fn read_network(graph: &GraphRecord, layers: &file::Layers) -> Result<GraphNetwork, String> {
    match layers.iter().find(|(_, layer)| layer.columns.is_some()) {
        Some((layer, _)) => Err(format!("layer {layer} names columns, which is not for graph networks")),
        None => GraphNetwork::from_layers(graph.clone(), layers).map_err(|error| error.to_string()),
    }
}

/// What a record names takes the place of what was there.
fn merge(layers: &mut BTreeMap<usize, file::Layer>, named: file::Layers) -> Result<(), String> {
    for (number, layer) in named {
        let own = layers.get_mut(&number).ok_or_else(|| format!("there is no layer {number}"))?;
        own.weight = layer.weight.or(own.weight.take());
        own.bias = layer.bias.or(own.bias.take());
        own.columns = layer.columns;
    }
    Ok(())
}

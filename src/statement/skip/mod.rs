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
mod right_inverse;
pub mod triangular;
pub mod zero_error;

use crate::certificate::{self as file, Claim, GraphProblemRecord, Limits, Reader, Record, Writer};
use crate::checker::{self, Expected, Verdict};
use crate::network::{GraphNetwork, Loss};
use crate::path::{to_fraction, to_loss, to_matrix};
use nalgebra::DMatrix;
use rug::Rational;
use std::collections::BTreeMap;

/// A move of a path of graph networks.
#[derive(Debug, Clone, PartialEq)]
pub enum GraphMove {
    /// The output's weights go straight to these, with the bias as last row.
    Line(DMatrix<Rational>),
    /// All layers go straight to those of another network, and the loss stays at most the number.
    Bounded(GraphNetwork, Rational),
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
        self.moves.iter().fold(self.start.clone(), |network, step| match step {
            GraphMove::Line(output) => network.with_output(output),
            GraphMove::Bounded(to, _) => to.clone(),
        })
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
                GraphMove::Bounded(to, bound) => Record::Bounded { layers: to.to_layers(), bound: to_fraction(bound) },
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

/// The path of a certificate of graph networks, with its problem.
///
/// # Errors
/// What does not fit, in words.
pub fn read_graph_path<R: std::io::BufRead>(reader: &mut Reader<R>) -> Result<(GraphProblemRecord, GraphPath), String> {
    let mut next = || reader.next_record().map_err(|error| error.to_string());
    let Some(Record::Graph(problem)) = next()? else { return Err("a path of graph networks expected".into()) };
    let Some(Record::Start { layers }) = next()? else { return Err("the record `start` expected".into()) };
    let network = |layers: &file::Layers| {
        GraphNetwork::from_layers(problem.graph.clone(), layers).map_err(|error| error.to_string())
    };
    let start = network(&layers)?;
    let (mut layers, mut moves) = (layers, vec![]);
    loop {
        let (named, bound) = match next()? {
            Some(Record::Line { layers }) => (layers, None),
            Some(Record::Bounded { layers, bound }) => (layers, Some(bound)),
            Some(Record::End { .. }) | None => return Ok((problem, GraphPath { start, moves })),
            Some(_) => return Err("a line or a bounded line expected".into()),
        };
        merge(&mut layers, named);
        let to = network(&layers)?;
        moves.push(match bound {
            Some(bound) => GraphMove::Bounded(to, crate::path::from_fraction(&bound)),
            None => GraphMove::Line(to.stacked_output()),
        });
    }
}

fn merge(layers: &mut BTreeMap<usize, file::Layer>, named: file::Layers) {
    for (number, layer) in named {
        let own = layers.entry(number).or_default();
        own.weight = layer.weight.or(own.weight.take());
        own.bias = layer.bias.or(own.bias.take());
    }
}

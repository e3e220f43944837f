//! What is asked of graph networks: a path between them, data and a loss, checked to fit together.

use super::engine::GraphEngine;
use crate::arith::Interval;
use crate::barrier::arithmetic::Arithmetic;
use crate::barrier::engine::{Bound, Rules};
use crate::barrier::search::Position;
use crate::barrier::task::{BoundedPath, TaskError};
use crate::certificate::graph::BlockRule;
use crate::network::{GraphNetwork, Inputs, Loss};

/// A path of graph networks of one architecture with the data and the loss along it.
#[derive(Debug, Clone)]
pub struct GraphTask<'a> {
    inputs: Inputs,
    loss: &'a Loss,
    segments: Vec<Vec<&'a GraphNetwork>>,
}

impl<'a> GraphTask<'a> {
    /// The chain of straight segments through these networks, two or more. Inputs are [N, d].
    ///
    /// # Errors
    /// Every [`TaskError`] but `Widths`.
    pub fn chain(inputs: impl Into<Inputs>, loss: &'a Loss, networks: &[&'a GraphNetwork]) -> Result<Self, TaskError> {
        let inputs = inputs.into();
        if networks.len() < 2 {
            return Err(TaskError::TooFewNetworks { found: networks.len() });
        }
        let graph = networks[0].graph();
        if let Some(network) = networks.iter().position(|other| other.graph() != graph) {
            return Err(TaskError::Graphs { network });
        }
        if inputs.features() != graph.inputs {
            return Err(TaskError::Inputs { found: inputs.features(), expected: graph.inputs });
        }
        if inputs.samples() == 0 {
            return Err(TaskError::NoSamples);
        }
        loss.fits(inputs.samples(), graph.outputs)?;
        Ok(GraphTask { inputs, loss, segments: networks.windows(2).map(<[_]>::to_vec).collect() })
    }

    /// X, [N, d].
    pub fn inputs(&self) -> &Inputs {
        &self.inputs
    }

    /// φ.
    pub fn loss(&self) -> &'a Loss {
        self.loss
    }

    /// The ends of each segment.
    pub fn segments(&self) -> &[Vec<&'a GraphNetwork>] {
        &self.segments
    }

    /// The architecture.
    pub fn network(&self) -> &'a GraphNetwork {
        self.segments[0][0]
    }
}

impl BoundedPath for GraphTask<'_> {
    fn inputs(&self) -> &Inputs {
        &self.inputs
    }

    fn loss(&self) -> &Loss {
        self.loss
    }

    fn segment_count(&self) -> usize {
        self.segments.len()
    }

    fn prepared<F: Arithmetic + 'static>(&self, float: F, rules: Rules) -> Box<dyn Bound> {
        Box::new(GraphEngine::new(float, self, rules))
    }

    fn first_level_entries(&self) -> u64 {
        let network = self.network();
        let is_first = |block: usize| {
            let filters = matches!(network.graph().blocks[block - 1].rule, BlockRule::Filters { .. });
            filters && network.patches(block).iter().flatten().flatten().all(|unit| unit[0] == 0)
        };
        let first = (1..=network.graph().blocks.len()).filter(|&block| is_first(block));
        let units: usize = first.filter_map(|block| network.units(block)).sum::<usize>() + network.graph().inputs;
        let per_unit: usize = self.segments.iter().map(|points| points.len() + 1).sum();
        [self.inputs.samples(), units].iter().fold(per_unit as u64, |entries, &n| entries.saturating_mul(n as u64))
    }

    /// Never: the rational numbers of a convolutional network are long.
    fn exactly(&self, _: Position) -> Option<Interval> {
        None
    }

    fn samples(&self, count: u32) -> Vec<(Position, f64)> {
        super::sample::samples(self, count)
    }
}

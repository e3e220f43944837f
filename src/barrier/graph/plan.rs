//! What a graph network does, block by block, in the order of the calculation, without its numbers.
//!
//! Features are matrices [units, B], a column a sample. A block over P patches of l entries gathers them to [l, P B], a column a patch, so
//! that one product makes [T, P B]; this is [P T, B] in memory, the units of the block in their order.

use crate::certificate::graph::{BlockRule, Pool};
use crate::network::{Entry, GraphNetwork};
use nalgebra::{DMatrix, Scalar};
use std::collections::BTreeSet;
use std::ops::Range;

/// Entries that lie one beside the other in a block and in a patch.
struct Run {
    block: usize,
    from: usize,
    to: usize,
    length: usize,
}

/// The patches of a block, of one length.
pub struct Gather {
    length: usize,
    patches: Vec<Vec<Run>>,
}

/// What is made of the patches of a block.
pub enum Step {
    /// σ of a product. `first` if all that it takes are inputs; `own_biases` if several patches have a bias for each unit.
    Filters { gather: Gather, first: bool, own_biases: bool },
    /// The largest entry or the mean of a patch, or the sum: of two blocks σ is taken of it.
    Pool { patches: Vec<Vec<[usize; 2]>>, pool: Pool },
    /// Batch normalisation of a block.
    Normalise { from: usize },
}

/// A network's steps and the features that its output sees.
pub struct Plan {
    pub steps: Vec<Step>,
    pub output: Gather,
    /// Whether a step other than the product of the first layer looks at the inputs.
    pub uses_inputs: bool,
    /// The most units of a block.
    pub largest: usize,
}

impl Plan {
    pub fn new(network: &GraphNetwork) -> Self {
        let graph = network.graph();
        let steps: Vec<Step> = (1..=graph.blocks.len()).map(|block| Step::new(network, block)).collect();
        let skips: Vec<Entry> = graph.skips.iter().copied().map(Some).collect();
        let inputs = |block: usize| sources(network.patches(block)).contains(&0);
        let is_first = |step: &Step| matches!(step, Step::Filters { first: true, .. });
        let by_steps = steps.iter().zip(1..).any(|(step, block)| !is_first(step) && inputs(block));
        Plan {
            largest: (1..=steps.len()).filter_map(|block| network.units(block)).max().unwrap_or(1),
            uses_inputs: by_steps || skips.iter().flatten().any(|unit| unit[0] == 0),
            output: Gather::new(&[skips]),
            steps,
        }
    }
}

impl Step {
    fn new(network: &GraphNetwork, block: usize) -> Self {
        let patches = network.patches(block);
        match network.graph().blocks[block - 1].rule {
            BlockRule::Filters { tied, .. } => Step::Filters {
                gather: Gather::new(patches),
                first: sources(patches) == BTreeSet::from([0]),
                own_biases: !tied && patches.len() > 1,
            },
            BlockRule::Pool { pool } => Step::Pool { patches: units(patches), pool },
            BlockRule::Sum { .. } => Step::Pool { patches: units(patches), pool: Pool::Sum },
            BlockRule::Normalise { .. } => Step::Normalise { from: units(patches)[0][0][0] },
        }
    }
}

/// The blocks that patches take from.
fn sources(patches: &[Vec<Entry>]) -> BTreeSet<usize> {
    patches.iter().flatten().flatten().map(|unit| unit[0]).collect()
}

fn units(patches: &[Vec<Entry>]) -> Vec<Vec<[usize; 2]>> {
    patches.iter().map(|patch| patch.iter().flatten().copied().collect()).collect()
}

impl Gather {
    fn new(patches: &[Vec<Entry>]) -> Self {
        let runs = |patch: &Vec<Entry>| {
            let mut runs: Vec<Run> = vec![];
            for (to, entry) in patch.iter().enumerate() {
                let Some([block, from]) = *entry else { continue };
                match runs.last_mut() {
                    Some(run) if run.block == block && run.from + run.length == from && run.to + run.length == to => {
                        run.length += 1;
                    }
                    _ => runs.push(Run { block, from, to, length: 1 }),
                }
            }
            runs
        };
        Gather { length: patches.first().map_or(0, Vec::len), patches: patches.iter().map(runs).collect() }
    }

    /// P.
    pub fn patches(&self) -> usize {
        self.patches.len()
    }

    /// How many entries are gathered for one sample.
    pub fn entries(&self) -> usize {
        self.patches.len() * self.length
    }

    /// l.
    pub fn length(&self) -> usize {
        self.length
    }

    /// The blocks that the patches take from.
    pub fn sources(&self) -> BTreeSet<usize> {
        self.patches.iter().flatten().map(|run| run.block).collect()
    }

    /// One matrix of the levels, patch by patch, for some samples: [l, P B], or [l + 1, P B] with a last row of this number.
    /// `zero` stands outside of images.
    pub fn matrix<'a, T: Scalar>(
        &self,
        samples: Range<usize>,
        zero: &T,
        last: Option<&T>,
        level: impl Fn(usize) -> &'a DMatrix<T>,
    ) -> DMatrix<T> {
        let rows = self.length + usize::from(last.is_some());
        let columns = self.patches.len() * samples.len();
        let mut gathered = Vec::with_capacity(rows * columns);
        for sample in samples {
            for (patch, column) in self.patches.iter().zip((gathered.len()..).step_by(rows.max(1))) {
                for run in patch {
                    let level = level(run.block);
                    let at = sample * level.nrows() + run.from;
                    gathered.resize(column + run.to, zero.clone());
                    gathered.extend_from_slice(&level.as_slice()[at..at + run.length]);
                }
                gathered.resize(column + self.length, zero.clone());
                gathered.extend(last.cloned());
            }
        }
        DMatrix::from_vec(rows, columns, gathered)
    }
}

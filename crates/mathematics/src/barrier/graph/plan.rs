//! What a graph network does, block by block, in the order of the calculation, without its numbers.
//!
//! Features are matrices [units, B], a column a sample. A block over P patches is one product [T, P B], a column a patch; this is [P T, B]
//! in memory, the units of the block in their order.

use crate::barrier::patches::Patches;
use crate::certificate::graph::{BlockRule, Pool};
use crate::network::{Activation, Entry, GraphNetwork, Nonlinearity};
use std::collections::BTreeSet;

/// What is made of the patches of a block.
pub enum Step {
    /// σ of a product. `first` if all that it takes are inputs; `own_biases` if several patches have a bias for each unit.
    Filters { patches: Patches, first: bool, own_biases: bool },
    /// The largest entry or the mean of a patch, or the sum: of two blocks σ is taken of it.
    Pool { patches: Vec<Vec<[usize; 2]>>, pool: Pool },
    /// Batch normalisation of a block.
    Normalise { from: usize },
}

/// A network's steps and the features that its output sees.
pub struct Plan {
    pub steps: Vec<Step>,
    pub output: Patches,
    /// Whether a step other than the product of the first layer looks at the inputs.
    pub uses_inputs: bool,
    /// The most units of a block.
    pub largest: usize,
    /// The most terms that a unit is in, over everything that takes from it.
    pub most_terms: usize,
    /// σ of each block, none for pools and normalisations; but a nondecreasing piecewise-linear σ of blocks that only one pool of largest
    /// entries takes from is that pool's, as max σ(x_i) = σ(max x_i): there are fewer of these, and below 0 they differ.
    pub sigmas: Vec<Option<Nonlinearity>>,
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
            most_terms: most_terms(network),
            output: Patches::new(&[skips]),
            sigmas: sigmas(network),
            steps,
        }
    }
}

/// A unit may be in several patches, and in one of them several times.
fn most_terms(network: &GraphNetwork) -> usize {
    let graph = network.graph();
    let units = |block: usize| network.units(block).expect("a block of the graph");
    let mut terms: Vec<Vec<usize>> = (0..=graph.blocks.len()).map(|block| vec![0; units(block)]).collect();
    let mut add = |[block, unit]: [usize; 2], count: usize| terms[block][unit] += count;
    for block in 1..=graph.blocks.len() {
        let patches = network.patches(block);
        let of_each = units(block) / patches.len().max(1);
        patches.iter().flatten().flatten().for_each(|&unit| add(unit, of_each.max(1)));
    }
    graph.skips.iter().for_each(|&unit| add(unit, graph.outputs));
    terms.into_iter().flatten().max().unwrap_or(1)
}

fn sigmas(network: &GraphNetwork) -> Vec<Option<Nonlinearity>> {
    let graph = network.graph();
    let mut sigmas = network.sigmas().to_vec();
    let of_block = |block: usize| sources(network.patches(block));
    let seen: BTreeSet<usize> = graph.skips.iter().map(|unit| unit[0]).collect();
    let blocks = 1..=graph.blocks.len();
    let is_largest = |&block: &usize| graph.blocks[block - 1].rule == BlockRule::Pool { pool: Pool::Max };
    for pool in blocks.clone().filter(is_largest) {
        let from = of_block(pool);
        let others: BTreeSet<usize> = blocks.clone().filter(|&block| block != pool).flat_map(of_block).collect();
        let is_only_here = from.is_disjoint(&others) && from.is_disjoint(&seen) && !from.contains(&0);
        let Some(sigma) = from.first().filter(|_| is_only_here).and_then(|&block| sigmas[block - 1].clone()) else {
            continue;
        };
        let rises =
            matches!(&sigma, Nonlinearity::PiecewiseLinear(sigma) if sigma.slopes().iter().all(|slope| *slope >= 0));
        if rises && from.iter().all(|&block| sigmas[block - 1].as_ref() == Some(&sigma)) {
            let identity = Nonlinearity::PiecewiseLinear(Activation::identity());
            from.iter().for_each(|&block| sigmas[block - 1] = Some(identity.clone()));
            sigmas[pool - 1] = Some(sigma);
        }
    }
    sigmas
}

impl Step {
    fn new(network: &GraphNetwork, block: usize) -> Self {
        let patches = network.patches(block);
        match network.graph().blocks[block - 1].rule {
            BlockRule::Filters { tied, .. } => Step::Filters {
                patches: Patches::new(patches),
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

//! Backward paths in a graph network: where the single 1 of each weight vector stands in the proof of Lemma 3.2.
//!
//! The proof gives every unit above the first layer a weight vector with one 1, so that its value is a function of one unit c(p)
//! below it, and so on down to a unit of the first layer. Units with shared weights (the units of one filter) have their 1 at
//! one position.

use super::assumption::Unmet;
use crate::certificate::graph::BlockRule;
use crate::network::{GraphNetwork, Nonlinearity};
use std::collections::{BTreeMap, BTreeSet};

/// A block and a unit of it, from 0.
pub type Unit = [usize; 2];

/// A block and a filter of it, from 0: the units that share a weight vector.
pub type Group = [usize; 2];

/// So many positions are tried.
const STEPS: usize = 100_000;

/// Where the paths run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chains {
    /// p_1, …, p_N.
    pub units: Vec<Unit>,
    /// The position of the 1 of each shared weight vector above the first layer that lies on a path.
    pub positions: BTreeMap<Group, usize>,
}

impl Chains {
    /// c(p), the unit that decides p; `None` in the first layer.
    pub fn below(&self, network: &GraphNetwork, unit: Unit) -> Option<Unit> {
        let position = self.positions.get(&group(network, unit)?)?;
        Some(incoming(network, unit)[*position])
    }

    /// q, the unit of the first layer that decides p.
    pub fn root(&self, network: &GraphNetwork, mut unit: Unit) -> Unit {
        while let Some(below) = self.below(network, unit) {
            unit = below;
        }
        unit
    }

    /// All units on the paths, from below.
    pub fn all(&self, network: &GraphNetwork) -> Vec<Unit> {
        let mut all = BTreeSet::new();
        for &unit in &self.units {
            let mut next = Some(unit);
            while let Some(unit) = next {
                all.insert(unit);
                next = self.below(network, unit);
            }
        }
        all.into_iter().collect()
    }
}

/// The filter of a unit; `None` for an input or a pool.
pub fn group(network: &GraphNetwork, [block, unit]: Unit) -> Option<Group> {
    match network.graph().blocks.get(block.checked_sub(1)?)?.rule {
        BlockRule::Filters { filters, .. } => Some([block, unit % filters]),
        _ => None,
    }
}

/// in(j): what a unit of a block takes; without the 0 outside of an image, which `super::assumption` refuses.
pub fn incoming(network: &GraphNetwork, [block, unit]: Unit) -> Vec<Unit> {
    let patch = match network.graph().blocks[block - 1].rule {
        BlockRule::Filters { filters, .. } => unit / filters,
        _ => unit,
    };
    network.patches(block)[patch].iter().flatten().copied().collect()
}

/// σ of a unit; `None` for an input or a pool.
pub fn sigma(network: &GraphNetwork, [block, _]: Unit) -> Option<&Nonlinearity> {
    network.sigmas().get(block.checked_sub(1)?)?.as_ref()
}

/// The layer of each block, 0 for the inputs: one more than the highest that the block takes from.
pub fn layers(network: &GraphNetwork) -> Vec<usize> {
    let mut layers = vec![0];
    for block in &network.graph().blocks {
        layers.push(1 + block.from.iter().map(|&from| layers[from]).max().unwrap_or(0));
    }
    layers
}

/// The hidden units that are connected to the output, each once.
pub fn connected(network: &GraphNetwork) -> Vec<Unit> {
    let mut seen = BTreeSet::new();
    let skips = network.graph().skips.iter();
    skips.filter(|&&unit| unit[0] > 0 && seen.insert(unit)).copied().collect()
}

/// Whether each unit of each block has a backward path to the first layer on which no unit below it is `avoided`.
pub fn reaching(network: &GraphNetwork, avoided: &dyn Fn(Unit) -> bool) -> Vec<Vec<bool>> {
    let layers = layers(network);
    let mut reaching = vec![vec![false; network.graph().inputs]];
    for (block, &layer) in layers.iter().enumerate().skip(1) {
        let reaches = |unit: usize| {
            let on = |&below: &Unit| below[0] > 0 && reaching[below[0]][below[1]] && !avoided(below);
            let unit = [block, unit];
            group(network, unit).is_some() && (layer == 1 || incoming(network, unit).iter().any(on))
        };
        let found = (0..network.units(block).unwrap_or(0)).map(reaches).collect();
        reaching.push(found);
    }
    reaching
}

/// Whether a unit is one of some, or shares its weights with one of them.
pub fn shares(network: &GraphNetwork, units: &[Unit]) -> impl Fn(Unit) -> bool + use<> {
    let groups: BTreeSet<Group> = units.iter().filter_map(|&unit| group(network, unit)).collect();
    let filters = |rule: &BlockRule| if let BlockRule::Filters { filters, .. } = rule { *filters } else { 0 };
    let filters: Vec<usize> = network.graph().blocks.iter().map(|block| filters(&block.rule)).collect();
    move |[block, unit]| filters[block - 1] > 0 && groups.contains(&[block, unit % filters[block - 1]])
}

/// One position for each shared weight vector such that no path from the units meets an `avoided` one below its start; positions
/// that lead to a `disliked` one are tried last.
///
/// # Errors
/// [`Unmet::Position`], [`Unmet::Search`].
pub fn positions(
    network: &GraphNetwork,
    units: &[Unit],
    avoided: &dyn Fn(Unit) -> bool,
    disliked: &dyn Fn(Unit) -> bool,
) -> Result<Chains, Unmet> {
    let (layers, reaching, positions) = (layers(network), reaching(network, avoided), BTreeMap::new());
    Search { network, layers, avoided, disliked, reaching, positions }.run(units)
}

/// A search with backtracking.
struct Search<'a> {
    network: &'a GraphNetwork,
    layers: Vec<usize>,
    avoided: &'a dyn Fn(Unit) -> bool,
    disliked: &'a dyn Fn(Unit) -> bool,
    reaching: Vec<Vec<bool>>,
    positions: BTreeMap<Group, usize>,
}

/// A unit, the positions that its 1 may have yet, the next one last, and the units whose paths are not followed yet.
struct Choice {
    unit: Unit,
    untried: Vec<usize>,
    rest: Vec<Unit>,
}

impl Search<'_> {
    fn run(mut self, units: &[Unit]) -> Result<Chains, Unmet> {
        let (mut rest, mut choices, mut blamed) = (units.to_vec(), Vec::<Choice>::new(), None);
        for _ in 0..STEPS {
            match self.follow(&mut rest) {
                Ok(None) => return Ok(Chains { units: units.to_vec(), positions: self.positions }),
                Ok(Some(unit)) => {
                    choices.push(Choice { unit, untried: self.untried(unit), rest: rest.clone() });
                }
                Err(unit) => blamed = blamed.or(Some(unit)),
            }
            match self.next(&mut choices, &mut blamed) {
                Some(next) => rest = next,
                None => return Err(self.unmet(blamed.expect("a choice failed"))),
            }
        }
        Err(Unmet::Search { steps: STEPS })
    }

    /// Follows the paths as far as positions are chosen: to a unit whose position is not, or to one where the path must not go on.
    fn follow(&self, rest: &mut Vec<Unit>) -> Result<Option<Unit>, Unit> {
        while let Some(unit) = rest.pop() {
            if self.layers[unit[0]] == 1 {
                continue;
            }
            let Some(&position) = group(self.network, unit).and_then(|group| self.positions.get(&group)) else {
                return Ok(Some(unit));
            };
            let below = incoming(self.network, unit)[position];
            if !self.may_go(below) {
                return Err(unit);
            }
            rest.push(below);
        }
        Ok(None)
    }

    fn may_go(&self, below: Unit) -> bool {
        below[0] > 0 && self.reaching[below[0]][below[1]] && !(self.avoided)(below)
    }

    /// The positions of the 1 that suit a unit, the best ones last.
    fn untried(&self, unit: Unit) -> Vec<usize> {
        let takes = incoming(self.network, unit);
        let may = (0..takes.len()).rev().filter(|&position| self.may_go(takes[position]));
        let (last, first): (Vec<usize>, Vec<usize>) = may.partition(|&position| (self.disliked)(takes[position]));
        last.into_iter().chain(first).collect()
    }

    /// The next position of the last choice that has one.
    fn next(&mut self, choices: &mut Vec<Choice>, blamed: &mut Option<Unit>) -> Option<Vec<Unit>> {
        loop {
            let Choice { unit, untried, rest } = choices.last_mut()?;
            let own = group(self.network, *unit).unwrap_or(*unit);
            self.positions.remove(&own);
            if let Some(position) = untried.pop() {
                self.positions.insert(own, position);
                let mut rest = rest.clone();
                rest.push(incoming(self.network, *unit)[position]);
                return Some(rest);
            }
            blamed.get_or_insert(*unit);
            choices.pop();
        }
    }

    fn unmet(&self, unit: Unit) -> Unmet {
        let [block, filter] = group(self.network, unit).unwrap_or(unit);
        Unmet::Position { block, filter, positions: incoming(self.network, unit).len() }
    }
}

/// Small graphs.
#[cfg(test)]
pub mod examples {
    use super::*;
    use crate::certificate::graph::{BlockRecord, GraphRecord, Pool};
    use crate::network::GraphLayer;
    use crate::path::to_nonlinearity;
    use nalgebra::DMatrix;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use rug::Rational;

    /// A block over all that some earlier ones have; `linear` is x ↦ x.
    pub fn dense(from: &[usize], filters: usize, activation: &str) -> BlockRecord {
        let sigma = match activation {
            "linear" => crate::network::Activation::identity().into(),
            named => named.parse().unwrap(),
        };
        let rule = BlockRule::Filters { filters, tied: false, activation: to_nonlinearity(&sigma) };
        BlockRecord { from: from.to_vec(), patches: None, rule }
    }

    /// A block of one unit over one unit.
    pub fn lone(from: usize, unit: usize, activation: &str) -> BlockRecord {
        BlockRecord { patches: Some(vec![vec![unit]].into()), ..dense(&[from], 1, activation) }
    }

    /// A block that pools.
    pub fn pool(from: usize, patches: Vec<Vec<usize>>, pool: Pool) -> BlockRecord {
        BlockRecord { from: vec![from], patches: Some(patches.into()), rule: BlockRule::Pool { pool } }
    }

    /// A network of one output, all of whose parameters are 0.
    pub fn graph(inputs: usize, blocks: Vec<BlockRecord>, skips: Vec<Unit>) -> GraphNetwork {
        GraphNetwork::zero(GraphRecord { inputs, blocks, skips, outputs: 1, bias: false }).unwrap()
    }

    /// Parameters that are multiples of 1/4 of at most 2.
    pub fn random_layers(network: &GraphNetwork, seed: u64) -> GraphNetwork {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut layers = network.layers().clone();
        for GraphLayer { weight, bias } in layers.values_mut() {
            let entries = weight.iter_mut().chain(bias.iter_mut().flat_map(|bias| bias.iter_mut()));
            entries.for_each(|entry| *entry = Rational::from((random.random_range(-8..=8), 4)));
        }
        GraphNetwork::new(network.graph().clone(), layers).unwrap()
    }

    /// Sixteenths in [0, 1], `[samples, columns]`.
    pub fn inputs(samples: usize, columns: usize, seed: u64) -> DMatrix<Rational> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        DMatrix::from_fn(samples, columns, |_, _| Rational::from((random.random_range(0..=16), 16)))
    }

    /// Errata 4: h and s in layer 1, s connected; p = (h, s) and p′ = (s, h) share weights, both connected.
    pub fn gap(activation: &str) -> GraphNetwork {
        let mut upper = dense(&[1], 1, activation);
        upper.patches = Some(vec![vec![0, 1], vec![1, 0]].into());
        graph(1, vec![dense(&[0], 2, activation), upper], vec![[1, 1], [2, 0], [2, 1]])
    }

    /// x = 0, 1, 3.
    pub fn gap_inputs() -> DMatrix<Rational> {
        DMatrix::from_column_slice(3, 1, &[0, 1, 3]).map(Rational::from)
    }

    /// The search goes back where the first position of a shared vector does not suit all.
    #[test]
    fn one_position_suits_all() {
        let mut upper = dense(&[1], 1, "softplus");
        upper.patches = Some(vec![vec![0, 1, 2], vec![2, 0, 3]].into());
        let network = graph(1, vec![dense(&[0], 4, "softplus"), upper], vec![[2, 0], [2, 1]]);
        let avoided = |unit: Unit| [[1, 2], [1, 1]].contains(&unit);
        let found = positions(&network, &[[2, 0], [2, 1]], &avoided, &|_| false);
        assert_eq!(found, Err(Unmet::Position { block: 2, filter: 0, positions: 3 }));
        let found = positions(&network, &[[2, 0], [2, 1]], &|unit| unit == [1, 2], &|_| false).unwrap();
        assert_eq!(found.positions, BTreeMap::from([([2, 0], 1)]));
        assert_eq!((found.root(&network, [2, 0]), found.root(&network, [2, 1])), ([1, 1], [1, 0]));
        let disliked = positions(&network, &[[2, 0], [2, 1]], &|_| false, &|unit| unit == [1, 2]).unwrap();
        assert_eq!(disliked.positions, BTreeMap::from([([2, 0], 1)]));
    }
}

//! Assumption 3.1 of ICLR 2019, clause by clause, for a graph network and N samples.
//!
//! The hidden units are those of the blocks; M of them are connected to the output. The paper's assumption, in our words:
//!
//! 1. every hidden σ is real analytic and strictly increasing;
//! 2. N of the M connected units satisfy one of these:
//!    - each is bounded with limit 0 at −∞ (sigmoid; not tanh, whose limit is −1);
//!    - each is softplus and has a backward path to the first hidden layer on which no unit is connected to the output or shares
//!      its weights with one that is;
//! 3. for every unit of the first hidden layer, and every two samples, the inputs of the unit differ.
//!
//! Section 2 asks for more without a number: that every hidden unit has a bias b_j of its own (with a bias for each filter Lemma 3.2
//! is false), and takes either inputs or hidden units. That no unit takes nothing, which the paper does not exclude, the graph
//! does. The layer of a block is one more than the highest that it takes from.
//!
//! A pool is no unit of the paper. The largest entry is not analytic. A sum and a mean are linear and strictly increasing in every
//! entry, but their weights are fixed: Lemma 3.2 is about almost every U in which every weight varies, and its proof sets all
//! weights but one of a unit to 0. They are "not covered", not wrong.
//!
//! What the proof of Lemma 3.2 uses is less at one place and more at another. Less: only the blocks below the N units matter (so
//! the paper itself argues for its DenseNets with pools), and only the biases of the N units need be their own. More: in the
//! second form of (2) each unit is promised a path of its own, but the proof needs *one* position of the 1 for each shared weight
//! vector, at which all units that share it go on well. [`Assumption::construction`] says whether there is one.

use super::chains::{Chains, Unit, connected, incoming, layers, positions, reaching, shares, sigma};
use crate::certificate::graph::{BlockRule, Pool};
use crate::network::{GraphNetwork, Nonlinearity, Smooth};
use nalgebra::DMatrix;
use rug::Rational;
use std::{collections::BTreeSet, fmt};

/// What a network or the samples lack. Blocks are counted from 1, units, filters, patches and samples from 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unmet {
    /// Section 2: b_j is the unit's own.
    #[error("block {block} has one bias for the units of {patches} patches; the paper gives every unit its own")]
    TiedBiases {
        /// The block.
        block: usize,
        /// P.
        patches: usize,
    },
    /// Section 2: units are σ of a weighted sum, or pools.
    #[error("block {block} {what}, which the paper's networks do not")]
    NotInPaper {
        /// The block.
        block: usize,
        /// What it does.
        what: &'static str,
    },
    /// Section 2: first-layer units take inputs, all others hidden units.
    #[error("block {block} takes inputs and hidden units; the paper's units take either")]
    Mixed {
        /// The block.
        block: usize,
    },
    /// Clause (1).
    #[error("{activation}, the activation of block {block}, is not real analytic")]
    NotAnalytic {
        /// The block.
        block: usize,
        /// σ.
        activation: String,
    },
    /// Clause (1).
    #[error("{activation}, the activation of block {block}, is not strictly increasing")]
    NotIncreasing {
        /// The block.
        block: usize,
        /// σ.
        activation: String,
    },
    /// Clause (1), for a pool.
    #[error("block {block} takes largest entries; the maximum is not analytic")]
    Maximum {
        /// The block.
        block: usize,
    },
    /// A sum or a mean.
    #[error(
        "block {block} pools with fixed weights (sums or means), which the paper does not cover: its weights all vary"
    )]
    FixedWeights {
        /// The block.
        block: usize,
    },
    /// N ≤ M.
    #[error("{connected} hidden units are connected to the output and there are {samples} samples; N ≤ M is needed")]
    TooFew {
        /// M.
        connected: usize,
        /// N.
        samples: usize,
    },
    /// Clause (2), first form.
    #[error(
        "{found} of the connected units are bounded with limit 0 at −∞, and {samples} are needed; unit {} of block {} is not",
        unit[1],
        unit[0]
    )]
    Bounded {
        /// How many are.
        found: usize,
        /// N.
        samples: usize,
        /// The first that is not.
        unit: [usize; 2],
    },
    /// Clause (2), second form: not so many are softplus.
    #[error(
        "{found} of the connected units are softplus, and {samples} are needed; unit {} of block {} is not",
        unit[1],
        unit[0]
    )]
    Softplus {
        /// How many are.
        found: usize,
        /// N.
        samples: usize,
        /// The first that is not.
        unit: [usize; 2],
    },
    /// Clause (2), second form: not so many have a path.
    #[error(
        "{found} of the connected softplus units have a backward path to the first hidden layer without units that are \
         connected to the output or share weights with such units, and {samples} are needed; unit {} of block {} has none",
        unit[1],
        unit[0]
    )]
    BackwardPath {
        /// How many have one.
        found: usize,
        /// N.
        samples: usize,
        /// The first that has none.
        unit: [usize; 2],
    },
    /// Clause (3).
    #[error("samples {first} and {second} (from 0) have equal inputs in patch {patch} of block {block}")]
    EqualPatches {
        /// A block of the first layer.
        block: usize,
        /// The patch.
        patch: usize,
        /// The one sample.
        first: usize,
        /// The other.
        second: usize,
    },
    /// The gap of the proof: no single 1 suits all units of a shared weight vector.
    #[error(
        "the proof of Lemma 3.2 does not apply: its single 1 in the shared weights of filter {filter} of block {block} has \
         {positions} possible positions, and none leads all units that need it down to the first layer past units that are \
         connected to the output or share weights with such units"
    )]
    Position {
        /// The block.
        block: usize,
        /// The filter.
        filter: usize,
        /// l.
        positions: usize,
    },
    /// The search was given up.
    #[error(
        "undecided: whether positions of the 1 in shared weights exist that suit all units was given up after {steps} steps"
    )]
    Search {
        /// How many.
        steps: usize,
    },
}

/// The two forms of clause (2), which are the two cases of Lemma 3.2's proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// The N units are bounded with limit 0 at −∞.
    Bounded,
    /// The N units are softplus.
    Softplus,
}

/// Assumption 3.1, clause by clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assumption {
    /// N.
    pub samples: usize,
    /// M, units connected twice counted once.
    pub connected: usize,
    /// Section 2: biases of their own, and no unit that takes both inputs and hidden units.
    pub architecture: Result<(), Unmet>,
    /// (1).
    pub analytic: Result<(), Unmet>,
    /// (2), first form.
    pub bounded: Result<(), Unmet>,
    /// (2), second form, as printed.
    pub softplus: Result<(), Unmet>,
    /// (3).
    pub distinct: Result<(), Unmet>,
    /// Whether the choice of U in the proof of Lemma 3.2 exists, which the second form does not imply.
    pub construction: Result<Case, Unmet>,
}

impl Assumption {
    /// Whether the assumption holds, as printed, in a network of section 2.
    pub fn holds(&self) -> bool {
        let second = self.bounded.is_ok() || self.softplus.is_ok();
        self.architecture.is_ok() && self.analytic.is_ok() && second && self.distinct.is_ok()
    }
}

/// Looks at Assumption 3.1 for a network and the inputs X `[N, d]`.
///
/// # Panics
/// If X has not as many columns as the network has inputs.
pub fn assumption(network: &GraphNetwork, inputs: &DMatrix<Rational>) -> Assumption {
    assert_eq!(inputs.ncols(), network.graph().inputs, "a column an input");
    let (samples, all) = (inputs.nrows(), 1..=network.graph().blocks.len());
    let first_layer = first_layer(network);
    Assumption {
        samples,
        connected: connected(network).len(),
        architecture: architecture(network),
        analytic: analytic(network, all),
        bounded: bounded(network, samples).map(drop),
        softplus: softplus(network, samples).map(drop),
        distinct: distinct(network, inputs, first_layer),
        construction: construction(network, samples).map(|(case, _)| case),
    }
}

/// Section 2: own biases, and units that take either inputs or hidden units.
fn architecture(network: &GraphNetwork) -> Result<(), Unmet> {
    for (block, record) in (1..).zip(&network.graph().blocks) {
        own_biases(network, block)?;
        let what = match &record.rule {
            BlockRule::Normalise { .. } => Some("normalises its features"),
            BlockRule::Sum { .. } => Some("adds blocks under an activation"),
            _ => None,
        };
        let padded = network.patches(block).iter().flatten().any(Option::is_none);
        if let Some(what) = what.or(padded.then_some("has windows that reach out of an image")) {
            return Err(Unmet::NotInPaper { block, what });
        }
        if record.from.contains(&0) && record.from.iter().any(|&from| from > 0) {
            return Err(Unmet::Mixed { block });
        }
    }
    Ok(())
}

/// That the units of a block have a bias each.
pub(super) fn own_biases(network: &GraphNetwork, block: usize) -> Result<(), Unmet> {
    let patches = network.patches(block).len();
    match network.graph().blocks[block - 1].rule {
        BlockRule::Filters { tied: true, .. } if patches > 1 => Err(Unmet::TiedBiases { block, patches }),
        _ => Ok(()),
    }
}

/// Clause (1) for some blocks.
pub(super) fn analytic(network: &GraphNetwork, blocks: impl IntoIterator<Item = usize>) -> Result<(), Unmet> {
    for block in blocks {
        let activation = || network.sigmas()[block - 1].as_ref().map_or(String::new(), Nonlinearity::to_string);
        match (&network.graph().blocks[block - 1].rule, &network.sigmas()[block - 1]) {
            (BlockRule::Pool { pool: Pool::Max }, _) => return Err(Unmet::Maximum { block }),
            (BlockRule::Pool { .. }, _) => return Err(Unmet::FixedWeights { block }),
            (_, Some(Nonlinearity::Smooth(smooth))) if !smooth.is_analytic() => {
                return Err(Unmet::NotAnalytic { block, activation: activation() });
            }
            (_, Some(Nonlinearity::PiecewiseLinear(pieces))) => {
                if pieces.slopes().iter().any(|slope| *slope <= 0) {
                    return Err(Unmet::NotIncreasing { block, activation: activation() });
                }
                if !pieces.breakpoints().is_empty() {
                    return Err(Unmet::NotAnalytic { block, activation: activation() });
                }
            }
            // The smooth ones all increase strictly.
            _ => {}
        }
    }
    Ok(())
}

/// Clause (2), first form: the units that satisfy it.
fn bounded(network: &GraphNetwork, samples: usize) -> Result<Vec<Unit>, Unmet> {
    let is = |unit: Unit| matches!(sigma(network, unit), Some(Nonlinearity::Smooth(Smooth::Sigmoid)));
    among(&enough(network, samples)?, samples, is, |found, unit| Unmet::Bounded { found, samples, unit })
}

/// Clause (2), second form: the units that satisfy it.
fn softplus(network: &GraphNetwork, samples: usize) -> Result<Vec<Unit>, Unmet> {
    let all = enough(network, samples)?;
    let is = |unit: Unit| matches!(sigma(network, unit), Some(Nonlinearity::Smooth(Smooth::Softplus { .. })));
    let units = among(&all, samples, is, |found, unit| Unmet::Softplus { found, samples, unit })?;
    let reaching = reaching(network, &shares(network, &all));
    let has = |[block, unit]: Unit| reaching[block][unit];
    among(&units, samples, has, |found, unit| Unmet::BackwardPath { found, samples, unit })
}

/// The connected units, of which N are needed.
fn enough(network: &GraphNetwork, samples: usize) -> Result<Vec<Unit>, Unmet> {
    let units = connected(network);
    let connected = units.len();
    if connected < samples { Err(Unmet::TooFew { connected, samples }) } else { Ok(units) }
}

/// The units of which something is true, N at least.
fn among(
    units: &[Unit],
    samples: usize,
    is: impl Fn(Unit) -> bool,
    unmet: impl Fn(usize, Unit) -> Unmet,
) -> Result<Vec<Unit>, Unmet> {
    let (found, others): (Vec<Unit>, Vec<Unit>) = units.iter().partition(|&&unit| is(unit));
    match others.first() {
        Some(&unit) if found.len() < samples => Err(unmet(found.len(), unit)),
        _ => Ok(found),
    }
}

/// One unit for each patch of the blocks of the first layer.
fn first_layer(network: &GraphNetwork) -> Vec<Unit> {
    let layers = layers(network);
    let first = (1..layers.len()).filter(|&block| layers[block] == 1);
    first
        .flat_map(|block| {
            let units = network.units(block).unwrap_or(0);
            let step = units / network.patches(block).len();
            (0..units).step_by(step).map(move |unit| [block, unit])
        })
        .collect()
}

/// Clause (3) for some units of the first layer.
pub(super) fn distinct(
    network: &GraphNetwork,
    inputs: &DMatrix<Rational>,
    units: impl IntoIterator<Item = Unit>,
) -> Result<(), Unmet> {
    for unit in units {
        let takes = incoming(network, unit);
        let patch = DMatrix::from_fn(inputs.nrows(), takes.len(), |sample, k| inputs[(sample, takes[k][1])].clone());
        if let Some((first, second)) = crate::network::duplicate_rows(&patch) {
            let [block, unit] = unit;
            let step = network.units(block).unwrap_or(1) / network.patches(block).len();
            return Err(Unmet::EqualPatches { block, patch: unit / step, first, second });
        }
    }
    Ok(())
}

/// N units and the paths from them, as the proof of Lemma 3.2 chooses them.
///
/// In the first case the paths avoid the N units if they can: each time one meets such a unit α is exponentiated. In the second
/// they have to, and must not meet a unit that shares weights with one of the N. Of more than N units those in the lowest
/// layers are tried first, then those in the highest.
pub(super) fn construction(network: &GraphNetwork, samples: usize) -> Result<(Case, Chains), Unmet> {
    let (case, mut units) = match bounded(network, samples) {
        Ok(units) => (Case::Bounded, units),
        Err(not_bounded) => match softplus(network, samples) {
            Ok(units) => (Case::Softplus, units),
            Err(Unmet::Softplus { found: 0, .. }) => return Err(not_bounded),
            Err(not_softplus) => return Err(not_softplus),
        },
    };
    let layers = layers(network);
    units.sort_by_key(|unit| layers[unit[0]]);
    let lowest = paths(network, case, &units[..samples]);
    match lowest {
        Err(Unmet::Position { .. }) if units.len() > samples => {
            let highest = paths(network, case, &units[units.len() - samples..]);
            Ok((case, highest.or(lowest)?))
        }
        lowest => Ok((case, lowest?)),
    }
}

fn paths(network: &GraphNetwork, case: Case, units: &[Unit]) -> Result<Chains, Unmet> {
    match case {
        Case::Bounded => {
            let own: BTreeSet<Unit> = units.iter().copied().collect();
            let is_own = |unit: Unit| own.contains(&unit);
            positions(network, units, &is_own, &is_own).or_else(|_| positions(network, units, &|_| false, &is_own))
        }
        Case::Softplus => positions(network, units, &shares(network, units), &|_| false),
    }
}

/// The blocks that some units depend on, their own among them.
pub(super) fn blocks_below(network: &GraphNetwork, units: &[Unit]) -> BTreeSet<usize> {
    let mut below = BTreeSet::new();
    let mut next: Vec<usize> = units.iter().map(|unit| unit[0]).collect();
    while let Some(block) = next.pop() {
        if block > 0 && below.insert(block) {
            next.extend(&network.graph().blocks[block - 1].from);
        }
    }
    below
}

impl fmt::Display for Assumption {
    /// The clauses in the paper's words, with what fails.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Assumption { samples, connected, .. } = self;
        let holds = if self.holds() { "holds" } else { "does not hold" };
        writeln!(f, "Assumption 3.1 {holds} (N = {samples}, M = {connected})")?;
        let mut clause = |name: &str, verdict: Option<&Unmet>| match verdict {
            None => writeln!(f, "  {name}: yes"),
            Some(unmet) => writeln!(f, "  {name}: no, {unmet}"),
        };
        clause("section 2, a network whose hidden units have biases of their own", self.architecture.as_ref().err())?;
        clause("1. all activation functions are real analytic and strictly increasing", self.analytic.as_ref().err())?;
        clause("2. N of the M neurons: σ is bounded and lim σ(t) = 0 for t → −∞", self.bounded.as_ref().err())?;
        clause(
            "2. or N of the M neurons: σ is softplus, and there is a backward path to the first hidden layer without \
             skip-connections to the output or weights shared with other skip-connection neurons",
            self.softplus.as_ref().err(),
        )?;
        clause("3. the input patches of different training samples are distinct", self.distinct.as_ref().err())?;
        clause(
            "the proof of Lemma 3.2: one position of the 1 in each shared weight vector suits all its units",
            self.construction.as_ref().err(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::chains::examples::{dense, gap, gap_inputs, graph, inputs, pool};
    use super::*;

    fn two_layers(below: &str, above: &str) -> GraphNetwork {
        graph(3, vec![dense(&[0], 2, below), dense(&[1], 3, above)], vec![[2, 0], [2, 1], [2, 2]])
    }

    #[test]
    fn sigmoid_and_softplus_satisfy_it() {
        let inputs = inputs(3, 3, 1);
        let sigmoid = assumption(&two_layers("tanh", "sigmoid"), &inputs);
        assert!(sigmoid.holds() && sigmoid.bounded.is_ok() && sigmoid.construction == Ok(Case::Bounded));
        assert_eq!(sigmoid.softplus, Err(Unmet::Softplus { found: 0, samples: 3, unit: [2, 0] }));
        let softplus = assumption(&two_layers("tanh", "softplus"), &inputs);
        assert!(softplus.holds() && softplus.construction == Ok(Case::Softplus));
        assert_eq!(softplus.bounded, Err(Unmet::Bounded { found: 0, samples: 3, unit: [2, 0] }));
        let tanh = assumption(&two_layers("tanh", "tanh"), &inputs);
        assert!(!tanh.holds() && tanh.analytic.is_ok());
        let linear = assumption(&two_layers("linear", "sigmoid"), &inputs);
        assert!(linear.holds());
    }

    #[test]
    fn activations_and_pools() {
        let inputs = inputs(3, 3, 1);
        let first = |below: &str| assumption(&two_layers(below, "sigmoid"), &inputs).analytic;
        assert_eq!(first("elu=2"), Err(Unmet::NotAnalytic { block: 1, activation: "elu=2".into() }));
        assert_eq!(first("relu"), Err(Unmet::NotIncreasing { block: 1, activation: "relu".into() }));
        let pooled = |rule| {
            let blocks = vec![dense(&[0], 3, "sigmoid"), pool(1, vec![vec![0, 1], vec![1, 2]], rule)];
            assumption(&graph(3, blocks, vec![[1, 0], [1, 1], [1, 2]]), &inputs)
        };
        assert_eq!(pooled(Pool::Max).analytic, Err(Unmet::Maximum { block: 2 }));
        assert_eq!(pooled(Pool::Mean).analytic, Err(Unmet::FixedWeights { block: 2 }));
        // The proof needs only what is below the N units.
        assert!(!pooled(Pool::Sum).holds() && pooled(Pool::Sum).construction.is_ok());
    }

    #[test]
    fn tied_biases_and_mixed_inputs() {
        let inputs = inputs(2, 3, 1);
        let mut shared = dense(&[0], 1, "sigmoid");
        shared.patches = Some(vec![vec![0, 1], vec![1, 2]].into());
        let BlockRule::Filters { tied, .. } = &mut shared.rule else { panic!("a block of filters") };
        *tied = true;
        let tied = assumption(&graph(3, vec![shared], vec![[1, 0], [1, 1]]), &inputs);
        assert_eq!(tied.architecture, Err(Unmet::TiedBiases { block: 1, patches: 2 }));
        let blocks = vec![dense(&[0], 2, "sigmoid"), dense(&[0, 1], 2, "sigmoid")];
        let mixed = assumption(&graph(3, blocks, vec![[1, 0], [1, 1]]), &inputs);
        assert_eq!(mixed.architecture, Err(Unmet::Mixed { block: 2 }));
        assert!(!tied.holds() && !mixed.holds());
    }

    /// Samples 0 and 2 agree on the second patch; on all inputs they differ.
    #[test]
    fn equal_patches() {
        let mut first = dense(&[0], 2, "sigmoid");
        first.patches = Some(vec![vec![0, 1], vec![1, 2]].into());
        let network = graph(3, vec![first], vec![[1, 0], [1, 1], [1, 2]]);
        let rows = DMatrix::from_row_slice(3, 3, &[0, 5, 6, 1, 2, 3, 4, 5, 6]).map(Rational::from);
        let found = assumption(&network, &rows);
        assert_eq!(found.distinct, Err(Unmet::EqualPatches { block: 1, patch: 1, first: 0, second: 2 }));
        assert!(!found.holds());
    }

    #[test]
    fn paths_past_skip_units() {
        let inputs = inputs(3, 3, 1);
        let blocks = || vec![dense(&[0], 2, "softplus"), dense(&[1], 1, "softplus")];
        let found = assumption(&graph(3, blocks(), vec![[1, 0], [1, 1], [2, 0]]), &inputs);
        assert_eq!(found.softplus, Err(Unmet::BackwardPath { found: 2, samples: 3, unit: [2, 0] }));
        // A unit that is connected twice counts once.
        let twice = assumption(&graph(3, blocks(), vec![[1, 0], [2, 0], [2, 0]]), &inputs);
        assert_eq!((twice.connected, twice.softplus), (2, Err(Unmet::TooFew { connected: 2, samples: 3 })));
    }

    /// Errata 4.
    #[test]
    fn the_gap_is_named() {
        let found = assumption(&gap("softplus"), &gap_inputs());
        assert!(found.holds());
        assert_eq!(found.construction, Err(Unmet::Position { block: 2, filter: 0, positions: 2 }));
        let text = found.to_string();
        assert!(text.starts_with("Assumption 3.1 holds (N = 3, M = 3)\n"), "{text}");
        assert!(text.contains("suits all its units: no, the proof of Lemma 3.2 does not apply"), "{text}");
    }
}

//! Solutions of loss 0 in S_k (thesis, Theorem 2.4.11 (2), Corollary 2.4.12 (2)), certified near rational networks.
//!
//! *Theorem 2.4.11 (2).* Let n_k ≥ N, n_(k+1) ≥ … ≥ n_L = m, layer k + 1 dense, F_k of rank N, and Y_i = Z_j for every sample i of class j, Z `[m, m]`
//! regular. Then infinitely many networks of S_k have F_L = Y.
//!
//! **Constructed**, in the three cases of the proof:
//! 1. k = L − 1: W_L with F_k W_L = Y − 1 b_Lᵀ.
//! 2. k = L − 2: W_(k+1) with F_k W_(k+1) = P − 1 b_(k+1)ᵀ, where every sample of class j has the row P_j; then F_(k+1) has m rows σ(P), of rank m,
//!    and W_L solves σ(P) W_L = Z − 1 b_Lᵀ.
//! 3. k ≤ L − 3: the same, and the m rows go up through layers k + 2, …, L − 1, which keep rank m: those of the network if they do, otherwise
//!    drawn ones, of larger and larger scale (Theorem 2.4.4 says that there are some).
//!
//! Such weights are not rational as a rule. What is written are rational ones, and the checker shows exact ones within a radius.
//!
//! **What differs.** The paper picks features D and takes pre-activations σ⁻¹(D); here the pre-activations P are picked, and are rational, so that σ need
//! not have an inverse. Biases stay what they are, which the paper sets to 0: every b_L near by gives another solution, and so there are
//! infinitely many. F_k comes from the given network, not from Theorem 2.4.4.

use super::gradient::{NoBounds, left_inverses, require_chain, width};
use crate::certificate::graph::{BlockRecord, BlockRule, GraphRecord};
use crate::certificate::{Object, object};
use crate::checker::Finding;
use crate::linalg::{Exact, Kernel, Multiprecision};
use crate::network::{GraphLayer, GraphNetwork, Real};
use crate::path::{to_fraction, to_matrix};
use crate::statement::object::{Refused, prove};
use crate::statement::skip::independent::{Independent, NotIndependent, independent};
use nalgebra::DMatrix;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rug::{Float, Rational};

/// So many scales are tried, and drawings of the layers above k + 1.
const DRAWS: u32 = 24;

/// The most bits with which features are enclosed.
const MOST_BITS: u64 = 8192;

/// What is to be fitted, and how near.
#[derive(Debug, Clone, Copy)]
pub struct Aim<'a> {
    /// X, `[N, d]`.
    pub inputs: &'a DMatrix<Rational>,
    /// The class of each sample, from 0.
    pub labels: &'a [usize],
    /// Z, `[K, m]`.
    pub codes: &'a DMatrix<Rational>,
    /// k, from 1.
    pub level: usize,
    /// The weights are rounded to so many bits behind the point.
    pub bits: u32,
    /// The most bits in the search for right inverses.
    pub precision: u32,
    /// Of drawn layers.
    pub seed: u64,
}

/// A rational network near an exact solution.
#[derive(Debug)]
pub struct Solution {
    /// The claim with all that shows it.
    pub object: Object,
    /// What the checker says of it.
    pub finding: Finding,
    /// The rational network.
    pub network: GraphNetwork,
    /// r: the weights of an exact solution are within it, by the largest row sum.
    pub radius: Rational,
    /// Bits behind the point with which the checker decided.
    pub bits: u64,
}

/// Why there is no solution.
#[derive(Debug, thiserror::Error)]
pub enum NoSolution {
    /// The network is not one of the theorem, or the layers above k + 1 have not full rank.
    #[error("{0}")]
    Network(#[from] NoBounds),
    /// Layer k + 1 is not dense.
    #[error("layer {layer} is not dense: its weights cannot be chosen unit by unit")]
    NotDense {
        /// k + 1.
        layer: usize,
    },
    /// There are as many labels as samples, and each names a class.
    #[error("{labels} labels for {samples} samples and {classes} classes, or a label that names no class")]
    Labels {
        /// How many labels there are.
        labels: usize,
        /// N.
        samples: usize,
        /// K.
        classes: usize,
    },
    /// Z − 1 b_Lᵀ has not rank m.
    #[error("the targets of the classes, less the bias of the output, have a rank below {outputs}")]
    Codes {
        /// m.
        outputs: usize,
    },
    /// No layers above k + 1 were found that keep the classes independent.
    #[error(
        "no weights of the layers from {layer} on were found for which the features of the classes are independent: {last}"
    )]
    Classes {
        /// k + 2.
        layer: usize,
        /// Why the last ones do not.
        last: NotIndependent,
    },
    /// The correction does not converge.
    #[error("layer {layer}: what is left of the targets does not become small")]
    Stalls {
        /// The layer.
        layer: usize,
    },
    /// The checker refuses the certificate, or does not see it with the most bits.
    #[error("{0}")]
    Refused(#[from] Refused),
}

/// The parts of a certificate that grow with the steps.
struct Draft {
    network: GraphNetwork,
    classes: Option<object::Classes>,
    radius: Rational,
    /// log₂ ‖R‖, at most.
    size: u64,
}

/// A solution near the network.
///
/// # Errors
/// [`NoSolution`].
pub fn solution(network: &GraphNetwork, aim: &Aim) -> Result<Solution, NoSolution> {
    let (level, blocks) = (aim.level, network.graph().blocks.len());
    let (samples, classes) = (aim.inputs.nrows(), aim.codes.nrows());
    require_chain(network, level)?;
    if aim.labels.len() != samples || aim.labels.iter().any(|&label| label >= classes) {
        return Err(NoSolution::Labels { labels: aim.labels.len(), samples, classes });
    }
    // 1. F_k has rank N.
    let lower = network.first_blocks(level);
    let found = independent(&lower, aim.inputs, aim.precision, &mut |_| {})
        .map_err(|reason| NoBounds::Features { level, reason })?;
    let kernel = Multiprecision::new(2 * aim.bits + 64 + 2 * found.bits as u32);
    let features = lower.features(&kernel, &aim.inputs.map(|x| kernel.import(&x)));
    let mut draft = Draft { network: network.clone(), classes: None, radius: Rational::new(), size: found.bits };
    let targets = aim.codes.select_rows(aim.labels);
    // 2. The classes take the place of the samples, or the output is solved at once.
    if level == blocks {
        draft.solve(&kernel, (&features, &found.right_inverse), &targets, blocks + 1, aim.bits)?;
    } else {
        draft.by_classes(&kernel, (&features, &found), aim)?;
    }
    // 3. The checker's word, with more and more bits.
    let object = |bits: u64| {
        Object::Solution(Box::new(object::Solution {
            graph: draft.network.graph().clone(),
            inputs: to_matrix(aim.inputs),
            targets: to_matrix(&targets),
            layers: draft.network.to_layers(),
            level,
            right_inverse: to_matrix(&found.right_inverse),
            classes: draft.classes.clone(),
            radius: to_fraction(&draft.radius),
            bits,
        }))
    };
    let mut bits = u64::from(aim.bits) + 2 * draft.size + 32;
    loop {
        match prove(object(bits)) {
            Ok(finding) => {
                let object = object(bits);
                return Ok(Solution { object, finding, network: draft.network, radius: draft.radius, bits });
            }
            Err(refused) if refused.unproved().is_some() || bits >= MOST_BITS => return Err(refused.into()),
            Err(_) => bits *= 2,
        }
    }
}

impl Draft {
    /// Steps for k < L − 1.
    fn by_classes(
        &mut self,
        kernel: &Multiprecision,
        (features, found): (&DMatrix<Float>, &Independent),
        aim: &Aim,
    ) -> Result<(), NoSolution> {
        let (level, last) = (aim.level, self.network.graph().blocks.len() + 1);
        let units = width(&self.network, level + 1);
        let all = (0..width(&self.network, level)).map(|unit| [level, unit]);
        if !matches!(self.network.patches(level + 1), [patch] if patch.iter().copied().eq(all.map(Some))) {
            return Err(NoSolution::NotDense { layer: level + 1 });
        }
        // 1. P, and W_(k+1).
        let preactivations = preactivations(aim.codes.nrows(), units, level + 2 == last);
        let wanted = preactivations.select_rows(aim.labels);
        self.solve(kernel, (features, &found.right_inverse), &wanted, level + 1, aim.bits)?;
        // 2. A of rank K.
        let (top, top_inverse) = self.independent_classes(&preactivations, aim)?;
        self.size = self.size.max(top_inverse.bits);
        // 3. U_(k+2), …, U_(L−1) of full rank, and W_L with A W_L = Z − 1 b_Lᵀ of rank m.
        let left = left_inverses(&self.network, level + 2..=last - 1)?;
        let shifted = match &self.network.output().bias {
            Some(bias) => DMatrix::from_fn(aim.codes.nrows(), aim.codes.ncols(), |i, j| {
                Rational::from(&aim.codes[(i, j)] - &bias[(0, j)])
            }),
            None => aim.codes.clone(),
        };
        let outputs = shifted.ncols();
        let code_inverse = Exact.left_inverse(&shifted).map_err(|_| NoSolution::Codes { outputs })?;
        let features = top.features(kernel, &preactivations.map(|x| kernel.import(&x)));
        self.solve(kernel, (&features, &top_inverse.right_inverse), aim.codes, last, aim.bits)?;
        self.classes = Some(object::Classes {
            labels: aim.labels.to_vec(),
            preactivations: to_matrix(&preactivations),
            codes: to_matrix(aim.codes),
            right_inverse: to_matrix(&top_inverse.right_inverse),
            code_inverse: to_matrix(&code_inverse),
            left_inverses: left.iter().map(to_matrix).collect(),
        });
        Ok(())
    }

    /// Layers k + 2, …, L − 1 under which the classes stay independent, as a network on P, and its right inverse.
    fn independent_classes(
        &mut self,
        preactivations: &DMatrix<Rational>,
        aim: &Aim,
    ) -> Result<(GraphNetwork, Independent), NoSolution> {
        let mut random = ChaCha8Rng::seed_from_u64(aim.seed);
        for draw in 0..=DRAWS {
            let top = of_classes(&self.network, aim.level, preactivations.ncols());
            match independent(&top, preactivations, aim.precision, &mut |_| {}) {
                Ok(found) => return Ok((top, found)),
                Err(last) if draw == DRAWS || aim.level + 2 == self.network.graph().blocks.len() + 1 => {
                    return Err(NoSolution::Classes { layer: aim.level + 2, last });
                }
                Err(_) => self.redraw(aim.level + 2, draw, &mut random),
            }
        }
        unreachable!("the last draw returns")
    }

    /// Layers from one on below the output are drawn, of the scale 2^(draw/4).
    fn redraw(&mut self, from: usize, draw: u32, random: &mut ChaCha8Rng) {
        let mut layers = self.network.layers().clone();
        let last = self.network.graph().blocks.len() + 1;
        let mut fill = |matrix: &mut DMatrix<Rational>| {
            matrix.iter_mut().for_each(|x| *x = Rational::from((random.random_range(-16..=16) << (draw / 4), 8)));
        };
        for (_, layer) in layers.range_mut(from..last) {
            fill(&mut layer.weight);
            layer.bias.iter_mut().for_each(&mut fill);
        }
        self.network = GraphNetwork::new(self.network.graph().clone(), layers).expect("the shapes stay");
    }

    /// The weights of a layer become W̃ with F W̃ ≈ B − 1 bᵀ, and the radius what it has to be.
    fn solve(
        &mut self,
        kernel: &Multiprecision,
        (features, inverse): (&DMatrix<Float>, &DMatrix<Rational>),
        targets: &DMatrix<Rational>,
        layer: usize,
        bits: u32,
    ) -> Result<(), NoSolution> {
        let import = |matrix: &DMatrix<Rational>| matrix.map(|x| kernel.import(&x));
        let own = &self.network.layers()[&layer];
        let mut weight = import(&own.weight);
        let wanted = match &own.bias {
            Some(bias) => DMatrix::from_fn(targets.nrows(), targets.ncols(), |i, j| {
                kernel.import(&Rational::from(&targets[(i, j)] - &bias[(0, j)]))
            }),
            None => import(targets),
        };
        let right = import(inverse);
        let left_over = |weight: &DMatrix<Float>| &wanted - kernel.product(features, weight);
        let small = Float::with_val(kernel.precision_bits(), 1) >> (bits + 8);
        // R is an inverse up to a half: a bit a step, or more.
        for _ in 0..2 * kernel.precision_bits() {
            let rest = left_over(&weight);
            if row_sum(&rest) < small {
                break;
            }
            weight += kernel.product(&right, &rest);
        }
        let weight = weight.map(|x| (x.to_rational().unwrap_or_default() << bits).round() >> bits);
        let rest = row_sum(&left_over(&import(&weight)));
        let norm = row_sum(&right);
        // 1 − ‖I − F R‖ is a half at least, and there is room for the enclosure.
        let radius = (norm * rest) << 2u32;
        let radius = radius.to_rational().ok_or(NoSolution::Stalls { layer })?;
        if radius > Rational::from((1, 16)) {
            return Err(NoSolution::Stalls { layer });
        }
        self.radius = self.radius.clone().max(power_above(&radius));
        let mut layers = self.network.layers().clone();
        let bias = layers.get(&layer).and_then(|layer| layer.bias.clone());
        layers.insert(layer, GraphLayer { weight, bias });
        self.network = GraphNetwork::new(self.network.graph().clone(), layers).expect("the shapes stay");
        Ok(())
    }
}

/// The largest sum of absolute values of a row.
fn row_sum(matrix: &DMatrix<Float>) -> Float {
    let zero = matrix[(0, 0)].like(&Rational::new());
    let sum = |row: usize| matrix.row(row).iter().fold(zero.clone(), |sum, x| sum + x.clone().abs());
    (0..matrix.nrows()).map(sum).fold(zero.clone(), |a, b| if a < b { b } else { a })
}

/// A power of two that is not below a number, and not 0.
fn power_above(x: &Rational) -> Rational {
    let below = i64::from(x.denom().significant_bits()) - i64::from(x.numer().significant_bits()) - 1;
    match u32::try_from(below.max(0)) {
        Ok(shift) if *x > 0 => Rational::from(1) >> shift,
        _ => Rational::from(1) >> 4096u32,
    }
}

/// P. With no layer between k + 1 and the output: 2 for unit j, j + K, … of class j and 0 elsewhere, so that σ(P) has rank K for every
/// increasing σ with σ(0) ≥ 0. Otherwise all entries differ between classes, as Assumption 2.4.1 asks.
fn preactivations(classes: usize, units: usize, top: bool) -> DMatrix<Rational> {
    DMatrix::from_fn(classes, units, |j, u| {
        if top {
            Rational::from(if u % classes == j { 2 } else { 0 })
        } else {
            // From −2 to 2.
            let place = (j * units + u * 7 % units) as i64;
            Rational::from((4 * place, (classes * units) as i64)) - 2u32
        }
    })
}

/// The network of the classes: P `[K, n_(k+1)]` are the inputs, block 1 is σ of each, and the blocks above k + 1 follow.
fn of_classes(network: &GraphNetwork, level: usize, units: usize) -> GraphNetwork {
    let graph = network.graph();
    let BlockRule::Filters { activation, .. } = &graph.blocks[level].rule else {
        unreachable!("a chain has filters only")
    };
    let rule = BlockRule::Filters { filters: 1, tied: false, activation: activation.clone() };
    let patches: Vec<_> = (0..units).map(|unit| vec![unit]).collect();
    let first = BlockRecord { from: vec![0], patches: Some(patches.into()), rule };
    let above = graph.blocks[level + 1..].iter().map(|block| {
        let from = block.from.iter().map(|from| from - level).collect();
        BlockRecord { from, ..block.clone() }
    });
    let skips = graph.skips.iter().map(|&[block, unit]| [block - level, unit]).collect();
    let blocks: Vec<BlockRecord> = std::iter::once(first).chain(above).collect();
    let record = GraphRecord { inputs: units, blocks, skips, outputs: graph.outputs, bias: false };
    let one = DMatrix::from_element(1, 1, Rational::from(1));
    let mut layers: std::collections::BTreeMap<usize, GraphLayer> =
        network.layers().range(level + 2..).map(|(&layer, own)| (layer - level, own.clone())).collect();
    let zeros = DMatrix::from_element(1, units, Rational::new());
    layers.insert(1, GraphLayer { weight: one, bias: Some(zeros) });
    if let Some(output) = layers.get_mut(&(record.blocks.len() + 1)) {
        output.bias = None;
    }
    GraphNetwork::new(record, layers).expect("a part of a network is one")
}

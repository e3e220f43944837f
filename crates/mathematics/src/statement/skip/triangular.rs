//! Lemma 3.2 of ICLR 2019 by its own proof: a U for which N columns of Ψ(U) are nearly triangular.
//!
//! Under Assumption 3.1 the set of U with rank Ψ(U) < N has measure zero: the minors of order N are analytic functions of U, and
//! one of them is not 0 at the U below, written with rationals. Let p_1, …, p_N be the units of clause (2).
//!
//! 1. Weights of the first layer are integers for which g_q(x_1), …, g_q(x_N) differ, g_q the pre-activation of q.
//! 2. Every weight vector above has one 1, so that p_j is a function of c(p_j) and in the end of g at one unit q_j of layer 1.
//! 3. π orders the samples: π(j) is the sample of the largest g_{q_j} among those left, (7). Then f_{c(p_j)} is smaller at x_{π(i)}
//!    than at x_{π(j)} for i > j, whatever α > 0.
//! 4. The weights are multiplied by powers of two α, and b_{p_j} = β − α f_{c(p_j)}(x_{π(j)}), β = 0; all other biases are 0. So
//!    Ψ_{π(i) j} = σ(β + α (f_{c(p_j)}(x_{π(i)}) − f_{c(p_j)}(x_{π(j)}))), which is σ(β) for i = j and small for i > j:
//!    - σ bounded with limit 0 at −∞: ε = Π σ(β) / (2 N! C^(N−1)) with C = sup σ; one α for each layer, the least power of two
//!      above (9), for which Ψ_{π(i) j} ≤ ε for i > j;
//!    - softplus: α for the weights of p_1, …, p_N, 1 for all others, the least power of two for which the estimate holds.
//! 5. By the Leibniz formula the determinant is positive if N! ε C^(N−1) < Π_j Ψ_{π(j) j} with all entries at most C, and those
//!    below the diagonal at most ε.
//!
//! What differs from the paper. The biases are rounded to p bits, none of them below 2^−p, as U has to be rational, so that the diagonal is only near σ(β);
//! step 5 is decided for the network with the rounded biases by enclosures in p bits, and p is doubled until it holds. Weights
//! that no path from the N units meets are 0: they matter to nothing. Clause (1) is asked of the blocks below the N units, clause
//! (3) of the q_j, own biases of the N units: the proof uses no more. It uses that the positions of step 2 suit all units that share
//! weights, which the assumption does not say; where there are none that is the error [`Unmet::Position`].
//!
//! ε is harmless, α is not: where a path meets one of the N units, the differences in (9) may be as small as e^(−α) of the layer
//! below, and α is exponentiated. Above 2^4096 that is [`NotTriangular::Alpha`].

use super::assumption::{Case, Unmet, analytic, blocks_below, construction, distinct, own_biases};
use super::chains::{Chains, Group, Unit, group, incoming, layers, sigma};
use super::independent::{Independent, MOST_BITS, NotIndependent, object_of};
use crate::certificate::graph::BlockRule;
use crate::linalg::{Kernel, Multiprecision};
use crate::network::{GraphLayer, GraphNetwork, Nonlinearity, Smooth};
use crate::statement::object::prove;
use nalgebra::DMatrix;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rug::{Assign, Float, Integer, Rational, float::Round};
use std::collections::{BTreeMap, BTreeSet};

/// α is at most 2 to this power.
pub const MOST_ALPHA: u32 = 4096;

/// The precisions in bits that are tried.
const PRECISIONS: [u32; 10] = [32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16_384];

/// The network that the proof constructs.
#[derive(Debug, Clone, PartialEq)]
pub struct Triangular {
    /// The same graph with U as above; V is as it was.
    pub network: GraphNetwork,
    /// Which of the two cases.
    pub case: Case,
    /// p_1, …, p_N as block and unit.
    pub units: Vec<[usize; 2]>,
    /// π(1), …, π(N), samples from 0.
    pub order: Vec<usize>,
    /// log₂ α of each layer that has one of the N units; for softplus only their weights are multiplied by it.
    pub alphas: BTreeMap<usize, u32>,
    /// log₂ ε.
    pub log2_epsilon: f64,
    /// The least p in 32, 64, … at which step 5 is decided; the biases have so many bits.
    pub precision: u32,
}

/// Why there is no such network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotTriangular {
    /// A hypothesis fails, or the proof's choice of U does not exist.
    #[error(transparent)]
    Unmet(#[from] Unmet),
    /// α is too large to be written.
    #[error("α of layer {layer} is above 2^{MOST_ALPHA}: given up")]
    Alpha {
        /// The layer.
        layer: usize,
    },
    /// The estimate is not decided.
    #[error("undecided: the estimate of the determinant does not hold with up to {bits} bits")]
    Undecided {
        /// The most that was tried.
        bits: u32,
    },
}

/// Steps 1 to 5 for a graph network and the inputs X `[N, d]`; `seed` draws the integers of step 1.
///
/// # Errors
/// [`NotTriangular`].
///
/// # Panics
/// If X has not as many columns as the network has inputs.
pub fn triangular(network: &GraphNetwork, inputs: &DMatrix<Rational>, seed: u64) -> Result<Triangular, NotTriangular> {
    assert_eq!(inputs.ncols(), network.graph().inputs, "a column an input");
    let (case, chains) = construction(network, inputs.nrows())?;
    let roots: Vec<Unit> = chains.units.iter().map(|&unit| chains.root(network, unit)).collect();
    analytic(network, blocks_below(network, &chains.units))?;
    chains.units.iter().try_for_each(|unit| own_biases(network, unit[0]))?;
    distinct(network, inputs, roots.iter().copied())?;
    // 1. and 3.; 2. is in the chains.
    let first = separate(network, inputs, &roots, &mut ChaCha8Rng::seed_from_u64(seed));
    let values = |root: &Unit| pre_activation(network, inputs, &first, *root);
    let order = order(&roots.iter().map(values).collect::<Vec<_>>());
    // 4. and 5.
    let proof =
        Proof { network, inputs, case, layers: layers(network), all: chains.all(network), chains, first, order };
    proof.run()
}

/// Step 1: integer weights for the filters of some units of the first layer such that the samples differ at all of them.
///
/// A difference of two samples vanishes at one of 2 B + 1 integers of size B at most, in each place where it is not 0: with B above
/// the number of differences there are such weights, and more than every other draw finds some for a B twice as large.
fn separate(
    network: &GraphNetwork,
    inputs: &DMatrix<Rational>,
    roots: &[Unit],
    random: &mut ChaCha8Rng,
) -> BTreeMap<Group, Vec<i64>> {
    let mut groups = BTreeMap::<Group, BTreeSet<Unit>>::new();
    for &root in roots {
        groups.entry(group(network, root).expect("a root is a unit of filters")).or_default().insert(root);
    }
    let mut find = |(own, units): (Group, BTreeSet<Unit>)| {
        let length = incoming(network, *units.first().expect("a group has a unit")).len();
        let draws = (0..).map(|draw| {
            let bound = 1i64 << (draw / 20).min(30);
            (0..length).map(|_| random.random_range(-bound..=bound)).collect::<Vec<i64>>()
        });
        let separates = |weights: &Vec<i64>| {
            units.iter().all(|&unit| {
                let mut values = weighted(network, inputs, weights, unit);
                values.sort();
                values.windows(2).all(|pair| pair[0] != pair[1])
            })
        };
        (own, draws.into_iter().find(separates).expect("the draws do not end"))
    };
    groups.into_iter().map(&mut find).collect()
}

/// g at the samples `[N]` for the weights of one filter of the first layer.
fn weighted(network: &GraphNetwork, inputs: &DMatrix<Rational>, weights: &[i64], unit: Unit) -> Vec<Rational> {
    let takes = incoming(network, unit);
    let value = |sample| weights.iter().zip(&takes).map(|(w, [_, k])| Rational::from(w * &inputs[(sample, *k)])).sum();
    (0..inputs.nrows()).map(value).collect()
}

fn pre_activation(
    network: &GraphNetwork,
    inputs: &DMatrix<Rational>,
    first: &BTreeMap<Group, Vec<i64>>,
    root: Unit,
) -> Vec<Rational> {
    weighted(network, inputs, &first[&group(network, root).expect("a root is a unit of filters")], root)
}

/// Step 3: π from g_{q_1}, …, g_{q_N} at the samples.
fn order(values: &[Vec<Rational>]) -> Vec<usize> {
    let mut left: BTreeSet<usize> = (0..values.len()).collect();
    let mut order = vec![];
    for values in values {
        let largest = left.iter().copied().max_by(|&a, &b| values[a].cmp(&values[b])).expect("a sample is left");
        left.remove(&largest);
        order.push(largest);
    }
    order
}

impl Triangular {
    /// The checker's verdict on rank Ψ(U) = N for this U.
    ///
    /// [`super::independent::independent`] looks for a right inverse in doubles first, which see nothing of differences that only an α of
    /// 2^26 or more makes large. Here R is the inverse of the N columns, in a precision that knows of α, and 0 elsewhere.
    ///
    /// # Errors
    /// [`NotIndependent`]: none in the tests, which go to N = 6 and α = 2^142.
    pub fn certify(&self, inputs: &DMatrix<Rational>) -> Result<Independent, NotIndependent> {
        let alphas: u32 = self.alphas.values().sum();
        let precision = 2 * self.precision + alphas + 64;
        let (inverse, size) = self.right_inverse(inputs, precision).ok_or(NotIndependent::Undecided { precision })?;
        let mut bits = u64::from(alphas) + size + 24;
        while bits <= MOST_BITS {
            let object = object_of(&self.network, inputs, &inverse, bits);
            match prove(object.clone()) {
                Ok(finding) => return Ok(Independent { object, finding, right_inverse: inverse, precision, bits }),
                Err(_) => bits *= 2,
            }
        }
        Err(NotIndependent::NotSeen { bits: MOST_BITS })
    }

    /// R `[M, N]`, or `[M + 1, N]` with a row 0 for the column of ones; and log₂ of its size.
    fn right_inverse(&self, inputs: &DMatrix<Rational>, precision: u32) -> Option<(DMatrix<Rational>, u64)> {
        let (kernel, skips) = (Multiprecision::new(precision), &self.network.graph().skips);
        let psi = self.network.features(&kernel, &inputs.map(|x| kernel.import(&x)));
        let row = |unit: &Unit| skips.iter().position(|skip| skip == unit).expect("the unit is connected");
        let rows: Vec<usize> = self.units.iter().map(row).collect();
        let inverse = kernel.solve(&psi.select_columns(&rows), &kernel.identity(inputs.nrows())).ok()?;
        let size = |matrix: &DMatrix<Float>| matrix.iter().map(exponent).fold(0, i64::max);
        // That many bits behind the point move ‖Ψ R‖ by less than 1/8.
        let length = i64::from(usize::BITS - psi.ncols().leading_zeros());
        let behind = u32::try_from(2 * length + 3 + size(&psi)).ok()?;
        let mut all = DMatrix::from_element(psi.ncols(), inputs.nrows(), Rational::new());
        for (k, &row) in rows.iter().enumerate() {
            all.set_row(row, &inverse.row(k).map(|x| rounded(&x, behind)));
        }
        Some((all, u64::try_from(size(&inverse) + length).ok()?))
    }
}

/// All but α and the biases.
struct Proof<'a> {
    network: &'a GraphNetwork,
    inputs: &'a DMatrix<Rational>,
    case: Case,
    layers: Vec<usize>,
    chains: Chains,
    /// The units on the paths, from below.
    all: Vec<Unit>,
    first: BTreeMap<Group, Vec<i64>>,
    order: Vec<usize>,
}

/// Why a precision does not do.
enum Fails {
    /// More bits, or a larger α.
    Bits,
    Alpha {
        layer: usize,
    },
}

/// An enclosure of a number.
#[derive(Clone)]
struct Bounds {
    lo: Float,
    hi: Float,
}

/// α, the biases, and the features, at some precision.
struct Forward {
    precision: u32,
    alphas: BTreeMap<usize, u32>,
    biases: BTreeMap<Unit, Rational>,
    values: BTreeMap<Unit, Vec<Bounds>>,
}

impl Proof<'_> {
    fn run(&self) -> Result<Triangular, NotTriangular> {
        for precision in PRECISIONS {
            // For softplus α, which takes the same number of bits away from the differences.
            let alphas = if self.case == Case::Bounded { 0..=0 } else { 0..=(precision / 4).min(MOST_ALPHA) };
            for alpha in alphas {
                match self.forward(precision, alpha) {
                    Err(Fails::Bits) => {}
                    Err(Fails::Alpha { layer }) => return Err(NotTriangular::Alpha { layer }),
                    Ok(forward) => {
                        if let Some(log2_epsilon) = self.estimate(&forward) {
                            return Ok(self.result(forward, log2_epsilon));
                        }
                    }
                }
            }
        }
        Err(NotTriangular::Undecided { bits: PRECISIONS[PRECISIONS.len() - 1] })
    }

    /// Step 4, layer by layer.
    fn forward(&self, precision: u32, softplus_alpha: u32) -> Result<Forward, Fails> {
        let (alphas, biases, values) = Default::default();
        let mut forward = Forward { precision, alphas, biases, values };
        let used: BTreeSet<usize> = self.all.iter().map(|unit| self.layers[unit[0]]).collect();
        for layer in used {
            let here: Vec<Unit> = self.all.iter().copied().filter(|unit| self.layers[unit[0]] == layer).collect();
            let below: Vec<Vec<Bounds>> = here.iter().map(|&unit| self.below(&forward, unit)).collect();
            let mut alpha = None;
            for (unit, below) in here.iter().zip(&below) {
                let Some(column) = self.column(*unit) else { continue };
                let own = match self.case {
                    Case::Bounded => self.alpha(layer, column, below, precision)?,
                    Case::Softplus => softplus_alpha,
                };
                alpha = alpha.max(Some(own));
            }
            forward.alphas.extend(alpha.map(|alpha| (layer, alpha)));
            here.iter().zip(&below).for_each(|(&unit, below)| self.put(&mut forward, unit, below));
        }
        Ok(forward)
    }

    /// j of p_j.
    fn column(&self, unit: Unit) -> Option<usize> {
        self.chains.units.iter().position(|&own| own == unit)
    }

    /// f_{c(p)} at the samples, g_p in the first layer.
    fn below(&self, forward: &Forward, unit: Unit) -> Vec<Bounds> {
        match self.chains.below(self.network, unit) {
            Some(below) => forward.values[&below].clone(),
            None => {
                let exact = pre_activation(self.network, self.inputs, &self.first, unit);
                exact.iter().map(|value| Bounds::of(value, forward.precision)).collect()
            }
        }
    }

    /// log₂ of the least power of two that is at least 1 and above the bound (9) of p_j, from enclosures.
    fn alpha(&self, layer: usize, column: usize, below: &[Bounds], precision: u32) -> Result<u32, Fails> {
        // σ^−1(ε) = −log(1/ε − 1).
        let odds = Rational::from(self.epsilon().recip_ref()) - 1u32;
        let log = |round| {
            let mut odds = Float::with_val_round(precision, &odds, round).0;
            odds.ln_round(round);
            odds
        };
        let (least, most) = (log(Round::Down), log(Round::Up));
        let mut alpha = 0;
        let own = &below[self.order[column]];
        for &sample in &self.order[column + 1..] {
            let far = Float::with_val_round(precision, &own.hi - &below[sample].lo, Round::Up).0;
            let near = Float::with_val_round(precision, &own.lo - &below[sample].hi, Round::Down).0;
            if exponent(&Float::with_val_round(precision, &least / &far, Round::Down).0) > i64::from(MOST_ALPHA) {
                return Err(Fails::Alpha { layer });
            }
            if near <= 0 {
                return Err(Fails::Bits);
            }
            let needed = exponent(&Float::with_val_round(precision, &most / &near, Round::Up).0);
            alpha = alpha.max(u32::try_from(needed.max(0)).map_err(|_| Fails::Bits)?);
        }
        if alpha > MOST_ALPHA { Err(Fails::Bits) } else { Ok(alpha) }
    }

    /// ε of the first case: σ(0) = 1/2 and C = 1, so that it is 1/(2^(N+1) N!).
    fn epsilon(&self) -> Rational {
        let samples = self.order.len() as u32;
        Rational::from((Integer::from(1), Integer::from(Integer::factorial(samples)) << (samples + 1)))
    }

    /// log₂ of what the weights of a unit are multiplied by.
    fn scale(&self, alphas: &BTreeMap<usize, u32>, unit: Unit) -> u32 {
        let alpha = alphas.get(&self.layers[unit[0]]).copied().unwrap_or(0);
        let own = group(self.network, unit);
        let with = || self.chains.units.iter().any(|&unit| group(self.network, unit) == own);
        if self.case == Case::Bounded || with() { alpha } else { 0 }
    }

    /// The bias of a unit, and its features.
    fn put(&self, forward: &mut Forward, unit: Unit, below: &[Bounds]) {
        let (precision, scale) = (forward.precision, self.scale(&forward.alphas, unit));
        let bias = self.column(unit).map_or(Rational::new(), |column| {
            let Bounds { lo, hi } = &below[self.order[column]];
            // With a factor 1/2 for the middle of the enclosure.
            -rounded(&(Float::with_val(precision, lo + hi) << scale >> 1u32), precision)
        });
        let sigma = sigma(self.network, unit).expect("a path meets units with σ only");
        let value = |bounds: &Bounds| {
            let shifted = |end: &Float, round| {
                let scaled = Float::with_val(precision, end << scale);
                evaluate(sigma, &Float::with_val_round(precision, &scaled + &bias, round).0, round)
            };
            Bounds { lo: shifted(&bounds.lo, Round::Down), hi: shifted(&bounds.hi, Round::Up) }
        };
        forward.values.insert(unit, below.iter().map(value).collect());
        forward.biases.insert(unit, bias);
    }

    /// Step 5: log₂ ε if the estimate holds.
    fn estimate(&self, forward: &Forward) -> Option<f64> {
        let (samples, precision) = (self.order.len(), forward.precision);
        let entry = |i: usize, j: usize| &forward.values[&self.chains.units[j]][self.order[i]];
        let places = (0..samples).flat_map(|j| (0..samples).map(move |i| (i, j)));
        let (mut largest, mut under) = (Float::new(precision), Float::new(precision));
        for (i, j) in places {
            let hi = &entry(i, j).hi;
            largest.max_mut(hi);
            if i > j {
                under.max_mut(hi);
            }
        }
        let (mut diagonal, mut others) = (Float::with_val(precision, 1), Float::with_val(precision, 1));
        for j in 0..samples {
            multiply(&mut diagonal, &entry(j, j).lo, Round::Down);
            multiply(&mut others, &Float::with_val_round(precision, j + 1, Round::Up).0, Round::Up);
            if j > 0 {
                multiply(&mut others, &largest, Round::Up);
            }
        }
        let mut sum = others.clone();
        multiply(&mut sum, &under, Round::Up);
        (sum < diagonal).then(|| match self.case {
            Case::Bounded => Float::with_val(64, self.epsilon()).log2().to_f64(),
            Case::Softplus => Float::with_val(64, diagonal / others / 2u32).log2().to_f64(),
        })
    }

    /// The network with these α and biases.
    fn result(&self, forward: Forward, log2_epsilon: f64) -> Triangular {
        let mut layers = self.network.layers().clone();
        let last = self.network.graph().blocks.len() + 1;
        for (&block, GraphLayer { weight, bias }) in layers.iter_mut().filter(|(layer, _)| **layer < last) {
            weight.fill(Rational::new());
            bias.iter_mut().for_each(|bias| bias.fill(Rational::new()));
            for &unit in self.all.iter().filter(|unit| unit[0] == block) {
                self.write(&forward, unit, weight, bias.as_mut().expect("a block with filters has a bias"));
            }
        }
        Triangular {
            network: GraphNetwork::new(self.network.graph().clone(), layers).expect("the shapes stay"),
            case: self.case,
            units: self.chains.units.clone(),
            order: self.order.clone(),
            alphas: forward.alphas,
            log2_epsilon,
            precision: forward.precision,
        }
    }

    /// The weights of a unit's filter, and its bias.
    fn write(&self, forward: &Forward, unit: Unit, weight: &mut DMatrix<Rational>, bias: &mut DMatrix<Rational>) {
        let own = group(self.network, unit).expect("a path meets units of filters only");
        let scale = self.scale(&forward.alphas, unit);
        match self.chains.positions.get(&own) {
            Some(&position) => weight[(position, own[1])] = Rational::from(1) << scale,
            None => {
                let weights = self.first[&own].iter().map(|&w| Rational::from(w) << scale);
                weights.enumerate().for_each(|(k, w)| weight[(k, own[1])] = w);
            }
        }
        // Only a unit on a path that is not one of the N may have a tied bias, and then it is 0.
        let untied = matches!(self.network.graph().blocks[unit[0] - 1].rule, BlockRule::Filters { tied: false, .. });
        if untied || self.column(unit).is_some() {
            bias[(0, unit[1])] = forward.biases[&unit].clone();
        }
    }
}

impl Bounds {
    fn of(value: &Rational, precision: u32) -> Self {
        let end = |round| Float::with_val_round(precision, value, round).0;
        Bounds { lo: end(Round::Down), hi: end(Round::Up) }
    }
}

fn multiply(product: &mut Float, factor: &Float, round: Round) {
    let next = Float::with_val_round(product.prec(), &*product * factor, round).0;
    product.assign(next);
}

/// e with x < 2^e, the least of them; x > 0.
fn exponent(x: &Float) -> i64 {
    if x.is_infinite() { i64::MAX } else { x.get_exp().map_or(i64::MIN, i64::from) }
}

/// The nearest multiple of 2^−bits. A tiny float is not written as a rational, which would have a denominator as long as 1/x.
fn rounded(x: &Float, bits: u32) -> Rational {
    if exponent(x) < -i64::from(bits) {
        return Rational::new();
    }
    (x.to_rational().expect("features are finite") << bits).round() >> bits
}

/// σ(x) with every step rounded so that the result is on the side named.
fn evaluate(sigma: &Nonlinearity, x: &Float, round: Round) -> Float {
    match sigma {
        Nonlinearity::PiecewiseLinear(pieces) => {
            // One piece with a positive slope.
            let linear = Float::with_val_round(x.prec(), x * &pieces.slopes()[0], round).0;
            Float::with_val_round(x.prec(), &linear + &pieces.intercepts()[0], round).0
        }
        Nonlinearity::Smooth(Smooth::Sigmoid) => {
            // 1/(1 + e^(−x)): the denominator is rounded to the other side.
            let other = if round == Round::Down { Round::Up } else { Round::Down };
            let mut value = Float::with_val(x.prec(), -x);
            value.exp_round(other);
            value = Float::with_val_round(x.prec(), &value + 1u32, other).0;
            value.recip_round(round);
            value
        }
        Nonlinearity::Smooth(Smooth::Tanh) => {
            let mut value = x.clone();
            value.tanh_round(round);
            value
        }
        Nonlinearity::Smooth(Smooth::Softplus { gamma }) => softplus(x, gamma, round),
        Nonlinearity::Smooth(Smooth::Elu { .. }) => unreachable!("ELU is not analytic"),
    }
}

/// max(x, 0) + log(1 + e^(−γ|x|))/γ, which increases in each of its steps.
fn softplus(x: &Float, gamma: &Rational, round: Round) -> Float {
    let precision = x.prec();
    let size = Float::with_val(precision, -x.clone().abs());
    let mut tail = Float::with_val_round(precision, &size * gamma, round).0;
    tail.exp_round(round);
    tail.ln_1p_round(round);
    let tail = Float::with_val_round(precision, &tail / gamma, round).0;
    if *x > 0 { Float::with_val_round(precision, x + &tail, round).0 } else { tail }
}

#[cfg(test)]
mod tests {
    use super::super::chains::examples::{dense, gap, gap_inputs, graph, inputs, lone, random_layers};
    use super::super::independent::independent;
    use super::*;

    /// Skip units in layer 1.
    fn layer_1(samples: usize, activation: &str) -> GraphNetwork {
        let skips = (0..samples).map(|unit| [1, unit]).collect();
        graph(3, vec![dense(&[0], samples, activation)], skips)
    }

    /// In layer 2, each over a unit of layer 1 of its own.
    fn clean(samples: usize, activation: &str) -> GraphNetwork {
        let mut blocks = vec![dense(&[0], samples, activation)];
        blocks.extend((0..samples).map(|unit| lone(1, unit, activation)));
        graph(3, blocks, (0..samples).map(|unit| [2 + unit, 0]).collect())
    }

    /// Half of them in layer 1, the others over those.
    fn mixed(samples: usize, activation: &str) -> GraphNetwork {
        let half = samples.div_ceil(2);
        let mut blocks = vec![dense(&[0], half, activation)];
        blocks.extend((half..samples).map(|unit| lone(1, unit - half, activation)));
        let upper = (half..samples).map(|unit| [2 + unit - half, 0]);
        graph(3, blocks, (0..half).map(|unit| [1, unit]).chain(upper).collect())
    }

    /// A third of them in each of the layers 1, 2, 3, each over one of those below.
    fn thirds(samples: usize, activation: &str) -> GraphNetwork {
        let third = samples.div_ceil(3);
        let mut blocks = vec![dense(&[0], third, activation)];
        let mut skips: Vec<[usize; 2]> = (0..third).map(|unit| [1, unit]).collect();
        for unit in third..samples {
            let [block, below] = skips[unit - third];
            blocks.push(lone(block, below, activation));
            skips.push([blocks.len(), 0]);
        }
        graph(3, blocks, skips)
    }

    /// Where α is small doubles do.
    fn certified(found: &Triangular, inputs: &DMatrix<Rational>) {
        let rank = found.certify(inputs);
        assert!(rank.is_ok(), "{:?} {:?}", found.alphas, rank.err());
        if found.alphas.values().all(|&alpha| alpha <= 20) {
            assert!(independent(&found.network, inputs, 1024, &mut |_| {}).is_ok(), "{:?}", found.alphas);
        }
    }

    #[test]
    fn sigmoid_units_in_layer_1_and_2() {
        for samples in 1..=6 {
            let inputs = inputs(samples, 3, samples as u64);
            for network in [layer_1, clean].map(|build| build(samples, "sigmoid")) {
                let found = triangular(&network, &inputs, 1).unwrap();
                assert_eq!(found.case, Case::Bounded);
                let factorial: f64 = (1..=samples).map(|k| (k as f64).log2()).sum();
                assert!((found.log2_epsilon + samples as f64 + 1.0 + factorial).abs() < 1e-9);
                assert!(found.alphas.values().all(|&alpha| alpha <= 16), "{:?}", found.alphas);
                assert!(found.precision <= 256);
                certified(&found, &inputs);
            }
        }
    }

    /// Over skip units α is exponentiated.
    #[test]
    fn sigmoid_units_over_skip_units() {
        for samples in 3..=6 {
            let inputs = inputs(samples, 3, samples as u64);
            for network in [mixed, thirds].map(|build| build(samples, "sigmoid")) {
                match triangular(&network, &inputs, 1) {
                    Ok(found) => certified(&found, &inputs),
                    refused => assert_eq!((samples, refused), (6, Err(NotTriangular::Alpha { layer: 3 }))),
                }
            }
        }
    }

    #[test]
    fn alpha_is_given_up_by_name() {
        let inputs = inputs(9, 3, 9);
        let refused = triangular(&thirds(9, "sigmoid"), &inputs, 1);
        assert!(matches!(refused, Err(NotTriangular::Alpha { layer: 2 | 3 })), "{:?}", refused.map(|t| t.alphas));
    }

    #[test]
    fn softplus_units() {
        for samples in 1..=5 {
            let inputs = inputs(samples, 3, samples as u64);
            for activation in ["softplus=1", "softplus=20"] {
                for network in [layer_1, clean].map(|build| build(samples, activation)) {
                    let found = triangular(&network, &inputs, 1).unwrap();
                    assert_eq!(found.case, Case::Softplus);
                    certified(&found, &inputs);
                }
            }
        }
        // No path avoids the skip units below.
        let refused = triangular(&mixed(4, "softplus"), &inputs(4, 3, 1), 1);
        assert_eq!(refused, Err(Unmet::BackwardPath { found: 2, samples: 4, unit: [2, 0] }.into()));
    }

    /// Patches of two inputs with shared filters and a dense block above, of all kinds of σ.
    #[test]
    fn shared_patches() {
        let inputs = inputs(5, 4, 3);
        for (below, above) in
            [("sigmoid", "sigmoid"), ("tanh", "sigmoid"), ("softplus", "softplus"), ("linear", "sigmoid")]
        {
            let mut first = dense(&[0], 2, below);
            first.patches = Some(vec![vec![0, 1], vec![1, 2], vec![2, 3]].into());
            let mut second = dense(&[1], 1, above);
            second.patches = Some(vec![vec![0, 2, 4], vec![1, 3, 5], vec![5, 4, 3]].into());
            let skips = vec![[2, 0], [2, 1], [2, 2], [3, 0], [3, 1]];
            let network = graph(4, vec![first, second, dense(&[1], 2, above)], skips);
            let found = triangular(&network, &inputs, 7).unwrap();
            certified(&found, &inputs);
        }
    }

    /// Errata 4: the assumption holds, the proof's U does not exist, the conclusion holds.
    #[test]
    fn the_gap() {
        let (network, inputs) = (gap("softplus"), gap_inputs());
        let refused = triangular(&network, &inputs, 1);
        assert_eq!(refused, Err(Unmet::Position { block: 2, filter: 0, positions: 2 }.into()));
        assert!((0..20).any(|seed| independent(&random_layers(&network, seed), &inputs, 512, &mut |_| {}).is_ok()));
        // With sigmoid a path may meet skip units.
        certified(&triangular(&gap("sigmoid"), &inputs, 1).unwrap(), &inputs);
    }

    /// More units than samples, inputs connected too, a bias of the output: N units do.
    #[test]
    fn more_features_than_samples() {
        let inputs = inputs(3, 3, 2);
        let mut network = graph(3, vec![dense(&[0], 3, "softplus"), dense(&[1], 4, "softplus")], vec![[0, 1]; 1]);
        let mut graph = network.graph().clone();
        graph.skips.extend([[1, 0], [2, 0], [2, 1], [2, 1], [2, 2], [2, 3]]);
        graph.bias = true;
        let zeros = |rows| DMatrix::from_element(rows, 1, Rational::new());
        let mut layers = network.layers().clone();
        layers.insert(3, GraphLayer { weight: zeros(7), bias: Some(zeros(1)) });
        network = GraphNetwork::new(graph, layers).unwrap();
        let found = triangular(&network, &inputs, 1).unwrap();
        assert_eq!((found.units.len(), found.network.output()), (3, network.output()));
        certified(&found, &inputs);
    }

    #[test]
    fn hypotheses_are_named() {
        let inputs = inputs(3, 3, 1);
        let refused = |network: &GraphNetwork| triangular(network, &inputs, 1).unwrap_err();
        assert_eq!(refused(&layer_1(2, "sigmoid")), Unmet::TooFew { connected: 2, samples: 3 }.into());
        assert_eq!(refused(&layer_1(3, "tanh")), Unmet::Bounded { found: 0, samples: 3, unit: [1, 0] }.into());
        let twins = DMatrix::from_element(3, 3, Rational::new());
        let equal = Unmet::EqualPatches { block: 1, patch: 0, first: 0, second: 1 };
        assert_eq!(triangular(&layer_1(3, "sigmoid"), &twins, 1), Err(equal.into()));
        let over = |below: &str| {
            let blocks = vec![dense(&[0], 2, below), dense(&[1], 3, "sigmoid")];
            graph(3, blocks, (0..3).map(|unit| [2, unit]).collect())
        };
        let not_analytic = |activation: &str| Unmet::NotAnalytic { block: 1, activation: activation.into() }.into();
        assert_eq!(refused(&over("elu=1")), not_analytic("elu=1"));
        assert_eq!(refused(&over("leaky-relu=0.5")), not_analytic("leaky-relu=0.5"));
        let flat = Unmet::NotIncreasing { block: 1, activation: "relu".into() };
        assert_eq!(refused(&over("relu")), flat.into());
    }

    /// Enclosures contain what more bits say.
    #[test]
    fn sides_are_kept() {
        for name in ["sigmoid", "tanh", "softplus=20", "softplus=1/3"] {
            let Nonlinearity::Smooth(smooth) = name.parse().unwrap() else { panic!("{name} is smooth") };
            for x in [-1e9, -40.0, -0.3, 0.0, 1e-9, 0.7, 33.0, 1e9] {
                let x = Float::with_val(24, x);
                let exact = smooth.evaluate(&Float::with_val(2000, &x));
                let sigma = Nonlinearity::Smooth(smooth.clone());
                let [lo, hi] = [Round::Down, Round::Up].map(|round| evaluate(&sigma, &x, round));
                assert!(lo <= exact && exact <= hi, "{name} {x}: {lo} {exact} {hi}");
                assert!(Float::with_val(24, &hi - &lo) <= 1e-6 * x.abs().max(&Float::with_val(24, 1)));
            }
        }
    }
}

//! Theorem 2.4.4 of the thesis by its construction: a convolutional network whose features at a wide layer are independent.
//!
//! *Let the patches of different samples differ (Assumption 2.4.1), M_l(W_l) have full rank for some W_l (2.3.4), σ behave at
//! infinity
//! (2.4.2), layers 1 and k be convolutional or fully connected, the others max-pooling too, and n_k ≥ N. Then some parameters of
//! the
//! first k layers have rank F_k = N, and every M_l(W_l) of full rank.*
//!
//! 1. *Below k* (Lemma 2.6.1): integer filters Q, M(Q) of full rank, for which every entry of F_{l−1} M(Q) differs from every one
//!    of
//!    another sample. W_l = αQ and b_l = β with α so small that the pre-activations stay where σ is strictly monotone. So (2.9)
//!    goes on: every entry of
//!    F_l differs from every one of another sample; so do largest entries, through a max-pooling layer.
//! 2. *At k*: integer filters Q, M(Q) of full rank, with values V = F_{k−1} M(Q) that separate the samples. Units and samples are
//!    put in order
//!    ([`mod@super::peel`]): sample γ(j) has the least value of unit j among γ(j), …, γ(N), by a gap δ at least.
//! 3. W_k = −αQ, and the bias of unit j is α V_{γ(j) j} + β. The entry of F_k at sample γ(i) and unit j is σ(β + α (V_{γ(j) j} −
//!    V_{γ(i) j})):
//!    σ(β) on the diagonal, and σ(β − α δ) or further out below it.
//!    - σ piecewise linear and 0 on (−∞, t]: α = (β − t)/δ. Below the diagonal is 0, *exactly*: the determinant is σ(β)^N, for
//!      ReLU and
//!      β = 1 it is 1. If σ is 0 on [t, ∞) instead, the signs of W_k and of α change.
//!    - sigmoid, softplus: β = 0, and α is doubled from 1/(16 δ) until the checker sees rank N.
//!
//! What differs from the paper. Biases of units that are not used are β; the paper names samples that there are not (errata, item
//! 17).
//! Assumption 2.4.1 is asked for k > 1 only where it can be had: on images it fails, and [`mod@super::peel`] needs less. M(W) of
//! full rank is
//! no matter for rank F_k = N; where it cannot be had, the features are built all the same and [`FullRankFeatures::structures`]
//! says why. A smooth σ below k is evaluated in 256 bits, which step 2 takes for exact: the certificate does not.

use super::full_rank_filters::{FullRank, Structure, decide, full_rank};
use super::layers::{Layer, NotLayers, Patches, features, layers};
use super::peel::{Order, SharedPatch, Stuck, distinct_entries, distinct_patches, peel};
use super::tails::{Flat, NoTails, flat, tails};
use crate::certificate::graph::GraphRecord;
use crate::linalg::{Kernel, Multiprecision};
use crate::network::{GraphLayer, GraphNetwork, Nonlinearity, duplicate_rows, to_exact};
use crate::statement::skip::independent::{Independent, NotIndependent, independent};
use nalgebra::DMatrix;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rug::{Integer, Rational};
use std::collections::BTreeMap;

/// The bits in which smooth layers below k are evaluated.
const PRECISION: u32 = 256;

/// The bits in which rank N is looked for with each α: samples that are 2⁻¹⁰⁰ apart need more than those of a level.
const SEEN: u32 = 1024;

/// So often filters are drawn, from larger and larger integers.
const DRAWS: u32 = 40;

/// So often α is doubled.
const DOUBLINGS: u32 = 48;

/// Floats of so many bits at most look for the right inverse of a certificate.
pub const CERTIFY: u32 = 4096;

/// The network of the construction.
#[derive(Debug, Clone, PartialEq)]
pub struct FullRankFeatures {
    /// The given one with other parameters in the layers 1, …, k.
    pub network: GraphNetwork,
    /// k.
    pub layer: usize,
    /// Units of layer k and samples, in their order; the gap δ is that of V.
    pub order: Order,
    /// V_{γ(j) j} − V_{γ(i) j} times this is what σ sees.
    pub alpha: Rational,
    /// β.
    pub beta: Rational,
    /// Whether M(W) has full rank, by layer of filters up to k.
    pub structures: BTreeMap<usize, Structure>,
    /// A patch that two samples share; none under Assumption 2.4.1.
    pub shared: Option<SharedPatch>,
}

/// Why there is no such network, or none is found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotConstructed {
    /// The network is no chain of these layers.
    #[error(transparent)]
    Layers(#[from] NotLayers),
    /// Assumption 2.4.2.
    #[error("block {block}: {why}")]
    Tails {
        /// The block.
        block: usize,
        /// What is wrong with its σ.
        why: NoTails,
    },
    /// Layer 1 or layer k.
    #[error(
        "layer {layer} is a max-pooling layer; the first one and layer k have to be convolutional or fully connected"
    )]
    Pool {
        /// The layer.
        layer: usize,
    },
    /// n_k < N.
    #[error("layer {layer} has {width} units for {samples} samples: rank {samples} needs as many")]
    Narrow {
        /// k.
        layer: usize,
        /// n_k.
        width: usize,
        /// N.
        samples: usize,
    },
    /// Then their features are equal for all parameters.
    #[error("samples {first} and {second} (from 0) are equal, and so are their features for all parameters")]
    EqualSamples {
        /// The one.
        first: usize,
        /// The other.
        second: usize,
    },
    /// No filters that were drawn separate the samples.
    #[error("undecided: {why}, for all filters that were drawn at layer {layer}")]
    Stuck {
        /// k.
        layer: usize,
        /// Where the last ones stop.
        why: Stuck,
    },
    /// No α.
    #[error("undecided: {why}, for every α that was tried")]
    Alpha {
        /// Of the last one.
        why: NotIndependent,
    },
}

/// Parameters of the layers 1, …, k for which F_k has rank N on the samples X `[N, d]`; `seed` draws the filters.
///
/// # Errors
/// [`NotConstructed`].
///
/// # Panics
/// If X has not as many columns as the network has inputs.
pub fn full_rank_features(
    network: &GraphNetwork,
    inputs: &DMatrix<Rational>,
    layer: usize,
    seed: u64,
) -> Result<FullRankFeatures, NotConstructed> {
    assert_eq!(inputs.ncols(), network.graph().inputs, "a column an input");
    let below = layers(network, layer)?;
    require(&below, inputs)?;
    let shared = distinct_patches(inputs, below[0].patches()).err();
    let mut build =
        Build { network: network.clone(), random: ChaCha8Rng::seed_from_u64(seed), structures: BTreeMap::new(), seed };
    // 1.
    let mut level = inputs.clone();
    for (number, own) in (1..).zip(&below[..layer - 1]) {
        level = build.transport(number, own, &level, inputs);
    }
    // 2. and 3.
    let Layer::Filters { patches, filters, activation } = &below[layer - 1] else {
        unreachable!("layer k has filters")
    };
    let (weight, values, order) = build.separate(layer, (patches, *filters), &level)?;
    let last = Last { layer, weight, values, order };
    let (network, alpha, beta) = match activation {
        Nonlinearity::PiecewiseLinear(activation) => {
            let (flat, beta) = flat(activation).expect("it satisfies Assumption 2.4.2");
            let gap = last.order.gap.clone().unwrap_or_else(|| Rational::from(1));
            let (Flat::Left(edge) | Flat::Right(edge)) = &flat;
            let alpha = Rational::from(&beta - edge) / gap;
            (last.network(&build.network, &alpha, &beta), alpha, beta)
        }
        Nonlinearity::Smooth(_) => last.smooth(&build.network, inputs)?,
    };
    Ok(FullRankFeatures { network, layer, order: last.order, alpha, beta, structures: build.structures, shared })
}

/// The hypotheses but 2.3.4 and 2.4.1.
fn require(below: &[Layer], inputs: &DMatrix<Rational>) -> Result<(), NotConstructed> {
    let (layer, samples) = (below.len(), inputs.nrows());
    if let Some(layer) = [1, layer].into_iter().find(|&layer| matches!(below[layer - 1], Layer::MaxPool(_))) {
        return Err(NotConstructed::Pool { layer });
    }
    for (block, own) in (1..).zip(below) {
        if let Layer::Filters { activation, .. } = own {
            tails(activation).map_err(|why| NotConstructed::Tails { block, why })?;
        }
    }
    let width = below[layer - 1].width();
    if width < samples {
        return Err(NotConstructed::Narrow { layer, width, samples });
    }
    match duplicate_rows(inputs) {
        Some((first, second)) => Err(NotConstructed::EqualSamples { first, second }),
        None => Ok(()),
    }
}

/// What is built from below.
struct Build {
    network: GraphNetwork,
    random: ChaCha8Rng,
    structures: BTreeMap<usize, Structure>,
    seed: u64,
}

impl Build {
    /// Integer filters with M(Q) of full rank where it can be had, from larger and larger integers.
    fn draw(&mut self, layer: usize, patches: &Patches, filters: usize, draw: u32) -> DMatrix<Rational> {
        let structure = self.structures.entry(layer).or_insert_with(|| decide(patches, filters, self.seed));
        let bound = 1i32 << (1 + draw / 3).min(20);
        let random = &mut self.random;
        loop {
            let weight =
                DMatrix::from_fn(patches.size(), filters, |_, _| Rational::from(random.random_range(-bound..=bound)));
            match structure {
                Structure::FullRank(own) => {
                    if let Some(found) = full_rank(patches, weight) {
                        *own = found;
                        return own.weight.clone();
                    }
                }
                _ => return weight,
            }
        }
    }

    /// Step 1: the parameters of a layer below k; returns F of this layer.
    fn transport(
        &mut self,
        number: usize,
        own: &Layer,
        level: &DMatrix<Rational>,
        inputs: &DMatrix<Rational>,
    ) -> DMatrix<Rational> {
        let Layer::Filters { patches, filters, activation } = own else {
            return features(own, level, None).expect("the largest entry is exact");
        };
        let mut weight = self.draw(number, patches, *filters, 0);
        let mut values = patches.product(level, &weight);
        // Where two samples share a patch no filters will do.
        let draws = if distinct_patches(level, patches).is_ok() { DRAWS } else { 0 };
        for draw in 0..draws {
            if distinct_entries(&values) {
                break;
            }
            weight = self.draw(number, patches, *filters, draw);
            values = patches.product(level, &weight);
        }
        let (beta, room) = strictly_monotone(activation);
        let largest = values.iter().map(|value| value.clone().abs()).max().unwrap_or_default();
        let alpha = room / (largest + 1u32);
        let bias = DMatrix::from_element(1, own.width(), beta);
        let layer = GraphLayer { weight: weight.map(|w| w * &alpha), bias: Some(bias) };
        let exact = features(own, level, Some(&layer));
        self.network = with_layer(&self.network, number, layer);
        exact.unwrap_or_else(|| self.rounded(number, inputs))
    }

    /// F of a layer, in so many bits.
    fn rounded(&self, number: usize, inputs: &DMatrix<Rational>) -> DMatrix<Rational> {
        let kernel = Multiprecision::new(PRECISION);
        let levels = self.network.levels(&kernel, &inputs.map(|x| kernel.import(&x)));
        to_exact(&levels[number]).expect("features are finite")
    }

    /// Step 2: filters whose values separate the samples one after the other.
    fn separate(
        &mut self,
        layer: usize,
        (patches, filters): (&Patches, usize),
        level: &DMatrix<Rational>,
    ) -> Result<(DMatrix<Rational>, DMatrix<Rational>, Order), NotConstructed> {
        let mut stuck = None;
        for draw in 0..DRAWS {
            let weight = self.draw(layer, patches, filters, draw);
            let values = patches.product(level, &weight);
            match peel(&values) {
                Ok(order) => return Ok((weight, values, order)),
                Err(why) => stuck = Some(why),
            }
        }
        Err(NotConstructed::Stuck { layer, why: stuck.expect("filters are drawn") })
    }
}

/// β, and a size below which β plus or minus it is on one strictly monotone piece of σ.
fn strictly_monotone(sigma: &Nonlinearity) -> (Rational, Rational) {
    let one = Rational::from(1);
    let Nonlinearity::PiecewiseLinear(activation) = sigma else { return (Rational::new(), one) };
    let (points, slopes) = (activation.breakpoints(), activation.slopes());
    let piece = slopes.iter().rposition(|slope| !slope.is_zero()).expect("σ is not constant");
    match (piece.checked_sub(1).map(|left| &points[left]), points.get(piece)) {
        (Some(left), Some(right)) => (Rational::from(left + right) / 2u32, Rational::from(right - left) / 2u32),
        (Some(left), None) => (Rational::from(left + 1), one),
        (None, Some(right)) => (Rational::from(right - 1), one),
        (None, None) => (Rational::new(), one),
    }
}

/// The same network with other parameters of one layer.
fn with_layer(network: &GraphNetwork, number: usize, layer: GraphLayer) -> GraphNetwork {
    let mut layers = network.layers().clone();
    layers.insert(number, layer);
    GraphNetwork::new(network.graph().clone(), layers).expect("the shapes stay")
}

/// The network up to layer k, and these units of it connected to one output by weights 0.
fn up_to(network: &GraphNetwork, layer: usize, units: &[usize]) -> GraphNetwork {
    let graph = GraphRecord {
        inputs: network.graph().inputs,
        blocks: network.graph().blocks[..layer].to_vec(),
        skips: units.iter().map(|&unit| [layer, unit]).collect(),
        outputs: 1,
        bias: false,
    };
    let mut layers: BTreeMap<usize, GraphLayer> =
        network.layers().iter().filter(|(number, _)| **number <= layer).map(|(&k, own)| (k, own.clone())).collect();
    let weight = DMatrix::from_element(units.len(), 1, Rational::new());
    layers.insert(layer + 1, GraphLayer { weight, bias: None });
    GraphNetwork::new(graph, layers).expect("these units are there")
}

/// Layer k before α and β.
struct Last {
    layer: usize,
    /// Q.
    weight: DMatrix<Rational>,
    /// V.
    values: DMatrix<Rational>,
    order: Order,
}

impl Last {
    /// Step 3.
    fn network(&self, network: &GraphNetwork, alpha: &Rational, beta: &Rational) -> GraphNetwork {
        let mut bias = DMatrix::from_element(1, self.values.ncols(), beta.clone());
        for (&unit, &sample) in self.order.units.iter().zip(&self.order.samples) {
            bias[(0, unit)] += Rational::from(alpha * &self.values[(sample, unit)]);
        }
        let weight = self.weight.map(|w| -(w * alpha));
        with_layer(network, self.layer, GraphLayer { weight, bias: Some(bias) })
    }

    /// Step 3 for a smooth σ: the first α for which the checker sees rank N.
    fn smooth(
        &self,
        network: &GraphNetwork,
        inputs: &DMatrix<Rational>,
    ) -> Result<(GraphNetwork, Rational, Rational), NotConstructed> {
        let beta = Rational::new();
        // The power of two at 1/(16 δ): weights stay short.
        let gap = self.order.gap.clone().unwrap_or_else(|| Rational::from(1));
        let exponent = gap.denom().significant_bits() as i32 - gap.numer().significant_bits() as i32 - 4;
        let mut alpha = power_of_two(exponent);
        let mut why = NotIndependent::Undecided { precision: 0 };
        for _ in 0..DOUBLINGS {
            let found = self.network(network, &alpha, &beta);
            match independent(&up_to(&found, self.layer, &self.order.units), inputs, SEEN, &mut |_| {}) {
                Ok(_) => return Ok((found, alpha, beta)),
                Err(reason) => why = reason,
            }
            alpha *= 2u32;
        }
        Err(NotConstructed::Alpha { why })
    }
}

fn power_of_two(exponent: i32) -> Rational {
    let power = Rational::from(Integer::from(1) << exponent.unsigned_abs());
    if exponent < 0 { power.recip() } else { power }
}

impl FullRankFeatures {
    /// The network up to layer k; of layer k the N units of the order are connected to its output, in that order.
    pub fn features_network(&self) -> GraphNetwork {
        up_to(&self.network, self.layer, &self.order.units)
    }

    /// The checker's word on the rank of these N features, and so of F_k.
    ///
    /// # Errors
    /// [`NotIndependent`], if no right inverse is found with [`CERTIFY`] bits.
    pub fn certify(&self, inputs: &DMatrix<Rational>) -> Result<Independent, NotIndependent> {
        independent(&self.features_network(), inputs, CERTIFY, &mut |_| {})
    }

    /// The N features in the order of units and samples, exactly: upper triangular with σ(β) on the diagonal. `None` if a σ is
    /// not piecewise
    /// linear.
    ///
    /// # Panics
    /// If X has not as many columns as the network has inputs.
    pub fn triangle(&self, inputs: &DMatrix<Rational>) -> Option<DMatrix<Rational>> {
        let all = layers(&self.network, self.layer).expect("the construction has them");
        let mut level = inputs.clone();
        for (number, layer) in (1..).zip(&all) {
            level = features(layer, &level, self.network.layers().get(&number))?;
        }
        Some(level.select_rows(&self.order.samples).select_columns(&self.order.units))
    }

    /// The layers up to k whose M(W) has full rank, with the W that was drawn; an error names the first one where it has not, for
    /// all that is
    /// known.
    ///
    /// # Errors
    /// The layer, and what is known of it.
    pub fn filters_of_full_rank(&self) -> Result<BTreeMap<usize, &FullRank>, (usize, &Structure)> {
        let layers = self.structures.iter().map(|(&layer, structure)| match structure {
            Structure::FullRank(full) => Ok((layer, full)),
            other => Err((layer, other)),
        });
        layers.collect()
    }
}

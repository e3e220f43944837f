//! Two bounds of the gradient by the distance to the targets (thesis, Lemma 2.4.9), certified.
//!
//! *Lemma 2.4.9.* Let n_k ≥ N, n_(k+1) ≥ … ≥ n_L, no pooling above layer k, σ differentiable, and Φ = ½‖F_L − Y‖². Then
//!
//! ‖∇_(U_(k+1)) Φ‖ ≥ σ_min(F_k) Π σ_min(U_(l+1)) min |σ′(G_l)| ‖F_L − Y‖, l = k + 1, …, L − 1,
//!
//! and at most the same with σ_max and max. Here U_l `[n_(l−1), n_l]` is the matrix of layer l, in which a filter stands once for every patch,
//! F_l `[N, n_l]` are features and G_l pre-activations; F_L is the output; norms are those of Frobenius.
//!
//! **Constructed** is no path but numbers: R `[n_k, N]` with F_k R ≈ I and L_l `[n_l, n_(l−1)]` with L_l U_l ≈ I, l = k + 2, …, L, all of them
//! found in floats and rounded, and c, C with c ‖F_L − Y‖ ≤ ‖∇‖ ≤ C ‖F_L − Y‖. They show on the way that F_k, U_(k+2), …, U_L have full rank: the
//! network is in S_k.
//!
//! **What differs.** c is a little below the paper's product, since ‖R‖₂ is bounded by ‖RᵀR‖^½ and not known. Layers below k may be any, of pools
//! too, as the gradient is one in U_(k+1). The certificate needs σ′ ≠ 0 on the samples, which strict monotonicity does not give
//! ([`critical`](super::critical)).

use crate::certificate::{Object, graph::BlockRule, object};
use crate::checker::{Finding, Unproved};
use crate::linalg::Double;
use crate::network::{GraphNetwork, Nonlinearity};
use crate::path::{to_fraction, to_matrix};
use crate::statement::object::{Refused, number, prove};
use crate::statement::skip::independent::{NotIndependent, independent};
use nalgebra::DMatrix;
use rug::Rational;

/// The most bits with which features are enclosed.
pub const MOST_BITS: u64 = 8192;

/// By how much c is below what the inverses show, and C above it, in doubles.
const ROOM: f64 = 1e-3;

/// Bits behind the point of a left inverse.
const LEFT_BITS: u32 = 40;

/// What a network is to fit, and where its samples are independent.
#[derive(Debug, Clone, Copy)]
pub struct Fit<'a> {
    /// X, `[N, d]`.
    pub inputs: &'a DMatrix<Rational>,
    /// Y, `[N, m]`.
    pub targets: &'a DMatrix<Rational>,
    /// k, from 1.
    pub level: usize,
}

/// A point of S_k with two bounds of its gradient.
#[derive(Debug)]
pub struct BoundedGradient {
    /// The claim with all that shows it.
    pub object: Object,
    /// What the checker says of it.
    pub finding: Finding,
    /// c and C.
    pub bounds: [Rational; 2],
    /// Between which numbers Φ is.
    pub loss: [Rational; 2],
    /// Between which numbers ‖∇‖² is.
    pub squared_gradient: [Rational; 2],
    /// Bits behind the point with which the checker decided.
    pub bits: u64,
    /// The same in doubles.
    pub doubles: InDoubles,
}

/// What doubles make of the lemma.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct InDoubles {
    /// The lower bound, by singular values.
    pub lower: f64,
    /// ‖∇_(U_(k+1)) Φ‖.
    pub gradient: f64,
    /// The upper bound.
    pub upper: f64,
    /// ‖F_L − Y‖.
    pub distance: f64,
}

/// Why there are no bounds.
#[derive(Debug, thiserror::Error)]
pub enum NoBounds {
    /// k is a block.
    #[error("there is no block {level} among {blocks}")]
    Level {
        /// k.
        level: usize,
        /// L − 1.
        blocks: usize,
    },
    /// F_k has not rank N, or it is not seen.
    #[error("block {level}: {reason}")]
    Features {
        /// k.
        level: usize,
        /// Why not.
        reason: NotIndependent,
    },
    /// The layers above k + 1 narrow.
    #[error("layer {layer} has {width} units, more than the {before} before it; expected n_(k+1) ≥ … ≥ n_L")]
    Widens {
        /// l.
        layer: usize,
        /// n_(l−1).
        before: usize,
        /// n_l.
        width: usize,
    },
    /// A layer has not full rank, or doubles do not see it.
    #[error("layer {layer} has not full rank, as far as doubles see: the network is not seen to be in S_k")]
    LayerRank {
        /// l.
        layer: usize,
    },
    /// What doubles see of c is 0.
    #[error("no lower bound is seen in doubles: σ′ is 0 somewhere as far as they see, or R is too rough for them")]
    NoLowerBound,
    /// A block above k is a pool, or is made of other blocks than the one before it.
    #[error("block {block} is not made by filters of the block before it alone")]
    NoChain {
        /// The block.
        block: usize,
    },
    /// Windows that reach out of an image.
    #[error("block {block} has patches that reach out of its image; those of Definition 2.3.1 do not")]
    Padded {
        /// The block.
        block: usize,
    },
    /// The checker refuses the certificate, or does not see it with the most bits.
    #[error("{0}")]
    Refused(#[from] Refused),
}

/// Certifies both bounds of Lemma 2.4.9; `most` bits at most in the search for R.
///
/// # Errors
/// [`NoBounds`].
pub fn bounded_gradient(network: &GraphNetwork, fit: &Fit, most: u32) -> Result<BoundedGradient, NoBounds> {
    let (level, last) = (fit.level, network.graph().blocks.len() + 1);
    // 1. The network is a chain that narrows above block k.
    require_chain(network, level)?;
    for layer in level + 2..=last {
        let [before, width] = [layer - 1, layer].map(|layer| width(network, layer));
        if before < width {
            return Err(NoBounds::Widens { layer, before, width });
        }
    }
    // 2. F_k and U_(k+2), …, U_L have full rank.
    let lower = network.first_blocks(level);
    let found =
        independent(&lower, fit.inputs, most, &mut |_| {}).map_err(|reason| NoBounds::Features { level, reason })?;
    let left = left_inverses(network, level + 2..=last)?;
    // 3. c and C, in doubles, with room.
    let pass = Pass::new(network, fit);
    let bounds = pass.bounds(&found.right_inverse, &left);
    if !(bounds[0] > f64::MIN_POSITIVE && bounds[1].is_finite()) {
        return Err(NoBounds::NoLowerBound);
    }
    let [c, above] = [bounds[0] * (1.0 - ROOM), bounds[1] * (1.0 + ROOM)].map(short);
    // 4. The checker's word, with more and more bits.
    let object = |bits: u64| {
        Object::Gradient(Box::new(object::Gradient {
            graph: network.graph().clone(),
            inputs: to_matrix(fit.inputs),
            targets: to_matrix(fit.targets),
            layers: network.to_layers(),
            level,
            right_inverse: to_matrix(&found.right_inverse),
            left_inverses: left.iter().map(to_matrix).collect(),
            lower: to_fraction(&c),
            upper: to_fraction(&above),
            bits,
        }))
    };
    let mut bits = (2 * found.bits).max(64);
    loop {
        match prove(object(bits)) {
            Ok(finding) => {
                let doubles = pass.by_singular_values();
                return Ok(BoundedGradient::new((object(bits), finding), [c, above], bits, doubles));
            }
            Err(refused) if bits >= MOST_BITS || !refused.unproved().is_none_or(may_be_rounding) => {
                return Err(refused.into());
            }
            Err(_) => bits *= 2,
        }
    }
}

/// Whether the checker may only have had too few bits: where σ′ or 1 − ‖I − F R‖ is small, little of it is left of an enclosure.
fn may_be_rounding(unproved: &Unproved) -> bool {
    matches!(
        unproved,
        Unproved::LowerBound | Unproved::UpperBound | Unproved::FeatureRank { .. } | Unproved::FlatActivation { .. }
    )
}

impl BoundedGradient {
    fn new((object, finding): (Object, Finding), bounds: [Rational; 2], bits: u64, doubles: InDoubles) -> Self {
        let Finding::Gradient { loss, gradient, .. } = &finding else { unreachable!("the claim is about a gradient") };
        let numbers = |pair: &[_; 2]| pair.each_ref().map(number);
        let (loss, squared_gradient) = (numbers(loss), numbers(gradient));
        BoundedGradient { object, finding, bounds, loss, squared_gradient, bits, doubles }
    }

    /// ‖∇‖²/(2c²), which the loss is at most (Theorem 2.4.10).
    pub fn loss_by_gradient(&self) -> Rational {
        let square = Rational::from(self.bounds[0].square_ref());
        Rational::from(&self.squared_gradient[1] / &square) / 2u32
    }

    /// How far doubles are from what is certified, relative to it: the gradient outside of its enclosure, or a bound by singular
    /// values on the wrong side of c or C.
    pub fn stray(&self) -> f64 {
        let [least, most] = self.squared_gradient.each_ref().map(|square| square.to_f64().sqrt());
        let [c, above] = self.bounds.each_ref().map(Rational::to_f64);
        let InDoubles { lower, gradient, upper, distance } = self.doubles;
        let outside = [(least - gradient) / least, (gradient - most) / most];
        let wrong = [(c * distance - lower) / lower, (upper - above * distance) / upper];
        outside.into_iter().chain(wrong).fold(0.0, f64::max)
    }
}

/// n_l.
pub(super) fn width(network: &GraphNetwork, layer: usize) -> usize {
    network.units(layer).unwrap_or(network.graph().outputs)
}

/// Whether blocks k + 1, …, L − 1 are filters over the block before them.
pub(super) fn require_chain(network: &GraphNetwork, level: usize) -> Result<(), NoBounds> {
    let blocks = network.graph().blocks.len();
    if level == 0 || level > blocks {
        return Err(NoBounds::Level { level, blocks });
    }
    for block in level + 1..=blocks {
        let filters = matches!(network.graph().blocks[block - 1].rule, BlockRule::Filters { .. });
        let entries = || network.patches(block).iter().flatten();
        if !filters || entries().flatten().any(|unit| unit[0] != block - 1) {
            return Err(NoBounds::NoChain { block });
        }
        if entries().any(Option::is_none) {
            return Err(NoBounds::Padded { block });
        }
    }
    Ok(())
}

/// U_l `[n_(l−1), n_l]` of a layer above k: the weights of every unit, once for each patch that it is in.
pub fn unrolled(network: &GraphNetwork, layer: usize) -> DMatrix<Rational> {
    let weight = &network.layers()[&layer].weight;
    if network.units(layer).is_none() {
        return weight.clone();
    }
    let filters = weight.ncols();
    let mut matrix = DMatrix::from_element(width(network, layer - 1), width(network, layer), Rational::new());
    for (p, patch) in network.patches(layer).iter().enumerate() {
        for (row, entry) in patch.iter().enumerate() {
            let &Some([_, unit]) = entry else { continue };
            for t in 0..filters {
                matrix[(unit, p * filters + t)] += &weight[(row, t)];
            }
        }
    }
    matrix
}

/// L_l with L_l U_l ≈ I, rounded.
pub(super) fn left_inverses(
    network: &GraphNetwork,
    layers: std::ops::RangeInclusive<usize>,
) -> Result<Vec<DMatrix<Rational>>, NoBounds> {
    let inverse = |layer: usize| {
        let matrix = unrolled(network, layer).map(|x| x.to_f64());
        let transposed = matrix.transpose();
        let inverse = (&transposed * &matrix).cholesky().map(|gram| gram.inverse() * &transposed);
        let inverse = inverse.filter(|inverse| {
            let rest = inverse * &matrix - DMatrix::identity(matrix.ncols(), matrix.ncols());
            rest.norm() < 0.5
        });
        Ok(inverse.ok_or(NoBounds::LayerRank { layer })?.map(|x| rounded(x, LEFT_BITS)))
    };
    layers.map(inverse).collect()
}

/// The nearest multiple of 2^−bits.
pub(super) fn rounded(x: f64, bits: u32) -> Rational {
    (Rational::from_f64(x).expect("a finite number") << bits).round() >> bits
}

/// A number of 24 significant bits, near enough for room of a thousandth.
fn short(x: f64) -> Rational {
    Rational::from_f64(f64::from_bits(x.to_bits() & !((1 << 29) - 1))).expect("a finite number")
}

fn unrolled_in_doubles(network: &GraphNetwork, layers: std::ops::RangeInclusive<usize>) -> Vec<DMatrix<f64>> {
    layers.map(|layer| unrolled(network, layer).map(|x| x.to_f64())).collect()
}

/// A pass forward and back, in doubles.
struct Pass {
    /// F_k.
    features: DMatrix<f64>,
    /// σ′(G_l), l = k + 1, …, L − 1.
    slopes: Vec<DMatrix<f64>>,
    /// U_(k+2), …, U_L.
    matrices: Vec<DMatrix<f64>>,
    /// F_L − Y.
    distance: DMatrix<f64>,
}

impl Pass {
    fn new(network: &GraphNetwork, fit: &Fit) -> Self {
        let (level, blocks) = (fit.level, network.graph().blocks.len());
        let levels = network.levels(&Double, &fit.inputs.map(|x| x.to_f64()));
        let slope = |block: usize| {
            let pre = &levels[block - 1] * unrolled(network, block).map(|x| x.to_f64());
            let sigma = network.sigmas()[block - 1].as_ref().map(Nonlinearity::in_doubles).expect("filters have a σ");
            let bias = network.layers()[&block].bias.as_ref().map(|bias| bias.map(|x| x.to_f64()));
            let bias = bias.expect("filters have a bias");
            DMatrix::from_fn(pre.nrows(), pre.ncols(), |i, j| sigma.slope(pre[(i, j)] + bias[j % bias.len()]))
        };
        let output =
            network.features(&Double, &fit.inputs.map(|x| x.to_f64())) * network.stacked_output().map(|x| x.to_f64());
        Pass {
            slopes: (level + 1..=blocks).map(slope).collect(),
            matrices: unrolled_in_doubles(network, level + 2..=blocks + 1),
            distance: output - fit.targets.map(|x| x.to_f64()),
            features: levels.into_iter().nth(level).expect("block k"),
        }
    }

    /// What the certificate shows of c and C.
    fn bounds(&self, right: &DMatrix<Rational>, left: &[DMatrix<Rational>]) -> [f64; 2] {
        let gram = |matrix: &DMatrix<f64>| (matrix * matrix.transpose()).norm().sqrt();
        let right = right.map(|x| x.to_f64());
        let samples = self.features.nrows();
        let rest = DMatrix::identity(samples, samples) - &self.features * &right;
        let mut bounds = [(1.0 - rest.norm()) / gram(&right.transpose()), gram(&self.features)];
        for (matrix, left) in self.matrices.iter().zip(left) {
            let left = left.map(|x| x.to_f64());
            let rest = DMatrix::identity(matrix.ncols(), matrix.ncols()) - &left * matrix;
            bounds[0] *= (1.0 - rest.norm()) / gram(&left);
            bounds[1] *= gram(&matrix.transpose());
        }
        self.with_slopes(bounds)
    }

    fn with_slopes(&self, [lower, upper]: [f64; 2]) -> [f64; 2] {
        self.slopes.iter().fold([lower, upper], |[lower, upper], slope| {
            [lower * slope.iter().fold(f64::INFINITY, |a, b| a.min(b.abs())), upper * slope.amax()]
        })
    }

    /// The lemma as it is printed, and the gradient.
    fn by_singular_values(&self) -> InDoubles {
        let ends = |matrix: &DMatrix<f64>| {
            let values = matrix.singular_values();
            [values.min(), values.max()]
        };
        let product = |[a, b]: [f64; 2], [c, d]: [f64; 2]| [a * c, b * d];
        let all = self.matrices.iter().map(ends).fold(ends(&self.features), product);
        let distance = self.distance.norm();
        let [lower, upper] = self.with_slopes(all).map(|bound| bound * distance);
        let mut delta = self.distance.clone();
        for (matrix, slope) in self.matrices.iter().zip(&self.slopes).rev() {
            delta = (delta * matrix.transpose()).component_mul(slope);
        }
        InDoubles { lower, gradient: (self.features.transpose() * delta).norm(), upper, distance }
    }
}

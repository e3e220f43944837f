//! Two bounds of a gradient by the distance to the targets (thesis, Lemma 2.4.9), and with them a point of S_k.
//!
//! Δ_L = F_L − Y, Δ_l = (Δ_(l+1) U_(l+1)ᵀ) ∘ σ′(G_l) and ∇_(U_(k+1)) ½‖F_L − Y‖² = F_kᵀ Δ_(k+1): its norm is at least ‖F_L − Y‖ times
//! c_0 = σ_min(F_k) Π σ_min(U_(l+1)) min |σ′(G_l)|, and at most that times the same with σ_max and max, l = k + 1, …, L − 1. Singular
//! values are bounded by products alone: for F R = I − E with ‖E‖ < 1
//!
//! σ_min(F) ≥ (1 − ‖E‖)/‖R‖₂, ‖R‖₂⁴ ≤ ‖RᵀR‖², σ_max(F)⁴ ≤ ‖F Fᵀ‖²
//!
//! in the Frobenius norm, and likewise for L U = I − E. So c and C are compared as fourth powers, and rational numbers they stay, but
//! for one root, which is rounded. That F_k has rank N and U_(k+2), …, U_L full rank is shown on the way. Below block k + 1 the graph may
//! be any, as nothing there moves.
//!
//! Then the gradient itself is enclosed, and seen to be between the bounds.

use super::independent::equal_rows;
use crate::rational::Rational;
use crate::{
    arithmetic::Arithmetic,
    certificate::{self, Limit, Limits, object::Gradient},
    finding::{Finding, Own, Unproved},
    graph::{self, Graph, Level, Parameters, Rule, path::MOST_BITS},
    interval::Precision,
    matrix::{self, Matrix, Reading, integer_product},
    verdict::{Failure, Part, Rejection, Undecided},
};
use num_bigint::BigInt;
use num_traits::{One, Pow, Signed, Zero};

/// Bits behind the point of a square root.
const ROOT_BITS: u32 = 64;

/// The fourth powers of a lower and of an upper bound of a product.
struct Bounds {
    lower: Rational,
    upper: Rational,
}

/// What is proved.
pub fn check(object: &Gradient, reading: Reading, limits: &Limits) -> Result<Finding, Failure> {
    let (Reading::Certificate(arithmetic) | Reading::Users(arithmetic)) = reading;
    let samples = object.inputs.rows;
    let graph = Graph::read(&object.graph, samples, limits)?;
    let level = object.level;
    graph.require_chain(level).map_err(Rejection::from)?;
    let inputs = Matrix::read(&object.inputs, Part::Inputs, (samples, graph.inputs), reading)?;
    let targets = Matrix::read(&object.targets, Part::Targets, (samples, graph.outputs), reading)?;
    let parameters = graph.read_network(&object.layers, graph.last(), reading)?;
    let inverse = read_right_inverse(&graph, level, &inputs, &object.right_inverse, reading)?;
    let layers = level + 2..=graph.last();
    let left = read_left_inverses(&graph, layers.clone(), &object.left_inverses, reading)?;
    let [c, above] = [&object.lower, &object.upper].map(matrix::fraction);
    let (c, above) = (c?, above?);

    let p = Precision(object.bits.min(MOST_BITS));
    allow(&graph, (&inputs, &parameters), &inverse, p, limits)?;
    let at = (p, arithmetic);
    // 1. F_k: rank N, and its singular values.
    let features = graph.features_of(level, &Level::at(p, &inputs), &parameters, at);
    let mut bounds = of_features(&features, &inverse, level, at)?;
    // 2. U_(k+2), …, U_L: full rank, and their singular values.
    let matrices: Vec<Matrix> = layers.clone().map(|layer| unrolled(&graph, &parameters, layer)).collect();
    for ((layer, matrix), left) in layers.zip(&matrices).zip(&left) {
        bounds.multiply(&of_layer(matrix, left, layer)?);
    }
    // 3. σ′ at blocks k + 1, …, L − 1.
    let climbed = graph.climb(level, features.clone(), &parameters, at);
    let mut slopes = vec![];
    for (block, [pre, _]) in (level + 1..).zip(&climbed) {
        let slope = slope_of(&graph, block, pre, p)?;
        bounds.multiply(&of_slope(&slope, block, p)?);
        slopes.push(slope);
    }
    // 4. c and C.
    if !c.is_positive() || fourth(&c) > bounds.lower {
        return Err(Rejection::from(Unproved::LowerBound).into());
    }
    if above.is_negative() || fourth(&above) < bounds.upper {
        return Err(Rejection::from(Unproved::UpperBound).into());
    }
    // 5. The gradient.
    let last = climbed.last().map_or(&features, |[_, features]| features);
    let mut delta = graph.output(last, &parameters, at).minus(&Level::at(p, &targets));
    let squares = squared(&delta, p);
    for (matrix, slope) in matrices.iter().zip(&slopes).rev() {
        delta = delta.times(&Level::at(p, &matrix.transposed()), p, arithmetic).each_times(slope, p);
    }
    let gradient = squared(&features.transposed().times(&delta, p, arithmetic), p);
    if &c * &c * &squares[1] > gradient[0] || gradient[1] > &above * &above * &squares[0] {
        return Err(Undecided::GradientOpen { bits: p.0 }.into());
    }
    Ok(Finding::Gradient {
        graph: graph.to_string(),
        samples,
        level,
        depth: graph.last(),
        dense: graph.is_dense(level + 1),
        bounds: Box::new([c, above]),
        loss: Box::new(squares.map(|square| square / BigInt::from(2))),
        gradient: Box::new(gradient),
        analytic: graph.is_analytic(),
        compared: Own::default(),
    })
}

/// R, if rank N is possible at all.
pub fn read_right_inverse(
    graph: &Graph,
    level: usize,
    inputs: &Matrix,
    source: &certificate::Matrix,
    reading: Reading,
) -> Result<Matrix, Rejection> {
    let (features, samples) = (graph.chain_width(level), inputs.rows());
    let inverse = Matrix::read(source, Part::RightInverse, (features, samples), reading)?;
    if features < samples {
        return Err(Unproved::TooFewFeatures { features, samples }.into());
    }
    match equal_rows(inputs) {
        Some((first, second)) => Err(Unproved::EqualSamples { first, second }.into()),
        None => Ok(inverse),
    }
}

/// One L for each of these layers, none of which is wider than the one before it.
pub fn read_left_inverses(
    graph: &Graph,
    layers: std::ops::RangeInclusive<usize>,
    sources: &[certificate::Matrix],
    reading: Reading,
) -> Result<Vec<Matrix>, Rejection> {
    let expected = layers.clone().count();
    if sources.len() != expected {
        return Err(Unproved::LeftInverseCount { expected, found: sources.len() }.into());
    }
    let read = |(layer, source): (usize, &certificate::Matrix)| {
        let [before, width] = [layer - 1, layer].map(|layer| graph.chain_width(layer));
        if before < width {
            return Err(Rejection::from(Unproved::WidensAbove { layer, before, width }));
        }
        Matrix::read(source, Part::LeftInverse(layer), (width, before), reading)
    };
    layers.zip(sources).map(read).collect()
}

/// Whether the integers are not too long, too many, or too much work. Going down again every weight may make them longer.
pub fn allow(
    graph: &Graph,
    (inputs, parameters): (&Matrix, &Parameters),
    inverse: &Matrix,
    p: Precision,
    limits: &Limits,
) -> Result<(), Failure> {
    graph.allow_line(inputs, [parameters; 2], p, limits)?;
    let layers = graph.last() as u64;
    let longest = p.0 + inputs.bits() + inverse.bits() + layers.saturating_mul(graph::bits(parameters) + 64);
    limits.allow_bits(longest)?;
    let widest = (1..=graph.last()).map(|layer| graph.chain_width(layer)).max().unwrap_or(0).max(inputs.rows()) as u64;
    limits.allow_memory(widest.saturating_mul(widest).saturating_mul(4), longest)?;
    let cubes = widest.saturating_mul(widest).saturating_mul(widest).saturating_mul(1 + longest / 64);
    Ok(limits.allow(Limit::Products, cubes.saturating_mul(layers + 4))?)
}

/// U_l.
pub fn unrolled(graph: &Graph, parameters: &Parameters, layer: usize) -> Matrix {
    let weight = parameters.get(&layer).and_then(|layer| layer.weight.as_ref()).expect("every layer has a weight");
    graph.unrolled(layer, weight)
}

impl Bounds {
    fn multiply(&mut self, other: &Bounds) {
        self.lower *= &other.lower;
        self.upper *= &other.upper;
    }
}

/// Of F_k by its right inverse.
fn of_features(
    features: &Level,
    inverse: &Matrix,
    block: usize,
    (p, arithmetic): (Precision, Arithmetic),
) -> Result<Bounds, Failure> {
    let samples = inverse.cols();
    let shape = [samples, features.cols, samples];
    let sizes: Vec<BigInt> = inverse.num().iter().map(Signed::abs).collect();
    let mut start = integer_product(arithmetic, &features.start, &inverse.num(), shape);
    let radius = integer_product(arithmetic, &features.radius, &sizes, shape);
    let one = inverse.den() * p.one();
    start.iter_mut().step_by(samples + 1).for_each(|entry| *entry -= &one);
    let [least, most] = sums_of_squares(&Level { cols: samples, start, end: None, radius }, &one);
    if least >= Rational::one() {
        return Err(Rejection::from(Unproved::FeatureRank { block }).into());
    }
    if most >= Rational::one() {
        return Err(Undecided::RankOpen { bits: p.0 }.into());
    }
    let squares = features.times(&features.transposed(), p, arithmetic);
    let lower = contracted(&most) / norm_of_gram(&inverse.transposed());
    Ok(Bounds { lower, upper: squared(&squares, p)[1].clone() })
}

/// Of U_l by its left inverse.
fn of_layer(matrix: &Matrix, left: &Matrix, layer: usize) -> Result<Bounds, Failure> {
    let rest = contraction(matrix, left, layer)?;
    let lower = contracted(&rest) / norm_of_gram(left);
    Ok(Bounds { lower, upper: norm_of_gram(&matrix.transposed()) })
}

/// ‖I − L U‖², if it is below 1.
pub fn contraction(matrix: &Matrix, left: &Matrix, layer: usize) -> Result<Rational, Rejection> {
    let product = left.times(matrix);
    let mut num = product.num().into_owned();
    num.iter_mut().step_by(product.cols() + 1).for_each(|entry| *entry -= product.den());
    let rest = sum_of_squares(&num, product.den());
    if rest < Rational::one() { Ok(rest) } else { Err(Unproved::LayerRank { layer }.into()) }
}

/// σ′ of a block above k.
fn slope_of(graph: &Graph, block: usize, pre: &Level, p: Precision) -> Result<Level, Rejection> {
    let Rule::Filters { sigma, .. } = &graph.blocks[block - 1].rule else { unreachable!("a chain has filters only") };
    sigma.derivative(pre, p).ok_or(Unproved::Kinked { block }.into())
}

/// Its least and its largest absolute value.
fn of_slope(slope: &Level, block: usize, p: Precision) -> Result<Bounds, Failure> {
    let sizes: Vec<(BigInt, BigInt)> = slope.sizes_between().collect();
    let least = sizes.iter().map(|size| &size.0).min().cloned().unwrap_or_default();
    let most = sizes.iter().map(|size| &size.1).max().cloned().unwrap_or_default();
    if most.is_zero() {
        return Err(Rejection::from(Unproved::FlatActivation { block }).into());
    }
    if least.is_zero() {
        return Err(Undecided::DerivativeOpen { block, bits: p.0 }.into());
    }
    Ok(Bounds { lower: fourth(&p.rational(&least)), upper: fourth(&p.rational(&most)) })
}

/// ‖M Mᵀ‖², at least ‖M‖₂⁴.
fn norm_of_gram(matrix: &Matrix) -> Rational {
    let gram = matrix.times(&matrix.transposed());
    sum_of_squares(&gram.num(), gram.den())
}

fn sum_of_squares(entries: &[BigInt], den: &BigInt) -> Rational {
    Rational::new(entries.iter().map(|entry| entry * entry).sum(), den * den)
}

/// Between which numbers the sum of squares of a level over a denominator is.
fn sums_of_squares(level: &Level, den: &BigInt) -> [Rational; 2] {
    let mut sums = [BigInt::zero(), BigInt::zero()];
    for (least, most) in level.sizes_between() {
        sums[0] += &least * &least;
        sums[1] += &most * &most;
    }
    sums.map(|sum| Rational::new(sum, den * den))
}

fn squared(level: &Level, p: Precision) -> [Rational; 2] {
    sums_of_squares(level, &p.one())
}

fn fourth(number: &Rational) -> Rational {
    Pow::pow(number, 4u32)
}

/// At most (1 − √x)⁴, for an x below 1. The root is rounded up, possibly beyond 1: then it is 0.
fn contracted(number: &Rational) -> Rational {
    fourth(&(Rational::one() - root(number)).max(Rational::zero()))
}

/// At least √x.
fn root(number: &Rational) -> Rational {
    let scaled: BigInt = (number.numer() << (2 * ROOT_BITS)) / number.denom() + BigInt::one();
    Rational::new(scaled.sqrt() + BigInt::one(), BigInt::one() << ROOT_BITS)
}

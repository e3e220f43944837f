//! A network with F = Y near given rational ones (thesis, Theorem 2.4.11 (2)), which as a rule has no rational weights itself.
//!
//! **One step.** F `[N, n]` with ‖I − F R‖ ≤ ρ < 1 and B `[N, m]`: F R is regular, and W = W̃ + R (F R)⁻¹ (B − F W̃) has F W = B. In the
//! norm of the largest row sum ‖W − W̃‖ ≤ ‖R‖ ‖B − F W̃‖/(1 − ρ). F is enclosed, and so is what is left of B.
//!
//! **k = L − 1.** F = F_k and B = Y − 1 b_Lᵀ: the output is corrected.
//!
//! **k < L − 1.** Layer k + 1 is dense, and the samples of class j get the same rational pre-activations P_j there: F = F_k, B the rows of P −
//! 1 bᵀ. After that there are K samples σ(P) in place of N, whatever σ is, and they go up to features A of block L − 1; F = A and B = Z − 1
//! b_Lᵀ for the output. The paper chooses the features D and takes σ⁻¹(D); P is that, and no inverse of σ is needed. As A W_L = Z − 1 b_Lᵀ
//! has rank m, so has U_L = W_L. For k = L − 2 it is A = σ(P).

use super::{
    bounded_gradient::{allow, contraction, read_left_inverses, read_right_inverse, unrolled},
    independent::contracts,
};
use crate::rational::Rational;
use crate::{
    arithmetic::Arithmetic,
    certificate::{
        Limit, Limits,
        object::{Classes, Solution},
    },
    finding::{Finding, Own, Unproved},
    graph::{Graph, Level, Parameters, Rule, path::MOST_BITS},
    interval::Precision,
    matrix::{self, Matrix, Reading},
    verdict::{Failure, Part, Rejection, Undecided},
};
use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};

/// The classes of a certificate, read.
struct Known {
    labels: Vec<usize>,
    preactivations: Matrix,
    codes: Matrix,
    right_inverse: Matrix,
}

/// What all steps have in common.
struct Steps {
    radius: Rational,
    p: Precision,
}

/// What is proved.
pub fn check(object: &Solution, reading: Reading, limits: &Limits) -> Result<Finding, Failure> {
    let (Reading::Certificate(arithmetic) | Reading::Users(arithmetic)) = reading;
    let samples = object.inputs.rows;
    let graph = Graph::read(&object.graph, samples, limits)?;
    let (level, blocks, last) = (object.level, graph.blocks.len(), graph.last());
    graph.require_chain(level).map_err(Rejection::from)?;
    if (level < blocks) != object.classes.is_some() {
        return Err(Rejection::from(Unproved::SolutionLevel { level, blocks }).into());
    }
    let inputs = Matrix::read(&object.inputs, Part::Inputs, (samples, graph.inputs), reading)?;
    let targets = Matrix::read(&object.targets, Part::Targets, (samples, graph.outputs), reading)?;
    let parameters = graph.read_network(&object.layers, last, reading)?;
    let inverse = read_right_inverse(&graph, level, &inputs, &object.right_inverse, reading)?;
    let steps = Steps { radius: matrix::fraction(&object.radius)?, p: Precision(object.bits.min(MOST_BITS)) };
    allow(&graph, (&inputs, &parameters), &inverse, steps.p, limits)?;
    let at = (steps.p, arithmetic);
    let classes =
        object.classes.as_ref().map(|classes| read(&graph, level, classes, &parameters, &targets, (reading, limits)));

    let features = graph.features_of(level, &Level::at(steps.p, &inputs), &parameters, at);
    let corrected = match classes.transpose()? {
        None => {
            let rest = Level::at(steps.p, &targets).minus(&graph.output(&features, &parameters, at));
            steps.correct(&features, &inverse, &rest, last)?;
            vec![last]
        }
        Some(known) => {
            let rest = preactivations_left(&graph, level, &known, &features, &parameters, at)?;
            steps.correct(&features, &inverse, &rest, level + 1)?;
            let top = top_of_classes(&graph, level, &known, &parameters, at);
            let rest = Level::at(steps.p, &known.codes).minus(&graph.output(&top, &parameters, at));
            steps.correct(&top, &known.right_inverse, &rest, last)?;
            vec![level + 1, last]
        }
    };
    let (graph, radius) = (graph.to_string(), Box::new(steps.radius));
    Ok(Finding::Solution { graph, samples, level, depth: last, corrected, radius, compared: Own::default() })
}

/// Reads the classes and shows what is exact of them: the targets, and the ranks of the layers above.
fn read(
    graph: &Graph,
    level: usize,
    source: &Classes,
    parameters: &Parameters,
    targets: &Matrix,
    (reading, limits): (Reading, &Limits),
) -> Result<Known, Failure> {
    let (classes, last) = (source.preactivations.rows, graph.last());
    if !graph.is_dense(level + 1) {
        return Err(Rejection::from(Unproved::NotDense { layer: level + 1 }).into());
    }
    let object = |source, name, shape| Matrix::read(source, Part::Object(name), shape, reading);
    let shape = (classes, graph.chain_width(level + 1));
    let preactivations = object(&source.preactivations, "matrix of pre-activations", shape)?;
    let codes = object(&source.codes, "matrix of class targets", (classes, graph.outputs))?;
    let top = graph.chain_width(last - 1);
    let right_inverse = object(&source.right_inverse, "right inverse of the classes", (top, classes))?;
    let code_inverse = object(&source.code_inverse, "inverse of the class targets", (graph.outputs, classes))?;
    if top < classes {
        return Err(Rejection::from(Unproved::TooFewFeatures { features: top, samples: classes }).into());
    }
    if source.labels.len() != targets.rows() || source.labels.iter().any(|&label| label >= classes) {
        return Err(Rejection::from(Unproved::ClassLabels).into());
    }
    let own =
        |(sample, &label): (usize, &usize)| codes.row_range(label..label + 1) == targets.row_range(sample..sample + 1);
    if let Some(sample) = source.labels.iter().enumerate().position(|sample| !own(sample)) {
        return Err(Rejection::from(Unproved::ClassTarget { sample }).into());
    }
    let bias = parameters.get(&last).and_then(|layer| layer.bias.as_ref());
    bias.map_or(Ok(()), |bias| codes.allow_sum(bias, limits))?;
    let shifted = bias.map_or(codes.clone(), |bias| codes.minus(&bias.rows_at(&vec![0; classes]).expect("a row")));
    let entries = (graph.outputs as u64).saturating_mul(graph.outputs as u64);
    limits.allow_memory(entries, code_inverse.bits().saturating_add(shifted.bits()))?;
    limits.allow(Limit::Products, entries.saturating_mul(classes as u64))?;
    if !code_inverse.times(&shifted).is_identity() {
        return Err(Rejection::from(Unproved::CodeRank).into());
    }
    let layers = level + 2..=last - 1;
    let left = read_left_inverses(graph, layers.clone(), &source.left_inverses, reading)?;
    for (layer, left) in layers.zip(&left) {
        contraction(&unrolled(graph, parameters, layer), left, layer)?;
    }
    Ok(Known { labels: source.labels.clone(), preactivations, codes, right_inverse })
}

/// What is left of the pre-activations of layer k + 1: those of each sample's class, less F_k W̃ + 1 bᵀ.
fn preactivations_left(
    graph: &Graph,
    level: usize,
    known: &Known,
    features: &Level,
    parameters: &Parameters,
    (p, arithmetic): (Precision, Arithmetic),
) -> Result<Level, Rejection> {
    let layer = parameters.get(&(level + 1)).ok_or(Rejection::MissingLayer { layer: level + 1 })?;
    let part = |part: &Option<std::rc::Rc<Matrix>>| Level::at(p, part.as_ref().expect("a block has weight and bias"));
    let wanted = known.preactivations.rows_at(&known.labels).ok_or(Unproved::ClassLabels)?;
    debug_assert_eq!(wanted.cols(), graph.chain_width(level + 1));
    let found = features.times(&part(&layer.weight), p, arithmetic).plus_row(&part(&layer.bias));
    Ok(Level::at(p, &wanted).minus(&found))
}

/// A: the features of the classes at block L − 1.
fn top_of_classes(
    graph: &Graph,
    level: usize,
    known: &Known,
    parameters: &Parameters,
    at: (Precision, Arithmetic),
) -> Level {
    let Rule::Filters { sigma, .. } = &graph.blocks[level].rule else { unreachable!("a chain has filters only") };
    let features = Level::at(at.0, &known.preactivations).activate(sigma, at.0);
    match graph.climb(level + 1, features.clone(), parameters, at).pop() {
        Some([_, top]) => top,
        None => features,
    }
}

impl Steps {
    /// Whether a layer is within the radius of one that leaves nothing.
    fn correct(&self, features: &Level, inverse: &Matrix, rest: &Level, layer: usize) -> Result<(), Failure> {
        let room = Rational::one() - contracts(features, inverse, self.p)?;
        let norm = (0..inverse.rows()).map(|row| inverse.row(row).iter().map(Signed::abs).sum::<BigInt>()).max();
        let norm = Rational::new(norm.unwrap_or_default(), inverse.den().clone());
        let [least, most] = row_sums(rest);
        if &norm * self.p.rational(&most) <= &self.radius * &room {
            return Ok(());
        }
        if norm * self.p.rational(&least) > self.radius {
            return Err(Rejection::from(Unproved::Radius { layer }).into());
        }
        Err(Undecided::RadiusOpen { layer, bits: self.p.0 }.into())
    }
}

/// Between which numbers the largest row sum of absolute values is.
fn row_sums(level: &Level) -> [BigInt; 2] {
    let mut largest = [BigInt::zero(), BigInt::zero()];
    let sizes: Vec<(BigInt, BigInt)> = level.sizes_between().collect();
    for row in sizes.chunks(level.cols.max(1)) {
        let sums = [row.iter().map(|size| &size.0).sum::<BigInt>(), row.iter().map(|size| &size.1).sum()];
        for (largest, sum) in largest.iter_mut().zip(sums) {
            *largest = largest.clone().max(sum);
        }
    }
    largest
}

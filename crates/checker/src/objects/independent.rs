//! The features that are connected to the output are linearly independent: Ψ `[N, M]` has rank N.
//!
//! ‖I − Ψ R‖ < 1 in the norm of the largest row sum: then Ψ R is regular, and Ψ has rank N. Ψ is enclosed, R is rational; any R will
//! do that keeps the rule.
//!
//! If every feature is an analytic function of the parameters, so is every minor of Ψ. One of order N is not 0 here, and an
//! analytic function that is not 0 everywhere is 0 on a set of measure 0 (ICLR 2019, Lemma A.1): rank N holds for almost all
//! parameters that this architecture can have, with what it shares.

use crate::rational::Rational;
use crate::{
    certificate::{Limits, object::Independent},
    finding::{Finding, Own, Unproved},
    graph::{Graph, Level, Tubes, path::MOST_BITS},
    interval::Precision,
    matrix::{Matrix, Reading, integer_product},
    verdict::{Failure, Part, Rejection, Undecided},
};
use num_bigint::BigInt;
use num_traits::{Signed, Zero};
use std::collections::HashMap;

/// What is proved.
pub fn check(object: &Independent, reading: Reading, limits: &Limits) -> Result<Finding, Failure> {
    let (Reading::Certificate(arithmetic) | Reading::Users(arithmetic)) = reading;
    let samples = object.inputs.rows;
    let graph = Graph::read(&object.graph, samples, limits)?;
    let inputs = Matrix::read(&object.inputs, Part::Inputs, (samples, graph.inputs), reading)?;
    let parameters = graph.read_network(&object.layers, graph.last() - 1, reading)?;
    let features = graph.skips.len() + usize::from(graph.bias);
    let shape = (features, samples);
    let inverse = Matrix::read(&object.right_inverse, Part::RightInverse, shape, reading)?;
    if features < samples {
        return Err(Rejection::from(Unproved::TooFewFeatures { features, samples }).into());
    }
    if let Some((first, second)) = equal_rows(&inputs) {
        return Err(Rejection::from(Unproved::EqualSamples { first, second }).into());
    }
    let p = Precision(object.bits.min(MOST_BITS));
    limits.allow_memory((samples as u64).saturating_mul(features as u64), 2 * p.0 + inverse.bits())?;
    graph.allow_line(&inputs, [&parameters; 2], p, limits)?;
    let still = Default::default();
    let enclosed = Level::at(p, &inputs);
    let tube = Tubes::new(&graph, &enclosed, (&parameters, &still), (p, arithmetic));
    contracts(&tube.features(&BigInt::ZERO, 0), &inverse, p)?;
    Ok(Finding::Independent {
        graph: graph.to_string(),
        samples,
        features,
        analytic: graph.is_analytic(),
        shared: graph.shared().collect(),
        compared: Own::default(),
    })
}

/// Whether ‖I − Ψ R‖ < 1 for all Ψ in the enclosure, and a number below 1 that it is at most.
pub fn contracts(features: &Level, inverse: &Matrix, p: Precision) -> Result<Rational, Failure> {
    let samples = inverse.cols();
    let shape = [samples, features.cols, samples];
    let sizes: Vec<BigInt> = inverse.num().iter().map(Signed::abs).collect();
    let centre = integer_product(inverse.arithmetic(), &features.start, &inverse.num(), shape);
    let radius = integer_product(inverse.arithmetic(), &features.radius, &sizes, shape);
    let one = inverse.den() * p.one();
    let mut norm = BigInt::zero();
    for row in 0..samples {
        let (mut least, mut most) = (BigInt::zero(), BigInt::zero());
        for column in 0..samples {
            let at = row * samples + column;
            let size = if row == column { &one - &centre[at] } else { centre[at].clone() }.abs();
            least += (&size - &radius[at]).max(BigInt::zero());
            most += size + &radius[at];
        }
        if least >= one {
            return Err(Rejection::from(Unproved::NoRightInverse { row }).into());
        }
        norm = norm.max(most);
    }
    if norm < one { Ok(Rational::new(norm, one)) } else { Err(Undecided::RankOpen { bits: p.0 }.into()) }
}

/// Two samples with equal inputs.
pub fn equal_rows(inputs: &Matrix) -> Option<(usize, usize)> {
    let mut seen = HashMap::new();
    (0..inputs.rows()).find_map(|row| seen.insert(inputs.row(row), row).map(|first| (first, row)))
}

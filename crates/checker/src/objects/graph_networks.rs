//! **Separated graph networks** (the width of Theorem B, in the place of Theorem 11 of IJCAI 2020, is sharp). As for
//! [`networks`](super::networks): a continuous function f of the parameters is positive at one network, negative at the other, and vanishes only where
//! Φ = ½‖F − Y‖² is at least β, and both losses are below β. Features are rational numbers, computed exactly, and continuous in the
//! parameters.
//!
//! 1. `features`, as many of them as samples (the column of ones of an output bias counts): f = det Ψ, F = Ψ V. Where it is 0 there is
//!    u ≠ 0 with uᵀΨ = 0, hence uᵀF = 0, and ‖F − Y‖² ≥ ‖uᵀ(F − Y)‖²/‖u‖² = ‖uᵀY‖²/‖u‖² ≥ μ: β = μ/2. That ‖uᵀY‖² ≥ μ‖u‖² for all u is
//!    Y Yᵀ − μ I ⪰ 0, shown as B D Bᵀ with D ≥ 0. With an output bias u ⟂ 1, and G Gᵀ − μ (I − 11ᵀ/N) ⪰ 0 is enough, G the centred
//!    targets. Nothing is asked of the blocks.
//! 2. `cone`: block 1 alone takes from the inputs and has two units, σ ≥ 0 there; behind it nothing has a bias, and σ(c x) = c σ(x) for
//!    c ≥ 0: a function g with g(c h) = c g(h) for c ≥ 0 makes F_i of row h_i of F_1. f = det (h_i; h_k) for two samples i, k. Where it
//!    is 0 the two rows, whose entries are ≥ 0, are a r and b r with a, b ≥ 0 and a row r: one is 0, or a multiple of the other, by a
//!    factor that is not negative. Then F_i = a g(r) and F_k = b g(r). Let u ≠ 0, and y = Y u with y_i y_k < 0. F_i u and F_k u are both
//!    ≥ 0 or both ≤ 0, so that one of them is |y_i|, or |y_k|, away from its target at least, and
//!    ‖F − Y‖² ‖u‖² ≥ ‖(F − Y) u‖² ≥ min(y_i², y_k²): β = min(y_i², y_k²)/(2‖u‖²). This is about paths on which the biases behind
//!    block 1 stay 0.

use super::{
    networks::{form, half_margin, identity, squared_norm},
    sign,
};
use crate::rational::Rational;
use crate::{
    certificate::{
        Limits,
        object::{Factors, Function, GraphNetworks},
    },
    finding::{Finding, Unproved},
    graph::{Graph, Parameters, Rule, Sigma, rational},
    matrix::{Matrix, Reading},
    verdict::{Failure, Part, Rejection},
};
use num_bigint::{BigInt, Sign};
use num_traits::Signed;

/// What is proved.
pub fn check(object: &GraphNetworks, reading: Reading, limits: &Limits) -> Result<Finding, Failure> {
    let samples = object.inputs.rows;
    let graph = Graph::read(&object.graph, samples, limits)?;
    let inputs = Matrix::read(&object.inputs, Part::Inputs, (samples, graph.inputs), reading)?;
    let targets = Matrix::read(&object.targets, Part::Targets, (samples, graph.outputs), reading)?;
    let function = &object.function;
    let (separator, barrier) = separator(&graph, &targets, function, reading, limits)?;
    let ends =
        [(&object.positive, &function.positive, Sign::Plus), (&object.negative, &function.negative, Sign::Minus)];
    let mut attained = Rational::default();
    for (layers, factors, expected) in ends {
        let parameters = graph.read_network(layers, graph.last(), reading)?;
        separator.fits(&graph, &parameters)?;
        let values = rational::values(&graph, &inputs, &parameters, limits)?;
        if separator.sign(&graph, &values, factors.as_ref(), reading)? != expected {
            return Err(Rejection::from(Unproved::Signs).into());
        }
        values.output.allow_sum(&targets, limits)?;
        attained = attained.max(squared_norm(&values.output.minus(&targets)) / BigInt::from(2));
    }
    // Only to compare.
    Finding::separated(attained.clone(), barrier.clone())?;
    let without_biases = matches!(separator, Separator::Cone(..));
    Ok(Finding::SeparatedGraphs { graph: graph.to_string(), attained, barrier, without_biases })
}

/// f.
enum Separator {
    /// det Ψ.
    Features,
    /// The determinant of these two rows of F_1.
    Cone(usize, usize),
}

/// f, and β. What belongs to another function is refused.
fn separator(
    graph: &Graph,
    targets: &Matrix,
    function: &Function,
    reading: Reading,
    limits: &Limits,
) -> Result<(Separator, Rational), Failure> {
    let Function { name, margin, squares, positive, negative, direction, samples } = function;
    let (rows, features) = (targets.rows(), graph.skips.len() + usize::from(graph.bias));
    match (name.as_str(), margin, squares, positive, negative, direction, samples) {
        ("features", ..) if features != rows => {
            Err(Rejection::from(Unproved::FeatureCount { features, samples: rows }).into())
        }
        ("features", Some(margin), Some(squares), Some(_), Some(_), None, None) => {
            let of_targets = |margin: &Rational| match graph.bias {
                true => form(targets, margin),
                false => targets.times(&targets.transposed()).minus(&identity(targets, rows).scaled(margin)),
            };
            let missing = if graph.bias { Unproved::Margin } else { Unproved::TargetMargin };
            let half = half_margin(margin, squares, rows, of_targets, (targets, reading), limits)?;
            Ok((Separator::Features, half.ok_or(Rejection::from(missing))?))
        }
        ("cone", None, None, None, None, direction, Some(samples)) => {
            let direction = match direction {
                Some(given) => Matrix::read(given, Part::Object("direction"), (targets.cols(), 1), reading)?,
                None if targets.cols() == 1 => identity(targets, 1),
                None => return Err(Rejection::from(Unproved::Direction).into()),
            };
            Ok(cone(&targets.times(&direction), &direction, samples)?)
        }
        _ => Err(Rejection::from(Unproved::Function).into()),
    }
}

/// The two samples, and min(y_i², y_k²)/(2‖u‖²) for y = Y u.
fn cone(outputs: &Matrix, direction: &Matrix, samples: &[usize]) -> Result<(Separator, Rational), Rejection> {
    let &[first, second] = samples else { return Err(Unproved::Opposite.into()) };
    let num = outputs.num();
    let (Some(y), Some(z)) = (num.get(first), num.get(second)) else {
        return Err(Unproved::Opposite.into());
    };
    // Then the two samples are distinct, and u is not 0.
    if !(y * z).is_negative() {
        return Err(Unproved::Opposite.into());
    }
    let least = Rational::new((y * y).min(z * z), outputs.den() * outputs.den());
    Ok((Separator::Cone(first, second), least / squared_norm(direction) / BigInt::from(2)))
}

impl Separator {
    /// Whether the network is one of those that f is about.
    fn fits(&self, graph: &Graph, parameters: &Parameters) -> Result<(), Rejection> {
        if matches!(self, Separator::Features) {
            return Ok(());
        }
        let first = &graph.blocks.first().ok_or(Unproved::NoCone)?;
        let nonnegative = match &first.rule {
            Rule::Filters { sigma: Sigma::PiecewiseLinear(sigma), .. } | Rule::Sum(Sigma::PiecewiseLinear(sigma)) => {
                sigma.is_nonnegative()
            }
            _ => false,
        };
        if !nonnegative || first.units() != 2 {
            return Err(Unproved::NoCone.into());
        }
        for (block, layer) in graph.blocks.iter().zip(1..).skip(1) {
            let homogeneous = match &block.rule {
                Rule::Filters { sigma: Sigma::PiecewiseLinear(sigma), .. }
                | Rule::Sum(Sigma::PiecewiseLinear(sigma)) => sigma.is_homogeneous(),
                _ => false,
            };
            let bias = parameters.get(&layer).and_then(|own| own.bias.as_ref());
            if !homogeneous || block.sources().contains(&0) || bias.is_some_and(|bias| !bias.is_zero()) {
                return Err(Unproved::NotHomogeneous { layer }.into());
            }
        }
        if graph.bias || graph.skips.iter().any(|skip| skip.0 == 0) {
            return Err(Unproved::NotHomogeneous { layer: graph.last() }.into());
        }
        Ok(())
    }

    /// The sign of f; that of det Ψ is shown by factors.
    fn sign(
        &self,
        graph: &Graph,
        values: &rational::Values,
        factors: Option<&Factors>,
        reading: Reading,
    ) -> Result<Sign, Rejection> {
        match *self {
            Separator::Features => {
                let factors = factors.ok_or(Unproved::Function)?;
                let features = &values.features;
                if graph.bias {
                    sign(&features.with_ones(), factors, reading)
                } else {
                    sign(features, factors, reading)
                }
            }
            Separator::Cone(first, second) => {
                let [h, k] = [first, second].map(|sample| values.first.row(sample));
                Ok((&h[0] * &k[1] - &h[1] * &k[0]).sign())
            }
        }
    }
}

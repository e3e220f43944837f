//! A piecewise-linear network with integers for numbers.

use crate::linalg::{Exact, Kernel};
use crate::network::{Activation, Parameters};
use nalgebra::DMatrix;
use rug::{Integer, Rational};
use std::sync::Arc;

use super::Chart;

/// A layer over common denominators: its pre-activations are integer forms over one denominator D, which no sign needs.
#[derive(Debug)]
pub(super) struct Layer {
    /// n_{l−1} and n_l.
    pub shape: (usize, usize),
    /// d W: from neuron j of the layer before to all neurons of this one. The pre-activations are the features' forms times
    /// this.
    pub weights: Vec<Arc<[Integer]>>,
    /// D b, n_l of them.
    pub bias: Vec<Integer>,
    /// D t for every breakpoint t of σ; for the outputs one zero, as if they were asked for their signs.
    pub breakpoints: Vec<Integer>,
    /// E s for every piece x ↦ s x + c of σ: the features' denominator is D E.
    pub slopes: Vec<Integer>,
    /// D E c.
    pub intercepts: Vec<Integer>,
}

/// The layers of a network on the coordinates of a chart.
pub(super) fn layers(network: &Parameters<Rational>, activation: &Activation, chart: &Chart) -> Vec<Layer> {
    let first = chart.first_layer(network.layer(1));
    let (mut denominator, depth) = (Integer::from(1), network.depth());
    let stacked = std::iter::once(&first).chain(network.layers()[1..].iter().map(|layer| &**layer));
    (1..).zip(stacked).map(|(k, stacked)| layer(stacked, (k < depth).then_some(activation), &mut denominator)).collect()
}

/// One layer; `denominator` is that of the features before it, and then of its own.
fn layer(stacked: &DMatrix<Rational>, activation: Option<&Activation>, denominator: &mut Integer) -> Layer {
    let shape = (stacked.nrows() - 1, stacked.ncols());
    let mut scale = common_denominator(stacked.iter());
    if let Some(activation) = activation {
        // D t and D c are to be integers.
        scale *= common_denominator(activation.breakpoints().iter().chain(activation.intercepts()));
    }
    *denominator *= &scale;
    let weights = (0..shape.0).map(|j| stacked.row(j).iter().map(|weight| times(weight, &scale)).collect()).collect();
    let bias = (0..shape.1).map(|k| times(&stacked[(shape.0, k)], denominator)).collect();
    let Some(activation) = activation else {
        let zero = vec![Integer::new()];
        return Layer { shape, weights, bias, breakpoints: zero, slopes: vec![], intercepts: vec![] };
    };
    let breakpoints = activation.breakpoints().iter().map(|t| times(t, denominator)).collect();
    let slope_scale = common_denominator(activation.slopes().iter());
    let slopes = activation.slopes().iter().map(|s| times(s, &slope_scale)).collect();
    *denominator *= slope_scale;
    let intercepts = activation.intercepts().iter().map(|c| times(c, denominator)).collect();
    Layer { shape, weights, bias, breakpoints, slopes, intercepts }
}

/// The least common multiple of the denominators.
pub(super) fn common_denominator<'a>(numbers: impl Iterator<Item = &'a Rational>) -> Integer {
    let mut common = Integer::from(1);
    for number in numbers {
        if !common.is_divisible(number.denom()) {
            common.lcm_mut(number.denom());
        }
    }
    common
}

/// The product of a rational and a multiple of its denominator.
fn times(number: &Rational, multiple: &Integer) -> Integer {
    number.numer() * Integer::from(multiple.div_exact_ref(number.denom()))
}

/// A B, exactly.
pub(super) fn product(a: &DMatrix<Rational>, b: &DMatrix<Rational>) -> DMatrix<Rational> {
    Exact.product(a, b)
}

//! Alignment: the neurons of one network in the order of another one's (Entezari et al. 2022; Ainsworth et al. 2023).
//!
//! Permuting the neurons of hidden layers, with their incoming and outgoing weights, changes no output: sums have other
//! orders, and exact sums no order at all. Which permutation is an assignment problem a layer, solved exactly over
//! similarities that are rounded to integers; whatever they are, the network that comes out is the same function.

use super::gradient::{Sigma, columns, layers, product};
use crate::certificate::{Object, object::Reordered};
use crate::linalg::Double;
use crate::network::{Inputs, Nonlinearity, Parameters};
use crate::path::to_layers;
use nalgebra::DMatrix;
use pathfinding::{kuhn_munkres::Weights, prelude::kuhn_munkres};
use rug::Rational;

/// How similarities become integers: the largest of them is this.
const SCALE: f64 = (1_u64 << 40) as f64;

/// Sweeps over the layers, at most: each makes the sum of the similarities larger.
const SWEEPS: usize = 100;

/// What makes two neurons similar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matching {
    /// The inner products of their incoming and outgoing weights, by coordinate descent over the layers.
    Weights,
    /// The correlation of their features over the data.
    Activations,
}

/// A network with its neurons in another order.
#[derive(Debug, Clone, PartialEq)]
pub struct Aligned {
    /// The same function as the network that was aligned.
    pub network: Parameters<Rational>,
    /// For each hidden layer, from 1: neuron i was neuron `order[i]`.
    pub orders: Vec<Vec<usize>>,
}

/// The network `other` with its neurons in the order of those of `reference`; both of one architecture.
pub fn align(
    activation: &Nonlinearity,
    inputs: &Inputs,
    reference: &Parameters<Rational>,
    other: &Parameters<Rational>,
    matching: Matching,
) -> Aligned {
    let orders = match matching {
        Matching::Weights => by_weights(reference, other),
        Matching::Activations => by_activations(activation, inputs, reference, other),
    };
    Aligned { network: permuted(other, &orders), orders }
}

/// The network with its hidden neurons in these orders.
pub fn permuted<T: crate::arith::Number>(network: &Parameters<T>, orders: &[Vec<usize>]) -> Parameters<T> {
    let layer = |(k, layer): (usize, &std::sync::Arc<DMatrix<T>>)| {
        let bias = layer.nrows() - 1;
        let rows: Vec<usize> = match k {
            0 => (0..=bias).collect(),
            _ => orders[k - 1].iter().copied().chain([bias]).collect(),
        };
        let rows = layer.select_rows(&rows);
        orders.get(k).map_or(rows.clone(), |order| rows.select_columns(order))
    };
    Parameters::new(network.layers().iter().enumerate().map(layer).collect()).expect("the shapes are the same")
}

/// The object of the claim `same-function`: `to` is `from` with its hidden neurons in these orders.
pub fn same_function(from: &Parameters<Rational>, to: &Parameters<Rational>, orders: &[Vec<usize>]) -> Object {
    let (widths, orders) = (from.widths(), orders.to_vec());
    Object::Reordered(Box::new(Reordered { widths, orders, from: to_layers(from), to: to_layers(to) }))
}

fn by_weights(reference: &Parameters<Rational>, other: &Parameters<Rational>) -> Vec<Vec<usize>> {
    let (reference, other) = (reference.import(&Double), other.import(&Double));
    let hidden = 1..reference.depth();
    let mut orders: Vec<Vec<usize>> = hidden.clone().map(|k| (0..reference.widths()[k]).collect()).collect();
    for _ in 0..SWEEPS {
        let before = orders.clone();
        for k in hidden.clone() {
            // The neurons of layer k as they come, those around it in their orders.
            orders[k - 1] = (0..orders[k - 1].len()).collect();
            let current = permuted(&other, &orders);
            let weights = |network: &Parameters<f64>| network.weight(k + 1).into_owned();
            let incoming = reference.layer(k).transpose() * current.layer(k).as_ref();
            let similarity = incoming + weights(&reference) * weights(&current).transpose();
            let found = assignment(&similarity);
            let total = |order: &[usize]| order.iter().enumerate().map(|(i, &j)| similarity[(i, j)]).sum::<f64>();
            // Ties and roundings change nothing: so the sweeps end.
            orders[k - 1] = if total(&found) > total(&before[k - 1]) { found } else { before[k - 1].clone() };
        }
        if orders == before {
            break;
        }
    }
    orders
}

fn by_activations(
    activation: &Nonlinearity,
    inputs: &Inputs,
    reference: &Parameters<Rational>,
    other: &Parameters<Rational>,
) -> Vec<Vec<usize>> {
    let (sigma, inputs) = (Sigma::new(activation), columns(inputs));
    let [reference, other] = [reference, other].map(|network| {
        let (layers, mut features) = (layers(network), inputs.clone());
        let levels = layers[..layers.len() - 1].iter().map(|layer| {
            features = sigma.features(&product(layer, &features));
            standardised(&features)
        });
        levels.collect::<Vec<_>>()
    });
    reference.iter().zip(&other).map(|(a, b)| assignment(&(a * b.transpose()))).collect()
}

/// Rows without the last one, of mean 0 and norm 1; constant rows are 0.
fn standardised(features: &DMatrix<f32>) -> DMatrix<f64> {
    let mut rows = features.rows(0, features.nrows() - 1).map(f64::from);
    for mut row in rows.row_iter_mut() {
        let mean = row.mean();
        row.add_scalar_mut(-mean);
        let norm = row.norm();
        row.apply(|x| *x = if norm > 0.0 { *x / norm } else { 0.0 });
    }
    rows
}

/// Similarities as integers.
struct Similarities(DMatrix<i64>);

impl Weights<i64> for Similarities {
    fn rows(&self) -> usize {
        self.0.nrows()
    }

    fn columns(&self) -> usize {
        self.0.ncols()
    }

    fn at(&self, row: usize, col: usize) -> i64 {
        self.0[(row, col)]
    }

    fn neg(&self) -> Self {
        Similarities(-&self.0)
    }
}

/// For each row its column, so that the sum is largest; numbers that are not finite count as 0.
fn assignment(similarity: &DMatrix<f64>) -> Vec<usize> {
    let largest = similarity.iter().filter(|x| x.is_finite()).fold(f64::MIN_POSITIVE, |a, x| a.max(x.abs()));
    let scaled = |x: f64| if x.is_finite() { (x / largest * SCALE) as i64 } else { 0 };
    kuhn_munkres(&Similarities(similarity.map(scaled))).1
}

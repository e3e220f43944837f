//! **The same function.** Hidden neurons in another order, each with its incoming and outgoing weights and its bias: the
//! second network has W'_k = P_(k−1)ᵀ W_k P_k and b'_k = b_k P_k with permutations P_k, P_0 = I and P_L = I. By induction
//! F'_k = F_k P_k, as σ acts on every entry by itself: F'_L = F_L for all inputs and every σ.

use crate::{
    certificate::{Limits, object::Reordered},
    finding::{Finding, Unproved},
    matrix::{Matrix, Reading},
    state::{Layer, all_layers, read_changes},
    verdict::{Failure, Rejection},
};

pub fn check(reordered: &Reordered, reading: Reading, limits: &Limits) -> Result<Finding, Failure> {
    let Reordered { widths, orders, from, to } = reordered;
    if widths.len() < 2 || widths.contains(&0) {
        return Err(Rejection::Widths { widths: widths.clone() }.into());
    }
    limits.allow_network(1, widths)?;
    let orders = all_orders(widths, orders)?;
    let network = |layers| all_layers(read_changes(layers, widths, reading)?, widths);
    let (from, to) = (network(from)?, network(to)?);
    for (k, (before, after)) in (1..).zip(from.iter().zip(&to)) {
        if permuted(before, &orders[k - 1], &orders[k]).as_ref() != Some(after) {
            return Err(Rejection::from(Unproved::OtherLayer { layer: k }).into());
        }
    }
    let moved = orders.iter().flat_map(|order| order.iter().enumerate()).filter(|(i, j)| i != *j).count();
    Ok(Finding::SameFunction { widths: widths.clone(), moved, compared: Default::default() })
}

/// P_0, …, P_L as lists: of the identity where nothing moves.
fn all_orders(widths: &[usize], hidden: &[Vec<usize>]) -> Result<Vec<Vec<usize>>, Rejection> {
    if hidden.len() + 2 != widths.len() {
        return Err(Unproved::Orders { layer: hidden.len() }.into());
    }
    let identity = |width: usize| (0..width).collect::<Vec<_>>();
    let mut orders = vec![identity(widths[0])];
    for (layer, order) in (1..).zip(hidden) {
        let mut sorted = order.clone();
        sorted.sort_unstable();
        if sorted != identity(widths[layer]) {
            return Err(Unproved::Orders { layer }.into());
        }
        orders.push(order.clone());
    }
    orders.push(identity(widths[widths.len() - 1]));
    Ok(orders)
}

/// The layer with its incoming neurons in one order and its own in another.
fn permuted(layer: &Layer, incoming: &[usize], own: &[usize]) -> Option<Layer> {
    let columns = |matrix: &Matrix| Some(matrix.transposed().rows_at(own)?.transposed());
    let weight = columns(&layer.weight.rows_at(incoming)?)?;
    Some(Layer { weight: weight.into(), bias: columns(&layer.bias)?.into() })
}

//! The order of layers whose names may not say it.

use super::names::numeric_order;
use super::problem::ImportProblem;
use std::cmp::Ordering;

/// How many steps the search for an order takes at most.
pub const ORDER_STEPS: usize = 100_000;

/// How many orders are listed where several fit.
pub const ORDERS_LISTED: usize = 4;

/// A layer for this room: its name, and (inputs, outputs).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link<'a> {
    pub name: &'a str,
    pub inputs: usize,
    pub outputs: usize,
}

/// The order of the numbers in the names; `None` unless any two names differ first in a number.
pub fn by_numbers(names: &[&str]) -> Option<Vec<usize>> {
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by(|&a, &b| super::names::natural_order(names[a], names[b]));
    // Then the same holds for any two: the first place where they differ is one where neighbours do.
    let numbered = order.windows(2).all(|pair| numeric_order(names[pair[0]], names[pair[1]]) == Some(Ordering::Less));
    numbered.then_some(order)
}

/// Every order in which each layer has as many inputs as the one before it has outputs, and in which layers whose names
/// differ first in a number stand in the order of these numbers; no more than [`ORDERS_LISTED`] + 1 of them.
///
/// # Errors
/// [`ImportProblem::OrderLimit`] after [`ORDER_STEPS`] steps of search, or for more than 64 layers.
pub fn chains(layers: &[Link<'_>]) -> Result<Vec<Vec<usize>>, ImportProblem> {
    if layers.len() > u64::BITS as usize {
        return Err(ImportProblem::OrderLimit { steps: 0 });
    }
    let earlier = |layer: &Link| {
        let before = |other: &Link| numeric_order(other.name, layer.name) == Some(Ordering::Less);
        layers.iter().enumerate().filter(|(_, other)| before(other)).fold(0, |set, (i, _)| set | 1u64 << i)
    };
    let mut search =
        Search { layers, earlier: layers.iter().map(earlier).collect(), order: vec![], found: vec![], steps: 0 };
    search.extend(0);
    if search.steps >= ORDER_STEPS && search.found.len() < 2 {
        return Err(ImportProblem::OrderLimit { steps: ORDER_STEPS });
    }
    Ok(search.found)
}

struct Search<'a> {
    layers: &'a [Link<'a>],
    /// The layers that stand before each layer, by their bits.
    earlier: Vec<u64>,
    order: Vec<usize>,
    found: Vec<Vec<usize>>,
    steps: usize,
}

impl Search<'_> {
    /// Every way on from the layers that were taken, given by their bits.
    fn extend(&mut self, taken: u64) {
        if self.order.len() == self.layers.len() {
            self.found.push(self.order.clone());
            return;
        }
        for next in 0..self.layers.len() {
            self.steps += 1;
            if self.found.len() > ORDERS_LISTED || self.steps >= ORDER_STEPS {
                return;
            }
            let chains = self.order.last().is_none_or(|&last| self.layers[last].outputs == self.layers[next].inputs);
            if taken >> next & 1 == 0 && self.earlier[next] & !taken == 0 && chains {
                self.order.push(next);
                self.extend(taken | 1 << next);
                self.order.pop();
            }
        }
    }
}

/// An order in words: names separated by commas, and the widths.
pub fn in_words(layers: &[Link<'_>], order: &[usize]) -> String {
    let names: Vec<&str> = order.iter().map(|&i| layers[i].name).collect();
    let mut widths: Vec<String> = order.iter().map(|&i| layers[i].inputs.to_string()).collect();
    widths.extend(order.last().map(|&i| layers[i].outputs.to_string()));
    format!("{} ({})", names.join(","), widths.join("-"))
}

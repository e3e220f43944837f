//! The pre-activations of one layer as forms on a cell, kept up to date from cell to cell.

use rug::{Assign, Complete, Integer};

use super::form::{Shadow, Triple, bits, shadow};
use super::integers::Layer;

/// The forms of P_(l+1) on a cell of the pieces of layer l, and what they were made from.
///
/// A neighbouring cell has another piece for one neuron j: F_j changes by Δ, and P_(l+1) by the rank-one matrix w_j ⊗ Δ,
/// which costs n_(l+1) products instead of n_l n_(l+1).
#[derive(Debug, Default)]
pub(super) struct Level {
    /// The pieces of layer l that the forms are made for; none for the first level.
    pub pieces: Vec<u16>,
    /// P_(l+1), n_(l+1) forms.
    pub forms: Vec<Triple>,
    /// Of P_(l+1) less each breakpoint: neuron k, breakpoint i at k r + i.
    pub shadows: Vec<Shadow>,
    /// Counts the changes of the forms.
    version: u64,
    /// The version of the level below that the forms are made from.
    made_from: u64,
}

impl Level {
    /// The first level: the forms of P_1 on `dimension` coordinates.
    pub fn first(layer: &Layer, dimension: usize) -> Self {
        let form = |k: usize| {
            let mut form: Triple = Default::default();
            for (j, entry) in form.iter_mut().take(dimension).enumerate() {
                entry.assign(&layer.row(j)[k]);
            }
            form[2].assign(&layer.bias[k]);
            form
        };
        let mut level = Level { forms: (0..layer.shape.1).map(form).collect(), version: 1, ..Level::default() };
        level.cast_shadows(layer);
        level
    }

    /// Makes the forms for other pieces of layer l: `own` is that layer, `next` the layer whose forms these are, and
    /// `lower` holds the forms of P_l.
    pub fn update(&mut self, lower: &Level, own: &Layer, next: &Layer, pieces: &[u16]) {
        let is_known = self.made_from == lower.version && self.pieces.len() == pieces.len();
        let flips = || (0..pieces.len()).filter(|&j| self.pieces[j] != pieces[j]);
        if is_known && flips().next().is_none() {
            return;
        }
        if is_known && 2 * flips().count() <= pieces.len() {
            for (j, &piece) in pieces.iter().enumerate() {
                if self.pieces[j] != piece {
                    self.flip(lower, own, next, j, piece);
                }
            }
        } else {
            self.make(lower, own, next, pieces);
        }
        self.pieces.clear();
        self.pieces.extend_from_slice(pieces);
        self.made_from = lower.version;
        self.version += 1;
        self.cast_shadows(next);
    }

    /// Another piece of neuron j.
    fn flip(&mut self, lower: &Level, own: &Layer, next: &Layer, j: usize, piece: u16) {
        let (old, new) = (usize::from(self.pieces[j]), usize::from(piece));
        let slope = (&own.slopes[new] - &own.slopes[old]).complete();
        let mut change = lower.forms[j].each_ref().map(|entry| (entry * &slope).complete());
        change[2] += &own.intercepts[new];
        change[2] -= &own.intercepts[old];
        self.add(&change, next.row(j));
    }

    /// All forms from the beginning.
    fn make(&mut self, lower: &Level, own: &Layer, next: &Layer, pieces: &[u16]) {
        self.forms.resize_with(next.shape.1, Triple::default);
        for (form, bias) in self.forms.iter_mut().zip(&next.bias) {
            form[0].assign(0);
            form[1].assign(0);
            form[2].assign(bias);
        }
        for (j, &piece) in pieces.iter().enumerate() {
            let piece = usize::from(piece);
            let mut feature = lower.forms[j].each_ref().map(|entry| (entry * &own.slopes[piece]).complete());
            feature[2] += &own.intercepts[piece];
            self.add(&feature, next.row(j));
        }
    }

    /// Adds w ⊗ Δ.
    fn add(&mut self, change: &Triple, weights: &[Integer]) {
        for (entry, delta) in change.iter().enumerate().filter(|(_, delta)| !delta.is_zero()) {
            for (form, weight) in self.forms.iter_mut().zip(weights) {
                form[entry] += weight * delta;
            }
        }
    }

    /// The shadows of the pre-activations less the breakpoints of their layer. Those of the outputs share one exponent: they
    /// are compared with each other.
    fn cast_shadows(&mut self, layer: &Layer) {
        self.shadows.clear();
        if layer.slopes.is_empty() {
            let exponent = self.forms.iter().map(bits).max().unwrap_or(0);
            self.shadows.extend(self.forms.iter().map(|form| shadow(form, exponent)));
            return;
        }
        let mut shifted = Integer::new();
        for form in &self.forms {
            for breakpoint in &layer.breakpoints {
                if breakpoint.is_zero() {
                    self.shadows.push(shadow(form, bits(form)));
                    continue;
                }
                shifted.assign(&form[2] - breakpoint);
                let exponent = [&form[0], &form[1], &shifted].map(Integer::significant_bits).into_iter().max();
                let exponent = exponent.unwrap_or(0);
                self.shadows.push([&form[0], &form[1], &shifted].map(|value| super::form::entry(value, exponent)));
            }
        }
    }
}

//! The pre-activations of one layer as forms on a cell, kept up to date from cell to cell.

use rug::{Assign, Complete, Integer};
use std::sync::Arc;

use super::form::{Shadow, Triple, bits, entry, shadow};
use super::integers::Layer;

/// What a product of a form costs against one of a weight by a weight.
const COST_OF_A_FORM: usize = 9;

/// The forms of P_(l+1) on a cell of the pieces of layer l, and what they were made from.
///
/// With F_j = s_j P_j + c_j and P_(l+1) = Σ w_j ⊗ F_j + b, two things happen between neighbouring cells, and both are rank-one
/// changes of all forms:
///
/// - neuron j gets another piece: F_j changes by Δ, and P_(l+1) by w_j ⊗ Δ, which costs n_(l+1) products with forms;
/// - P_l changes by u ⊗ Δ: then P_(l+1) changes by (Σ s_j u_j w_j) ⊗ Δ, which costs n_l n_(l+1) products of weights, a
///   few bits each, and n_(l+1) with forms.
///
/// To make all forms from the beginning costs n_l n_(l+1) products with forms.
#[derive(Debug, Default)]
pub(super) struct Level {
    /// The pieces of layer l that the forms are made for; none for the first level.
    pub pieces: Vec<u32>,
    /// P_(l+1), n_(l+1) forms.
    pub forms: Vec<Triple>,
    /// Of P_(l+1) less each breakpoint: neuron k, breakpoint i at k r + i.
    pub shadows: Vec<Shadow>,
    /// Counts the changes of the forms.
    version: u64,
    /// The version of the level below that the forms are made from.
    made_from: u64,
    /// The changes of the last update, unless it made all forms anew: they end in `version`.
    changes: Vec<Change>,
}

/// The forms have changed by `weights` ⊗ `form`.
#[derive(Debug)]
struct Change {
    weights: Arc<[Integer]>,
    form: Triple,
}

impl Level {
    /// The first level: the forms of P_1 on `dimension` coordinates.
    pub fn first(layer: &Layer, dimension: usize) -> Self {
        let form = |k: usize| {
            let mut form: Triple = Default::default();
            for (j, entry) in form.iter_mut().take(dimension).enumerate() {
                entry.assign(&layer.weights[j][k]);
            }
            form[2].assign(&layer.bias[k]);
            form
        };
        let mut level = Level { forms: (0..layer.shape.1).map(form).collect(), version: 1, ..Level::default() };
        level.cast_shadows(layer);
        level
    }

    /// Makes the forms for other pieces of layer l, or after changes of P_l: `own` is layer l, `next` the layer whose forms
    /// these are, and `lower` holds the forms of P_l.
    pub fn update(&mut self, lower: &Level, own: &Layer, next: &Layer, pieces: &[u32]) {
        self.changes.clear();
        let missed = lower.since(self.made_from).filter(|_| self.pieces.len() == pieces.len());
        let flips = || (0..pieces.len()).filter(|&j| self.pieces[j] != pieces[j]);
        let cost = |missed: &[Change]| missed.len() * pieces.len() + flips().count() * COST_OF_A_FORM;
        match missed {
            Some([]) if flips().next().is_none() => return,
            Some(missed) if cost(missed) <= COST_OF_A_FORM / 2 * pieces.len() => {
                missed.iter().for_each(|change| self.follow(change, own, next));
                for (j, &piece) in pieces.iter().enumerate() {
                    if self.pieces[j] != piece {
                        self.flip(lower, own, next, j, piece);
                    }
                }
            }
            _ => self.make(lower, own, next, pieces),
        }
        self.pieces.clear();
        self.pieces.extend_from_slice(pieces);
        self.made_from = lower.version;
        self.cast_shadows(next);
    }

    /// The changes since a version, if they are known.
    fn since(&self, version: u64) -> Option<&[Change]> {
        let count = usize::try_from(self.version - version).ok()?;
        self.changes.len().checked_sub(count).map(|from| &self.changes[from..])
    }

    /// A change of P_l, with the pieces as they were.
    fn follow(&mut self, change: &Change, own: &Layer, next: &Layer) {
        let mut sums = vec![Integer::new(); next.shape.1];
        for (j, weight) in change.weights.iter().enumerate() {
            let slope = &own.slopes[self.pieces[j] as usize];
            if slope.is_zero() || weight.is_zero() {
                continue;
            }
            let weight = (slope * weight).complete();
            sums.iter_mut().zip(&*next.weights[j]).for_each(|(sum, other)| *sum += &weight * other);
        }
        self.change(Change { weights: sums.into(), form: change.form.clone() });
    }

    /// Another piece of neuron j.
    fn flip(&mut self, lower: &Level, own: &Layer, next: &Layer, j: usize, piece: u32) {
        let (old, new) = (self.pieces[j] as usize, piece as usize);
        let slope = (&own.slopes[new] - &own.slopes[old]).complete();
        let mut form = lower.forms[j].each_ref().map(|entry| (entry * &slope).complete());
        form[2] += &own.intercepts[new];
        form[2] -= &own.intercepts[old];
        self.change(Change { weights: next.weights[j].clone(), form });
    }

    fn change(&mut self, change: Change) {
        self.add(&change.form, &change.weights);
        self.changes.push(change);
        self.version += 1;
    }

    /// All forms from the beginning.
    fn make(&mut self, lower: &Level, own: &Layer, next: &Layer, pieces: &[u32]) {
        self.forms.resize_with(next.shape.1, Triple::default);
        for (form, bias) in self.forms.iter_mut().zip(&next.bias) {
            form[0].assign(0);
            form[1].assign(0);
            form[2].assign(bias);
        }
        for (j, &piece) in pieces.iter().enumerate() {
            let piece = piece as usize;
            let mut feature = lower.forms[j].each_ref().map(|entry| (entry * &own.slopes[piece]).complete());
            feature[2] += &own.intercepts[piece];
            self.add(&feature, &next.weights[j]);
        }
        self.version += 1;
    }

    /// Adds w ⊗ Δ.
    fn add(&mut self, change: &Triple, weights: &[Integer]) {
        for (i, delta) in change.iter().enumerate().filter(|(_, delta)| !delta.is_zero()) {
            for (form, weight) in self.forms.iter_mut().zip(weights) {
                form[i] += weight * delta;
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
                self.shadows.push([&form[0], &form[1], &shifted].map(|value| entry(value, exponent)));
            }
        }
    }
}

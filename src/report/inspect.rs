//! Certificate records in words.

use crate::certificate::{Integer as Digits, Layer, Layers, Matrix, Record};
use crate::path::from_matrix;
use nalgebra::DMatrix;
use rug::{Integer, Rational};
use serde::Serialize;
use std::collections::BTreeMap;

/// One move: its kind, its size, and what it does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MoveDescription {
    /// From 1.
    pub number: usize,
    /// line, follow, ray, rescale or bounded.
    pub kind: &'static str,
    /// How many integers the record holds.
    pub integers: usize,
    /// The largest of them in bits.
    pub bits: u32,
    /// In words.
    pub what: String,
}

/// Describes the records of a certificate one after the other; remembers the current parameters.
#[derive(Debug, Default)]
pub struct Inspector {
    weights: BTreeMap<usize, DMatrix<Rational>>,
    biases: BTreeMap<usize, DMatrix<Rational>>,
    moves: usize,
}

impl Inspector {
    /// What the record does; `None` for the start.
    ///
    /// # Errors
    /// What does not fit, in words.
    pub fn describe(&mut self, record: &Record) -> Result<Option<MoveDescription>, String> {
        let mut size = Size::default();
        let (kind, what) = match record {
            Record::Start { layers } => {
                self.apply(layers)?;
                return Ok(None);
            }
            Record::Line { layers } => {
                size.layers(layers);
                ("line", self.changes(layers)?)
            }
            Record::Bounded { layers, bound, .. } => {
                size.layers(layers);
                ("bounded", format!("{}; loss at most {bound}", self.changes(layers)?))
            }
            Record::Ray { layers } => {
                size.layers(layers);
                ("ray", self.ray(layers))
            }
            Record::Rescale { layer } => {
                let next = layer.saturating_add(1);
                ("rescale", format!("layer {layer} grows without end, the weight of layer {next} shrinks by as much"))
            }
            Record::Follow(follow) => {
                size.layers(&follow.layers);
                size.matrix(&follow.output);
                follow.left_inverses.values().chain(&follow.right_inverse).for_each(|matrix| size.matrix(matrix));
                let next = self.changes(&follow.layers)?;
                let next = if next.is_empty() { next } else { format!("; {next}") };
                // What it leaves in layer s is not in the record; nothing later is described by it.
                self.weights.remove(&follow.first);
                self.biases.remove(&follow.first);
                let what = format!(
                    "the features of level {} go straight, layers {}..{} keep their weights, layer {} follows{next}",
                    follow.level,
                    follow.first.saturating_add(1),
                    follow.level,
                    follow.first
                );
                let alone = format!("the features of level {} go straight, its own layer follows{next}", follow.level);
                ("follow", if follow.first == follow.level { alone } else { what })
            }
            Record::Curve { layers } => {
                let mut degree = 0;
                for (layer, curve) in layers {
                    for coefficients in [&curve.weight, &curve.bias].into_iter().flatten() {
                        coefficients.iter().for_each(|matrix| size.matrix(matrix));
                        degree = degree.max(coefficients.len().saturating_sub(1));
                    }
                    self.weights.remove(layer);
                    self.biases.remove(layer);
                }
                let names: Vec<String> = layers.keys().map(|layer| format!("layer {layer}")).collect();
                ("curve", format!("polynomials of degree at most {degree}: {}", names.join(", ")))
            }
            Record::Problem(_)
            | Record::Graph(_)
            | Record::Rational(_)
            | Record::Object { .. }
            | Record::End { .. } => {
                return Err("a move expected".into());
            }
        };
        self.moves += 1;
        Ok(Some(MoveDescription { number: self.moves, kind, integers: size.integers, bits: size.bits(), what }))
    }

    fn apply(&mut self, layers: &Layers) -> Result<(), String> {
        for (&k, layer) in layers {
            self.set(k, layer)?;
        }
        Ok(())
    }

    fn set(&mut self, k: usize, layer: &Layer) -> Result<(), String> {
        for (part, store) in [(&layer.weight, &mut self.weights), (&layer.bias, &mut self.biases)] {
            if let Some(part) = part {
                let new = from_matrix(part);
                let shape = || format!("layer {k} changes its shape");
                match (&layer.columns, store.get_mut(&k)) {
                    (None, Some(old)) if old.shape() != new.shape() => return Err(shape()),
                    (None, _) => drop(store.insert(k, new)),
                    (Some(columns), Some(old)) => set_columns(old, columns, &new).ok_or_else(shape)?,
                    // What the others are is not in the file.
                    (Some(_), None) => {}
                }
            }
        }
        match (self.weights.get(&k), self.biases.get(&k)) {
            (Some(weight), Some(bias)) if bias.shape() != (1, weight.ncols()) => {
                Err(format!("weight and bias of layer {k} do not fit"))
            }
            _ => Ok(()),
        }
    }

    fn changes(&mut self, layers: &Layers) -> Result<String, String> {
        let mut parts = Vec::new();
        for (&k, layer) in layers {
            let old = (self.weights.get(&k).cloned(), self.biases.get(&k).cloned());
            self.set(k, layer)?;
            parts.push(match (old.0, self.weights.get(&k), old.1, self.biases.get(&k)) {
                (Some(old_weight), Some(weight), Some(old_bias), Some(bias)) => {
                    describe_layer(k, (&old_weight, &old_bias), (weight, bias))
                }
                _ => format!("layer {k} gets new values"),
            });
        }
        Ok(parts.join("; "))
    }

    fn ray(&self, layers: &Layers) -> String {
        let parts = layers.iter().map(|(k, layer)| {
            let moving = |matrix: &Option<Matrix>| {
                matrix.as_ref().map_or(0, |m| from_matrix(m).iter().filter(|entry| !entry.is_zero()).count())
            };
            format!("layer {k}: {} weights and {} biases", moving(&layer.weight), moving(&layer.bias))
        });
        format!("{} run off to infinity", parts.collect::<Vec<_>>().join("; "))
    }
}

/// The given columns in the place of those that have these numbers; `None` if they do not fit.
fn set_columns(matrix: &mut DMatrix<Rational>, columns: &[usize], given: &DMatrix<Rational>) -> Option<()> {
    let fits = given.shape() == (matrix.nrows(), columns.len()) && columns.iter().all(|&j| j < matrix.ncols());
    fits.then(|| columns.iter().enumerate().for_each(|(from, &to)| matrix.set_column(to, &given.column(from))))
}

type Parts<'a> = (&'a DMatrix<Rational>, &'a DMatrix<Rational>);

/// Which neurons of layer k get new incoming weights, or which of layer k − 1 new outgoing ones.
fn describe_layer(k: usize, (old, old_bias): Parts, (new, bias): Parts) -> String {
    let (n, m) = new.shape();
    let columns = (0..m).filter(|&j| old.column(j) != new.column(j) || old_bias[j] != bias[j]).count();
    let rows: Vec<usize> = (0..n).filter(|&i| old.row(i) != new.row(i)).collect();
    if old == new {
        return format!("layer {k}: {columns} of {m} biases change");
    }
    if columns < m {
        return format!("layer {k}: {columns} of {m} neurons get new incoming weights");
    }
    let dies = |&&i: &&usize| new.row(i).iter().all(Rational::is_zero);
    let dead = rows.iter().filter(dies).count();
    let bias = if old_bias == bias { "" } else { ", and the bias" };
    if k == 1 {
        return format!("layer 1: {} of {n} rows change{bias}", rows.len());
    }
    let below = k - 1;
    let dying = if dead == 0 { String::new() } else { format!(", {dead} of them die") };
    format!("layer {k}: {} of {n} neurons of layer {below} get new outgoing weights{dying}{bias}", rows.len())
}

/// How many integers, and the largest.
#[derive(Default)]
struct Size {
    integers: usize,
    longest: Option<Digits>,
}

impl Size {
    fn layers(&mut self, layers: &Layers) {
        layers.values().flat_map(|layer| layer.weight.iter().chain(&layer.bias)).for_each(|matrix| self.matrix(matrix));
    }

    fn matrix(&mut self, matrix: &Matrix) {
        self.integers += matrix.rows * matrix.cols + 1;
        for digits in matrix.num.iter().flatten().chain([&matrix.den]) {
            let key = |digits: &Digits| {
                let magnitude = digits.as_str().trim_start_matches('-');
                (magnitude.len(), magnitude.to_owned())
            };
            if self
                .longest
                .as_ref()
                .is_none_or(|longest| longest.as_str().len() <= digits.as_str().len() + 1 && key(longest) < key(digits))
            {
                self.longest = Some(digits.clone());
            }
        }
    }

    fn bits(&self) -> u32 {
        let value = self.longest.as_ref().and_then(|digits| digits.as_str().parse::<Integer>().ok());
        value.map_or(0, |value| value.significant_bits())
    }
}

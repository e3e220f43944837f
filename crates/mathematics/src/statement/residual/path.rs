//! Paths of residual networks, and their certificates.
//!
//! # Example
//! ```
//! use nalgebra::DMatrix;
//! use sublevel::{certificate::Claim, checker::Verdict, example::integers};
//! use sublevel::network::{Activation, Dense, Residual};
//! use sublevel::statement::residual::path::{ResidualMove, ResidualPath, ResidualProblem};
//!
//! // x ↦ W (x + V relu(U x)) of one number; V = 0, so that U is free.
//! let layer = |number| Dense { weight: integers(1, 1, &[number]), bias: None };
//! let network = |u| Residual::new(None, vec![vec![layer(u), layer(0)]], layer(1)).unwrap();
//! let problem = ResidualProblem { activation: Activation::relu(), inputs: integers(2, 1, &[1, 2]) };
//! let path = ResidualPath { start: network(1), moves: vec![ResidualMove::Line(network(-7))] };
//! let (_, verdict) = path.prove(Claim::Connected, &problem, None);
//! assert!(matches!(verdict, Verdict::Valid(_)));
//! ```

use crate::arith::Number;
use crate::certificate::{
    Claim, Layer, LayerCurve, LayerCurves, Layers, Limits, RationalProblemRecord, Reader, Record, Writer,
};
use crate::checker::{self, Expected, Verdict};
use crate::linalg::Exact;
use crate::network::{Activation, Dense, Loss, Residual};
use crate::path::{to_fraction, to_loss, to_matrix};
use nalgebra::DMatrix;
use rug::Rational;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

/// σ and the samples.
#[derive(Debug, Clone, PartialEq)]
pub struct ResidualProblem {
    /// σ.
    pub activation: Activation,
    /// X, `[N, d]`.
    pub inputs: DMatrix<Rational>,
}

/// Coefficients of λ⁰, λ¹, … of layers, by their numbers in the graph.
pub type LayerPolynomials<T> = BTreeMap<usize, Vec<Dense<T>>>;

/// A move of a path of residual networks.
#[derive(Debug, Clone, PartialEq)]
pub enum ResidualMove<T> {
    /// Straight to this network.
    Line(Residual<T>),
    /// To this network, the named layers by polynomials, all else at rest.
    Curve(Residual<T>, LayerPolynomials<T>),
    /// Straight to this network, with a bound on the loss: the output is piecewise linear.
    Bounded(Residual<T>, Rational),
}

/// A path of residual networks of one shape.
#[derive(Debug, Clone, PartialEq)]
pub struct ResidualPath<T> {
    /// Where it starts.
    pub start: Residual<T>,
    /// Its moves.
    pub moves: Vec<ResidualMove<T>>,
}

impl<T> ResidualMove<T> {
    /// Where it ends.
    pub fn to(&self) -> &Residual<T> {
        match self {
            ResidualMove::Line(to) | ResidualMove::Curve(to, _) | ResidualMove::Bounded(to, _) => to,
        }
    }
}

impl<T: Number> ResidualPath<T> {
    /// A path that has not moved.
    pub fn at(start: Residual<T>) -> Self {
        ResidualPath { start, moves: vec![] }
    }

    /// The network at the end.
    pub fn end(&self) -> &Residual<T> {
        self.moves.last().map_or(&self.start, ResidualMove::to)
    }

    /// The start, and the network after each move.
    pub fn vertices(&self) -> impl DoubleEndedIterator<Item = &Residual<T>> {
        std::iter::once(&self.start).chain(self.moves.iter().map(ResidualMove::to))
    }

    /// Goes straight to another network; no move if that is where it is.
    pub fn line(&mut self, to: Residual<T>) {
        if *self.end() != to {
            self.moves.push(ResidualMove::Line(to));
        }
    }

    /// Goes to the end of another path, and along its lines, backwards.
    ///
    /// # Panics
    /// If that has a curve.
    pub fn back_along(&mut self, other: &ResidualPath<T>) {
        self.line(other.end().clone());
        let vertices: Vec<&Residual<T>> = other.vertices().collect();
        for (step, vertex) in other.moves.iter().zip(vertices).rev() {
            match step {
                ResidualMove::Line(_) => self.line(vertex.clone()),
                ResidualMove::Bounded(_, bound) => {
                    self.moves.push(ResidualMove::Bounded(vertex.clone(), bound.clone()));
                }
                ResidualMove::Curve(..) => panic!("lines can be walked back"),
            }
        }
    }

    /// The path with floats as the rationals that they are; `None` if one is not finite.
    pub fn to_exact(&self) -> Option<ResidualPath<Rational>> {
        let moves = self.moves.iter().map(|step| match step {
            ResidualMove::Line(to) => Some(ResidualMove::Line(to.to_exact()?)),
            ResidualMove::Curve(to, curves) => {
                let of = |(&layer, list): (&usize, &Vec<Dense<T>>)| {
                    Some((layer, list.iter().map(Dense::to_exact).collect::<Option<Vec<_>>>()?))
                };
                Some(ResidualMove::Curve(to.to_exact()?, curves.iter().map(of).collect::<Option<_>>()?))
            }
            ResidualMove::Bounded(to, bound) => Some(ResidualMove::Bounded(to.to_exact()?, bound.clone())),
        });
        Some(ResidualPath { start: self.start.to_exact()?, moves: moves.collect::<Option<_>>()? })
    }
}

impl ResidualPath<Rational> {
    /// The network at λ on a move, by its number from 0.
    ///
    /// # Panics
    /// If there is no such move.
    pub fn point(&self, number: usize, lambda: &Rational) -> Residual<Rational> {
        let from = self.vertices().nth(number).expect("the move has a start");
        let step = &self.moves[number];
        let (mut point, to) = (from.clone(), step.to());
        let between =
            |a: &DMatrix<Rational>, b: &DMatrix<Rational>| a.zip_map(b, |a, b| Rational::from(&b - &a) * lambda + a);
        let ends = from.layers().into_iter().zip(to.layers());
        let mut layers: Vec<_> = ends
            .map(|((number, a), (_, b))| {
                let bias = a.bias.as_ref().zip(b.bias.as_ref()).map(|(a, b)| between(a, b));
                let mut layer = Dense { weight: between(&a.weight, &b.weight), bias };
                if let ResidualMove::Curve(_, curves) = step
                    && let Some(list) = curves.get(&number)
                {
                    layer = horner(list, lambda);
                }
                Arc::new(layer)
            })
            .collect();
        point.head = layers.pop().expect("there is the head");
        let mut layers = layers.into_iter();
        point.stem = point.stem.and_then(|_| layers.next());
        for block in &mut point.blocks {
            *block = layers.by_ref().take(block.len()).collect();
        }
        point
    }

    /// Writes the certificate record by record; without a loss it is about every convex one. Returns the largest integer of it, in
    /// bits.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write<W: Write>(
        &self,
        out: W,
        (claim, label): (Claim, &str),
        problem: &ResidualProblem,
        loss: Option<&Loss>,
    ) -> io::Result<u64> {
        let mut writer = Writer::new(out);
        let graph = self.start.graph(&problem.activation.clone().into());
        writer.write(&Record::Rational(RationalProblemRecord {
            claim,
            statement: label.into(),
            graph,
            inputs: to_matrix(&problem.inputs),
            loss: loss.map(to_loss),
        }))?;
        writer.write(&Record::Start { layers: whole(&self.start) })?;
        for (from, step) in self.vertices().zip(&self.moves) {
            writer.write(&match step {
                ResidualMove::Line(to) => Record::Line { layers: changes(from, to) },
                ResidualMove::Curve(_, curves) => Record::Curve { layers: coefficients(curves) },
                ResidualMove::Bounded(to, bound) => {
                    Record::Bounded { layers: changes(from, to), bound: to_fraction(bound), pieces: None }
                }
            })?;
        }
        writer.write(&Record::End { moves: self.moves.len() })?;
        writer.into_inner().flush()?;
        Ok(self.bits())
    }

    /// The largest integer in the networks at its vertices, in bits.
    pub fn bits(&self) -> u64 {
        let of = |entry: &Rational| u64::from(entry.numer().significant_bits().max(entry.denom().significant_bits()));
        let of_network = |network: &Residual<Rational>| {
            let layers = network.layers();
            let entries = layers.iter().flat_map(|(_, layer)| layer.weight.iter().chain(layer.bias.iter().flatten()));
            entries.map(of).max().unwrap_or(0)
        };
        self.vertices().map(of_network).max().unwrap_or(0)
    }

    /// The certificate, and the checker's verdict for these ends, this problem and this loss.
    ///
    /// # Panics
    /// Never: memory can be written.
    pub fn prove(&self, claim: Claim, problem: &ResidualProblem, loss: Option<&Loss>) -> (Vec<u8>, Verdict) {
        let mut bytes = vec![];
        self.write(&mut bytes, (claim, ""), problem, loss).expect("memory can be written");
        let expected = Expected {
            from: Some(whole(&self.start)),
            to: Some(whole(self.end())),
            graph: Some(self.start.graph(&problem.activation.clone().into())),
            inputs: Some(to_matrix(&problem.inputs)),
            loss: loss.map(to_loss),
            ..Expected::default()
        };
        let verdict = checker::check(Reader::with_limits(Limits::NONE, &*bytes), &expected, &mut |_| {});
        (bytes, verdict)
    }
}

/// All layers as a certificate has them.
pub fn whole(network: &Residual<Rational>) -> Layers {
    let layer = |(number, layer): (usize, crate::network::GraphLayer)| {
        let bias = layer.bias.as_ref().map(to_matrix);
        (number, Layer { weight: Some(to_matrix(&layer.weight)), bias, columns: None })
    };
    network.graph_layers().into_iter().map(layer).collect()
}

/// The parts of layers that differ.
fn changes(from: &Residual<Rational>, to: &Residual<Rational>) -> Layers {
    let mut layers = Layers::new();
    for ((number, before), (_, after)) in from.layers().into_iter().zip(to.layers()) {
        let weight = (before.weight != after.weight).then(|| to_matrix(&after.weight));
        let bias = after.bias.as_ref().filter(|_| before.bias != after.bias).map(to_matrix);
        if weight.is_some() || bias.is_some() {
            layers.insert(number, Layer { weight, bias, columns: None });
        }
    }
    layers
}

fn coefficients(curves: &LayerPolynomials<Rational>) -> LayerCurves {
    let curve = |list: &Vec<Dense<Rational>>| LayerCurve {
        weight: Some(list.iter().map(|layer| to_matrix(&layer.weight)).collect()),
        bias: list.iter().map(|layer| layer.bias.as_ref().map(to_matrix)).collect(),
    };
    curves.iter().map(|(&layer, list)| (layer, curve(list))).collect()
}

/// Σ λ^i c_i, by Horner's rule.
fn horner(coefficients: &[Dense<Rational>], lambda: &Rational) -> Dense<Rational> {
    let step = |sum: &DMatrix<Rational>, c: &DMatrix<Rational>| sum.zip_map(c, |s, c| s * lambda + c);
    let mut reversed = coefficients.iter().rev();
    let last = reversed.next().expect("a curve has coefficients").clone();
    reversed.fold(last, |sum, next| Dense {
        weight: step(&sum.weight, &next.weight),
        bias: sum.bias.as_ref().zip(next.bias.as_ref()).map(|(sum, next)| step(sum, next)),
    })
}

/// How far the loss on a path may be seen to rise above the larger of its ends, in exact arithmetic, at the vertices and half-way
/// between them: 0 on a path of the theorems, a little on one by floats, which are taken for the rationals that they are.
pub fn stray(problem: &ResidualProblem, loss: &Loss, path: &ResidualPath<Rational>) -> Rational {
    let of = |network: &Residual<Rational>| loss.enclose(&output(problem, network)).hi().clone();
    let larger = of(&path.start).max(of(path.end()));
    let half = Rational::from((1, 2));
    let between = (0..path.moves.len()).map(|number| of(&path.point(number, &half)));
    let highest = path.vertices().map(of).chain(between).max().unwrap_or_default();
    (highest - larger).max(Rational::new())
}

/// The output on the samples.
pub fn output(problem: &ResidualProblem, network: &Residual<Rational>) -> DMatrix<Rational> {
    network.pass(&Exact, &problem.activation.import(&Exact), &problem.inputs).output
}

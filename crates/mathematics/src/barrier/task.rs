//! What is asked: a path between networks, data and a loss, checked to fit together.

use super::arithmetic::Arithmetic;
use super::engine::{Bound, Engine, Rules};
use super::search::Position;
use super::{exact_cost, exact_loss, sample};
use crate::arith::Interval;
use crate::network::{Inputs, Loss, LossError, Nonlinearity, Parameters};
use nalgebra::DMatrix;
use rug::Rational;

/// Why a path, the data and a loss do not go together. Networks are counted from 0 along the path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TaskError {
    /// A path has two ends.
    #[error("a path needs at least two networks, not {found}")]
    TooFewNetworks { found: usize },
    /// Networks of different architectures.
    #[error("network {network} of the path has the widths {found:?}, but network 0 has {expected:?}")]
    Widths { network: usize, found: Vec<usize>, expected: Vec<usize> },
    /// Graph networks of different architectures.
    #[error("network {network} of the path is another graph than network 0")]
    Graphs { network: usize },
    /// The inputs have another number of features than the networks take.
    #[error("the inputs have {found} features a sample, but the networks take {expected}")]
    Inputs { found: usize, expected: usize },
    /// There is nothing to sum over.
    #[error("the data have no samples")]
    NoSamples,
    /// The loss is about other samples or outputs.
    #[error(transparent)]
    Loss(#[from] LossError),
}

/// The largest number of multiplications for which a refutation is confirmed in rationals.
const EXACT_COST: usize = 20_000_000;

/// A path whose loss is bounded: of fully connected networks ([`Task`]) or of graph networks ([`super::GraphTask`]).
pub trait BoundedPath: Sync {
    /// X, [N, d].
    fn inputs(&self) -> &Inputs;

    /// φ.
    fn loss(&self) -> &Loss;

    /// How many segments it has.
    fn segment_count(&self) -> usize;

    /// The path prepared for a float type and these rules.
    #[doc(hidden)]
    fn prepared<F: Arithmetic + 'static>(&self, float: F, rules: Rules) -> Box<dyn Bound>;

    /// The entries of the first layer's pre-activations along every segment, with their bounds.
    #[doc(hidden)]
    fn first_level_entries(&self) -> u64;

    /// What [`super::barrier`] keeps in memory for all samples, in bytes: the first layer's pre-activations along every
    /// segment, in doubles.
    fn memory(&self) -> u64 {
        self.first_level_entries().saturating_mul(size_of::<f64>() as u64)
    }

    /// The loss at a point in rational numbers, if σ has rational values and that is affordable (see [`exact_cost`]).
    fn exactly(&self, at: Position) -> Option<Interval>;

    /// The loss at `count` ≥ 2 points from the start of the path to its end, every segment taking the same share, in doubles and
    /// without a proof: what the field does.
    fn samples(&self, count: u32) -> Vec<(Position, f64)>;
}

impl BoundedPath for Task<'_> {
    fn inputs(&self) -> &Inputs {
        &self.inputs
    }

    fn loss(&self) -> &Loss {
        self.loss
    }

    fn segment_count(&self) -> usize {
        self.segments.len()
    }

    fn prepared<F: Arithmetic + 'static>(&self, float: F, _: Rules) -> Box<dyn Bound> {
        Box::new(Engine::new(float, self))
    }

    fn first_level_entries(&self) -> u64 {
        let per_neuron: usize = self.segments.iter().map(|points| points.len() + 1).sum();
        let neurons = self.segments[0][0].widths()[1];
        [self.inputs.samples(), neurons].iter().fold(per_neuron as u64, |entries, &n| entries.saturating_mul(n as u64))
    }

    fn exactly(&self, at: Position) -> Option<Interval> {
        let is_exact = self.activation.piecewise_linear().is_some() && exact_cost(self) <= EXACT_COST;
        let lambda = Rational::from_f64(at.lambda).filter(|_| is_exact)?;
        Some(exact_loss(self, at.segment, &lambda))
    }

    fn samples(&self, count: u32) -> Vec<(Position, f64)> {
        sample::samples(self, count)
    }
}

/// A path in parameter space with the data and the loss along it; everything fits together.
#[derive(Debug, Clone)]
pub struct Task<'a> {
    activation: Nonlinearity,
    inputs: Inputs,
    loss: &'a Loss,
    segments: Vec<Vec<&'a Parameters<Rational>>>,
}

impl<'a> Task<'a> {
    /// The chain of straight segments through these networks, two or more. Inputs are [N, d].
    ///
    /// # Errors
    /// Every [`TaskError`].
    pub fn chain(
        activation: impl Into<Nonlinearity>,
        inputs: impl Into<Inputs>,
        loss: &'a Loss,
        networks: &[&'a Parameters<Rational>],
    ) -> Result<Self, TaskError> {
        let inputs = inputs.into();
        check(&inputs, loss, networks)?;
        let segments = networks.windows(2).map(<[_]>::to_vec).collect();
        Ok(Task { activation: activation.into(), inputs, loss, segments })
    }

    /// The quadratic Bézier curve (1 − λ)² A + 2 λ (1 − λ) C + λ² B. Inputs are [N, d].
    ///
    /// # Errors
    /// Every [`TaskError`] but `TooFewNetworks`.
    pub fn bezier(
        activation: impl Into<Nonlinearity>,
        inputs: impl Into<Inputs>,
        loss: &'a Loss,
        [a, c, b]: [&'a Parameters<Rational>; 3],
    ) -> Result<Self, TaskError> {
        let inputs = inputs.into();
        check(&inputs, loss, &[a, c, b])?;
        Ok(Task { activation: activation.into(), inputs, loss, segments: vec![vec![a, c, b]] })
    }

    /// σ.
    pub fn activation(&self) -> &Nonlinearity {
        &self.activation
    }

    /// X, [N, d].
    pub fn inputs(&self) -> &Inputs {
        &self.inputs
    }

    /// φ.
    pub fn loss(&self) -> &'a Loss {
        self.loss
    }

    /// The control points of each segment: two on a straight line, three on a Bézier curve.
    pub fn segments(&self) -> &[Vec<&'a Parameters<Rational>>] {
        &self.segments
    }

    /// The parameters at λ on a segment, exactly.
    ///
    /// # Panics
    /// If there is no such segment.
    pub fn point(&self, segment: usize, lambda: &Rational) -> Parameters<Rational> {
        let points = &self.segments[segment];
        let rest = Rational::from(1 - lambda);
        let weights = match points.len() {
            2 => vec![rest, lambda.clone()],
            _ => vec![rest.clone() * &rest, Rational::from(2 * lambda) * &rest, lambda.clone() * lambda],
        };
        let layer = |k: usize| {
            let (rows, columns) = points[0].layer(k).shape();
            DMatrix::from_fn(rows, columns, |i, j| {
                let terms =
                    points.iter().zip(&weights).map(|(point, weight)| Rational::from(&point.layer(k)[(i, j)] * weight));
                terms.sum::<Rational>()
            })
        };
        Parameters::new((1..=points[0].depth()).map(layer).collect()).expect("all points have one architecture")
    }
}

fn check(inputs: &Inputs, loss: &Loss, networks: &[&Parameters<Rational>]) -> Result<(), TaskError> {
    if networks.len() < 2 {
        return Err(TaskError::TooFewNetworks { found: networks.len() });
    }
    let expected = networks[0].widths();
    for (network, parameters) in networks.iter().enumerate() {
        let found = parameters.widths();
        if found != expected {
            return Err(TaskError::Widths { network, found, expected });
        }
    }
    if inputs.features() != expected[0] {
        return Err(TaskError::Inputs { found: inputs.features(), expected: expected[0] });
    }
    if inputs.samples() == 0 {
        return Err(TaskError::NoSamples);
    }
    Ok(loss.fits(inputs.samples(), expected[expected.len() - 1])?)
}

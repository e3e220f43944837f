//! A path prepared for one float type: bounds of the loss over an interval and at a point.

use super::arithmetic::Arithmetic;
use super::forward::{Bent, LayerChord, Sigma, activate, first_level, layers_over};
use super::loss::{Bounds, Targets};
use super::segment::{Block, Segment};
use super::task::Task;
use crate::arith::parallel;

/// Samples that one core works on at a time: three [512, 128] matrices of doubles fit the second-level cache.
const BLOCK: usize = 128;

/// Bounds of the loss, whatever arithmetic they come from.
pub trait Bound: Send + Sync {
    /// Does what has to be done once before the first bound; called outside of parallel work.
    fn prepare(&self) {}

    /// (U_a, U_b) with Φ((1 − s) a + s b) ≤ (1 − s) U_a + s U_b for all s in [0, 1].
    fn over(&self, segment: usize, a: f64, b: f64) -> [f64; 2];

    /// lower ≤ Φ ≤ upper at a point of a segment.
    fn at(&self, segment: usize, lambda: f64) -> Bounds;
}

/// How a bound over an interval is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rules {
    /// From radii alone, as a checker makes it.
    Radii,
    /// With errors followed back from the loss, where that is built: in graphs.
    Back,
}

/// A path prepared for one float type.
pub struct Engine<F: Arithmetic> {
    float: F,
    sigma: Sigma<F::Scalar>,
    segments: Vec<Segment<F::Scalar>>,
    targets: Targets<F::Scalar>,
}

impl<F: Arithmetic> Engine<F> {
    /// Imports the path and does the first layer's products.
    pub fn new(float: F, task: &Task<'_>) -> Self {
        let inputs = task.inputs().import(&float);
        let segments = task.segments().iter().map(|points| Segment::new(&float, &inputs, points, BLOCK)).collect();
        drop(inputs);
        Engine {
            sigma: Sigma::new(&float, task.activation()),
            segments,
            targets: Targets::new(&float, task.loss()),
            float,
        }
    }

    /// The output of a block; `None` on overflow.
    fn output(
        &self,
        block: &Block<F::Scalar>,
        layers: &[LayerChord<'_, F::Scalar>],
        a: f64,
        b: Option<f64>,
    ) -> Option<Bent<F::Scalar>> {
        let mut level = first_level(&self.float, &block.level, a, b);
        let (zero, one) = (self.float.float(0.0), self.float.float(1.0));
        for layer in layers {
            level = layer.apply(&self.float, activate(&self.float, &self.sigma, level, None)?.with_ones(&zero, &one));
        }
        Some(level)
    }

    /// A value of every block, in order.
    fn blocks<R: Clone + Send + Sync>(
        &self,
        segment: usize,
        a: f64,
        b: Option<f64>,
        overflow: R,
        value: impl Fn(usize, &Bent<F::Scalar>) -> R + Sync,
    ) -> Vec<R> {
        let segment = &self.segments[segment];
        let layers = layers_over(&self.float, segment, a, b);
        let block = |block: &Block<F::Scalar>| match self.output(block, &layers, a, b) {
            Some(output) => value(block.first_sample, &output),
            None => overflow.clone(),
        };
        parallel::map(&segment.blocks, block)
    }
}

impl<F: Arithmetic> Bound for Engine<F> {
    fn over(&self, segment: usize, a: f64, b: f64) -> [f64; 2] {
        let upper = |first, output: &_| self.targets.upper(&self.float, first, output);
        self.targets.chord_above(&self.blocks(segment, a, Some(b), [f64::INFINITY; 2], upper))
    }

    fn at(&self, segment: usize, lambda: f64) -> Bounds {
        let bounds = |first, output: &_| self.targets.bounds(&self.float, first, output);
        self.targets.mean_between(&self.blocks(segment, lambda, None, (0.0, f64::INFINITY), bounds))
    }
}

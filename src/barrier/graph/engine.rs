//! A path of graph networks prepared for one float type: bounds of the loss over an interval and at a point.

use super::normalise::Normalisation;
use super::plan::{Gather, Plan, Step};
use super::pool::pool;
use super::segment::{BlockCurve, GraphSegment, Samples};
use super::task::GraphTask;
use crate::barrier::arithmetic::Arithmetic;
use crate::barrier::engine::Bound;
use crate::barrier::forward::{Bent, LayerChord, Sigma, activate, first_level};
use crate::barrier::loss::{Bounds, Targets};
use rayon::prelude::*;

/// Numbers that a core gathers at a time.
const GATHERED: usize = 1 << 18;

/// How many samples a core works on at a time: fewer columns than the first make slow products of dense blocks.
const BLOCK: [usize; 2] = [8, 128];

/// A path of graph networks prepared for one float type.
pub struct GraphEngine<F: Arithmetic> {
    float: F,
    plan: Plan,
    /// σ of each block.
    sigmas: Vec<Option<Sigma<F::Scalar>>>,
    segments: Vec<GraphSegment<F::Scalar>>,
    targets: Targets<F::Scalar>,
    /// Whether the output has a bias.
    bias: bool,
}

/// A block's parameters over an interval.
enum Over<'a, T> {
    None,
    Filters(Box<LayerChord<'a, T>>, Option<Box<LayerChord<'a, T>>>),
    Normalise(Normalisation<T>),
}

/// All parameters over an interval.
struct Layers<'a, T> {
    blocks: Vec<Over<'a, T>>,
    output: LayerChord<'a, T>,
}

impl<F: Arithmetic> GraphEngine<F> {
    /// Imports the path and does the first layer's products.
    pub fn new(float: F, task: &GraphTask<'_>) -> Self {
        let plan = Plan::new(task.network());
        let at_a_time = (GATHERED / plan.largest.max(1)).clamp(BLOCK[0], BLOCK[1]);
        let inputs = task.inputs().import(&float);
        let segment = |points: &Vec<_>| GraphSegment::new(&float, &plan, &inputs, points, at_a_time);
        let segments = task.segments().iter().map(segment).collect();
        drop(inputs);
        let sigma = |sigma: &Option<_>| sigma.as_ref().map(|sigma| Sigma::new(&float, sigma));
        GraphEngine {
            sigmas: task.network().sigmas().iter().map(sigma).collect(),
            targets: Targets::new(&float, task.loss()),
            bias: task.network().graph().bias,
            plan,
            segments,
            float,
        }
    }

    /// The parameters over [a, b], or at the point a. `None` where a variance is not seen to be above −ε.
    fn layers<'a>(
        &self,
        segment: &'a GraphSegment<F::Scalar>,
        a: f64,
        b: Option<f64>,
    ) -> Option<Layers<'a, F::Scalar>> {
        let over = |block: &'a BlockCurve<F::Scalar>| {
            Some(match block {
                BlockCurve::None => Over::None,
                BlockCurve::Filters { layer, biases } => {
                    let biases = biases.as_ref().map(|biases| Box::new(LayerChord::new(&self.float, biases, a, b)));
                    Over::Filters(Box::new(LayerChord::new(&self.float, layer, a, b)), biases)
                }
                BlockCurve::Normalise(curve) => Over::Normalise(Normalisation::new(&self.float, curve, a, b)?),
            })
        };
        let blocks = segment.blocks.iter().map(over).collect::<Option<Vec<_>>>()?;
        Some(Layers { blocks, output: LayerChord::new(&self.float, &segment.output, a, b) })
    }

    /// The output for some samples; `None` on overflow.
    fn output(
        &self,
        samples: &Samples<F::Scalar>,
        layers: &Layers<'_, F::Scalar>,
        a: f64,
        b: Option<f64>,
    ) -> Option<Bent<F::Scalar>> {
        let mut levels = Vec::with_capacity(self.plan.steps.len() + 1);
        levels.push(samples.inputs.clone());
        for (index, (step, over)) in self.plan.steps.iter().zip(&layers.blocks).enumerate() {
            let features = match step {
                Step::Filters { first: true, .. } => first_level(&self.float, &samples.first[&(index + 1)], a, b),
                Step::Filters { gather, .. } => self.filtered(gather, over, &levels),
                Step::Pool { patches, pool: kind } => pool(&self.float, &levels, patches, *kind),
                Step::Normalise { from } => match over {
                    Over::Normalise(normalisation) => normalisation.apply(&self.float, &levels[*from]),
                    _ => unreachable!("the parameters are those of the plan"),
                },
            };
            levels.push(match &self.sigmas[index] {
                Some(sigma) => activate(&self.float, sigma, features)?,
                None => features,
            });
        }
        let bias = self.bias;
        Some(layers.output.apply(&self.float, &self.gathered(&self.plan.output, &levels, bias)))
    }

    /// The pre-activation [P T, B] of a block with filters.
    fn filtered(&self, gather: &Gather, over: &Over<'_, F::Scalar>, levels: &[Bent<F::Scalar>]) -> Bent<F::Scalar> {
        let Over::Filters(layer, biases) = over else { unreachable!("the parameters are those of the plan") };
        let product = layer.apply(&self.float, &self.gathered(gather, levels, biases.is_none()));
        let pre_activation = product.reshaped(gather.patches());
        match biases {
            Some(biases) => biases.add_to(&self.float, pre_activation),
            None => pre_activation,
        }
    }

    fn gathered(&self, gather: &Gather, levels: &[Bent<F::Scalar>], bias: bool) -> Bent<F::Scalar> {
        gather.features(levels, bias, [&self.float.float(0.0), &self.float.float(1.0)])
    }

    /// A value of all samples, some at a time, in order.
    fn samples<R: Clone + Send + Sync>(
        &self,
        segment: usize,
        a: f64,
        b: Option<f64>,
        overflow: R,
        value: impl Fn(usize, &Bent<F::Scalar>) -> R + Sync,
    ) -> Vec<R> {
        let segment = &self.segments[segment];
        let Some(layers) = self.layers(segment, a, b) else { return vec![overflow] };
        let samples = |samples: &Samples<F::Scalar>| match self.output(samples, &layers, a, b) {
            Some(output) => value(samples.first_sample, &output),
            None => overflow.clone(),
        };
        segment.samples.par_iter().map(samples).collect()
    }
}

impl<F: Arithmetic> Bound for GraphEngine<F> {
    fn over(&self, segment: usize, a: f64, b: f64) -> [f64; 2] {
        let upper = |first, output: &_| self.targets.upper(&self.float, first, output);
        self.targets.chord_above(&self.samples(segment, a, Some(b), [f64::INFINITY; 2], upper))
    }

    fn at(&self, segment: usize, lambda: f64) -> Bounds {
        let bounds = |first, output: &_| self.targets.bounds(&self.float, first, output);
        self.targets.mean_between(&self.samples(segment, lambda, None, (0.0, f64::INFINITY), bounds))
    }
}

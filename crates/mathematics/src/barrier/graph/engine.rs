//! A path of graph networks prepared for one float type: bounds of the loss over an interval and at a point.

use super::back::{Back, Backward};
use super::normalise::Normalisation;
use super::plan::{Plan, Step};
use super::pool::pool;
use super::segment::{BlockCurve, GraphSegment, Samples};
use super::task::GraphTask;
use crate::arith::parallel;
use crate::barrier::arithmetic::Arithmetic;
use crate::barrier::engine::{Bound, Rules};
use crate::barrier::forward::{
    Bent, Chord, Columns, Factors, Kind, LayerChord, Passage, Sigma, Which, activate, first_level, is_finite,
};
use crate::barrier::loss::{Bounds, Targets};
use crate::barrier::patches::{Patched, Patches, TOGETHER};
use nalgebra::DMatrix;

/// Features of a block that a core works on at a time: more are slower to fetch, fewer make products of dense blocks that fetch their weight.
const FEATURES: usize = 1 << 17;

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
    /// Whether errors are followed back.
    rules: Rules,
}

/// A block's parameters over an interval.
pub enum Over<'a, T> {
    None,
    Filters {
        layer: Box<LayerChord<'a, T>>,
        biases: Option<Box<LayerChord<'a, T>>>,
        /// If errors are to be followed back.
        back: Option<Back<T>>,
    },
    Normalise(Normalisation<T>),
}

/// All parameters over an interval.
pub struct Layers<'a, T> {
    pub blocks: Vec<Over<'a, T>>,
    pub output: LayerChord<'a, T>,
    pub back: Option<Back<T>>,
}

/// The features of some samples over an interval.
pub struct Trace<T> {
    /// The inputs, and the value of each block.
    pub levels: Vec<Bent<T>>,
    /// How each block passes errors, if they are to be followed back.
    pub passed: Vec<Passed<T>>,
    pub output: Bent<T>,
}

/// How a block passes errors.
pub struct Passed<T> {
    /// Through σ, if it has one other than the identity.
    pub passage: Option<Passage<T>>,
    /// Which entry of each patch of each sample is the largest throughout.
    pub leaders: Vec<Option<usize>>,
}

/// Patches of features as a layer multiplies them.
struct PatchFactors<'a, T> {
    patches: &'a Patches,
    samples: usize,
    levels: Vec<Option<Factors<T>>>,
    /// What the bias is multiplied with, if it is a column of the weight.
    one: Option<Factors<T>>,
}

impl<T> PatchFactors<'_, T> {
    fn patched(&self, which: Which<T>) -> Patched<'_, T> {
        Patched {
            patches: self.patches,
            samples: self.samples,
            levels: self.levels.iter().map(|level| level.as_ref().map(which)).collect(),
            last: self.one.as_ref().map(|one| &which(one)[0]),
        }
    }
}

impl<F: Arithmetic> Columns<F> for PatchFactors<'_, F::Scalar> {
    fn add_product(
        &self,
        float: &F,
        out: &mut DMatrix<F::Scalar>,
        weight: &DMatrix<F::Scalar>,
        which: Which<F::Scalar>,
    ) {
        float.add_patches(out, weight, &self.patched(which));
    }

    fn sums(&self, float: &F) -> Vec<F::Scalar> {
        self.patched(|factors| &factors.size).sums(float)
    }
}

impl<F: Arithmetic> GraphEngine<F> {
    /// Imports the path and does the first layer's products.
    pub fn new(float: F, task: &GraphTask<'_>, rules: Rules) -> Self {
        let plan = Plan::new(task.network());
        let at_a_time = (FEATURES / plan.largest.max(1)).clamp(BLOCK[0], BLOCK[1]) / TOGETHER * TOGETHER;
        let inputs = task.inputs().import(&float);
        let segment = |points: &Vec<_>| GraphSegment::new(&float, &plan, &inputs, points, at_a_time);
        let segments = task.segments().iter().map(segment).collect();
        drop(inputs);
        let sigma = |sigma: &Option<_>| sigma.as_ref().map(|sigma| Sigma::new(&float, sigma));
        GraphEngine {
            sigmas: plan.sigmas.iter().map(sigma).collect(),
            targets: Targets::new(&float, task.loss()),
            bias: task.network().graph().bias,
            rules,
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
        let back = |layer: &LayerChord<'_, F::Scalar>| match self.rules {
            Rules::Radii => None,
            Rules::Back => Back::new(layer),
        };
        let over = |block: &'a BlockCurve<F::Scalar>| {
            Some(match block {
                BlockCurve::None => Over::None,
                BlockCurve::Filters { layer, biases } => {
                    let biases = biases.as_ref().map(|biases| Box::new(LayerChord::new(&self.float, biases, a, b)));
                    let layer = Box::new(LayerChord::new(&self.float, layer, a, b));
                    Over::Filters { back: back(&layer), layer, biases }
                }
                BlockCurve::Normalise(curve) => Over::Normalise(Normalisation::new(&self.float, curve, a, b)?),
            })
        };
        let blocks = segment.blocks.iter().map(over).collect::<Option<Vec<_>>>()?;
        let output = LayerChord::new(&self.float, &segment.output, a, b);
        Some(Layers { blocks, back: back(&output), output })
    }

    /// The features of some samples, block by block; `None` on overflow.
    fn trace(
        &self,
        samples: &Samples<F::Scalar>,
        layers: &Layers<'_, F::Scalar>,
        a: f64,
        b: Option<f64>,
    ) -> Option<Trace<F::Scalar>> {
        let mut levels = Vec::with_capacity(self.plan.steps.len() + 1);
        levels.push(samples.inputs.clone());
        let (follows, mut passed) = (layers.back.is_some(), Vec::with_capacity(self.plan.steps.len()));
        for (index, (step, over)) in self.plan.steps.iter().zip(&layers.blocks).enumerate() {
            let mut leaders = vec![];
            let features = match step {
                Step::Filters { first: true, .. } => first_level(&self.float, &samples.first[&(index + 1)], a, b),
                Step::Filters { patches, .. } => self.filtered(patches, over, &levels),
                Step::Pool { patches, pool: kind } => {
                    pool(&self.float, &levels, patches, *kind, follows.then_some(&mut leaders))
                }
                Step::Normalise { from } => match over {
                    Over::Normalise(normalisation) => normalisation.apply(&self.float, &levels[*from]),
                    _ => unreachable!("the parameters are those of the plan"),
                },
            };
            let sigma = self.sigmas[index].as_ref();
            let is_identity = sigma.is_none_or(|sigma| matches!(sigma, Sigma::Identity));
            let mut passage = (follows && !is_identity).then(|| Passage { slopes: vec![], bend: None });
            levels.push(match sigma {
                Some(sigma) => activate(&self.float, sigma, features, passage.as_mut())?,
                // A pool would pass over a NaN.
                None if !is_finite(&self.float, &features.chord, features.bend.as_ref()) => return None,
                None => features,
            });
            passed.push(Passed { passage, leaders });
        }
        let output = self.multiplied(&self.plan.output, &layers.output, &levels, self.bias);
        Some(Trace { levels, passed, output })
    }

    /// The pre-activation [P T, B] of a block with filters.
    fn filtered(&self, patches: &Patches, over: &Over<'_, F::Scalar>, levels: &[Bent<F::Scalar>]) -> Bent<F::Scalar> {
        let Over::Filters { layer, biases, .. } = over else { unreachable!("the parameters are those of the plan") };
        let pre_activation = self.multiplied(patches, layer, levels, biases.is_none());
        match biases {
            Some(biases) => biases.add_to(&self.float, pre_activation),
            None => pre_activation,
        }
    }

    /// The products with all patches, [P T, B]. What is made of the features is made once: most are in many patches.
    fn multiplied(
        &self,
        patches: &Patches,
        layer: &LayerChord<'_, F::Scalar>,
        levels: &[Bent<F::Scalar>],
        bias: bool,
    ) -> Bent<F::Scalar> {
        let sources = patches.sources();
        let bends = sources.iter().any(|&block| levels[block].bend.is_some());
        let kind = Kind { terms: patches.length() + usize::from(bias), bends, ..layer.kind() };
        let factors = |features| Factors::new(&self.float, features, kind);
        let of_level = |block: usize| sources.contains(&block).then(|| factors(levels[block].clone()));
        let features = PatchFactors {
            patches,
            samples: levels.iter().map(|level| level.chord.start.ncols()).max().unwrap_or(0),
            levels: (0..levels.len()).map(of_level).collect(),
            one: bias.then(|| factors(self.one())),
        };
        layer.multiply(&self.float, kind, &features).reshaped(patches.count())
    }

    /// What a bias is multiplied with.
    fn one(&self) -> Bent<F::Scalar> {
        let matrix = |number| DMatrix::from_element(1, 1, self.float.float(number));
        Bent { chord: Chord { start: matrix(1.0), end: None, radius: matrix(0.0) }, bend: None }
    }

    /// A value of all samples, some at a time, in order.
    fn samples<R: Clone + Send + Sync>(
        &self,
        segment: usize,
        a: f64,
        b: Option<f64>,
        overflow: R,
        value: impl Fn(usize, &Layers<'_, F::Scalar>, &Trace<F::Scalar>) -> R + Sync,
    ) -> Vec<R> {
        let segment = &self.segments[segment];
        let Some(layers) = self.layers(segment, a, b) else { return vec![overflow] };
        let samples = |samples: &Samples<F::Scalar>| match self.trace(samples, &layers, a, b) {
            Some(trace) => value(samples.first_sample, &layers, &trace),
            None => overflow.clone(),
        };
        parallel::map(&segment.samples, samples)
    }
}

impl<F: Arithmetic> Bound for GraphEngine<F> {
    fn over(&self, segment: usize, a: f64, b: f64) -> [f64; 2] {
        let upper = |first, layers: &Layers<'_, _>, trace: &Trace<_>| {
            if layers.back.is_none() {
                return self.targets.upper(&self.float, first, &trace.output);
            }
            let mut backward = Backward::new(&self.float, &self.plan, layers, trace);
            let reach = |sample: usize, gradient: &[F::Scalar]| backward.reach(sample, gradient);
            self.targets.upper_by(&self.float, first, &trace.output, reach)
        };
        self.targets.chord_above(&self.samples(segment, a, Some(b), [f64::INFINITY; 2], upper))
    }

    fn at(&self, segment: usize, lambda: f64) -> Bounds {
        let bounds =
            |first, _: &Layers<'_, _>, trace: &Trace<_>| self.targets.bounds(&self.float, first, &trace.output);
        self.targets.mean_between(&self.samples(segment, lambda, None, (0.0, f64::INFINITY), bounds))
    }
}

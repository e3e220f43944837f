//! Adam: the last layer alone, and the bends of a chain.

use super::Setting;
use super::gradient::{Layers, Sigma, Target, Upper, columns, gradient, layers, product, value};
use crate::arith::parallel;
use crate::network::Parameters;
use nalgebra::DMatrix;
use rand::{Rng, SeedableRng, seq::index};
use rand_chacha::ChaCha8Rng;
use rug::Rational;
use std::sync::Arc;

/// Samples of one step of the bends; with fewer samples than this every step takes all of them.
pub(super) const BATCH: usize = 2048;

/// Samples that one core works on at a time. A constant, so that sums do not depend on the machine.
const BLOCK: usize = 512;

/// Points of a chain in one step: one in each of so many equal parts, and two a segment at least.
const POINTS: usize = 4;

/// Points of a segment at which the maximum is looked for, the ends included.
const GRID: usize = 17;

/// Steps between two looks at the maximum.
const LOOK: usize = 20;

/// Steps of the last layer alone.
const MARGIN_STEPS: usize = 200;

/// How fast the last layer moves, and how fast bends do.
const MARGIN_RATE: f32 = 2e-3;
const RATE: f32 = 3e-3;

/// Mean ‖F‖₁ of a sample from which a layer on F moves more slowly, so that its step in the pre-activation stays the same.
const LARGE_FEATURES: f32 = 256.0;

/// A chain whose sampled maximum is below so much of the goal is left as it is: its proof needs few pieces.
const ENOUGH: f64 = 0.9;

/// How a chain is trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Bends between the two ends.
    pub bends: usize,
    /// Steps at most.
    pub steps: usize,
    /// Which points of the chain, and which samples, a step looks at.
    pub seed: u64,
}

/// Where training is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Steps done.
    pub steps: usize,
    /// The smallest so far of the largest losses at points of the chain: floats.
    pub maximum: f64,
}

/// A trained chain.
#[derive(Debug, Clone)]
pub struct Trained {
    /// C_1, …, C_k: numbers in single precision.
    pub bends: Vec<Parameters<Rational>>,
    /// Where training ended; the bends are those of its maximum.
    pub end: Step,
}

/// The network with another last layer, for which the loss is smaller: single precision, 200 steps of Adam at full batch.
/// The network itself where that finds none.
pub fn with_margin(setting: &Setting<'_>, network: &Parameters<Rational>) -> Parameters<Rational> {
    let trainer = Trainer::new(setting);
    let own = layers(network);
    let (last, below) = own.split_last().expect("a network has a layer");
    let (_, polished) = trainer.polish(vec![last.clone()], &trainer.features(below), 0.0);
    let Some(layer) = polished.first().filter(|&layer| layer != last).and_then(exact) else {
        return network.clone();
    };
    let mut result = network.clone();
    result.set_layer(network.depth(), Arc::new(layer));
    result
}

/// Trains the bends of a chain between two networks of one architecture, from the straight line, until its largest loss at
/// some points is well below `goal`; `progress` hears of every look at it and says whether to go on.
/// `None` if the networks are not finite in single precision.
pub fn train(
    setting: &Setting<'_>,
    ends: [&Parameters<Rational>; 2],
    goal: f64,
    options: Options,
    progress: &mut dyn FnMut(Step) -> bool,
) -> Option<Trained> {
    let trainer = Trainer::new(setting);
    let mut knots = straight(ends, options.bends);
    let pre = [0, knots.len() - 1].map(|end| trainer.first(&knots[end][0]));
    let some: Vec<usize> = (0..trainer.samples().min(BLOCK)).collect();
    let rates = trainer.rates(RATE, &knots[0], trainer.inputs.select_columns(&some));
    let mut adams: Vec<Adam> = knots[1..=options.bends].iter().map(|bend| Adam::new(bend, rates.clone())).collect();
    let mut random = ChaCha8Rng::seed_from_u64(options.seed);
    let mut best = (Step { steps: 0, maximum: f64::INFINITY }, knots.clone());
    for step in 0..=options.steps {
        if step % LOOK == 0 || step == options.steps {
            let maximum = trainer.maximum(&knots, &pre);
            if maximum < best.0.maximum {
                best = (Step { steps: step, maximum }, knots.clone());
            }
            if !progress(Step { steps: step, ..best.0 }) || best.0.maximum < ENOUGH * goal {
                break;
            }
        }
        let samples = trainer.batch(&mut random);
        let points = stratified(knots.len() - 1, &mut random);
        let gradients = trainer.bend_gradients(&knots, &pre, &points, &samples);
        for ((bend, adam), gradient) in knots[1..=options.bends].iter_mut().zip(&mut adams).zip(&gradients) {
            adam.step(bend, gradient);
        }
    }
    let network = |bend: &Layers| Parameters::new(bend.iter().map(exact).collect::<Option<_>>()?).ok();
    let bends: Option<Vec<_>> = best.1[1..=options.bends].iter().map(network).collect();
    Some(Trained { bends: bends?, end: best.0 })
}

/// The points of the straight line that divide it into equal parts.
fn straight([from, to]: [&Parameters<Rational>; 2], bends: usize) -> Vec<Layers> {
    let (from, to) = (layers(from), layers(to));
    let knot = |i: usize| {
        let t = i as f32 / (bends + 1) as f32;
        from.iter().zip(&to).map(|(a, b)| a * (1.0 - t) + b * t).collect()
    };
    (0..bends + 2).map(knot).collect()
}

/// A random point, (segment, λ), in each of equal parts of the chain.
fn stratified(segments: usize, random: &mut ChaCha8Rng) -> Vec<(usize, f32)> {
    let count = POINTS.max(2 * segments);
    let point = |i: usize| {
        let place = (i as f32 + random.random_range(0.0..1.0)) / count as f32 * segments as f32;
        let segment = (place as usize).min(segments - 1);
        (segment, place - segment as f32)
    };
    (0..count).map(point).collect()
}

/// A matrix of finite floats, transposed back, as the rationals that they are.
pub(super) fn exact(layer: &DMatrix<f32>) -> Option<DMatrix<Rational>> {
    let entries: Option<Vec<Rational>> = layer.iter().map(|&x| Rational::from_f32(x)).collect();
    Some(DMatrix::from_vec(layer.nrows(), layer.ncols(), entries?).transpose())
}

/// By what factor a layer on these features moves more slowly.
fn slower(features: &DMatrix<f32>) -> f32 {
    let sum: f64 = features.iter().map(|x| f64::from(x.abs())).sum();
    let mean = (sum / features.ncols() as f64) as f32;
    LARGE_FEATURES / mean.max(LARGE_FEATURES)
}

/// Data and loss in single precision.
pub(super) struct Trainer {
    sigma: Sigma,
    pub target: Target,
    /// [d + 1, N].
    inputs: DMatrix<f32>,
}

impl Trainer {
    pub fn new(setting: &Setting<'_>) -> Self {
        Trainer {
            sigma: Sigma::new(setting.activation),
            target: Target::new(setting.loss),
            inputs: columns(setting.inputs),
        }
    }

    fn samples(&self) -> usize {
        self.inputs.ncols()
    }

    /// All samples in blocks, in order.
    fn blocks(&self) -> Vec<Vec<usize>> {
        let all: Vec<usize> = (0..self.samples()).collect();
        all.chunks(BLOCK).map(<[usize]>::to_vec).collect()
    }

    /// P_1 of all samples, [n_1, N].
    fn first(&self, layer: &DMatrix<f32>) -> DMatrix<f32> {
        let blocks = parallel::map(&self.blocks(), |block| product(layer, &self.inputs.select_columns(block)));
        let entries: Vec<f32> = blocks.iter().flat_map(|block| block.iter().copied()).collect();
        DMatrix::from_vec(layer.nrows(), self.samples(), entries)
    }

    /// The features of all samples above these layers, with a last row of ones: [n + 1, N].
    pub fn features(&self, layers: &[DMatrix<f32>]) -> DMatrix<f32> {
        let mut features = self.inputs.clone();
        for layer in layers {
            features = self.sigma.features(&product(layer, &features));
        }
        features
    }

    /// The best of 200 steps of Adam, at full batch, of layers on these features, up to the output, with its loss; it ends
    /// early below the goal.
    pub fn polish(&self, layers: Layers, features: &DMatrix<f32>, goal: f64) -> (f64, Layers) {
        let mut adam = Adam::new(&layers, self.rates(MARGIN_RATE, &layers, features.clone()));
        let (mut best, mut current) = ((f64::INFINITY, layers.clone()), layers);
        for _ in 0..=MARGIN_STEPS {
            let (value, gradient) = self.gradient(&current, features);
            if value < best.0 {
                best = (value, current.clone());
            }
            if best.0 < goal {
                break;
            }
            adam.step(&mut current, &gradient);
        }
        best
    }

    /// φ and its gradient by layers on these features of all samples.
    fn gradient(&self, layers: &Layers, features: &DMatrix<f32>) -> (f64, Layers) {
        let upper = Upper::new(layers[1..].to_vec());
        let block = |block: &Vec<usize>| {
            let features = features.select_columns(block);
            let found = gradient(&self.sigma, &self.target, &upper, product(&layers[0], &features), block);
            let first = product(&found.pre, &features.transpose());
            (found.value, std::iter::once(first).chain(found.upper).collect())
        };
        let parts: Vec<(f64, Layers)> = parallel::map(&self.blocks(), block);
        let (mut value, mut sum) = (0.0, Vec::new());
        for (part, gradient) in parts {
            value += part;
            add(&mut sum, &gradient, 1.0);
        }
        (value, sum)
    }

    /// How fast layers on these features move, by the size of what each acts on.
    fn rates(&self, rate: f32, layers: &Layers, mut features: DMatrix<f32>) -> Vec<f32> {
        let rate = |layer: &DMatrix<f32>| {
            let rate = rate * slower(&features);
            features = self.sigma.features(&product(layer, &features));
            rate
        };
        layers.iter().map(rate).collect()
    }

    /// The samples of a step.
    fn batch(&self, random: &mut ChaCha8Rng) -> Vec<usize> {
        match self.samples() {
            few if few <= BATCH => (0..few).collect(),
            many => index::sample(random, many, BATCH).into_vec(),
        }
    }

    /// The layers above the first at points of a chain.
    fn above(&self, knots: &[Layers], points: &[(usize, f32)]) -> Vec<Upper> {
        let mixed = |k: usize, (segment, lambda): (usize, f32)| {
            &knots[segment][k] * (1.0 - lambda) + &knots[segment + 1][k] * lambda
        };
        let upper = |&point: &(usize, f32)| Upper::new((1..knots[0].len()).map(|k| mixed(k, point)).collect());
        points.iter().map(upper).collect()
    }

    /// P_1 of these samples at the knots: that of both ends is known.
    fn first_of(
        &self,
        knots: &[Layers],
        ends: &[DMatrix<f32>; 2],
        inputs: &DMatrix<f32>,
        samples: &[usize],
    ) -> Vec<DMatrix<f32>> {
        let last = knots.len() - 1;
        let knot = |i: usize| match i {
            0 => ends[0].select_columns(samples),
            i if i == last => ends[1].select_columns(samples),
            i => product(&knots[i][0], inputs),
        };
        (0..=last).map(knot).collect()
    }

    /// The largest loss at some points of the chain.
    fn maximum(&self, knots: &[Layers], ends: &[DMatrix<f32>; 2]) -> f64 {
        let grid = (0..knots.len() - 1)
            .flat_map(|segment| (0..GRID).map(move |i| (segment, i as f32 / (GRID - 1) as f32)))
            .collect::<Vec<_>>();
        let above = self.above(knots, &grid);
        let block = |samples: &Vec<usize>| -> Vec<f64> {
            let first = self.first_of(knots, ends, &self.inputs.select_columns(samples), samples);
            let at = |(&(segment, lambda), upper): (&(usize, f32), &Upper)| {
                let pre = &first[segment] * (1.0 - lambda) + &first[segment + 1] * lambda;
                value(&self.sigma, &self.target, upper, pre, samples)
            };
            grid.iter().zip(&above).map(at).collect()
        };
        let parts = parallel::map(&self.blocks(), block);
        let total = |point: usize| parts.iter().map(|part| part[point]).sum::<f64>();
        // A NaN is above everything.
        (0..grid.len()).map(total).max_by(f64::total_cmp).unwrap_or(f64::INFINITY)
    }

    /// The gradient of the mean loss at these points by each bend.
    fn bend_gradients(
        &self,
        knots: &[Layers],
        ends: &[DMatrix<f32>; 2],
        points: &[(usize, f32)],
        samples: &[usize],
    ) -> Vec<Layers> {
        let above = self.above(knots, points);
        let block = |samples: &[usize]| -> Vec<Layers> {
            let inputs = self.inputs.select_columns(samples);
            let first = self.first_of(knots, ends, &inputs, samples);
            let mut sums: Vec<Vec<DMatrix<f32>>> = knots.iter().map(|_| Vec::new()).collect();
            for (&(segment, lambda), upper) in points.iter().zip(&above) {
                let pre = &first[segment] * (1.0 - lambda) + &first[segment + 1] * lambda;
                let found = gradient(&self.sigma, &self.target, upper, pre, samples);
                let parts: Vec<DMatrix<f32>> = std::iter::once(found.pre).chain(found.upper).collect();
                for (knot, weight) in [(segment, 1.0 - lambda), (segment + 1, lambda)] {
                    if knot > 0 && knot + 1 < knots.len() {
                        add(&mut sums[knot], &parts, weight);
                    }
                }
            }
            // By P_1 so far: one product for all points.
            let transposed = inputs.transpose();
            let finished = sums[1..knots.len() - 1].iter_mut().map(|sum| {
                if let Some(by_pre) = sum.first_mut() {
                    *by_pre = product(by_pre, &transposed);
                }
                std::mem::take(sum)
            });
            finished.collect()
        };
        let blocks: Vec<&[usize]> = samples.chunks(BLOCK).collect();
        let parts: Vec<Vec<Layers>> = parallel::map(&blocks, |samples| block(samples));
        let mut total: Vec<Layers> = (1..knots.len() - 1).map(|_| Vec::new()).collect();
        // The mean over points, and over all samples though only some are seen.
        let weight = self.samples() as f32 / (samples.len() * points.len()) as f32;
        for part in &parts {
            total.iter_mut().zip(part).for_each(|(sum, gradient)| add(sum, gradient, weight));
        }
        total
    }
}

/// sum += weight · terms.
fn add(sum: &mut Vec<DMatrix<f32>>, terms: &[DMatrix<f32>], weight: f32) {
    if sum.is_empty() {
        sum.extend(terms.iter().map(|term| term * weight));
    } else {
        sum.iter_mut().zip(terms).for_each(|(sum, term)| sum.zip_apply(term, |s, t| *s += weight * t));
    }
}

/// Adam (Kingma and Ba 2015) with its usual constants, and a rate for each layer.
struct Adam {
    rates: Vec<f32>,
    mean: Layers,
    square: Layers,
    steps: i32,
}

impl Adam {
    fn new(layers: &[DMatrix<f32>], rates: Vec<f32>) -> Self {
        let zero: Layers = layers.iter().map(|layer| DMatrix::zeros(layer.nrows(), layer.ncols())).collect();
        Adam { rates, mean: zero.clone(), square: zero, steps: 0 }
    }

    fn step(&mut self, layers: &mut [DMatrix<f32>], gradient: &[DMatrix<f32>]) {
        // A point may be so near to a knot that its neighbour has no gradient.
        self.steps = self.steps.saturating_add(1);
        let (first, second) = (1.0 - 0.9f32.powi(self.steps), 1.0 - 0.999f32.powi(self.steps));
        for (k, slope) in gradient.iter().enumerate() {
            self.mean[k].zip_apply(slope, |m, g| *m = 0.9 * *m + 0.1 * g);
            self.square[k].zip_apply(slope, |s, g| *s = 0.999 * *s + 0.001 * g * g);
            let rate = self.rates[k];
            layers[k].zip_zip_apply(&self.mean[k], &self.square[k], |w, m, s| {
                *w -= rate * (m / first) / ((s / second).sqrt() + 1e-8);
            });
        }
    }
}

//! Random choices for instances, each independent of the others.

use super::{Instance, Twist};
use crate::network::{Activation, Criterion, Loss, Parameters};
use crate::statement::Problem;
use nalgebra::DMatrix;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rug::{Integer, Rational};
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

/// A source of random choices for one instance.
pub struct Draw {
    random: ChaCha8Rng,
    seed: u64,
    twist: Twist,
}

/// How the samples differ from each other.
#[derive(Debug, Clone, Copy)]
enum Look {
    /// In any coordinates.
    Anywhere,
    /// In one coordinate, which need not be the first.
    OneCoordinate,
    /// As corners of a grid: no coordinate alone tells them apart.
    Corners,
    /// On a line.
    Collinear,
    /// As `Anywhere`, times 2^40.
    Large,
    /// As `Anywhere`, times 2^-40.
    Tiny,
}

impl Look {
    const ALL: [Look; 6] =
        [Look::Anywhere, Look::OneCoordinate, Look::Corners, Look::Collinear, Look::Large, Look::Tiny];

    fn name(self) -> &'static str {
        match self {
            Look::Anywhere => "samples anywhere",
            Look::OneCoordinate => "samples apart in one coordinate",
            Look::Corners => "samples on a grid",
            Look::Collinear => "collinear samples",
            Look::Large => "samples of 2^40",
            Look::Tiny => "samples of 2^-40",
        }
    }
}

impl Draw {
    /// The same choices for the same seed and purpose.
    pub fn new(purpose: &str, seed: u64, twist: Twist) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut checksum = flate2::Crc::new();
        checksum.update(purpose.as_bytes());
        random.set_stream(checksum.sum().into());
        Draw { random, seed, twist }
    }

    /// A number of the range, each as likely.
    pub fn count(&mut self, range: RangeInclusive<usize>) -> usize {
        self.random.random_range(range)
    }

    /// Once in so many times.
    pub fn once_in(&mut self, times: u32) -> bool {
        self.random.random_ratio(1, times)
    }

    /// N: small as a rule, up to 12.
    pub fn samples(&mut self, least: usize) -> usize {
        let most = if self.once_in(8) { 12 } else { 5 };
        self.count(least..=most)
    }

    /// Widths that decrease strictly to the number of outputs: `layers` of them, the first one at least `least`.
    pub fn narrowing(&mut self, layers: usize, least: usize) -> Vec<usize> {
        let mut widths = vec![self.count(1..=3)];
        for _ in 1..layers {
            widths.push(widths[widths.len() - 1] + self.count(1..=2));
        }
        widths.reverse();
        widths[0] = widths[0].max(least);
        widths
    }

    /// Entries k/4 with |k| ≤ 8.
    pub fn matrix(&mut self, rows: usize, columns: usize) -> DMatrix<Rational> {
        DMatrix::from_fn(rows, columns, |_, _| self.quarter(-8..=8))
    }

    /// A continuous piecewise-linear function with two slopes at least: a known one, or any.
    pub fn activation(&mut self) -> Activation {
        const KNOWN: [&str; 5] = ["relu", "leaky-relu=0.01", "abs", "hard-tanh", "leaky-relu=1/10"];
        if self.once_in(3) {
            return KNOWN.choose(&mut self.random).expect("names").parse().expect("an activation");
        }
        self.piecewise_linear(-12..=12, 1)
    }

    /// One that is strictly monotone and onto (Assumption 2.1).
    pub fn monotone_activation(&mut self) -> Activation {
        let sign = if self.once_in(3) { -1 } else { 1 };
        self.piecewise_linear(1..=12, sign)
    }

    /// One that rises or falls weakly: it may have flat pieces.
    pub fn weakly_monotone_activation(&mut self) -> Activation {
        let sign = if self.once_in(3) { -1 } else { 1 };
        if self.once_in(3) {
            return if self.once_in(2) { Activation::relu() } else { Activation::hard_tanh() };
        }
        self.piecewise_linear(0..=6, sign)
    }

    /// One that rises or falls weakly and is bounded below or above, or both.
    pub fn bounded_activation(&mut self) -> Activation {
        let found = self.weakly_monotone_activation();
        let mut slopes = found.slopes().to_vec();
        let last = slopes.len() - 1;
        if !slopes[0].is_zero() && !slopes[last].is_zero() {
            // Most random ones are onto: one end is made flat.
            let end = if self.once_in(2) { 0 } else { last };
            slopes[end] = Rational::new();
        }
        let value = found.evaluate(&found.breakpoints()[0]);
        Activation::new(found.breakpoints().to_vec(), slopes, value).expect("one slope more")
    }

    /// One with σ(s x) = s σ(x) for all s > 0: two slopes that meet at the origin, now and then with a breakpoint where
    /// nothing bends.
    pub fn homogeneous_activation(&mut self) -> Activation {
        const KNOWN: [&str; 4] = ["relu", "leaky-relu=0.01", "abs", "leaky-relu=1/10"];
        if self.once_in(3) {
            return KNOWN.choose(&mut self.random).expect("names").parse().expect("an activation");
        }
        let [left, right] = [(); 2].map(|()| self.quarter(-12..=12));
        let straight = -Rational::from((self.count(1..=24) as u32, 6));
        let value = Rational::from(&left * &straight);
        Activation::new(vec![straight, Rational::new()], vec![left.clone(), left, right], value)
            .expect("one slope more")
    }

    /// Up to five breakpoints, once in eight times 24; once in four times two of them are 2^-60 apart.
    fn piecewise_linear(&mut self, slopes: RangeInclusive<i32>, sign: i32) -> Activation {
        let count = if self.once_in(8) { 24 } else { self.count(1..=5) };
        let mut breakpoints = BTreeSet::new();
        while breakpoints.len() < count {
            breakpoints.insert(Rational::from((self.random.random_range(-24..=24), 6)));
        }
        if self.once_in(4) {
            let first = breakpoints.first().expect("a breakpoint").clone();
            breakpoints.insert(first + Rational::from((1, Integer::from(1) << 60)));
        }
        let slopes: Vec<Rational> = (0..=breakpoints.len()).map(|_| self.quarter(slopes.clone()) * sign).collect();
        let value = self.quarter(-8..=8);
        let found = Activation::new(breakpoints.into_iter().collect(), slopes.clone(), value).expect("one slope more");
        // Equal slopes throughout, by chance: another one.
        if found.has_two_slopes() { found } else { self.piecewise_linear_again(&slopes[0], sign) }
    }

    /// A single kink, at which the slope changes by one half.
    fn piecewise_linear_again(&mut self, slope: &Rational, sign: i32) -> Activation {
        let other = Rational::from((sign, 2)) + slope;
        Activation::new(vec![self.quarter(-8..=8)], vec![slope.clone(), other], Rational::new())
            .expect("one slope more")
    }

    fn quarter(&mut self, numerators: RangeInclusive<i32>) -> Rational {
        Rational::from((self.random.random_range(numerators), 4))
    }

    /// An instance with N distinct samples.
    pub fn instance(&mut self, activation: &Activation, samples: usize, widths: &[usize]) -> Instance {
        let look = *Look::ALL.choose(&mut self.random).expect("looks");
        let inputs = self.inputs(samples, widths[0], look);
        let (mut from, mut to) = (self.network(widths), self.network(widths));
        self.twist_networks(&mut from, &mut to);
        let loss = self.loss(samples, widths[widths.len() - 1]);
        let shape = widths.iter().map(ToString::to_string).collect::<Vec<_>>().join("-");
        let name =
            format!("{}, {}, {shape}, N = {samples}, {activation}, seed {}", self.twist.name(), look.name(), self.seed);
        let build = |layers: Vec<DMatrix<Rational>>| Parameters::new(layers).expect("layers of the given widths");
        let problem = Problem { activation: activation.clone(), inputs, widths: widths.to_vec() };
        let plain = !matches!(look, Look::Large | Look::Tiny) && !has_close_kinks(activation);
        Instance { name, problem, from: build(from), to: build(to), loss, choice: self.random.random(), plain }
    }

    /// One with rank [X, 1] = N; there are `widths[0]` ≥ N − 1 inputs.
    pub fn independent_instance(&mut self, activation: &Activation, samples: usize, widths: &[usize]) -> Instance {
        loop {
            let instance = self.instance(activation, samples, widths);
            if instance.problem.require_independent_inputs().is_ok() {
                return instance;
            }
        }
    }

    fn network(&mut self, widths: &[usize]) -> Layers {
        widths.windows(2).map(|pair| self.matrix(pair[0] + 1, pair[1])).collect()
    }

    /// X [N, d] with distinct rows.
    fn inputs(&mut self, samples: usize, inputs: usize, look: Look) -> DMatrix<Rational> {
        let mut rows = match look {
            Look::Anywhere | Look::Large | Look::Tiny => self.distinct(samples, |draw| draw.row(inputs)),
            Look::OneCoordinate => {
                let (common, coordinate) = (self.row(inputs), self.count(0..=inputs - 1));
                self.distinct(samples, |draw| {
                    let mut row = common.clone();
                    row[coordinate] = draw.quarter(-40..=40);
                    row
                })
            }
            Look::Corners => {
                let side =
                    (2..).find(|side: &usize| side.pow(inputs as u32) >= samples).expect("a grid that is fine enough");
                self.distinct(samples, |draw| (0..inputs).map(|_| Rational::from(draw.count(0..=side - 1))).collect())
            }
            Look::Collinear => {
                let (point, mut direction) = (self.row(inputs), self.row(inputs));
                if direction.iter().all(Rational::is_zero) {
                    direction[0] += 1u32;
                }
                self.distinct(samples, |draw| {
                    let step = draw.quarter(-40..=40);
                    point.iter().zip(&direction).map(|(a, v)| Rational::from(v * &step) + a).collect()
                })
            }
        };
        if self.twist == Twist::NearlyEqualSamples && samples > 1 {
            rows[samples - 1] = rows[0].clone();
            let coordinate = self.count(0..=inputs - 1);
            rows[samples - 1][coordinate] += Rational::from((1, Integer::from(1) << 100));
        }
        let scale = match look {
            Look::Large => Rational::from(Integer::from(1) << 40),
            Look::Tiny => Rational::from((1, Integer::from(1) << 40)),
            _ => Rational::from(1),
        };
        DMatrix::from_fn(samples, inputs, |i, j| Rational::from(&rows[i][j] * &scale))
    }

    fn row(&mut self, columns: usize) -> Vec<Rational> {
        (0..columns).map(|_| self.quarter(-16..=16)).collect()
    }

    /// So many different rows.
    fn distinct(&mut self, samples: usize, mut row: impl FnMut(&mut Self) -> Vec<Rational>) -> Vec<Vec<Rational>> {
        let mut rows: Vec<Vec<Rational>> = Vec::new();
        while rows.len() < samples {
            let next = row(self);
            if !rows.contains(&next) {
                rows.push(next);
            }
        }
        rows
    }

    /// Any loss that can be something: for one output the losses with labels are 0. Once in three times with weights.
    fn loss(&mut self, samples: usize, outputs: usize) -> Loss {
        let values = self.matrix(samples, outputs);
        // |k|/8 and 0 or 1, for the entries k/4 of the values.
        let shares = values.map(|y| y.abs() / 2u32);
        let units = values.map(|y| Rational::from(u8::from(y > 0)));
        let labels = (0..samples).map(|_| self.count(0..=outputs - 1)).collect();
        let criterion = match (self.count(0..=6), outputs) {
            (0, _) => Criterion::Square(values),
            (1, _) => Criterion::MeanSquare(values),
            (2, _) => Criterion::BinaryCrossEntropy(units),
            (3, _) | (_, 1) => Criterion::BinaryCrossEntropy(shares),
            (4, _) => Criterion::CrossEntropy(labels),
            (5, _) => Criterion::Hinge(labels),
            _ => Criterion::SoftCrossEntropy(shares),
        };
        let loss = Loss::new(criterion).expect("targets in their range");
        if !self.once_in(3) {
            return loss;
        }
        let mut weights: Vec<Rational> = (0..samples).map(|_| self.quarter(0..=8)).collect();
        weights[0] += 1u32;
        loss.weighted(weights).expect("weights of which one is not 0")
    }

    fn twist_networks(&mut self, from: &mut Layers, to: &mut Layers) {
        let hidden = from.len() - 1;
        match self.twist {
            Twist::Generic | Twist::NearlyEqualSamples => {}
            Twist::Zero => from.iter_mut().for_each(|layer| layer.fill(Rational::new())),
            Twist::BothZero => from.iter_mut().chain(to).for_each(|layer| layer.fill(Rational::new())),
            Twist::DeadNeurons => {
                for layer in from[1..].iter_mut().chain(&mut to[1..]) {
                    (0..layer.nrows() - 1).step_by(2).for_each(|row| layer.row_mut(row).fill(Rational::new()));
                }
            }
            Twist::EqualNeurons => {
                for layer in from[..hidden].iter_mut().chain(&mut to[..hidden]) {
                    let first = layer.column(0).into_owned();
                    (1..layer.ncols()).for_each(|column| layer.set_column(column, &first));
                }
            }
            Twist::Permuted => {
                to.clone_from(from);
                for k in 0..hidden {
                    let width = to[k].ncols();
                    let mut order: Vec<usize> = (0..width).collect();
                    order.shuffle(&mut self.random);
                    to[k] = to[k].select_columns(&order);
                    order.push(width);
                    to[k + 1] = to[k + 1].select_rows(&order);
                }
            }
            Twist::Identical => to.clone_from(from),
            Twist::HugeAndTiny => {
                let scale = Integer::from(1) << 200;
                from.iter_mut().for_each(|layer| layer.iter_mut().for_each(|entry| *entry *= &scale));
                to.iter_mut().for_each(|layer| layer.iter_mut().for_each(|entry| *entry /= &scale));
            }
        }
    }
}

/// Whether two breakpoints are less than 2^-20 apart.
fn has_close_kinks(activation: &Activation) -> bool {
    let least = Rational::from((1, 1 << 20));
    activation.breakpoints().windows(2).any(|pair| Rational::from(&pair[1] - &pair[0]) < least)
}

type Layers = Vec<DMatrix<Rational>>;

/// An instance of small random rationals with the given shape and twist; the same for the same seed.
///
/// The rows of the inputs are distinct.
pub fn instance(seed: u64, activation: &Activation, samples: usize, widths: &[usize], twist: Twist) -> Instance {
    Draw::new("instance", seed, twist).instance(activation, samples, widths)
}

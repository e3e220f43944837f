//! Theorem 3.4 (2) of ICLR 2019: a path of falling loss from features of rank N to a loss of at most ε.
//!
//! Only the output's weights V move, so that the output Ψ V runs straight, whatever the activations are. With R from Ψ R ≈ I,
//! V + R T moves the output by T, nearly:
//!
//! - cross-entropy with labels: T = t · (unit rows of the labels), t so large that every margin is at least log((m − 1)/ε): each
//!   margin grows along the way, and the loss falls strictly;
//! - hinge loss: the same, until every margin is 1;
//! - squares: T = (1 − 2^−s)(Y − Ψ V): short of the target, so that the slope at the end is seen to be negative.
//!
//! Where Ψ has not rank N: a step down in V, if the gradient is not 0; then a line to a network near by, below the *start*; then as
//! above. The loss is never above the start; only ∇_V Φ = 0 is in the way.

use super::{GraphMove, GraphPath, right_inverse::RightInverse, right_inverse::right_inverse};
use crate::arith::Number;
use crate::certificate::{Claim, Limit, Limits};
use crate::checker::{Conclusion, Descent, Enclosure, Reason, Undecided, Verdict};
use crate::linalg::{Double, Kernel, Multiprecision};
use crate::network::{Criterion, GraphLayer, GraphNetwork, Loss, Real, duplicate_rows};
use crate::statement::object::number;
use nalgebra::DMatrix;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rug::{Float, Rational};

/// The label of the certificate.
pub const LABEL: &str = "iclr-2019/theorem-3.4.2";

/// So often the size of the step to a network near by is divided by 4.
const SIZES: u32 = 16;

/// Up to so many samples a right inverse by floats of many bits is quick, and looked for before a way around.
const FEW_SAMPLES: usize = 64;

/// These bits.
const FEW_SAMPLES_BITS: u32 = 1024;

/// Margins are not asked to be larger.
const LARGEST_MARGIN: f64 = 1e15;

/// The most bits of the floats at a network near by, whose features may be nearly dependent.
const NEAR_BITS: u32 = 256;

/// So many pieces of the line to a network near by are enclosed before a nearer one is tried.
const PASSES: u64 = 64;

/// A path to a small loss, and its certificate.
#[derive(Debug, Clone)]
pub struct GraphDescent {
    /// The path.
    pub path: GraphPath,
    /// The certificate.
    pub certificate: Vec<u8>,
    /// How the loss behaves along it, as the checker found.
    pub descent: Descent,
    /// The losses at both ends, as the checker encloses them.
    pub losses: [Enclosure; 2],
    /// Bits behind the point of the features' enclosures.
    pub bits: u64,
}

/// Why there is no path.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NoDescent {
    /// Lemma 3.2 needs different samples.
    #[error(
        "samples {first} and {second} (counted from 0) have equal inputs: their outputs are equal for all parameters"
    )]
    EqualSamples {
        /// The one.
        first: usize,
        /// The other.
        second: usize,
    },
    /// Theorem 3.4 needs M ≥ N.
    #[error(
        "{features} features are connected to the output and there are {samples} samples; Theorem 3.4 needs as many"
    )]
    TooFew {
        /// M, with the column of ones.
        features: usize,
        /// N.
        samples: usize,
    },
    /// A cross-entropy of one class is constant.
    #[error("the {loss} of one output is constant: nothing falls")]
    Constant {
        /// Which loss.
        loss: String,
    },
    /// For these losses the way is not built.
    #[error("a path for the {loss} is not built: give --loss cross-entropy, hinge or square, with labels or targets")]
    Loss {
        /// Which loss.
        loss: String,
    },
    /// Ψ has not rank N as far as floats see, and V is at a critical point.
    #[error(
        "the features seem to have a rank below {samples}, and no step in the output's weights lowers the loss: ∇_V Φ is 0 or nearly so"
    )]
    Critical {
        /// N.
        samples: usize,
    },
    /// No precision gave a right inverse.
    #[error("undecided: no right inverse of the features was found with up to {precision} bits, here or near by")]
    Undecided {
        /// The most that was tried.
        precision: u32,
    },
    /// The loss falls, but not as far as was asked.
    #[error("undecided: the loss falls, but ends {end} as far as it is seen")]
    NotSmall {
        /// The loss at the end, enclosed.
        end: String,
    },
    /// The checker does not accept what was built.
    #[error("undecided: the checker does not accept the path that was built: {0}")]
    Refused(Box<Verdict>),
}

/// What is asked for.
pub struct Aim<'a> {
    /// X, `[N, d]`.
    pub inputs: &'a DMatrix<Rational>,
    /// φ.
    pub loss: &'a Loss,
    /// The loss at the end is at most this, if it can be.
    pub epsilon: &'a Rational,
    /// The most bits of the floats.
    pub precision: u32,
    /// For the step to a network near by.
    pub seed: u64,
}

/// A path from here on which the loss falls strictly, or is never above the start, to a loss of at most ε.
///
/// # Errors
/// [`NoDescent`].
pub fn descend(network: &GraphNetwork, aim: &Aim<'_>, tell: &mut dyn FnMut(&str)) -> Result<GraphDescent, NoDescent> {
    let (samples, features) = (aim.inputs.nrows(), network.stacked_output().nrows());
    if features < samples {
        return Err(NoDescent::TooFew { features, samples });
    }
    if let Some((first, second)) = duplicate_rows(aim.inputs) {
        return Err(NoDescent::EqualSamples { first, second });
    }
    aim.check(network.graph().outputs)?;
    // Where the loss is small already nothing has to move.
    let psi = network.features(&Double, &aim.inputs.map(|x| x.to_f64()));
    if aim.loss.approximate(&(psi * network.stacked_output().map(|x| x.to_f64()))) < aim.epsilon.to_f64() {
        let path = GraphPath { start: network.clone(), moves: vec![] };
        return aim.proved(path, Claim::Descends, 64);
    }
    let path = GraphPath { start: network.clone(), moves: vec![] };
    let first = if samples <= FEW_SAMPLES { FEW_SAMPLES_BITS } else { f64::MANTISSA_DIGITS };
    match aim.last_line(&path, first.min(aim.precision), tell) {
        Err(NoDescent::Undecided { .. }) => {}
        // Doubles do not see Ψ as it is.
        Err(NoDescent::Refused(_)) => return aim.last_line(&path, aim.precision, tell),
        found => return found,
    }
    // A step down and a little way off; where that is not possible, more bits may show that the rank is N after all.
    aim.around(network, tell).or_else(|reason| aim.last_line(&path, aim.precision, tell).map_err(|_| reason))
}

/// Theorem 3.4 (4): a line that ends at the network, on which the loss falls strictly. It comes from V + δ ∇_V Φ for δ = 2^−`shift`,
/// so that networks as near to this one as one likes have a greater loss.
///
/// # Errors
/// [`NoDescent::Constant`], [`NoDescent::Loss`]; [`NoDescent::Critical`] where ∇_V Φ = 0 as doubles see it;
/// [`NoDescent::Refused`].
pub fn climb(
    network: &GraphNetwork,
    inputs: &DMatrix<Rational>,
    loss: &Loss,
    shift: u32,
) -> Result<GraphDescent, NoDescent> {
    let epsilon = Rational::from(1);
    let aim = Aim { inputs, loss, epsilon: &epsilon, precision: f64::MANTISSA_DIGITS, seed: 0 };
    aim.check(network.graph().outputs)?;
    let psi = network.features(&Double, &inputs.map(|x| x.to_f64()));
    let output = network.stacked_output();
    let gradient = psi.transpose() * aim.slope(&(&psi * output.map(|x| x.to_f64())));
    let samples = inputs.nrows();
    let largest = gradient.amax();
    if largest < 1e-12 {
        return Err(NoDescent::Critical { samples });
    }
    // Of the size of 1, in multiples of 2^−20.
    let direction = gradient.map(|g| Rational::from((g / largest * f64::from(1 << 20)).round() as i64) >> 20u32);
    let above = output.zip_map(&direction, |v, g| v + (g >> shift));
    let path = GraphPath { start: network.with_output(&above), moves: vec![GraphMove::Line(output)] };
    aim.proved(path, Claim::StrictlyDescends, 64 + u64::from(shift))
}

impl Aim<'_> {
    fn check(&self, outputs: usize) -> Result<(), NoDescent> {
        let name = || self.loss.to_string();
        match self.loss.criterion() {
            Criterion::CrossEntropy(_) if outputs < 2 => Err(NoDescent::Constant { loss: name() }),
            Criterion::CrossEntropy(_) | Criterion::Hinge(_) | Criterion::Square(_) | Criterion::MeanSquare(_) => {
                Ok(())
            }
            _ => Err(NoDescent::Loss { loss: name() }),
        }
    }

    /// The last line, from the end of a path, by floats of at most so many bits.
    fn last_line(&self, path: &GraphPath, most: u32, tell: &mut dyn FnMut(&str)) -> Result<GraphDescent, NoDescent> {
        let mut refused = NoDescent::Undecided { precision: most };
        let mut heard = |bits: u32| tell(&format!("right inverse of the features in {bits} bits"));
        let end = path.end();
        let found = right_inverse(&end, self.inputs, most, &mut heard, |found| {
            self.straight(path, &end, &found).map_err(|reason| refused = reason).ok()
        });
        found.ok_or(refused)
    }

    /// The last line, where Ψ R ≈ I, and the checker's verdict.
    fn straight(&self, path: &GraphPath, end: &GraphNetwork, found: &RightInverse) -> Result<GraphDescent, NoDescent> {
        // The hinge loss is constant where its margins are reached.
        let strict = path.moves.is_empty() && !matches!(self.loss.criterion(), Criterion::Hinge(_));
        let claim = if strict { Claim::StrictlyDescends } else { Claim::Descends };
        let mut bits = self.bits(found);
        loop {
            let mut path = path.clone();
            path.moves.push(GraphMove::Line(self.target(end, found, bits)));
            match self.proved(path, claim, bits) {
                Err(NoDescent::Refused(verdict)) if wants_bits(&verdict) && bits <= 16 * self.bits(found) => bits *= 2,
                // More bits bring the square loss nearer to its target, and enclose the end more narrowly.
                Ok(found_path) if !self.is_small(&found_path) => match bits <= 16 * self.bits(found) {
                    true => bits *= 2,
                    false => return Err(NoDescent::NotSmall { end: found_path.losses[1].to_string() }),
                },
                found => return found,
            }
        }
    }

    /// Whether the loss ends at most at ε.
    fn is_small(&self, found: &GraphDescent) -> bool {
        number(&found.losses[1].upper) <= *self.epsilon
    }

    /// The path with its certificate, if the checker accepts it.
    fn proved(&self, path: GraphPath, claim: Claim, bits: u64) -> Result<GraphDescent, NoDescent> {
        let mut limits = Limits::NONE;
        limits.set(Limit::Products, PASSES.saturating_mul(path.start.work(self.inputs.nrows(), bits)));
        let (certificate, verdict) = path.prove_within((claim, LABEL), self.inputs, self.loss, bits, limits);
        match verdict {
            Verdict::Valid(statement) => {
                let Conclusion::Descends(descent) = statement.conclusion else { unreachable!("a descent is claimed") };
                let losses = statement.losses.expect("a loss is named");
                Ok(GraphDescent { path, certificate, descent, losses: [losses.start, losses.end], bits })
            }
            refused => Err(NoDescent::Refused(Box::new(refused))),
        }
    }

    /// Bits for the features: those of R, and for the size of ε.
    fn bits(&self, found: &RightInverse) -> u64 {
        let small = self.epsilon.denom().significant_bits().saturating_sub(self.epsilon.numer().significant_bits());
        (found.bits.max(24) + 8).max(u64::from(small) + 16)
    }

    /// V at the end, as a multiple of 2^−bits. Margins want a direction only, for which doubles do where they gave R.
    fn target(&self, from: &GraphNetwork, found: &RightInverse, bits: u64) -> DMatrix<Rational> {
        if self.targets().is_none() && found.precision == f64::MANTISSA_DIGITS {
            return self.target_by(&Double, from, found, bits);
        }
        let precision = (bits as u32 + 64).max(found.precision);
        self.target_by(&Multiprecision::new(precision), from, found, bits)
    }

    fn target_by<K: Kernel>(
        &self,
        kernel: &K,
        from: &GraphNetwork,
        found: &RightInverse,
        bits: u64,
    ) -> DMatrix<Rational>
    where
        K::Scalar: Real,
    {
        let import = |matrix: &DMatrix<Rational>| matrix.map(|x| kernel.import(&x));
        let (inverse, output) = (import(&found.inverse), from.stacked_output());
        let psi = from.features(kernel, &import(self.inputs));
        let current = kernel.product(&psi, &import(&output));
        let wanted = self.step(kernel, &current, bits);
        // X ← X + R (T − Ψ X) brings Ψ X as near to T as the precision allows.
        let mut step = kernel.product(&inverse, &wanted);
        for _ in 0..self.refinements() {
            let rest = wanted.zip_map(&kernel.product(&psi, &step), |wanted, found| wanted.minus(&found));
            step = step.zip_map(&kernel.product(&inverse, &rest), |step, more| step.plus(&more));
        }
        let rounded = |x: &K::Scalar| {
            let scaled = x.to_rational().expect("a product of finite numbers") << bits as u32;
            scaled.round() >> bits as u32
        };
        output.zip_map(&step, |from, step| from + rounded(&step))
    }

    /// Squares want the target itself, margins only its direction.
    fn refinements(&self) -> u32 {
        if self.targets().is_some() { 8 } else { 0 }
    }

    fn targets(&self) -> Option<&DMatrix<Rational>> {
        match self.loss.criterion() {
            Criterion::Square(targets) | Criterion::MeanSquare(targets) => Some(targets),
            _ => None,
        }
    }

    /// T, by which the output is to move.
    fn step<K: Kernel>(&self, kernel: &K, current: &DMatrix<K::Scalar>, bits: u64) -> DMatrix<K::Scalar> {
        if let Some(targets) = self.targets() {
            // All but 2^−s of the way, with s half of the bits.
            let part = kernel.import(&(1 - (Rational::from(1) >> (bits as u32 / 2))));
            return current.zip_map(targets, |g, y| kernel.import(&y).minus(&g).times(&part));
        }
        let (Criterion::CrossEntropy(labels) | Criterion::Hinge(labels)) = self.loss.criterion() else {
            unreachable!("the loss was looked at")
        };
        let doubles = current.map(|x| x.to_rational().map_or(0.0, |x| x.to_f64()));
        let gap = |sample: usize| {
            let label = labels[sample];
            let rivals = (0..doubles.ncols()).filter(|&j| j != label).map(|j| doubles[(sample, j)]);
            rivals.fold(f64::NEG_INFINITY, f64::max) - doubles[(sample, label)]
        };
        let worst = (0..labels.len()).map(gap).fold(0.0, f64::max);
        let margin = match self.loss.criterion() {
            Criterion::CrossEntropy(_) => {
                let log = Float::with_val(64, self.epsilon).ln().to_f64();
                ((doubles.ncols() - 1).max(1) as f64).ln() - log
            }
            _ => 1.0,
        };
        let size = Rational::from((worst + margin.max(1.0)).ceil().min(LARGEST_MARGIN) as i64 + 1);
        DMatrix::from_fn(current.nrows(), current.ncols(), |i, j| {
            if labels[i] == j { kernel.import(&size) } else { kernel.import(&Rational::new()) }
        })
    }

    /// A step down in V, a line to a network near by that stays below the start, and the last line from there.
    fn around(&self, network: &GraphNetwork, tell: &mut dyn FnMut(&str)) -> Result<GraphDescent, NoDescent> {
        let samples = self.inputs.nrows();
        let (down, bound) = self.step_down(network).ok_or(NoDescent::Critical { samples })?;
        let lower = network.with_output(&down);
        let start = GraphPath { start: network.clone(), moves: vec![GraphMove::Line(down)] };
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        let mut last = NoDescent::Undecided { precision: f64::MANTISSA_DIGITS };
        for size in 0..SIZES {
            tell(&format!("a network near by, step 2^-{}", 4 + 2 * size));
            let near = moved(&lower, &mut random, 4 + 2 * size);
            let mut path = start.clone();
            path.moves.push(GraphMove::Bounded(near, bound.clone(), None));
            match self.last_line(&path, self.precision.min(NEAR_BITS), tell) {
                Ok(found) => return Ok(found),
                Err(refused) => last = refused,
            }
        }
        Err(last)
    }

    /// V a little down the gradient of the loss, as doubles see it, and a number between both losses: the bound of the way off it.
    fn step_down(&self, network: &GraphNetwork) -> Option<(DMatrix<Rational>, Rational)> {
        let psi = network.features(&Double, &self.inputs.map(|x| x.to_f64()));
        let current = network.stacked_output().map(|x| x.to_f64());
        let at = |v: &DMatrix<f64>| self.loss.approximate(&(&psi * v));
        let gradient = psi.transpose() * self.slope(&(&psi * &current));
        let rounded = |v: DMatrix<f64>| v.map(|x| (x * 2f64.powi(32)).round() / 2f64.powi(32));
        let start = at(&current);
        // Of all lengths that lower the loss by a part that enclosures see, the one that lowers it most.
        let steps = (0..60).map(|k| rounded(&current - &gradient * 2f64.powi(8 - k))).map(|v| (at(&v), v));
        let (lower, v) = steps.filter(|(lower, _)| *lower < start * (1.0 - 1e-6)).min_by(|a, b| a.0.total_cmp(&b.0))?;
        let bound = Rational::from_f64(start - (start - lower) / 8.0)?;
        let exact = |x: f64| Rational::from_f64(x);
        v.iter().all(|x| x.is_finite()).then(|| (v.map(|x| exact(x).expect("a finite number")), bound))
    }

    /// The gradient of the loss in the output, up to a positive factor, in doubles.
    fn slope(&self, output: &DMatrix<f64>) -> DMatrix<f64> {
        let mut slope = output.clone();
        for (sample, mut row) in slope.row_iter_mut().enumerate() {
            match self.loss.criterion() {
                Criterion::CrossEntropy(labels) => {
                    let largest = row.max();
                    row.apply(|x| *x = (*x - largest).exp());
                    let sum = row.sum();
                    row /= sum;
                    row[labels[sample]] -= 1.0;
                }
                Criterion::Hinge(labels) => {
                    let label = labels[sample];
                    let ahead = |j: usize| {
                        if j == label { f64::MIN } else { 1.0 + output[(sample, j)] - output[(sample, label)] }
                    };
                    let worst =
                        (0..output.ncols()).fold(label, |best, j| if ahead(j) > ahead(best) { j } else { best });
                    row.fill(0.0);
                    if worst != label && ahead(worst) > 0.0 {
                        (row[worst], row[label]) = (1.0, -1.0);
                    }
                }
                _ => {
                    let targets = self.targets().expect("the loss was looked at");
                    row.iter_mut().zip(targets.row(sample).iter()).for_each(|(g, y)| *g -= y.to_f64());
                }
            }
            row *= self.loss.weights().map_or(1.0, |weights| weights[sample].to_f64());
        }
        slope
    }
}

/// Whether more bits decide what is open.
fn wants_bits(verdict: &Verdict) -> bool {
    let Verdict::Incomplete { reason: Reason::Undecided(open), .. } = verdict else { return false };
    matches!(open, Undecided::SlopeTooFlat { .. } | Undecided::LossesTooClose { .. })
}

/// Every parameter of the blocks moved at random by multiples of 2^−(shift + 8) of at most 2^−shift.
fn moved(network: &GraphNetwork, random: &mut ChaCha8Rng, shift: u32) -> GraphNetwork {
    let last = network.graph().blocks.len() + 1;
    let mut layers = network.layers().clone();
    for (_, GraphLayer { weight, bias }) in layers.iter_mut().filter(|(layer, _)| **layer < last) {
        let entries = weight.iter_mut().chain(bias.iter_mut().flat_map(|bias| bias.iter_mut()));
        entries.for_each(|entry| *entry += Rational::from(random.random_range(-256..=256i32)) >> (shift + 8));
    }
    GraphNetwork::new(network.graph().clone(), layers).expect("the shapes stay")
}

//! Batch normalisation with every entry of its state moving straight: y = g (x − μ) + β with g = γ/√(v + ε).
//!
//! γ and v are affine in s, and with w = v + ε and u = w^(−1/2), g″ = 2 γ′ u′ + γ u″ for the derivatives u′ = −v′ w^(−3/2)/2 and
//! u″ = 3 v′² w^(−5/2)/4 in s. Both are monotone, so that each is between its values at the ends; γ u″ is between the smallest and the
//! largest of the four products of end values. With g″ in [m, M],
//!
//! > g = (1 − s) g_a + s g_b − t κ ± ρ, κ = (m + M)/4, ρ = (M − m)/16, t = s (1 − s) in [0, 1/4].
//!
//! This is a layer with one weight, and its own radius: with x = (1 − s) x_a + s x_b − t q ± r, Δ for b less a,
//!
//! > y = (1 − s) g_a x_a + s g_b x_b − t K + β, K = Δg Δx + κ (x_a + x_b)/2 + (g_a + g_b) q/2,
//!
//! up to G r + (|κ Δx| + |Δg q|)/20 + |κ q|/16 + ρ (max(|x_a|, |x_b|) + |q|/4), where G = max(|g_a|, |g_b|) + |κ|/4 + ρ ≥ |g|.
//!
//! **Rounding.** γ, μ, v and β err by 48 u of what they are at most on the segment (see `segment`), ε by u. So w errs by δ = 49 u (v_max + ε), u by
//! less than δ u³ if δ ≤ w/2 (else nothing is bounded) and four operations; g by |γ| (δ u³ + 8 u·u) + 48 u γ_max u: this goes into ρ. m and M, from at most a dozen
//! operations and the errors of γ, v, u, err by less than 2^10 u of the sums of the magnitudes of their parts where w errs by less
//! than w/2^10 of itself; else, too, nothing is bounded. The value, of x_a − μ, a product and a sum, errs by less than 64 u (G (|x| + μ_max + |q| + r) + β_max).

use crate::arith::Number;
use crate::barrier::arithmetic::{Arithmetic, larger, magnitude};
use crate::barrier::forward::{Bent, Chord};
use crate::barrier::segment::Curve;
use nalgebra::DMatrix;
use rug::Rational;

/// γ, μ, v and β of all channels along a segment, [4, C].
pub struct NormaliseCurve<T> {
    pub values: Curve<T>,
    /// The largest magnitudes on the segment.
    pub largest: DMatrix<T>,
    pub epsilon: Rational,
}

/// One channel over an interval.
struct Channel<T> {
    /// g at the start and at the end, and κ.
    gain: [T; 2],
    bend: T,
    /// ρ, and G.
    radius: T,
    size: T,
    mean: [T; 2],
    shift: [T; 2],
    /// The largest |μ| and |β|.
    largest: [T; 2],
}

/// All channels over an interval, or at a point.
pub struct Normalisation<T> {
    channels: Vec<Channel<T>>,
    /// Whether it is an interval: then y moves with g even where x does not.
    moves: bool,
}

/// γ, μ, v, β at both ends of an interval.
struct Ends<T> {
    values: [[T; 4]; 2],
    largest: [T; 4],
}

impl<T: Number> Normalisation<T> {
    /// Over [a, b], or at the point a. `None` where nothing is bounded.
    pub fn new<F: Arithmetic<Scalar = T>>(
        float: &F,
        curve: &NormaliseCurve<T>,
        a: f64,
        b: Option<f64>,
    ) -> Option<Self> {
        let [start, end] = [a, b.unwrap_or(a)].map(|at| curve.values.at(&float.float(at)));
        let epsilon = float.import(&curve.epsilon);
        let channel = |c: usize| {
            let of = |values: &DMatrix<T>| [0, 1, 2, 3].map(|row| values[(row, c)].clone());
            Channel::new(float, Ends { values: [of(&start), of(&end)], largest: of(&curve.largest) }, &epsilon)
        };
        let channels = (0..start.ncols()).map(channel).collect::<Option<_>>()?;
        Some(Normalisation { channels, moves: b.is_some() })
    }

    /// Of features [C P, B], channels running fastest.
    pub fn apply<F: Arithmetic<Scalar = T>>(&self, float: &F, features: &Bent<T>) -> Bent<T> {
        let (start, radius) = (&features.chord.start, &features.chord.radius);
        let zero = start.map(|_| float.float(0.0));
        let end = features.chord.end.as_ref();
        let bend = features.bend.as_ref().unwrap_or(&zero);
        let [mut a, mut b, mut q, mut r] = [start, end.unwrap_or(start), bend, radius].map(Clone::clone);
        let entries = a.iter_mut().zip(b.iter_mut()).zip(q.iter_mut().zip(r.iter_mut()));
        let numbers = Numbers::new(float);
        for (((a, b), (q, r)), channel) in entries.zip(self.channels.iter().cycle()) {
            channel.apply(&numbers, [a, b], q, r);
        }
        let moves = self.moves;
        Bent { chord: Chord { start: a, end: moves.then_some(b), radius: r }, bend: moves.then_some(q) }
    }
}

impl<T: Number> Normalisation<T> {
    /// The middle (g_a + g_b)/2 of what each channel's g is, from which it is at most G less |the middle| away.
    pub fn middles(&self, half: &T) -> Vec<T> {
        self.channels.iter().map(|channel| half.times(&channel.gain[0].plus(&channel.gain[1]))).collect()
    }
}

/// What [`Channel::apply`] multiplies with.
struct Numbers<T> {
    half: T,
    quarter: T,
    sixteenth: T,
    twentieth: T,
    rounding: T,
    inflate: T,
    tiny: T,
}

impl<T: Number> Numbers<T> {
    fn new<F: Arithmetic<Scalar = T>>(float: &F) -> Self {
        let u = float.unit_roundoff();
        Numbers {
            half: float.float(0.5),
            quarter: float.float(0.25),
            sixteenth: float.float(0.0625),
            twentieth: float.float(0.05),
            rounding: float.float(64.0 * u),
            inflate: float.float(1.0 + 64.0 * u.max(f64::EPSILON / 2.0)),
            tiny: float.tiny(),
        }
    }
}

impl<T: Number> Channel<T> {
    fn new<F: Arithmetic<Scalar = T>>(float: &F, ends: Ends<T>, epsilon: &T) -> Option<Self> {
        let u = float.unit_roundoff();
        let Ends { values: [a, b], largest } = ends;
        let [gains, roots, errors] = [0, 1, 2].map(|_| [float.float(0.0), float.float(0.0)]);
        let (mut gains, mut roots, mut errors) = (gains, roots, errors);
        for (i, [gamma, _, variance, _]) in [&a, &b].into_iter().enumerate() {
            let sum = variance.plus(epsilon);
            let off = float.float(49.0 * u).times(&largest[2].plus(epsilon));
            // A NaN passes no comparison.
            Some(&sum).filter(|sum| **sum > float.float(1024.0).times(&off))?;
            let root = float.float(1.0).over(&float.sqrt(&sum));
            let cube = root.times(&root).times(&root);
            let relative = off.times(&cube).plus(&float.float(8.0 * u).times(&root));
            let of_gamma = float.float(50.0 * u).times(&largest[0]).times(&root);
            errors[i] = magnitude(gamma).times(&relative).plus(&of_gamma);
            gains[i] = gamma.times(&root);
            roots[i] = root;
        }
        let (bend, width) = Self::bend(float, [&a, &b], &roots, &largest);
        let inflate = float.float(1.0 + 64.0 * u.max(f64::EPSILON / 2.0));
        let error = larger(errors[0].clone(), errors[1].clone());
        let radius = width.plus(&error).times(&inflate).plus(&float.tiny());
        let size = larger(magnitude(&gains[0]), magnitude(&gains[1]));
        let size = size.plus(&float.float(0.25).times(&magnitude(&bend))).plus(&radius).times(&inflate);
        let [[_, mean_a, _, shift_a], [_, mean_b, _, shift_b]] = [a, b];
        let [_, largest_mean, _, largest_shift] = largest;
        let (mean, shift) = ([mean_a, mean_b], [shift_a, shift_b]);
        Some(Channel { gain: gains, bend, radius, size, mean, shift, largest: [largest_mean, largest_shift] })
    }

    /// κ and ρ, from g″ between m and M.
    fn bend<F: Arithmetic<Scalar = T>>(float: &F, [a, b]: [&[T; 4]; 2], roots: &[T; 2], largest: &[T; 4]) -> (T, T) {
        let number = |x: f64| float.float(x);
        let u = float.unit_roundoff();
        let (gamma_change, change) = (b[0].minus(&a[0]), b[2].minus(&a[2]));
        // What the changes err by counts with their largest values.
        let (gamma_error, error) = (number(98.0 * u).times(&largest[0]), number(98.0 * u).times(&largest[2]));
        let power = |root: &T, exponent: usize| (1..exponent).fold(root.clone(), |power, _| power.times(root));
        let first =
            roots.each_ref().map(|root| number(-1.0).times(&gamma_change).times(&change).times(&power(root, 3)));
        let squares = roots.each_ref().map(|root| number(0.75).times(&change).times(&change).times(&power(root, 5)));
        let second = [&a[0], &b[0]].map(|gamma| squares.each_ref().map(|square| gamma.times(square)));
        let second: Vec<T> = second.into_iter().flatten().collect();
        let least =
            |numbers: &[T]| numbers[1..].iter().fold(numbers[0].clone(), |x, y| if *y < x { y.clone() } else { x });
        let most = |numbers: &[T]| numbers[1..].iter().fold(numbers[0].clone(), |x, y| larger(x, y.clone()));
        let (low, high) = (least(&first).plus(&least(&second)), most(&first).plus(&most(&second)));
        let root = larger(roots[0].clone(), roots[1].clone());
        let (gamma_size, size) = (magnitude(&gamma_change).plus(&gamma_error), magnitude(&change).plus(&error));
        // Relative errors of products, and what the changes themselves err by.
        let parts = gamma_size
            .times(&size)
            .times(&power(&root, 3))
            .plus(&largest[0].times(&size).times(&size).times(&power(&root, 5)));
        let by_changes = gamma_error.times(&size).plus(&gamma_size.times(&error)).times(&power(&root, 3));
        let by_square = number(2.0).times(&largest[0]).times(&error).times(&size).times(&power(&root, 5));
        let slack = number(1024.0 * u).times(&parts).plus(&number(2.0).times(&by_changes.plus(&by_square)));
        // w may err by a 2^−10 of itself at most where that is more: then roots, in powers of up to 5, err by 2^−8 of themselves.
        let off = number(49.0 * u).times(&largest[2].plus(&root.over(&power(&root, 3))));
        let of_roots = number(8.0).times(&off.times(&power(&root, 2))).times(&parts);
        let slack = slack.plus(&of_roots);
        let kappa = number(0.25).times(&low.plus(&high));
        (kappa, number(0.0625).times(&high.minus(&low)).plus(&slack))
    }

    /// (1 − s) a + s b − t q ± r becomes y.
    fn apply(&self, numbers: &Numbers<T>, [a, b]: [&mut T; 2], q: &mut T, r: &mut T) {
        let Numbers { half, quarter, sixteenth, twentieth, rounding, inflate, tiny } = numbers;
        let (x_a, x_b) = (a.minus(&self.mean[0]), b.minus(&self.mean[1]));
        let (change, gain_change) = (x_b.minus(&x_a), self.gain[1].minus(&self.gain[0]));
        let bend = magnitude(q);
        let largest = larger(magnitude(a), magnitude(b)).plus(&self.largest[0]).plus(&bend).plus(r);
        let size = larger(magnitude(&x_a), magnitude(&x_b)).plus(&quarter.times(&bend));
        let skew = magnitude(&self.bend.times(&change)).plus(&magnitude(&gain_change.times(&bend)));
        let new = twentieth.times(&skew).plus(&sixteenth.times(&magnitude(&self.bend.times(&bend))));
        let errors = rounding.times(&self.size.times(&largest).plus(&self.largest[1]));
        let moved = self.size.times(r).plus(&new).plus(&self.radius.times(&size)).plus(&errors);
        let gain_sum = half.times(&self.gain[0].plus(&self.gain[1]));
        let middle = self.bend.times(&half.times(&x_a.plus(&x_b)));
        *q = gain_change.times(&change).plus(&middle).plus(&gain_sum.times(q));
        *r = moved.times(inflate).plus(tiny);
        *a = self.gain[0].times(&x_a).plus(&self.shift[0]);
        *b = self.gain[1].times(&x_b).plus(&self.shift[1]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::Double;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// Channels and features that move a little or much, with bends and radii or without: the formula in doubles is inside, and the
    /// bound is nearly reached somewhere, so that no part of it can be left out.
    #[test]
    fn the_formula_is_enclosed() {
        let mut random = ChaCha8Rng::seed_from_u64(11);
        let mut reached = [0.0_f64; 4];
        for case in 0..40_000 {
            let (bent, wide) = (case % 2 == 1, case / 2 % 2 == 1);
            let step = 2f64.powi(-random.random_range(0..6));
            let mut ends = |low: f64, high: f64| {
                let start = random.random_range(low..high);
                [start, (start + step * random.random_range(low..high)).clamp(low, high)]
            };
            let [gamma, mean, variance, shift, x] =
                [ends(-2.0, 2.0), ends(-1.0, 1.0), ends(0.0, 1.0), ends(-1.0, 1.0), ends(-3.0, 3.0)];
            let mut number = |size: f64| random.random_range(-size..=size);
            let (q, r) = (if bent { number(2.0) } else { 0.0 }, if wide { number(0.5).abs() } else { 0.0 });
            let column =
                |end: usize| DMatrix::from_column_slice(4, 1, &[gamma[end], mean[end], variance[end], shift[end]]);
            let values = vec![column(0), column(1)];
            let curve = NormaliseCurve {
                largest: crate::barrier::segment::largest_of(&values),
                values: crate::barrier::segment::curve(values, &2.0),
                epsilon: Rational::from((1, 20)),
            };
            let one = |number| DMatrix::from_element(1, 1, number);
            let features =
                Bent { chord: Chord { start: one(x[0]), end: Some(one(x[1])), radius: one(r) }, bend: Some(one(q)) };
            let normalisation = Normalisation::new(&Double, &curve, 0.0, Some(1.0)).expect("no variance is negative");
            let Bent { chord, bend } = normalisation.apply(&Double, &features);
            let (end, bend) = (chord.end.expect("it moves")[0], bend.expect("it bends")[0]);
            for i in 0..=16 {
                let s = f64::from(i) / 16.0;
                let mix = |ends: [f64; 2]| (1.0 - s) * ends[0] + s * ends[1];
                for error in [-r, r] {
                    let feature = mix(x) - s * (1.0 - s) * q + error;
                    let value = mix(gamma) * (feature - mix(mean)) / (mix(variance) + 0.05).sqrt() + mix(shift);
                    let off = (value - (mix([chord.start[0], end]) - s * (1.0 - s) * bend)).abs();
                    assert!(off <= chord.radius[0] + 1e-12, "{value} is {off} off, {} allowed", chord.radius[0]);
                    let kind = usize::from(bent) + 2 * usize::from(wide);
                    reached[kind] = reached[kind].max(off / chord.radius[0].max(1e-9));
                }
            }
        }
        assert!(reached.iter().all(|&share| share > 0.6), "{reached:?}");
    }

    /// A variance that may be −ε has no bound.
    #[test]
    fn a_variance_of_minus_epsilon_is_not_bounded() {
        let values = vec![DMatrix::from_column_slice(4, 1, &[1.0, 0.0, -0.05, 0.0]); 2];
        let curve = NormaliseCurve {
            largest: crate::barrier::segment::largest_of(&values),
            values: crate::barrier::segment::curve(values, &2.0),
            epsilon: Rational::from((1, 20)),
        };
        assert!(Normalisation::new(&Double, &curve, 0.0, None).is_none());
    }
}

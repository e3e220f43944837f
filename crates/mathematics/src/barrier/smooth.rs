//! A smooth σ over an interval of λ: the chord of its values, and how it bends.
//!
//! On an interval an entry of the pre-activation is p(s) = (1 − s) a + s b − t q + E(s), t = s (1 − s), |E(s)| ≤ r, with floats
//! a, b, r and the bend q. σ of it is of the same form: with δ = b − a,
//!
//! > σ(p(s)) = (1 − s) σ(a) + s σ(b) − t κ(s) + E'(s), |E'(s)| ≤ S r, κ(s) = κ₁(s) + κ₂(s) q,
//!
//! where S is the largest slope of σ on [min(a, b) − ρ − r, max(a, b) + ρ + r], ρ = |q|/4 ≥ t |q|, as σ(p) is within S r of
//! σ of the quadratic part. Of that
//!
//! - κ₂ is a mean slope of σ between (1 − s) a + s b and that less t q: between the extremes of σ′ within ρ of the chord.
//! - t κ₁ is how far σ((1 − s) a + s b) is below the chord of the values. κ₁ = δ² σ″(ξ)/2 with some ξ between a and b. It is also
//!   |δ| times the mean slope from there to the right end, less that from the left end to there.
//!
//! The middle of what κ ranges over is the new bend. Half of its width, times t ≤ 1/4, goes into the radius. Both ends of the chord
//! are values of σ; and where σ has three derivatives the radius grows by something of order δ³ only.
//!
//! **The ranges.** With m₂ ≥ |σ″| within ρ of the chord and m₃ ≥ |σ‴| on it, and because a point between a and b is on average |δ|/2 from
//! them: σ′ is within m₂ (|δ|/2 + ρ) of the mean of σ′(a) and σ′(b), and σ″ within m₃ |δ|/2 of that of σ″(a) and σ″(b). If that is
//! no better, σ′ is between 0 and S. So, with σ′ in d ± w, κ₁ is within m₃ |δ|³/4 of δ² (σ″(a) + σ″(b))/4, and it is
//! within 2 w |δ| of 0, on one side of it where σ is convex or concave. The narrower one is taken.
//!
//! **The derivatives** at a and b come from what the values need anyway, the *decay* e = exp(−g|t|), with g = 1 for the sigmoid
//! and ELU, 2 for tanh, γ for softplus. The sigmoid s has s′ = e/(1 + e)², which falls with |t|, and |s″| = s′ |1 − 2s| of the sign
//! of −t, and |s‴| = s′ |1 − 6s′|:
//!
//! | σ | σ′ | σ″ | m₂ | m₃ |
//! |---|---|---|---|---|
//! | sigmoid | s′ | s″ | min(1/10, s′, abs(t)/8) | min(1/8, s′) |
//! | tanh = 2 s(2t) − 1 | 4 s′(2t) | 8 s″(2t) | 8 times that of the sigmoid at 2t | 16 times |
//! | softplus | s(γt) | γ s′(γt) | γ s′(γt) | γ² min(1/10, s′(γt)) |
//! | ELU, t < 0 | α e^t | α e^t | α e^t | α e^t |
//! | ELU, t > 0 | 1 | 0 | 0 | 0 |
//!
//! m₂ and m₃ are those of the end nearest to 0, or those at 0 if it is in between; abs(t) is that of the farther end. The logarithms of
//! s, s′ and e^t have slopes of at most 1, so that each of them grows by a factor of at most e^(g r) ≤ 1 + 2 g r within r
//! of a point, if g r ≤ 1. If ELU's kink is within ρ of the chord, σ′ jumps by 1 − α there, which is added to m₂ (|δ|/2 + ρ) with m₂ = α,
//! and there is no m₃.

use super::arithmetic::{Arithmetic, larger, magnitude, smaller};
use crate::arith::Number;
use crate::network::Smooth;

/// What is added to a decay, 2^−300, wherever it bounds a slope or a curvature: more than any underflow, and still normal where
/// it is multiplied.
const LEAST: i32 = -300;

/// γ and α lie between 2^−200 and 2^200, or nothing is bounded: no product of them with [`LEAST`] underflows.
const RANGE: i32 = 200;

/// A smooth σ over floats.
pub struct Curved<T> {
    sigma: Smooth,
    /// g.
    scale: T,
    /// The error of a value has this factor: 1/γ, α, or 1.
    amplitude: T,
    /// S, C and K of [`Smooth::slope`] and [`Smooth::curvature`].
    slope: T,
    curvature: T,
    kink: T,
    /// The largest |σ‴|, but at ELU's kink.
    third: T,
    /// Whether σ is convex.
    convex: bool,
    /// Whether γ or α is of ordinary size.
    usable: bool,
    constants: Constants<T>,
}

struct Constants<T> {
    zero: T,
    one: T,
    two: T,
    half: T,
    quarter: T,
    least: T,
    /// 256 u.
    rounding: T,
}

/// e, 1/(1 + e) and σ(t) for many t.
pub struct Values<T> {
    decays: Vec<T>,
    reciprocals: Vec<T>,
    values: Vec<T>,
}

/// An end of an entry's chord, with σ′ and σ″ there.
struct End<'a, T> {
    at: &'a T,
    value: &'a T,
    first: T,
    second: T,
}

/// Where both ends of a chord lie.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
    Both,
}

/// A number is within `width` of `middle`.
struct Range<T> {
    middle: T,
    width: T,
}

impl<T: Number> Curved<T> {
    pub fn new<F: Arithmetic<Scalar = T>>(float: &F, sigma: &Smooth) -> Self {
        let import = |x: &rug::Rational| float.import(x);
        let one = float.float(1.0);
        let (curvature, kink) = sigma.curvature();
        let (curvature, kink) = (import(&curvature), import(&kink));
        let (scale, amplitude, third) = match sigma {
            Smooth::Sigmoid => (one.clone(), one.clone(), float.float(0.125)),
            Smooth::Tanh => (float.float(2.0), one.clone(), float.float(2.0)),
            Smooth::Softplus { gamma } => {
                let gamma = import(gamma);
                let third = gamma.times(&gamma).over(&float.float(10.0));
                (gamma.clone(), one.over(&gamma), third)
            }
            Smooth::Elu { alpha } => (one.clone(), import(alpha), curvature.clone()),
        };
        let (low, high) = (float.float(2f64.powi(-RANGE)), float.float(2f64.powi(RANGE)));
        let usable = [&scale, &amplitude].iter().all(|x| **x > low && **x < high);
        let convex = match sigma {
            Smooth::Sigmoid | Smooth::Tanh => false,
            Smooth::Softplus { .. } => true,
            Smooth::Elu { alpha } => *alpha <= 1,
        };
        Curved {
            scale,
            amplitude,
            slope: import(&sigma.slope()),
            curvature,
            kink,
            third,
            convex,
            usable,
            constants: Constants {
                zero: float.float(0.0),
                one,
                two: float.float(2.0),
                half: float.float(0.5),
                quarter: float.float(0.25),
                least: float.float(2f64.powi(LEAST)),
                rounding: float.float(256.0 * float.unit_roundoff()),
            },
            sigma: sigma.clone(),
        }
    }

    /// Puts σ of a chord in its place: `start`, `end` and the bend if the interval is no point, and `radius`, all of one length.
    /// `None` if γ or α is too large or too small.
    ///
    /// Rounding, with u and the errors of [`Arithmetic::exp`] and [`Arithmetic::ln_1p`]: g errs by u and its product by u, which
    /// moves e by at most 3 u y e^(−y) < 2 u; a decay errs by less than 18 u of 1 and by less than 19 u of itself where g|t| is
    /// exact, as for all but softplus.
    ///
    /// (1) *Values.* The sigmoid has at most slope 1 in e and three operations: 22 u. Tanh, (1 − e)/(1 + e), has at most slope 2: 41 u.
    /// For softplus log(1 + e) takes the 18 u of e and 8 u, the quotient 3 u: 29 u/γ, and the sum u of itself. For
    /// ELU α (e − 1) takes 20 u α. With A for the amplitude all are at most 41 u (A + |σ|) ≤ 256 u (A + |σ|).
    ///
    /// (2) *Middles.* As functions of e, s, s′ and s″ have slopes of at most 1, and values of at most 1, 1/4 and 1/10 in
    /// up to eight operations: σ′ errs by at most 26 u, 4 · 20 u for tanh, 20 u α for ELU, all below 128 u S with the
    /// largest slope S. σ″ errs by at most 19 u, 8 · 19 u, 22 u γ, 20 u α: below 240 u C with the largest |σ″|, C. The mean of σ′ times q
    /// costs 3 u S |q| more, so that 256 u S in the width of σ′ covers it. δ² (σ″(a) + σ″(b))/4 errs by 120 u C δ² and its own five
    /// operations, below 256 u C δ² in its width. The sum of both parts errs by u of each, which is included. Middles that are made of widths
    /// err by less than 20 u of those.
    ///
    /// (3) *Slopes and widths* are sums of products of at most two dozen factors that are not negative, none of which is taken smaller than it
    /// is by more than 20 u of itself, and of which one depends on e: s, s′ and e^t grow with e and by no larger factor than e; for softplus,
    /// where g|t| errs by 3 u g|t|, they are larger by a factor e^(3 u g|t|), which counts only while the decay is not below 2^−300:
    /// 3 · 208 u. All of it is less than 1024 u; where the width is half of S, from 0 to S, it counts twice.
    ///
    /// (4) *Underflow.* δ is multiplied one factor at a time, so that what c δ loses counts with δ: nothing beside 256 u C δ² unless it is
    /// less than `tiny`.
    pub fn activate<F: Arithmetic<Scalar = T>>(
        &self,
        float: &F,
        start: &mut [T],
        over: Option<(&mut [T], &mut [T])>,
        radius: &mut [T],
        mut passed: Option<&mut Vec<T>>,
    ) -> Option<()> {
        if !self.usable {
            return None;
        }
        let Constants { rounding, quarter, .. } = &self.constants;
        let tiny = float.tiny();
        let inflate = float.float(1.0 + 2048.0 * float.unit_roundoff().max(f64::EPSILON / 2.0));
        let error = |value: T| rounding.times(&self.amplitude.plus(&value)).plus(&tiny);
        let from = self.values(float, start);
        let Some((end, bend)) = over else {
            for (i, r) in radius.iter_mut().enumerate() {
                let a = self.end(&from, &start[i], i);
                *r = self.slope_on(&a, &a, r).times(r).times(&inflate).plus(&error(magnitude(a.value)));
            }
            start.clone_from_slice(&from.values);
            return Some(());
        };
        let to = self.values(float, end);
        for (i, (r, q)) in radius.iter_mut().zip(bend).enumerate() {
            let (a, b) = (self.end(&from, &start[i], i), self.end(&to, &end[i], i));
            let slope = self.slope_on(&a, &b, &r.plus(&quarter.times(&magnitude(q))));
            if let Some(passed) = &mut passed {
                passed.push(self.passed(&a, &b, &r.plus(&quarter.times(&magnitude(q))), &slope));
            }
            let Range { middle, width } = self.bend(&a, &b, q, &slope);
            let rounded = error(larger(magnitude(a.value), magnitude(b.value)));
            *r = slope.times(r).plus(&quarter.times(&width)).times(&inflate).plus(&rounded);
            *q = middle;
        }
        start.clone_from_slice(&from.values);
        end.clone_from_slice(&to.values);
        Some(())
    }

    /// e, 1/(1 + e) and σ(t) for all of these.
    fn values<F: Arithmetic<Scalar = T>>(&self, float: &F, at: &[T]) -> Values<T> {
        let Constants { zero, one, .. } = &self.constants;
        let mut decays: Vec<T> = at.iter().map(|t| self.scale.times(&magnitude(t)).negated()).collect();
        float.exp_each(&mut decays);
        let reciprocals: Vec<T> = decays.iter().map(|e| one.over(&one.plus(e))).collect();
        let triples = at.iter().zip(&decays).zip(&reciprocals);
        let values = match self.sigma {
            Smooth::Sigmoid => triples.map(|((t, e), p)| if t < zero { e.times(p) } else { p.clone() }).collect(),
            Smooth::Tanh => {
                let value = |((t, e), p): ((&T, &T), &T)| {
                    let size = one.minus(e).times(p);
                    if t < zero { size.negated() } else { size }
                };
                triples.map(value).collect()
            }
            Smooth::Softplus { .. } => {
                let mut logarithms = decays.clone();
                float.ln_1p_each(&mut logarithms);
                let tails = logarithms.iter().map(|logarithm| logarithm.over(&self.scale));
                at.iter().zip(tails).map(|(t, tail)| if t < zero { tail } else { t.plus(&tail) }).collect()
            }
            Smooth::Elu { .. } => {
                let below = |e: &T| self.amplitude.times(&e.minus(one));
                triples.map(|((t, e), _)| if t < zero { below(e) } else { t.clone() }).collect()
            }
        };
        Values { decays, reciprocals, values }
    }

    fn end<'a>(&self, values: &'a Values<T>, at: &'a T, index: usize) -> End<'a, T> {
        let Constants { zero, one, .. } = &self.constants;
        let (e, p) = (&values.decays[index], &values.reciprocals[index]);
        let is_left = at < zero;
        let peak = || e.times(p).times(p);
        let (first, second) = match self.sigma {
            Smooth::Sigmoid | Smooth::Tanh => {
                // σ′ = g² s′ and σ″ = g³ s″.
                let first = self.scale.times(&self.scale).times(&peak());
                let second = self.scale.times(&first).times(&one.minus(e)).times(p);
                (first, if is_left { second } else { second.negated() })
            }
            Smooth::Softplus { .. } => (if is_left { e.times(p) } else { p.clone() }, self.scale.times(&peak())),
            Smooth::Elu { .. } if is_left => (self.amplitude.times(e), self.amplitude.times(e)),
            Smooth::Elu { .. } => (one.clone(), zero.clone()),
        };
        End { at, value: &values.values[index], first, second }
    }

    fn side(&self, a: &End<'_, T>, b: &End<'_, T>) -> Side {
        let zero = &self.constants.zero;
        match (a.at, b.at) {
            (a, b) if a >= zero && b >= zero => Side::Right,
            (a, b) if a <= zero && b <= zero => Side::Left,
            _ => Side::Both,
        }
    }

    /// A bound that grows by a factor of at most e^(g r), and is at most `most` everywhere.
    fn grown(&self, bound: T, radius: &T, most: &T) -> T {
        let Constants { one, two, .. } = &self.constants;
        let reach = self.scale.times(radius);
        if reach > *one {
            return most.clone();
        }
        smaller(bound.times(&one.plus(&two.times(&reach))), most.clone())
    }

    /// The largest slope on the chord; of ELU if it is on one side of 0.
    fn slope_between(&self, a: &End<'_, T>, b: &End<'_, T>) -> T {
        let is_even = matches!(self.sigma, Smooth::Sigmoid | Smooth::Tanh);
        if is_even && self.side(a, b) == Side::Both {
            return self.slope.clone();
        }
        larger(a.first.clone(), b.first.clone()).plus(&self.constants.least.times(&self.slope))
    }

    /// The largest slope within r of the chord.
    fn slope_on(&self, a: &End<'_, T>, b: &End<'_, T>, radius: &T) -> T {
        match self.sigma {
            Smooth::Elu { .. } if self.meets_kink(a, b, radius) => self.slope.clone(),
            Smooth::Elu { .. } if self.side(a, b) == Side::Right => self.constants.one.clone(),
            _ => self.grown(self.slope_between(a, b), radius, &self.slope),
        }
    }

    /// The middle of what σ′ ranges over within r of the chord, from 0 or more to S: the least is at most |σ″| times the length of that range
    /// below σ′(a), where there is no kink.
    fn passed(&self, a: &End<'_, T>, b: &End<'_, T>, radius: &T, slope: &T) -> T {
        let Constants { zero, half, two, rounding, .. } = &self.constants;
        let is_bent = !matches!(self.sigma, Smooth::Elu { .. }) || !self.meets_kink(a, b, radius);
        let length = magnitude(&b.at.minus(a.at)).plus(&two.times(radius));
        let fall = two.times(&self.curvature.times(&length)).plus(&rounding.times(&self.slope));
        let least = if is_bent { larger(zero.clone(), a.first.minus(&fall)) } else { zero.clone() };
        half.times(&smaller(least, slope.clone()).plus(slope))
    }

    /// Whether 0 may be within r of the chord: it is not if twice r, so that rounding does not cross it, is less than the distance.
    fn meets_kink(&self, a: &End<'_, T>, b: &End<'_, T>, radius: &T) -> bool {
        let nearest = smaller(magnitude(a.at), magnitude(b.at));
        self.side(a, b) == Side::Both || self.constants.two.times(radius) >= nearest
    }

    /// What κ ranges over.
    fn bend(&self, a: &End<'_, T>, b: &End<'_, T>, q: &T, slope: &T) -> Range<T> {
        let Constants { half, quarter, .. } = &self.constants;
        let (run, size) = (magnitude(&b.at.minus(a.at)), magnitude(q));
        let reach = quarter.times(&size);
        let (second, third) = self.derivatives_on(a, b, &reach);
        let slopes = self.slopes(a, b, second.times(&half.times(&run).plus(&reach)), slope, third.is_none());
        let crude = self.sag_of_slopes(a, b, run.times(&slopes.width));
        let sag = match third {
            None => crude,
            Some(third) => {
                let fine = self.sag_of_derivatives(a, b, &run, &third);
                if fine.width < crude.width { fine } else { crude }
            }
        };
        Range { middle: sag.middle.plus(&slopes.middle.times(q)), width: sag.width.plus(&slopes.width.times(&size)) }
    }

    /// What σ′ ranges over: within `distance` of the mean of both ends, or between 0 and S.
    fn slopes(&self, a: &End<'_, T>, b: &End<'_, T>, distance: T, slope: &T, meets_kink: bool) -> Range<T> {
        let Constants { half, rounding, .. } = &self.constants;
        let mut width = distance.plus(&rounding.times(&self.slope));
        if meets_kink {
            width = width.plus(&self.kink);
        }
        let most = half.times(slope);
        if width < most {
            Range { middle: half.times(&a.first.plus(&b.first)), width }
        } else {
            Range { middle: most.clone(), width: most }
        }
    }

    /// What κ₁ ranges over if no slope differs by more than w from a number; given w |δ|.
    fn sag_of_slopes(&self, a: &End<'_, T>, b: &End<'_, T>, width: T) -> Range<T> {
        let Constants { zero, two, .. } = &self.constants;
        let is_even = matches!(self.sigma, Smooth::Sigmoid | Smooth::Tanh);
        match self.side(a, b) {
            Side::Right if is_even => Range { middle: width.negated(), width },
            Side::Left if is_even => Range { middle: width.clone(), width },
            _ if self.convex => Range { middle: width.clone(), width },
            _ => Range { middle: zero.clone(), width: two.times(&width) },
        }
    }

    /// What κ₁ ranges over for this m₃.
    fn sag_of_derivatives(&self, a: &End<'_, T>, b: &End<'_, T>, run: &T, third: &T) -> Range<T> {
        let Constants { quarter, rounding, .. } = &self.constants;
        let square = |factor: T| factor.times(run).times(run);
        let middle = square(quarter.times(&a.second.plus(&b.second)));
        let swing = square(quarter.times(third)).times(run);
        Range { middle, width: swing.plus(&square(rounding.times(&self.curvature))) }
    }

    /// m₂ within ρ of the chord, and m₃ on it unless ELU's kink is near.
    fn derivatives_on(&self, a: &End<'_, T>, b: &End<'_, T>, reach: &T) -> (T, Option<T>) {
        let Constants { zero, least, .. } = &self.constants;
        match self.sigma {
            Smooth::Sigmoid | Smooth::Tanh => {
                let first = self.slope_between(a, b);
                let farthest = larger(magnitude(a.at), magnitude(b.at)).plus(reach);
                let near = self.scale.times(&self.grown(first.clone(), reach, &self.slope));
                let second = smaller(smaller(near, self.third.times(&farthest)), self.curvature.clone());
                let third = self.scale.times(&self.scale).times(&first);
                (second, Some(smaller(third, self.third.clone())))
            }
            Smooth::Softplus { .. } => {
                let second = if self.side(a, b) == Side::Both {
                    self.curvature.clone()
                } else {
                    larger(a.second.clone(), b.second.clone()).plus(&least.times(&self.curvature))
                };
                let third = self.scale.times(&second);
                (self.grown(second, reach, &self.curvature), Some(smaller(third, self.third.clone())))
            }
            Smooth::Elu { .. } if self.meets_kink(a, b, reach) => (self.curvature.clone(), None),
            Smooth::Elu { .. } if self.side(a, b) == Side::Right => (zero.clone(), Some(zero.clone())),
            Smooth::Elu { .. } => {
                let third = self.slope_between(a, b);
                (self.grown(third.clone(), reach, &self.curvature), Some(third))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::{Double, Multiprecision};
    use crate::network::Nonlinearity;
    use proptest::prelude::*;
    use rug::{Float, Rational};

    const NAMES: [&str; 8] =
        ["sigmoid", "tanh", "softplus=20", "softplus=1/3", "softplus=1", "elu=1", "elu=5/2", "elu=1/8"];

    /// The bits of the truth.
    const BITS: u32 = 200;

    fn smooth(text: &str) -> Smooth {
        match text.parse().unwrap() {
            Nonlinearity::Smooth(smooth) => smooth,
            Nonlinearity::PiecewiseLinear(_) => panic!("{text} is piecewise linear"),
        }
    }

    fn exact<T: Number>(x: &T) -> Float {
        Float::with_val(BITS, x.to_rational().unwrap())
    }

    /// What the radius leaves around the value at the share s of the chord from a to b with the bend q, and the part e in
    /// [−1, 1] of its radius r; negative where the enclosure is wrong. The radius is that of the enclosure times a factor.
    fn slack<F: Arithmetic>(float: &F, sigma: &Smooth, [a, b, q, r]: [f64; 4], [s, e]: [f64; 2], factor: f64) -> Float {
        let curved = Curved::new(float, sigma);
        let [mut start, mut end, mut bend, mut radius] =
            [a, b, q, r].map(|x| vec![float.import(&Rational::from_f64(x).unwrap())]);
        let s = Float::with_val(BITS, s);
        let rest = Float::with_val(BITS, 1 - &s);
        let curve = |start: &[F::Scalar], end: &[F::Scalar], bend: &[F::Scalar]| {
            let [a, b, q] = [start, end, bend].map(|x| exact(&x[0]));
            a * &rest + b * &s - q * &rest * &s
        };
        let is_point = exact(&start[0]) == exact(&end[0]) && bend[0] == float.float(0.0);
        let truth = sigma.evaluate(&(curve(&start, &end, &bend) + exact(&radius[0]) * e));
        let over = (!is_point).then_some((&mut end[..], &mut bend[..]));
        curved.activate(float, &mut start, over, &mut radius, None).unwrap();
        if is_point {
            end.clone_from(&start);
        }
        let distance = (truth - curve(&start, &end, &bend)).abs();
        exact(&radius[0]) * factor - distance
    }

    /// Numbers near 0, of ordinary size, and far out.
    fn any_number() -> impl Strategy<Value = f64> {
        prop_oneof![3 => -4.0..4.0f64, 1 => -1e-3..1e-3f64, 1 => -60.0..60.0f64, 1 => Just(0.0), 1 => -800.0..800.0f64]
    }

    fn any_share() -> impl Strategy<Value = f64> {
        prop_oneof![0.0..=1.0f64, Just(0.0), Just(0.5), Just(1.0)]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]

        #[test]
        fn every_point_of_a_bent_chord_is_enclosed(
            k in 0..NAMES.len(),
            a in any_number(),
            b in any_number(),
            q in prop_oneof![2 => -4.0..4.0f64, 1 => Just(0.0), 1 => -1e-3..1e-3f64, 1 => -100.0..100.0f64],
            r in prop_oneof![Just(0.0), 0.0..2.0f64, 0.0..1e-4f64],
            s in any_share(),
            e in prop_oneof![-1.0..=1.0f64, Just(-1.0), Just(1.0)],
        ) {
            let sigma = smooth(NAMES[k]);
            let near = a + 1e-3 * b;
            for line in [[a, b, q, r], [a, near, q, r], [a, near, 1e-6 * q, 1e-6 * r], [a, a, q, r], [a, a, 0.0, r]] {
                prop_assert!(slack(&Double, &sigma, line, [s, e], 1.0) >= 0, "{sigma} {line:?} {s} {e}");
                for bits in [12, 24] {
                    let float = Multiprecision::new(bits);
                    prop_assert!(slack(&float, &sigma, line, [s, e], 1.0) >= 0, "{sigma} {line:?} {s} {e}, {bits} bits");
                }
            }
        }
    }

    /// Half of the radius, and so half of the slope, leaves a value out, and a tenth of what m₂ and m₃ make of it: on a
    /// short chord they leave an eighth of their width to the curve.
    #[test]
    fn slopes_and_curvatures_are_needed() {
        let is_out = |name: &str, line, e: f64, factor| {
            (0..=32).any(|i| slack(&Double, &smooth(name), line, [f64::from(i) / 32.0, e], factor) < 0)
        };
        for (name, steep, bent) in [
            ("sigmoid", 0.0, 0.0),
            ("tanh", 0.0, 0.0),
            ("softplus=20", 2.0, 0.05),
            ("elu=1", 1.0, 0.0),
            ("elu=5/2", -0.01, -0.03),
        ] {
            let (from, to) = (bent - 1e-3, bent + 1e-3);
            assert!(is_out(name, [steep, steep, 0.0, 1e-3], 1.0, 0.5), "the slope of {name}");
            assert!(is_out(name, [from, to, 0.0, 0.0], 0.0, 0.1), "the third derivative of {name}");
            assert!(is_out(name, [from, to, 1e-3, 0.0], 0.0, 0.1), "the second derivative of {name}");
        }
        // A kink upwards and one downwards.
        for name in ["elu=1/8", "elu=8"] {
            assert!(is_out(name, [-1e-3, 1e-3, 0.0, 0.0], 0.0, 0.5), "the kink of {name}");
        }
    }

    #[test]
    fn parameters_out_of_range_have_no_bound() {
        for text in ["softplus=1e-70", "softplus=1e70", "elu=1e70"] {
            let found = Curved::new(&Double, &smooth(text)).activate(&Double, &mut [1.0], None, &mut [0.0], None);
            assert_eq!(found, None, "{text}");
        }
    }
}

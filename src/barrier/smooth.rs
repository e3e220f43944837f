//! A smooth σ over an interval of λ: the chord of its values, its slope and how far it sags.
//!
//! On an interval an entry of the pre-activation is p(s) = (1 − s) a + s b + E(s), |E(s)| ≤ r, with floats a, b, r. Then
//!
//! > σ(p(s)) = (1 − s) σ(a) + s σ(b) + sag(s) + E'(s), |E'(s)| ≤ S r,
//!
//! where S is the largest slope of σ on [min(a, b) − r, max(a, b) + r], and the *sag* is how far σ((1 − s) a + s b) is from the
//! chord of the values: −s (1 − s) δ² σ″(ξ)/2 with δ = b − a and some ξ between a and b. So it is between 0 and δ²/8 times the
//! extremes of −σ″ there; never more than |σ(b) − σ(a)|, as σ is monotone. Half of what it ranges over moves the chord,
//! half of it widens the radius, as for a breakpoint.
//!
//! **Slope and curvature on the interval.** [`Smooth::slope`] and [`Smooth::curvature`] bound them everywhere. Sharper
//! bounds come from what the values need anyway, the *decay* e = exp(−g|t|), with g = 1 for the sigmoid and ELU, 2 for tanh, γ
//! for softplus. For the sigmoid s, s′(t) = e/(1 + e)² falls with |t|, and |s″| = s′ |1 − 2s| ≤ s′, and ≤ |t|/8, as
//! s″(0) = 0 and |s‴| ≤ 1/8:
//!
//! | σ | slope | −σ″ |
//! |---|---|---|
//! | sigmoid | s′ | of the sign of t, at most min(1/10, s′, abs(t)/8) |
//! | tanh = 2 s(2t) − 1 | 4 s′(2t) | 8 times that of the sigmoid at 2t |
//! | softplus | s(γt) | −γ s′(γt) |
//! | ELU, t < 0 | α e^t | −α e^t |
//! | ELU, t > 0 | 1 | 0 |
//!
//! The logarithms of s, s′ and e^t have slopes of at most 1, so that each of them grows by a factor of at most e^(g r) ≤ 1 + 2 g r within r
//! of a point, if g r ≤ 1. Across 0 ELU has a kink besides: the slope changes by 1 − α there, and the sag by
//! at most |1 − α| |δ|/4.

use super::arithmetic::{Arithmetic, larger, magnitude};
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
    /// Whether the kink turns upwards, α < 1.
    turns_up: bool,
    /// Whether γ or α is of ordinary size.
    usable: bool,
    constants: Constants<T>,
}

struct Constants<T> {
    zero: T,
    one: T,
    two: T,
    four: T,
    eight: T,
    least: T,
}

/// e and σ(t) for many t.
pub struct Values<T> {
    decays: Vec<T>,
    values: Vec<T>,
}

/// An end of an entry's chord.
struct End<'a, T> {
    at: &'a T,
    decay: &'a T,
    value: &'a T,
}

impl<T> Values<T> {
    fn end<'a>(&'a self, at: &'a T, index: usize) -> End<'a, T> {
        End { at, decay: &self.decays[index], value: &self.values[index] }
    }
}

/// Where both ends of a chord lie.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
    Both,
}

impl<T: Number> Curved<T> {
    pub fn new<F: Arithmetic<Scalar = T>>(float: &F, sigma: &Smooth) -> Self {
        let import = |x: &rug::Rational| float.import(x);
        let one = float.float(1.0);
        let (scale, amplitude) = match sigma {
            Smooth::Sigmoid => (one.clone(), one.clone()),
            Smooth::Tanh => (float.float(2.0), one.clone()),
            Smooth::Softplus { gamma } => (import(gamma), one.over(&import(gamma))),
            Smooth::Elu { alpha } => (one.clone(), import(alpha)),
        };
        let (low, high) = (float.float(2f64.powi(-RANGE)), float.float(2f64.powi(RANGE)));
        let usable = [&scale, &amplitude].iter().all(|x| **x > low && **x < high);
        let (curvature, kink) = sigma.curvature();
        Curved {
            scale,
            amplitude,
            slope: import(&sigma.slope()),
            curvature: import(&curvature),
            kink: import(&kink),
            turns_up: matches!(sigma, Smooth::Elu { alpha } if *alpha < 1),
            usable,
            constants: Constants {
                zero: float.float(0.0),
                one,
                two: float.float(2.0),
                four: float.float(4.0),
                eight: float.float(8.0),
                least: float.float(2f64.powi(LEAST)),
            },
            sigma: sigma.clone(),
        }
    }

    /// Puts σ of a chord in its place: `start`, `end` if the interval is no point, and `radius`, all of one length. `None` if
    /// γ or α is too large or too small.
    ///
    /// Rounding, with u and the errors of [`Arithmetic::exp`] and [`Arithmetic::ln_1p`]: g errs by u and its product by u, which
    /// moves e by at most 3 u y e^(−y) < 2 u; a decay errs by less than 18 u of 1 and by less than 19 u of itself where g|t| is
    /// exact, as for all but softplus.
    ///
    /// (1) *Values.* The sigmoid has at most slope 1 in e and two operations: 21 u. Tanh, (1 − e)/(1 + e), has at most slope 2: 40 u.
    /// For softplus log(1 + e) takes the 18 u of e and 8 u, the quotient 3 u: 29 u/γ, and the sum u of itself. For
    /// ELU α (e − 1) takes 20 u α. With A for the amplitude all are at most 40 u (A + |σ|). (2) The chord's move is at most
    /// |σ(b) − σ(a)| and costs 2 u of that and of |σ|; the cap |σ(b) − σ(a)| errs by twice (1) and by u of itself. In all less than
    /// 200 u (A + max(|σ(a)|, |σ(b)|)).
    ///
    /// (3) *Slope and sag* are products of at most a dozen factors, none of which is taken smaller than it is by more than
    /// 20 u of itself: s, s′ and e^t grow with e and by no larger factor than e; for softplus, where g|t| errs by 3 u g|t|, they
    /// are larger by a factor e^(3 u g|t|), which counts only while the decay is not below 2^−300: 3 · 208 u. All of it is less than 1024 u.
    pub fn activate<F: Arithmetic<Scalar = T>>(
        &self,
        float: &F,
        start: &mut [T],
        end: Option<&mut [T]>,
        radius: &mut [T],
    ) -> Option<()> {
        if !self.usable {
            return None;
        }
        let u = float.unit_roundoff();
        let (rounding, tiny) = (float.float(256.0 * u), float.tiny());
        let inflate = float.float(1.0 + 1024.0 * u.max(f64::EPSILON / 2.0));
        let error = |value: T| rounding.times(&self.amplitude.plus(&value)).plus(&tiny);
        let from = self.values(float, start);
        let Some(end) = end else {
            for (i, r) in radius.iter_mut().enumerate() {
                let a = from.end(&start[i], i);
                *r = self.slope_on(&a, &a, r).times(r).times(&inflate).plus(&error(magnitude(a.value)));
            }
            start.clone_from_slice(&from.values);
            return Some(());
        };
        let to = self.values(float, end);
        let half = float.float(0.5);
        for (i, r) in radius.iter_mut().enumerate() {
            let (a, b) = (from.end(&start[i], i), to.end(&end[i], i));
            let (below, above) = self.sag(&a, &b);
            let (shift, width) = (half.times(&above.minus(&below)), half.times(&above.plus(&below)));
            let rounded = error(larger(magnitude(a.value), magnitude(b.value)));
            *r = self.slope_on(&a, &b, r).times(r).plus(&width).times(&inflate).plus(&rounded);
            (start[i], end[i]) = (a.value.plus(&shift), b.value.plus(&shift));
        }
        Some(())
    }

    /// e and σ(t) for all of these.
    fn values<F: Arithmetic<Scalar = T>>(&self, float: &F, at: &[T]) -> Values<T> {
        let Constants { zero, one, .. } = &self.constants;
        let mut decays: Vec<T> = at.iter().map(|t| self.scale.times(&magnitude(t)).negated()).collect();
        float.exp_each(&mut decays);
        let pairs = at.iter().zip(&decays);
        let values = match self.sigma {
            Smooth::Sigmoid => pairs.map(|(t, e)| if t < zero { e } else { one }.over(&one.plus(e))).collect(),
            Smooth::Tanh => {
                let value = |(t, e): (&T, &T)| {
                    let size = one.minus(e).over(&one.plus(e));
                    if t < zero { size.negated() } else { size }
                };
                pairs.map(value).collect()
            }
            Smooth::Softplus { .. } => {
                let mut logarithms = decays.clone();
                float.ln_1p_each(&mut logarithms);
                let tails = logarithms.iter().map(|logarithm| logarithm.over(&self.scale));
                at.iter().zip(tails).map(|(t, tail)| if t < zero { tail } else { t.plus(&tail) }).collect()
            }
            Smooth::Elu { .. } => {
                let below = |e: &T| self.amplitude.times(&e.minus(one));
                pairs.map(|(t, e)| if t < zero { below(e) } else { t.clone() }).collect()
            }
        };
        Values { decays, values }
    }

    fn side(&self, a: &End<'_, T>, b: &End<'_, T>) -> Side {
        let zero = &self.constants.zero;
        match (a.at, b.at) {
            (a, b) if a >= zero && b >= zero => Side::Right,
            (a, b) if a <= zero && b <= zero => Side::Left,
            _ => Side::Both,
        }
    }

    /// At least the decay at the end that is nearer to 0, of two on one side of it.
    fn decay(&self, a: &End<'_, T>, b: &End<'_, T>) -> T {
        larger(a.decay.clone(), b.decay.clone()).plus(&self.constants.least)
    }

    /// At least s′ between both ends, times 4.
    fn peak(&self, a: &End<'_, T>, b: &End<'_, T>) -> T {
        let Constants { one, four, .. } = &self.constants;
        if self.side(a, b) == Side::Both {
            return one.clone();
        }
        let decay = self.decay(a, b);
        let sum = one.plus(&decay);
        four.times(&decay).over(&sum.times(&sum))
    }

    /// The bound, grown by the factor e^(g r), and at most S.
    fn grown(&self, bound: T, radius: &T) -> T {
        let Constants { one, two, .. } = &self.constants;
        let reach = self.scale.times(radius);
        if reach > *one {
            return self.slope.clone();
        }
        smaller(bound.times(&one.plus(&two.times(&reach))), self.slope.clone())
    }

    /// The largest slope within r of the chord.
    fn slope_on(&self, a: &End<'_, T>, b: &End<'_, T>, radius: &T) -> T {
        match self.sigma {
            Smooth::Sigmoid | Smooth::Tanh => self.grown(self.slope.times(&self.peak(a, b)), radius),
            Smooth::Softplus { .. } => self.grown(self.rising(if a.at < b.at { b } else { a }), radius),
            Smooth::Elu { .. } => self.slope_of_elu(a, b, radius),
        }
    }

    /// At least s(γt).
    fn rising(&self, end: &End<'_, T>) -> T {
        let Constants { zero, one, least, .. } = &self.constants;
        let decay = end.decay.plus(least);
        let sum = one.plus(&decay);
        if end.at < zero { decay.over(&sum) } else { one.over(&one.plus(end.decay)) }
    }

    /// On one side of 0, with twice the radius so that rounding does not cross it, the slope is that of the piece.
    fn slope_of_elu(&self, a: &End<'_, T>, b: &End<'_, T>, radius: &T) -> T {
        let Constants { one, two, .. } = &self.constants;
        let nearest = smaller(magnitude(a.at), magnitude(b.at));
        match self.side(a, b) {
            _ if two.times(radius) > nearest => self.slope.clone(),
            Side::Right => one.clone(),
            Side::Left => self.grown(self.amplitude.times(&self.decay(a, b)), radius),
            Side::Both => self.slope.clone(),
        }
    }

    /// How far σ comes below the chord of its values, and how far above it.
    fn sag(&self, a: &End<'_, T>, b: &End<'_, T>) -> (T, T) {
        let Constants { zero, four, eight, .. } = &self.constants;
        let run = magnitude(&b.at.minus(a.at));
        let rise = magnitude(&b.value.minus(a.value));
        let height = |curvature: &T| curvature.times(&run.times(&run)).over(eight);
        let capped = |height: T| smaller(height, rise.clone());
        let side = self.side(a, b);
        match self.sigma {
            Smooth::Sigmoid | Smooth::Tanh => {
                let height = capped(height(&self.curvature_of_sigmoid(a, b)));
                match side {
                    Side::Left => (height, zero.clone()),
                    Side::Right => (zero.clone(), height),
                    Side::Both => (height.clone(), height),
                }
            }
            Smooth::Softplus { .. } => (capped(height(&self.curvature.times(&self.peak(a, b)))), zero.clone()),
            Smooth::Elu { .. } => match side {
                Side::Right => (zero.clone(), zero.clone()),
                Side::Left => (capped(height(&self.curvature.times(&self.decay(a, b)))), zero.clone()),
                Side::Both => {
                    let (bend, kink) = (height(&self.curvature), self.kink.times(&run).over(four));
                    if self.turns_up { (capped(bend.plus(&kink)), zero.clone()) } else { (capped(bend), capped(kink)) }
                }
            },
        }
    }

    /// At least |σ″| between both ends for the sigmoid and tanh, for which C is 1/10 and 8/10: 10 C min(1/10, s′, g|t|/8).
    fn curvature_of_sigmoid(&self, a: &End<'_, T>, b: &End<'_, T>) -> T {
        let Constants { two, four, eight, one, .. } = &self.constants;
        let ten = two.plus(eight);
        let farthest = self.scale.times(&larger(magnitude(a.at), magnitude(b.at)));
        let tenfold = ten.times(&smaller(self.peak(a, b).over(four), farthest.over(eight)));
        self.curvature.times(&smaller(tenfold, one.clone()))
    }
}

/// The smaller of two numbers that are no NaNs.
fn smaller<T: Number>(x: T, y: T) -> T {
    if y < x { y } else { x }
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

    /// What the radius leaves around the value at the share s of the chord and the part e in [−1, 1] of its radius; negative
    /// where the enclosure is wrong. The radius is that of the enclosure times a factor.
    fn slack<F: Arithmetic>(float: &F, sigma: &Smooth, [a, b, r]: [f64; 3], [s, e]: [f64; 2], factor: f64) -> Float {
        let curved = Curved::new(float, sigma);
        let [mut start, mut end, mut radius] = [a, b, r].map(|x| vec![float.import(&Rational::from_f64(x).unwrap())]);
        let [a, b, r] = [&start, &end, &radius].map(|x| exact(&x[0]));
        let [s, e] = [s, e].map(|x| Float::with_val(BITS, x));
        let rest = Float::with_val(BITS, 1 - &s);
        let chord = |a: &Float, b: &Float| Float::with_val(BITS, a * &rest) + Float::with_val(BITS, b * &s);
        let truth = sigma.evaluate(&(chord(&a, &b) + r * e));
        let is_point = a == b;
        let ends = (!is_point).then_some(&mut end[..]);
        curved.activate(float, &mut start, ends, &mut radius).unwrap();
        let to = if is_point { exact(&start[0]) } else { exact(&end[0]) };
        let distance = (truth - chord(&exact(&start[0]), &to)).abs();
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
        fn every_point_of_a_chord_is_enclosed(
            k in 0..NAMES.len(),
            a in any_number(),
            b in any_number(),
            r in prop_oneof![Just(0.0), 0.0..2.0f64, 0.0..1e-4f64],
            s in any_share(),
            e in prop_oneof![-1.0..=1.0f64, Just(-1.0), Just(1.0)],
        ) {
            let sigma = smooth(NAMES[k]);
            for line in [[a, b, r], [a, a + 1e-3 * b, r], [a, a, r]] {
                prop_assert!(slack(&Double, &sigma, line, [s, e], 1.0) >= 0, "{sigma} {line:?} {s} {e}");
                for bits in [12, 24] {
                    let float = Multiprecision::new(bits);
                    prop_assert!(slack(&float, &sigma, line, [s, e], 1.0) >= 0, "{sigma} {line:?} {s} {e}, {bits} bits");
                }
            }
        }
    }

    /// Half of the radius, and so half of the slope or of the curvature, leaves a value out.
    #[test]
    fn slope_and_curvature_are_needed() {
        for (name, steep, bent) in [
            ("sigmoid", 0.0, [1.0, 1.6]),
            ("tanh", 0.0, [0.5, 0.8]),
            ("softplus=20", 2.0, [-0.02, 0.02]),
            ("elu=1", 1.0, [-0.1, -0.01]),
            ("elu=5/2", -0.01, [-0.1, 0.0]),
        ] {
            let sigma = smooth(name);
            let is_out = |line, at| slack(&Double, &sigma, line, at, 0.5) < 0;
            assert!(is_out([steep, steep, 1e-3], [0.0, 1.0]), "the slope of {name}");
            let [a, b] = bent;
            assert!(is_out([a, b, 0.0], [0.5, 0.0]), "the curvature of {name}");
        }
        // A kink upwards and one downwards.
        for name in ["elu=1/8", "elu=8"] {
            assert!(slack(&Double, &smooth(name), [-1e-3, 1e-3, 0.0], [0.5, 0.0], 0.5) < 0, "the kink of {name}");
        }
    }

    #[test]
    fn parameters_out_of_range_have_no_bound() {
        for text in ["softplus=1e-70", "softplus=1e70", "elu=1e70"] {
            let found = Curved::new(&Double, &smooth(text)).activate(&Double, &mut [1.0], None, &mut [0.0]);
            assert_eq!(found, None, "{text}");
        }
    }
}

//! Activations that are not piecewise linear: sigmoid, tanh, softplus, ELU.

use super::activation::{Activation, ActivationError, GRAMMAR, PiecewiseLinear};
use super::forward::Elementwise;
use crate::arith::{Number, parse_rational, write_rational};
use crate::linalg::Double;
use nalgebra::DMatrix;
use rug::{Float, Rational};
use std::{fmt, str::FromStr};

/// What [`Nonlinearity::from_str`] reads besides the piecewise-linear activations.
pub const SMOOTH_GRAMMAR: &str = "or, for what says that it takes smooth activations, one of
  sigmoid                          1/(1 + e^-x)
  tanh
  softplus=GAMMA                   log(1 + e^(GAMMA x))/GAMMA, GAMMA > 0; softplus is softplus=1
  elu=ALPHA                        x for x >= 0, ALPHA (e^x - 1) for x < 0, ALPHA > 0; elu is elu=1";

/// A strictly increasing function ℝ → ℝ that is not piecewise linear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Smooth {
    /// x ↦ 1/(1 + e^(−x)).
    Sigmoid,
    /// x ↦ tanh x.
    Tanh,
    /// x ↦ log(1 + e^(γx))/γ, γ > 0.
    Softplus {
        /// γ.
        gamma: Rational,
    },
    /// x ↦ x for x ≥ 0, α (e^x − 1) for x < 0, α > 0.
    Elu {
        /// α.
        alpha: Rational,
    },
}

/// A float type with an exponential.
pub trait Real: Number {
    /// e^x.
    fn exp(&self) -> Self;
    /// log(1 + x) for x ≥ 0.
    fn ln_1p(&self) -> Self;
    /// √x for x ≥ 0.
    fn sqrt(&self) -> Self;
    /// The nearest number, of the precision that `self` has.
    fn like(&self, value: &Rational) -> Self;
}

impl Real for f64 {
    fn exp(&self) -> f64 {
        f64::exp(*self)
    }

    fn ln_1p(&self) -> f64 {
        f64::ln_1p(*self)
    }

    fn sqrt(&self) -> f64 {
        f64::sqrt(*self)
    }

    fn like(&self, value: &Rational) -> f64 {
        value.to_f64()
    }
}

impl Real for Float {
    fn exp(&self) -> Float {
        Float::with_val(self.prec(), self.exp_ref())
    }

    fn ln_1p(&self) -> Float {
        Float::with_val(self.prec(), self.ln_1p_ref())
    }

    fn sqrt(&self) -> Float {
        Float::with_val(self.prec(), self.sqrt_ref())
    }

    fn like(&self, value: &Rational) -> Float {
        Float::with_val(self.prec(), value)
    }
}

impl Smooth {
    /// σ(x), rounded a few times; without cancellation but for tanh and ELU near 0.
    pub fn evaluate<T: Real>(&self, x: &T) -> T {
        let (zero, one) = (x.like(&Rational::new()), x.like(&Rational::from(1)));
        let below = *x < zero;
        // e^(−|t|).
        let decay = |t: &T| if *t < zero { t.exp() } else { t.negated().exp() };
        let sigmoid = |t: &T| {
            let e = decay(t);
            let sum = one.plus(&e);
            if *t < zero { e.over(&sum) } else { one.over(&sum) }
        };
        match self {
            Smooth::Sigmoid => sigmoid(x),
            Smooth::Tanh => {
                let twice = sigmoid(&x.plus(x));
                twice.plus(&twice).minus(&one)
            }
            Smooth::Softplus { gamma } => {
                let gamma = x.like(gamma);
                let tail = decay(&gamma.times(x)).ln_1p().over(&gamma);
                if below { tail } else { x.plus(&tail) }
            }
            Smooth::Elu { alpha } if below => x.like(alpha).times(&x.exp().minus(&one)),
            Smooth::Elu { .. } => x.clone(),
        }
    }

    /// Whether σ is real analytic on ℝ: all but ELU.
    pub fn is_analytic(&self) -> bool {
        !matches!(self, Smooth::Elu { .. })
    }

    /// S with |σ(x) − σ(y)| ≤ S |x − y|.
    pub fn slope(&self) -> Rational {
        match self {
            Smooth::Sigmoid => Rational::from((1, 4)),
            Smooth::Tanh | Smooth::Softplus { .. } => Rational::from(1),
            Smooth::Elu { alpha } => alpha.clone().max(Rational::from(1)),
        }
    }

    /// (C, K): between x and y, at distance δ, σ is nowhere further from the chord of its values than C δ²/8 + K δ/4.
    ///
    /// C bounds |σ″|: for the sigmoid max s(1−s)|1−2s| = 1/(6√3) < 1/10, for tanh 4/(3√3) < 4/5, for softplus γ/4. ELU is the sum
    /// of a function with |σ″| ≤ α, and of a kink at 0 where the slope changes by K = |1 − α|.
    pub fn curvature(&self) -> (Rational, Rational) {
        match self {
            Smooth::Sigmoid => (Rational::from((1, 10)), Rational::new()),
            Smooth::Tanh => (Rational::from((4, 5)), Rational::new()),
            Smooth::Softplus { gamma } => (Rational::from(gamma / 4u32), Rational::new()),
            Smooth::Elu { alpha } => (alpha.clone(), Rational::from(1 - alpha).abs()),
        }
    }
}

impl fmt::Display for Smooth {
    /// As [`Nonlinearity::from_str`] reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Smooth::Sigmoid => f.write_str("sigmoid"),
            Smooth::Tanh => f.write_str("tanh"),
            Smooth::Softplus { gamma } => write!(f, "softplus={}", write_rational(gamma)),
            Smooth::Elu { alpha } => write!(f, "elu={}", write_rational(alpha)),
        }
    }
}

/// σ where it may be piecewise linear or smooth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Nonlinearity {
    /// Exact: what all theorems of ICML 2019 are about.
    PiecewiseLinear(Activation),
    /// Enclosed.
    Smooth(Smooth),
}

impl Nonlinearity {
    /// The exact function, if it is piecewise linear.
    pub fn piecewise_linear(&self) -> Option<&Activation> {
        match self {
            Nonlinearity::PiecewiseLinear(activation) => Some(activation),
            Nonlinearity::Smooth(_) => None,
        }
    }

    /// σ in doubles, its constants rounded once: for what proves nothing.
    pub fn in_doubles(&self) -> InDoubles {
        match self {
            Nonlinearity::PiecewiseLinear(activation) => InDoubles::PiecewiseLinear(activation.import(&Double)),
            Nonlinearity::Smooth(Smooth::Sigmoid) => InDoubles::Sigmoid,
            Nonlinearity::Smooth(Smooth::Tanh) => InDoubles::Tanh,
            Nonlinearity::Smooth(Smooth::Softplus { gamma }) => InDoubles::Softplus(gamma.to_f64()),
            Nonlinearity::Smooth(Smooth::Elu { alpha }) => InDoubles::Elu(alpha.to_f64()),
        }
    }
}

/// σ in doubles.
#[derive(Debug, Clone, PartialEq)]
pub enum InDoubles {
    /// By its pieces.
    PiecewiseLinear(PiecewiseLinear<f64>),
    /// [`Smooth::Sigmoid`].
    Sigmoid,
    /// [`Smooth::Tanh`].
    Tanh,
    /// [`Smooth::Softplus`] with γ.
    Softplus(f64),
    /// [`Smooth::Elu`] with α.
    Elu(f64),
}

impl InDoubles {
    /// σ(x).
    pub fn value(&self, x: f64) -> f64 {
        match self {
            InDoubles::PiecewiseLinear(activation) => activation.evaluate(&x),
            InDoubles::Sigmoid => logistic(x),
            InDoubles::Tanh => x.tanh(),
            InDoubles::Softplus(gamma) => x.max(0.0) + (-(gamma * x).abs()).exp().ln_1p() / gamma,
            InDoubles::Elu(alpha) => {
                if x < 0.0 {
                    alpha * x.exp_m1()
                } else {
                    x
                }
            }
        }
    }

    /// σ′(x); at a breakpoint the slope to its left.
    pub fn slope(&self, x: f64) -> f64 {
        match self {
            InDoubles::PiecewiseLinear(activation) => activation.slopes()[activation.piece(&x)],
            InDoubles::Sigmoid => logistic(x) * logistic(-x),
            InDoubles::Tanh => 4.0 * logistic(2.0 * x) * logistic(-2.0 * x),
            InDoubles::Softplus(gamma) => logistic(gamma * x),
            InDoubles::Elu(alpha) => {
                if x < 0.0 {
                    alpha * x.exp()
                } else {
                    1.0
                }
            }
        }
    }
}

impl Elementwise<f64> for InDoubles {
    fn apply(&self, matrix: &DMatrix<f64>) -> DMatrix<f64> {
        matrix.map(|x| self.value(x))
    }
}

/// 1/(1 + e^(−x)).
fn logistic(x: f64) -> f64 {
    let decay = (-x.abs()).exp();
    if x < 0.0 { decay / (1.0 + decay) } else { 1.0 / (1.0 + decay) }
}

impl From<Activation> for Nonlinearity {
    fn from(activation: Activation) -> Self {
        Nonlinearity::PiecewiseLinear(activation)
    }
}

impl From<&Activation> for Nonlinearity {
    fn from(activation: &Activation) -> Self {
        activation.clone().into()
    }
}

impl From<&Nonlinearity> for Nonlinearity {
    fn from(activation: &Nonlinearity) -> Self {
        activation.clone()
    }
}

impl From<Smooth> for Nonlinearity {
    fn from(smooth: Smooth) -> Self {
        Nonlinearity::Smooth(smooth)
    }
}

impl fmt::Display for Nonlinearity {
    /// As [`Nonlinearity::from_str`] reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Nonlinearity::PiecewiseLinear(activation) => activation.fmt(f),
            Nonlinearity::Smooth(smooth) => smooth.fmt(f),
        }
    }
}

/// Why there is no such function.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NonlinearityError {
    /// Neither a piecewise-linear activation nor a smooth one.
    #[error("{0}\n{SMOOTH_GRAMMAR}")]
    Activation(#[from] ActivationError),
    /// γ and α are positive.
    #[error("`{found}` needs a positive number; {GRAMMAR}\n{SMOOTH_GRAMMAR}")]
    Parameter {
        /// What was written.
        found: String,
    },
}

impl FromStr for Nonlinearity {
    type Err = NonlinearityError;

    /// Reads what [`Activation`] reads, and [`SMOOTH_GRAMMAR`].
    fn from_str(text: &str) -> Result<Self, NonlinearityError> {
        let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)));
        let positive = || {
            let number = value.map_or(Some(Rational::from(1)), parse_rational);
            number.filter(|number| *number > 0).ok_or_else(|| NonlinearityError::Parameter { found: text.into() })
        };
        Ok(match (name, value) {
            ("sigmoid", None) => Smooth::Sigmoid.into(),
            ("tanh", None) => Smooth::Tanh.into(),
            ("softplus", _) => Smooth::Softplus { gamma: positive()? }.into(),
            ("elu", _) => Smooth::Elu { alpha: positive()? }.into(),
            _ => text.parse::<Activation>()?.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Nonlinearity {
        text.parse().unwrap()
    }

    fn smooth(text: &str) -> Smooth {
        match read(text) {
            Nonlinearity::Smooth(smooth) => smooth,
            Nonlinearity::PiecewiseLinear(_) => panic!("{text} is piecewise linear"),
        }
    }

    const NAMES: [&str; 6] = ["sigmoid", "tanh", "softplus=20", "softplus=1/3", "elu=1", "elu=2.5"];

    #[test]
    fn texts_are_read_back() {
        for name in NAMES.into_iter().chain(["relu", "leaky-relu=0.01"]) {
            assert_eq!(read(name).to_string(), name);
        }
        assert_eq!((read("softplus"), read("elu")), (read("softplus=1"), read("elu=1")));
        for refused in ["softplus=0", "elu=-1", "softplus=", "elu=x"] {
            assert!(matches!(refused.parse::<Nonlinearity>(), Err(NonlinearityError::Parameter { .. })), "{refused}");
        }
        assert!("gelu".parse::<Nonlinearity>().unwrap_err().to_string().contains("softplus=GAMMA"));
    }

    #[test]
    fn values_are_those_of_the_library() {
        for x in [-700.0f64, -3.25, -1e-3, 0.0, 0.5, 2.0, 40.0] {
            assert!((smooth("sigmoid").evaluate(&x) - 1.0 / (1.0 + (-x).exp())).abs() < 1e-15);
            assert!((smooth("tanh").evaluate(&x) - x.tanh()).abs() < 1e-15);
            assert!((smooth("elu=1").evaluate(&x) - if x < 0.0 { x.exp_m1() } else { x }).abs() < 1e-15);
            assert!((smooth("softplus=1").evaluate(&x) - (x.max(0.0) + (-x.abs()).exp().ln_1p())).abs() < 1e-15);
        }
    }

    /// σ in doubles is σ, and its slope a difference quotient.
    #[test]
    fn doubles_have_values_and_slopes() {
        let step = 2f64.powi(-20);
        for name in NAMES.into_iter().chain(["leaky-relu=0.5", "hard-tanh"]) {
            let (sigma, rough) = (read(name), read(name).in_doubles());
            for x in [-7.25, -1.1, -0.3, 0.2, 0.9, 6.5] {
                if let Nonlinearity::Smooth(smooth) = &sigma {
                    assert!((rough.value(x) - smooth.evaluate(&x)).abs() < 1e-14, "{name} {x}");
                }
                let quotient = (rough.value(x + step) - rough.value(x - step)) / (2.0 * step);
                assert!((rough.slope(x) - quotient).abs() < 1e-7, "{name} {x}");
            }
        }
    }

    proptest! {
        /// 200 bits agree with doubles; slope and curvature bound what they say.
        #[test]
        fn slope_and_curvature_are_bounds(k in 0..NAMES.len(), x in -8.0..8.0f64, y in -8.0..8.0f64, s in 0.0..1.0f64) {
            let sigma = smooth(NAMES[k]);
            let float = |x: f64| Float::with_val(200, x);
            let [at_x, at_y] = [x, y].map(|x| sigma.evaluate(&float(x)));
            prop_assert!((at_x.to_f64() - sigma.evaluate(&x)).abs() < 1e-14 * (1.0 + x.abs()));
            let delta = float(x) - float(y);
            let rise = Float::with_val(200, &at_x - &at_y).abs();
            prop_assert!(rise <= Float::with_val(200, delta.abs_ref()) * sigma.slope());
            let between = float(x) * (1 - float(s)) + float(y) * float(s);
            let chord = at_x * (1 - float(s)) + at_y * float(s);
            let sag = Float::with_val(200, sigma.evaluate(&between) - chord).abs();
            let (curvature, kink) = sigma.curvature();
            let size = delta.abs();
            let bound = Float::with_val(200, &size * &size) * curvature / 8u32 + size * kink / 4u32;
            prop_assert!(sag <= bound + float(1e-40), "{sigma} {x} {y} {s}");
        }
    }
}

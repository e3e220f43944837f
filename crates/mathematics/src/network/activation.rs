//! Continuous piecewise-linear activations with rational breakpoints, slopes and values.

use crate::{
    arith::{Number, parse_rational, write_rational},
    linalg::Kernel,
};
use nalgebra::DMatrix;
use rug::Rational;
use std::{fmt, str::FromStr};

/// What [`Activation::from_str`] reads.
pub const GRAMMAR: &str = "expected one of
  relu
  leaky-relu=SLOPE                 slope for x < 0, e.g. leaky-relu=0.01
  abs
  hard-tanh
  identity
  pl:breakpoints=B1,…,Br;slopes=S0,…,Sr;value=V
                                   breakpoints ascending, one slope more, V the value at B1 (at 0 if r = 0),
                                   e.g. pl:breakpoints=-1,0,1/2;slopes=0,1,2,1;value=0
every number an integer, a decimal (0.01 is exactly 1/100) or a fraction p/q";

/// Why there is no such activation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActivationError {
    /// r breakpoints make r + 1 pieces.
    #[error("{breakpoints} breakpoints need {} slopes, not {slopes}", breakpoints + 1)]
    SlopeCount { breakpoints: usize, slopes: usize },
    /// The breakpoint with this index (from 0) is not above the one before it.
    #[error("the breakpoints are not ascending: number {} is not above the one before it", index + 1)]
    NotAscending { index: usize },
    /// Not a number.
    #[error("`{found}` is not a number; {GRAMMAR}")]
    Number { found: String },
    /// Not an activation's name or form.
    #[error("unknown activation `{found}`; {GRAMMAR}")]
    Unknown { found: String },
}

/// A continuous piecewise-linear function ℝ → ℝ, exact and in canonical form: neighbouring slopes differ.
///
/// On its i-th piece it is x ↦ slopes\[i\]·x + intercepts\[i\]; piece i ends at breakpoints\[i\]. An affine function
/// has no breakpoint. Two activations are equal exactly if they are the same function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activation {
    breakpoints: Vec<Rational>,
    slopes: Vec<Rational>,
    intercepts: Vec<Rational>,
}

impl Activation {
    /// The function with these breakpoints (ascending), these slopes (one more) and this value at the first
    /// breakpoint, or at 0 if there is none. Breakpoints with equal slopes on both sides are dropped.
    ///
    /// # Errors
    /// [`ActivationError::SlopeCount`] and [`ActivationError::NotAscending`].
    pub fn new(breakpoints: Vec<Rational>, slopes: Vec<Rational>, value: Rational) -> Result<Self, ActivationError> {
        if slopes.len() != breakpoints.len() + 1 {
            return Err(ActivationError::SlopeCount { breakpoints: breakpoints.len(), slopes: slopes.len() });
        }
        if let Some(index) = (1..breakpoints.len()).find(|&i| breakpoints[i] <= breakpoints[i - 1]) {
            return Err(ActivationError::NotAscending { index });
        }
        let first = breakpoints.first().cloned().unwrap_or_default();
        let intercept = value - first * &slopes[0];
        let mut canonical =
            Activation { breakpoints: vec![], slopes: vec![slopes[0].clone()], intercepts: vec![intercept] };
        for (breakpoint, slope) in breakpoints.into_iter().zip(slopes.into_iter().skip(1)) {
            canonical.bend(breakpoint, slope);
        }
        Ok(canonical)
    }

    /// Appends a piece to the right; nothing happens if the slope stays.
    fn bend(&mut self, breakpoint: Rational, slope: Rational) {
        let last = self.slopes.len() - 1;
        let change = Rational::from(&self.slopes[last] - &slope);
        if change.is_zero() {
            return;
        }
        // Continuity: s x + c = s' x + c' at the breakpoint.
        self.intercepts.push(change * &breakpoint + &self.intercepts[last]);
        self.slopes.push(slope);
        self.breakpoints.push(breakpoint);
    }

    /// One breakpoint at 0, where the value is 0.
    fn hinge(left: Rational, right: Rational) -> Self {
        let mut hinge = Activation { breakpoints: vec![], slopes: vec![left], intercepts: vec![Rational::new()] };
        hinge.bend(Rational::new(), right);
        hinge
    }

    /// x ↦ max(0, x).
    pub fn relu() -> Self {
        Self::hinge(Rational::new(), Rational::from(1))
    }

    /// x ↦ x for x ≥ 0, slope·x for x < 0.
    pub fn leaky_relu(slope: Rational) -> Self {
        Self::hinge(slope, Rational::from(1))
    }

    /// x ↦ |x|.
    pub fn abs() -> Self {
        Self::hinge(Rational::from(-1), Rational::from(1))
    }

    /// x ↦ max(−1, min(1, x)).
    pub fn hard_tanh() -> Self {
        let mut clipped =
            Activation { breakpoints: vec![], slopes: vec![Rational::new()], intercepts: vec![Rational::from(-1)] };
        clipped.bend(Rational::from(-1), Rational::from(1));
        clipped.bend(Rational::from(1), Rational::new());
        clipped
    }

    /// x ↦ x.
    pub fn identity() -> Self {
        Self::hinge(Rational::from(1), Rational::from(1))
    }

    /// The points where the slope changes, ascending; empty for an affine function.
    pub fn breakpoints(&self) -> &[Rational] {
        &self.breakpoints
    }

    /// The slopes of the pieces from left to right, one more than breakpoints; neighbours differ.
    pub fn slopes(&self) -> &[Rational] {
        &self.slopes
    }

    /// The values at 0 of the affine functions that the pieces are parts of, one a piece.
    pub fn intercepts(&self) -> &[Rational] {
        &self.intercepts
    }

    /// The values at the breakpoints.
    pub fn values(&self) -> Vec<Rational> {
        self.breakpoints.iter().map(|breakpoint| self.evaluate(breakpoint)).collect()
    }

    /// Breakpoints, slopes and the value at the first breakpoint, as a certificate writes them.
    ///
    /// The format wants a breakpoint: an affine function gets an artificial one at 0, with equal slopes on both sides.
    /// [`Activation::new`] takes it away again.
    pub fn to_pieces(&self) -> (Vec<Rational>, Vec<Rational>, Rational) {
        match self.breakpoints.first() {
            Some(first) => (self.breakpoints.clone(), self.slopes.clone(), self.evaluate(first)),
            None => (vec![Rational::new()], [&self.slopes[..], &self.slopes[..]].concat(), self.intercepts[0].clone()),
        }
    }

    /// The exact value at x.
    pub fn evaluate(&self, x: &Rational) -> Rational {
        let piece = self.breakpoints.partition_point(|breakpoint| breakpoint < x);
        Rational::from(&self.slopes[piece] * x) + &self.intercepts[piece]
    }

    /// The same function over a kernel's scalars.
    pub fn import<K: Kernel + ?Sized>(&self, kernel: &K) -> PiecewiseLinear<K::Scalar> {
        let import = |numbers: &[Rational]| numbers.iter().map(|number| kernel.import(number)).collect();
        PiecewiseLinear {
            breakpoints: import(&self.breakpoints),
            slopes: import(&self.slopes),
            intercepts: import(&self.intercepts),
        }
    }

    /// Assumption 2.1: strictly monotone with σ(ℝ) = ℝ. For a piecewise-linear σ: all slopes non-zero, of one sign.
    pub fn is_strictly_monotone_onto(&self) -> bool {
        self.slopes.iter().all(|slope| *slope > 0) || self.slopes.iter().all(|slope| *slope < 0)
    }

    /// Lemma 2.3: Assumption 2.2 holds for a continuous piecewise-linear σ exactly if it has two different slopes.
    pub fn has_two_slopes(&self) -> bool {
        !self.breakpoints.is_empty()
    }

    /// The inverse function; `None` unless [`Activation::is_strictly_monotone_onto`].
    pub fn inverse(&self) -> Option<Self> {
        if !self.is_strictly_monotone_onto() {
            return None;
        }
        let mut inverse = Activation {
            breakpoints: self.values(),
            slopes: self.slopes.iter().map(|slope| slope.clone().recip()).collect(),
            intercepts: self.slopes.iter().zip(&self.intercepts).map(|(s, c)| Rational::from(-c) / s).collect(),
        };
        if self.slopes[0] < 0 {
            inverse.breakpoints.reverse();
            inverse.slopes.reverse();
            inverse.intercepts.reverse();
        }
        Some(inverse)
    }

    /// The value at 0 is 0 and the only breakpoint, if any, is 0: the slope on the left, if that on the right is 1.
    fn leak(&self) -> Option<&Rational> {
        let hinge = self.breakpoints.len() == 1 && self.breakpoints[0].is_zero() && self.intercepts[0].is_zero();
        (hinge && self.slopes[1] == 1).then(|| &self.slopes[0])
    }
}

impl fmt::Display for Activation {
    /// The name if there is one, else the `pl:` form; [`FromStr`] reads both back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::identity() {
            return f.write_str("identity");
        }
        if *self == Self::hard_tanh() {
            return f.write_str("hard-tanh");
        }
        if let Some(slope) = self.leak() {
            return match slope {
                slope if slope.is_zero() => f.write_str("relu"),
                slope if *slope == -1 => f.write_str("abs"),
                slope => write!(f, "leaky-relu={}", write_rational(slope)),
            };
        }
        let list = |numbers: &[Rational]| numbers.iter().map(write_rational).collect::<Vec<_>>().join(",");
        let value = self.evaluate(self.breakpoints.first().unwrap_or(&Rational::new()));
        let (breakpoints, slopes) = (list(&self.breakpoints), list(&self.slopes));
        write!(f, "pl:breakpoints={breakpoints};slopes={slopes};value={}", write_rational(&value))
    }
}

impl FromStr for Activation {
    type Err = ActivationError;

    /// Reads a name or the `pl:` form: see [`GRAMMAR`].
    fn from_str(text: &str) -> Result<Self, ActivationError> {
        match text {
            "relu" => Ok(Self::relu()),
            "abs" => Ok(Self::abs()),
            "hard-tanh" => Ok(Self::hard_tanh()),
            "identity" => Ok(Self::identity()),
            _ => match (text.strip_prefix("leaky-relu="), text.strip_prefix("pl:")) {
                (Some(slope), _) => Ok(Self::leaky_relu(number(slope)?)),
                (_, Some(form)) => parse_pieces(form, text),
                _ => Err(ActivationError::Unknown { found: text.into() }),
            },
        }
    }
}

/// `breakpoints=…;slopes=…;value=…`.
fn parse_pieces(form: &str, text: &str) -> Result<Activation, ActivationError> {
    let unknown = || ActivationError::Unknown { found: text.into() };
    let fields: Vec<&str> = form.split(';').collect();
    let &[breakpoints, slopes, value] = fields.as_slice() else { return Err(unknown()) };
    let breakpoints = breakpoints.strip_prefix("breakpoints=").ok_or_else(unknown)?;
    let slopes = slopes.strip_prefix("slopes=").ok_or_else(unknown)?;
    let value = value.strip_prefix("value=").ok_or_else(unknown)?;
    Activation::new(numbers(breakpoints)?, numbers(slopes)?, number(value)?)
}

fn numbers(text: &str) -> Result<Vec<Rational>, ActivationError> {
    if text.is_empty() { Ok(vec![]) } else { text.split(',').map(number).collect() }
}

fn number(text: &str) -> Result<Rational, ActivationError> {
    parse_rational(text).ok_or_else(|| ActivationError::Number { found: text.into() })
}

/// An [`Activation`] over a kernel's scalar; made by [`Activation::import`].
#[derive(Debug, Clone, PartialEq)]
pub struct PiecewiseLinear<T> {
    breakpoints: Vec<T>,
    slopes: Vec<T>,
    intercepts: Vec<T>,
}

impl<T: Number> PiecewiseLinear<T> {
    /// The breakpoints, ascending.
    pub fn breakpoints(&self) -> &[T] {
        &self.breakpoints
    }

    /// The slopes, one more than breakpoints.
    pub fn slopes(&self) -> &[T] {
        &self.slopes
    }

    /// The index of the piece that x lies in; a breakpoint belongs to the piece on its left.
    pub fn piece(&self, x: &T) -> usize {
        self.breakpoints.partition_point(|breakpoint| breakpoint < x)
    }

    /// The value at x.
    pub fn evaluate(&self, x: &T) -> T {
        let piece = self.piece(x);
        self.slopes[piece].times(x).plus(&self.intercepts[piece])
    }

    /// The value of every number, in their place.
    pub fn apply_to(&self, numbers: &mut [T]) {
        // One breakpoint, as most have: one of two lines is chosen.
        if let ([breakpoint], [left, right], [below, above]) =
            (&self.breakpoints[..], &self.slopes[..], &self.intercepts[..])
        {
            for x in numbers {
                let (slope, intercept) = if *breakpoint < *x { (right, above) } else { (left, below) };
                *x = slope.times(x).plus(intercept);
            }
        } else {
            numbers.iter_mut().for_each(|x| *x = self.evaluate(x));
        }
    }

    /// The value at every entry.
    pub fn apply(&self, matrix: &DMatrix<T>) -> DMatrix<T> {
        DMatrix::from_iterator(matrix.nrows(), matrix.ncols(), matrix.iter().map(|x| self.evaluate(x)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rational(numerator: i32, denominator: i32) -> Rational {
        Rational::from((numerator, denominator))
    }

    fn read(text: &str) -> Activation {
        text.parse().unwrap()
    }

    #[test]
    fn named_activations_have_their_values() {
        for (name, at_minus_three, at_half) in [
            ("relu", rational(0, 1), rational(1, 2)),
            ("leaky-relu=0.01", rational(-3, 100), rational(1, 2)),
            ("leaky-relu=1/100", rational(-3, 100), rational(1, 2)),
            ("abs", rational(3, 1), rational(1, 2)),
            ("hard-tanh", rational(-1, 1), rational(1, 2)),
            ("identity", rational(-3, 1), rational(1, 2)),
            ("pl:breakpoints=-1,0,1/2;slopes=0,1,2,1;value=0", rational(0, 1), rational(2, 1)),
            ("pl:breakpoints=;slopes=2;value=3", rational(-3, 1), rational(4, 1)),
        ] {
            assert_eq!(read(name).evaluate(&rational(-3, 1)), at_minus_three, "{name}");
            assert_eq!(read(name).evaluate(&rational(1, 2)), at_half, "{name}");
        }
        assert_eq!(read("hard-tanh").evaluate(&rational(9, 4)), 1);
    }

    #[test]
    fn equal_neighbouring_slopes_are_merged() {
        assert_eq!(read("pl:breakpoints=-1,0,2;slopes=0,0,1,1;value=0"), Activation::relu());
        assert_eq!(read("pl:breakpoints=-5,7;slopes=1,1,1;value=-5"), Activation::identity());
        assert_eq!(read("leaky-relu=1"), Activation::identity());
        assert!(read("leaky-relu=1").breakpoints().is_empty());
        assert!(!read("pl:breakpoints=0;slopes=3,3;value=1").has_two_slopes());
    }

    #[test]
    fn an_affine_function_is_written_with_an_artificial_breakpoint() {
        let affine = read("pl:breakpoints=4;slopes=2,2;value=11");
        let pieces = affine.to_pieces();
        assert_eq!(pieces, (vec![rational(0, 1)], vec![rational(2, 1), rational(2, 1)], rational(3, 1)));
        assert_eq!(Activation::new(pieces.0, pieces.1, pieces.2), Ok(affine));
    }

    #[test]
    fn displays_a_name_if_there_is_one() {
        for name in ["relu", "leaky-relu=0.01", "leaky-relu=1/3", "leaky-relu=2", "abs", "hard-tanh", "identity"] {
            assert_eq!(read(name).to_string(), name);
        }
        assert_eq!(read("leaky-relu=0").to_string(), "relu");
        assert_eq!(read("leaky-relu=-1").to_string(), "abs");
        let shifted = "pl:breakpoints=1;slopes=0,1;value=0";
        assert_eq!(read(shifted).to_string(), shifted);
    }

    #[test]
    fn the_assumptions_see_through_the_form() {
        for (name, monotone, two_slopes) in [
            ("relu", false, true),
            ("leaky-relu=0.01", true, true),
            ("leaky-relu=-1/2", false, true),
            ("abs", false, true),
            ("hard-tanh", false, true),
            ("identity", true, false),
            ("pl:breakpoints=;slopes=0;value=3", false, false),
            ("pl:breakpoints=0;slopes=-1,-2;value=5", true, true),
            ("pl:breakpoints=0,1;slopes=1,0,1;value=5", false, true),
        ] {
            assert_eq!(read(name).is_strictly_monotone_onto(), monotone, "{name}");
            assert_eq!(read(name).inverse().is_some(), monotone, "{name}");
            assert_eq!(read(name).has_two_slopes(), two_slopes, "{name}");
        }
    }

    #[test]
    fn refusals() {
        let refused = |text: &str| text.parse::<Activation>().unwrap_err();
        let unknown = |text: &str| ActivationError::Unknown { found: text.into() };
        let no_number = |text: &str| ActivationError::Number { found: text.into() };
        for text in
            ["", "gelu", "ReLU", "leaky-relu", "pl:", "pl:breakpoints=0;slopes=0,1", "pl:slopes=1;breakpoints=;value=0"]
        {
            assert_eq!(refused(text), unknown(text));
        }
        assert_eq!(refused("leaky-relu="), no_number(""));
        assert_eq!(refused("leaky-relu=1/0"), no_number("1/0"));
        assert_eq!(refused("pl:breakpoints=0;slopes=0,;value=0"), no_number(""));
        let count = ActivationError::SlopeCount { breakpoints: 1, slopes: 3 };
        assert_eq!(refused("pl:breakpoints=0;slopes=0,1,2;value=0"), count);
        let none = ActivationError::SlopeCount { breakpoints: 0, slopes: 0 };
        assert_eq!(refused("pl:breakpoints=;slopes=;value=0"), none);
        assert_eq!(refused("pl:breakpoints=0,0;slopes=0,1,2;value=0"), ActivationError::NotAscending { index: 1 });
        assert!(refused("gelu").to_string().contains("leaky-relu=SLOPE"));
    }

    fn any_rational() -> impl Strategy<Value = Rational> {
        (-60..60i32, 1..8i32).prop_map(|(numerator, denominator)| rational(numerator, denominator))
    }

    /// Any activation; slopes from a small set, so that neighbours are often equal.
    fn any_activation(slope: std::ops::Range<i32>) -> impl Strategy<Value = Activation> {
        (prop::collection::btree_set(any_rational(), 0..6), any_rational()).prop_flat_map(
            move |(breakpoints, value)| {
                prop::collection::vec(slope.clone(), breakpoints.len() + 1).prop_map(move |slopes| {
                    let slopes = slopes.into_iter().map(|slope| rational(slope, 3)).collect();
                    Activation::new(breakpoints.iter().cloned().collect(), slopes, value.clone()).unwrap()
                })
            },
        )
    }

    proptest! {
        #[test]
        fn neighbouring_slopes_differ_and_pieces_meet(activation in any_activation(-2..3)) {
            prop_assert!(activation.slopes().windows(2).all(|pair| pair[0] != pair[1]));
            for (i, breakpoint) in activation.breakpoints().iter().enumerate() {
                let side = |piece: usize| Rational::from(&activation.slopes()[piece] * breakpoint) + &activation.intercepts()[piece];
                prop_assert_eq!(side(i), side(i + 1));
            }
        }

        #[test]
        fn text_and_certificate_forms_round_trip(activation in any_activation(-2..3)) {
            prop_assert_eq!(&read(&activation.to_string()), &activation);
            let (breakpoints, slopes, value) = activation.to_pieces();
            prop_assert_eq!(Activation::new(breakpoints, slopes, value), Ok(activation));
        }

        #[test]
        fn the_inverse_undoes_the_activation(
            activation in prop_oneof![any_activation(1..4), any_activation(-3..0)],
            x in any_rational(),
        ) {
            let inverse = activation.inverse().unwrap();
            prop_assert_eq!(&inverse.evaluate(&activation.evaluate(&x)), &x);
            prop_assert_eq!(&activation.evaluate(&inverse.evaluate(&x)), &x);
            prop_assert_eq!(inverse.inverse(), Some(activation));
        }
    }
}

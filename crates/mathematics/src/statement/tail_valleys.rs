//! **Figures 2 to 4** (ICML 2019): local minima do not tell valleys.
//!
//! *Figure 2: bad local valleys in one and two dimensions; in the left example the valley contains multiple local minima,
//! in the right one it does not even contain any. Figure 3: a function with exponential tails without local minima that
//! still has local valleys; a function whose local minima are all global, with bad local valleys at both infinities.
//! Figure 4: a function without bad local valleys whose sublevel sets are disconnected.* The paper draws them; here are
//! functions of that kind whose valleys are computed.
//!
//! f(x) = q(t(x)) with t = 1/(1 + e^(−x)), a homeomorphism from ℝ onto (0, 1), and a polynomial q with
//! q′ = a Π (t − t_i), a ≠ 0, 0 < t_1 < … < t_k < 1 rational. So q is strictly monotone between neighbouring t_i, and its values
//! at 0, t_1, …, t_k, 1 say everything: local minima, limits at both infinities, and for every α the local valleys
//! (Definition 4.1: components of {f < α}) with their infima. Near −∞ f − q(0) behaves like q′(0) eˣ, near +∞
//! f − q(1) like −q′(1) e^(−x): exponential tails.
//!
//! In two variables f(x, y) = q(t(x)) + c y² with c > 0. Along y ↦ (1 − s) y, s from 0 to 1, f does not rise, so that {f < α}
//! and {f ≤ α} retract onto their parts on y = 0: components, their infima and local minima are those of q(t(x)).
//!
//! # Example
//! ```
//! use sublevel::statement::tail_valleys::TailFunction;
//!
//! // Figure 4: two valleys, none of them bad, and a ridge of height 1/16 between them.
//! let landscape = TailFunction::with_two_global_valleys().verify().unwrap();
//! assert!(landscape.all_minima_are_global() && !landscape.has_bad_valley());
//! assert_eq!(landscape.valleys(&(1, 16).into()).len(), 2);
//! assert_eq!(landscape.valleys(&(1, 8).into()).len(), 1);
//! ```

use super::object::{Refused, fractions, number, prove};
use super::{exact_text, real_polynomial as polynomial};
use crate::arith::write_rational;
use crate::certificate::{Object, object::Tails};
use crate::checker::Finding;
use crate::path::to_fraction;
use rug::Rational;
use serde::Serialize;
use std::fmt;

/// f(x) = q(1/(1 + e^(−x))), or f(x, y) = q(1/(1 + e^(−x))) + c y².
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TailFunction {
    /// q, coefficients ascending.
    #[serde(serialize_with = "exact_text::numbers")]
    pub coefficients: Vec<Rational>,
    /// t_1 < … < t_k, where q turns.
    #[serde(serialize_with = "exact_text::numbers")]
    pub turns: Vec<Rational>,
    /// c > 0; `None` for a function of one variable.
    #[serde(serialize_with = "exact_text::optional")]
    pub square: Option<Rational>,
}

/// The values of f, for y = 0, at −∞, at its turns, and at +∞; they rise and fall in turn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Landscape {
    /// q(0), q(t_1), …, q(t_k), q(1).
    #[serde(serialize_with = "exact_text::numbers")]
    pub values: Vec<Rational>,
    /// c of a function of two variables.
    #[serde(serialize_with = "exact_text::optional")]
    pub square: Option<Rational>,
}

/// A component of {f < α}.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Valley {
    /// The basins in it: indices into [`Landscape::values`].
    pub basins: Vec<usize>,
    /// The infimum of f on it.
    #[serde(serialize_with = "exact_text::number")]
    pub infimum: Rational,
    /// Whether there is a local minimum of f in it.
    pub has_local_minimum: bool,
}

impl TailFunction {
    /// Figure 1: bounded and not constant, so not convex, and yet every sublevel set is connected. q = t² − t: 0, −1/4, 0.
    pub fn connected() -> Self {
        Self::of(&[0, -1, 1], &[(1, 2)])
    }

    /// Figure 2, left: a bad valley with two local minima. Of 32 q the turns' values are −2143, −1996, −2079, −1375, −3871.
    pub fn with_two_minima_in_a_bad_valley() -> Self {
        let turns = [(1, 8), (1, 4), (3, 8), (5, 8), (7, 8)];
        Self::of(&[0, -1575, 13710, -55680, 113280, -110592, 40960], &turns)
    }

    /// Figure 2, right: a bad valley in two variables without a local minimum, at x → −∞. That of
    /// [`TailFunction::without_minima`], with y² added.
    pub fn bad_valley_in_the_plane() -> Self {
        TailFunction { square: Some(Rational::from(1)), ..Self::without_minima() }
    }

    /// Figure 3, left: no local minimum, and yet a bad valley at −∞. q = t − 2t²: 0, 1/8, −1.
    pub fn without_minima() -> Self {
        Self::of(&[0, 1, -2], &[(1, 4)])
    }

    /// Figure 3, right: every local minimum is global, and yet bad valleys at both infinities.
    /// q = 36u² − 128u⁴ with u = t − 1/2: 1, 81/32, 0, 81/32, 1.
    pub fn with_bad_tails() -> Self {
        Self::of(&[1, 28, -156, 256, -128], &[(1, 8), (1, 2), (7, 8)])
    }

    /// Figure 4: two valleys below 1/16, both global. q = (4t − 1)² (4t − 3)²/16: 9/16, 0, 1/16, 0, 9/16.
    pub fn with_two_global_valleys() -> Self {
        let mut function = Self::of(&[9, -96, 352, -512, 256], &[(1, 4), (1, 2), (3, 4)]);
        function.coefficients.iter_mut().for_each(|coefficient| *coefficient /= 16);
        function
    }

    fn of(coefficients: &[i32], turns: &[(i32, i32)]) -> Self {
        let coefficients = coefficients.iter().copied().map(Rational::from).collect();
        TailFunction { coefficients, turns: turns.iter().copied().map(Rational::from).collect(), square: None }
    }

    /// The checker's answer: the values of q at both ends and at its turns.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn verify(&self) -> Result<Landscape, Refused> {
        match prove(self.object())? {
            Finding::Valleys { values, square } => {
                Ok(Landscape { values: values.iter().map(number).collect(), square: square.as_ref().map(number) })
            }
            other => unreachable!("{other}"),
        }
    }

    /// All that the checker needs.
    pub fn object(&self) -> Object {
        Object::Tails(Tails {
            coefficients: fractions(&self.coefficients),
            turns: fractions(&self.turns),
            square: self.square.as_ref().map(to_fraction),
        })
    }

    /// f(x), or f(x, 0), in f64.
    pub fn evaluate(&self, x: f64) -> f64 {
        polynomial::double(&self.coefficients, 1.0 / (1.0 + (-x).exp()))
    }

    /// (x, f(x)), or (x, f(x, 0)), at `count` ≥ 2 points from `low` to `high`, for a picture.
    pub fn graph(&self, low: f64, high: f64, count: usize) -> Vec<(f64, f64)> {
        let x = |k: usize| low + (high - low) * k as f64 / (count - 1) as f64;
        (0..count).map(|k| (x(k), self.evaluate(x(k)))).collect()
    }
}

impl Landscape {
    /// inf f.
    pub fn infimum(&self) -> &Rational {
        self.values.iter().min().expect("there are two ends")
    }

    /// The values of the local minima; an end is none, it is not attained.
    pub fn local_minima(&self) -> Vec<&Rational> {
        (1..self.values.len() - 1).filter(|&index| self.is_basin(index)).map(|index| &self.values[index]).collect()
    }

    /// Whether every local minimum is global.
    pub fn all_minima_are_global(&self) -> bool {
        self.local_minima().iter().all(|value| *value == self.infimum())
    }

    /// Whether the value is below its neighbours'.
    fn is_basin(&self, index: usize) -> bool {
        let neighbours = [index.checked_sub(1), Some(index + 1)];
        neighbours
            .into_iter()
            .flatten()
            .filter_map(|other| self.values.get(other))
            .all(|other| self.values[index] < *other)
    }

    /// The local valleys at level α: basins below α, parted by peaks that are not.
    pub fn valleys(&self, alpha: &Rational) -> Vec<Valley> {
        let mut valleys: Vec<Valley> = Vec::new();
        let mut open = false;
        for (index, value) in self.values.iter().enumerate() {
            if value >= alpha {
                open = false;
            } else if self.is_basin(index) {
                if !open {
                    valleys.push(Valley { basins: vec![], infimum: value.clone(), has_local_minimum: false });
                    open = true;
                }
                let valley = valleys.last_mut().expect("a valley is open");
                valley.basins.push(index);
                valley.infimum = valley.infimum.clone().min(value.clone());
                valley.has_local_minimum |= index > 0 && index + 1 < self.values.len();
            }
        }
        valleys
    }

    /// The bad local valleys at level α: those whose infimum is not inf f (Definition 4.1, p* = inf f).
    pub fn bad_valleys(&self, alpha: &Rational) -> Vec<Valley> {
        self.valleys(alpha).into_iter().filter(|valley| valley.infimum != *self.infimum()).collect()
    }

    /// Whether there is a bad local valley at any level. The valleys change only at the values of the peaks, and are
    /// most at or below one; so the peaks' values are tried.
    pub fn has_bad_valley(&self) -> bool {
        self.values.iter().any(|alpha| !self.bad_valleys(alpha).is_empty())
    }

    /// Whether every sublevel set {f ≤ α} is connected: there is one basin.
    pub fn is_connected(&self) -> bool {
        (0..self.values.len()).filter(|&index| self.is_basin(index)).count() <= 1
    }
}

impl fmt::Display for TailFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let square = self.square.as_ref().map_or(String::new(), |c| {
            format!(" + {}", polynomial::text(&[Rational::new(), Rational::new(), c.clone()], "y"))
        });
        write!(f, "{}{square} with t = 1/(1 + exp(-x))", polynomial::text(&self.coefficients, "t"))
    }
}

impl fmt::Display for Landscape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values: Vec<_> = self.values.iter().map(write_rational).collect();
        let minima = match (self.local_minima().len(), self.all_minima_are_global()) {
            (0, _) => "no local minimum",
            (_, true) => "every local minimum is global",
            (_, false) => "a local minimum is not global",
        };
        let bad = if self.has_bad_valley() { "there is a bad local valley" } else { "there is no bad local valley" };
        let sets =
            if self.is_connected() { "all sublevel sets are connected" } else { "some sublevel sets are disconnected" };
        let line = if self.square.is_some() { "of two variables; on y = 0 " } else { "" };
        write!(f, "{line}from -∞ to +∞ the values {}: {minima}, {bad}, {sets}", values.join(", "))
    }
}

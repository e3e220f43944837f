//! **Section 7** (ICML 2019): connected sublevel sets do not ensure the success of gradient descent.
//!
//! *Figure 5: a function with connected sublevel sets on which a gradient flow is stuck at infinity: it descends for
//! ever and reaches only a suboptimal value.* The paper draws such a function; here is one with a proof, and the flow is
//! stuck not on one trajectory but from a whole region of starting points.
//!
//! f(x, y) = e^(−x) A(y) + B(y), in the example A = 1 + y² and B = 3y⁴ − 4y³. Write s = e^(−x) > 0. The claims, and what
//! [`StuckFlow::verify`] checks of them in rational numbers:
//!
//! 1. *f has no critical point*: ∂f/∂x = −s A(y) < 0. Checked: A has only even powers, no negative coefficient and
//!    a_0 > 0, so A ≥ a_0 > 0.
//! 2. *Every sublevel set, strict or not, is connected.* f(x, y) ≤ α means s ≤ (α − B(y))/A(y), that is B(y) < α and
//!    x ≥ g(y) with g = −ln((α − B)/A) continuous. B falls up to m and grows from m on, so {y : B(y) < α} is an interval
//!    J, and two points over J are joined by going up in x to the maximum of g between them, across, and down. The same
//!    with > for <. Checked: B′ = (y − m) Q by exact division, where Q has only even powers and no negative coefficient.
//! 3. *inf f = B(m)*, approached for y = m, x → ∞ and not attained: f > B(y) ≥ B(m).
//! 4. *From every point with x ≥ 0 and |y| ≤ ρ e^(−x) the gradient flow exists for all times, x → ∞, y → 0, and f falls to
//!    B(0) > B(m).* Along ẋ = s A, ẏ = −s A′ − B′ we have ṡ = −s² A, and r = y/s obeys ṙ = y P with
//!    P = A(y) − A′(y)/y − r B′(y)/y². Checked: a_1 = b_1 = b_2 = 0, so that the quotients are polynomials, and for
//!    |r| ≤ ρ, 0 < s ≤ 1 (so |y| ≤ ρ), term by term,
//!    P ≤ a_0 − 2a_2 + Σ_(k≥2) |a_k| ρ^k + Σ_(k≥3) k |a_k| ρ^(k−2) + Σ_(k≥3) k |b_k| ρ^(k−2) = −c < 0.
//!    Hence d(r²)/dt = 2 r y P ≤ −2c s r²: |r| does not grow, and s falls, so the region is never left. There
//!    a_0 ≤ d(1/s)/dt = A(y) ≤ A(ρ): 1/s grows linearly for ever, s → 0, |y| ≤ ρ s → 0. Checked: B(0) > B(m).
//!
//! What is not proved: anything about gradient *descent* with finite steps.
//!
//! # Example
//! ```
//! use sublevel::statement::stuck_flow::StuckFlow;
//!
//! let flow = StuckFlow::example();
//! assert_eq!(flow.to_string(), "exp(-x) (y^2 + 1) + 3y^4 - 4y^3");
//! let stuck = flow.verify().unwrap();
//! assert_eq!((stuck.limit, stuck.infimum), (0.into(), (-1).into()));
//! ```

use super::object::{Refused, fractions, number, prove};
use super::{exact_text, real_polynomial as polynomial};
use crate::arith::write_rational;
use crate::certificate::{Object, object::Flow};
use crate::checker::Finding;
use crate::path::to_fraction;
use rug::Rational;
use serde::Serialize;
use std::fmt;

/// f(x, y) = e^(−x) A(y) + B(y) with the data of its proof; coefficients ascending.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StuckFlow {
    /// A.
    #[serde(serialize_with = "exact_text::numbers")]
    pub tail: Vec<Rational>,
    /// B.
    #[serde(serialize_with = "exact_text::numbers")]
    pub floor: Vec<Rational>,
    /// m, where B is least.
    #[serde(serialize_with = "exact_text::number")]
    pub minimiser: Rational,
    /// ρ > 0.
    #[serde(serialize_with = "exact_text::number")]
    pub radius: Rational,
}

/// What is proved of a [`StuckFlow`]: from x ≥ 0, |y| ≤ ρ e^(−x) the flow falls to `limit` > `infimum`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stuck {
    /// B(0), the limit of f along the flow.
    #[serde(serialize_with = "exact_text::number")]
    pub limit: Rational,
    /// B(m) = inf f.
    #[serde(serialize_with = "exact_text::number")]
    pub infimum: Rational,
    /// ρ.
    #[serde(serialize_with = "exact_text::number")]
    pub radius: Rational,
    /// c, with d(r²)/dt ≤ −2c s r².
    #[serde(serialize_with = "exact_text::number")]
    pub contraction: Rational,
}

/// Values on a rectangular grid, for a picture.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Grid {
    /// The columns' x, ascending.
    pub xs: Vec<f64>,
    /// The rows' y, ascending.
    pub ys: Vec<f64>,
    /// f at row i, column j.
    pub values: Vec<Vec<f64>>,
}

impl Grid {
    /// f at `columns` × `rows` points, two of each at least, evenly spaced between the ends of x and of y.
    pub fn of((x, y): ((f64, f64), (f64, f64)), (columns, rows): (usize, usize), f: impl Fn(f64, f64) -> f64) -> Self {
        let spread = |(low, high): (f64, f64), count: usize| -> Vec<f64> {
            (0..count).map(|k| low + (high - low) * k as f64 / (count - 1) as f64).collect()
        };
        let (xs, ys) = (spread(x, columns), spread(y, rows));
        let values = ys.iter().map(|&y| xs.iter().map(|&x| f(x, y)).collect()).collect();
        Grid { xs, ys, values }
    }
}

impl StuckFlow {
    /// The example: e^(−x) (1 + y²) + 3y⁴ − 4y³, m = 1, ρ = 1/16.
    pub fn example() -> Self {
        let exact = |numbers: &[i32]| numbers.iter().copied().map(Rational::from).collect();
        StuckFlow {
            tail: exact(&[1, 0, 1]),
            floor: exact(&[0, 0, 0, -4, 3]),
            minimiser: Rational::from(1),
            radius: Rational::from((1, 16)),
        }
    }

    /// The checker's answer to the four claims.
    ///
    /// # Errors
    /// [`Refused`] names the claim that is not proved.
    pub fn verify(&self) -> Result<Stuck, Refused> {
        match prove(self.object())? {
            Finding::StuckFlow { limit, infimum, radius, contraction } => {
                let [limit, infimum, radius, contraction] = [limit, infimum, radius, contraction].map(|n| number(&n));
                Ok(Stuck { limit, infimum, radius, contraction })
            }
            other => unreachable!("{other}"),
        }
    }

    /// All that the checker needs.
    pub fn object(&self) -> Object {
        Object::Flow(Flow {
            tail: fractions(&self.tail),
            floor: fractions(&self.floor),
            minimiser: to_fraction(&self.minimiser),
            radius: to_fraction(&self.radius),
        })
    }

    /// f(x, y) in f64.
    pub fn evaluate(&self, x: f64, y: f64) -> f64 {
        (-x).exp() * polynomial::double(&self.tail, y) + polynomial::double(&self.floor, y)
    }

    /// ∇f(x, y) in f64. It underflows to zero at (x, 0) for x > 746, where f has no critical point.
    pub fn gradient(&self, x: f64, y: f64) -> (f64, f64) {
        let s = (-x).exp();
        let slope = |coefficients: &[Rational]| polynomial::double(&polynomial::derivative(coefficients), y);
        (-s * polynomial::double(&self.tail, y), s * slope(&self.tail) + slope(&self.floor))
    }

    /// The values on `columns` × `rows` points of the rectangle of (x, y), for a picture. Two or more of each.
    pub fn grid(&self, x: (f64, f64), y: (f64, f64), columns: usize, rows: usize) -> Grid {
        Grid::of((x, y), (columns, rows), |x, y| self.evaluate(x, y))
    }

    /// Points of the gradient flow from a start, by explicit Euler steps in f64: for a picture, not for the proof.
    pub fn trajectory(&self, start: (f64, f64), step: f64, steps: usize) -> Vec<(f64, f64)> {
        let mut point = start;
        let mut points = vec![point];
        for _ in 0..steps {
            let (along, across) = self.gradient(point.0, point.1);
            point = (point.0 - step * along, point.1 - step * across);
            points.push(point);
        }
        points
    }
}

impl fmt::Display for StuckFlow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exp(-x) ({}) + {}", polynomial::text(&self.tail, "y"), polynomial::text(&self.floor, "y"))
    }
}

impl fmt::Display for Stuck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [limit, infimum, radius] = [&self.limit, &self.infimum, &self.radius].map(write_rational);
        write!(
            f,
            "no critical point; every sublevel set is connected; from x ≥ 0, |y| ≤ {radius} exp(-x) the gradient flow \
             falls to {limit} at infinity, the infimum is {infimum}"
        )
    }
}

//! **Remark 3.1, Lemma 7, Theorem 6 and step 2 of Theorem 11** (IJCAI 2020), refuted by small instances.
//!
//! *Remark 3.1: sublevel sets are compact; to connect them it is enough to connect them outside of null sets, and below λ + ε for all ε.*
//! Of (x² − 1)²/(1 + y²) every {F ≤ ε}, ε > 0, is path-connected ([`Remark::way`]), and {F ≤ 0} = {x = ±1} is not ([`remark_3_1`]).
//!
//! *Lemma 7: for d_y ≤ min(d_x, d_z), if all sublevel sets of F(Z) = E L(Z x, y) are connected, so are those of E L(\[W, W V\] x, y).*
//! For d_y = d_x see [`skip_product`](crate::statement::skip_product). For d_y = 1 < d_x = 2 the samples (0, 1; 0) ↦ 0 and (0, 0; 1) ↦ 1 have the
//! loss w_2² + (w_1 v_1 + w_2 v_2 − 1)²: a convex function of Z, and of (W, V) one with w_1 v_1 = 1 wherever it is 0
//! ([`lemma_7`]). For λ > inf, d_y < d_x, strict sublevel sets and continuous F Lemma 7 holds.
//!
//! *Theorem 6: with f = W (x + V g(θ, x)), from any two points of loss at most λ a path joins them with F ≤ max(λ, F\*_w), F\*_w = inf E L(W x, y).*
//! x = (0, 1) ↦ 0, x = (1, 0) ↦ 1 and g = θ σ(x_1): F\*_w = 0, and w_1 (1 + v_1 θ) = 1 wherever the loss is 0 ([`theorem_6`]). λ > F\*_w
//! has to be asked for.
//!
//! *Step 2 of Theorem 11 sets V_1(t) = W_2(t)⁺ W_2(0) V_1(0).* For parallel neurons and W_2 = (1, −1) the merged W_2(t) = (1 − t)(1, −1) has the rank 0 at
//! t = 1, the pseudo-inverse is (½, −½)/(1 − t), and no V_1 at t = 1 has W_2 V_1 = 1 ([`step_2`]).
//!
//! # Example
//! ```
//! use sublevel::statement::residual::instances::{lemma_7, theorem_6};
//!
//! assert!(lemma_7().verify().is_ok());
//! assert!(theorem_6().verify().is_ok());
//! ```

use super::terms::Polynomial;
use crate::certificate::{Object, object};
use crate::checker::Finding;
use crate::statement::object::{Refused, fractions, prove};
use rug::Rational;

/// Common zeros of polynomials, and a function that is not 0 at them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeparatedZeros {
    residuals: Vec<Polynomial>,
    separator: Polynomial,
    cofactors: Vec<Polynomial>,
    /// A zero at which the function is positive.
    pub positive: Vec<Rational>,
    /// A zero at which it is negative.
    pub negative: Vec<Rational>,
}

impl SeparatedZeros {
    /// Σ f_i², the loss.
    pub fn loss(&self, point: &[Rational]) -> Rational {
        self.residuals.iter().map(|residual| residual.at(point).square()).sum()
    }

    /// The function that separates them.
    pub fn separator(&self, point: &[Rational]) -> Rational {
        self.separator.at(point)
    }

    /// The checker's answer.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn verify(&self) -> Result<(), Refused> {
        match prove(self.object())? {
            Finding::SeparatedZeros { .. } => Ok(()),
            other => unreachable!("{other}"),
        }
    }

    /// All that the checker needs.
    pub fn object(&self) -> Object {
        let records = |list: &[Polynomial]| list.iter().map(Polynomial::record).collect();
        Object::Zeros(object::Zeros {
            variables: self.positive.len(),
            residuals: records(&self.residuals),
            separator: self.separator.record(),
            cofactors: records(&self.cofactors),
            positive: fractions(&self.positive),
            negative: fractions(&self.negative),
        })
    }
}

fn integers(numbers: &[i32]) -> Vec<Rational> {
    numbers.iter().copied().map(Rational::from).collect()
}

/// W (x + V g) − y for W = (w_1, w_2) and V = (v_1, v_2)ᵀ, as polynomials.
fn residual(weights: &[Polynomial; 2], skips: &[Polynomial; 2], x: [i32; 2], g: &Polynomial, y: i32) -> Polynomial {
    let constant = |value: i32| Polynomial::constant(weights[0].record()[0].powers.len(), value);
    let mut sum = -constant(y);
    for k in 0..2 {
        sum = sum + &weights[k] * &(constant(x[k]) + &skips[k] * g);
    }
    sum
}

/// {(x² − 1)² ≤ 0}, the zeros of the function of Remark 3.1; variables x, y.
pub fn remark_3_1() -> SeparatedZeros {
    let x = Polynomial::variable(2, 0);
    let one = Polynomial::constant(2, 1);
    SeparatedZeros {
        residuals: vec![&x * &x + -one.clone()],
        separator: x.clone(),
        cofactors: vec![x, -one],
        positive: integers(&[1, 0]),
        negative: integers(&[-1, 0]),
    }
}

/// The instance of Lemma 7 with d_x = 2, d_z = d_y = 1; variables w_1, w_2, v_1, v_2.
pub fn lemma_7() -> SeparatedZeros {
    let [w_1, w_2, v_1, v_2] = [0, 1, 2, 3].map(|k| Polynomial::variable(4, k));
    let [zero, one] = [0, 1].map(|value| Polynomial::constant(4, value));
    let (weights, skips) = ([w_1.clone(), w_2], [v_1.clone(), v_2.clone()]);
    SeparatedZeros {
        residuals: vec![residual(&weights, &skips, [0, 1], &zero, 0), residual(&weights, &skips, [0, 0], &one, 1)],
        separator: w_1,
        // w_1 v_1 = 1 + f_2 − f_1 v_2.
        cofactors: vec![v_1, v_2, -one],
        positive: integers(&[1, 0, 1, 0]),
        negative: integers(&[-1, 0, -1, 5]),
    }
}

/// The instance of Theorem 6, g = θ σ(x_1) on its two samples; variables w_1, w_2, v_1, v_2, θ.
pub fn theorem_6() -> SeparatedZeros {
    let [w_1, w_2, v_1, v_2, theta] = [0, 1, 2, 3, 4].map(|k| Polynomial::variable(5, k));
    let [zero, one] = [0, 1].map(|value| Polynomial::constant(5, value));
    let (weights, skips) = ([w_1.clone(), w_2], [v_1.clone(), v_2.clone()]);
    SeparatedZeros {
        residuals: vec![residual(&weights, &skips, [0, 1], &zero, 0), residual(&weights, &skips, [1, 0], &theta, 1)],
        separator: w_1,
        // w_1 (1 + v_1 θ) = 1 + f_2 − f_1 v_2 θ.
        cofactors: vec![one.clone() + &v_1 * &theta, &v_2 * &theta, -one],
        positive: integers(&[1, 0, 0, 0, 1]),
        negative: integers(&[-1, 0, -2, 0, 1]),
    }
}

/// W_2(t) V_1 = 1 for W_2(t) = (1 − t)(1, −1), of the proof of Theorem 11; variables t and V_1. t = 1 parts the solutions.
pub fn step_2() -> SeparatedZeros {
    let [t, first, second] = [0, 1, 2].map(|k| Polynomial::variable(3, k));
    let one = Polynomial::constant(3, 1);
    let (rest, difference) = (one.clone() + -t, first + -second);
    SeparatedZeros {
        residuals: vec![&rest * &difference + -one.clone()],
        separator: rest,
        cofactors: vec![difference, -one],
        positive: integers(&[0, 1, 0]),
        negative: integers(&[2, -1, 0]),
    }
}

/// The function (x² − 1)²/(1 + y²) of Remark 3.1.
#[derive(Debug, Clone, Copy)]
pub struct Remark;

impl Remark {
    /// Its value.
    pub fn at(&self, [x, y]: &[Rational; 2]) -> Rational {
        quartic(x) / (Rational::from(y.square_ref()) + 1)
    }

    /// The corners of a way from a point of {F ≤ ε} to (1, 0) inside this set; none if the point is not in it, or ε ≤ 0.
    ///
    /// 1. Away from y = 0, up to Y² + 1 ≥ M/ε with M the larger one of (x² − 1)² and 1: F falls.
    /// 2. To x = 1: (x² − 1)² stays below M, and F below M/(Y² + 1).
    /// 3. To y = 0, where F is 0.
    pub fn way(&self, epsilon: &Rational, from: &[Rational; 2]) -> Option<[[Rational; 2]; 4]> {
        if *epsilon <= 0 || self.at(from) > *epsilon {
            return None;
        }
        let [x, y] = from;
        let most = quartic(x).max(Rational::from(1));
        let far = Rational::from(y.abs_ref()).max(Rational::from(&most / epsilon) + 1);
        let far = if *y < 0 { -far } else { far };
        let [zero, one] = [0, 1].map(Rational::from);
        Some([from.clone(), [x.clone(), far.clone()], [one.clone(), far], [one, zero]])
    }
}

/// (x² − 1)².
fn quartic(x: &Rational) -> Rational {
    let inside: Rational = Rational::from(x.square_ref()) - 1;
    inside.square()
}

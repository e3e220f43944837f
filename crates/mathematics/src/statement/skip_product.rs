//! **Lemma 7 and Theorem 6** (Wang, Shen, Zhao & Zhang, IJCAI 2020), refuted for d_y = d_x.
//!
//! *Lemma 7: for d_y ≤ min(d_x, d_z), if all sublevel sets of F(Z) = E L(Z x, y) are connected, then so are those of
//! F(W, V) = E L([W, W V] x, y). Theorem 6: from any two points with loss at most λ a path joins them on which the
//! loss of W (x + V g) is at most max(λ, inf_W E L(W x, y)).*
//!
//! Let d_x = d_z = d_y = 1, one sample with input (a, b), b ≠ 0, target y ≠ 0, and L the squared difference. F(Z) is a
//! convex function, so all its sublevel sets are connected. But W (a + b V) with W = 1, V = (y − a)/b and with W = −1,
//! V = (−y − a)/b have loss 0; on every path between them W vanishes somewhere, and there the loss is y². So for
//! 0 ≤ α < y² the sublevel set is disconnected. For a ≠ 0 this refutes Theorem 6 as well, with g = b, whatever g
//! becomes along the path. The printed proof leaves out the W of rank less than d_y, as a set of measure zero; for
//! d_y = d_x that set has codimension one and separates.
//!
//! # Example
//! ```
//! use sublevel::statement::skip_product::SkipProduct;
//!
//! // x = (0, 1), y = 1: (W V − 1)² has two valleys of loss 0, and 1 between them.
//! let instance = SkipProduct::new((0.into(), 1.into()), 1.into()).unwrap();
//! assert_eq!(instance.verify(), Ok((0.into(), 1.into())));
//! assert_eq!(instance.loss(&(0.into(), 17.into())), 1);
//! ```

use super::object::{Refused, number, prove};
use crate::arith::write_rational;
use crate::certificate::{Object, object::Product};
use crate::checker::Finding;
use crate::path::to_fraction;
use rug::Rational;
use std::fmt;

/// The instance of Lemma 7 with one sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkipProduct {
    /// The input (a, b) ∈ ℝ^(d_x + d_z).
    pub input: (Rational, Rational),
    /// The target y.
    pub target: Rational,
    /// (W, V) with W > 0.
    pub positive: (Rational, Rational),
    /// (W, V) with W < 0.
    pub negative: (Rational, Rational),
}

/// Why the instance refutes nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotRefuted {
    /// b = 0: V has no influence.
    #[error("b = 0: V has no influence")]
    NoSkip,
    /// y = 0: the loss is 0 where W vanishes.
    #[error("y = 0: where W vanishes the loss is 0")]
    ZeroTarget,
}

impl SkipProduct {
    /// The instance for an input (a, b) and a target y, with two points of loss 0.
    ///
    /// # Errors
    /// [`NotRefuted::NoSkip`], [`NotRefuted::ZeroTarget`].
    pub fn new(input: (Rational, Rational), target: Rational) -> Result<Self, NotRefuted> {
        if input.1.is_zero() {
            return Err(NotRefuted::NoSkip);
        }
        if target.is_zero() {
            return Err(NotRefuted::ZeroTarget);
        }
        let solve = |weight: i32| {
            let weight = Rational::from(weight);
            let skip = (Rational::from(&target * &weight) - &input.0) / &input.1;
            (weight, skip)
        };
        let (positive, negative) = (solve(1), solve(-1));
        Ok(SkipProduct { input, target, positive, negative })
    }

    /// F(W, V) = (W a + W V b − y)².
    pub fn loss(&self, (weight, skip): &(Rational, Rational)) -> Rational {
        let (a, b) = &self.input;
        let rest = (Rational::from(skip * b) + a) * weight - &self.target;
        rest.square()
    }

    /// The levels (attained, barrier) such that for attained ≤ α < barrier the sublevel set {F(W, V) ≤ α} is
    /// disconnected, by the checker.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn verify(&self) -> Result<(Rational, Rational), Refused> {
        match prove(self.object())? {
            Finding::Separated { attained, barrier } => Ok((number(&attained), number(&barrier))),
            other => unreachable!("{other}"),
        }
    }

    /// All that the checker needs.
    pub fn object(&self) -> Object {
        let pair = |(a, b): &(Rational, Rational)| vec![to_fraction(a), to_fraction(b)];
        Object::Product(Product {
            input: pair(&self.input),
            target: to_fraction(&self.target),
            positive: pair(&self.positive),
            negative: pair(&self.negative),
        })
    }
}

impl fmt::Display for SkipProduct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [w, v, w2, v2] =
            [&self.positive.0, &self.positive.1, &self.negative.0, &self.negative.1].map(write_rational);
        let barrier = write_rational(&Rational::from(self.target.square_ref()));
        write!(f, "(W, V) = ({w}, {v}) and ({w2}, {v2}): on every path between them the loss reaches {barrier}")
    }
}

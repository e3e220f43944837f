//! Regions of a network with a smooth σ that is monotone and not onto (thesis, after Theorem 5.2.4).
//!
//! With h = σ(x), W = S \[\[−1, ½\], \[½, −1\]\], b = t_0 + S β/2 and β = inf σ the pre-activations of the second layer are on x_1 = x_2 both t_0 −
//! S (σ(x_1) − β)/2 ≤ t_0. So v_1 + v_2 ≤ 2σ(t_0) ≤ c there: class 0, which wins where v_1 + v_2 > c, wins nowhere on the diagonal. It wins
//! at (u, −u) and, as the network is symmetric, at (−u, u), on either side of it. All matrices are regular.

use crate::rational::Rational;
use crate::{
    certificate::object::Diagonal,
    finding::{Domain, Finding, Unproved},
    graph::path::MOST_BITS,
    interval::{Interval, Precision},
    matrix::fraction,
    smooth::Smooth,
    verdict::{Failure, Rejection, Undecided},
};
use num_bigint::BigInt;
use num_integer::Integer as _;
use num_traits::Signed;

/// What is proved.
pub fn check(object: &Diagonal) -> Result<Finding, Failure> {
    let sigma = Smooth::read(&object.activation)?;
    let [scale, shift, threshold, reach] =
        [&object.scale, &object.shift, &object.threshold, &object.reach].map(fraction);
    let (scale, shift, threshold, reach) = (scale?, shift?, threshold?, reach?);
    if !scale.is_positive() || !reach.is_positive() {
        return Err(Rejection::from(Unproved::DiagonalSigns).into());
    }
    let at = Enclosing { sigma, p: Precision(object.bits.min(MOST_BITS)) };
    let (p, half) = (at.p, Rational::new(1.into(), 2.into()));
    let on = at.value(&at.number(&shift));
    let below = |number: &BigInt| p.rational(number) * BigInt::from(2) <= threshold;
    decide(below(&on.upper), !below(&on.lower), Unproved::DiagonalWins, p)?;
    let [near, far] = [reach.clone(), -reach].map(|x| at.value(&at.number(&x)));
    let start = at.number(&(shift + &scale * at.sigma.infimum() * &half));
    // −S h + ½ S h′ and the other way round.
    let pre =
        |own: &Interval, other: &Interval| start.minus(&times(own, &scale)).plus(&times(other, &(&scale * &half)));
    let sum = at.value(&pre(&near, &far)).plus(&at.value(&pre(&far, &near)));
    let above = |number: &BigInt| p.rational(number) > threshold;
    decide(above(&sum.lower), !above(&sum.upper), Unproved::CornerLoses, p)?;
    Ok(Finding::DisconnectedRegions {
        widths: vec![2; 4],
        class: 0,
        components: 2,
        domain: Domain::Space,
        compared: (false, false),
    })
}

/// Holds, does not, or is open.
fn decide(holds: bool, fails: bool, why: Unproved, p: Precision) -> Result<(), Failure> {
    match (holds, fails) {
        (true, _) => Ok(()),
        (_, true) => Err(Rejection::from(why).into()),
        _ => Err(Undecided::MarginOpen { bits: p.0 }.into()),
    }
}

struct Enclosing {
    sigma: Smooth,
    p: Precision,
}

impl Enclosing {
    fn number(&self, number: &Rational) -> Interval {
        self.p.enclose(number.numer(), number.denom())
    }

    /// σ on an interval: it increases.
    fn value(&self, x: &Interval) -> Interval {
        Interval { lower: self.sigma.at(self.p, &x.lower).lower, upper: self.sigma.at(self.p, &x.upper).upper }
    }
}

/// An interval times a positive number.
fn times(interval: &Interval, factor: &Rational) -> Interval {
    Interval {
        lower: (&interval.lower * factor.numer()).div_floor(factor.denom()),
        upper: (&interval.upper * factor.numer()).div_ceil(factor.denom()),
    }
}

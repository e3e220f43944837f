//! **A gradient flow stuck at infinity** (section 7, figure 5). f(x, y) = e^(−x) A(y) + B(y), s = e^(−x) > 0:
//! 1. no critical point: ∂f/∂x = −s A(y) < 0, as A has even powers only, no negative coefficient and a_0 > 0;
//! 2. every sublevel set is connected: B′ = (y − m) Q with Q of even powers without negative coefficients, so that
//!    {B < α} is an interval, and above it f ≤ α is x ≥ g(y) with g continuous;
//! 3. inf f = B(m);
//! 4. from x ≥ 0, |y| ≤ ρ e^(−x) the flow falls to B(0) > B(m): with a_1 = b_1 = b_2 = 0, r = y/s obeys ṙ = y P with
//!    P ≤ a_0 − 2a_2 + Σ_(k≥2) |a_k| ρ^k + Σ_(k≥3) k |a_k| ρ^(k−2) + Σ_(k≥3) k |b_k| ρ^(k−2) < 0 for |r| ≤ ρ, 0 < s ≤ 1.

use super::{meter::Meter, numbers, polynomial};
use crate::rational::Rational;
use crate::{
    certificate::{Exceeded, Limits, object::Flow},
    finding::{Finding, Unproved},
    matrix::fraction,
    verdict::Failure,
};
use num_bigint::BigInt;
use num_traits::{Signed, Zero};

pub fn check(flow: &Flow, limits: &Limits) -> Result<Finding, Failure> {
    let mut meter = Meter::new(limits);
    let (tail, floor) = (numbers(&flow.tail)?, numbers(&flow.floor)?);
    let (minimiser, radius) = (fraction(&flow.minimiser)?, fraction(&flow.radius)?);
    if !polynomial::is_even_and_growing(&tail) || tail.first().is_none_or(Zero::is_zero) {
        return Err(Unproved::Tail.into());
    }
    let quotient = polynomial::divided(&polynomial::derivative(&floor), &minimiser, &mut meter)?;
    if !quotient.is_some_and(|quotient| polynomial::is_even_and_growing(&quotient)) {
        return Err(Unproved::Floor.into());
    }
    if floor.iter().skip(1).take(2).any(|coefficient| !coefficient.is_zero()) {
        return Err(Unproved::NotFlat.into());
    }
    let contraction = -trap_bound(&tail, &floor, &radius, &mut meter)?;
    if !radius.is_positive() || !contraction.is_positive() {
        return Err(Unproved::NoTrap.into());
    }
    let (limit, infimum) =
        (floor.first().cloned().unwrap_or_default(), polynomial::value(&floor, &minimiser, &mut meter)?);
    if limit <= infimum {
        return Err(Unproved::Optimal.into());
    }
    Ok(Finding::StuckFlow { limit, infimum, radius, contraction })
}

/// The bound of claim 4 on P.
fn trap_bound(
    tail: &[Rational],
    floor: &[Rational],
    radius: &Rational,
    meter: &mut Meter,
) -> Result<Rational, Exceeded> {
    let powers = meter.powers(radius, tail.len().max(floor.len()))?;
    let weighted = |(k, coefficient): (usize, &Rational)| (coefficient.abs() * BigInt::from(k), &powers[k - 2]);
    let sizes = tail.iter().enumerate().skip(2).map(|(k, coefficient)| (coefficient.abs(), &powers[k]));
    let slopes = tail.iter().enumerate().skip(3).map(weighted).chain(floor.iter().enumerate().skip(3).map(weighted));
    let second = tail.get(2).map(|coefficient| coefficient * BigInt::from(2)).unwrap_or_default();
    Ok(meter.dot(sizes.chain(slopes))? + &tail[0] - second)
}

//! **Valleys of one variable** (figures 3 and 4). f(x) = q(t(x)), t = 1/(1 + e^(−x)) a homeomorphism onto (0, 1), and
//! q′ = a Π (t − t_i) with a ≠ 0: q is strictly monotone between neighbouring t_i, so that its values at 0, t_1, …, t_k, 1
//! are all that counts for local minima, limits at both infinities and valleys.
//!
//! **And of two** (figure 2, right). f(x, y) = q(t(x)) + c y² with c > 0. Along y ↦ (1 − s) y, s from 0 to 1, f does not
//! rise, so that {f < α} retracts onto {q∘t < α} × {0}: its components and their infima are those of q∘t. So are the local
//! minima, as f is least at y = 0 for every x.

use super::{meter::Meter, numbers, polynomial};
use crate::rational::Rational;
use crate::{
    certificate::{Limits, object::Tails},
    finding::{Finding, Unproved},
    matrix::fraction,
    verdict::Failure,
};
use num_traits::{One, Signed, Zero};

pub fn check(tails: &Tails, limits: &Limits) -> Result<Finding, Failure> {
    let mut meter = Meter::new(limits);
    let (coefficients, turns) = (numbers(&tails.coefficients)?, numbers(&tails.turns)?);
    let square = tails.square.as_ref().map(fraction).transpose()?;
    if square.as_ref().is_some_and(|square| !square.is_positive()) {
        return Err(Unproved::Square.into());
    }
    let mut rest = polynomial::derivative(&coefficients);
    let mut places = vec![Rational::zero()];
    for (turn, place) in turns.into_iter().enumerate() {
        if place <= places[turn] || place >= Rational::one() {
            return Err(Unproved::TurnOrder { turn }.into());
        }
        rest = polynomial::divided(&rest, &place, &mut meter)?.ok_or(Unproved::NoTurn { turn })?;
        places.push(place);
    }
    places.push(Rational::one());
    if rest.first().is_none_or(Zero::is_zero) || !rest.iter().skip(1).all(Zero::is_zero) {
        return Err(Unproved::FurtherTurns.into());
    }
    let values =
        places.iter().map(|place| polynomial::value(&coefficients, place, &mut meter)).collect::<Result<_, _>>()?;
    Ok(Finding::Valleys { values, square })
}

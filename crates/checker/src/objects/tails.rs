//! **Valleys of one variable** (figures 3 and 4). f(x) = q(t(x)), t = 1/(1 + e^(−x)) a homeomorphism onto (0, 1), and
//! q′ = c Π (t − t_i) with c ≠ 0: q is strictly monotone between neighbouring t_i, so that its values at 0, t_1, …, t_k, 1
//! are all that counts for local minima, limits at both infinities and valleys.

use super::{numbers, polynomial};
use crate::{
    certificate::object::Tails,
    finding::{Finding, Unproved},
    verdict::Rejection,
};
use num_rational::BigRational;
use num_traits::{One, Zero};

pub fn check(tails: &Tails) -> Result<Finding, Rejection> {
    let (coefficients, turns) = (numbers(&tails.coefficients)?, numbers(&tails.turns)?);
    let mut rest = polynomial::derivative(&coefficients);
    let mut places = vec![BigRational::zero()];
    for (turn, place) in turns.into_iter().enumerate() {
        if place <= places[turn] || place >= BigRational::one() {
            return Err(Unproved::TurnOrder { turn }.into());
        }
        rest = polynomial::divided(&rest, &place).ok_or(Unproved::NoTurn { turn })?;
        places.push(place);
    }
    places.push(BigRational::one());
    if rest.first().is_none_or(Zero::is_zero) || !rest.iter().skip(1).all(Zero::is_zero) {
        return Err(Unproved::FurtherTurns.into());
    }
    Ok(Finding::Valleys { values: places.iter().map(|place| polynomial::value(&coefficients, place)).collect() })
}

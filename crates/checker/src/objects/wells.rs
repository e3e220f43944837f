//! **How deep the minima of a function of one variable are** (against Theorems 3 and 4 of IJCAI 2020). f is linear between
//! neighbouring places and constant outside of them, so that its values at the places say everything:
//! 1. *Strict local minima* are the inner places whose neighbours are higher; at an end f is constant on one side.
//! 2. *Climb.* ξ and ξ′ are in different components of some {f ≤ λ} exactly if f is somewhere between them higher than at both. From a strict
//!    minimum to the right f first does not fall; where it falls for the first time, it falls from the least value that a path to such a
//!    ξ′ on the right has to reach, and just behind there is one. So it is to the left. The climb is the lower one of the two.
//! 3. *Depth.* A path from a to b passes every point between them, and the direct one no other. So the least ε is the largest
//!    f(p) − max(f(a), f(b)) for a ≤ p ≤ b, or 0: that of the places p with the least values to the left and to the right of p.
//! 4. *Connected* is {f ≤ λ} unless there is such a p with f(p) > λ ≥ max(f(a), f(b)).

use super::numbers;
use crate::rational::Rational;
use crate::{
    certificate::object::Wells,
    finding::{Finding, Unproved, Well},
    verdict::Rejection,
};
use num_traits::Zero;

pub fn check(wells: &Wells) -> Result<Finding, Rejection> {
    let (places, values) = (numbers(&wells.places)?, numbers(&wells.values)?);
    if places.len() != values.len() || places.is_empty() {
        return Err(Unproved::PlaceCount { places: places.len(), values: values.len() }.into());
    }
    if let Some(place) = (1..places.len()).find(|&place| places[place] <= places[place - 1]) {
        return Err(Unproved::PlaceOrder { place }.into());
    }
    let is_well = |place: &usize| values[place - 1] > values[*place] && values[*place] < values[place + 1];
    let minima: Vec<Well> = (1..places.len().saturating_sub(1))
        .filter(is_well)
        .map(|place| Well { place: places[place].clone(), value: values[place].clone(), climb: climb(&values, place) })
        .collect();
    if minima.is_empty() {
        return Err(Unproved::NoWell.into());
    }
    let mut depth = Rational::zero();
    let mut connected_from = None;
    for (peak, sides) in values.iter().zip(sides(&values)) {
        if *peak > sides {
            depth = depth.max(peak - sides);
            connected_from = connected_from.max(Some(peak.clone()));
        }
    }
    let ceiling = values.iter().max().expect("a place at least").clone();
    Ok(Finding::Wells { minima, depth, ceiling, connected_from })
}

/// How far a path climbs at least from the minimum to where f falls again.
fn climb(values: &[Rational], place: usize) -> Option<Rational> {
    let right = first_fall(values[place..].iter());
    let left = first_fall(values[..=place].iter().rev());
    let peak = [left, right].into_iter().flatten().min()?;
    Some(peak - &values[place])
}

/// The value from which a sequence falls for the first time.
fn first_fall<'a>(values: impl Iterator<Item = &'a Rational> + Clone) -> Option<&'a Rational> {
    values.clone().zip(values.skip(1)).find(|(value, next)| next < value).map(|(value, _)| value)
}

/// For each place the larger one of the least value up to it and the least value from it.
fn sides(values: &[Rational]) -> Vec<Rational> {
    let least = |least: &mut Option<Rational>, value: &Rational| {
        let found = least.take().map_or_else(|| value.clone(), |least| least.min(value.clone()));
        *least = Some(found.clone());
        Some(found)
    };
    let from_left: Vec<_> = values.iter().scan(None, least).collect();
    let mut from_right: Vec<_> = values.iter().rev().scan(None, least).collect();
    from_right.reverse();
    from_left.into_iter().zip(from_right).map(|(left, right)| left.max(right)).collect()
}

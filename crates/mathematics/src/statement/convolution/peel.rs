//! The order of the samples in the proof of Theorem 2.4.4, and what takes its place where Assumption 2.4.1 fails.
//!
//! *Assumption 2.4.1: the patches of different samples differ, x_i^p ≠ x_j^q for i ≠ j and all p, q.* Then some filter has
//! different
//! values on all of them, and the proof takes the units 1, …, N in turn: γ(j) is the sample of the least value of unit j among
//! those
//! that are left.
//!
//! On images the assumption fails: blank patches coincide. What the proof needs is less, and is *peeled*: a sequence of units,
//! each with one
//! sample strictly lowest among those that are left. The first unit that will do is taken; under the assumption, and with such a
//! filter, that
//! is the paper's order. A unit that will not do now may do later, when samples are gone.

use super::layers::Patches;
use nalgebra::DMatrix;
use rug::Rational;
use std::collections::HashMap;

/// Units and samples such that sample γ(j) has the least value of unit j among γ(j), γ(j + 1), …, γ(N).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Which unit, for j = 1, …, N.
    pub units: Vec<usize>,
    /// γ.
    pub samples: Vec<usize>,
    /// The least difference between a sample and the next one that is left; `None` if N = 1.
    pub gap: Option<Rational>,
}

impl Order {
    /// Whether unit j was taken for j: the order of the paper.
    pub fn is_the_papers(&self) -> bool {
        self.units.iter().enumerate().all(|(j, &unit)| j == unit)
    }
}

/// No unit has a sample strictly lowest among these.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "of the {units} units none that is left has one sample strictly lowest among the {} samples that are left, of which sample {} \
     (from 0) is the first", .left.len(), .left[0]
)]
pub struct Stuck {
    /// The samples.
    pub left: Vec<usize>,
    /// How many units there are.
    pub units: usize,
}

/// Peels the samples by the values of the units `[N, units]`.
///
/// # Errors
/// [`Stuck`]; another choice of units might not be.
pub fn peel(values: &DMatrix<Rational>) -> Result<Order, Stuck> {
    let (samples, units) = values.shape();
    // Samples by descending value; those that are gone are taken off at the end.
    let descending = |unit: usize| {
        let mut order: Vec<usize> = (0..samples).collect();
        order.sort_by(|&a, &b| values[(b, unit)].cmp(&values[(a, unit)]));
        order
    };
    let mut stacks: Vec<Option<Vec<usize>>> = (0..units).map(|unit| Some(descending(unit))).collect();
    let mut left = vec![true; samples];
    let mut order = Order { units: vec![], samples: vec![], gap: None };
    for _ in 0..samples {
        let lowest = |(unit, stack): (usize, &mut Option<Vec<usize>>)| {
            let (first, second) = two_lowest(stack.as_mut()?, &left)?;
            let gap = second.map(|second| Rational::from(&values[(second, unit)] - &values[(first, unit)]));
            (gap.as_ref().is_none_or(|gap| *gap > 0)).then_some((unit, first, gap))
        };
        let Some((unit, sample, gap)) = stacks.iter_mut().enumerate().find_map(lowest) else {
            return Err(Stuck { left: (0..samples).filter(|&sample| left[sample]).collect(), units });
        };
        stacks[unit] = None;
        left[sample] = false;
        order.units.push(unit);
        order.samples.push(sample);
        order.gap = match (order.gap.take(), gap) {
            (Some(least), Some(gap)) => Some(least.min(gap)),
            (least, gap) => least.or(gap),
        };
    }
    Ok(order)
}

/// The last two entries that are left.
fn two_lowest(stack: &mut Vec<usize>, left: &[bool]) -> Option<(usize, Option<usize>)> {
    while stack.last().is_some_and(|&sample| !left[sample]) {
        stack.pop();
    }
    let mut still = stack.iter().rev().copied().filter(|&sample| left[sample]);
    Some((still.next()?, still.next()))
}

/// Two patches of different samples that are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "patch {} of sample {} and patch {} of sample {} (from 0) are equal", first[1], first[0], second[1], second[0]
)]
pub struct SharedPatch {
    /// Sample and patch.
    pub first: [usize; 2],
    /// Another sample, and one of its patches.
    pub second: [usize; 2],
}

/// Assumption 2.4.1 for features `[N, n]`.
///
/// # Errors
/// The first [`SharedPatch`].
pub fn distinct_patches(features: &DMatrix<Rational>, patches: &Patches) -> Result<(), SharedPatch> {
    let mut seen: HashMap<Vec<&Rational>, [usize; 2]> = HashMap::new();
    for sample in 0..features.nrows() {
        for (p, patch) in patches.members().iter().enumerate() {
            let values: Vec<&Rational> = patch.iter().map(|&unit| &features[(sample, unit)]).collect();
            let first = *seen.entry(values).or_insert([sample, p]);
            if first[0] != sample {
                return Err(SharedPatch { first, second: [sample, p] });
            }
        }
    }
    Ok(())
}

/// (2.9): every entry of one row differs from every entry of every other row.
pub fn distinct_entries(features: &DMatrix<Rational>) -> bool {
    let mut owner: HashMap<&Rational, usize> = HashMap::new();
    let mut own = |(sample, unit): (usize, usize)| *owner.entry(&features[(sample, unit)]).or_insert(sample) == sample;
    (0..features.nrows()).flat_map(|sample| (0..features.ncols()).map(move |unit| (sample, unit))).all(&mut own)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::integers;

    #[test]
    fn the_first_unit_that_will_do_is_taken() {
        // Unit 0 has a tie at its lowest value until sample 0 is gone.
        let order = peel(&integers(3, 3, &[0, 1, 2, 0, 3, 3, 7, 4, 1])).unwrap();
        assert_eq!((order.units, order.samples), (vec![1, 0, 2], vec![0, 1, 2]));
        assert_eq!(order.gap, Some(Rational::from(2)));
        assert_eq!(peel(&integers(1, 1, &[5])).unwrap().gap, None);
        let stuck = peel(&integers(3, 3, &[1, 1, 5, 1, 1, 5, 2, 0, 7])).unwrap_err();
        assert_eq!(stuck, Stuck { left: vec![0, 1], units: 3 });
        // With one unit one sample is taken off, and the other one is left without.
        assert_eq!(peel(&integers(2, 1, &[1, 2])), Err(Stuck { left: vec![1], units: 1 }));
    }

    #[test]
    fn patches_at_different_places_count() {
        let patches = Patches::line(3, 2, 1).unwrap();
        assert_eq!(distinct_patches(&integers(2, 3, &[0, 1, 0, 5, 5, 5]), &patches), Ok(()));
        // (0, 1) at place 0 of the first and at place 1 of the second one.
        let shared = SharedPatch { first: [0, 0], second: [1, 1] };
        assert_eq!(distinct_patches(&integers(2, 3, &[0, 1, 0, 5, 0, 1]), &patches), Err(shared));
        // Twice in one sample is no matter.
        assert_eq!(distinct_patches(&integers(2, 3, &[1, 1, 1, 5, 5, 5]), &patches), Ok(()));
        assert!(distinct_entries(&integers(2, 2, &[1, 1, 2, 3])) && !distinct_entries(&integers(2, 2, &[1, 4, 2, 4])));
    }
}

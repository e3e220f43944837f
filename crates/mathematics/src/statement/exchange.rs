//! Steinitz exchange: one basis of slots is turned into another, a few vectors at a time.
//!
//! The one argument behind **Lemma 5.3** (slots are neurons, vectors their feature columns) and **Proposition 3.5**
//! (slots are rows of a weight matrix) of ICML 2019. Each slot holds a vector; some slots *carry*: their vectors are a
//! basis. A slot that does not carry is *spare*: its vector may change freely. Every slot is to receive its target.
//!
//! Rounds of two steps, until the placed slots are a basis:
//! 1. choose target vectors that extend the placed ones to a basis, spare slots first: some of them (`home`) belong
//!    into spare slots, the others (`wanted`) into slots that an old vector still carries;
//! 2. copy `home`; into spare slots that are left over copy the old vectors that sit in the slots `wanted`;
//! 3. settle on a basis of, in this order: placed slots, `home`, the copies, the other old slots, those in `wanted`
//!    last. Each new vector replaces an old one, and each copy frees the slot of its original.
//!
//! A round places a vector, or else it frees a slot in which the next round places one: so the rounds end. With as
//! many spare slots as the basis has vectors (n ≥ 2N in Lemma 5.3) one round does it, or two; one spare slot is enough
//! for it to work at all, in about as many rounds as the basis has vectors.

use super::Obstacle;

/// Slots with vectors in them, as [`exchange`] sees them.
pub(crate) trait Slots {
    /// The slots among `order` whose vectors are independent of those before them in `order`.
    fn independent(&self, order: &[usize]) -> Vec<usize>;
    /// The same for the target vectors.
    fn independent_targets(&self, order: &[usize]) -> Vec<usize>;
    /// In spare slots only: targets into the slots `home`, and the vectors of `originals` into the slots `copies`.
    fn copy(&mut self, home: &[usize], originals: &[usize], copies: &[usize]);
    /// From now on the slots of `basis` carry.
    fn settle(&mut self, basis: &[usize]) -> Result<(), Obstacle>;
}

/// Brings every one of `count` slots to its target, where `live` are the slots that carry.
///
/// # Errors
/// [`Obstacle::RankLost`] where a kernel does not find the basis that is there, and what `settle` returns.
pub(crate) fn exchange(
    slots: &mut impl Slots,
    count: usize,
    mut live: Vec<usize>,
    step: &'static str,
) -> Result<(), Obstacle> {
    let needed = live.len();
    let full = |basis: Vec<usize>| match basis.len() {
        found if found == needed => Ok(basis),
        found => Err(Obstacle::RankLost { step, found, needed }),
    };
    let mut placed: Vec<usize> = Vec::new();
    // Two rounds place a vector, in exact arithmetic. A rounded kernel may contradict itself for ever.
    for _ in 0..2 * needed {
        if placed.len() == needed {
            break;
        }
        // 1. What to place.
        let spare: Vec<usize> = (0..count).filter(|slot| !live.contains(slot) && !placed.contains(slot)).collect();
        let ahead = full(slots.independent_targets(&[&placed[..], &spare, &live].concat()))?;
        let (home, wanted) = split(ahead.into_iter().filter(|slot| !placed.contains(slot)), &spare);
        // 2. Copy.
        let free = spare.iter().filter(|slot| !home.contains(slot)).copied();
        let (originals, copies): (Vec<usize>, Vec<usize>) = wanted.iter().copied().zip(free).unzip();
        slots.copy(&home, &originals, &copies);
        placed.extend(home);
        // 3. Settle.
        let (last, rest) = split(live.into_iter(), &wanted);
        let basis = full(slots.independent(&[&placed[..], &copies, &rest, &last].concat()))?;
        slots.settle(&basis)?;
        live = basis.into_iter().filter(|slot| !placed.contains(slot)).collect();
    }
    if placed.len() < needed {
        return Err(Obstacle::RankLost { step, found: placed.len(), needed });
    }
    // All other slots are spare.
    let rest: Vec<usize> = (0..count).filter(|slot| !placed.contains(slot)).collect();
    slots.copy(&rest, &[], &[]);
    Ok(())
}

/// Those of the slots that are among `chosen`, and the others.
fn split(slots: impl Iterator<Item = usize>, chosen: &[usize]) -> (Vec<usize>, Vec<usize>) {
    slots.partition(|slot| chosen.contains(slot))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Slots of a kernel that finds so many independent vectors and targets, whatever there is.
    struct Found {
        vectors: usize,
        targets: usize,
    }

    impl Slots for Found {
        fn independent(&self, order: &[usize]) -> Vec<usize> {
            order[..self.vectors].to_vec()
        }

        fn independent_targets(&self, order: &[usize]) -> Vec<usize> {
            order[..self.targets].to_vec()
        }

        fn copy(&mut self, _home: &[usize], _originals: &[usize], _copies: &[usize]) {}

        fn settle(&mut self, _basis: &[usize]) -> Result<(), Obstacle> {
            Ok(())
        }
    }

    #[test]
    fn a_basis_that_is_too_small_is_refused_at_once() {
        let run = |vectors, targets| exchange(&mut Found { vectors, targets }, 4, vec![0, 1], "step");
        let lost = Err(Obstacle::RankLost { step: "step", found: 1, needed: 2 });
        assert_eq!(run(2, 2), Ok(()));
        assert_eq!(run(2, 1), lost);
        assert_eq!(run(1, 2), lost);
    }
}

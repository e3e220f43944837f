//! Work shared out between cores.
//!
//! What is shared out is a function of an index, whatever the caller makes of it: iterators of rayon are compiled once more for
//! each caller, and were 7 % of what there was to compile.

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

/// f(0), …, f(count − 1), on all cores, in this order.
pub fn collect<T: Send>(count: usize, f: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let results: Vec<Mutex<Option<T>>> = (0..count).map(|_| Mutex::new(None)).collect();
    share(count, &|index| {
        let result = f(index);
        *results[index].lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
    });
    let result = |slot: Mutex<Option<T>>| slot.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.into_iter().map(|slot| result(slot).expect("each index has been worked on")).collect()
}

/// f of each item, on all cores, in their order.
pub fn map<'a, A: Sync, T: Send>(items: &'a [A], f: impl Fn(&'a A) -> T + Sync) -> Vec<T> {
    collect(items.len(), |index| f(&items[index]))
}

fn share(count: usize, work: &(dyn Fn(usize) + Sync)) {
    (0..count).into_par_iter().for_each(work);
}

#[cfg(test)]
mod tests {
    use super::{collect, map};

    #[test]
    fn results_stand_in_the_order_of_the_indices() {
        assert_eq!(collect(1000, |index| index * index), (0..1000).map(|index| index * index).collect::<Vec<_>>());
        assert_eq!(map(&["a", "bc", ""], |text| text.len()), [1, 2, 0]);
        assert!(collect(0, |index| index).is_empty());
    }
}

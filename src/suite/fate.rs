//! What became of certificates that were changed in one place.

use serde::Serialize;
use std::collections::BTreeMap;

/// What became of mutants.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Fate {
    /// The checker did not accept so many.
    pub refused: usize,
    /// It accepted so many, and what it proves of them is true: another path between the same ends, another bound.
    pub still_true: usize,
}

/// What became of the mutants, by the kind of record that was changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Mutants(pub BTreeMap<&'static str, Fate>);

impl Mutants {
    /// Counts others in.
    pub fn add(&mut self, others: &Self) {
        for (record, fate) in &others.0 {
            let sum = self.0.entry(record).or_default();
            sum.refused += fate.refused;
            sum.still_true += fate.still_true;
        }
    }

    /// All kinds of records together.
    pub fn total(&self) -> Fate {
        let sum = |count: fn(&Fate) -> usize| self.0.values().map(count).sum();
        Fate { refused: sum(|fate| fate.refused), still_true: sum(|fate| fate.still_true) }
    }
}

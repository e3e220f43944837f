//! The results of a run as a table, one row a statement.

use super::{Fate, Holds, Kind, Proof, RECORDS, Report, STATEMENTS, Trial};
use std::collections::BTreeMap;

/// What came out for one statement, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The statement's name.
    pub name: &'static str,
    /// Trials that came out as they should, of all: random, adversarial, real, and refused as they have to be.
    pub counts: [String; 4],
    /// The most moves of a path.
    pub moves: usize,
    /// The largest integer of a certificate, in bits.
    pub bits: u64,
    /// The worst stray of each float kernel, and how often its construction broke.
    pub floats: String,
    /// All trials together, in seconds.
    pub seconds: String,
}

impl Row {
    /// The names of [`Row::cells`].
    pub const HEAD: [&'static str; 9] =
        ["statement", "random", "adversarial", "real", "refused", "moves", "bits", "floats: worst stray", "seconds"];

    /// The row as words.
    pub fn cells(&self) -> [String; 9] {
        let [random, adversarial, real, refused] = self.counts.clone();
        let (moves, bits) = (self.moves.to_string(), self.bits.to_string());
        let (floats, seconds) = (self.floats.clone(), self.seconds.clone());
        [self.name.to_owned(), random, adversarial, real, refused, moves, bits, floats, seconds]
    }
}

/// The names of the cells of [`Report::mutant_rows`].
pub const MUTANT_HEAD: [&str; 4] = ["changed record", "mutants", "refused", "still true"];

impl Report {
    /// One row for every statement that was tried.
    pub fn rows(&self) -> Vec<Row> {
        let row = |statement: &super::Entry| {
            let trials: Vec<&Trial> =
                self.trials.iter().filter(|trial| trial.statement == statement.card.key).collect();
            (!trials.is_empty()).then(|| row(statement.card.name, &trials))
        };
        STATEMENTS.iter().filter_map(row).collect()
    }

    /// What became of certificates changed in one place: one row a kind of record, and their sum; none without mutants.
    pub fn mutant_rows(&self) -> Vec<[String; 4]> {
        let row = |name: &str, fate: &Fate| {
            let (all, still_true) = (fate.refused + fate.still_true, fate.still_true);
            [name.to_owned(), all.to_string(), fate.refused.to_string(), still_true.to_string()]
        };
        let of_records = RECORDS.iter().filter_map(|&name| Some(row(name, self.mutants.0.get(name)?)));
        let mut rows: Vec<_> = of_records.collect();
        if !rows.is_empty() {
            rows.push(row("all", &self.mutants.total()));
        }
        rows
    }
}

fn row(name: &'static str, trials: &[&Trial]) -> Row {
    let proved = |trial: &&Trial| match &trial.holds {
        Ok(Holds::Proved(proof)) => Some(proof.clone()),
        _ => None,
    };
    let proofs: Vec<Proof> = trials.iter().filter_map(proved).collect();
    Row {
        name,
        counts: [Kind::Random, Kind::Adversarial, Kind::Real, Kind::Negative].map(|kind| count(trials, kind)),
        moves: proofs.iter().map(|proof| proof.moves).max().unwrap_or(0),
        bits: proofs.iter().map(|proof| proof.bits).max().unwrap_or(0),
        floats: floats(&proofs),
        seconds: format!("{:.2}", trials.iter().map(|trial| trial.seconds).sum::<f64>()),
    }
}

/// Good ones of all.
fn count(trials: &[&Trial], kind: Kind) -> String {
    let of_kind: Vec<_> = trials.iter().filter(|trial| trial.kind == kind).collect();
    let good = of_kind.iter().filter(|trial| trial.holds.is_ok()).count();
    if of_kind.is_empty() { "-".into() } else { format!("{good}/{}", of_kind.len()) }
}

/// The worst stray of each kernel.
fn floats(proofs: &[Proof]) -> String {
    let mut floats: BTreeMap<&str, (f64, usize)> = BTreeMap::new();
    for float in proofs.iter().flat_map(|proof| &proof.floats) {
        let worst = floats.entry(&float.kernel).or_default();
        match float.stray {
            Some(stray) => worst.0 = worst.0.max(stray),
            None => worst.1 += 1,
        }
    }
    let words = floats.iter().map(|(kernel, (worst, broke))| {
        let broke = if *broke == 0 { String::new() } else { format!(", {broke} broke") };
        format!("{kernel} {worst:.0e}{broke}")
    });
    words.collect::<Vec<_>>().join("; ")
}

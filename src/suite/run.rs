//! Running the suite: jobs over the cores, results in an order that does not depend on the number of threads.

use super::fate::Mutants;
use super::prove::Proof;
use super::{CARRIED, Entry, STATEMENTS, Setup, Twist};
use crate::arith::parallel;
use serde::Serialize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// What to run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Seeds all instances.
    pub seed: u64,
    /// Random instances a statement.
    pub cases: usize,
    /// Only the statement with this key, or those with this text in their key or name; several with commas between them.
    pub statement: Option<String>,
}

/// Where an instance is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Small random rationals.
    Random,
    /// One of the twists that break programs.
    Adversarial,
    /// Trained networks on digits.
    Real,
    /// Something that has to be refused.
    Negative,
}

/// One job's result.
#[derive(Debug, Clone, Serialize)]
pub struct Trial {
    /// The statement's key.
    pub statement: &'static str,
    /// Where the instance is from.
    pub kind: Kind,
    /// What it is, in a few words.
    pub instance: String,
    /// The seed with which `--seed` finds it again.
    pub seed: u64,
    /// What was proved, or for a negative control how it was refused.
    pub holds: Result<Holds, String>,
    /// Wall-clock seconds.
    pub seconds: f64,
}

/// That a trial came out as it should.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Holds {
    /// The statement was constructed and proved.
    Proved(Proof),
    /// What should be refused was, with this reason.
    Refused(String),
}

/// All results.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The seed.
    pub seed: u64,
    /// The trials that were run, in order.
    pub trials: Vec<Trial>,
    /// How many were planned.
    pub planned: usize,
    /// What became of all certificates that were changed in one place.
    pub mutants: Mutants,
}

impl Report {
    /// The trials that did not come out as they should.
    pub fn failures(&self) -> impl Iterator<Item = &Trial> {
        self.trials.iter().filter(|trial| trial.holds.is_err())
    }

    /// Whether every planned trial was run.
    pub fn is_complete(&self) -> bool {
        self.trials.len() == self.planned
    }
}

/// What a run tells while it runs.
#[derive(Debug, Clone, Copy)]
pub enum Progress<'a> {
    /// Before anything begins: the statement with this key and name has this many trials.
    Planned(&'static str, &'static str, usize),
    /// A trial of the statement with this key begins, on this instance.
    Begins(&'static str, &'a str),
    /// It has ended.
    Ends(&'a Trial),
}

struct Job {
    statement: &'static Entry,
    kind: Kind,
    seed: u64,
    /// Which of the controls.
    control: usize,
    twist: Twist,
    real: Option<&'static str>,
}

/// The statements that the options name, in the order of the register: of each of the texts between commas the one with this
/// key, or all with this text in their key or name.
pub fn chosen(options: &Options) -> Vec<&'static Entry> {
    let text = options.statement.as_deref().unwrap_or_default().to_lowercase();
    let is_key = |text: &str| STATEMENTS.iter().any(|statement| statement.card.key == text);
    let has = |statement: &Entry, text: &str| {
        if is_key(text) {
            return statement.card.key == text;
        }
        statement.card.key.contains(text) || statement.card.name.to_lowercase().contains(text)
    };
    let wanted = |statement: &&Entry| text.split(',').any(|text| has(statement, text.trim()));
    STATEMENTS.iter().filter(wanted).collect()
}

/// Runs the suite. `progress` hears of the plan and of every trial as it begins and ends; once `stop` is set, no further
/// trial begins, and the report holds those that have been run.
pub fn run(options: &Options, stop: &AtomicBool, progress: impl Fn(Progress) + Sync) -> Report {
    let jobs = plan(options);
    for part in jobs.chunk_by(|a, b| a.statement.card.key == b.statement.card.key) {
        progress(Progress::Planned(part[0].statement.card.key, part[0].statement.card.name, part.len()));
    }
    let results = parallel::map(&jobs, |job| {
        if stop.load(Ordering::Relaxed) {
            return None;
        }
        progress(Progress::Begins(job.statement.card.key, job.instance()));
        let trial = job.run();
        progress(Progress::Ends(&trial));
        Some(trial)
    });
    let trials: Vec<Trial> = results.into_iter().flatten().collect();
    let mut mutants = Mutants::default();
    for trial in &trials {
        if let Ok(Holds::Proved(proof)) = &trial.holds {
            mutants.add(&proof.mutants);
        }
    }
    Report { seed: options.seed, planned: jobs.len(), trials, mutants }
}

/// Every job, the long ones first within a statement.
fn plan(options: &Options) -> Vec<Job> {
    let mut jobs = Vec::new();
    for statement in chosen(options) {
        let job = |kind, seed, twist, real| Job { statement, kind, seed, twist, real, control: 0 };
        let controls = (statement.controls)().len();
        let twists: Vec<Twist> =
            Twist::ALL[1..].iter().copied().filter(|twist| !statement.card.trivial.contains(twist)).collect();
        jobs.extend(statement.card.real.iter().map(|&name| job(Kind::Real, options.seed, Twist::Generic, Some(name))));
        for case in 0..options.cases as u64 {
            let seed = options.seed.wrapping_add(case);
            jobs.push(job(Kind::Random, seed, Twist::Generic, None));
            jobs.push(job(Kind::Adversarial, seed, twists[case as usize % twists.len()], None));
            jobs.extend(
                (0..controls).map(|control| Job { control, ..job(Kind::Negative, seed, Twist::Generic, None) }),
            );
        }
    }
    jobs
}

impl Job {
    fn run(&self) -> Trial {
        let started = Instant::now();
        let holds = match self.kind {
            Kind::Negative => {
                let control = (self.statement.controls)()[self.control];
                (control.refuse)(self.seed)
                    .map(Holds::Refused)
                    .map_err(|why| format!("without {}: {why}", control.without))
            }
            // A trial on which nothing happens is none.
            _ => match (self.statement.trial)(&self.setup()) {
                Ok(proof) if proof.moves == 0 => Err("there is nothing to do".into()),
                outcome => outcome.map(Holds::Proved),
            },
        };
        let instance = match self.kind {
            Kind::Negative => format!("without {}", (self.statement.controls)()[self.control].without),
            _ => self.instance().to_owned(),
        };
        let seconds = started.elapsed().as_secs_f64();
        Trial { statement: self.statement.card.key, kind: self.kind, instance, seed: self.seed, holds, seconds }
    }

    /// What it is run on, in a few words.
    fn instance(&self) -> &'static str {
        match (self.kind, self.real) {
            (_, Some(name)) => name,
            (Kind::Negative, _) => "must be refused",
            _ => self.twist.name(),
        }
    }

    fn setup(&self) -> Setup {
        let real = self.real.and_then(|name| CARRIED.iter().find(|pair| pair.name == name));
        Setup { seed: self.seed, twist: self.twist, real: real.map(super::Carried::instance) }
    }
}

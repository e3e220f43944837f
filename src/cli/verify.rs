//! `sublevel verify`: the proof-checking suite.

use super::{Failure, print_json, progress};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use sublevel::suite::{Holds, Kind, Options, Report, STATEMENTS, Trial, chosen, run as run_suite};

#[derive(clap::Args)]
pub struct Arguments {
    /// Seeds all random instances.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Random and adversarial instances, and negative controls, a statement: thousands for a long run.
    #[arg(long, default_value_t = 24)]
    cases: usize,
    /// Only the statements with this text in their name, such as 5.3 or theorem.
    #[arg(long)]
    statement: Option<String>,
}

pub fn run(arguments: &Arguments, json: bool) -> Result<(), Failure> {
    let started = Instant::now();
    let options = Options { seed: arguments.seed, cases: arguments.cases, statement: arguments.statement.clone() };
    if chosen(&options).is_empty() {
        let names: Vec<&str> = STATEMENTS.iter().map(|statement| statement.key).collect();
        return Err(Failure::input(format!("no statement is called so; there are {}", names.join(", "))));
    }
    let stop = Arc::new(AtomicBool::new(false));
    let flag = stop.clone();
    // A second Ctrl-C ends the program at once.
    ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    })
    .map_err(Failure::input)?;
    let bar = progress::spinner("running the suite");
    let done = std::sync::atomic::AtomicUsize::new(0);
    let report = run_suite(&options, &stop, |trial| {
        let count = done.fetch_add(1, Ordering::Relaxed) + 1;
        bar.set_message(format!("{count} trials, last: {} ({})", trial.statement, trial.instance));
    });
    bar.finish_and_clear();
    if json {
        print_json(&report);
    } else {
        say!("{}", table(&report).trim_end());
        say!("{}", conclusion(&report, started.elapsed().as_secs_f64()));
        print_failures(&report);
    }
    match report.failures().count() {
        0 => Ok(()),
        _ => Err(Failure::silent(1)),
    }
}

/// One row a statement.
fn table(report: &Report) -> String {
    let mut text = format!(
        "{:<36} {:>7} {:>12} {:>5} {:>8} {:>6} {:>7}  {:<24} {:>8}\n",
        "statement", "random", "adversarial", "real", "refused", "moves", "bits", "floats: worst stray", "seconds"
    );
    for statement in STATEMENTS {
        let trials: Vec<&Trial> = report.trials.iter().filter(|trial| trial.statement == statement.key).collect();
        if trials.is_empty() {
            continue;
        }
        let count = |kind: Kind| {
            let of_kind: Vec<_> = trials.iter().filter(|trial| trial.kind == kind).collect();
            let good = of_kind.iter().filter(|trial| trial.holds.is_ok()).count();
            if of_kind.is_empty() { "-".into() } else { format!("{good}/{}", of_kind.len()) }
        };
        let proofs: Vec<_> = trials
            .iter()
            .filter_map(|trial| match &trial.holds {
                Ok(Holds::Proved(proof)) => Some(proof),
                _ => None,
            })
            .collect();
        let mut floats: BTreeMap<&str, (f64, usize)> = BTreeMap::new();
        for float in proofs.iter().flat_map(|proof| &proof.floats) {
            let worst = floats.entry(&float.kernel).or_default();
            match float.stray {
                Some(stray) => worst.0 = worst.0.max(stray),
                None => worst.1 += 1,
            }
        }
        let floats: Vec<String> = floats
            .iter()
            .map(|(kernel, (worst, broke))| {
                let broke = if *broke == 0 { String::new() } else { format!(", {broke} broke") };
                format!("{kernel} {worst:.0e}{broke}")
            })
            .collect();
        text += &format!(
            "{:<36} {:>7} {:>12} {:>5} {:>8} {:>6} {:>7}  {:<24} {:>8.2}\n",
            statement.name,
            count(Kind::Random),
            count(Kind::Adversarial),
            count(Kind::Real),
            count(Kind::Negative),
            proofs.iter().map(|proof| proof.moves).max().unwrap_or(0),
            proofs.iter().map(|proof| proof.bits).max().unwrap_or(0),
            floats.join("; "),
            trials.iter().map(|trial| trial.seconds).sum::<f64>(),
        );
    }
    text
}

fn conclusion(report: &Report, seconds: f64) -> String {
    let failures = report.failures().count();
    let state = if report.is_complete() {
        String::new()
    } else {
        format!("interrupted after {} of {} trials; ", report.trials.len(), report.planned)
    };
    let verdict = if failures == 0 { "all came out as they should".into() } else { format!("{failures} did not") };
    format!("{state}{} trials, {verdict} (seed {}, {seconds:.1} s)", report.trials.len(), report.seed)
}

fn print_failures(report: &Report) {
    for trial in report.failures() {
        if let Err(reason) = &trial.holds {
            eprintln!("{} on {} (seed {}): {reason}", trial.statement, trial.instance, trial.seed);
        }
    }
}

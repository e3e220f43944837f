//! `sublevel verify`: the proof-checking suite.

use super::console::Kind;
use super::{Console, Failure, interrupt, live::LiveTable, progress};
use crate::arith::counted;
use crate::report::{Page, Pair, PairReport, Table, gallery_about};
use crate::suite::{CARRIED, MUTANT_HEAD, Options, Report, Row, STATEMENTS, chosen, run as run_suite};
use indicatif::ProgressDrawTarget;
use rayon::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

#[derive(clap::Args)]
pub struct Arguments {
    /// Seeds all random instances.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Random and adversarial instances, and negative controls, a statement: thousands for a long run.
    #[arg(long, default_value_t = 24)]
    cases: usize,
    /// Only the statements with this text in their key or name, such as 5.3 or theorem; with commas, with one of these texts.
    #[arg(long, value_name = "TEXT,…")]
    statement: Option<String>,
    /// Write a page about the run, the carried networks and the gallery to DIR/index.html.
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
}

pub fn run(arguments: &Arguments, console: &mut Console) -> Result<(), Failure> {
    let started = Instant::now();
    let options = Options { seed: arguments.seed, cases: arguments.cases, statement: arguments.statement.clone() };
    if chosen(&options).is_empty() {
        let names: Vec<&str> = STATEMENTS.iter().map(|statement| statement.card.key).collect();
        return Err(Failure::input(format!("no statement is called so; there are {}", names.join(", "))));
    }
    let page = arguments.report.as_deref().map(|folder| claim_page(folder, console)).transpose()?;
    let stop = interrupt::ends_by_itself();
    let live = LiveTable::new(ProgressDrawTarget::stderr_with_hz(10));
    let total = live.total();
    let pulse = progress::pulse(move || format!("{} of {} trials", total.position(), total.length().unwrap_or(0)));
    let report = run_suite(&options, stop, |news| live.hear(news));
    drop((live, pulse));
    let seconds = started.elapsed().as_secs_f64();
    if console.json() {
        console.print_json(&report);
    } else {
        say!("{}", table(&report).trim_end());
        print_mutants(&report);
        say!("{}", conclusion(&report, seconds));
        print_failures(&report);
    }
    if let Some(page) = page {
        write_page(&page, &report, &options, started, stop, console)?;
        if !console.json() {
            say!("written   {} ({:.1} s with the run)", page.display(), started.elapsed().as_secs_f64());
        }
    }
    match report.failures().count() {
        0 if report.is_complete() => Ok(()),
        0 => Err(Failure::silent(4)),
        _ => Err(Failure::silent(1)),
    }
}

/// The rows of the suite, aligned.
fn table(report: &Report) -> String {
    let line = |cells: &[String]| {
        let mut text = format!("{:<36}", cells[0]);
        for (cell, width) in cells[1..7].iter().zip([7, 12, 5, 8, 6, 7]) {
            text += &format!(" {cell:>width$}");
        }
        format!("{text}  {:<24} {:>8}\n", cells[7], cells[8])
    };
    let rows = report.rows();
    line(&Row::HEAD.map(str::to_owned)) + &rows.iter().map(|row| line(&row.cells())).collect::<String>()
}

/// What became of certificates changed in one place, if there are any.
fn print_mutants(report: &Report) {
    let rows = report.mutant_rows();
    let head = (!rows.is_empty()).then_some(MUTANT_HEAD.map(str::to_owned));
    for [record, all, refused, still_true] in head.into_iter().chain(rows) {
        say!("{record:<36} {all:>7} {refused:>12} {still_true:>12}");
    }
}

fn conclusion(report: &Report, seconds: f64) -> String {
    let failures = report.failures().count();
    let state = if report.is_complete() {
        String::new()
    } else {
        format!("interrupted after {} of {}; ", report.trials.len(), counted(report.planned, "trial"))
    };
    let verdict = if failures == 0 { "all came out as they should".into() } else { format!("{failures} did not") };
    format!("{state}{}, {verdict} (seed {}, {seconds:.1} s)", counted(report.trials.len(), "trial"), report.seed)
}

fn print_failures(report: &Report) {
    failures(report).iter().for_each(|failure| note!("{failure}"));
}

fn failures(report: &Report) -> Vec<String> {
    let line = |trial: &crate::suite::Trial| {
        let reason = trial.holds.as_ref().err()?;
        Some(format!("{} on {} (seed {}): {reason}", trial.statement, trial.instance, trial.seed))
    };
    report.failures().filter_map(line).collect()
}

/// The file of the page, in a folder that is made if it is not there.
fn claim_page(folder: &Path, console: &mut Console) -> Result<PathBuf, Failure> {
    std::fs::create_dir_all(folder).map_err(|error| Failure::input(format!("{}: {error}", folder.display())))?;
    let page = folder.join("index.html");
    console.claim([("--report", Kind::Page, Some(&page))], &[])?;
    Ok(page)
}

/// The page: of the chosen statements' carried networks and gallery; without the networks if the run was stopped.
fn write_page(
    file: &Path,
    report: &Report,
    options: &Options,
    started: Instant,
    stop: &AtomicBool,
    console: &mut Console,
) -> Result<(), Failure> {
    let bar = progress::spinner("drawing the gallery");
    let statements: Vec<&str> = chosen(options).iter().map(|statement| statement.card.key).collect();
    let about = |keys: &[&str]| options.statement.is_none() || keys.iter().any(|key| statements.contains(key));
    let gallery = gallery_about(about).map_err(Failure::invalid)?;
    let carried: Vec<_> = CARRIED.iter().filter(|carried| about(&[carried.theorem])).collect();
    let (done, count_of) = (AtomicUsize::new(0), carried.len());
    bar.set_message("connecting and drawing the carried networks");
    let pairs = carried.par_iter().filter(|_| !stop.load(Ordering::Relaxed)).map(|carried| {
        let instance = carried.instance();
        let pair = Pair {
            name: &instance.name,
            problem: &instance.problem,
            from: &instance.from,
            to: &instance.to,
            loss: &instance.loss,
        };
        let result = pair.report();
        let count = done.fetch_add(1, Ordering::Relaxed) + 1;
        bar.set_message(format!("{count} of {count_of} carried pairs, last: {}", instance.name));
        result
    });
    let pairs = pairs.collect::<Result<Vec<PairReport>, _>>().map_err(Failure::invalid)?;
    let words = |row: &[String]| row.to_vec();
    let page = Page {
        statements: Table {
            head: Row::HEAD.map(str::to_owned).to_vec(),
            rows: report.rows().iter().map(|row| words(&row.cells())).collect(),
        },
        mutants: Table {
            head: words(&MUTANT_HEAD.map(str::to_owned)),
            rows: report.mutant_rows().iter().map(|row| words(row)).collect(),
        },
        conclusion: conclusion(report, started.elapsed().as_secs_f64()),
        failures: failures(report),
        pairs: &pairs,
        gallery: &gallery,
    };
    let html = page.render().map_err(Failure::input)?;
    console.write(file, |out| out.write_all(html.as_bytes()))
}

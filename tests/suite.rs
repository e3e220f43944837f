//! The proof-checking suite itself: it proves, it refuses, it is reproducible, and its page of statements is complete.

#[path = "support/snapshot.rs"]
mod snapshot;

use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;
use sublevel::suite::{Holds, Kind, Options, RECORDS, Report, Row, STATEMENTS, run, statements_page};

fn run_with(threads: usize, options: &Options) -> Report {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| run(options, &AtomicBool::new(false), |_| {}))
}

/// What does not depend on the clock.
fn outcomes(report: &Report) -> Vec<String> {
    report
        .trials
        .iter()
        .map(|t| format!("{} {:?} {} {} {:?}", t.statement, t.kind, t.instance, t.seed, t.holds))
        .collect()
}

/// Every statement, once for all tests.
fn whole_suite() -> &'static Report {
    static REPORT: OnceLock<Report> = OnceLock::new();
    REPORT.get_or_init(|| run_with(2, &Options { seed: 7, cases: 9, statement: None }))
}

/// The statement table without the columns of floats and seconds, which differ from machine to machine.
fn exact_table(report: &Report) -> String {
    let line = |cells: &[String]| {
        let counts: String = cells[1..7].iter().map(|cell| format!(" {cell:>11}")).collect();
        format!("{:<36}{counts}\n", cells[0])
    };
    let rows = report.rows();
    line(&Row::HEAD.map(str::to_owned)) + &rows.iter().map(|row| line(&row.cells())).collect::<String>()
}

#[test]
fn the_statement_table_is_the_snapshot() {
    snapshot::assert_snapshot("statement-table", &exact_table(whole_suite()));
}

/// Another number of threads is the same table; another seed or one case less is another one.
#[test]
fn the_statement_table_discriminates() {
    let table = |seed, cases, threads| {
        exact_table(&run_with(threads, &Options { seed, cases, statement: Some("mutants".into()) }))
    };
    assert_eq!(table(7, 3, 1), table(7, 3, 3));
    assert_ne!(table(7, 3, 2), table(8, 3, 2));
    assert_ne!(table(7, 3, 2), table(7, 2, 2));
}

#[test]
fn everything_comes_out_as_it_should() {
    let report = whole_suite();
    assert!(report.is_complete());
    let failures: Vec<_> = report.failures().collect();
    assert!(failures.is_empty(), "{failures:#?}");
    for statement in STATEMENTS {
        let of = |kind| report.trials.iter().filter(|t| t.statement == statement.key && t.kind == kind).count();
        assert_eq!((of(Kind::Random), of(Kind::Adversarial), of(Kind::Negative)), (9, 9, 9), "{}", statement.key);
        assert_eq!(of(Kind::Real), statement.real.len(), "{}", statement.key);
    }
    // Every negative control gives a reason, never an empty one.
    for trial in report.trials.iter().filter(|trial| trial.kind == Kind::Negative) {
        assert!(matches!(&trial.holds, Ok(Holds::Refused(reason)) if reason.len() > 10), "{trial:?}");
    }
}

/// Every kind of record is changed, nearly every change is refused, and some are found to be harmless.
#[test]
fn mutants_of_every_kind_of_record_are_refused() {
    let options = Options { seed: 11, cases: 15, statement: Some("mutants".into()) };
    let report = run_with(2, &options);
    assert_eq!(report.failures().count(), 0, "{:#?}", report.failures().collect::<Vec<_>>());
    let total = report.mutants.total();
    assert_eq!(total.refused + total.still_true, 64 * 30);
    for record in RECORDS {
        assert!(report.mutants.0[record].refused > 15, "{record}: {:?}", report.mutants);
    }
    // Where nothing is free, nothing is accepted.
    for record in ["problem", "start", "end"] {
        assert_eq!(report.mutants.0[record].still_true, 0, "{record}");
    }
    assert!((1..total.refused / 4).contains(&total.still_true), "{total:?}");
}

#[test]
fn a_path_over_a_peak_is_seen() {
    let statement = STATEMENTS.iter().find(|statement| statement.key == "mutants").unwrap();
    for seed in 0..6 {
        let reason = (statement.refuse)(seed).unwrap();
        assert!(reason == "accepted, but the output leaves the segment on the way", "{reason}");
    }
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let options = Options { seed: 3, cases: 3, statement: Some("lemma".into()) };
    assert_eq!(outcomes(&run_with(1, &options)), outcomes(&run_with(3, &options)));
}

#[test]
fn a_stopped_suite_leaves_a_valid_partial_report() {
    let options = Options { seed: 3, cases: 2, statement: Some("lemma-4".into()) };
    let report = run(&options, &AtomicBool::new(true), |_| {});
    assert!(!report.is_complete() && report.trials.is_empty() && report.planned > 0);
    assert!(serde_json::to_string(&report).is_ok());
}

/// Every property of an integration test has a configuration that writes its finds to `proptest-regressions/`.
#[test]
fn every_property_writes_down_what_it_finds() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let (mut folders, mut properties) = (vec![root], 0);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("suite.rs") {
                let source = std::fs::read_to_string(&path).unwrap();
                let lines: Vec<&str> = source.lines().map(str::trim).collect();
                for (line, next) in lines.iter().zip(&lines[1..]).filter(|(line, _)| **line == "proptest! {") {
                    let known =
                        ["cases!(\"", "config("].iter().any(|name| next.contains(&format!("proptest_config({name}")));
                    assert!(known, "{}: {line} {next}", path.display());
                    properties += 1;
                }
            }
        }
    }
    assert!(properties >= 20, "{properties}");
}

/// Every public module of a statement begins with an example, which `cargo test --doc` runs.
#[test]
fn every_statement_has_an_example() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/statement");
    let modules = std::fs::read_to_string(folder.join("mod.rs")).unwrap();
    let names: Vec<&str> =
        modules.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    assert!(names.len() >= 20, "{names:?}");
    for name in names {
        let files = [folder.join(format!("{name}.rs")), folder.join(name).join("mod.rs")];
        let source = files.iter().find_map(|file| std::fs::read_to_string(file).ok()).expect(name);
        let (_, example) = source.split_once("//! # Example\n//! ```\n").expect(name);
        let (example, _) = example.split_once("//! ```\n").expect(name);
        assert!(example.contains("assert"), "{name}: an example that asserts nothing");
    }
}

/// `docs/statements.md` is what the program knows; every function, test and file that it names is there.
#[test]
fn the_page_of_statements_is_complete() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = root.join("docs/statements.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&page, statements_page()).unwrap();
    }
    let written = std::fs::read_to_string(&page).unwrap();
    assert_eq!(written, statements_page(), "run UPDATE_DOCS=1 cargo test --test suite");
    for statement in STATEMENTS {
        for (file, function) in [statement.property, statement.negative] {
            let source = std::fs::read_to_string(root.join(file)).unwrap_or_else(|_| panic!("{file} is missing"));
            assert!(source.contains(&format!("fn {function}(")), "{file} has no test {function}");
        }
        for function in statement.function.split(", ") {
            let path = function.replace("::", "/");
            let file = [path.clone(), path.rsplit_once('/').unwrap().0.to_owned()]
                .into_iter()
                .flat_map(|path| [format!("src/{path}.rs"), format!("src/{path}/mod.rs")])
                .find(|file| root.join(file).exists());
            assert!(file.is_some(), "{function} is nowhere");
        }
    }
}

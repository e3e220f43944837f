//! The suite as a program: what it prints, and that it can be interrupted.

use crate::files::is_ignored;
use crate::run::{Case, Run};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Whether a process handles Ctrl-C: bit SIGINT − 1 of the mask of caught signals.
fn catches_interrupts(child: &Child) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
    u64::from_str_radix(mask.trim(), 16).unwrap() & 2 != 0
}

/// `verify` with more to do than it will get time for, interrupted when it has been at it for so many milliseconds; `None`, and a
/// line, where Ctrl-C is ignored.
fn interrupted(case: &Case, further: &[&str], milliseconds: u64) -> Option<Run> {
    if is_ignored(2) {
        println!("skipped: SIGINT is ignored here, as in a job in the background of a script, and so by the program");
        return None;
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_sublevel"));
    command.args(["verify", "--statement", "lemma-5.3", "--cases", "100000"]).args(further);
    command.current_dir(case.dir.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let started = Instant::now();
    while !catches_interrupts(&child) {
        if started.elapsed() > Duration::from_secs(20) {
            // It would run for hours.
            child.kill().unwrap();
            panic!("no handler for Ctrl-C");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(milliseconds));
    let sent = Command::new("sh").args(["-c", "kill -INT \"$0\"", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    Some(Run::new(child.wait_with_output().unwrap()))
}

#[test]
#[cfg(target_os = "linux")]
fn ctrl_c_leaves_a_valid_partial_report() {
    // A machine at work may not have ended one trial yet: then it is given longer.
    let interrupted_after = |milliseconds| {
        let case = Case::new();
        let run = interrupted(&case, &["--report", "report"], milliseconds)?;
        Some(lists_a_statement(&case, &run))
    };
    assert!([300, 3_000, 30_000].into_iter().any(|milliseconds| interrupted_after(milliseconds).unwrap_or(true)));
}

/// Whether a trial ended before the interruption; the report is right in any case.
#[cfg(target_os = "linux")]
fn lists_a_statement(case: &Case, run: &Run) -> bool {
    assert_eq!(run.code, 4, "{}{}", run.out, run.err);
    assert!(run.out.contains("interrupted after "), "{}", run.out);
    // No bar where standard error is no terminal; a machine at work may have got as far as a line of progress.
    assert!(!run.err.contains(['\r', '\u{1b}']), "{}", run.err);
    let html = std::fs::read_to_string(case.path("report/index.html")).unwrap();
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    let page = roxmltree::Document::parse_with_options(&html, options).unwrap();
    let section = |id: &str| page.descendants().find(|node| node.attribute("id") == Some(id)).unwrap();
    let words = |id: &str| section(id).descendants().filter_map(|node| node.text()).collect::<String>();
    assert!(words("statements").contains("interrupted after "));
    assert!(words("pairs").contains("None in this run."));
    assert!(section("gallery").descendants().any(|node| node.has_tag_name("svg")));
    // Nothing half-written lies beside it.
    assert_eq!(std::fs::read_dir(case.path("report")).unwrap().count(), 1);
    words("statements").contains("Lemma 5.3")
}

#[test]
#[cfg(target_os = "linux")]
fn ctrl_c_leaves_valid_partial_json() {
    // A machine at work may not have ended one trial yet: then it is given longer.
    for milliseconds in [300, 3_000, 30_000] {
        let Some(run) = interrupted(&Case::new(), &["--json"], milliseconds) else { return };
        assert_eq!(run.code, 4, "{}", run.err);
        let report: serde_json::Value = serde_json::from_str(&run.out).unwrap();
        let (run, planned) = (report["trials"].as_array().unwrap().len(), report["planned"].as_u64().unwrap() as usize);
        assert!(run < planned, "{run} of {planned}");
        if run > 0 {
            return;
        }
    }
    panic!("not one trial in half a minute");
}

/// `lemma-2.1` is a key; `cnn` a part of one.
#[test]
fn several_statements_are_chosen_with_commas() {
    let run = Case::new().run(&["verify", "--statement", "Lemma-2.1, CNN", "--cases", "1", "--json"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let report: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    let mut keys: Vec<_> = report["trials"].as_array().unwrap().iter().map(|trial| &trial["statement"]).collect();
    keys.dedup();
    assert_eq!(keys, ["lemma-2.1", "cnn13"]);
}

/// The same counts in the summary and in JSON.
#[test]
fn mutants_are_counted_everywhere() {
    let case = Case::new();
    let arguments = ["verify", "--statement", "mutants", "--cases", "5"];
    let report: serde_json::Value =
        serde_json::from_str(&case.run(&[&arguments[..], &["--json"]].concat()).out).unwrap();
    let counts = report["mutants"].as_object().unwrap();
    let sum = |fate: &str| counts.values().map(|count| count[fate].as_u64().unwrap()).sum::<u64>();
    let (refused, still_true) = (sum("refused"), sum("still_true"));
    assert_eq!(refused + still_true, 5 * 2 * 64);
    let run = case.run(&arguments);
    let line = |first: &str| {
        let line =
            run.out.lines().find(|line| line.starts_with(first)).unwrap_or_else(|| panic!("{first}: {}", run.out));
        line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    let words =
        |first: &str, numbers: [u64; 3]| [vec![first.to_owned()], numbers.map(|n| n.to_string()).to_vec()].concat();
    assert_eq!(line("all  "), words("all", [refused + still_true, refused, still_true]));
    for (record, fate) in counts {
        let [refused, still_true] = ["refused", "still_true"].map(|fate_of| fate[fate_of].as_u64().unwrap());
        assert_eq!(line(&format!("{record}  ")), words(record, [refused + still_true, refused, still_true]));
    }
}

//! What people see, as snapshots in `snapshots/`: one small certificate, its inspection, its check, and messages.

#[path = "../support/snapshot.rs"]
mod snapshot;

use crate::run::Case;

/// Asserts a snapshot, with what differs from run to run taken out.
fn assert_snapshot(name: &str, text: &str) {
    snapshot::assert_snapshot(name, &without_times(text));
}

/// `1.23 s` becomes `… s`.
fn without_times(text: &str) -> String {
    let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    for i in 1..words.len() {
        if words[i].starts_with('s') && words[i].len() <= 2 || words[i].starts_with("s,") || words[i].starts_with("s\n")
        {
            let number = words[i - 1].trim_start_matches('(');
            if number.parse::<f64>().is_ok() {
                words[i - 1] = words[i - 1].replace(number, "…");
            }
        }
    }
    words.join(" ")
}

#[test]
fn a_small_certificate() {
    let case = Case::new();
    let connected = case.connect(&["--activation", "leaky-relu=1/2"]);
    assert_snapshot("small-connect", &connected.out);
    assert_snapshot("small-certificate", &std::fs::read_to_string(case.path("p.path.jsonl")).unwrap());
    assert_snapshot("small-inspect", &case.run(&["inspect", "p.path.jsonl"]).out);
    let check = ["check", "p.path.jsonl", "--from", "a.safetensors", "--to", "b.safetensors", "--data", "data.npz"];
    assert_snapshot("small-check", &case.run(&check).out);
}

#[test]
fn descent_and_escape() {
    let case = Case::new();
    let common = ["--data", "data.npz", "--activation", "leaky-relu=1/2", "--out", "q.path.jsonl"];
    assert_snapshot("small-descend", &case.run(&[&["descend", "a.safetensors"], &common[..]].concat()).out);
    assert_snapshot("small-descend-check", &case.run(&["check", "q.path.jsonl"]).out);
    assert_snapshot("small-escape", &case.run(&[&["escape", "a.safetensors"], &common[..]].concat()).out);
    assert_snapshot("small-escape-check", &case.run(&["check", "q.path.jsonl"]).out);
}

#[test]
fn messages() {
    let case = Case::new();
    case.data("three.npz", 3, 1, &[0.0, 1.0, 2.0], &[1.0, 0.0, 1.0]);
    let too_narrow = case.connect(&["--data", "three.npz", "--activation", "leaky-relu=1/2"]);
    assert_snapshot("message-too-narrow", &too_narrow.err);
    assert_snapshot("message-activation", &case.connect(&["--activation", "swish"]).err);
    let assume = ["assume", "--activation", "leaky-relu=0.01", "--shifts", "1,-1/2"];
    assert_snapshot("assume-leaky-relu", &case.run(&assume).out);
    assert_snapshot("assume-exp", &case.run(&["assume", "--activation", "exp"]).out);
}

/// Snapshots discriminate: another activation, network or number gives another text.
#[test]
fn snapshots_discriminate() {
    let case = Case::new();
    let mut texts = Vec::new();
    for activation in ["leaky-relu=1/2", "leaky-relu=1/3", "abs"] {
        case.connect(&["--activation", activation]);
        texts.push(std::fs::read_to_string(case.path("p.path.jsonl")).unwrap());
        texts.push(case.run(&["inspect", "p.path.jsonl"]).out);
    }
    let swapped = ["connect", "b.safetensors", "a.safetensors", "--data", "data.npz", "--activation", "abs"];
    case.run(&[&swapped[..], &["--out", "p.path.jsonl"]].concat());
    texts.push(std::fs::read_to_string(case.path("p.path.jsonl")).unwrap());
    let certificates: std::collections::BTreeSet<&String> = texts.iter().filter(|text| text.starts_with('{')).collect();
    assert_eq!(certificates.len(), 4, "four certificates, all different");
}

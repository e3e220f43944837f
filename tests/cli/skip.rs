//! Skip connections: a graph network, its features, a descent, and what is refused.

use crate::run::{Case, Run, digits};
use serde_json::Value;
use std::fs;

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.out).unwrap_or_else(|error| panic!("{error}: {}{}", run.out, run.err))
}

/// A graph network of a carried one, sigmoid units, as `g.json`.
fn graph(case: &Case, samples: &str, further: &[&str]) -> Value {
    let network = digits("wide-64-a.safetensors");
    let arguments = ["skip", &network, "--activation", "sigmoid", "--samples", samples, "--out", "g.json", "--json"];
    json(&case.run(&[&arguments[..], further].concat()))
}

fn on_digits(case: &Case, command: &str, further: &[&str]) -> Run {
    let data = digits("digits-64.npz");
    case.run(&[&[command, "g.json", "--data", &data][..], further].concat())
}

#[test]
fn a_checkpoint_becomes_a_network_without_bad_valleys() {
    let case = Case::new();
    let connected = graph(&case, "64", &["--seed", "3"]);
    assert_eq!((&connected["connected"], &connected["same_function"]), (&64.into(), &false.into()));
    assert_eq!(connected["units"].as_array().unwrap().len(), 64);
    let found = json(&on_digits(&case, "independent", &["--out", "i.path.jsonl", "--json"]));
    assert_eq!((&found["samples"], &found["almost_every_network"]), (&64.into(), &true.into()), "{found}");
    assert_eq!(found["rank_in_doubles"], 64);
    let data = digits("digits-64.npz");
    let checked = case.run(&["check", "i.path.jsonl", "--from", "g.json", "--data", &data]);
    assert_eq!(checked.code, 0, "{}{}", checked.out, checked.err);
    assert!(checked.out.contains("almost all weights and biases"), "{}", checked.out);
    let down = json(&on_digits(&case, "descend", &["--out", "d.path.jsonl", "--json"]));
    assert_eq!((&down["strictly"], &down["moves"]), (&true.into(), &1.into()), "{down}");
    assert!(down["end"][1].as_f64().unwrap() <= 1e-6);
    let checked = json(&case.run(&["check", "d.path.jsonl", "--from", "g.json", "--data", &data, "--json"]));
    assert_eq!((&checked["conclusion"], &checked["compared"]["from"]), (&"falls strictly".into(), &"compared".into()));
    assert_eq!(case.run(&["inspect", "d.path.jsonl"]).code, 0);
    // Another draw is another network.
    graph(&case, "64", &["--seed", "4"]);
    let other = case.run(&["check", "d.path.jsonl", "--from", "g.json", "--data", &data]);
    assert_eq!(other.code, 1, "{}{}", other.out, other.err);
}

#[test]
fn the_function_stays_where_the_output_keeps_its_connections() {
    let case = Case::new();
    let connected = graph(&case, "64", &["--keep-output"]);
    assert_eq!(connected["same_function"], true);
    // The last hidden layer is connected already.
    assert!(connected["connected"].as_u64().unwrap() >= 64);
    let run = on_digits(&case, "independent", &[]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
}

#[test]
fn what_has_no_theorem_is_refused_with_its_numbers() {
    let case = Case::new();
    graph(&case, "48", &[]);
    for command in [&["independent"][..], &["descend", "--out", "p.path.jsonl"]] {
        let run = on_digits(&case, command[0], &command[1..]);
        assert_eq!(run.code, 3, "{}{}", run.out, run.err);
        assert!(run.err.contains("48 features") && run.err.contains("64 samples"), "{}", run.err);
        assert!(!case.path("p.path.jsonl").exists());
    }
    let network = digits("wide-64-a.safetensors");
    let many = case.run(&["skip", &network, "--activation", "tanh", "--samples", "100000", "--out", "h.json"]);
    assert_eq!(many.code, 3, "{}", many.err);
    assert!(many.err.contains("100000 units") && !case.path("h.json").exists(), "{}", many.err);
}

#[test]
fn bad_input_writes_nothing() {
    let case = Case::new();
    let network = digits("wide-64-a.safetensors");
    let skip = |out: &str| case.run(&["skip", &network, "--activation", "sigmoid", "--samples", "64", "--out", out]);
    let named = skip("g.txt");
    assert_eq!(named.code, 2, "{}", named.err);
    assert!(named.err.contains("ends with .json"), "{}", named.err);
    // The weights would take the place of the network that is read.
    fs::copy(&network, case.path("a.safetensors")).unwrap();
    let own = case.run(&["skip", "a.safetensors", "--activation", "sigmoid", "--samples", "64", "--out", "a.json"]);
    assert_eq!(own.code, 2, "{}", own.err);
    assert!(own.err.contains("would overwrite") && !case.path("a.json").exists(), "{}", own.err);
    let graph_of = |text: &str| {
        fs::write(case.path("g.json"), text).unwrap();
        on_digits(&case, "independent", &[])
    };
    for (text, words) in [
        ("{", "no whole graph file"),
        ("[]", "JSON description"),
        (
            r#"{"format":"other","version":1,"origin":"","weights":"w","graph":{"inputs":1,"blocks":[],"skips":[],"outputs":1,"bias":false}}"#,
            "sublevel-graph",
        ),
    ] {
        let run = graph_of(text);
        assert_eq!(run.code, 2, "{text}: {}", run.err);
        assert!(run.err.contains(words), "{text}: {}", run.err);
    }
    // What is no graph of ours is not replaced.
    assert_eq!(skip("g.json").code, 2);
    fs::remove_file(case.path("g.json")).unwrap();
    assert_eq!(skip("g.json").code, 0);
    let activation = on_digits(&case, "descend", &["--activation", "relu", "--out", "p.path.jsonl"]);
    assert_eq!(activation.code, 2, "{}", activation.err);
}

#[test]
fn smooth_barriers_and_chains_are_checked() {
    let case = Case::new();
    let files = ["a", "b"].map(|end| digits(&format!("wide-64-{end}.safetensors")));
    let data = digits("digits-64.npz");
    for (command, further) in [("barrier", &[][..]), ("connect", &["--bend"])] {
        let arguments =
            [command, &files[0], &files[1], "--data", &data, "--activation", "tanh", "--out", "p.path.jsonl"];
        let built = case.run(&[&arguments[..], further].concat());
        assert_eq!(built.code, 0, "{}{}", built.out, built.err);
        let ends = ["--from", &files[0], "--to", &files[1], "--data", &data, "--activation", "tanh"];
        let checked = case.run(&[&["check", "p.path.jsonl"][..], &ends].concat());
        assert_eq!(checked.code, 0, "{command}: {}{}", checked.out, checked.err);
        let other = case.run(&["check", "p.path.jsonl", "--from", &files[0], "--activation", "sigmoid"]);
        assert_eq!(other.code, 1, "{command}: {}{}", other.out, other.err);
    }
}

//! Every command with too little, too much, or nonsense: a sentence and exit code 2, also as JSON.

use crate::run::Case;

const COMMANDS: [&str; 14] = [
    "connect",
    "check",
    "descend",
    "minimum",
    "escape",
    "compare",
    "barrier",
    "class-path",
    "assume",
    "inspect",
    "plot",
    "gallery",
    "graph",
    "verify",
];

/// Runs it in words and as JSON; the message.
fn refused(case: &Case, arguments: &[&str]) -> String {
    let run = case.run(arguments);
    assert_eq!(run.code, 2, "{arguments:?}: {}{}", run.out, run.err);
    assert!(run.err.starts_with("error: ") && run.out.is_empty(), "{arguments:?}: {}", run.err);
    let json = case.run(&[arguments, &["--json"]].concat());
    assert_eq!((json.code, json.err.as_str()), (2, ""), "{arguments:?}");
    let value: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    let error = &value["error"];
    assert_eq!((value.as_object().unwrap().len(), error.as_object().unwrap().len()), (1, 3), "{value}");
    assert_eq!((&error["kind"], &error["exit_code"]), (&"input".into(), &2.into()), "{value}");
    let message = error["message"].as_str().unwrap();
    assert!(run.err.starts_with(&format!("error: {message}\n")), "{arguments:?}: {message}");
    message.to_owned()
}

#[test]
fn a_missing_argument_an_unknown_one_and_nonsense_are_refused_by_every_command() {
    let case = Case::new();
    let before = case.files();
    for command in COMMANDS {
        refused(&case, &[command, "--no-such-option"]);
        if !["gallery", "verify"].contains(&command) {
            refused(&case, &[command]);
        }
    }
    refused(&case, &["no-such-command"]);
    let ends = ["a.safetensors", "b.safetensors", "--data", "data.npz", "--activation", "relu", "--out", "p"];
    for option in ["--samples", "--loss", "--theorem", "--kernel", "--activation"] {
        let others: Vec<&str> = ends.iter().copied().filter(|word| ![option, "relu"].contains(word)).collect();
        let others = if option == "--activation" { others } else { ends.to_vec() };
        let message = refused(&case, &[&["connect"], &others[..], &[option, "nonsense"]].concat());
        assert!(message.contains("nonsense"), "{option}: {message}");
    }
    assert_eq!(case.files(), before);
}

#[test]
fn combinations_that_mean_nothing_are_refused_with_a_reason() {
    let case = Case::new();
    assert_eq!(case.connect(&[]).code, 0);
    let before = case.files();
    let ends = ["a.safetensors", "b.safetensors", "--data", "data.npz", "--activation", "relu"];
    let with = |command: &'static str, further: &[&'static str]| [&[command], &ends[..], further].concat();
    for (arguments, reason) in [
        (with("connect", &[]), "where does the certificate go?"),
        (with("connect", &["--kernel", "exact"]), "where does the certificate go?"),
        (with("connect", &["--kernel", "double", "--out", "x"]), "proves nothing"),
        (with("barrier", &["--via", "a.safetensors", "--bezier", "b.safetensors"]), "cannot be used with"),
        (with("barrier", &["--below", "1", "--plot", "x.svg"]), "cannot be used with"),
        (with("barrier", &["--tolerance", "0"]), "not positive"),
        (with("barrier", &["--samples", "0"]), "samples"),
        (with("compare", &["--precision", "1"]), "1"),
        (vec!["check", "p.path.jsonl", "--loss", "square"], "--data"),
        (vec!["check", "p.path.jsonl", "--samples", "2"], "--data"),
        (vec!["plot", "p.path.jsonl", "--out", "x.svg", "--data", "data.npz"], "--loss"),
        (vec!["verify", "--statement", "no such statement"], "no statement is called so"),
        (vec!["verify", "--report", "data.npz"], "data.npz"),
        (vec!["gallery", "--out", "data.npz"], "data.npz"),
        (vec!["assume", "--activation", "relu", "--shifts", "1,1"], "shift"),
    ] {
        let message = refused(&case, &arguments);
        assert!(message.contains(reason), "{arguments:?}: {message}");
    }
    let escape = ["escape", "a.safetensors", "--data", "data.npz", "--activation", "relu", "--out", "x"];
    refused(&case, &[&escape[..], &["--theorem", "5.1"]].concat());
    assert_eq!(case.files(), before);
}

#[test]
fn help_and_version_are_no_errors() {
    let case = Case::new();
    for command in COMMANDS {
        let run = case.run(&[command, "--help"]);
        assert!(run.code == 0 && run.out.contains("Usage: sublevel") && run.err.is_empty());
    }
    assert!(case.run(&["--version"]).out.starts_with("sublevel "));
    let help = case.run(&["--help"]).out;
    assert!(help.contains("1  invalid certificate or refuted claim") && help.contains("rounded\noutward"), "{help}");
}

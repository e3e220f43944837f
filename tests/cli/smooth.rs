//! Smooth activations: who takes them, what is written, and who refuses them.

use crate::run::{Case, Run, digits};
use serde_json::Value;
use sublevel::certificate::graph::{BlockRule, NonlinearityRecord, SmoothRecord};
use sublevel::certificate::{GraphProblemRecord, Record, open};

/// A command on a carried pair with this activation and further arguments.
fn run(case: &Case, command: &str, activation: &str, further: &[&str]) -> Run {
    let files = ["a", "b"].map(|end| digits(&format!("wide-64-{end}.safetensors")));
    let data = digits("digits-64.npz");
    let arguments = [command, &files[0], &files[1], "--data", &data, "--activation", activation];
    case.run(&[&arguments[..], further].concat())
}

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.out).unwrap_or_else(|error| panic!("{error}: {}{}", run.out, run.err))
}

/// The records of a certificate: the problem, and the others.
fn records(case: &Case, file: &str) -> (GraphProblemRecord, Vec<Record>) {
    let mut reader = open(case.path(file)).unwrap();
    let Some(Record::Graph(problem)) = reader.next_record().unwrap() else { panic!("no graph") };
    let rest = std::iter::from_fn(|| reader.next_record().unwrap()).collect();
    (problem, rest)
}

#[test]
fn barriers_of_smooth_networks_are_certified() {
    let case = Case::new();
    for activation in ["sigmoid", "tanh", "softplus=20", "elu"] {
        let summary = json(&run(&case, "barrier", activation, &["--out", "p.path.jsonl", "--json"]));
        let ends = |key: &str| [0, 1].map(|end| summary[key][end].as_f64().unwrap());
        let [lower, upper] = ends("maximum");
        assert!(summary["decided"] == true && upper - lower <= 1e-6, "{activation}: {summary}");
        assert!(summary["sampled_maximum"].as_f64().unwrap() <= upper + 1e-9, "{activation}: {summary}");
        let (problem, moves) = records(&case, "p.path.jsonl");
        assert_eq!((problem.graph.inputs, problem.graph.outputs, problem.graph.skips.len()), (64, 10, 128));
        let [Record::Start { .. }, Record::Bounded { .. }, Record::End { moves: 1 }] = &moves[..] else {
            panic!("{activation}")
        };
        let above = run(&case, "barrier", activation, &["--below", &format!("{}", upper + 1e-6)]);
        assert_eq!(above.code, 0, "{activation}: {}{}", above.out, above.err);
        let under = run(&case, "barrier", activation, &["--below", &format!("{}", lower - 1e-6)]);
        assert_eq!(under.code, 1, "{activation}: {}{}", under.out, under.err);
    }
}

#[test]
fn chains_of_smooth_networks_are_written_as_graphs() {
    let case = Case::new();
    let found = run(&case, "connect", "softplus=20", &["--bend", "--out", "p.path.jsonl", "--json"]);
    let summary = json(&found);
    assert_eq!((found.code, &summary["claim"]), (0, &"connected".into()), "{summary}");
    let (problem, moves) = records(&case, "p.path.jsonl");
    let BlockRule::Filters { filters: 128, tied: false, activation } = &problem.graph.blocks[0].rule else {
        panic!("{:?}", problem.graph.blocks[0].rule)
    };
    let NonlinearityRecord::Smooth(SmoothRecord::Softplus { gamma }) = activation else { panic!("{activation:?}") };
    assert_eq!(gamma.as_str(), "20");
    // The whole path is at most the larger end, the chain somewhat below it: that is its bound.
    let number = |value: &serde_json::Value| value.as_f64().expect("a number");
    let larger = number(&summary["start"][1]).max(number(&summary["end"][1]));
    let Record::Bounded { bound, .. } = &moves[2] else { panic!("{}", moves.len()) };
    let (numer, denom) = bound.parts();
    let bound = numer.parse::<f64>().unwrap() / denom.parse::<f64>().unwrap();
    assert_eq!((number(&summary["at_most"]), number(&summary["chain_at_most"])), (larger, bound), "{summary}");
    assert!(bound < larger);
    // The start, the margins' lines around two bounded moves, the end.
    assert_eq!(moves.len(), 6);
    assert!(matches!(moves[1], Record::Line { .. }) && matches!(moves[2], Record::Bounded { .. }), "{:?}", moves.len());
}

#[test]
fn networks_are_aligned_by_smooth_features() {
    let case = Case::new();
    for by in ["weights", "activations"] {
        let found = run(&case, "align", "tanh", &["--by", by, "--out", "c.safetensors", "--json"]);
        let summary = json(&found);
        assert!(summary["aligned"][1].is_number(), "{summary}");
    }
}

/// What needs pieces says so, and who does not.
#[test]
fn what_needs_pieces_refuses_smooth_activations() {
    let case = Case::new();
    let out = ["--out", "p.path.jsonl"];
    for (command, further) in [
        ("connect", &out[..]),
        ("connect", &["--short", "--out", "p.path.jsonl"]),
        ("connect", &["--kernel", "double"]),
        ("compare", &[]),
    ] {
        for activation in ["sigmoid", "tanh", "softplus=20", "elu"] {
            let refused = run(&case, command, activation, further);
            refused.expect(2, "is not piecewise linear");
            assert!(refused.err.contains("sublevel barrier") && refused.err.contains("--bend"), "{}", refused.err);
        }
    }
    let one = |command: &str| {
        let data = digits("digits-64.npz");
        case.run(&[command, &digits("wide-64-a.safetensors"), "--data", &data, "--activation", "tanh", "--out", "p"])
    };
    for command in ["descend", "escape", "minimum"] {
        one(command).expect(2, "is not piecewise linear");
    }
    assert!(!case.files().contains(&"p.path.jsonl".to_owned()));
    // A name that nobody takes, and a parameter that is none.
    run(&case, "barrier", "gelu", &[]).expect(2, "softplus=GAMMA");
    run(&case, "barrier", "elu=0", &[]).expect(2, "needs a positive number");
}

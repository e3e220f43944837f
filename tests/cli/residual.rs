//! Residual networks of PyTorch: connected, checked against their files, and what is refused.

use crate::run::{Case, Run, digits};
use serde_json::Value;

/// A carried state dictionary.
fn carried(name: &str) -> String {
    format!("{}/tests/data/residual/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.out).unwrap_or_else(|error| panic!("{error}: {}{}", run.out, run.err))
}

fn connect(case: &Case, samples: &str, further: &[&str]) -> Run {
    let (a, b, data) = (carried("digits-16-a.pt"), carried("digits-16-b.pt"), digits("digits-64.npz"));
    let arguments = ["connect", &a, &b, "--data", &data, "--samples", samples, "--activation", "relu"];
    case.run(&[&arguments[..], &["--out", "r.path.jsonl"], further].concat())
}

fn check(case: &Case, from: &str, to: &str, activation: &str) -> Run {
    let data = digits("digits-64.npz");
    let (from, to) = (carried(from), carried(to));
    let arguments = ["check", "r.path.jsonl", "--from", &from, "--to", &to, "--data", &data, "--samples", "16"];
    case.run(&[&arguments[..], &["--activation", activation, "--json"]].concat())
}

#[test]
fn two_state_dictionaries_are_connected() {
    let case = Case::new();
    let found = json(&connect(&case, "16", &["--json"]));
    assert_eq!((&found["width"], &found["distinct_inputs"]), (&16.into(), &16.into()), "{found}");
    let checked = json(&check(&case, "digits-16-a.pt", "digits-16-b.pt", "relu"));
    assert_eq!(checked["conclusion"], "connected", "{checked}");
    assert_eq!(checked["every_convex_loss"], true);
    for part in ["from", "to", "activation", "inputs", "targets"] {
        assert_eq!(checked["compared"][part], "compared", "{part}");
    }
    // Other ends, and another activation.
    assert_eq!(check(&case, "digits-16-b.pt", "digits-16-b.pt", "relu").code, 1);
    assert_eq!(check(&case, "digits-16-a.pt", "digits-16-a.pt", "relu").code, 1);
    assert_eq!(check(&case, "digits-16-a.pt", "digits-16-b.pt", "abs").code, 1);
    assert_eq!(case.run(&["inspect", "r.path.jsonl"]).code, 0);
}

/// As a chain of layers it would be another function.
#[test]
fn other_commands_refuse_it() {
    let case = Case::new();
    let (a, b, data) = (carried("digits-16-a.pt"), carried("digits-16-b.pt"), digits("digits-64.npz"));
    let arguments = ["barrier", &a, &b, "--data", &data, "--activation", "relu"];
    let run = case.run(&arguments);
    assert_eq!(run.code, 2, "{}{}", run.out, run.err);
    assert!(run.err.contains("is named like a residual network"), "{}", run.err);
    let layers = "stem,block.0,block.2,block.4,head";
    assert_eq!(case.run(&[&arguments[..], &["--layers", layers]].concat()).code, 0);
    assert_eq!(connect(&case, "16", &[]).code, 0);
}

/// The way over few neurons, and its picture.
#[test]
fn a_short_path_goes_by_way_of_few_neurons() {
    let case = Case::new();
    let found = json(&connect(&case, "16", &["--short", "--json"]));
    assert_eq!((&found["claim"], &found["excess"]), (&"connected".into(), &0.0.into()), "{found}");
    let checked = json(&check(&case, "digits-16-a.pt", "digits-16-b.pt", "relu"));
    assert_eq!(
        (&checked["conclusion"], &checked["every_convex_loss"]),
        (&"connected".into(), &false.into()),
        "{checked}"
    );
    let plot = json(&case.run(&["plot", "r.path.jsonl", "--out", "r.svg", "--json"]));
    let (bounds, top) = (plot["bounds"].as_array().unwrap(), found["at_most"].as_f64().unwrap());
    assert_eq!(bounds.len() as u64, found["moves"].as_u64().unwrap());
    assert!(bounds.iter().all(|bound| bound.as_f64().unwrap() <= top * (1.0 + 1e-12)), "{plot}");
    let losses: Vec<f64> = plot["path"].as_array().unwrap().iter().map(|at| at["loss"].as_f64().unwrap()).collect();
    assert!(losses.iter().all(|loss| *loss <= top + 1e-9), "{losses:?}");
    assert_eq!(plot["path"][0]["accuracy"], 1.0);
    assert_eq!(case.run(&["inspect", "r.path.jsonl"]).code, 0);
}

/// |x| by two neurons, which one cannot make: what the path costs is proved, and said.
#[test]
fn a_short_path_that_is_above_the_ends_says_by_how_much() {
    let case = Case::new();
    for (file, u) in [("n.npz", [0.5, -1.0]), ("m.npz", [1.0, 2.0])] {
        let arrays: [(&str, [u64; 2], &[f64]); 4] = [
            ("stem.weight", [2, 1], &[1.0, -1.0]),
            ("block.0.weight", [1, 2], &u),
            ("block.2.weight", [2, 1], &[0.0, 0.0]),
            ("head.weight", [1, 2], &[1.0, 1.0]),
        ];
        case.arrays(file, &arrays);
    }
    case.data("five.npz", 5, 1, &[-2.0, -1.0, 0.5, 1.0, 2.0], &[2.0, 1.0, 0.5, 1.0, 2.0]);
    let arguments = ["connect", "n.npz", "m.npz", "--data", "five.npz", "--activation", "relu", "--short"];
    let short = |further: &[&str]| case.run(&[&arguments[..], &["--out", "r.path.jsonl"], further].concat());
    let run = short(&["--json"]);
    assert_eq!(run.code, 4, "{}{}", run.out, run.err);
    let found = json(&run);
    assert!(found["excess"].as_f64().unwrap() > 0.0, "{found}");
    let checked = json(&case.run(&["check", "r.path.jsonl", "--json"]));
    assert_eq!(checked["claim"], "barrier", "{checked}");
    let run = short(&[]);
    assert!(run.err.contains("above the larger end by"), "{}", run.err);
    assert_eq!(connect(&case, "16", &["--short", "--align", "b.safetensors"]).code, 2);
}

#[test]
fn one_network_descends() {
    let case = Case::new();
    let (network, data) = (carried("digits-16-a.pt"), digits("digits-64.npz"));
    let arguments = ["descend", &network, "--data", &data, "--activation", "relu", "--out", "d.path.jsonl", "--json"];
    let found = json(&case.run(&[&arguments[..], &["--samples", "17"]].concat()));
    assert!(found["loss"]["end"][1].as_f64().unwrap() <= 1e-6, "{found}");
    let checked = json(&case.run(&["check", "d.path.jsonl", "--from", &network, "--activation", "relu", "--json"]));
    assert_eq!(checked["conclusion"], "never rises");
    let refused = case.run(&[&arguments[..], &["--samples", "18"]].concat());
    assert_eq!(refused.code, 3, "{}", refused.out);
}

#[test]
fn more_samples_than_neurons_are_refused_with_numbers() {
    let case = Case::new();
    let run = connect(&case, "17", &[]);
    assert_eq!(run.code, 3, "{}{}", run.out, run.err);
    let expected = "Theorem B needs a width of 17 for 17 distinct samples and 1 block, and the networks have 16; \
                    --samples 16: it applies to the first 16 samples";
    assert!(run.err.contains(expected), "{}", run.err);
    for further in [&["--bend"][..], &["--theorem", "6.1"]] {
        assert_eq!(connect(&case, "16", further).code, 2);
    }
}

#[test]
fn what_is_no_residual_network_is_named() {
    let case = Case::new();
    let ones = |count: u64| vec![0.5; count as usize];
    let refused = |arrays: &[(&str, [u64; 2])], expected: &str| {
        let values: Vec<Vec<f64>> = arrays.iter().map(|(_, [rows, cols])| ones(rows * cols)).collect();
        let arrays: Vec<(&str, [u64; 2], &[f64])> =
            arrays.iter().zip(&values).map(|(&(name, shape), values)| (name, shape, &values[..])).collect();
        case.arrays("n.npz", &arrays);
        let arguments = ["connect", "n.npz", "n.npz", "--data", "data.npz", "--activation", "relu"];
        let run = case.run(&[&arguments[..], &["--out", "n.path.jsonl"]].concat());
        assert_eq!(run.code, 2, "{}{}", run.out, run.err);
        assert!(run.err.contains(expected), "{}", run.err);
    };
    let (stem, head) = (("stem.weight", [3, 1]), ("head.weight", [1, 3]));
    refused(&[stem, ("block.0.weight", [3, 3]), head], "block 1 has one layer");
    refused(
        &[stem, ("block.0.weight", [2, 3]), ("block.2.weight", [4, 2]), head],
        "block 1 takes 3 numbers and makes 4",
    );
    refused(
        &[stem, ("block.0.weight", [2, 3]), ("block.1.running_mean", [1, 2]), ("block.2.weight", [3, 2]), head],
        "`block.1.running_mean` has no place here",
    );
    refused(
        &[stem, ("blocks.0.0.weight", [2, 3]), ("blocks.0.2.weight", [3, 2]), ("blocks.1.0.weight", [3, 3]), head],
        "block 2 has one layer",
    );
}

/// Modules of other names, by flags; what has nothing to add is read as it always was.
#[test]
fn names_are_options() {
    let case = Case::new();
    let (one, two) = (vec![0.5, -0.25, 1.0, 0.75], vec![-1.0, 0.5, 0.25, 2.0]);
    for (file, values) in [("n.npz", &one), ("m.npz", &two)] {
        let arrays: [(&str, [u64; 2], &[f64]); 4] = [
            ("first.weight", [3, 1], &values[..3]),
            ("body.0.weight", [1, 3], &values[1..]),
            ("body.5.weight", [3, 1], &values[..3]),
            ("last.weight", [1, 3], &values[1..]),
        ];
        case.arrays(file, &arrays);
    }
    // Two samples without a bias, which relu tells apart by their signs.
    case.data("two.npz", 2, 1, &[-1.0, 2.0], &[1.0, 0.0]);
    let arguments = ["connect", "n.npz", "m.npz", "--data", "two.npz", "--activation", "relu", "--out", "n.path.jsonl"];
    let names = ["--stem", "first", "--block", "body", "--head", "last"];
    let run = case.run(&[&arguments[..], &names].concat());
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert!(run.out.contains("a residual network by its names"), "{}", run.out);
    let check = ["check", "n.path.jsonl", "--from", "n.npz", "--to", "m.npz", "--activation", "relu"];
    assert_eq!(case.run(&[&check[..], &names].concat()).code, 0);
}

/// W = (1, 0) and (−1, 0) leave neither a curve nor lines: steps beside the ends do, for one loss.
#[test]
fn heads_of_low_rank_are_joined_for_one_loss() {
    let case = Case::new();
    for (file, v, w) in [("a.npz", [0.0, 0.0], [1.0, 0.0]), ("b.npz", [-2.0, 3.0], [-1.0, 0.0])] {
        let arrays: [(&str, [u64; 2], &[f64]); 3] =
            [("block.0.weight", [1, 2], &[1.0, 0.0]), ("block.2.weight", [2, 1], &v), ("head.weight", [1, 2], &w)];
        case.arrays(file, &arrays);
    }
    let inputs = [1.0, 0.0, 1.0, 1.0];
    case.data("minima.npz", 2, 2, &inputs, &[1.0, 1.0]);
    case.data("others.npz", 2, 2, &inputs, &[0.0, 0.5]);
    case.arrays("none.npz", &[("inputs", [2, 2], &inputs)]);
    let run = |data: &str, further: &[&str]| {
        let arguments = ["connect", "a.npz", "b.npz", "--data", data, "--activation", "relu", "--out", "l.path.jsonl"];
        case.run(&[&arguments[..], further].concat())
    };
    let none = run("none.npz", &[]);
    assert_eq!(none.code, 3, "{}{}", none.out, none.err);
    assert!(none.err.contains("with labels or targets in the data"), "{}", none.err);
    // Both ends are minima of loss 0.
    let rises = run("minima.npz", &["--json"]);
    assert_eq!(rises.code, 4, "{}", rises.err);
    let below = json(&rises)["below"].clone();
    assert_eq!(below["claim"], "barrier");
    let excess = below["excess"].as_f64().unwrap();
    assert!(0.0 < excess && excess <= 1e-6 && below["at_most"] == below["excess"], "{below}");
    let words = run("minima.npz", &[]);
    assert!(
        words.out.contains("bounded, not connected,") && words.err.contains("above the larger end"),
        "{}",
        words.err
    );
    let check = |data| {
        let arguments = ["check", "l.path.jsonl", "--from", "a.npz", "--to", "b.npz", "--data", data, "--json"];
        json(&case.run(&[&arguments[..], &["--activation", "relu"]].concat()))
    };
    assert_eq!(check("minima.npz")["conclusion"], "stays below a bound");
    let connected = run("others.npz", &[]);
    assert_eq!(connected.code, 0, "{}{}", connected.out, connected.err);
    assert!(connected.out.contains("holds for") && !connected.out.contains("every convex loss"), "{}", connected.out);
    let checked = check("others.npz");
    assert_eq!(
        (&checked["conclusion"], &checked["every_convex_loss"]),
        (&"connected".into(), &false.into()),
        "{checked}"
    );
}

//! `regions`: counts, certificates, pictures and refusals.

use crate::run::{Case, Run, digits, quarters};
use serde_json::{Value, json as value};
use sublevel::network::{Parameters, write_network};

fn json(run: &Run) -> Value {
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    serde_json::from_str(&run.out).unwrap_or_else(|error| panic!("{error}: {}{}", run.out, run.err))
}

/// A case with |x_1| against |x_2|, four ReLUs, and with the network 2-1-2-2 of thesis 5.3.1.
fn case() -> Case {
    let case = Case::new();
    let crossing =
        [quarters(3, 4, &[4, -4, 0, 0, 0, 0, 4, -4, 0, 0, 0, 0]), quarters(5, 2, &[4, 0, 4, 0, 0, 4, 0, 4, 0, 0])];
    let narrow = [quarters(3, 1, &[4, 4, 0]), quarters(2, 2, &[4, -4, 0, 0]), quarters(3, 2, &[8, 4, 12, 8, 0, 4])];
    for (name, layers) in [("crossing.safetensors", crossing.to_vec()), ("narrow.safetensors", narrow.to_vec())] {
        write_network(&case.path(name), &Parameters::new(layers).unwrap()).unwrap();
    }
    case
}

fn counts(summary: &Value) -> Vec<usize> {
    let classes = summary["classes"].as_array().unwrap();
    classes.iter().map(|class| class["components"].as_array().unwrap().len()).collect()
}

#[test]
fn components_are_counted_and_proved() {
    let case = case();
    let relu = ["regions", "crossing.safetensors", "--activation", "relu"];
    let summary = json(&case.run(&[&relu[..], &["--json"]].concat()));
    assert_eq!(counts(&summary), [2, 2]);
    assert_eq!((&summary["whole_space"], &summary["tie_cells"]), (&true.into(), &0.into()));
    // In each quadrant one ReLU of each pair is active.
    assert_eq!((&summary["linear_regions"], &summary["active_neurons"]), (&value!([4]), &value!({ "2": 4 })));
    for (class, file) in [("0", "zero.path.jsonl"), ("1", "one.path.jsonl")] {
        let run = case.run(&[&relu[..], &["--class", class, "--out", file]].concat());
        assert_eq!(run.code, 0, "{}{}", run.out, run.err);
        let check =
            json(&case.run(&["check", file, "--from", "crossing.safetensors", "--activation", "relu", "--json"]));
        assert_eq!((&check["claim"], &check["components"]), (&"disconnected-regions".into(), &2.into()));
        assert_eq!(check["compared"], serde_json::json!({ "from": true, "activation": true }));
        let other = case.run(&["check", file, "--from", "narrow.safetensors"]);
        assert_eq!(other.code, 1, "{}{}", other.out, other.err);
    }
    json(&case.run(&[&relu[..], &["--census", "--out", "census.path.jsonl", "--json"]].concat()));
    let check = json(&case.run(&["check", "census.path.jsonl", "--from", "crossing.safetensors", "--json"]));
    assert_eq!((&check["claim"], &check["at_most"]), (&"census".into(), &serde_json::json!([2, 2])));
}

#[test]
fn all_regions_of_a_pyramid_are_connected() {
    let case = Case::new();
    let network = digits("pyramid-32-a.safetensors");
    let leaky = ["regions", &network, "--activation", "leaky-relu=0.01", "--connected"];
    let run = case.run(&[&leaky[..], &["--out", "p.path.jsonl"]].concat());
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert!(run.out.contains("every decision region of this 64-64-16-10 network is connected"), "{}", run.out);
    let check = json(&case.run(&["check", "p.path.jsonl", "--from", &network, "--json"]));
    assert_eq!(check["claim"], "connected-regions");
    // Each hypothesis that is not met, by its numbers.
    let wide = digits("wide-64-a.safetensors");
    let refused =
        |file: &str, activation: &str| case.run(&["regions", file, "--activation", activation, "--connected"]);
    refused(&wide, "leaky-relu=0.01").expect(3, "128 neurons for 64");
    refused(&network, "relu").expect(3, "constant on one side");
    refused(&network, "abs").expect(3, "not monotone");
    let case = self::case();
    case.run(&["regions", "narrow.safetensors", "--activation", "leaky-relu=0.5", "--connected"])
        .expect(3, "2 neurons for 1");
}

#[test]
fn planes_and_lines_through_samples() {
    let case = Case::new();
    let (network, data) = (digits("relu-deep-32-a.safetensors"), digits("digits-32.npz"));
    let relu = ["regions", &network, "--activation", "relu", "--data", &data];
    let plane = json(&case.run(&[&relu[..], &["--plane", "0,1,2", "--json"]].concat()));
    assert_eq!(plane["whole_space"], false);
    assert!(plane["cells"].as_u64().unwrap() > 100, "{plane}");
    let line = json(&case.run(&[&relu[..], &["--line", "0,1", "--json"]].concat()));
    assert_eq!(line["place"], "the line through samples 0, 1");
    let slice = json(&case.run(&[&relu[..], &["--features", "20,43", "--at", "3", "--json"]].concat()));
    assert_eq!(slice["place"], "the plane of features 20, 43 through sample 3");
    let refused = |further: &[&str]| case.run(&[&relu[..], further].concat());
    refused(&["--features", "20,64"]).expect(2, "there is no feature 64: the data have 64, from 0");
    refused(&["--features", "20,43", "--at", "32"]).expect(2, "there is no sample 32");
    refused(&["--features", "20,20"]).expect(2, "--features: ");
    refused(&[]).expect(2, "--plane I,J,K");
    refused(&["--plane", "0,1"]).expect(2, "takes 3 samples, not 2");
    refused(&["--plane", "0,1,32"]).expect(2, "there is no sample 32: the data have 32, from 0");
    refused(&["--line", "4,4"]).expect(2, "--line: ");
}

#[test]
fn pictures_are_drawn() {
    let case = case();
    for file in ["regions.svg", "regions.png"] {
        let run = case.run(&[
            "regions",
            "crossing.safetensors",
            "--activation",
            "relu",
            "--plot",
            file,
            "--window=-2,2,-2,2",
        ]);
        assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    }
    let svg = std::fs::read_to_string(case.path("regions.svg")).unwrap();
    for text in ["class 0: 2 components", "class 1: 2 components", "x_1", "x_2"] {
        assert!(svg.contains(text), "{text}");
    }
    assert!(std::fs::read(case.path("regions.png")).unwrap().starts_with(b"\x89PNG"));
}

#[test]
fn what_cannot_be_done_is_refused() {
    let case = case();
    let run = |further: &[&str]| case.run(&[&["regions", "crossing.safetensors"], further].concat());
    run(&["--activation", "gelu"]).expect(2, "gelu is not piecewise linear");
    run(&["--activation", "gelu"]).expect(2, "not monotone");
    run(&["--activation", "tanh"]).expect(2, "tanh is not piecewise linear");
    run(&["--activation", "relu", "--out", "p.path.jsonl"]).expect(2, "--class C, --census or --connected");
    run(&["--activation", "relu", "--class", "2", "--out", "p.path.jsonl"])
        .expect(2, "there is no class 2: the network has 2");
    run(&["--activation", "relu", "--cell-limit", "3"]).expect(4, "--cell-limit N allows more");
    run(&["--activation", "relu", "--census", "--out", "crossing.safetensors"]).expect(2, "would overwrite");
    run(&["--activation", "relu", "--plot", "p.svg", "--window=1,0,0,1"]).expect(2, "ascending");
    run(&["--activation", "abs", "--class", "0", "--out", "p.path.jsonl"]).expect(0, "");
    let one = case.run(&[
        "regions",
        "narrow.safetensors",
        "--activation",
        "leaky-relu=0.5",
        "--class",
        "1",
        "--out",
        "q.path.jsonl",
    ]);
    one.expect(3, "has 1 component here: it is not disconnected");
    case.run(&["regions", "a.safetensors", "--activation", "relu"]).expect(2, "one output");
    assert!(!case.path("q.path.jsonl").exists());
    // Nothing is written before everything is known to make sense.
    run(&["--activation", "relu", "--class", "0", "--out", "q.path.jsonl", "--plot", "q.svg", "--window=0,inf,0,1"])
        .expect(2, "--window takes four numbers");
    assert!(!case.path("q.path.jsonl").exists() && !case.path("q.svg").exists());
}

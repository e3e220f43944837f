//! What the user means: data of other inputs, options that say nothing, files of another kind and values beyond the doubles are
//! refused or told, and not passed over.

use crate::run::{Case, Run, data, digits, quarters};
use serde_json::Value;
use std::fs;
use std::process::Command;
use sublevel::network::{Parameters, write_network};

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.out).unwrap_or_else(|error| panic!("{error}: {}{}", run.out, run.err))
}

/// Three samples of which a certificate takes the first two.
fn with_three_samples() -> Case {
    let case = Case::new();
    case.data("three.npz", 3, 1, &[0.0, 1.0, 2.0], &[1.0, 0.0, 3.0]);
    case
}

#[test]
fn a_picture_takes_the_samples_of_the_certificate() {
    let case = with_three_samples();
    assert_eq!(case.connect(&["--data", "three.npz", "--samples", "2"]).code, 0);
    let drawn = |file: &str, further: &[&str]| {
        case.run(&[&["plot", "p.path.jsonl", "--out", "p.svg", "--data", file, "--loss", "square"], further].concat())
    };
    let losses = |run: &Run| json(run)["path"].clone();
    let [all, first] = ["three.npz", "data.npz"].map(|file| drawn(file, &["--json"]));
    assert_eq!((all.code, first.code), (0, 0), "{}{}", all.err, first.err);
    assert_eq!(losses(&all), losses(&first));
    // Fewer samples, other inputs, and inputs that are scaled are those of another certificate.
    case.data("one.npz", 1, 1, &[0.0], &[1.0]);
    case.data("moved.npz", 2, 1, &[0.0, 1.5], &[1.0, 0.0]);
    drawn("one.npz", &[]).expect(2, "[1, 1], there [2, 1]");
    drawn("moved.npz", &[]).expect(2, "feature 0 of sample 1 (counted from 0) is 1.5, there 1");
    drawn("data.npz", &["--scale", "1/2"]).expect(2, "is 0.5, there 1");
    case.run(&["plot", "p.path.jsonl", "--out", "p.html"]).expect(2, "a picture ends in .svg or .png");
    // What one command writes is not replaced by what another one does.
    fs::copy(case.path("p.path.jsonl"), case.path("old.svg")).unwrap();
    let [old, new] = ["old.svg", "p.path.jsonl"];
    case.run(&["plot", new, "--out", old])
        .expect(2, "old.svg is there already, and is nothing that this command has written");
}

#[test]
fn the_aligned_network_is_named() {
    let case = Case::new();
    case.data("data.npz", 1, 1, &[1.0], &[1.0]);
    let run = case.connect(&["--align", "c.safetensors"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.contains("aligned   c.safetensors: the second network"), "{}", run.out);
    let run = case.connect(&["--align", "c.safetensors", "--json"]);
    assert_eq!(json(&run)["every_convex_loss"], true);
    assert_eq!(json(&run)["read"]["aligned"], "c.safetensors");
    case.connect(&["--align", "c.pt"]).expect(2, "a network is written as .safetensors");
    // A trained network is none of its results, a picture of somebody else's neither.
    fs::copy(case.path("a.safetensors"), case.path("mine.safetensors")).unwrap();
    let trained = fs::read(case.path("mine.safetensors")).unwrap();
    let foreign =
        String::from_utf8_lossy(&trained).replacen("\"written_by\":\"sublevel\"", "\"written_by\":\"somebody\"", 1);
    assert_ne!(foreign.as_bytes(), trained);
    fs::write(case.path("mine.safetensors"), &foreign).unwrap();
    case.connect(&["--align", "mine.safetensors"]).expect(2, "nothing that this command has written");
    assert_eq!(fs::read(case.path("mine.safetensors")).unwrap(), foreign.as_bytes());
    fs::write(case.path("mine.svg"), "<svg xmlns='http://www.w3.org/2000/svg'/>").unwrap();
    case.run(&["plot", "p.path.jsonl", "--out", "mine.svg"]).expect(2, "nothing that this command has written");
    for name in ["own.svg", "own.png"] {
        let again = || case.run(&["plot", "p.path.jsonl", "--data", "data.npz", "--loss", "square", "--out", name]);
        assert_eq!((again().code, again().code), (0, 0), "{name}: {}", again().err);
    }
}

#[test]
fn a_theorem_that_is_asked_for_is_the_one_that_does_not_apply() {
    let case = Case::new();
    let run = case.connect(&["--theorem", "3.2"]);
    run.expect(3, "Theorem 3.2 (independent data), which --theorem asks for, does not apply");
    assert!(run.err.contains("leave out --theorem") && !run.err.contains("no theorem applies"), "{}", run.err);
    case.run(&[
        "descend",
        "a.safetensors",
        "--data",
        "data.npz",
        "--activation",
        "relu",
        "--alpha",
        "1/1000",
        "--out",
        "d.path.jsonl",
    ])
    .expect(3, "--alpha 1/1000 is not above the loss at the start");
}

#[test]
fn options_that_say_nothing_are_refused() {
    let case = Case::new();
    assert_eq!(case.connect(&[]).code, 0);
    for (option, value) in [("--inputs-key", "x"), ("--scale", "1/2"), ("--mean", "1"), ("--std", "2")] {
        case.run(&["check", "p.path.jsonl", option, value]).expect(2, "there is no --data");
        case.run(&["plot", "p.path.jsonl", "--out", "p.svg", option, value]).expect(2, "there is no --data");
    }
    for (option, value) in [("--layers", "0,2"), ("--prefix", "x."), ("--stem", "x"), ("--graph", "absent.onnx")] {
        case.run(&["check", "p.path.jsonl", option, value]).expect(2, "and there is neither; leave it out");
    }
    case.connect(&["--prefix", ",,x."]).expect(2, "--prefix: 3 values, but 2 networks were read");
    case.about_both("barrier", &["--stem", "x"]).expect(2, "--stem: a.safetensors is read as a chain of layers");
    case.about_both("barrier", &["--below", "9", "--tolerance", "1e-3"]).expect(2, "cannot be used with");
}

#[test]
fn a_graph_says_itself_what_its_layers_are() {
    let case = Case::new();
    let [lenet, other, samples] = ["lenet-0.onnx", "lenet-1.onnx", "lenet.npz"].map(|name| data("onnx", name));
    for (option, value) in
        [("--layers", "0,2"), ("--prefix", "x."), ("--layout", "in-out"), ("--curve-point", "0"), ("--head", "x")]
    {
        case.run(&["graph", &lenet, option, value]).expect(2, "the graph says what the layers are; leave it out");
    }
    let graph = ["barrier", &lenet, &other, "--data", &samples, "--graph", &data("onnx", "resnet-0.onnx")];
    case.run(&graph).expect(2, "has a graph of its own; leave it out");
    case.connect(&["--align", "c.safetensors", "--theorem", "5.1"]).expect(0, "");
    let chain = ["connect", &lenet, &other, "--data", &samples, "--activation", "relu", "--out", "c.path.jsonl"];
    case.run(&chain).expect(2, "an ONNX file, and this command reads a chain of layers");
}

#[test]
fn labels_are_those_of_the_inputs_and_of_the_outputs() {
    let case = Case::new();
    let (inputs, column): (&[f64], &[f64]) = (&[0.0, 1.0], &[0.0, 1.0]);
    let arrays = [("x_train", [2, 1], inputs), ("y_train", [2, 1], column), ("labels", [2, 1], column)];
    case.arrays("both.npz", &arrays);
    case.connect(&["--data", "both.npz"]).expect(2, "`labels`, `y_train`: any of them could be the labels");
    let run = case.connect(&["--data", "both.npz", "--labels-key", "y_train"]);
    assert_eq!(run.code, 0, "{}", run.err);
    case.connect(&["--data", "both.npz", "--labels-key", "x_train"])
        .expect(2, "another array for the labels than the inputs");
    // A class that no sample has is a class all the same.
    case.arrays("hot.npz", &[("inputs", [2, 1], inputs), ("labels", [2, 3], &[1.0, 0.0, 0.0, 0.0, 1.0, 0.0])]);
    case.connect(&["--data", "hot.npz"]).expect(2, "one-hot rows of 3 classes, but the network has 1 output");
    case.arrays("two.npz", &[("inputs", [2, 1], inputs), ("labels", [2, 2], &[1.0, 0.0, 0.0, 1.0])]);
    assert_eq!(case.connect(&["--data", "two.npz"]).code, 0);
    case.arrays("labels.npz", &arrays[..2]);
    case.connect(&["--data", "labels.npz", "--labels-key", "y_train", "--loss", "square"])
        .expect(2, "call the array `targets`");
    // A network is no data set, and an empty file no network.
    let run = case.connect(&["--data", "a.safetensors"]);
    run.expect(2, "array `inputs` is missing; the file has `");
    assert!(run.err.contains("--inputs-key names another one"), "{}", run.err);
    fs::write(case.path("empty.npz"), b"").unwrap();
    case.connect(&["--data", "empty.npz"]).expect(2, "empty.npz: cannot be read: it is empty");
}

/// Arrays are a network of a graph only together with its activation.
#[test]
fn a_graph_is_compared_with_a_graph() {
    let case = Case::new();
    let [a, b] = ["a.safetensors", "b.safetensors"];
    let tanh = ["barrier", a, b, "--data", "data.npz", "--activation", "tanh", "--out", "p.path.jsonl"];
    assert_eq!(case.run(&tanh).code, 0);
    let check = |further: &[&str]| case.run(&[&["check", "p.path.jsonl"], further].concat());
    let run = check(&["--from", a, "--to", b, "--activation", "tanh"]);
    assert!(run.code == 0 && run.out.contains("first network, last network, activation"), "{}{}", run.out, run.err);
    check(&["--from", a]).expect(2, "add --activation, or give the description of the graph");
    check(&["--from", a, "--activation", "sigmoid"]).expect(1, "the graph of the network, or an activation in it");
    check(&["--from", a, "--activation", "relu"]).expect(1, "the graph of the network, or an activation in it");
    check(&["--activation", "tanh"]).expect(2, "is compared with the widths of --from or --to");
    // A description says its own activations, and both ends are of one graph.
    let skip = ["skip", a, "--activation", "sigmoid", "--samples", "2", "--keep-output", "--out", "g.json"];
    assert_eq!(case.run(&skip).code, 0);
    check(&["--from", "g.json", "--activation", "sigmoid"]).expect(2, "says itself what its activations are");
    check(&["--from", a, "--to", "g.json", "--activation", "tanh"]).expect(2, "networks of different graphs");
    // A certificate of a piecewise-linear network is about no smooth one.
    assert_eq!(case.connect(&[]).code, 0);
    check(&["--from", a, "--activation", "tanh"]).expect(2, "networks with a piecewise-linear activation");
}

/// What comes by a pipe is read once, and compared all the same.
#[test]
#[cfg(unix)]
fn a_certificate_may_come_by_a_pipe() {
    let case = Case::new();
    assert_eq!(case.connect(&[]).code, 0);
    let piped = |options: &str| {
        let command = format!("cat p.path.jsonl | {} check /dev/stdin {options}", env!("CARGO_BIN_EXE_sublevel"));
        let output = Command::new("sh").args(["-c", &command]).current_dir(case.dir.path()).output();
        Run::new(output.unwrap()).code
    };
    assert_eq!(piped("--from a.safetensors --to b.safetensors --activation relu --data data.npz"), 0);
    assert_eq!(piped("--from b.safetensors"), 1);
    assert_eq!(piped("--activation abs"), 1);
}

#[test]
fn what_is_no_certificate_is_not_invalid() {
    let case = Case::new();
    fs::write(case.path("empty.path.jsonl"), b"").unwrap();
    fs::write(case.path("text.path.jsonl"), b"proof: trivial\n").unwrap();
    for (file, found) in [
        ("a.safetensors", "it is a safetensors file"),
        ("data.npz", "it is a zip archive"),
        ("empty.path.jsonl", "it is empty"),
        ("text.path.jsonl", "it does not begin as one does"),
    ] {
        for command in [&["check", file][..], &["inspect", file], &["plot", file, "--out", "p.svg"]] {
            case.run(command).expect(2, &format!("{file}: this is no certificate: {found}"));
        }
    }
    // Cut off is incomplete, whoever reads it.
    assert_eq!(case.connect(&[]).code, 0);
    let whole = fs::read(case.path("p.path.jsonl")).unwrap();
    fs::write(case.path("cut.path.jsonl"), &whole[..whole.len() - 9]).unwrap();
    for command in [
        &["check", "cut.path.jsonl"][..],
        &["inspect", "cut.path.jsonl"],
        &["plot", "cut.path.jsonl", "--out", "p.svg"],
    ] {
        let run = case.run(command);
        assert_eq!(run.code, 4, "{command:?}: {}{}", run.out, run.err);
    }
}

#[test]
fn losses_beyond_the_doubles_are_none() {
    let case = Case::new();
    let huge = |sign: i32| quarters(2, 2, &[4 * sign, -8, 2, 1]).map(|entry| entry << 900u32);
    let network =
        |sign| Parameters::new(vec![huge(sign), quarters(3, 1, &[4, 3, -2]).map(|entry| entry << 900u32)]).unwrap();
    write_network(&case.path("a.safetensors"), &network(1)).unwrap();
    write_network(&case.path("b.safetensors"), &network(-1)).unwrap();
    let run = case.connect(&[]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.contains("largest on the straight line beyond the range of doubles"), "{}", run.out);
    let run = case.connect(&["--json"]);
    assert_eq!(json(&run)["loss"]["straight_line_sampled_maximum"], Value::Null);
    // What neurons have in common is beyond the doubles too: no order is better than another.
    assert_eq!(case.about_both("align", &["--out", "c.safetensors"]).code, 0);
}

#[test]
fn undecided_and_not_connected_say_why_in_json() {
    let case = Case::new();
    let run = case.about_both("barrier", &["--json", "--budget", "1", "--tolerance", "1e-12"]);
    let why = json(&run)["undecided"].clone();
    assert!(run.code == 4 && why.as_str().is_some_and(|why| why.starts_with("undecided: the budget of 1")), "{why}");
    assert_eq!(json(&case.about_both("barrier", &["--json"]))["undecided"], Value::Null);
    // A refuted bound is said with a number that shows it.
    let run = case.about_both("barrier", &["--below", "1/1000"]);
    run.expect(1, "at least 4.31640625e0 and so not below 0.001");
    let ends = ["a", "b"].map(|end| digits(&format!("independent-32-{end}.safetensors")));
    let samples = digits("digits-32.npz");
    let via = [
        "connect",
        &ends[0],
        &ends[1],
        "--via",
        &ends[0],
        "--data",
        &samples,
        "--activation",
        "leaky-relu=0.01",
        "--out",
        "v.path.jsonl",
        "--json",
    ];
    let run = case.run(&via);
    let summary = json(&run);
    assert_eq!(run.code, 4, "{}", run.out);
    assert!(summary["not_connected"].as_str().is_some_and(|why| why.contains("not below the larger end")), "{summary}");
    let [lower, upper] = [0, 1].map(|end| summary["maximum"][end].as_f64().unwrap());
    assert!(lower <= upper && upper <= summary["at_most"].as_f64().unwrap() + 1e-9 && lower > 0.0, "{summary}");
}

#[test]
fn a_folder_of_points_is_read_by_connect_too() {
    let case = Case::new();
    fs::create_dir(case.path("way")).unwrap();
    fs::copy(case.path("a.safetensors"), case.path("way/1.safetensors")).unwrap();
    fs::copy(case.path("b.safetensors"), case.path("way/2.safetensors")).unwrap();
    let run = case.connect(&["--via", "way"]);
    assert!([0, 4].contains(&run.code) && run.out.contains("way/1.safetensors"), "{}{}", run.out, run.err);
    assert!(case.path("p.path.jsonl").exists());
    let alone = Parameters::new(vec![quarters(2, 1, &[1, 1])]).unwrap();
    write_network(&case.path("flat.safetensors"), &alone).unwrap();
    case.run(&["skip", "flat.safetensors", "--activation", "tanh", "--samples", "1", "--out", "g.json"])
        .expect(2, "flat.safetensors: has no hidden layer");
}

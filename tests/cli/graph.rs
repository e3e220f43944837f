//! Networks of convolutions: what is printed of them, their descriptions, and what is refused.

use crate::run::{Case, Run};
use serde_json::Value;
use std::fs;

fn onnx(name: &str) -> String {
    format!("{}/tests/data/onnx/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn graph(case: &Case, network: &str, further: &[&str]) -> Run {
    case.run(&[&["graph", network][..], further].concat())
}

fn json(run: &Run) -> Value {
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    serde_json::from_str(&run.out).unwrap_or_else(|error| panic!("{error}: {}", run.out))
}

#[test]
fn a_network_is_printed_block_by_block() {
    let run = graph(&Case::new(), &onnx("lenet-0.onnx"), &["--data", &onnx("lenet.npz")]);
    assert_eq!(run.code, 0, "{}", run.err);
    let blocks = "\
graph     64 inputs, 6 blocks
      1   convolution 3×3, padding 1: 1×8×8 → 2×8×8, 20 parameters
      2   max 2×2, stride 2: 2×8×8 → 2×4×4
      3   sum: 32 units, relu
      4   convolution 3×3, padding 1: 2×4×4 → 3×4×4, leaky-relu=13421773/134217728, 57 parameters
      5   mean 2×2, stride 2: 3×4×4 → 3×2×2
      6   dense: 5 units, tanh, 65 parameters
 output   5 units connected to 3 outputs and a bias, 18 parameters
parameters 160 in all
";
    assert!(run.out.ends_with(blocks), "{}", run.out);
    for part in [
        "ONNX by pytorch 1.13.0, 12 nodes",
        "1 activation put behind max-pooling",
        "`outputs` is what",
        "accuracy 100.0 %",
    ] {
        assert!(run.out.contains(part), "{part}: {}", run.out);
    }
}

/// The description that is written is the same network, for this command and for the library.
#[test]
fn a_description_is_the_same_network() {
    let case = Case::new();
    for further in [&["--batch-norm", "separate"][..], &["--batch-norm", "folded"], &[]] {
        let data = ["--data", &onnx("resnet.npz"), "--json"];
        let written = json(&graph(&case, &onnx("resnet-0.onnx"), &[further, &data, &["--out", "g.json"]].concat()));
        let again = json(&graph(&case, "g.json", &data));
        for field in ["inputs", "blocks", "output", "parameters"] {
            assert_eq!(written[field], again[field], "{field}");
        }
        assert_eq!(
            written["read"]["outputs"][0]["largest_difference"],
            again["read"]["outputs"][0]["largest_difference"]
        );
        let norms = written["blocks"].as_array().unwrap().iter().filter(|block| block["kind"] == "batch-normalisation");
        assert_eq!(norms.count(), if further.contains(&"folded") { 0 } else { 4 });
    }
}

/// The certificate of a barrier is compared with the files that it was made of, and with others.
#[test]
fn a_barrier_is_checked_against_onnx_files() {
    let case = Case::new();
    let (one, other, data) = (onnx("lenet-0.onnx"), onnx("lenet-1.onnx"), onnx("lenet.npz"));
    let made = case.run(&["barrier", &one, &other, "--data", &data, "--tolerance", "0.1", "--out", "b.path.jsonl"]);
    assert_eq!(made.code, 0, "{}", made.err);
    let check =
        |from: &str, to: &str| case.run(&["check", "b.path.jsonl", "--from", from, "--to", to, "--data", &data]);
    let own = check(&one, &other);
    assert_eq!(own.code, 0, "{}{}", own.out, own.err);
    assert!(own.out.contains("first network, last network"), "{}", own.out);
    assert_eq!(check(&other, &one).code, 1);
    let mixed = check(&one, &onnx("resnet-0.onnx"));
    assert_eq!(mixed.code, 2);
    assert!(mixed.err.contains("different graphs"), "{}", mixed.err);
}

/// What `--batch-norm` cannot change refuses it.
#[test]
fn only_onnx_files_have_a_choice_of_normalisation() {
    let case = Case::new();
    assert_eq!(graph(&case, &onnx("lenet-0.onnx"), &["--out", "g.json"]).code, 0);
    let described = graph(&case, "g.json", &["--batch-norm", "folded"]);
    assert_eq!(described.code, 2);
    assert!(described.err.contains("--batch-norm is for ONNX files; g.json"), "{}", described.err);
    let layers = case.run(&["barrier", "a.npz", "b.npz", "--data", "d.npz", "--batch-norm", "folded"]);
    assert_eq!(layers.code, 2);
    assert!(layers.err.contains("say --fold-batch-norm"), "{}", layers.err);
}

#[test]
fn arrays_are_read_by_the_graph_of_a_file() {
    let case = Case::new();
    let state = onnx("resnet-0.safetensors");
    let data = onnx("resnet.npz");
    let run = graph(&case, &state, &["--graph", &onnx("resnet-1.onnx"), "--data", &data]);
    assert_eq!(run.code, 0, "{}", run.err);
    let alone = graph(&case, &state, &[]);
    assert_eq!(alone.code, 2);
    assert!(alone.err.contains("--graph"), "{}", alone.err);
    // Outputs of another network.
    let other = graph(&case, &onnx("resnet-1.onnx"), &["--data", &data]);
    assert_eq!(other.code, 2);
    assert!(other.err.contains("`outputs` is not what"), "{}", other.err);
    let misfit = graph(&case, &onnx("lenet-0.onnx"), &["--data", &data]);
    assert_eq!(misfit.code, 2);
    assert!(misfit.err.contains("the data have 72 features a sample"), "{}", misfit.err);
    let fold = graph(&case, &state, &["--graph", &onnx("resnet-0-folded.onnx")]);
    assert!(fold.code == 2 && fold.err.contains("do_constant_folding=False"), "{}", fold.err);
    let same = graph(&case, &onnx("lenet-0.onnx"), &["--out", "g.onnx"]);
    assert!(same.code == 2 && same.err.contains("ends with .json"), "{}", same.err);
}

/// Not the weights beside a description, not the graph of the arrays, not the arrays beside an ONNX file.
#[test]
fn what_a_graph_is_read_from_is_not_overwritten() {
    let case = Case::new();
    let data = onnx("resnet.npz");
    for number in ["0", "1"] {
        let written = graph(&case, &onnx(&format!("resnet-{number}.onnx")), &["--out", &format!("{number}.json")]);
        assert_eq!(written.code, 0, "{}", written.err);
        fs::copy(onnx(&format!("resnet-{number}.safetensors")), case.path(&format!("state-{number}.safetensors")))
            .unwrap();
    }
    fs::copy(onnx("resnet-0.onnx"), case.path("graph.onnx")).unwrap();
    let names = ["0.safetensors", "1.safetensors", "graph.onnx"];
    let files = || names.map(|name| fs::read(case.path(name)).unwrap());
    let before = files();
    let described = ["barrier", "0.json", "1.json", "--data", &data, "--tolerance", "1"];
    let arrays = ["barrier", "state-0.safetensors", "state-1.safetensors", "--graph", "graph.onnx", "--data", &data];
    for arguments in [
        [&described[..], &["--out", "0.safetensors"]].concat(),
        [&described[..], &["--plot", "1.safetensors"]].concat(),
        [&arrays[..], &["--out", "graph.onnx"]].concat(),
        vec!["independent", "0.json", "--data", &data, "--out", "0.safetensors"],
        vec!["descend", "0.json", "--data", &data, "--out", "0.safetensors"],
    ] {
        case.run(&arguments).expect(2, "would overwrite");
    }
    assert_eq!(files(), before);
    // The place of an array, `TensorProto.external_data`, in an initializer of a graph.
    let field = |number: u8, content: &[u8]| [&[number << 3 | 2, content.len() as u8], content].concat();
    let place = [field(1, b"location"), field(2, b"w.bin")].concat();
    let model = field(7, &field(5, &[&[14 << 3, 1], &field(13, &place)[..]].concat()));
    fs::write(case.path("far.onnx"), model).unwrap();
    fs::write(case.path("w.bin"), "weights").unwrap();
    let run = case.run(&["barrier", "far.onnx", "far.onnx", "--data", &data, "--out", "w.bin"]);
    run.expect(2, "would overwrite w.bin");
    assert_eq!(fs::read(case.path("w.bin")).unwrap(), b"weights");
}

/// The pieces of a certificate are those of the search, and make up the line; what is too coarse is not proved by them.
#[test]
fn a_certificate_lists_the_pieces_of_the_search() {
    let case = Case::new();
    let (files, data) = (["lenet-0.onnx", "lenet-1.onnx"].map(onnx), onnx("lenet.npz"));
    let asked = ["barrier", &files[0], &files[1], "--data", &data, "--out", "p.path.jsonl"];
    for more in [["--tolerance", "1e-2"], ["--below", "1000"]] {
        let run = case.run(&[&asked[..], &more].concat());
        assert_eq!(run.code, 0, "{}{}", run.out, run.err);
        let text = fs::read_to_string(case.path("p.path.jsonl")).unwrap();
        let mut records: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let depths: Vec<i32> = serde_json::from_value(records[2]["pieces"].clone()).unwrap();
        assert!(depths.len() >= 16 && depths.iter().map(|&depth| 2f64.powi(-depth)).sum::<f64>() == 1.0, "{depths:?}");
        let checked = case.run(&["check", "p.path.jsonl"]);
        assert_eq!(checked.code, 0, "{}{}", checked.out, checked.err);
        if more.is_empty() {
            records[2]["pieces"] = vec![0].into();
            let lines: Vec<String> = records.iter().map(Value::to_string).collect();
            fs::write(case.path("coarse.path.jsonl"), lines.join("\n") + "\n").unwrap();
            case.run(&["check", "coarse.path.jsonl"]).expect(4, "piece 0");
        }
    }
}

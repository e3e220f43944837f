//! What was read is said before any result, and compared with what the user's framework computes.

use crate::run::Case;
use serde_json::Value;

/// |x| of the samples by the networks of the case, 1-2-1: computed by hand from their quarters.
fn outputs(first: [[f64; 2]; 2], last: [f64; 3], samples: &[f64]) -> Vec<f64> {
    let hidden = |x: f64, j: usize| (first[0][j] * x + first[1][j]).abs();
    samples.iter().map(|&x| last[0] * hidden(x, 0) + last[1] * hidden(x, 1) + last[2]).collect()
}

const A: ([[f64; 2]; 2], [f64; 3]) = ([[1.0, -2.0], [0.5, 0.25]], [1.0, 0.75, -0.5]);
const B: ([[f64; 2]; 2], [f64; 3]) = ([[-1.5, 0.5], [2.0, 1.25]], [-0.75, 1.75, 0.25]);

#[test]
fn outputs_of_the_framework_are_compared() {
    let case = Case::new();
    let samples = [0.0, 16.0, -3.0];
    let (of_a, of_b) = (outputs(A.0, A.1, &samples), outputs(B.0, B.1, &samples));
    let write = |from: &[f64], to: &[f64]| {
        let shape = [3, 1];
        let arrays = [
            ("inputs", shape, &samples[..]),
            ("targets", shape, from),
            ("outputs", shape, from),
            ("outputs_to", shape, to),
        ];
        case.arrays("data.npz", &arrays);
    };
    write(&of_a, &of_b);
    let barrier = |options: &[&str]| {
        let arguments = ["barrier", "a.safetensors", "b.safetensors", "--data", "data.npz", "--activation"];
        case.run(&[&arguments[..], options].concat())
    };
    let run = barrier(&["abs"]);
    assert!(
        run.out.contains("`outputs` is what a.safetensors computes: largest difference 0.0e0"),
        "{}{}",
        run.out,
        run.err
    );
    assert!(run.out.contains("`outputs_to` is what b.safetensors computes"), "{}", run.out);
    // Integers that may be pixels, and yet are what the network is given.
    assert!(!run.out.contains("nothing is scaled: if"), "{}", run.out);
    let json: Value = serde_json::from_str(&barrier(&["abs", "--json"]).out).unwrap();
    assert_eq!(json["read"]["outputs"][1]["file"], "b.safetensors");
    barrier(&["relu"]).expect(2, "`outputs` is not what a.safetensors computes here: at sample");
    barrier(&["abs", "--scale", "1/16"]).expect(2, "`outputs` is not what a.safetensors");
    write(&of_a, &of_a);
    barrier(&["abs"]).expect(2, "`outputs_to` is not what b.safetensors");
    write(&of_b, &of_a);
    barrier(&["abs"]).expect(2, "`outputs` is not what a.safetensors");
    // A single network: the second array belongs to nobody.
    write(&of_a, &of_b);
    let descend = ["descend", "a.safetensors", "--data", "data.npz", "--activation", "abs", "--out", "p.path.jsonl"];
    let run = case.run(&descend);
    assert!(run.out.contains("`outputs_to` was not compared"), "{}{}", run.out, run.err);
}

#[test]
fn what_is_odd_about_files_explains_why_they_do_not_fit() {
    let case = Case::new();
    let barrier = |network: &str, data: &str| {
        case.run(&["barrier", network, network, "--data", data, "--activation", "relu", "--loss", "cross-entropy"])
    };
    // A single matrix without a bias, stored (in, out).
    case.arrays("in-out.npz", &[("weight", [3, 2], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])]);
    case.arrays("two.npz", &[("inputs", [2, 3], &[1.0; 6]), ("labels", [2, 1], &[0.0, 1.0])]);
    barrier("in-out.npz", "two.npz")
        .expect(2, "the data have 3 features a sample, but in-out.npz takes 2; nothing but");
    // Labels that are counted from 1.
    case.arrays("network.npz", &[("weight", [3, 1], &[1.0, 2.0, 3.0])]);
    case.arrays("from-1.npz", &[("inputs", [3, 1], &[1.0; 3]), ("labels", [3, 1], &[1.0, 3.0, 2.0])]);
    barrier("network.npz", "from-1.npz").expect(2, "if classes are counted from 1, subtract 1");
}

#[test]
fn every_command_says_what_it_read() {
    let case = Case::new();
    let common = ["--data", "data.npz", "--activation", "leaky-relu=1/2"];
    let pair = ["a.safetensors", "b.safetensors"];
    let commands: [(&str, &[&str], &[&str]); 5] = [
        ("connect", &pair, &["--out", "p.path.jsonl"]),
        ("barrier", &pair, &[]),
        ("compare", &pair, &["--precision", "53"]),
        ("descend", &pair[..1], &["--out", "q.path.jsonl"]),
        ("escape", &pair[..1], &["--out", "r.path.jsonl"]),
    ];
    for (command, networks, further) in commands {
        let arguments = [&[command][..], networks, &common, further].concat();
        let run = case.run(&arguments);
        assert!(
            run.out.starts_with("read      a.safetensors: layers 0.weight 1→2, 2.weight 2→1, stored (out, in)"),
            "{}",
            run.out
        );
        let json: Value = serde_json::from_str(&case.run(&[&arguments[..], &["--json"]].concat()).out).unwrap();
        assert_eq!(json["read"]["networks"].as_array().map(Vec::len), Some(networks.len()), "{command}");
        assert_eq!(json["read"]["networks"][0]["layers"][1]["weight"], "2.weight", "{command}");
        assert_eq!(json["read"]["data"]["range"], serde_json::json!([0.0, 1.0]), "{command}");
        assert_eq!(json["read"]["ends"].as_array().map(Vec::len), Some(networks.len()), "{command}");
        assert!(json["read"]["warnings"].is_array(), "{command}");
    }
    let check = ["check", "p.path.jsonl", "--from", "a.safetensors", "--data", "data.npz"];
    let json: Value = serde_json::from_str(&case.run(&[&check[..], &["--json"]].concat()).out).unwrap();
    assert_eq!((&json["verdict"], &json["read"]["data"]["targets"]), (&"valid".into(), &"targets".into()));
    let plot = ["plot", "p.path.jsonl", "--out", "p.svg", "--data", "data.npz", "--loss", "square"];
    assert!(case.run(&plot).out.starts_with("read      data.npz: `inputs` (2, 1) <f8, nothing scaled"));
}

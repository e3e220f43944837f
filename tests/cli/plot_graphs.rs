//! `plot` of paths of graph networks: its numbers against floats of 256 bits at the networks of the path, and what is refused.

use crate::plot::{close, numbers, plot, series, words};
use crate::run::{Case, quarters};
use rug::{Float, Rational};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use sublevel::arith::Number;
use sublevel::certificate::open;
use sublevel::linalg::{Kernel, Multiprecision};
use sublevel::network::{GraphLayer, GraphNetwork, Loss, Parameters, accuracy, write_network};
use sublevel::path::{from_loss, from_matrix, interpolate};
use sublevel::statement::skip::{GraphMove, read_graph_path};

/// Three samples of three classes, and a 2-4-3 network whose first layer has these entries; all of its units are connected.
fn descent(case: &Case, first: &[i32]) {
    let last = [3, -1, 0, 2, 5, -4, 1, 1, -2, -3, 0, 4, 1, 0, 2];
    let network = Parameters::new(vec![quarters(3, 4, first), quarters(5, 3, &last)]).unwrap();
    write_network(&case.path("net.safetensors"), &network).unwrap();
    let inputs = ("inputs", [3, 2], &[0.0, 1.0, 1.0, 0.0, 1.0, 2.0][..]);
    case.arrays("labels.npz", &[inputs, ("labels", [3, 1], &[0.0, 1.0, 2.0])]);
    let skip = ["skip", "net.safetensors", "--activation", "sigmoid", "--samples", "4", "--out", "g.json"];
    for arguments in [&skip[..], &["descend", "g.json", "--data", "labels.npz", "--out", "p.path.jsonl"]] {
        let run = case.run(arguments);
        assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    }
}

/// Features of rank 3.
const INDEPENDENT: [i32; 12] = [4, -8, 2, 1, -6, 2, 8, 5, 1, 0, 3, -2];

/// Every unit of every sample is 1/2.
const ZERO: [i32; 12] = [0; 12];

/// φ and the accuracy at a network, by floats of 256 bits.
fn measured(network: &GraphNetwork, inputs: &nalgebra::DMatrix<Rational>, loss: &Loss) -> (f64, f64) {
    let kernel = Multiprecision::new(256);
    let import = |matrix: &nalgebra::DMatrix<Rational>| matrix.map(|x| kernel.import(&x));
    let features = network.features(&kernel, &import(inputs));
    let output = kernel.product(&features, &import(&network.stacked_output()));
    let exact = output.map(|x: Float| Number::to_rational(&x).unwrap());
    let share = accuracy(&exact.map(|x| x.to_f64()), &loss.labels().unwrap());
    (loss.enclose_at(&exact, 256).lo().to_f64(), share)
}

/// (1 − λ) A + λ B.
fn between(from: &GraphNetwork, to: &GraphNetwork, lambda: &Rational) -> GraphNetwork {
    let layer = |a: &GraphLayer, b: &GraphLayer| GraphLayer {
        weight: interpolate(&a.weight, &b.weight, lambda),
        bias: a.bias.as_ref().zip(b.bias.as_ref()).map(|(a, b)| interpolate(a, b, lambda)),
    };
    let layers: BTreeMap<_, _> =
        from.layers().iter().map(|(number, own)| (*number, layer(own, &to.layers()[number]))).collect();
    GraphNetwork::new(from.graph().clone(), layers).unwrap()
}

/// A line, and a line with a network near by before it: at every point that is drawn, and under the bound.
#[test]
fn curves_are_the_losses_of_the_networks_on_the_path() {
    for (first, kinds) in [(INDEPENDENT, &[false][..]), (ZERO, &[false, true, false])] {
        let case = Case::new();
        descent(&case, &first);
        let drawn = numbers(&case, &[]);
        let (problem, path) = read_graph_path(&mut open(case.path("p.path.jsonl")).unwrap()).unwrap();
        let (inputs, loss) = (from_matrix(&problem.inputs), from_loss(&problem.loss).unwrap());
        let vertices = path.vertices();
        let bounded: Vec<bool> = path.moves.iter().map(|step| matches!(step, GraphMove::Bounded(..))).collect();
        assert_eq!(bounded, kinds);
        assert_eq!((&drawn["moves"], vertices.last()), (&kinds.len().into(), Some(&path.end())));
        let bounds = drawn["bounds"].as_array().unwrap();
        assert_eq!(bounds.iter().map(Value::is_number).collect::<Vec<_>>(), kinds);
        let at_most = |k: usize| bounds[k].as_f64().unwrap_or(f64::INFINITY);
        let check = |samples: &Value, of: &dyn Fn(f64) -> (GraphNetwork, f64)| {
            for (sample, (at, loss_at)) in samples.as_array().unwrap().iter().zip(series(samples)) {
                let (network, bound) = of(at);
                let (expected, share) = measured(&network, &inputs, &loss);
                close(loss_at, expected);
                assert_eq!(sample["accuracy"], json!(share));
                assert!(loss_at <= bound + 1e-12);
            }
        };
        let share = |lambda: f64| Rational::from_f64(lambda).unwrap();
        check(&drawn["path"], &|at| {
            let k = (at as usize).min(kinds.len() - 1);
            (between(&vertices[k], &vertices[k + 1], &share(at - k as f64)), at_most(k))
        });
        assert_eq!(series(&drawn["straight"]).len(), 61);
        check(&drawn["straight"], &|at| (between(&vertices[0], &path.end(), &share(at)), f64::INFINITY));
        let losses = series(&drawn["path"]);
        assert_eq!(losses.last().unwrap().0, kinds.len() as f64);
        assert!(losses.last().unwrap().1 < 1e-5 && losses[0].1 > 0.5);
        assert!(words(&case).contains("accuracy (%)"));
    }
}

#[test]
fn pictures_of_graphs_say_what_is_certified() {
    let case = Case::new();
    descent(&case, &INDEPENDENT);
    let run = plot(&case, &[]);
    let said =
        "of a line the certificate says how the loss falls, and no number; prove it with: sublevel check p.path.jsonl";
    assert!(run.code == 0 && run.out.contains(said), "{}{}", run.out, run.err);
    let text = words(&case);
    assert!(!text.contains("bound, for every point") && text.contains("the certificate’s path (floats)"), "{text}");
    assert!(text.contains("2-4-3, N = 3, cross-entropy loss"), "{text}");
    // Another loss has no bound.
    descent(&case, &ZERO);
    assert!(plot(&case, &[]).out.contains("all but the bound"));
    assert!(words(&case).contains("the certificate’s bound, for every point of move"));
    let other = numbers(&case, &["--data", "labels.npz", "--loss", "square"]);
    assert_eq!((&other["bounds"], &other["loss"]), (&json!([null, null, null]), &"square".into()));
    assert!(!words(&case).contains("bound, for every point"));
    // A dense network with a smooth activation is one too.
    let files = ["a.safetensors", "b.safetensors", "--data", "data.npz", "--activation", "tanh"];
    let run = case.run(&[&["barrier"], &files[..], &["--out", "p.path.jsonl"]].concat());
    assert_eq!(run.code, 0, "{}", run.err);
    let drawn = numbers(&case, &[]);
    let highest = series(&drawn["path"]).iter().map(|point| point.1).fold(0.0, f64::max);
    assert!(highest <= drawn["bounds"][0].as_f64().unwrap() && words(&case).contains("1-2-1, N = 2"));
}

/// Nothing is drawn where the file is broken or is no path.
#[test]
fn what_is_no_path_of_graphs_leaves_no_picture() {
    let case = Case::new();
    descent(&case, &ZERO);
    plot(&case, &["--plane"]).expect(2, "--plane is for fully connected networks");
    plot(&case, &["--aligned", "a.safetensors"]).expect(2, "--aligned is for fully connected networks");
    let text = std::fs::read_to_string(case.path("p.path.jsonl")).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let changed = |record: usize, key: &[&str], value: Value| {
        let mut lines = lines.clone();
        let place = key.iter().fold(&mut lines[record], |place, key| &mut place[*key]);
        assert_ne!(*place, value);
        *place = value;
        lines.iter().map(|line| format!("{line}\n")).collect::<String>()
    };
    let small = json!({ "rows": 1, "cols": 1, "den": "1", "num": [["0"]] });
    let huge = json!(4_000_000_000_000_000_000u64);
    let block = json!({ "from": [0], "filters": huge, "tied": false, "activation": { "name": "sigmoid" } });
    let layers = |record: usize| lines[record]["layers"].clone();
    let two_lines = text.lines().take(1).chain(text.lines().skip(2)).map(|line| format!("{line}\n")).collect();
    for (broken, message) in [
        (changed(0, &["loss", "labels"], json!([0, 1])), "record 1: "),
        (changed(0, &["loss", "labels"], json!([0, 1, 3])), "record 1: "),
        (changed(0, &["graph", "inputs"], json!(3)), "record 1: inputs 3×2, d = 3"),
        (changed(0, &["graph", "outputs"], huge), "record 1: "),
        (changed(0, &["graph", "blocks"], json!([block])), "the limit `numbers`"),
        (changed(0, &["graph", "skips"], json!([[1, 4]])), "record 2: there is no unit 4"),
        (changed(1, &["layers", "1", "weight"], small.clone()), "record 2: layer 1 has a weight [1, 1]"),
        (changed(2, &["layers"], layers(3)), "record 3: a line moves the output, layer 2, and not layer 1"),
        (changed(3, &["layers", "1", "bias"], small), "record 4: layer 1 has"),
        (changed(3, &["layers"], json!({ "7": layers(3)["1"] })), "record 4: there is no layer 7"),
        (changed(4, &["record"], json!("ray")), "record 5: "),
        (two_lines, "record 2: the start expected"),
        (text[..text.len() / 2].to_owned(), ""),
    ] {
        std::fs::write(case.path("p.path.jsonl"), broken).unwrap();
        plot(&case, &[]).expect(2, message);
    }
    let independent = ["independent", "g.json", "--data", "labels.npz", "--out", "p.path.jsonl"];
    descent(&case, &INDEPENDENT);
    std::fs::remove_file(case.path("p.path.jsonl")).unwrap();
    assert_eq!(case.run(&independent).code, 0);
    plot(&case, &[]).expect(2, "a certificate of the claim independent has no path: `sublevel check` it");
    assert!(!case.files().contains(&"p.svg".into()));
}

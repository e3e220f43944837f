//! `plot`: the numbers behind the pictures against exact arithmetic, accuracies by hand, and what is refused.

use crate::run::{Case, Run, quarters};
use nalgebra::DMatrix;
use roxmltree::Document;
use rug::Rational;
use serde_json::Value;
use sublevel::barrier::{Task, exact_loss};
use sublevel::certificate::open;
use sublevel::linalg::Exact;
use sublevel::network::{Activation, Loss, Parameters, forward, read_network, write_network};
use sublevel::path::{OnMove, from_loss, from_matrix, read_activation, read_path};

/// A certificate read again.
struct Certificate {
    activation: Activation,
    inputs: DMatrix<Rational>,
    loss: Loss,
    path: sublevel::path::Path<Rational>,
}

impl Certificate {
    fn new(case: &Case) -> Self {
        let (problem, path) = read_path(&mut open(case.path("p.path.jsonl")).unwrap()).unwrap();
        let loss = from_loss(problem.loss.as_ref().unwrap()).unwrap();
        let (activation, inputs) = (read_activation(&problem).unwrap(), from_matrix(&problem.inputs));
        Self { activation, inputs, loss, path }
    }

    /// φ at a network, by an exact forward pass.
    fn loss_at(&self, network: &Parameters<Rational>) -> f64 {
        let pass = forward(&Exact, &self.activation.import(&Exact), &self.inputs, network).unwrap();
        self.loss.enclose(pass.output()).lo().to_f64()
    }

    /// φ on the straight line between two networks.
    fn between(&self, from: &Parameters<Rational>, to: &Parameters<Rational>, lambda: f64) -> f64 {
        let task = Task::chain(&self.activation, &self.inputs, &self.loss, &[from, to]).unwrap();
        exact_loss(&task, 0, &Rational::from_f64(lambda).unwrap()).lo().to_f64()
    }
}

/// `barrier` on these networks of a case, with a certificate.
fn bounded(case: &Case, via: &[&str], further: &[&str]) {
    let arguments = ["barrier", "a.safetensors", "b.safetensors", "--data", "data.npz", "--activation", "relu"];
    let via: Vec<&str> = via.iter().flat_map(|file| ["--via", file]).collect();
    let run = case.run(&[&arguments[..], &via, &["--out", "p.path.jsonl"], further].concat());
    assert_eq!(run.code, 0, "{}", run.err);
}

pub fn plot(case: &Case, further: &[&str]) -> Run {
    case.run(&[&["plot", "p.path.jsonl", "--out", "p.svg"], further].concat())
}

pub fn numbers(case: &Case, further: &[&str]) -> Value {
    let run = plot(case, &[further, &["--json"]].concat());
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    serde_json::from_str(&run.out).unwrap()
}

/// (at, loss) of a series.
pub fn series(numbers: &Value) -> Vec<(f64, f64)> {
    let number = |sample: &Value, key: &str| sample[key].as_f64().unwrap();
    numbers.as_array().unwrap().iter().map(|sample| (number(sample, "at"), number(sample, "loss"))).collect()
}

pub fn accuracies(numbers: &Value) -> Vec<Option<f64>> {
    numbers.as_array().unwrap().iter().map(|sample| sample["accuracy"].as_f64()).collect()
}

pub fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9 * expected.abs().max(1.0), "{found} {expected}");
}

/// The text of a picture that is well-formed.
pub fn words(case: &Case) -> String {
    let svg = std::fs::read_to_string(case.path("p.svg")).unwrap();
    let document = Document::parse(&svg).unwrap();
    let texts = document.descendants().filter(|node| node.has_tag_name("text")).filter_map(|node| node.text());
    texts.map(str::trim).collect::<Vec<_>>().join("\n")
}

/// The path of a theorem, and a bounded chain: at every point that is drawn, and under the bound.
#[test]
fn curves_are_the_losses_and_bands_are_above_them() {
    let case = Case::new();
    let [a, b] = ["a.safetensors", "b.safetensors"].map(|file| read_network(&case.path(file)).unwrap());
    let theorem = || assert_eq!(case.connect(&["--loss", "mean-square"]).code, 0);
    let chain = || bounded(&case, &["b.safetensors", "a.safetensors"], &["--loss", "mean-square"]);
    for (build, moves) in [(&theorem as &dyn Fn(), None), (&chain, Some(3))] {
        build();
        let (certificate, drawn) = (Certificate::new(&case), numbers(&case, &[]));
        let vertices = certificate.path.vertices();
        let (along, bounds) = (series(&drawn["path"]), drawn["bounds"].as_array().unwrap());
        assert_eq!(bounds.len(), moves.unwrap_or(vertices.len() - 1));
        for &(at, loss) in &along {
            let k = (at as usize).min(vertices.len() - 2);
            let lambda = Rational::from_f64(at - k as f64).unwrap();
            let Certificate { activation, inputs, path, .. } = &certificate;
            let point = OnMove::new(&Exact, activation, inputs, &vertices[k], &path.moves[k]).point(&lambda);
            close(loss, certificate.loss_at(&point));
            assert!(loss <= bounds[k].as_f64().unwrap() + 1e-12);
        }
        let straight = series(&drawn["straight"]);
        assert_eq!(straight.len(), 61);
        for (lambda, loss) in straight {
            close(loss, certificate.between(&a, &b, lambda));
        }
    }
    // A bound is about the loss that the certificate names.
    let other = numbers(&case, &["--data", "data.npz", "--loss", "square"]);
    assert_eq!(other["bounds"], serde_json::json!([null, null, null]));
    // Half the sum over two samples and one output is their mean.
    close(series(&other["path"])[0].1, series(&numbers(&case, &[])["path"])[0].1);
}

/// Four samples x = 0, 1, 2, 3 of class 0, outputs (x, 1) at one end and (x, −1) at the other: right where x > 1, where
/// x > 0 half-way, and everywhere. What is equal is wrong.
#[test]
fn accuracies_by_hand() {
    let case = Case::new();
    for (file, bias) in [("a.safetensors", 4), ("b.safetensors", -4)] {
        let network = Parameters::new(vec![quarters(2, 2, &[4, 0, 0, bias])]).unwrap();
        write_network(&case.path(file), &network).unwrap();
    }
    let inputs = ("inputs", [4, 1], &[0.0, 1.0, 2.0, 3.0][..]);
    case.arrays("data.npz", &[inputs, ("labels", [4, 1], &[0.0; 4])]);
    for loss in ["cross-entropy", "hinge", "square", "mean-square"] {
        bounded(&case, &[], &["--loss", loss]);
        let drawn = numbers(&case, &[]);
        let straight = accuracies(&drawn["straight"]);
        assert_eq!([straight[0], straight[30], straight[60]], [Some(0.5), Some(0.75), Some(1.0)], "{loss}");
        assert_eq!(accuracies(&drawn["path"])[..61], straight);
        assert!(words(&case).contains("accuracy (%)"));
    }
    // Soft labels that are none: nobody is right or wrong.
    let shares = [0.5, 0.5, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0];
    case.arrays("data.npz", &[inputs, ("targets", [4, 2], &shares)]);
    bounded(&case, &[], &["--loss", "cross-entropy"]);
    assert_eq!(accuracies(&numbers(&case, &[])["straight"]), [None; 61]);
    assert!(plot(&case, &[]).out.contains("accuracy  none: the targets do not name one class a sample"));
    assert!(!words(&case).contains("accuracy"));
}

/// The sign of one output, on the samples −1, 0, 1.
#[test]
fn one_output_is_right_by_its_sign() {
    let case = Case::new();
    for (file, slope) in [("a.safetensors", 4), ("b.safetensors", -8)] {
        let network = Parameters::new(vec![quarters(2, 1, &[slope, 0])]).unwrap();
        write_network(&case.path(file), &network).unwrap();
    }
    case.arrays("data.npz", &[("inputs", [3, 1], &[-1.0, 0.0, 1.0]), ("labels", [3, 1], &[0.0, 0.0, 1.0])]);
    bounded(&case, &[], &[]);
    let drawn = numbers(&case, &[]);
    assert_eq!(drawn["loss"], "binary-cross-entropy");
    let straight = accuracies(&drawn["straight"]);
    // At 0 the output is 0, which is neither sign; beyond 1/3 the others are wrong as well.
    assert_eq!(
        [straight[0], straight[19], straight[21], straight[60]],
        [Some(2.0 / 3.0), Some(2.0 / 3.0), Some(0.0), Some(0.0)]
    );
}

#[test]
fn pictures_say_what_is_floats_and_what_is_certified() {
    let case = Case::new();
    bounded(&case, &["a.safetensors"], &["--loss", "mean-square"]);
    let run = plot(&case, &[]);
    assert!(
        run.out.contains("all but the bound, which is the certificate's and was not checked here; prove it with: sublevel check p.path.jsonl")
    );
    let text = words(&case);
    for line in [
        "the certificate’s bound, for every point: at most ",
        "the certificate’s path (floats)",
        "(61 samples, floats)",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    // A ray has no second end to go straight to, nor has a rescale.
    let escape = ["escape", "a.safetensors", "--data", "data.npz", "--activation", "relu", "--out", "p.path.jsonl"];
    assert_eq!(case.run(&escape).code, 0);
    assert_eq!(numbers(&case, &["--data", "data.npz", "--loss", "square"])["straight"], serde_json::json!([]));
    assert!(words(&case).contains("share of the way before the last move") && !words(&case).contains("straight line"));
    let one = Parameters::new(vec![quarters(2, 1, &[8, -4]), quarters(2, 1, &[12, 0])]).unwrap();
    write_network(&case.path("one.safetensors"), &one).unwrap();
    case.arrays("three.npz", &[("inputs", [3, 1], &[0.0, 1.0, 2.0]), ("targets", [3, 1], &[0.0, 1.0, 0.0])]);
    let escape = ["escape", "one.safetensors", "--data", "three.npz", "--activation", "relu", "--out", "p.path.jsonl"];
    let run = case.run(&escape);
    assert!(run.code == 0 && run.out.contains("section-4"), "{}{}", run.out, run.err);
    assert_eq!(numbers(&case, &["--data", "three.npz", "--loss", "square"])["straight"], serde_json::json!([]));
}

/// The neurons of b in the order of a's: the same function, another line.
#[test]
fn the_aligned_line_is_drawn_from_the_file() {
    let case = Case::new();
    let common = ["--data", "data.npz", "--activation", "relu", "--out"];
    let align = case.run(&[&["align", "a.safetensors", "b.safetensors"], &common[..], &["b2.safetensors"]].concat());
    assert_eq!(align.code, 0, "{}", align.err);
    // Both orders of two neurons: one of them is another one.
    let b = read_network(&case.path("b.safetensors")).unwrap();
    let swapped = sublevel::chain::permuted(&b, &[vec![1, 0]]);
    write_network(&case.path("swapped.safetensors"), &swapped).unwrap();
    bounded(&case, &[], &["--loss", "mean-square"]);
    let certificate = Certificate::new(&case);
    let a = read_network(&case.path("a.safetensors")).unwrap();
    for file in ["b2.safetensors", "swapped.safetensors"] {
        let network = read_network(&case.path(file)).unwrap();
        let line = series(&numbers(&case, &["--aligned", file])["aligned"]);
        assert_eq!(line.len(), 61);
        for (lambda, loss) in line {
            close(loss, certificate.between(&a, &network, lambda));
        }
        assert!(words(&case).contains(&format!("straight line to {file} (floats)")));
    }
    // Another function is not drawn, and nothing is written.
    std::fs::remove_file(case.path("p.svg")).unwrap();
    plot(&case, &["--aligned", "a.safetensors"]).expect(2, "a.safetensors: this is not the last network of the path");
    let other = Parameters::new(vec![quarters(2, 1, &[1, 1]), quarters(2, 1, &[1, 1])]).unwrap();
    write_network(&case.path("other.safetensors"), &other).unwrap();
    plot(&case, &["--aligned", "other.safetensors"])
        .expect(2, "the widths [1, 1, 1], but those of the certificate have [1, 2, 1]");
    plot(&case, &["--aligned", "b2.safetensors", "--plane"]).expect(2, "cannot be used with");
    assert!(!case.files().contains(&"p.svg".into()));
}

/// In the plane through a, b and c the loss is that of the network at these coordinates.
#[test]
fn the_plane_through_three_networks() {
    let case = Case::new();
    let c = Parameters::new(vec![quarters(2, 2, &[3, 9, -5, 0]), quarters(3, 1, &[2, 0, 7])]).unwrap();
    write_network(&case.path("c.safetensors"), &c).unwrap();
    let [a, b] = ["a.safetensors", "b.safetensors"].map(|file| read_network(&case.path(file)).unwrap());
    bounded(&case, &["c.safetensors"], &["--loss", "mean-square"]);
    let (certificate, drawn) = (Certificate::new(&case), numbers(&case, &["--plane", "--columns", "14"]));
    let plane = &drawn["plane"];
    assert_eq!((&plane["through"], &plane["distances"]), (&1.into(), &serde_json::json!([0.0, 0.0, 0.0])));
    let vertex = |k: usize| [0, 1].map(|i| plane["vertices"][k][i].as_f64().unwrap());
    let ([_, _], [cx, cy], [bx, _]) = (vertex(0), vertex(1), vertex(2));
    let (xs, ys) = (plane["x"].as_array().unwrap(), plane["y"].as_array().unwrap());
    assert_eq!((xs.len(), ys.len()), (14, 9));
    for (i, j) in [(0, 0), (3, 7), (8, 13), (5, 2)] {
        let (x, y) = (xs[j].as_f64().unwrap(), ys[i].as_f64().unwrap());
        // θ = a + s (b − a) + t (c − a).
        let t = y / cy;
        let [s, t] = [(x - t * cx) / bx, t].map(|weight| Rational::from_f64(weight).unwrap());
        let layer = |k: usize| {
            let moved = |from: &Rational, to: &Rational, by: &Rational| Rational::from(to - from) * by;
            a.layer(k).zip_zip_map(b.layer(k), c.layer(k), |a, b, c| moved(&a, &b, &s) + moved(&a, &c, &t) + a)
        };
        let point = Parameters::new(vec![layer(1), layer(2)]).unwrap();
        close(10f64.powf(plane["log10_loss"][i][j].as_f64().unwrap()), certificate.loss_at(&point));
    }
    let text = words(&case);
    for line in
        ["its 3 vertices, all in the plane", "the certificate’s path, with a bound for every point", "A", "B", "C"]
    {
        assert!(text.lines().any(|found| found == line), "{line}: {text}");
    }
    // Through a again and again, and a fourth network that is not in the plane.
    let d = Parameters::new(vec![quarters(2, 2, &[0, 1, 0, 2]), quarters(3, 1, &[1, 1, 1])]).unwrap();
    write_network(&case.path("d.safetensors"), &d).unwrap();
    bounded(&case, &["c.safetensors", "d.safetensors"], &[]);
    let run = plot(&case, &["--plane", "--columns", "2"]);
    assert!(run.out.contains("1 of 4 vertices are not in it and are projected onto it"), "{}{}", run.out, run.err);
    assert!(words(&case).contains("its 4 vertices, 1 of them projected onto the plane"));
}

#[test]
fn no_plane_through_a_line() {
    let case = Case::new();
    for (via, further) in [(&[][..], &["--plane"][..]), (&["a.safetensors", "b.safetensors"], &["--plane"])] {
        bounded(&case, via, &["--loss", "mean-square"]);
        plot(&case, further).expect(2, "p.path.jsonl: no plane goes through this path");
    }
    for further in [&["--plane", "--columns", "1"][..], &["--plane", "--columns", "401"], &["--columns", "9"]] {
        assert_eq!(plot(&case, further).code, 2, "{further:?}");
    }
    assert!(!case.files().contains(&"p.svg".into()));
}

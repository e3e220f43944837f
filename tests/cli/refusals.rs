//! Bad input (2) and unmet hypotheses (3): a clear message, and no file left behind.

use crate::run::Case;

const INPUTS: [&str; 3] = ["a.safetensors", "b.safetensors", "data.npz"];

#[test]
fn bad_input_is_two_and_leaves_nothing() {
    let case = Case::new();
    case.data("wide.npz", 2, 3, &[0.0; 6], &[1.0, 0.0]);
    case.data("nan.npz", 2, 1, &[0.0, f64::NAN], &[1.0, 0.0]);
    std::fs::write(case.path("broken.npz"), b"not an archive").unwrap();
    for (further, message) in [
        (&["--data", "absent.npz"][..], "absent.npz"),
        (&["--data", "broken.npz"], "broken.npz"),
        (&["--data", "wide.npz"], "3 features"),
        (&["--data", "nan.npz"], "NaN"),
        (&["--loss", "cross-entropy"], "of a single output it is 0"),
        (&["--loss", "hinge"], "needs labels"),
        (&["--loss", "mse"], "expected `square`, `mean-square`, `cross-entropy`, `binary-cross-entropy` or `hinge`"),
        (&["--class-weights", "1,2"], "class weights are for labels"),
        (&["--class-weights", "1,x"], "`x` is not a number"),
        (&["--activation", "swish"], "swish"),
        (&["--theorem", "9.9"], "9.9"),
    ] {
        case.connect(further).expect(2, message);
        let mut expected = [&INPUTS[..], &["wide.npz", "nan.npz", "broken.npz"]].concat();
        expected.sort_unstable();
        assert_eq!(case.files(), expected, "{further:?}");
    }
    case.run(&["check", "absent.path.jsonl"]).expect(2, "absent.path.jsonl");
}

#[test]
fn networks_of_two_architectures_are_refused() {
    let case = Case::new();
    let wide = sublevel::network::Parameters::new(vec![
        crate::run::quarters(2, 3, &[1; 6]),
        crate::run::quarters(4, 1, &[1; 4]),
    ]);
    sublevel::network::write_network(&case.path("c.safetensors"), &wide.unwrap()).unwrap();
    let arguments = ["connect", "a.safetensors", "c.safetensors", "--data", "data.npz", "--activation", "relu"];
    let run = case.run(&[&arguments[..], &["--out", "p.path.jsonl"]].concat());
    run.expect(2, "1-3-1");
}

#[test]
fn an_output_that_cannot_be_written_leaves_nothing() {
    let case = Case::new();
    let run = case.about_both("connect", &["--out", "no/such/folder/p.path.jsonl"]);
    run.expect(2, "no/such/folder");
    assert_eq!(case.files(), INPUTS);
}

#[test]
fn an_unmet_hypothesis_is_three_with_its_numbers() {
    let case = Case::new();
    case.data("three.npz", 3, 1, &[0.0, 1.0, 2.0], &[1.0, 0.0, 1.0]);
    let narrow = case.connect(&["--data", "three.npz"]);
    narrow.expect(3, "n_1 = 2 < N = 3");
    // One sentence for what speaks against two theorems, and what to try next, which works.
    narrow.expect(3, "\n  Theorem 3.2 (independent data): relu is not");
    narrow.expect(3, "--samples 2: Theorem 5.1 (wide first layer) applies to the first 2 samples");
    assert_eq!(case.connect(&["--data", "three.npz", "--samples", "2"]).code, 0);
    std::fs::remove_file(case.path("p.path.jsonl")).unwrap();
    for tried in narrow.err.split('`').skip(1).step_by(2) {
        let run = case.run(&tried.split_whitespace().skip(1).collect::<Vec<_>>());
        assert_eq!(run.code, 0, "{tried}: {}", run.err);
    }
    std::fs::remove_file(case.path("NAME.path.jsonl")).unwrap();
    case.connect(&["--activation", "identity", "--theorem", "6.1"]).expect(3, "affine");
    case.connect(&["--theorem", "3.2"]).expect(3, "relu is not strictly monotone and onto (Assumption 2.1)");
    assert_eq!(case.files(), ["a.safetensors", "b.safetensors", "data.npz", "three.npz"]);
}

/// Two inputs, three samples: the path is for the two, the certificate and the losses for all three.
#[test]
fn equal_inputs_count_once_whatever_their_targets() {
    let case = Case::new();
    let check = ["check", "p.path.jsonl", "--from", "a.safetensors", "--to", "b.safetensors", "--loss", "square"];
    for (name, last, infimum) in [("same.npz", 1.0, "0"), ("other.npz", 3.0, "1")] {
        case.data(name, 3, 1, &[0.0, 1.0, 0.0], &[1.0, 0.0, last]);
        let run = case.connect(&["--data", name]);
        assert_eq!(run.code, 0, "{}", run.err);
        assert!(run.out.contains("2 different inputs among the 3 samples"), "{}", run.out);
        let checked = case.run(&[&check[..], &["--data", name]].concat());
        assert!(
            checked.out.contains("samples     3") && checked.out.contains("every convex loss at once"),
            "{}",
            checked.err
        );
        // By follows too: then the certificate says that inputs are equal.
        let follow = ["--data", name, "--activation", "leaky-relu=0.1", "--theorem", "3.2"];
        assert_eq!(case.connect(&follow).code, 0);
        let checked = case.run(&[&check[..], &["--data", name, "--activation", "leaky-relu=0.1"]].concat());
        assert!(checked.code == 0 && !checked.out.contains(" 0 follows"), "{}{}", checked.out, checked.err);
        let text = std::fs::read_to_string(case.path("p.path.jsonl")).unwrap();
        assert!(text.contains("\"version\":3,") && text.contains(",\"equal_inputs\":true}\n"), "{text}");
        let descend = ["descend", "a.safetensors", "--data", name, "--activation", "relu", "--out", "q.path.jsonl"];
        let descended = |epsilon: &str| case.run(&[&descend[..], &["--epsilon", epsilon]].concat());
        let reached = descended(&format!("{infimum}.001"));
        assert_eq!(reached.code, 0, "{}", reached.err);
        let checked = case.run(&["check", "q.path.jsonl", "--data", name]);
        assert!(checked.code == 0 && checked.out.contains("falls strictly"), "{}{}", checked.out, checked.err);
        if infimum == "1" {
            descended("0.999").expect(3, "its infimum over all outputs is in [1, 1]");
        }
    }
}

#[test]
fn errors_are_json_for_programs() {
    let case = Case::new();
    let run = case.connect(&["--data", "absent.npz", "--json"]);
    assert_eq!(run.code, 2);
    let value: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!((&value["error"]["exit_code"], &value["error"]["kind"]), (&2.into(), &"input".into()));
    assert!(value["error"]["message"].as_str().unwrap().contains("absent.npz"));
}

#[test]
fn numbers_are_exact_and_have_their_sign() {
    let case = Case::new();
    let barrier = |tolerance: &str| {
        let arguments = ["barrier", "a.safetensors", "b.safetensors", "--data", "data.npz", "--activation", "relu"];
        case.run(&[&arguments[..], &["--tolerance", tolerance]].concat())
    };
    let maximum = |run: &crate::run::Run| run.out.lines().find(|line| line.starts_with("maximum")).map(str::to_owned);
    let (fraction, decimal) = (barrier("1/1000"), barrier("1e-3"));
    assert!(fraction.code == 0 && maximum(&fraction).is_some());
    assert_eq!(maximum(&fraction), maximum(&decimal));
    barrier("0").expect(2, "`0` is not positive");
    barrier("small").expect(2, "`small` is not a number");
    case.run(&["descend", "a.safetensors", "--epsilon=-1", "--data", "data.npz"]).expect(2, "`-1` is not positive");
}

#[test]
fn memory_is_asked_for_before_it_is_taken() {
    let case = Case::new();
    let numbers: Vec<f64> = (0..2_000).map(f64::from).collect();
    case.data("many.npz", 2_000, 1, &numbers, &numbers);
    let with = |command: &[&str], limit: &str| {
        let data = ["--data", "many.npz", "--activation", "relu", "--memory-limit", limit];
        case.run(&[command, &["a.safetensors", "b.safetensors"], &data].concat())
    };
    let connect = ["connect", "--out", "p.path.jsonl"];
    with(&connect, "20kB").expect(2, "`20kB` is not a size");
    with(&connect, "30000").expect(2, "array `inputs` takes");
    with(&connect, "150000").expect(2, "the inputs as exact numbers take about");
    with(&connect, "1MB").expect(3, "n_1 = 2 < N = 2000");
    // Two neurons, two ends and their bounds for each sample: 96,000 bytes, where nothing is exact.
    with(&["barrier"], "95000").expect(2, "the features of the first layer for all samples take about");
    assert_ne!(with(&["barrier"], "97000").code, 2);
    assert_eq!(case.files(), ["a.safetensors", "b.safetensors", "data.npz", "many.npz"]);
}

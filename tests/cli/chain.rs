//! Paths for one loss: `connect --bend`, `--via` and `--short`.

use crate::run::{Case, Run, data, digits, quarters};
use serde_json::Value;
use sublevel::network::{Parameters, write_network};

/// `connect` on a carried pair with these further arguments, into `p.path.jsonl`.
fn connect(case: &Case, pair: &str, data: &str, further: &[&str]) -> Run {
    let files = ["a", "b"].map(|end| digits(&format!("{pair}-{end}.safetensors")));
    let data = digits(data);
    let arguments = ["connect", &files[0], &files[1], "--data", &data, "--activation", "leaky-relu=0.01"];
    case.run(&[&arguments[..], &["--out", "p.path.jsonl"], further].concat())
}

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.out).unwrap_or_else(|error| panic!("{error}: {}{}", run.out, run.err))
}

/// What `check` says of the certificate against the files of the pair.
fn check(case: &Case, pair: &str, data: &str) -> Value {
    let files = ["a", "b"].map(|end| digits(&format!("{pair}-{end}.safetensors")));
    let data = digits(data);
    let run = case.run(&["check", "p.path.jsonl", "--from", &files[0], "--to", &files[1], "--data", &data, "--json"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    json(&run)
}

#[test]
fn trained_chains_and_lines_are_connected_for_one_loss() {
    let case = Case::new();
    for (pair, data, further, construction) in [
        ("pyramid-32", "digits-32.npz", &["--bend", "--bends", "2", "--seed", "4", "--json"][..], "chain"),
        ("wide-64", "digits-64.npz", &["--short", "--json"], "short"),
        ("pyramid-32", "digits-32.npz", &["--short", "--json"], "short"),
    ] {
        let run = connect(&case, pair, data, further);
        assert_eq!(run.code, 0, "{}{}", run.out, run.err);
        let summary = json(&run);
        assert_eq!((&summary["claim"], &summary["construction"]), (&"connected".into(), &construction.into()));
        assert_eq!(summary["loss"], "cross-entropy");
        let verdict = check(&case, pair, data);
        assert_eq!((&verdict["verdict"], &verdict["every_convex_loss"]), (&"valid".into(), &false.into()));
        assert_eq!(
            (&verdict["compared"]["from"], &verdict["compared"]["to"]),
            (&"compared".into(), &"compared".into())
        );
    }
}

#[test]
fn words_say_what_the_proof_holds_for() {
    let case = Case::new();
    let bend = connect(&case, "pyramid-32", "digits-32.npz", &["--bend"]);
    assert!(
        bend.out.contains("connected by a chain, N = 32, 64-64-16-10\nholds for cross-entropy: (1/N)"),
        "{}",
        bend.out
    );
    assert!(
        bend.out.contains("certified at every point the loss is at most 0.104630130, the larger end"),
        "{}",
        bend.out
    );
    let short = connect(&case, "wide-64", "digits-64.npz", &["--short"]);
    assert!(short.out.contains("connected by 5 lines"), "{}", short.out);
    let deep = connect(&case, "pyramid-32", "digits-32.npz", &["--short"]);
    assert!(deep.out.contains("connected by 13 lines"), "{}", deep.out);
    let exact = connect(&case, "wide-64", "digits-64.npz", &[]);
    assert!(exact.out.contains("holds for every convex loss at once"), "{}", exact.out);
}

/// One's own chain; through the first network again it is no better than the straight line, and that number is certified.
#[test]
fn ones_own_chain_is_taken_as_it_is() {
    let case = Case::new();
    let via = digits("pyramid-32-a.safetensors");
    let run = connect(&case, "pyramid-32", "digits-32.npz", &["--via", &via, "--json"]);
    assert_eq!(run.code, 4, "{}{}", run.out, run.err);
    let summary = json(&run);
    assert_eq!((&summary["claim"], &summary["bends"]), (&"barrier".into(), &1.into()));
    let verdict = check(&case, "pyramid-32", "digits-32.npz");
    assert_eq!(verdict["verdict"], "valid");
    let words = connect(&case, "pyramid-32", "digits-32.npz", &["--via", &via]);
    words.expect(4, "the chain is not below the larger end 0.10463");
    assert!(words.out.contains("bounded, not connected, by a chain"), "{}", words.out);
}

#[test]
fn what_is_not_there_is_said() {
    let case = Case::new();
    // Without a hidden layer there is nothing to halve.
    for end in ["a", "b"] {
        let straight = Parameters::new(vec![quarters(2, 1, &[1, 2])]).unwrap();
        write_network(&case.path(&format!("{end}.safetensors")), &straight).unwrap();
    }
    case.connect(&["--short"]).expect(3, "--short is for networks with a hidden layer; without one the straight line");
    // Zero everywhere, and as good as any network with these features; the other one is right.
    for (end, entries) in [("a", [[0; 4], [0; 4]]), ("b", [[4, 0, 0, 0], [-8, 0, 4, 0]])] {
        let layers = vec![quarters(2, 2, &entries[0]), quarters(3, 1, &entries[1][..3])];
        write_network(&case.path(&format!("{end}.safetensors")), &Parameters::new(layers).unwrap()).unwrap();
    }
    case.data("data.npz", 2, 1, &[0.0, 1.0], &[1.0, -1.0]);
    case.connect(&["--short"]).expect(4, "the larger end is 1.000000; there is no margin to be had");
    // Nothing is trained in no steps.
    connect(&case, "wide-64", "digits-64.npz", &["--bend", "--steps", "0"])
        .expect(4, "the chain is not below the larger end");
    for further in
        [&["--bend", "--short"][..], &["--bend", "--theorem", "3.2"], &["--bends", "2"], &["--bend", "--bends", "65"]]
    {
        assert_eq!(connect(&case, "wide-64", "digits-64.npz", further).code, 2, "{further:?}");
    }
    // Without labels or targets there is no loss.
    let files = ["a", "b"].map(|end| digits(&format!("wide-64-{end}.safetensors")));
    case.arrays("inputs.npz", &[("inputs", [2, 64], &[0.5; 128])]);
    let arguments = ["connect", &files[0], &files[1], "--data", "inputs.npz", "--activation", "relu", "--bend"];
    case.run(&[&arguments[..], &["--out", "q.path.jsonl"]].concat()).expect(2, "a chain is proved for one loss");
    assert!(!case.files().contains(&"q.path.jsonl".into()));
}

#[test]
fn where_no_theorem_applies_the_others_are_named() {
    let case = Case::new();
    let run = connect(&case, "pyramid-32", "digits-128.npz", &[]);
    run.expect(3, "--bend --out NAME.path.jsonl");
    assert!(run.err.contains("a chain for this one loss, any widths, about 1 s"), "{}", run.err);
}

#[test]
fn a_network_is_aligned_and_stays_the_same_function() {
    let case = Case::new();
    let files = ["a", "b"].map(|end| digits(&format!("wide-64-{end}.safetensors")));
    let data = digits("digits-64.npz");
    let common = ["--data", &data, "--activation", "leaky-relu=0.01"];
    for by in ["weights", "activations"] {
        let arguments = ["align", &files[0], &files[1], "--by", by, "--out", "c.safetensors", "--json"];
        let run = case.run(&[&arguments[..], &["--certificate", "same.path.jsonl"], &common].concat());
        assert_eq!(run.code, 0, "{}", run.err);
        // The checker proves it of both files, and not of others.
        let check = ["check", "same.path.jsonl", "--to", "c.safetensors", "--json", "--from"];
        let run_check = |from: &str| case.run(&[&check[..], &[from]].concat());
        let verdict = json(&run_check(&files[1]));
        assert_eq!((&verdict["claim"], &verdict["compared"]["from"]), (&"same-function".into(), &true.into()));
        assert_eq!(run_check(&files[0]).code, 1);
        let summary = json(&run);
        let [before, after] = ["straight", "aligned"].map(|line| summary[line][1].as_f64().unwrap());
        assert!(after < before, "{by}: {before} {after}");
        assert!(summary["moved"][0].as_u64().unwrap() > 64);
        // `barrier` finds the same on the file that was written.
        let run = case.run(&[&["barrier", &files[0], "c.safetensors", "--json"][..], &common].concat());
        let maximum = &json(&run)["maximum"];
        let [lower, upper] = [0, 1].map(|side| maximum[side].as_f64().unwrap());
        assert!(lower <= after && summary["aligned"][0].as_f64().unwrap() <= upper, "{maximum} {after}");
    }
    // Nothing is written over a network that was read.
    let arguments = ["align", &files[0], &files[1], "--out", &files[1]];
    assert_eq!(case.run(&[&arguments[..], &common].concat()).code, 2);
}

/// The points of a curve in one file: both ends and what is between them. A Bézier curve is taken at nine points.
#[test]
fn a_curve_in_one_file_is_a_chain_of_ones_own() {
    let case = Case::new();
    let (curve, data) = (data("reports", "curve.safetensors"), data("reports", "d24.npz"));
    let arguments = ["connect", &curve, "--data", &data, "--activation", "relu", "--out", "p.path.jsonl", "--json"];
    // The Bézier curve of these three points is not below the larger end.
    for (kind, bends, code, claim) in [("chain", 1, 0, "connected"), ("bezier", 7, 4, "barrier")] {
        let run = case.run(&[&arguments[..], &["--curve", kind]].concat());
        assert_eq!(run.code, code, "{}{}", run.out, run.err);
        let summary = json(&run);
        assert_eq!((&summary["claim"], &summary["bends"]), (&claim.into(), &bends.into()), "{kind}");
        case.run(&["check", "p.path.jsonl"]).expect(0, "");
    }
    // A network is no curve, and a curve has both ends.
    case.run(&[&arguments[..8], &["--curve", "chain", "--bend"]].concat()).expect(2, "cannot be used with");
    let network = digits("wide-64-a.safetensors");
    let one =
        ["connect", &network, "--data", &data, "--activation", "relu", "--out", "q.path.jsonl", "--curve", "chain"];
    case.run(&one).expect(2, "holds no curve");
    assert!(!case.files().contains(&"q.path.jsonl".into()));
}

/// `--align`: the path ends in the same function, whose file is written.
#[test]
fn an_aligned_network_is_the_end_of_the_path() {
    let case = Case::new();
    for further in [&["--bend"][..], &["--short"], &[]] {
        let run = connect(&case, "wide-64", "digits-64.npz", &[further, &["--align", "b.safetensors"]].concat());
        assert_eq!(run.code, 0, "{}{}", run.out, run.err);
        let files = ["a", "b"].map(|end| digits(&format!("wide-64-{end}.safetensors")));
        let data = digits("digits-64.npz");
        let against = |to: &str| case.run(&["check", "p.path.jsonl", "--from", &files[0], "--to", to, "--data", &data]);
        against("b.safetensors").expect(0, "");
        against(&files[1]).expect(1, "");
    }
    // Nothing is written over what is read.
    connect(&case, "wide-64", "digits-64.npz", &["--align", &digits("wide-64-a.safetensors")]).expect(2, "overwrite");
}

/// --seed means nothing to a theorem.
#[test]
fn a_seed_without_a_use_is_refused() {
    let case = Case::new();
    connect(&case, "wide-64", "digits-64.npz", &["--seed", "1"]).expect(2, "required arguments were not provided");
}

/// A theorem applies, and its exact path would take long: nothing is built unless it is asked for.
#[test]
fn a_long_exact_path_is_not_begun() {
    let case = Case::new();
    let layer = |rows, columns| quarters(rows, columns, &vec![3; rows * columns]);
    let network = Parameters::new(vec![layer(2, 1_000), layer(1_001, 1)]).unwrap();
    write_network(&case.path("a.safetensors"), &network).unwrap();
    let samples: Vec<f64> = (0..1_000).map(|sample| f64::from(sample) / 1_024.0).collect();
    case.arrays("data.npz", &[("inputs", [1_000, 1], &samples), ("targets", [1_000, 1], &samples)]);
    let arguments = ["connect", "a.safetensors", "a.safetensors", "--data", "data.npz", "--activation", "relu"];
    let run = case.run(&[&arguments[..], &["--out", "p.path.jsonl"]].concat());
    run.expect(4, "Theorem 5.1 (wide first layer) applies, but its path takes about");
    assert!(run.err.contains("--bend --out") && run.err.contains("--theorem 5.1"), "{}", run.err);
    assert!(!case.files().contains(&"p.path.jsonl".into()));
}

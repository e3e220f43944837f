//! Certificates on their way: written, checked, changed, cut off, about others.

use crate::run::{Case, data, digits, quarters};
use sublevel::certificate::Record;
use sublevel::network::{Parameters, write_network};

#[test]
fn connect_and_check() {
    let case = Case::new();
    let run = case.connect(&[]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.err.is_empty(), "quiet when standard error is no terminal: {}", run.err);
    let check = ["check", "p.path.jsonl", "--from", "a.safetensors", "--to", "b.safetensors", "--data", "data.npz"];
    let run = case.run(&[&check[..], &["--loss", "square", "--activation", "relu"]].concat());
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.contains("every convex loss at once"), "{}", run.out);
    let json: serde_json::Value = serde_json::from_str(&case.run(&[&check[..], &["--json"]].concat()).out).unwrap();
    assert_eq!(json["verdict"], "valid");
    assert_eq!(json["every_convex_loss"], true);
    assert_eq!(json["compared"]["from"], "compared");
}

#[test]
fn the_arithmetic_is_chosen_and_said() {
    let case = Case::new();
    case.connect(&[]);
    assert!(case.run(&["check", "p.path.jsonl"]).out.contains(" s, num-rational)"));
    let text = std::fs::read_to_string(case.path("p.path.jsonl")).unwrap();
    std::fs::write(case.path("bad.path.jsonl"), text.replacen("connected", "descends", 1)).unwrap();
    for (file, verdict) in [("p.path.jsonl", "valid"), ("bad.path.jsonl", "invalid")] {
        for arithmetic in ["num-rational", "rug"] {
            let run = case.run(&["check", file, "--arithmetic", arithmetic, "--json"]);
            let json: serde_json::Value = serde_json::from_str(&run.out).unwrap();
            assert_eq!((&json["verdict"], &json["arithmetic"]), (&verdict.into(), &arithmetic.into()));
        }
    }
    assert!(case.run(&["check", "p.path.jsonl", "--arithmetic", "rug"]).out.contains(" s, rug)"));
    case.run(&["check", "p.path.jsonl", "--arithmetic", "gmp"]).expect(2, "possible values: num-rational, rug");
}

#[test]
fn a_certificate_about_other_networks_or_data_is_refused() {
    let case = Case::new();
    case.connect(&[]);
    case.data("other.npz", 2, 1, &[0.0, 1.5], &[1.0, 0.0]);
    case.run(&["check", "p.path.jsonl", "--from", "b.safetensors"]).expect(1, "layer 1 differs");
    case.run(&["check", "p.path.jsonl", "--to", "a.safetensors"]).expect(1, "layer 1 differs");
    case.run(&["check", "p.path.jsonl", "--data", "other.npz"]).expect(1, "the inputs are not the expected ones");
    case.run(&["check", "p.path.jsonl", "--activation", "abs"]).expect(1, "activation");
}

#[test]
fn a_truncated_certificate_is_incomplete_wherever_it_is_cut() {
    let case = Case::new();
    case.connect(&[]);
    let bytes = std::fs::read(case.path("p.path.jsonl")).unwrap();
    for part in 1..8 {
        std::fs::write(case.path("cut.path.jsonl"), &bytes[..bytes.len() * part / 8]).unwrap();
        case.run(&["check", "cut.path.jsonl"]).expect(4, "incomplete");
    }
}

/// Every digit of a small certificate, changed: refused, unless what is left proves the same claim about the same ends.
#[test]
fn a_changed_digit_is_refused_unless_the_claim_stays() {
    let case = Case::new();
    case.connect(&["--activation", "leaky-relu=1/2"]);
    let bytes = std::fs::read(case.path("p.path.jsonl")).unwrap();
    let ends = ["--from", "a.safetensors", "--to", "b.safetensors", "--data", "data.npz"];
    let (mut refused, mut harmless) = (0, 0);
    // Every second digit: the field-by-field test of the checker has all of them.
    // The label is the author's: nothing rests on it.
    let text = String::from_utf8(bytes.clone()).unwrap();
    let label = text.find("\"statement\"").unwrap()..text.find("\"widths\"").unwrap();
    let digits = (0..bytes.len()).filter(|i| bytes[*i].is_ascii_digit() && !label.contains(i));
    for index in digits.step_by(2) {
        let mut changed = bytes.clone();
        changed[index] = if bytes[index] == b'9' { b'1' } else { bytes[index] + 1 };
        std::fs::write(case.path("changed.path.jsonl"), &changed).unwrap();
        let further = ["--loss", "square", "--activation", "leaky-relu=1/2"];
        let run = case.run(&[&["check", "changed.path.jsonl"], &ends[..], &further].concat());
        match run.code {
            1 | 4 => refused += 1,
            0 => {
                // What the record with the change holds must be an incoming weight of a dead neuron, or the like: the
                // ends, the data, the activation and the loss were compared, so the claim is the same.
                harmless += 1;
                assert!(record_at(&changed, index) > 2, "a change in problem or start passed");
            }
            code => panic!("exit code {code}: {}", run.err),
        }
    }
    assert!(refused > 20 && harmless < refused, "{refused} refused, {harmless} harmless");
}

/// The number of the record that holds this byte.
fn record_at(bytes: &[u8], index: usize) -> usize {
    1 + bytes[..index].iter().filter(|&&byte| byte == b'\n').count()
}

#[test]
fn compressed_certificates_are_read_and_written() {
    let case = Case::new();
    let arguments = ["connect", "a.safetensors", "b.safetensors", "--data", "data.npz", "--activation", "relu"];
    let run = case.run(&[&arguments[..], &["--out", "p.path.jsonl.zst"]].concat());
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(case.run(&["check", "p.path.jsonl.zst"]).code, 0);
    assert!(sublevel::certificate::open(case.path("p.path.jsonl.zst")).is_ok());
}

#[test]
fn descend_escape_inspect_and_plot() {
    let case = Case::new();
    let common = ["--data", "data.npz", "--activation", "relu", "--out"];
    for (command, conclusion) in [("descend", "falls strictly"), ("escape", "infinity")] {
        let run = case.run(&[&[command, "a.safetensors"], &common[..], &["q.path.jsonl"]].concat());
        assert_eq!(run.code, 0, "{}", run.err);
        let run = case.run(&["check", "q.path.jsonl", "--from", "a.safetensors", "--data", "data.npz"]);
        assert!(run.code == 0 && run.out.contains(conclusion), "{}{}", run.out, run.err);
    }
    case.connect(&[]);
    assert_eq!(case.run(&["plot", "p.path.jsonl", "--out", "p.svg"]).code, 0);
    let picture = std::fs::read_to_string(case.path("p.svg")).unwrap();
    assert!(picture.starts_with("<svg") && picture.trim_end().ends_with("</svg>"));
    let json: serde_json::Value = serde_json::from_str(&case.run(&["inspect", "p.path.jsonl", "--json"]).out).unwrap();
    let mut reader = sublevel::certificate::open(case.path("p.path.jsonl")).unwrap();
    let mut moves = 0;
    while let Some(record) = reader.next_record().unwrap() {
        moves += usize::from(matches!(record, Record::Line { .. } | Record::Follow(_)));
    }
    assert_eq!(json["moves"].as_array().unwrap().len(), moves);
}

/// One neuron that tells three samples apart, and a flat piece of σ: a homogeneous σ leaves one way to infinity.
#[test]
fn where_nothing_else_leads_to_infinity_a_layer_is_rescaled() {
    let case = Case::new();
    case.data("three.npz", 3, 1, &[0.0, 1.0, 2.0], &[1.0, 0.0, 1.0]);
    let layers = vec![quarters(2, 1, &[1, 0]), quarters(2, 1, &[3, 1])];
    write_network(&case.path("thin.safetensors"), &Parameters::new(layers).unwrap()).unwrap();
    let escape = ["escape", "thin.safetensors", "--data", "three.npz", "--out", "q.path.jsonl", "--activation"];
    let run = |activation| case.run(&[&escape[..], &[activation]].concat());
    let refused = run("hard-tanh");
    let reason = "for rescaling a layer, the slope of the activation changes at -1";
    assert!(refused.code == 3 && refused.err.contains(reason), "{} {}", refused.code, refused.err);
    assert!(!case.path("q.path.jsonl").exists());
    let found = run("relu");
    let construction = "icml-2019/section-4: layer 1 grows and the weight of layer 2 shrinks by as much";
    assert!(found.code == 0 && found.out.contains(construction), "{}{}", found.out, found.err);
    let check = ["check", "q.path.jsonl", "--from", "thin.safetensors", "--data", "three.npz", "--json"];
    let json: serde_json::Value = serde_json::from_str(&case.run(&check).out).unwrap();
    assert!(json.to_string().contains("\"rescales\":1"), "{json}");
    let inspected = case.run(&["inspect", "q.path.jsonl"]).out;
    assert!(inspected.contains("layer 1 grows without end, the weight of layer 2 shrinks by as much"), "{inspected}");
}

/// Two samples that a needed neuron does not tell apart: refused with the way out, then below α; no file in between.
#[test]
fn a_descent_by_a_nearby_point_says_what_it_may_rise_to() {
    let case = Case::new();
    // x_1 is all that the first layer sees: samples (0, 0), (0, 1), (1, 0).
    let layers = vec![quarters(3, 1, &[4, 0, 2]), quarters(2, 2, &[3, -2, 1, 1]), quarters(3, 1, &[4, 3, -2])];
    write_network(&case.path("blind.safetensors"), &Parameters::new(layers).unwrap()).unwrap();
    case.data("blind.npz", 3, 2, &[0.0, 0.0, 0.0, 1.0, 1.0, 0.0], &[1.0, 0.0, 1.0]);
    let descend = ["descend", "blind.safetensors", "--data", "blind.npz", "--activation", "leaky-relu=1/2"];
    let at = |further: &[&str]| case.run(&[&descend[..], &["--out", "q.path.jsonl"], further].concat());
    at(&[]).expect(3, "--alpha");
    at(&["--alpha", "1/1000"]).expect(3, "--alpha 1/1000 is not above the loss at the start");
    assert!(!case.path("q.path.jsonl").exists());
    let run = at(&["--alpha", "2", "--json"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let json: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(json["stays_below"], "2");
    let run = case.run(&["check", "q.path.jsonl", "--from", "blind.safetensors", "--data", "blind.npz"]);
    assert!(run.code == 0 && run.out.contains("never exceeds 2.0"), "{}{}", run.out, run.err);
}

/// The smallest instance with a bad minimum: from it a path that rests at first, with the reason; strictly from beside it.
#[test]
fn a_start_without_a_tilt_is_said_and_proved_to_be_a_minimum() {
    let case = Case::new();
    let network = |name: &str, bias: i32| {
        let layers = vec![quarters(2, 2, &[0; 4]), quarters(3, 1, &[4, 4, bias])];
        write_network(&case.path(name), &Parameters::new(layers).unwrap()).unwrap();
    };
    network("flat.safetensors", 4);
    network("beside.safetensors", 5);
    case.data("three.npz", 3, 1, &[-1.0, 0.0, 1.0], &[0.0, 3.0, 0.0]);
    let on = |command: &str, network: &str, further: &[&str]| {
        let common = ["--data", "three.npz", "--activation", "leaky-relu=1/2", "--out", "q.path.jsonl"];
        case.run(&[&[command, network], &common[..], further].concat())
    };
    on("descend", "flat.safetensors", &["--strict"])
        .expect(3, "the gradient of the loss by the output bias is 0 at the start");
    on("descend", "flat.safetensors", &["--strict", "--alpha", "4"]).expect(2, "cannot be used with");
    assert!(!case.path("q.path.jsonl").exists());
    let json = |run: crate::run::Run| -> serde_json::Value {
        assert_eq!(run.code, 0, "{}", run.err);
        serde_json::from_str(&run.out).unwrap()
    };
    let rests = json(on("descend", "flat.safetensors", &["--json"]));
    assert_eq!(rests["strictly"], false);
    assert!(rests["not_strictly"].as_str().unwrap().contains("all but a null set"), "{rests}");
    let check =
        |network: &str| json(case.run(&["check", "q.path.jsonl", "--from", network, "--data", "three.npz", "--json"]));
    assert_eq!(check("flat.safetensors")["conclusion"], "never rises");
    let strict = json(on("descend", "beside.safetensors", &["--strict", "--json"]));
    assert_eq!((&strict["strictly"], &strict["not_strictly"]), (&true.into(), &serde_json::Value::Null));
    let checked = check("beside.safetensors");
    assert_eq!((&checked["claim"], &checked["conclusion"]), (&"strictly-descends".into(), &"falls strictly".into()));

    let minimum = json(on("minimum", "flat.safetensors", &["--json"]));
    assert_eq!((&minimum["value"], &minimum["lower"]), (&"3".into(), &"0".into()), "{minimum}");
    assert_eq!((&minimum["by"], &minimum["bad_local_minimum"]), (&"orthant".into(), &true.into()));
    let proved = json(case.run(&[
        "check",
        "q.path.jsonl",
        "--from",
        "flat.safetensors",
        "--data",
        "three.npz",
        "--activation",
        "leaky-relu=1/2",
        "--json",
    ]));
    assert_eq!((&proved["claim"], &proved["constant_length"]), (&"plateau".into(), &"1".into()));
    assert!(proved["compared"].as_object().unwrap().values().all(|compared| *compared == true), "{proved}");
    let other = case.run(&["check", "q.path.jsonl", "--from", "beside.safetensors"]);
    assert!(other.code == 1 && other.err.contains("layer 2 differs"), "{}{}", other.out, other.err);
    on("minimum", "beside.safetensors", &[]).expect(3, "is a breakpoint of the activation");
    on("minimum", "flat.safetensors", &["--loss", "hinge"]).expect(2, "hinge");
    let deep = vec![quarters(2, 2, &[0; 4]), quarters(3, 2, &[0; 6]), quarters(3, 1, &[4; 3])];
    write_network(&case.path("deep.safetensors"), &Parameters::new(deep).unwrap()).unwrap();
    on("minimum", "deep.safetensors", &[]).expect(3, "2 hidden layers; expected one");
}

/// From all networks that the program carries the loss falls strictly, by each loss that has something to fall.
#[test]
fn carried_networks_descend_strictly() {
    let case = Case::new();
    for (pair, samples, activation) in [
        ("wide-64", "64", "leaky-relu=0.01"),
        ("narrow-64", "64", "leaky-relu=0.01"),
        ("relu-deep-32", "32", "relu"),
        ("independent-32", "32", "leaky-relu=0.01"),
        ("pyramid-32", "32", "leaky-relu=0.01"),
    ] {
        for (end, loss) in [("a", "cross-entropy"), ("b", "square")] {
            let (network, data) =
                (digits(&format!("{pair}-{end}.safetensors")), digits(&format!("digits-{samples}.npz")));
            let common = ["--data", &data, "--activation", activation, "--loss", loss, "--out", "q.path.jsonl"];
            let run = case.run(&[&["descend", &network, "--strict"], &common[..]].concat());
            assert!(run.code == 0 && run.out.contains("falling strictly"), "{}{}", run.out, run.err);
            let run = case.run(&["check", "q.path.jsonl", "--from", &network, "--data", &data]);
            assert!(run.code == 0 && run.out.contains("falls strictly along it"), "{}{}", run.out, run.err);
            std::fs::remove_file(case.path("q.path.jsonl")).unwrap();
        }
    }
}

#[test]
fn floats_give_no_certificate_but_say_how_far_they_stray() {
    let case = Case::new();
    let arguments = ["connect", "a.safetensors", "b.safetensors", "--data", "data.npz", "--activation", "relu"];
    let run = case.run(&[&arguments[..], &["--kernel", "double"]].concat());
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.contains("no proof") && run.out.contains("drift"), "{}", run.out);
    assert_eq!(case.files(), ["a.safetensors", "b.safetensors", "data.npz"]);
}

/// The main job on real networks: the first command of the README.
#[test]
fn trained_networks_from_files() {
    let case = Case::new();
    let (a, b, data) =
        (digits("relu-deep-32-a.safetensors"), digits("relu-deep-32-b.safetensors"), digits("digits-32.npz"));
    let run = case.run(&["connect", &a, &b, "--data", &data, "--activation", "relu", "--out", "p.path.jsonl"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let run = case.run(&["check", "p.path.jsonl", "--from", &a, "--to", &b, "--data", &data]);
    assert_eq!(run.code, 0, "{}", run.err);
}

/// Row 6 of the adversary's log: a loss that the certificate does not name is the user's, and was compared with nothing.
#[test]
fn what_takes_an_absent_parts_place_is_called_substituted() {
    let case = Case::new();
    let file = |name: &str| data("adversary", name);
    let (path, from, to, set) =
        (file("no-loss.path.jsonl"), file("a.safetensors"), file("b.safetensors"), file("d.npz"));
    let check = ["check", &path, "--from", &from, "--to", &to, "--data", &set];
    let run = case.run(&[&check[..], &["--loss", "hinge"]].concat());
    assert!(run.out.contains("with the labels that were given: between 1.04"), "{}{}", run.out, run.err);
    let compared = "compared    first network, last network, inputs: equal to what was given, number by number; \
                    substituted, as the certificate names no loss: labels or targets, kind of loss; \
                    not compared: activation\n";
    assert!(run.out.contains(compared), "{}", run.out);
    let standing = |further: &[&str], part: &str| -> String {
        let json: serde_json::Value =
            serde_json::from_str(&case.run(&[&check[..], further, &["--json"]].concat()).out).unwrap();
        json["compared"][part].as_str().unwrap().into()
    };
    for (part, expected) in [
        ("from", "compared"),
        ("activation", "not compared"),
        ("targets", "substituted"),
        ("loss", "substituted"),
        ("sample_weights", "absent"),
    ] {
        assert_eq!(standing(&["--loss", "hinge"], part), expected, "{part}");
    }
    // Nothing was named: the labels of the data are compared with nothing, and there is no loss.
    assert_eq!(standing(&[], "targets"), "absent");
    assert_eq!(standing(&["--activation", "leaky-relu=0.01"], "activation"), "compared");
}

/// Rows 18 to 20: other spellings, and a folder, in words and for programs.
#[test]
fn other_spellings_and_folders_are_refused_alike() {
    let case = Case::new();
    for name in ["claim-object.path.jsonl", "crlf.path.jsonl"] {
        let path = data("adversary", name);
        case.run(&["check", &path]).expect(1, "record 1 (format)");
        let run = case.run(&["check", &path, "--json"]);
        assert_eq!(run.code, 1, "{}", run.out);
        assert!(run.out.contains("\"verdict\": \"invalid\""), "{}", run.out);
    }
    case.run(&["check", "."]).expect(2, "cannot read");
    let run = case.run(&["check", ".", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!((run.code, &json["error"]["kind"]), (2, &"input".into()));
}

/// Rows 12 to 17: work beyond a limit is refused by the limit's name, for people and programs, and may be allowed.
#[test]
fn work_has_limits_with_names() {
    let case = Case::new();
    case.connect(&[]);
    for (raise, record) in [("breakpoints=0", 1), ("numbers=3", 1), ("moving-layers=0", 3), ("line-bytes=10", 1)] {
        let run = case.run(&["check", "p.path.jsonl", "--limit", raise]);
        let name = raise.split_once('=').unwrap().0;
        run.expect(4, &format!("`--limit {name}=N` raises it"));
        let run = case.run(&["check", "p.path.jsonl", "--json", "--limit", raise]);
        let json: serde_json::Value = serde_json::from_str(&run.out).unwrap();
        assert_eq!((run.code, &json["verdict"], &json["record"]), (4, &"incomplete".into(), &record.into()), "{raise}");
        assert!(json["reason"].as_str().unwrap().contains(name), "{}", run.out);
    }
    assert_eq!(case.run(&["check", "p.path.jsonl", "--limit", "numbers=9000000"]).code, 0);
    case.run(&["check", "p.path.jsonl", "--limit", "depth=3"]).expect(2, "line-bytes, file-bytes, digits, numbers");
    case.run(&["plot", "p.path.jsonl", "--out", "p.svg", "--limit", "numbers=3"]).expect(4, "--limit numbers=N");
    // 70 digits a number of the file, and a compressed line of blanks.
    let text = std::fs::read_to_string(case.path("p.path.jsonl")).unwrap();
    let long = text.replacen("\"den\":\"1\"", &format!("\"den\":\"1{}\"", "0".repeat(60_000)), 1);
    assert_ne!(long, text);
    std::fs::write(case.path("long.path.jsonl"), long).unwrap();
    case.run(&["check", "long.path.jsonl"]).expect(4, "more than 50000 digits in a number");
    let blanks = zstd::encode_all(std::io::Read::take(std::io::repeat(b' '), 300 << 20), 1).unwrap();
    std::fs::write(case.path("blanks.path.jsonl.zst"), blanks).unwrap();
    case.run(&["check", "blanks.path.jsonl.zst"]).expect(4, "`--limit line-bytes=N` raises it");
}

/// What is no path has a certificate too: relations among shifts that do not exist.
#[test]
fn a_refuted_relation_is_a_certificate() {
    let case = Case::new();
    for (activation, out) in [("relu", "kinks.path.jsonl"), ("elu=1/2", "curvature.path.jsonl")] {
        let assume = ["assume", "--activation", activation, "--shifts", "-1,1/2,3"];
        let run = case.run(&[&assume[..], &["--out", out]].concat());
        assert!(run.out.contains(&format!("prove it with: sublevel check {out}")), "{}", run.out);
        let run = case.run(&["check", out]);
        assert!(
            run.code == 0 && run.out.contains("no combination of σ(x − a_i) for the 3 given shifts"),
            "{}",
            run.out
        );
        let run = case.run(&["check", out, "--json"]);
        let json: serde_json::Value = serde_json::from_str(&run.out).unwrap();
        assert_eq!(
            (&json["verdict"], &json["claim"], &json["shifts"]),
            (&"valid".into(), &"refuted".into(), &3.into())
        );
        case.run(&["check", out, "--activation", "relu"]).expect(2, "nothing in a certificate of this claim");
        case.run(&["inspect", out]).expect(2, "has no moves");
        case.run(&["plot", out, "--out", "p.svg"]).expect(2, "the claim refuted has no path");
    }
    let related = ["assume", "--activation", "identity", "--shifts", "1,2", "--out", "none.path.jsonl"];
    case.run(&related).expect(3, "there is a relation");
    assert!(!case.path("none.path.jsonl").exists());
    case.run(&["assume", "--activation", "relu", "--out", "p"]).expect(2, "--shifts");
}

/// A path is about its samples *and* their labels or targets.
#[test]
fn other_targets_are_refused_and_what_was_not_compared_is_said() {
    let case = Case::new();
    case.connect(&[]);
    let check = ["check", "p.path.jsonl", "--from", "a.safetensors", "--to", "b.safetensors"];
    let run = case.run(&[&check[..], &["--data", "data.npz"]].concat());
    let equal =
        "compared    first network, last network, inputs, labels or targets: equal to what was given, number by number";
    assert!(run.out.contains(&format!("{equal}; not compared: activation, kind of loss\n")), "{}", run.out);
    assert!(run.out.contains("\nloss        the square loss"), "{}", run.out);
    case.data("other.npz", 2, 1, &[0.0, 1.0], &[1.0, 0.5]);
    case.run(&[&check[..], &["--data", "other.npz"]].concat()).expect(1, "the labels or targets of the loss");
    let run = case.run(&["check", "p.path.jsonl", "--from", "a.safetensors"]);
    assert!(run.out.contains("not compared: last network, activation, inputs, labels or targets"), "{}", run.out);
    let run = case.run(&[&check[..], &["--data", "data.npz", "--samples", "2"]].concat());
    assert!(run.out.contains("the first 2 of the given data"), "{}", run.out);
}

/// Names in a file cannot erase a line of the terminal, nor write one.
#[test]
fn messages_and_labels_move_no_cursor() {
    let case = Case::new();
    case.connect(&[]);
    let text = std::fs::read_to_string(case.path("p.path.jsonl")).unwrap();
    let label = format!("\"statement\":\"\\u001b[2K\\u000avalid{}\"", "x".repeat(3));
    let labelled = text.replacen("\"statement\":\"icml-2019/theorem-5.1\"", &label, 1);
    assert_ne!(labelled, text);
    let key = format!("\"moves\":5,\"\\u001b[2K\\u000avalid{}\":1", "x".repeat(100_000));
    let keyed = text.replacen("\"moves\":5", &key, 1);
    assert_ne!(keyed, text);
    for (file, text) in [("label.path.jsonl", labelled), ("key.path.jsonl", keyed)] {
        std::fs::write(case.path(file), text).unwrap();
        for command in ["check", "inspect"] {
            let run = case.run(&[command, file]);
            let printed = [run.out, run.err].concat();
            assert!(!printed.contains('\u{1b}') && !printed.contains("\nvalidx"), "{printed:?}");
            assert!(printed.len() < 3000, "{} characters", printed.len());
        }
    }
}

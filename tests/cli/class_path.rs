//! `class-path`: the carried pyramid through its adversarial image, films, and every refusal with its exit code.

use crate::run::{Case, Run, data};
use roxmltree::{Document, ParsingOptions};
use serde_json::Value;
use sublevel::example::network;
use sublevel::network::write_network;

/// `class-path` on the carried digits, of which the straight line from sample 0 to sample 1 is lost, and sample 12 is an 8
/// that the network takes for a 1.
fn carried(case: &Case, further: &[&str]) -> Run {
    let (net, images) = (data("class-path", "digits.safetensors"), data("class-path", "digits.npz"));
    let arguments = ["class-path", &net, "--data", &images, "--activation", "leaky-relu=0.05"];
    case.run(&[&arguments[..], &["--out", "p.path.jsonl"], further].concat())
}

fn json(run: &Run) -> Value {
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    serde_json::from_str(&run.out).unwrap()
}

/// Runs the command that a run names as the check.
fn check(case: &Case, numbers: &Value) -> Run {
    let command: Vec<&str> = numbers["check"].as_str().unwrap().split_whitespace().skip(1).collect();
    case.run(&command)
}

#[test]
fn the_carried_pyramid_is_joined_in_every_way() {
    let case = Case::new();
    for (further, method, moves) in [
        (&["--from", "0", "--to", "3"][..], "straight", 0),
        (&["--from", "0", "--to", "1"], "a line bent by a search", 0),
        (&["--from", "0", "--to", "1", "--theorem"], "theorem 5.2.3, rounded to 16 bits", 4),
        (&["--from", "0", "--to", "1", "--exact"], "theorem 5.2.3, exact", 4),
    ] {
        let numbers = json(&carried(&case, &[further, &["--json"]].concat()));
        assert_eq!((&numbers["method"], &numbers["class"]), (&method.into(), &1.into()));
        assert_eq!((&numbers["moves"], &numbers["promised"]), (&moves.into(), &true.into()));
        assert!(numbers["margin"][0].as_f64().unwrap() > 0.0);
        let checked = check(&case, &numbers);
        assert_eq!(checked.code, 0, "{}", checked.err);
        assert!(checked.out.contains(method) && checked.out.contains("class 1"), "{}", checked.out);
        let ends = format!("its ends are the given samples 0 and {}", further[3]);
        assert!(checked.out.contains(&ends), "{}", checked.out);
    }
}

#[test]
fn a_path_leads_through_an_adversarial_image() {
    let case = Case::new();
    let run = carried(&case, &["--from", "0", "--via", "12", "--to", "1"]);
    assert_eq!(run.code, 0, "{}", run.err);
    for words in [
        "class     1 at every point from sample 0 to sample 12 to sample 1",
        "method    a line bent by a search, then straight",
        "promised  by Theorem 5.2.3 between any two inputs of one class: 64 ≥ 32 ≥ 16 ≥ 12, full ranks 32, 16, 12, \
         leaky-relu=0.05 has an inverse",
        "prove it with: sublevel check p.path.jsonl --from ",
        // As many samples as the two ends need.
        "digits.npz --samples 2 --activation leaky-relu=0.05",
    ] {
        assert!(run.out.contains(words), "{words}: {}", run.out);
    }
    // A stop from a file of one's own: the mean of two images.
    let images = sublevel::network::read_data(data("class-path", "digits.npz").as_ref()).unwrap();
    let entry = |column| (images.inputs.entry(0, column) + images.inputs.entry(3, column)).to_f64() / 2.0;
    let stop: Vec<f64> = (0..64).map(entry).collect();
    case.arrays("stops.npz", &[("inputs", [1, 64], &stop)]);
    let own = json(&carried(&case, &["--from", "0", "--to", "3", "--via-file", "stops.npz", "--json"]));
    assert_eq!(
        (&own["given"][1]["name"], &own["legs"][1]["method"]),
        (&"row 0 of stops.npz".into(), &"straight".into())
    );
    assert_eq!(check(&case, &own).code, 0);
}

#[test]
fn films_are_strips_and_a_page() {
    let case = Case::new();
    let film = |file: &str, further: &[&str]| {
        let arguments = ["--from", "0", "--via", "12", "--to", "1", "--plot", file, "--json"];
        json(&carried(&case, &[&arguments[..], further].concat()))
    };
    let numbers = film("film.png", &[]);
    assert!(std::fs::read(case.path("film.png")).unwrap().starts_with(b"\x89PNG"));
    let frames = numbers["frames"].as_array().unwrap();
    assert_eq!(frames.len(), 9);
    let given: Vec<&str> = frames.iter().filter_map(|frame| frame["given"].as_str()).collect();
    assert_eq!(given, ["sample 0", "sample 12", "sample 1"]);
    let places: Vec<f64> = frames.iter().map(|frame| frame["at"].as_f64().unwrap()).collect();
    assert!(places.is_sorted() && places[0] == 0.0 && places[8] == 1.0, "{places:?}");
    let least = numbers["margin"][0].as_f64().unwrap();
    assert!(frames.iter().all(|frame| frame["margin"].as_f64().unwrap() >= least));
    film("film.svg", &["--shape", "8x8", "--frames", "4"]);
    let svg = std::fs::read_to_string(case.path("film.svg")).unwrap();
    let words: Vec<String> = Document::parse(&svg)
        .unwrap()
        .descendants()
        .filter(|node| node.has_tag_name("text"))
        .filter_map(|node| Some(node.text()?.trim().to_owned()))
        .collect();
    for word in ["64-32-16-12-10: class 1 on the whole path", "sample 0", "sample 12", "sample 1", "margin"] {
        assert!(words.iter().any(|text| text == word), "{word}: {words:?}");
    }
    film("film.html", &[]);
    let page = std::fs::read_to_string(case.path("film.html")).unwrap();
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    let document = Document::parse_with_options(&page, options).unwrap();
    let slider =
        document.descendants().find(|node| node.has_tag_name(("http://www.w3.org/1999/xhtml", "input"))).unwrap();
    assert_eq!((slider.attribute("type"), slider.attribute("max")), (Some("range"), Some("59")));
    assert!(page.contains("sample 12; margin "));
    // Nothing is loaded from elsewhere.
    let elsewhere = page.matches("http").count() - page.matches("http://www.w3.org/").count();
    assert_eq!((elsewhere, page.matches("src=").count()), (0, 0));
}

/// A small network over two inputs, and its samples.
fn corners(case: &Case) {
    let net = network(&[2, 2, 2, 2], &[&[1, 0, 0, 1, 0, 0], &[-2, 1, 1, -2, 0, 0], &[0, 1, 0, 1, 0, -1]]);
    write_network(&case.path("net.safetensors"), &net).unwrap();
    case.data("points.npz", 5, 2, &[4.0, 0.0, 0.0, 4.0, 2.0, 2.0, 4.0, 0.0, 3.0, -1.0], &[0.0; 5]);
}

fn small(case: &Case, further: &[&str]) -> Run {
    let arguments = ["class-path", "net.safetensors", "--out", "p.path.jsonl"];
    let defaults = ["--data", "points.npz", "--activation", "leaky-relu=0.1", "--from", "0", "--to", "1"];
    let defaults = defaults.chunks(2).filter(|pair| !further.contains(&pair[0])).flatten();
    case.run(&[&arguments[..], &defaults.copied().collect::<Vec<_>>(), further].concat())
}

#[test]
fn bad_input_is_two_and_nothing_is_touched() {
    let case = Case::new();
    corners(&case);
    case.data("wide.npz", 1, 3, &[0.0; 3], &[0.0]);
    let older = r#"{"record":"problem"}"#;
    std::fs::write(case.path("p.path.jsonl"), older).unwrap();
    let before = case.files();
    for (further, message) in [
        (&["--from", "5"][..], "--from 5: points.npz has 5 samples, 0 to 4"),
        (&["--to", "9"], "--to 9: points.npz has 5 samples, 0 to 4"),
        (&["--via", "4", "7"], "--via 7: points.npz has 5 samples, 0 to 4"),
        (&["--from", "1"], "--from and --to are both sample 1"),
        (&["--to", "3"], "sample 0 and sample 3 are the same input"),
        (&["--via", "3"], "sample 0 and sample 3 are the same input"),
        (&["--from", "-1"], "unexpected argument '-1'"),
        (&["--from", "x"], "invalid digit"),
        (&["--data", "absent.npz"], "absent.npz"),
        (&["--data", "wide.npz"], "3 features"),
        (&["--via-file", "wide.npz"], "wide.npz: the data have 3 features a sample"),
        (&["--via", "4", "--via-file", "wide.npz"], "cannot be used with"),
        (&["--theorem", "--exact"], "cannot be used with"),
        (&["--activation", "swish"], "swish"),
        (&["--plot", "points.npz"], "would overwrite points.npz"),
        (&["--plot", "p.path.jsonl"], "is the same file as p.path.jsonl"),
        (&["--plot", "no/folder/film.png"], "no/folder"),
        (&["--shape", "2x1"], "--plot"),
        (&["--plot", "film.png", "--shape", "2x2"], "images of the shape 2x2 have 4 numbers, but the inputs have 2"),
        (&["--plot", "film.png", "--shape", "two"], "`two` is not a shape such as 28x28"),
        (&["--plot", "film.png", "--frames", "1"], "1 is not in 2..=60"),
    ] {
        small(&case, further).expect(2, message);
        assert_eq!(case.files(), before, "{further:?}");
        assert_eq!(std::fs::read_to_string(case.path("p.path.jsonl")).unwrap(), older, "{further:?}");
    }
    let one = ["class-path", "a.safetensors", "--data", "data.npz", "--activation", "relu", "--from", "0", "--to", "1"];
    case.run(&[&one[..], &["--out", "q.path.jsonl"]].concat())
        .expect(2, "it has one output; classes are two outputs at least");
}

#[test]
fn an_unmet_hypothesis_is_three_and_what_is_undecided_four() {
    let case = Case::new();
    corners(&case);
    assert_eq!(json(&small(&case, &["--json"]))["class"], 1);
    std::fs::remove_file(case.path("p.path.jsonl")).unwrap();
    small(&case, &["--to", "2"]).expect(
        3,
        "sample 0 is given class 1 (by 2.200000 over class 0), but sample 2 class 0 (by 1.400000 over class 1): no path of one \
         class joins them",
    );
    small(&case, &["--via", "2"]).expect(3, "but sample 2 class 0");
    let relu = small(&case, &["--activation", "relu"]);
    relu.expect(4, "on the straight line from sample 0 to sample 1 class 0 is ahead by 1.000000 at λ = 0.");
    relu.expect(4, "relu is not strictly monotone with σ(ℝ) = ℝ: it has no inverse");
    relu.expect(4, "--via K or --via-file FILE");
    for way in ["--exact", "--theorem"] {
        small(&case, &["--activation", "relu", way]).expect(3, "relu is not strictly monotone");
    }
    assert!(!case.path("p.path.jsonl").exists());
}

/// Each with its own reason: a layer that widens, one without full rank, and a tie.
#[test]
fn every_hypothesis_has_its_own_words() {
    let case = Case::new();
    case.data("points.npz", 3, 1, &[-4.0, 4.0, 1.0], &[0.0; 3]);
    let wide = network(&[1, 2, 2], &[&[1, -1, 0, 0], &[1, 0, 1, 0, 0, 1]]);
    write_network(&case.path("net.safetensors"), &wide).unwrap();
    let reason = "n_1 = 2 > n_0 = 1: hidden layer 1 is wider than the one before it, the layers are no pyramid";
    small(&case, &[]).expect(4, reason);
    small(&case, &["--exact"]).expect(3, reason);
    // |x| = 1 where σ is |·|/2 twice.
    let tie = small(&case, &["--activation", "pl:breakpoints=0;slopes=-0.5,0.5;value=0", "--to", "2"]);
    tie.expect(3, "at sample 2 the classes 0 and 1 tie at 1.000000: no class wins strictly");
    case.data("points.npz", 2, 2, &[-4.0, 7.0, 4.0, -3.0], &[0.0; 2]);
    let dependent = network(&[2, 2, 2], &[&[1, -1, 0, 0, 0, 0], &[1, 0, 1, 0, 0, 1]]);
    write_network(&case.path("net.safetensors"), &dependent).unwrap();
    let reason = "rank W_1 = 1 < n_1 = 2: the weights of hidden layer 1 have not full rank";
    small(&case, &[]).expect(4, reason);
    small(&case, &["--exact"]).expect(3, reason);
    assert!(!case.path("p.path.jsonl").exists());
}

/// Inputs that are no images have their margin drawn alone.
#[test]
fn inputs_that_are_no_images_have_their_margin_drawn() {
    let case = Case::new();
    corners(&case);
    let numbers = json(&small(&case, &["--plot", "film.svg", "--json"]));
    assert_eq!(numbers["frames"].as_array().unwrap().len(), 9);
    let svg = std::fs::read_to_string(case.path("film.svg")).unwrap();
    assert!(svg.contains("share of the path") && !svg.contains("white 0"));
    let page = json(&small(&case, &["--plot", "film.html", "--shape", "1x2", "--json"]));
    assert_eq!(page["film"], "film.html");
}

/// In the scale that the user asks for, and compared in it by the check.
#[test]
fn inputs_are_in_the_users_scale() {
    let case = Case::new();
    corners(&case);
    case.data("quarters.npz", 2, 2, &[16.0, 0.0, 0.0, 16.0], &[0.0; 2]);
    let scaled = json(&small(&case, &["--data", "quarters.npz", "--scale", "1/4", "--json"]));
    assert_eq!(scaled["data_range"], serde_json::json!([0.0, 4.0]));
    assert!(scaled["check"].as_str().unwrap().ends_with("--scale 0.25"), "{}", scaled["check"]);
    assert_eq!(check(&case, &scaled).code, 0);
}

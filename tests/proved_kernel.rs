//! The kernel that is extracted from its proof (`proof/`, built by `make proof`), against the checker of this package: on the
//! conformance vectors, on certificates of every kind of move and of what is no path, and on their mutants. Where no kernel is built this is skipped,
//! with a line that says so.

use nalgebra::DMatrix;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rug::Rational;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use sublevel::certificate::{Reader, Record};
use sublevel::checker::{self, Conclusion, Descent, Expected, Finding, Level, Reason, Rejection, Scope, Verdict};
use sublevel::network::{Activation, Parameters};
use sublevel::region::ranks;
use sublevel::statement::object::certificate;
use sublevel::suite::mutated;

/// The kernel, if it is built.
fn kernel() -> Option<PathBuf> {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("proof/kernel");
    let kernel = std::env::var_os("SUBLEVEL_KERNEL").map_or(built, PathBuf::from);
    if kernel.is_file() {
        return Some(kernel);
    }
    println!("skipped: {} is not built (make proof)", kernel.display());
    None
}

/// The exit code of the kernel and what it prints.
fn ask(kernel: &Path, arguments: &[&str], certificate: &[u8]) -> (i32, String) {
    let mut command = Command::new(kernel);
    let mut child =
        command.args(arguments).arg("-").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the kernel runs");
    // A kernel that has seen enough closes its end.
    let _ = child.stdin.take().unwrap().write_all(certificate);
    let output = child.wait_with_output().unwrap();
    (output.status.code().expect("no signal"), String::from_utf8(output.stdout).unwrap())
}

fn check(certificate: &[u8]) -> Verdict {
    checker::check(Reader::new(certificate), &Expected::default(), &mut |_| {})
}

/// What became of one certificate.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Clone, Copy)]
enum Fate {
    Accepted,
    Refused,
    /// By the proved kernel alone, as it does not look at the form of the file.
    AcceptedWithoutItsForm,
    NotCovered,
}

/// Both judges agree, but for what the proved kernel does not cover and for the form of the file.
fn compare(kernel: &Path, certificate: &[u8], what: &str) -> Fate {
    let (code, answer) = ask(kernel, &[], certificate);
    let verdict = check(certificate);
    match (code, &verdict) {
        (0, Verdict::Valid(statement)) => {
            let answer: Value = serde_json::from_str(&answer).unwrap();
            let conclusion = match statement.conclusion {
                Conclusion::Connected => "connected",
                Conclusion::Descends(Descent::NeverRises) => "never rises",
                Conclusion::Descends(Descent::StaysBelowStart) => "descends",
                Conclusion::Descends(Descent::FallsStrictly) => "falls strictly",
                Conclusion::Unbounded(Level::Constant) => "unbounded",
                _ => "something that the proved kernel does not say",
            };
            assert_eq!(answer["conclusion"], conclusion, "{what}");
            let every = statement.scope == Scope::EveryConvexLoss;
            assert_eq!(answer["scope"] != "the named loss", every, "{what}: {answer}");
            Fate::Accepted
        }
        (0, Verdict::Proved { finding, .. }) => {
            let answer: Value = serde_json::from_str(&answer).unwrap();
            let conclusion = match **finding {
                Finding::FullRankChain { .. } => "full-rank chain",
                Finding::ClassPath { .. } => "class path",
                Finding::ConnectedRegions { .. } => "connected regions",
                _ => "something that the proved kernel does not say",
            };
            assert_eq!(answer["conclusion"], conclusion, "{what}");
            Fate::Accepted
        }
        (0, refused) => {
            assert!(is_about_form(refused), "{what}: the proved kernel accepts; {refused}");
            Fate::AcceptedWithoutItsForm
        }
        (1, Verdict::Valid(_) | Verdict::Proved { .. }) => {
            panic!("{what}: the checker accepts; the proved kernel says {answer}")
        }
        (1, _) => Fate::Refused,
        (4, _) => Fate::NotCovered,
        _ => panic!("{what}: the proved kernel ends with {code}"),
    }
}

/// A refusal for the form of the file: how it is spelled, `null` for what may be left out, or that numbers are not in lowest terms.
fn is_about_form(verdict: &Verdict) -> bool {
    match verdict {
        Verdict::Invalid { rejection, .. } => {
            matches!(rejection, Rejection::NotInLowestTerms { .. } | Rejection::Malformed(_))
        }
        Verdict::Incomplete { reason: Reason::File(error), .. } => !error.is_incomplete(),
        _ => false,
    }
}

/// The conformance vectors of paths, and those of losses.
fn vectors() -> Vec<PathBuf> {
    files(&["certificates", "losses"])
}

/// The vectors of what is no path.
fn objects() -> Vec<PathBuf> {
    files(&["objects", "regions"])
}

fn files(rooms: &[&str]) -> Vec<PathBuf> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/checker/tests/data");
    let files = rooms.iter().map(|room| std::fs::read_dir(data.join(room)).unwrap());
    let mut files: Vec<_> = files.flatten().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// Names of vectors that the proved kernel does not cover: their claim or last move.
fn is_beyond(name: &str) -> bool {
    ["barrier", "rescale"].iter().any(|word| name.contains(word))
}

#[test]
fn both_judge_the_conformance_vectors_alike() {
    let Some(kernel) = kernel() else { return };
    let mut accepted = 0;
    for file in vectors() {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let fate = compare(&kernel, &std::fs::read(&file).unwrap(), &name);
        if name.starts_with("valid") && !is_beyond(&name) {
            assert_eq!(fate, Fate::Accepted, "{name}");
            accepted += 1;
        }
        if name.starts_with("invalid") {
            assert_ne!(fate, Fate::Accepted, "{name}");
        }
    }
    assert!(accepted >= 20, "{accepted}");
}

/// The vectors of named losses that descend or rise; the same with a rest at the end; and their first line the other way round:
/// whether the loss never rises, and whether it falls strictly.
#[test]
fn both_say_alike_whether_a_loss_falls() {
    let Some(kernel) = kernel() else { return };
    let mut fates = BTreeMap::<(&str, Fate), usize>::new();
    for file in vectors() {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&file).unwrap();
        if !name.contains("descend") && !name.contains("rise") || is_beyond(&name) {
            continue;
        }
        for claim in ["descends", "strictly-descends"] {
            let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            for (way, mut lines) in [("there", lines.clone()), ("rests", rests(lines.clone())), ("back", back(lines))] {
                lines[0]["claim"] = claim.into();
                let loss = &lines[0]["loss"];
                let is_new = ["mean-square", "binary-cross-entropy"].iter().any(|name| loss["name"] == *name)
                    || loss["name"] == "cross-entropy" && !loss["targets"].is_null()
                    || !loss["weights"].is_null()
                    || claim != "descends";
                lines[0]["version"] = if is_new { 3 } else { 1 }.into();
                let certificate: String = lines.iter().map(|line| format!("{line}\n")).collect();
                let fate = compare(&kernel, certificate.as_bytes(), &format!("{name}, {claim}, {way}"));
                assert_ne!(fate, Fate::NotCovered, "{name}, {claim}, {way}");
                *fates.entry((claim, fate)).or_default() += 1;
            }
        }
    }
    println!("{fates:?}");
    for claim in ["descends", "strictly-descends"] {
        assert!(fates[&(claim, Fate::Accepted)] > 0 && fates[&(claim, Fate::Refused)] > 0, "{fates:?}");
    }
}

/// The same with a line to where it stands at the end.
fn rests(mut lines: Vec<Value>) -> Vec<Value> {
    let end = lines.pop().unwrap();
    lines.push(lines[lines.len() - 1].clone());
    lines.push(json!({ "record": "end", "moves": end["moves"].as_u64().unwrap() + 1 }));
    lines
}

/// The first line the other way round, and no other.
fn back(mut lines: Vec<Value>) -> Vec<Value> {
    let (start, to) = (lines[1]["layers"].clone(), lines[2]["layers"].clone());
    for (layer, changes) in to.as_object().unwrap() {
        for (part, matrix) in changes.as_object().unwrap() {
            lines[1]["layers"][layer][part] = matrix.clone();
            lines[2]["layers"][layer][part] = start[layer][part].clone();
        }
    }
    lines.truncate(3);
    lines.push(json!({ "record": "end", "moves": 1 }));
    lines
}

/// Of lines, of follows, with a ray, of a strict descent, and of a descent: the seeds of those kinds.
#[test]
fn both_judge_mutants_alike() {
    let Some(kernel) = kernel() else { return };
    let mut fates = BTreeMap::<Fate, usize>::new();
    for seed in (0..28).filter(|seed| [0, 1, 2, 5, 6].contains(&(seed % 7))) {
        let (original, mutants) = mutated(seed, 48).unwrap();
        let fate = compare(&kernel, &original, &format!("seed {seed}"));
        if seed % 7 < 5 {
            assert_eq!(fate, Fate::Accepted, "seed {seed}");
        }
        for (what, mutant) in mutants {
            *fates.entry(compare(&kernel, &mutant, &format!("seed {seed}, {what}"))).or_default() += 1;
        }
    }
    println!("mutants: {fates:?}");
    assert!(fates[&Fate::Refused] > 300 && fates[&Fate::Accepted] > 0, "{fates:?}");
}

/// What is no path: the vectors of the claims that the proved kernel knows are accepted, others are not covered, and with any one
/// number changed by 1 both say the same.
#[test]
fn both_judge_what_is_no_path_alike() {
    let Some(kernel) = kernel() else { return };
    let mut fates = BTreeMap::<Fate, usize>::new();
    let mut known = 0;
    for file in objects() {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&file).unwrap();
        let is_known = ["chain-", "class-path", "ranks"].iter().any(|start| name.starts_with(start));
        let fate = compare(&kernel, text.as_bytes(), &name);
        assert_eq!(fate, if is_known { Fate::Accepted } else { Fate::NotCovered }, "{name}");
        if is_known {
            known += 1;
            count_changed(&kernel, &text, 1, &name, &mut fates);
        }
    }
    println!("{known} vectors, changed: {fates:?}");
    assert!(known >= 5 && fates[&Fate::Refused] > 50 && fates[&Fate::Accepted] > 0, "{fates:?}");
}

/// Random pyramids: their ranks modulo a prime, and mutants.
#[test]
fn both_judge_ranks_alike() {
    let Some(kernel) = kernel() else { return };
    let mut rng = ChaCha8Rng::seed_from_u64(19);
    let mut fates = BTreeMap::<(&str, Fate), usize>::new();
    let mut changed = BTreeMap::new();
    for round in 0..60 {
        let widths: &[usize] = [&[3, 2, 3][..], &[4, 3, 2, 3], &[2, 2, 2, 2, 2], &[3, 2]][round % 4];
        let sigma =
            ["relu", "leaky-relu=1/10", "hard-tanh", "abs", "leaky-relu=3", "pl:breakpoints=0,1;slopes=1,0,2;value=0"]
                [round % 6];
        let layer = |pair: &[usize]| {
            DMatrix::from_fn(pair[0] + 1, pair[1], |_, _| Rational::from((rng.random_range(-3..=3), 2)))
        };
        let network = Parameters::new(widths.windows(2).map(layer).collect()).unwrap();
        let activation: Activation = sigma.parse().unwrap();
        let Ok(object) = ranks(&network, &activation) else { continue };
        let file = String::from_utf8(certificate("ranks", object)).unwrap();
        *fates.entry((sigma, compare(&kernel, file.as_bytes(), sigma))).or_default() += 1;
        count_changed(&kernel, &file, 7, sigma, &mut changed);
        // The same claimed of other activations.
        for other in ["0", "-1", "1"] {
            let file = file
                .replace("\"slopes\":[", &format!("\"slopes\":[\"{other}\","))
                .replace("\"breakpoints\":[", "\"breakpoints\":[\"-9\",");
            *changed.entry(compare(&kernel, file.as_bytes(), &format!("{sigma} with slope {other}"))).or_default() += 1;
        }
    }
    println!("{fates:?}, changed: {changed:?}");
    assert!(fates[&("relu", Fate::Accepted)] > 0 && fates[&("leaky-relu=1/10", Fate::Accepted)] > 0, "{fates:?}");
    assert!(changed[&Fate::Refused] > 50 && changed[&Fate::Accepted] > 0, "{changed:?}");
}

/// What becomes of an object in which one number is changed by 1: of every `step`-th number.
fn count_changed(kernel: &Path, file: &str, step: usize, what: &str, fates: &mut BTreeMap<Fate, usize>) {
    let mut lines = file.lines();
    let (object, end): (Value, _) = (serde_json::from_str(lines.next().unwrap()).unwrap(), lines.next().unwrap());
    let mut all = 0;
    numbers(&mut object.clone(), &mut |_| all += 1);
    for place in (0..all).step_by(step) {
        for by in [1, -1] {
            let (mut changed, mut at) = (object.clone(), 0);
            numbers(&mut changed, &mut |number| {
                if at == place {
                    *number += by;
                }
                at += 1;
            });
            let file = format!("{changed}\n{end}\n");
            *fates.entry(compare(kernel, file.as_bytes(), &format!("{what}, number {place}, {by}"))).or_default() += 1;
        }
    }
}

/// Every integer of a value, in text or not, if it stays one and a count stays one.
fn numbers(value: &mut Value, visit: &mut impl FnMut(&mut i64)) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(|value| numbers(value, visit)),
        Value::Object(fields) => fields.values_mut().for_each(|value| numbers(value, visit)),
        Value::String(text) => {
            if let Ok(mut number) = text.parse() {
                visit(&mut number);
                *text = number.to_string();
            }
        }
        Value::Number(count) => {
            if let Some(mut number) = count.as_i64() {
                visit(&mut number);
                *value = number.max(0).into();
            }
        }
        _ => {}
    }
}

/// Features and weights of both neurons move at once; the squares of λ cancel. With another last weight they do not.
#[test]
fn a_line_of_degree_two_is_judged_alike() {
    let Some(kernel) = kernel() else { return };
    let matrix = |rows: &[&[i64]], den: i64| {
        let num: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(i64::to_string).collect()).collect();
        json!({ "rows": rows.len(), "cols": rows[0].len(), "den": den.to_string(), "num": num })
    };
    let certificate = |last: i64| {
        let layer = |weight: &Value, bias: &Value| json!({ "weight": weight, "bias": bias });
        let zero = matrix(&[&[0, 0]], 1);
        let lines = [
            json!({ "record": "problem", "format": "sublevel-path", "version": 1, "claim": "connected", "statement": "",
                "widths": [1, 2, 1], "activation": { "breakpoints": ["0"], "slopes": ["0", "1"], "value": "0" },
                "inputs": matrix(&[&[1]], 1), "loss": null }),
            json!({ "record": "start", "layers": { "1": layer(&zero, &matrix(&[&[1, 1]], 1)),
                "2": layer(&matrix(&[&[1], &[1]], 1), &matrix(&[&[0]], 1)) } }),
            json!({ "record": "line", "layers": { "1": layer(&zero, &matrix(&[&[2, 2]], 1)),
                "2": layer(&matrix(&[&[2], &[last]], 1), &matrix(&[&[0]], 1)) } }),
            json!({ "record": "end", "moves": 1 }),
        ];
        lines.iter().map(|line| format!("{line}\n")).collect::<String>().into_bytes()
    };
    assert_eq!(compare(&kernel, &certificate(0), "the squares cancel"), Fate::Accepted);
    assert_eq!(compare(&kernel, &certificate(1), "the output bends"), Fate::Refused);
}

/// What the kernel understood is what the file says: its numbers, written as a certificate again, against the file as this
/// package reads it.
#[test]
fn the_kernel_says_what_it_was_told() {
    let Some(kernel) = kernel() else { return };
    let vectors = vectors().into_iter().map(|file| std::fs::read(file).unwrap());
    let mut compared = 0;
    for certificate in vectors.chain((0..14).map(|seed| mutated(seed, 0).unwrap().0)) {
        let (code, echo) = ask(&kernel, &["--echo"], &certificate);
        if code == 0
            && let Some(canonical) = canonical(&certificate)
        {
            let echo: Vec<Value> = echo.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            assert_eq!(echo, canonical);
            compared += 1;
        }
    }
    assert!(compared >= 20, "{compared}");
    let mut objects_compared = 0;
    for file in objects() {
        let bytes = std::fs::read(file).unwrap();
        let (code, echo) = ask(&kernel, &["--echo"], &bytes);
        if code == 0 {
            let Record::Object { object, .. } = Reader::new(&bytes[..]).next_record().unwrap().unwrap() else {
                panic!()
            };
            let canonical = json!({ "record": "object", "claim": object.claim(), "object": object });
            assert_eq!(serde_json::from_str::<Value>(&echo).unwrap(), canonical);
            objects_compared += 1;
        }
    }
    assert!(objects_compared >= 5, "{objects_compared}");
}

/// The records of a file without labels, each follow with all of its inverses, each loss with weights; `None` if it does not
/// read.
fn canonical(certificate: &[u8]) -> Option<Vec<Value>> {
    let mut reader = Reader::new(certificate);
    let mut records = vec![];
    let mut known = (Value::Null, BTreeMap::<usize, Value>::new());
    while let Some(record) = reader.next_record().ok()? {
        let mut value = serde_json::to_value(&record).unwrap();
        match record {
            Record::Problem(problem) => {
                let keys = ["format", "version", "statement", "equal_inputs", "rescales", "columns", "pieces"];
                keys.iter().for_each(|key| drop(value.as_object_mut().unwrap().remove(*key)));
                value["loss"] = with_weights(value["loss"].take(), problem.inputs.rows);
            }
            Record::Follow(follow) => {
                known.0 = follow.right_inverse.map_or(known.0, |matrix| json!(matrix));
                let given = follow.left_inverses.into_iter().map(|(layer, matrix)| (layer, json!(matrix)));
                known.1.extend(given);
                value["right_inverse"] = known.0.clone();
                let needed = (follow.first + 1..=follow.level).filter_map(|layer| Some((layer, known.1.get(&layer)?)));
                value["left_inverses"] = needed.map(|(layer, matrix)| (layer.to_string(), matrix.clone())).collect();
            }
            Record::End { .. } => continue,
            _ => {}
        }
        records.push(value);
    }
    Some(records)
}

/// A loss with a weight for each sample.
fn with_weights(mut loss: Value, samples: usize) -> Value {
    if !loss.is_null() && loss["weights"].is_null() {
        loss["weights"] = json!({ "rows": samples, "cols": 1, "den": "1", "num": vec![["1"]; samples] });
    }
    loss
}

//! Fuzz targets for everything that reads files: broken ones get an answer, never a panic, and what is read is what can be
//! written.
//!
//! Every run tries the same inputs, made from the files of the tests' data by the seeds 0, 1, …; `FUZZ_INPUTS=1000000 cargo
//! test --test fuzz` tries as many a target. A failure names its seed, and `FUZZ_SEED=…` begins with it.

use crate::support::npz;
use flate2::{Compression, write::GzEncoder};
use nalgebra::DMatrix;
use rand::{
    Rng, SeedableRng,
    seq::{IndexedMutRandom, IndexedRandom},
};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use std::io::Write;
use std::path::Path;
use sublevel::arith::RUG;
use sublevel::certificate::{GraphProblemRecord, Layer, ProblemRecord, Reader, Record, Writer, open};
use sublevel::checker::{Arithmetic, Expected, Verdict, check, check_with};
use sublevel::example::integers;
use sublevel::linalg::Double;
use sublevel::network::{BatchNorm, ImportOptions, ImportProblem, network_to_bytes, parse_data, parse_network};
use sublevel::path::{ReplayError, from_loss, from_matrix, read_activation, read_path};
use sublevel::report::{Inspector, Map, Profile, profile_chart};
use sublevel::statement::skip::{GraphPath, read_graph_path};

/// Says which input it was if the target panics.
struct Seed(u64);

impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("FUZZ_SEED={} FUZZ_INPUTS=1 finds it again", self.0);
        }
    }
}

/// Runs a target on this many inputs, or as many as `FUZZ_INPUTS` says; each of its three answers has to occur.
fn fuzz(inputs: u64, input: impl Fn(&mut ChaCha8Rng) -> Vec<u8>, target: impl Fn(&[u8]) -> usize) {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().expect("a number"));
    let (first, count) = (number("FUZZ_SEED").unwrap_or(0), number("FUZZ_INPUTS").unwrap_or(inputs));
    let mut answers = [0; 3];
    for seed in first..first + count {
        let seed = Seed(seed);
        answers[target(&input(&mut ChaCha8Rng::seed_from_u64(seed.0)))] += 1;
    }
    // A single input need not have every answer.
    let often = answers.iter().all(|answer| answer * 200 > count);
    assert!(count < inputs || often, "every answer occurs often: {answers:?}");
}

fn files(folder: &str) -> Vec<Vec<u8>> {
    files_in("tests/data", folder)
}

/// The checker's conformance vectors.
fn vectors(folder: &str) -> Vec<Vec<u8>> {
    files_in("crates/checker/tests/data", folder)
}

fn files_in(data: &str, folder: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(data).join(folder);
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// A few bytes, or none, replaced, inserted, removed, or the rest cut off.
fn change_bytes(random: &mut ChaCha8Rng, bytes: &mut Vec<u8>, alphabet: &[u8]) {
    for _ in 0..random.random_range(0..6) {
        if bytes.is_empty() {
            return;
        }
        // Headers are short and at the front.
        let end = if random.random_ratio(1, 3) { bytes.len().min(256) } else { bytes.len() };
        let at = random.random_range(0..end);
        match random.random_range(0..16) {
            0 | 1 => bytes.insert(at, *alphabet.choose(random).unwrap()),
            2 | 3 => drop(bytes.remove(at)),
            4 => bytes.truncate(at),
            5..10 => bytes[at] = *alphabet.choose(random).unwrap(),
            _ => bytes[at] = random.random(),
        }
    }
}

/// A random value inside a value.
fn pick<'a>(random: &mut ChaCha8Rng, value: &'a mut Value) -> &'a mut Value {
    let inside = match value {
        Value::Object(map) => map.len(),
        Value::Array(list) => list.len(),
        _ => 0,
    };
    if inside == 0 || random.random_ratio(1, 5) {
        return value;
    }
    let index = random.random_range(0..inside);
    let inner = match value {
        Value::Object(map) => map.values_mut().nth(index),
        Value::Array(list) => list.get_mut(index),
        _ => None,
    };
    pick(random, inner.expect("an index inside"))
}

// --- Certificates --------------------------------------------------------------------------------------------------

/// Reads, writes what was read, checks, replays, describes. Answers 0 for valid, 1 for invalid, 2 for incomplete.
fn certificate(bytes: &[u8]) -> usize {
    let mut reader = Reader::new(bytes);
    let mut records = vec![];
    let read = loop {
        match reader.next_record() {
            Ok(Some(record)) => records.push(record),
            Ok(None) => break true,
            Err(error) => {
                let lines = bytes.split(|byte| *byte == b'\n').count();
                assert!((1..=lines + 1).contains(&error.line) && !error.to_string().is_empty(), "{error}");
                break false;
            }
        }
    };
    let mut written = vec![];
    let mut writer = Writer::new(&mut written);
    records.iter().for_each(|record| writer.write(record).unwrap());
    let mut reader = Reader::new(&*written);
    records.iter().for_each(|record| assert_eq!(reader.next_record().unwrap().as_ref(), Some(record)));
    // Neither proves anything; both have to answer.
    let replayed = read_path(&mut Reader::new(bytes));
    if let Ok((problem, path)) = &replayed {
        draw(problem, path);
    }
    let of_graphs = read_graph_path(&mut Reader::new(bytes));
    if let Ok((problem, path)) = &of_graphs {
        draw_graphs(problem, path);
    }
    let mut inspector = Inspector::default();
    let described =
        records.iter().filter(|record| !matches!(record, Record::Problem(_) | Record::Graph(_) | Record::End { .. }));
    let described: Result<Vec<_>, String> = described.map(|record| inspector.describe(record)).collect();
    let by = |arithmetic| check_with(arithmetic, Reader::new(bytes), &Expected::default(), &mut |_| {});
    let verdict = by(Arithmetic::OWN);
    assert_eq!(verdict, by(RUG));
    match verdict {
        Verdict::Valid(_) => {
            assert!(
                read && (replayed.is_ok() || of_graphs.is_ok()) && described.is_ok(),
                "what is valid is read by all"
            );
            0
        }
        // An object is no path to be replayed.
        Verdict::Proved { .. } => 0,
        Verdict::Invalid { .. } => 1,
        Verdict::Incomplete { .. } => 2,
    }
}

/// What `sublevel plot` does with a path that can be replayed.
fn draw(problem: &ProblemRecord, path: &sublevel::path::Path<rug::Rational>) {
    let (activation, inputs) = (read_activation(problem).unwrap(), from_matrix(&problem.inputs));
    if let Some(loss) = &problem.loss {
        let loss = from_loss(loss).unwrap();
        let profile = Profile::new(&activation, &inputs, &loss, path);
        profile_chart(&profile, None, "").draw().unwrap();
        if let Some(map) = Map::with_columns(&activation, &inputs, &loss, path, 4, &|_| {}) {
            map.chart(&profile, "").draw().unwrap();
        }
    }
}

/// The same with a path of graph networks; a corrupt file may ask for floats of more bits than a test waits for.
fn draw_graphs(problem: &GraphProblemRecord, path: &GraphPath) {
    let loss = from_loss(&problem.loss).unwrap();
    let profile = Profile::of_graphs(path, &from_matrix(&problem.inputs), &loss, problem.bits.min(256));
    profile_chart(&profile, None, "").draw().unwrap();
}

/// The conformance vectors, short ones more often than not.
fn certificates() -> Vec<Vec<u8>> {
    let all = ["certificates", "losses", "objects", "graphs"].into_iter().flat_map(vectors);
    all.filter(|text| text.len() < 20_000).collect()
}

#[test]
fn certificates_with_changed_bytes() {
    let valid = certificates();
    let input = |random: &mut ChaCha8Rng| {
        let mut bytes = valid.choose(random).unwrap().clone();
        change_bytes(random, &mut bytes, br#"0123456789-/"{}[],:. eE+\nrecordlinefollow"#);
        bytes
    };
    fuzz(3000, input, certificate);
}

/// Well-formed files with odd values, which get past the reader.
#[test]
fn certificates_with_changed_values() {
    let valid: Vec<Vec<Value>> = certificates()
        .iter()
        .filter_map(|text| {
            text.split(|byte| *byte == b'\n')
                .filter(|line| !line.is_empty())
                .map(|line| serde_json::from_slice(line).ok())
                .collect()
        })
        .collect();
    let odd: Vec<Value> = serde_json::from_str(
        r#"["0", "1", "-1", "1/2", "-7/3", "340282366920938463463374607431768211457", 0, 1, 2, 3, 1000000000000, null,
            18446744073709551615, [], {}, [[]], [["0"]], [0, 0, 0], ["0", "1"], "connected", "barrier", "line", "follow",
            {"rows": 0, "cols": 0, "den": "1", "num": []}, {"rows": 1, "cols": 1, "den": "1", "num": [["0"]]},
            {"rows": 2, "cols": 0, "den": "1", "num": [[], []]}, {"rows": 0, "cols": 2, "den": "1", "num": []}]"#,
    )
    .unwrap();
    let input = |random: &mut ChaCha8Rng| {
        let mut lines = valid.choose(random).unwrap().clone();
        for _ in 0..random.random_range(1..3) {
            let other = lines.choose_mut(random).map(|line| pick(random, line).clone());
            let value = other.filter(|_| random.random()).unwrap_or_else(|| odd.choose(random).unwrap().clone());
            let line = random.random_range(0..lines.len());
            *pick(random, &mut lines[line]) = value;
        }
        lines.iter().map(|line| format!("{line}\n")).collect::<String>().into_bytes()
    };
    fuzz(3000, input, certificate);
}

/// What the targets have found: files that made the replay or the inspection panic.
#[test]
fn finds() {
    let text = String::from_utf8(vectors("certificates").into_iter().max_by_key(Vec::len).unwrap()).unwrap();
    let changed = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    };
    let follow = text.lines().find(|line| line.contains(r#""record": "follow""#)).unwrap();
    let mut misshapen: Value = serde_json::from_str(follow).unwrap();
    misshapen["output"] = serde_json::json!({ "rows": 1, "cols": 1, "den": "1", "num": [["0"]] });
    let replayed = |text: &str| match read_path(&mut Reader::new(text.as_bytes())) {
        Err(ReplayError::Unfit { record, .. }) => record,
        other => panic!("{other:?}"),
    };
    let number = 1 + text.lines().position(|line| line == follow).unwrap();
    assert_eq!(replayed(&changed(follow, &misshapen.to_string())), number, "the features of another shape");
    assert_eq!(replayed(&changed(r#""labels": [1, 0, 1]"#, r#""labels": [1, 0]"#)), 1, "a label too few");
    assert_eq!(replayed(&changed(r#""widths": [3, 4, 3, 2]"#, r#""widths": [3, 9223372036854775807, 3, 2]"#)), 2);
    let mut endless: Value = serde_json::from_str(follow).unwrap();
    endless["first"] = u64::MAX.into();
    assert_eq!(certificate(changed(follow, &endless.to_string()).as_bytes()), 1, "a layer after the last number");
    let bias = Layer { bias: Some(sublevel::path::to_matrix(&integers(1, 1, &[1]))), ..Layer::default() };
    let weight = Layer { weight: Some(sublevel::path::to_matrix(&integers(1, 2, &[1, 1]))), ..Layer::default() };
    let mut inspector = Inspector::default();
    assert!(inspector.describe(&Record::Start { layers: [(1, weight)].into() }).is_ok());
    let described = inspector.describe(&Record::Line { layers: [(1, bias)].into() });
    assert_eq!(described, Err("weight and bias of layer 1 do not fit".into()));
}

/// Compressed certificates, from disk.
#[test]
fn compressed_certificates_with_changed_bytes() {
    let valid = certificates();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("changed.path.jsonl.zst");
    let input = |random: &mut ChaCha8Rng| {
        let mut bytes = zstd::encode_all(&**valid.choose(random).unwrap(), 3).unwrap();
        change_bytes(random, &mut bytes, &[0, 1, 127, 128, 255]);
        bytes
    };
    let target = |bytes: &[u8]| {
        std::fs::write(&file, bytes).unwrap();
        let Ok(reader) = open(&file) else { return 2 };
        match check(reader, &Expected::default(), &mut |_| {}) {
            Verdict::Valid(_) | Verdict::Proved { .. } => 0,
            Verdict::Invalid { .. } => 1,
            Verdict::Incomplete { .. } => 2,
        }
    };
    fuzz(600, input, target);
}

// --- Networks and data ---------------------------------------------------------------------------------------------

/// Answers 0 for a network, 1 for a data set, 2 for neither; a network that is written and read again is the same one.
fn import(bytes: &[u8]) -> usize {
    let (network, data) = (parse_network(bytes, "x"), parse_data(bytes, "x"));
    for error in [network.as_ref().err(), data.as_ref().err()].into_iter().flatten() {
        assert!(error.to_string().starts_with("x: ") && error.to_string().len() > 10, "{error}");
    }
    if let Ok(network) = &network {
        assert_eq!(parse_network(&network_to_bytes(network).unwrap(), "y").as_ref(), Ok(network));
    }
    match (network, data) {
        (Ok(_), _) => 0,
        (_, Ok(data)) => {
            assert!(data.inputs.samples() > 0 && data.inputs.features() > 0);
            1
        }
        _ => 2,
    }
}

/// Two images of 1×2 pixels.
const IMAGES: &[u8] = &[0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 255, 7, 8];

#[test]
fn networks_and_data_with_changed_bytes() {
    // Networks as safetensors, data as npz (stored, deflated) and npy, and IDX images as they are and compressed.
    let header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }\n";
    let mut array = [&b"\x93NUMPY\x01\0"[..], &(header.len() as u16).to_le_bytes(), header].concat();
    array.extend([1.5f64, -2.0, 0.0, 7.25].iter().flat_map(|entry| entry.to_le_bytes()));
    assert!(parse_data(&array, "array").is_ok() && parse_data(IMAGES, "images").is_ok());
    let archive = npz::archive(zip::CompressionMethod::Deflated, &[("inputs.npy".into(), array.clone())]);
    let mut gzip = GzEncoder::new(vec![], Compression::default());
    gzip.write_all(IMAGES).unwrap();
    let mut valid: Vec<Vec<u8>> = files("digits").into_iter().filter(|bytes| bytes.len() < 20_000).collect();
    valid.extend(files("pytorch"));
    valid.extend([array, archive, IMAGES.to_vec(), gzip.finish().unwrap()]);
    assert!(valid.len() > 5, "small files of every kind");
    let input = |random: &mut ChaCha8Rng| {
        let mut bytes = valid.choose(random).unwrap().clone();
        change_bytes(random, &mut bytes, b"\0\x01\x08\xff{}[]\"':,0123456789<>f48weightbias.");
        bytes
    };
    fuzz(3000, input, import);
}

/// Answers 0 for a network, 1 for one that is refused, 2 for no ONNX file.
fn onnx(bytes: &[u8]) -> usize {
    let options = ImportOptions { memory: 64 << 20, ..ImportOptions::default() };
    let batch_norm = if bytes.len().is_multiple_of(2) { BatchNorm::Separate } else { BatchNorm::Folded };
    match options.parse_onnx(bytes, "x", batch_norm) {
        Ok(read) => {
            let inputs = DMatrix::zeros(1, read.network.graph().inputs);
            assert_eq!(read.network.features(&Double, &inputs).ncols(), read.network.stacked_output().nrows());
            0
        }
        Err(error) => {
            assert!(error.to_string().starts_with("x: ") && error.to_string().len() > 10, "{error}");
            if matches!(error.problem, ImportProblem::Broken { .. }) { 2 } else { 1 }
        }
    }
}

#[test]
fn onnx_files_with_changed_bytes() {
    let valid: Vec<Vec<u8>> = files("onnx").into_iter().filter(|bytes| bytes.starts_with(&[8, 7, 18])).collect();
    assert_eq!(valid.len(), 5, "PyTorch's files");
    let input = |random: &mut ChaCha8Rng| {
        let mut bytes = valid.choose(random).unwrap().clone();
        change_bytes(random, &mut bytes, b"\0\x01\x02\x03\x04\x08\x0a\x12\x7f\x80\xffcinputw");
        bytes
    };
    fuzz(2000, input, onnx);
}

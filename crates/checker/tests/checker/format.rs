//! Reading and writing certificates.

use crate::certificate::{graph::*, *};
use crate::{vector, vectors};
use std::fs;

fn read(text: &[u8]) -> Result<Vec<Record>, ReadError> {
    let mut reader = Reader::new(text);
    let mut records = vec![];
    while let Some(record) = reader.next_record()? {
        records.push(record);
    }
    Ok(records)
}

fn write(records: &[Record]) -> Vec<u8> {
    let mut writer = Writer::new(vec![]);
    records.iter().for_each(|record| writer.write(record).unwrap());
    writer.into_inner()
}

/// The fault in the first line of `text`, to which a proper end is added.
fn fault(text: &str) -> Fault {
    let error = read(format!("{text}\n{{\"record\":\"end\",\"moves\":0}}\n").as_bytes()).unwrap_err();
    assert_eq!(error.line, 1, "{text}: {error}");
    error.fault
}

fn malformed(text: &str) -> String {
    match fault(text) {
        Fault::Malformed { message, .. } => message,
        other => panic!("{text}: {other}"),
    }
}

const MATRIX: &str = r#"{"rows":1,"cols":2,"den":"6","num":[["1","-2"]]}"#;

fn line(matrix: &str) -> String {
    format!(r#"{{"record":"line","layers":{{"1":{{"weight":{matrix}}}}}}}"#)
}

fn problem(from: &str, to: &str) -> String {
    let text = format!(
        r#"{{"record":"problem","format":"sublevel-path","version":1,"claim":"connected","statement":"s","widths":[2,1],"activation":{{"breakpoints":["0"],"slopes":["1/100","1"],"value":"0"}},"inputs":{MATRIX},"loss":null}}"#
    );
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1)
}

#[test]
fn every_record_survives_writing_and_reading() {
    let integer = |text: &str| Integer::new(text).unwrap();
    let fraction = |text: &str| Fraction::new(text).unwrap();
    let matrix = Matrix::new(1, 2, integer("6"), vec![vec![integer("1"), integer("-2")]]).unwrap();
    let weight = Layer { weight: Some(matrix.clone()), ..Layer::default() };
    let bias = Layer { bias: Some(matrix.clone()), ..Layer::default() };
    let some = Layer { columns: Some(vec![0, 7]), ..weight.clone() };
    let layers = Layers::from([(1, weight), (2, some), (12, bias)]);
    let alike = criteria().map(|criterion| Some(criterion.into()));
    let weighted = criteria().map(|criterion| Some(LossRecord { criterion, weights: Some(matrix.clone()) }));
    let losses = alike.chain(weighted).chain([None]);
    let claims = [Claim::Connected, Claim::Descends, Claim::Unbounded, Claim::Barrier];
    let mut records: Vec<Record> = losses
        .flat_map(|loss| claims.map(|claim| (loss.clone(), claim)))
        .map(|(loss, claim)| {
            Record::Problem(ProblemRecord {
                claim,
                statement: "with \"quotes\", a \\ and λ".into(),
                widths: vec![2, 3, 1],
                activation: ActivationRecord {
                    breakpoints: vec![fraction("-1/2"), fraction("3")],
                    slopes: vec![fraction("0"), fraction("1/100"), fraction("1")],
                    value: fraction("0"),
                },
                inputs: matrix.clone(),
                equal_inputs: claim == Claim::Descends,
                rescales: claim == Claim::Unbounded,
                columns: claim == Claim::Barrier,
                pieces: claim == Claim::Connected,
                loss,
            })
        })
        .collect();
    for (right_inverse, left_inverses) in [(None, [].into()), (Some(matrix.clone()), [(2, matrix.clone())].into())] {
        let layers = Layers::new();
        let output = matrix.clone();
        records.push(Record::Follow(FollowRecord { first: 1, level: 2, output, right_inverse, left_inverses, layers }));
    }
    records.push(Record::Start { layers: layers.clone() });
    records.push(Record::Line { layers: layers.clone() });
    records.push(Record::Ray { layers: layers.clone() });
    records.push(Record::Rescale { layer: 2 });
    for pieces in [None, Some(vec![2, 2, 1])] {
        records.push(Record::Bounded { layers: layers.clone(), bound: fraction("-22/7"), pieces });
    }
    records.push(Record::End { moves: 7 });
    let text = write(&records);
    assert_eq!(read(&text), Ok(records));
    assert_eq!(text.iter().filter(|byte| **byte == b'\n').count(), 13 * 4 + 9);
}

/// One of each, with what may be anything here.
fn criteria() -> impl Iterator<Item = Criterion> {
    let matrix = || Matrix::new(1, 1, Integer::new("6").unwrap(), vec![vec![Integer::new("-5").unwrap()]]).unwrap();
    let criteria = [
        Criterion::Square { targets: matrix() },
        Criterion::CrossEntropy { labels: vec![0, 9] },
        Criterion::Hinge { labels: vec![] },
        Criterion::MeanSquare { targets: matrix() },
        Criterion::SoftCrossEntropy { targets: matrix() },
        Criterion::BinaryCrossEntropy { targets: matrix() },
    ];
    criteria.into_iter()
}

/// The first three losses are those of versions 1 and 2, and are written as ever; all else is version 3.
#[test]
fn a_loss_has_its_version() {
    let end = "{\"record\":\"end\",\"moves\":0}";
    let Record::Problem(blank) = read(format!("{}\n{end}", problem("", "")).as_bytes()).unwrap()[0].clone() else {
        panic!()
    };
    let written = |loss, claim| {
        String::from_utf8(write(&[Record::Problem(ProblemRecord { claim, loss: Some(loss), ..blank.clone() })]))
            .unwrap()
    };
    let matrix = r#"{"rows":1,"cols":1,"den":"6","num":[["-5"]]}"#;
    let data = [
        format!(r#""square","targets":{matrix}"#),
        r#""cross-entropy","labels":[0,9]"#.into(),
        r#""hinge","labels":[]"#.into(),
        format!(r#""mean-square","targets":{matrix}"#),
        format!(r#""cross-entropy","targets":{matrix}"#),
        format!(r#""binary-cross-entropy","targets":{matrix}"#),
    ];
    for (index, (criterion, data)) in criteria().zip(data).enumerate() {
        for (claim, version) in
            [(Claim::Connected, 1), (Claim::Descends, 1), (Claim::Unbounded, 1), (Claim::Barrier, 2)]
        {
            let weights =
                Matrix::new(1, 1, Integer::new("1").unwrap(), vec![vec![Integer::new("2").unwrap()]]).unwrap();
            let weighted = LossRecord { criterion: criterion.clone(), weights: Some(weights) };
            let column = r#","weights":{"rows":1,"cols":1,"den":"1","num":[["2"]]}"#;
            let alike = if index < 3 { version } else { 3 };
            for (loss, version, weights) in [(criterion.clone().into(), alike, ""), (weighted, 3, column)] {
                let written = written(loss, claim);
                assert!(written.contains(&format!(r#""version":{version},"claim":"{claim}""#)), "{written}");
                assert!(written.ends_with(&format!("\"loss\":{{\"name\":{data}{weights}}}}}\n")), "{written}");
                // In no other version is it read.
                for other in (0..5).filter(|other| *other != version) {
                    let text = written.replace(&format!("\"version\":{version}"), &format!("\"version\":{other}"));
                    match fault(text.trim_end()) {
                        Fault::Version { found, expected, reason, .. } => {
                            assert_eq!((found, expected, reason.is_some()), (other, version, version == 3));
                        }
                        fault => panic!("{fault}"),
                    }
                }
            }
        }
    }
}

/// What a path needs beyond version 2 is said in its problem, or left out, and gives it version 3.
#[test]
fn moves_of_version_3_are_announced() {
    for (key, reason) in [("equal_inputs", "equal inputs"), ("rescales", "a rescale"), ("columns", "columns")] {
        let announced = problem("null}", &format!("null,\"{key}\":true}}"));
        let version = Fault::Version { found: 1, claim: Claim::Connected, reason: Some(reason.into()), expected: 3 };
        assert_eq!(fault(&announced), version);
        let records = read(announced.replace(":1,\"claim\"", ":3,\"claim\"").as_bytes());
        assert!(records.unwrap_err().is_incomplete(), "{key}");
        assert!(malformed(&announced.replace("true", "false")).contains("expected true, or to be left out"));
    }
    assert!(malformed(r#"{"record":"rescale","layer":"1"}"#).contains("expected usize"));
    assert!(malformed(r#"{"record":"rescale","layer":1,"by":2}"#).starts_with("unknown field `by`"));
    assert!(malformed(r#"{"record":"rescale"}"#).starts_with("missing field `layer`"));
}

#[test]
fn conformance_vectors_survive_reading_and_writing() {
    for (name, path) in vectors() {
        let text = fs::read(&path).unwrap();
        let records = match read(&text) {
            Ok(records) => records,
            Err(error) => {
                assert!(name.starts_with("incomplete") && error.is_incomplete(), "{name}: {error}");
                continue;
            }
        };
        let written = write(&records);
        let plain = |text: &[u8]| String::from_utf8(text.to_vec()).unwrap().replace(' ', "");
        assert_eq!(plain(&written), plain(&text), "{name}");
    }
}

#[test]
fn a_cut_at_any_byte_is_incomplete() {
    let records = read(&fs::read(vector("valid-ray-relu-stays-off")).unwrap()).unwrap();
    let Record::Problem(mut problem) = records[0].clone() else { panic!() };
    problem.statement = "two bytes: λ".into();
    let text = write(&[&[Record::Problem(problem)], &records[1..]].concat());
    let length = text.len();
    for cut in 0..length - 1 {
        let error = read(&text[..cut]).unwrap_err();
        assert!(matches!(error.fault, Fault::CutOff | Fault::MissingEnd), "cut at {cut}: {error}");
    }
    assert!(read(&text[..length - 1]).is_ok(), "the last line break may be missing");
}

#[test]
fn malformed_numbers_and_matrices_are_named() {
    let swap = |from: &str, to: &str| malformed(&line(&MATRIX.replace(from, to)));
    for number in ["+1", "01", "-0", "", "1.0", "1/2"] {
        let expected = format!("`{number}` is not a canonical integer");
        assert!(swap(r#""1""#, &format!("\"{number}\"")).starts_with(&expected));
        assert!(swap(r#""6""#, &format!("\"{number}\"")).starts_with(&expected));
    }
    assert!(swap(r#""1""#, "1").contains("expected a number in a string"));
    assert_eq!(swap(r#""6""#, r#""0""#), "the denominator `0` of a matrix is not positive");
    assert_eq!(swap(r#""6""#, r#""-6""#), "the denominator `-6` of a matrix is not positive");
    assert_eq!(swap(r#""rows":1"#, r#""rows":2"#), "a matrix says 2 rows and has 1");
    assert_eq!(swap(r#","-2""#, ""), "row 0 of a matrix should have 2 entries and has 1");
    assert!(swap(r#""rows":1"#, r#""rows":-1"#).contains("invalid value: integer `-1`"));
    assert!(swap(r#""rows":1"#, r#""rows":1.0"#).contains("floating point"));
    for fraction in ["1/1", "2/-3", "0.5", "1/0"] {
        let message = malformed(&problem(r#""1/100""#, &format!("\"{fraction}\"")));
        assert!(message.starts_with(&format!("`{fraction}` is not a canonical fraction")), "{message}");
    }
}

#[test]
fn keys_are_known_single_and_complete() {
    let known = line(MATRIX);
    assert!(read(format!("{known}\n{{\"record\":\"end\",\"moves\":1}}").as_bytes()).is_ok());
    let swap = |from: &str, to: &str| malformed(&known.replacen(from, to, 1));
    assert!(swap(r#""layers""#, r#""note":1,"layers""#).starts_with("unknown field `note`"));
    assert!(swap(r#""weight""#, r#""wieght""#).starts_with("unknown field `wieght`"));
    assert!(swap(r#""rows""#, r#""x":0,"rows""#).starts_with("unknown field `x`"));
    assert!(swap(r#""rows""#, r#""rows":1,"rows""#).starts_with("duplicate field `rows`"));
    assert!(swap(r#""record""#, r#""record":"line","record""#).starts_with("duplicate field `record`"));
    assert!(swap(r#""record":"line","#, "").starts_with("missing field `record`"));
    assert!(swap(r#""den":"6","#, "").starts_with("missing field `den`"));
    assert!(swap(r#""weight""#, &format!(r#""weight":{MATRIX},"weight""#)).starts_with("duplicate field `weight`"));
    let twice = format!(r#""1":{{"bias":{MATRIX}}},"1""#);
    assert_eq!(swap(r#""1""#, &twice), "duplicate layer `1`");
    for key in ["0", "-1", "99999999999999999999999"] {
        assert_eq!(swap(r#""1""#, &format!("\"{key}\"")), format!("`{key}` is not a layer number"));
    }
    for key in ["01", "+1", "1 ", ""] {
        assert!(swap(r#""1""#, &format!("\"{key}\"")).contains("is not a canonical integer"));
    }
    assert!(swap(MATRIX, "null").contains("null"));
    assert!(swap(&format!("{{\"weight\":{MATRIX}}}"), "{}").contains("neither `weight` nor `bias`"));
    assert!(malformed(&problem(r#""loss":null"#, r#""claim":"connected""#)).starts_with("duplicate field"));
    assert!(malformed(&problem(r#","loss":null"#, "")).starts_with("missing field `loss`"));
    assert!(malformed(&problem("connected", "proved")).starts_with("unknown variant `proved`"));
    assert!(malformed(&problem("null", r#"{"name":"zero"}"#)).starts_with("unknown variant `zero`"));
    let loss = |text: &str| malformed(&problem("null", text));
    assert!(loss(r#"{"name":"hinge","labels":[0],"target":1}"#).starts_with("unknown field `target`"));
    for (name, misfit) in [
        (r#""hinge""#, "`labels` and no `targets`"),
        (r#""square""#, "`targets` and no `labels`"),
        (r#""mean-square""#, "`targets` and no `labels`"),
        (r#""binary-cross-entropy""#, "`targets` and no `labels`"),
        (r#""cross-entropy""#, "either `labels` or `targets`"),
    ] {
        let message = format!("the loss `{}` has {misfit}", name.trim_matches('"'));
        assert_eq!(loss(&format!(r#"{{"name":{name}}}"#)), message);
        assert_eq!(loss(&format!(r#"{{"name":{name},"labels":[0],"targets":{MATRIX}}}"#)), message);
    }
    assert!(loss(r#"{"name":"hinge","labels":[0],"weights":null}"#).starts_with("invalid type: null"));
    assert!(loss(r#"{"name":"hinge","labels":[0],"weights":["1"]}"#).starts_with("invalid type: sequence"));
    assert!(loss(r#"{"labels":[0]}"#).starts_with("missing field `name`"));
    assert!(loss(r#"{"name":"hinge","labels":[0],"labels":[1]}"#).starts_with("duplicate field `labels`"));
    assert!(loss(r#"{"name":"hinge","name":"hinge","labels":[0]}"#).starts_with("duplicate field `name`"));
    assert!(loss(r#"{"name":"hinge","labels":[-1]}"#).contains("invalid value"));
    assert!(loss(r#"["hinge",[0]]"#).contains("invalid type: sequence"));
}

#[test]
fn a_list_is_not_taken_for_an_object() {
    assert!(malformed(&line(r#"[1,2,"6",[["1","-2"]]]"#)).contains("invalid type: sequence"));
    assert!(malformed(r#"["end",3]"#).contains("invalid type: sequence"));
    assert!(malformed(&format!(r#"{{"record":"line","layers":[{MATRIX}]}}"#)).contains("invalid type: sequence"));
    assert!(malformed(&problem(r#"{"breakpoints":["0"],"#, r#"[["0"],"#)).contains("expected"));
}

#[test]
fn faults_of_whole_lines() {
    assert_eq!(fault(""), Fault::BlankLine);
    assert_eq!(fault(" \t\r"), Fault::BlankLine);
    assert_eq!(fault(r#"{"record":"jump"}"#), Fault::UnknownRecord { found: "jump".into() });
    assert_eq!(fault(&problem("sublevel-path", "other")), Fault::Format { found: "other".into() });
    assert_eq!(
        fault(&problem(":1,", ":2,")),
        Fault::Version { found: 2, claim: Claim::Connected, reason: None, expected: 1 }
    );
    let barrier = fault(&problem("connected", "barrier"));
    assert_eq!(barrier, Fault::Version { found: 1, claim: Claim::Barrier, reason: None, expected: 2 });
    assert!(malformed(&problem(":1,", ":1.0,")).contains("floating point"));
    // Cut off in the middle, but further lines follow: no incomplete file, a broken one.
    assert!(malformed(r#"{"record":"line","#).starts_with("EOF while parsing"));
    assert_eq!(malformed(r#"{"record":"end","moves":0}{}"#), "trailing characters");
    assert_eq!(read(b"{\"record\":\"\xff\"}\n"), Err(ReadError { line: 1, fault: Fault::NotUtf8 { byte: 12 } }));
    // A character cut off is a cut only at the end of the file.
    assert_eq!(read(b"{\"record\":\"\xe2\x82\n"), Err(ReadError { line: 1, fault: Fault::NotUtf8 { byte: 12 } }));
    assert_eq!(read(b"{\"record\":\"\xe2\x82"), Err(ReadError { line: 1, fault: Fault::CutOff }));
    let end = "{\"record\":\"end\",\"moves\":0}\n";
    for trailing in [end, "\n", "x", " "] {
        let error = read(format!("{end}{trailing}").as_bytes()).unwrap_err();
        assert_eq!(error, ReadError { line: 2, fault: Fault::TrailingData });
        assert!(!error.is_incomplete());
    }
    assert_eq!(read(b""), Err(ReadError { line: 1, fault: Fault::MissingEnd }));
}

/// One value has one text, but for a blank behind a colon or a comma, as many a JSON library writes it.
#[test]
fn other_spellings_are_malformed() {
    let spaced = fs::read_to_string(vector("valid-ray-relu-stays-off")).unwrap();
    let text = spaced.replace("\": ", "\":").replace(", \"", ",\"");
    assert_ne!(spaced, text);
    assert_eq!(read(spaced.as_bytes()), read(text.as_bytes()));
    // Cut off anywhere, it is incomplete.
    for end in 1..spaced.len() - 1 {
        assert!(read(&spaced.as_bytes()[..end]).unwrap_err().is_incomplete(), "{}", &spaced[..end]);
    }
    let escape = "an escape; only the value of `statement` may have one";
    let blank = "a blank; there may be one behind `:` or `,` and nowhere else";
    let known = line(MATRIX);
    for (from, to, message) in [
        (r#""rows""#, r#""r\u006fws""#, escape),
        (r#""1""#, r#""\u0031""#, escape),
        (r#"{"record""#, r#" {"record""#, blank),
        (r#"{"record""#, r#"{ "record""#, blank),
        (r#""record":"#, r#""record" :"#, blank),
        (r#""record":"#, r#""record":  "#, blank),
        (r#""record":"#, "\"record\":\t", blank),
        ("}}}}", "}}}} ", blank),
        ("}}}}", "}}}}\r", "a carriage return; a line ends with a line feed alone"),
    ] {
        assert!(known.contains(from), "{from}");
        assert_eq!(malformed(&known.replacen(from, to, 1)), message, "{to:?}");
    }
    let labelled = |label: &str| problem(r#""statement":"s""#, &format!(r#""statement":"{label}""#));
    assert!(read(labelled(r#"\"\\\u00e9 x"#).as_bytes()).unwrap_err().is_incomplete());
    for claim in [r#"{"connected":null}"#, r#"["connected"]"#, "0", "null"] {
        assert!(malformed(&problem(r#""connected""#, claim)).starts_with("invalid type"), "{claim}");
    }
}

#[test]
fn compressed_files_are_read_as_they_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = fs::read(vector("valid-ray-relu-stays-off")).unwrap();
    let load = |name: &str| {
        let mut reader = open(folder.path().join(name))?;
        std::iter::from_fn(|| reader.next_record().transpose()).collect::<Result<Vec<_>, _>>()
    };
    let compressed = zstd::encode_all(&bytes[..], 3).unwrap();
    fs::write(folder.path().join("a.path.jsonl.zst"), &compressed).unwrap();
    assert_eq!(load("a.path.jsonl.zst"), read(&bytes));
    // It is known by how it begins.
    fs::write(folder.path().join("renamed.path.jsonl"), &compressed).unwrap();
    assert_eq!(load("renamed.path.jsonl"), read(&bytes));
    // One that is cut off is incomplete like any other.
    fs::write(folder.path().join("cut.zst"), &compressed[..compressed.len() / 2]).unwrap();
    assert!(load("cut.zst").unwrap_err().is_incomplete());
    assert!(matches!(load("absent").unwrap_err(), ReadError { line: 0, fault: Fault::Io { .. } }));
}

/// A graph with a block of every kind.
fn graph() -> GraphRecord {
    let fraction = |text: &str| Fraction::new(text).unwrap();
    let relu = ActivationRecord {
        breakpoints: vec![fraction("0")],
        slopes: vec![fraction("0"), fraction("1")],
        value: fraction("0"),
    };
    let smooth = [
        SmoothRecord::Sigmoid,
        SmoothRecord::Tanh,
        SmoothRecord::Softplus { gamma: fraction("20") },
        SmoothRecord::Elu { alpha: fraction("1/2") },
    ];
    let activations = smooth.map(NonlinearityRecord::from).into_iter().chain([relu.into()]);
    let filters = activations.enumerate().map(|(k, activation)| BlockRecord {
        from: vec![k, 0],
        patches: (k > 0).then(|| vec![vec![0, 1], vec![1, 1]].into()),
        rule: BlockRule::Filters { filters: k + 1, tied: k % 2 == 1, activation },
    });
    let pools = [Pool::Max, Pool::Sum, Pool::Mean].map(|pool| BlockRecord {
        from: vec![5],
        patches: None,
        rule: BlockRule::Pool { pool },
    });
    let windows = Windows { image: [2, 3, 4], planes: true, kernel: [2, 1], stride: [1, 3], padding: [0, 1, 2, 3] };
    let unit_wise = [
        BlockRecord { from: vec![0], patches: Some(windows.into()), rule: BlockRule::Pool { pool: Pool::Max } },
        BlockRecord { from: vec![1, 1], patches: None, rule: BlockRule::Sum { activation: SmoothRecord::Tanh.into() } },
        BlockRecord {
            from: vec![1],
            patches: None,
            rule: BlockRule::Normalise { normalise: 1, epsilon: fraction("1/100000") },
        },
    ];
    GraphRecord {
        inputs: 2,
        blocks: filters.chain(pools).chain(unit_wise).collect(),
        skips: vec![[0, 1], [8, 0]],
        outputs: 3,
        bias: true,
    }
}

#[test]
fn graphs_survive_writing_and_reading() {
    let matrix = || Matrix::new(1, 1, Integer::new("6").unwrap(), vec![vec![Integer::new("-5").unwrap()]]).unwrap();
    let problem = |claim| {
        Record::Graph(GraphProblemRecord {
            claim,
            statement: "γ, \"quoted\"".into(),
            graph: graph(),
            inputs: matrix(),
            loss: LossRecord { criterion: Criterion::Hinge { labels: vec![0] }, weights: Some(matrix()) },
            bits: u64::MAX,
        })
    };
    let layer = Layer { weight: Some(matrix()), ..Layer::default() };
    let object = object::Independent {
        graph: graph(),
        inputs: matrix(),
        layers: [(1, layer)].into(),
        right_inverse: matrix(),
        bits: 0,
    };
    let object = Object::Independent(Box::new(object));
    let layers = || [(1, Layer { weight: Some(matrix()), ..Layer::default() })].into();
    let strict = |kernel| {
        let object = object::NoStrictMinimum { graph: graph(), inputs: matrix(), kernel };
        Record::Object { statement: "s".into(), object: Object::NoStrictMinimum(Box::new(object)) }
    };
    let maximum = |step| {
        let loss = LossRecord { criterion: Criterion::Hinge { labels: vec![0] }, weights: Some(matrix()) };
        let (feature, output, bits) = (1, 2, 3);
        let object =
            object::NoMaximum { graph: graph(), inputs: matrix(), layers: layers(), loss, feature, output, step, bits };
        Record::Object { statement: "s".into(), object: Object::NoMaximum(Box::new(object)) }
    };
    for object in [
        strict(None),
        strict(Some(object::KernelVector { layers: layers(), vector: matrix() })),
        maximum(None),
        maximum(Some(Fraction::new("1/2").unwrap())),
    ] {
        let records = vec![object, Record::End { moves: 0 }];
        assert_eq!(read(&write(&records)), Ok(records));
    }
    let claims = [Claim::Connected, Claim::Descends, Claim::StrictlyDescends, Claim::Unbounded, Claim::Barrier];
    let mut records: Vec<Record> = claims.map(problem).into();
    records.extend([Record::Object { statement: "s".into(), object }, Record::End { moves: 0 }]);
    assert_eq!(read(&write(&records)), Ok(records));
}

/// Text that has been written, with a part exchanged.
#[test]
fn malformed_graphs_are_named() {
    let sigmoid = |name: &str| format!(r#"{{"from":[0],"patches":[[0]],"filters":1,"tied":true,"activation":{name}}}"#);
    let problem = |block: &str, from: &str, to: &str| {
        let text = format!(
            r#"{{"record":"graph","format":"sublevel-path","version":3,"claim":"connected","statement":"s","graph":{{"inputs":1,"blocks":[{block}],"skips":[[1,0]],"outputs":1,"bias":false}},"inputs":{MATRIX},"loss":{{"name":"hinge","labels":[0]}},"bits":64}}"#
        );
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    };
    let whole = sigmoid(r#"{"name":"sigmoid"}"#);
    let swap = |from: &str, to: &str| problem(&whole, from, to);
    assert!(read(format!("{}\n{{\"record\":\"end\",\"moves\":0}}\n", swap("", "")).as_bytes()).is_ok());
    assert_eq!(fault(&swap("sublevel-path", "other")), Fault::Format { found: "other".into() });
    let reason = Some("a graph".into());
    let version = Fault::Version { found: 2, claim: Claim::Connected, reason, expected: 3 };
    assert_eq!(fault(&swap(r#""version":3"#, r#""version":2"#)), version);
    // Every key is known, single and there.
    for key in ["claim", "statement", "graph", "inputs", "loss", "bits", "blocks", "skips", "outputs", "bias", "from"] {
        let quoted = format!("\"{key}\":");
        let known = swap(&quoted, "\"other\":");
        assert!(malformed(&known).starts_with("unknown field `other`"), "{key}: {}", malformed(&known));
        let missing = known.replacen("\"other\":", &quoted, 1);
        assert_eq!(missing, swap("", ""));
    }
    for (from, message) in [
        (r#","bits":64"#, "missing field `bits`"),
        (r#","outputs":1"#, "missing field `outputs`"),
        (r#","bias":false"#, "missing field `bias`"),
        (r#","skips":[[1,0]]"#, "missing field `skips`"),
        (r#""from":[0],"#, "missing field `from`"),
        (r#","loss":{"name":"hinge","labels":[0]}"#, "missing field `loss`"),
    ] {
        assert!(malformed(&swap(from, "")).starts_with(message), "{from}: {}", malformed(&swap(from, "")));
    }
    assert!(malformed(&swap(r#""bits":64"#, r#""bits":64,"bits":65"#)).starts_with("duplicate field `bits`"));
    assert!(malformed(&swap(r#""bits":64"#, r#""bits":-1"#)).contains("invalid value"));
    assert!(malformed(&swap(r#""bits":64"#, r#""bits":18446744073709551616"#)).contains("invalid"));
    assert!(malformed(&swap(r#"{"name":"hinge","labels":[0]}"#, "null")).contains("null"));
    malformed(&swap("[[1,0]]", "[[1,0,0]]"));
    assert!(malformed(&swap("[[1,0]]", "[[1]]")).contains("invalid length"));
    assert!(malformed(&swap(r#""from":[0]"#, r#""from":[-1]"#)).contains("invalid value"));
    assert!(malformed(&swap(r#""patches":[[0]]"#, r#""patches":null"#)).contains("null"));
    for (part, message) in [
        (r#""planes":true"#, "missing field `planes`"),
        (r#""kernel":[1,1]"#, "missing field `kernel`"),
        (r#""padding":[0,0,0,0]"#, "missing field `padding`"),
    ] {
        let windows = r#"{"image":[1,1,1],"planes":true,"kernel":[1,1],"stride":[1,1],"padding":[0,0,0,0]}"#;
        let windowed =
            whole.replace("[[0]]", &windows.replace(&format!("{part},"), "").replace(&format!(",{part}"), ""));
        assert!(malformed(&problem(&windowed, "", "")).starts_with(message), "{part}");
    }
    // Filters or a pool, and all that belongs to filters; sums and normalisation have no patches.
    let either = "a block has `filters`, `tied` and `activation`, or `pool`";
    for block in [
        whole.replace(r#""filters":1,"#, ""),
        whole.replace(r#""tied":true,"#, ""),
        whole.replace(r#","activation":{"name":"sigmoid"}"#, ""),
        whole.replace(r#""tied":true"#, r#""tied":true,"pool":"max""#),
        r#"{"from":[0]}"#.into(),
        r#"{"from":[0],"pool":"max","tied":true}"#.into(),
        r#"{"from":[0],"pool":"max","filters":1}"#.into(),
        r#"{"from":[0],"patches":[[0]],"activation":{"name":"sigmoid"}}"#.into(),
        r#"{"from":[0],"patches":[[0]],"normalise":1,"epsilon":"1"}"#.into(),
        r#"{"from":[0],"normalise":1}"#.into(),
        r#"{"from":[0],"normalise":1,"epsilon":"1","activation":{"name":"sigmoid"}}"#.into(),
    ] {
        assert!(malformed(&problem(&block, "", "")).starts_with(either), "{block}");
    }
    let pool = |name: &str| problem(&format!(r#"{{"from":[0],"pool":{name}}}"#), "", "");
    assert!(malformed(&pool(r#""least""#)).starts_with("unknown variant `least`"));
    malformed(&pool("null"));
    assert!(malformed(&problem("[[0],1,true]", "", "")).contains("invalid type: sequence"));
    // An activation has a name and what belongs to it, or pieces.
    let activation = |text: &str| malformed(&problem(&sigmoid(text), "", ""));
    for text in [
        r#"{"name":"softplus"}"#,
        r#"{"name":"softplus","alpha":"1"}"#,
        r#"{"name":"softplus","gamma":"1","alpha":"1"}"#,
        r#"{"name":"sigmoid","gamma":"1"}"#,
        r#"{"name":"tanh","alpha":"1"}"#,
        r#"{"name":"elu"}"#,
        r#"{"name":"elu","gamma":"1"}"#,
        r#"{"name":"swish"}"#,
        r#"{"name":"sigmoid","breakpoints":["0"]}"#,
        r#"{"breakpoints":["0"],"slopes":["0","1"]}"#,
        r#"{}"#,
    ] {
        assert!(activation(text).starts_with("an activation has `breakpoints`, `slopes` and `value`, or"), "{text}");
    }
    assert!(activation(r#"{"name":"softplus","gamma":"-0"}"#).contains("is not a canonical fraction"));
    assert!(activation(r#"{"name":"softplus","gamma":20}"#).contains("a number in a string"));
    assert!(activation(r#"{"name":"softplus","gamma":null}"#).contains("null"));
    assert!(activation(r#"{"name":"sigmoid","beta":"1"}"#).starts_with("unknown field `beta`"));
    assert!(activation(r#"{"name":"sigmoid","name":"tanh"}"#).starts_with("duplicate field `name`"));
    // Not positive is no matter of the format.
    let negative = problem(&sigmoid(r#"{"name":"softplus","gamma":"-20"}"#), "", "");
    assert!(read(format!("{negative}\n{{\"record\":\"end\",\"moves\":0}}\n").as_bytes()).is_ok());
}

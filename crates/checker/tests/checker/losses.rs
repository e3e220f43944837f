//! Every loss of the format: its vectors, each with the exact answer, and what a certificate says of its own loss.
//!
//! The vectors in `tests/data/losses` are linear networks at x = 0 and 1, made by a program that shares nothing with this
//! project; the losses at their ends below are its doubles.

use crate::{build::*, check_bytes, check_text, oracle::loss_of, vectors_in};
use crate::{
    certificate::{Claim, Criterion, Fault, LossRecord, Reader, Record},
    checker::*,
};
use num_bigint::BigInt;
use num_traits::ToPrimitive;
use serde_json::Value;
use std::{f64::consts::LN_2, fs};
use sublevel_checker::Rational;

fn vectors() -> Vec<(String, String)> {
    let read = |(name, path)| (name, fs::read_to_string(path).unwrap());
    let vectors: Vec<_> = vectors_in("losses").into_iter().map(read).collect();
    assert_eq!(vectors.len(), 43);
    vectors
}

fn valid() -> Vec<(String, String)> {
    vectors().into_iter().filter(|(name, _)| name.starts_with("valid-")).collect()
}

/// How a path descends, and the losses at its ends.
fn proved(name: &str) -> (Conclusion, [f64; 2]) {
    use Descent::*;
    let descends = |descent, ends| (Conclusion::Descends(descent), ends);
    let barrier = |bound: [i64; 2], ends| (Conclusion::Barrier(Rational::new(bound[0].into(), bound[1].into())), ends);
    match name {
        "valid-mean-square-descends" => descends(NeverRises, [16.0625, 0.0]),
        "valid-soft-labels-descend" => descends(NeverRises, [LN_2, 0.445094849]),
        "valid-binary-descends" => descends(NeverRises, [1.220094849, 0.165705808]),
        // It falls to 0.6184 and rises again.
        "valid-binary-soft-targets-descend" => descends(StaysBelowStart, [1.423587352, 0.619910318]),
        "valid-weighted-cross-entropy-descends" => descends(NeverRises, [LN_2, 0.563261688]),
        "valid-weighted-hinge-descends" => descends(NeverRises, [1.0, 0.617647059]),
        "valid-weighted-square-descends" => descends(NeverRises, [32.0, 6.5]),
        "valid-weighted-mean-square-descends" => descends(NeverRises, [15.157894737, 1.421052632]),
        // It falls to 0.5285 and rises again.
        "valid-weighted-soft-labels-descend" => descends(StaysBelowStart, [0.537189065, 0.529909663]),
        "valid-weighted-binary-descends" => descends(NeverRises, [0.753204434, 0.586537767]),
        "valid-mean-square-connects" => (Conclusion::Connected, [4.5, 4.5]),
        "valid-soft-labels-connect" => (Conclusion::Connected, [1.298587352, 1.798587352]),
        "valid-binary-connects" => (Conclusion::Connected, [1.308367266, 0.915705808]),
        "valid-mean-square-barrier" => barrier([91, 10], [9.0, 1.0]),
        "valid-binary-barrier" => barrier([607, 500], [1.213261688, 0.620094849]),
        "valid-soft-labels-barrier" => barrier([5, 2], [1.902570681, 0.974566026]),
        other => panic!("no conclusion is written down for {other}"),
    }
}

fn refused(name: &str) -> (usize, Rule, Rejection) {
    let problem = |rejection| (1, Rule::Problem, rejection);
    let shape = |part, expected, found| problem(Rejection::Shape { part, expected, found });
    let target =
        |output, found: &str, expected| problem(Rejection::Target { sample: 1, output, found: found.into(), expected });
    match name {
        "invalid-weights-of-another-count" => shape(Part::SampleWeights, (2, 1), (3, 1)),
        "invalid-weights-in-a-row" => shape(Part::SampleWeights, (2, 1), (1, 2)),
        "invalid-weight-negative" => problem(Rejection::NegativeWeight { sample: 1 }),
        "invalid-weights-zero" => problem(Rejection::ZeroWeights),
        "invalid-weights-not-lowest-terms" => problem(Rejection::NotInLowestTerms { part: Part::SampleWeights }),
        "invalid-soft-label-negative" => target(1, "-1/2", "of at least 0"),
        "invalid-target-above-one" => target(0, "3/2", "from 0 to 1"),
        "invalid-target-below-zero" => target(1, "-1/9", "from 0 to 1"),
        "invalid-targets-of-another-shape" => shape(Part::Targets, (2, 2), (2, 1)),
        "invalid-mean-square-over-a-peak" => (3, Rule::Claim, Rejection::LossAboveEnds),
        name if name.ends_with("-barrier") => (3, Rule::Bounded, Rejection::AboveBound),
        name if name.contains("-rise") => (3, Rule::Claim, Rejection::LossAboveStart),
        other => panic!("no rejection is written down for {other}"),
    }
}

/// What is wrong with the form of a problem.
fn malformed(name: &str) -> Option<Result<Fault, &'static str>> {
    use Claim::{Barrier, Descends};
    let version = |found, claim, loss: Option<&str>, expected| {
        Some(Ok(Fault::Version { found, claim, reason: loss.map(|loss| format!("the loss `{loss}`")), expected }))
    };
    match name {
        "invalid-mean-square-in-version-1" => version(1, Descends, Some("mean-square"), 3),
        "invalid-soft-labels-in-version-1" => version(1, Descends, Some("cross-entropy with soft labels"), 3),
        "invalid-binary-barrier-in-version-2" => version(2, Barrier, Some("binary-cross-entropy"), 3),
        "invalid-weights-in-version-1" => version(1, Descends, Some("weighted cross-entropy"), 3),
        "invalid-square-in-version-3" => version(3, Descends, None, 1),
        "invalid-hinge-barrier-in-version-3" => version(3, Barrier, None, 2),
        "invalid-labels-and-targets" => Some(Err("the loss `cross-entropy` has either `labels` or `targets`")),
        "invalid-labels-for-mean-square" => Some(Err("the loss `mean-square` has `targets` and no `labels`")),
        "invalid-weights-null" => Some(Err("invalid type: null")),
        _ => None,
    }
}

#[test]
fn every_vector_gets_its_verdict() {
    for (name, text) in vectors() {
        match (check_text(&text), malformed(&name)) {
            (Verdict::Valid(statement), None) => {
                let (conclusion, ends) = proved(&name);
                assert_eq!(statement.conclusion, conclusion, "{name}");
                let losses = statement.losses.unwrap();
                assert_eq!(losses.of, statement.scope, "{name}: for the named loss only");
                for (Enclosure { lower, upper }, double) in [losses.start, losses.end].iter().zip(ends) {
                    let near = |number: &Rational| (number.ratio().to_f64().unwrap() - double).abs() < 6e-10;
                    assert!(lower <= upper && near(lower) && near(upper), "{name}: {lower} {upper} {double}");
                }
            }
            (Verdict::Invalid { record: 1, rule: Rule::Format, rejection }, Some(expected)) => {
                let Rejection::Malformed(error) = rejection else { panic!("{name}: {rejection}") };
                match (error.fault, expected) {
                    (fault, Ok(expected)) => assert_eq!(fault, expected, "{name}"),
                    (Fault::Malformed { message, .. }, Err(start)) => assert!(message.starts_with(start), "{message}"),
                    (fault, _) => panic!("{name}: {fault}"),
                }
            }
            (Verdict::Invalid { record, rule, rejection }, None) => {
                assert_eq!((record, rule, rejection), refused(&name), "{name}");
            }
            (verdict, _) => panic!("{name}: {verdict}"),
        }
    }
}

/// A certificate's loss, as it says itself.
fn loss(text: &str) -> LossRecord {
    match Reader::new(text.as_bytes()).next_record() {
        Ok(Some(Record::Problem(problem))) => problem.loss.unwrap(),
        other => panic!("{other:?}"),
    }
}

/// With the user's own loss beside it, no number and no name of a certificate's loss can be another one.
#[test]
fn a_changed_loss_is_refused() {
    for (name, text) in valid() {
        let expected = Expected { loss: Some(loss(&text)), ..Expected::default() };
        assert!(matches!(check_bytes(text.as_bytes(), &expected), Verdict::Valid(_)), "{name}");
        let mut lines: Vec<&str> = text.lines().collect();
        let problem: Value = serde_json::from_str(lines.remove(0)).unwrap();
        let refuse = |mutant: Value, what: &str| {
            let text = [vec![&*mutant.to_string()], lines.clone()].concat().join("\n");
            match check_bytes(text.as_bytes(), &expected) {
                Verdict::Invalid { record: 1, rejection, .. } => rejection,
                verdict => panic!("{name}, {what}: {verdict}"),
            }
        };
        let numbers = |value: &Value| -> Vec<String> {
            let mut found = vec![];
            let mut open = vec![("/loss".to_owned(), value)];
            while let Some((place, value)) = open.pop() {
                match value {
                    Value::Object(map) => open.extend(map.iter().map(|(key, value)| (format!("{place}/{key}"), value))),
                    Value::Array(list) => {
                        open.extend(list.iter().enumerate().map(|(i, value)| (format!("{place}/{i}"), value)));
                    }
                    _ if !place.ends_with("/name") => found.push(place),
                    _ => {}
                }
            }
            found
        };
        let places = numbers(&problem["loss"]);
        assert!(places.len() >= 2, "{name}");
        for place in places {
            let mut mutant = problem.clone();
            let value = mutant.pointer_mut(&place).unwrap();
            *value = match &*value {
                Value::Number(label) => (1 - label.as_i64().unwrap()).into(),
                Value::String(digits) => (digits.parse::<BigInt>().unwrap() + BigInt::from(1)).to_string().into(),
                other => panic!("{other}"),
            };
            refuse(mutant, &place);
        }
        for other in ["square", "mean-square", "cross-entropy", "binary-cross-entropy", "hinge"] {
            for version in 1..=3 {
                let mut mutant = problem.clone();
                if problem["loss"]["name"] != other {
                    (mutant["loss"]["name"], mutant["version"]) = (other.into(), version.into());
                    refuse(mutant, other);
                }
            }
        }
        if problem["loss"]["weights"].is_object() {
            let mut mutant = problem.clone();
            mutant["loss"].as_object_mut().unwrap().remove("weights");
            refuse(mutant.clone(), "without weights");
            // Nor in the version that the loss has then.
            if is_old(&loss(&text).criterion) {
                mutant["version"] = 1.into();
                assert_eq!(refuse(mutant, "without weights"), Rejection::LossDiffers, "{name}");
            }
        }
    }
}

/// Whether it is a criterion of versions 1 and 2.
fn is_old(criterion: &Criterion) -> bool {
    LossRecord::from(criterion.clone()).version() == 1
}

/// Along the moves of a vector the loss is where its verdict says: in plain fractions and doubles.
#[test]
fn the_second_opinion_agrees_on_the_losses() {
    for (name, text) in valid() {
        let mut reader = Reader::new(text.as_bytes());
        let mut networks = vec![];
        let loss = loss(&text);
        while let Some(record) = reader.next_record().unwrap() {
            if let Record::Start { layers } | Record::Line { layers } | Record::Bounded { layers, .. } = record {
                let row = |matrix: &Option<crate::certificate::Matrix>| -> Vec<Rational> {
                    let matrix = matrix.as_ref().unwrap();
                    let den: BigInt = matrix.den.as_str().parse().unwrap();
                    let entry = |entry: &crate::certificate::Integer| {
                        Rational::new(entry.as_str().parse().unwrap(), den.clone())
                    };
                    matrix.num[0].iter().map(entry).collect()
                };
                networks.push((row(&layers[&1].weight), row(&layers[&1].bias)));
            }
        }
        let losses = |(from, to): (&(Vec<_>, Vec<_>), &(Vec<_>, Vec<_>))| -> Vec<f64> {
            let at = |k: i64| {
                let lambda = Rational::new(k.into(), 64.into());
                let between = |a: &Vec<Rational>, b: &Vec<Rational>| -> Vec<Rational> {
                    a.iter().zip(b).map(|(a, b)| a + &lambda * (b - a)).collect()
                };
                let (weight, bias) = (between(&from.0, &to.0), between(&from.1, &to.1));
                let sum = weight.iter().zip(&bias).map(|(weight, bias)| weight + bias).collect();
                loss_of(&loss, &vec![bias, sum]).ratio().to_f64().unwrap()
            };
            (0..=64).map(at).collect()
        };
        let losses: Vec<f64> = networks.iter().zip(&networks[1..]).flat_map(losses).collect();
        let largest = losses.iter().copied().fold(f64::MIN, f64::max);
        let (start, end) = (losses[0], losses[losses.len() - 1]);
        let (conclusion, ends) = proved(&name);
        assert!((start - ends[0]).abs() < 1e-8 && (end - ends[1]).abs() < 1e-8, "{name}");
        let holds = match conclusion {
            Conclusion::Connected => largest <= start.max(end) + 1e-12,
            Conclusion::Descends(Descent::NeverRises) => losses.windows(2).all(|pair| pair[1] <= pair[0] + 1e-12),
            Conclusion::Descends(_) => largest <= start && losses.windows(2).any(|pair| pair[1] > pair[0]),
            Conclusion::Barrier(bound) => largest <= bound.ratio().to_f64().unwrap(),
            other => panic!("{other}"),
        };
        assert!(holds, "{name}: {losses:?}");
    }
}

/// The user's labels or targets, without a name of the loss.
#[test]
fn targets_are_those_of_the_loss() {
    let about = |criterion: Criterion, outputs: usize, given: Targets| {
        let layer = if outputs == 1 { both(&[[1]], [0]) } else { both(&[[1, 1]], [0, 0]) };
        let sheet = Sheet::new(relu(), matrix(&[[1], [2]]), [layer], &[]).loss(criterion);
        match sheet.verdict_for(&Expected { targets: Some(given), ..Expected::default() }) {
            Verdict::Valid(statement) => statement.compared.targets == Standing::Compared,
            Verdict::Invalid { record: 1, rule: Rule::Expected, rejection: Rejection::TargetsDiffer } => false,
            other => panic!("{other}"),
        }
    };
    let labels = |labels: [usize; 2]| Targets::Labels(labels.to_vec());
    let values = Targets::Values;
    let units = || matrix(&[[0, 1], [1, 0]]);
    for new in [|targets| Criterion::MeanSquare { targets }, |targets| Criterion::SoftCrossEntropy { targets }] {
        assert!(about(new(units()), 2, labels([1, 0])));
        assert!(!about(new(units()), 2, labels([1, 1])));
        assert!(about(new(units()), 2, values(over(3, &[[0, 3], [3, 0]]))));
        assert!(!about(new(over(2, &[[0, 1], [1, 0]])), 2, labels([1, 0])));
        assert!(!about(new(units()), 2, values(matrix(&[[0, 1], [1, 1]]))));
    }
    let binary = |targets| Criterion::BinaryCrossEntropy { targets };
    assert!(about(binary(matrix(&[[1], [0]])), 1, labels([1, 0])));
    assert!(!about(binary(matrix(&[[1], [0]])), 1, labels([1, 1])));
    assert!(!about(binary(over(2, &[[1], [0]])), 1, labels([1, 0])));
    assert!(!about(binary(matrix(&[[1], [0]])), 1, Targets::Labels(vec![1])));
    assert!(about(binary(matrix(&[[1], [0]])), 1, values(matrix(&[[1], [0]]))));
    assert!(!about(binary(matrix(&[[1], [0]])), 1, values(matrix(&[[1, 0]]))));
    // Labels do not stand for the targets of two outputs.
    assert!(!about(binary(units()), 2, labels([0, 1])));
    assert!(about(binary(units()), 2, values(units())));
}

/// Weights that are all 1 are none, whoever writes them down; others are compared number by number.
#[test]
fn weights_are_compared() {
    let hinge = |weights| LossRecord { criterion: Criterion::Hinge { labels: vec![0, 1] }, weights };
    let verdict = |mine, users: Option<_>| {
        let sheet = Sheet::new(relu(), matrix(&[[1], [2]]), [both(&[[1, 1]], [0, 0])], &[]).loss(hinge(mine));
        sheet.verdict_for(&Expected { loss: users.map(hinge), ..Expected::default() })
    };
    let column = |first, second| Some(matrix(&[[first], [second]]));
    let weighted = |verdict| match verdict {
        Verdict::Valid(statement) => matches!(statement.losses.unwrap().of, Scope::Loss { weighted: true, .. }),
        other => panic!("{other}"),
    };
    assert!(!weighted(verdict(column(1, 1), Some(None))));
    assert!(!weighted(verdict(None, Some(column(1, 1)))));
    assert!(weighted(verdict(column(1, 2), Some(column(1, 2)))));
    assert!(weighted(verdict(column(1, 2), Some(Some(over(7, &[[7], [14]]))))));
    assert!(weighted(verdict(column(1, 2), None)));
    let halves = Some(over(2, &[[1], [2]]));
    for (mine, users) in
        [(column(1, 2), None), (None, column(2, 2)), (column(1, 2), column(2, 1)), (column(1, 2), halves)]
    {
        let differs = Verdict::Invalid { record: 1, rule: Rule::Expected, rejection: Rejection::LossDiffers };
        assert_eq!(verdict(mine, Some(users)), differs);
    }
    // The user's own may be wrong as well.
    let negative =
        Verdict::Invalid { record: 1, rule: Rule::Expected, rejection: Rejection::NegativeWeight { sample: 0 } };
    assert_eq!(verdict(None, Some(column(-1, 2))), negative);
}

/// To sixty digits: ln 2, ln(1 + e), ln(1 + e²).
#[test]
fn losses_have_their_known_values() {
    let digits = |text: &str| {
        let scale = BigInt::from(10).pow(u32::try_from(text.len()).unwrap() - 1);
        Rational::new(text.parse().unwrap(), scale)
    };
    let [ln2, ln_1_e, ln_1_e2] = [
        "0693147180559945309417232121458176568075500134360255254120680",
        "1313261687518222834048995494967855641915280085670348374719064",
        "2126928011042972496443726806358304431434333062808358357550141",
    ]
    .map(digits);
    // Outputs (0, 2) and (1, 2).
    let two = |loss: LossRecord| {
        let sheet = Sheet::new(relu(), matrix(&[[0], [1]]), [both(&[[1, 0]], [0, 2])], &[]).loss(loss);
        sheet.is_valid().losses.unwrap().start
    };
    let number = |numer: i64, denom: i64| Rational::new(numer.into(), denom.into());
    let near = Rational::from(num_rational::BigRational::from_float(2f64.powi(-110)).unwrap());
    let assert_is = |loss: LossRecord, value: Rational| {
        let Enclosure { lower, upper } = two(loss.clone());
        let slack = Rational::from(num_rational::BigRational::from_float(2f64.powi(-180)).unwrap());
        assert!(
            lower <= &value + &slack && value <= &upper + &slack && &upper - &lower < near,
            "{loss:?} {lower} {upper}"
        );
    };
    let weights = |first, second| Some(matrix(&[[first], [second]]));
    let of = |criterion, weights| LossRecord { criterion, weights };
    let squares = || matrix(&[[1, 1], [1, 0]]);
    // ‖·‖²: 1 + 1 and 0 + 4.
    assert_is(of(Criterion::MeanSquare { targets: squares() }, None), number(6, 4));
    assert_is(of(Criterion::MeanSquare { targets: squares() }, weights(3, 1)), number(10, 8));
    assert_is(of(Criterion::Square { targets: squares() }, Some(over(3, &[[3], [1]]))), number(1, 2) * number(10, 3));
    // ln(1 + e²) − 2 t_2 and ln(1 + e) + 1 − t_1 − 2 t_2 for rows that sum to 1.
    let soft = || Criterion::SoftCrossEntropy { targets: over(4, &[[1, 3], [2, 2]]) };
    let terms = [&ln_1_e2 - number(3, 2), &ln_1_e - number(1, 2)];
    assert_is(of(soft(), None), (&terms[0] + &terms[1]) / number(2, 1));
    assert_is(of(soft(), weights(1, 4)), (&terms[0] + &terms[1] * number(4, 1)) / number(5, 1));
    // A row that sums to 2, one that sums to 0.
    let sums = Criterion::SoftCrossEntropy { targets: matrix(&[[2, 0], [0, 0]]) };
    assert_is(of(sums, None), ln_1_e2.clone());
    // ln 2, ln(1 + e²) − 2 t, ln(1 + e) − t, ln(1 + e²) − 2 t.
    let binary = Criterion::BinaryCrossEntropy { targets: over(3, &[[0, 1], [3, 2]]) };
    let terms = [&ln2 + &ln_1_e2 - number(2, 3), &ln_1_e - number(1, 1) + &ln_1_e2 - number(4, 3)];
    assert_is(of(binary.clone(), None), (&terms[0] + &terms[1]) / number(4, 1));
    assert_is(of(binary, weights(0, 7)), &terms[1] / number(2, 1));
    assert_is(
        of(Criterion::CrossEntropy { labels: vec![0, 1] }, weights(1, 2)),
        (&ln_1_e2 + (&ln_1_e - number(1, 1)) * number(2, 1)) / number(3, 1),
    );
    // Margins 1 + 2, and 1 − 1.
    assert_is(of(Criterion::Hinge { labels: vec![0, 1] }, weights(1, 2)), number(3, 3));
}

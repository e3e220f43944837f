//! The losses: their values, enclosures and convexity.

use crate::support::snapshot;
use nalgebra::DMatrix;
use proptest::prelude::*;
use rug::{Float, Rational, float::Constant, ops::Pow};
use std::path::Path;
use sublevel::{
    arith::Interval,
    network::{Criterion, DataSet, Loss, LossError, LossKind, Parameters, Targets, Weighted, read_data, read_network},
};

fn matrix(rows: usize, columns: usize, entries: &[i64]) -> DMatrix<Rational> {
    DMatrix::from_row_slice(rows, columns, entries).map(Rational::from)
}

fn labelled(labels: &[usize]) -> DataSet {
    DataSet {
        inputs: matrix(labels.len(), 1, &vec![0; labels.len()]).into(),
        targets: Targets::Labels(labels.to_vec()),
    }
}

/// The bits of the naive value, which is itself off by less than 2^-2,900: nothing is lost at them.
const BITS: u32 = 3000;

/// Term by term as the definitions say, without a maximum taken out.
fn naive(loss: &Loss, output: &DMatrix<Rational>) -> Rational {
    let (samples, outputs) = output.shape();
    let float = |x: &Rational| Float::with_val(BITS, x);
    let exact = |x: Float| x.to_rational().unwrap();
    let minus_log_softmax = |i: usize, j: usize| {
        let row = output.row(i);
        let total = row.iter().fold(Float::new(BITS), |total, x| total + float(x).exp());
        exact(-(float(&row[j]).exp() / total).ln())
    };
    let squares = |i: usize, targets: &DMatrix<Rational>| -> Rational {
        (0..outputs).map(|j| (output[(i, j)].clone() - &targets[(i, j)]).square()).sum()
    };
    let per_output = Rational::from((1, outputs as u64));
    let term = |i: usize| -> Rational {
        match loss.criterion() {
            Criterion::Square(targets) => squares(i, targets) / 2u32,
            Criterion::MeanSquare(targets) => squares(i, targets) * &per_output,
            Criterion::CrossEntropy(labels) => minus_log_softmax(i, labels[i]),
            Criterion::SoftCrossEntropy(targets) => {
                (0..outputs).map(|j| minus_log_softmax(i, j) * &targets[(i, j)]).sum()
            }
            Criterion::BinaryCrossEntropy(targets) => {
                let entry = |j: usize| {
                    let logarithm = exact((float(&output[(i, j)]).exp() + 1u32).ln());
                    logarithm - Rational::from(&targets[(i, j)] * &output[(i, j)])
                };
                (0..outputs).map(entry).sum::<Rational>() * &per_output
            }
            Criterion::Hinge(labels) => {
                let right = &output[(i, labels[i])];
                let margin = |j: usize| Rational::from(&output[(i, j)] - right) + 1u32;
                (0..outputs).filter(|&j| j != labels[i]).map(margin).fold(Rational::new(), Rational::max)
            }
        }
    };
    let weights = loss.weights().map_or_else(|| vec![Rational::from(1); samples], <[_]>::to_vec);
    let sum: Rational = (0..samples).map(|i| term(i) * &weights[i]).sum();
    if loss.kind() == LossKind::Square { sum } else { sum / weights.iter().sum::<Rational>() }
}

#[test]
fn names() {
    let names = ["square", "mean-square", "cross-entropy", "binary-cross-entropy", "hinge"];
    for (kind, name) in LossKind::ALL.into_iter().zip(names) {
        assert_eq!(kind.to_string(), name);
        assert_eq!(name.parse(), Ok(kind));
    }
    let unknown = "mse".parse::<LossKind>().unwrap_err();
    assert_eq!(unknown, LossError::Unknown { found: "mse".into() });
    let listed = "expected `square`, `mean-square`, `cross-entropy`, `binary-cross-entropy` or `hinge`";
    assert_eq!(unknown.to_string(), format!("unknown loss `mse`; {listed}"));
}

#[test]
fn square_by_hand() {
    let loss = Loss::square(matrix(2, 2, &[0, 1, 2, 3]));
    // ½ (1² + 2² + 0² + 3²).
    assert_eq!(loss.enclose(&matrix(2, 2, &[1, 3, 2, 0])), Interval::point(Rational::from(7)));
    let from_labels = Loss::from_data(LossKind::Square, &labelled(&[2, 0]), 3);
    assert_eq!(from_labels, Ok(Loss::square(matrix(2, 3, &[0, 0, 1, 1, 0, 0]))));
}

#[test]
fn hinge_by_hand() {
    let loss = Loss::hinge(vec![0, 1, 2]);
    // Margins: 1 − (5 − 3) < 0; 1 − (0 − 4) = 5; 1 − (2 − 2) = 1.
    let output = matrix(3, 3, &[5, 3, 1, 4, 0, 2, 2, 1, 2]);
    assert_eq!(loss.enclose(&output), Interval::point(Rational::from(2)));
    assert_eq!(Loss::hinge(vec![0]).enclose(&matrix(1, 1, &[7])), Interval::point(Rational::new()));
}

#[test]
fn cross_entropy_of_equal_logits_is_a_logarithm() {
    let two = Loss::cross_entropy(vec![0, 1]).enclose(&matrix(2, 2, &[5, 5, -3, -3]));
    let logarithm = Float::with_val(500, Constant::Log2).to_rational().unwrap();
    assert!(two.contains(&logarithm) && !two.width().is_zero());
    assert_eq!(two.to_string(), "[0.6931, 0.6932]");
    let one = Loss::cross_entropy(vec![0]).enclose(&matrix(1, 1, &[7]));
    assert_eq!(one, Interval::point(Rational::new()));
}

#[test]
fn large_logits_do_not_overflow() {
    let right = Loss::cross_entropy(vec![0]);
    let wrong = Loss::cross_entropy(vec![1]);
    for size in [10_000, 1_000_000, i64::MAX] {
        let output = matrix(1, 3, &[size, -size, 0]);
        let gap = Rational::from(size) * 2u32;
        let enclosed = wrong.enclose(&output);
        assert!(enclosed.contains(&gap) || (*enclosed.lo() > gap), "{enclosed}");
        assert!(*enclosed.hi() < gap + 1u32);
        let enclosed = right.enclose(&output);
        assert!(*enclosed.lo() >= 0 && *enclosed.hi() > 0, "the loss is positive: {enclosed}");
        assert!(*enclosed.hi() < Rational::from((1, 10)).pow(4_000u32), "{enclosed}");
    }
    // Beyond that no end gets millions of bits.
    let tiny = Rational::from((1, rug::Integer::from(1) << 65_536));
    assert_eq!(Some(right.enclose(&matrix(1, 2, &[1_000_000, 0]))), Interval::new(Rational::new(), tiny));
    // e^-10000 is still told from 0.
    assert!(*right.enclose(&matrix(1, 2, &[10_000, 0])).lo() > 0);
    let huge = Rational::from(10).pow(400u32);
    let enclosed = wrong.enclose(&DMatrix::from_row_slice(1, 2, &[huge.clone(), Rational::new()]));
    assert!(*enclosed.lo() <= huge && huge < *enclosed.hi());
}

#[test]
fn the_binary_cross_entropy_and_soft_labels_by_hand() {
    // ln(1 + e^f) − t f at f = 0 is ln 2 whatever t is.
    let logarithm = Float::with_val(500, Constant::Log2).to_rational().unwrap();
    let halves = matrix(2, 2, &[0, 1, 1, 0]).map(|t| (t * 2u32 + 1u32) / 4u32);
    let binary = Loss::new(Criterion::BinaryCrossEntropy(halves.clone())).unwrap();
    assert!(binary.enclose(&matrix(2, 2, &[0; 4])).contains(&logarithm));
    // Equal logits: ln 2 times the row's sum.
    let soft = Loss::new(Criterion::SoftCrossEntropy(halves * Rational::from(3))).unwrap();
    let value = soft.enclose(&matrix(2, 2, &[5, 5, -3, -3]));
    assert!(value.contains(&(logarithm * 3u32)), "{value}");
    // The labels 0 and 1 of one output are targets.
    let labels = Loss::from_data(LossKind::BinaryCrossEntropy, &labelled(&[1, 0]), 1);
    assert_eq!(labels, Loss::new(Criterion::BinaryCrossEntropy(matrix(2, 1, &[1, 0]))));
    // Unit rows are labels.
    let (output, labels) = (matrix(2, 3, &[5, 2, -1, 0, 3, 1]), vec![2, 0]);
    let units = Loss::new(Criterion::SoftCrossEntropy(matrix(2, 3, &[0, 0, 1, 1, 0, 0]))).unwrap();
    assert_eq!(units.enclose(&output), Loss::cross_entropy(labels).enclose(&output));
}

#[test]
fn weights_say_how_often_a_sample_counts() {
    let output = matrix(3, 2, &[5, 3, 4, 0, 2, 1]);
    let twice = matrix(5, 2, &[5, 3, 4, 0, 4, 0, 2, 1, 2, 1]);
    let of = |kind, labels: &[usize]| Loss::from_data(kind, &labelled(labels), 2).unwrap();
    let near = |a: &Interval, b: &Interval| Rational::from(a.lo() - b.hi()).abs() < Rational::from((1, 1u64 << 60));
    for kind in [LossKind::Square, LossKind::MeanSquare, LossKind::CrossEntropy, LossKind::Hinge] {
        let weighted = of(kind, &[1, 0, 1]).weighted([1, 2, 2].map(Rational::from).to_vec()).unwrap();
        let repeated = of(kind, &[1, 0, 0, 1, 1]);
        assert!(near(&weighted.enclose(&output), &repeated.enclose(&twice)), "{kind}");
        // One count for all is no weight, but for a sum.
        let alike = |weight: (i32, i32)| of(kind, &[1, 0, 1]).weighted(vec![Rational::from(weight); 3]).unwrap();
        assert_eq!(alike((1, 1)), of(kind, &[1, 0, 1]));
        assert_eq!(alike((2, 7)).weights().is_some(), kind == LossKind::Square);
    }
    let data = labelled(&[1, 0, 1]);
    let by_class = Loss::with_class_weights(LossKind::CrossEntropy, &data, 2, &[2, 5].map(Rational::from)).unwrap();
    assert_eq!(by_class.weights(), Some(&[5, 2, 5].map(Rational::from)[..]));
    assert_eq!(by_class.to_string(), "weighted cross-entropy");
    let binary = Loss::with_class_weights(LossKind::BinaryCrossEntropy, &data, 1, &[0, 3].map(Rational::from)).unwrap();
    assert_eq!(binary.weights(), Some(&[3, 0, 3].map(Rational::from)[..]));
}

#[test]
fn weights_that_do_not_fit_are_refused() {
    let weights = |weights: &[i64]| weights.iter().map(|&weight| Rational::from(weight)).collect::<Vec<_>>();
    let of_samples = |given: &[i64]| Loss::hinge(vec![0, 1]).weighted(weights(given)).unwrap_err();
    let (of, found) = (Weighted::Samples, "-1".to_owned());
    assert_eq!(of_samples(&[1]), LossError::WeightCount { found: 1, expected: 2, of });
    assert_eq!(of_samples(&[1, -1]), LossError::NegativeWeight { place: 1, found, of });
    assert_eq!(of_samples(&[0, 0]), LossError::ZeroWeights);
    let by_class = |kind, data: &DataSet, outputs, given: &[i64]| {
        Loss::with_class_weights(kind, data, outputs, &weights(given)).map(drop)
    };
    let data = labelled(&[0, 1]);
    let (of, found) = (Weighted::Classes, "-2".to_owned());
    for (kind, outputs, expected) in
        [(LossKind::CrossEntropy, 3, 3), (LossKind::Hinge, 4, 4), (LossKind::BinaryCrossEntropy, 1, 2)]
    {
        assert_eq!(by_class(kind, &data, outputs, &vec![1; expected]), Ok(()));
        let count = Err(LossError::WeightCount { found: 1, expected, of });
        assert_eq!(by_class(kind, &data, outputs, &[1]), count);
        let mut negative = vec![1; expected];
        negative[1] = -2;
        assert_eq!(
            by_class(kind, &data, outputs, &negative),
            Err(LossError::NegativeWeight { place: 1, found: found.clone(), of })
        );
    }
    // A class that is not there does not count.
    assert_eq!(by_class(LossKind::CrossEntropy, &data, 3, &[0, 0, 1]), Err(LossError::ZeroWeights));
    for kind in [LossKind::Square, LossKind::MeanSquare] {
        assert_eq!(by_class(kind, &data, 2, &[1, 1]), Err(LossError::NoClasses));
    }
    let soft = DataSet { inputs: matrix(2, 1, &[1, 2]).into(), targets: Targets::Values(matrix(2, 2, &[1, 0, 0, 1])) };
    for kind in [LossKind::CrossEntropy, LossKind::BinaryCrossEntropy] {
        assert_eq!(by_class(kind, &soft, 2, &[1, 1]), Err(LossError::NoClasses));
    }
}

/// The usual loss: cross-entropy for labels, the binary one for one output and the labels 0 and 1.
#[test]
fn the_usual_loss_is_that_of_the_targets() {
    let usual = |targets: &Targets, outputs| LossKind::usual(targets, outputs);
    assert_eq!(usual(&Targets::None, 1), None);
    assert_eq!(usual(&Targets::Values(matrix(1, 1, &[1])), 1), Some(LossKind::Square));
    for (labels, outputs, expected) in [
        (&[0, 1][..], 1, LossKind::BinaryCrossEntropy),
        (&[0, 0], 1, LossKind::BinaryCrossEntropy),
        (&[0, 1], 2, LossKind::CrossEntropy),
        (&[0, 2], 1, LossKind::CrossEntropy),
    ] {
        assert_eq!(usual(&Targets::Labels(labels.to_vec()), outputs), Some(expected), "{labels:?} {outputs}");
    }
}

#[test]
fn data_that_do_not_fit_are_refused() {
    for kind in LossKind::ALL {
        let from = |data: &DataSet, outputs| Loss::from_data(kind, data, outputs);
        let data = DataSet { inputs: matrix(2, 1, &[1, 2]).into(), targets: Targets::None };
        assert_eq!(from(&data, 1), Err(LossError::NoTargets { loss: kind }));
        assert_eq!(from(&labelled(&[]), 1), Err(LossError::NoSamples));
        if kind == LossKind::BinaryCrossEntropy {
            assert_eq!(from(&labelled(&[0, 1]), 3), Err(LossError::NeedsTargets { loss: kind, outputs: 3 }));
            assert_eq!(from(&labelled(&[0, 2]), 1), Err(LossError::BinaryLabel { sample: 1, label: 2 }));
        } else {
            assert_eq!(from(&labelled(&[0, 3]), 3), Err(LossError::Label { sample: 1, label: 3, outputs: 3 }));
            let short = DataSet { targets: Targets::Labels(vec![0]), ..data.clone() };
            assert_eq!(from(&short, 3), Err(LossError::Count { found: 1, samples: 2 }));
            assert_eq!(from(&labelled(&[0, 2]), 3).map(|loss| loss.kind()), Ok(kind));
        }
    }
    let data = DataSet { inputs: matrix(2, 1, &[1, 2]).into(), targets: Targets::Values(matrix(2, 3, &[0; 6])) };
    assert_eq!(Loss::from_data(LossKind::Hinge, &data, 3), Err(LossError::NeedsLabels { loss: LossKind::Hinge }));
    let long = DataSet { targets: Targets::Values(matrix(3, 3, &[0; 9])), ..data.clone() };
    for (kind, criterion) in [
        (LossKind::Square, Criterion::Square as fn(_) -> _),
        (LossKind::MeanSquare, Criterion::MeanSquare),
        (LossKind::CrossEntropy, Criterion::SoftCrossEntropy),
        (LossKind::BinaryCrossEntropy, Criterion::BinaryCrossEntropy),
    ] {
        let from = |data: &DataSet, outputs| Loss::from_data(kind, data, outputs);
        assert_eq!(from(&data, 3), Loss::new(criterion(matrix(2, 3, &[0; 6]))));
        assert_eq!(from(&data, 2), Err(LossError::Columns { found: 3, outputs: 2 }));
        assert_eq!(from(&long, 3), Err(LossError::Count { found: 3, samples: 2 }));
    }
    // Of one output these two would be 0 whatever the network says.
    let column = DataSet { targets: Targets::Values(matrix(2, 1, &[0, 1])), ..data };
    for (kind, data) in [
        (LossKind::CrossEntropy, &column),
        (LossKind::CrossEntropy, &labelled(&[0, 0])),
        (LossKind::Hinge, &labelled(&[0, 0])),
    ] {
        assert_eq!(Loss::from_data(kind, data, 1), Err(LossError::OneOutput { loss: kind }));
    }
}

#[test]
fn targets_are_in_their_range() {
    let quarters = |entries: &[i64]| matrix(2, 2, entries).map(|t| t / 4u32);
    let soft = |entries| Loss::new(Criterion::SoftCrossEntropy(quarters(entries))).map(drop);
    let binary = |entries| Loss::new(Criterion::BinaryCrossEntropy(quarters(entries))).map(drop);
    assert_eq!((soft(&[0, 9, 1, 3]), binary(&[0, 4, 1, 3])), (Ok(()), Ok(())));
    let found = |found: &str| found.to_owned();
    assert_eq!(soft(&[0, 9, -1, 3]), Err(LossError::SoftLabel { sample: 1, output: 0, found: found("-0.25") }));
    assert_eq!(binary(&[0, 4, 1, 5]), Err(LossError::Probability { sample: 1, output: 1, found: found("1.25") }));
    assert_eq!(binary(&[0, -4, 1, 5]), Err(LossError::Probability { sample: 0, output: 1, found: found("-1") }));
    assert_eq!(Loss::new(Criterion::Hinge(vec![])), Err(LossError::NoSamples));
    assert_eq!(Loss::new(Criterion::MeanSquare(matrix(2, 0, &[]))), Err(LossError::Columns { found: 0, outputs: 1 }));
}

/// Each loss says what it is; of soft labels also how far from 1 a row sums to.
#[test]
fn losses_are_defined_in_words() {
    let weights = || vec![Rational::from(1), Rational::from(2)];
    let mut text = String::new();
    for criterion in criteria(&matrix(2, 2, &[1, 0, 0, 1]), &[0, 1]) {
        let loss = Loss::new(criterion).unwrap();
        for loss in [loss.clone(), loss.weighted(weights()).unwrap()] {
            text += &format!("{loss}: {}\n", loss.definition());
        }
    }
    snapshot::assert_snapshot("losses", text.trim_end());
    // 0.9f32 + 0.1f32 is 1 + 3 2^-27, and 1/2 + 1/2 is 1.
    let floats = [0.5f32, 0.5, 0.9, 0.1].map(|t| Rational::from_f32(t).unwrap());
    let soft = Loss::new(Criterion::SoftCrossEntropy(DMatrix::from_row_slice(2, 2, &floats))).unwrap();
    assert!(
        soft.definition().ends_with("; |Σ_j t_ij − 1| is at most 2.24e-8, in row 1 (counted from 0)"),
        "{}",
        soft.definition()
    );
}

/// The forward pass by the schoolbook, with max(x, slope·x) between the layers.
fn output(network: &Parameters<Rational>, inputs: &DMatrix<Rational>, slope: &Rational) -> DMatrix<Rational> {
    let mut features = inputs.clone();
    for k in 1..=network.depth() {
        let (weight, bias) = (network.weight(k), network.bias(k));
        features = DMatrix::from_fn(inputs.nrows(), weight.ncols(), |i, j| {
            let sum: Rational = (0..weight.nrows()).map(|n| Rational::from(&features[(i, n)] * &weight[(n, j)])).sum();
            let value = sum + &bias[j];
            if k < network.depth() && value < 0 { value * slope } else { value }
        });
    }
    features
}

#[test]
fn the_carried_networks_have_the_losses_of_their_training() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/digits");
    for (name, samples, slope, a, b) in [
        ("relu-deep-32", 32, (0, 1), 0.014, 0.014),
        ("independent-32", 32, (1, 100), 0.038, 0.020),
        ("pyramid-32", 32, (1, 100), 0.105, 0.073),
        ("wide-64", 64, (1, 100), 0.049, 0.050),
    ] {
        let data = read_data(&folder.join(format!("digits-{samples}.npz"))).unwrap();
        let loss = Loss::from_data(LossKind::CrossEntropy, &data, 10).unwrap();
        for (end, trained) in [("a", a), ("b", b)] {
            let network = read_network(&folder.join(format!("{name}-{end}.safetensors"))).unwrap();
            let output = output(&network, &data.inputs.exact(), &Rational::from(slope));
            let enclosed = loss.enclose(&output);
            assert!((enclosed.lo().to_f64() - trained).abs() < 0.0006, "{name}-{end}: {enclosed}");
            let approximate = loss.approximate(&output.map(|entry| entry.to_f64()));
            assert!((enclosed.lo().to_f64() - approximate).abs() < 1e-12, "{name}-{end}: {approximate}");
        }
    }
}

/// One of each, with targets Y and their shares of the largest as soft labels and probabilities.
fn criteria(targets: &DMatrix<Rational>, labels: &[usize]) -> Vec<Criterion> {
    let sizes = targets.map(|y| y.abs());
    let largest = sizes.iter().max().unwrap().clone().max(Rational::from((1, 9)));
    vec![
        Criterion::Square(targets.clone()),
        Criterion::MeanSquare(targets.clone()),
        Criterion::Hinge(labels.to_vec()),
        Criterion::CrossEntropy(labels.to_vec()),
        Criterion::BinaryCrossEntropy(sizes.map(|y| y / &largest)),
        Criterion::SoftCrossEntropy(sizes.map(|y| y / (largest.clone() / 3u32))),
    ]
}

/// Two outputs, and every loss of their shape, weighted or not.
fn outputs() -> impl Strategy<Value = (DMatrix<Rational>, DMatrix<Rational>, Vec<Loss>)> {
    (1..5usize, 1..5usize).prop_flat_map(|(samples, outputs)| {
        let entry = (-2_000..2_000i64, 1..100i64).prop_map(Rational::from);
        let entries = prop::collection::vec(entry, samples * outputs);
        let output = entries.prop_map(move |entries| DMatrix::from_vec(samples, outputs, entries));
        let weight = (0..20i64, 1..20i64).prop_map(Rational::from);
        let weights = prop::option::of(prop::collection::vec(weight, samples));
        let labels = prop::collection::vec(0..outputs, samples);
        (output.clone(), output.clone(), output, labels, weights).prop_map(|(start, end, targets, labels, weights)| {
            let units = Criterion::BinaryCrossEntropy(targets.map(|y| Rational::from(u8::from(y > 0))));
            let losses = criteria(&targets, &labels).into_iter().chain([units]).map(|criterion| {
                let loss = Loss::new(criterion).unwrap();
                match &weights {
                    Some(weights) if weights.iter().any(|weight| *weight > 0) => {
                        loss.weighted(weights.clone()).unwrap()
                    }
                    _ => loss,
                }
            });
            (start, end, losses.collect())
        })
    })
}

/// With few bits every rounding in the wrong direction is seen sooner or later.
fn any_precision() -> impl Strategy<Value = u32> {
    prop_oneof![2..10u32, 2..300u32]
}

/// The output within the radius at which the loss is largest, if each entry can be chosen by itself.
fn worst(loss: &Loss, output: &DMatrix<Rational>, radius: &DMatrix<Rational>) -> Rational {
    let mut worst = output.clone();
    // Twice: what is below the precision at first may count when the others have moved.
    for place in (0..output.len()).chain(0..output.len()) {
        let ends = [-1, 1].map(|side| {
            let mut end = worst.clone();
            end[place] = Rational::from(&radius[place] * side) + &output[place];
            end
        });
        worst = ends.into_iter().max_by_key(|end| loss.enclose(end).hi().clone()).unwrap();
    }
    loss.enclose(&worst).hi().clone()
}

/// The (weighted) mean of what multiplies a sample's logarithms, and the numbers of logarithms and of their terms.
fn logarithms(loss: &Loss, (samples, outputs): (usize, usize)) -> (Rational, usize, usize) {
    match loss.criterion() {
        Criterion::BinaryCrossEntropy(_) => (Rational::from(1), samples * outputs, 2),
        Criterion::SoftCrossEntropy(targets) => {
            let weights = loss.weights().map_or_else(|| vec![Rational::from(1); samples], <[_]>::to_vec);
            let sums = targets.row_iter().map(|row| row.iter().sum::<Rational>());
            let sum: Rational = sums.zip(&weights).map(|(sum, weight)| sum * weight).sum();
            (sum / weights.iter().sum::<Rational>(), samples, outputs)
        }
        _ => (Rational::from(1), samples, outputs),
    }
}

proptest! {
    #![proptest_config(cases!("loss", 192))]

    #[test]
    fn enclosures_contain_the_value_and_are_narrow((output, _, losses) in outputs(), precision in any_precision()) {
        for loss in losses {
            let (value, enclosed) = (naive(&loss, &output), loss.enclose_at(&output, precision));
            let slack = Rational::from((1, 2)).pow(2_900u32);
            prop_assert!(*enclosed.lo() <= Rational::from(&value + &slack), "{loss}");
            prop_assert!(*enclosed.hi() >= Rational::from(&value - &slack), "{loss}");
            let (mean, count, terms) = logarithms(&loss, output.shape());
            let bound = mean * (4 * terms + 4) + value * (2 * (count + 3));
            prop_assert!(enclosed.width() <= bound * 2u32 * Rational::from((1, 2)).pow(precision), "{loss}");
            if matches!(loss.kind(), LossKind::Square | LossKind::MeanSquare | LossKind::Hinge) {
                prop_assert!(enclosed.width().is_zero());
            }
        }
    }

    #[test]
    fn a_higher_precision_narrows((output, _, losses) in outputs()) {
        for loss in losses {
            let (wide, narrow) = (loss.enclose_at(&output, 20), loss.enclose_at(&output, 200));
            prop_assert!(narrow.width() <= wide.width());
            prop_assert!(wide.lo() <= narrow.hi() && narrow.lo() <= wide.hi());
        }
    }

    #[test]
    fn doubles_are_close((output, _, losses) in outputs()) {
        for loss in losses {
            let (exact, approximate) = (loss.enclose(&output).lo().to_f64(), loss.approximate(&output.map(|x| x.to_f64())));
            prop_assert!((exact - approximate).abs() <= 1e-9 * exact.max(1.0), "{} {} {}", loss, exact, approximate);
        }
    }

    #[test]
    fn convex_on_every_segment((start, end, losses) in outputs(), part in 0..=64u32) {
        let lambda = Rational::from((part, 64));
        let rest = Rational::from(1 - &lambda);
        let between = start.zip_map(&end, |x, y| x * &rest + y * &lambda);
        for loss in losses {
            let chord = loss.enclose(&start).hi() * rest.clone() + loss.enclose(&end).hi() * lambda.clone();
            prop_assert!(*loss.enclose(&between).lo() <= chord, "{loss}");
        }
    }

    /// No output within the radius has a larger loss than the bound, which shrinks to the loss with the radius.
    #[test]
    fn the_loss_within_a_radius_is_bounded(
        (output, other, losses) in outputs(), sides in prop::collection::vec(-4..=4i32, 16), shrink in 0..20u32,
    ) {
        let radius = other.map(|x| x.abs() >> shrink);
        let mut sides = sides.into_iter().map(|side| Rational::from((side, 4)));
        let within = output.zip_map(&radius, |x, r| r * sides.next().unwrap() + x);
        for loss in losses {
            prop_assert!(*loss.enclose(&within).lo() <= loss.bound_within(&output, &radius), "{loss}");
            let point = loss.bound_within(&output, &radius.map(|_| Rational::new()));
            prop_assert!(point == *loss.enclose(&output).hi(), "{loss}");
            // It is the largest loss there, where labels or the targets 0 and 1 say what is worse for each output.
            let is_sharp = match loss.criterion() {
                Criterion::SoftCrossEntropy(_) | Criterion::Hinge(_) => false,
                Criterion::BinaryCrossEntropy(targets) => targets.iter().all(|t| t.is_zero() || *t == 1),
                _ => true,
            };
            let slack = Rational::from((1, 1u64 << 60)) * (point + 1u32);
            let bound = loss.bound_within(&output, &radius);
            prop_assert!(!is_sharp || bound <= worst(&loss, &output, &radius) + slack, "{loss}");
        }
    }

    /// Nothing is below the infimum, and at logarithms of the targets the loss comes close to it.
    #[test]
    fn the_infimum_is_below_every_value((output, _, losses) in outputs(), precision in any_precision()) {
        for loss in losses {
            let infimum = loss.infimum(precision);
            prop_assert!(*infimum.lo() >= 0 && infimum.lo() <= loss.enclose(&output).hi(), "{loss}");
            let logarithm = |t: &Rational| match t.is_zero() {
                true => Rational::from(-300),
                false => Float::with_val(300, t).ln().to_rational().unwrap(),
            };
            let near = match loss.criterion() {
                Criterion::SoftCrossEntropy(targets) => targets.map(|t| logarithm(&t)),
                Criterion::BinaryCrossEntropy(targets) => {
                    targets.map(|t| logarithm(&t) - logarithm(&(1 - t)))
                }
                _ => {
                    prop_assert_eq!(infimum, Interval::point(Rational::new()));
                    continue;
                }
            };
            let reached = loss.enclose_at(&near, 300);
            prop_assert!(infimum.lo() <= reached.hi() && *reached.lo() <= Rational::from((1, 1u64 << 60)) + infimum.hi(), "{loss}");
        }
    }
}

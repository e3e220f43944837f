//! The losses: their values, enclosures and convexity.

#[path = "support/finds.rs"]
#[macro_use]
mod finds;

use nalgebra::DMatrix;
use proptest::prelude::*;
use rug::{Float, Rational, float::Constant, ops::Pow};
use std::path::Path;
use sublevel::{
    arith::Interval,
    network::{DataSet, Loss, LossError, LossKind, Parameters, Targets, read_data, read_network},
};

const KINDS: [LossKind; 3] = [LossKind::Square, LossKind::CrossEntropy, LossKind::Hinge];

fn matrix(rows: usize, columns: usize, entries: &[i64]) -> DMatrix<Rational> {
    DMatrix::from_row_slice(rows, columns, entries).map(Rational::from)
}

fn labelled(labels: &[usize]) -> DataSet {
    DataSet {
        inputs: matrix(labels.len(), 1, &vec![0; labels.len()]).into(),
        targets: Targets::Labels(labels.to_vec()),
    }
}

/// Without the maximum taken out, at a precision at which nothing is lost.
fn naive_cross_entropy(output: &DMatrix<Rational>, labels: &[usize]) -> Rational {
    const BITS: u32 = 3000;
    let mut sum = Float::new(BITS);
    for (row, &label) in output.row_iter().zip(labels) {
        let exponentials = row.iter().map(|entry| Float::with_val(BITS, entry).exp());
        let total = exponentials.fold(Float::new(BITS), |total, exponential| total + exponential);
        sum += total.ln() - Float::with_val(BITS, &row[label]);
    }
    sum.to_rational().unwrap() / labels.len()
}

#[test]
fn names() {
    for (kind, name) in KINDS.into_iter().zip(["square", "cross-entropy", "hinge"]) {
        assert_eq!(kind.to_string(), name);
        assert_eq!(name.parse(), Ok(kind));
    }
    assert_eq!("mse".parse::<LossKind>(), Err(LossError::Unknown { found: "mse".into() }));
}

#[test]
fn square_by_hand() {
    let loss = Loss::Square(matrix(2, 2, &[0, 1, 2, 3]));
    // ½ (1² + 2² + 0² + 3²).
    assert_eq!(loss.enclose(&matrix(2, 2, &[1, 3, 2, 0])), Interval::point(Rational::from(7)));
    let from_labels = Loss::from_data(LossKind::Square, &labelled(&[2, 0]), 3);
    assert_eq!(from_labels, Ok(Loss::Square(matrix(2, 3, &[0, 0, 1, 1, 0, 0]))));
}

#[test]
fn hinge_by_hand() {
    let loss = Loss::Hinge(vec![0, 1, 2]);
    // Margins: 1 − (5 − 3) < 0; 1 − (0 − 4) = 5; 1 − (2 − 2) = 1.
    let output = matrix(3, 3, &[5, 3, 1, 4, 0, 2, 2, 1, 2]);
    assert_eq!(loss.enclose(&output), Interval::point(Rational::from(2)));
    assert_eq!(Loss::Hinge(vec![0]).enclose(&matrix(1, 1, &[7])), Interval::point(Rational::new()));
}

#[test]
fn cross_entropy_of_equal_logits_is_a_logarithm() {
    let two = Loss::CrossEntropy(vec![0, 1]).enclose(&matrix(2, 2, &[5, 5, -3, -3]));
    let logarithm = Float::with_val(500, Constant::Log2).to_rational().unwrap();
    assert!(two.contains(&logarithm) && !two.width().is_zero());
    assert_eq!(two.to_string(), "[0.6931, 0.6932]");
    let one = Loss::CrossEntropy(vec![0]).enclose(&matrix(1, 1, &[7]));
    assert_eq!(one, Interval::point(Rational::new()));
}

#[test]
fn large_logits_do_not_overflow() {
    let right = Loss::CrossEntropy(vec![0]);
    let wrong = Loss::CrossEntropy(vec![1]);
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
fn data_that_do_not_fit_are_refused() {
    for kind in KINDS {
        let from = |data: &DataSet, outputs| Loss::from_data(kind, data, outputs);
        let data = DataSet { inputs: matrix(2, 1, &[1, 2]).into(), targets: Targets::None };
        assert_eq!(from(&data, 1), Err(LossError::NoTargets { loss: kind }));
        assert_eq!(from(&labelled(&[]), 1), Err(LossError::NoSamples));
        assert_eq!(from(&labelled(&[0, 3]), 3), Err(LossError::Label { sample: 1, label: 3, outputs: 3 }));
        let short = DataSet { targets: Targets::Labels(vec![0]), ..data.clone() };
        assert_eq!(from(&short, 3), Err(LossError::Count { found: 1, samples: 2 }));
        assert_eq!(from(&labelled(&[0, 2]), 3).map(|loss| loss.kind()), Ok(kind));
    }
    let data = DataSet { inputs: matrix(2, 1, &[1, 2]).into(), targets: Targets::Values(matrix(2, 3, &[0; 6])) };
    for kind in [LossKind::CrossEntropy, LossKind::Hinge] {
        assert_eq!(Loss::from_data(kind, &data, 3), Err(LossError::NeedsLabels { loss: kind }));
    }
    assert_eq!(Loss::from_data(LossKind::Square, &data, 3), Ok(Loss::Square(matrix(2, 3, &[0; 6]))));
    assert_eq!(Loss::from_data(LossKind::Square, &data, 2), Err(LossError::Columns { found: 3, outputs: 2 }));
    let long = DataSet { targets: Targets::Values(matrix(3, 3, &[0; 9])), ..data };
    assert_eq!(Loss::from_data(LossKind::Square, &long, 3), Err(LossError::Count { found: 3, samples: 2 }));
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

/// An output, another one, and labels.
fn outputs() -> impl Strategy<Value = (DMatrix<Rational>, DMatrix<Rational>, Vec<usize>)> {
    (1..5usize, 1..5usize).prop_flat_map(|(samples, outputs)| {
        let entry = (-2_000..2_000i64, 1..100i64).prop_map(Rational::from);
        let entries = prop::collection::vec(entry, samples * outputs);
        let output = entries.prop_map(move |entries| DMatrix::from_vec(samples, outputs, entries));
        (output.clone(), output, prop::collection::vec(0..outputs, samples))
    })
}

proptest! {
    #![proptest_config(cases!("loss", 256))]

    #[test]
    fn cross_entropy_contains_the_value_and_is_narrow((output, _, labels) in outputs(), precision in 2..300u32) {
        let value = naive_cross_entropy(&output, &labels);
        let enclosed = Loss::CrossEntropy(labels).enclose_at(&output, precision);
        // The naive value is itself off by less than this.
        let slack = Rational::from((1, 2)).pow(2_900u32);
        prop_assert!(*enclosed.lo() <= Rational::from(&value + &slack));
        prop_assert!(*enclosed.hi() >= Rational::from(&value - &slack));
        let (samples, outputs) = output.shape();
        let bound = Rational::from(4 * outputs + 4) + value * (2 * (samples + 2));
        prop_assert!(enclosed.width() <= bound * 2u32 * Rational::from((1, 2)).pow(precision));
    }

    #[test]
    fn a_higher_precision_narrows((output, _, labels) in outputs()) {
        let loss = Loss::CrossEntropy(labels);
        let (wide, narrow) = (loss.enclose_at(&output, 20), loss.enclose_at(&output, 200));
        prop_assert!(narrow.width() <= wide.width());
        prop_assert!(wide.lo() <= narrow.hi() && narrow.lo() <= wide.hi());
    }

    #[test]
    fn square_and_hinge_have_width_zero((output, targets, labels) in outputs()) {
        for loss in [Loss::Square(targets), Loss::Hinge(labels)] {
            prop_assert!(loss.enclose_at(&output, 2).width().is_zero());
        }
    }

    #[test]
    fn doubles_are_close((output, targets, labels) in outputs()) {
        for loss in [Loss::Square(targets), Loss::Hinge(labels.clone()), Loss::CrossEntropy(labels)] {
            let (exact, approximate) = (loss.enclose(&output).lo().to_f64(), loss.approximate(&output.map(|x| x.to_f64())));
            prop_assert!((exact - approximate).abs() <= 1e-9 * exact.max(1.0), "{} {} {}", loss.kind(), exact, approximate);
        }
    }

    #[test]
    fn convex_on_every_segment((start, end, labels) in outputs(), part in 0..=64u32) {
        let lambda = Rational::from((part, 64));
        let rest = Rational::from(1 - &lambda);
        let between = start.zip_map(&end, |x, y| x * &rest + y * &lambda);
        let targets = start.map(|x| x / 2u32);
        for loss in [Loss::Square(targets), Loss::Hinge(labels.clone()), Loss::CrossEntropy(labels)] {
            let chord = loss.enclose(&start).hi() * rest.clone() + loss.enclose(&end).hi() * lambda.clone();
            prop_assert!(*loss.enclose(&between).lo() <= chord);
        }
    }
}

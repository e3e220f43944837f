//! Gradients, critical points and solutions of convolutional networks (thesis, chapter 2): the snapshot of what is built, and the sizes
//! that the page names.

use crate::support::snapshot;
use nalgebra::DMatrix;
use rug::Rational;
use std::fmt::Write;
use sublevel::network::{Nonlinearity, Targets, parse_data};
use sublevel::statement::convolution::chains::{Layer, chain, filled, line_patches, small, square_patches};
use sublevel::statement::convolution::critical::point;
use sublevel::statement::convolution::gradient::{Fit, bounded_gradient};
use sublevel::statement::convolution::solution::{Aim, solution};
use sublevel::statement::object::certificate;

/// The first carried digits, of ten classes.
fn digits(samples: usize) -> (DMatrix<Rational>, Vec<usize>) {
    let data = parse_data(include_bytes!("data/digits/digits-128.npz"), "digits").unwrap();
    let Targets::Labels(labels) = &data.targets else { panic!("digits have labels") };
    let inputs = data.inputs.exact().rows(0, samples).map(|x| x / 16u32);
    (inputs, labels[..samples].to_vec())
}

fn unit_rows(size: usize) -> DMatrix<Rational> {
    DMatrix::from_fn(size, size, |i, j| Rational::from(u32::from(i == j)))
}

/// Multiples of 1/16 that look random.
fn numbers(largest: i64) -> impl FnMut() -> Rational {
    let mut state = 1u64;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        Rational::from(((state >> 33) as i64 % (2 * largest + 1) - largest, 16))
    }
}

#[test]
fn the_constructions_are_the_snapshot() {
    let mut text = String::new();
    let (network, inputs, targets) = small();
    let found = bounded_gradient(&network, &Fit { inputs: &inputs, targets: &targets, level: 1 }, 256).unwrap();
    writeln!(text, "{}\nin {} bits", found.finding, found.bits).unwrap();
    let labels: Vec<usize> = (0..12).map(|i| i % 2).collect();
    for (layers, name) in [(0, "case 1"), (1, "case 2"), (2, "case 3")] {
        let above = [Layer::Dense(6), Layer::Filters(line_patches(6, 3, 1), 1)];
        let layers = [&[Layer::Filters(line_patches(8, 3, 1), 3)], &above[..layers]].concat();
        let network = filled(chain(8, &layers, 2, &"sigmoid".parse().unwrap()), numbers(32));
        let codes = unit_rows(2);
        let aim = Aim { inputs: &inputs, labels: &labels, codes: &codes, level: 1, bits: 40, precision: 256, seed: 0 };
        let found = solution(&network, &aim).unwrap();
        writeln!(text, "{name}: {}\nin {} bits", found.finding, found.bits).unwrap();
    }
    snapshot::assert_snapshot("critical", &text);
}

/// Another k, and another sentence: the snapshot would see it.
#[test]
fn another_level_is_another_sentence() {
    let (network, inputs, targets) = small();
    let at = |level: usize, samples: usize| {
        let (inputs, targets) = (inputs.rows(0, samples).into_owned(), targets.rows(0, samples).into_owned());
        bounded_gradient(&network, &Fit { inputs: &inputs, targets: &targets, level }, 256)
            .map(|found| found.finding.to_string())
    };
    assert_ne!(at(1, 4).unwrap(), at(2, 4).unwrap());
    assert_ne!(at(1, 4).unwrap(), at(1, 5).unwrap());
    // Four units at level 2.
    assert!(at(2, 5).unwrap_err().to_string().contains("4 features of 5 samples"));
}

/// 40 digits, three filters of 3 × 3, and in case 3 a convolution above the dense layer: loss 0 within 2⁻¹⁰⁰.
#[test]
fn digits_have_solutions_near_by() {
    let (inputs, labels) = digits(40);
    for activation in ["sigmoid", "softplus=1"] {
        let sigma: Nonlinearity = activation.parse().unwrap();
        for case in 1..=3 {
            let first = Layer::Filters(square_patches(8, 8, 3), 3);
            let layers = match case {
                1 => vec![first],
                2 => vec![first, Layer::Dense(12)],
                _ => vec![first, Layer::Dense(40), Layer::Filters(line_patches(40, 5, 2), 2)],
            };
            let network = filled(chain(64, &layers, 10, &sigma), numbers(8));
            let codes = unit_rows(10);
            let aim =
                Aim { inputs: &inputs, labels: &labels, codes: &codes, level: 1, bits: 160, precision: 512, seed: 1 };
            let found = solution(&network, &aim).unwrap();
            let bytes = certificate("digits", found.object).len();
            println!(
                "case {case}, {activation}: radius 2^{}, {} bits, {bytes} bytes",
                -log2(&found.radius),
                found.bits
            );
            assert!(found.radius <= Rational::from(1) >> 100u32, "case {case}, {activation}: {}", found.radius);
        }
    }
}

/// −log₂ of a power of two.
fn log2(radius: &Rational) -> i64 {
    i64::from(radius.denom().significant_bits()) - 1
}

/// Digits at a convolution below one, two and three further layers: both bounds certified, and by how much they miss the gradient.
#[test]
fn digits_have_bounded_gradients() {
    let (inputs, labels) = digits(32);
    let targets = unit_rows(10).select_rows(&labels);
    for activation in ["sigmoid", "softplus=1"] {
        let sigma: Nonlinearity = activation.parse().unwrap();
        for above in [&[][..], &[20], &[20, 12]] {
            let first = Layer::Filters(square_patches(8, 8, 3), 2);
            let layers: Vec<Layer> = std::iter::once(first).chain(above.iter().copied().map(Layer::Dense)).collect();
            let network = filled(chain(64, &layers, 10, &sigma), numbers(8));
            let found = point(&network, &Fit { inputs: &inputs, targets: &targets, level: 1 }, 512).unwrap();
            assert!(found.not_critical);
            let doubles = found.bounded.doubles;
            println!("{above:?}, {activation}: {doubles:?}, {} bits", found.bounded.bits);
            assert!(
                found.bounded.stray() < 1e-6 && doubles.lower < doubles.gradient && doubles.gradient < doubles.upper
            );
            let c = found.bounded.bounds[0].to_f64() * doubles.distance;
            assert!(c <= doubles.lower && c >= 0.3 * doubles.lower, "{c:e} of {doubles:?}");
        }
    }
}

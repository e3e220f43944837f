//! Convolutional networks: what is built for carried digits, in exact numbers and in floats, and a snapshot.

use crate::support::snapshot;
use nalgebra::DMatrix;
use proptest::prelude::*;
use rug::Rational;
use std::fmt::Write;
use sublevel::arith::write_rational;
use sublevel::checker::{Conclusion, Descent, Finding, Verdict};
use sublevel::linalg::{Double, Exact, Kernel, Multiprecision};
use sublevel::network::Nonlinearity;
use sublevel::statement::convolution::full_rank_filters::{Structure, decide};
use sublevel::statement::convolution::instances::{digits, four_patches, image};
use sublevel::statement::convolution::interpolate::{approximate, interpolate};
use sublevel::statement::convolution::layers::{Layer, Patches, chain};
use sublevel::statement::convolution::peel::{distinct_entries, distinct_patches, peel};
use sublevel::statement::convolution::triangular::{FullRankFeatures, full_rank_features};

fn activation(name: &str) -> Nonlinearity {
    name.parse().unwrap()
}

fn is_triangle(triangle: &DMatrix<Rational>) -> bool {
    (0..triangle.nrows()).all(|i| triangle[(i, i)] == 1 && (0..i).all(|j| triangle[(i, j)] == 0))
}

/// How far the triangle in floats is from the exact one, relative to its largest entry.
fn deviation<K: Kernel>(kernel: &K, found: &FullRankFeatures, inputs: &DMatrix<Rational>) -> f64
where
    K::Scalar: sublevel::network::Real,
{
    let exact = found.triangle(inputs).unwrap();
    let floats = found.features_network().features(kernel, &inputs.map(|x| kernel.import(&x)));
    let floats = floats.select_rows(&found.order.samples);
    let largest = exact.iter().map(|x| x.to_f64()).fold(0.0, f64::max);
    let distance = |(float, exact): (&K::Scalar, &Rational)| {
        (sublevel::arith::Number::to_rational(float).unwrap() - exact).to_f64().abs()
    };
    floats.iter().zip(exact.iter()).map(distance).fold(0.0, f64::max) / largest
}

/// Digits share blank patches: the assumption of the theorem fails, and the construction goes around it.
#[test]
fn digits_that_share_patches_have_independent_features() {
    for filters in [1, 3] {
        let (network, inputs) = digits(filters, &activation("relu"));
        let patches = image(8, 1, 3);
        assert!(distinct_patches(&inputs, &patches).is_err());
        let found = full_rank_features(&network, &inputs, 1, 1).unwrap();
        assert!(found.shared.is_some() && !found.order.is_the_papers());
        assert!(is_triangle(&found.triangle(&inputs).unwrap()));
        assert!(matches!(found.certify(&inputs).unwrap().finding, Finding::Independent { samples: 32, .. }));
        for (layer, full) in found.filters_of_full_rank().unwrap() {
            assert_eq!((layer, full.rank), (1, if filters == 1 { 36 } else { 64 }));
            assert!(full.certify(&patches).is_ok());
        }
        // Pixels are sixteenths, filters integers: doubles are exact, or nearly.
        assert!(deviation(&Double, &found, &inputs) < 1e-12);
        assert!(deviation(&Multiprecision::new(113), &found, &inputs) < 1e-30);
    }
    let (network, inputs) = digits(1, &activation("softplus=1"));
    let found = full_rank_features(&network, &inputs, 1, 0).unwrap();
    assert!(matches!(found.certify(&inputs).unwrap().finding, Finding::Independent { analytic: true, .. }));
}

/// Samples 2^−100 apart are one in doubles; the exact triangle does not mind.
#[test]
fn doubles_lose_a_triangle_of_close_samples() {
    let layer = Layer::Filters { patches: Patches::line(4, 2, 1).unwrap(), filters: 1, activation: activation("relu") };
    let network = chain(4, &[layer], 1).unwrap();
    let near = Rational::from((1, rug::Integer::from(1) << 100));
    let inputs = DMatrix::from_fn(3, 4, |i, j| {
        let base = Rational::from([[3, 1, 4, 1], [3, 1, 4, 1], [7, 2, 0, 5]][i][j]);
        if i == 1 { base + Rational::from(&near * (j as u32 + 1)) } else { base }
    });
    let found = full_rank_features(&network, &inputs, 1, 0).unwrap();
    assert!(is_triangle(&found.triangle(&inputs).unwrap()));
    assert!(found.certify(&inputs).is_ok());
    // In doubles both samples are one.
    let double = found.features_network().features(&Double, &inputs.map(|x| x.to_f64()));
    assert_eq!(double.row(0), double.row(1));
    assert!(deviation(&Multiprecision::new(300), &found, &inputs) < 1e-30);
}

#[test]
fn every_target_of_digits_is_fitted() {
    let (network, inputs) = digits(1, &activation("relu"));
    for shift in [0, 5] {
        let targets: Vec<Rational> = (0..32).map(|i| Rational::from((i * i + shift) % 11 - 4)).collect();
        let found = interpolate(&network, &inputs, &targets, 0).unwrap();
        assert_eq!(found.outputs(&inputs), targets);
        let (_, verdict) = found.prove(&inputs, &targets).unwrap();
        let Verdict::Valid(statement) = verdict else { panic!("{verdict}") };
        assert_eq!(statement.conclusion, Conclusion::Descends(Descent::FallsStrictly));
        let losses = statement.losses.unwrap();
        let half_squares: Rational = targets.iter().map(|y| Rational::from(y.square_ref())).sum::<Rational>() / 2;
        assert_eq!(losses.start.lower.to_string(), half_squares.to_string());
        assert_eq!((losses.end.lower.to_string(), losses.end.upper.to_string()), ("0".into(), "0".into()));
    }
}

/// Images of 6 × 6 pixels, a convolution, a pool, and a convolution on it: n_3 = N.
#[test]
fn the_construction_goes_through_a_pool() {
    let filters =
        |patches: Patches, filters: usize| Layer::Filters { patches, filters, activation: activation("relu") };
    let all =
        [filters(image(6, 1, 3), 3), Layer::MaxPool(Patches::pool([4, 4, 3], 2).unwrap()), filters(image(2, 3, 2), 8)];
    let network = chain(36, &all, 1).unwrap();
    let inputs = DMatrix::from_fn(8, 36, |i, j| Rational::from(((i * 37 + j * 11 + i * j) % 101) as u32));
    assert!(distinct_patches(&inputs, all[0].patches()).is_ok());
    let found = full_rank_features(&network, &inputs, 3, 0).unwrap();
    assert!(found.shared.is_none() && found.order.is_the_papers());
    assert!(is_triangle(&found.triangle(&inputs).unwrap()));
    assert!(found.certify(&inputs).is_ok());
    let targets: Vec<Rational> = (0..8).map(Rational::from).collect();
    let fitted = interpolate(&network, &inputs, &targets, 0).unwrap();
    assert_eq!(fitted.outputs(&inputs), targets);
    assert!(fitted.prove(&inputs, &targets).is_none(), "a pool is no fully connected layer");
    let line = approximate(&found, &inputs, &targets, &Rational::from((1, 1_000_000))).unwrap();
    assert_eq!(line.descent, Descent::FallsStrictly);
}

proptest! {
    #![proptest_config(cases!("convolution", 64))]
    /// What is peeled is a triangle, and where entries of different samples differ everything can be peeled in the order of the
    /// units.
    #[test]
    fn peeled_samples_are_a_triangle(
        samples in 1usize..=6,
        spare in 0usize..=3,
        range in 1i32..=40,
        entries in prop::collection::vec(0i32..1000, 54),
    ) {
        let units = samples + spare;
        let values = DMatrix::from_fn(samples, units, |i, j| Rational::from(entries[9 * i + j] % range));
        match peel(&values) {
            Ok(order) => {
                for (j, (&unit, &sample)) in order.units.iter().zip(&order.samples).enumerate() {
                    for &other in &order.samples[j + 1..] {
                        let gap = order.gap.as_ref().unwrap();
                        prop_assert!(Rational::from(&values[(other, unit)] - &values[(sample, unit)]) >= *gap && *gap > 0);
                    }
                }
                let mut all = order.samples.clone();
                all.sort_unstable();
                prop_assert_eq!(all, (0..samples).collect::<Vec<_>>());
                prop_assert!(!distinct_entries(&values) || order.is_the_papers());
            }
            Err(_) => prop_assert!(!distinct_entries(&values)),
        }
    }

    /// M(W) is what the patches say: column (p, t) is filter t at patch p.
    #[test]
    fn a_decision_about_w_is_never_contradicted(
        size in 1usize..=3,
        side in 3usize..=5,
        filters in 1usize..=3,
        weights in prop::collection::vec(-50i32..=50, 27),
        seed in 0u64..1000,
    ) {
        let patches = image(side, 1, size);
        let weight = DMatrix::from_fn(patches.size(), filters, |r, t| Rational::from(weights[3 * r + t]));
        let rank = Exact.rank(&patches.matrix(&weight));
        match decide(&patches, filters, seed) {
            Structure::FullRank(found) => {
                prop_assert!(rank <= found.rank);
                prop_assert_eq!(Exact.rank(&patches.matrix(&found.weight)), found.rank);
            }
            Structure::NeverFull(why) => prop_assert!(rank <= why.verify(&patches, filters).unwrap()),
            Structure::Undecided { .. } => {}
        }
    }
}

fn outline(text: &mut String, name: &str, found: &FullRankFeatures) {
    let (alpha, beta) = (write_rational(&found.alpha), write_rational(&found.beta));
    writeln!(text, "{name}: α = {alpha}, β = {beta}, shared {:?}", found.shared).unwrap();
    writeln!(text, "  units {:?}\n  samples {:?}", found.order.units, found.order.samples).unwrap();
    for (layer, full) in found.filters_of_full_rank().unwrap() {
        let weight: Vec<String> = full.weight.iter().map(ToString::to_string).collect();
        writeln!(text, "  layer {layer}: rank {}, W {}", full.rank, weight.join(" ")).unwrap();
    }
}

#[test]
fn the_constructions_are_the_snapshot() {
    let mut text = String::new();
    for (name, patches, filters) in [
        ("four patches", four_patches(), 1),
        ("5 × 5, 2 × 2", image(5, 1, 2), 2),
        ("4 × 4 × 2, 2 × 2", image(4, 2, 2), 3),
    ] {
        let Structure::NeverFull(why) = decide(&patches, filters, 0) else { panic!("{name}") };
        writeln!(text, "{name}, {filters} filters: rank at most {}", why.verify(&patches, filters).unwrap()).unwrap();
    }
    for sigma in ["relu", "sigmoid", "softplus=20"] {
        let (network, inputs) = digits(1, &activation(sigma));
        let (network, inputs) = (network, inputs.rows(0, 12).into_owned());
        outline(&mut text, &format!("12 digits, {sigma}"), &full_rank_features(&network, &inputs, 1, 0).unwrap());
    }
    let (network, inputs) = digits(1, &activation("relu"));
    let targets: Vec<Rational> = (0..32).map(|i| Rational::from(i % 10)).collect();
    let fitted = interpolate(&network, &inputs, &targets, 0).unwrap();
    let lambda: Vec<String> = fitted.network.stacked_output().iter().take(6).map(write_rational).collect();
    writeln!(text, "32 digits, targets 0, 1, …: λ begins with {}", lambda.join(", ")).unwrap();
    snapshot::assert_snapshot("convolution", &text);
}

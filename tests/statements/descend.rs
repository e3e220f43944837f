//! Descent: Theorems 3.2 (1), 4.2 (1), 6.1 (1).

use super::common::config;
use nalgebra::DMatrix;
use proptest::prelude::*;
use rug::{Integer, Rational};
use sublevel::network::{Criterion, Loss};
use sublevel::statement::Hypothesis;
use sublevel::statement::descend::target_output;

/// Outputs [2, 3] of any size, and soft labels or probabilities of any size, some of them 0 or 1.
fn any_soft_loss() -> impl Strategy<Value = (DMatrix<Rational>, Loss)> {
    let entries = prop::collection::vec((-9..=9i32, -3..12i32), 6);
    let targets = prop::collection::vec((0..=8u32, prop::sample::select(vec![0u32, 0, 1, 20, 60])), 6);
    let weights = prop::option::of((0..9u32, 1..9u32));
    (entries, targets, weights, any::<bool>()).prop_map(|(entries, targets, weights, is_binary)| {
        let entries = entries.into_iter().map(|(k, exponent)| Rational::from(k) << exponent);
        let targets = targets.into_iter().map(|(k, exponent)| Rational::from((k, 8)) >> exponent);
        let [output, targets] = [entries.collect(), targets.collect()].map(|entries| DMatrix::from_vec(2, 3, entries));
        let criterion = if is_binary { Criterion::BinaryCrossEntropy } else { Criterion::SoftCrossEntropy };
        let loss = Loss::new(criterion(targets)).unwrap();
        let weigh = |(a, b): (u32, u32)| loss.clone().weighted(vec![a.into(), b.into()]).unwrap();
        (output, weights.map_or(loss.clone(), weigh))
    })
}

proptest! {
    #![proptest_config(config(96))]

    /// However little above the infimum, ε is reached by an output towards which the loss does not rise.
    #[test]
    fn soft_labels_are_approached_up_to_their_entropy((output, loss) in any_soft_loss(), room in 0..100u32) {
        let infimum = loss.infimum(256);
        let epsilon = Rational::from((1, Integer::from(1) << room)) + infimum.hi();
        prop_assume!(*loss.enclose(&output).hi() > epsilon);
        let target = target_output(&loss, &output, &epsilon).unwrap();
        let at = |k: u32| {
            let lambda = Rational::from((k, 32));
            loss.enclose_at(&output.zip_map(&target, |a, b| Rational::from(&b - &a) * &lambda + a), 1024)
        };
        let values: Vec<_> = (0..=32).map(at).collect();
        prop_assert!(*values[32].hi() <= epsilon);
        prop_assert!(values.windows(2).all(|pair| pair[1].lo() <= pair[0].hi()), "{values:?}");
    }
}

/// Below the entropy of its targets no loss falls, and the numbers are said; ε itself is no output's loss.
#[test]
fn a_loss_does_not_fall_below_its_infimum() {
    let halves = DMatrix::from_element(2, 2, Rational::from((1, 2)));
    let output = DMatrix::from_row_slice(2, 2, &[1, 0, 0, 3]).map(Rational::from);
    for criterion in [Criterion::SoftCrossEntropy(halves.clone()), Criterion::BinaryCrossEntropy(halves.clone())] {
        let loss = Loss::new(criterion).unwrap();
        // ln 2 = 0.69314718…, and nothing is between it and an enclosure of 8,192 bits.
        let tight = loss.infimum(8192).lo().clone();
        for epsilon in [Rational::from((69, 100)), tight] {
            let refused = target_output(&loss, &output, &epsilon).unwrap_err();
            match &refused {
                Hypothesis::BelowInfimum { infimum, .. } => assert_eq!(infimum, "[0.6931, 0.6932]"),
                other => panic!("{other}"),
            }
        }
        assert!(target_output(&loss, &output, &Rational::from((694, 1000))).is_ok());
    }
    // Targets 0 and 1 have the infimum 0, which is no output's loss either, but any number above it is.
    let units = DMatrix::from_row_slice(2, 2, &[1, 0, 0, 1]).map(Rational::from);
    for criterion in [Criterion::SoftCrossEntropy(units.clone()), Criterion::BinaryCrossEntropy(units)] {
        let (loss, epsilon) = (Loss::new(criterion).unwrap(), Rational::from((1, Integer::from(1) << 200)));
        let target = target_output(&loss, &output, &epsilon).unwrap();
        assert!(*loss.enclose(&target).hi() <= epsilon);
    }
}

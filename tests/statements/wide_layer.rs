//! Theorem 4.2: how wide a layer has to be.

use sublevel::statement::Hypothesis;
use sublevel::statement::wide_layer::hypotheses;
use sublevel::suite::{Twist, activations, instance};

#[test]
fn widths_one_below_the_threshold_are_refused() {
    let at = instance(0, &activations()[1], 4, &[2, 3, 1], Twist::Generic);
    assert_eq!(hypotheses(&at.problem, 1), Ok(()));
    let below = instance(0, &activations()[1], 5, &[2, 3, 1], Twist::Generic);
    let refused = Hypothesis::TooNarrowToDescend { layer: 1, width: 3, samples: 5 };
    assert_eq!(hypotheses(&below.problem, 1), Err(refused));
}

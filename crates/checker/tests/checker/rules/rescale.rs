use crate::build::*;
use crate::{
    certificate::{ActivationRecord, Claim, Record},
    checker::{Conclusion, Level, Rejection, Rule, Scope},
};
use num_bigint::BigInt;
use sublevel_checker::Rational;

/// 1-2-2-1, inputs 0 and 1.
fn sheet(activation: ActivationRecord, moves: &[Record]) -> Sheet {
    let layers = [both(&[[1, -2]], [0, 1]), both(&[[1, -1], [2, 3]], [-1, 0]), both(&[[3], [-1]], [1])];
    Sheet::new(activation, matrix(&[[0], [1]]), layers, moves).claim(Claim::Unbounded)
}

fn ratio(numer: i64, denom: i64) -> Box<Rational> {
    Box::new(Rational::new(BigInt::from(numer), BigInt::from(denom)))
}

/// |x|, two slopes, the identity, and zero; with breakpoints at which nothing bends.
#[test]
fn any_two_slopes_that_meet_at_the_origin_will_do() {
    for (breakpoints, slopes, value) in [
        (&["0"][..], &["0", "1"][..], "0"),
        (&["0"], &["-1", "1"], "0"),
        (&["0"], &["5", "-1/3"], "0"),
        (&["0"], &["1", "1"], "0"),
        (&["7"], &["0", "0"], "0"),
        (&["-1", "0", "2"], &["1/4", "1/4", "1", "1"], "-1/4"),
        (&["1/2"], &["-3", "-3"], "-3/2"),
    ] {
        for layer in [1, 2] {
            let statement = sheet(activation(breakpoints, slopes, value), &[rescale(layer)]).is_valid();
            assert_eq!(
                (&statement.conclusion, statement.scope),
                (&Conclusion::Unbounded(Level::Constant), Scope::EveryConvexLoss)
            );
            assert_eq!(statement.moves.to_string(), "1 (0 lines, 0 follows, 0 rays, 1 rescale, 0 bounded lines)");
        }
    }
}

#[test]
fn a_bend_elsewhere_is_refused() {
    let refused = |breakpoints: &[&str], slopes: &[&str], value: &str, breakpoint| {
        let rejection = Rejection::BendsOffZero { breakpoint };
        sheet(activation(breakpoints, slopes, value), &[rescale(1)]).is_invalid(3, Rule::Rescale, rejection);
    };
    refused(&["1/1000"], &["0", "1"], "0", ratio(1, 1000));
    refused(&["-1"], &["0", "1"], "-1", ratio(-1, 1));
    // The value at 0 is 0, and 0 is a breakpoint; it is not the only one.
    refused(&["-1", "0"], &["0", "1", "2"], "-1", ratio(-1, 1));
    refused(&["0", "3"], &["0", "1", "2"], "0", ratio(3, 1));
}

#[test]
fn a_value_at_zero_is_refused() {
    let refused = |breakpoint: &str, slopes: &[&str], value: &str, found| {
        let rejection = Rejection::ValueAtZero { value: found };
        sheet(activation(&[breakpoint], slopes, value), &[rescale(1)]).is_invalid(3, Rule::Rescale, rejection);
    };
    refused("0", &["0", "1"], "-1/9", ratio(-1, 9));
    // An affine σ, written with a breakpoint where its value is 0.
    refused("1", &["2", "2"], "0", ratio(-2, 1));
}

#[test]
fn only_hidden_layers_are_rescaled() {
    for layer in [0, 3, 4, usize::MAX] {
        let rejection = Rejection::RescaledLayer { layer, hidden: 2 };
        sheet(leaky(), &[rescale(layer)]).is_invalid(3, Rule::Rescale, rejection);
    }
    let shallow = Sheet::new(leaky(), matrix(&[[1]]), [both(&[[1]], [1])], &[rescale(1)]).claim(Claim::Unbounded);
    shallow.is_invalid(3, Rule::Rescale, Rejection::RescaledLayer { layer: 1, hidden: 0 });
}

#[test]
fn a_layer_of_zeros_goes_nowhere() {
    let zero = |weight: i64, bias: i64| {
        let layers = [both(&[[weight]], [bias]), both(&[[1]], [0])];
        Sheet::new(relu(), matrix(&[[1]]), layers, &[rescale(1)]).claim(Claim::Unbounded)
    };
    zero(0, 0).is_invalid(3, Rule::Rescale, Rejection::RescalesZero { layer: 1 });
    // Either one is enough.
    zero(1, 0).is_valid();
    zero(0, -1).is_valid();
}

#[test]
fn a_rescale_has_its_place() {
    let stay = || line([(3, bias([1]))]);
    sheet(leaky(), &[stay(), rescale(1)]).is_valid();
    sheet(leaky(), &[rescale(1), stay()]).is_invalid(4, Rule::Line, Rejection::MisplacedEscape);
    sheet(leaky(), &[rescale(1), rescale(2)]).is_invalid(4, Rule::Rescale, Rejection::MisplacedEscape);
    sheet(leaky(), &[rescale(1), ray([(1, bias([1, 0]))])]).is_invalid(4, Rule::Ray, Rejection::MisplacedEscape);
    for claim in [Claim::Connected, Claim::Descends] {
        let elsewhere = sheet(leaky(), &[rescale(1)]).claim(claim);
        elsewhere.is_invalid(3, Rule::Rescale, Rejection::MisplacedEscape);
    }
}

#[test]
fn a_rescale_is_announced_and_nothing_else_is() {
    let mut silent = sheet(leaky(), &[rescale(1)]);
    silent.problem.rescales = false;
    silent.is_invalid(4, Rule::End, Rejection::Announcement);
    let mut loud = sheet(leaky(), &[line([(3, bias([1]))])]).claim(Claim::Connected);
    loud.is_valid();
    loud.problem.rescales = true;
    loud.is_invalid(4, Rule::End, Rejection::Announcement);
}

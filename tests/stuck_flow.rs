//! Section 7 and figures 3 to 5 of ICML 2019.

use crate::support::unproved;
use proptest::prelude::*;
use rug::Rational;
use sublevel::checker::Unproved;
use sublevel::statement::stuck_flow::{Stuck, StuckFlow};
use sublevel::statement::tail_valleys::TailFunction;
use unproved::unproved;

fn q(numerator: i64, denominator: i64) -> Rational {
    Rational::from((numerator, denominator))
}

fn polynomial(coefficients: &[i64]) -> Vec<Rational> {
    coefficients.iter().copied().map(Rational::from).collect()
}

fn fraction(from: i64, to: i64) -> impl Strategy<Value = Rational> {
    (from..=to, 1..40i64).prop_map(|(numerator, denominator)| q(numerator, 40 * denominator))
}

/// B = 3y⁴ − 4y³.
fn floor(y: &Rational) -> Rational {
    let square = Rational::from(y.square_ref());
    Rational::from(&square * &square) * 3 - square * y * 4
}

#[test]
fn the_example_is_stuck_at_0_above_its_infimum() {
    let example = StuckFlow::example();
    let stuck = Stuck { limit: q(0, 1), infimum: q(-1, 1), radius: q(1, 16), contraction: q(51, 256) };
    assert_eq!(example.verify(), Ok(stuck));
    assert_eq!(example.to_string(), "exp(-x) (y^2 + 1) + 3y^4 - 4y^3");
}

proptest! {
    #![proptest_config(cases!("stuck_flow", 256))]

    #[test]
    fn in_the_region_the_flow_contracts_as_claimed(s in fraction(1, 40), r in fraction(-40, 40)) {
        let stuck = StuckFlow::example().verify().unwrap();
        let r = r * &stuck.radius;
        // r = y/s with ẏ = −2sy − 12y³ + 12y², ṡ = −s²(1 + y²), so ṙ = (ẏ − rṡ)/s.
        let y = Rational::from(&r * &s);
        let square = Rational::from(y.square_ref());
        let y_dot = Rational::from(&s * &y) * -2 - Rational::from(&square * &y) * 12 + Rational::from(&square * 12);
        let s_dot = -Rational::from(s.square_ref()) * (square + 1);
        let r_dot = (y_dot - Rational::from(&r * &s_dot)) / &s;
        let claimed = -(Rational::from(r.square_ref()) * &s * stuck.contraction);
        prop_assert!(r_dot * &r <= claimed);
    }

    #[test]
    fn what_lies_between_two_points_of_the_floor_is_not_above_both(
        y in fraction(-200, 200), other in fraction(-200, 200), part in 0..=100i64,
    ) {
        let between = Rational::from(&other - &y) * q(part, 100) + &y;
        prop_assert!(floor(&between) <= floor(&y).max(floor(&other)));
    }
}

#[test]
fn every_claim_can_fail_and_is_named() {
    let good = StuckFlow::example();
    let tail = |tail: &[i64]| StuckFlow { tail: polynomial(tail), ..good.clone() }.verify();
    for wrong in [&[] as &[i64], &[0, 0, 1], &[1, 1], &[1, 0, -1], &[-1, 0, 1]] {
        assert_eq!(unproved(tail(wrong)), Unproved::Tail, "{wrong:?}");
    }
    // Without the y² of A nothing drives the flow back to y = 0.
    assert_eq!(unproved(tail(&[1])), Unproved::NoTrap);

    let floor =
        |floor: &[i64], minimiser| StuckFlow { floor: polynomial(floor), minimiser: q(minimiser, 1), ..good.clone() };
    // Two wells, at −1 and 1: for α < 0 the sublevel set has two components.
    assert_eq!(unproved(floor(&[0, 0, -2, 0, 1], 1).verify()), Unproved::Floor);
    assert_eq!(unproved(floor(&[0, 0, 0, -4, 3], 2).verify()), Unproved::Floor);
    assert_eq!(unproved(floor(&[0, 0, 1], 0).verify()), Unproved::NotFlat);
    assert_eq!(unproved(floor(&[5, 0, 0, 0, 1], 0).verify()), Unproved::Optimal);
    assert_eq!(unproved(floor(&[], 0).verify()), Unproved::Optimal);

    let radius = |radius: Rational| StuckFlow { radius, ..good.clone() }.verify();
    assert_eq!(unproved(radius(q(0, 1))), Unproved::NoTrap);
    // −1 + ρ² + 12ρ + 12ρ² at ρ = 1/12.
    assert_eq!(unproved(radius(q(1, 12))), Unproved::NoTrap);
}

#[test]
fn f64_takes_a_far_point_for_a_critical_point() {
    let example = StuckFlow::example();
    // Claim 1 is proved: there is no critical point. f64 computes one.
    assert!(example.verify().is_ok());
    let (along, across) = example.gradient(800.0, 0.0);
    assert!(along == 0.0 && across == 0.0);
}

#[test]
fn the_picture_shows_one_stuck_and_one_successful_trajectory() {
    let example = StuckFlow::example();
    let last = |start| {
        let points = example.trajectory(start, 0.01, 20_000);
        let values: Vec<f64> = points.iter().map(|&(x, y)| example.evaluate(x, y)).collect();
        assert!(values.windows(2).all(|pair| pair[1] < pair[0]));
        values[values.len() - 1]
    };
    let (stuck, free) = (last((0.0, 1.0 / 16.0)), last((0.0, 0.5)));
    assert!(stuck > 0.0 && stuck < 0.01, "{stuck}");
    assert!(free < -0.98, "{free}");
    let grid = example.grid((-1.0, 3.0), (-0.5, 1.5), 5, 3);
    assert_eq!((grid.xs.len(), grid.ys.clone()), (5, vec![-0.5, 0.5, 1.5]));
    assert_eq!(grid.values[1][1], example.evaluate(0.0, 0.5));
    assert_eq!(grid.values[1][1], 1.25 + 3.0 / 16.0 - 0.5);
}

#[test]
fn figure_2_right_has_a_bad_valley_in_two_variables_without_a_local_minimum() {
    let function = TailFunction::bad_valley_in_the_plane();
    let landscape = function.verify().unwrap();
    assert_eq!((&landscape.values[..], &landscape.square), (&[q(0, 1), q(1, 8), q(-1, 1)][..], &Some(q(1, 1))));
    assert!(landscape.local_minima().is_empty());
    let bad = landscape.bad_valleys(&q(1, 8));
    assert_eq!((bad.len(), &bad[0].infimum, bad[0].has_local_minimum), (1, &q(0, 1), false));
    let text = landscape.to_string();
    assert!(text.starts_with("of two variables; on y = 0 from -∞ to +∞ the values 0, 0.125, -1"), "{text}");
    // For y = 0 it is the function of figure 3, left; the checker tells them apart.
    assert_eq!(function.evaluate(0.5), TailFunction::without_minima().evaluate(0.5));
    assert_ne!(landscape, TailFunction::without_minima().verify().unwrap());
}

#[test]
fn a_square_that_is_not_positive_is_refused_by_name() {
    for c in [q(0, 1), q(-1, 1), q(-1, 1000)] {
        let flat = TailFunction { square: Some(c), ..TailFunction::bad_valley_in_the_plane() };
        assert_eq!(unproved(flat.verify()), Unproved::Square);
    }
    let small = TailFunction { square: Some(q(1, 1000)), ..TailFunction::bad_valley_in_the_plane() };
    assert_eq!(small.verify().unwrap().square, Some(q(1, 1000)));
}

#[test]
fn figure_3_left_has_no_local_minimum_and_a_bad_valley() {
    let landscape = TailFunction::without_minima().verify().unwrap();
    assert_eq!(landscape.values, [q(0, 1), q(1, 8), q(-1, 1)]);
    assert!(landscape.local_minima().is_empty());
    let bad = landscape.bad_valleys(&q(1, 8));
    assert_eq!(bad.len(), 1);
    assert_eq!((bad[0].basins.clone(), bad[0].infimum.clone(), bad[0].has_local_minimum), (vec![0], q(0, 1), false));
    // Below its limit the valley is empty; above the peak there is one valley.
    assert!(landscape.bad_valleys(&q(0, 1)).is_empty());
    assert!(landscape.bad_valleys(&q(126, 1000)).is_empty());
}

#[test]
fn figure_3_right_has_only_global_minima_and_two_bad_valleys() {
    let landscape = TailFunction::with_bad_tails().verify().unwrap();
    assert_eq!(landscape.values, [q(1, 1), q(81, 32), q(0, 1), q(81, 32), q(1, 1)]);
    assert!(landscape.all_minima_are_global() && !landscape.local_minima().is_empty());
    let bad = landscape.bad_valleys(&q(2, 1));
    assert_eq!(bad.iter().map(|valley| valley.basins.clone()).collect::<Vec<_>>(), [[0], [4]]);
    assert!(bad.iter().all(|valley| valley.infimum == 1 && !valley.has_local_minimum));
    assert_eq!(landscape.valleys(&q(2, 1)).len(), 3);
    assert!(landscape.has_bad_valley());
}

#[test]
fn figure_1_is_connected_and_not_convex() {
    let landscape = TailFunction::connected().verify().unwrap();
    assert_eq!(landscape.values, [q(0, 1), q(-1, 4), q(0, 1)]);
    assert!(landscape.is_connected() && !landscape.has_bad_valley());
}

#[test]
fn figure_2_left_has_a_bad_valley_with_two_minima() {
    let landscape = TailFunction::with_two_minima_in_a_bad_valley().verify().unwrap();
    let turns = [-2143, -1996, -2079, -1375, -3871].map(|value| q(value, 32));
    assert_eq!(landscape.values, [&[q(0, 1)], &turns[..], &[q(103, 1)]].concat());
    // Between −1996/32 and −1375/32 the two minima on the left are in one valley, without the global one.
    let bad = landscape.bad_valleys(&q(-50, 1));
    assert_eq!((bad.len(), &bad[0].basins, &bad[0].infimum), (1, &vec![1, 3], &q(-2143, 32)));
    assert_eq!(landscape.valleys(&q(-50, 1)).len(), 2);
}

#[test]
fn figure_4_has_two_valleys_and_no_bad_one() {
    let landscape = TailFunction::with_two_global_valleys().verify().unwrap();
    assert_eq!(landscape.values, [q(9, 16), q(0, 1), q(1, 16), q(0, 1), q(9, 16)]);
    assert!(!landscape.has_bad_valley() && !landscape.is_connected());
    assert_eq!(landscape.valleys(&q(1, 16)).len(), 2);
    assert_eq!(landscape.valleys(&q(1, 8)).len(), 1);
    let text = landscape.to_string();
    assert!(text.contains("no bad local valley") && text.contains("some sublevel sets are disconnected"), "{text}");
}

#[test]
fn the_graphs_have_the_values_of_their_landscapes() {
    for function in
        [TailFunction::without_minima(), TailFunction::with_bad_tails(), TailFunction::with_two_global_valleys()]
    {
        let landscape = function.verify().unwrap();
        let graph = function.graph(-40.0, 40.0, 81);
        for (end, value) in
            [(graph[0].1, &landscape.values[0]), (graph[80].1, &landscape.values[landscape.values.len() - 1])]
        {
            assert!((end - value.to_f64()).abs() < 1e-9, "{function}");
        }
        let logit = |t: &Rational| (t.to_f64() / (1.0 - t.to_f64())).ln();
        for (turn, value) in function.turns.iter().zip(&landscape.values[1..]) {
            assert!((function.evaluate(logit(turn)) - value.to_f64()).abs() < 1e-9, "{function}");
        }
    }
}

#[test]
fn wrong_turns_are_refused_by_name() {
    let good = TailFunction::with_bad_tails();
    let turns = |turns: &[(i64, i64)]| {
        let turns = turns.iter().map(|&(numerator, denominator)| q(numerator, denominator)).collect();
        TailFunction { turns, ..good.clone() }.verify()
    };
    assert_eq!(unproved(turns(&[(1, 8), (1, 2), (3, 4)])), Unproved::NoTurn { turn: 2 });
    assert_eq!(unproved(turns(&[(1, 8), (7, 8), (1, 2)])), Unproved::TurnOrder { turn: 2 });
    assert_eq!(unproved(turns(&[(1, 1)])), Unproved::TurnOrder { turn: 0 });
    assert_eq!(unproved(turns(&[(1, 8), (1, 2)])), Unproved::FurtherTurns);
    let constant = TailFunction { coefficients: polynomial(&[3]), turns: vec![], square: None };
    assert_eq!(unproved(constant.verify()), Unproved::FurtherTurns);
}

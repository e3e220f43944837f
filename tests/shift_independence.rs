//! Assumptions 2.1 and 2.2 and Lemma 2.3 of ICML 2019.

use crate::support::unproved;
use proptest::prelude::*;
use rug::Rational;
use std::collections::BTreeSet;
use sublevel::checker::Unproved;
use sublevel::linalg::{Double, Exact};
use sublevel::network::Activation;
use sublevel::statement::shift_independence::*;
use unproved::unproved;

fn q(numerator: i64, denominator: i64) -> Rational {
    Rational::from((numerator, denominator))
}

fn shifts(numbers: &[i64]) -> Shifts {
    Shifts::new(numbers.iter().map(|&n| Rational::from(n)).collect()).unwrap()
}

fn read(text: &str) -> Activation {
    text.parse().unwrap()
}

fn any_rational() -> impl Strategy<Value = Rational> {
    (-300..300i64, 1..9i64).prop_map(|(numerator, denominator)| q(numerator, denominator))
}

/// Up to `most` breakpoints; slopes from a small set, so that many breakpoints are none.
fn any_activation(most: usize) -> impl Strategy<Value = Activation> {
    (prop::collection::btree_set(any_rational(), 0..most), any_rational()).prop_flat_map(|(breakpoints, value)| {
        prop::collection::vec(-2..3i64, breakpoints.len() + 1).prop_map(move |slopes| {
            let slopes = slopes.into_iter().map(|slope| q(slope, 3)).collect();
            Activation::new(breakpoints.iter().cloned().collect(), slopes, value.clone()).unwrap()
        })
    })
}

fn any_shifts() -> impl Strategy<Value = Shifts> {
    prop::collection::btree_set(any_rational().prop_filter("non-zero", |shift| !shift.is_zero()), 1..7)
        .prop_map(|set: BTreeSet<Rational>| set.into_iter().collect::<Vec<_>>())
        .prop_shuffle()
        .prop_map(|shifts| Shifts::new(shifts).unwrap())
}

proptest! {
    #![proptest_config(cases!("shift_independence", 200))]

    #[test]
    fn assumption_2_1_is_decided_with_a_true_reason(activation in any_activation(40)) {
        let answer = MonotoneOnto::decide(&activation);
        prop_assert!(answer.verify(&activation));
        prop_assert_eq!(answer.holds(), activation.is_strictly_monotone_onto());
    }

    #[test]
    fn assumption_2_2_is_decided_with_a_true_reason(activation in any_activation(40)) {
        let answer = ShiftIndependence::decide(&activation);
        prop_assert!(answer.verify(&activation));
        prop_assert_eq!(answer.holds(), activation.slopes().windows(2).any(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn two_slopes_refute_every_relation_twice(activation in any_activation(30), shifts in any_shifts()) {
        match refute_by_kinks(&activation, &shifts) {
            Ok(refutation) => {
                prop_assert_eq!(refutation.verify(&activation, &shifts), Ok(()));
                let PointOutcome::Refuted(refutation) = decide_by_points(&Exact, &activation, &shifts) else {
                    return Err(TestCaseError::fail("Lemma 2.3: there is no relation"));
                };
                prop_assert_eq!(refutation.verify(&activation, &shifts), Ok(()));
            }
            Err(NoKink) => prop_assert!(!ShiftIndependence::decide(&activation).holds()),
        }
    }

    #[test]
    fn an_affine_function_is_related_to_any_two_of_its_shifts(
        slope in any_rational(), value in any_rational(), shifts in any_shifts(),
    ) {
        let activation = Activation::new(vec![], vec![slope.clone()], value.clone()).unwrap();
        match decide_by_points(&Exact, &activation, &shifts) {
            // 0 = 0: the zero function needs no copy at all.
            PointOutcome::Related(relation) if slope.is_zero() && value.is_zero() => prop_assert!(relation.shifts.is_empty()),
            PointOutcome::Related(relation) => prop_assert!(relation.verify(&activation)),
            PointOutcome::Refuted(refutation) => {
                prop_assert!(shifts.as_slice().len() == 1 && !slope.is_zero());
                prop_assert_eq!(refutation.verify(&activation, &shifts), Ok(()));
            }
        }
    }

    #[test]
    fn the_exponential_linear_unit_refutes_every_relation_twice(alpha in 1..40i64, shifts in any_small_shifts()) {
        prop_assert_eq!(refute_by_curvature(&shifts).verify(&shifts), Ok(()));
        let elu = Smooth::elu(q(alpha, 10)).unwrap();
        let refutation = refute_by_enclosure(&Exact, &elu, &shifts);
        prop_assert_eq!(refutation.map(|refutation| refutation.verify(&elu, &shifts)), Ok(Ok(())));
    }
}

fn any_small_shifts() -> impl Strategy<Value = Shifts> {
    let shift = (-30..30i64, 1..4i64).prop_map(|(n, d)| q(n, d)).prop_filter("non-zero", |shift| !shift.is_zero());
    prop::collection::btree_set(shift, 1..4).prop_map(|set| Shifts::new(set.into_iter().collect()).unwrap())
}

#[test]
fn breakpoints_with_equal_slopes_are_no_kinks() {
    let trap = read("pl:breakpoints=-1,0,2;slopes=3,3,3,3;value=5");
    assert_eq!(refute_by_kinks(&trap, &shifts(&[1, 2])), Err(NoKink));
    let ShiftIndependence::Fails(relation) = ShiftIndependence::decide(&trap) else { panic!("the trap is affine") };
    assert_eq!(relation.to_string(), "σ(x) = (2)·σ(x − (1)) + (-1)·σ(x − (2)) for every x");
    assert!(relation.verify(&trap));
    // The outer breakpoints of the second trap are none either: its only kink is 0.
    let trap = read("pl:breakpoints=-1,0,2;slopes=3,3,1,1;value=5");
    let refutation = refute_by_kinks(&trap, &shifts(&[-1, 4])).unwrap();
    assert_eq!(refutation.exclusions, [Exclusion { shift: 0, kink: q(-1, 1) }]);
    assert_eq!(refutation.kink, 0);
    let at_the_trap = KinkRefutation { kink: q(-1, 1), exclusions: vec![], ..refutation };
    assert_eq!(unproved(at_the_trap.verify(&trap, &shifts(&[4]))), Unproved::LastStraight);
}

#[test]
fn a_constant_function_repeats_itself() {
    let constant = read("pl:breakpoints=;slopes=0;value=7");
    let ShiftIndependence::Fails(relation) = ShiftIndependence::decide(&constant) else { panic!("it is constant") };
    assert_eq!((relation.shifts.len(), relation.verify(&constant)), (1, true));
    // The same relation is wrong for other functions, and by less than a decimal shows.
    assert!(!relation.verify(&read("pl:breakpoints=;slopes=1e-40;value=7")));
    assert!(!relation.verify(&read("pl:breakpoints=1000000;slopes=0,1e-40;value=7")));
}

#[test]
fn a_claim_that_assumption_2_2_holds_needs_two_slopes() {
    let holds = |kink: i64, left: i64, right: i64| ShiftIndependence::Holds {
        kink: q(kink, 1),
        left_slope: q(left, 1),
        right_slope: q(right, 1),
    };
    assert!(holds(0, -1, 1).verify(&Activation::abs()));
    for wrong in [holds(0, 1, -1), holds(1, -1, 1), holds(1, 1, 1)] {
        assert!(!wrong.verify(&Activation::abs()), "{wrong}");
    }
    assert!(!holds(0, 1, 1).verify(&Activation::identity()));
}

#[test]
fn a_relation_has_coefficients_that_are_not_zero() {
    let relation = |shifts: &[i64], coefficients: &[i64]| {
        let exact = |numbers: &[i64]| numbers.iter().copied().map(Rational::from).collect();
        Relation { shifts: exact(shifts), coefficients: exact(coefficients) }.verify(&Activation::identity())
    };
    assert!(relation(&[1, 2], &[2, -1]));
    assert!(!relation(&[1, 2, 3], &[2, -1, 0]));
    assert!(!relation(&[1, 2], &[2]));
    assert!(!relation(&[0], &[1]));
    assert!(!relation(&[], &[]));
}

#[test]
fn assumption_2_1_names_two_points_of_one_value() {
    let fails = |text| match MonotoneOnto::decide(&read(text)) {
        MonotoneOnto::Fails { left, right, value } => (left, right, value),
        MonotoneOnto::Holds { .. } => panic!("{text} is not strictly monotone"),
    };
    assert_eq!(fails("relu"), (q(-1, 1), q(0, 1), q(0, 1)));
    assert_eq!(fails("abs"), (q(-1, 1), q(1, 1), q(1, 1)));
    assert_eq!(fails("hard-tanh"), (q(-2, 1), q(-1, 1), q(-1, 1)));
    let leaky = MonotoneOnto::decide(&read("leaky-relu=0.01"));
    assert_eq!(leaky, MonotoneOnto::Holds { increasing: true, least_slope: q(1, 100) });
    assert_eq!(
        leaky.to_string(),
        "Assumption 2.1 holds: σ is strictly increasing and onto, every slope is at least 0.01 in size"
    );
    // Claims that are not true of the function they are made of.
    assert!(!leaky.verify(&read("leaky-relu=0.001")));
    assert!(!leaky.verify(&read("relu")));
    assert!(!MonotoneOnto::Holds { increasing: true, least_slope: q(0, 1) }.verify(&read("relu")));
    assert!(!MonotoneOnto::Holds { increasing: false, least_slope: q(1, 100) }.verify(&read("leaky-relu=0.01")));
    assert!(!MonotoneOnto::Fails { left: q(0, 1), right: q(0, 1), value: q(0, 1) }.verify(&read("identity")));
}

#[test]
fn shifts_are_non_zero_and_distinct() {
    let new = |numbers: &[i64]| Shifts::new(numbers.iter().map(|&n| Rational::from(n)).collect());
    assert_eq!(new(&[]), Err(ShiftError::None));
    assert_eq!(new(&[1, 0]), Err(ShiftError::Zero { index: 1 }));
    assert_eq!(new(&[1, 2, 1]), Err(ShiftError::Repeated { first: 0, second: 2 }));
}

#[test]
fn every_false_step_of_a_kink_refutation_is_named() {
    let (relu, given) = (Activation::relu(), shifts(&[-1, -2, 3, 4, 5]));
    let good = refute_by_kinks(&relu, &given).unwrap();
    assert_eq!(good.exclusions.iter().map(|exclusion| exclusion.shift).collect::<Vec<_>>(), [1, 0]);
    let with = |steps: &[(usize, i64)], kink: i64| {
        let exclusions = steps.iter().map(|&(shift, kink)| Exclusion { shift, kink: q(kink, 1) }).collect();
        KinkRefutation { side: Side::Left, exclusions, kink: q(kink, 1) }.verify(&relu, &given)
    };
    // ReLU has one kink: every copy can be excluded at its own.
    assert_eq!(with(&[(1, -2), (0, -1)], 0), Ok(()));
    assert_eq!(with(&[], 0), Ok(()));
    assert_eq!(unproved(with(&[(1, -2), (1, -2)], 0)), Unproved::NoSuchCopy { step: 1, shift: 1 });
    assert_eq!(unproved(with(&[(7, -2)], 0)), Unproved::NoSuchCopy { step: 0, shift: 7 });
    assert_eq!(unproved(with(&[(1, -3)], 0)), Unproved::Straight { step: 0 });
    assert_eq!(unproved(with(&[], 9)), Unproved::LastStraight);
    // Two kinks a distance 1 apart: the copy by 1 bends where σ bends, and where the copy by 2 bends.
    let tent = read("pl:breakpoints=0,1;slopes=0,1,0;value=0");
    let given = shifts(&[1, 2]);
    let with = |steps: &[(usize, i64)], kink: i64| {
        let exclusions = steps.iter().map(|&(shift, kink)| Exclusion { shift, kink: q(kink, 1) }).collect();
        KinkRefutation { side: Side::Right, exclusions, kink: q(kink, 1) }.verify(&tent, &given)
    };
    assert_eq!(with(&[], 0), Ok(()));
    assert_eq!(unproved(with(&[], 1)), Unproved::LastCopy { other: 0 });
    assert_eq!(unproved(with(&[(0, 1)], 0)), Unproved::FunctionBends { step: 0 });
    assert_eq!(unproved(with(&[(0, 2)], 0)), Unproved::OtherCopy { step: 0, other: 1 });
    assert_eq!(with(&[(1, 3), (0, 2)], 1), Ok(()));
}

#[test]
fn every_false_weight_of_a_point_refutation_is_seen() {
    let (hinge, given) = (read("leaky-relu=1/2"), shifts(&[1, -1]));
    let PointOutcome::Refuted(good) = decide_by_points(&Exact, &hinge, &given) else { panic!("no relation") };
    assert_eq!(good.verify(&hinge, &given), Ok(()));
    let mut short = good.clone();
    short.weights.pop();
    assert_eq!(unproved(short.verify(&hinge, &given)), Unproved::Lengths);
    let mut nothing = good.clone();
    nothing.weights.iter_mut().for_each(|weight| *weight = Rational::new());
    assert_eq!(unproved(nothing.verify(&hinge, &given)), Unproved::FunctionSum);
    for index in 0..good.weights.len() {
        let mut wrong = good.clone();
        wrong.weights[index] += q(1, 1_000_000_000);
        assert!(wrong.verify(&hinge, &given).is_err(), "weight {index}");
    }
    // The refutation speaks of this function and these shifts.
    assert_eq!(unproved(good.verify(&hinge, &shifts(&[1, -2]))), Unproved::CopySum { shift: 1 });
    assert!(good.verify(&Activation::identity(), &given).is_err());
}

#[test]
fn the_exponential_function_is_related_and_stays_undecided() {
    assert_eq!(refute_by_enclosure(&Exact, &Smooth::Exp, &shifts(&[1])), Err(Undecided { precision: 2048 }));
    assert!(Smooth::Exp.relation().is_some());
    assert_eq!(Smooth::elu(q(1, 1)).unwrap().relation(), None);
    assert_eq!(Smooth::elu(q(0, 1)), Err(SmoothError::Alpha { alpha: q(0, 1) }));
}

#[test]
fn every_false_step_of_an_elu_refutation_is_named() {
    let given = shifts(&[2, -3, 1]);
    let good = refute_by_curvature(&given);
    assert_eq!(good.verify(&given), Ok(()));
    let bend = |start: i64, step: i64| Bend { start: q(start, 10), step: q(step, 10) };
    let with =
        |steps: &[(usize, Bend)], last: Bend| CurvatureRefutation { exclusions: steps.to_vec(), last }.verify(&given);
    let (first, second, last) = ((0, bend(12, 4)), (2, bend(1, 1)), bend(-9, 1));
    assert_eq!(with(&[first.clone(), second.clone()], last.clone()), Ok(()));
    assert_eq!(unproved(with(std::slice::from_ref(&first), last.clone())), Unproved::LastCopy { other: 2 });
    assert_eq!(unproved(with(std::slice::from_ref(&second), last.clone())), Unproved::OtherCopy { step: 0, other: 0 });
    assert_eq!(
        unproved(with(&[first.clone(), first.clone()], last.clone())),
        Unproved::NoSuchCopy { step: 1, shift: 0 }
    );
    assert_eq!(unproved(with(&[(0, bend(12, 5))], last.clone())), Unproved::Straight { step: 0 });
    assert_eq!(unproved(with(&[(0, bend(12, 0))], last.clone())), Unproved::Step);
    assert_eq!(unproved(with(&[first, second], bend(-9, 5))), Unproved::LastStraight);
    let negative = shifts(&[-1]);
    let backwards = CurvatureRefutation { exclusions: vec![(0, bend(-20, 1))], last };
    assert_eq!(unproved(backwards.verify(&negative)), Unproved::FunctionBends { step: 0 });
}

#[test]
fn an_elu_certificate_with_a_wrong_inverse_or_too_few_bits_proves_nothing() {
    let (elu, given) = (Smooth::elu(q(1, 1)).unwrap(), shifts(&[1, 2]));
    let good = refute_by_enclosure(&Exact, &elu, &given).unwrap();
    let mut wrong = good.clone();
    wrong.approximate_left_inverse.iter_mut().for_each(|entry| *entry *= 3);
    assert_eq!(unproved(wrong.verify(&elu, &given)), Unproved::NotContracting);
    let mut wrong = good.clone();
    wrong.points.pop();
    wrong.approximate_left_inverse.truncate(3 * wrong.points.len());
    assert!(wrong.verify(&elu, &given).is_err());
    let coarse = EnclosureRefutation { precision: 2, ..good.clone() };
    assert_eq!(unproved(coarse.verify(&elu, &given)), Unproved::NotContracting);
    assert_eq!(unproved(good.verify(&Smooth::Exp, &given)), Unproved::Alpha);
}

#[test]
fn enclosures_contain_the_exponential() {
    // e = 2.718281828459045 23536… between its truncation and the next digit.
    let (centre, radius) = Smooth::Exp.enclose(&q(1, 1), 100).unwrap();
    let low: Rational = q(271828182845904523, 100000000000000000);
    assert!(
        Rational::from(&centre - &radius) > low && Rational::from(&centre + &radius) < low + q(1, 100000000000000000)
    );
    // Far below, where a float would underflow, the interval still contains a positive number.
    let (centre, radius) = Smooth::Exp.enclose(&q(-(1 << 40), 1), 64).unwrap();
    assert!(centre == radius && radius > 0);
}

#[test]
fn f64_confuses_a_kink_with_rounding() {
    let given = shifts(&[1, 2]);
    for (text, related) in [("leaky-relu=0.01", false), ("hard-tanh", false), ("identity", true)] {
        assert_eq!(is_combination_at_points(&Double, &read(text), &given), related, "{text}");
        assert_eq!(is_combination_at_points(&Exact, &read(text), &given), related, "{text}");
    }
    // Slopes that differ by 10⁻²⁰: a kink, but none in f64.
    let bent = read("pl:breakpoints=0;slopes=1,1.00000000000000000001;value=0");
    assert!(!is_combination_at_points(&Exact, &bent, &given));
    assert!(is_combination_at_points(&Double, &bent, &given));
}

#[test]
fn smooth_activations_are_read_by_name() {
    for name in ["exp", "elu=1", "elu=0.5"] {
        assert_eq!(name.parse::<Smooth>().unwrap().to_string(), name);
    }
    assert_eq!("elu".parse(), Smooth::elu(q(1, 1)));
    assert_eq!("elu=-1".parse::<Smooth>(), Err(SmoothError::Alpha { alpha: q(-1, 1) }));
    for found in ["elu=", "elu=x", "gelu", ""] {
        assert_eq!(found.parse::<Smooth>(), Err(SmoothError::Unknown { found: found.into() }));
    }
}

#[test]
fn results_are_written_as_text_and_as_exact_json() {
    let (hinge, given) = (read("leaky-relu=0.01"), shifts(&[-1, 3]));
    let text = refute_by_kinks(&hinge, &given).unwrap().to_string();
    assert_eq!(text, "at -1 only copy 1 bends: λ_1 = 0\nat 0 σ bends and no remaining copy does: no such relation");
    let json = |value: serde_json::Result<String>| value.unwrap();
    assert_eq!(
        json(serde_json::to_string(&ShiftIndependence::decide(&hinge))),
        r#"{"assumption_2_2":"holds","kink":"0","left_slope":"1/100","right_slope":"1"}"#
    );
    assert_eq!(
        json(serde_json::to_string(&MonotoneOnto::decide(&hinge))),
        r#"{"assumption_2_1":"holds","increasing":true,"least_slope":"1/100"}"#
    );
    assert_eq!(
        json(serde_json::to_string(&refute_by_kinks(&hinge, &shifts(&[3])).unwrap())),
        r#"{"side":"left","exclusions":[],"kink":"0"}"#
    );
    let elu = "elu".parse().unwrap();
    assert!(
        json(serde_json::to_string(&refute_by_enclosure(&Exact, &elu, &given).unwrap())).contains(r#""precision":64"#)
    );
    assert_eq!(
        refute_by_curvature(&shifts(&[2])).to_string(),
        "on [0.5, 1.5] only copy 1 is curved: λ_1 = 0\non [-0.75, -0.25] only σ is curved: no such relation"
    );
}

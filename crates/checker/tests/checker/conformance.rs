//! The conformance vectors: each with the exact answer.

use crate::{
    certificate::{Fault, ReadError},
    checker::*,
};
use crate::{check_text, vectors};
use std::fs;

fn whole(number: i64) -> sublevel_checker::Rational {
    sublevel_checker::Rational::from(num_bigint::BigInt::from(number))
}

fn expected(name: &str) -> Verdict {
    let invalid = |record, rule, rejection| Verdict::Invalid { record, rule, rejection };
    let file = |record, fault| Verdict::Incomplete { record, reason: Reason::File(ReadError { line: record, fault }) };
    match name {
        "incomplete-no-end" => file(34, Fault::MissingEnd),
        "incomplete-unknown-record" => file(3, Fault::UnknownRecord { found: "jump".into() }),
        "invalid-follow-activation-not-invertible" => invalid(3, Rule::Follow, Rejection::ActivationNotInvertible),
        "invalid-follow-changes-output" => invalid(3, Rule::Follow, Rejection::FollowChangesOutput { layer: 3 }),
        "invalid-follow-left-inverse" => invalid(3, Rule::Follow, Rejection::LeftInverse { layer: 2 }),
        "invalid-follow-right-inverse" => invalid(3, Rule::Follow, Rejection::RightInverse { first: 1 }),
        "invalid-line-degree-two" => invalid(3, Rule::Line, Rejection::OutputBends),
        "invalid-line-equal-ends-only" => invalid(3, Rule::Line, Rejection::OutputBends),
        "invalid-line-output-bends" => invalid(3, Rule::Line, Rejection::OutputBends),
        "invalid-not-lowest-terms" => invalid(2, Rule::Start, Rejection::NotInLowestTerms { part: Part::Weight(1) }),
        "invalid-ray-live-neuron" => invalid(3, Rule::Ray, Rejection::RayChangesOutput),
        "invalid-ray-relu-turns-on" => {
            invalid(3, Rule::Ray, Rejection::RayLeavesPiece { layer: 1, neuron: 0, sample: 0 })
        }
        "invalid-ray-zero" => invalid(3, Rule::Ray, Rejection::ZeroRay),
        "invalid-rescale-breakpoint" => {
            invalid(3, Rule::Rescale, Rejection::BendsOffZero { breakpoint: Box::new(whole(1)) })
        }
        "invalid-rescale-last-layer" => invalid(3, Rule::Rescale, Rejection::RescaledLayer { layer: 2, hidden: 1 }),
        "invalid-rescale-not-announced" => invalid(4, Rule::End, Rejection::Announcement),
        "invalid-rescale-value" => invalid(3, Rule::Rescale, Rejection::ValueAtZero { value: Box::new(whole(1)) }),
        "invalid-rescale-zero" => invalid(3, Rule::Rescale, Rejection::RescalesZero { layer: 1 }),
        "invalid-wrong-count" => invalid(34, Rule::End, Rejection::MoveCount { expected: 30, found: 31 }),
        other => panic!("no answer is written down for {other}"),
    }
}

#[test]
fn every_vector_gets_its_verdict() {
    for (name, path) in vectors() {
        let verdict = check_text(&fs::read_to_string(path).unwrap());
        match name.starts_with("valid-") {
            true => assert!(matches!(verdict, Verdict::Valid(_)), "{name}: {verdict}"),
            false => assert_eq!(verdict, expected(&name), "{name}: {verdict}"),
        }
    }
}

/// False claims that passed once, or where overflow was not checked, and what took all memory or ended the program: a hat with the
/// first slope 0 counted as monotone; values of σ that are no words wrapped, and −2⁶³ is one that has no absolute value; windows
/// on an image without channels counted as nothing; a root above 1 was squared; no vectors have any dimension.
#[test]
fn what_passed_once_is_refused() {
    let files = crate::vectors_in("refused");
    assert_eq!(files.len(), 10);
    for (name, path) in files {
        let verdict = check_text(&fs::read_to_string(path).unwrap());
        let expected = match name.as_str() {
            "alternation-hat" => "2 alternations do not exceed the 4 monotone runs",
            "barrier-elu-large-alpha" | "barrier-word-minimum" => "the loss is above the bound at a point of the move",
            "rank-elu-large-alpha" => "R does not show that Ψ has rank N",
            "diagonal-softplus-small-gamma" => "2σ(t_0) is above the threshold",
            "spread-dimension" => "1 part for 0 vectors are not fewer",
            "gradient-root-above-one" => "c is not positive, or the inverses and slopes show less than it",
            _ => "block 1 has no patch",
        };
        assert!(
            verdict.to_string().contains(expected) && matches!(verdict, Verdict::Invalid { .. }),
            "{name}: {verdict}"
        );
    }
}

/// The page on the file format shows a whole certificate.
#[test]
fn the_example_in_the_documentation_is_valid() {
    let page = include_str!("../../../../docs/certificate.md");
    let example = page.split("```jsonl\n").nth(1).unwrap().split("```").next().unwrap();
    let verdict = check_text(example);
    assert!(matches!(verdict, Verdict::Valid(_)), "{verdict}");
}

#[test]
fn the_statement_is_rebuilt_from_the_problem() {
    let statement = |name: &str| {
        let path = vectors().into_iter().find(|(found, _)| found == name).unwrap().1;
        match check_text(&fs::read_to_string(path).unwrap()) {
            Verdict::Valid(statement) => *statement,
            other => panic!("{name}: {other}"),
        }
    };
    let follow = statement("valid-follow-leaky");
    assert_eq!(follow.conclusion, Conclusion::Connected);
    assert_eq!(follow.scope, Scope::EveryConvexLoss);
    assert!(matches!(&follow.network, Network::Dense { widths, .. } if widths[..] == [3, 4, 3, 2]));
    assert_eq!(follow.samples, 3);
    assert_eq!(follow.moves.total(), 31);
    assert_eq!(statement("valid-lines-relu").moves, Moves { lines: 9, ..Moves::default() });
    let ray = statement("valid-ray-dead-neuron");
    assert_eq!(ray.conclusion, Conclusion::Unbounded(Level::Constant));
    assert_eq!((ray.scope, ray.losses.clone()), (Scope::EveryConvexLoss, None));
    insta::assert_snapshot!(ray.to_string(), @r"
    network     1-2-1, activation piecewise linear with slopes 0, 1, breakpoints 0, value 0 at 0
    samples     2
    checked     a continuous path from the first network to infinity, with constant output on its last move; the output, and with it the loss, is constant on all of it
    holds for   every convex loss at once
    moves       1 (0 lines, 0 follows, 1 ray, 0 bounded lines)
    integers    of up to 2 bits in inputs and parameters
    compared    with nothing: networks, data, activation and loss are those in the certificate
    label       `icml-2019/theorem-5.1`, as labelled by its author; nothing above rests on it
    ");
    insta::assert_snapshot!(follow.to_string(), @r"
    network     3-4-3-2, activation piecewise linear with slopes 1/4, 1, breakpoints 0, value 0 at 0
    samples     3
    checked     a continuous path between two networks; at every point of it the loss is at most the larger one of the losses at its two ends
    holds for   every convex loss at once
    loss        the mean cross-entropy (1/N) Σ_i (−ln softmax(F_i)[y_i]) with the labels in the certificate: between 50.913002103 and 50.913002104 at the start, between 96.501157407 and 96.501157408 at the end
    moves       31 (14 lines, 17 follows, 0 rays, 0 bounded lines)
    integers    of up to 39 bits in inputs and parameters
    compared    with nothing: networks, data, activation and loss are those in the certificate
    label       `icml-2019/theorem-3.2`, as labelled by its author; nothing above rests on it
    ");
}

//! A loss that falls strictly: on straight outputs, on outputs that bend, beside follows.

use crate::build::*;
use crate::{
    certificate::{Claim, Criterion, FollowRecord, Layer, Layers, LossRecord, Matrix, Reader, Record},
    check_text,
    checker::*,
    oracle::square_losses,
};

fn text(name: &str) -> String {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/descent");
    std::fs::read_to_string(folder.join(format!("{name}.path.jsonl"))).unwrap()
}

/// From place to place, by arithmetic that shares nothing with the checker's.
#[track_caller]
fn assert_falls(text: &str) {
    let losses = square_losses(text);
    assert!(losses.windows(2).all(|pair| pair[1] < pair[0]), "{losses:?}");
}

const STRICT: Conclusion = Conclusion::Descends(Descent::FallsStrictly);

/// Three samples, two neurons, bilinear lines: by another program, which looked at the polynomials.
#[test]
fn off_the_plateau_the_loss_falls_strictly_though_the_output_bends() {
    for (name, start) in [("valid-off-the-plateau", "3"), ("valid-beside-the-plateau", "603/200")] {
        match check_text(&text(name)) {
            Verdict::Valid(statement) => {
                assert_eq!(statement.conclusion, STRICT);
                let losses = statement.losses.unwrap();
                assert_eq!([losses.start.lower.to_string(), losses.end.upper.to_string()], [start, "0"]);
            }
            other => panic!("{other}"),
        }
        assert_falls(&text(name));
    }
    let invalid = |name: &str| match check_text(&text(name)) {
        Verdict::Invalid { record, rule, rejection } => (record, rule, rejection),
        other => panic!("{other}"),
    };
    assert_eq!(invalid("invalid-on-the-plateau"), (3, Rule::Claim, Rejection::LossRests));
    assert_eq!(invalid("invalid-exchanged"), (3, Rule::Line, Rejection::LossDoesNotFall));
    // Where the loss need only not rise, the output may not bend.
    let weaker = text("valid-off-the-plateau")
        .replace("strictly-descends", "descends")
        .replace("\"version\":3", "\"version\":1");
    match check_text(&weaker) {
        Verdict::Invalid { record: 3, rule: Rule::Line, rejection: Rejection::OutputBends } => {}
        other => panic!("{other}"),
    }
}

/// A linear network 1-2 at x = 1 whose output visits these points.
fn visit(points: &[[i64; 2]], loss: impl Into<LossRecord>) -> Sheet {
    let moves: Vec<Record> = points[1..].iter().map(|point| line([(1, bias(*point))])).collect();
    let sheet = Sheet::new(relu(), matrix(&[[1]]), [both(&[[0, 0]], points[0])], &moves);
    sheet.claim(Claim::StrictlyDescends).loss(loss)
}

#[test]
fn the_slope_at_the_end_decides_and_zero_will_do_for_squares() {
    let square = || Criterion::Square { targets: matrix(&[[0, 0]]) };
    let mean = || Criterion::MeanSquare { targets: matrix(&[[0, 0]]) };
    let cross_entropy = || Criterion::CrossEntropy { labels: vec![0] };
    let hinge = || Criterion::Hinge { labels: vec![0] };
    for (points, loss) in [
        (&[[4, 4], [2, 3], [0, 0]][..], square()),
        (&[[4, 4], [0, 4]], mean()),
        (&[[0, 0], [1, 0], [1, -7]], cross_entropy()),
        (&[[0, 0], [1, 0]], hinge()),
        (&[[-3, 0], [0, 0]], hinge()),
    ] {
        assert_eq!(visit(points, loss).is_valid().conclusion, STRICT, "{points:?}");
    }
    for (points, loss, record) in [
        // Past the minimum; along a circle's tangent, where the slope at the end is positive.
        (&[[4, 0], [-1, 0]][..], square(), 3),
        (&[[4, 0], [2, 0], [2, 1]], square(), 4),
        (&[[0, 0], [0, 1]], cross_entropy(), 3),
        // Down and up again, below the start.
        (&[[0, 0], [1, 0], [0, 0]], hinge(), 4),
        // The hinge loss is 0 before the end, and flat; and where it is 0 all the way.
        (&[[0, 0], [2, 0]], hinge(), 3),
        (&[[2, 0], [3, 0]], hinge(), 3),
    ] {
        visit(points, loss).is_invalid(record, Rule::Claim, Rejection::LossDoesNotFall);
    }
    // All logits move alike: nothing falls, and no number of bits tells.
    visit(&[[0, 0], [1, 1]], cross_entropy()).is_undecided(3, Undecided::SlopeTooFlat { bits: 1024 });
    visit(&[[1, 1]], square()).is_invalid(3, Rule::Claim, Rejection::NoMove);
    // One output is never wrong; targets 0 and 1 of the binary loss, rising, and past their minimum; labels that count nothing.
    let one = Sheet::new(relu(), matrix(&[[1]]), [both(&[[0]], [0])], &[line([(1, bias([1]))])])
        .claim(Claim::StrictlyDescends);
    one.clone().loss(hinge()).is_invalid(3, Rule::Claim, Rejection::LossDoesNotFall);
    let binary = |target: i64| one.clone().loss(Criterion::BinaryCrossEntropy { targets: over(7, &[[target]]) });
    let certain = |target: i64| one.clone().loss(Criterion::BinaryCrossEntropy { targets: matrix(&[[target]]) });
    assert_eq!(certain(1).is_valid().conclusion, STRICT);
    certain(0).is_invalid(3, Rule::Claim, Rejection::LossDoesNotFall);
    // The minimum for 4/7 is at ln 4/3, between 0 and 1.
    binary(4).is_invalid(3, Rule::Claim, Rejection::LossDoesNotFall);
    let nothing = visit(&[[0, 0], [1, 0]], Criterion::SoftCrossEntropy { targets: matrix(&[[0, 0]]) });
    nothing.is_undecided(3, Undecided::SlopeTooFlat { bits: 1024 });
    // The output rests on one move.
    let rest = line([(1, bias([4, 4]))]);
    let mut sheet = visit(&[[4, 4], [2, 3]], square());
    sheet.moves.insert(0, rest);
    sheet.is_invalid(3, Rule::Claim, Rejection::LossRests);
    // There is no loss; a bounded move shows a bound only.
    let mut sheet = visit(&[[4, 4], [2, 3]], square());
    sheet.problem.loss = None;
    sheet.is_invalid(4, Rule::Claim, Rejection::DescentWithoutLoss);
    let mut sheet = visit(&[[4, 4]], square());
    sheet.moves.push(bounded([(1, bias([2, 3]))], "100"));
    sheet.is_invalid(3, Rule::Claim, Rejection::BoundedDoesNotFall);
}

/// A sample that does not count does not make a loss fall.
#[test]
fn only_what_counts_falls() {
    // Outputs b and w + b at x = 0 and 1; the target is 0.
    let sheet = |weights: [i64; 2]| {
        let squares = Criterion::Square { targets: matrix(&[[0], [0]]) };
        let loss = LossRecord { weights: Some(matrix(&[[weights[0]], [weights[1]]])), ..squares.into() };
        let moves = [line([(1, weight(&[[0]]))])];
        let sheet = Sheet::new(relu(), matrix(&[[0], [1]]), [both(&[[5]], [0])], &moves);
        sheet.claim(Claim::StrictlyDescends).loss(loss)
    };
    assert_eq!(sheet([1, 1]).is_valid().conclusion, STRICT);
    assert_eq!(sheet([0, 1]).is_valid().conclusion, STRICT);
    sheet([1, 0]).is_invalid(3, Rule::Claim, Rejection::LossDoesNotFall);
}

/// v relu(w) with w and v going from 2 to 0 and on: (2 − 2λ)(2 − 2λ), which falls, and what crosses the breakpoint.
#[test]
fn bent_outputs_are_looked_at_piece_by_piece() {
    let sheet = |from: [i64; 2], to: [i64; 2], target: i64| {
        let moves = [line([(1, weight(&[[to[0]]])), (2, weight(&[[to[1]]]))])];
        let layers = [both(&[[from[0]]], [0]), both(&[[from[1]]], [0])];
        let sheet = Sheet::new(leaky(), matrix(&[[1]]), layers, &moves).claim(Claim::StrictlyDescends);
        sheet.loss(Criterion::Square { targets: matrix(&[[target]]) })
    };
    for (from, to, target) in [([2, 2], [0, 0], 0), ([2, 2], [-2, 2], -1), ([4, 3], [-4, 1], -8)] {
        let sheet = sheet(from, to, target);
        assert_eq!(sheet.is_valid().conclusion, STRICT, "{from:?} {to:?}");
        assert_falls(&sheet.text());
    }
    // It rises at first, or at last, or behind the breakpoint.
    for (from, to, target) in [([1, 1], [2, 2], 0), ([2, 2], [-2, 2], 3), ([4, 3], [-4, 1], 1)] {
        sheet(from, to, target).is_invalid(3, Rule::Line, Rejection::LossDoesNotFall);
    }
    // w v runs from 4 over 0 to 4: the loss of the target 5 rises and falls, to where it was.
    sheet([2, 2], [-2, -8], 5).is_invalid(3, Rule::Line, Rejection::LossDoesNotFall);
    // ReLU: beyond the breakpoint the output rests.
    let mut rests = sheet([2, 2], [-2, 2], -1);
    rests.problem.activation = relu();
    rests.is_invalid(3, Rule::Line, Rejection::LossRests);
    // Flat in the first piece, in the middle one, in the last one.
    for (slopes, from, to) in [(["0", "1", "2"], 0, -3), (["1", "0", "1"], 3, -3), (["1", "2", "0"], 3, -3)] {
        let moves = [line([(1, weight(&[[to]])), (2, weight(&[[2]]))])];
        let layers = [both(&[[from]], [0]), both(&[[2]], [0])];
        let flat = Sheet::new(activation(&["-1", "1"], &slopes, "-1"), matrix(&[[1]]), layers, &moves);
        let flat = flat.claim(Claim::StrictlyDescends).loss(Criterion::Square { targets: matrix(&[[-100]]) });
        flat.is_invalid(3, Rule::Line, Rejection::LossRests);
    }
    // Samples count by their weights: at x = 1 the loss falls, at x = 2 with the target 9 it rises.
    let weighted = |weights: [i64; 2]| {
        let moves = [line([(1, weight(&[[1]])), (2, weight(&[[1]]))])];
        let sheet = Sheet::new(leaky(), matrix(&[[1], [2]]), [both(&[[2]], [0]), both(&[[2]], [0])], &moves);
        let loss = LossRecord {
            weights: Some(matrix(&[[weights[0]], [weights[1]]])),
            ..Criterion::Square { targets: matrix(&[[0], [9]]) }.into()
        };
        sheet.claim(Claim::StrictlyDescends).loss(loss)
    };
    assert_eq!(weighted([99, 1]).is_valid().conclusion, STRICT);
    weighted([1, 99]).is_invalid(3, Rule::Line, Rejection::LossDoesNotFall);
    // Only a sample of weight 0 moves, and bends.
    let moves = [line([(1, weight(&[[1]])), (2, weight(&[[2]]))])];
    let unseen = Sheet::new(leaky(), matrix(&[[0], [1]]), [both(&[[2]], [0]), both(&[[3]], [0])], &moves);
    let first_only =
        LossRecord { weights: Some(matrix(&[[1], [0]])), ..Criterion::Square { targets: matrix(&[[4], [0]]) }.into() };
    unseen.claim(Claim::StrictlyDescends).loss(first_only).is_invalid(3, Rule::Line, Rejection::LossRests);
    // At two inputs the loss falls, and its slope is between -320 and -54; a Bernstein coefficient of it is positive.
    let moves = [line([(1, weight(&[[8], [1]])), (2, weight(&[[3]]))])];
    let sheet_of_two =
        Sheet::new(leaky(), matrix(&[[1, 0], [0, 1]]), [both(&[[2], [3]], [0]), both(&[[5]], [0])], &moves);
    let sheet_of_two = sheet_of_two.loss(Criterion::Square { targets: matrix(&[[2], [-18]]) });
    let sheet_of_two = sheet_of_two.claim(Claim::StrictlyDescends);
    assert_falls(&sheet_of_two.text());
    sheet_of_two.is_undecided(3, Undecided::CurvedLoss);
    // Only squares are polynomials.
    let mut hinge = sheet([2, 2], [0, 0], 0);
    hinge.problem.loss = Some(Criterion::Hinge { labels: vec![0] }.into());
    hinge.is_invalid(3, Rule::Line, Rejection::OutputBends);
}

/// 1-2-2-1 at x = −2 and 0, as in the tests of the follow; level 2 goes along (1, 2), which the last weight does not see.
fn tilted(output: Matrix, layers: Layers) -> Sheet {
    let start = [both(&[[1, -1]], [1, 2]), both(&[[1, 2], [0, 1]], [0, -3]), both(&[[2], [-1]], [5])];
    let follow = FollowRecord {
        first: 1,
        level: 2,
        output,
        right_inverse: Some(over(2, &[[-1, 1], [0, 2]])),
        left_inverses: [(2, matrix(&[[1, -2], [0, 1]]))].into(),
        layers,
    };
    let moves = [Record::Follow(follow), line([(3, bias([3]))])];
    let sheet = Sheet::new(leaky(), matrix(&[[-2], [0]]), start, &moves).claim(Claim::StrictlyDescends);
    sheet.loss(Criterion::Square { targets: matrix(&[[0], [0]]) })
}

fn ahead() -> Matrix {
    over(16, &[[-1 + 16, 8 + 32], [16 - 32, 16 - 64]])
}

/// The outputs at the start are 35/8 and 6.
#[test]
fn beside_a_follow_the_output_bias_moves() {
    let sheet = tilted(ahead(), [(3, bias([4]))].into());
    assert_eq!(sheet.is_valid().conclusion, STRICT);
    assert_falls(&sheet.text());
    // It rests; it goes the other way; the two samples do not move alike.
    tilted(ahead(), Layers::new()).is_invalid(3, Rule::Claim, Rejection::LossRests);
    tilted(ahead(), [(3, bias([6]))].into()).is_invalid(3, Rule::Claim, Rejection::LossDoesNotFall);
    let beside = over(16, &[[-1 + 16, 8 + 33], [16 - 32, 16 - 64]]);
    tilted(beside, [(3, bias([4]))].into()).is_invalid(3, Rule::Follow, Rejection::FollowChangesOutput { layer: 3 });
    // At level L the bias of layer L has no place.
    let last = |layers: Layers| {
        let follow = FollowRecord {
            first: 2,
            level: 2,
            output: matrix(&[[0], [1]]),
            right_inverse: Some(over(2, &[[-1, 1], [0, 2]])),
            left_inverses: Default::default(),
            layers,
        };
        let start = [both(&[[1]], [0]), both(&[[2]], [3])];
        let sheet =
            Sheet::new(activation(&["0"], &["1", "1"], "0"), matrix(&[[-2], [0]]), start, &[Record::Follow(follow)]);
        sheet.claim(Claim::StrictlyDescends).loss(Criterion::Square { targets: matrix(&[[0], [1]]) })
    };
    assert_eq!(last(Layers::new()).is_valid().conclusion, STRICT);
    let rejection = Rejection::FollowMovesLayer { layer: 2, level: 2 };
    last([(2, bias([4]))].into()).is_invalid(3, Rule::Follow, rejection);
    // The ends would do: not the way between, on which level and weight move at once.
    let quadratic =
        tilted(over(16, &[[-1, 24], [16, 48]]), [(3, Layer { bias: bias([4]).bias, ..weight(&[[2], [1]]) })].into());
    quadratic.is_invalid(3, Rule::Follow, Rejection::FollowChangesOutput { layer: 3 });
    // Without the claim the output has to stay.
    tilted(ahead(), [(3, bias([4]))].into()).claim(Claim::Descends).is_invalid(
        3,
        Rule::Follow,
        Rejection::FollowChangesOutput { layer: 3 },
    );
}

/// The same of level 1, two layers below the last one: its bias may move, not its weight, and no other layer.
#[test]
fn far_below_the_output_only_its_bias_moves() {
    // F_1 goes along the kernel of W_2, which has the columns (1, 1) and (2, 2).
    let sheet = |layers: Layers, claim: Claim| {
        let start = [both(&[[1, -1]], [1, 2]), both(&[[1, 2], [1, 2]], [0, -3]), both(&[[2], [-1]], [5])];
        let follow = FollowRecord {
            first: 1,
            level: 1,
            output: over(4, &[[-1 + 4, 16 - 4], [4 - 8, 8 + 8]]),
            right_inverse: Some(over(2, &[[-1, 1], [0, 2]])),
            left_inverses: Layers::new().into_keys().map(|k| (k, matrix(&[[0]]))).collect(),
            layers,
        };
        let moves = [Record::Follow(follow)];
        let sheet = Sheet::new(leaky(), matrix(&[[-2], [0]]), start, &moves).claim(claim);
        sheet.loss(Criterion::Square { targets: matrix(&[[0], [0]]) })
    };
    let down = || -> Layers { [(3, bias([4]))].into() };
    let valid = sheet(down(), Claim::StrictlyDescends);
    assert_eq!(valid.is_valid().conclusion, STRICT);
    assert_falls(&valid.text());
    // With layer 2 named too, though it stays.
    sheet([(2, bias([0, -3])), (3, bias([4]))].into(), Claim::StrictlyDescends).is_valid();
    sheet(down(), Claim::Descends).is_invalid(3, Rule::Follow, Rejection::FollowMovesLayer { layer: 3, level: 1 });
    let weights = [(3, both(&[[2], [-1]], [4]))].into();
    let rejection = Rejection::FollowMovesWeight { layer: 3, level: 1 };
    sheet(weights, Claim::StrictlyDescends).is_invalid(3, Rule::Follow, rejection);
    let rejection = Rejection::FollowChangesOutput { layer: 2 };
    sheet([(2, bias([0, -2])), (3, bias([4]))].into(), Claim::StrictlyDescends).is_invalid(3, Rule::Follow, rejection);
}

/// The claim belongs to version 3, and survives reading and writing.
#[test]
fn the_claim_has_its_version() {
    let text = text("valid-off-the-plateau");
    let mut reader = Reader::new(text.as_bytes());
    let Ok(Some(Record::Problem(problem))) = reader.next_record() else { panic!() };
    assert_eq!((problem.claim, problem.version()), (Claim::StrictlyDescends, 3));
    assert_eq!(problem.claim.to_string(), "strictly-descends");
    let old = text.replace("\"version\":3", "\"version\":1");
    assert!(matches!(check_text(&old), Verdict::Invalid { record: 1, rule: Rule::Format, .. }));
}

//! What follows from the moves for the path as a whole, for which losses, and about whose networks.

use crate::build::*;
use crate::{
    certificate::{Claim, Criterion, Fault, Layer, Layers, LossRecord, Matrix, ReadError, Record},
    checker::*,
};
use sublevel_checker::Rational;

/// A linear network 1-2 at x = 1 whose bias, and with it the output, visits these points.
fn visit(points: &[[i64; 2]]) -> Sheet {
    let moves: Vec<Record> = points[1..].iter().map(|point| line([(1, bias(*point))])).collect();
    Sheet::new(relu(), matrix(&[[1]]), [both(&[[0, 0]], points[0])], &moves)
}

fn square() -> LossRecord {
    Criterion::Square { targets: matrix(&[[0, 0]]) }.into()
}

fn cross_entropy() -> LossRecord {
    Criterion::CrossEntropy { labels: vec![0] }.into()
}

fn hinge() -> LossRecord {
    Criterion::Hinge { labels: vec![0] }.into()
}

#[test]
fn outputs_on_the_segment_serve_every_convex_loss() {
    for points in [&[[0, 0], [3, 6]][..], &[[0, 0], [2, 4], [1, 2], [3, 6]], &[[1, 1]], &[[1, 1], [1, 1]]] {
        let statement = visit(points).is_valid();
        assert_eq!((statement.conclusion, statement.scope), (Conclusion::Connected, Scope::EveryConvexLoss));
        assert_eq!(visit(points).loss(square()).is_valid().scope, Scope::EveryConvexLoss);
    }
    // Beside it, before its start, behind its end, away and back.
    for points in
        [[[0, 0], [1, 1], [3, 6]], [[0, 0], [-1, -2], [3, 6]], [[0, 0], [4, 8], [3, 6]], [[0, 0], [0, 1], [0, 0]]]
    {
        visit(&points).is_invalid(3, Rule::Claim, Rejection::OffSegment);
    }
}

#[test]
fn beside_the_segment_a_named_loss_decides() {
    // Logits (right, wrong).
    let around = [[3, 0], [9, 1], [0, 3]];
    for (loss, scope) in [(cross_entropy(), scope(LossName::CrossEntropy)), (hinge(), scope(LossName::Hinge))] {
        assert_eq!(visit(&around).loss(loss.clone()).is_valid().scope, scope);
        visit(&[[3, 0], [0, 4], [0, 3]]).loss(loss).is_invalid(3, Rule::Claim, Rejection::LossAboveEnds);
    }
    assert_eq!(visit(&[[3, 0], [1, 1], [0, 3]]).loss(square()).is_valid().scope, scope(LossName::Square));
    visit(&around).loss(square()).is_invalid(3, Rule::Claim, Rejection::LossAboveEnds);
    // Equal losses at different outputs: decided for the exact ones, given up for cross-entropy.
    visit(&[[3, 0], [0, 3], [3, 0]]).loss(square()).is_valid();
    visit(&[[3, 0], [5, 2], [3, 0]]).loss(hinge()).is_valid();
    // So it is where enclosures would never decide.
    for (loss, level) in [(square(), [2, 1]), (hinge(), [2, 3])] {
        let thirds = |point| Layer { bias: Some(over(3, &[point])), ..Layer::default() };
        let start = Layer { weight: Some(matrix(&[[0, 0]])), ..thirds([1, 2]) };
        let moves = [level, [1, 2]].map(|point| line([(1, thirds(point))]));
        Sheet::new(relu(), matrix(&[[1]]), [start], &moves).loss(loss).is_valid();
    }
    let undecided = Undecided::LossesTooClose { bits: 1024 };
    visit(&[[3, 0], [5, 2], [3, 0]]).loss(cross_entropy()).is_undecided(3, undecided);
}

fn descent(points: &[[i64; 2]], loss: LossRecord) -> Result<Descent, (usize, Rejection)> {
    match visit(points).claim(Claim::Descends).loss(loss).verdict() {
        Verdict::Valid(statement) => match statement.conclusion {
            Conclusion::Descends(descent) => Ok(descent),
            other => panic!("{other}"),
        },
        Verdict::Invalid { record, rule: Rule::Claim, rejection } => Err((record, rejection)),
        other => panic!("{other}"),
    }
}

#[test]
fn a_descent_never_rises_or_stays_below_its_start() {
    let above = |record| Err((record, Rejection::LossAboveStart));
    for loss in [square(), cross_entropy(), hinge()] {
        assert_eq!(descent(&[[1, 1]], loss), Ok(Descent::NeverRises));
    }
    assert_eq!(descent(&[[4, 4], [2, 3], [0, 0]], square()), Ok(Descent::NeverRises));
    // Past the minimum and up again, below the start; exactly to the level of the start; above it.
    assert_eq!(descent(&[[4, 0], [-3, 0]], square()), Ok(Descent::StaysBelowStart));
    assert_eq!(descent(&[[4, 0], [-4, 0]], square()), Ok(Descent::StaysBelowStart));
    assert_eq!(descent(&[[4, 0], [1, 0], [-5, 0]], square()), above(4));
    assert_eq!(descent(&[[4, 0], [-5, 0], [0, 0]], square()), above(3));
    assert_eq!(descent(&[[4, 0], [1, 0], [2, 0]], square()), Ok(Descent::StaysBelowStart));

    for loss in [cross_entropy(), hinge()] {
        assert_eq!(descent(&[[0, 0], [1, 0], [1, -7]], loss.clone()), Ok(Descent::NeverRises));
        assert_eq!(descent(&[[0, 0], [1, 0], [0, 0]], loss.clone()), Ok(Descent::StaysBelowStart));
        assert_eq!(descent(&[[0, 0], [0, 1]], loss), above(3));
    }
    // The hinge loss is 0 from a margin of 1 on: to lose margin there is no rise, and at the kink the left side counts.
    assert_eq!(descent(&[[9, 0], [4, 0], [1, 0]], hinge()), Ok(Descent::NeverRises));
    assert_eq!(descent(&[[9, 0], [0, 0]], hinge()), above(3));
}

/// A descent from one output to another, the first class being the right one.
fn three_classes(from: [i64; 3], to: [i64; 3]) -> Sheet {
    let move_there = line([(1, bias(to))]);
    Sheet::new(relu(), matrix(&[[1]]), [both(&[[0, 0, 0]], from)], &[move_there]).claim(Claim::Descends)
}

#[test]
fn the_derivative_of_cross_entropy_is_enclosed_where_terms_differ_in_sign() {
    // Three classes; the second gains on the right one, the third loses: the sum decides.
    let sheet = |from, to| three_classes(from, to).loss(cross_entropy());
    assert_eq!(sheet([0, 0, 9], [0, 1, 1]).is_valid().conclusion, Conclusion::Descends(Descent::NeverRises));
    assert_eq!(sheet([0, 0, 2], [0, 3, -9]).verdict(), rises(3));
    assert_eq!(sheet([0, 0, 9], [0, 4, -9]).is_valid().conclusion, Conclusion::Descends(Descent::StaysBelowStart));
}

/// Where several classes attain the maximum, the left derivative at the end decides.
#[test]
fn ties_of_the_hinge_loss_are_seen_from_the_left() {
    let sheet = |from, to| three_classes(from, to).loss(hinge());
    assert_eq!(sheet([0, 2, 2], [0, 2, 1]).is_valid().conclusion, Conclusion::Descends(Descent::NeverRises));
    assert_eq!(sheet([0, 2, 1], [0, 2, 2]).is_valid().conclusion, Conclusion::Descends(Descent::NeverRises));
    assert_eq!(sheet([0, 2, 2], [0, 2, 3]).verdict(), rises(3));
    // Down, and up again before the end.
    assert_eq!(sheet([0, 4, 0], [0, 0, 3]).is_valid().conclusion, Conclusion::Descends(Descent::StaysBelowStart));
}

#[test]
fn one_class_is_never_wrong() {
    for loss in [cross_entropy(), hinge()] {
        let sheet = Sheet::new(relu(), matrix(&[[1]]), [both(&[[3]], [-5])], &[line([(1, bias([7]))])]).loss(loss);
        let losses = sheet.is_valid().losses.unwrap();
        let zero = Enclosure { lower: Default::default(), upper: Default::default() };
        assert_eq!((losses.start, losses.end), (zero.clone(), zero));
    }
}

fn rises(record: usize) -> Verdict {
    Verdict::Invalid { record, rule: Rule::Claim, rejection: Rejection::LossAboveStart }
}

/// A loss stands in three ways: the certificate's, compared or not; the user's, where the certificate has none; no loss.
#[test]
fn what_took_an_absent_parts_place_was_not_compared() {
    let weighted = LossRecord { weights: Some(matrix(&[[2]])), ..cross_entropy() };
    let standing = |own: Option<LossRecord>, users: Option<LossRecord>, targets: Option<usize>| {
        let mut sheet = visit(&[[0, 0], [1, 1]]);
        sheet.problem.loss = own;
        let targets = targets.map(|label| Targets::Labels(vec![label]));
        let Verdict::Valid(statement) = sheet.verdict_for(&Expected { loss: users, targets, ..Expected::default() })
        else {
            panic!()
        };
        let Compared { targets, loss, weights, .. } = statement.compared;
        ([targets, loss, weights], statement.losses.map(|losses| losses.of.to_string().contains("that were given")))
    };
    use Standing::{Absent, Compared as Equal, NotCompared, Substituted};
    let loss = || Some(cross_entropy());
    assert_eq!(standing(None, None, None), ([Absent; 3], None));
    assert_eq!(standing(None, None, Some(7)), ([Absent; 3], None));
    assert_eq!(standing(None, loss(), None), ([Substituted, Substituted, Absent], Some(true)));
    assert_eq!(standing(None, Some(weighted.clone()), Some(1)), ([Substituted; 3], Some(true)));
    assert_eq!(standing(loss(), None, None), ([NotCompared, NotCompared, Absent], Some(false)));
    assert_eq!(standing(loss(), None, Some(0)), ([Equal, NotCompared, Absent], Some(false)));
    assert_eq!(standing(loss(), loss(), None), ([Equal, Equal, Absent], Some(false)));
    assert_eq!(standing(Some(weighted.clone()), None, Some(0)), ([Equal, NotCompared, NotCompared], Some(false)));
    assert_eq!(standing(Some(weighted.clone()), Some(weighted), None), ([Equal; 3], Some(false)));
}

/// What the data say of their samples is compared with the loss of the certificate, whichever it is.
#[test]
fn targets_are_those_of_the_loss() {
    let labels = |labels: &[usize]| Targets::Labels(labels.to_vec());
    let values = |targets| Targets::Values(targets);
    let answer = |loss: Option<Criterion>, targets: Targets| {
        let mut sheet = Sheet::new(relu(), matrix(&[[1], [2]]), [both(&[[1, 1]], [0, 0])], &[]);
        sheet.problem.loss = loss.map(LossRecord::from);
        match sheet.verdict_for(&Expected { targets: Some(targets), ..Expected::default() }) {
            Verdict::Valid(statement) => Ok(statement.compared.targets),
            Verdict::Invalid { record: 1, rule: Rule::Expected, rejection } => Err(rejection),
            other => panic!("{other}"),
        }
    };
    let differ = Err(Rejection::TargetsDiffer);
    assert_eq!(answer(None, labels(&[0, 1])), Ok(Standing::Absent));
    for loss in [Criterion::CrossEntropy { labels: vec![1, 0] }, Criterion::Hinge { labels: vec![1, 0] }] {
        assert_eq!(answer(Some(loss.clone()), labels(&[1, 0])), Ok(Standing::Compared));
        assert_eq!(answer(Some(loss.clone()), labels(&[0, 1])), differ);
        assert_eq!(answer(Some(loss.clone()), labels(&[1])), differ);
        assert_eq!(answer(Some(loss), values(matrix(&[[0, 1], [1, 0]]))), differ);
    }
    // To the square loss labels are unit rows.
    let square = |targets| Some(Criterion::Square { targets });
    let units = || square(matrix(&[[0, 1], [1, 0]]));
    assert_eq!(answer(units(), labels(&[1, 0])), Ok(Standing::Compared));
    assert_eq!(answer(units(), labels(&[1, 1])), differ);
    assert_eq!(answer(units(), labels(&[1])), differ);
    assert_eq!(answer(square(matrix(&[[0, 1], [0, 0]])), labels(&[1, 2])), differ);
    assert_eq!(answer(square(over(2, &[[0, 1], [1, 0]])), labels(&[1, 0])), differ);
    assert_eq!(answer(units(), values(over(3, &[[0, 3], [3, 0]]))), Ok(Standing::Compared));
    assert_eq!(answer(units(), values(matrix(&[[0, 1], [1, 1]]))), differ);
    assert_eq!(answer(units(), values(matrix(&[[0, 1]]))), differ);
}

#[test]
fn a_descent_needs_a_loss() {
    let sheet = visit(&[[4, 4], [0, 0]]).claim(Claim::Descends);
    sheet.is_invalid(4, Rule::Claim, Rejection::DescentWithoutLoss);
    // The user's loss takes its place.
    let expected = Expected { loss: Some(square()), ..Expected::default() };
    let Verdict::Valid(statement) = sheet.verdict_for(&expected) else { panic!() };
    assert_eq!(statement.scope, Scope::Loss { name: LossName::Square, weighted: false, substituted: true });
}

#[test]
fn bounded_moves_bound_the_claim() {
    let moves = |bound| {
        let mut sheet = visit(&[[4, 0], [2, 0]]).loss(square());
        sheet.moves = vec![bounded([(1, bias([2, 1]))], bound), line([(1, bias([2, 0]))])];
        sheet
    };
    // The ends have losses 8 and 2, the point between them 5/2.
    assert_eq!(moves("81/10").claim(Claim::Descends).is_valid().conclusion, {
        Conclusion::Descends(Descent::StaysBelow("81/10".parse::<Rational>().unwrap()))
    });
    moves("81/10").is_invalid(3, Rule::Claim, Rejection::BoundAboveEnds);
    let mut up = visit(&[[2, 0], [4, 0]]).loss(square());
    up.moves = vec![bounded([(1, bias([2, 1]))], "3"), line([(1, bias([4, 0]))])];
    let statement = up.is_valid();
    assert_eq!((statement.conclusion, statement.scope), (Conclusion::Connected, scope(LossName::Square)));
    assert_eq!(statement.moves, Moves { lines: 1, bounded: 1, ..Moves::default() });
    up.clone().claim(Claim::Descends).is_invalid(4, Rule::Claim, Rejection::LossAboveStart);
    // Ending above the start is no descent, even below a bound.
    up.moves = vec![bounded([(1, bias([2, 1]))], "3")];
    up.claim(Claim::Descends).is_invalid(4, Rule::Claim, Rejection::LossAboveStart);
}

#[test]
fn an_unbounded_path_is_level_or_stays_below_its_start() {
    // 1-1-2: the hidden neuron is off and may go.
    let sheet = |moves: &[[i64; 2]]| {
        let mut records: Vec<Record> = moves.iter().map(|point| line([(2, bias(*point))])).collect();
        records.push(ray([(1, bias([-1]))]));
        let layers = [both(&[[0]], [-1]), both(&[[1, 1]], [4, 0])];
        Sheet::new(relu(), matrix(&[[1]]), layers, &records).claim(Claim::Unbounded)
    };
    let level = |sheet: Sheet| {
        let statement = sheet.is_valid();
        let Conclusion::Unbounded(level) = statement.conclusion else { panic!() };
        (level, statement.scope)
    };
    assert_eq!(level(sheet(&[])), (Level::Constant, Scope::EveryConvexLoss));
    assert_eq!(level(sheet(&[]).loss(square())), (Level::Constant, Scope::EveryConvexLoss));
    sheet(&[[2, 0]]).is_invalid(3, Rule::Claim, Rejection::OutputNotConstant);
    assert_eq!(level(sheet(&[[2, 0]]).loss(square())), (Level::StaysBelowStart, scope(LossName::Square)));
    sheet(&[[2, 0], [5, 0]]).loss(square()).is_invalid(4, Rule::Claim, Rejection::LossAboveStart);
    let mut with_bound = sheet(&[]).loss(square());
    with_bound.moves.insert(0, bounded([(2, bias([3, 1]))], "9"));
    let bound = Level::StaysBelow("9".parse().unwrap());
    assert_eq!(level(with_bound), (bound, scope(LossName::Square)));
}

/// |b| from b = 1 to b = −1: the output is the same at both ends, and another between them.
#[test]
fn a_bounded_move_back_to_the_same_output_is_not_constant() {
    let moves = [bounded([(1, bias([-1]))], "14"), ray([(1, weight(&[[1]]))])];
    let layers = [both(&[[0]], [1]), both(&[[1, 1]], [4, 0])];
    let sheet = Sheet::new(activation(&["0"], &["-1", "1"], "0"), matrix(&[[0]]), layers, &moves);
    let statement = sheet.claim(Claim::Unbounded).loss(square()).is_valid();
    let bound = Level::StaysBelow("14".parse().unwrap());
    assert_eq!((statement.conclusion, statement.scope), (Conclusion::Unbounded(bound), scope(LossName::Square)));
}

#[test]
fn losses_have_their_known_values() {
    let value = |sheet: Sheet| {
        let start = sheet.is_valid().losses.unwrap().start;
        (start.lower.to_string(), start.upper.to_string())
    };
    let exact = |text: &str| (text.to_owned(), text.to_owned());
    let two = |loss| {
        let mut layer = both(&[[1, 0, 0]], [0, 0, 0]);
        layer.bias = Some(over(2, &[[1, 2, 0]]));
        // Outputs (1/2, 1, 0) and (7/2, 1, 0).
        Sheet::new(relu(), matrix(&[[0], [3]]), [layer], &[]).loss(loss)
    };
    // ½ (1/4 + 1 + 49/4 + 1), and with other targets.
    assert_eq!(value(two(Criterion::Square { targets: matrix(&[[0, 0, 0], [0, 0, 0]]) })), exact("29/4"));
    assert_eq!(value(two(Criterion::Square { targets: over(2, &[[1, 2, 1], [7, 0, 0]]) })), exact("5/8"));
    // Margins −1/2 and 1/2 of class 0: max(0, 3/2); then 5/2 and 7/2 of which none counts.
    assert_eq!(value(two(Criterion::Hinge { labels: vec![0, 0] })), exact("3/4"));
    assert_eq!(value(two(Criterion::Hinge { labels: vec![2, 1] })), exact("11/4"));
    let start = two(Criterion::CrossEntropy { labels: vec![0, 1] }).is_valid().losses.unwrap().start;
    // (ln(1 + e^0.5 + e^−0.5) + ln(1 + e^2.5 + e^−1)) / 2, to sixty digits.
    let digits = Rational::new(
        "1893341887460845126800277855723558486579970425998878395055158".parse().unwrap(),
        num_bigint::BigInt::from(10).pow(60),
    );
    let near: Rational = "1/10000000000000000000000000000000000".parse().unwrap();
    assert!(start.lower < digits && digits < start.upper && &start.upper - &start.lower < near, "{start}");
}

#[test]
fn problems_must_make_sense() {
    let refused = |change: &dyn Fn(&mut Sheet), rejection| {
        let mut sheet = visit(&[[0, 0], [1, 1]]).loss(cross_entropy());
        change(&mut sheet);
        sheet.is_invalid(1, Rule::Problem, rejection);
    };
    for widths in [vec![], vec![1], vec![1, 0, 2]] {
        let rejection = Rejection::Widths { widths: widths.clone() };
        refused(&|sheet| sheet.problem.widths = widths.clone(), rejection);
    }
    let shape = Rejection::Shape { part: Part::Inputs, expected: (1, 3), found: (1, 1) };
    refused(&|sheet| sheet.problem.widths = vec![3, 2], shape);
    let none = || Matrix::new(0, 1, integer(1), vec![]).unwrap();
    refused(&|sheet| sheet.problem.inputs = none(), Rejection::NoSamples);
    let reducible = Rejection::NotInLowestTerms { part: Part::Inputs };
    refused(&|sheet| sheet.problem.inputs = over(2, &[[2]]), reducible);
    let slopes = |breakpoints, slopes| Rejection::SlopeCount { breakpoints, slopes };
    refused(&|sheet| sheet.problem.activation = activation(&["0"], &["1"], "0"), slopes(1, 1));
    refused(&|sheet| sheet.problem.activation = activation(&[], &["1"], "0"), slopes(0, 1));
    for breakpoints in [["1", "1"], ["1", "1/2"]] {
        let broken = activation(&breakpoints, &["0", "1", "2"], "0");
        refused(&|sheet| sheet.problem.activation = broken.clone(), Rejection::BreakpointsNotAscending);
    }
    let fraction = Rejection::FractionNotInLowestTerms { found: "2/4".into() };
    refused(&|sheet| sheet.problem.activation = activation(&["2/4"], &["0", "1"], "0"), fraction);
    let label = Rejection::Label { sample: 0, label: 2, classes: 2 };
    refused(&|sheet| sheet.problem.loss = Some(Criterion::CrossEntropy { labels: vec![2] }.into()), label);
    for labels in [vec![], vec![0, 0]] {
        let count = Rejection::LabelCount { expected: 1, found: labels.len() };
        refused(&|sheet| sheet.problem.loss = Some(Criterion::Hinge { labels: labels.clone() }.into()), count);
    }
    let shape = Rejection::Shape { part: Part::Targets, expected: (1, 2), found: (1, 1) };
    refused(&|sheet| sheet.problem.loss = Some(Criterion::Square { targets: matrix(&[[0]]) }.into()), shape);
}

#[test]
fn starts_must_be_whole() {
    let refused = |start: Layers, rejection| {
        let mut sheet = visit(&[[0, 0], [1, 1]]);
        sheet.start = start;
        sheet.is_invalid(2, Rule::Start, rejection);
    };
    refused([].into(), Rejection::MissingLayer { layer: 1 });
    refused([(1, bias([0, 0]))].into(), Rejection::Missing { part: Part::Weight(1) });
    refused([(1, weight(&[[0, 0]]))].into(), Rejection::Missing { part: Part::Bias(1) });
    let layer = || both(&[[0, 0]], [0, 0]);
    refused([(1, layer()), (2, layer())].into(), Rejection::UnknownLayer { layer: 2, layers: 1 });
}

#[test]
fn records_come_in_order() {
    let sheet = visit(&[[0, 0], [1, 1]]);
    let lines: Vec<String> = sheet.text().lines().map(str::to_owned).collect();
    let order = |indices: &[usize], record, rule, expected, found| {
        let text: String = indices.iter().map(|&index| format!("{}\n", lines[index])).collect();
        let rejection = Rejection::Order { expected, found };
        assert_eq!(crate::check_text(&text), Verdict::Invalid { record, rule, rejection });
    };
    order(&[1, 0, 2, 3], 1, Rule::Problem, "problem", "start");
    order(&[3], 1, Rule::Problem, "problem", "end");
    order(&[0, 2, 3], 2, Rule::Start, "start", "line");
    order(&[0, 1, 1, 3], 3, Rule::Start, "a move or end", "start");
    order(&[0, 1, 2, 0, 3], 4, Rule::Problem, "a move or end", "problem");
}

#[test]
fn nothing_follows_the_end() {
    let text = visit(&[[0, 0], [1, 1]]).text();
    let end = text.lines().last().unwrap();
    for more in [end, "", "{"] {
        let fault = ReadError { line: 5, fault: Fault::TrailingData };
        let verdict = crate::check_text(&format!("{text}{more}\n"));
        let rejection = Rejection::Malformed(fault);
        assert_eq!(verdict, Verdict::Invalid { record: 5, rule: Rule::Format, rejection });
    }
}

#[test]
fn progress_hears_of_every_record() {
    let text = visit(&[[0, 0], [1, 1]]).text();
    let mut heard = vec![];
    let reader = crate::certificate::Reader::new(text.as_bytes());
    check(reader, &Expected::default(), &mut |records| heard.push(records));
    assert_eq!(heard, [1, 2, 3, 4]);
}

#[test]
fn the_users_own_files_are_compared_number_by_number() {
    let sheet = visit(&[[0, 0], [1, 1]]).loss(cross_entropy());
    let network = |numbers: [i64; 2]| -> Option<Layers> { Some([(1, both(&[[0, 0]], numbers))].into()) };
    let own = Expected {
        from: network([0, 0]),
        to: network([1, 1]),
        // Another way to write the same function.
        activation: Some(activation(&["-1", "0"], &["0", "0", "1"], "0")),
        inputs: Some(over(3, &[[3]])),
        targets: Some(Targets::Labels(vec![0])),
        loss: Some(cross_entropy()),
        graph: None,
    };
    let Verdict::Valid(statement) = sheet.verdict_for(&own) else { panic!() };
    assert_eq!(
        statement.compared,
        Compared {
            from: Standing::Compared,
            to: Standing::Compared,
            activation: Standing::Compared,
            inputs: Standing::Compared,
            targets: Standing::Compared,
            loss: Standing::Compared,
            weights: Standing::Absent,
        }
    );

    let differs = |change: &dyn Fn(&mut Expected), record, rejection| {
        let mut other = own.clone();
        change(&mut other);
        assert_eq!(sheet.verdict_for(&other), Verdict::Invalid { record, rule: Rule::Expected, rejection });
    };
    differs(&|own| own.from = network([0, 1]), 2, Rejection::FromDiffers { layer: 1 });
    differs(&|own| own.to = network([0, 1]), 4, Rejection::ToDiffers { layer: 1 });
    differs(&|own| own.inputs = Some(matrix(&[[2]])), 1, Rejection::InputsDiffer { expected: (1, 1), found: (1, 1) });
    differs(
        &|own| own.inputs = Some(matrix(&[[1], [1]])),
        1,
        Rejection::InputsDiffer { expected: (2, 1), found: (1, 1) },
    );
    differs(&|own| own.activation = Some(leaky()), 1, Rejection::ActivationDiffers);
    differs(&|own| own.targets = Some(Targets::Labels(vec![1])), 1, Rejection::TargetsDiffer);
    differs(&|own| own.targets = Some(Targets::Values(matrix(&[[0, 0]]))), 1, Rejection::TargetsDiffer);
    differs(&|own| own.loss = Some(hinge()), 1, Rejection::LossDiffers);
    differs(&|own| own.loss = Some(Criterion::CrossEntropy { labels: vec![1] }.into()), 1, Rejection::LossDiffers);
    let half: Layer = Layer { weight: Some(matrix(&[[0, 0]])), ..Layer::default() };
    differs(&|own| own.from = Some([(1, half.clone())].into()), 2, Rejection::Missing { part: Part::Bias(1) });

    let off = Sheet::new(relu(), matrix(&[[1]]), [both(&[[0]], [-1]), both(&[[1]], [0])], &[ray([(1, bias([-1]))])]);
    let expected = Expected { to: network([0, 0]), ..Expected::default() };
    let verdict = off.claim(Claim::Unbounded).verdict_for(&expected);
    assert_eq!(verdict, Verdict::Invalid { record: 4, rule: Rule::Expected, rejection: Rejection::NoLastNetwork });
}

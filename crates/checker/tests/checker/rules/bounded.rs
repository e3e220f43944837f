use crate::build::*;
use crate::{
    certificate::{ActivationRecord, Claim, Criterion, Exceeded, Layer, Limit, Matrix, Record},
    checker::{Conclusion, Descent, LossName, Reason, Rejection, Rule, Undecided, Verdict},
};
use sublevel_checker::Rational;

/// 1-1-1 with |x|, x = 1, target 1, from output 2 to output 2 through 0: φ = ½(|2 − 4λ| − 1)², at most 1/2 in between.
fn tent(bound: &str) -> Sheet {
    let layers = [both(&[[2]], [0]), both(&[[1]], [0])];
    let absolute = activation(&["0"], &["-1", "1"], "0");
    Sheet::new(absolute, matrix(&[[1]]), layers, &[bounded([(1, weight(&[[-2]]))], bound)])
        .loss(Criterion::Square { targets: matrix(&[[1]]) })
}

#[test]
fn a_bound_with_room_is_proved_by_halving() {
    for bound in ["2", "1", "3/5", "51/100"] {
        let statement = tent(bound).claim(Claim::Descends).is_valid();
        let Conclusion::Descends(Descent::StaysBelow(found)) = statement.conclusion else { panic!("{statement}") };
        assert_eq!(found.to_string(), bound);
        assert_eq!(statement.scope, scope(LossName::Square));
    }
}

#[test]
fn a_bound_without_room_is_refuted_or_undecided() {
    tent("49/100").is_invalid(3, Rule::Bounded, Rejection::AboveBound);
    // In the middle only: from output 1 (no loss) to output −1 … through 0.
    let layers = [both(&[[1]], [0]), both(&[[1]], [0])];
    let absolute = activation(&["0"], &["-1", "1"], "0");
    let dip = |bound| {
        Sheet::new(absolute.clone(), matrix(&[[1]]), layers.clone(), &[bounded([(1, weight(&[[-1]]))], bound)])
            .loss(Criterion::Square { targets: matrix(&[[1]]) })
    };
    dip("49/100").is_invalid(3, Rule::Bounded, Rejection::AboveBound);
    dip("51/100").claim(Claim::Descends).is_valid();
    // Output (1 + λ)(2 − λ), so that the loss reaches 81/32 at λ = 1/2 from both sides: no room for an enclosure.
    hill("81/32").is_undecided(3, Undecided::BoundTooTight { pieces: 512 });
    hill("5/2").is_invalid(3, Rule::Bounded, Rejection::AboveBound);
    hill("41/16").is_valid();
}

/// The same, with its pieces.
fn in_pieces(mut sheet: Sheet, depths: &[u32]) -> Sheet {
    let Record::Bounded { pieces, .. } = &mut sheet.moves[0] else { panic!("it is bounded") };
    *pieces = Some(depths.to_vec());
    sheet.problem.pieces = true;
    sheet
}

/// [`cancelling`], from −5 to 2, on many samples.
fn large_cancelling(bound: &str) -> Sheet {
    let layers = [both(&[[-5, -5]], [0, 0]), both(&[[1], [-1]], [0])];
    let absolute = activation(&["0"], &["-1", "1"], "0");
    Sheet::new(absolute, copies(1), layers, &[bounded([(1, weight(&[[2, 2]]))], bound)])
        .loss(Criterion::MeanSquare { targets: copies(0) })
}

/// Pieces make up the line, in integers of any length and in words.
#[test]
fn pieces_make_up_the_line() {
    let small = |bound: &str| cancelling(-5, 2, bound);
    for cancelling in [&small as &dyn Fn(&str) -> Sheet, &large_cancelling] {
        let sheet = |depths: &[u32]| in_pieces(cancelling("1/100"), depths).claim(Claim::Barrier);
        // Short ones around λ = 5/7.
        sheet(&[1, 3, 4, 6, 6, 5, 2]).is_valid();
        let refused = |depths: &[u32], why| sheet(depths).is_invalid(3, Rule::Bounded, why);
        refused(&[], Rejection::PiecesStop);
        refused(&[3; 7], Rejection::PiecesStop);
        refused(&[3; 9], Rejection::Piece { piece: 8, why: "comes after the end of the line" });
        refused(&[2, 1, 2], Rejection::Piece { piece: 1, why: "does not start at a multiple of its length" });
        refused(&[41], Rejection::Piece { piece: 0, why: "is shorter than 2^−40" });
    }
}

/// Where the bound is not seen on the pieces of the file, others are found, as where none are listed.
#[test]
fn pieces_that_are_too_long_are_no_harm() {
    for sheet in [cancelling(-5, 2, "1/100").claim(Claim::Barrier), large_cancelling("1/100").claim(Claim::Barrier)] {
        for depths in [&[0][..], &[1, 2, 2]] {
            in_pieces(sheet.clone(), depths).is_valid();
        }
    }
    for hill in [hill("5/2"), large_hill("5")] {
        for depths in [&[0][..], &[4; 16]] {
            in_pieces(hill.clone(), depths).is_invalid(3, Rule::Bounded, Rejection::AboveBound);
        }
    }
}

/// Each piece counts in full, and is enough: nothing else is looked at.
#[test]
fn products_of_all_pieces_are_limited() {
    let text = in_pieces(large_hill("41/8"), &[3; 8]).text();
    let pass = ((COPIES / NEURONS + 1) * NEURONS) as u64;
    let limited = |limit, value| {
        let reason = Reason::Undecided(Exceeded { limit, value }.into());
        assert_eq!(within(&text, &[(limit, value)]), Verdict::Incomplete { record: 3, reason });
    };
    limited(Limit::Pieces, 7);
    limited(Limit::Products, 8 * pass - 1);
    let enough = [(Limit::Pieces, 8), (Limit::Products, 8 * pass)];
    assert!(matches!(within(&text, &enough), Verdict::Valid(_)));
    assert!(matches!(within(&large_hill("41/8").text(), &enough), Verdict::Incomplete { record: 3, .. }));
    // Where the last layer moves alone there are no products, and losses count.
    let layers = [both(&[[0; 4]], [0; 4])];
    let moves = [bounded([(1, weight(&[[1, 0, 0, 0]]))], "7/5")];
    let loss = Criterion::CrossEntropy { labels: vec![0] };
    let sheet = Sheet::new(relu(), matrix(&[[1]]), layers, &moves).loss(loss).claim(Claim::Barrier);
    let text = in_pieces(sheet, &[3; 8]).text();
    let value = 8 * 4 - 1;
    let reason = Reason::Undecided(Exceeded { limit: Limit::Products, value }.into());
    assert_eq!(within(&text, &[(Limit::Products, value)]), Verdict::Incomplete { record: 3, reason });
    assert!(matches!(within(&text, &[(Limit::Products, value + 1)]), Verdict::Valid(_)));
}

/// Spikes at λ = 5/7, 2/3, …: whatever the pieces, none is stepped over.
#[test]
fn no_piece_is_left_out() {
    let hat = activation(&["-1", "0", "1"], &["0", "1", "-1", "0"], "0");
    for (from, to) in [(-5, 2), (-2, 5), (4, -2), (2, -7)] {
        let large = |bound: &str| wide(hat.clone(), [(from, 1), (to, 1)], bound);
        let small = |bound: &str| spike(from, to, bound);
        in_pieces(large("6/5"), &[6; 64]).is_valid();
        in_pieces(small("3/5"), &[6; 64]).is_valid();
        for refused in [in_pieces(large("99/100"), &[6; 64]), in_pieces(small("49/100"), &[6; 64])] {
            let refused = refused.verdict();
            assert!(!matches!(refused, Verdict::Valid(_)), "{from} {to}: {refused:?}");
        }
    }
}

/// 1-2-1 with |x|, x = 1, target 0: the output |v| − |v| is 0 throughout, which only small pieces show, v from `from` to `to`.
fn cancelling(from: i64, to: i64, bound: &str) -> Sheet {
    let layers = [both(&[[from, from]], [0, 0]), both(&[[1], [-1]], [0])];
    let absolute = activation(&["0"], &["-1", "1"], "0");
    Sheet::new(absolute, matrix(&[[1]]), layers, &[bounded([(1, weight(&[[to, to]]))], bound)])
        .loss(Criterion::Square { targets: matrix(&[[0]]) })
}

/// 1-1-1 with max(0, 1 − |x|), x = 1, target 0: the output is 1 at v = 0, and 0 at both ends.
fn spike(from: i64, to: i64, bound: &str) -> Sheet {
    let hat = activation(&["-1", "0", "1"], &["0", "1", "-1", "0"], "0");
    let layers = [both(&[[from]], [0]), both(&[[1]], [0])];
    Sheet::new(hat, matrix(&[[1]]), layers, &[bounded([(1, weight(&[[to]]))], bound)])
        .loss(Criterion::Square { targets: matrix(&[[0]]) })
        .claim(Claim::Barrier)
}

#[test]
fn every_half_is_looked_at() {
    for (from, to) in [(-5, 2), (-2, 5), (5, -2), (2, -5), (-4, 4)] {
        cancelling(from, to, "1/100").claim(Claim::Barrier).is_valid();
    }
    for (from, to) in [(-7, 2), (-2, 7), (7, -1), (1, -7), (-13, 3), (-1, 6)] {
        spike(from, to, "51/100").is_valid();
        let refused = spike(from, to, "49/100").verdict();
        assert!(!matches!(refused, Verdict::Valid(_)), "{from} {to}: {refused:?}");
    }
}

/// 1-1-1 with ReLU, x = 1, target 0: both weights move, W_1 from 1 to 2 and W_2 from 2 to 1.
fn hill(bound: &str) -> Sheet {
    let moves = [bounded([(1, weight(&[[2]])), (2, weight(&[[1]]))], bound)];
    Sheet::new(relu(), matrix(&[[1]]), [both(&[[1]], [0]), both(&[[2]], [0])], &moves)
        .loss(Criterion::Square { targets: matrix(&[[0]]) })
        .claim(Claim::Barrier)
}

#[test]
fn a_barrier_is_the_largest_bound() {
    let down = line([(2, weight(&[[0]]))]);
    for bound in ["41/16", "3"] {
        let mut two = hill(bound);
        two.moves.push(bounded([(1, weight(&[[1]]))], "7/2"));
        let statement = two.is_valid();
        assert_eq!(statement.conclusion, Conclusion::Barrier(Rational::new(7.into(), 2.into())));
        assert_eq!(statement.scope, scope(LossName::Square));
    }
    // Lines have their place in it, as long as their ends are below the bound.
    let mut lines = hill("41/16");
    lines.moves.push(down);
    assert_eq!(lines.is_valid().conclusion, Conclusion::Barrier(Rational::new(41.into(), 16.into())));
    lines.moves.push(line([(2, weight(&[[2]]))]));
    lines.is_invalid(5, Rule::Claim, Rejection::AboveBound);
}

#[test]
fn a_barrier_has_a_bound_and_a_loss() {
    let mut sheet = hill("3");
    sheet.moves = vec![line([(2, weight(&[[1]]))])];
    sheet.is_invalid(4, Rule::Claim, Rejection::NoBound);
    sheet.problem.loss = None;
    sheet.is_invalid(4, Rule::Claim, Rejection::BoundWithoutLoss);
}

#[test]
fn a_bound_is_on_a_named_loss() {
    let mut sheet = tent("2");
    sheet.problem.loss = None;
    sheet.is_invalid(3, Rule::Bounded, Rejection::BoundWithoutLoss);
}

#[test]
fn every_loss_can_be_bounded() {
    // Logits (λ, 0), label 0: cross-entropy ln(1 + e^−λ) from 0.694 down, hinge 1 − λ.
    let sheet = |loss, bound| {
        let layers = [both(&[[0, 0]], [0, 0])];
        let moves = [bounded([(1, weight(&[[1, 0]]))], bound)];
        Sheet::new(relu(), matrix(&[[1]]), layers, &moves).loss(loss).claim(Claim::Descends)
    };
    let cross_entropy = || Criterion::CrossEntropy { labels: vec![0] };
    let hinge = || Criterion::Hinge { labels: vec![0] };
    sheet(cross_entropy(), "7/10").is_valid();
    sheet(cross_entropy(), "69/100").is_invalid(3, Rule::Bounded, Rejection::AboveBound);
    sheet(hinge(), "101/100").is_valid();
    sheet(hinge(), "99/100").is_invalid(3, Rule::Bounded, Rejection::AboveBound);
}

/// The same sample so often that a pass has more products than are left to integers of any length.
const COPIES: usize = (1 << 15) + 1;
/// Equal neurons, of which the mean is the output: few samples have many products then, and few losses. A prime, as a file gives
/// lowest terms.
const NEURONS: usize = 127;

fn repeated(rows: usize, row: i64) -> Matrix {
    let one = matrix(&[[row]]);
    Matrix { rows, num: vec![one.num[0].clone(); rows], ..one }
}

fn copies(row: i64) -> Matrix {
    repeated(COPIES, row)
}

/// σ(x u) v of each of the neurons, as they move from the first (u, v) to the second, over copies of x = 1, with the mean square of
/// the output as loss.
fn wide(activation: ActivationRecord, [from, to]: [(i64, i64); 2], bound: &str) -> Sheet {
    let below = |u| Layer { weight: Some(matrix(&[[u; NEURONS]])), ..Layer::default() };
    let above = |v| Layer { weight: Some(over(NEURONS as i64, &[[v]; NEURONS])), ..Layer::default() };
    let start = [
        Layer { bias: Some(matrix(&[[0; NEURONS]])), ..below(from.0) },
        Layer { bias: Some(matrix(&[[0]])), ..above(from.1) },
    ];
    let samples = COPIES / NEURONS + 1;
    Sheet::new(activation, repeated(samples, 1), start, &[bounded([(1, below(to.0)), (2, above(to.1))], bound)])
        .loss(Criterion::MeanSquare { targets: repeated(samples, 0) })
        .claim(Claim::Barrier)
}

/// [`hill`], wide: 81/16 at λ = 1/2.
fn large_hill(bound: &str) -> Sheet {
    wide(relu(), [(1, 2), (2, 1)], bound)
}

#[test]
fn large_networks_go_through_machine_words() {
    large_hill("41/8").is_valid();
    large_hill("507/100").is_valid();
    large_hill("5").is_invalid(3, Rule::Bounded, Rejection::AboveBound);
    // Spikes between the ends of the ranges, at λ = 5/7, 2/3, 2/9, …: every range is walked through to its end.
    let hat = activation(&["-1", "0", "1"], &["0", "1", "-1", "0"], "0");
    for (from, to) in [(-5, 2), (-2, 5), (4, -2), (2, -7), (-1, 31), (31, -1)] {
        let spike = |bound| wide(hat.clone(), [(from, 1), (to, 1)], bound);
        spike("101/100").is_valid();
        let refused = spike("99/100").verdict();
        assert!(!matches!(refused, Verdict::Valid(_)), "{from} {to}: {refused:?}");
    }
}

/// A low spike makes the pieces small; behind it, where they grow again, a high one must not be stepped over.
#[test]
fn pieces_that_grow_leave_nothing_out() {
    let hat = activation(&["-1", "0", "1"], &["0", "1", "-1", "0"], "0");
    for second in [24, 27, 31, 36, 42, 50, 58] {
        let moves = [bounded([(1, weight(&[[1024 - 20, 1024 - second]]))], "98/100")];
        let last = Layer { weight: Some(over(10, &[[9], [10]])), bias: Some(matrix(&[[0]])), ..Layer::default() };
        let verdict = Sheet::new(hat.clone(), copies(1), [both(&[[-20, -second]], [0, 0]), last], &moves)
            .loss(Criterion::MeanSquare { targets: copies(0) })
            .claim(Claim::Barrier)
            .verdict();
        assert!(!matches!(verdict, Verdict::Valid(_)), "{second}: {verdict:?}");
    }
}

#[test]
fn numbers_that_are_no_words_are_integers_of_any_length() {
    // Weights of 2^30 and 2^−30 over 40 bits behind the point are beyond a word, and their product is 1.
    let large = 1 << 30;
    let fraction = |den: i64, num: i64| Layer { weight: Some(over(den, &[[num]])), ..Layer::default() };
    let moves = |bound| [bounded([(1, weight(&[[large]])), (2, fraction(large, 3))], bound)];
    let first = Layer { weight: Some(matrix(&[[2 * large]])), bias: Some(matrix(&[[0]])), ..Layer::default() };
    let last = Layer { bias: Some(matrix(&[[0]])), ..fraction(large, 1) };
    let sheet = |bound| {
        Sheet::new(relu(), copies(1), [first.clone(), last.clone()], &moves(bound))
            .loss(Criterion::MeanSquare { targets: copies(1) })
            .claim(Claim::Barrier)
    };
    sheet("41/8").is_valid();
    in_pieces(sheet("41/8"), &[3; 8]).is_valid();
}

/// So many neurons that a layer between two such has more products than are left to integers of any length.
const MANY: usize = 182;

/// A matrix with one entry that is not zero.
fn corner<const ROWS: usize, const COLS: usize>(den: i64, entry: i64) -> Layer {
    let mut rows = [[0; COLS]; ROWS];
    rows[0][0] = entry;
    Layer { weight: Some(over(den, &rows)), ..Layer::default() }
}

/// Weights that are words, and features that are none: 2^31 between 2^15 and 2^−30.
#[test]
fn features_that_are_no_words_are_integers_of_any_length() {
    let large = 1 << 15;
    let last = |num: i64| corner::<MANY, 1>(large * large, num);
    let sheet = |bound| {
        let start = [
            Layer { bias: Some(matrix(&[[0; MANY]])), ..corner::<1, MANY>(1, 2 * large) },
            Layer { bias: Some(matrix(&[[0; MANY]])), ..corner::<MANY, MANY>(1, large) },
            Layer { bias: Some(matrix(&[[0]])), ..last(1) },
        ];
        let moves = [bounded([(1, corner::<1, MANY>(1, large)), (3, last(3))], bound)];
        Sheet::new(relu(), matrix(&[[1]]), start, &moves)
            .loss(Criterion::MeanSquare { targets: matrix(&[[1]]) })
            .claim(Claim::Barrier)
    };
    sheet("41/8").is_valid();
    in_pieces(sheet("41/8"), &[3; 8]).is_valid();
    // The loss is 289/64 at λ = 3/4.
    let refused = in_pieces(sheet("9/2"), &[4; 16]).verdict();
    assert!(!matches!(refused, Verdict::Valid(_)), "{refused:?}");
}

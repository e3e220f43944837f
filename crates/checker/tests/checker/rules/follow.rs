use crate::build::*;
use crate::{
    certificate::{ActivationRecord, Criterion, FollowRecord, Layers, Matrix, Record},
    checker::{Part, Rejection, Rule},
};
use std::collections::BTreeMap;

/// 1-2-2-1, a hinge loss of one class, which is 0 whatever the path; x = −2 and x = 0 with [X, 1] invertible: R = [[−1/2, 1/2], [0, 1]].
fn network(activation: ActivationRecord, moves: &[Record]) -> Sheet {
    let layers = [both(&[[1, -1]], [1, 2]), both(&[[1, 2], [0, 1]], [0, -3]), both(&[[2], [-1]], [5])];
    Sheet::new(activation, matrix(&[[-2], [0]]), layers, moves).loss(Criterion::Hinge { labels: vec![0, 0] })
}

fn right() -> Matrix {
    over(2, &[[-1, 1], [0, 2]])
}

/// Level j goes to `output`.
fn follow(level: usize, output: Matrix) -> FollowRecord {
    FollowRecord {
        first: 1,
        level,
        output,
        right_inverse: Some(right()),
        left_inverses: (2..=level).map(|layer| (layer, left(layer))).collect(),
        layers: Layers::new(),
    }
}

fn left(layer: usize) -> Matrix {
    match layer {
        2 => matrix(&[[1, -2], [0, 1]]),
        _ => over(2, &[[1, 0]]),
    }
}

#[track_caller]
fn refused(activation: ActivationRecord, follow: FollowRecord, rejection: Rejection) {
    network(activation, &[Record::Follow(follow)]).is_invalid(3, Rule::Follow, rejection);
}

#[test]
fn the_output_level_may_go_anywhere() {
    for activation_ in [leaky(), activation(&["-1", "3"], &["-2", "-1/3", "-7"], "4")] {
        network(activation_.clone(), &[Record::Follow(follow(3, matrix(&[[100], [-7]])))]).is_valid();
        // And from there on: the second follow leaves the inverses out.
        let mut again = follow(3, matrix(&[[0], [0]]));
        (again.right_inverse, again.left_inverses) = (None, BTreeMap::new());
        let moves = [Record::Follow(follow(3, matrix(&[[100], [-7]]))), Record::Follow(again)];
        network(activation_, &moves).is_valid();
    }
}

#[test]
fn a_hidden_level_keeps_what_is_above() {
    // F_2 v stays if F_2 moves along (1, 2), since v = (2, −1).
    // F_1 = (−1/4, 4), (1, 2); P_2 = (−1/4, 1/2), (1, 1); F_2 = (−1/16, 1/2), (1, 1).
    let ahead = over(16, &[[-1 + 16, 8 + 32], [16 - 32, 16 - 64]]);
    network(leaky(), &[Record::Follow(follow(2, ahead.clone()))]).is_valid();
    let beside = over(16, &[[-1 + 16, 8 + 33], [16 - 32, 16 - 64]]);
    refused(leaky(), follow(2, beside), Rejection::FollowChangesOutput { layer: 3 });
    // The bias above takes up a common shift: (1, 0) moves v·F by 2.
    let shifted = over(16, &[[-1 + 16, 8], [16 + 16, 16]]);
    let mut with_bias = follow(2, shifted.clone());
    with_bias.layers = [(3, bias([3]))].into();
    network(leaky(), &[Record::Follow(with_bias.clone())]).is_valid();
    with_bias.layers = [(3, bias([4]))].into();
    refused(leaky(), with_bias, Rejection::FollowChangesOutput { layer: 3 });
    refused(leaky(), follow(2, shifted), Rejection::FollowChangesOutput { layer: 3 });
    // Level and weight above move at once. In F_2 v the term λ vanishes, but not λ²; then the other way round: the
    // two ends agree, the way between does not.
    for second in [[24, 48], [-8, -16]] {
        let mut quadratic = follow(2, over(16, &[[-1, second[0]], [16, second[1]]]));
        quadratic.layers = [(3, weight(&[[2], [1]]))].into();
        refused(leaky(), quadratic, Rejection::FollowChangesOutput { layer: 3 });
    }
    let mut elsewhere = follow(2, ahead);
    elsewhere.layers = [(2, bias([0, 0]))].into();
    refused(leaky(), elsewhere, Rejection::FollowMovesLayer { layer: 2, level: 2 });
}

#[test]
fn the_activation_must_be_invertible() {
    let target = || matrix(&[[100], [-7]]);
    for slopes in [["0", "1"], ["-1", "1"], ["1", "0"]] {
        let flat = activation(&["0"], &slopes, "0");
        refused(flat, follow(3, target()), Rejection::ActivationNotInvertible);
    }
    // The last layer alone needs no activation.
    let last = FollowRecord { first: 1, level: 1, ..follow(1, matrix(&[[4], [5]])) };
    let linear = |last| Sheet::new(relu(), matrix(&[[-2], [0]]), [both(&[[1]], [1])], &[Record::Follow(last)]);
    linear(last).is_valid();
}

#[test]
fn inverses_are_checked_each_time() {
    let target = || matrix(&[[100], [-7]]);
    let mut wrong = follow(3, target());
    wrong.right_inverse = Some(over(2, &[[-1, 1], [0, 3]]));
    refused(leaky(), wrong, Rejection::RightInverse { first: 1 });
    for layer in [2, 3] {
        let mut wrong = follow(3, target());
        let other = if layer == 2 { matrix(&[[1, -2], [1, 1]]) } else { over(3, &[[1, 0]]) };
        wrong.left_inverses.insert(layer, other);
        refused(leaky(), wrong, Rejection::LeftInverse { layer });
    }
    let mut none = follow(3, target());
    none.right_inverse = None;
    refused(leaky(), none, Rejection::Missing { part: Part::RightInverse });
    let mut none = follow(3, target());
    none.left_inverses.remove(&2);
    refused(leaky(), none, Rejection::Missing { part: Part::LeftInverse(2) });
    let mut more = follow(2, matrix(&[[1, 1], [1, 1]]));
    more.left_inverses.insert(3, left(3));
    refused(leaky(), more, Rejection::UnusedLeftInverse { layer: 3, first: 1, level: 2 });
    let mut misshapen = follow(3, target());
    misshapen.right_inverse = Some(matrix(&[[1, 0]]));
    let shape = Rejection::Shape { part: Part::RightInverse, expected: (2, 2), found: (1, 2) };
    refused(leaky(), misshapen, shape);

    // An inverse of before is no inverse any more after its layer has moved.
    let mut again = follow(3, target());
    (again.right_inverse, again.left_inverses) = (None, BTreeMap::new());
    let moves = [
        Record::Follow(follow(3, matrix(&[[1], [-1]]))),
        line([(3, weight(&[[4], [-1]]))]),
        Record::Follow(again.clone()),
    ];
    network(leaky(), &moves).is_invalid(5, Rule::Follow, Rejection::LeftInverse { layer: 3 });
    again.left_inverses = [(3, over(4, &[[1, 0]]))].into();
    network(leaky(), &[moves[0].clone(), moves[1].clone(), Record::Follow(again)]).is_valid();
}

#[test]
fn levels_must_fit() {
    for (first, level) in [(0, 1), (2, 1), (1, 4), (4, 4)] {
        let odd = FollowRecord { first, ..follow(level, matrix(&[[0], [0]])) };
        refused(leaky(), odd, Rejection::FollowLevels { first, level, layers: 3 });
    }
    let shape = Rejection::Shape { part: Part::Output, expected: (2, 1), found: (2, 2) };
    refused(leaky(), follow(3, matrix(&[[0, 0], [0, 0]])), shape);
}

#[test]
fn a_right_inverse_of_another_level_is_not_taken_over() {
    // After a follow from layer 1 the next one, from layer 2, leaves R out: [F_1, 1] has another width.
    let mut second = FollowRecord { first: 2, ..follow(3, matrix(&[[0], [0]])) };
    (second.right_inverse, second.left_inverses) = (None, BTreeMap::new());
    let moves = [Record::Follow(follow(3, matrix(&[[1], [-1]]))), Record::Follow(second)];
    network(leaky(), &moves).is_invalid(4, Rule::Follow, Rejection::RightInverse { first: 2 });
}

/// The network of before with its first input twice; R has columns for the first two samples only.
fn twice(follow: FollowRecord) -> Sheet {
    let mut sheet = network(leaky(), &[Record::Follow(follow)]);
    (sheet.problem.inputs, sheet.problem.equal_inputs) = (matrix(&[[-2], [0], [-2]]), true);
    sheet.loss(Criterion::Hinge { labels: vec![0; 3] })
}

fn pick(output: [[i64; 1]; 3]) -> FollowRecord {
    FollowRecord { right_inverse: Some(over(2, &[[-1, 1, 0], [0, 2, 0]])), ..follow(3, matrix(&output)) }
}

#[test]
fn equal_inputs_follow_together() {
    twice(pick([[100], [-7], [100]])).is_valid();
    // The third sample may as well be the one that is picked.
    let third = FollowRecord { right_inverse: Some(over(2, &[[0, 1, -1], [0, 2, 0]])), ..pick([[1], [5], [1]]) };
    twice(third).is_valid();
    let invalid = |follow: FollowRecord, rejection| twice(follow).is_invalid(3, Rule::Follow, rejection);
    invalid(pick([[100], [-7], [99]]), Rejection::FollowSplits { sample: 2, picked: 0 });
    // Rows that are not unit rows, or those of another input.
    for right in [[[-1, 1, 1], [0, 2, 0]], [[-3, 3, 0], [0, 2, 0]], [[1, -1, 0], [2, 0, 0]], [[-1, 1, 0], [0, 0, 0]]] {
        invalid(
            FollowRecord { right_inverse: Some(over(2, &right)), ..pick([[1], [1], [1]]) },
            Rejection::RightInverse { first: 1 },
        );
    }
    // Picking has to be announced.
    let mut silent = twice(pick([[100], [-7], [100]]));
    silent.problem.equal_inputs = false;
    silent.is_invalid(3, Rule::Follow, Rejection::RightInverse { first: 1 });
}

/// The features below the follow count, not the inputs: two inputs that the first layer takes for one.
#[test]
fn equal_features_follow_together() {
    let layers = [both(&[[1], [1]], [0]), both(&[[1]], [0])];
    let last = |second| FollowRecord {
        first: 2,
        level: 2,
        output: matrix(&[[3], [second], [1]]),
        right_inverse: Some(matrix(&[[1, 0, -1], [0, 0, 1]])),
        left_inverses: BTreeMap::new(),
        layers: Layers::new(),
    };
    let sheet = |second| {
        let inputs = matrix(&[[1, 0], [0, 1], [0, 0]]);
        let mut sheet = Sheet::new(leaky(), inputs, layers.clone(), &[Record::Follow(last(second))]);
        sheet.problem.equal_inputs = true;
        sheet.loss(Criterion::Hinge { labels: vec![0; 3] })
    };
    sheet(3).is_valid();
    sheet(4).is_invalid(3, Rule::Follow, Rejection::FollowSplits { sample: 1, picked: 0 });
}

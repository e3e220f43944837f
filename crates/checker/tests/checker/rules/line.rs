use crate::build::*;
use crate::certificate::{Exceeded, Layer, Limit};
use crate::checker::{Part, Rejection, Rule, Undecided};

/// 1-2-1, two samples.
fn small(outgoing: [[i64; 1]; 2], moves: &[crate::certificate::Record]) -> Sheet {
    let layers = [both(&[[1, 2]], [0, 1]), both(&outgoing, [1])];
    Sheet::new(relu(), matrix(&[[0], [1]]), layers, moves)
}

#[test]
fn the_incoming_weights_of_a_dead_neuron_are_free() {
    let moves = [line([(1, both(&[[1, -50]], [0, 7]))]), line([(2, weight(&[[3], [0]]))])];
    small([[3], [0]], &moves).is_valid();
    // Dead at one end only is not dead.
    let moves = [line([(1, both(&[[1, 5]], [0, 7])), (2, weight(&[[3], [1]]))])];
    small([[3], [0]], &moves).is_invalid(3, Rule::Line, Rejection::OutputBends);
    let moves = [line([(1, both(&[[1, 5]], [0, 7])), (2, weight(&[[3], [0]]))])];
    small([[3], [1]], &moves).is_invalid(3, Rule::Line, Rejection::OutputBends);
    // A live neuron that stays in its piece of the activation moves the output straight.
    small([[3], [2]], &[line([(1, both(&[[1, 5]], [0, 7]))])]).is_valid();
}

#[test]
fn the_last_layer_goes_straight() {
    small([[3], [-2]], &[line([(2, both(&[[-8], [5]], [4]))])]).is_valid();
    let linear = |to| Sheet::new(relu(), matrix(&[[2, 3]]), [both(&[[1], [1]], [0])], &[line([(1, to)])]);
    linear(both(&[[-5], [7]], [1])).is_valid();
    linear(weight(&[[-5], [7]])).is_valid();
    linear(bias([3])).is_valid();
}

/// On [0, 1/4] the features before the third layer rest, and u goes from −1 to 1 over the peak of σ, which nothing else does.
/// Afterwards they move: u goes back over it to −1, and v, with the other sign, along with it. The ends of the line alone say that
/// u rests and that v goes from 1 to −1; while features rest, how they end is another question.
#[test]
fn where_features_rest_the_end_of_the_line_says_nothing_if_they_move_later() {
    // A peak at 0 of width 1/2, and a ray from 10 on.
    let peak = activation(&["-1/4", "0", "1/4", "10"], &["0", "4", "-4", "0", "1"], "0");
    // F_1 is 0 up to 1/4, then 4 λ − 1; F_2 = (1, F_1).
    let third =
        |u: i64| Layer { weight: Some(over(3, &[[u, 3], [-8, -2]])), bias: Some(matrix(&[[0, 0]])), columns: None };
    let path = |to: i64, last: [[i64; 1]; 2]| {
        let layers = [both(&[[0]], [9]), both(&[[0, 1]], [11, 10]), third(-3), both(&last, [0])];
        let moves = [line([(1, bias([13])), (3, Layer { bias: None, ..third(to) })])];
        Sheet::new(peak.clone(), matrix(&[[0]]), layers, &moves)
    };
    path(21, [[1], [-1]]).is_invalid(3, Rule::Line, Rejection::OutputBends);
    // Not heard, it may go where it likes.
    path(21, [[0], [0]]).is_valid();
}

/// 1-1-2-1, one sample x = 1: P_1 = λ, P_2 = (λ² + b, λ² + b), the last layer weighs them with v.
fn parabola(b: (i64, i64), v: [[i64; 1]; 2]) -> Sheet {
    let mut second = both(&[[0, 0]], [0, 0]);
    second.bias = Some(over(b.1, &[[b.0, b.0]]));
    let layers = [both(&[[0]], [0]), second, both(&v, [0])];
    Sheet::new(relu(), matrix(&[[1]]), layers, &[line([(1, weight(&[[1]])), (2, weight(&[[1, 1]]))])])
}

#[test]
fn curved_entries_are_decided_exactly_or_not_at_all() {
    let cancel = [[1], [-1]];
    parabola((1, 1), cancel).is_valid();
    // A breakpoint met at the ends only, at 1/2 and at 3/8: found by halving.
    parabola((0, 1), cancel).is_valid();
    parabola((-1, 1), cancel).is_valid();
    parabola((-1, 4), cancel).is_valid();
    parabola((-9, 64), cancel).is_valid();
    // At 1/√2, and at 1/3: never reached by halving.
    parabola((-1, 2), cancel).is_undecided(3, Undecided::CurvedCrossing { layer: 2 });
    parabola((-1, 9), cancel).is_undecided(3, Undecided::CurvedCrossing { layer: 2 });
    // The same where the output bends is refuted, not undecided.
    for b in [(1, 1), (0, 1), (-1, 4), (-1, 2), (-1, 9)] {
        parabola(b, [[1], [1]]).is_invalid(3, Rule::Line, Rejection::OutputBends);
    }
    // Dead neurons may do what they like.
    parabola((-1, 2), [[0], [0]]).is_valid();
}

/// 1-1-2-1, one sample: F_1 = σ(1 − 2λ), F_2 = F_1 (1 + λ, 1 + 2λ), the last layer from (1, −1) to `v`.
#[test]
fn what_comes_to_rest_later_is_not_what_it_was_at_the_start() {
    let all_move = |v: [[i64; 1]; 2]| {
        let layers = [both(&[[0]], [1]), both(&[[1, 1]], [0, 0]), both(&[[1], [-1]], [0])];
        let to = [(1, bias([-1])), (2, weight(&[[2, 3]])), (3, weight(&v))];
        Sheet::new(relu(), matrix(&[[1]]), layers, &[line(to)])
    };
    // F_2 (1 + 2λ, −1 − λ)ᵀ = 0; from λ = 1/2 on F_2 rests at zero, but began at (1, 1).
    all_move([[3], [-2]]).is_valid();
    all_move([[3], [-3]]).is_invalid(3, Rule::Line, Rejection::OutputBends);
    all_move([[2], [-2]]).is_invalid(3, Rule::Line, Rejection::OutputBends);
}

#[test]
fn crossings_are_split_exactly() {
    // |x| and hard tanh written with ReLUs that cross at different λ for each sample, cancelled by themselves.
    let layers = |v: [[i64; 1]; 3]| [both(&[[1, 1, 1]], [-4, -4, -5]), both(&v, [0])];
    let inputs = || matrix(&[[0], [1], [2], [7]]);
    let to = |third| [line([(1, bias([4, 4, third]))])];
    Sheet::new(relu(), inputs(), layers([[2], [-2], [0]]), &to(5)).is_valid();
    Sheet::new(relu(), inputs(), layers([[1], [-2], [1]]), &to(4)).is_invalid(3, Rule::Line, Rejection::OutputBends);
    let steps = activation(&["-1", "1/3", "2"], &["0", "1", "-1/7", "2"], "-1");
    Sheet::new(steps.clone(), inputs(), layers([[2], [-2], [0]]), &to(5)).is_valid();
    Sheet::new(steps, inputs(), layers([[2], [-1], [0]]), &to(5)).is_invalid(3, Rule::Line, Rejection::OutputBends);
}

#[test]
fn breakpoints_without_a_bend_are_none() {
    let affine = activation(&["0", "1"], &["2", "2", "2"], "5");
    let layers = [both(&[[1]], [-3]), both(&[[1]], [0])];
    Sheet::new(affine, matrix(&[[0]]), layers.clone(), &[line([(1, bias([3]))])]).is_valid();
    let bent = activation(&["0", "1"], &["2", "2", "3"], "5");
    let sheet = Sheet::new(bent, matrix(&[[0]]), layers, &[line([(1, bias([3]))])]);
    sheet.is_invalid(3, Rule::Line, Rejection::OutputBends);
}

#[test]
fn a_detour_that_comes_back_is_seen() {
    // Both ends compute the same, the middle does not.
    let sheet = Sheet::new(
        activation(&["0"], &["-1", "1"], "0"),
        matrix(&[[0]]),
        [both(&[[0]], [-1]), both(&[[1]], [0])],
        &[line([(1, bias([1]))])],
    );
    sheet.is_invalid(3, Rule::Line, Rejection::OutputBends);
}

#[test]
fn pieces_have_a_limit() {
    let samples: Vec<[i64; 1]> = (0..5_000).map(|i| [-i]).collect();
    let sheet = |v: [[i64; 1]; 2]| {
        let layers = [both(&[[1, 1]], [0, 0]), both(&v, [0])];
        Sheet::new(relu(), matrix(&samples), layers, &[line([(1, bias([6_000, 6_000]))])])
    };
    sheet([[1], [-1]]).is_undecided(3, Undecided::Limit(Exceeded { limit: Limit::Crossings, value: 4096 }));
    sheet([[1], [1]]).is_invalid(3, Rule::Line, Rejection::OutputBends);
}

#[test]
fn shapes_and_layers_must_fit() {
    let moves = |layer| [line([(1, layer)])];
    let shape = |part, expected, found| Rejection::Shape { part, expected, found };
    small([[1], [1]], &moves(weight(&[[1, 2, 3]]))).is_invalid(3, Rule::Line, shape(Part::Weight(1), (1, 2), (1, 3)));
    small([[1], [1]], &moves(bias([1]))).is_invalid(3, Rule::Line, shape(Part::Bias(1), (1, 2), (1, 1)));
    let unknown = Rejection::UnknownLayer { layer: 3, layers: 2 };
    small([[1], [1]], &[line([(3, bias([1]))])]).is_invalid(3, Rule::Line, unknown);
    let reducible =
        crate::certificate::Layer { weight: Some(over(2, &[[2, 4]])), ..crate::certificate::Layer::default() };
    small([[1], [1]], &moves(reducible)).is_invalid(
        3,
        Rule::Line,
        Rejection::NotInLowestTerms { part: Part::Weight(1) },
    );
}

/// Some columns of a layer, of which neurons 1 and 2 are these, for the 1-3-1 network below.
fn some_columns(columns: &[usize], weights: &[i64], biases: &[i64]) -> crate::certificate::Layer {
    let row = |entries: &[i64]| match entries {
        [a] => matrix(&[[*a]]),
        [a, b] => matrix(&[[*a, *b]]),
        [a, b, c] => matrix(&[[*a, *b, *c]]),
        _ => unreachable!("at most three"),
    };
    let (weight, bias) = (Some(row(weights)), Some(row(biases)));
    crate::certificate::Layer { weight, bias, columns: Some(columns.to_vec()) }
}

/// 1-3-1, of which neurons 1 and 2 are dead; a third of a weight, so that the denominators differ.
fn with_dead(moves: &[crate::certificate::Record]) -> Sheet {
    let mut first = both(&[[1, 2, 3]], [0, 1, 2]);
    first.weight = Some(over(3, &[[1, 2, 3]]));
    Sheet::new(relu(), matrix(&[[0], [1]]), [first, both(&[[1], [0], [0]], [1])], moves)
}

/// A line that gives the columns that move is the line that gives them all.
#[test]
fn columns_that_are_not_given_stay() {
    let given = line([(1, some_columns(&[1, 2], &[5, -7], &[8, 9]))]);
    let mut whole = both(&[[0, 0, 0]], [0, 8, 9]);
    whole.weight = Some(over(3, &[[1, 15, -21]]));
    let next = line([(2, weight(&[[1], [2], [3]]))]);
    for moves in [[given.clone(), next.clone()], [line([(1, whole.clone())]), next]] {
        let sheet = with_dead(&moves);
        let ends = (sheet.is_valid().bits, sheet.problem.version());
        assert_eq!(ends, (5, if sheet.problem.columns { 3 } else { 1 }));
        // Both end at the same network, and at no other.
        let layers = [(1, whole.clone()), (2, both(&[[1], [2], [3]], [1]))];
        let expected = |layers: [(usize, crate::certificate::Layer); 2]| crate::checker::Expected {
            to: Some(layers.into()),
            ..Default::default()
        };
        assert!(matches!(sheet.verdict_for(&expected(layers.clone())), crate::checker::Verdict::Valid(_)));
        let other = [(1, both(&[[0, 5, -7]], [0, 8, 9])), layers[1].clone()];
        let differs = sheet.verdict_for(&expected(other));
        assert!(differs.to_string().contains("layer 1"), "{differs}");
    }
    // What is live does not bend.
    with_dead(&[line([(1, some_columns(&[0, 2], &[-5, 0], &[1, 0]))])]).is_invalid(
        3,
        Rule::Line,
        Rejection::OutputBends,
    );
}

#[test]
fn columns_ascend_and_are_some() {
    let wrong = |layer| with_dead(&[line([(1, layer)])]);
    let columns = Rejection::Columns { layer: 1 };
    for (names, numbers) in [(&[2, 1][..], &[0, 0][..]), (&[1, 1], &[0, 0]), (&[1, 3], &[0, 0]), (&[0, 1, 2], &[0; 3])]
    {
        wrong(some_columns(names, numbers, numbers)).is_invalid(3, Rule::Line, columns.clone());
    }
    let shape = Rejection::Shape { part: Part::Weight(1), expected: (1, 1), found: (1, 2) };
    wrong(some_columns(&[1], &[0, 0], &[0])).is_invalid(3, Rule::Line, shape);
    // Announced exactly where there are some, and of lines only.
    let mut silent = wrong(some_columns(&[1], &[0], &[0]));
    silent.problem.columns = false;
    silent.is_invalid(3, Rule::Line, Rejection::MisplacedColumns { layer: 1 });
    let mut loud = with_dead(&[]);
    loud.problem.columns = true;
    loud.is_invalid(3, Rule::End, Rejection::NoColumns);
    let mut start = wrong(some_columns(&[1], &[0], &[0]));
    start.start.get_mut(&1).unwrap().columns = Some(vec![0, 1, 2]);
    start.is_invalid(2, Rule::Start, Rejection::MisplacedColumns { layer: 1 });
}

//! Graph networks with rational features: lines and curves, and what is refused.

use crate::{
    build::*,
    certificate::{graph::*, *},
    checker::{Conclusion, Expected, Part, Reason, Rejection, Rule, Scope, Statement, Undecided, Verdict, check},
};
use sublevel_checker::Rational;

fn identity() -> ActivationRecord {
    activation(&["0"], &["1", "1"], "0")
}

fn block(from: &[usize], filters: usize, activation: ActivationRecord) -> BlockRecord {
    let rule = BlockRule::Filters { filters, tied: false, activation: activation.into() };
    BlockRecord { from: from.to_vec(), patches: None, rule }
}

fn sum(from: &[usize]) -> BlockRecord {
    BlockRecord { from: from.to_vec(), patches: None, rule: BlockRule::Sum { activation: identity().into() } }
}

/// A path whose `end` counts right.
#[derive(Clone)]
struct Path {
    problem: RationalProblemRecord,
    start: Layers,
    moves: Vec<Record>,
}

/// Two inputs, a stem H of two neurons, the branch U, θ of one unit each, V back to two, W: layers 1, 2, 3, 4 and 6.
///
/// H = X, G = θ (H_0 + H_1), U = (1, 1), θ = 1, V = (1, 0), W = (0, 1): P = V W = 0, and the output is H_1.
fn residual(moves: &[Record]) -> Path {
    let blocks = vec![
        block(&[0], 2, relu()),
        block(&[1], 1, relu()),
        block(&[2], 1, relu()),
        block(&[3], 2, identity()),
        sum(&[1, 4]),
    ];
    let graph = GraphRecord { inputs: 2, blocks, skips: vec![[5, 0], [5, 1]], outputs: 1, bias: false };
    let problem = RationalProblemRecord {
        claim: Claim::Connected,
        statement: "test".into(),
        graph,
        inputs: matrix(&[[1, 1], [2, 1]]),
        loss: None,
    };
    let start = [
        (1, both(&[[1, 0], [0, 1]], [0, 0])),
        (2, both(&[[1], [1]], [0])),
        (3, both(&[[1]], [0])),
        (4, both(&[[1, 0]], [0, 0])),
        (6, weight(&[[0], [1]])),
    ];
    Path { problem, start: start.into(), moves: moves.to_vec() }
}

/// f = W (x + V g): two inputs, the branch U of one unit, V back to two, W: layers 1, 2 and 4.
fn projection(moves: &[Record]) -> Path {
    let blocks = vec![block(&[0], 1, relu()), block(&[1], 2, identity()), sum(&[0, 2])];
    let graph = GraphRecord { inputs: 2, blocks, skips: vec![[3, 0], [3, 1]], outputs: 1, bias: false };
    let start = [(1, both(&[[1], [2]], [1])), (2, both(&[[0, 0]], [0, 0])), (4, weight(&[[1], [0]]))];
    let mut path = residual(moves);
    (path.problem.graph, path.start) = (graph, start.into());
    path
}

fn v(row: [i64; 2]) -> (usize, Layer) {
    (4, both(&[row], [0, 0]))
}

fn w(rows: [i64; 2]) -> (usize, Layer) {
    (6, weight(&[[rows[0]], [rows[1]]]))
}

/// V (t) and W(t) of [`projection`], by their coefficients.
fn curve(of_v: &[[i64; 2]], of_w: &[[i64; 2]]) -> Record {
    let list = |list: Vec<Matrix>| LayerCurve { weight: Some(list), bias: None };
    let of_v = list(of_v.iter().map(|row| matrix(&[*row])).collect());
    let of_w = list(of_w.iter().map(|rows| matrix(&[[rows[0]], [rows[1]]])).collect());
    Record::Curve { layers: [(2, of_v), (4, of_w)].into() }
}

impl Path {
    fn with<const K: usize>(mut self, layers: [(usize, Layer); K]) -> Self {
        self.start.extend(layers);
        self
    }

    fn text(&self) -> String {
        let mut records = vec![Record::Rational(self.problem.clone()), Record::Start { layers: self.start.clone() }];
        records.extend(self.moves.iter().cloned());
        records.push(Record::End { moves: self.moves.len() });
        let mut writer = Writer::new(vec![]);
        records.iter().for_each(|record| writer.write(record).unwrap());
        String::from_utf8(writer.into_inner()).unwrap()
    }

    fn verdict(&self) -> Verdict {
        crate::check_bytes(self.text().as_bytes(), &Expected::default())
    }

    #[track_caller]
    fn is_valid(&self) -> Statement {
        match self.verdict() {
            Verdict::Valid(statement) => *statement,
            other => panic!("{other}"),
        }
    }

    #[track_caller]
    fn is_invalid(&self, record: usize, rule: Rule, rejection: Rejection) {
        assert_eq!(self.verdict(), Verdict::Invalid { record, rule, rejection });
    }

    /// A move that the output hears in this unit.
    #[track_caller]
    fn is_heard(&self, record: usize, block: usize, unit: usize) {
        self.is_invalid(record, Rule::Line, Rejection::HeardUnitMoves { block, unit });
    }
}

#[test]
fn a_branch_that_is_cut_off_is_free() {
    let statement = residual(&[line([(2, both(&[[5], [-7]], [3])), (3, weight(&[[2]]))])]).is_valid();
    assert_eq!((statement.conclusion, statement.scope), (Conclusion::Connected, Scope::EveryConvexLoss));
    assert_eq!((statement.moves.lines, statement.moves.curves), (1, 0));
}

#[test]
fn a_branch_that_is_cut_off_at_both_ends_only_is_not() {
    // V(λ) W(λ) = 2λ(1 − λ).
    residual(&[line([v([0, 1]), w([1, 0])])]).is_invalid(3, Rule::Line, Rejection::OutputBends);
    residual(&[line([v([0, 1]), w([1, 0]), (3, weight(&[[2]]))])]).is_heard(3, 3, 0);
}

#[test]
fn a_branch_that_is_heard_rests() {
    residual(&[line([(3, weight(&[[2]]))])]).with([v([0, 1])]).is_heard(3, 3, 0);
    residual(&[line([(2, bias([1]))])]).with([v([0, 1])]).is_heard(3, 2, 0);
    // H U rests although U moves: on these samples, with two neurons alike.
    let twins = [(1, both(&[[1, 1], [0, 0]], [0, 0])), v([0, 1])];
    residual(&[line([(2, weight(&[[0], [2]]))])]).with(twins.clone()).is_valid();
    residual(&[line([(2, weight(&[[0], [1]]))])]).with(twins).is_heard(3, 2, 0);
}

#[test]
fn a_dead_neuron_is_free() {
    let dead = [(2, both(&[[0], [1]], [0])), v([0, 1])];
    residual(&[line([(1, both(&[[-5, 0], [3, 1]], [2, 0]))])]).with(dead.clone()).is_valid();
    let moved = (1, weight(&[[2, 0], [7, 1]]));
    // U_0 is not zero, and the branch is heard; or it is not.
    residual(&[line([moved.clone()])]).with([v([0, 1])]).is_heard(3, 1, 0);
    residual(&[line([moved.clone()])]).is_valid();
    // Dead at one end only, by W or by U.
    residual(&[line([moved.clone(), w([1, 1])])]).with(dead.clone()).is_heard(3, 1, 0);
    residual(&[line([moved, (2, weight(&[[1], [1]]))])]).with(dead).is_heard(3, 1, 0);
}

#[test]
fn a_vertex_off_the_segment_is_refused() {
    let there_and_back = |rows| residual(&[line([w(rows)]), line([w([0, 1])])]);
    there_and_back([0, 2]).is_invalid(3, Rule::Claim, Rejection::OffSegment);
    // For a loss it is harmless where it is nearer to the targets than both ends.
    let mut path = there_and_back([0, 2]);
    path.problem.loss = Some(Criterion::Square { targets: matrix(&[[3], [3]]) }.into());
    assert_ne!(path.is_valid().scope, Scope::EveryConvexLoss);
    path.problem.loss = Some(Criterion::Square { targets: matrix(&[[1], [1]]) }.into());
    path.is_invalid(3, Rule::Claim, Rejection::LossAboveEnds);
}

#[test]
fn a_curve_on_which_the_output_runs_straight() {
    // V(t) W(t) = −t² + t · t.
    let statement = projection(&[curve(&[[0, 0], [0, 1], [-1, 0]], &[[1, 0], [0, 1]])]).is_valid();
    assert_eq!((statement.moves.curves, statement.scope), (1, Scope::EveryConvexLoss));
    let bends = |record| projection(&[record]).is_invalid(3, Rule::Curve, Rejection::OutputBends);
    bends(curve(&[[0, 0], [0, 1], [-2, 0]], &[[1, 0], [0, 1]]));
    // t (1 − t) (1, 0) on top: both ends are the same.
    bends(curve(&[[0, 0], [1, 1], [-2, 0]], &[[1, 0], [0, 1]]));
    // A straight line of V and W.
    bends(curve(&[[0, 0], [-1, 1]], &[[1, 0], [0, 1]]));
    let moved = curve(&[[1, 0], [0, 1], [-1, 0]], &[[1, 0], [0, 1]]);
    projection(&[moved]).is_invalid(3, Rule::Curve, Rejection::CurveStart { part: Part::Weight(2) });
}

/// What bends is added up over the inputs and the branch.
#[test]
fn all_that_is_heard_is_added_up() {
    let bent = |v: [i64; 2]| curve(&[v], &[[1, 0], [0, 0], [1, 0]]);
    let with = |u: ([[i64; 1]; 2], i64), v: [i64; 2]| {
        projection(&[bent(v)]).with([(1, both(&u.0, [u.1])), (2, both(&[v], [0, 0]))])
    };
    // g = x_0 and V = (−1, 0): x_0 t² − x_0 t².
    with(([[1], [0]], 0), [-1, 0]).is_valid();
    // g = 0 on these samples: x_0 t² is left.
    with(([[-1], [-2]], -1), [1, 0]).is_invalid(3, Rule::Curve, Rejection::OutputBends);
}

/// A curve ends where its coefficients add up to.
#[test]
fn a_curve_goes_on_from_its_end() {
    let there = curve(&[[0, 0], [0, 1], [-1, 0]], &[[1, 0], [0, 1]]);
    let line = |row: [i64; 2]| line([(2, weight(&[row]))]);
    // V = (−1, 1), W = (1, 1): along (1, −1) the product stays.
    projection(&[there.clone(), line([4, -4])]).is_valid();
    projection(&[there.clone(), line([4, 0]), line([-1, 1])]).is_invalid(4, Rule::Claim, Rejection::OffSegment);
    let path = projection(&[there]);
    let (text, graph) = (path.text(), path.problem.graph.clone());
    let end: Layers = [(1, both(&[[1], [2]], [1])), (2, both(&[[-1, 1]], [0, 0])), (4, weight(&[[1], [1]]))].into();
    let to = |end: &Layers| Expected { to: Some(end.clone()), graph: Some(graph.clone()), ..Expected::default() };
    assert!(matches!(crate::check_bytes(text.as_bytes(), &to(&end)), Verdict::Valid(_)));
    let other = Layers::from_iter(end.into_iter().chain([(2, both(&[[-1, 2]], [0, 0]))]));
    let rejection = Rejection::ToDiffers { layer: 2 };
    let differs = Verdict::Invalid { record: 4, rule: Rule::Expected, rejection };
    assert_eq!(crate::check_bytes(text.as_bytes(), &to(&other)), differs);
    // Another wiring has the same layers: without the graph they are nobody's.
    let alone = Expected { graph: None, ..to(&other) };
    let not_given = Verdict::Invalid { record: 1, rule: Rule::Expected, rejection: Rejection::GraphNotGiven };
    assert_eq!(crate::check_bytes(text.as_bytes(), &alone), not_given);
}

#[test]
fn other_moves_claims_and_blocks_are_refused() {
    residual(&[ray([w([0, 1])])]).is_invalid(3, Rule::Line, Rejection::NoRationalMove { found: "ray" });
    let mut path = residual(&[]);
    path.problem.claim = Claim::Unbounded;
    path.is_invalid(1, Rule::Problem, Rejection::UnboundedGraph);
    path.problem.claim = Claim::Barrier;
    path.is_invalid(3, Rule::Claim, Rejection::BoundWithoutLoss);
    let mut path = residual(&[]);
    path.problem.graph.blocks[0].rule =
        BlockRule::Filters { filters: 2, tied: false, activation: SmoothRecord::Tanh.into() };
    let why = "takes a maximum, pools, normalises or has an activation that is not piecewise linear";
    path.is_invalid(1, Rule::Problem, Rejection::Block { block: 1, why });
}

/// U from (−3, 5) to (3, −4), P = 1: the outputs are 1 + relu(2 − 3λ) and 1 + relu(3λ − 1), the targets 3. The loss is 2 at both ends and
/// largest at the kinks, λ = 1/3 and 2/3: 5/2.
fn hill(bound: &str, more: &[(usize, Layer)]) -> Path {
    let u = |weights: [i64; 2]| (2, weight(&[[weights[0]], [weights[1]]]));
    let to = Layers::from_iter([u([3, -4])].into_iter().chain(more.iter().cloned()));
    let mut path = residual(&[Record::Bounded { layers: to, bound: fraction(bound), pieces: None }]);
    path.start.extend([(2, both(&[[-3], [5]], [0])), v([0, 1])]);
    path.problem.claim = Claim::Barrier;
    path.problem.loss = Some(Criterion::Square { targets: matrix(&[[3], [3]]) }.into());
    path
}

#[test]
fn a_bound_may_be_the_maximum_itself() {
    let statement = hill("5/2", &[]).is_valid();
    assert_eq!(statement.conclusion, Conclusion::Barrier(Rational::new(5.into(), 2.into())));
    assert_eq!((statement.moves.bounded, statement.moves.lines), (1, 0));
    // 2^−40 too low.
    hill("2748779069439/1099511627776", &[]).is_invalid(3, Rule::Bounded, Rejection::AboveBound);
    // V moves along a vector that W does not see: P rests.
    hill("5/2", &[(4, both(&[[7, 1]], [0, 0]))]).is_valid();
    let mut path = hill("5/2", &[]);
    path.problem.claim = Claim::Connected;
    path.is_invalid(3, Rule::Claim, Rejection::BoundAboveEnds);
    path.problem.loss = None;
    path.is_invalid(3, Rule::Bounded, Rejection::BoundWithoutLoss);
    let mut path = hill("5/2", &[]);
    let Record::Bounded { pieces, .. } = &mut path.moves[0] else { panic!("it is bounded") };
    *pieces = Some(vec![0]);
    path.is_invalid(3, Rule::Bounded, Rejection::MisplacedPieces);
}

/// One sample and two units, whose biases go from one pair to the other: the target is 0.
fn two_units(from: [i64; 2], to: [i64; 2], head: [i64; 2], bound: &str) -> Path {
    let bounded = Record::Bounded { layers: [(1, both(&[[0, 0]], to))].into(), bound: fraction(bound), pieces: None };
    let mut path = residual(&[bounded]);
    path.problem.graph = GraphRecord {
        inputs: 1,
        blocks: vec![block(&[0], 2, relu())],
        skips: vec![[1, 0], [1, 1]],
        outputs: 1,
        bias: false,
    };
    path.start = [(1, both(&[[0, 0]], from)), (2, weight(&[[head[0]], [head[1]]]))].into();
    path.problem.inputs = matrix(&[[1]]);
    path.problem.claim = Claim::Barrier;
    path.problem.loss = Some(Criterion::Square { targets: matrix(&[[0]]) }.into());
    path
}

/// A piece is below a bound if both of its ends are, by radii that add up whatever the signs of the weights.
#[test]
fn a_hill_between_low_ends_is_seen() {
    // 3 relu(2λ − 1) − relu(4λ − 1) is 0 at 0, 1/4 and 1, and −1 at 1/2.
    let valley = |bound| two_units([-1, -1], [1, 3], [3, -1], bound);
    valley("1/2").is_valid();
    valley("2/5").is_invalid(3, Rule::Bounded, Rejection::AboveBound);
    // 4λ − 2 relu(4λ − 3) is 0 at 0, 3 at 3/4, and 2 at 1.
    let hill = |bound| two_units([0, -3], [4, 1], [1, -2], bound);
    hill("9/2").is_valid();
    hill("2").is_invalid(3, Rule::Bounded, Rejection::AboveBound);
}

#[test]
fn two_layers_one_behind_the_other_do_not_both_move() {
    let refused = |more, layer, block| {
        let rejection = Rejection::MovingProduct { layer, block, unit: 0 };
        hill("100", &[more]).is_invalid(3, Rule::Bounded, rejection);
    };
    // P, the stem, θ.
    refused(w([0, 2]), 6, 3);
    refused((1, weight(&[[2, 0], [0, 1]])), 2, 1);
    refused((3, weight(&[[2]])), 3, 2);
    // Each of them alone may, below another bound.
    for alone in [v([0, 2]), w([0, 2]), (1, weight(&[[2, 0], [0, 1]])), (3, weight(&[[2]]))] {
        let mut path = hill("100", &[]);
        path.moves = vec![bounded([alone], "100")];
        path.is_valid();
    }
    // V W = (1 + λ)² where the branch is heard.
    let mut path = hill("100", &[]);
    path.moves = vec![bounded([v([0, 2]), w([0, 2])], "100")];
    path.is_invalid(3, Rule::Bounded, Rejection::SumBends { layer: 6 });
    path.moves = vec![bounded([v([3, 1]), w([0, 1])], "100")];
    path.is_valid();
}

/// The branch is cut off: what it does is not looked at.
#[test]
fn a_branch_that_is_not_heard_is_free_on_a_bounded_line() {
    let all = [(1, weight(&[[5, 0], [7, 1]])), (3, weight(&[[4]]))];
    let mut path = hill("4", &all);
    path.start.extend([v([1, 0])]);
    path.is_valid();
    // The loss is ½ (2² + 2²).
    let mut path = hill("4398046511103/1099511627776", &all);
    path.start.extend([v([1, 0])]);
    path.is_invalid(3, Rule::Bounded, Rejection::AboveBound);
}

/// θ = 2 with the bias −1: the outputs are 1 + relu(3 − 6λ) and 1 + relu(6λ − 3), and the loss is largest at λ = 1/2, where the
/// first layer has no kink.
#[test]
fn kinks_of_deeper_layers_are_found() {
    let deep = |bound| {
        let mut path = hill(bound, &[]);
        path.start.extend([(3, both(&[[2]], [-1]))]);
        path.problem.loss = Some(Criterion::Square { targets: matrix(&[[4], [4]]) }.into());
        path
    };
    deep("9").is_valid();
    deep("9895604649983/1099511627776").is_invalid(3, Rule::Bounded, Rejection::AboveBound);
}

#[test]
fn the_products_of_a_bounded_line_are_limited() {
    let within = |products| {
        let mut limits = Limits::default();
        limits.set(Limit::Products, products);
        check(Reader::with_limits(limits, hill("5/2", &[]).text().as_bytes()), &Expected::default(), &mut |_| {})
    };
    let exceeded = Undecided::Limit(Exceeded { limit: Limit::Products, value: 3000 });
    assert_eq!(within(3000), Verdict::Incomplete { record: 3, reason: Reason::Undecided(exceeded) });
    assert!(matches!(within(1 << 20), Verdict::Valid(_)));
}

#[test]
fn the_degree_is_limited() {
    let path = projection(&[curve(&[[0, 0], [0, 1], [-1, 0]], &[[1, 0], [0, 1]])]);
    let within = |degree| {
        let mut limits = Limits::default();
        limits.set(Limit::Degree, degree);
        check(Reader::with_limits(limits, path.text().as_bytes()), &Expected::default(), &mut |_| {})
    };
    assert!(matches!(within(3), Verdict::Valid(_)));
    let exceeded = Undecided::Limit(Exceeded { limit: Limit::Degree, value: 2 });
    assert_eq!(within(2), Verdict::Incomplete { record: 3, reason: Reason::Undecided(exceeded) });
}

/// A filter on two patches, tied: y = (relu(a x_0), relu(a x_1)), each twice as a block that adds up; W = (1, −1).
#[test]
fn patches_share_what_moves() {
    let mut path = residual(&[line([(1, both(&[[3]], [0]))])]);
    let filters = BlockRecord {
        from: vec![0],
        patches: Some(vec![vec![0], vec![1]].into()),
        rule: BlockRule::Filters { filters: 1, tied: true, activation: relu().into() },
    };
    path.problem.graph.blocks = vec![filters, sum(&[1, 1])];
    path.problem.graph.skips = vec![[2, 0], [2, 1]];
    let start = |rows: [i64; 2]| [(1, both(&[[1]], [0])), (3, weight(&[[rows[0]], [rows[1]]]))].into();
    path.start = start([1, -1]);
    path.is_heard(3, 1, 0);
    path.start = start([0, 0]);
    path.is_valid();
    // The output is 2 (x_0 − x_1) W_0, and goes straight.
    path.start = start([1, -1]);
    path.moves = vec![line([(3, weight(&[[5], [-5]]))])];
    path.is_valid();
}

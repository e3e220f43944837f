//! Networks that are graphs: independent features, lines of the output, bounded lines, and what is refused.

use crate::{
    build::*,
    certificate::{
        Limit::{Digits, Numbers, Pieces, Products, VertexBytes},
        graph::*,
        object::{Independent, KernelVector, NoMaximum, NoStrictMinimum},
        *,
    },
    checker::{
        Conclusion, Descent, Expected, Finding, Network, Own, Part, Reach, Reason, Rejection, Rule, Standing,
        Statement, Targets, Undecided, Unproved, Verdict,
    },
};

fn number(text: &str) -> sublevel_checker::Rational {
    text.parse().unwrap()
}

/// A block on all columns of the inputs.
fn dense(filters: usize, activation: impl Into<NonlinearityRecord>) -> BlockRecord {
    let rule = BlockRule::Filters { filters, tied: false, activation: activation.into() };
    BlockRecord { from: vec![0], patches: None, rule }
}

/// One input, two units of a block, both connected to two outputs.
fn two_units(activation: impl Into<NonlinearityRecord>) -> GraphRecord {
    let (inputs, skips) = (1, vec![[1, 0], [1, 1]]);
    GraphRecord { inputs, blocks: vec![dense(2, activation)], skips, outputs: 2, bias: false }
}

#[track_caller]
fn refused(verdict: Verdict, record: usize, rule: Rule, rejection: Rejection) {
    assert_eq!(verdict, Verdict::Invalid { record, rule, rejection });
}

#[track_caller]
fn undecided(verdict: Verdict, record: usize, undecided: Undecided) {
    assert_eq!(verdict, Verdict::Incomplete { record, reason: Reason::Undecided(undecided) });
}

fn text(records: &[Record]) -> String {
    let mut writer = Writer::new(vec![]);
    records.iter().for_each(|record| writer.write(record).unwrap());
    String::from_utf8(writer.into_inner()).unwrap()
}

mod independent {
    use super::*;

    /// σ of 0 and 1, of 2 and 0: R is the inverse of [[0.5, 0.731], [0.881, 0.5]] to two digits.
    fn proved() -> Independent {
        Independent {
            graph: two_units(SmoothRecord::Sigmoid),
            inputs: matrix(&[[0], [1]]),
            layers: [(1, both(&[[2, -1]], [0, 1]))].into(),
            right_inverse: over(100, &[[-127, 186], [224, -127]]),
            bits: 32,
        }
    }

    fn sheet(object: &Independent) -> String {
        let object = Object::Independent(Box::new(object.clone()));
        text(&[Record::Object { statement: "s".into(), object }, Record::End { moves: 0 }])
    }

    fn verdict(object: &Independent) -> Verdict {
        verdict_for(object, &Expected::default())
    }

    fn verdict_for(object: &Independent, expected: &Expected) -> Verdict {
        crate::check_bytes(sheet(object).as_bytes(), expected)
    }

    #[track_caller]
    fn finding(verdict: Verdict) -> Finding {
        match verdict {
            Verdict::Proved { finding, .. } => *finding,
            other => panic!("{other}"),
        }
    }

    #[track_caller]
    fn unproved(object: &Independent, unproved: Unproved) {
        refused(verdict(object), 1, Rule::Object, Rejection::Unproved(unproved));
    }

    #[test]
    fn an_inverse_shows_rank_n_almost_everywhere() {
        let found = finding(verdict(&proved()));
        let Finding::Independent { samples, features, analytic, shared, compared, .. } = &found else {
            panic!("{found}")
        };
        assert_eq!((samples, features, analytic, &shared[..], compared), (&2, &2, &true, &[][..], &Own::default()));
        assert!(found.to_string().contains("for almost all weights and biases of this architecture, all of them free"));
    }

    #[test]
    fn what_has_no_rank_n_is_refused() {
        let twins = Independent { layers: [(1, both(&[[2, 2]], [0, 0]))].into(), ..proved() };
        unproved(&twins, Unproved::NoRightInverse { row: 1 });
        let exchanged = Independent { right_inverse: over(100, &[[186, -127], [-127, 224]]), ..proved() };
        unproved(&exchanged, Unproved::NoRightInverse { row: 0 });
        unproved(
            &Independent { inputs: matrix(&[[1], [1]]), ..proved() },
            Unproved::EqualSamples { first: 0, second: 1 },
        );
        let mut dead = Independent { graph: two_units(relu()), ..proved() };
        dead.layers = [(1, both(&[[1, 1]], [-5, -7]))].into();
        // Ψ = 0, and nothing is rounded: the sums are 1.
        unproved(&dead, Unproved::NoRightInverse { row: 0 });
        // Within a unit of 0: the sums are 1 within a little.
        dead.graph = two_units(activation(&["0"], &["0", "1/3"], "0"));
        undecided(verdict(&dead), 1, Undecided::RankOpen { bits: 32 });
        // Only the absolute value of an entry off the diagonal counts, and of one on it.
        for sign in [1, -1] {
            let mut wrong = proved();
            wrong.right_inverse = over(100, &[[-127, 186 + 200 * sign], [224, -127]]);
            unproved(&wrong, Unproved::NoRightInverse { row: 0 });
            wrong.right_inverse = over(100, &[[-127 * sign, 186], [-224, -127 * sign]]);
            assert!(matches!(verdict(&wrong), Verdict::Invalid { rule: Rule::Object, .. }));
        }
    }

    /// N − 1 columns are too few; the column of ones of an output bias is one.
    #[test]
    fn n_columns_are_needed_and_ones_count() {
        let mut few = proved();
        few.graph.skips = vec![[1, 0]];
        few.right_inverse = over(100, &[[-127, 186]]);
        unproved(&few, Unproved::TooFewFeatures { features: 1, samples: 2 });
        few.graph.bias = true;
        few.right_inverse = over(100, &[[-262, 262], [231, -131]]);
        assert!(matches!(finding(verdict(&few)), Finding::Independent { features: 2, .. }));
        few.right_inverse = over(100, &[[-262, 262]]);
        let rejection = Rejection::Shape { part: Part::RightInverse, expected: (2, 2), found: (1, 2) };
        refused(verdict(&few), 1, Rule::Object, rejection);
    }

    /// Constant images: with one bias a filter all patches are alike, with one a unit they need not be.
    #[test]
    fn tied_biases_keep_constant_images_dependent() {
        let convolution = |tied| Independent {
            graph: GraphRecord {
                inputs: 2,
                blocks: vec![BlockRecord {
                    from: vec![0],
                    patches: Some(vec![vec![0], vec![1]].into()),
                    rule: BlockRule::Filters { filters: 1, tied, activation: SmoothRecord::Sigmoid.into() },
                }],
                ..two_units(SmoothRecord::Sigmoid)
            },
            inputs: matrix(&[[0, 0], [1, 1]]),
            layers: [(
                1,
                if tied { both(&[[2]], [0]) } else { Layer { bias: Some(matrix(&[[0, 1]])), ..weight(&[[2]]) } },
            )]
            .into(),
            right_inverse: over(100, &[[-568, 436], [525, -298]]),
            bits: 32,
        };
        assert!(matches!(verdict(&convolution(true)), Verdict::Invalid { rule: Rule::Object, .. }));
        let found = finding(verdict(&convolution(false)));
        assert!(found.to_string().contains("with what it shares (block 1: filters, with one bias a unit)"), "{found}");
        assert!(matches!(found, Finding::Independent { analytic: true, shared, .. } if shared == [(1, false)]));
    }

    /// Only if every feature is analytic: not with a kink, ELU or the largest of a patch; with sums it is.
    #[test]
    fn almost_every_network_needs_analytic_blocks() {
        let elu = SmoothRecord::Elu { alpha: fraction("1") };
        let affine = activation(&["0"], &["1", "1"], "0");
        let pool = |pool| BlockRecord { from: vec![1], patches: None, rule: BlockRule::Pool { pool } };
        let with = |activation: NonlinearityRecord, block: Option<BlockRecord>| {
            let mut object = Independent { graph: two_units(activation), ..proved() };
            object.graph.blocks.extend(block);
            object
        };
        // Ψ = [[0, 1], [2, 0]] for the piecewise-linear ones, near [[0, 1], [2, 0]] for ELU too.
        let kinked = Independent { right_inverse: over(2, &[[0, 1], [2, 0]]), ..proved() };
        for (object, analytic) in [
            (Independent { graph: two_units(relu()), ..kinked.clone() }, false),
            (Independent { graph: two_units(elu), ..kinked.clone() }, false),
            (Independent { graph: two_units(affine), ..kinked }, true),
            (with(SmoothRecord::Sigmoid.into(), Some(pool(Pool::Max))), false),
            (with(SmoothRecord::Sigmoid.into(), Some(pool(Pool::Sum))), true),
            (with(SmoothRecord::Sigmoid.into(), Some(pool(Pool::Mean))), true),
        ] {
            let found = finding(verdict(&object));
            assert!(matches!(found, Finding::Independent { analytic: is, .. } if is == analytic), "{found}");
            assert_eq!(found.to_string().contains("almost all"), analytic);
            assert_eq!(found.to_string().contains("nothing is said"), !analytic);
        }
    }

    /// An ill-conditioned Ψ: with few bits nothing is known.
    #[test]
    fn few_bits_decide_nothing() {
        let mut near = proved();
        near.layers =
            [(1, Layer { weight: Some(matrix(&[[1, 1]])), bias: Some(over(50, &[[0, 1]])), ..Layer::default() })]
                .into();
        near.right_inverse = over(10, &[[-4328, 2974], [4305, -2944]]);
        for bits in [0, 8] {
            undecided(verdict(&Independent { bits, ..near.clone() }), 1, Undecided::RankOpen { bits });
        }
        finding(verdict(&Independent { bits: 24, ..near }));
    }

    #[test]
    fn graph_blocks_and_inputs_are_compared() {
        let own = |change: &dyn Fn(&mut Independent)| {
            let mut object = proved();
            change(&mut object);
            let Independent { graph, inputs, layers, .. } = object;
            Expected { from: Some(layers), graph: Some(graph), inputs: Some(inputs), ..Expected::default() }
        };
        let compared = Own { from: true, activation: true, inputs: true, targets: false };
        // The weights of the output are not looked at; numbers may be over any denominator.
        let same = own(&|object| {
            object.layers.insert(2, weight(&[[1, 2], [3, 4]]));
            object.inputs = over(2, &[[0], [2]]);
        });
        let found = finding(verdict_for(&proved(), &same));
        assert!(matches!(found, Finding::Independent { compared: own, .. } if own == compared));
        type Change = fn(&mut Independent);
        let changes: [(Change, Rejection); 9] = [
            (|o| o.layers = [(1, both(&[[2, -2]], [0, 1]))].into(), Rejection::FromDiffers { layer: 1 }),
            (|o| o.layers = [(1, both(&[[2, -1]], [0, 2]))].into(), Rejection::FromDiffers { layer: 1 }),
            (|o| o.layers.clear(), Rejection::MissingLayer { layer: 1 }),
            (|o| o.graph.skips.reverse(), Rejection::GraphDiffers),
            (|o| o.graph.bias = true, Rejection::GraphDiffers),
            (|o| o.graph.outputs = 3, Rejection::GraphDiffers),
            (|o| o.graph.blocks[0] = dense(2, SmoothRecord::Tanh), Rejection::GraphDiffers),
            (|o| o.inputs = matrix(&[[0], [2]]), Rejection::InputsDiffer { expected: (2, 1), found: (2, 1) }),
            (|o| o.inputs = matrix(&[[0], [1], [2]]), Rejection::InputsDiffer { expected: (3, 1), found: (2, 1) }),
        ];
        for (change, rejection) in changes {
            refused(verdict_for(&proved(), &own(&change)), 1, Rule::Expected, rejection);
        }
        for expected in [
            Expected { to: Some(proved().layers), ..Expected::default() },
            Expected { activation: Some(relu()), ..Expected::default() },
            Expected { targets: Some(Targets::Labels(vec![0, 1])), ..Expected::default() },
        ] {
            refused(verdict_for(&proved(), &expected), 1, Rule::Expected, Rejection::NothingToCompare);
        }
    }

    #[test]
    fn graphs_make_sense() {
        let with = |change: &dyn Fn(&mut GraphRecord)| {
            let mut object = proved();
            change(&mut object.graph);
            object
        };
        let block = |why| Rejection::Block { block: 1, why };
        let empty = "has a patch that is empty, or names a column that is not there";
        let patches = |patches: Vec<Vec<usize>>| with(&|graph| graph.blocks[0].patches = Some(patches.clone().into()));
        let from = |from: Vec<usize>| with(&|graph| graph.blocks[0].from = from.clone());
        for (object, rejection) in [
            (with(&|graph| graph.inputs = 0), Rejection::EmptyGraph),
            (with(&|graph| graph.outputs = 0), Rejection::EmptyGraph),
            (with(&|graph| graph.skips.clear()), Rejection::EmptyGraph),
            (with(&|graph| graph.skips[1] = [1, 2]), Rejection::NoSuchUnit { block: 1, unit: 2 }),
            (with(&|graph| graph.skips[1] = [2, 0]), Rejection::NoSuchUnit { block: 2, unit: 0 }),
            (with(&|graph| graph.skips[1] = [usize::MAX, 0]), Rejection::NoSuchUnit { block: usize::MAX, unit: 0 }),
            (from(vec![1]), block("takes from a block that is not before it")),
            (from(vec![usize::MAX]), block("takes from a block that is not before it")),
            (from(vec![]), block("has no patch, or takes from no block")),
            (patches(vec![]), block("has no patch, or takes from no block")),
            (patches(vec![vec![]]), block(empty)),
            (patches(vec![vec![0], vec![1]]), block(empty)),
            (patches(vec![vec![0], vec![0, 0]]), block("has patches of different sizes")),
            (with(&|graph| graph.blocks[0] = dense(0, relu())), block("has no filter")),
            (
                with(&|graph| graph.blocks[0] = dense(2, SmoothRecord::Softplus { gamma: fraction("-1/2") })),
                Rejection::NotPositive { found: "-1/2".into() },
            ),
            (
                with(&|graph| graph.blocks[0] = dense(2, SmoothRecord::Elu { alpha: fraction("0") })),
                Rejection::NotPositive { found: "0".into() },
            ),
            (
                with(&|graph| graph.blocks[0] = dense(2, SmoothRecord::Elu { alpha: fraction("2/4") })),
                Rejection::FractionNotInLowestTerms { found: "2/4".into() },
            ),
        ] {
            refused(verdict(&object), 1, Rule::Object, rejection);
        }
    }

    /// A few bytes ask for endless units, columns or patches, and get a limit by its name.
    #[test]
    fn small_files_ask_for_little() {
        let with = |change: &dyn Fn(&mut GraphRecord)| {
            let mut object = proved();
            change(&mut object.graph);
            within(&sheet(&object), &[])
        };
        let numbers = || Undecided::Limit(Exceeded { limit: Numbers, value: 16 << 20 });
        undecided(with(&|graph| graph.inputs = usize::MAX), 1, numbers());
        undecided(with(&|graph| graph.outputs = usize::MAX), 1, numbers());
        undecided(with(&|graph| graph.blocks[0] = dense(usize::MAX, SmoothRecord::Tanh)), 1, numbers());
        let two: Option<Patches> = Some(vec![vec![0], vec![0]].into());
        undecided(
            with(&|graph| {
                graph.blocks[0] = BlockRecord { patches: two.clone(), ..dense(usize::MAX, SmoothRecord::Tanh) }
            }),
            1,
            numbers(),
        );
        // A block of one unit whose patch is all of 2²⁰ inputs: not two hundred of them.
        let pool = BlockRecord { from: vec![0], patches: None, rule: BlockRule::Pool { pool: Pool::Sum } };
        undecided(
            with(&|graph| {
                graph.inputs = 1 << 20;
                graph.blocks = vec![pool.clone(); 200];
            }),
            1,
            numbers(),
        );
        undecided(
            with(&|graph| graph.blocks = vec![pool.clone(); 256]),
            1,
            Undecided::Limit(Exceeded { limit: Limit::Layers, value: 256 }),
        );
    }

    /// Ψ is counted, as many times as a unit is connected.
    #[test]
    fn connected_units_are_numbers() {
        let mut often = proved();
        often.graph.skips = vec![[1, 0]; 5000];
        often.inputs = Matrix::new(4000, 1, integer(1), (0..4000).map(|i| vec![integer(i)]).collect()).unwrap();
        let numbers = Undecided::Limit(Exceeded { limit: Numbers, value: 16 << 20 });
        undecided(within(&sheet(&often), &[]), 1, numbers);
    }

    /// Long integers are seen before they are computed: 40 layers of weights of 1,000 digits, for 10 samples.
    #[test]
    fn digits_and_memory_are_limited_before_they_are_taken() {
        let long = Integer::new(format!("1{}", "0".repeat(1000))).unwrap();
        let one = || Matrix::new(1, 1, integer(1), vec![vec![long.clone()]]).unwrap();
        let deep = |depth: usize| {
            let mut object = proved();
            let activation = activation(&["0"], &["1", "1"], "0");
            object.graph.blocks =
                (0..depth).map(|k| BlockRecord { from: vec![k], ..dense(1, activation.clone()) }).collect();
            object.graph.skips = vec![[depth, 0], [depth, 0]];
            let layer = |k| (k, Layer { weight: Some(one()), bias: Some(matrix(&[[0]])), ..Layer::default() });
            object.layers = (1..=depth).map(layer).collect();
            sheet(&object)
        };
        assert!(matches!(within(&deep(40), &[]), Verdict::Invalid { rule: Rule::Object, .. }));
        undecided(within(&deep(60), &[]), 1, Undecided::Limit(Exceeded { limit: Digits, value: 50_000 }));
        let memory = Undecided::Limit(Exceeded { limit: VertexBytes, value: 100_000 });
        undecided(within(&deep(40), &[(VertexBytes, 100_000)]), 1, memory);
        // More bits are more work.
        let bits = Independent { bits: 16_384, ..proved() };
        undecided(
            within(&sheet(&bits), &[(Products, 1 << 20)]),
            1,
            Undecided::Limit(Exceeded { limit: Products, value: 1 << 20 }),
        );
        assert!(matches!(within(&sheet(&proved()), &[(Products, 1 << 20)]), Verdict::Proved { .. }));
    }
}

/// A path of graph networks whose `end` counts right.
#[derive(Clone)]
struct Path {
    problem: GraphProblemRecord,
    start: Layers,
    moves: Vec<Record>,
}

/// k [[−1, 1], [1, −1]]/den: the larger k, the better are the samples 0 and 1 told apart.
fn apart(k: i64, den: i64) -> Layer {
    Layer { weight: Some(over(den, &[[-k, k], [k, -k]])), ..Layer::default() }
}

/// The samples 0 and 1 of two classes, from V = 0 on.
fn path(moves: &[Record]) -> Path {
    Path {
        problem: GraphProblemRecord {
            claim: Claim::StrictlyDescends,
            statement: "test".into(),
            graph: two_units(SmoothRecord::Sigmoid),
            inputs: matrix(&[[0], [1]]),
            loss: Criterion::CrossEntropy { labels: vec![0, 1] }.into(),
            bits: 32,
        },
        start: [(1, both(&[[2, -1]], [0, 1])), (2, apart(0, 1))].into(),
        moves: moves.to_vec(),
    }
}

/// Targets that k = 1 nearly has.
fn square() -> Criterion {
    Criterion::Square { targets: over(1000, &[[231, -231], [-381, 381]]) }
}

impl Path {
    fn claim(mut self, claim: Claim) -> Self {
        self.problem.claim = claim;
        self
    }

    fn loss(mut self, loss: impl Into<LossRecord>) -> Self {
        self.problem.loss = loss.into();
        self
    }

    fn bits(mut self, bits: u64) -> Self {
        self.problem.bits = bits;
        self
    }

    /// From other weights V.
    fn from(mut self, layer: Layer) -> Self {
        self.start.insert(2, layer);
        self
    }

    fn records(&self) -> Vec<Record> {
        let mut records = vec![Record::Graph(self.problem.clone()), Record::Start { layers: self.start.clone() }];
        records.extend(self.moves.iter().cloned());
        records.push(Record::End { moves: self.moves.len() });
        records
    }

    fn verdict(&self) -> Verdict {
        self.verdict_for(&Expected::default())
    }

    fn verdict_for(&self, expected: &Expected) -> Verdict {
        crate::check_bytes(text(&self.records()).as_bytes(), expected)
    }

    #[track_caller]
    fn is_valid(&self) -> Statement {
        match self.verdict() {
            Verdict::Valid(statement) => *statement,
            other => panic!("{other}"),
        }
    }

    #[track_caller]
    fn is(&self, conclusion: Conclusion) {
        assert_eq!(self.is_valid().conclusion, conclusion);
    }

    #[track_caller]
    fn is_invalid(&self, record: usize, rule: Rule, rejection: Rejection) {
        refused(self.verdict(), record, rule, rejection);
    }

    #[track_caller]
    fn is_undecided(&self, record: usize, why: Undecided) {
        undecided(self.verdict(), record, why);
    }
}

#[test]
fn every_margin_grows_on_a_line() {
    let strictly = Conclusion::Descends(Descent::FallsStrictly);
    let statement = path(&[line([(2, apart(1, 1))])]).is_valid();
    assert_eq!(statement.conclusion, strictly);
    assert!(matches!(statement.network, Network::Graph(_)));
    let losses = statement.losses.unwrap();
    // ln 2, and (ln(1 + e^−0.462) + ln(1 + e^−0.762))/2 = 0.4361….
    assert!(losses.start.lower <= number("6932/10000") && number("6931/10000") <= losses.start.upper);
    assert!(number("435/1000") < losses.end.lower && losses.end.upper < number("438/1000"));
    // However short, and one after the other.
    path(&[line([(2, apart(1, 1000))]), line([(2, apart(20, 1))])]).is(strictly);
}

#[test]
fn the_wrong_way_or_the_wrong_labels_rise() {
    let rises = Rejection::LossDoesNotFall;
    path(&[line([(2, apart(0, 1))])]).from(apart(1, 1)).is_invalid(3, Rule::Claim, rises.clone());
    let exchanged = Criterion::CrossEntropy { labels: vec![1, 0] };
    path(&[line([(2, apart(1, 1))])]).loss(exchanged).is_invalid(3, Rule::Claim, rises.clone());
    path(&[line([(2, apart(1, 1))]), line([(2, apart(0, 1))])]).is_invalid(4, Rule::Claim, rises);
}

/// A sample without weight may go anywhere; if it is the only one that moves, nothing falls.
#[test]
fn a_sample_without_weight_does_not_count() {
    let weighted = |weights| LossRecord {
        weights: Some(weights),
        ..LossRecord::from(Criterion::CrossEntropy { labels: vec![0, 0] })
    };
    let falls = path(&[line([(2, apart(1, 1))])]).loss(weighted(matrix(&[[1], [0]])));
    falls.is(Conclusion::Descends(Descent::FallsStrictly));
    let rises = path(&[line([(2, apart(1, 1))])]).loss(weighted(matrix(&[[0], [1]])));
    rises.is_invalid(3, Rule::Claim, Rejection::LossDoesNotFall);
}

#[test]
fn only_the_output_moves_on_a_line() {
    let moves = [line([(1, bias([0, 2])), (2, apart(1, 1))])];
    path(&moves).is_invalid(3, Rule::Line, Rejection::LineMovesBlock { layer: 1 });
    let none = [line([(3, apart(1, 1))])];
    path(&none).is_invalid(3, Rule::Line, Rejection::UnknownLayer { layer: 3, layers: 2 });
    let with_bias = [line([(2, bias([1, 1]))])];
    path(&with_bias).is_invalid(3, Rule::Line, Rejection::NoOutputBias { layer: 2 });
    let some = Layer { columns: Some(vec![0]), ..apart(1, 1) };
    path(&[line([(2, some)])]).is_invalid(3, Rule::Line, Rejection::MisplacedColumns { layer: 2 });
}

/// A square loss falls until the targets are reached, and rises behind them.
#[test]
fn the_slope_at_the_end_decides_for_squares() {
    let descends = |k, den| path(&[line([(2, apart(k, den))])]).loss(square()).claim(Claim::Descends);
    let strictly = |k, den| descends(k, den).claim(Claim::StrictlyDescends);
    strictly(9, 10).is(Conclusion::Descends(Descent::FallsStrictly));
    descends(9, 10).is(Conclusion::Descends(Descent::NeverRises));
    strictly(3, 2).is_invalid(3, Rule::Claim, Rejection::LossDoesNotFall);
    descends(3, 2).is(Conclusion::Descends(Descent::StaysBelowStart));
    descends(3, 1).is_invalid(3, Rule::Claim, Rejection::LossAboveStart);
    strictly(9, 10).bits(0).is_undecided(3, Undecided::SlopeTooFlat { bits: 0 });
}

/// The hinge loss of margins that grow never rises, and is not seen to fall.
#[test]
fn the_hinge_loss_never_rises() {
    let hinge = |labels| Criterion::Hinge { labels };
    let moves = [line([(2, apart(1, 1))])];
    path(&moves).loss(hinge(vec![0, 1])).claim(Claim::Descends).is(Conclusion::Descends(Descent::NeverRises));
    path(&moves).loss(hinge(vec![0, 1])).is_undecided(3, Undecided::SlopeTooFlat { bits: 32 });
    let wrong = path(&moves).loss(hinge(vec![1, 0])).claim(Claim::Descends);
    wrong.is_invalid(3, Rule::Claim, Rejection::LossAboveStart);
}

/// All outputs move alike, and so no margin does.
#[test]
fn margins_that_rest_do_not_fall() {
    let alike = path(&[line([(2, weight(&[[1, 1], [1, 1]]))])]);
    alike.is_undecided(3, Undecided::SlopeTooFlat { bits: 32 });
    // Those of one sample, with both labels of the other.
    let labels = Criterion::CrossEntropy { labels: vec![0, 0] };
    path(&[line([(2, apart(1, 1))])]).loss(labels).is_invalid(3, Rule::Claim, Rejection::LossDoesNotFall);
}

/// With one output the cross-entropy is constant: no margin is none that grows.
#[test]
fn one_output_has_no_margin() {
    let mut one = path(&[line([(2, weight(&[[1], [1]]))])]).from(weight(&[[0], [0]]));
    one.problem.graph.outputs = 1;
    one.problem.loss = Criterion::CrossEntropy { labels: vec![0, 0] }.into();
    one.is_undecided(3, Undecided::SlopeTooFlat { bits: 32 });
    one.claim(Claim::Descends).is(Conclusion::Descends(Descent::NeverRises));
}

#[test]
fn a_path_that_rests_does_not_fall() {
    path(&[]).is_invalid(3, Rule::Claim, Rejection::NoMove);
    path(&[]).claim(Claim::Descends).is(Conclusion::Descends(Descent::NeverRises));
    path(&[]).claim(Claim::Connected).is(Conclusion::Connected);
    path(&[]).claim(Claim::Barrier).is_invalid(3, Rule::Claim, Rejection::NoBound);
    path(&[line([(2, apart(0, 1))])]).is_invalid(3, Rule::Claim, Rejection::LossRests);
    path(&[line([])]).is_invalid(3, Rule::Claim, Rejection::LossRests);
}

/// ln 2 = 0.693… at the start, and falling: any layer may move.
#[test]
fn a_bounded_line_stays_below_a_true_bound() {
    let moves = |bound: &str| [bounded([(1, both(&[[3, -1]], [0, 2])), (2, apart(1, 1))], bound)];
    path(&moves("7/10")).claim(Claim::Barrier).is(Conclusion::Barrier(number("7/10")));
    let descends = path(&moves("7/10")).claim(Claim::Descends);
    descends.is(Conclusion::Descends(Descent::StaysBelow(number("7/10"))));
    path(&moves("7/10")).is_invalid(3, Rule::Claim, Rejection::BoundedDoesNotFall);
    path(&moves("7/10")).claim(Claim::Connected).is_invalid(3, Rule::Claim, Rejection::BoundAboveEnds);
    path(&moves("69/100")).claim(Claim::Barrier).is_invalid(3, Rule::Bounded, Rejection::AboveBound);
    // The start is below the bound, and the end is not.
    let away = [bounded([(2, apart(-1, 1))], "7/10")];
    path(&away).claim(Claim::Barrier).is_invalid(3, Rule::Bounded, Rejection::AboveBound);
    // Both ends are, and the middle is not: the loss of V and −V is higher than that of 0 under the square loss of targets 0.
    let zero = Criterion::Square { targets: matrix(&[[1, 1], [1, 1]]) };
    let over_the_top = [bounded([(1, both(&[[0, 0]], [20, -20])), (2, weight(&[[1, 1], [1, 1]]))], "1/10")];
    let straight = path(&over_the_top).from(weight(&[[1, 1], [1, 1]])).loss(zero).claim(Claim::Barrier);
    assert!(matches!(straight.verdict(), Verdict::Invalid { rejection: Rejection::AboveBound, .. }));
    // A bound that the loss touches is not proved.
    let close = path(&moves("6931471805599453/10000000000000000")).claim(Claim::Barrier);
    assert!(!matches!(close.verdict(), Verdict::Valid(_)));
    path(&[bounded([(2, apart(1, 1))], "2/4")]).is_invalid(
        3,
        Rule::Bounded,
        Rejection::FractionNotInLowestTerms { found: "2/4".into() },
    );
}

/// A bounded move with its pieces.
fn in_pieces(bound: &str, depths: &[u32]) -> [Record; 1] {
    let Record::Bounded { layers, bound, .. } = bounded([(1, both(&[[3, -1]], [0, 2])), (2, apart(1, 1))], bound)
    else {
        unreachable!("what is built is bounded")
    };
    [Record::Bounded { layers, bound, pieces: Some(depths.to_vec()) }]
}

/// Each listed piece is bounded once: a bound that is found by halving needs short ones.
#[test]
fn pieces_make_up_the_line() {
    let sheet = |depths: &[u32]| path(&in_pieces("7/10", depths)).claim(Claim::Barrier);
    let eighths = [3; 8];
    sheet(&eighths).is(Conclusion::Barrier(number("7/10")));
    sheet(&[4, 4, 3, 2, 1]).is(Conclusion::Barrier(number("7/10")));
    sheet(&[0]).is_undecided(3, Undecided::PieceTooWide { piece: 0 });
    // Backwards the loss is near to the bound at the end, where a piece is too long then.
    let [Record::Bounded { bound, .. }] = in_pieces("7/10", &[]) else { unreachable!("what is built is bounded") };
    let back = |pieces: Vec<u32>| {
        let layers = [(1, both(&[[2, -1]], [0, 1])), (2, apart(0, 1))].into();
        let moves = [Record::Bounded { layers, bound: bound.clone(), pieces: Some(pieces) }];
        let mut path = path(&moves).from(apart(1, 1)).claim(Claim::Barrier);
        path.start.insert(1, both(&[[3, -1]], [0, 2]));
        path
    };
    back(vec![3; 8]).is(Conclusion::Barrier(number("7/10")));
    back(vec![3, 3, 2, 1]).is_undecided(3, Undecided::PieceTooWide { piece: 3 });
    let piece = |piece, why| Rejection::Piece { piece, why };
    let refused = |depths: &[u32], why| sheet(depths).is_invalid(3, Rule::Bounded, why);
    refused(&[], Rejection::PiecesStop);
    refused(&eighths[1..], Rejection::PiecesStop);
    refused(&[3; 9], piece(8, "comes after the end of the line"));
    refused(&[2, 1, 2], piece(1, "does not start at a multiple of its length"));
    refused(&[1, 2, 3, 41], piece(3, "is shorter than 2^−40"));
    refused(&[u32::MAX], piece(0, "is shorter than 2^−40"));
    path(&in_pieces("69/100", &eighths)).claim(Claim::Barrier).is_invalid(3, Rule::Bounded, Rejection::AboveBound);
}

/// The limits are those of the number of pieces, and of the products of them all.
#[test]
fn pieces_are_limited() {
    let sheet = text(&path(&in_pieces("7/10", &[3; 8])).claim(Claim::Barrier).records());
    let pass = 2 * (2 + 4 + 10 * 64);
    let limited = |limit, value| undecided(within(&sheet, &[(limit, value)]), 3, Exceeded { limit, value }.into());
    limited(Pieces, 7);
    limited(Products, 8 * pass - 1);
    assert!(matches!(within(&sheet, &[(Pieces, 8), (Products, 8 * pass)]), Verdict::Valid(_)));
}

/// Of layers they are announced.
#[test]
fn pieces_of_layers_are_announced() {
    let layers = [both(&[[1]], [0]), both(&[[1]], [0])];
    let Record::Bounded { layers: target, bound, .. } = bounded([(1, weight(&[[2]]))], "9") else {
        unreachable!("what is built is bounded")
    };
    let moves = [Record::Bounded { layers: target, bound, pieces: Some(vec![0]) }];
    let loss = Criterion::Square { targets: matrix(&[[1]]) };
    let mut sheet = Sheet::new(relu(), matrix(&[[1]]), layers, &moves).loss(loss).claim(Claim::Barrier);
    sheet.is_valid();
    sheet.problem.pieces = false;
    sheet.is_invalid(3, Rule::Bounded, Rejection::MisplacedPieces);
    let Record::Bounded { pieces, .. } = &mut sheet.moves[0] else { unreachable!("it is bounded") };
    *pieces = None;
    sheet.is_valid();
    sheet.problem.pieces = true;
    sheet.is_invalid(4, Rule::End, Rejection::NoPieces);
}

/// A later bound may be below the start.
#[test]
fn bounds_below_the_start_do_no_harm() {
    let down = line([(2, apart(4, 1))]);
    let moves = [down.clone(), bounded([(1, bias([0, 2]))], "1/2")];
    path(&moves).claim(Claim::Descends).is(Conclusion::Descends(Descent::StaysBelowStart));
    path(&moves).claim(Claim::Barrier).is_invalid(2, Rule::Claim, Rejection::AboveBound);
    // And a bound that cannot be told from the start is not printed: with 6 bits the start, ln 2, may be below 0.68.
    let moves = [down, bounded([(1, bias([0, 2]))], "17/25")];
    path(&moves).claim(Claim::Descends).is(Conclusion::Descends(Descent::StaysBelowStart));
    path(&moves).claim(Claim::Descends).bits(6).is_undecided(2, Undecided::LossesTooClose { bits: 6 });
}

#[test]
fn vertices_are_at_most_the_larger_end_of_a_connection() {
    let [zero, one, two] = [0, 1, 2].map(|k| line([(2, apart(k, 1))]));
    path(&[one.clone(), zero.clone()]).claim(Claim::Connected).is(Conclusion::Connected);
    let up = path(&[zero.clone(), two.clone()]).from(apart(1, 1)).claim(Claim::Connected);
    up.is_invalid(3, Rule::Claim, Rejection::LossAboveEnds);
    let below = path(&[zero.clone(), one.clone()]).from(apart(1, 1)).claim(Claim::Descends);
    below.is_invalid(3, Rule::Claim, Rejection::LossAboveStart);
    // A bound below the larger end does no harm.
    let bounded = [two, bounded([(1, bias([0, 2]))], "1/2"), zero];
    path(&bounded).claim(Claim::Connected).is(Conclusion::Connected);
}

#[test]
fn what_a_path_of_graphs_has_not_is_refused_by_name() {
    let moves = [line([(2, apart(1, 1))])];
    path(&moves).claim(Claim::Unbounded).is_invalid(4, Rule::Claim, Rejection::UnboundedGraph);
    let output = matrix(&[[0, 0], [0, 0]]);
    let follow = FollowRecord {
        first: 1,
        level: 1,
        output,
        right_inverse: None,
        left_inverses: [].into(),
        layers: Layers::new(),
    };
    for (record, found) in
        [(rescale(1), "rescale"), (ray([(2, apart(1, 1))]), "ray"), (Record::Follow(follow), "follow")]
    {
        path(&[record]).is_invalid(3, Rule::Line, Rejection::NoGraphMove { found });
    }
    let start = Record::Start { layers: path(&[]).start };
    path(&[start]).is_invalid(3, Rule::Problem, Rejection::Order { expected: "a move or end", found: "start" });
    let mut late = path(&moves).records();
    late.remove(1);
    let order = Rejection::Order { expected: "start", found: "line" };
    refused(crate::check_text(&text(&late)), 2, Rule::Start, order);
    let mut miscounted = path(&moves).records();
    miscounted[3] = Record::End { moves: 2 };
    refused(crate::check_text(&text(&miscounted)), 4, Rule::End, Rejection::MoveCount { expected: 2, found: 1 });
}

#[test]
fn the_start_is_a_whole_network() {
    let with = |change: &dyn Fn(&mut Layers)| {
        let mut path = path(&[line([(2, apart(1, 1))])]);
        change(&mut path.start);
        path
    };
    let missing = Rejection::MissingLayer { layer: 2 };
    with(&|layers| drop(layers.remove(&2))).is_invalid(2, Rule::Start, missing);
    let missing = Rejection::Missing { part: Part::Bias(1) };
    with(&|layers| layers.get_mut(&1).unwrap().bias = None).is_invalid(2, Rule::Start, missing);
    let missing = Rejection::Missing { part: Part::Weight(1) };
    with(&|layers| layers.get_mut(&1).unwrap().weight = None).is_invalid(2, Rule::Start, missing);
    let shape = Rejection::Shape { part: Part::Bias(1), expected: (1, 2), found: (1, 1) };
    with(&|layers| layers.get_mut(&1).unwrap().bias = Some(matrix(&[[1]]))).is_invalid(2, Rule::Start, shape);
    let mut without = path(&[]);
    without.problem.graph.bias = true;
    without.is_invalid(2, Rule::Start, Rejection::Missing { part: Part::Bias(2) });
}

/// The bias of the output moves as V does, alone or beside it.
#[test]
fn the_output_bias_moves() {
    let labels = Criterion::CrossEntropy { labels: vec![0, 0] };
    let mut biased = path(&[line([(2, bias([1, 0]))])]).loss(labels);
    biased.problem.graph.bias = true;
    biased.start.insert(2, Layer { bias: Some(matrix(&[[0, 0]])), ..apart(0, 1) });
    biased.is(Conclusion::Descends(Descent::FallsStrictly));
    for moves in [Layer { bias: Some(matrix(&[[1, 0]])), ..Layer::default() }, weight(&[[1, 0], [1, 0]])] {
        let record = bounded([(2, moves)], "7/10");
        Path { moves: vec![record], ..biased.clone() }.claim(Claim::Barrier).is(Conclusion::Barrier(number("7/10")));
    }
    biased.moves = vec![line([(2, bias([0, 1]))])];
    biased.is_invalid(3, Rule::Claim, Rejection::LossDoesNotFall);
}

/// Each part is compared, number by number.
#[test]
fn a_path_is_compared_with_ones_own() {
    let valid = path(&[line([(2, apart(1, 1))])]);
    let mut end = valid.start.clone();
    end.insert(2, apart(1, 1));
    let own = || Expected {
        from: Some(valid.start.clone()),
        to: Some(end.clone()),
        activation: None,
        graph: Some(valid.problem.graph.clone()),
        inputs: Some(valid.problem.inputs.clone()),
        targets: Some(Targets::Labels(vec![0, 1])),
        loss: Some(valid.problem.loss.clone()),
    };
    match valid.verdict_for(&own()) {
        Verdict::Valid(statement) => {
            let Standing::Compared = statement.compared.activation else { unreachable!("what is built is bounded") };
            assert_eq!(statement.compared.from, Standing::Compared);
            assert_eq!(statement.compared.to, Standing::Compared);
            assert_eq!(statement.compared.inputs, Standing::Compared);
            assert_eq!(statement.compared.loss, Standing::Compared);
        }
        other => panic!("{other}"),
    }
    for (layer, part, row, column) in
        [(1, 0, 0, 0), (1, 0, 0, 1), (1, 1, 0, 0), (1, 1, 0, 1), (2, 0, 0, 0), (2, 0, 0, 1), (2, 0, 1, 0), (2, 0, 1, 1)]
    {
        let change = |layers: &Layers| {
            let mut layers = layers.clone();
            let Layer { weight, bias, .. } = layers.get_mut(&layer).unwrap();
            [weight, bias][part].as_mut().unwrap().num[row][column] = integer(7);
            Some(layers)
        };
        let from = Expected { from: change(&valid.start), ..own() };
        refused(valid.verdict_for(&from), 2, Rule::Expected, Rejection::FromDiffers { layer });
        let to = Expected { to: change(&end), ..own() };
        refused(valid.verdict_for(&to), 4, Rule::Expected, Rejection::ToDiffers { layer });
    }
    type Change = fn(&mut Expected);
    let changes: [(Change, Rejection); 11] = [
        (|own| own.graph.as_mut().unwrap().skips.reverse(), Rejection::GraphDiffers),
        (|own| own.graph.as_mut().unwrap().skips[0] = [0, 0], Rejection::GraphDiffers),
        (|own| own.graph.as_mut().unwrap().bias = true, Rejection::GraphDiffers),
        (|own| own.graph.as_mut().unwrap().blocks[0] = dense(2, SmoothRecord::Tanh), Rejection::GraphDiffers),
        (|own| own.graph.as_mut().unwrap().blocks[0].from = vec![0, 0], Rejection::GraphDiffers),
        (
            |own| {
                let BlockRule::Filters { tied, .. } = &mut own.graph.as_mut().unwrap().blocks[0].rule else {
                    unreachable!("what is built is bounded")
                };
                *tied = true;
            },
            Rejection::GraphDiffers,
        ),
        (|own| own.activation = Some(relu()), Rejection::ActivationDiffers),
        (|own| own.inputs = Some(matrix(&[[0], [2]])), Rejection::InputsDiffer { expected: (2, 1), found: (2, 1) }),
        (|own| own.inputs = Some(matrix(&[[0, 1]])), Rejection::InputsDiffer { expected: (1, 2), found: (2, 1) }),
        (|own| own.targets = Some(Targets::Labels(vec![1, 1])), Rejection::TargetsDiffer),
        (|own| own.loss = Some(Criterion::Hinge { labels: vec![0, 1] }.into()), Rejection::LossDiffers),
    ];
    for (change, rejection) in changes {
        let mut expected = own();
        change(&mut expected);
        refused(valid.verdict_for(&expected), 1, Rule::Expected, rejection);
    }
}

/// γ is compared, and whether a pool takes the largest.
#[test]
fn parameters_of_activations_are_compared() {
    let soft = |gamma: &str| two_units(SmoothRecord::Softplus { gamma: fraction(gamma) });
    let mut valid = path(&[]).claim(Claim::Connected);
    valid.problem.graph = soft("20");
    let verdict = |gamma| valid.verdict_for(&Expected { graph: Some(soft(gamma)), ..Expected::default() });
    assert!(matches!(verdict("20"), Verdict::Valid(_)));
    refused(verdict("19"), 1, Rule::Expected, Rejection::GraphDiffers);
}

/// A path of fully connected networks is about no graph: one that is given is not passed over.
#[test]
fn a_graph_is_not_compared_with_dense_layers() {
    let layers = [both(&[[1]], [0]), both(&[[1]], [0])];
    let dense = Sheet::new(relu(), matrix(&[[0], [1]]), layers, &[]);
    let expected = Expected { graph: Some(two_units(relu())), ..Expected::default() };
    refused(dense.verdict_for(&expected), 1, Rule::Expected, Rejection::GraphDiffers);
}

/// Passes over the pieces of a bounded line are counted, longer numbers as more of them.
#[test]
fn products_of_bounded_lines_are_limited() {
    let moves = [bounded([(1, both(&[[3, -1]], [0, 2])), (2, apart(1, 1))], "694/1000")];
    let sheet = |bits| text(&path(&[]).bits(bits).records());
    let walk = |bits| {
        let path = Path { moves: moves.to_vec(), ..path(&[]).bits(bits).claim(Claim::Barrier) };
        text(&path.records()).replace("694/1000", "347/500")
    };
    let products = |value| [(Products, value)];
    // A pass of 2 samples: 2 products of the block, 4 of the output, and 64 for each of 2 units and for 4 times 2 outputs.
    let pass = 2 * (2 + 4 + 10 * 64);
    let strictly = |text: &str, value| !matches!(within(text, &products(value)), Verdict::Incomplete { .. });
    assert!(strictly(&sheet(64), pass) && !strictly(&sheet(64), pass - 1));
    assert!(strictly(&sheet(128), 2 * (6 * 2 + 10 * 64 * 4)) && !strictly(&sheet(128), pass));
    let value = 3 * pass;
    let limit = Undecided::Limit(Exceeded { limit: Products, value });
    undecided(within(&walk(64), &products(value)), 3, limit);
    assert!(matches!(within(&walk(64), &[]), Verdict::Valid(_)));
}

/// A line that is proved by as many passes as are allowed is proved.
#[test]
fn the_last_pass_that_is_allowed_counts() {
    // One pass shows a bound far above the loss.
    let moves = [bounded([(1, both(&[[3, -1]], [0, 2])), (2, apart(1, 1))], "2")];
    let text = text(&path(&moves).claim(Claim::Barrier).records());
    let pass = 2 * (2 + 4 + 10 * 64);
    assert!(matches!(within(&text, &[(Products, pass)]), Verdict::Valid(_)));
}

/// Features, Ψ with a column of ones, and the output of every sample; parameters, and the units in a patch.
#[test]
fn all_columns_of_a_graph_are_numbers() {
    let mut many = path(&[]).claim(Claim::Connected);
    many.problem.graph.skips = vec![[1, 0]; 30];
    many.problem.inputs = Matrix::new(40, 1, integer(1), (0..40).map(|i| vec![integer(i)]).collect()).unwrap();
    many.problem.loss = Criterion::CrossEntropy { labels: vec![0; 40] }.into();
    many.start.insert(2, weight(&[[1, 2]; 30]));
    let (text, needed) = (text(&many.records()), 40 * (1 + 2 + 31 + 2) + (2 + 2) + 60 + 1);
    assert!(matches!(within(&text, &[(Numbers, needed)]), Verdict::Valid(_)));
    let limit = Exceeded { limit: Numbers, value: needed - 1 };
    undecided(within(&text, &[(Numbers, needed - 1)]), 1, Undecided::Limit(limit));
}

/// Zero bits, and as many as there are.
#[test]
fn any_number_of_bits_is_a_number() {
    let moves = [line([(2, apart(1, 1))])];
    for bits in [0, 1, 2] {
        assert!(matches!(path(&moves).bits(bits).verdict(), Verdict::Incomplete { record: 3, .. }));
    }
    let mut many = path(&[line([(2, apart(1, 10))])]).loss(square()).bits(u64::MAX);
    many.problem.graph = two_units(relu());
    assert!(matches!(many.verdict(), Verdict::Valid(_)), "{}", many.verdict());
}

/// Files that other checkers can be held against, each named for its verdict.
#[test]
fn the_files_of_graphs_get_their_verdicts() {
    let files = crate::vectors_in("graphs");
    assert_eq!(files.len(), 13);
    for (name, path) in files {
        let verdict = crate::check_text(&std::fs::read_to_string(path).unwrap());
        let found = match verdict {
            Verdict::Valid(_) | Verdict::Proved { .. } => "valid",
            Verdict::Invalid { .. } => "invalid",
            Verdict::Incomplete { .. } => "incomplete",
        };
        assert!(name.starts_with(found) && name.as_bytes()[found.len()] == b'-', "{name}: {verdict}");
    }
}

/// The diagonal of a network with a smooth σ parts two points where a class wins.
#[test]
fn a_diagonal_parts_or_does_not() {
    let check = |activation: serde_json::Value, [scale, shift, threshold, reach]: [&str; 4], bits: u64| {
        let object = serde_json::json!({
            "activation": activation, "scale": scale, "shift": shift, "threshold": threshold, "reach": reach, "bits": bits,
        });
        let first = serde_json::json!({
            "record": "object", "format": "sublevel-path", "version": 3, "claim": "disconnected-regions",
            "statement": "by hand", "object": { "diagonal": object },
        });
        crate::check_text(&format!("{first}\n{{\"record\":\"end\",\"moves\":0}}\n"))
    };
    let sigmoid = || serde_json::json!({ "name": "sigmoid" });
    let right = ["12", "-2", "1/2", "8"];
    assert!(matches!(check(sigmoid(), right, 64), Verdict::Proved { .. }));
    assert!(matches!(
        check(serde_json::json!({ "name": "elu", "alpha": "1" }), ["1", "0", "0", "4"], 8),
        Verdict::Proved { .. }
    ));
    let refused = |numbers: [&str; 4], why: Unproved| match check(sigmoid(), numbers, 64) {
        Verdict::Invalid { record: 1, rule: Rule::Object, rejection } => assert_eq!(rejection, why.into()),
        other => panic!("{other}"),
    };
    // 2σ(0) = 1; at u = 1/100 both units of the second layer are below 1/5.
    refused(["12", "0", "1/2", "8"], Unproved::DiagonalWins);
    refused(["12", "-2", "1/2", "1/100"], Unproved::CornerLoses);
    refused(["0", "-2", "1/2", "8"], Unproved::DiagonalSigns);
    refused(["12", "-2", "1/2", "-8"], Unproved::DiagonalSigns);
    assert!(matches!(check(sigmoid(), right, 0), Verdict::Incomplete { .. }));
    let relu = serde_json::json!({ "breakpoints": ["0"], "slopes": ["0", "1"], "value": "0" });
    assert!(matches!(check(relu, right, 64), Verdict::Invalid { rule: Rule::Format, .. }));
}

#[track_caller]
fn found(object: Object, expected: &Expected) -> Finding {
    match object_verdict(object, expected) {
        Verdict::Proved { finding, .. } => *finding,
        other => panic!("{other}"),
    }
}

fn object_verdict(object: Object, expected: &Expected) -> Verdict {
    let records = [Record::Object { statement: "s".into(), object }, Record::End { moves: 0 }];
    crate::check_bytes(text(&records).as_bytes(), expected)
}

#[track_caller]
fn object_unproved(object: Object, unproved: Unproved) {
    let verdict = object_verdict(object, &Expected::default());
    refused(verdict, 1, Rule::Object, Rejection::Unproved(unproved));
}

mod strict_minimum {
    use super::*;

    fn smooth(name: &str) -> SmoothRecord {
        match name {
            "sigmoid" => SmoothRecord::Sigmoid,
            "tanh" => SmoothRecord::Tanh,
            "softplus" => SmoothRecord::Softplus { gamma: fraction("3") },
            _ => SmoothRecord::Elu { alpha: fraction("2") },
        }
    }

    /// Samples 1 and 2, weights and biases of two units, and z.
    fn with_vector(graph: GraphRecord, layer: Layer, vector: Matrix) -> Object {
        let kernel = Some(KernelVector { layers: [(1, layer)].into(), vector });
        Object::NoStrictMinimum(Box::new(NoStrictMinimum { graph, inputs: matrix(&[[1], [2]]), kernel }))
    }

    fn counted(graph: GraphRecord, inputs: Matrix) -> Object {
        Object::NoStrictMinimum(Box::new(NoStrictMinimum { graph, inputs, kernel: None }))
    }

    #[track_caller]
    fn reach(object: Object) -> Reach {
        match found(object, &Expected::default()) {
            Finding::NoStrictMinimum { reach, .. } => reach,
            other => panic!("{other}"),
        }
    }

    /// Equal samples count once, and the column of ones of a bias counts.
    #[test]
    fn more_features_than_distinct_samples_are_dependent() {
        let graph = |bias| GraphRecord { bias, ..two_units(SmoothRecord::Sigmoid) };
        let (two, equal, three) = (matrix(&[[0], [1]]), matrix(&[[4], [4], [5]]), matrix(&[[0], [1], [2]]));
        assert_eq!(reach(counted(graph(false), two.clone())), Reach::ConvexLosses);
        assert_eq!(reach(counted(graph(true), two)), Reach::EveryLoss);
        assert_eq!(reach(counted(graph(false), equal)), Reach::ConvexLosses);
        assert_eq!(reach(counted(graph(true), three.clone())), Reach::ConvexLosses);
        object_unproved(counted(graph(false), three), Unproved::FewFeatures { features: 2, distinct: 3 });
    }

    /// Equal units, opposite ones, dead ones, and what is rational.
    #[test]
    fn what_is_known_of_an_activation_is_used() {
        let equal = || both(&[[2, 2]], [-1, -1]);
        let opposite = || both(&[[2, -2]], [-1, 1]);
        for name in ["sigmoid", "tanh", "softplus", "elu"] {
            let object = with_vector(two_units(smooth(name)), equal(), matrix(&[[1], [-1]]));
            assert_eq!(reach(object), Reach::Blocks);
        }
        let tanh = |vector| with_vector(two_units(SmoothRecord::Tanh), opposite(), vector);
        assert_eq!(reach(tanh(matrix(&[[3], [3]]))), Reach::Blocks);
        object_unproved(tanh(matrix(&[[3], [-3]])), Unproved::NotInKernel { sample: 0 });
        // σ(x) + σ(−x) = 1, and softplus(x) − softplus(−x) = x = 2X − 1.
        let graph = |name| GraphRecord { bias: true, ..two_units(smooth(name)) };
        assert_eq!(reach(with_vector(graph("sigmoid"), opposite(), matrix(&[[1], [1], [-1]]))), Reach::Blocks);
        let wrong = with_vector(graph("softplus"), opposite(), matrix(&[[1], [1], [-1]]));
        object_unproved(wrong, Unproved::NotInKernel { sample: 0 });
        let line = GraphRecord { skips: vec![[1, 0], [0, 0], [1, 1]], ..graph("softplus") };
        let right = with_vector(line, opposite(), matrix(&[[1], [-2], [-1], [1]]));
        assert_eq!(reach(right), Reach::Blocks);
        // ReLU of X − 1 and 2X − 2; of an ELU where it is linear.
        let double = || both(&[[1, 2]], [-1, -2]);
        assert_eq!(reach(with_vector(two_units(relu()), double(), matrix(&[[2], [-1]]))), Reach::Blocks);
        assert_eq!(reach(with_vector(two_units(smooth("elu")), double(), matrix(&[[2], [-1]]))), Reach::Blocks);
        object_unproved(
            with_vector(two_units(SmoothRecord::Tanh), double(), matrix(&[[2], [-1]])),
            Unproved::NotInKernel { sample: 1 },
        );
    }

    /// The atoms of one block go through another one, shared, tied and pooled.
    #[test]
    fn atoms_go_through_blocks() {
        let mut graph = two_units(SmoothRecord::Tanh);
        let rule = |filters, tied| BlockRule::Filters { filters, tied, activation: SmoothRecord::Sigmoid.into() };
        let patches = Some(vec![vec![0], vec![1]]);
        graph.blocks.push(BlockRecord { from: vec![1], patches: patches.map(Into::into), rule: rule(1, true) });
        graph.blocks.push(BlockRecord { from: vec![1, 2], patches: None, rule: rule(2, false) });
        let pool = |pool, patch| BlockRecord {
            from: vec![2],
            patches: Some(vec![patch].into()),
            rule: BlockRule::Pool { pool },
        };
        graph.blocks.extend([pool(Pool::Max, vec![0, 1]), pool(Pool::Max, vec![1, 0]), pool(Pool::Sum, vec![0, 1])]);
        graph.blocks.push(pool(Pool::Mean, vec![0, 1]));
        // Equal maxima; a sum that is twice the mean.
        graph.skips = vec![[4, 0], [5, 0], [6, 0], [7, 0]];
        let object = |vector| {
            let layers = [
                (1, both(&[[1, 3]], [0, 1])),
                (2, both(&[[2]], [1])),
                (3, both(&[[1, 1], [2, 2], [3, 3], [4, 5]], [1, 2])),
            ];
            let kernel = Some(KernelVector { layers: layers.into(), vector });
            let inputs = matrix(&[[1], [2]]);
            Object::NoStrictMinimum(Box::new(NoStrictMinimum { graph: graph.clone(), inputs, kernel }))
        };
        assert_eq!(reach(object(matrix(&[[5], [-5], [1], [-2]]))), Reach::Blocks);
        object_unproved(object(matrix(&[[5], [-5], [1], [-1]])), Unproved::NotInKernel { sample: 0 });
        object_unproved(object(matrix(&[[5], [-4], [1], [-2]])), Unproved::NotInKernel { sample: 0 });
        object_unproved(object(matrix(&[[0], [0], [0], [0]])), Unproved::ZeroVector);
    }

    #[test]
    fn the_network_is_compared_where_there_is_one() {
        let graph = || GraphRecord { bias: true, ..two_units(SmoothRecord::Sigmoid) };
        let inputs = || matrix(&[[1], [2]]);
        let given = |layer| Expected {
            from: Some([(1, layer)].into()),
            graph: Some(graph()),
            inputs: Some(inputs()),
            ..Expected::default()
        };
        // By counting the given network is one of all.
        let all = found(counted(graph(), inputs()), &given(both(&[[7, 8]], [9, 9])));
        let own = Own { from: true, activation: true, inputs: true, targets: false };
        assert!(matches!(all, Finding::NoStrictMinimum { compared, .. } if compared == own));
        let object = with_vector(graph(), both(&[[2, 2]], [0, 0]), matrix(&[[1], [-1], [0]]));
        found(object.clone(), &given(both(&[[2, 2]], [0, 0])));
        let other = object_verdict(object, &given(both(&[[2, 2]], [0, 1])));
        refused(other, 1, Rule::Expected, Rejection::FromDiffers { layer: 1 });
    }

    #[test]
    fn exact_features_have_limits() {
        let object = with_vector(two_units(SmoothRecord::Tanh), both(&[[1, 1]], [0, 0]), matrix(&[[1], [-1]]));
        let text = text(&[Record::Object { statement: "s".into(), object }, Record::End { moves: 0 }]);
        for (limit, least) in [(VertexBytes, 100), (Products, 5)] {
            let verdict = within(&text, &[(limit, least)]);
            let Verdict::Incomplete { reason: Reason::Undecided(Undecided::Limit(exceeded)), .. } = verdict else {
                panic!("{verdict}")
            };
            assert_eq!(exceeded.limit, limit);
        }
    }
}

mod maximum {
    use super::*;

    /// Two sigmoid units of weight 0, so that all samples have equal features, and V = 0: ∇_V Φ = 0.
    fn proved() -> NoMaximum {
        NoMaximum {
            graph: two_units(SmoothRecord::Sigmoid),
            inputs: matrix(&[[0], [1]]),
            layers: [(1, both(&[[0, 0]], [0, 1])), (2, weight(&[[0, 0], [0, 0]]))].into(),
            loss: Criterion::CrossEntropy { labels: vec![0, 1] }.into(),
            feature: 0,
            output: 1,
            step: Some(fraction("1/2")),
            bits: 64,
        }
    }

    fn object(change: impl Fn(&mut NoMaximum)) -> Object {
        let mut object = proved();
        change(&mut object);
        Object::NoMaximum(Box::new(object))
    }

    /// p (1 − p) ψ² = ¼ · ¼ for either sample, and their mean.
    #[test]
    fn the_second_derivative_is_enclosed() {
        let Finding::NoMaximum { curvature, rise: Some((step, rise)), .. } =
            found(object(|_| {}), &Expected::default())
        else {
            panic!("a rise")
        };
        let near = |value: &sublevel_checker::Rational, expected: &str| {
            let distance = value - number(expected);
            distance < number("1/1000000") && distance > number("-1/1000000")
        };
        assert!(curvature.lower <= number("1/16") && number("1/16") <= curvature.upper);
        assert!(near(&curvature.lower, "1/16") && near(&curvature.upper, "1/16"));
        // log cosh(1/8) = 0.0077923…
        assert_eq!(step, number("1/2"));
        assert!(rise > number("0779/100000") && rise < number("0780/100000"), "{rise}");
        let of = |criterion: Criterion| match found(
            object(|o| (o.loss, o.step) = (criterion.clone().into(), None)),
            &Expected::default(),
        ) {
            Finding::NoMaximum { curvature, rise: None, .. } => curvature,
            other => panic!("{other}"),
        };
        let targets = || matrix(&[[1, 0], [0, 1]]);
        for (criterion, expected) in [
            (Criterion::Square { targets: targets() }, "1/2"),
            (Criterion::MeanSquare { targets: targets() }, "1/4"),
            (Criterion::SoftCrossEntropy { targets: matrix(&[[1, 1], [2, 0]]) }, "1/8"),
            (Criterion::BinaryCrossEntropy { targets: targets() }, "1/32"),
        ] {
            let curvature = of(criterion);
            assert!(curvature.lower <= number(expected) && number(expected) <= curvature.upper, "{expected}");
            assert!(near(&curvature.lower, expected) && near(&curvature.upper, expected), "{expected}");
        }
    }

    #[test]
    fn what_is_flat_is_refused() {
        object_unproved(object(|o| o.loss = Criterion::Hinge { labels: vec![0, 1] }.into()), Unproved::NotCurved);
        let one = object(|o| {
            o.graph.outputs = 1;
            o.layers.insert(2, weight(&[[0], [0]]));
            (o.loss, o.output) = (Criterion::CrossEntropy { labels: vec![0, 0] }.into(), 0);
        });
        object_unproved(one, Unproved::Flat);
        let zero = object(|o| (o.graph.skips[0], o.inputs) = ([0, 0], matrix(&[[0], [0]])));
        object_unproved(zero, Unproved::Flat);
        // The only sample that counts has the feature 0.
        let weights = |first: i64, second: i64| {
            object(move |o| {
                o.graph.skips[0] = [0, 0];
                o.loss.weights = Some(matrix(&[[first], [second]]));
                o.step = None;
            })
        };
        object_unproved(weights(1, 0), Unproved::Flat);
        found(weights(0, 1), &Expected::default());
        object_unproved(object(|o| o.feature = 2), Unproved::NoSuchWeight { feature: 2, output: 1 });
        object_unproved(object(|o| o.output = 2), Unproved::NoSuchWeight { feature: 0, output: 2 });
        undecided(
            object_verdict(object(|o| o.bits = 1), &Expected::default()),
            1,
            Undecided::CurvatureOpen { bits: 1 },
        );
    }

    #[test]
    fn the_loss_is_larger_at_both_ends() {
        // Both labels are 0: the loss falls as output 1 does.
        let tilted = |step: &'static str| {
            object(move |o| {
                o.loss = Criterion::CrossEntropy { labels: vec![0, 0] }.into();
                o.step = Some(fraction(step));
            })
        };
        object_unproved(tilted("1/2"), Unproved::NoRise { step: Box::new(number("-1/2")) });
        for step in ["0", "-1/2"] {
            let rejection = Rejection::NotPositive { found: step.into() };
            refused(object_verdict(tilted(step), &Expected::default()), 1, Rule::Object, rejection);
        }
        let short = object(|o| o.step = Some(fraction("1/10000000000")));
        undecided(object_verdict(short, &Expected::default()), 1, Undecided::LossesTooClose { bits: 64 });
    }

    #[test]
    fn network_and_loss_are_compared() {
        let own = |change: &dyn Fn(&mut NoMaximum)| {
            let mut object = proved();
            change(&mut object);
            let NoMaximum { graph, inputs, layers, loss, .. } = object;
            Expected {
                from: Some(layers),
                graph: Some(graph),
                inputs: Some(inputs),
                loss: Some(loss),
                targets: Some(Targets::Labels(vec![0, 1])),
                ..Expected::default()
            }
        };
        let same = found(object(|_| {}), &own(&|_| {}));
        let all = Own { from: true, activation: true, inputs: true, targets: true };
        assert!(matches!(same, Finding::NoMaximum { compared, loss_compared: true, .. } if compared == all));
        type Change = fn(&mut NoMaximum);
        let changes: [(Change, Rejection); 4] = [
            (|o| drop(o.layers.insert(2, weight(&[[0, 1], [0, 0]]))), Rejection::FromDiffers { layer: 2 }),
            (|o| o.graph.skips.reverse(), Rejection::GraphDiffers),
            (|o| o.inputs = matrix(&[[0], [2]]), Rejection::InputsDiffer { expected: (2, 1), found: (2, 1) }),
            (|o| o.loss = Criterion::Hinge { labels: vec![0, 1] }.into(), Rejection::LossDiffers),
        ];
        for (change, rejection) in changes {
            refused(object_verdict(object(|_| {}), &own(&change)), 1, Rule::Expected, rejection);
        }
        let labels = Expected { targets: Some(Targets::Labels(vec![1, 0])), ..Expected::default() };
        refused(object_verdict(object(|_| {}), &labels), 1, Rule::Expected, Rejection::TargetsDiffer);
    }
}

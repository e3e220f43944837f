//! What is printed is what people believe: every sentence of the checker, for review.

use crate::{certificate::*, checker::*};

fn number(text: &str) -> sublevel_checker::Rational {
    text.parse().unwrap()
}

fn exactly(text: &str) -> Enclosure {
    Enclosure { lower: number(text), upper: number(text) }
}

fn scope(name: LossName, weighted: bool) -> Scope {
    Scope::Loss { name, weighted, substituted: false }
}

/// Every part stands so.
fn standing(all: Standing) -> Compared {
    Compared { from: all, to: all, activation: all, inputs: all, targets: all, loss: all, weights: all }
}

fn statement() -> Statement {
    Statement {
        claim: Claim::Connected,
        conclusion: Conclusion::Connected,
        scope: Scope::EveryConvexLoss,
        network: Network::Dense { widths: vec![3, 4, 2], activation: "ACTIVATION".into() },
        samples: 5,
        moves: Moves { lines: 1, curves: 0, follows: 2, rays: 3, rescales: 5, bounded: 4 },
        bits: 67,
        losses: Some(Losses { of: scope(LossName::Square, false), start: exactly("1/3"), end: exactly("1/2") }),
        compared: standing(Standing::NotCompared),
        label: "a\u{1b}b".into(),
    }
}

fn conclusions() -> Vec<Conclusion> {
    let bound = || number("2/3");
    let descents = [Descent::NeverRises, Descent::StaysBelowStart, Descent::StaysBelow(bound())];
    let levels = [Level::Constant, Level::StaysBelowStart, Level::StaysBelow(bound())];
    let ends = [Conclusion::Connected, Conclusion::Barrier(bound())];
    ends.into_iter().chain(descents.map(Conclusion::Descends)).chain(levels.map(Conclusion::Unbounded)).collect()
}

fn rejections() -> Vec<Rejection> {
    use Rejection::*;
    let read = ReadError { line: 3, fault: Fault::TrailingData };
    let claims = [Claim::Connected, Claim::Descends, Claim::Unbounded, Claim::Barrier];
    let malformed = |fault| Malformed(ReadError { line: 1, fault });
    let version = |claim| malformed(Fault::Version { found: 3, claim, reason: None, expected: 1 });
    let newer = ["the loss `weighted hinge`", "equal inputs", "a rescale"].map(|reason| {
        malformed(Fault::Version { found: 1, claim: Claim::Connected, reason: Some(reason.into()), expected: 3 })
    });
    let target = |found: &str, expected| Target { sample: 2, output: 0, found: found.into(), expected };
    let (part, layer, level, first) = (Part::Weight(2), 2, 3, 1);
    let rejections = [
        Malformed(read),
        Order { expected: "start", found: "line" },
        Widths { widths: vec![3, 0] },
        NoSamples,
        SlopeCount { breakpoints: 1, slopes: 3 },
        BreakpointsNotAscending,
        LabelCount { expected: 5, found: 4 },
        Label { sample: 0, label: 2, classes: 2 },
        target("-1/3", "of at least 0"),
        target("3/2", "from 0 to 1"),
        NegativeWeight { sample: 2 },
        ZeroWeights,
        EmptyGraph,
        Block { block: 2, why: "has no filter" },
        NoSuchUnit { block: 2, unit: 7 },
        NotPositive { found: "-1/2".into() },
        NoOutputBias { layer },
        LineMovesBlock { layer },
        UnboundedGraph,
        NoGraphMove { found: "ray" },
        NoRationalMove { found: "bounded" },
        HeardUnitMoves { block: 2, unit: 0 },
        CurveStart { part },
        GraphNotGiven,
        GraphDiffers,
        Shape { part, expected: (1, 2), found: (3, 4) },
        NotInLowestTerms { part },
        FractionNotInLowestTerms { found: "2/4".into() },
        MissingLayer { layer },
        Missing { part },
        UnknownLayer { layer, layers: 1 },
        OutputBends,
        FollowLevels { first, level, layers: 2 },
        FollowSplits { sample: 2, picked: 0 },
        ActivationNotInvertible,
        FollowMovesLayer { layer, level },
        UnusedLeftInverse { layer, first, level },
        RightInverse { first },
        LeftInverse { layer },
        FollowChangesOutput { layer },
        MisplacedEscape,
        ZeroRay,
        RayLeavesPiece { layer, neuron: 0, sample: 4 },
        RayChangesOutput,
        RescaledLayer { layer, hidden: 1 },
        BendsOffZero { breakpoint: Box::new(number("-1/2")) },
        ValueAtZero { value: Box::new(number("2/3")) },
        RescalesZero { layer },
        Announcement,
        MisplacedColumns { layer },
        Columns { layer },
        NoColumns,
        AboveBound,
        Piece { piece: 2, why: "does not start at a multiple of its length" },
        PiecesStop,
        MisplacedPieces,
        NoPieces,
        NoBound,
        BoundWithoutLoss,
        MoveCount { expected: 5, found: 4 },
        OffSegment,
        LossAboveEnds,
        BoundAboveEnds,
        DescentWithoutLoss,
        LossAboveStart,
        OutputNotConstant,
        NoEscape,
        FromDiffers { layer },
        ToDiffers { layer },
        NoLastNetwork,
        ActivationDiffers,
        InputsDiffer { expected: (5, 3), found: (4, 3) },
        InputsDiffer { expected: (5, 3), found: (5, 3) },
        StopDiffers { stop: 3 },
        TargetsDiffer,
        LossDiffers,
    ];
    claims.map(version).into_iter().chain(newer).chain(rejections).collect()
}

/// One of each condition of an object.
fn unproved() -> Vec<Unproved> {
    use Unproved::*;
    let (segment, sample, step, shift, other, turn) = (0, 1, 2, 3, 4, 5);
    let q = |numer: i64, denom: i64| sublevel_checker::Rational::new(numer.into(), denom.into());
    vec![
        Basis { segment },
        BasisMoves { segment },
        NoInverse { segment },
        NoSegment,
        Factors,
        Signs,
        Function,
        Margin,
        TooFewFeatures { features: 1, samples: 2 },
        EqualSamples { first: 0, second: 3 },
        NoRightInverse { row: 3 },
        NotSquare { hidden: 3, outputs: 2 },
        OutputMargin,
        Samples,
        Direction,
        NotCollinear { sample },
        SecondDifferences { sample },
        FeatureCount { features: 2, samples: 3 },
        TargetMargin,
        NoCone,
        NotHomogeneous { layer: 2 },
        Opposite,
        NotBelow { attained: Box::new(q(3, 2)), barrier: Box::new(q(1, 2)) },
        NotAscending { sample },
        NotAlternating { sample },
        TooFewAlternations { alternations: 3, runs: 3 },
        Pair,
        NoInfluence,
        Shifts,
        NoSuchCopy { step, shift },
        Straight { step },
        OtherCopy { step, other },
        FunctionBends { step },
        LastStraight,
        LastCopy { other },
        Step,
        Lengths,
        CopySum { shift },
        FunctionSum,
        Alpha,
        NotContracting,
        Tail,
        Floor,
        NotFlat,
        NoTrap,
        Optimal,
        Square,
        TurnOrder { turn },
        NoTurn { turn },
        FurtherTurns,
        WallShape,
        WallSigns,
        Split,
        ValleyNotAbove { floor: Box::new(q(9, 8)), two_layer: Box::new(q(25, 8)) },
        PlaceCount { places: 1, values: 2 },
        PlaceOrder { place: 3 },
        NoWell,
        ZerosShape,
        NotAZero { residual: 1 },
        NotOne,
        RescaledNeuron { neuron: 2, neurons: 2 },
        RescaledFactor,
        RescaledLives,
        NotRescaled { part: "V_2" },
        EqualNetworks,
        SpreadParts { vector: 4, parts: 2 },
        SpreadVector { vector: 16, vectors: 16 },
        ZeroDirection { vector: 5 },
        Acute { first: 4, second: 5 },
        SpreadExponent,
        ManyParts { parts: 4, vectors: 16, exponent: Box::new(q(1, 2)) },
        WithinBound,
    ]
}

/// One of each condition of a claim about decision regions.
fn unproved_of_regions() -> Vec<Unproved> {
    use Unproved::*;
    let (layer, neuron, segment, other, row, expected, found) = (1, 2, 0, 4, 5, 2, 3);
    let (point, curve, vertex, edge, cell, class) = (0, 1, 2, 3, 6, 7);
    vec![
        OneOutput,
        Class { class, classes: 7 },
        NoChart { inputs: 3 },
        ChartSize { directions: 3 },
        DependentDirections,
        Projection,
        DoesNotFactor,
        NotIntegers { part: "matrix of points" },
        RankCount { expected, found },
        NotPyramidal { layer },
        NotMonotone,
        NotOnto,
        Modulus { layer },
        ModulusDivides { layer },
        Residue { layer, row },
        NoLeftInverse { layer },
        Stops { found: 1 },
        NotWon { segment, other },
        FewPoints { found: 1 },
        PointAtInfinity { point },
        PointOutside { point, other },
        Vertex { curve, vertex },
        EdgesOnALine { curve },
        CutInside { curve, vertex },
        EdgeEnds { curve, edge },
        Witness { curve, edge },
        EdgeAtInfinity { curve, edge },
        EdgeBends { curve, edge, layer, neuron },
        EdgeInside { curve, edge },
        NotClosed { curve, vertex },
        SameSide { first: 0, second: 1 },
        AtMostCount { expected, found },
        CellVertex { vertex },
        CellSize { cell },
        CellCorners { cell },
        CellClass { cell },
        CellAtInfinity { cell },
        CellBends { cell, layer, neuron },
        CellWinner { cell, other },
        Arc { cell },
        LooseFacet { cell },
        NotCovered,
        MoreComponents { class, found, at_most: 2 },
    ]
}

/// What is proved of decision regions, with and without what was compared.
fn findings_of_regions() -> Vec<Finding> {
    let widths = || vec![3, 2, 2];
    let all = |compared: (bool, bool), domain, count: usize| {
        let ends = compared.0.then_some((4, 0));
        [
            Finding::ConnectedRegions { widths: widths(), compared },
            Finding::ClassPath { widths: widths(), class: 1, segments: count, pieces: count, compared, ends },
            Finding::DisconnectedRegions { widths: widths(), class: 1, components: count + 1, domain, compared },
            Finding::Census { widths: widths(), at_most: vec![count, 0], cells: count, domain, compared },
        ]
    };
    let both = [
        all((false, false), Domain::Space, 1),
        all((true, false), Domain::Plane, 2),
        all((false, true), Domain::Line, 1),
        all((true, true), Domain::Space, 2),
    ];
    both.concat()
}

/// Of all parameters if all features are analytic, with what is shared by name, or of one network.
fn findings_of_independence() -> Vec<Finding> {
    let all = Own { from: true, activation: true, inputs: true, targets: false };
    let cases =
        [(true, vec![], all), (true, vec![(1, true), (3, false)], Own::default()), (false, vec![], Own::default())];
    let finding = |(analytic, shared, compared)| Finding::Independent {
        graph: "GRAPH".into(),
        samples: 5,
        features: 7,
        analytic,
        shared,
        compared,
    };
    cases.map(finding).into()
}

fn unproved_of_extremes() -> Vec<Unproved> {
    vec![
        Unproved::FewFeatures { features: 1, distinct: 2 },
        Unproved::ZeroVector,
        Unproved::NotInKernel { sample: 3 },
        Unproved::NotCurved,
        Unproved::Flat,
        Unproved::NoSuchWeight { feature: 1, output: 2 },
        Unproved::NoRise { step: Box::new(number("-1/4")) },
    ]
}

/// By counting, for every loss or for convex ones, or for some blocks; of a named loss with a rise on both sides or without.
fn findings_of_extremes() -> Vec<Finding> {
    let all = Own { from: true, activation: true, inputs: true, targets: false };
    let minimum =
        |reach| Finding::NoStrictMinimum { graph: "GRAPH".into(), distinct: 5, features: 6, reach, compared: all };
    let maximum = |rise, loss_compared| Finding::NoMaximum {
        graph: "GRAPH".into(),
        of: scope(LossName::CrossEntropy, false),
        weight: (1, 2),
        curvature: Enclosure { lower: number("1/3"), upper: number("1/2") },
        rise,
        compared: Own::default(),
        loss_compared,
    };
    let mut findings = [Reach::EveryLoss, Reach::ConvexLosses, Reach::Blocks].map(minimum).to_vec();
    findings.extend([maximum(None, false), maximum(Some((number("1/4"), number("1/7"))), true)]);
    findings
}

/// A wall with a valley and without, minima with and without a way out, zeros.
fn findings_of_residual_networks() -> Vec<Finding> {
    let separated = |without_biases| Finding::SeparatedGraphs {
        graph: "4 inputs; …".into(),
        attained: number("0"),
        barrier: number("1/2"),
        without_biases,
    };
    let wall = |floor: Option<&str>| Finding::Wall {
        losses: ["9/2", "25/8"].map(number),
        two_layer: number("25/8"),
        wall: number("41/8"),
        floor: floor.map(number),
    };
    let well = |place, climb: Option<&str>| Well { place: number(place), value: number("1"), climb: climb.map(number) };
    let wells = |minima, connected_from: Option<&str>| Finding::Wells {
        minima,
        depth: number("5/2"),
        ceiling: number("3"),
        connected_from: connected_from.map(number),
    };
    let spread = |vectors, dimension, parts, opposite, [exponent, bound]: [&str; 2]| Finding::Spread {
        vectors,
        dimension,
        parts,
        opposite,
        exponent: number(exponent),
        bound: number(bound),
    };
    vec![
        wall(None),
        wall(Some("17/4")),
        wells(vec![well("1", Some("3")), well("3", Some("1"))], Some("3")),
        wells(vec![well("0", None)], None),
        Finding::SeparatedZeros { variables: 4, residuals: 2 },
        Finding::SeparatedZeros { variables: 1, residuals: 1 },
        Finding::Rescaled { neurons: 3, neuron: 1, factor: Some(number("101/100")) },
        Finding::Rescaled { neurons: 3, neuron: 1, factor: None },
        spread(16, 2, 4, false, ["3/4", "-1/8"]),
        spread(2, 1, 1, true, ["1/2", "1/2"]),
        separated(false),
        separated(true),
    ]
}

fn lines<T: std::fmt::Display>(title: &str, items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| format!("- {item}\n")).collect();
    format!("{title}\n{}\n", items.concat())
}

#[test]
fn every_sentence_is_reviewed() {
    let verdicts = [
        Verdict::Valid(Box::new(statement())),
        Verdict::Invalid { record: 7, rule: Rule::Line, rejection: Rejection::OutputBends },
        Verdict::Incomplete { record: 8, reason: Reason::File(ReadError { line: 8, fault: Fault::MissingEnd }) },
    ];
    let rules = [
        Rule::Format,
        Rule::Problem,
        Rule::Start,
        Rule::Line,
        Rule::Follow,
        Rule::Ray,
        Rule::Rescale,
        Rule::Bounded,
        Rule::End,
        Rule::Claim,
        Rule::Expected,
    ];
    let parts = [
        Part::Inputs,
        Part::Targets,
        Part::SampleWeights,
        Part::Weight(1),
        Part::Bias(2),
        Part::Output,
        Part::RightInverse,
        Part::LeftInverse(3),
    ];
    let undecided = [
        Undecided::CurvedCrossing { layer: 2 },
        Undecided::CurvedRay { layer: 2 },
        Undecided::BoundTooTight { pieces: 9 },
        Undecided::PieceTooWide { piece: 9 },
        Undecided::LossesTooClose { bits: 9 },
        Undecided::SlopeTooFlat { bits: 9 },
        Undecided::RankOpen { bits: 9 },
        Undecided::CurvatureOpen { bits: 9 },
    ];
    use Standing::{Absent, Compared as Equal, NotCompared, Substituted};
    let some = Compared { from: Equal, targets: Equal, weights: Absent, ..standing(NotCompared) };
    let lossless = Compared { targets: Absent, loss: Absent, ..some };
    let substituted = Compared { targets: Substituted, loss: Substituted, ..some };
    let compared = |compared| {
        let text = Statement { compared, ..statement() }.to_string();
        text.lines().find(|line| line.starts_with("compared")).unwrap().to_owned()
    };
    let names = [
        LossName::Square,
        LossName::MeanSquare,
        LossName::CrossEntropy,
        LossName::SoftCrossEntropy,
        LossName::BinaryCrossEntropy,
        LossName::Hinge,
    ];
    let scopes = names.into_iter().flat_map(|name| [false, true].map(|weighted| scope(name, weighted)));
    let compared = [
        compared(standing(NotCompared)),
        compared(some),
        compared(standing(Equal)),
        compared(Compared { to: Absent, ..lossless }),
        compared(substituted),
        compared(Compared { from: NotCompared, weights: Substituted, ..substituted }),
    ];
    let users = Scope::Loss { name: LossName::Hinge, weighted: true, substituted: true };
    let sentences = [
        lines("verdicts", verdicts),
        lines("conclusions", conclusions()),
        lines("scopes", [Scope::EveryConvexLoss].into_iter().chain(scopes).chain([users])),
        lines("compared", compared),
        lines("rules", rules),
        lines("parts", parts),
        lines("rejections", rejections()),
        lines("undecided", undecided.map(Reason::Undecided)),
        lines("unproved", unproved()),
        lines("unproved of regions", unproved_of_regions()),
        lines("findings of regions", findings_of_regions()),
        lines("findings of independence", findings_of_independence()),
        lines("unproved of extremes", unproved_of_extremes()),
        lines("findings of extremes", findings_of_extremes()),
        lines("findings of residual networks", findings_of_residual_networks()),
        lines("limits", Limit::ALL.map(|limit| Exceeded { limit, value: limit.default_value() })),
    ];
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("checker-sentences", sentences.concat().trim_end()));
}

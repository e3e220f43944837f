//! What the checker answers.

use crate::certificate::{Claim, Exceeded, Fault, ReadError};
use crate::finding::{Finding, Unproved};
use crate::rational::Rational;
use num_bigint::BigInt;
use num_integer::Integer as _;
use num_traits::{Pow, Signed, Zero};
use std::fmt;

/// The answer to a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The path is what it claims to be; this has been checked.
    Valid(Box<Statement>),
    /// The object is what it claims to be; this has been checked.
    Proved {
        /// What is proved.
        finding: Box<Finding>,
        /// The author's name for the statement. Nothing follows from it.
        label: String,
    },
    /// It is not, or does not show it: the record (from 1), the rule that it breaks, and how.
    Invalid { record: usize, rule: Rule, rejection: Rejection },
    /// Nothing can be said: the certificate stops early, or the checker cannot decide.
    Incomplete { record: usize, reason: Reason },
}

impl Verdict {
    /// Whether nothing is known because the file could not be read (no such file, a folder, a broken archive).
    pub fn is_unreadable(&self) -> bool {
        matches!(self, Verdict::Incomplete { reason: Reason::File(ReadError { fault: Fault::Io { .. }, .. }), .. })
    }
}

/// The rule that a record is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// The file format.
    Format,
    /// The first record.
    Problem,
    /// What is claimed of an object.
    Object,
    /// The second record.
    Start,
    /// A straight move with affine output.
    Line,
    /// A move by polynomials with affine output.
    Curve,
    /// Lemma 3.3.
    Follow,
    /// A ray to infinity.
    Ray,
    /// A rescaling to infinity.
    Rescale,
    /// A straight move with a bound on the loss.
    Bounded,
    /// The last record.
    End,
    /// What is claimed of the whole path.
    Claim,
    /// The user's own networks and data.
    Expected,
}

/// A part of a certificate; layers from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// X.
    Inputs,
    /// Y or T of a loss.
    Targets,
    /// The weights of the samples in a loss, as a column.
    SampleWeights,
    /// W_k.
    Weight(usize),
    /// b_k.
    Bias(usize),
    /// F_j at the end of a follow.
    Output,
    /// R of a follow.
    RightInverse,
    /// L_l of a follow.
    LeftInverse(usize),
    /// A matrix of an object, by what it is.
    Object(&'static str),
}

/// Why a certificate is refused: one variant a condition. Layers are counted from 1; neurons, samples, rows from 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The file is malformed.
    #[error("{}", .0.fault)]
    Malformed(ReadError),
    /// The records come in another order than problem, start, moves, end.
    #[error("expected {expected}, found {found}")]
    Order { expected: &'static str, found: &'static str },
    /// A network needs an input and an output, and no layer is empty.
    #[error("widths {widths:?}; expected two or more, all positive")]
    Widths { widths: Vec<usize> },
    /// There is nothing to compute on.
    #[error("no samples")]
    NoSamples,
    /// r breakpoints, r ≥ 1, make r + 1 slopes.
    #[error(
        "{} and {}; expected one slope more than breakpoints, and a breakpoint",
        counted(*breakpoints, "breakpoint"),
        counted(*slopes, "slope")
    )]
    SlopeCount { breakpoints: usize, slopes: usize },
    /// The breakpoints do not ascend strictly.
    #[error("the breakpoints are not ascending")]
    BreakpointsNotAscending,
    /// One label a sample.
    #[error("{} for {}", counted(*found, "label"), counted(*expected, "sample"))]
    LabelCount { expected: usize, found: usize },
    /// A label is a class.
    #[error("label {label} of sample {sample}; expected less than {classes}")]
    Label { sample: usize, label: usize, classes: usize },
    /// Soft labels are not negative, and targets of the binary cross-entropy are in \[0, 1\].
    #[error(
        "the target of sample {sample} for output {output} (counted from 0) is {found}; expected a number {expected}"
    )]
    Target { sample: usize, output: usize, found: String, expected: &'static str },
    /// No sample counts less than nothing.
    #[error("the weight of sample {sample} (counted from 0) is negative")]
    NegativeWeight { sample: usize },
    /// A weighted mean needs a sample that counts.
    #[error("all weights of the samples are zero")]
    ZeroWeights,
    /// A graph network has inputs, outputs and units between.
    #[error("a graph without inputs, without outputs, or with no unit connected to the output")]
    EmptyGraph,
    /// A block is one of a directed acyclic graph.
    #[error("block {block} {why}")]
    Block { block: usize, why: &'static str },
    /// What is connected to the output is there.
    #[error("there is no unit {unit} (from 0) in block {block} to be connected to the output")]
    NoSuchUnit { block: usize, unit: usize },
    /// γ and α are positive.
    #[error("the parameter {found} of an activation is not positive")]
    NotPositive { found: String },
    /// A graph without an output bias is given one.
    #[error("layer {layer} has a bias, and the graph says that it has none")]
    NoOutputBias { layer: usize },
    /// Line of graph networks: only the weights of the output move.
    #[error(
        "layer {layer} moves on a line; in a graph only the layer of the output may, or the line has to be bounded"
    )]
    LineMovesBlock { layer: usize },
    /// Paths of graph networks do not run to infinity.
    #[error("a path of graph networks is not `unbounded`")]
    UnboundedGraph,
    /// Paths of graph networks have lines and bounded lines.
    #[error("a {found} in a path of graph networks, which has lines and bounded lines only")]
    NoGraphMove { found: &'static str },
    /// Paths of graph networks with rational features have lines, curves and bounded lines.
    #[error(
        "a {found} in a path of graph networks with rational features, which has lines, curves and bounded lines only"
    )]
    NoRationalMove { found: &'static str },
    /// Line or curve with rational features: what the output hears rests.
    #[error("the pre-activation of unit {unit} (from 0) of block {block} moves, and the output hears it")]
    HeardUnitMoves { block: usize, unit: usize },
    /// Bounded with rational features: what moves is multiplied by what rests.
    #[error(
        "unit {unit} (from 0) of block {block} moves, and layer {layer} multiplies it by a weight that moves: the output is \
         not piecewise linear"
    )]
    MovingProduct { layer: usize, block: usize, unit: usize },
    /// Bounded with rational features: a layer after a linear one moves with that.
    #[error("what layer {layer} adds up is not piecewise linear: two layers move one behind the other")]
    SumBends { layer: usize },
    /// Curve: it begins where the path is.
    #[error("the first coefficient of {part} is not its present value")]
    CurveStart { part: Part },
    /// The user's networks are given as layers alone.
    #[error(
        "the layers of a network are given without its graph, which says what each block takes and which activation it has"
    )]
    GraphNotGiven,
    /// The user's graph is another one.
    #[error("the graph of the network, or an activation in it, is not the expected one")]
    GraphDiffers,
    /// A matrix has not the shape that its place demands.
    #[error("{part} is {} × {}; expected {} × {}", found.0, found.1, expected.0, expected.1)]
    Shape { part: Part, expected: (usize, usize), found: (usize, usize) },
    /// The denominator and all numerators have a common factor.
    #[error("{part} is not in lowest terms")]
    NotInLowestTerms { part: Part },
    /// Numerator and denominator have a common factor.
    #[error("the fraction {found} is not in lowest terms")]
    FractionNotInLowestTerms { found: String },
    /// A network is given as a whole.
    #[error("layer {layer} is missing")]
    MissingLayer { layer: usize },
    /// A network is given as a whole, and a follow with its inverses.
    #[error("{part} is missing")]
    Missing { part: Part },
    /// There is no such layer.
    #[error("there is no layer {layer}: the network has {}", counted(*layers, "layer"))]
    UnknownLayer { layer: usize, layers: usize },
    /// Line: the output is not one affine function of λ.
    #[error("the output does not run straight from its first to its last value")]
    OutputBends,
    /// Follow: 1 ≤ s ≤ j ≤ L.
    #[error("first layer {first} and level {level}; expected 1 ≤ first ≤ level ≤ {layers}")]
    FollowLevels { first: usize, level: usize, layers: usize },
    /// Follow: two samples have the same features before layer s, and the record asks for different ones at level j.
    #[error(
        "samples {sample} and {picked} (counted from 0) have equal features, and unequal ones in the output of the follow"
    )]
    FollowSplits { sample: usize, picked: usize },
    /// Follow: σ has no inverse on the whole line.
    #[error("the activation is not strictly monotone and onto")]
    ActivationNotInvertible,
    /// Follow: only layer j + 1 may move.
    #[error("layer {layer} moves in a follow of level {level}; only layer {} may", level + 1)]
    FollowMovesLayer { layer: usize, level: usize },
    /// Follow: a left inverse of a layer that is not between s + 1 and j.
    #[error("a left inverse of layer {layer} in a follow from layer {first} to level {level}")]
    UnusedLeftInverse { layer: usize, first: usize, level: usize },
    /// Follow: \[F_{s-1}, 1\] R is not the identity.
    #[error("[F, 1] R is not the identity for the features F before layer {first}")]
    RightInverse { first: usize },
    /// Follow: L_l W_l is not the identity.
    #[error("L W is not the identity for the weight W of layer {layer}")]
    LeftInverse { layer: usize },
    /// Follow: of the last layer the bias may move, where the loss is to fall strictly.
    #[error("the weight of layer {layer} moves in a follow of level {level}; its bias may, and layer {} may", level + 1)]
    FollowMovesWeight { layer: usize, level: usize },
    /// Follow: the pre-activation of layer j + 1 does not stay.
    #[error("the pre-activation of layer {layer} does not stay constant")]
    FollowChangesOutput { layer: usize },
    /// A ray or a rescale that is not the last move of an unbounded path.
    #[error("a ray or a rescale can only be the last move, and only of an `unbounded` path")]
    MisplacedEscape,
    /// Ray: it does not move.
    #[error("the direction of the ray is zero")]
    ZeroRay,
    /// Ray: a live neuron leaves its piece of σ for some sample.
    #[error("neuron {neuron} of layer {layer} does not stay in one piece of the activation for sample {sample}")]
    RayLeavesPiece { layer: usize, neuron: usize, sample: usize },
    /// Ray: the output moves.
    #[error("the output is not constant along the ray")]
    RayChangesOutput,
    /// Rescale: 1 ≤ l < L.
    #[error("there is no hidden layer {layer} to be rescaled: the network has {}", counted(*hidden, "hidden layer"))]
    RescaledLayer { layer: usize, hidden: usize },
    /// Rescale: σ bends elsewhere than at 0.
    #[error("the activation is not homogeneous: its slope changes at {breakpoint}, which is not 0")]
    BendsOffZero { breakpoint: Box<Rational> },
    /// Rescale: σ does not go through the origin.
    #[error("the activation is not homogeneous: its value at 0 is {value}")]
    ValueAtZero { value: Box<Rational> },
    /// Rescale: it does not move to infinity.
    #[error("weight and bias of layer {layer} are zero: rescaled, they stay what they are")]
    RescalesZero { layer: usize },
    /// The problem announces a rescale exactly where there is one.
    #[error("the problem has to say `rescales` where the last move is a rescale, and nowhere else")]
    Announcement,
    /// Some columns of a layer are given where all have to be, or the problem does not say `columns`.
    #[error(
        "layer {layer} has `columns`, which only a line and a bounded line may have, and only if the problem says `columns`"
    )]
    MisplacedColumns { layer: usize },
    /// Columns ascend, are there, and are not all.
    #[error("the `columns` of layer {layer} do not ascend, are not there, or are none or all")]
    Columns { layer: usize },
    /// The problem announces columns exactly where there are some.
    #[error("the problem says `columns`, and no line has any")]
    NoColumns,
    /// Bounded: there is a point whose loss is above the bound.
    #[error("the loss is above the bound at a point of the move")]
    AboveBound,
    /// Bounded: pieces have their place in [0, 1].
    #[error("piece {piece} of the move (counted from 0) {why}")]
    Piece { piece: usize, why: &'static str },
    /// Bounded: the pieces make up [0, 1].
    #[error("the pieces of the move stop before its end")]
    PiecesStop,
    /// Bounded: pieces are listed where they are not announced, or where features are rational.
    #[error(
        "`pieces` are listed, which only a bounded move has whose problem says `pieces`, or one of graph networks whose \
         features are enclosed"
    )]
    MisplacedPieces,
    /// The problem announces pieces exactly where there are some.
    #[error("the problem says `pieces`, and no bounded move lists any")]
    NoPieces,
    /// Barrier: there is no bounded move that says how high the loss goes.
    #[error("a barrier is claimed, but no move has a bound")]
    NoBound,
    /// Bounded moves need a loss.
    #[error("a bound on the loss is claimed, but no loss is named")]
    BoundWithoutLoss,
    /// The record `end` miscounts.
    #[error("the record says {}, and there {}", counted(*expected, "move"), are(*found))]
    MoveCount { expected: usize, found: usize },
    /// Connected: an output is not on the segment from the first to the last one, and no loss is named.
    #[error("the output leaves the segment between its two ends, and no loss is named under which this is harmless")]
    OffSegment,
    /// Connected: the loss rises above both ends.
    #[error("the loss rises above that of both ends")]
    LossAboveEnds,
    /// Connected: the bound of a bounded move is above the losses of both ends.
    #[error("the bound on the loss is above the losses of both ends")]
    BoundAboveEnds,
    /// Descends: there is no loss that could descend.
    #[error("a path descends for a loss, but none is named")]
    DescentWithoutLoss,
    /// Strictly descends: there is nothing on which the loss could fall.
    #[error("a path of no move does not fall")]
    NoMove,
    /// Strictly descends: the loss is constant on a move, or on a part of it.
    #[error("the loss is constant on the move, or on a part of it, and does not fall")]
    LossRests,
    /// Strictly descends: the slope of the loss at the end of the move is not negative, or it does not fall between.
    #[error("the loss does not fall strictly on the move")]
    LossDoesNotFall,
    /// Strictly descends: a bounded move says how high the loss is at most, and not that it falls.
    #[error("a bounded move does not show that the loss falls")]
    BoundedDoesNotFall,
    /// Descends, unbounded: the loss rises above that of the start.
    #[error("the loss rises above that of the start")]
    LossAboveStart,
    /// Unbounded: the output moves before the last move, and no loss is named.
    #[error("the output is not constant before the last move, and no loss is named under which this is harmless")]
    OutputNotConstant,
    /// Unbounded: the last move is neither a ray nor a rescale.
    #[error("the last move of an `unbounded` path is neither a ray nor a rescale")]
    NoEscape,
    /// An object does not show what it claims.
    #[error("{0}")]
    Unproved(Unproved),
    /// Only what a path is about is compared.
    #[error("a certificate of this claim is about no path: there is nothing to compare with")]
    NothingToCompare,
    /// The user's first network, or the only one, is another one.
    #[error("the network, of two the first one, is not the expected one: layer {layer} differs")]
    FromDiffers { layer: usize },
    /// The user's last network is another one.
    #[error("the path does not end at the expected network: layer {layer} differs")]
    ToDiffers { layer: usize },
    /// An unbounded path has no last network.
    #[error("a path that runs to infinity has no last network to be compared")]
    NoLastNetwork,
    /// The user's activation is another function.
    #[error("the activation is not the expected one")]
    ActivationDiffers,
    /// The user's inputs are others.
    #[error("the inputs are not the expected ones: {}", if expected == found {
        format!("other numbers, {found:?} of them on both sides (another file, order or --scale)")
    } else {
        format!("{found:?} in the certificate, {expected:?} expected (of more samples `--samples` takes the first)")
    })]
    InputsDiffer { expected: (usize, usize), found: (usize, usize) },
    /// A path of inputs starts and ends at two of the user's.
    #[error("stop {stop} (counted from 0), an end of the path, is none of the expected inputs")]
    StopDiffers { stop: usize },
    /// The user's labels or targets are others.
    #[error("the labels or targets of the loss are not the expected ones")]
    TargetsDiffer,
    /// The user's loss is another one.
    #[error("the loss is not the expected one")]
    LossDiffers,
}

/// Why nothing can be said.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The file stops early, cannot be read, or has records of a kind that is not known.
    #[error("{}", .0.fault)]
    File(ReadError),
    /// The checker cannot decide.
    #[error("undecided: {0}")]
    Undecided(Undecided),
}

/// A question that the checker gave up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Undecided {
    /// A pre-activation of degree two or more in λ meets a breakpoint where halving does not find it.
    #[error("a curved pre-activation of layer {layer} meets a breakpoint at a point that halving did not reach")]
    CurvedCrossing { layer: usize },
    /// More work than is allowed.
    #[error("{0}")]
    Limit(Exceeded),
    /// A curved pre-activation might leave its piece.
    #[error("a curved pre-activation of layer {layer} might leave its piece of the activation")]
    CurvedRay { layer: usize },
    /// The bound is too near to the loss.
    #[error("the bound was not reached with {pieces} pieces of the move")]
    BoundTooTight { pieces: usize },
    /// The bound is too near to the loss for a piece of this length.
    #[error("the bound was not reached on piece {piece} of the move (counted from 0)")]
    PieceTooWide { piece: usize },
    /// The slope of the loss on a curve may have both signs.
    #[error("the slope of the loss on the move is not seen to be negative")]
    CurvedLoss,
    /// The slope of the loss at the end of a move is too near to zero.
    #[error("the slope of the loss at the end of the move does not differ from 0 within {bits} bits")]
    SlopeTooFlat { bits: u64 },
    /// Independence: the enclosure of the features is too wide.
    #[error("‖I − Ψ R‖ is not seen to be below 1 with {bits} bits")]
    RankOpen { bits: u64 },
    /// No maximum: a second derivative is too near to zero.
    #[error("the second derivative of the loss does not differ from 0 within {bits} bits")]
    CurvatureOpen { bits: u64 },
    /// Bounded gradient: σ′ is too near to zero.
    #[error("σ′ at block {block} is not seen to differ from 0 on all samples with {bits} bits")]
    DerivativeOpen { block: usize, bits: u64 },
    /// Bounded gradient: the enclosures of gradient and loss are too wide.
    #[error("the gradient is not seen to lie between the two bounds with {bits} bits")]
    GradientOpen { bits: u64 },
    /// Fits: the enclosure of what is left of the targets is too wide.
    #[error("the correction of layer {layer} is not seen to be within the radius with {bits} bits")]
    RadiusOpen { layer: usize, bits: u64 },
    /// Diagonal: a margin is too near to zero.
    #[error("the sign of a margin is not seen with {bits} bits")]
    MarginOpen { bits: u64 },
    /// Two losses are too near to each other.
    #[error("two values of the loss do not differ within {bits} bits")]
    LossesTooClose { bits: u64 },
}

/// `1 line`, `2 lines`.
pub(crate) fn counted<N: TryInto<u64>>(count: N, noun: &str) -> String {
    let count = count.try_into().unwrap_or(u64::MAX);
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// `is 1`, `are 2`.
fn are(count: usize) -> String {
    format!("{} {count}", if count == 1 { "is" } else { "are" })
}

/// Refused or undecided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    Rejected(Rejection),
    Undecided(Undecided),
}

impl From<Rejection> for Failure {
    fn from(rejection: Rejection) -> Self {
        Failure::Rejected(rejection)
    }
}

impl From<Exceeded> for Undecided {
    fn from(exceeded: Exceeded) -> Self {
        Undecided::Limit(exceeded)
    }
}

impl From<Unproved> for Failure {
    fn from(unproved: Unproved) -> Self {
        Rejection::from(unproved).into()
    }
}

impl From<Exceeded> for Failure {
    fn from(exceeded: Exceeded) -> Self {
        Failure::Undecided(exceeded.into())
    }
}

impl From<Undecided> for Failure {
    fn from(undecided: Undecided) -> Self {
        Failure::Undecided(undecided)
    }
}

/// What has been checked, rebuilt from the problem and the moves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// What the certificate claimed.
    pub claim: Claim,
    /// What was found to hold.
    pub conclusion: Conclusion,
    /// The losses for which it holds.
    pub scope: Scope,
    /// The architecture.
    pub network: Network,
    /// N.
    pub samples: usize,
    /// How many moves there are of each kind.
    pub moves: Moves,
    /// The number of bits of the largest integer in the inputs and in the parameters at the vertices.
    pub bits: u64,
    /// The losses at the ends, if a loss is named.
    pub losses: Option<Losses>,
    /// How it stands to the user's own files.
    pub compared: Compared,
    /// The author's name for the statement. Nothing follows from it.
    pub label: String,
}

/// The architecture of the networks of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Network {
    /// Fully connected.
    Dense {
        /// d = n_0, n_1, …, n_L.
        widths: Vec<usize>,
        /// The breakpoints and slopes of σ, in words.
        activation: String,
    },
    /// A graph of blocks, in words.
    Graph(String),
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Network::Dense { widths, activation } => {
                let widths: Vec<String> = widths.iter().map(usize::to_string).collect();
                write!(f, "{}, activation {activation}", widths.join("-"))
            }
            Network::Graph(graph) => f.write_str(graph),
        }
    }
}

/// What holds along the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Conclusion {
    /// The loss is at most the larger one of the losses at the two ends.
    Connected,
    /// The loss behaves in this way from the start to the end.
    Descends(Descent),
    /// The path runs to infinity, and the loss behaves in this way.
    Unbounded(Level),
    /// The loss is nowhere above this number.
    Barrier(Rational),
}

/// How the loss descends. Its value at the end is at most that at the start in any case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Descent {
    /// It falls strictly: it is smaller at every point than at any before it.
    FallsStrictly,
    /// It never rises.
    NeverRises,
    /// It may rise, but not above its value at the start.
    StaysBelowStart,
    /// It may rise, but not above this number, which is greater than its value at the start.
    StaysBelow(Rational),
}

/// The loss of an unbounded path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Level {
    /// Constant, as the output is.
    Constant,
    /// At most its value at the start, and constant on the last move.
    StaysBelowStart,
    /// At most this number, which is greater than its value at the start, and constant on the last move.
    StaysBelow(Rational),
}

/// The losses that a statement is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Every convex function of the output.
    EveryConvexLoss,
    /// One loss.
    Loss {
        /// Which one.
        name: LossName,
        /// Whether its samples have weights of their own.
        weighted: bool,
        /// Whether it is the user's, as the certificate names none.
        substituted: bool,
    },
}

/// A loss by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LossName {
    /// Half the sum of squares.
    Square,
    /// The mean of squares, over samples and outputs.
    MeanSquare,
    /// Mean cross-entropy with labels.
    CrossEntropy,
    /// Mean cross-entropy with soft labels.
    SoftCrossEntropy,
    /// Mean binary cross-entropy, one logit an output.
    BinaryCrossEntropy,
    /// Mean multi-class hinge loss.
    Hinge,
}

/// The values of the named loss at the ends of the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Losses {
    /// Which loss it is.
    pub of: Scope,
    /// At the start.
    pub start: Enclosure,
    /// At the end; of an unbounded path, where its last move begins.
    pub end: Enclosure,
}

/// Moves by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Moves {
    /// Straight, with affine output.
    pub lines: usize,
    /// By polynomials, with affine output.
    pub curves: usize,
    /// By Lemma 3.3.
    pub follows: usize,
    /// Straight to infinity; at most one.
    pub rays: usize,
    /// To infinity by rescaling; at most one, and not beside a ray.
    pub rescales: usize,
    /// Straight, with a bound on the loss.
    pub bounded: usize,
}

/// How each part of a statement stands to the user's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compared {
    /// The first network.
    pub from: Standing,
    /// The last network.
    pub to: Standing,
    /// σ.
    pub activation: Standing,
    /// X.
    pub inputs: Standing,
    /// The labels or targets of the loss.
    pub targets: Standing,
    /// The kind of the loss.
    pub loss: Standing,
    /// The weights of the samples in the loss.
    pub weights: Standing,
}

/// How one part stands to the user's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The certificate's, and equal to the user's, number by number.
    Compared,
    /// The user's, where the certificate has none: nothing could be compared.
    Substituted,
    /// The certificate's; the user's was not given.
    NotCompared,
    /// There is no such part.
    Absent,
}

/// Two numbers with the true one between them; equal if it is known exactly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enclosure {
    /// Not above the true number.
    pub lower: Rational,
    /// Not below it.
    pub upper: Rational,
}

impl Moves {
    /// All of them.
    pub fn total(&self) -> usize {
        self.lines + self.curves + self.follows + self.escapes() + self.bounded
    }

    /// Those that lead to infinity.
    pub fn escapes(&self) -> usize {
        self.rays + self.rescales
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Part::Inputs => write!(f, "the matrix of inputs"),
            Part::Targets => write!(f, "the matrix of targets"),
            Part::SampleWeights => write!(f, "the column of sample weights"),
            Part::Weight(layer) => write!(f, "the weight of layer {layer}"),
            Part::Bias(layer) => write!(f, "the bias of layer {layer}"),
            Part::Output => write!(f, "the output of the follow"),
            Part::RightInverse => write!(f, "the right inverse"),
            Part::LeftInverse(layer) => write!(f, "the left inverse of layer {layer}"),
            Part::Object(name) => write!(f, "the {name}"),
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Rule::Format => "format",
            Rule::Problem => "problem",
            Rule::Object => "object",
            Rule::Start => "start",
            Rule::Line => "line",
            Rule::Curve => "curve",
            Rule::Follow => "follow",
            Rule::Ray => "ray",
            Rule::Rescale => "rescale",
            Rule::Bounded => "bounded",
            Rule::End => "end",
            Rule::Claim => "claim",
            Rule::Expected => "expected",
        })
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Verdict::Valid(statement) => write!(f, "valid\n{statement}"),
            Verdict::Proved { finding, label } => {
                writeln!(f, "valid\nchecked     {finding}")?;
                write!(
                    f,
                    "label       `{}`, as labelled by its author; nothing above rests on it",
                    label.escape_debug()
                )
            }
            Verdict::Invalid { record, rule, rejection } => write!(f, "invalid\nrecord {record} ({rule}): {rejection}"),
            Verdict::Incomplete { record, reason } => write!(f, "incomplete\nrecord {record}: {reason}"),
        }
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        writeln!(f, "network     {}", self.network)?;
        writeln!(f, "samples     {}", self.samples)?;
        writeln!(f, "checked     {}", self.conclusion)?;
        writeln!(f, "holds for   {}", self.scope)?;
        if let Some(Losses { of, start, end }) = &self.losses {
            writeln!(f, "loss        {of}: {start} at the start, {end} at the end")?;
        }
        writeln!(f, "moves       {}", self.moves)?;
        writeln!(f, "integers    of up to {} in inputs and parameters", counted(self.bits, "bit"))?;
        writeln!(f, "compared    {}", self.comparison())?;
        write!(f, "label       `{}`, as labelled by its author; nothing above rests on it", self.label.escape_debug())
    }
}

impl Statement {
    /// What was compared with the user's own, and what there is besides.
    fn comparison(&self) -> String {
        let Compared { from, to, activation, inputs, targets, loss, weights } = self.compared;
        let parts = [
            (from, "first network"),
            (to, "last network"),
            (activation, "activation"),
            (inputs, "inputs"),
            (targets, "labels or targets"),
            (loss, "kind of loss"),
            (weights, "weights of the samples"),
        ];
        let names = |wanted: Standing| -> String {
            let parts = parts.iter().filter(|(standing, _)| *standing == wanted);
            parts.map(|(_, name)| *name).collect::<Vec<_>>().join(", ")
        };
        let equal = names(Standing::Compared);
        if equal.is_empty() && names(Standing::Substituted).is_empty() {
            return "with nothing: networks, data, activation and loss are those in the certificate".into();
        }
        let mut text = match &*equal {
            "" => "with nothing".into(),
            equal => format!("{equal}: equal to what was given, number by number"),
        };
        for (standing, words) in [
            (Standing::Substituted, "substituted, as the certificate names no loss"),
            (Standing::NotCompared, "not compared"),
        ] {
            let names = names(standing);
            if !names.is_empty() {
                text += &format!("; {words}: {names}");
            }
        }
        text
    }
}

impl Standing {
    /// One word, as a program reads it.
    pub fn name(self) -> &'static str {
        match self {
            Standing::Compared => "compared",
            Standing::Substituted => "substituted",
            Standing::NotCompared => "not compared",
            Standing::Absent => "absent",
        }
    }
}

impl fmt::Display for Conclusion {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Conclusion::Connected => write!(
                f,
                "a continuous path between two networks; at every point of it the loss is at most the larger one of \
                 the losses at its two ends"
            ),
            Conclusion::Barrier(bound) => write!(
                f,
                "a continuous path from the first to the last network; the loss never exceeds {} on it",
                decimal(bound, true)
            ),
            Conclusion::Descends(descent) => {
                write!(f, "a continuous path from the first to the last network; ")?;
                match descent {
                    Descent::FallsStrictly => {
                        write!(f, "the loss falls strictly along it, at every point below all that come before")
                    }
                    Descent::NeverRises => write!(f, "the loss never rises along it"),
                    Descent::StaysBelowStart => write!(f, "the loss never exceeds its value at the start"),
                    Descent::StaysBelow(bound) => write!(
                        f,
                        "the loss never exceeds {}, which is more than at the start, and ends at most where it started",
                        decimal(bound, true)
                    ),
                }
            }
            Conclusion::Unbounded(level) => {
                write!(
                    f,
                    "a continuous path from the first network to infinity, with constant output on its last move; "
                )?;
                match level {
                    Level::Constant => write!(f, "the output, and with it the loss, is constant on all of it"),
                    Level::StaysBelowStart => write!(f, "the loss never exceeds its value at the start"),
                    Level::StaysBelow(bound) => {
                        write!(f, "the loss never exceeds {}, which is more than at the start", decimal(bound, true))
                    }
                }
            }
        }
    }
}

impl fmt::Display for Scope {
    /// A loss is defined here: i runs over the N samples, j over the n_L outputs, and F is the output.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Scope::Loss { name, weighted, substituted } = *self else {
            return f.write_str("every convex loss at once");
        };
        let (noun, term, data) = match name {
            LossName::Square => ("square loss", "‖F_i − Y_i‖²", "targets"),
            LossName::MeanSquare => ("mean-square loss", "‖F_i − Y_i‖²", "targets"),
            LossName::CrossEntropy => ("mean cross-entropy", "(−ln softmax(F_i)[y_i])", "labels"),
            LossName::SoftCrossEntropy => ("mean cross-entropy", "Σ_j t_ij (−ln softmax(F_i)[j])", "soft labels"),
            LossName::BinaryCrossEntropy => {
                ("mean binary cross-entropy", "Σ_j (ln(1 + e^F_ij) − t_ij F_ij)", "targets")
            }
            LossName::Hinge => ("mean multi-class hinge loss", "max(0, max_{j≠y_i} 1 + F_ij − F_i,y_i)", "labels"),
        };
        let factor = match (name, weighted) {
            (LossName::Square, false) => "½ Σ_i",
            (LossName::Square, true) => "½ Σ_i w_i",
            (LossName::MeanSquare | LossName::BinaryCrossEntropy, false) => "(1/(N n_L)) Σ_i",
            (LossName::MeanSquare | LossName::BinaryCrossEntropy, true) => "(1/(n_L Σ_i w_i)) Σ_i w_i",
            (LossName::CrossEntropy | LossName::SoftCrossEntropy | LossName::Hinge, false) => "(1/N) Σ_i",
            (LossName::CrossEntropy | LossName::SoftCrossEntropy | LossName::Hinge, true) => "(1/Σ_i w_i) Σ_i w_i",
        };
        let whose = if substituted { "that were given" } else { "in the certificate" };
        let [adjective, weights] = if weighted { ["weighted ", " and weights"] } else { [""; 2] };
        write!(f, "the {adjective}{noun} {factor} {term} with the {data}{weights} {whose}")
    }
}

impl fmt::Display for Moves {
    /// Curves and a rescale are named only where there are some.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Moves { lines, curves, follows, rays, rescales, bounded } = *self;
        let [lines, follows, rays, bounded] =
            [(lines, "line"), (follows, "follow"), (rays, "ray"), (bounded, "bounded line")]
                .map(|(count, kind)| counted(count, kind));
        let some = |count: usize, noun| if count > 0 { format!("{}, ", counted(count, noun)) } else { String::new() };
        let (curves, rescales) = (some(curves, "curve"), some(rescales, "rescale"));
        write!(f, "{} ({lines}, {curves}{follows}, {rays}, {rescales}{bounded})", self.total())
    }
}

impl fmt::Display for Enclosure {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let (lower, upper) = (decimal(&self.lower, false), decimal(&self.upper, true));
        if lower == upper { write!(f, "{lower}") } else { write!(f, "between {lower} and {upper}") }
    }
}

/// A number rounded down or up, with nine decimals, or as many more as give six digits, but at most forty.
pub(crate) fn decimal(number: &Rational, up: bool) -> String {
    // Not as fractions, each of which would be brought to lowest terms.
    let scaled = |places: usize| number.numer() * Pow::pow(BigInt::from(10), places);
    let few: BigInt = number.denom() * 100_000;
    let places =
        (9..40).find(|places| number.is_zero() || scaled(*places).magnitude() >= few.magnitude()).unwrap_or(40);
    let digits = if up { scaled(places).div_ceil(number.denom()) } else { scaled(places).div_floor(number.denom()) };
    let sign = if digits.is_negative() { "-" } else { "" };
    let digits = format!("{:0>1$}", digits.magnitude().to_string(), places + 1);
    let (whole, decimals) = digits.split_at(digits.len() - places);
    format!("{sign}{whole}.{decimals}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_rounded_outwards() {
        let third = |sign: i64| Rational::new(sign.into(), 3.into());
        assert_eq!([decimal(&third(1), false), decimal(&third(1), true)], ["0.333333333", "0.333333334"]);
        assert_eq!([decimal(&third(-1), false), decimal(&third(-1), true)], ["-0.333333334", "-0.333333333"]);
        assert_eq!(decimal(&third(36), true), "12.000000000");
        let tiny = third(1) / Rational::from(BigInt::from(10).pow(20u32));
        assert_eq!(decimal(&tiny, false), "0.00000000000000000000333333");
        assert_eq!(decimal(&tiny, true), "0.00000000000000000000333334");
        assert_eq!(decimal(&Rational::zero(), true), "0.000000000");
    }
}

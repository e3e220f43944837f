//! What is proved of an object, and what is not.

use crate::verdict::Rejection;
use num_rational::BigRational;
use std::fmt;

/// What a valid certificate of an object proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// For attained ≤ α < barrier the two points are in different components of the sublevel set of α.
    Separated {
        /// The larger one of the two losses.
        attained: BigRational,
        /// The least loss where the function that separates them vanishes.
        barrier: BigRational,
    },
    /// No path of full-rank matrices joins two square ones of this size.
    SeparatedMatrices {
        /// n.
        size: usize,
    },
    /// A chain of matrices of full rank.
    FullRankChain {
        /// n × p.
        shape: (usize, usize),
        /// How many straight segments it has.
        segments: usize,
        /// Whether it ends where it starts.
        closed: bool,
    },
    /// There are no λ with σ(x) = Σ λ_i σ(x − a_i) for all x.
    NoRelation {
        /// σ, in words.
        activation: String,
        /// How many shifts a_i there are.
        shifts: usize,
    },
    /// No critical point, connected sublevel sets, and a region from which the gradient flow falls to `limit` only.
    StuckFlow {
        /// B(0), to which f falls.
        limit: BigRational,
        /// B(m), the infimum of f.
        infimum: BigRational,
        /// ρ of the region x ≥ 0, |y| ≤ ρ e^(−x).
        radius: BigRational,
        /// c > 0 with d(r²)/dt ≤ −2c s r² there, r = y/s, s = e^(−x).
        contraction: BigRational,
    },
    /// Two networks are the same function, of every input and with any σ.
    SameFunction {
        /// n_0, …, n_L.
        widths: Vec<usize>,
        /// How many hidden neurons have another place in the second one.
        moved: usize,
        /// Whether the first one and the second one were compared with the user's own.
        compared: (bool, bool),
    },
    /// The values at −∞, at every local extremum and at +∞; between them the function is strictly monotone. Of two variables
    /// so on the line y = 0, onto which the sublevel sets retract.
    Valleys {
        /// In the order of x.
        values: Vec<BigRational>,
        /// c > 0 of a function of two variables, with c y² added; `None` for one of one variable.
        square: Option<BigRational>,
    },
}

impl Finding {
    /// [`Finding::Separated`], if the losses are below the barrier.
    pub(crate) fn separated(attained: BigRational, barrier: BigRational) -> Result<Self, Rejection> {
        if attained < barrier {
            Ok(Finding::Separated { attained, barrier })
        } else {
            Err(Unproved::NotBelow { attained: Box::new(attained), barrier: Box::new(barrier) }.into())
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Finding::Separated { attained, barrier } => write!(
                f,
                "for every α with {attained} ≤ α < {barrier} the two points are in different components of the sublevel set \
                 of α"
            ),
            Finding::SeparatedMatrices { size } => {
                write!(f, "no path of full-rank {size} × {size} matrices joins the two")
            }
            Finding::FullRankChain { shape: (rows, cols), segments, .. } => {
                let plural = if *segments == 1 { "" } else { "s" };
                write!(
                    f,
                    "every point of a chain of {segments} segment{plural} of {rows} × {cols} matrices has full rank"
                )
            }
            Finding::NoRelation { activation, shifts } => {
                let plural = if *shifts == 1 { "" } else { "s" };
                write!(
                    f,
                    "σ(x) is no combination of σ(x − a_i) for the {shifts} given shift{plural} a_i; σ: {activation}"
                )
            }
            Finding::StuckFlow { limit, infimum, radius, .. } => write!(
                f,
                "no critical point; every sublevel set is connected; from x ≥ 0, |y| ≤ {radius} exp(−x) the gradient flow \
                 falls to {limit} at infinity, and the infimum is {infimum}"
            ),
            Finding::SameFunction { moved, compared, .. } => {
                let plural = if *moved == 1 { "" } else { "s" };
                let which = match compared {
                    (true, true) => "both are the given networks",
                    (true, false) => "the first is the given network",
                    (false, true) => "the second is the given network",
                    (false, false) => "neither was compared with a given network",
                };
                write!(
                    f,
                    "the two networks are the same function of every input, whatever σ: {moved} hidden neuron{plural} of the \
                     second have another place than in the first; {which}"
                )
            }
            Finding::Valleys { values, square } => {
                let values: Vec<_> = values.iter().map(BigRational::to_string).collect();
                let plane = square.as_ref().map_or(String::new(), |square| {
                    format!(
                        "of two variables, with {square} y² added: every strict sublevel set retracts onto its part on the \
                         line y = 0, and there "
                    )
                });
                write!(f, "{plane}from −∞ to +∞ the values {}, and strictly monotone in between", values.join(", "))
            }
        }
    }
}

/// Why an object does not show what it claims: one variant a condition. Indices count from 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unproved {
    /// A basis has min(n, p) rows or columns of the matrix.
    #[error("the basis of segment {segment} has not the size of the rank, or names what is not there")]
    Basis { segment: usize },
    /// What is in the basis stays.
    #[error("the basis of segment {segment} moves")]
    BasisMoves { segment: usize },
    /// Independent rows have an inverse.
    #[error("segment {segment} gives no inverse of its basis")]
    NoInverse { segment: usize },
    /// Nothing shows the rank of a chain without segments.
    #[error("the chain has no segment")]
    NoSegment,
    /// A product of triangular matrices is the matrix with its rows in another order.
    #[error("the factors are not triangular, or their product is not the matrix with its rows in the given order")]
    Factors,
    /// The function has to be positive at the one and negative at the other.
    #[error("the function is not positive at the first and negative at the second point")]
    Signs,
    /// The function is one of three, and has what belongs to it.
    #[error("no function of this name with these data separates networks of these widths on so many samples")]
    Function,
    /// The margin of the targets is too large, or is not shown.
    #[error("G Gᵀ − μ (I − 11ᵀ/N) is not the given sum of squares, or μ is not positive")]
    Margin,
    /// The losses are not below the barrier.
    #[error("a loss of {attained} is not below the barrier {barrier}")]
    NotBelow { attained: Box<BigRational>, barrier: Box<BigRational> },
    /// Alternation: inputs ascend.
    #[error("the inputs do not ascend after sample {sample}")]
    NotAscending { sample: usize },
    /// Alternation: targets rise and fall in turn.
    #[error("the targets do not alternate at sample {sample}")]
    NotAlternating { sample: usize },
    /// Alternation: one neuron less can alternate as often.
    #[error("{alternations} alternations do not exceed the {runs} monotone runs that one neuron less can have")]
    TooFewAlternations { alternations: usize, runs: usize },
    /// An input, and a point, are pairs.
    #[error("the input or a point is no pair of numbers")]
    Pair,
    /// b = 0.
    #[error("b = 0: V has no influence")]
    NoInfluence,
    /// Shifts of a relation.
    #[error("the shifts are not distinct, not different from zero, or there are none")]
    Shifts,
    /// A step excludes a copy that is there.
    #[error("step {step} excludes copy {shift}, which is not there, or no longer")]
    NoSuchCopy { step: usize, shift: usize },
    /// The copy to be excluded is bent there.
    #[error("step {step}: the copy to be excluded is not known to bend there")]
    Straight { step: usize },
    /// Another copy is straight there.
    #[error("step {step}: copy {other} is not known to be straight there")]
    OtherCopy { step: usize, other: usize },
    /// σ is straight there.
    #[error("step {step}: σ is not known to be straight there")]
    FunctionBends { step: usize },
    /// σ is bent at last.
    #[error("σ is not known to bend at the last place")]
    LastStraight,
    /// The copies that remain are straight at last.
    #[error("copy {other}, which is not excluded, is not known to be straight at the last place")]
    LastCopy { other: usize },
    /// Three points ascend.
    #[error("a step between three points is not positive")]
    Step,
    /// As many weights as points.
    #[error("there are not as many weights as points")]
    Lengths,
    /// The weighted values of a copy.
    #[error("the weighted values of copy {shift} do not sum to 0")]
    CopySum { shift: usize },
    /// The weighted values of σ.
    #[error("the weighted values of σ sum to 0")]
    FunctionSum,
    /// α of the exponential linear unit.
    #[error("α of the exponential linear unit is not positive")]
    Alpha,
    /// The columns of values are not shown to be independent.
    #[error("‖I − R M‖ < 1 is not shown with this precision")]
    NotContracting,
    /// Reordered: an order a hidden layer, each neuron once.
    #[error(
        "the order of hidden layer {layer} does not name each of its neurons once, or there are not as many as layers"
    )]
    Orders { layer: usize },
    /// Reordered: layers, from 1.
    #[error("layer {layer} of the second network is not that of the first one in the given order")]
    OtherLayer { layer: usize },
    /// Flow: A.
    #[error("A has an odd power, a negative coefficient, or no positive constant")]
    Tail,
    /// Flow: B.
    #[error("B′ is not (y − m) Q with even powers and no negative coefficient in Q")]
    Floor,
    /// Flow: b_1, b_2.
    #[error("B is not flat enough at 0: b_1 = b_2 = 0 is needed")]
    NotFlat,
    /// Flow: ρ and the bound on P.
    #[error("the region is not shown to be a trap")]
    NoTrap,
    /// Flow: the limit is the infimum.
    #[error("the flow falls to the infimum: it is not stuck")]
    Optimal,
    /// Tails: c of c y².
    #[error("the coefficient of y² is not positive")]
    Square,
    /// Tails: turns ascend in (0, 1).
    #[error("turn {turn} is not between the one before it and 1")]
    TurnOrder { turn: usize },
    /// Tails: q′ vanishes at a turn.
    #[error("q′ does not vanish at turn {turn}")]
    NoTurn { turn: usize },
    /// Tails: q′ has no further factors.
    #[error("q′ is not a constant other than zero times Π (t − t_i)")]
    FurtherTurns,
}

impl From<Unproved> for Rejection {
    fn from(unproved: Unproved) -> Self {
        Rejection::Unproved(unproved)
    }
}

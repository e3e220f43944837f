//! What the statements are about, what they assume, and what is said when an assumption does not hold.

use crate::arith::{counted, write_rational};
use crate::linalg::{Exact, Kernel, Unsolvable};
use crate::network::{Activation, DataSet, Parameters, with_ones};
use nalgebra::DMatrix;
use rug::Rational;

/// The data of a landscape: the activation σ, the inputs X [N, d] and the widths [d, n_1, …, n_L].
///
/// The loss is not part of it: what the statements construct holds for every convex φ at once.
///
/// # Example
/// ```
/// use sublevel::{example::{integers, problem}, statement::Hypothesis};
///
/// let problem = problem("relu", integers(3, 1, &[0, 1, 2]), &[1, 2, 1]);
/// assert_eq!(problem.require_two_slopes(), Ok(()));
/// assert_eq!(problem.require_distinct_samples(), Ok(()));
/// assert_eq!(problem.require_width(1), Err(Hypothesis::TooNarrow { layer: 1, width: 2, samples: 3 }));
/// ```
#[derive(Debug, Clone)]
pub struct Problem {
    /// σ, continuous piecewise linear.
    pub activation: Activation,
    /// X, shape [N, d].
    pub inputs: DMatrix<Rational>,
    /// [d, n_1, …, n_L].
    pub widths: Vec<usize>,
}

impl Problem {
    /// The problem of networks like this one on these data; nothing is scaled.
    pub fn new(activation: Activation, data: &DataSet, network: &Parameters<Rational>) -> Self {
        Problem { activation, inputs: data.inputs.exact(), widths: network.widths() }
    }

    /// Number of samples N.
    pub fn samples(&self) -> usize {
        self.inputs.nrows()
    }

    /// Number of layers L.
    pub fn depth(&self) -> usize {
        self.widths.len() - 1
    }

    /// Assumption 2.2 by Lemma 2.3: σ has two different slopes.
    pub fn require_two_slopes(&self) -> Result<(), Hypothesis> {
        if self.activation.has_two_slopes() { Ok(()) } else { Err(Hypothesis::AffineActivation) }
    }

    /// Assumption 2.4: all training samples are distinct.
    pub fn require_distinct_samples(&self) -> Result<(), Hypothesis> {
        match crate::network::duplicate_rows(&self.inputs) {
            Some((first, second)) => Err(Hypothesis::DuplicateSamples { first, second }),
            None => Ok(()),
        }
    }

    /// Assumption 2.1: σ is strictly monotone with σ(ℝ) = ℝ.
    pub fn require_monotone_onto(&self) -> Result<(), Hypothesis> {
        if self.activation.is_strictly_monotone_onto() {
            Ok(())
        } else {
            Err(Hypothesis::not_monotone_onto(&self.activation))
        }
    }

    /// σ(s x) = s σ(x) for all s > 0: σ bends nowhere but at 0, and σ(0) = 0.
    pub fn require_homogeneous(&self) -> Result<(), Hypothesis> {
        if let Some(breakpoint) = self.activation.breakpoints().iter().find(|breakpoint| !breakpoint.is_zero()) {
            return Err(Hypothesis::BendsOffZero { breakpoint: write_rational(breakpoint) });
        }
        let value = self.activation.evaluate(&Rational::new());
        if value.is_zero() { Ok(()) } else { Err(Hypothesis::ValueAtZero { value: write_rational(&value) }) }
    }

    /// rank [X, 1] = N. The paper asks rank X = N; the bias is worth one more column.
    pub fn require_independent_inputs(&self) -> Result<(), Hypothesis> {
        let rank = Exact.rank(&with_ones(&Exact, &self.inputs));
        if rank == self.samples() {
            Ok(())
        } else {
            Err(Hypothesis::DependentFeatures { level: 0, rank, samples: self.samples() })
        }
    }

    /// n_first > n_{first+1} > … > n_L.
    pub fn require_narrowing(&self, first: usize) -> Result<(), Hypothesis> {
        match (first..self.depth()).find(|&k| self.widths[k] <= self.widths[k + 1]) {
            Some(layer) => {
                Err(Hypothesis::NotNarrowing { layer, width: self.widths[layer], next: self.widths[layer + 1] })
            }
            None => Ok(()),
        }
    }

    /// n_k ≥ N − 1 for one hidden layer k: with the ones column its features can span ℝᴺ.
    pub fn require_width_with_bias(&self, layer: usize) -> Result<(), Hypothesis> {
        let (width, samples) = (self.widths[layer], self.samples());
        if width + 1 >= samples { Ok(()) } else { Err(Hypothesis::TooNarrowToDescend { layer, width, samples }) }
    }

    /// n_k ≥ N for one hidden layer k.
    pub fn require_width(&self, layer: usize) -> Result<(), Hypothesis> {
        let (width, samples) = (self.widths[layer], self.samples());
        if width >= samples { Ok(()) } else { Err(Hypothesis::TooNarrow { layer, width, samples }) }
    }
}

/// A hypothesis of a statement that the given instance does not meet, with its numbers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, serde::Serialize)]
pub enum Hypothesis {
    /// A hidden layer has fewer neurons than there are samples.
    #[error("n_{layer} = {width} < N = {samples}: hidden layer {layer} is too narrow (the paper asks 2N = {}, \
             sublevel's exchange argument N = {samples}){}", 2 * samples, sharp(*width, *samples))]
    TooNarrow {
        /// The layer, from 1.
        layer: usize,
        /// Its width.
        width: usize,
        /// N.
        samples: usize,
    },
    /// Assumption 2.4 fails.
    #[error("rows {first} and {second} of the inputs (counted from 0) are equal: Assumption 2.4 asks distinct samples")]
    DuplicateSamples {
        /// The first row of the pair.
        first: usize,
        /// The second.
        second: usize,
    },
    /// Assumption 2.2 fails.
    #[error(
        "the activation is affine: Assumption 2.2 holds for a continuous piecewise-linear σ if and only if it \
             has two different slopes (Lemma 2.3)"
    )]
    AffineActivation,
    /// Assumption 2.1 fails.
    #[error(
        "{activation} is not strictly monotone and onto (Assumption 2.1): its slopes are {slopes}, and none may be 0 or \
         of another sign than the others"
    )]
    NotMonotoneOnto {
        /// σ.
        activation: String,
        /// Its slopes, from the left.
        slopes: String,
    },
    /// The features of a level do not have independent rows, with the ones column.
    #[error("rank [{}, 1] = {rank} < N = {samples}: the samples are not independent there", features(*level))]
    DependentFeatures {
        /// The level; 0 is X.
        level: usize,
        /// rank [F_level, 1].
        rank: usize,
        /// N.
        samples: usize,
    },
    /// The widths above a layer do not decrease strictly.
    #[error("n_{layer} = {width} <= n_{} = {next}: the widths have to decrease strictly from here to the output",
            layer + 1)]
    NotNarrowing {
        /// The layer, from 1.
        layer: usize,
        /// Its width.
        width: usize,
        /// The width of the next.
        next: usize,
    },
    /// A hidden layer is too narrow for its features to become independent.
    #[error("n_{layer} = {width} < N - 1 = {}: hidden layer {layer} is too narrow for independent features (the paper \
             asks N = {samples}; with the bias N - 1 neurons do)", samples - 1)]
    TooNarrowToDescend {
        /// The layer, from 1.
        layer: usize,
        /// Its width.
        width: usize,
        /// N.
        samples: usize,
    },
    /// Two samples have the same features at a level whose neurons are all needed: they cannot be told apart at
    /// constant output (the place where the proof of Theorem 4.2 moves to a nearby point).
    #[error(
        "samples {first} and {second} (counted from 0) have equal features at level {level}, and none of its \
             {width} neurons is dependent: they cannot be told apart at constant output (with α above the loss \
             at the start, `--alpha`, the loss may rise to that on the way to a nearby point, if σ is strictly monotone)"
    )]
    CoincidingFeatures {
        /// The level.
        level: usize,
        /// Its width.
        width: usize,
        /// The first row of the pair.
        first: usize,
        /// The second.
        second: usize,
    },
    /// There is no room between the loss at the start and the bound that it may rise to.
    #[error("the loss at the start is {start}, not below the bound {bound} or too close to it: give a larger bound")]
    BoundNotAboveStart {
        /// An enclosure of the loss.
        start: String,
        /// The bound.
        bound: String,
    },
    /// The loss has a positive infimum, which a descent does not reach.
    #[error(
        "the loss is asked to fall to {epsilon}, but its infimum over all outputs is in {infimum}, as labels are soft or \
         equal inputs have different targets: give a larger number, `--epsilon`"
    )]
    BelowInfimum {
        /// Where the loss was to come.
        epsilon: String,
        /// An enclosure of the infimum.
        infimum: String,
    },
    /// Strict descent: 1ᵀR = 0, or not told apart from it.
    #[error(
        "the gradient of the loss by the output bias is 0 at the start{}: while the features become independent the loss \
         cannot fall by it, and rests; another start will do (all but a null set), or a loss that never rises; whether the start \
         is a local minimum says `sublevel minimum`",
        bits.map(|bits| format!(", or so near to 0 that {bits} bits do not tell")).unwrap_or_default()
    )]
    NoTilt {
        /// The precision, where the gradient is no rational number.
        bits: Option<u32>,
    },
    /// Strict descent by the hinge loss: no direction was found, which does not say that there is none.
    #[error(
        "no move of the output bias was found on which the hinge loss falls from the start (tried: a subgradient and the unit \
         vectors): while the features become independent it rests; another start will do, or a loss that never rises"
    )]
    NoTiltFound,
    /// A hinge loss where equal inputs have different labels.
    #[error(
        "samples with equal inputs have different labels: where the hinge loss of these is least is not constructed here; \
         --loss cross-entropy or --loss square descends"
    )]
    HingeOfEqualInputs,
    /// σ is not homogeneous: it bends elsewhere than at 0.
    #[error("the slope of the activation changes at {breakpoint}: a homogeneous one bends nowhere but at 0")]
    BendsOffZero {
        /// Where.
        breakpoint: String,
    },
    /// σ is not homogeneous: it does not go through the origin.
    #[error("the value of the activation at 0 is {value}: that of a homogeneous one is 0")]
    ValueAtZero {
        /// σ(0).
        value: String,
    },
    /// A layer of zeros stays what it is, whatever it is multiplied with.
    #[error("{} of which no parameter differs from 0: there is nothing to rescale", counted(*hidden, "hidden layer"))]
    NothingToRescale {
        /// How many hidden layers there are.
        hidden: usize,
    },
    /// No way to infinity at constant output.
    #[error(
        "no way to infinity is known: the columns of [F_k, 1] are independent at every hidden level; for the left kernel \
         of W_2, {kernel}; for rescaling a layer, {rescaling}"
    )]
    NoEscape {
        /// Why none leads through the left kernel of W_2.
        kernel: Box<Hypothesis>,
        /// Why no layer can be rescaled.
        rescaling: Box<Hypothesis>,
    },
    /// Proposition 3.5 for square matrices.
    #[error(
        "two different {size} x {size} matrices: for n = p the matrices of full rank are not connected (their \
             determinants may differ in sign), the proposition asks n > p"
    )]
    SquareMatrices {
        /// n = p.
        size: usize,
    },
    /// Proposition 3.5 for a matrix that does not have full column rank.
    #[error("a matrix of rank {rank} with {columns} columns does not have full column rank")]
    RankDeficient {
        /// Its rank.
        rank: usize,
        /// p.
        columns: usize,
    },
    /// Proposition 3.5 for matrices of different or wide shape.
    #[error(
        "shapes {from:?} and {to:?}: the proposition is about two matrices of one shape with at least as many rows \
             as columns (transpose wide ones)"
    )]
    Shapes {
        /// The shape of the first.
        from: (usize, usize),
        /// The shape of the second.
        to: (usize, usize),
    },
}

/// That one neuron more is not asked for without need.
fn sharp(width: usize, samples: usize) -> &'static str {
    match width + 1 == samples {
        true => "; the width is sharp: there are data for which N - 1 neurons are not enough (docs/errata.md, 1)",
        false => "",
    }
}

/// F_k by its name; F_0 is X.
fn features(level: usize) -> String {
    if level == 0 { "X".into() } else { format!("F_{level}") }
}

impl Hypothesis {
    /// [`Hypothesis::NotMonotoneOnto`] for this activation; of many slopes the first ones are named.
    pub(crate) fn not_monotone_onto(activation: &Activation) -> Self {
        const NAMED: usize = 8;
        let slopes = activation.slopes();
        let mut named: Vec<String> = slopes.iter().take(NAMED).map(write_rational).collect();
        named.extend((slopes.len() > NAMED).then(|| "…".to_owned()));
        let activation = if slopes.len() > NAMED { "σ".to_owned() } else { activation.to_string() };
        Self::NotMonotoneOnto { activation, slopes: named.join(", ") }
    }
}

/// Why a construction did not come to its end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Obstacle {
    /// The theorem does not apply.
    #[error(transparent)]
    Hypothesis(#[from] Hypothesis),
    /// The theorem applies, but its path would be longer than one that is there.
    #[error(
        "it applies, but was not built: with {:.1} million bits or more its path would not be much shorter than the one \
         found, of {:.1}",
        *expected as f64 / 1e6,
        *found as f64 / 1e6
    )]
    Longer {
        /// An estimate.
        expected: u64,
        /// The bits of the numbers of the path found.
        found: u64,
    },
    /// A rounded kernel lost a rank that exact arithmetic keeps. Never happens in the exact kernel.
    #[error("{step}: {found} independent columns found where exact arithmetic has {needed}")]
    RankLost {
        /// The step of the construction.
        step: &'static str,
        /// What the kernel found.
        found: usize,
        /// What is there.
        needed: usize,
    },
    /// A rounded kernel failed to solve a system that has a solution. Never happens in the exact kernel.
    #[error("{step}: {source}")]
    Unsolvable {
        /// The step of the construction.
        step: &'static str,
        /// What the kernel said.
        source: Unsolvable,
    },
}

impl Obstacle {
    /// For `map_err`: names the step in which a system was not solved.
    pub(crate) fn at(step: &'static str) -> impl FnOnce(Unsolvable) -> Self {
        move |source| Self::Unsolvable { step, source }
    }
}

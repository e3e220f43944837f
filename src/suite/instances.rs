//! Instances to try statements on: random, and adversarial in the ways that have broken proofs and programs.

use crate::network::{Activation, Loss, Parameters};
use crate::statement::Problem;
use rug::Rational;

/// A problem, two networks for it, and a loss.
#[derive(Debug, Clone)]
pub struct Instance {
    /// What it is, in a few words.
    pub name: String,
    /// σ, X and the widths.
    pub problem: Problem,
    /// One end.
    pub from: Parameters<Rational>,
    /// The other.
    pub to: Parameters<Rational>,
    /// φ.
    pub loss: Loss,
    /// For what else a statement asks to be chosen.
    pub choice: u64,
    /// Whether its samples and breakpoints are of ordinary size and distance.
    pub plain: bool,
}

impl Instance {
    /// A number so far above the infimum of the loss, which is where a descent may come.
    pub fn epsilon(&self, above: (u32, u32)) -> Rational {
        self.loss.infimum(64).hi() + Rational::from(above)
    }
}

/// What is special about the networks or data of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Twist {
    /// Nothing: small random rationals.
    Generic,
    /// The first network is zero throughout.
    Zero,
    /// Both are.
    BothZero,
    /// Half of the hidden neurons have zero outgoing weights.
    DeadNeurons,
    /// All neurons of a hidden layer have the same incoming weights.
    EqualNeurons,
    /// The second network is the first with its hidden neurons in another order.
    Permuted,
    /// The two networks are one.
    Identical,
    /// Weights of magnitude 2^±200.
    HugeAndTiny,
    /// The last samples differ from the first in 2^-100 only.
    NearlyEqualSamples,
}

impl Twist {
    /// All of them.
    pub const ALL: [Twist; 9] = [
        Twist::Generic,
        Twist::Zero,
        Twist::BothZero,
        Twist::DeadNeurons,
        Twist::EqualNeurons,
        Twist::Permuted,
        Twist::Identical,
        Twist::HugeAndTiny,
        Twist::NearlyEqualSamples,
    ];

    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Twist::Generic => "generic",
            Twist::Zero => "from the zero network",
            Twist::BothZero => "both ends zero",
            Twist::DeadNeurons => "dead neurons",
            Twist::EqualNeurons => "equal neurons",
            Twist::Permuted => "permuted neurons",
            Twist::Identical => "identical ends",
            Twist::HugeAndTiny => "weights of 2^200 and 2^-200",
            Twist::NearlyEqualSamples => "samples 2^-100 apart",
        }
    }
}

/// The activations that statements are tried with; all satisfy Assumption 2.2.
///
/// # Panics
/// Never: the texts are constants that every test reads.
pub fn activations() -> Vec<Activation> {
    let many: Vec<String> = (0..24).map(|i| i.to_string()).collect();
    let slopes: Vec<String> = (0..25).map(|i| format!("{}/3", 1 + (i * 7) % 5)).collect();
    let dozens = format!("pl:breakpoints={};slopes={};value=-1/2", many.join(","), slopes.join(","));
    ["relu", "leaky-relu=0.01", "abs", "hard-tanh", "pl:breakpoints=-1,1/2;slopes=-2,-1/3,-1;value=0", &dozens]
        .iter()
        .map(|text| text.parse().expect("an activation"))
        .collect()
}

/// Those that are strictly monotone and onto as well (Assumption 2.1).
pub fn monotone_activations() -> Vec<Activation> {
    activations().into_iter().filter(Activation::is_strictly_monotone_onto).collect()
}

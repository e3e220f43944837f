//! Sublevel sets that **are** disconnected, with exact certificates: the thresholds of the theorems are sharp.
//!
//! The loss is Φ(θ) = ½ ‖F_L(θ) − Y‖². If a continuous function f of θ vanishes only where Φ(θ) ≥ β, and θ⁺, θ⁻ have
//! f(θ⁺) > 0 > f(θ⁻) and losses below β, then for every α with max(Φ(θ⁺), Φ(θ⁻)) ≤ α < β the sublevel set {Φ ≤ α} is
//! disconnected: on a path between the two f vanishes somewhere, and there Φ ≥ β > α. Five such f, called
//! [`Obstruction`]s:
//!
//! 1. **The outgoing weight of a single neuron.** One output, and one neuron in the last hidden layer: f = W_L. Where it
//!    is 0 the output is constant, so Φ is at least ½ Σ (y_i − ȳ)².
//! 2. **The first outgoing weight of a row of neurons.** One input, one output, one hidden layer of n neurons, inputs
//!    x_1 < … < x_N, targets that alternate: y_(i+1) − y_i changes its sign with every i. Where f = W_2(1, 1) is 0, n − 1
//!    neurons are left, a function with at most R monotone runs: R = 0 for n = 1, R = 1 for n = 2 and monotone σ, else
//!    R = (n − 1) r + 1 with r the number of kinks of σ. N − 1 alternations need N − 1 runs; if N − 1 > R, then for some i
//!    the output does not move strictly the way of δ = y_(i+1) − y_i, so the residuals e satisfy |e_(i+1) − e_i| ≥ |δ|,
//!    and Φ ≥ ½ (e_i² + e_(i+1)²) ≥ ¼ δ². So β = ¼ min δ².
//! 3. **The determinant of the last features.** n_(L−1) = N − 1, any depth, any σ, any inputs: f = det [F_(L−1), 1]. Where
//!    it is 0 there is u ≠ 0 with uᵀ[F_(L−1), 1] = 0, hence uᵀF_L = 0 and u ⟂ 1, and
//!    ‖F_L − Y‖² ≥ ‖uᵀ(F_L − Y)‖²/‖u‖² = ‖uᵀY‖²/‖u‖² ≥ μ, where μ is such that ‖uᵀY‖² ≥ μ‖u‖² for all u ⟂ 1. With the
//!    centred targets G this is G Gᵀ − μ (I − 11ᵀ/N) ⪰ 0, decided exactly. So β = μ/2. There is a μ > 0 exactly if
//!    rank [Y, 1] = N. Exchanging two neurons changes the sign of f and nothing else.
//!
//! 4. **The order of the neurons.** One hidden layer of n neurons, leaky ReLU of slope s, n + 1 ≥ 3 samples with inputs on a
//!    line, and a direction u for which y = Y u, in their order, has second differences γ that alternate: f is the least of the
//!    signed weights and of the distances of the kinks. With f = 0 a neuron is dead or two kinks coincide, and what is left
//!    cannot bend as often as it has to, or only in a function that never moves one way (the argument stands in
//!    `crates/checker/src/objects/ordered.rs`). If y itself alternates, β = ¼ min δ²/‖u‖² with its steps δ. Exchanging two
//!    neurons changes nothing but the order.
//! 5. **The determinant of the last weights.** n_(L−1) = n_L, any depth, any σ, any number of samples, all other layers as wide
//!    as one likes: f = det W_L. Where it is 0, F_L u is constant for some u ≠ 0, and with the centred targets G
//!    ‖F_L − Y‖² ≥ ‖G u‖²/‖u‖² ≥ μ, if GᵀG − μ I ⪰ 0. So β = μ/2; there is a μ > 0 exactly if rank G = n_L.
//!
//! By 3., width N in "one hidden layer of width N makes all sublevel sets connected" cannot be lowered to N − 1, for any
//! N, any σ with two slopes, any distinct inputs and any targets with rank [Y, 1] = N. With a *single* output, 1. shows the
//! same for N = 2 and 4. for every N ≥ 3 (ReLU, leaky ReLU); by 4. the threshold is N for every rank [Y, 1] ≥ 2. 2. is about
//! width N − 2. By 5. the hypothesis n_(L−1) > n_L of Theorems 3.2 and 5.1 cannot be dropped.
//!
//! # Example
//! ```
//! use sublevel::statement::disconnection::two_samples;
//!
//! // N = 2 and one hidden leaky ReLU of slope 1/100: width N − 1.
//! let levels = two_samples((1, 100).into()).unwrap().verify().unwrap();
//! assert_eq!((levels.attained, levels.barrier), (0.into(), (1, 4).into()));
//! ```

mod double;
mod instances;
mod last_weights;
mod ordered;

pub use instances::{NoInstance, alternating_targets, independent_targets, two_samples};
pub(super) use instances::{largest_margin, target_margin};
pub use last_weights::last_weights;
pub use ordered::{ordered_neurons, ordered_outputs};

use super::exact_signs::{determinant, squares};
use super::exact_text;
use super::object::{Refused, number, prove};
use crate::{
    arith::write_rational,
    certificate::{
        Object,
        object::{Factors, Function, Networks},
    },
    checker::Finding,
    network::{Activation, Parameters},
    path::{to_activation, to_fraction, to_layers, to_matrix},
};
use nalgebra::DMatrix;
use rug::Rational;
use serde::Serialize;
use std::fmt;

/// The function that cannot vanish on the sublevel set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstruction {
    /// W_L of a network with one output and one neuron in its last hidden layer.
    SingleNeuron,
    /// W_2(1, 1) of a network with one input, one output and one hidden layer, on alternating targets.
    Alternation,
    /// The least of the signed weights and kink distances of n neurons in one hidden layer, on n + 1 samples with inputs on a
    /// line.
    Ordered {
        /// u, [m, 1]; for m = 1 it may be missing.
        direction: Option<DMatrix<Rational>>,
        /// The n + 1 samples in their order on the line, from 0; all, if missing.
        samples: Option<Vec<usize>>,
    },
    /// det W_L for n_(L−1) = n_L, with ‖G u‖² ≥ μ ‖u‖² for all u, G the centred targets.
    LastWeights {
        /// μ > 0.
        margin: Rational,
    },
    /// det [F_(L−1), 1] for n_(L−1) = N − 1, with ‖uᵀY‖² ≥ μ ‖u‖² for all u ⟂ 1.
    Features {
        /// μ > 0.
        margin: Rational,
    },
}

/// Two points that lie in different components of a sublevel set.
#[derive(Debug, Clone, PartialEq)]
pub struct Disconnection {
    /// σ.
    pub activation: Activation,
    /// X, [N, d].
    pub inputs: DMatrix<Rational>,
    /// Y, [N, m].
    pub targets: DMatrix<Rational>,
    /// The function f.
    pub obstruction: Obstruction,
    /// θ⁺, where f > 0.
    pub positive: Parameters<Rational>,
    /// θ⁻, where f < 0.
    pub negative: Parameters<Rational>,
}

/// For attained ≤ α < barrier the sublevel set {Φ ≤ α} is disconnected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Levels {
    /// max(Φ(θ⁺), Φ(θ⁻)).
    #[serde(serialize_with = "exact_text::number")]
    pub attained: Rational,
    /// β.
    #[serde(serialize_with = "exact_text::number")]
    pub barrier: Rational,
}

impl Disconnection {
    /// The checker's answer: the levels between which the sublevel set is disconnected.
    ///
    /// # Errors
    /// [`Refused`] names what does not hold.
    pub fn verify(&self) -> Result<Levels, Refused> {
        match prove(self.object())? {
            Finding::Separated { attained, barrier } => {
                Ok(Levels { attained: number(&attained), barrier: number(&barrier) })
            }
            other => unreachable!("{other}"),
        }
    }

    /// All that the checker needs.
    pub fn object(&self) -> Object {
        Object::Networks(Box::new(Networks {
            widths: self.positive.widths(),
            activation: to_activation(&self.activation),
            inputs: to_matrix(&self.inputs),
            targets: to_matrix(&self.targets),
            function: self.function(),
            positive: to_layers(&self.positive),
            negative: to_layers(&self.negative),
        }))
    }

    /// f, and what shows it.
    fn function(&self) -> Function {
        let by_determinant = |name, margin, form| Function {
            margin: Some(to_fraction(margin)),
            squares: Some(squares(&form).0),
            positive: self.determinant(&self.positive),
            negative: self.determinant(&self.negative),
            ..Function::named(name)
        };
        match &self.obstruction {
            Obstruction::SingleNeuron => Function::named("single-neuron"),
            Obstruction::Alternation => Function::named("alternation"),
            Obstruction::Ordered { direction, samples } => Function {
                direction: direction.as_ref().map(to_matrix),
                samples: samples.clone(),
                ..Function::named("ordered")
            },
            Obstruction::Features { margin } => by_determinant("features", margin, margin_form(&self.targets, margin)),
            Obstruction::LastWeights { margin } => {
                by_determinant("last-weights", margin, output_form(&self.targets, margin))
            }
        }
    }

    /// The determinant of [F_(L−1), 1], or of W_L, with its factors, if that is a square matrix.
    fn determinant(&self, parameters: &Parameters<Rational>) -> Option<Factors> {
        let matrix = if let Obstruction::LastWeights { .. } = self.obstruction {
            last_matrix(parameters)
        } else {
            let fits = parameters.widths().first() == Some(&self.inputs.ncols());
            fits.then(|| self.last_features(parameters))?
        };
        matrix.is_square().then(|| determinant(&matrix).1)
    }

    /// [F_(L−1), 1], shape [N, n_(L−1) + 1].
    fn last_features(&self, parameters: &Parameters<Rational>) -> DMatrix<Rational> {
        let (_, hidden) = parameters.layers().split_last().expect("networks have layers");
        hidden.iter().fold(ones_appended(&self.inputs), |features, layer| {
            ones_appended(&product(&features, layer).map(|entry| self.activation.evaluate(&entry)))
        })
    }

    /// F_L, [N, m].
    fn output(&self, parameters: &Parameters<Rational>) -> DMatrix<Rational> {
        product(&self.last_features(parameters), parameters.layer(parameters.depth()))
    }

    /// Φ(θ) = ½ ‖F_L − Y‖².
    ///
    /// # Panics
    /// Unless the network fits the data.
    pub fn loss(&self, parameters: &Parameters<Rational>) -> Rational {
        let mut residual = self.output(parameters);
        residual.zip_apply(&self.targets, |entry, target| *entry -= target);
        squared_norm(&residual) / 2u32
    }
}

/// G Gᵀ − μ (I − 11ᵀ/N), which is positive semidefinite if ‖uᵀY‖² ≥ μ ‖u‖² for all u ⟂ 1.
pub(super) fn margin_form(targets: &DMatrix<Rational>, margin: &Rational) -> DMatrix<Rational> {
    let (samples, centred) = (targets.nrows(), centred(targets));
    let share = Rational::from(margin / samples as u64);
    let mut form = product(&centred, &centred.transpose());
    for i in 0..samples {
        for j in 0..samples {
            form[(i, j)] += &share;
        }
        form[(i, i)] -= margin;
    }
    form
}

/// GᵀG − μ I, which is positive semidefinite if ‖G u‖² ≥ μ ‖u‖² for all u.
fn output_form(targets: &DMatrix<Rational>, margin: &Rational) -> DMatrix<Rational> {
    let centred = centred(targets);
    let mut form = product(&centred.transpose(), &centred);
    (0..targets.ncols()).for_each(|j| form[(j, j)] -= margin);
    form
}

/// W_L.
fn last_matrix(parameters: &Parameters<Rational>) -> DMatrix<Rational> {
    let last = parameters.layer(parameters.depth());
    last.rows(0, last.nrows() - 1).into_owned()
}

/// Y with the mean of every column subtracted.
fn centred(targets: &DMatrix<Rational>) -> DMatrix<Rational> {
    let samples = targets.nrows();
    let mean = |j: usize| targets.column(j).iter().sum::<Rational>() / samples as u64;
    DMatrix::from_fn(samples, targets.ncols(), |i, j| &targets[(i, j)] - mean(j))
}

fn squared_norm(matrix: &DMatrix<Rational>) -> Rational {
    matrix.iter().map(|entry| Rational::from(entry.square_ref())).sum()
}

fn ones_appended(matrix: &DMatrix<Rational>) -> DMatrix<Rational> {
    matrix.clone().insert_column(matrix.ncols(), Rational::from(1))
}

fn product(a: &DMatrix<Rational>, b: &DMatrix<Rational>) -> DMatrix<Rational> {
    DMatrix::from_fn(a.nrows(), b.ncols(), |i, j| (0..a.ncols()).map(|k| Rational::from(&a[(i, k)] * &b[(k, j)])).sum())
}

impl fmt::Display for Levels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [attained, barrier] = [&self.attained, &self.barrier].map(write_rational);
        write!(f, "for {attained} ≤ α < {barrier} the sublevel set Φ ≤ α is disconnected")
    }
}

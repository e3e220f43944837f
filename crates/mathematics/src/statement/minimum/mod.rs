//! **Bad local minima**: where a plateau is needed (the thesis's outlook, chapter 6).
//!
//! Φ(θ) = ½‖F − Y‖² of a network with one hidden layer, R = F − Y. Two certificates that a network is a minimum:
//!
//! * *In a cell.* No pre-activation is a breakpoint of σ, and the columns of R are orthogonal to all that is reached while
//!   none becomes one: to 1, to all features, and to D_j [X, 1] for the slopes D_j of every neuron. Then θ is a local minimum.
//! * *By Jensen's inequality* (Theorem 4): one output, σ convex, W_2 ≥ 0, ⟨R, F⟩ = 0, and R weighs the samples so that
//!   ⟨R, g⟩ ≥ 0 for every convex g. Then no network with W_2 ≥ 0 has a lower loss, and every path to a lower loss on which
//!   the loss never rises is at first constant in loss, for a length of at least the least outgoing weight.
//!
//! The proofs stand in `crates/checker/src/objects/minimum.rs`. For one input x_1 < … < x_N the weights exist exactly if
//! R is orthogonal to 1 and x, and S_k = Σ_{i>k} R_i (x_i − x_k) ≥ 0 for all k: by Abel, ⟨R, g⟩ is the sum of S_k times the
//! jump of g's slope at x_k ([`Minimum::by_jensen`]).
//!
//! **When there are bad ones** (Theorem 3), for a strictly monotone σ that is onto, with two slopes, n ≥ N − 1 neurons and distinct
//! inputs: exactly if rank [X, 1] < N. If it is less, [`affine_fit`] makes one for every Y that is not affine in X. If it is N,
//! there is a line from every network above the infimum on which the loss falls strictly ([`leave::falling_line`]). For one input and one output
//! [`convex_fit`] makes one that is minimal among all networks with W_2 ≥ 0, and [`leave::over_the_edge`] the way out.
//!
//! **A plateau is necessary exactly at bad local minima** (Theorem 2): elsewhere θ is in the closure of {Φ < Φ(θ)}, and a
//! curve into it exists on which Φ falls strictly (curve selection for semialgebraic sets), from where [`mod@super::tilt`]
//! goes on. That curve is on paper only; the certificates are those of its two ends.
//!
//! # Example
//! ```
//! use sublevel::{example::integers, network::Activation, statement::minimum::{Extent, convex_fit}};
//!
//! // Two neurons of slope 1/2 on three samples: the best convex fit of (0, 3, 0) is 1.
//! let (x, y) = (integers(3, 1, &[-1, 0, 1]), integers(3, 1, &[0, 3, 0]));
//! let found = convex_fit(&(1, 2).into(), &x, &y, 2).unwrap().with_lower().verify().unwrap();
//! assert_eq!((found.value, found.lower), (3.into(), Some(0.into())));
//! assert_eq!(found.extent, Extent::Orthant { least: 1.into() });
//! ```

mod double;
mod fits;
pub mod leave;

pub use fits::{NoMinimum, affine_fit, convex_fit};

use super::descend::descend;
use super::object::{Refused, number, prove};
use super::{Goal, Problem};
use crate::certificate::{Object, object};
use crate::checker::{self, Finding};
use crate::linalg::Exact;
use crate::network::{Loss, Parameters, forward};
use crate::path::{to_activation, to_layers, to_matrix};
use nalgebra::DMatrix;
use rug::Rational;
use serde::Serialize;

/// A network with one hidden layer that is claimed to be a minimum of ½‖F − Y‖².
#[derive(Debug, Clone)]
pub struct Minimum {
    /// σ, X and the widths.
    pub problem: Problem,
    /// Y, [N, n_2].
    pub targets: DMatrix<Rational>,
    /// The network.
    pub network: Parameters<Rational>,
    /// P [N, N], if it is claimed to be one among all networks with W_2 ≥ 0.
    pub barycentres: Option<DMatrix<Rational>>,
    /// A network with a lower loss.
    pub lower: Option<Parameters<Rational>>,
}

/// What the checker says of a minimum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proved {
    /// Φ there, above 0.
    #[serde(serialize_with = "super::exact_text::number")]
    pub value: Rational,
    /// Φ at the network with a lower loss.
    #[serde(serialize_with = "super::exact_text::optional")]
    pub lower: Option<Rational>,
    /// Among which networks it is one.
    pub extent: Extent,
}

/// Among which networks one is a minimum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Extent {
    /// Among those nearer than this.
    Cell {
        /// The square of the distance in the space of all parameters; none without breakpoints.
        #[serde(serialize_with = "super::exact_text::optional")]
        squared_radius: Option<Rational>,
    },
    /// Among those with W_2 ≥ 0.
    Orthant {
        /// The least entry of W_2: the loss is constant for this length at least on every path that never rises and gets lower.
        #[serde(serialize_with = "super::exact_text::number")]
        least: Rational,
    },
}

impl Minimum {
    /// One in its cell.
    pub fn in_cell(problem: Problem, targets: DMatrix<Rational>, network: Parameters<Rational>) -> Self {
        Minimum { problem, targets, network, barycentres: None, lower: None }
    }

    /// One by Jensen's inequality, for one input: P_{k,k±1} = S_k/|x_{k±1} − x_k|, samples in ascending order.
    ///
    /// `None` unless there are one input, two samples and targets for them. Whether P ≥ 0 the checker says.
    pub fn by_jensen(problem: Problem, targets: DMatrix<Rational>, network: Parameters<Rational>) -> Option<Self> {
        let samples = problem.samples();
        let fits = problem.inputs.ncols() == 1 && samples > 1 && targets.shape() == (samples, 1);
        let minimum = fits.then(|| Minimum::in_cell(problem, targets, network))?;
        let residual = minimum.residual(&minimum.network);
        let x = &minimum.problem.inputs;
        let mut order: Vec<usize> = (0..samples).collect();
        order.sort_by(|&a, &b| x[a].cmp(&x[b]));
        let mut weights = DMatrix::from_element(samples, samples, Rational::new());
        for (place, &k) in order.iter().enumerate().take(samples - 1).skip(1) {
            let above = order[place + 1..].iter();
            let sum: Rational = above.map(|&i| Rational::from(&x[i] - &x[k]) * &residual[i]).sum();
            for near in [order[place - 1], order[place + 1]] {
                let distance = Rational::from(&x[near] - &x[k]).abs();
                if !distance.is_zero() {
                    weights[(k, near)] = &sum / distance;
                }
            }
        }
        Some(Minimum { barycentres: Some(weights), ..minimum })
    }

    /// The same with a network of zero loss beside it, if the layer has N − 1 neurons and distinct samples: by the descent of
    /// Theorem 6.1.
    pub fn with_lower(self) -> Self {
        let loss = Loss::square(self.targets.clone());
        let epsilon = self.loss(&self.network) / 2u32;
        let path = descend(&Exact, &self.problem, &Goal::never_rising(&loss, &epsilon), 1, &self.network);
        let lower = path.ok().map(|path| path.end()).filter(|end| *end != self.network);
        Minimum { lower, ..self }
    }

    /// All that the checker needs.
    pub fn object(&self) -> Object {
        Object::Minimum(Box::new(object::Minimum {
            network: object::Network {
                widths: self.problem.widths.clone(),
                activation: to_activation(&self.problem.activation),
                layers: to_layers(&self.network),
            },
            inputs: to_matrix(&self.problem.inputs),
            targets: to_matrix(&self.targets),
            barycentres: self.barycentres.as_ref().map(to_matrix),
            lower: self.lower.as_ref().map(to_layers),
        }))
    }

    /// The checker's answer.
    ///
    /// # Errors
    /// [`Refused`] names what does not hold.
    pub fn verify(&self) -> Result<Proved, Refused> {
        match prove(self.object())? {
            Finding::Minimum { value, lower, extent, .. } => Ok(Proved {
                value: number(&value),
                lower: lower.as_ref().map(number),
                extent: match extent {
                    checker::Extent::Cell { squared_radius } => {
                        Extent::Cell { squared_radius: squared_radius.as_ref().map(number) }
                    }
                    checker::Extent::Orthant { least } => Extent::Orthant { least: number(&least) },
                },
            }),
            other => unreachable!("{other}"),
        }
    }

    /// F − Y at a network of the same widths, [N, n_2].
    ///
    /// # Panics
    /// If the network has other widths.
    pub fn residual(&self, network: &Parameters<Rational>) -> DMatrix<Rational> {
        let pass = forward(&Exact, &self.problem.activation.import(&Exact), &self.problem.inputs, network);
        let pass = pass.expect("inputs and network fit");
        pass.output().zip_map(&self.targets, |f, y| f - y)
    }

    /// ½‖F − Y‖² at a network of the same widths.
    ///
    /// # Panics
    /// If the network has other widths.
    pub fn loss(&self, network: &Parameters<Rational>) -> Rational {
        self.residual(network).iter().map(|r| Rational::from(r.square_ref())).sum::<Rational>() / 2u32
    }
}

//! **No network is a strict local minimum** of (13) of IJCAI 2020, against its Theorem 1.
//!
//! F = Φ(f) + κ (Σ_i ‖w_2i‖_1 ‖w_1i‖_2 + ‖W_2 V_1‖_1 + Σ_i ‖v_2i‖_1 ‖w_1i‖_2 + Σ ‖θ_l‖_F) for any Φ of the outputs
//! f(x) = W_2 (σ(W_1 x) + V_1 θ_k σ(… θ_1 σ(V_2 σ(W_1 x)))), with σ(c t) = c σ(t) for c > 0.
//! 1. *w_1i and row i of V_1 times c, w_2i and v_2i over c*: w_2i σ(w_1i x), v_2i σ(w_1i x), W_2 V_1, ‖w_2i‖_1 ‖w_1i‖_2 and
//!    ‖v_2i‖_1 ‖w_1i‖_2 stay, and with them f(x) for every x and all terms. So it is for every c > 0: if one c ≠ 1 makes another
//!    network, all of them do, and those near 1 are near.
//! 2. *w_1i = 0*: σ(w_1i x) = 0 and ‖w_1i‖_2 = 0, and v_2i has no influence; all networks on the straight line to the second one are as good.

use crate::rational::Rational;
use crate::{
    certificate::{
        self, Exceeded, Limits,
        object::{Rescaled, ResidualNetwork},
    },
    finding::{Finding, Unproved},
    matrix::{Matrix, Reading, fraction},
    verdict::{Failure, Part, Rejection},
};
use num_bigint::BigInt;
use num_traits::Signed;

pub fn check(object: &Rescaled, reading: Reading, limits: &Limits) -> Result<Finding, Failure> {
    let refused = |why: Unproved| Err(Rejection::from(why).into());
    let [from, to] = [&object.from, &object.to].map(|network| Network::read(network, reading));
    let (from, to, neuron) = (from?, to?, object.neuron);
    let neurons = from.stem.rows();
    if neuron >= neurons {
        return refused(Unproved::RescaledNeuron { neuron, neurons });
    }
    let factor = object.factor.as_ref().map(fraction).transpose()?;
    let expected = match &factor {
        Some(factor) if !factor.is_positive() => return refused(Unproved::RescaledFactor),
        Some(factor) => from.scaled(neuron, factor, limits)?,
        None if from.stem.live_rows()[neuron] => return refused(Unproved::RescaledLives),
        None => from.with_column(neuron, &to.first),
    };
    if let Some(part) = expected.first_difference(&to) {
        return refused(Unproved::NotRescaled { part });
    }
    match from.first_difference(&to) {
        None => refused(Unproved::EqualNetworks),
        Some(_) => Ok(Finding::Rescaled { neurons, neuron, factor }),
    }
}

/// The matrices of a network.
#[derive(Clone)]
struct Network {
    stem: Matrix,
    head: Matrix,
    first: Matrix,
    inner: Vec<Matrix>,
    last: Matrix,
}

impl Network {
    fn read(source: &ResidualNetwork, reading: Reading) -> Result<Self, Rejection> {
        let neurons = source.stem.rows;
        let read = |matrix: &certificate::Matrix, name, shape| Matrix::read(matrix, Part::Object(name), shape, reading);
        let mut inner = vec![];
        let mut width = source.first.rows;
        for theta in &source.inner {
            inner.push(read(theta, "inner layer", (theta.rows, width))?);
            width = theta.rows;
        }
        Ok(Network {
            stem: read(&source.stem, "stem", (neurons, source.stem.cols))?,
            head: read(&source.head, "head", (source.head.rows, neurons))?,
            first: read(&source.first, "first layer of the block", (source.first.rows, neurons))?,
            last: read(&source.last, "last layer of the block", (neurons, width))?,
            inner,
        })
    }

    /// Neuron i with its weights times c, over c, over c, times c.
    fn scaled(&self, neuron: usize, factor: &Rational, limits: &Limits) -> Result<Self, Exceeded> {
        // The others get the denominator for a factor, before it is cancelled; rows are there twice, as columns too.
        for matrix in [&self.stem, &self.head, &self.first, &self.last] {
            let bits = matrix.bits() + factor.numer().bits() + factor.denom().bits();
            limits.allow_memory(2 * matrix.numbers().len() as u64, bits)?;
        }
        let [up, down] = [factor.clone(), factor.recip()].map(|factor| self.diagonal(neuron, &factor));
        let rows = |matrix: &Matrix| matrix.transposed().scaled_columns(&up).transposed();
        Ok(Network {
            stem: rows(&self.stem),
            head: self.head.scaled_columns(&down),
            first: self.first.scaled_columns(&down),
            inner: self.inner.clone(),
            last: rows(&self.last),
        })
    }

    /// Ones, and the factor at the neuron, `[1, m]`.
    fn diagonal(&self, neuron: usize, factor: &Rational) -> Matrix {
        let mut row: Vec<BigInt> = vec![factor.denom().clone(); self.stem.rows()];
        row[neuron] = factor.numer().clone();
        self.stem.with((1, row.len()), row, factor.denom().clone())
    }

    /// The column of neuron i in V_2 taken from another matrix, if it has the shape.
    fn with_column(&self, neuron: usize, other: &Matrix) -> Self {
        let mut network = self.clone();
        if (other.rows(), other.cols()) == (self.first.rows(), self.first.cols()) {
            let mut keep = vec![true; other.cols()];
            keep[neuron] = false;
            let rest = self.first.keep_columns(&keep);
            keep.iter_mut().for_each(|keep| *keep = !*keep);
            network.first = rest.plus(&other.keep_columns(&keep));
        }
        network
    }

    /// What is another matrix.
    fn first_difference(&self, other: &Self) -> Option<&'static str> {
        [
            ("W_1", self.stem != other.stem),
            ("W_2", self.head != other.head),
            ("V_2", self.first != other.first),
            ("θ", self.inner != other.inner),
            ("V_1", self.last != other.last),
        ]
        .into_iter()
        .find_map(|(part, differs)| differs.then_some(part))
    }
}

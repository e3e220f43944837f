//! The networks (19) of IJCAI 2020, and **why Theorem 1 is about nothing**.
//!
//! *Theorem 1: strict local minima of F with F ≥ e(l) have a depth of O(m^((η − 1)/n)) at most. Assumption 1: all strict local minima of
//! (13) have the terms of R bounded by a constant.*
//!
//! (13) has no strict local minimum. Multiplying w_1i by c > 0, w_2i and v_2i by 1/c and row i of V_1 by c changes neither the output nor any
//! term of R: w_2i σ(w_1i x), v_2i σ(w_1i x), W_2 V_1, ‖w_2i‖_1 ‖w_1i‖_2 and ‖v_2i‖_1 ‖w_1i‖_2 stay. For c ≠ 1 it is another
//! network unless all of these are 0, and then v_2i is free: its neuron is 0. So Theorem 1 is empty, and Assumption 1 always holds and bounds
//! nothing. (m ≥ 1 and the block has an input.)
//!
//! # Example
//! ```
//! use sublevel::statement::residual::model::Skip;
//!
//! let network = Skip::from_integers(&[&[1, 2], &[3, -1]], &[&[1, -2]], &[&[2, 0]], &[&[&[3]]], &[&[1], &[4]]);
//! let (inputs, c) = ([2.into(), 1.into()], (101, 100).into());
//! let near = network.beside(0, &c);
//! assert!(near != network && near.output(&inputs) == network.output(&inputs));
//! assert_eq!(near.invariants(), network.invariants());
//! assert!(sublevel::statement::object::prove(network.no_strict_minimum(0, &c)).is_ok());
//! ```

use crate::certificate::{Object, object};
use crate::linalg::Exact;
use crate::linalg::Kernel;
use crate::path::{to_fraction, to_matrix};
use nalgebra::DMatrix;
use rug::Rational;

/// A network x ↦ W_2 (σ(W_1 x) + V_1 θ_k σ(… θ_1 σ(V_2 σ(W_1 x)))); x is a column, as in the paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skip {
    /// W_1, `[m, n]`.
    pub stem: DMatrix<Rational>,
    /// W_2, `[d_y, m]`.
    pub head: DMatrix<Rational>,
    /// V_2, `[d_g, m]`.
    pub first: DMatrix<Rational>,
    /// θ_1, …, θ_k.
    pub inner: Vec<DMatrix<Rational>>,
    /// V_1, `[m, d_o]`.
    pub last: DMatrix<Rational>,
}

/// What R is made of, with squares in the place of roots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invariants {
    /// (‖w_2i‖_1 ‖w_1i‖_2)² and (‖v_2i‖_1 ‖w_1i‖_2)² of every neuron.
    pub neurons: Vec<[Rational; 2]>,
    /// ‖W_2 V_1‖_1.
    pub product: Rational,
    /// ‖θ_i‖_F².
    pub inner: Vec<Rational>,
}

impl Skip {
    /// The certificate that this network is no strict local minimum of (13), by the one beside it.
    ///
    /// # Panics
    /// If c is not positive, or neuron i is not there.
    pub fn no_strict_minimum(&self, i: usize, c: &Rational) -> Object {
        self.beside_by(i, self.beside(i, c), c)
    }

    /// The same with any network for the other one.
    ///
    /// # Panics
    /// If neuron i is not there.
    pub fn beside_by(&self, i: usize, to: Skip, c: &Rational) -> Object {
        let factor = (!self.is_idle(i)).then(|| to_fraction(c));
        Object::Rescaled(Box::new(object::Rescaled { from: self.record(), to: to.record(), neuron: i, factor }))
    }

    fn record(&self) -> object::ResidualNetwork {
        let [stem, head, first, last] = [&self.stem, &self.head, &self.first, &self.last].map(to_matrix);
        object::ResidualNetwork { stem, head, first, inner: self.inner.iter().map(to_matrix).collect(), last }
    }

    /// Whether w_1i, w_2i and row i of V_1 are 0.
    fn is_idle(&self, i: usize) -> bool {
        let zero = |list: &[Rational]| list.iter().all(Rational::is_zero);
        let [stem, last] = [&self.stem, &self.last].map(|layer| layer.row(i).iter().all(Rational::is_zero));
        stem && last && zero(self.head.column(i).as_slice())
    }

    /// From integers, for examples.
    ///
    /// # Panics
    /// If rows have different lengths.
    pub fn from_integers(
        stem: &[&[i32]],
        head: &[&[i32]],
        first: &[&[i32]],
        inner: &[&[&[i32]]],
        last: &[&[i32]],
    ) -> Self {
        let matrix = |rows: &[&[i32]]| {
            assert!(rows.iter().all(|row| row.len() == rows[0].len()), "rows of one length");
            DMatrix::from_fn(rows.len(), rows[0].len(), |i, j| Rational::from(rows[i][j]))
        };
        let inner = inner.iter().map(|theta| matrix(theta)).collect();
        Skip { stem: matrix(stem), head: matrix(head), first: matrix(first), inner, last: matrix(last) }
    }

    /// m.
    pub fn neurons(&self) -> usize {
        self.stem.nrows()
    }

    /// σ(W_1 x), `[m, 1]`.
    pub fn features(&self, x: &[Rational]) -> DMatrix<Rational> {
        relu(Exact.product(&self.stem, &DMatrix::from_column_slice(x.len(), 1, x)))
    }

    /// W_2 V_1, `[d_y, d_o]`.
    pub fn product(&self) -> DMatrix<Rational> {
        Exact.product(&self.head, &self.last)
    }

    /// What the block adds to the output: W_2 V_1 g.
    pub fn block(&self, x: &[Rational]) -> Vec<Rational> {
        let inside = Exact.product(&self.first, &self.features(x));
        let inside = self.inner.iter().fold(inside, |z, theta| Exact.product(theta, &relu(z)));
        Exact.product(&self.product(), &inside).iter().cloned().collect()
    }

    /// f(x).
    pub fn output(&self, x: &[Rational]) -> Vec<Rational> {
        let skip = Exact.product(&self.head, &self.features(x));
        skip.iter().zip(self.block(x)).map(|(skip, block)| block + skip).collect()
    }

    /// What R is made of.
    pub fn invariants(&self) -> Invariants {
        let neuron = |i: usize| {
            let stem: Rational = squares(self.stem.row(i).iter());
            [&self.head, &self.first].map(|layer| sizes(layer.column(i).iter()).square() * &stem)
        };
        Invariants {
            neurons: (0..self.neurons()).map(neuron).collect(),
            product: sizes(self.product().iter()),
            inner: self.inner.iter().map(|theta| squares(theta.iter())).collect(),
        }
    }

    /// Neuron i with its weights multiplied by c, 1/c, 1/c and c; where they all are 0, v_2i moved by c − 1 in each entry.
    ///
    /// # Panics
    /// If c is not positive.
    #[must_use]
    pub fn beside(&self, i: usize, c: &Rational) -> Self {
        assert!(*c > 0, "c > 0");
        let mut other = self.clone();
        if self.is_idle(i) {
            other.first.column_mut(i).iter_mut().for_each(|weight| *weight += Rational::from(c - 1));
            return other;
        }
        other.stem.row_mut(i).iter_mut().for_each(|weight| *weight *= c);
        other.last.row_mut(i).iter_mut().for_each(|weight| *weight *= c);
        other.head.column_mut(i).iter_mut().for_each(|weight| *weight /= c);
        other.first.column_mut(i).iter_mut().for_each(|weight| *weight /= c);
        other
    }
}

/// σ of every entry.
fn relu(matrix: DMatrix<Rational>) -> DMatrix<Rational> {
    matrix.map(|entry| if entry > 0 { entry } else { Rational::new() })
}

/// Σ |a|.
pub(super) fn sizes<'a>(entries: impl Iterator<Item = &'a Rational>) -> Rational {
    entries.map(|entry| Rational::from(entry.abs_ref())).sum()
}

/// Σ a².
pub(super) fn squares<'a>(entries: impl Iterator<Item = &'a Rational>) -> Rational {
    entries.map(|entry| Rational::from(entry.square_ref())).sum()
}

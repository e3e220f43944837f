//! **Theorem 8, Lemma 10 and Lemma 9** (IJCAI 2020) with what holds of them, exactly.
//!
//! *Theorem 8: with the square loss, wherever ∇F = 0, the terms of R are bounded by a constant.* Holds, for g without biases, with C = E‖y‖²/(2κ):
//! Σ ‖w_2i‖_1 ‖w_1i‖_2 + ‖W_2 V_1‖_1 ≤ C and ‖W_2 V_1‖_1 = Σ ‖v_2i‖_1 ‖w_1i‖_2 = ‖θ_i‖_F ≤ C, at every local minimum and every critical point. F is a smooth
//! function of t > 0 along t W_2, t V_1, t V_2 and t θ_i, as σ is homogeneous; with b = W_2 V_1 g its derivatives at t = 1 are
//!
//! 2 E⟨f − y, f⟩ + κ (R_2 + ‖W_2 V_1‖_1), 2 E⟨f − y, b⟩ + κ ‖W_2 V_1‖_1, 2 E⟨f − y, b⟩ + κ R_V, 2 E⟨f − y, b⟩ + κ ‖θ_i‖_F.
//!
//! Where the first one is 0, κ (R_2 + ‖W_2 V_1‖_1) = 2 E⟨y, f⟩ − 2 E‖f‖² ≤ E‖y‖²/2. The others make the rest equal. The printed proof replaces the
//! layers by scalars, with |tw| + |tv_1| + |tv_2| for R, which are not the terms of (13).
//!
//! *Lemma 10: E‖σ(w_1 x) − σ(w_2 x)‖² ≤ 4 ‖Σ_x‖ α² for unit vectors with an angle of at most α.* With the constant 1 and without angles:
//! ≤ (w − v)ᵀ Σ (w − v), as |σ(a) − σ(b)| ≤ |a − b|; and ‖w − v‖ ≤ α.
//!
//! *Lemma 9*, repaired: of m > 2 n l q^(n − 1) rows other than 0 some l + 1, scaled to the maximum norm 1, are pairwise within 2 √(n − 1)/q: as many cells of
//! edge 2/q make up the surface of the cube. So l of m = m^η rows come within O(m^((η − 1)/(n − 1))); for n = 1 they
//! are parallel.
//!
//! # Example
//! ```
//! use sublevel::statement::residual::bounds::{crowd, lemma_10};
//!
//! let rows = [[3, 1], [1, 2], [-1, 0], [2, 1], [0, -5]].map(|row| row.map(rug::Rational::from).to_vec());
//! // Two of five within the distance 2: one cell an edge.
//! let found = crowd(&rows, 1).unwrap();
//! assert_eq!((found.cells, found.rows, found.squared_distance), (1, vec![0, 3], 4.into()));
//! let [left, right] = lemma_10(&rows[0], &rows[1], &rows[2..]);
//! assert!(left <= right);
//! ```

use super::model::{Skip, sizes, squares};
use nalgebra::DMatrix;
use rug::{Integer, Rational};
use std::collections::BTreeMap;

/// The terms of R, where all roots are rational.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Norms {
    /// Σ ‖w_2i‖_1 ‖w_1i‖_2.
    pub head: Rational,
    /// ‖W_2 V_1‖_1.
    pub product: Rational,
    /// Σ ‖v_2i‖_1 ‖w_1i‖_2.
    pub first: Rational,
    /// ‖θ_i‖_F.
    pub inner: Vec<Rational>,
}

impl Norms {
    /// Of a network; none if a norm is no rational number.
    pub fn of(network: &Skip) -> Option<Self> {
        let (mut head, mut first) = (Rational::new(), Rational::new());
        for i in 0..network.neurons() {
            let stem = root(&squares(network.stem.row(i).iter()))?;
            head += sizes(network.head.column(i).iter()) * &stem;
            first += sizes(network.first.column(i).iter()) * stem;
        }
        let inner = network.inner.iter().map(|theta| root(&squares(theta.iter()))).collect::<Option<_>>()?;
        Some(Norms { head, product: sizes(network.product().iter()), first, inner })
    }

    /// The largest one of those that C bounds.
    pub fn largest(&self) -> Rational {
        let sum = Rational::from(&self.head + &self.product);
        self.inner.iter().cloned().chain([sum, self.first.clone()]).max().expect("two at least")
    }
}

/// An input and a target.
pub type Sample = (Vec<Rational>, Vec<Rational>);

/// The derivatives of F along t W_2, t V_1, t V_2 and t θ_i at t = 1.
pub fn derivatives(network: &Skip, norms: &Norms, samples: &[Sample], kappa: &Rational) -> Vec<Rational> {
    let (mut whole, mut block) = (Rational::new(), Rational::new());
    for (x, y) in samples {
        let output = network.output(x);
        let residual: Vec<Rational> = output.iter().zip(y).map(|(f, y)| Rational::from(f - y)).collect();
        whole += dot(&residual, &output);
        block += dot(&residual, &network.block(x));
    }
    let mean = |sum: Rational| sum * 2 / Integer::from(samples.len());
    let (whole, block) = (mean(whole), mean(block));
    let of = |slope: &Rational, norm: &Rational| Rational::from(norm * kappa) + slope;
    let first = of(&whole, &Rational::from(&norms.head + &norms.product));
    let rest = [&norms.product, &norms.first].into_iter().chain(&norms.inner).map(|norm| of(&block, norm));
    std::iter::once(first).chain(rest).collect()
}

/// C = E‖y‖²/(2κ).
pub fn theorem_8_constant(samples: &[Sample], kappa: &Rational) -> Rational {
    let sum: Rational = samples.iter().map(|(_, y)| squares(y.iter())).sum();
    sum / Integer::from(samples.len()) / kappa / 2
}

/// E (σ(w x) − σ(v x))² and (w − v)ᵀ Σ (w − v), both times the number of samples.
pub fn lemma_10(w: &[Rational], v: &[Rational], inputs: &[Vec<Rational>]) -> [Rational; 2] {
    let positive = |number: Rational| if number > 0 { number } else { Rational::new() };
    let (mut left, mut right) = (Rational::new(), Rational::new());
    for x in inputs {
        let (a, b) = (dot(w, x), dot(v, x));
        right += Rational::from(&a - &b).square();
        left += (positive(a) - positive(b)).square();
    }
    [left, right]
}

/// Rows that are near to each other once they are scaled to the maximum norm 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crowd {
    /// q: cells along an edge of the cube.
    pub cells: u32,
    /// Which rows, from 0: l + 1 of them.
    pub rows: Vec<usize>,
    /// 4 (n − 1)/q², which the square of no distance exceeds.
    pub squared_distance: Rational,
}

/// l + 1 rows in one cell of the cube's surface, for the largest q with m > 2 n l q^(n − 1); none if there is no such q, or a row is 0.
pub fn crowd(rows: &[Vec<Rational>], l: usize) -> Option<Crowd> {
    let n = rows.first()?.len();
    let enough = |q: u32| {
        let cells = rug::ops::Pow::pow(Integer::from(q), (n - 1) as u32) * (2 * n);
        cells * l < rows.len()
    };
    // On a line one cell is as good as many.
    let most = if n == 1 { 1 } else { u32::try_from(rows.len()).ok()? };
    let cells = (1..=most).take_while(|q| enough(*q)).last()?;
    let mut found: BTreeMap<Vec<i64>, Vec<usize>> = BTreeMap::new();
    for (index, row) in rows.iter().enumerate() {
        found.entry(cell(&on_cube(row)?, cells)).or_default().push(index);
    }
    let mut rows = found.into_values().max_by_key(Vec::len)?;
    rows.truncate(l + 1);
    let squared_distance = Rational::from((4 * (n - 1), u64::from(cells).pow(2)));
    (rows.len() > l).then_some(Crowd { cells, rows, squared_distance })
}

/// The row over its largest entry in size; none of 0.
pub fn on_cube(row: &[Rational]) -> Option<Vec<Rational>> {
    let largest = row.iter().map(|entry| Rational::from(entry.abs_ref())).max().filter(|largest| !largest.is_zero())?;
    Some(row.iter().map(|entry| Rational::from(entry / &largest)).collect())
}

/// Which facet of the cube a point is on, and which cell of it.
fn cell(point: &[Rational], cells: u32) -> Vec<i64> {
    let facet = point.iter().position(|entry| Rational::from(entry.abs_ref()) == 1).expect("it is on the cube");
    let side = if point[facet] > 0 { 1 } else { -1 };
    let place = |entry: &Rational| {
        let (_, floor) = (Rational::from(entry + 1) * cells / 2u32).fract_floor(Integer::new());
        floor.to_i64().expect("at most q").min(i64::from(cells) - 1)
    };
    let others = point.iter().enumerate().filter(|(k, _)| *k != facet).map(|(_, entry)| place(entry));
    [facet as i64 * side + if side > 0 { 1 } else { -1 }].into_iter().chain(others).collect()
}

/// The exact critical point: y = 3/2, κ = 1, one sample, one inner layer and all weights 1 but those that are 0.
pub fn critical_point() -> (Skip, Vec<Sample>, Rational) {
    let network = Skip::from_integers(&[&[1], &[0]], &[&[0, 1]], &[&[1, 0]], &[&[&[1]]], &[&[0], &[1]]);
    (network, vec![(vec![Rational::from(1)], vec![Rational::from((3, 2))])], Rational::from(1))
}

/// √a for a square of a rational number.
fn root(square: &Rational) -> Option<Rational> {
    let (numer, denom) = (square.numer(), square.denom());
    (numer.is_perfect_square() && denom.is_perfect_square())
        .then(|| Rational::from((numer.clone().sqrt(), denom.clone().sqrt())))
}

fn dot(left: &[Rational], right: &[Rational]) -> Rational {
    left.iter().zip(right).map(|(a, b)| Rational::from(a * b)).sum()
}

/// Targets with which all derivatives of [`derivatives`] are 0: the outputs, with α f + β b added, for the norms of a network
/// with ‖W_2 V_1‖_1 = Σ ‖v_2i‖_1 ‖w_1i‖_2 = ‖θ_i‖_F; none if these are not equal, or f and b are dependent.
///
/// With F_f = E⟨f, f⟩, F_b = E⟨f, b⟩, B_b = E⟨b, b⟩ the two conditions are 2 (α F_f + β F_b) = κ (R_2 + ‖W_2 V_1‖_1) and
/// 2 (α F_b + β B_b) = κ ‖W_2 V_1‖_1.
pub fn stationary_targets(network: &Skip, inputs: &[Vec<Rational>], kappa: &Rational) -> Option<Vec<Vec<Rational>>> {
    let norms = Norms::of(network)?;
    if norms.first != norms.product || norms.inner.iter().any(|norm| *norm != norms.product) {
        return None;
    }
    let outputs: Vec<Vec<Rational>> = inputs.iter().map(|x| network.output(x)).collect();
    let blocks: Vec<Vec<Rational>> = inputs.iter().map(|x| network.block(x)).collect();
    let mean = |left: &[Vec<Rational>], right: &[Vec<Rational>]| {
        left.iter().zip(right).map(|(a, b)| dot(a, b)).sum::<Rational>() / Integer::from(inputs.len())
    };
    let gram = DMatrix::from_row_slice(
        2,
        2,
        &[mean(&outputs, &outputs), mean(&outputs, &blocks), mean(&outputs, &blocks), mean(&blocks, &blocks)],
    );
    let determinant = Rational::from(&gram[(0, 0)] * &gram[(1, 1)]) - Rational::from(gram[(0, 1)].square_ref());
    if determinant.is_zero() {
        return None;
    }
    let right = [Rational::from(&norms.head + &norms.product), norms.product].map(|norm| norm * kappa / 2);
    let alpha = (Rational::from(&right[0] * &gram[(1, 1)]) - Rational::from(&right[1] * &gram[(0, 1)])) / &determinant;
    let beta = (Rational::from(&right[1] * &gram[(0, 0)]) - Rational::from(&right[0] * &gram[(0, 1)])) / &determinant;
    let target = |(f, b): (&Rational, &Rational)| Rational::from(f * &alpha) + Rational::from(b * &beta) + f;
    let targets = outputs.iter().zip(&blocks).map(|(f, b)| f.iter().zip(b).map(target).collect());
    Some(targets.collect())
}

//! The path in the proof of Theorem 5.2.3, in exact numbers.
//!
//! Let L_l W_l = I for the hidden layers l. From x to y, level after level from the top, j = L−1, …, 0: unless F_j(x) is
//! F_j(y) already, F_j goes straight to F_j(y), and below it P_l(λ) = σ⁻¹(F_l(λ)),
//! F_{l−1}(λ) = F_{l−1} + (P_l(λ) − P_l) L_l, down to the input: then F_{l−1}(λ) W_l + b_l = P_l(λ). On the first move the
//! output runs straight from f(x) to f(y), so that a class that wins at both ends wins on it; on every other one
//! F_{j+1}, and so the output, stays. On the last one F_0 = x runs straight to y.
//!
//! There are at most L moves: if W_{j+1} is square, F_j is where it belongs as soon as F_{j+1} is. Everything is piecewise
//! affine in λ, so that a move is a polygonal chain; its vertices are where an entry of F_l crosses σ of a breakpoint.
//!
//! L_l is zero but on n_l rows of W_l, which a pivoted orthogonal factorisation in floats chooses: numbers then stay as
//! small as a left inverse of so few numbers lets them be.

use super::classifier::Classifier;
use super::curve::{AffineMap, Bends, Curve};
use crate::linalg::{Double, Exact, Kernel, Unsolvable};
use crate::network::{Activation, import_matrix};
use nalgebra::DMatrix;
use rug::Rational;

/// Exact left inverses of a network's hidden layers, and σ⁻¹.
#[derive(Debug, Clone)]
pub struct Inverses {
    /// L_l, [n_l, n_{l−1}], at index l − 1.
    left: Vec<DMatrix<Rational>>,
    inverse: Bends,
}

/// The chain of inputs along the moves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// From the first input to the last one.
    pub vertices: Vec<Vec<Rational>>,
    /// How many levels moved.
    pub moves: usize,
}

impl Inverses {
    /// `None` unless the hypotheses of Theorem 5.2.3 hold ([`super::unmet`] says which ones do not).
    pub fn new(classifier: &Classifier) -> Option<Self> {
        let network = classifier.network();
        let left = |layer| left_inverse(&network.weight(layer).into_owned()).ok();
        Some(Inverses {
            left: (1..network.depth()).map(left).collect::<Option<_>>()?,
            inverse: Bends::new(&inverse(classifier.activation(), network.depth())?),
        })
    }
}

/// σ⁻¹, for which there is no use where there is one layer only.
pub(super) fn inverse(activation: &Activation, depth: usize) -> Option<Activation> {
    if depth == 1 { Some(Activation::identity()) } else { activation.inverse() }
}

/// A left inverse on well conditioned rows.
fn left_inverse(weight: &DMatrix<Rational>) -> Result<DMatrix<Rational>, Unsolvable> {
    let (rows, columns) = weight.shape();
    if rows < columns {
        return Err(Unsolvable::DependentColumns { columns, rank: Exact.rank(weight) });
    }
    let factors = import_matrix(&Double, weight).transpose().col_piv_qr();
    let mut order = DMatrix::from_fn(1, rows, |_, row| row);
    factors.p().permute_columns(&mut order);
    let mut chosen: Vec<usize> = order.iter().copied().take(columns).collect();
    chosen.sort_unstable();
    let Ok(inverse) = Exact.solve(&weight.select_rows(&chosen), &Exact.identity(columns)) else {
        return Exact.left_inverse(weight);
    };
    let mut left = DMatrix::from_element(columns, rows, Rational::new());
    for (from, &to) in chosen.iter().enumerate() {
        left.set_column(to, &inverse.column(from));
    }
    Ok(left)
}

/// What a forward pass of one input computes.
struct Levels {
    /// F_0, …, F_{L−1}.
    features: Vec<Vec<Rational>>,
    /// P_1, …, P_L, at index l − 1.
    pre_activations: Vec<Vec<Rational>>,
}

impl Levels {
    fn new(classifier: &Classifier, input: &[Rational]) -> Self {
        let curves = classifier.pre_activations(Curve::straight(input, input));
        let pre_activations: Vec<Vec<Rational>> = curves.iter().map(|curve| curve.vertex(0)).collect();
        let hidden = &pre_activations[..pre_activations.len() - 1];
        let sigma = |row: &Vec<Rational>| row.iter().map(|x| classifier.activation().evaluate(x)).collect();
        let features = std::iter::once(input.to_vec()).chain(hidden.iter().map(sigma)).collect();
        Levels { features, pre_activations }
    }
}

/// The path of Theorem 5.2.3 from one input to another one that the network gives the same class.
pub fn chain(classifier: &Classifier, inverses: &Inverses, from: &[Rational], to: &[Rational]) -> Chain {
    let targets = Levels::new(classifier, to).features;
    let mut chain = Chain { vertices: vec![from.to_vec()], moves: 0 };
    for (level, target) in targets.iter().enumerate().rev() {
        let here = Levels::new(classifier, &chain.vertices[chain.vertices.len() - 1]);
        if here.features[level] == *target {
            continue;
        }
        let mut curve = Curve::straight(&here.features[level], target);
        for l in (1..=level).rev() {
            let pull = pull_back(&inverses.left[l - 1], &here.features[l - 1], &here.pre_activations[l - 1]);
            curve = curve.bent(&inverses.inverse).through(&pull);
        }
        chain.vertices.extend((1..=curve.len()).map(|cut| curve.vertex(cut)));
        chain.moves += 1;
    }
    chain
}

/// p ↦ F + (p − P) L.
fn pull_back(left: &DMatrix<Rational>, features: &[Rational], pre_activations: &[Rational]) -> AffineMap {
    let row = |entries: &[Rational]| DMatrix::from_row_slice(1, entries.len(), entries);
    let image = Exact.product(&row(pre_activations), left);
    let offset = row(features).zip_map(&image, |feature, image| feature - image);
    let mut stacked = left.clone().insert_row(left.nrows(), Rational::new());
    stacked.set_row(left.nrows(), &offset.row(0));
    AffineMap::stacked(&stacked)
}

//! Critical points of S_k (thesis, Theorems 2.4.10 and 2.4.11 (1), Corollary 2.4.12 (1)), with the hypothesis that they lack.
//!
//! *Theorem 2.4.10.* At a point of S_k, where F_k, U_(k+2), …, U_L have full rank, Φ = ½‖F_L − Y‖² is 0 exactly if ∇_(U_(k+1)) Φ is. *2.4.11 (1),
//! 2.4.12 (1).* If layer k + 1 is dense, every critical point of S_k has Φ = 0.
//!
//! **As printed both are false**: "σ is strictly monotonic and differentiable" lets σ′ vanish, and then nothing of Δ_(k+2) reaches Δ_(k+1). With
//! σ′ ≠ 0 everywhere the proof holds. [`flat_point`] is a point of S_1 at which all gradients are 0 and Φ = ½.
//!
//! **Certified** for one network is what the proof says of it: Φ ≤ ‖∇‖²/(2c²) with c > 0 of [`bounded_gradient`]. So with Φ > 0 the
//! gradient is not 0, and if layer k + 1 is dense the network is not critical.

use super::gradient::{BoundedGradient, Fit, NoBounds, bounded_gradient};
use crate::checker::Finding;
use crate::linalg::{Exact, Kernel};
use crate::network::GraphNetwork;
use nalgebra::DMatrix;
use rug::Rational;

/// What Theorem 2.4.10 says of one point.
#[derive(Debug)]
pub struct Point {
    /// The bounds that show it.
    pub bounded: BoundedGradient,
    /// ‖∇‖²/(2c²), which Φ is at most.
    pub loss_at_most: Rational,
    /// Whether the network is shown to be no critical point: ∇ in the weights of layer k + 1 is not 0.
    pub not_critical: bool,
}

/// Theorem 2.4.10 at one point, certified.
///
/// # Errors
/// [`NoBounds`]: the point is not seen to be in S_k, σ is not differentiable, or σ′ is not seen to differ from 0.
pub fn point(network: &GraphNetwork, fit: &Fit, most: u32) -> Result<Point, NoBounds> {
    let bounded = bounded_gradient(network, fit, most)?;
    let dense = matches!(bounded.finding, Finding::Gradient { dense: true, .. });
    let not_critical = dense && bounded.squared_gradient[0] > 0;
    Ok(Point { loss_at_most: bounded.loss_by_gradient(), not_critical, bounded })
}

/// a + b s with s = σ(1) = 1/(1 + e⁻¹) of the σ of [`flat_point`]; nothing is asked of s but that it is not ½.
pub type WithS = [Rational; 2];

/// A point of S_1, L = 3, N = n_1 = n_2 = m = 2, and its gradients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlatPoint {
    /// F_1, `[2, 2]`.
    pub features: DMatrix<WithS>,
    /// det F_1 = a + b s + c s².
    pub determinant: [Rational; 3],
    /// W_1, W_2, W_3.
    pub weights: [DMatrix<Rational>; 3],
    /// b_1, b_2, b_3.
    pub biases: [DMatrix<Rational>; 3],
    /// Δ_1, Δ_2, Δ_3.
    pub deltas: [DMatrix<Rational>; 3],
    /// ∇ in the weights; of W_2 with numbers a + b s.
    pub gradients: [DMatrix<WithS>; 3],
    /// ∇ in the biases.
    pub bias_gradients: [DMatrix<Rational>; 3],
    /// Φ.
    pub loss: Rational,
}

/// σ(t) = 1/(1 + e^(−t³)) is analytic, strictly increasing and has limits 0 and 1; σ(0) = ½ and σ′(0) = 0.
///
/// x = 0, 1; W_1 = (1, −1), b_1 = (0, 1); W_2 = 0, b_2 = 0; W_3 = I, b_3 = 0; Y = I. All pre-activations are 0 or 1.
pub fn flat_point() -> FlatPoint {
    let q = |rows: usize, columns: usize, entries: &[i32]| {
        DMatrix::from_row_slice(rows, columns, entries).map(Rational::from)
    };
    let (inputs, targets) = (q(2, 1, &[0, 1]), q(2, 2, &[1, 0, 0, 1]));
    let weights = [q(1, 2, &[1, -1]), q(2, 2, &[0; 4]), q(2, 2, &[1, 0, 0, 1])];
    let biases = [q(1, 2, &[0, 1]), q(1, 2, &[0; 2]), q(1, 2, &[0; 2])];
    let ones = q(2, 1, &[1, 1]);
    let product = |a: &DMatrix<Rational>, b: &DMatrix<Rational>| Exact.product(a, b);
    let shifted = |sums: DMatrix<Rational>, bias: &DMatrix<Rational>| sums + product(&ones, bias);
    // Forward.
    let features = shifted(product(&inputs, &weights[0]), &biases[0]).map(|pre| value(&pre));
    let pre = shifted(times(&features, &weights[1]).map(|[a, _]| a), &biases[1]);
    let (second, slope) = (pre.map(|pre| value(&pre)[0].clone()), pre.map(|pre| slope_at_zero(&pre)));
    let output = shifted(product(&second, &weights[2]), &biases[2]);
    // Back: of Δ_2 nothing is left, and so nothing of Δ_1, whatever σ′(1) is.
    let third = output - targets;
    let middle = product(&third, &weights[2].transpose()).zip_map(&slope, |delta, slope| delta * slope);
    let first = product(&middle, &weights[1].transpose());
    let plain = |matrix: DMatrix<Rational>| matrix.map(|a| [a, Rational::new()]);
    let gradients = [
        plain(product(&inputs.transpose(), &first)),
        times(&features.transpose(), &middle),
        plain(product(&second.transpose(), &third)),
    ];
    let bias_gradients = [&first, &middle, &third].map(|delta| product(&ones.transpose(), delta));
    let loss = third.iter().map(|x| Rational::from(x.square_ref())).sum::<Rational>() / 2u32;
    let determinant = determinant(&features);
    FlatPoint {
        features,
        determinant,
        weights,
        biases,
        deltas: [first, middle, third],
        gradients,
        bias_gradients,
        loss,
    }
}

/// σ(0) = ½ and σ(1) = s.
fn value(pre: &Rational) -> WithS {
    let zero = *pre == 0;
    assert!(zero || *pre == 1, "pre-activations are 0 or 1");
    if zero { [Rational::from((1, 2)), Rational::new()] } else { [Rational::new(), Rational::from(1)] }
}

/// σ′(t) = 3t² σ(t)(1 − σ(t)) at 0.
fn slope_at_zero(pre: &Rational) -> Rational {
    assert!(*pre == 0, "the second layer rests at 0");
    Rational::new()
}

/// A B for a rational B.
fn times(a: &DMatrix<WithS>, b: &DMatrix<Rational>) -> DMatrix<WithS> {
    let part = |k: usize| Exact.product(&a.map(|entry| entry[k].clone()), b);
    part(0).zip_map(&part(1), |a, b| [a, b])
}

/// Of a matrix of two rows, by powers of s.
fn determinant(matrix: &DMatrix<WithS>) -> [Rational; 3] {
    let product = |[a, b]: &WithS, [c, d]: &WithS| {
        [Rational::from(a * c), Rational::from(a * d) + Rational::from(b * c), Rational::from(b * d)]
    };
    let [left, right] = [product(&matrix[(0, 0)], &matrix[(1, 1)]), product(&matrix[(0, 1)], &matrix[(1, 0)])];
    let [mut a, mut b, mut c] = left;
    a -= &right[0];
    b -= &right[1];
    c -= &right[2];
    [a, b, c]
}

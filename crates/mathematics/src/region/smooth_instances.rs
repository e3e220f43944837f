//! Disconnected regions for smooth activations that are not onto: two hidden layers are not enough (errata, item 10).

use crate::certificate::Object;
use crate::certificate::graph::NonlinearityRecord;
use crate::certificate::object;
use crate::network::Smooth;
use crate::path::{to_fraction, to_nonlinearity};
use rug::Rational;

/// Bits behind the point of the checker's enclosures.
const BITS: u64 = 64;

/// The network 2-2-2-2 with W_1 = I, b_1 = 0, W_2ᵀ = S \[\[−1, ½\], \[½, −1\]\], b_2 = t_0 + S inf σ/2 and the outputs v_1 + v_2 and c: class 0
/// wins nowhere on x_1 = x_2, and at (u, −u) and (−u, u).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagonal {
    /// σ.
    pub activation: Smooth,
    /// S.
    pub scale: Rational,
    /// t_0, with 2σ(t_0) ≤ c.
    pub shift: Rational,
    /// c.
    pub threshold: Rational,
    /// u.
    pub reach: Rational,
}

impl Diagonal {
    /// Numbers for every smooth σ.
    pub fn new(activation: Smooth) -> Self {
        let number = |numerator: i32, denominator: i32| Rational::from((numerator, denominator));
        let [scale, shift, threshold, reach] = match &activation {
            Smooth::Sigmoid => [number(12, 1), number(-2, 1), number(1, 2), number(8, 1)],
            Smooth::Tanh => [number(6, 1), number(-1, 1), number(-1, 1), number(8, 1)],
            // softplus_γ(x) = softplus_1(γx)/γ.
            Smooth::Softplus { gamma } => [
                number(8, 1),
                Rational::from(gamma.recip_ref()) * -1,
                Rational::from(gamma.recip_ref()),
                Rational::from(gamma.recip_ref()) * 4,
            ],
            Smooth::Elu { alpha } => [number(1, 1), number(0, 1), number(0, 1), Rational::from(alpha * 4u32) + 4u32],
        };
        Diagonal { activation, scale, shift, threshold, reach }
    }

    /// The claim of a disconnected region with what shows it.
    pub fn object(&self) -> Object {
        let NonlinearityRecord::Smooth(activation) = to_nonlinearity(&self.activation.clone().into()) else {
            unreachable!("a smooth activation has a name")
        };
        Object::Diagonal(object::Diagonal {
            activation,
            scale: to_fraction(&self.scale),
            shift: to_fraction(&self.shift),
            threshold: to_fraction(&self.threshold),
            reach: to_fraction(&self.reach),
            bits: BITS,
        })
    }

    /// v_1 + v_2 − c at an input, in doubles.
    pub fn margin_in_double(&self, x: [f64; 2]) -> f64 {
        let sigma = |t: f64| self.activation.evaluate(&t);
        let infimum = match &self.activation {
            Smooth::Sigmoid | Smooth::Softplus { .. } => 0.0,
            Smooth::Tanh => -1.0,
            Smooth::Elu { alpha } => -alpha.to_f64(),
        };
        let (scale, h) = (self.scale.to_f64(), x.map(sigma));
        let bias = self.shift.to_f64() + scale * infimum / 2.0;
        let v = [[0, 1], [1, 0]].map(|[own, other]: [usize; 2]| sigma(bias - scale * h[own] + scale * h[other] / 2.0));
        v[0] + v[1] - self.threshold.to_f64()
    }
}

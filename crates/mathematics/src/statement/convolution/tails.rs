//! Assumption 2.4.2 and Lemma 2.4.3 of the thesis: how σ behaves at infinity.
//!
//! *Assumption 2.4.2: σ is continuous and not constant, and (1) it has limits μ₋ and μ₊ at −∞ and ∞ with μ₋ μ₊ = 0, or (2) there
//! are
//! ρ_1, …, ρ_4 > 0 with |σ(t)| ≤ ρ_1 e^(ρ_2 t) for t < 0 and |σ(t)| ≤ ρ_3 t + ρ_4 for t ≥ 0.*
//!
//! *Lemma 2.4.3: ReLU, sigmoid and softplus satisfy it.* ReLU with ρ = (1, 1, 1, 1); softplus with γ by log(1 + u) ≤ u, with
//! ρ = (1/γ, γ, 1, 1/γ), as log 2 < 1; the sigmoid has the limits 0 and 1. tanh has −1 and 1, ELU −α and ∞, the identity −∞ and
//! ∞:
//! none of them satisfies it. A piecewise-linear σ is decided by its outer pieces: it satisfies (1) if both are constant and one
//! of
//! them is 0, and (2) if it is 0 on the left, as a power of e is below every other constant far out.

use crate::network::{Activation, Nonlinearity, Smooth};
use rug::Rational;

/// Which form of the assumption holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tails {
    /// (1), with μ₋ and μ₊.
    Limits([Rational; 2]),
    /// (2), with ρ_1 to ρ_4.
    Exponential([Rational; 4]),
}

/// Why neither holds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoTails {
    /// One slope 0.
    #[error("the activation is constant")]
    Constant,
    /// Both limits are there, and neither is 0.
    #[error("the activation {activation} has the limits {minus} and {plus} at −∞ and ∞; one of them has to be 0")]
    Limits {
        /// σ.
        activation: String,
        /// μ₋.
        minus: Rational,
        /// μ₊.
        plus: Rational,
    },
    /// It has no two limits, and it is not 0 at −∞.
    #[error("the activation {activation} is unbounded, and does not decay at −∞")]
    Unbounded {
        /// σ.
        activation: String,
    },
}

/// Decides Assumption 2.4.2.
///
/// # Errors
/// [`NoTails`].
pub fn tails(sigma: &Nonlinearity) -> Result<Tails, NoTails> {
    let one = || Rational::from(1);
    let limits = |minus: Rational, plus: Rational| {
        if minus.is_zero() || plus.is_zero() {
            Ok(Tails::Limits([minus, plus]))
        } else {
            Err(NoTails::Limits { activation: name(sigma), minus, plus })
        }
    };
    match sigma {
        Nonlinearity::Smooth(Smooth::Sigmoid) => limits(Rational::new(), one()),
        Nonlinearity::Smooth(Smooth::Tanh) => limits(-one(), one()),
        Nonlinearity::Smooth(Smooth::Softplus { gamma }) => {
            let inverse = Rational::from(gamma.recip_ref());
            Ok(Tails::Exponential([inverse.clone(), gamma.clone(), one(), inverse]))
        }
        Nonlinearity::Smooth(Smooth::Elu { .. }) => Err(NoTails::Unbounded { activation: name(sigma) }),
        Nonlinearity::PiecewiseLinear(activation) => {
            let slopes = activation.slopes();
            if slopes.iter().all(Rational::is_zero) {
                return Err(NoTails::Constant);
            }
            let values = activation.values();
            match (&slopes[0], &slopes[slopes.len() - 1], values.first(), values.last()) {
                (left, right, Some(first), Some(last)) if left.is_zero() && right.is_zero() => {
                    limits(first.clone(), last.clone())
                }
                (left, _, Some(first), _) if left.is_zero() && first.is_zero() => {
                    Ok(Tails::Exponential(constants(activation)))
                }
                _ => Err(NoTails::Unbounded { activation: name(sigma) }),
            }
        }
    }
}

fn name(sigma: &Nonlinearity) -> String {
    match sigma {
        Nonlinearity::PiecewiseLinear(activation) => activation.to_string(),
        Nonlinearity::Smooth(smooth) => smooth.to_string(),
    }
}

/// ρ for a piecewise-linear σ that is 0 up to its first breakpoint b: on [b, 0) it is at most M in size, and e^t ≥ 3^(−m) for m ≥
/// −b.
fn constants(activation: &Activation) -> [Rational; 4] {
    let zero = Rational::new();
    let first = &activation.breakpoints()[0];
    let at_zero = activation.evaluate(&zero).abs();
    let pairs = activation.breakpoints().iter().zip(activation.values());
    let largest = pairs.filter(|(b, _)| **b < 0).map(|(_, value)| value.abs()).fold(at_zero.clone(), Rational::max);
    let steps = (-first.clone()).ceil().numer().to_u32().unwrap_or(0);
    let scale = rug::Integer::from(rug::Integer::u_pow_u(3, steps));
    let slope = activation.slopes().iter().map(|slope| slope.clone().abs()).fold(zero, Rational::max);
    [(largest * scale).max(Rational::from(1)), Rational::from(1), slope, at_zero.max(Rational::from(1))]
}

/// Where a piecewise-linear σ is 0 for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flat {
    /// On (−∞, t].
    Left(Rational),
    /// On [t, ∞).
    Right(Rational),
}

/// Where σ is 0, and β beyond it with σ(β) ≠ 0; for σ that satisfy Assumption 2.4.2 with μ₋ = 0 or (2), or with μ₊ = 0.
pub fn flat(activation: &Activation) -> Option<(Flat, Rational)> {
    let (points, values, slopes) = (activation.breakpoints(), activation.values(), activation.slopes());
    let last = points.len().checked_sub(1)?;
    let middle = |a: &Rational, b: &Rational| Rational::from(a + b) / 2u32;
    if slopes[0].is_zero() && values[0].is_zero() {
        // The first piece that is not 0 begins here; it has no zero but its beginning.
        let piece = (1..slopes.len()).find(|&piece| !slopes[piece].is_zero())?;
        let start = points[piece - 1].clone();
        let beta = if piece <= last { middle(&start, &points[piece]) } else { Rational::from(&start + 1) };
        return Some((Flat::Left(start), beta));
    }
    if slopes[last + 1].is_zero() && values[last].is_zero() {
        let piece = (0..=last).rev().find(|&piece| !slopes[piece].is_zero())?;
        let end = points[piece].clone();
        let beta = if piece > 0 { middle(&points[piece - 1], &end) } else { Rational::from(&end - 1) };
        return Some((Flat::Right(end), beta));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str) -> Result<Tails, NoTails> {
        tails(&name.parse().unwrap())
    }

    #[test]
    fn lemma_2_4_3_and_what_it_leaves_out() {
        let q = |a: i32, b: i32| Rational::from((a, b));
        assert_eq!(of("relu"), Ok(Tails::Exponential([q(1, 1), q(1, 1), q(1, 1), q(1, 1)])));
        assert_eq!(of("sigmoid"), Ok(Tails::Limits([q(0, 1), q(1, 1)])));
        assert_eq!(of("softplus=20"), Ok(Tails::Exponential([q(1, 20), q(20, 1), q(1, 1), q(1, 20)])));
        assert!(matches!(of("tanh"), Err(NoTails::Limits { .. })));
        assert!(matches!(of("hard-tanh"), Err(NoTails::Limits { .. })));
        for unbounded in ["elu=1", "leaky-relu=0.01", "abs", "pl:breakpoints=;slopes=1;value=0"] {
            assert!(matches!(of(unbounded), Err(NoTails::Unbounded { .. })), "{unbounded}");
        }
        assert_eq!(of("pl:breakpoints=0;slopes=0,0;value=1"), Err(NoTails::Constant));
        // Falls from 1 to 0; rises to 2 from 0; the mirrored ReLU has no limit on the left and no decay there.
        assert!(matches!(of("pl:breakpoints=0,1;slopes=0,-1,0;value=1"), Ok(Tails::Limits(_))));
        assert!(matches!(of("pl:breakpoints=-3,1;slopes=0,1/2,0;value=0"), Ok(Tails::Limits(_))));
        assert!(matches!(of("pl:breakpoints=0;slopes=-1,0;value=0"), Err(NoTails::Unbounded { .. })));
    }

    #[test]
    fn beta_is_beyond_the_flat_part_and_no_zero() {
        for name in
            ["relu", "pl:breakpoints=0,1;slopes=0,-1,0;value=1", "pl:breakpoints=-3,1,2;slopes=0,0,2,-5;value=0"]
        {
            let activation: Activation = name.parse().unwrap();
            let (flat, beta) = flat(&activation).unwrap();
            assert_ne!(activation.evaluate(&beta), 0);
            let (edge, side) = match &flat {
                Flat::Left(t) => (t, -1),
                Flat::Right(t) => (t, 1),
            };
            assert!((0..50).all(|k| activation.evaluate(&Rational::from(edge + side * k)) == 0), "{name}");
            assert!(Rational::from(&beta - edge) * side < 0);
        }
        assert_eq!(super::flat(&Activation::identity()), None);
        assert_eq!(super::flat(&Activation::leaky_relu(Rational::from((1, 2)))), None);
    }
}

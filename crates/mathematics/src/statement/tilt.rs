//! **Strict descent** (the thesis's outlook, chapter 6; `docs/errata.md`, item 11): where no plateau is needed.
//!
//! *If the gradient 1ᵀR of the loss by the output bias is not zero at θ, R = ∇φ(F_L), the descents of
//! [`mod@super::descend`] may be made strict: on their moves at constant output the output bias goes straight to c as well.*
//!
//! **Proof.** The output is then F_L + λ 1cᵀ with λ from 0 to 1 over all these moves, whatever the layers below do; φ is convex
//! along it with the slope ⟨1ᵀR, c⟩ at λ = 0. For c against the gradient and short enough it falls strictly, up to λ = 1. The
//! points where 1ᵀR = 0 are a null set: for the square loss the graph of a function of all parameters but the output bias.
//!
//! **The step.** c = −t ĉ, where ĉ is 1ᵀR rounded to a few bits, so that the numbers of the path stay short. With
//! κ = Σ w_i for squares, Σ w_i τ_i for cross-entropy (τ_i the sum of a sample's labels) and Σ w_i for the binary one,
//! the second derivative along −ĉ is at most κ|ĉ|², so that t = ⟨1ᵀR, ĉ⟩/(2κ|ĉ|²) leaves at least half of the slope at the end.
//! The hinge loss has slopes only: t is halved until its left derivative at the end is negative.
//!
//! # Example
//! ```
//! use sublevel::{example::integers, network::Loss, statement::tilt::tilt};
//!
//! // Residuals 2 and −1: the bias goes down.
//! let loss = Loss::square(integers(2, 1, &[0, 2]));
//! assert!(tilt(&loss, &integers(2, 1, &[2, 1])).unwrap()[0] < 0);
//! // Residuals 1 and −1: there is no way to go.
//! assert!(tilt(&loss, &integers(2, 1, &[1, 1])).is_err());
//! ```

use super::Hypothesis;
use super::descend::power_below;
use crate::network::{Criterion, Loss};
use nalgebra::DMatrix;
use rug::{Float, Rational};

/// Bits of the gradients that are not rational. Where one is not told apart from 0 by them, there is no tilt.
const BITS: u32 = 256;
/// Bits of the direction.
const DIRECTION: i32 = 8;
/// So often a step of the hinge loss is halved.
const HALVINGS: u32 = 256;

/// c [1, n_L]: φ falls strictly from the output F [N, n_L] straight to F + 1cᵀ.
///
/// # Errors
/// [`Hypothesis::NoTilt`] where the gradient by the output bias is zero, or is not told apart from it;
/// [`Hypothesis::NoTiltFound`] where neither a subgradient nor a unit vector is a direction in which the hinge loss falls.
pub fn tilt(loss: &Loss, output: &DMatrix<Rational>) -> Result<DMatrix<Rational>, Hypothesis> {
    match loss.criterion() {
        Criterion::Hinge(labels) => hinge(loss, output, labels).ok_or(Hypothesis::NoTiltFound),
        Criterion::Square(_) | Criterion::MeanSquare(_) => {
            smooth(loss, output).ok_or(Hypothesis::NoTilt { bits: None })
        }
        _ => smooth(loss, output).ok_or(Hypothesis::NoTilt { bits: Some(BITS) }),
    }
}

fn smooth(loss: &Loss, output: &DMatrix<Rational>) -> Option<DMatrix<Rational>> {
    let gradient = gradient(loss, output);
    let direction = rounded(&gradient)?;
    let product =
        |a: &[Rational], b: &[Rational]| a.iter().zip(b).map(|(a, b)| Rational::from(a * b)).sum::<Rational>();
    let slope = product(&gradient, &direction);
    let step = power_below(&(slope / (2 * curvature(loss) * product(&direction, &direction))));
    Some(DMatrix::from_fn(1, output.ncols(), |_, j| -Rational::from(&direction[j] * &step)))
}

/// Σ_i w_i R_ij for every output j, up to a positive factor.
fn gradient(loss: &Loss, output: &DMatrix<Rational>) -> Vec<Rational> {
    let shares = loss.shares();
    let mut sums = vec![Rational::new(); output.ncols()];
    let mut largest = Rational::new();
    for (i, share) in shares.iter().enumerate().filter(|(_, share)| !share.is_zero()) {
        for (sum, residual) in sums.iter_mut().zip(residual(loss, output, i)) {
            let term = residual * share;
            largest = largest.max(term.clone().abs());
            *sum += term;
        }
    }
    // What rounding may have left of zero.
    if !matches!(loss.criterion(), Criterion::Square(_) | Criterion::MeanSquare(_)) {
        let least = (largest * shares.len() as u64) >> (BITS - 32);
        sums.iter_mut().filter(|sum| Rational::from(sum.abs_ref()) <= least).for_each(|sum| *sum = Rational::new());
    }
    sums
}

/// A row of R: exact for squares, else to [`BITS`] bits.
fn residual(loss: &Loss, output: &DMatrix<Rational>, i: usize) -> Vec<Rational> {
    let row: Vec<&Rational> = (0..output.ncols()).map(|j| &output[(i, j)]).collect();
    let rational = |float: Float| float.to_rational().unwrap_or_default();
    let float = |x: &Rational| Float::with_val(BITS, x);
    let softmax = || {
        let highest = row.iter().max().expect("an output");
        let powers: Vec<Float> = row.iter().map(|f| float(&Rational::from(*f - *highest)).exp()).collect();
        let total = Float::with_val(BITS, Float::sum(powers.iter()));
        powers.into_iter().map(move |power| rational(power / &total)).collect::<Vec<_>>()
    };
    match loss.criterion() {
        Criterion::Square(targets) | Criterion::MeanSquare(targets) => {
            row.iter().enumerate().map(|(j, f)| Rational::from(*f - &targets[(i, j)])).collect()
        }
        Criterion::CrossEntropy(labels) => {
            let label = |j| u32::from(j == labels[i]);
            softmax().into_iter().enumerate().map(|(j, p)| p - label(j)).collect()
        }
        Criterion::SoftCrossEntropy(targets) => {
            let total: Rational = targets.row(i).iter().sum();
            softmax().into_iter().enumerate().map(|(j, p)| p * &total - &targets[(i, j)]).collect()
        }
        Criterion::BinaryCrossEntropy(targets) => {
            let logistic = |f: &Rational| rational(1 / (1 + (-float(f)).exp()));
            row.iter().enumerate().map(|(j, f)| logistic(f) - &targets[(i, j)]).collect()
        }
        Criterion::Hinge(_) => unreachable!("the hinge loss has no gradient"),
    }
}

/// κ.
fn curvature(loss: &Loss) -> Rational {
    let sum = |row: usize| match loss.criterion() {
        Criterion::SoftCrossEntropy(targets) => targets.row(row).iter().sum(),
        _ => Rational::from(1),
    };
    loss.shares().iter().enumerate().map(|(i, share)| sum(i) * share).sum()
}

/// The vector to a few bits below its largest entry; none for 0.
fn rounded(vector: &[Rational]) -> Option<Vec<Rational>> {
    let largest = vector.iter().map(|x| x.clone().abs()).max().filter(|x| !x.is_zero())?;
    let unit = power_below(&largest) >> DIRECTION;
    Some(vector.iter().map(|x| Rational::from(x / &unit).round() * &unit).collect())
}

fn hinge(loss: &Loss, output: &DMatrix<Rational>, labels: &[usize]) -> Option<DMatrix<Rational>> {
    let outputs = output.ncols();
    let unit = |j: usize, sign: i32| DMatrix::from_fn(1, outputs, |_, k| Rational::from(if j == k { sign } else { 0 }));
    let shares = loss.shares();
    let against = {
        let mut sums = vec![Rational::new(); outputs];
        for (i, share) in shares.iter().enumerate() {
            let ahead = (0..outputs).filter(|&j| j != labels[i]).max_by_key(|&j| &output[(i, j)]);
            if let Some(j) = ahead.filter(|&j| Rational::from(1 + &output[(i, j)]) > output[(i, labels[i])]) {
                sums[j] -= share;
                sums[labels[i]] += share;
            }
        }
        rounded(&sums).map(|sums| DMatrix::from_row_slice(1, outputs, &sums))
    };
    let units = (0..outputs).flat_map(|j| [unit(j, 1), unit(j, -1)]);
    against.into_iter().chain(units).find_map(|direction| {
        let falls = |step: &DMatrix<Rational>| slope_before(output, step, labels, &shares) < 0;
        let steps = (0..HALVINGS).map(|k| direction.map(|x| x >> k));
        // Only if it falls at first it does for a short step.
        falls(&direction.map(|x| x >> HALVINGS)).then(|| steps.into_iter().find(falls)).flatten()
    })
}

/// The left derivative at F + 1cᵀ of Σ w_i max(0, max_j 1 + F_ij − F_iy), in the direction 1cᵀ.
fn slope_before(
    output: &DMatrix<Rational>,
    step: &DMatrix<Rational>,
    labels: &[usize],
    shares: &[Rational],
) -> Rational {
    let of_sample = |i: usize| {
        let ahead = |j: usize| {
            let slope = Rational::from(&step[j] - &step[labels[i]]);
            (Rational::from(1 + &output[(i, j)]) - &output[(i, labels[i])] + &slope, slope)
        };
        let pieces = (0..output.ncols()).filter(|&j| j != labels[i]).map(ahead);
        // Of the largest ones that with the smallest slope was largest just before.
        let first = (Rational::new(), Rational::new());
        pieces.fold(
            first,
            |best, piece| {
                if piece.0 > best.0 || piece.0 == best.0 && piece.1 < best.1 { piece } else { best }
            },
        )
    };
    shares.iter().enumerate().map(|(i, share)| of_sample(i).1 * share).sum()
}

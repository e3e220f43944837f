//! Lemma 2.1 of ICLR 2019: a cross-entropy below log 2 / N leaves no training error; and its sharpness.
//!
//! Let G `[N, m]` be the outputs for N samples with labels y, and Φ = (1/N) Σ_i −log softmax(G_i)_{y_i} their mean
//! cross-entropy. If Φ < log 2 / N then every margin G_{i,y_i} − max_{k ≠ y_i} G_ik is positive.
//!
//! *Proof.* No term is negative, so that the largest is at most N Φ < log 2; that is log(1 + Σ_{k ≠ y_i} e^(G_ik − G_{i,y_i})) <
//! log 2 for all i, and no exponent reaches 0.
//!
//! [`zero_error`] decides the hypothesis by an enclosure of Φ and the conclusion exactly. [`tie`] shows that the number is the
//! least: one margin is 0, the others are k, and
//!
//! N Φ − log 2 = log(1 + (m − 2)/2 e^(−k)) + (N − 1) log(1 + (m − 1) e^(−k)),
//!
//! which is positive and tends to 0 as k grows, but for N = 1, m = 2, where Φ *is* log 2 for every k.

use crate::arith::{Interval, write_rational};
use crate::network::{Criterion, Loss, LossError};
use nalgebra::DMatrix;
use rug::{Float, Rational, float::Constant, float::Round};

/// The precisions in bits at which [`zero_error`] encloses Φ.
const PRECISIONS: [u32; 4] = [64, 256, 1024, 4096];

/// Where Φ lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ZeroError {
    /// Φ < log 2 / N, and every margin is positive.
    Below {
        /// An enclosure of Φ.
        loss: Interval,
        /// The smallest margin; `None` of a single output, which has no rivals.
        margin: Option<Rational>,
    },
    /// Φ > log 2 / N: the lemma says nothing.
    Above {
        /// An enclosure of Φ.
        loss: Interval,
    },
    /// The enclosures of Φ and of log 2 / N overlap, as they always do where the two are equal.
    Undecided {
        /// An enclosure of Φ.
        loss: Interval,
        /// The precision in bits.
        bits: u32,
    },
}

/// Why [`zero_error`] has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoZeroError {
    /// Labels and outputs do not go together.
    #[error(transparent)]
    Loss(#[from] LossError),
    /// The lemma does not hold: never, if the arithmetic is right.
    #[error(
        "the cross-entropy is below log 2 / {samples}, but the margin of sample {sample} (from 0) is {}",
        write_rational(margin)
    )]
    Margin {
        /// The sample.
        sample: usize,
        /// Its margin.
        margin: Rational,
        /// N.
        samples: usize,
    },
}

/// Lemma 2.1 for exact outputs G `[N, m]` and N labels from 0.
///
/// # Errors
/// [`NoZeroError`].
pub fn zero_error(outputs: &DMatrix<Rational>, labels: &[usize]) -> Result<ZeroError, NoZeroError> {
    let samples = labels.len();
    let loss = Loss::new(Criterion::CrossEntropy(labels.to_vec()))?;
    loss.fits(outputs.nrows(), outputs.ncols())?;
    let mut answer = None;
    for bits in PRECISIONS {
        let (enclosed, threshold) = (loss.enclose_at(outputs, bits), threshold(samples, bits));
        if enclosed.hi() < threshold.lo() {
            return Ok(ZeroError::Below { loss: enclosed, margin: smallest_margin(outputs, labels)? });
        }
        if enclosed.lo() > threshold.hi() {
            return Ok(ZeroError::Above { loss: enclosed });
        }
        answer = Some(ZeroError::Undecided { loss: enclosed, bits });
    }
    Ok(answer.expect("there are precisions"))
}

/// An enclosure of log 2 / N.
pub fn threshold(samples: usize, bits: u32) -> Interval {
    let end = |round| {
        let log = Float::with_val_round(bits, Constant::Log2, round).0;
        log.to_rational().expect("log 2 is finite") / Rational::from(samples)
    };
    Interval::new(end(Round::Down), end(Round::Up)).expect("down is below up")
}

/// The smallest of N positive margins.
fn smallest_margin(outputs: &DMatrix<Rational>, labels: &[usize]) -> Result<Option<Rational>, NoZeroError> {
    let mut smallest: Option<Rational> = None;
    for (sample, &label) in labels.iter().enumerate() {
        let rivals = (0..outputs.ncols()).filter(|&k| k != label).map(|k| &outputs[(sample, k)]);
        let Some(rival) = rivals.max() else { continue };
        let margin = Rational::from(&outputs[(sample, label)] - rival);
        if margin <= 0 {
            return Err(NoZeroError::Margin { sample, margin, samples: labels.len() });
        }
        smallest = Some(smallest.map_or(margin.clone(), |least| least.min(margin)));
    }
    Ok(smallest)
}

/// Outputs with a training error whose loss is next to log 2 / N.
#[derive(Debug, Clone, PartialEq)]
pub struct Tie {
    /// G `[N, m]`: sample 0 has its label and a rival level, all other margins are k.
    pub outputs: DMatrix<Rational>,
    /// Sample i has the label i mod m.
    pub labels: Vec<usize>,
    /// Φ − log 2 / N, enclosed; positive.
    pub excess: Interval,
    /// What doubles make of Φ − log 2 / N.
    pub double: f64,
}

/// Why there is no tie.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoTie {
    /// A tie needs a sample and a rival.
    #[error("a tie needs a sample and two outputs; given are {samples} samples and {outputs} outputs")]
    Rival {
        /// N.
        samples: usize,
        /// m.
        outputs: usize,
    },
    /// For N = 1 and m = 2 the loss of a tie is log 2.
    #[error("one sample with two level outputs has the loss log 2 exactly: there is no excess over log 2 / N")]
    Equality,
}

/// Φ a little above log 2 / N with a margin of 0, the other margins `size`.
///
/// # Errors
/// [`NoTie`].
pub fn tie(samples: usize, outputs: usize, size: u32) -> Result<Tie, NoTie> {
    if samples == 0 || outputs < 2 {
        return Err(NoTie::Rival { samples, outputs });
    }
    if samples == 1 && outputs == 2 {
        return Err(NoTie::Equality);
    }
    let labels: Vec<usize> = (0..samples).map(|sample| sample % outputs).collect();
    let entry = |sample, k| if k == labels[sample] || (sample, k) == (0, 1) { size } else { 0 };
    let matrix = DMatrix::from_fn(samples, outputs, |sample, k| Rational::from(entry(sample, k)));
    let loss = Loss::cross_entropy(labels.clone());
    let double = loss.approximate(&matrix.map(|x| x.to_f64())) - std::f64::consts::LN_2 / samples as f64;
    // The excess is of the size e^(−k)/N, and e < 2^(3/2).
    let mut bits = size + size / 2 + 64;
    let excess = loop {
        let (enclosed, threshold) = (loss.enclose_at(&matrix, bits), threshold(samples, bits));
        let lower = Rational::from(enclosed.lo() - threshold.hi());
        if lower > 0 {
            let upper = Rational::from(enclosed.hi() - threshold.lo());
            break Interval::new(lower, upper).expect("the enclosures are in order");
        }
        bits *= 2;
    };
    Ok(Tie { outputs: matrix, labels, excess, double })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outputs(rows: &[[i32; 2]]) -> DMatrix<Rational> {
        DMatrix::from_fn(rows.len(), 2, |i, j| Rational::from(rows[i][j]))
    }

    #[test]
    fn a_small_loss_has_positive_margins() {
        let found = zero_error(&outputs(&[[2, 0], [0, 3]]), &[0, 1]).unwrap();
        assert!(matches!(found, ZeroError::Below { margin: Some(margin), .. } if margin == 2));
        // The converse fails: margins may be positive above the number.
        let above = zero_error(&outputs(&[[1, 0], [0, 1], [1, 0]]), &[0, 1, 0]).unwrap();
        assert!(matches!(above, ZeroError::Above { .. }));
        let single = zero_error(&DMatrix::from_element(2, 1, Rational::from(5)), &[0, 0]).unwrap();
        assert!(matches!(single, ZeroError::Below { margin: None, .. }));
    }

    #[test]
    fn equality_is_undecided() {
        let level = zero_error(&outputs(&[[4, 4]]), &[0]).unwrap();
        assert!(matches!(level, ZeroError::Undecided { bits: 4096, .. }));
        assert_eq!(tie(1, 2, 64), Err(NoTie::Equality));
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let label = zero_error(&outputs(&[[1, 0]]), &[2]);
        assert!(matches!(label, Err(NoZeroError::Loss(LossError::Label { .. }))));
        assert_eq!(zero_error(&outputs(&[]), &[]), Err(NoZeroError::Loss(LossError::NoSamples)));
        assert_eq!(tie(3, 1, 4), Err(NoTie::Rival { samples: 3, outputs: 1 }));
        let refuted = smallest_margin(&outputs(&[[1, 0], [1, 1]]), &[0, 1]);
        assert_eq!(refuted, Err(NoZeroError::Margin { sample: 1, margin: Rational::new(), samples: 2 }));
    }

    /// The excess is that of the formula above, and falls to 0; doubles see none at 64.
    #[test]
    fn the_number_is_sharp() {
        for (samples, outputs) in [(1, 3), (2, 2), (5, 2), (4, 10)] {
            let mut last = None;
            for size in [1, 4, 16, 64, 256] {
                let tie = tie(samples, outputs, size).unwrap();
                let small = Float::with_val(2048, -i64::from(size)).exp();
                let term = |factor: f64| Float::with_val(2048, &small * factor).ln_1p();
                let exact = term((outputs as f64 - 2.0) / 2.0) + term(outputs as f64 - 1.0) * (samples as u32 - 1);
                let exact = (exact / samples as u32).to_rational().unwrap();
                assert!(tie.excess.contains(&exact), "{samples} {outputs} {size}");
                assert!(last.is_none_or(|last| *tie.excess.hi() < last));
                assert!(size < 64 || tie.double <= 0.0, "{}", tie.double);
                let above = zero_error(&tie.outputs, &tie.labels).unwrap();
                assert!(matches!(above, ZeroError::Above { .. }));
                last = Some(tie.excess.lo().clone());
            }
        }
    }
}

//! Numbers, activations and networks as a certificate holds them, and back.

use super::{Activation, Nonlinearity, Smooth};
use crate::arith::parallel;
use crate::certificate::graph::{BlockRecord, BlockRule, GraphRecord, NonlinearityRecord, SmoothRecord};
use crate::certificate::{ActivationRecord, Fraction, Integer as Digits, Matrix};
use nalgebra::{DMatrix, DMatrixView};
use rug::{Integer, Rational};

/// A rational matrix as integers over one positive common denominator, in lowest terms as a whole.
///
/// The denominator is the least common multiple of the entries' denominators; since every entry is in lowest terms,
/// no prime of it divides all numerators.
pub fn to_matrix(matrix: &DMatrix<Rational>) -> Matrix {
    columns_of(matrix.as_view(), None).0
}

/// The rational matrix that a record holds.
pub fn from_matrix(matrix: &Matrix) -> DMatrix<Rational> {
    let integer = |digits: &Digits| digits.as_str().parse::<Integer>().expect("an integer in decimal");
    let den = integer(&matrix.den);
    let entries = matrix.num.iter().flatten().map(|digits| Rational::from((integer(digits), den.clone())));
    DMatrix::from_row_iterator(matrix.rows, matrix.cols, entries)
}

/// A rational as `p/q` or `p`.
pub fn to_fraction(value: &Rational) -> Fraction {
    Fraction::new(value.to_string()).expect("a fraction in lowest terms")
}

/// The rational that a fraction stands for.
pub fn from_fraction(fraction: &Fraction) -> Rational {
    fraction.as_str().parse().expect("a fraction in decimal")
}

/// These columns of a matrix, or all of them, and the bits of the largest integer in them.
pub fn columns_of(matrix: DMatrixView<'_, Rational>, columns: Option<&[usize]>) -> (Matrix, u32) {
    let all: Vec<usize> = (0..matrix.ncols()).collect();
    let columns = columns.unwrap_or(&all);
    let mut den = Integer::from(1);
    let places = columns.iter().flat_map(|&column| (0..matrix.nrows()).map(move |row| (row, column)));
    for entry in places.map(|place| &matrix[place]) {
        if !den.is_divisible(entry.denom()) {
            den.lcm_mut(entry.denom());
        }
    }
    // Texts are much of the time that the certificate of a wide network takes.
    let row = |i: usize| -> (Vec<u32>, Vec<Digits>) {
        columns.iter().map(|&column| numerator(&matrix[(i, column)], &den)).unzip()
    };
    let (bits, num): (Vec<Vec<u32>>, Vec<Vec<Digits>>) = parallel::collect(matrix.nrows(), row).into_iter().unzip();
    let (of_den, den) = digits(&den);
    let bits = bits.into_iter().flatten().fold(of_den, u32::max);
    (Matrix { rows: matrix.nrows(), cols: columns.len(), num, den }, bits)
}

/// The numerator of an entry over the common denominator, and its bits.
fn numerator(entry: &Rational, den: &Integer) -> (u32, Digits) {
    let words = (entry.numer().to_i64(), entry.denom().to_i128(), den.to_i128());
    if let (Some(numer), Some(own), Some(den)) = words
        && let Some(numerator) = i128::from(numer).checked_mul(den / own)
    {
        let bits = u128::BITS - numerator.unsigned_abs().leading_zeros();
        return (bits, Digits::new(numerator.to_string()).expect("an integer in decimal"));
    }
    digits(&(entry.numer() * Integer::from(den.div_exact_ref(entry.denom()))))
}

fn digits(integer: &Integer) -> (u32, Digits) {
    (integer.significant_bits(), Digits::new(integer.to_string()).expect("an integer in decimal"))
}

/// An activation as the problem record describes it.
pub fn to_activation(activation: &Activation) -> ActivationRecord {
    let (breakpoints, slopes, value) = activation.to_pieces();
    ActivationRecord {
        breakpoints: breakpoints.iter().map(to_fraction).collect(),
        slopes: slopes.iter().map(to_fraction).collect(),
        value: to_fraction(&value),
    }
}

/// An activation as a block names it.
pub fn to_nonlinearity(activation: &Nonlinearity) -> NonlinearityRecord {
    match activation {
        Nonlinearity::PiecewiseLinear(activation) => to_activation(activation).into(),
        Nonlinearity::Smooth(Smooth::Sigmoid) => SmoothRecord::Sigmoid.into(),
        Nonlinearity::Smooth(Smooth::Tanh) => SmoothRecord::Tanh.into(),
        Nonlinearity::Smooth(Smooth::Softplus { gamma }) => SmoothRecord::Softplus { gamma: to_fraction(gamma) }.into(),
        Nonlinearity::Smooth(Smooth::Elu { alpha }) => SmoothRecord::Elu { alpha: to_fraction(alpha) }.into(),
    }
}

/// The fully connected network of these widths d, n_1, …, n_L: block k are the n_k neurons of hidden layer k, each with all of
/// block k − 1 as its one patch, and the output sees all of block L − 1.
pub fn to_graph(activation: &Nonlinearity, widths: &[usize]) -> GraphRecord {
    let depth = widths.len() - 1;
    let block = |k: usize| BlockRecord {
        from: vec![k - 1],
        patches: None,
        rule: BlockRule::Filters { filters: widths[k], tied: false, activation: to_nonlinearity(activation) },
    };
    GraphRecord {
        inputs: widths[0],
        blocks: (1..depth).map(block).collect(),
        skips: (0..widths[depth - 1]).map(|unit| [depth - 1, unit]).collect(),
        outputs: widths[depth],
        bias: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Without a hidden layer the output sees the inputs.
    #[test]
    fn a_linear_network_has_no_blocks() {
        let graph = to_graph(&"tanh".parse().unwrap(), &[3, 2]);
        assert_eq!((graph.blocks.len(), graph.skips), (0, vec![[0, 0], [0, 1], [0, 2]]));
    }
}

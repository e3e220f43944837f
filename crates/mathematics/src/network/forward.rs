//! The forward pass over a kernel's scalars.

use super::activation::PiecewiseLinear;
use super::inputs::Imported;
use super::parameters::{Parameters, ShapeError, with_ones};
use crate::arith::{Number, parallel};
use crate::linalg::Kernel;
use nalgebra::DMatrix;

/// σ, entry by entry.
pub trait Elementwise<T>: Sync {
    /// σ of every entry.
    fn apply(&self, matrix: &DMatrix<T>) -> DMatrix<T>;
}

impl<T: Number> Elementwise<T> for PiecewiseLinear<T> {
    fn apply(&self, matrix: &DMatrix<T>) -> DMatrix<T> {
        PiecewiseLinear::apply(self, matrix)
    }
}

/// All that a forward pass computes; rows are samples.
#[derive(Debug, Clone, PartialEq)]
pub struct Forward<T> {
    /// \[F_0, 1\], …, \[F_{L−1}, 1\]: the features with a column of ones appended, [N, n_k + 1] at index k.
    pub features: Vec<DMatrix<T>>,
    /// P_1, …, P_L: the pre-activations, [N, n_k] at index k − 1.
    pub pre_activations: Vec<DMatrix<T>>,
}

impl<T> Forward<T> {
    /// The network's output F_L = P_L, [N, n_L].
    pub fn output(&self) -> &DMatrix<T> {
        &self.pre_activations[self.pre_activations.len() - 1]
    }
}

/// Runs the network on the inputs F_0 [N, d]: P_k = \[F_{k−1}, 1\] U_k, F_k = σ(P_k); no activation in the last layer.
///
/// Cost: one kernel product a layer.
///
/// # Errors
/// [`ShapeError::Inputs`] if the inputs do not have d columns.
pub fn forward<K: Kernel + ?Sized>(
    kernel: &K,
    activation: &impl Elementwise<K::Scalar>,
    inputs: &DMatrix<K::Scalar>,
    parameters: &Parameters<K::Scalar>,
) -> Result<Forward<K::Scalar>, ShapeError> {
    let (found, expected) = (inputs.ncols(), parameters.widths()[0]);
    if found != expected {
        return Err(ShapeError::Inputs { found, expected });
    }
    let mut features = vec![with_ones(kernel, inputs)];
    let mut pre_activations = Vec::with_capacity(parameters.depth());
    for (index, layer) in parameters.layers().iter().enumerate() {
        let pre_activation = kernel.product(&features[index], layer);
        if index + 1 < parameters.depth() {
            features.push(with_ones(kernel, &activation.apply(&pre_activation)));
        }
        pre_activations.push(pre_activation);
    }
    Ok(Forward { features, pre_activations })
}

/// Samples that [`forward_rows`] works on at a time.
const BLOCK: usize = 512;

/// The network's output F_L [N, n_L] alone, block by block, on all cores: [`forward`] for inputs of which only
/// some blocks are ever imported.
///
/// # Errors
/// [`ShapeError::Inputs`] if the inputs do not have d columns.
pub fn forward_rows<K: Kernel>(
    kernel: &K,
    activation: &impl Elementwise<K::Scalar>,
    inputs: &Imported<'_, K>,
    parameters: &Parameters<K::Scalar>,
) -> Result<DMatrix<K::Scalar>, ShapeError> {
    let (samples, outputs) = (inputs.samples(), parameters.widths()[parameters.depth()]);
    let mut output = DMatrix::from_element(samples, outputs, kernel.import_double(0.0));
    let rows = |block: usize| block * BLOCK..samples.min((block + 1) * BLOCK);
    let of_block = |block: usize| {
        forward(kernel, activation, &inputs.rows(rows(block)), parameters).map(|pass| pass.output().clone())
    };
    for (block, some) in parallel::collect(samples.div_ceil(BLOCK), of_block).into_iter().enumerate() {
        output.rows_mut(block * BLOCK, rows(block).len()).copy_from(&some?);
    }
    Ok(output)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        linalg::Exact,
        network::{Activation, import_matrix},
    };
    use rug::Rational;

    fn matrix(rows: usize, columns: usize, entries: &[i32]) -> DMatrix<Rational> {
        import_matrix(&Exact, &DMatrix::from_row_slice(rows, columns, entries).map(Rational::from))
    }

    #[test]
    fn two_layers_by_hand() {
        // |x + y − 1| and |x − y|, added, plus 5.
        let network = Parameters::new(vec![matrix(3, 2, &[1, 1, 1, -1, -1, 0]), matrix(3, 1, &[1, 1, 5])]).unwrap();
        let inputs = matrix(2, 2, &[0, 0, 3, 4]);
        let pass = forward(&Exact, &Activation::abs().import(&Exact), &inputs, &network.import(&Exact)).unwrap();
        assert_eq!(pass.features, [matrix(2, 3, &[0, 0, 1, 3, 4, 1]), matrix(2, 3, &[1, 0, 1, 6, 1, 1])]);
        assert_eq!(pass.pre_activations, [matrix(2, 2, &[-1, 0, 6, -1]), matrix(2, 1, &[6, 12])]);
        assert_eq!(*pass.output(), matrix(2, 1, &[6, 12]));
    }

    #[test]
    fn a_single_layer_has_no_activation() {
        let network = Parameters::new(vec![matrix(2, 1, &[1, -2])]).unwrap();
        let pass = forward(&Exact, &Activation::relu().import(&Exact), &matrix(2, 1, &[1, 5]), &network).unwrap();
        assert_eq!(*pass.output(), matrix(2, 1, &[-1, 3]));
        assert_eq!(pass.features.len(), 1);
    }

    #[test]
    fn inputs_of_another_width_are_refused() {
        let network = Parameters::new(vec![matrix(2, 1, &[1, -2])]).unwrap();
        let pass = forward(&Exact, &Activation::relu().import(&Exact), &matrix(1, 2, &[1, 5]), &network);
        assert_eq!(pass, Err(ShapeError::Inputs { found: 2, expected: 1 }));
    }
}

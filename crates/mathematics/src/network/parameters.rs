//! The weights and biases of a fully connected network.

use crate::{
    arith::{Number, counted},
    linalg::Kernel,
};
use nalgebra::{DMatrix, DMatrixView};
use rug::Rational;
use std::sync::Arc;

/// Two shapes that do not fit together. Layers are numbered from 1, shapes are (rows, columns).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShapeError {
    /// A network has at least one layer.
    #[error("a network has at least one layer")]
    NoLayers,
    /// A layer without inputs or without neurons.
    #[error("layer {layer} is empty: stacked shape {found:?}, at least (2, 1) expected")]
    EmptyLayer { layer: usize, found: (usize, usize) },
    /// A layer has another number of inputs than the layer before it has neurons.
    #[error("layer {layer} has {}, but layer {} has {}", counted(*found, "input"), layer - 1, counted(*expected, "neuron"))]
    Chain { layer: usize, found: usize, expected: usize },
    /// A replacement for a layer has another shape.
    #[error("layer {layer} has the stacked shape {expected:?}, not {found:?}")]
    Layer { layer: usize, found: (usize, usize), expected: (usize, usize) },
    /// There is no such layer.
    #[error("there is no layer {layer}: the network has layers 1 to {depth}")]
    NoSuchLayer { layer: usize, depth: usize },
    /// The inputs have another number of features than the first layer.
    #[error("the inputs have {}, but the first layer has {}", counted(*found, "feature"), counted(*expected, "input"))]
    Inputs { found: usize, expected: usize },
}

/// The parameters θ = (W_1, b_1, …, W_L, b_L) of a network, exact or over a kernel's scalar.
///
/// Layer k is one *stacked* matrix U_k = [W_k; b_kᵀ] of shape [n_{k−1} + 1, n_k]: the bias is the last row, so that
/// P_k = [F_{k−1}, 1] U_k. Layers are numbered from 1, as in the papers. Clones share the layers.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameters<T> {
    layers: Vec<Arc<DMatrix<T>>>,
}

impl<T: Number> Parameters<T> {
    /// The network with these stacked layers U_1, …, U_L.
    ///
    /// # Errors
    /// [`ShapeError::NoLayers`], [`ShapeError::EmptyLayer`], [`ShapeError::Chain`].
    pub fn new(layers: Vec<DMatrix<T>>) -> Result<Self, ShapeError> {
        Self::from_shared(layers.into_iter().map(Arc::new).collect())
    }

    /// The same as [`Parameters::new`] for layers that are shared already.
    ///
    /// # Errors
    /// Those of [`Parameters::new`].
    pub fn from_shared(layers: Vec<Arc<DMatrix<T>>>) -> Result<Self, ShapeError> {
        if layers.is_empty() {
            return Err(ShapeError::NoLayers);
        }
        for (index, layer) in layers.iter().enumerate() {
            if layer.nrows() < 2 || layer.ncols() == 0 {
                return Err(ShapeError::EmptyLayer { layer: index + 1, found: layer.shape() });
            }
        }
        for (index, pair) in layers.windows(2).enumerate() {
            let (found, expected) = (pair[1].nrows() - 1, pair[0].ncols());
            if found != expected {
                return Err(ShapeError::Chain { layer: index + 2, found, expected });
            }
        }
        Ok(Parameters { layers })
    }

    /// The number of layers L.
    pub fn depth(&self) -> usize {
        self.layers.len()
    }

    /// The widths [d, n_1, …, n_L].
    pub fn widths(&self) -> Vec<usize> {
        let inputs = self.layers[0].nrows() - 1;
        std::iter::once(inputs).chain(self.layers.iter().map(|layer| layer.ncols())).collect()
    }

    /// The stacked layers U_1, …, U_L (here counted from 0, as slices are).
    pub fn layers(&self) -> &[Arc<DMatrix<T>>] {
        &self.layers
    }

    /// The stacked layer U_k, [n_{k−1} + 1, n_k].
    ///
    /// # Panics
    /// Unless 1 ≤ k ≤ L.
    pub fn layer(&self, k: usize) -> &Arc<DMatrix<T>> {
        &self.layers[k - 1]
    }

    /// The weights W_k, [n_{k−1}, n_k].
    ///
    /// # Panics
    /// Unless 1 ≤ k ≤ L.
    pub fn weight(&self, k: usize) -> DMatrixView<'_, T> {
        let layer = self.layer(k);
        layer.rows(0, layer.nrows() - 1)
    }

    /// The bias b_kᵀ, [1, n_k].
    ///
    /// # Panics
    /// Unless 1 ≤ k ≤ L.
    pub fn bias(&self, k: usize) -> DMatrixView<'_, T> {
        let layer = self.layer(k);
        layer.rows(layer.nrows() - 1, 1)
    }

    /// The same network with another stacked layer U_k; the other layers are shared.
    ///
    /// # Errors
    /// [`ShapeError::NoSuchLayer`], [`ShapeError::Layer`].
    pub fn with_layer(&self, k: usize, layer: DMatrix<T>) -> Result<Self, ShapeError> {
        let depth = self.depth();
        if k == 0 || k > depth {
            return Err(ShapeError::NoSuchLayer { layer: k, depth });
        }
        let expected = self.layer(k).shape();
        if layer.shape() != expected {
            return Err(ShapeError::Layer { layer: k, found: layer.shape(), expected });
        }
        let mut layers = self.layers.clone();
        layers[k - 1] = Arc::new(layer);
        Ok(Parameters { layers })
    }

    /// Puts a stacked layer U_k in the place of another; the other layers are shared with earlier clones.
    ///
    /// # Panics
    /// Unless 1 ≤ k ≤ L and the shapes agree.
    pub fn set_layer(&mut self, k: usize, layer: Arc<DMatrix<T>>) {
        assert_eq!(layer.shape(), self.layer(k).shape(), "layer {k} keeps its shape");
        self.layers[k - 1] = layer;
    }

    /// The parameters as rationals, exactly; `None` if one of them is an infinity or a NaN.
    pub fn to_exact(&self) -> Option<Parameters<Rational>> {
        let layers = self.layers.iter().map(|layer| to_exact(layer).map(Arc::new)).collect::<Option<_>>()?;
        Some(Parameters { layers })
    }
}

impl Parameters<Rational> {
    /// The same network over a kernel's scalars.
    pub fn import<K: Kernel + ?Sized>(&self, kernel: &K) -> Parameters<K::Scalar> {
        Parameters { layers: self.layers.iter().map(|layer| Arc::new(import_matrix(kernel, layer))).collect() }
    }
}

/// A rational matrix over a kernel's scalars, entry by entry.
pub fn import_matrix<K: Kernel + ?Sized>(kernel: &K, matrix: &DMatrix<Rational>) -> DMatrix<K::Scalar> {
    DMatrix::from_iterator(matrix.nrows(), matrix.ncols(), matrix.iter().map(|entry| kernel.import(entry)))
}

/// A matrix as rationals, exactly; `None` if an entry is an infinity or a NaN.
pub fn to_exact<T: Number>(matrix: &DMatrix<T>) -> Option<DMatrix<Rational>> {
    let entries = matrix.iter().map(Number::to_rational).collect::<Option<Vec<_>>>()?;
    Some(DMatrix::from_vec(matrix.nrows(), matrix.ncols(), entries))
}

/// [M, 1]: the matrix with a column of ones appended, [N, n] → [N, n + 1].
pub fn with_ones<K: Kernel + ?Sized>(kernel: &K, matrix: &DMatrix<K::Scalar>) -> DMatrix<K::Scalar> {
    matrix.clone().insert_column(matrix.ncols(), kernel.import(&Rational::from(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zeros(rows: usize, columns: usize) -> DMatrix<f64> {
        DMatrix::zeros(rows, columns)
    }

    #[test]
    fn widths_and_parts() {
        let first = DMatrix::from_row_slice(3, 2, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let network = Parameters::new(vec![first, zeros(3, 4)]).unwrap();
        assert_eq!(network.widths(), [2, 2, 4]);
        assert_eq!(network.depth(), 2);
        assert_eq!(network.weight(1), DMatrix::from_row_slice(2, 2, &[1.0, 2.0, 3.0, 4.0]));
        assert_eq!(network.bias(1), DMatrix::from_row_slice(1, 2, &[5.0, 6.0]));
    }

    #[test]
    fn replacing_a_layer_shares_the_others() {
        let network = Parameters::new(vec![zeros(3, 2), zeros(3, 4)]).unwrap();
        let other = network.with_layer(2, DMatrix::from_element(3, 4, 1.0)).unwrap();
        assert!(Arc::ptr_eq(network.layer(1), other.layer(1)));
        assert_ne!(network, other);
        let wrong = ShapeError::Layer { layer: 2, found: (4, 3), expected: (3, 4) };
        assert_eq!(network.with_layer(2, zeros(4, 3)), Err(wrong));
        for layer in [0, 3] {
            assert_eq!(network.with_layer(layer, zeros(3, 4)), Err(ShapeError::NoSuchLayer { layer, depth: 2 }));
        }
    }

    #[test]
    fn shapes_that_do_not_fit_are_refused() {
        assert_eq!(Parameters::<f64>::new(vec![]), Err(ShapeError::NoLayers));
        assert_eq!(Parameters::new(vec![zeros(1, 2)]), Err(ShapeError::EmptyLayer { layer: 1, found: (1, 2) }));
        assert_eq!(
            Parameters::new(vec![zeros(3, 2), zeros(3, 0)]),
            Err(ShapeError::EmptyLayer { layer: 2, found: (3, 0) })
        );
        assert_eq!(
            Parameters::new(vec![zeros(3, 2), zeros(4, 2)]),
            Err(ShapeError::Chain { layer: 2, found: 3, expected: 2 })
        );
    }

    #[test]
    fn a_float_that_is_no_number_has_no_exact_value() {
        assert_eq!(
            to_exact(&DMatrix::from_element(1, 1, 0.5)),
            Some(DMatrix::from_element(1, 1, Rational::from((1, 2))))
        );
        assert_eq!(to_exact(&DMatrix::from_element(1, 1, f64::NAN)), None);
        let network = Parameters::new(vec![DMatrix::from_element(2, 1, f64::INFINITY)]).unwrap();
        assert_eq!(network.to_exact(), None);
    }
}

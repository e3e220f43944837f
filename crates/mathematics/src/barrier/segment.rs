//! One piece of a path, prepared: parameters quadratic in λ, and the first layer's products, done once for all λ.
//!
//! On a straight segment from A to B the parameters are A + λ (B − A); on a quadratic Bézier curve with the control point
//! C they are A + 2λ (C − A) + λ² (A − 2C + B) (Garipov et al. 2018, section 3). A first layer acts on fixed inputs, so
//! its pre-activation is the same quadratic of the products X A, X B, X C: no later step multiplies by X again.
//!
//! Matrices are transposed here, a column a sample: features [n + 1, B] with a last row of ones, stacked layers [m, n + 1].

use super::arithmetic::{Arithmetic, larger, magnitude};
use crate::arith::{Number, parallel};
use crate::network::{Imported, Parameters, import_matrix};
use nalgebra::DMatrix;
use rug::Rational;

/// constant + λ linear + λ² quadratic; without a quadratic part on a straight segment.
pub struct Curve<T> {
    constant: DMatrix<T>,
    linear: DMatrix<T>,
    quadratic: Option<DMatrix<T>>,
}

impl<T: Number> Curve<T> {
    /// The curve through these values at 0 and 1, with this control point. `two` is 2.
    fn new(start: DMatrix<T>, end: &DMatrix<T>, control: Option<&DMatrix<T>>, two: &T) -> Self {
        match control {
            None => {
                let linear = end.zip_map(&start, |b, a| b.minus(&a));
                Curve { constant: start, linear, quadratic: None }
            }
            Some(control) => {
                let linear = control.zip_map(&start, |c, a| two.times(&c.minus(&a)));
                let quadratic = start.zip_zip_map(control, end, |a, c, b| a.minus(&two.times(&c)).plus(&b));
                Curve { constant: start, linear, quadratic: Some(quadratic) }
            }
        }
    }

    /// The value at λ.
    pub fn at(&self, lambda: &T) -> DMatrix<T> {
        match &self.quadratic {
            None => self.constant.zip_map(&self.linear, |a, d| a.plus(&lambda.times(&d))),
            Some(quadratic) => {
                let horner = |a: T, d: T, q: T| a.plus(&lambda.times(&d.plus(&lambda.times(&q))));
                self.constant.zip_zip_map(&self.linear, quadratic, horner)
            }
        }
    }

    /// w² times the quadratic part: on [a, a + w] the curve is its chord − s (1 − s) times this, s from 0 to 1.
    pub fn bend(&self, width: &T) -> Option<DMatrix<T>> {
        let square = width.times(width);
        self.quadratic.as_ref().map(|quadratic| quadratic.map(|q| square.times(&q)))
    }
}

/// A layer k ≥ 2 along a segment.
pub struct LayerCurve<T> {
    /// U_k(λ)ᵀ, [n_k, n_{k−1} + 1]. With M the largest of |A|, |B|, |C| entry by entry, a value of it errs by at most
    /// 48 u M, and so does its bend.
    pub weights: Curve<T>,
    /// The largest entry of M in each row, and a bit more, [n_k].
    pub largest: Vec<T>,
}

/// Samples that are worked on together.
pub struct Block<T> {
    /// The first sample's row in the data.
    pub first_sample: usize,
    /// The first layer's pre-activation along the segment.
    pub level: FirstLevel<T>,
}

/// A first layer's pre-activation along the segment.
pub struct FirstLevel<T> {
    /// P_1(λ)ᵀ, [n_1, B].
    pub pre_activation: Curve<T>,
    /// A bound of the error of `pre_activation` and of its bend, for all λ in [0, 1], [n_1, B].
    pub error: DMatrix<T>,
}

/// A straight segment or a quadratic Bézier curve, prepared for a float type.
pub struct Segment<T> {
    /// The samples, in order.
    pub blocks: Vec<Block<T>>,
    /// Layers 2, …, L.
    pub layers: Vec<LayerCurve<T>>,
}

impl<T: Number> Segment<T> {
    /// Imports the control points (A, B) or (A, C, B) in the order of the path and multiplies by the inputs [N, d].
    ///
    /// Cost: 2 N d n_1 operations a control point and once more for the error.
    pub fn new<F: Arithmetic<Scalar = T>>(
        float: &F,
        inputs: &Imported<'_, F>,
        points: &[&Parameters<Rational>],
        block_size: usize,
    ) -> Self {
        let layers_of = |k: usize| -> Vec<DMatrix<T>> {
            points.iter().map(|point| import_matrix(float, point.layer(k)).transpose()).collect()
        };
        let layers = (2..=points[0].depth()).map(|k| LayerCurve::new(float, layers_of(k))).collect();
        let first = layers_of(1);
        let samples = inputs.samples();
        let starts: Vec<usize> = (0..samples).step_by(block_size).collect();
        let block = |&start: &usize| {
            let columns = inputs.columns(start..samples.min(start + block_size));
            let rows = columns.nrows();
            let level = FirstLevel::new(float, columns.insert_row(rows, float.float(1.0)), &first);
            Block { first_sample: start, level }
        };
        Segment { blocks: parallel::map(&starts, block), layers }
    }
}

impl<T: Number> LayerCurve<T> {
    /// From its values at the control points.
    pub fn new<F: Arithmetic<Scalar = T>>(float: &F, values: Vec<DMatrix<T>>) -> Self {
        let bound = largest_of(&values);
        // Imports round M itself; `tiny` stands for what underflow may do to an entry.
        let row = |i: usize| bound.row(i).iter().cloned().fold(float.tiny(), larger);
        let inflate = float.float(1.0 + 2f64.powi(-20));
        let largest = (0..bound.nrows()).map(|i| inflate.times(&row(i)).plus(&float.tiny())).collect();
        LayerCurve { weights: curve(values, &float.float(2.0)), largest }
    }
}

impl<T: Number> FirstLevel<T> {
    /// The products of layers at the control points with inputs [n, B], their bias being a column and the inputs' last row ones.
    ///
    /// The error bound: with M = max(|A|, |B|, |C|) and n terms,
    ///
    /// - import of X and of a control point: 2 u |X| M together, and second order;
    /// - the product: γ_{n+1} |X| M;
    /// - a value of the curve is a sum of convex weights times these, so that it inherits them once; evaluating the curve
    ///   from its three coefficients, of magnitude at most 4 |X| M (1 + small): at most 48 u |X| M, as for a layer;
    /// - the bend of a Bézier curve inherits 4 times the errors of the products (its weights 1, 2, 1 sum to 4), and counts
    ///   with a factor of at most 1/4: the same once more.
    ///
    /// A value errs by at most (n + 51) u |X| M but for products of these errors. |X| M is computed with a relative error below
    /// (n + 8) u, a product of errors too: (n + 64) u |X| M on a segment, and twice that on a curve, are more.
    pub fn new<F: Arithmetic<Scalar = T>>(float: &F, inputs: DMatrix<T>, layers: &[DMatrix<T>]) -> Self {
        let product = |layer: &DMatrix<T>, inputs: &DMatrix<T>| {
            let mut out = DMatrix::from_element(layer.nrows(), inputs.ncols(), float.float(0.0));
            float.add_product(&mut out, layer, inputs);
            out
        };
        let products = layers.iter().map(|layer| product(layer, &inputs)).collect();
        let size = product(&largest_of(layers), &inputs.map(|x| magnitude(&x)));
        let times = if layers.len() > 2 { 2.0 } else { 1.0 };
        let factor = float.float(times * (inputs.nrows() as f64 + 64.0) * float.unit_roundoff());
        let tiny = float.tiny();
        let error = size.map(|size| size.plus(&tiny).times(&factor).plus(&tiny));
        FirstLevel { pre_activation: curve(products, &float.float(2.0)), error }
    }

    /// Columns that stand for the patches of one sample after the other, below one another: [P T, B] of [T, P B].
    pub fn reshaped(self, samples: usize) -> Self {
        let patches = self.error.ncols() / samples.max(1);
        let FirstLevel { pre_activation: Curve { constant, linear, quadratic }, error } = self;
        let shape = |matrix| reshaped(matrix, patches);
        let pre_activation =
            Curve { constant: shape(constant), linear: shape(linear), quadratic: quadratic.map(shape) };
        FirstLevel { pre_activation, error: shape(error) }
    }

    /// Plus this column of biases [n_1, 1].
    ///
    /// Rounding: each coefficient is a sum, which errs by u of itself; a value of the biases errs by 48 u M, and their bend, with a
    /// factor of at most 1/4, by the same.
    pub fn plus_biases<F: Arithmetic<Scalar = T>>(mut self, float: &F, biases: &LayerCurve<T>) -> Self {
        let (import, unit) = (float.float(256.0 * float.unit_roundoff()), float.float(4.0 * float.unit_roundoff()));
        let Curve { constant, linear, quadratic } = &mut self.pre_activation;
        let add = |matrix: &mut DMatrix<T>, column: &DMatrix<T>, error: &mut DMatrix<T>| {
            let rows = matrix.nrows();
            for (i, (x, r)) in matrix.iter_mut().zip(error.iter_mut()).enumerate() {
                *x = x.plus(&column[i % rows]);
                *r = r.plus(&unit.times(&magnitude(x)));
            }
        };
        add(constant, &biases.weights.constant, &mut self.error);
        add(linear, &biases.weights.linear, &mut self.error);
        if let (Some(quadratic), Some(column)) = (quadratic, &biases.weights.quadratic) {
            add(quadratic, column, &mut self.error);
        }
        for (i, r) in self.error.iter_mut().enumerate() {
            *r = r.plus(&import.times(&biases.largest[i % biases.largest.len()])).plus(&float.tiny());
        }
        self
    }
}

/// The curve through the first and the last of the points, with the one between as control point.
pub fn curve<T: Number>(mut points: Vec<DMatrix<T>>, two: &T) -> Curve<T> {
    let end = points.pop().expect("a segment has two ends");
    let control = (points.len() > 1).then(|| points.swap_remove(1));
    Curve::new(points.swap_remove(0), &end, control.as_ref(), two)
}

/// As many columns as go into one another, one below the other.
pub fn reshaped<T: Number>(matrix: DMatrix<T>, columns: usize) -> DMatrix<T> {
    let shape = (matrix.nrows() * columns, matrix.ncols() / columns);
    DMatrix::from_vec(shape.0, shape.1, matrix.data.into())
}

/// The largest magnitude in each place.
pub fn largest_of<T: Number>(points: &[DMatrix<T>]) -> DMatrix<T> {
    let largest = points[0].map(|x| magnitude(&x));
    points[1..].iter().fold(largest, |bound, point| bound.zip_map(point, |m, x| larger(m, magnitude(&x))))
}

//! A network's weights, exactly.

use crate::error::Failure;
use nalgebra::DMatrix;
use numpy::{PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;
use pyo3::types::PyList;
use rug::Rational;
use std::sync::Arc;
use sublevel::linalg::{Double, Kernel};
use sublevel::network::{FoldBatchNorm, ImportOptions, Parameters, network_to_bytes};

/// The weights W_k [n_{k−1}, n_k] and biases b_k [n_k] of a fully connected network, as the rational numbers that they are.
#[pyclass(frozen, module = "sublevel._sublevel")]
pub struct Network(pub Arc<Parameters<Rational>>);

/// An array of doubles or of floats, whatever its strides: read where it is.
#[derive(FromPyObject)]
pub enum Array2<'py> {
    Doubles(PyReadonlyArray2<'py, f64>),
    Floats(PyReadonlyArray2<'py, f32>),
}

/// The same of one axis.
#[derive(FromPyObject)]
pub enum Array1<'py> {
    Doubles(PyReadonlyArray1<'py, f64>),
    Floats(PyReadonlyArray1<'py, f32>),
}

impl Array2<'_> {
    /// [rows, columns].
    pub fn shape(&self) -> (usize, usize) {
        match self {
            Array2::Doubles(array) => array.as_array().dim(),
            Array2::Floats(array) => array.as_array().dim(),
        }
    }

    /// An entry; every float is a double.
    pub fn entry(&self, row: usize, column: usize) -> f64 {
        match self {
            Array2::Doubles(array) => array.as_array()[[row, column]],
            Array2::Floats(array) => array.as_array()[[row, column]].into(),
        }
    }

    /// As the rationals that the entries are; `what` names the array in an error.
    pub fn exact(&self, what: &str) -> Result<DMatrix<Rational>, Failure> {
        let (rows, columns) = self.shape();
        let entries = (0..columns).flat_map(|j| (0..rows).map(move |i| (i, j)));
        let exact = |(i, j)| {
            let entry = self.entry(i, j);
            let not_finite =
                || Failure::input(format!("{what}: entry [{i}, {j}] is {entry}; expected a finite number"));
            Rational::from_f64(entry).ok_or_else(not_finite)
        };
        Ok(DMatrix::from_vec(rows, columns, entries.map(exact).collect::<Result<_, _>>()?))
    }
}

impl Array1<'_> {
    fn entry(&self, index: usize) -> f64 {
        match self {
            Array1::Doubles(array) => array.as_array()[index],
            Array1::Floats(array) => array.as_array()[index].into(),
        }
    }

    fn len(&self) -> usize {
        match self {
            Array1::Doubles(array) => array.as_array().len(),
            Array1::Floats(array) => array.as_array().len(),
        }
    }
}

/// U_k = [W_k; b_kᵀ].
fn stacked(k: usize, weight: &Array2<'_>, bias: &Array1<'_>) -> Result<DMatrix<Rational>, Failure> {
    let (rows, columns) = weight.shape();
    if bias.len() != columns {
        let found = bias.len();
        return Err(Failure::input(format!(
            "layer {k}: W has the shape [{rows}, {columns}], and so {columns} neurons, but b has {found}; W is [inputs, neurons]"
        )));
    }
    let mut layer = weight.exact(&format!("layer {k}, W"))?.insert_row(rows, Rational::new());
    for j in 0..columns {
        let entry = bias.entry(j);
        let not_finite = || Failure::input(format!("layer {k}, b: entry [{j}] is {entry}; expected a finite number"));
        layer[(rows, j)] = Rational::from_f64(entry).ok_or_else(not_finite)?;
    }
    Ok(layer)
}

#[pymethods]
impl Network {
    #[new]
    fn new(layers: Vec<(Array2<'_>, Array1<'_>)>) -> PyResult<Self> {
        let stacked = (1..).zip(&layers).map(|(k, (weight, bias))| stacked(k, weight, bias));
        let layers = stacked.collect::<Result<Vec<_>, _>>()?;
        Ok(Network(Arc::new(Parameters::new(layers).map_err(Failure::input)?)))
    }

    /// The network in a file's bytes, with the batch normalisations that it has folded into its layers.
    #[staticmethod]
    fn folded(bytes: &[u8], place: &str, epsilon: f64) -> PyResult<Self> {
        let place: FoldBatchNorm = place.parse().map_err(Failure::input)?;
        let options =
            ImportOptions { fold_batch_norm: Some(place), batch_norm_epsilon: epsilon, ..ImportOptions::default() };
        let read = options.parse_network(bytes, "the model").map_err(Failure::input)?;
        Ok(Network(Arc::new(read.network)))
    }

    /// [d, n_1, …, n_L].
    #[getter]
    fn widths(&self) -> Vec<usize> {
        self.0.widths()
    }

    /// W_k [n_{k−1}, n_k] and b_k [n_k], rounded to the nearest doubles.
    fn layers<'py>(&self, py: Python<'py>) -> PyResult<Vec<(Bound<'py, PyArray2<f64>>, Bound<'py, PyArray1<f64>>)>> {
        let layer = |k| {
            let (weight, bias) = (self.0.weight(k), self.0.bias(k));
            Ok((
                array(py, weight.nrows(), weight.ncols(), |i, j| nearest(&weight[(i, j)]))?,
                PyArray1::from_vec(py, bias.iter().map(nearest).collect()),
            ))
        };
        (1..=self.0.depth()).map(layer).collect()
    }

    /// W_k and b_k as lists (of lists) of `fractions.Fraction`.
    fn exact<'py>(&self, py: Python<'py>) -> PyResult<Vec<(Bound<'py, PyList>, Bound<'py, PyList>)>> {
        let of = Fractions::new(py)?;
        let layer = |k| {
            let (weight, bias) = (self.0.weight(k), self.0.bias(k));
            let row = |i| PyList::new(py, weight.row(i).iter().map(|x| of.number(x)).collect::<PyResult<Vec<_>>>()?);
            let rows = (0..weight.nrows()).map(row).collect::<PyResult<Vec<_>>>()?;
            let bias = bias.iter().map(|x| of.number(x)).collect::<PyResult<Vec<_>>>()?;
            Ok((PyList::new(py, rows)?, PyList::new(py, bias)?))
        };
        (1..=self.0.depth()).map(layer).collect()
    }

    /// As a file (.safetensors) of doubles; an error where that would round.
    fn safetensors(&self) -> PyResult<Vec<u8>> {
        Ok(network_to_bytes(&*self.0).map_err(Failure::input)?)
    }

    fn __eq__(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

/// An array of doubles, row by row.
pub fn array<'py>(
    py: Python<'py>,
    rows: usize,
    columns: usize,
    entry: impl Fn(usize, usize) -> f64,
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let entry = &entry;
    let entries = (0..rows).flat_map(|i| (0..columns).map(move |j| entry(i, j))).collect();
    PyArray1::from_vec(py, entries).reshape([rows, columns])
}

/// The nearest double.
pub fn nearest(number: &Rational) -> f64 {
    Double.import(number)
}

/// Python's `fractions.Fraction`.
pub struct Fractions<'py> {
    class: Bound<'py, PyAny>,
    int: Bound<'py, PyAny>,
}

impl<'py> Fractions<'py> {
    /// Imports it.
    pub fn new(py: Python<'py>) -> PyResult<Self> {
        let class = py.import("fractions")?.getattr("Fraction")?;
        Ok(Fractions { class, int: py.import("builtins")?.getattr("int")? })
    }

    /// An exact number. Python reads long decimals no more, but long hexadecimals.
    pub fn number(&self, number: &Rational) -> PyResult<Bound<'py, PyAny>> {
        let int = |part: &rug::Integer| self.int.call1((part.to_string_radix(16), 16));
        self.class.call1((int(number.numer())?, int(number.denom())?))
    }
}

//! The numbers of a graph: arrays of an ONNX file, or of a state dictionary with the same names.

use super::super::array::Array;
use super::super::problem::{ImportProblem, list};
use super::super::{fold, options::Budget};
use super::graph::{Form, Layer, Norm, Order, Parameter, Product, Structure};
use crate::network::inputs::EXACT_ENTRY_BYTES;
use crate::network::{GraphLayer, GraphNetwork};
use nalgebra::DMatrix;
use rug::Rational;
use std::collections::BTreeMap;

/// Where the numbers come from.
pub struct Numbers<'a> {
    pub arrays: &'a BTreeMap<String, Array>,
    /// What stands before the names of the graph in those of the arrays.
    pub prefix: &'a str,
    /// The file that the graph is from.
    pub graph: &'a str,
    pub budget: Budget,
}

/// A network of this structure, and what was rounded.
pub fn network(structure: &Structure, numbers: &mut Numbers<'_>) -> Result<(GraphNetwork, Vec<String>), ImportProblem> {
    let mut notes = vec![];
    let mut layers = BTreeMap::new();
    let last = structure.graph.blocks.len() + 1;
    for (&number, layer) in &structure.layers {
        let layer = match layer {
            Layer::Product(product) => numbers.product(product, number == last, &mut notes)?,
            Layer::Norm(norm) => numbers.norm(norm)?,
            Layer::Unit(units) => GraphLayer { weight: unit_matrix(*units), bias: None },
        };
        layers.insert(number, layer);
    }
    let broken =
        |error: crate::network::GraphError| ImportProblem::Broken { format: "ONNX", reason: error.to_string() };
    Ok((GraphNetwork::new(structure.graph.clone(), layers).map_err(broken)?, notes))
}

impl Numbers<'_> {
    /// The array of a parameter.
    fn array(&self, parameter: &Parameter) -> Result<&Array, ImportProblem> {
        let alias = parameter.alias.as_ref().map(|alias| format!("{}{alias}", self.prefix));
        let name = format!("{}{}", self.prefix, parameter.name);
        let found = alias.and_then(|alias| self.arrays.get(&alias)).or_else(|| self.arrays.get(&name));
        let Some(array) = found else {
            let there = list(self.arrays.keys().map(String::as_str));
            return Err(ImportProblem::NoParameter { array: name, graph: self.graph.into(), there });
        };
        if array.shape != parameter.shape {
            let (found, expected) = (array.shape.clone(), parameter.shape.clone());
            return Err(ImportProblem::Parameter {
                array: array.name.clone(),
                graph: self.graph.into(),
                found: found.into(),
                expected: expected.into(),
            });
        }
        array.check_floats()?;
        Ok(array)
    }

    /// The entries of a parameter in rows.
    fn matrix(&mut self, parameter: &Parameter, rows: usize) -> Result<DMatrix<Rational>, ImportProblem> {
        let entries: usize = parameter.shape.iter().product();
        self.budget.take("the network, in exact numbers,", EXACT_ENTRY_BYTES.saturating_mul(entries as u64))?;
        self.array(parameter)?.to_matrix(rows)
    }

    /// Weight [l, T] and bias [1, T] of a product; rows in the order of its units, of the output in that of ONNX.
    fn product(
        &mut self,
        product: &Product,
        is_output: bool,
        notes: &mut Vec<String>,
    ) -> Result<GraphLayer, ImportProblem> {
        let shape = &product.weight.shape;
        let mut weight = self.matrix(&product.weight, shape[0])?;
        match product.form {
            Form::Convolution => weight = by_pixels(&weight, [shape[1], shape[2], shape[3]]),
            Form::Dense { out_in, rows } => {
                if out_in {
                    weight = weight.transpose();
                }
                if !is_output {
                    weight = ordered(&weight, rows);
                }
            }
        }
        let filters = weight.ncols();
        let bias = product.bias.as_ref().map(|bias| self.matrix(bias, 1)).transpose()?;
        let mut layer = GraphLayer { weight, bias };
        if layer.bias.is_none() && (!is_output || !product.folded.is_empty()) {
            layer.bias = Some(DMatrix::from_element(1, filters, Rational::new()));
        }
        for norm in &product.folded {
            layer = self.folded(layer, norm, &product.weight.name, notes)?;
        }
        Ok(layer)
    }

    /// A product with the normalisation behind it multiplied in, and rounded.
    fn folded(
        &self,
        layer: GraphLayer,
        norm: &Norm,
        into: &str,
        notes: &mut Vec<String>,
    ) -> Result<GraphLayer, ImportProblem> {
        let rows = layer.weight.nrows();
        let mut stacked = layer.weight.insert_row(rows, Rational::new());
        stacked.set_row(rows, &layer.bias.expect("a product that something is folded into has a bias").row(0));
        let [gain, shift, mean, variance] = &norm.parameters;
        let array = |parameter| self.array(parameter).map(|array| Some(array.clone()));
        let arrays = fold::Norm::new(norm.label.clone(), array(gain)?, array(shift)?, array(mean)?, array(variance)?)?;
        let (stacked, rounding) = arrays.fold_into(&stacked, norm.epsilon.into())?;
        notes.push(format!(
            "BatchNormalization `{}` (ε = {:e}) folded into `{into}`, rounded to doubles: no parameter moved by more than {rounding:.1e}",
            norm.label, norm.epsilon
        ));
        let bias = stacked.rows(rows, 1).into_owned();
        // Copied: nalgebra 0.34 frees numbers twice where it removes rows.
        Ok(GraphLayer { weight: stacked.rows(0, rows).into_owned(), bias: Some(bias) })
    }

    /// γ, μ and v [3, C], and β [1, C].
    fn norm(&mut self, norm: &Norm) -> Result<GraphLayer, ImportProblem> {
        let [gain, shift, mean, variance] = &norm.parameters;
        let mut vector =
            |parameter| self.matrix(parameter, 1).map(|row| ordered(&row.transpose(), norm.order).transpose());
        let bias = vector(shift)?;
        let mut weight = vector(gain)?.insert_rows(1, 2, Rational::new());
        weight.set_row(1, &vector(mean)?.row(0));
        weight.set_row(2, &vector(variance)?.row(0));
        Ok(GraphLayer { weight, bias: Some(bias) })
    }
}

/// V of an output that is units as they are.
fn unit_matrix(size: usize) -> DMatrix<Rational> {
    DMatrix::from_fn(size, size, |i, j| Rational::from(u8::from(i == j)))
}

/// [T, C·h·w], each row plane by plane, to [h·w·C, T], each column pixel by pixel.
fn by_pixels(weight: &DMatrix<Rational>, [channels, height, width]: [usize; 3]) -> DMatrix<Rational> {
    let pixels = height * width;
    DMatrix::from_fn(weight.ncols(), weight.nrows(), |row, filter| {
        weight[(filter, row % channels * pixels + row / channels)].clone()
    })
}

/// Rows in the order of ONNX to rows in the order of units.
fn ordered(matrix: &DMatrix<Rational>, order: Order) -> DMatrix<Rational> {
    let mut rows = matrix.clone();
    for number in 0..matrix.nrows() {
        rows.set_row(order.unit(number), &matrix.row(number));
    }
    rows
}

//! An array of a file, before it is known what it stands for.

use super::super::inputs::{EXACT_ENTRY_BYTES, Inputs};
use super::options::{Budget, Layout};
use super::problem::ImportProblem;
use crate::arith::parallel;
use nalgebra::DMatrix;
use rug::Rational;

/// A named array, its entries in row-major order.
#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    pub name: String,
    pub shape: Vec<usize>,
    /// The type as the file names it.
    pub dtype: String,
    pub values: Values,
}

/// Doubles hold every f16, bf16 and f32, and i128 every i64 and u64. Images stay bytes: there are many.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    Floats(Vec<f64>),
    Integers(Vec<i128>),
    Bytes(Vec<u8>),
    /// Not read; what was expected instead.
    Other(&'static str),
}

impl Values {
    /// What an entry takes in memory, in bytes.
    pub const FLOAT_BYTES: u64 = 8;
    pub const INTEGER_BYTES: u64 = 16;
}

/// Floats that are made rationals at a time.
const BLOCK: usize = 1 << 12;

/// An integer up to this magnitude is a double.
const LARGEST_DOUBLE_INTEGER: i128 = 1 << 53;

impl Array {
    /// The entries as a matrix of this many rows, which divides their number: row-major, all dimensions but the first
    /// flattened if `rows` is the first.
    ///
    /// # Errors
    /// [`ImportProblem::NotFinite`], [`ImportProblem::Type`], [`ImportProblem::Empty`].
    pub fn to_matrix(&self, rows: usize) -> Result<DMatrix<Rational>, ImportProblem> {
        let entries = self.entries_exactly()?;
        Ok(DMatrix::from_row_iterator(rows, entries.len() / rows.max(1), entries))
    }

    /// A matrix of weights that is stored like this, inputs by outputs; dimensions after the second are flattened.
    ///
    /// # Errors
    /// Those of [`Array::to_matrix`].
    pub fn to_weight(&self, layout: Layout) -> Result<DMatrix<Rational>, ImportProblem> {
        match layout {
            Layout::InOut => self.to_matrix(self.shape[0]),
            // Columns of the one are rows of the other: the entries stay in their order.
            Layout::OutIn => {
                let (entries, outputs) = (self.entries_exactly()?, self.shape[0]);
                Ok(DMatrix::from_vec(entries.len() / outputs.max(1), outputs, entries))
            }
        }
    }

    fn entries_exactly(&self) -> Result<Vec<Rational>, ImportProblem> {
        let entries = match &self.values {
            Values::Integers(integers) => integers.iter().map(|&integer| Rational::from(integer)).collect(),
            Values::Bytes(bytes) => bytes.iter().map(|&byte| Rational::from(byte)).collect(),
            Values::Floats(floats) => {
                self.check_finite()?;
                let exactly = |float: &f64| Rational::from_f64(*float).expect("a finite number");
                let blocks: Vec<&[f64]> = floats.chunks(BLOCK).collect();
                let blocks = parallel::map(&blocks, |block| block.iter().map(exactly).collect::<Vec<_>>());
                blocks.into_iter().flatten().collect()
            }
            Values::Other(expected) => return Err(self.mistyped(expected)),
        };
        self.check_filled()?;
        Ok(entries)
    }

    /// The entries as inputs, a sample a slice along the first dimension; all other dimensions are flattened.
    ///
    /// # Errors
    /// [`ImportProblem::NotFinite`], [`ImportProblem::Type`], [`ImportProblem::Empty`]; [`ImportProblem::TooLarge`] for huge integers.
    pub fn into_inputs(self, budget: &mut Budget) -> Result<Inputs, ImportProblem> {
        self.check_filled()?;
        self.check_finite()?;
        let columns = self.entries() / self.shape[0];
        Ok(match self.values {
            Values::Bytes(bytes) => Inputs::from_bytes(columns, bytes),
            Values::Floats(floats) => Inputs::from_doubles(columns, floats),
            Values::Integers(ref integers) if integers.iter().all(|x| x.abs() <= LARGEST_DOUBLE_INTEGER) => {
                Inputs::from_doubles(columns, integers.iter().map(|&integer| integer as f64).collect())
            }
            Values::Integers(_) => {
                budget.take(
                    &format!("array `{}`, with integers above 2^53,", self.name),
                    EXACT_ENTRY_BYTES * self.entries() as u64,
                )?;
                self.to_matrix(self.shape[0])?.into()
            }
            Values::Other(expected) => return Err(self.mistyped(expected)),
        })
    }

    /// The number of entries.
    pub fn entries(&self) -> usize {
        self.shape.iter().product()
    }

    /// Keeps the first of the slices along the first dimension, at most this many.
    pub fn truncate(&mut self, slices: usize) {
        if let Some(first) = self.shape.first_mut() {
            *first = slices.min(*first);
        }
        let entries = self.entries();
        match &mut self.values {
            Values::Floats(floats) => floats.truncate(entries),
            Values::Integers(integers) => integers.truncate(entries),
            Values::Bytes(bytes) => bytes.truncate(entries),
            Values::Other(_) => {}
        }
    }

    /// The entries as doubles, each rounded to the nearest.
    ///
    /// # Errors
    /// [`ImportProblem::NotFinite`], [`ImportProblem::Type`].
    pub fn doubles(&self) -> Result<Vec<f64>, ImportProblem> {
        self.check_finite()?;
        match &self.values {
            Values::Floats(floats) => Ok(floats.clone()),
            Values::Integers(integers) => Ok(integers.iter().map(|&integer| integer as f64).collect()),
            Values::Bytes(bytes) => Ok(bytes.iter().map(|&byte| byte.into()).collect()),
            Values::Other(expected) => Err(self.mistyped(expected)),
        }
    }

    /// Whether the entries are integers by their type.
    pub fn is_integral(&self) -> bool {
        matches!(self.values, Values::Integers(_) | Values::Bytes(_))
    }

    /// Whether the entries are integers, of whatever type.
    pub fn has_integers(&self) -> bool {
        match &self.values {
            Values::Floats(floats) => floats.iter().all(|float| float.fract() == 0.0),
            _ => self.is_integral(),
        }
    }

    /// # Errors
    /// [`ImportProblem::NotFinite`] for the first infinity or NaN.
    pub fn check_finite(&self) -> Result<(), ImportProblem> {
        let Values::Floats(floats) = &self.values else { return Ok(()) };
        match floats.iter().position(|float| !float.is_finite()) {
            Some(index) => Err(ImportProblem::NotFinite {
                array: self.name.clone(),
                position: self.position(index),
                value: floats[index].to_string(),
            }),
            None => Ok(()),
        }
    }

    /// # Errors
    /// [`ImportProblem::Empty`] if a dimension is 0.
    pub fn check_filled(&self) -> Result<(), ImportProblem> {
        match self.shape.contains(&0) {
            true => Err(ImportProblem::Empty { array: self.name.clone(), shape: self.shape.clone() }),
            false => Ok(()),
        }
    }

    /// The indices of an entry.
    fn position(&self, mut index: usize) -> Vec<usize> {
        let mut position = vec![0; self.shape.len()];
        for (place, &size) in position.iter_mut().zip(&self.shape).rev() {
            *place = index % size;
            index /= size;
        }
        position
    }

    /// Parameters are floats.
    pub fn check_floats(&self) -> Result<(), ImportProblem> {
        match self.values {
            Values::Floats(_) => Ok(()),
            Values::Integers(_) | Values::Bytes(_) => {
                Err(self.mistyped("floats: a quantised network has to be converted first"))
            }
            Values::Other(expected) => Err(self.mistyped(expected)),
        }
    }

    pub fn mistyped(&self, expected: &'static str) -> ImportProblem {
        ImportProblem::Type { array: self.name.clone(), found: self.dtype.clone(), expected }
    }

    pub fn misshapen(&self, expected: &'static str) -> ImportProblem {
        ImportProblem::Shape { array: self.name.clone(), shape: self.shape.clone(), expected }
    }
}

/// The number of entries of an array of this shape.
///
/// # Errors
/// [`ImportProblem::TooLarge`] if the product leaves `usize`.
pub fn count(name: &str, shape: &[usize], budget: &Budget) -> Result<usize, ImportProblem> {
    // A dimension of 0 makes any shape small.
    if shape.contains(&0) {
        return Ok(0);
    }
    let product = shape.iter().try_fold(1usize, |product, &size| product.checked_mul(size));
    let unbounded =
        || ImportProblem::TooLarge { what: format!("array `{name}`"), bytes: u64::MAX, limit: budget.limit() };
    product.ok_or_else(unbounded)
}

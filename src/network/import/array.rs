//! An array of a file, before it is known what it stands for.

use super::Problem;
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
}

impl Array {
    /// The entries as a matrix of this many rows, which divides their number: row-major, all dimensions but the first
    /// flattened if `rows` is the first.
    ///
    /// # Errors
    /// [`Problem::NotFinite`].
    pub fn to_matrix(&self, rows: usize) -> Result<DMatrix<Rational>, Problem> {
        let entries = match &self.values {
            Values::Integers(integers) => integers.iter().map(|&integer| Rational::from(integer)).collect(),
            Values::Bytes(bytes) => bytes.iter().map(|&byte| Rational::from(byte)).collect(),
            Values::Floats(floats) => floats
                .iter()
                .enumerate()
                .map(|(index, &float)| self.finite(index, float))
                .collect::<Result<Vec<_>, _>>()?,
        };
        Ok(DMatrix::from_row_iterator(rows, entries.len() / rows.max(1), entries))
    }

    /// Keeps the first of the slices along the first dimension, at most this many.
    ///
    /// # Errors
    /// [`Problem::Empty`] for none.
    pub fn truncate(&mut self, slices: usize) -> Result<(), Problem> {
        if let Some(first) = self.shape.first_mut() {
            *first = slices.min(*first);
        }
        let entries = count(&self.name, &self.shape)?;
        match &mut self.values {
            Values::Floats(floats) => floats.truncate(entries),
            Values::Integers(integers) => integers.truncate(entries),
            Values::Bytes(bytes) => bytes.truncate(entries),
        }
        Ok(())
    }

    /// The first entries, at most this many.
    ///
    /// # Errors
    /// [`Problem::Type`] for floats.
    pub fn integers(&self, count: usize) -> Result<Vec<i128>, Problem> {
        match &self.values {
            Values::Floats(_) => Err(self.mistyped("integers")),
            Values::Integers(integers) => Ok(integers.iter().take(count).copied().collect()),
            Values::Bytes(bytes) => Ok(bytes.iter().take(count).map(|&byte| byte.into()).collect()),
        }
    }

    fn finite(&self, index: usize, float: f64) -> Result<Rational, Problem> {
        Rational::from_f64(float).ok_or_else(|| Problem::NotFinite {
            array: self.name.clone(),
            position: self.position(index),
            value: float.to_string(),
        })
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
    pub fn check_floats(&self) -> Result<(), Problem> {
        match self.values {
            Values::Floats(_) => Ok(()),
            Values::Integers(_) | Values::Bytes(_) => {
                Err(self.mistyped("floats: a quantised network has to be converted first"))
            }
        }
    }

    pub fn mistyped(&self, expected: &'static str) -> Problem {
        Problem::Type { array: self.name.clone(), found: self.dtype.clone(), expected }
    }

    pub fn misshapen(&self, expected: &'static str) -> Problem {
        Problem::Shape { array: self.name.clone(), shape: self.shape.clone(), expected }
    }
}

/// The number of entries of an array of this shape.
///
/// # Errors
/// [`Problem::Empty`] if a dimension is 0, [`Problem::TooLarge`] if the product leaves `usize`.
pub fn count(name: &str, shape: &[usize]) -> Result<usize, Problem> {
    if shape.contains(&0) {
        return Err(Problem::Empty { array: name.into(), shape: shape.into() });
    }
    let product = shape.iter().try_fold(1usize, |product, &size| product.checked_mul(size));
    product.ok_or_else(|| Problem::TooLarge { array: name.into() })
}

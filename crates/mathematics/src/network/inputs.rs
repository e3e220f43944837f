//! The inputs of a data set: exact, and no larger in memory than what the file holds.
//!
//! A rational number takes about a hundred bytes, a pixel takes one. Entries therefore stay what they were in the file,
//! with the map (s x − m_j)/d_j that the user asked for beside them; it is applied, exactly, where an entry is needed.

use crate::arith::{Number, parallel};
use crate::linalg::{Double, Kernel};
use nalgebra::DMatrix;
use rug::Rational;
use std::{cmp::Ordering, collections::HashMap, ops::Range, sync::Arc};

/// What an entry takes as a rational number, in bytes: two integers on the heap and what points to them.
pub(super) const EXACT_ENTRY_BYTES: u64 = 96;

/// (s x − m_j)/d_j for the entry x of column j: exact numbers as the user gives them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scaling {
    /// s, not 0.
    pub scale: Rational,
    /// m: none (0), one for all columns, or one a column.
    pub mean: Vec<Rational>,
    /// d > 0: none (1), one for all columns, or one a column.
    pub std: Vec<Rational>,
}

impl Default for Scaling {
    fn default() -> Self {
        Scaling { scale: Rational::from(1), mean: vec![], std: vec![] }
    }
}

/// Why entries cannot be scaled like that.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScalingError {
    /// As many means as there are neither columns nor one.
    #[error("{found} numbers for {name}, but the inputs have {columns} columns; give 1 or {columns}")]
    Count { name: &'static str, found: usize, columns: usize },
    /// Division by zero, or everything becomes equal.
    #[error("{name} has to be {expected}")]
    Sign { name: &'static str, expected: &'static str },
}

impl Scaling {
    /// Whether it changes nothing.
    pub fn is_identity(&self) -> bool {
        self.scale == 1 && self.mean.iter().all(|mean| *mean == 0) && self.std.iter().all(|std| *std == 1)
    }

    /// x ↦ a x + b for each column, or once for all.
    fn lines(&self, columns: usize) -> Result<Vec<Line>, ScalingError> {
        if self.scale == 0 {
            return Err(ScalingError::Sign { name: "scale", expected: "other than 0" });
        }
        if self.std.iter().any(|std| *std <= 0) {
            return Err(ScalingError::Sign { name: "std", expected: "above 0" });
        }
        for (name, numbers) in [("mean", &self.mean), ("std", &self.std)] {
            let found = numbers.len();
            if found > 1 && found != columns {
                return Err(ScalingError::Count { name, found, columns });
            }
        }
        if self.is_identity() {
            return Ok(vec![]);
        }
        let (zero, one) = (Rational::new(), Rational::from(1));
        let at = |numbers: &[Rational], j: usize, missing: &Rational| match numbers {
            [] => missing.clone(),
            [only] => only.clone(),
            all => all[j].clone(),
        };
        let line = |j: usize| {
            let (mean, std) = (at(&self.mean, j, &zero), at(&self.std, j, &one));
            Line { factor: Rational::from(&self.scale / &std), offset: -(mean / std) }
        };
        let several = self.mean.len().max(self.std.len()) > 1;
        Ok((0..if several { columns } else { 1 }).map(line).collect())
    }
}

/// x ↦ factor x + offset.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    factor: Rational,
    offset: Rational,
}

/// X = F_0, [N, d]; rows are samples. Clones share the entries.
#[derive(Debug, Clone)]
pub struct Inputs {
    columns: usize,
    entries: Entries,
    /// None (the identity), one for all columns, or one a column.
    lines: Arc<[Line]>,
}

/// The entries before they are scaled; row-major where they are no matrix.
#[derive(Debug, Clone)]
enum Entries {
    /// At most 256 different numbers, as pixels are: entry k is `values[index[k]]`.
    Palette { index: Arc<[u8]>, values: Arc<[f64]> },
    /// Finite doubles.
    Doubles(Arc<[f64]>),
    /// Any numbers.
    Exact(Arc<DMatrix<Rational>>),
}

impl From<DMatrix<Rational>> for Inputs {
    fn from(matrix: DMatrix<Rational>) -> Self {
        Inputs { columns: matrix.ncols(), entries: Entries::Exact(matrix.into()), lines: Arc::new([]) }
    }
}

impl From<&DMatrix<Rational>> for Inputs {
    fn from(matrix: &DMatrix<Rational>) -> Self {
        matrix.clone().into()
    }
}

impl From<&Inputs> for Inputs {
    fn from(inputs: &Inputs) -> Self {
        inputs.clone()
    }
}

/// Equal numbers, however they are stored.
impl PartialEq for Inputs {
    fn eq(&self, other: &Self) -> bool {
        let columns = 0..self.columns;
        self.shape() == other.shape()
            && (0..self.samples()).all(|i| columns.clone().all(|j| self.entry(i, j) == other.entry(i, j)))
    }
}

impl Eq for Inputs {}

impl Inputs {
    /// Bytes, row-major, of so many columns (which divide their number).
    pub fn from_bytes(columns: usize, bytes: Vec<u8>) -> Self {
        let values = (0..=u8::MAX).map(f64::from).collect();
        Self::of(columns, Entries::Palette { index: bytes.into(), values })
    }

    /// Finite doubles, row-major, of so many columns (which divide their number).
    ///
    /// # Panics
    /// If one of them is an infinity or a NaN.
    pub fn from_doubles(columns: usize, doubles: Vec<f64>) -> Self {
        assert!(doubles.iter().all(|double| double.is_finite()), "only finite numbers are exact");
        Self::of(columns, palette(&doubles).unwrap_or_else(|| Entries::Doubles(doubles.into())))
    }

    fn of(columns: usize, entries: Entries) -> Self {
        Inputs { columns, entries, lines: Arc::new([]) }
    }

    /// The same entries, scaled from how they were stored.
    ///
    /// # Errors
    /// All of [`ScalingError`].
    pub fn scaled(mut self, scaling: &Scaling) -> Result<Self, ScalingError> {
        self.lines = scaling.lines(self.columns)?.into();
        Ok(self)
    }

    /// N.
    pub fn samples(&self) -> usize {
        match &self.entries {
            Entries::Palette { index, .. } => index.len() / self.columns.max(1),
            Entries::Doubles(doubles) => doubles.len() / self.columns.max(1),
            Entries::Exact(matrix) => matrix.nrows(),
        }
    }

    /// d.
    pub fn features(&self) -> usize {
        self.columns
    }

    /// (N, d).
    pub fn shape(&self) -> (usize, usize) {
        (self.samples(), self.columns)
    }

    /// The entry of a sample, both counted from 0.
    ///
    /// # Panics
    /// If there is no such entry.
    pub fn entry(&self, sample: usize, column: usize) -> Rational {
        assert!(column < self.columns, "column {column} of {}", self.columns);
        let place = sample * self.columns + column;
        let stored = match &self.entries {
            Entries::Palette { index, values } => exact(values[usize::from(index[place])]),
            Entries::Doubles(doubles) => exact(doubles[place]),
            Entries::Exact(matrix) => matrix[(sample, column)].clone(),
        };
        self.scale(column, stored)
    }

    fn scale(&self, column: usize, stored: Rational) -> Rational {
        match &*self.lines {
            [] => stored,
            [line] => stored * &line.factor + &line.offset,
            lines => stored * &lines[column].factor + &lines[column].offset,
        }
    }

    /// These rows, [n, d].
    pub fn exact_rows(&self, rows: Range<usize>) -> DMatrix<Rational> {
        DMatrix::from_fn(rows.len(), self.columns, |i, j| self.entry(rows.start + i, j))
    }

    /// All of it, [N, d]: about [`Inputs::exact_bytes`] of memory.
    pub fn exact(&self) -> DMatrix<Rational> {
        self.exact_rows(0..self.samples())
    }

    /// The memory that [`Inputs::exact`] takes, in bytes, as long as numbers are short.
    pub fn exact_bytes(&self) -> u64 {
        (self.samples() as u64).saturating_mul(self.columns as u64).saturating_mul(EXACT_ENTRY_BYTES)
    }

    /// The rows at these places, in this order.
    pub fn select_rows(&self, rows: &[usize]) -> Self {
        fn select<T: Copy>(entries: &[T], columns: usize, rows: &[usize]) -> Arc<[T]> {
            rows.iter().flat_map(|row| &entries[row * columns..(row + 1) * columns]).copied().collect()
        }
        let entries = match &self.entries {
            Entries::Palette { index, values } => {
                Entries::Palette { index: select(index, self.columns, rows), values: values.clone() }
            }
            Entries::Doubles(doubles) => Entries::Doubles(select(doubles, self.columns, rows)),
            Entries::Exact(matrix) => Entries::Exact(matrix.select_rows(rows).into()),
        };
        Inputs { entries, ..self.clone() }
    }

    /// An order of two rows in which exactly equal rows are equal.
    pub fn compare_rows(&self, a: usize, b: usize) -> Ordering {
        let row = |row: usize| row * self.columns..(row + 1) * self.columns;
        // Scaling is injective, so that what is stored tells rows apart.
        match &self.entries {
            Entries::Palette { index, .. } => index[row(a)].cmp(&index[row(b)]),
            Entries::Doubles(doubles) => doubles[row(a)].partial_cmp(&doubles[row(b)]).expect("doubles are finite"),
            Entries::Exact(matrix) => matrix.row(a).iter().cmp(matrix.row(b).iter()),
        }
    }

    /// The smallest and the largest entry; `None` if there is none.
    pub fn range(&self) -> Option<(Rational, Rational)> {
        let columns = (0..self.columns).filter_map(|column| self.column_range(column));
        columns.reduce(|(low, high), (a, b)| (low.min(a), high.max(b)))
    }

    fn column_range(&self, column: usize) -> Option<(Rational, Rational)> {
        let rows = 0..self.samples();
        let (low, high) = match &self.entries {
            Entries::Exact(matrix) => {
                let column = matrix.column(column);
                (column.iter().min()?.clone(), column.iter().max()?.clone())
            }
            _ => {
                let doubles = rows.map(|row| self.stored_double(row * self.columns + column));
                let (low, high) = doubles.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), x| (l.min(x), h.max(x)));
                (low.is_finite().then(|| exact(low))?, exact(high))
            }
        };
        let (a, b) = (self.scale(column, low), self.scale(column, high));
        Some(if a <= b { (a, b) } else { (b, a) })
    }

    fn stored_double(&self, place: usize) -> f64 {
        match &self.entries {
            Entries::Palette { index, values } => values[usize::from(index[place])],
            Entries::Doubles(doubles) => doubles[place],
            Entries::Exact(_) => unreachable!("a matrix of rationals holds no doubles"),
        }
    }

    /// Every entry rounded to the nearest double: what is imported often is scaled once.
    pub fn rounded(&self) -> Self {
        let scaled = !self.lines.is_empty() || matches!(self.entries, Entries::Exact(_));
        if !scaled || matches!(self.entries, Entries::Palette { .. }) {
            return self.clone();
        }
        let imported = self.import(&Double);
        let row = |i: usize| imported.columns(i..i + 1).as_slice().to_vec();
        let doubles: Vec<f64> = parallel::collect(self.samples(), row).into_iter().flatten().collect();
        Self::of(self.columns, Entries::Doubles(doubles.into()))
    }

    /// Ready to be read by a kernel, block by block; every entry is the scalar nearest to its exact value.
    pub fn import<'a, K: Kernel>(&'a self, kernel: &'a K) -> Imported<'a, K> {
        let table = match &self.entries {
            Entries::Palette { values, .. } => {
                let columns = if self.lines.len() > 1 { self.columns } else { 1 };
                let value = |column: usize, value: f64| kernel.import(&self.scale(column, exact(value)));
                (0..columns)
                    .flat_map(|column| values.iter().map(move |&x| (column, x)))
                    .map(|(j, x)| value(j, x))
                    .collect()
            }
            _ => vec![],
        };
        Imported { inputs: self, kernel, table }
    }
}

/// Doubles of at most 256 values as indices into these.
fn palette(doubles: &[f64]) -> Option<Entries> {
    let mut values: Vec<f64> = vec![];
    let mut places: HashMap<u64, u8> = HashMap::new();
    let mut index = Vec::with_capacity(doubles.len());
    for &double in doubles {
        // −0 is 0.
        let double = double + 0.0;
        let place = match places.get(&double.to_bits()) {
            Some(&place) => place,
            None => {
                let place = u8::try_from(values.len()).ok()?;
                values.push(double);
                places.insert(double.to_bits(), place);
                place
            }
        };
        index.push(place);
    }
    Some(Entries::Palette { index: index.into(), values: values.into() })
}

/// A finite double as the rational that it is.
fn exact(double: f64) -> Rational {
    Rational::from_f64(double).expect("stored doubles are finite")
}

/// [`Inputs`] over a kernel's scalars; made by [`Inputs::import`].
pub struct Imported<'a, K: Kernel> {
    inputs: &'a Inputs,
    kernel: &'a K,
    /// Where there are few values: each of them, for each column or once for all.
    table: Vec<K::Scalar>,
}

impl<K: Kernel> Imported<'_, K> {
    /// N.
    pub fn samples(&self) -> usize {
        self.inputs.samples()
    }

    /// These rows, [n, d].
    pub fn rows(&self, rows: Range<usize>) -> DMatrix<K::Scalar> {
        self.columns(rows).transpose()
    }

    /// These rows as columns, [d, n].
    pub fn columns(&self, rows: Range<usize>) -> DMatrix<K::Scalar> {
        let (inputs, shape) = (self.inputs, (self.inputs.columns, rows.len()));
        let places = rows.start * inputs.columns..rows.end * inputs.columns;
        match &inputs.entries {
            Entries::Palette { index, values } => {
                let stride = if inputs.lines.len() > 1 { values.len() } else { 0 };
                let entries = index[places].iter().enumerate();
                let entry = |(k, &i): (usize, &u8)| self.table[k % shape.0 * stride + usize::from(i)].clone();
                DMatrix::from_iterator(shape.0, shape.1, entries.map(entry))
            }
            Entries::Doubles(doubles) if inputs.lines.is_empty() => {
                let entries = doubles[places].iter().map(|&double| self.kernel.import_double(double));
                DMatrix::from_iterator(shape.0, shape.1, entries)
            }
            _ => DMatrix::from_fn(shape.0, shape.1, |j, i| self.kernel.import(&inputs.entry(rows.start + i, j))),
        }
    }
}

impl DataRows for Inputs {
    fn count(&self) -> usize {
        self.samples()
    }

    fn compare(&self, a: usize, b: usize) -> Option<Ordering> {
        Some(self.compare_rows(a, b))
    }
}

/// Rows that can be told apart.
pub trait DataRows {
    /// How many there are.
    fn count(&self) -> usize;

    /// An order in which equal rows are equal; `None` for a row with a NaN, which equals no row.
    fn compare(&self, a: usize, b: usize) -> Option<Ordering>;
}

impl<T: Number> DataRows for DMatrix<T> {
    fn count(&self) -> usize {
        self.nrows()
    }

    fn compare(&self, a: usize, b: usize) -> Option<Ordering> {
        let (a, b) = (self.row(a), self.row(b));
        let differ =
            a.iter().zip(b.iter()).map(|(x, y)| x.partial_cmp(y)).find(|order| *order != Some(Ordering::Equal));
        differ.unwrap_or(Some(Ordering::Equal))
    }
}

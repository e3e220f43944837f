//! Where regions are looked at: a line or a plane of inputs, or the whole space if the network sees no more of it.

use crate::linalg::{Exact, Kernel};
use crate::network::Parameters;
use nalgebra::DMatrix;
use rug::Rational;

use super::integers::product;

/// Why there is no such chart.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChartError {
    /// A chart is a line or a plane.
    #[error("a chart has one or two directions, not {found}")]
    Directions { found: usize },
    /// The directions are linearly dependent.
    #[error("the {directions} directions have rank {rank}")]
    Dependent { directions: usize, rank: usize },
    /// The origin or a direction is not an input.
    #[error("the origin has {origin} entries and the directions have {directions}")]
    Length { origin: usize, directions: usize },
}

/// The inputs origin + t · directions for t in ℝ^c, c = 1 or 2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    origin: DMatrix<Rational>,
    directions: DMatrix<Rational>,
    projection: Option<DMatrix<Rational>>,
}

impl Chart {
    /// The line or the plane through an origin, `[1, d]`, along the rows of `directions`, `[c, d]`.
    ///
    /// # Errors
    /// [`ChartError`].
    pub fn new(origin: DMatrix<Rational>, directions: DMatrix<Rational>) -> Result<Self, ChartError> {
        if !(1..=2).contains(&directions.nrows()) {
            return Err(ChartError::Directions { found: directions.nrows() });
        }
        if origin.nrows() != 1 || origin.ncols() != directions.ncols() {
            return Err(ChartError::Length { origin: origin.len(), directions: directions.ncols() });
        }
        let rank = Exact.rank(&directions);
        if rank < directions.nrows() {
            return Err(ChartError::Dependent { directions: directions.nrows(), rank });
        }
        Ok(Chart { origin, directions, projection: None })
    }

    /// The line through two inputs or the plane through three, the rows of `inputs`, `[c + 1, d]`: the first is the
    /// origin, and (1, 0) and (0, 1) are the others.
    ///
    /// # Errors
    /// [`ChartError`].
    pub fn through(inputs: &DMatrix<Rational>) -> Result<Self, ChartError> {
        if !(2..=3).contains(&inputs.nrows()) {
            return Err(ChartError::Directions { found: inputs.nrows().saturating_sub(1) });
        }
        let directions = DMatrix::from_fn(inputs.nrows() - 1, inputs.ncols(), |row, column| {
            Rational::from(&inputs[(row + 1, column)] - &inputs[(0, column)])
        });
        Self::new(inputs.rows(0, 1).into_owned(), directions)
    }

    /// A chart on which the regions of the whole space can be seen; `None` if the network has more than two inputs and
    /// the weights of its live first-layer neurons have a rank above 2.
    ///
    /// A neuron is live if a chain of non-zero weights leads from it to an output. With W for the columns of W_1 that
    /// belong to live neurons, the chart has origin 0 and directions M with W = A (M W) and M A = I. A network with one or
    /// two inputs is its own chart; the region C_j of another is, up to a linear change of inputs, C'_j × ℝ^(d−c).
    pub fn of_space(network: &Parameters<Rational>) -> Option<Self> {
        let inputs = network.widths()[0];
        if inputs <= 2 {
            return Some(Self::identity(inputs));
        }
        let weights = network.weight(1).select_columns(&live(network));
        let pivots = Exact.pivot_columns(&weights);
        let mut projection = match pivots.len() {
            0 => DMatrix::from_fn(inputs, 1, |row, _| Rational::from(u32::from(row == 0))),
            1 | 2 => weights.select_columns(&pivots),
            _ => return None,
        };
        scale_columns(&mut projection);
        let directions = Exact.left_inverse(&projection).ok()?;
        let origin = DMatrix::from_element(1, inputs, Rational::new());
        Some(Chart { origin, directions, projection: Some(projection) })
    }

    /// The space of one or two inputs itself.
    fn identity(inputs: usize) -> Self {
        let unit = |row, column| Rational::from(u32::from(row == column));
        let origin = DMatrix::from_element(1, inputs, Rational::new());
        Chart { origin, directions: DMatrix::from_fn(inputs, inputs, unit), projection: None }
    }

    /// c, 1 for a line and 2 for a plane.
    pub fn dimension(&self) -> usize {
        self.directions.nrows()
    }

    /// d.
    pub fn inputs(&self) -> usize {
        self.directions.ncols()
    }

    /// `[1, d]`.
    pub fn origin(&self) -> &DMatrix<Rational> {
        &self.origin
    }

    /// `[c, d]`.
    pub fn directions(&self) -> &DMatrix<Rational> {
        &self.directions
    }

    /// A, `[d, c]`, if the chart was made by [`Chart::of_space`] for d > 2.
    pub fn projection(&self) -> Option<&DMatrix<Rational>> {
        self.projection.as_ref()
    }

    /// Whether the coordinates are the inputs themselves.
    pub fn is_identity(&self) -> bool {
        *self == Self::identity(self.inputs())
    }

    /// Whether the regions seen here are those of the whole space, for the network that the chart was made for.
    pub fn is_whole_space(&self) -> bool {
        self.projection.is_some() || self.dimension() == self.inputs()
    }

    /// The input at these coordinates, c of them.
    ///
    /// # Panics
    /// If there are not c coordinates.
    pub fn input(&self, coordinates: &[Rational]) -> Vec<Rational> {
        assert_eq!(coordinates.len(), self.dimension(), "a point of the chart has c coordinates");
        let along = |column: usize| {
            let parts = coordinates.iter().enumerate();
            parts.fold(self.origin[column].clone(), |sum, (row, t)| {
                sum + Rational::from(t * &self.directions[(row, column)])
            })
        };
        (0..self.inputs()).map(along).collect()
    }

    /// The stacked first layer on the coordinates: [M W_1; o W_1 + b_1], `[c + 1, n_1]`.
    pub(super) fn first_layer(&self, stacked: &DMatrix<Rational>) -> DMatrix<Rational> {
        let (c, d) = self.directions.shape();
        let unit = |row| Rational::from(u32::from(row == c));
        let frame = DMatrix::from_fn(c + 1, d + 1, |row, column| match (row < c, column < d) {
            (true, true) => self.directions[(row, column)].clone(),
            (false, true) => self.origin[column].clone(),
            (_, false) => unit(row),
        });
        product(&frame, stacked)
    }
}

/// The first-layer neurons from which a chain of non-zero weights leads to an output, ascending.
fn live(network: &Parameters<Rational>) -> Vec<usize> {
    let mut live: Vec<usize> = (0..network.widths()[network.depth()]).collect();
    for k in (2..=network.depth()).rev() {
        let weight = network.weight(k);
        live = (0..weight.nrows()).filter(|&i| live.iter().any(|&j| !weight[(i, j)].is_zero())).collect();
    }
    live
}

/// Divides every column by its first entry that is not zero: shorter numbers, the same span.
fn scale_columns(matrix: &mut DMatrix<Rational>) {
    for mut column in matrix.column_iter_mut() {
        if let Some(first) = column.iter().find(|entry| !entry.is_zero()).cloned() {
            column.iter_mut().for_each(|entry| *entry /= &first);
        }
    }
}

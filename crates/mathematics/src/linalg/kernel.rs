//! Dense linear algebra over one scalar type: what every construction is written in.

use crate::arith::Number;
use nalgebra::DMatrix;
use rug::Rational;

/// Why a linear system was not solved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unsolvable {
    /// The columns of A are linearly dependent.
    #[error("the {columns} columns have rank {rank}")]
    DependentColumns { columns: usize, rank: usize },
    /// The rows of A are linearly dependent (right inverse).
    #[error("the {rows} rows have rank {rank}")]
    DependentRows { rows: usize, rank: usize },
    /// A X = B has no solution.
    #[error("the right-hand side is not in the column space")]
    Inconsistent,
    /// A and B have different numbers of rows.
    #[error("A has {left} rows and B has {right}")]
    RowsDiffer { left: usize, right: usize },
    /// An infinity or a NaN came in, or came up on the way (float kernels only).
    #[error("the system is not finite: an infinity or a NaN came in or up")]
    NotFinite,
}

/// Dense linear algebra over one scalar.
///
/// The *exact* kernel decides: its pivots and ranks are certain in both directions and its solutions are equalities.
/// The float kernels take the same decisions by a stated threshold and are what is measured against it.
pub trait Kernel: Send + Sync {
    /// The scalar: `rug::Rational`, `rug::Float` or `f64`.
    type Scalar: Number;

    /// The kernel's name as the command line and the tables print it: `exact`, `double`, `multiprecision-113`.
    fn name(&self) -> String;

    /// Whether its decisions are certain and its solutions equalities.
    fn is_exact(&self) -> bool {
        false
    }

    /// The scalar nearest to a rational; equal to it in the exact kernel.
    fn import(&self, value: &Rational) -> Self::Scalar;

    /// The scalar nearest to a finite double.
    ///
    /// # Panics
    /// For an infinity or a NaN.
    fn import_double(&self, value: f64) -> Self::Scalar {
        self.import(&Rational::from_f64(value).expect("the double is finite"))
    }

    /// The product A B: A is [m, n], B is [n, p].
    ///
    /// # Panics
    /// If A has another number of columns than B has rows, as nalgebra's own product.
    fn product(&self, a: &DMatrix<Self::Scalar>, b: &DMatrix<Self::Scalar>) -> DMatrix<Self::Scalar>;

    /// The column rank profile of A: every column that is independent of the columns before it, ascending.
    ///
    /// These columns are a basis of the column space; their number is the rank. A float kernel finds no pivot in a matrix
    /// that holds an infinity or a NaN.
    fn pivot_columns(&self, a: &DMatrix<Self::Scalar>) -> Vec<usize>;

    /// The row rank profile of A: every row that is independent of the rows before it, ascending.
    fn pivot_rows(&self, a: &DMatrix<Self::Scalar>) -> Vec<usize> {
        self.pivot_columns(&a.transpose())
    }

    /// The rank of A.
    fn rank(&self, a: &DMatrix<Self::Scalar>) -> usize {
        self.pivot_columns(a).len()
    }

    /// The X with A X = B, where A [m, n] has full column rank (so X is unique) and B is [m, p].
    ///
    /// # Errors
    /// [`Unsolvable::RowsDiffer`], [`Unsolvable::DependentColumns`] or [`Unsolvable::Inconsistent`] (checked on all m
    /// rows); [`Unsolvable::NotFinite`] in the float kernels.
    fn solve(&self, a: &DMatrix<Self::Scalar>, b: &DMatrix<Self::Scalar>) -> Result<DMatrix<Self::Scalar>, Unsolvable>;

    /// A left inverse L [n, m] of A [m, n], L A = I, supported on the first n independent rows of A:
    /// the inverse of those rows in their columns, zero elsewhere.
    ///
    /// # Errors
    /// [`Unsolvable::DependentColumns`].
    fn left_inverse(&self, a: &DMatrix<Self::Scalar>) -> Result<DMatrix<Self::Scalar>, Unsolvable> {
        let rows = self.pivot_rows(a);
        if rows.len() < a.ncols() {
            return Err(Unsolvable::DependentColumns { columns: a.ncols(), rank: rows.len() });
        }
        let inverse = self.solve(&a.select_rows(&rows), &self.identity(rows.len()))?;
        let mut left = DMatrix::from_element(a.ncols(), a.nrows(), self.import(&Rational::new()));
        for (from, &to) in rows.iter().enumerate() {
            left.set_column(to, &inverse.column(from));
        }
        Ok(left)
    }

    /// A right inverse R [n, m] of A [m, n], A R = I, supported on the pivot columns of A.
    ///
    /// # Errors
    /// [`Unsolvable::DependentRows`].
    fn right_inverse(&self, a: &DMatrix<Self::Scalar>) -> Result<DMatrix<Self::Scalar>, Unsolvable> {
        let columns = self.pivot_columns(a);
        if columns.len() < a.nrows() {
            return Err(Unsolvable::DependentRows { rows: a.nrows(), rank: columns.len() });
        }
        let inverse = self.solve(&a.select_columns(&columns), &self.identity(columns.len()))?;
        let mut right = DMatrix::from_element(a.ncols(), a.nrows(), self.import(&Rational::new()));
        for (from, &to) in columns.iter().enumerate() {
            right.set_row(to, &inverse.row(from));
        }
        Ok(right)
    }

    /// A basis K [n, n − rank] of the kernel of A [m, n], A K = 0: one column for each column of A that is no pivot, with
    /// −1 in its place and otherwise supported on the pivot columns before it.
    ///
    /// # Errors
    /// None in the exact kernel; those of [`Kernel::solve`] in the float kernels.
    fn kernel_basis(&self, a: &DMatrix<Self::Scalar>) -> Result<DMatrix<Self::Scalar>, Unsolvable> {
        let pivots = self.pivot_columns(a);
        let others: Vec<usize> = (0..a.ncols()).filter(|column| pivots.binary_search(column).is_err()).collect();
        let coordinates = self.solve(&a.select_columns(&pivots), &a.select_columns(&others))?;
        let mut basis = DMatrix::from_element(a.ncols(), others.len(), self.import(&Rational::new()));
        for (from, &to) in pivots.iter().enumerate() {
            basis.set_row(to, &coordinates.row(from));
        }
        for (column, &row) in others.iter().enumerate() {
            basis[(row, column)] = self.import(&Rational::from(-1));
        }
        Ok(basis)
    }

    /// A v [m, 1] ≠ 0 with vᵀ A = 0 for A [m, n]: the first row of A that depends on the rows before it, in their terms.
    /// `None` if the rows are independent.
    ///
    /// # Errors
    /// None in the exact kernel; those of [`Kernel::solve`] in the float kernels.
    fn left_kernel_vector(&self, a: &DMatrix<Self::Scalar>) -> Result<Option<DMatrix<Self::Scalar>>, Unsolvable> {
        let pivots = self.pivot_rows(a);
        let Some(dependent) = (0..a.nrows()).find(|&row| pivots.get(row) != Some(&row)) else { return Ok(None) };
        let mut vector = DMatrix::from_element(a.nrows(), 1, self.import(&Rational::new()));
        let first = self.kernel_basis(&a.rows(0, dependent + 1).transpose())?;
        vector.rows_mut(0, dependent + 1).copy_from(&first);
        Ok(Some(vector))
    }

    /// The identity matrix [size, size].
    fn identity(&self, size: usize) -> DMatrix<Self::Scalar> {
        DMatrix::from_fn(size, size, |row, column| self.import(&Rational::from(u32::from(row == column))))
    }
}

//! **Samples with equal inputs.** The network gives them equal outputs, so that a path for the distinct inputs is one for
//! all samples, whatever their targets: N in every hypothesis is the number of *distinct* inputs, and Assumption 2.4
//! (ICML 2019) holds for them.
//!
//! Let e map each sample to its input among the distinct ones X̄, so that X = X̄(e). Parameters do not depend on the
//! samples, so lines, rays and bounded lines stay as they are. A follow is written down with matrices of N rows: F_j
//! becomes F_j(e), and the right inverse R of \[F_{s-1}, 1\] keeps its columns at the first sample of each input and is zero
//! in the others. Then \[F_{s-1}(e), 1\] R picks for every sample the row of the first one with the same input, which is its
//! own row wherever rows of equal inputs are equal, as they are at every level and every λ.
//!
//! # Example
//! ```
//! use sublevel::{certificate::Claim, checker::Conclusion, example::*, linalg::Exact, statement::connect};
//!
//! // Three samples, two of them equal: two neurons are enough.
//! let problem = problem("relu", integers(3, 1, &[0, 1, 0]), &[1, 2, 1]);
//! let from = network(&[1, 2, 1], &[&[1, 2, 0, 1], &[1, 1, 0]]);
//! let to = network(&[1, 2, 1], &[&[-3, 1, 1, 0], &[2, -1, 5]]);
//! let connection = connect(&Exact, &problem, &from, &to, None).unwrap();
//! assert_eq!(conclusion(&problem, Claim::Connected, None, &connection.path), Ok(Conclusion::Connected));
//! ```

use super::Problem;
use crate::arith::Number;
use crate::network::row_classes;
use crate::path::{Change, Follow, Move, Path};
use nalgebra::DMatrix;
use std::sync::Arc;

/// The distinct inputs of a problem.
#[derive(Debug, Clone)]
pub struct DistinctInputs {
    problem: Problem,
    /// e: for each of the N samples its row among the distinct inputs.
    row: Vec<usize>,
    /// For each distinct input the first sample that has it, ascending.
    first: Vec<usize>,
}

impl DistinctInputs {
    /// The distinct inputs in the order of their first samples.
    ///
    /// Cost: O(N log N) comparisons of rows.
    pub fn of(problem: &Problem) -> Self {
        let class = row_classes(&problem.inputs);
        let first: Vec<usize> = (0..class.len()).filter(|&sample| class[sample] == sample).collect();
        let row = class.iter().map(|sample| first.partition_point(|kept| kept < sample)).collect();
        let inputs = problem.inputs.select_rows(&first);
        Self { problem: Problem { inputs, ..problem.clone() }, row, first }
    }

    /// The same problem with every input once.
    pub fn problem(&self) -> &Problem {
        &self.problem
    }

    /// e: for each sample its row among the distinct inputs.
    pub fn rows(&self) -> &[usize] {
        &self.row
    }

    /// One row a sample, [N, n], from one row a distinct input.
    pub fn spread_rows<T: Number>(&self, matrix: &DMatrix<T>) -> DMatrix<T> {
        matrix.select_rows(&self.row)
    }

    /// The path of the problem with all samples from one of the problem with the distinct inputs.
    pub fn spread<T: Number>(&self, mut path: Path<T>) -> Path<T> {
        if self.first.len() == self.row.len() {
            return path;
        }
        for step in &mut path.moves {
            if let Move::Follow(follow) = step {
                let rows = |matrix: &Arc<DMatrix<T>>| Arc::new(self.spread_rows(matrix));
                follow.output = Change { before: rows(&follow.output.before), after: rows(&follow.output.after) };
                self.spread_columns(follow);
            }
        }
        path
    }

    /// R, with a column a sample.
    fn spread_columns<T: Number>(&self, follow: &mut Follow<T>) {
        let right = &follow.right_inverse;
        let zero = right[(0, 0)].minus(&right[(0, 0)]);
        let mut spread = DMatrix::from_element(right.nrows(), self.row.len(), zero);
        for (column, &sample) in self.first.iter().enumerate() {
            spread.set_column(sample, &right.column(column));
        }
        follow.right_inverse = Arc::new(spread);
    }
}

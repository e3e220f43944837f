//! **Full-rank chain** (Proposition 3.5; Evard & Jafari). On each straight segment some rows (columns, of a wide matrix) do
//! not move, and an inverse of the square matrix that they make is given: so every point of the segment has full rank.

use crate::{
    certificate::object::{Chain, Segment},
    finding::{Finding, Unproved},
    matrix::{Matrix, Reading},
    verdict::{Part, Rejection},
};

pub fn check(chain: &Chain, reading: Reading) -> Result<Finding, Rejection> {
    let shape = (chain.start.rows, chain.start.cols);
    let read = |source| Matrix::read(source, Part::Object("matrix"), shape, reading);
    let start = read(&chain.start)?;
    let mut current = start.clone();
    for (segment, step) in chain.segments.iter().enumerate() {
        let end = read(&step.end)?;
        let [rows, target] = [&current, &end].map(|matrix| fixed(matrix, step));
        let (Some(rows), Some(target)) = (rows, target) else { return Err(Unproved::Basis { segment }.into()) };
        if rows != target {
            return Err(Unproved::BasisMoves { segment }.into());
        }
        let inverse =
            Matrix::read(&step.inverse, Part::Object("inverse of the basis"), (rows.rows(), rows.rows()), reading)?;
        if !rows.times(&inverse).is_identity() {
            return Err(Unproved::NoInverse { segment }.into());
        }
        current = end;
    }
    // Without a segment nothing shows the rank.
    let segments = chain.segments.len();
    if segments == 0 {
        return Err(Unproved::NoSegment.into());
    }
    Ok(Finding::FullRankChain { shape, segments, closed: current == start })
}

/// The square matrix of the rows of the basis; of its columns, as rows, if there are fewer rows than columns.
fn fixed(matrix: &Matrix, segment: &Segment) -> Option<Matrix> {
    let tall = if matrix.rows() >= matrix.cols() { matrix.clone() } else { matrix.transposed() };
    (segment.basis.len() == tall.cols()).then(|| tall.rows_at(&segment.basis))?
}

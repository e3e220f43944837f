//! What the examples of the documentation share: small networks, and what the checker says of a path.

use crate::certificate::Claim;
use crate::checker::{Conclusion, Verdict};
use crate::linalg::Exact;
use crate::network::{Loss, Parameters};
use crate::path::{Path, Walker};
use crate::statement::prove;
use crate::statement::{Problem, wide_layers::stand};
use nalgebra::DMatrix;
use rug::Rational;

/// A matrix of integers, row by row.
///
/// # Panics
/// If there are not rows × columns entries; the functions below panic where their arguments do not fit, too.
pub fn integers(rows: usize, columns: usize, entries: &[i32]) -> DMatrix<Rational> {
    DMatrix::from_row_slice(rows, columns, entries).map(Rational::from)
}

/// A network of these widths, from the rows of \[W_k; b_kᵀ\] for each layer k.
pub fn network(widths: &[usize], layers: &[&[i32]]) -> Parameters<Rational> {
    let stacked = |(pair, entries): (&[usize], &&[i32])| integers(pair[0] + 1, pair[1], entries);
    Parameters::new(widths.windows(2).zip(layers).map(stacked).collect()).expect("layers of these widths")
}

/// σ as the command line reads it, X, and the widths.
pub fn problem(activation: &str, inputs: DMatrix<Rational>, widths: &[usize]) -> Problem {
    Problem { activation: activation.parse().expect("an activation"), inputs, widths: widths.to_vec() }
}

/// A walker with exact numbers, standing at a network.
pub fn walker(problem: &Problem, at: &Parameters<Rational>) -> Walker<'static, Exact> {
    stand(&Exact, problem, at)
}

/// Writes the certificate of a path, without a loss for every convex loss, and has the checker prove it for the
/// problem's inputs and the ends of the path.
///
/// # Errors
/// The checker's refusal, in words.
pub fn conclusion(
    problem: &Problem,
    claim: Claim,
    loss: Option<&Loss>,
    path: &Path<Rational>,
) -> Result<Conclusion, String> {
    match prove(problem, claim, loss, path).1 {
        Verdict::Valid(statement) => Ok(statement.conclusion),
        refused => Err(refused.to_string()),
    }
}

//! A path as a certificate, what that has to be about, and the checker's verdict on it.

use super::Problem;
use crate::certificate::{Claim, Limits, Reader};
use crate::checker::{self, Expected, Verdict};
use crate::network::{Loss, Parameters};
use crate::path::{Path, problem_record, to_activation, to_layers, to_loss, to_matrix, write_path};
use rug::Rational;

/// The certificate of a path, as bytes; without a loss it is about every convex one. `label` is what its author calls it.
///
/// # Panics
/// Never: memory can be written.
pub fn path_certificate(
    problem: &Problem,
    claim: Claim,
    label: &str,
    loss: Option<&Loss>,
    path: &Path<Rational>,
) -> Vec<u8> {
    let Problem { activation, inputs, widths } = problem;
    let mut bytes = Vec::new();
    let header = problem_record(claim, label, activation, inputs, widths, loss);
    write_path(&mut bytes, header, path, |_| {}).expect("memory can be written");
    bytes
}

/// What a certificate has to be about: this problem, this loss and these networks, number by number.
pub fn expected(
    problem: &Problem,
    loss: Option<&Loss>,
    from: &Parameters<Rational>,
    to: Option<&Parameters<Rational>>,
) -> Expected {
    Expected {
        from: Some(to_layers(from)),
        to: to.map(to_layers),
        activation: Some(to_activation(&problem.activation)),
        graph: None,
        inputs: Some(to_matrix(&problem.inputs)),
        // The loss has them.
        targets: None,
        loss: loss.map(to_loss),
    }
}

/// The certificate of a path, and the checker's verdict on it: for the problem, the loss, and the path's own ends.
pub fn prove(problem: &Problem, claim: Claim, loss: Option<&Loss>, path: &Path<Rational>) -> (Vec<u8>, Verdict) {
    let bytes = path_certificate(problem, claim, "", loss, path);
    // A ray has no end.
    let end = (claim != Claim::Unbounded).then(|| path.end());
    let expected = expected(problem, loss, &path.start, end.as_ref());
    let verdict = checker::check(Reader::with_limits(Limits::NONE, &*bytes), &expected, &mut |_| {});
    (bytes, verdict)
}

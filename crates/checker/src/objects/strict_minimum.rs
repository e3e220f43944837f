//! No suboptimal strict local minimum (ICLR 2019, Theorem 3.4 (3)), for every convex loss, from the number M of features alone.
//!
//! Samples with equal inputs have equal features, so that Ψ `[N, M]` has rank n at most for n distinct samples.
//! 1. *z ≠ 0 with Ψ z = 0.* The output Ψ V is constant along V + t z e_1ᵀ, and with it every loss, convex or not: no network
//!    with these blocks is a strict local minimum. z is given, and Ψ z = 0 holds exactly
//!    ([`first_outside_kernel`](crate::graph::first_outside_kernel)); or M > n, and there is one for all parameters and every σ.
//! 2. *M = n.* Either the rank is below n, and 1 holds. Or it is n: then V ↦ Ψ V is onto all outputs that are equal where inputs
//!    are, among which every output of every network is. Of a convex function of the output a local minimum in V is the least
//!    value on all of them: a local minimum is a global one.

use crate::{
    certificate::{Limits, object::NoStrictMinimum},
    finding::{Finding, Own, Reach, Unproved},
    graph::{Graph, first_outside_kernel},
    matrix::{Matrix, Reading},
    verdict::{Failure, Part, Rejection},
};
use std::collections::HashSet;

/// What is proved.
pub fn check(object: &NoStrictMinimum, reading: Reading, limits: &Limits) -> Result<Finding, Failure> {
    let samples = object.inputs.rows;
    let graph = Graph::read(&object.graph, samples, limits)?;
    let inputs = Matrix::read(&object.inputs, Part::Inputs, (samples, graph.inputs), reading)?;
    let features = graph.skips.len() + usize::from(graph.bias);
    let distinct = (0..samples).map(|sample| inputs.row(sample)).collect::<HashSet<_>>().len();
    let reach = match &object.kernel {
        Some(kernel) => {
            let parameters = graph.read_network(&kernel.layers, graph.last() - 1, reading)?;
            let vector = Matrix::read(&kernel.vector, Part::Object("kernel vector"), (features, 1), reading)?;
            if vector.is_zero() {
                return Err(Rejection::from(Unproved::ZeroVector).into());
            }
            if let Some(sample) = first_outside_kernel(&graph, &inputs, &parameters, &vector, limits)? {
                return Err(Rejection::from(Unproved::NotInKernel { sample }).into());
            }
            Reach::Blocks
        }
        None if features > distinct => Reach::EveryLoss,
        None if features == distinct => Reach::ConvexLosses,
        None => return Err(Rejection::from(Unproved::FewFeatures { features, distinct }).into()),
    };
    Ok(Finding::NoStrictMinimum { graph: graph.to_string(), distinct, features, reach, compared: Own::default() })
}

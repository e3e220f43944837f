//! Activations by their names.

use crate::error::Failure;
use crate::setting::number;
use pyo3::prelude::*;
use sublevel::network::Nonlinearity;
use sublevel::statement::object::certificate;
use sublevel::statement::shift_independence::{NoFindings, Shifts, assumptions};

/// An activation as the library writes it.
#[pyfunction]
pub fn canonical(activation: &str) -> PyResult<String> {
    let activation: Nonlinearity = activation.parse().map_err(Failure::input)?;
    Ok(activation.to_string())
}

/// Assumptions 2.1 and 2.2: lines, an object as JSON, and a certificate that there is no relation among the shifts.
#[pyfunction]
pub fn assume(activation: &str, shifts: Vec<String>) -> PyResult<(Vec<String>, String, Option<Vec<u8>>)> {
    let shifts = shifts.iter().map(|text| number(text)).collect::<Result<Vec<_>, _>>()?;
    let shifts = if shifts.is_empty() { None } else { Some(Shifts::new(shifts).map_err(Failure::input)?) };
    let found = assumptions(activation, shifts.as_ref()).map_err(|error| match error {
        NoFindings::Activation(_) => Failure::input(error),
        NoFindings::Undecided(_) => Failure::incomplete(error),
        NoFindings::NotTrue(_) => Failure::invalid(error),
    })?;
    let bytes = found.refutation.map(|object| certificate("icml-2019/lemma-2.3", object));
    Ok((found.lines, found.object.to_string(), bytes))
}

//! All that is decided of Assumptions 2.1 and 2.2 for one activation, in words and for programs.

use super::{
    MonotoneOnto, PointOutcome, ShiftIndependence, Shifts, Smooth, decide_by_points, refute_by_curvature,
    refute_by_enclosure, refute_by_kinks,
};
use crate::certificate::Object;
use crate::linalg::Exact;
use crate::network::Activation;
use serde_json::{Value, json};

/// What is decided.
#[derive(Debug, Clone)]
pub struct Findings {
    /// Lines for people.
    pub lines: Vec<String>,
    /// An object for programs.
    pub object: Value,
    /// That there is no relation among the given shifts.
    pub refutation: Option<Object>,
}

/// Why nothing is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoFindings {
    /// No activation has this name.
    #[error("{0}\n  elu, elu=ALPHA, exp")]
    Activation(String),
    /// Enclosures do not tell.
    #[error("{0}")]
    Undecided(String),
    /// A witness that does not hold when it is looked at again: a defect.
    #[error("{0}")]
    NotTrue(String),
}

/// Decides Assumption 2.1 and Assumption 2.2 for an activation by its name, and for these shifts whether a relation holds;
/// every witness is verified.
///
/// # Errors
/// All of [`NoFindings`].
///
/// # Example
/// ```
/// use sublevel::statement::shift_independence::assumptions;
///
/// let found = assumptions("relu", None).unwrap();
/// assert_eq!(found.object["monotone_onto"]["assumption_2_1"], "fails");
/// assert!(assumptions("step", None).is_err());
/// ```
pub fn assumptions(activation: &str, shifts: Option<&Shifts>) -> Result<Findings, NoFindings> {
    match (activation.parse::<Activation>(), activation.parse::<Smooth>()) {
        (Ok(activation), _) => piecewise_linear(&activation, shifts),
        (_, Ok(smooth)) => smooth_function(&smooth, shifts),
        (Err(error), Err(_)) => Err(NoFindings::Activation(error.to_string())),
    }
}

fn not_true(error: impl ToString) -> NoFindings {
    NoFindings::NotTrue(error.to_string())
}

fn piecewise_linear(activation: &Activation, shifts: Option<&Shifts>) -> Result<Findings, NoFindings> {
    let onto = MonotoneOnto::decide(activation);
    let independent = ShiftIndependence::decide(activation);
    let mut lines = vec![format!("σ = {activation}"), onto.to_string(), independent.to_string()];
    let mut object = json!({ "activation": activation.to_string(), "monotone_onto": onto, "shifts": independent });
    let mut proof = None;
    if let Some(shifts) = shifts {
        if let Ok(refutation) = refute_by_kinks(activation, shifts) {
            refutation.verify(activation, shifts).map_err(not_true)?;
            lines.push(format!("for these shifts, by extreme kinks (Appendix A): {refutation}"));
            object["by_kinks"] = json!(refutation);
            proof = Some(refutation.object(activation, shifts));
        }
        match decide_by_points(&Exact, activation, shifts) {
            PointOutcome::Refuted(refutation) => {
                refutation.verify(activation, shifts).map_err(not_true)?;
                lines.push(format!("and by a linear system at finitely many points: {refutation}"));
                object["by_points"] = json!(refutation);
            }
            PointOutcome::Related(relation) => {
                if !relation.verify(activation) {
                    return Err(not_true("the relation that was found is not true"));
                }
                lines.push(format!("for these shifts there is a relation: {relation}"));
                object["relation"] = json!(relation);
            }
        }
    }
    Ok(Findings { lines, object, refutation: proof })
}

fn smooth_function(smooth: &Smooth, shifts: Option<&Shifts>) -> Result<Findings, NoFindings> {
    let mut lines = vec![format!("σ = {smooth}"), smooth.not_onto()];
    let mut object = json!({ "activation": smooth.to_string(), "monotone_onto": false });
    let mut proof = None;
    match smooth.relation() {
        Some(relation) => {
            lines.push(format!("Assumption 2.2 fails: {relation}"));
            object["relation"] = json!(relation);
        }
        None => {
            lines.push("Assumption 2.2 holds for every choice of shifts (Lemma 2.3)".into());
            if let Some(shifts) = shifts {
                let curvature = refute_by_curvature(shifts);
                curvature.verify(shifts).map_err(not_true)?;
                lines.push(format!("for these shifts, by curvature: {curvature}"));
                let enclosure = refute_by_enclosure(&Exact, smooth, shifts)
                    .map_err(|error| NoFindings::Undecided(error.to_string()))?;
                enclosure.verify(smooth, shifts).map_err(not_true)?;
                lines.push(format!("and by certified values at finitely many points: {enclosure}"));
                object["by_curvature"] = json!(curvature);
                proof = Some(curvature.object(shifts));
                object["by_enclosure"] = json!(enclosure);
            }
        }
    }
    Ok(Findings { lines, object, refutation: proof })
}

//! `sublevel assume`: Assumptions 2.1 and 2.2 for an activation, with the witness or the reason.

use super::{Console, Failure, inputs};
use rug::Rational;
use serde_json::{Value, json};
use std::path::PathBuf;
use sublevel::certificate::Object;
use sublevel::linalg::Exact;
use sublevel::network::Activation;
use sublevel::statement::object::certificate;
use sublevel::statement::shift_independence::{
    MonotoneOnto, PointOutcome, ShiftIndependence, Shifts, Smooth, decide_by_points, refute_by_curvature,
    refute_by_enclosure, refute_by_kinks,
};

#[derive(clap::Args)]
pub struct Arguments {
    /// relu, leaky-relu=SLOPE, abs, hard-tanh, identity, pl:breakpoints=…;slopes=…;value=…, elu, elu=ALPHA or exp
    #[arg(long)]
    activation: String,
    /// Shifts a_1,…,a_p (non-zero, distinct): decide whether Σ λ_i σ(x − a_i) = σ(x) has a solution.
    #[arg(long, value_delimiter = ',', allow_hyphen_values = true, value_parser = inputs::number)]
    shifts: Vec<Rational>,
    /// Write the proof that there is no solution for these shifts as a certificate: `.path.jsonl`.
    #[arg(long, value_name = "FILE", requires = "shifts")]
    out: Option<PathBuf>,
}

/// Lines for people and an object for programs.
struct Findings {
    lines: Vec<String>,
    object: Value,
    /// That there is no relation among the given shifts.
    refutation: Option<Object>,
}

pub fn run(arguments: &Arguments, console: &mut Console) -> Result<(), Failure> {
    console.claim([("--out", arguments.out.as_ref())], &[])?;
    let shifts = match arguments.shifts.is_empty() {
        true => None,
        false => Some(Shifts::new(arguments.shifts.clone()).map_err(Failure::input)?),
    };
    let findings = match (arguments.activation.parse::<Activation>(), arguments.activation.parse::<Smooth>()) {
        (Ok(activation), _) => piecewise_linear(&activation, shifts.as_ref()),
        (_, Ok(smooth)) => smooth_function(&smooth, shifts.as_ref()),
        (Err(error), Err(_)) => return Err(Failure::input(format!("{error}\n  elu, elu=ALPHA, exp"))),
    }?;
    if let Some(file) = &arguments.out {
        let refutation = findings.refutation.clone();
        let refutation = refutation.ok_or_else(|| Failure::hypothesis("there is a relation: nothing to prove"))?;
        let bytes = certificate("icml-2019/lemma-2.3", refutation);
        console.write(file, |out| out.write_all(&bytes))?;
    }
    if console.json() {
        console.print_json(&findings.object);
    } else {
        findings.lines.iter().for_each(|line| say!("{line}"));
        if let Some(file) = &arguments.out {
            say!("written   {0}; prove it with: sublevel check {0}", file.display());
        }
    }
    Ok(())
}

fn piecewise_linear(activation: &Activation, shifts: Option<&Shifts>) -> Result<Findings, Failure> {
    let onto = MonotoneOnto::decide(activation);
    let independent = ShiftIndependence::decide(activation);
    let mut lines = vec![format!("σ = {activation}"), onto.to_string(), independent.to_string()];
    let mut object = json!({ "activation": activation.to_string(), "monotone_onto": onto, "shifts": independent });
    let mut proof = None;
    if let Some(shifts) = shifts {
        if let Ok(refutation) = refute_by_kinks(activation, shifts) {
            refutation.verify(activation, shifts).map_err(Failure::invalid)?;
            lines.push(format!("for these shifts, by extreme kinks (Appendix A): {refutation}"));
            object["by_kinks"] = json!(refutation);
            proof = Some(refutation.object(activation, shifts));
        }
        match decide_by_points(&Exact, activation, shifts) {
            PointOutcome::Refuted(refutation) => {
                refutation.verify(activation, shifts).map_err(Failure::invalid)?;
                lines.push(format!("and by a linear system at finitely many points: {refutation}"));
                object["by_points"] = json!(refutation);
            }
            PointOutcome::Related(relation) => {
                if !relation.verify(activation) {
                    return Err(Failure::invalid("the relation that was found is not true"));
                }
                lines.push(format!("for these shifts there is a relation: {relation}"));
                object["relation"] = json!(relation);
            }
        }
    }
    Ok(Findings { lines, object, refutation: proof })
}

fn smooth_function(smooth: &Smooth, shifts: Option<&Shifts>) -> Result<Findings, Failure> {
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
                curvature.verify(shifts).map_err(Failure::invalid)?;
                lines.push(format!("for these shifts, by curvature: {curvature}"));
                let enclosure = refute_by_enclosure(&Exact, smooth, shifts).map_err(Failure::incomplete)?;
                enclosure.verify(smooth, shifts).map_err(Failure::invalid)?;
                lines.push(format!("and by certified values at finitely many points: {enclosure}"));
                object["by_curvature"] = json!(curvature);
                proof = Some(curvature.object(shifts));
                object["by_enclosure"] = json!(enclosure);
            }
        }
    }
    Ok(Findings { lines, object, refutation: proof })
}

//! `sublevel assume`: Assumptions 2.1 and 2.2 for an activation, with the witness or the reason.

use super::console::Kind;
use super::{Console, Failure, inputs};
use crate::statement::object::certificate;
use crate::statement::shift_independence::{NoFindings, Shifts, assumptions};
use rug::Rational;
use std::path::PathBuf;

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

pub fn run(arguments: &Arguments, console: &mut Console) -> Result<(), Failure> {
    console.claim([("--out", Kind::Certificate, arguments.out.as_ref())], &[])?;
    let shifts = match arguments.shifts.is_empty() {
        true => None,
        false => Some(Shifts::new(arguments.shifts.clone()).map_err(Failure::input)?),
    };
    let findings = assumptions(&arguments.activation, shifts.as_ref()).map_err(|error| match error {
        NoFindings::Activation(_) => Failure::input(error),
        NoFindings::Undecided(_) => Failure::incomplete(error),
        NoFindings::NotTrue(_) => Failure::invalid(error),
    })?;
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

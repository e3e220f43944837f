//! Certificates: checked, saved.

use crate::error::Failure;
use crate::network::Network;
use crate::setting::Setting;
use crate::work;
use pyo3::prelude::*;
use rug::Rational;
use serde_json::json;
use std::io::BufRead;
use std::path::PathBuf;
use std::time::Instant;
use sublevel::certificate::{
    ActivationRecord, GraphRecord, Limits, Object, Raise, Reader, Record, ZSTD_MAGIC, begins_as_certificate, head,
    no_certificate, open_with,
};
use sublevel::checker::{self, Expected, Reason, Rejection, Verdict};
use sublevel::files;
use sublevel::network::{GraphNetwork, Nonlinearity, Parameters};
use sublevel::path::{to_activation, to_layers};
use sublevel::report::verdict_json;

/// A certificate, where it is.
#[derive(FromPyObject)]
pub enum Source {
    Bytes(Vec<u8>),
    File(PathBuf),
}

impl Source {
    /// Refuses what begins as no certificate does: that is no claim which could be invalid.
    fn refuse_what_is_none(&self) -> Result<(), Failure> {
        let named = |words: &str| match self {
            Source::Bytes(_) => Failure::input(words),
            Source::File(path) => Failure::input(format!("{}: {words}", path.display())),
        };
        let head = match self {
            Source::Bytes(bytes) if bytes.starts_with(&ZSTD_MAGIC) => {
                return Err(named("these bytes are compressed: give the name of their file"));
            }
            Source::Bytes(bytes) => bytes[..bytes.len().min(512)].to_vec(),
            // A pipe is read once.
            Source::File(path) if path.exists() && !path.is_file() && !path.is_dir() => return Ok(()),
            Source::File(path) => head(path).map_err(|error| named(&format!("cannot read: {error}")))?,
        };
        no_certificate(&head).map_or(Ok(()), |found| {
            Err(named(&format!("this is no certificate: it {found}; a certificate is what `certificate.save` writes")))
        })
    }
}

/// What is proved, as JSON and in words; what is not valid is an exception.
///
/// What the certificate has to be about is compared number by number: the ends, and activation, data and loss of a setting.
/// `limits` are NAME=N; `own` takes none, for what this process has made itself.
#[pyfunction]
#[pyo3(signature = (source, setting, activation, start, end, limits, own, progress))]
#[allow(clippy::too_many_arguments)]
pub fn check(
    py: Python<'_>,
    source: Source,
    setting: Option<&Setting>,
    activation: Option<&str>,
    start: Option<&Network>,
    end: Option<&Network>,
    limits: Vec<String>,
    own: bool,
    progress: Option<Py<PyAny>>,
) -> PyResult<(String, String)> {
    source.refuse_what_is_none()?;
    let mut allowed = if own { Limits::NONE } else { Limits::default() };
    for text in limits {
        let raise: Raise = text.parse().map_err(Failure::input)?;
        allowed.set(raise.limit, raise.value);
    }
    let activation = activation.map(str::parse::<Nonlinearity>).transpose().map_err(Failure::input)?;
    let (setting, from, to) =
        (setting.map(|setting| setting.0.clone()), start.map(|end| end.0.clone()), end.map(|end| end.0.clone()));
    work::run(py, progress, move |told| {
        let (from, to) = (from.as_deref(), to.as_deref());
        let mut expected = match &setting {
            Some(setting) => setting.expected(from, to),
            None => Expected { from: from.map(to_layers), to: to.map(to_layers), ..Expected::default() },
        };
        // Where nothing is compared with it the record, with all inputs, is not read once more.
        let is_asked = activation.is_some() || from.or(to).is_some();
        (expected.activation, expected.graph) = match is_asked.then(|| first_record(&source, &allowed)).flatten() {
            // The claim holds for every σ.
            Some(Record::Object { object: Object::Reordered(_), .. }) => (None, None),
            Some(first) if first.is_about_a_graph() => (None, graph(activation.as_ref(), from.or(to))?),
            _ => (piecewise_linear(activation.as_ref())?, None),
        };
        match source {
            Source::Bytes(bytes) => judge(Reader::with_limits(allowed, &bytes[..]), &expected, told),
            Source::File(path) => judge(open_with(allowed, path).map_err(Failure::reading)?, &expected, told),
        }
    })
}

/// What the certificate begins with; what cannot be read is told by the checker.
fn first_record(source: &Source, limits: &Limits) -> Option<Record> {
    let record = match source {
        Source::Bytes(bytes) => Reader::with_limits(limits.clone(), &bytes[..]).next_record(),
        // A pipe is read once.
        Source::File(path) if !path.is_file() => return None,
        Source::File(path) => open_with(limits.clone(), path).ok()?.next_record(),
    };
    record.ok().flatten()
}

/// The graph that a model is together with its σ.
fn graph(
    activation: Option<&Nonlinearity>,
    model: Option<&Parameters<Rational>>,
) -> Result<Option<GraphRecord>, Failure> {
    match (activation, model) {
        (Some(activation), Some(model)) => {
            let network = GraphNetwork::from_dense(model, activation).map_err(Failure::input)?;
            Ok(Some(network.graph().clone()))
        }
        (Some(activation), None) => Err(Failure::input(format!(
            "activation={activation} is compared together with a model, whose graph the certificate has: give start or end"
        ))),
        (None, Some(_)) => Err(Failure::input(
            "activation=… is missing: the certificate is about a graph, which plain arrays are only together with it",
        )),
        (None, None) => Ok(None),
    }
}

/// σ for a certificate about networks with a piecewise-linear one.
fn piecewise_linear(activation: Option<&Nonlinearity>) -> Result<Option<ActivationRecord>, Failure> {
    match activation {
        Some(Nonlinearity::PiecewiseLinear(activation)) => Ok(Some(to_activation(activation))),
        Some(smooth) => Err(Failure::input(format!(
            "the activation is {smooth}, and the certificate is about networks with a piecewise-linear one"
        ))),
        None => Ok(None),
    }
}

fn judge<R: BufRead>(reader: Reader<R>, expected: &Expected, told: &work::Told) -> Result<(String, String), Failure> {
    let started = Instant::now();
    let verdict = checker::check(reader, expected, &mut |records| told.say(format!("checking record {records}")));
    let mut value = verdict_json(&verdict);
    value["seconds"] = json!(started.elapsed().as_secs_f64());
    match verdict {
        Verdict::Valid(_) | Verdict::Proved { .. } => Ok((value.to_string(), verdict.to_string())),
        Verdict::Invalid { rejection: Rejection::NothingToCompare, .. } => Err(Failure::input(
            "there is nothing in a certificate of this claim that could be compared with one or more of what is given (start, end, X and \
             y, activation): leave out what it is not about, its verdict says what it is about",
        )),
        Verdict::Invalid { .. } => Err(Failure::invalid(&verdict).with(value)),
        Verdict::Incomplete { reason: Reason::File(error), .. } => Err(Failure::reading(error)),
        Verdict::Incomplete { .. } => Err(Failure::incomplete(&verdict).with(value)),
    }
}

/// Writes a certificate whole or not at all, as the command line does: compressed by its name, or where it is large; whether it is.
/// What is no certificate is not replaced.
#[pyfunction]
pub fn save(bytes: &[u8], path: PathBuf) -> PyResult<bool> {
    let head = if path.is_file() { head(&path).map_err(Failure::input)? } else { vec![] };
    if !head.is_empty() && !begins_as_certificate(&head) {
        return Err(Failure::input(format!(
            "{} is there already, and is no certificate: give another name, or remove it",
            path.display()
        ))
        .into());
    }
    let written = files::write_certificate(path, |out| out.write_all(bytes));
    Ok(written.map_err(Failure::input)?)
}

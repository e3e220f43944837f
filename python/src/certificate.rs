//! Certificates: checked, saved.

use crate::error::Failure;
use crate::network::Network;
use crate::setting::Setting;
use crate::work;
use pyo3::prelude::*;
use serde_json::json;
use std::io::BufRead;
use std::path::PathBuf;
use std::time::Instant;
use sublevel::certificate::{Limits, Raise, Reader, open_with};
use sublevel::checker::{self, Expected, Reason, Verdict};
use sublevel::files;
use sublevel::network::{GraphNetwork, Nonlinearity};
use sublevel::path::{to_activation, to_layers};
use sublevel::report::verdict_json;

/// A certificate, where it is.
#[derive(FromPyObject)]
pub enum Source {
    Bytes(Vec<u8>),
    File(PathBuf),
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
        match &activation {
            Some(Nonlinearity::PiecewiseLinear(activation)) => expected.activation = Some(to_activation(activation)),
            // The certificate is about the graph that the network is together with it.
            Some(smooth) => {
                let graph = from.or(to).and_then(|network| GraphNetwork::from_dense(network, smooth).ok());
                expected.graph = graph.map(|network| network.graph().clone());
            }
            None => {}
        }
        match source {
            Source::Bytes(bytes) => judge(Reader::with_limits(allowed, &bytes[..]), &expected, told),
            Source::File(path) => judge(open_with(allowed, path).map_err(Failure::reading)?, &expected, told),
        }
    })
}

fn judge<R: BufRead>(reader: Reader<R>, expected: &Expected, told: &work::Told) -> Result<(String, String), Failure> {
    let started = Instant::now();
    let verdict = checker::check(reader, expected, &mut |records| told.say(format!("checking record {records}")));
    let mut value = verdict_json(&verdict);
    value["seconds"] = json!(started.elapsed().as_secs_f64());
    match verdict {
        Verdict::Valid(_) | Verdict::Proved { .. } => Ok((value.to_string(), verdict.to_string())),
        Verdict::Invalid { .. } => Err(Failure::invalid(&verdict).with(value)),
        Verdict::Incomplete { reason: Reason::File(error), .. } => Err(Failure::reading(error)),
        Verdict::Incomplete { .. } => Err(Failure::incomplete(&verdict).with(value)),
    }
}

/// Writes a certificate whole or not at all, as the command line does: compressed by its name, or where it is large; whether it is.
#[pyfunction]
pub fn save(bytes: &[u8], path: PathBuf) -> PyResult<bool> {
    let written = files::write_certificate(path, |out| out.write_all(bytes));
    Ok(written.map_err(Failure::input)?)
}

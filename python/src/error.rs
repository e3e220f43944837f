//! What goes wrong, as one of the exceptions of `sublevel/errors.py`.

use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use serde_json::{Value, json};
use sublevel::certificate::{Fault, ReadError};
use sublevel::statement::{NoTheorem, Obstacle, Refused};

/// The kinds of failure that the command line has exit codes for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Invalid,
    Input,
    Hypothesis,
    Incomplete,
    Defect,
}

/// What went wrong: the sentence, and its numbers.
#[derive(Debug)]
pub struct Failure {
    kind: Kind,
    message: String,
    numbers: Value,
}

impl Failure {
    fn new(kind: Kind, message: impl ToString) -> Self {
        Failure { kind, message: message.to_string(), numbers: json!({}) }
    }

    /// A certificate is refused, or a claim is refuted.
    pub fn invalid(message: impl ToString) -> Self {
        Self::new(Kind::Invalid, message)
    }

    /// `ValueError`.
    pub fn input(message: impl ToString) -> Self {
        Self::new(Kind::Input, message)
    }

    /// A hypothesis is not met.
    pub fn hypothesis(message: impl ToString) -> Self {
        Self::new(Kind::Hypothesis, message)
    }

    /// A question stays undecided.
    pub fn incomplete(message: impl ToString) -> Self {
        Self::new(Kind::Incomplete, message)
    }

    /// A panic.
    pub fn defect(message: impl ToString) -> Self {
        Self::new(Kind::Defect, format!("this is a defect of sublevel, please report it: {}", message.to_string()))
    }

    /// A certificate that cannot be read.
    pub fn reading(error: ReadError) -> Self {
        match error.fault {
            Fault::Io { .. } => Self::input(error),
            _ if error.is_incomplete() => Self::incomplete(error),
            _ => Self::invalid(error),
        }
    }

    /// No theorem applies: every reason with its numbers.
    pub fn no_theorem(error: &NoTheorem, next: &str) -> Self {
        Self::hypothesis(format!("{error}{next}"))
            .with(json!({ "reasons": error.0.iter().map(reason).collect::<Vec<_>>() }))
    }

    /// The same with numbers.
    pub fn with(mut self, numbers: Value) -> Self {
        self.numbers = numbers;
        self
    }

    fn into_exception(self, py: Python<'_>) -> PyResult<PyErr> {
        let name = match self.kind {
            Kind::Input => return Ok(PyValueError::new_err(self.message)),
            Kind::Defect => return Ok(PyRuntimeError::new_err(self.message)),
            Kind::Invalid => "InvalidCertificate",
            Kind::Hypothesis => "HypothesisNotMet",
            Kind::Incomplete => "Incomplete",
        };
        let exception = py.import("sublevel.errors")?.getattr(name)?;
        Ok(PyErr::from_value(exception.call1((self.message, self.numbers.to_string()))?))
    }
}

/// A theorem that does not apply: its name, the sentence, and the numbers of the hypothesis by name.
fn reason(refused: &Refused) -> Value {
    let mut value = json!({ "theorem": refused.theorem, "reason": refused.reason.to_string() });
    let Obstacle::Hypothesis(hypothesis) = &refused.reason else { return value };
    match serde_json::to_value(hypothesis) {
        Ok(Value::String(name)) => value["hypothesis"] = json!(name),
        Ok(Value::Object(named)) => {
            for (name, numbers) in named {
                value["hypothesis"] = json!(name);
                value["numbers"] = numbers;
            }
        }
        _ => {}
    }
    value
}

impl From<Failure> for PyErr {
    fn from(failure: Failure) -> PyErr {
        Python::attach(|py| failure.into_exception(py).unwrap_or_else(|error| error))
    }
}

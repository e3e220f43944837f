//! What a loss is a function of, besides the network: activation, data, loss.

use crate::error::Failure;
use crate::network::{Array2, Network, array};
use nalgebra::DMatrix;
use numpy::{PyArray2, PyReadonlyArray2};
use pyo3::prelude::*;
use rug::Rational;
use serde_json::{Value, json};
use std::sync::{Arc, OnceLock};
use sublevel::arith::parse_rational;
use sublevel::checker::Expected;
use sublevel::linalg::Double;
use sublevel::network::{
    Activation, Assessment, DataSet, Inputs, Loss, LossKind, Nonlinearity, Parameters, Targets, forward, outputs,
};
use sublevel::path::{to_layers, to_loss, to_matrix};
use sublevel::statement::Problem;

/// σ, X [N, d], labels or targets, and the loss where there is one.
#[pyclass(frozen, module = "sublevel._sublevel")]
pub struct Setting(pub Arc<Inner>);

/// The same for threads.
pub struct Inner {
    pub activation: Nonlinearity,
    pub data: DataSet,
    loss: Option<Loss>,
    exact: OnceLock<DMatrix<Rational>>,
}

/// X as it comes.
#[derive(FromPyObject)]
pub enum Rows<'py> {
    Bytes(PyReadonlyArray2<'py, u8>),
    Numbers(Array2<'py>),
}

impl Rows<'_> {
    fn inputs(&self) -> Result<Inputs, Failure> {
        match self {
            Rows::Bytes(array) => {
                let rows = array.as_array();
                Ok(Inputs::from_bytes(rows.dim().1, rows.iter().copied().collect()))
            }
            Rows::Numbers(array) => {
                let (rows, columns) = array.shape();
                let places = (0..rows).flat_map(|i| (0..columns).map(move |j| (i, j)));
                let entries: Vec<f64> = places.map(|(i, j)| array.entry(i, j)).collect();
                match entries.iter().position(|entry| !entry.is_finite()) {
                    Some(k) => Err(Failure::input(format!(
                        "X: entry [{}, {}] is {}; expected a finite number",
                        k / columns,
                        k % columns,
                        entries[k]
                    ))),
                    None => Ok(Inputs::from_doubles(columns, entries)),
                }
            }
        }
    }
}

/// An exact number such as -2, 0.25, 1e-6 or 1/1000000.
pub fn number(text: &str) -> Result<Rational, Failure> {
    let expected = || Failure::input(format!("`{text}` is not a number such as -2, 0.25, 1e-6 or 1/1000000"));
    parse_rational(text).ok_or_else(expected)
}

/// An exact number above 0.
pub fn positive(text: &str) -> Result<Rational, Failure> {
    let value = number(text)?;
    if value > 0 { Ok(value) } else { Err(Failure::input(format!("`{text}` is not positive"))) }
}

#[pymethods]
impl Setting {
    #[new]
    #[pyo3(signature = (activation, inputs, labels, targets, outputs, loss, class_weights))]
    fn new(
        activation: &str,
        inputs: Rows<'_>,
        labels: Option<Vec<usize>>,
        targets: Option<Array2<'_>>,
        outputs: usize,
        loss: Option<&str>,
        class_weights: Option<Vec<String>>,
    ) -> PyResult<Self> {
        let targets = match (labels, targets) {
            (Some(labels), _) => Targets::Labels(labels),
            (None, Some(values)) => Targets::Values(values.exact("y")?),
            (None, None) => Targets::None,
        };
        let activation: Nonlinearity = activation.parse().map_err(Failure::input)?;
        let data = DataSet { inputs: inputs.inputs()?, targets };
        let kind = loss.map(str::parse::<LossKind>).transpose().map_err(Failure::input)?;
        let weights =
            class_weights.map(|weights| weights.iter().map(|text| number(text)).collect::<Result<Vec<_>, _>>());
        let loss = match (kind.or_else(|| LossKind::usual(&data.targets, outputs)), weights.transpose()?) {
            (None, None) => None,
            (None, Some(_)) => return Err(Failure::input(sublevel::network::LossError::NoClasses).into()),
            (Some(kind), None) => Some(Loss::from_data(kind, &data, outputs).map_err(Failure::input)?),
            (Some(kind), Some(weights)) => {
                Some(Loss::with_class_weights(kind, &data, outputs, &weights).map_err(Failure::input)?)
            }
        };
        Ok(Setting(Arc::new(Inner { activation, data, loss, exact: OnceLock::new() })))
    }

    /// X, F_1, …, F_{L−1} and the outputs F_L of a network, [N, n_k], in doubles.
    fn levels<'py>(&self, py: Python<'py>, network: &Network) -> PyResult<Vec<Bound<'py, PyArray2<f64>>>> {
        let inputs = self.0.data.inputs.rounded();
        let rows = inputs.import(&Double).rows(0..inputs.samples());
        let pass = forward(&Double, &self.0.activation.in_doubles(), &rows, &network.0.import(&Double));
        let pass = pass.map_err(Failure::input)?;
        let below = pass.features.iter().map(|features| (features, features.ncols() - 1));
        let levels = below.chain([(pass.output(), pass.output().ncols())]);
        levels.map(|(level, columns)| array(py, level.nrows(), columns, |i, j| level[(i, j)])).collect()
    }

    /// Loss and accuracy of a network in floats, as JSON; `null` without a loss.
    fn assess(&self, network: &Network, name: &str) -> PyResult<String> {
        let Some(loss) = &self.0.loss else { return Ok("null".into()) };
        let found = outputs(self.0.activation.clone(), &self.0.data, &network.0).map_err(Failure::input)?;
        let found = Assessment::new(name, &found, &self.0.data, loss);
        let mut value = serde_json::to_value(&found).expect("an assessment is plain data");
        value["warning"] = json!(found.warning().map(|warning| warning.message));
        Ok(value.to_string())
    }

    /// The loss by its name and its formula; `None` without one.
    #[getter]
    fn loss(&self) -> Option<(String, String)> {
        self.0.loss.as_ref().map(|loss| (loss.to_string(), loss.definition()))
    }

    /// σ as the library writes it.
    #[getter]
    fn activation(&self) -> String {
        self.0.activation.to_string()
    }
}

impl Inner {
    /// X as exact numbers, made once.
    pub fn exact(&self) -> &DMatrix<Rational> {
        self.exact.get_or_init(|| self.data.inputs.exact())
    }

    /// The loss, where one is needed.
    pub fn loss(&self) -> Result<&Loss, Failure> {
        self.loss.as_ref().ok_or_else(|| Failure::input("there is no y, neither labels nor targets: there is no loss"))
    }

    /// The loss, if there is one.
    pub fn any_loss(&self) -> Option<&Loss> {
        self.loss.as_ref()
    }

    /// The problem of a network, whose σ has to be piecewise linear.
    pub fn problem(&self, network: &Parameters<Rational>, instead: &str) -> Result<Problem, Failure> {
        let activation = self.piecewise_linear(instead)?;
        Ok(Problem { activation: activation.clone(), inputs: self.exact().clone(), widths: network.widths() })
    }

    /// σ, which has to be piecewise linear.
    pub fn piecewise_linear(&self, instead: &str) -> Result<&Activation, Failure> {
        self.activation.piecewise_linear().ok_or_else(|| {
            Failure::input(format!("{} is not piecewise linear, which this needs; {instead}", self.activation))
        })
    }

    /// What a certificate between these networks has to be about, but for σ.
    pub fn expected(&self, from: Option<&Parameters<Rational>>, to: Option<&Parameters<Rational>>) -> Expected {
        Expected {
            from: from.map(to_layers),
            to: to.map(to_layers),
            inputs: Some(to_matrix(self.exact())),
            targets: match &self.data.targets {
                Targets::None => None,
                Targets::Labels(labels) => Some(sublevel::checker::Targets::Labels(labels.clone())),
                Targets::Values(rows) | Targets::Shares(rows) => {
                    Some(sublevel::checker::Targets::Values(to_matrix(rows)))
                }
            },
            loss: self.loss.as_ref().map(to_loss),
            ..Expected::default()
        }
    }

    /// Whether the inputs and outputs of networks fit.
    pub fn fit(&self, networks: &[&Parameters<Rational>]) -> Result<(), Failure> {
        let widths = networks[0].widths();
        if let Some(other) = networks.iter().find(|other| other.widths() != widths) {
            return Err(Failure::input(format!(
                "one model has the widths {}, another one {}: a path joins networks of one architecture",
                dashed(&widths),
                dashed(&other.widths())
            )));
        }
        match self.data.inputs.features() {
            features if features != widths[0] => {
                Err(Failure::input(format!("X has {features} features a sample, but the model takes {}", widths[0])))
            }
            _ => Ok(()),
        }
    }

    /// A loss for summaries.
    pub fn loss_json(&self) -> Value {
        self.loss
            .as_ref()
            .map_or(Value::Null, |loss| json!({ "name": loss.to_string(), "definition": loss.definition() }))
    }
}

/// Widths as people write an architecture: 64-128-10.
pub fn dashed(widths: &[usize]) -> String {
    widths.iter().map(ToString::to_string).collect::<Vec<_>>().join("-")
}

//! Inputs of one network: paths of one class, and decision regions.

use crate::error::Failure;
use crate::network::{Network, array};
use crate::setting::{Setting, dashed};
use crate::work::{self, Told};
use nalgebra::DMatrix;
use numpy::PyArray2;
use pyo3::prelude::*;
use rug::Rational;
use serde_json::{Value, json};
use sublevel::arith::{Interval, counted, write_rational};
use sublevel::certificate::Object;
use sublevel::checker::Expected;
use sublevel::network::{Activation, Inputs, Parameters};
use sublevel::path::{to_activation, to_layers};
use sublevel::region::class_path::{self as path_of_class, Unfound, Way};
use sublevel::region::{Arrangement, Budget, Chart, Component, RegionError, ranks, rough_counts};
use sublevel::statement::object::{certificate, prove_certificate};

/// A path of inputs on which one class wins, through these samples; the vertices [m, d] rounded to doubles.
#[pyfunction]
#[pyo3(signature = (setting, network, stops, way, progress))]
pub fn class_path<'py>(
    py: Python<'py>,
    setting: &Setting,
    network: &Network,
    stops: Vec<usize>,
    way: &str,
    progress: Option<Py<PyAny>>,
) -> PyResult<(String, Bound<'py, PyArray2<f64>>, Vec<u8>)> {
    let way = match way {
        "shortest" => Way::Shortest,
        "theorem" => Way::Theorem,
        "exact" => Way::Exact,
        _ => return Err(Failure::input(format!("`{way}` is none of the ways shortest, theorem, exact")).into()),
    };
    let (setting, network) = (setting.0.clone(), network.0.clone());
    let (summary, vertices, bytes) = work::run(py, progress, move |told| {
        setting.fit(&[&network])?;
        let activation = setting.piecewise_linear("there is no path to be had")?;
        let (inputs, outputs) = (&setting.data.inputs, network.widths()[network.depth()]);
        if outputs < 2 {
            return Err(Failure::input("the model has one output; classes are two outputs at least"));
        }
        let given = stops.iter().map(|&index| sample(inputs, index)).collect::<Result<Vec<_>, _>>()?;
        let names: Vec<String> = stops.iter().map(|index| format!("sample {index}")).collect();
        let path = path_of_class::class_path(&network, activation, &given, way, &|words| {
            told.goes_on(words);
        });
        let path = path.map_err(|unfound| refused(&unfound, path_of_class::words(&unfound, &names, &network)))?;
        told.say("checking the certificate");
        let bytes = certificate(&format!("class path: {}", path.label()), path.object(&network, activation));
        prove_certificate(&bytes, &Expected::default()).map_err(Failure::defect)?;
        let unmet = path_of_class::unmet(&network, activation);
        let leg = |leg: &path_of_class::Leg| json!({ "method": leg.method.to_string(), "moves": leg.moves, "segments": leg.segments });
        let (low, high) = path.range();
        let summary = json!({
            "widths": network.widths(), "activation": activation.to_string(), "class": path.class, "given": path.given,
            "method": path.label(), "legs": path.legs.iter().map(leg).collect::<Vec<_>>(),
            "vertices": path.vertices.len(), "segments": path.vertices.len() - 1, "pieces": path.pieces,
            "margin": Interval::point(path.least.margin.clone()), "margin_segment": path.least_segment,
            "margin_lambda": path.least.at.to_f64(), "margin_against": path.least.against,
            "range": [low.to_f64(), high.to_f64()], "promised": unmet.is_empty(),
            "unmet": unmet.iter().map(ToString::to_string).collect::<Vec<_>>(),
        });
        Ok((summary.to_string(), path.vertices, bytes))
    })?;
    let columns = vertices.first().map_or(0, Vec::len);
    let vertices = array(py, vertices.len(), columns, |i, j| crate::network::nearest(&vertices[i][j]))?;
    Ok((summary, vertices, bytes))
}

fn sample(inputs: &Inputs, index: usize) -> Result<Vec<Rational>, Failure> {
    let count = inputs.samples();
    if index >= count {
        return Err(Failure::input(format!("there is no sample {index}: X has {}, from 0", counted(count, "sample"))));
    }
    Ok(path_of_class::rows(&inputs.exact_rows(index..index + 1)).remove(0))
}

fn refused(unfound: &Unfound, words: String) -> Failure {
    match unfound {
        Unfound::Equal { .. } => Failure::input(words),
        Unfound::Tie { .. } | Unfound::OtherClass { .. } | Unfound::Unmet(_) => Failure::hypothesis(words),
        Unfound::NotPromised { .. } | Unfound::NotRounded { .. } | Unfound::TooLong { .. } => {
            Failure::incomplete(words)
        }
    }
}

fn piecewise_linear(text: &str) -> Result<Activation, Failure> {
    text.parse().map_err(|_| {
        Failure::input(format!(
            "{text} is not piecewise linear: its regions have no straight edges, and there is nothing to count exactly"
        ))
    })
}

/// The certificate of an object of this network, and what it proves in words.
fn proved(
    network: &Parameters<Rational>,
    activation: &Activation,
    object: Object,
) -> Result<(Vec<u8>, String), Failure> {
    let bytes = certificate(object.claim(), object);
    let (from, activation) = (Some(to_layers(network)), Some(to_activation(activation)));
    let found = prove_certificate(&bytes, &Expected { from, activation, ..Expected::default() });
    Ok((bytes, found.map_err(Failure::invalid)?.to_string()))
}

/// That the regions of all classes are connected in the whole space, by ranks.
#[pyfunction]
pub fn connected(py: Python<'_>, network: &Network, activation: &str) -> PyResult<(String, Vec<u8>)> {
    let (network, activation) = (network.0.clone(), piecewise_linear(activation)?);
    work::run(py, None, move |_| {
        let object = ranks(&network, &activation).map_err(Failure::hypothesis)?;
        let (bytes, words) = proved(&network, &activation, object)?;
        let summary = json!({
            "widths": network.widths(), "activation": activation.to_string(), "connected": true, "proved": words,
        });
        Ok((summary.to_string(), bytes))
    })
}

/// The decision regions on a chart: of the whole space, through three or two rows of `points`, or along features through one.
/// `disconnected` or `census` ask for a certificate. Beside it: the cells as polygons for pictures.
#[pyfunction]
#[pyo3(signature = (network, activation, points, features, disconnected, census, cell_limit, progress))]
#[allow(clippy::too_many_arguments)]
pub fn regions(
    py: Python<'_>,
    network: &Network,
    activation: &str,
    points: Option<crate::network::Array2<'_>>,
    features: Vec<usize>,
    disconnected: Option<usize>,
    census: bool,
    cell_limit: usize,
    progress: Option<Py<PyAny>>,
) -> PyResult<(String, Option<Vec<u8>>, String)> {
    let (network, activation) = (network.0.clone(), piecewise_linear(activation)?);
    let points = points.map(|points| points.exact("points")).transpose()?;
    work::run(py, progress, move |told| {
        let classes = network.widths()[network.depth()];
        if let Some(class) = disconnected.filter(|&class| class >= classes) {
            return Err(Failure::input(format!("there is no class {class}: the model has {classes}, from 0")));
        }
        let chart = chart(&network, points.as_ref(), &features)?;
        let arrangement = arrange(&network, &activation, &chart, cell_limit, told)?;
        let object = match disconnected {
            _ if census => Some(arrangement.census()),
            None => None,
            Some(class) => Some(arrangement.boundaries(class).map_err(|error| {
                Failure::hypothesis(format!("{error} here: it is not disconnected; census=True proves that"))
            })?),
        };
        let found = object.map(|object| proved(&network, &activation, object)).transpose()?;
        let (bytes, words) = found.unzip();
        let budget = Budget { cells: cell_limit, progress: &|_| told.goes_on("counting in floats") };
        let floats = rough_counts(&network, &activation, &chart, &budget).ok();
        let mut summary = summary(&network, &activation, &arrangement);
        summary["float_components"] = json!(floats);
        summary["proved"] = json!(words);
        Ok((summary.to_string(), bytes, cells(&arrangement).to_string()))
    })
}

fn chart(
    network: &Parameters<Rational>,
    points: Option<&DMatrix<Rational>>,
    features: &[usize],
) -> Result<Chart, Failure> {
    let width = network.widths()[0];
    let Some(points) = points else {
        return Chart::of_space(network).ok_or_else(|| {
            Failure::input(format!(
                "the model looks at its {width} inputs in more than two directions, and regions are counted in a plane: \
                 plane=[I, J, K] takes the one through three samples; connected=True may prove something of all the space, by ranks"
            ))
        });
    };
    if features.is_empty() {
        return Chart::through(points).map_err(Failure::input);
    }
    if let Some(feature) = features.iter().find(|&&feature| feature >= width) {
        return Err(Failure::input(format!("there is no feature {feature}: X has {width}, from 0")));
    }
    let mut origin = points.rows(0, 1).into_owned();
    features.iter().for_each(|&feature| origin[(0, feature)] = Rational::new());
    let unit = |row: usize, column: usize| Rational::from(u32::from(features[row] == column));
    Chart::new(origin, DMatrix::from_fn(features.len(), width, unit)).map_err(Failure::input)
}

fn arrange(
    network: &Parameters<Rational>,
    activation: &Activation,
    chart: &Chart,
    limit: usize,
    told: &Told,
) -> Result<Arrangement, Failure> {
    let budget = Budget { cells: limit, progress: &|cells| told.goes_on(format!("{cells} cells")) };
    Arrangement::new(network, activation, chart, &budget).map_err(|error| match error {
        RegionError::TooManyCells { .. } => Failure::incomplete(format!("{error}: cell_limit allows more")),
        RegionError::CalledOff { .. } => Failure::incomplete(error),
        RegionError::OneOutput | RegionError::Inputs { .. } => Failure::input(error),
    })
}

fn summary(network: &Parameters<Rational>, activation: &Activation, arrangement: &Arrangement) -> Value {
    let region = |component: &Component| {
        let area = arrangement.measure(component);
        json!({ "cells": component.cells.len(), "bounded": component.bounded, "area": area.as_ref().map(write_rational) })
    };
    let classes: Vec<Vec<Value>> = (0..arrangement.component_counts().len())
        .map(|class| arrangement.components_of(class).map(region).collect())
        .collect();
    let statistics = arrangement.statistics();
    json!({
        "widths": network.widths(), "activation": activation.to_string(),
        "whole_space": arrangement.chart().is_whole_space(), "classes": classes, "tie_cells": arrangement.ties().len(),
        "cells": arrangement.cell_count(), "linear_regions": statistics.regions, "unbounded_cells": statistics.unbounded,
        "corners": arrangement.vertex_count(), "bits": statistics.bits, "architecture": dashed(&network.widths()),
    })
}

/// For pictures: the corners in homogeneous doubles, and of each cell its class and its corners.
fn cells(arrangement: &Arrangement) -> Value {
    let vertices = u32::try_from(arrangement.vertex_count()).unwrap_or(u32::MAX);
    let corners: Vec<[f64; 3]> = (0..vertices).map(|vertex| arrangement.rough_vertex(vertex)).collect();
    let cell = |cell| json!([arrangement.class(cell), arrangement.polygon(cell)]);
    json!({
        "dimension": arrangement.chart().dimension(), "corners": corners,
        "cells": (0..arrangement.cell_count()).map(cell).collect::<Vec<_>>(), "ties": arrangement.ties(),
    })
}

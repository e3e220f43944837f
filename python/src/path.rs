//! A path of networks: its vertices, its points, what is drawn of it.

use crate::error::Failure;
use crate::network::{Fractions, Network};
use crate::setting::{Inner, number};
use nalgebra::DMatrix;
use pyo3::prelude::*;
use rug::Rational;
use serde_json::{Value, json};
use std::sync::Arc;
use sublevel::linalg::Exact;
use sublevel::network::{Activation, GraphNetwork, Parameters};
use sublevel::path::{Move, OnMove};
use sublevel::report::{Lines, Map, Profile, Sample};
use sublevel::statement::skip::{GraphMove, GraphPath};

/// Moves between networks; position k is after k of them.
#[pyclass(frozen, module = "sublevel._sublevel")]
pub struct Path(pub Arc<Walk>);

/// The same for threads.
pub struct Walk {
    pub setting: Arc<Inner>,
    pub path: sublevel::path::Path<Rational>,
    pub vertices: Vec<Parameters<Rational>>,
    pub lines: Lines,
}

impl Walk {
    /// A path of networks with the activation and on the data of the setting.
    pub fn new(setting: &Arc<Inner>, path: sublevel::path::Path<Rational>, lines: Lines) -> Self {
        Walk { setting: setting.clone(), vertices: path.vertices(), path, lines }
    }
}

#[pymethods]
impl Path {
    /// What each move is: line, follow, bounded, ray, rescale.
    #[getter]
    fn moves(&self) -> Vec<&'static str> {
        let name = |step: &Move<Rational>| match step {
            Move::Line(_) => "line",
            Move::Follow(_) => "follow",
            Move::Ray(_) => "ray",
            Move::Rescale(_) => "rescale",
            Move::Bounded(..) => "bounded",
        };
        self.0.path.moves.iter().map(name).collect()
    }

    /// The largest bound that a move claims, as `fractions.Fraction`.
    #[getter]
    fn bound<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.0.path.largest_bound().map(|bound| Fractions::new(py)?.number(bound)).transpose()
    }

    /// The networks after each move, the start included.
    fn vertices(&self) -> Vec<Network> {
        self.0.vertices.iter().map(|vertex| Network(Arc::new(vertex.clone()))).collect()
    }

    /// The network at a position, exactly.
    fn point(&self, position: &str) -> PyResult<Network> {
        let (position, moves) = (number(position)?, &self.0.path.moves);
        let is_open = moves.last().is_some_and(Move::is_endless);
        if position < 0 || (!is_open && position > moves.len()) {
            return Err(Failure::input(format!("the path has the positions 0 to {}", moves.len())).into());
        }
        let whole = rug::Integer::from(position.floor_ref()).to_usize().unwrap_or(usize::MAX);
        let index = whole.min(moves.len().saturating_sub(1));
        let Some(step) = moves.get(index) else { return Ok(Network(Arc::new(self.0.path.start.clone()))) };
        let rest = position - Rational::from(index);
        // A line asks for no activation; a follow has a piecewise-linear one.
        let activation = self.0.setting.activation.piecewise_linear().cloned().unwrap_or_else(Activation::relu);
        let point =
            OnMove::new(&Exact, &activation, self.0.setting.exact(), &self.0.vertices[index], step).point(&rest);
        Ok(Network(Arc::new(point)))
    }

    /// Loss and accuracy along the path and along the straight line between its ends, and the bounds, as JSON.
    fn profile(&self, py: Python<'_>) -> PyResult<String> {
        let walk = self.0.clone();
        crate::work::run(py, None, move |_| profile(&walk).map(|value| value.to_string()))
    }

    /// The loss on the plane through both ends and the vertex farthest from their line, as JSON; `null` where there is no plane.
    fn plane(&self, py: Python<'_>, columns: usize) -> PyResult<String> {
        let walk = self.0.clone();
        crate::work::run(py, None, move |_| plane(&walk, columns).map(|value| value.to_string()))
    }
}

fn samples(samples: &[Sample]) -> Vec<Value> {
    samples.iter().map(|sample| json!([sample.at, sample.loss, sample.accuracy])).collect()
}

fn profile(walk: &Walk) -> Result<Value, Failure> {
    let loss = walk.setting.loss()?;
    let inputs = walk.setting.exact();
    let profile = match walk.setting.activation.piecewise_linear() {
        Some(activation) => Profile::with_lines(activation, inputs, loss, &walk.path, walk.lines),
        None => Profile::of_graphs(&graphs(walk)?, inputs, loss, 0),
    };
    let vertices: Vec<[f64; 2]> = profile.vertices.iter().map(|loss| loss.to_f64()).collect();
    Ok(json!({
        "along": samples(&profile.along), "line": samples(&profile.line), "bounds": profile.bounds, "vertices": vertices,
    }))
}

/// The same networks as graphs, for a smooth activation.
fn graphs(walk: &Walk) -> Result<GraphPath, Failure> {
    let graph = |network: &Parameters<Rational>| {
        GraphNetwork::from_dense(network, &walk.setting.activation).map_err(Failure::input)
    };
    let step = |(step, end): (&Move<Rational>, &Parameters<Rational>)| {
        Ok(match step {
            Move::Bounded(_, bound, pieces) => GraphMove::Bounded(graph(end)?, bound.clone(), pieces.clone()),
            // The last layer alone.
            _ => GraphMove::Line(DMatrix::clone(end.layer(end.depth()))),
        })
    };
    let moves = walk.path.moves.iter().zip(&walk.vertices[1..]).map(step).collect::<Result<_, Failure>>()?;
    Ok(GraphPath { start: graph(&walk.path.start)?, moves })
}

fn plane(walk: &Walk, columns: usize) -> Result<Value, Failure> {
    let loss = walk.setting.loss()?;
    let activation = walk.setting.activation.piecewise_linear().ok_or_else(|| {
        Failure::input(format!(
            "the plane is drawn for piecewise-linear activations, not for {}",
            walk.setting.activation
        ))
    })?;
    if columns < 2 {
        return Err(Failure::input("a map has at least 2 columns"));
    }
    let map = Map::with_columns(activation, walk.setting.exact(), loss, &walk.path, columns, &|_| {});
    Ok(map.map_or(Value::Null, |map| {
        json!({
            "through": map.through, "xs": map.grid.xs, "ys": map.grid.ys, "log10_loss": map.grid.values,
            "moves": map.moves, "vertices": map.vertices, "distances": map.distances,
        })
    }))
}

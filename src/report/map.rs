//! A map of the loss on the plane through three networks, with a path projected onto it.

use super::chart::{Chart, Ink, Layer, PlotError, ends};
use crate::linalg::Double;
use crate::network::{Activation, Loss, Parameters, forward, import_matrix};
use crate::path::{Path, point_on};
use crate::statement::stuck_flow::Grid;
use nalgebra::{DMatrix, DVector};
use rayon::prelude::*;
use rug::Rational;

/// Columns and rows of the map.
const CELLS: (usize, usize) = (56, 36);

/// Points drawn inside a move, which may be bent.
const INSIDE: usize = 8;

/// The loss on the plane through the two ends a, b of a path and its vertex c that is farthest from the line through
/// them; coordinates along b − a and across, in the Euclidean length of the parameters. All in floats: sampled.
#[derive(Debug, Clone)]
pub struct Map {
    /// The number of c among the vertices.
    pub through: usize,
    /// log10 of the loss.
    pub grid: Grid,
    /// The path's projection, with points inside the moves.
    pub path: Vec<(f64, f64)>,
    /// The projections of the vertices.
    pub vertices: Vec<(f64, f64)>,
}

/// Three points span a plane: θ = origin + u first + v second.
struct Plane {
    origin: DVector<f64>,
    first: DVector<f64>,
    second: DVector<f64>,
}

impl Plane {
    /// `None` where the points are on one line.
    fn through(a: &DVector<f64>, b: &DVector<f64>, c: &DVector<f64>) -> Option<Self> {
        let first = (b - a).try_normalize(0.0)?;
        let second = across(&(c - a), &first).try_normalize(1e-12 * (b - a).norm())?;
        Some(Self { origin: a.clone(), first, second })
    }

    fn project(&self, point: &DVector<f64>) -> (f64, f64) {
        let from = point - &self.origin;
        (from.dot(&self.first), from.dot(&self.second))
    }

    fn at(&self, u: f64, v: f64) -> DVector<f64> {
        &self.origin + &self.first * u + &self.second * v
    }
}

/// What is left of a vector without its part along a unit vector.
fn across(vector: &DVector<f64>, unit: &DVector<f64>) -> DVector<f64> {
    vector - unit * vector.dot(unit)
}

impl Map {
    /// The map of a path; `None` if all its vertices are on one line.
    ///
    /// # Panics
    /// If the shapes of path, inputs and loss do not fit.
    pub fn new(
        activation: &Activation,
        inputs: &DMatrix<Rational>,
        loss: &Loss,
        path: &Path<Rational>,
    ) -> Option<Self> {
        let exact = path.vertices();
        let points: Vec<DVector<f64>> = exact.iter().map(|vertex| flatten(&vertex.import(&Double))).collect();
        let (a, b) = (&points[0], &points[points.len() - 1]);
        let along = (b - a).try_normalize(0.0)?;
        let distance = |k: &usize| across(&(&points[*k] - a), &along).norm();
        let through = (0..points.len()).max_by(|j, k| distance(j).total_cmp(&distance(k)))?;
        let plane = Plane::through(a, b, &points[through])?;
        let vertices: Vec<(f64, f64)> = points.iter().map(|point| plane.project(point)).collect();
        let drawn = project_path(activation, inputs, path, &plane);
        let (us, vs) = (ends(drawn.iter().map(|p| p.0), 0.08), ends(drawn.iter().map(|p| p.1), 0.08));
        let spread = |low: f64, high: f64, count: usize| -> Vec<f64> {
            (0..count).map(|k| low + (high - low) * k as f64 / (count - 1) as f64).collect()
        };
        let (xs, ys) = (spread(us.start, us.end, CELLS.0), spread(vs.start, vs.end, CELLS.1));
        let (sigma, data) = (activation.import(&Double), import_matrix(&Double, inputs));
        let start = exact[0].import(&Double);
        let value = |u: f64, v: f64| {
            let network = unflatten(&plane.at(u, v), &start);
            let pass = forward(&Double, &sigma, &data, &network).expect("inputs and network fit");
            loss.approximate(pass.output()).log10()
        };
        let values = ys.par_iter().map(|&v| xs.iter().map(|&u| value(u, v)).collect()).collect();
        Some(Self { through, grid: Grid { xs, ys, values }, path: drawn, vertices })
    }

    /// The map as an SVG document; `losses` are the certified values at the vertices.
    ///
    /// # Errors
    /// [`PlotError`] from the drawing library.
    pub fn draw(&self, losses: &[f64]) -> Result<String, PlotError> {
        let logs: Vec<f64> = losses.iter().map(|loss| loss.log10()).collect();
        let scale = ends(self.grid.values.iter().flatten().chain(&logs).copied(), 0.0);
        let shades = logs.iter().map(|&log| super::chart::share(log, &scale)).collect();
        let line = |ink, points| Layer::Line { label: String::new(), ink, points };
        let straight = vec![self.vertices[0], self.vertices[self.vertices.len() - 1]];
        let (xs, ys) = (&self.grid.xs, &self.grid.ys);
        Chart {
            title: String::new(),
            x: ("distance along the straight line".into(), xs[0]..xs[xs.len() - 1]),
            y: ("distance from it".into(), ys[0]..ys[ys.len() - 1]),
            scale: Some(("log10 of the loss".into(), scale)),
            layers: vec![
                Layer::Cells(self.grid.clone()),
                line(Ink::Sampled, straight),
                line(Ink::Light, self.path.clone()),
                Layer::Dots { label: String::new(), ink: Ink::Light, points: self.vertices.clone(), shades },
            ],
            ..Chart::default()
        }
        .draw()
    }
}

fn project_path(
    activation: &Activation,
    inputs: &DMatrix<Rational>,
    path: &Path<Rational>,
    plane: &Plane,
) -> Vec<(f64, f64)> {
    let rounded =
        path.convert(|matrix| Some(import_matrix(&Double, matrix))).expect("every rational rounds to a float");
    let vertices = rounded.vertices();
    let mut drawn = Vec::new();
    for (step, from) in rounded.moves.iter().zip(&vertices) {
        drawn.extend((0..INSIDE).map(|i| {
            let lambda = Rational::from((i, INSIDE));
            plane.project(&flatten(&point_on(&Double, activation, inputs, from, step, &lambda)))
        }));
    }
    drawn.extend(vertices.last().map(|end| plane.project(&flatten(end))));
    drawn
}

fn flatten(network: &Parameters<f64>) -> DVector<f64> {
    DVector::from_iterator(
        network.layers().iter().map(|layer| layer.len()).sum(),
        network.layers().iter().flat_map(|layer| layer.iter().copied()),
    )
}

/// The network with these entries and the shapes of another.
fn unflatten(entries: &DVector<f64>, like: &Parameters<f64>) -> Parameters<f64> {
    let mut entries = entries.iter().copied();
    let layers = like.layers().iter().map(|layer| layer.map(|_| entries.next().expect("as many entries")));
    Parameters::new(layers.collect()).expect("the shapes of a network")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plane_contains_its_three_points() {
        let point = |entries: &[f64]| DVector::from_column_slice(entries);
        let (a, b, c) = (point(&[1.0, 0.0, 2.0]), point(&[1.0, 2.0, 2.0]), point(&[0.0, 1.0, 5.0]));
        let plane = Plane::through(&a, &b, &c).unwrap();
        assert_eq!(plane.project(&b), (2.0, 0.0));
        for point in [a, b, c] {
            let (u, v) = plane.project(&point);
            assert!((plane.at(u, v) - point).norm() < 1e-12);
        }
        let line = point(&[1.0, 5.0, 2.0]);
        assert!(Plane::through(&plane.origin, &plane.at(1.0, 0.0), &line).is_none());
    }
}

//! A map of the loss on the plane through three networks, with a path projected onto it.

use super::Profile;
use super::cells::share;
use super::chart::{Chart, Ink, Layer, PlotError, Scale, Ticks, ends};
use super::plot::rounded_up;
use super::span::Span;
use crate::arith::parallel;
use crate::linalg::Double;
use crate::network::{Activation, Loss, Parameters, import_matrix};
use crate::path::{Move, OnMove, Path};
use crate::statement::stuck_flow::Grid;
use nalgebra::{DMatrix, DVector};
use rug::Rational;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Columns of the map in the report.
const COLUMNS: usize = 56;

/// Points drawn inside a follow, which is bent.
const INSIDE: usize = 8;

/// What is left around the path, as a share of its extent.
const ROOM: f64 = 0.25;

/// How far from the plane, relative to the farthest of all vertices from its origin, rounding may put a point of it.
const ROUNDING: f64 = 1e-9;

/// The loss on the plane through the two ends a, b of a path and its vertex c that is farthest from the line through
/// them; coordinates along b − a and across, in the Euclidean length of the parameters. All in floats: sampled.
#[derive(Debug, Clone)]
pub struct Map {
    /// The number of c among the vertices.
    pub through: usize,
    /// log10 of the loss.
    pub grid: Grid,
    /// The projection of each move, an endless one left out.
    pub moves: Vec<Vec<(f64, f64)>>,
    /// The projections of the vertices.
    pub vertices: Vec<(f64, f64)>,
    /// How far each vertex is from the plane; 0 for those in it.
    pub distances: Vec<f64>,
}

/// Three points span a plane: θ = a + u first + v second.
struct Plane {
    origin: DVector<f64>,
    first: DVector<f64>,
    second: DVector<f64>,
    /// (u, v) of b, which has v = 0, and of c.
    corners: [(f64, f64); 2],
}

impl Plane {
    /// `None` where the points are on one line.
    fn through(a: &DVector<f64>, b: &DVector<f64>, c: &DVector<f64>) -> Option<Self> {
        let first = (b - a).try_normalize(0.0)?;
        let second = across(&(c - a), &first).try_normalize(1e-12 * (b - a).norm())?;
        let mut plane = Self { origin: a.clone(), first, second, corners: [(0.0, 0.0); 2] };
        plane.corners = [plane.project(b), plane.project(c)];
        Some(plane)
    }

    fn project(&self, point: &DVector<f64>) -> (f64, f64) {
        let from = point - &self.origin;
        (from.dot(&self.first), from.dot(&self.second))
    }

    fn distance(&self, point: &DVector<f64>) -> f64 {
        across(&across(&(point - &self.origin), &self.first), &self.second).norm()
    }

    /// The weights of a, b and c, of sum 1, that make the point at (u, v).
    fn weights(&self, u: f64, v: f64) -> [f64; 3] {
        let [(b, _), (along, height)] = self.corners;
        let to_c = v / height;
        let to_b = (u - to_c * along) / b;
        [1.0 - to_b - to_c, to_b, to_c]
    }
}

/// What is left of a vector without its part along a unit vector.
fn across(vector: &DVector<f64>, unit: &DVector<f64>) -> DVector<f64> {
    vector - unit * vector.dot(unit)
}

impl Map {
    /// The map of a path in the report.
    ///
    /// # Panics
    /// If the shapes of path, inputs and loss do not fit.
    pub(super) fn new(
        activation: &Activation,
        inputs: &DMatrix<Rational>,
        loss: &Loss,
        path: &Path<Rational>,
    ) -> Option<Self> {
        Self::with_columns(activation, inputs, loss, path, COLUMNS, &|_| {})
    }

    /// The map of a path in so many columns, at least 2, and rows in proportion; `None` if all its vertices are on one line,
    /// or its ends are one point. `told` hears how much of it is done, as a share.
    ///
    /// # Panics
    /// If the shapes of path, inputs and loss do not fit.
    pub fn with_columns(
        activation: &Activation,
        inputs: &DMatrix<Rational>,
        loss: &Loss,
        path: &Path<Rational>,
        columns: usize,
        told: &(dyn Fn(f64) + Sync),
    ) -> Option<Self> {
        let networks: Vec<Parameters<f64>> = path.vertices().iter().map(|vertex| vertex.import(&Double)).collect();
        let points: Vec<DVector<f64>> = networks.iter().map(flatten).collect();
        let last = points.len() - 1;
        let along = (&points[last] - &points[0]).try_normalize(0.0)?;
        let from_line = |k: &usize| across(&(&points[*k] - &points[0]), &along).norm();
        let through = (0..points.len()).max_by(|j, k| from_line(j).total_cmp(&from_line(k)))?;
        let plane = Plane::through(&points[0], &points[last], &points[through])?;
        let moves = project_moves(activation, inputs, path, &plane);
        let drawn = || moves.iter().flatten();
        let spread = |ends: std::ops::Range<f64>, count: usize| -> Vec<f64> {
            (0..count).map(|k| ends.start + (ends.end - ends.start) * k as f64 / (count - 1) as f64).collect()
        };
        let xs = spread(ends(drawn().map(|point| point.0), ROOM), columns);
        let ys = spread(ends(drawn().map(|point| point.1), ROOM), (columns * 9 / 14).max(2));
        let corners = [0, last, through].map(|k| &networks[k]);
        let span = Span::new(activation, &import_matrix(&Double, inputs), loss, &corners);
        let done = AtomicUsize::new(0);
        let value = |u: f64, v: f64| {
            let value = span.sample(0.0, &plane.weights(u, v)).loss.log10();
            told((done.fetch_add(1, Ordering::Relaxed) + 1) as f64 / (xs.len() * ys.len()) as f64);
            value
        };
        let values = parallel::map(&ys, |&v| xs.iter().map(|&u| value(u, v)).collect());
        let vertices = points.iter().map(|point| plane.project(point)).collect();
        let size = points.iter().map(|point| (point - &points[0]).norm()).fold(0.0, f64::max);
        let distance = |point| Some(plane.distance(point)).filter(|distance| *distance > ROUNDING * size);
        let distances = points.iter().map(|point| distance(point).unwrap_or(0.0)).collect();
        Some(Self { through, grid: Grid { xs, ys, values }, moves, vertices, distances })
    }

    /// How many vertices are not in the plane.
    pub fn off_plane(&self) -> usize {
        self.distances.iter().filter(|distance| **distance > 0.0).count()
    }

    /// The map with the path in it; the profile says which of its moves have a bound, and the losses at its vertices.
    pub fn chart(&self, profile: &Profile, title: &str) -> Chart {
        let (xs, ys) = (&self.grid.xs, &self.grid.ys);
        let logs: Vec<f64> = profile.vertices.iter().map(|loss| loss.lo().to_f64().log10()).collect();
        let scale = ends(self.grid.values.iter().flatten().chain(&logs).copied(), 0.0);
        let shades = logs.iter().map(|&log| share(log, &scale)).collect();
        let (count, off) = (self.vertices.len(), self.off_plane());
        let label = if off == 0 {
            format!("its {count} vertices, all in the plane")
        } else {
            format!("its {count} vertices, {off} of them projected onto the plane")
        };
        let contour = profile.bound().map(|bound| Layer::Contour {
            label: format!("loss {}, the certificate\u{2019}s bound (floats)", rounded_up(bound)),
            grid: self.grid.clone(),
            level: bound.log10(),
        });
        let straight = Layer::Dashes {
            label: "straight line between the ends A and B".into(),
            ink: Ink::Sampled,
            points: vec![self.vertices[0], self.vertices[self.vertices.len() - 1]],
        };
        let marks = [("A", 0), ("B", self.vertices.len() - 1), ("C", self.through)];
        let places = marks.map(|(letter, vertex)| (letter.to_owned(), self.vertices[vertex])).to_vec();
        Chart {
            title: title.into(),
            x: ("distance from A along the straight line".into(), xs[0]..xs[xs.len() - 1]),
            y: ("distance from it".into(), ys[0]..ys[ys.len() - 1]),
            scale: Some(Scale { name: "loss (floats)".into(), ends: scale, ticks: Ticks::Logarithmic }),
            layers: [Layer::Cells(self.grid.clone())]
                .into_iter()
                .chain(contour)
                .chain([straight])
                .chain(self.path(profile))
                .chain([Layer::Dots { label, ink: Ink::Light, points: self.vertices.clone(), shades }])
                .chain([Layer::Marks { ink: Ink::Certified, places }])
                .collect(),
            ..Chart::default()
        }
    }

    /// The moves that have a bound, and those that have none.
    fn path(&self, profile: &Profile) -> Vec<Layer> {
        let moves: Vec<(&Vec<(f64, f64)>, bool)> =
            self.moves.iter().zip(profile.bounds.iter().map(Option::is_some)).collect();
        let mut labels = [
            "moves whose bound is about another loss".to_owned(),
            "the certificate\u{2019}s path, with a bound for every point".to_owned(),
        ];
        let layer = |run: &[(&Vec<(f64, f64)>, bool)]| {
            let (has_bound, points) = (run[0].1, run.iter().flat_map(|(points, _)| points.iter().copied()).collect());
            let label = std::mem::take(&mut labels[usize::from(has_bound)]);
            Layer::Line { label, ink: if has_bound { Ink::Certified } else { Ink::Neutral }, points }
        };
        moves.chunk_by(|a, b| a.1 == b.1).map(layer).collect()
    }

    /// The map as an SVG document.
    ///
    /// # Errors
    /// [`PlotError`] from the drawing library.
    pub(super) fn draw(&self, profile: &Profile) -> Result<String, PlotError> {
        self.chart(profile, "").draw()
    }
}

fn project_moves(
    activation: &Activation,
    inputs: &DMatrix<Rational>,
    path: &Path<Rational>,
    plane: &Plane,
) -> Vec<Vec<(f64, f64)>> {
    let rounded =
        path.convert(|matrix| Some(import_matrix(&Double, matrix))).expect("every rational rounds to a float");
    let vertices = rounded.vertices();
    let inputs = import_matrix(&Double, inputs);
    let project = |(step, ends): (&Move<f64>, &[Parameters<f64>])| {
        let on_move = OnMove::new(&Double, activation, &inputs, &ends[0], step);
        let inside = if matches!(step, Move::Follow(_)) { 0..INSIDE } else { 0..1 };
        let points = inside.map(|i| on_move.point(&Rational::from((i, INSIDE))));
        let points = points.chain([ends[1].clone()]);
        points.map(|point| plane.project(&flatten(&point))).collect()
    };
    rounded.moves.iter().zip(vertices.windows(2)).map(project).collect()
}

fn flatten(network: &Parameters<f64>) -> DVector<f64> {
    DVector::from_iterator(
        network.layers().iter().map(|layer| layer.len()).sum(),
        network.layers().iter().flat_map(|layer| layer.iter().copied()),
    )
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
        // Any point is the sum of the three with its weights, also outside of their triangle.
        for weights in [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [2.0, -1.5, 0.5]] {
            let point = &a * weights[0] + &b * weights[1] + &c * weights[2];
            let (u, v) = plane.project(&point);
            let found = plane.weights(u, v);
            assert!((0..3).all(|i| (found[i] - weights[i]).abs() < 1e-12), "{found:?}");
            assert!(plane.distance(&point) < 1e-12);
        }
        let above = &a + point(&[3.0, 0.0, 1.0]);
        assert!((plane.distance(&above) - 10f64.sqrt()).abs() < 1e-12);
        assert!(Plane::through(&a, &b, &point(&[1.0, 5.0, 2.0])).is_none());
    }
}

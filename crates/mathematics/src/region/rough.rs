//! The same regions by doubles alone, to be held against the exact ones.
//!
//! Every step is the one of [`super::Arrangement`], in doubles and without a bound of any error: cells are polygons of
//! homogeneous points, forms are made anew on each cell, a sign is that of the rounded value, and a vertex on a common edge
//! is computed once. That is what programs in floats do, but for the tolerances that they add; nothing here is certain.

use crate::linalg::{Double, Kernel};
use crate::network::{Activation, Parameters, import_matrix};
use nalgebra::DMatrix;
use rug::Rational;
use std::collections::HashMap;

use super::points::split;
use super::{Budget, Chart, RegionError, fit};

/// A point or a form.
type Triple = [f64; 3];

/// A cell, and the forms of its features.
type Cell = (Vec<u32>, Vec<Triple>);

/// The number of components of every class's region as doubles see them, n_L of them.
///
/// # Errors
/// [`RegionError`], as for [`super::Arrangement::new`].
pub fn rough_counts(
    network: &Parameters<Rational>,
    activation: &Activation,
    chart: &Chart,
    budget: &Budget<'_>,
) -> Result<Vec<usize>, RegionError> {
    fit(network, chart)?;
    let doubles = |stacked: &DMatrix<Rational>| import_matrix(&Double, stacked);
    let mut layers = vec![doubles(&chart.first_layer(network.layer(1)))];
    layers.extend(network.layers()[1..].iter().map(|stacked| doubles(stacked)));
    let pieces = [activation.breakpoints(), activation.slopes(), activation.intercepts()];
    let pieces = pieces.map(|numbers| numbers.iter().map(|number| Double.import(number)).collect());
    let (points, cuts, cells, facets) = Default::default();
    let mut plane = Rough { layers: &layers, pieces, budget, points, cuts, cells, facets };
    for (polygon, coordinates) in plane.quadrants(chart.dimension()) {
        plane.descend(0, polygon, &coordinates)?;
    }
    Ok(plane.count(network.widths()[network.depth()]))
}

struct Rough<'a> {
    /// Stacked, as the network's.
    layers: &'a [DMatrix<f64>],
    /// Breakpoints, slopes and intercepts of σ.
    pieces: [Vec<f64>; 3],
    budget: &'a Budget<'a>,
    points: Vec<Triple>,
    /// Edge and function: (layer, first index, second index).
    cuts: HashMap<([u32; 2], [usize; 3]), u32>,
    /// The class of each cell, and whether it wins inside.
    cells: Vec<(usize, bool)>,
    /// The cells that have an edge (a vertex on a line), and whether their class wins there.
    facets: HashMap<[u32; 2], Vec<(usize, bool)>>,
}

fn dot(form: &Triple, point: &Triple) -> f64 {
    form[0] * point[0] + form[1] * point[1] + form[2] * point[2]
}

impl Rough<'_> {
    fn quadrants(&mut self, dimension: usize) -> Vec<Cell> {
        self.points.extend([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]]);
        let coordinates = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]][..dimension].to_vec();
        let polygons = match dimension {
            1 => vec![vec![3, 0], vec![0, 1]],
            _ => vec![vec![0, 1, 2], vec![0, 2, 3], vec![0, 3, 4], vec![0, 4, 1]],
        };
        polygons.into_iter().map(|polygon| (polygon, coordinates.clone())).collect()
    }

    fn values(&self, polygon: &[u32], form: &Triple) -> Vec<f64> {
        polygon.iter().map(|&vertex| dot(form, &self.points[vertex as usize])).collect()
    }

    /// The parts of a polygon where a form is ≤ 0 and ≥ 0.
    fn parts(&mut self, polygon: Vec<u32>, form: &Triple, function: [usize; 3]) -> [Option<Vec<u32>>; 2] {
        let sign = |value: f64| i8::from(value > 0.0) - i8::from(value < 0.0);
        let signs: Vec<i8> = self.values(&polygon, form).into_iter().map(sign).collect();
        match (signs.contains(&-1), signs.contains(&1)) {
            (false, _) => [None, Some(polygon)],
            (true, false) => [Some(polygon), None],
            (true, true) => {
                let (below, above) = split(&polygon, &signs, |edge| self.cut(edge, form, function));
                [Some(below), Some(above)]
            }
        }
    }

    fn cut(&mut self, [p, q]: [u32; 2], form: &Triple, function: [usize; 3]) -> u32 {
        let key = ([p.min(q), p.max(q)], function);
        if let Some(&known) = self.cuts.get(&key) {
            return known;
        }
        let [a, b] = [self.points[p as usize], self.points[q as usize]];
        let (x, y) = (dot(form, &b).abs(), dot(form, &a).abs());
        let point = [0, 1, 2].map(|i| x * a[i] + y * b[i]);
        let size = point.iter().fold(0.0f64, |size, entry| size.max(entry.abs()));
        self.points.push(point.map(|entry| entry / size));
        let number = self.points.len() as u32 - 1;
        self.cuts.insert(key, number);
        number
    }

    /// All cells inside of one of the layer with this index from 0, depth first.
    fn descend(&mut self, layer: usize, polygon: Vec<u32>, features: &[Triple]) -> Result<(), RegionError> {
        let weights = &self.layers[layer];
        let mut forms = vec![[0.0; 3]; weights.ncols()];
        for (form, column) in forms.iter_mut().zip(weights.column_iter()) {
            for (weight, feature) in column.iter().zip(features) {
                (0..3).for_each(|i| form[i] += weight * feature[i]);
            }
            form[2] += column[features.len()];
        }
        if layer + 1 == self.layers.len() {
            return self.compare(&polygon, &forms);
        }
        for (polygon, features) in self.cell(layer, polygon, &forms) {
            self.descend(layer + 1, polygon, &features)?;
        }
        Ok(())
    }

    /// One cell cut by a layer, with the forms of the features.
    fn cell(&mut self, layer: usize, polygon: Vec<u32>, forms: &[Triple]) -> Vec<Cell> {
        let [breakpoints, slopes, intercepts] = self.pieces.clone();
        let feature = |form: &Triple, piece: usize| {
            let [a, b, c] = form.map(|entry| slopes[piece] * entry);
            [a, b, c + intercepts[piece]]
        };
        let mut parts: Vec<Cell> = vec![(polygon, vec![])];
        for (neuron, form) in forms.iter().enumerate() {
            for (polygon, mut features) in std::mem::take(&mut parts) {
                let mut rest = Some(polygon);
                for (piece, t) in breakpoints.iter().enumerate() {
                    let Some(polygon) = rest else { break };
                    let [below, above] =
                        self.parts(polygon, &[form[0], form[1], form[2] - t], [layer + 1, neuron, piece]);
                    if let Some(below) = below {
                        parts.push((below, [&features[..], &[feature(form, piece)]].concat()));
                    }
                    rest = above;
                }
                if let Some(polygon) = rest {
                    features.push(feature(form, breakpoints.len()));
                    parts.push((polygon, features));
                }
            }
        }
        parts
    }

    /// Keeps the parts of a cell where each class is largest.
    fn compare(&mut self, polygon: &[u32], forms: &[Triple]) -> Result<(), RegionError> {
        for class in 0..forms.len() {
            let others = forms.iter().enumerate().filter(|&(k, _)| k != class);
            let margins: Vec<(usize, Triple)> =
                others.map(|(k, other)| (k, [0, 1, 2].map(|i| forms[class][i] - other[i]))).collect();
            if let Some(part) = self.clip(polygon.to_vec(), &margins, class) {
                self.keep(&part, &margins, class);
            }
        }
        let cells = self.cells.len();
        if cells > self.budget.cells {
            return Err(RegionError::TooManyCells { limit: self.budget.cells });
        }
        if (self.budget.progress)(cells) { Ok(()) } else { Err(RegionError::CalledOff { cells }) }
    }

    fn clip(&mut self, mut part: Vec<u32>, margins: &[(usize, Triple)], class: usize) -> Option<Vec<u32>> {
        for (k, form) in margins {
            let values = self.values(&part, form);
            let (below, above) = (values.iter().any(|&value| value < 0.0), values.iter().any(|&value| value > 0.0));
            if !above && (below || *k < class) {
                return None;
            }
            part = self.parts(part, form, [0, class.min(*k), class.max(*k)])[1].take()?;
        }
        Some(part)
    }

    fn keep(&mut self, part: &[u32], margins: &[(usize, Triple)], class: usize) {
        let values: Vec<Vec<f64>> = margins.iter().map(|(_, form)| self.values(part, form)).collect();
        let is_strict = values.iter().all(|of| of.iter().any(|&value| value > 0.0));
        for here in 0..part.len() {
            let next = if part.len() == 2 { here } else { (here + 1) % part.len() };
            let ends = [part[here].min(part[next]), part[here].max(part[next])];
            let is_inner = ends.iter().any(|&vertex| self.points[vertex as usize][2] > 0.0);
            let wins = values.iter().all(|of| of[here] + of[next] > 0.0);
            self.facets.entry(ends).or_default().push((self.cells.len(), wins && is_inner));
        }
        self.cells.push((class, is_strict));
    }

    /// The components of each class.
    fn count(&self, classes: usize) -> Vec<usize> {
        let mut parents: Vec<u32> = (0..self.cells.len() as u32).collect();
        for owners in self.facets.values() {
            let [(a, true), (b, true)] = owners[..] else { continue };
            if self.cells[a].0 == self.cells[b].0 {
                let [a, b] = [a, b].map(|cell| super::arrangement::root(&mut parents, cell as u32));
                parents[a as usize] = b;
            }
        }
        let mut counts = vec![0; classes];
        for (cell, &(class, is_strict)) in (0..).zip(&self.cells) {
            counts[class] += usize::from(is_strict && parents[cell as usize] == cell);
        }
        counts
    }
}

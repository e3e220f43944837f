//! Components of decision regions by another route: all cells are built, from four quadrants, and counted.
//!
//! A form (a, b, c) stands for a X + b Y + c W at the homogeneous point (X, Y, W). Nothing here is shared with the checker.

use crate::certificate::{self, ActivationRecord, Fraction, object};
use num_bigint::BigInt;
use num_integer::Integer as _;
use num_traits::{Signed, Zero};
use std::collections::HashMap;
use sublevel_checker::Rational;

type Form = [Rational; 3];
type Polygon = Vec<usize>;

pub fn rational(text: &Fraction) -> Rational {
    text.as_str().parse().unwrap()
}

pub fn rows(matrix: &certificate::Matrix) -> Vec<Vec<Rational>> {
    let den: BigInt = matrix.den.as_str().parse().unwrap();
    let entry = |entry: &certificate::Integer| Rational::new(entry.as_str().parse().unwrap(), den.clone());
    matrix.num.iter().map(|row| row.iter().map(entry).collect()).collect()
}

/// x W + b for a vector of things that can be added and scaled.
fn dot(row: &[Rational], weight: &[Vec<Rational>], column: usize) -> Rational {
    row.iter().zip(weight).map(|(x, weights)| x * &weights[column]).sum()
}

/// Slopes and intercepts of the pieces, and where they end.
pub struct Sigma {
    pub breakpoints: Vec<Rational>,
    pub pieces: Vec<(Rational, Rational)>,
}

impl Sigma {
    pub fn new(record: &ActivationRecord) -> Self {
        let breakpoints: Vec<_> = record.breakpoints.iter().map(rational).collect();
        let slopes: Vec<_> = record.slopes.iter().map(rational).collect();
        let mut intercept = rational(&record.value) - &slopes[0] * &breakpoints[0];
        let mut pieces = vec![(slopes[0].clone(), intercept.clone())];
        for (i, breakpoint) in breakpoints.iter().enumerate() {
            intercept += (&slopes[i] - &slopes[i + 1]) * breakpoint;
            pieces.push((slopes[i + 1].clone(), intercept.clone()));
        }
        Sigma { breakpoints, pieces }
    }

    fn value(&self, x: &Rational) -> Rational {
        let (slope, intercept) = &self.pieces[self.breakpoints.iter().filter(|beta| *beta < x).count()];
        slope * x + intercept
    }
}

/// f(x).
pub fn output(network: &object::Network, x: &[Rational]) -> Vec<Rational> {
    let (sigma, mut features, depth) = (Sigma::new(&network.activation), x.to_vec(), network.layers.len());
    for (k, layer) in &network.layers {
        let (weight, bias) = (rows(layer.weight.as_ref().unwrap()), rows(layer.bias.as_ref().unwrap()));
        let pre = bias[0].iter().enumerate().map(|(j, bias)| dot(&features, &weight, j) + bias);
        features = pre.map(|p| if *k == depth { p } else { sigma.value(&p) }).collect();
    }
    features
}

/// How many components the region of each class has, in the whole space of one or two inputs or in the chart.
pub fn components(network: &object::Network, chart: Option<&object::Chart>) -> Vec<usize> {
    let inputs = network.widths[0];
    let zero = || vec![Rational::zero(); inputs];
    let unit = |at: usize| (0..inputs).map(|i| Rational::from(BigInt::from(i32::from(i == at)))).collect();
    let (origin, mut directions) = match chart {
        Some(chart) => (rows(&chart.origin).remove(0), rows(&chart.directions)),
        None => (zero(), (0..inputs).map(unit).collect()),
    };
    // A line is a plane in which the second coordinate does nothing.
    directions.resize(2, zero());
    let features = (0..inputs).map(|i| [directions[0][i].clone(), directions[1][i].clone(), origin[i].clone()]);
    Plane::new(network, features.collect()).components(network.widths[network.widths.len() - 1])
}

#[derive(Default)]
struct Plane {
    corners: Vec<[BigInt; 3]>,
    known: HashMap<[BigInt; 3], usize>,
    cells: Vec<(Polygon, Vec<Form>)>,
}

impl Plane {
    fn new(network: &object::Network, inputs: Vec<Form>) -> Self {
        let mut plane = Plane::default();
        let corners = [[0, 0, 1], [1, 0, 0], [0, 1, 0], [-1, 0, 0], [0, -1, 0]];
        let [o, e, n, w, s] = corners.map(|corner| plane.corner(corner.map(BigInt::from)));
        plane.cells =
            [vec![o, e, n], vec![o, n, w], vec![o, w, s], vec![o, s, e]].map(|cell| (cell, inputs.clone())).into();
        let sigma = Sigma::new(&network.activation);
        for (k, layer) in &network.layers {
            let (weight, bias) = (rows(layer.weight.as_ref().unwrap()), rows(layer.bias.as_ref().unwrap()));
            for (cell, features) in std::mem::take(&mut plane.cells) {
                let pre = bias[0].iter().enumerate().map(|(j, bias)| {
                    let column: Vec<_> = features.iter().map(|form| form.each_ref()).collect();
                    let part = |i: usize| column.iter().zip(&weight).map(|(form, w)| form[i] * &w[j]).sum::<Rational>();
                    [part(0), part(1), part(2) + bias]
                });
                let pre: Vec<Form> = pre.collect();
                match *k == network.layers.len() {
                    true => plane.cells.push((cell, pre)),
                    false => plane.bend(cell, &pre, &sigma),
                }
            }
        }
        plane
    }

    fn corner(&mut self, corner: [BigInt; 3]) -> usize {
        let factor = corner.iter().fold(BigInt::zero(), |factor, entry| factor.gcd(entry));
        let corner = corner.map(|entry| entry / &factor);
        let next = self.corners.len();
        *self.known.entry(corner.clone()).or_insert_with(|| {
            self.corners.push(corner);
            next
        })
    }

    fn at(&self, form: &Form, corner: usize) -> Rational {
        form.iter().zip(&self.corners[corner]).map(|(a, x)| a * x).sum()
    }

    /// The parts where the form is at most and at least 0.
    fn split(&mut self, cell: &[usize], form: &Form) -> [Option<Polygon>; 2] {
        let values: Vec<_> = cell.iter().map(|&corner| self.at(form, corner)).collect();
        if !values.iter().any(Signed::is_negative) {
            return [None, Some(cell.to_vec())];
        }
        if !values.iter().any(Signed::is_positive) {
            return [Some(cell.to_vec()), None];
        }
        let (mut below, mut above) = (vec![], vec![]);
        for (i, &p) in cell.iter().enumerate() {
            let (next, a) = ((i + 1) % cell.len(), &values[i]);
            if !a.is_positive() {
                below.push(p);
            }
            if !a.is_negative() {
                above.push(p);
            }
            let (q, b) = (cell[next], &values[next]);
            if (a * b).is_negative() {
                let whole = a.denom() * b.denom();
                let [a, b] = [a, b].map(|value| (value.abs() * whole.clone()).to_integer());
                let between = [0, 1, 2].map(|n| &b * &self.corners[p][n] + &a * &self.corners[q][n]);
                let corner = self.corner(between);
                below.push(corner);
                above.push(corner);
            }
        }
        [Some(below), Some(above)]
    }

    /// The cell cut where a neuron bends, and the features on each part.
    fn bend(&mut self, cell: Polygon, pre: &[Form], sigma: &Sigma) {
        let mut parts: Vec<(Polygon, Vec<usize>)> = vec![(cell, vec![])];
        for form in pre {
            let mut next = vec![];
            for (cell, pieces) in parts {
                let mut rest = Some(cell);
                for (piece, breakpoint) in sigma.breakpoints.iter().enumerate() {
                    let Some(cell) = rest.take() else { break };
                    let shifted = [form[0].clone(), form[1].clone(), &form[2] - breakpoint];
                    let [below, above] = self.split(&cell, &shifted);
                    next.extend(below.map(|cell| (cell, [&pieces[..], &[piece]].concat())));
                    rest = above;
                }
                next.extend(rest.map(|cell| (cell, [&pieces[..], &[sigma.breakpoints.len()]].concat())));
            }
            parts = next;
        }
        for (cell, pieces) in parts {
            let features = pre.iter().zip(pieces).map(|([a, b, c], piece)| {
                let (slope, intercept) = &sigma.pieces[piece];
                [a * slope, b * slope, c * slope + intercept]
            });
            self.cells.push((cell, features.collect()));
        }
    }

    /// Cells of a class on which it wins somewhere, joined across edges on which it wins.
    fn components(mut self, classes: usize) -> Vec<usize> {
        (0..classes).map(|class| self.components_of(class)).collect()
    }

    fn components_of(&mut self, class: usize) -> usize {
        let mut parts: Vec<(Polygon, Vec<Form>)> = vec![];
        for (cell, output) in self.cells.clone() {
            let others = output.iter().enumerate().filter(|(k, _)| *k != class);
            let margins = others.map(|(_, other)| [0, 1, 2].map(|n| &output[class][n] - &other[n]));
            let margins: Vec<Form> = margins.collect();
            let part = margins.iter().try_fold(cell, |cell, margin| self.split(&cell, margin)[1].take());
            parts.extend(part.filter(|part| part.len() > 2).map(|part| (part, margins)));
        }
        let wins = |corners: &[usize], margins: &[Form]| {
            margins.iter().all(|margin| corners.iter().any(|&corner| self.at(margin, corner).is_positive()))
        };
        parts.retain(|(part, margins)| wins(part, margins));
        let mut edges: HashMap<[usize; 2], Vec<usize>> = HashMap::new();
        for (index, (part, margins)) in parts.iter().enumerate() {
            for (i, &a) in part.iter().enumerate() {
                let b = part[(i + 1) % part.len()];
                let has_point = [a, b].iter().any(|&corner| !self.corners[corner][2].is_zero());
                if has_point && wins(&[a, b], margins) {
                    edges.entry([a.min(b), a.max(b)]).or_default().push(index);
                }
            }
        }
        let mut name: Vec<usize> = (0..parts.len()).collect();
        for joined in edges.values() {
            for &other in &joined[1..] {
                let (old, new) = (name[other], name[joined[0]]);
                name.iter_mut().filter(|name| **name == old).for_each(|name| *name = new);
            }
        }
        name.sort_unstable();
        name.dedup();
        name.len()
    }
}

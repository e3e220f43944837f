//! **Disconnected decision regions.** Points at which class j wins, no two of them in one component of its region: curves on
//! which j does not win part them.
//!
//! *In a plane.* An edge from a to b is a segment, or a ray where one of them is a direction. All neurons have a piece that a and b
//! share, and a class k ≠ j has f_k ≥ f_j at both, so that the edge does not meet C_j ([`regions`](super::regions)). The edges of
//! a curve meet each point an even number of times, counted by the ends that lie there; then the same holds for the point at
//! infinity, where all rays end, as there are two ends to an edge. So they are a cycle modulo 2 on the sphere, and the
//! number of times, modulo 2, that a way from p to q crosses it depends on p and q alone; along a way off the curve it
//! is 0. So p and q are in different components of C_j if it is 1.
//!
//! The way is the segment from p to q, moved to its right by less than what any sign of a vertex not on the line could
//! notice: then no vertex is on its line, a vertex that was on the line is on its left, and both ends are still in C_j,
//! without an edge in between. It crosses the edge from a to b exactly if a and b are on different sides of its line,
//! where 0 counts as left, and p and q are on different sides of the line through a and b. Four remarks: a direction lies on
//! the side where it points; a direction along the line counts as left, and if a is on the right then the line through a
//! parallel to the way has p and q on one side, as it should; if p were on the line through a and b, while a and b are on
//! different sides of the way, p would be on the edge, where j does not win; and for p = q all signs are 0.
//!
//! *On a line.* A vertex is a cut, a point at which a class k ≠ j has f_k ≥ f_j. The number of cuts below a point, modulo 2, is
//! constant on an interval without one.
//!
//! Two points are told apart by one curve at least. In the plane each is compared with the first point; as crossings add up,
//! that compares all of them.

use super::regions::{Corners, Forward, Network, Seen};
use crate::{
    certificate::{
        Limit, Limits,
        object::{Boundaries, Boundary},
    },
    finding::{Finding, Unproved},
    matrix::Reading,
    verdict::{Failure, Rejection},
};
use num_bigint::{BigInt, Sign};
use std::{cmp::Ordering, collections::BTreeMap};

pub fn check(boundaries: &Boundaries, reading: Reading, limits: &Limits) -> Result<Finding, Failure> {
    let (class, network) = (boundaries.class, Network::read(&boundaries.network, reading, limits)?);
    let widths = network.widths.clone();
    network.has_class(class)?;
    let (network, domain) = network.on(&boundaries.chart)?;
    let (dimension, forward) = (network.widths[0], network.forward());
    allow(boundaries, &forward, limits)?;
    let points = read_points(boundaries, &forward, dimension, reading)?;
    let mut sides = Sides { of: vec![0; points.len()] };
    for (index, curve) in boundaries.curves.iter().enumerate() {
        let flaw = |vertex| Unproved::Vertex { curve: index, vertex };
        let vertices = Corners::read(&curve.vertices, "matrix of vertices of a curve", dimension, reading, flaw)?;
        let seen = forward.look(&vertices)?;
        let parities = match dimension {
            1 => cuts(curve, index, class, &vertices, &seen).map(|()| below(&vertices, &points)),
            _ => cycle(curve, index, class, &vertices, &seen).map(|()| crossings(curve, &vertices, &points)),
        };
        sides.part(parities?);
    }
    match sides.alike() {
        Some((first, second)) => Err(Rejection::from(Unproved::SameSide { first, second }).into()),
        None => Ok(Finding::DisconnectedRegions {
            widths,
            class,
            components: points.len(),
            domain,
            compared: (false, false),
        }),
    }
}

/// Every vertex is seen once, and every vertex and edge is held against every point.
fn allow(boundaries: &Boundaries, forward: &Forward, limits: &Limits) -> Result<(), Failure> {
    let Boundaries { points, curves, .. } = boundaries;
    let vertices = curves.iter().map(|curve| curve.vertices.rows as u64).fold(points.rows as u64, u64::saturating_add);
    forward.allow(vertices)?;
    let edges = curves.iter().map(|curve| curve.edges.len() as u64 + 1).fold(vertices, u64::saturating_add);
    Ok(limits.allow(Limit::Products, edges.saturating_mul(points.rows as u64).saturating_mul(9))?)
}

/// Points at which the class wins, two at least.
fn read_points(
    boundaries: &Boundaries,
    forward: &Forward,
    dimension: usize,
    reading: Reading,
) -> Result<Corners, Failure> {
    let flaw = |point| Unproved::PointAtInfinity { point };
    let points = Corners::read(&boundaries.points, "matrix of points", dimension, reading, flaw)?;
    if points.len() < 2 {
        return Err(Rejection::from(Unproved::FewPoints { found: points.len() }).into());
    }
    if let Some(point) = (0..points.len()).find(|&point| points.is_direction(point)) {
        return Err(Rejection::from(flaw(point)).into());
    }
    let seen = forward.look(&points)?;
    match (0..points.len()).find_map(|point| Some((point, seen.rival(point, boundaries.class)?))) {
        Some((point, other)) => Err(Rejection::from(Unproved::PointOutside { point, other }).into()),
        None => Ok(points),
    }
}

/// Whether the class wins at no vertex.
fn cuts(source: &Boundary, curve: usize, class: usize, vertices: &Corners, seen: &Seen) -> Result<(), Rejection> {
    if !source.edges.is_empty() {
        return Err(Unproved::EdgesOnALine { curve }.into());
    }
    for vertex in 0..vertices.len() {
        if vertices.is_direction(vertex) {
            return Err(Unproved::Vertex { curve, vertex }.into());
        }
        if seen.rival(vertex, class).is_none() {
            return Err(Unproved::CutInside { curve, vertex }.into());
        }
    }
    Ok(())
}

/// Whether the class wins on no edge, and the edges are closed.
fn cycle(source: &Boundary, curve: usize, class: usize, vertices: &Corners, seen: &Seen) -> Result<(), Rejection> {
    for (edge, &[a, b, witness]) in source.edges.iter().enumerate() {
        if a.max(b) >= vertices.len() {
            return Err(Unproved::EdgeEnds { curve, edge }.into());
        }
        if witness == class || witness >= seen.classes() {
            return Err(Unproved::Witness { curve, edge }.into());
        }
        if vertices.is_direction(a) && vertices.is_direction(b) {
            return Err(Unproved::EdgeAtInfinity { curve, edge }.into());
        }
        if let Some((layer, neuron)) = seen.bend(&[a, b]) {
            return Err(Unproved::EdgeBends { curve, edge, layer, neuron }.into());
        }
        if [a, b].iter().any(|&end| seen.compare(end, witness, class).is_lt()) {
            return Err(Unproved::EdgeInside { curve, edge }.into());
        }
    }
    match open_end(source, vertices) {
        Some(vertex) => Err(Unproved::NotClosed { curve, vertex }.into()),
        None => Ok(()),
    }
}

/// A point at which an odd number of edges end, if there is one. Vertices may lie at one point.
fn open_end(source: &Boundary, vertices: &Corners) -> Option<usize> {
    let ends = source.edges.iter().flat_map(|&[a, b, _]| [a, b]);
    let mut ends: Vec<usize> = ends.filter(|&end| !vertices.is_direction(end)).collect();
    ends.sort_by(|&a, &b| position(vertices.row(a), vertices.row(b)));
    let mut points = ends.chunk_by(|&a, &b| position(vertices.row(a), vertices.row(b)).is_eq());
    points.find(|ends| ends.len() % 2 == 1).map(|ends| ends[0])
}

/// The order of two points by their coordinates.
fn position(p: &[BigInt], q: &[BigInt]) -> Ordering {
    let last = p.len() - 1;
    let orders = (0..last).map(|i| (&p[i] * &q[last]).cmp(&(&q[i] * &p[last])));
    orders.fold(Ordering::Equal, Ordering::then)
}

/// Of each point, whether an odd number of cuts is below it.
fn below(cuts: &Corners, points: &Corners) -> Vec<bool> {
    let odd =
        |point| (0..cuts.len()).filter(|&cut| position(cuts.row(cut), points.row(point)).is_lt()).count() % 2 == 1;
    (0..points.len()).map(odd).collect()
}

/// Of each point, whether the way to it from the first one crosses an odd number of edges.
fn crossings(source: &Boundary, vertices: &Corners, points: &Corners) -> Vec<bool> {
    let first = points.row(0);
    let odd = |point| {
        let (last, way) = (points.row(point), line(first, points.row(point)));
        let left: Vec<bool> =
            (0..vertices.len()).map(|vertex| side(&way, vertices.row(vertex)) != Sign::Minus).collect();
        let crosses = |&&[a, b, _]: &&[usize; 3]| {
            left[a] != left[b] && {
                let edge = line(vertices.row(a), vertices.row(b));
                side(&edge, first) != side(&edge, last)
            }
        };
        source.edges.iter().filter(crosses).count() % 2 == 1
    };
    (0..points.len()).map(odd).collect()
}

/// The line through two points, or through one in a direction: p × q.
fn line(p: &[BigInt], q: &[BigInt]) -> [BigInt; 3] {
    let minor = |i: usize, j: usize| &p[i] * &q[j] - &p[j] * &q[i];
    [minor(1, 2), minor(2, 0), minor(0, 1)]
}

/// On which side of a line a point lies, or a direction points: the sign of the determinant of three rows.
fn side(line: &[BigInt; 3], point: &[BigInt]) -> Sign {
    line.iter().zip(point).map(|(a, x)| a * x).sum::<BigInt>().sign()
}

/// Points that no curve so far has told apart have one number.
struct Sides {
    of: Vec<usize>,
}

impl Sides {
    /// By one curve more.
    fn part(&mut self, parities: Vec<bool>) {
        let mut numbers = BTreeMap::new();
        for (side, odd) in self.of.iter_mut().zip(parities) {
            let next = numbers.len();
            *side = *numbers.entry((*side, odd)).or_insert(next);
        }
    }

    /// Two points that are alike.
    fn alike(&self) -> Option<(usize, usize)> {
        let mut seen = BTreeMap::new();
        self.of.iter().enumerate().find_map(|(point, side)| Some((seen.insert(side, point)?, point)))
    }
}

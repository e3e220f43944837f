//! Inner points, areas, and the tests that an arrangement passes if it is one.

use rug::{Integer, Rational};
use std::collections::{HashMap, HashSet};

use super::arrangement::{Arrangement, Component, Facet};
use super::form::{Triple, determinant, lowest_terms};

/// Bits after the binary point that are tried for an inner point, before the mean of the vertices is taken.
const INNER_BITS: [u32; 10] = [0, 2, 4, 7, 10, 14, 20, 28, 36, 44];

impl Arrangement {
    /// The boundary of a component: the facets that exactly one of its cells has, those at infinity left out. The class of
    /// the component does not win on any of them.
    pub(super) fn boundary(&self, component: &Component) -> Vec<Facet> {
        let mut facets: Vec<Facet> = component.cells.iter().flat_map(|&cell| self.facets_of(cell as usize)).collect();
        facets.sort_unstable();
        let groups = facets.chunk_by(|a, b| a.ends == b.ends);
        groups.filter(|group| group.len() == 1 && !self.is_at_infinity(group[0].ends)).map(|group| group[0]).collect()
    }

    /// The ends of the edges between a component and what is not of it; of a line its ends, each twice.
    pub fn border(&self, component: &Component) -> Vec<[u32; 2]> {
        self.boundary(component).iter().map(|facet| [facet.ends.0, facet.ends.1]).collect()
    }

    /// The area of a component in the chart, or its length on a line; `None` if it is not bounded.
    ///
    /// Green's formula over the boundary: half the sum of the determinants of its edges, each run through with the
    /// component on its left.
    pub fn measure(&self, component: &Component) -> Option<Rational> {
        if !component.bounded {
            return None;
        }
        let is_plane = self.chart.dimension() == 2;
        let term = |facet: &Facet| {
            if !is_plane {
                let [x, _, w] = &self.points[facet.ends.0 as usize];
                let end = Rational::from((x, w));
                return if self.place(facet) == 0 { -end } else { end };
            }
            let [[x, y, w], [u, v, z]] = self.directed(facet).map(|vertex| &self.points[vertex as usize]);
            Rational::from((Integer::from(x * v) - Integer::from(y * u), Integer::from(w * z) * 2))
        };
        Some(total(self.boundary(component).iter().map(term).collect()))
    }

    /// The area of a cell in the chart, or its length on a line; `None` if it is not bounded.
    ///
    /// # Panics
    /// If there is no such cell.
    pub fn cell_measure(&self, cell: usize) -> Option<Rational> {
        let polygon = self.polygon(cell);
        if polygon.iter().any(|&vertex| self.is_direction(vertex)) {
            return None;
        }
        let corners: Vec<&Triple> = polygon.iter().map(|&vertex| &self.points[vertex as usize]).collect();
        if self.chart.dimension() == 1 {
            let at = |corner: &Triple| Rational::from((&corner[0], &corner[2]));
            return Some(at(corners[1]) - at(corners[0]));
        }
        let next = corners.iter().cycle().skip(1);
        let term = |([x, y, w], [u, v, z]): (&Triple, &Triple)| {
            Rational::from((Integer::from(x * v) - Integer::from(y * u), Integer::from(w * z) * 2))
        };
        Some(total(corners.iter().zip(next).map(|(a, b)| term((a, b))).collect()))
    }

    /// A point of a component inside of one of its cells, c coordinates: of few bits if such a point is found near the
    /// middle of its roomiest cell.
    pub fn inner_point(&self, component: &Component) -> Vec<Rational> {
        let dimension = self.chart.dimension();
        let point = self.inner(component);
        point[..dimension].iter().map(|entry| Rational::from((entry, &point[2]))).collect()
    }

    /// The same in homogeneous coordinates in lowest terms.
    pub(super) fn inner(&self, component: &Component) -> Triple {
        let room = |&&cell: &&u32| self.room(cell as usize).0;
        let roomiest = component.cells.iter().max_by(|a, b| room(a).total_cmp(&room(b)));
        let cell = roomiest.map_or(0, |&cell| cell as usize);
        let middle = self.room(cell).1;
        let rounded = INNER_BITS.iter().filter_map(|&bits| rounded(middle, bits));
        rounded.into_iter().find(|point| self.holds(cell, point)).unwrap_or_else(|| self.mean(cell))
    }

    /// The area of a cell in doubles, and the mean of its vertices; a direction counts as the mean of the points moved on
    /// in it by their own size.
    fn room(&self, cell: usize) -> (f64, [f64; 2]) {
        let rough: Vec<[f64; 3]> = self.polygon(cell).iter().map(|&vertex| self.shadows[vertex as usize]).collect();
        let finite: Vec<[f64; 2]> = rough.iter().filter(|v| v[2] > 0.0).map(|v| [v[0] / v[2], v[1] / v[2]]).collect();
        let middle = mean(&finite);
        let size = finite.iter().flatten().fold(1.0f64, |size, entry| size.max(entry.abs()));
        let corner = |v: &[f64; 3]| {
            let length = v[0].hypot(v[1]);
            match v[2] > 0.0 {
                true => [v[0] / v[2], v[1] / v[2]],
                false => [0, 1].map(|i| middle[i] + size * v[i] / length),
            }
        };
        let corners: Vec<[f64; 2]> = rough.iter().map(corner).collect();
        if self.chart.dimension() == 1 {
            return ((corners[1][0] - corners[0][0]).abs(), mean(&corners));
        }
        let next = corners.iter().cycle().skip(1);
        let area = corners
            .iter()
            .zip(next)
            .map(|(a, b)| (a[0] - middle[0]) * (b[1] - middle[1]) - (a[1] - middle[1]) * (b[0] - middle[0]));
        (area.sum(), mean(&corners))
    }

    /// Whether a point is inside of a cell.
    fn holds(&self, cell: usize, point: &Triple) -> bool {
        let corner = |vertex: u32| &self.points[vertex as usize];
        let polygon = self.polygon(cell);
        if self.chart.dimension() == 1 {
            let right = |a: &Triple, b: &Triple| Integer::from(&a[0] * &b[2]) < Integer::from(&b[0] * &a[2]);
            return right(corner(polygon[0]), point) && right(point, corner(polygon[1]));
        }
        let next = polygon.iter().cycle().skip(1);
        polygon.iter().zip(next).all(|(&a, &b)| determinant(corner(a), corner(b), point).is_positive())
    }

    /// The mean of a cell's points moved by the sum of its directions.
    fn mean(&self, cell: usize) -> Triple {
        let (mut sums, mut points) = ([Rational::new(), Rational::new()], 0);
        let mut add = |vertex: &Triple, weight: &Integer| {
            sums.iter_mut().zip(vertex).for_each(|(sum, entry)| *sum += Rational::from((entry, weight)));
        };
        for &vertex in self.polygon(cell) {
            let vertex = &self.points[vertex as usize];
            let largest = vertex[..2].iter().max_by(|a, b| a.cmp_abs(b)).map(|entry| Integer::from(entry.abs_ref()));
            let weight = if vertex[2].is_zero() { largest.unwrap_or_default() } else { vertex[2].clone() };
            points += i32::from(!vertex[2].is_zero());
            add(vertex, &weight);
        }
        let [x, y] = sums.map(|sum| sum / points);
        let den = Integer::from(x.denom().lcm_ref(y.denom()));
        let over = |value: &Rational| value.numer() * Integer::from(den.div_exact_ref(value.denom()));
        [over(&x), over(&y), den]
    }

    /// V − E + F of the closed disc that the directions make of the plane, which is 1 for every arrangement; V − E of the
    /// closed interval that they make of the line. Directions are vertices and the arcs between them edges.
    pub fn euler_characteristic(&self) -> i64 {
        let used: HashSet<u32> = (0..self.cell_count()).flat_map(|cell| self.polygon(cell)).copied().collect();
        let (vertices, cells) = (used.len() as i64, self.cell_count() as i64);
        if self.chart.dimension() == 1 {
            return vertices - cells;
        }
        let edges = self.facets().chunk_by(|a, b| a.ends == b.ends).count() as i64;
        vertices - edges + cells
    }

    /// Whether the cells tile the line or the plane: every edge or inner vertex has two cells, every arc or direction at
    /// infinity one, and the arcs make up the circle once.
    pub fn covers(&self) -> bool {
        let facets = self.facets();
        let fits = |group: &[Facet]| group.len() == if self.is_at_infinity(group[0].ends) { 1 } else { 2 };
        let mut at_infinity = facets.iter().filter(|facet| self.is_at_infinity(facet.ends));
        let all_fit = facets.chunk_by(|a, b| a.ends == b.ends).all(fits);
        if self.chart.dimension() == 1 {
            return all_fit && at_infinity.count() == 2;
        }
        all_fit && self.is_circle(&mut at_infinity)
    }

    /// Whether arcs, each less than a half-circle from its first to its last direction, make up the circle once.
    fn is_circle(&self, arcs: &mut dyn Iterator<Item = &Facet>) -> bool {
        let (mut next, mut over_east) = (HashMap::new(), 0);
        for arc in arcs {
            let [from, to] = self.directed(arc);
            let [a, b] = [from, to].map(|vertex| &self.points[vertex as usize]);
            if Integer::from(&a[0] * &b[1]) <= Integer::from(&a[1] * &b[0]) || next.insert(from, to).is_some() {
                return false;
            }
            let starts_east = a[1].is_zero() && a[0].is_positive();
            over_east += i32::from(starts_east || (a[1].is_negative() && b[1].is_positive()));
        }
        let ends: HashSet<u32> = next.values().copied().collect();
        over_east == 1 && ends.len() == next.len() && ends.iter().all(|end| next.contains_key(end))
    }
}

fn mean(points: &[[f64; 2]]) -> [f64; 2] {
    [0, 1].map(|i| points.iter().map(|point| point[i]).sum::<f64>() / points.len() as f64)
}

/// A point rounded to so many bits after the binary point; `None` if it is not finite.
fn rounded(point: [f64; 2], bits: u32) -> Option<Triple> {
    let scale = f64::from(1u32 << bits.min(31)) * f64::from(1u32 << bits.saturating_sub(31));
    let entry = |value: f64| Integer::from_f64((value * scale).round());
    let mut point = [entry(point[0])?, entry(point[1])?, Integer::from(1) << bits];
    lowest_terms(&mut point);
    Some(point)
}

/// The sum, by halves: so the long denominators come last.
fn total(mut terms: Vec<Rational>) -> Rational {
    while terms.len() > 1 {
        let half = terms.len() / 2;
        let rest = terms.split_off(terms.len() - half);
        terms.iter_mut().zip(rest).for_each(|(term, other)| *term += other);
    }
    terms.pop().unwrap_or_default()
}

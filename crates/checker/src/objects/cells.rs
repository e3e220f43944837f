//! **A census of decision regions.** No class has more components than the certificate says, in the space, the plane or the line
//! that cells tile.
//!
//! 1. *A cell* is the hull of its corners, points and directions, one point at least. Its corners share a piece for each
//!    neuron, and its class j is largest at all of them: so f is affine and j largest on it ([`regions`](super::regions)). C_j within
//!    it is convex, and not empty only if each margin f_j − f_k is positive at a corner. All of C_j lies in cells of class j,
//!    if cells cover everything: it has at most as many components as there are such cells, and fewer where cells join.
//! 2. *Joints.* Two cells of class j have a facet in common: two neighbouring corners, one a point at least; on a line, one
//!    point. If each margin is positive at a corner of the facet, its inner points are in C_j, and in both cells: what they
//!    have of C_j is in one component.
//! 3. *Covering, in the plane.* The corners of a cell in turn are a closed curve, with the shorter arc at infinity between two
//!    directions, which are not opposite. It runs in the hull and its directions, which can be contracted; so it runs an
//!    odd number of times around a point off it only if the point is in the cell. Add the curves of all cells, modulo 2.
//!    Every facet with a point belongs to an even number of cells and drops out; what is left are arcs, and closed, as
//!    each curve is: nothing, or the circle at infinity. It is the circle if an odd number of arcs holds one direction that is no
//!    corner. Then each point of the plane off all facets is in a cell; so is every other point, as cells are closed.
//!    *On the line* a point off all corners is in an odd number of cells, as the number changes by an even one at each
//!    corner, if an odd number of cells goes on to −∞.
//!
//! That the cells do not overlap, that they are convex in the order of their corners, and that no corner is twice in the
//! list is not needed.

use super::regions::{Corners, Network, Seen};
use crate::{
    certificate::{
        Limit, Limits,
        object::{Cell, Cells},
    },
    finding::{Finding, Unproved},
    matrix::Reading,
    verdict::{Failure, Rejection},
};
use num_bigint::{BigInt, Sign};
use num_traits::Signed;

pub fn check(source: &Cells, reading: Reading, limits: &Limits) -> Result<Finding, Failure> {
    let network = Network::read(&source.network, reading, limits)?;
    let (widths, classes) = (network.widths.clone(), network.classes());
    let found = source.at_most.len();
    if found != classes {
        return Err(Rejection::from(Unproved::AtMostCount { expected: classes, found }).into());
    }
    let (network, domain) = network.on(&source.chart)?;
    let (dimension, forward) = (network.widths[0], network.forward());
    forward.allow(source.vertices.rows as u64)?;
    let corners = source.cells.iter().map(|cell| cell.vertices.len() as u64).fold(0, u64::saturating_add);
    limits.allow(Limit::Products, corners.saturating_mul(network.widths.iter().map(|&width| width as u64).sum()))?;
    let flaw = |vertex| Unproved::CellVertex { vertex };
    let vertices = Corners::read(&source.vertices, "matrix of vertices", dimension, reading, flaw)?;
    let tiling = Tiling { cells: &source.cells, seen: forward.look(&vertices)?, vertices: &vertices, dimension };
    for (index, cell) in source.cells.iter().enumerate() {
        tiling.is_cell(index, cell)?;
    }
    let facets = tiling.facets();
    tiling.covers(&facets)?;
    let components = tiling.components(&facets, classes);
    match (0..classes).find(|&class| components[class] > source.at_most[class]) {
        Some(class) => {
            let (found, at_most) = (components[class], source.at_most[class]);
            Err(Rejection::from(Unproved::MoreComponents { class, found, at_most }).into())
        }
        None => {
            let (at_most, cells) = (source.at_most.clone(), source.cells.len());
            Ok(Finding::Census { widths, at_most, cells, domain, compared: (false, false) })
        }
    }
}

/// One or two corners, the smaller one first (on a line, the same twice), and the cell that has them.
type Facet = ([usize; 2], usize);

/// Cells with what the network says of their corners.
struct Tiling<'a> {
    cells: &'a [Cell],
    vertices: &'a Corners,
    seen: Seen<'a>,
    dimension: usize,
}

impl Tiling<'_> {
    /// Whether it is a cell, and its class is largest there.
    fn is_cell(&self, index: usize, cell: &Cell) -> Result<(), Rejection> {
        let corners = &cell.vertices;
        let is_sized = if self.dimension == 1 { corners.len() == 2 } else { corners.len() >= 3 };
        if !is_sized {
            return Err(Unproved::CellSize { cell: index }.into());
        }
        if corners.iter().any(|&corner| corner >= self.vertices.len()) {
            return Err(Unproved::CellCorners { cell: index }.into());
        }
        if cell.class >= self.seen.classes() {
            return Err(Unproved::CellClass { cell: index }.into());
        }
        if corners.iter().all(|&corner| self.vertices.is_direction(corner)) {
            return Err(Unproved::CellAtInfinity { cell: index }.into());
        }
        if let Some((layer, neuron)) = self.seen.bend(corners) {
            return Err(Unproved::CellBends { cell: index, layer, neuron }.into());
        }
        let larger = |&k: &usize| corners.iter().any(|&corner| self.seen.compare(corner, k, cell.class).is_gt());
        match (0..self.seen.classes()).find(larger) {
            Some(other) => Err(Unproved::CellWinner { cell: index, other }.into()),
            None => Ok(()),
        }
    }

    /// The facets of all cells, ascending.
    fn facets(&self) -> Vec<Facet> {
        let mut facets = vec![];
        for (index, cell) in self.cells.iter().enumerate() {
            let corners = cell.vertices.iter();
            match self.dimension {
                1 => facets.extend(corners.map(|&corner| ([corner, corner], index))),
                _ => {
                    let next = corners.clone().cycle().skip(1);
                    facets.extend(corners.zip(next).map(|(&a, &b)| ([a.min(b), a.max(b)], index)));
                }
            }
        }
        facets.sort_unstable();
        facets
    }

    fn is_at_infinity(&self, facet: [usize; 2]) -> bool {
        facet.iter().all(|&corner| self.vertices.is_direction(corner))
    }

    /// Whether the cells cover everything.
    fn covers(&self, facets: &[Facet]) -> Result<(), Rejection> {
        let (at_infinity, inner): (Vec<Facet>, Vec<Facet>) =
            facets.iter().partition(|facet| self.is_at_infinity(facet.0));
        if let Some(cells) = inner.chunk_by(|a, b| a.0 == b.0).find(|cells| cells.len() % 2 == 1) {
            return Err(Unproved::LooseFacet { cell: cells[0].1 }.into());
        }
        let covers = match self.dimension {
            1 => at_infinity.iter().filter(|(facet, _)| self.vertices.row(facet[0])[0].is_negative()).count() % 2 == 1,
            _ => self.surround(&at_infinity)?,
        };
        if covers { Ok(()) } else { Err(Unproved::NotCovered.into()) }
    }

    /// Whether an odd number of arcs holds a direction that is no corner.
    fn surround(&self, arcs: &[Facet]) -> Result<bool, Rejection> {
        let heights = arcs.iter().flat_map(|(arc, _)| arc).map(|&corner| self.vertices.row(corner)[1].abs());
        // (x, y) with |y| below this number is no multiple of (1, steep) but (0, 0), and neither is (0, y).
        let steep = [BigInt::from(1), heights.max().unwrap_or_default() + 1];
        let mut odd = false;
        for (arc, cell) in arcs {
            let [u, v] = arc.map(|corner| self.vertices.row(corner));
            let turn = turn(u, v);
            if turn == Sign::NoSign {
                return Err(Unproved::Arc { cell: *cell }.into());
            }
            odd ^= self::turn(u, &steep) == turn && self::turn(&steep, v) == turn;
        }
        Ok(odd)
    }

    /// At most how many components each class has.
    fn components(&self, facets: &[Facet], classes: usize) -> Vec<usize> {
        let mut sets = Sets::new(self.cells.len());
        for shared in facets.chunk_by(|a, b| a.0 == b.0).filter(|shared| !self.is_at_infinity(shared[0].0)) {
            // Of one class: another one that is largest at the corners would be as large there.
            let joined: Vec<usize> = shared
                .iter()
                .filter(|(facet, cell)| self.wins(facet, self.cells[*cell].class))
                .map(|(_, cell)| *cell)
                .collect();
            joined.windows(2).for_each(|pair| sets.join(pair[0], pair[1]));
        }
        let mut components = vec![0; classes];
        for (index, Cell { vertices, class }) in self.cells.iter().enumerate() {
            // A set counts where its root is met; cells that are joined have points of C_j.
            if sets.root(index) == index && self.wins(vertices, *class) {
                components[*class] += 1;
            }
        }
        components
    }

    /// Whether each margin of the class, which is largest at all of these corners, is positive at one of them.
    fn wins(&self, corners: &[usize], class: usize) -> bool {
        let others = (0..self.seen.classes()).filter(|&k| k != class);
        others.into_iter().all(|k| corners.iter().any(|&corner| self.seen.compare(corner, class, k).is_gt()))
    }
}

/// Whether v is on the left (plus) or on the right (minus) of u.
fn turn(u: &[BigInt], v: &[BigInt]) -> Sign {
    (&u[0] * &v[1] - &u[1] * &v[0]).sign()
}

/// Disjoint sets of numbers.
struct Sets {
    parent: Vec<usize>,
}

impl Sets {
    fn new(count: usize) -> Self {
        Sets { parent: (0..count).collect() }
    }

    /// The number that stands for the set.
    fn root(&mut self, mut at: usize) -> usize {
        while self.parent[at] != at {
            self.parent[at] = self.parent[self.parent[at]];
            at = self.parent[at];
        }
        at
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.parent[a.max(b)] = a.min(b);
    }
}

//! The arrangement of all cells, its strict regions and their components.

use crate::network::{Activation, Parameters};
use rayon::prelude::*;
use rug::{Integer, Rational};
use std::collections::{BTreeMap, HashSet};

use super::classes::OPEN;
use super::form::{Shadow, Triple};
use super::walk::{self, Worker, search};
use super::{Budget, Chart, RegionError, integers};

/// More cells are never allowed: with six vertices each on average, or fewer, places are below 2³².
const MOST_CELLS: usize = 1 << 28;

/// The decision regions of a network on a chart, cut into convex cells.
///
/// On a cell every neuron is on one piece of σ and one class is largest. The cells make up the whole line or plane; two of
/// them share at most a vertex or an edge. The numbers of vertices and cells do not depend on how many threads were used.
#[derive(Debug, Clone)]
pub struct Arrangement {
    pub(super) network: Parameters<Rational>,
    pub(super) activation: Activation,
    pub(super) chart: Chart,
    pub(super) points: Vec<Triple>,
    pub(super) shadows: Vec<Shadow>,
    cells: Vec<Cell>,
    vertices: Vec<u32>,
    marks: Vec<u32>,
    components: Vec<Component>,
    ties: Vec<u32>,
    statistics: Statistics,
}

/// One cell: where its vertices begin and end.
#[derive(Debug, Clone, Copy)]
struct Cell {
    class: u32,
    strict: bool,
    start: usize,
    end: usize,
}

/// A component of the strict region C_j = {f_j > f_k for all k ≠ j}.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// j, from 0.
    pub class: usize,
    /// Its cells, ascending.
    pub cells: Vec<u32>,
    /// Whether it is bounded in the chart.
    pub bounded: bool,
}

/// Numbers about an arrangement.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Statistics {
    /// Linear regions after each hidden layer: sets of inputs with one piece for every neuron up to it, with interior.
    pub regions: Vec<usize>,
    /// How many linear regions after the last hidden layer have so many neurons, of all hidden layers, that are not on their
    /// first piece: for ReLU, active ones.
    pub active: BTreeMap<usize, usize>,
    /// Cells after each hidden layer: linear regions cut by the axes.
    pub cells: Vec<usize>,
    /// How many cells of the arrangement have so many vertices.
    pub sides: BTreeMap<usize, usize>,
    /// Cells of the arrangement that are not bounded.
    pub unbounded: usize,
    /// The bits of the largest coordinate.
    pub bits: u32,
}

/// An edge (c = 2) or a vertex (c = 1, twice the same) with the cells that have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Facet {
    pub ends: (u32, u32),
    pub cell: u32,
    /// Among the vertices of all cells.
    pub at: u32,
}

impl Arrangement {
    /// All cells, and the components of every class.
    ///
    /// # Errors
    /// [`RegionError`].
    pub fn new(
        network: &Parameters<Rational>,
        activation: &Activation,
        chart: &Chart,
        budget: &Budget<'_>,
    ) -> Result<Self, RegionError> {
        super::fit(network, chart)?;
        let layers = integers::layers(network, activation, chart);
        let budget = &Budget { cells: budget.cells.min(MOST_CELLS), ..*budget };
        let workers = match search(&layers, chart.dimension(), budget) {
            (_, Some(workers)) => workers,
            (cells, None) if cells > budget.cells => return Err(RegionError::TooManyCells { limit: budget.cells }),
            (cells, None) => return Err(RegionError::CalledOff { cells }),
        };
        let mut arrangement = Arrangement {
            network: network.clone(),
            activation: activation.clone(),
            chart: chart.clone(),
            points: vec![],
            shadows: vec![],
            cells: vec![],
            vertices: vec![],
            marks: vec![],
            components: vec![],
            ties: vec![],
            statistics: Statistics::default(),
        };
        arrangement.assemble(workers);
        arrangement.count();
        arrangement.join();
        Ok(arrangement)
    }

    /// Puts the workers' cells together, in an order that depends on the cells alone.
    fn assemble(&mut self, mut workers: Vec<Worker>) {
        self.count_regions(&workers);
        let numbers = self.merge_points(&mut workers);
        let is_plane = self.chart.dimension() == 2;
        for (worker, numbers) in workers.iter().zip(numbers) {
            let (found, offset) = (&worker.found, self.vertices.len());
            self.vertices.extend(found.vertices.iter().map(|&vertex| numbers[vertex as usize]));
            self.marks.extend_from_slice(&found.marks);
            let mut start = offset;
            for (index, &end) in found.ends.iter().enumerate() {
                let end = offset + end;
                if is_plane {
                    let smallest = (start..end).min_by_key(|&at| self.vertices[at]).unwrap_or(start) - start;
                    self.vertices[start..end].rotate_left(smallest);
                    self.marks[start..end].rotate_left(smallest);
                }
                self.cells.push(Cell { class: found.classes[index], strict: found.strict[index], start, end });
                start = end;
            }
        }
        let vertices = &self.vertices;
        self.cells.par_sort_unstable_by(|a, b| vertices[a.start..a.end].cmp(&vertices[b.start..b.end]));
    }

    /// Moves the points that cells have to the arrangement, equal ones once; for every worker the new numbers of its points.
    fn merge_points(&mut self, workers: &mut [Worker]) -> Vec<Vec<u32>> {
        let mut used: Vec<(Shadow, u32, u32)> = vec![];
        for (worker, index) in workers.iter().zip(0..) {
            let mut is_used = vec![false; worker.points.exact.len()];
            worker.found.vertices.iter().for_each(|&vertex| is_used[vertex as usize] = true);
            let of = (0..).zip(&worker.points.shadows).zip(is_used).filter(|(_, is_used)| *is_used);
            used.extend(of.map(|((vertex, &shadow), _)| (shadow, index, vertex)));
        }
        let exact = |&(_, worker, vertex): &(Shadow, u32, u32)| &workers[worker as usize].points.exact[vertex as usize];
        used.par_sort_unstable_by(|a, b| {
            let by_shadow = a.0.partial_cmp(&b.0).unwrap_or(std::cmp::Ordering::Equal);
            by_shadow.then_with(|| exact(a).cmp(exact(b)))
        });
        let starts: Vec<bool> = (0..used.len()).map(|i| i == 0 || exact(&used[i]) != exact(&used[i - 1])).collect();
        let mut numbers: Vec<Vec<u32>> =
            workers.iter().map(|worker| vec![u32::MAX; worker.points.exact.len()]).collect();
        for (&(shadow, worker, vertex), starts) in used.iter().zip(starts) {
            let (worker, vertex) = (worker as usize, vertex as usize);
            if starts {
                self.points.push(std::mem::take(&mut workers[worker].points.exact[vertex]));
                self.shadows.push(shadow);
            }
            numbers[worker][vertex] = self.points.len() as u32 - 1;
        }
        numbers
    }

    fn count_regions(&mut self, workers: &[Worker]) {
        for layer in 0..self.network.depth() - 1 {
            let plain: usize = workers.iter().map(|worker| worker.plain[layer]).sum();
            let on_axes: HashSet<_> = workers.iter().flat_map(|worker| &worker.on_axes[layer]).collect();
            self.statistics.regions.push(plain + on_axes.len());
            self.statistics.cells.push(workers.iter().map(|worker| worker.cells[layer]).sum());
            if layer + 2 == self.network.depth() {
                let plain =
                    workers.iter().flat_map(|worker| &worker.active).map(|(&active, &regions)| (active, regions));
                let on_axes = on_axes.iter().map(|pieces| (walk::active(pieces.iter()), 1));
                for (active, regions) in plain.chain(on_axes) {
                    *self.statistics.active.entry(active).or_default() += regions;
                }
            }
        }
    }

    fn count(&mut self) {
        for index in 0..self.cells.len() {
            let polygon = self.polygon(index);
            let (sides, unbounded) = (polygon.len(), polygon.iter().any(|&vertex| self.is_direction(vertex)));
            *self.statistics.sides.entry(sides).or_default() += 1;
            self.statistics.unbounded += usize::from(unbounded);
        }
        self.statistics.bits = self.points.iter().map(super::form::bits).max().unwrap_or(0);
    }

    /// Components: cells of one class are joined across facets that belong to the strict region.
    fn join(&mut self) {
        let facets = self.facets();
        let mut parents: Vec<u32> = (0..self.cells.len() as u32).collect();
        for pair in facets.windows(2).filter(|pair| pair[0].ends == pair[1].ends) {
            let [a, b] = [pair[0].cell, pair[1].cell];
            let same = self.cells[a as usize].class == self.cells[b as usize].class;
            let open = pair.iter().all(|facet| self.marks[facet.at as usize] == OPEN);
            if same && open && !self.is_at_infinity(pair[0].ends) {
                let roots = [root(&mut parents, a), root(&mut parents, b)];
                parents[roots[0].max(roots[1]) as usize] = roots[0].min(roots[1]);
            }
        }
        let mut groups: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for cell in 0..self.cells.len() as u32 {
            if self.cells[cell as usize].strict {
                groups.entry(root(&mut parents, cell)).or_default().push(cell);
            } else {
                self.ties.push(cell);
            }
        }
        self.components = groups.into_values().map(|cells| self.component(cells)).collect();
        self.components.sort_by_key(|component| (component.class, usize::MAX - component.cells.len()));
    }

    fn component(&self, cells: Vec<u32>) -> Component {
        let polygons = cells.iter().flat_map(|&cell| self.polygon(cell as usize));
        let bounded = !polygons.into_iter().any(|&vertex| self.is_direction(vertex));
        Component { class: self.class(cells[0] as usize), cells, bounded }
    }

    /// Every facet of every cell, equal ones together.
    pub(super) fn facets(&self) -> Vec<Facet> {
        let mut facets: Vec<Facet> = (0..self.cells.len()).flat_map(|cell| self.facets_of(cell)).collect();
        facets.par_sort_unstable();
        facets
    }

    /// The facets of one cell: the edge from each vertex to the next, or the two ends of a segment.
    pub(super) fn facets_of(&self, cell: usize) -> impl Iterator<Item = Facet> + '_ {
        let (start, polygon, is_plane) = (self.cells[cell].start, self.polygon(cell), self.chart.dimension() == 2);
        (0..polygon.len()).map(move |here| {
            let next = if is_plane { (here + 1) % polygon.len() } else { here };
            let ends = (polygon[here].min(polygon[next]), polygon[here].max(polygon[next]));
            Facet { ends, cell: cell as u32, at: (start + here) as u32 }
        })
    }

    /// The class that is as large as that of the facet's cell there; `None` if the facet is in the strict region.
    pub(super) fn witness(&self, facet: &Facet) -> Option<u32> {
        Some(self.marks[facet.at as usize]).filter(|&mark| mark != OPEN)
    }

    /// Which of its cell's facets this is.
    pub(super) fn place(&self, facet: &Facet) -> usize {
        facet.at as usize - self.cells[facet.cell as usize].start
    }

    /// The ends of an edge with its cell on the left.
    pub(super) fn directed(&self, edge: &Facet) -> [u32; 2] {
        let (polygon, here) = (self.polygon(edge.cell as usize), self.place(edge));
        [polygon[here], polygon[(here + 1) % polygon.len()]]
    }

    /// Whether a facet is an arc of directions (c = 2) or a direction (c = 1).
    pub(super) fn is_at_infinity(&self, (a, b): (u32, u32)) -> bool {
        self.is_direction(a) && self.is_direction(b)
    }

    pub(super) fn is_direction(&self, vertex: u32) -> bool {
        self.points[vertex as usize][2].is_zero()
    }

    /// The components of all strict regions: by class, the one with most cells first.
    pub fn components(&self) -> &[Component] {
        &self.components
    }

    /// The components of one class.
    pub fn components_of(&self, class: usize) -> impl Iterator<Item = &Component> {
        self.components.iter().filter(move |component| component.class == class)
    }

    /// The number of components of every class, n_L of them.
    pub fn component_counts(&self) -> Vec<usize> {
        let classes = self.network.widths()[self.network.depth()];
        (0..classes).map(|class| self.components_of(class).count()).collect()
    }

    /// The cells on which no class wins: the largest outputs are equal there.
    pub fn ties(&self) -> &[u32] {
        &self.ties
    }

    /// Numbers about the cells.
    pub fn statistics(&self) -> &Statistics {
        &self.statistics
    }

    /// Where this is.
    pub fn chart(&self) -> &Chart {
        &self.chart
    }

    /// The number of cells.
    pub fn cell_count(&self) -> usize {
        self.cells.len()
    }

    /// The vertices of a cell to the left around it, or from left to right on a line.
    ///
    /// # Panics
    /// If there is no such cell.
    pub fn polygon(&self, cell: usize) -> &[u32] {
        &self.vertices[self.cells[cell].start..self.cells[cell].end]
    }

    /// The class that is largest on a cell, from 0; the first of several that are equal there.
    ///
    /// # Panics
    /// If there is no such cell.
    pub fn class(&self, cell: usize) -> usize {
        self.cells[cell].class as usize
    }

    /// The number of vertices, directions counted.
    pub fn vertex_count(&self) -> usize {
        self.points.len()
    }

    /// The homogeneous coordinates of a vertex, in lowest terms: (X, Y, W) is the point (X/W, Y/W), for W = 0 a direction.
    /// On a line Y = 0.
    ///
    /// # Panics
    /// If there is no such vertex.
    pub fn vertex(&self, vertex: u32) -> &[Integer; 3] {
        &self.points[vertex as usize]
    }

    /// The same in doubles, up to a positive factor: for pictures.
    ///
    /// # Panics
    /// If there is no such vertex.
    pub fn rough_vertex(&self, vertex: u32) -> [f64; 3] {
        self.shadows[vertex as usize]
    }
}

/// The root of a cell's tree, with the path to it halved.
pub(super) fn root(parents: &mut [u32], mut cell: u32) -> u32 {
    while parents[cell as usize] != cell {
        parents[cell as usize] = parents[parents[cell as usize] as usize];
        cell = parents[cell as usize];
    }
    cell
}

//! The walk through all cells, depth first, by any number of workers.
//!
//! A cell of layer l is a convex polygon on which every neuron of layers 1 to l is on one piece. It is cut by the zeros of
//! P_(l+1) − t for all breakpoints t: only those functions that change sign strictly on it are *cutters*, found once a
//! cell. The parts are entered one after the other, the one first that needs fewer new pieces against the cell that the
//! walk comes from: so most steps are one rank-one update ([`Level`]). The parts that wait are kept on a stack, no deeper
//! than the cutters; a worker that has nothing to do gets the oldest of another's.

use rayon::Scope;
use rug::Integer;
use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::Budget;
use super::classes::Found;
use super::form::{Triple, filtered, sign, value};
use super::integers::Layer;
use super::level::Level;
use super::points::{Points, split};

/// How many cells are found between two calls of the progress function.
const CELLS_A_CALL: usize = 256;

/// What all workers see.
pub(super) struct Search<'a> {
    layers: &'a [Layer],
    dimension: usize,
    budget: &'a Budget<'a>,
    cells: AtomicUsize,
    stopped: AtomicBool,
    /// Workers that have something to do, and how many there may be.
    active: AtomicUsize,
    threads: usize,
    resting: Mutex<Vec<Worker>>,
}

/// A part of the plane that is to be searched, for whoever takes it.
struct Task {
    /// Pieces of the layers that are done.
    pieces: Vec<Vec<u32>>,
    polygon: Vec<Triple>,
}

/// A part that waits on a worker's own stack: a polygon, all cutters of its layer before `next` done.
struct Waiting {
    /// From 1; L for one that the outputs are to be compared on.
    layer: usize,
    next: usize,
    /// The piece of the neuron that the cut was about.
    neuron: usize,
    piece: u32,
    polygon: Vec<u32>,
}

/// One worker: its points, forms, stack, and what it has found.
#[derive(Default)]
pub(super) struct Worker {
    pub points: Points,
    pub found: Found,
    /// Cells of every hidden layer without an edge on an axis.
    pub plain: Vec<usize>,
    /// The pieces, up to every hidden layer, of those with an edge on an axis.
    pub on_axes: Vec<HashSet<Box<[u32]>>>,
    /// Those of the last hidden layer by how many neurons are not on their first piece.
    pub active: BTreeMap<usize, usize>,
    /// Cells of every hidden layer.
    pub cells: Vec<usize>,
    levels: Vec<Level>,
    /// The pieces of each hidden layer on the present cell.
    pieces: Vec<Vec<u32>>,
    /// (neuron, breakpoint) that cut the present cell of the layer before.
    cutters: Vec<Vec<(usize, u32)>>,
    stack: VecDeque<Waiting>,
    signs: Vec<i8>,
}

/// Searches the whole line or plane; the workers with what they found, or `None` if the budget was spent, or the search
/// was called off.
pub(super) fn search(layers: &[Layer], dimension: usize, budget: &Budget<'_>) -> (usize, Option<Vec<Worker>>) {
    let threads = rayon::current_num_threads();
    let search = Search {
        layers,
        dimension,
        budget,
        cells: AtomicUsize::new(0),
        stopped: AtomicBool::new(false),
        active: AtomicUsize::new(1),
        threads,
        resting: Mutex::default(),
    };
    rayon::scope(|scope| {
        for (index, polygon) in quadrants(dimension).into_iter().enumerate() {
            search.active.fetch_add(usize::from(index > 0), Ordering::Relaxed);
            search.start(scope, Task { pieces: vec![], polygon });
        }
    });
    let cells = search.cells.into_inner();
    let workers = search.resting.into_inner().unwrap_or_else(PoisonError::into_inner);
    (cells, (!search.stopped.into_inner()).then_some(workers))
}

/// Four pointed cells that make up the plane, or the two half-lines.
fn quadrants(dimension: usize) -> Vec<Vec<Triple>> {
    let point = |x: i32, y: i32, w: i32| [x, y, w].map(Integer::from);
    let (origin, east, west) = (point(0, 0, 1), point(1, 0, 0), point(-1, 0, 0));
    if dimension == 1 {
        return vec![vec![west, origin.clone()], vec![origin, east]];
    }
    let around = [east, point(0, 1, 0), west, point(0, -1, 0)];
    (0..4).map(|i| vec![origin.clone(), around[i].clone(), around[(i + 1) % 4].clone()]).collect()
}

impl<'a> Search<'a> {
    fn start<'s>(&'s self, scope: &Scope<'s>, task: Task) {
        scope.spawn(move |scope| {
            let mut resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
            let known = resting.pop();
            drop(resting);
            let mut worker = known.unwrap_or_else(|| Worker::new(self));
            worker.take(self, task);
            while let Some(waiting) = worker.stack.pop_back() {
                if self.stopped.load(Ordering::Relaxed) {
                    worker.stack.clear();
                    break;
                }
                self.share(scope, &mut worker);
                worker.finish(self, waiting);
            }
            self.active.fetch_sub(1, Ordering::Relaxed);
            self.resting.lock().unwrap_or_else(PoisonError::into_inner).push(worker);
        });
    }

    /// Gives the oldest waiting part away if someone has nothing to do.
    fn share<'s>(&'s self, scope: &Scope<'s>, worker: &mut Worker) {
        if self.active.load(Ordering::Relaxed) < self.threads
            && let Some(waiting) = worker.stack.pop_front()
        {
            self.active.fetch_add(1, Ordering::Relaxed);
            let polygon = waiting.polygon.iter().map(|&v| worker.points.exact[v as usize].clone()).collect();
            // The neurons of its own layer that are done cut it no more: they are found again.
            self.start(scope, Task { pieces: worker.pieces[..waiting.layer - 1].to_vec(), polygon });
        }
    }

    /// Counts cells that have been found.
    fn count(&self, cells: usize) {
        let before = self.cells.fetch_add(cells, Ordering::Relaxed);
        let total = before + cells;
        let is_call = before / CELLS_A_CALL != total / CELLS_A_CALL;
        if total > self.budget.cells || (is_call && !(self.budget.progress)(total)) {
            self.stopped.store(true, Ordering::Relaxed);
        }
    }
}

impl Worker {
    fn new(search: &Search<'_>) -> Self {
        let hidden = search.layers.len() - 1;
        let mut levels: Vec<Level> = (0..=hidden).map(|_| Level::default()).collect();
        levels[0] = Level::first(&search.layers[0], search.dimension);
        Worker {
            levels,
            plain: vec![0; hidden],
            cells: vec![0; hidden],
            on_axes: vec![HashSet::new(); hidden],
            pieces: search.layers[..hidden].iter().map(|layer| vec![0; layer.shape.1]).collect(),
            cutters: vec![vec![]; hidden],
            ..Worker::default()
        }
    }

    /// Makes a task the only waiting part.
    fn take(&mut self, search: &Search<'_>, task: Task) {
        let layer = task.pieces.len() + 1;
        for (index, pieces) in task.pieces.into_iter().enumerate() {
            self.pieces[index] = pieces;
            self.update(search, index + 1);
        }
        let polygon: Vec<u32> = task.polygon.into_iter().map(|point| self.points.push(point)).collect();
        self.enter(search, layer, &polygon);
        let (neuron, piece) = self.pieces.get(layer - 1).map_or((0, 0), |pieces| (0, pieces[0]));
        self.stack.push_back(Waiting { layer, next: 0, neuron, piece, polygon });
    }

    /// Goes on with a part until the outputs have been compared on its first cell.
    fn finish(&mut self, search: &Search<'_>, waiting: Waiting) {
        let Waiting { mut layer, mut next, neuron, piece, mut polygon } = waiting;
        if let Some(pieces) = self.pieces.get_mut(layer - 1) {
            pieces[neuron] = piece;
        }
        while layer < search.layers.len() {
            polygon = self.cut(search, layer, next, polygon);
            self.tally(layer, &polygon);
            self.update(search, layer);
            layer += 1;
            self.enter(search, layer, &polygon);
            next = 0;
        }
        let outputs = &self.levels[layer - 1];
        search.count(self.found.compare(&mut self.points, &outputs.forms, &outputs.shadows, &polygon));
    }

    /// Brings the forms of layer + 1 to the present pieces of `layer`.
    fn update(&mut self, search: &Search<'_>, layer: usize) {
        let (lower, upper) = self.levels.split_at_mut(layer);
        let [own, next] = [&search.layers[layer - 1], &search.layers[layer]];
        upper[0].update(&lower[layer - 1], own, next, &self.pieces[layer - 1]);
    }

    /// Finds what cuts a cell in a layer, and the pieces of the neurons that do not.
    fn enter(&mut self, search: &Search<'_>, layer: usize, polygon: &[u32]) {
        let Some(pieces) = self.pieces.get_mut(layer - 1) else { return };
        let level = &self.levels[layer - 1];
        let (cutters, breakpoints) = (&mut self.cutters[layer - 1], &search.layers[layer - 1].breakpoints);
        cutters.clear();
        for (neuron, piece) in pieces.iter_mut().enumerate() {
            *piece = 0;
            for (i, breakpoint) in breakpoints.iter().enumerate() {
                let shadow = &level.shadows[neuron * breakpoints.len() + i];
                let (mut below, mut above) = (false, false);
                for &vertex in polygon {
                    let found = filtered(shadow, &self.points.shadows[vertex as usize]).unwrap_or_else(|| {
                        sign(&value(&level.forms[neuron], breakpoint, &self.points.exact[vertex as usize]))
                    });
                    below |= found < 0;
                    above |= found > 0;
                    if below && above {
                        break;
                    }
                }
                if below && above {
                    cutters.push((neuron, i as u32));
                } else if below {
                    break;
                } else if cutters.last().is_none_or(|&(last, _)| last != neuron) {
                    *piece = i as u32 + 1;
                }
            }
        }
    }

    /// Cuts a polygon by the cutters from `next`: goes on with one side and lets the other wait.
    fn cut(&mut self, search: &Search<'_>, layer: usize, mut next: usize, mut polygon: Vec<u32>) -> Vec<u32> {
        while let Some(&(neuron, i)) = self.cutters[layer - 1].get(next) {
            let first = next;
            next += 1;
            self.find_signs(search, layer, (neuron, i), &polygon);
            let (below, above) = (self.signs.contains(&-1), self.signs.contains(&1));
            if !below {
                self.pieces[layer - 1][neuron] = i + 1;
                continue;
            }
            let after = self.after(layer, first);
            if !above {
                self.pieces[layer - 1][neuron] = i;
                next = after;
                continue;
            }
            let parts = self.split(search, layer, (neuron, i), &polygon);
            let built = self.levels[layer].pieces.get(neuron).copied().unwrap_or(0);
            let mut sides = [(parts.0, i, after), (parts.1, i + 1, next)];
            sides.rotate_left(usize::from(built > i));
            let [(now, piece, from), (polygon_later, piece_later, next_later)] = sides;
            self.stack.push_back(Waiting {
                layer,
                next: next_later,
                neuron,
                piece: piece_later,
                polygon: polygon_later,
            });
            self.pieces[layer - 1][neuron] = piece;
            (polygon, next) = (now, from);
        }
        polygon
    }

    /// The first cutter after this one that is about another neuron: below a breakpoint is below all later ones.
    fn after(&self, layer: usize, cutter: usize) -> usize {
        let cutters = &self.cutters[layer - 1];
        let neuron = cutters[cutter].0;
        cutters[cutter..].iter().position(|&(other, _)| other != neuron).map_or(cutters.len(), |more| cutter + more)
    }

    fn find_signs(&mut self, search: &Search<'_>, layer: usize, (neuron, i): (usize, u32), polygon: &[u32]) {
        let level = &self.levels[layer - 1];
        let breakpoints = &search.layers[layer - 1].breakpoints;
        let shadow = &level.shadows[neuron * breakpoints.len() + i as usize];
        self.signs.clear();
        for &vertex in polygon {
            let vertex = vertex as usize;
            self.signs.push(filtered(shadow, &self.points.shadows[vertex]).unwrap_or_else(|| {
                sign(&value(&level.forms[neuron], &breakpoints[i as usize], &self.points.exact[vertex]))
            }));
        }
    }

    fn split(
        &mut self,
        search: &Search<'_>,
        layer: usize,
        (neuron, i): (usize, u32),
        polygon: &[u32],
    ) -> (Vec<u32>, Vec<u32>) {
        let (form, breakpoint) =
            (&self.levels[layer - 1].forms[neuron], &search.layers[layer - 1].breakpoints[i as usize]);
        let function = [layer as u32, neuron as u32, i];
        split(polygon, &self.signs, |edge| self.points.cut(edge, function, |point| value(form, breakpoint, point)))
    }

    /// Counts a cell of a hidden layer. Cells of the same pieces are parts of one convex region that the axes cut, and so
    /// each of them has an edge on an axis (on a line, a vertex).
    fn tally(&mut self, layer: usize, polygon: &[u32]) {
        self.cells[layer - 1] += 1;
        let on = |vertex: u32| self.points.on_axes[vertex as usize];
        let ends = |i: usize| match polygon.len() {
            2 => [on(polygon[i]), on(polygon[i])],
            count => [on(polygon[i]), on(polygon[(i + 1) % count])],
        };
        let is_cut = (0..polygon.len()).map(ends).any(|[a, b]| (a[0] && b[0]) || (a[1] && b[1] && polygon.len() > 2));
        if is_cut {
            self.on_axes[layer - 1].insert(self.pieces[..layer].concat().into());
        } else {
            self.plain[layer - 1] += 1;
            if layer == self.cells.len() {
                *self.active.entry(active(self.pieces.iter().flatten())).or_default() += 1;
            }
        }
    }
}

/// How many neurons are not on their first piece: for ReLU, active.
pub(super) fn active<'a>(pieces: impl Iterator<Item = &'a u32>) -> usize {
    pieces.filter(|&&piece| piece > 0).count()
}

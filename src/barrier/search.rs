//! Best bound first: bisection of λ until the largest upper bound meets the largest lower bound.

use super::engine::Bound;
use rayon::prelude::*;
use std::cmp::Ordering;
use std::collections::{BinaryHeap, HashMap};

/// Into how many intervals a segment is cut to begin with: coarser ones bound nothing.
const FIRST_CUT: u32 = 16;

/// How many intervals are bisected at a time, so that small networks keep all cores busy too. A constant, so that the
/// result does not depend on the machine.
const BATCH: usize = 2;

/// A point of a path.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Position {
    /// The segment, from 0.
    pub segment: usize,
    /// Where on it, in [0, 1]: a dyadic rational, exact as it stands.
    pub lambda: f64,
}

/// Part of a segment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Region {
    /// The segment, from 0.
    pub segment: usize,
    /// From here, in [0, 1], exact as it stands.
    pub from: f64,
    /// To here.
    pub to: f64,
}

/// What is to be found out about max Φ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Goal {
    /// An enclosure of at most this width.
    Width(f64),
    /// Whether Φ < α on the whole path, for an α between these two numbers.
    Below(f64, f64),
}

/// An affine function of the position t = (segment + λ) / segments in [0, 1] that is subtracted from Φ, known by bounds of
/// its values at 0 and 1. All zero: Φ itself.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Slant {
    pub start: (f64, f64),
    pub end: (f64, f64),
}

impl Slant {
    /// Bounds of the affine function at t, rounded outward: fewer than 8 roundings of numbers up to |start| + |end|.
    fn at(&self, t: f64) -> (f64, f64) {
        let slack = |a: f64, b: f64| 8.0 * f64::EPSILON * (a.abs() + b.abs());
        let value = |a: f64, b: f64| a + t * (b - a);
        let lower = value(self.start.0, self.end.0) - slack(self.start.0, self.end.0);
        let upper = value(self.start.1, self.end.1) + slack(self.start.1, self.end.1);
        (lower, upper)
    }
}

/// Where the search stands: the maximum of Φ − slant is in [lower, upper].
#[derive(Debug, Clone, PartialEq)]
pub struct Maximum {
    /// A lower bound: the function is at least this at `witness`.
    pub lower: f64,
    /// An upper bound on the whole path.
    pub upper: f64,
    /// The point of the largest lower bound.
    pub witness: Position,
    /// Where the maximum is: nowhere else. Ascending; touching intervals are one.
    pub regions: Vec<Region>,
    /// Whether the goal was reached within the budget.
    pub decided: bool,
}

/// An interval with an upper bound.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Node {
    region: Region,
    upper: f64,
    /// The arithmetic to bisect it with.
    stage: usize,
}

impl Eq for Node {}

impl Ord for Node {
    fn cmp(&self, other: &Self) -> Ordering {
        // Ties are broken by the place, so that the order is total and the search deterministic.
        let place = |node: &Node| (node.region.segment, node.region.from);
        let by_place = || place(other).partial_cmp(&place(self)).unwrap_or(Ordering::Equal);
        self.upper.total_cmp(&other.upper).then_with(by_place)
    }
}

impl PartialOrd for Node {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// One evaluation: an interval, or the point `from` if both ends are the same.
type Key = (usize, usize, u64, u64);

/// A search over a path, with everything that was evaluated so far.
pub struct Search<'a> {
    /// From the fastest to the most precise.
    stages: &'a [&'a dyn Bound],
    segments: usize,
    known: HashMap<Key, [f64; 2]>,
    /// How many intervals and points were bounded.
    pub evaluations: usize,
    /// How many may be.
    pub budget: usize,
    /// Told after each step: evaluations, lower and upper bound.
    pub progress: &'a mut dyn FnMut(usize, f64, f64),
}

impl<'a> Search<'a> {
    pub fn new(
        stages: &'a [&'a dyn Bound],
        segments: usize,
        budget: usize,
        progress: &'a mut dyn FnMut(usize, f64, f64),
    ) -> Self {
        Search { stages, segments, known: HashMap::new(), evaluations: 0, budget, progress }
    }

    /// Encloses the maximum of Φ − slant, as far as the goal asks and the budget allows.
    pub fn run(&mut self, goal: Goal, slant: Slant) -> Maximum {
        let mut state = State { goal, slant, segments: self.segments, lower: f64::NEG_INFINITY, ..State::default() };
        self.begin(&mut state);
        while !state.is_done() && self.evaluations < self.budget {
            let chosen = state.choose(self.stages.len());
            if chosen.is_empty() {
                break;
            }
            self.bisect(&mut state, &chosen);
            (self.progress)(self.evaluations, state.lower, state.upper());
        }
        state.finish()
    }

    /// Bounds of Φ at a point, with the first arithmetic that gives them this width, or the last there is.
    pub fn at(&mut self, position: Position, width: f64) -> (f64, f64) {
        let mut bounds = (0.0_f64, f64::INFINITY);
        for stage in 0..self.stages.len() {
            let [lower, upper] = self.values(&[(stage, point(position))])[0];
            bounds = (bounds.0.max(lower), bounds.1.min(upper));
            if bounds.1 - bounds.0 <= width {
                break;
            }
        }
        bounds
    }

    /// The first cut, and the points between.
    fn begin(&mut self, state: &mut State) {
        let cut = |i: u32| f64::from(i) / f64::from(FIRST_CUT);
        let regions: Vec<Region> = (0..self.segments)
            .flat_map(|segment| (0..FIRST_CUT).map(move |i| Region { segment, from: cut(i), to: cut(i + 1) }))
            .collect();
        let points = (0..self.segments)
            .flat_map(|segment| (0..=FIRST_CUT).map(move |i| Position { segment, lambda: cut(i) }))
            .map(|position| (0, point(position)));
        let asked: Vec<(usize, Region)> = regions.iter().map(|&region| (0, region)).chain(points).collect();
        let values = self.values(&asked);
        for (&(stage, region), &value) in asked.iter().zip(&values) {
            if region.from == region.to {
                state.see(region, value);
            } else {
                let upper = state.upper_of(region, value);
                state.heap.push(Node { region, upper, stage });
            }
        }
    }

    /// Bounds both halves of each node, and their common point.
    fn bisect(&mut self, state: &mut State, nodes: &[Node]) {
        let parts = |node: &Node| {
            let Region { segment, from, to } = node.region;
            let middle = from + (to - from) / 2.0;
            [(from, middle), (middle, to), (middle, middle)]
                .map(|(from, to)| (node.stage, Region { segment, from, to }))
        };
        let asked: Vec<(usize, Region)> = nodes.iter().flat_map(parts).collect();
        let values = self.values(&asked);
        for (node, (parts, values)) in nodes.iter().zip(asked.chunks(3).zip(values.chunks(3))) {
            let noise = state.see(parts[2].1, values[2]);
            let is_last = node.stage + 1 == self.stages.len();
            let is_fine = state.is_fine(values[2], noise, is_last);
            for (part, value) in parts.iter().zip(values).take(2) {
                let upper = state.upper_of(part.1, *value).min(node.upper);
                // There is no better arithmetic than the last one: it goes on as long as it can win something.
                let goes_on = is_fine || is_last && upper - state.lower > 2.0 * noise;
                state.heap.push(Node { region: part.1, upper, stage: node.stage + usize::from(!goes_on) });
            }
        }
    }

    /// Bounds over the regions, those that are not known yet in parallel: [`Bound::over`], for a point [`Bound::at`].
    fn values(&mut self, asked: &[(usize, Region)]) -> Vec<[f64; 2]> {
        let key = |&(stage, region): &(usize, Region)| -> Key {
            (stage, region.segment, region.from.to_bits(), region.to.to_bits())
        };
        let new: Vec<&(usize, Region)> = asked.iter().filter(|part| !self.known.contains_key(&key(part))).collect();
        self.evaluations += new.len();
        new.iter().for_each(|part| self.stages[part.0].prepare());
        let evaluate = |&&(stage, Region { segment, from, to }): &&(usize, Region)| {
            if from == to {
                let (lower, upper) = self.stages[stage].at(segment, from);
                [lower, upper]
            } else {
                self.stages[stage].over(segment, from, to)
            }
        };
        let values: Vec<[f64; 2]> = new.par_iter().map(evaluate).collect();
        self.known.extend(new.iter().map(|part| key(part)).zip(values));
        asked.iter().map(|part| self.known[&key(part)]).collect()
    }
}

fn point(position: Position) -> Region {
    Region { segment: position.segment, from: position.lambda, to: position.lambda }
}

/// What is known of the maximum of Φ − slant.
struct State {
    goal: Goal,
    slant: Slant,
    segments: usize,
    lower: f64,
    witness: Position,
    heap: BinaryHeap<Node>,
    /// Nodes that no arithmetic can bisect further.
    stuck: Vec<Node>,
}

impl Default for State {
    fn default() -> Self {
        State {
            goal: Goal::Width(0.0),
            slant: Slant::default(),
            segments: 1,
            lower: f64::NEG_INFINITY,
            witness: Position { segment: 0, lambda: 0.0 },
            heap: BinaryHeap::new(),
            stuck: Vec::new(),
        }
    }
}

impl State {
    /// The slant's bounds at a place.
    fn slant_at(&self, segment: usize, lambda: f64) -> (f64, f64) {
        self.slant.at((segment as f64 + lambda) / self.segments as f64)
    }

    /// An upper bound over a region from those at its ends: a convex function less an affine one is largest at an end.
    fn upper_of(&self, region: Region, ends: [f64; 2]) -> f64 {
        let less = |upper: f64, lambda: f64| (upper - self.slant_at(region.segment, lambda).0).next_up();
        less(ends[0], region.from).max(less(ends[1], region.to))
    }

    /// Takes in the bounds at a point; returns their width.
    fn see(&mut self, point: Region, [lower, upper]: [f64; 2]) -> f64 {
        let slant = self.slant_at(point.segment, point.from);
        let (lower, upper) = ((lower - slant.1).next_down(), (upper - slant.0).next_up());
        if lower > self.lower {
            self.lower = lower;
            self.witness = Position { segment: point.segment, lambda: point.from };
        }
        upper - lower
    }

    /// Whether the arithmetic that gave these bounds at a point, of this width with the slant, can still reach the goal.
    /// All but the last should leave most of the width to what bisection can better.
    fn is_fine(&self, [lower, upper]: [f64; 2], noise: f64, is_last: bool) -> bool {
        match self.goal {
            Goal::Width(width) => noise <= if is_last { width } else { width / 4.0 },
            Goal::Below(down, up) => upper < down || lower >= up,
        }
    }

    /// The largest upper bound of all nodes.
    fn upper(&self) -> f64 {
        let stuck = self.stuck.iter().map(|node| node.upper).fold(f64::NEG_INFINITY, f64::max);
        self.heap.peek().map_or(stuck, |node| node.upper.max(stuck))
    }

    fn is_done(&self) -> bool {
        match self.goal {
            Goal::Width(width) => self.upper() - self.lower <= width,
            Goal::Below(down, up) => self.upper() < down || self.lower >= up,
        }
    }

    /// The best nodes that can still be bisected; none if the best of all cannot.
    fn choose(&mut self, stages: usize) -> Vec<Node> {
        let mut chosen = Vec::with_capacity(BATCH);
        while chosen.len() < BATCH {
            let Some(node) = self.heap.pop() else { break };
            let Region { from, to, .. } = node.region;
            let middle = from + (to - from) / 2.0;
            if node.stage >= stages || middle <= from || middle >= to {
                self.stuck.push(node);
                if chosen.is_empty() {
                    break;
                }
            } else {
                chosen.push(node);
            }
        }
        chosen
    }

    fn finish(self) -> Maximum {
        let decided = self.is_done();
        let (lower, upper) = (self.lower, self.upper());
        let nodes = self.heap.into_iter().chain(self.stuck).filter(|node| node.upper >= lower);
        let mut open: Vec<Region> = nodes.map(|node| node.region).collect();
        open.sort_by(|a, b| (a.segment, a.from).partial_cmp(&(b.segment, b.from)).unwrap_or(Ordering::Equal));
        let mut regions: Vec<Region> = Vec::new();
        for region in open {
            match regions.last_mut() {
                Some(last) if last.segment == region.segment && last.to == region.from => last.to = region.to,
                _ => regions.push(region),
            }
        }
        Maximum { lower, upper, witness: self.witness, regions, decided }
    }
}

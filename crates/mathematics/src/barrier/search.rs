//! Best bound first: bisection of λ until the largest upper bound meets the largest lower bound.

use super::engine::Bound;
use crate::arith::parallel;
use std::cmp::Ordering;
use std::collections::{BinaryHeap, HashMap, HashSet};

/// Into how many intervals a segment is cut to begin with: coarser ones bound nothing.
const FIRST_CUT: u32 = 1 << FIRST_DEPTH;

/// log₂ of [`FIRST_CUT`].
const FIRST_DEPTH: u32 = 4;

/// The depths at which it is tried how short an interval has to be: 2^−6, 2^−8, …; a checker takes no pieces beyond the last.
const TRIED: std::ops::RangeInclusive<u32> = FIRST_DEPTH + 2..=40;

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

/// How many evaluations pieces for a checker may take beyond as many again as there were.
const MORE_FOR_PIECES: usize = 256;

/// A budget below this is used up, whatever is expected.
const SMALL_BUDGET: usize = 4096;

/// Why a search was given up before its budget was used.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TooDeep {
    /// The interval of the largest loss that was seen: the bound over it is further above the loss than the loss is, anywhere
    /// on the first cut, below what was to be shown.
    pub region: Region,
    /// By so much.
    pub excess: f64,
    /// How many intervals as short as this one a path has.
    pub intervals: f64,
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
    /// Why it was not tried to the end.
    pub too_deep: Option<TooDeep>,
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

fn key(&(stage, region): &(usize, Region)) -> Key {
    (stage, region.segment, region.from.to_bits(), region.to.to_bits())
}

/// A search over a path, with everything that was evaluated so far.
pub struct Search<'a> {
    /// From the fastest to the most precise.
    stages: &'a [&'a dyn Bound],
    segments: usize,
    known: HashMap<Key, [f64; 2]>,
    /// What Φ is at most at points whose loss cannot decide anything.
    at_most: HashMap<Key, f64>,
    /// How many intervals and points were bounded.
    pub evaluations: usize,
    /// How many may be.
    pub budget: usize,
    /// Told after each step: evaluations, lower and upper bound.
    pub progress: &'a mut dyn FnMut(usize, f64, f64),
    /// Told after each step: how many evaluations there were, and how many are expected to follow.
    pub expected: &'a mut dyn FnMut(usize, f64),
}

impl<'a> Search<'a> {
    pub fn new(
        stages: &'a [&'a dyn Bound],
        segments: usize,
        budget: usize,
        progress: &'a mut dyn FnMut(usize, f64, f64),
        expected: &'a mut dyn FnMut(usize, f64),
    ) -> Self {
        Search {
            stages,
            segments,
            known: HashMap::new(),
            at_most: HashMap::new(),
            evaluations: 0,
            budget,
            progress,
            expected,
        }
    }

    /// Encloses the maximum of Φ − slant, as far as the goal asks and the budget allows.
    pub fn run(&mut self, goal: Goal, slant: Slant) -> Maximum {
        let mut state = State { goal, slant, segments: self.segments, lower: f64::NEG_INFINITY, ..State::default() };
        self.begin(&mut state);
        if self.budget >= SMALL_BUDGET && !state.is_done() && self.expected(&state) > self.budget as f64 {
            state.too_deep = self.try_depths(&state);
        }
        while !state.is_done() && state.too_deep.is_none() && self.evaluations < self.budget {
            let more = self.expected(&state);
            (self.expected)(self.evaluations, more);
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

    /// How many evaluations are to follow if, from now on, what a bound is above the loss falls with the square of the length, and the
    /// loss runs straight from one end of a node to the other.
    fn expected(&self, state: &State) -> f64 {
        let parts = |node: &Node| {
            let Region { segment, from, to } = node.region;
            let at = |lambda: f64| {
                let key = (0, segment, lambda.to_bits(), lambda.to_bits());
                self.known.get(&key).copied().or_else(|| self.at_most.get(&key).map(|&bound| [bound, bound]))
            };
            let over = self.known.get(&(0, segment, from.to_bits(), to.to_bits()));
            let (Some(over), Some(start), Some(end)) = (over, at(from), at(to)) else { return 1.0 };
            let excess = (over[0] - start[0]).max(over[1] - end[0]);
            let room = |lower: f64, lambda: f64| state.target() - (lower - state.slant_at(segment, lambda).1);
            // The mean of √(excess/room), as a piece is as long as √(room/excess) of the node.
            let parts = 2.0 * excess.max(0.0).sqrt() / (room(start[0], from).sqrt() + room(end[0], to).sqrt());
            // Both halves and the point between them, down to so many parts.
            if parts > 2.0 { 3.0 * (parts - 1.0) } else { 3.0 }
        };
        state.heap.iter().filter(|node| node.upper > state.target()).map(parts).sum()
    }

    /// Shorter and shorter intervals at the largest loss that was seen, until one of them is bounded as the lowest places of the path have to
    /// be; the one before it, if there are more of these on the path than may be bounded.
    fn try_depths(&mut self, state: &State) -> Option<TooDeep> {
        let Position { segment, lambda } = state.witness;
        let below =
            |segment: usize, lambda: f64, lower: f64| state.target() - (lower - state.slant_at(segment, lambda).1);
        let points = self.known.iter().filter(|((stage, _, from, to), _)| *stage == 0 && from == to);
        let room = points.map(|(&(_, segment, at, _), bounds)| below(segment, f64::from_bits(at), bounds[0]));
        let room = room.fold(f64::NEG_INFINITY, f64::max);
        let (mut last, mut shrinks): (Option<TooDeep>, bool) = (None, true);
        for depth in TRIED.step_by(2) {
            let length = 2f64.powi(-(depth as i32));
            let from = if lambda < 1.0 { lambda } else { 1.0 - length };
            let region = Region { segment, from, to: from + length };
            let ends = [region.from, region.to].map(|lambda| (0, point(Position { segment, lambda })));
            let values = self.values(&[(0, region), ends[0], ends[1]]);
            // A NaN is not above.
            let above_end = |end: usize| values[0][end] - values[1 + end][1];
            let is_wide = above_end(0) > room || above_end(1) > room;
            if !is_wide {
                break;
            }
            let excess = above_end(0).max(above_end(1));
            shrinks = last.is_none_or(|last| excess < last.excess / 2.0);
            last = Some(TooDeep { region, excess, intervals: self.segments as f64 / length });
        }
        // What stays the same is rounding, for which there may be other arithmetic.
        let has_reason = shrinks || self.stages.len() == 1;
        last.filter(|found| has_reason && found.intervals > self.budget as f64)
    }

    /// Pieces of every segment by their depths, [i, i + 1]/2^h for a depth h: on each the bound is above the loss by twice what the
    /// enclosure here is, so that a checker with wider rules sees it too. `None` if the budget does not suffice, or that takes
    /// many more evaluations than there were.
    pub fn pieces(&mut self, bound: f64) -> Option<Vec<Vec<u32>>> {
        let most = self.budget.min(2 * self.evaluations + MORE_FOR_PIECES);
        let mut open: Vec<(u32, Region)> =
            first_cut(self.segments).into_iter().map(|region| (FIRST_DEPTH, region)).collect();
        let mut settled = vec![];
        while !open.is_empty() {
            if self.evaluations > most || open.iter().any(|(depth, _)| depth > TRIED.end()) {
                return None;
            }
            let has_room = self.have_room(&open.iter().map(|(_, region)| *region).collect::<Vec<_>>(), bound);
            let mut next = vec![];
            for (&(depth, region), has_room) in open.iter().zip(has_room) {
                if has_room {
                    settled.push((region, depth));
                } else {
                    next.extend(halves(region).map(|half| (depth + 1, half)));
                }
            }
            open = next;
        }
        settled
            .sort_by(|(a, _), (b, _)| (a.segment, a.from).partial_cmp(&(b.segment, b.from)).unwrap_or(Ordering::Equal));
        let mut pieces = vec![vec![]; self.segments];
        settled.iter().for_each(|(region, depth)| pieces[region.segment].push(*depth));
        Some(pieces)
    }

    /// Whether the bound over each of these regions is above the loss by twice what the enclosure is.
    fn have_room(&mut self, regions: &[Region], bound: f64) -> Vec<bool> {
        let asked: Vec<(usize, Region)> = regions.iter().map(|&region| (0, region)).collect();
        let over = self.values(&asked);
        let below = |values: &[f64; 2]| values.iter().all(|value| *value <= bound);
        // The points where they may say something.
        let candidates: Vec<usize> = (0..regions.len()).filter(|&place| below(&over[place])).collect();
        let ends = |&place: &usize| {
            let Region { segment, from, to } = regions[place];
            [from, to].map(|lambda| (0, point(Position { segment, lambda })))
        };
        let at = self.values(&candidates.iter().flat_map(ends).collect::<Vec<_>>());
        let mut has_room = vec![false; regions.len()];
        for (&place, at) in candidates.iter().zip(at.chunks(2)) {
            has_room[place] = (0..2).all(|end| 2.0 * over[place][end] - at[end][0] <= bound);
        }
        has_room
    }

    /// The first cut, and the points between.
    fn begin(&mut self, state: &mut State) {
        let regions = first_cut(self.segments);
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

    /// Bounds both halves of each node, and then their common points where Φ may be large enough to decide something.
    fn bisect(&mut self, state: &mut State, nodes: &[Node]) {
        let parts = |node: &Node| halves(node.region).map(|half| (node.stage, half));
        let asked: Vec<(usize, Region)> = nodes.iter().flat_map(parts).collect();
        let values = self.values(&asked);
        let at_middle = |values: &[[f64; 2]]| values[0][1].min(values[1][0]);
        let middle = |parts: &[(usize, Region)]| {
            let Region { segment, to, .. } = parts[0].1;
            (parts[0].0, point(Position { segment, lambda: to }))
        };
        let pairs = || asked.chunks(2).zip(values.chunks(2));
        let matters = |parts: &[(usize, Region)], values: &[[f64; 2]]| {
            let Region { segment, from, .. } = middle(parts).1;
            state.may_decide(segment, from, at_middle(values))
        };
        let points: Vec<(usize, Region)> =
            pairs().filter(|(parts, values)| matters(parts, values)).map(|(parts, _)| middle(parts)).collect();
        let mut seen = points.iter().zip(self.values(&points)).peekable();
        for (node, (parts, values)) in nodes.iter().zip(pairs()) {
            let is_last = node.stage + 1 == self.stages.len();
            let mut known = (true, 0.0);
            match seen.next_if(|(point, _)| **point == middle(parts)) {
                Some((point, value)) => {
                    let noise = state.see(point.1, value);
                    known = (state.is_fine(value, noise, is_last), noise);
                }
                None => drop(self.at_most.insert(key(&middle(parts)), at_middle(values))),
            }
            let (is_fine, noise) = known;
            for (part, value) in parts.iter().zip(values) {
                let upper = state.upper_of(part.1, *value).min(node.upper);
                // There is no better arithmetic than the last one: it goes on as long as it can win something.
                let goes_on = is_fine || is_last && upper - state.lower > 2.0 * noise;
                state.heap.push(Node { region: part.1, upper, stage: node.stage + usize::from(!goes_on) });
            }
        }
    }

    /// Bounds over the regions, those that are not known yet in parallel: [`Bound::over`], for a point [`Bound::at`].
    fn values(&mut self, asked: &[(usize, Region)]) -> Vec<[f64; 2]> {
        let mut seen = HashSet::new();
        let is_new = |part: &&(usize, Region)| !self.known.contains_key(&key(part)) && seen.insert(key(part));
        let new: Vec<&(usize, Region)> = asked.iter().filter(is_new).collect();
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
        let values = parallel::map(&new, evaluate);
        self.known.extend(new.iter().map(|part| key(part)).zip(values));
        asked.iter().map(|part| self.known[&key(part)]).collect()
    }
}

fn cut(i: u32) -> f64 {
    f64::from(i) / f64::from(FIRST_CUT)
}

/// What every segment is cut into to begin with.
fn first_cut(segments: usize) -> Vec<Region> {
    let of_segment = |segment| (0..FIRST_CUT).map(move |i| Region { segment, from: cut(i), to: cut(i + 1) });
    (0..segments).flat_map(of_segment).collect()
}

fn halves(Region { segment, from, to }: Region) -> [Region; 2] {
    let middle = from + (to - from) / 2.0;
    [Region { segment, from, to: middle }, Region { segment, from: middle, to }]
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
    too_deep: Option<TooDeep>,
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
            too_deep: None,
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

    /// Whether Φ at a point where it is at most this may raise the lower bound, or be what is asked for.
    fn may_decide(&self, segment: usize, lambda: f64, upper: f64) -> bool {
        let upper = upper - self.slant_at(segment, lambda).0;
        // A NaN may.
        let decides_nothing = match self.goal {
            Goal::Width(_) => upper <= self.lower,
            Goal::Below(down, _) => upper < down,
        };
        !decides_nothing
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

    /// What no bound may be above.
    fn target(&self) -> f64 {
        match self.goal {
            Goal::Width(width) => self.lower + width,
            Goal::Below(down, _) => down,
        }
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
        Maximum { lower, upper, witness: self.witness, regions, decided, too_deep: self.too_deep }
    }
}

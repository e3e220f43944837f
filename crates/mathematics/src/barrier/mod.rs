//! The certified loss barrier: an enclosure of the largest loss on any path, for any widths.
//!
//! A path is a chain of straight segments between networks, or a quadratic Bézier curve ([`Task`]). [`barrier`] returns
//! numbers with lower ≤ max Φ ≤ upper over *every* point of the path, and where the maximum is; [`below`] proves or
//! refutes Φ < α. The bounds are floats with every rounding accounted for; where doubles do not decide, MPFR floats take over; what neither decides within the budget is *undecided*.
//!
//! How it works is in `docs/barrier.md`; in the order of the calculation: `segment` (the path, prepared), `forward` (chords
//! with a radius through the layers), `smooth` (a smooth σ of a chord), `loss` (convexity), `engine` (all samples), `search` (bisection), `exact` (the
//! oracle).

mod arithmetic;
mod engine;
mod exact;
mod forward;
mod graph;
mod loss;
mod patches;
mod sample;
mod search;
mod segment;
mod smooth;
mod task;

pub use exact::{exact_cost, exact_loss, exact_maximum};
pub use graph::GraphTask;
pub use search::{Position, Region, TooDeep};
pub use task::{BoundedPath, Task, TaskError};

use crate::arith::Interval;
use crate::linalg::{Double, Multiprecision};
use engine::{Bound, Rules};
use rug::{Float, Rational, float::Round};
use search::{Goal, Maximum, Search, Slant};
use std::{fmt, sync::OnceLock};

/// The precision of the second arithmetic, in bits.
const PRECISION_BITS: u32 = 192;

/// The most significant digits of an enclosure that are printed: a double has no more.
const MOST_DIGITS: u32 = 17;

/// What the first layer's pre-activations may take in the second arithmetic, in bytes; where they would take more, doubles
/// alone decide.
const MULTIPRECISION_BYTES: u64 = 2 << 30;

/// What a number of the second arithmetic takes, in bytes: its head, its bits and what the allocator keeps.
const MULTIPRECISION_NUMBER_BYTES: u64 = 80;

/// How far a search may go, and who is told.
pub struct Budget<'a> {
    /// How many intervals and points may be bounded.
    pub evaluations: usize,
    /// Told after each step: evaluations so far, lower and upper bound.
    pub progress: &'a mut dyn FnMut(usize, f64, f64),
}

/// lower ≤ value ≤ upper; infinite where nothing is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Enclosure {
    /// At most the value.
    pub lower: f64,
    /// At least the value.
    pub upper: f64,
}

impl fmt::Display for Enclosure {
    /// Both ends as decimals, rounded outward, with two digits more than the width leaves meaning to.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ends = (Rational::from_f64(self.lower), Rational::from_f64(self.upper));
        if let (Some(lower), Some(upper)) = ends
            && let Some(interval) = Interval::new(lower, upper)
        {
            return f.write_str(&interval.with_digits(interval.digits(MOST_DIGITS)));
        }
        write!(f, "[{:e}, {:e}]", self.lower, self.upper)
    }
}

impl From<Enclosure> for [f64; 2] {
    fn from(Enclosure { lower, upper }: Enclosure) -> Self {
        [lower, upper]
    }
}

/// What is proved of a path.
#[derive(Debug, Clone, PartialEq)]
pub struct Barrier {
    /// max Φ over the path.
    pub maximum: Enclosure,
    /// Where Φ ≥ `maximum.lower` was proved.
    pub witness: Position,
    /// The maximum is attained here and nowhere else.
    pub regions: Vec<Region>,
    /// Φ at the start and at the end of the path.
    pub ends: [Enclosure; 2],
    /// max Φ − max(Φ(0), Φ(1)): the height above the larger end (Garipov et al. 2018, Draxler et al. 2018).
    pub above_larger_end: Enclosure,
    /// max_t (Φ(t) − (1 − t) Φ(0) − t Φ(1)) with t in [0, 1] along the path, every segment taking the same share: the
    /// barrier above the linear interpolation of the end losses (Frankle et al. 2020, Entezari et al. 2022). It is never
    /// negative: at the ends it is 0.
    pub above_interpolation: Enclosure,
    /// Whether `maximum` and `above_interpolation` are as narrow as was asked.
    pub decided: bool,
    /// Why the search was given up before the budget was used.
    pub too_deep: Option<TooDeep>,
    /// How many intervals and points were bounded.
    pub evaluations: usize,
}

/// What a certificate needs besides an answer, and who is told how long it takes.
pub struct Certifying<'a> {
    /// Whether the pieces are asked for on which a checker sees the bound.
    pub pieces: bool,
    /// Told after each step: intervals and points so far, and how many more are expected if the enclosures get narrower with the square of
    /// the length, as they do in the end.
    pub expected: &'a mut dyn FnMut(usize, f64),
}

/// For each segment of a path the depths h of the pieces [i, i + 1]/2^h that make it up, from 0 to 1.
pub type Pieces = Vec<Vec<u32>>;

/// Why there is no enclosure of such a width.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("the tolerance is {found}; expected a finite number above 0")]
pub struct ToleranceError {
    /// What was asked for.
    pub found: f64,
}

/// Encloses the barrier of a path: `maximum` and `above_interpolation` no wider than the tolerance, if `decided`.
///
/// Cost: about four forward passes in doubles an interval, of which a smooth barrier needs some hundreds.
///
/// # Errors
/// [`ToleranceError`] unless 0 < tolerance < ∞.
pub fn barrier(task: &impl BoundedPath, tolerance: f64, limits: Budget<'_>) -> Result<Barrier, ToleranceError> {
    let certifying = Certifying { pieces: false, expected: &mut |_, _| {} };
    certified_barrier(task, tolerance, limits, certifying).map(|(found, _)| found)
}

/// [`barrier`], with the pieces on which the upper bound of the maximum is seen, with room for a checker whose enclosures are up to twice
/// as wide; `None` if they were not asked for, or would take more intervals than there were.
///
/// # Errors
/// Those of [`barrier`].
pub fn certified_barrier(
    task: &impl BoundedPath,
    tolerance: f64,
    limits: Budget<'_>,
    certifying: Certifying<'_>,
) -> Result<(Barrier, Option<Pieces>), ToleranceError> {
    if !(tolerance > 0.0 && tolerance.is_finite()) {
        return Err(ToleranceError { found: tolerance });
    }
    let segments = task.segment_count();
    let pieces = certifying.pieces;
    Ok(searched(task, rules(pieces), limits, certifying.expected, |search| {
        let ends = both_ends(search, segments, tolerance / 16.0);
        let maximum = search.run(Goal::Width(tolerance), Slant::default());
        let slant = Slant { start: ends[0], end: ends[1] };
        if maximum.too_deep.is_some() {
            // The same intervals are too wide for the other one: what is known of it is said.
            search.budget = search.evaluations;
        }
        let tilted = search.run(Goal::Width(tolerance), slant);
        let evaluations = search.evaluations;
        let pieces = if pieces { search.pieces(maximum.upper) } else { None };
        let ends = ends.map(|(lower, upper)| Enclosure { lower, upper });
        (assemble(maximum, &tilted, ends, evaluations), pieces)
    }))
}

/// Pieces for a checker are made by its rules.
fn rules(pieces: bool) -> Rules {
    if pieces { Rules::Radii } else { Rules::Back }
}

/// What is made of a search, in doubles and then in MPFR floats where there is memory for them.
fn searched<R>(
    task: &impl BoundedPath,
    rules: Rules,
    limits: Budget<'_>,
    expected: &mut dyn FnMut(usize, f64),
    run: impl FnOnce(&mut Search<'_>) -> R,
) -> R {
    let (double, multiprecision) = (task.prepared(Double, rules), Lazy::new(task, rules));
    let stages: [&dyn Bound; 2] = [&*double, &multiprecision];
    let stages = &stages[..affordable(task)];
    run(&mut Search::new(stages, task.segment_count(), limits.evaluations, limits.progress, expected))
}

/// Φ at the start and at the end of the path, as narrow as the arithmetic makes it.
pub fn end_losses(task: &impl BoundedPath) -> [Enclosure; 2] {
    let double = task.prepared(Double, Rules::Radii);
    let segments = task.segment_count();
    let stages: [&dyn Bound; 1] = [&*double];
    let (mut silent, mut expected) = (|_: usize, _: f64, _: f64| {}, |_: usize, _: f64| {});
    let mut search = Search::new(&stages, segments, 2, &mut silent, &mut expected);
    both_ends(&mut search, segments, 0.0).map(|(lower, upper)| Enclosure { lower, upper })
}

fn both_ends(search: &mut Search<'_>, segments: usize, width: f64) -> [(f64, f64); 2] {
    [Position { segment: 0, lambda: 0.0 }, Position { segment: segments - 1, lambda: 1.0 }]
        .map(|end| search.at(end, width))
}

fn assemble(maximum: Maximum, tilted: &Maximum, ends: [Enclosure; 2], evaluations: usize) -> Barrier {
    let [a, b] = ends;
    let larger_end = Enclosure { lower: a.lower.max(b.lower), upper: a.upper.max(b.upper) };
    let above = Enclosure {
        lower: (maximum.lower - larger_end.upper).next_down().max(0.0),
        upper: (maximum.upper - larger_end.lower).next_up(),
    };
    Barrier {
        // No loss is negative.
        maximum: Enclosure { lower: maximum.lower.max(0.0), upper: maximum.upper },
        witness: maximum.witness,
        regions: maximum.regions,
        ends,
        above_larger_end: above,
        // What is subtracted from the loss is not negative.
        above_interpolation: Enclosure { lower: tilted.lower.max(0.0), upper: tilted.upper.min(maximum.upper) },
        decided: maximum.decided && tilted.decided,
        too_deep: maximum.too_deep.or(tilted.too_deep),
        evaluations,
    }
}

/// The answer to "does the loss stay below α".
#[derive(Debug, Clone, PartialEq)]
pub enum Below {
    /// Φ ≤ upper < α on the whole path.
    Proved {
        /// The bound.
        upper: f64,
    },
    /// Φ ≥ α at the witness.
    Refuted {
        /// The point.
        witness: Position,
        /// The loss there: from rational arithmetic if `exact`, from bounded floats if that would take too long.
        loss: Interval,
        /// Whether `loss` comes from exact outputs.
        exact: bool,
    },
    /// Neither, within the budget.
    Undecided {
        /// The best enclosure of max Φ.
        maximum: Enclosure,
        /// Where the lower bound was found.
        witness: Position,
        /// Why the search was given up before the budget was used.
        too_deep: Option<TooDeep>,
    },
}

/// Proves or refutes Φ < α for every point of the path. A refutation is verified in rational numbers where an exact
/// forward pass is affordable (see [`exact_cost`]) and σ is piecewise linear; elsewhere it rests on the bounded floats.
pub fn below(task: &impl BoundedPath, alpha: &Rational, limits: Budget<'_>) -> Below {
    certified_below(task, alpha, limits, Certifying { pieces: false, expected: &mut |_, _| {} }).0
}

/// [`below`], with the pieces on which the bound of a proof is seen: see [`certified_barrier`].
pub fn certified_below(
    task: &impl BoundedPath,
    alpha: &Rational,
    limits: Budget<'_>,
    certifying: Certifying<'_>,
) -> (Below, Option<Pieces>) {
    let pieces = certifying.pieces;
    searched(task, rules(pieces), limits, certifying.expected, |search| {
        let answer = below_by(search, task, alpha);
        let pieces = match answer {
            Below::Proved { upper } if pieces => search.pieces(upper),
            _ => None,
        };
        (answer, pieces)
    })
}

fn below_by(search: &mut Search<'_>, task: &impl BoundedPath, alpha: &Rational) -> Below {
    let [down, up] =
        [Round::Down, Round::Up].map(|round| Float::with_val_round(53, alpha, round).0.to_f64_round(round));
    let found = search.run(Goal::Below(down, up), Slant::default());
    if found.upper < down {
        return Below::Proved { upper: found.upper };
    }
    // An exact value may decide what no enclosure can: Φ = α.
    let witness = found.witness;
    if let Some(loss) = task.exactly(witness) {
        if loss.lo() >= alpha {
            return Below::Refuted { witness, loss, exact: true };
        }
    } else if found.lower >= up {
        let (lower, upper) = search.at(witness, 0.0);
        let ends = (Rational::from_f64(lower), Rational::from_f64(upper));
        if let (Some(lower), Some(upper)) = ends
            && let Some(loss) = Interval::new(lower, upper)
        {
            return Below::Refuted { witness, loss, exact: false };
        }
    }
    let maximum = Enclosure { lower: found.lower, upper: found.upper };
    Below::Undecided { maximum, witness, too_deep: found.too_deep }
}

/// What the field does: the loss at `count` ≥ 2 points from the start of the path to its end, every segment taking the same share, in
/// doubles, without a proof.
///
/// Cost: a forward pass in doubles a point; all cores.
pub fn samples(task: &impl BoundedPath, count: u32) -> Vec<(Position, f64)> {
    task.samples(count)
}

/// A curve above the loss, proved: with this many pieces a segment, Φ ≤ (1 − s) U_0 + s U_1 on each, s from 0 to 1 along
/// it. Infinite where doubles do not bound it.
pub fn envelope(task: &impl BoundedPath, pieces: u32) -> Vec<(Region, [f64; 2])> {
    let engine = task.prepared(Double, Rules::Back);
    let cut = |i: u32| f64::from(i) / f64::from(pieces);
    let over = |segment: usize, i: u32| {
        let region = Region { segment, from: cut(i), to: cut(i + 1) };
        (region, engine.over(segment, region.from, region.to))
    };
    (0..task.segment_count())
        .flat_map(|segment| (0..pieces).map(move |i| (segment, i)))
        .map(|(k, i)| over(k, i))
        .collect()
}

/// How many arithmetics there is memory for: doubles, and then MPFR.
fn affordable(task: &impl BoundedPath) -> usize {
    let bytes = task.first_level_entries().saturating_mul(MULTIPRECISION_NUMBER_BYTES);
    if bytes <= MULTIPRECISION_BYTES { 2 } else { 1 }
}

/// The multiprecision engine, prepared when it is first needed.
struct Lazy<'a, P> {
    task: &'a P,
    rules: Rules,
    engine: OnceLock<Box<dyn Bound>>,
}

impl<'a, P: BoundedPath> Lazy<'a, P> {
    fn new(task: &'a P, rules: Rules) -> Self {
        Lazy { task, rules, engine: OnceLock::new() }
    }

    fn engine(&self) -> &dyn Bound {
        &**self.engine.get_or_init(|| self.task.prepared(Multiprecision::new(PRECISION_BITS), self.rules))
    }
}

impl<P: BoundedPath> Bound for Lazy<'_, P> {
    fn prepare(&self) {
        self.engine();
    }

    fn over(&self, segment: usize, a: f64, b: f64) -> [f64; 2] {
        self.engine().over(segment, a, b)
    }

    fn at(&self, segment: usize, lambda: f64) -> (f64, f64) {
        self.engine().at(segment, lambda)
    }
}

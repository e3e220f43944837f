//! What is said of a path whose loss was bounded: the same on the command line and from Python.

use super::{SAMPLES, largest_sampled};
use crate::arith::write_rational;
use crate::barrier::{Barrier, Below, BoundedPath, Position, Region, TooDeep, samples};
use rug::Rational;
use serde::Serialize;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// A search that is expected to take longer is announced, once it has gone on for a tenth of this.
const LONG: Duration = Duration::from_secs(10);

/// How options are written: `--budget`, or `budget` with [`Options::PYTHON`].
#[derive(Debug, Clone, Copy)]
pub struct Options(&'static str);

impl Options {
    /// `--budget`.
    pub const COMMAND_LINE: Options = Options("--");
    /// `budget`.
    pub const PYTHON: Options = Options("");
}

/// What is proved of a path, and what samples say of it.
#[derive(Debug, Clone, Serialize)]
pub struct BarrierSummary {
    /// Of the networks.
    pub widths: Vec<usize>,
    /// N.
    pub samples: usize,
    /// The name of the loss.
    pub loss: String,
    /// Its formula.
    pub loss_definition: String,
    /// How many segments the path has.
    pub segments: usize,
    /// What each of them is.
    pub curve: &'static str,
    /// How wide `maximum` may be.
    pub tolerance: f64,
    /// max Φ, enclosed.
    pub maximum: [f64; 2],
    /// Whether the enclosures are as narrow as was asked.
    pub decided: bool,
    /// Where the maximum is attained.
    pub regions: Vec<Value>,
    /// Where Φ is at least the lower end of `maximum`.
    pub witness: Value,
    /// Φ at the start.
    pub start: [f64; 2],
    /// Φ at the end.
    pub end: [f64; 2],
    /// The barrier above the linear interpolation of the end losses.
    pub above_linear_interpolation: [f64; 2],
    /// The barrier above the larger end.
    pub above_larger_end: [f64; 2],
    /// How many evenly spaced samples were taken, in floats.
    pub sampled_points: usize,
    /// The largest of them.
    pub sampled_maximum: f64,
    /// How many intervals and points were bounded.
    pub evaluations: usize,
    /// Seconds for the bounds.
    pub seconds: f64,
    /// Seconds for the samples.
    pub sampling_seconds: f64,
}

impl BarrierSummary {
    /// Of what was found on a path of networks of these widths within `seconds`; beside it the samples ([`samples`]).
    pub fn new(
        task: &impl BoundedPath,
        found: &Barrier,
        (widths, is_bezier): (Vec<usize>, bool),
        tolerance: f64,
        seconds: f64,
    ) -> (Self, Vec<(Position, f64)>) {
        let started = Instant::now();
        let sampled = samples(task, SAMPLES as u32);
        let summary = BarrierSummary {
            widths,
            samples: task.inputs().samples(),
            loss: task.loss().to_string(),
            loss_definition: task.loss().definition(),
            segments: task.segment_count(),
            curve: if is_bezier { "quadratic Bézier curve" } else { "straight segment" },
            tolerance,
            maximum: found.maximum.into(),
            decided: found.decided,
            regions: found.regions.iter().map(region).collect(),
            witness: place(found.witness),
            start: found.ends[0].into(),
            end: found.ends[1].into(),
            above_linear_interpolation: found.above_interpolation.into(),
            above_larger_end: found.above_larger_end.into(),
            sampled_points: SAMPLES,
            sampled_maximum: largest_sampled(sampled.iter().map(|&(_, loss)| loss)),
            evaluations: found.evaluations,
            seconds,
            sampling_seconds: started.elapsed().as_secs_f64(),
        };
        (summary, sampled)
    }
}

/// Why a search ended before it was decided; `None` if it was.
pub fn undecided(found: &Barrier, budget: usize, tolerance: f64, Options(dash): Options) -> Option<String> {
    let evaluations = found.evaluations;
    let why = match found.too_deep {
        _ if found.decided => return None,
        Some(too_deep) => given_up(too_deep, dash),
        None if evaluations >= budget => {
            format!("the budget of {budget} intervals and points is used up (a larger {dash}budget)")
        }
        None => {
            format!(
                "after {evaluations} intervals and points rounding leaves nothing to gain (a larger {dash}tolerance)"
            )
        }
    };
    Some(format!(
        "undecided: {why}; the enclosures that were found are proved, but wider than the tolerance {tolerance:e}"
    ))
}

/// Why a search was not begun in earnest.
fn given_up(TooDeep { region, excess, intervals }: TooDeep, dash: &str) -> String {
    format!(
        "over λ in [{}, {}] on segment {} the bound is still {excess:.3e} above the loss, more than the loss varies along the path: that takes \
         more than {intervals:e} intervals (a larger {dash}budget), as the radii grow with every layer",
        region.from, region.to, region.segment
    )
}

/// The answer to "does the loss stay below α" with its numbers.
pub fn below_summary(task: &impl BoundedPath, alpha: &Rational, answer: &Below) -> Value {
    let mut value = match answer {
        Below::Proved { upper } => json!({ "answer": "proved", "upper": upper }),
        Below::Refuted { witness, loss, exact } => json!({
            "answer": "refuted", "witness": place(*witness), "loss_at_witness": loss, "verified_in_rationals": exact,
        }),
        Below::Undecided { maximum, witness, .. } => json!({
            "answer": "undecided", "maximum": [maximum.lower, maximum.upper], "witness": place(*witness),
        }),
    };
    value["alpha"] = json!(write_rational(alpha));
    value["loss"] = json!(task.loss().to_string());
    value["loss_definition"] = json!(task.loss().definition());
    value
}

/// Why it is not proved that the loss stays below α; `None` if it is.
pub fn below_objection(alpha: &Rational, answer: &Below, Options(dash): Options) -> Option<String> {
    let alpha = write_rational(alpha);
    Some(match answer {
        Below::Proved { .. } => return None,
        Below::Refuted { witness, loss, exact } => format!(
            "refuted: at λ = {} on segment {} the loss is in {loss}, at least {:e} and so not below {alpha} ({})",
            witness.lambda,
            witness.segment,
            loss.to_f64()[0],
            if *exact { "verified in rational numbers" } else { "proved with bounded floats" }
        ),
        Below::Undecided { maximum, too_deep, .. } => format!(
            "undecided: the maximum is in {maximum}, which does not say whether it is below {alpha}; {}",
            too_deep.map_or_else(|| format!("try a larger {dash}budget"), |too_deep| given_up(too_deep, dash))
        ),
    })
}

fn place(position: Position) -> Value {
    json!({ "segment": position.segment, "lambda": position.lambda })
}

fn region(region: &Region) -> Value {
    json!({ "segment": region.segment, "from": region.from, "to": region.to })
}

/// Says once how long a search will take, if that is long.
#[derive(Debug)]
pub struct Announcement {
    started: Instant,
    said: bool,
}

impl Default for Announcement {
    fn default() -> Self {
        Announcement { started: Instant::now(), said: false }
    }
}

impl Announcement {
    /// What is said now, of so many intervals and points so far and so many more ([`crate::barrier::Certifying`]).
    pub fn hear(&mut self, evaluations: usize, more: f64) -> Option<String> {
        let elapsed = self.started.elapsed();
        let rest = elapsed.as_secs_f64() / evaluations.max(1) as f64 * more;
        if self.said || elapsed < LONG / 10 || !rest.is_finite() {
            return None;
        }
        self.said = true;
        let is_long = elapsed.as_secs_f64() + rest > LONG.as_secs_f64();
        is_long.then(|| format!("about {rest:.0} s more, for {more:.0} intervals and points"))
    }
}

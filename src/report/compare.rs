//! The same construction by every kernel: what floats decide otherwise, and how far their path strays.

use super::profile::stray;
use crate::arith::parallel;
use crate::linalg::{Double, Exact, Kernel, Multiprecision, Recording};
use crate::network::{Loss, Parameters, forward, to_exact};
use crate::statement::{Problem, Theorem, wide_layers};
use rug::Rational;
use serde::Serialize;
use std::time::Instant;

/// What one kernel made of the construction.
#[derive(Debug, Clone, Serialize)]
pub struct Comparison {
    /// The kernel's name.
    pub kernel: String,
    /// Its bits of precision; `None` for the exact kernel.
    pub precision: Option<u32>,
    /// Whether every pivot and rank was decided as in exact arithmetic.
    pub same_decisions: bool,
    /// The first decision that differs, from 1.
    pub first_difference: Option<usize>,
    /// Moves of the path; `None` if the construction broke.
    pub moves: Option<usize>,
    /// Why it broke.
    pub broke: Option<String>,
    /// The largest distance of the loss at a vertex from both end losses, evaluated exactly; zero in exact arithmetic.
    pub drift: Option<f64>,
    /// How far the loss rises above the larger end, at vertices and three points inside every move, evaluated exactly.
    pub rise: Option<f64>,
    /// Seconds to build the path.
    pub seconds: f64,
}

/// Connects two networks by a theorem with the exact kernel, with doubles, and with each of these precisions.
///
/// # Panics
/// If the shapes of problem, networks and loss do not fit, or the theorem does not apply.
pub fn compare(
    problem: &Problem,
    from: &Parameters<Rational>,
    to: &Parameters<Rational>,
    loss: &Loss,
    theorem: Theorem,
    precisions: &[u32],
) -> Vec<Comparison> {
    let job = Job { problem, from, to, loss, wide: theorem.wide(problem.depth()) };
    let (exact, decisions) = job.run(Exact, None, None);
    let mut rows = vec![exact];
    rows.push(job.run(Double, Some(53), Some(&decisions)).0);
    let precise = |&bits: &u32| job.run(Multiprecision::new(bits), Some(bits), Some(&decisions)).0;
    rows.extend(parallel::map(precisions, precise));
    rows
}

struct Job<'a> {
    problem: &'a Problem,
    from: &'a Parameters<Rational>,
    to: &'a Parameters<Rational>,
    loss: &'a Loss,
    wide: usize,
}

type Decisions = Vec<crate::linalg::Decision>;

impl Job<'_> {
    fn run<K: Kernel>(&self, kernel: K, precision: Option<u32>, exact: Option<&Decisions>) -> (Comparison, Decisions) {
        let kernel = Recording::new(kernel);
        let started = Instant::now();
        let path = wide_layers::connect_through(&kernel, self.problem, self.wide, self.from, self.to);
        let seconds = started.elapsed().as_secs_f64();
        let decisions = kernel.decisions();
        let first_difference = exact.and_then(|exact| first_difference(exact, &decisions));
        let mut row = Comparison {
            kernel: kernel.name(),
            precision,
            same_decisions: first_difference.is_none(),
            first_difference,
            moves: None,
            broke: None,
            drift: None,
            rise: None,
            seconds,
        };
        match path.map(|path| path.convert(to_exact)) {
            Err(obstacle) => row.broke = Some(obstacle.to_string()),
            Ok(None) => row.broke = Some("the path left the finite numbers".into()),
            Ok(Some(path)) => {
                // Twice the precision, so that the enclosures do not hide the drift.
                let bits = 2 * precision.unwrap_or(64) + 64;
                let found = stray(&self.problem.activation, &self.problem.inputs, self.loss, &path, bits);
                let above = found.largest.lo() - self.larger_end();
                row.moves = Some(path.moves.len());
                row.drift = Some(found.drift.to_f64());
                row.rise = Some(above.to_f64().max(0.0));
            }
        }
        (row, decisions)
    }

    /// The larger of the two end losses, from above.
    fn larger_end(&self) -> Rational {
        let activation = self.problem.activation.import(&Exact);
        let at = |end| {
            let pass = forward(&Exact, &activation, &self.problem.inputs, end).expect("inputs and network fit");
            self.loss.enclose(pass.output()).hi().clone()
        };
        at(self.from).max(at(self.to))
    }
}

/// The first decision in which two runs differ, from 1.
fn first_difference(exact: &Decisions, found: &Decisions) -> Option<usize> {
    let differs = exact.iter().zip(found).position(|(a, b)| a != b);
    differs.or_else(|| (exact.len() != found.len()).then(|| exact.len().min(found.len()))).map(|index| index + 1)
}

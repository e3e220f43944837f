//! A pair of networks, connected, proved, and measured against floats.

use super::SAMPLES;
use super::chart::{Chart, Ink, Layer, PlotError, ends};
use super::{Inspector, Map, MoveDescription, Profile};
use crate::arith::parallel;
use crate::barrier::{Barrier, Budget, Position, Region, Task, barrier, envelope, samples};
use crate::certificate::{Claim, Reader, Record};
use crate::checker::{self, Verdict};
use crate::linalg::{Double, Exact, Kernel, Multiprecision};
use crate::network::{Loss, Parameters, forward, to_exact};
use crate::statement::{Problem, Theorem, connect, expected, path_certificate, wide_layers};
use nalgebra::DMatrix;
use rug::Rational;
use std::time::Instant;

/// The bits of the multiprecision kernels beside the double one.
pub const PRECISIONS: [u32; 4] = [24, 53, 113, 256];

/// The bits with which losses are enclosed here: more than the drift of the most precise kernel needs.
const LOSS_BITS: u32 = 512;

/// Two networks and what is measured between them.
#[derive(Debug, Clone, Copy)]
pub struct Pair<'a> {
    /// Its name.
    pub name: &'a str,
    /// σ, X and the widths.
    pub problem: &'a Problem,
    /// One end.
    pub from: &'a Parameters<Rational>,
    /// The other.
    pub to: &'a Parameters<Rational>,
    /// φ.
    pub loss: &'a Loss,
}

/// The width of the enclosure of the straight line's maximum.
const TOLERANCE: f64 = 1e-6;
/// How many intervals and points may be bounded for it: a hundred are enough for the carried pairs.
const EVALUATIONS: usize = 100_000;
/// How many pieces of the proved curve are drawn.
const PIECES: u32 = 120;

/// What the report says of a pair.
#[derive(Debug, Clone)]
pub struct PairReport {
    /// Its name.
    pub name: String,
    /// The widths, σ and N in a line.
    pub architecture: String,
    /// The theorem that connects it, and what it asks.
    pub theorem: String,
    /// One line a hypothesis.
    pub hypotheses: Vec<String>,
    /// What the checker proved, in its words.
    pub proved: String,
    /// Length of the certificate in bytes.
    pub bytes: usize,
    /// Seconds to build the path, to write the certificate, and to check it.
    pub seconds: [f64; 3],
    /// The moves as the certificate has them.
    pub moves: Vec<MoveDescription>,
    /// The loss along the path and the straight line.
    pub profile: Profile,
    /// The straight line between the ends, its maximum certified.
    pub line: StraightLine,
    /// The plane; none if the path is straight.
    pub map: Option<Map>,
    /// What the float kernels made of it: double first, then [`PRECISIONS`].
    pub floats: Vec<FloatPath>,
}

/// What is proved of the straight line between two networks, and what samples say of it.
#[derive(Debug, Clone)]
pub struct StraightLine {
    /// The certified barrier.
    pub barrier: Barrier,
    /// The samples, in floats.
    pub samples: Vec<(Position, f64)>,
    /// The proved curve above the loss.
    pub envelope: Vec<(Region, [f64; 2])>,
}

/// The same construction by a float kernel.
#[derive(Debug, Clone)]
pub struct FloatPath {
    /// The kernel's name.
    pub kernel: String,
    /// The losses at its vertices, evaluated exactly and rounded once, the start first; or why there is no path.
    pub vertices: Result<Vec<f64>, String>,
    /// The largest distance of such a loss from both end losses of the given networks; 0 in exact arithmetic. `None`
    /// if there is no path.
    pub drift: Option<f64>,
}

/// Why there is nothing to report of a pair.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PairError {
    /// No theorem connects it.
    #[error("{pair}: {reason}")]
    NotConnected { pair: String, reason: String },
    /// The checker does not prove the certificate.
    #[error("{pair}: the certificate was refused: {verdict}")]
    Refused { pair: String, verdict: String },
    /// The certificate cannot be read again.
    #[error("{pair}: {reason}")]
    Unreadable { pair: String, reason: String },
    /// The straight line cannot be bounded.
    #[error("{pair}: {reason}")]
    NoBarrier { pair: String, reason: String },
}

impl Pair<'_> {
    /// Connects the pair, proves the certificate and measures.
    ///
    /// # Errors
    /// [`PairError`].
    pub fn report(&self) -> Result<PairReport, PairError> {
        let pair = || self.name.to_owned();
        let started = Instant::now();
        // 1. The path.
        let connection = connect(&Exact, self.problem, self.from, self.to, None)
            .map_err(|reason| PairError::NotConnected { pair: pair(), reason: reason.to_string() })?;
        let built = started.elapsed().as_secs_f64();
        // 2. Its certificate, read again and proved.
        let bytes = path_certificate(
            self.problem,
            Claim::Connected,
            &connection.theorem.label(),
            Some(self.loss),
            &connection.path,
        );
        let written = started.elapsed().as_secs_f64();
        let proved = match checker::check(
            Reader::new(bytes.as_slice()),
            &expected(self.problem, Some(self.loss), self.from, Some(self.to)),
            &mut |_| {},
        ) {
            Verdict::Valid(statement) => statement.to_string(),
            refused => return Err(PairError::Refused { pair: pair(), verdict: refused.to_string() }),
        };
        let checked = started.elapsed().as_secs_f64();
        let moves = describe(&bytes).map_err(|reason| PairError::Unreadable { pair: pair(), reason })?;
        // 3. What is not proved: samples and floats.
        let Problem { activation, inputs, .. } = self.problem;
        let profile = Profile::new(activation, inputs, self.loss, &connection.path);
        let map = Map::new(activation, inputs, self.loss, &connection.path);
        Ok(PairReport {
            name: pair(),
            architecture: self.architecture(),
            theorem: connection.theorem.to_string(),
            hypotheses: connection.theorem.explain(self.problem),
            proved,
            bytes: bytes.len(),
            seconds: [built, written - built, checked - written],
            moves,
            profile,
            line: self.line().map_err(|reason| PairError::NoBarrier { pair: pair(), reason })?,
            map,
            floats: self.floats(connection.theorem),
        })
    }

    /// The certified barrier of the straight line.
    fn line(&self) -> Result<StraightLine, String> {
        let Problem { activation, inputs, .. } = self.problem;
        let task = Task::chain(activation, inputs, self.loss, &[self.from, self.to]).map_err(|e| e.to_string())?;
        let limits = Budget { evaluations: EVALUATIONS, progress: &mut |_, _, _| {} };
        let barrier = barrier(&task, TOLERANCE, limits).map_err(|e| e.to_string())?;
        Ok(StraightLine { barrier, samples: samples(&task, SAMPLES as u32), envelope: envelope(&task, PIECES) })
    }

    fn architecture(&self) -> String {
        let widths: Vec<String> = self.problem.widths.iter().map(ToString::to_string).collect();
        let (samples, loss) = (self.problem.samples(), self.loss);
        format!("{}, {}, N = {samples}, {loss} loss", widths.join("-"), self.problem.activation)
    }

    /// The double kernel and those of [`PRECISIONS`].
    fn floats(&self, theorem: Theorem) -> Vec<FloatPath> {
        let mut paths = vec![self.in_floats(&Double, theorem)];
        paths.extend(parallel::map(&PRECISIONS, |&bits| self.in_floats(&Multiprecision::new(bits), theorem)));
        paths
    }

    /// The construction of the theorem by one kernel, its floats taken for the rationals that they are.
    fn in_floats<K: Kernel>(&self, kernel: &K, theorem: Theorem) -> FloatPath {
        let built =
            wide_layers::connect_through(kernel, self.problem, theorem.wide(self.problem.depth()), self.from, self.to);
        let vertices = built.map_err(|reason| reason.to_string()).and_then(|path| {
            let path = path.convert(to_exact).ok_or("the path left the finite numbers")?;
            Ok(parallel::map(&path.vertices(), |vertex| self.loss_at(vertex)))
        });
        let ends = [self.loss_at(self.from), self.loss_at(self.to)];
        let distance =
            |loss: &Rational| ends.iter().map(|end| Rational::from(loss - end).abs()).min().unwrap_or_default();
        let drift = vertices.as_ref().ok().and_then(|losses| losses.iter().map(distance).max());
        FloatPath {
            kernel: kernel.name(),
            vertices: vertices.map(|losses| losses.iter().map(Rational::to_f64).collect()),
            drift: drift.map(|drift| drift.to_f64()),
        }
    }

    /// The lower end of the enclosure of the loss: what is shown, not what is proved.
    fn loss_at(&self, network: &Parameters<Rational>) -> Rational {
        let activation = self.problem.activation.import(&Exact);
        let pass = forward(&Exact, &activation, &self.problem.inputs, network).expect("inputs and network fit");
        let output: &DMatrix<Rational> = pass.output();
        self.loss.enclose_at(output, LOSS_BITS).lo().clone()
    }
}

/// The moves of a certificate.
fn describe(bytes: &[u8]) -> Result<Vec<MoveDescription>, String> {
    let mut reader = Reader::new(bytes);
    let mut inspector = Inspector::default();
    let mut moves = Vec::new();
    while let Some(record) = reader.next_record().map_err(|error| error.to_string())? {
        if !matches!(record, Record::Problem(_) | Record::End { .. }) {
            moves.extend(inspector.describe(&record)?);
        }
    }
    Ok(moves)
}

impl PairReport {
    /// The loss along the path, beside the straight line and the double kernel's vertices.
    ///
    /// # Errors
    /// [`PlotError`].
    pub fn draw_losses(&self) -> Result<String, PlotError> {
        let double = self.floats.first().and_then(|float| float.vertices.as_deref().ok());
        super::plot::losses_chart(&self.profile, None, double.unwrap_or_default(), "").draw()
    }

    /// The certified barrier of the straight line.
    ///
    /// # Errors
    /// [`PlotError`].
    pub fn draw_line(&self) -> Result<String, PlotError> {
        super::barrier_chart(&self.line.barrier, 1, &self.line.samples, &self.line.envelope, "").draw()
    }

    /// The map.
    ///
    /// # Errors
    /// [`PlotError`].
    pub fn draw_map(&self) -> Option<Result<String, PlotError>> {
        self.map.as_ref().map(|map| map.draw(&self.profile))
    }

    /// The largest integer of each move, in bits.
    ///
    /// # Errors
    /// [`PlotError`].
    pub fn draw_bits(&self) -> Result<String, PlotError> {
        let heights: Vec<f64> = self.moves.iter().map(|step| f64::from(step.bits)).collect();
        Chart {
            title: String::new(),
            x: ("move".into(), 0.0..heights.len() as f64),
            y: ("bits of its largest integer".into(), 0.0..ends(heights.iter().copied(), 0.0).end * 1.08),
            layers: vec![Layer::Bars { ink: Ink::Certified, heights }],
            ..Chart::default()
        }
        .draw()
    }
}

//! A path for one loss between two networks, proved: a chain through margins, or the lines of [`short()`].

use super::{Options, Setting, Short, Step, short, train, with_margin};
use crate::barrier::{
    Below, BoundedPath, Budget, Certifying, Enclosure, Pieces, Task, TaskError, barrier, certified_barrier,
    certified_below, end_losses,
};
use crate::certificate::Claim;
use crate::network::{Nonlinearity, Parameters};
use crate::path::{Move, Path, changes_between, lists_pieces};
use rug::Rational;
use std::time::Instant;

/// The labels of the certificates.
const CHAIN: &str = "chain";
const SHORT: &str = "short";

/// By this part of the larger end a chain of smooth networks stays below it.
const ENCLOSED: f64 = 1e-6;

/// How many intervals and points may be bounded.
const EVALUATIONS: usize = 200_000;

/// How wide the enclosure of a maximum above the larger end may be, relative to it.
const TOLERANCE: f64 = 1e-3;

/// The networks that are joined, and what there is to compute with.
#[derive(Debug, Clone, Copy)]
pub struct Ends<'a> {
    /// σ, X and φ.
    pub setting: Setting<'a>,
    /// The two ends, and what the user puts between them.
    pub networks: &'a [Parameters<Rational>],
    /// The memory that the features of the first layer may take, in bytes.
    pub memory: u64,
}

/// What the work is at; what hears of it says whether to go on, which training and refitting heed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Stage {
    /// The last layers of both ends.
    Margin,
    /// The bends of a chain, to come below `top`.
    Training {
        /// Where training is.
        step: Step,
        /// The larger end.
        top: f64,
    },
    /// Parts of the neurons, to come below `top`.
    Refitting {
        /// The best losses so far.
        refits: [f64; 2],
        /// The larger end.
        top: f64,
    },
    /// The largest loss on the chain.
    Bounding {
        /// Intervals and points so far.
        evaluations: usize,
        /// What is known of it.
        maximum: Enclosure,
    },
}

/// Hears of every stage.
pub type Told<'a> = &'a mut dyn FnMut(Stage) -> bool;

/// A path for one loss, and what is proved of it.
#[derive(Debug, Clone)]
pub struct Certified {
    /// `connected`, or where the chain is not below the larger end `barrier`.
    pub claim: Claim,
    /// The label of the certificate.
    pub label: &'static str,
    /// The path.
    pub path: Path<Rational>,
    /// The losses of both ends.
    pub ends: [Enclosure; 2],
    /// Those after the last layer alone has moved.
    pub margins: [Enclosure; 2],
    /// Bends of a chain.
    pub bends: Option<usize>,
    /// Where training ended.
    pub trained: Option<Step>,
    /// What the loss is at most from margin to margin.
    pub bound: Option<f64>,
    /// What it is at most on the whole path: of `connected`, an upper bound of the larger end.
    pub at_most: f64,
    /// The time for the path, without that for its proof.
    pub building_seconds: f64,
    /// What is missing to `connected`.
    pub missing: Option<Missing>,
}

/// Why a chain does not connect.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Missing {
    /// The larger end, its lower bound.
    pub top: f64,
    /// The largest loss on the chain.
    pub maximum: Enclosure,
    /// Whether the last layers alone came below the larger end.
    pub has_margin: bool,
}

/// Why there is no path, or no bound of it.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ChainError {
    /// Networks, inputs and loss do not fit.
    #[error(transparent)]
    Task(#[from] TaskError),
    /// More than [`Ends::memory`].
    #[error("the features of the first layer for all samples take about {bytes} bytes of memory")]
    Memory {
        /// The memory.
        bytes: u64,
    },
    /// Parts of the neurons, where there are none.
    #[error("short paths are for networks with a hidden layer; without one the straight line does it")]
    NoHiddenLayer,
    /// Overflow in the floats that look for the path.
    #[error("the networks are not finite in single precision, in which {what}")]
    NotFinite {
        /// `chains are trained` or `refits are found`.
        what: &'static str,
    },
    /// No refit is good enough.
    #[error(
        "no part of the neurons that was tried does alone what is needed: the best refits have losses of {:.6} and {:.6}, \
         the larger end is {top:.6}{}", refits[0], refits[1], without_margin(*has_margin)
    )]
    TooNarrow {
        /// The losses of the best refits.
        refits: [f64; 2],
        /// The larger end.
        top: f64,
        /// Whether the last layers alone came below it.
        has_margin: bool,
    },
    /// No number bounds the loss.
    #[error("undecided: nothing bounds the loss on the chain")]
    Unbounded,
}

/// Margins, and a chain between them: trained with these options, or without any the networks that [`Ends`] has between the
/// two ends. Where it is not below the larger end, its largest loss is certified.
///
/// # Errors
/// All of [`ChainError`] but those of refits.
pub fn certified_chain(ends: &Ends<'_>, training: Option<Options>, told: Told<'_>) -> Result<Certified, ChainError> {
    let started = Instant::now();
    let (losses, larger) = ends.losses()?;
    told(Stage::Margin);
    let margins = ends.both().map(|end| with_margin(&ends.setting, end));
    let lowered = end_losses(&ends.task(&[&margins[0], &margins[1]])?);
    let (between, trained) = ends.between(&margins, larger.lower, training, told)?;
    let building_seconds = started.elapsed().as_secs_f64();
    let knots: Vec<&Parameters<Rational>> = [&margins[0]].into_iter().chain(&between).chain([&margins[1]]).collect();
    let Bounded { bound, pieces, maximum } = ends.bound(&knots, larger, told)?;
    let whole = [&[ends.both()[0]], &knots[..], &[ends.both()[1]]].concat();
    let inner = 1..whole.len() - 2;
    let has_margin = lowered.iter().all(|loss| loss.upper < larger.lower);
    Ok(Certified {
        claim: if maximum.is_some() { Claim::Barrier } else { Claim::Connected },
        label: CHAIN,
        path: path(&whole, |i| {
            let listed = |pieces: &Pieces| pieces[i - inner.start].clone();
            inner.contains(&i).then(|| (bound.clone(), pieces.as_ref().map(listed)))
        }),
        ends: losses,
        margins: lowered,
        bends: Some(between.len()),
        trained,
        bound: Some(bound.to_f64()),
        // Nowhere on a margin's line is the loss above its two ends.
        at_most: if maximum.is_some() { bound.to_f64().max(larger.upper) } else { larger.upper },
        building_seconds,
        missing: maximum.map(|maximum| Missing { top: larger.lower, maximum, has_margin }),
    })
}

/// Lines through refits on parts of the neurons, from `seed` on.
///
/// # Errors
/// [`ChainError::NoHiddenLayer`], [`ChainError::TooNarrow`], [`ChainError::NotFinite`], [`ChainError::Task`],
/// [`ChainError::Memory`].
pub fn certified_short(ends: &Ends<'_>, seed: u64, told: Told<'_>) -> Result<Certified, ChainError> {
    let started = Instant::now();
    if ends.both()[0].depth() == 1 {
        return Err(ChainError::NoHiddenLayer);
    }
    let (losses, larger) = ends.losses()?;
    let top = larger.lower;
    let Short { networks, refits } =
        short(&ends.setting, ends.both(), top, seed, &mut |refits| told(Stage::Refitting { refits, top }));
    let building_seconds = started.elapsed().as_secs_f64();
    let Some(networks) = networks else { return Err(ends.too_narrow(refits, top)?) };
    let [from, to] = ends.both();
    let whole: Vec<&Parameters<Rational>> = [from].into_iter().chain(&networks).chain([to]).collect();
    // Where the last layer stays the output does, so that these are all losses on the way.
    let moves_last = |pair: &&[&Parameters<Rational>]| pair[0].layer(pair[0].depth()) != pair[1].layer(pair[1].depth());
    let pairs = whole[..=networks.len()].windows(2);
    let changed: Vec<&Parameters<Rational>> = pairs.filter(moves_last).map(|pair| pair[1]).collect();
    let reached = ends.losses_of(&changed)?;
    for (network, loss) in changed.iter().zip(&reached) {
        // Beside a network with much larger weights it is enclosed less narrowly.
        if loss.upper >= top && end_losses(&ends.task(&[network, network])?)[0].upper >= top {
            return Err(ends.too_narrow(refits, top)?);
        }
    }
    let first = if moves_last(&&whole[..2]) { reached.first() } else { None };
    Ok(Certified {
        claim: Claim::Connected,
        label: SHORT,
        path: path(&whole, |_| None),
        ends: losses,
        margins: [first, reached.last()].map(|loss| *loss.unwrap_or(&losses[0])),
        bends: None,
        trained: None,
        bound: None,
        at_most: larger.upper,
        building_seconds,
        missing: None,
    })
}

impl Ends<'_> {
    fn both(&self) -> [&Parameters<Rational>; 2] {
        [&self.networks[0], &self.networks[self.networks.len() - 1]]
    }

    fn task<'t>(&'t self, networks: &[&'t Parameters<Rational>]) -> Result<Task<'t>, ChainError> {
        let Setting { activation, inputs, loss } = self.setting;
        let task = Task::chain(activation, inputs, loss, networks)?;
        match task.memory() {
            bytes if bytes > self.memory => Err(ChainError::Memory { bytes }),
            _ => Ok(task),
        }
    }

    /// The losses of both ends, and the larger one.
    fn losses(&self) -> Result<([Enclosure; 2], Enclosure), ChainError> {
        let losses = end_losses(&self.task(&self.both())?);
        Ok((losses, larger(&losses)))
    }

    /// The loss of each of these, two at a time.
    fn losses_of(&self, networks: &[&Parameters<Rational>]) -> Result<Vec<Enclosure>, ChainError> {
        let mut losses = Vec::with_capacity(networks.len());
        for pair in networks.chunks(2) {
            losses.extend(&end_losses(&self.task(&[pair[0], pair[pair.len() - 1]])?)[..pair.len()]);
        }
        Ok(losses)
    }

    /// How far the refits came.
    fn too_narrow(&self, refits: [f64; 2], top: f64) -> Result<ChainError, ChainError> {
        if refits[0].max(refits[1]).is_infinite() {
            return Ok(ChainError::NotFinite { what: "refits are found" });
        }
        let margins = self.both().map(|end| with_margin(&self.setting, end));
        let lowered = end_losses(&self.task(&[&margins[0], &margins[1]])?);
        Ok(ChainError::TooNarrow { refits, top, has_margin: lowered.iter().all(|loss| loss.upper < top) })
    }

    /// The networks between the margins: the user's own, or trained ones.
    fn between(
        &self,
        margins: &[Parameters<Rational>; 2],
        top: f64,
        training: Option<Options>,
        told: Told<'_>,
    ) -> Result<(Vec<Parameters<Rational>>, Option<Step>), ChainError> {
        let Some(options) = training else {
            return Ok((self.networks[1..self.networks.len() - 1].to_vec(), None));
        };
        let mut hear = |step: Step| told(Stage::Training { step, top });
        let trained = train(&self.setting, [&margins[0], &margins[1]], top, options, &mut hear);
        let trained = trained.ok_or(ChainError::NotFinite { what: "chains are trained" })?;
        Ok((trained.bends, Some(trained.end)))
    }

    /// A bound of the loss on the chain: below the larger end, or else above it and with what is known of the maximum.
    fn bound(&self, knots: &[&Parameters<Rational>], larger: Enclosure, told: Told<'_>) -> Result<Bounded, ChainError> {
        let top = larger.lower;
        let exact = |bound: f64| Rational::from_f64(bound);
        let task = self.task(knots)?;
        let mut hear = |evaluations: usize, lower: f64, upper: f64| {
            told(Stage::Bounding { evaluations, maximum: Enclosure { lower, upper } });
        };
        // The checker encloses the ends of smooth networks with 40 bits.
        let [below_top, above_top] = match self.setting.activation {
            Nonlinearity::PiecewiseLinear(_) => [top.next_down(), larger.upper],
            Nonlinearity::Smooth(_) => [top * (1.0 - ENCLOSED), larger.upper * (1.0 + ENCLOSED)],
        };
        let goal = exact(below_top).filter(|goal| *goal > 0);
        let pieces = self.setting.activation.piecewise_linear().is_some()
            && lists_pieces(&knots[0].widths(), self.setting.inputs.samples());
        if let Some(goal) = goal {
            let budget = Budget { evaluations: EVALUATIONS, progress: &mut hear };
            let certifying = Certifying { pieces, expected: &mut |_, _| {} };
            let (answer, pieces) = certified_below(&task, &goal, budget, certifying);
            if let Below::Proved { .. } = answer {
                return Ok(Bounded { bound: goal, pieces, maximum: None });
            }
        }
        let tolerance = (TOLERANCE * top).max(f64::MIN_POSITIVE);
        let budget = Budget { evaluations: EVALUATIONS, progress: &mut hear };
        let certifying = Certifying { pieces, expected: &mut |_, _| {} };
        let (found, pieces) =
            certified_barrier(&task, tolerance, budget, certifying).map_err(|_| ChainError::Unbounded)?;
        // The ends are vertices of the path, and a bound holds for these too.
        let bound = exact(found.maximum.upper.max(above_top)).ok_or(ChainError::Unbounded)?;
        Ok(Bounded { bound, pieces, maximum: Some(found.maximum) })
    }
}

/// What the loss on a chain is at most.
struct Bounded {
    bound: Rational,
    /// Where a checker sees it.
    pieces: Option<Pieces>,
    /// What is known of the largest loss, if that is not below the larger end.
    maximum: Option<Enclosure>,
}

/// The larger of both losses.
fn larger(losses: &[Enclosure; 2]) -> Enclosure {
    Enclosure { lower: losses[0].lower.max(losses[1].lower), upper: losses[0].upper.max(losses[1].upper) }
}

/// What is said where the last layers alone do not come below the larger end.
pub fn without_margin(has_margin: bool) -> &'static str {
    match has_margin {
        true => "",
        false => {
            "; there is no margin to be had: no step of the last layer was found that lowers the loss of the larger end"
        }
    }
}

/// The path through these networks: move i is bounded where there is a bound, with its pieces, and else a line.
fn path(
    networks: &[&Parameters<Rational>],
    bound: impl Fn(usize) -> Option<(Rational, Option<Vec<u32>>)>,
) -> Path<Rational> {
    let step = |(i, pair): (usize, &[&Parameters<Rational>])| {
        let changes = changes_between(pair[0], pair[1]);
        let rests = changes.is_empty();
        let step = match bound(i) {
            None => Move::Line(changes),
            Some((bound, pieces)) => Move::Bounded(changes, bound, pieces),
        };
        (!rests).then_some(step)
    };
    let moves = networks.windows(2).enumerate().filter_map(step).collect();
    Path { start: networks[0].clone(), moves }
}

/// How wide the enclosure of the largest loss on a straight line may be, relative to the larger end.
const LINE_TOLERANCE: f64 = 1e-4;

/// How many intervals and points may be bounded for it.
const LINE_EVALUATIONS: usize = 20_000;

/// The largest loss on a straight line, up to a ten-thousandth of the larger end, and that end: what is compared before
/// and after [`align`](super::align()).
pub fn largest_on_line(task: &Task<'_>, told: &mut dyn FnMut(usize, f64, f64)) -> [Enclosure; 2] {
    let larger = larger(&end_losses(task));
    let tolerance = (LINE_TOLERANCE * larger.upper).clamp(f64::MIN_POSITIVE, f64::MAX);
    let budget = Budget { evaluations: LINE_EVALUATIONS, progress: told };
    let found = barrier(task, tolerance, budget).expect("the tolerance is a finite number above 0");
    [found.maximum, larger]
}

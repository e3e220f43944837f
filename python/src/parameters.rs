//! Paths of networks: what `connect`, `barrier`, `align`, `descend`, `escape` and `independent` are on the command line.

use crate::error::Failure;
use crate::network::Network;
use crate::path::{Path, Walk};
use crate::setting::{Inner, Setting, number, positive};
use crate::work::{self, Told};
use pyo3::prelude::*;
use rug::Rational;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::sync::Arc;
use std::time::Instant;
use sublevel::arith::{Interval, counted, write_rational};
use sublevel::barrier::{
    self as bounds, Below, BoundedPath, Budget, Certifying, Enclosure, Task, certified_barrier, certified_below,
};
use sublevel::certificate::Claim;
use sublevel::chain::{
    ChainError, Ends, Matching, Options, Setting as ChainSetting, Stage, align as order_like, certified_chain,
    certified_short, expected_seconds as chain_seconds, largest_on_line, same_function, without_margin,
};
use sublevel::checker::Finding;
use sublevel::linalg::Exact;
use sublevel::network::{GraphNetwork, Loss, MEMORY_LIMIT, Nonlinearity, Parameters, forward, import_matrix};
use sublevel::path::{
    Move, Walker, changes_between, graph_problem_record, problem_record, write_graph_path, write_path,
};
use sublevel::report::{
    self, Announcement, BarrierSummary, Lines, SAMPLES, below_objection, below_summary, largest_sampled, sample_line,
    undecided,
};
use sublevel::statement::escape::{Escape, escape as escape_by, through_kernel};
use sublevel::statement::object::certificate;
use sublevel::statement::skip::independent::{self as independence, NotIndependent};
use sublevel::statement::{self, DistinctInputs, Goal, Problem, Theorem};

/// What a path by a theorem may be expected to take, in seconds, unless the theorem is asked for.
const EXPECTED_SECONDS: f64 = 120.0;

/// A summary as JSON, a path, its certificate.
type Found = (String, Path, Vec<u8>);

/// What is said where σ has to be piecewise linear and is not.
const INSTEAD: &str = "bend=True trains a chain for one loss, via=[…] takes yours, and `barrier` certifies the largest loss on \
                       the straight line";

fn pair(enclosure: Enclosure) -> [f64; 2] {
    [enclosure.lower, enclosure.upper]
}

/// The loss of a network, enclosed exactly.
fn loss_at(problem: &Problem, loss: &Loss, network: &Parameters<Rational>) -> Interval {
    let pass = forward(&Exact, &problem.activation.import(&Exact), &problem.inputs, network);
    loss.enclose(pass.expect("inputs and network fit").output())
}

/// A certificate of a path, and the bits of its largest integer.
fn written(
    setting: &Inner,
    (claim, label): (Claim, &str),
    loss: Option<&Loss>,
    path: &sublevel::path::Path<Rational>,
    told: &Told,
) -> (Vec<u8>, u32) {
    let (widths, inputs, mut bytes) = (path.start.widths(), setting.exact(), vec![]);
    let progress = |moves| told.say(format!("writing move {moves} of {}", path.moves.len()));
    let bits = match (&setting.activation, loss) {
        (Nonlinearity::PiecewiseLinear(activation), loss) => {
            let header = problem_record(claim, label, activation, inputs, &widths, loss);
            write_path(&mut bytes, header, path, progress)
        }
        (smooth, loss) => {
            let loss = loss.expect("paths of smooth networks are for one loss");
            let header = graph_problem_record(claim, label, smooth, inputs, &widths, loss);
            write_graph_path(&mut bytes, header, path, progress)
        }
    };
    (bytes, bits.expect("memory can be written"))
}

/// A path by a theorem of ICML 2019, for every convex loss at once.
#[pyfunction]
#[pyo3(signature = (setting, a, b, theorem, progress))]
pub fn connect(
    py: Python<'_>,
    setting: &Setting,
    a: &Network,
    b: &Network,
    theorem: Option<&str>,
    progress: Option<Py<PyAny>>,
) -> PyResult<Found> {
    let (setting, from, to) = (setting.0.clone(), a.0.clone(), b.0.clone());
    let theorem = theorem.map(str::parse::<Theorem>).transpose().map_err(Failure::input)?;
    work::run(py, progress, move |told| {
        setting.fit(&[&from, &to])?;
        let problem = setting.problem(&from, INSTEAD)?;
        require_reasonable_time(&problem, &from, theorem)?;
        told.say("building the path");
        let started = Instant::now();
        let found = statement::connect(&Exact, &problem, &from, &to, theorem);
        let found = found.map_err(|error| Failure::no_theorem(&error, &next(&problem)))?;
        let label = found.theorem.label();
        let (bytes, bits) = written(&setting, (Claim::Connected, &label), setting.any_loss(), &found.path, told);
        let seconds = started.elapsed().as_secs_f64();
        let (distinct, moves) = (DistinctInputs::of(&problem), &found.path.moves);
        let count = |is: fn(&Move<Rational>) -> bool| moves.iter().filter(|step| is(step)).count();
        let summary = json!({
            "claim": "connected", "statement": label, "theorem": found.theorem.to_string(),
            "hypotheses": found.theorem.explain(distinct.problem()), "does_not_apply": statement::by_reason(&found.refused),
            "widths": problem.widths, "samples": problem.samples(), "distinct_inputs": distinct.problem().samples(),
            "moves": moves.len(), "lines": count(|step| matches!(step, Move::Line(_))),
            "follows": count(|step| matches!(step, Move::Follow(_))), "largest_integer_bits": bits, "seconds": seconds,
            "loss": setting.any_loss().map(|loss| end_losses(&problem, loss, [&from, &to])),
        });
        Ok((summary.to_string(), Path(Arc::new(Walk::new(&setting, found.path, Lines::Straight))), bytes))
    })
}

/// The losses of both ends and of the straight line. The output runs straight from end to end, so that the larger end is the maximum.
fn end_losses(problem: &Problem, loss: &Loss, [from, to]: [&Parameters<Rational>; 2]) -> Value {
    let (start, end) = (loss_at(problem, loss, from), loss_at(problem, loss, to));
    let maximum = Interval::new(start.lo().max(end.lo()).clone(), start.hi().max(end.hi()).clone());
    let line = sample_line(&problem.activation, &problem.inputs, loss, from, to);
    json!({
        "name": loss.to_string(), "definition": loss.definition(), "start": start, "end": end, "path_maximum": maximum,
        "straight_line_sampled_maximum": largest_sampled(line.iter().map(|sample| sample.loss)),
        "straight_line_samples": SAMPLES,
    })
}

/// Whether the path is not expected to take long, or its theorem is asked for.
fn require_reasonable_time(
    problem: &Problem,
    from: &Parameters<Rational>,
    theorem: Option<Theorem>,
) -> Result<(), Failure> {
    let expected = if theorem.is_none() { statement::expected_seconds(problem, from) } else { None };
    let Some((theorem, seconds)) = expected.filter(|&(_, seconds)| seconds > EXPECTED_SECONDS) else { return Ok(()) };
    let forced = theorem.number().map_or(String::new(), |number| {
        format!("; or theorem=\"{number}\", which builds it all the same, for every convex loss")
    });
    Err(Failure::incomplete(format!(
        "{theorem} applies, but its path takes about {} minutes, and as much memory as its long numbers need{}{forced}",
        (seconds / 60.0).ceil(),
        next(problem)
    )))
}

/// What to try where no theorem applies, or its path is too long.
fn next(problem: &Problem) -> String {
    let seconds = chain_seconds(&problem.widths, problem.samples()).ceil();
    let short = if problem.depth() > 1 { " (or short=True: lines alone, if half of the neurons do)" } else { "" };
    let mut next = format!(
        "\ntry connect(…, bend=True){short}: a chain for this one loss, any widths, about {seconds} s; or barrier(…): the \
         largest loss on the straight line, certified"
    );
    if let Some((count, theorem)) = statement::enough_samples(problem) {
        next += &format!("; or X[:{count}]: {theorem} applies to the first {}", counted(count, "sample"));
    }
    next
}

/// A path for one loss between the first and the last network: a trained chain (`bends`), the given one, or with `short` lines
/// through refits. Beside it: why it does not connect, where it does not.
#[pyfunction]
#[pyo3(signature = (setting, networks, short, bends, steps, seed, progress))]
#[allow(clippy::too_many_arguments)]
pub fn chain(
    py: Python<'_>,
    setting: &Setting,
    networks: Vec<PyRef<'_, Network>>,
    short: bool,
    bends: Option<usize>,
    steps: usize,
    seed: u64,
    progress: Option<Py<PyAny>>,
) -> PyResult<(Found, Option<String>)> {
    let setting = setting.0.clone();
    let networks: Vec<Parameters<Rational>> = networks.iter().map(|network| (*network.0).clone()).collect();
    work::run(py, progress, move |told| {
        setting.fit(&networks.iter().collect::<Vec<_>>())?;
        let loss = setting.loss()?;
        let chain_setting = ChainSetting { activation: &setting.activation, inputs: &setting.data.inputs, loss };
        let ends = Ends { setting: chain_setting, networks: &networks, memory: MEMORY_LIMIT };
        let started = Instant::now();
        let mut hear = |stage: Stage| {
            told.say(words(stage, steps));
            true
        };
        let found = match short {
            true => certified_short(&ends, seed, &mut hear),
            false => certified_chain(&ends, bends.map(|bends| Options { bends, steps, seed }), &mut hear),
        };
        let found = found.map_err(refused)?;
        let (bytes, bits) = written(&setting, (found.claim, found.label), Some(loss), &found.path, told);
        let summary = json!({
            "claim": if found.claim == Claim::Connected { "connected" } else { "barrier" }, "construction": found.label,
            "widths": networks[0].widths(), "samples": setting.data.samples(), "loss": setting.loss_json(),
            "start": pair(found.ends[0]), "end": pair(found.ends[1]),
            "start_with_margin": pair(found.margins[0]), "end_with_margin": pair(found.margins[1]),
            "bends": found.bends, "steps": found.trained.map(|step| step.steps),
            "sampled_maximum": found.trained.map(|step| step.maximum), "at_most": found.at_most,
            "chain_at_most": found.bound, "moves": found.path.moves.len(), "building_seconds": found.building_seconds,
            "largest_integer_bits": bits, "seconds": started.elapsed().as_secs_f64(),
        });
        let missing = found.missing.map(|missing| {
            let next = match bends {
                Some(bends) => format!("try steps={}, bends={} or another seed", 4 * steps, bends + 1),
                None => "train it further, or let bend=True train one".into(),
            };
            format!(
                "the chain is not below the larger end {}: its largest loss is in {}, which is what the certificate proves; \
                 {next}{}",
                missing.top,
                missing.maximum,
                without_margin(missing.has_margin)
            )
        });
        let path = Path(Arc::new(Walk::new(&setting, found.path, Lines::Straight)));
        Ok(((summary.to_string(), path, bytes), missing))
    })
}

fn words(stage: Stage, steps: usize) -> String {
    match stage {
        Stage::Margin => "margin: the last layer of both ends".into(),
        Stage::Training { step, top } => format!(
            "training the chain: step {} of {steps}, largest sampled loss {:.6}, larger end {top:.6}",
            step.steps, step.maximum
        ),
        Stage::Refitting { refits: [a, b], top } => {
            format!("refitting parts of the neurons: {a:.6} and {b:.6}, larger end {top:.6}")
        }
        Stage::Bounding { evaluations, maximum } => {
            format!("bounding the loss: {evaluations} intervals, maximum in {maximum}")
        }
    }
}

fn refused(error: ChainError) -> Failure {
    match error {
        ChainError::NoHiddenLayer => Failure::hypothesis(error),
        ChainError::TooNarrow { .. } => {
            Failure::incomplete(format!("{error}; another seed tries other halves, bend=True trains a chain"))
        }
        ChainError::Unbounded => Failure::incomplete(error),
        ChainError::Memory { .. } => Failure::input(format!("{error}: give fewer samples")),
        ChainError::Task(_) | ChainError::NotFinite { .. } => Failure::input(error),
    }
}

/// The path of the task of these networks.
fn task<'a>(setting: &'a Inner, networks: &'a [Arc<Parameters<Rational>>], bezier: bool) -> Result<Task<'a>, Failure> {
    let points: Vec<&Parameters<Rational>> = networks.iter().map(|network| &**network).collect();
    setting.fit(&points)?;
    let (activation, inputs, loss) = (&setting.activation, &setting.data.inputs, setting.loss()?);
    let task = match points[..] {
        [a, c, b] if bezier => Task::bezier(activation, inputs, loss, [a, c, b]),
        _ => Task::chain(activation, inputs, loss, &points),
    };
    let task = task.map_err(Failure::input)?;
    match task.memory() {
        bytes if bytes > MEMORY_LIMIT => Err(refused(ChainError::Memory { bytes })),
        _ => Ok(task),
    }
}

fn shared(networks: &[PyRef<'_, Network>]) -> Vec<Arc<Parameters<Rational>>> {
    networks.iter().map(|network| network.0.clone()).collect()
}

fn hear(told: &Told) -> impl FnMut(usize, f64, f64) + use<'_> {
    |evaluations, lower, upper| {
        told.say(format!("{evaluations} intervals: maximum in {}", Enclosure { lower, upper }));
    }
}

/// A search that says how far its bounds are, and, once that is known and long, how long it was expected to take.
fn searched<R>(told: &Told, evaluations: usize, search: impl FnOnce(Budget<'_>, Certifying<'_>) -> R) -> R {
    let (long, mut announcement) = (RefCell::new(String::new()), Announcement::default());
    let mut progress = |evaluations: usize, lower: f64, upper: f64| {
        let maximum = Enclosure { lower, upper };
        told.say(format!("{evaluations} intervals: maximum in {maximum}{}", long.borrow()));
    };
    let mut expected = |evaluations: usize, more: f64| {
        if let Some(sentence) = announcement.hear(evaluations, more) {
            long.replace(format!("; expected at {evaluations}: {sentence}"));
        }
    };
    let limits = Budget { evaluations, progress: &mut progress };
    search(limits, Certifying { pieces: false, expected: &mut expected })
}

/// The certificate of a bound on the chain, and the chain as a path.
fn bounded(setting: &Arc<Inner>, task: &Task<'_>, upper: f64, told: &Told) -> Option<(Path, Vec<u8>)> {
    let bound = Rational::from_f64(upper)?;
    let segments = task.segments();
    // A Bézier curve is no chain of straight lines: it has no certificate.
    if segments.iter().any(|segment| segment.len() != 2) {
        return None;
    }
    let step =
        |points: &Vec<&Parameters<Rational>>| Move::Bounded(changes_between(points[0], points[1]), bound.clone(), None);
    let path = sublevel::path::Path { start: segments[0][0].clone(), moves: segments.iter().map(step).collect() };
    let (bytes, _) = written(setting, (Claim::Barrier, "loss barrier"), Some(task.loss()), &path, told);
    Some((Path(Arc::new(Walk::new(setting, path, Lines::Straight))), bytes))
}

/// The largest loss on a path, enclosed; its path and certificate, of a chain of straight lines.
#[pyfunction]
#[pyo3(signature = (setting, networks, bezier, tolerance, budget, progress))]
pub fn barrier(
    py: Python<'_>,
    setting: &Setting,
    networks: Vec<PyRef<'_, Network>>,
    bezier: bool,
    tolerance: f64,
    budget: usize,
    progress: Option<Py<PyAny>>,
) -> PyResult<(String, Option<(Path, Vec<u8>)>)> {
    let (setting, networks) = (setting.0.clone(), shared(&networks));
    work::run(py, progress, move |told| {
        let task = task(&setting, &networks, bezier)?;
        let started = Instant::now();
        let search = |limits: Budget<'_>, more: Certifying<'_>| certified_barrier(&task, tolerance, limits, more);
        let (found, _) = searched(told, budget, search).map_err(Failure::input)?;
        let seconds = started.elapsed().as_secs_f64();
        let (summary, _) = BarrierSummary::new(&task, &found, (networks[0].widths(), bezier), tolerance, seconds);
        let mut summary = serde_json::to_value(&summary).expect("a summary is plain data");
        summary["undecided"] = json!(undecided(&found, budget, tolerance, report::Options::PYTHON));
        Ok((summary.to_string(), bounded(&setting, &task, found.maximum.upper, told)))
    })
}

/// Whether the loss stays below α on a path.
#[pyfunction]
#[pyo3(signature = (setting, networks, bezier, alpha, budget, progress))]
pub fn below(
    py: Python<'_>,
    setting: &Setting,
    networks: Vec<PyRef<'_, Network>>,
    bezier: bool,
    alpha: &str,
    budget: usize,
    progress: Option<Py<PyAny>>,
) -> PyResult<(String, Option<(Path, Vec<u8>)>)> {
    let (setting, networks, alpha) = (setting.0.clone(), shared(&networks), number(alpha)?);
    work::run(py, progress, move |told| {
        let task = task(&setting, &networks, bezier)?;
        let search = |limits: Budget<'_>, more: Certifying<'_>| certified_below(&task, &alpha, limits, more).0;
        let answer = searched(told, budget, search);
        let mut summary = below_summary(&task, &alpha, &answer);
        summary["widths"] = json!(networks[0].widths());
        summary["samples"] = json!(setting.data.samples());
        let objection = below_objection(&alpha, &answer, report::Options::PYTHON).unwrap_or_default();
        match answer {
            Below::Proved { upper } => Ok((summary.to_string(), bounded(&setting, &task, upper, told))),
            Below::Refuted { .. } => Err(Failure::invalid(objection).with(summary)),
            Below::Undecided { .. } => Err(Failure::incomplete(objection).with(summary)),
        }
    })
}

/// What is drawn of a path: samples in floats and a curve that is proved to be above the loss, as JSON.
#[pyfunction]
pub fn envelope(
    py: Python<'_>,
    setting: &Setting,
    networks: Vec<PyRef<'_, Network>>,
    bezier: bool,
    pieces: u32,
) -> PyResult<String> {
    let (setting, networks) = (setting.0.clone(), shared(&networks));
    work::run(py, None, move |_| {
        let task = task(&setting, &networks, bezier)?;
        let segments = u32::try_from(task.segment_count()).unwrap_or(u32::MAX);
        let curve = bounds::envelope(&task, pieces.div_ceil(segments).max(1));
        let curve: Vec<Value> = curve
            .iter()
            .map(|(region, upper)| {
                let at = |lambda: f64| region.segment as f64 + lambda;
                json!([at(region.from), at(region.to), upper[0], upper[1]])
            })
            .collect();
        let sampled = bounds::samples(&task, SAMPLES as u32);
        let sampled: Vec<Value> =
            sampled.iter().map(|(at, loss)| json!([at.segment as f64 + at.lambda, loss, null])).collect();
        Ok(json!({ "along": sampled, "envelope": curve }).to_string())
    })
}

/// The second network in the order of the first one's neurons, the certificate that it is the same function, and the largest
/// loss on the straight line before and after.
#[pyfunction]
#[pyo3(signature = (setting, a, b, by, lines, progress))]
pub fn align(
    py: Python<'_>,
    setting: &Setting,
    a: &Network,
    b: &Network,
    by: &str,
    lines: bool,
    progress: Option<Py<PyAny>>,
) -> PyResult<(String, Network, Vec<u8>)> {
    let (setting, from, to) = (setting.0.clone(), a.0.clone(), b.0.clone());
    let matching = match by {
        "weights" => Matching::Weights,
        "activations" => Matching::Activations,
        _ => return Err(Failure::input(format!("by = `{by}` is neither `weights` nor `activations`")).into()),
    };
    let by = by.to_owned();
    work::run(py, progress, move |told| {
        setting.fit(&[&from, &to])?;
        told.say("matching neurons");
        let found = order_like(&setting.activation, &setting.data.inputs, &from, &to, matching);
        let aligned = Arc::new(found.network);
        let line = |end: &Arc<Parameters<Rational>>| -> Result<Option<[Enclosure; 2]>, Failure> {
            if !lines || setting.any_loss().is_none() {
                return Ok(None);
            }
            let ends = [from.clone(), end.clone()];
            let task = task(&setting, &ends, false)?;
            Ok(Some(largest_on_line(&task, &mut hear(told))))
        };
        let (before, after) = (line(&to)?, line(&aligned)?);
        let moved = |order: &Vec<usize>| order.iter().enumerate().filter(|&(i, &j)| i != j).count();
        let bytes = certificate("same-function", same_function(&to, &aligned, &found.orders));
        let summary = json!({
            "by": by, "widths": from.widths(), "moved": found.orders.iter().map(moved).collect::<Vec<_>>(),
            "orders": found.orders, "loss": setting.loss_json(), "straight": before.map(|[maximum, _]| pair(maximum)),
            "aligned": after.map(|[maximum, _]| pair(maximum)), "larger_end": after.map(|[_, larger]| pair(larger)),
        });
        Ok((summary.to_string(), Network(aligned), bytes))
    })
}

/// A path on which the loss falls to ε.
#[pyfunction]
#[pyo3(signature = (setting, network, epsilon, alpha, strict, progress))]
pub fn descend(
    py: Python<'_>,
    setting: &Setting,
    network: &Network,
    epsilon: &str,
    alpha: Option<&str>,
    strict: bool,
    progress: Option<Py<PyAny>>,
) -> PyResult<Found> {
    let (setting, from, epsilon) = (setting.0.clone(), network.0.clone(), positive(epsilon)?);
    let alpha = alpha.map(positive).transpose()?;
    work::run(py, progress, move |told| {
        setting.fit(&[&from])?;
        let (problem, loss) = (setting.problem(&from, "`barrier` and connect(…, bend=True) take it")?, setting.loss()?);
        told.say("building the path");
        let started = Instant::now();
        let goal = Goal { alpha: alpha.as_ref(), ..Goal::never_rising(loss, &epsilon) };
        let found = statement::descend_strictly_if_possible(&Exact, &problem, &goal, &from, strict);
        let (found, not_strictly) = found.map_err(|error| Failure::no_theorem(&error, ""))?;
        // Where there is nothing to be done nothing falls.
        let strictly = not_strictly.is_none() && !found.path.moves.is_empty();
        let claim = if strictly { Claim::StrictlyDescends } else { Claim::Descends };
        let (bytes, bits) = written(&setting, (claim, found.label), Some(loss), &found.path, told);
        let summary = json!({
            "statement": found.label, "wide_layer": found.wide, "strictly": strictly, "not_strictly": not_strictly,
            "stays_below": found.path.largest_bound().map(write_rational),
            "does_not_apply": statement::by_reason(&found.refused), "widths": problem.widths,
            "samples": problem.samples(), "moves": found.path.moves.len(), "largest_integer_bits": bits,
            "seconds": started.elapsed().as_secs_f64(), "loss": setting.loss_json(),
            "start": loss_at(&problem, loss, &from), "end": loss_at(&problem, loss, &found.path.end()),
        });
        let lines = if strictly { Lines::Bent } else { Lines::Straight };
        Ok((summary.to_string(), Path(Arc::new(Walk::new(&setting, found.path, lines))), bytes))
    })
}

/// An unbounded path of constant loss.
#[pyfunction]
#[pyo3(signature = (setting, network, kernel, progress))]
pub fn escape(
    py: Python<'_>,
    setting: &Setting,
    network: &Network,
    kernel: bool,
    progress: Option<Py<PyAny>>,
) -> PyResult<Found> {
    let (setting, from) = (setting.0.clone(), network.0.clone());
    work::run(py, progress, move |told| {
        setting.fit(&[&from])?;
        let problem = setting.problem(&from, "`barrier` and connect(…, bend=True) take it")?;
        told.say("building the path");
        let started = Instant::now();
        let inputs = import_matrix(&Exact, &problem.inputs);
        let mut walker = Walker::new(&Exact, problem.activation.import(&Exact), &inputs, (*from).clone());
        let found = match kernel {
            false => escape_by(&mut walker, &problem),
            true => through_kernel(&mut walker, &problem).map(|()| Escape::Kernel),
        };
        let found = found.map_err(Failure::hypothesis)?;
        let path = walker.into_path();
        let (bytes, bits) = written(&setting, (Claim::Unbounded, found.label()), setting.any_loss(), &path, told);
        let summary = json!({
            "statement": found.label(), "construction": found.to_string(), "widths": problem.widths,
            "samples": problem.samples(), "moves": path.moves.len(), "largest_integer_bits": bits,
            "seconds": started.elapsed().as_secs_f64(), "loss": setting.loss_json(),
        });
        Ok((summary.to_string(), Path(Arc::new(Walk::new(&setting, path, Lines::Straight))), bytes))
    })
}

/// Whether the features of the last hidden layer, with ones, have rank N.
#[pyfunction]
#[pyo3(signature = (setting, network, precision, progress))]
pub fn independent(
    py: Python<'_>,
    setting: &Setting,
    network: &Network,
    precision: Option<u32>,
    progress: Option<Py<PyAny>>,
) -> PyResult<(String, Vec<u8>)> {
    let (setting, network) = (setting.0.clone(), network.0.clone());
    let precision = precision.unwrap_or(independence::MOST_BITS as u32);
    work::run(py, progress, move |told| {
        setting.fit(&[&network])?;
        let graph = GraphNetwork::from_dense(&network, &setting.activation).map_err(Failure::input)?;
        let (started, inputs) = (Instant::now(), setting.exact());
        told.say("computing the features");
        let found = independence::independent(&graph, inputs, precision, &mut |bits| {
            told.say(format!("looking for a right inverse of the features in {bits} bits"));
        });
        let rank = independence::rank_in_doubles(&graph, inputs);
        let found = found.map_err(|error| match error {
            NotIndependent::TooFew { .. } | NotIndependent::EqualSamples { .. } => Failure::hypothesis(error),
            NotIndependent::Undecided { .. } | NotIndependent::NotSeen { .. } => {
                Failure::incomplete(format!("{error}; doubles see rank {rank} of {}", inputs.nrows()))
            }
        })?;
        let bytes = certificate("iclr-2019/lemma-3.2", found.object.clone());
        let Finding::Independent { samples, features, analytic, .. } = found.finding else {
            unreachable!("the object is of this claim")
        };
        let summary = json!({
            "widths": network.widths(), "activation": setting.activation.to_string(), "samples": samples,
            "features": features, "rank_in_doubles": rank, "precision": found.precision, "bits": found.bits,
            "almost_every_network": analytic, "seconds": started.elapsed().as_secs_f64(),
        });
        Ok((summary.to_string(), bytes))
    })
}

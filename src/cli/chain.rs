//! `sublevel connect --bend`, `--via` and `--short`: a path for one loss between any two networks, below the larger of their
//! losses.

use super::barrier::{CurveKind, curve};
use super::connect::{Arguments, align};
use super::reading::Read;
use super::{About, Console, Failure, check_command, inputs, interrupt, progress, write_certificate_for_loss};
use rug::Rational;
use serde::Serialize;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;
use sublevel::arith::counted;
use sublevel::barrier::{Below, Budget, Enclosure, Task, barrier, below, end_losses};
use sublevel::certificate::Claim;
use sublevel::chain::{Options, Setting, Step, short, train, with_margin};
use sublevel::network::{Loss, Nonlinearity, Parameters};
use sublevel::path::{Move, changes_between};

/// The labels of the certificates.
const CHAIN: &str = "chain";
const SHORT: &str = "short";

/// By this part of the larger end a chain of smooth networks stays below it.
const ENCLOSED: f64 = 1e-6;

/// How many intervals and points may be bounded.
const EVALUATIONS: usize = 200_000;

/// How wide the enclosure of a maximum above the larger end may be, relative to it.
const TOLERANCE: f64 = 1e-3;

/// What is said at the end.
#[derive(Serialize)]
struct Summary {
    /// `connected` or `barrier`.
    claim: &'static str,
    /// `chain` or `short`.
    construction: &'static str,
    widths: Vec<usize>,
    samples: usize,
    loss: String,
    loss_definition: String,
    start: [f64; 2],
    end: [f64; 2],
    /// After the last layer alone has moved, at the start and at the end.
    start_with_margin: [f64; 2],
    end_with_margin: [f64; 2],
    bends: Option<usize>,
    steps: Option<usize>,
    /// The largest loss at points of a trained chain: floats, no proof.
    sampled_maximum: Option<f64>,
    /// What the loss is certified to be at most on the whole path: if it is `connected`, an upper bound of the larger end.
    at_most: f64,
    /// What it is certified to be at most on the chain, from margin to margin; smooth networks leave some room.
    chain_at_most: Option<f64>,
    moves: usize,
    building_seconds: f64,
    seconds: f64,
    certificate: String,
    certificate_bytes: Option<u64>,
    /// The same in words.
    #[serde(skip)]
    size: String,
    /// Of the largest integer in it.
    #[serde(skip)]
    bits: u32,
}

/// A path for one loss, and what there is to say of it.
struct Found {
    claim: Claim,
    label: &'static str,
    path: sublevel::path::Path<Rational>,
    margins: [Enclosure; 2],
    bends: Option<usize>,
    trained: Option<Step>,
    /// The bound of a chain from margin to margin.
    bound: Option<f64>,
    building_seconds: f64,
    /// What is missing to `connected`.
    missing: Option<String>,
}

/// Reads, trains, certifies, writes.
pub fn run(arguments: &Arguments, out: &Path, console: &mut Console) -> Result<(), Failure> {
    let mut read = Read::default();
    let files: Vec<&Path> =
        [&arguments.from].into_iter().chain(&arguments.via).chain(&arguments.to).map(AsRef::as_ref).collect();
    console.claim(arguments.outputs(), &[&files[..], &[&arguments.data.data]].concat())?;
    let mut networks = networks(arguments, &files, &mut read)?;
    // All points of a curve are in the one file.
    let file = |point: usize| files[point.min(files.len() - 1)];
    let named: Vec<(&Path, &Parameters<Rational>)> =
        networks.iter().enumerate().map(|(point, network)| (file(point), network)).collect();
    let data = inputs::data(&arguments.data, &arguments.activation, &named, read, console)?;
    let loss = data.loss.ok_or_else(|| {
        Failure::input("the data have neither labels nor targets: a chain is proved for one loss, and there is none")
    })?;
    let exact = arguments.data.import.exact(&data.set.inputs)?;
    if let Some(file) = &arguments.align {
        let aligned = align(&arguments.activation, &data.set.inputs, [&networks[0], &networks[1]], file, console)?;
        networks[1] = aligned;
    }
    let setting = Setting { activation: &arguments.activation, inputs: &data.set.inputs, loss: &loss };
    let widths = networks[0].widths();
    let about = About { activation: &arguments.activation, inputs: &exact, widths: &widths, loss: &loss };
    let job = Job { arguments, setting, about, networks: &networks, out };
    let (summary, reason) = job.run(console)?;
    if console.json() {
        console.print_json(&data.read.beside(&summary));
    } else {
        print_summary(&summary);
    }
    match reason {
        None => Ok(()),
        Some(_) if console.json() => Err(Failure::silent(4)),
        Some(reason) => Err(Failure::incomplete(reason)),
    }
}

/// The two ends, and what the user puts between them.
fn networks(arguments: &Arguments, files: &[&Path], read: &mut Read) -> Result<Vec<Parameters<Rational>>, Failure> {
    let import = &arguments.data.import;
    let Some(kind) = arguments.curve else {
        return files.iter().map(|file| inputs::network(file, import, read)).collect();
    };
    let points = curve(&arguments.from, kind, import, read)?;
    match (kind, &points[..]) {
        (CurveKind::Chain, [_, _, ..]) => Ok(points),
        (CurveKind::Bezier, [from, control, to]) => Ok(on_bezier([from, control, to])),
        (CurveKind::Chain, points) => Err(points_missing(arguments, points.len(), "a chain has at least 2")),
        (CurveKind::Bezier, points) => Err(points_missing(arguments, points.len(), "a quadratic Bézier curve has 3")),
    }
}

fn points_missing(arguments: &Arguments, found: usize, expected: &str) -> Failure {
    Failure::input(format!("{}: {}, but {expected}", arguments.from.display(), counted(found, "point")))
}

/// Points of (1 − t)² A + 2 t (1 − t) C + t² B at t = 0, 1/8, …, 1, exactly.
fn on_bezier([from, control, to]: [&Parameters<Rational>; 3]) -> Vec<Parameters<Rational>> {
    let at = |eighth: u32| {
        let (s, t) = (8 - eighth, eighth);
        let [a, c, b] = [s * s, 2 * s * t, t * t].map(|weight| Rational::from((weight, 64)));
        let layer = |k: usize| {
            let (from, control, to) = (from.layer(k), control.layer(k), to.layer(k));
            Arc::new(from.zip_zip_map(control, to, |x, y, z| x * &a + y * &c + z * &b))
        };
        Parameters::from_shared((1..=from.depth()).map(layer).collect()).expect("the shapes are those of the ends")
    };
    (0..=8).map(at).collect()
}

struct Job<'a> {
    arguments: &'a Arguments,
    setting: Setting<'a>,
    about: About<'a>,
    /// The two ends, and what the user puts between them.
    networks: &'a [Parameters<Rational>],
    out: &'a Path,
}

impl Job<'_> {
    fn ends(&self) -> [&Parameters<Rational>; 2] {
        [&self.networks[0], &self.networks[self.networks.len() - 1]]
    }

    fn task<'t>(&'t self, networks: &[&'t Parameters<Rational>]) -> Result<Task<'t>, Failure> {
        let Setting { activation, inputs, loss } = self.setting;
        let task = Task::chain(activation, inputs, loss, networks).map_err(Failure::input)?;
        let what = "the features of the first layer for all samples";
        self.arguments.data.import.check_memory(what, sublevel::barrier::BoundedPath::memory(&task))?;
        Ok(task)
    }

    fn run(&self, console: &mut Console) -> Result<(Summary, Option<String>), Failure> {
        let started = Instant::now();
        let losses = end_losses(&self.task(&self.ends())?);
        let larger =
            Enclosure { lower: losses[0].lower.max(losses[1].lower), upper: losses[0].upper.max(losses[1].upper) };
        let found =
            if self.arguments.short { self.short(larger.lower, started)? } else { self.chain(larger, started)? };
        let loss: &Loss = self.setting.loss;
        let written =
            write_certificate_for_loss(console, self.out, found.claim, found.label, &self.about, &found.path)?;
        let pair = |enclosure: Enclosure| [enclosure.lower, enclosure.upper];
        let summary = Summary {
            claim: if found.claim == Claim::Connected { "connected" } else { "barrier" },
            construction: found.label,
            widths: self.about.widths.to_vec(),
            samples: self.about.inputs.nrows(),
            loss: loss.to_string(),
            loss_definition: loss.definition(),
            start: pair(losses[0]),
            end: pair(losses[1]),
            start_with_margin: pair(found.margins[0]),
            end_with_margin: pair(found.margins[1]),
            bends: found.bends,
            steps: found.trained.map(|step| step.steps),
            sampled_maximum: found.trained.map(|step| step.maximum),
            // Nowhere on a margin's line is the loss above its two ends.
            at_most: match found.claim {
                Claim::Connected => larger.upper,
                _ => found.bound.map_or(larger.upper, |bound| bound.max(larger.upper)),
            },
            chain_at_most: found.bound,
            moves: found.path.moves.len(),
            building_seconds: found.building_seconds,
            seconds: started.elapsed().as_secs_f64(),
            certificate: self.out.display().to_string(),
            certificate_bytes: written.bytes,
            size: written.size(),
            bits: written.bits,
        };
        Ok((summary, found.missing))
    }

    /// Margins, and a chain between them: trained, or the user's own.
    fn chain(&self, larger: Enclosure, started: Instant) -> Result<Found, Failure> {
        let bar = progress::spinner("margin: the last layer of both ends");
        let margins = self.ends().map(|end| with_margin(&self.setting, end));
        drop(bar);
        let lowered = end_losses(&self.task(&[&margins[0], &margins[1]])?);
        let (between, trained) = self.between(&margins, larger.lower)?;
        let building_seconds = started.elapsed().as_secs_f64();
        let knots: Vec<&Parameters<Rational>> =
            [&margins[0]].into_iter().chain(&between).chain([&margins[1]]).collect();
        let (claim, bound, mut missing) = self.certify(&knots, larger)?;
        if let Some(reason) = &mut missing {
            *reason += without_margin(&lowered, larger.lower);
        }
        let whole = [&[self.ends()[0]], &knots[..], &[self.ends()[1]]].concat();
        let inner = 1..whole.len() - 2;
        let path = path(&whole, |i| inner.contains(&i).then(|| bound.clone()));
        let (label, bends, bound) = (CHAIN, Some(between.len()), Some(bound.to_f64()));
        Ok(Found { claim, label, path, margins: lowered, bends, trained, bound, building_seconds, missing })
    }

    /// Lines through refits on parts of the neurons.
    fn short(&self, top: f64, started: Instant) -> Result<Found, Failure> {
        if self.ends()[0].depth() == 1 {
            return Err(Failure::hypothesis(
                "--short is for networks with a hidden layer; without one the straight line does it: leave --short out",
            ));
        }
        let bar = progress::spinner("refitting parts of the neurons");
        let stop = interrupt::ends_by_itself();
        let mut told = |[a, b]: [f64; 2]| {
            bar.set_message(format!("refitting parts of the neurons: {a:.6} and {b:.6}, larger end {top:.6}"));
            !stop.load(Ordering::Relaxed)
        };
        let found = short(&self.setting, self.ends(), top, self.arguments.seed, &mut told);
        drop(bar);
        let building_seconds = started.elapsed().as_secs_f64();
        let Some(networks) = found.networks else { return Err(self.too_narrow(found.refits, top)?) };
        let [from, to] = self.ends();
        let whole: Vec<&Parameters<Rational>> = [from].into_iter().chain(&networks).chain([to]).collect();
        // Where the last layer stays the output does, so that these are all losses on the way.
        let last = |network: &Parameters<Rational>| network.layer(network.depth()).clone();
        for pair in whole[..=networks.len()].windows(2).filter(|pair| last(pair[0]) != last(pair[1])) {
            if end_losses(&self.task(&[pair[1], pair[1]])?)[0].upper >= top {
                return Err(self.too_narrow(found.refits, top)?);
            }
        }
        Ok(Found {
            claim: Claim::Connected,
            label: SHORT,
            path: path(&whole, |_| None),
            margins: end_losses(&self.task(&[whole[1], whole[networks.len()]])?),
            bends: None,
            trained: None,
            bound: None,
            building_seconds,
            missing: None,
        })
    }

    /// How far the refits came.
    fn too_narrow(&self, [a, b]: [f64; 2], top: f64) -> Result<Failure, Failure> {
        if a.max(b).is_infinite() {
            return Ok(Failure::input("the networks are not finite in single precision, in which refits are found"));
        }
        let margins = self.ends().map(|end| with_margin(&self.setting, end));
        let margin = without_margin(&end_losses(&self.task(&[&margins[0], &margins[1]])?), top);
        Ok(Failure::incomplete(format!(
            "no part of the neurons that was tried does alone what is needed: the best refits have losses of {a:.6} and \
             {b:.6}, the larger end is {top:.6}{margin}; another --seed tries other halves, --bend trains a chain"
        )))
    }

    /// The networks between the margins: the user's own, or trained ones.
    fn between(
        &self,
        margins: &[Parameters<Rational>; 2],
        top: f64,
    ) -> Result<(Vec<Parameters<Rational>>, Option<Step>), Failure> {
        let inner = &self.networks[1..self.networks.len() - 1];
        if !self.arguments.bend {
            return Ok((inner.to_vec(), None));
        }
        let Arguments { bends, steps, seed, .. } = *self.arguments;
        let options = Options { bends, steps, seed };
        let stop = interrupt::ends_by_itself();
        let bar = progress::spinner("training the chain");
        let mut told = |step: Step| {
            bar.set_message(format!(
                "training the chain: step {} of {steps}, largest sampled loss {:.6}, larger end {top:.6}; Ctrl-C keeps the best",
                step.steps, step.maximum
            ));
            !stop.load(Ordering::Relaxed)
        };
        let trained = train(&self.setting, [&margins[0], &margins[1]], top, options, &mut told);
        let trained = trained.ok_or_else(|| {
            Failure::input("the networks are not finite in single precision, in which chains are trained")
        })?;
        Ok((trained.bends, Some(trained.end)))
    }

    /// Whether the loss stays below the larger end on the chain, and by what bound; otherwise what it stays below.
    fn certify(
        &self,
        knots: &[&Parameters<Rational>],
        larger: Enclosure,
    ) -> Result<(Claim, Rational, Option<String>), Failure> {
        let top = larger.lower;
        let exact = |bound: f64| Rational::from_f64(bound);
        let task = self.task(knots)?;
        let bar = progress::spinner("bounding the loss");
        let mut told = |evaluations: usize, lower: f64, upper: f64| {
            let enclosure = Enclosure { lower, upper };
            bar.set_message(format!("bounding the loss: {evaluations} intervals, maximum in {enclosure}"));
        };
        // The checker encloses the ends of smooth networks with 40 bits.
        let [below_top, above_top] = match self.setting.activation {
            Nonlinearity::PiecewiseLinear(_) => [top.next_down(), larger.upper],
            Nonlinearity::Smooth(_) => [top * (1.0 - ENCLOSED), larger.upper * (1.0 + ENCLOSED)],
        };
        let goal = exact(below_top).filter(|goal| *goal > 0);
        if let Some(goal) = &goal
            && let Below::Proved { .. } = below(&task, goal, Budget { evaluations: EVALUATIONS, progress: &mut told })
        {
            return Ok((Claim::Connected, goal.clone(), None));
        }
        let tolerance = (TOLERANCE * top).max(f64::MIN_POSITIVE);
        let found = barrier(&task, tolerance, Budget { evaluations: EVALUATIONS, progress: &mut told });
        let found = found.map_err(Failure::input)?;
        drop(bar);
        // The ends are vertices of the path, and a bound holds for these too.
        let bound = exact(found.maximum.upper.max(above_top))
            .ok_or_else(|| Failure::incomplete("undecided: nothing bounds the loss on the chain"))?;
        let reason = format!(
            "the chain is not below the larger end {top}: its largest loss is in {}, which is what the certificate proves; \
             {}",
            found.maximum,
            self.next()
        );
        Ok((Claim::Barrier, bound, Some(reason)))
    }

    /// What to try where the chain stays above.
    fn next(&self) -> String {
        match self.arguments.bend {
            true => format!(
                "try --steps {}, --bends {} or another --seed",
                4 * self.arguments.steps,
                self.arguments.bends + 1
            ),
            false => "train it further, or let --bend train one".into(),
        }
    }
}

/// What is said where the last layers alone, whose losses are these, do not come below the larger end.
fn without_margin(lowered: &[Enclosure; 2], top: f64) -> &'static str {
    match lowered.iter().any(|loss| loss.upper >= top) {
        true => {
            "; there is no margin to be had: no step of the last layer was found that lowers the loss of the larger end"
        }
        false => "",
    }
}

/// The path through these networks: move i is bounded where there is a bound, and else a line.
fn path(
    networks: &[&Parameters<Rational>],
    bound: impl Fn(usize) -> Option<Rational>,
) -> sublevel::path::Path<Rational> {
    let step = |(i, pair): (usize, &[&Parameters<Rational>])| {
        let changes = changes_between(pair[0], pair[1]);
        let rests = changes.is_empty();
        let step = bound(i).map_or_else(|| Move::Line(changes.clone()), |bound| Move::Bounded(changes.clone(), bound));
        (!rests).then_some(step)
    };
    let moves = networks.windows(2).enumerate().filter_map(step).collect();
    sublevel::path::Path { start: networks[0].clone(), moves }
}

fn print_summary(summary: &Summary) {
    let range = |[lower, upper]: [f64; 2]| Enclosure { lower, upper };
    let lines = counted(summary.moves, "line");
    let by = if summary.construction == SHORT { lines.as_str() } else { "a chain" };
    let architecture = format!("N = {}, {}", summary.samples, inputs::dashed(&summary.widths));
    let connected = summary.claim == "connected";
    say!("{} by {by}, {architecture}", if connected { "connected" } else { "bounded, not connected," });
    say!("holds for {}: {}", summary.loss, summary.loss_definition);
    say!("ends      {} at the start, {} at the end", range(summary.start), range(summary.end));
    let lowered = [range(summary.start_with_margin), range(summary.end_with_margin)];
    match summary.bends {
        None => say!("refits    {} and {}, on parts of the last hidden layer", lowered[0], lowered[1]),
        Some(bends) => {
            say!("margin    {} and {} after the last layer alone has moved", lowered[0], lowered[1]);
            let trained =
                summary.steps.map_or(String::new(), |steps| format!(", trained in {}", counted(steps, "step")));
            let sampled = summary.sampled_maximum;
            let sampled =
                sampled.map_or(String::new(), |loss| format!(", largest sampled loss {loss:.6} (floats, no proof)"));
            say!("chain     {}{trained}{sampled}", counted(bends, "bend"));
        }
    }
    let at_most = rounded_up(summary.at_most);
    // A bound that differs in no digit is not worth a word.
    let chain = summary.chain_at_most.map(rounded_up).filter(|chain| *chain != at_most);
    let chain = chain.map_or(String::new(), |chain| format!("; from margin to margin at most {chain}"));
    match connected {
        true => say!("certified at every point the loss is at most {at_most}, the larger end{chain}"),
        false => say!("certified at every point the loss is at most {at_most}"),
    }
    let (file, size) = (&summary.certificate, &summary.size);
    say!(
        "written   {file} ({size}, {}, {:.1} s, of which {:.1} s for the path); prove it with: {}",
        counted(summary.moves, "move"),
        summary.seconds,
        summary.building_seconds,
        check_command(file, summary.samples, &summary.widths, summary.bits)
    );
}

/// With nine decimals that are not below the number.
fn rounded_up(number: f64) -> String {
    let nearest = format!("{number:.9}");
    match Rational::from_f64(number).zip(decimal(&nearest)) {
        Some((exact, rounded)) if rounded < exact => format!("{:.9}", number + 1e-9),
        _ => nearest,
    }
}

/// The rational of a decimal with nine digits behind the point.
fn decimal(text: &str) -> Option<Rational> {
    let numerator = rug::Integer::from_str_radix(&text.replace('.', ""), 10).ok()?;
    Some(Rational::from((numerator, 1_000_000_000)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_rounded_up() {
        for (number, text) in [
            (0.5, "0.500000000"),
            (0.0, "0.000000000"),
            (1e-12, "0.000000001"),
            (0.123_456_789_2, "0.123456790"),
            (0.123_456_789_7, "0.123456790"),
            (2.0 + 2.0 * f64::EPSILON, "2.000000001"),
            // The nearest double of 0.1 is above it.
            (0.1, "0.100000001"),
        ] {
            assert_eq!(rounded_up(number), text);
        }
    }
}

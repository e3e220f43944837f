//! `sublevel connect --bend`, `--via` and `--short`: a path for one loss between any two networks, below the larger of their
//! losses.

use super::barrier::{CurveKind, curve};
use super::connect::{Arguments, STEPS, align};
use super::reading::Read;
use super::{
    About, Console, Failure, check_command, inputs, interrupt, layer_bits, progress, write_certificate_for_loss,
};
use crate::arith::counted;
use crate::barrier::Enclosure;
use crate::certificate::Claim;
use crate::chain::{
    Certified, ChainError, Ends, Missing, Options, Setting, Stage, certified_chain, certified_short, without_margin,
};
use crate::network::Parameters;
use rug::Rational;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

/// The label of the lines through refits.
const SHORT: &str = "short";

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
    /// An enclosure of the largest loss on the chain where that is above the larger end, so that it does not connect.
    maximum: Option<[f64; 2]>,
    /// Why it does not connect, and what to try.
    not_connected: Option<String>,
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
    /// How it is proved.
    #[serde(skip)]
    check: String,
}

/// Reads, trains, certifies, writes.
pub fn run(arguments: &Arguments, out: &Path, console: &mut Console) -> Result<(), Failure> {
    let mut read = Read::default();
    let files = inputs::along(&arguments.from, &arguments.via, arguments.to.as_ref())?;
    let files: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
    console.claim(arguments.outputs(), &[&files[..], &[&arguments.data.data]].concat())?;
    let mut networks = networks(arguments, &files, &mut read)?;
    // All points of a curve are in the one file.
    let file = |point: usize| files[point.min(files.len() - 1)];
    let named: Vec<(&Path, &Parameters<Rational>)> =
        networks.iter().enumerate().map(|(point, network)| (file(point), network)).collect();
    let mut data = inputs::data(&arguments.data, &arguments.activation, &named, read, console)?;
    let loss = data.loss.ok_or_else(|| {
        Failure::input("the data have neither labels nor targets: a chain is proved for one loss, and there is none")
    })?;
    let exact = arguments.data.import.exact(&data.set.inputs)?;
    if let Some(file) = &arguments.align {
        let aligned = align(&arguments.activation, &data.set.inputs, [&networks[0], &networks[1]], file, console)?;
        data.read.add_aligned(file, console);
        networks[1] = aligned;
    }
    let setting = Setting { activation: &arguments.activation, inputs: &data.set.inputs, loss: &loss };
    let widths = networks[0].widths();
    let about = About { activation: &arguments.activation, inputs: &exact, widths: &widths, loss: &loss };
    let ends = Ends { setting, networks: &networks, memory: arguments.data.import.memory_limit };
    let job = Job { arguments, ends, about, out };
    let summary = job.run(console)?;
    // As the path is.
    std::mem::forget(networks);
    if console.json() {
        console.print_json(&data.read.beside(&summary));
    } else {
        print_summary(&summary);
    }
    match summary.not_connected {
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
    ends: Ends<'a>,
    about: About<'a>,
    out: &'a Path,
}

impl Job<'_> {
    fn run(&self, console: &mut Console) -> Result<Summary, Failure> {
        let started = Instant::now();
        let found = self.build()?;
        let loss = self.about.loss;
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
            start: pair(found.ends[0]),
            end: pair(found.ends[1]),
            start_with_margin: pair(found.margins[0]),
            end_with_margin: pair(found.margins[1]),
            bends: found.bends,
            steps: found.trained.map(|step| step.steps),
            sampled_maximum: found.trained.map(|step| step.maximum),
            at_most: found.at_most,
            maximum: found.missing.as_ref().map(|missing| pair(missing.maximum)),
            not_connected: found.missing.as_ref().map(|missing| self.missing(missing)),
            chain_at_most: found.bound,
            moves: found.path.moves.len(),
            building_seconds: found.building_seconds,
            seconds: started.elapsed().as_secs_f64(),
            certificate: self.out.display().to_string(),
            certificate_bytes: written.bytes,
            size: written.size(),
            check: check_command(
                &self.out.display().to_string(),
                self.about.inputs.nrows(),
                self.about.widths,
                &layer_bits(&found.path),
            ),
        };
        // The program ends soon: until then nobody needs the memory, and millions of numbers are not given back in no time.
        std::mem::forget(found.path);
        Ok(summary)
    }

    fn build(&self) -> Result<Certified, Failure> {
        let Arguments { bends, steps, seed, .. } = *self.arguments;
        let bar = progress::spinner("margin: the last layer of both ends");
        let mut told = |stage: Stage| {
            bar.set_message(words(stage, steps));
            // From here on the first Ctrl-C ends the search with what it has.
            let heeds = matches!(stage, Stage::Training { .. } | Stage::Refitting { .. });
            !heeds || !interrupt::ends_by_itself().load(Ordering::Relaxed)
        };
        let training = self.arguments.bend.then_some(Options { bends, steps, seed });
        let found = match self.arguments.short {
            true => certified_short(&self.ends, seed, &mut told),
            false => certified_chain(&self.ends, training, &mut told),
        };
        drop(bar);
        found.map_err(|error| self.failure(error))
    }

    fn failure(&self, error: ChainError) -> Failure {
        match error {
            ChainError::Memory { bytes } => {
                let what = "the features of the first layer for all samples";
                let refused = self.arguments.data.import.check_memory(what, bytes);
                refused.expect_err("more than the limit")
            }
            ChainError::NoHiddenLayer => Failure::hypothesis(
                "--short is for networks with a hidden layer; without one the straight line does it: leave --short out",
            ),
            ChainError::TooNarrow { .. } => {
                Failure::incomplete(format!("{error}; another --seed tries other halves, --bend trains a chain"))
            }
            ChainError::Unbounded => Failure::incomplete(error),
            ChainError::Task(_) | ChainError::NotFinite { .. } => Failure::input(error),
        }
    }

    /// Why the chain does not connect, and what to try.
    fn missing(&self, missing: &Missing) -> String {
        let Missing { top, maximum, has_margin } = missing;
        format!(
            "the chain is not below the larger end {top}: its largest loss is in {maximum}, which is what the certificate \
             proves; {}{}",
            self.next(),
            without_margin(*has_margin)
        )
    }

    /// What to try where the chain stays above.
    fn next(&self) -> String {
        match self.arguments.bend {
            true => format!(
                "try --steps {}, --bends {} or another --seed",
                (4 * self.arguments.steps).max(STEPS),
                self.arguments.bends + 1
            ),
            false => "train it further, or let --bend train one".into(),
        }
    }
}

/// What is shown of a stage; training takes so many steps at most.
fn words(stage: Stage, steps: usize) -> String {
    match stage {
        Stage::Margin => "margin: the last layer of both ends".into(),
        Stage::Training { step, top } => format!(
            "training the chain: step {} of {steps}, largest sampled loss {:.6}, larger end {top:.6}; Ctrl-C keeps the best",
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
        summary.check
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

//! `sublevel check --kernel proved`: a certificate judged by the kernel that is extracted from its proof (`proof/`).
//!
//! The kernel is a program of its own, which reads the file itself; here its answer is put into words, and the networks and the
//! problem that it returns are compared with the user's.

use super::reading::Read;
use super::{Console, Failure, inputs, progress};
use crate::arith::counted;
use crate::certificate::object::{ClassPath, Network, Object};
use crate::certificate::{ActivationRecord, Layer, Layers, LossRecord, Matrix, text};
use crate::checker::{Expected, Targets};
use crate::network::{Criterion, Loss};
use crate::path::{from_activation, from_loss, from_matrix};
use nalgebra::DMatrix;
use rug::Rational;
use serde::Deserialize;
use serde_json::{Value, json};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Instant;

/// What the kernel says where it does not accept.
#[derive(Deserialize)]
struct Refusal {
    verdict: String,
    reason: String,
}

/// What it proved: of a path, or of what is no path.
enum Answer {
    Path(Box<Proved>),
    Object(Box<ProvedObject>),
}

/// What it proved of what is no path.
#[derive(Deserialize)]
struct ProvedObject {
    conclusion: String,
    object: ObjectLine,
}

/// What the kernel was told, as a record.
#[derive(Deserialize)]
struct ObjectLine {
    object: Object,
}

/// What it proved, and of what.
#[derive(Deserialize)]
struct Proved {
    conclusion: String,
    scope: String,
    samples: usize,
    lines: usize,
    follows: usize,
    rays: usize,
    problem: Problem,
    from: Layers,
    to: Layers,
}

/// What the networks have in common.
#[derive(Deserialize)]
struct Problem {
    widths: Vec<usize>,
    activation: ActivationRecord,
    inputs: Matrix,
    loss: Option<LossRecord>,
}

pub fn run(path: &Path, expected: &Expected, read: &Read, console: &mut Console) -> Result<(), Failure> {
    let started = Instant::now();
    if expected.graph.is_some() {
        return Err(Failure::input(
            "the proved kernel knows fully connected networks with piecewise-linear activations: check this one without \
             --kernel proved",
        ));
    }
    let kernel = kernel()?;
    let bar = progress::spinner("checking by the proved kernel");
    let output = ask(&kernel, path)?;
    drop(bar);
    let proved = match understand(&kernel, &output)? {
        Ok(proved) => proved,
        Err((code, Refusal { verdict, reason })) => return Err(refusal(path, console, &verdict, &reason, code)),
    };
    let compared = match &proved {
        Answer::Path(proved) => compare(proved, expected),
        Answer::Object(proved) => compare_object(&proved.object.object, expected),
    };
    let compared = compared.map_err(|what| refusal(path, console, "refused", &what, 1))?;
    let seconds = started.elapsed().as_secs_f64();
    if console.json() {
        let answer = match &proved {
            Answer::Path(proved) => to_json(proved, &compared, seconds),
            Answer::Object(proved) => proved.to_json(&compared, seconds),
        };
        console.print_json(&read.beside(&answer));
    } else {
        say!("valid       {} ({seconds:.2} s, proved kernel)", path.display());
        let lines = match &proved {
            Answer::Path(proved) => proved.lines(&compared),
            Answer::Object(proved) => proved.lines(&compared),
        };
        lines.iter().for_each(|line| say!("{line}"));
    }
    Ok(())
}

/// A verdict other than valid, as it is printed, and the exit code.
fn refusal(path: &Path, console: &mut Console, verdict: &str, reason: &str, code: u8) -> Failure {
    let verdict = if verdict == "refused" { "invalid" } else { verdict };
    if console.json() {
        console.print_json(&json!({ "verdict": verdict, "kernel": "proved", "reason": reason }));
        return Failure::silent(code);
    }
    let next = if verdict == "not covered" { " by the proved kernel: check it without --kernel proved" } else { "" };
    let message = format!("{}: {verdict}{next}: {reason}", path.display());
    if code == 1 { Failure::invalid(message) } else { Failure::incomplete(message) }
}

/// The program: what `SUBLEVEL_KERNEL` names, or what `make proof` built beside the sources.
fn kernel() -> Result<PathBuf, Failure> {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("proof/kernel");
    let kernel = std::env::var_os("SUBLEVEL_KERNEL").map_or(built, PathBuf::from);
    if kernel.is_file() {
        return Ok(kernel);
    }
    Err(Failure::input(format!(
        "there is no proved kernel at {}: run `make proof` in the sources of sublevel (OCaml is needed), or name one by \
         SUBLEVEL_KERNEL",
        kernel.display()
    )))
}

/// The kernel's answer to a certificate, which is decompressed on the way if it is compressed.
fn ask(kernel: &Path, path: &Path) -> Result<Output, Failure> {
    let mut certificate = text(path).map_err(|error| inputs::in_file(path, error))?;
    let failed = |error: io::Error| Failure::input(format!("cannot run {}: {error}", kernel.display()));
    let mut command = Command::new(kernel);
    command.args(["--ends", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(failed)?;
    let mut input = child.stdin.take().expect("a pipe");
    // The kernel reads everything before it writes anything; if it stops early, its answer says why.
    let copied = io::copy(&mut certificate, &mut input);
    drop(input);
    match copied {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let _ = child.kill();
            let _ = child.wait();
            Err(inputs::in_file(path, error))
        }
        _ => child.wait_with_output().map_err(failed),
    }
}

/// Parses what the kernel printed: what it proved, or why not and the exit code. A kernel that died has not said anything.
fn understand(kernel: &Path, output: &Output) -> Result<Result<Answer, (u8, Refusal)>, Failure> {
    let refusal = |code| serde_json::from_slice(&output.stdout).map(|refusal| Err((code, refusal))).ok();
    let answer = match output.status.code() {
        Some(0) => {
            let path = serde_json::from_slice(&output.stdout).map(Answer::Path);
            path.or_else(|_| serde_json::from_slice(&output.stdout).map(Answer::Object)).map(Ok).ok()
        }
        Some(1) => refusal(1),
        Some(4) => refusal(4),
        _ => None,
    };
    answer.ok_or_else(|| {
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.trim().lines().last().unwrap_or("nothing on standard error").to_owned();
        Failure::incomplete(format!("{} ended ({}) without an answer: {said}", kernel.display(), output.status))
    })
}

/// What was equal to the user's files, in words; or what was not.
fn compare(proved: &Proved, expected: &Expected) -> Result<Vec<&'static str>, String> {
    let mut compared = vec![];
    if let Some(from) = &expected.from {
        if let Some(layer) = different_layer(from, &proved.from) {
            return Err(format!("the network, of two the first one, is not the expected one: layer {layer} differs"));
        }
        compared.push("first network");
    }
    if let Some(to) = &expected.to {
        if proved.rays > 0 {
            return Err("a path that runs to infinity has no last network to be compared".into());
        }
        if let Some(layer) = different_layer(to, &proved.to) {
            return Err(format!("the path does not end at the expected network: layer {layer} differs"));
        }
        compared.push("last network");
    }
    if let Some(activation) = &expected.activation {
        if from_activation(activation)? != from_activation(&proved.problem.activation)? {
            return Err("the activation is not the expected one".into());
        }
        compared.push("activation");
    }
    if let Some(inputs) = &expected.inputs {
        if from_matrix(inputs) != from_matrix(&proved.problem.inputs) {
            return Err("the inputs are not the expected ones (of more samples `--samples` takes the first)".into());
        }
        compared.push("inputs");
    }
    if proved.scope == NAMED {
        compare_loss(proved, expected, &mut compared)?;
    }
    Ok(compared)
}

/// What of an object was equal to the user's files, in words; or what was not, or cannot be compared.
fn compare_object(object: &Object, expected: &Expected) -> Result<Vec<&'static str>, String> {
    let (network, inputs) = match object {
        Object::Ranks(ranks) => (Some(&ranks.network), None),
        Object::ClassPath(path) => (Some(&path.network), expected.inputs.as_ref()),
        _ => (None, None),
    };
    let comparable = Expected {
        from: network.and(expected.from.clone()),
        activation: network.and(expected.activation.clone()),
        inputs: inputs.cloned(),
        // Labels come with the inputs, and a path of inputs says nothing of them.
        targets: inputs.and(expected.targets.clone()),
        ..Expected::default()
    };
    if *expected != comparable {
        return Err("something was given that cannot be compared with a certificate of this claim".into());
    }
    let mut compared = vec![];
    if let (Some(from), Some(network)) = (&expected.from, network) {
        if let Some(layer) = different_layer(from, &network.layers) {
            return Err(format!("the network is not the expected one: layer {layer} differs"));
        }
        compared.push("network");
    }
    if let (Some(activation), Some(network)) = (&expected.activation, network) {
        if from_activation(activation)? != from_activation(&network.activation)? {
            return Err("the activation is not the expected one".into());
        }
        compared.push("activation");
    }
    if let (Some(inputs), Object::ClassPath(path)) = (inputs, object) {
        let inputs = from_matrix(inputs);
        for stop in [path.stops.first(), path.stops.last()].into_iter().flatten().map(from_matrix) {
            if !inputs.row_iter().any(|row| row == stop.row(0)) {
                return Err("an end of the path is none of the expected inputs".into());
            }
        }
        compared.push("both ends of the path, among the inputs");
    }
    Ok(compared)
}

/// The kernel's word for a statement about one loss.
const NAMED: &str = "the named loss";

fn compare_loss(proved: &Proved, expected: &Expected, compared: &mut Vec<&'static str>) -> Result<(), String> {
    let record = proved.problem.loss.as_ref().ok_or("the kernel names no loss")?;
    let loss = from_loss(record).map_err(|error| error.to_string())?;
    if let Some(own) = &expected.loss {
        if from_loss(own).map_err(|error| error.to_string())? != loss {
            return Err("the loss, its weights, labels or targets are not the expected ones".into());
        }
        compared.push("loss, its weights, labels or targets");
    } else if let Some(targets) = &expected.targets {
        if !is_about(&loss, targets) {
            return Err("the labels or targets of the loss are not the expected ones".into());
        }
        compared.push("labels or targets");
    }
    Ok(())
}

/// Whether a loss is about these labels or targets; where targets are given, labels stand for unit rows, and of a single output
/// of a binary cross-entropy for 0 and 1.
fn is_about(loss: &Loss, targets: &Targets) -> bool {
    use Criterion::{BinaryCrossEntropy, CrossEntropy, Hinge, MeanSquare, SoftCrossEntropy, Square};
    let unit = |own: &[usize], cols, first| {
        DMatrix::from_fn(own.len(), cols, |i, j| Rational::from(u32::from(own[i] == j + first)))
    };
    match (loss.criterion(), targets) {
        (Hinge(labels) | CrossEntropy(labels), Targets::Labels(own)) => labels == own,
        (
            Square(found) | MeanSquare(found) | SoftCrossEntropy(found) | BinaryCrossEntropy(found),
            Targets::Values(own),
        ) => *found == from_matrix(own),
        (Square(found) | MeanSquare(found) | SoftCrossEntropy(found), Targets::Labels(own)) => {
            *found == unit(own, found.ncols(), 0)
        }
        (BinaryCrossEntropy(found), Targets::Labels(own)) => found.ncols() == 1 && *found == unit(own, 1, 1),
        _ => false,
    }
}

/// The first layer in which two networks differ, number by number.
fn different_layer(own: &Layers, found: &Layers) -> Option<usize> {
    let numbers = |layer: &Layer| [&layer.weight, &layer.bias].map(|matrix| matrix.as_ref().map(from_matrix));
    own.keys().chain(found.keys()).copied().find(|k| own.get(k).map(numbers) != found.get(k).map(numbers))
}

/// What is believed where the kernel accepts.
const PROVED: &str = "proved      that a kernel which accepts this is right is proved in Coq (proof/): its rules, and the sentence above";

/// The line that says what was equal to the user's files.
fn compared_line(compared: &[&str], of: &str) -> String {
    match compared {
        [] => format!("compared    with nothing: {of} are those in the certificate"),
        _ => format!("compared    {}: equal to what was given, number by number; nothing else", compared.join(", ")),
    }
}

fn dashed(widths: &[usize]) -> String {
    widths.iter().map(usize::to_string).collect::<Vec<_>>().join("-")
}

impl ProvedObject {
    fn network(&self) -> Option<&Network> {
        match &self.object.object {
            Object::Ranks(ranks) => Some(&ranks.network),
            Object::ClassPath(path) => Some(&path.network),
            _ => None,
        }
    }

    /// What holds, rebuilt from what the kernel was told.
    fn sentence(&self) -> String {
        match &self.object.object {
            Object::Chain(chain) => format!(
                "every point of a chain of {} of {} × {} matrices has full rank",
                counted(chain.segments.len(), "segment"),
                chain.start.rows,
                chain.start.cols
            ),
            Object::ClassPath(path) => {
                let ClassPath { network, class, stops } = &**path;
                format!(
                    "class {class} of this {} network wins strictly at every point of a path of {} of inputs",
                    dashed(&network.widths),
                    counted(stops.len() - 1, "segment")
                )
            }
            Object::Ranks(ranks) => format!(
                "every decision region of this {} network is connected in the whole input space: for each class the set of \
                 all inputs at which it wins strictly, which may be empty",
                dashed(&ranks.network.widths)
            ),
            _ => "what the kernel calls by a word that is not known here".into(),
        }
    }

    fn lines(&self, compared: &[&str]) -> Vec<String> {
        let activation = self.network().map(|network| &network.activation).and_then(|own| from_activation(own).ok());
        let mut lines = vec![format!("checked     {}", self.sentence())];
        lines.extend(activation.map(|activation| format!("activation  {activation}")));
        lines.push(PROVED.into());
        let of = if self.network().is_some() { "network, activation and inputs" } else { "matrices" };
        lines.push(compared_line(compared, of));
        lines.push(format!("not seen    {SPELLING}"));
        lines
    }

    fn to_json(&self, compared: &[&str], seconds: f64) -> Value {
        json!({
            "verdict": "valid",
            "kernel": "proved",
            "conclusion": self.conclusion,
            "statement": self.sentence(),
            "widths": self.network().map(|network| &network.widths),
            "compared": compared,
            "not_seen": SPELLING,
            "seconds": seconds,
        })
    }
}

/// What the kernel does not look at, whatever is claimed.
const SPELLING: &str = "whether the file keeps to the one spelling of its format";

impl Proved {
    /// What holds along the path.
    fn sentence(&self) -> &'static str {
        match &*self.conclusion {
            "connected" => {
                "a continuous path between two networks; at every point of it the loss is at most the larger one of the \
                 losses at its two ends"
            }
            "descends" => {
                "a continuous path from the first to the last network; at every point of it the loss is at most its value at \
                 the start"
            }
            "never rises" => {
                "a continuous path from the first to the last network; at every point of it the loss is at most its value at \
                 all points before"
            }
            "falls strictly" => {
                "a continuous path from the first to the last network; at every point of it the loss is below its value at \
                 all points before"
            }
            "unbounded" => {
                "a continuous path and a ray behind it, which runs to infinity; at every point of both the output is that of \
                 the first network"
            }
            _ => "what the kernel calls by a word that is not known here",
        }
    }

    fn is_for_every_loss(&self) -> bool {
        self.scope != NAMED
    }

    fn lines(&self, compared: &[&str]) -> Vec<String> {
        let activation =
            from_activation(&self.problem.activation).map_or(String::new(), |activation| activation.to_string());
        let loss = self.problem.loss.as_ref().map_or(String::new(), LossRecord::to_string);
        let scope =
            if self.is_for_every_loss() { "every convex loss at once".into() } else { format!("the {loss} loss") };
        let Proved { samples, lines, follows, rays, .. } = self;
        vec![
            format!("network     {}, activation {activation}", dashed(&self.problem.widths)),
            format!("samples     {samples}"),
            format!("checked     {}", self.sentence()),
            format!("holds for   {scope}"),
            format!(
                "moves       {} ({}, {}, {})",
                lines + follows + rays,
                counted(*lines, "line"),
                counted(*follows, "follow"),
                counted(*rays, "ray")
            ),
            PROVED.into(),
            compared_line(compared, "networks, data, activation and loss"),
            format!("not seen    {}", self.not_seen()),
        ]
    }

    /// What the certificate may say, or a reader may think, and the kernel did not look at.
    fn not_seen(&self) -> String {
        let mut not = vec![SPELLING];
        if self.conclusion == "descends" {
            not.push("whether the loss rises on the way, below its start");
        }
        if self.is_for_every_loss() && self.problem.loss.is_some() {
            not.push("the named loss, which is one of them");
        }
        not.join("; ")
    }
}

fn to_json(proved: &Proved, compared: &[&str], seconds: f64) -> Value {
    json!({
        "verdict": "valid",
        "kernel": "proved",
        "conclusion": proved.conclusion,
        "statement": proved.sentence(),
        "every_convex_loss": proved.is_for_every_loss(),
        "widths": proved.problem.widths,
        "samples": proved.samples,
        "moves": { "lines": proved.lines, "follows": proved.follows, "rays": proved.rays },
        "compared": compared,
        "not_seen": proved.not_seen(),
        "seconds": seconds,
    })
}

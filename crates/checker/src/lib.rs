//! The independent checker: the trusted kernel.
//!
//! It reads a certificate record by record, holds the network at the current vertex of the path, checks every move with
//! the rule of its kind ([`rules`](self), one file a rule), and concludes at the end what holds along the whole path. It shares
//! no arithmetic (unless the caller lends one, see [`Arithmetic`]) and no forward pass with the code that builds paths; it
//! multiplies, adds and compares integers, and never inverts, factors or solves. `docs/trust.md` says what has to be
//! believed.
//!
//! ```
//! use sublevel_checker::{Expected, Reason, Verdict, certificate::Reader, check};
//!
//! let verdict = check(Reader::new("".as_bytes()), &Expected::default(), &mut |_| {});
//! assert!(matches!(verdict, Verdict::Incomplete { record: 1, reason: Reason::File(_) }));
//! ```

#![forbid(unsafe_code)]

mod activation;
mod arithmetic;
mod chord;
mod claim;
mod cores;
mod exponential;
mod finding;
mod graph;
mod interval;
mod loss;
mod matrix;
mod motion;
mod numbers;
mod objects;
mod pieces;
mod polynomial;
mod rational;
mod rules;
mod smooth;
mod state;
mod verdict;
mod words;

pub use arithmetic::{Arithmetic, Integers};
pub use finding::{Domain, Extent, Finding, Own, Reach, Unproved, Well};
pub use num_bigint;
pub use rational::Rational;
pub use sublevel_format as certificate;
pub use verdict::{
    Compared, Conclusion, Descent, Enclosure, Level, LossName, Losses, Moves, Network, Part, Reason, Rejection, Rule,
    Scope, Standing, Statement, Undecided, Verdict,
};

use activation::Activation;
use certificate::{Claim, Fault, Layers, Limits, Object, ProblemRecord, ReadError, Reader, Record, object};
use claim::Track;
use loss::Loss;
use matrix::{Matrix, Reading};
use pieces::Piece;
use rules::{bounded, follow, line, ray, rescale};
use state::{Changes, Layer, Setting, State, all_layers, read_changes};
use std::{io::BufRead, rc::Rc};
use verdict::Failure;

/// Bits of the enclosures of the losses in a statement.
const STATED_BITS: u64 = 128;

/// What the path should be about: networks and data of the user's own. What is `None` is not compared.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Expected {
    /// The first network, every layer.
    pub from: Option<Layers>,
    /// The last network, every layer.
    pub to: Option<Layers>,
    /// σ; written in another way it is still the same function.
    pub activation: Option<certificate::ActivationRecord>,
    /// The graph of the networks, with its activations; of certificates that are about graphs.
    pub graph: Option<certificate::GraphRecord>,
    /// X, `[N, d]`.
    pub inputs: Option<certificate::Matrix>,
    /// What the loss has to be about, if the certificate names one.
    pub targets: Option<Targets>,
    /// The loss. A certificate without one is then checked for this one.
    pub loss: Option<certificate::LossRecord>,
}

/// What the user's data say of each sample, whatever the loss.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Targets {
    /// N classes, from 0; to the square loss they stand for unit rows.
    Labels(Vec<usize>),
    /// `[N, n_L]`.
    Values(certificate::Matrix),
}

/// Checks a certificate. `progress` hears the number of records so far after each of them.
///
/// Every number is exact; nothing is sampled. What cannot be decided is [`Verdict::Incomplete`].
pub fn check<R: BufRead>(reader: Reader<R>, expected: &Expected, progress: &mut dyn FnMut(usize)) -> Verdict {
    check_with(Arithmetic::OWN, reader, expected, progress)
}

/// [`check`] with an arithmetic that the caller lends. The verdict does not depend on it.
pub fn check_with<R: BufRead>(
    arithmetic: Arithmetic,
    reader: Reader<R>,
    expected: &Expected,
    progress: &mut dyn FnMut(usize),
) -> Verdict {
    let mut records = Records { reader, progress };
    let verdict = match records.next() {
        Ok(Record::Problem(problem)) => {
            run(problem, arithmetic, &mut records, expected).map(Box::new).map(Verdict::Valid)
        }
        Ok(Record::Graph(problem)) => {
            run_graph(&problem, arithmetic, &mut records, expected).map(Box::new).map(Verdict::Valid)
        }
        Ok(Record::Rational(problem)) => {
            run_rational(&problem, arithmetic, &mut records, expected).map(Box::new).map(Verdict::Valid)
        }
        Ok(Record::Object { statement, object }) => prove(&object, statement, arithmetic, &mut records, expected),
        Ok(other) => Err(misplaced(1, Rule::Problem, "problem", &other)),
        Err(verdict) => Err(verdict),
    };
    verdict.unwrap_or_else(|verdict| verdict)
}

/// The records that are still to come.
struct Records<'a, R: BufRead> {
    reader: Reader<R>,
    progress: &'a mut dyn FnMut(usize),
}

impl<R: BufRead> Records<'_, R> {
    /// The next record; the reader makes sure that there is one until `end` has been read.
    fn next(&mut self) -> Result<Record, Verdict> {
        let record = self.reader.next_record().map_err(unreadable)?;
        let line = self.reader.line();
        (self.progress)(line);
        record.ok_or(Verdict::Incomplete {
            record: line,
            reason: Reason::File(ReadError { line, fault: Fault::MissingEnd }),
        })
    }

    /// Nothing follows the record `end`.
    fn finish(&mut self) -> Result<(), Verdict> {
        self.reader.next_record().map(|_| ()).map_err(unreadable)
    }

    /// The number of the last record, from 1.
    fn number(&self) -> usize {
        self.reader.line()
    }
}

fn unreadable(error: ReadError) -> Verdict {
    let record = error.line;
    match error.is_incomplete() {
        true => Verdict::Incomplete { record, reason: Reason::File(error) },
        false => Verdict::Invalid { record, rule: Rule::Format, rejection: Rejection::Malformed(error) },
    }
}

/// The verdict on a record that fails a rule.
fn fails<F: Into<Failure>>(record: usize, rule: Rule) -> impl Fn(F) -> Verdict {
    move |failure| match failure.into() {
        Failure::Rejected(rejection) => Verdict::Invalid { record, rule, rejection },
        Failure::Undecided(undecided) => Verdict::Incomplete { record, reason: Reason::Undecided(undecided) },
    }
}

/// The name of a record's kind.
fn kind(record: &Record) -> &'static str {
    match record {
        Record::Problem(_) => "problem",
        Record::Graph(_) => "graph",
        Record::Rational(_) => "rational",
        Record::Object { .. } => "object",
        Record::Start { .. } => "start",
        Record::Line { .. } => "line",
        Record::Curve { .. } => "curve",
        Record::Follow(_) => "follow",
        Record::Ray { .. } => "ray",
        Record::Rescale { .. } => "rescale",
        Record::Bounded { .. } => "bounded",
        Record::End { .. } => "end",
    }
}

/// The verdict on a record that comes out of order.
fn misplaced(number: usize, rule: Rule, expected: &'static str, found: &Record) -> Verdict {
    fails(number, rule)(Rejection::Order { expected, found: kind(found) })
}

/// A certificate that is about no path: an object and the end.
fn prove<R: BufRead>(
    object: &Object,
    label: String,
    arithmetic: Arithmetic,
    records: &mut Records<R>,
    expected: &Expected,
) -> Result<Verdict, Verdict> {
    let limits = records.reader.limits().clone();
    let mut finding =
        objects::check(object, Reading::Certificate(arithmetic), &limits).map_err(fails(1, Rule::Object))?;
    compare_object(object, &mut finding, arithmetic, expected, &limits).map_err(fails(1, Rule::Expected))?;
    match records.next()? {
        Record::End { moves: 0 } => records.finish()?,
        Record::End { moves } => return Err(fails(2, Rule::End)(Rejection::MoveCount { expected: moves, found: 0 })),
        other => return Err(misplaced(2, Rule::Object, "end", &other)),
    }
    Ok(Verdict::Proved { finding: Box::new(finding), label })
}

/// Compares an object with the user's own: two networks that are one function, or the network whose regions it is about.
fn compare_object(
    object: &Object,
    finding: &mut Finding,
    arithmetic: Arithmetic,
    expected: &Expected,
    limits: &Limits,
) -> Result<(), Failure> {
    match (object, finding) {
        (Object::Reordered(networks), Finding::SameFunction { compared, .. }) => {
            nothing_else(
                expected,
                &Expected { from: expected.from.clone(), to: expected.to.clone(), ..Expected::default() },
            )?;
            *compared = compare_reordered(networks, arithmetic, expected)?;
        }
        (Object::Ranks(ranks), Finding::ConnectedRegions { compared, .. }) => {
            *compared = compare_classifier(&ranks.network, None, arithmetic, expected, limits)?;
        }
        (Object::ClassPath(path), Finding::ClassPath { compared, ends, .. }) => {
            *compared = compare_classifier(&path.network, expected.inputs.as_ref(), arithmetic, expected, limits)?;
            *ends = compare_ends(path, arithmetic, expected)?;
        }
        (Object::Boundaries(boundaries), Finding::DisconnectedRegions { compared, .. }) => {
            *compared = compare_classifier(&boundaries.network, None, arithmetic, expected, limits)?;
        }
        (Object::Cells(cells), Finding::Census { compared, .. }) => {
            *compared = compare_classifier(&cells.network, None, arithmetic, expected, limits)?;
        }
        (Object::Independent(object), Finding::Independent { compared, .. }) => {
            *compared = compare_independent(object, arithmetic, expected, limits)?;
        }
        (Object::NoStrictMinimum(object), Finding::NoStrictMinimum { compared, .. }) => {
            let blocks = object.kernel.as_ref().map(|kernel| &kernel.layers);
            *compared =
                compare_graph_object((&object.graph, &object.inputs, blocks), false, arithmetic, expected, limits)?;
        }
        (Object::NoMaximum(object), Finding::NoMaximum { compared, loss_compared, .. }) => {
            (*compared, *loss_compared) = compare_maximum(object, arithmetic, expected, limits)?;
        }
        (Object::Gradient(object), Finding::Gradient { compared, .. }) => {
            let object::Gradient { graph, inputs, targets, layers, .. } = &**object;
            *compared = compare_fit((graph, layers), (inputs, targets), arithmetic, expected, limits)?;
        }
        (Object::Solution(object), Finding::Solution { compared, .. }) => {
            let object::Solution { graph, inputs, targets, layers, .. } = &**object;
            *compared = compare_fit((graph, layers), (inputs, targets), arithmetic, expected, limits)?;
        }
        (Object::Minimum(minimum), Finding::Minimum { compared, .. }) => {
            *compared = compare_minimum(minimum, arithmetic, expected, limits)?;
        }
        _ => nothing_else(expected, &Expected::default())?,
    }
    Ok(())
}

/// Whether nothing is given but what can be compared.
fn nothing_else(expected: &Expected, comparable: &Expected) -> Result<(), Rejection> {
    if expected == comparable { Ok(()) } else { Err(Rejection::NothingToCompare) }
}

/// Whether the first and the second one of two networks were compared.
fn compare_reordered(
    networks: &object::Reordered,
    arithmetic: Arithmetic,
    expected: &Expected,
) -> Result<(bool, bool), Rejection> {
    let compare = |layers, given, differs: fn(usize) -> Rejection| {
        let layers =
            all_layers(read_changes(layers, &networks.widths, Reading::Certificate(arithmetic))?, &networks.widths)?;
        compare_layers(&layers, given, &networks.widths, arithmetic, differs)
    };
    compare(&networks.from, &expected.from, |layer| Rejection::FromDiffers { layer })?;
    compare(&networks.to, &expected.to, |layer| Rejection::ToDiffers { layer })?;
    Ok((expected.from.is_some(), expected.to.is_some()))
}

/// Whether a network and its σ were compared; `inputs` are the user's if they are compared elsewhere.
fn compare_classifier(
    network: &object::Network,
    inputs: Option<&certificate::Matrix>,
    arithmetic: Arithmetic,
    expected: &Expected,
    limits: &Limits,
) -> Result<(bool, bool), Failure> {
    let Expected { from, activation, .. } = expected;
    // Labels come with the user's inputs; a classifier's path says nothing of them.
    let targets = inputs.and(expected.targets.clone());
    let comparable = Expected {
        from: from.clone(),
        activation: activation.clone(),
        inputs: inputs.cloned(),
        targets,
        ..Expected::default()
    };
    nothing_else(expected, &comparable)?;
    let widths = &network.widths;
    let layers = all_layers(read_changes(&network.layers, widths, Reading::Certificate(arithmetic))?, widths)?;
    compare_layers(&layers, from, widths, arithmetic, |layer| Rejection::FromDiffers { layer })?;
    if let Some(activation) = activation
        && Activation::read(activation, limits)? != Activation::read(&network.activation, limits)?
    {
        return Err(Rejection::ActivationDiffers.into());
    }
    Ok((from.is_some(), activation.is_some()))
}

/// What of a minimum was compared: its network, σ, X, and Y, which labels stand for as unit rows.
fn compare_minimum(
    minimum: &object::Minimum,
    arithmetic: Arithmetic,
    expected: &Expected,
    limits: &Limits,
) -> Result<Own, Failure> {
    let Expected { inputs, targets, .. } = expected;
    let network = Expected { inputs: None, targets: None, ..expected.clone() };
    let (from, activation) = compare_classifier(&minimum.network, None, arithmetic, &network, limits)?;
    let (found, own) = ((minimum.inputs.rows, minimum.inputs.cols), Reading::Users(arithmetic));
    let data = Matrix::read(&minimum.inputs, Part::Inputs, found, own)?;
    if let Some(inputs) = inputs
        && Matrix::read(inputs, Part::Inputs, found, own).as_ref() != Ok(&data)
    {
        return Err(Rejection::InputsDiffer { expected: (inputs.rows, inputs.cols), found }.into());
    }
    let square = certificate::Criterion::Square { targets: minimum.targets.clone() };
    let loss = Loss::read(&square.into(), found.0, minimum.targets.cols, own)?;
    if targets.as_ref().is_some_and(|targets| !loss.is_about(targets, own)) {
        return Err(Rejection::TargetsDiffer.into());
    }
    Ok(Own { from, activation, inputs: inputs.is_some(), targets: targets.is_some() })
}

/// What of an independence was compared: graph and blocks of the network, X.
fn compare_independent(
    object: &object::Independent,
    arithmetic: Arithmetic,
    expected: &Expected,
    limits: &Limits,
) -> Result<Own, Failure> {
    compare_graph_object((&object.graph, &object.inputs, Some(&object.layers)), false, arithmetic, expected, limits)
}

/// What of an object that is about a graph network was compared: the graph, the blocks, with the output too if `whole`, X. What is
/// about all networks of the graph has no layers, and is about the given one.
fn compare_graph_object(
    (graph, inputs, layers): (&certificate::GraphRecord, &certificate::Matrix, Option<&Layers>),
    whole: bool,
    arithmetic: Arithmetic,
    expected: &Expected,
    limits: &Limits,
) -> Result<Own, Failure> {
    let Expected { from, graph: given, inputs: own_inputs, .. } = expected;
    // Labels come with the user's inputs; nothing is said of them.
    let targets = own_inputs.as_ref().and(expected.targets.clone());
    let comparable = Expected {
        from: from.clone(),
        graph: given.clone(),
        inputs: own_inputs.clone(),
        targets,
        ..Expected::default()
    };
    nothing_else(expected, &comparable)?;
    let own = graph::Graph::read(graph, inputs.rows, limits)?;
    compare_graph(&own, expected, inputs.rows, limits)?;
    let last = own.last() - usize::from(!whole);
    let found = layers.or(from.as_ref()).map(|layers| own.read_network(layers, last, Reading::Certificate(arithmetic)));
    if let Some(found) = found {
        compare_parameters(&own, &found?, from, last, arithmetic, |layer| Rejection::FromDiffers { layer })?;
    }
    compare_inputs(inputs, own_inputs, arithmetic)?;
    Ok(Own { from: from.is_some(), activation: given.is_some(), inputs: own_inputs.is_some(), targets: false })
}

/// What of a network that is no maximum was compared, and whether the loss was.
fn compare_maximum(
    object: &object::NoMaximum,
    arithmetic: Arithmetic,
    expected: &Expected,
    limits: &Limits,
) -> Result<(Own, bool), Failure> {
    let Expected { targets, loss: wanted, .. } = expected;
    let of_network = Expected { targets: None, loss: None, ..expected.clone() };
    let network = (&object.graph, &object.inputs, Some(&object.layers));
    let compared = compare_graph_object(network, true, arithmetic, &of_network, limits)?;
    let (samples, outputs, own) = (object.inputs.rows, object.graph.outputs, Reading::Users(arithmetic));
    let loss = Loss::read(&object.loss, samples, outputs, own)?;
    if targets.as_ref().is_some_and(|targets| !loss.is_about(targets, own)) {
        return Err(Rejection::TargetsDiffer.into());
    }
    if let Some(wanted) = wanted
        && Loss::read(wanted, samples, outputs, own)? != loss
    {
        return Err(Rejection::LossDiffers.into());
    }
    Ok((Own { targets: targets.is_some() || wanted.is_some(), ..compared }, wanted.is_some()))
}

/// What of a graph network with targets was compared: graph and all layers, X, and Y, which labels stand for as unit rows.
fn compare_fit(
    (record, layers): (&certificate::GraphRecord, &Layers),
    (inputs, targets): (&certificate::Matrix, &certificate::Matrix),
    arithmetic: Arithmetic,
    expected: &Expected,
    limits: &Limits,
) -> Result<Own, Failure> {
    let Expected { from, graph, inputs: given, targets: wanted, .. } = expected.clone();
    nothing_else(
        expected,
        &Expected { from, graph, inputs: given.clone(), targets: wanted.clone(), ..Expected::default() },
    )?;
    let own = graph::Graph::read(record, inputs.rows, limits)?;
    compare_graph(&own, expected, inputs.rows, limits)?;
    let found = own.read_network(layers, own.last(), Reading::Certificate(arithmetic))?;
    compare_parameters(&own, &found, &expected.from, own.last(), arithmetic, |layer| Rejection::FromDiffers { layer })?;
    compare_inputs(inputs, &given, arithmetic)?;
    let reading = Reading::Users(arithmetic);
    let square = certificate::Criterion::Square { targets: targets.clone() };
    let loss = Loss::read(&square.into(), inputs.rows, own.outputs, reading)?;
    if wanted.as_ref().is_some_and(|targets| !loss.is_about(targets, reading)) {
        return Err(Rejection::TargetsDiffer.into());
    }
    Ok(Own {
        from: expected.from.is_some(),
        activation: expected.graph.is_some(),
        inputs: given.is_some(),
        targets: wanted.is_some(),
    })
}

/// Compares a graph with the user's own. Layers alone are no network: they do not say what a block takes, and what its σ is.
fn compare_graph(found: &graph::Graph, expected: &Expected, samples: usize, limits: &Limits) -> Result<(), Failure> {
    let Some(wanted) = &expected.graph else {
        let has_network = expected.from.is_some() || expected.to.is_some();
        return if has_network { Err(Rejection::GraphNotGiven.into()) } else { Ok(()) };
    };
    if graph::Graph::read(wanted, samples, limits)? == *found { Ok(()) } else { Err(Rejection::GraphDiffers.into()) }
}

/// Compares the layers up to one with the user's own.
fn compare_parameters(
    graph: &graph::Graph,
    found: &graph::Parameters,
    expected: &Option<Layers>,
    last: usize,
    arithmetic: Arithmetic,
    differs: impl Fn(usize) -> Rejection,
) -> Result<(), Rejection> {
    let Some(layers) = expected else { return Ok(()) };
    let wanted = graph.read_network(layers, last, Reading::Users(arithmetic))?;
    match found.iter().find(|(layer, own)| **layer <= last && wanted.get(layer) != Some(own)) {
        Some((&layer, _)) => Err(differs(layer)),
        None => Ok(()),
    }
}

/// Compares inputs with the user's own.
fn compare_inputs(
    found: &certificate::Matrix,
    expected: &Option<certificate::Matrix>,
    arithmetic: Arithmetic,
) -> Result<(), Rejection> {
    let Some(inputs) = expected else { return Ok(()) };
    let (shape, own) = ((found.rows, found.cols), Reading::Users(arithmetic));
    let found = Matrix::read(found, Part::Inputs, shape, own)?;
    if Matrix::read(inputs, Part::Inputs, shape, own).as_ref() == Ok(&found) {
        return Ok(());
    }
    Err(Rejection::InputsDiffer { expected: (inputs.rows, inputs.cols), found: shape })
}

/// Which of the user's inputs the first and the last stop of a path are.
fn compare_ends(
    path: &object::ClassPath,
    arithmetic: Arithmetic,
    expected: &Expected,
) -> Result<Option<(usize, usize)>, Rejection> {
    let Some(inputs) = &expected.inputs else { return Ok(None) };
    let width = path.network.widths[0];
    let inputs = Matrix::read(inputs, Part::Inputs, (inputs.rows, width), Reading::Users(arithmetic))?;
    let stops = objects::read_stops(&path.stops, width, Reading::Certificate(arithmetic))?;
    let sample = |stop: usize| {
        let found = stops[stop].num();
        let stands = |&sample: &usize| {
            let given = inputs.row(sample);
            found.iter().zip(given.iter()).all(|(found, given)| found * inputs.den() == given * stops[stop].den())
        };
        (0..inputs.rows()).find(stands).ok_or(Rejection::StopDiffers { stop })
    };
    Ok(Some((sample(0)?, sample(stops.len() - 1)?)))
}

/// What comes after the problem: start, moves, end.
fn run<R: BufRead>(
    mut problem: ProblemRecord,
    arithmetic: Arithmetic,
    records: &mut Records<R>,
    expected: &Expected,
) -> Result<Statement, Verdict> {
    let setting = read_setting(&problem, arithmetic, records.reader.limits()).map_err(fails(1, Rule::Problem))?;
    let loss = read_loss(&problem, &setting).map_err(fails(1, Rule::Problem))?;
    // What has been read is not kept as text, here and below: wide networks take much of the memory.
    problem.inputs.num = vec![];
    let loss = compare_data(&setting, loss, expected).map_err(fails(1, Rule::Expected))?;
    let start = match records.next()? {
        Record::Start { layers } => layers,
        other => return Err(misplaced(2, Rule::Start, "start", &other)),
    };
    let mut path = Path::new(&setting, problem.claim, &start).map_err(fails(2, Rule::Start))?;
    drop(start);
    compare_network(&path.state, &expected.from, |layer| Rejection::FromDiffers { layer })
        .map_err(fails(2, Rule::Expected))?;
    let counted = loop {
        match records.next()? {
            Record::End { moves } => break moves,
            record => path.step(record, records.number(), loss.as_ref())?,
        }
    };
    let number = records.number();
    records.finish()?;
    path.check_end(counted).map_err(fails(number, Rule::End))?;
    path.compare_end(&expected.to).map_err(fails(number, Rule::Expected))?;
    let conclusion = path.track.conclude(problem.claim, loss.as_ref(), number, &setting.limits);
    let (conclusion, scope) = conclusion.map_err(|(record, failure)| fails(record, Rule::Claim)(failure))?;
    Ok(Statement {
        claim: problem.claim,
        conclusion,
        scope,
        network: Network::Dense { widths: setting.widths.clone(), activation: setting.activation.to_string() },
        samples: setting.samples(),
        moves: path.moves,
        bits: path.bits,
        compared: compared(problem.claim, loss.as_ref(), expected),
        losses: loss.map(|loss| stated_losses(&loss, &path.track)),
        label: problem.statement.clone(),
    })
}

/// What was given has been compared by now: a part that differs has been refused.
fn compared(claim: Claim, loss: Option<&Loss>, expected: &Expected) -> Compared {
    let given = |given: bool| if given { Standing::Compared } else { Standing::NotCompared };
    let of_loss = |exists: bool, is_given: bool| match loss {
        Some(loss) if exists && loss.is_substituted() => Standing::Substituted,
        Some(_) if exists => given(is_given),
        _ => Standing::Absent,
    };
    let has_loss = expected.loss.is_some();
    Compared {
        from: given(expected.from.is_some()),
        to: if claim == Claim::Unbounded { Standing::Absent } else { given(expected.to.is_some()) },
        activation: given(expected.activation.is_some()),
        inputs: given(expected.inputs.is_some()),
        targets: of_loss(true, has_loss || expected.targets.is_some()),
        loss: of_loss(true, has_loss),
        weights: of_loss(loss.is_some_and(Loss::is_weighted), has_loss),
    }
}

/// What comes after the problem of a path of graph networks.
fn run_graph<R: BufRead>(
    problem: &certificate::GraphProblemRecord,
    arithmetic: Arithmetic,
    records: &mut Records<R>,
    expected: &Expected,
) -> Result<Statement, Verdict> {
    let limits = records.reader.limits().clone();
    let (reading, samples) = (Reading::Certificate(arithmetic), problem.inputs.rows);
    let graph = graph::Graph::read(&problem.graph, samples, &limits).map_err(fails(1, Rule::Problem))?;
    let inputs = Matrix::read(&problem.inputs, Part::Inputs, (samples, graph.inputs), reading)
        .map_err(fails(1, Rule::Problem))?;
    let loss = Loss::read(&problem.loss, samples, graph.outputs, reading).map_err(fails(1, Rule::Problem))?;
    compare_graph_setting(&graph, &problem.inputs, expected, arithmetic, &limits).map_err(fails(1, Rule::Expected))?;
    let loss = compare_loss(Some(loss), (samples, graph.outputs), expected, arithmetic);
    let loss = loss.map_err(fails(1, Rule::Expected))?.expect("there was one");
    let p = interval::Precision(problem.bits.min(graph::path::MOST_BITS));
    let start = match records.next()? {
        Record::Start { layers } => layers,
        other => return Err(misplaced(2, Rule::Start, "start", &other)),
    };
    let parameters = graph.read_network(&start, graph.last(), reading).map_err(fails(2, Rule::Start))?;
    compare_parameters(&graph, &parameters, &expected.from, graph.last(), arithmetic, |layer| Rejection::FromDiffers {
        layer,
    })
    .map_err(fails(2, Rule::Expected))?;
    graph.allow_line(&inputs, [&parameters; 2], p, &limits).map_err(fails(2, Rule::Start))?;
    let enclosed = graph::Level::at(p, &inputs);
    let setting =
        graph::path::Setting { graph: &graph, inputs: &inputs, enclosed, loss: &loss, p, arithmetic, limits: &limits };
    let mut bits = graph::bits(&parameters).max(inputs.bits());
    let mut path = graph::path::Path::new(&setting, parameters).map_err(fails(2, Rule::Start))?;
    let counted = loop {
        let (record, number) = (records.next()?, records.reader.line());
        match record {
            Record::End { moves } => break moves,
            Record::Line { layers } => path.line(&layers, number).map_err(fails(number, Rule::Line))?,
            Record::Bounded { layers, bound, pieces } => {
                let bound = matrix::fraction(&bound).map_err(fails(number, Rule::Bounded))?;
                path.bounded(&layers, bound, pieces.as_deref(), number).map_err(fails(number, Rule::Bounded))?;
            }
            Record::Problem(_)
            | Record::Graph(_)
            | Record::Rational(_)
            | Record::Object { .. }
            | Record::Start { .. } => {
                return Err(misplaced(number, Rule::Problem, "a move or end", &record));
            }
            Record::Curve { .. } | Record::Follow(_) | Record::Ray { .. } | Record::Rescale { .. } => {
                return Err(fails(number, Rule::Line)(Rejection::NoGraphMove { found: kind(&record) }));
            }
        }
        bits = bits.max(graph::bits(&path.parameters));
    };
    let number = records.number();
    records.finish()?;
    let moves = Moves { lines: path.lines, bounded: path.bounded, ..Moves::default() };
    if moves.total() != counted {
        return Err(fails(number, Rule::End)(Rejection::MoveCount { expected: counted, found: moves.total() }));
    }
    compare_parameters(&graph, &path.parameters, &expected.to, graph.last(), arithmetic, |layer| {
        Rejection::ToDiffers { layer }
    })
    .map_err(fails(number, Rule::Expected))?;
    let conclusion = path.conclude(problem.claim, number);
    let conclusion = conclusion.map_err(|(record, failure)| fails(record, Rule::Claim)(failure))?;
    let [start, end] = path.ends();
    let mut compared = compared(problem.claim, Some(&loss), expected);
    compared.activation = if expected.graph.is_some() { Standing::Compared } else { Standing::NotCompared };
    Ok(Statement {
        claim: problem.claim,
        conclusion,
        scope: loss.scope(),
        network: Network::Graph(graph.to_string()),
        samples,
        moves,
        bits,
        compared,
        losses: Some(Losses { of: loss.scope(), start, end }),
        label: problem.statement.clone(),
    })
}

/// What comes after the problem of a path of graph networks whose features are rational.
fn run_rational<R: BufRead>(
    problem: &certificate::RationalProblemRecord,
    arithmetic: Arithmetic,
    records: &mut Records<R>,
    expected: &Expected,
) -> Result<Statement, Verdict> {
    let limits = records.reader.limits().clone();
    let (reading, samples) = (Reading::Certificate(arithmetic), problem.inputs.rows);
    let graph = graph::Graph::read(&problem.graph, samples, &limits).map_err(fails(1, Rule::Problem))?;
    let inputs = Matrix::read(&problem.inputs, Part::Inputs, (samples, graph.inputs), reading)
        .map_err(fails(1, Rule::Problem))?;
    let loss = problem.loss.as_ref().map(|loss| Loss::read(loss, samples, graph.outputs, reading)).transpose();
    let loss = loss.map_err(fails(1, Rule::Problem))?;
    if problem.claim == Claim::Unbounded {
        return Err(fails(1, Rule::Problem)(Rejection::UnboundedGraph));
    }
    compare_graph_setting(&graph, &problem.inputs, expected, arithmetic, &limits).map_err(fails(1, Rule::Expected))?;
    let loss = compare_loss(loss, (samples, graph.outputs), expected, arithmetic).map_err(fails(1, Rule::Expected))?;
    let start = match records.next()? {
        Record::Start { layers } => layers,
        other => return Err(misplaced(2, Rule::Start, "start", &other)),
    };
    let parameters = graph.read_network(&start, graph.last(), reading).map_err(fails(2, Rule::Start))?;
    let compare = |parameters: &graph::Parameters, given: &Option<Layers>, differs: fn(usize) -> Rejection| {
        compare_parameters(&graph, parameters, given, graph.last(), arithmetic, differs)
    };
    compare(&parameters, &expected.from, |layer| Rejection::FromDiffers { layer }).map_err(fails(2, Rule::Expected))?;
    let mut bits = graph::bits(&parameters).max(inputs.bits());
    let path = graph::rational::Path::new((&graph, inputs), parameters, (arithmetic, &limits));
    let mut path = path.map_err(fails(1, Rule::Problem))?;
    let counted = loop {
        let (record, number) = (records.next()?, records.reader.line());
        match record {
            Record::End { moves } => break moves,
            Record::Line { layers } => path.line(&layers, number).map_err(fails(number, Rule::Line))?,
            Record::Curve { layers } => path.curve(&layers, number).map_err(fails(number, Rule::Curve))?,
            Record::Problem(_)
            | Record::Graph(_)
            | Record::Rational(_)
            | Record::Object { .. }
            | Record::Start { .. } => return Err(misplaced(number, Rule::Problem, "a move or end", &record)),
            Record::Bounded { layers, bound, pieces } => path
                .bounded(&layers, (loss.as_ref(), &bound), pieces.as_deref(), number)
                .map_err(fails(number, Rule::Bounded))?,
            Record::Follow(_) | Record::Ray { .. } | Record::Rescale { .. } => {
                return Err(fails(number, Rule::Line)(Rejection::NoRationalMove { found: kind(&record) }));
            }
        }
        bits = bits.max(graph::bits(&path.parameters));
    };
    let number = records.number();
    records.finish()?;
    if path.moves.total() != counted {
        let rejection = Rejection::MoveCount { expected: counted, found: path.moves.total() };
        return Err(fails(number, Rule::End)(rejection));
    }
    compare(&path.parameters, &expected.to, |layer| Rejection::ToDiffers { layer })
        .map_err(fails(number, Rule::Expected))?;
    let conclusion = path.track.conclude(problem.claim, loss.as_ref(), number, &limits);
    let (conclusion, scope) = conclusion.map_err(|(record, failure)| fails(record, Rule::Claim)(failure))?;
    let mut compared = compared(problem.claim, loss.as_ref(), expected);
    compared.activation = if expected.graph.is_some() { Standing::Compared } else { Standing::NotCompared };
    Ok(Statement {
        claim: problem.claim,
        conclusion,
        scope,
        network: Network::Graph(graph.to_string()),
        samples,
        moves: path.moves,
        bits,
        compared,
        losses: loss.map(|loss| stated_losses(&loss, &path.track)),
        label: problem.statement.clone(),
    })
}

/// The losses at both ends of a path.
fn stated_losses(loss: &Loss, track: &Track) -> Losses {
    let [start, end] = [track.start(), track.end()].map(|output| loss.enclose(output, STATED_BITS));
    Losses { of: loss.scope(), start, end }
}

/// Compares graph and inputs with the user's own.
fn compare_graph_setting(
    graph: &graph::Graph,
    inputs: &certificate::Matrix,
    expected: &Expected,
    arithmetic: Arithmetic,
    limits: &Limits,
) -> Result<(), Failure> {
    if expected.activation.is_some() {
        return Err(Rejection::ActivationDiffers.into());
    }
    compare_graph(graph, expected, inputs.rows, limits)?;
    Ok(compare_inputs(inputs, &expected.inputs, arithmetic)?)
}

/// Compares the loss with the user's targets and loss, which takes the place of one that is not named.
fn compare_loss(
    loss: Option<Loss>,
    (samples, outputs): (usize, usize),
    expected: &Expected,
    arithmetic: Arithmetic,
) -> Result<Option<Loss>, Rejection> {
    if let (Some(loss), Some(targets)) = (&loss, &expected.targets)
        && !loss.is_about(targets, Reading::Users(arithmetic))
    {
        return Err(Rejection::TargetsDiffer);
    }
    let Some(wanted) = &expected.loss else { return Ok(loss) };
    let wanted = Loss::read(wanted, samples, outputs, Reading::Users(arithmetic))?;
    match loss {
        None => Ok(Some(wanted.substituted())),
        Some(loss) if loss == wanted => Ok(Some(loss)),
        Some(_) => Err(Rejection::LossDiffers),
    }
}

fn read_setting(problem: &ProblemRecord, arithmetic: Arithmetic, limits: &Limits) -> Result<Setting, Failure> {
    let widths = problem.widths.clone();
    if widths.len() < 2 || widths.contains(&0) {
        return Err(Rejection::Widths { widths }.into());
    }
    if problem.inputs.rows == 0 {
        return Err(Rejection::NoSamples.into());
    }
    limits.allow_network(problem.inputs.rows, &problem.widths)?;
    let activation = Activation::read(&problem.activation, limits)?;
    let shape = (problem.inputs.rows, widths[0]);
    let inputs = Rc::new(Matrix::read(&problem.inputs, Part::Inputs, shape, Reading::Certificate(arithmetic))?);
    let ProblemRecord { equal_inputs, rescales, columns, pieces, .. } = *problem;
    let limits = limits.clone();
    Ok(Setting { widths, activation, inputs, arithmetic, limits, equal_inputs, rescales, columns, pieces })
}

fn read_loss(problem: &ProblemRecord, setting: &Setting) -> Result<Option<Loss>, Rejection> {
    let outputs = setting.widths[setting.depth()];
    problem.loss.as_ref().map(|loss| Loss::read(loss, setting.samples(), outputs, setting.reading())).transpose()
}

/// Compares with the user's activation, inputs and loss; the user's loss takes the place of one that is not named.
fn compare_data(setting: &Setting, loss: Option<Loss>, expected: &Expected) -> Result<Option<Loss>, Failure> {
    if expected.graph.is_some() {
        return Err(Rejection::GraphDiffers.into());
    }
    let read = |activation| Activation::read(activation, &setting.limits);
    let activation = expected.activation.as_ref().map(read).transpose()?;
    if activation.is_some_and(|activation| activation != setting.activation) {
        return Err(Rejection::ActivationDiffers.into());
    }
    if let Some(inputs) = &expected.inputs {
        let (shape, reading) = ((setting.samples(), setting.widths[0]), Reading::Users(setting.arithmetic));
        if Matrix::read(inputs, Part::Inputs, shape, reading).as_ref() != Ok(&*setting.inputs) {
            let (expected, found) = ((inputs.rows, inputs.cols), (setting.inputs.rows(), setting.inputs.cols()));
            return Err(Rejection::InputsDiffer { expected, found }.into());
        }
    }
    let shape = (setting.samples(), setting.widths[setting.depth()]);
    Ok(compare_loss(loss, shape, expected, setting.arithmetic)?)
}

/// Compares a network of the path with the user's own.
fn compare_network(
    state: &State,
    expected: &Option<Layers>,
    differs: impl Fn(usize) -> Rejection,
) -> Result<(), Rejection> {
    compare_layers(state.layers(), expected, &state.setting.widths, state.setting.arithmetic, differs)
}

/// Compares a network with the user's own, if there is one.
fn compare_layers(
    found: &[Layer],
    expected: &Option<Layers>,
    widths: &[usize],
    arithmetic: Arithmetic,
    differs: impl Fn(usize) -> Rejection,
) -> Result<(), Rejection> {
    let Some(layers) = expected else { return Ok(()) };
    let wanted = all_layers(read_changes(layers, widths, Reading::Users(arithmetic))?, widths)?;
    match wanted.iter().zip(found).position(|(wanted, found)| wanted != found) {
        Some(index) => Err(differs(index + 1)),
        None => Ok(()),
    }
}

/// The path as far as it has been checked.
struct Path<'a> {
    state: State<'a>,
    track: Track,
    inverses: follow::Inverses,
    moves: Moves,
    bits: u64,
    claim: Claim,
    /// Whether a line has given some columns of a layer only.
    columns: bool,
    /// Whether a bounded line has listed its pieces.
    pieces: bool,
}

impl<'a> Path<'a> {
    /// At the first network.
    fn new(setting: &'a Setting, claim: Claim, layers: &Layers) -> Result<Self, Failure> {
        let layers = all_layers(read_changes(layers, &setting.widths, setting.reading())?, &setting.widths)?;
        let state = State::new(setting, layers)?;
        Ok(Path {
            track: Track::new(state.output().clone(), 2),
            bits: state.bits().max(setting.inputs.bits()),
            state,
            inverses: follow::Inverses::default(),
            moves: Moves::default(),
            claim,
            columns: false,
            pieces: false,
        })
    }

    /// Checks one move and makes it.
    fn step(&mut self, record: Record, number: usize, loss: Option<&Loss>) -> Result<(), Verdict> {
        let rule = match record {
            Record::Line { .. } => Rule::Line,
            Record::Follow(_) => Rule::Follow,
            Record::Ray { .. } => Rule::Ray,
            Record::Rescale { .. } => Rule::Rescale,
            Record::Bounded { .. } => Rule::Bounded,
            Record::Curve { .. } => Rule::Curve,
            Record::Problem(_) | Record::Graph(_) | Record::Rational(_) | Record::Object { .. } => Rule::Problem,
            Record::Start { .. } => Rule::Start,
            Record::End { .. } => Rule::End,
        };
        self.state = self.end_of(record, number, loss).map_err(fails(number, rule))?;
        match rule {
            Rule::Follow => self.moves.follows += 1,
            Rule::Ray => self.moves.rays += 1,
            Rule::Rescale => self.moves.rescales += 1,
            Rule::Bounded => self.moves.bounded += 1,
            _ => self.moves.lines += 1,
        }
        self.bits = self.bits.max(self.state.bits());
        let limits = &self.state.setting.limits;
        self.track.push(self.state.output(), number, limits).map_err(fails(number, rule))
    }

    /// The network at the end of a move that keeps its rule; of a ray and a rescale, where it begins.
    fn end_of(&mut self, record: Record, number: usize, loss: Option<&Loss>) -> Result<State<'a>, Failure> {
        let (widths, reading) = (&self.state.setting.widths, self.state.setting.reading());
        let escapes = matches!(record, Record::Ray { .. } | Record::Rescale { .. });
        if self.moves.escapes() > 0 || escapes && self.claim != Claim::Unbounded {
            return Err(Rejection::MisplacedEscape.into());
        }
        match record {
            Record::Line { layers } => {
                let target = self.target(&layers)?;
                drop(layers);
                let straight = line::check(&self.state, &target);
                let (Err(_), Claim::StrictlyDescends, Some(loss)) = (&straight, self.claim, loss) else {
                    return straight;
                };
                if !loss.is_square() {
                    return straight;
                }
                let end = line::falls(&self.state, &target, loss)?;
                self.track.push_fall(number);
                Ok(end)
            }
            Record::Follow(source) => {
                let tilts = self.claim == Claim::StrictlyDescends;
                follow::check(&self.state, &mut self.inverses, &source, tilts)
            }
            Record::Ray { layers } => {
                ray::check(&self.state, read_changes(&layers, widths, reading)?)?;
                Ok(self.state.clone())
            }
            Record::Rescale { layer } => {
                rescale::check(&self.state, layer)?;
                Ok(self.state.clone())
            }
            Record::Bounded { layers, bound, pieces } => {
                let listed = self.pieces_of(pieces.as_deref())?;
                let (target, bound) = (self.target(&layers)?, matrix::fraction(&bound)?);
                let loss = loss.ok_or(Rejection::BoundWithoutLoss)?;
                let end = bounded::check(&self.state, &target, (loss, &bound), listed.as_deref())?;
                self.track.push_bound(bound, number);
                Ok(end)
            }
            Record::Problem(_)
            | Record::Graph(_)
            | Record::Rational(_)
            | Record::Object { .. }
            | Record::Start { .. }
            | Record::Curve { .. }
            | Record::End { .. } => Err(Rejection::Order { expected: "a move or end", found: kind(&record) }.into()),
        }
    }

    /// Where a line leads.
    fn target(&mut self, layers: &Layers) -> Result<Changes, Failure> {
        self.columns |= layers.values().any(|layer| layer.columns.is_some());
        self.state.read_target(layers)
    }

    /// The pieces that a bounded line lists.
    fn pieces_of(&mut self, depths: Option<&[u32]>) -> Result<Option<Vec<Piece>>, Failure> {
        let Some(depths) = depths else { return Ok(None) };
        if !self.state.setting.pieces {
            return Err(Rejection::MisplacedPieces.into());
        }
        self.pieces = true;
        pieces::tiling(depths, &self.state.setting.limits).map(Some)
    }

    /// All moves are there, and an unbounded path runs off to infinity.
    fn check_end(&self, counted: usize) -> Result<(), Rejection> {
        match self.moves.total() {
            found if found != counted => Err(Rejection::MoveCount { expected: counted, found }),
            _ if self.claim == Claim::Unbounded && self.moves.escapes() == 0 => Err(Rejection::NoEscape),
            _ if self.state.setting.rescales != (self.moves.rescales > 0) => Err(Rejection::Announcement),
            _ if self.state.setting.columns != self.columns => Err(Rejection::NoColumns),
            _ if self.state.setting.pieces != self.pieces => Err(Rejection::NoPieces),
            _ => Ok(()),
        }
    }

    /// Compares the last network with the user's own.
    fn compare_end(&self, expected: &Option<Layers>) -> Result<(), Rejection> {
        if self.claim == Claim::Unbounded && expected.is_some() {
            return Err(Rejection::NoLastNetwork);
        }
        compare_network(&self.state, expected, |layer| Rejection::ToDiffers { layer })
    }
}

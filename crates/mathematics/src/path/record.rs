//! Paths as certificate records, and back.

use super::moves::{Change, Changes, Follow, Move, Path};
use super::walker::{Pullback, Walker};
use crate::certificate::{
    self as file, Claim, Fraction, Integer as Digits, Layer, Layers, Matrix, ReadError, Reader, Record, Writer,
};
use crate::linalg::Exact;
use crate::network::{
    Activation, Criterion, Loss, LossError, Parameters, columns_of, from_fraction, from_matrix, to_activation,
    to_fraction, to_matrix,
};
use nalgebra::{DMatrix, DMatrixView};
use rug::Rational;
use std::collections::BTreeMap;
use std::io::{self, BufRead, Write};
use std::sync::Arc;

/// Why a certificate that reads well is still no path.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// It does not read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A path of graph networks: its networks are no [`Parameters`].
    #[error("a path of graph networks, where one of fully connected ones is expected")]
    Graph,
    /// Something that is claimed of other things than a path.
    #[error("a certificate of the claim {0} has no path: `sublevel check` it")]
    Object(&'static str),
    /// A record where another was expected.
    #[error("record {record}: {expected} expected")]
    Order {
        /// From 1.
        record: usize,
        /// What should be there.
        expected: &'static str,
    },
    /// The numbers or shapes of a record do not fit.
    #[error("record {record}: {what}")]
    Unfit {
        /// From 1.
        record: usize,
        /// What does not fit.
        what: String,
    },
}

/// Every layer of a network as a record holds it.
pub fn to_layers(parameters: &Parameters<Rational>) -> Layers {
    Scribe::default().layers(parameters)
}

/// A loss as the problem record names it.
pub fn to_loss(loss: &Loss) -> file::LossRecord {
    let criterion = match loss.criterion() {
        Criterion::Square(targets) => file::Criterion::Square { targets: to_matrix(targets) },
        Criterion::MeanSquare(targets) => file::Criterion::MeanSquare { targets: to_matrix(targets) },
        Criterion::CrossEntropy(labels) => file::Criterion::CrossEntropy { labels: labels.clone() },
        Criterion::SoftCrossEntropy(targets) => file::Criterion::SoftCrossEntropy { targets: to_matrix(targets) },
        Criterion::BinaryCrossEntropy(targets) => file::Criterion::BinaryCrossEntropy { targets: to_matrix(targets) },
        Criterion::Hinge(labels) => file::Criterion::Hinge { labels: labels.clone() },
    };
    let column = |weights: &[Rational]| to_matrix(&DMatrix::from_column_slice(weights.len(), 1, weights));
    file::LossRecord { criterion, weights: loss.weights().map(column) }
}

/// The loss that a problem record names.
///
/// # Errors
/// A [`LossError`] if it is none: targets or weights are out of their range, or not one a sample.
pub fn from_loss(loss: &file::LossRecord) -> Result<Loss, LossError> {
    let found = Loss::new(match &loss.criterion {
        file::Criterion::Square { targets } => Criterion::Square(from_matrix(targets)),
        file::Criterion::MeanSquare { targets } => Criterion::MeanSquare(from_matrix(targets)),
        file::Criterion::CrossEntropy { labels } => Criterion::CrossEntropy(labels.clone()),
        file::Criterion::SoftCrossEntropy { targets } => Criterion::SoftCrossEntropy(from_matrix(targets)),
        file::Criterion::BinaryCrossEntropy { targets } => Criterion::BinaryCrossEntropy(from_matrix(targets)),
        file::Criterion::Hinge { labels } => Criterion::Hinge(labels.clone()),
    })?;
    match &loss.weights {
        None => Ok(found),
        Some(weights) => found.weighted(from_matrix(weights).iter().cloned().collect()),
    }
}

/// The first record of a certificate.
pub fn problem_record(
    claim: Claim,
    statement: &str,
    activation: &Activation,
    inputs: &DMatrix<Rational>,
    widths: &[usize],
    loss: Option<&Loss>,
) -> file::ProblemRecord {
    file::ProblemRecord {
        claim,
        statement: statement.into(),
        widths: widths.to_vec(),
        activation: to_activation(activation),
        inputs: to_matrix(inputs),
        loss: loss.map(to_loss),
        equal_inputs: false,
        rescales: false,
        columns: false,
        pieces: false,
    }
}

/// Columns that stay are left out of lines if so many numbers need not be written: other checkers read a certificate that
/// needs nothing new.
const NUMBERS_SAVED: usize = 100_000;

/// Pieces are listed if a pass through the layers above the first one has so many products: a checker finds those of smaller
/// networks at once.
const PRODUCTS_OF_PASS: usize = 1_000_000;

/// Whether the bounded lines of such a network on so many samples are written with their pieces, if they have some.
pub fn lists_pieces(widths: &[usize], samples: usize) -> bool {
    let products = widths[1..].windows(2).map(|pair| pair[0].saturating_mul(pair[1]));
    products.fold(0, usize::saturating_add).saturating_mul(samples) >= PRODUCTS_OF_PASS
}

/// Writes a whole certificate, record by record; `progress` hears the number of moves written. Returns the largest
/// integer written, in bits.
///
/// # Errors
/// Those of the writer.
pub fn write_path<W: Write>(
    out: W,
    mut problem: file::ProblemRecord,
    path: &Path<Rational>,
    progress: impl FnMut(usize),
) -> io::Result<u32> {
    let saved = path.moves.iter().map(|step| match step {
        Move::Line(changes) | Move::Bounded(changes, ..) => changes.values().map(resting).sum(),
        _ => 0,
    });
    problem.columns = saved.sum::<usize>() >= NUMBERS_SAVED;
    problem.equal_inputs =
        path.moves.iter().any(|step| matches!(step, Move::Follow(_))) && has_equal_rows(&problem.inputs);
    problem.pieces = lists_pieces(&problem.widths, problem.inputs.rows)
        && path.moves.iter().any(|step| matches!(step, Move::Bounded(_, _, Some(_))));
    problem.rescales = path.moves.iter().any(|step| matches!(step, Move::Rescale(_)));
    let scribe = Scribe { columns: problem.columns, pieces: problem.pieces, ..Scribe::default() };
    write_records(out, &Record::Problem(problem), scribe, path, progress)
}

/// The first record, the start, the moves, the end; the largest integer of the path, in bits.
pub(super) fn write_records<W: Write>(
    out: W,
    first: &Record,
    mut scribe: Scribe,
    path: &Path<Rational>,
    mut progress: impl FnMut(usize),
) -> io::Result<u32> {
    let mut writer = Writer::new(out);
    writer.write(first)?;
    writer.write(&Record::Start { layers: scribe.layers(&path.start) })?;
    for (count, step) in (1..).zip(&path.moves) {
        writer.write(&scribe.step(step))?;
        progress(count);
    }
    writer.write(&Record::End { moves: path.moves.len() })?;
    Ok(scribe.bits)
}

/// How many numbers of a layer are in columns that stay.
fn resting(change: &Change<Rational>) -> usize {
    let columns = moved_columns(change).len();
    if columns == 0 { 0 } else { (change.after.ncols() - columns) * change.after.nrows() }
}

/// The columns that move.
fn moved_columns(change: &Change<Rational>) -> Vec<usize> {
    (0..change.after.ncols()).filter(|&j| change.before.column(j) != change.after.column(j)).collect()
}

/// Whether two rows are equal: over one denominator they are if their numerators are.
fn has_equal_rows(matrix: &Matrix) -> bool {
    let mut rows: Vec<Vec<&str>> = matrix.num.iter().map(|row| row.iter().map(Digits::as_str).collect()).collect();
    rows.sort_unstable();
    rows.windows(2).any(|pair| pair[0] == pair[1])
}

/// Turns moves into records. Remembers the inverses that the follows so far have given, which are not written twice,
/// and the largest integer so far.
#[derive(Default)]
pub(super) struct Scribe {
    right: Option<Arc<DMatrix<Rational>>>,
    left: BTreeMap<usize, Arc<DMatrix<Rational>>>,
    bits: u32,
    /// Whether columns that stay are left out of lines.
    columns: bool,
    /// Whether the pieces of bounded lines are listed.
    pieces: bool,
}

impl Scribe {
    fn matrix(&mut self, matrix: &DMatrix<Rational>) -> Matrix {
        self.columns_of(matrix.as_view(), None)
    }

    /// These columns of a matrix, or all of them.
    fn columns_of(&mut self, matrix: DMatrixView<'_, Rational>, columns: Option<&[usize]>) -> Matrix {
        let (matrix, bits) = columns_of(matrix, columns);
        self.bits = self.bits.max(bits);
        matrix
    }

    fn layers(&mut self, parameters: &Parameters<Rational>) -> Layers {
        (1..).zip(parameters.layers()).map(|(k, layer)| (k, self.parts(layer, None, |_| true))).collect()
    }

    /// Weight and bias of a stacked layer, or these columns of them, where `wanted` says so of the rows that they are.
    fn parts(
        &mut self,
        stacked: &DMatrix<Rational>,
        columns: Option<Vec<usize>>,
        wanted: impl Fn(std::ops::Range<usize>) -> bool,
    ) -> Layer {
        let last = stacked.nrows() - 1;
        let mut part = |rows: std::ops::Range<usize>| {
            let (from, count) = (rows.start, rows.len());
            wanted(rows).then(|| self.columns_of(stacked.rows(from, count), columns.as_deref()))
        };
        Layer { weight: part(0..last), bias: part(last..last + 1), columns }
    }

    /// What a line changes: parts of layers, without the columns that stay where they are left out.
    fn target(&mut self, changes: &Changes<Rational>) -> Layers {
        let mut layer = |change: &Change<Rational>| {
            let some = self.columns && resting(change) > 0;
            self.changed_parts(change, some.then(|| moved_columns(change)))
        };
        changes.iter().map(|(&k, change)| (k, layer(change))).collect()
    }

    /// The parts of layers that a move changes.
    fn changed(&mut self, changes: &Changes<Rational>) -> Layers {
        changes.iter().map(|(&k, change)| (k, self.changed_parts(change, None))).collect()
    }

    fn changed_parts(&mut self, change: &Change<Rational>, columns: Option<Vec<usize>>) -> Layer {
        let moved = |rows: std::ops::Range<usize>| {
            change.before.rows(rows.start, rows.len()) != change.after.rows(rows.start, rows.len())
        };
        self.parts(&change.after, columns, moved)
    }

    fn step(&mut self, step: &Move<Rational>) -> Record {
        match step {
            Move::Line(changes) => Record::Line { layers: self.target(changes) },
            Move::Bounded(changes, bound, pieces) => {
                let pieces = pieces.clone().filter(|_| self.pieces);
                Record::Bounded { layers: self.target(changes), bound: to_fraction(bound), pieces }
            }
            Move::Ray(direction) => {
                let moves = |delta: &DMatrix<Rational>, rows: std::ops::Range<usize>| {
                    delta.rows(rows.start, rows.len()).iter().any(|entry| !entry.is_zero())
                };
                let layers =
                    direction.iter().map(|(&k, delta)| (k, self.parts(delta, None, |rows| moves(delta, rows))));
                Record::Ray { layers: layers.collect() }
            }
            Move::Rescale(layer) => Record::Rescale { layer: *layer },
            Move::Follow(follow) => Record::Follow(self.follow(follow)),
        }
    }

    fn follow(&mut self, follow: &Follow<Rational>) -> file::FollowRecord {
        let right = &follow.right_inverse;
        let right_inverse = (self.right.as_ref() != Some(right)).then(|| self.matrix(right));
        self.right = Some(right.clone());
        let mut left_inverses = BTreeMap::new();
        for (&l, inverse) in &follow.left_inverses {
            if self.left.get(&l) != Some(inverse) {
                left_inverses.insert(l, self.matrix(inverse));
                self.left.insert(l, inverse.clone());
            }
        }
        // Layer j + 1, and the last one where its bias moves.
        let next: Changes<Rational> =
            follow.changes.range(follow.level + 1..).map(|(&k, change)| (k, change.clone())).collect();
        file::FollowRecord {
            first: follow.first,
            level: follow.level,
            output: self.matrix(&follow.output.after),
            right_inverse,
            left_inverses,
            layers: self.changed(&next),
        }
    }
}

/// Reads a certificate as a problem and a path, without proving anything: for pictures and tables.
///
/// # Errors
/// [`ReplayError`].
pub fn read_path<R: BufRead>(reader: &mut Reader<R>) -> Result<(file::ProblemRecord, Path<Rational>), ReplayError> {
    let first = reader.next_record()?;
    read_path_after(first, reader)
}

/// The same where the first record was read already.
///
/// # Errors
/// [`ReplayError`].
pub fn read_path_after<R: BufRead>(
    first: Option<Record>,
    reader: &mut Reader<R>,
) -> Result<(file::ProblemRecord, Path<Rational>), ReplayError> {
    let problem = match first {
        Some(Record::Problem(problem)) => problem,
        Some(Record::Graph(_)) => return Err(ReplayError::Graph),
        Some(Record::Object { object, .. }) => return Err(ReplayError::Object(object.claim())),
        _ => return Err(ReplayError::Order { record: 1, expected: "the problem" }),
    };
    let Some(Record::Start { layers }) = reader.next_record()? else {
        return Err(ReplayError::Order { record: 2, expected: "the start" });
    };
    let activation = read_activation(&problem).map_err(|what| ReplayError::Unfit { record: 1, what })?;
    let inputs = from_matrix(&problem.inputs);
    let start = read_start(&problem, &layers).map_err(|what| ReplayError::Unfit { record: 2, what })?;
    if inputs.is_empty() || inputs.ncols() != problem.widths[0] {
        let what = format!("inputs {}×{}, d = {}", inputs.nrows(), inputs.ncols(), problem.widths[0]);
        return Err(ReplayError::Unfit { record: 1, what });
    }
    if let Some(loss) = &problem.loss {
        let fit = from_loss(loss).and_then(|loss| loss.fits(inputs.nrows(), start.widths()[start.depth()]));
        fit.map_err(|why| ReplayError::Unfit { record: 1, what: why.to_string() })?;
    }
    let mut replay = Replay { activation, inputs, current: start.clone(), known: Scribe::default() };
    let mut moves = Vec::new();
    for number in 3.. {
        match reader.next_record()? {
            None | Some(Record::End { .. }) => break,
            Some(record) => {
                let step = replay.step(record).map_err(|what| ReplayError::Unfit { record: number, what })?;
                moves.push(step);
            }
        }
    }
    Ok((problem, Path { start, moves }))
}

/// The activation of a problem record.
///
/// # Errors
/// What does not fit, in words.
pub fn read_activation(problem: &file::ProblemRecord) -> Result<Activation, String> {
    from_activation(&problem.activation)
}

/// The activation that a record describes.
///
/// # Errors
/// In words, if it is none.
pub fn from_activation(record: &file::ActivationRecord) -> Result<Activation, String> {
    let numbers = |fractions: &[Fraction]| fractions.iter().map(from_fraction).collect();
    let file::ActivationRecord { breakpoints, slopes, value } = record;
    Activation::new(numbers(breakpoints), numbers(slopes), from_fraction(value)).map_err(|error| error.to_string())
}

/// The network of the start record.
fn read_start(problem: &file::ProblemRecord, layers: &Layers) -> Result<Parameters<Rational>, String> {
    let mut stacked = Vec::new();
    for k in 1..problem.widths.len() {
        let layer = layers.get(&k).ok_or_else(|| format!("layer {k} is missing"))?;
        let Layer { weight: Some(weight), bias: Some(bias), columns: None } = layer else {
            return Err(format!("weight or bias of layer {k} is missing"));
        };
        // Nothing is allocated for widths that no matrix has.
        let (before, width) = (problem.widths[k - 1], problem.widths[k]);
        if [(weight.rows, weight.cols), (bias.rows, bias.cols)] != [(before, width), (1, width)] {
            return Err(format!("layer {k} is not {before}×{width}"));
        }
        let mut layer = from_matrix(weight).insert_row(before, Rational::new());
        layer.row_mut(before).copy_from(&from_matrix(bias));
        stacked.push(layer);
    }
    Parameters::new(stacked).map_err(|error| error.to_string())
}

/// A stacked layer with the parts of a record put in place.
fn merge(stacked: &DMatrix<Rational>, layer: &Layer) -> Result<DMatrix<Rational>, String> {
    let mut result = stacked.clone();
    let (last, width) = (stacked.nrows() - 1, stacked.ncols());
    let all = || (0..width).collect::<Vec<_>>();
    let columns = layer.columns.clone().unwrap_or_else(all);
    if let Some(column) = columns.iter().find(|&&column| column >= width) {
        return Err(format!("column {column} of {width}, counted from 0"));
    }
    for (part, from, count) in [(&layer.weight, 0, last), (&layer.bias, last, 1)] {
        let Some(part) = part else { continue };
        if (part.rows, part.cols) != (count, columns.len()) {
            return Err(format!("shape {}×{} where {count}×{} fits", part.rows, part.cols, columns.len()));
        }
        let given = from_matrix(part);
        for (column, &to) in given.column_iter().zip(&columns) {
            result.view_mut((from, to), (count, 1)).copy_from(&column);
        }
    }
    Ok(result)
}

struct Replay {
    activation: Activation,
    inputs: DMatrix<Rational>,
    current: Parameters<Rational>,
    known: Scribe,
}

impl Replay {
    fn step(&mut self, record: Record) -> Result<Move<Rational>, String> {
        match record {
            Record::Line { layers } => Ok(Move::Line(self.change(&layers)?)),
            Record::Bounded { layers, bound, pieces } => {
                Ok(Move::Bounded(self.change(&layers)?, from_fraction(&bound), pieces))
            }
            Record::Ray { layers } => {
                let direction = |(&k, layer): (&usize, &Layer)| {
                    let zero = self.layer(k)?.map(|_| Rational::new());
                    Ok((k, Arc::new(merge(&zero, layer)?)))
                };
                Ok(Move::Ray(layers.iter().map(direction).collect::<Result<_, String>>()?))
            }
            Record::Rescale { layer } if (1..self.current.depth()).contains(&layer) => Ok(Move::Rescale(layer)),
            Record::Rescale { layer } => Err(format!("there is no hidden layer {layer}")),
            Record::Follow(follow) => self.follow(&follow),
            Record::Problem(_)
            | Record::Graph(_)
            | Record::Rational(_)
            | Record::Object { .. }
            | Record::Start { .. }
            | Record::Curve { .. }
            | Record::End { .. } => Err("a move expected".into()),
        }
    }

    fn layer(&self, k: usize) -> Result<&Arc<DMatrix<Rational>>, String> {
        let depth = self.current.depth();
        (1..=depth).contains(&k).then(|| self.current.layer(k)).ok_or_else(|| format!("there is no layer {k}"))
    }

    fn change(&mut self, layers: &Layers) -> Result<Changes<Rational>, String> {
        let mut changes = Changes::new();
        for (&k, layer) in layers {
            let before = self.layer(k)?.clone();
            let after = Arc::new(merge(&before, layer)?);
            self.current.set_layer(k, after.clone());
            changes.insert(k, Change { before, after });
        }
        Ok(changes)
    }

    /// 1 ≤ s ≤ j ≤ L; F_j is [N, n_j], R is [n_{s−1} + 1, N], and every L_l is [n_l, n_{l−1}].
    fn require_shapes(&self, follow: &file::FollowRecord, right_inverse: &DMatrix<Rational>) -> Result<(), String> {
        let (first, level) = (follow.first, follow.level);
        if first == 0 || first > level || level > self.current.depth() {
            return Err(format!("a follow from layer {first} to level {level}"));
        }
        let (widths, samples) = (self.current.widths(), self.inputs.nrows());
        let left = |l: usize| self.known.left.get(&l).map(|inverse| inverse.shape());
        let fits = (follow.output.rows, follow.output.cols) == (samples, widths[level])
            && right_inverse.shape() == (widths[first - 1] + 1, samples)
            && (first + 1..=level).all(|l| left(l) == Some((widths[l], widths[l - 1])));
        if fits { Ok(()) } else { Err("the output or an inverse of a follow is missing, or has another shape".into()) }
    }

    /// The new layer s is computed from the formula of Lemma 3.3, as the format asks.
    fn follow(&mut self, follow: &file::FollowRecord) -> Result<Move<Rational>, String> {
        let inverse = self.activation.inverse().ok_or("a follow, but the activation has no inverse")?;
        if let Some(matrix) = &follow.right_inverse {
            self.known.right = Some(Arc::new(from_matrix(matrix)));
        }
        for (&l, matrix) in &follow.left_inverses {
            self.known.left.insert(l, Arc::new(from_matrix(matrix)));
        }
        let right_inverse = self.known.right.clone().ok_or("a follow without a right inverse")?;
        self.require_shapes(follow, &right_inverse)?;
        let next = match follow.layers.get(&(follow.level + 1)) {
            Some(layer) => Some(merge(self.layer(follow.level + 1)?, layer)?),
            None => None,
        };
        let activation = self.activation.import(&Exact);
        let mut walker = Walker::new(&Exact, activation, &self.inputs, self.current.clone());
        let pull = Pullback {
            first: follow.first,
            inverse: inverse.import(&Exact),
            right_inverse,
            left_inverses: self.known.left.clone(),
        };
        walker.follow(&pull, follow.level, from_matrix(&follow.output), next);
        self.current = walker.parameters().clone();
        // A follow that changes nothing is no move of a walk; here it stays one, so that moves keep their numbers.
        let mut step = walker.into_path().moves.pop().unwrap_or_else(|| Move::Line(Changes::new()));
        let beyond = follow.layers.range(follow.level + 2..).map(|(&k, layer)| (k, layer.clone())).collect();
        let beyond = self.change(&beyond)?;
        match &mut step {
            Move::Follow(Follow { changes, .. }) | Move::Line(changes) => changes.extend(beyond),
            _ => unreachable!("a follow or a line"),
        }
        Ok(step)
    }
}

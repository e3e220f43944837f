//! Reading a certificate, one line at a time.

use super::{
    ActivationRecord, Claim, Exceeded, FORMAT, FollowRecord, Fraction, GraphProblemRecord, GraphRecord, LayerCurves,
    Layers, Limit, Limits, LossRecord, Matrix, Object, ProblemRecord, RationalProblemRecord, Record,
    number::{beginning, excerpt},
    record::{numbered, object, present},
    spelling::{Misspelt, scan},
};
use serde::{Deserialize, Deserializer, de::IgnoredAny};
use serde_json::error::Category;
use std::{
    borrow::Cow,
    collections::BTreeMap,
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
};

/// A line of a certificate cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {fault}")]
pub struct ReadError {
    /// The line, from 1; 0 if the file could not be opened.
    pub line: usize,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Incomplete: the file stops inside a record.
    #[error("the file is cut off inside this record")]
    CutOff,
    /// Incomplete: the file stops before the record `end`.
    #[error("the file stops here; expected a further record, the last one being `end`")]
    MissingEnd,
    /// Incomplete: a record that this version does not know.
    #[error(
        "unknown record `{found}`; expected problem, graph, rational, object, start, line, curve, follow, ray, rescale, bounded or end"
    )]
    UnknownRecord { found: String },
    /// Incomplete: more work than is allowed ([`Limits`]).
    #[error("{0}")]
    Limit(Exceeded),
    /// Malformed: an empty line.
    #[error("a blank line; expected a record")]
    BlankLine,
    /// Malformed: not UTF-8.
    #[error("not UTF-8 from byte {byte} of the line on")]
    NotUtf8 { byte: usize },
    /// Malformed: something behind the record `end`.
    #[error("expected nothing behind the record `end`")]
    TrailingData,
    /// Malformed: not a certificate of paths.
    #[error("format `{found}`; expected `{FORMAT}`")]
    Format { found: String },
    /// Malformed: a version of the format that is not that of the claim and the loss.
    #[error(
        "version {found} of the format; expected {expected} for the claim `{claim}`{}",
        reason.as_ref().map_or(String::new(), |reason| format!(" and {reason}"))
    )]
    Version {
        /// In the file.
        found: u64,
        /// What is claimed.
        claim: Claim,
        /// What besides the claim asks for the expected version, in words.
        reason: Option<String>,
        /// The only one that fits.
        expected: u64,
    },
    /// Malformed: an object has the version 3 and its own claim.
    #[error("version {version} and claim `{claim}`; expected 3 and `{expected}` for this object")]
    ObjectClaim {
        /// In the file.
        version: u64,
        /// In the file.
        claim: String,
        /// That of the object.
        expected: &'static str,
    },
    /// Malformed: not JSON, or not a record's form (keys unknown, double or missing; numbers not canonical; …).
    #[error("column {column}: {message}")]
    Malformed { column: usize, message: String },
    /// The file could not be read.
    #[error("cannot read: {message}")]
    Io { kind: io::ErrorKind, message: String },
}

impl ReadError {
    /// Whether the certificate is incomplete (cut off, beyond a limit, or with a kind of record that is not known) rather
    /// than malformed.
    pub fn is_incomplete(&self) -> bool {
        matches!(
            self.fault,
            Fault::CutOff | Fault::MissingEnd | Fault::UnknownRecord { .. } | Fault::Limit(_) | Fault::Io { .. }
        )
    }
}

impl From<Exceeded> for Fault {
    fn from(exceeded: Exceeded) -> Self {
        Fault::Limit(exceeded)
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Fault::CutOff,
            kind => Fault::Io { kind, message: error.to_string() },
        }
    }
}

/// Reads the records of a certificate, in memory one line at a time.
///
/// A file that stops early and a record of an unknown kind are *incomplete*; everything else that does not fit is
/// *malformed* ([`ReadError::is_incomplete`]). The order of the records is not looked at, but nothing may follow `end`.
pub struct Reader<R: BufRead> {
    input: R,
    limits: Limits,
    line: usize,
    /// How many bytes have been read.
    bytes: u64,
    ended: bool,
    buffer: Vec<u8>,
}

/// Opens a certificate within the usual limits; one that is compressed (zstd), whatever its name, is decompressed while
/// reading.
///
/// # Errors
/// [`Fault::Io`] at line 0.
pub fn open(path: impl AsRef<Path>) -> Result<Reader<Box<dyn BufRead>>, ReadError> {
    open_with(Limits::default(), path)
}

/// [`open`] within other limits.
///
/// # Errors
/// [`Fault::Io`] at line 0.
pub fn open_with(limits: Limits, path: impl AsRef<Path>) -> Result<Reader<Box<dyn BufRead>>, ReadError> {
    let path = path.as_ref();
    text(path).map(|input| Reader::with_limits(limits, input)).map_err(|error| ReadError {
        line: 0,
        fault: Fault::Io { kind: error.kind(), message: format!("{}: {error}", path.display()) },
    })
}

/// The text of a certificate's file, decompressed while reading where it is compressed, whatever its name.
///
/// # Errors
/// Those of opening the file and of reading its beginning.
pub fn text(path: &Path) -> io::Result<Box<dyn BufRead>> {
    let mut file = BufReader::with_capacity(1 << 16, File::open(path)?);
    if !is_compressed(path) && !file.fill_buf()?.starts_with(&ZSTD_MAGIC) {
        return Ok(Box::new(file));
    }
    Ok(Box::new(BufReader::with_capacity(1 << 16, zstd::Decoder::with_buffer(file)?)))
}

/// The first bytes of a file, enough to say what it is.
///
/// # Errors
/// Those of opening and reading the file.
pub fn head(path: &Path) -> io::Result<Vec<u8>> {
    let mut head = vec![];
    File::open(path)?.take(512).read_to_end(&mut head)?;
    Ok(head)
}

/// Whether a file that begins so may be a certificate: a record, or compressed.
pub fn begins_as_certificate(head: &[u8]) -> bool {
    head.starts_with(&ZSTD_MAGIC) || (head.starts_with(b"{") && String::from_utf8_lossy(head).contains("\"record\""))
}

/// Why what begins so is no certificate at all, not even an invalid one: what "it" is, or does not do.
pub fn no_certificate(head: &[u8]) -> Option<&'static str> {
    match head {
        [] => Some("is empty"),
        head if head.starts_with(&ZSTD_MAGIC) || head.trim_ascii_start().is_empty() => None,
        head if head.trim_ascii_start().starts_with(b"{") => None,
        head if head.starts_with(b"PK") => Some("is a zip archive, as .npz and .pt files are"),
        head if head.get(8) == Some(&b'{') => Some("is a safetensors file"),
        _ => Some("does not begin as one does, with a record `{\"record\": …}`"),
    }
}

/// How a compressed file begins (RFC 8878, 3.1.1); no JSON text begins so.
pub const ZSTD_MAGIC: [u8; 4] = 0xFD2F_B528_u32.to_le_bytes();

/// Whether a file's name says that it is compressed.
pub fn is_compressed(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "zst")
}

impl<R: BufRead> Reader<R> {
    /// Reads from here on, within the usual limits.
    pub fn new(input: R) -> Self {
        Reader::with_limits(Limits::default(), input)
    }

    /// Reads from here on, within these limits.
    pub fn with_limits(limits: Limits, input: R) -> Self {
        Reader { input, limits, line: 0, bytes: 0, ended: false, buffer: vec![] }
    }

    /// The limits for whoever goes on with the records.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The number of the line that was read last, from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// The next record; `None` after the record `end` if the file ends there too.
    ///
    /// # Errors
    /// A [`ReadError`] with the line; reading cannot go on after it.
    pub fn next_record(&mut self) -> Result<Option<Record>, ReadError> {
        self.line += 1;
        self.read_line().map_err(|fault| ReadError { line: self.line, fault })
    }

    fn read_line(&mut self) -> Result<Option<Record>, Fault> {
        self.buffer.clear();
        // One byte beyond the limit tells that there are more.
        let room = self.limits.get(Limit::LineBytes).saturating_add(1);
        let length = self.input.by_ref().take(room).read_until(b'\n', &mut self.buffer)?;
        match (length, self.ended) {
            (0, true) => return Ok(None),
            (0, false) => return Err(Fault::MissingEnd),
            (_, true) => return Err(Fault::TrailingData),
            (_, false) => {}
        }
        self.bytes += length as u64;
        self.limits.allow(Limit::LineBytes, length as u64)?;
        self.limits.allow(Limit::FileBytes, self.bytes)?;
        let last = self.buffer.pop_if(|byte| *byte == b'\n').is_none();
        let record = std::str::from_utf8(&self.buffer)
            .map_err(|error| match error.error_len() {
                None if last => Fault::CutOff,
                _ => Fault::NotUtf8 { byte: error.valid_up_to() + 1 },
            })
            .and_then(|line| parse(line, last, &self.limits))?;
        self.ended = matches!(record, Record::End { .. });
        Ok(Some(record))
    }
}

/// The record of a line; `last` if no line break follows it, so that it may be cut off.
fn parse(line: &str, last: bool, limits: &Limits) -> Result<Record, Fault> {
    if line.trim().is_empty() {
        return Err(Fault::BlankLine);
    }
    let misspelt = |fault: Misspelt| Fault::Malformed { column: fault.column, message: fault.message.to_owned() };
    let census = scan(line).map_err(misspelt)?;
    limits.allow(Limit::Numbers, census.values)?;
    limits.allow(Limit::Digits, census.digits)?;
    let fault = |error: serde_json::Error| match error.classify() {
        Category::Eof if last => Fault::CutOff,
        _ => {
            // The position is told by the error's own fields: a record has one line.
            let text = error.to_string();
            let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
            Fault::Malformed { column: error.column(), message: beginning(message, 300) }
        }
    };
    let Kind { record } = json(line).map_err(fault)?;
    Ok(match &*record {
        "problem" => return json::<ProblemLine>(line).map_err(fault)?.problem(),
        "graph" => return json::<GraphLine>(line).map_err(fault)?.problem(),
        "rational" => return json::<RationalLine>(line).map_err(fault)?.problem(),
        "object" => return json::<ObjectLine>(line).map_err(fault)?.object(),
        "start" => Record::Start { layers: json::<LayersLine>(line).map_err(fault)?.layers },
        "line" => Record::Line { layers: json::<LayersLine>(line).map_err(fault)?.layers },
        "curve" => Record::Curve { layers: json::<CurveLine>(line).map_err(fault)?.layers },
        "follow" => Record::Follow(json::<FollowLine>(line).map_err(fault)?.follow()),
        "ray" => Record::Ray { layers: json::<LayersLine>(line).map_err(fault)?.layers },
        "rescale" => Record::Rescale { layer: json::<RescaleLine>(line).map_err(fault)?.layer },
        "bounded" => {
            let BoundedLine { layers, bound, pieces, .. } = json(line).map_err(fault)?;
            Record::Bounded { layers, bound, pieces }
        }
        "end" => Record::End { moves: json::<EndLine>(line).map_err(fault)?.moves },
        unknown => return Err(Fault::UnknownRecord { found: excerpt(unknown) }),
    })
}

/// The one object on a line.
fn json<'a, T: Deserialize<'a>>(line: &'a str) -> Result<T, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(line);
    let value = object(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

/// The kind of a record, whatever else is in it.
#[derive(Deserialize)]
struct Kind<'a> {
    #[serde(borrow)]
    record: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename = "problem")]
struct ProblemLine {
    #[serde(rename = "record")]
    _record: IgnoredAny,
    format: String,
    version: u64,
    claim: Claim,
    statement: String,
    widths: Vec<usize>,
    activation: ActivationRecord,
    inputs: Matrix,
    // Not optional: the format writes `null` where there is no loss.
    #[serde(deserialize_with = "nullable")]
    loss: Option<LossRecord>,
    #[serde(default, deserialize_with = "only_true")]
    equal_inputs: bool,
    #[serde(default, deserialize_with = "only_true")]
    rescales: bool,
    #[serde(default, deserialize_with = "only_true")]
    columns: bool,
    #[serde(default, deserialize_with = "only_true")]
    pieces: bool,
}

/// What is not so is not written.
fn only_true<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    match bool::deserialize(deserializer)? {
        true => Ok(true),
        false => Err(serde::de::Error::custom("expected true, or to be left out")),
    }
}

fn nullable<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<LossRecord>, D::Error> {
    Option::deserialize(deserializer)
}

impl ProblemLine {
    fn problem(self) -> Result<Record, Fault> {
        if self.format != FORMAT {
            return Err(Fault::Format { found: excerpt(&self.format) });
        }
        let ProblemLine { claim, statement, widths, activation, inputs, loss, version: found, .. } = self;
        let ProblemLine { equal_inputs, rescales, columns, pieces, .. } = self;
        let problem = ProblemRecord {
            equal_inputs,
            rescales,
            columns,
            pieces,
            claim,
            statement,
            widths,
            activation,
            inputs,
            loss,
        };
        let expected = problem.version();
        if found != expected {
            let loss = problem.loss.filter(|loss| loss.version() == 3).map(|loss| format!("the loss `{loss}`"));
            let reason = loss
                .or_else(|| equal_inputs.then(|| "equal inputs".into()))
                .or_else(|| rescales.then(|| "a rescale".into()))
                .or_else(|| columns.then(|| "columns".into()))
                .or_else(|| pieces.then(|| "pieces".into()));
            return Err(Fault::Version { found, claim, reason, expected });
        }
        Ok(Record::Problem(problem))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename = "graph")]
struct GraphLine {
    #[serde(rename = "record")]
    _record: IgnoredAny,
    format: String,
    version: u64,
    claim: Claim,
    statement: String,
    graph: GraphRecord,
    inputs: Matrix,
    loss: LossRecord,
    bits: u64,
}

impl GraphLine {
    fn problem(self) -> Result<Record, Fault> {
        let GraphLine { format, version: found, claim, statement, graph, inputs, loss, bits, .. } = self;
        if format != FORMAT {
            return Err(Fault::Format { found: excerpt(&format) });
        }
        if found != 3 {
            return Err(Fault::Version { found, claim, reason: Some("a graph".into()), expected: 3 });
        }
        Ok(Record::Graph(GraphProblemRecord { claim, statement, graph, inputs, loss, bits }))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename = "rational")]
struct RationalLine {
    #[serde(rename = "record")]
    _record: IgnoredAny,
    format: String,
    version: u64,
    claim: Claim,
    statement: String,
    graph: GraphRecord,
    inputs: Matrix,
    // Not optional: the format writes `null` where there is no loss.
    #[serde(deserialize_with = "nullable")]
    loss: Option<LossRecord>,
}

impl RationalLine {
    fn problem(self) -> Result<Record, Fault> {
        let RationalLine { format, version: found, claim, statement, graph, inputs, loss, .. } = self;
        if format != FORMAT {
            return Err(Fault::Format { found: excerpt(&format) });
        }
        if found != 3 {
            return Err(Fault::Version { found, claim, reason: Some("a graph".into()), expected: 3 });
        }
        Ok(Record::Rational(RationalProblemRecord { claim, statement, graph, inputs, loss }))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename = "object")]
struct ObjectLine {
    #[serde(rename = "record")]
    _record: IgnoredAny,
    format: String,
    version: u64,
    claim: String,
    statement: String,
    object: Object,
}

impl ObjectLine {
    fn object(self) -> Result<Record, Fault> {
        let ObjectLine { format, version, claim, statement, object, .. } = self;
        if format != FORMAT {
            return Err(Fault::Format { found: excerpt(&format) });
        }
        if version != 3 || claim != object.claim() {
            return Err(Fault::ObjectClaim { version, claim: excerpt(&claim), expected: object.claim() });
        }
        Ok(Record::Object { statement, object })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename = "layers")]
struct LayersLine {
    #[serde(rename = "record")]
    _record: IgnoredAny,
    #[serde(deserialize_with = "numbered")]
    layers: Layers,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename = "curve")]
struct CurveLine {
    #[serde(rename = "record")]
    _record: IgnoredAny,
    #[serde(deserialize_with = "numbered")]
    layers: LayerCurves,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename = "rescale")]
struct RescaleLine {
    #[serde(rename = "record")]
    _record: IgnoredAny,
    layer: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename = "bounded")]
struct BoundedLine {
    #[serde(rename = "record")]
    _record: IgnoredAny,
    #[serde(deserialize_with = "numbered")]
    layers: Layers,
    bound: Fraction,
    #[serde(default, deserialize_with = "present")]
    pieces: Option<Vec<u32>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename = "follow")]
struct FollowLine {
    #[serde(rename = "record")]
    _record: IgnoredAny,
    first: usize,
    level: usize,
    output: Matrix,
    #[serde(default, deserialize_with = "present")]
    right_inverse: Option<Matrix>,
    #[serde(default, deserialize_with = "numbered")]
    left_inverses: BTreeMap<usize, Matrix>,
    #[serde(deserialize_with = "numbered")]
    layers: Layers,
}

impl FollowLine {
    fn follow(self) -> FollowRecord {
        let FollowLine { first, level, output, right_inverse, left_inverses, layers, .. } = self;
        FollowRecord { first, level, output, right_inverse, left_inverses, layers }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename = "end")]
struct EndLine {
    #[serde(rename = "record")]
    _record: IgnoredAny,
    moves: usize,
}

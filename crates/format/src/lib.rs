//! The file format of path certificates, versions 1, 2 and 3: reading, writing, nothing else.
//!
//! A certificate is a text file, one JSON object a line: a [`ProblemRecord`], a start, moves, an end. Plain text has the suffix
//! `.path.jsonl`; with `.zst` behind it the file is compressed. Numbers stay decimal text in this room: whoever
//! computes with them converts them, and checks what depends on their values (lowest terms, shapes that fit).
//!
//! What a [`Record`] holds is well formed: integers and fractions are canonical, no matrix is ragged, no key is double,
//! unknown or missing. A certificate of something else than a path has an [`Object`] in the place of all but the end. Version 2 adds the claim `barrier`, version 3 further losses and moves; each is used where it is needed and
//! nowhere else ([`ProblemRecord::version`]). See [`Reader`] for what is *incomplete* and what is *malformed*, and
//! `docs/certificate.md` for the whole format.
//!
//! ```
//! use sublevel_format::{Reader, Record};
//!
//! let mut reader = Reader::new("{\"record\":\"end\",\"moves\":0}\n".as_bytes());
//! assert_eq!(reader.next_record(), Ok(Some(Record::End { moves: 0 })));
//! assert_eq!(reader.next_record(), Ok(None));
//! ```

pub mod graph;
mod limits;
mod number;
pub mod object;
mod reader;
mod record;
mod spelling;
mod writer;

pub use graph::{GraphProblemRecord, GraphRecord, RationalProblemRecord};
pub use limits::{Exceeded, Limit, Limits, Raise, RaiseError};
pub use number::{Fraction, Integer, NumberError};
pub use object::Object;
pub use reader::{
    Fault, ReadError, Reader, ZSTD_MAGIC, begins_as_certificate, head, is_compressed, no_certificate, open, open_with,
    text,
};
pub use record::{
    ActivationRecord, Claim, Criterion, FollowRecord, Layer, LayerCurve, LayerCurves, Layers, LossRecord, Matrix,
    MatrixError, ProblemRecord, Record,
};
pub use writer::Writer;

/// The value of the key `format` of every certificate.
pub const FORMAT: &str = "sublevel-path";

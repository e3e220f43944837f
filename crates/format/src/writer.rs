//! Writing a certificate.

use super::Record;
use std::io::{self, Write};

/// Writes records, one line each, as they come.
pub struct Writer<W: Write> {
    output: W,
}

impl<W: Write> Writer<W> {
    /// Writes to `output` in small pieces: hand over something buffered.
    pub fn new(output: W) -> Self {
        Writer { output }
    }

    /// Writes a record and a line break.
    ///
    /// # Errors
    /// Those of the output.
    pub fn write(&mut self, record: &Record) -> io::Result<()> {
        serde_json::to_writer(&mut self.output, record)?;
        self.output.write_all(b"\n")
    }

    /// Gives the output back.
    pub fn into_inner(self) -> W {
        self.output
    }
}

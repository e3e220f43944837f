//! Writing a certificate.

use super::{Record, reader::is_compressed};
use std::{
    fs,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

/// Compression of `.zst` files: a fast level, decimal digits do not get much smaller beyond it.
const COMPRESSION_LEVEL: i32 = 3;

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

/// A file was not written; what was there before is untouched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteError<E> {
    /// The file system refused.
    #[error("cannot write {}: {message}", path.display())]
    Io { path: PathBuf, kind: io::ErrorKind, message: String },
    /// There is something of this name that is not a file.
    #[error("cannot write {}: it is there already and is not a file", path.display())]
    NotAFile { path: PathBuf },
    /// Whoever produces the content gave up.
    #[error("{0}")]
    Content(E),
}

/// Writes a whole file or nothing: into a temporary file beside it, which then takes its name.
///
/// A name that ends in `.zst` is compressed. The writer that `content` gets is buffered.
///
/// # Errors
/// [`WriteError::Content`] with the error of `content`, otherwise what the file system says. Nothing is left behind.
pub fn write_atomically<E>(
    path: impl AsRef<Path>,
    content: impl FnOnce(&mut dyn Write) -> Result<(), E>,
) -> Result<(), WriteError<E>> {
    let path = path.as_ref();
    let failed =
        |error: io::Error| WriteError::Io { path: path.to_owned(), kind: error.kind(), message: error.to_string() };
    if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return Err(WriteError::NotAFile { path: path.to_owned() });
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut file = temporary_file().tempfile_in(folder).map_err(failed)?;
    let mut output = BufWriter::with_capacity(1 << 16, file.as_file_mut());
    if is_compressed(path) {
        let mut encoder = zstd::Encoder::new(&mut output, COMPRESSION_LEVEL).map_err(failed)?;
        let mut buffered = BufWriter::with_capacity(1 << 16, &mut encoder);
        content(&mut buffered).map_err(WriteError::Content)?;
        buffered.flush().map_err(failed)?;
        drop(buffered);
        encoder.finish().map_err(failed)?;
    } else {
        content(&mut output).map_err(WriteError::Content)?;
    }
    output.flush().map_err(failed)?;
    drop(output);
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// A hidden file that deletes itself; with a new file's usual permissions where these exist.
fn temporary_file() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".sublevel-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder
}

//! Files that appear whole under their name, or not at all.
//!
//! Certificates above [`COMPRESSED_ABOVE`] bytes are compressed, whatever their name.
//!
//! Content goes into a temporary file beside the one that is wanted, which then takes its name. A symbolic link is written
//! through: what it points to is replaced, the link stays. A program that is told to stop calls
//! [`remove_unfinished`] first.

use crate::certificate::is_compressed;
use std::{
    collections::BTreeSet,
    fs,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Compression of `.zst` files: a fast level, decimal digits do not get much smaller beyond it.
const COMPRESSION_LEVEL: i32 = 3;

/// Larger certificates are compressed even where their name does not say so: readers go by how the file begins.
pub const COMPRESSED_ABOVE: usize = 10_000_000;

/// Temporary files that are being written.
static UNFINISHED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// A file was not written; what was there before is untouched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteError<E> {
    /// The file system refused.
    #[error("cannot write {}: {message}", path.display())]
    Io { path: PathBuf, kind: io::ErrorKind, message: String },
    /// The folder in which it would be is not there.
    #[error("cannot write {}: there is no folder {}; make it first", path.display(), folder.display())]
    NoFolder { path: PathBuf, folder: PathBuf },
    /// There is something of this name that is not a file.
    #[error("cannot write {}: it is there already and is not a file", path.display())]
    NotAFile { path: PathBuf },
    /// A symbolic link that points nowhere.
    #[error("cannot write {}: it is a link to something that is not there; name the file itself", path.display())]
    DanglingLink { path: PathBuf },
    /// Whoever produces the content gave up.
    #[error("{0}")]
    Content(E),
}

/// Writes a whole file or nothing. A name that ends in `.zst` is compressed. The writer that `content` gets is buffered.
///
/// # Errors
/// [`WriteError::Content`] with the error of `content`, otherwise what the file system says. Nothing is left behind.
pub fn write_whole<E>(
    path: impl AsRef<Path>,
    content: impl FnOnce(&mut dyn Write) -> Result<(), E>,
) -> Result<(), WriteError<E>> {
    let path = path.as_ref();
    let plain = if is_compressed(path) { 0 } else { usize::MAX };
    write(path, plain, content).map(drop)
}

/// [`write_whole`] for a certificate; whether it is compressed, by its name or since it is large.
///
/// # Errors
/// Those of [`write_whole`].
pub fn write_certificate<E>(
    path: impl AsRef<Path>,
    content: impl FnOnce(&mut dyn Write) -> Result<(), E>,
) -> Result<bool, WriteError<E>> {
    let path = path.as_ref();
    let plain = if is_compressed(path) { 0 } else { COMPRESSED_ABOVE };
    write(path, plain, content)
}

/// Writes a whole file, compressed if it has more than `plain` bytes or `plain` is 0; whether it is.
fn write<E>(
    path: &Path,
    plain: usize,
    content: impl FnOnce(&mut dyn Write) -> Result<(), E>,
) -> Result<bool, WriteError<E>> {
    let failed = |error: io::Error| io_error(path, &error);
    let target = destination(path).map_err(WriteError::cast)?;
    let mut file = Unfinished::beside(&target).map_err(failed)?;
    let mut output = Growing::new(BufWriter::with_capacity(1 << 16, file.file()), plain).map_err(failed)?;
    // The encoder takes large pieces at a time.
    let mut buffered = BufWriter::with_capacity(1 << 16, &mut output);
    content(&mut buffered).map_err(WriteError::Content)?;
    buffered.flush().map_err(failed)?;
    drop(buffered);
    let compressed = output.finish().map_err(failed)?;
    file.file().sync_all().map_err(failed)?;
    file.take_name(&target).map_err(failed)?;
    Ok(compressed)
}

/// Content that is compressed once it has more than so many bytes.
enum Growing<W: Write> {
    /// So far it has not; what there is waits here.
    Small { output: Option<W>, waiting: Vec<u8>, plain: usize },
    /// It has.
    Large(zstd::Encoder<'static, W>),
    /// It never will be.
    Plain(W),
}

/// Compresses beside the one who writes: how many cores there are does not change what comes out.
fn encoder<W: Write>(output: W) -> io::Result<zstd::Encoder<'static, W>> {
    let mut encoder = zstd::Encoder::new(output, COMPRESSION_LEVEL)?;
    encoder.multithread(rayon::current_num_threads() as u32)?;
    Ok(encoder)
}

impl<W: Write> Growing<W> {
    fn new(output: W, plain: usize) -> io::Result<Self> {
        Ok(match plain {
            0 => Growing::Large(encoder(output)?),
            usize::MAX => Growing::Plain(output),
            _ => Growing::Small { output: Some(output), waiting: vec![], plain },
        })
    }

    /// Writes what is left; whether it is compressed.
    fn finish(self) -> io::Result<bool> {
        let (mut output, compressed) = match self {
            Growing::Large(encoder) => (encoder.finish()?, true),
            Growing::Plain(output) => (output, false),
            Growing::Small { output, waiting, .. } => {
                let mut output = output.expect("only growing takes it");
                output.write_all(&waiting)?;
                (output, false)
            }
        };
        output.flush()?;
        Ok(compressed)
    }
}

impl<W: Write> Write for Growing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Growing::Large(encoder) => encoder.write(bytes),
            Growing::Plain(output) => output.write(bytes),
            Growing::Small { waiting, plain, .. } if waiting.len() + bytes.len() <= *plain => waiting.write(bytes),
            Growing::Small { output, waiting, .. } => {
                let output = output.take().expect("taken once");
                let mut encoder = encoder(output)?;
                encoder.write_all(waiting)?;
                *self = Growing::Large(encoder);
                self.write(bytes)
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Growing::Large(encoder) => encoder.flush(),
            Growing::Plain(output) => output.flush(),
            // It cannot be known yet how it is written.
            Growing::Small { .. } => Ok(()),
        }
    }
}

/// Where a file of this name is written: the name itself, or the file that a link points to. Finds out, before any
/// work is done for it, whether a file can be written there at all.
///
/// # Errors
/// All of [`WriteError`] but `Content`.
pub fn destination(path: &Path) -> Result<PathBuf, WriteError<std::convert::Infallible>> {
    let target = match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_symlink() => {
            fs::canonicalize(path).map_err(|_| WriteError::DanglingLink { path: path.to_owned() })?
        }
        _ => path.to_owned(),
    };
    if fs::metadata(&target).is_ok_and(|metadata| !metadata.is_file()) {
        return Err(WriteError::NotAFile { path: path.to_owned() });
    }
    if let Some(folder) = target.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists()) {
        return Err(WriteError::NoFolder { path: path.to_owned(), folder: folder.to_owned() });
    }
    Unfinished::beside(&target).map_err(|error| io_error(path, &error))?;
    Ok(target)
}

/// Removes the temporary files that other threads are writing. As long as the guard lives no file is begun and none takes
/// its name: for a program that ends now.
pub fn remove_unfinished() -> Stopped {
    let list = unfinished();
    for path in &*list {
        // If it is gone there is nobody left to tell.
        let _ = fs::remove_file(path);
    }
    Stopped { _list: list }
}

/// See [`remove_unfinished`].
pub struct Stopped {
    _list: MutexGuard<'static, BTreeSet<PathBuf>>,
}

impl<E> WriteError<E> {
    fn cast(error: WriteError<std::convert::Infallible>) -> Self {
        match error {
            WriteError::Io { path, kind, message } => WriteError::Io { path, kind, message },
            WriteError::NoFolder { path, folder } => WriteError::NoFolder { path, folder },
            WriteError::NotAFile { path } => WriteError::NotAFile { path },
            WriteError::DanglingLink { path } => WriteError::DanglingLink { path },
            WriteError::Content(never) => match never {},
        }
    }
}

fn io_error<E>(path: &Path, error: &io::Error) -> WriteError<E> {
    WriteError::Io { path: path.to_owned(), kind: error.kind(), message: error.to_string() }
}

fn unfinished() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A hidden file that deletes itself, with a new file's usual permissions where these exist. It is listed while it lives.
struct Unfinished {
    /// Until it takes its name.
    file: Option<tempfile::NamedTempFile>,
    path: PathBuf,
}

impl Unfinished {
    fn beside(target: &Path) -> io::Result<Self> {
        let folder = match target.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let mut builder = tempfile::Builder::new();
        builder.prefix(".sublevel-");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        // Made under the lock: whoever removes what is listed sees the file, or comes before it is made.
        let mut list = unfinished();
        let file = builder.tempfile_in(folder)?;
        let path = file.path().to_owned();
        list.insert(path.clone());
        Ok(Unfinished { file: Some(file), path })
    }

    fn file(&mut self) -> &mut fs::File {
        self.file.as_mut().expect("it is taken at its end only").as_file_mut()
    }

    fn take_name(mut self, target: &Path) -> io::Result<()> {
        let mut list = unfinished();
        list.remove(&self.path);
        self.file.take().expect("it is taken once").persist(target)?;
        drop(list);
        Ok(())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let mut list = unfinished();
        list.remove(&self.path);
        self.file = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(folder: &Path) -> usize {
        fs::read_dir(folder).unwrap().count()
    }

    #[test]
    fn a_file_is_listed_exactly_while_it_is_unfinished() {
        let folder = tempfile::tempdir().unwrap();
        let is_listed = || unfinished().iter().any(|path| path.starts_with(folder.path()));
        let content = |out: &mut dyn Write| {
            assert!(is_listed() && entries(folder.path()) == 1);
            out.write_all(b"whole")
        };
        write_whole(folder.path().join("file"), content).unwrap();
        assert!(!is_listed() && entries(folder.path()) == 1);
        assert_eq!(write_whole(folder.path().join("file"), |_| Err("no")), Err(WriteError::Content("no")));
        assert!(!is_listed() && entries(folder.path()) == 1);
        assert_eq!(fs::read(folder.path().join("file")).unwrap(), b"whole");
    }

    /// One byte more than the limit is compressed, under any name; the reader opens both.
    #[test]
    fn large_certificates_are_compressed() {
        let folder = tempfile::tempdir().unwrap();
        for (name, length, is_large) in [
            ("small.path.jsonl", COMPRESSED_ABOVE, false),
            ("large.path.jsonl", COMPRESSED_ABOVE + 1, true),
            ("named.zst", 1, true),
        ] {
            let path = folder.path().join(name);
            // In pieces, the last of which decides.
            let content = |out: &mut dyn Write| {
                (0..length).step_by(4_096).try_for_each(|k| out.write_all(&vec![b' '; 4_096.min(length - k)]))
            };
            assert_eq!(write_certificate(&path, content).unwrap(), is_large, "{name}");
            let bytes = fs::read(&path).unwrap();
            let plain = if is_large { zstd::decode_all(&bytes[..]).unwrap() } else { bytes };
            assert!(plain.len() == length && plain.iter().all(|byte| *byte == b' '), "{name}");
        }
        // What is no certificate stays as it is.
        let picture = folder.path().join("picture.png");
        write_whole(&picture, |out| out.write_all(&vec![0; COMPRESSED_ABOVE + 1])).unwrap();
        assert_eq!(fs::metadata(&picture).unwrap().len(), COMPRESSED_ABOVE as u64 + 1);
    }

    #[test]
    fn files_are_written_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["plain", "compressed.zst"] {
            write_whole(path(name), |output| output.write_all(b"first")).unwrap();
            // An error in the middle: what was there stays, and nothing else is left.
            let result = write_whole(path(name), |output| {
                output.write_all(&[b'x'; 1 << 20]).unwrap();
                Err("no more")
            });
            assert_eq!(result, Err(WriteError::Content("no more")));
        }
        assert_eq!(fs::read(path("plain")).unwrap(), b"first");
        assert_eq!(zstd::decode_all(&fs::read(path("compressed.zst")).unwrap()[..]).unwrap(), b"first");
        assert_eq!(entries(folder.path()), 2);

        let occupied = folder.path().to_owned();
        assert_eq!(write_whole(&occupied, |_| Ok::<(), ()>(())), Err(WriteError::NotAFile { path: occupied.clone() }));
        let nowhere = write_whole(path("no/such/folder"), |_| Ok::<(), ()>(()));
        let missing = WriteError::NoFolder { path: path("no/such/folder"), folder: path("no/such") };
        assert_eq!(nowhere, Err(missing));
    }

    #[test]
    #[cfg(unix)]
    fn written_files_have_usual_permissions() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let mode = |name: &str| fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
        fs::write(folder.path().join("plain"), "").unwrap();
        write_whole(folder.path().join("whole"), |_| Ok::<(), ()>(())).unwrap();
        assert_eq!(mode("whole"), mode("plain"));
    }

    #[test]
    #[cfg(unix)]
    fn a_link_is_written_through_and_one_to_nothing_refused() {
        let folder = tempfile::tempdir().unwrap();
        let [file, link, dangling] = ["file", "link", "dangling"].map(|name| folder.path().join(name));
        fs::write(&file, b"old").unwrap();
        std::os::unix::fs::symlink("file", &link).unwrap();
        std::os::unix::fs::symlink("nothing", &dangling).unwrap();
        write_whole(&link, |out| out.write_all(b"new")).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&file).unwrap(), b"new");
        assert_eq!(destination(&link), Ok(fs::canonicalize(&file).unwrap()));
        let refused = write_whole(&dangling, |out| out.write_all(b"new"));
        assert!(matches!(refused, Err(WriteError::DanglingLink { path }) if path == dangling));
        assert_eq!(entries(folder.path()), 3);
    }
}

//! What a command says and writes: lines, JSON, files.

use super::Failure;
use crate::certificate::{begins_as_certificate, head};
use crate::files::{WriteError, destination, write_certificate, write_whole};
use crate::network::files_behind;
use crate::report::Chart;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Prints a line to standard output. Who does not read it, or cannot, changes neither what is done nor the exit code.
pub fn say_line(text: std::fmt::Arguments) {
    let _ = writeln!(io::stdout(), "{text}");
}

/// Prints a line to standard error in the same way.
pub fn note_line(text: std::fmt::Arguments) {
    let _ = writeln!(io::stderr(), "{}", without_controls(&text.to_string()));
}

/// The text of a message, into which names from files may have come, without what would move the cursor.
pub fn without_controls(text: &str) -> String {
    let shown = |c: char| if c.is_control() && c != '\n' { c.escape_debug().to_string() } else { c.to_string() };
    text.chars().map(shown).collect()
}

/// Where the results of one command go.
pub struct Console {
    json: bool,
    outputs: Vec<Output>,
}

/// A file that the command was asked to write.
struct Output {
    /// As the user named it.
    path: PathBuf,
    /// Where it really is.
    target: PathBuf,
    written: bool,
}

impl Console {
    pub fn new(json: bool) -> Self {
        Console { json, outputs: Vec::new() }
    }

    /// Whether one JSON object is wanted in the place of words.
    pub fn json(&self) -> bool {
        self.json
    }

    /// Prints one JSON object, indented.
    pub fn print_json(&self, value: &impl serde::Serialize) {
        say!("{}", serde_json::to_string_pretty(value).expect("a summary is plain data"));
    }

    /// Says, before any work is done, which files will be written (option, kind, file) and which are read.
    ///
    /// # Errors
    /// Bad input, if a file cannot be written, is read by this run, or would be written twice.
    pub fn claim<'a>(
        &mut self,
        outputs: impl IntoIterator<Item = (&'static str, Kind, Option<&'a PathBuf>)>,
        reads: &[&Path],
    ) -> Result<(), Failure> {
        for (option, kind, path) in outputs {
            let Some(path) = path else { continue };
            let target = destination(path).map_err(Failure::input)?;
            let what = format!("{option} {}", path.display());
            if let Some(read) = reads.iter().flat_map(|read| files_behind(read)).find(|read| is_same(&target, read)) {
                return Err(Failure::input(format!(
                    "{what} would overwrite {}, which this run reads; give another name",
                    read.display()
                )));
            }
            if let Some(other) = self.outputs.iter().find(|other| is_same(&target, &other.target)) {
                return Err(Failure::input(format!(
                    "{what} is the same file as {}; give each its own name",
                    other.path.display()
                )));
            }
            if let Some(words) = kind.misnamed(path) {
                return Err(Failure::input(format!("{what}: {words}")));
            }
            if !kind.may_replace(&target) {
                return Err(Failure::input(format!(
                    "{what} is there already, and is nothing that this command has written: give another name, or remove it"
                )));
            }
            self.outputs.push(Output { path: path.clone(), target, written: false });
        }
        Ok(())
    }

    /// Writes a file that was claimed, whole or not at all.
    pub fn write<E: std::fmt::Display>(
        &mut self,
        path: &Path,
        content: impl FnOnce(&mut dyn Write) -> Result<(), E>,
    ) -> Result<(), Failure> {
        write_whole(path, content).map_err(|error: WriteError<E>| Failure::input(error))?;
        self.mark_written(path);
        Ok(())
    }

    /// Writes a certificate that was claimed, whole or not at all; whether it is compressed.
    pub fn write_certificate<E: std::fmt::Display>(
        &mut self,
        path: &Path,
        content: impl FnOnce(&mut dyn Write) -> Result<(), E>,
    ) -> Result<bool, Failure> {
        let compressed = write_certificate(path, content).map_err(|error: WriteError<E>| Failure::input(error))?;
        self.mark_written(path);
        Ok(compressed)
    }

    fn mark_written(&mut self, path: &Path) {
        self.outputs.iter_mut().filter(|output| output.path == path).for_each(|output| output.written = true);
    }

    /// Draws a picture into a file that was claimed.
    pub fn draw(&mut self, path: &Path, chart: &Chart) -> Result<(), Failure> {
        let picture = chart.file(path).map_err(Failure::input)?;
        self.write(path, |out| out.write_all(&picture))
    }

    /// Ends the command: says what went wrong, and takes care of files that should have been written.
    pub fn finish(self, result: Result<(), Failure>) -> u8 {
        let code = result.as_ref().err().map_or(0, |failure| failure.code);
        if let Err(failure) = result.as_ref()
            && !failure.message.is_empty()
        {
            if self.json {
                self.print_json(&failure.to_json());
            } else {
                note!("error: {}", failure.message);
            }
        }
        // After bad input nothing has been done, and nothing is touched.
        if code != Failure::INPUT {
            self.set_aside();
        }
        code
    }

    /// What bears the name of a file that was not written is another run's: it must not be taken for this one's.
    fn set_aside(&self) {
        for Output { path, target, .. } in self.outputs.iter().filter(|output| !output.written) {
            if !target.exists() {
                continue;
            }
            match older_name(target).and_then(|older| fs::rename(target, &older).map(|()| older)) {
                Ok(older) => note!(
                    "note: {} was not written; the older file of that name is now {}",
                    path.display(),
                    older.display()
                ),
                Err(error) => note!(
                    "note: {} was not written; there is an older file of that name, about something else ({error})",
                    path.display()
                ),
            }
        }
    }
}

/// What a command writes under one of its options.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Certificate,
    /// The description of a graph.
    Graph,
    /// The weights beside the description of a graph, whose name follows from it.
    Weights,
    Network,
    Picture,
    /// Frames beside each other, or a page with a slider.
    Film,
    /// A page of a folder that is given.
    Page,
}

impl Kind {
    /// How a name would have to end that says what is written there, if this one does not.
    fn misnamed(self, path: &Path) -> Option<&'static str> {
        let (endings, words): (&[&str], _) = match self {
            Kind::Picture => (&["svg", "png"], "a picture ends in .svg or .png"),
            Kind::Film => {
                (&["svg", "png", "html"], "a film ends in .svg or .png, or in .html for a page with a slider")
            }
            Kind::Network => (&["safetensors"], "a network is written as .safetensors"),
            Kind::Certificate | Kind::Graph | Kind::Weights | Kind::Page => return None,
        };
        let has = |ending: &&str| path.extension().is_some_and(|own| own.eq_ignore_ascii_case(ending));
        (!endings.iter().any(has)).then_some(words)
    }

    /// Whether a file is not there, empty, no file at all (a pipe), or an older result of this kind.
    fn may_replace(self, target: &Path) -> bool {
        // A pipe is not opened: that would wait for somebody at its other end.
        if !fs::metadata(target).is_ok_and(|file| file.is_file() && file.len() > 0) {
            return true;
        }
        let Ok(head) = head(target) else { return false };
        let text = String::from_utf8_lossy(&head).to_lowercase();
        // Near its beginning: in the metadata of a network, the comment of a picture, the generator of a page.
        let is_own = text.contains("sublevel");
        match self {
            Kind::Certificate => begins_as_certificate(&head),
            Kind::Graph => text.starts_with('{') && text.contains("\"sublevel-graph\""),
            // Of an older graph of that name, not a network that happens to have it.
            Kind::Weights => is_own && is_safetensors(&head) && target.with_extension("json").exists(),
            Kind::Network => is_own && is_safetensors(&head),
            Kind::Picture | Kind::Film | Kind::Page => {
                is_own && (head.starts_with(b"\x89PNG") || text.trim_start().starts_with('<'))
            }
        }
    }
}

/// Eight bytes of length, and a JSON object.
fn is_safetensors(head: &[u8]) -> bool {
    head.get(8) == Some(&b'{')
}

/// The first of `NAME.old`, `NAME.old2`, … that is free.
fn older_name(target: &Path) -> io::Result<PathBuf> {
    let name = |count: u32| {
        let mut name = target.as_os_str().to_owned();
        name.push(if count == 1 { ".old".to_owned() } else { format!(".old{count}") });
        PathBuf::from(name)
    };
    (1..1000)
        .map(name)
        .find(|name| fs::symlink_metadata(name).is_err())
        .ok_or_else(|| io::Error::other("999 older ones are there already"))
}

/// Whether two names stand for one file: whatever links lie on the way, and if one of them is still to be written.
fn is_same(target: &Path, other: &Path) -> bool {
    #[cfg(unix)]
    if let (Ok(a), Ok(b)) = (fs::metadata(target), fs::metadata(other)) {
        use std::os::unix::fs::MetadataExt;
        return (a.dev(), a.ino()) == (b.dev(), b.ino());
    }
    match (whole(target), whole(other)) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}

/// The canonical path of a file, which need not be there as long as its folder is.
fn whole(path: &Path) -> io::Result<PathBuf> {
    if let Ok(whole) = fs::canonicalize(path) {
        return Ok(whole);
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok(fs::canonicalize(folder)?.join(path.file_name().ok_or(io::ErrorKind::InvalidInput)?))
}

//! `sublevel-check`: the checker by itself, without anything that it is not.

use std::{path::PathBuf, process::ExitCode};
use sublevel_checker::{
    Expected, Verdict,
    certificate::{self, Limits, Raise},
    check,
};

const HELP: &str =
    "Checks a path certificate of sublevel: what it says at every point of its path, in exact arithmetic.

Usage: sublevel-check [--limit NAME=N]… <CERTIFICATE>

  --limit NAME=N  allow more, or less, than the limits below; beyond them the answer is *incomplete*
  -h, --help      this page
  -V, --version   the version

The answer is written to standard output. Exit codes: 0 valid, 1 invalid, 2 the call or the file cannot be read,
4 incomplete: cut off, of a kind that is not known, beyond a limit, or undecided.

Limits:
";

fn main() -> ExitCode {
    let (path, limits) = match arguments() {
        Ok(Some(arguments)) => arguments,
        Ok(None) => return ExitCode::SUCCESS,
        Err(error) => return refuse(&format!("{error}; `sublevel-check --help` says how it is used")),
    };
    let reader = match certificate::open_with(limits, &path) {
        Ok(reader) => reader,
        Err(error) => return refuse(&error.fault.to_string()),
    };
    let verdict = check(reader, &Expected::default(), &mut |_| {});
    // A name may hold line breaks, and what would pass for a verdict.
    let name: String = path.display().to_string().chars().flat_map(shown).collect();
    say(&format!("{name}: {verdict}\n"));
    ExitCode::from(match verdict {
        Verdict::Valid(_) | Verdict::Proved { .. } => 0,
        Verdict::Invalid { .. } => 1,
        Verdict::Incomplete { .. } if verdict.is_unreadable() => 2,
        Verdict::Incomplete { .. } => 4,
    })
}

/// The certificate and the limits, or none if a question about the program was answered.
fn arguments() -> Result<Option<(PathBuf, Limits)>, lexopt::Error> {
    use lexopt::{
        Arg::{Long, Short, Value},
        ValueExt,
    };
    let (mut parser, mut path, mut limits) = (lexopt::Parser::from_env(), None, Limits::default());
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => say(&format!("{HELP}{}", Limits::default())),
            Short('V') | Long("version") => say(concat!("sublevel-check ", env!("CARGO_PKG_VERSION"), "\n")),
            Long("limit") => {
                let Raise { limit, value } = parser.value()?.parse()?;
                limits.set(limit, value);
                continue;
            }
            Value(value) if path.is_none() => {
                path = Some(PathBuf::from(value));
                continue;
            }
            other => return Err(other.unexpected()),
        }
        return Ok(None);
    }
    path.map(|path| Some((path, limits))).ok_or_else(|| "no certificate is named".into())
}

/// Writes to standard output; a reader that went away does not change the answer, which the exit code tells.
fn say(text: &str) {
    use std::io::Write;
    let _ = std::io::stdout().write_all(text.as_bytes());
}

fn refuse(message: &str) -> ExitCode {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "error: {message}");
    ExitCode::from(2)
}

/// A character, or an escape where it would move the cursor.
fn shown(character: char) -> Vec<char> {
    if character.is_control() { character.escape_debug().collect() } else { vec![character] }
}

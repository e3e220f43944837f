//! Running the program on small networks written for the test.

use crate::npz;
use nalgebra::DMatrix;
use rug::Rational;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use sublevel::network::{Parameters, write_network};

/// A directory of its own for one test, with two networks and data.
pub struct Case {
    /// Removed at the end.
    pub dir: tempfile::TempDir,
}

/// The entries of a matrix, row by row, in quarters.
pub fn quarters(rows: usize, columns: usize, entries: &[i32]) -> DMatrix<Rational> {
    DMatrix::from_row_slice(rows, columns, entries).map(|entry| Rational::from((entry, 4)))
}

impl Case {
    /// Two 1-2-1 networks over the samples 0 and 1 with targets.
    pub fn new() -> Self {
        let case = Case { dir: tempfile::tempdir().unwrap() };
        let network =
            |first: &[i32], last: &[i32]| Parameters::new(vec![quarters(2, 2, first), quarters(3, 1, last)]).unwrap();
        write_network(&case.path("a.safetensors"), &network(&[4, -8, 2, 1], &[4, 3, -2])).unwrap();
        write_network(&case.path("b.safetensors"), &network(&[-6, 2, 8, 5], &[-3, 7, 1])).unwrap();
        case.data("data.npz", 2, 1, &[0.0, 1.0], &[1.0, 0.0]);
        case
    }

    /// A file in the directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes inputs [samples, features] and targets [samples, as many as there are].
    pub fn data(&self, name: &str, samples: usize, features: usize, inputs: &[f64], targets: &[f64]) {
        let shape = |columns: usize| [samples as u64, columns as u64];
        self.arrays(name, &[("inputs", shape(features), inputs), ("targets", shape(targets.len() / samples), targets)]);
    }

    /// Writes matrices of these shapes, row by row.
    pub fn arrays(&self, name: &str, arrays: &[(&str, [u64; 2], &[f64])]) {
        let entry = |&(array, shape, values): &(&str, [u64; 2], &[f64])| {
            (format!("{array}.npy"), npz::npy_of(&shape, values.iter().copied()))
        };
        let entries: Vec<_> = arrays.iter().map(entry).collect();
        std::fs::write(self.path(name), npz::archive(zip::CompressionMethod::Deflated, &entries)).unwrap();
    }

    /// Runs the program in the directory.
    pub fn run(&self, arguments: &[&str]) -> Run {
        let output =
            Command::new(env!("CARGO_BIN_EXE_sublevel")).args(arguments).current_dir(self.dir.path()).output().unwrap();
        Run::new(output)
    }

    /// A command about the networks a and b, with the data and ReLU.
    pub fn about_both(&self, command: &str, further: &[&str]) -> Run {
        let both = [command, "a.safetensors", "b.safetensors", "--data", "data.npz", "--activation", "relu"];
        self.run(&[&both[..], further].concat())
    }

    /// `connect a b` with these further arguments, into `p.path.jsonl`.
    pub fn connect(&self, further: &[&str]) -> Run {
        let arguments = ["connect", "a.safetensors", "b.safetensors", "--out", "p.path.jsonl"];
        let defaults = ["--data", "data.npz", "--activation", "relu"];
        let defaults = defaults.chunks(2).filter(|pair| !further.contains(&pair[0])).flatten();
        self.run(&[&arguments[..], &defaults.copied().collect::<Vec<_>>(), further].concat())
    }

    /// The names of the files in the directory, sorted.
    pub fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.dir.path()).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

/// What a run left.
pub struct Run {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Run {
    /// What a process left.
    pub fn new(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Run { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// Fails the test unless the exit code is this one and standard error has this text.
    pub fn expect(&self, code: i32, message: &str) {
        assert_eq!(self.code, code, "{}{}", self.out, self.err);
        assert!(self.err.contains(message), "expected `{message}` in: {}", self.err);
    }
}

/// The digits that the crate carries.
pub fn digits(name: &str) -> String {
    data("digits", name)
}

/// A file of the tests' data.
pub fn data(folder: &str, name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(folder).join(name).display().to_string()
}

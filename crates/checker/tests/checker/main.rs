//! The certificate format and the independent checker.

mod arithmetic;
mod arrangement;
mod build;
mod claims;
mod conformance;
mod critical;
mod descent;
mod format;
mod graph;
mod limits;
mod losses;
mod mutation;
mod objects;
mod oracle;
mod program;
mod rational;
mod regions;
mod rules;
mod words;

use certificate::Reader;
use checker::{Expected, Verdict, check, check_with};
use sublevel_checker::{self as checker, certificate};

/// The conformance vectors: name without suffix, path.
fn vectors() -> Vec<(String, std::path::PathBuf)> {
    let vectors = vectors_in("certificates");
    assert_eq!(vectors.len(), 27);
    vectors
}

/// One of them.
fn vector(name: &str) -> std::path::PathBuf {
    vectors().into_iter().find(|(found, _)| found == name).expect("a vector of this name").1
}

fn vectors_in(folder: &str) -> Vec<(String, std::path::PathBuf)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(folder);
    let mut vectors: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            (path.file_name().unwrap().to_str().unwrap().replace(".path.jsonl", ""), path)
        })
        .collect();
    vectors.sort();
    vectors
}

/// The checker's answer to a certificate with nothing to compare.
fn check_text(text: &str) -> Verdict {
    check_bytes(text.as_bytes(), &Expected::default())
}

/// The checker's answer, which is the same with another arithmetic, to the letter.
#[track_caller]
fn check_bytes(bytes: &[u8], expected: &Expected) -> Verdict {
    let verdict = check(Reader::new(bytes), expected, &mut |_| {});
    assert_eq!(check_with(arithmetic::SCHOOLBOOK, Reader::new(bytes), expected, &mut |_| {}), verdict);
    verdict
}

//! The certificate format and the independent checker.

mod build;
mod claims;
mod conformance;
mod format;
mod mutation;
mod oracle;
#[path = "../rules/mod.rs"]
mod rules;

/// The conformance vectors: name without suffix, path.
fn vectors() -> Vec<(String, std::path::PathBuf)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/certificates");
    let mut vectors: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            (path.file_name().unwrap().to_str().unwrap().replace(".path.jsonl", ""), path)
        })
        .collect();
    vectors.sort();
    assert_eq!(vectors.len(), 21);
    vectors
}

/// The checker's answer to a certificate with nothing to compare.
fn check_text(text: &str) -> sublevel::checker::Verdict {
    sublevel::checker::check(sublevel::certificate::Reader::new(text.as_bytes()), &Default::default(), &mut |_| {})
}

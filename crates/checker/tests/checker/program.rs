//! The program `sublevel-check`: its answers and its exit codes.

use std::process::{Command, Output};

fn run(arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } =
        Command::new(env!("CARGO_BIN_EXE_sublevel-check")).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

fn vector(name: &str) -> String {
    format!("{}/tests/data/{name}.path.jsonl", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_exit_code_is_the_answer() {
    for (name, code, answer) in [
        ("objects/kinks", 0, "valid\nchecked "),
        ("certificates/incomplete-no-end", 4, "incomplete\n"),
        ("../checker/program.rs", 2, ""),
    ] {
        let (found, out, error) = run(&[&vector(name)]);
        assert_eq!(found, code, "{out}{error}");
        assert!(out.contains(answer) && out.is_empty() == (code == 2), "{out}");
        assert_eq!(error.starts_with("error: "), code == 2, "{error}");
    }
    let text = std::fs::read_to_string(vector("objects/kinks")).unwrap();
    let file = tempfile::Builder::new().suffix(".path.jsonl").tempfile().unwrap();
    std::fs::write(file.path(), text.replace("\"kink\":\"0\"", "\"kink\":\"1\"")).unwrap();
    let (code, out, _) = run(&[file.path().to_str().unwrap()]);
    assert!(code == 1 && out.contains("invalid\nrecord 1 (object): σ is not known to bend"), "{out}");
}

/// The name of a file is no part of the answer.
#[test]
fn a_name_is_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ok.jsonl: valid\nchecked");
    std::fs::copy(vector("certificates/incomplete-no-end"), &file).unwrap();
    let (code, out, _) = run(&[file.to_str().unwrap()]);
    assert!(code == 4 && out.contains("ok.jsonl: valid\\nchecked: incomplete\n"), "{out}");
}

#[test]
fn limits_and_questions() {
    let path = vector("objects/kinks");
    let (code, out, _) = run(&["--limit", "breakpoints=1", &path]);
    assert!(code == 4 && out.contains("`--limit breakpoints=N` raises it"), "{out}");
    assert_eq!(run(&["--limit", "breakpoints=2", &path, "--limit", "numbers=100"]).0, 0);
    for wrong in [&["--limit", "depth=1", &path][..], &["--limit", &path], &[&path, &path], &["--fast", &path], &[]] {
        let (code, out, error) = run(wrong);
        assert!(code == 2 && out.is_empty() && error.contains("`sublevel-check --help`"), "{wrong:?}: {error}");
    }
    let (code, help, _) = run(&["--help"]);
    assert!(
        code == 0 && help.contains("Exit codes: 0 valid") && help.contains("breakpoints of the activation"),
        "{help}"
    );
    assert!(run(&["-V"]).1.starts_with("sublevel-check "));
}

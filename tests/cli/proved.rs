//! `check --kernel proved`: the kernel that `make proof` builds, and programs that stand in its place.

use crate::run::{Case, Run};
use std::path::Path;
use std::process::Command;

/// Runs `check p.path.jsonl --kernel proved` with this kernel, and further arguments.
fn check(case: &Case, kernel: &Path, further: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sublevel"));
    command.args(["check", "p.path.jsonl", "--kernel", "proved"]).args(further);
    Run::new(command.current_dir(case.dir.path()).env("SUBLEVEL_KERNEL", kernel).output().unwrap())
}

/// The kernel, if it is built.
fn kernel() -> Option<std::path::PathBuf> {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("proof/kernel");
    let kernel = std::env::var_os("SUBLEVEL_KERNEL").map_or(built, Into::into);
    if kernel.is_file() {
        return Some(kernel);
    }
    println!("skipped: {} is not built (make proof)", kernel.display());
    None
}

#[test]
fn without_a_kernel_it_is_said_how_to_build_one() {
    let case = Case::new();
    case.connect(&[]);
    check(&case, Path::new("none"), &[]).expect(2, "make proof");
}

/// What the kernel would not heed is refused before it is asked.
#[test]
fn options_of_the_checker_are_refused() {
    let case = Case::new();
    case.connect(&[]);
    for further in [["--limit", "digits=7"], ["--arithmetic", "rug"], ["--arithmetic", "num-rational"]] {
        check(&case, Path::new("none"), &further).expect(2, "leave them out");
    }
}

/// A program that says nothing, or not enough, has proved nothing, whatever its exit code.
#[cfg(unix)]
#[test]
fn another_program_proves_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let case = Case::new();
    case.connect(&[]);
    let proved = r#"cat >/dev/null; echo '{"verdict":"proved"}'"#;
    for script in ["exit 0", proved, "exit 1", "exit 4", "cat >/dev/null; exit 2", "kill -9 $$"] {
        let program = case.path("program");
        std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        check(&case, &program, &[]).expect(4, "without an answer");
    }
}

#[test]
fn the_proved_kernel_judges_and_ends_and_data_are_compared() {
    let Some(kernel) = kernel() else { return };
    let case = Case::new();
    case.connect(&[]);
    let files = ["--from", "a.safetensors", "--to", "b.safetensors", "--data", "data.npz", "--activation", "relu"];
    let run = check(&case, &kernel, &files);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.contains("every convex loss at once") && run.out.contains("proved kernel"), "{}", run.out);
    assert!(run.out.contains("first network, last network, activation, inputs: equal"), "{}", run.out);
    let json: serde_json::Value = serde_json::from_str(&check(&case, &kernel, &["--json"]).out).unwrap();
    assert_eq!((&json["verdict"], &json["kernel"]), (&"valid".into(), &"proved".into()));
    case.data("other.npz", 2, 1, &[0.0, 1.5], &[1.0, 0.0]);
    check(&case, &kernel, &["--from", "b.safetensors"]).expect(1, "layer 1 differs");
    check(&case, &kernel, &["--to", "a.safetensors"]).expect(1, "layer 1 differs");
    check(&case, &kernel, &["--data", "other.npz"]).expect(1, "the inputs are not the expected ones");
    check(&case, &kernel, &["--activation", "abs"]).expect(1, "activation");
}

/// A loss by name: what it does on the way is said, and its targets are compared.
#[test]
fn a_named_loss_falls_and_its_targets_are_compared() {
    let Some(kernel) = kernel() else { return };
    let case = Case::new();
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/checker/tests/data/losses");
    std::fs::copy(vectors.join("valid-binary-descends.path.jsonl"), case.path("p.path.jsonl")).unwrap();
    case.data("own.npz", 2, 1, &[0.0, 1.0], &[0.0, 1.0]);
    case.data("other.npz", 2, 1, &[0.0, 1.0], &[0.0, 0.5]);
    let run = check(&case, &kernel, &["--data", "own.npz"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.contains("at most its value at all points before"), "{}", run.out);
    assert!(run.out.contains("binary-cross-entropy") && run.out.contains("labels or targets: equal"), "{}", run.out);
    check(&case, &kernel, &["--data", "other.npz"]).expect(1, "not the expected ones");
}

/// What is no path: the network of a class path, its activation and its ends are compared, and nothing else is.
#[test]
fn a_path_of_inputs_is_compared() {
    let Some(kernel) = kernel() else { return };
    let case = Case::new();
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/checker/tests/data");
    std::fs::copy(vectors.join("regions/class-path.path.jsonl"), case.path("p.path.jsonl")).unwrap();
    case.data("ends.npz", 3, 2, &[3.0, 3.0, 0.0, 0.0, -2.0, -1.0], &[0.0, 1.0, 1.0]);
    case.data("other.npz", 3, 2, &[3.0, 4.0, 0.0, 0.0, -2.0, -1.0], &[0.0, 1.0, 1.0]);
    let run = check(&case, &kernel, &["--data", "ends.npz", "--activation", "relu"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.contains("class 1 of this 2-2-2-2 network wins strictly"), "{}", run.out);
    assert!(run.out.contains("activation, both ends of the path, among the inputs: equal"), "{}", run.out);
    let json: serde_json::Value = serde_json::from_str(&check(&case, &kernel, &["--json"]).out).unwrap();
    assert_eq!((&json["verdict"], &json["conclusion"]), (&"valid".into(), &"class path".into()));
    check(&case, &kernel, &["--data", "other.npz"]).expect(1, "none of the expected inputs");
    check(&case, &kernel, &["--activation", "abs"]).expect(1, "activation");
    std::fs::copy(vectors.join("objects/chain-wide.path.jsonl"), case.path("p.path.jsonl")).unwrap();
    let run = check(&case, &kernel, &[]);
    assert!(run.code == 0 && run.out.contains("matrices has full rank"), "{}{}", run.out, run.err);
    check(&case, &kernel, &["--activation", "relu"]).expect(1, "cannot be compared");
}

/// A changed number is refused, a cut file incomplete, a claim that the kernel does not know not covered.
#[test]
fn refusals_of_the_proved_kernel_have_their_codes() {
    let Some(kernel) = kernel() else { return };
    let case = Case::new();
    case.connect(&[]);
    let file = case.path("p.path.jsonl");
    let text = std::fs::read_to_string(&file).unwrap();
    let cases = [
        (text.replacen("\"connected\"", "\"barrier\"", 1), 4, "the claim `barrier`"),
        (text.lines().take(3).map(|line| format!("{line}\n")).collect(), 4, "incomplete"),
        (text.replacen("\"moves\":", "\"moves\":1", 1), 1, "another number of moves"),
        ("{".into(), 1, "no JSON"),
    ];
    for (changed, code, words) in cases {
        std::fs::write(&file, changed).unwrap();
        check(&case, &kernel, &[]).expect(code, words);
    }
    std::fs::remove_file(&file).unwrap();
    check(&case, &kernel, &[]).expect(2, "p.path.jsonl");
}

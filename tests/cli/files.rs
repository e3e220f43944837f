//! What a command writes, where it must not write, and what it says of it.

use crate::run::{Case, Run};
use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

const BARRIER: [&str; 7] = ["barrier", "a.safetensors", "b.safetensors", "--data", "data.npz", "--activation", "relu"];

fn barrier(case: &Case, further: &[&str]) -> Run {
    case.run(&[&BARRIER[..], further].concat())
}

/// What every file of the case holds.
fn contents(case: &Case) -> Vec<(String, Vec<u8>)> {
    case.files().into_iter().map(|name| (name.clone(), fs::read(case.path(&name)).unwrap())).collect()
}

#[test]
fn no_command_overwrites_what_it_reads_or_writes_one_file_twice() {
    let case = Case::new();
    assert_eq!(case.connect(&[]).code, 0);
    std::os::unix::fs::symlink("a.safetensors", case.path("link")).unwrap();
    fs::hard_link(case.path("b.safetensors"), case.path("twin")).unwrap();
    fs::create_dir(case.path("folder")).unwrap();
    let before = fs::read(case.path("a.safetensors")).unwrap();
    let common = ["--data", "data.npz", "--activation", "relu"];
    let on_networks = |command: &'static str, networks: &[&'static str], further: &[&'static str]| {
        [&[command], networks, &common[..], further].concat()
    };
    let both = ["a.safetensors", "b.safetensors"];
    for arguments in [
        on_networks("connect", &both, &["--out", "a.safetensors"]),
        on_networks("connect", &both, &["--out", "link"]),
        on_networks("connect", &both, &["--out", "twin"]),
        on_networks("connect", &both, &["--out", "folder/../b.safetensors"]),
        on_networks("connect", &both, &["--out", "data.npz"]),
        on_networks("descend", &both[..1], &["--out", "a.safetensors"]),
        on_networks("minimum", &both[..1], &["--out", "a.safetensors"]),
        on_networks("escape", &both[..1], &["--out", "./data.npz"]),
        on_networks("barrier", &both, &["--out", "b.safetensors"]),
        on_networks("barrier", &both, &["--plot", "b.safetensors"]),
        on_networks("barrier", &both, &["--via", "twin", "--plot", "twin"]),
        on_networks("barrier", &both, &["--out", "x", "--plot", "x"]),
        on_networks("barrier", &both, &["--out", "x", "--plot", "folder/../x"]),
        on_networks("compare", &both, &["--plot", "data.npz"]),
        vec!["plot", "p.path.jsonl", "--out", "p.path.jsonl"],
        vec!["plot", "p.path.jsonl", "--data", "data.npz", "--loss", "square", "--out", "data.npz"],
    ] {
        let run = case.run(&arguments);
        assert_eq!(run.code, 2, "{arguments:?}: {}{}", run.out, run.err);
        assert!(run.err.contains("would overwrite") || run.err.contains("is the same file"), "{}", run.err);
        assert!(!case.path("x").exists());
    }
    assert_eq!(fs::read(case.path("a.safetensors")).unwrap(), before);
}

#[test]
fn a_link_is_written_through() {
    let case = Case::new();
    fs::write(case.path("real.path.jsonl"), OLDER).unwrap();
    std::os::unix::fs::symlink("real.path.jsonl", case.path("link.path.jsonl")).unwrap();
    let run = barrier(&case, &["--out", "link.path.jsonl"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(fs::symlink_metadata(case.path("link.path.jsonl")).unwrap().is_symlink());
    assert_eq!(case.run(&["check", "real.path.jsonl"]).code, 0);
    std::os::unix::fs::symlink("nowhere", case.path("dangling")).unwrap();
    barrier(&case, &["--out", "dangling"]).expect(2, "it is a link to something that is not there");
}

/// A network, notes, and a network that has the name of the weights beside a graph: nothing is replaced, nothing moved away.
#[test]
fn what_no_run_wrote_is_not_replaced() {
    let case = Case::new();
    fs::write(case.path("notes.txt"), "mine").unwrap();
    fs::write(case.path("notes.json"), "{\"mine\": 1}").unwrap();
    fs::copy(case.path("b.safetensors"), case.path("c.safetensors")).unwrap();
    let before = contents(&case);
    for out in ["notes.txt", "notes.json", "c.safetensors"] {
        barrier(&case, &["--out", out]).expect(2, "is there already, and is nothing that this command has written");
    }
    barrier(&case, &["--plot", "notes.txt"]).expect(2, "a picture ends in .svg or .png");
    let graph = ["skip", "a.safetensors", "--activation", "sigmoid", "--samples", "3", "--out", "c.json"];
    case.run(&graph).expect(2, "--out, its weights c.safetensors is there already");
    assert_eq!(contents(&case), before);
}

#[test]
fn a_file_that_cannot_be_written_is_told_before_any_work() {
    let case = Case::new();
    fs::create_dir(case.path("folder")).unwrap();
    // The data are not even looked at.
    for out in ["no/such/folder/p", "folder"] {
        let arguments = ["connect", "a.safetensors", "b.safetensors", "--data", "absent.npz", "--activation", "relu"];
        case.run(&[&arguments[..], &["--out", out]].concat()).expect(2, &format!("cannot write {out}"));
    }
}

/// What an older run may have left.
const OLDER: &str = "{\"record\":\"problem\"}";

/// A loss that no double holds: there is no bound to write down, and what lies there is another run's.
#[test]
fn written_is_said_of_what_was_written_and_an_older_file_is_not_left_in_its_place() {
    let case = Case::new();
    case.data("huge.npz", 2, 1, &[1e200, 1.0], &[0.0, 0.0]);
    fs::write(case.path("x.path.jsonl"), OLDER).unwrap();
    fs::write(case.path("x.path.jsonl.old"), "oldest").unwrap();
    let arguments = ["barrier", "a.safetensors", "b.safetensors", "--data", "huge.npz", "--activation", "relu"];
    let run = case.run(&[&arguments[..], &["--out", "x.path.jsonl"]].concat());
    run.expect(4, "x.path.jsonl was not written; the older file of that name is now x.path.jsonl.old2");
    assert!(!run.out.contains("written"), "{}", run.out);
    assert!(!case.path("x.path.jsonl").exists());
    assert_eq!(fs::read(case.path("x.path.jsonl.old2")).unwrap(), OLDER.as_bytes());
    assert_eq!(fs::read(case.path("x.path.jsonl.old")).unwrap(), b"oldest");
    let json = case.run(&[&arguments[..], &["--out", "y.path.jsonl", "--json"]].concat());
    assert_eq!(serde_json::from_str::<serde_json::Value>(&json.out).unwrap()["certificate"], serde_json::Value::Null);

    // Refuted, and a hypothesis that is not met: the same.
    fs::write(case.path("z.path.jsonl"), OLDER).unwrap();
    barrier(&case, &["--below", "1e-9", "--out", "z.path.jsonl"]).expect(1, "now z.path.jsonl.old");
    case.data("three.npz", 3, 1, &[0.0, 1.0, 2.0], &[1.0, 0.0, 1.0]);
    fs::write(case.path("p.path.jsonl"), OLDER).unwrap();
    case.connect(&["--data", "three.npz"]).expect(3, "now p.path.jsonl.old");
    // Bad input: nothing is touched.
    fs::write(case.path("p.path.jsonl"), OLDER).unwrap();
    let before = contents(&case);
    case.connect(&["--data", "absent.npz"]).expect(2, "absent.npz");
    assert_eq!(contents(&case), before);
}

/// Every kind of answer keeps its exit code when nobody can be told: a full disk behind standard output or error.
#[test]
#[cfg(target_os = "linux")]
fn a_failed_write_does_not_change_the_exit_code() {
    let case = Case::new();
    case.connect(&[]);
    let text = fs::read_to_string(case.path("p.path.jsonl")).unwrap();
    fs::write(case.path("bad.path.jsonl"), text.replacen("connected", "descends", 1)).unwrap();
    fs::write(case.path("cut.path.jsonl"), &text[..text.len() / 2]).unwrap();
    case.data("three.npz", 3, 1, &[0.0, 1.0, 2.0], &[1.0, 0.0, 1.0]);
    let narrow = ["connect", "a.safetensors", "b.safetensors", "--data", "three.npz", "--activation", "relu"];
    let narrow = [&narrow[..], &["--out", "n.path.jsonl"]].concat();
    let refuted = [&BARRIER[..], &["--below", "1e-9"]].concat();
    case.data("huge.npz", 2, 1, &[1e200, 1.0], &[0.0, 0.0]);
    let undecided = ["barrier", "a.safetensors", "b.safetensors", "--data", "huge.npz", "--activation", "relu"];
    for (arguments, code) in [
        (&["check", "p.path.jsonl"][..], 0),
        (&["check", "bad.path.jsonl"], 1),
        (&["check", "cut.path.jsonl"], 4),
        (&["check", "absent.path.jsonl"], 2),
        (&["inspect", "p.path.jsonl"], 0),
        (&["assume", "--activation", "relu"], 0),
        (&["gallery", "--nonsense"], 2),
        (&["--help"], 0),
        (&["verify", "--statement", "lemma-4.4", "--cases", "1"], 0),
        (&narrow, 3),
        (&BARRIER, 0),
        (&refuted, 1),
        (&undecided, 4),
    ] {
        for json in [&[][..], &["--json"]] {
            for (out, err) in [(true, false), (false, true), (true, true)] {
                let stream = |full: bool| match full {
                    true => Stdio::from(fs::OpenOptions::new().write(true).open("/dev/full").unwrap()),
                    false => Stdio::null(),
                };
                let mut command = Command::new(env!("CARGO_BIN_EXE_sublevel"));
                command.args(arguments).args(json).current_dir(case.dir.path()).stdout(stream(out)).stderr(stream(err));
                assert_eq!(command.status().unwrap().code(), Some(code), "{arguments:?} {json:?} {out} {err}");
            }
        }
    }
}

/// Connects two networks and sends a signal while the certificate is being written; `None` if that came too late.
#[cfg(target_os = "linux")]
fn interrupted(case: &Case, signal: &str) -> Option<std::process::ExitStatus> {
    let [from, to, data] =
        ["narrow-64-a.safetensors", "narrow-64-b.safetensors", "digits-64.npz"].map(crate::run::digits);
    let mut command = Command::new(env!("CARGO_BIN_EXE_sublevel"));
    command.args(["connect", &from, &to, "--data", &data, "--activation", "leaky-relu=0.01", "--out", "p.path.jsonl"]);
    let mut child = command.current_dir(case.dir.path()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // It waits for a line: to start a program takes longer than to write the certificate.
    let script = format!("read line && kill -{signal} {}", child.id());
    let mut killer = Command::new("sh").args(["-c", &script]).stdin(Stdio::piped()).spawn().unwrap();
    let mut line = killer.stdin.take().unwrap();
    let is_half_written = |name: &String| {
        name.starts_with(".sublevel-") && fs::metadata(case.path(name)).is_ok_and(|metadata| metadata.len() > 0)
    };
    while !case.files().iter().any(is_half_written) {
        if child.try_wait().unwrap().is_some() {
            drop(line);
            killer.wait().unwrap();
            return None;
        }
    }
    line.write_all(b"\n").unwrap();
    assert!(killer.wait().unwrap().success());
    Some(child.wait().unwrap()).filter(|status| !status.success())
}

/// Whether this process, and with it those that it starts, ignores a signal.
#[cfg(target_os = "linux")]
pub fn is_ignored(signal: i32) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap();
    u64::from_str_radix(mask.trim(), 16).unwrap() >> (signal - 1) & 1 == 1
}

#[test]
#[cfg(target_os = "linux")]
fn signals_leave_no_temporary_file() {
    use std::os::unix::process::ExitStatusExt;
    for (signal, number) in [("INT", 2), ("TERM", 15), ("HUP", 1)] {
        if is_ignored(number) {
            println!("skipped: SIG{signal} is ignored here, as under nohup, and so by the program");
            continue;
        }
        let case = Case::new();
        let status = (0..50).find_map(|_| interrupted(&case, signal)).expect("one signal in fifty comes in time");
        assert_eq!(status.signal(), Some(number));
        assert!(case.files().iter().all(|name| !name.starts_with('.')), "{:?}", case.files());
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_signal_that_is_ignored_stays_so() {
    let case = Case::new();
    let verify = format!("{} verify --statement lemma-4.3 --cases 60 --json", env!("CARGO_BIN_EXE_sublevel"));
    let script = format!("trap '' HUP; {verify} > out & kill -HUP $!; sleep 0.05; kill -HUP $!; wait $!");
    let status = Command::new("sh").args(["-c", &script]).current_dir(case.dir.path()).status().unwrap();
    assert!(status.success());
    let report: serde_json::Value = serde_json::from_slice(&fs::read(case.path("out")).unwrap()).unwrap();
    assert_eq!(report["planned"].as_u64().unwrap() as usize, report["trials"].as_array().unwrap().len());
}

#[test]
fn pictures_are_what_their_names_say() {
    let case = Case::new();
    case.connect(&["--loss", "square"]);
    for (arguments, name) in [
        (vec!["plot", "p.path.jsonl", "--out"], "profile"),
        ([&BARRIER[..], &["--plot"]].concat(), "barrier"),
        (["compare", "--plot"].iter().chain(&BARRIER[1..]).copied().collect(), "drift"),
    ] {
        for (ending, beginning) in
            [("png", &b"\x89PNG\r\n\x1a\n"[..]), ("PNG", b"\x89PNG"), ("svg", b"<svg"), ("SVG", b"<svg")]
        {
            let file = format!("{name}.{ending}");
            let mut arguments = arguments.clone();
            let place = arguments.iter().position(|argument| *argument == "--plot" || *argument == "--out").unwrap();
            arguments.insert(place + 1, &file);
            let run = case.run(&arguments);
            assert_eq!(run.code, 0, "{}", run.err);
            let picture = fs::read(case.path(&file)).unwrap();
            assert!(picture.starts_with(beginning), "{file}");
            if beginning == b"<svg" {
                let text = String::from_utf8(picture).unwrap();
                assert!(text.contains("prefers-color-scheme:dark") && text.contains("var(--plate)"), "{text}");
            }
        }
    }
}

/// The labels beside images, and the parts of a network, are read too.
#[test]
fn what_is_read_beside_a_named_file_is_not_overwritten() {
    let case = Case::new();
    fs::create_dir(case.path("parts")).unwrap();
    fs::copy(case.path("a.safetensors"), case.path("parts/part.safetensors")).unwrap();
    let names: Vec<String> =
        ["0.weight", "0.bias", "2.weight", "2.bias"].iter().map(|n| format!("\"{n}\":\"part.safetensors\"")).collect();
    fs::write(case.path("parts/model.safetensors.index.json"), format!("{{\"weight_map\":{{{}}}}}", names.join(",")))
        .unwrap();
    let connect = ["connect", "parts", "b.safetensors", "--activation", "relu"];
    let run = case.run(&[&connect[..], &["--data", "data.npz", "--out", "parts/part.safetensors"]].concat());
    run.expect(2, "would overwrite parts/part.safetensors");
    let run = case.run(&[&connect[..], &["--data", "data.npz", "--out", "p.path.jsonl"]].concat());
    assert_eq!(run.code, 0, "{}", run.err);
    fs::write(case.path("train-labels-idx1-ubyte"), "labels").unwrap();
    let images = ["--data", "train-images-idx3-ubyte", "--out", "train-labels-idx1-ubyte"];
    case.run(&[&connect[..], &images].concat()).expect(2, "would overwrite train-labels-idx1-ubyte");
}

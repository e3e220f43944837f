//! How moves, bits, time and file size grow with N, width and depth: a table for the README.
//!
//! `cargo bench --bench growth`. Random weights with 24-bit mantissas, as trained ones have.

#[path = "support/random.rs"]
mod random;

use random::instance;
use std::time::Instant;
use sublevel::certificate::Claim;
use sublevel::checker::Verdict;
use sublevel::linalg::Exact;
use sublevel::statement::{Theorem, connect};
use sublevel::suite::{certificate, check};

/// That of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn row(what: &str, theorem: Theorem, samples: usize, widths: &[usize], activation: &str) {
    let instance = instance(samples, widths, activation);
    let (problem, from, to) = (&instance.problem, &instance.from, &instance.to);
    let started = Instant::now();
    let path = connect(&Exact, problem, from, to, Some(theorem)).expect("the theorem applies").path;
    let built = started.elapsed().as_secs_f64();
    let bytes = certificate(&instance, Claim::Connected, &path);
    let started = Instant::now();
    let Verdict::Valid(statement) = check(&instance, &bytes, Some(to)) else { panic!("not valid") };
    let checked = started.elapsed().as_secs_f64();
    let shape: Vec<String> = widths.iter().map(ToString::to_string).collect();
    println!(
        "| {what} | {theorem} | {samples} | {} | {} | {} | {built:.2} | {checked:.2} | {:.1} |",
        shape.join("-"),
        path.moves.len(),
        statement.bits,
        bytes.len() as f64 / 1e6
    );
}

fn main() {
    // `cargo bench -- --test` and the like only ask whether it runs.
    let short = std::env::args().any(|argument| argument == "--test");
    println!("| grows | theorem | N | widths | moves | bits | connect (s) | check (s) | file (MB) |");
    println!("|---|---|---|---|---|---|---|---|---|");
    let (leaky, relu) = ("leaky-relu=0.01", "relu");
    for samples in if short { vec![4] } else { vec![16, 32, 64, 128] } {
        row("N", Theorem::WideFirstLayer, samples, &[64, 2 * samples, 10], leaky);
    }
    if short {
        return;
    }
    for width in [32, 33, 48, 64, 128] {
        row("width", Theorem::WideFirstLayer, 32, &[64, width, 10], leaky);
    }
    for depth in 2..6 {
        let widths: Vec<usize> = [64].into_iter().chain(vec![32; depth - 1]).chain([10]).collect();
        row("depth", Theorem::WideLayers, 16, &widths, relu);
    }
    for depth in 2..6 {
        let widths: Vec<usize> = [64].into_iter().chain((0..depth - 1).map(|k| 34 - 6 * k)).chain([6]).collect();
        row("depth", Theorem::IndependentData, 32, &widths, leaky);
    }
}

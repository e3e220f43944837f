//! The command line: `sublevel connect | check | inspect | plot | verify`.

mod cli;

/// As exact arithmetic allocates each of its numbers.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    cli::run()
}

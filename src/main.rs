//! The command line: `sublevel connect | check | inspect | plot | verify`.

/// As exact arithmetic allocates each of its numbers.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    sublevel::cli::run()
}

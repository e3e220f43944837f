//! The command line: `sublevel connect | check | inspect | plot | verify`.

mod cli;

fn main() -> std::process::ExitCode {
    cli::run()
}

//! The tests of the library, a module a file (`cargo test --test library regions::`), in one program: each further program compiles
//! once more what is generic, and links the library once more.

#[macro_use]
mod support;

mod barrier;
mod chain;
mod class_path;
mod convolution;
mod critical;
mod disconnection;
mod errata;
mod fuzz;
mod gallery;
mod gmp;
mod graph_barrier;
mod import;
mod linalg;
mod loss;
mod onnx;
mod proved_kernel;
mod reading;
mod region_properties;
mod regions;
mod report;
mod reports;
mod residual;
mod residual_verdicts;
mod shift_independence;
mod skip;
mod smooth;
mod statements;
mod strict_descent;
mod stuck_flow;

/// Cargo does not look for them here: a file that is not named above would be no test.
#[test]
fn every_file_of_tests_is_named() {
    let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests")).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    for name in names.filter_map(|name| name.strip_suffix(".rs").map(str::to_owned)) {
        let own = ["library", "suite"].contains(&name.as_str());
        assert!(own || include_str!("library.rs").contains(&format!("\nmod {name};\n")), "{name}.rs");
    }
}

/// That of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

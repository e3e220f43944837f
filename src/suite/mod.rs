//! The proof-checking suite: instances (random, real, adversarial) × statements × kernels → a table.

mod analytic;
mod carried;
mod claims;
mod draw;
mod extremes;
mod fate;
mod graph_mutants;
mod iclr_2019;
mod icml_2019;
mod ijcai;
mod instances;
mod mutants;
mod prove;
mod run;
mod setup;
mod statement;
mod statements;
mod strict_descent;
mod table;
mod thesis_convolution;
mod thesis_critical;
mod thesis_regions;
mod threshold;
mod wide_residual;

pub use carried::{CARRIED, Carried};
pub use draw::{Draw, instance};
pub use fate::{Fate, Mutants};
pub use instances::{Instance, Twist, activations, monotone_activations};
pub use mutants::{RECORDS, mutated};
pub use prove::{Float, Proof, certificate, check, in_floats, prove};
pub use run::{Holds, Kind, Options, Progress, Report, Trial, chosen, run};
pub use setup::Setup;
pub use statement::{By, Card, Control, Entry, Kernels, MULTIPRECISION_STRAY, Outcome, PRECISION, Refusal, Statement};
pub use statements::{STATEMENTS, statements_page};
pub use table::{MUTANT_HEAD, Row};
pub use wide_residual::{ResidualInstance, ResidualShape, prove_residual, residual_instance, residual_outline};

//! The proof-checking suite: instances (random, real, adversarial) × statements × kernels → a table.

mod carried;
mod claims;
mod instances;
mod mutants;
mod prove;
mod run;
mod statements;
mod table;
mod trials;

pub use carried::{CARRIED, Carried};
pub use instances::{Instance, Twist, activations, instance, monotone_activations};
pub use mutants::{Fate, Mutants, RECORDS};
pub use prove::{Float, Proof, certificate, check, in_floats, prove};
pub use run::{Holds, Kind, Options, Progress, Report, Trial, chosen, run};
pub use statements::{STATEMENTS, Statement, statements_page};
pub use table::{MUTANT_HEAD, Row};

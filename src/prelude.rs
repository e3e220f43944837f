//! What it takes to connect two trained networks and to have the path proved.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use sublevel::prelude::*;
//!
//! let file = |name: &str| std::path::Path::new("tests/data/digits").join(name);
//! let (from, to) = (read_network(&file("independent-32-a.safetensors"))?, read_network(&file("independent-32-b.safetensors"))?);
//! let problem = Problem::new("leaky-relu=0.01".parse()?, &read_data(&file("digits-32.npz"))?, &from);
//! let connection = connect(&Exact, &problem, &from, &to, None)?;
//! let (bytes, verdict) = prove(&problem, Claim::Connected, None, &connection.path);
//! assert!(matches!(verdict, Verdict::Valid(_)), "{verdict}");
//! assert!(bytes.starts_with(b"{\"record\":\"problem\""));
//! # Ok(())
//! # }
//! ```

pub use crate::certificate::Claim;
pub use crate::checker::Verdict;
pub use crate::linalg::{Double, Exact, Kernel, Multiprecision};
pub use crate::network::{Activation, Loss, LossKind, Parameters, read_data, read_network};
pub use crate::path::Path;
pub use crate::statement::{Goal, Problem, connect, descend};

use crate::certificate::{Limits, Reader};
use crate::checker::{self, Expected};
use crate::path::{problem_record, to_layers, to_matrix, write_path};
use rug::Rational;

/// The certificate of a path, and the checker's verdict on it: for the problem's inputs and the ends of the path. Without a
/// loss it is about every convex one.
///
/// # Panics
/// Never: memory can be written.
pub fn prove(problem: &Problem, claim: Claim, loss: Option<&Loss>, path: &Path<Rational>) -> (Vec<u8>, Verdict) {
    let Problem { activation, inputs, widths } = problem;
    let header = problem_record(claim, "", activation, inputs, widths, loss);
    let mut bytes = Vec::new();
    write_path(&mut bytes, header, path, |_| {}).expect("memory can be written");
    let to = (claim != Claim::Unbounded).then(|| to_layers(&path.end()));
    let from = Some(to_layers(&path.start));
    let expected = Expected { from, to, inputs: Some(to_matrix(inputs)), ..Expected::default() };
    let verdict = checker::check(Reader::with_limits(Limits::NONE, &*bytes), &expected, &mut |_| {});
    (bytes, verdict)
}

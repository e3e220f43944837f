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
pub use crate::statement::{Goal, Problem, connect, descend, prove};

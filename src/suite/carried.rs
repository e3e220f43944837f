//! The digits and the trained networks that the crate carries (`tests/data/digits/README.md` says where they are from).

use super::Instance;
use crate::network::{Activation, Loss, LossKind, parse_data, parse_network};
use crate::statement::Problem;

/// A pair of networks trained on the same digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Carried {
    /// The name of the pair.
    pub name: &'static str,
    /// σ, as the command line reads it.
    pub activation: &'static str,
    /// The key of the theorem that connects it.
    pub theorem: &'static str,
    data: (&'static str, &'static [u8]),
    from: &'static [u8],
    to: &'static [u8],
}

macro_rules! file {
    ($($name:literal),+) => {
        include_bytes!(concat!("../../tests/data/digits/", $($name),+))
    };
}

macro_rules! pair {
    ($name:literal, $activation:literal, $theorem:literal, $data:literal) => {
        Carried {
            name: $name,
            activation: $activation,
            theorem: $theorem,
            data: ($data, file!($data)),
            from: file!($name, "-a.safetensors"),
            to: file!($name, "-b.safetensors"),
        }
    };
}

/// Every pair that the crate carries.
pub const CARRIED: [Carried; 5] = [
    pair!("wide-64", "leaky-relu=0.01", "theorem-5.1", "digits-64.npz"),
    pair!("narrow-64", "leaky-relu=0.01", "theorem-5.1", "digits-64.npz"),
    pair!("relu-deep-32", "relu", "theorem-6.1", "digits-32.npz"),
    pair!("independent-32", "leaky-relu=0.01", "theorem-3.2", "digits-32.npz"),
    pair!("pyramid-32", "leaky-relu=0.01", "theorem-3.2", "digits-32.npz"),
];

impl Carried {
    /// The pair as an instance with the cross-entropy loss.
    ///
    /// # Panics
    /// Never, as the files are part of the program and every test reads them.
    pub fn instance(&self) -> Instance {
        let data = parse_data(self.data.1, self.data.0).expect("carried data");
        let from = parse_network(self.from, self.name).expect("carried network");
        let to = parse_network(self.to, self.name).expect("carried network");
        let activation: Activation = self.activation.parse().expect("carried activation");
        let widths = from.widths();
        let loss = Loss::from_data(LossKind::CrossEntropy, &data, widths[widths.len() - 1]).expect("carried labels");
        let problem = Problem { activation, inputs: data.inputs.exact(), widths };
        Instance { name: self.name.into(), problem, from, to, loss, choice: 0, plain: true }
    }
}

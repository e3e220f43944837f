//! What a certificate may cost before it is given up: every limit has a name, and can be raised.

use std::{fmt, str::FromStr};

/// A limit on the work that a certificate may ask for.
///
/// ```
/// use sublevel_format::{Limit, Limits};
///
/// let mut limits = Limits::default();
/// let (limit, value) = "layers=1000".parse().map(|raise: sublevel_format::Raise| (raise.limit, raise.value)).unwrap();
/// limits.set(limit, value);
/// assert_eq!((limit, limits.get(limit)), (Limit::Layers, 1000));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Bytes of a line: what is held in memory as text.
    LineBytes,
    /// Bytes of the file, of a compressed one as it is decompressed.
    FileBytes,
    /// Decimal digits of an integer, in the file and on the way.
    Digits,
    /// Values in a line; and N Σ n_k + Σ (n_{k-1} + 1) n_k, the features and parameters of a network. Of a graph the features
    /// that are connected to the output count once more, and so do the units in patches.
    Numbers,
    /// Bytes of the features of a network, and of a matrix on the way: how many numbers, and how long.
    VertexBytes,
    /// L.
    Layers,
    /// Layers that move on one line: the degree in λ.
    MovingLayers,
    /// The degree in λ of a layer on a curve, and of a product of layers that move.
    Degree,
    /// Breakpoints of σ.
    Breakpoints,
    /// Cuts of λ on one line, and on one segment of a path of inputs.
    Crossings,
    /// Pieces of λ that a bounded move lists.
    Pieces,
    /// Products of a feature and a weight on one bounded move, over all samples and all pieces of λ; or of all numbers
    /// of an object. In a graph, products of machine words, with 64 for a value of σ.
    Products,
}

impl Limit {
    /// Every limit.
    pub const ALL: [Limit; 12] = [
        Limit::LineBytes,
        Limit::FileBytes,
        Limit::Digits,
        Limit::Numbers,
        Limit::VertexBytes,
        Limit::Layers,
        Limit::MovingLayers,
        Limit::Degree,
        Limit::Breakpoints,
        Limit::Crossings,
        Limit::Pieces,
        Limit::Products,
    ];

    /// The name, the value unless it is raised, and what is counted.
    const fn row(self) -> (&'static str, u64, &'static str) {
        match self {
            Limit::LineBytes => ("line-bytes", 256 << 20, "bytes in a line"),
            Limit::FileBytes => ("file-bytes", 64 << 30, "bytes in the file, decompressed"),
            Limit::Digits => ("digits", 50_000, "digits in a number"),
            Limit::Numbers => {
                ("numbers", 16 << 20, "numbers in a line, or in the features and parameters of a network")
            }
            Limit::VertexBytes => ("vertex-bytes", 2 << 30, "bytes in the numbers that are held"),
            Limit::Layers => ("layers", 256, "layers"),
            Limit::MovingLayers => ("moving-layers", 64, "layers that move on one line"),
            Limit::Degree => ("degree", 64, "as the degree in λ of layers on a curve"),
            Limit::Breakpoints => ("breakpoints", 4096, "breakpoints of the activation"),
            Limit::Crossings => ("crossings", 4096, "crossings of breakpoints on one line"),
            Limit::Pieces => ("pieces", 1 << 16, "pieces of a bounded move that are listed"),
            Limit::Products => {
                ("products", 2 << 40, "products of features and weights on one bounded move, or of an object")
            }
        }
    }

    /// As it is written in `--limit NAME=N`.
    pub const fn name(self) -> &'static str {
        self.row().0
    }

    /// Its value unless it is raised.
    pub const fn default_value(self) -> u64 {
        self.row().1
    }

    /// What is counted, in words.
    pub const fn counts(self) -> &'static str {
        self.row().2
    }
}

/// The limits of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits([u64; Limit::ALL.len()]);

impl Default for Limits {
    fn default() -> Self {
        Limits(Limit::ALL.map(Limit::default_value))
    }
}

impl Limits {
    /// No limits at all: for files that the caller wrote.
    pub const NONE: Limits = Limits([u64::MAX; Limit::ALL.len()]);

    /// The value of a limit.
    pub fn get(&self, limit: Limit) -> u64 {
        self.0[limit as usize]
    }

    /// Raises or lowers a limit.
    pub fn set(&mut self, limit: Limit, value: u64) {
        self.0[limit as usize] = value;
    }

    /// Whether so many are within the limit.
    ///
    /// # Errors
    /// [`Exceeded`].
    pub fn allow(&self, limit: Limit, count: u64) -> Result<(), Exceeded> {
        let value = self.get(limit);
        if count <= value { Ok(()) } else { Err(Exceeded { limit, value }) }
    }

    /// Whether the network is not too deep, and the features and parameters of one vertex are not too many:
    /// N Σ n_k + Σ (n_{k-1} + 1) n_k numbers for N samples and widths n_0, …, n_L.
    ///
    /// # Errors
    /// [`Exceeded`].
    pub fn allow_network(&self, samples: usize, widths: &[usize]) -> Result<(), Exceeded> {
        self.allow(Limit::Layers, widths.len().saturating_sub(1) as u64)?;
        let product = |a: usize, b: usize| (a as u64).saturating_mul(b as u64);
        let features = widths.iter().map(|&width| product(samples, width));
        let parameters = widths.windows(2).map(|ends| product(ends[0].saturating_add(1), ends[1]));
        self.allow(Limit::Numbers, features.chain(parameters).fold(0, u64::saturating_add))
    }

    /// Whether so many integers of so many bits may be held.
    ///
    /// # Errors
    /// [`Exceeded`].
    pub fn allow_memory(&self, count: u64, bits: u64) -> Result<(), Exceeded> {
        self.allow_together([(count, bits)])
    }

    /// Whether these may be held at once: how many integers, and of how many bits.
    ///
    /// # Errors
    /// [`Exceeded`].
    pub fn allow_together(&self, lists: impl IntoIterator<Item = (u64, u64)>) -> Result<(), Exceeded> {
        let bytes = lists.into_iter().map(|(count, bits)| memory(count, bits));
        self.allow(Limit::VertexBytes, bytes.fold(0, u64::saturating_add))
    }

    /// Whether integers of so many bits are within the limit of digits.
    ///
    /// # Errors
    /// [`Exceeded`].
    pub fn allow_bits(&self, bits: u64) -> Result<(), Exceeded> {
        // n digits are at most 3.322 n bits; not above by more than one digit in a thousand.
        self.allow(Limit::Digits, bits.saturating_mul(301) / 1000)
    }
}

/// The bytes of so many integers of so many bits, each with its length, its capacity and its place in memory.
fn memory(count: u64, bits: u64) -> u64 {
    count.saturating_mul(32 + bits / 8)
}

/// A limit was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("more than {value} {}, the limit `{}`; `--limit {}=N` raises it", limit.counts(), limit.name(), limit.name())]
pub struct Exceeded {
    /// Which one.
    pub limit: Limit,
    /// Its value.
    pub value: u64,
}

/// `NAME=N`: a limit and its new value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Raise {
    /// Which one.
    pub limit: Limit,
    /// The new value.
    pub value: u64,
}

/// Why a text is not a limit with its value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is not NAME=N with a whole number N and one of these names: {}", names())]
pub struct RaiseError {
    found: String,
}

fn names() -> String {
    Limit::ALL.map(Limit::name).join(", ")
}

impl FromStr for Raise {
    type Err = RaiseError;

    fn from_str(text: &str) -> Result<Self, RaiseError> {
        let raise = || {
            let (name, value) = text.split_once('=')?;
            let limit = Limit::ALL.into_iter().find(|limit| limit.name() == name)?;
            Some(Raise { limit, value: value.parse().ok()? })
        };
        raise().ok_or_else(|| RaiseError { found: text.to_owned() })
    }
}

impl fmt::Display for Limits {
    /// A line a limit: name, value, what is counted.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        Limit::ALL
            .into_iter()
            .try_for_each(|limit| writeln!(f, "  {:<14} {:>12}  {}", limit.name(), self.get(limit), limit.counts()))
    }
}

//! What the user may say about files that do not say it themselves.

use super::super::inputs::Scaling;
use super::problem::ImportProblem;
use std::{fmt, str::FromStr};

/// The memory that reading a file may take, in bytes, unless the user raises it.
pub const MEMORY_LIMIT: u64 = 2 << 30;

/// The ε that PyTorch adds to the variance of a batch normalisation.
pub const BATCH_NORM_EPSILON: f64 = 1e-5;

/// How files are read; the default is what they say themselves.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportOptions {
    /// The layers in the order in which they are used, by the names before `.weight`, or by their weights' names.
    pub layers: Vec<String>,
    /// How matrices are stored.
    pub layout: Option<Layout>,
    /// Arrays whose names do not begin like this are left out.
    pub prefix: Option<String>,
    /// Batch normalisations are folded into linear layers.
    pub fold_batch_norm: Option<FoldBatchNorm>,
    /// ε of the batch normalisations.
    pub batch_norm_epsilon: f64,
    /// Which point of a curve is meant, from 0.
    pub curve_point: Option<usize>,
    /// The name of the inputs.
    pub inputs_key: Option<String>,
    /// The name of the labels.
    pub labels_key: Option<String>,
    /// What happens to the inputs.
    pub scaling: Scaling,
    /// No more than the first samples are taken.
    pub samples: usize,
    /// The memory that reading a file may take, in bytes.
    pub memory: u64,
}

impl Default for ImportOptions {
    fn default() -> Self {
        ImportOptions {
            layers: vec![],
            layout: None,
            prefix: None,
            fold_batch_norm: None,
            batch_norm_epsilon: BATCH_NORM_EPSILON,
            curve_point: None,
            inputs_key: None,
            labels_key: None,
            scaling: Scaling::default(),
            samples: usize::MAX,
            memory: MEMORY_LIMIT,
        }
    }
}

/// How the matrix of a layer is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Layout {
    /// (out, in), as PyTorch does.
    OutIn,
    /// (in, out), as Keras, flax and scikit-learn do.
    InOut,
}

impl Layout {
    /// (inputs, outputs) of a matrix that is stored in this shape.
    pub(super) fn directed(self, (rows, columns): (usize, usize)) -> (usize, usize) {
        match self {
            Layout::OutIn => (columns, rows),
            Layout::InOut => (rows, columns),
        }
    }

    /// `(out, in)` or `(in, out)`.
    pub fn shape(self) -> &'static str {
        match self {
            Layout::OutIn => "(out, in)",
            Layout::InOut => "(in, out)",
        }
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Layout::OutIn => "out-in",
            Layout::InOut => "in-out",
        })
    }
}

impl FromStr for Layout {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "out-in" => Ok(Layout::OutIn),
            "in-out" => Ok(Layout::InOut),
            _ => Err(format!("`{text}` is neither `out-in` (PyTorch) nor `in-out` (Keras, flax, scikit-learn)")),
        }
    }
}

/// Where batch normalisations stand; files do not say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FoldBatchNorm {
    /// Linear, BatchNorm, activation: folds into the linear layer before it.
    BeforeActivation,
    /// Linear, activation, BatchNorm: folds into the linear layer after it.
    AfterActivation,
}

impl FromStr for FoldBatchNorm {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "before-activation" => Ok(FoldBatchNorm::BeforeActivation),
            "after-activation" => Ok(FoldBatchNorm::AfterActivation),
            _ => Err(format!("`{text}` is neither `before-activation` nor `after-activation`")),
        }
    }
}

/// How much memory is left.
#[derive(Debug, Clone)]
pub(super) struct Budget {
    limit: u64,
    taken: u64,
}

impl Budget {
    pub fn new(limit: u64) -> Self {
        Budget { limit, taken: 0 }
    }

    /// Takes so many bytes for good.
    ///
    /// # Errors
    /// [`ImportProblem::TooLarge`].
    pub fn take(&mut self, what: &str, bytes: u64) -> Result<(), ImportProblem> {
        self.taken = self.fits(what, bytes)?;
        Ok(())
    }

    /// Whether so many bytes could be taken; how many would be taken then.
    ///
    /// # Errors
    /// [`ImportProblem::TooLarge`].
    pub fn fits(&self, what: &str, bytes: u64) -> Result<u64, ImportProblem> {
        let taken = self.taken.saturating_add(bytes);
        let too_large = || ImportProblem::TooLarge { what: what.into(), bytes: taken, limit: self.limit };
        (taken <= self.limit).then_some(taken).ok_or_else(too_large)
    }

    /// How many bytes may be taken in all.
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// How many bytes are left.
    pub fn left(&self) -> u64 {
        self.limit - self.taken
    }
}

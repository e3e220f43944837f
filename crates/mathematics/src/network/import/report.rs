//! What was read: for people, a few lines; for programs, the same as JSON.

use super::options::Layout;
use serde::Serialize;
use std::fmt;

/// A network as it was read from a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NetworkReport {
    /// The file, or the name that its bytes were given.
    pub file: String,
    /// `safetensors`, `npz` or `PyTorch`.
    pub format: &'static str,
    /// The layers in the order in which they are used.
    pub layers: Vec<LayerReport>,
    /// How the order is known.
    pub order: &'static str,
    /// How it is known which dimension of a matrix is which.
    pub layout: &'static str,
    /// The point of the curve that this is, from 0.
    pub curve_point: Option<usize>,
    /// Arrays of the file that were left out.
    pub ignored: Vec<Ignored>,
    /// What was done besides reading.
    pub notes: Vec<String>,
    /// What the user should look at.
    pub warnings: Vec<Warning>,
}

/// A layer as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LayerReport {
    /// The name of the array of its weights.
    pub weight: String,
    /// The name of the array of its biases; without it they are 0.
    pub bias: Option<String>,
    /// n_{k−1}.
    pub inputs: usize,
    /// n_k.
    pub outputs: usize,
    /// The shape of the weights in the file.
    pub shape: Vec<usize>,
    /// How the matrix is stored: `out-in` or `in-out`.
    pub stored: String,
    /// The type of the weights in the file.
    pub dtype: String,
    /// The names of the pruning masks that were multiplied in.
    pub masks: Vec<String>,
    /// The batch normalisations that were folded in.
    pub folded: Vec<String>,
}

/// An array that was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ignored {
    /// Its name.
    pub array: String,
    /// What it is.
    pub class: &'static str,
}

/// Something that the user should look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// A word for programs, which stays.
    pub code: &'static str,
    /// The sentence.
    pub message: String,
}

impl Warning {
    /// A warning.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Warning { code, message: message.into() }
    }
}

/// How many arrays of a class that were left out are named in words.
const NAMED: usize = 2;

impl fmt::Display for NetworkReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let layer = |layer: &LayerReport| format!("{} {}→{}", layer.weight, layer.inputs, layer.outputs);
        let layers: Vec<String> = self.layers.iter().map(layer).collect();
        write!(f, "{}: layers {}", self.file, layers.join(", "))?;
        let mut stored: Vec<&str> = self.layers.iter().map(|layer| layer.stored.as_str()).collect();
        stored.dedup();
        let shape = |stored: &str| stored.parse::<Layout>().map_or("", Layout::shape);
        write!(f, ", stored {}", stored.iter().map(|stored| shape(stored)).collect::<Vec<_>>().join(" and "))?;
        if self.layers.iter().any(|layer| layer.bias.is_none()) {
            let without = self.layers.iter().filter(|layer| layer.bias.is_none()).count();
            write!(f, ", {without} without a bias")?;
        }
        write!(f, "; order {}", self.order)?;
        if let Some(point) = self.curve_point {
            write!(f, "; point {point} of the curve")?;
        }
        for note in &self.notes {
            write!(f, "\n  {note}")?;
        }
        write_ignored(f, &self.ignored)
    }
}

/// A data set as it was read from a file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DataReport {
    /// The file, or the name that its bytes were given.
    pub file: String,
    /// The array of the inputs.
    pub inputs: String,
    /// Its shape in the file.
    pub shape: Vec<usize>,
    /// Its type in the file.
    pub dtype: String,
    /// N, after `--samples`.
    pub samples: usize,
    /// d: everything but the first dimension, flattened.
    pub features: usize,
    /// What was done to each entry, in words; `None` if nothing.
    pub scaled: Option<String>,
    /// The smallest and the largest input after scaling.
    pub range: [f64; 2],
    /// The array of the labels or targets.
    pub targets: Option<String>,
    /// What was made of it, in words.
    pub kind: String,
    /// The columns of labels that are one-hot rows: a class each, also one that no sample has.
    pub classes: Option<usize>,
    /// The arrays of what the user's framework computes for the first and the last network.
    pub outputs: Vec<String>,
    /// Arrays of the file that were left out.
    pub ignored: Vec<Ignored>,
    /// What the user should look at.
    pub warnings: Vec<Warning>,
}

impl fmt::Display for DataReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shape: Vec<String> = self.shape.iter().map(ToString::to_string).collect();
        write!(f, "{}: `{}` ({}) {}", self.file, self.inputs, shape.join(", "), self.dtype)?;
        if self.samples < self.shape[0] {
            write!(f, ", the first {}", self.samples)?;
        }
        if self.shape.len() > 2 {
            write!(f, ", flattened to {} columns", self.features)?;
        }
        match &self.scaled {
            Some(scaled) => write!(f, ", scaled: {scaled}")?,
            None => write!(f, ", nothing scaled")?,
        }
        write!(f, ", in [{}, {}]; {}", short(self.range[0]), short(self.range[1]), self.kind)?;
        write_ignored(f, &self.ignored)
    }
}

/// A number with at most six digits.
fn short(number: f64) -> String {
    let digits = format!("{number:.6}");
    if number.abs() < 1e6 { digits.trim_end_matches('0').trim_end_matches('.').into() } else { format!("{number:e}") }
}

fn write_ignored(f: &mut fmt::Formatter<'_>, ignored: &[Ignored]) -> fmt::Result {
    if ignored.is_empty() {
        return Ok(());
    }
    let mut classes: Vec<&str> = vec![];
    for array in ignored {
        if !classes.contains(&array.class) {
            classes.push(array.class);
        }
    }
    let of_class = |class: &&str| {
        let arrays: Vec<String> =
            ignored.iter().filter(|array| array.class == *class).map(|array| format!("`{}`", array.array)).collect();
        let more = arrays.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{}{more} ({class})", arrays[..arrays.len().min(NAMED)].join(", "))
    };
    write!(f, "\n  left out: {}", classes.iter().map(of_class).collect::<Vec<_>>().join("; "))
}

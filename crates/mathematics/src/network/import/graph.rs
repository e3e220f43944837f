//! Graph networks as files: a readable description, and safetensors with the weights beside it.

use super::super::graph::{GraphLayer, GraphNetwork};
use super::array::Array;
use super::export::{ExportError, exact_double};
use super::options::{Budget, ImportOptions, Layout, MEMORY_LIMIT};
use super::problem::{ImportError, ImportProblem};
use super::{safetensors, source};
use crate::certificate::graph::GraphRecord;
use rug::Rational;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The value of `format`.
const FORMAT: &str = "sublevel-graph";

/// The first bytes of a description.
const BEGINNING: &[u8] = b"{";

/// The description, as it is written.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    format: String,
    version: u64,
    /// Where the network comes from, in words; nothing follows from it.
    origin: String,
    /// The file with the weights, beside this one: `1.weight` (filters, patch), `1.bias`, …, `output.weight`, `output.bias`.
    weights: String,
    graph: GraphRecord,
}

/// Whether a file is the description of a graph: JSON, and no index of the parts of a network.
pub fn is_graph_file(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.ends_with(".json") && !name.ends_with(".index.json")
}

/// The file with the weights that a description names.
pub fn named_weights(path: &Path) -> Option<PathBuf> {
    #[derive(Deserialize)]
    struct Named {
        weights: String,
    }
    let bytes = source::read_file(path, &Budget::new(MEMORY_LIMIT)).ok()?;
    let named: Named = serde_json::from_slice(&bytes).ok()?;
    Some(path.with_file_name(named.weights))
}

/// The file with the weights beside a description that is to be written.
pub fn weights_file(path: &Path) -> PathBuf {
    path.with_extension("safetensors")
}

impl ImportOptions {
    /// Reads a graph network: its description and the weights that this names.
    ///
    /// # Errors
    /// [`ImportError`] with the file that is meant.
    pub fn read_graph(&self, path: &Path) -> Result<GraphNetwork, ImportError> {
        let mut budget = Budget::new(self.memory);
        let bytes = source::read_file(path, &budget)?;
        let of = |problem: ImportProblem| problem.of(path.display().to_string());
        let broken = |reason: String| of(ImportProblem::Broken { format: "graph", reason });
        if !bytes.starts_with(BEGINNING) {
            return Err(of(ImportProblem::Format { expected: "the JSON description of a graph network" }));
        }
        let description: Description = serde_json::from_slice(&bytes).map_err(|error| broken(error.to_string()))?;
        if description.format != FORMAT || description.version != 1 {
            return Err(broken(format!("expected the format `{FORMAT}`, version 1")));
        }
        let weights = path.with_file_name(&description.weights);
        let bytes = source::read_file(&weights, &budget)?;
        let of_weights = |problem: ImportProblem| problem.of(weights.display().to_string());
        let (arrays, _) = safetensors::read(&bytes, &|_| true, &mut budget).map_err(of_weights)?;
        let last = description.graph.blocks.len() + 1;
        let layers = layers(&arrays, last).map_err(of_weights)?;
        GraphNetwork::new(description.graph, layers).map_err(|error| broken(error.to_string()))
    }
}

/// The layers of arrays with names such as `1.weight`.
fn layers(arrays: &[Array], last: usize) -> Result<BTreeMap<usize, GraphLayer>, ImportProblem> {
    let number = |name: &str| match name {
        "output" => Some(last),
        _ => name.parse().ok().filter(|&number: &usize| number > 0 && number < last),
    };
    let unknown = |array: &Array| ImportProblem::Broken {
        format: "graph",
        reason: format!("array `{}` is no weight or bias of a block", array.name),
    };
    let (mut weights, mut biases) = (BTreeMap::new(), BTreeMap::new());
    for array in arrays {
        let (name, part) = array.name.split_once('.').ok_or_else(|| unknown(array))?;
        let layer = number(name).ok_or_else(|| unknown(array))?;
        match (part, &array.shape[..]) {
            ("weight", &[_, _]) => weights.insert(layer, array.to_weight(Layout::OutIn)?),
            ("bias", &[_]) => biases.insert(layer, array.to_matrix(1)?),
            _ => return Err(unknown(array)),
        };
    }
    Ok(weights.into_iter().map(|(layer, weight)| (layer, GraphLayer { weight, bias: biases.remove(&layer) })).collect())
}

/// The description and the weights of a network, for a description of this name.
///
/// # Errors
/// [`ExportError::NotADouble`].
pub fn graph_to_bytes(path: &Path, network: &GraphNetwork, origin: &str) -> Result<(Vec<u8>, Vec<u8>), ExportError> {
    let last = network.graph().blocks.len() + 1;
    let mut arrays = vec![];
    for (&layer, GraphLayer { weight, bias }) in network.layers() {
        let name = if layer == last { "output".into() } else { layer.to_string() };
        let doubles = |matrix: &nalgebra::DMatrix<Rational>| {
            let entry = |(place, entry): (usize, &Rational)| {
                let (row, column) = (place % matrix.nrows().max(1), place / matrix.nrows().max(1));
                exact_double(entry).ok_or(ExportError::NotADouble { layer, row, column })
            };
            matrix.iter().enumerate().map(entry).collect::<Result<Vec<f64>, _>>()
        };
        // Columns of the weight are the rows of PyTorch's.
        arrays.push((format!("{name}.weight"), vec![weight.ncols(), weight.nrows()], doubles(weight)?));
        if let Some(bias) = bias {
            arrays.push((format!("{name}.bias"), vec![bias.ncols()], doubles(bias)?));
        }
    }
    let weights = weights_file(path).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let description = Description {
        format: FORMAT.into(),
        version: 1,
        origin: origin.into(),
        weights,
        graph: network.graph().clone(),
    };
    let text = serde_json::to_vec(&description).expect("a description is JSON");
    Ok((text, safetensors::write(&arrays)))
}

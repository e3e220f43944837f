//! Networks of convolutions from ONNX files: the graph of one file, and the numbers of it or of state dictionaries with the
//! same names.
//!
//! [`model`] reads the messages, [`graph`] makes blocks of the nodes and says which arrays their parameters are, [`layers`]
//! takes these from a file. So two networks are of one graph, whatever their numbers are.

mod graph;
mod layers;
mod model;
mod proto;

use super::super::graph::GraphNetwork;
use super::names::bystander;
use super::options::{Budget, ImportOptions, MEMORY_LIMIT};
use super::problem::{ImportError, ImportProblem};
use super::{is_graph_file, source};
use graph::Structure;
use layers::Numbers;
use model::{Attribute, Model, Node};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// What becomes of batch normalisations (with the statistics of the file, as in `model.eval()`).
///
/// For one network it makes no difference but that of rounding. On the straight line between two networks it does: their
/// parameters are interpolated, and the parameters are not the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum BatchNorm {
    /// A block of its own: γ, β, mean and variance are parameters, as when two state dictionaries are averaged. Exact.
    #[default]
    Separate,
    /// Multiplied into the convolution or product before it, rounded to doubles.
    Folded,
}

impl FromStr for BatchNorm {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "separate" => Ok(BatchNorm::Separate),
            "folded" => Ok(BatchNorm::Folded),
            _ => Err(format!("`{text}` is neither `separate` nor `folded`")),
        }
    }
}

/// A graph network, and what was read.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadGraph {
    /// The network.
    pub network: GraphNetwork,
    /// What was read, moved, folded and rounded, a sentence each.
    pub notes: Vec<String>,
}

/// Whether a file is an ONNX file, by its name.
pub fn is_onnx_file(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("onnx"))
}

/// The files beside an ONNX file in which its arrays lie.
pub fn onnx_parts(path: &Path) -> Vec<PathBuf> {
    let budget = Budget::new(MEMORY_LIMIT);
    let bytes = source::read_file(path, &budget).unwrap_or_default();
    model::files_beside(&bytes, &budget).into_iter().map(|name| path.with_file_name(name)).collect()
}

/// A file whose graph has been read.
struct File {
    name: String,
    model: Model,
    structure: Structure,
}

impl ImportOptions {
    /// Reads a network from an ONNX file, its parameters exactly.
    ///
    /// Inputs run plane by plane (channels, height, width). Conv, Gemm, MatMul, Add, Relu, LeakyRelu, Sigmoid, Tanh, Softplus,
    /// Elu, MaxPool, AveragePool, GlobalAveragePool, ReduceMean over an image, BatchNormalization, Flatten, static Reshape,
    /// Dropout and Identity are read; whatever else the output depends on is refused by name.
    ///
    /// # Errors
    /// [`ImportError`] with the file that is meant.
    pub fn read_onnx(&self, path: &Path, batch_norm: BatchNorm) -> Result<ReadGraph, ImportError> {
        let file = self.onnx_file(path, batch_norm)?;
        self.of_file(&file, batch_norm).map_err(|problem| problem.of(file.name))
    }

    /// The network in these bytes: see [`ImportOptions::read_onnx`]; `name` stands for them in errors.
    ///
    /// # Errors
    /// [`ImportError`].
    pub fn parse_onnx(&self, bytes: &[u8], name: &str, batch_norm: BatchNorm) -> Result<ReadGraph, ImportError> {
        let file = self.parse_file(bytes, None, name, batch_norm);
        file.and_then(|file| self.of_file(&file, batch_norm)).map_err(|problem| problem.of(name))
    }

    /// Reads networks of one graph. Each file is an ONNX file or the description of a graph; or, with the ONNX file of the
    /// graph, a file of arrays that have the names of its parameters, as a state dictionary has, behind the prefix if there
    /// is one. All read alike, or refused with the first difference.
    ///
    /// # Errors
    /// [`ImportError`] with the file that is meant.
    pub fn read_graphs(
        &self,
        files: &[&Path],
        graph: Option<&Path>,
        batch_norm: BatchNorm,
    ) -> Result<Vec<ReadGraph>, ImportError> {
        let graph = graph.map(|graph| self.onnx_file(graph, batch_norm)).transpose()?;
        let mut read: Vec<(&Path, ReadGraph, Option<Model>)> = vec![];
        for &path in files {
            let (network, model) = match &graph {
                _ if is_graph_file(path) => {
                    let notes = vec![format!("{}: the description of a graph", path.display())];
                    (ReadGraph { network: self.read_graph(path)?, notes }, None)
                }
                Some(graph) if !is_onnx_file(path) => {
                    (self.of_state(path, graph, batch_norm)?, Some(graph.model.clone()))
                }
                _ if !is_onnx_file(path) => {
                    let expected = "an ONNX file (.onnx) or the description of a graph (.json); arrays alone, such as a \
                                    state_dict, need the ONNX file of their graph (--graph)";
                    return Err(ImportProblem::Format { expected }.of(path.display().to_string()));
                }
                _ => {
                    let file = self.onnx_file(path, batch_norm)?;
                    let network = self.of_file(&file, batch_norm).map_err(|problem| problem.of(&*file.name))?;
                    (network, Some(file.model))
                }
            };
            if let Some((first, other, there)) = read.first()
                && other.network.graph() != network.network.graph()
            {
                let place = match (there, &model) {
                    (Some(one), Some(other)) => first_difference(one, other),
                    _ => None,
                };
                let place = place.unwrap_or_else(|| first_block(&other.network, &network.network));
                let other = first.display().to_string();
                return Err(ImportProblem::Graphs { other, place }.of(path.display().to_string()));
            }
            read.push((path, network, model));
        }
        Ok(read.into_iter().map(|(_, network, _)| network).collect())
    }

    fn onnx_file(&self, path: &Path, batch_norm: BatchNorm) -> Result<File, ImportError> {
        let name = path.display().to_string();
        let bytes = source::read_file(path, &Budget::new(self.memory))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        self.parse_file(&bytes, Some(folder), &name, batch_norm).map_err(|problem| problem.of(name))
    }

    fn parse_file(
        &self,
        bytes: &[u8],
        folder: Option<&Path>,
        name: &str,
        batch_norm: BatchNorm,
    ) -> Result<File, ImportProblem> {
        let mut budget = Budget::new(self.memory);
        let model = model::parse(bytes, folder, &mut budget)?;
        let structure = graph::structure(&model, batch_norm, &budget)?;
        Ok(File { name: name.into(), model, structure })
    }

    /// The network of a file with its own numbers.
    fn of_file(&self, file: &File, batch_norm: BatchNorm) -> Result<ReadGraph, ImportProblem> {
        let File { name, model, structure } = file;
        let budget = Budget::new(self.memory);
        let mut numbers = Numbers { arrays: &model.arrays, prefix: "", graph: name, budget };
        let (network, rounded) = layers::network(structure, &mut numbers)?;
        let notes = said(format!("{name}: {}", origin(model)), structure, batch_norm, rounded);
        Ok(ReadGraph { network, notes })
    }

    /// The network of a file's graph with the numbers of another one.
    fn of_state(&self, path: &Path, file: &File, batch_norm: BatchNorm) -> Result<ReadGraph, ImportError> {
        let name = path.display().to_string();
        let mut budget = Budget::new(self.memory);
        let source = source::read(path, &|_| true, &mut budget)?;
        let arrays = source.arrays.into_iter().map(|array| (array.name.clone(), array)).collect();
        let prefix = self.prefix.as_deref().unwrap_or_default();
        let mut numbers = Numbers { arrays: &arrays, prefix, graph: &file.name, budget };
        let of = |problem: ImportProblem| problem.of(&*name);
        let (network, rounded) = layers::network(&file.structure, &mut numbers).map_err(of)?;
        let names = |name: &str| {
            let aliases = file.model.nodes.iter().filter(|node| node.op == "Identity").flat_map(|node| &node.outputs);
            file.model.arrays.contains_key(name) || aliases.into_iter().any(|alias| alias == name)
        };
        let named = |array: &str| array.strip_prefix(prefix).is_none_or(names);
        if let Some(array) = arrays.keys().find(|array| !named(array) && bystander(array).is_none()) {
            let expected = "the parameters that the graph names";
            return Err(of(ImportProblem::Unexpected { array: array.clone(), expected }));
        }
        let first = format!("{name}: {}, the graph of {}: {}", source.format, file.name, origin(&file.model));
        Ok(ReadGraph { network, notes: said(first, &file.structure, batch_norm, rounded) })
    }
}

/// What a file is.
fn origin(model: &Model) -> String {
    let (name, shape) = &model.input;
    let by = if model.producer.is_empty() { String::new() } else { format!(" by {}", model.producer) };
    format!("ONNX{by}, {} nodes, input `{name}` {shape:?}, output `{}`", model.nodes.len(), model.output)
}

/// What was read, and what was done besides reading.
fn said(first: String, structure: &Structure, batch_norm: BatchNorm, rounded: Vec<String>) -> Vec<String> {
    let mut notes = vec![first];
    if structure.moved > 0 {
        notes.push(format!(
            "{} put behind max-pooling: the same function",
            crate::arith::counted(structure.moved, "activation")
        ));
    }
    notes.push(match (structure.norms.len(), batch_norm) {
        (0, _) => "no BatchNormalization in the graph; if the network was trained with it, the exporter has folded it into the \
                   convolutions, and that is what is interpolated (PyTorch keeps it with training=TrainingMode.PRESERVE)"
            .into(),
        (count, BatchNorm::Separate) => format!(
            "{count} BatchNormalization kept apart (--batch-norm separate): γ, β, mean and variance are parameters, exactly as in \
             the file"
        ),
        (count, BatchNorm::Folded) => format!(
            "{count} BatchNormalization folded (--batch-norm folded): what is interpolated are the folded convolutions"
        ),
    });
    notes.extend(rounded);
    notes
}

/// Where the nodes of two files first differ: by operation, attributes, or the shapes of parameters.
fn first_difference(one: &Model, other: &Model) -> Option<String> {
    if one.input.1 != other.input.1 {
        return Some(format!("its input is {:?} a sample, there {:?}", other.input.1, one.input.1));
    }
    let shapes = |model: &Model, node: &Node| -> Vec<Option<Vec<usize>>> {
        node.inputs.iter().map(|name| model.arrays.get(name).map(|array| array.shape.clone())).collect()
    };
    for (there, here) in one.nodes.iter().zip(&other.nodes) {
        let name = &here.name;
        if there.op != here.op {
            return Some(format!("node `{name}` is {}, there `{}` is {}", here.op, there.name, there.op));
        }
        let attributes = |node: &Node, other: &Node| -> Option<(String, Option<Attribute>)> {
            let found = node.attributes.iter().find(|(key, value)| other.attributes.get(*key) != Some(value));
            found.map(|(key, _)| (key.clone(), other.attributes.get(key).cloned()))
        };
        if let Some((key, _)) = attributes(there, here).or_else(|| attributes(here, there)) {
            return Some(format!("node `{name}` ({}) has another `{key}`", here.op));
        }
        let (there, here) = (shapes(one, there), shapes(other, here));
        if there != here {
            let words = |shapes: &[Option<Vec<usize>>]| {
                shapes.iter().flatten().map(|shape| format!("{shape:?}")).collect::<Vec<_>>().join(", ")
            };
            return Some(format!("node `{name}` has parameters {}, there {}", words(&here), words(&there)));
        }
    }
    (one.nodes.len() != other.nodes.len())
        .then(|| format!("it has {} nodes, there are {}", other.nodes.len(), one.nodes.len()))
}

/// Where the blocks of two graphs first differ.
fn first_block(one: &GraphNetwork, other: &GraphNetwork) -> String {
    let (one, other) = (one.graph(), other.graph());
    match one.blocks.iter().zip(&other.blocks).position(|(one, other)| one != other) {
        Some(index) => format!("block {} differs", index + 1),
        None if one.blocks.len() != other.blocks.len() => {
            format!("it has {} blocks, there are {}", other.blocks.len(), one.blocks.len())
        }
        None => "inputs or outputs differ".into(),
    }
}

//! An ONNX file as nodes with names, and its arrays: what the messages say, before it is known what the nodes compute.

use super::super::array::{Array, Values, count};
use super::super::{options::Budget, problem::ImportProblem, source};
use super::proto;
use half::{bf16, f16};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What a node takes in memory besides its texts, or a little more.
const NODE_BYTES: u64 = 512;

/// What a file says.
#[derive(Debug, Clone)]
pub struct Model {
    /// Program and version.
    pub producer: String,
    /// In an order in which they can be computed.
    pub nodes: Vec<Node>,
    /// The initializers and the constants by their names.
    pub arrays: BTreeMap<String, Array>,
    /// The name of the one input, and its shape behind the first dimension, the samples.
    pub input: (String, Vec<usize>),
    /// The name of the one output.
    pub output: String,
}

/// A node.
#[derive(Debug, Clone)]
pub struct Node {
    /// Its name, or its first output if it has none.
    pub name: String,
    /// What it computes.
    pub op: String,
    /// From what; empty for an optional input that is not there.
    pub inputs: Vec<String>,
    pub outputs: Vec<String>,
    pub attributes: BTreeMap<String, Attribute>,
}

/// An attribute of a node.
#[derive(Debug, Clone, PartialEq)]
pub enum Attribute {
    Float(f32),
    Integer(i64),
    Text(String),
    Tensor(Array),
    Integers(Vec<i64>),
    /// Of a type that is not read.
    Other,
}

impl Node {
    /// That this node is not read, and why.
    pub fn refused(&self, why: impl Into<String>) -> ImportProblem {
        ImportProblem::Node { node: self.name.clone(), op: self.op.clone(), why: why.into() }
    }

    /// An integer, or what it is if it is not there.
    pub fn integer(&self, name: &str, default: i64) -> Result<i64, ImportProblem> {
        match self.attributes.get(name) {
            None => Ok(default),
            Some(&Attribute::Integer(integer)) => Ok(integer),
            Some(_) => Err(self.refused(format!("its attribute `{name}` is no integer"))),
        }
    }

    /// A number, or what it is if it is not there.
    pub fn float(&self, name: &str, default: f32) -> Result<f32, ImportProblem> {
        match self.attributes.get(name) {
            None => Ok(default),
            Some(&Attribute::Float(float)) if float.is_finite() => Ok(float),
            Some(_) => Err(self.refused(format!("its attribute `{name}` is no finite number"))),
        }
    }

    /// A list of integers, if it is there.
    pub fn integers(&self, name: &str) -> Result<Option<&[i64]>, ImportProblem> {
        match self.attributes.get(name) {
            None => Ok(None),
            Some(Attribute::Integers(integers)) => Ok(Some(integers)),
            Some(_) => Err(self.refused(format!("its attribute `{name}` is no list of integers"))),
        }
    }

    /// The name of an input, if it is there.
    pub fn input(&self, index: usize) -> Option<&str> {
        self.inputs.get(index).map(String::as_str).filter(|name| !name.is_empty())
    }
}

/// The names of the files beside this one in which initializers or attributes lie; what is broken is left to [`parse`] to say.
pub fn files_beside(bytes: &[u8], budget: &Budget) -> BTreeSet<String> {
    let graph = proto::read(bytes, "the model", budget).ok().and_then(|model: proto::Model| model.graph);
    let graph = graph.and_then(|graph| proto::read(&graph, "the graph", budget).ok());
    let proto::Graph { initializer, node, .. } = graph.unwrap_or_default();
    let nodes = node.iter().filter_map(|node| proto::read::<proto::Node>(node, "a node", budget).ok());
    let attributes = nodes.flat_map(|node| node.attribute);
    let constants = attributes.filter_map(|attribute| {
        proto::read::<proto::Attribute>(&attribute, "an attribute", budget).ok().and_then(|attribute| attribute.t)
    });
    let tensors = initializer.into_iter().chain(constants);
    let places = tensors.filter_map(|tensor| {
        let tensor: proto::Tensor = proto::read(&tensor, "an array", budget).ok()?;
        place(&tensor, budget).ok()?.remove("location")
    });
    places.collect()
}

/// Where an array lies, if it lies in another file: `location`, `offset`, `length`.
fn place(tensor: &proto::Tensor, budget: &Budget) -> Result<BTreeMap<String, String>, ImportProblem> {
    let entry = |entry: &Vec<u8>| {
        let proto::StringString { key, value } = proto::read(entry, "the place of an array", budget)?;
        Ok((key, value))
    };
    tensor.external_data.iter().map(entry).collect()
}

/// What the bytes say; arrays that lie in other files are read from this folder, if there is one.
pub fn parse(bytes: &[u8], folder: Option<&Path>, budget: &mut Budget) -> Result<Model, ImportProblem> {
    let broken = |reason: &str| ImportProblem::Broken { format: "ONNX", reason: reason.into() };
    let model: proto::Model = proto::read(bytes, "the model", budget)?;
    let graph = model.graph.ok_or_else(|| broken("there is no graph"))?;
    let graph: proto::Graph = proto::read(&graph, "the graph", budget)?;
    if !graph.sparse_initializer.is_empty() {
        return Err(ImportProblem::Foreign {
            format: "a graph with sparse arrays",
            instead: "write them as dense ones",
        });
    }
    let mut beside = Beside { folder, files: BTreeMap::new() };
    let mut arrays = BTreeMap::new();
    for tensor in &graph.initializer {
        let array = beside.array(proto::read(tensor, "an array", budget)?, budget)?;
        if let Some(twice) = arrays.insert(array.name.clone(), array) {
            return Err(ImportProblem::Twice { array: twice.name });
        }
    }
    budget.take("the nodes", NODE_BYTES.saturating_mul(graph.node.len() as u64))?;
    let mut nodes = vec![];
    for node in &graph.node {
        let mut node = read_node(node, &mut beside, budget)?;
        if let ("Constant", Some(Attribute::Tensor(_)), Some(name)) =
            (&*node.op, node.attributes.get("value"), node.outputs.first())
        {
            let name = name.clone();
            if let Some(Attribute::Tensor(array)) = node.attributes.remove("value")
                && arrays.insert(name.clone(), Array { name: name.clone(), ..array }).is_some()
            {
                return Err(ImportProblem::Twice { array: name });
            }
        }
        nodes.push(node);
    }
    // Before IR version 4 initializers are inputs too.
    let mut inputs = values(&graph.input, budget)?;
    inputs.retain(|input| !arrays.contains_key(&input.name));
    let outputs = values(&graph.output, budget)?;
    let ([input], [output]) = (&inputs[..], &outputs[..]) else {
        let names =
            |values: &[proto::ValueInfo]| values.iter().map(|value| format!("`{}`", value.name)).collect::<Vec<_>>();
        let (inputs, outputs) = (names(&inputs).join(", "), names(&outputs).join(", "));
        return Err(ImportProblem::Ends { inputs, outputs });
    };
    let shape = shape(input, budget)?.ok_or_else(|| ImportProblem::Dynamic { input: input.name.clone() })?;
    let producer = format!("{} {}", model.producer_name, model.producer_version).trim().to_owned();
    Ok(Model { producer, nodes, arrays, input: (input.name.clone(), shape), output: output.name.clone() })
}

fn values(messages: &[Vec<u8>], budget: &Budget) -> Result<Vec<proto::ValueInfo>, ImportProblem> {
    messages.iter().map(|message| proto::read(message, "an input or output", budget)).collect()
}

/// The dimensions behind the first; `None` if one of them is not known.
fn shape(value: &proto::ValueInfo, budget: &Budget) -> Result<Option<Vec<usize>>, ImportProblem> {
    let tensor = value.r#type.as_ref().and_then(|of| of.tensor_type.as_ref());
    let Some(shape) = tensor.and_then(|tensor| tensor.shape.as_ref()) else { return Ok(None) };
    let mut sizes = vec![];
    for dimension in shape.dim.iter().skip(1) {
        let dimension: proto::Dimension = proto::read(dimension, "a dimension", budget)?;
        sizes.push(dimension.dim_value.and_then(|size| usize::try_from(size).ok()).filter(|&size| size > 0));
    }
    Ok(sizes.into_iter().collect::<Option<Vec<usize>>>().filter(|sizes| !sizes.is_empty()))
}

fn read_node(bytes: &[u8], beside: &mut Beside<'_>, budget: &mut Budget) -> Result<Node, ImportProblem> {
    let proto::Node { input, output, name, op_type, attribute, domain } = proto::read(bytes, "a node", budget)?;
    let name = if name.is_empty() { output.first().cloned().unwrap_or_default() } else { name };
    let mut node = Node { name, op: op_type, inputs: input, outputs: output, attributes: BTreeMap::new() };
    if !["", "ai.onnx"].contains(&&*domain) {
        return Err(node.refused(format!("it is an operation of `{domain}`, and only those of ONNX itself are read")));
    }
    for attribute in &attribute {
        let proto::Attribute { name, f, i, s, t, ints, r#type } = proto::read(attribute, "an attribute", budget)?;
        let value = match (r#type, t) {
            (1, _) => Attribute::Float(f),
            (2, _) => Attribute::Integer(i),
            (3, _) => Attribute::Text(String::from_utf8_lossy(&s).into_owned()),
            (4, Some(tensor)) => Attribute::Tensor(beside.array(proto::read(&tensor, "a constant", budget)?, budget)?),
            (7, _) => Attribute::Integers(ints),
            _ => Attribute::Other,
        };
        node.attributes.insert(name, value);
    }
    Ok(node)
}

/// The files in which arrays may lie.
struct Beside<'a> {
    folder: Option<&'a Path>,
    files: BTreeMap<String, Vec<u8>>,
}

impl Beside<'_> {
    /// The array of a message: its entries are in one of several fields, or in another file.
    fn array(&mut self, tensor: proto::Tensor, budget: &mut Budget) -> Result<Array, ImportProblem> {
        let name = tensor.name.clone();
        let broken =
            |reason: String| ImportProblem::Broken { format: "ONNX", reason: format!("array `{name}`: {reason}") };
        let sizes = tensor.dims.iter().map(|&size| usize::try_from(size));
        let shape = sizes.collect::<Result<Vec<_>, _>>().map_err(|_| broken("a dimension is no size".into()))?;
        if shape.len() > 1 && shape.contains(&0) {
            return Err(ImportProblem::Empty { array: name, shape });
        }
        let entries = count(&name, &shape, budget)?;
        budget.take(&format!("array `{name}`"), (entries as u64).saturating_mul(Values::INTEGER_BYTES))?;
        let (dtype, values) = if tensor.data_location == 1 {
            let raw = self.external(&tensor, budget)?;
            read_raw(tensor.data_type, raw)
        } else if let Some(raw) = &tensor.raw_data {
            read_raw(tensor.data_type, raw)
        } else {
            read_fields(&tensor)
        };
        let found = match &values {
            Values::Floats(floats) => floats.len(),
            Values::Integers(integers) => integers.len(),
            Values::Bytes(bytes) => bytes.len(),
            // Said where the array is needed.
            Values::Other(_) => entries,
        };
        if found != entries {
            return Err(broken(format!("the shape {shape:?} asks for {entries} entries, and there are {found}")));
        }
        Ok(Array { name, shape, dtype: dtype.into(), values })
    }

    /// The bytes of an array that lies in a file beside this one.
    fn external(&mut self, tensor: &proto::Tensor, budget: &mut Budget) -> Result<&[u8], ImportProblem> {
        let said = place(tensor, budget)?;
        let location = said.get("location").cloned().unwrap_or_default();
        let missing = || ImportProblem::Part { part: location.clone() };
        // A name, not a path: a file says nothing about other folders.
        if Path::new(&location).file_name() != Some(location.as_ref()) {
            return Err(missing());
        }
        if !self.files.contains_key(&location) {
            let path = self.folder.ok_or_else(missing)?.join(&location);
            let bytes = source::read_file(&path, budget).map_err(|error| error.problem)?;
            budget.take(&format!("`{location}`"), bytes.len() as u64)?;
            self.files.insert(location.clone(), bytes);
        }
        let bytes = &self.files[&location];
        let number = |key: &str, default: usize| said.get(key).map_or(Some(default), |text| text.parse().ok());
        let range = number("offset", 0).and_then(|start| {
            let end = start.checked_add(number("length", bytes.len().checked_sub(start)?)?)?;
            bytes.get(start..end)
        });
        range.ok_or_else(|| {
            let reason = format!("array `{}` does not lie in `{location}`, of {} bytes", tensor.name, bytes.len());
            ImportProblem::Broken { format: "ONNX", reason }
        })
    }
}

const NOT_READ: Values = Values::Other("DOUBLE, FLOAT, FLOAT16 or BFLOAT16");

/// Entries as bytes, little endian: the name of the `DataType`, and the values.
fn read_raw(data_type: i32, raw: &[u8]) -> (&'static str, Values) {
    match data_type {
        1 => ("FLOAT", floats(raw, |bytes| f32::from_le_bytes(bytes).into())),
        2 => ("UINT8", Values::Bytes(raw.into())),
        6 => ("INT32", integers(raw, |bytes| i32::from_le_bytes(bytes).into())),
        7 => ("INT64", integers(raw, |bytes| i64::from_le_bytes(bytes).into())),
        10 => ("FLOAT16", floats(raw, |bytes| f16::from_le_bytes(bytes).into())),
        11 => ("DOUBLE", floats(raw, f64::from_le_bytes)),
        16 => ("BFLOAT16", floats(raw, |bytes| bf16::from_le_bytes(bytes).into())),
        _ => ("of another kind", NOT_READ),
    }
}

/// Entries in a field of their type; floats of 16 bits are the lower halves of integers.
fn read_fields(tensor: &proto::Tensor) -> (&'static str, Values) {
    let halves =
        |convert: fn(u16) -> f64| Values::Floats(tensor.int32_data.iter().map(|&half| convert(half as u16)).collect());
    match tensor.data_type {
        1 => ("FLOAT", Values::Floats(tensor.float_data.iter().map(|&float| float.into()).collect())),
        6 => ("INT32", Values::Integers(tensor.int32_data.iter().map(|&integer| integer.into()).collect())),
        7 => ("INT64", Values::Integers(tensor.int64_data.iter().map(|&integer| integer.into()).collect())),
        10 => ("FLOAT16", halves(|half| f16::from_bits(half).into())),
        11 => ("DOUBLE", Values::Floats(tensor.double_data.clone())),
        16 => ("BFLOAT16", halves(|half| bf16::from_bits(half).into())),
        _ => ("of another kind", NOT_READ),
    }
}

fn floats<const SIZE: usize>(data: &[u8], convert: impl Fn([u8; SIZE]) -> f64) -> Values {
    Values::Floats(pieces(data).map(convert).collect())
}

fn integers<const SIZE: usize>(data: &[u8], convert: impl Fn([u8; SIZE]) -> i128) -> Values {
    Values::Integers(pieces(data).map(convert).collect())
}

/// Pieces of one size; a last one that is too short is none, nor are the others then, so that their number is wrong.
fn pieces<const SIZE: usize>(data: &[u8]) -> impl Iterator<Item = [u8; SIZE]> {
    let (pieces, rest) = data.as_chunks();
    let whole = if rest.is_empty() { pieces } else { &[] };
    whole.iter().copied()
}

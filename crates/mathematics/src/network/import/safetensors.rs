//! Safetensors: a JSON header with names, types, shapes and offsets, then the entries, little endian and row-major.

use super::{
    array::{Array, Values, count},
    options::Budget,
    problem::ImportProblem,
};
use half::{bf16, f16};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};
use std::fmt;

/// The key of the file's own metadata that says the order of the layers.
const ORDER: &str = "layers";

/// Whether the bytes may begin a file: its header's length, and a JSON object.
pub fn is_safetensors(bytes: &[u8]) -> bool {
    bytes.get(8).is_none_or(|&byte| byte == b'{')
}

/// The arrays of the file whose names are wanted, sorted by name, and the order of the layers that its metadata give:
/// under `layers`, names separated by commas.
pub fn read(
    bytes: &[u8],
    wanted: &dyn Fn(&str) -> bool,
    budget: &mut Budget,
) -> Result<(Vec<Array>, Vec<String>), ImportProblem> {
    let broken = |error: safetensors::SafeTensorError| ImportProblem::Broken {
        format: "safetensors",
        reason: error.to_string(),
    };
    if let Some(array) = repeated_name(bytes) {
        return Err(ImportProblem::Twice { array });
    }
    let mut tensors = SafeTensors::deserialize(bytes).map_err(broken)?.tensors();
    tensors.sort_by(|(a, _), (b, _)| a.cmp(b));
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(broken)?;
    let order = metadata.metadata().as_ref().and_then(|metadata| metadata.get(ORDER));
    let order = order.map(|order| order.split(',').map(|layer| layer.trim().to_owned()).collect()).unwrap_or_default();
    tensors.retain(|(name, _)| wanted(name));
    let arrays: Result<_, _> = tensors.into_iter().map(|(name, tensor)| array(name, &tensor, budget)).collect();
    Ok((arrays?, order))
}

/// A name that the header gives to two arrays: the library takes the last of them. `None` also for a broken header.
fn repeated_name(bytes: &[u8]) -> Option<String> {
    let (length, rest) = bytes.split_first_chunk()?;
    let header = rest.get(..usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
    let Names(mut names) = serde_json::from_slice(header).ok()?;
    names.sort_unstable();
    names.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0].clone())
}

/// The keys of a JSON object, with repetitions.
struct Names(Vec<String>);

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(NamesVisitor)
    }
}

struct NamesVisitor;

impl<'de> Visitor<'de> for NamesVisitor {
    type Value = Names;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Names, A::Error> {
        let mut names = vec![];
        while let Some((name, IgnoredAny)) = map.next_entry()? {
            names.push(name);
        }
        Ok(Names(names))
    }
}

fn array(name: String, tensor: &TensorView<'_>, budget: &mut Budget) -> Result<Array, ImportProblem> {
    let entries = count(&name, tensor.shape(), budget)? as u64;
    budget.take(&format!("array `{name}`"), entries.saturating_mul(Values::INTEGER_BYTES))?;
    let data = tensor.data();
    let values = match tensor.dtype() {
        Dtype::F64 => floats(data, f64::from_le_bytes),
        Dtype::F32 => floats(data, |bytes| f32::from_le_bytes(bytes).into()),
        Dtype::F16 => floats(data, |bytes| f16::from_le_bytes(bytes).into()),
        Dtype::BF16 => floats(data, |bytes| bf16::from_le_bytes(bytes).into()),
        Dtype::I64 => integers(data, |bytes| i64::from_le_bytes(bytes).into()),
        Dtype::U64 => integers(data, |bytes| u64::from_le_bytes(bytes).into()),
        Dtype::I32 => integers(data, |bytes| i32::from_le_bytes(bytes).into()),
        Dtype::U32 => integers(data, |bytes| u32::from_le_bytes(bytes).into()),
        Dtype::I16 => integers(data, |bytes| i16::from_le_bytes(bytes).into()),
        Dtype::U16 => integers(data, |bytes| u16::from_le_bytes(bytes).into()),
        Dtype::I8 => integers(data, |bytes| i8::from_le_bytes(bytes).into()),
        Dtype::U8 | Dtype::BOOL => Values::Bytes(data.into()),
        _ => Values::Other("F64, F32, F16 or BF16"),
    };
    Ok(Array { name, shape: tensor.shape().into(), dtype: tensor.dtype().to_string(), values })
}

fn floats<const SIZE: usize>(data: &[u8], convert: impl Fn([u8; SIZE]) -> f64) -> Values {
    Values::Floats(data.as_chunks().0.iter().map(|&entry| convert(entry)).collect())
}

fn integers<const SIZE: usize>(data: &[u8], convert: impl Fn([u8; SIZE]) -> i128) -> Values {
    Values::Integers(data.as_chunks().0.iter().map(|&entry| convert(entry)).collect())
}

/// The file with these arrays (name, shape, row-major entries) as F64.
pub fn write(arrays: &[(String, Vec<usize>, Vec<f64>)]) -> Vec<u8> {
    let bytes: Vec<Vec<u8>> =
        arrays.iter().map(|(_, _, entries)| entries.iter().flat_map(|entry| entry.to_le_bytes()).collect()).collect();
    let views = arrays.iter().zip(&bytes).map(|((name, shape, _), bytes)| {
        let view = TensorView::new(Dtype::F64, shape.clone(), bytes);
        (name.as_str(), view.expect("eight bytes an entry"))
    });
    // So that a later run knows its own results from files of others.
    let metadata = std::collections::HashMap::from([("written_by".to_owned(), "sublevel".to_owned())]);
    safetensors::serialize(views, Some(metadata)).expect("a header of names, types and shapes is JSON")
}

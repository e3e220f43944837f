//! Safetensors: a JSON header with names, types, shapes and offsets, then the entries, little endian and row-major.

use super::{
    Problem,
    array::{Array, Values, count},
};
use half::{bf16, f16};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};
use std::fmt;

/// All arrays of the file, sorted by name.
pub fn read(bytes: &[u8]) -> Result<Vec<Array>, Problem> {
    // The first eight bytes are the header's length and the header is a JSON object.
    if bytes.get(8).is_some_and(|&byte| byte != b'{') {
        return Err(Problem::Format { expected: "safetensors, or npz with the same array names" });
    }
    let broken =
        |error: safetensors::SafeTensorError| Problem::Broken { format: "safetensors", reason: error.to_string() };
    if let Some(array) = repeated_name(bytes) {
        return Err(Problem::Twice { array });
    }
    let mut tensors = SafeTensors::deserialize(bytes).map_err(broken)?.tensors();
    tensors.sort_by(|(a, _), (b, _)| a.cmp(b));
    tensors.into_iter().map(|(name, tensor)| array(name, &tensor)).collect()
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

fn array(name: String, tensor: &TensorView<'_>) -> Result<Array, Problem> {
    count(&name, tensor.shape())?;
    let data = tensor.data();
    let values = match tensor.dtype() {
        Dtype::F64 => floats(data, f64::from_le_bytes),
        Dtype::F32 => floats(data, |bytes| f32::from_le_bytes(bytes).into()),
        Dtype::F16 => floats(data, |bytes| f16::from_le_bytes(bytes).into()),
        Dtype::BF16 => floats(data, |bytes| bf16::from_le_bytes(bytes).into()),
        other => {
            let expected = "F64, F32, F16 or BF16";
            return Err(Problem::Type { array: name, found: other.to_string(), expected });
        }
    };
    Ok(Array { name, shape: tensor.shape().into(), dtype: tensor.dtype().to_string(), values })
}

fn floats<const SIZE: usize>(data: &[u8], convert: impl Fn([u8; SIZE]) -> f64) -> Values {
    Values::Floats(data.as_chunks().0.iter().map(|&entry| convert(entry)).collect())
}

/// The file with these arrays (name, shape, row-major entries) as F64.
pub fn write(arrays: &[(String, Vec<usize>, Vec<f64>)]) -> Vec<u8> {
    let bytes: Vec<Vec<u8>> =
        arrays.iter().map(|(_, _, entries)| entries.iter().flat_map(|entry| entry.to_le_bytes()).collect()).collect();
    let views = arrays.iter().zip(&bytes).map(|((name, shape, _), bytes)| {
        let view = TensorView::new(Dtype::F64, shape.clone(), bytes);
        (name.as_str(), view.expect("eight bytes an entry"))
    });
    safetensors::serialize(views, None).expect("a header of names, types and shapes is JSON")
}

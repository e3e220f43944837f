//! PyTorch's own files (`torch.save`): the tensors of dictionaries, read by the crate `pytorch-reader`; no code is run.
//!
//! A pickle keeps the order of a `state_dict`, the reader does not: layers without numbers in their names are asked for.

use super::{
    array::{Array, Values},
    options::Budget,
    problem::ImportProblem,
};
use half::{bf16, f16};
use pytorch_reader::{DType, PytorchReader, Tensor};
use std::{
    io::Write,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// Where a tar archive has its mark.
const TAR_MARK: std::ops::Range<usize> = 257..262;

/// Whether the bytes begin as a file of `torch.save` does that is no zip archive: a pickle of protocol 2 or later, or a
/// tar archive.
pub fn is_old_pytorch(bytes: &[u8]) -> bool {
    let pickle = bytes.first() == Some(&0x80) && bytes.get(8) != Some(&b'{');
    pickle || bytes.get(TAR_MARK) == Some(b"ustar")
}

/// The tensors whose names are wanted, sorted by name; the names of nested dictionaries are joined by `.`.
pub fn read(bytes: &[u8], wanted: &dyn Fn(&str) -> bool, budget: &mut Budget) -> Result<Vec<Array>, ImportProblem> {
    // Files of strangers: a panic of the reader is a broken file.
    let read = catch_unwind(AssertUnwindSafe(|| tensors(bytes, wanted, budget)));
    read.unwrap_or_else(|_| Err(broken("the reader gave up")))
}

fn tensors(bytes: &[u8], wanted: &dyn Fn(&str) -> bool, budget: &mut Budget) -> Result<Vec<Array>, ImportProblem> {
    let file = temporary(bytes).map_err(|error| ImportProblem::Unreadable { reason: error.to_string() })?;
    let reader = PytorchReader::new(file.path()).map_err(broken)?;
    let mut tensors: Vec<(String, Tensor)> = reader.into_tensors().into_iter().collect();
    tensors.retain(|(name, _)| wanted(name));
    tensors.sort_by(|(a, _), (b, _)| a.cmp(b));
    tensors.into_iter().map(|(name, tensor)| array(name, &tensor, budget)).collect()
}

/// The reader opens files only.
fn temporary(bytes: &[u8]) -> std::io::Result<tempfile::NamedTempFile> {
    let mut file = tempfile::NamedTempFile::new()?;
    file.write_all(bytes)?;
    Ok(file)
}

fn array(name: String, tensor: &Tensor, budget: &mut Budget) -> Result<Array, ImportProblem> {
    let entries = tensor.num_elements() as u64;
    // Before it is read: a tensor that repeats one number may be of any size.
    let needed = entries.saturating_mul(tensor.dtype().size() as u64 + Values::INTEGER_BYTES);
    budget.take(&format!("array `{name}`"), needed)?;
    let bytes = tensor.read().map_err(broken)?;
    let values = match tensor.dtype() {
        DType::F64 => floats(&bytes, f64::from_ne_bytes),
        DType::F32 => floats(&bytes, |bytes| f32::from_ne_bytes(bytes).into()),
        DType::F16 => floats(&bytes, |bytes| f16::from_ne_bytes(bytes).into()),
        DType::BF16 => floats(&bytes, |bytes| bf16::from_ne_bytes(bytes).into()),
        DType::I64 => integers(&bytes, |bytes| i64::from_ne_bytes(bytes).into()),
        DType::U64 => integers(&bytes, |bytes| u64::from_ne_bytes(bytes).into()),
        DType::I32 => integers(&bytes, |bytes| i32::from_ne_bytes(bytes).into()),
        DType::U32 => integers(&bytes, |bytes| u32::from_ne_bytes(bytes).into()),
        DType::I16 => integers(&bytes, |bytes| i16::from_ne_bytes(bytes).into()),
        DType::U16 => integers(&bytes, |bytes| u16::from_ne_bytes(bytes).into()),
        DType::I8 => integers(&bytes, |bytes| i8::from_ne_bytes(bytes).into()),
        DType::U8 | DType::Bool => Values::Bytes(bytes),
    };
    Ok(Array { name, shape: tensor.shape().into(), dtype: format!("{:?}", tensor.dtype()), values })
}

fn floats<const SIZE: usize>(data: &[u8], convert: impl Fn([u8; SIZE]) -> f64) -> Values {
    Values::Floats(data.as_chunks().0.iter().map(|&entry| convert(entry)).collect())
}

fn integers<const SIZE: usize>(data: &[u8], convert: impl Fn([u8; SIZE]) -> i128) -> Values {
    Values::Integers(data.as_chunks().0.iter().map(|&entry| convert(entry)).collect())
}

fn broken(reason: impl ToString) -> ImportProblem {
    ImportProblem::Broken { format: "PyTorch", reason: reason.to_string() }
}

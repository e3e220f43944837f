//! PyTorch's own files (`torch.save`): the tensors of dictionaries, read by the crate `pytorch-reader`; no code is run.
//!
//! A pickle keeps the order of a `state_dict`, the reader does not: layers without numbers in their names are asked for.

use super::{
    array::{Array, Values},
    npy,
    options::Budget,
    problem::ImportProblem,
};
use half::{bf16, f16};
use pytorch_reader::{DType, PickleValue, PytorchReader, Tensor};
use std::{
    io::Write,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// How much of a pickle without its tensors is looked at, in bytes: the names of a million arrays take less.
const PICKLE_LIMIT: u64 = 1 << 28;

/// Where a tar archive has its mark.
const TAR_MARK: std::ops::Range<usize> = 257..262;

/// Whether the bytes begin as a file of `torch.save` does that is no zip archive: a pickle of protocol 2 or later, or a
/// tar archive.
pub fn is_old_pytorch(bytes: &[u8]) -> bool {
    let pickle = bytes.first() == Some(&0x80) && bytes.get(8) != Some(&b'{');
    pickle || bytes.get(TAR_MARK) == Some(b"ustar")
}

/// What such a file holds.
pub struct Pickled {
    /// The tensors whose names are wanted, sorted by name; the names of nested dictionaries are joined by `.`.
    pub arrays: Vec<Array>,
    /// The names of what is no tensor, and stands beside tensors.
    pub no_tensors: Vec<String>,
    /// Whether it has objects of PyTorch's modules: a whole module was saved, or its settings.
    pub has_modules: bool,
}

/// Reads such a file.
pub fn read(bytes: &[u8], wanted: &dyn Fn(&str) -> bool, budget: &mut Budget) -> Result<Pickled, ImportProblem> {
    // Files of strangers: a panic of the reader is a broken file.
    let read = catch_unwind(AssertUnwindSafe(|| tensors(bytes, wanted, budget)));
    read.unwrap_or_else(|_| Err(broken("the reader gave up")))
}

fn tensors(bytes: &[u8], wanted: &dyn Fn(&str) -> bool, budget: &mut Budget) -> Result<Pickled, ImportProblem> {
    let file = temporary(bytes).map_err(|error| ImportProblem::Unreadable { reason: error.to_string() })?;
    let mut names = Names::default();
    names.take(&PytorchReader::read_pickle_data(file.path(), None).map_err(broken)?, "");
    // The reader keeps one of them, now this, now that.
    names.tensors.sort();
    if let Some(twice) = names.tensors.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(ImportProblem::Twice { array: twice[0].clone() });
    }
    names.others.sort();
    let reader = PytorchReader::new(file.path()).map_err(broken)?;
    let mut tensors: Vec<(String, Tensor)> = reader.into_tensors().into_iter().collect();
    tensors.retain(|(name, _)| wanted(name));
    tensors.sort_by(|(a, _), (b, _)| a.cmp(b));
    let arrays = tensors.into_iter().map(|(name, tensor)| array(name, &tensor, budget)).collect::<Result<_, _>>()?;
    Ok(Pickled { arrays, no_tensors: names.others, has_modules: has_modules(bytes) })
}

/// The names in the dictionaries of a file.
#[derive(Default)]
struct Names {
    tensors: Vec<String>,
    /// What stands beside tensors and is none.
    others: Vec<String>,
}

impl Names {
    /// Takes the names in a value of this name; whether there are tensors in it.
    fn take(&mut self, value: &PickleValue, name: &str) -> bool {
        let entries: Vec<(String, &PickleValue)> = match value {
            PickleValue::Dict(entries) => entries.iter().map(|(key, value)| (key.clone(), value)).collect(),
            PickleValue::List(items) => items.iter().enumerate().map(|(i, item)| (i.to_string(), item)).collect(),
            _ => return false,
        };
        let (mut beside_tensors, mut inside, mut others) = (false, false, vec![]);
        for (key, value) in entries {
            let name = if name.is_empty() { key } else { format!("{name}.{key}") };
            match value {
                PickleValue::Unsupported(kind) if kind == "torch.Tensor" => {
                    beside_tensors = true;
                    self.tensors.push(name);
                }
                value if self.take(value, &name) => inside = true,
                PickleValue::None => {}
                PickleValue::Dict(entries) if entries.is_empty() => {}
                // What a state dictionary says of its versions.
                _ if name.ends_with("_metadata") => {}
                _ => others.push(name),
            }
        }
        if beside_tensors {
            self.others.extend(others);
        }
        beside_tensors || inside
    }
}

/// Whether a class of PyTorch's modules is named in the pickle.
fn has_modules(bytes: &[u8]) -> bool {
    const MODULES: &[u8] = b"torch.nn.modules.";
    let pickle = npy::entry_ending(bytes, "data.pkl", PICKLE_LIMIT);
    pickle.as_deref().unwrap_or(bytes).windows(MODULES.len()).any(|window| window == MODULES)
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

//! Arrays from files of any format: one file, or the parts that an index names.

use super::{
    array::Array,
    graph::{is_graph_file, named_weights},
    idx,
    names::{Name, Role, bystander},
    npy,
    onnx::{is_onnx_file, onnx_parts},
    options::Budget,
    problem::{ImportError, ImportProblem},
    pytorch,
    report::Ignored,
    safetensors,
};
use crate::arith::counted;
use std::{
    cell::RefCell,
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The arrays of a file.
#[derive(Debug, Default)]
pub struct Source {
    /// `safetensors`, `npz`, `npy`, `IDX` or `PyTorch`.
    pub format: &'static str,
    pub arrays: Vec<Array>,
    /// The names of the arrays that were not wanted.
    pub others: Vec<String>,
    /// The names of what stands beside arrays and is none.
    pub no_arrays: Vec<String>,
    /// Whether it has objects of PyTorch's modules.
    pub has_modules: bool,
    /// The order of the layers that the file itself gives.
    pub order: Vec<String>,
}

/// What stands beside the arrays, if none of it is a parameter by its name.
pub fn told(no_arrays: Vec<String>) -> Result<Vec<Ignored>, ImportProblem> {
    let is_parameter = |name: &&String| Name::parse(name).role != Role::Unknown && bystander(name).is_none();
    match no_arrays.iter().find(is_parameter) {
        Some(name) => Err(ImportProblem::NoTensor { name: name.clone() }),
        None => Ok(no_arrays.into_iter().map(|array| Ignored { array, class: "no tensor" }).collect()),
    }
}

/// The file at this path; a folder stands for the index in it.
pub fn read_file(path: &Path, budget: &Budget) -> Result<Vec<u8>, ImportError> {
    let file = path.display().to_string();
    let unreadable = |error: std::io::Error| ImportProblem::Unreadable { reason: error.to_string() }.of(&*file);
    let size = fs::metadata(path).map_err(unreadable)?.len();
    budget.fits("the file", size).map_err(|problem| problem.of(&*file))?;
    fs::read(path).map_err(unreadable)
}

/// The arrays in these bytes whose names are wanted. A file of one array without a name calls it `inputs`.
pub fn parse(bytes: &[u8], wanted: &dyn Fn(&str) -> bool, budget: &mut Budget) -> Result<Source, ImportProblem> {
    if bytes.is_empty() {
        return Err(ImportProblem::Unreadable { reason: "it is empty".into() });
    }
    let others = RefCell::new(vec![]);
    let telling = |name: &str| {
        let is_wanted = wanted(name);
        if !is_wanted {
            others.borrow_mut().push(name.to_owned());
        }
        is_wanted
    };
    let source = parse_wanted(bytes, &telling, budget)?;
    Ok(Source { others: others.into_inner(), ..source })
}

fn parse_wanted(bytes: &[u8], wanted: &dyn Fn(&str) -> bool, budget: &mut Budget) -> Result<Source, ImportProblem> {
    if npy::is_npz(bytes) {
        return parse_archive(bytes, wanted, budget);
    }
    if npy::is_npy(bytes) {
        return Ok(Source {
            format: "npy",
            arrays: vec![npy::read_npy(bytes, "inputs", budget)?],
            ..Source::default()
        });
    }
    if idx::is_idx(bytes) {
        return Ok(Source { format: "IDX", arrays: vec![idx::read(bytes, "inputs", budget)?], ..Source::default() });
    }
    if bytes.starts_with(b"\x89HDF\r\n") {
        let instead = "save the arrays with numpy.savez(\"network.npz\", *model.get_weights())";
        return Err(ImportProblem::Foreign { format: "an HDF5 file", instead });
    }
    if pytorch::is_old_pytorch(bytes) {
        return Ok(of_pickle(pytorch::read(bytes, wanted, budget)?));
    }
    if !safetensors::is_safetensors(bytes) {
        return Err(ImportProblem::Format { expected: "safetensors, npz, npy, IDX or a PyTorch file" });
    }
    let (arrays, order) = safetensors::read(bytes, wanted, budget)?;
    Ok(Source { format: "safetensors", arrays, order, ..Source::default() })
}

fn of_pickle(pickled: pytorch::Pickled) -> Source {
    let pytorch::Pickled { arrays, no_tensors, has_modules } = pickled;
    Source { format: "PyTorch", arrays, no_arrays: no_tensors, has_modules, ..Source::default() }
}

/// A zip archive: NumPy's, PyTorch's or Keras'.
fn parse_archive(bytes: &[u8], wanted: &dyn Fn(&str) -> bool, budget: &mut Budget) -> Result<Source, ImportProblem> {
    let entries = npy::entries_of(bytes)?;
    if entries.iter().any(|entry| entry.contains("/code/")) {
        let instead = "torch.save(torch.jit.load(…).state_dict(), …) saves its tensors";
        return Err(ImportProblem::Foreign { format: "a TorchScript archive", instead });
    }
    if entries.iter().any(|entry| entry == "data.pkl" || entry.ends_with("/data.pkl")) {
        return Ok(of_pickle(pytorch::read(bytes, wanted, budget)?));
    }
    if entries.iter().any(|entry| entry.ends_with(".weights.h5")) {
        let instead = "save the arrays with numpy.savez(\"network.npz\", *model.get_weights())";
        return Err(ImportProblem::Foreign { format: "a Keras archive", instead });
    }
    let mut seen = BTreeSet::new();
    if let Some(twice) = entries.iter().find(|entry| !seen.insert(*entry)) {
        return Err(ImportProblem::Twice { array: twice.trim_end_matches(".npy").into() });
    }
    let arrays = npy::read_npz(bytes, wanted, budget)?;
    Ok(Source { format: "npz", arrays, ..Source::default() })
}

/// The arrays at this path whose names are wanted: a file, an index of parts, or a folder with one.
pub fn read(path: &Path, wanted: &dyn Fn(&str) -> bool, budget: &mut Budget) -> Result<Source, ImportError> {
    let index = if path.is_dir() { Some(index_in(path)?) } else { None };
    let path = index.as_deref().unwrap_or(path);
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let file = path.display().to_string();
    if name.ends_with(".index.json") {
        return read_parts(path, wanted, budget);
    }
    if let Some((index, _)) = part_of(name).filter(|(_, count)| *count != 1) {
        return Err(ImportProblem::Shard { index }.of(file));
    }
    let bytes = read_file(path, budget)?;
    parse(&bytes, wanted, budget).map_err(|problem| problem.of(file))
}

/// Every file that is read where this one is named: an index and its parts, images and the labels beside them, the weights of
/// the description of a graph, the arrays beside an ONNX file.
pub fn files_behind(path: &Path) -> Vec<PathBuf> {
    let index = if path.is_dir() { index_in(path).ok() } else { None };
    let mut files = vec![index.unwrap_or_else(|| path.to_owned())];
    if let Ok(labels) = idx::labels_name(path) {
        files.push(path.with_file_name(labels));
    }
    if files[0].to_string_lossy().ends_with(".index.json")
        && let Some(index) = fs::read(&files[0]).ok().and_then(|bytes| serde_json::from_slice::<Index>(&bytes).ok())
    {
        let parts: BTreeSet<PathBuf> = index.weight_map.values().map(|part| files[0].with_file_name(part)).collect();
        files.extend(parts);
    }
    if is_graph_file(path) {
        files.extend(named_weights(path));
    }
    if is_onnx_file(path) {
        files.extend(onnx_parts(path));
    }
    files
}

/// The index in a folder.
fn index_in(folder: &Path) -> Result<PathBuf, ImportError> {
    let file = folder.display().to_string();
    let unreadable = |error: std::io::Error| ImportProblem::Unreadable { reason: error.to_string() }.of(&*file);
    let entries = fs::read_dir(folder).map_err(unreadable)?.collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
    let is_index = |path: &PathBuf| path.to_string_lossy().ends_with(".index.json");
    let mut indices: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).filter(is_index).collect();
    indices.sort();
    match &indices[..] {
        [index] => Ok(index.clone()),
        [] => {
            let expected = "a file, or a folder with the index of the parts of a network, `….index.json`";
            Err(ImportProblem::Format { expected }.of(file))
        }
        _ => {
            let arrays = indices.iter().map(|index| index.display().to_string()).collect();
            Err(ImportProblem::Choose { what: "network", arrays, option: "the path of an index" }.of(file))
        }
    }
}

/// The index beside a part, and how many parts there are: `model-00001-of-00002.safetensors` is one of two that
/// `model.safetensors.index.json` names.
fn part_of(name: &str) -> Option<(String, u64)> {
    let (stem, extension) = name.rsplit_once('.')?;
    let (stem, count) = stem.rsplit_once("-of-")?;
    let (stem, part) = stem.rsplit_once('-')?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let numbered = is_number(part) && is_number(count);
    numbered.then(|| (format!("{stem}.{extension}.index.json"), count.parse().unwrap_or(u64::MAX)))
}

/// The part of an index that is read: which array is in which file.
#[derive(serde::Deserialize)]
struct Index {
    weight_map: std::collections::BTreeMap<String, String>,
}

fn read_parts(path: &Path, wanted: &dyn Fn(&str) -> bool, budget: &mut Budget) -> Result<Source, ImportError> {
    let file = path.display().to_string();
    let bytes = read_file(path, budget)?;
    let broken = |reason: String| ImportProblem::Broken { format: "index", reason }.of(&*file);
    let index: Index = serde_json::from_slice(&bytes).map_err(|error| broken(error.to_string()))?;
    let mut source = Source::default();
    let parts: BTreeSet<&String> = index.weight_map.values().collect();
    // `….-00001-of-00002.…`: half a network may be one, too.
    let said = parts.iter().find_map(|part| part_of(part));
    if let Some((_, count)) = said.filter(|(_, count)| *count != parts.len() as u64) {
        return Err(broken(format!(
            "it names {}, and their names say that there are {count}",
            counted(parts.len(), "part")
        )));
    }
    for part in parts {
        // A name, not a path: an index says nothing about other folders.
        let beside = path.with_file_name(part);
        if Path::new(part).file_name() != Some(part.as_ref()) || !beside.is_file() {
            return Err(ImportProblem::Part { part: part.clone() }.of(&*file));
        }
        let here = |name: &str| wanted(name) && index.weight_map.get(name) == Some(part);
        let bytes = read_file(&beside, budget)?;
        let read = parse(&bytes, &here, budget).map_err(|problem| problem.of(beside.display().to_string()))?;
        source.format = read.format;
        source.arrays.extend(read.arrays);
        source.no_arrays.extend(read.no_arrays);
        source.has_modules |= read.has_modules;
    }
    let missing = |name: &&String| wanted(name) && !source.arrays.iter().any(|array| array.name == **name);
    match index.weight_map.keys().find(missing) {
        Some(array) => Err(broken(format!("no part holds the array `{array}`"))),
        None => Ok(source),
    }
}

//! NumPy's files: npy, one array; npz, a zip archive of them.

use super::{
    array::{Array, Values, count},
    options::Budget,
    problem::ImportProblem,
};
use npyz::{DType, Deserialize, NpyFile, Order, TypeChar};
use std::io::{Cursor, Read};
use zip::{CompressionMethod, ZipArchive, ZipReadOptions, result::ZipError};

/// The types that are read.
const NUMBERS: &str = "f2, f4, f8 or integers";

/// What arrays of pickled objects are told.
const NO_OBJECTS: &str =
    "numbers; it holds Python objects: save it again as numbers, for example with .astype(\"int64\")";

/// The most that stands before a header.
const PREAMBLE: u64 = 12;

/// NumPy's own limit on a header.
const MAX_HEADER: usize = 10_000;

const MAGIC: &[u8] = b"\x93NUMPY";

/// Whether the bytes begin as an npy file does.
pub fn is_npy(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// Whether the bytes begin as a zip archive does, an empty one included.
pub fn is_npz(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06")
}

/// The names of the entries of the archive, `.npy` behind arrays.
pub fn entries_of(bytes: &[u8]) -> Result<Vec<String>, ImportProblem> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(unreadable)?;
    Ok((0..archive.len())
        .filter_map(|index| Some(archive.by_index_raw(index).ok()?.name().ok()?.into_owned()))
        .collect())
}

/// What the first entry with such a name holds, as much as the limit allows; `None` where there is none.
pub fn entry_ending(bytes: &[u8], end: &str, limit: u64) -> Option<Vec<u8>> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).ok()?;
    let index = entries_of(bytes).ok()?.iter().position(|name| name.ends_with(end))?;
    let mut held = vec![];
    archive.by_index(index).ok()?.take(limit).read_to_end(&mut held).ok()?;
    Some(held)
}

/// The arrays of the archive, stored or deflated, whose names are wanted.
pub fn read_npz(bytes: &[u8], wanted: &dyn Fn(&str) -> bool, budget: &mut Budget) -> Result<Vec<Array>, ImportProblem> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(unreadable)?;
    let mut arrays: Vec<Array> = vec![];
    for index in 0..archive.len() {
        // Of two entries of one name the library would read the last one, unless it is asked to refuse them.
        let options = ZipReadOptions::new().enforce_header_consistency(true);
        let mut entry = archive.by_index_with_options(index, options).map_err(unreadable)?;
        let path = entry.name().map_err(unreadable)?.into_owned();
        let name = path.strip_suffix(".npy").ok_or_else(|| ImportProblem::Entry { entry: path.clone() })?;
        if !wanted(name) {
            continue;
        }
        if !matches!(entry.compression(), CompressionMethod::Stored | CompressionMethod::Deflated) {
            return Err(broken_archive(format!("entry `{path}` is neither stored nor deflated")));
        }
        let read = |error: std::io::Error| broken_archive(format!("entry `{path}`: {error}"));
        let mut contents = vec![];
        entry.by_ref().take(PREAMBLE + MAX_HEADER as u64).read_to_end(&mut contents).map_err(read)?;
        // The header says what the array becomes before any of it is there.
        if let Ok(header) = Header::parse(&contents, name, budget) {
            budget.fits(&format!("array `{name}`"), header.memory)?;
        }
        entry.by_ref().take(budget.left().saturating_add(1)).read_to_end(&mut contents).map_err(read)?;
        budget.fits(&format!("array `{name}`"), contents.len() as u64)?;
        arrays.push(read_npy(&contents, name, budget)?);
    }
    Ok(arrays)
}

fn unreadable(error: ZipError) -> ImportProblem {
    broken_archive(match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) | ZipError::InvalidPassword => {
            "an entry is encrypted".into()
        }
        error => error.to_string(),
    })
}

fn broken_archive(reason: String) -> ImportProblem {
    ImportProblem::Broken { format: "npz", reason }
}

/// What an npy file says of itself before its entries.
struct Header {
    shape: Vec<usize>,
    dtype: DType,
    /// As the file names it.
    descr: String,
    order: Order,
    /// What the file, the array and one in another order take, in bytes.
    memory: u64,
    /// What the array takes, in bytes.
    array: u64,
}

impl Header {
    /// The header at the start of these bytes.
    fn parse(bytes: &[u8], name: &str, budget: &Budget) -> Result<Self, ImportProblem> {
        let shape = checked_shape(bytes).map_err(|reason| broken(name, reason))?;
        let count = count(name, &shape, budget)? as u64;
        let mut data = bytes;
        let file = NpyFile::new(&mut data).map_err(|error| broken(name, error))?;
        if !file.shape().iter().map(|&size| usize::try_from(size)).eq(shape.iter().map(|&size| Ok(size))) {
            return Err(broken(name, "the header has no clear shape"));
        }
        let (dtype, order) = (file.dtype(), file.order());
        let descr = dtype.descr().trim_matches('\'').to_owned();
        let (stored, size) = match &dtype {
            DType::Plain(plain) => match (plain.type_char(), plain.num_bytes().unwrap_or(0)) {
                (TypeChar::Float, bytes) => (bytes as u64, Values::FLOAT_BYTES),
                (TypeChar::Uint | TypeChar::Bool, 1) => (1, 1),
                (_, bytes) => (bytes as u64, Values::INTEGER_BYTES),
            },
            _ => (0, 0),
        };
        let array = count.saturating_mul(size);
        let ordered = if order == Order::Fortran { array } else { 0 };
        let memory = count.saturating_mul(stored).saturating_add(array).saturating_add(ordered);
        Ok(Header { shape, dtype, descr, order, memory, array })
    }
}

/// Whether the header says that the entries are Python objects, which the library takes for a broken header.
fn is_pickled(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(PREAMBLE as usize + MAX_HEADER)];
    start.windows(4).any(|text| text == b"'|O'")
}

/// The array of an npy file.
pub fn read_npy(bytes: &[u8], name: &str, budget: &mut Budget) -> Result<Array, ImportProblem> {
    if is_pickled(bytes) {
        let shape = checked_shape(bytes).map_err(|reason| broken(name, reason))?;
        return Ok(Array { name: name.into(), shape, dtype: "|O".into(), values: Values::Other(NO_OBJECTS) });
    }
    let Header { shape, dtype, descr, order, memory, array } = Header::parse(bytes, name, budget)?;
    let found = |values| Array { name: name.into(), shape: shape.clone(), dtype: descr.clone(), values };
    let DType::Plain(plain) = &dtype else { return Ok(found(Values::Other(NUMBERS))) };
    let mut data = bytes;
    let header = NpyFile::new(&mut data).map_err(|error| broken(name, error))?.header().clone();
    let count = count(name, &shape, budget)?;
    let (expected, found_bytes) = (count.checked_mul(plain.num_bytes().unwrap_or(0)), data.len());
    if expected != Some(found_bytes) {
        let reason = format!("{count} entries of type {descr} expected, {found_bytes} bytes found");
        return Err(broken(name, reason));
    }
    let what = format!("array `{name}`");
    budget.fits(&what, memory)?;
    let file = NpyFile::with_header(header, data);
    let values = match (plain.type_char(), plain.size_field()) {
        (TypeChar::Float, 2) => entries::<half::f16>(file).map(floats),
        (TypeChar::Float, 4) => entries::<f32>(file).map(floats),
        (TypeChar::Float, 8) => entries::<f64>(file).map(floats),
        (TypeChar::Int, 1) => entries::<i8>(file).map(integers),
        (TypeChar::Int, 2) => entries::<i16>(file).map(integers),
        (TypeChar::Int, 4) => entries::<i32>(file).map(integers),
        (TypeChar::Int, 8) => entries::<i64>(file).map(integers),
        (TypeChar::Uint, 1) => entries::<u8>(file).map(Values::Bytes),
        (TypeChar::Bool, _) => {
            entries::<bool>(file).map(|bools| Values::Bytes(bools.into_iter().map(u8::from).collect()))
        }
        (TypeChar::Uint, 2) => entries::<u16>(file).map(integers),
        (TypeChar::Uint, 4) => entries::<u32>(file).map(integers),
        (TypeChar::Uint, 8) => entries::<u64>(file).map(integers),
        _ => return Ok(found(Values::Other(NUMBERS))),
    };
    let values = match (order, values.map_err(|error| broken(name, error))?) {
        (Order::Fortran, Values::Floats(values)) => Values::Floats(row_major(&values, &shape)),
        (Order::Fortran, Values::Bytes(values)) => Values::Bytes(row_major(&values, &shape)),
        (Order::Fortran, Values::Integers(values)) => Values::Integers(row_major(&values, &shape)),
        (_, values) => values,
    };
    budget.take(&what, array)?;
    Ok(found(values))
}

fn broken(name: &str, reason: impl ToString) -> ImportProblem {
    ImportProblem::Broken { format: "npy", reason: format!("array `{name}`: {}", reason.to_string()) }
}

fn entries<T: Deserialize>(file: NpyFile<&[u8]>) -> std::io::Result<Vec<T>> {
    file.into_vec()
}

fn floats<T: Into<f64>>(entries: Vec<T>) -> Values {
    Values::Floats(entries.into_iter().map(Into::into).collect())
}

fn integers<T: Into<i128>>(entries: Vec<T>) -> Values {
    Values::Integers(entries.into_iter().map(Into::into).collect())
}

/// Column-major entries (the first index the fastest) in row-major order (the last index the fastest).
fn row_major<T: Copy>(entries: &[T], shape: &[usize]) -> Vec<T> {
    let mut index = vec![0; shape.len()];
    let mut ordered = Vec::with_capacity(entries.len());
    for _ in entries {
        let place = index.iter().zip(shape).rev().fold(0, |place, (&i, &size)| place * size + i);
        ordered.push(entries[place]);
        for (i, &size) in index.iter_mut().zip(shape).rev() {
            *i += 1;
            if *i < size {
                break;
            }
            *i = 0;
        }
    }
    ordered
}

/// The shape that the header gives, or what is wrong with the header.
///
/// The library trusts a header: numbers beyond u64 and deep nesting would make it panic. A header that passes here is
/// short, has one bracket of each kind, and its shape is read by both.
fn checked_shape(bytes: &[u8]) -> Result<Vec<usize>, &'static str> {
    let preamble = if bytes.get(MAGIC.len()) == Some(&1) { 10 } else { 12 };
    let length = bytes.get(8..preamble).ok_or("the header is cut off")?;
    let length = length.iter().rev().fold(0usize, |length, &byte| length << 8 | usize::from(byte));
    if length > MAX_HEADER {
        return Err("the header is longer than 10,000 bytes");
    }
    let header = bytes.get(preamble..preamble + length).ok_or("the header is cut off")?;
    let header = std::str::from_utf8(header).map_err(|_| "the header is no text")?;
    if ["(", ")", "{", "}"].iter().any(|bracket| header.matches(bracket).count() != 1) || header.contains('[') {
        return Err("the header is not that of a plain array");
    }
    if ["'descr'", "'fortran_order'", "'shape'"].iter().any(|key| header.matches(key).count() > 1) {
        return Err("the header gives a key twice");
    }
    let (_, rest) = header.split_once('(').ok_or("the header has no shape")?;
    let (shape, _) = rest.split_once(')').ok_or("the header has no shape")?;
    let sizes = shape.trim().strip_suffix(',').unwrap_or(shape).split(',').map(str::trim);
    if shape.trim().is_empty() {
        return Ok(vec![]);
    }
    sizes.map(|size| size.parse().map_err(|_| "the shape is not one of positive integers")).collect()
}

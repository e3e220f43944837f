//! NumPy's files: npy, one array; npz, a zip archive of them.

use super::{
    Problem,
    array::{Array, Values, count},
};
use npyz::{DType, Deserialize, NpyFile, Order, TypeChar, npz::NpzArchive, zip::CompressionMethod};
use std::io::{Cursor, Read};

/// The largest npy file that is read, as bytes before compression.
pub const MAX_BYTES: usize = 1 << 31;

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

/// All arrays of the archive, stored or deflated.
pub fn read_npz(bytes: &[u8]) -> Result<Vec<Array>, Problem> {
    let broken = |reason: String| Problem::Broken { format: "npz", reason };
    let mut archive = NpzArchive::new(Cursor::new(bytes)).map_err(|error| broken(error.to_string()))?;
    let archive = archive.zip_archive();
    let mut arrays: Vec<Array> = vec![];
    for index in 0..archive.len() {
        // With an empty password an encrypted entry is an error; without one the library panics at some of them.
        let entry = archive.by_index_decrypt(index, b"").map_err(|error| broken(error.to_string()))?;
        let mut entry = entry.map_err(|_| broken("an entry is encrypted".into()))?;
        let path = entry.name().to_owned();
        let name = path.strip_suffix(".npy").ok_or_else(|| Problem::Entry { entry: path.clone() })?;
        if !matches!(entry.compression(), CompressionMethod::Stored | CompressionMethod::Deflated) {
            return Err(broken(format!("entry `{path}` is neither stored nor deflated")));
        }
        let mut contents = vec![];
        let limit = MAX_BYTES as u64 + 1;
        entry
            .by_ref()
            .take(limit)
            .read_to_end(&mut contents)
            .map_err(|error| broken(format!("entry `{path}`: {error}")))?;
        if arrays.iter().any(|array| array.name == name) {
            return Err(Problem::Twice { array: name.into() });
        }
        arrays.push(read_npy(&contents, name)?);
    }
    Ok(arrays)
}

/// The array of an npy file.
pub fn read_npy(bytes: &[u8], name: &str) -> Result<Array, Problem> {
    if bytes.len() > MAX_BYTES {
        return Err(Problem::TooLarge { array: name.into() });
    }
    let shape = checked_shape(bytes).map_err(|reason| broken(name, reason))?;
    let count = count(name, &shape)?;
    let mut data = bytes;
    let file = NpyFile::new(&mut data).map_err(|error| broken(name, error))?;
    let (dtype, order) = (file.dtype(), file.order());
    if !file.shape().iter().map(|&size| usize::try_from(size)).eq(shape.iter().map(|&size| Ok(size))) {
        return Err(broken(name, "the header has no clear shape"));
    }
    let found = dtype.descr().trim_matches('\'').to_owned();
    let mistyped = || Problem::Type { array: name.into(), found: found.clone(), expected: "f2, f4, f8 or integers" };
    let DType::Plain(plain) = &dtype else { return Err(mistyped()) };
    let entry_size = plain.num_bytes().unwrap_or(0);
    let header = file.header().clone();
    let (expected, found_bytes) = (count.checked_mul(entry_size), data.len());
    if expected != Some(found_bytes) {
        let reason = format!("{count} entries of type {found} expected, {found_bytes} bytes found");
        return Err(broken(name, reason));
    }
    let file = NpyFile::with_header(header, data);
    let values = match (plain.type_char(), plain.size_field()) {
        (TypeChar::Float, 2) => entries::<half::f16>(file).map(floats),
        (TypeChar::Float, 4) => entries::<f32>(file).map(floats),
        (TypeChar::Float, 8) => entries::<f64>(file).map(floats),
        (TypeChar::Int, 1) => entries::<i8>(file).map(integers),
        (TypeChar::Int, 2) => entries::<i16>(file).map(integers),
        (TypeChar::Int, 4) => entries::<i32>(file).map(integers),
        (TypeChar::Int, 8) => entries::<i64>(file).map(integers),
        (TypeChar::Uint, 1) => entries::<u8>(file).map(integers),
        (TypeChar::Uint, 2) => entries::<u16>(file).map(integers),
        (TypeChar::Uint, 4) => entries::<u32>(file).map(integers),
        (TypeChar::Uint, 8) => entries::<u64>(file).map(integers),
        _ => return Err(mistyped()),
    };
    let values = values.map_err(|error| broken(name, error))?;
    let values = match (order, values) {
        (Order::C, values) => values,
        (Order::Fortran, Values::Floats(values)) => Values::Floats(row_major(&values, &shape)),
        (Order::Fortran, Values::Bytes(values)) => Values::Bytes(row_major(&values, &shape)),
        (Order::Fortran, Values::Integers(values)) => Values::Integers(row_major(&values, &shape)),
    };
    Ok(Array { name: name.into(), shape, dtype: found, values })
}

fn broken(name: &str, reason: impl ToString) -> Problem {
    Problem::Broken { format: "npy", reason: format!("array `{name}`: {}", reason.to_string()) }
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
    let (_, rest) = header.split_once('(').ok_or("the header has no shape")?;
    let (shape, _) = rest.split_once(')').ok_or("the header has no shape")?;
    let sizes = shape.trim().strip_suffix(',').unwrap_or(shape).split(',').map(str::trim);
    if shape.trim().is_empty() {
        return Ok(vec![]);
    }
    sizes.map(|size| size.parse().map_err(|_| "the shape is not one of positive integers")).collect()
}

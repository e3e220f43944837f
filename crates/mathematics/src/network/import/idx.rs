//! IDX, the format of MNIST: two zero bytes, a type, the number of dimensions, the sizes (big endian), the entries.

use super::{
    array::{Array, Values, count},
    options::Budget,
    problem::ImportProblem,
};
use flate2::read::MultiGzDecoder;
use std::{borrow::Cow, io::Read, path::Path};

/// Unsigned bytes, the only type in use.
const UNSIGNED_BYTE: u8 = 0x08;

const GZIP: &[u8] = &[0x1f, 0x8b];

/// Whether the bytes begin as a file of images does, or are gzipped.
pub fn is_idx(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0, 0, UNSIGNED_BYTE]) || bytes.starts_with(GZIP)
}

/// The array of the file, gzipped or not.
pub fn read(bytes: &[u8], name: &str, budget: &mut Budget) -> Result<Array, ImportProblem> {
    let is_zipped = bytes.starts_with(GZIP);
    let bytes = unzip(bytes, name, budget)?;
    let Some((&[zero, nought, kind, dimensions], rest)) = bytes.split_first_chunk() else {
        return Err(broken("the header is cut off"));
    };
    if (zero, nought) != (0, 0) && is_zipped {
        let instead = "of gzip files only IDX (MNIST) is: decompress it first";
        return Err(ImportProblem::Foreign { format: "a gzip file of something else than IDX", instead });
    }
    if (zero, nought) != (0, 0) {
        return Err(ImportProblem::Format { expected: "IDX, which begins with two zero bytes" });
    }
    if kind != UNSIGNED_BYTE {
        let found = format!("IDX type {kind:#04x}");
        return Err(ImportProblem::Type { array: name.into(), found, expected: "unsigned bytes (0x08)" });
    }
    let (sizes, entries) = rest.split_at_checked(4 * usize::from(dimensions)).ok_or(broken("the header is cut off"))?;
    let shape: Vec<usize> = sizes.as_chunks().0.iter().map(|&size| u32::from_be_bytes(size) as usize).collect();
    let count = count(name, &shape, budget)?;
    if count != entries.len() {
        return Err(broken(&format!("{count} bytes expected, {} found", entries.len())));
    }
    let what = format!("array `{name}`");
    // The unzipped file is gone once its entries are taken.
    budget.fits(&what, 2 * count as u64)?;
    budget.take(&what, count as u64)?;
    let values = Values::Bytes(entries.into());
    Ok(Array { name: name.into(), shape, dtype: "u1".into(), values })
}

fn unzip<'a>(bytes: &'a [u8], name: &str, budget: &Budget) -> Result<Cow<'a, [u8]>, ImportProblem> {
    if !bytes.starts_with(GZIP) {
        return Ok(bytes.into());
    }
    let mut contents = vec![];
    let mut decoder = MultiGzDecoder::new(bytes).take(budget.left().saturating_add(1));
    decoder
        .read_to_end(&mut contents)
        .map_err(|error| ImportProblem::Broken { format: "gzip", reason: error.to_string() })?;
    budget.fits(&format!("array `{name}`"), contents.len() as u64)?;
    Ok(contents.into())
}

fn broken(reason: &str) -> ImportProblem {
    ImportProblem::Broken { format: "IDX", reason: reason.into() }
}

/// The name of the file of labels that belongs to a file of images.
pub fn labels_name(images: &Path) -> Result<String, ImportProblem> {
    let name = images.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if !(name.contains("images") && name.contains("idx3")) {
        return Err(ImportProblem::Format {
            expected: "a name like `train-images-idx3-ubyte`, from which that of the labels follows",
        });
    }
    Ok(name.replace("images", "labels").replace("idx3", "idx1"))
}

//! Networks to files.

use super::super::parameters::Parameters;
use super::safetensors;
use crate::arith::Number;
use rug::Rational;
use std::{io::Write, path::Path};

/// Why a network was not exported. Layers are numbered from 1, rows and columns of the stacked layer from 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// A parameter that is no double.
    #[error(
        "layer {layer}, row {row}, column {column} is not exactly a finite double: the file format holds doubles, \
         a path certificate any rational"
    )]
    NotADouble { layer: usize, row: usize, column: usize },
    /// The bytes cannot be written.
    #[error("{file}: cannot be written: {reason}")]
    Unwritable { file: String, reason: String },
}

/// Writes a network as a safetensors file (F64) that [`super::read_network`] reads back exactly; see [`network_to_bytes`].
///
/// The file appears under its name once it is complete; a file of that name is replaced.
///
/// # Errors
/// All of [`ExportError`].
pub fn write_network<T: Number>(path: &Path, network: &Parameters<T>) -> Result<(), ExportError> {
    let bytes = network_to_bytes(network)?;
    replace_file(path, &bytes)
        .map_err(|error| ExportError::Unwritable { file: path.display().to_string(), reason: error.to_string() })
}

/// The safetensors file of a network: `0.weight` (out, in), `0.bias`, `2.weight`, …, the names that PyTorch gives linear
/// layers with activations between them; F64.
///
/// # Errors
/// [`ExportError::NotADouble`] if a parameter is not exactly a double.
pub fn network_to_bytes<T: Number>(network: &Parameters<T>) -> Result<Vec<u8>, ExportError> {
    let mut arrays = vec![];
    for (index, layer) in network.layers().iter().enumerate() {
        let (inputs, outputs) = (layer.nrows() - 1, layer.ncols());
        let mut doubles = Vec::with_capacity(layer.len());
        for (place, entry) in layer.iter().enumerate() {
            let (row, column) = (place % layer.nrows(), place / layer.nrows());
            doubles.push(exact_double(entry).ok_or(ExportError::NotADouble { layer: index + 1, row, column })?);
        }
        // Columns of U = [W; bᵀ] are the rows of PyTorch's weight, each followed by its bias.
        let neurons = doubles.chunks(inputs + 1);
        let weight = neurons.clone().flat_map(|neuron| &neuron[..inputs]).copied().collect();
        let bias = neurons.map(|neuron| neuron[inputs]).collect();
        arrays.push((format!("{}.weight", 2 * index), vec![outputs, inputs], weight));
        arrays.push((format!("{}.bias", 2 * index), vec![outputs], bias));
    }
    Ok(safetensors::write(&arrays))
}

/// The number as a double, if it is one.
pub fn exact_double<T: Number>(entry: &T) -> Option<f64> {
    let value = entry.to_rational()?;
    let double = value.to_f64();
    (double.is_finite() && Rational::from_f64(double)? == value).then_some(double)
}

/// Writes to a temporary file beside it and renames that.
fn replace_file(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

//! Archives of NumPy arrays, as NumPy writes them.

use npyz::{AutoSerialize, WriteOptions, WriterBuilder};
use std::io::{Cursor, Write};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// A zip archive of these entries.
pub fn archive(compression: CompressionMethod, entries: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(vec![]));
    for (name, bytes) in entries {
        writer.start_file(name, SimpleFileOptions::default().compression_method(compression)).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// An npy file of these entries, row by row.
#[allow(dead_code, reason = "some tests have npy files of their own")]
pub fn npy_of<T: AutoSerialize>(shape: &[u64], entries: impl IntoIterator<Item = T>) -> Vec<u8> {
    let mut bytes = vec![];
    let mut writer = WriteOptions::new().default_dtype().shape(shape).writer(&mut bytes).begin_nd().unwrap();
    writer.extend(entries).unwrap();
    writer.finish().unwrap();
    bytes
}

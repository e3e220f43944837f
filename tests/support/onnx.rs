//! ONNX files, written byte by byte: nothing is shared with the messages that the program reads.

use std::iter::once;

/// An attribute of a node.
#[derive(Debug, Clone)]
#[allow(dead_code, reason = "some tests need fewer")]
pub enum Attribute {
    Float(f32),
    Integer(i64),
    Text(&'static str),
    Integers(Vec<i64>),
}

fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = vec![];
    while number >= 128 {
        bytes.push(number as u8 | 128);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

fn integer(field: u64, number: i64) -> Vec<u8> {
    [varint(field << 3), varint(number as u64)].concat()
}

/// A field of bytes: a text, or a message inside.
pub fn bytes(field: u64, content: &[u8]) -> Vec<u8> {
    [varint(field << 3 | 2), varint(content.len() as u64), content.to_vec()].concat()
}

fn text(field: u64, content: &str) -> Vec<u8> {
    bytes(field, content.as_bytes())
}

/// A `TensorProto` with its entries as raw bytes; its `DataType` by number.
pub fn raw(name: &str, sizes: &[usize], data_type: i64, data: &[u8]) -> Vec<u8> {
    let sizes = sizes.iter().flat_map(|&size| integer(1, size as i64)).collect();
    [sizes, integer(2, data_type), text(8, name), bytes(9, data)].concat()
}

/// An array of floats.
pub fn floats(name: &str, sizes: &[usize], entries: &[f32]) -> Vec<u8> {
    raw(name, sizes, 1, &entries.iter().flat_map(|entry| entry.to_le_bytes()).collect::<Vec<_>>())
}

/// A list of integers.
#[allow(dead_code, reason = "some tests have none")]
pub fn integers(name: &str, entries: &[i64]) -> Vec<u8> {
    raw(name, &[entries.len()], 7, &entries.iter().flat_map(|entry| entry.to_le_bytes()).collect::<Vec<_>>())
}

/// A `NodeProto` without a name: it is called by its output.
pub fn node(op: &str, inputs: &[&str], output: &str, attributes: &[(&str, Attribute)]) -> Vec<u8> {
    let attribute = |(name, value): &(&str, Attribute)| {
        let (value, kind) = match value {
            Attribute::Float(float) => ([varint(2 << 3 | 5), float.to_le_bytes().into()].concat(), 1),
            Attribute::Integer(number) => (integer(3, *number), 2),
            Attribute::Text(content) => (text(4, content), 3),
            Attribute::Integers(list) => (list.iter().flat_map(|&number| integer(8, number)).collect(), 7),
        };
        bytes(5, &[text(1, name), value, integer(20, kind)].concat())
    };
    let inputs = inputs.iter().flat_map(|input| text(1, input));
    inputs.chain(text(2, output)).chain(text(4, op)).chain(attributes.iter().flat_map(attribute)).collect()
}

/// A `ValueInfoProto` of floats with so many samples as one likes.
pub fn value(name: &str, sizes: &[usize]) -> Vec<u8> {
    let sizes = sizes.iter().map(|&size| integer(1, size as i64));
    let shape: Vec<u8> = once(text(2, "N")).chain(sizes).flat_map(|size| bytes(1, &size)).collect();
    let tensor = [integer(1, 1), bytes(2, &shape)].concat();
    [text(1, name), bytes(2, &bytes(1, &tensor))].concat()
}

/// A `ModelProto` from `input`, of this shape without the samples, to an output.
pub fn model(input: &[usize], nodes: &[Vec<u8>], arrays: &[Vec<u8>], output: &str) -> Vec<u8> {
    let nodes = nodes.iter().flat_map(|node| bytes(1, node));
    let arrays = arrays.iter().flat_map(|array| bytes(5, array));
    let ends = [bytes(11, &value("input", input)), bytes(12, &text(1, output))].concat();
    let graph: Vec<u8> = nodes.chain(arrays).chain(ends).collect();
    [integer(1, 8), bytes(7, &graph), bytes(8, &integer(2, 17))].concat()
}

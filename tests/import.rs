//! Networks and data from files: every type, order and refusal, the way there and back, and broken files.

use crate::support::npz;
use flate2::{Compression, write::GzEncoder};
use half::{bf16, f16};
use nalgebra::DMatrix;
use npyz::{DType, Order, WriteOptions, WriterBuilder};
use proptest::prelude::*;
use rug::Rational;
use safetensors::{Dtype, tensor::TensorView};
use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};
use sublevel::network::{
    DataSet, ExportError, ImportOptions, ImportProblem as Problem, Layout, Parameters, Targets, duplicate_rows,
    network_to_bytes, parse_data, parse_network, read_data, read_network, read_samples, write_network,
};
use zip::CompressionMethod;

// Files as other programs write them.

struct Tensor(&'static str, Dtype, Vec<usize>, Vec<u8>);

fn safetensors(tensors: &[Tensor]) -> Vec<u8> {
    let views = tensors.iter().map(|Tensor(name, dtype, shape, bytes)| {
        (*name, TensorView::new(*dtype, shape.clone(), bytes).expect("the bytes fit the shape"))
    });
    safetensors::serialize(views, None).unwrap()
}

fn f32s(name: &'static str, shape: &[usize], entries: &[f32]) -> Tensor {
    Tensor(name, Dtype::F32, shape.into(), entries.iter().flat_map(|entry| entry.to_le_bytes()).collect())
}

fn zeros(name: &'static str, shape: &[usize]) -> Tensor {
    f32s(name, shape, &vec![0.0; shape.iter().product()])
}

/// An npy file; the entries in the order in which they are stored.
fn npy<T: npyz::Serialize>(dtype: &str, order: Order, shape: &[u64], entries: Vec<T>) -> Vec<u8> {
    let mut bytes = vec![];
    let options = WriteOptions::new().dtype(DType::new_scalar(dtype.parse().unwrap())).shape(shape).order(order);
    let mut writer = options.writer(&mut bytes).begin_nd().unwrap();
    writer.extend(entries).unwrap();
    writer.finish().unwrap();
    bytes
}

/// An npz file with these npy files.
fn npz(compression: CompressionMethod, arrays: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let entries: Vec<_> = arrays.iter().map(|(name, bytes)| (format!("{name}.npy"), bytes.clone())).collect();
    npz::archive(compression, &entries)
}

fn stored(arrays: &[(&str, Vec<u8>)]) -> Vec<u8> {
    npz(CompressionMethod::Stored, arrays)
}

/// Two samples of two features.
fn inputs() -> (&'static str, Vec<u8>) {
    ("inputs", npy("<f4", Order::C, &[2, 2], vec![1f32, 2.0, 3.0, 4.0]))
}

fn idx(shape: &[u32], entries: &[u8]) -> Vec<u8> {
    let sizes = shape.iter().flat_map(|size| size.to_be_bytes());
    [0, 0, 8, shape.len() as u8].into_iter().chain(sizes).chain(entries.iter().copied()).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(vec![], Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn matrix(rows: usize, columns: usize, entries: &[f64]) -> DMatrix<Rational> {
    DMatrix::from_row_slice(rows, columns, entries).map(|entry| Rational::from_f64(entry).unwrap())
}

fn network(bytes: &[u8]) -> Result<Parameters<Rational>, Problem> {
    parse_network(bytes, "here").map_err(|error| {
        assert_eq!(error.file, "here");
        error.problem
    })
}

fn data(bytes: &[u8]) -> Result<DataSet, Problem> {
    parse_data(bytes, "here").map_err(|error| error.problem)
}

/// Another number of samples than `inputs` has.
fn samples(array: &str, found: usize, expected: usize, transposed: bool) -> Problem {
    Problem::Samples { array: array.into(), inputs: "inputs".into(), found, expected, transposed }
}

fn digits(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/digits").join(name)
}

// What is carried.

#[test]
fn the_digits_and_their_networks() {
    for (name, widths) in [
        ("wide-64", vec![64, 128, 10]),
        ("narrow-64", vec![64, 65, 10]),
        ("relu-deep-32", vec![64, 64, 64, 10]),
        ("independent-32", vec![64, 32, 16, 10]),
        ("pyramid-32", vec![64, 64, 16, 10]),
    ] {
        for end in ["a", "b"] {
            let network = read_network(&digits(&format!("{name}-{end}.safetensors"))).unwrap();
            assert_eq!(network.widths(), widths, "{name}-{end}");
        }
    }
    for samples in [32, 64, 128] {
        let data = read_data(&digits(&format!("digits-{samples}.npz"))).unwrap();
        assert_eq!(data.inputs.shape(), (samples, 64));
        assert_eq!(duplicate_rows(&data.inputs), None);
        let sixteenths = data.inputs.exact().iter().all(|entry| (0..=16).any(|k| *entry == Rational::from((k, 16))));
        assert!(sixteenths, "pixels are 0/16 to 16/16");
        let Targets::Labels(labels) = data.targets else { panic!("labels expected") };
        assert_eq!(labels.len(), samples);
        assert!(labels.iter().all(|&label| label < 10));
    }
}

// Networks.

#[test]
fn weights_are_transposed_and_biases_stacked() {
    let bytes = safetensors(&[
        f32s("0.weight", &[3, 2], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
        f32s("0.bias", &[3], &[7.0, 8.0, 9.0]),
        f32s("2.weight", &[1, 3], &[0.5, -0.25, 0.1]),
    ]);
    let network = network(&bytes).unwrap();
    assert_eq!(**network.layer(1), matrix(3, 3, &[1.0, 3.0, 5.0, 2.0, 4.0, 6.0, 7.0, 8.0, 9.0]));
    // 0.1f32 is not 1/10, and the missing bias is zero.
    assert_eq!(**network.layer(2), matrix(4, 1, &[0.5, -0.25, f64::from(0.1f32), 0.0]));
    assert_ne!(network.layer(2)[(2, 0)], Rational::from((1, 10)));
}

#[test]
fn every_float_type_is_exact() {
    let tiny = f64::from_bits(1);
    let doubles = [tiny, -0.0, f64::MAX, 0.1];
    let singles = [f32::from_bits(1), -0.0, f32::MAX, 0.1];
    let halves = [f16::from_bits(1), f16::NEG_ZERO, f16::MAX, f16::from_f32(0.1)];
    let brains = [bf16::from_bits(1), bf16::NEG_ZERO, bf16::MAX, bf16::from_f32(0.1)];
    let power = |exponent: u32| Rational::from((1, rug::Integer::from(1) << exponent));
    for (dtype, bytes, values, smallest) in [
        (Dtype::F64, doubles.map(f64::to_le_bytes).concat(), doubles, power(1074)),
        (Dtype::F32, singles.map(f32::to_le_bytes).concat(), singles.map(f64::from), power(149)),
        (Dtype::F16, halves.map(f16::to_le_bytes).concat(), halves.map(f64::from), power(24)),
        (Dtype::BF16, brains.map(bf16::to_le_bytes).concat(), brains.map(f64::from), power(133)),
    ] {
        let network = network(&safetensors(&[Tensor("weight", dtype, vec![1, 4], bytes)])).unwrap();
        let expected = matrix(4, 1, &values);
        assert_eq!(network.weight(1), expected, "{dtype}");
        assert_eq!(network.weight(1)[0], smallest, "{dtype}");
        assert_eq!(network.weight(1)[1], 0, "{dtype}");
    }
}

#[test]
fn layers_are_in_natural_order() {
    let chained = |names: [&'static str; 3]| {
        let [a, b, c] = names;
        network(&safetensors(&[zeros(c, &[1, 4]), zeros(a, &[3, 2]), zeros(b, &[4, 3])]))
            .map(|network| network.widths())
    };
    for names in [
        ["0.weight", "2.weight", "10.weight"],
        ["net.0.weight", "net.2.weight", "net.10.weight"],
        ["fc1.weight", "fc2.weight", "head.weight"],
        ["a.9.weight", "a.10.weight", "b.1.weight"],
        ["l9.weight", "l09.x.weight", "l18446744073709551617.weight"],
    ] {
        assert_eq!(chained(names), Ok(vec![2, 3, 4, 1]), "{names:?}");
    }
    assert_eq!(
        chained(["2.weight", "0.weight", "4.weight"]),
        Err(Problem::Chain { array: "2.weight".into(), found: 2, before: "0.weight".into(), expected: 4 })
    );
}

#[test]
fn a_network_as_npz() {
    let arrays = [
        ("0.weight", npy("<f8", Order::Fortran, &[3, 2], vec![1f64, 3.0, 5.0, 2.0, 4.0, 6.0])),
        ("0.bias", npy(">f2", Order::C, &[3], [7.0, 8.0, 9.0].map(f16::from_f32).to_vec())),
    ];
    for compression in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        let network = network(&npz(compression, &arrays)).unwrap();
        assert_eq!(**network.layer(1), matrix(3, 3, &[1.0, 3.0, 5.0, 2.0, 4.0, 6.0, 7.0, 8.0, 9.0]));
    }
}

#[test]
fn what_is_no_linear_layer_is_refused_by_name() {
    let layer = || zeros("0.weight", &[2, 2]);
    for name in ["rnn.weight_ih_l0", "in_proj_weight", "0.weight.x", "temperature", "1.weight_mask"] {
        let found = network(&safetensors(&[layer(), zeros(name, &[2])]));
        assert!(matches!(&found, Err(Problem::Unexpected { array, .. }) if array == name), "{found:?}");
    }
    for (name, label, kind) in [
        ("1.weight", "1", "a LayerNorm, another normalisation without running statistics, or a PReLU"),
        ("norm/scale", "norm", "a LayerNorm, another normalisation without running statistics, or a PReLU"),
        ("1.weight_g", "1", "a layer with weight_norm"),
        ("1.parametrizations.weight.original1", "1", "a layer with weight_norm"),
    ] {
        let found = network(&safetensors(&[layer(), zeros(name, &[2])]));
        let is = |layer: &str, found: &str| layer == label && found == kind;
        assert!(matches!(&found, Err(Problem::NotLinear { layer, kind, .. }) if is(layer, kind)), "{found:?}");
    }
    let found = network(&safetensors(&[layer(), zeros("1.running_mean", &[2])]));
    assert!(matches!(&found, Err(Problem::Fold { layer, .. }) if layer == "1"), "{found:?}");
    assert!(network(&safetensors(&[layer(), zeros("1.num_batches_tracked", &[2])])).is_ok(), "a counter is left out");
    for (name, shape) in [("conv.weight", vec![2, 1, 3, 3]), ("2.weight", vec![])] {
        let found = network(&safetensors(&[layer(), zeros(name, &shape)]));
        let expected = "(out, in): only linear layers are read";
        assert_eq!(found, Err(Problem::Shape { array: name.into(), shape, expected }));
    }
    let found = network(&safetensors(&[zeros("embedding.weight", &[2, 2])]));
    assert!(matches!(&found, Err(Problem::Unexpected { array, .. }) if array == "embedding.weight"), "{found:?}");
    let embedded = network(&safetensors(&[zeros("embedding.weight", &[2, 2]), zeros("embedding.bias", &[2])]));
    assert!(embedded.is_ok(), "with a bias it is a linear layer: {embedded:?}");
    let found = network(&safetensors(&[layer(), zeros("1.bias", &[2])]));
    assert_eq!(found, Err(Problem::BiasAlone { array: "1.bias".into() }));
    assert_eq!(network(&safetensors(&[])), Err(Problem::NoLayers));
    assert_eq!(network(&stored(&[])), Err(Problem::NoLayers));
}

#[test]
fn shapes_that_do_not_fit_are_refused() {
    let found = network(&safetensors(&[zeros("0.weight", &[3, 2]), zeros("0.bias", &[2])]));
    // Two entries would fit a matrix that is stored (in, out): then it has two neurons.
    assert_eq!(found.map(|network| network.widths()), Ok(vec![3, 2]));
    let found = network(&safetensors(&[zeros("0.weight", &[3, 2]), zeros("0.bias", &[4])]));
    let (array, weight, layout) = ("0.bias".into(), "0.weight".into(), Layout::OutIn);
    assert_eq!(found, Err(Problem::Bias { array, weight, layout, found: 4, expected: 3, transposed: false }));
    let found = network(&safetensors(&[zeros("0.weight", &[3, 2]), zeros("0.bias", &[1, 3])]));
    assert_eq!(found, Err(Problem::Shape { array: "0.bias".into(), shape: vec![1, 3], expected: "(out)" }));
    for shape in [vec![0, 2], vec![2, 0]] {
        let found = network(&safetensors(&[zeros("0.weight", &shape)]));
        assert_eq!(found, Err(Problem::Empty { array: "0.weight".into(), shape }));
    }
}

#[test]
fn parameters_that_are_no_numbers_are_refused_with_their_place() {
    for (value, text) in [(f32::NAN, "NaN"), (f32::INFINITY, "inf"), (f32::NEG_INFINITY, "-inf")] {
        let weight = f32s("0.weight", &[2, 3], &[0.0, 0.0, 0.0, 0.0, 0.0, value]);
        let not_finite = |array: &str, position: &[usize]| {
            Err(Problem::NotFinite { array: array.into(), position: position.into(), value: text.into() })
        };
        assert_eq!(network(&safetensors(&[weight])), not_finite("0.weight", &[1, 2]));
        let bias = f32s("0.bias", &[2], &[0.0, value]);
        assert_eq!(network(&safetensors(&[zeros("0.weight", &[2, 3]), bias])), not_finite("0.bias", &[1]));
    }
}

#[test]
fn integer_parameters_are_refused() {
    for (dtype, size) in [(Dtype::I8, 1), (Dtype::U8, 1), (Dtype::BOOL, 1), (Dtype::F8_E4M3, 1), (Dtype::I64, 8)] {
        let found = network(&safetensors(&[Tensor("0.weight", dtype, vec![2, 2], vec![0; 4 * size])]));
        let expected = match dtype {
            Dtype::F8_E4M3 => "F64, F32, F16 or BF16",
            _ => "floats: a quantised network has to be converted first",
        };
        assert_eq!(found, Err(Problem::Type { array: "0.weight".into(), found: dtype.to_string(), expected }));
    }
    let found = network(&stored(&[("0.weight", npy("<i4", Order::C, &[1, 1], vec![1i32]))]));
    assert!(
        matches!(&found, Err(Problem::Type { array, found, .. }) if array == "0.weight" && found == "<i4"),
        "{found:?}"
    );
}

#[test]
fn broken_safetensors_are_refused() {
    let whole = safetensors(&[zeros("0.weight", &[2, 2])]);
    let broken = |bytes: &[u8]| matches!(network(bytes), Err(Problem::Broken { format: "safetensors", .. }));
    for length in 1..whole.len() {
        assert!(broken(&whole[..length]), "cut off at {length}");
    }
    assert!(broken(&[&whole[..], &[0]].concat()), "trailing byte");
    for length in [1u64 << 20, 1 << 40, u64::MAX] {
        assert!(broken(&[&length.to_le_bytes(), &whole[8..]].concat()), "header of {length} bytes");
    }
    let format = Problem::Format { expected: "safetensors, npz, npy, IDX or a PyTorch file" };
    assert_eq!(network(b"a text, not a network"), Err(format));
}

#[test]
fn a_repeated_name_is_refused() {
    let entry = |shape| format!(r#""weight":{{"dtype":"F32","shape":{shape},"data_offsets":[0,24]}}"#);
    let header = format!("{{{},{}}}", entry("[2,3]"), entry("[3,2]"));
    let bytes = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &[0; 24]].concat();
    assert_eq!(network(&bytes), Err(Problem::Twice { array: "weight".into() }));
    let array = || npy("<f4", Order::C, &[1, 1], vec![0f32]);
    let twice = replace(&stored(&[("aaaa", array()), ("bbbb", array())]), b"bbbb", b"aaaa");
    let found = data(&twice).unwrap_err();
    assert!(matches!(&found, Problem::Broken { reason, .. } if reason.contains("duplicate file names")), "{found:?}");
}

fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut replaced = bytes.to_vec();
    for start in 0..=bytes.len() - from.len() {
        if bytes[start..].starts_with(from) {
            replaced[start..start + to.len()].copy_from_slice(to);
        }
    }
    replaced
}

#[test]
fn a_pytorch_checkpoint_without_a_pickle_is_broken() {
    let entry = |name: &str| npz::archive(CompressionMethod::Stored, &[(name.into(), vec![])]);
    let found = network(&entry("archive/data.pkl"));
    assert!(matches!(&found, Err(Problem::Broken { format: "PyTorch", .. })), "{found:?}");
    assert_eq!(network(&entry("readme.txt")), Err(Problem::Entry { entry: "readme.txt".into() }));
}

// Data.

#[test]
fn every_type_and_byte_order_of_inputs() {
    fn check<T: npyz::Serialize + Clone>(dtypes: &[&str], entries: &[T], expected: &[i128]) {
        for dtype in dtypes {
            let bytes = npy(dtype, Order::C, &[2, 2], entries.to_vec());
            let expected = DMatrix::from_row_slice(2, 2, expected).map(Rational::from);
            assert_eq!(data(&bytes), Ok(DataSet { inputs: expected.into(), targets: Targets::None }), "{dtype}");
        }
    }
    let small = [0, 1, 2, 255];
    check(&["<f2", ">f2"], &[0.0, 1.0, 2.0, 255.0].map(f16::from_f32), &small);
    check(&["<f4", ">f4"], &[0f32, 1.0, 2.0, 255.0], &small);
    check(&["<f8", ">f8"], &[0f64, 1.0, 2.0, 255.0], &small);
    check(&["|u1"], &[0u8, 1, 2, 255], &small);
    check(&["|i1"], &[0i8, 1, i8::MIN, i8::MAX], &[0, 1, -128, 127]);
    check(&["<i2", ">i2"], &[0i16, 1, i16::MIN, i16::MAX], &[0, 1, i16::MIN.into(), i16::MAX.into()]);
    check(&["<u2", ">u2"], &[0u16, 1, 2, u16::MAX], &[0, 1, 2, u16::MAX.into()]);
    check(&["<i4", ">i4"], &[0i32, 1, i32::MIN, i32::MAX], &[0, 1, i32::MIN.into(), i32::MAX.into()]);
    check(&["<u4", ">u4"], &[0u32, 1, 2, u32::MAX], &[0, 1, 2, u32::MAX.into()]);
    check(&["<i8", ">i8"], &[0i64, 1, i64::MIN, i64::MAX], &[0, 1, i64::MIN.into(), i64::MAX.into()]);
    check(&["<u8", ">u8"], &[0u64, 1, 2, u64::MAX], &[0, 1, 2, u64::MAX.into()]);
}

#[test]
fn column_major_inputs_are_the_same_samples() {
    let rows = DMatrix::from_row_slice(2, 3, &[1, 2, 3, 4, 5, 6]).map(Rational::from);
    let bytes = npy("<i4", Order::Fortran, &[2, 3], vec![1i32, 4, 2, 5, 3, 6]);
    assert_eq!(data(&bytes).unwrap().inputs.exact(), rows);
    let bytes = npy("<f4", Order::Fortran, &[2, 3], vec![1f32, 4.0, 2.0, 5.0, 3.0, 6.0]);
    assert_eq!(data(&bytes).unwrap().inputs.exact(), rows);
}

#[test]
fn images_are_flattened_by_rows_in_either_order() {
    // Entry (n, i, j) is 100 n + 10 i + j.
    let by_rows: Vec<u8> =
        (0..2).flat_map(|n| (0..2).flat_map(move |i| (0..3).map(move |j| 100 * n + 10 * i + j))).collect();
    let by_columns: Vec<u8> =
        (0..3).flat_map(|j| (0..2).flat_map(move |i| (0..2).map(move |n| 100 * n + 10 * i + j))).collect();
    let expected =
        DMatrix::from_row_slice(2, 6, &[0, 1, 2, 10, 11, 12, 100, 101, 102, 110, 111, 112]).map(Rational::from);
    assert_eq!(data(&npy("|u1", Order::C, &[2, 2, 3], by_rows.clone())).unwrap().inputs.exact(), expected);
    assert_eq!(data(&npy("|u1", Order::Fortran, &[2, 2, 3], by_columns)).unwrap().inputs.exact(), expected);
    assert_eq!(data(&idx(&[2, 2, 3], &by_rows)).unwrap().inputs.exact(), expected);
}

#[test]
fn labels_and_targets() {
    let labels = Ok(Targets::Labels(vec![3, 0]));
    for array in [
        npy("<i8", Order::C, &[2], vec![3i64, 0]),
        npy("|u1", Order::C, &[2], vec![3u8, 0]),
        npy(">i2", Order::C, &[2, 1], vec![3i16, 0]),
    ] {
        for compression in [CompressionMethod::Stored, CompressionMethod::Deflated] {
            let bytes = npz(compression, &[("labels", array.clone()), inputs()]);
            assert_eq!(data(&bytes).map(|data| data.targets), labels);
        }
    }
    let targets = npy("<f8", Order::Fortran, &[2, 3], vec![1f64, 4.0, 2.0, 5.0, 3.0, 6.5]);
    let found = data(&stored(&[inputs(), ("targets", targets)])).unwrap();
    assert_eq!(found.targets, Targets::Values(matrix(2, 3, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.5])));
    assert_eq!(found.inputs, matrix(2, 2, &[1.0, 2.0, 3.0, 4.0]).into());
    assert_eq!(data(&stored(&[inputs()])).map(|data| data.targets), Ok(Targets::None));
}

#[test]
fn labels_that_are_no_classes_are_refused() {
    let with = |array: Vec<u8>| data(&stored(&[inputs(), ("labels", array)]));
    let labels = || "labels".to_string();
    assert_eq!(
        with(npy("<i4", Order::C, &[2], vec![0i32, -1])),
        Err(Problem::NegativeLabel { array: labels(), sample: 1, value: -1 })
    );
    assert_eq!(
        with(npy("<f4", Order::C, &[2], vec![0f32, 1.5])),
        Err(Problem::NoClass { array: labels(), sample: 1, value: "1.5".into() })
    );
    assert_eq!(with(npy("<i4", Order::C, &[3], vec![0i32, 1, 2])), Err(samples("labels", 3, 2, false)));
    let zeros = |shape: &[u64]| npy("|u1", Order::C, shape, vec![0u8; shape.iter().product::<u64>() as usize]);
    for (shape, expected) in [
        (vec![2, 2], "(N), (N, 1), one-hot rows or probabilities (N, classes); name real targets `targets`"),
        (vec![2, 1, 2], "(N), (N, 1) or one-hot rows (N, classes)"),
        (vec![], "(N) or (N, …)"),
    ] {
        let found = with(zeros(&shape));
        let shape = shape.iter().map(|&size| size as usize).collect();
        assert_eq!(found, Err(Problem::Shape { array: labels(), shape, expected }));
    }
    assert_eq!(with(zeros(&[3, 2])), Err(samples("labels", 3, 2, true)));
}

#[test]
fn data_that_do_not_fit_are_refused() {
    let numbers = |shape: &[u64]| npy("<f4", Order::C, shape, vec![0f32; shape.iter().product::<u64>() as usize]);
    let one = || npy("|u1", Order::C, &[2], vec![0u8; 2]);
    assert_eq!(
        data(&stored(&[("labels", one())])),
        Err(Problem::Missing { array: "inputs".into(), there: "`labels`".into() })
    );
    assert_eq!(
        data(&stored(&[inputs(), ("labels", one()), ("targets", numbers(&[2, 1]))])),
        Err(Problem::LabelsAndTargets)
    );
    for name in ["x", "Labels", "arr_0", ""] {
        let read = ImportOptions::default().parse_data(&stored(&[inputs(), (name, one())]), "here").unwrap();
        assert_eq!(read.data.targets, Targets::None, "{name}");
        assert_eq!(read.report.ignored.iter().map(|ignored| &*ignored.array).collect::<Vec<_>>(), [name]);
    }
    let found = data(&stored(&[inputs(), ("targets", numbers(&[2, 1, 1]))]));
    let shape = vec![2, 1, 1];
    assert_eq!(found, Err(Problem::Shape { array: "targets".into(), shape, expected: "(N, outputs)" }));
    assert_eq!(data(&stored(&[inputs(), ("targets", numbers(&[3, 1]))])), Err(samples("targets", 3, 2, false)));
    let expected = "(N, d) or (N, …), samples first; one input a sample is (N, 1)";
    for shape in [&[][..], &[4]] {
        let found = data(&numbers(shape));
        let shape = shape.iter().map(|&size| size as usize).collect();
        assert_eq!(found, Err(Problem::Shape { array: "inputs".into(), shape, expected }));
    }
    for shape in [&[0, 2][..], &[2, 0], &[0]] {
        let found = data(&numbers(shape));
        let shape = shape.iter().map(|&size| size as usize).collect();
        assert_eq!(found, Err(Problem::Empty { array: "inputs".into(), shape }));
    }
    let found = data(&npy("<f8", Order::Fortran, &[2, 2], vec![0.0, 0.0, f64::NAN, 0.0]));
    let position = vec![0, 1];
    assert_eq!(found, Err(Problem::NotFinite { array: "inputs".into(), position, value: "NaN".into() }));
}

#[test]
fn types_that_are_no_numbers_are_refused() {
    let refused = |bytes: Vec<u8>, dtype: &str| {
        let expected = "f2, f4, f8 or integers";
        assert_eq!(data(&bytes), Err(Problem::Type { array: "inputs".into(), found: dtype.into(), expected }));
    };
    assert_eq!(
        data(&npy("|b1", Order::C, &[1, 2], vec![true, false])).unwrap().inputs,
        matrix(1, 2, &[1.0, 0.0]).into()
    );
    let header = |descr: &str, bytes: usize| {
        let text = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': (1, 1), }}\n");
        [b"\x93NUMPY\x01\x00", &(text.len() as u16).to_le_bytes()[..], text.as_bytes(), &vec![0; bytes]].concat()
    };
    refused(header("'<f16'", 16), "<f16");
    refused(header("'<c8'", 8), "<c8");
    refused(header("'<U2'", 8), "<U2");
    refused(header("'|V3'", 3), "|V3");
}

/// An npy file with this header text.
fn with_header(version: u8, length: usize, text: &str) -> Vec<u8> {
    let length =
        if version == 1 { (length as u16).to_le_bytes().to_vec() } else { (length as u32).to_le_bytes().to_vec() };
    [b"\x93NUMPY", &[version, 0][..], &length, text.as_bytes(), &[0; 4]].concat()
}

#[test]
fn broken_npy_files_are_refused() {
    let broken = |bytes: &[u8]| {
        let found = data(bytes);
        assert!(matches!(&found, Err(Problem::Broken { format: "npy", .. })), "{found:?}");
    };
    let text = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1), }\n";
    for version in [1, 2, 3] {
        assert!(data(&with_header(version, text.len(), text)).is_ok(), "version {version}");
    }
    broken(&with_header(4, text.len(), text));
    broken(&with_header(1, text.len() + 5, text));
    broken(&with_header(2, u32::MAX as usize, text));
    for (from, to) in [
        ("(1, 1)", "(1, 2)"),
        ("(1, 1)", "1"),
        ("(1, 1)", "(1, -1)"),
        ("(1, 1)", "(1, 1.0)"),
        ("(1, 1)", "((1, 1))"),
        ("(1, 1)", "[1, 1]"),
        ("(1, 1)", "(0x1, 1)"),
        ("(1, 1)", "(4294967296, 4294967296, 4294967296)"),
        ("'shape'", "'shop'"),
        ("False", "0"),
        ("'<f4'", "'f'"),
        ("'<f4'", "'<f99999999999999999999999'"),
        ("}", "} {}"),
    ] {
        let found = data(&with_header(1, text.len() + to.len() - from.len(), &text.replace(from, to)));
        let expected = match to {
            "(4294967296, 4294967296, 4294967296)" => matches!(found, Err(Problem::TooLarge { .. })),
            _ => matches!(found, Err(Problem::Broken { format: "npy", .. })),
        };
        assert!(expected, "{to}: {found:?}");
    }
    let nested = format!("{{'descr': {}", "(".repeat(9_000));
    broken(&with_header(1, nested.len(), &nested));
    let (_, whole) = inputs();
    for length in 6..whole.len() {
        broken(&whole[..length]);
    }
    broken(&[&whole[..], &[0]].concat());
}

/// An archive whose entry has the extra field of AES encryption without the flag: no program writes that.
fn with_aes_field() -> Vec<u8> {
    let mut options = zip::write::FullFileOptions::default().compression_method(CompressionMethod::Stored);
    // Identifier 0xbeef, seven bytes: version 1, "AE", mode 1, method 0.
    options.add_extra_field(0xbeef, [1, 0, b'A', b'E', 1, 0, 0], false).unwrap();
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(vec![]));
    writer.start_file("inputs.npy", options).unwrap();
    writer.write_all(&inputs().1).unwrap();
    replace(&writer.finish().unwrap().into_inner(), &[0xef, 0xbe, 7, 0], &[0x01, 0x99, 7, 0])
}

/// A stored archive that says of its only entry that it is compressed by this method.
fn said_to_be(method: u8) -> Vec<u8> {
    let mut bytes = stored(&[inputs()]);
    for (start, offset) in [(b"PK\x03\x04", 8), (b"PK\x01\x02", 10)] {
        let header = bytes.windows(4).position(|bytes| bytes == start).unwrap();
        bytes[header + offset] = method;
    }
    bytes
}

#[test]
fn broken_archives_are_refused() {
    for compression in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        let whole = npz(compression, &[inputs()]);
        for length in 4..whole.len() {
            let found = data(&whole[..length]);
            assert!(matches!(&found, Err(Problem::Broken { format: "npz", .. })), "{length}: {found:?}");
        }
    }
    let format = Problem::Format { expected: "safetensors, npz, npy, IDX or a PyTorch file" };
    assert_eq!(data(b"a,b,c,d\n1,2,3,4\n"), Err(format));
    assert!(matches!(data(b"P"), Err(Problem::Broken { format: "safetensors", .. })));
    assert_eq!(data(b""), Err(Problem::Unreadable { reason: "it is empty".into() }));
    // In the central header: the encryption bit of the flags; AES as the method.
    for (offset, value) in [(8, 1), (10, 99), (10, 1)] {
        let mut bytes = stored(&[inputs()]);
        let header = bytes.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
        bytes[header + offset] = value;
        let found = data(&bytes);
        assert!(matches!(&found, Err(Problem::Broken { format: "npz", .. })), "{offset}: {found:?}");
    }
    // The flag decides: the entry is as it is stored.
    assert_eq!(data(&with_aes_field()), data(&stored(&[inputs()])));
    let found = data(&said_to_be(12));
    let reason = "entry `inputs.npy` is neither stored nor deflated".into();
    assert_eq!(found, Err(Problem::Broken { format: "npz", reason }));
    // A changed entry does not pass its check sum.
    let mut changed = stored(&[inputs()]);
    // Two numbers at once: the time of day in a header may look like one.
    let numbers = [1f32.to_le_bytes(), 2f32.to_le_bytes()].concat();
    let place = changed.windows(8).position(|bytes| bytes == numbers).unwrap();
    changed[place] ^= 1;
    let found = data(&changed);
    assert!(matches!(&found, Err(Problem::Broken { format: "npz", .. })), "{found:?}");
}

#[test]
fn images_with_the_labels_beside_them() {
    let folder = tempfile::tempdir().unwrap();
    let (images, labels) = (idx(&[2, 1, 2], &[0, 255, 7, 8]), idx(&[2], &[9, 4]));
    let expected = DataSet {
        inputs: DMatrix::from_row_slice(2, 2, &[0, 255, 7, 8]).map(Rational::from).into(),
        targets: Targets::Labels(vec![9, 4]),
    };
    let path = folder.path().join("train-images-idx3-ubyte");
    fs::write(&path, &images).unwrap();
    assert!(matches!(read_data(&path).map_err(|error| error.problem), Err(Problem::Unreadable { .. })));
    fs::write(folder.path().join("train-labels-idx1-ubyte"), &labels).unwrap();
    assert_eq!(read_data(&path), Ok(expected.clone()));
    let path = folder.path().join("t10k-images.idx3-ubyte.gz");
    fs::write(&path, gzip(&images)).unwrap();
    fs::write(folder.path().join("t10k-labels.idx1-ubyte.gz"), gzip(&labels)).unwrap();
    assert_eq!(read_data(&path), Ok(expected));
    let first = read_samples(&path, 1).unwrap();
    assert_eq!((first.samples(), first.targets), (1, Targets::Labels(vec![9])));
    let other = folder.path().join("other");
    fs::write(&other, &images).unwrap();
    assert!(matches!(read_data(&other).map_err(|error| error.problem), Err(Problem::Format { .. })));
    let short = folder.path().join("short-images-idx3-ubyte");
    fs::write(&short, &images).unwrap();
    fs::write(folder.path().join("short-labels-idx1-ubyte"), idx(&[3], &[1, 2, 3])).unwrap();
    let error = read_data(&short).unwrap_err();
    assert_eq!(error.problem, samples("labels", 3, 2, false));
    assert!(error.file.ends_with("short-labels-idx1-ubyte"));
}

#[test]
fn broken_images_are_refused() {
    let whole = idx(&[2, 1, 2], &[0, 255, 7, 8]);
    for length in 3..whole.len() {
        let found = data(&whole[..length]);
        assert!(matches!(&found, Err(Problem::Broken { format: "IDX", .. })), "{length}: {found:?}");
    }
    let zipped = gzip(&whole);
    for length in 2..zipped.len() {
        let found = data(&zipped[..length]);
        assert!(matches!(&found, Err(Problem::Broken { format: "gzip", .. })), "{length}: {found:?}");
    }
    let floats = gzip(&[0, 0, 0x0d, 1, 0, 0, 0, 1, 0, 0, 0, 0]);
    assert!(matches!(data(&floats), Err(Problem::Type { .. })));
    assert!(matches!(data(&gzip(b"text")), Err(Problem::Foreign { .. })));
    let sizes = idx(&[u32::MAX; 200], &[]);
    assert!(matches!(data(&sizes), Err(Problem::TooLarge { .. })));
    assert_eq!(data(&idx(&[0, 2], &[])), Err(Problem::Empty { array: "inputs".into(), shape: vec![0, 2] }));
}

#[test]
fn the_first_samples_are_those_of_the_whole() {
    let path = digits("digits-128.npz");
    let whole = read_data(&path).unwrap();
    assert_eq!(read_samples(&path, 128), Ok(whole.clone()));
    assert_eq!(read_samples(&path, 1_000), Ok(whole.clone()));
    let first = read_samples(&path, 5).unwrap();
    assert_eq!(first.inputs.exact(), whole.inputs.exact_rows(0..5));
    let Targets::Labels(labels) = whole.targets else { panic!("labels expected") };
    assert_eq!(first.targets, Targets::Labels(labels[..5].to_vec()));
    let error = read_samples(&path, 0).unwrap_err();
    assert_eq!(error.problem, Problem::Empty { array: "inputs".into(), shape: vec![0, 64] });
    // What does not fit as a whole is refused also if its first samples would do.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.npz");
    fs::write(&path, stored(&[inputs(), ("labels", npy("|u1", Order::C, &[3], vec![0u8, 1, 2]))])).unwrap();
    let error = read_samples(&path, 1).unwrap_err();
    assert_eq!(error.problem, samples("labels", 3, 2, false));
}

#[test]
fn a_missing_file_is_named() {
    let path = Path::new("no/such/file.npz");
    for error in [read_data(path).unwrap_err(), read_network(path).unwrap_err()] {
        assert_eq!(error.file, "no/such/file.npz");
        assert!(matches!(error.problem, Problem::Unreadable { .. }));
    }
}

// Export.

#[test]
fn a_network_is_written_as_a_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("network.safetensors");
    let network = read_network(&digits("independent-32-a.safetensors")).unwrap();
    for _ in 0..2 {
        write_network(&path, &network).unwrap();
        assert_eq!(read_network(&path), Ok(network.clone()));
    }
    let third =
        Parameters::new(vec![DMatrix::from_row_slice(2, 1, &[Rational::new(), Rational::from((1, 3))])]).unwrap();
    assert_eq!(write_network(&path, &third), Err(ExportError::NotADouble { layer: 1, row: 1, column: 0 }));
    assert_eq!(read_network(&path), Ok(network.clone()));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
    let nowhere = folder.path().join("no/such/folder/network.safetensors");
    assert!(matches!(write_network(&nowhere, &network), Err(ExportError::Unwritable { .. })));
    for value in [f64::NAN, f64::INFINITY] {
        let network = Parameters::new(vec![DMatrix::from_row_slice(2, 2, &[0.0, value, 0.0, 0.0])]).unwrap();
        assert_eq!(network_to_bytes(&network), Err(ExportError::NotADouble { layer: 1, row: 0, column: 1 }));
    }
    let large =
        Parameters::new(vec![DMatrix::from_element(2, 1, Rational::from(rug::Integer::from(1) << 1024))]).unwrap();
    assert_eq!(network_to_bytes(&large), Err(ExportError::NotADouble { layer: 1, row: 0, column: 0 }));
}

fn networks() -> impl Strategy<Value = Parameters<f64>> {
    use prop::num::f64::{NEGATIVE, NORMAL, POSITIVE, SUBNORMAL, ZERO};
    prop::collection::vec(1..5usize, 2..8).prop_flat_map(|widths| {
        let layer = |pair: &[usize]| {
            let (rows, columns) = (pair[0] + 1, pair[1]);
            let entries = prop::collection::vec(POSITIVE | NEGATIVE | NORMAL | SUBNORMAL | ZERO, rows * columns);
            entries.prop_map(move |entries| DMatrix::from_vec(rows, columns, entries))
        };
        let layers: Vec<_> = widths.windows(2).map(layer).collect();
        layers.prop_map(|layers| Parameters::new(layers).unwrap())
    })
}

proptest! {
    #![proptest_config(cases!("import", 256))]

    #[test]
    fn import_undoes_export(written in networks()) {
        let exact = written.to_exact().unwrap();
        let bytes = network_to_bytes(&written).unwrap();
        prop_assert_eq!(network(&bytes), Ok(exact.clone()));
        prop_assert_eq!(network_to_bytes(&exact).map(|bytes| network(&bytes)), Ok(Ok(exact)));
    }

    #[test]
    fn memory_order_does_not_matter(rows in 1..5usize, columns in 1..5usize, seed: u32) {
        let entry = |i: usize, j: usize| seed.wrapping_mul(2_654_435_761).rotate_left((7 * i + j) as u32);
        let by_rows = (0..rows).flat_map(|i| (0..columns).map(move |j| entry(i, j))).collect();
        let by_columns = (0..columns).flat_map(|j| (0..rows).map(move |i| entry(i, j))).collect();
        let shape = [rows as u64, columns as u64];
        let found = data(&npy("<u4", Order::C, &shape, by_rows));
        prop_assert_eq!(&found, &data(&npy(">u4", Order::Fortran, &shape, by_columns)));
        prop_assert_eq!(found.unwrap().inputs.exact(), DMatrix::from_fn(rows, columns, |i, j| Rational::from(entry(i, j))));
    }
}

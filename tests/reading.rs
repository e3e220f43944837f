//! What files do not say: names, orders, layouts, scaling, several networks; every way of writing a network gives the same one
//! back, and what is ambiguous is asked.

use crate::support::npz;
use nalgebra::DMatrix;
use proptest::prelude::*;
use rug::Rational;
use safetensors::{Dtype, tensor::TensorView};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use sublevel::linalg::{Double, Exact, Kernel, Multiprecision};
use sublevel::network::{
    Activation, Agreement, Assessment, DataSet, Disagreement, FoldBatchNorm, ImportOptions, ImportProblem as Problem,
    Inputs, Layout, Loss, LossKind, Parameters, ReadData, ReadNetwork, Scaling, ScalingError, Targets, duplicate_rows,
    forward, forward_rows, outputs, read_network,
};
use zip::CompressionMethod;

// Files as other programs write them.

/// An array of doubles, row-major.
#[derive(Debug, Clone)]
struct Array {
    name: String,
    shape: Vec<usize>,
    entries: Vec<f64>,
}

fn array(name: impl Into<String>, shape: &[usize], entries: &[f64]) -> Array {
    assert_eq!(shape.iter().product::<usize>(), entries.len());
    Array { name: name.into(), shape: shape.into(), entries: entries.into() }
}

/// Small integers that differ from place to place.
fn filled(name: &str, shape: &[usize]) -> Array {
    let count = shape.iter().product::<usize>();
    array(name, shape, &(0..count).map(|i| ((i * 7 + name.len()) % 11) as f64 - 5.0).collect::<Vec<_>>())
}

fn safetensors_with(arrays: &[Array], metadata: &[(&str, &str)]) -> Vec<u8> {
    let bytes: Vec<Vec<u8>> =
        arrays.iter().map(|array| array.entries.iter().flat_map(|entry| entry.to_le_bytes()).collect()).collect();
    let views = arrays.iter().zip(&bytes).map(|(array, bytes)| {
        (array.name.as_str(), TensorView::new(Dtype::F64, array.shape.clone(), bytes).expect("eight bytes an entry"))
    });
    let metadata: HashMap<String, String> = metadata.iter().map(|&(key, value)| (key.into(), value.into())).collect();
    safetensors::serialize(views, Some(metadata)).unwrap()
}

fn safetensors(arrays: &[Array]) -> Vec<u8> {
    safetensors_with(arrays, &[])
}

fn npz(arrays: &[Array]) -> Vec<u8> {
    let entry = |Array { name, shape, entries }: &Array| {
        let shape: Vec<u64> = shape.iter().map(|&size| size as u64).collect();
        (format!("{name}.npy"), npz::npy_of(&shape, entries.iter().copied()))
    };
    npz::archive(CompressionMethod::Deflated, &arrays.iter().map(entry).collect::<Vec<_>>())
}

fn integers(name: &str, shape: &[u64], entries: &[i64]) -> (String, Vec<u64>, Vec<i64>) {
    (name.into(), shape.into(), entries.into())
}

fn npz_of_integers(arrays: &[(String, Vec<u64>, Vec<i64>)]) -> Vec<u8> {
    let entry = |(name, shape, entries): &(String, Vec<u64>, Vec<i64>)| {
        (format!("{name}.npy"), npz::npy_of(shape, entries.iter().copied()))
    };
    npz::archive(CompressionMethod::Deflated, &arrays.iter().map(entry).collect::<Vec<_>>())
}

fn options() -> ImportOptions {
    ImportOptions::default()
}

fn with_layers(layers: &[&str]) -> ImportOptions {
    ImportOptions { layers: layers.iter().map(|&layer| layer.into()).collect(), ..options() }
}

fn read(arrays: &[Array], options: &ImportOptions) -> Result<ReadNetwork, Problem> {
    options.parse_network(&safetensors(arrays), "here").map_err(|error| error.problem)
}

fn data(bytes: &[u8], options: &ImportOptions) -> Result<ReadData, Problem> {
    options.parse_data(bytes, "here").map_err(|error| error.problem)
}

fn used(read: &ReadNetwork) -> Vec<&str> {
    read.report.layers.iter().map(|layer| layer.weight.as_str()).collect()
}

fn carried(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

fn rational(numerator: i64, denominator: i64) -> Rational {
    Rational::from((numerator, denominator))
}

// --- One network, written in every way ------------------------------------------------------------------------------

/// How a program names and stores the arrays of a layer.
struct Style {
    name: &'static str,
    weight: fn(usize) -> String,
    bias: fn(usize) -> String,
    layout: Layout,
}

const STYLES: [Style; 9] = [
    Style {
        name: "PyTorch",
        weight: |k| format!("{}.weight", 2 * k),
        bias: |k| format!("{}.bias", 2 * k),
        layout: Layout::OutIn,
    },
    Style {
        name: "wrapped",
        weight: |k| format!("_orig_mod.module.fc{k}.weight"),
        bias: |k| format!("_orig_mod.module.fc{k}.bias"),
        layout: Layout::OutIn,
    },
    Style {
        name: "Conv1D",
        weight: |k| format!("h.{k}.mlp.weight"),
        bias: |k| format!("h.{k}.mlp.bias"),
        layout: Layout::InOut,
    },
    Style {
        name: "flax",
        weight: |k| format!("params/Dense_{k}/kernel"),
        bias: |k| format!("params/Dense_{k}/bias"),
        layout: Layout::InOut,
    },
    Style {
        name: "Keras",
        weight: |k| format!("dense_{k}/kernel:0"),
        bias: |k| format!("dense_{k}/bias:0"),
        layout: Layout::InOut,
    },
    Style {
        name: "get_weights",
        weight: |k| format!("arr_{}", 2 * k),
        bias: |k| format!("arr_{}", 2 * k + 1),
        layout: Layout::InOut,
    },
    Style {
        name: "scikit-learn",
        weight: |k| format!("coefs_{k}"),
        bias: |k| format!("intercepts_{k}"),
        layout: Layout::InOut,
    },
    Style {
        name: "a tutorial",
        weight: |k| format!("W{}", k + 1),
        bias: |k| format!("b{}", k + 1),
        layout: Layout::InOut,
    },
    Style {
        name: "a tutorial, transposed",
        weight: |k| format!("net.weight_{k}"),
        bias: |k| format!("net.bias_{k}"),
        layout: Layout::OutIn,
    },
];

/// The arrays of a network in this style, in any order.
fn write(network: &Parameters<f64>, style: &Style) -> Vec<Array> {
    let mut arrays = vec![];
    for (k, layer) in network.layers().iter().enumerate() {
        let (inputs, outputs) = (layer.nrows() - 1, layer.ncols());
        let weight = layer.rows(0, inputs).into_owned();
        // nalgebra is column-major: the columns of W, one after the other, are the rows of its transpose.
        arrays.push(match style.layout {
            Layout::OutIn => array((style.weight)(k), &[outputs, inputs], weight.as_slice()),
            Layout::InOut => array((style.weight)(k), &[inputs, outputs], weight.transpose().as_slice()),
        });
        let bias: Vec<f64> = layer.row(inputs).iter().copied().collect();
        arrays.push(array((style.bias)(k), &[outputs], &bias));
    }
    arrays.reverse();
    arrays
}

fn networks(widths: impl Strategy<Value = Vec<usize>>) -> impl Strategy<Value = Parameters<f64>> {
    widths.prop_flat_map(|widths| {
        let layer = |pair: &[usize]| {
            let (rows, columns) = (pair[0] + 1, pair[1]);
            prop::collection::vec(-4.0..4.0f64, rows * columns)
                .prop_map(move |entries| DMatrix::from_vec(rows, columns, entries))
        };
        widths.windows(2).map(layer).collect::<Vec<_>>().prop_map(|layers| Parameters::new(layers).unwrap())
    })
}

/// Widths of which no two neighbours are equal: each matrix says by its bias how it is stored.
fn uneven() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(1..5usize, 2..13).prop_map(|mut widths| {
        for k in 1..widths.len() {
            if widths[k] == widths[k - 1] {
                widths[k] += 1;
            }
        }
        widths
    })
}

proptest! {
    #![proptest_config(cases!("reading", 128))]

    #[test]
    fn every_style_gives_the_same_network_back(network in networks(uneven())) {
        let exact = network.to_exact().unwrap();
        for style in &STYLES {
            let arrays = write(&network, style);
            for bytes in [safetensors(&arrays), npz(&arrays)] {
                let read = options().parse_network(&bytes, style.name).unwrap();
                prop_assert_eq!(&read.network, &exact, "{}", style.name);
                prop_assert!(read.report.warnings.is_empty() && read.report.ignored.is_empty(), "{}", style.name);
                let stored = read.report.layers.iter().all(|layer| layer.stored == style.layout.to_string());
                prop_assert!(stored, "{}", style.name);
            }
        }
    }

    #[test]
    fn square_matrices_are_read_as_asked(network in networks((1..4usize, 2..5usize).prop_map(|(n, depth)| vec![n; depth + 1]))) {
        let exact = network.to_exact().unwrap();
        for style in &STYLES {
            let arrays = write(&network, style);
            let asked = ImportOptions { layout: Some(style.layout), ..options() };
            let found = read(&arrays, &asked);
            // The points of a curve have one shape, too.
            if style.name == "a tutorial, transposed" {
                prop_assert!(matches!(found, Err(Problem::Curve { .. })), "{found:?}");
                continue;
            }
            let found = found.unwrap();
            prop_assert_eq!(&found.network, &exact, "{}", style.name);
            prop_assert!(found.report.warnings.is_empty());
            let guessed = read(&arrays, &options());
            match style.name {
                "flax" | "Keras" | "scikit-learn" => prop_assert_eq!(guessed.unwrap().network, exact.clone()),
                "get_weights" | "a tutorial" => prop_assert_eq!(guessed.unwrap_err(), Problem::Layout),
                _ => {
                    let guessed = guessed.unwrap();
                    prop_assert_eq!(guessed.report.warnings[0].code, "layout-undetermined");
                    prop_assert_eq!(guessed.network == exact, style.layout == Layout::OutIn || exact.layers().iter().all(|u| {
                        let weight = u.rows(0, u.nrows() - 1);
                        weight == weight.transpose()
                    }));
                }
            }
        }
    }
}

#[test]
fn layers_that_are_stored_in_different_ways_are_refused() {
    let one =
        [filled("0.weight", &[4, 3]), filled("0.bias", &[4]), filled("2.weight", &[4, 2]), filled("2.bias", &[2])];
    let (array, weight) = ("2.bias".into(), "2.weight".into());
    let problem = Problem::Bias { array, weight, layout: Layout::OutIn, found: 2, expected: 4, transposed: true };
    assert_eq!(read(&one, &options()), Err(problem));
    // Told so of all of them, the first one does not fit.
    let told = ImportOptions { layout: Some(Layout::InOut), ..options() };
    let (array, weight) = ("0.bias".into(), "0.weight".into());
    let problem = Problem::Bias { array, weight, layout: Layout::InOut, found: 4, expected: 3, transposed: true };
    assert_eq!(read(&one, &told), Err(problem));
    // Names of two kinds may differ: a kernel (in, out) behind a weight (out, in).
    let two =
        [filled("0.weight", &[4, 3]), filled("0.bias", &[4]), filled("2.kernel", &[4, 2]), filled("2.bias", &[2])];
    let found = read(&two, &options()).unwrap();
    let stored: Vec<&str> = found.report.layers.iter().map(|layer| layer.stored.as_str()).collect();
    assert_eq!((found.network.widths(), stored), (vec![3, 4, 2], vec!["out-in", "in-out"]));
}

// --- The order of layers --------------------------------------------------------------------------------------------

/// Every order of so many things.
fn permutations(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![vec![]];
    }
    let extend = |order: Vec<usize>| {
        (0..count).map(move |place| {
            let mut longer = order.clone();
            longer.insert(place.min(longer.len()), count - 1);
            longer
        })
    };
    permutations(count - 1).into_iter().flat_map(extend).collect()
}

#[test]
fn there_are_so_many_permutations() {
    for (count, expected) in [(0, 1), (1, 1), (2, 2), (4, 24)] {
        let mut all = permutations(count);
        all.sort();
        all.dedup();
        assert_eq!(all.len(), expected);
    }
}

const NAMES: [&str; 5] = ["input", "hidden", "output", "head", "stem"];

proptest! {
    #![proptest_config(cases!("reading", 128))]

    #[test]
    fn an_order_is_taken_if_it_is_the_only_one(shapes in prop::collection::vec((1..4usize, 1..4usize), 1..6)) {
        let arrays: Vec<Array> = shapes.iter().zip(NAMES).flat_map(|(&(inputs, outputs), name)| {
            // A bias of another length than the inputs says that the matrix is stored (out, in).
            [filled(&format!("{name}.weight"), &[outputs, inputs]), filled(&format!("{name}.bias"), &[outputs])]
        }).collect();
        let chains = |layout: Layout| -> Vec<Vec<usize>> {
            let ends = |i: usize| if layout == Layout::OutIn { shapes[i] } else { (shapes[i].1, shapes[i].0) };
            let fits = |order: &Vec<usize>| order.windows(2).all(|pair| ends(pair[0]).1 == ends(pair[1]).0);
            permutations(shapes.len()).into_iter().filter(fits).collect()
        };
        let square = shapes.iter().all(|(inputs, outputs)| inputs == outputs);
        let found = read(&arrays, &options());
        match &chains(Layout::OutIn)[..] {
            [] => prop_assert!(matches!(found, Err(Problem::NoOrder { .. })), "{:?}", found.map(|read| read.report)),
            [only] => {
                let found = found.unwrap();
                let names: Vec<String> = only.iter().map(|&i| format!("{}.weight", NAMES[i])).collect();
                prop_assert_eq!(used(&found), names.iter().map(String::as_str).collect::<Vec<_>>());
                prop_assert_eq!(found.report.warnings.is_empty(), !square);
            }
            several => {
                let Err(Problem::Order { orders, more }) = found else { panic!("asked for") };
                prop_assert_eq!(more, several.len() > orders.len());
                prop_assert_eq!(orders.len(), several.len().min(4));
                // Each order that is listed works, word for word.
                for order in orders {
                    let layers: Vec<&str> = order.split(' ').next().unwrap().split(',').collect();
                    let found = read(&arrays, &with_layers(&layers)).unwrap();
                    prop_assert_eq!(found.report.layers.len(), shapes.len());
                    let widths: Vec<String> = found.network.widths().iter().map(ToString::to_string).collect();
                    prop_assert!(order.ends_with(&format!("({})", widths.join("-"))), "{}", order);
                }
            }
        }
    }
}

#[test]
fn numbers_order_what_they_number() {
    // 64-32-16-32-64, the two halves numbered: each half keeps its order, and both can come first.
    let layer = |name: &str, outputs: usize, inputs: usize| {
        [filled(&format!("{name}.weight"), &[outputs, inputs]), filled(&format!("{name}.bias"), &[outputs])]
    };
    let arrays =
        [layer("encoder.0", 4, 6), layer("encoder.2", 2, 4), layer("decoder.0", 4, 2), layer("decoder.2", 6, 4)]
            .concat();
    let Err(Problem::Order { orders, more }) = read(&arrays, &options()) else { panic!("two orders fit") };
    let expected =
        ["decoder.0,decoder.2,encoder.0,encoder.2 (2-4-6-4-2)", "encoder.0,encoder.2,decoder.0,decoder.2 (6-4-2-4-6)"];
    assert_eq!((orders.iter().map(String::as_str).collect::<Vec<_>>(), more), (expected.to_vec(), false));
    // Twelve layers of one shape: 2 before 10, whatever stands in front.
    for prefix in ["layers.", "fc", "module.block_", "Dense_"] {
        let names: Vec<String> = (0..12).rev().map(|k| format!("{prefix}{k}")).collect();
        let arrays: Vec<Array> = names.iter().flat_map(|name| layer(name, 3, 3)).collect();
        let found = read(&arrays, &options()).unwrap();
        let expected: Vec<String> = names.iter().rev().map(|name| format!("{name}.weight")).collect();
        assert_eq!(used(&found), expected);
        assert_eq!(found.report.order, "by the numbers in the names");
    }
    // Numbers that do not chain are no order that could be used.
    let arrays = [layer("1", 4, 6), layer("2", 2, 6), layer("3", 6, 4)].concat();
    let problem = Problem::Chain { array: "2.weight".into(), found: 6, before: "1.weight".into(), expected: 4 };
    assert_eq!(read(&arrays, &options()), Err(problem));
    let found = read(&arrays, &with_layers(&["1", "3", "2"])).unwrap();
    assert_eq!((found.network.widths(), found.report.order), (vec![6, 4, 6, 2], "as --layers says"));
}

#[test]
fn the_file_s_own_metadata_give_an_order() {
    let layer = |name: &str| [filled(&format!("{name}.weight"), &[3, 3]), filled(&format!("{name}.bias"), &[3])];
    let arrays = [layer("a"), layer("b"), layer("c")].concat();
    let read = |metadata: &[(&str, &str)], options: &ImportOptions| {
        options.parse_network(&safetensors_with(&arrays, metadata), "here").map_err(|error| error.problem)
    };
    let found = read(&[("layers", "b, c,a"), ("format", "pt")], &options()).unwrap();
    assert_eq!(used(&found), ["b.weight", "c.weight", "a.weight"]);
    assert_eq!(found.report.order, "by the file's metadata");
    // The user knows better; and what names no layers is no order.
    let found = read(&[("layers", "b,c,a")], &with_layers(&["c", "b", "a"])).unwrap();
    assert_eq!(used(&found), ["c.weight", "b.weight", "a.weight"]);
    for metadata in [("layers", "3"), ("format", "pt"), ("layers", "b,c,a,a")] {
        assert!(matches!(read(&[metadata], &options()), Err(Problem::Order { .. })), "{metadata:?}");
    }
    // Where another order is known it is said that this one was not taken.
    let numbered = [filled("0.weight", &[3, 3]), filled("2.weight", &[3, 3])];
    let bytes = safetensors_with(&numbered, &[("layers", "2,q")]);
    let found = options().parse_network(&bytes, "here").unwrap();
    let told = found.report.warnings.iter().find(|warning| warning.code == "order-unread").expect("it is told");
    assert!(told.message.contains("`q`"), "{}", told.message);
}

#[test]
fn layers_that_are_named_have_to_be_there() {
    let layer = |name: &str| [filled(&format!("{name}.weight"), &[3, 3]), filled(&format!("{name}.bias"), &[3])];
    let arrays = [layer("a"), layer("b")].concat();
    let problem = Problem::NoSuchLayer { layer: "c".into(), there: "`a`, `b`".into() };
    assert_eq!(read(&arrays, &with_layers(&["a", "c"])), Err(problem));
    assert_eq!(read(&arrays, &with_layers(&["a", "b", "a"])), Err(Problem::Twice { array: "a".into() }));
    let found = read(&arrays, &with_layers(&["b.weight"])).unwrap();
    assert_eq!(used(&found), ["b.weight"]);
    assert!(found.report.warnings.iter().any(|warning| warning.code == "parameters-left-out"));
    let left: Vec<&str> = found.report.ignored.iter().map(|ignored| ignored.array.as_str()).collect();
    assert_eq!(left, ["a.weight", "a.bias"]);
}

#[test]
fn the_search_for_an_order_ends() {
    // A way through every one of these is as hard to find as a Hamiltonian path; there is none.
    let mut arrays = vec![];
    for i in 0..40usize {
        let name: String = [i / 26, i % 26].iter().map(|&letter| (b'a' + letter as u8) as char).collect();
        let (inputs, outputs) = (2 + i % 2, 2 + (i / 2) % 2);
        arrays.extend([
            filled(&format!("{name}.weight"), &[outputs, inputs]),
            filled(&format!("{name}.bias"), &[outputs]),
        ]);
    }
    arrays.extend([filled("zz.weight", &[9, 8]), filled("zz.bias", &[9])]);
    let found = read(&arrays, &options());
    assert!(matches!(found, Err(Problem::OrderLimit { .. })), "{found:?}");
    // More layers than are searched at all.
    let many: Vec<Array> = (0..70)
        .map(|i| "x".repeat(i + 1))
        .flat_map(|name| [filled(&format!("{name}.weight"), &[2, 2]), filled(&format!("{name}.bias"), &[2])])
        .collect();
    assert_eq!(read(&many, &options()), Err(Problem::OrderLimit { steps: 0 }));
}

// --- Several networks, curves, masks --------------------------------------------------------------------------------

#[test]
fn several_networks_are_asked_for() {
    let network = |prefix: &str| -> Vec<Array> {
        [("0", [4, 3]), ("2", [2, 4])]
            .iter()
            .flat_map(|(name, shape)| {
                [filled(&format!("{prefix}{name}.weight"), shape), filled(&format!("{prefix}{name}.bias"), &shape[..1])]
            })
            .collect()
    };
    let choices = |arrays: &[Array]| match read(arrays, &options()) {
        Err(Problem::Networks { choices }) => choices,
        found => panic!("{found:?}"),
    };
    let both = [network("net."), network("ema.")].concat();
    assert_eq!(choices(&both), ["--prefix ema.", "--prefix net."]);
    assert_eq!(choices(&[network(""), network("ema.module.")].concat()), ["--layers 0,2", "--prefix ema.module."]);
    for prefix in ["net.", "ema."] {
        let found = read(&both, &ImportOptions { prefix: Some(prefix.into()), ..options() }).unwrap();
        assert_eq!(used(&found), [format!("{prefix}0.weight"), format!("{prefix}2.weight")]);
        assert_eq!(found.report.ignored.len(), 4);
        // Names of layers may leave the prefix out.
        let named = ImportOptions { prefix: Some(prefix.into()), ..with_layers(&["0", "2"]) };
        assert_eq!(read(&both, &named).unwrap().network, found.network);
    }
    // Blocks that repeat are one network.
    let blocks: Vec<Array> = (0..3)
        .flat_map(|block| {
            ["fc1", "fc2"].into_iter().flat_map(move |name| {
                [
                    filled(&format!("blocks.{block}.{name}.weight"), &[3, 3]),
                    filled(&format!("blocks.{block}.{name}.bias"), &[3]),
                ]
            })
        })
        .collect();
    let found = read(&blocks, &options()).unwrap();
    let parts = |found: &ReadNetwork| found.report.warnings.iter().any(|warning| warning.code == "several-parts");
    assert_eq!((found.network.depth(), parts(&found)), (6, false));
    // Two parts that fit in one order only are read so, which is said, unless one of them or the order was asked for.
    let generator = [filled("G.0.weight", &[5, 2]), filled("G.2.weight", &[3, 5])];
    let two = [&generator[..], &[filled("D.0.weight", &[4, 3]), filled("D.2.weight", &[1, 4])]].concat();
    let found = read(&two, &options()).unwrap();
    assert_eq!((found.network.widths(), parts(&found)), (vec![2, 5, 3, 4, 1], true));
    assert!(!parts(&read(&two, &with_layers(&["G.0", "G.2", "D.0", "D.2"])).unwrap()));
    assert!(!parts(&read(&generator, &options()).unwrap()));
}

#[test]
fn training_leaves_arrays_that_are_no_network() {
    let names = [
        "optimizer.state.0.exp_avg",
        "optimizer_state_dict.state.0.exp_avg_sq",
        "opt_state/0/mu/Dense_0/kernel",
        "epoch",
        "trainer.global_step",
        "0.weight.momentum_buffer",
        "n_averaged",
        "lr",
    ];
    let network = [filled("0.weight", &[4, 3]), filled("0.bias", &[4])];
    let all: Vec<Array> = network.iter().cloned().chain(names.iter().map(|name| filled(name, &[4, 3]))).collect();
    let found = read(&all, &options()).unwrap();
    assert_eq!(found.network, read(&network, &options()).unwrap().network);
    let mut ignored: Vec<&str> = found.report.ignored.iter().map(|ignored| ignored.array.as_str()).collect();
    ignored.sort_unstable();
    let mut expected = names;
    expected.sort_unstable();
    assert_eq!(ignored, expected);
}

#[test]
fn curves_are_told_from_networks() {
    let point = |k: usize| -> Vec<Array> {
        [("net.0", [4, 3]), ("net.2", [2, 4])]
            .iter()
            .flat_map(|(name, shape)| {
                let of = |role: &str, shape: &[usize]| {
                    let mut array = filled(&format!("{name}.{role}_{k}"), shape);
                    array.entries.iter_mut().for_each(|entry| *entry += k as f64);
                    array
                };
                [of("weight", shape), of("bias", &shape[..1])]
            })
            .collect()
    };
    let curve = [point(0), point(1), point(2)].concat();
    assert_eq!(read(&curve, &options()), Err(Problem::Curve { points: 3, example: "net.0.bias_0".into() }));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("curve.safetensors");
    std::fs::write(&file, safetensors(&curve)).unwrap();
    let points = options().read_curve(&file).unwrap().points;
    for (k, expected) in points.iter().enumerate() {
        let found = read(&curve, &ImportOptions { curve_point: Some(k), ..options() }).unwrap();
        assert_eq!((&found.network, found.report.curve_point), (expected, Some(k)));
        // The bias of the first layer starts at −5 + 10 % 11 …, one more for each point.
        assert_eq!(expected.layer(1)[(3, 0)], points[0].layer(1)[(3, 0)].clone() + Rational::from(k));
    }
    assert_eq!(points.len(), 3);
    // The coefficients are no layers; they say which curve it is.
    let coefficients = ["range", "rev_range", "binom"].map(|name| filled(&format!("coeff_layer.{name}"), &[3]));
    for (coefficients, is_bezier) in
        [(&coefficients[..0], None), (&coefficients[..1], Some(false)), (&coefficients, Some(true))]
    {
        std::fs::write(&file, safetensors(&[&curve[..], coefficients].concat())).unwrap();
        let found = options().read_curve(&file).unwrap();
        assert_eq!((found.points, found.is_bezier), (points.clone(), is_bezier));
        assert_eq!(found.report.ignored.len(), coefficients.len());
    }
    let broken = [point(0), point(1), point(2)[..3].to_vec()].concat();
    assert_eq!(read(&broken, &options()), Err(Problem::BrokenCurve { array: "net.2.bias_0".into(), points: 3 }));
    // Layers of different shapes are layers.
    let layers =
        [filled("weight_0", &[4, 3]), filled("bias_0", &[4]), filled("weight_1", &[2, 4]), filled("bias_1", &[2])];
    assert_eq!(used(&read(&layers, &options()).unwrap()), ["weight_0", "weight_1"]);
}

#[test]
fn masks_are_multiplied_in() {
    let mut mask = filled("0.weight_mask", &[2, 3]);
    mask.entries = vec![1.0, 0.0, 1.0, 0.0, 0.0, 1.0];
    let orig = array("0.weight_orig", &[2, 3], &[0.1, 2.0, -3.0, 4.0, -5.0, 6.5]);
    let found = read(&[orig.clone(), mask.clone(), filled("0.bias", &[2])], &options()).unwrap();
    let expected = DMatrix::from_row_slice(3, 2, &[0.1, 0.0, 0.0, 0.0, -3.0, 6.5]);
    assert_eq!(found.network.weight(1), expected.map(|entry| Rational::from_f64(entry).unwrap()));
    assert_eq!(found.report.layers[0].masks, ["0.weight_mask"]);
    let alone = |array: Array| match read(&[array], &options()) {
        Err(Problem::Unexpected { array, .. }) => array,
        found => panic!("{found:?}"),
    };
    assert_eq!(alone(orig.clone()), "0.weight_orig");
    assert_eq!(alone(mask.clone()), "0.weight_mask");
    // Of integers, under a name that says nothing: what the network may use is not left out.
    let whole = [integers("0.weight", &[2, 3], &[1; 6]), integers("0.keep", &[2, 3], &[1, 0, 1, 0, 1, 1])];
    let refused = options().parse_network(&npz_of_integers(&whole), "here").unwrap_err().problem;
    assert!(matches!(&refused, Problem::Unexpected { array, .. } if array == "0.keep"), "{refused:?}");
    mask.entries[1] = 0.5;
    let found = read(&[orig, mask], &options());
    assert!(matches!(&found, Err(Problem::Type { array, .. }) if array == "0.weight_mask"), "{found:?}");
}

// --- Batch normalisation --------------------------------------------------------------------------------------------

/// What the normalisation computes: (γ (x − μ)/√(v + ε) + β) with v + ε a square of a rational.
fn normalised(x: &DMatrix<Rational>, norm: &[[i64; 4]]) -> DMatrix<Rational> {
    DMatrix::from_fn(x.nrows(), x.ncols(), |i, j| {
        let [scale, shift, mean, root] = norm[j];
        (x[(i, j)].clone() - mean) * rational(scale, root) + shift
    })
}

#[test]
fn batch_norms_fold_into_their_neighbours() {
    // With ε = 0 and variances that are squares of powers of 2 nothing is rounded.
    let norm = [[3, -1, 2, 2], [1, 4, -3, 4], [-2, 0, 1, 1], [5, 1, 0, 8]];
    let column = |k: usize| norm.iter().map(|row| row[k] as f64).collect::<Vec<_>>();
    let squares: Vec<f64> = norm.iter().map(|row| (row[3] * row[3]) as f64).collect();
    let (first, second) = (filled("net.0.weight", &[4, 3]), filled("net.3.weight", &[2, 4]));
    let (first_bias, second_bias) = (filled("net.0.bias", &[4]), filled("net.3.bias", &[2]));
    let linear = [first, first_bias, second, second_bias];
    let statistics = [
        array("net.1.weight", &[4], &column(0)),
        array("net.1.bias", &[4], &column(1)),
        array("net.1.running_mean", &[4], &column(2)),
        array("net.1.running_var", &[4], &squares),
    ];
    let all = [&linear[..], &statistics].concat();
    assert_eq!(read(&all, &options()), Err(Problem::BatchNorm { layer: "net.1".into() }));
    let plain = read(&linear, &options()).unwrap().network;
    let relu = |x: &DMatrix<Rational>| Activation::relu().import(&Exact).apply(x);
    let affine = |x: &DMatrix<Rational>, k: usize| {
        let layer = plain.layer(k);
        Exact.product(&x.clone().insert_column(x.ncols(), Rational::from(1)), layer)
    };
    let inputs = DMatrix::from_fn(5, 3, |i, j| rational((3 * i + 5 * j) as i64 % 7 - 3, 2));
    for place in [FoldBatchNorm::BeforeActivation, FoldBatchNorm::AfterActivation] {
        let folded = ImportOptions { fold_batch_norm: Some(place), batch_norm_epsilon: 0.0, ..options() };
        let found = read(&all, &folded).unwrap();
        let expected = match place {
            FoldBatchNorm::BeforeActivation => affine(&relu(&normalised(&affine(&inputs, 1), &norm)), 2),
            FoldBatchNorm::AfterActivation => affine(&normalised(&relu(&affine(&inputs, 1)), &norm), 2),
        };
        let pass = forward(&Exact, &Activation::relu().import(&Exact), &inputs, &found.network).unwrap();
        assert_eq!(*pass.output(), expected, "{place:?}");
        let into = if place == FoldBatchNorm::BeforeActivation { 0 } else { 1 };
        assert_eq!(found.report.layers[into].folded, ["net.1"]);
        assert!(
            found.report.notes.iter().any(|note| note.contains("no parameter moved by more than 0.0e0")),
            "{:?}",
            found.report.notes
        );
        // ε and roots that are irrational: rounded, and said.
        let found = read(&all, &ImportOptions { batch_norm_epsilon: 1e-5, ..folded }).unwrap();
        assert!(!found.report.notes.iter().any(|note| note.contains("more than 0.0e0")), "{:?}", found.report.notes);
    }
}

#[test]
fn batch_norms_that_cannot_be_folded_are_refused() {
    let linear = [
        filled("fc1.weight", &[4, 3]),
        filled("fc1.bias", &[4]),
        filled("fc2.weight", &[2, 4]),
        filled("fc2.bias", &[2]),
    ];
    let norm = |name: &str, size: usize, variance: f64| {
        [
            array(format!("{name}.running_mean"), &[size], &vec![1.0; size]),
            array(format!("{name}.running_var"), &[size], &vec![variance; size]),
        ]
    };
    let fold = |norms: &[Array], place: FoldBatchNorm| {
        let options = ImportOptions { fold_batch_norm: Some(place), ..options() };
        read(&[&linear[..], norms].concat(), &options)
            .map(|found| found.report.layers.iter().map(|layer| layer.folded.len()).collect::<Vec<_>>())
    };
    use FoldBatchNorm::{AfterActivation, BeforeActivation};
    // `bn1` stands behind `fc1`, `bn0` in front of it, where nothing but the inputs is.
    assert_eq!(fold(&norm("bn1", 4, 1.0), BeforeActivation), Ok(vec![1, 0]));
    assert_eq!(fold(&norm("bn1", 4, 1.0), AfterActivation), Ok(vec![0, 1]));
    assert_eq!(fold(&norm("bn0", 3, 1.0), BeforeActivation), Ok(vec![1, 0]));
    assert_eq!(fold(&norm("bn2", 2, 1.0), BeforeActivation), Ok(vec![0, 1]));
    let refused = |norms: &[Array], place, reason: &str| match fold(norms, place) {
        Err(Problem::Fold { reason: found, .. }) => assert!(found.contains(reason), "{found}"),
        found => panic!("{found:?}"),
    };
    refused(&norm("bn2", 2, 1.0), AfterActivation, "no linear layer stands behind it");
    refused(&norm("bn1", 3, 1.0), BeforeActivation, "it has 3 features, but `fc1` has 4 neurons");
    refused(&norm("bn1", 4, -1.0), BeforeActivation, "variance -1");
    refused(&norm("norm", 4, 1.0), BeforeActivation, "do not say where it stands");
    refused(&norm("bn1", 4, 1.0)[..1], BeforeActivation, "variance is missing");
}

// --- PyTorch's own files --------------------------------------------------------------------------------------------

#[test]
fn checkpoints_of_pytorch_are_the_networks_that_they_hold() {
    let of = |name: &str| options().read_network(&carried(&format!("pytorch/{name}")));
    let plain = of("state-dict.npz").unwrap().network;
    assert_eq!(plain.widths(), [3, 4, 2]);
    for name in ["state-dict.pt", "legacy.pth"] {
        let found = of(name).unwrap();
        assert_eq!((&found.network, found.report.format), (&plain, "PyTorch"), "{name}");
    }
    let found = of("checkpoint.pt").unwrap();
    assert_eq!(found.network.widths(), [3, 4, 2]);
    assert_eq!(used(&found), ["model_state_dict.0.weight", "model_state_dict.2.weight"]);
    let classes: Vec<&str> = found.report.ignored.iter().map(|ignored| ignored.class).collect();
    assert_eq!(classes.len(), 15, "{:?}", found.report.ignored);
    // Views, half precision, bfloat16 and double, as PyTorch itself says them.
    assert_eq!(of("views.pt").unwrap().network, of("views.npz").unwrap().network);
    let two = of("two.pt").unwrap_err().problem;
    assert_eq!(two, Problem::Networks { choices: vec!["--prefix ema.".into(), "--prefix net.".into()] });
    // A whole module is its state_dict; layers without numbers stand in the only order that fits.
    for name in ["whole-model.pt", "named.pt"] {
        let found = of(name).unwrap();
        assert_eq!(used(&found), ["input.weight", "hidden.weight", "output.weight"], "{name}");
        assert_eq!(found.report.order, "the only one in which the shapes fit together");
        let modules = found.report.warnings.iter().any(|warning| warning.code == "modules-unread");
        assert_eq!(modules, name == "whole-model.pt", "{name}");
    }
}

/// Nothing of a file is taken for another thing, or left out without a word: two tensors whose names are one when they are joined,
/// a bias that is an array of NumPy, numbers beside the tensors.
#[test]
fn what_is_no_tensor_is_told_and_what_is_there_twice_refused() {
    let of = |name: &str| options().read_network(&carried(&format!("pytorch/{name}")));
    for _ in 0..5 {
        // The reader takes one of the two, not always the same.
        assert_eq!(of("twice.pt").unwrap_err().problem, Problem::Twice { array: "model.0.bias".into() });
    }
    assert_eq!(of("numpy-bias.pt").unwrap_err().problem, Problem::NoTensor { name: "0.bias".into() });
    assert_eq!(of("scale.pt").unwrap_err().problem, Problem::NoTensor { name: "scale".into() });
    let found = of("beside.pt").unwrap();
    let left: Vec<_> = found.report.ignored.iter().map(|ignored| (ignored.array.as_str(), ignored.class)).collect();
    assert_eq!(left, [("temperature", "no tensor")]);
}

#[test]
fn checkpoints_of_strangers_run_no_code_and_take_no_memory() {
    let of = |name: &str| options().read_network(&carried(&format!("pytorch/{name}")));
    // A pickle that makes a folder when PyTorch loads it.
    let found = of("runs-code.pt").unwrap();
    assert_eq!(found.network, of("state-dict.pt").unwrap().network);
    assert!(!Path::new("a-pickle-was-run").exists());
    // One number that says to be a matrix of 50,000 × 50,000, in a file of a kilobyte.
    let problem = of("expanded.pt").unwrap_err().problem;
    assert!(matches!(&problem, Problem::TooLarge { what, .. } if what == "array `0.weight`"), "{problem:?}");
}

#[test]
fn cut_off_and_changed_checkpoints_are_refused_or_read() {
    for name in ["state-dict.pt", "legacy.pth"] {
        let whole = std::fs::read(carried(&format!("pytorch/{name}"))).unwrap();
        for length in (1..whole.len()).step_by(7) {
            assert!(options().parse_network(&whole[..length], name).is_err(), "{name} cut off at {length}");
        }
        for place in (0..whole.len()).step_by(5) {
            let mut changed = whole.clone();
            changed[place] ^= 0x55;
            // Whatever comes out, nothing panics and nothing is more than the file could hold.
            if let Ok(read) = options().parse_network(&changed, name) {
                assert!(read.network.layers().iter().map(|layer| layer.len()).sum::<usize>() < 1_000);
            }
        }
    }
}

// --- Inputs ---------------------------------------------------------------------------------------------------------

fn exact_inputs() -> impl Strategy<Value = DMatrix<Rational>> {
    (1..5usize, 1..4usize).prop_flat_map(|(rows, columns)| {
        prop::collection::vec((-50..50i64, 1..9i64), rows * columns).prop_map(move |entries| {
            DMatrix::from_iterator(rows, columns, entries.into_iter().map(|(p, q)| rational(p, q)))
        })
    })
}

fn scalings(columns: usize) -> impl Strategy<Value = Scaling> {
    let numbers = |low: i64| {
        prop_oneof![
            Just(vec![]),
            prop::collection::vec((low..40i64, 1..40i64), 1),
            prop::collection::vec((low..40i64, 1..40i64), columns),
        ]
        .prop_map(|pairs| pairs.into_iter().map(|(p, q)| rational(p, q)).collect::<Vec<_>>())
    };
    ((-9..9i64).prop_filter("not 0", |p| *p != 0), 1..300i64, numbers(-40), numbers(1))
        .prop_map(|(p, q, mean, std)| Scaling { scale: rational(p, q), mean, std })
}

/// (s x − m_j)/d_j, written once more.
fn scaled(x: &DMatrix<Rational>, scaling: &Scaling) -> DMatrix<Rational> {
    let at = |numbers: &[Rational], j: usize, missing: i64| match numbers.len() {
        0 => Rational::from(missing),
        1 => numbers[0].clone(),
        _ => numbers[j].clone(),
    };
    DMatrix::from_fn(x.nrows(), x.ncols(), |i, j| {
        (x[(i, j)].clone() * &scaling.scale - at(&scaling.mean, j, 0)) / at(&scaling.std, j, 1)
    })
}

/// Inputs of every kind with their exact values: bytes, few doubles, many doubles, rationals.
fn every_kind() -> impl Strategy<Value = (Inputs, DMatrix<Rational>)> {
    let matrix = |rows: usize, columns: usize, entries: &[f64]| {
        DMatrix::from_row_slice(rows, columns, entries).map(|entry| Rational::from_f64(entry).unwrap())
    };
    let bytes = (1..6usize, 1..4usize).prop_flat_map(move |(rows, columns)| {
        prop::collection::vec(any::<u8>(), rows * columns).prop_map(move |entries| {
            let doubles: Vec<f64> = entries.iter().map(|&byte| byte.into()).collect();
            (Inputs::from_bytes(columns, entries), matrix(rows, columns, &doubles))
        })
    });
    let doubles = move |rows: std::ops::Range<usize>| {
        (rows, 1..4usize).prop_flat_map(move |(rows, columns)| {
            prop::collection::vec(prop_oneof![-3.0..3.0f64, Just(0.0), Just(-0.0), Just(0.1)], rows * columns).prop_map(
                move |entries| (Inputs::from_doubles(columns, entries.clone()), matrix(rows, columns, &entries)),
            )
        })
    };
    let rationals = exact_inputs().prop_map(|matrix| (Inputs::from(&matrix), matrix));
    prop_oneof![bytes, doubles(1..6), doubles(300..330), rationals]
}

proptest! {
    #![proptest_config(cases!("reading", 128))]

    #[test]
    fn inputs_are_exact_and_scaled_exactly(
        ((inputs, matrix), scaling) in every_kind().prop_flat_map(|(inputs, matrix)| {
            let columns = matrix.ncols();
            (Just((inputs, matrix)), scalings(columns))
        })
    ) {
        prop_assert_eq!(inputs.shape(), matrix.shape());
        prop_assert_eq!(&inputs.exact(), &matrix);
        let expected = scaled(&matrix, &scaling);
        let inputs = inputs.scaled(&scaling).unwrap();
        prop_assert_eq!(&inputs.exact(), &expected);
        prop_assert_eq!(&inputs, &Inputs::from(&expected));
        let (low, high) = inputs.range().unwrap();
        prop_assert_eq!((&low, &high), (expected.iter().min().unwrap(), expected.iter().max().unwrap()));
        // Kernels get the nearest scalar, in any block.
        let rows = matrix.nrows() / 2..matrix.nrows();
        let block = expected.rows(rows.start, rows.len()).into_owned();
        prop_assert_eq!(inputs.import(&Double).rows(rows.clone()), block.map(|entry| Double.import(&entry)));
        let rounded = inputs.rounded();
        prop_assert_eq!(rounded.import(&Double).rows(rows.clone()), inputs.import(&Double).rows(rows.clone()));
        let kernel = Multiprecision::new(80);
        prop_assert_eq!(inputs.import(&kernel).columns(rows.clone()), block.transpose().map(|entry| kernel.import(&entry)));
        // Rows are told apart as exact numbers are.
        prop_assert_eq!(duplicate_rows(&inputs), duplicate_rows(&expected));
        let reversed: Vec<usize> = (0..matrix.nrows()).rev().collect();
        prop_assert_eq!(inputs.select_rows(&reversed).exact(), expected.select_rows(&reversed));
    }
}

#[test]
fn scaling_that_makes_no_sense_is_refused() {
    let inputs = Inputs::from_bytes(3, vec![1, 2, 3]);
    let with = |scale: i64, mean: &[i64], std: &[i64]| {
        let numbers = |values: &[i64]| values.iter().map(|&value| Rational::from(value)).collect();
        inputs.clone().scaled(&Scaling { scale: scale.into(), mean: numbers(mean), std: numbers(std) }).map(|_| ())
    };
    assert_eq!(with(1, &[1, 2, 3], &[4]), Ok(()));
    assert_eq!(with(1, &[1, 2], &[]), Err(ScalingError::Count { name: "mean", found: 2, columns: 3 }));
    assert_eq!(with(1, &[], &[1, 2, 3, 4]), Err(ScalingError::Count { name: "std", found: 4, columns: 3 }));
    assert_eq!(with(0, &[], &[]), Err(ScalingError::Sign { name: "scale", expected: "other than 0" }));
    for std in [0, -1] {
        assert_eq!(with(1, &[], &[1, std, 1]), Err(ScalingError::Sign { name: "std", expected: "above 0" }));
    }
}

#[test]
fn blocks_give_the_output_of_the_whole() {
    let matrix = DMatrix::from_fn(1_300, 3, |i, j| rational((i * 7 + j * 5) as i64 % 23 - 11, 4));
    let inputs = Inputs::from(&matrix);
    let network = read_network(&carried("pytorch/state-dict.pt")).unwrap();
    let relu = Activation::relu().import(&Exact);
    let whole = forward(&Exact, &relu, &matrix, &network).unwrap();
    assert_eq!(forward_rows(&Exact, &relu, &inputs.import(&Exact), &network).unwrap(), *whole.output());
}

// --- Data sets ------------------------------------------------------------------------------------------------------

fn square(name: &str) -> Array {
    array(name, &[2, 2], &[0.5, 1.5, 2.5, 3.5])
}

#[test]
fn names_of_inputs_and_labels() {
    let labels = |name: &str| array(name, &[2], &[1.0, 0.0]);
    for (inputs, targets) in
        [("x_train", "labels"), ("data", "labels"), ("images", "labels"), ("X", "labels"), ("inputs", "labels")]
    {
        let found = data(&npz(&[square(inputs), labels(targets)]), &options()).unwrap();
        assert_eq!(found.report.inputs, inputs);
        assert_eq!(found.data.targets, Targets::Labels(vec![1, 0]));
    }
    // `inputs` before anything else; of two others neither.
    let found = data(&npz(&[square("data"), square("inputs")]), &options()).unwrap();
    assert_eq!(found.report.inputs, "inputs");
    let problem =
        Problem::Choose { what: "inputs", arrays: vec!["data".into(), "images".into()], option: "--inputs-key" };
    let two = npz(&[square("data"), square("images")]);
    assert_eq!(data(&two, &options()).unwrap_err(), problem);
    let chosen = ImportOptions { inputs_key: Some("images".into()), ..options() };
    assert_eq!(data(&two, &chosen).unwrap().report.inputs, "images");
    // Of two splits both arrays are named, or neither; where there are no others, one is enough.
    let splits = npz(&[square("X_train"), labels("y_train"), square("X_val"), labels("y_val")]);
    let ask = |inputs: Option<&str>, labels: Option<&str>| {
        let [inputs_key, labels_key] = [inputs, labels].map(|key| key.map(Into::into));
        data(&splits, &ImportOptions { inputs_key, labels_key, ..options() })
    };
    assert!(matches!(ask(Some("X_val"), None), Err(Problem::Choose { option: "--labels-key", .. })));
    assert!(matches!(ask(None, Some("y_val")), Err(Problem::Choose { option: "--inputs-key", .. })));
    let both = ask(Some("X_val"), Some("y_val")).unwrap().report;
    assert_eq!((both.inputs.as_str(), both.targets.as_deref()), ("X_val", Some("y_val")));
    // Safetensors are data as well.
    let found = data(&safetensors(&[square("inputs"), labels("labels")]), &options()).unwrap();
    assert_eq!(found.data.targets, Targets::Labels(vec![1, 0]));
    // A name that means either: floats (N) are targets, one-hot rows and integers (N) are labels.
    let either = |array: Array| data(&npz(&[square("data"), array]), &options()).unwrap().data.targets;
    assert!(matches!(either(labels("target")), Targets::Values(values) if values.shape() == (2, 1)));
    assert_eq!(either(array("y_train", &[2, 3], &[0.0, 0.0, 1.0, 1.0, 0.0, 0.0])), Targets::Labels(vec![2, 0]));
    assert!(matches!(either(array("y_train", &[2, 2], &[0.5, 0.0, 1.0, 1.0])), Targets::Values(_)));
    let found =
        data(&npz_of_integers(&[integers("data", &[2, 1], &[5, 6]), integers("target", &[2], &[1, 0])]), &options());
    assert_eq!(found.unwrap().data.targets, Targets::Labels(vec![1, 0]));
}

#[test]
fn labels_in_every_form() {
    let with = |array: Array| data(&npz(&[square("inputs"), array]), &options());
    let labels = |shape: &[usize], entries: &[f64]| with(array("labels", shape, entries)).map(|read| read.data.targets);
    assert_eq!(labels(&[2], &[3.0, 0.0]), Ok(Targets::Labels(vec![3, 0])));
    assert_eq!(labels(&[2, 1], &[3.0, 0.0]), Ok(Targets::Labels(vec![3, 0])));
    assert_eq!(labels(&[2, 3], &[0.0, 1.0, 0.0, 0.0, 0.0, 1.0]), Ok(Targets::Labels(vec![1, 2])));
    let soft = labels(&[2, 2], &[0.25, 0.75, 0.5, 0.5]).unwrap();
    assert!(matches!(&soft, Targets::Shares(values) if values[(0, 1)] == rational(3, 4)));
    assert_eq!(LossKind::usual(&soft, 2), Some(LossKind::CrossEntropy));
    assert!(matches!(labels(&[2, 2], &[0.25, 0.5, 0.5, 0.5]), Err(Problem::Shape { .. })));
    assert!(matches!(labels(&[2, 2], &[-0.5, 1.5, 0.5, 0.5]), Err(Problem::Shape { .. })));
    let problem = Problem::NegativeLabel { array: "labels".into(), sample: 1, value: -1 };
    assert!(problem.to_string().contains("classes −1 and +1 become 0 and 1"));
    assert_eq!(labels(&[2], &[1.0, -1.0]), Err(problem));
    assert!(matches!(labels(&[2], &[1.0, f64::NAN]), Err(Problem::NotFinite { .. })));
    assert!(matches!(labels(&[2], &[1e300, 0.0]), Err(Problem::NoClass { .. })));
    // Stored (classes, samples).
    let problem = labels(&[3, 2], &[0.0, 1.0, 1.0, 0.0, 0.0, 0.0]).unwrap_err();
    assert!(problem.to_string().contains("transpose it"), "{problem}");
    // Counted from 1.
    let found = data(
        &npz_of_integers(&[integers("inputs", &[3, 1], &[5, 6, 7]), integers("labels", &[3], &[1, 2, 3])]),
        &options(),
    );
    assert_eq!(found.unwrap().report.warnings[0].code, "no-label-0");
    // The largest label of all is a label.
    let huge = npz_of_integers(&[integers("inputs", &[1, 1], &[5]), integers("labels", &[1], &[i64::MAX])]);
    assert_eq!(data(&huge, &options()).unwrap().data.targets, Targets::Labels(vec![i64::MAX as usize]));
}

#[test]
fn integers_that_look_like_pixels_are_asked_about() {
    let with = |largest: i64, scaling: Scaling| {
        let bytes = npz_of_integers(&[integers("inputs", &[2, 2], &[0, 1, 2, largest])]);
        data(&bytes, &ImportOptions { scaling, ..options() }).unwrap().report.warnings
    };
    assert!(with(15, Scaling::default()).is_empty());
    for (largest, white) in [(16, "1/16"), (200, "1/255"), (4_000, "1/65535")] {
        let warnings = with(largest, Scaling::default());
        assert_eq!((warnings.len(), warnings[0].code), (1, "integers-not-scaled"));
        assert!(warnings[0].message.contains(&format!("--scale {white},")), "{}", warnings[0].message);
        assert!(with(largest, Scaling { scale: rational(1, 255), ..Scaling::default() }).is_empty());
    }
    // Floats with integer values as well.
    let floats = data(&npz(&[array("inputs", &[1, 2], &[0.0, 255.0])]), &options()).unwrap();
    assert_eq!(floats.report.warnings.len(), 1);
    let halves = data(&npz(&[array("inputs", &[1, 2], &[0.5, 255.0])]), &options()).unwrap();
    assert!(halves.report.warnings.is_empty());
}

// --- What the user's framework computes -----------------------------------------------------------------------------

/// A network 3-4-2 and six samples.
fn trained() -> (Parameters<Rational>, Array) {
    let network = read_network(&carried("pytorch/state-dict.pt")).unwrap();
    let inputs: Vec<f64> = (0..18).map(|i| f64::from((i * i * 5) % 31 - 15)).collect();
    (network, array("inputs", &[6, 3], &inputs))
}

fn compared(
    inputs: &Array,
    outputs: Array,
    network: &Parameters<Rational>,
    activation: &Activation,
) -> Result<Agreement, Disagreement> {
    let read = data(&npz(&[inputs.clone(), outputs]), &options()).unwrap();
    let output = self::outputs(activation, &read.data, network).unwrap();
    Agreement::new(&read.expected[0], "a", &output)
}

#[test]
fn outputs_of_the_framework_are_compared() {
    let (network, inputs) = trained();
    let relu = Activation::relu();
    let read = data(&npz(std::slice::from_ref(&inputs)), &options()).unwrap();
    let ours = outputs(&relu, &read.data, &network).unwrap();
    let stored = |f: &dyn Fn(&[f64], usize) -> f64| {
        let rows: Vec<Vec<f64>> = ours.row_iter().map(|row| row.iter().copied().collect()).collect();
        let entries: Vec<f64> =
            rows.iter().flat_map(|row| (0..row.len()).map(|j| f(row, j)).collect::<Vec<_>>()).collect();
        array("outputs", &[6, 2], &entries)
    };
    let applied = |outputs: Array| compared(&inputs, outputs, &network, &relu).map(|agreement| agreement.applied);
    // Nearly the same is no error, and is called so.
    let near = |by: f64| compared(&inputs, stored(&|row, j| row[j] + by), &network, &relu).unwrap();
    assert!(!near(1e-7).beyond_rounding && near(1e-7).to_string().starts_with("`outputs` is what"));
    assert!(near(5e-4).beyond_rounding && near(5e-4).to_string().contains("is nearly what a computes"));
    let logarithm = |row: &[f64]| row.iter().map(|x| x.exp()).sum::<f64>().ln();
    assert_eq!(applied(stored(&|row, j| row[j])), Ok("nothing"));
    assert_eq!(applied(stored(&|row, j| f64::from(row[j] as f32))), Ok("nothing"));
    assert_eq!(applied(stored(&|row, j| row[j] - logarithm(row))), Ok("log-softmax"));
    assert_eq!(applied(stored(&|row, j| (row[j] - logarithm(row)).exp())), Ok("softmax"));
    assert_eq!(applied(stored(&|row, j| 1.0 / (1.0 + (-row[j]).exp()))), Ok("sigmoid"));
    // Another activation, another order of samples, another network: refused with the place.
    let other = compared(&inputs, stored(&|row, j| row[j]), &network, &Activation::abs());
    assert!(matches!(&other, Err(Disagreement::Numbers { array, .. }) if array == "outputs"), "{other:?}");
    assert!(other.unwrap_err().to_string().contains("--layout"));
    assert!(applied(stored(&|row, j| row[1 - j])).is_err());
    assert!(applied(stored(&|row, j| row[j] + if j == 0 { 0.01 } else { 0.0 })).is_err());
    assert!(applied(stored(&|row, j| if j == 0 { f64::MAX } else { row[j] })).is_err());
    let narrow = compared(&inputs, array("outputs", &[6], &[0.0; 6]), &network, &relu);
    assert_eq!(narrow, Err(Disagreement::Columns { array: "outputs".into(), file: "a".into(), found: 1, expected: 2 }));
    // Two shares for one output.
    let single = Parameters::new(vec![DMatrix::from_element(4, 1, rational(1, 4))]).unwrap();
    let sums: Vec<f64> = inputs.entries.chunks(3).map(|row| row.iter().sum::<f64>() / 4.0 + 0.25).collect();
    let shares: Vec<f64> = sums.iter().flat_map(|x| [1.0 / (1.0 + x.exp()), 1.0 / (1.0 + (-x).exp())]).collect();
    let found = compared(&inputs, array("outputs", &[6, 2], &shares), &single, &relu);
    assert_eq!(found.map(|agreement| agreement.applied), Ok("sigmoid"));
    let swapped: Vec<f64> = shares.chunks(2).flat_map(|row| [row[1], row[0]]).collect();
    assert!(compared(&inputs, array("outputs", &[6, 2], &swapped), &single, &relu).is_err());
    // The first samples only.
    let first = ImportOptions { samples: 2, ..options() };
    let read = data(&npz(&[inputs.clone(), stored(&|row, j| row[j])]), &first).unwrap();
    assert_eq!(read.expected[0].outputs.nrows(), 2);
}

#[test]
fn a_network_that_is_no_better_than_a_constant_is_noticed() {
    let network = read_network(&carried("digits/relu-deep-32-a.safetensors")).unwrap();
    let digits = options().read_data(&carried("digits/digits-32.npz")).unwrap().data;
    let output = outputs(Activation::relu(), &digits, &network).unwrap();
    let assess = |targets: Targets, kind| {
        let set = DataSet { targets, ..digits.clone() };
        let loss = Loss::from_data(kind, &set, 10).unwrap();
        Assessment::new("a", &output, &set, &loss)
    };
    // The labels that it was trained on, and others.
    let Targets::Labels(labels) = &digits.targets else { panic!("labels expected") };
    let right = assess(digits.targets.clone(), LossKind::CrossEntropy);
    assert_eq!((right.accuracy, right.warning()), (Some(1.0), None));
    let wrong = assess(Targets::Labels(labels.iter().map(|label| (label + 1) % 10).collect()), LossKind::CrossEntropy);
    assert_eq!(wrong.accuracy, Some(0.0));
    assert_eq!(wrong.warning().unwrap().code, "no-better-than-chance");
    assert!((wrong.constant_loss - 10f64.ln()).abs() < 1e-12);
    // Of outputs beyond doubles nothing is known.
    let loss = Loss::from_data(LossKind::CrossEntropy, &digits, 10).unwrap();
    let beyond = Assessment::new("a", &output.map(|_| f64::INFINITY), &digits, &loss);
    assert_eq!((beyond.accuracy, beyond.warning().unwrap().code), (None, "beyond-doubles"));
    // One class for all: always the most frequent one is no measure, the loss is.
    let largest = |i: usize| (0..10).fold(0, |best, j| if output[(i, j)] > output[(i, best)] { j } else { best });
    let first = DataSet { inputs: digits.inputs.select_rows(&[0]), targets: Targets::Labels(vec![largest(0)]) };
    let loss = Loss::from_data(LossKind::CrossEntropy, &first, 10).unwrap();
    let alone = Assessment::new("a", &output.rows(0, 1).into_owned(), &first, &loss);
    assert_eq!((alone.accuracy, alone.majority, alone.warning()), (Some(1.0), Some(1.0), None));
    // Values near the outputs, and values around another mean.
    let values = |shift: f64, sign: f64| Targets::Values(output.map(|x| Rational::from_f64(sign * x + shift).unwrap()));
    assert_eq!(assess(values(0.001, 1.0), LossKind::Square).warning(), None);
    let away = assess(values(100.0, -1.0), LossKind::Square);
    assert_eq!(away.warning().unwrap().code, "no-better-than-chance");
    assert!(away.constant_loss < away.loss);
}

// --- Limits ---------------------------------------------------------------------------------------------------------

#[test]
fn what_becomes_too_large_is_refused_before_it_is_there() {
    let limited = |memory: u64| ImportOptions { memory, ..options() };
    // Twenty million zeros compress to some 20 KB.
    let zeros = npz::npy_of(&[2, 10_000_000], std::iter::repeat_n(0u8, 20_000_000));
    let bomb = npz::archive(CompressionMethod::Deflated, &[("inputs.npy".into(), zeros)]);
    assert!(bomb.len() < 100_000);
    for memory in [1_000, 10_000_000, 39_999_999] {
        let problem = data(&bomb, &limited(memory)).unwrap_err();
        assert!(matches!(&problem, Problem::TooLarge { limit, .. } if *limit == memory), "{problem:?}");
        assert!(problem.to_string().contains("--memory-limit"));
    }
    assert!(data(&bomb, &limited(40_000_000)).is_ok());
    let huge = data(&bomb, &options()).unwrap().data.inputs;
    assert_eq!(huge.exact_bytes(), 96 * 20_000_000);
    // The same as gzipped IDX.
    let mut images = vec![0, 0, 8, 2];
    images.extend([2u32, 10_000_000].map(u32::to_be_bytes).concat());
    images.resize(images.len() + 20_000_000, 0);
    let mut gzip = flate2::write::GzEncoder::new(vec![], flate2::Compression::best());
    std::io::Write::write_all(&mut gzip, &images).unwrap();
    let bomb = gzip.finish().unwrap();
    for memory in [1_000, 10_000_000, 39_999_999] {
        let problem = data(&bomb, &limited(memory)).unwrap_err();
        assert!(matches!(&problem, Problem::TooLarge { limit, .. } if *limit == memory), "{problem:?}");
    }
    assert!(data(&bomb, &limited(40_000_000)).is_ok());
    // A network is bounded by what its rational numbers take.
    let arrays = [filled("0.weight", &[100, 100])];
    assert!(read(&arrays, &limited(160_000 + 1_000_000)).is_ok());
    assert!(matches!(read(&arrays, &limited(500_000)), Err(Problem::TooLarge { .. })));
    assert!(matches!(read(&arrays, &limited(100_000)), Err(Problem::TooLarge { .. })));
}

#[test]
fn parts_of_a_network_stay_in_their_folder() {
    let folder = tempfile::tempdir().unwrap();
    let index = folder.path().join("model.safetensors.index.json");
    let part = "model-00001-of-00002.safetensors";
    let second = "model-00002-of-00002.safetensors";
    std::fs::write(folder.path().join(part), safetensors(&[filled("0.weight", &[3, 2])])).unwrap();
    std::fs::write(folder.path().join(second), safetensors(&[filled("0.bias", &[3])])).unwrap();
    std::fs::write(folder.path().join("other.safetensors"), b"").unwrap();
    let with = |map: &str| {
        std::fs::write(&index, format!("{{\"weight_map\": {map}}}")).unwrap();
        options().read_network(&index).map(|read| read.network.widths()).map_err(|error| error.problem)
    };
    let half = with(&format!("{{\"0.weight\": \"{part}\"}}"));
    assert!(matches!(&half, Err(Problem::Broken { reason, .. }) if reason.contains("there are 2")), "{half:?}");
    let whole = format!("{{\"0.weight\": \"{part}\", \"0.bias\": \"{second}\"}}");
    assert_eq!(with(&whole), Ok(vec![2, 3]));
    assert_eq!(options().read_network(folder.path()).unwrap().network.widths(), [2, 3]);
    for elsewhere in ["../model.safetensors", "/etc/passwd", "sub/part.safetensors", "absent.safetensors", "..", ""] {
        assert_eq!(with(&format!("{{\"0.weight\": \"{elsewhere}\"}}")), Err(Problem::Part { part: elsewhere.into() }));
    }
    let missing = with(&format!("{{\"0.weight\": \"{part}\", \"1.weight\": \"{second}\"}}"));
    assert!(
        matches!(&missing, Err(Problem::Broken { format: "index", reason }) if reason.contains("1.weight")),
        "{missing:?}"
    );
    assert!(matches!(with("3"), Err(Problem::Broken { format: "index", .. })));
    let alone = options().read_network(&folder.path().join(part)).unwrap_err().problem;
    assert_eq!(alone, Problem::Shard { index: "model.safetensors.index.json".into() });
}

#[test]
fn formats_that_are_not_read_are_named() {
    let named = |bytes: &[u8]| match options().parse_network(bytes, "here").unwrap_err().problem {
        Problem::Foreign { format, instead } => (format, instead),
        problem => panic!("{problem:?}"),
    };
    let (format, instead) = named(b"\x89HDF\r\n\x1a\n and more");
    assert_eq!(format, "an HDF5 file");
    assert!(instead.contains("numpy.savez"));
    let keras = npz::archive(CompressionMethod::Stored, &[("model.weights.h5".into(), vec![])]);
    assert_eq!(named(&keras).0, "a Keras archive");
    let script = [("net/code/__torch__.py".into(), vec![]), ("net/data.pkl".into(), vec![])];
    assert_eq!(named(&npz::archive(CompressionMethod::Stored, &script)).0, "a TorchScript archive");
}

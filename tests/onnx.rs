//! Networks from ONNX files: against an evaluation of the same operations plane by plane, in numbers that doubles hold exactly;
//! files of PyTorch; state dictionaries; what is refused.

use crate::support::onnx;
use nalgebra::DMatrix;
use onnx::{Attribute as A, bytes, floats, integers, model, node, raw, value};
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rug::Rational;
use std::path::{Path, PathBuf};
use sublevel::certificate::graph::{BlockRule, Pool};
use sublevel::linalg::Double;
use sublevel::network::{
    BatchNorm, GraphNetwork, ImportOptions, ImportProblem as Problem, graph_to_bytes, read_data, weights_file,
};

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/onnx").join(name)
}

fn parse(file: &[u8], batch_norm: BatchNorm) -> Result<GraphNetwork, Problem> {
    let read = ImportOptions::default().parse_onnx(file, "x", batch_norm);
    read.map(|read| read.network).map_err(|error| error.problem)
}

/// The outputs [N, m] in doubles.
fn outputs(network: &GraphNetwork, inputs: &DMatrix<f64>) -> DMatrix<f64> {
    network.features(&Double, inputs) * network.stacked_output().map(|x| x.to_f64())
}

// --- The same operations, plane by plane ---------------------------------------------------------------------------

/// The pixels in a window, plane by plane; none for one outside.
type Planes = Vec<Vec<Option<f64>>>;

/// A network as a list of operations on one image, written as ONNX while it is evaluated.
struct Twin {
    random: ChaCha8Rng,
    /// Shape and values of the input.
    input: (Vec<usize>, Vec<f64>),
    shape: Vec<usize>,
    /// Plane by plane.
    values: Vec<f64>,
    /// Of all values, in absolute value.
    largest: f64,
    name: String,
    nodes: Vec<Vec<u8>>,
    arrays: Vec<Vec<u8>>,
}

impl Twin {
    fn new(seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let shape = vec![random.random_range(1..4), random.random_range(3..7), random.random_range(3..7)];
        let values: Vec<f64> = (0..shape.iter().product()).map(|_| f64::from(random.random_range(-3..4))).collect();
        Twin {
            random,
            input: (shape.clone(), values.clone()),
            shape,
            values,
            largest: 0.0,
            name: "input".into(),
            nodes: vec![],
            arrays: vec![],
        }
    }

    /// Small integers, as an array of the file.
    fn array(&mut self, name: &str, sizes: &[usize]) -> Vec<f64> {
        let entries: Vec<f32> = (0..sizes.iter().product()).map(|_| self.random.random_range(-1..2) as f32).collect();
        self.arrays.push(floats(name, sizes, &entries));
        entries.into_iter().map(f64::from).collect()
    }

    fn fresh(&self) -> String {
        format!("t{}", self.nodes.len())
    }

    fn push(&mut self, op: &str, further: &[&str], attributes: &[(&str, A)], shape: Vec<usize>, values: Vec<f64>) {
        let output = self.fresh();
        let inputs = [&[&*self.name][..], further].concat();
        self.nodes.push(node(op, &inputs, &output, attributes));
        (self.name, self.shape, self.values) = (output, shape, values);
        self.largest = self.values.iter().fold(self.largest, |largest, x| largest.max(x.abs()));
    }

    fn image(&self) -> [usize; 3] {
        self.shape.clone().try_into().expect("an image")
    }

    /// Each value of each window, with its channel: `None` outside.
    fn windows(&self, kernel: [usize; 2], stride: [usize; 2], padding: [usize; 4]) -> ([usize; 2], Vec<Planes>) {
        let [channels, height, width] = self.image();
        let rows = (height + padding[0] + padding[2] - kernel[0]) / stride[0] + 1;
        let columns = (width + padding[1] + padding[3] - kernel[1]) / stride[1] + 1;
        let at = |c: usize, i: usize, j: usize| {
            let (i, j) = (i.checked_sub(padding[0])?, j.checked_sub(padding[1])?);
            (i < height && j < width).then(|| self.values[(c * height + i) * width + j])
        };
        let plane = |c: usize, p: usize| {
            let (top, left) = (p / columns * stride[0], p % columns * stride[1]);
            let pixels = (0..kernel[0] * kernel[1]).map(|k| at(c, top + k / kernel[1], left + k % kernel[1]));
            pixels.collect::<Vec<_>>()
        };
        let window = |p| (0..channels).map(|c| plane(c, p)).collect();
        ([rows, columns], (0..rows * columns).map(window).collect())
    }

    fn convolution(&mut self, filters: usize, kernel: [usize; 2], stride: usize, padding: usize) {
        let (name, [channels, ..]) = (self.fresh(), self.image());
        let (weight, bias) = (format!("{name}.weight"), format!("{name}.bias"));
        let w = self.array(&weight, &[filters, channels, kernel[0], kernel[1]]);
        let b = self.array(&bias, &[filters]);
        let ([rows, columns], windows) = self.windows(kernel, [stride; 2], [padding; 4]);
        let mut values = vec![];
        for t in 0..filters {
            let filter = &w[t * w.len() / filters..][..w.len() / filters];
            let sum = |window: &Vec<Vec<Option<f64>>>| {
                b[t] + window.iter().flatten().zip(filter).map(|(x, w)| x.unwrap_or(0.0) * w).sum::<f64>()
            };
            values.extend(windows.iter().map(sum));
        }
        let attributes = [
            ("kernel_shape", A::Integers(kernel.map(|size| size as i64).into())),
            ("strides", A::Integers(vec![stride as i64; 2])),
            ("pads", A::Integers(vec![padding as i64; 4])),
            ("group", A::Integer(1)),
        ];
        self.push("Conv", &[&weight, &bias], &attributes, vec![filters, rows, columns], values);
    }

    /// A maximum, or a mean of 2 or 4 pixels; those outside do not count.
    fn pool(&mut self, op: &str, kernel: [usize; 2], padding: [usize; 4]) {
        let ([rows, columns], windows) = self.windows(kernel, [2, 1], padding);
        let channels = self.shape[0];
        let mut values = vec![];
        for c in 0..channels {
            values.extend(windows.iter().map(|window| {
                let inside = window[c].iter().flatten();
                match op {
                    "MaxPool" => inside.fold(f64::NEG_INFINITY, |a, &b| a.max(b)),
                    _ => inside.clone().sum::<f64>() / inside.count() as f64,
                }
            }));
        }
        let list = |sizes: &[usize]| A::Integers(sizes.iter().map(|&size| size as i64).collect());
        let attributes = [("kernel_shape", list(&kernel)), ("strides", list(&[2, 1])), ("pads", list(&padding))];
        self.push(op, &[], &attributes, vec![channels, rows, columns], values);
    }

    fn activation(&mut self) {
        let (op, slope) = if self.random.random() { ("Relu", 0.0) } else { ("LeakyRelu", 0.25) };
        let attributes = if op == "Relu" { vec![] } else { vec![("alpha", A::Float(slope))] };
        let values = self.values.iter().map(|&x| if x < 0.0 { x * f64::from(slope) } else { x }).collect();
        self.push(op, &[], &attributes, self.shape.clone(), values);
    }

    /// Statistics whose roots are rational: √(v + ε) is 1 or 2.
    fn normalisation(&mut self) {
        let (name, channels) = (self.fresh(), self.shape[0]);
        let names = ["weight", "bias", "mean", "var"].map(|part| format!("{name}.{part}"));
        let [gain, shift, mean] = [0, 1, 2].map(|index| self.array(&names[index], &[channels]));
        let variance: Vec<f32> = (0..channels).map(|_| if self.random.random() { 0.75 } else { 3.75 }).collect();
        self.arrays.push(floats(&names[3], &[channels], &variance));
        let pixels: usize = self.shape[1..].iter().product();
        let normalised = |(i, x): (usize, &f64)| {
            let c = i / pixels;
            gain[c] / (f64::from(variance[c]) + 0.25).sqrt() * (x - mean[c]) + shift[c]
        };
        let values = self.values.iter().enumerate().map(normalised).collect();
        let names = names.each_ref().map(String::as_str);
        self.push("BatchNormalization", &names, &[("epsilon", A::Float(0.25))], self.shape.clone(), values);
    }

    /// x + f(x) for a convolution f that keeps the shape.
    fn residual(&mut self) {
        let (before, values) = (self.name.clone(), self.values.clone());
        self.convolution(self.shape[0], [3, 3], 1, 1);
        let sum = self.values.iter().zip(&values).map(|(a, b)| a + b).collect();
        self.push("Add", &[&before], &[], self.shape.clone(), sum);
    }

    fn flatten(&mut self) {
        let units = self.values.len();
        let (shape, values) = (vec![units], self.values.clone());
        if self.random.random() {
            return self.push("Flatten", &[], &[("axis", A::Integer(1))], shape, values);
        }
        let name = format!("{}.shape", self.fresh());
        let sizes = if self.random.random() { [0, -1] } else { [-1, units as i64] };
        self.arrays.push(integers(&name, &sizes));
        self.push("Reshape", &[&name], &[], shape, values);
    }

    /// As Gemm with either order of the weight, or as MatMul and Add.
    fn dense(&mut self, outputs: usize) {
        let (name, inputs) = (self.fresh(), self.values.len());
        let (weight, bias) = (format!("{name}.weight"), format!("{name}.bias"));
        let out_in = self.random.random();
        let w = self.array(&weight, &if out_in { [outputs, inputs] } else { [inputs, outputs] });
        let b = self.array(&bias, &[outputs]);
        let entry = |i: usize, j: usize| if out_in { w[j * inputs + i] } else { w[i * outputs + j] };
        let product = |j: usize| self.values.iter().enumerate().map(|(i, x)| x * entry(i, j)).sum::<f64>();
        let products: Vec<f64> = (0..outputs).map(product).collect();
        let values: Vec<f64> = products.iter().zip(&b).map(|(x, b)| x + b).collect();
        if out_in || self.random.random() {
            let transposed = [("transB", A::Integer(out_in.into()))];
            return self.push("Gemm", &[&weight, &bias], &transposed, vec![outputs], values);
        }
        self.push("MatMul", &[&weight], &[], vec![outputs], products);
        self.push("Add", &[&bias], &[], vec![outputs], values);
    }

    fn rename(&mut self) {
        let op = if self.random.random() { "Dropout" } else { "Identity" };
        self.push(op, &[], &[], self.shape.clone(), self.values.clone());
    }

    /// A few operations on images.
    fn images(&mut self) {
        for _ in 0..self.random.random_range(1..6) {
            let [_, height, width] = self.image();
            match self.random.random_range(0..8) {
                0 | 1 => {
                    let kernel =
                        [self.random.random_range(1..=height.min(3)), self.random.random_range(1..=width.min(3))];
                    let (filters, stride) = (self.random.random_range(1..4), self.random.random_range(1..3));
                    // A window that lies outside reads nothing.
                    let padding = self.random.random_range(0..kernel[0].min(kernel[1]).min(2));
                    self.convolution(filters, kernel, stride, padding);
                }
                2 | 3 => self.activation(),
                4 if height > 1 && width > 1 => {
                    let padding = if self.random.random() { [0; 4] } else { [1, 0, 0, 1] };
                    self.pool("MaxPool", [2, 2], padding);
                }
                5 if height > 1 && width > 1 => {
                    let padding = if self.random.random() { [0; 4] } else { [0, 1, 1, 0] };
                    self.pool("AveragePool", [2, 2], padding);
                }
                6 => self.residual(),
                _ => self.rename(),
            }
        }
    }

    fn file(&self) -> Vec<u8> {
        model(&self.input.0, &self.nodes, &self.arrays, &self.name)
    }

    /// Whether doubles hold the numbers and the terms of their sums, of which there are at most 500, on a grid of 2^−12.
    fn is_exact(&self) -> bool {
        self.largest < f64::from(1 << 30)
    }

    /// The network as it is read computes the same numbers.
    fn check(&self, batch_norm: BatchNorm) {
        let network = parse(&self.file(), batch_norm).unwrap_or_else(|problem| panic!("{problem}"));
        let inputs = DMatrix::from_row_slice(1, self.input.1.len(), &self.input.1);
        assert_eq!(outputs(&network, &inputs).as_slice(), &self.values[..]);
    }
}

proptest! {
    #![proptest_config(cases!("onnx", 200))]

    /// Convolutions, pools, sums and products in any order are read as what they are: numbers that doubles hold.
    #[test]
    fn networks_compute_what_their_operations_do(seed: u64) {
        let mut twin = Twin::new(seed);
        twin.images();
        twin.flatten();
        for _ in 0..twin.random.random_range(0..3) {
            let outputs = twin.random.random_range(1..5);
            twin.dense(outputs);
            if twin.random.random() {
                twin.activation();
            }
        }
        prop_assume!(twin.is_exact());
        twin.check(BatchNorm::Separate);
    }

    /// Apart or folded, a normalisation whose roots are rational is exact.
    #[test]
    fn normalisations_are_the_same_apart_and_folded(seed: u64) {
        let mut twin = Twin::new(seed);
        twin.convolution(3, [3, 3], 1, 1);
        twin.normalisation();
        twin.activation();
        if twin.random.random() {
            twin.pool("MaxPool", [2, 2], [0; 4]);
        }
        twin.residual();
        twin.flatten();
        twin.dense(4);
        twin.normalisation();
        twin.check(BatchNorm::Separate);
        twin.check(BatchNorm::Folded);
    }

    /// A normalisation of anything: pixels, inputs plane by plane, images that were flattened.
    #[test]
    fn normalisations_stand_anywhere(seed: u64) {
        let mut twin = Twin::new(seed);
        if twin.random.random() {
            twin.images();
        }
        twin.normalisation();
        twin.residual();
        twin.flatten();
        twin.normalisation();
        twin.dense(2);
        prop_assume!(twin.is_exact());
        twin.check(BatchNorm::Separate);
        let folded = parse(&twin.file(), BatchNorm::Folded);
        prop_assert!(matches!(&folded, Err(Problem::Node { op, .. }) if op == "BatchNormalization"), "{folded:?}");
    }

    /// The description and its weights say all of a network.
    #[test]
    fn descriptions_are_read_back(seed: u64) {
        let mut twin = Twin::new(seed);
        twin.images();
        twin.normalisation();
        twin.residual();
        twin.flatten();
        twin.dense(3);
        let network = parse(&twin.file(), BatchNorm::Separate).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("g.json");
        let (description, weights) = graph_to_bytes(&path, &network, "a test").unwrap();
        std::fs::write(&path, description).unwrap();
        std::fs::write(weights_file(&path), weights).unwrap();
        prop_assert_eq!(ImportOptions::default().read_graph(&path), Ok(network));
    }
}

// --- Blocks --------------------------------------------------------------------------------------------------------

/// σ goes behind the maximum, and only if it never falls.
#[test]
fn an_activation_is_put_behind_the_maximum_if_it_never_falls() {
    let pooled = |alpha: f32| {
        let window = [("kernel_shape", A::Integers(vec![2, 2])), ("strides", A::Integers(vec![2, 2]))];
        let nodes = [
            node("Conv", &["input", "w"], "c", &[]),
            node("LeakyRelu", &["c"], "r", &[("alpha", A::Float(alpha))]),
            node("MaxPool", &["r"], "p", &window),
            node("Flatten", &["p"], "f", &[]),
            node("MatMul", &["f", "v"], "y", &[]),
        ];
        let arrays = [floats("w", &[1, 1, 1, 1], &[1.0]), floats("v", &[1, 1], &[1.0])];
        let network = parse(&model(&[1, 2, 2], &nodes, &arrays, "y"), BatchNorm::Separate).unwrap();
        let kinds = network.graph().blocks.iter().map(|block| match block.rule {
            BlockRule::Filters { .. } => "filters",
            BlockRule::Pool { pool: Pool::Max } => "max",
            BlockRule::Sum { .. } => "sum",
            _ => "another",
        });
        let value = outputs(&network, &DMatrix::from_row_slice(1, 4, &[-4.0, -3.0, -2.0, -1.0]))[(0, 0)];
        (kinds.collect::<Vec<_>>(), value)
    };
    assert_eq!(pooled(0.5), (vec!["filters", "max", "sum"], -0.5));
    assert_eq!(pooled(-0.5), (vec!["filters", "max"], 2.0), "|x|/2 falls and rises: the largest is that of −4");
}

/// The α of a file is a float of 32 bits, and that is what is read.
#[test]
fn slopes_are_the_floats_of_the_file() {
    let nodes = [
        node("MatMul", &["input", "w"], "h", &[]),
        node("LeakyRelu", &["h"], "r", &[("alpha", A::Float(0.1))]),
        node("MatMul", &["r", "w"], "y", &[]),
    ];
    let network = parse(&model(&[1], &nodes, &[floats("w", &[1, 1], &[0.1])], "y"), BatchNorm::Separate).unwrap();
    let tenth = Rational::from_f32(0.1).unwrap();
    assert_eq!(network.sigmas()[0].as_ref().unwrap().piecewise_linear().unwrap().slopes()[0], tenth);
    assert_eq!(network.output().weight[(0, 0)], tenth);
}

// --- Files of PyTorch ----------------------------------------------------------------------------------------------

fn read(name: &str, batch_norm: BatchNorm) -> (GraphNetwork, Vec<String>) {
    let read = ImportOptions::default().read_onnx(&data(name), batch_norm).unwrap_or_else(|error| panic!("{error}"));
    (read.network, read.notes)
}

/// The largest difference from what PyTorch 1.13 computed in doubles.
fn difference(network: &GraphNetwork, name: &str) -> f64 {
    let read = ImportOptions::default().read_data(&data(name)).unwrap();
    let inputs = read.data.inputs.exact().map(|x| x.to_f64());
    let found = outputs(network, &inputs);
    (found - &read.expected[0].outputs).amax()
}

#[test]
fn files_of_pytorch_compute_what_pytorch_does() {
    let (lenet, _) = read("lenet-0.onnx", BatchNorm::Separate);
    // The slope 1/10 is the nearest float of 32 bits in the file, as is ε = 1e-5 below.
    assert!(difference(&lenet, "lenet.npz") < 1e-8);
    assert!(difference(&read("lenet-1.onnx", BatchNorm::Separate).0, "lenet.npz") > 1e-3, "another network");
    assert_eq!(read_data(&data("lenet.npz")).unwrap().inputs.features(), lenet.graph().inputs);
    let (resnet, notes) = read("resnet-0.onnx", BatchNorm::Separate);
    assert!(difference(&resnet, "resnet.npz") < 1e-9);
    assert!(notes.iter().any(|note| note.starts_with("4 BatchNormalization kept apart")), "{notes:?}");
    let (folded, notes) = read("resnet-0.onnx", BatchNorm::Folded);
    assert!(difference(&folded, "resnet.npz") < 1e-9);
    let rounded = notes.iter().filter(|note| note.contains("rounded to doubles: no parameter moved by more than"));
    assert_eq!(rounded.count(), 4, "{notes:?}");
    // The exporter's own folding rounds to floats of 32 bits.
    let (exported, notes) = read("resnet-0-folded.onnx", BatchNorm::Separate);
    let off = difference(&exported, "resnet.npz");
    assert!(1e-9 < off && off < 1e-4, "{off}");
    assert!(notes.iter().any(|note| note.starts_with("no BatchNormalization in the graph")), "{notes:?}");
    let shapes = |network: &GraphNetwork| network.graph().clone();
    assert_eq!(shapes(&folded), shapes(&exported));
}

#[test]
fn a_state_dictionary_has_the_numbers_of_a_graph() {
    let files = [data("resnet-0.safetensors"), data("resnet-1.onnx")];
    let paths: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
    let graph = data("resnet-1.onnx");
    let networks = ImportOptions::default().read_graphs(&paths, Some(&graph), BatchNorm::Separate).unwrap();
    assert_eq!(networks[0].network, read("resnet-0.onnx", BatchNorm::Separate).0);
    assert_eq!(networks[1].network, read("resnet-1.onnx", BatchNorm::Separate).0);
    let state = data("resnet-0.safetensors");
    let problem = |graph: &str| {
        let read = ImportOptions::default().read_graphs(&[&state], Some(&data(graph)), BatchNorm::Separate);
        read.unwrap_err().problem.to_string()
    };
    let folded = problem("resnet-0-folded.onnx");
    assert!(folded.starts_with("array `onnx::Conv_") && folded.contains("do_constant_folding=False"), "{folded}");
    assert!(problem("lenet-0.onnx").contains("has the shape [4, 2, 3, 3], but"), "{}", problem("lenet-0.onnx"));
    let alone = ImportOptions::default().read_graphs(&[&state], None, BatchNorm::Separate).unwrap_err();
    assert!(matches!(alone.problem, Problem::Format { expected } if expected.contains("--graph")), "{alone}");
}

/// Equal arrays are in a file once, and Identity gives the others their names: a state dictionary has all of them.
#[test]
fn arrays_that_are_equal_in_the_file_of_the_graph() {
    let folder = tempfile::tempdir().unwrap();
    let [graph, state] = ["net.onnx", "net.safetensors"].map(|name| folder.path().join(name));
    let nodes = [
        node("Identity", &["a"], "b", &[]),
        node("MatMul", &["input", "a"], "h", &[]),
        node("MatMul", &["h", "b"], "y", &[]),
    ];
    std::fs::write(&graph, model(&[1], &nodes, &[floats("a", &[1, 1], &[3.0])], "y")).unwrap();
    let entries = [2f32, 5.0].map(f32::to_le_bytes);
    let views = ["a", "b"].into_iter().zip(&entries).map(|(name, entry)| {
        (name, safetensors::tensor::TensorView::new(safetensors::Dtype::F32, vec![1, 1], entry).unwrap())
    });
    std::fs::write(&state, safetensors::serialize(views, None).unwrap()).unwrap();
    let read = ImportOptions::default().read_graphs(&[&graph, &state], Some(&graph), BatchNorm::Separate).unwrap();
    let of_one = |index: usize| outputs(&read[index].network, &DMatrix::from_element(1, 1, 1.0))[(0, 0)];
    assert_eq!((of_one(0), of_one(1)), (9.0, 10.0));
}

#[test]
fn networks_of_other_graphs_are_refused_by_name() {
    let read = |files: [&str; 2]| {
        let files = files.map(data);
        let paths: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
        ImportOptions::default().read_graphs(&paths, None, BatchNorm::Separate).map_err(|error| match error.problem {
            Problem::Graphs { place, .. } => place,
            other => panic!("{other}"),
        })
    };
    assert_eq!(read(["lenet-0.onnx", "lenet-1.onnx"]).unwrap().len(), 2);
    assert_eq!(
        read(["resnet-0.onnx", "resnet-0-folded.onnx"]).unwrap_err(),
        "node `/c/Conv` has parameters [2, 2, 3, 3], [2], there [2, 2, 3, 3]"
    );
    assert_eq!(
        read(["lenet-0.onnx", "resnet-0.onnx"]).unwrap_err(),
        "its input is [2, 6, 6] a sample, there [1, 8, 8]"
    );
}

// --- What is refused -----------------------------------------------------------------------------------------------

#[test]
fn what_is_not_read_is_refused_by_name() {
    let one = floats("w", &[2, 2, 1, 1], &[1.0; 4]);
    let refused = |op: &str, further: &[&str], attributes: &[(&str, A)]| {
        let inputs = [&["input"][..], further].concat();
        let file =
            model(&[2, 4, 4], &[node(op, &inputs, "y", attributes)], &[one.clone(), integers("half", &[2, 16])], "y");
        match parse(&file, BatchNorm::Separate) {
            Err(Problem::Node { node, op: named, why }) => {
                assert_eq!((&*node, &*named), ("y", op));
                why
            }
            other => panic!("{op}: {other:?}"),
        }
    };
    let window = ("kernel_shape", A::Integers(vec![2, 2]));
    let is = |why: String, part: &str| assert!(why.contains(part), "{why}");
    is(refused("Softmax", &[], &[]), "export the network without it");
    is(refused("Shape", &[], &[]), "torch.flatten(x, 1)");
    is(refused("Einsum", &[], &[]), "read are Conv, Gemm");
    is(refused("Conv", &["w"], &[("group", A::Integer(2))]), "group");
    is(refused("Conv", &["w"], &[("dilations", A::Integers(vec![2, 2]))]), "dilations");
    is(refused("Conv", &["w"], &[("auto_pad", A::Text("SAME_UPPER"))]), "auto_pad");
    is(refused("Conv", &["w"], &[("pads", A::Integers(vec![-1, 0, 0, 0]))]), "negative");
    is(refused("Conv", &["w"], &[("kernel_shape", A::Integers(vec![3, 3]))]), "kernel_shape");
    is(refused("Conv", &["none"], &[]), "no array of the file");
    is(refused("MaxPool", &[], &[window.clone(), ("ceil_mode", A::Integer(1))]), "ceil_mode");
    is(refused("MaxPool", &[], &[("kernel_shape", A::Integers(vec![5, 5]))]), "does not fit");
    let padded = ("pads", A::Integers(vec![1; 4]));
    is(
        refused("AveragePool", &[], &[window.clone(), padded.clone(), ("count_include_pad", A::Integer(1))]),
        "count_include_pad",
    );
    is(refused("AveragePool", &[], &[("kernel_shape", A::Integers(vec![1, 1])), padded]), "as wide as its window");
    is(refused("Gemm", &["w"], &[("alpha", A::Float(2.0))]), "alpha");
    is(refused("MatMul", &["w"], &[]), "flatten images first");
    is(refused("Flatten", &[], &[("axis", A::Integer(2))]), "axis=1");
    is(refused("Reshape", &["half"], &[]), "[2, 16]");
    is(refused("Reshape", &["input"], &[]), "computed, not a constant");
    is(refused("Pad", &[], &[("pads", A::Integers(vec![0, 0, 1, 1, 0, 0, 1, 1]))]), "padding=");
    is(refused("ReduceMean", &[], &[("axes", A::Integers(vec![1, 2]))]), "axes 2 and 3");
    is(refused("Add", &["w"], &[]), "adds a constant");
    is(refused("Elu", &[], &[("alpha", A::Float(-1.0))]), "positive");
    is(refused("BatchNormalization", &["w", "w", "w", "w"], &[("training_mode", A::Integer(1))]), "model.eval()");
    is(refused("Dropout", &["", "w"], &[]), "model.eval()");
}

/// Sizes are looked at before anything is made of them.
#[test]
fn huge_graphs_and_broken_arrays_are_refused_before_memory_is_taken() {
    let weight = floats("w", &[1, 1, 1, 1], &[1.0]);
    let convolution =
        |shape: &[usize]| model(shape, &[node("Conv", &["input", "w"], "y", &[])], std::slice::from_ref(&weight), "y");
    assert!(parse(&convolution(&[1, 4, 4]), BatchNorm::Separate).is_ok());
    for side in [1 << 20, 1 << 40] {
        let read = parse(&convolution(&[1, side, side]), BatchNorm::Separate);
        assert!(matches!(read, Err(Problem::TooLarge { .. })), "{read:?}");
    }
    let broken = |array: Vec<u8>| {
        parse(&model(&[1], &[node("MatMul", &["input", "a"], "y", &[])], &[array], "y"), BatchNorm::Separate)
    };
    assert!(broken(raw("a", &[1, 1], 1, &1f32.to_le_bytes())).is_ok());
    assert!(matches!(broken(raw("a", &[1, 1], 1, &[0; 7])), Err(Problem::Broken { .. })));
    assert!(matches!(broken(raw("a", &[1 << 40, 1 << 40], 1, &[0; 4])), Err(Problem::TooLarge { .. })));
    assert!(matches!(broken(raw("a", &[1, 1], 1, &f32::NAN.to_le_bytes())), Err(Problem::NotFinite { .. })));
    assert!(matches!(broken(raw("a", &[1, 1], 7, &[0; 8])), Err(Problem::Type { .. })));
    // A million empty nodes in 2 MB.
    let many = bytes(7, &[10, 0].repeat(1_000_000));
    let options = ImportOptions { memory: 64 << 20, ..ImportOptions::default() };
    let problem = options.parse_onnx(&many, "x", BatchNorm::Separate).unwrap_err().problem;
    assert!(matches!(&problem, Problem::TooLarge { what, .. } if what == "the nodes"), "{problem}");
}

#[test]
fn several_ends_and_open_sizes_are_refused() {
    let ends = |inputs: &[Vec<u8>]| {
        let inputs: Vec<u8> = inputs.iter().flat_map(|input| bytes(11, input)).collect();
        parse(&bytes(7, &[inputs, bytes(12, &value("y", &[1]))].concat()), BatchNorm::Separate).unwrap_err()
    };
    let two = ends(&[value("a", &[1]), value("b", &[1])]);
    assert!(matches!(&two, Problem::Ends { inputs, .. } if inputs == "`a`, `b`"), "{two}");
    assert!(matches!(ends(&[value("a", &[])]), Problem::Dynamic { .. }));
    assert!(matches!(ends(&[value("a", &[0])]), Problem::Dynamic { .. }));
    assert!(matches!(ends(&[value("a", &[2])]), Problem::NoOutput { .. }));
}

/// Arrays in a file beside are read from there, and from nowhere else.
#[test]
fn arrays_in_another_file() {
    let folder = tempfile::tempdir().unwrap();
    let entry = |key: &str, value: &str| bytes(13, &[bytes(1, key.as_bytes()), bytes(2, value.as_bytes())].concat());
    let file = |location: &str, offset: &str| {
        let place = [entry("location", location), entry("offset", offset), entry("length", "4")].concat();
        // dims = [1, 1], FLOAT, the name, and that the entries are elsewhere.
        let array = [&[8, 1, 8, 1, 16, 1][..], &bytes(8, b"w"), &place, &[14 << 3, 1]].concat();
        let path = folder.path().join("net.onnx");
        std::fs::write(&path, model(&[1], &[node("MatMul", &["input", "w"], "y", &[])], &[array], "y")).unwrap();
        ImportOptions::default().read_onnx(&path, BatchNorm::Separate).map(|read| read.network).map_err(|e| e.problem)
    };
    std::fs::write(folder.path().join("net.data"), [0f32.to_le_bytes(), 2.5f32.to_le_bytes()].concat()).unwrap();
    assert_eq!(file("net.data", "4").unwrap().output().weight[(0, 0)], 2.5);
    assert!(matches!(file("net.data", "5"), Err(Problem::Broken { .. })));
    for elsewhere in ["../net.data", "/etc/hosts", ""] {
        assert!(matches!(file(elsewhere, "0"), Err(Problem::Part { .. })), "{elsewhere}");
    }
}

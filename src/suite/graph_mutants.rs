//! Certificates of graph networks changed in one place. A right inverse is robust: many changes of it prove the same true sentence.
//! So what is judged is the sentence that remains: with the user's own network and data it has to be the same, and without them it
//! has to be true of what is then in the file (and so where it names a weight that the file chooses), evaluated once more in floats of many bits.

use super::extremes::{equal_classes, related};
use super::fate::Mutants;
use super::iclr_2019::{falling, of_full_rank};
use super::mutants::{change_number, to_bytes};
use super::prove::Proof;
use super::statement::{Outcome, Refusal, words};
use super::{Draw, Setup, Twist};
use crate::certificate::object::{NoMaximum, NoStrictMinimum};
use crate::certificate::{Claim, GraphRecord, Layer, Object, Reader, Record};
use crate::checker::{self, Conclusion, Descent, Expected, Verdict};
use crate::linalg::{Double, Kernel, Multiprecision};
use crate::network::{GraphNetwork, Loss};
use crate::path::{from_loss, from_matrix, to_loss, to_matrix};
use crate::statement::object::certificate;
use crate::statement::skip::independent::independent;
use crate::statement::skip::maximum::no_maximum;
use crate::statement::skip::strict_minimum::no_strict_minimum;
use crate::statement::skip::{GraphMove, GraphPath, read_graph_path};
use nalgebra::DMatrix;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rug::{Float, Rational};
use serde_json::{Value, json};
use std::collections::HashSet;

/// How many mutants are made of one certificate.
const MUTANTS: usize = 32;

/// A certificate that is valid, and what it is about.
struct Original {
    lines: Vec<Value>,
    expected: Expected,
    sentence: String,
    /// Whether the sentence names what the file chose, a weight and a step, beside the user's network and data.
    chooses: bool,
}

impl Original {
    fn new(
        bytes: &[u8],
        network: &GraphNetwork,
        inputs: &DMatrix<Rational>,
        loss: Option<&Loss>,
    ) -> Result<Self, String> {
        let mut from = network.to_layers();
        if loss.is_none() {
            from.remove(&(network.graph().blocks.len() + 1));
        }
        let expected = Expected {
            from: Some(from),
            graph: Some(network.graph().clone()),
            inputs: Some(to_matrix(inputs)),
            loss: loss.map(to_loss),
            ..Expected::default()
        };
        let lines = String::from_utf8(bytes.to_vec()).map_err(words)?;
        let lines: Vec<Value> = lines.lines().map(serde_json::from_str).collect::<Result<_, _>>().map_err(words)?;
        let sentence = sentence(&check(&lines, &expected)).ok_or("the original is refused")?;
        Ok(Original { lines, expected, sentence, chooses: false })
    }
}

fn check(lines: &[Value], expected: &Expected) -> Verdict {
    checker::check(Reader::new(&*to_bytes(lines)), expected, &mut |_| {})
}

/// What is proved, without how it stands to given files and without the losses, which a mutant may enclose in other bits.
fn sentence(verdict: &Verdict) -> Option<String> {
    match verdict {
        Verdict::Proved { finding, .. } => {
            let text = finding.to_string();
            Some(text.rsplit_once("; ").map_or(text.clone(), |(sentence, _)| sentence.to_owned()))
        }
        Verdict::Valid(statement) => {
            Some(format!("{}; {}; {}", statement.network, statement.conclusion, statement.scope))
        }
        Verdict::Invalid { .. } | Verdict::Incomplete { .. } => None,
    }
}

/// Mutants of a certificate of independence, of a falling line, or of that a network is no strict minimum or no maximum.
pub fn mutants(setup: &Setup) -> Outcome {
    let original = match setup.seed % 4 {
        0 => of_rank(setup)?,
        1 => of_line(setup)?,
        2 => of_kernel(setup)?,
        _ => of_curvature(setup)?,
    };
    let mut random = ChaCha8Rng::seed_from_u64(setup.seed);
    let mut mutants = Mutants::default();
    for _ in 0..MUTANTS {
        let (record, what, lines) = mutant(&mut random, &original.lines);
        let fate = mutants.0.entry(record).or_default();
        if let Some(found) = sentence(&check(&lines, &original.expected))
            && found != original.sentence
        {
            let why = if original.chooses { holds(&lines).err() } else { Some("another sentence".to_owned()) };
            if let Some(why) = why {
                return Err(format!("{what}: accepted for the given network, {why}: {found}"));
            }
        }
        match sentence(&check(&lines, &Expected::default())) {
            Some(_) => {
                holds(&lines).map_err(|why| format!("{what}: {why}"))?;
                fate.still_true += 1;
            }
            None => fate.refused += 1,
        }
    }
    Ok(Proof { moves: MUTANTS, mutants, ..Proof::default() })
}

fn of_rank(setup: &Setup) -> Result<Original, String> {
    let mut draw = Draw::new("graph-mutants", setup.seed, setup.twist);
    let (network, inputs, found) = of_full_rank(&mut draw, 2)?;
    Original::new(&certificate("suite", found.object), &network, &inputs, None)
}

fn of_line(setup: &Setup) -> Result<Original, String> {
    let (found, inputs, loss) = falling(setup.seed, "graph-mutants")?;
    Original::new(&found.certificate, &found.path.start, &inputs, Some(&loss))
}

fn of_kernel(setup: &Setup) -> Result<Original, String> {
    let (network, inputs) = related(&mut Draw::new("kernel-mutants", setup.seed, setup.twist));
    let found = no_strict_minimum(&network, &inputs, 512).map_err(words)?;
    Original::new(&certificate("suite", found.object), &network, &inputs, None)
}

fn of_curvature(setup: &Setup) -> Result<Original, String> {
    let (network, inputs, loss) = equal_classes(&mut Draw::new("curvature-mutants", setup.seed, setup.twist));
    let found = no_maximum(&network, &inputs, &loss).map_err(words)?;
    let original = Original::new(&certificate("suite", found.object), &network, &inputs, Some(&loss))?;
    Ok(Original { chooses: true, ..original })
}

/// Another σ, another number of it, another connection, or any number changed by one.
fn mutant(random: &mut ChaCha8Rng, lines: &[Value]) -> (&'static str, String, Vec<Value>) {
    loop {
        let mut mutant = lines.to_vec();
        let index = random.random_range(0..lines.len() - 1);
        let what = match random.random_range(0..4) {
            0 => change_graph(random, &mut mutant[0]),
            _ => change_number(random, &mut mutant[index], String::new()),
        };
        if let (Some(what), true) = (what, mutant != lines) {
            let changed = lines.iter().zip(&mutant).position(|(a, b)| a != b).unwrap_or(0);
            let record = lines[changed]["record"].as_str();
            let record = ["graph", "object", "start", "line"].into_iter().find(|name| record == Some(*name));
            return (record.unwrap_or("line"), format!("record {} {what}", changed + 1), mutant);
        }
    }
}

fn change_graph(random: &mut ChaCha8Rng, first: &mut Value) -> Option<String> {
    let graph = match first["object"].as_object_mut() {
        Some(object) => object.values_mut().next()?.get_mut("graph")?,
        None => first.get_mut("graph")?,
    };
    if random.random_ratio(1, 3) {
        let skips = graph["skips"].as_array_mut()?;
        skips.rotate_left(1);
        return Some("with its connections in another order".into());
    }
    let block = graph["blocks"].as_array_mut()?.first_mut()?;
    if random.random_ratio(1, 4) {
        let tied = block["tied"].as_bool()?;
        block["tied"] = json!(!tied);
        return Some("with biases tied or not".into());
    }
    let others = [
        json!({"name": "sigmoid"}),
        json!({"name": "tanh"}),
        json!({"name": "softplus", "gamma": "3"}),
        json!({"name": "elu", "alpha": "1/2"}),
    ];
    block["activation"] = others.choose(random)?.clone();
    Some("with another activation".into())
}

/// Whether what a certificate says is true, as floats of 256 bits and more see it.
fn holds(lines: &[Value]) -> Result<(), String> {
    let bytes = to_bytes(lines);
    let mut reader = Reader::new(&*bytes);
    match reader.next_record().map_err(words)? {
        Some(Record::Object { object: Object::Independent(object), .. }) => {
            let mut layers = object.layers.clone();
            layers.insert(object.graph.blocks.len() + 1, zero_output(&object.graph));
            let network = GraphNetwork::from_layers(object.graph.clone(), &layers).map_err(words)?;
            independent(&network, &from_matrix(&object.inputs), 2048, &mut |_| {}).map(|_| ()).map_err(words)
        }
        Some(Record::Object { object: Object::NoStrictMinimum(object), .. }) => is_flat(&object),
        Some(Record::Object { object: Object::NoMaximum(object), .. }) => is_steep(&object),
        _ => {
            let (problem, path) = read_graph_path(&mut Reader::new(&*bytes)).map_err(words)?;
            let loss = from_loss(&problem.loss).map_err(words)?;
            falls(&path, &from_matrix(&problem.inputs), &loss)
        }
    }
}

/// Whether Ψ z = 0 for the z ≠ 0 that is given, up to rounding; without one, whether there are as many features as distinct samples.
fn is_flat(object: &NoStrictMinimum) -> Result<(), String> {
    let inputs = from_matrix(&object.inputs);
    let Some(kernel) = &object.kernel else {
        let distinct: HashSet<_> = inputs.row_iter().map(|row| row.iter().cloned().collect::<Vec<_>>()).collect();
        let features = object.graph.skips.len() + usize::from(object.graph.bias);
        return (features >= distinct.len()).then_some(()).ok_or_else(|| "accepted, with too few features".into());
    };
    let mut layers = kernel.layers.clone();
    layers.insert(object.graph.blocks.len() + 1, zero_output(&object.graph));
    let network = GraphNetwork::from_layers(object.graph.clone(), &layers).map_err(words)?;
    let (float, vector) = (Multiprecision::new(512), from_matrix(&kernel.vector));
    let psi = network.features(&float, &inputs.map(|x| float.import(&x)));
    let largest = |matrix: &DMatrix<Float>| matrix.iter().fold(0.0, |most: f64, x| most.max(x.to_f64().abs()));
    let product = largest(&float.product(&psi, &vector.map(|x| float.import(&x))));
    let size = largest(&psi) * vector.iter().fold(0.0, |most: f64, x| most.max(x.to_f64().abs()));
    let is_zero = vector.iter().all(Rational::is_zero);
    (!is_zero && product <= size * 2f64.powi(-400)).then_some(()).ok_or_else(|| "accepted, and Ψ z is not 0".into())
}

/// Whether the loss is strictly convex along the weight, and larger on both sides where a step is given.
fn is_steep(object: &NoMaximum) -> Result<(), String> {
    let network = GraphNetwork::from_layers(object.graph.clone(), &object.layers).map_err(words)?;
    let loss = from_loss(&object.loss).map_err(words)?;
    let float = Multiprecision::new(512);
    let psi = network.features(&float, &from_matrix(&object.inputs).map(|x| float.import(&x)));
    let at = |t: &Rational| {
        let mut output = network.stacked_output();
        output[(object.feature, object.output)] += t;
        let output = float.product(&psi, &output.map(|x| float.import(&x)));
        loss.enclose_at(&output.map(|x: Float| x.to_rational().expect("a finite number")), 512)
    };
    let zero = at(&Rational::new());
    let one = Rational::from(1);
    let [left, right] = [at(&Rational::from(-&one)), at(&one)];
    let sum = Rational::from(left.lo() + right.lo());
    if sum <= Rational::from(zero.hi() * 2) {
        return Err("accepted, and the loss is not strictly convex".into());
    }
    let Some(step) = &object.step else { return Ok(()) };
    let step = Rational::parse(step.as_str()).map(Rational::from).map_err(words)?;
    let is_larger = |t: &Rational| at(t).lo() > zero.hi();
    let rises = is_larger(&step) && is_larger(&Rational::from(-&step));
    rises.then_some(()).ok_or_else(|| "accepted, and the loss is not larger on both sides".into())
}

/// Output weights that nothing depends on.
fn zero_output(graph: &GraphRecord) -> Layer {
    let zeros = |rows| to_matrix(&DMatrix::from_element(rows, graph.outputs, Rational::new()));
    Layer { weight: Some(zeros(graph.skips.len())), bias: graph.bias.then(|| zeros(1)), columns: None }
}

/// Whether the loss falls from each of 17 points of every line to the next.
fn falls(path: &GraphPath, inputs: &DMatrix<Rational>, loss: &Loss) -> Result<(), String> {
    let kernel = Multiprecision::new(256);
    let import = |matrix: &DMatrix<Rational>| matrix.map(|x| kernel.import(&x));
    let psi = path.start.features(&kernel, &import(inputs));
    let mut from = path.start.stacked_output();
    for step in &path.moves {
        let GraphMove::Line(to) = step else { return Err("a bounded line in a path that falls strictly".into()) };
        let at = |i: u32| {
            let share = Rational::from((i, 16));
            let output = from.zip_map(to, |a, b| Rational::from(&b - &a) * &share + &a);
            let output = kernel.product(&psi, &import(&output));
            loss.enclose_at(&output.map(|x: Float| x.to_rational().expect("a finite number")), 256)
        };
        let losses: Vec<_> = (0..=16).map(at).collect();
        if losses.windows(2).any(|pair| pair[1].lo() >= pair[0].hi()) {
            return Err("accepted, and the loss does not fall".into());
        }
        from = to.clone();
    }
    Ok(())
}

/// A judge who is told that the path backwards was accepted has to see the loss rise.
pub fn refuse_rise(seed: u64) -> Refusal {
    let (found, inputs, loss) = falling(seed, "graph-rise")?;
    let back = GraphPath { start: found.path.end(), moves: vec![GraphMove::Line(found.path.start.stacked_output())] };
    let (_, verdict) = back.prove((Claim::Descends, "control"), &inputs, &loss, 64);
    if let Verdict::Valid(statement) = verdict
        && matches!(statement.conclusion, Conclusion::Descends(Descent::FallsStrictly))
    {
        return Err("the path backwards was accepted".into());
    }
    falls(&back, &inputs, &loss).err().ok_or_else(|| "the judge did not see the loss rise".into())
}

/// A judge who is told that another z was accepted has to see that Ψ z is not 0.
pub fn refuse_kernel(seed: u64) -> Refusal {
    let mut draw = Draw::new("kernel-judge", seed, Twist::Generic);
    let (network, inputs) = loop {
        let (network, inputs) = related(&mut draw);
        if network.features(&Double, &inputs.map(|x| x.to_f64())).column(0).iter().any(|&x| x != 0.0) {
            break (network, inputs);
        }
    };
    let found = no_strict_minimum(&network, &inputs, 512).map_err(words)?;
    let Object::NoStrictMinimum(mut object) = found.object else { return Err("another object".into()) };
    let kernel = object.kernel.as_mut().ok_or("there is no z")?;
    let mut vector = from_matrix(&kernel.vector);
    vector[0] += 1;
    kernel.vector = to_matrix(&vector);
    is_flat(&object).err().ok_or_else(|| "the judge did not see that Ψ z is not 0".into())
}

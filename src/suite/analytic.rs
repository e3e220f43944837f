//! What ICLR 2019 cites, and its tables: Lemma A.1, Proposition A.2, CNN13.

use super::iclr_2019::{NO_FLOATS, apart, card, climbing, labels, of_full_rank};
use super::prove::{Float, Proof};
use super::statement::{Entry, Outcome, Refusal, control, refused, words};
use super::{Draw, Setup, Twist};
use crate::certificate::Claim;
use crate::certificate::graph::{BlockRecord, BlockRule, GraphRecord};
use crate::checker::{Conclusion, Rejection, Verdict};
use crate::network::{GraphLayer, GraphNetwork, Loss};
use crate::path::to_nonlinearity;
use crate::statement::object::number;
use crate::statement::skip::independent::independent;
use crate::statement::skip::layer_table::{CNN13, Convolution, PRINTED, blocks, units};
use crate::statement::skip::zero_set::{Sigma, Zeros, exponents, in_double, relu_on_half_lines, zeros};
use crate::statement::skip::{GraphMove, GraphPath};
use nalgebra::DMatrix;
use rug::Rational;
use std::collections::BTreeMap;

/// The intervals around zeros are 2^−BITS long at most.
const BITS: u32 = 24;

/// So many blocks are drawn until the determinant of one is 0 for some t ≠ 0: of twenty it is one.
const DRAWS: usize = 1000;

/// Lemma A.1.
pub const ZERO_SETS: Entry = Entry {
    card: card(
        "lemma-a.1",
        "Lemma A.1",
        [
            "cited for ℝⁿ; on lines, exactly: for N sigmoid or tanh units with integer pre-activations on N samples det Ψ(tU) is a polynomial \
             in e^t over a positive number, with so many zeros, in intervals as short as one likes",
            "statement::skip::zero_set",
            "rational arithmetic: Sturm's count, Descartes' bound, signs between the zeros; that det Ψ(U) is not 0 by a certificate of the \
             claim independent",
            "finitely many zeros on a line",
        ],
    ),
    trial: zero_sets,
    controls: || {
        vec![
            control("not 0 everywhere: twin units", refuse_twins),
            control("σ analytic: ReLU vanishes on a half-line", refuse_half_line),
        ]
    },
    kernels: Err("a count; the signs between the zeros are compared in f64 in each trial"),
};

/// Proposition A.2.
pub const PREIMAGES: Entry = Entry {
    card: card(
        "proposition-a.2",
        "Proposition A.2",
        [
            "cited; of {Φ < α}, for which the paper uses it: from a network with Φ < α lines in random directions of all parameters, on which \
             the loss stays below α. Lines only: no certificate is about a ball",
            "statement::skip::GraphPath",
            "certificate of the claim barrier, by the bounded rule",
            "below α on lines, proved",
        ],
    ),
    trial: open_sublevel_sets,
    controls: || vec![control("{Φ < α}: {Φ ≤ α} is left by steps of any length", refuse_closed)],
    kernels: Err(NO_FLOATS),
};

/// Tables 1 and 3.
pub const CNN13_UNITS: Entry = Entry {
    card: card(
        "cnn13",
        "Tables 1 and 3: CNN13",
        [
            "the hidden units of CNN13, counted from its layers: 204,928, of which Table 1 connects 55,000. The same thirteen layers on \
             smaller images and with fewer maps, N units drawn from all layers connected: rank N. What is trained is not a statement: below",
            "statement::skip::layer_table",
            "counted twice, by a formula and as blocks of a graph; certificate of the claim independent",
            "counted, and of rank N",
        ],
    ),
    trial: cnn13,
    controls: || {
        vec![
            control("both rows 14 × 14 × 128", refuse_missing_row),
            control("N hidden units or more", refuse_small_table),
        ]
    },
    kernels: Err("an integer; the features have no float counterpart but that of lemma-3.2"),
};

/// One dense block of N units with integer weights on N integer samples of two inputs.
fn integers(draw: &mut Draw, sigma: &str, samples: usize) -> (GraphNetwork, DMatrix<Rational>) {
    let activation = to_nonlinearity(&sigma.parse().expect("an activation"));
    let rule = BlockRule::Filters { filters: samples, tied: false, activation };
    let graph = GraphRecord {
        inputs: 2,
        blocks: vec![BlockRecord { from: vec![0], patches: None, rule }],
        skips: (0..samples).map(|unit| [1, unit]).collect(),
        outputs: 2,
        bias: false,
    };
    let mut whole = |rows: usize, columns: usize| {
        DMatrix::from_fn(rows, columns, |_, _| Rational::from(draw.count(0..=2) as i32 - 1))
    };
    let first = GraphLayer { weight: whole(2, samples), bias: Some(whole(1, samples)) };
    let output = GraphLayer { weight: whole(samples, 2), bias: None };
    let network = GraphNetwork::new(graph, [(1, first), (2, output)].into()).expect("the shapes fit");
    let inputs = loop {
        let inputs = whole(samples, 2);
        if crate::network::duplicate_rows(&inputs).is_none() {
            break inputs;
        }
    };
    (network, inputs)
}

/// A block, its samples and pre-activations, and the zeros of its determinant.
struct Vanishing {
    sigma: Sigma,
    network: GraphNetwork,
    inputs: DMatrix<Rational>,
    whole: DMatrix<i32>,
    found: Zeros,
}

/// A block whose determinant is 0 somewhere else than at t = 0, where all features are equal, or 0.
fn with_zeros(draw: &mut Draw) -> Option<Vanishing> {
    let (name, sigma) = [("sigmoid", Sigma::Sigmoid), ("tanh", Sigma::Tanh)][draw.count(0..=1)];
    let samples = draw.count(2..=3);
    let (network, inputs) = integers(draw, name, samples);
    let whole = exponents(&network, &inputs)?;
    let found = zeros(sigma, &whole, BITS).ok()?;
    (found.intervals.len() > 1).then_some(Vanishing { sigma, network, inputs, whole, found })
}

fn zero_sets(setup: &Setup) -> Outcome {
    let mut draw = Draw::new("lemma-a.1", setup.seed, setup.twist);
    let Vanishing { sigma, network, inputs, whole, found } =
        (0..DRAWS).find_map(|_| with_zeros(&mut draw)).ok_or("no determinant is 0 but at t = 0")?;
    // e is transcendental: P ≠ 0 is not 0 at s = e, which is t = 1.
    let rank = independent(&network, &inputs, 512, &mut |_| {}).map_err(words)?;
    let count = found.intervals.len();
    if count > found.descartes() || found.length() > Rational::from(count) >> BITS {
        return Err(format!("{count} zeros, more than Descartes' {}, or in long intervals", found.descartes()));
    }
    if !found.intervals.iter().any(|(from, to)| *from < 1 && *to >= 1) {
        return Err("t = 0 is not among the zeros".into());
    }
    let points = found.between();
    if points.iter().any(|s| found.sign(s).is_eq()) {
        return Err("a zero outside of the intervals".into());
    }
    // Where doubles see the determinant they see its sign.
    let differs = |s: &Rational| {
        let double = in_double(sigma, &whole, s.to_f64().ln());
        double.abs() > 1e-12 && (double > 0.0) != found.sign(s).is_gt()
    };
    let stray = if points.iter().any(differs) { 1.0 } else { 0.0 };
    let floats = vec![Float { kernel: "double".into(), stray: Some(stray) }];
    Ok(Proof { moves: count, bits: rank.bits, floats, ..Proof::default() })
}

fn refuse_twins(seed: u64) -> Refusal {
    let mut draw = Draw::new("analytic-twins", seed, Twist::Generic);
    let (network, inputs) = integers(&mut draw, "sigmoid", 3);
    let mut whole = exponents(&network, &inputs).ok_or("a pre-activation is no integer")?;
    let first = whole.column(0).into_owned();
    whole.set_column(2, &first);
    match zeros(Sigma::Sigmoid, &whole, BITS) {
        Err(reason) => Ok(words(reason)),
        Ok(found) => Err(format!("the determinant of equal columns has {} zeros only", found.intervals.len())),
    }
}

/// Pre-activations above 0 on all samples at t > 0 are below 0 at t < 0.
fn refuse_half_line(seed: u64) -> Refusal {
    let mut draw = Draw::new("half-line", seed, Twist::Generic);
    let whole = loop {
        let whole = DMatrix::from_fn(3, 3, |_, _| 1 + draw.count(0..=2) as i32);
        if !relu_on_half_lines(&whole)[1] && zeros(Sigma::Sigmoid, &whole, BITS).is_ok() {
            break whole;
        }
    };
    match (relu_on_half_lines(&whole), zeros(Sigma::Sigmoid, &whole, BITS)) {
        ([true, false], Ok(found)) => Ok(format!(
            "for ReLU det Ψ(tU) is 0 for all t < 0 and for no t > 0; for the sigmoid it is 0 at {} points",
            found.intervals.len()
        )),
        (other, _) => Err(format!("expected a half-line of zeros, found {other:?}")),
    }
}

/// Lines below α in directions of all parameters.
fn open_sublevel_sets(setup: &Setup) -> Outcome {
    let mut draw = Draw::new("proposition-a.2", setup.seed, setup.twist);
    let (network, inputs, _) = of_full_rank(&mut draw, 2)?;
    let loss = Loss::cross_entropy(labels(&mut draw, inputs.nrows(), 2));
    let psi = network.features(&crate::linalg::Double, &inputs.map(|x| x.to_f64()));
    let value = loss.approximate(&(psi * network.stacked_output().map(|x| x.to_f64())));
    // Above the loss by a part of it and a little more.
    let alpha = Rational::from_f64(value * (1.0 + 1.0 / 64.0) + 1.0 / 1024.0).ok_or("a loss that is not finite")?;
    for _ in 0..3 {
        below(&mut draw, &network, (&inputs, &loss), &alpha)?;
    }
    Ok(Proof { moves: 3, ..Proof::default() })
}

/// A line in a random direction, shortened until the loss stays below α on it.
fn below(
    draw: &mut Draw,
    network: &GraphNetwork,
    (inputs, loss): (&DMatrix<Rational>, &Loss),
    alpha: &Rational,
) -> Result<(), String> {
    let direction: BTreeMap<usize, [DMatrix<Rational>; 2]> = network
        .layers()
        .iter()
        .map(|(&number, layer)| {
            let (rows, columns) = layer.bias.as_ref().map_or((0, 0), DMatrix::shape);
            (number, [draw.matrix(layer.weight.nrows(), layer.weight.ncols()), draw.matrix(rows, columns)])
        })
        .collect();
    for shift in (12..60u32).step_by(6) {
        let path = GraphPath {
            start: network.clone(),
            moves: vec![GraphMove::Bounded(moved(network, &direction, shift), alpha.clone(), None)],
        };
        if let Verdict::Valid(statement) = path.prove((Claim::Barrier, "open"), inputs, loss, 96).1 {
            return match &statement.conclusion {
                Conclusion::Barrier(bound) if number(bound) == *alpha => Ok(()),
                _ => Err(format!("another bound was proved: {statement}")),
            };
        }
    }
    Err("no line stays below α".into())
}

fn moved(network: &GraphNetwork, direction: &BTreeMap<usize, [DMatrix<Rational>; 2]>, shift: u32) -> GraphNetwork {
    let mut layers = network.layers().clone();
    for (layer, [weight, bias]) in direction {
        let layer = layers.get_mut(layer).expect("a direction has the layers of the network");
        let own = layer.weight.iter_mut().zip(weight.iter());
        let own = own.chain(layer.bias.iter_mut().flat_map(|own| own.iter_mut()).zip(bias.iter()));
        own.for_each(|(entry, step)| *entry += Rational::from(step) >> shift);
    }
    GraphNetwork::new(network.graph().clone(), layers).expect("the shapes stay")
}

/// Up the gradient, by 2^−30: with α = Φ the network is in {Φ ≤ α}, and the line is not.
fn refuse_closed(seed: u64) -> Refusal {
    let mut draw = Draw::new("closed", seed, Twist::Generic);
    let (found, inputs, loss) = climbing(&mut draw)?;
    let alpha = number(&found.losses[1].upper);
    let path =
        GraphPath { start: found.path.end(), moves: vec![GraphMove::Bounded(found.path.start.clone(), alpha, None)] };
    match path.prove((Claim::Barrier, "closed"), &inputs, &loss, 128).1 {
        Verdict::Invalid { rejection: why @ Rejection::AboveBound, .. } => Ok(why.to_string()),
        other => Err(format!("expected a refusal, found: {other}")),
    }
}

/// CNN13 with so many maps for each 64, on images with this side; N units of all layers, drawn, are connected.
fn small_cnn13(draw: &mut Draw, side: usize, maps: usize, samples: usize) -> (GraphNetwork, DMatrix<Rational>) {
    let table = CNN13.map(|row| Convolution { maps: row.maps / 64 * maps, ..row });
    let activation = to_nonlinearity(&["sigmoid", "softplus=20"][draw.count(0..=1)].parse().expect("an activation"));
    let counts = units(side, &table);
    let mut skips = vec![];
    while skips.len() < samples {
        let layer = draw.count(0..=counts.len() - 1);
        let unit = [layer + 1, draw.count(0..=counts[layer] - 1)];
        if !skips.contains(&unit) {
            skips.push(unit);
        }
    }
    let graph = GraphRecord {
        inputs: side * side + 1,
        blocks: blocks(side, &table, &activation),
        skips,
        outputs: 2,
        bias: false,
    };
    let mut layers: BTreeMap<usize, GraphLayer> = BTreeMap::new();
    let mut channels = 1;
    for (number, (row, count)) in table.iter().zip(&counts).enumerate() {
        let weight = draw.matrix(row.kernel * row.kernel * channels, row.maps);
        layers.insert(number + 1, GraphLayer { weight, bias: Some(draw.matrix(1, *count)) });
        channels = row.maps;
    }
    layers.insert(table.len() + 1, GraphLayer { weight: draw.matrix(samples, 2), bias: None });
    // The last input is the padding.
    let mut inputs = draw.matrix(samples, side * side + 1);
    inputs.column_mut(side * side).fill(Rational::new());
    (GraphNetwork::new(graph, layers).expect("the shapes fit"), inputs)
}

fn cnn13(setup: &Setup) -> Outcome {
    let total: usize = units(28, &CNN13).iter().sum();
    if (total, total - PRINTED) != (204_928, 14 * 14 * 128) || total < 55_000 {
        return Err(format!("CNN13 has {total} hidden units"));
    }
    let mut draw = Draw::new("cnn13", setup.seed, setup.twist);
    for _ in 0..8 {
        let (side, samples) = (draw.count(5..=8), draw.count(2..=5));
        let (network, inputs) = small_cnn13(&mut draw, side, 1, samples);
        let counts = units(side, &CNN13.map(|row| Convolution { maps: row.maps / 64, ..row }));
        let built: Vec<usize> = (1..=CNN13.len()).filter_map(|block| network.units(block)).collect();
        if built != counts {
            return Err(format!("the graph has {built:?} units, the table {counts:?}"));
        }
        if let Ok(found) = independent(&network, &inputs, 512, &mut |_| {}) {
            return Ok(Proof { moves: CNN13.len(), bits: found.bits, ..Proof::default() });
        }
    }
    Err("no network of eight has rank N that 512 bits see".into())
}

fn refuse_missing_row(_: u64) -> Refusal {
    let mut rows = units(28, &CNN13);
    let row = rows.remove(4);
    match rows.iter().sum::<usize>() {
        PRINTED if row == 14 * 14 * 128 => {
            Ok(format!("without one row of {row} units there are {PRINTED}, as printed"))
        }
        other => Err(format!("{other} units, and {PRINTED} are printed")),
    }
}

/// The first row alone, on images of two pixels' side, has fewer maps than samples are wanted.
fn refuse_small_table(seed: u64) -> Refusal {
    let mut draw = Draw::new("small-table", seed, Twist::Generic);
    let table = [Convolution { kernel: 3, maps: 1, stride: 1 }];
    let activation = to_nonlinearity(&"sigmoid".parse().expect("an activation"));
    let count = units(2, &table)[0];
    let graph = GraphRecord {
        inputs: 5,
        blocks: blocks(2, &table, &activation),
        skips: (0..count).map(|unit| [1, unit]).collect(),
        outputs: 2,
        bias: false,
    };
    let first = GraphLayer { weight: draw.matrix(9, 1), bias: Some(draw.matrix(1, count)) };
    let layers = [(1, first), (2, GraphLayer { weight: draw.matrix(count, 2), bias: None })].into();
    let network = GraphNetwork::new(graph, layers).expect("the shapes fit");
    let samples = apart(&mut draw, count + 1);
    let inputs = DMatrix::from_fn(count + 1, 5, |i, j| if j < 3 { samples[(i, j)].clone() } else { Rational::new() });
    refused(independent(&network, &inputs, 256, &mut |_| {}), |reason| {
        matches!(reason, crate::statement::skip::independent::NotIndependent::TooFew { .. })
    })
}

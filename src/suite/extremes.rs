//! Theorem 3.4 (3) and (4) of ICLR 2019: no suboptimal strict local minimum, no local maximum.

use super::iclr_2019::{
    NO_FLOATS, apart, card, climbing, drawn, expect_descent, full_rank_descent, labels, layered, of_full_rank, proof,
    refuse_constant_loss, refuse_fewer_than_samples, refused_object,
};
use super::prove::{Float, Proof};
use super::statement::{Entry, Outcome, Refusal, control, unproved, words};
use super::{Draw, Setup, Twist};
use crate::certificate::graph::{BlockRecord, BlockRule, GraphRecord};
use crate::checker::{Descent, Finding, Reach, Unproved};
use crate::linalg::{Double, Exact, Kernel};
use crate::network::{GraphLayer, GraphNetwork, Loss};
use crate::path::to_nonlinearity;
use crate::statement::object::prove;
use crate::statement::skip::independent::independent;
use crate::statement::skip::maximum::{NoMaximum, NotSteep, no_maximum, object_of as steep};
use crate::statement::skip::strict_minimum::{NoStrictMinimum, NotExcluded, no_strict_minimum, object_of as flat};
use nalgebra::DMatrix;
use rug::Rational;

/// The bits of the floats in which z is looked for.
const PRECISION: u32 = 512;

/// Theorem 3.4 (3).
pub const NO_STRICT_MINIMUM: Entry = Entry {
    card: card(
        "theorem-3.4.3",
        "Theorem 3.4 (3)",
        [
            "for M > N (distinct samples): the output is constant on a line, for all parameters, every σ and every loss, convex or not. For \
             M = N: that, or V ↦ Ψ V is onto and a local minimum of a convex loss in V is a global one, for all parameters and every σ. For \
             a lower rank z ≠ 0 with Ψ z = 0, exactly: equal, opposite, dead and piecewise-linear units; for rank N R with ‖I − Ψ R‖ < 1, and a \
             line on which cross-entropy, squares fall strictly. No z is found where the relation is not rational",
            "statement::skip::strict_minimum, statement::skip::independent, statement::skip::descend",
            "certificates of the claims no-strict-minimum (numbers compared, or Ψ z multiplied out over the rational numbers and values of σ), \
             independent and strictly-descends",
            "no suboptimal strict local minimum, proved",
        ],
    ),
    trial: no_minimum,
    controls: || {
        vec![
            control("M ≥ N: at M = N − 1 a local minimum in V is above ½", refuse_fewer_than_samples),
            control("M ≥ N, by counting", refuse_few_features),
            control("z ≠ 0", refuse_zero_vector),
            control("Ψ z = 0", refuse_other_vector),
            control("a rational relation: Ψ z = 0 for an irrational z only", refuse_irrational),
        ]
    },
    kernels: Err(NO_FLOATS),
};

/// Theorem 3.4 (4).
pub const NO_MAXIMUM: Entry = Entry {
    card: card(
        "theorem-3.4.4",
        "Theorem 3.4 (4)",
        [
            "a weight of the output along which cross-entropy or squares are strictly convex, for all V, with a step at whose both ends \
             the loss is larger where ∇_V Φ = 0; and a line that ends at the network, on which the loss falls strictly",
            "statement::skip::maximum, statement::skip::descend::climb",
            "certificates of the claims no-maximum (the entry Σ p (1 − p) Ψ² of the Hessian and three losses enclosed) and strictly-descends, \
             to the network",
            "no local maximum, proved",
        ],
    ),
    trial: no_local_maximum,
    controls: || {
        vec![
            control("m ≥ 2 for the cross-entropy", refuse_constant_loss),
            control("a second derivative: m = 1", refuse_one_output),
            control("a feature that is not 0", refuse_zero_feature),
            control("a loss that is strictly convex", refuse_hinge),
            control("∇_V Φ = 0, for a rise on both sides", refuse_slope),
            control("enough bits", refuse_few_bits),
        ]
    },
    kernels: Err(NO_FLOATS),
};

fn any_loss(draw: &mut Draw, samples: usize, outputs: usize) -> Loss {
    match draw.count(0..=2) {
        0 => Loss::square(draw.matrix(samples, outputs)),
        1 => Loss::mean_square(draw.matrix(samples, outputs)),
        _ => Loss::cross_entropy(labels(draw, samples, outputs)),
    }
}

fn no_minimum(setup: &Setup) -> Outcome {
    let mut draw = Draw::new("theorem-3.4.3", setup.seed, setup.twist);
    match draw.count(0..=3) {
        0 => full_rank_line(&mut draw),
        1 => more_features(&mut draw),
        2 => dependent_units(&mut draw),
        _ => as_many_features(&mut draw),
    }
}

fn full_rank_line(draw: &mut Draw) -> Outcome {
    let (found, inputs, loss) = full_rank_descent(draw)?;
    expect_descent(&found, &Descent::FallsStrictly)?;
    Ok(proof(&found, &inputs, &loss))
}

/// What the checker has to say.
fn reaches(found: &NoStrictMinimum, expected: Reach) -> Result<(), String> {
    match &found.finding {
        Finding::NoStrictMinimum { reach, .. } if *reach == expected => Ok(()),
        other => Err(format!("proved is something else: {other}")),
    }
}

/// M > N; a sample may be there twice.
fn more_features(draw: &mut Draw) -> Outcome {
    let samples = draw.count(2..=5);
    let more = draw.count(0..=2);
    let (network, mut inputs) = drawn(draw, samples, samples + more, 2);
    // One distinct sample less makes M = N enough.
    if more == 0 {
        let first = inputs.row(0).into_owned();
        inputs.set_row(samples - 1, &first);
    }
    let found = no_strict_minimum(&network, &inputs, PRECISION).map_err(words)?;
    reaches(&found, Reach::EveryLoss)?;
    Ok(Proof { moves: 1, ..Proof::default() })
}

/// M = N: by counting for all parameters, and rank N certified here.
fn as_many_features(draw: &mut Draw) -> Outcome {
    let (network, inputs, rank) = loop {
        let (network, inputs, found) = of_full_rank(draw, 2)?;
        if network.stacked_output().nrows() == inputs.nrows() {
            break (network, inputs, found);
        }
    };
    let found = no_strict_minimum(&network, &inputs, PRECISION).map_err(words)?;
    reaches(&found, Reach::ConvexLosses)?;
    Ok(Proof { moves: inputs.nrows(), bits: rank.bits, ..Proof::default() })
}

/// σ, and a factor c with σ(cx) a multiple of σ(x).
const RELATED: [(&str, i32); 8] = [
    ("sigmoid", 1),
    ("tanh", 1),
    ("tanh", -1),
    ("softplus=20", 1),
    ("elu=1", 1),
    ("relu", 2),
    ("relu", 0),
    ("leaky-relu=1/10", 3),
];

/// Two of the units that are connected are related: equal, opposite, a multiple, or one of them is dead.
pub fn related(draw: &mut Draw) -> (GraphNetwork, DMatrix<Rational>) {
    let (sigma, factor) = RELATED[draw.count(0..=RELATED.len() - 1)];
    let (samples, upper) = (draw.count(2..=5), draw.once_in(2));
    let (network, inputs) = layered(draw, sigma, samples, upper);
    let mut layers = network.layers().clone();
    let layer = layers.get_mut(&if upper { 2 } else { 1 }).expect("a dense block");
    let parts = [&mut layer.weight, layer.bias.as_mut().expect("a bias a unit")];
    for part in parts {
        let other = part.column(0).map(|x| x * factor);
        part.set_column(1, &other);
    }
    (GraphNetwork::new(network.graph().clone(), layers).expect("the shapes stay"), inputs)
}

fn dependent_units(draw: &mut Draw) -> Outcome {
    let (network, inputs) = related(draw);
    let found = no_strict_minimum(&network, &inputs, PRECISION).map_err(words)?;
    reaches(&found, Reach::Blocks)?;
    let vector = found.vector.as_ref().ok_or("there is no z")?;
    // Every loss stays on the line, the hinge loss too, in doubles.
    let psi = network.features(&Double, &inputs.map(|x| x.to_f64()));
    let (output, samples) = (network.stacked_output(), inputs.nrows());
    let losses = [any_loss(draw, samples, 2), Loss::hinge(labels(draw, samples, 2))];
    let at = |loss: &Loss, t: i32| {
        let mut moved = output.clone();
        moved.column_mut(0).iter_mut().zip(vector.iter()).for_each(|(v, z)| *v += Rational::from(z * t));
        loss.approximate(&(&psi * moved.map(|x| x.to_f64())))
    };
    let change = |loss: &Loss| {
        let start = at(loss, 0);
        [-3, 1, 8].map(|t| (at(loss, t) - start).abs() / start.max(1.0)).into_iter().fold(0.0, f64::max)
    };
    let stray = losses.iter().map(change).fold(0.0, f64::max);
    let floats = vec![Float { kernel: "double".into(), stray: Some(stray) }];
    Ok(Proof { moves: 1, floats, ..Proof::default() })
}

fn refuse_few_features(seed: u64) -> Refusal {
    let mut draw = Draw::new("few-features", seed, Twist::Generic);
    // Of rank N − 1: no z.
    let (network, inputs) = loop {
        let samples = draw.count(3..=5);
        let (network, inputs) = drawn(&mut draw, samples, samples - 1, 2);
        let fewer = inputs.rows(0, samples - 1).into_owned();
        if independent(&network, &fewer, PRECISION, &mut |_| {}).is_ok() {
            break (network, inputs);
        }
    };
    match no_strict_minimum(&network, &inputs, PRECISION) {
        Err(reason @ NotExcluded::FewFeatures { .. }) => Ok(words(reason)),
        Ok(found) => Err(format!("too few features passed: {}", found.finding)),
    }
}

fn refused_claim(object: crate::certificate::Object, expected: fn(&Unproved) -> bool) -> Refusal {
    unproved(prove(object), expected)
}

fn refuse_zero_vector(seed: u64) -> Refusal {
    let (network, inputs) = related(&mut Draw::new("zero-vector", seed, Twist::Generic));
    let zero = DMatrix::from_element(inputs.nrows(), 1, Rational::new());
    refused_claim(flat(&network, &inputs, Some(&zero)), |why| *why == Unproved::ZeroVector)
}

/// z with one number that is another one, of a feature that is not 0.
fn refuse_other_vector(seed: u64) -> Refusal {
    let mut draw = Draw::new("other-vector", seed, Twist::Generic);
    let (network, inputs, live) = loop {
        let (network, inputs) = related(&mut draw);
        let psi = network.features(&Double, &inputs.map(|x| x.to_f64()));
        if let Some(live) = (0..psi.ncols()).find(|&j| psi.column(j).amax() > 0.0) {
            break (network, inputs, live);
        }
    };
    let found = no_strict_minimum(&network, &inputs, PRECISION).map_err(words)?;
    let mut vector = found.vector.ok_or("there is no z")?;
    vector[live] += 1;
    refused_claim(flat(&network, &inputs, Some(&vector)), |why| matches!(why, Unproved::NotInKernel { .. }))
}

/// A softplus unit of weight 0 and bias 1, beside the column of ones: (1, −log(1 + e)) is in the kernel, and no rational vector.
fn refuse_irrational(seed: u64) -> Refusal {
    let mut draw = Draw::new("irrational", seed, Twist::Generic);
    let (network, inputs) = layered(&mut draw, "softplus=1", 3, false);
    let (mut graph, mut layers) = (network.graph().clone(), network.layers().clone());
    graph.skips.truncate(1);
    graph.bias = true;
    let first = layers.get_mut(&1).expect("the first block");
    first.weight.column_mut(0).fill(Rational::new());
    first.bias.as_mut().expect("a bias a unit")[0] = Rational::from(1);
    layers.insert(3, GraphLayer { weight: draw.matrix(1, 2), bias: Some(draw.matrix(1, 2)) });
    let network = GraphNetwork::new(graph, layers).expect("the shapes fit");
    if !matches!(no_strict_minimum(&network, &inputs, PRECISION), Err(NotExcluded::FewFeatures { .. })) {
        return Err("a rational z was found".into());
    }
    let near = Rational::from_f64(-1.0f64.exp().ln_1p()).expect("a finite number");
    let vector = DMatrix::from_column_slice(2, 1, &[Rational::from(1), near]);
    refused_claim(flat(&network, &inputs, Some(&vector)), |why| matches!(why, Unproved::NotInKernel { .. }))
}

fn no_local_maximum(setup: &Setup) -> Outcome {
    let mut draw = Draw::new("theorem-3.4.4", setup.seed, setup.twist);
    match draw.count(0..=3) {
        0 => {
            let (found, inputs, loss) = climbing(&mut draw)?;
            Ok(proof(&found, &inputs, &loss))
        }
        1 => steep_at(equal_classes(&mut draw), true),
        2 => steep_at(least_squares(&mut draw)?, true),
        _ => {
            let (samples, features) = (draw.count(1..=5), draw.count(1..=5));
            let (network, inputs) = drawn(&mut draw, samples, features, 3);
            let loss = any_loss(&mut draw, samples, 3);
            steep_at((network, inputs, loss), false)
        }
    }
}

/// What is proved of a network; with a rise on both sides where the gradient is 0.
fn steep_at((network, inputs, loss): (GraphNetwork, DMatrix<Rational>, Loss), critical: bool) -> Outcome {
    let NoMaximum { finding, bits, .. } = no_maximum(&network, &inputs, &loss).map_err(words)?;
    let Finding::NoMaximum { weight: (feature, output), curvature, rise, .. } = &finding else {
        return Err(format!("another claim was proved: {finding}"));
    };
    if critical && rise.is_none() {
        return Err(format!("no rise on both sides where the gradient is 0: {finding}"));
    }
    // The second derivative as a quotient of differences, in doubles.
    let psi = network.features(&Double, &inputs.map(|x| x.to_f64()));
    let base = network.stacked_output().map(|x| x.to_f64());
    let size = psi.column(*feature).amax();
    let at = |t: f64| {
        let mut moved = base.clone();
        moved[(*feature, *output)] += t;
        loss.approximate(&(&psi * moved))
    };
    let h = 1e-3 / size;
    let quotient = (at(h) - 2.0 * at(0.0) + at(-h)) / (h * h);
    let exact = crate::statement::object::number(&curvature.lower).to_f64();
    let stray = (quotient - exact).abs() / exact.max(size * size).max(1e-300);
    let floats = vec![Float { kernel: "double".into(), stray: Some(stray) }];
    Ok(Proof { moves: 1, bits, floats, ..Proof::default() })
}

/// All samples have equal features, all outputs equal weights, and both classes come as often: ∇_V Φ = 0.
pub fn equal_classes(draw: &mut Draw) -> (GraphNetwork, DMatrix<Rational>, Loss) {
    let half = draw.count(1..=3);
    let sigma = ["sigmoid", "softplus=1"][draw.count(0..=1)];
    let (network, inputs) = layered(draw, sigma, 2 * half, false);
    let mut layers = network.layers().clone();
    layers.get_mut(&1).expect("the first block").weight.fill(Rational::new());
    let output = layers.get_mut(&3).expect("the output");
    let column = output.weight.column(0).into_owned();
    output.weight.set_column(1, &column);
    let network = GraphNetwork::new(network.graph().clone(), layers).expect("the shapes stay");
    (network, inputs, Loss::cross_entropy((0..2 * half).map(|sample| sample % 2).collect()))
}

/// Inputs that are connected to one output, and a residual that is orthogonal to them and to 1: ∇_V Φ = 0.
fn least_squares(draw: &mut Draw) -> Result<(GraphNetwork, DMatrix<Rational>, Loss), String> {
    let samples = draw.count(5..=7);
    let inputs = apart(draw, samples);
    let activation = to_nonlinearity(&"tanh".parse().expect("an activation"));
    let rule = BlockRule::Filters { filters: 1, tied: false, activation };
    let blocks = vec![BlockRecord { from: vec![0], patches: None, rule }];
    let graph = GraphRecord { inputs: 3, blocks, skips: (0..3).map(|i| [0, i]).collect(), outputs: 1, bias: true };
    let layer =
        |draw: &mut Draw, rows: usize| GraphLayer { weight: draw.matrix(rows, 1), bias: Some(draw.matrix(1, 1)) };
    let layers = [(1, layer(draw, 3)), (2, layer(draw, 3))].into();
    let network = GraphNetwork::new(graph, layers).expect("the shapes fit");
    let ones = inputs.clone().insert_column(3, Rational::from(1));
    let residual = Exact.left_kernel_vector(&ones).map_err(words)?.ok_or("five samples are dependent")?;
    let targets = Exact.product(&ones, &network.stacked_output()) + residual;
    Ok((network, inputs, Loss::square(targets)))
}

fn refuse_one_output(seed: u64) -> Refusal {
    let mut draw = Draw::new("one-output", seed, Twist::Generic);
    let (network, inputs) = drawn(&mut draw, 3, 4, 1);
    let loss = Loss::cross_entropy(vec![0; 3]);
    let reason = match no_maximum(&network, &inputs, &loss) {
        Err(reason @ NotSteep::Constant { .. }) => words(reason),
        Err(other) => return Err(format!("refused for another reason: {other}")),
        Ok(_) => return Err("a constant loss passed for a convex one".into()),
    };
    refused_claim(steep(&network, &inputs, &loss, ((0, 0), None), 64), |why| *why == Unproved::Flat)
        .map(|checker| format!("{reason}; {checker}"))
}

/// An input that is 0 on all samples is connected to the output.
fn refuse_zero_feature(seed: u64) -> Refusal {
    let mut draw = Draw::new("zero-feature", seed, Twist::Generic);
    let (network, mut inputs) = drawn(&mut draw, 3, 4, 2);
    inputs.column_mut(2).fill(Rational::new());
    let mut graph = network.graph().clone();
    graph.skips[0] = [0, 2];
    let network = GraphNetwork::new(graph, network.layers().clone()).expect("the shapes stay");
    let loss = any_loss(&mut draw, 3, 2);
    refused_claim(steep(&network, &inputs, &loss, ((0, 1), None), 64), |why| *why == Unproved::Flat)
}

fn refuse_hinge(seed: u64) -> Refusal {
    let mut draw = Draw::new("hinge", seed, Twist::Generic);
    let (network, inputs) = drawn(&mut draw, 3, 4, 2);
    let loss = Loss::hinge(labels(&mut draw, 3, 2));
    if !matches!(no_maximum(&network, &inputs, &loss), Err(NotSteep::NotConvex { .. })) {
        return Err("the hinge loss passed for a strictly convex one".into());
    }
    refused_claim(steep(&network, &inputs, &loss, ((0, 0), None), 64), |why| *why == Unproved::NotCurved)
}

/// All labels are 0, all features positive: the loss falls as their weights to output 0 grow.
fn refuse_slope(seed: u64) -> Refusal {
    let mut draw = Draw::new("slope", seed, Twist::Generic);
    let (network, inputs) = layered(&mut draw, "sigmoid", 3, true);
    let loss = Loss::cross_entropy(vec![0; 3]);
    let step = Rational::from((1, 16));
    refused_claim(steep(&network, &inputs, &loss, ((0, 0), Some(&step)), 512), |why| {
        matches!(why, Unproved::NoRise { .. })
    })
}

fn refuse_few_bits(seed: u64) -> Refusal {
    let mut draw = Draw::new("steep-bits", seed, Twist::Generic);
    let (network, inputs) = drawn(&mut draw, 3, 3, 2);
    let loss = Loss::cross_entropy(labels(&mut draw, 3, 2));
    refused_object(steep(&network, &inputs, &loss, ((0, 0), None), 1), true)
}

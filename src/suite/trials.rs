//! One trial a statement: an instance in, a proof or a reason out. And for each a thing that has to be refused.

use super::prove::{Proof, in_floats, prove, refuse_forgery};
use super::{Instance, Twist, activations, instance, monotone_activations};
use crate::certificate::Claim;
use crate::linalg::{Double, Exact, Kernel, Multiprecision};
use crate::network::{Activation, Parameters};
use crate::path::{Move, Path, Walker};
use crate::statement::weight_copying::{Ones, Strategy};
use crate::statement::wide_layers::stand;
use crate::statement::{
    Goal, Obstacle, column_reduction, descend, escape, full_rank_features, full_rank_path, full_rank_weights,
    independent_data, output_following, shift_span, weight_copying, wide_first_layer, wide_layers,
};
use nalgebra::DMatrix;
use rug::Rational;
use std::sync::Arc;

/// The bits of the multiprecision kernel that runs beside the double one.
const PRECISION: u32 = 113;

/// What a trial is run on.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Seeds everything random.
    pub seed: u64,
    /// What is special about the networks.
    pub twist: Twist,
    /// A pair of trained networks, in the place of random ones.
    pub real: Option<Instance>,
}

type Outcome = Result<Proof, String>;

impl Setup {
    /// The real pair, or a random instance of one of the shapes; the seed chooses shape and activation.
    fn pick(&self, activations: &[Activation], shapes: &[(usize, &[usize])]) -> Instance {
        self.real.clone().unwrap_or_else(|| {
            let pick = |count: usize, salt: u64| (self.seed / salt) as usize % count;
            let (samples, widths) = shapes[pick(shapes.len(), 1)];
            instance(self.seed, &activations[pick(activations.len(), 7)], samples, widths, self.twist)
        })
    }
}

/// An error in words.
pub(super) fn words(obstacle: impl ToString) -> String {
    obstacle.to_string()
}

/// A walker with exact numbers at one of the instance's networks.
pub(super) fn walker<'a>(instance: &Instance, at: &Parameters<Rational>) -> Walker<'a, Exact> {
    stand(&Exact, &instance.problem, at)
}

/// Where random inputs happen to be dependent the theorem does not apply: take another seed.
pub fn with_independent_inputs(setup: &Setup, shapes: &[(usize, &[usize])]) -> Instance {
    let mut setup = setup.clone();
    loop {
        let instance = setup.pick(&monotone_activations(), shapes);
        if setup.real.is_some() || instance.problem.require_independent_inputs().is_ok() {
            return instance;
        }
        setup.seed = setup.seed.wrapping_add(1_000_003);
    }
}

/// A connecting path by all kernels.
fn connect_by_all(
    instance: &Instance,
    build: impl Fn(&Exact) -> Result<Path<Rational>, Obstacle>,
    double: impl Fn(&Double) -> Result<Path<f64>, Obstacle>,
    multiprecision: impl Fn(&Multiprecision) -> Result<Path<rug::Float>, Obstacle>,
    real: bool,
) -> Outcome {
    let path = build(&Exact).map_err(words)?;
    let mut proof = prove(instance, Claim::Connected, &path, Some(&instance.to))?;
    proof.floats.push(in_floats(&Double, instance, &instance.to, double(&Double)));
    if !real {
        let kernel = Multiprecision::new(PRECISION);
        proof.floats.push(in_floats(&kernel, instance, &instance.to, multiprecision(&kernel)));
    }
    Ok(proof)
}

macro_rules! connect_trial {
    ($instance:expr, $setup:expr, $connect:path) => {{
        let instance = $instance;
        let (problem, from, to) = (&instance.problem, &instance.from, &instance.to);
        connect_by_all(
            &instance,
            |kernel| $connect(kernel, problem, from, to),
            |kernel| $connect(kernel, problem, from, to),
            |kernel| $connect(kernel, problem, from, to),
            $setup.real.is_some(),
        )
    }};
}

const NARROWING: &[(usize, &[usize])] = &[(3, &[3, 3, 2, 1]), (4, &[3, 5, 2]), (2, &[2, 4, 3, 2]), (1, &[1, 1])];
const WIDE_FIRST: &[(usize, &[usize])] = &[(3, &[2, 6, 2, 1]), (3, &[1, 4, 1]), (4, &[2, 4, 3, 2]), (1, &[1, 1, 1])];
const WIDE: &[(usize, &[usize])] = &[(3, &[2, 6, 6, 1]), (3, &[1, 4, 2]), (4, &[2, 4, 1]), (2, &[1, 2, 3, 4, 1])];
const HIDDEN: &[(usize, &[usize])] = &[(4, &[2, 4, 2]), (3, &[1, 5, 1]), (5, &[3, 10, 2]), (1, &[1, 1, 1])];

/// Lemma 3.3, statement 1: the forward pass returns the target.
pub fn output_following(setup: &Setup) -> Outcome {
    let instance = with_independent_inputs(setup, NARROWING);
    let problem = &instance.problem;
    let mut walker = walker(&instance, &instance.from);
    let canonical = output_following::Canonical::reach(&mut walker, &problem.activation, 1).map_err(words)?;
    let target = self::walker(&instance, &instance.to).output().clone();
    let above = canonical.walker().parameters().clone();
    let first = output_following::first_layer_for(&Exact, canonical.pullback(), &above, problem.depth(), &target);
    let reached = above.with_layer(1, first).map_err(words)?;
    let output = self::walker(&instance, &reached).output().clone();
    if output == target { Ok(Proof::default()) } else { Err("the forward pass does not return the target".into()) }
}

/// Lemma 3.4: full rank at constant output.
pub fn full_rank_weights(setup: &Setup) -> Outcome {
    let instance = with_independent_inputs(setup, NARROWING);
    let mut walker = walker(&instance, &instance.from);
    full_rank_weights::full_rank_weights(&mut walker, &instance.problem.activation, 1).map_err(words)?;
    for l in 2..=instance.problem.depth() {
        if Exact.rank(&walker.parameters().weight(l).into_owned()) < instance.problem.widths[l] {
            return Err(format!("W_{l} does not have full column rank"));
        }
    }
    let path = walker.into_path();
    prove(&instance, Claim::Connected, &path, Some(&path.end()))
}

/// Proposition 3.5 on matrices: the layer-1 matrices of two random networks, made full rank.
pub fn full_rank_path(setup: &Setup) -> Outcome {
    let instance = setup.pick(&activations(), &[(2, &[5, 3, 1]), (2, &[3, 3, 1]), (2, &[8, 3, 1])]);
    let full = |network: &Parameters<Rational>| full_rank_weights::complete_rank(&Exact, network.layer(1)).0;
    let (from, to) = (full(&instance.from), full(&instance.to));
    let chain = full_rank_path::full_rank_path(&Exact, &from, &to).map_err(words)?;
    let last = chain.segments.last().map_or(&chain.start, |segment| &segment.end);
    if chain.verify() && *last == to {
        Ok(Proof { moves: chain.segments.len(), ..Proof::default() })
    } else {
        Err("the chain is not verified".into())
    }
}

/// Theorem 3.2 (1).
pub fn independent_data(setup: &Setup) -> Outcome {
    connect_trial!(with_independent_inputs(setup, NARROWING), setup, independent_data::connect)
}

/// Theorem 3.2 (2).
pub fn escape_through_kernel(setup: &Setup) -> Outcome {
    let instance = with_independent_inputs(setup, NARROWING_DEEP);
    let mut walker = walker(&instance, &instance.from);
    escape::through_kernel(&mut walker, &instance.problem).map_err(words)?;
    prove(&instance, Claim::Unbounded, &walker.into_path(), None)
}

const NARROWING_DEEP: &[(usize, &[usize])] = &[(3, &[3, 3, 2, 1]), (4, &[3, 5, 2]), (2, &[2, 4, 3, 2])];

/// Lemma 4.3 in a network, to a basis without the ones column.
pub fn column_reduction(setup: &Setup) -> Outcome {
    let instance = setup.pick(&activations(), HIDDEN);
    let mut walker = walker(&instance, &instance.from);
    let basis = Exact.pivot_columns(&walker.level(1));
    column_reduction::reduce(&mut walker, 1, &basis).map_err(words)?;
    let dead = (0..walker.width(1)).filter(|neuron| !basis.contains(neuron));
    for neuron in dead {
        if walker.layer(2).row(neuron).iter().any(|entry| !entry.is_zero()) {
            return Err(format!("neuron {neuron} is not dead"));
        }
    }
    let path = walker.into_path();
    prove(&instance, Claim::Connected, &path, Some(&path.end()))
}

/// Lemma 4.4: the shifts of the first input column, whose entries are distinct, span everything.
pub fn shift_span(setup: &Setup) -> Outcome {
    let instance = setup.pick(&activations(), HIDDEN);
    let v = instance.problem.inputs.column(0).into_owned();
    let activation = instance.problem.activation.import(&Exact);
    let biases = shift_span::shift_span(&Exact, &activation, &v);
    let rank = Exact.rank(&shift_span::shifted_columns(&activation, &v, &biases));
    if rank == v.len() { Ok(Proof::default()) } else { Err(format!("the shifts span {rank} of {}", v.len())) }
}

/// Theorem 4.2 (1) and its special cases: descent.
pub fn descend_narrowing(setup: &Setup) -> Outcome {
    let instance = setup.pick(&monotone_activations(), &[(4, &[2, 3, 2]), (3, &[1, 2, 4, 3]), (4, &[2, 4, 3, 2, 1])]);
    descent(&instance)
}

/// Theorem 4.2 (1) where two samples coincide behind a neuron that is needed: through a nearby point, below α.
pub fn descend_nearby(setup: &Setup) -> Outcome {
    let instance = coinciding(setup);
    let (problem, loss, epsilon) = (&instance.problem, &instance.loss, instance.epsilon((1, 1_000_000)));
    let start = loss.enclose(walker(&instance, &instance.from).output());
    if *start.hi() <= epsilon {
        return Ok(Proof::default());
    }
    let alpha = Rational::from(start.hi() * 1001u32) / 1000u32;
    let goal = Goal { alpha: Some(&alpha), ..Goal::never_rising(loss, &epsilon) };
    let found = crate::statement::descend(&Exact, problem, &goal, &instance.from).map_err(words)?;
    if !matches!(found.path.moves.first(), Some(Move::Bounded(_, bound)) if *bound == alpha) {
        return Err("the path does not start with a bounded move".into());
    }
    let mut proof = prove(&instance, Claim::Descends, &found.path, None)?;
    let end = found.path.end();
    let double = descend::descend(&Double, problem, &goal, found.wide, &instance.from);
    proof.floats.push(in_floats(&Double, &instance, &end, double));
    Ok(proof)
}

/// A network whose first layer has one neuron, which does not see the one coordinate in which two samples differ.
fn coinciding(setup: &Setup) -> Instance {
    let shapes: &[(usize, &[usize])] = &[(3, &[2, 1, 2, 2]), (4, &[2, 1, 3, 1]), (4, &[2, 1, 3, 2, 1])];
    let mut instance = setup.pick(&monotone_activations(), shapes);
    for i in 0..instance.problem.samples() {
        instance.problem.inputs[(i, 1)] = Rational::from(i.max(1));
    }
    let mut first = DMatrix::clone(instance.from.layer(1));
    first[(0, 0)] = Rational::new();
    if first[(1, 0)] == 0 {
        first[(1, 0)] = Rational::from(1);
    }
    instance.from.set_layer(1, Arc::new(first));
    instance
}

/// Theorem 6.1 (1): descent for any activation.
pub fn descend_wide(setup: &Setup) -> Outcome {
    descent(&setup.pick(&activations(), WIDE))
}

fn descent(instance: &Instance) -> Outcome {
    let epsilon = instance.epsilon((1, 1_000_000));
    let (problem, loss) = (&instance.problem, &instance.loss);
    let found = crate::statement::descend(&Exact, problem, &Goal::never_rising(loss, &epsilon), &instance.from)
        .map_err(words)?;
    let end = loss.enclose(walker(instance, &found.path.end()).output());
    if *end.hi() > epsilon {
        return Err(format!("the loss ends at {end}"));
    }
    let mut proof = prove(instance, Claim::Descends, &found.path, None)?;
    let end = found.path.end();
    let double = descend::descend(&Double, problem, &Goal::never_rising(loss, &epsilon), found.wide, &instance.from);
    proof.floats.push(in_floats(&Double, instance, &end, double));
    Ok(proof)
}

/// Theorem 4.2 (2), 5.1, 6.1: a dead neuron runs off.
pub fn escape_wide(setup: &Setup) -> Outcome {
    let instance = setup.pick(&activations(), HIDDEN);
    let mut walker = walker(&instance, &instance.from);
    match escape::escape(&mut walker, &instance.problem).map_err(words)? {
        escape::Escape::DeadNeuron(_) => prove(&instance, Claim::Unbounded, &walker.into_path(), None),
        escape::Escape::Kernel => Err("a wide layer without a dependent neuron".into()),
    }
}

/// Lemma 5.2 at the threshold, with and without the ones column.
pub fn full_rank_features(setup: &Setup) -> Outcome {
    let instance = setup.pick(&activations(), HIDDEN);
    let mut proved = Proof::default();
    for ones in [Ones::Apart, Ones::InBasis] {
        let mut walker = walker(&instance, &instance.from);
        full_rank_features::full_rank_features(&mut walker, 1, ones).map_err(words)?;
        let rank = match ones {
            Ones::Apart => Exact.rank(&walker.level(1)),
            Ones::InBasis => Exact.rank(walker.features(1)),
        };
        if rank < instance.problem.samples() {
            return Err(format!("rank {rank} < N = {}", instance.problem.samples()));
        }
        let path = walker.into_path();
        proved = prove(&instance, Claim::Connected, &path, Some(&path.end()))?;
    }
    Ok(proved)
}

/// Lemma 5.3 by every strategy that the width allows.
pub fn weight_copying(setup: &Setup) -> Outcome {
    let instance = setup.pick(&activations(), HIDDEN);
    let (width, samples) = (instance.problem.widths[1], instance.problem.samples());
    let mut proved = Proof::default();
    for strategy in [Strategy::Block, Strategy::Exchange, Strategy::ExchangeWithBias] {
        if strategy.least_width(samples) > width {
            continue;
        }
        let (mut ours, mut theirs) = (walker(&instance, &instance.from), walker(&instance, &instance.to));
        full_rank_features::full_rank_features(&mut ours, 1, strategy.ones()).map_err(words)?;
        full_rank_features::full_rank_features(&mut theirs, 1, strategy.ones()).map_err(words)?;
        weight_copying::weight_copying(&mut ours, &theirs, 1, strategy.ones()).map_err(words)?;
        if ours.layer(1) != theirs.layer(1) {
            return Err("the weights were not copied".into());
        }
        let path = ours.into_path();
        proved = prove(&instance, Claim::Connected, &path, Some(&path.end()))?;
    }
    Ok(proved)
}

/// Theorem 5.1.
pub fn wide_first_layer(setup: &Setup) -> Outcome {
    connect_trial!(setup.pick(&monotone_activations(), WIDE_FIRST), setup, wide_first_layer::connect)
}

/// Theorem 6.1 (2).
pub fn wide_layers(setup: &Setup) -> Outcome {
    connect_trial!(setup.pick(&activations(), WIDE), setup, wide_layers::connect)
}

/// What has to be refused: the reason, or an error if it passes.
pub type Refusal = Result<String, String>;

fn must_refuse<T>(result: Result<T, Obstacle>) -> Refusal {
    match result {
        Err(Obstacle::Hypothesis(hypothesis)) => Ok(hypothesis.to_string()),
        Err(other) => Ok(other.to_string()),
        Ok(_) => Err("what should be refused was accepted".into()),
    }
}

/// One below the threshold of Theorem 6.1, and a forged certificate at the threshold.
pub fn refuse_wide_layers(seed: u64) -> Refusal {
    let at = instance(seed, &activations()[0], 3, &[2, 3, 1], Twist::Generic);
    let path = wide_layers::connect(&Exact, &at.problem, &at.from, &at.to).map_err(words)?;
    refuse_forgery(&at, Claim::Connected, &path)?;
    let below = instance(seed, &activations()[0], 3, &[2, 2, 1], Twist::Generic);
    must_refuse(wide_layers::connect(&Exact, &below.problem, &below.from, &below.to))
}

/// One below the threshold of Theorem 5.1, and a forged certificate at it.
pub fn refuse_wide_first_layer(seed: u64) -> Refusal {
    let at = instance(seed, &monotone_activations()[0], 3, &[2, 3, 2, 1], Twist::Generic);
    let path = wide_first_layer::connect(&Exact, &at.problem, &at.from, &at.to).map_err(words)?;
    refuse_forgery(&at, Claim::Connected, &path)?;
    let below = instance(seed, &monotone_activations()[0], 4, &[2, 3, 2, 1], Twist::Generic);
    must_refuse(wide_first_layer::connect(&Exact, &below.problem, &below.from, &below.to))
}

/// Layers that do not narrow, dependent data, and a forged certificate.
pub fn refuse_independent_data(seed: u64) -> Refusal {
    let setup = Setup { seed, twist: Twist::Generic, real: None };
    let at = with_independent_inputs(&setup, &[(3, &[3, 3, 2, 1])]);
    let path = independent_data::connect(&Exact, &at.problem, &at.from, &at.to).map_err(words)?;
    refuse_forgery(&at, Claim::Connected, &path)?;
    let flat = instance(seed, &monotone_activations()[0], 2, &[2, 3, 3, 1], Twist::Generic);
    must_refuse(independent_data::connect(&Exact, &flat.problem, &flat.from, &flat.to))?;
    let dependent = instance(seed, &monotone_activations()[0], 4, &[2, 3, 1], Twist::Generic);
    must_refuse(independent_data::connect(&Exact, &dependent.problem, &dependent.from, &dependent.to))
}

/// Two different square matrices.
pub fn refuse_square_matrices(seed: u64) -> Refusal {
    let identity = DMatrix::from_fn(2, 2, |i, j| Rational::from(i32::from(i == j)));
    let mut other = identity.clone();
    other[(1, 1)] = Rational::from(-1 - (seed % 5) as i32);
    must_refuse(full_rank_path::full_rank_path(&Exact, &identity, &other))
}

/// A layer of N − 2 neurons, and a forged certificate at N − 1.
pub fn refuse_descend(seed: u64) -> Refusal {
    let epsilon = Rational::from((1, 1000));
    // A seed divisible by 3 has a loss of squares, which random networks never meet exactly.
    let at = instance(3 * seed, &activations()[1], 4, &[2, 3, 2], Twist::Generic);
    let path =
        descend::descend(&Exact, &at.problem, &Goal::never_rising(&at.loss, &epsilon), 1, &at.from).map_err(words)?;
    refuse_forgery(&at, Claim::Descends, &path)?;
    let below = instance(seed, &activations()[1], 5, &[2, 3, 2], Twist::Generic);
    must_refuse(descend::descend(&Exact, &below.problem, &Goal::never_rising(&below.loss, &epsilon), 1, &below.from))
}

/// No bound, a bound that the loss is not below, and a certificate that claims a bound below the loss on its way.
pub fn refuse_descend_nearby(seed: u64) -> Refusal {
    // A seed divisible by 3 has a loss of squares, which is not zero at random.
    let instance = coinciding(&Setup { seed: 3 * seed, twist: Twist::Generic, real: None });
    let epsilon = Rational::from((1, 1000));
    let at = |alpha| {
        let goal = Goal { alpha, ..Goal::never_rising(&instance.loss, &epsilon) };
        descend::descend(&Exact, &instance.problem, &goal, 2, &instance.from)
    };
    must_refuse(at(None))?;
    let start = instance.loss.enclose(walker(&instance, &instance.from).output()).hi().clone();
    must_refuse(at(Some(&start)))?;
    let mut path = at(Some(&Rational::from(&start + 1u32))).map_err(words)?;
    if let Some(Move::Bounded(_, bound)) = path.moves.first_mut() {
        *bound = Rational::from((1, 1000));
    }
    match prove(&instance, Claim::Descends, &path, None) {
        Err(reason) => Ok(reason),
        Ok(_) => Err("a bound below the loss passed".into()),
    }
}

/// A certificate without its ray.
pub fn refuse_escape(seed: u64) -> Refusal {
    let at = instance(seed, &activations()[0], 3, &[2, 4, 1], Twist::Generic);
    let mut walker = walker(&at, &at.from);
    escape::escape(&mut walker, &at.problem).map_err(words)?;
    refuse_forgery(&at, Claim::Unbounded, &walker.into_path())
}

/// n_1 = n_2: no kernel to run off in.
pub fn refuse_kernel(seed: u64) -> Refusal {
    let at = instance(seed, &monotone_activations()[0], 2, &[2, 2, 2], Twist::Generic);
    must_refuse(escape::through_kernel(&mut walker(&at, &at.from), &at.problem))
}

/// ReLU has no inverse to follow by.
pub fn refuse_following(seed: u64) -> Refusal {
    let at = instance(seed, &Activation::relu(), 2, &[2, 3, 1], Twist::Generic);
    must_refuse(full_rank_weights::full_rank_weights(&mut walker(&at, &at.from), &at.problem.activation, 1))
}

/// Columns that do not span the product.
pub fn refuse_column_reduction(seed: u64) -> Refusal {
    let features = DMatrix::from_fn(2, 2, |i, j| Rational::from(i32::from(i == j) * (1 + (seed % 7) as i32)));
    must_refuse(column_reduction::column_reduction(&Exact, &features, &[0], &features))
}

/// Two equal entries: the shifts span one dimension less.
pub fn refuse_shift_span(seed: u64) -> Refusal {
    let entry = Rational::from((seed % 11) as i32);
    let v = nalgebra::DVector::from_vec(vec![entry.clone(), entry.clone(), entry + 3u32]);
    match shift_span::shift_span(&Exact, &Activation::relu().import(&Exact), &v).len() {
        2 => Ok("two equal entries: the shifts span 2 of 3 dimensions".into()),
        found => Err(format!("two equal entries, and yet {found} independent shifts")),
    }
}

/// One neuron too few for rank N.
pub fn refuse_full_rank_features(seed: u64) -> Refusal {
    let at = instance(seed, &activations()[0], 4, &[2, 3, 1], Twist::Generic);
    must_refuse(full_rank_features::full_rank_features(&mut walker(&at, &at.from), 1, Ones::Apart))
}

/// Features of deficient rank cannot carry the output.
pub fn refuse_weight_copying(seed: u64) -> Refusal {
    let at = instance(seed, &activations()[0], 3, &[2, 6, 1], Twist::Zero);
    let mut theirs = walker(&at, &at.to);
    full_rank_features::full_rank_features(&mut theirs, 1, Ones::Apart).map_err(words)?;
    must_refuse(weight_copying::weight_copying(&mut walker(&at, &at.from), &theirs, 1, Ones::Apart))
}

//! **Separated networks.** A continuous function f of the parameters is positive at one network, negative at the other, and
//! vanishes only where Φ = ½‖F_L − Y‖² is at least β. Both losses are below β: then for every α between the larger one and β
//! the sublevel set {Φ ≤ α} is disconnected.
//!
//! 1. `single-neuron`, n_(L−1) = n_L = 1: f = W_L. Where it is 0 the output is constant: β = ½ Σ (y_i − ȳ)².
//! 2. `alternation`, d = n_2 = 1 and L = 2, inputs ascending, targets alternating: f = W_2(1, 1). Where it is 0, n − 1 neurons
//!    are left, with at most R monotone runs. With more alternations than R, some output does not move strictly the way of
//!    δ = y_(i+1) − y_i, so that the two residuals differ by |δ| at least: β = ¼ min δ².
//! 3. `features`, n_(L−1) = N − 1: f = det [F_(L−1), 1]. Where it is 0 there is u ≠ 0, u ⟂ 1, with uᵀF_L = 0, and
//!    ‖F_L − Y‖² ≥ ‖uᵀY‖²/‖u‖² ≥ μ: β = μ/2. With the centred targets G, ‖uᵀY‖² ≥ μ‖u‖² for all u ⟂ 1 is
//!    G Gᵀ − μ (I − 11ᵀ/N) ⪰ 0, shown as B D Bᵀ with D ≥ 0.
//! 4. `ordered`, L = 2, n_1 + 1 samples on a line, σ(x) = max(x, 0) + s min(x, 0): f is the least of the signed weights and
//!    kink distances of the neurons; see [`ordered`](super::ordered).
//! 5. `last-weights`, n_(L−1) = n_L: f = det W_L. Where it is 0 there is u ≠ 0 with W_L u = 0, so that F_L u is one number
//!    at all samples, and ‖F_L − Y‖² ‖u‖² ≥ ‖(F_L − Y) u‖² ≥ ‖G u‖² ≥ μ‖u‖²: β = μ/2. Here G u is Y u with its mean
//!    subtracted, and ‖G u‖² ≥ μ‖u‖² for all u is GᵀG − μ I ⪰ 0, shown as B D Bᵀ with D ≥ 0. For n_L = 1 this is 1.

use super::{ordered::Order, sign};
use crate::rational::Rational;
use crate::{
    certificate::{
        Fraction, Limit, Limits,
        object::{Factors, Function, Networks, Squares},
    },
    finding::{Finding, Unproved},
    matrix::{Matrix, Reading, fraction},
    state::{Setting, State},
    verdict::{Failure, Part, Rejection},
};
use num_bigint::{BigInt, Sign};
use num_traits::{One, Signed, Zero};

pub fn check(networks: &Networks, reading: Reading, limits: &Limits) -> Result<Finding, Failure> {
    let setting = setting(networks, reading, limits)?;
    let outputs = setting.widths[setting.depth()];
    let targets = Matrix::read(&networks.targets, Part::Targets, (setting.samples(), outputs), reading)?;
    let [positive, negative] = [&networks.positive, &networks.negative].map(|layers| setting.network(layers, reading));
    let (positive, negative) = (positive?, negative?);
    let function = &networks.function;
    let (separator, barrier) = separator(&setting, &targets, function, reading)?;
    let signs = [(&positive, &function.positive, Sign::Plus), (&negative, &function.negative, Sign::Minus)];
    for (state, factors, expected) in signs {
        if separator.sign(state, factors.as_ref(), reading)? != expected {
            return Err(Rejection::from(Unproved::Signs).into());
        }
    }
    let loss = |state: &State| -> Result<_, Failure> {
        Ok(squared_norm(&setting.minus(state.output(), &targets)?) / BigInt::from(2))
    };
    Ok(Finding::separated(loss(&positive)?.max(loss(&negative)?), barrier)?)
}

/// Two layers at least, and data of their shapes.
fn setting(networks: &Networks, reading: Reading, limits: &Limits) -> Result<Setting, Failure> {
    let Networks { widths, activation, inputs, .. } = networks;
    if widths.len() < 3 || widths.contains(&0) || inputs.rows == 0 {
        return Err(Rejection::Widths { widths: widths.clone() }.into());
    }
    Setting::of_object(widths, activation, inputs, reading, limits)
}

/// f.
enum Separator {
    /// W_L(1, 1).
    FirstWeight,
    /// The least of signed weights and kink distances.
    Order(Order),
    /// det [F_(L−1), 1].
    Features,
    /// det W_L.
    LastWeights,
}

impl Separator {
    /// The sign of f; that of a determinant is shown by factors.
    fn sign(&self, state: &State, factors: Option<&Factors>, reading: Reading) -> Result<Sign, Rejection> {
        let depth = state.layers().len();
        let last = &state.layer(depth).weight;
        let shown = |matrix: &Matrix| factors.map_or(Err(Unproved::Function.into()), |f| sign(matrix, f, reading));
        match self {
            Separator::FirstWeight => Ok(last.numbers().at(0).sign()),
            Separator::Order(order) => Ok(order.sign(state)),
            Separator::Features => shown(&state.features(depth - 1).with_ones()),
            Separator::LastWeights => shown(last),
        }
    }
}

/// f, and β. What belongs to another function is refused.
fn separator(
    setting: &Setting,
    targets: &Matrix,
    function: &Function,
    reading: Reading,
) -> Result<(Separator, Rational), Failure> {
    let limits = &setting.limits;
    let (widths, samples) = (&setting.widths, setting.samples());
    let (last, outputs) = (widths[widths.len() - 2], widths[widths.len() - 1]);
    let Function { name, margin, squares, positive, negative, direction, samples: used } = function;
    let shown = (margin, squares, positive.is_some() && negative.is_some());
    let bare = shown == (&None, &None, false) && (positive, negative) == (&None, &None);
    let for_all = (direction, used) == (&None, &None);
    match (name.as_str(), shown) {
        ("single-neuron", _) if bare && for_all && (last, outputs) == (1, 1) => {
            Ok((Separator::FirstWeight, squared_norm(&centred(targets)) / BigInt::from(2)))
        }
        ("alternation", _) if bare && for_all && widths.len() == 3 && (widths[0], outputs) == (1, 1) => {
            Ok((Separator::FirstWeight, alternation(setting, targets)?))
        }
        ("ordered", _) if bare && widths.len() == 3 => {
            let order = Order::new(setting, targets, function, reading)?;
            let barrier = order.barrier.clone();
            Ok((Separator::Order(order), barrier))
        }
        ("features", (Some(margin), Some(squares), true)) if for_all && last + 1 == samples => {
            let form = |margin: &Rational| form(targets, margin);
            let half = half_margin(margin, squares, samples, form, (targets, reading), limits)?;
            Ok((Separator::Features, half.ok_or(Rejection::from(Unproved::Margin))?))
        }
        ("last-weights", _) if last != outputs => {
            Err(Rejection::from(Unproved::NotSquare { hidden: last, outputs }).into())
        }
        ("last-weights", (Some(margin), Some(squares), true)) if for_all => {
            let form = |margin: &Rational| output_form(targets, margin);
            let half = half_margin(margin, squares, outputs, form, (targets, reading), limits)?;
            Ok((Separator::LastWeights, half.ok_or(Rejection::from(Unproved::OutputMargin))?))
        }
        _ => Err(Rejection::from(Unproved::Function).into()),
    }
}

/// μ/2, if μ > 0 and the form for it is the given sum of squares.
pub fn half_margin(
    margin: &Fraction,
    squares: &Squares,
    size: usize,
    form: impl Fn(&Rational) -> Matrix,
    (targets, reading): (&Matrix, Reading),
    limits: &Limits,
) -> Result<Option<Rational>, Failure> {
    // Each entry of the form is a sum of products of two of them.
    let entries = (size as u64).saturating_mul(size as u64);
    limits.allow_memory(entries, targets.bits().saturating_mul(2))?;
    limits.allow(Limit::Products, entries.saturating_mul(targets.numbers().len() as u64 / size.max(1) as u64))?;
    let margin = fraction(margin)?;
    let base = Matrix::read(&squares.base, Part::Object("base of the squares"), (size, size), reading)?;
    let diagonal = Matrix::read(&squares.diagonal, Part::Object("diagonal"), (1, size), reading)?;
    let holds = margin.is_positive()
        && !diagonal.num().iter().any(Signed::is_negative)
        && base.scaled_columns(&diagonal).times(&base.transposed()) == form(&margin);
    Ok(holds.then(|| margin / BigInt::from(2)))
}

/// ¼ min δ², if the inputs ascend and the targets alternate more often than one neuron less can.
fn alternation(setting: &Setting, targets: &Matrix) -> Result<Rational, Rejection> {
    let (inputs, samples) = (setting.inputs.num(), setting.samples());
    if let Some(sample) = (1..samples).find(|&i| inputs[i] <= inputs[i - 1]) {
        return Err(Unproved::NotAscending { sample: sample - 1 }.into());
    }
    let changes: Vec<BigInt> = targets.num().windows(2).map(|pair| &pair[1] - &pair[0]).collect();
    if let Some(sample) = (1..changes.len()).find(|&i| !(&changes[i] * &changes[i - 1]).is_negative()) {
        return Err(Unproved::NotAlternating { sample }.into());
    }
    let runs = setting.activation.runs(setting.widths[1] - 1);
    if changes.len() <= runs {
        return Err(Unproved::TooFewAlternations { alternations: changes.len(), runs }.into());
    }
    let least = changes.iter().map(|change| change * change).min().unwrap_or_default();
    Ok(Rational::new(least, targets.den() * targets.den() * 4))
}

/// G Gᵀ − μ (I − 11ᵀ/N).
pub fn form(targets: &Matrix, margin: &Rational) -> Matrix {
    let (samples, centred) = (targets.rows(), centred(targets));
    let projection = (0..samples * samples).map(|at| match at / samples == at % samples {
        true => BigInt::from(samples) - 1,
        false => -BigInt::one(),
    });
    let projection = targets.with((samples, samples), projection.collect(), samples.into());
    centred.times(&centred.transposed()).minus(&projection.scaled(margin))
}

/// GᵀG − μ I.
fn output_form(targets: &Matrix, margin: &Rational) -> Matrix {
    let (outputs, centred) = (targets.cols(), centred(targets));
    centred.transposed().times(&centred).minus(&identity(targets, outputs).scaled(margin))
}

/// I, with the arithmetic of another matrix.
pub fn identity(like: &Matrix, size: usize) -> Matrix {
    let unit = (0..size * size).map(|at| BigInt::from(u8::from(at / size == at % size)));
    like.with((size, size), unit.collect(), BigInt::one())
}

/// Y with the mean of every column subtracted.
fn centred(targets: &Matrix) -> Matrix {
    let (samples, cols) = (targets.rows(), targets.cols());
    let sums: Vec<BigInt> = (0..cols).map(|j| (0..samples).map(|i| targets.at(i, j).into_owned()).sum()).collect();
    let num = targets.num().iter().zip(sums.iter().cycle()).map(|(entry, sum)| entry * samples - sum).collect();
    targets.with((samples, cols), num, targets.den() * samples)
}

pub fn squared_norm(matrix: &Matrix) -> Rational {
    let sum: BigInt = matrix.num().iter().filter(|entry| !entry.is_zero()).map(|entry| entry * entry).sum();
    Rational::new(sum, matrix.den() * matrix.den())
}

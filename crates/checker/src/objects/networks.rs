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
//! 4. `ordered`, d = n_2 = 1, L = 2, n = n_1 = N − 1 ≥ 2, inputs ascending, targets alternating, σ(x) = max(x, 0) + s min(x, 0)
//!    with 0 ≤ s < 1, or with −1 ≤ s < 0 and N even: f is the minimum of r (−1)^(j−1) v_j, e_j w_j and
//!    e_i e_j (b_i w_j − b_j w_i), i < j, where v = W_2, w = W_1, b = b_1, e = (+, +, −, +, −, …) and r is the sign of the
//!    first δ. Where it is positive, all neurons are alive, with these signs, and their kinks t_j = −b_j/w_j ascend.
//!
//!    Let f = 0, and let some loss below β = ¼ min δ² be attained there; r = 1, else negate v and the targets. As in 2. the
//!    output moves strictly the way of every δ_i: there is a d_i between x_i and x_(i+1) where its derivative has the sign of
//!    δ_i, +, −, +, …, so that the output bends by −, +, −, … between them: N − 2 bends at least. But with f = 0 a neuron
//!    is dead (v_j w_j = 0), or all are alive and two kinks coincide. So there are N − 2 bends exactly, each between two of
//!    the d_i, and exactly one neuron is dead, or exactly two kinks, neighbours, coincide. Neuron j bends by
//!    (1 − s) |w_j| v_j, of the sign of (−1)^(j−1), and the first bend is negative. So neuron 1, the leftmost, is dead or
//!    coincides with neuron 2, and as w_1, w_2 > 0 both together are (v_1 w_1 + v_2 w_2) σ(x − t_1), with a negative factor.
//!    All neurons of the output then have v_j w_j < 0. For s ≥ 0 it never rises, against d_1. For s < 0 no bend is left of
//!    d_1 or right of d_(N−1), so that its slopes at −∞ and +∞ are positive, as N is even; but their sum is
//!    (1 + s) Σ v_j w_j ≤ 0.

use super::sign;
use crate::{
    activation::Activation,
    certificate::{
        Limits,
        object::{Function, Networks},
    },
    finding::{Finding, Unproved},
    matrix::{Matrix, Reading, fraction},
    state::{Setting, State, all_layers, read_changes},
    verdict::{Failure, Part, Rejection},
};
use num_bigint::{BigInt, Sign};
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};
use std::rc::Rc;

pub fn check(networks: &Networks, reading: Reading, limits: &Limits) -> Result<Finding, Failure> {
    let setting = setting(networks, reading, limits)?;
    let outputs = setting.widths[setting.depth()];
    let targets = Matrix::read(&networks.targets, Part::Targets, (setting.samples(), outputs), reading)?;
    let network = |layers| -> Result<State, Failure> {
        let layers = all_layers(read_changes(layers, &setting.widths, reading)?, &setting.widths)?;
        Ok(State::new(&setting, layers)?)
    };
    let (positive, negative) = (network(&networks.positive)?, network(&networks.negative)?);
    let barrier = barrier(&setting, &targets, &networks.function, reading)?;
    let signs = [(&positive, &networks.function.positive), (&negative, &networks.function.negative)];
    for ((state, factors), expected) in signs.into_iter().zip([Sign::Plus, Sign::Minus]) {
        let found = match factors {
            Some(factors) => sign(&state.features(setting.depth() - 1).with_ones(), factors, reading)?,
            None if networks.function.name == "ordered" => order(state, &targets),
            None => state.layer(setting.depth()).weight.num()[0].sign(),
        };
        if found != expected {
            return Err(Rejection::from(Unproved::Signs).into());
        }
    }
    let loss = |state: &State| squared_norm(&state.output().minus(&targets)) / BigInt::from(2);
    Ok(Finding::separated(loss(&positive).max(loss(&negative)), barrier)?)
}

/// Two layers at least, and data of their shapes.
fn setting(networks: &Networks, reading: Reading, limits: &Limits) -> Result<Setting, Failure> {
    let widths = networks.widths.clone();
    if widths.len() < 3 || widths.contains(&0) || networks.inputs.rows == 0 {
        return Err(Rejection::Widths { widths }.into());
    }
    limits.allow_network(networks.inputs.rows, &widths)?;
    let inputs = Matrix::read(&networks.inputs, Part::Inputs, (networks.inputs.rows, widths[0]), reading)?;
    let (Reading::Certificate(arithmetic) | Reading::Users(arithmetic)) = reading;
    Ok(Setting {
        widths,
        activation: Activation::read(&networks.activation, limits)?,
        inputs: Rc::new(inputs),
        arithmetic,
        limits: limits.clone(),
        equal_inputs: false,
        rescales: false,
        columns: false,
    })
}

/// β. What belongs to another function is refused.
fn barrier(
    setting: &Setting,
    targets: &Matrix,
    function: &Function,
    reading: Reading,
) -> Result<BigRational, Rejection> {
    let (widths, samples) = (&setting.widths, setting.samples());
    let (last, outputs) = (widths[widths.len() - 2], widths[widths.len() - 1]);
    let Function { name, margin, squares, positive, negative } = function;
    match (name.as_str(), margin, squares, positive, negative) {
        ("single-neuron", None, None, None, None) if (last, outputs) == (1, 1) => {
            Ok(squared_norm(&centred(targets)) / BigInt::from(2))
        }
        ("alternation", None, None, None, None) if widths.len() == 3 && (widths[0], outputs) == (1, 1) => {
            alternation(setting, targets)
        }
        ("ordered", None, None, None, None)
            if widths.len() == 3 && (widths[0], outputs) == (1, 1) && last + 1 == samples && samples > 2 =>
        {
            ordered(setting, targets)
        }
        ("features", Some(margin), Some(squares), Some(_), Some(_)) if last + 1 == samples => {
            let margin = fraction(margin)?;
            let base = Matrix::read(&squares.base, Part::Object("base of the squares"), (samples, samples), reading)?;
            let diagonal = Matrix::read(&squares.diagonal, Part::Object("diagonal"), (1, samples), reading)?;
            let holds = margin.is_positive()
                && !diagonal.num().iter().any(Signed::is_negative)
                && base.scaled_columns(&diagonal).times(&base.transposed()) == form(targets, &margin);
            if holds { Ok(margin / BigInt::from(2)) } else { Err(Unproved::Margin.into()) }
        }
        _ => Err(Unproved::Function.into()),
    }
}

/// The differences δ of targets that alternate, over their denominator; the inputs ascend.
fn alternating(setting: &Setting, targets: &Matrix) -> Result<Vec<BigInt>, Rejection> {
    let (inputs, samples) = (setting.inputs.num(), setting.samples());
    if let Some(sample) = (1..samples).find(|&i| inputs[i] <= inputs[i - 1]) {
        return Err(Unproved::NotAscending { sample: sample - 1 }.into());
    }
    let changes: Vec<BigInt> = targets.num().windows(2).map(|pair| &pair[1] - &pair[0]).collect();
    if let Some(sample) = (1..changes.len()).find(|&i| !(&changes[i] * &changes[i - 1]).is_negative()) {
        return Err(Unproved::NotAlternating { sample }.into());
    }
    Ok(changes)
}

/// ¼ min δ².
fn quarter(changes: &[BigInt], targets: &Matrix) -> BigRational {
    let least = changes.iter().map(|change| change * change).min().unwrap_or_default();
    BigRational::new(least, targets.den() * targets.den() * 4)
}

/// ¼ min δ², if the targets alternate more often than one neuron less can.
fn alternation(setting: &Setting, targets: &Matrix) -> Result<BigRational, Rejection> {
    let changes = alternating(setting, targets)?;
    let runs = setting.activation.runs(setting.widths[1] - 1);
    match changes.len() > runs {
        true => Ok(quarter(&changes, targets)),
        false => Err(Unproved::TooFewAlternations { alternations: changes.len(), runs }.into()),
    }
}

/// ¼ min δ², if the slopes are ones for which neurons in order cannot pass each other.
fn ordered(setting: &Setting, targets: &Matrix) -> Result<BigRational, Rejection> {
    let changes = alternating(setting, targets)?;
    let (pieces, den) = setting.activation.pieces();
    let pieces: Vec<_> = pieces.collect();
    // Two lines through 0 meet there.
    let is_hinge = matches!(pieces[..], [(slope, left), (one, right)]
        if left.is_zero() && right.is_zero() && one == den && slope < den
            && (!slope.is_negative() || (-slope <= *den && setting.samples().is_multiple_of(2))));
    if is_hinge { Ok(quarter(&changes, targets)) } else { Err(Unproved::NoHinge.into()) }
}

/// The sign of the function `ordered`.
fn order(state: &State, targets: &Matrix) -> Sign {
    let (first, last) = (state.layer(1), state.layer(2));
    let (w, b, v) = (first.weight.num(), first.bias.num(), last.weight.num());
    // e_j, and r (−1)^j for j from 0.
    let looks = |j: usize| j != 0 && j.is_multiple_of(2);
    let falls = |j: usize| (j % 2 == 1) != (targets.num()[1] < targets.num()[0]);
    let signed = |number: BigInt, negated: bool| if negated { (-number).sign() } else { number.sign() };
    let of_neuron = (0..w.len()).flat_map(|j| [signed(w[j].clone(), looks(j)), signed(v[j].clone(), falls(j))]);
    let pairs = (0..w.len()).flat_map(|i| (i + 1..w.len()).map(move |j| (i, j)));
    let of_pair = pairs.map(|(i, j)| signed(&b[i] * &w[j] - &b[j] * &w[i], looks(i) != looks(j)));
    of_neuron.chain(of_pair).min().unwrap_or(Sign::NoSign)
}

/// G Gᵀ − μ (I − 11ᵀ/N).
fn form(targets: &Matrix, margin: &BigRational) -> Matrix {
    let (samples, centred) = (targets.rows(), centred(targets));
    let projection = (0..samples * samples).map(|at| match at / samples == at % samples {
        true => BigInt::from(samples) - 1,
        false => -BigInt::one(),
    });
    let projection = targets.with((samples, samples), projection.collect(), samples.into());
    centred.times(&centred.transposed()).minus(&projection.scaled(margin))
}

/// Y with the mean of every column subtracted.
fn centred(targets: &Matrix) -> Matrix {
    let (samples, cols) = (targets.rows(), targets.cols());
    let sums: Vec<BigInt> = (0..cols).map(|j| (0..samples).map(|i| &targets.row(i)[j]).sum()).collect();
    let num = targets.num().iter().zip(sums.iter().cycle()).map(|(entry, sum)| entry * samples - sum).collect();
    targets.with((samples, cols), num, targets.den() * samples)
}

fn squared_norm(matrix: &Matrix) -> BigRational {
    let sum: BigInt = matrix.num().iter().filter(|entry| !entry.is_zero()).map(|entry| entry * entry).sum();
    BigRational::new(sum, matrix.den() * matrix.den())
}

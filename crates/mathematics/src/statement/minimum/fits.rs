//! Minima by construction: the best affine and the best convex fit, as networks.

use super::Minimum;
use crate::linalg::{Exact, Kernel};
use crate::network::{Activation, Parameters, duplicate_rows, with_ones};
use crate::statement::Problem;
use crate::statement::output_following::moore_penrose;
use nalgebra::DMatrix;
use rug::Rational;

/// More samples are not tried by [`convex_fit`], which looks at all sets of kinks.
pub const CONVEX_SAMPLES: usize = 14;

/// Why no minimum is constructed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoMinimum {
    /// Inputs and targets are of different numbers, or there are none.
    #[error("{inputs} inputs and {targets} targets")]
    Samples { inputs: usize, targets: usize },
    /// rank [X, 1] = N: there is no bad local minimum (with a strictly monotone σ that is onto).
    #[error("rank [X, 1] = N = {samples}: every target is affine in the inputs")]
    IndependentInputs { samples: usize },
    /// The fit is exact: a global minimum.
    #[error("the targets are {fit} in the inputs: the fit has loss 0")]
    Fits { fit: &'static str },
    /// The fit needs more neurons.
    #[error("the fit needs {needed} neurons, and there are {width}")]
    TooNarrow { needed: usize, width: usize },
    /// σ is constant in its last piece, or has no breakpoint.
    #[error("the activation has no breakpoint, or is constant beyond the last one")]
    Flat,
    /// [`convex_fit`] is for one input and one output.
    #[error("{inputs} inputs and {outputs} outputs; the best convex fit is looked for with 1 and 1")]
    NotOneDimensional { inputs: usize, outputs: usize },
    /// The slope of the leaky ReLU is not below 1.
    #[error("the slope has to be below 1, so that the activation is convex and bends")]
    Slope,
    /// Two inputs are equal (from 0).
    #[error("the inputs {first} and {second} are equal")]
    EqualInputs { first: usize, second: usize },
    /// Too many sets of kinks.
    #[error("{samples} samples; the best convex fit is looked for with {CONVEX_SAMPLES} at most")]
    TooManySamples { samples: usize },
}

/// Theorem 3, ⇐: all neurons of `width` in the last piece of σ, the output the best affine fit of Y [N, m] by X [N, d].
///
/// The first m neurons carry the columns of the fit A X + a, z_ij = (X A)_ij + b_j with b_j such that z ≥ t + 1 for the last
/// breakpoint t; the others have w = 0, b = t + 1 and the outgoing weights 1.
///
/// # Errors
/// `Samples`, `IndependentInputs`, `Fits`, `TooNarrow`, `Flat` of [`NoMinimum`].
pub fn affine_fit(
    activation: &Activation,
    inputs: &DMatrix<Rational>,
    targets: &DMatrix<Rational>,
    width: usize,
) -> Result<Minimum, NoMinimum> {
    let (samples, outputs) = targets.shape();
    if inputs.nrows() != samples || samples == 0 {
        return Err(NoMinimum::Samples { inputs: inputs.nrows(), targets: samples });
    }
    let slope = activation.slopes().last().filter(|slope| !slope.is_zero()).ok_or(NoMinimum::Flat)?;
    let edge = activation.breakpoints().last().ok_or(NoMinimum::Flat)?;
    if width < outputs {
        return Err(NoMinimum::TooNarrow { needed: outputs, width });
    }
    let data = with_ones(&Exact, inputs);
    if Exact.rank(&data) == samples {
        return Err(NoMinimum::IndependentInputs { samples });
    }
    let fit = best_fit(&data, targets);
    let values = Exact.product(&data, &fit);
    if values == *targets {
        return Err(NoMinimum::Fits { fit: "affine" });
    }
    let d = inputs.ncols();
    let place = Rational::from(edge + 1u32);
    let linear = Exact.product(inputs, &fit.rows(0, d).into_owned());
    let first = DMatrix::from_fn(d + 1, width, |row, j| match (row == d, j < outputs) {
        (false, true) => fit[(row, j)].clone(),
        (false, false) => Rational::new(),
        (true, true) => place.clone() - linear.column(j).iter().min().expect("a sample"),
        (true, false) => place.clone(),
    });
    let last = DMatrix::from_fn(width + 1, outputs, |j, e| match j {
        _ if j == width => Rational::new(),
        _ if j < outputs => {
            if j == e {
                Rational::from(1) / slope
            } else {
                Rational::new()
            }
        }
        _ => Rational::from(1),
    });
    let (problem, network) = fitted(activation.clone(), inputs, first, last, &values);
    Ok(Minimum::in_cell(problem, targets.clone(), network))
}

/// Theorem 4 for one input: the best *convex* fit of Y [N, 1] by x [N, 1], as a network with W_2 ≥ 0 of leaky ReLUs of slope
/// s < 1: all outgoing weights are 1, and neurons that are not needed have w = b = 0.
///
/// The fit is the one least-squares fit by 1, x and (x − x_k)₊ for some inner samples k whose kinks bend up and whose
/// residual makes ⟨R, g⟩ ≥ 0 for all convex g: all sets of k are tried. A kink κ at x_k is the neuron
/// σ(κ/(1 − s) (x − x_k)); what slope is left over is a neuron that is positive on all samples.
///
/// # Errors
/// All of [`NoMinimum`] but `IndependentInputs` and `Flat`.
pub fn convex_fit(
    slope: &Rational,
    inputs: &DMatrix<Rational>,
    targets: &DMatrix<Rational>,
    width: usize,
) -> Result<Minimum, NoMinimum> {
    let samples = inputs.nrows();
    if targets.nrows() != samples || samples == 0 {
        return Err(NoMinimum::Samples { inputs: samples, targets: targets.nrows() });
    }
    if (inputs.ncols(), targets.ncols()) != (1, 1) {
        return Err(NoMinimum::NotOneDimensional { inputs: inputs.ncols(), outputs: targets.ncols() });
    }
    if *slope >= 1 {
        return Err(NoMinimum::Slope);
    }
    if let Some((first, second)) = duplicate_rows(inputs) {
        return Err(NoMinimum::EqualInputs { first, second });
    }
    if samples > CONVEX_SAMPLES {
        return Err(NoMinimum::TooManySamples { samples });
    }
    let (kinks, fit, values) = best_convex_fit(inputs, targets);
    if values == *targets {
        return Err(NoMinimum::Fits { fit: "convex" });
    }
    let drop = Rational::from(1 - slope);
    let weights: Vec<Rational> = (0..kinks.len()).map(|k| Rational::from(&fit[k + 2] / &drop)).collect();
    let rest = &fit[0] - weights.iter().map(|weight| Rational::from(weight * slope)).sum::<Rational>();
    let needed = kinks.len() + usize::from(!rest.is_zero());
    if width < needed {
        return Err(NoMinimum::TooNarrow { needed, width });
    }
    let lowest = inputs.iter().map(|x| Rational::from(x * &rest)).min().expect("a sample");
    let first = DMatrix::from_fn(2, width, |row, j| match (row, weights.get(j)) {
        (0, Some(weight)) => weight.clone(),
        (_, Some(weight)) => -Rational::from(weight * &inputs[kinks[j]]),
        (0, None) if j + 1 == needed => rest.clone(),
        (_, None) if j + 1 == needed => 1 - lowest.clone(),
        _ => Rational::new(),
    });
    let last = DMatrix::from_fn(width + 1, 1, |j, _| Rational::from(u32::from(j < width)));
    let (problem, network) = fitted(Activation::leaky_relu(slope.clone()), inputs, first, last, &values);
    Ok(Minimum::by_jensen(problem, targets.clone(), network).expect("one input, one output, samples enough"))
}

/// The network of these layers, [d + 1, n] and [n + 1, m], with the output bias for which the output of the first sample is
/// that of `values`.
fn fitted(
    activation: Activation,
    inputs: &DMatrix<Rational>,
    first: DMatrix<Rational>,
    mut last: DMatrix<Rational>,
    values: &DMatrix<Rational>,
) -> (Problem, Parameters<Rational>) {
    let (width, outputs) = (first.ncols(), last.ncols());
    let problem = Problem { activation, inputs: inputs.clone(), widths: vec![inputs.ncols(), width, outputs] };
    let pre = Exact.product(&with_ones(&Exact, inputs), &first);
    let features = with_ones(&Exact, &problem.activation.import(&Exact).apply(&pre));
    let found = Exact.product(&features.rows(0, 1).into_owned(), &last);
    for e in 0..outputs {
        last[(width, e)] += Rational::from(&values[(0, e)] - &found[(0, e)]);
    }
    (problem, Parameters::new(vec![first, last]).expect("the layers are built to fit"))
}

/// The least-squares coefficients [p, m] of Y by the columns of A [N, p], 0 for columns that depend on those before.
fn best_fit(a: &DMatrix<Rational>, targets: &DMatrix<Rational>) -> DMatrix<Rational> {
    let pivots = Exact.pivot_columns(a);
    let inverse = moore_penrose(&Exact, &a.select_columns(&pivots)).expect("the columns are independent");
    let found = Exact.product(&inverse, targets);
    let mut fit = DMatrix::from_element(a.ncols(), targets.ncols(), Rational::new());
    for (row, &column) in pivots.iter().enumerate() {
        fit.set_row(column, &found.row(row));
    }
    fit
}

/// The samples with a kink, the coefficients of x, 1 and the kinks, and the values of the best convex fit.
///
/// It exists and is unique; its kinks at samples are a set for which it is the least-squares fit.
fn best_convex_fit(
    inputs: &DMatrix<Rational>,
    targets: &DMatrix<Rational>,
) -> (Vec<usize>, DMatrix<Rational>, DMatrix<Rational>) {
    let samples = inputs.nrows();
    let mut order: Vec<usize> = (0..samples).collect();
    order.sort_by(|&a, &b| inputs[a].cmp(&inputs[b]));
    let inner = &order[1..samples.max(2) - 1];
    let above = |k: usize| inputs.map(|x| Rational::from(&x - &inputs[k]).max(Rational::new()));
    for set in 0..1u32 << inner.len() {
        let kinks: Vec<usize> = (0..inner.len()).filter(|bit| set >> bit & 1 == 1).map(|bit| inner[bit]).collect();
        let mut columns = with_ones(&Exact, inputs);
        for &k in &kinks {
            columns = columns.clone().insert_column(columns.ncols(), Rational::new());
            let last = columns.ncols() - 1;
            columns.set_column(last, &above(k).column(0));
        }
        let fit = best_fit(&columns, targets);
        let values = Exact.product(&columns, &fit);
        let residual = values.zip_map(targets, |f, y| f - y);
        let weighs_up =
            |k: usize| above(k).iter().zip(&residual).map(|(g, r)| Rational::from(g * r)).sum::<Rational>() >= 0;
        if (2..fit.nrows()).all(|row| fit[row] > 0) && inner.iter().all(|&k| weighs_up(k)) {
            return (kinks, fit, values);
        }
    }
    unreachable!("the best convex fit has kinks at samples")
}

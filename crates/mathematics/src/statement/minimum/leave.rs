//! Ways on which the loss falls strictly: off a plateau, and from every point where the data are independent.

use super::Minimum;
use crate::linalg::{Exact, Kernel};
use crate::network::{Loss, Parameters, with_ones};
use crate::path::{Move, Path, changes_between};
use crate::statement::descend::{descend, power_below};
use crate::statement::output_following::independent_data;
use crate::statement::wide_layers::stand;
use crate::statement::{Goal, Hypothesis, Obstacle, Problem};
use nalgebra::DMatrix;
use rug::Rational;
use std::sync::Arc;

/// So often the length of a line is halved.
const HALVINGS: u32 = 1024;

/// Two paths from a minimum by Jensen's inequality: along the plateau to its edge, one line of length min v on which a neuron with w = b = 0
/// loses its outgoing weight; and over it, strictly falling, to a loss of at most ε.
///
/// At the edge v_j = w_j = b_j = 0. With v_j = −δλ and w_j, b_j = δλ (1, −x_k) the output moves by −δ²λ² σ(x − x_k), on
/// which R is positive for some k, so that the loss falls as −δ²λ² ⟨R, σ(x − x_k)⟩ for a small δ. The line ends where
/// 1ᵀR is not 0, and [`mod@super::super::tilt`] goes on.
///
/// `None` if no neuron with w = b = 0 has the least outgoing weight, if σ(0) ≠ 0, or if no k is found.
///
/// # Errors
/// Those of [`descend`] with [`Goal::strictly`].
pub fn over_the_edge(minimum: &Minimum, epsilon: &Rational) -> Result<Option<[Path<Rational>; 2]>, Obstacle> {
    let Minimum { problem, network, .. } = minimum;
    let (first, last) = (network.layer(1), network.layer(2));
    let width = first.ncols();
    let least = last.rows(0, width).iter().min().cloned().unwrap_or_default();
    let rests = |j: usize| last[(j, 0)] == least && first.column(j).iter().all(Rational::is_zero);
    let at_zero = problem.activation.evaluate(&Rational::new());
    let Some(neuron) = (0..width).find(|&j| rests(j)).filter(|_| at_zero.is_zero()) else { return Ok(None) };
    let mut edge = network.clone();
    edge.set_layer(2, replaced(last, (neuron, 0), Rational::new()));
    let residual = minimum.residual(network);
    let x = &problem.inputs;
    let gains = |k: usize| x.map(|x_i| problem.activation.evaluate(&Rational::from(&x_i - &x[k])));
    let product = |a: &DMatrix<Rational>, b: &DMatrix<Rational>| {
        a.iter().zip(b).map(|(a, b)| Rational::from(a * b)).sum::<Rational>()
    };
    let tilts = |gains: &DMatrix<Rational>| gains.iter().sum::<Rational>() != 0;
    let falls = |gains: &DMatrix<Rational>| product(&residual, gains) > 0;
    let found = (0..x.nrows()).map(|k| (k, gains(k))).find(|(_, gains)| falls(gains) && tilts(gains));
    let Some((k, gains)) = found else { return Ok(None) };
    // δ² at most a half of what makes the slope −2δ²λ⟨R, g⟩ + 2δ⁴λ³|g|² negative.
    let bound: Rational = product(&residual, &gains) / (2 * product(&gains, &gains));
    let mut delta = Rational::from(1);
    while Rational::from(delta.square_ref()) > bound {
        delta /= 2u32;
    }
    let mut over = edge.clone();
    over.set_layer(2, replaced(edge.layer(2), (neuron, 0), Rational::from(-&delta)));
    let moved = replaced(first, (0, neuron), delta.clone());
    over.set_layer(1, replaced(&moved, (1, neuron), -Rational::from(&delta * &x[k])));
    let loss = Loss::square(minimum.targets.clone());
    let rest = descend(&Exact, problem, &Goal::strictly(&loss, epsilon), 1, &over)?;
    let mut strict = line(&edge, &over);
    strict.moves.extend(rest.moves);
    Ok(Some([line(network, &edge), strict]))
}

/// Theorem 3, ⇒: with rank [X, 1] = N and a strictly monotone σ that is onto, one line from any network with one hidden layer of
/// n ≥ min(m, N − 1) neurons, not of zero loss, on which ½‖F − Y‖² falls strictly. So there is no bad local minimum.
///
/// R = F − Y. The features go where we like, as \[X, 1\] has a right inverse; at a breakpoint into the piece on their way.
/// 1. \[F, 1\]ᵀR ≠ 0: the last layer goes against it.
/// 2. R W_2ᵀ ≠ 0: the features do.
/// 3. Else W_2 has rank below n, and W_2ᵀα = 0 for some α ≠ 0 (n = m with full rank would make R = 0). Let d = R u ≠ 0. With
///    features F − ε d αᵀ and W_2 + ε κ α uᵀ the output moves by ε κ F α uᵀ − ε² κ |α|² d uᵀ, where R ⟂ F: the loss moves
///    by −ε² κ |α|²|d|² + ½ ε² κ² |Fα|²|u|² and what is of the fourth order, as ⟨Fα, d⟩ = 0. It falls for small κ and ε.
/// 4. Or W_2 has rank n < m. Then n ≥ N − 1, and \[F, 1\]γ = 0 for some γ = (β, s), β ≠ 0: else \[F, 1\] would be regular and
///    R = 0. With features F − ε d βᵀ and the last layer plus ε κ γ uᵀ the output moves by −ε d βᵀW_2 − ε² κ |β|² d uᵀ, the loss
///    by ε²|d|² (½ |W_2ᵀβ|² − κ |β|²) and what is of higher order, as R W_2ᵀ = 0. It falls for large κ and small ε.
///
/// At the end of the line 1ᵀR ≠ 0 or R = 0, so that [`mod@super::super::tilt`] goes on from there.
///
/// The lengths are halved until the checker's rule would see it; the line is quadratic in the last two cases.
///
/// # Errors
/// [`Hypothesis::DependentFeatures`], [`Hypothesis::NotMonotoneOnto`], [`Hypothesis::TooNarrow`] if n < min(m, N − 1);
/// [`Obstacle::RankLost`] if the loss is 0 or no length does it.
pub fn falling_line(
    problem: &Problem,
    targets: &DMatrix<Rational>,
    from: &Parameters<Rational>,
) -> Result<Path<Rational>, Obstacle> {
    problem.require_monotone_onto()?;
    let (width, samples) = (problem.widths[1], problem.samples());
    let needed = targets.ncols().min(samples.saturating_sub(1));
    if width < needed {
        return Err(Hypothesis::TooNarrow { layer: 1, width, samples: needed }.into());
    }
    let minimum = Minimum::in_cell(problem.clone(), targets.clone(), from.clone());
    let residual = minimum.residual(from);
    let walker = stand(&Exact, problem, from);
    let inverse = independent_data(&walker, 1)?;
    let features = walker.features(1);
    let last = from.weight(2).into_owned();
    let gradient = Exact.product(&features.transpose(), &residual);
    let back = Exact.product(&residual, &last.transpose());
    let stuck = Obstacle::RankLost { step: "Theorem 3, a falling line", found: 0, needed: 1 };
    let (step_of_features, step_of_last) = if !is_zero(&gradient) {
        (None, Some(gradient.map(|g| -g)))
    } else if !is_zero(&back) {
        (Some(back.map(|g| -g)), None)
    } else {
        let (features, last) = second_order(features, &last, &residual).ok_or(stuck.clone())?;
        (Some(features), Some(last))
    };
    let first = step_of_features.map(|step| {
        let pre = walker.pre_activation(1);
        Exact.product(
            &inverse,
            &DMatrix::from_fn(pre.nrows(), pre.ncols(), |i, j| towards(problem, &pre[(i, j)], &step[(i, j)])),
        )
    });
    let at = |k: u32| {
        let moved = |layer: &DMatrix<Rational>, step: &DMatrix<Rational>| {
            Arc::new(layer.zip_map(step, |x, step| x + (step >> k)))
        };
        let mut to = from.clone();
        first.iter().for_each(|step| to.set_layer(1, moved(from.layer(1), step)));
        step_of_last.iter().for_each(|step| to.set_layer(2, moved(from.layer(2), step)));
        to
    };
    let falls = |to: &Parameters<Rational>| stays_in_pieces(&minimum, to) && slopes_fall(&minimum, to);
    let leaves = |to: &Parameters<Rational>| {
        let left = minimum.residual(to);
        is_zero(&left) || left.column_iter().any(|column| column.iter().sum::<Rational>() != 0)
    };
    // A little output bias more leaves the null set. With 4^−k the loss falls all the same for a large k: where no derivative
    // of the first order is negative 1ᵀR = 0 at the start, and what the bias adds is of the third order in 2^−k.
    let shifted = |k: u32, to: &Parameters<Rational>, sign: i32| {
        let mut shifted = to.clone();
        let bias = &to.layer(2)[(width, 0)] + (Rational::from(sign) >> (2 * k));
        shifted.set_layer(2, replaced(to.layer(2), (width, 0), bias));
        shifted
    };
    let ends = |k: u32| {
        let to = at(k);
        let [more, less] = [1, -1].map(|sign| shifted(k, &to, sign));
        [to, more, less]
    };
    (0..HALVINGS).flat_map(ends).find(|to| leaves(to) && falls(to)).map(|to| line(from, &to)).ok_or(stuck)
}

/// The third case: how the features [N, n] and the last layer [n + 1, m] move; `features` are [F, 1]. `None` if R = 0, or n is
/// below both m and N − 1.
fn second_order(
    features: &DMatrix<Rational>,
    last: &DMatrix<Rational>,
    residual: &DMatrix<Rational>,
) -> Option<(DMatrix<Rational>, DMatrix<Rational>)> {
    let (width, outputs) = last.shape();
    let output = (0..outputs).find(|&e| residual.column(e).iter().any(|r| !r.is_zero()))?;
    let d = residual.columns(output, 1).into_owned();
    let squares = |m: &DMatrix<Rational>| m.iter().map(|x| Rational::from(x.square_ref())).sum::<Rational>();
    let (gamma, kappa) = match null_vector(&last.transpose()) {
        Some(alpha) => {
            let gamma = alpha.clone().insert_row(width, Rational::new());
            let seen = squares(&Exact.product(features, &gamma)) + 1u32;
            let kappa = power_below(&(squares(&alpha) * squares(&d) / seen).min(Rational::from(1)));
            (gamma, kappa)
        }
        None => {
            let gamma = null_vector(features)?;
            let beta = gamma.rows(0, width).into_owned();
            let seen = squares(&Exact.product(&last.transpose(), &beta));
            let kappa = power_below(&(squares(&beta) / (seen + squares(&beta)))).recip();
            (gamma, kappa)
        }
    };
    let moved = -Exact.product(&d, &gamma.rows(0, width).transpose());
    let steps = DMatrix::from_fn(width + 1, outputs, |j, e| {
        if e == output { Rational::from(&gamma[j] * &kappa) } else { Rational::new() }
    });
    Some((moved, steps))
}

/// How a pre-activation z has to move for its feature to move by `step`: 1/slope of the piece on that side of z times it.
fn towards(problem: &Problem, z: &Rational, step: &Rational) -> Rational {
    let activation = &problem.activation;
    let (breakpoints, slopes) = (activation.breakpoints(), activation.slopes());
    // σ rises or falls throughout.
    let rises = slopes[0] > 0;
    let piece = match (*step > 0) == rises {
        true => breakpoints.partition_point(|t| t <= z),
        false => breakpoints.partition_point(|t| t < z),
    };
    Rational::from(step / &slopes[piece])
}

/// Whether no pre-activation of the hidden layer passes a breakpoint between the minimum's network and another.
fn stays_in_pieces(minimum: &Minimum, to: &Parameters<Rational>) -> bool {
    let data = with_ones(&Exact, &minimum.problem.inputs);
    let [before, after] = [&minimum.network, to].map(|network| Exact.product(&data, network.layer(1)));
    let breakpoints = minimum.problem.activation.breakpoints();
    before.iter().zip(after.iter()).all(|(a, b)| breakpoints.iter().all(|t| !(a < t && t < b || b < t && t < a)))
}

/// Whether the Bernstein coefficients of the derivative of ½‖F − Y‖² are at most 0 and not all 0 on the line, where all
/// pre-activations stay in their pieces and so the residual is R + λ (4 M − 3 R − T) + λ² (2 R + 2 T − 4 M), M in the
/// middle and T at the end.
fn slopes_fall(minimum: &Minimum, to: &Parameters<Rational>) -> bool {
    let mut middle = minimum.network.clone();
    for k in 1..=2 {
        middle.set_layer(k, Arc::new(middle.layer(k).zip_map(to.layer(k), |a, b| (a + b) / 2u32)));
    }
    let [r, m, t] = [&minimum.network, &middle, to].map(|network| minimum.residual(network));
    let products = r.iter().zip(m.iter()).zip(t.iter()).map(|((r, m), t)| {
        let linear = Rational::from(4 * m) - Rational::from(3 * r) - t;
        let quadratic = Rational::from(2 * r) + Rational::from(2 * t) - Rational::from(4 * m);
        let [rl, ll, rq, lq, qq] =
            [(r, &linear), (&linear, &linear), (r, &quadratic), (&linear, &quadratic), (&quadratic, &quadratic)]
                .map(|(a, b)| Rational::from(a * b));
        [rl, ll + 2 * rq, 3 * lq, 2 * qq]
    });
    let mut slope = [(); 4].map(|()| Rational::new());
    products.for_each(|terms| slope.iter_mut().zip(terms).for_each(|(sum, term)| *sum += term));
    let [a, b, c, d] = slope;
    let third = |x: &Rational, by: u32| Rational::from(x / 3u32) * by;
    let bernstein = [a.clone(), &a + third(&b, 1), &a + third(&b, 2) + third(&c, 1), a + b + c + d];
    bernstein.iter().all(|x| *x <= 0) && bernstein.iter().any(|x| *x < 0)
}

/// A column γ with A γ = 0, not 0.
fn null_vector(a: &DMatrix<Rational>) -> Option<DMatrix<Rational>> {
    let pivots = Exact.pivot_columns(a);
    let free = (0..a.ncols()).find(|j| !pivots.contains(j))?;
    let mut gamma = DMatrix::from_element(a.ncols(), 1, Rational::new());
    gamma[free] = Rational::from(1);
    if !pivots.is_empty() {
        let columns = a.select_columns(&pivots);
        let rows = Exact.pivot_columns(&columns.transpose());
        let square = columns.select_rows(&rows);
        let solved = Exact.solve(&square, &a.columns(free, 1).select_rows(&rows)).ok()?;
        pivots.iter().enumerate().for_each(|(row, &j)| gamma[j] = -solved[row].clone());
    }
    Some(gamma)
}

fn is_zero(matrix: &DMatrix<Rational>) -> bool {
    matrix.iter().all(Rational::is_zero)
}

/// The layer with another entry.
fn replaced(layer: &DMatrix<Rational>, at: (usize, usize), entry: Rational) -> Arc<DMatrix<Rational>> {
    let mut layer = layer.clone();
    layer[at] = entry;
    Arc::new(layer)
}

/// One line.
fn line(from: &Parameters<Rational>, to: &Parameters<Rational>) -> Path<Rational> {
    Path { start: from.clone(), moves: vec![Move::Line(changes_between(from, to))] }
}

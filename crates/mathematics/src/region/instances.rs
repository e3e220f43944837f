//! Networks whose decision regions are known: the examples of the thesis (section 5.3), as printed and repaired, and those that
//! show where Theorems 5.2.3 and 5.2.4 end.
//!
//! * **Not pyramidal** ([`not_pyramidal`]). σ monotone and onto, not affine. At the first layer with n_k > n_(k−1) two neurons
//!   are σ(t_0 ± y), y = (f_(k−1))_1, where σ bends at t_0; y is a strictly monotone function of x_1 that takes every value.
//!   σ(t_0 + y) + σ(t_0 − y) − 2σ(t_0) = (s₊ − s₋)|y| for small y, with the slopes of σ on both sides of t_0: the sum is
//!   larger (smaller) on both sides of y = 0 than there. Layer k + 1 adds the two, the layers above hand the first coordinate
//!   on through σ, and the threshold of the output lies between. All weights have full rank.
//! * **Not onto** ([`not_onto`]). σ rising, β = inf σ finite: W_1 = I, W_2ᵀ = S \[\[−1, ½\], \[½, −1\]\], b_2 = t_0 + Sβ/2, class 0
//!   where v_1 + v_2 > c, with 2σ(t_0) ≤ c < β + sup σ. On x_1 = x_2 both pre-activations are t_0 − S(σ(x_1) − β)/2 ≤ t_0, so
//!   class 0 does not win there; for large S and u it wins at (u, −u) and (−u, u). A σ that falls, or that is bounded
//!   above only, is x ↦ ±ρ(±x) with such a ρ: the signs go into the weights.
//! * **Not monotone** ([`not_monotone`]). One hidden neuron: some value σ(b) is outside of the interval of σ(a) and σ(c),
//!   a < b < c. A threshold between parts a from c.

use crate::network::{Activation, Parameters};
use nalgebra::DMatrix;
use rug::Rational;

/// A network with what is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// σ.
    pub activation: Activation,
    /// The network.
    pub network: Parameters<Rational>,
}

fn rational(numerator: i64, denominator: i64) -> Rational {
    Rational::from((numerator, denominator))
}

/// Rows of integers.
fn rows<const R: usize, const C: usize>(rows: [[i64; C]; R]) -> DMatrix<Rational> {
    DMatrix::from_fn(R, C, |i, j| Rational::from(rows[i][j]))
}

/// Layers \[W; bᵀ\].
fn example(activation: Activation, layers: Vec<DMatrix<Rational>>) -> Example {
    let network = Parameters::new(layers).expect("layers that fit");
    Example { activation, network }
}

/// Section 5.3.1: widths 2-1-2-2, leaky ReLU of slope ½. Class 0 wins where x_1 + x_2 > 2 *or* x_1 + x_2 < −4.
pub fn narrow_layer() -> Example {
    let layers = vec![rows([[1], [1], [0]]), rows([[1, -1], [0, 0]]), rows([[2, 1], [3, 2], [0, 1]])];
    example(Activation::leaky_relu(rational(1, 2)), layers)
}

/// Section 5.3.2 as printed: leaky ReLU of slope α, rank W_1 = 1. Where |x_1| ≤ 1 both outputs are −2α.
pub fn low_rank_as_printed(slope: &Rational) -> Example {
    let mut last = rows([[1, 0], [1, 0], [0, 0]]);
    last[(2, 1)] = -2 * slope.clone();
    example(Activation::leaky_relu(slope.clone()), vec![rows([[1, -1], [0, 0], [-1, -1]]), last])
}

/// Section 5.3.2, repaired: b_1 = 0 and b_2 = (0, 1 − α). Class 0 wins where |x_1| > 1, class 1 where |x_1| < 1.
pub fn low_rank(slope: &Rational) -> Example {
    let mut last = rows([[1, 0], [1, 0], [0, 0]]);
    last[(2, 1)] = 1 - slope.clone();
    example(Activation::leaky_relu(slope.clone()), vec![rows([[1, -1], [0, 0], [0, 0]]), last])
}

/// Section 5.3.3 with any c > 0 in the place of √2 (the rows of W_2 times √2): ReLU, widths 2-2-2-2, full rank. The region of
/// class 0 does not depend on c: {x_1 < 1, x_2 < 1, x_1 + x_2 < 1} and {x_2 > 4, 2x_1 − x_2 + 4 < 0}.
pub fn relu_pyramid(c: &Rational) -> Example {
    let mut second = rows([[1, -1], [1, 1], [0, -3]]);
    second[(2, 0)] = c.clone() - 1;
    let mut last = rows([[-1, 0], [0, -3], [0, 0]]);
    last[(2, 0)] = c.clone();
    example(Activation::relu(), vec![rows([[1, 0], [0, 1], [0, 0]]), second, last])
}

/// A smaller one: W_2ᵀ = \[\[−2, 1\], \[1, −2\]\], class 0 where v_1 + v_2 > 1.
pub fn small_relu_pyramid() -> Example {
    let layers = vec![rows([[1, 0], [0, 1], [0, 0]]), rows([[-2, 1], [1, -2], [0, 0]]), rows([[1, 0], [1, 0], [0, 1]])];
    example(Activation::relu(), layers)
}

/// |x_1| + ε against |x_2|: ReLUs. What is strict and what is not differs at ε = 0: the region of class 0 has 1, 2 or 2
/// components for ε > 0, ε = 0 and ε < 0, that of class 1 has 2, 2 or 1. Both outputs have 1 added, and ε comes from a neuron
/// of its own: a program in floats has the network exactly, and loses ε when it adds.
pub fn crossing(epsilon: &Rational) -> Example {
    let mut first = rows([[1, -1, 0, 0, 0, 0], [0, 0, 1, -1, 0, 0], [0, 0, 0, 0, 1, 0]]);
    first[(2, 5)] = epsilon.clone().abs();
    let sign = if *epsilon < 0 { -1 } else { 1 };
    let last = rows([[1, 0], [1, 0], [0, 1], [0, 1], [1, 1], [sign, 0], [0, 0]]);
    example(Activation::relu(), vec![first, last])
}

/// A network of full rank and of these widths d, n_1, …, n_(L−1), which are not pyramidal, with two outputs: the region of class
/// 0 is parted by a hyperplane x_1 = constant. `None` where the widths are pyramidal, or σ is affine or not strictly monotone.
pub fn not_pyramidal(hidden: &[usize], activation: &Activation) -> Option<Example> {
    let wider = (1..hidden.len()).find(|&k| hidden[k] > hidden[k - 1])?;
    let bend = activation.breakpoints().first().filter(|_| activation.is_strictly_monotone_onto())?;
    let mut layers: Vec<DMatrix<Rational>> = (1..hidden.len())
        .map(|k| match k {
            _ if k == wider => doubled(hidden[k - 1], hidden[k], bend),
            _ if k == wider + 1 => added(hidden[k - 1], hidden[k]),
            _ => unit(hidden[k - 1], hidden[k]),
        })
        .collect();
    let last = *hidden.last()?;
    let mut outputs = DMatrix::from_element(last + 1, 2, Rational::new());
    outputs[(0, 0)] = Rational::from(1);
    if wider + 1 == hidden.len() {
        outputs[(1, 0)] = Rational::from(1);
    }
    threshold(activation, &layers, &mut outputs, wider)?;
    layers.push(outputs);
    Some(example(activation.clone(), layers))
}

/// Neuron i hands on neuron i below.
fn unit(below: usize, width: usize) -> DMatrix<Rational> {
    DMatrix::from_fn(below + 1, width, |i, j| Rational::from(u32::from(i == j && i < below)))
}

/// The first two neurons are t_0 ± y, and neuron i + 1 hands on neuron i below for i ≥ 1.
fn doubled(below: usize, width: usize, bend: &Rational) -> DMatrix<Rational> {
    let mut layer =
        DMatrix::from_fn(below + 1, width, |i, j| Rational::from(u32::from(i > 0 && j == i + 1 && i < below)));
    (layer[(0, 0)], layer[(0, 1)]) = (Rational::from(1), Rational::from(-1));
    (layer[(below, 0)], layer[(below, 1)]) = (bend.clone(), bend.clone());
    layer
}

/// [`unit`], with the second neuron below added to the first.
fn added(below: usize, width: usize) -> DMatrix<Rational> {
    let mut layer = unit(below, width);
    layer[(1, 0)] = Rational::from(1);
    layer
}

/// Sets the output's sign and threshold: class 0 loses where y = 0, and wins at a little y on both sides. `wider` is the
/// layer with y; `None` if σ does not bend at t_0.
fn threshold(
    activation: &Activation,
    layers: &[DMatrix<Rational>],
    outputs: &mut DMatrix<Rational>,
    wider: usize,
) -> Option<()> {
    let below = layers[wider - 1].nrows() - 1;
    // So little that y stays within the neighbouring pieces of σ on both sides of t_0.
    let gaps = activation.breakpoints().windows(2).map(|pair| Rational::from(&pair[1] - &pair[0]));
    let little = gaps.min().unwrap_or_else(|| Rational::from(1)) / 2u32;
    let value = |y: &Rational| {
        let mut features = DMatrix::from_element(1, below, Rational::new());
        features[(0, 0)] = y.clone();
        for layer in &layers[wider - 1..] {
            features = affine(&features, layer).map(|entry| activation.evaluate(&entry));
        }
        affine(&features, outputs)[(0, 0)].clone()
    };
    let (middle, left, right) = (value(&Rational::new()), value(&-little.clone()), value(&little));
    let (least, most) = (left.clone().min(right.clone()), left.max(right));
    let last = outputs.nrows() - 1;
    let between = |side: &Rational| Rational::from(side + &middle) / 2u32;
    if least > middle {
        outputs[(last, 1)] = between(&least);
    } else if most < middle {
        outputs.row_mut(0)[0] *= -1;
        if last > 1 {
            outputs.row_mut(1)[0] *= -1;
        }
        outputs[(last, 1)] = -between(&most);
    } else {
        return None;
    }
    Some(())
}

/// F W + 1 bᵀ.
fn affine(features: &DMatrix<Rational>, layer: &DMatrix<Rational>) -> DMatrix<Rational> {
    let last = layer.nrows() - 1;
    DMatrix::from_fn(features.nrows(), layer.ncols(), |i, j| {
        (0..last).map(|k| Rational::from(&features[(i, k)] * &layer[(k, j)])).sum::<Rational>() + &layer[(last, j)]
    })
}

/// Two inputs, two hidden layers of two neurons, full rank, for a monotone σ that is not onto: the region of class 0 is parted
/// by the line x_1 = x_2. `None` where σ is onto, constant or not monotone.
pub fn not_onto(activation: &Activation) -> Option<Example> {
    let slopes = activation.slopes();
    let falls = slopes.iter().any(|slope| *slope < 0);
    if (falls && slopes.iter().any(|slope| *slope > 0)) || slopes.iter().all(Rational::is_zero) {
        return None;
    }
    // σ(x) = outer ρ(inner x) with a rising ρ that is bounded below.
    let bounded_left = slopes[0].is_zero();
    if !bounded_left && !slopes[slopes.len() - 1].is_zero() {
        return None;
    }
    let (inner, outer) = match (falls, bounded_left) {
        (false, true) => (1, 1),
        (false, false) => (-1, -1),
        (true, true) => (1, -1),
        (true, false) => (-1, 1),
    };
    let breakpoints = activation.breakpoints();
    let end = if bounded_left { &breakpoints[0] } else { &breakpoints[breakpoints.len() - 1] };
    // ρ is β up to t_0, and c is half way from 2β to β + sup ρ, or 2β + 1.
    let (rest, bound) = (Rational::from(end * inner), activation.evaluate(end) * outer);
    let ends = [&breakpoints[0], &breakpoints[breakpoints.len() - 1]].map(|end| activation.evaluate(end));
    let range = if slopes[0].is_zero() && slopes[slopes.len() - 1].is_zero() {
        (ends[0].clone() - &ends[1]).abs()
    } else {
        2.into()
    };
    let threshold = Rational::from(&bound * 2u32) + range / 2u32;
    (0..64).map(|k| Rational::from(1u64 << k)).find_map(|large| {
        let weights = rows([[-2, 1], [1, -2], [0, 0]]).map(|entry| entry * &large / 2u32);
        let mut second = weights.map(|entry| entry * (inner * outer));
        for j in 0..2 {
            second[(2, j)] = (Rational::from(&large * &bound) / 2u32 + &rest) * inner;
        }
        // v_1 + v_2 > c in terms of ρ.
        let mut last = rows([[1, 0], [1, 0], [0, 0]]).map(|entry| entry * outer);
        last[(2, 1)] = threshold.clone();
        let first = rows([[1, 0], [0, 1], [0, 0]]).map(|entry| entry * inner);
        let layers = vec![first, second, last];
        let wins = |x: &[Rational; 2]| {
            let mut features = DMatrix::from_row_slice(1, 2, x);
            for layer in &layers[..2] {
                features = affine(&features, layer).map(|entry| activation.evaluate(&entry));
            }
            let output = affine(&features, &layers[2]);
            output[(0, 0)] > output[(0, 1)]
        };
        let far = large.clone() + end.clone().abs();
        let both = [[far.clone(), -far.clone()], [-far.clone(), far]];
        both.iter().all(wins).then(|| example(activation.clone(), layers))
    })
}

/// One input, one hidden neuron, two outputs: the region of class 0 is parted by a point. `None` where σ is monotone.
pub fn not_monotone(activation: &Activation) -> Option<Example> {
    let breakpoints = activation.breakpoints();
    let outside = [Rational::from(breakpoints.first()? - 1), Rational::from(breakpoints.last()? + 1)];
    let places = [&outside[0]].into_iter().chain(breakpoints).chain([&outside[1]]);
    let mut values: Vec<Rational> = places.map(|place| activation.evaluate(place)).collect();
    // Without its flat pieces σ turns where it rises and falls.
    values.dedup();
    let turn = values.windows(3).find(|at| (at[0] < at[1]) != (at[1] < at[2]))?;
    let peaks = turn[1] > turn[0];
    let nearer = if peaks { (&turn[0]).max(&turn[2]) } else { (&turn[0]).min(&turn[2]) };
    let threshold = Rational::from(&turn[1] + nearer) / 2u32;
    Some(neuron(activation, if peaks { -1 } else { 1 }, threshold))
}

/// Class 0 wins where sign · σ(x) > sign · threshold.
fn neuron(activation: &Activation, sign: i32, threshold: Rational) -> Example {
    let mut last = rows([[1, 0], [0, 0]]).map(|entry| entry * sign);
    last[(1, 1)] = threshold * sign;
    example(activation.clone(), vec![rows([[1], [0]]), last])
}

//! Points between the ends of a move, and a follow written out as straight lines.

use super::curve::Curve;
use super::moves::{Change, Follow, Move, interpolate};
use super::walker::{Pullback, Walker};
use crate::arith::Number;
use crate::linalg::{Exact, Kernel};
use crate::network::{Activation, Parameters, import_matrix};
use nalgebra::DMatrix;
use rug::Rational;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The parameters at λ ∈ [0, 1] (λ ≥ 0 on a ray; s = 1 + λ ≥ 1 on a rescale) of a move that starts at `from`.
///
/// A follow at λ is the follow whose target is λ of the way: its features at level j go straight.
///
/// # Panics
/// If a follow meets an activation without an inverse, which no construction writes.
pub fn point_on<K: Kernel>(
    kernel: &K,
    activation: &Activation,
    inputs: &DMatrix<Rational>,
    from: &Parameters<K::Scalar>,
    step: &Move<K::Scalar>,
    lambda: &Rational,
) -> Parameters<K::Scalar> {
    let lambda = kernel.import(lambda);
    let mut point = from.clone();
    match step {
        Move::Line(changes) | Move::Bounded(changes, ..) => {
            for (&k, change) in changes {
                point.set_layer(k, Arc::new(interpolate(&change.before, &change.after, &lambda)));
            }
        }
        Move::Ray(direction) => {
            for (&k, delta) in direction {
                point.set_layer(k, Arc::new(from.layer(k).zip_map(delta, |x, d| x.plus(&d.times(&lambda)))));
            }
        }
        Move::Rescale(layer) => {
            let s = lambda.plus(&kernel.import(&Rational::from(1)));
            let mut next = DMatrix::clone(from.layer(layer + 1));
            // The bias of the next layer stays.
            let weight = 0..next.nrows() - 1;
            next.rows_range_mut(weight).apply(|x| *x = x.over(&s));
            point.set_layer(*layer, Arc::new(from.layer(*layer).map(|x| x.times(&s))));
            point.set_layer(layer + 1, Arc::new(next));
        }
        Move::Follow(follow) => {
            let inverse = activation.inverse().expect("a follow has an invertible activation").import(kernel);
            let mut walker =
                Walker::new(kernel, activation.import(kernel), &import_matrix(kernel, inputs), from.clone());
            let between = |change: &Change<K::Scalar>| interpolate(&change.before, &change.after, &lambda);
            let next = follow.changes.get(&(follow.level + 1)).map(between);
            let pull = Pullback {
                first: follow.first,
                inverse,
                right_inverse: follow.right_inverse.clone(),
                left_inverses: follow.left_inverses.clone(),
            };
            walker.follow(&pull, follow.level, between(&follow.output), next);
            point = walker.parameters().clone();
            for (&k, change) in follow.changes.range(follow.level + 2..) {
                point.set_layer(k, Arc::new(between(change)));
            }
        }
    }
    point
}

/// A follow as a chain of straight lines: a second proof of the same move, by the line rule.
///
/// The features of level j are affine in λ. Going down, σ⁻¹ bends where a feature crosses the value of σ at a
/// breakpoint; between all these λ everything is affine, so that straight lines of layers s, j + 1 and L do. Their number
/// may be thousands: a follow is one move however many kinks it has.
///
/// # Panics
/// If the activation has no inverse.
pub fn expand_follow(
    activation: &Activation,
    inputs: &DMatrix<Rational>,
    from: &Parameters<Rational>,
    follow: &Follow<Rational>,
) -> Vec<Move<Rational>> {
    let inverse = activation.inverse().expect("a follow has an invertible activation").import(&Exact);
    let walker = Walker::new(&Exact, activation.import(&Exact), inputs, from.clone());
    let mut curve = Curve::segment(DMatrix::clone(&follow.output.before), DMatrix::clone(&follow.output.after));
    for l in (follow.first..=follow.level).rev() {
        // P_l = σ⁻¹(F_l), then F_{l-1} or U_s: what it was, plus the pulled-back step.
        let pre = if l == walker.depth() { curve } else { curve.image(&inverse) };
        let step = pre.sum(&Curve::constant(walker.pre_activation(l).map(|x| -x)));
        let (base, pulled) = if l == follow.first {
            (DMatrix::clone(walker.layer(l)), step.affine_image(|step| Exact.product(&follow.right_inverse, step)))
        } else {
            (walker.level(l - 1), step.affine_image(|step| Exact.product(step, &follow.left_inverses[&l])))
        };
        curve = pulled.sum(&Curve::constant(base));
    }
    // What is left at the bottom are the values of layer s.
    let above = || follow.changes.range(follow.level + 1..);
    let layers_at = |(lambda, first): (&Rational, &DMatrix<Rational>)| {
        let first = (follow.first, Arc::new(first.clone()));
        let above = above().map(|(&k, c)| (k, Arc::new(interpolate(&c.before, &c.after, lambda))));
        std::iter::once(first).chain(above).collect::<BTreeMap<_, _>>()
    };
    let vertices: Vec<_> = curve.vertices().iter().map(layers_at).collect();
    let line = |pair: &[BTreeMap<usize, Arc<DMatrix<Rational>>>]| {
        let change = |(&k, before): (&usize, &Arc<DMatrix<Rational>>)| {
            (k, Change { before: before.clone(), after: pair[1][&k].clone() })
        };
        Move::Line(pair[0].iter().map(change).collect())
    };
    vertices.windows(2).map(line).collect()
}

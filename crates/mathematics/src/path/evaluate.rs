//! Points between the ends of a move, and a follow written out as straight lines.

use super::curve::Curve;
use super::moves::{Change, Follow, Move, interpolate};
use super::walker::{Pullback, Walker};
use crate::arith::Number;
use crate::linalg::{Exact, Kernel};
use crate::network::{Activation, Forward, Parameters, PiecewiseLinear, forward};
use nalgebra::DMatrix;
use rug::Rational;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// One move of a path, seen at any λ ∈ [0, 1] (λ ≥ 0 on a ray; s = 1 + λ ≥ 1 on a rescale).
///
/// A follow at λ is the follow whose target is λ of the way: its features at level j go straight.
pub struct OnMove<'a, K: Kernel> {
    kernel: &'a K,
    activation: PiecewiseLinear<K::Scalar>,
    inputs: &'a DMatrix<K::Scalar>,
    from: &'a Parameters<K::Scalar>,
    step: &'a Move<K::Scalar>,
    /// A follow's pull-back, and the walker that it starts from.
    pulled: Option<(Pullback<K::Scalar>, Walker<'a, K>)>,
    /// F_{k−1}, where k is the lowest layer that the move changes: the same all along it.
    below: OnceLock<DMatrix<K::Scalar>>,
}

impl<'a, K: Kernel> OnMove<'a, K> {
    /// The move `step` that starts at `from`; `inputs` is X, shape [N, d].
    ///
    /// # Panics
    /// If a follow meets an activation without an inverse, which no construction writes, or inputs that do not fit.
    pub fn new(
        kernel: &'a K,
        activation: &Activation,
        inputs: &'a DMatrix<K::Scalar>,
        from: &'a Parameters<K::Scalar>,
        step: &'a Move<K::Scalar>,
    ) -> Self {
        let sigma = activation.import(kernel);
        let pulled = match step {
            Move::Follow(follow) => {
                let pull = Pullback {
                    first: follow.first,
                    inverse: activation.inverse().expect("a follow has an invertible activation").import(kernel),
                    right_inverse: follow.right_inverse.clone(),
                    left_inverses: follow.left_inverses.clone(),
                };
                Some((pull, Walker::new(kernel, sigma.clone(), inputs, from.clone())))
            }
            _ => None,
        };
        Self { kernel, activation: sigma, inputs, from, step, pulled, below: OnceLock::new() }
    }

    /// The parameters at λ.
    pub fn point(&self, lambda: &Rational) -> Parameters<K::Scalar> {
        let lambda = self.kernel.import(lambda);
        let mut point = self.from.clone();
        match self.step {
            Move::Line(changes) | Move::Bounded(changes, ..) => {
                for (&k, change) in changes {
                    point.set_layer(k, Arc::new(interpolate(&change.before, &change.after, &lambda)));
                }
            }
            Move::Ray(direction) => {
                for (&k, delta) in direction {
                    point.set_layer(k, Arc::new(self.from.layer(k).zip_map(delta, |x, d| x.plus(&d.times(&lambda)))));
                }
            }
            Move::Rescale(layer) => {
                let s = lambda.plus(&self.kernel.import(&Rational::from(1)));
                let mut next = DMatrix::clone(self.from.layer(layer + 1));
                // The bias of the next layer stays.
                let weight = 0..next.nrows() - 1;
                next.rows_range_mut(weight).apply(|x| *x = x.over(&s));
                point.set_layer(*layer, Arc::new(self.from.layer(*layer).map(|x| x.times(&s))));
                point.set_layer(layer + 1, Arc::new(next));
            }
            Move::Follow(follow) => return self.on_follow(follow, &lambda),
        }
        point
    }

    fn on_follow(&self, follow: &Follow<K::Scalar>, lambda: &K::Scalar) -> Parameters<K::Scalar> {
        let between = |change: &Change<K::Scalar>| interpolate(&change.before, &change.after, lambda);
        let (pull, walker) = self.pulled.as_ref().expect("made for a follow");
        let mut walker = walker.clone();
        let next = follow.changes.get(&(follow.level + 1)).map(between);
        walker.follow(pull, follow.level, between(&follow.output), next);
        let mut point = walker.parameters().clone();
        for (&k, change) in follow.changes.range(follow.level + 2..) {
            point.set_layer(k, Arc::new(between(change)));
        }
        point
    }

    /// The output F_L at λ, [N, n_L], by a forward pass from the lowest layer that the move changes.
    pub fn output(&self, lambda: &Rational) -> DMatrix<K::Scalar> {
        let k = self.step.lowest_layer();
        let below = self.below.get_or_init(|| self.level(k - 1));
        self.pass(below, &self.point(lambda).layers()[k - 1..]).output().clone()
    }

    /// F_l at the start of the move.
    fn level(&self, l: usize) -> DMatrix<K::Scalar> {
        if l == 0 {
            self.inputs.clone()
        } else {
            self.activation.apply(self.pass(self.inputs, &self.from.layers()[..l]).output())
        }
    }

    fn pass(&self, inputs: &DMatrix<K::Scalar>, layers: &[Arc<DMatrix<K::Scalar>>]) -> Forward<K::Scalar> {
        let layers = Parameters::from_shared(layers.to_vec()).expect("layers of a network");
        forward(self.kernel, &self.activation, inputs, &layers).expect("inputs and network fit")
    }
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

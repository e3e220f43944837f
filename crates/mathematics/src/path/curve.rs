//! Polygonal curves of matrices, their images and sums.
//!
//! **Proposition 2.7** (ICML 2019): *the image of a connected set under a continuous map is connected*;
//! **Proposition 2.8**: *the sum of two connected sets is connected*. In constructive form: the image of a curve is a
//! curve ([`Curve::image`], [`Curve::affine_image`]), and so is the sum of two ([`Curve::sum`]). Lemma 3.3 uses both:
//! the curve of features is pulled back by σ⁻¹ (an image), a left inverse (an affine image) and the constant part that
//! lies in the kernel (a sum), level by level; [`super::expand_follow`] does so.

use super::moves::interpolate;
use crate::network::PiecewiseLinear;
use nalgebra::DMatrix;
use rug::Rational;
use std::collections::{BTreeMap, BTreeSet};

/// A continuous curve \[0, 1\] → ℝ^{n×p}, affine between its vertices.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    vertices: BTreeMap<Rational, DMatrix<Rational>>,
}

impl Curve {
    /// The straight curve from a to b, both [n, p].
    ///
    /// # Panics
    /// If the shapes differ.
    pub fn segment(a: DMatrix<Rational>, b: DMatrix<Rational>) -> Self {
        assert_eq!(a.shape(), b.shape(), "a curve runs in one space");
        Self { vertices: BTreeMap::from([(Rational::new(), a), (Rational::from(1), b)]) }
    }

    /// The curve that stays at a point.
    pub fn constant(point: DMatrix<Rational>) -> Self {
        Self::segment(point.clone(), point)
    }

    /// The vertices by their parameter λ, ascending; the first is at 0, the last at 1.
    pub fn vertices(&self) -> &BTreeMap<Rational, DMatrix<Rational>> {
        &self.vertices
    }

    /// The point at λ ∈ \[0, 1\].
    ///
    /// # Panics
    /// If λ is outside.
    pub fn at(&self, lambda: &Rational) -> DMatrix<Rational> {
        let (left, a) = self.vertices.range(..=lambda).next_back().expect("λ is at least 0");
        let (right, b) = self.vertices.range(lambda..).next().expect("λ is at most 1");
        if left == right {
            return a.clone();
        }
        interpolate(a, b, &(Rational::from(lambda - left) / Rational::from(right - left)))
    }

    /// Proposition 2.7 for an affine map: the images of the vertices. The map has to be affine; nothing checks it.
    pub fn affine_image(&self, map: impl Fn(&DMatrix<Rational>) -> DMatrix<Rational>) -> Self {
        Self { vertices: self.vertices.iter().map(|(lambda, point)| (lambda.clone(), map(point))).collect() }
    }

    /// Proposition 2.7 for a continuous piecewise-linear function, entry by entry: a vertex is added wherever an entry
    /// crosses a breakpoint.
    pub fn image(&self, function: &PiecewiseLinear<Rational>) -> Self {
        let mut vertices = self.vertices.clone();
        let pairs = self.vertices.iter().zip(self.vertices.iter().skip(1));
        for ((left, a), (right, b)) in pairs {
            for (x, y) in a.iter().zip(b.iter()).filter(|(x, y)| x != y) {
                for value in function.breakpoints().iter().filter(|v| (x < *v && *v < y) || (y < *v && *v < x)) {
                    let share = Rational::from(value - x) / Rational::from(y - x);
                    let lambda = Rational::from(right - left) * &share + left;
                    vertices.entry(lambda).or_insert_with(|| interpolate(a, b, &share));
                }
            }
        }
        Self { vertices }.affine_image(|point| function.apply(point))
    }

    /// Proposition 2.8: λ ↦ a(λ) + b(λ).
    pub fn sum(&self, other: &Self) -> Self {
        let parameters: BTreeSet<&Rational> = self.vertices.keys().chain(other.vertices.keys()).collect();
        let point = |lambda: &Rational| super::walker::add(&self.at(lambda), &other.at(lambda));
        Self { vertices: parameters.into_iter().map(|lambda| (lambda.clone(), point(lambda))).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::Exact;
    use crate::network::Activation;
    use proptest::prelude::*;

    fn any_curve() -> impl Strategy<Value = Curve> {
        let point = || {
            prop::collection::vec(-9..9i32, 4)
                .prop_map(|entries| DMatrix::from_vec(2, 2, entries).map(|e| Rational::from((e, 2))))
        };
        (point(), point(), point(), 1..8i32).prop_map(|(a, middle, b, at)| {
            let mut curve = Curve::segment(a, b);
            curve.vertices.insert(Rational::from((at, 9)), middle);
            curve
        })
    }

    proptest! {
        /// The image at λ is the image of the point at λ: for every λ, since both are affine between vertices.
        #[test]
        fn images_and_sums_are_pointwise(a in any_curve(), b in any_curve(), lambda in 0..=60i32) {
            let lambda = Rational::from((lambda, 60));
            let activation = Activation::hard_tanh().import(&Exact);
            prop_assert_eq!(a.image(&activation).at(&lambda), activation.apply(&a.at(&lambda)));
            prop_assert_eq!(a.sum(&b).at(&lambda), crate::path::add(&a.at(&lambda), &b.at(&lambda)));
            let doubled = a.affine_image(|point| point.map(|x| x * 2u32));
            prop_assert_eq!(doubled.at(&lambda), a.at(&lambda).map(|x| x * 2u32));
        }
    }

    /// Without the vertices that the image adds, it would be another curve.
    #[test]
    fn an_image_bends_at_breakpoints() {
        let one = DMatrix::from_element(1, 1, Rational::from(1));
        let curve = Curve::segment(one.map(|x| -x), one);
        let image = curve.image(&Activation::relu().import(&Exact));
        assert_eq!(image.vertices().len(), 3);
        assert_eq!(image.at(&Rational::from((1, 2)))[0], 0);
    }
}

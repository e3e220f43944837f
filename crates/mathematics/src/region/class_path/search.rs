//! A line bent where it is lost: a search that asks nothing of the network.
//!
//! Segments that are lost are bent at the place where they are lost most, towards more margin. That stays near the line,
//! where the theorem's path leads away by factors of 100 and more; but nothing is promised.
//!
//! At such a point the margin f_j − f_k to the strongest other class k is a piecewise-linear function of the input; a step
//! along its gradient, as long as the affine piece would need to reach half the smaller margin of the two ends, is repeated
//! until the margin is reached. The point is rounded to 16 bits and both halves are certified, or bent again.

use super::classifier::{Classifier, Segment};
use super::rounded::round;
use crate::linalg::{Double, Kernel};
use crate::network::{PiecewiseLinear, import_matrix};
use nalgebra::{DMatrix, RowDVector};
use rug::Rational;

/// The fractional bits of a bend.
pub const BEND_BITS: u32 = 16;

/// How often a segment and its halves are bent.
pub const DEPTH: u32 = 7;

/// Steps along the gradient.
const STEPS: usize = 60;

type Row = RowDVector<f64>;

/// A chain of inputs on which the class wins.
pub(super) struct Found {
    pub vertices: Vec<Vec<Rational>>,
    pub segments: Vec<Segment>,
}

struct Search<'a> {
    classifier: &'a Classifier,
    class: usize,
    weights: Vec<(DMatrix<f64>, Row)>,
    sigma: PiecewiseLinear<f64>,
    /// The margin that a bend should have.
    goal: f64,
}

/// A chain between two inputs at which the class wins; `None` if the search ends without one.
pub(super) fn search(
    classifier: &Classifier,
    class: usize,
    [from, to]: [&[Rational]; 2],
    line: Segment,
) -> Option<Found> {
    let network = classifier.network();
    let layer = |l: usize| {
        let matrix = |view: nalgebra::DMatrixView<'_, Rational>| import_matrix(&Double, &view.into_owned());
        (matrix(network.weight(l)), matrix(network.bias(l)).row(0).into_owned())
    };
    let mut search = Search {
        classifier,
        class,
        weights: (1..=network.depth()).map(layer).collect(),
        sigma: classifier.activation().import(&Double),
        goal: 0.0,
    };
    let margin = |input: &[Rational]| search.climb(&row(input)).0;
    search.goal = margin(from).min(margin(to)) / 2.0;
    let mut found = Found { vertices: vec![from.to_vec()], segments: vec![] };
    search.join([from, to], line, DEPTH, &mut found).then_some(found)
}

fn row(input: &[Rational]) -> Row {
    Row::from_iterator(input.len(), input.iter().map(|x| Double.import(x)))
}

impl Search<'_> {
    /// Appends a chain from one input to the next; whether it was found.
    fn join(&self, [from, to]: [&[Rational]; 2], segment: Segment, depth: u32, found: &mut Found) -> bool {
        if segment.is_won() {
            found.vertices.push(to.to_vec());
            found.segments.push(segment);
            return true;
        }
        if depth == 0 {
            return false;
        }
        let at = Double.import(&segment.at).clamp(0.05, 0.95);
        let Some(middle) = self.bend(row(from) * (1.0 - at) + row(to) * at) else { return false };
        [[from, &middle], [&middle, to]].into_iter().all(|ends| {
            let half = self.classifier.segment(ends[0], ends[1], self.class);
            self.join(ends, half, depth - 1, found)
        })
    }

    /// A point nearby with the margin that is wanted.
    fn bend(&self, mut point: Row) -> Option<Vec<Rational>> {
        for _ in 0..STEPS {
            let (margin, gradient) = self.climb(&point);
            if margin >= self.goal {
                return round(point.iter(), BEND_BITS);
            }
            let length = gradient.norm_squared();
            if length == 0.0 || !length.is_finite() {
                return None;
            }
            // A little more than the affine piece needs, so that the goal is passed and not approached.
            point += gradient * ((1.2 * self.goal - margin) / length);
        }
        None
    }

    /// The margin at a point and its gradient.
    fn climb(&self, point: &Row) -> (f64, Row) {
        let (mut features, mut slopes) = (point.clone(), vec![]);
        for (l, (weight, bias)) in self.weights.iter().enumerate() {
            features = features * weight + bias;
            if l + 1 < self.weights.len() {
                slopes.push(features.map(|x| self.sigma.slopes()[self.sigma.piece(&x)]));
                features = features.map(|x| self.sigma.evaluate(&x));
            }
        }
        let others = (0..features.len()).filter(|&k| k != self.class);
        let against = others.max_by(|&a, &b| features[a].total_cmp(&features[b])).unwrap_or_default();
        let mut gradient = Row::zeros(features.len());
        (gradient[self.class], gradient[against]) = (1.0, -1.0);
        for (l, (weight, _)) in self.weights.iter().enumerate().rev() {
            gradient *= weight.transpose();
            if let Some(below) = l.checked_sub(1) {
                gradient.component_mul_assign(&slopes[below]);
            }
        }
        (features[self.class] - features[against], gradient)
    }
}

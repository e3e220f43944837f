//! A network as a classifier: which output is the largest one at an input, and on a whole segment of inputs, exactly.

use super::curve::{AffineMap, Bends, Curve};
use crate::network::{Activation, Parameters};
use rug::Rational;

/// A network and its activation, read for exact evaluation: class j wins at x where f_j(x) > f_k(x) for every k ≠ j.
#[derive(Debug, Clone)]
pub struct Classifier {
    network: Parameters<Rational>,
    activation: Activation,
    layers: Vec<AffineMap>,
    sigma: Bends,
}

/// Which class wins at an input, and how clearly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Win {
    /// The class, from 0.
    pub class: usize,
    /// By how much its output is above the next one; positive.
    pub margin: Rational,
    /// The class of the next one.
    pub runner_up: usize,
}

/// Two outputs are the largest one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tie {
    /// The classes, from 0: the first two of them.
    pub classes: [usize; 2],
    /// Their output.
    pub output: Rational,
}

/// What was found on a segment of inputs, which the network cuts into pieces on which it is affine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// How many pieces.
    pub pieces: usize,
    /// The least margin of the class on the segment, which is attained at an end of a piece. The class wins on the whole
    /// segment if it is positive.
    pub margin: Rational,
    /// Where: 0 at the start, 1 at the end.
    pub at: Rational,
    /// The class with the next output there.
    pub against: usize,
}

impl Classifier {
    /// # Panics
    /// If the network has less than two outputs: then there are no classes.
    pub fn new(network: &Parameters<Rational>, activation: &Activation) -> Self {
        assert!(network.widths()[network.depth()] > 1, "classes are two outputs at least");
        Classifier {
            network: network.clone(),
            activation: activation.clone(),
            layers: network.layers().iter().map(|layer| AffineMap::stacked(layer)).collect(),
            sigma: Bends::new(activation),
        }
    }

    /// The network.
    pub fn network(&self) -> &Parameters<Rational> {
        &self.network
    }

    /// σ.
    pub fn activation(&self) -> &Activation {
        &self.activation
    }

    /// P_1, …, P_L along a curve of inputs.
    pub(super) fn pre_activations(&self, inputs: Curve) -> Vec<Curve> {
        let mut curves: Vec<Curve> = vec![];
        for layer in &self.layers {
            let next = match curves.last() {
                None => inputs.through(layer),
                Some(before) => before.bent(&self.sigma).through(layer),
            };
            curves.push(next);
        }
        curves
    }

    /// The outputs on the segment between two inputs.
    fn outputs_between(&self, from: &[Rational], to: &[Rational]) -> Curve {
        let (last, hidden) = self.layers.split_last().expect("a network has layers");
        let inputs = Curve::straight(from, to);
        hidden.iter().fold(inputs, |curve, layer| curve.through(layer).bent(&self.sigma)).through(last)
    }

    /// f(x).
    ///
    /// # Panics
    /// If the input has another width than the network.
    pub fn outputs(&self, input: &[Rational]) -> Vec<Rational> {
        assert_eq!(input.len(), self.network.widths()[0], "the input has the width of the network");
        self.outputs_between(input, input).vertex(0)
    }

    /// The class that wins at an input.
    ///
    /// # Errors
    /// [`Tie`].
    ///
    /// # Panics
    /// If the input has another width than the network.
    pub fn winner(&self, input: &[Rational]) -> Result<Win, Tie> {
        let outputs = self.outputs(input);
        let mut order: Vec<usize> = (0..outputs.len()).collect();
        order.sort_by(|&a, &b| outputs[b].cmp(&outputs[a]).then(a.cmp(&b)));
        let (class, runner_up) = (order[0], order[1]);
        if outputs[class] == outputs[runner_up] {
            return Err(Tie { classes: [class, runner_up], output: outputs[class].clone() });
        }
        Ok(Win { class, margin: Rational::from(&outputs[class] - &outputs[runner_up]), runner_up })
    }

    /// The least margin of a class on the segment between two inputs, over every point.
    ///
    /// On the segment every pre-activation of the first layer is affine; the segment is cut where one of them crosses a
    /// breakpoint, then where one of the second layer does, and so on. On each of the pieces that are left the margins
    /// f_j − f_k are affine, and so least at its ends.
    ///
    /// # Panics
    /// If the inputs have another width than the network, or there is no such class.
    pub fn segment(&self, from: &[Rational], to: &[Rational], class: usize) -> Segment {
        let widths = self.network.widths();
        assert!(from.len() == widths[0] && to.len() == widths[0], "the inputs have the width of the network");
        let outputs = self.outputs_between(from, to);
        let margins = outputs.margins(class).expect("classes are two outputs at least");
        let cuts = outputs.cuts().iter().cloned();
        let least = margins.into_iter().zip(cuts).min_by(|((a, _), _), ((b, _), _)| a.cmp(b));
        let ((margin, against), at) = least.expect("a segment has ends");
        Segment { pieces: outputs.len(), margin, at, against }
    }
}

impl Segment {
    /// Whether the class wins at every point.
    pub fn is_won(&self) -> bool {
        self.margin > 0
    }
}

//! No local maximum (ICLR 2019, Theorem 3.4 (4)), whether the gradient vanishes or not.
//!
//! Along V + t e_j e_kᵀ the output of every sample moves in entry k alone, by t Ψ_ij. The second derivative of the loss is
//! Σ_i w_i c_i Ψ_ij² divided by D > 0, with c_i = p (1 − p) τ for cross-entropies, p the probability of output k and τ the sum of the
//! sample's soft labels, and 2 for squares. If it is positive at one V, some w_i, τ and Ψ_ij are not 0, and there are two outputs;
//! then it is positive at every V and t, as no probability is 0 or 1. A strictly convex function has no local maximum. Where its
//! derivative is 0, it grows on both sides; with a step r it is seen to be larger at t = −r and at t = r, and by convexity
//! everywhere beyond.

use crate::rational::Rational;
use crate::{
    certificate::{Limits, object::NoMaximum},
    finding::{Finding, Own, Unproved},
    graph::{Graph, Level, Tubes, path::MOST_BITS},
    interval::{Interval, Precision},
    loss::Loss,
    matrix::{Matrix, Reading, fraction},
    verdict::{Enclosure, Failure, Part, Rejection, Undecided},
};
use num_bigint::BigInt;
use num_traits::Signed;

/// A network with what its loss depends on along e_j e_kᵀ.
struct Direction {
    loss: Loss,
    /// Ψ V, row by row.
    output: Vec<Interval>,
    /// Column j of Ψ.
    feature: Vec<Interval>,
    /// k, and how many outputs there are.
    place: (usize, usize),
    p: Precision,
}

/// What is proved.
pub fn check(object: &NoMaximum, reading: Reading, limits: &Limits) -> Result<Finding, Failure> {
    let (Reading::Certificate(arithmetic) | Reading::Users(arithmetic)) = reading;
    let samples = object.inputs.rows;
    let graph = Graph::read(&object.graph, samples, limits)?;
    let inputs = Matrix::read(&object.inputs, Part::Inputs, (samples, graph.inputs), reading)?;
    let parameters = graph.read_network(&object.layers, graph.last(), reading)?;
    let loss = Loss::read(&object.loss, samples, graph.outputs, reading)?;
    let features = graph.skips.len() + usize::from(graph.bias);
    if object.feature >= features || object.output >= graph.outputs {
        let (feature, output) = (object.feature, object.output);
        return Err(Rejection::from(Unproved::NoSuchWeight { feature, output }).into());
    }
    let p = Precision(object.bits.min(MOST_BITS));
    graph.allow_line(&inputs, [&parameters; 2], p, limits)?;
    let still = Default::default();
    let psi =
        Tubes::new(&graph, &Level::at(p, &inputs), (&parameters, &still), (p, arithmetic)).features(&BigInt::ZERO, 0);
    let [output, _] = psi.times(&Level::at(p, &graph.stacked(&parameters)), p, arithmetic).boxes();
    let [all, _] = psi.boxes();
    let feature = all.into_iter().skip(object.feature).step_by(features).collect();
    let direction = Direction { loss, output, feature, place: (object.output, graph.outputs), p };
    let curvature = direction.curvature()?;
    let step = object.step.as_ref().map(fraction).transpose()?;
    let rise = step.map(|step| direction.rise(step)).transpose()?;
    Ok(Finding::NoMaximum {
        graph: graph.to_string(),
        of: direction.loss.scope(),
        weight: (object.feature, object.output),
        curvature,
        rise,
        compared: Own::default(),
        loss_compared: false,
    })
}

impl Direction {
    /// The second derivative of the loss, which has to be positive.
    fn curvature(&self) -> Result<Enclosure, Failure> {
        let Direction { loss, output, feature, place, p } = self;
        let Some(Interval { lower, upper }) = loss.curvature(output, feature, *place, *p) else {
            return Err(Rejection::from(Unproved::NotCurved).into());
        };
        if !upper.is_positive() {
            return Err(Rejection::from(Unproved::Flat).into());
        }
        if !lower.is_positive() {
            return Err(Undecided::CurvatureOpen { bits: p.0 }.into());
        }
        Ok(Enclosure { lower: p.rational(&lower), upper: p.rational(&upper) })
    }

    /// The step, and a lower bound of how much larger the loss is at its smaller end.
    fn rise(&self, step: Rational) -> Result<(Rational, Rational), Failure> {
        if !step.is_positive() {
            return Err(Rejection::NotPositive { found: step.to_string() }.into());
        }
        let here = self.loss.enclose_box(&self.output, self.place.1, self.p);
        let mut least: Option<BigInt> = None;
        for step in [&step, &-&step] {
            let there = self.loss.enclose_box(&self.moved(step), self.place.1, self.p);
            if there.upper <= here.lower {
                return Err(Rejection::from(Unproved::NoRise { step: Box::new(step.clone()) }).into());
            }
            let rise = there.lower - &here.upper;
            if !rise.is_positive() {
                return Err(Undecided::LossesTooClose { bits: self.p.0 }.into());
            }
            least = Some(least.map_or(rise.clone(), |least| least.min(rise)));
        }
        Ok((step, self.p.rational(&least.expect("two ends"))))
    }

    /// The output at t = `step`.
    fn moved(&self, step: &Rational) -> Vec<Interval> {
        let (k, outputs) = self.place;
        let step = self.p.enclose(step.numer(), step.denom());
        let mut output = self.output.clone();
        for (row, feature) in output.chunks_mut(outputs).zip(&self.feature) {
            row[k] = row[k].plus(&self.p.times(&step, feature));
        }
        output
    }
}

//! Paths of graph networks.
//!
//! **Line.** Only the output's weights V move, so that the output Ψ V runs straight, whatever σ is. With ΔG = Ψ (V′ − V) the
//! loss falls *strictly* if every margin of every sample grows (cross-entropy with labels), or if its slope at the end is
//! negative: a convex function with a negative slope at the end has one everywhere before.
//!
//! **Bounded.** Anything moves straight; on pieces of the line the output is enclosed to second order ([`Tubes`]), and the loss at
//! both ends of that enclosure bounds the loss on the piece, by convexity.
//!
//! Nothing is exact here but parameters and data: losses are enclosed, and compared where their enclosures do not overlap.

use super::{Graph, Level, Parameters, Tubes};
use crate::rational::Rational;
use crate::{
    arithmetic::Arithmetic,
    certificate::{Claim, Exceeded, Layers, Limit, Limits},
    interval::{Interval, Precision},
    loss::{Fall, Loss},
    matrix::Matrix,
    pieces::{self, GRID, Piece},
    state::Change,
    verdict::{Conclusion, Descent, Enclosure, Failure, Rejection, Undecided},
};
use num_bigint::BigInt;
use std::rc::Rc;

/// The most bits behind the point.
pub const MOST_BITS: u64 = 16_384;
/// How many pieces of a bounded line are looked at.
const PIECES: u64 = 4096;

/// What does not change along a path.
pub struct Setting<'a> {
    pub graph: &'a Graph,
    /// X, `[N, d]`, and as it is computed with.
    pub inputs: &'a Matrix,
    pub enclosed: Level,
    pub loss: &'a Loss,
    pub p: Precision,
    pub arithmetic: Arithmetic,
    pub limits: &'a Limits,
}

/// The path so far.
pub struct Path<'a> {
    setting: &'a Setting<'a>,
    pub parameters: Parameters,
    /// Ψ at the current network.
    features: Rc<Level>,
    /// The loss at every vertex, with its record.
    vertices: Vec<(Interval, usize)>,
    /// The bits of the longest of these numbers.
    longest: u64,
    /// What each move is known to do.
    falls: Vec<(Fall, usize)>,
    bounds: Vec<(Rational, usize)>,
    pub lines: usize,
    pub bounded: usize,
}

impl<'a> Path<'a> {
    /// At the first network.
    pub fn new(setting: &'a Setting<'a>, parameters: Parameters) -> Result<Self, Exceeded> {
        let features = Rc::new(setting.features(&parameters));
        let mut path = Path {
            setting,
            parameters,
            features,
            vertices: vec![],
            longest: 0,
            falls: vec![],
            bounds: vec![],
            lines: 0,
            bounded: 0,
        };
        let output = path.output();
        path.push_vertex(&output, 2)?;
        Ok(path)
    }

    /// The output at the current network.
    fn output(&self) -> Vec<Interval> {
        let Setting { graph, p, arithmetic, .. } = *self.setting;
        let weight = Level::at(p, &graph.stacked(&self.parameters));
        let [output, _] = self.features.times(&weight, p, arithmetic).boxes();
        output
    }

    /// The loss of this output belongs to the path.
    fn push_vertex(&mut self, output: &[Interval], record: usize) -> Result<(), Exceeded> {
        let loss = self.setting.loss_of(output);
        self.longest = self.longest.max(loss.lower.bits()).max(loss.upper.bits());
        self.vertices.push((loss, record));
        // A move can be a few bytes of the file; there is a bound or a fall for each, too.
        self.setting.limits.allow_memory(3 * self.vertices.len() as u64, self.longest)
    }

    /// V goes straight to new values.
    pub fn line(&mut self, layers: &Layers, record: usize) -> Result<(), Failure> {
        let Setting { graph, inputs, p, arithmetic, loss, limits, .. } = *self.setting;
        let target = graph.read_layers(layers, self.setting.reading())?;
        if let Some(&layer) = target.keys().find(|&&layer| layer != graph.last()) {
            return Err(Rejection::LineMovesBlock { layer }.into());
        }
        let after = merged(&self.parameters, target);
        graph.allow_line(inputs, [&self.parameters, &after], p, limits)?;
        let [from, to] = [&self.parameters, &after].map(|parameters| graph.stacked(parameters));
        let change = self.features.times(&Level::at(p, &to.minus(&from)), p, arithmetic);
        let [end, _] = self.features.times(&Level::at(p, &to), p, arithmetic).boxes();
        let fall = if to == from { Fall::Rests } else { loss.fall(&end, &change.boxes()[0], graph.outputs, p) };
        self.parameters = after;
        self.falls.push((fall, record));
        self.lines += 1;
        Ok(self.push_vertex(&end, record)?)
    }

    /// Any layers go straight to new values, and the loss stays at most the bound: on each of the pieces of these depths, or
    /// on those that are found where none are listed.
    pub fn bounded(
        &mut self,
        layers: &Layers,
        bound: Rational,
        depths: Option<&[u32]>,
        record: usize,
    ) -> Result<(), Failure> {
        let Setting { graph, inputs, p, arithmetic, limits, .. } = *self.setting;
        let listed = depths.map(|depths| pieces::tiling(depths, limits)).transpose()?;
        let after = merged(&self.parameters, graph.read_layers(layers, self.setting.reading())?);
        graph.allow_line(inputs, [&self.parameters, &after], p, limits)?;
        let tube = Tubes::new(graph, &self.setting.enclosed, (&self.parameters, &after), (p, arithmetic));
        match listed {
            Some(pieces) => self.setting.follow(&tube, &pieces, &bound)?,
            None => self.setting.walk(&tube, &bound)?,
        }
        self.features = Rc::new(self.setting.features(&after));
        self.parameters = after;
        self.bounds.push((bound, record));
        self.falls.push((Fall::Open, record));
        self.bounded += 1;
        let output = self.output();
        Ok(self.push_vertex(&output, record)?)
    }

    /// The losses at the start and at the end.
    pub fn ends(&self) -> [Enclosure; 2] {
        [&self.vertices[0], &self.vertices[self.vertices.len() - 1]].map(|(loss, _)| self.setting.rational(loss))
    }

    /// What the claim comes to; a failure with the record that it is seen at.
    pub fn conclude(&self, claim: Claim, record: usize) -> Result<Conclusion, (usize, Failure)> {
        match claim {
            Claim::Connected => self.connected(),
            Claim::Descends => self.descends().map(Conclusion::Descends),
            Claim::StrictlyDescends => {
                self.falls_strictly(record).map(|()| Conclusion::Descends(Descent::FallsStrictly))
            }
            Claim::Barrier => self.barrier(record).map(Conclusion::Barrier),
            Claim::Unbounded => Err((record, Rejection::UnboundedGraph.into())),
        }
    }

    fn falls_strictly(&self, record: usize) -> Result<(), (usize, Failure)> {
        if let Some((_, record)) = self.bounds.first() {
            return Err((*record, Rejection::BoundedDoesNotFall.into()));
        }
        if self.falls.is_empty() {
            return Err((record, Rejection::NoMove.into()));
        }
        for (fall, record) in &self.falls {
            match fall {
                Fall::Strictly => {}
                Fall::Rests => return Err((*record, Rejection::LossRests.into())),
                Fall::Rises => return Err((*record, Rejection::LossDoesNotFall.into())),
                Fall::Never | Fall::Open => return Err((*record, self.flat())),
            }
        }
        Ok(())
    }

    fn flat(&self) -> Failure {
        Undecided::SlopeTooFlat { bits: self.setting.p.0 }.into()
    }

    /// No move lets the loss rise; or none is above the start, or above the largest bound.
    fn descends(&self) -> Result<Descent, (usize, Failure)> {
        if self.falls.iter().all(|(fall, _)| matches!(fall, Fall::Strictly | Fall::Never | Fall::Rests)) {
            return Ok(Descent::NeverRises);
        }
        let start = self.setting.rational(&self.vertices[0].0);
        let highest = self.bounds.iter().max().map(|(bound, _)| bound).filter(|bound| **bound > start.lower);
        let top = highest.unwrap_or(&start.lower);
        // The start is at most itself, and at most a bound only if that is seen.
        for (loss, record) in &self.vertices[usize::from(highest.is_none())..] {
            self.at_most(&self.setting.rational(loss), top, top.max(&start.upper), Rejection::LossAboveStart)
                .map_err(|failure| (*record, failure))?;
        }
        let (end, record) = &self.vertices[self.vertices.len() - 1];
        self.at_most(&self.setting.rational(end), &start.lower, &start.upper, Rejection::LossAboveStart)
            .map_err(|failure| (*record, failure))?;
        Ok(highest.cloned().map_or(Descent::StaysBelowStart, Descent::StaysBelow))
    }

    /// No vertex and no bound is above the larger one of both ends.
    fn connected(&self) -> Result<Conclusion, (usize, Failure)> {
        let ends = self.ends();
        let (lower, upper) =
            (ends[0].lower.clone().max(ends[1].lower.clone()), ends[0].upper.clone().max(ends[1].upper.clone()));
        let between = 1..self.vertices.len().saturating_sub(1);
        for (loss, record) in self.vertices.get(between).unwrap_or_default() {
            self.at_most(&self.setting.rational(loss), &lower, &upper, Rejection::LossAboveEnds)
                .map_err(|failure| (*record, failure))?;
        }
        for (bound, record) in &self.bounds {
            let bound = Enclosure { lower: bound.clone(), upper: bound.clone() };
            self.at_most(&bound, &lower, &upper, Rejection::BoundAboveEnds).map_err(|failure| (*record, failure))?;
        }
        Ok(Conclusion::Connected)
    }

    /// The largest bound, which no vertex is above.
    fn barrier(&self, record: usize) -> Result<Rational, (usize, Failure)> {
        let Some((bound, _)) = self.bounds.iter().max() else { return Err((record, Rejection::NoBound.into())) };
        for (loss, record) in &self.vertices {
            self.at_most(&self.setting.rational(loss), bound, bound, Rejection::AboveBound)
                .map_err(|failure| (*record, failure))?;
        }
        Ok(bound.clone())
    }

    /// Whether a number is at most another one, of which both are enclosed.
    fn at_most(
        &self,
        number: &Enclosure,
        lower: &Rational,
        upper: &Rational,
        rejection: Rejection,
    ) -> Result<(), Failure> {
        match () {
            () if number.upper <= *lower => Ok(()),
            () if number.lower > *upper => Err(rejection.into()),
            () => Err(Undecided::LossesTooClose { bits: self.setting.p.0 }.into()),
        }
    }
}

impl Setting<'_> {
    pub fn reading(&self) -> crate::matrix::Reading {
        crate::matrix::Reading::Certificate(self.arithmetic)
    }

    /// Ψ at a network.
    fn features(&self, parameters: &Parameters) -> Level {
        let still = Parameters::new();
        let tube = Tubes::new(self.graph, &self.enclosed, (parameters, &still), (self.p, self.arithmetic));
        tube.features(&BigInt::ZERO, 0)
    }

    fn loss_of(&self, output: &[Interval]) -> Interval {
        self.loss.enclose_box(output, self.graph.outputs, self.p)
    }

    fn rational(&self, loss: &Interval) -> Enclosure {
        Enclosure { lower: self.p.rational(&loss.lower), upper: self.p.rational(&loss.upper) }
    }

    /// Whether the loss is at most the bound on each of these pieces [i, i + 1]/2^h.
    fn follow(&self, tube: &Tubes, pieces: &[Piece], bound: &Rational) -> Result<(), Failure> {
        let work = self.graph.work(self.inputs.rows(), self.p).saturating_mul(pieces.len() as u64);
        self.limits.allow(Limit::Products, work)?;
        for (piece, &Piece { i, h }) in pieces.iter().enumerate() {
            let i = BigInt::from(i);
            if !self.is_below(tube, &i, h, bound) {
                let above = self.is_above(tube, &i, h, bound);
                return Err(if above {
                    Rejection::AboveBound.into()
                } else {
                    Undecided::PieceTooWide { piece }.into()
                });
            }
        }
        Ok(())
    }

    /// Whether the loss is at most the bound on the whole line: pieces are as long as they are proved, halved where they are
    /// not, doubled after two that were.
    fn walk(&self, tube: &Tubes, bound: &Rational) -> Result<(), Failure> {
        let limited = self.limits.get(Limit::Products) / self.graph.work(self.inputs.rows(), self.p).max(1);
        let (mut at, mut h, mut proved) = (BigInt::ZERO, 0, 0);
        let mut passes = 0..limited.min(PIECES);
        while at < BigInt::from(1) << GRID {
            if passes.next().is_none() {
                let (limit, value) = (Limit::Products, self.limits.get(Limit::Products));
                return match limited < PIECES {
                    true => Err(Exceeded { limit, value }.into()),
                    false => Err(Undecided::BoundTooTight { pieces: PIECES as usize }.into()),
                };
            }
            // at is a multiple of 2^(GRID − h).
            let i = &at >> (GRID - h);
            if self.is_below(tube, &i, h, bound) {
                at += BigInt::from(1) << (GRID - h);
                proved += 1;
                let twice = BigInt::from(1) << (GRID + 1 - h);
                if proved >= 2 && h > 0 && (&at % &twice) == BigInt::ZERO {
                    (h, proved) = (h - 1, 0);
                }
            } else if h < GRID {
                // A point above the bound is looked for now and then.
                if h % 4 == 3 && self.is_above(tube, &i, h, bound) {
                    return Err(Rejection::AboveBound.into());
                }
                (h, proved) = (h + 1, 0);
            } else {
                return Err(Undecided::BoundTooTight { pieces: PIECES as usize }.into());
            }
        }
        Ok(())
    }

    /// Whether the loss is proved to be at most the bound on a piece.
    fn is_below(&self, tube: &Tubes, i: &BigInt, h: u64, bound: &Rational) -> bool {
        let below = |output: &Vec<Interval>| self.loss.is_below_on(output, self.graph.outputs, self.p, bound);
        tube.boxes(i, h).iter().all(below)
    }

    /// Whether the loss is above the bound at an end of a piece.
    fn is_above(&self, tube: &Tubes, i: &BigInt, h: u64, bound: &Rational) -> bool {
        // Pieces of length 2^−(h + 60), which are all but points, at either end.
        let above = |output: &[Interval]| self.rational(&self.loss_of(output)).lower > *bound;
        above(&tube.boxes(&(i << 60), h + 60)[0]) || above(&tube.boxes(&(((i + 1) << 60) - 1), h + 60)[1])
    }
}

/// The network after a move.
pub(super) fn merged(parameters: &Parameters, target: Parameters) -> Parameters {
    let mut after = parameters.clone();
    for (layer, change) in target {
        let Change { weight, bias } = after.entry(layer).or_default();
        *weight = change.weight.or(weight.take());
        *bias = change.bias.or(bias.take());
    }
    after
}

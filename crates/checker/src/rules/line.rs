//! **Line.** Some layers go straight to new values, and the output runs straight from its first to its last value.
//!
//! The forward pass is done with polynomials in λ. A hidden neuron is *dead* on the move if its outgoing weights are zero at
//! both ends: it does not count. Where every live entry of a pre-activation stays in one closed piece of σ, the features are
//! polynomials again. Where one does not, the interval of λ is split: an entry of degree one at its crossings, which
//! are rational; an entry of higher degree by halving, which either separates the pieces or ends *undecided*. That an
//! entry stays in a piece is read off its Bernstein coefficients; for degree one these are its two ends.
//!
//! Accepted if on every interval the output is the same affine function of λ, the chord: then for every convex φ
//! the loss is at most the larger one of the two ends' (mathematics, section 1).
//!
//! Where it is to fall strictly, a square loss may do so with an output that bends ([`falls`]): on every interval the
//! loss is a polynomial in λ that is not constant, and the Bernstein coefficients of its derivative are at most 0. The
//! derivative is then at most 0, and 0 at finitely many λ only.

use crate::rational::Rational;
use crate::{
    activation::Thresholds,
    certificate::{Exceeded, Limit},
    loss::Loss,
    matrix::Matrix,
    motion::{Features, Motion},
    polynomial::Polynomial,
    state::{Change, Changes, State},
    verdict::{Failure, Rejection, Undecided},
};
use num_bigint::{BigInt, Sign};
use num_traits::{One, Zero};
use std::rc::Rc;

/// How many times an interval may be halved because of an entry of degree two or more.
const HALVINGS: usize = 24;

/// An interval of λ.
struct Interval {
    a: Rational,
    b: Rational,
    halvings: usize,
}

/// The network at the end of the line, if the line is acceptable.
pub fn check<'a>(state: &State<'a>, target: &Changes) -> Result<State<'a>, Failure> {
    let end = state.changed(target)?;
    let motion = Motion::towards(state, target, &end)?;
    let chord = Polynomial::new(vec![(**state.output()).clone(), end.output().minus(state.output())]);
    let whole = Interval { a: Rational::zero(), b: Rational::one(), halvings: 0 };
    match (Line { motion: &motion, aim: Aim::Chord(chord) }).walk(whole) {
        Ok(()) => Ok(end),
        Err(Failure::Undecided(_)) if bends(state, target, &end) => Err(Rejection::OutputBends.into()),
        Err(failure) => Err(failure),
    }
}

/// The network at the end of a line on which a square loss falls strictly.
pub fn falls<'a>(state: &State<'a>, target: &Changes, loss: &Loss) -> Result<State<'a>, Failure> {
    let end = state.changed(target)?;
    let motion = Motion::towards(state, target, &end)?;
    let whole = Interval { a: Rational::zero(), b: Rational::one(), halvings: 0 };
    match (Line { motion: &motion, aim: Aim::Fall(loss) }).walk(whole) {
        Err(Failure::Undecided(_)) if loss.is_at_most(state.output(), end.output())? => {
            Err(Rejection::LossDoesNotFall.into())
        }
        result => result.map(|()| end),
    }
}

struct Line<'a> {
    motion: &'a Motion<'a>,
    aim: Aim<'a>,
}

/// What the output has to be on every interval.
enum Aim<'a> {
    /// This affine function.
    Chord(Polynomial),
    /// One whose square loss falls strictly.
    Fall(&'a Loss),
}

/// What is still to be done on an interval.
enum Stage {
    /// The features before layer k are known.
    Affine(usize, Features),
    /// P_k is known, with zeros for dead neurons.
    Activation(usize, Rc<Polynomial>),
}

impl Line<'_> {
    /// The forward pass on the whole interval, which is cut where it has to be.
    fn walk(&self, whole: Interval) -> Result<(), Failure> {
        let (mut crossed, limits) = (0, &self.motion.state.setting.limits);
        let mut open = vec![(Stage::Affine(1, Features::Present), whole)];
        while let Some((stage, interval)) = open.pop() {
            match stage {
                Stage::Affine(k, features) => {
                    open.extend(self.affine(k, &features, &interval)?.map(|next| (next, interval)));
                }
                Stage::Activation(k, live_pre) => match self.pieces(k, &live_pre, &interval)? {
                    Ok(pieces) => open.push((Stage::Affine(k + 1, self.motion.features(&live_pre, &pieces)), interval)),
                    Err(cuts) => {
                        crossed += cuts.len();
                        limits.allow(Limit::Crossings, crossed as u64)?;
                        let parts = interval.cut(cuts, k)?.into_iter().rev();
                        open.extend(parts.map(|part| (Stage::Activation(k, live_pre.clone()), part)));
                    }
                },
            }
        }
        Ok(())
    }

    /// Layer k; nothing is left to do if the output is reached and is the chord.
    fn affine(&self, k: usize, features: &Features, interval: &Interval) -> Result<Option<Stage>, Failure> {
        let motion = self.motion;
        if let (Features::Present, false) = (features, motion.moves_after(k - 1)) {
            // Nothing moves from here on: the output is that of the state.
            return self.compare(&Polynomial::new(vec![(**motion.state.output()).clone()]), interval);
        }
        if let (Features::Present, Aim::Chord(_), true) =
            (features, &self.aim, k == motion.state.setting.depth() && interval.is_whole())
        {
            // Only the last layer sees anything move, so the output is affine; its ends are those of the chord.
            return Ok(None);
        }
        if k == motion.state.setting.depth() {
            return self.compare(&motion.pre(k, features)?, interval);
        }
        Ok(Some(match motion.live_pre(k, features)? {
            None => Stage::Affine(k + 1, Features::Present),
            Some(live_pre) => Stage::Activation(k, Rc::new(live_pre)),
        }))
    }

    /// Whether the output is what it has to be.
    fn compare(&self, output: &Polynomial, interval: &Interval) -> Result<Option<Stage>, Failure> {
        match &self.aim {
            Aim::Chord(chord) if output == chord => Ok(None),
            Aim::Chord(_) => Err(Rejection::OutputBends.into()),
            Aim::Fall(loss) => {
                let along = loss.along(output, &self.motion.state.setting.limits)?;
                self.compare_loss(&along.ok_or(Rejection::OutputBends)?, interval)
            }
        }
    }

    /// Whether a polynomial [1, 1] falls strictly on the interval.
    fn compare_loss(&self, loss: &Polynomial, interval: &Interval) -> Result<Option<Stage>, Failure> {
        let Some(slope) = loss.derivative() else { return Err(Rejection::LossRests.into()) };
        slope.allow_on(&interval.a, &interval.b, &self.motion.state.setting.limits)?;
        let controls = slope.bernstein(&interval.a, &interval.b);
        let signs = || controls.iter().map(|control| control.numbers().at(0).sign());
        // They are not all 0, as the slope is not.
        if signs().all(|sign| sign != Sign::Plus) {
            return Ok(None);
        }
        // The first and the last are slopes of the loss at the ends of the interval.
        let rises = signs().next() == Some(Sign::Plus) || signs().next_back() == Some(Sign::Plus);
        if rises { Err(Rejection::LossDoesNotFall.into()) } else { Err(Undecided::CurvedLoss.into()) }
    }

    /// The piece of each live entry on the interval, or where to cut the interval.
    fn pieces(
        &self,
        k: usize,
        live_pre: &Polynomial,
        interval: &Interval,
    ) -> Result<Result<Vec<Option<usize>>, Cuts>, Exceeded> {
        let (activation, limits) = (&self.motion.state.setting.activation, &self.motion.state.setting.limits);
        live_pre.allow_on(&interval.a, &interval.b, limits)?;
        let controls = live_pre.bernstein(&interval.a, &interval.b);
        let thresholds: Vec<_> = controls.iter().map(|control| activation.thresholds(control.den())).collect();
        let words: Option<Vec<_>> = controls.iter().map(|control| control.numbers().words()).collect();
        let words: Option<Vec<_>> =
            words.map(|words| words.into_iter().zip(thresholds.iter().map(Thresholds::of_words)).collect());
        let long: Vec<_> = if words.is_some() { vec![] } else { controls.iter().map(Matrix::num).collect() };
        let met = |i: usize| match &words {
            Some(words) => met(words.iter().map(|(words, thresholds)| (&words[i], thresholds))),
            None => met(long.iter().zip(&thresholds).map(|(numbers, thresholds)| (&numbers[i], thresholds))),
        };
        let live = self.motion.live(k);
        let mut pieces = vec![None; controls[0].numbers().len()];
        let mut cuts = Cuts::default();
        for (i, piece) in pieces.iter_mut().enumerate().filter(|(i, _)| live[i % live.len()]) {
            let (first, left) = met(i);
            let Some(last) = left else {
                *piece = Some(first);
                continue;
            };
            // An entry of degree one crosses the breakpoints between the pieces of its two ends, at most.
            let between = &activation.breakpoints()[first..last];
            limits.allow(Limit::Crossings, (cuts.len() + between.len()) as u64)?;
            cuts.add(live_pre, i, interval, between);
        }
        Ok(if cuts.is_empty() { Ok(pieces) } else { Err(cuts) })
    }
}

/// The first piece that an entry with these Bernstein coefficients meets, and the last one if it does not stay in the first.
fn met<'a, T: Ord + 'a>(entry: impl Iterator<Item = (&'a T, &'a Thresholds<T>)> + Clone) -> (usize, Option<usize>) {
    let pieces = entry.clone().map(|(number, thresholds)| thresholds.piece(number));
    let first = pieces.clone().min().unwrap_or(0);
    let stays = entry.clone().all(|(number, thresholds)| thresholds.is_within(number, first));
    (first, if stays { None } else { pieces.max() })
}

/// Where an interval has to be cut.
#[derive(Default)]
struct Cuts {
    crossings: Vec<Rational>,
    halve: bool,
}

impl Cuts {
    fn is_empty(&self) -> bool {
        self.crossings.is_empty() && !self.halve
    }

    fn len(&self) -> usize {
        self.crossings.len() + usize::from(self.halve)
    }

    /// Entry i does not stay in one piece of σ: adds where it crosses one of these breakpoints inside the interval if it
    /// is of degree one.
    fn add(&mut self, pre: &Polynomial, i: usize, interval: &Interval, breakpoints: &[Rational]) {
        match pre.coefficients() {
            [start, slope, curved @ ..] if curved.iter().all(|matrix| matrix.numbers().is_zero_at(i)) => {
                let (start, slope) = (start.entry(i), slope.entry(i));
                let crossings = breakpoints.iter().map(|breakpoint| (breakpoint - &start) / &slope);
                self.crossings.extend(crossings.filter(|crossing| interval.a < *crossing && *crossing < interval.b));
            }
            _ => self.halve = true,
        }
    }
}

impl Interval {
    fn is_whole(&self) -> bool {
        self.a.is_zero() && self.b.is_one()
    }

    /// The parts between the cuts.
    fn cut(self, mut cuts: Cuts, k: usize) -> Result<Vec<Interval>, Undecided> {
        let Interval { a, b, halvings } = self;
        let halvings = halvings + usize::from(cuts.halve);
        if halvings > HALVINGS {
            return Err(Undecided::CurvedCrossing { layer: k });
        }
        if cuts.halve {
            cuts.crossings.push((&a + &b) / BigInt::from(2));
        }
        cuts.crossings.push(b);
        cuts.crossings.sort();
        cuts.crossings.dedup();
        let mut from = a;
        let part = |to: Rational| Interval { a: std::mem::replace(&mut from, to.clone()), b: to, halvings };
        Ok(cuts.crossings.into_iter().map(part).collect())
    }
}

/// Whether the output is off the chord at one of a few points: a line that cannot be decided may still be refuted.
fn bends(state: &State, target: &Changes, end: &State) -> bool {
    let points = [(1, 2), (1, 3), (2, 3), (1, 4), (3, 4)];
    points.into_iter().map(|(p, q)| Rational::new(BigInt::from(p), BigInt::from(q))).any(|lambda| {
        let between = |from: &Matrix, to: &Matrix| from.plus(&to.minus(from).scaled(&lambda));
        let point = state.changed(&point(state, target, &lambda));
        point.is_ok_and(|point| **point.output() != between(state.output(), end.output()))
    })
}

/// The values of the changed layers at λ.
pub(super) fn point(state: &State, target: &Changes, lambda: &Rational) -> Changes {
    let between = |from: &Matrix, to: &Option<Rc<Matrix>>| {
        to.as_ref().map(|to| Rc::new(from.plus(&to.minus(from).scaled(lambda))))
    };
    let change = |(&k, to): (&usize, &Change)| {
        let from = state.layer(k);
        (k, Change { weight: between(&from.weight, &to.weight), bias: between(&from.bias, &to.bias) })
    };
    target.iter().map(change).collect()
}

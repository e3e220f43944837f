//! What follows from the moves for the path as a whole.
//!
//! On every move but the bounded ones the output runs straight from one vertex to the next (it may rest). A convex φ is
//! then at most the larger one of its values at the two vertices. So only the outputs at the vertices count, and
//! the bounds of bounded moves.
//!
//! *Strictly*, φ falls on a straight output if its left derivative at the end is negative: by convexity it is at most that
//! everywhere. For a square loss, strictly convex in what counts of the output, 0 will do if that moves. On a move that falls
//! by itself the output may bend ([`line::falls`](crate::rules::line::falls)).

use super::{
    loss::{Loss, decide},
    matrix::Matrix,
    verdict::{Conclusion, Descent, Enclosure, Failure, Level, Rejection, Scope, Undecided},
};
use crate::certificate::{Claim, Exceeded, Limits};
use crate::rational::Rational;
use num_traits::{One, Signed};
use std::{cell::RefCell, rc::Rc};

/// The outputs along the path.
pub struct Track {
    /// Output and record of each vertex; vertices that do not change the output are left out.
    vertices: Vec<(Rc<Matrix>, usize)>,
    /// Bound and record of each bounded move.
    bounds: Vec<(Rational, usize)>,
    /// The records of moves on which the loss has been seen to fall strictly.
    falls: Vec<usize>,
    /// The record of the first move that ends with the output it begins with.
    rest: Option<usize>,
    /// The numbers in all these outputs, and the bits of the longest.
    held: (u64, u64),
}

/// A failure and the record that it is seen at.
pub type Located = (usize, Failure);

impl Track {
    /// A path that starts with this output.
    pub fn new(output: Rc<Matrix>, record: usize) -> Self {
        let held = (output.numbers().len() as u64, output.bits());
        Track { vertices: vec![(output, record)], bounds: vec![], falls: vec![], rest: None, held }
    }

    /// The next vertex, if the outputs of all may be held: a move can be a few bytes of the file.
    pub fn push(&mut self, output: &Rc<Matrix>, record: usize, limits: &Limits) -> Result<(), Exceeded> {
        if self.end() == output {
            self.rest.get_or_insert(record);
            return Ok(());
        }
        self.held.0 = self.held.0.saturating_add(output.numbers().len() as u64);
        self.held.1 = self.held.1.max(output.bits());
        limits.allow_memory(self.held.0, self.held.1)?;
        // What the claim compares.
        output.allow_sum(self.start(), limits)?;
        output.allow_sum(self.end(), limits)?;
        self.vertices.push((output.clone(), record));
        Ok(())
    }

    /// The move of this record, which comes next, makes the loss fall strictly.
    pub fn push_fall(&mut self, record: usize) {
        self.falls.push(record);
    }

    /// The bound of the move that led to the last vertex.
    pub fn push_bound(&mut self, bound: Rational, record: usize) {
        self.bounds.push((bound, record));
    }

    /// The output at the start.
    pub fn start(&self) -> &Rc<Matrix> {
        &self.vertices[0].0
    }

    /// The output at the end.
    pub fn end(&self) -> &Rc<Matrix> {
        &self.vertices[self.vertices.len() - 1].0
    }

    /// What the claim comes to, and for which losses.
    pub fn conclude(
        &self,
        claim: Claim,
        loss: Option<&Loss>,
        record: usize,
        limits: &Limits,
    ) -> Result<(Conclusion, Scope), Located> {
        if let Some(loss) = loss {
            for (output, record) in &self.vertices {
                loss.allow(output, limits).map_err(|why| (*record, why.into()))?;
            }
        }
        match (claim, loss) {
            (Claim::Connected, _) => Ok((Conclusion::Connected, self.connected(loss)?)),
            (Claim::Descends, Some(loss)) => Ok((Conclusion::Descends(self.descends(loss, record)?), loss.scope())),
            (Claim::StrictlyDescends, Some(loss)) => {
                self.falls_strictly(loss, record)?;
                Ok((Conclusion::Descends(Descent::FallsStrictly), loss.scope()))
            }
            (Claim::Descends | Claim::StrictlyDescends, None) => Err((record, Rejection::DescentWithoutLoss.into())),
            (Claim::Barrier, Some(loss)) => Ok((Conclusion::Barrier(self.barrier(loss, record)?), loss.scope())),
            (Claim::Barrier, None) => Err((record, Rejection::BoundWithoutLoss.into())),
            (Claim::Unbounded, _) => self.unbounded(loss).map(|(level, scope)| (Conclusion::Unbounded(level), scope)),
        }
    }

    /// Every output on the segment from the first to the last one: then φ is at most its larger end for every convex φ.
    /// Otherwise the values of the named loss at the vertices decide.
    fn connected(&self, loss: Option<&Loss>) -> Result<Scope, Located> {
        let off = self.vertices.iter().find(|(output, _)| !is_between(self.start(), output, self.end()));
        let Some(loss) = loss else {
            return off.map_or(Ok(Scope::EveryConvexLoss), |(_, record)| Err((*record, Rejection::OffSegment.into())));
        };
        if off.is_none() && self.bounds.is_empty() {
            return Ok(Scope::EveryConvexLoss);
        }
        let ends = [self.start(), self.end()];
        let values = Values::of(loss, ends);
        for (output, record) in &self.vertices {
            any(ends.map(|end| values.is_at_most(output, end)), Rejection::LossAboveEnds)
                .map_err(|why| (*record, why))?;
        }
        for (bound, record) in &self.bounds {
            any(ends.map(|end| loss.is_above(end, bound)), Rejection::BoundAboveEnds).map_err(|why| (*record, why))?;
        }
        Ok(loss.scope())
    }

    /// No move lets the loss rise; or no vertex is above the start, or above the largest bound.
    fn descends(&self, loss: &Loss, record: usize) -> Result<Descent, Located> {
        let mut moves = self.vertices.windows(2);
        if self.bounds.is_empty() && moves.all(|ends| loss.never_rises(&ends[0].0, &ends[1].0)) {
            return Ok(Descent::NeverRises);
        }
        let descent = match self.highest_bound(loss)? {
            None => Descent::StaysBelowStart,
            Some(bound) => Descent::StaysBelow(bound),
        };
        any([loss.is_at_most(self.end(), self.start())], Rejection::LossAboveStart).map_err(|why| (record, why))?;
        Ok(descent)
    }

    /// The loss falls on every move.
    fn falls_strictly(&self, loss: &Loss, record: usize) -> Result<(), Located> {
        if let Some((_, record)) = self.bounds.first() {
            return Err((*record, Rejection::BoundedDoesNotFall.into()));
        }
        if let Some(record) = self.rest {
            return Err((record, Rejection::LossRests.into()));
        }
        if self.vertices.len() == 1 {
            return Err((record, Rejection::NoMove.into()));
        }
        for (from, (to, record)) in self.vertices.iter().zip(&self.vertices[1..]) {
            if self.falls.binary_search(record).is_err() {
                any([loss.falls(&from.0, to)], Rejection::LossDoesNotFall).map_err(|why| (*record, why))?;
            }
        }
        Ok(())
    }

    /// The largest bound, which no vertex is above: between two vertices the loss is below a bound, or convex.
    fn barrier(&self, loss: &Loss, record: usize) -> Result<Rational, Located> {
        let Some((bound, _)) = self.bounds.iter().max() else { return Err((record, Rejection::NoBound.into())) };
        for (output, record) in &self.vertices {
            any([loss.is_below(output, bound)], Rejection::AboveBound).map_err(|why| (*record, why))?;
        }
        Ok(bound.clone())
    }

    /// The output is constant; or the loss is nowhere above that of the start, or above the largest bound.
    fn unbounded(&self, loss: Option<&Loss>) -> Result<(Level, Scope), Located> {
        match (&self.vertices[..], loss) {
            ([_], _) if self.bounds.is_empty() => Ok((Level::Constant, Scope::EveryConvexLoss)),
            ([_, (_, record), ..], None) => Err((*record, Rejection::OutputNotConstant.into())),
            (_, Some(loss)) => {
                let level = self.highest_bound(loss)?.map_or(Level::StaysBelowStart, Level::StaysBelow);
                Ok((level, loss.scope()))
            }
            (_, None) => Err((self.bounds[0].1, Rejection::BoundWithoutLoss.into())),
        }
    }

    /// The largest bound, if it is above the loss at the start; every vertex is at most that, or at most the start.
    fn highest_bound(&self, loss: &Loss) -> Result<Option<Rational>, Located> {
        let (mut highest, values) = (None, Values::of(loss, [self.start(), self.end()]));
        if let Some((bound, record)) = self.bounds.iter().max() {
            let harmless = loss.is_above(self.start(), bound).map_err(|why| (*record, why.into()))?;
            highest = (!harmless).then(|| bound.clone());
        }
        for (output, record) in &self.vertices {
            let below = match &highest {
                None => values.is_at_most(output, self.start()),
                Some(bound) => loss.is_below(output, bound),
            };
            any([below], Rejection::LossAboveStart).map_err(|why| (*record, why))?;
        }
        Ok(highest)
    }
}

/// The loss along the path, enclosed at its ends once for each number of bits.
struct Values<'a> {
    loss: &'a Loss,
    ends: [&'a Rc<Matrix>; 2],
    known: RefCell<Vec<(usize, u64, Enclosure)>>,
}

impl<'a> Values<'a> {
    fn of(loss: &'a Loss, ends: [&'a Rc<Matrix>; 2]) -> Self {
        Values { loss, ends, known: RefCell::default() }
    }

    fn enclose(&self, output: &Rc<Matrix>, bits: u64) -> Enclosure {
        let Some(end) = self.ends.iter().position(|end| Rc::ptr_eq(end, output)) else {
            return self.loss.enclose(output, bits);
        };
        let mut known = self.known.borrow_mut();
        if let Some((_, _, value)) = known.iter().find(|(of, with, _)| (*of, *with) == (end, bits)) {
            return value.clone();
        }
        let value = self.loss.enclose(output, bits);
        known.push((end, bits, value.clone()));
        value
    }

    /// [`Loss::is_at_most`].
    fn is_at_most(&self, left: &Rc<Matrix>, right: &Rc<Matrix>) -> Result<bool, Undecided> {
        match left == right {
            true => Ok(true),
            false => decide(|bits| (self.enclose(left, bits), self.enclose(right, bits))),
        }
    }
}

/// One of the answers is yes; if all are no, the rejection; otherwise undecided.
fn any<const N: usize>(answers: [Result<bool, Undecided>; N], rejection: Rejection) -> Result<(), Failure> {
    if answers.contains(&Ok(true)) {
        return Ok(());
    }
    answers.into_iter().find_map(Result::err).map_or(Err(rejection.into()), |undecided| Err(undecided.into()))
}

/// Whether `middle` = `from` + t (`to` − `from`) for some t in [0, 1].
fn is_between(from: &Matrix, middle: &Matrix, to: &Matrix) -> bool {
    if middle == from || middle == to {
        return true;
    }
    let (whole, part) = (to.minus(from), middle.minus(from));
    let Some(i) = (0..whole.numbers().len()).find(|i| !whole.numbers().is_zero_at(*i)) else { return false };
    let t = part.entry(i) / whole.entry(i);
    !t.is_negative() && t <= Rational::one() && part == whole.scaled(&t)
}

//! **Sublevel sets, strict minima, depth** (IJCAI 2020, section 3) as functions of piecewise-linear functions of one variable.
//!
//! *(8): Ω(λ) = {F ≤ λ}. Theorem 2: if all Ω(λ) are connected, every strict local minimum is global. Theorem 3: if Ω(λ) is connected for
//! all λ ≥ λ_0, strict local minima have F ≤ λ_0. Theorem 4: let ε be the least number such that any two points of Ω(λ) are
//! joined by a path with F ≤ λ + ε; then from every strict local minimum ξ\* a path leads to a point that is in another component of some
//! Ω(λ_1), with max F − F(ξ\*) = ε.*
//!
//! **Theorem 2** holds, for every F and in this form: let S be closed, F = c on S and F > c on U∖S for an open U ⊃ S. If Ω(c) is
//! connected, Ω(c) = S, and c is the least value: Ω(c) ∩ U = S is open and closed in it. **Theorem 3** holds if Ω(λ_0) is not empty,
//! and fails else ([`bowl`]). **Theorem 4** fails ([`three_wells`]); what holds is that a strict minimum
//! which is not the only global one reaches a point that is no higher, and never rises by more than ε on the way: some other
//! point of Ω(F(ξ\*)) exists, and a path to it in Ω(F(ξ\*) + ε).
//!
//! # Example
//! ```
//! use sublevel::statement::residual::landscape::three_wells;
//!
//! let found = three_wells().verify().unwrap();
//! assert_eq!(found.depth, rug::Rational::from((5, 2)));
//! // At the place 3 no path rises by ε; at the place 1 a path has to rise by more.
//! let [first, second, third] = &found.wells[..] else { panic!() };
//! assert!(!found.theorem_4_holds_at(first) && !found.theorem_4_holds_at(second) && found.theorem_4_holds_at(third));
//! ```

use crate::certificate::{Object, object};
use crate::checker::Finding;
use crate::statement::object::{Refused, fractions, number, prove};
use rug::Rational;

/// A function that is linear between neighbouring places and constant outside of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PiecewiseLinear {
    /// x_1 < … < x_n.
    pub places: Vec<Rational>,
    /// The values there.
    pub values: Vec<Rational>,
}

/// A closed interval; without an end it is unbounded there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interval {
    /// The lower end.
    pub from: Option<Rational>,
    /// The upper end.
    pub to: Option<Rational>,
}

/// A strict local minimum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Well {
    /// Where.
    pub place: Rational,
    /// F there.
    pub value: Rational,
    /// The least rise of a path from it to another component of a sublevel set.
    pub climb: Option<Rational>,
}

/// What the checker finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Depths {
    /// The strict local minima.
    pub wells: Vec<Well>,
    /// ε of Theorem 4.
    pub depth: Rational,
    /// The largest value.
    pub ceiling: Rational,
    /// {F ≤ λ} is connected for every λ from here on; for all λ if there is none.
    pub connected_from: Option<Rational>,
}

impl Depths {
    /// Whether a path as in Theorem 4 leaves this minimum: it has to climb ε at most, and there has to be a point so high.
    pub fn theorem_4_holds_at(&self, well: &Well) -> bool {
        let reaches = well.climb.as_ref().is_some_and(|climb| *climb <= self.depth);
        reaches && Rational::from(&self.ceiling - &well.value) >= self.depth
    }

    /// Whether all strict local minima have F ≤ λ_0, as Theorem 3 says where {F ≤ λ} is connected for all λ ≥ λ_0; none if it is not.
    pub fn theorem_3_holds(&self, level: &Rational) -> Option<bool> {
        let connected = self.connected_from.as_ref().is_none_or(|from| level >= from);
        connected.then(|| self.wells.iter().all(|well| well.value <= *level))
    }
}

/// Against Theorem 4: (0, 3) (1, 0) (2, 3) (3, 1) (4, 2) (5, ½) (6, 3).
pub fn three_wells() -> PiecewiseLinear {
    PiecewiseLinear::of(&[((0, 1), 3), ((1, 1), 0), ((2, 1), 3), ((3, 1), 1), ((4, 1), 2), ((6, 1), 3)])
        .with((5, 1), (1, 2))
}

/// Against Theorem 3 with λ_0 = 0: |x| + 1 up to |x| = 1. (As x² + 1: {F ≤ λ} is empty or an interval, and its strict minimum is 1.)
pub fn bowl() -> PiecewiseLinear {
    PiecewiseLinear::of(&[((-1, 1), 2), ((0, 1), 1), ((1, 1), 2)])
}

impl PiecewiseLinear {
    fn of(points: &[((i32, i32), i32)]) -> Self {
        let (places, values) =
            points.iter().map(|(place, value)| (Rational::from(*place), Rational::from(*value))).unzip();
        PiecewiseLinear { places, values }
    }

    /// With one point more.
    fn with(mut self, place: (i32, i32), value: (i32, i32)) -> Self {
        let place = Rational::from(place);
        let index = self.places.partition_point(|other| *other < place);
        self.places.insert(index, place);
        self.values.insert(index, value.into());
        self
    }

    /// F(x).
    pub fn at(&self, x: &Rational) -> Rational {
        let last = self.places.len() - 1;
        match self.places.partition_point(|place| place < x) {
            0 => self.values[0].clone(),
            after if after > last => self.values[last].clone(),
            after => {
                let part = Rational::from(x - &self.places[after - 1]);
                let length = Rational::from(&self.places[after] - &self.places[after - 1]);
                Rational::from(&self.values[after] - &self.values[after - 1]) * part / length + &self.values[after - 1]
            }
        }
    }

    /// The components of {F ≤ λ}, ascending.
    pub fn components(&self, level: &Rational) -> Vec<Interval> {
        let mut found: Vec<Interval> = vec![];
        let mut inside = self.values[0] <= *level;
        if inside {
            found.push(Interval { from: None, to: None });
        }
        for k in 1..self.places.len() {
            match (inside, self.values[k] <= *level) {
                (true, false) => {
                    // Closed: where F leaves, it is λ.
                    found.last_mut().expect("one is open").to = Some(self.crossing(k, level));
                    inside = false;
                }
                (false, true) => {
                    found.push(Interval { from: Some(self.crossing(k, level)), to: None });
                    inside = true;
                }
                _ => {}
            }
        }
        found
    }

    /// Where F is λ between the places k − 1 and k, one of which is above and the other not.
    fn crossing(&self, k: usize, level: &Rational) -> Rational {
        let (low, high) = (&self.values[k - 1], &self.values[k]);
        let part = Rational::from(level - low) / Rational::from(high - low);
        Rational::from(&self.places[k] - &self.places[k - 1]) * part + &self.places[k - 1]
    }

    /// The sets S of Theorem 2, and F on them: intervals on which F is constant, with larger values on both sides, an unbounded
    /// end being no side.
    pub fn minimum_sets(&self) -> Vec<(Interval, Rational)> {
        let last = self.values.len() - 1;
        let mut found = vec![];
        let mut first = 0;
        while first <= last {
            let end =
                (first..=last).take_while(|k| self.values[*k] == self.values[first]).last().expect("first is one");
            let value = &self.values[first];
            let higher = |k: Option<usize>| k.is_none_or(|k| self.values[k] > *value);
            if higher(first.checked_sub(1)) && higher((end < last).then_some(end + 1)) {
                let from = (first > 0).then(|| self.places[first].clone());
                let to = (end < last).then(|| self.places[end].clone());
                found.push((Interval { from, to }, value.clone()));
            }
            first = end + 1;
        }
        found
    }

    /// The least of max F over paths from a to b.
    pub fn barrier(&self, a: &Rational, b: &Rational) -> Rational {
        let (low, high) = if a <= b { (a, b) } else { (b, a) };
        let between = self.places.iter().zip(&self.values).filter(|(place, _)| *place >= low && *place <= high);
        between.map(|(_, value)| value.clone()).chain([self.at(a), self.at(b)]).max().expect("two values at least")
    }

    /// The checker's answer.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn verify(&self) -> Result<Depths, Refused> {
        match prove(self.object())? {
            Finding::Wells { minima, depth, ceiling, connected_from } => {
                let wells = minima.iter().map(|well| Well {
                    place: number(&well.place),
                    value: number(&well.value),
                    climb: well.climb.as_ref().map(number),
                });
                Ok(Depths {
                    wells: wells.collect(),
                    depth: number(&depth),
                    ceiling: number(&ceiling),
                    connected_from: connected_from.as_ref().map(number),
                })
            }
            other => unreachable!("{other}"),
        }
    }

    /// All that the checker needs.
    pub fn object(&self) -> Object {
        Object::Wells(object::Wells { places: fractions(&self.places), values: fractions(&self.values) })
    }
}

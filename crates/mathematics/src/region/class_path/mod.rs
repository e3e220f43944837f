//! Paths of inputs on which a network gives one class, strictly, at every point.
//!
//! **Theorem 5.2.3** (Nguyen, *Optimization landscape of neural networks*, thesis 2019). *Let d = n_0 ≥ n_1 ≥ … ≥ n_{L−1}, let
//! σ be continuous and bijective with σ(ℝ) = ℝ, and let W_1, …, W_{L−1} have full rank. Then every decision region
//! C_j = {x : f_j(x) > f_k(x) for all k ≠ j} is open and connected.* Inputs are rows: F_0 = x, P_l = F_{l−1} W_l + b_l,
//! F_l = σ(P_l), f = P_L, as everywhere in this program.
//!
//! [`class_path`] looks for a chain of straight segments through given inputs, leg by leg:
//!
//! 1. The straight line, if the class wins on all of it ([`Classifier::segment`], exactly).
//! 2. The line bent where it is lost ([`search`]), for any network. It finds what it finds: the region may not be connected.
//! 3. The path in the theorem's proof ([`theorem`]), which is there whenever the hypotheses hold, but leads far away from both
//!    ends: in f64 with left inverses of least norm; its vertices, rounded to 16 fractional bits, are certified segment by
//!    segment ([`rounded`]). Where a segment is lost there are more vertices, then more bits. For [`Way::Exact`], the proof's
//!    path itself, in exact numbers.
//!
//! Whatever was proposed, what is returned was certified here in integers, and is certified again by the checker.
//!
//! # Example
//! ```
//! use sublevel::example::{integers, network};
//! use sublevel::region::class_path::{Method, Way, class_path, rows};
//!
//! // One leaky neuron behind two inputs: class 0 wins where x + y > 0.
//! let net = network(&[2, 1, 2], &[&[1, 1, 0], &[1, -1, 0, 0]]);
//! let stops = rows(&integers(2, 2, &[3, -1, -1, 4]));
//! let found = class_path(&net, &"leaky-relu=0.1".parse().unwrap(), &stops, Way::Shortest, &|_| ()).unwrap();
//! assert_eq!((found.class, found.legs[0].method), (0, Method::Straight));
//! assert_eq!(found.least.margin, 4);
//! ```

mod classifier;
mod curve;
mod doubles;
mod object;
mod promise;
mod refusal;
pub mod rounded;
pub mod search;
pub mod theorem;

pub use classifier::{Classifier, Segment, Tie, Win};
pub use doubles::float_chain;
pub use promise::{Unmet, unmet};
pub use refusal::{ONE_HIDDEN_LAYER, words};

use crate::arith::parallel;
use crate::network::{Activation, Parameters};
use doubles::FloatNetwork;
use nalgebra::DMatrix;
use rug::Rational;
use theorem::Inverses;

/// The most decimal digits that the vertices of an exact path may take, each over a denominator of its own, as a certificate
/// has them.
pub const EXACT_DIGITS: u64 = 200_000_000;

/// Which path is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// The straight line where it does, else a bent one, else the theorem's path.
    Shortest,
    /// The theorem's path with rounded vertices, whatever else there is.
    Theorem,
    /// The theorem's path in exact numbers.
    Exact,
}

/// How a leg was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// It is a straight line.
    Straight,
    /// The theorem's path, with vertices rounded to so many fractional bits.
    Rounded {
        /// Of each coordinate.
        bits: u32,
    },
    /// The theorem's path.
    Exact,
    /// A line, bent where it was lost.
    Bent,
}

/// The path between two given inputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leg {
    /// How it was found.
    pub method: Method,
    /// How many levels the theorem's path moves; 0 for others.
    pub moves: usize,
    /// How many straight segments it has.
    pub segments: usize,
}

/// A chain of inputs on which one class wins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassPath {
    /// The class, from 0.
    pub class: usize,
    /// The vertices of the chain.
    pub vertices: Vec<Vec<Rational>>,
    /// Which of the vertices are the given inputs.
    pub given: Vec<usize>,
    /// One less than given inputs.
    pub legs: Vec<Leg>,
    /// Where the margin is least.
    pub least: Segment,
    /// The segment that it is on, from 0.
    pub least_segment: usize,
    /// The affine pieces of all segments.
    pub pieces: usize,
}

/// Why there is no path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfound {
    /// No class wins at a given input.
    Tie {
        /// Which one, from 0.
        stop: usize,
        /// The classes.
        tie: Tie,
    },
    /// Another class wins at a given input than at the first one.
    OtherClass {
        /// Which one, from 0.
        stop: usize,
        /// What wins there.
        win: Win,
        /// What wins at the first one.
        first: Win,
    },
    /// Two given inputs, one after the other, are equal.
    Equal {
        /// The first of them, from 0.
        stop: usize,
    },
    /// The theorem's path was asked for, and its hypotheses do not hold.
    Unmet(Vec<Unmet>),
    /// The line is lost, no path is promised, and the search found none.
    NotPromised {
        /// The leg, from 0.
        leg: usize,
        /// The line.
        line: Segment,
        /// Why not.
        unmet: Vec<Unmet>,
    },
    /// There is a path, but floats did not find one within the limits.
    NotRounded {
        /// The leg, from 0.
        leg: usize,
        /// The segment that was lost, if numbers were finite.
        lost: Option<Segment>,
    },
    /// The exact path is longer than a certificate should be.
    TooLong {
        /// Its vertices.
        vertices: usize,
        /// The decimal digits that they take.
        digits: u64,
    },
}

/// The rows of a matrix.
pub fn rows(matrix: &DMatrix<Rational>) -> Vec<Vec<Rational>> {
    matrix.row_iter().map(|row| row.iter().cloned().collect()).collect()
}

/// A path through the given inputs, at least two, on which the class that wins at the first one wins at every point. `told`
/// hears what is being done.
///
/// # Errors
/// [`Unfound`].
///
/// # Panics
/// If the network has less than two outputs, or an input has another width than the network, or there are less than two.
pub fn class_path(
    network: &Parameters<Rational>,
    activation: &Activation,
    stops: &[Vec<Rational>],
    way: Way,
    told: &dyn Fn(String),
) -> Result<ClassPath, Unfound> {
    assert!(stops.len() > 1, "a path has two ends");
    let classifier = Classifier::new(network, activation);
    let class = common_class(&classifier, stops)?;
    let mut finder = Finder { classifier, class, way, told, unmet: None, floats: None };
    let mut path = Parts { vertices: vec![stops[0].clone()], given: vec![0], legs: vec![], segments: vec![] };
    for (index, ends) in stops.windows(2).enumerate() {
        let leg = finder.leg(index, [&ends[0], &ends[1]])?;
        path.vertices.extend(leg.vertices.into_iter().skip(1));
        path.given.push(path.vertices.len() - 1);
        path.legs.push(Leg { method: leg.method, moves: leg.moves, segments: leg.segments.len() });
        path.segments.extend(leg.segments);
    }
    Ok(path.whole(class))
}

/// The class that wins at all of these inputs.
fn common_class(classifier: &Classifier, stops: &[Vec<Rational>]) -> Result<usize, Unfound> {
    let wins = stops
        .iter()
        .enumerate()
        .map(|(stop, input)| classifier.winner(input).map_err(|tie| Unfound::Tie { stop, tie }));
    let wins = wins.collect::<Result<Vec<Win>, _>>()?;
    if let Some(stop) = (1..wins.len()).find(|&stop| wins[stop].class != wins[0].class) {
        return Err(Unfound::OtherClass { stop, win: wins[stop].clone(), first: wins[0].clone() });
    }
    if let Some(stop) = (1..stops.len()).find(|&stop| stops[stop] == stops[stop - 1]) {
        return Err(Unfound::Equal { stop: stop - 1 });
    }
    Ok(wins[0].class)
}

/// The chain of a leg, with what is known of its segments.
struct Found {
    vertices: Vec<Vec<Rational>>,
    segments: Vec<Segment>,
    method: Method,
    moves: usize,
}

struct Finder<'a> {
    classifier: Classifier,
    class: usize,
    way: Way,
    told: &'a dyn Fn(String),
    unmet: Option<Vec<Unmet>>,
    floats: Option<FloatNetwork>,
}

impl Finder<'_> {
    fn leg(&mut self, leg: usize, ends: [&[Rational]; 2]) -> Result<Found, Unfound> {
        let mut lost = None;
        if self.way == Way::Shortest {
            (self.told)(format!("leg {}: certifying the straight line", leg + 1));
            let line = self.classifier.segment(ends[0], ends[1], self.class);
            if line.is_won() {
                let vertices = ends.map(<[Rational]>::to_vec).to_vec();
                return Ok(Found { vertices, segments: vec![line], method: Method::Straight, moves: 0 });
            }
            (self.told)(format!("leg {}: bending the line where it is lost", leg + 1));
            if let Some(search::Found { vertices, segments }) =
                search::search(&self.classifier, self.class, ends, line.clone())
            {
                return Ok(Found { vertices, segments, method: Method::Bent, moves: 0 });
            }
            lost = Some(line);
        }
        (self.told)(format!("leg {}: the hypotheses of Theorem 5.2.3", leg + 1));
        let classifier = &self.classifier;
        let unmet = self.unmet.get_or_insert_with(|| unmet(classifier.network(), classifier.activation())).clone();
        match (lost, self.way) {
            (_, Way::Exact) if unmet.is_empty() => self.exact(ends),
            (_, _) if unmet.is_empty() => self.rounded(leg, ends),
            (Some(line), _) => Err(Unfound::NotPromised { leg, line, unmet }),
            (None, _) => Err(Unfound::Unmet(unmet)),
        }
    }

    fn exact(&self, [from, to]: [&[Rational]; 2]) -> Result<Found, Unfound> {
        (self.told)("the theorem's path in exact numbers".into());
        let inverses = Inverses::new(&self.classifier).expect("the hypotheses of the theorem hold");
        let chain = theorem::chain(&self.classifier, &inverses, from, to);
        let vertices = chain.vertices.len();
        let digits = chain.vertices.iter().map(|vertex| vertex.len() as u64 * digits(vertex)).sum();
        if digits > EXACT_DIGITS {
            return Err(Unfound::TooLong { vertices, digits });
        }
        (self.told)(format!("certifying the {} segments of the exact path", vertices - 1));
        let segments = self.segments(&chain.vertices);
        assert!(segments.iter().all(Segment::is_won), "the class wins on the path of Theorem 5.2.3");
        Ok(Found { vertices: chain.vertices, segments, method: Method::Exact, moves: chain.moves })
    }

    fn rounded(&mut self, leg: usize, ends: [&[Rational]; 2]) -> Result<Found, Unfound> {
        (self.told)(format!("leg {}: the theorem's path in f64", leg + 1));
        if self.floats.is_none() {
            self.floats = FloatNetwork::new(self.classifier.network(), self.classifier.activation());
        }
        let Some(floats) = &self.floats else { return Err(Unfound::NotRounded { leg, lost: None }) };
        let path = floats.path(&doubles::import(ends[0]), &doubles::import(ends[1]));
        let rounded::Rounded { vertices, segments, bits } =
            rounded::certify(&self.classifier, self.class, ends, &path, self.told)
                .map_err(|lost| Unfound::NotRounded { leg, lost })?;
        Ok(Found { vertices, segments, method: Method::Rounded { bits }, moves: path.moves() })
    }

    fn segments(&self, vertices: &[Vec<Rational>]) -> Vec<Segment> {
        let (classifier, class) = (&self.classifier, self.class);
        let segment = |ends: &[Vec<Rational>]| classifier.segment(&ends[0], &ends[1], class);
        parallel::collect(vertices.len().saturating_sub(1), |index| segment(&vertices[index..index + 2]))
    }
}

/// The decimal digits of an entry of this input, over the common denominator of its entries, at most.
fn digits(vertex: &[Rational]) -> u64 {
    let mut denominator = rug::Integer::from(1);
    let mut largest = 0;
    for entry in vertex {
        if !denominator.is_divisible(entry.denom()) {
            denominator.lcm_mut(entry.denom());
        }
        largest = largest.max(entry.numer().significant_bits().saturating_sub(entry.denom().significant_bits()));
    }
    let bits = u64::from(denominator.significant_bits()) + u64::from(largest);
    // log_10 2 < 0.302.
    bits * 302 / 1000 + 1
}

/// What was found so far.
struct Parts {
    vertices: Vec<Vec<Rational>>,
    given: Vec<usize>,
    legs: Vec<Leg>,
    segments: Vec<Segment>,
}

impl Parts {
    fn whole(self, class: usize) -> ClassPath {
        let pieces = self.segments.iter().map(|segment| segment.pieces).sum();
        let least = self.segments.into_iter().enumerate().min_by(|(_, a), (_, b)| a.margin.cmp(&b.margin));
        let (least_segment, least) = least.expect("a path has a segment");
        ClassPath { class, vertices: self.vertices, given: self.given, legs: self.legs, least, least_segment, pieces }
    }
}

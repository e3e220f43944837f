//! The theorem's path in f64 with its vertices rounded to few bits, certified exactly.
//!
//! Where a class wins strictly, it wins nearby: what rounding changes does not matter as soon as it is small enough. A
//! segment that is lost is halved, a few times; then everything is begun again with more bits.

use super::classifier::{Classifier, Segment};
use super::doubles::{FloatPath, Place};
use crate::arith::parallel;
use rug::{Integer, Rational};

/// Fractional bits of the coordinates of vertices, one attempt after the other.
pub const BITS: [u32; 4] = [16, 24, 32, 48];

/// How often a segment that is lost is halved.
pub const HALVINGS: u32 = 6;

/// The most vertices of a leg.
pub const VERTICES: usize = 20_000;

/// A chain of inputs on which the class wins.
#[derive(Debug, Clone)]
pub(super) struct Rounded {
    pub vertices: Vec<Vec<Rational>>,
    pub segments: Vec<Segment>,
    pub bits: u32,
}

/// A vertex; the ends have no place, and are not rounded.
struct Vertex {
    place: Option<Place>,
    input: Vec<Rational>,
}

/// The nearest multiples of 2^−bits; `None` if a number is not finite.
pub(super) fn round<'a>(row: impl IntoIterator<Item = &'a f64>, bits: u32) -> Option<Vec<Rational>> {
    let scale = Integer::from(1) << bits;
    let scaled = |x: &f64| Integer::from_f64((x * 2f64.powi(bits as i32)).round());
    row.into_iter().map(|x| Some(Rational::from((scaled(x)?, scale.clone())))).collect()
}

/// The chain with the first number of bits that does; else the segment that is lost most, at the last attempt (`None` if
/// numbers are not finite).
pub(super) fn certify(
    classifier: &Classifier,
    class: usize,
    [from, to]: [&[Rational]; 2],
    path: &FloatPath<'_>,
    told: &dyn Fn(String),
) -> Result<Rounded, Option<Segment>> {
    let mut worst = None;
    for bits in BITS {
        let Some(mut vertices) = start([from, to], path, bits) else { return Err(None) };
        let mut segments: Vec<Option<Segment>> = vec![];
        segments.resize(vertices.len() - 1, None);
        for halvings in 0..=HALVINGS {
            told(format!("vertices rounded to {bits} bits: certifying {} segments", segments.len()));
            let found = parallel::collect(segments.len(), |index| {
                let certify = || classifier.segment(&vertices[index].input, &vertices[index + 1].input, class);
                segments[index].clone().unwrap_or_else(certify)
            });
            worst = found.iter().filter(|segment| !segment.is_won()).min_by(|a, b| a.margin.cmp(&b.margin)).cloned();
            if worst.is_none() {
                let vertices = vertices.into_iter().map(|vertex| vertex.input).collect();
                return Ok(Rounded { vertices, segments: found, bits });
            }
            if halvings == HALVINGS || vertices.len() > VERTICES {
                break;
            }
            match halved(vertices, found, path, bits) {
                Some(finer) => (vertices, segments) = finer,
                None => break,
            }
        }
    }
    Err(worst)
}

/// The ends, and the vertices between them rounded; equal neighbours once.
fn start([from, to]: [&[Rational]; 2], path: &FloatPath<'_>, bits: u32) -> Option<Vec<Vertex>> {
    let mut vertices = vec![Vertex { place: None, input: from.to_vec() }];
    for place in path.vertices() {
        vertices.push(Vertex { place: Some(place), input: round(path.input(place).iter(), bits)? });
    }
    vertices.push(Vertex { place: None, input: to.to_vec() });
    // The first of equal ones stays, so that the start does; the end is put back.
    vertices.dedup_by(|later, earlier| later.input == earlier.input);
    if vertices.len() > 1 {
        vertices.last_mut()?.place = None;
    }
    Some(vertices)
}

/// What is known, with a vertex more in every segment that is lost; `None` if there is no place for one.
fn halved(
    vertices: Vec<Vertex>,
    found: Vec<Segment>,
    path: &FloatPath<'_>,
    bits: u32,
) -> Option<(Vec<Vertex>, Vec<Option<Segment>>)> {
    let (mut finer, mut known) = (vec![], vec![]);
    let mut segments = found.into_iter();
    for vertex in vertices {
        let before: Option<&Vertex> = finer.last();
        if let (Some(before), Some(segment)) = (before, before.and_then(|_| segments.next())) {
            let middle = if segment.is_won() { None } else { path.between(before.place, vertex.place) };
            let input = middle.and_then(|place| round(path.input(place).iter(), bits));
            let is_new = |input: &Vec<Rational>| *input != before.input && *input != vertex.input;
            match input.filter(is_new) {
                Some(input) => {
                    finer.push(Vertex { place: middle, input });
                    known.extend([None, None]);
                }
                None => known.push(Some(segment)),
            }
        }
        finer.push(vertex);
    }
    known.iter().any(Option::is_none).then_some((finer, known))
}

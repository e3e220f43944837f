//! Where each class is largest: a cell on which all outputs are affine, clipped.
//!
//! On a cell the part of class j is {f_j ≥ f_k for all k}. Parts without area are dropped, and of outputs that are equal on
//! the whole cell the first keeps the part. For every facet of a part (an edge, or an end of a segment) it is remembered
//! whether the *strict* region C_j = {f_j > f_k for all k ≠ j} holds its interior, or else a k with f_k = f_j there: the
//! margins f_j − f_k are affine and ≥ 0 on the part, so they are 0 inside of an edge exactly if they are at both ends.

use rug::{Complete, Integer};

use super::form::{Shadow, Triple, evaluate, filtered, shadow, sign, value};
use super::points::{Points, split};

/// The mark of a facet that belongs to the strict region; other marks are classes that are as large there.
pub(super) const OPEN: u32 = u32::MAX;

/// Parts of cells, one after the other: see [`super::Arrangement`] for what is kept.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub classes: Vec<u32>,
    /// Whether class j wins inside: it does unless another output equals f_j on all of the part.
    pub strict: Vec<bool>,
    /// Where each part ends in the lists below.
    pub ends: Vec<usize>,
    pub vertices: Vec<u32>,
    /// Of the facet from each vertex to the next.
    pub marks: Vec<u32>,
    values: Vec<(f64, f64)>,
}

/// f_j − f_k on one cell.
struct Margin {
    other: u32,
    form: Triple,
    shadow: Shadow,
}

impl Found {
    /// Finds the parts of a cell; their number. `forms` are the outputs, their shadows of one exponent.
    pub fn compare(&mut self, points: &mut Points, forms: &[Triple], shadows: &[Shadow], polygon: &[u32]) -> usize {
        let before = self.classes.len();
        let candidates = self.candidates(points, shadows, polygon);
        for &j in &candidates {
            let margins: Vec<Margin> = candidates.iter().filter(|&&k| k != j).map(|&k| margin(forms, j, k)).collect();
            if let Some(part) = clip(points, j, &margins, polygon.to_vec()) {
                self.keep(points, j as u32, &margins, &part);
            }
        }
        self.classes.len() - before
    }

    /// The classes that no other class certainly beats on the whole cell: all others are below one of these everywhere.
    fn candidates(&mut self, points: &Points, shadows: &[Shadow], polygon: &[u32]) -> Vec<usize> {
        let count = polygon.len();
        self.values.clear();
        for form in shadows {
            self.values.extend(polygon.iter().map(|&vertex| evaluate(form, &points.shadows[vertex as usize])));
        }
        let values = &self.values;
        let of = |class: usize| &values[class * count..][..count];
        // The errors are far above the rounding of the sums that are compared.
        let beats = |k: usize, j: usize| of(k).iter().zip(of(j)).all(|(k, j)| k.0 - 2.0 * k.1 > j.0 + 2.0 * j.1);
        let total = |class: usize| of(class).iter().map(|value| value.0).sum::<f64>();
        let best = (0..shadows.len()).max_by(|&a, &b| total(a).total_cmp(&total(b))).unwrap_or(0);
        let first: Vec<usize> = (0..shadows.len()).filter(|&j| j == best || !beats(best, j)).collect();
        first.iter().copied().filter(|&j| first.iter().all(|&k| k == j || !beats(k, j))).collect()
    }

    fn keep(&mut self, points: &Points, class: u32, margins: &[Margin], part: &[u32]) {
        self.classes.push(class);
        let (count, start) = (part.len(), self.marks.len());
        self.vertices.extend_from_slice(part);
        self.ends.push(self.vertices.len());
        self.marks.resize(start + count, OPEN);
        let mut strict = true;
        for margin in margins {
            let is_zero: Vec<bool> = part.iter().map(|&vertex| margin.sign(points, vertex) == 0).collect();
            strict &= is_zero.contains(&false);
            for here in 0..count {
                let is_zero_at_next = if count == 2 { is_zero[here] } else { is_zero[(here + 1) % count] };
                if is_zero[here] && is_zero_at_next {
                    self.marks[start + here] = self.marks[start + here].min(margin.other);
                }
            }
        }
        self.strict.push(strict);
    }
}

fn margin(forms: &[Triple], j: usize, k: usize) -> Margin {
    let form = [0, 1, 2].map(|i| (&forms[j][i] - &forms[k][i]).complete());
    let shadow = shadow(&form, super::form::bits(&form));
    Margin { other: k as u32, form, shadow }
}

impl Margin {
    fn sign(&self, points: &Points, vertex: u32) -> i8 {
        let vertex = vertex as usize;
        let exact = || sign(&value(&self.form, &Integer::ZERO, &points.exact[vertex]));
        filtered(&self.shadow, &points.shadows[vertex]).unwrap_or_else(exact)
    }
}

/// The part of a cell where the margins of class j are ≥ 0, if it has area and j its name.
fn clip(points: &mut Points, j: usize, margins: &[Margin], mut part: Vec<u32>) -> Option<Vec<u32>> {
    for margin in margins {
        let signs: Vec<i8> = part.iter().map(|&vertex| margin.sign(points, vertex)).collect();
        let (below, above) = (signs.contains(&-1), signs.contains(&1));
        let k = margin.other as usize;
        if !above && (below || k < j) {
            return None;
        }
        if below {
            let function = [0, j.min(k) as u32, j.max(k) as u32];
            let cut = |edge| points.cut(edge, function, |point| value(&margin.form, &Integer::ZERO, point));
            part = split(&part, &signs, cut).1;
        }
    }
    Some(part)
}

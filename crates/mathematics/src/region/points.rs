//! The vertices that one worker has met.

use rug::Integer;
use std::collections::HashMap;

use super::form::{Shadow, Triple, bits, crossing, shadow};

/// Whether a point lies on the line X = 0, and whether on Y = 0: the axes, which cut cells only to make them pointed.
pub(super) type OnAxes = [bool; 2];

/// The name of a function that cuts: layer (from 1), neuron and breakpoint, or 0 and the two classes that are compared.
pub(super) type Function = [u32; 3];

/// A table of points, each with its shadow. An edge that the same function cuts again gives the same point without being
/// computed again; one point may still have several numbers.
#[derive(Debug, Default)]
pub(super) struct Points {
    pub exact: Vec<Triple>,
    pub shadows: Vec<Shadow>,
    pub on_axes: Vec<OnAxes>,
    cuts: HashMap<([u32; 2], Function), u32>,
}

impl Points {
    /// Adds a point in lowest terms.
    pub fn push(&mut self, point: Triple) -> u32 {
        let number = u32::try_from(self.exact.len()).expect("the limit on cells keeps points below 2³²");
        self.shadows.push(shadow(&point, bits(&point)));
        self.on_axes.push([point[0].is_zero(), point[1].is_zero()]);
        self.exact.push(point);
        number
    }

    /// The zero on the edge from p to q of a function, which `values` evaluates there; `function` is its name.
    pub fn cut(&mut self, [p, q]: [u32; 2], function: Function, values: impl Fn(&Triple) -> Integer) -> u32 {
        let key = ([p.min(q), p.max(q)], function);
        if let Some(&known) = self.cuts.get(&key) {
            return known;
        }
        let [first, second] = [&self.exact[p as usize], &self.exact[q as usize]];
        let point = crossing(first, &values(first), second, &values(second));
        let number = self.push(point);
        self.cuts.insert(key, number);
        number
    }
}

/// The parts of a polygon where a function is ≤ 0 and where it is ≥ 0, both of positive area: `signs` has both signs.
///
/// An edge gets a new vertex only if its ends have strictly opposite signs, so that neighbours cut a shared edge alike. A
/// polygon of two vertices is a segment with one edge.
pub(super) fn split(polygon: &[u32], signs: &[i8], mut cut: impl FnMut([u32; 2]) -> u32) -> (Vec<u32>, Vec<u32>) {
    let count = polygon.len();
    let (mut below, mut above) = (Vec::with_capacity(count + 1), Vec::with_capacity(count + 1));
    for here in 0..count {
        let next = if here + 1 == count { 0 } else { here + 1 };
        if signs[here] <= 0 {
            below.push(polygon[here]);
        }
        if signs[here] >= 0 {
            above.push(polygon[here]);
        }
        let is_edge = count > 2 || here == 0;
        if is_edge && signs[here] * signs[next] < 0 {
            let vertex = cut([polygon[here], polygon[next]]);
            below.push(vertex);
            above.push(vertex);
        }
    }
    (below, above)
}

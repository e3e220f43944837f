//! How long the integers become that stand for features, before any of them is computed.
//!
//! Of every block it is known that |A|, |B| < 2^v and R < 2^r for its features (1 − s) A + s B ± R on a piece of a line. A product with
//! weights below 2^w of l terms makes that v + w + log l + 2 and max(v, r) + w + log l + 3; σ stretches, and adds what the square of
//! the change says. Limits rest on it, and nothing else.

use super::{Graph, Matrix, Parameters, Rule, Sigma};
use crate::rational::Rational;
use crate::{
    certificate::{Exceeded, Limit, Limits},
    interval::Precision,
    smooth::Smooth,
};
use num_bigint::BigInt;

/// v and r.
#[derive(Clone, Copy)]
struct Size {
    value: u64,
    radius: u64,
}

impl Graph {
    /// Whether the integers on a line between two networks are not too long, too many, or too much work at so many bits.
    pub fn allow_line(
        &self,
        inputs: &Matrix,
        ends: [&Parameters; 2],
        p: Precision,
        limits: &Limits,
    ) -> Result<(), Exceeded> {
        let longest = self.longest(inputs, ends).saturating_add(p.0);
        limits.allow_bits(longest)?;
        // Start, end and radius of each.
        limits.allow_memory(self.numbers(inputs.rows()).saturating_mul(3), longest)?;
        // V with its bias at both ends, and their difference, over common denominators.
        let last = ends.iter().filter_map(|end| end.get(&self.last()));
        let last: Vec<_> = last.flat_map(|layer| [&layer.weight, &layer.bias]).flatten().collect();
        let entries: usize = last.iter().map(|part| part.numbers().len()).sum();
        limits.allow_memory(entries as u64, last.iter().map(|part| part.bits()).fold(0, u64::saturating_add))?;
        limits.allow(Limit::Products, self.work(inputs.rows(), p))
    }

    /// What a pass of so many samples costs, as products of machine words: σ is as much as 64 of them, and so are the four
    /// exponentials or logarithms of the loss for every output. Longer numbers are as many more as these are longer, and a series
    /// has a term for every few of their bits.
    pub fn work(&self, samples: usize, p: Precision) -> u64 {
        let words = (p.0 / 64).max(1);
        let units = self.blocks.iter().map(|block| block.units() as u64).fold(0, u64::saturating_add);
        let functions = (self.outputs as u64).saturating_mul(4).saturating_add(units);
        let functions = functions.saturating_mul((p.0 / 2).max(64)).saturating_mul(words.saturating_mul(words));
        self.products().saturating_mul(words).saturating_add(functions).saturating_mul(samples as u64)
    }

    /// The most bits before the point, of any level.
    pub(super) fn longest(&self, inputs: &Matrix, ends: [&Parameters; 2]) -> u64 {
        let weight = |layer: usize| {
            let layers = ends.iter().filter_map(|parameters| parameters.get(&layer));
            let parts = layers.flat_map(|layer| [&layer.weight, &layer.bias]).flatten();
            parts.map(|part| size_of_matrix(part)).max().unwrap_or(0)
        };
        let mut sizes = vec![Size { value: size_of_matrix(inputs), radius: 0 }];
        for (block, number) in self.blocks.iter().zip(1..) {
            let patch = block.patches.iter().map(Vec::len).max().unwrap_or(0);
            let sum = Size::of(block.patches.iter().flatten().flatten(), &sizes).times(weight(number), patch);
            sizes.push(match &block.rule {
                Rule::Filters { sigma, .. } | Rule::Sum(sigma) => sum.activated(sigma),
                Rule::Pool(_) => sum,
                Rule::Normalise { epsilon, .. } => sum.normalised(weight(number), epsilon),
            });
        }
        sizes.push(Size::of(self.skips.iter(), &sizes).times(weight(self.last()), self.skips.len()));
        sizes.iter().map(|size| size.value.max(size.radius)).max().unwrap_or(0)
    }
}

impl Size {
    /// The largest of these units.
    fn of<'a>(units: impl Iterator<Item = &'a super::Unit>, sizes: &[Size]) -> Size {
        units.map(|unit| sizes[unit.0]).fold(Size { value: 0, radius: 0 }, |a, b| Size {
            value: a.value.max(b.value),
            radius: a.radius.max(b.radius),
        })
    }

    /// A sum of so many terms, each times a weight; with a bias of the size of a weight.
    fn times(self, weight: u64, terms: usize) -> Size {
        let more = weight + u64::from(usize::BITS - terms.leading_zeros());
        Size { value: self.value + more + 2, radius: self.value.max(self.radius) + more + 3 }
    }

    /// u is below ε^(−1/2) + 1; the sag of u is below (Δv)² u⁵.
    fn normalised(self, weight: u64, epsilon: &Rational) -> Size {
        let root = size(epsilon.denom(), epsilon.numer()) / 2 + 2;
        let radius = self.value.max(self.radius) + 3 * weight + 5 * root;
        Size { value: self.value + 2 * weight + root + 2, radius: radius + 3 }
    }

    fn activated(self, sigma: &Sigma) -> Size {
        let Size { value, radius } = self;
        match sigma {
            Sigma::PiecewiseLinear(activation) => {
                let (pieces, den) = activation.pieces();
                let more =
                    pieces.map(|(slope, intercept)| size(slope, den).max(size(intercept, den))).max().unwrap_or(0);
                Size { value: value + more + 1, radius: value.max(radius) + more + 3 }
            }
            Sigma::Smooth(smooth) => {
                let (curvature, kink) = smooth.curvature();
                let bend = (2 * value + size_of(&curvature)).max(value + size_of(&kink));
                let value = match smooth {
                    Smooth::Sigmoid | Smooth::Tanh => 1,
                    Smooth::Softplus(gamma) => value.max(size(gamma.denom(), gamma.numer())) + 1,
                    Smooth::Elu(alpha) => value.max(size_of(alpha)) + 1,
                };
                Size { value, radius: bend.max(radius + size_of(&smooth.slope())) + 2 }
            }
        }
    }
}

/// An exponent k ≥ 0 with |n/d| < 2^k.
fn size(numer: &BigInt, denom: &BigInt) -> u64 {
    (numer.bits() + 1).saturating_sub(denom.bits())
}

fn size_of(number: &Rational) -> u64 {
    size(number.numer(), number.denom())
}

fn size_of_matrix(matrix: &Matrix) -> u64 {
    matrix.num().iter().map(|entry| size(entry, matrix.den())).max().unwrap_or(0)
}

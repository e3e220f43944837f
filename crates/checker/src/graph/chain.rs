//! The part of a graph that is a chain: from some block on each is made of the one before it alone, by filters, and the output of
//! the last one.
//!
//! There every layer is one matrix: U_l `[n_(l−1), n_l]` has the weights of all units of block l − 1 for each unit of block l.
//! Patches put the weights of a filter where their units are; a dense block has one patch.

use super::{Graph, Level, Parameters, Rule, Sigma};
use crate::{
    arithmetic::Arithmetic,
    finding::Unproved,
    interval::{Interval, Precision},
    matrix::Matrix,
};
use num_bigint::BigInt;
use num_traits::{Signed, Zero};

impl Graph {
    /// Whether blocks k + 1, …, B are a chain over block k, and the output is made of all units of block B in their order.
    pub fn require_chain(&self, level: usize) -> Result<(), Unproved> {
        let blocks = self.blocks.len();
        if level == 0 || level > blocks {
            return Err(Unproved::ChainLevel { level, blocks });
        }
        for (block, number) in self.blocks.iter().zip(1..).skip(level) {
            // The 0 outside of an image is no unit of the block before.
            let before = block.patches.iter().flatten().all(|entry| entry.is_some_and(|unit| unit.0 == number - 1));
            if !before || !matches!(block.rule, Rule::Filters { .. }) {
                return Err(Unproved::NoChain { block: number });
            }
        }
        let last = self.blocks[blocks - 1].units();
        if self.skips.iter().copied().eq((0..last).map(|unit| (blocks, unit))) {
            Ok(())
        } else {
            Err(Unproved::OutputOfChain { block: blocks })
        }
    }

    /// n_l for a layer l of the chain, of which the last is the output.
    pub fn chain_width(&self, layer: usize) -> usize {
        self.blocks.get(layer - 1).map_or(self.outputs, super::Block::units)
    }

    /// Whether a layer of the chain is dense: one patch of all units of the block before it in their order, or the output.
    pub fn is_dense(&self, layer: usize) -> bool {
        let Some(block) = self.blocks.get(layer - 1) else { return true };
        let all = (0..self.width(layer - 1).unwrap_or(0)).map(|unit| (layer - 1, unit));
        matches!(&block.patches[..], [patch] if patch.iter().copied().eq(all.map(Some)))
    }

    /// U_l.
    pub fn unrolled(&self, layer: usize, weight: &Matrix) -> Matrix {
        let Some(block) = self.blocks.get(layer - 1) else { return weight.clone() };
        let (rows, cols, filters) = (self.chain_width(layer - 1), block.units(), weight.cols());
        let mut num = vec![BigInt::zero(); rows * cols];
        for (p, patch) in block.patches.iter().enumerate() {
            for (row, entry) in patch.iter().enumerate() {
                let &Some((_, unit)) = entry else { continue };
                for (t, entry) in weight.row(row).iter().enumerate() {
                    // A patch may name a unit twice.
                    num[unit * cols + p * filters + t] += entry;
                }
            }
        }
        weight.with((rows, cols), num, weight.den().clone())
    }

    /// Features and pre-activations of blocks k + 1, …, B on features of block k.
    pub fn climb(
        &self,
        level: usize,
        features: Level,
        parameters: &Parameters,
        at: (Precision, Arithmetic),
    ) -> Vec<[Level; 2]> {
        let nothing = Level { cols: 0, start: vec![], end: None, radius: vec![] };
        let mut before = features;
        let mut climbed = vec![];
        for (block, number) in self.blocks.iter().zip(1..).skip(level) {
            let mut levels = vec![&nothing; number];
            levels[number - 1] = &before;
            let pre = block.features(&levels, layer_at(parameters, number, at.0).as_ref(), true, at);
            let Rule::Filters { sigma, .. } = &block.rule else { unreachable!("a chain has filters only") };
            before = pre.clone().activate(sigma, at.0);
            climbed.push([pre, before.clone()]);
        }
        climbed
    }

    /// F_L on features of block B.
    pub fn output(&self, features: &Level, parameters: &Parameters, (p, arithmetic): (Precision, Arithmetic)) -> Level {
        let [weight, bias] = layer_at(parameters, self.last(), p).expect("the output has a weight");
        let product = features.times(&weight, p, arithmetic);
        if self.bias { product.plus_row(&bias) } else { product }
    }

    /// The features of block k, on all cores.
    pub fn features_of(
        &self,
        level: usize,
        inputs: &Level,
        parameters: &Parameters,
        (p, arithmetic): (Precision, Arithmetic),
    ) -> Level {
        let skips = (0..self.chain_width(level)).map(|unit| (level, unit)).collect();
        let lower = Graph { blocks: self.blocks[..level].to_vec(), skips, bias: false, ..*self };
        let parameters: Parameters =
            parameters.range(..=level).map(|(&layer, change)| (layer, change.clone())).collect();
        let still = Parameters::new();
        super::Tubes::new(&lower, inputs, (&parameters, &still), (p, arithmetic)).features(&BigInt::zero(), 0)
    }
}

/// Weight and bias of a layer, enclosed; a bias that is not there is a row of nothing.
fn layer_at(parameters: &Parameters, layer: usize, p: Precision) -> Option<[Level; 2]> {
    let change = parameters.get(&layer)?;
    let part = |part: &Option<std::rc::Rc<Matrix>>| part.as_ref().map(|part| Level::at(p, part));
    let nothing = Level { cols: 0, start: vec![], end: None, radius: vec![] };
    Some([part(&change.weight)?, part(&change.bias).unwrap_or(nothing)])
}

impl Sigma {
    /// σ′, entry by entry; none where σ has a kink.
    pub fn derivative(&self, pre: &Level, p: Precision) -> Option<Level> {
        let slope = |lower: &BigInt, upper: &BigInt| match self {
            Sigma::Smooth(smooth) => smooth.derivative(p, lower, upper),
            Sigma::PiecewiseLinear(sigma) => {
                let (mut pieces, den) = sigma.pieces();
                let slope = pieces.next().filter(|_| sigma.breakpoints().is_empty());
                slope.map(|(slope, _)| p.enclose(slope, den))
            }
        };
        let mut derivative = Level { cols: pre.cols, start: vec![], end: None, radius: vec![] };
        for (value, radius) in pre.start.iter().zip(&pre.radius) {
            let Interval { lower, upper } = slope(&(value - radius), &(value + radius))?;
            derivative.radius.push(upper - &lower);
            derivative.start.push(lower);
        }
        Some(derivative)
    }
}

/// Levels at one point, as balls.
impl Level {
    /// Fᵀ.
    pub fn transposed(&self) -> Level {
        let (rows, cols) = (self.rows(), self.cols);
        let turn = |entries: &[BigInt]| -> Vec<BigInt> {
            (0..cols).flat_map(|j| (0..rows).map(move |i| entries[i * cols + j].clone())).collect()
        };
        Level { cols: rows, start: turn(&self.start), end: None, radius: turn(&self.radius) }
    }

    /// F − G.
    pub fn minus(mut self, other: &Level) -> Level {
        self.start.iter_mut().zip(&other.start).for_each(|(own, other)| *own -= other);
        self.radius.iter_mut().zip(&other.radius).for_each(|(own, other)| *own += other);
        self
    }

    /// F ∘ G, entry by entry.
    pub fn each_times(&self, other: &Level, p: Precision) -> Level {
        let mut product = Level { cols: self.cols, start: vec![], end: None, radius: vec![] };
        for i in 0..self.start.len() {
            let around = |level: &Level| Interval {
                lower: &level.start[i] - &level.radius[i],
                upper: &level.start[i] + &level.radius[i],
            };
            let Interval { lower, upper } = p.times(&around(self), &around(other));
            let middle: BigInt = (&lower + &upper) >> 1;
            product.radius.push((&middle - lower).max(upper - &middle));
            product.start.push(middle);
        }
        product
    }

    /// Between which numbers |F| is, entry by entry.
    pub fn sizes_between(&self) -> impl Iterator<Item = (BigInt, BigInt)> {
        self.start.iter().zip(&self.radius).map(|(value, radius)| {
            let size = value.abs();
            ((&size - radius).max(BigInt::zero()), size + radius)
        })
    }
}

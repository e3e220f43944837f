//! Networks that are graphs of blocks, with activations that are enclosed where they are not rational.
//!
//! A dense layer is a block with one patch, a convolution one with many, a skip connection to the output a pair in `skips`.
//! Features are no rational numbers any more: they are enclosed to p bits behind the point ([`level`]), for one network or for
//! all on a line between two ([`tube`]). [`path`] has the rules of paths; where
//! features are rational and computed exactly, [`rational`] has.

mod bounded;
mod chain;
mod exact;
mod level;
mod normalise;
pub mod path;
pub mod rational;
mod size;
#[cfg(test)]
mod tests;
mod tube;
mod words;

pub use exact::first_outside_kernel;
pub use level::Level;
pub use tube::Tubes;
use words::Words;

use super::{
    activation::Activation,
    matrix::{Matrix, Reading, fraction},
    smooth::Smooth,
    state::Change,
    verdict::{Failure, Part, Rejection},
};
use crate::certificate::{
    Layers, Limit, Limits,
    graph::{BlockRecord, BlockRule, GraphRecord, NonlinearityRecord, Patches, Pool, Windows},
};
use crate::rational::Rational;
use num_traits::Signed;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    rc::Rc,
};

/// σ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sigma {
    PiecewiseLinear(Activation),
    Smooth(Smooth),
}

/// A unit: its block, and its place there.
pub type Unit = (usize, usize);

/// What an entry of a patch is: a unit, or the 0 outside of an image.
pub type Entry = Option<Unit>;

/// A block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The units that each patch consists of, as many in each of them where there are filters.
    pub patches: Vec<Vec<Entry>>,
    pub rule: Rule,
}

/// What is made of a patch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    Filters {
        filters: usize,
        tied: bool,
        sigma: Sigma,
    },
    Pool(Pool),
    /// σ of the sum of a patch.
    Sum(Sigma),
    /// γ (x − μ)/√(v + ε) + β, with so many channels.
    Normalise {
        channels: usize,
        epsilon: Rational,
    },
}

impl Block {
    /// How many units it has.
    pub fn units(&self) -> usize {
        match &self.rule {
            Rule::Filters { filters, .. } => self.patches.len().saturating_mul(*filters),
            Rule::Pool(_) | Rule::Sum(_) | Rule::Normalise { .. } => self.patches.len(),
        }
    }

    /// The blocks that it takes from.
    pub fn sources(&self) -> BTreeSet<usize> {
        self.patches.iter().flatten().flatten().map(|unit| unit.0).collect()
    }
}

/// The architecture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Graph {
    pub inputs: usize,
    pub blocks: Vec<Block>,
    pub skips: Vec<Unit>,
    pub outputs: usize,
    pub bias: bool,
}

/// Weight and bias of the blocks that have some, and of the output, by number from 1.
pub type Parameters = BTreeMap<usize, Change>;

impl Graph {
    /// The graph of a certificate, if it makes sense and is not too large for so many samples.
    pub fn read(source: &GraphRecord, samples: usize, limits: &Limits) -> Result<Self, Failure> {
        limits.allow(Limit::Layers, source.blocks.len() as u64 + 1)?;
        let GraphRecord { inputs, outputs, bias, .. } = *source;
        if inputs == 0 || outputs == 0 || source.skips.is_empty() {
            return Err(Rejection::EmptyGraph.into());
        }
        if samples == 0 {
            return Err(Rejection::NoSamples.into());
        }
        let mut graph = Graph { inputs, blocks: vec![], skips: vec![], outputs, bias };
        graph.allow(samples, limits)?;
        for (index, block) in source.blocks.iter().enumerate() {
            let block = graph.read_block(block, index + 1, limits)?;
            graph.blocks.push(block);
            // No memory is taken for units before they are known to be few.
            graph.allow(samples, limits)?;
        }
        let skip = |&[block, unit]: &[usize; 2]| match graph.width(block) {
            Some(width) if unit < width => Ok((block, unit)),
            _ => Err(Rejection::NoSuchUnit { block, unit }),
        };
        graph.skips = source.skips.iter().map(skip).collect::<Result<_, _>>()?;
        graph.allow(samples, limits)?;
        Ok(graph)
    }

    fn read_block(&self, source: &BlockRecord, number: usize, limits: &Limits) -> Result<Block, Failure> {
        let wrong = |why| Rejection::Block { block: number, why };
        let mut columns: Vec<Unit> = vec![];
        for &from in &source.from {
            let width = self.width(from).ok_or(wrong("takes from a block that is not before it"))?;
            columns.extend((0..width).map(|unit| (from, unit)));
            limits.allow(Limit::Numbers, columns.len() as u64)?;
        }
        if let Some(Patches::Windows(windows)) = &source.patches {
            limits.allow(Limit::Numbers, windows.entries())?;
        }
        let patches = self.read_patches(source, &columns).map_err(wrong)?;
        let size = patches.first().map_or(0, Vec::len);
        let rule = match &source.rule {
            _ if patches.iter().flatten().flatten().next().is_none() => {
                return Err(wrong("has no patch, or takes from no block").into());
            }
            BlockRule::Pool { pool } => Rule::Pool(*pool),
            BlockRule::Filters { filters: 0, .. } => return Err(wrong("has no filter").into()),
            BlockRule::Filters { .. } if patches.iter().any(|patch| patch.len() != size) => {
                return Err(wrong("has patches of different sizes").into());
            }
            BlockRule::Filters { filters, tied, activation } => {
                Rule::Filters { filters: *filters, tied: *tied, sigma: Sigma::read(activation, limits)? }
            }
            BlockRule::Sum { activation } => Rule::Sum(Sigma::read(activation, limits)?),
            BlockRule::Normalise { normalise: channels, epsilon } => {
                if *channels == 0 || !columns.len().is_multiple_of(*channels) || size != 1 {
                    return Err(wrong("has channels that do not divide its units, or takes from several blocks").into());
                }
                let epsilon = fraction(epsilon)?;
                if !epsilon.is_positive() {
                    return Err(wrong("has an ε that is not positive").into());
                }
                Rule::Normalise { channels: *channels, epsilon }
            }
        };
        Ok(Block { patches, rule })
    }

    /// The patches of a block that takes from these columns, or what is wrong with them.
    fn read_patches(&self, source: &BlockRecord, columns: &[Unit]) -> Result<Vec<Vec<Entry>>, &'static str> {
        match (&source.rule, &source.patches) {
            (BlockRule::Sum { .. } | BlockRule::Normalise { .. }, Some(_)) => Err("goes unit by unit, and has patches"),
            (BlockRule::Sum { .. } | BlockRule::Normalise { .. }, None) => {
                let widths: Vec<usize> = source.from.iter().filter_map(|&from| self.width(from)).collect();
                let units = widths.first().copied().unwrap_or(0);
                let patch = |unit| source.from.iter().map(|&from| Some((from, unit))).collect();
                let alike = widths.iter().all(|&width| width == units);
                if alike { Ok((0..units).map(patch).collect()) } else { Err("adds blocks of different sizes") }
            }
            (_, None) => Ok(vec![columns.iter().copied().map(Some).collect()]),
            (_, Some(Patches::Listed(patches))) => listed(patches, columns),
            (BlockRule::Pool { .. }, Some(Patches::Windows(windows))) => windows_of_pool(windows, columns),
            (_, Some(Patches::Windows(windows))) => windows_of_filters(windows, columns),
        }
    }

    /// Whether features and parameters are not too many, nor the products of a pass.
    fn allow(&self, samples: usize, limits: &Limits) -> Result<(), Failure> {
        limits.allow(Limit::Numbers, self.numbers(samples))?;
        Ok(limits.allow(Limit::Products, self.products().saturating_mul(samples as u64))?)
    }

    /// The numbers that are held: features, Ψ and output of all samples, the parameters, and the units in patches.
    fn numbers(&self, samples: usize) -> u64 {
        let product = |a: usize, b: usize| (a as u64).saturating_mul(b as u64);
        let columns = self.blocks.iter().map(Block::units).chain([self.skips.len() + 1, self.outputs]);
        let features = product(samples, columns.fold(self.inputs, usize::saturating_add));
        let parameters = (1..=self.last()).filter_map(|layer| self.shapes(layer));
        let parameters = parameters.map(|(weight, bias)| product(weight.0, weight.1).saturating_add(bias as u64));
        let patches = self.blocks.iter().flat_map(|block| &block.patches).map(|patch| patch.len() as u64);
        parameters.chain(patches).fold(features, u64::saturating_add)
    }

    /// The products of a pass of one sample.
    pub fn products(&self) -> u64 {
        let of_block = |block: &Block| {
            let entries: u64 = block.patches.iter().map(|patch| patch.len() as u64).sum();
            match block.rule {
                Rule::Filters { filters, .. } => entries.saturating_mul(filters as u64),
                Rule::Pool(_) | Rule::Sum(_) | Rule::Normalise { .. } => entries,
            }
        };
        let output = (self.skips.len() as u64).saturating_mul(self.outputs as u64);
        self.blocks.iter().map(of_block).fold(output, u64::saturating_add)
    }

    /// The units of a block, of the inputs if it is 0.
    fn width(&self, block: usize) -> Option<usize> {
        if block == 0 { Some(self.inputs) } else { self.blocks.get(block - 1).map(Block::units) }
    }

    /// B + 1, the layer of the output.
    pub fn last(&self) -> usize {
        self.blocks.len() + 1
    }

    /// The shape of the weight of a layer, and how many entries the bias has, 0 without one. `None` if there is no such layer.
    fn shapes(&self, layer: usize) -> Option<((usize, usize), usize)> {
        if layer == self.last() {
            return Some(((self.skips.len(), self.outputs), if self.bias { self.outputs } else { 0 }));
        }
        let block = self.blocks.get(layer.checked_sub(1)?)?;
        match block.rule {
            Rule::Filters { filters, tied, .. } => {
                Some(((block.patches[0].len(), filters), if tied { filters } else { block.units() }))
            }
            Rule::Normalise { channels, .. } => Some(((3, channels), channels)),
            Rule::Pool(_) | Rule::Sum(_) => None,
        }
    }

    /// The layers that are named, each of the right shape.
    pub fn read_layers(&self, layers: &Layers, reading: Reading) -> Result<Parameters, Rejection> {
        let mut parameters = Parameters::new();
        for (&layer, source) in layers {
            if source.columns.is_some() {
                return Err(Rejection::MisplacedColumns { layer });
            }
            let (weight, bias) =
                self.shapes(layer).ok_or(Rejection::UnknownLayer { layer, layers: self.blocks.len() + 1 })?;
            if bias == 0 && source.bias.is_some() {
                return Err(Rejection::NoOutputBias { layer });
            }
            let read = |source: &Option<_>, part, shape| {
                source.as_ref().map(|source| Matrix::read(source, part, shape, reading).map(Rc::new)).transpose()
            };
            let weight = read(&source.weight, Part::Weight(layer), weight)?;
            parameters.insert(layer, Change { weight, bias: read(&source.bias, Part::Bias(layer), (1, bias))? });
        }
        self.check_variances(&parameters)?;
        Ok(parameters)
    }

    /// No variance is negative: not at the ends of a line, so not on it.
    fn check_variances(&self, parameters: &Parameters) -> Result<(), Rejection> {
        for (block, number) in self.blocks.iter().zip(1..) {
            let Rule::Normalise { channels, .. } = block.rule else { continue };
            let weight = parameters.get(&number).and_then(|layer| layer.weight.as_ref());
            if weight.is_some_and(|weight| weight.num()[2 * channels..].iter().any(Signed::is_negative)) {
                return Err(Rejection::Block { block: number, why: "has a negative variance" });
            }
        }
        Ok(())
    }

    /// Every layer up to this one.
    pub fn read_network(&self, layers: &Layers, last: usize, reading: Reading) -> Result<Parameters, Rejection> {
        let parameters = self.read_layers(layers, reading)?;
        for layer in 1..=last {
            let Some((_, bias)) = self.shapes(layer) else { continue };
            match parameters.get(&layer) {
                None => return Err(Rejection::MissingLayer { layer }),
                Some(Change { weight: None, .. }) => return Err(Rejection::Missing { part: Part::Weight(layer) }),
                Some(Change { bias: None, .. }) if bias > 0 => {
                    return Err(Rejection::Missing { part: Part::Bias(layer) });
                }
                Some(_) => {}
            }
        }
        Ok(parameters)
    }

    /// V with its bias as last row.
    pub fn stacked(&self, parameters: &Parameters) -> Matrix {
        let Change { weight, bias } = &parameters[&self.last()];
        let weight = weight.as_ref().expect("every layer is there");
        match bias {
            Some(bias) => weight.above(bias),
            None => (**weight).clone(),
        }
    }

    /// Whether all features are real analytic functions of the parameters.
    pub fn is_analytic(&self) -> bool {
        self.blocks.iter().all(|block| match &block.rule {
            Rule::Filters { sigma, .. } | Rule::Sum(sigma) => sigma.is_analytic(),
            Rule::Pool(pool) => *pool != Pool::Max,
            // Where all v are above −ε, and nothing is said of other parameters.
            Rule::Normalise { .. } => false,
        })
    }

    /// The blocks whose patches have one filter, or one bias, in common.
    pub fn shared(&self) -> impl Iterator<Item = (usize, bool)> {
        self.blocks.iter().zip(1..).filter_map(|(block, number)| match block.rule {
            Rule::Filters { tied, .. } if block.patches.len() > 1 => Some((number, tied)),
            _ => None,
        })
    }
}

/// Patches by their columns.
fn listed(patches: &[Vec<usize>], columns: &[Unit]) -> Result<Vec<Vec<Entry>>, &'static str> {
    let pick = |patch: &Vec<usize>| {
        let units = patch.iter().map(|&column| columns.get(column).copied().map(Some));
        units.collect::<Option<Vec<_>>>().filter(|units| !units.is_empty())
    };
    let patches: Option<_> = patches.iter().map(pick).collect();
    patches.ok_or("has a patch that is empty, or names a column that is not there")
}

fn windows_of_filters(windows: &Windows, columns: &[Unit]) -> Result<Vec<Vec<Entry>>, &'static str> {
    fits(windows, columns)?;
    let unit = |column: Option<usize>| column.map(|column| columns[column]);
    Ok(windows.of_filters().into_iter().map(|patch| patch.into_iter().map(unit).collect()).collect())
}

fn windows_of_pool(windows: &Windows, columns: &[Unit]) -> Result<Vec<Vec<Entry>>, &'static str> {
    fits(windows, columns)?;
    let unit = |column: usize| Some(columns[column]);
    let patches: Vec<Vec<Entry>> =
        windows.of_pool().into_iter().map(|patch| patch.into_iter().map(unit).collect()).collect();
    if patches.iter().any(Vec::is_empty) { Err("has a window outside of the image") } else { Ok(patches) }
}

fn fits(windows: &Windows, columns: &[Unit]) -> Result<(), &'static str> {
    if windows.columns() == Some(columns.len()) { Ok(()) } else { Err("has windows over an image of another size") }
}

/// The bits of the largest integer in a network.
pub fn bits(parameters: &Parameters) -> u64 {
    let parts = parameters.values().flat_map(|layer| [&layer.weight, &layer.bias]).flatten();
    parts.map(|part| part.bits()).max().unwrap_or(0)
}

impl Sigma {
    fn is_analytic(&self) -> bool {
        match self {
            Sigma::Smooth(smooth) => smooth.is_analytic(),
            Sigma::PiecewiseLinear(sigma) => sigma.breakpoints().is_empty(),
        }
    }

    fn read(source: &NonlinearityRecord, limits: &Limits) -> Result<Self, Failure> {
        Ok(match source {
            NonlinearityRecord::PiecewiseLinear(pieces) => Sigma::PiecewiseLinear(Activation::read(pieces, limits)?),
            NonlinearityRecord::Smooth(smooth) => Sigma::Smooth(Smooth::read(smooth)?),
        })
    }
}

impl fmt::Display for Sigma {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Sigma::PiecewiseLinear(activation) => activation.fmt(f),
            Sigma::Smooth(smooth) => smooth.fmt(f),
        }
    }
}

impl fmt::Display for Graph {
    /// `4 inputs; block 1: 3 units, sigmoid; …; 5 units connected to the output; 2 outputs with a bias`.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} inputs", self.inputs)?;
        for (block, number) in self.blocks.iter().zip(1..) {
            write!(f, "; block {number}: {} units, ", block.units())?;
            match (&block.rule, block.patches.len()) {
                (Rule::Filters { sigma, .. }, 1) => write!(f, "{sigma}")?,
                (Rule::Filters { filters, tied, sigma }, patches) => {
                    let bias = if *tied { "a bias a filter" } else { "a bias a unit" };
                    write!(f, "{filters} filters on {patches} patches with {bias}, {sigma}")?;
                }
                (Rule::Sum(sigma), _) => write!(f, "{sigma} of a sum of blocks")?,
                (Rule::Normalise { channels, .. }, _) => write!(f, "{channels} channels normalised")?,
                (Rule::Pool(Pool::Max), _) => f.write_str("largest of a patch")?,
                (Rule::Pool(Pool::Sum), _) => f.write_str("sum of a patch")?,
                (Rule::Pool(Pool::Mean), _) => f.write_str("mean of a patch")?,
            }
        }
        let bias = if self.bias { " with a bias" } else { "" };
        write!(f, "; {} units connected to the output; {} outputs{bias}", self.skips.len(), self.outputs)
    }
}

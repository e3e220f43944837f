//! Networks with one convolution that are worth knowing.

use crate::certificate::graph::{BlockRecord, BlockRule, GraphRecord};
use crate::network::{GraphLayer, GraphNetwork, Nonlinearity, Smooth};
use crate::path::to_nonlinearity;
use nalgebra::DMatrix;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rug::Rational;

/// The patches of `size` neighbouring units of one line of them.
pub fn line_patches(units: usize, size: usize, stride: usize) -> Vec<Vec<usize>> {
    (0..=units - size).step_by(stride).map(|first| (first..first + size).collect()).collect()
}

/// The square patches of an image of one channel, row by row.
pub fn square_patches(rows: usize, columns: usize, size: usize) -> Vec<Vec<usize>> {
    let at = |y: usize, x: usize| (0..size * size).map(move |i| (y + i / size) * columns + x + i % size).collect();
    (0..=rows - size).flat_map(|y| (0..=columns - size).map(move |x| at(y, x))).collect()
}

/// What a block of a chain is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layer {
    /// So many units over all of the block before it.
    Dense(usize),
    /// So many filters, untied, over these patches of the block before it.
    Filters(Vec<Vec<usize>>, usize),
}

/// The graph of a chain: every block over the one before it, the output over the last one, with a bias.
pub fn chain(inputs: usize, layers: &[Layer], outputs: usize, activation: &Nonlinearity) -> GraphRecord {
    let mut units = inputs;
    let mut blocks = vec![];
    for (before, layer) in layers.iter().enumerate() {
        let (patches, filters) = match layer {
            Layer::Dense(filters) => (None, *filters),
            Layer::Filters(patches, filters) => (Some(patches.clone()), *filters),
        };
        units = patches.as_ref().map_or(1, Vec::len) * filters;
        let rule = BlockRule::Filters { filters, tied: false, activation: to_nonlinearity(activation) };
        blocks.push(BlockRecord { from: vec![before], patches: patches.map(Into::into), rule });
    }
    let last = blocks.len();
    GraphRecord { inputs, blocks, skips: (0..units).map(|unit| [last, unit]).collect(), outputs, bias: true }
}

/// A network of a chain whose entries come from `number`.
///
/// # Panics
/// If there is no block, or a patch names a unit that is not there.
pub fn filled(graph: GraphRecord, mut number: impl FnMut() -> Rational) -> GraphNetwork {
    let mut layers = GraphNetwork::zero(graph.clone()).expect("a chain that fits together").layers().clone();
    for GraphLayer { weight, bias } in layers.values_mut() {
        weight.iter_mut().chain(bias.iter_mut().flatten()).for_each(|entry| *entry = number());
    }
    GraphNetwork::new(graph, layers).expect("a chain that fits together")
}

/// Twelve samples of eight numbers, three filters on six patches, a dense layer of four units and two outputs, sigmoid; the targets are
/// unit rows. Everything is a multiple of 1/16.
pub fn small() -> (GraphNetwork, DMatrix<Rational>, DMatrix<Rational>) {
    let mut random = ChaCha8Rng::seed_from_u64(2);
    let mut number = move || Rational::from((random.random_range(-32..=32), 16));
    let inputs = DMatrix::from_fn(12, 8, |_, _| number());
    let layers = [Layer::Filters(line_patches(8, 3, 1), 3), Layer::Dense(4)];
    let network = filled(chain(8, &layers, 2, &Smooth::Sigmoid.into()), number);
    let targets = DMatrix::from_fn(12, 2, |i, j| Rational::from(u32::from(i % 2 == j)));
    (network, inputs, targets)
}

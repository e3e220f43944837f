//! Networks with skip connections that are worth knowing.

use crate::certificate::graph::{BlockRecord, BlockRule, GraphRecord};
use crate::network::{GraphLayer, GraphNetwork, Smooth};
use crate::path::to_nonlinearity;
use nalgebra::DMatrix;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rug::Rational;

/// The samples, and the units of each layer, of [`deep_sigmoid`].
pub const SAMPLES: usize = 32;

/// Random sigmoid layers of N = 32 units on 32 random samples, all units of the last one connected to the output: weights are
/// uniform with variance 2/fan-in, biases 0. The deeper the layer, the nearer to each other its features.
pub fn deep_sigmoid(layers: usize) -> (GraphNetwork, DMatrix<Rational>) {
    let mut random = ChaCha8Rng::seed_from_u64(0);
    let inputs = DMatrix::from_fn(SAMPLES, 16, |_, _| Rational::from((random.random_range(0..=16), 16)));
    let activation = to_nonlinearity(&Smooth::Sigmoid.into());
    let rule = BlockRule::Filters { filters: SAMPLES, tied: false, activation };
    let block = |layer: usize| BlockRecord { from: vec![layer - 1], patches: None, rule: rule.clone() };
    let graph = GraphRecord {
        inputs: 16,
        blocks: (1..=layers).map(block).collect(),
        skips: (0..SAMPLES).map(|unit| [layers, unit]).collect(),
        outputs: 2,
        bias: false,
    };
    let mut layer = |layer: usize| {
        let fan_in = if layer == 1 { 16 } else { SAMPLES };
        // √(6/fan-in), in multiples of 2^−16.
        let largest = (f64::from(1 << 16) * (6.0 / fan_in as f64).sqrt()) as i32;
        let weight = DMatrix::from_fn(fan_in, SAMPLES, |_, _| {
            Rational::from((random.random_range(-largest..=largest), 1 << 16))
        });
        (layer, GraphLayer { weight, bias: Some(zeros(1, SAMPLES)) })
    };
    let mut parameters: std::collections::BTreeMap<_, _> = (1..=layers).map(&mut layer).collect();
    parameters.insert(layers + 1, GraphLayer { weight: zeros(SAMPLES, 2), bias: None });
    (GraphNetwork::new(graph, parameters).expect("the shapes fit"), inputs)
}

/// The network with unit 1 of a dense block equal to unit 0.
///
/// # Panics
/// If the block has no two filters.
pub fn with_twins(network: &GraphNetwork, block: usize) -> GraphNetwork {
    let mut layers = network.layers().clone();
    let layer = layers.get_mut(&block).expect("a block with filters");
    for part in [Some(&mut layer.weight), layer.bias.as_mut()].into_iter().flatten() {
        let first = part.column(0).into_owned();
        part.set_column(1, &first);
    }
    GraphNetwork::new(network.graph().clone(), layers).expect("the shapes stay")
}

/// One sigmoid filter over two patches of three pixels, with one bias for both or one for each; the samples are the constant
/// images 0 and 1. With one bias both units are equal, whatever the parameters are.
pub fn constant_images(tied: bool) -> (GraphNetwork, DMatrix<Rational>) {
    let activation = to_nonlinearity(&Smooth::Sigmoid.into());
    let rule = BlockRule::Filters { filters: 1, tied, activation };
    let blocks = vec![BlockRecord { from: vec![0], patches: Some(vec![vec![0, 1], vec![1, 2]].into()), rule }];
    let graph = GraphRecord { inputs: 3, blocks, skips: vec![[1, 0], [1, 1]], outputs: 2, bias: false };
    let bias = if tied { zeros(1, 1) } else { DMatrix::from_fn(1, 2, |_, j| Rational::from(j as u32)) };
    let block = GraphLayer { weight: DMatrix::from_element(2, 1, Rational::from(1)), bias: Some(bias) };
    let output = GraphLayer { weight: zeros(2, 2), bias: None };
    let network = GraphNetwork::new(graph, [(1, block), (2, output)].into()).expect("the shapes fit");
    (network, DMatrix::from_fn(2, 3, |i, _| Rational::from(i as u32)))
}

/// Errata, item 13. Layer 1: h and s, s is connected to the output. Layer 2: p = (h, s) and p′ = (s, h) share their weights and are
/// connected. Softplus, x = 0, 1, 3. Assumption 3.1 holds; no place of a single 1 suits both p and p′. This U has rank 3.
pub fn shared_in_both_orders() -> (GraphNetwork, DMatrix<Rational>) {
    let activation = to_nonlinearity(&Smooth::Softplus { gamma: Rational::from(1) }.into());
    let block = |from: usize, patches: Option<Vec<Vec<usize>>>, filters: usize| BlockRecord {
        from: vec![from],
        patches: patches.map(Into::into),
        rule: BlockRule::Filters { filters, tied: false, activation: activation.clone() },
    };
    let graph = GraphRecord {
        inputs: 1,
        blocks: vec![block(0, None, 2), block(1, Some(vec![vec![0, 1], vec![1, 0]]), 1)],
        skips: vec![[1, 1], [2, 0], [2, 1]],
        outputs: 2,
        bias: false,
    };
    let quarters = |rows: usize, numbers: &[i32]| {
        DMatrix::from_row_slice(
            rows,
            numbers.len() / rows,
            &numbers.iter().map(|&x| Rational::from((x, 4))).collect::<Vec<_>>(),
        )
    };
    let first = GraphLayer { weight: quarters(1, &[8, -3]), bias: Some(quarters(1, &[-5, 4])) };
    let second = GraphLayer { weight: quarters(2, &[4, -7]), bias: Some(quarters(1, &[1, -6])) };
    let output = GraphLayer { weight: zeros(3, 2), bias: None };
    let network = GraphNetwork::new(graph, [(1, first), (2, second), (3, output)].into()).expect("the shapes fit");
    (network, DMatrix::from_column_slice(3, 1, &[0, 1, 3].map(Rational::from)))
}

fn zeros(rows: usize, columns: usize) -> DMatrix<Rational> {
    DMatrix::from_element(rows, columns, Rational::new())
}

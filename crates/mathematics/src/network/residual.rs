//! Residual networks of fully connected blocks (Wang, Shen, Zhao, Zhang, *Is the skip connection provable to reform
//! the neural network loss landscape?*, IJCAI 2020).
//!
//! S_0 = σ(x W_1 + b_1), or x without a stem; S_k = S_{k−1} + g_k(S_{k−1}) V_k for blocks k = 1..L with
//! g_k(s) = σ(… σ(σ(s U_k) θ_{k,1}) …); f = S_L W. Every layer may have a bias; σ stands behind all layers but V_k and W.
//! As a graph of blocks V_k has the identity as σ, and so has the sum behind it.

use super::{Activation, GraphError, GraphLayer, GraphNetwork, Nonlinearity, PiecewiseLinear, to_exact};
use crate::arith::Number;
use crate::certificate::graph::{BlockRecord, BlockRule, GraphRecord};
use crate::linalg::Kernel;
use crate::network::to_nonlinearity;
use nalgebra::DMatrix;
use rug::Rational;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A fully connected layer: weight `[n, n']`, bias `[1, n']` if it has one.
#[derive(Debug, Clone, PartialEq)]
pub struct Dense<T> {
    /// The weight.
    pub weight: DMatrix<T>,
    /// The bias as a row.
    pub bias: Option<DMatrix<T>>,
}

/// A residual network; layers are shared between networks that have them in common.
#[derive(Debug, Clone, PartialEq)]
pub struct Residual<T> {
    /// W_1, `[d, m]`; without it S_0 = x.
    pub stem: Option<Arc<Dense<T>>>,
    /// U_k `[m, n]`, θ_{k,1}, …, V_k `[n', m]` of each block.
    pub blocks: Vec<Vec<Arc<Dense<T>>>>,
    /// W, `[m, d_y]`.
    pub head: Arc<Dense<T>>,
}

/// Why layers are no residual network. Blocks are counted from 1, and so are the layers of a block.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResidualError {
    /// There is nothing to skip.
    #[error("a residual network has a block")]
    NoBlock,
    /// A block without a σ.
    #[error("block {block} has one layer; expected two or more, with σ between them: U, …, V")]
    OneLayer {
        /// The block.
        block: usize,
    },
    /// A layer does not fit behind the one before it.
    #[error("{layer} takes {found} numbers, and {before} makes {expected}")]
    Chain {
        /// The layer.
        layer: String,
        /// What it takes.
        found: usize,
        /// What stands before it.
        before: String,
        /// What that makes.
        expected: usize,
    },
    /// A block that cannot be added to what it takes.
    #[error("block {block} takes {into} numbers and makes {out}; what is added to its input has to be as wide")]
    Widths {
        /// The block.
        block: usize,
        /// What U takes.
        into: usize,
        /// What V makes.
        out: usize,
    },
    /// A bias of another length than its layer.
    #[error("the bias of {layer} has {found} numbers; expected {expected}")]
    Bias {
        /// The layer.
        layer: String,
        /// Its length.
        found: usize,
        /// That of the layer.
        expected: usize,
    },
}

/// What a network computes on N samples.
#[derive(Debug, Clone, PartialEq)]
pub struct ResidualPass<T> {
    /// S_0, …, S_L, `[N, m]`.
    pub states: Vec<DMatrix<T>>,
    /// S_{k−1} U_k + b of each block.
    pub entries: Vec<DMatrix<T>>,
    /// G_k = g_k(S_{k−1}) of each block, before V_k.
    pub features: Vec<DMatrix<T>>,
    /// S_L W + b.
    pub output: DMatrix<T>,
}

impl<T: Number> Dense<T> {
    /// x W + 1 b.
    pub fn apply<K: Kernel<Scalar = T>>(&self, kernel: &K, x: &DMatrix<T>) -> DMatrix<T> {
        let mut product = kernel.product(x, &self.weight);
        if let Some(bias) = &self.bias {
            for mut row in product.row_iter_mut() {
                row.iter_mut().zip(bias.iter()).for_each(|(entry, bias)| *entry = entry.plus(bias));
            }
        }
        product
    }

    fn map<S: Number>(&self, entry: impl Fn(&T) -> S) -> Dense<S> {
        let of =
            |matrix: &DMatrix<T>| DMatrix::from_iterator(matrix.nrows(), matrix.ncols(), matrix.iter().map(&entry));
        Dense { weight: of(&self.weight), bias: self.bias.as_ref().map(of) }
    }
}

impl Dense<Rational> {
    /// The same layer over the scalars of a kernel.
    pub fn import<K: Kernel>(&self, kernel: &K) -> Dense<K::Scalar> {
        self.map(|entry| kernel.import(entry))
    }
}

impl<T: Number> Dense<T> {
    /// The layer with floats as the rationals that they are; `None` if one is not finite.
    pub fn to_exact(&self) -> Option<Dense<Rational>> {
        let bias = match &self.bias {
            Some(bias) => Some(to_exact(bias)?),
            None => None,
        };
        Some(Dense { weight: to_exact(&self.weight)?, bias })
    }
}

impl<T: Number> Residual<T> {
    /// Puts a network together.
    ///
    /// # Errors
    /// [`ResidualError`].
    pub fn new(stem: Option<Dense<T>>, blocks: Vec<Vec<Dense<T>>>, head: Dense<T>) -> Result<Self, ResidualError> {
        let of_blocks = || blocks.first().and_then(|layers| layers.first()).map(|layer| layer.weight.nrows());
        let width = stem.as_ref().map(|stem| stem.weight.ncols()).or_else(of_blocks).unwrap_or(0);
        let before = if stem.is_some() { "the stem" } else { "the input" };
        for (layers, block) in blocks.iter().zip(1..) {
            check_block(layers, block, (width, before))?;
        }
        if blocks.is_empty() {
            return Err(ResidualError::NoBlock);
        }
        fits(&head, "the head", (width, before))?;
        check_bias(&head, "the head")?;
        stem.as_ref().map_or(Ok(()), |stem| check_bias(stem, "the stem"))?;
        let blocks = blocks.into_iter().map(|layers| layers.into_iter().map(Arc::new).collect()).collect();
        Ok(Residual { stem: stem.map(Arc::new), blocks, head: Arc::new(head) })
    }

    /// m, the width of what is added up.
    pub fn width(&self) -> usize {
        self.head.weight.nrows()
    }

    /// d.
    pub fn inputs(&self) -> usize {
        self.stem.as_ref().map_or(self.width(), |stem| stem.weight.nrows())
    }

    /// d_y.
    pub fn outputs(&self) -> usize {
        self.head.weight.ncols()
    }

    /// Whether stem, head and the first layer of every block have a bias: together a neuron that is 1.
    pub fn has_ones(&self) -> bool {
        let first = self.blocks.iter().map(|layers| &layers[0]);
        self.stem.iter().chain(first).chain([&self.head]).all(|layer| layer.bias.is_some()) && self.stem.is_some()
    }

    /// What it computes on X, `[N, d]`.
    pub fn pass<K: Kernel<Scalar = T>>(
        &self,
        kernel: &K,
        activation: &PiecewiseLinear<T>,
        inputs: &DMatrix<T>,
    ) -> ResidualPass<T> {
        let mut state = match &self.stem {
            Some(stem) => activation.apply(&stem.apply(kernel, inputs)),
            None => inputs.clone(),
        };
        let (mut states, mut entries, mut features) = (vec![], vec![], vec![]);
        for layers in &self.blocks {
            let (last, first) = (&layers[layers.len() - 1], layers[0].apply(kernel, &state));
            let inner = &layers[1..layers.len() - 1];
            let behind = |x: DMatrix<T>, layer: &Arc<Dense<T>>| activation.apply(&layer.apply(kernel, &x));
            let feature = inner.iter().fold(activation.apply(&first), behind);
            let next = last.apply(kernel, &feature).zip_map(&state, |branch, state| branch.plus(&state));
            entries.push(first);
            features.push(feature);
            states.push(std::mem::replace(&mut state, next));
        }
        let output = self.head.apply(kernel, &state);
        states.push(state);
        ResidualPass { states, entries, features, output }
    }

    /// Every layer with its number in the graph.
    pub fn layers(&self) -> Vec<(usize, &Arc<Dense<T>>)> {
        let mut layers = vec![];
        let mut number = 0;
        if let Some(layer) = &self.stem {
            number += 1;
            layers.push((number, layer));
        }
        for block in &self.blocks {
            for layer in block {
                number += 1;
                layers.push((number, layer));
            }
            // The sum has no parameters.
            number += 1;
        }
        layers.push((number + 1, &self.head));
        layers
    }

    /// The same network with every entry of it mapped.
    pub fn map<S: Number>(&self, entry: impl Fn(&T) -> S) -> Residual<S> {
        let of = |layer: &Arc<Dense<T>>| Arc::new(layer.map(&entry));
        Residual {
            stem: self.stem.as_ref().map(of),
            blocks: self.blocks.iter().map(|layers| layers.iter().map(of).collect()).collect(),
            head: of(&self.head),
        }
    }

    /// The shapes of all layers, in their order: what two networks have to have in common.
    pub fn shapes(&self) -> Vec<(usize, (usize, usize), bool)> {
        let shape = |(number, layer): (usize, &Arc<Dense<T>>)| (number, layer.weight.shape(), layer.bias.is_some());
        self.layers().into_iter().map(shape).collect()
    }

    /// The network with floats as the rationals that they are; `None` if one is not finite.
    pub fn to_exact(&self) -> Option<Residual<Rational>> {
        let of = |layer: &Arc<Dense<T>>| layer.to_exact().map(Arc::new);
        let stem = match &self.stem {
            Some(stem) => Some(of(stem)?),
            None => None,
        };
        let blocks = self.blocks.iter().map(|layers| layers.iter().map(of).collect::<Option<_>>());
        Some(Residual { stem, blocks: blocks.collect::<Option<_>>()?, head: of(&self.head)? })
    }
}

/// Whether the layers of a block follow each other, and lead back to the width that it takes.
fn check_block<T: Number>(
    layers: &[Dense<T>],
    block: usize,
    (width, before): (usize, &str),
) -> Result<(), ResidualError> {
    if layers.len() < 2 {
        return Err(ResidualError::OneLayer { block });
    }
    let name = |index: usize| format!("layer {} of block {block}", index + 1);
    let mut last = (width, before.to_owned());
    for (index, layer) in layers.iter().enumerate() {
        fits(layer, &name(index), (last.0, &last.1))?;
        check_bias(layer, &name(index))?;
        last = (layer.weight.ncols(), name(index));
    }
    if last.0 == width { Ok(()) } else { Err(ResidualError::Widths { block, into: width, out: last.0 }) }
}

fn fits<T: Number>(layer: &Dense<T>, name: &str, (width, before): (usize, &str)) -> Result<(), ResidualError> {
    let found = layer.weight.nrows();
    if found == width {
        return Ok(());
    }
    Err(ResidualError::Chain { layer: name.into(), found, before: before.into(), expected: width })
}

fn check_bias<T: Number>(layer: &Dense<T>, name: &str) -> Result<(), ResidualError> {
    let expected = layer.weight.ncols();
    match &layer.bias {
        Some(bias) if bias.shape() != (1, expected) => {
            Err(ResidualError::Bias { layer: name.into(), found: bias.len(), expected })
        }
        _ => Ok(()),
    }
}

impl Residual<Rational> {
    /// The same network over the scalars of a kernel.
    pub fn import<K: Kernel>(&self, kernel: &K) -> Residual<K::Scalar> {
        self.map(|entry| kernel.import(entry))
    }

    /// The network as a graph of blocks.
    ///
    /// # Errors
    /// [`GraphError`] for an activation that is none.
    pub fn to_graph(&self, activation: &Nonlinearity) -> Result<GraphNetwork, GraphError> {
        GraphNetwork::new(self.graph(activation), self.graph_layers())
    }

    /// Its graph.
    pub fn graph(&self, activation: &Nonlinearity) -> GraphRecord {
        let identity = Nonlinearity::from(Activation::identity());
        let mut blocks: Vec<BlockRecord> = vec![];
        let dense = |from: usize, layer: &Dense<Rational>, activation: &Nonlinearity| BlockRecord {
            from: vec![from],
            patches: None,
            rule: BlockRule::Filters {
                filters: layer.weight.ncols(),
                tied: false,
                activation: to_nonlinearity(activation),
            },
        };
        blocks.extend(self.stem.iter().map(|stem| dense(0, stem, activation)));
        for layers in &self.blocks {
            let state = blocks.len();
            for (index, layer) in layers.iter().enumerate() {
                let sigma = if index + 1 == layers.len() { &identity } else { activation };
                let from = blocks.len();
                blocks.push(dense(from, layer, sigma));
            }
            let rule = BlockRule::Sum { activation: to_nonlinearity(&identity) };
            blocks.push(BlockRecord { from: vec![state, blocks.len()], patches: None, rule });
        }
        GraphRecord {
            inputs: self.inputs(),
            skips: (0..self.width()).map(|unit| [blocks.len(), unit]).collect(),
            blocks,
            outputs: self.outputs(),
            bias: self.head.bias.is_some(),
        }
    }

    /// Its layers as a graph has them: a layer without a bias has one of zeros, the head aside.
    pub fn graph_layers(&self) -> BTreeMap<usize, GraphLayer> {
        let layers = self.layers();
        let last = layers.len() - 1;
        let layer = |(index, (number, layer)): (usize, (usize, &Arc<Dense<Rational>>))| {
            let zeros = || DMatrix::from_element(1, layer.weight.ncols(), Rational::new());
            let bias = layer.bias.clone().or_else(|| (index < last).then(zeros));
            (number, GraphLayer { weight: layer.weight.clone(), bias })
        };
        layers.into_iter().enumerate().map(layer).collect()
    }

    /// The residual network that a graph is, with its σ; `None` if it is none of this form.
    pub fn from_graph(network: &GraphNetwork) -> Option<(Self, Nonlinearity)> {
        let graph = network.graph();
        let dense = |number: usize| {
            let GraphLayer { weight, bias } = network.layers().get(&number)?;
            Some(Dense { weight: weight.clone(), bias: bias.clone() })
        };
        let sums: Vec<usize> =
            (1..=graph.blocks.len()).filter(|&k| matches!(graph.blocks[k - 1].rule, BlockRule::Sum { .. })).collect();
        let first = graph.blocks.get(sums.first()?.checked_sub(1)?)?.from.first().copied()?;
        let stem = (first == 1).then(|| dense(1)).flatten();
        let (mut from, mut blocks) = (first, vec![]);
        for &sum in &sums {
            blocks.push((from + 1..sum).map(dense).collect::<Option<Vec<_>>>()?);
            from = sum;
        }
        let built = Residual::new(stem, blocks, dense(graph.blocks.len() + 1)?).ok()?;
        let activation = network.sigmas().iter().flatten().next()?.clone();
        (built.graph(&activation) == *graph).then_some((built, activation))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::Exact;

    fn dense(rows: usize, cols: usize, from: i32, bias: bool) -> Dense<Rational> {
        let entry = |i: usize, j: usize| Rational::from((from + 3 * i as i32 - 2 * j as i32, 2));
        let bias = bias.then(|| DMatrix::from_fn(1, cols, |_, j| Rational::from(from - j as i32)));
        Dense { weight: DMatrix::from_fn(rows, cols, entry), bias }
    }

    fn network(bias: bool) -> Residual<Rational> {
        let block = |from| vec![dense(3, 2, from, bias), dense(2, 4, 1 - from, bias), dense(4, 3, 2, bias)];
        Residual::new(Some(dense(2, 3, 1, bias)), vec![block(0), block(-2)], dense(3, 2, -1, bias)).unwrap()
    }

    /// The graph computes the same, and is recognised; without biases it has biases of zero.
    #[test]
    fn a_residual_network_is_a_graph() {
        let activation = Activation::relu();
        let inputs = DMatrix::from_fn(3, 2, |i, j| Rational::from(i as i32 - 2 * j as i32));
        for bias in [true, false] {
            let network = network(bias);
            let graph = network.to_graph(&activation.clone().into()).unwrap();
            let own = network.pass(&Exact, &activation.import(&Exact), &inputs).output;
            let doubles = inputs.map(|entry| entry.to_f64());
            let features = graph.features(&crate::linalg::Double, &doubles);
            let output = features * graph.stacked_output().map(|entry| entry.to_f64());
            assert_eq!(output, own.map(|entry| entry.to_f64()));
            let (found, sigma) = Residual::from_graph(&graph).unwrap();
            assert_eq!(found.graph_layers(), network.graph_layers());
            assert_eq!(sigma, activation.clone().into());
            assert_eq!(network.has_ones(), bias);
        }
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let build = |block: Vec<Dense<Rational>>, head| {
            Residual::new(Some(dense(2, 3, 0, true)), vec![block], head).unwrap_err().to_string()
        };
        let head = || dense(3, 1, 0, true);
        let one = build(vec![dense(3, 3, 0, true)], head());
        assert_eq!(one, "block 1 has one layer; expected two or more, with σ between them: U, …, V");
        let wide = build(vec![dense(3, 2, 0, true), dense(2, 4, 0, true)], head());
        assert!(wide.starts_with("block 1 takes 3 numbers and makes 4;"), "{wide}");
        let chain = build(vec![dense(3, 2, 0, true), dense(5, 3, 0, true)], head());
        assert_eq!(chain, "layer 2 of block 1 takes 5 numbers, and layer 1 of block 1 makes 2");
        let last = build(vec![dense(3, 2, 0, true), dense(2, 3, 0, true)], dense(4, 1, 0, true));
        assert_eq!(last, "the head takes 4 numbers, and the stem makes 3");
        assert_eq!(Residual::new(None, vec![], head()).unwrap_err(), ResidualError::NoBlock);
    }
}

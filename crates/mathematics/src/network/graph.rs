//! Networks that are graphs of blocks: dense, shared over patches, sums, concatenations, pools, with skip connections to the
//! output.
//!
//! The description is that of a certificate ([`GraphRecord`]): a block takes columns of earlier blocks, patch by patch, and
//! the output the units named in `skips`. A dense network is one too ([`GraphNetwork::from_dense`]).

use super::{
    parameters::Parameters,
    smooth::{Nonlinearity, Real, Smooth},
};
use crate::arith::{Number, parse_rational};
use crate::certificate::{
    Layer, Layers,
    graph::{BlockRecord, BlockRule, GraphRecord, NonlinearityRecord, Patches, Pool, SmoothRecord, Windows},
};
use crate::linalg::Kernel;
use crate::network::Activation;
use crate::network::{from_matrix, to_graph, to_matrix, to_nonlinearity};
use nalgebra::DMatrix;
use rand::{Rng, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use rug::Rational;
use std::collections::BTreeMap;

/// Why blocks and layers are no network. Blocks and layers are counted from 1, units, rows and columns from 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// No inputs, no outputs, or nothing is connected to the output.
    #[error("a graph needs inputs, outputs, and a unit that is connected to the output")]
    Empty,
    /// A block takes from one that does not come before it.
    #[error("block {block} takes from block {from}, which does not come before it")]
    From {
        /// The block.
        block: usize,
        /// Where it takes from.
        from: usize,
    },
    /// A patch is empty, of another size than the first one of filters, or names a column that is not there.
    #[error(
        "patch {patch} (from 0) of block {block} is empty, has another size than the first, or names a column that is not there"
    )]
    Patch {
        /// The block.
        block: usize,
        /// The patch.
        patch: usize,
    },
    /// A block makes nothing.
    #[error("block {block} has no patch or no filter")]
    NoUnits {
        /// The block.
        block: usize,
    },
    /// A window lies outside of its image, or the image has not as many columns as the blocks.
    #[error(
        "the windows of block {block} do not fit: an image of {image:?} (channels, height, width) for {columns} columns"
    )]
    Windows {
        /// The block.
        block: usize,
        /// Channels, height, width.
        image: [usize; 3],
        /// What the block takes from.
        columns: usize,
    },
    /// A block that goes unit by unit has patches, adds blocks of different sizes, or has channels that do not divide its units.
    #[error("block {block} goes unit by unit: {why}")]
    UnitWise {
        /// The block.
        block: usize,
        /// What is wrong.
        why: &'static str,
    },
    /// A number of σ is not positive, or its pieces are none.
    #[error("the activation of block {block} is none: {why}")]
    Activation {
        /// The block.
        block: usize,
        /// What is wrong.
        why: String,
    },
    /// A unit that is to be connected to the output is not there.
    #[error("there is no unit {unit} (from 0) in block {block} to be connected to the output")]
    Skip {
        /// The block.
        block: usize,
        /// The unit.
        unit: usize,
    },
    /// A weight or a bias has another shape than its block asks for, or is missing, or has no block.
    #[error("layer {layer} has {found}; expected {expected}")]
    Shape {
        /// The layer, B + 1 for the output of B blocks.
        layer: usize,
        /// What it has.
        found: String,
        /// What it should have.
        expected: String,
    },
    /// There are not so many hidden units.
    #[error("{wanted} units are to be connected to the output, and the network has {found} hidden ones")]
    TooFewUnits {
        /// N.
        wanted: usize,
        /// How many there are.
        found: usize,
    },
}

/// Weight and bias of a block, or of the output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphLayer {
    /// `[l, T]` for patches of l units and T filters; of a normalisation of C channels `[3, C]`, rows γ, μ and v; of the output
    /// `[M, m]`.
    pub weight: DMatrix<Rational>,
    /// `[1, P T]`, or `[1, T]` if tied; of a normalisation `[1, C]`; of the output `[1, m]`, if it has one.
    pub bias: Option<DMatrix<Rational>>,
}

/// What an entry of a patch is: a unit, as its block (0 for an input) and its place there; or the 0 outside of an image.
pub type Entry = Option<[usize; 2]>;

/// A graph network with exact parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct GraphNetwork {
    graph: GraphRecord,
    /// σ of each block, none for pools and normalisations.
    sigmas: Vec<Option<Nonlinearity>>,
    /// The entries of each patch of each block.
    patches: Vec<Vec<Vec<Entry>>>,
    layers: BTreeMap<usize, GraphLayer>,
}

/// The weights and biases of a network over the scalars of a kernel, by number.
pub type Rounded<T> = BTreeMap<usize, RoundedLayer<T>>;

/// A weight and a bias over the scalars of a kernel.
pub type RoundedLayer<T> = (DMatrix<T>, Option<DMatrix<T>>);

/// A function ℝ → ℝ.
type Function<'a, T> = Box<dyn Fn(&T) -> T + 'a>;

impl GraphNetwork {
    /// Puts a network together.
    ///
    /// # Errors
    /// All of [`GraphError`] but the last.
    pub fn new(graph: GraphRecord, layers: BTreeMap<usize, GraphLayer>) -> Result<Self, GraphError> {
        let mut network = Self::read(graph)?;
        network.layers = layers;
        network.check_layers()?;
        Ok(network)
    }

    /// The network of this architecture all of whose parameters are 0.
    ///
    /// # Errors
    /// All of [`GraphError`] that is about the architecture.
    pub fn zero(graph: GraphRecord) -> Result<Self, GraphError> {
        let mut network = Self::read(graph)?;
        let zeros = |rows, columns| DMatrix::from_element(rows, columns, Rational::new());
        for layer in 1..=network.graph.blocks.len() + 1 {
            if let (Some((rows, columns)), bias) = network.shape(layer) {
                let bias = bias.map(|columns| zeros(1, columns));
                network.layers.insert(layer, GraphLayer { weight: zeros(rows, columns), bias });
            }
        }
        Ok(network)
    }

    /// An architecture without parameters.
    fn read(graph: GraphRecord) -> Result<Self, GraphError> {
        if graph.inputs == 0 || graph.outputs == 0 || graph.skips.is_empty() {
            return Err(GraphError::Empty);
        }
        let mut network = GraphNetwork { graph, sigmas: vec![], patches: vec![], layers: BTreeMap::new() };
        for number in 1..=network.graph.blocks.len() {
            let block = &network.graph.blocks[number - 1];
            let patches = network.read_patches(block, number)?;
            if patches.iter().flatten().flatten().next().is_none() {
                return Err(GraphError::NoUnits { block: number });
            }
            let sigma = read_rule(block, number)?;
            network.patches.push(patches);
            if let Some(sigma) = &sigma {
                with_breakpoint(&mut network.graph.blocks[number - 1].rule, sigma);
            }
            network.sigmas.push(sigma);
        }
        for &[block, unit] in &network.graph.skips {
            if network.units(block).is_none_or(|units| unit >= units) {
                return Err(GraphError::Skip { block, unit });
            }
        }
        Ok(network)
    }

    fn read_patches(&self, block: &BlockRecord, number: usize) -> Result<Vec<Vec<Entry>>, GraphError> {
        let mut columns = vec![];
        for &from in &block.from {
            let units = self.units(from).ok_or(GraphError::From { block: number, from })?;
            columns.extend((0..units).map(|unit| [from, unit]));
        }
        match (&block.rule, &block.patches) {
            (BlockRule::Sum { .. } | BlockRule::Normalise { .. }, _) => self.unit_wise(block, number),
            (_, None) => Ok(vec![columns.into_iter().map(Some).collect()]),
            (rule, Some(Patches::Listed(patches))) => {
                listed(patches, &columns, matches!(rule, BlockRule::Filters { .. }), number)
            }
            (rule, Some(Patches::Windows(windows))) => {
                windowed(windows, &columns, matches!(rule, BlockRule::Pool { .. })).ok_or(GraphError::Windows {
                    block: number,
                    image: windows.image,
                    columns: columns.len(),
                })
            }
        }
    }

    /// A patch for each unit, of the units of this number in all blocks that it takes from.
    fn unit_wise(&self, block: &BlockRecord, number: usize) -> Result<Vec<Vec<Entry>>, GraphError> {
        let wrong = |why| Err(GraphError::UnitWise { block: number, why });
        let units = block.from.first().and_then(|&from| self.units(from)).unwrap_or(0);
        if block.patches.is_some() {
            return wrong("it has no patches");
        }
        if block.from.iter().any(|&from| self.units(from) != Some(units)) {
            return wrong("the blocks that it takes from have different sizes");
        }
        match block.rule {
            BlockRule::Normalise { .. } if block.from.len() != 1 => {
                return wrong("a normalisation takes from one block");
            }
            BlockRule::Normalise { normalise: channels, .. } if channels == 0 || !units.is_multiple_of(channels) => {
                return wrong("its channels do not divide its units");
            }
            _ => {}
        }
        let patch = |unit| block.from.iter().map(|&from| Some([from, unit])).collect();
        Ok((0..units).map(patch).collect())
    }

    fn check_layers(&self) -> Result<(), GraphError> {
        let words = |weight: Option<(usize, usize)>, bias: Option<usize>| {
            let weight = weight.map_or("no weight".into(), |(rows, cols)| format!("a weight [{rows}, {cols}]"));
            format!("{weight} and {}", bias.map_or("no bias".into(), |cols| format!("a bias [1, {cols}]")))
        };
        let last = self.graph.blocks.len() + 1;
        let named = self.layers.keys().copied().chain(1..=last);
        for layer in named {
            let (weight, bias) = self.shape(layer);
            let found = self.layers.get(&layer);
            let own = found.map(|layer| layer.weight.shape());
            let own_bias = found.and_then(|layer| layer.bias.as_ref()).map(DMatrix::shape);
            if own != weight || own_bias != bias.map(|cols| (1, cols)) {
                let found = words(own, own_bias.map(|(_, cols)| cols));
                return Err(GraphError::Shape { layer, found, expected: words(weight, bias) });
            }
            let normalises =
                matches!(self.graph.blocks.get(layer - 1), Some(BlockRecord { rule: BlockRule::Normalise { .. }, .. }));
            if normalises && found.is_some_and(|layer| layer.weight.row(2).iter().any(|variance| *variance < 0)) {
                return Err(GraphError::UnitWise { block: layer, why: "a variance is negative" });
            }
        }
        Ok(())
    }

    /// The shapes of weight and bias of a layer.
    fn shape(&self, layer: usize) -> (Option<(usize, usize)>, Option<usize>) {
        let GraphRecord { blocks, skips, outputs, bias, .. } = &self.graph;
        if layer == blocks.len() + 1 {
            return (Some((skips.len(), *outputs)), bias.then_some(*outputs));
        }
        match layer.checked_sub(1).and_then(|index| Some((&blocks.get(index)?.rule, &self.patches[index]))) {
            Some((BlockRule::Filters { filters, tied, .. }, patches)) => {
                let bias = if *tied { *filters } else { patches.len() * filters };
                (Some((patches[0].len(), *filters)), Some(bias))
            }
            Some((BlockRule::Normalise { normalise: channels, .. }, _)) => (Some((3, *channels)), Some(*channels)),
            _ => (None, None),
        }
    }

    /// A dense network with one σ: every hidden layer a block, the last of them connected to the output.
    ///
    /// # Errors
    /// [`GraphError::Empty`] without a hidden layer.
    pub fn from_dense(network: &Parameters<Rational>, activation: &Nonlinearity) -> Result<Self, GraphError> {
        let depth = network.depth();
        if depth < 2 {
            return Err(GraphError::Empty);
        }
        let layer = |k: usize| {
            let stacked = network.layer(k);
            let rows = stacked.nrows() - 1;
            let bias = stacked.rows(rows, 1).into_owned();
            (k, GraphLayer { weight: stacked.rows(0, rows).into_owned(), bias: Some(bias) })
        };
        GraphNetwork::new(to_graph(activation, &network.widths()), (1..=depth).map(layer).collect())
    }

    /// The paper's recipe (ICLR 2019, section 5): so many hidden units, drawn from all layers, are connected to the output.
    ///
    /// With `keep_output` the connections of the last hidden layer and the output's bias stay what they are, and the new ones get
    /// weight 0: the same function. Without it the drawn units alone are connected, by random weights V of the size 1/√N and no
    /// bias.
    ///
    /// # Errors
    /// [`GraphError::TooFewUnits`].
    pub fn with_skips(&self, units: usize, seed: u64, keep_output: bool) -> Result<Self, GraphError> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let hidden = 1..=self.graph.blocks.len();
        let mut pool: Vec<[usize; 2]> =
            hidden.flat_map(|block| (0..self.units(block).unwrap_or(0)).map(move |unit| [block, unit])).collect();
        if pool.len() < units {
            return Err(GraphError::TooFewUnits { wanted: units, found: pool.len() });
        }
        let (drawn, _) = pool.partial_shuffle(&mut random, units);
        drawn.sort_unstable();
        let mut network = self.clone();
        let last = network.graph.blocks.len() + 1;
        let output = &self.layers[&last];
        if keep_output {
            let new: Vec<[usize; 2]> = drawn.iter().filter(|unit| !self.graph.skips.contains(unit)).copied().collect();
            let rows = output.weight.nrows();
            let weight = output.weight.clone().insert_rows(rows, new.len(), Rational::new());
            network.graph.skips.extend(new);
            network.layers.insert(last, GraphLayer { weight, bias: output.bias.clone() });
            return Ok(network);
        }
        network.graph.skips = drawn.to_vec();
        network.graph.bias = false;
        // Multiples of 2^−16 of at most 1/√N.
        let size = ((1 << 16) as f64 / (units.max(1) as f64).sqrt()) as i32;
        let weight = DMatrix::from_fn(units, self.graph.outputs, |_, _| {
            Rational::from((random.random_range(-size.max(1)..=size.max(1)), 1 << 16))
        });
        network.layers.insert(last, GraphLayer { weight, bias: None });
        Ok(network)
    }

    /// The architecture.
    pub fn graph(&self) -> &GraphRecord {
        &self.graph
    }

    /// σ of each block, none for pools and normalisations.
    pub fn sigmas(&self) -> &[Option<Nonlinearity>] {
        &self.sigmas
    }

    /// Weight and bias by number, B + 1 for the output.
    pub fn layers(&self) -> &BTreeMap<usize, GraphLayer> {
        &self.layers
    }

    /// Weight and bias of the output.
    pub fn output(&self) -> &GraphLayer {
        &self.layers[&(self.graph.blocks.len() + 1)]
    }

    /// The same network with another output V, `[M, m]`, or `[M + 1, m]` with the bias as last row.
    ///
    /// # Panics
    /// If it has another shape.
    pub fn with_output(&self, stacked: &DMatrix<Rational>) -> Self {
        let rows = self.graph.skips.len();
        let weight = stacked.rows(0, rows).into_owned();
        let bias = self.graph.bias.then(|| stacked.rows(rows, 1).into_owned());
        let mut layers = self.layers.clone();
        layers.insert(self.graph.blocks.len() + 1, GraphLayer { weight, bias });
        GraphNetwork::new(self.graph.clone(), layers).expect("the output has its shape")
    }

    /// The network that ends with block k: all its units are connected to the output, by weights 0 and without a bias.
    ///
    /// # Panics
    /// If there is no block k.
    pub fn first_blocks(&self, level: usize) -> Self {
        let units = self.units(level).filter(|_| level > 0).expect("a block");
        let GraphRecord { inputs, outputs, .. } = self.graph;
        let blocks = self.graph.blocks[..level].to_vec();
        let skips = (0..units).map(|unit| [level, unit]).collect();
        let mut layers: BTreeMap<_, _> = self.layers.range(..=level).map(|(&k, layer)| (k, layer.clone())).collect();
        let weight = DMatrix::from_element(units, outputs, Rational::new());
        layers.insert(level + 1, GraphLayer { weight, bias: None });
        let graph = GraphRecord { inputs, blocks, skips, outputs, bias: false };
        GraphNetwork::new(graph, layers).expect("a part of a network is one")
    }

    /// V, with the bias as last row.
    pub fn stacked_output(&self) -> DMatrix<Rational> {
        let GraphLayer { weight, bias } = self.output();
        let mut stacked = weight.clone();
        if let Some(bias) = bias {
            stacked = stacked.insert_row(weight.nrows(), Rational::new());
            stacked.set_row(weight.nrows(), &bias.row(0));
        }
        stacked
    }

    /// The units of a block, of the inputs if it is 0; `None` if it is not there yet.
    pub fn units(&self, block: usize) -> Option<usize> {
        match block.checked_sub(1) {
            None => Some(self.graph.inputs),
            Some(index) => Some(match &self.graph.blocks.get(index)?.rule {
                BlockRule::Filters { filters, .. } => self.patches.get(index)?.len() * filters,
                _ => self.patches.get(index)?.len(),
            }),
        }
    }

    /// The patches of a block; empty if there is no such block. Of a block that goes unit by unit there is one for each unit.
    pub fn patches(&self, block: usize) -> &[Vec<Entry>] {
        block.checked_sub(1).and_then(|index| self.patches.get(index)).map_or(&[], Vec::as_slice)
    }

    /// What a pass over so many samples costs the checker with numbers of so many bits, or a little more: products of machine
    /// words, of which a value of σ counts as 64.
    pub fn work(&self, samples: usize, bits: u64) -> u64 {
        let entries = |(index, patches): (usize, &Vec<Vec<Entry>>)| {
            let filters = match self.graph.blocks[index].rule {
                BlockRule::Filters { filters, .. } => filters,
                _ => 1,
            };
            (patches.iter().map(Vec::len).sum::<usize>() + 64 * patches.len()) as u64 * filters as u64
        };
        let output = ((self.graph.skips.len() + 256) * self.graph.outputs) as u64;
        let all = self.patches.iter().enumerate().map(entries).fold(output, u64::saturating_add);
        let words = (bits / 64).max(1);
        all.saturating_mul(samples as u64).saturating_mul(words * words)
    }

    /// The layers as a certificate has them.
    pub fn to_layers(&self) -> Layers {
        let layer = |(&number, layer): (&usize, &GraphLayer)| {
            let bias = layer.bias.as_ref().map(to_matrix);
            (number, Layer { weight: Some(to_matrix(&layer.weight)), bias, columns: None })
        };
        self.layers.iter().map(layer).collect()
    }

    /// The network of a certificate.
    ///
    /// # Errors
    /// Those of [`GraphNetwork::new`].
    pub fn from_layers(graph: GraphRecord, layers: &Layers) -> Result<Self, GraphError> {
        let layer = |(&number, layer): (&usize, &Layer)| {
            let weight = layer.weight.as_ref().map_or(DMatrix::from_element(0, 0, Rational::new()), from_matrix);
            (number, GraphLayer { weight, bias: layer.bias.as_ref().map(from_matrix) })
        };
        GraphNetwork::new(graph, layers.iter().map(layer).collect())
    }

    /// The layers as a kernel has them.
    pub fn rounded<K: Kernel>(&self, kernel: &K) -> Rounded<K::Scalar> {
        let import = |matrix: &DMatrix<Rational>| matrix.map(|entry| kernel.import(&entry));
        let layer = |layer: &GraphLayer| (import(&layer.weight), layer.bias.as_ref().map(import));
        self.layers.iter().map(|(&number, parts)| (number, layer(parts))).collect()
    }

    /// Ψ `[N, M]`, with a column of ones if the output has a bias, rounded a few times.
    pub fn features<K: Kernel>(&self, kernel: &K, inputs: &DMatrix<K::Scalar>) -> DMatrix<K::Scalar>
    where
        K::Scalar: Real,
    {
        self.features_of(kernel, inputs, &self.rounded(kernel))
    }

    /// The same of a network of this graph with other layers.
    pub fn features_of<K: Kernel>(
        &self,
        kernel: &K,
        inputs: &DMatrix<K::Scalar>,
        layers: &Rounded<K::Scalar>,
    ) -> DMatrix<K::Scalar>
    where
        K::Scalar: Real,
    {
        let levels = self.levels_of(kernel, inputs, layers);
        let one = kernel.import(&Rational::from(1));
        let samples = inputs.nrows();
        let mut psi = gather(samples, &levels, self.graph.skips.iter().copied().map(Some), &one);
        if self.graph.bias {
            psi = psi.insert_column(self.graph.skips.len(), one);
        }
        psi
    }

    /// The inputs and the features of every block, `[N, units]`, rounded.
    pub fn levels<K: Kernel>(&self, kernel: &K, inputs: &DMatrix<K::Scalar>) -> Vec<DMatrix<K::Scalar>>
    where
        K::Scalar: Real,
    {
        self.levels_of(kernel, inputs, &self.rounded(kernel))
    }

    fn levels_of<K: Kernel>(
        &self,
        kernel: &K,
        inputs: &DMatrix<K::Scalar>,
        layers: &Rounded<K::Scalar>,
    ) -> Vec<DMatrix<K::Scalar>>
    where
        K::Scalar: Real,
    {
        let (samples, zero) = (inputs.nrows(), kernel.import(&Rational::new()));
        let mut levels = vec![inputs.clone()];
        for (index, patches) in self.patches.iter().enumerate() {
            let mut level = DMatrix::from_element(samples, self.units(index + 1).unwrap_or(0), zero.clone());
            let layer = layers.get(&(index + 1));
            let sigma = self.sigma(kernel, index);
            for (p, patch) in patches.iter().enumerate() {
                let values = gather(samples, &levels, patch.iter().copied(), &zero);
                match (&self.graph.blocks[index].rule, layer) {
                    (BlockRule::Filters { filters, tied, .. }, Some((weight, bias))) => {
                        let sums = kernel.product(&values, weight);
                        let bias = bias.as_ref().expect("a block with filters has a bias");
                        for t in 0..*filters {
                            let b = &bias[(0, if *tied { t } else { p * filters + t })];
                            let entries = sums.column(t).map(|sum| sigma(&sum.plus(b)));
                            level.set_column(p * filters + t, &entries);
                        }
                    }
                    (BlockRule::Pool { pool }, _) => {
                        for sample in 0..samples {
                            level[(sample, p)] = pooled(*pool, values.row(sample).iter());
                        }
                    }
                    (BlockRule::Sum { .. }, _) => {
                        for sample in 0..samples {
                            level[(sample, p)] = sigma(&pooled(Pool::Sum, values.row(sample).iter()));
                        }
                    }
                    (BlockRule::Normalise { normalise: channels, epsilon }, Some((weight, Some(bias)))) => {
                        let c = p % channels;
                        let variance = weight[(2, c)].plus(&kernel.import(&rational(epsilon)));
                        let gain = weight[(0, c)].over(&variance.sqrt());
                        let normalised = |x: K::Scalar| gain.times(&x.minus(&weight[(1, c)])).plus(&bias[(0, c)]);
                        level.set_column(p, &values.column(0).map(normalised));
                    }
                    (BlockRule::Filters { .. } | BlockRule::Normalise { .. }, _) => {
                        unreachable!("such a block has parameters")
                    }
                }
            }
            levels.push(level);
        }
        levels
    }

    /// σ of a block, over a kernel's scalars.
    fn sigma<K: Kernel>(&self, kernel: &K, index: usize) -> Function<'_, K::Scalar>
    where
        K::Scalar: Real,
    {
        match &self.sigmas[index] {
            Some(Nonlinearity::Smooth(smooth)) => Box::new(|x| smooth.evaluate(x)),
            Some(Nonlinearity::PiecewiseLinear(activation)) => {
                let pieces = activation.import(kernel);
                Box::new(move |x| pieces.evaluate(x))
            }
            None => Box::new(K::Scalar::clone),
        }
    }
}

/// Patches by their columns, for filters of one size.
fn listed(
    patches: &[Vec<usize>],
    columns: &[[usize; 2]],
    filters: bool,
    number: usize,
) -> Result<Vec<Vec<Entry>>, GraphError> {
    let size = patches.first().ok_or(GraphError::NoUnits { block: number })?.len();
    let read = |(patch, picked): (usize, &Vec<usize>)| {
        let entries = picked.iter().map(|&column| columns.get(column).copied().map(Some)).collect::<Option<Vec<_>>>();
        entries
            .filter(|entries| !entries.is_empty() && (!filters || entries.len() == size))
            .ok_or(GraphError::Patch { block: number, patch })
    };
    patches.iter().enumerate().map(read).collect()
}

/// Windows over an image of these columns; `None` if they do not fit, or one for a pool lies outside.
fn windowed(windows: &Windows, columns: &[[usize; 2]], is_pool: bool) -> Option<Vec<Vec<Entry>>> {
    if windows.columns() != Some(columns.len()) || windows.positions().is_none() {
        return None;
    }
    let unit = |column: usize| columns[column];
    if is_pool {
        let patches = windows.of_pool().into_iter();
        let patches: Vec<Vec<Entry>> =
            patches.map(|patch| patch.into_iter().map(|c| Some(unit(c))).collect()).collect();
        return patches.iter().all(|patch| !patch.is_empty()).then_some(patches);
    }
    let patches = windows.of_filters().into_iter();
    Some(patches.map(|patch| patch.into_iter().map(|column| column.map(unit)).collect()).collect())
}

/// A function without a breakpoint is written with one, as checkers want it.
fn with_breakpoint(rule: &mut BlockRule, sigma: &Nonlinearity) {
    let (BlockRule::Filters { activation, .. } | BlockRule::Sum { activation }) = rule else { return };
    if matches!(activation, NonlinearityRecord::PiecewiseLinear(pieces) if pieces.breakpoints.is_empty()) {
        *activation = to_nonlinearity(sigma);
    }
}

/// σ of a block as numbers.
fn read_rule(block: &BlockRecord, number: usize) -> Result<Option<Nonlinearity>, GraphError> {
    match &block.rule {
        BlockRule::Pool { .. } => Ok(None),
        BlockRule::Normalise { epsilon, .. } => match parse_rational(epsilon.as_str()) {
            Some(epsilon) if epsilon > 0 => Ok(None),
            _ => Err(GraphError::UnitWise { block: number, why: "ε has to be a positive number" }),
        },
        BlockRule::Filters { filters: 0, .. } => Err(GraphError::NoUnits { block: number }),
        BlockRule::Filters { activation, .. } | BlockRule::Sum { activation } => {
            from_nonlinearity(activation).map(Some).map_err(|why| GraphError::Activation { block: number, why })
        }
    }
}

/// σ of a certificate, or what is wrong with it.
fn from_nonlinearity(record: &NonlinearityRecord) -> Result<Nonlinearity, String> {
    let number = |fraction: &crate::certificate::Fraction| {
        parse_rational(fraction.as_str()).ok_or_else(|| format!("`{}` is no number", fraction.as_str()))
    };
    let positive = |fraction| {
        let number = number(fraction)?;
        if number > 0 { Ok(number) } else { Err(format!("{number} is not positive")) }
    };
    Ok(match record {
        NonlinearityRecord::Smooth(SmoothRecord::Sigmoid) => Smooth::Sigmoid.into(),
        NonlinearityRecord::Smooth(SmoothRecord::Tanh) => Smooth::Tanh.into(),
        NonlinearityRecord::Smooth(SmoothRecord::Softplus { gamma }) => {
            Smooth::Softplus { gamma: positive(gamma)? }.into()
        }
        NonlinearityRecord::Smooth(SmoothRecord::Elu { alpha }) => Smooth::Elu { alpha: positive(alpha)? }.into(),
        NonlinearityRecord::PiecewiseLinear(pieces) => {
            let numbers = |list: &[_]| list.iter().map(number).collect::<Result<Vec<_>, _>>();
            let (breakpoints, slopes) = (numbers(&pieces.breakpoints)?, numbers(&pieces.slopes)?);
            let activation = Activation::new(breakpoints, slopes, number(&pieces.value)?);
            activation.map_err(|error| error.to_string())?.into()
        }
    })
}

/// A number that has been read before.
fn rational(fraction: &crate::certificate::Fraction) -> Rational {
    parse_rational(fraction.as_str()).expect("the graph has been read")
}

/// Columns of levels, one beside the other, and of zeros.
fn gather<T: Number>(
    samples: usize,
    levels: &[DMatrix<T>],
    entries: impl ExactSizeIterator<Item = Entry>,
    zero: &T,
) -> DMatrix<T> {
    let mut gathered = DMatrix::from_element(samples, entries.len(), zero.clone());
    for (column, entry) in entries.enumerate() {
        if let Some([block, unit]) = entry {
            gathered.set_column(column, &levels[block].column(unit));
        }
    }
    gathered
}

/// The largest entry, the sum or the mean; there is one at least.
fn pooled<'a, T: Real + 'a>(pool: Pool, entries: impl ExactSizeIterator<Item = &'a T>) -> T {
    let count = Rational::from(entries.len());
    let both = |a: T, b: &T| match pool {
        Pool::Max => {
            if a < *b {
                b.clone()
            } else {
                a
            }
        }
        Pool::Sum | Pool::Mean => a.plus(b),
    };
    let mut entries = entries;
    let first = entries.next().expect("a patch is not empty").clone();
    let all = entries.fold(first, both);
    match pool {
        Pool::Mean => all.over(&all.like(&count)),
        Pool::Max | Pool::Sum => all,
    }
}

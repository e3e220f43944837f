//! Definitions 2.3.1 to 2.3.3 of the thesis: the layers of a convolutional network, and the matrix M_k(W_k).
//!
//! A layer k takes patches of the n_{k−1} units below it, P_{k−1} of them, each of l_{k−1} units: together they cover all units,
//! and
//! no two are the same set. With T_k filters, the columns of W_k `[l, T]`, unit h = (p − 1) T_k + t of a *convolutional* layer is
//!
//! > f_k(x)_h = σ(⟨w_k^t, f_{k−1}^p(x)⟩ + (b_k)_h),
//!
//! with a bias for each unit; a *fully connected* layer has one patch; a *max-pooling* layer has one unit a patch, its largest
//! entry.
//! Without pooling F_k = σ(F_{k−1} M_k(W_k) + 1 b_kᵀ): column (p, t) of M_k(W_k) `[n_{k−1}, P T]` has filter t at the units of
//! patch p and
//! 0 elsewhere.
//!
//! All this is a graph network whose blocks stand one on the other ([`chain`], [`layers`]); only here patches have to cover and
//! differ.
//! The order of the units of a patch matters: it says which unit meets which weight.

use crate::certificate::graph::{BlockRecord, BlockRule, GraphRecord, Pool};
use crate::linalg::{Exact, Kernel};
use crate::network::{Entry, GraphError, GraphLayer, GraphNetwork, Nonlinearity};
use crate::path::to_nonlinearity;
use nalgebra::DMatrix;
use rug::Rational;
use std::collections::{BTreeMap, HashMap};

/// The patches of a layer (Definition 2.3.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patches {
    units: usize,
    patches: Vec<Vec<usize>>,
}

/// All places of a square window in an image, without padding. Unit (y w + x) c + channel of `[h, w, c]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// h, w, c.
    pub image: [usize; 3],
    /// The side s of the window.
    pub size: usize,
    /// By how much it moves.
    pub stride: usize,
}

/// Why patches are none of a layer. Units and patches are counted from 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotPatches {
    /// There is none, or one is empty.
    #[error("a layer needs a patch, and a patch a unit")]
    Empty,
    /// They have different sizes.
    #[error("patch {patch} has {found} units; the first one has {expected}")]
    Size {
        /// The patch.
        patch: usize,
        /// Its size.
        found: usize,
        /// The size of the first one.
        expected: usize,
    },
    /// A unit that is not there, or is there twice.
    #[error("patch {patch} names unit {unit} twice, or there is no such unit")]
    Unit {
        /// The patch.
        patch: usize,
        /// The unit.
        unit: usize,
    },
    /// No cover.
    #[error("unit {unit} is in no patch: the patches have to cover the layer")]
    Uncovered {
        /// The unit.
        unit: usize,
    },
    /// The same set twice.
    #[error("patches {first} and {second} are the same set of units")]
    Same {
        /// The one.
        first: usize,
        /// The other.
        second: usize,
    },
}

impl Patches {
    /// Patches of so many units.
    ///
    /// # Errors
    /// [`NotPatches`].
    pub fn new(units: usize, patches: Vec<Vec<usize>>) -> Result<Self, NotPatches> {
        let expected = patches.first().map_or(0, Vec::len);
        if expected == 0 {
            return Err(NotPatches::Empty);
        }
        let (mut covered, mut seen) = (vec![false; units], HashMap::new());
        for (patch, members) in patches.iter().enumerate() {
            if members.len() != expected {
                return Err(NotPatches::Size { patch, found: members.len(), expected });
            }
            let mut set = members.clone();
            set.sort_unstable();
            let twice = set.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0]);
            if let Some(unit) = twice.or(set.last().copied().filter(|&last| last >= units)) {
                return Err(NotPatches::Unit { patch, unit });
            }
            set.iter().for_each(|&unit| covered[unit] = true);
            if let Some(first) = seen.insert(set, patch) {
                return Err(NotPatches::Same { first, second: patch });
            }
        }
        match covered.iter().position(|covered| !covered) {
            Some(unit) => Err(NotPatches::Uncovered { unit }),
            None => Ok(Patches { units, patches }),
        }
    }

    /// The one patch of a fully connected layer (Definition 2.3.2).
    ///
    /// # Errors
    /// [`NotPatches::Empty`] without units.
    pub fn dense(units: usize) -> Result<Self, NotPatches> {
        Patches::new(units, vec![(0..units).collect()])
    }

    /// The places of a window of so many units in a row of them.
    ///
    /// # Errors
    /// [`NotPatches::Uncovered`] if the last place does not end at the last unit, or the window jumps.
    pub fn line(units: usize, size: usize, stride: usize) -> Result<Self, NotPatches> {
        let places = (0..(units + 1).saturating_sub(size)).step_by(stride.max(1));
        Patches::new(units, places.map(|place| (place..place + size).collect()).collect())
    }

    /// The places of a window in an image, all channels in each: a convolution without padding.
    ///
    /// # Errors
    /// [`NotPatches`], if the windows do not reach everywhere.
    pub fn image(window: Window) -> Result<Self, NotPatches> {
        let Window { image: [height, width, channels], size, stride } = window;
        let places = |side: usize| (0..(side + 1).saturating_sub(size)).step_by(stride.max(1));
        let patch = |y: usize, x: usize| -> Vec<usize> {
            let pixels = (0..size).flat_map(|dy| (0..size).map(move |dx| (y + dy) * width + x + dx));
            pixels.flat_map(|pixel| (0..channels).map(move |channel| pixel * channels + channel)).collect()
        };
        let patches = places(height).flat_map(|y| places(width).map(move |x| (y, x)));
        Patches::new(height * width * channels, patches.map(|(y, x)| patch(y, x)).collect())
    }

    /// The windows of a max-pooling layer: each channel by itself, windows side by side.
    ///
    /// # Errors
    /// [`NotPatches`], if the size does not divide the sides.
    pub fn pool([height, width, channels]: [usize; 3], size: usize) -> Result<Self, NotPatches> {
        let places = |side: usize| (0..(side + 1).saturating_sub(size)).step_by(size.max(1));
        let patch = |(y, x, channel): (usize, usize, usize)| -> Vec<usize> {
            let pixels = (0..size).flat_map(|dy| (0..size).map(move |dx| (y + dy) * width + x + dx));
            pixels.map(|pixel| pixel * channels + channel).collect()
        };
        let corners = places(height).flat_map(|y| places(width).map(move |x| (y, x)));
        let corners = corners.flat_map(|(y, x)| (0..channels).map(move |channel| (y, x, channel)));
        Patches::new(height * width * channels, corners.map(patch).collect())
    }

    /// n_{k−1}.
    pub fn units(&self) -> usize {
        self.units
    }

    /// P_{k−1}.
    pub fn count(&self) -> usize {
        self.patches.len()
    }

    /// l_{k−1}.
    pub fn size(&self) -> usize {
        self.patches[0].len()
    }

    /// The units of each patch, in order.
    pub fn members(&self) -> &[Vec<usize>] {
        &self.patches
    }

    /// The window of stride 1 whose places they are, in the order of [`Patches::image`], if they are.
    pub fn window(&self) -> Option<Window> {
        let sizes = (1..=self.size()).filter(|size| self.size().is_multiple_of(size * size));
        let windows = sizes.flat_map(|size| {
            let channels = self.size() / (size * size);
            let pixels = self.units / channels;
            let heights = (size..=pixels).filter(move |height| pixels.is_multiple_of(*height));
            heights.map(move |height| Window { image: [height, pixels / height, channels], size, stride: 1 })
        });
        let places = |window: &Window| {
            let [height, width, _] = window.image.map(|side| (side + 1).saturating_sub(window.size));
            height * width
        };
        let mut fitting = windows.filter(|window| places(window) == self.count());
        fitting.find(|window| Patches::image(*window).is_ok_and(|patches| patches == *self))
    }

    /// M(W) `[n, P T]` for the filters W `[l, T]`.
    ///
    /// # Panics
    /// If W has not as many rows as a patch has units.
    pub fn matrix(&self, weight: &DMatrix<Rational>) -> DMatrix<Rational> {
        assert_eq!(weight.nrows(), self.size(), "a weight for each unit of a patch");
        let filters = weight.ncols();
        let mut matrix = DMatrix::from_element(self.units, self.count() * filters, Rational::new());
        for (p, patch) in self.patches.iter().enumerate() {
            for (r, &unit) in patch.iter().enumerate() {
                for t in 0..filters {
                    matrix[(unit, p * filters + t)].clone_from(&weight[(r, t)]);
                }
            }
        }
        matrix
    }

    /// F M(W) `[N, P T]` for features F `[N, n]`, patch by patch: M(W) is zeros for the most part.
    ///
    /// # Panics
    /// If F has not a column a unit, or W not a row for each unit of a patch.
    pub fn product(&self, features: &DMatrix<Rational>, weight: &DMatrix<Rational>) -> DMatrix<Rational> {
        assert_eq!((features.ncols(), weight.nrows()), (self.units, self.size()), "the shapes of F and W");
        let (samples, filters) = (features.nrows(), weight.ncols());
        let entry = |row: usize, r: usize| features[(row % samples, self.patches[row / samples][r])].clone();
        let gathered = DMatrix::from_fn(self.count() * samples, self.size(), entry);
        let products = Exact.product(&gathered, weight);
        DMatrix::from_fn(samples, self.count() * filters, |i, unit| {
            products[(unit / filters * samples + i, unit % filters)].clone()
        })
    }
}

/// A layer of the chain.
#[derive(Debug, Clone, PartialEq)]
pub enum Layer {
    /// T filters over patches; one patch of all units is a fully connected layer.
    Filters {
        /// Where.
        patches: Patches,
        /// T.
        filters: usize,
        /// σ.
        activation: Nonlinearity,
    },
    /// The largest entry of each patch.
    MaxPool(Patches),
}

impl Layer {
    /// Its patches.
    pub fn patches(&self) -> &Patches {
        match self {
            Layer::Filters { patches, .. } | Layer::MaxPool(patches) => patches,
        }
    }

    /// n_k.
    pub fn width(&self) -> usize {
        match self {
            Layer::Filters { patches, filters, .. } => patches.count() * filters,
            Layer::MaxPool(patches) => patches.count(),
        }
    }
}

/// Why the first layers of a graph network are none of Definitions 2.3.1 to 2.3.3. Blocks are counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotLayers {
    /// There are not so many.
    #[error("there is no layer {layer}: the network has {blocks} hidden ones, counted from 1")]
    Missing {
        /// k.
        layer: usize,
        /// How many blocks there are.
        blocks: usize,
    },
    /// It takes from elsewhere.
    #[error("block {block} does not take from the one before it alone: the layers have to stand one on the other")]
    NotAChain {
        /// The block.
        block: usize,
    },
    /// Windows that reach out of an image.
    #[error("block {block} has patches that reach out of its image; those of Definition 2.3.1 do not")]
    Padded {
        /// The block.
        block: usize,
    },
    /// Sums, means and normalisation.
    #[error("block {block} is neither filters nor max-pooling; the thesis has no other layers")]
    OtherPool {
        /// The block.
        block: usize,
    },
    /// One bias a filter.
    #[error("block {block} has one bias for the units of {patches} patches; Definition 2.3.1 gives every unit its own")]
    TiedBiases {
        /// The block.
        block: usize,
        /// P.
        patches: usize,
    },
    /// The patches do not cover, or two are the same.
    #[error("block {block}: {why}")]
    Patches {
        /// The block.
        block: usize,
        /// What is wrong.
        why: NotPatches,
    },
}

/// The layers 1 to k of a graph network.
///
/// # Errors
/// [`NotLayers`].
pub fn layers(network: &GraphNetwork, last: usize) -> Result<Vec<Layer>, NotLayers> {
    let blocks = network.graph().blocks.len();
    if last == 0 || last > blocks {
        return Err(NotLayers::Missing { layer: last, blocks });
    }
    (1..=last).map(|block| layer(network, block)).collect()
}

fn layer(network: &GraphNetwork, block: usize) -> Result<Layer, NotLayers> {
    let record = &network.graph().blocks[block - 1];
    if record.from != [block - 1] {
        return Err(NotLayers::NotAChain { block });
    }
    let member = |entry: &Entry| entry.map(|[_, unit]| unit).ok_or(NotLayers::Padded { block });
    let members =
        network.patches(block).iter().map(|patch| patch.iter().map(member).collect()).collect::<Result<_, _>>()?;
    let units = network.units(block - 1).expect("the block before it is there");
    let patches = Patches::new(units, members).map_err(|why| NotLayers::Patches { block, why })?;
    match (&record.rule, &network.sigmas()[block - 1]) {
        (BlockRule::Pool { pool: Pool::Max }, _) => Ok(Layer::MaxPool(patches)),
        (BlockRule::Filters { tied: true, .. }, _) if patches.count() > 1 => {
            Err(NotLayers::TiedBiases { block, patches: patches.count() })
        }
        (BlockRule::Filters { filters, .. }, Some(sigma)) => {
            Ok(Layer::Filters { patches, filters: *filters, activation: sigma.clone() })
        }
        _ => Err(NotLayers::OtherPool { block }),
    }
}

/// The network of these layers and a linear output of all units of the last one; all parameters are 0.
///
/// # Errors
/// [`GraphError`], if the layers do not fit on each other.
pub fn chain(inputs: usize, layers: &[Layer], outputs: usize) -> Result<GraphNetwork, GraphError> {
    let zeros = |rows: usize, columns: usize| DMatrix::from_element(rows, columns, Rational::new());
    let (mut blocks, mut parameters) = (vec![], BTreeMap::new());
    for (index, layer) in layers.iter().enumerate() {
        let rule = match layer {
            Layer::MaxPool(_) => BlockRule::Pool { pool: Pool::Max },
            Layer::Filters { patches, filters, activation } => {
                let weight = zeros(patches.size(), *filters);
                parameters.insert(index + 1, GraphLayer { weight, bias: Some(zeros(1, layer.width())) });
                BlockRule::Filters { filters: *filters, tied: false, activation: to_nonlinearity(activation) }
            }
        };
        blocks.push(BlockRecord { from: vec![index], patches: Some(layer.patches().members().to_vec().into()), rule });
    }
    let width = layers.last().map_or(0, Layer::width);
    let skips = (0..width).map(|unit| [layers.len(), unit]).collect();
    parameters.insert(layers.len() + 1, GraphLayer { weight: zeros(width, outputs), bias: None });
    GraphNetwork::new(GraphRecord { inputs, blocks, skips, outputs, bias: false }, parameters)
}

/// F_k of one layer from F_{k−1} `[N, n_{k−1}]`, exactly; `None` if σ is not piecewise linear.
///
/// # Panics
/// If a layer of filters has no parameters, or others than it takes.
pub fn features(
    layer: &Layer,
    below: &DMatrix<Rational>,
    parameters: Option<&GraphLayer>,
) -> Option<DMatrix<Rational>> {
    match layer {
        Layer::MaxPool(patches) => Some(DMatrix::from_fn(below.nrows(), patches.count(), |sample, p| {
            let entries = patches.members()[p].iter().map(|&unit| &below[(sample, unit)]);
            entries.max().expect("a patch has a unit").clone()
        })),
        Layer::Filters { patches, activation, .. } => {
            let activation = activation.piecewise_linear()?;
            let GraphLayer { weight, bias } = parameters.expect("a layer of filters has parameters");
            let mut sums = patches.product(below, weight);
            let bias = bias.as_ref().expect("a layer of filters has a bias");
            for (j, mut column) in sums.column_iter_mut().enumerate() {
                column.iter_mut().for_each(|sum| *sum = activation.evaluate(&Rational::from(&*sum + &bias[(0, j)])));
            }
            Some(sums)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::integers;

    /// The thesis's example after Definition 2.3.3: two filters of length 3 over five units.
    #[test]
    fn the_matrix_of_the_thesis_is_this_one() {
        let patches = Patches::line(5, 3, 1).unwrap();
        let matrix = patches.matrix(&integers(3, 2, &[1, 4, 2, 5, 3, 6]));
        let transposed =
            [[1, 2, 3, 0, 0], [4, 5, 6, 0, 0], [0, 1, 2, 3, 0], [0, 4, 5, 6, 0], [0, 0, 1, 2, 3], [0, 0, 4, 5, 6]];
        assert_eq!(matrix, DMatrix::from_fn(5, 6, |i, j| Rational::from(transposed[j][i])));
    }

    #[test]
    fn a_product_patch_by_patch_is_the_product_by_the_matrix() {
        let patches = Patches::line(5, 3, 1).unwrap();
        let weight = integers(3, 2, &[1, 4, 2, 5, 3, 6]);
        let features = integers(2, 5, &[7, -1, 2, 0, 3, 1, 8, -5, 4, 9]);
        assert_eq!(patches.product(&features, &weight), Exact.product(&features, &patches.matrix(&weight)));
    }

    #[test]
    fn patches_cover_differ_and_have_one_size() {
        let new = |units, patches: &[&[usize]]| Patches::new(units, patches.iter().map(|p| p.to_vec()).collect());
        assert!(new(3, &[&[0, 1], &[1, 2]]).is_ok());
        assert_eq!(new(3, &[]), Err(NotPatches::Empty));
        assert_eq!(new(3, &[&[0, 1], &[2]]), Err(NotPatches::Size { patch: 1, found: 1, expected: 2 }));
        assert_eq!(new(3, &[&[0, 1], &[2, 2]]), Err(NotPatches::Unit { patch: 1, unit: 2 }));
        assert_eq!(new(3, &[&[0, 1], &[2, 3]]), Err(NotPatches::Unit { patch: 1, unit: 3 }));
        assert_eq!(new(3, &[&[0, 1], &[1, 0]]), Err(NotPatches::Same { first: 0, second: 1 }));
        assert_eq!(new(3, &[&[0, 1]]), Err(NotPatches::Uncovered { unit: 2 }));
        // A stride that jumps over a pixel, and a window that does not reach the last one.
        assert_eq!(Patches::line(5, 1, 2), Err(NotPatches::Uncovered { unit: 1 }));
        assert_eq!(Patches::line(6, 3, 2), Err(NotPatches::Uncovered { unit: 5 }));
        assert_eq!(Patches::line(2, 3, 1), Err(NotPatches::Empty));
    }

    /// From its patches alone, as a graph network has them.
    #[test]
    fn a_window_is_recognised() {
        for (image, size) in [([5, 5, 1], 2), ([4, 6, 2], 3), ([7, 3, 3], 2)] {
            let window = Window { image, size, stride: 1 };
            let members = Patches::image(window).unwrap().members().to_vec();
            let patches = Patches::new(image.iter().product(), members.clone()).unwrap();
            assert_eq!(patches.window(), Some(window));
            // In another order it is none.
            let reversed = Patches::new(patches.units(), members.into_iter().rev().collect()).unwrap();
            assert_eq!(reversed.window(), None);
        }
        assert_eq!(Patches::image(Window { image: [6, 6, 1], size: 2, stride: 2 }).unwrap().window(), None);
    }
}

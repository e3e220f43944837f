//! Networks that are graphs of blocks, with activations that need not be piecewise linear (format version 3).

use super::{
    ActivationRecord, Claim, Fraction, LossRecord, Matrix,
    record::{object, present},
};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::SerializeStruct};
use std::fmt;

/// σ of a block: piecewise linear, or one of a few functions that have names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum NonlinearityRecord {
    /// By its pieces.
    PiecewiseLinear(ActivationRecord),
    /// By its name.
    Smooth(SmoothRecord),
}

/// A function that is not piecewise linear.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "name", rename_all = "kebab-case")]
pub enum SmoothRecord {
    /// 1/(1 + e^(−x)).
    Sigmoid,
    /// The hyperbolic tangent.
    Tanh,
    /// log(1 + e^(γx))/γ, γ > 0.
    Softplus { gamma: Fraction },
    /// x for x ≥ 0, α (e^x − 1) for x < 0, α > 0.
    Elu { alpha: Fraction },
}

/// A directed acyclic graph of blocks, and which of their units are connected to the output.
///
/// Block 0 are the inputs. The features of a block are `[N, units]`. Layer k of the parameters belongs to block k, layer B + 1
/// of B blocks are the weights V of the output, `[M, outputs]`, and its bias, if it has one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GraphRecord {
    /// d.
    pub inputs: usize,
    /// Blocks 1, …, B.
    pub blocks: Vec<BlockRecord>,
    /// Ψ: M units as pairs of a block (0 for an input) and a unit, from 0.
    pub skips: Vec<[usize; 2]>,
    /// m.
    pub outputs: usize,
    /// Whether the output has a bias.
    pub bias: bool,
}

/// One block: each patch is a list of columns of all earlier blocks named in `from`, one beside the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BlockRecord {
    /// Earlier blocks.
    pub from: Vec<usize>,
    /// Which columns; one patch of all of them if missing. None of blocks that go unit by unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patches: Option<Patches>,
    /// What is made of a patch.
    #[serde(flatten)]
    pub rule: BlockRule,
}

/// The patches of a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Patches {
    /// Each by its columns, from 0.
    Listed(Vec<Vec<usize>>),
    /// Windows that slide over an image.
    Windows(Windows),
}

/// Windows that slide over an image, from above to below and in a row from left to right.
///
/// For filters a patch has all channels of a window, pixel by pixel; what lies outside of the image is 0. For a pool there is a
/// patch for each channel of each window, channels running fastest, of the pixels that lie inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Windows {
    /// Channels, height and width.
    pub image: [usize; 3],
    /// Whether the columns run plane by plane, a plane for each channel; else pixel by pixel, as the units of a block over windows
    /// do.
    pub planes: bool,
    /// Height and width of a window.
    pub kernel: [usize; 2],
    /// How far one is below, and beside, the one before.
    pub stride: [usize; 2],
    /// Pixels outside of the image: above, left, below, right.
    pub padding: [usize; 4],
}

/// What is made of a patch, or of a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", untagged)]
pub enum BlockRule {
    /// Unit p T + t is σ of ⟨patch p, column t of W⟩ + b, with a weight `[l, T]`; a bias `[1, P T]`, or `[1, T]` if tied.
    Filters {
        /// T.
        filters: usize,
        /// Whether all patches have one bias.
        tied: bool,
        /// σ.
        activation: NonlinearityRecord,
    },
    /// Unit p is the largest entry of patch p, or their sum.
    Pool {
        /// Which.
        pool: Pool,
    },
    /// Unit i is σ of the sum of the units i of all blocks in `from`, which have as many.
    Sum {
        /// σ.
        activation: NonlinearityRecord,
    },
    /// Unit i of channel c = i mod C is γ_c (x − μ_c)/√(v_c + ε) + β_c for unit x of the one block in `from`, with a weight
    /// `[3, C]` of rows γ, μ and v ≥ 0, and the bias β `[1, C]` (Ioffe and Szegedy 2015, with fixed statistics).
    Normalise {
        /// C.
        normalise: usize,
        /// ε > 0.
        epsilon: Fraction,
    },
}

/// How large the patches of a block are, before any of them is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PatchSizes {
    /// How many there are.
    pub count: u64,
    /// The entries of all of them.
    pub entries: u64,
    /// The entries of the longest one.
    pub longest: u64,
}

impl BlockRecord {
    /// The sizes of the patches, if the blocks that it takes from have so many units together.
    pub fn patch_sizes(&self, columns: u64) -> PatchSizes {
        match (&self.patches, &self.rule) {
            (None, BlockRule::Sum { .. } | BlockRule::Normalise { .. }) => {
                let longest = self.from.len().max(1) as u64;
                PatchSizes { count: columns / longest, entries: columns, longest }
            }
            (None, _) => PatchSizes { count: 1, entries: columns, longest: columns },
            (Some(Patches::Listed(patches)), _) => PatchSizes {
                count: patches.len() as u64,
                entries: patches.iter().map(|patch| patch.len() as u64).sum(),
                longest: patches.iter().map(|patch| patch.len() as u64).max().unwrap_or(0),
            },
            (Some(Patches::Windows(windows)), rule) => windows.sizes(matches!(rule, BlockRule::Pool { .. })),
        }
    }
}

impl Windows {
    fn sizes(&self, is_pool: bool) -> PatchSizes {
        let product = |sides: &[usize]| sides.iter().fold(1_u64, |product, &side| product.saturating_mul(side as u64));
        let (positions, pixels) = (product(&self.positions().unwrap_or_default()), product(&self.kernel));
        let channels = self.image[0] as u64;
        let (count, longest) = if is_pool {
            (positions.saturating_mul(channels), pixels)
        } else {
            (positions, pixels.saturating_mul(channels))
        };
        PatchSizes { count, entries: self.entries(), longest }
    }

    /// How many columns the image has; `None` if that is no number.
    pub fn columns(&self) -> Option<usize> {
        self.image.iter().try_fold(1_usize, |product, &side| product.checked_mul(side))
    }

    /// How many windows lie below and beside one another; `None` if there are none, as on an image without channels or pixels.
    pub fn positions(&self) -> Option<[usize; 2]> {
        let [channels, height, width] = self.image;
        (channels > 0 && height > 0 && width > 0).then_some(())?;
        let [above, left, below, right] = self.padding;
        let along = |side: usize, before: usize, after: usize, axis: usize| {
            let room = side.checked_add(before)?.checked_add(after)?.checked_sub(self.kernel[axis])?;
            (self.kernel[axis] > 0).then_some(())?;
            Some(room.checked_div(self.stride[axis])? + 1)
        };
        Some([along(height, above, below, 0)?, along(width, left, right, 1)?])
    }

    /// The entries of all patches, inside and outside.
    pub fn entries(&self) -> u64 {
        let sides = self.positions().unwrap_or_default().into_iter().chain(self.kernel).chain([self.image[0]]);
        sides.fold(1, |product, side| product.saturating_mul(side as u64))
    }

    /// The patches for filters; no column for what lies outside. Empty if there are none.
    ///
    /// Memory: as many numbers as [`Windows::entries`] says.
    pub fn of_filters(&self) -> Vec<Vec<Option<usize>>> {
        let channels = self.image[0];
        let entry = |pixel: Option<[usize; 2]>, channel: usize| pixel.map(|pixel| self.column(pixel, channel));
        let patch = |pixels: Vec<Option<[usize; 2]>>| {
            pixels.iter().flat_map(|&pixel| (0..channels).map(move |channel| entry(pixel, channel))).collect()
        };
        self.windows().map(patch).collect()
    }

    /// The patches for a pool. Empty if there are none.
    ///
    /// Memory: as many numbers as [`Windows::entries`] says.
    pub fn of_pool(&self) -> Vec<Vec<usize>> {
        let channels = self.image[0];
        let patches = |pixels: Vec<Option<[usize; 2]>>| {
            let patch = |channel| pixels.iter().flatten().map(|&pixel| self.column(pixel, channel)).collect();
            (0..channels).map(patch).collect::<Vec<_>>()
        };
        self.windows().flat_map(patches).collect()
    }

    /// The pixels of each window, none for one outside.
    fn windows(&self) -> impl Iterator<Item = Vec<Option<[usize; 2]>>> {
        let [rows, columns] = self.positions().unwrap_or_default();
        let Windows { image: [_, height, width], kernel, stride, padding: [above, left, ..], .. } = *self;
        let inside = |at: usize, before: usize, side: usize| at.checked_sub(before).filter(|&at| at < side);
        let window = move |row: usize, column: usize| {
            let pixel = move |i: usize, j: usize| {
                Some([inside(row * stride[0] + i, above, height)?, inside(column * stride[1] + j, left, width)?])
            };
            (0..kernel[0]).flat_map(|i| (0..kernel[1]).map(move |j| pixel(i, j))).collect()
        };
        (0..rows).flat_map(move |row| (0..columns).map(move |column| window(row, column)))
    }

    fn column(&self, [row, column]: [usize; 2], channel: usize) -> usize {
        let [channels, height, width] = self.image;
        if self.planes {
            (channel * height + row) * width + column
        } else {
            (row * width + column) * channels + channel
        }
    }
}

impl From<Vec<Vec<usize>>> for Patches {
    fn from(patches: Vec<Vec<usize>>) -> Self {
        Patches::Listed(patches)
    }
}

impl From<Windows> for Patches {
    fn from(windows: Windows) -> Self {
        Patches::Windows(windows)
    }
}

/// How a patch becomes one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pool {
    /// The largest entry.
    Max,
    /// The sum; of two blocks as in a residual network, or of a patch of one.
    Sum,
    /// The mean.
    Mean,
}

/// The first record of a path of graph networks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphProblemRecord {
    /// What is claimed; not [`Claim::Unbounded`].
    pub claim: Claim,
    /// The author's name for it: a label, nothing follows from it.
    pub statement: String,
    /// The network.
    pub graph: GraphRecord,
    /// X, `[N, d]`, a row a sample.
    pub inputs: Matrix,
    /// The loss.
    pub loss: LossRecord,
    /// Bits behind the point with which features are enclosed.
    pub bits: u64,
}

/// The first record of a path of graph networks whose features are rational numbers, and are computed.
///
/// Every σ is piecewise linear, and no block takes a maximum or normalises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RationalProblemRecord {
    /// What is claimed; not [`Claim::Unbounded`].
    pub claim: Claim,
    /// The author's name for it: a label, nothing follows from it.
    pub statement: String,
    /// The network.
    pub graph: GraphRecord,
    /// X, `[N, d]`, a row a sample.
    pub inputs: Matrix,
    /// The loss, if the claim is about one in particular.
    pub loss: Option<LossRecord>,
}

impl Serialize for RationalProblemRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("problem", 7)?;
        fields.serialize_field("format", super::FORMAT)?;
        fields.serialize_field("version", &3)?;
        fields.serialize_field("claim", &self.claim)?;
        fields.serialize_field("statement", &self.statement)?;
        fields.serialize_field("graph", &self.graph)?;
        fields.serialize_field("inputs", &self.inputs)?;
        fields.serialize_field("loss", &self.loss)?;
        fields.end()
    }
}

impl Serialize for GraphProblemRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("problem", 8)?;
        fields.serialize_field("format", super::FORMAT)?;
        fields.serialize_field("version", &3)?;
        fields.serialize_field("claim", &self.claim)?;
        fields.serialize_field("statement", &self.statement)?;
        fields.serialize_field("graph", &self.graph)?;
        fields.serialize_field("inputs", &self.inputs)?;
        fields.serialize_field("loss", &self.loss)?;
        fields.serialize_field("bits", &self.bits)?;
        fields.end()
    }
}

impl<'de> Deserialize<'de> for NonlinearityRecord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields, rename = "activation")]
        struct Fields {
            #[serde(default, deserialize_with = "present")]
            name: Option<String>,
            #[serde(default, deserialize_with = "present")]
            gamma: Option<Fraction>,
            #[serde(default, deserialize_with = "present")]
            alpha: Option<Fraction>,
            #[serde(default, deserialize_with = "present")]
            breakpoints: Option<Vec<Fraction>>,
            #[serde(default, deserialize_with = "present")]
            slopes: Option<Vec<Fraction>>,
            #[serde(default, deserialize_with = "present")]
            value: Option<Fraction>,
        }
        let Fields { name, gamma, alpha, breakpoints, slopes, value } = object(deserializer)?;
        match (name.as_deref(), gamma, alpha, (breakpoints, slopes, value)) {
            (None, None, None, (Some(breakpoints), Some(slopes), Some(value))) => {
                Ok(NonlinearityRecord::PiecewiseLinear(ActivationRecord { breakpoints, slopes, value }))
            }
            (Some("sigmoid"), None, None, (None, None, None)) => Ok(SmoothRecord::Sigmoid.into()),
            (Some("tanh"), None, None, (None, None, None)) => Ok(SmoothRecord::Tanh.into()),
            (Some("softplus"), Some(gamma), None, (None, None, None)) => Ok(SmoothRecord::Softplus { gamma }.into()),
            (Some("elu"), None, Some(alpha), (None, None, None)) => Ok(SmoothRecord::Elu { alpha }.into()),
            _ => Err(de::Error::custom(
                "an activation has `breakpoints`, `slopes` and `value`, or the name `sigmoid`, `tanh`, `softplus` with `gamma` \
                 or `elu` with `alpha`",
            )),
        }
    }
}

impl<'de> Deserialize<'de> for SmoothRecord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match NonlinearityRecord::deserialize(deserializer)? {
            NonlinearityRecord::Smooth(smooth) => Ok(smooth),
            NonlinearityRecord::PiecewiseLinear(_) => Err(de::Error::custom("expected an activation with a name")),
        }
    }
}

impl From<SmoothRecord> for NonlinearityRecord {
    fn from(smooth: SmoothRecord) -> Self {
        NonlinearityRecord::Smooth(smooth)
    }
}

impl From<ActivationRecord> for NonlinearityRecord {
    fn from(activation: ActivationRecord) -> Self {
        NonlinearityRecord::PiecewiseLinear(activation)
    }
}

impl<'de> Deserialize<'de> for GraphRecord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields, rename = "graph")]
        struct Fields {
            inputs: usize,
            blocks: Vec<BlockRecord>,
            skips: Vec<[usize; 2]>,
            outputs: usize,
            bias: bool,
        }
        let Fields { inputs, blocks, skips, outputs, bias } = object(deserializer)?;
        Ok(GraphRecord { inputs, blocks, skips, outputs, bias })
    }
}

impl<'de> Deserialize<'de> for BlockRecord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields, rename = "block")]
        struct Fields {
            from: Vec<usize>,
            #[serde(default, deserialize_with = "present")]
            patches: Option<Patches>,
            #[serde(default, deserialize_with = "present")]
            filters: Option<usize>,
            #[serde(default, deserialize_with = "present")]
            tied: Option<bool>,
            #[serde(default, deserialize_with = "present")]
            activation: Option<NonlinearityRecord>,
            #[serde(default, deserialize_with = "present")]
            pool: Option<Pool>,
            #[serde(default, deserialize_with = "present")]
            normalise: Option<usize>,
            #[serde(default, deserialize_with = "present")]
            epsilon: Option<Fraction>,
        }
        let Fields { from, patches, filters, tied, activation, pool, normalise, epsilon } = object(deserializer)?;
        let rule = match (filters, tied, activation, pool, normalise, epsilon) {
            (Some(filters), Some(tied), Some(activation), None, None, None) => {
                BlockRule::Filters { filters, tied, activation }
            }
            (None, None, None, Some(pool), None, None) => BlockRule::Pool { pool },
            (None, None, Some(activation), None, None, None) if patches.is_none() => BlockRule::Sum { activation },
            (None, None, None, None, Some(normalise), Some(epsilon)) if patches.is_none() => {
                BlockRule::Normalise { normalise, epsilon }
            }
            _ => {
                return Err(de::Error::custom(
                    "a block has `filters`, `tied` and `activation`, or `pool`, or, without patches, `activation` alone or \
                     `normalise` and `epsilon`",
                ));
            }
        };
        Ok(BlockRecord { from, patches, rule })
    }
}

impl<'de> Deserialize<'de> for Patches {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Expected;
        impl<'de> Visitor<'de> for Expected {
            type Value = Patches;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of patches, or windows over an image")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, patches: A) -> Result<Patches, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(patches)).map(Patches::Listed)
            }

            fn visit_map<A: MapAccess<'de>>(self, windows: A) -> Result<Patches, A::Error> {
                Windows::deserialize(MapAccessDeserializer::new(windows)).map(Patches::Windows)
            }
        }
        deserializer.deserialize_any(Expected)
    }
}

impl<'de> Deserialize<'de> for Windows {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields, rename = "patches")]
        struct Fields {
            image: [usize; 3],
            planes: bool,
            kernel: [usize; 2],
            stride: [usize; 2],
            padding: [usize; 4],
        }
        let Fields { image, planes, kernel, stride, padding } = object(deserializer)?;
        Ok(Windows { image, planes, kernel, stride, padding })
    }
}

//! Networks that are graphs of blocks, with activations that need not be piecewise linear (format version 3).

use super::{
    ActivationRecord, Claim, Fraction, LossRecord, Matrix,
    record::{object, present},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::SerializeStruct};

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
    /// Columns, from 0; one patch of all of them if missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patches: Option<Vec<Vec<usize>>>,
    /// What is made of a patch.
    #[serde(flatten)]
    pub rule: BlockRule,
}

/// What is made of a patch.
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
            patches: Option<Vec<Vec<usize>>>,
            #[serde(default, deserialize_with = "present")]
            filters: Option<usize>,
            #[serde(default, deserialize_with = "present")]
            tied: Option<bool>,
            #[serde(default, deserialize_with = "present")]
            activation: Option<NonlinearityRecord>,
            #[serde(default, deserialize_with = "present")]
            pool: Option<Pool>,
        }
        let Fields { from, patches, filters, tied, activation, pool } = object(deserializer)?;
        let rule = match (filters, tied, activation, pool) {
            (Some(filters), Some(tied), Some(activation), None) => BlockRule::Filters { filters, tied, activation },
            (None, None, None, Some(pool)) => BlockRule::Pool { pool },
            _ => return Err(de::Error::custom("a block has `filters`, `tied` and `activation`, or `pool`")),
        };
        Ok(BlockRecord { from, patches, rule })
    }
}

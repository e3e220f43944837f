//! The records of a certificate as data.

use super::{Fraction, GraphProblemRecord, Integer, Object, RationalProblemRecord, number::excerpt};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, MapAccess, Visitor},
    forward_to_deserialize_any,
    ser::SerializeStruct,
};
use std::{collections::BTreeMap, fmt, marker::PhantomData};

/// A rational matrix: `rows` × `cols` integers over one positive common denominator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Matrix {
    /// Number of rows.
    pub rows: usize,
    /// Number of columns.
    pub cols: usize,
    /// The common denominator, positive.
    pub den: Integer,
    /// The numerators, row by row.
    pub num: Vec<Vec<Integer>>,
}

/// What one layer is set to, or the direction it takes: weight `[n_{k-1}, n_k]`, bias `[1, n_k]`.
///
/// What is `None` stays as it is; at least one of them is there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Layer {
    /// W_k, `[n_{k-1}, n_k]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<Matrix>,
    /// b_k as a row, `[1, n_k]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bias: Option<Matrix>,
    /// The neurons, from 0 and ascending, of which weight and bias are the columns; the others stay. Of a line or a bounded
    /// line whose problem says so (format version 3). Without it all columns are there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub columns: Option<Vec<usize>>,
}

/// Layers by number, from 1.
pub type Layers = BTreeMap<usize, Layer>;

/// How one layer moves on a curve: the coefficients of λ⁰, λ¹, … of its weight and of its bias, at least one of each that is
/// there; what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LayerCurve {
    /// W_k(λ) = Σ_i λ^i W_k,i.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<Vec<Matrix>>,
    /// b_k(λ) = Σ_i λ^i b_k,i, rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bias: Option<Vec<Matrix>>,
}

/// Curves of layers by number, from 1.
pub type LayerCurves = BTreeMap<usize, LayerCurve>;

/// A piecewise-linear activation: r breakpoints ascending, r + 1 slopes, the value at the first breakpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ActivationRecord {
    /// Where the slope may change, ascending.
    pub breakpoints: Vec<Fraction>,
    /// The slopes from left to right, one more than breakpoints.
    pub slopes: Vec<Fraction>,
    /// The value at the first breakpoint.
    pub value: Fraction,
}

/// What a certificate claims of its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Claim {
    /// The loss along the path is at most the larger one of its two ends.
    Connected,
    /// The loss does not rise along the path.
    Descends,
    /// The loss falls strictly along the path (format version 3). Follows may move the output bias too.
    StrictlyDescends,
    /// The path runs to infinity and the loss stays.
    Unbounded,
    /// The loss is nowhere above the largest bound of a bounded move (format version 2 or 3).
    Barrier,
}

/// A convex loss φ of the outputs F `[N, n_L]`: what is measured of each sample, and how much the sample counts.
///
/// ```
/// use sublevel_format::{Criterion, LossRecord};
///
/// let loss = LossRecord::from(Criterion::Hinge { labels: vec![0, 1] });
/// assert_eq!((loss.version(), loss.to_string().as_str()), (1, "hinge"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LossRecord {
    /// What is measured, with the data that belong to it.
    #[serde(flatten)]
    pub criterion: Criterion,
    /// The weights of the samples, `[N, 1]` (format version 3). Without them all samples count alike.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weights: Option<Matrix>,
}

/// A loss without the weights of its samples, which are 1 here; i runs over N samples, j over n_L outputs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "name", rename_all = "kebab-case")]
pub enum Criterion {
    /// ½‖F − Y‖², targets Y `[N, n_L]`.
    Square { targets: Matrix },
    /// ‖F − Y‖² / (N n_L), targets Y `[N, n_L]` (format version 3).
    MeanSquare { targets: Matrix },
    /// Mean over the samples of −log softmax(F_i)\[y_i\]; N labels y_i in 0..n_L.
    CrossEntropy { labels: Vec<usize> },
    /// Mean over the samples of Σ_j t_ij (−log softmax(F_i)\[j\]); soft labels T `[N, n_L]`, not negative (format version 3).
    #[serde(rename = "cross-entropy")]
    SoftCrossEntropy { targets: Matrix },
    /// Mean over samples and outputs of log(1 + exp F_ij) − t_ij F_ij; targets T `[N, n_L]` in \[0, 1\] (format version 3).
    BinaryCrossEntropy { targets: Matrix },
    /// Mean over the samples of max_{j ≠ y_i} max(0, 1 − (F_{i,y_i} − F_{i,j})); N labels y_i in 0..n_L.
    Hinge { labels: Vec<usize> },
}

/// The first record: what the path is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProblemRecord {
    /// What is claimed.
    pub claim: Claim,
    /// The author's name for it, e.g. `icml-2019/theorem-5.1`: a label, nothing follows from it.
    pub statement: String,
    /// d = n_0, n_1, …, n_L.
    pub widths: Vec<usize>,
    /// σ.
    pub activation: ActivationRecord,
    /// X = F_0, `[N, d]`, a row a sample.
    pub inputs: Matrix,
    /// The loss, if the claim is about one in particular.
    pub loss: Option<LossRecord>,
    /// Whether follows make use of samples with equal inputs (format version 3).
    pub equal_inputs: bool,
    /// Whether the last move is a rescale (format version 3).
    pub rescales: bool,
    /// Whether lines give some columns of a layer only ([`Layer::columns`]; format version 3).
    pub columns: bool,
    /// Whether bounded lines list their pieces ([`Record::Bounded`]; format version 3).
    pub pieces: bool,
}

/// A follow move: level `level` goes straight to `output`, the layers from `first` on make way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FollowRecord {
    /// s, the layer that does the work.
    pub first: usize,
    /// j ≥ s, the level that goes straight.
    pub level: usize,
    /// F_j at the end of the move, `[N, n_j]`.
    pub output: Matrix,
    /// R with \[F_{s-1}, 1\] R = I (with equal inputs: row i is the unit row of a sample with the input of sample i),
    /// `[n_{s-1} + 1, N]`; left out if it is that of an earlier follow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub right_inverse: Option<Matrix>,
    /// L_l with L_l W_l = I, `[n_l, n_{l-1}]`, for l = s+1..j; those of an earlier follow may be left out.
    pub left_inverses: BTreeMap<usize, Matrix>,
    /// New values of layer j + 1, reached straight; empty if it stays. Where the loss is to fall strictly, a new bias of the
    /// last layer too.
    pub layers: Layers,
}

/// One line of a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "record", rename_all = "lowercase")]
pub enum Record {
    /// The first record.
    Problem(ProblemRecord),
    /// The first record of a path of networks that are graphs (format version 3).
    Graph(GraphProblemRecord),
    /// The first record of a path of graph networks whose features are rational numbers (format version 3).
    Rational(RationalProblemRecord),
    /// The second record: every layer of the first network.
    Start { layers: Layers },
    /// The named layers go straight to these values.
    Line { layers: Layers },
    /// The named layers move as polynomials in λ, from 0 to 1; of graph networks whose features are rational (format version 3).
    Curve { layers: LayerCurves },
    /// See [`FollowRecord`].
    Follow(FollowRecord),
    /// From here straight to infinity in this direction.
    Ray { layers: Layers },
    /// From here to infinity by rescaling: W_l and b_l of this layer times s, W_{l+1} times 1/s, for all s ≥ 1 (format
    /// version 3).
    Rescale { layer: usize },
    /// A line of which only an upper bound of the loss is claimed.
    Bounded {
        layers: Layers,
        bound: Fraction,
        /// Depths h of the pieces, each of length 2^−h, that λ is cut into, in their order from 0 to 1: of graph networks, and of
        /// layers where the problem says so (format version 3).
        #[serde(skip_serializing_if = "Option::is_none")]
        pieces: Option<Vec<u32>>,
    },
    /// The first record of a certificate that is about no path; the end comes next (format version 3).
    #[serde(serialize_with = "write_object")]
    Object {
        /// The author's name for it: a label, nothing follows from it.
        statement: String,
        /// What is claimed.
        object: Object,
    },
    /// The last record: how many moves there are.
    End { moves: usize },
}

impl Record {
    /// Whether a certificate that begins with this record is about networks of a graph, whose activations are in it.
    pub fn is_about_a_graph(&self) -> bool {
        match self {
            Record::Graph(_) | Record::Rational(_) => true,
            Record::Object { object, .. } => matches!(
                object,
                Object::Independent(_)
                    | Object::NoStrictMinimum(_)
                    | Object::NoMaximum(_)
                    | Object::Gradient(_)
                    | Object::Solution(_)
            ),
            _ => false,
        }
    }
}

/// Why entries do not make a matrix.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MatrixError {
    /// The number of rows is not what the matrix says.
    #[error("a matrix says {expected} rows and has {found}")]
    Rows { expected: usize, found: usize },
    /// The row with this index (from 0) is too short or too long.
    #[error("row {row} of a matrix should have {expected} entries and has {found}")]
    Ragged { row: usize, expected: usize, found: usize },
    /// The denominator is zero or negative.
    #[error("the denominator `{found}` of a matrix is not positive")]
    Denominator { found: String },
}

impl Matrix {
    /// Puts a matrix together: `num` is `rows` rows of `cols` integers, `den` is positive.
    ///
    /// # Errors
    /// A [`MatrixError`] if they do not agree.
    pub fn new(rows: usize, cols: usize, den: Integer, num: Vec<Vec<Integer>>) -> Result<Self, MatrixError> {
        if num.len() != rows {
            return Err(MatrixError::Rows { expected: rows, found: num.len() });
        }
        if let Some(row) = num.iter().position(|row| row.len() != cols) {
            return Err(MatrixError::Ragged { row, expected: cols, found: num[row].len() });
        }
        if !den.is_positive() {
            return Err(MatrixError::Denominator { found: excerpt(den.as_str()) });
        }
        Ok(Matrix { rows, cols, den, num })
    }
}

/// Lets a derived `Deserialize` see JSON objects only: by itself it would take a list of the values for an object.
struct ObjectOnly<D>(D);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for ObjectOnly<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// A `T` from a JSON object.
pub(super) fn object<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    T::deserialize(ObjectOnly(deserializer))
}

/// A value that may be left out, but is no `null`.
pub(super) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// [`numbered`], of what may be left out, but is no `null`.
pub(super) fn numbered_or_absent<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<BTreeMap<usize, T>>, D::Error> {
    numbered(deserializer).map(Some)
}

/// A map from numbers 1, 2, … as keys in canonical decimal, no key twice.
pub(super) fn numbered<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<usize, T>, D::Error> {
    struct Numbered<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Numbered<T> {
        type Value = BTreeMap<usize, T>;

        fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
            f.write_str("an object with layer numbers as keys")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
            let mut map = BTreeMap::new();
            while let Some(key) = entries.next_key::<Integer>()? {
                let number = key.as_str().parse().ok().filter(|&number| number > 0);
                let number = number.ok_or_else(|| de::Error::custom(format!("`{key:?}` is not a layer number")))?;
                if map.insert(number, entries.next_value()?).is_some() {
                    return Err(de::Error::custom(format!("duplicate layer `{number}`")));
                }
            }
            Ok(map)
        }
    }

    deserializer.deserialize_map(Numbered(PhantomData))
}

impl<'de> Deserialize<'de> for Claim {
    /// From a string only: a derived one would take an object with the name as its key.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const NAMES: [&str; 5] = ["connected", "descends", "strictly-descends", "unbounded", "barrier"];
        match &*String::deserialize(deserializer)? {
            "connected" => Ok(Claim::Connected),
            "descends" => Ok(Claim::Descends),
            "strictly-descends" => Ok(Claim::StrictlyDescends),
            "unbounded" => Ok(Claim::Unbounded),
            "barrier" => Ok(Claim::Barrier),
            unknown => Err(de::Error::unknown_variant(unknown, &NAMES)),
        }
    }
}

impl<'de> Deserialize<'de> for Matrix {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields, rename = "matrix")]
        struct Fields {
            rows: usize,
            cols: usize,
            den: Integer,
            num: Vec<Vec<Integer>>,
        }
        let Fields { rows, cols, den, num } = object(deserializer)?;
        Matrix::new(rows, cols, den, num).map_err(de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Layer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields, rename = "layer")]
        struct Fields {
            #[serde(default, deserialize_with = "present")]
            weight: Option<Matrix>,
            #[serde(default, deserialize_with = "present")]
            bias: Option<Matrix>,
            #[serde(default, deserialize_with = "present")]
            columns: Option<Vec<usize>>,
        }
        match object(deserializer)? {
            Fields { weight: None, bias: None, .. } => {
                Err(de::Error::custom("a layer has neither `weight` nor `bias`"))
            }
            Fields { weight, bias, columns } => Ok(Layer { weight, bias, columns }),
        }
    }
}

impl<'de> Deserialize<'de> for LayerCurve {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields, rename = "curve")]
        struct Fields {
            #[serde(default, deserialize_with = "present")]
            weight: Option<Vec<Matrix>>,
            #[serde(default, deserialize_with = "present")]
            bias: Option<Vec<Matrix>>,
        }
        let Fields { weight, bias } = object(deserializer)?;
        let parts = [&weight, &bias];
        if parts.iter().all(|part| part.is_none()) || parts.into_iter().flatten().any(Vec::is_empty) {
            return Err(de::Error::custom(
                "a layer on a curve has the coefficients of `weight`, of `bias`, or of both",
            ));
        }
        Ok(LayerCurve { weight, bias })
    }
}

impl<'de> Deserialize<'de> for ActivationRecord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields, rename = "activation")]
        struct Fields {
            breakpoints: Vec<Fraction>,
            slopes: Vec<Fraction>,
            value: Fraction,
        }
        let Fields { breakpoints, slopes, value } = object(deserializer)?;
        Ok(ActivationRecord { breakpoints, slopes, value })
    }
}

impl<'de> Deserialize<'de> for LossRecord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields, rename = "loss")]
        struct Fields {
            name: String,
            #[serde(default, deserialize_with = "present")]
            targets: Option<Matrix>,
            #[serde(default, deserialize_with = "present")]
            labels: Option<Vec<usize>>,
            #[serde(default, deserialize_with = "present")]
            weights: Option<Matrix>,
        }
        let Fields { name, targets, labels, weights } = object(deserializer)?;
        let criterion = match (&*name, targets, labels) {
            ("square", Some(targets), None) => Criterion::Square { targets },
            ("mean-square", Some(targets), None) => Criterion::MeanSquare { targets },
            ("cross-entropy", None, Some(labels)) => Criterion::CrossEntropy { labels },
            ("cross-entropy", Some(targets), None) => Criterion::SoftCrossEntropy { targets },
            ("binary-cross-entropy", Some(targets), None) => Criterion::BinaryCrossEntropy { targets },
            ("hinge", None, Some(labels)) => Criterion::Hinge { labels },
            _ => return Err(misfit(&name)),
        };
        Ok(LossRecord { criterion, weights })
    }
}

/// No loss has this name, or it has not the data that belong to it.
fn misfit<E: de::Error>(name: &str) -> E {
    let data = match name {
        "square" | "mean-square" | "binary-cross-entropy" => "`targets` and no `labels`",
        "cross-entropy" => "either `labels` or `targets`",
        "hinge" => "`labels` and no `targets`",
        _ => {
            const NAMES: [&str; 5] = ["square", "mean-square", "cross-entropy", "binary-cross-entropy", "hinge"];
            return E::unknown_variant(name, &NAMES);
        }
    };
    E::custom(format!("the loss `{name}` has {data}"))
}

impl From<Criterion> for LossRecord {
    /// Every sample counts alike.
    fn from(criterion: Criterion) -> Self {
        LossRecord { criterion, weights: None }
    }
}

impl LossRecord {
    /// The first version of the format that has this loss.
    pub fn version(&self) -> u64 {
        match self.criterion {
            Criterion::Square { .. } | Criterion::CrossEntropy { .. } | Criterion::Hinge { .. }
                if self.weights.is_none() =>
            {
                1
            }
            _ => 3,
        }
    }
}

impl fmt::Display for LossRecord {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(if self.weights.is_some() { "weighted " } else { "" })?;
        f.write_str(match self.criterion {
            Criterion::Square { .. } => "square",
            Criterion::MeanSquare { .. } => "mean-square",
            Criterion::CrossEntropy { .. } => "cross-entropy",
            Criterion::SoftCrossEntropy { .. } => "cross-entropy with soft labels",
            Criterion::BinaryCrossEntropy { .. } => "binary-cross-entropy",
            Criterion::Hinge { .. } => "hinge",
        })
    }
}

/// `format`, `version`, `claim`, `statement`, `object`.
fn write_object<S: Serializer>(statement: &str, object: &Object, serializer: S) -> Result<S::Ok, S::Error> {
    let mut fields = serializer.serialize_struct("object", 5)?;
    fields.serialize_field("format", super::FORMAT)?;
    fields.serialize_field("version", &3)?;
    fields.serialize_field("claim", object.claim())?;
    fields.serialize_field("statement", statement)?;
    fields.serialize_field("object", object)?;
    fields.end()
}

impl Serialize for ProblemRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let flags = [
            ("equal_inputs", self.equal_inputs),
            ("rescales", self.rescales),
            ("columns", self.columns),
            ("pieces", self.pieces),
        ];
        let mut fields =
            serializer.serialize_struct("problem", 8 + flags.iter().filter(|(_, holds)| *holds).count())?;
        fields.serialize_field("format", super::FORMAT)?;
        fields.serialize_field("version", &self.version())?;
        fields.serialize_field("claim", &self.claim)?;
        fields.serialize_field("statement", &self.statement)?;
        fields.serialize_field("widths", &self.widths)?;
        fields.serialize_field("activation", &self.activation)?;
        fields.serialize_field("inputs", &self.inputs)?;
        fields.serialize_field("loss", &self.loss)?;
        for (key, holds) in flags {
            match holds {
                true => fields.serialize_field(key, &true)?,
                false => fields.skip_field(key)?,
            }
        }
        fields.end()
    }
}

impl ProblemRecord {
    /// The version of the format in which it is written and read, and no other: the first one that has its claim, its
    /// loss and its moves.
    pub fn version(&self) -> u64 {
        let claim = match self.claim {
            Claim::Connected | Claim::Descends | Claim::Unbounded => 1,
            Claim::Barrier => 2,
            Claim::StrictlyDescends => 3,
        };
        let moves = if self.equal_inputs || self.rescales || self.columns || self.pieces { 3 } else { 1 };
        self.loss.as_ref().map_or(1, LossRecord::version).max(claim).max(moves)
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Claim::Connected => "connected",
            Claim::Descends => "descends",
            Claim::StrictlyDescends => "strictly-descends",
            Claim::Unbounded => "unbounded",
            Claim::Barrier => "barrier",
        })
    }
}

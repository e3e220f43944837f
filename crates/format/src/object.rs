//! Certificates of what is no path: one object on one line (format version 3).

use super::{
    ActivationRecord, Fraction, GraphRecord, Layers, LossRecord, Matrix,
    graph::SmoothRecord,
    record::{numbered, numbered_or_absent, object, present},
};
use serde::{Deserialize, Deserializer, Serialize};

/// Structs that are read from JSON objects only, with every key known, single and there.
macro_rules! strict {
    ($($(#[$about:meta])* struct $name:ident { $($(#[$field_about:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize)]
        pub struct $name { $($(#[$field_about])* pub $field: $type,)* }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                #[derive(Deserialize)]
                #[serde(deny_unknown_fields)]
                struct Object { $($(#[$field_about])* $field: $type,)* }
                let Object { $($field,)* } = object(deserializer)?;
                Ok($name { $($field,)* })
            }
        }
    )*};
}

/// What is claimed, with all that shows it. The claim's name is [`Object::claim`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Object {
    /// Two networks in different components of a sublevel set of ½‖F − Y‖².
    Networks(Box<Networks>),
    /// The same for two graph networks whose features are rational numbers.
    GraphNetworks(Box<GraphNetworks>),
    /// Two square matrices that no path of full-rank matrices joins.
    Matrices(Box<Matrices>),
    /// Two points (W, V) in different components of a sublevel set of (W (a + V b) − y)².
    Product(Product),
    /// A chain of straight segments of full-rank matrices (Proposition 3.5).
    Chain(Chain),
    /// σ(x) = Σ λ_i σ(x − a_i) is impossible: kinks are seen alone, one after another (Lemma 2.3).
    Kinks(Kinks),
    /// The same: the relation at finitely many points sums up to 0 = 1.
    Points(Points),
    /// The same for every exponential linear unit: its copies' curvatures are seen alone, one after another.
    Curvature(Curvature),
    /// The same for one exponential linear unit: independent columns of values.
    Enclosure(Enclosure),
    /// A function with connected sublevel sets on which the gradient flow is stuck (section 7, figure 5).
    Flow(Flow),
    /// Two networks that are one function.
    Reordered(Box<Reordered>),
    /// A function of one or two variables whose valleys are known (figures 2 to 4).
    Tails(Tails),
    /// A network all of whose decision regions are connected.
    Ranks(Box<Ranks>),
    /// A path of inputs on which a network gives one class.
    ClassPath(Box<ClassPath>),
    /// Points of one decision region, and curves outside of it that part them.
    Boundaries(Box<Boundaries>),
    /// A network of two hidden layers with a smooth σ that is not onto, in whose regions a diagonal parts two points.
    Diagonal(Diagonal),
    /// All cells of a network's decision regions in a line or a plane.
    Cells(Box<Cells>),
    /// A graph network whose features connected to the output are linearly independent.
    Independent(Box<Independent>),
    /// A network that is a minimum of ½‖F − Y‖², in a neighbourhood or among all with W_2 ≥ 0.
    Minimum(Box<Minimum>),
    /// A graph network that is no strict local minimum, unless it is a global one.
    NoStrictMinimum(Box<NoStrictMinimum>),
    /// A graph network that is no local maximum of a loss.
    NoMaximum(Box<NoMaximum>),
    /// A graph network at which the gradient of ½‖F − Y‖² is of the size of F − Y (thesis, Lemma 2.4.9).
    Gradient(Box<Gradient>),
    /// A graph network that has another one with F = Y near it (thesis, Theorem 2.4.11 (2)).
    Solution(Box<Solution>),
    /// Two residual networks that no path joins below a wall (against Theorem 11 of IJCAI 2020).
    Wall(Box<Wall>),
    /// A piecewise-linear function of one variable, and how deep its minima are.
    Wells(Wells),
    /// Two common zeros of polynomials in different components.
    Zeros(Zeros),
    /// Two residual networks with one output and one regulariser (against Theorem 1 of IJCAI 2020).
    Rescaled(Box<Rescaled>),
    /// Vectors few of which are near each other in direction (against Lemma 9 of IJCAI 2020).
    Spread(Spread),
}

impl Function {
    /// The one of this name, with nothing beside it.
    pub fn named(name: &str) -> Self {
        Function {
            name: name.into(),
            margin: None,
            squares: None,
            positive: None,
            negative: None,
            direction: None,
            samples: None,
        }
    }
}

impl Object {
    /// What is claimed of it.
    pub fn claim(&self) -> &'static str {
        match self {
            Object::Networks(_)
            | Object::GraphNetworks(_)
            | Object::Matrices(_)
            | Object::Product(_)
            | Object::Wall(_)
            | Object::Zeros(_) => "separated",
            Object::Chain(_) => "full-rank-chain",
            Object::Reordered(_) => "same-function",
            Object::Kinks(_) | Object::Points(_) | Object::Curvature(_) | Object::Enclosure(_) => "refuted",
            Object::Flow(_) | Object::Tails(_) | Object::Wells(_) => "landscape",
            Object::Ranks(_) => "connected-regions",
            Object::ClassPath(_) => "class-path",
            Object::Boundaries(_) | Object::Diagonal(_) => "disconnected-regions",
            Object::Cells(_) => "census",
            Object::Independent(_) => "independent",
            Object::NoStrictMinimum(_) | Object::Rescaled(_) => "no-strict-minimum",
            Object::Spread(_) => "spread",
            Object::NoMaximum(_) => "no-maximum",
            Object::Gradient(_) => "bounded-gradient",
            Object::Solution(_) => "fits",
            Object::Minimum(minimum) => {
                if minimum.barycentres.is_some() {
                    "plateau"
                } else {
                    "local-minimum"
                }
            }
        }
    }
}

strict! {
    /// Two networks, and a function of the parameters that is positive at one, negative at the other, and vanishes
    /// only where the loss is high.
    struct Networks {
        /// d = n_0, n_1, …, n_L.
        widths: Vec<usize>,
        /// σ.
        activation: ActivationRecord,
        /// X, `[N, d]`.
        inputs: Matrix,
        /// Y, `[N, n_L]`.
        targets: Matrix,
        /// Which function.
        function: Function,
        /// Where it is positive; every layer.
        #[serde(deserialize_with = "numbered")]
        positive: Layers,
        /// Where it is negative; every layer.
        #[serde(deserialize_with = "numbered")]
        negative: Layers,
    }

    /// Two graph networks with rational features, and a function of the parameters as for [`Networks`].
    struct GraphNetworks {
        /// The graph of both.
        graph: GraphRecord,
        /// X, `[N, d]`.
        inputs: Matrix,
        /// Y, `[N, m]`.
        targets: Matrix,
        /// `features` or `cone`.
        function: Function,
        /// Where it is positive; every layer.
        #[serde(deserialize_with = "numbered")]
        positive: Layers,
        /// Where it is negative; every layer.
        #[serde(deserialize_with = "numbered")]
        negative: Layers,
    }

    /// A continuous function of the parameters, and what shows that it vanishes only where the loss is high.
    struct Function {
        /// `single-neuron`: W_L for n_(L−1) = n_L = 1. `alternation`: W_2(1, 1) for d = n_2 = 1 and L = 2. `features`:
        /// det \[F_(L−1), 1\] for n_(L−1) = N − 1. `ordered`: how far the neurons are from another order, for L = 2 and n_1 + 1
        /// samples with inputs on a line. `last-weights`: det W_L for n_(L−1) = n_L. Of graphs: `features`, det Ψ for N features (a
        /// column of ones counts), and `cone`, the determinant of two rows of block 1, which has two units.
        name: String,
        /// `features`: μ > 0 with ‖uᵀY‖² ≥ μ ‖u‖² for all u ⟂ 1, of a graph without output bias for all u. `last-weights`: with
        /// ‖G u‖² ≥ μ ‖u‖² for all u, G the centred Y.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        margin: Option<Fraction>,
        /// `features`: G Gᵀ − μ (I − 11ᵀ/N) as a sum of squares, of a graph without output bias Y Yᵀ − μ I. `last-weights`: GᵀG − μ I.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        squares: Option<Squares>,
        /// `features`, `last-weights`: the sign of the determinant at the positive network.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        positive: Option<Factors>,
        /// `features`, `last-weights`: and at the negative one.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        negative: Option<Factors>,
        /// `ordered`, `cone`: u ≠ 0, `[n_L, 1]`, with Y u for targets; may be missing for n_L = 1.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        direction: Option<Matrix>,
        /// `ordered`: the n_1 + 1 samples that are used, from 0, in their order on the line; all, if missing. `cone`: two samples.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        samples: Option<Vec<usize>>,
    }

    /// B D Bᵀ with a diagonal D ≥ 0.
    struct Squares {
        /// B, `[n, n]`.
        base: Matrix,
        /// The diagonal of D, `[1, n]`.
        diagonal: Matrix,
    }

    /// The rows of a square matrix in another order are L U: that is its determinant.
    struct Factors {
        /// Which row comes where, from 0.
        rows: Vec<usize>,
        /// L, lower triangular, `[n, n]`.
        lower: Matrix,
        /// U, upper triangular, `[n, n]`.
        upper: Matrix,
    }

    /// A matrix of positive and one of negative determinant.
    struct Matrices {
        /// `[n, n]`.
        positive: Matrix,
        /// `[n, n]`.
        negative: Matrix,
        /// The determinant of the positive one.
        positive_factors: Factors,
        /// That of the negative one.
        negative_factors: Factors,
    }

    /// Two points of (W, V) ↦ (W (a + V b) − y)².
    struct Product {
        /// a, b.
        input: Vec<Fraction>,
        /// y.
        target: Fraction,
        /// W, V with W > 0.
        positive: Vec<Fraction>,
        /// W, V with W < 0.
        negative: Vec<Fraction>,
    }

    /// Matrices of one shape `[n, p]`, n ≠ p or n = p. For n ≥ p a basis is one of rows, otherwise one of columns.
    struct Chain {
        /// Where the chain starts.
        start: Matrix,
        /// Its straight segments.
        segments: Vec<Segment>,
    }

    /// A straight segment on which a basis does not move.
    struct Segment {
        /// min(n, p) rows, or columns, from 0.
        basis: Vec<usize>,
        /// The inverse of the square matrix of these rows, or columns.
        inverse: Matrix,
        /// Where the segment ends.
        end: Matrix,
    }

    /// Lemma 2.3 by the argument of Appendix A.
    struct Kinks {
        /// σ.
        activation: ActivationRecord,
        /// a_1, …, a_p: not zero, distinct.
        shifts: Vec<Fraction>,
        /// The copies that are excluded in turn.
        exclusions: Vec<Exclusion>,
        /// Where σ bends and no remaining copy does.
        kink: Fraction,
    }

    /// A copy that bends where nothing else does.
    struct Exclusion {
        /// Which one, from 0.
        shift: usize,
        /// Where.
        kink: Fraction,
    }

    /// Σ_k y_k σ(x_k − a_i) = 0 for every i, and Σ_k y_k σ(x_k) is not 0.
    struct Points {
        /// σ.
        activation: ActivationRecord,
        /// a_1, …, a_p: not zero, distinct.
        shifts: Vec<Fraction>,
        /// The points x_k.
        points: Vec<Fraction>,
        /// The weights y_k.
        weights: Vec<Fraction>,
    }

    /// Lemma 2.3 for every exponential linear unit.
    struct Curvature {
        /// a_1, …, a_p: not zero, distinct.
        shifts: Vec<Fraction>,
        /// The copies that are excluded in turn.
        exclusions: Vec<Curved>,
        /// Where σ alone is curved.
        last: Bend,
    }

    /// A copy that is curved where nothing else is.
    struct Curved {
        /// Which one, from 0.
        shift: usize,
        /// Where.
        bend: Bend,
    }

    /// Three points x, x + h, x + 2h with h > 0.
    struct Bend {
        /// x.
        start: Fraction,
        /// h.
        step: Fraction,
    }

    /// R with ‖I − R M‖ < 1 for the values M of the copies and of σ at points.
    struct Enclosure {
        /// α > 0 of the exponential linear unit.
        alpha: Fraction,
        /// a_1, …, a_p: not zero, distinct.
        shifts: Vec<Fraction>,
        /// The points x_k, m of them.
        points: Vec<Fraction>,
        /// R, `[p + 1, m]`.
        left_inverse: Matrix,
        /// Bits behind the point with which the exponentials are enclosed: a hint.
        precision: u64,
    }

    /// A network, and the same with its hidden neurons in another order.
    struct Reordered {
        /// d = n_0, n_1, …, n_L.
        widths: Vec<usize>,
        /// For each hidden layer: neuron i of the second network is this one of the first, from 0.
        orders: Vec<Vec<usize>>,
        /// The first network; every layer.
        #[serde(deserialize_with = "numbered")]
        from: Layers,
        /// The second one; every layer.
        #[serde(deserialize_with = "numbered")]
        to: Layers,
    }

    /// e^(−x) A(y) + B(y); coefficients ascending.
    struct Flow {
        /// A.
        tail: Vec<Fraction>,
        /// B.
        floor: Vec<Fraction>,
        /// m, where B is least.
        minimiser: Fraction,
        /// ρ > 0.
        radius: Fraction,
    }

    /// q(1/(1 + e^(−x))), or q(1/(1 + e^(−x))) + c y².
    struct Tails {
        /// q, coefficients ascending.
        coefficients: Vec<Fraction>,
        /// t_1 < … < t_k in (0, 1), where q turns.
        turns: Vec<Fraction>,
        /// c > 0; without it there is no second variable.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        square: Option<Fraction>,
    }

    /// Two networks x ↦ W_2 (σ(W_1 x) + V_1 q), q = θ_k σ(… θ_1 σ(V_2 σ(W_1 x))), with one input, one output and blocks of width 1, one
    /// sample x = 1, and the loss (13) of IJCAI 2020.
    struct Wall {
        /// y.
        target: Fraction,
        /// κ ≥ 0.
        kappa: Fraction,
        /// c > 0: the wall stands where W_2 V_1 q = c^(k + 2).
        root: Fraction,
        /// The network with more.
        above: Residual,
        /// The network with less.
        below: Residual,
        /// s ≥ c ≥ 1: the whole valley of the first network is bounded from below.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        split: Option<Fraction>,
    }

    /// Weights of m neurons and of a block of width 1.
    struct Residual {
        /// W_1, m numbers.
        stem: Vec<Fraction>,
        /// W_2, m numbers.
        head: Vec<Fraction>,
        /// V_2, m numbers.
        first: Vec<Fraction>,
        /// θ_1, …, θ_k.
        inner: Vec<Fraction>,
        /// V_1, m numbers.
        last: Vec<Fraction>,
    }

    /// A function that is linear between neighbouring places and constant outside of them.
    struct Wells {
        /// x_1 < … < x_n.
        places: Vec<Fraction>,
        /// Its values there.
        values: Vec<Fraction>,
    }

    /// Common zeros of f_1, …, f_r, at which s ≠ 0: c_0 s + c_1 f_1 + … + c_r f_r = 1.
    struct Zeros {
        /// How many variables there are.
        variables: usize,
        /// f_1, …, f_r.
        residuals: Vec<Vec<Term>>,
        /// s.
        separator: Vec<Term>,
        /// c_0, …, c_r.
        cofactors: Vec<Vec<Term>>,
        /// A zero with s > 0.
        positive: Vec<Fraction>,
        /// A zero with s < 0.
        negative: Vec<Fraction>,
    }

    /// A coefficient times a product of powers.
    struct Term {
        /// The coefficient.
        coefficient: Fraction,
        /// The exponent of each variable.
        powers: Vec<u32>,
    }

    /// A network x ↦ W_2 (σ(W_1 x) + V_1 θ_k σ(… θ_1 σ(V_2 σ(W_1 x)))) of m neurons.
    struct ResidualNetwork {
        /// W_1, `[m, n]`.
        stem: Matrix,
        /// W_2, `[d_y, m]`.
        head: Matrix,
        /// V_2, `[d_g, m]`.
        first: Matrix,
        /// θ_1, …, θ_k.
        inner: Vec<Matrix>,
        /// V_1, `[m, d_o]`.
        last: Matrix,
    }

    /// Two networks that differ in the scale of one neuron, or in weights of the block that a neuron without incoming weights has.
    struct Rescaled {
        /// The network that is no strict local minimum.
        from: ResidualNetwork,
        /// The other one.
        to: ResidualNetwork,
        /// i, from 0.
        neuron: usize,
        /// c > 0: w_1i and row i of V_1 are multiplied by c, w_2i and v_2i are divided by it. Without it w_1i = 0, and v_2i is
        /// another one.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        factor: Option<Fraction>,
    }

    /// m vectors in parts, any two vectors of a part being at a right angle or more.
    struct Spread {
        /// `[m, n]`, a row a vector.
        vectors: Matrix,
        /// Rows, from 0, each in one part.
        parts: Vec<Vec<usize>>,
        /// η, 0 < η ≤ 1.
        exponent: Fraction,
        /// Whether the bound of the angles is 2 m^((1 − η)/n), as printed; else it is 2 m^((η − 1)/n).
        grows: bool,
    }

    /// A piecewise-linear network, of which class j wins at an input where its output j is larger than all others.
    struct Network {
        /// d = n_0, n_1, …, n_L.
        widths: Vec<usize>,
        /// σ.
        activation: ActivationRecord,
        /// Every layer.
        #[serde(deserialize_with = "numbered")]
        layers: Layers,
    }

    /// R with ‖I − Ψ R‖ < 1 for the features Ψ `[N, M]` that are connected to the output, with a column of ones if it has a
    /// bias: then Ψ has rank N.
    struct Independent {
        /// The network.
        graph: GraphRecord,
        /// X, `[N, d]`.
        inputs: Matrix,
        /// The layers of the blocks; those of the output are not used.
        #[serde(deserialize_with = "numbered")]
        layers: Layers,
        /// R, `[M, N]`, or `[M + 1, N]` with a bias.
        right_inverse: Matrix,
        /// Bits behind the point with which Ψ is enclosed: a hint.
        bits: u64,
    }

    /// What shows that no suboptimal strict local minimum is there: z ≠ 0 with Ψ z = 0, for the blocks of one network, or without it
    /// the numbers of features and of distinct samples alone, for all networks of this graph.
    struct NoStrictMinimum {
        /// The architecture.
        graph: GraphRecord,
        /// X, `[N, d]`.
        inputs: Matrix,
        /// z.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        kernel: Option<KernelVector>,
    }

    /// z ≠ 0 with Ψ z = 0, exactly.
    struct KernelVector {
        /// The layers of the blocks; those of the output are not used.
        #[serde(deserialize_with = "numbered")]
        layers: Layers,
        /// z, `[M, 1]`, or `[M + 1, 1]` with a bias.
        vector: Matrix,
    }

    /// A weight of the output along which the loss is strictly convex.
    struct NoMaximum {
        /// The architecture.
        graph: GraphRecord,
        /// X, `[N, d]`.
        inputs: Matrix,
        /// Every layer.
        #[serde(deserialize_with = "numbered")]
        layers: Layers,
        /// The loss.
        loss: LossRecord,
        /// Which column of Ψ, from 0; the last one is that of the output's bias.
        feature: usize,
        /// Which output, from 0.
        output: usize,
        /// r > 0: the loss is larger at both ends of the way of length 2r around the network.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        step: Option<Fraction>,
        /// Bits behind the point: a hint.
        bits: u64,
    }

    /// c ‖F_L − Y‖ ≤ ‖∇_(U_(k+1)) ½‖F_L − Y‖²‖ ≤ C ‖F_L − Y‖ in the Frobenius norm, for a graph of L − 1 blocks each of which is
    /// made of the one before it from block k + 1 on, and the output of the last; F_k and U_(k+2), …, U_L have full rank.
    struct Gradient {
        /// The network.
        graph: GraphRecord,
        /// X, `[N, d]`.
        inputs: Matrix,
        /// Y, `[N, m]`.
        targets: Matrix,
        /// Every layer.
        #[serde(deserialize_with = "numbered")]
        layers: Layers,
        /// k, from 1.
        level: usize,
        /// R, `[n_k, N]`, with ‖I − F_k R‖ < 1.
        right_inverse: Matrix,
        /// For the layers l = k + 2, …, L in order an L_l, `[n_l, n_(l−1)]`, with ‖I − L_l U_l‖ < 1.
        left_inverses: Vec<Matrix>,
        /// c > 0.
        lower: Fraction,
        /// C.
        upper: Fraction,
        /// Bits behind the point with which features are enclosed: a hint.
        bits: u64,
    }

    /// An exact solution of F = Y near rational weights: the weights of the output, and for k < L − 1 those of layer k + 1, are
    /// corrected by less than `radius`.
    struct Solution {
        /// The network.
        graph: GraphRecord,
        /// X, `[N, d]`.
        inputs: Matrix,
        /// Y, `[N, m]`.
        targets: Matrix,
        /// Every layer.
        #[serde(deserialize_with = "numbered")]
        layers: Layers,
        /// k, from 1.
        level: usize,
        /// R, `[n_k, N]`, with ‖I − F_k R‖ < 1.
        right_inverse: Matrix,
        /// For k < L − 1.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        classes: Option<Classes>,
        /// r: every row of a correction has a sum of absolute values of at most r.
        radius: Fraction,
        /// Bits behind the point with which features are enclosed: a hint.
        bits: u64,
    }

    /// The samples of a class become one at layer k + 1.
    struct Classes {
        /// The class of each sample, from 0.
        labels: Vec<usize>,
        /// P, `[K, n_(k+1)]`: the pre-activations that every sample of a class gets.
        preactivations: Matrix,
        /// Z, `[K, m]`: the target of each class.
        codes: Matrix,
        /// R, `[n_(L−1), K]`, with ‖I − A R‖ < 1 for the features A of the classes at layer L − 1.
        right_inverse: Matrix,
        /// T, `[m, K]`, with T (Z − 1 b_Lᵀ) = I: then U_L has full rank.
        code_inverse: Matrix,
        /// For the layers l = k + 2, …, L − 1 in order an L_l, `[n_l, n_(l−1)]`, with ‖I − L_l U_l‖ < 1.
        left_inverses: Vec<Matrix>,
    }

    /// A network with one hidden layer, and what shows that it is a minimum.
    struct Minimum {
        /// The network.
        network: Network,
        /// X, `[N, d]`.
        inputs: Matrix,
        /// Y, `[N, n_2]`.
        targets: Matrix,
        /// P ≥ 0, `[N, N]`, with R = Pᵀ1 − P1 and P X = diag(P1) X: for a minimum among all networks with W_2 ≥ 0. Without it
        /// the minimum is one of the cell of networks whose pre-activations are in the same pieces of σ.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        barycentres: Option<Matrix>,
        /// Every layer of a network of the same widths with a lower loss.
        #[serde(default, deserialize_with = "numbered_or_absent", skip_serializing_if = "Option::is_none")]
        lower: Option<Layers>,
    }

    /// Left inverses of the hidden layers' weights modulo integers.
    struct Ranks {
        /// The network.
        network: Network,
        /// One for each hidden layer.
        ranks: Vec<Rank>,
    }

    /// L with L W ≡ I: then W has full column rank.
    struct Rank {
        /// q > 1, prime to the denominators of W.
        modulus: u64,
        /// L, `[n_k, n_(k−1)]`, entries from 0 to q − 1.
        left_inverse: Vec<Vec<u64>>,
    }

    /// A polygonal chain of inputs.
    struct ClassPath {
        /// The network.
        network: Network,
        /// j, from 0.
        class: usize,
        /// The vertices of the chain, each `[1, d]` with a denominator of its own.
        stops: Vec<Matrix>,
    }

    /// A line or a plane of inputs: origin + t · directions.
    struct Chart {
        /// `[1, d]`.
        origin: Matrix,
        /// c = 1 or 2 rows, `[c, d]`.
        directions: Matrix,
        /// A, `[d, c]`, with directions · A = I and W = A · directions · W for the live neurons of the first layer: then what
        /// holds on the chart holds in the whole space.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        projection: Option<Matrix>,
    }

    /// Points of the region of one class, each in another component.
    struct Boundaries {
        /// The network.
        network: Network,
        /// j, from 0.
        class: usize,
        /// Where; without it the whole space of c = 1 or 2 inputs.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        chart: Option<Chart>,
        /// Homogeneous integer coordinates, `[K, c + 1]`, the last one positive.
        points: Matrix,
        /// What parts them.
        curves: Vec<Boundary>,
    }

    /// A closed curve (c = 2), or cuts (c = 1), where class j does not win.
    struct Boundary {
        /// Homogeneous integer coordinates, `[V, c + 1]`; a vertex whose last one is 0 is a direction.
        vertices: Matrix,
        /// c = 2: from vertex a to vertex b another class k is at least as large as j; none for c = 1.
        edges: Vec<[usize; 3]>,
    }

    /// The network x ↦ (v_1 + v_2, c) with v = σ(b + W h), h = σ(x), W = S \[\[−1, ½\], \[½, −1\]\], b = t_0 + S β/2 and β = inf σ. Class 0
    /// wins where v_1 + v_2 > c.
    struct Diagonal {
        /// σ.
        activation: SmoothRecord,
        /// S > 0.
        scale: Fraction,
        /// t_0, with 2σ(t_0) ≤ c.
        shift: Fraction,
        /// c.
        threshold: Fraction,
        /// u > 0: class 0 wins at (u, −u) and (−u, u).
        reach: Fraction,
        /// Bits behind the point: a hint.
        bits: u64,
    }

    /// A tiling of the line or the plane by cells, each with the class that is largest there.
    struct Cells {
        /// The network.
        network: Network,
        /// Where; without it the whole space of c = 1 or 2 inputs.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        chart: Option<Chart>,
        /// Homogeneous integer coordinates, `[V, c + 1]`; a vertex whose last one is 0 is a direction.
        vertices: Matrix,
        /// The cells.
        cells: Vec<Cell>,
        /// For each class a number of components that is not exceeded, `n_L` of them.
        at_most: Vec<usize>,
    }

    /// A convex cell, on which every neuron is on one of its pieces.
    struct Cell {
        /// Its vertices in turn (c = 2), or its two ends (c = 1).
        vertices: Vec<usize>,
        /// The class that is largest at all of them, from 0.
        class: usize,
    }
}

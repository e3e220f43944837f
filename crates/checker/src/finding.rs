//! What is proved of an object, and what is not.

use crate::rational::Rational;
use crate::verdict::{Enclosure, Rejection, Scope, counted, decimal};
use std::fmt;

/// What a valid certificate of an object proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// For attained ≤ α < barrier the two points are in different components of the sublevel set of α.
    Separated {
        /// The larger one of the two losses.
        attained: Rational,
        /// The least loss where the function that separates them vanishes.
        barrier: Rational,
    },
    /// The same for two graph networks and ½‖F − Y‖².
    SeparatedGraphs {
        /// The graph, in words.
        graph: String,
        /// The larger one of the two losses.
        attained: Rational,
        /// The least loss where the function that separates them vanishes.
        barrier: Rational,
        /// Whether it is about networks without biases behind block 1 alone.
        without_biases: bool,
    },
    /// No path of full-rank matrices joins two square ones of this size.
    SeparatedMatrices {
        /// n.
        size: usize,
    },
    /// A chain of matrices of full rank.
    FullRankChain {
        /// n × p.
        shape: (usize, usize),
        /// How many straight segments it has.
        segments: usize,
        /// Whether it ends where it starts.
        closed: bool,
    },
    /// There are no λ with σ(x) = Σ λ_i σ(x − a_i) for all x.
    NoRelation {
        /// σ, in words.
        activation: String,
        /// How many shifts a_i there are.
        shifts: usize,
    },
    /// No critical point, connected sublevel sets, and a region from which the gradient flow falls to `limit` only.
    StuckFlow {
        /// B(0), to which f falls.
        limit: Rational,
        /// B(m), the infimum of f.
        infimum: Rational,
        /// ρ of the region x ≥ 0, |y| ≤ ρ e^(−x).
        radius: Rational,
        /// c > 0 with d(r²)/dt ≤ −2c s r² there, r = y/s, s = e^(−x).
        contraction: Rational,
    },
    /// Two networks are the same function, of every input and with any σ.
    SameFunction {
        /// n_0, …, n_L.
        widths: Vec<usize>,
        /// How many hidden neurons have another place in the second one.
        moved: usize,
        /// Whether the first one and the second one were compared with the user's own.
        compared: (bool, bool),
    },
    /// The values at −∞, at every local extremum and at +∞; between them the function is strictly monotone. Of two variables
    /// so on the line y = 0, onto which the sublevel sets retract.
    Valleys {
        /// In the order of x.
        values: Vec<Rational>,
        /// c > 0 of a function of two variables, with c y² added; `None` for one of one variable.
        square: Option<Rational>,
    },
    /// Every decision region of a network is connected.
    ConnectedRegions {
        /// n_0, …, n_L.
        widths: Vec<usize>,
        /// Whether the network and σ were compared with the user's own.
        compared: (bool, bool),
    },
    /// A class wins at every point of a chain of segments.
    ClassPath {
        /// n_0, …, n_L.
        widths: Vec<usize>,
        /// Which class, from 0.
        class: usize,
        /// How many segments there are.
        segments: usize,
        /// On how many pieces of them in all the output is affine.
        pieces: usize,
        /// Whether the network and σ were compared with the user's own.
        compared: (bool, bool),
        /// Which of the user's samples, from 0, the first and the last stop are, if they were compared.
        ends: Option<(usize, usize)>,
    },
    /// The region of a class is disconnected.
    DisconnectedRegions {
        /// n_0, …, n_L.
        widths: Vec<usize>,
        /// Which class, from 0.
        class: usize,
        /// How many components it has at least.
        components: usize,
        /// Where.
        domain: Domain,
        /// Whether the network and σ were compared with the user's own.
        compared: (bool, bool),
    },
    /// A census of decision regions.
    Census {
        /// n_0, …, n_L.
        widths: Vec<usize>,
        /// How many components the region of each class has at most.
        at_most: Vec<usize>,
        /// In how many cells it was taken.
        cells: usize,
        /// Where.
        domain: Domain,
        /// Whether the network and σ were compared with the user's own.
        compared: (bool, bool),
    },
    /// The features that are connected to the output have rank N.
    Independent {
        /// The network, in words.
        graph: String,
        /// N.
        samples: usize,
        /// M, with the column of ones of an output bias.
        features: usize,
        /// Whether every feature is an analytic function of the parameters: then almost all of them have rank N.
        analytic: bool,
        /// The blocks with shared weights, and whether their biases are shared too.
        shared: Vec<(usize, bool)>,
        /// What was compared with the user's own.
        compared: Own,
    },
    /// No suboptimal strict local minimum.
    NoStrictMinimum {
        /// The network, in words.
        graph: String,
        /// How many distinct samples there are.
        distinct: usize,
        /// M, with the column of ones of an output bias.
        features: usize,
        /// Of which networks and losses.
        reach: Reach,
        /// What was compared with the user's own.
        compared: Own,
    },
    /// No local maximum.
    NoMaximum {
        /// The network, in words.
        graph: String,
        /// Of which loss.
        of: Scope,
        /// The feature and the output that the weight connects, from 0.
        weight: (usize, usize),
        /// The second derivative of the loss in that weight, above 0.
        curvature: Enclosure,
        /// A step of the weight, and by how much the loss is larger at either end of it, at least.
        rise: Option<(Rational, Rational)>,
        /// What was compared with the user's own.
        compared: Own,
        /// Whether the loss is the user's own.
        loss_compared: bool,
    },
    /// A point of S_k, and two bounds of its gradient.
    Gradient {
        /// The network, in words.
        graph: String,
        /// N.
        samples: usize,
        /// k: F_k has rank N, and U_(k+2), …, U_L have full rank.
        level: usize,
        /// L.
        depth: usize,
        /// Whether layer k + 1 is dense: then ∇ in U_(k+1) is ∇ in its weights.
        dense: bool,
        /// c and C with c ‖F − Y‖ ≤ ‖∇‖ ≤ C ‖F − Y‖.
        bounds: Box<[Rational; 2]>,
        /// Between which numbers ½‖F − Y‖² is.
        loss: Box<[Rational; 2]>,
        /// Between which numbers ‖∇‖² is.
        gradient: Box<[Rational; 2]>,
        /// Whether every feature is an analytic function of the parameters: then almost all of them are in S_k.
        analytic: bool,
        /// What was compared with the user's own.
        compared: Own,
    },
    /// A network with F = Y near given rational parameters.
    Solution {
        /// The network, in words.
        graph: String,
        /// N.
        samples: usize,
        /// k: the solution is in S_k.
        level: usize,
        /// L.
        depth: usize,
        /// The layers whose weights are not the rational ones.
        corrected: Vec<usize>,
        /// How far they are from those, by the largest row sum.
        radius: Box<Rational>,
        /// What was compared with the user's own.
        compared: Own,
    },
    /// Two residual networks, and a loss that every path between them reaches.
    Wall {
        /// The losses of the two.
        losses: [Rational; 2],
        /// The infimum of the loss without the block.
        two_layer: Rational,
        /// What every path reaches, above all of these.
        wall: Rational,
        /// A loss, above the infimum, that no network has less than in the first one's component of its own sublevel set.
        floor: Option<Rational>,
    },
    /// How deep the strict local minima of a piecewise-linear function of one variable are.
    Wells {
        /// They, ascending.
        minima: Vec<Well>,
        /// The least ε such that any two points of {f ≤ λ} are joined in {f ≤ λ + ε}, for all λ.
        depth: Rational,
        /// The largest value.
        ceiling: Rational,
        /// {f ≤ λ} is connected for every λ from here on; for every λ at all, if there is none.
        connected_from: Option<Rational>,
    },
    /// Two common zeros of polynomials, in different components of the set of all their common zeros.
    SeparatedZeros {
        /// How many variables there are.
        variables: usize,
        /// How many polynomials there are.
        residuals: usize,
    },
    /// Two residual networks with the same output for every input and the same regulariser, one as near to the other as one likes.
    Rescaled {
        /// m.
        neurons: usize,
        /// i, from 0.
        neuron: usize,
        /// c; none if v_2i is free, as w_1i = 0.
        factor: Option<Rational>,
    },
    /// Vectors, of which any m^η have two that are farther apart in direction than a bound.
    Spread {
        /// m.
        vectors: usize,
        /// n.
        dimension: usize,
        /// k: of any k + 1 two are at a right angle or more.
        parts: usize,
        /// Whether these two are opposite.
        opposite: bool,
        /// η.
        exponent: Rational,
        /// The exponent of m in the bound.
        bound: Rational,
    },
    /// A network with one hidden layer is a minimum of ½‖F − Y‖².
    Minimum {
        /// d, n_1, n_2.
        widths: Vec<usize>,
        /// ½‖F − Y‖² there, above 0.
        value: Rational,
        /// What it is at another network, if that is less: the minimum is not a global one.
        lower: Option<Rational>,
        /// Among which networks.
        extent: Extent,
        /// What was compared with the user's own.
        compared: Own,
    },
}

/// A strict local minimum of a function of one variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Well {
    /// Where.
    pub place: Rational,
    /// The value there.
    pub value: Rational,
    /// The least by which a path rises above the value that leads to another component of a sublevel set; none if there is no such
    /// path.
    pub climb: Option<Rational>,
}

/// Among which networks one is a minimum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Extent {
    /// Among those nearer than this.
    Cell {
        /// The square of the distance in the space of all parameters; none if there is no limit.
        squared_radius: Option<Rational>,
    },
    /// Among those with W_2 ≥ 0.
    Orthant {
        /// The least entry of W_2, above 0: every path on which the loss never rises is constant in loss for at least this length
        /// before it is lower.
        least: Rational,
    },
}

/// Which networks are no strict local minimum, and of what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Those with these blocks, of any function of the output: Ψ z = 0 for a z ≠ 0.
    Blocks,
    /// All, of any function of the output: M is larger than the number of distinct samples.
    EveryLoss,
    /// All that are no global minimum, of any convex function of the output: M is that number.
    ConvexLosses,
}

/// What was compared with the user's own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Own {
    /// The network.
    pub from: bool,
    /// σ.
    pub activation: bool,
    /// X.
    pub inputs: bool,
    /// Y.
    pub targets: bool,
}

impl fmt::Display for Own {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let parts = [
            ("network", self.from),
            ("activation", self.activation),
            ("inputs", self.inputs),
            ("targets", self.targets),
        ];
        let [given, other] = [true, false].map(|which| {
            let names = parts.iter().filter(|(_, compared)| *compared == which).map(|(name, _)| *name);
            names.collect::<Vec<_>>().join(", ")
        });
        match (given.is_empty(), other.is_empty()) {
            (true, _) => f.write_str("nothing was compared with given files"),
            (_, true) => f.write_str("network, activation, inputs and targets are the given ones"),
            _ => write!(f, "as given: {given}; not compared: {other}"),
        }
    }
}

/// Where a statement about decision regions holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Domain {
    /// Everywhere: the network has one or two inputs, or sees of them what the chart sees.
    Space,
    /// On a plane of inputs.
    Plane,
    /// On a line of inputs.
    Line,
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Domain::Space => "in the whole input space",
            Domain::Plane => "in the plane of the chart",
            Domain::Line => "on the line of the chart",
        })
    }
}

/// What of a network was compared, in words.
fn own((network, activation): (bool, bool)) -> &'static str {
    match (network, activation) {
        (true, true) => "network and activation are the given ones",
        (true, false) => "the network is the given one, the activation was not compared with a given one",
        (false, true) => "the activation is the given one, the network was not compared with a given one",
        (false, false) => "neither network nor activation was compared with a given one",
    }
}

/// `block 1: one bias a filter; block 2: one bias a unit`.
fn sharing(shared: &[(usize, bool)]) -> String {
    let block = |(block, tied): &(usize, bool)| {
        format!("block {block}: filters, with one bias a {}", if *tied { "filter" } else { "unit" })
    };
    shared.iter().map(block).collect::<Vec<_>>().join("; ")
}

/// Which layers have full rank in S_k.
fn full_rank(level: usize, depth: usize) -> String {
    match (level + 2..=depth).count() {
        0 => String::new(),
        1 => format!(", and layer {depth} has full rank"),
        _ => format!(", and layers {} to {depth} have full rank", level + 2),
    }
}

/// `2-3-2`.
fn dashed(widths: &[usize]) -> String {
    widths.iter().map(usize::to_string).collect::<Vec<_>>().join("-")
}

impl Finding {
    /// [`Finding::Separated`], if the losses are below the barrier.
    pub(crate) fn separated(attained: Rational, barrier: Rational) -> Result<Self, Rejection> {
        if attained < barrier {
            Ok(Finding::Separated { attained, barrier })
        } else {
            Err(Unproved::NotBelow { attained: Box::new(attained), barrier: Box::new(barrier) }.into())
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Finding::Separated { attained, barrier } => write!(
                f,
                "for every α with {attained} ≤ α < {barrier} the two points are in different components of the sublevel set \
                 of α"
            ),
            Finding::SeparatedGraphs { graph, attained, barrier, without_biases } => {
                let among = if *without_biases { ", among networks without biases behind block 1" } else { "" };
                write!(
                    f,
                    "for every α with {attained} ≤ α < {barrier} the two networks are in different components of the sublevel set of α \
                     of ½‖F − Y‖²{among}; the graph: {graph}"
                )
            }
            Finding::SeparatedMatrices { size } => {
                write!(f, "no path of full-rank {size} × {size} matrices joins the two")
            }
            Finding::FullRankChain { shape: (rows, cols), segments, .. } => {
                let plural = if *segments == 1 { "" } else { "s" };
                write!(
                    f,
                    "every point of a chain of {segments} segment{plural} of {rows} × {cols} matrices has full rank"
                )
            }
            Finding::NoRelation { activation, shifts } => {
                let plural = if *shifts == 1 { "" } else { "s" };
                write!(
                    f,
                    "σ(x) is no combination of σ(x − a_i) for the {shifts} given shift{plural} a_i; σ: {activation}"
                )
            }
            Finding::StuckFlow { limit, infimum, radius, .. } => write!(
                f,
                "no critical point; every sublevel set is connected; from x ≥ 0, |y| ≤ {radius} exp(−x) the gradient flow \
                 falls to {limit} at infinity, and the infimum is {infimum}"
            ),
            Finding::SameFunction { moved, compared, .. } => {
                let plural = if *moved == 1 { "" } else { "s" };
                let which = match compared {
                    (true, true) => "both are the given networks",
                    (true, false) => "the first is the given network",
                    (false, true) => "the second is the given network",
                    (false, false) => "neither was compared with a given network",
                };
                write!(
                    f,
                    "the two networks are the same function of every input, whatever σ: {moved} hidden neuron{plural} of the \
                     second have another place than in the first; {which}"
                )
            }
            Finding::Valleys { values, square } => {
                let values: Vec<_> = values.iter().map(Rational::to_string).collect();
                let plane = square.as_ref().map_or(String::new(), |square| {
                    format!(
                        "of two variables, with {square} y² added: every strict sublevel set retracts onto its part on the \
                         line y = 0, and there "
                    )
                });
                write!(f, "{plane}from −∞ to +∞ the values {}, and strictly monotone in between", values.join(", "))
            }
            Finding::ConnectedRegions { widths, compared } => write!(
                f,
                "every decision region of this {} network is connected in the whole input space: for each class the set of \
                 all inputs at which it wins strictly, which may be empty; {}",
                dashed(widths),
                own(*compared)
            ),
            Finding::ClassPath { widths, class, segments, pieces, compared, ends } => {
                let ends = match ends {
                    Some((first, last)) => {
                        format!("its ends are the given samples {first} and {last} (counted from 0)")
                    }
                    None => "its ends were not compared with given samples".into(),
                };
                write!(
                    f,
                    "class {class} of this {} network wins strictly at every point of a path of {} of inputs, on which the \
                     output is affine in {}; {}; {ends}",
                    dashed(widths),
                    counted(*segments, "segment"),
                    counted(*pieces, "piece"),
                    own(*compared)
                )
            }
            Finding::DisconnectedRegions { widths, class, components, domain, compared } => write!(
                f,
                "the decision region of class {class} of this {} network, where it wins strictly, has at least {components} \
                 components {domain}; {}",
                dashed(widths),
                own(*compared)
            ),
            Finding::Census { widths, at_most, cells, domain, compared } => {
                let each = at_most.iter().enumerate().map(|(class, count)| format!("class {class} at most {count}"));
                write!(
                    f,
                    "components of the decision regions of this {} network, where a class wins strictly, {domain}: {}, counted \
                     in {}; {}",
                    dashed(widths),
                    each.collect::<Vec<_>>().join(", "),
                    counted(*cells, "cell"),
                    own(*compared)
                )
            }
            Finding::Independent { graph, samples, features, analytic, shared, compared } => {
                write!(
                    f,
                    "the {features} features that the network connects to its output have rank {samples} on the {samples} samples"
                )?;
                if *analytic {
                    write!(f, "; so they have for almost all weights and biases of this architecture")?;
                    match &shared[..] {
                        [] => write!(f, ", all of them free")?,
                        shared => write!(f, ", with what it shares ({})", sharing(shared))?,
                    }
                } else {
                    write!(
                        f,
                        "; of other weights nothing is said, as not every feature is an analytic function of them"
                    )?;
                }
                write!(
                    f,
                    "; at rank {samples} the output weights reach every output: of every convex loss a local minimum in them \
                     has the least value that any output has; network: {graph}; {compared}"
                )
            }
            Finding::NoStrictMinimum { graph, distinct, features, reach, compared } => {
                let (all, convex) =
                    ("whatever weights, biases and activations are", "every convex function of the output");
                match reach {
                    Reach::Blocks => write!(
                        f,
                        "a combination of the {features} features is 0 on all samples: with these blocks, whatever the weights V of \
                         the output are, the output is constant along a line in V, and no loss that is a function of the output, \
                         convex or not, has a strict local minimum there"
                    )?,
                    Reach::EveryLoss => write!(
                        f,
                        "{features} features of {distinct} distinct samples: {all}, the output is constant along a line of output weights, \
                         and no loss that is a function of the output, convex or not, has a strict local minimum"
                    )?,
                    Reach::ConvexLosses => write!(
                        f,
                        "{features} features of {distinct} distinct samples: {all}, the output is constant along a line of output weights, \
                         or these weights reach every output that is equal where samples are; so {convex} has no suboptimal strict \
                         local minimum"
                    )?,
                }
                write!(f, "; network: {graph}; {compared}")
            }
            Finding::NoMaximum { graph, of, weight: (feature, output), curvature, rise, compared, loss_compared } => {
                write!(
                    f,
                    "along the weight from feature {feature} to output {output} (from 0) the second derivative of the loss is \
                     {curvature}: with these blocks the loss is strictly convex along it, whatever the weights of the output are, \
                     and none of these networks is a local maximum"
                )?;
                if let Some((step, rise)) = rise {
                    let rise = decimal(rise, false);
                    write!(f, "; from this one the loss grows on both sides, by {rise} at least at ±{step}")?;
                }
                let own = if *loss_compared { "the given one" } else { "not compared" };
                write!(f, "; loss: {of}, {own}; network: {graph}; {compared}")
            }
            Finding::Gradient { graph, samples, level, depth, dense, bounds, loss, gradient, analytic, compared } => {
                let [c, upper] = &**bounds;
                let bound = &gradient[1] / (c * c + c * c);
                write!(
                    f,
                    "the {samples} samples have independent features at block {level}{}",
                    full_rank(*level, *depth)
                )?;
                if *analytic {
                    write!(f, ", as for almost all weights and biases of this architecture")?;
                }
                let which = if *dense { "its weights" } else { "the matrix of its units" };
                write!(
                    f,
                    "; c ‖F − Y‖ ≤ ‖∇‖ ≤ C ‖F − Y‖ for the gradient ∇ of ½‖F − Y‖² in layer {}, by {which}, with c = {} and C = {}; \
                     ½‖F − Y‖² is between {} and {}, ‖∇‖² between {} and {}, and so the loss at most ‖∇‖²/(2c²) ≤ {}; network: \
                     {graph}; {compared}",
                    level + 1,
                    decimal(c, false),
                    decimal(upper, true),
                    decimal(&loss[0], false),
                    decimal(&loss[1], true),
                    decimal(&gradient[0], false),
                    decimal(&gradient[1], true),
                    decimal(&bound, true)
                )
            }
            Finding::Solution { graph, samples, level, depth, corrected, radius, compared } => {
                let layers: Vec<_> = corrected.iter().map(usize::to_string).collect();
                write!(
                    f,
                    "a network of this graph has F = Y on the {samples} samples, and the loss 0; it differs from the given rational \
                     one in the weights of layer {} only, by at most {radius} in the largest row sum; its features at block \
                     {level} have rank {samples}{}; network: {graph}; {compared}",
                    layers.join(" and layer "),
                    full_rank(*level, *depth)
                )
            }
            Finding::Wall { losses: [above, below], two_layer, wall, floor } => {
                write!(
                    f,
                    "the regularised losses of the two residual networks are {above} and {below}, the infimum without the block is \
                     {two_layer}, and every path between the two reaches {wall} or more; so it is with any number of further \
                     neurons, if the two have weights 0 there"
                )?;
                match floor {
                    Some(floor) => write!(
                        f,
                        "; no network in the component of the first one in its own sublevel set has less than {floor}, and no path \
                         leaves this component below {wall}"
                    ),
                    None => Ok(()),
                }
            }
            Finding::Wells { minima, depth, ceiling, connected_from } => {
                let well = |Well { place, value, climb }: &Well| match climb {
                    Some(climb) => format!("{value} at {place}, from which a path has to climb {climb}"),
                    None => format!("{value} at {place}, from which no path leads elsewhere"),
                };
                let minima: Vec<_> = minima.iter().map(well).collect();
                let from = connected_from.as_ref().map_or(String::from("λ"), |from| format!("λ ≥ {from}"));
                write!(
                    f,
                    "strict local minima, and by how much a path to another component of a sublevel set rises above them: {}; the \
                     largest value is {ceiling}; {{f ≤ λ}} is connected for every {from}; any two points of {{f ≤ λ}} are joined in \
                     {{f ≤ λ + {depth}}} for every λ, and this is the least such number",
                    minima.join("; ")
                )
            }
            Finding::SeparatedZeros { variables, residuals } => write!(
                f,
                "the two points are common zeros of the {} in {}, in different components of the set of all common zeros",
                counted(*residuals, "polynomial"),
                counted(*variables, "variable")
            ),
            Finding::Rescaled { neurons, neuron, factor } => {
                write!(
                    f,
                    "for every σ with σ(ct) = c σ(t), c > 0, the two residual networks have the same output for every input and the same \
                     terms of the regulariser in (13) of IJCAI 2020: of neuron {neuron} (of {neurons}, from 0) "
                )?;
                match factor {
                    Some(factor) => write!(
                        f,
                        "the second one has W_1 and V_1 times c = {factor}, W_2 and V_2 over c, and every other c > 0 is as good"
                    )?,
                    None => write!(f, "W_1 is 0, so that its weights of V_2 do not matter")?,
                }
                write!(f, "; the first network is no strict local minimum, whatever samples, loss and κ are")
            }
            Finding::Spread { vectors, dimension, parts, opposite, exponent, bound } => write!(
                f,
                "of these {vectors} vectors of dimension {dimension} any {} have two {}; 2·{vectors}^({bound}) is less, so that no \
                 {vectors}^({exponent}) of them or more have pairwise angles of at most that",
                parts + 1,
                if *opposite { "that are opposite" } else { "at an angle of 90° or more" }
            ),
            Finding::Minimum { widths, value, lower, extent, compared } => {
                write!(f, "this {} network has ½‖F − Y‖² = {value}; ", dashed(widths))?;
                match extent {
                    Extent::Cell { squared_radius: Some(square) } => write!(
                        f,
                        "no network less than √({square}) away in the space of all parameters has less: a local minimum"
                    )?,
                    Extent::Cell { squared_radius: None } => return write!(f, "no network has less; {compared}"),
                    Extent::Orthant { least } => write!(
                        f,
                        "no network with W_2 ≥ 0 has less; a path from it to a lower loss on which the loss never rises is at \
                         first constant in loss for a length of {least} at least: a local minimum"
                    )?,
                }
                match lower {
                    Some(lower) => write!(f, "; no global one, as another network has {lower}")?,
                    None => write!(f, "; whether a global one is not said")?,
                }
                write!(f, "; {compared}")
            }
        }
    }
}

/// Why an object does not show what it claims: one variant a condition. Indices count from 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unproved {
    /// Diagonal: S and u are positive.
    #[error("the scale or the reach is not positive")]
    DiagonalSigns,
    /// Diagonal: class 0 does not win where both inputs are equal.
    #[error("2σ(t_0) is above the threshold: class 0 may win on the diagonal")]
    DiagonalWins,
    /// Diagonal: class 0 wins on either side.
    #[error("class 0 does not win at (u, −u)")]
    CornerLoses,
    /// Independent: N columns or more are needed for rank N.
    #[error("{} of {samples} samples cannot have rank {samples}", counted(*features, "feature"))]
    TooFewFeatures { features: usize, samples: usize },
    /// Independent: equal samples have equal features, whatever the parameters are.
    #[error(
        "samples {first} and {second} (counted from 0) have equal inputs, and so equal features: the rank is below N"
    )]
    EqualSamples { first: usize, second: usize },
    /// Independent: R does not show it.
    #[error("row {row} of I − Ψ R has a sum of absolute values of at least 1: R does not show that Ψ has rank N")]
    NoRightInverse { row: usize },
    /// No strict minimum: fewer features than distinct samples.
    #[error(
        "{} of {distinct} distinct samples: their number alone does not exclude strict local minima",
        counted(*features, "feature")
    )]
    FewFeatures { features: usize, distinct: usize },
    /// No strict minimum: z = 0 is in every kernel.
    #[error("the kernel vector is zero")]
    ZeroVector,
    /// No strict minimum: the combination is not 0, or only by what is not known of σ.
    #[error("the combination of the features is not shown to be 0 on sample {sample}")]
    NotInKernel { sample: usize },
    /// No maximum: the loss has no second derivative that is positive.
    #[error("the hinge loss is affine between its kinks: no second derivative shows that it grows")]
    NotCurved,
    /// No maximum: the weight does not matter.
    #[error("the second derivative of the loss in this weight is 0")]
    Flat,
    /// No maximum: there is no such weight.
    #[error("no weight leads from feature {feature} to output {output}")]
    NoSuchWeight { feature: usize, output: usize },
    /// No maximum: the network is not below both ends of the step.
    #[error("at the step {step} of the weight the loss is not larger")]
    NoRise { step: Box<Rational> },
    /// Chain: k is a block.
    #[error("level {level} of a graph of {}; expected one of them, from 1", counted(*blocks, "block"))]
    ChainLevel { level: usize, blocks: usize },
    /// Chain: block after block.
    #[error("block {block} is not made by filters of the block before it alone")]
    NoChain { block: usize },
    /// Chain: the output.
    #[error("the output is not made of all units of block {block} in their order")]
    OutputOfChain { block: usize },
    /// Chain: n_(l−1) ≥ n_l.
    #[error("layer {layer} has {width} units, more than the {before} before it: it has no left inverse")]
    WidensAbove { layer: usize, before: usize, width: usize },
    /// Chain: a left inverse for each layer.
    #[error("{} for {}", counted(*found, "left inverse"), counted(*expected, "layer"))]
    LeftInverseCount { expected: usize, found: usize },
    /// Chain: L does not show full rank.
    #[error("‖I − L U‖ is 1 or more: the left inverse does not show that layer {layer} has full rank")]
    LayerRank { layer: usize },
    /// Bounded gradient: R does not show it.
    #[error("‖I − F R‖ is 1 or more: R does not show that the features of block {block} have rank N")]
    FeatureRank { block: usize },
    /// Bounded gradient: σ is differentiable.
    #[error("the activation of block {block} has a kink: there is no gradient to be bounded")]
    Kinked { block: usize },
    /// Bounded gradient: σ′ ≠ 0.
    #[error("the activation of block {block} has slope 0: no lower bound of the gradient follows")]
    FlatActivation { block: usize },
    /// Bounded gradient: c is positive, and what is shown.
    #[error("c is not positive, or the inverses and slopes show less than it")]
    LowerBound,
    /// Bounded gradient: C is what is shown.
    #[error("the norms of features, layers and slopes show more than C")]
    UpperBound,
    /// Fits: k < L − 1 exactly if there are classes.
    #[error("level {level} of {}: classes are for a level below the last block, and needed there", counted(*blocks, "block"))]
    SolutionLevel { level: usize, blocks: usize },
    /// Fits: layer k + 1 is dense.
    #[error("layer {layer} is not dense: its weights cannot be chosen unit by unit")]
    NotDense { layer: usize },
    /// Fits: a class for each sample, which is there.
    #[error("there are not as many labels as samples, or one names no class")]
    ClassLabels,
    /// Fits: the target of a sample is that of its class.
    #[error("the target of sample {sample} is not that of its class")]
    ClassTarget { sample: usize },
    /// Fits: the output has full rank.
    #[error("T (Z − 1 bᵀ) is not the identity: it is not shown that the weights of the output have full rank")]
    CodeRank,
    /// Fits: the radius.
    #[error("the correction of layer {layer} is not shown to be within the radius")]
    Radius { layer: usize },
    /// A basis has min(n, p) rows or columns of the matrix.
    #[error("the basis of segment {segment} has not the size of the rank, or names what is not there")]
    Basis { segment: usize },
    /// What is in the basis stays.
    #[error("the basis of segment {segment} moves")]
    BasisMoves { segment: usize },
    /// Independent rows have an inverse.
    #[error("segment {segment} gives no inverse of its basis")]
    NoInverse { segment: usize },
    /// Nothing shows the rank of a chain without segments.
    #[error("the chain has no segment")]
    NoSegment,
    /// A product of triangular matrices is the matrix with its rows in another order.
    #[error("the factors are not triangular, or their product is not the matrix with its rows in the given order")]
    Factors,
    /// The function has to be positive at the one and negative at the other.
    #[error("the function is not positive at the first and negative at the second point")]
    Signs,
    /// The function is one of five, and has what belongs to it.
    #[error("no function of this name with these data separates networks of these widths on so many samples")]
    Function,
    /// The margin of the targets is too large, or is not shown.
    #[error("G Gᵀ − μ (I − 11ᵀ/N) is not the given sum of squares, or μ is not positive")]
    Margin,
    /// Last weights: as many neurons as outputs.
    #[error("the last layer leads from {} to {}: its matrix has no determinant", counted(*hidden, "neuron"), counted(*outputs, "output"))]
    NotSquare { hidden: usize, outputs: usize },
    /// Last weights: the margin of the targets is too large, or is not shown.
    #[error("Gᵀ G − μ I is not the given sum of squares, or μ is not positive")]
    OutputMargin,
    /// Features of a graph: N of them, with the column of ones.
    #[error("{} of {}: Ψ has no determinant", counted(*features, "feature"), counted(*samples, "sample"))]
    FeatureCount { features: usize, samples: usize },
    /// Features of a graph without an output bias: the margin of the targets is too large, or is not shown.
    #[error("Y Yᵀ − μ I is not the given sum of squares, or μ is not positive")]
    TargetMargin,
    /// Cone: block 1.
    #[error("block 1 has not two units with values that are never negative")]
    NoCone,
    /// Cone: what stands behind block 1.
    #[error("layer {layer} takes from the inputs, has a bias, or an activation with σ(c x) ≠ c σ(x) for some c > 0")]
    NotHomogeneous { layer: usize },
    /// Cone: two samples.
    #[error("the samples are not two distinct ones of the data, or their targets have not opposite signs")]
    Opposite,
    /// The losses are not below the barrier.
    #[error("a loss of {attained} is not below the barrier {barrier}")]
    NotBelow { attained: Box<Rational>, barrier: Box<Rational> },
    /// Minimum: a loss of zero is the least of all.
    #[error("the loss is 0: the network is a global minimum")]
    LossZero,
    /// Minimum: the other network has a lower loss.
    #[error("the loss of the other network is not lower")]
    NotLower,
    /// Minimum in a cell: no pre-activation is a breakpoint.
    #[error("the pre-activation of neuron {neuron} is a breakpoint of the activation for sample {sample}")]
    OnBreakpoint { sample: usize, neuron: usize },
    /// Minimum in a cell: R ⟂ 1 and all features.
    #[error("the residual is not orthogonal to 1 and to all features: a move of the last layer lowers the loss")]
    OutputDescends,
    /// Minimum in a cell: R ⟂ D_j [X, 1].
    #[error("the residual is not orthogonal to D [X, 1] with the slopes D of neuron {neuron}")]
    NeuronDescends { neuron: usize },
    /// Minimum among W_2 ≥ 0: σ is convex.
    #[error("the activation is not convex: its slopes do not ascend")]
    NotConvex,
    /// Minimum among W_2 ≥ 0: one output.
    #[error("{outputs} outputs; expected 1")]
    SeveralOutputs { outputs: usize },
    /// Minimum among W_2 ≥ 0: the network is in the interior, so that there is a plateau.
    #[error("the outgoing weight of neuron {neuron} is not positive")]
    OutgoingNotPositive { neuron: usize },
    /// Minimum among W_2 ≥ 0: P ≥ 0.
    #[error("entry ({row}, {column}) of the barycentres is negative")]
    NegativeBarycentre { row: usize, column: usize },
    /// Minimum among W_2 ≥ 0: P X = diag(P1) X.
    #[error("row {row} of the barycentres has another barycentre than input {row}")]
    Barycentre { row: usize },
    /// Minimum among W_2 ≥ 0: R = Pᵀ1 − P1.
    #[error("the residual is not Pᵀ1 − P1 for the barycentres P")]
    ResidualNotThat,
    /// Minimum among W_2 ≥ 0: ⟨R, F⟩ = 0.
    #[error("the residual is not orthogonal to the output")]
    OutputNotOrthogonal,
    /// Alternation: inputs ascend.
    #[error("the inputs do not ascend after sample {sample}")]
    NotAscending { sample: usize },
    /// Alternation: targets rise and fall in turn.
    #[error("the targets do not alternate at sample {sample}")]
    NotAlternating { sample: usize },
    /// Alternation: one neuron less can alternate as often.
    #[error("{alternations} alternations do not exceed the {runs} monotone runs that one neuron less can have")]
    TooFewAlternations { alternations: usize, runs: usize },
    /// Ordered: samples used.
    #[error("the samples that are used are not distinct ones of the data, two at least, one more than neurons")]
    Samples,
    /// Ordered: u.
    #[error("the direction of the outputs is zero, or there are several outputs and no direction")]
    Direction,
    /// Ordered: inputs on a line.
    #[error("the input of sample {sample} is not on the line through those of the first and the last sample used")]
    NotCollinear { sample: usize },
    /// Ordered: targets of the samples used.
    #[error("neither do the targets alternate, nor do their second differences, at sample {sample}")]
    SecondDifferences { sample: usize },
    /// Ordered: σ, and for s < 0 the targets and their number.
    #[error(
        "σ is not x for x ≥ 0 and s x for x < 0 with 0 ≤ s < 1, or with −1 ≤ s < 0, alternating targets and an even number of samples"
    )]
    NoHinge,
    /// An input, and a point, are pairs.
    #[error("the input or a point is no pair of numbers")]
    Pair,
    /// b = 0.
    #[error("b = 0: V has no influence")]
    NoInfluence,
    /// Shifts of a relation.
    #[error("the shifts are not distinct, not different from zero, or there are none")]
    Shifts,
    /// A step excludes a copy that is there.
    #[error("step {step} excludes copy {shift}, which is not there, or no longer")]
    NoSuchCopy { step: usize, shift: usize },
    /// The copy to be excluded is bent there.
    #[error("step {step}: the copy to be excluded is not known to bend there")]
    Straight { step: usize },
    /// Another copy is straight there.
    #[error("step {step}: copy {other} is not known to be straight there")]
    OtherCopy { step: usize, other: usize },
    /// σ is straight there.
    #[error("step {step}: σ is not known to be straight there")]
    FunctionBends { step: usize },
    /// σ is bent at last.
    #[error("σ is not known to bend at the last place")]
    LastStraight,
    /// The copies that remain are straight at last.
    #[error("copy {other}, which is not excluded, is not known to be straight at the last place")]
    LastCopy { other: usize },
    /// Three points ascend.
    #[error("a step between three points is not positive")]
    Step,
    /// As many weights as points.
    #[error("there are not as many weights as points")]
    Lengths,
    /// The weighted values of a copy.
    #[error("the weighted values of copy {shift} do not sum to 0")]
    CopySum { shift: usize },
    /// The weighted values of σ.
    #[error("the weighted values of σ sum to 0")]
    FunctionSum,
    /// α of the exponential linear unit.
    #[error("α of the exponential linear unit is not positive")]
    Alpha,
    /// The columns of values are not shown to be independent.
    #[error("‖I − R M‖ < 1 is not shown with this precision")]
    NotContracting,
    /// Reordered: an order a hidden layer, each neuron once.
    #[error(
        "the order of hidden layer {layer} does not name each of its neurons once, or there are not as many as layers"
    )]
    Orders { layer: usize },
    /// Reordered: layers, from 1.
    #[error("layer {layer} of the second network is not that of the first one in the given order")]
    OtherLayer { layer: usize },
    /// Flow: A.
    #[error("A has an odd power, a negative coefficient, or no positive constant")]
    Tail,
    /// Flow: B.
    #[error("B′ is not (y − m) Q with even powers and no negative coefficient in Q")]
    Floor,
    /// Flow: b_1, b_2.
    #[error("B is not flat enough at 0: b_1 = b_2 = 0 is needed")]
    NotFlat,
    /// Flow: ρ and the bound on P.
    #[error("the region is not shown to be a trap")]
    NoTrap,
    /// Flow: the limit is the infimum.
    #[error("the flow falls to the infimum: it is not stuck")]
    Optimal,
    /// Tails: c of c y².
    #[error("the coefficient of y² is not positive")]
    Square,
    /// Tails: turns ascend in (0, 1).
    #[error("turn {turn} is not between the one before it and 1")]
    TurnOrder { turn: usize },
    /// Tails: q′ vanishes at a turn.
    #[error("q′ does not vanish at turn {turn}")]
    NoTurn { turn: usize },
    /// Tails: q′ has no further factors.
    #[error("q′ is not a constant other than zero times Π (t − t_i)")]
    FurtherTurns,
    /// Wall: as many weights of each kind as neurons, as many inner layers.
    #[error("the two networks have not one number of neurons each, or not as many inner layers as each other")]
    WallShape,
    /// Wall: κ and c.
    #[error("κ is negative, or the root of the wall's place is not positive")]
    WallSigns,
    /// Wall: s ≥ c ≥ 1.
    #[error("a valley is bounded for a split that is not below the root, and a root that is not below 1")]
    Split,
    /// Wall: the valley is a bad one.
    #[error("the bound {floor} of the valley is not above {two_layer}, the infimum without the block")]
    ValleyNotAbove { floor: Box<Rational>, two_layer: Box<Rational> },
    /// Wells: a value a place.
    #[error("{} for {}", counted(*values, "value"), counted(*places, "place"))]
    PlaceCount { places: usize, values: usize },
    /// Wells: places ascend.
    #[error("place {place} is not after the one before it")]
    PlaceOrder { place: usize },
    /// Wells: a strict local minimum at least.
    #[error("the function has no strict local minimum")]
    NoWell,
    /// Zeros: as many cofactors, exponents and coordinates as there should be.
    #[error(
        "a term has not one exponent a variable, a point not one coordinate a variable, or there are not one cofactor more than polynomials"
    )]
    ZerosShape,
    /// Zeros: the points are zeros.
    #[error("polynomial {residual} is not 0 at a point")]
    NotAZero { residual: usize },
    /// Zeros: the identity.
    #[error("the combination of the separator and the polynomials is not 1")]
    NotOne,
    /// Rescaled: the neuron is there.
    #[error("neuron {neuron} of {neurons}, which count from 0")]
    RescaledNeuron { neuron: usize, neurons: usize },
    /// Rescaled: c > 0.
    #[error("the factor is not positive")]
    RescaledFactor,
    /// Rescaled: without a factor the neuron is 0.
    #[error("there is no factor, and W_1 of the neuron is not 0, so that V_2 matters")]
    RescaledLives,
    /// Rescaled: nothing else changes.
    #[error("{part} of the second network is not what the neuron's scale makes of that of the first")]
    NotRescaled { part: &'static str },
    /// Rescaled: it is another network.
    #[error("the two networks are equal")]
    EqualNetworks,
    /// Spread: every vector is in one part.
    #[error("vector {vector} is in {}; expected one", counted(*parts, "part"))]
    SpreadParts { vector: usize, parts: usize },
    /// Spread: a part has vectors that are there.
    #[error("a part names vector {vector} of {vectors}, which count from 0")]
    SpreadVector { vector: usize, vectors: usize },
    /// Spread: 0 has no direction.
    #[error("vector {vector} is 0, and has no direction")]
    ZeroDirection { vector: usize },
    /// Spread: two of a part are at a right angle or more.
    #[error("vectors {first} and {second} of one part are at an acute angle")]
    Acute { first: usize, second: usize },
    /// Spread: η is an exponent of the lemma.
    #[error("the exponent is not above 0 and at most 1")]
    SpreadExponent,
    /// Spread: fewer parts than vectors that are asked for.
    #[error("{} for {vectors} vectors are not fewer than {vectors}^({exponent})", counted(*parts, "part"))]
    ManyParts { parts: usize, vectors: usize, exponent: Box<Rational> },
    /// Spread: the angle is above the bound.
    #[error("3/2 for a right angle, or 3 for opposite vectors, is not above the bound of the angles")]
    WithinBound,
    /// Regions: two outputs at least.
    #[error("the network has one output, and no class to win against")]
    OneOutput,
    /// Regions: the class is an output.
    #[error("class {class} of {classes}, which count from 0")]
    Class { class: usize, classes: usize },
    /// Regions: one or two inputs, or a chart.
    #[error("a network of {inputs} inputs and no chart: expected 1 or 2 inputs")]
    NoChart { inputs: usize },
    /// Chart: a line or a plane.
    #[error("a chart of {directions} directions; expected 1 or 2")]
    ChartSize { directions: usize },
    /// Chart: one to one.
    #[error("the directions of the chart are dependent")]
    DependentDirections,
    /// Chart: M A = I.
    #[error("the directions of the chart times its projection are not the identity")]
    Projection,
    /// Chart: W = A M W for live neurons.
    #[error("the first layer does not factor through the chart: W is not A M W for all neurons that reach the output")]
    DoesNotFactor,
    /// Homogeneous coordinates.
    #[error("the {part} has a denominator: expected homogeneous coordinates, which are integers")]
    NotIntegers { part: &'static str },
    /// Ranks: one for each hidden layer.
    #[error("{} for {}", counted(*found, "rank"), counted(*expected, "hidden layer"))]
    RankCount { expected: usize, found: usize },
    /// Ranks: d ≥ n_1 ≥ … ≥ n_(L−1).
    #[error("layer {layer} is wider than the one before it")]
    NotPyramidal { layer: usize },
    /// Ranks: σ is monotone.
    #[error("the activation rises and falls")]
    NotMonotone,
    /// Ranks: with two hidden layers or more σ is onto.
    #[error(
        "the activation is constant towards an infinity, so that it is not onto, and there are two hidden layers or more"
    )]
    NotOnto,
    /// Ranks: q > 1.
    #[error("the modulus of layer {layer} is less than 2")]
    Modulus { layer: usize },
    /// Ranks: q is prime to the denominators.
    #[error("the modulus of layer {layer} has a factor in common with a denominator of its weight")]
    ModulusDivides { layer: usize },
    /// Ranks: L from 0 to q − 1.
    #[error("row {row} of the left inverse of layer {layer} has an entry that is not below the modulus")]
    Residue { layer: usize, row: usize },
    /// Ranks: L W ≡ I.
    #[error("L W is not the identity modulo the modulus of layer {layer}")]
    NoLeftInverse { layer: usize },
    /// Class path: a segment at least.
    #[error("a path of {}; expected 2 or more", counted(*found, "stop"))]
    Stops { found: usize },
    /// Class path: the class wins at the ends of all pieces.
    #[error("on segment {segment} class {other} is somewhere at least as large")]
    NotWon { segment: usize, other: usize },
    /// Boundaries: two points at least.
    #[error("{}; expected 2 or more", counted(*found, "point"))]
    FewPoints { found: usize },
    /// Boundaries: a point is one.
    #[error("point {point} has a last coordinate that is not positive")]
    PointAtInfinity { point: usize },
    /// Boundaries: the class wins at the points.
    #[error("at point {point} class {other} is at least as large")]
    PointOutside { point: usize, other: usize },
    /// Boundaries: a vertex is a point, or in a plane a direction.
    #[error("vertex {vertex} of curve {curve} is no point, and no direction in a plane")]
    Vertex { curve: usize, vertex: usize },
    /// Boundaries: on a line there are cuts only.
    #[error("curve {curve} has edges, and lies on a line")]
    EdgesOnALine { curve: usize },
    /// Boundaries: the class does not win at a cut.
    #[error("the class wins at vertex {vertex} of curve {curve}, which is to cut its region")]
    CutInside { curve: usize, vertex: usize },
    /// Boundaries: an edge has vertices of its curve.
    #[error("edge {edge} of curve {curve} names a vertex that is not there")]
    EdgeEnds { curve: usize, edge: usize },
    /// Boundaries: the witness is another class.
    #[error("edge {edge} of curve {curve} names the class itself, or one that is not there")]
    Witness { curve: usize, edge: usize },
    /// Boundaries: an edge has a point.
    #[error("both ends of edge {edge} of curve {curve} are directions")]
    EdgeAtInfinity { curve: usize, edge: usize },
    /// Boundaries: f is affine on an edge.
    #[error("neuron {neuron} of layer {layer} has no piece in common at both ends of edge {edge} of curve {curve}")]
    EdgeBends { curve: usize, edge: usize, layer: usize, neuron: usize },
    /// Boundaries: the witness is at least as large as the class.
    #[error("the other class that edge {edge} of curve {curve} names is smaller at one of its ends")]
    EdgeInside { curve: usize, edge: usize },
    /// Boundaries: every point has an even degree.
    #[error("curve {curve} is not closed: an odd number of its edges ends at vertex {vertex}")]
    NotClosed { curve: usize, vertex: usize },
    /// Boundaries: a curve tells any two points apart.
    #[error("no curve has point {first} on one side and point {second} on the other")]
    SameSide { first: usize, second: usize },
    /// Cells: a number for each class.
    #[error("{} in `at_most` for {expected} classes", counted(*found, "number"))]
    AtMostCount { expected: usize, found: usize },
    /// Cells: a vertex is a point or a direction.
    #[error("vertex {vertex} is neither a point nor a direction")]
    CellVertex { vertex: usize },
    /// Cells: two ends, or three corners.
    #[error("cell {cell} has not two ends on a line, or not three corners or more in a plane")]
    CellSize { cell: usize },
    /// Cells: corners are vertices.
    #[error("cell {cell} names a vertex that is not there")]
    CellCorners { cell: usize },
    /// Cells: the class is an output.
    #[error("cell {cell} names a class that is not there")]
    CellClass { cell: usize },
    /// Cells: one corner is a point.
    #[error("all corners of cell {cell} are directions")]
    CellAtInfinity { cell: usize },
    /// Cells: f is affine on a cell.
    #[error("neuron {neuron} of layer {layer} has no piece in common at all corners of cell {cell}")]
    CellBends { cell: usize, layer: usize, neuron: usize },
    /// Cells: the class is largest.
    #[error("class {other} is larger at a corner of cell {cell}")]
    CellWinner { cell: usize, other: usize },
    /// Cells: arcs are shorter than half the circle.
    #[error("cell {cell} has an arc at infinity between opposite or equal directions")]
    Arc { cell: usize },
    /// Cells: every facet belongs to an even number of cells.
    #[error("the cells do not close: a facet of cell {cell} belongs to an odd number of cells")]
    LooseFacet { cell: usize },
    /// Cells: they surround the plane.
    #[error("the cells do not cover everything: at infinity they leave a gap")]
    NotCovered,
    /// Cells: the census.
    #[error("the cells of class {class} make {found} components, and {at_most} are claimed")]
    MoreComponents { class: usize, found: usize, at_most: usize },
}

impl From<Unproved> for Rejection {
    fn from(unproved: Unproved) -> Self {
        Rejection::Unproved(unproved)
    }
}

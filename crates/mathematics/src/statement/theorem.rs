//! Which theorem applies: where several do, first the one whose certificate should be the shortest, then those whose
//! certificates may be much shorter still.

use super::descend::{self as descent, Goal};
use super::weight_copying::{Ones, Strategy};
use super::{DistinctInputs, Hypothesis, Obstacle, Problem, wide_layers};
use crate::arith::Number;
use crate::linalg::Kernel;
use crate::network::{OnDistinct, Parameters};
use crate::path::{Move, Path};
use nalgebra::DMatrix;
use rug::{Integer, Rational};
use std::cmp::Reverse;
use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// A theorem of ICML 2019 by which two networks are connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Theorem {
    /// Theorem 3.2: independent data, narrowing layers.
    IndependentData,
    /// Theorem 5.1: a wide first layer, then narrowing layers.
    WideFirstLayer,
    /// Theorem 6.1: all hidden layers wide.
    WideLayers,
    /// Theorems 5.1 and 6.1 together: this many wide layers, 1 < k < L − 1, then narrowing ones.
    WideThenNarrowing(usize),
}

impl Theorem {
    /// The theorems that speak of networks of L layers.
    pub fn all(depth: usize) -> Vec<Self> {
        let between = (2..depth.saturating_sub(1)).map(Self::WideThenNarrowing);
        [Self::IndependentData, Self::WideFirstLayer, Self::WideLayers].into_iter().chain(between).collect()
    }

    /// How many layers from below are treated as wide ([`wide_layers::connect_through`]).
    pub fn wide(self, depth: usize) -> usize {
        match self {
            Self::IndependentData => 0,
            Self::WideFirstLayer => 1.min(depth - 1),
            Self::WideLayers => depth - 1,
            Self::WideThenNarrowing(wide) => wide,
        }
    }

    /// How it is asked for by its number, if it has one.
    pub fn number(self) -> Option<&'static str> {
        match self {
            Self::IndependentData => Some("3.2"),
            Self::WideFirstLayer => Some("5.1"),
            Self::WideLayers => Some("6.1"),
            Self::WideThenNarrowing(_) => None,
        }
    }

    /// The label that a certificate carries.
    pub fn label(self) -> String {
        match self {
            Self::IndependentData => "icml-2019/theorem-3.2".into(),
            Self::WideFirstLayer => "icml-2019/theorem-5.1".into(),
            Self::WideLayers => "icml-2019/theorem-6.1".into(),
            Self::WideThenNarrowing(wide) => format!("icml-2019/theorems-5.1-and-6.1/{wide}-wide-layers"),
        }
    }

    /// Whether the theorem applies, by its own hypotheses at the widths that suffice here.
    ///
    /// # Errors
    /// The first [`Hypothesis`] that is not met.
    pub fn hypotheses(self, problem: &Problem) -> Result<(), Hypothesis> {
        match self {
            Self::IndependentData => super::independent_data::hypotheses(problem),
            Self::WideFirstLayer => super::wide_first_layer::hypotheses(problem),
            Self::WideLayers => wide_layers::hypotheses(problem).map(drop),
            Self::WideThenNarrowing(wide) => wide_layers::hypotheses_through(problem, wide).map(drop),
        }
    }

    /// What the theorem asks and what this instance has, in one line a hypothesis.
    pub fn explain(self, problem: &Problem) -> Vec<String> {
        let (samples, depth, widths) = (problem.samples(), problem.depth(), &problem.widths);
        let wide = self.wide(depth);
        let mut lines = Vec::new();
        if wide > 0 {
            lines.push(format!("the N = {samples} samples are distinct (Assumption 2.4)"));
            lines.push(format!("{} has two different slopes (Assumption 2.2, Lemma 2.3)", problem.activation));
        }
        for (k, &width) in widths.iter().enumerate().take(wide + 1).skip(1) {
            let strategy = Strategy::for_width(width, samples);
            lines.extend(strategy.map(|strategy| format!("n_{k} = {width}, N = {samples}: {strategy}")));
        }
        if wide + 1 < depth {
            lines.push(format!("{} is strictly monotone and onto (Assumption 2.1)", problem.activation));
            let above: Vec<String> = widths[wide + 1..].iter().map(ToString::to_string).collect();
            lines.push(format!("n_{} > … > n_L: {}", wide + 1, above.join(" > ")));
            if wide == 0 {
                lines.push(format!("rank [X, 1] = N = {samples}"));
            }
        }
        lines
    }
}

impl fmt::Display for Theorem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IndependentData => f.write_str("Theorem 3.2 (independent data)"),
            Self::WideFirstLayer => f.write_str("Theorem 5.1 (wide first layer)"),
            Self::WideLayers => f.write_str("Theorem 6.1 (wide layers)"),
            Self::WideThenNarrowing(wide) => write!(f, "Theorems 5.1 and 6.1 ({wide} wide layers, then narrowing)"),
        }
    }
}

impl FromStr for Theorem {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "3.2" => Ok(Self::IndependentData),
            "5.1" => Ok(Self::WideFirstLayer),
            "6.1" => Ok(Self::WideLayers),
            _ => Err(format!("`{text}` is none of the theorems 3.2, 5.1, 6.1")),
        }
    }
}

/// A theorem that does not apply, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Its name, as printed; empty where the reason speaks against every theorem.
    pub theorem: String,
    /// The condition that fails, with its numbers.
    pub reason: Obstacle,
}

/// No theorem applies, or not the one that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoTheorem(pub Vec<Refused>);

impl fmt::Display for NoTheorem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [Refused { theorem, reason }] = &self.0[..]
            && theorem.is_empty()
        {
            return reason.fmt(f);
        }
        match &self.0[..] {
            // Only the one that was asked for was tried.
            [first, others @ ..] if others.iter().all(|other| other.theorem == first.theorem) => {
                write!(f, "{} does not apply:", first.theorem)?;
                self.0.iter().try_for_each(|refused| write!(f, "\n  {}", refused.reason))
            }
            refused => {
                f.write_str("no theorem applies:")?;
                by_reason(refused).iter().try_for_each(|line| write!(f, "\n  {line}"))
            }
        }
    }
}

impl std::error::Error for NoTheorem {}

/// One line for each reason, with the theorems that it speaks against.
pub fn by_reason(refused: &[Refused]) -> Vec<String> {
    let mut lines: Vec<(Vec<&str>, &Obstacle)> = Vec::new();
    for Refused { theorem, reason } in refused {
        match lines.iter_mut().find(|(_, other)| *other == reason) {
            Some((theorems, _)) => theorems.push(theorem),
            None => lines.push((vec![theorem], reason)),
        }
    }
    lines.iter().map(|(theorems, reason)| format!("{}: {reason}", theorems.join(", "))).collect()
}

/// The largest number of first samples for which a theorem connects networks of these widths, and the theorem, where that is
/// fewer than there are.
///
/// Tried are the numbers that a hypothesis names: the widths, and the largest rank of \[X, 1\].
pub fn enough_samples(problem: &Problem) -> Option<(usize, Theorem)> {
    let mut counts: Vec<usize> = problem.widths[1..problem.depth()].to_vec();
    counts.push(problem.widths[0] + 1);
    counts.retain(|&count| count < problem.samples());
    counts.sort_unstable_by_key(|&count| Reverse(count));
    counts.dedup();
    counts.into_iter().find_map(|count| {
        let first = Problem { inputs: problem.inputs.rows(0, count).into_owned(), ..problem.clone() };
        let distinct = DistinctInputs::of(&first);
        let applies = |theorem: &Theorem| theorem.hypotheses(distinct.problem()).is_ok();
        Theorem::all(problem.depth()).into_iter().find(applies).map(|theorem| (count, theorem))
    })
}

/// A path between two networks and the theorem that built it.
#[derive(Debug, Clone)]
pub struct Connection<T> {
    /// The theorem.
    pub theorem: Theorem,
    /// The path.
    pub path: Path<T>,
    /// The theorems that do not apply.
    pub refused: Vec<Refused>,
}

/// Connects two networks by the theorem that gives the shortest certificate, up to a factor of 4 by an estimate, or by the
/// one that is asked for. Samples with equal inputs count once in every hypothesis ([`mod@super::distinct_inputs`]).
///
/// # Errors
/// [`NoTheorem`] with every reason.
///
/// # Example
/// ```
/// use sublevel::{example::*, linalg::Exact, statement::{Theorem, connect}};
///
/// // ReLU is not invertible: Theorem 3.2 does not apply, but the layer has N = 2 neurons.
/// let problem = problem("relu", integers(2, 1, &[0, 1]), &[1, 2, 1]);
/// let from = network(&[1, 2, 1], &[&[1, 2, 0, 1], &[1, 1, 0]]);
/// let to = network(&[1, 2, 1], &[&[-3, 1, 1, 0], &[2, -1, 5]]);
/// let connection = connect(&Exact, &problem, &from, &to, None).unwrap();
/// assert_eq!(connection.path.end(), to);
/// assert_eq!(connection.refused[0].theorem, Theorem::IndependentData.to_string());
/// ```
pub fn connect<K: Kernel>(
    kernel: &K,
    problem: &Problem,
    from: &Parameters<Rational>,
    to: &Parameters<Rational>,
    forced: Option<Theorem>,
) -> Result<Connection<K::Scalar>, NoTheorem> {
    let distinct = DistinctInputs::of(problem);
    let connection = connect_distinct(kernel, distinct.problem(), from, to, forced)?;
    Ok(Connection { path: distinct.spread(connection.path), ..connection })
}

/// The theorem that [`connect`] tries first, and about how many seconds it takes; `None` if no theorem applies. An
/// estimate for people: N³ products of numbers of N rows' bits, by Hadamard's bound, those of \[X, 1\] U_1 where layer 1
/// is wide.
pub fn expected_seconds(problem: &Problem, from: &Parameters<Rational>) -> Option<(Theorem, f64)> {
    let distinct = DistinctInputs::of(problem);
    let problem = distinct.problem();
    let (candidates, _) = candidates(problem, from, None);
    let first = candidates.first()?;
    let samples = problem.samples() as f64;
    let layer = from.layer(1);
    let weights = if first.wide > 0 { bits(layer) as f64 / layer.len() as f64 } else { 0.0 };
    let determinant = row_bits(problem) as f64 + samples * weights;
    Some((first.theorem, samples.powi(3) * determinant / 4e10))
}

/// A theorem that applies.
struct Candidate {
    /// About how many bits its certificate has at least.
    expected: u64,
    /// So many wide layers.
    wide: usize,
    theorem: Theorem,
}

/// The theorems that apply to distinct inputs, shortest certificates first, and those that do not.
fn candidates(
    problem: &Problem,
    from: &Parameters<Rational>,
    forced: Option<Theorem>,
) -> (Vec<Candidate>, Vec<(Theorem, Obstacle)>) {
    let (mut found, mut refused) = (Vec::<Candidate>::new(), Vec::new());
    for theorem in forced.map_or_else(|| Theorem::all(problem.depth()), |theorem| vec![theorem]) {
        let wide = theorem.wide(problem.depth());
        match theorem.hypotheses(problem) {
            // The same construction has one name, the more special theorem's.
            Ok(()) if found.iter().any(|other| other.wide == wide) => {}
            Ok(()) => found.push(Candidate { expected: expected_bits(problem, wide, from), wide, theorem }),
            Err(reason) => refused.push((theorem, reason.into())),
        }
    }
    found.sort_by_key(|candidate| candidate.expected);
    (found, refused)
}

/// The same for distinct inputs.
fn connect_distinct<K: Kernel>(
    kernel: &K,
    problem: &Problem,
    from: &Parameters<Rational>,
    to: &Parameters<Rational>,
    forced: Option<Theorem>,
) -> Result<Connection<K::Scalar>, NoTheorem> {
    let depth = problem.depth();
    let (candidates, mut refused) = candidates(problem, from, forced);
    let mut best: Option<(u64, Theorem, Path<K::Scalar>)> = None;
    for Candidate { expected, wide, theorem } in candidates {
        let worth_it = match &best {
            Some((found, ..)) if expected > found / MUCH => Err(Obstacle::Longer { expected, found: *found }),
            _ => Ok(()),
        };
        match worth_it.and_then(|()| wide_layers::connect_through(kernel, problem, wide, from, to)) {
            Ok(path) => {
                let bits = size(&path);
                if best.as_ref().is_none_or(|(found, ..)| bits < *found) {
                    best = Some((bits, theorem, path));
                }
            }
            Err(reason) => refused.push((theorem, reason)),
        }
    }
    let order = |theorem: &Theorem| Theorem::all(depth).iter().position(|other| other == theorem);
    refused.sort_by_key(|(theorem, _)| order(theorem));
    let refused = refused.into_iter().map(|(theorem, reason)| Refused { theorem: theorem.to_string(), reason });
    match best {
        Some((_, theorem, path)) => Ok(Connection { theorem, path, refused: refused.collect() }),
        None => Err(NoTheorem(refused.collect())),
    }
}

/// A path is not built where it cannot be so many times shorter than the one that is there.
const MUCH: u64 = 4;

/// About how many bits a certificate of [`wide_layers::connect_through`] holds at least. Only the choice of the path, and
/// the order in which paths are tried, rest on it.
///
/// A wide layer k is written down at every line that copies neurons into its spare slots: that is a line for each
/// `spare` of the `needed` neurons, and one for the others at the end. The layers above are written down with a right
/// inverse R of [F_{s-1}, 1], and for each end with U_s = R P_s: N (N + 2 n_s) numerators of about log₂ of a determinant
/// of N rows of [F_{s-1}, 1], which Hadamard bounds by the product of their norms; a quarter of it, since rows are alike.
/// The rows of [X, 1] stand for those of higher levels, whose numbers are longer.
fn expected_bits(problem: &Problem, wide: usize, from: &Parameters<Rational>) -> u64 {
    let (samples, widths) = (problem.samples(), &problem.widths);
    let lines = (1..=wide).map(|k| {
        let ones = Strategy::for_width(widths[k], samples).is_some_and(|strategy| strategy.ones() == Ones::InBasis);
        let needed = samples.saturating_sub(usize::from(ones));
        let spare = widths[k].saturating_sub(needed).max(1);
        (needed.div_ceil(spare) + 1) as u64 * bits(from.layer(k))
    });
    let follows = match wide + 1 < problem.depth() {
        true => (samples * (samples + 2 * widths[wide + 1])) as u64 * row_bits(problem) / 4,
        false => 0,
    };
    lines.sum::<u64>() + follows
}

/// log₂ of the product of the norms of the rows of X, as integers over one denominator each.
fn row_bits(problem: &Problem) -> u64 {
    let rows = problem.inputs.row_iter().map(|row| {
        let scale = row.iter().fold(Integer::from(1), |scale, x| scale.lcm(x.denom()));
        let squares = row.iter().map(|x| Rational::from(x * &scale).square()).sum::<Rational>();
        u64::from(squares.numer().significant_bits() / 2)
    });
    rows.sum()
}

/// A descending path and the wide layer that it goes through.
#[derive(Debug, Clone)]
pub struct Descent<T> {
    /// The layer k with rank [F_k, 1] = N; 0 for independent data.
    pub wide: usize,
    /// The theorem's label for the certificate.
    pub label: &'static str,
    /// The path.
    pub path: Path<T>,
    /// The layers that do not do it.
    pub refused: Vec<Refused>,
}

/// Descends to the goal through the first layer, from the top, that is wide enough. What the goal allows the loss to rise
/// is used only where no layer does it without. Where the loss has to fall strictly, a start without a tilt
/// ([`mod@super::tilt`]) is refused unless its features are independent already. Samples with equal inputs count once in every hypothesis, whatever their
/// targets ([`Loss::on_distinct`](crate::network::Loss::on_distinct)).
///
/// # Errors
/// [`NoTheorem`] with every reason.
pub fn descend<K: Kernel>(
    kernel: &K,
    problem: &Problem,
    goal: &Goal<'_>,
    from: &Parameters<Rational>,
) -> Result<Descent<K::Scalar>, NoTheorem> {
    let refused = |reason: Hypothesis| NoTheorem(vec![Refused { theorem: String::new(), reason: reason.into() }]);
    let distinct = DistinctInputs::of(problem);
    let outputs = problem.widths[problem.depth()];
    let OnDistinct { loss, constant } =
        goal.loss.on_distinct(distinct.rows(), outputs).ok_or_else(|| refused(Hypothesis::HingeOfEqualInputs))?;
    let less = |bound: &Rational| Rational::from(bound - &constant);
    let (epsilon, alpha) = (less(goal.epsilon), goal.alpha.map(less));
    let own = Goal { loss: &loss, epsilon: &epsilon, alpha: alpha.as_ref(), strictly: goal.strictly };
    own.require_above_infimum(&constant).map_err(refused)?;
    let descent = descend_distinct(kernel, distinct.problem(), &own, from)?;
    let mut path = distinct.spread(descent.path);
    for step in &mut path.moves {
        if let Move::Bounded(_, bound, _) = step {
            *bound += &constant;
        }
    }
    Ok(Descent { path, ..descent })
}

/// [`descend`] with a loss that falls strictly, if there is such a path; if there is none and it need not, with one that never
/// rises, or where the goal has an α stays below that. Beside the path: why the loss does not fall strictly on it.
///
/// # Errors
/// [`NoTheorem`] with every reason.
pub fn descend_strictly_if_possible<K: Kernel>(
    kernel: &K,
    problem: &Problem,
    goal: &Goal<'_>,
    from: &Parameters<Rational>,
    must: bool,
) -> Result<(Descent<K::Scalar>, Option<String>), NoTheorem> {
    let refused = match descend(kernel, problem, &Goal::strictly(goal.loss, goal.epsilon), from) {
        Ok(found) => return Ok((found, None)),
        Err(refused) => refused,
    };
    let no_tilt = refused.0.iter().find(|refused| {
        matches!(refused.reason, Obstacle::Hypothesis(Hypothesis::NoTilt { .. } | Hypothesis::NoTiltFound))
    });
    let reason = match (no_tilt, goal.alpha) {
        (Some(refused), _) if !must => refused.reason.to_string(),
        (None, Some(_)) => "it may rise to α on the way to a nearby point".into(),
        _ => return Err(refused),
    };
    let goal = Goal { alpha: goal.alpha, ..Goal::never_rising(goal.loss, goal.epsilon) };
    Ok((descend(kernel, problem, &goal, from)?, Some(reason)))
}

/// The same for distinct inputs.
fn descend_distinct<K: Kernel>(
    kernel: &K,
    problem: &Problem,
    goal: &Goal<'_>,
    from: &Parameters<Rational>,
) -> Result<Descent<K::Scalar>, NoTheorem> {
    let done = |wide, path, refused| Descent { wide, label: descent_label(problem, wide), path, refused };
    let mut refused = Vec::new();
    let mut coinciding = Vec::new();
    // With no hidden layer above it, the wide layer needs lines only.
    for wide in (0..problem.depth()).rev() {
        let never_rising = Goal { alpha: None, ..*goal };
        match descent::descend(kernel, problem, &never_rising, wide, from) {
            Ok(path) => return Ok(done(wide, path, refused)),
            Err(reason) => {
                if let Obstacle::Hypothesis(Hypothesis::CoincidingFeatures { .. }) = reason {
                    coinciding.push(wide);
                }
                let theorem = match wide {
                    0 => "Theorem 3.2 (independent data)".into(),
                    k => format!("Theorem 4.2 with the wide layer {k}"),
                };
                refused.push(Refused { theorem, reason });
            }
        }
    }
    for wide in coinciding.into_iter().filter(|_| goal.alpha.is_some() && !goal.strictly) {
        match descent::descend(kernel, problem, goal, wide, from) {
            Ok(path) => return Ok(done(wide, path, refused)),
            Err(reason) => {
                let theorem = format!("Theorem 4.2 with the wide layer {wide}, by a nearby point");
                refused.push(Refused { theorem, reason });
            }
        }
    }
    Err(NoTheorem(refused))
}

/// The theorem that a descent through this layer belongs to.
fn descent_label(problem: &Problem, wide: usize) -> &'static str {
    let all_wide = (1..problem.depth()).all(|k| problem.require_width_with_bias(k).is_ok());
    match wide {
        0 => "icml-2019/theorem-3.2",
        k if k + 1 == problem.depth() && all_wide => "icml-2019/theorem-6.1",
        _ => "icml-2019/theorem-4.2",
    }
}

/// The bits of all the numbers that a certificate of the path holds: what its length is proportional to. Inverses are
/// written once.
fn size<T: Number>(path: &Path<T>) -> u64 {
    let mut written: HashSet<*const DMatrix<T>> = HashSet::new();
    let mut once = |matrix: &Arc<DMatrix<T>>| if written.insert(Arc::as_ptr(matrix)) { bits(matrix) } else { 0 };
    let changed = |step: &Move<T>| -> u64 {
        match step {
            Move::Line(changes) | Move::Bounded(changes, ..) => changes.values().map(|c| bits(&c.after)).sum(),
            Move::Ray(direction) => direction.values().map(|d| bits(d)).sum(),
            Move::Rescale(_) => 0,
            Move::Follow(follow) => {
                let inverses = std::iter::once(&follow.right_inverse).chain(follow.left_inverses.values());
                bits(&follow.output.after) + inverses.map(&mut once).sum::<u64>()
            }
        }
    };
    path.moves.iter().map(changed).sum()
}

/// The bits of the entries' numerators and denominators.
fn bits<T: Number>(matrix: &DMatrix<T>) -> u64 {
    matrix.iter().map(Number::bits).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::Exact;
    use crate::network::{read_data, read_network};

    /// A pair of trained networks and their images, from `tests/data/digits`.
    fn carried(name: &str, data: &str, activation: &str) -> (Problem, Parameters<Rational>, Parameters<Rational>) {
        let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/digits"));
        let network = |end| read_network(&folder.join(format!("{name}-{end}.safetensors"))).expect("a carried network");
        let data = read_data(&folder.join(data)).expect("carried images");
        let (from, to) = (network("a"), network("b"));
        (Problem::new(activation.parse().expect("an activation"), &data, &from), from, to)
    }

    /// The estimates are below what is written, for every theorem that applies to a carried pair, and of its order.
    #[test]
    fn expected_bits_are_a_little_fewer_than_those_written() {
        let mut compared = 0;
        for (name, data, activation) in [
            ("narrow-64", "digits-64.npz", "leaky-relu=0.01"),
            ("relu-deep-32", "digits-32.npz", "relu"),
            ("independent-32", "digits-32.npz", "leaky-relu=0.01"),
            ("pyramid-32", "digits-32.npz", "leaky-relu=0.01"),
        ] {
            let (problem, from, to) = carried(name, data, activation);
            for theorem in Theorem::all(problem.depth()) {
                if theorem.hypotheses(&problem).is_err() {
                    continue;
                }
                let found = connect(&Exact, &problem, &from, &to, Some(theorem));
                let bits = size(&found.expect("the theorem applies").path);
                let expected = expected_bits(&problem, theorem.wide(problem.depth()), &from);
                println!("{name} {theorem} {expected} {bits}");
                assert!(expected <= bits && bits <= 40 * expected, "{name}, {theorem}: {expected}, {bits}");
                compared += 1;
            }
        }
        assert!(compared > 3);
    }

    /// Where a theorem was asked for, the others were not tried.
    #[test]
    fn no_more_is_said_than_was_tried() {
        let (mut problem, from, to) = carried("narrow-64", "digits-64.npz", "leaky-relu=0.01");
        let refused = |problem: &Problem, theorem| {
            connect(&Exact, problem, &from, &to, theorem).expect_err("it does not apply").to_string()
        };
        let forced = refused(&problem, Some("3.2".parse().expect("it is a theorem")));
        assert!(forced.starts_with("Theorem 3.2 (independent data) does not apply:\n  "), "{forced}");
        // More samples than neurons, all on one line.
        problem.inputs = DMatrix::from_fn(100, problem.inputs.ncols(), |row, _| Rational::from(row));
        let none = refused(&problem, None);
        assert!(none.starts_with("no theorem applies:\n  ") && none.lines().count() > 2, "{none}");
    }
}

//! **Curves for d_y < d_x** (in the place of IJCAI 2020, Theorem 6): f = (x + g V) W without a stem.
//!
//! Theorem 6 says that with fewer outputs than inputs the networks with a loss of at most λ are connected; that is false for closed
//! sets. What holds: *let D_V = V_B − V_A, D_W = W_B − W_A. If polynomials Q(t) solve Q(t) W(t) = D_V D_W for W(t) = W_A + t D_W, then on*
//!
//! V(t) = V_A + t D_V + t (1 − t) Q(t), *with a bias of V as a further row,*
//!
//! *V(t) W(t) = (1 − t) V_A W_A + t V_B W_B: with the same branch g the output runs straight from one network to the other.* Such a Q is the
//! solution of one linear system, Q_0 W_A = D_V D_W, Q_i W_A + Q_{i−1} D_W = 0, Q_e D_W = 0; there is one if W(t) has rank d_y for all
//! complex t, as it has for almost all ends.
//!
//! *Three straight lines do the same, if N_A W_A = 0, N_B W_B = 0 and N_A W_B + N_B W_A = D_V D_W:* V_A → V_A + N_A at constant output, straight to
//! (W_B, V_B + N_B), and V_B + N_B → V_B. On the middle one V(t) W(t) has the coefficient (D_V + N_B − N_A) D_W = 0 of t². Of a row of V these are
//! 3 d_y equations in 2 d_x unknowns: for almost all ends of full rank there are solutions if 2 (d_x − d_y) ≥ d_y, and else none; where W_A or
//! W_B has less rank there are more.
//!
//! **Construction** ([`connect`]): with one branch, this curve. With two, a curve from A to (W*, V = 0), where the branch is not heard; the branch
//! goes to the second one's; a curve from there to B. W* is given, or solves X W* + 1 b* = F_A, if the samples are independent.
//! [`connect_by_lines`] has three lines in the place of each curve. Where neither exists, as where W_A has a rank below d_y and
//! there are not enough inputs more than outputs, [`connect_below`] first goes straight to W_A + 2⁻ᵏ J and to W_B + 2⁻ᵏ J′, at which the loss is
//! above the larger end by no more than it may rise: what it says is about this loss.
//!
//! # Example
//! ```
//! use sublevel::{certificate::Claim, checker::Verdict, example::integers, linalg::Exact};
//! use sublevel::network::{Activation, Dense, Residual};
//! use sublevel::statement::residual::{curves::connect, path::ResidualProblem};
//!
//! // Two inputs, one output: (x + relu(x u) V) W with V = (0, 0), W = (1, 0) and V = (1, 1), W = (1, 1).
//! let dense = |rows, cols, entries: &[i32]| Dense { weight: integers(rows, cols, entries), bias: None };
//! let network = |v: &[i32], w: &[i32]| {
//!     Residual::new(None, vec![vec![dense(2, 1, &[1, 2]), dense(1, 2, v)]], dense(2, 1, w)).unwrap()
//! };
//! let problem = ResidualProblem { activation: Activation::relu(), inputs: integers(3, 2, &[1, 1, 2, 1, 3, 5]) };
//! let path = connect(&Exact, &problem, &network(&[0, 0], &[1, 0]), &network(&[1, 1], &[1, 1]), None).unwrap();
//! assert_eq!(path.moves.len(), 1);
//! assert!(matches!(path.prove(Claim::Connected, &problem, None).1, Verdict::Valid(_)));
//! ```

use super::super::Obstacle;
use super::path::{LayerPolynomials, ResidualMove, ResidualPath, ResidualProblem, output};
use crate::arith::Number;
use crate::linalg::{Kernel, Unsolvable};
use crate::network::{Dense, Loss, Residual, import_matrix, row_classes, with_ones};
use nalgebra::DMatrix;
use rug::Rational;
use rug::ops::Pow;
use std::sync::Arc;

const STEP: &str = "curves of residual networks";

/// The label of their certificates.
pub const LABEL: &str = "ijcai-2020/curves";

/// The largest degree of Q that is tried.
const DEGREES: usize = 8;

/// How many directions J are tried, each forwards and backwards, and the smallest step 2⁻ᵏ in one.
const DIRECTIONS: usize = 4;
const SMALLEST: u32 = 64;

/// Why there is no curve.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoCurve {
    /// Not two networks (x + g V) W of one shape.
    #[error(
        "the curves are for two networks (x + g V) W of one shape: one block, no stem, and fewer outputs than inputs"
    )]
    Form,
    /// Two branches, and samples that do not determine what to go through.
    #[error(
        "the branches differ, and [X, 1] has rank {rank} for {samples} distinct samples: some W* to go through has to be given"
    )]
    NothingBetween {
        /// Its rank.
        rank: usize,
        /// N.
        samples: usize,
    },
    /// The system has no solution.
    #[error(
        "no Q of degree {DEGREES} or less has Q(t) W(t) = D_V D_W: W(t) loses rank at some complex t, or [V, W] is special"
    )]
    NoLift,
    /// The system of the three lines has no solution.
    #[error(
        "no N_A, N_B have N_A W_A = 0, N_B W_B = 0 and N_A W_B + N_B W_A = D_V D_W: 2 (d_x − d_y) ≥ d_y is needed as a rule, and there are {inputs} inputs and {outputs} \
         outputs"
    )]
    NoLines {
        /// d_x.
        inputs: usize,
        /// d_y.
        outputs: usize,
    },
    /// Each step from an end to where there is a way rises further.
    #[error(
        "no curve and no lines, nor from W_A + J 2⁻ᵏ to W_B + J′ 2⁻ᵏ for {DIRECTIONS} directions J and k ≤ {SMALLEST}, with a loss that is above the larger end by {rise} \
         at most"
    )]
    Rises {
        /// How far the loss may be above the larger end.
        rise: Rational,
    },
    /// What rounded kernels lose.
    #[error(transparent)]
    Obstacle(#[from] Obstacle),
}

/// A path between two networks (x + g V) W: every convex loss stays below the largest of its values at the two ends and, if the branches
/// differ, at (x W* + b*) for the given head; without one, below its larger end.
///
/// # Errors
/// [`NoCurve`].
pub fn connect<K: Kernel>(
    kernel: &K,
    problem: &ResidualProblem,
    from: &Residual<Rational>,
    to: &Residual<Rational>,
    through: Option<&Dense<Rational>>,
) -> Result<ResidualPath<K::Scalar>, NoCurve> {
    join(kernel, problem, [from, to], through, curve)
}

/// The same by straight lines alone, three in the place of a curve.
///
/// # Errors
/// [`NoCurve`].
pub fn connect_by_lines<K: Kernel>(
    kernel: &K,
    problem: &ResidualProblem,
    from: &Residual<Rational>,
    to: &Residual<Rational>,
    through: Option<&Dense<Rational>>,
) -> Result<ResidualPath<K::Scalar>, NoCurve> {
    join(kernel, problem, [from, to], through, lines)
}

/// The same by a curve, or by lines where there is none.
///
/// # Errors
/// [`NoCurve`].
pub fn connect_by_either<K: Kernel>(
    kernel: &K,
    problem: &ResidualProblem,
    from: &Residual<Rational>,
    to: &Residual<Rational>,
) -> Result<ResidualPath<K::Scalar>, NoCurve> {
    match connect(kernel, problem, from, to, None) {
        Err(NoCurve::NoLift) => connect_by_lines(kernel, problem, from, to, None),
        found => found,
    }
}

/// The same for one loss where there is neither: the first and the last move are lines from and to an end, short enough that there this loss
/// is above its larger end by `rise` at most. What the path proves, [`Found::of`] says.
///
/// [`Found::of`]: super::emptied::Found::of
///
/// # Errors
/// [`NoCurve`].
pub fn connect_below<K: Kernel>(
    kernel: &K,
    problem: &ResidualProblem,
    (loss, rise): (&Loss, &Rational),
    from: &Residual<Rational>,
    to: &Residual<Rational>,
) -> Result<ResidualPath<K::Scalar>, NoCurve> {
    match connect_by_either(kernel, problem, from, to) {
        Err(NoCurve::NoLines { .. }) => connect_by_steps(kernel, problem, (loss, rise), from, to),
        found => found,
    }
}

/// The last resort of [`connect_below`] alone, for ends that are known to have neither.
///
/// # Errors
/// [`NoCurve`].
pub fn connect_by_steps<K: Kernel>(
    kernel: &K,
    problem: &ResidualProblem,
    (loss, rise): (&Loss, &Rational),
    from: &Residual<Rational>,
    to: &Residual<Rational>,
) -> Result<ResidualPath<K::Scalar>, NoCurve> {
    let value = |network: &Residual<Rational>| loss.enclose(&output(problem, network)).hi().clone();
    let highest = value(from).max(value(to)) + rise;
    let beside = |network: &Residual<Rational>, direction: usize| {
        let steps = (1..=SMALLEST).flat_map(|k| [1, -1].map(|sign| Rational::from((sign, 1)) >> k));
        steps.map(|step| moved_head(network, direction, &step)).find(|near| value(near) <= highest)
    };
    for direction in 0..DIRECTIONS {
        let (Some(first), Some(last)) = (beside(from, direction), beside(to, direction + 1)) else { continue };
        let between = match connect_by_either(kernel, problem, &first, &last) {
            Err(NoCurve::NoLines { .. }) => continue,
            found => found?,
        };
        let mut path = ResidualPath::at(from.import(kernel));
        path.line(first.import(kernel));
        path.moves.extend(between.moves);
        path.line(to.import(kernel));
        return Ok(path);
    }
    Err(NoCurve::Rises { rise: rise.clone() })
}

/// The network with W + step · J, J_ij = (i + 1 + direction)^j: any of its rows are independent, as many as there are columns.
fn moved_head(network: &Residual<Rational>, direction: usize, step: &Rational) -> Residual<Rational> {
    let mut head = (*network.head).clone();
    for (j, mut column) in head.weight.column_iter_mut().enumerate() {
        for (i, entry) in column.iter_mut().enumerate() {
            *entry += Rational::from((i + 1 + direction) as u64).pow(j as u32) * step;
        }
    }
    Residual { head: Arc::new(head), ..network.clone() }
}

/// A way from the end of the path to a network with the same branch.
type Way<K> = fn(&K, &mut ResidualPath<<K as Kernel>::Scalar>, &Residual<<K as Kernel>::Scalar>) -> Result<(), NoCurve>;

/// One way, or two and the branch between them.
fn join<K: Kernel>(
    kernel: &K,
    problem: &ResidualProblem,
    [from, to]: [&Residual<Rational>; 2],
    through: Option<&Dense<Rational>>,
    way: Way<K>,
) -> Result<ResidualPath<K::Scalar>, NoCurve> {
    let form = from.stem.is_none() && from.blocks.len() == 1 && from.outputs() < from.inputs();
    let fits = through.is_none_or(|head| {
        head.weight.shape() == from.head.weight.shape() && head.bias.is_some() == from.head.bias.is_some()
    });
    if !form || !fits || from.shapes() != to.shapes() || problem.inputs.ncols() != from.inputs() {
        return Err(NoCurve::Form);
    }
    let inner = |network: &Residual<Rational>| network.blocks[0][..network.blocks[0].len() - 1].to_vec();
    let mut path = ResidualPath::at(from.import(kernel));
    if inner(from) == inner(to) {
        way(kernel, &mut path, &to.import(kernel))?;
        return Ok(path);
    }
    let head = match through {
        Some(head) => import_dense(kernel, head),
        None => head_alone(kernel, problem, from)?,
    };
    // The first branch, V = 0; then the second one's.
    let mut between = path.start.clone();
    between.head = Arc::new(head);
    let last = between.blocks[0].len() - 1;
    let v = &between.blocks[0][last];
    let none = |matrix: &DMatrix<K::Scalar>| matrix.map(|_| kernel.import(&Rational::new()));
    between.blocks[0][last] = Arc::new(Dense { weight: none(&v.weight), bias: v.bias.as_ref().map(none) });
    way(kernel, &mut path, &between)?;
    let end = to.import(kernel);
    between.blocks[0][..last].clone_from_slice(&end.blocks[0][..last]);
    path.line(between);
    way(kernel, &mut path, &end)?;
    Ok(path)
}

fn import_dense<K: Kernel>(kernel: &K, layer: &Dense<Rational>) -> Dense<K::Scalar> {
    let of = |matrix| import_matrix(kernel, matrix);
    Dense { weight: of(&layer.weight), bias: layer.bias.as_ref().map(of) }
}

/// W* and b* with X W* + 1 b* = F, the output of the network.
fn head_alone<K: Kernel>(
    kernel: &K,
    problem: &ResidualProblem,
    network: &Residual<Rational>,
) -> Result<Dense<K::Scalar>, NoCurve> {
    let class = row_classes(&problem.inputs);
    let first: Vec<usize> = (0..class.len()).filter(|&sample| class[sample] == sample).collect();
    let inputs = import_matrix(kernel, &problem.inputs.select_rows(&first));
    let wanted = network.import(kernel).pass(kernel, &problem.activation.import(kernel), &inputs).output;
    let has_bias = network.head.bias.is_some();
    let columns = if has_bias { with_ones(kernel, &inputs) } else { inputs };
    let pivots = kernel.pivot_columns(&columns);
    if pivots.len() < first.len() {
        return Err(NoCurve::NothingBetween { rank: pivots.len(), samples: first.len() });
    }
    let solution = kernel.solve(&columns.select_columns(&pivots), &wanted).map_err(Obstacle::at(STEP))?;
    let stacked = spread(kernel, &pivots, &solution, columns.ncols());
    let rows = network.inputs();
    let bias = has_bias.then(|| stacked.rows(rows, 1).into_owned());
    Ok(Dense { weight: stacked.rows(0, rows).into_owned(), bias })
}

/// The rows of a matrix at these places, among zeros.
fn spread<K: Kernel>(kernel: &K, places: &[usize], matrix: &DMatrix<K::Scalar>, rows: usize) -> DMatrix<K::Scalar> {
    let mut all = DMatrix::from_element(rows, matrix.ncols(), kernel.import(&Rational::new()));
    places.iter().enumerate().for_each(|(row, &place)| all.set_row(place, &matrix.row(row)));
    all
}

/// One curve from the end of the path to a network with the same branch.
fn curve<K: Kernel>(kernel: &K, path: &mut ResidualPath<K::Scalar>, to: &Residual<K::Scalar>) -> Result<(), NoCurve> {
    let from = path.end().clone();
    if from == *to {
        return Ok(());
    }
    let [v, v_end] = [&from, to].map(|network| stacked(kernel, network));
    let (w, step_v, step_w) = (&from.head.weight, minus(&v_end, &v), minus(&to.head.weight, &from.head.weight));
    let lift = lift(kernel, (w, &step_w), &kernel.product(&step_v, &step_w))?;
    // V + t D_V + t (1 − t) Q(t).
    let none = v.map(|_| kernel.import(&Rational::new()));
    let mut coefficients = vec![v, step_v];
    coefficients.resize(lift.len() + 2, none);
    for (i, q) in lift.iter().enumerate() {
        coefficients[i + 1] = plus(&coefficients[i + 1], q);
        coefficients[i + 2] = minus(&coefficients[i + 2], q);
    }
    let bias = from.head.bias.as_ref().zip(to.head.bias.as_ref()).map(|(a, b)| minus(b, a));
    let head = vec![(*from.head).clone(), Dense { weight: step_w, bias }];
    let numbers = from.layers();
    let (of_v, of_head) = (numbers[numbers.len() - 2].0, numbers[numbers.len() - 1].0);
    let curves: LayerPolynomials<K::Scalar> =
        [(of_v, coefficients.iter().map(|rows| unstacked(&from, rows)).collect()), (of_head, head)].into();
    path.moves.push(ResidualMove::Curve(to.clone(), curves));
    Ok(())
}

/// Three lines from the end of the path to a network with the same branch.
fn lines<K: Kernel>(kernel: &K, path: &mut ResidualPath<K::Scalar>, to: &Residual<K::Scalar>) -> Result<(), NoCurve> {
    let from = path.end().clone();
    let [v, v_end] = [&from, to].map(|network| stacked(kernel, network));
    let [w, w_end] = [&from, to].map(|network| &network.head.weight);
    let bend = kernel.product(&minus(&v_end, &v), &minus(w_end, w));
    let [first, last] = detours(kernel, [w, w_end], &bend)?;
    let with_v = |network: &Residual<K::Scalar>, rows: &DMatrix<K::Scalar>| {
        let mut other = network.clone();
        let place = other.blocks[0].len() - 1;
        other.blocks[0][place] = Arc::new(unstacked(network, rows));
        other
    };
    path.line(with_v(&from, &plus(&v, &first)));
    path.line(with_v(to, &plus(&v_end, &last)));
    path.line(to.clone());
    Ok(())
}

/// N_A and N_B with N_A W_A = 0, N_B W_B = 0 and N_A W_B + N_B W_A = C; 0 for C = 0.
fn detours<K: Kernel>(
    kernel: &K,
    [w, w_end]: [&DMatrix<K::Scalar>; 2],
    c: &DMatrix<K::Scalar>,
) -> Result<[DMatrix<K::Scalar>; 2], NoCurve> {
    let (inputs, outputs) = w.shape();
    let zero = kernel.import(&Rational::new());
    if c.iter().all(Number::is_zero) {
        return Ok([(); 2].map(|()| DMatrix::from_element(c.nrows(), inputs, zero.clone())));
    }
    // Transposed: three groups of rows, columns (N_A, N_B).
    let system = DMatrix::from_fn(3 * outputs, 2 * inputs, |row, column| {
        let (output, input) = (row % outputs, column % inputs);
        match (row / outputs, column / inputs) {
            (0, 0) | (2, 1) => w[(input, output)].clone(),
            (1, 1) | (2, 0) => w_end[(input, output)].clone(),
            _ => zero.clone(),
        }
    });
    let right = DMatrix::from_fn(3 * outputs, c.nrows(), |row, sample| match row.checked_sub(2 * outputs) {
        Some(output) => c[(sample, output)].clone(),
        None => zero.clone(),
    });
    let pivots = kernel.pivot_columns(&system);
    match kernel.solve(&system.select_columns(&pivots), &right) {
        Ok(solution) => {
            let all = spread(kernel, &pivots, &solution, 2 * inputs);
            Ok([0, 1].map(|which| all.rows(which * inputs, inputs).transpose()))
        }
        Err(Unsolvable::Inconsistent) => Err(NoCurve::NoLines { inputs, outputs }),
        Err(other) => Err(Obstacle::at(STEP)(other).into()),
    }
}

/// V, with its bias as a further row.
fn stacked<K: Kernel>(kernel: &K, network: &Residual<K::Scalar>) -> DMatrix<K::Scalar> {
    let Dense { weight, bias } = &*network.blocks[0][network.blocks[0].len() - 1];
    match bias {
        Some(bias) => {
            let mut all = weight.clone().insert_row(weight.nrows(), kernel.import(&Rational::new()));
            all.set_row(weight.nrows(), &bias.row(0));
            all
        }
        None => weight.clone(),
    }
}

/// The layer V of these rows, for a network of this shape.
fn unstacked<T: Number>(like: &Residual<T>, matrix: &DMatrix<T>) -> Dense<T> {
    let v = &like.blocks[0][like.blocks[0].len() - 1];
    let rows = v.weight.nrows();
    Dense {
        weight: matrix.rows(0, rows).into_owned(),
        bias: v.bias.as_ref().map(|_| matrix.rows(rows, 1).into_owned()),
    }
}

fn minus<T: Number>(a: &DMatrix<T>, b: &DMatrix<T>) -> DMatrix<T> {
    a.zip_map(b, |a, b| a.minus(&b))
}

fn plus<T: Number>(a: &DMatrix<T>, b: &DMatrix<T>) -> DMatrix<T> {
    a.zip_map(b, |a, b| a.plus(&b))
}

/// Q_0, …, Q_e of least degree with Q(t) (W + t D) = C; none of them for C = 0.
fn lift<K: Kernel>(
    kernel: &K,
    (w, d): (&DMatrix<K::Scalar>, &DMatrix<K::Scalar>),
    c: &DMatrix<K::Scalar>,
) -> Result<Vec<DMatrix<K::Scalar>>, NoCurve> {
    if c.iter().all(Number::is_zero) {
        return Ok(vec![]);
    }
    let ((inputs, outputs), samples) = (w.shape(), c.nrows());
    for degree in 0..=DEGREES {
        // Transposed: rows (coefficient of t^i, output), columns (Q_i, input).
        let entry = |row: usize, column: usize| {
            let ((i, output), (q, input)) = ((row / outputs, row % outputs), (column / inputs, column % inputs));
            match i.checked_sub(q) {
                Some(0) => w[(input, output)].clone(),
                Some(1) => d[(input, output)].clone(),
                _ => kernel.import(&Rational::new()),
            }
        };
        let (rows, columns) = (outputs * (degree + 2), inputs * (degree + 1));
        let system = DMatrix::from_fn(rows, columns, entry);
        let right = DMatrix::from_fn(rows, samples, |row, sample| {
            if row < outputs { c[(sample, row)].clone() } else { kernel.import(&Rational::new()) }
        });
        let pivots = kernel.pivot_columns(&system);
        match kernel.solve(&system.select_columns(&pivots), &right) {
            Ok(solution) => {
                let all = spread(kernel, &pivots, &solution, columns);
                return Ok((0..=degree).map(|q| all.rows(q * inputs, inputs).transpose()).collect());
            }
            Err(Unsolvable::Inconsistent) => {}
            Err(other) => return Err(Obstacle::at(STEP)(other).into()),
        }
    }
    Err(NoCurve::NoLift)
}

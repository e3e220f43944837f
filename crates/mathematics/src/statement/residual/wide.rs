//! **Theorem B** (in the place of IJCAI 2020, Theorem 11): wide residual networks are exactly connected.
//!
//! *Let N distinct samples be given, and let a residual network f = W (H + Σ_k g_k V_k), H = σ(x W_1), of L blocks in a row have
//! width m ≥ N + 1 if L = 1, m ≥ (L + 1) N + 1 if L ≥ 2, whatever the branches g_k are. Let the functions w ↦ σ(⟨w, x_i⟩) be
//! independent, as they are for distinct samples if the stem has a bias and σ two slopes. Then any two networks are joined by lines of constant
//! output and one on which the output runs straight: no convex loss rises above its larger end.* The excess of Theorem 11 is 0.
//! If stem, head and the first layer of every block have a bias, one neuron less will do: m ≥ N, or
//! m ≥ (L + 1)(N − 1) + 1.
//!
//! | note | here |
//! |---|---|
//! | H, S_k = S_{k−1} + G_k V_k, B = S_L | `states`, `[N, m]`, each with a column of ones where biases count |
//! | F, Z_k | the output and the entries S_{k−1} U_k of the first network, which do not change |
//! | T | `kept`: H_T independent, column T of every V_k zero, so that T is a part of B and of every S_k |
//!
//! **Construction** (`Walk::clean`), until T has N columns:
//! 1. W onto a basis I of the columns of B, T first: B W = F.
//! 2. L = 1: if a column of H outside I is independent of H_T, its column of V goes to 0 (its row of W is 0), and T grows.
//! 3. Else U_k onto a basis of the columns of S_{k−1}, T first: S_{k−1} U_k = Z_k. A neuron s outside of I and of these
//!    bases is dead: its rows of W and of all U_k are 0. Column s of every V_k goes to 0, and where H_s is not independent of
//!    H_T, w_s goes to weights with which it is: those of another neuron, or of Lemma 4.4's list. T grows.
//!
//! At |T| = N: W onto T. No branch is heard any more (V_k W = 0): V goes to 0, the rest of the branches to the second
//! network's. What remains is a network of one hidden layer; Steinitz exchange brings its neurons to the second network's
//! as in Lemma 5.3 (ICML 2019), and W goes straight. The second network's own lines are walked back.
//!
//! Every system is solved with the first F and Z_k, so that numbers do not grow from step to step.
//!
//! **No bad valley** ([`descend`]): for L = 1 and m ≥ N the same steps lead to rank B = N, and W goes straight to any target.
//!
//! # Example
//! ```
//! use sublevel::{certificate::Claim, checker::Verdict, example::integers, linalg::Exact};
//! use sublevel::network::{Activation, Dense, Residual};
//! use sublevel::statement::residual::{path::ResidualProblem, wide::connect};
//!
//! // One sample, two neurons, no biases: x ↦ W (h + V relu(U h)), h = relu(W_1 x).
//! let dense = |rows, cols, entries: &[i32]| Dense { weight: integers(rows, cols, entries), bias: None };
//! let network = |stem: &[i32], u: &[i32], v: &[i32], head: &[i32]| {
//!     let block = vec![dense(2, 1, u), dense(1, 2, v)];
//!     Residual::new(Some(dense(1, 2, stem)), vec![block], dense(2, 1, head)).unwrap()
//! };
//! let (from, to) = (network(&[1, 0], &[1, 1], &[1, 2], &[1, 1]), network(&[0, 0], &[1, 0], &[0, 1], &[3, -1]));
//! let problem = ResidualProblem { activation: Activation::relu(), inputs: integers(1, 1, &[1]) };
//! let path = connect(&Exact, &problem, &from, &to).unwrap();
//! assert!(matches!(path.prove(Claim::Connected, &problem, None).1, Verdict::Valid(_)));
//! ```

use super::super::descend::target_output;
use super::super::exchange::{Slots, exchange};
use super::super::full_rank_features::separating_weights;
use super::super::shift_span::candidate_biases;
use super::super::weight_copying::independent;
use super::super::{Goal, Hypothesis, Obstacle};
use super::path::{ResidualPath, ResidualProblem};
use crate::arith::{Number, counted};
use crate::linalg::Kernel;
use crate::network::{Dense, Loss, PiecewiseLinear, Residual, import_matrix, row_classes, to_exact, with_ones};
use nalgebra::{DMatrix, DVector};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rug::Rational;
use std::sync::Arc;

/// The label of its certificates.
pub const LABEL: &str = "ijcai-2020/wide-residual";

const STEP: &str = "Theorem B, wide residual networks";

/// Why there is no path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoPath {
    /// The two networks are of different shapes.
    #[error("the networks differ in their shapes: {from} and {to}")]
    Shapes {
        /// The layers of the first.
        from: String,
        /// Of the second.
        to: String,
    },
    /// There is no stem whose neurons could be moved.
    #[error("the network has no stem σ(x W_1): the theorem is about hidden neurons, which it has not")]
    NoStem,
    /// The inputs have another number of features than the network takes.
    #[error("the inputs have {found} features, and the network takes {expected}")]
    Inputs {
        /// Those of the inputs.
        found: usize,
        /// Those of the network.
        expected: usize,
    },
    /// Fewer neurons than the theorem asks for.
    #[error(
        "Theorem B needs a width of {needed} for {samples} distinct samples and {}, and the networks have {width}",
        counted(*blocks, "block")
    )]
    TooNarrow {
        /// m.
        width: usize,
        /// The least that will do.
        needed: usize,
        /// N.
        samples: usize,
        /// L.
        blocks: usize,
    },
    /// The functions w ↦ σ(⟨w, x_i⟩) are dependent, as far as they were tried.
    #[error("neurons make no more than {rank} independent features of {samples} distinct samples{}", without_bias(*stem_bias))]
    Dependent {
        /// How many were found.
        rank: usize,
        /// N.
        samples: usize,
        /// Whether the stem has a bias.
        stem_bias: bool,
    },
    /// Everything that fully connected networks may lack too, and what rounded kernels lose.
    #[error(transparent)]
    Obstacle(#[from] Obstacle),
}

impl NoPath {
    /// Whether two networks are of one shape.
    pub(crate) fn compare(from: &Residual<Rational>, to: &Residual<Rational>) -> Result<(), NoPath> {
        let words = |network: &Residual<Rational>| {
            let shape = |(_, (rows, cols), bias)| format!("{rows}×{cols}{}", if bias { "+bias" } else { "" });
            network.shapes().into_iter().map(shape).collect::<Vec<_>>().join(", ")
        };
        match from.shapes() == to.shapes() {
            true => Ok(()),
            false => Err(NoPath::Shapes { from: words(from), to: words(to) }),
        }
    }
}

fn without_bias(stem_bias: bool) -> &'static str {
    if stem_bias { "; σ needs two slopes" } else { "; the stem has no bias, and samples are then told apart by less" }
}

/// The least width for N distinct samples and L blocks; `ones` if biases make a neuron of ones.
pub fn least_width(samples: usize, blocks: usize, ones: bool) -> usize {
    match (blocks, ones) {
        (1, false) => samples + 1,
        (1, true) => samples,
        (_, false) => (blocks + 1) * samples + 1,
        (_, true) => ((blocks + 1) * samples.saturating_sub(1) + 1).max(samples),
    }
}

/// Theorem B: lines on which no convex loss rises above its larger end.
///
/// A width between what one block and what L blocks ask for is tried.
///
/// # Errors
/// [`NoPath`].
pub fn connect<K: Kernel>(
    kernel: &K,
    problem: &ResidualProblem,
    from: &Residual<Rational>,
    to: &Residual<Rational>,
) -> Result<ResidualPath<K::Scalar>, NoPath> {
    NoPath::compare(from, to)?;
    let mut walk = Walk::new(kernel, problem, from)?;
    if from == to {
        return Ok(walk.path);
    }
    walk.require_width(walk.least_width())?;
    let mut target = Walk::new(kernel, problem, to)?;
    let samples = walk.samples();
    let (ours, theirs) = rayon::join(|| walk.clean(Until::Kept), || target.clean(Until::Kept));
    let (kept, _) = (ours?, theirs?);
    // The branches are not heard: V to 0, then all the rest of them to where it is to come.
    let end = target.path.end().clone();
    let mut cut = walk.network().clone();
    for (layers, theirs) in cut.blocks.iter_mut().zip(&end.blocks) {
        let last = layers.len() - 1;
        layers[last] = Arc::new(zero(&layers[last], kernel));
        layers[..last].clone_from_slice(&theirs[..last]);
    }
    walk.path.line(cut);
    let carried: Vec<usize> = kept.into_iter().filter(|&column| column < walk.width()).collect();
    let width = walk.width();
    debug_assert!(carried.len() + usize::from(walk.ones) == samples || !kernel.is_exact());
    let theirs = target.columns_of_hidden();
    exchange(&mut Neurons { walk: &mut walk, target: &end, theirs }, width, carried, STEP)?;
    // W straight, then V, which W does not see.
    let mut straight = walk.network().clone();
    straight.head = end.head.clone();
    walk.path.line(straight);
    walk.path.back_along(&target.path);
    Ok(walk.path)
}

/// The loss goes down to ε without rising: for one block and m ≥ N, or m ≥ N − 1 with the neuron of ones.
///
/// # Errors
/// [`NoPath`]; [`Hypothesis::BelowInfimum`] where the loss does not come as low.
pub fn descend<K: Kernel>(
    kernel: &K,
    problem: &ResidualProblem,
    (loss, epsilon): (&Loss, &Rational),
    from: &Residual<Rational>,
) -> Result<ResidualPath<K::Scalar>, NoPath> {
    let mut walk = Walk::new(kernel, problem, from)?;
    let class = row_classes(&problem.inputs);
    let first: Vec<usize> = (0..class.len()).filter(|&sample| class[sample] == sample).collect();
    let rows: Vec<usize> = class.iter().map(|sample| first.partition_point(|kept| kept < sample)).collect();
    let reduced = loss.on_distinct(&rows, from.outputs());
    let reduced = reduced.ok_or(Obstacle::from(Hypothesis::HingeOfEqualInputs))?;
    let epsilon = Rational::from(epsilon - &reduced.constant);
    let goal = Goal::never_rising(&reduced.loss, &epsilon);
    goal.require_above_infimum(&reduced.constant).map_err(Obstacle::from)?;
    let output = to_exact(&walk.output).ok_or(Obstacle::RankLost { step: STEP, found: 0, needed: walk.samples() })?;
    if reduced.loss.enclose(&output).hi() <= &epsilon {
        return Ok(walk.path);
    }
    walk.require_width(walk.least_width().saturating_sub(1))?;
    let basis = walk.clean(Until::Rank)?;
    let target = target_output(&reduced.loss, &output, &epsilon).map_err(Obstacle::from)?;
    let change = target.zip_map(&output, |to, from| to - from);
    walk.steer(&basis, &import_matrix(kernel, &change))?;
    Ok(walk.path)
}

/// How far [`Walk::clean`] goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Until {
    /// |T| = N, and W on T.
    Kept,
    /// rank B = N.
    Rank,
}

/// A path at constant output on the distinct samples.
struct Walk<'a, K: Kernel> {
    kernel: &'a K,
    activation: PiecewiseLinear<K::Scalar>,
    /// X̄, the distinct samples.
    inputs: DMatrix<K::Scalar>,
    /// Whether the ones column counts as a neuron, the last one.
    ones: bool,
    /// F.
    output: DMatrix<K::Scalar>,
    /// Z_k.
    entries: Vec<DMatrix<K::Scalar>>,
    /// G_k, which does not change as long as Z_k does not.
    features: Vec<DMatrix<K::Scalar>>,
    path: ResidualPath<K::Scalar>,
}

impl<'a, K: Kernel> Walk<'a, K> {
    fn new(kernel: &'a K, problem: &ResidualProblem, from: &Residual<Rational>) -> Result<Self, NoPath> {
        if from.stem.is_none() {
            return Err(NoPath::NoStem);
        }
        let (found, expected) = (problem.inputs.ncols(), from.inputs());
        if found != expected {
            return Err(NoPath::Inputs { found, expected });
        }
        let class = row_classes(&problem.inputs);
        let first: Vec<usize> = (0..class.len()).filter(|&sample| class[sample] == sample).collect();
        let inputs = import_matrix(kernel, &problem.inputs.select_rows(&first));
        let activation = problem.activation.import(kernel);
        let network = from.import(kernel);
        let pass = network.pass(kernel, &activation, &inputs);
        Ok(Walk {
            kernel,
            activation,
            inputs,
            ones: from.has_ones(),
            output: pass.output,
            entries: pass.entries,
            features: pass.features,
            path: ResidualPath::at(network),
        })
    }

    fn samples(&self) -> usize {
        self.inputs.nrows()
    }

    /// m.
    fn width(&self) -> usize {
        self.network().width()
    }

    fn network(&self) -> &Residual<K::Scalar> {
        self.path.end()
    }

    /// What one block asks for.
    fn least_width(&self) -> usize {
        least_width(self.samples(), 1, self.ones)
    }

    fn require_width(&self, needed: usize) -> Result<(), NoPath> {
        if self.width() >= needed { Ok(()) } else { Err(self.too_narrow(needed)) }
    }

    fn too_narrow(&self, needed: usize) -> NoPath {
        let blocks = self.network().blocks.len();
        NoPath::TooNarrow { width: self.width(), needed, samples: self.samples(), blocks }
    }

    /// H, with the ones column if it counts.
    fn columns_of_hidden(&self) -> DMatrix<K::Scalar> {
        let stem = self.network().stem.as_ref().expect("asked for at the start");
        self.columns(self.activation.apply(&stem.apply(self.kernel, &self.inputs)))
    }

    fn columns(&self, state: DMatrix<K::Scalar>) -> DMatrix<K::Scalar> {
        if self.ones { with_ones(self.kernel, &state) } else { state }
    }

    /// S_0, …, S_L, each with the ones column if it counts.
    fn states(&self) -> Vec<DMatrix<K::Scalar>> {
        let mut states = vec![self.columns_of_hidden()];
        for (layers, features) in self.network().blocks.iter().zip(&self.features) {
            let branch = layers[layers.len() - 1].apply(self.kernel, features);
            let mut next = states[states.len() - 1].clone();
            next.columns_mut(0, branch.ncols()).zip_apply(&branch, |entry, more| *entry = entry.plus(&more));
            states.push(next);
        }
        states
    }

    /// These columns, and behind them all others.
    fn order(&self, first: &[usize]) -> Vec<usize> {
        let all = self.width() + usize::from(self.ones);
        first.iter().copied().chain((0..all).filter(|column| !first.contains(column))).collect()
    }

    /// The columns that are kept from the start: independent, the ones first, and not touched by a branch.
    fn kept_at_first(&self, hidden: &DMatrix<K::Scalar>) -> Vec<usize> {
        let ones: Vec<usize> = self.ones.then_some(self.width()).into_iter().collect();
        let untouched = |&column: &usize| {
            let free = |layers: &Vec<Arc<Dense<K::Scalar>>>| is_zero_column(&layers[layers.len() - 1], column);
            column == self.width() || self.network().blocks.iter().all(free)
        };
        let order: Vec<usize> = self.order(&ones).into_iter().filter(untouched).collect();
        independent(self.kernel, hidden, &order)
    }

    /// The construction; T, or a basis of the columns of B.
    fn clean(&mut self, until: Until) -> Result<Vec<usize>, NoPath> {
        let mut kept = self.kept_at_first(&self.columns_of_hidden());
        let blocks = self.network().blocks.len();
        // Each round keeps a neuron more, in exact arithmetic.
        for _ in 0..=self.samples() {
            let states = self.states();
            let basis = independent(self.kernel, &states[blocks], &self.order(&kept));
            if until == Until::Rank && basis.len() == self.samples() {
                return Ok(basis);
            }
            if kept.len() == self.samples() {
                // B_T = H_T.
                self.set_head(&states[blocks], &kept)?;
                return Ok(kept);
            }
            // 1. W onto a basis.
            self.set_head(&states[blocks], &basis)?;
            let mut spare: Vec<usize> = (0..self.width()).filter(|column| !basis.contains(column)).collect();
            if blocks == 1 {
                // 2. Neurons that are independent as they are.
                let more = self.more(&states[0], &kept, &spare);
                if !more.is_empty() {
                    self.cut(&more);
                    kept.extend(more);
                    continue;
                }
            }
            // 3. Neurons that no branch looks at either.
            let mut entries = vec![];
            for state in &states[..blocks] {
                let basis = independent(self.kernel, state, &self.order(&kept));
                spare.retain(|column| !basis.contains(column));
                entries.push(basis);
            }
            if spare.is_empty() {
                return Err(self.too_narrow(least_width(self.samples(), blocks, self.ones)));
            }
            self.set_entries(&states, &entries)?;
            let more = self.more(&states[0], &kept, &spare);
            if more.is_empty() {
                spare.truncate(self.samples() - kept.len());
                kept.extend(self.renew(&states[0], &kept, spare)?);
            } else {
                self.cut(&more);
                kept.extend(more);
            }
        }
        Err(Obstacle::RankLost { step: STEP, found: kept.len(), needed: self.samples() }.into())
    }

    /// Which of the spare columns of H are independent of those that are kept, and of each other.
    fn more(&self, hidden: &DMatrix<K::Scalar>, kept: &[usize], spare: &[usize]) -> Vec<usize> {
        let chosen = independent(self.kernel, hidden, &[kept, spare].concat());
        chosen.into_iter().filter(|column| !kept.contains(column)).collect()
    }

    /// W on these columns of B: B W = F. A bias that is no neuron stays.
    fn set_head(&mut self, state: &DMatrix<K::Scalar>, basis: &[usize]) -> Result<(), NoPath> {
        let head = solved(self.kernel, (state, basis), &self.output, (&self.network().head, self.ones))?;
        let mut network = self.network().clone();
        network.head = Arc::new(head);
        self.path.line(network);
        Ok(())
    }

    /// W moves by a solution of B D = change on a basis of the columns of B.
    fn steer(&mut self, basis: &[usize], change: &DMatrix<K::Scalar>) -> Result<(), NoPath> {
        let states = self.states();
        let mut network = self.network().clone();
        let none = Dense { bias: None, ..zero(&network.head, self.kernel) };
        let step = solved(self.kernel, (&states[states.len() - 1], basis), change, (&none, self.ones))?;
        let plus = |a: &DMatrix<K::Scalar>, b: &DMatrix<K::Scalar>| a.zip_map(b, |a, b| a.plus(&b));
        let weight = plus(&network.head.weight, &step.weight);
        let bias = match (&network.head.bias, &step.bias) {
            (Some(bias), Some(step)) => Some(plus(bias, step)),
            (bias, _) => bias.clone(),
        };
        network.head = Arc::new(Dense { weight, bias });
        self.path.line(network);
        Ok(())
    }

    /// U_k on these columns of S_{k−1}, for every k, one after the other.
    fn set_entries(&mut self, states: &[DMatrix<K::Scalar>], bases: &[Vec<usize>]) -> Result<(), NoPath> {
        for (k, basis) in bases.iter().enumerate() {
            let own = &self.network().blocks[k][0];
            let entry = solved(self.kernel, (&states[k], basis), &self.entries[k], (own, self.ones))?;
            let mut network = self.network().clone();
            network.blocks[k][0] = Arc::new(entry);
            self.path.line(network);
        }
        Ok(())
    }

    /// The network with these columns of every V_k at 0.
    fn without(&self, columns: &[usize]) -> Residual<K::Scalar> {
        let mut network = self.network().clone();
        for layers in &mut network.blocks {
            let last = layers.len() - 1;
            let mut layer = (*layers[last]).clone();
            let none = self.kernel.import(&Rational::new());
            for &column in columns {
                layer.weight.column_mut(column).fill(none.clone());
                layer.bias.iter_mut().for_each(|bias| bias[column] = none.clone());
            }
            layers[last] = Arc::new(layer);
        }
        network
    }

    fn cut(&mut self, columns: &[usize]) {
        self.path.line(self.without(columns));
    }

    /// Dead neurons get weights with which they are independent of those kept: these neurons, as many as were found.
    fn renew(&mut self, hidden: &DMatrix<K::Scalar>, kept: &[usize], dead: Vec<usize>) -> Result<Vec<usize>, NoPath> {
        let (kernel, samples) = (self.kernel, self.samples());
        let candidates = self.candidates(&dead);
        let stem = self.network().stem.as_ref().expect("asked for at the start");
        let images = self.activation.apply(&unstacked(&candidates, stem).apply(kernel, &self.inputs));
        let all = DMatrix::from_fn(samples, kept.len() + images.ncols(), |i, j| match j.checked_sub(kept.len()) {
            None => hidden[(i, kept[j])].clone(),
            Some(candidate) => images[(i, candidate)].clone(),
        });
        let pivots = kernel.pivot_columns(&all);
        let found: Vec<usize> = pivots.iter().filter_map(|column| column.checked_sub(kept.len())).collect();
        if found.is_empty() {
            let stem_bias = stem.bias.is_some();
            return Err(NoPath::Dependent { rank: kept.len(), samples, stem_bias });
        }
        let renewed: Vec<usize> = dead.into_iter().zip(&found).map(|(neuron, _)| neuron).collect();
        let mut network = self.without(&renewed);
        let chosen = unstacked(&candidates.select_columns(&found[..renewed.len()]), stem);
        network.stem = Some(Arc::new(with_neurons(stem, &renewed, &chosen)));
        self.path.line(network);
        Ok(renewed)
    }

    /// Incoming weights, with the bias as last row if the stem has one: those of the other neurons, Lemma 4.4's list if there is
    /// a bias, and random ones if there is none.
    fn candidates(&self, dead: &[usize]) -> DMatrix<K::Scalar> {
        let stem = self.network().stem.as_ref().expect("asked for at the start");
        let others: Vec<usize> = (0..self.width()).filter(|neuron| !dead.contains(neuron)).collect();
        let own = stacked(stem).select_columns(&others);
        let rows = own.nrows();
        let listed = match &stem.bias {
            Some(_) => separating_weights(self.kernel, &self.inputs).map(|weights| {
                let direction = weights.rows(0, rows - 1).into_owned();
                let v: DVector<_> = self.kernel.product(&self.inputs, &direction).column(0).into_owned();
                let biases = candidate_biases(self.kernel, &self.activation, &v);
                DMatrix::from_fn(rows, biases.len(), |i, j| {
                    if i + 1 < rows { direction[i].clone() } else { biases[j].clone() }
                })
            }),
            None => {
                let mut random = ChaCha8Rng::seed_from_u64(0);
                let mut entry = || self.kernel.import(&Rational::from(random.random_range(-3..=3)));
                Some(DMatrix::from_fn(rows, TRIED * self.samples(), |_, _| entry()))
            }
        };
        let Some(listed) = listed else { return own };
        DMatrix::from_fn(rows, own.ncols() + listed.ncols(), |i, j| match j.checked_sub(own.ncols()) {
            None => own[(i, j)].clone(),
            Some(column) => listed[(i, column)].clone(),
        })
    }
}

/// So many random neurons are tried for each sample.
const TRIED: usize = 40;

/// The neurons as slots, once no branch is heard: their vectors are the columns of H.
struct Neurons<'w, 'a, K: Kernel> {
    walk: &'w mut Walk<'a, K>,
    target: &'w Residual<K::Scalar>,
    /// The columns of the target's H.
    theirs: DMatrix<K::Scalar>,
}

impl<K: Kernel> Neurons<'_, '_, K> {
    /// The neurons of `order` that are independent of those before them, and of the ones column where it counts.
    fn pivots(&self, hidden: &DMatrix<K::Scalar>, order: &[usize]) -> Vec<usize> {
        let width = self.walk.width();
        let ones: Vec<usize> = self.walk.ones.then_some(width).into_iter().collect();
        let columns = independent(self.walk.kernel, hidden, &[&ones, order].concat());
        columns.into_iter().filter(|&column| column < width).collect()
    }
}

impl<K: Kernel> Slots for Neurons<'_, '_, K> {
    fn independent(&self, order: &[usize]) -> Vec<usize> {
        self.pivots(&self.walk.columns_of_hidden(), order)
    }

    fn independent_targets(&self, order: &[usize]) -> Vec<usize> {
        self.pivots(&self.theirs, order)
    }

    fn copy(&mut self, home: &[usize], originals: &[usize], copies: &[usize]) {
        let mut network = self.walk.network().clone();
        let own = network.stem.as_ref().expect("asked for at the start").clone();
        let theirs = self.target.stem.as_ref().expect("of one shape");
        let select =
            |layer: &Dense<K::Scalar>, columns: &[usize]| unstacked(&stacked(layer).select_columns(columns), layer);
        let placed = with_neurons(&own, home, &select(theirs, home));
        network.stem = Some(Arc::new(with_neurons(&placed, copies, &select(&own, originals))));
        self.walk.path.line(network);
    }

    fn settle(&mut self, basis: &[usize]) -> Result<(), Obstacle> {
        let hidden = self.walk.columns_of_hidden();
        let ones = self.walk.ones.then_some(self.walk.width());
        let basis: Vec<usize> = ones.into_iter().chain(basis.iter().copied()).collect();
        self.walk.set_head(&hidden, &basis).map_err(|error| match error {
            NoPath::Obstacle(obstacle) => obstacle,
            _ => unreachable!("a solution is found, or a kernel says that there is none"),
        })
    }
}

/// A layer with S W = `right`, its rows outside of `basis` 0, for a state S with the ones column as a neuron more or without. A
/// bias that is no neuron stays: S W + 1 b = `right`.
fn solved<K: Kernel>(
    kernel: &K,
    (state, basis): (&DMatrix<K::Scalar>, &[usize]),
    right: &DMatrix<K::Scalar>,
    (own, ones): (&Dense<K::Scalar>, bool),
) -> Result<Dense<K::Scalar>, NoPath> {
    let mut right = right.clone();
    if let (Some(bias), false) = (&own.bias, ones) {
        for mut row in right.row_iter_mut() {
            row.iter_mut().zip(bias.iter()).for_each(|(entry, bias)| *entry = entry.minus(bias));
        }
    }
    let solution = kernel.solve(&state.select_columns(basis), &right).map_err(Obstacle::at(STEP))?;
    let (rows, none) = (own.weight.nrows(), kernel.import(&Rational::new()));
    let mut layer = DMatrix::from_element(rows + 1, right.ncols(), none);
    basis.iter().enumerate().for_each(|(row, &column)| layer.set_row(column, &solution.row(row)));
    let bias = if ones { Some(layer.rows(rows, 1).into_owned()) } else { own.bias.clone() };
    Ok(Dense { weight: layer.rows(0, rows).into_owned(), bias })
}

/// The layer of zeros of the same shape.
fn zero<K: Kernel>(layer: &Dense<K::Scalar>, kernel: &K) -> Dense<K::Scalar> {
    let none = |matrix: &DMatrix<K::Scalar>| {
        DMatrix::from_element(matrix.nrows(), matrix.ncols(), kernel.import(&Rational::new()))
    };
    Dense { weight: none(&layer.weight), bias: layer.bias.as_ref().map(none) }
}

fn is_zero_column<T: Number>(layer: &Dense<T>, column: usize) -> bool {
    layer.weight.column(column).iter().all(Number::is_zero)
        && layer.bias.as_ref().is_none_or(|bias| bias[column].is_zero())
}

/// [W; bᵀ], or W without a bias.
fn stacked<T: Number>(layer: &Dense<T>) -> DMatrix<T> {
    let (rows, bias) = (layer.weight.nrows(), layer.bias.as_ref());
    DMatrix::from_fn(rows + usize::from(bias.is_some()), layer.weight.ncols(), |i, j| match bias {
        Some(bias) if i == rows => bias[j].clone(),
        _ => layer.weight[(i, j)].clone(),
    })
}

/// The layer with these columns, with a bias if another one has it.
fn unstacked<T: Number>(columns: &DMatrix<T>, like: &Dense<T>) -> Dense<T> {
    let rows = like.weight.nrows();
    let bias = like.bias.as_ref().map(|_| columns.rows(rows, 1).into_owned());
    Dense { weight: columns.rows(0, rows).into_owned(), bias }
}

/// The layer with the columns of another one in the place of these.
pub(super) fn with_neurons<T: Number>(layer: &Dense<T>, neurons: &[usize], given: &Dense<T>) -> Dense<T> {
    let mut layer = layer.clone();
    for (from, &to) in neurons.iter().enumerate() {
        layer.weight.set_column(to, &given.weight.column(from));
        if let (Some(bias), Some(given)) = (&mut layer.bias, &given.bias) {
            bias[to] = given[from].clone();
        }
    }
    layer
}

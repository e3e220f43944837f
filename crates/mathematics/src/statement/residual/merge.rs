//! **Theorem R**, in the place of Theorem 11 (IJCAI 2020): κ = 0, any number of neurons, in particular m < N.
//!
//! *Let every sample's loss be a convex function of the output, l ≤ m − 2 d_y, λ ≥ F(A), F(B), and F\*_w(l) the infimum without the block over at most l
//! columns of W_2 other than 0. Then a path joins A and B with F ≤ max(λ, F\*_w(l)) + L_0 ρ c l/(m − 2 d_y), where the losses are L_0-Lipschitz
//! on the outputs that occur, |x| ≤ ρ, g is Γ-Lipschitz and c = Σ (‖w_2i‖_1 + ‖W_2 V_1‖_1 Γ ‖v_2i‖_1) ‖w_1i‖_2 over both ends.* For l = m^η that is O(m^(η − 1)), whatever
//! n is; with a regularisation it holds if R has the product of its last three terms in their place (otherwise see
//! [`wall`](super::wall)).
//!
//! From A, for d_y = 1; K is a neuron with w_2K ≠ 0, D are l others ([`corners`]):
//! 1. V_1 → row K alone, with the same P = W_2 V_1: the output is constant.
//! 2. W_2 → W_2′ and V_2 → V_2′ with columns D = 0 and w_2K as it was, so that P stays: the one move that is bounded. The output of a sample
//!    is piecewise linear in t, a convex loss is largest at a kink or an end, and so is their mean.
//! 3. Rows D of W_1 → those of the target: their neurons are dead, the output is constant.
//! 4. W_2 → W_2\* on D, 0 elsewhere: the output runs straight, so that a convex loss is at most the larger end. 5. V_1 → 0, 6. V_2 → 0,
//!    and what is left of W_1, θ → anything: constant.
//!
//! And the moves of B backwards. *Cut* takes W_2, V_2 as they are outside of D, which the bound is for. *Nearest* adds each neuron of D to the nearest one
//! that is kept, *refit* fits the others by least squares, in f64: only a proposal, whose maximum is computed exactly. *Cone* is the
//! paper's: l neurons near to one are added to this one.
//!
//! The exact number is the maximum of the loss on moves 1 and 2, a rational number. Only the square loss E (f − y)² and one output: paths of all
//! residual networks, and their certificates, are in [`emptied`](super::emptied).
//!
//! # Example
//! ```
//! use sublevel::statement::residual::merge::{Case, Strategy};
//!
//! let case = Case::draw(2, 12, 20, 7);
//! let removed = case.removed(3, Strategy::Nearest).unwrap();
//! let [first, last] = [case.loss(), removed.loss_at_end()];
//! assert!(removed.maximum() >= first.clone().max(last));
//! // The bound of the theorem, with the features in the place of ρ ‖w_1i‖.
//! let cut = case.removed(3, Strategy::Cut).unwrap();
//! assert!(cut.maximum_is_within_the_bound());
//! ```

use super::model::Skip;
use nalgebra::{DMatrix, DVector};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rug::ops::Pow;
use rug::{Integer, Rational};

/// Every number of an instance is an integer over 2^SCALE.
const SCALE: u32 = 16;

/// How wide the block is.
const WIDTH: usize = 3;

/// A network with one output and data, as integers: f = W_2 h + P θ σ(V_2 h), h = σ(W_1 x), and the loss E (f − y)².
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// X, `[N, n]`.
    inputs: DMatrix<Integer>,
    /// y, N numbers.
    targets: Vec<Integer>,
    /// W_1, `[m, n]`.
    stem: DMatrix<Integer>,
    /// W_2, m numbers.
    head: Vec<Integer>,
    /// V_2, `[WIDTH, m]`.
    first: DMatrix<Integer>,
    /// P θ, WIDTH numbers, over 2^(2 SCALE).
    after: Vec<Integer>,
    /// h, `[N, m]`, over 2^(2 SCALE).
    features: DMatrix<Integer>,
}

/// How l neurons are emptied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Strategy {
    /// The l neurons nearest in angle to one are added to it: Lemma 9.
    Cone,
    /// The l lightest ones go to 0.
    Cut,
    /// The l lightest ones are each added to the nearest one that stays.
    Nearest,
    /// The l lightest ones go to 0, the others to a least squares fit.
    Refit,
}

impl Strategy {
    /// All four.
    pub const ALL: [Strategy; 4] = [Strategy::Cone, Strategy::Cut, Strategy::Nearest, Strategy::Refit];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Strategy::Cone => "cone",
            Strategy::Cut => "cut",
            Strategy::Nearest => "nearest",
            Strategy::Refit => "refit",
        }
    }
}

/// Why neurons cannot be emptied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotRemoved {
    /// l ≤ m − 2 d_y.
    #[error("{neurons} neurons, of which {emptied} cannot be emptied: at most {}", neurons.saturating_sub(2))]
    TooMany {
        /// m.
        neurons: usize,
        /// l.
        emptied: usize,
    },
    /// W_2 = 0: no row of V_1 carries P.
    #[error("W_2 is 0: there is no neuron for V_1")]
    NoPivot,
}

/// W_2′ and V_2′, and the output before and behind.
#[derive(Debug, Clone)]
pub struct Removed<'a> {
    case: &'a Case,
    /// D.
    pub emptied: Vec<usize>,
    /// W_2 h, W_2′ h, N numbers each, over 2^(3 SCALE).
    skip: [Vec<Integer>; 2],
    /// V_2 h, V_2′ h, `[N, WIDTH]` each, over 2^(3 SCALE).
    inside: [DMatrix<Integer>; 2],
}

impl Case {
    /// A random network of m unit rows in ℝⁿ on N samples of cos(2 Σ x) + x_1, the head fitted and disturbed: weights of size 1/m.
    ///
    /// # Panics
    /// If there is no neuron or no sample.
    pub fn draw(n: usize, neurons: usize, samples: usize, seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut uniform = |rows: usize, columns: usize, size: f64| {
            DMatrix::from_fn(rows, columns, |_, _| random.random_range(-size..size))
        };
        let inputs = uniform(samples, n, 1.0);
        // Of the cube, those in the ball: their directions are spread evenly.
        let stem = DMatrix::from_rows(&(0..neurons).map(|_| direction(&mut uniform, n)).collect::<Vec<_>>());
        let first = uniform(WIDTH, neurons, 5.0 / neurons as f64);
        let (theta, product) = (uniform(WIDTH, WIDTH, 1.5), uniform(1, WIDTH, 0.8));
        let targets = DVector::from_fn(samples, |i, _| (2.0 * inputs.row(i).sum()).cos() + inputs[(i, 0)]);
        let features = (&inputs * stem.transpose()).map(|entry: f64| entry.max(0.0));
        let block = (&features * first.transpose()).map(|entry: f64| entry.max(0.0)) * (&product * &theta).transpose();
        let rest = &targets - block.column(0);
        let noise = uniform(neurons, 1, 0.5 / neurons as f64);
        let head = ridge(&features, &rest, 1e-2 * samples as f64) + noise.column(0);
        let whole = |matrix: &DMatrix<f64>| matrix.map(|entry| integer(entry, SCALE));
        let (inputs, stem) = (whole(&inputs), whole(&stem));
        let features = product_of(&inputs, &stem.transpose()).map(positive_part);
        let after = product_of(&whole(&product), &whole(&theta)).iter().cloned().collect();
        Case {
            inputs,
            targets: targets.iter().map(|entry| integer(*entry, SCALE)).collect(),
            stem,
            head: head.iter().map(|entry| integer(*entry, SCALE)).collect(),
            first: whole(&first),
            after,
            features,
        }
    }

    /// m.
    pub fn neurons(&self) -> usize {
        self.stem.nrows()
    }

    /// N.
    pub fn samples(&self) -> usize {
        self.inputs.nrows()
    }

    /// The same network with W_2 = 0.
    #[must_use]
    pub fn without_head(&self) -> Self {
        Case { head: vec![Integer::new(); self.neurons()], ..self.clone() }
    }

    /// F(A).
    pub fn loss(&self) -> Rational {
        let (skip, inside) = (self.skip(&self.head), self.inside(&self.first));
        self.loss_of((&skip, &skip), (&inside, &inside), &Rational::new())
    }

    /// Moves 1 and 2 with l emptied neurons.
    ///
    /// # Errors
    /// [`NotRemoved`].
    pub fn removed(&self, l: usize, strategy: Strategy) -> Result<Removed<'_>, NotRemoved> {
        if l + 2 > self.neurons() {
            return Err(NotRemoved::TooMany { neurons: self.neurons(), emptied: l });
        }
        let pivot =
            (0..self.neurons()).max_by_key(|&i| self.head[i].clone().abs()).filter(|&i| !self.head[i].is_zero());
        let pivot = pivot.ok_or(NotRemoved::NoPivot)?;
        let angles = self.angles();
        let (emptied, merged) = match strategy {
            Strategy::Cone => self.cone(pivot, l, &angles),
            Strategy::Cut | Strategy::Refit => (self.lightest(pivot, l), vec![None; l]),
            Strategy::Nearest => self.nearest(pivot, l, &angles),
        };
        let (mut head, mut first) = (self.head.clone(), self.first.clone());
        for (&from, into) in emptied.iter().zip(merged) {
            if let Some(into) = into {
                self.add(from, into, &mut head, &mut first);
            }
            head[from] = Integer::new();
            first.column_mut(from).iter_mut().for_each(|entry| *entry = Integer::new());
        }
        if strategy == Strategy::Refit {
            self.refit(pivot, &emptied, &mut head, &mut first);
        }
        let skip = [self.skip(&self.head), self.skip(&head)];
        let inside = [self.inside(&self.first), self.inside(&first)];
        Ok(Removed { case: self, emptied, skip, inside })
    }

    /// W_2 h for every sample.
    fn skip(&self, head: &[Integer]) -> Vec<Integer> {
        let head = DMatrix::from_column_slice(head.len(), 1, head);
        product_of(&self.features, &head).iter().cloned().collect()
    }

    /// V_2 h for every sample.
    fn inside(&self, first: &DMatrix<Integer>) -> DMatrix<Integer> {
        product_of(&self.features, &first.transpose())
    }

    /// The loss at t between two heads and two first layers of the block.
    fn loss_of(
        &self,
        (skip, skip_end): (&[Integer], &[Integer]),
        (inside, inside_end): (&DMatrix<Integer>, &DMatrix<Integer>),
        t: &Rational,
    ) -> Rational {
        let (numer, denom) = (t.numer(), t.denom());
        let between = |a: &Integer, b: &Integer| Integer::from(a * denom) + Integer::from(b - a) * numer;
        let mut sum = Integer::new();
        for i in 0..self.samples() {
            let mut output = between(&skip[i], &skip_end[i]) << (2 * SCALE);
            for (u, weight) in self.after.iter().enumerate() {
                output += positive_part(between(&inside[(i, u)], &inside_end[(i, u)])) * weight;
            }
            output -= Integer::from(&self.targets[i] * denom) << (4 * SCALE);
            sum += output.square();
        }
        let scale = (Integer::from(denom) << (5 * SCALE)).square() * self.samples();
        Rational::from((sum, scale))
    }

    /// The cosines' angles of all pairs, in f64.
    fn angles(&self) -> DMatrix<f64> {
        let stem = self.stem.map(|entry| entry.to_f64());
        let unit = DMatrix::from_rows(&stem.row_iter().map(|row| row.normalize()).collect::<Vec<_>>());
        (&unit * unit.transpose()).map(|cosine| cosine.clamp(-1.0, 1.0).acos())
    }

    /// Neurons but the pivot, the lightest first: (|w_2i| + ‖v_2i‖_1) ‖w_1i‖.
    fn lightest(&self, pivot: usize, l: usize) -> Vec<usize> {
        let weight = |i: usize| {
            let first: f64 = self.first.column(i).iter().map(|entry| entry.to_f64().abs()).sum();
            let stem: f64 = self.stem.row(i).iter().map(|entry| entry.to_f64().powi(2)).sum();
            (self.head[i].to_f64().abs() + first) * stem.sqrt()
        };
        let mut others: Vec<(usize, f64)> =
            (0..self.neurons()).filter(|&i| i != pivot).map(|i| (i, weight(i))).collect();
        others.sort_by(|a, b| a.1.total_cmp(&b.1));
        others.into_iter().take(l).map(|(i, _)| i).collect()
    }

    /// The lightest ones, each with the nearest one that is kept.
    fn nearest(&self, pivot: usize, l: usize, angles: &DMatrix<f64>) -> (Vec<usize>, Vec<Option<usize>>) {
        let emptied = self.lightest(pivot, l);
        let kept: Vec<usize> = (0..self.neurons()).filter(|i| *i != pivot && !emptied.contains(i)).collect();
        let into = |i: &usize| kept.iter().copied().min_by(|&a, &b| angles[(*i, a)].total_cmp(&angles[(*i, b)]));
        let merged = emptied.iter().map(into).collect();
        (emptied, merged)
    }

    /// The l neurons nearest to that one whose l nearest are nearest.
    fn cone(&self, pivot: usize, l: usize, angles: &DMatrix<f64>) -> (Vec<usize>, Vec<Option<usize>>) {
        let near = |j: usize| {
            let mut others: Vec<usize> = (0..self.neurons()).filter(|&i| i != j && i != pivot).collect();
            others.sort_by(|&a, &b| angles[(a, j)].total_cmp(&angles[(b, j)]));
            others.truncate(l);
            others
        };
        let radius = |j: usize, near: &[usize]| near.last().map_or(0.0, |&i| angles[(i, j)]);
        let candidates = (0..self.neurons()).filter(|&j| j != pivot).map(|j| (j, near(j)));
        let best = candidates.min_by(|(i, a), (j, b)| radius(*i, a).total_cmp(&radius(*j, b)));
        let (centre, emptied) = best.expect("two neurons at least");
        let merged = vec![Some(centre); emptied.len()];
        (emptied, merged)
    }

    /// Adds a neuron to another one: σ(w_i x) is about s σ(w_j x), s the quotient of their lengths.
    fn add(&self, from: usize, into: usize, head: &mut [Integer], first: &mut DMatrix<Integer>) {
        let length = |i: usize| self.stem.row(i).iter().map(|entry| entry.to_f64().powi(2)).sum::<f64>().sqrt();
        let scale = integer(length(from) / length(into), SCALE);
        let scaled = |weight: &Integer| Integer::from(weight * &scale) >> SCALE;
        let moved = scaled(&head[from]);
        head[into] += moved;
        for u in 0..WIDTH {
            let moved = scaled(&first[(u, from)]);
            first[(u, into)] += moved;
        }
    }

    /// Adds to the neurons that are kept, but for the pivot, what fits the emptied ones best.
    fn refit(&self, pivot: usize, emptied: &[usize], head: &mut [Integer], first: &mut DMatrix<Integer>) {
        let kept: Vec<usize> = (0..self.neurons()).filter(|i| *i != pivot && !emptied.contains(i)).collect();
        let scale = f64::from(SCALE).exp2();
        let columns = |list: &[usize]| {
            DMatrix::from_fn(self.samples(), list.len(), |i, k| self.features[(i, list[k])].to_f64() / scale.powi(2))
        };
        let (features, lost) = (columns(&kept), columns(emptied));
        let weights = DMatrix::from_fn(emptied.len(), WIDTH + 1, |k, u| match u {
            0 => self.head[emptied[k]].to_f64() / scale,
            u => self.first[(u - 1, emptied[k])].to_f64() / scale,
        });
        let wanted = lost * weights;
        for u in 0..=WIDTH {
            let fitted = ridge(&features, &wanted.column(u).into_owned(), 1e-9);
            for (k, &i) in kept.iter().enumerate() {
                let more = integer(fitted[k], SCALE);
                if u == 0 { head[i] += more } else { first[(u - 1, i)] += more }
            }
        }
    }
}

impl Removed<'_> {
    /// The maximum of the loss on moves 1 and 2.
    pub fn maximum(&self) -> Rational {
        let at = |t: &Rational| self.at(t);
        self.kinks().iter().map(at).max().expect("two ends")
    }

    /// The largest loss at the kinks, in f64.
    pub fn maximum_in_doubles(&self) -> f64 {
        let scale = f64::from(SCALE).exp2();
        let double = |entry: &Integer, power: i32| entry.to_f64() / scale.powi(power);
        let after: Vec<f64> = self.case.after.iter().map(|entry| double(entry, 2)).collect();
        let loss = |t: f64| {
            let between = |a: &Integer, b: &Integer| (1.0 - t) * double(a, 3) + t * double(b, 3);
            let sample = |i: usize| {
                let block = after
                    .iter()
                    .enumerate()
                    .map(|(u, weight)| weight * between(&self.inside[0][(i, u)], &self.inside[1][(i, u)]).max(0.0));
                let output = between(&self.skip[0][i], &self.skip[1][i]) + block.sum::<f64>();
                (output - double(&self.case.targets[i], 1)).powi(2)
            };
            (0..self.case.samples()).map(sample).sum::<f64>() / self.case.samples() as f64
        };
        self.kinks().iter().map(|t| loss(t.to_f64())).fold(0.0, f64::max)
    }

    /// By how much that is above the loss at the start.
    pub fn excess(&self) -> Rational {
        self.maximum() - self.case.loss()
    }

    /// The loss at the end.
    pub fn loss_at_end(&self) -> Rational {
        self.at(&Rational::from(1))
    }

    /// The loss at t.
    pub fn at(&self, t: &Rational) -> Rational {
        self.case.loss_of((&self.skip[0], &self.skip[1]), (&self.inside[0], &self.inside[1]), t)
    }

    /// 0, 1 and where an entry of V_2 h changes its sign, each once.
    pub fn kinks(&self) -> Vec<Rational> {
        let mut kinks = vec![Rational::new(), Rational::from(1)];
        for (from, to) in self.inside[0].iter().zip(self.inside[1].iter()) {
            if from.is_negative() != to.is_negative() && from != to {
                kinks.push(Rational::from((from.clone(), Integer::from(from - to))));
            }
        }
        kinks.sort();
        kinks.dedup();
        kinks
    }

    /// Of a cut: max F ≤ E (|f − y| + d)² with d(x) = Σ over D of (|w_2i| + Σ_u |(P θ)_u| |v_2ui|) h_i(x), which no output moves by more
    /// than, exactly.
    pub fn maximum_is_within_the_bound(&self) -> bool {
        self.maximum() <= self.bound()
    }

    /// That bound.
    pub fn bound(&self) -> Rational {
        let case = self.case;
        let weight = |i: usize| {
            let block =
                case.after.iter().enumerate().map(|(u, after)| Integer::from(after * &case.first[(u, i)]).abs());
            (case.head[i].clone().abs() << (2 * SCALE)) + block.sum::<Integer>()
        };
        let weights: Vec<(usize, Integer)> = self.emptied.iter().map(|&i| (i, weight(i))).collect();
        let mut sum = Integer::new();
        for i in 0..case.samples() {
            let mut output = Integer::from(&self.skip[0][i] << (2 * SCALE));
            for (u, after) in case.after.iter().enumerate() {
                output += positive_part(self.inside[0][(i, u)].clone()) * after;
            }
            output -= Integer::from(&case.targets[i] << (4 * SCALE));
            let moved =
                weights.iter().map(|(k, weight)| Integer::from(weight * &case.features[(i, *k)])).sum::<Integer>();
            sum += (output.abs() + moved).square();
        }
        Rational::from((sum, Integer::from(1) << (10 * SCALE))) / Integer::from(case.samples())
    }
}

/// The two-layer network to which the path goes: l rows of W_1, l entries of W_2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// `[l, n]`.
    pub stem: DMatrix<Rational>,
    /// `[1, l]`.
    pub head: DMatrix<Rational>,
}

/// What the output does on a move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Motion {
    /// It is constant.
    Constant,
    /// W_2 V_1 is constant, and the output piecewise linear.
    Bounded,
    /// It runs straight.
    Straight,
}

/// What the output does on the moves between the [`corners`].
pub const MOTIONS: [Motion; 6] =
    [Motion::Constant, Motion::Bounded, Motion::Constant, Motion::Straight, Motion::Constant, Motion::Constant];

/// The corners of the six moves from a network with one output; W_2′ and V_2′ are 0 in the columns D.
///
/// # Errors
/// [`NotRemoved::NoPivot`] if no neuron outside of D has one weight w_2K ≠ 0 in both W_2 and W_2′.
///
/// # Panics
/// If shapes do not fit.
pub fn corners(
    start: &Skip,
    emptied: &[usize],
    [head, first]: [&DMatrix<Rational>; 2],
    target: &Target,
) -> Result<[Skip; 7], NotRemoved> {
    let stays = |&k: &usize| !emptied.contains(&k) && !start.head[k].is_zero() && start.head[k] == head[k];
    let pivot = (0..start.neurons()).find(stays).ok_or(NotRemoved::NoPivot)?;
    let empty = |matrix: &DMatrix<Rational>| DMatrix::from_element(matrix.nrows(), matrix.ncols(), Rational::new());
    let mut last = empty(&start.last);
    for (entry, product) in last.row_mut(pivot).iter_mut().zip(start.product().iter()) {
        *entry = Rational::from(product / &start.head[pivot]);
    }
    let on_pivot = Skip { last, ..start.clone() };
    let removed = Skip { head: head.clone(), first: first.clone(), ..on_pivot.clone() };
    let (mut stem, mut goal) = (start.stem.clone(), empty(head));
    for (k, &neuron) in emptied.iter().enumerate() {
        stem.set_row(neuron, &target.stem.row(k));
        goal[neuron] = target.head[k].clone();
    }
    let replaced = Skip { stem, ..removed.clone() };
    let reached = Skip { head: goal, ..replaced.clone() };
    let silent = Skip { last: empty(&start.last), ..reached.clone() };
    let bare = Skip { first: empty(&start.first), ..silent.clone() };
    Ok([start.clone(), on_pivot, removed, replaced, reached, silent, bare])
}

/// A row of length 1, its direction spread evenly.
fn direction(uniform: &mut impl FnMut(usize, usize, f64) -> DMatrix<f64>, n: usize) -> nalgebra::RowDVector<f64> {
    loop {
        let row = uniform(1, n, 1.0).row(0).into_owned();
        let length = row.norm();
        if length > 0.1 && length <= 1.0 {
            return row / length;
        }
    }
}

/// The least ‖A x − b‖² + ρ ‖x‖², in f64.
fn ridge(a: &DMatrix<f64>, b: &DVector<f64>, rho: f64) -> DVector<f64> {
    let gram = a.transpose() * a + DMatrix::identity(a.ncols(), a.ncols()) * rho;
    let right = a.transpose() * b;
    gram.cholesky().map_or_else(|| DVector::zeros(a.ncols()), |factor| factor.solve(&right))
}

/// The integer nearest to x 2^scale.
fn integer(x: f64, scale: u32) -> Integer {
    Integer::from_f64((x * f64::from(scale).exp2()).round()).expect("a finite number")
}

fn positive_part(number: Integer) -> Integer {
    if number.is_positive() { number } else { Integer::new() }
}

fn product_of(a: &DMatrix<Integer>, b: &DMatrix<Integer>) -> DMatrix<Integer> {
    DMatrix::from_fn(a.nrows(), b.ncols(), |i, j| {
        (0..a.ncols()).map(|k| Integer::from(&a[(i, k)] * &b[(k, j)])).sum::<Integer>()
    })
}

/// l = ⌊m^η⌋ for η = p/q.
pub fn emptied_of(neurons: usize, (p, q): (u32, u32)) -> usize {
    let power = Integer::from(neurons).pow(p);
    power.root(q).to_usize().expect("at most m")
}

/// The slope of the logarithm of a number in that of m, by least squares; numbers below 10⁻¹² count as that.
pub fn slope(points: &[(usize, f64)]) -> f64 {
    let logarithms: Vec<(f64, f64)> = points.iter().map(|(m, y)| ((*m as f64).ln(), y.max(1e-12).ln())).collect();
    let count = logarithms.len() as f64;
    let mean = |pick: fn(&(f64, f64)) -> f64| logarithms.iter().map(pick).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let along: f64 = logarithms.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    along / logarithms.iter().map(|point| (point.0 - x).powi(2)).sum::<f64>()
}

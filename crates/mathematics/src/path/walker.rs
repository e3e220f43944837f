//! The walker: holds the current parameters and features, and writes down every move it makes.

use super::moves::{Change, Changes, Follow, Move, Path, changes_between};
use crate::arith::Number;
use crate::linalg::Kernel;
use crate::network::{Parameters, PiecewiseLinear, forward, with_ones};
use nalgebra::DMatrix;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How a follow move is pulled back to the first layer s of a (sub)network with independent data.
#[derive(Debug, Clone)]
pub struct Pullback<T> {
    /// s.
    pub first: usize,
    /// σ⁻¹.
    pub inverse: PiecewiseLinear<T>,
    /// R with [F_{s-1}, 1] R = I, shape [n_{s-1} + 1, N].
    pub right_inverse: Arc<DMatrix<T>>,
    /// L_l with L_l W_l = I, shape [n_l, n_{l-1}], for the levels that are pulled through.
    pub left_inverses: BTreeMap<usize, Arc<DMatrix<T>>>,
}

/// Walks through parameter space and records its path.
///
/// Features are kept *augmented* by the ones column, [F_k, 1] of shape [N, n_k + 1], so that a pre-activation is one
/// product with the stacked layer: P_{k+1} = [F_k, 1] · [W_{k+1}; b_{k+1}ᵀ].
///
/// Each kind of step recomputes only what it changes. What a construction says of the rest (that a pre-activation
/// stays, say) is what the checker proves afterwards from the certificate alone.
pub struct Walker<'a, K: Kernel> {
    kernel: &'a K,
    activation: PiecewiseLinear<K::Scalar>,
    parameters: Parameters<K::Scalar>,
    features: Vec<DMatrix<K::Scalar>>,
    pre_activations: Vec<DMatrix<K::Scalar>>,
    path: Path<K::Scalar>,
}

// Not derived: a kernel need not be one that can be copied.
impl<K: Kernel> Clone for Walker<'_, K> {
    fn clone(&self) -> Self {
        Self {
            kernel: self.kernel,
            activation: self.activation.clone(),
            parameters: self.parameters.clone(),
            features: self.features.clone(),
            pre_activations: self.pre_activations.clone(),
            path: self.path.clone(),
        }
    }
}

impl<'a, K: Kernel> Walker<'a, K> {
    /// Stands at the given parameters; `inputs` is X, shape [N, d].
    ///
    /// # Panics
    /// If the inputs do not have d columns.
    pub fn new(
        kernel: &'a K,
        activation: PiecewiseLinear<K::Scalar>,
        inputs: &DMatrix<K::Scalar>,
        parameters: Parameters<K::Scalar>,
    ) -> Self {
        let pass = forward(kernel, &activation, inputs, &parameters).expect("inputs and network fit");
        let path = Path { start: parameters.clone(), moves: Vec::new() };
        Self { kernel, activation, parameters, features: pass.features, pre_activations: pass.pre_activations, path }
    }

    /// The kernel that this walk computes with.
    pub fn kernel(&self) -> &'a K {
        self.kernel
    }

    /// The activation in the kernel's scalar.
    pub fn activation(&self) -> &PiecewiseLinear<K::Scalar> {
        &self.activation
    }

    /// Number of samples N.
    pub fn samples(&self) -> usize {
        self.features[0].nrows()
    }

    /// Number of layers L.
    pub fn depth(&self) -> usize {
        self.pre_activations.len()
    }

    /// Width n_k; n_0 = d.
    pub fn width(&self, k: usize) -> usize {
        if k == self.depth() { self.pre_activations[k - 1].ncols() } else { self.features[k].ncols() - 1 }
    }

    /// The stacked layer [W_k; b_kᵀ], shape [n_{k-1} + 1, n_k].
    pub fn layer(&self, k: usize) -> &Arc<DMatrix<K::Scalar>> {
        self.parameters.layer(k)
    }

    /// [F_k, 1] for k < L, shape [N, n_k + 1].
    pub fn features(&self, k: usize) -> &DMatrix<K::Scalar> {
        &self.features[k]
    }

    /// P_k for 1 ≤ k ≤ L, shape [N, n_k].
    pub fn pre_activation(&self, k: usize) -> &DMatrix<K::Scalar> {
        &self.pre_activations[k - 1]
    }

    /// The output F_L, shape [N, n_L].
    pub fn output(&self) -> &DMatrix<K::Scalar> {
        &self.pre_activations[self.depth() - 1]
    }

    /// The current parameters.
    pub fn parameters(&self) -> &Parameters<K::Scalar> {
        &self.parameters
    }

    /// The path walked so far.
    pub fn path(&self) -> &Path<K::Scalar> {
        &self.path
    }

    /// The path walked, taken out of the walker.
    pub fn into_path(self) -> Path<K::Scalar> {
        self.path
    }

    /// Layer k goes straight to new values with which its pre-activation stays what it is.
    pub fn reweight(&mut self, k: usize, layer: DMatrix<K::Scalar>) {
        let change = self.replace(k, layer);
        self.record_line(change);
    }

    /// Dead neurons of layer k get new incoming weights and biases: column `slots[i]` of the stacked layer becomes
    /// column i of `incoming`, shape [n_{k-1} + 1, slots]. Nothing above layer k changes.
    pub fn redirect(&mut self, k: usize, slots: &[usize], incoming: &DMatrix<K::Scalar>) {
        let mut layer = DMatrix::clone(self.layer(k));
        let pre = self.kernel.product(&self.features[k - 1], incoming);
        let post = self.activation.apply(&pre);
        for (i, &slot) in slots.iter().enumerate() {
            layer.set_column(slot, &incoming.column(i));
            self.pre_activations[k - 1].set_column(slot, &pre.column(i));
            self.features[k].set_column(slot, &post.column(i));
        }
        let change = self.replace(k, layer);
        self.record_line(change);
    }

    /// Rows of layer k whose features are zero (or any rows, in the last layer) go straight to new values, and the
    /// pre-activation of layer k is known to become `pre`: the same as before unless k = L.
    pub fn steer(&mut self, k: usize, layer: DMatrix<K::Scalar>, pre: DMatrix<K::Scalar>) {
        let change = self.replace(k, layer);
        self.pre_activations[k - 1] = pre;
        self.record_line(change);
    }

    /// A follow move (ICML 2019, Lemma 3.3): F_j goes straight to `target` [N, n_j] (the output if j = L) while layer
    /// j + 1, where one is given, goes straight to new values with which P_{j+1} stays what it is. Everything below is
    /// pulled back: P_l = σ⁻¹(F_l), F_{l-1} += (P_l − before) L_l, and U_s += R (P_s − before).
    ///
    /// # Panics
    /// If a left inverse of a layer s+1..j is missing.
    pub fn follow(
        &mut self,
        pull: &Pullback<K::Scalar>,
        level: usize,
        target: DMatrix<K::Scalar>,
        next: Option<DMatrix<K::Scalar>>,
    ) {
        self.follow_by(pull, level, target, next, |walker, l, pre| {
            let step = subtract(pre, walker.pre_activation(l));
            if l == pull.first {
                add(walker.layer(l), &walker.kernel.product(&pull.right_inverse, &step))
            } else {
                add(&walker.level(l - 1), &walker.kernel.product(&step, &pull.left_inverses[&l]))
            }
        });
    }

    /// [`Walker::follow`] where layers s..j are in canonical form, F_{l-1} = (P_l − 1b_lᵀ) L_l and U_s = R P_s: they are so
    /// at the end too, which says what comes out, without a sum of fractions of unlike denominators.
    ///
    /// # Panics
    /// If a left inverse of a layer s+1..j is missing.
    pub fn follow_canonical(
        &mut self,
        pull: &Pullback<K::Scalar>,
        level: usize,
        target: DMatrix<K::Scalar>,
        next: Option<DMatrix<K::Scalar>>,
    ) {
        self.follow_by(pull, level, target, next, |walker, l, pre| {
            if l == pull.first {
                walker.kernel.product(&pull.right_inverse, pre)
            } else {
                let bias = walker.parameters.bias(l).into_owned();
                walker.kernel.product(&subtract_row(pre, &bias), &pull.left_inverses[&l])
            }
        });
    }

    /// A follow; `below` gives F_{l-1}, or U_s for l = s, from the new P_l before anything of level l − 1 has changed.
    fn follow_by(
        &mut self,
        pull: &Pullback<K::Scalar>,
        level: usize,
        target: DMatrix<K::Scalar>,
        next: Option<DMatrix<K::Scalar>>,
        below: impl Fn(&Self, usize, &DMatrix<K::Scalar>) -> DMatrix<K::Scalar>,
    ) {
        let (first, depth) = (pull.first, self.depth());
        let before = Arc::new(self.level(level));
        let output = Change { before, after: Arc::new(target.clone()) };
        let mut goal = target;
        for l in (first..=level).rev() {
            let pre = if l == depth { goal.clone() } else { pull.inverse.apply(&goal) };
            let under = below(self, l, &pre);
            self.pre_activations[l - 1] = pre;
            if l < depth {
                self.features[l] = with_ones(self.kernel, &goal);
            }
            goal = under;
        }
        let mut changes = self.replace(first, goal);
        changes.extend(next.map(|layer| self.replace(level + 1, layer)).unwrap_or_default());
        if !changes.is_empty() {
            let used = |l: &usize| first < *l && *l <= level;
            let left_inverses =
                pull.left_inverses.iter().filter(|(l, _)| used(l)).map(|(&l, m)| (l, m.clone())).collect();
            let right_inverse = pull.right_inverse.clone();
            self.path.moves.push(Move::Follow(Follow { first, level, output, right_inverse, left_inverses, changes }));
        }
    }

    /// On the way so far, of lines and follows with constant output, the output bias goes straight to `shift` [1, n_L] more
    /// than it was, in as many equal steps as a power of two has, and the rest of them on the last move.
    ///
    /// # Panics
    /// If a move is neither a line nor a follow.
    pub fn tilt(&mut self, shift: &DMatrix<K::Scalar>) {
        let (depth, kernel, count) = (self.depth(), self.kernel, self.path.moves.len());
        let shifted = |layer: &DMatrix<K::Scalar>, done: usize| {
            let steps = if done == count { done } else { count.next_power_of_two() };
            let share = kernel.import(&rug::Rational::from((done, steps)));
            let mut layer = layer.clone();
            let bias = layer.nrows() - 1;
            layer
                .row_mut(bias)
                .iter_mut()
                .zip(shift)
                .for_each(|(entry, shift)| *entry = entry.plus(&shift.times(&share)));
            Arc::new(layer)
        };
        let mut layer = self.path.start.layer(depth).clone();
        for (done, step) in self.path.moves.iter_mut().enumerate() {
            let changes = match step {
                Move::Line(changes) => changes,
                Move::Follow(follow) => &mut follow.changes,
                _ => panic!("only lines and follows are tilted"),
            };
            let after = changes.get(&depth).map_or_else(|| layer.clone(), |change| change.after.clone());
            let change = Change { before: shifted(&layer, done), after: shifted(&after, done + 1) };
            changes.insert(depth, change);
            layer = after;
        }
        if count > 0 {
            self.parameters.set_layer(depth, shifted(&layer, count));
            let output = &mut self.pre_activations[depth - 1];
            for mut row in output.row_iter_mut() {
                row.iter_mut().zip(shift).for_each(|(entry, shift)| *entry = entry.plus(shift));
            }
        }
    }

    /// The network goes straight to another one while the loss stays at most `bound`: what happens to the features on the
    /// way is not said.
    pub fn bounded(&mut self, to: Parameters<K::Scalar>, bound: rug::Rational) {
        let changes = changes_between(&self.parameters, &to);
        self.parameters = to;
        let pass = forward(self.kernel, &self.activation, &self.level(0), &self.parameters);
        let pass = pass.expect("the widths are the same");
        (self.features, self.pre_activations) = (pass.features, pass.pre_activations);
        self.path.moves.push(Move::Bounded(changes, bound, None));
    }

    /// The last move of an unbounded path: θ + λ δ for all λ ≥ 0, where only layer k has a direction.
    pub fn ray(&mut self, k: usize, direction: DMatrix<K::Scalar>) {
        self.path.moves.push(Move::Ray(BTreeMap::from([(k, Arc::new(direction))])));
    }

    /// The last move of an unbounded path: W_k and b_k times s, W_{k+1} times 1/s, for all s ≥ 1.
    pub fn rescale(&mut self, k: usize) {
        self.path.moves.push(Move::Rescale(k));
    }

    /// F_l without the ones column for l < L, the output for l = L; shape [N, n_l].
    pub fn level(&self, l: usize) -> DMatrix<K::Scalar> {
        if l == self.depth() {
            return self.output().clone();
        }
        let features = &self.features[l];
        features.columns(0, features.ncols() - 1).into_owned()
    }

    /// Puts a new layer in place and says what changed.
    fn replace(&mut self, k: usize, layer: DMatrix<K::Scalar>) -> Changes<K::Scalar> {
        let before = self.parameters.layer(k).clone();
        if *before == layer {
            return BTreeMap::new();
        }
        let after = Arc::new(layer);
        self.parameters.set_layer(k, after.clone());
        BTreeMap::from([(k, Change { before, after })])
    }

    /// Writes a line down, unless it changes nothing.
    fn record_line(&mut self, changes: Changes<K::Scalar>) {
        if !changes.is_empty() {
            self.path.moves.push(Move::Line(changes));
        }
    }
}

/// A + B.
pub(crate) fn add<T: Number>(a: &DMatrix<T>, b: &DMatrix<T>) -> DMatrix<T> {
    entrywise(a, b, |x, y| if y.is_zero() { x.clone() } else { x.plus(y) })
}

/// A − B.
pub(crate) fn subtract<T: Number>(a: &DMatrix<T>, b: &DMatrix<T>) -> DMatrix<T> {
    entrywise(a, b, |x, y| if y.is_zero() { x.clone() } else { x.minus(y) })
}

/// f of the entries of two matrices of one shape. nalgebra's `zip_map` clones every entry, which costs as much as an
/// addition where the entries are big.
fn entrywise<T: Number>(a: &DMatrix<T>, b: &DMatrix<T>, f: impl Fn(&T, &T) -> T) -> DMatrix<T> {
    debug_assert_eq!(a.shape(), b.shape());
    DMatrix::from_iterator(a.nrows(), a.ncols(), a.iter().zip(b.iter()).map(|(x, y)| f(x, y)))
}

/// A − 1 rᵀ: A is [N, p], r is [1, p].
pub(crate) fn subtract_row<T: Number>(a: &DMatrix<T>, row: &DMatrix<T>) -> DMatrix<T> {
    DMatrix::from_fn(a.nrows(), a.ncols(), |i, j| a[(i, j)].minus(&row[j]))
}

//! How far a linear functional of the output can be off: errors followed back through the layers with their signs.
//!
//! An output is its chord, − K/8 for its bend K, and δ. For numbers g, one an output, |g δ| is at most |g| (R + |K|/8) by the radii alone,
//! which forget at each layer that errors may cancel. Most of it is won back here, with one pass from the last layer to the first.
//!
//! **What is followed.** For the features of each level a functional v, how much the output's g moves with them; and a, what |v| would be if
//! nothing cancelled: each consumer j of unit i with the weight w adds v_j w to v_i and |v_j w| to a_i. Weights are those in the
//! middle of the interval. So |g δ| ≤ D for
//!
//! > D = |g| R − Σ_i (a_i − |v_i|) R_i − Σ_j |v_j| |K_j|/8 + |κ|/8, κ = Σ_j v_j K_j,
//!
//! i over the units of all levels, j over the entries at which a bend is put into a chord, and over the outputs, whose term is not subtracted as the
//! first one does not have it.
//!
//! **Why.** By induction from the output, D with the pairs up to some layer replaced bounds what is left, v E over the errors E of the
//! levels that were reached, plus what was left behind. *A layer* has R_j ≥ Σ_i V_ji R_i + ρ_j; its errors are Σ_i W(s)_ji E_i and ρ_j more. W(s) is within
//! d of the middle W_m, and V ≥ |W_m| + d (`LayerChord::middle`): |v_j| R_j bounds |v_j| (d R + ρ)_j and |v_j| |W_m| R, of which
//! the last is replaced by the functional v_j W_m of the errors of the level. When all consumers of a level were there, Σ_i a_i R_i has become
//! |Σ_i v_i E_i|, which is at most Σ_i |v_i| R_i. *σ* moves by c E and at most its new radius less |c| r (`Passage`): v_i becomes c v_i, and
//! D stays. *A bend* that is put into the chord leaves (1/8 − t) K_j there, t = s (1 − s): the same factor everywhere, so that Σ_j |v_j| |K_j|/8
//! becomes |κ|/8. *The largest of a patch* is the entry that leads, error and all, or it is not followed: then v is 0 from there on.
//! Sums, means and normalisations are layers of one weight, for which the same holds with G.
//!
//! σ of features that do not move, and what is passed with less than `tiny`, is not followed either.
//!
//! **Rounding.** With n the number of all units and the most terms that a unit is in: each v_i and a_i is a sum of at most n terms of three operations, which err by less
//! than (n + 8) u a_i; middles err by 49 u M, M the largest |w| of the row on the segment; slopes c by 2 u of the largest slope, which counts
//! with the new radius; the sums of D by n u of what they add up. In all less than 16 (n + 64) u of everything that is added up, and 256 u M |v_j| R_i
//! for each pair. Underflow takes less than 2^−1074 of each term of v_i, and counts with R_i: `tiny` is added to Σ |v_j| M for it.

use super::engine::{Layers, Over, Trace};
use super::plan::{Plan, Step};
use crate::arith::Number;
use crate::barrier::arithmetic::{Arithmetic, magnitude};
use crate::barrier::forward::LayerChord;
use crate::barrier::patches::Patches;
use crate::certificate::graph::Pool;
use nalgebra::DMatrix;

/// A layer as errors are followed through it.
pub struct Back<T> {
    /// W_mᵀ, with the row of the bias.
    rows: DMatrix<T>,
}

impl<T: Number> Back<T> {
    /// `None` where there is no interval.
    pub fn new(layer: &LayerChord<'_, T>) -> Option<Self> {
        layer.middle().map(|middle| Back { rows: middle.transpose() })
    }
}

/// Follows functionals of the output of some samples back, one sample after the other.
pub struct Backward<'a, F: Arithmetic> {
    float: &'a F,
    plan: &'a Plan,
    layers: &'a Layers<'a, F::Scalar>,
    trace: &'a Trace<F::Scalar>,
    /// v and a of each level.
    functionals: [Vec<Vec<F::Scalar>>; 2],
    /// Σ_j |v_j| M_j over the layers that take from each level.
    imports: Vec<F::Scalar>,
}

/// The parts of D.
struct Parts<T> {
    /// Σ (a_i − |v_i|) R_i and Σ |v_j| |K_j|/8.
    won: T,
    /// κ/8.
    curvature: T,
    /// What rounding counts with.
    size: T,
    imports: T,
}

impl<'a, F: Arithmetic> Backward<'a, F> {
    pub fn new(float: &'a F, plan: &'a Plan, layers: &'a Layers<'a, F::Scalar>, trace: &'a Trace<F::Scalar>) -> Self {
        let zeros = || trace.levels.iter().map(|level| vec![float.float(0.0); level.chord.start.nrows()]).collect();
        let imports = vec![float.float(0.0); trace.levels.len()];
        Backward { float, plan, layers, trace, functionals: [zeros(), zeros()], imports }
    }

    /// D for one of the samples.
    pub fn reach(&mut self, sample: usize, gradient: &[F::Scalar]) -> F::Scalar {
        let float = self.float;
        let zero = float.float(0.0);
        self.functionals.iter_mut().flatten().for_each(|numbers| numbers.fill(zero.clone()));
        // More than what underflow takes from any v, multiplied with 256 u.
        self.imports.fill(float.tiny());
        let output = &self.trace.output;
        let radii = output.chord.radius.column(sample);
        let radius =
            gradient.iter().zip(radii.iter()).fold(zero.clone(), |sum, (g, r)| sum.plus(&magnitude(g).times(r)));
        let mut parts = Parts { won: zero.clone(), curvature: zero.clone(), size: radius.clone(), imports: zero };
        if let Some(bend) = &output.bend {
            parts.add_bend(float, gradient, bend.column(sample).iter());
        }
        self.pull(&self.plan.output, &self.layers.output, self.layers.back.as_ref(), gradient);
        for (index, step) in self.plan.steps.iter().enumerate().rev() {
            let level = index + 1;
            self.leave(level, sample, &mut parts);
            let numbers = std::mem::take(&mut self.functionals[0][level]);
            self.step(step, &self.layers.blocks[index], index, sample, &numbers);
            self.functionals[0][level] = numbers;
        }
        let units: usize = self.trace.levels.iter().map(|level| level.chord.start.nrows()).sum();
        let terms = units + self.plan.most_terms + gradient.len();
        let slack = float.float(16.0 * (terms as f64 + 64.0) * float.unit_roundoff());
        let import = float.float(256.0 * float.unit_roundoff());
        let rounding = slack.times(&parts.size).plus(&import.times(&parts.imports)).plus(&float.tiny());
        radius.minus(&parts.won).plus(&magnitude(&parts.curvature)).plus(&rounding)
    }

    /// What is won at a level, all of whose consumers were there; its functional becomes that of what σ was taken of.
    fn leave(&mut self, level: usize, sample: usize, parts: &mut Parts<F::Scalar>) {
        let [signed, sizes] = &mut self.functionals;
        let radii = self.trace.levels[level].chord.radius.column(sample);
        let mut radius_sum = self.float.float(0.0);
        for ((v, a), r) in signed[level].iter().zip(&sizes[level]).zip(radii.iter()) {
            parts.won = parts.won.plus(&a.minus(&magnitude(v)).times(r));
            parts.size = parts.size.plus(&a.times(r));
            radius_sum = radius_sum.plus(r);
        }
        parts.imports = parts.imports.plus(&self.imports[level].times(&radius_sum));
        let Some(passage) = &self.trace.passed[level - 1].passage else { return };
        let units = signed[level].len();
        let (zero, tiny) = (self.float.float(0.0), self.float.tiny());
        if passage.slopes.is_empty() {
            signed[level].fill(zero);
            return;
        }
        for (v, slope) in signed[level].iter_mut().zip(&passage.slopes[sample * units..]) {
            let moved = v.times(slope);
            *v = if magnitude(&moved) < tiny { zero.clone() } else { moved };
        }
        if let Some(bend) = &passage.bend {
            let folded = parts.add_bend(self.float, &signed[level], bend.column(sample).iter());
            parts.won = parts.won.plus(&folded);
        }
    }

    /// The functional of a block's value as one of the levels that it takes from.
    fn step(&mut self, step: &Step, over: &Over<'_, F::Scalar>, index: usize, sample: usize, numbers: &[F::Scalar]) {
        match (step, over) {
            (Step::Filters { patches, first: false, .. }, Over::Filters { layer, back, .. }) => {
                self.pull(patches, layer, back.as_ref(), numbers);
            }
            (Step::Filters { .. }, _) => {}
            (Step::Pool { patches, pool: Pool::Max }, _) => {
                let leaders = &self.trace.passed[index].leaders;
                for (p, (patch, v)) in patches.iter().zip(numbers).enumerate() {
                    // Patches of one unit each, of a whole block, have no leaders.
                    let leader = if leaders.is_empty() { Some(0) } else { leaders[sample * patches.len() + p] };
                    if let Some([block, unit]) = leader.map(|entry| patch[entry]) {
                        self.add(block, unit, v.clone());
                    }
                }
            }
            (Step::Pool { patches, pool }, _) => {
                for (patch, v) in patches.iter().zip(numbers).filter(|(_, v)| !v.is_zero()) {
                    let count = if *pool == Pool::Mean { patch.len() as f64 } else { 1.0 };
                    let share = v.over(&self.float.float(count));
                    patch.iter().for_each(|&[block, unit]| self.add(block, unit, share.clone()));
                }
            }
            (Step::Normalise { from }, Over::Normalise(normalisation)) => {
                let middles = normalisation.middles(&self.float.float(0.5));
                for (unit, (v, middle)) in numbers.iter().zip(middles.iter().cycle()).enumerate() {
                    self.add(*from, unit, v.times(middle));
                }
            }
            (Step::Normalise { .. }, _) => unreachable!("the parameters are those of the plan"),
        }
    }

    /// Through a layer.
    fn pull(
        &mut self,
        patches: &Patches,
        layer: &LayerChord<'_, F::Scalar>,
        back: Option<&Back<F::Scalar>>,
        numbers: &[F::Scalar],
    ) {
        let Back { rows } = back.expect("errors are followed where that was prepared");
        let [signed, sizes] = &mut self.functionals;
        patches.pull_back(numbers, rows, [signed, sizes]);
        let largest = numbers.iter().zip(layer.largest().iter().cycle());
        let import = largest.fold(self.float.float(0.0), |sum, (v, largest)| sum.plus(&magnitude(v).times(largest)));
        for &source in patches.sources() {
            self.imports[source] = self.imports[source].plus(&import);
        }
    }

    fn add(&mut self, block: usize, unit: usize, v: F::Scalar) {
        let [signed, sizes] = &mut self.functionals;
        sizes[block][unit] = sizes[block][unit].plus(&magnitude(&v));
        signed[block][unit] = signed[block][unit].plus(&v);
    }
}

impl<T: Number> Parts<T> {
    /// Adds v K/8 for a bend that was put into the chord where v is the functional; Σ |v| |K|/8 is returned.
    fn add_bend<'b, F: Arithmetic<Scalar = T>>(
        &mut self,
        float: &F,
        functional: &[T],
        bend: impl Iterator<Item = &'b T>,
    ) -> T {
        let (eighth, mut folded) = (float.float(0.125), float.float(0.0));
        for (v, k) in functional.iter().zip(bend) {
            let term = eighth.times(&v.times(k));
            folded = folded.plus(&magnitude(&term));
            self.curvature = self.curvature.plus(&term);
        }
        self.size = self.size.plus(&folded);
        folded
    }
}

#[cfg(test)]
mod tests {
    use crate::barrier::forward::{Bent, Chord, Passage, Sigma, activate};
    use crate::linalg::Double;
    use crate::network::Nonlinearity;
    use nalgebra::DMatrix;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// What σ passes of an error is c of it, and no more than the new radius less |c| r besides: of bent chords that move a little or much,
    /// near kinks and far from them. Nearly all of that is reached somewhere, where c could not be another number.
    #[test]
    fn errors_pass_every_sigma() {
        let mut random = ChaCha8Rng::seed_from_u64(17);
        for name in ["relu", "leaky-relu=-1/2", "leaky-relu=3", "sigmoid", "tanh", "softplus=2", "elu=1", "elu=1/3"] {
            let nonlinearity: Nonlinearity = name.parse().unwrap();
            let (sigma, in_doubles) = (Sigma::new(&Double, &nonlinearity), nonlinearity.in_doubles());
            let is_smooth = matches!(nonlinearity, Nonlinearity::Smooth(_));
            let mut reached = 0.0_f64;
            for _ in 0..20_000 {
                let step = 2f64.powi(-random.random_range(0..8));
                let a = random.random_range(-1.5..1.5);
                let mut number = |size: f64| random.random_range(-size..=size);
                let (b, q, r) = (a + number(step), number(step), number(step).abs());
                let one = |number| DMatrix::from_element(1, 1, number);
                let chord = Chord { start: one(a), end: Some(one(b)), radius: one(r) };
                let mut passage = Passage { slopes: vec![], bend: None };
                let passed = activate(&Double, &sigma, Bent { chord, bend: Some(one(q)) }, Some(&mut passage)).unwrap();
                let (start, end) = (passed.chord.start[0], passed.chord.end.unwrap()[0]);
                let (c, bend) = (passage.slopes[0], passed.bend.map_or(0.0, |bend| bend[0]));
                // A kink takes the chord less q/8, and the rest of the bend for an error.
                let allowed = passed.chord.radius[0] - c.abs() * (r + if is_smooth { 0.0 } else { q.abs() / 8.0 });
                for (i, error) in (0..=8).flat_map(|i| [-r, r].map(|error| (i, error))) {
                    let s = f64::from(i) / 8.0;
                    let t = s * (1.0 - s);
                    let value = in_doubles.value((1.0 - s) * a + s * b - t * q + error);
                    let error = if is_smooth { error } else { error + (0.125 - t) * q };
                    let off = (value - ((1.0 - s) * start + s * end - t * bend) - c * error).abs();
                    assert!(off <= allowed + 1e-12, "{name}: {off} off, {allowed} allowed");
                    reached = reached.max(off / allowed.max(1e-3));
                }
            }
            assert!(reached > 0.8, "{name}: {reached}");
        }
    }
}

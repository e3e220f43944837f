//! **Follow** (Lemma 3.3). Level j goes straight to a given F_j(1) while the layers from s on make way.
//!
//! With \[F_{s-1}, 1\] R = I, L_l W_l = I for l = s+1..j, and σ strictly monotone and onto, the following holds for
//! every λ in [0, 1], where F_j(λ) = F_j + λ Δ and, downwards, P_l(λ) = σ⁻¹(F_l(λ)) (P_L = F_L):
//! - F_{l-1}(λ) = F_{l-1} + (P_l(λ) − P_l) L_l for l = j..s+1 has F_{l-1}(λ) W_l + 1 b_lᵀ = P_l(λ);
//! - U_s(λ) = U_s + R (P_s(λ) − P_s), the weight on top of the bias, has \[F_{s-1}, 1\] U_s(λ) = P_s(λ).
//!
//! So the network with U_s(λ) has the features F_l(λ) for s ≤ l ≤ j. Layer j + 1 may go straight too, and
//! (F_j + λΔ)(W_{j+1} + λΔW) + 1 (b + λΔb)ᵀ must be constant: Δ W_{j+1} + F_j ΔW + 1 Δbᵀ = 0 and Δ ΔW = 0. Then so is the
//! output. For j = L there is no such layer, and the output is the straight line itself.
//!
//! Where the loss is to fall strictly, the output bias may go straight too: for j + 1 < L beside all the others, for
//! j + 1 = L as a part of that layer, for which Δ W_L + F_{L-1} ΔW + 1 Δbᵀ = 1 cᵀ with a c of any value. The output is then
//! F_L + λ 1 cᵀ, a straight line again.
//!
//! If samples share an input, \[F_{s-1}, 1\] has no right inverse. The same holds with \[F_{s-1}, 1\] R = E where row i of
//! E is the unit row of a sample r(i): let the rows i and r(i) of F_{s-1} be equal, and those of F_j(1) too. Then they are
//! equal at every level and every λ, so that E (P_s(λ) − P_s) = P_s(λ) − P_s. The problem has to say that it makes use of
//! this.

use crate::{
    activation::Activation,
    certificate,
    matrix::Matrix,
    state::{Changes, Layer, State, read_changes},
    verdict::{Failure, Part, Rejection, Undecided},
};
use std::{collections::BTreeMap, rc::Rc};

/// The inverses that follows have given, each with what it was found to invert.
#[derive(Default)]
pub struct Inverses {
    /// σ⁻¹, found when it is needed first; none inside if σ has none.
    activation: Option<Option<Rc<Activation>>>,
    right: Option<Inverse>,
    /// r of R.
    picks: Rc<[usize]>,
    left: BTreeMap<usize, Inverse>,
}

struct Inverse {
    matrix: Rc<Matrix>,
    /// F_{s-1} or W_l.
    inverts: Option<Rc<Matrix>>,
}

/// A follow with all that belongs to it.
struct Follow {
    first: usize,
    level: usize,
    output: Matrix,
    changes: Changes,
    right_inverse: Rc<Matrix>,
    /// r: for each sample the one whose row R picks, its own unless inputs are equal.
    picks: Rc<[usize]>,
    left_inverses: BTreeMap<usize, Rc<Matrix>>,
    /// σ⁻¹; none if only the output goes straight.
    inverse: Option<Rc<Activation>>,
}

/// The network at the end of the follow, if the follow is acceptable; where it `tilts`, the output bias may move.
pub fn check<'a>(
    state: &State<'a>,
    inverses: &mut Inverses,
    source: &certificate::FollowRecord,
    tilts: bool,
) -> Result<State<'a>, Failure> {
    let setting = state.setting;
    let (first, level, layers) = (source.first, source.level, setting.depth());
    if !(1 <= first && first <= level && level <= layers) {
        return Err(Rejection::FollowLevels { first, level, layers }.into());
    }
    let inverse = if first < layers { Some(inverses.activation(state)?) } else { None };
    let (right_inverse, picks) = inverses.right(state, source)?;
    let follow = Follow {
        first,
        level,
        output: Matrix::read(
            &source.output,
            Part::Output,
            (setting.samples(), setting.widths[level]),
            setting.reading(),
        )?,
        changes: read_changes(&source.layers, &setting.widths, setting.reading())?,
        right_inverse,
        picks,
        left_inverses: inverses.left(state, source)?,
        inverse,
    };
    follow.keeps_equal_rows()?;
    let tilt = follow.keeps_what_is_above(state, tilts)?;
    Ok(follow.end(state, tilt)?)
}

impl Inverses {
    /// σ⁻¹.
    fn activation(&mut self, state: &State) -> Result<Rc<Activation>, Failure> {
        let known = match self.activation.take() {
            Some(known) => known,
            None => state.setting.activation.inverse(&state.setting.limits)?.map(Rc::new),
        };
        self.activation.insert(known).clone().ok_or(Rejection::ActivationNotInvertible.into())
    }

    /// R and r, after the check that \[F_{s-1}, 1\] R picks for every sample its own row, or one equal to it.
    fn right(
        &mut self,
        state: &State,
        source: &certificate::FollowRecord,
    ) -> Result<(Rc<Matrix>, Rc<[usize]>), Failure> {
        let (first, features) = (source.first, state.features(source.first - 1));
        if let Some(given) = &source.right_inverse {
            let matrix = Matrix::read(
                given,
                Part::RightInverse,
                (features.cols() + 1, features.rows()),
                state.setting.reading(),
            )?;
            remember(&mut self.right, matrix);
        }
        let inverse = self.right.as_mut().ok_or(Rejection::Missing { part: Part::RightInverse })?;
        if !inverse.inverts(features) {
            let augmented = features.with_ones();
            let is_own = |(sample, &picked): (usize, &usize)| {
                sample == picked || state.setting.equal_inputs && features.row(sample) == features.row(picked)
            };
            let samples = features.rows();
            // Where every sample needs a row of its own, more samples than columns have none: and there are as many products.
            let fits = augmented.cols() == inverse.matrix.rows()
                && inverse.matrix.cols() == samples
                && (state.setting.equal_inputs || samples <= augmented.cols());
            if fits {
                state.setting.allow_product(samples.saturating_mul(samples), [&augmented, &inverse.matrix])?;
            }
            let picks = if fits { augmented.times(&inverse.matrix).unit_rows() } else { None };
            let picks = picks.filter(|picks| picks.iter().enumerate().all(is_own));
            self.picks = picks.ok_or(Rejection::RightInverse { first })?.into();
            inverse.inverts = Some(features.clone());
        }
        Ok((inverse.matrix.clone(), self.picks.clone()))
    }

    /// L_l for l = s+1..j, after the checks that L_l W_l = I.
    fn left(
        &mut self,
        state: &State,
        source: &certificate::FollowRecord,
    ) -> Result<BTreeMap<usize, Rc<Matrix>>, Rejection> {
        let (first, level) = (source.first, source.level);
        let needed = first + 1..=level;
        if let Some(&layer) = source.left_inverses.keys().find(|layer| !needed.contains(*layer)) {
            return Err(Rejection::UnusedLeftInverse { layer, first, level });
        }
        let mut checked = BTreeMap::new();
        for layer in needed {
            let (weight, part) = (&state.layer(layer).weight, Part::LeftInverse(layer));
            let mut known = self.left.remove(&layer);
            if let Some(given) = source.left_inverses.get(&layer) {
                let shape = (weight.cols(), weight.rows());
                remember(&mut known, Matrix::read(given, part, shape, state.setting.reading())?);
            }
            let mut inverse = known.ok_or(Rejection::Missing { part })?;
            if !inverse.inverts(weight) {
                // A matrix with more columns than rows has no left inverse.
                if weight.cols() > weight.rows() || !inverse.matrix.times(weight).is_identity() {
                    return Err(Rejection::LeftInverse { layer });
                }
                inverse.inverts = Some(weight.clone());
            }
            checked.insert(layer, inverse.matrix.clone());
            self.left.insert(layer, inverse);
        }
        Ok(checked)
    }
}

/// Keeps the inverse that a follow gives, and what is known of it if it is the one of before.
fn remember(known: &mut Option<Inverse>, given: Matrix) {
    if known.as_ref().is_none_or(|known| *known.matrix != given) {
        *known = Some(Inverse { matrix: Rc::new(given), inverts: None });
    }
}

impl Inverse {
    /// Whether it was found to invert this very matrix.
    fn inverts(&self, matrix: &Rc<Matrix>) -> bool {
        self.inverts.as_ref().is_some_and(|inverted| Rc::ptr_eq(inverted, matrix))
    }
}

impl Follow {
    /// Samples whose rows were taken for equal go to equal rows.
    fn keeps_equal_rows(&self) -> Result<(), Rejection> {
        let split = |(sample, &picked): (usize, &usize)| {
            (self.output.row(sample) != self.output.row(picked)).then_some(Rejection::FollowSplits { sample, picked })
        };
        self.picks.iter().enumerate().find_map(split).map_or(Ok(()), Err)
    }

    /// P_{j+1} stays constant, whatever layer j + 1 does, or the output moves by λ 1 cᵀ: then c `[1, n_L]`.
    fn keeps_what_is_above(&self, state: &State, tilts: bool) -> Result<Option<Matrix>, Failure> {
        let (above, depth) = (self.level + 1, state.setting.depth());
        let bias_only = self.changes.get(&depth).filter(|_| tilts && above < depth);
        if let Some(&layer) =
            self.changes.keys().find(|&&layer| layer != above && !(bias_only.is_some() && layer == depth))
        {
            return Err(Rejection::FollowMovesLayer { layer, level: self.level }.into());
        }
        if bias_only.is_some_and(|change| change.weight.is_some()) {
            return Err(Rejection::FollowMovesWeight { layer: depth, level: self.level }.into());
        }
        if self.level == depth {
            return Ok(None);
        }
        let (linear, quadratic) = self.motion_above(state)?;
        let first = linear.row_range(0..1);
        let is_tilt = tilts && above == depth && linear == linear.zeros_like().plus_row(&first);
        if !quadratic.is_none_or(|quadratic| quadratic.is_zero()) || !(linear.is_zero() || is_tilt) {
            return Err(Rejection::FollowChangesOutput { layer: above }.into());
        }
        let bias = bias_only.and_then(|change| change.bias.as_ref());
        let moved = bias.map(|bias| state.setting.minus(bias, &state.layer(depth).bias)).transpose()?;
        Ok(moved.or(is_tilt.then_some(first)))
    }

    /// Δ W_{j+1} + F_j ΔW + 1 Δbᵀ and Δ ΔW: how P_{j+1} moves with λ and with λ².
    fn motion_above(&self, state: &State) -> Result<(Matrix, Option<Matrix>), Undecided> {
        let (setting, above) = (state.setting, self.level + 1);
        let (features, Layer { weight, bias }) = (state.features(self.level), state.layer(above));
        let step = setting.minus(&self.output, features)?;
        let mut linear = step.times(weight);
        let Some(change) = self.changes.get(&above) else { return Ok((linear, None)) };
        let weight_step = change.weight.as_ref().map(|to| setting.minus(to, weight)).transpose()?;
        if let Some(weight_step) = &weight_step {
            linear = setting.plus(&linear, &features.times(weight_step))?;
        }
        if let Some(to) = &change.bias {
            linear = setting.plus_row(&linear, &setting.minus(to, bias)?)?;
        }
        Ok((linear, weight_step.map(|weight_step| step.times(&weight_step))))
    }

    /// The network at λ = 1; `tilt` is c.
    fn end<'a>(&self, state: &State<'a>, tilt: Option<Matrix>) -> Result<State<'a>, Undecided> {
        let setting = state.setting;
        let mut known = vec![];
        if let Some(tilt) = tilt {
            let output = setting.plus_row(state.output(), &tilt)?;
            setting.allow(&output)?;
            known.push((setting.depth(), output, None));
        }
        // Takes F_l(1), gives P_l(1) − P_l.
        let mut reach = |l: usize, features: Matrix| -> Result<Matrix, Undecided> {
            setting.allow(&features)?;
            let (pre, features) = match &self.inverse {
                Some(inverse) if l < setting.depth() => (inverse.apply(&features), Some(features)),
                _ => (features, None),
            };
            setting.allow(&pre)?;
            let step = setting.minus(&pre, state.pre(l))?;
            known.push((l, pre, features));
            Ok(step)
        };
        let mut step = reach(self.level, self.output.clone())?;
        for l in (self.first..self.level).rev() {
            let (features, inverse) = (state.features(l), &self.left_inverses[&(l + 1)]);
            setting.allow_product(features.numbers().len(), [&step, inverse])?;
            step = reach(l, setting.plus(features, &step.times(inverse))?)?;
        }
        setting.allow_product(self.right_inverse.rows() * step.cols(), [&self.right_inverse, &step])?;
        let layers = self.end_layers(state, &step);
        layers.iter().try_for_each(|(_, layer)| setting.allow(&layer.weight).and(setting.allow(&layer.bias)))?;
        Ok(state.followed(layers, known))
    }

    /// The layers that are new at λ = 1: s from P_s(1) − P_s, and j + 1 as given.
    fn end_layers(&self, state: &State, step: &Matrix) -> Vec<(usize, Layer)> {
        let update = self.right_inverse.times(step);
        let Layer { weight, bias } = state.layer(self.first);
        let rows = weight.rows();
        let moved = Layer {
            weight: Rc::new(weight.plus(&update.row_range(0..rows))),
            bias: Rc::new(bias.plus(&update.row_range(rows..rows + 1))),
        };
        let given = self.changes.iter().map(|(&k, change)| {
            let Layer { weight, bias } = state.layer(k);
            let weight = change.weight.as_ref().unwrap_or(weight).clone();
            (k, Layer { weight, bias: change.bias.as_ref().unwrap_or(bias).clone() })
        });
        [(self.first, moved)].into_iter().chain(given).collect()
    }
}

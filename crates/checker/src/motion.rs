//! θ + λ δ: the network while some layers move straight, as polynomials in λ.

use super::{
    matrix::Matrix,
    polynomial::Polynomial,
    state::{Change, Changes, State},
    verdict::Undecided,
};
use crate::certificate::Limit;
use std::rc::Rc;

/// A straight motion from a state.
pub struct Motion<'a> {
    pub state: &'a State<'a>,
    /// δ; a part that is zero is left out.
    direction: Changes,
    /// The network at λ = 1, if it is known.
    end: Option<&'a State<'a>>,
    /// For each hidden layer k, from 1: which neurons are live, that is, have an outgoing weight that is not zero
    /// somewhere on the motion.
    live: Vec<Vec<bool>>,
}

/// F_k(λ) as far as live neurons are concerned.
pub enum Features {
    /// Those of the state, for all λ of the interval at hand.
    Present,
    /// Σ λ^i M_i there, zero in the columns of dead neurons.
    Moving(Polynomial),
}

impl<'a> Motion<'a> {
    /// The motion from `state` towards `target`, reached at λ = 1, where the network is `end`.
    pub fn towards(state: &'a State<'a>, target: &Changes, end: &'a State<'a>) -> Result<Self, Undecided> {
        let difference = |to: &Option<Rc<Matrix>>, from: &Matrix| -> Result<_, Undecided> {
            let Some(to) = to else { return Ok(None) };
            // Where both are 0 nothing becomes long.
            state.setting.limits.allow_memory(to.filled_with(from) as u64, to.bits_with(from))?;
            Ok(Some(Rc::new(to.minus(from))))
        };
        let direction = |(&k, to): (&usize, &Change)| -> Result<_, Undecided> {
            let from = state.layer(k);
            let (weight, bias) = (difference(&to.weight, &from.weight)?, difference(&to.bias, &from.bias)?);
            Ok((k, Change { weight, bias }))
        };
        let motion = Motion::along(state, target.iter().map(direction).collect::<Result<_, _>>()?)?;
        Ok(Motion { end: Some(end), ..motion })
    }

    /// The motion from `state` in a direction.
    pub fn along(state: &'a State<'a>, mut direction: Changes) -> Result<Self, Undecided> {
        for change in direction.values_mut() {
            change.weight.take_if(|weight| weight.is_zero());
            change.bias.take_if(|bias| bias.is_zero());
        }
        direction.retain(|_, change| *change != Change::default());
        state.setting.limits.allow(Limit::MovingLayers, direction.len() as u64)?;
        let mut motion = Motion { state, direction, end: None, live: vec![] };
        for k in 1..state.setting.depth() {
            let present = state.layer(k + 1).weight.live_rows();
            let moving = motion.slope(k + 1).0.map_or_else(|| vec![false; present.len()], Matrix::live_rows);
            motion.live.push(present.into_iter().zip(moving).map(|(present, moving)| present || moving).collect());
        }
        Ok(motion)
    }

    /// Whether nothing moves at all.
    pub fn is_rest(&self) -> bool {
        self.direction.is_empty()
    }

    /// Whether some layer after the k-th moves.
    pub fn moves_after(&self, k: usize) -> bool {
        self.direction.range(k + 1..).next().is_some()
    }

    /// Which neurons of the hidden layer k are live.
    pub fn live(&self, k: usize) -> &[bool] {
        &self.live[k - 1]
    }

    /// How weight and bias of layer k move.
    fn slope(&self, k: usize) -> (Option<&Matrix>, Option<&Matrix>) {
        let change = self.direction.get(&k);
        (change.and_then(|change| change.weight.as_deref()), change.and_then(|change| change.bias.as_deref()))
    }

    /// P_k(λ) = F_{k-1}(λ) (W_k + λ ΔW_k) + 1 (b_k + λ Δb_k)ᵀ, right for dead neurons of layer k too.
    pub fn pre(&self, k: usize, features: &Features) -> Result<Polynomial, Undecided> {
        let layer = self.state.layer(k);
        let (weight, bias) = self.slope(k);
        let entries = self.state.pre(k).numbers().len();
        let pre = match features {
            Features::Moving(features) => {
                let longest = features.coefficients().iter().max_by_key(|matrix| matrix.bits()).expect("a coefficient");
                let terms = features.coefficients().len() + 1;
                self.state.setting.allow_product(entries * terms, [longest, weight.unwrap_or(&layer.weight)])?;
                features.times_line(&layer.weight, weight).plus_line(&layer.bias, bias)
            }
            Features::Present => {
                let present = (**self.state.pre(k)).clone();
                Polynomial::new([present].into_iter().chain(self.present_slope(k)?).collect())
            }
        };
        pre.coefficients().iter().try_for_each(|matrix| self.state.setting.allow(matrix))?;
        Ok(pre)
    }

    /// How P_k moves where F_{k-1} is that of the state for all λ: F_{k-1} ΔW_k + 1 Δb_kᵀ, if one of both is not zero.
    fn present_slope(&self, k: usize) -> Result<Option<Matrix>, Undecided> {
        let (state, (weight, bias)) = (self.state, self.slope(k));
        let (features, present) = (state.features(k - 1), state.pre(k));
        if let Some(weight) = weight {
            state.setting.allow_product(present.numbers().len(), [features, weight])?;
        }
        if weight.is_none() && bias.is_none() {
            return Ok(None);
        }
        // An end with the same features knows it.
        if let Some(end) = self.end.filter(|end| Rc::ptr_eq(end.features(k - 1), features)) {
            return Ok(Some(end.pre(k).minus(present)));
        }
        let slope = weight.map_or_else(|| present.zeros_like(), |weight| features.times(weight));
        Ok(Some(match bias {
            Some(bias) => state.setting.plus_row(&slope, bias)?,
            None => slope,
        }))
    }

    /// P_k(λ) with zeros for dead neurons; nothing if it is that of the state for all λ.
    pub fn live_pre(&self, k: usize, features: &Features) -> Result<Option<Polynomial>, Undecided> {
        let (live, state) = (self.live(k), self.state);
        if let Features::Present = features {
            let Some(slope) = self.present_slope(k)? else { return Ok(None) };
            state.setting.allow(&slope)?;
            let moves = slope.live_columns().into_iter().zip(live).any(|(moves, live)| moves && *live);
            let pre = || Polynomial::new([&**state.pre(k), &slope].map(|matrix| matrix.keep_columns(live)).into());
            return Ok(moves.then(pre));
        }
        let live_pre = self.pre(k, features)?.keep_columns(live);
        let rests = live_pre.is_constant() && live_pre.coefficients()[0] == state.pre(k).keep_columns(live);
        Ok(if rests { None } else { Some(live_pre) })
    }

    /// F_k(λ) where the live entries of P_k(λ) stay in these pieces of σ; `live_pre` is zero in dead columns.
    pub fn features(&self, live_pre: &Polynomial, pieces: &[Option<usize>]) -> Features {
        let activation = &self.state.setting.activation;
        let image = |(i, matrix)| activation.apply_pieces(matrix, pieces, i == 0);
        Features::Moving(Polynomial::new(live_pre.coefficients().iter().enumerate().map(image).collect()))
    }
}

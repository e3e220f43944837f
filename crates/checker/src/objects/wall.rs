//! **A wall between two residual networks** (against Theorem 11 of IJCAI 2020). One sample x = 1 with the target y, one output,
//! m neurons, blocks of width 1:
//!
//! p = W_2 σ(W_1), q = W_2 V_1 · θ_k σ(… θ_1 σ(V_2 σ(W_1)) …), F = (p + q − y)² + κ R,
//! R = Σ (|w_2i| + |v_2i|) |w_1i| + |W_2 V_1| + Σ |θ_i|.
//!
//! 1. |p| ≤ Σ |w_2i| |w_1i|, and |q| is at most the product of the k + 2 numbers |W_2 V_1|, Σ |v_2i| |w_1i|, |θ_1|, …, |θ_k|, as
//!    0 ≤ σ(z) ≤ |z|. Their sum is at least (k + 2) |q|^(1/(k + 2)), by the inequality of the means.
//! 2. h(d) = min over p of (p − d)² + κ |p| is κ |d| − κ²/4 for |d| ≥ κ/2, and d² otherwise. Hence F ≥ h(y − q) + κ (k + 2) |q|^(1/(k + 2)),
//!    and where q = c^(k + 2), F ≥ h(y − c^(k + 2)) + κ (k + 2) c: the wall. m does not occur in it.
//! 3. Without the block F = (p − y)² + κ Σ |w_2i| |w_1i|, whose infimum is h(y), attained by one neuron.
//! 4. q is a continuous function of the parameters: above c^(k + 2) at the one network and below at the other, it is c^(k + 2) somewhere on
//!    every path. Neurons with weights 0 change nothing.
//! 5. *The valley*, c ≥ 1. In the component of the sublevel set of the first network, below the wall, q > c^(k + 2). Let q = t^(k + 2).
//!    As h(d) ≥ κ d − κ²/4, F ≥ κ (y − t^(k + 2)) − κ²/4 + κ (k + 2) t, which does not rise in t ≥ 1: for t ≤ s it is at
//!    least its value at s; and for t ≥ s F ≥ κ (k + 2) s, by 2.

use super::{meter::Meter, numbers};
use crate::rational::Rational;
use crate::{
    certificate::{
        Exceeded, Limits,
        object::{Residual, Wall},
    },
    finding::{Finding, Unproved},
    matrix::{bits, fraction},
    verdict::{Failure, Rejection},
};
use num_bigint::BigInt;
use num_traits::{Pow, Signed, Zero};

pub fn check(wall: &Wall, limits: &Limits) -> Result<Finding, Failure> {
    let (above, below) = (Network::read(&wall.above)?, Network::read(&wall.below)?);
    if above.stem.len() != below.stem.len() || above.inner.len() != below.inner.len() {
        return Err(Rejection::from(Unproved::WallShape).into());
    }
    let power = above.inner.len() + 2;
    let read = |source| -> Result<Rational, Rejection> { fraction(source) };
    let loss = Loss { target: read(&wall.target)?, kappa: read(&wall.kappa)?, power };
    let root = read(&wall.root)?;
    if loss.kappa.is_negative() || !root.is_positive() {
        return Err(Rejection::from(Unproved::WallSigns).into());
    }
    let level = raise(&root, power, limits)?;
    let mut meter = Meter::new(limits);
    let outputs = [above.outputs(&mut meter)?, below.outputs(&mut meter)?];
    if outputs[0][1] <= level || outputs[1][1] >= level {
        return Err(Rejection::from(Unproved::Signs).into());
    }
    let losses = [loss.of(&above, &outputs[0], &mut meter)?, loss.of(&below, &outputs[1], &mut meter)?];
    let two_layer = loss.least(&loss.target);
    let barrier = loss.least(&(&loss.target - &level)) + loss.root_term(&root);
    let attained = losses.iter().chain([&two_layer]).max().expect("three numbers").clone();
    // Only to compare.
    Finding::separated(attained, barrier.clone())?;
    let floor = match &wall.split {
        Some(split) => Some(loss.floor(&root, &read(split)?, &two_layer, limits)?),
        None => None,
    };
    Ok(Finding::Wall { losses, two_layer, wall: barrier, floor })
}

/// The weights of a network.
struct Network {
    stem: Vec<Rational>,
    head: Vec<Rational>,
    first: Vec<Rational>,
    inner: Vec<Rational>,
    last: Vec<Rational>,
}

impl Network {
    fn read(source: &Residual) -> Result<Self, Rejection> {
        let [stem, head, first, inner, last] =
            [&source.stem, &source.head, &source.first, &source.inner, &source.last].map(|list| numbers(list));
        let network = Network { stem: stem?, head: head?, first: first?, inner: inner?, last: last? };
        let neurons = network.stem.len();
        let fits = [&network.head, &network.first, &network.last].iter().all(|list| list.len() == neurons);
        if fits { Ok(network) } else { Err(Unproved::WallShape.into()) }
    }

    /// p and q.
    fn outputs(&self, meter: &mut Meter) -> Result<[Rational; 2], Exceeded> {
        let (features, zero): (Vec<_>, _) = (self.stem.iter().map(positive_part).collect(), Rational::zero());
        let mut inside = meter.dot(self.first.iter().zip(&features))?;
        for theta in &self.inner {
            inside = meter.times_plus((theta, &positive_part(&inside)), &zero)?;
        }
        let product = self.product(meter)?;
        let block = meter.times_plus((&product, &inside), &zero)?;
        Ok([meter.dot(self.head.iter().zip(&features))?, block])
    }

    /// W_2 V_1.
    fn product(&self, meter: &mut Meter) -> Result<Rational, Exceeded> {
        meter.dot(self.head.iter().zip(&self.last))
    }

    /// R.
    fn norm(&self, meter: &mut Meter) -> Result<Rational, Exceeded> {
        let outgoing = self.head.iter().zip(&self.first).map(|(head, first)| head.abs() + first.abs());
        let neurons = meter.dot(outgoing.zip(self.stem.iter().map(Signed::abs)))?;
        let (product, inner) = (self.product(meter)?.abs(), meter.sum(self.inner.iter().map(Signed::abs))?);
        meter.sum([neurons, product, inner])
    }
}

/// y, κ and k + 2.
struct Loss {
    target: Rational,
    kappa: Rational,
    power: usize,
}

impl Loss {
    /// F.
    fn of(&self, network: &Network, [skip, block]: &[Rational; 2], meter: &mut Meter) -> Result<Rational, Exceeded> {
        let residual = meter.sum([skip, block, &-&self.target])?;
        let norm = network.norm(meter)?;
        meter.dot([(&residual, &residual), (&self.kappa, &norm)])
    }

    /// h(d).
    fn least(&self, distance: &Rational) -> Rational {
        let distance = distance.abs();
        let half = &self.kappa / BigInt::from(2);
        if distance >= half { &self.kappa * distance - &half * &half } else { &distance * &distance }
    }

    /// κ (k + 2) t.
    fn root_term(&self, root: &Rational) -> Rational {
        &self.kappa * BigInt::from(self.power) * root
    }

    /// The bound of the valley for c and s.
    fn floor(
        &self,
        root: &Rational,
        split: &Rational,
        two_layer: &Rational,
        limits: &Limits,
    ) -> Result<Rational, Failure> {
        if *root < Rational::from(BigInt::from(1)) || split < root {
            return Err(Rejection::from(Unproved::Split).into());
        }
        let far = self.root_term(split);
        let half = &self.kappa / BigInt::from(2);
        let near = &self.kappa * (&self.target - raise(split, self.power, limits)?) - &half * &half + &far;
        let floor = near.min(far);
        if floor > *two_layer {
            return Ok(floor);
        }
        let (floor, two_layer) = (Box::new(floor), Box::new(two_layer.clone()));
        Err(Rejection::from(Unproved::ValleyNotAbove { floor, two_layer }).into())
    }
}

/// t^(k + 2), if that is within the limit of digits.
fn raise(root: &Rational, power: usize, limits: &Limits) -> Result<Rational, Failure> {
    limits.allow_bits(bits(root).saturating_mul(power as u64))?;
    Ok(Pow::pow(root, power))
}

fn positive_part(number: &Rational) -> Rational {
    if number.is_positive() { number.clone() } else { Rational::zero() }
}

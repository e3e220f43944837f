//! **Theorem 11** (IJCAI 2020), refuted for κ > 0.
//!
//! *For any η < 1, l < m^η and any two points of loss at most λ there is a path between them with F ≤ max(F\*_w, λ) + O(m^(−(η − 1)/n)), F\*_w
//! the infimum of the loss without the block, over ‖w_1i‖_2 = 1 and at most l columns of W_2 other than 0.* The printed exponent is
//! positive, and says nothing; (η − 1)/n is meant, and the introduction's.
//!
//! One sample x = 1, y = s^(k + 2), n = d_y = 1, blocks of width 1 with k ≥ 1 inner layers. With p = W_2 σ(W_1) and q = W_2 V_1 g the inequality of the
//! means gives F ≥ (p + q − y)² + κ (|p| + (k + 2) |q|^(1/(k + 2))), whatever m is. Hence F ≥ κ (y − 1) − κ²/4 + κ (k + 2) where q = 1: the
//! **wall**. One network has q = y and F = κ (k + 2) s, another one q = 0 and F = F\*_w = κ y − κ²/4. Every path between them crosses
//! the wall, for every m.
//!
//! *What fails in the proof.* Step 3 lets κ (Σ ‖v_2i‖_1 ‖w_1i‖_2 + Σ ‖θ_i‖_F) go, and step 2 takes the rank of W_2 for full
//! ([`step_2`](super::instances::step_2)). The proof that the wall stands is at the head of `crates/checker/src/objects/wall.rs`.
//!
//! # Example
//! ```
//! use sublevel::statement::residual::wall::ResidualWall;
//!
//! let instance = ResidualWall::of_theorem_11(&(3, 2).into(), &1.into(), 1, 2).unwrap().with_valley();
//! let levels = instance.verify().unwrap();
//! // A whole valley above the infimum without the block, and 5/8 deep at least.
//! assert_eq!((levels.floor, levels.two_layer), (Some((17, 4).into()), (25, 8).into()));
//! assert_eq!(levels.wall - &levels.losses[0], rug::Rational::from((5, 8)));
//! ```

use crate::arith::write_rational;
use crate::certificate::{Object, object};
use crate::checker::Finding;
use crate::path::to_fraction;
use crate::statement::object::{Refused, fractions, number, prove};
use rug::Rational;
use rug::ops::Pow;
use std::fmt;

/// The weights of a network with one input, one output, m neurons and a block of width 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weights {
    /// W_1, `[m, 1]`.
    pub stem: Vec<Rational>,
    /// W_2, `[1, m]`.
    pub head: Vec<Rational>,
    /// V_2, `[1, m]`.
    pub first: Vec<Rational>,
    /// θ_1, …, θ_k.
    pub inner: Vec<Rational>,
    /// V_1, `[m, 1]`.
    pub last: Vec<Rational>,
}

/// Two networks, and a wall between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResidualWall {
    /// y.
    pub target: Rational,
    /// κ.
    pub kappa: Rational,
    /// c: the wall stands where q = c^(k + 2).
    pub root: Rational,
    /// The network with q > c^(k + 2).
    pub above: Weights,
    /// The network with q < c^(k + 2).
    pub below: Weights,
    /// s, from which on q alone bounds the loss in the valley.
    pub split: Option<Rational>,
}

/// Why there is no such instance of Theorem 11.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoWall {
    /// κ ≤ 0: without a regularisation there is no wall (Theorem R).
    #[error("κ = {} is not positive", write_rational(.0))]
    Kappa(Rational),
    /// y ≤ 1 or y − 1 < κ/2.
    #[error("y = {} is not above 1 by κ/2 and more", write_rational(.0))]
    Target(Rational),
    /// The first network is not below the wall.
    #[error("y − 1 is not above (k + 2)(s − 1) + κ/4: the first network is not below the wall")]
    Low,
    /// Two neurons are needed: one for the block's input, one for its output.
    #[error("{0} of 2 neurons")]
    Neurons(usize),
}

/// What the checker finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Levels {
    /// The losses of the two networks.
    pub losses: [Rational; 2],
    /// F\*_w.
    pub two_layer: Rational,
    /// What every path reaches.
    pub wall: Rational,
    /// What no network of the first one's valley is below.
    pub floor: Option<Rational>,
}

impl Levels {
    /// By how much every path exceeds max(λ, F\*_w).
    pub fn excess(&self) -> Rational {
        let [above, below] = &self.losses;
        Rational::from(&self.wall - above.max(below).max(&self.two_layer))
    }
}

impl Weights {
    /// p and q.
    pub fn outputs(&self) -> [Rational; 2] {
        let features: Vec<_> = self.stem.iter().map(positive_part).collect();
        let inside = self.inner.iter().fold(dot(&self.first, &features), |z, theta| positive_part(&z) * theta);
        [dot(&self.head, &features), self.product() * inside]
    }

    /// W_2 V_1.
    pub fn product(&self) -> Rational {
        dot(&self.head, &self.last)
    }

    /// R.
    pub fn norm(&self) -> Rational {
        let neurons = self.stem.iter().zip(self.head.iter().zip(&self.first));
        let neurons = neurons.map(|(stem, (head, first))| (size(head) + size(first)) * size(stem));
        neurons.sum::<Rational>() + size(&self.product()) + self.inner.iter().map(size).sum::<Rational>()
    }

    /// The same network with V_1 scaled so that q is this number; none if q = 0.
    pub fn with_block(&self, level: &Rational) -> Option<Self> {
        let [_, block] = self.outputs();
        let factor = (!block.is_zero()).then(|| Rational::from(level / &block))?;
        let last = self.last.iter().map(|weight| Rational::from(weight * &factor)).collect();
        Some(Weights { last, ..self.clone() })
    }

    /// The same with neurons of weights 0 up to so many.
    fn padded(mut self, neurons: usize) -> Self {
        for list in [&mut self.stem, &mut self.head, &mut self.first, &mut self.last] {
            list.resize(neurons, Rational::new());
        }
        self
    }

    fn record(&self) -> object::Residual {
        object::Residual {
            stem: fractions(&self.stem),
            head: fractions(&self.head),
            first: fractions(&self.first),
            inner: fractions(&self.inner),
            last: fractions(&self.last),
        }
    }
}

impl ResidualWall {
    /// The instance against Theorem 11, y = s^(k + 2), with m neurons.
    ///
    /// # Errors
    /// [`NoWall`].
    pub fn of_theorem_11(s: &Rational, kappa: &Rational, k: usize, neurons: usize) -> Result<Self, NoWall> {
        let target = Rational::from(s.pow(exponent(k)));
        let half = Rational::from(kappa / 2);
        if *kappa <= 0 {
            return Err(NoWall::Kappa(kappa.clone()));
        }
        if target <= 1 || Rational::from(&target - 1) < half {
            return Err(NoWall::Target(target));
        }
        let climb: Rational = Rational::from(s - 1) * exponent(k) + Rational::from(kappa / 4);
        if Rational::from(&target - 1) <= climb {
            return Err(NoWall::Low);
        }
        if neurons < 2 {
            return Err(NoWall::Neurons(neurons));
        }
        // The first neuron feeds the block, which answers through the second one.
        let [zero, one] = [0, 1].map(Rational::from);
        let pair = |a: &Rational, b: &Rational| vec![a.clone(), b.clone()];
        let above = Weights {
            stem: pair(&one, &zero),
            head: pair(&zero, &one),
            first: pair(s, &zero),
            inner: vec![s.clone(); k],
            last: pair(&zero, s),
        };
        let below = Weights {
            stem: pair(&one, &zero),
            head: pair(&(&target - half), &zero),
            first: pair(&zero, &zero),
            inner: vec![zero.clone(); k],
            last: pair(&zero, &zero),
        };
        let [above, below] = [above, below].map(|weights| weights.padded(neurons));
        Ok(ResidualWall { target, kappa: kappa.clone(), root: one, above, below, split: None })
    }

    /// With a bound of the valley around the first network: q = s^(k + 2) is where it is tight.
    #[must_use]
    pub fn with_valley(mut self) -> Self {
        self.split = self.above.inner.first().cloned();
        self
    }

    /// F.
    pub fn loss(&self, weights: &Weights) -> Rational {
        let [skip, block] = weights.outputs();
        (skip + block - &self.target).square() + weights.norm() * &self.kappa
    }

    /// What F is at least where q = c^(k + 2).
    pub fn wall(&self) -> Rational {
        let power = self.above.inner.len() + 2;
        let distance = (&self.target - self.level()).abs();
        let half = Rational::from(&self.kappa / 2);
        let rest = Rational::from(&self.root * &self.kappa) * Rational::from(power);
        if distance >= half { distance * &self.kappa - half.square() + rest } else { distance.square() + rest }
    }

    /// c^(k + 2).
    pub fn level(&self) -> Rational {
        Rational::from((&self.root).pow(exponent(self.above.inner.len())))
    }

    /// Whether the wall is above both networks, in f64.
    pub fn stands_in_doubles(&self) -> bool {
        let loss = |weights: &Weights| {
            let list = |list: &[Rational]| list.iter().map(Rational::to_f64).collect::<Vec<_>>();
            let (stem, head, first) = (list(&weights.stem), list(&weights.head), list(&weights.first));
            let (inner, last) = (list(&weights.inner), list(&weights.last));
            let along = |left: &[f64], right: &[f64]| left.iter().zip(right).map(|(a, b)| a * b).sum::<f64>();
            let features: Vec<f64> = stem.iter().map(|weight| weight.max(0.0)).collect();
            let product = along(&head, &last);
            let block = product * inner.iter().fold(along(&first, &features), |z, theta| theta * z.max(0.0));
            let neurons = stem.iter().zip(head.iter().zip(&first));
            let norm = neurons.map(|(stem, (head, first))| (head.abs() + first.abs()) * stem.abs()).sum::<f64>()
                + product.abs()
                + inner.iter().map(|theta| theta.abs()).sum::<f64>();
            (along(&head, &features) + block - self.target.to_f64()).powi(2) + self.kappa.to_f64() * norm
        };
        loss(&self.above).max(loss(&self.below)) < self.wall().to_f64()
    }

    /// The checker's answer.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn verify(&self) -> Result<Levels, Refused> {
        match prove(self.object())? {
            Finding::Wall { losses, two_layer, wall, floor } => Ok(Levels {
                losses: losses.each_ref().map(number),
                two_layer: number(&two_layer),
                wall: number(&wall),
                floor: floor.as_ref().map(number),
            }),
            other => unreachable!("{other}"),
        }
    }

    /// All that the checker needs.
    pub fn object(&self) -> Object {
        Object::Wall(Box::new(object::Wall {
            target: to_fraction(&self.target),
            kappa: to_fraction(&self.kappa),
            root: to_fraction(&self.root),
            above: self.above.record(),
            below: self.below.record(),
            split: self.split.as_ref().map(to_fraction),
        }))
    }
}

impl fmt::Display for ResidualWall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [y, kappa, level, wall] = [&self.target, &self.kappa, &self.level(), &self.wall()].map(write_rational);
        let [above, below] = [&self.above, &self.below].map(|weights| write_rational(&self.loss(weights)));
        write!(f, "y = {y}, κ = {kappa}: from {above} to {below} every path reaches {wall}, where q = {level}")
    }
}

/// k + 2.
fn exponent(inner: usize) -> u32 {
    u32::try_from(inner).expect("fewer inner layers than 2^32 − 2") + 2
}

fn positive_part(number: &Rational) -> Rational {
    if *number > 0 { number.clone() } else { Rational::new() }
}

fn size(number: &Rational) -> Rational {
    Rational::from(number.abs_ref())
}

fn dot(left: &[Rational], right: &[Rational]) -> Rational {
    left.iter().zip(right).map(|(a, b)| Rational::from(a * b)).sum()
}

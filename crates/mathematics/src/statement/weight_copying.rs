//! **Lemma 5.3** (ICML 2019): weight copying.
//!
//! *Let rank σ(XW) = rank σ(XW') = N and n ≥ 2N. Then there is a curve from (W, V) on which σ(XW)V is constant and at
//! whose end W has become W'.*
//!
//! | paper | here |
//! |---|---|
//! | X, W, V | [F_{k-1}, 1], layer k, layer k + 1 of the walker |
//! | W' | layer k of the target, with features F'_k over the same F_{k-1} |
//! | I | a basis of old neurons |
//! | I' | a basis of target neurons, in their own slots |
//! | Ī | the dead neurons |
//!
//! **Construction**, lines only:
//! 1. Reduce to a basis of the old neurons (Lemma 4.3): the others are dead, their incoming weights are free.
//! 2. Exchange (`exchange.rs`): copy neurons into dead slots, reduce to a basis that contains them, and so on,
//!    until the neurons that carry the output hold their target weights. Each round is two lines.
//! 3. All other neurons are dead: copy the rest of W'.
//!
//! **What differs from the paper.** With n ≥ 2N one round places everything, in 4 lines; where the targets of the
//! dead slots do not span (J = I' ∩ I not empty), two rounds do, in 6 lines as in the paper (there J goes through free
//! slots; here the old neurons in its way do). The same rounds need only *one* spare slot: n ≥ N + 1, about 2N lines,
//! the width of arXiv 2101.08576. With the ones column in the basis
//! ([`Ones::InBasis`]) N − 1 neurons and the bias of the next layer span everything, so that one slot is spare
//! already at n = N, and two at n = N + 1, which halves the number of lines there: below 2N that is what
//! [`Strategy::for_width`] takes.
//!
//! # Example
//! ```
//! use sublevel::{certificate::Claim, checker::Conclusion, example::*};
//! use sublevel::statement::full_rank_features::full_rank_features;
//! use sublevel::statement::weight_copying::{Ones, Strategy, weight_copying};
//!
//! // Width N + 1 = 3: neuron by neuron through the spare slot.
//! assert_eq!(Strategy::Exchange.least_width(2), 3);
//! let problem = problem("relu", integers(2, 1, &[0, 1]), &[1, 3, 1]);
//! let ends = [&[1, 2, 0, 0, 1, -1], &[-1, 1, 3, 1, 2, 0]].map(|first| network(&[1, 3, 1], &[first, &[1, 1, 2, 0]]));
//! let [mut ours, mut theirs] = ends.map(|end| walker(&problem, &end));
//! full_rank_features(&mut ours, 1, Ones::Apart).unwrap();
//! full_rank_features(&mut theirs, 1, Ones::Apart).unwrap();
//! weight_copying(&mut ours, &theirs, 1, Ones::Apart).unwrap();
//! assert_eq!(ours.layer(1), theirs.layer(1));
//! assert_eq!(conclusion(&problem, Claim::Connected, None, &ours.into_path()), Ok(Conclusion::Connected));
//! ```

use super::column_reduction::reduce;
use super::exchange::{Slots, exchange};
use super::{Hypothesis, Obstacle};
use crate::linalg::Kernel;
use crate::path::Walker;
use nalgebra::DMatrix;
use std::fmt;

/// Whether the ones column, that is the next layer's bias, is part of the basis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ones {
    /// As in the paper: N neurons are a basis and the bias stays.
    Apart,
    /// N − 1 neurons and the ones column are a basis.
    InBasis,
}

impl Ones {
    /// The given columns of [F_k, 1], with the ones column (index `width`) before them where it counts.
    pub(crate) fn first(self, width: usize, columns: impl IntoIterator<Item = usize>) -> Vec<usize> {
        let ones = matches!(self, Ones::InBasis).then_some(width);
        ones.into_iter().chain(columns).collect()
    }

    /// A basis of the columns of [F_k, 1], the ones column first where it counts, then the neurons in their order.
    pub(crate) fn basis<K: Kernel>(self, walker: &Walker<K>, k: usize) -> Vec<usize> {
        let width = walker.width(k);
        independent(walker.kernel(), walker.features(k), &self.first(width, 0..width))
    }
}

/// The columns of `order` that are independent of those before them.
pub(crate) fn independent<K: Kernel>(kernel: &K, features: &DMatrix<K::Scalar>, order: &[usize]) -> Vec<usize> {
    let pivots = kernel.pivot_columns(&features.select_columns(order));
    pivots.into_iter().map(|pivot| order[pivot]).collect()
}

/// The three widths at which weights can be copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    /// n ≥ 2N, as the paper asks: a whole basis fits beside the old one.
    Block,
    /// n ≥ N + 1: neuron by neuron through the spare slots, the next layer's bias apart as in the paper.
    Exchange,
    /// n ≥ N: the same with the next layer's bias in the basis.
    ExchangeWithBias,
}

impl Strategy {
    /// The strategy with the fewest lines for a layer of n neurons over N samples; `None` for n < N.
    pub fn for_width(width: usize, samples: usize) -> Option<Self> {
        match width {
            n if n >= 2 * samples => Some(Self::Block),
            n if n >= samples => Some(Self::ExchangeWithBias),
            _ => None,
        }
    }

    /// The smallest width n at which the strategy works over N samples.
    pub fn least_width(self, samples: usize) -> usize {
        match self {
            Self::Block => 2 * samples,
            Self::Exchange => samples + 1,
            Self::ExchangeWithBias => samples,
        }
    }

    /// Which basis the strategy works with.
    pub fn ones(self) -> Ones {
        if self == Self::ExchangeWithBias { Ones::InBasis } else { Ones::Apart }
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Block => "n >= 2N, as in the paper",
            Self::Exchange => "n >= N+1, by exchange",
            Self::ExchangeWithBias => "n >= N, by exchange with the bias in the basis",
        })
    }
}

/// Lemma 5.3 at layer k: the walker's layer k becomes the target's; the output is constant on the way.
///
/// Both walkers have the same F_{k-1}, and both F_k (with the ones column where it counts) have rank N.
///
/// # Errors
/// [`Hypothesis::TooNarrow`] for fewer than N neurons; [`Hypothesis::DependentFeatures`] where the walker's features have
/// not rank N; [`Obstacle::RankLost`] or [`Obstacle::Unsolvable`] from a rounded kernel.
pub fn weight_copying<'a, K: Kernel>(
    walker: &mut Walker<'a, K>,
    target: &Walker<'a, K>,
    k: usize,
    ones: Ones,
) -> Result<(), Obstacle> {
    const STEP: &str = "Lemma 5.3, weight copying";
    if walker.layer(k) == target.layer(k) {
        return Ok(());
    }
    let (width, samples) = (walker.width(k), walker.samples());
    if width < samples {
        return Err(Hypothesis::TooNarrow { layer: k, width, samples }.into());
    }
    let mut neurons = Neurons { walker, target, k, ones };
    let order: Vec<usize> = (0..width).collect();
    let basis = neurons.independent(&order);
    let needed = samples - ones.first(width, []).len();
    if basis.len() < needed {
        let rank = basis.len();
        return Err(match neurons.walker.kernel().is_exact() {
            true => Hypothesis::DependentFeatures { level: k, rank: rank + samples - needed, samples }.into(),
            false => Obstacle::RankLost { step: STEP, found: rank, needed },
        });
    }
    neurons.settle(&basis)?;
    exchange(&mut neurons, width, basis, STEP)
}

/// The neurons of layer k as slots; their vectors are the columns of F_k.
struct Neurons<'w, 'a, K: Kernel> {
    walker: &'w mut Walker<'a, K>,
    target: &'w Walker<'a, K>,
    k: usize,
    ones: Ones,
}

impl<K: Kernel> Neurons<'_, '_, K> {
    /// The neurons of `order` whose features are independent of those before them, and of the ones column where that
    /// is in the basis.
    fn pivots(&self, features: &DMatrix<K::Scalar>, order: &[usize]) -> Vec<usize> {
        let width = self.walker.width(self.k);
        let order = self.ones.first(width, order.iter().copied());
        let columns = independent(self.walker.kernel(), features, &order);
        columns.into_iter().filter(|&column| column < width).collect()
    }
}

impl<K: Kernel> Slots for Neurons<'_, '_, K> {
    fn independent(&self, order: &[usize]) -> Vec<usize> {
        self.pivots(self.walker.features(self.k), order)
    }

    fn independent_targets(&self, order: &[usize]) -> Vec<usize> {
        self.pivots(self.target.features(self.k), order)
    }

    fn copy(&mut self, home: &[usize], originals: &[usize], copies: &[usize]) {
        let theirs = self.target.layer(self.k).select_columns(home);
        let ours = self.walker.layer(self.k).select_columns(originals);
        let incoming = DMatrix::from_fn(theirs.nrows(), home.len() + originals.len(), |i, j| {
            if j < home.len() { theirs[(i, j)].clone() } else { ours[(i, j - home.len())].clone() }
        });
        self.walker.redirect(self.k, &[home, copies].concat(), &incoming);
    }

    fn settle(&mut self, basis: &[usize]) -> Result<(), Obstacle> {
        let width = self.walker.width(self.k);
        reduce(self.walker, self.k, &self.ones.first(width, basis.iter().copied()))
    }
}

//! Moves and chains of moves.

use crate::arith::Number;
use crate::network::{Parameters, Rounded, RoundedLayer};
use nalgebra::DMatrix;
use std::collections::BTreeMap;
use std::sync::Arc;

/// One layer's stacked matrix [W; bᵀ], shape [n_{k-1} + 1, n_k], at both ends of a move.
#[derive(Debug, Clone, PartialEq)]
pub struct Change<T> {
    /// At the start of the move.
    pub before: Arc<DMatrix<T>>,
    /// At its end.
    pub after: Arc<DMatrix<T>>,
}

/// The layers that a move changes, by their number from 1.
pub type Changes<T> = BTreeMap<usize, Change<T>>;

/// A follow move (ICML 2019, Lemma 3.3): the features of one level go straight and everything below is pulled back
/// through σ⁻¹ and the left inverses to the first layer (`mathematics.md`, section 1).
#[derive(Debug, Clone, PartialEq)]
pub struct Follow<T> {
    /// The first layer s, whose input has rank [F_{s-1}, 1] = N.
    pub first: usize,
    /// The level j ≥ s whose features (the output for j = L) go straight.
    pub level: usize,
    /// F_j at the start and at the end, shape [N, n_j].
    pub output: Change<T>,
    /// R with [F_{s-1}, 1] R = I, shape [n_{s-1} + 1, N].
    pub right_inverse: Arc<DMatrix<T>>,
    /// L_l with L_l W_l = I, shape [n_l, n_{l-1}], for l = s+1..j.
    pub left_inverses: BTreeMap<usize, Arc<DMatrix<T>>>,
    /// Layer s at both ends (its way between them is bent) and, where it moves, layer j + 1 (straight).
    pub changes: Changes<T>,
}

/// One move of a path.
#[derive(Debug, Clone, PartialEq)]
pub enum Move<T> {
    /// The layers go straight to new values; the output is constant or runs straight.
    Line(Changes<T>),
    /// See [`Follow`].
    Follow(Follow<T>),
    /// θ + λ δ for all λ ≥ 0, δ by layer; only as the last move of an unbounded path.
    Ray(BTreeMap<usize, Arc<DMatrix<T>>>),
    /// W_l and b_l of this hidden layer times s, W_{l+1} times 1/s, for all s ≥ 1; only as the last move of an unbounded
    /// path.
    Rescale(usize),
    /// The layers go straight and the loss is claimed to be at most the bound; where the checker need not look for them,
    /// depths h of the pieces of λ, of length 2^−h each, from 0 to 1.
    Bounded(Changes<T>, rug::Rational, Option<Vec<u32>>),
}

impl<T: Number> Move<T> {
    /// The layers that differ at the two ends; a ray and a rescale have no end.
    pub fn changes(&self) -> Option<&Changes<T>> {
        match self {
            Move::Line(changes) | Move::Bounded(changes, ..) => Some(changes),
            Move::Follow(follow) => Some(&follow.changes),
            Move::Ray(_) | Move::Rescale(_) => None,
        }
    }

    /// The lowest layer that differs anywhere on it: the features below stay what they are.
    pub fn lowest_layer(&self) -> usize {
        let lowest = match self {
            Move::Line(changes) | Move::Bounded(changes, ..) => changes.keys().next(),
            Move::Follow(follow) => Some(&follow.first),
            Move::Ray(direction) => direction.keys().next(),
            Move::Rescale(layer) => Some(layer),
        };
        // A line without changes, which no construction writes, changes nothing anywhere.
        *lowest.unwrap_or(&1)
    }

    /// Whether it runs to infinity.
    pub fn is_endless(&self) -> bool {
        self.changes().is_none()
    }

    /// The same points in the opposite order. What has no end cannot be reversed.
    ///
    /// A follow runs along the same curve backwards: with the features at the other end as the base point the
    /// formulas of Lemma 3.3 differ only by constants, which cancel.
    pub fn reversed(&self) -> Option<Self> {
        let swap = |change: &Change<T>| Change { before: change.after.clone(), after: change.before.clone() };
        let swap_all = |changes: &Changes<T>| changes.iter().map(|(&k, change)| (k, swap(change))).collect();
        match self {
            Move::Line(changes) => Some(Move::Line(swap_all(changes))),
            Move::Bounded(changes, bound, pieces) => {
                let mirrored = pieces.as_ref().map(|pieces| pieces.iter().rev().copied().collect());
                Some(Move::Bounded(swap_all(changes), bound.clone(), mirrored))
            }
            Move::Follow(follow) => Some(Move::Follow(Follow {
                output: swap(&follow.output),
                changes: swap_all(&follow.changes),
                ..follow.clone()
            })),
            Move::Ray(_) | Move::Rescale(_) => None,
        }
    }
}

impl<T: Number> Move<T> {
    fn convert<U: Number>(&self, to: &impl Fn(&DMatrix<T>) -> Option<DMatrix<U>>) -> Option<Move<U>> {
        let shared = |matrix: &Arc<DMatrix<T>>| to(matrix).map(Arc::new);
        let change = |c: &Change<T>| Some(Change { before: shared(&c.before)?, after: shared(&c.after)? });
        let changes =
            |all: &Changes<T>| all.iter().map(|(&k, c)| Some((k, change(c)?))).collect::<Option<Changes<U>>>();
        let matrices = |all: &BTreeMap<usize, Arc<DMatrix<T>>>| {
            all.iter().map(|(&k, matrix)| Some((k, shared(matrix)?))).collect::<Option<BTreeMap<_, _>>>()
        };
        Some(match self {
            Move::Line(all) => Move::Line(changes(all)?),
            Move::Bounded(all, bound, pieces) => Move::Bounded(changes(all)?, bound.clone(), pieces.clone()),
            Move::Ray(direction) => Move::Ray(matrices(direction)?),
            Move::Rescale(layer) => Move::Rescale(*layer),
            Move::Follow(follow) => Move::Follow(Follow {
                first: follow.first,
                level: follow.level,
                output: change(&follow.output)?,
                right_inverse: shared(&follow.right_inverse)?,
                left_inverses: matrices(&follow.left_inverses)?,
                changes: changes(&follow.changes)?,
            }),
        })
    }
}

/// A path: where it starts and its moves, each starting where the one before it ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Path<T> {
    /// The parameters at the start.
    pub start: Parameters<T>,
    /// The moves in order.
    pub moves: Vec<Move<T>>,
}

impl<T: Number> Path<T> {
    /// The parameters after each move, the start included: one more than moves (what has no end adds none).
    pub fn vertices(&self) -> Vec<Parameters<T>> {
        let mut vertices = vec![self.start.clone()];
        for step in &self.moves {
            if let Some(changes) = step.changes() {
                let mut next = vertices[vertices.len() - 1].clone();
                for (&k, change) in changes {
                    next.set_layer(k, change.after.clone());
                }
                vertices.push(next);
            }
        }
        vertices
    }

    /// The parameters at the end (before a move that has none).
    pub fn end(&self) -> Parameters<T> {
        let mut end = self.start.clone();
        for (&k, change) in self.moves.iter().filter_map(Move::changes).flatten() {
            end.set_layer(k, change.after.clone());
        }
        end
    }

    /// This path followed by the other one backwards: how two walks that met become one path.
    ///
    /// In exact arithmetic the two ends are equal. Rounded walks may miss each other a little: a line joins their ends.
    ///
    /// # Panics
    /// If the other path runs to infinity, which is a defect of a construction.
    pub fn meet(mut self, other: &Path<T>) -> Self {
        let (ours, theirs) = (self.end(), other.end());
        let gap = changes_between(&ours, &theirs);
        if !gap.is_empty() {
            self.moves.push(Move::Line(gap));
        }
        let back = other.moves.iter().rev().map(|step| step.reversed().expect("an endless path has no end to meet at"));
        self.moves.extend(back);
        self
    }

    /// The largest bound of a bounded move, if there is one.
    pub fn largest_bound(&self) -> Option<&rug::Rational> {
        let bounds = self.moves.iter().filter_map(|step| match step {
            Move::Bounded(_, bound, _) => Some(bound),
            _ => None,
        });
        bounds.max()
    }

    /// The same path over another scalar; `None` if a matrix has no counterpart there.
    pub fn convert<U: Number>(&self, to: impl Fn(&DMatrix<T>) -> Option<DMatrix<U>>) -> Option<Path<U>> {
        let start = self.start.layers().iter().map(|layer| to(layer)).collect::<Option<_>>()?;
        let start = Parameters::new(start).expect("the shapes are those of a network");
        let moves = self.moves.iter().map(|step| step.convert(&to)).collect::<Option<_>>()?;
        Some(Path { start, moves })
    }
}

/// The layers in which two networks of one architecture differ.
pub fn changes_between<T: Number>(from: &Parameters<T>, to: &Parameters<T>) -> Changes<T> {
    let ends = (1..).zip(from.layers().iter().zip(to.layers())).filter(|(_, (before, after))| before != after);
    ends.map(|(k, (before, after))| (k, Change { before: before.clone(), after: after.clone() })).collect()
}

/// (1 − λ) A + λ B, entry by entry.
pub fn interpolate<T: Number>(a: &DMatrix<T>, b: &DMatrix<T>, lambda: &T) -> DMatrix<T> {
    a.zip_map(b, |x, y| if x == y { x } else { x.plus(&y.minus(&x).times(lambda)) })
}

/// The same of all layers of two graph networks.
pub fn between<T: Number>(a: &Rounded<T>, b: &Rounded<T>, lambda: &T) -> Rounded<T> {
    let layer = |(&number, a): (&usize, &RoundedLayer<T>), b: &RoundedLayer<T>| {
        let bias = a.1.as_ref().zip(b.1.as_ref()).map(|(a, b)| interpolate(a, b, lambda));
        (number, (interpolate(&a.0, &b.0, lambda), bias))
    };
    a.iter().zip(b.values()).map(|(a, b)| layer(a, b)).collect()
}

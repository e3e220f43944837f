//! The path in the proof of Theorem 5.2.3 in f64, with the left inverses of least norm: what changes the input least.
//!
//! It is only a proposal, whose rounded vertices are certified exactly afterwards.

use super::classifier::Classifier;
use super::theorem::{Chain, inverse};
use crate::linalg::{Double, Kernel};
use crate::network::{Activation, Parameters, PiecewiseLinear, import_matrix};
use nalgebra::{DMatrix, RowDVector};
use rug::Rational;

type Row = RowDVector<f64>;

/// Levels that differ by less than this, relative to their size, are the same.
const EQUAL: f64 = 1e-9;

/// A network in f64 with left inverses of its hidden layers.
#[derive(Debug, Clone)]
pub(super) struct FloatNetwork {
    weights: Vec<DMatrix<f64>>,
    biases: Vec<Row>,
    /// L_l, [n_l, n_{l−1}], at index l − 1.
    left: Vec<DMatrix<f64>>,
    sigma: PiecewiseLinear<f64>,
    inverse: PiecewiseLinear<f64>,
}

/// One level goes straight to its target.
#[derive(Debug, Clone)]
struct Move {
    level: usize,
    from: Row,
    to: Row,
    /// F_0, …, F_{level−1} and P_1, …, P_level where the move begins.
    features: Vec<Row>,
    pre_activations: Vec<Row>,
    /// From 0 to 1: where the chain has its vertices.
    kinks: Vec<f64>,
}

/// The path from one input to another.
#[derive(Debug, Clone)]
pub(super) struct FloatPath<'a> {
    network: &'a FloatNetwork,
    moves: Vec<Move>,
    end: Row,
}

/// A place on a path: λ on one of its moves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Place {
    pub step: usize,
    pub lambda: f64,
}

impl FloatNetwork {
    /// `None` if σ has no inverse, or a weight matrix no left inverse in floats.
    pub fn new(network: &Parameters<Rational>, activation: &Activation) -> Option<Self> {
        let layers = 1..=network.depth();
        let weights: Vec<DMatrix<f64>> =
            layers.clone().map(|l| import_matrix(&Double, &network.weight(l).into_owned())).collect();
        let bias = |l| import_matrix(&Double, &network.bias(l).into_owned()).row(0).into_owned();
        Some(FloatNetwork {
            left: weights[..network.depth() - 1].iter().map(least_left_inverse).collect::<Option<_>>()?,
            biases: layers.map(bias).collect(),
            weights,
            sigma: activation.import(&Double),
            inverse: inverse(activation, network.depth())?.import(&Double),
        })
    }

    fn depth(&self) -> usize {
        self.weights.len()
    }

    /// F_0, …, F_{L−1} and P_1, …, P_L.
    fn forward(&self, input: &Row) -> (Vec<Row>, Vec<Row>) {
        let (mut features, mut pre_activations) = (vec![input.clone()], vec![]);
        for (l, (weight, bias)) in self.weights.iter().zip(&self.biases).enumerate() {
            let pre_activation = &features[l] * weight + bias;
            if l + 1 < self.depth() {
                features.push(pre_activation.map(|x| self.sigma.evaluate(&x)));
            }
            pre_activations.push(pre_activation);
        }
        (features, pre_activations)
    }

    /// The path of Theorem 5.2.3.
    pub fn path(&self, from: &[f64], to: &[f64]) -> FloatPath<'_> {
        let [from, to] = [from, to].map(Row::from_row_slice);
        let targets = self.forward(&to).0;
        let mut path = FloatPath { network: self, moves: vec![], end: to };
        let mut here = from;
        for (level, target) in targets.iter().enumerate().rev() {
            let (features, pre_activations) = self.forward(&here);
            let size = target.amax().max(1.0);
            if (&features[level] - target).amax() <= EQUAL * size {
                continue;
            }
            let mut step = Move {
                level,
                from: features[level].clone(),
                to: target.clone(),
                features: features[..level].to_vec(),
                pre_activations: pre_activations[..level].to_vec(),
                kinks: vec![],
            };
            step.kinks = self.kinks(&step);
            here = self.on_move(&step, 1.0);
            path.moves.push(step);
        }
        path
    }

    /// The input at λ on a move.
    fn on_move(&self, step: &Move, lambda: f64) -> Row {
        let top = &step.from * (1.0 - lambda) + &step.to * lambda;
        (1..=step.level).rev().fold(top, |features, l| self.pull_back(step, l, &features))
    }

    /// F_{l−1} from F_l.
    fn pull_back(&self, step: &Move, l: usize, features: &Row) -> Row {
        let pre_activation = features.map(|x| self.inverse.evaluate(&x));
        &step.features[l - 1] + (pre_activation - &step.pre_activations[l - 1]) * &self.left[l - 1]
    }

    /// 0, every λ at which an entry of some F_l crosses σ of a breakpoint, and 1.
    fn kinks(&self, step: &Move) -> Vec<f64> {
        let mut nodes = vec![(0.0, step.from.clone()), (1.0, step.to.clone())];
        for l in (1..=step.level).rev() {
            let mut cut = vec![nodes[0].clone()];
            for pair in nodes.windows(2) {
                cut.extend(self.crossings(&pair[0].1, &pair[1].1).into_iter().map(|share| {
                    let lambda = pair[0].0 + share * (pair[1].0 - pair[0].0);
                    (lambda, &pair[0].1 * (1.0 - share) + &pair[1].1 * share)
                }));
                cut.push(pair[1].clone());
            }
            nodes = cut.iter().map(|(lambda, row)| (*lambda, self.pull_back(step, l, row))).collect();
        }
        let mut kinks: Vec<f64> = nodes.into_iter().map(|(lambda, _)| lambda).collect();
        kinks.dedup();
        kinks
    }

    /// Where between two rows an entry crosses σ of a breakpoint, ascending.
    fn crossings(&self, from: &Row, to: &Row) -> Vec<f64> {
        let mut shares: Vec<f64> = vec![];
        for level in self.inverse.breakpoints() {
            let sides = from.iter().zip(to.iter()).map(|(a, b)| (a - level, b - level));
            shares.extend(sides.filter(|(a, b)| a * b < 0.0).map(|(a, b)| a / (a - b)));
        }
        shares.retain(|share| *share > 0.0 && *share < 1.0);
        shares.sort_by(f64::total_cmp);
        shares.dedup();
        shares
    }
}

impl FloatPath<'_> {
    /// How many levels moved.
    pub fn moves(&self) -> usize {
        self.moves.len()
    }

    /// The vertices of the chain between the ends, which are left out.
    pub fn vertices(&self) -> Vec<Place> {
        let last = self.moves.len().wrapping_sub(1);
        let on_move = |(step, found): (usize, &Move)| {
            let inside = move |lambda: &f64| *lambda > 0.0 && !(step == last && *lambda >= 1.0);
            found.kinks.iter().copied().filter(inside).map(move |lambda| Place { step, lambda }).collect::<Vec<_>>()
        };
        self.moves.iter().enumerate().flat_map(on_move).collect()
    }

    /// The input there.
    pub fn input(&self, place: Place) -> Row {
        if place.step + 1 == self.moves.len() && place.lambda == 1.0 {
            return self.end.clone();
        }
        self.network.on_move(&self.moves[place.step], place.lambda)
    }

    /// Half way between two vertices, neighbours of one chain; the ends of the path are `None`.
    pub fn between(&self, before: Option<Place>, after: Option<Place>) -> Option<Place> {
        let after = after.unwrap_or(Place { step: self.moves.len().checked_sub(1)?, lambda: 1.0 });
        let start = match before {
            Some(place) if place.step == after.step => place.lambda,
            _ => 0.0,
        };
        let lambda = (start + after.lambda) / 2.0;
        (start < lambda && lambda < after.lambda).then_some(Place { step: after.step, lambda })
    }
}

/// The path of Theorem 5.2.3 as f64 computes it, unrounded, its doubles as the rationals that they are: what rounding to few
/// bits is measured against. `None` if the hypotheses do not hold in floats, or numbers are not finite.
pub fn float_chain(classifier: &Classifier, from: &[Rational], to: &[Rational]) -> Option<Chain> {
    let network = FloatNetwork::new(classifier.network(), classifier.activation())?;
    let path = network.path(&import(from), &import(to));
    let exact = |place| path.input(place).iter().map(|x| Rational::from_f64(*x)).collect::<Option<Vec<_>>>();
    let inner = path.vertices().into_iter().map(exact).collect::<Option<Vec<_>>>()?;
    let vertices = std::iter::once(from.to_vec()).chain(inner).chain([to.to_vec()]).collect();
    Some(Chain { vertices, moves: path.moves() })
}

/// The doubles nearest to these numbers.
pub(super) fn import(input: &[Rational]) -> Vec<f64> {
    input.iter().map(|x| Double.import(x)).collect()
}

/// (WᵀW)⁻¹Wᵀ by an orthogonal factorisation; `None` if W has no full column rank in floats.
fn least_left_inverse(weight: &DMatrix<f64>) -> Option<DMatrix<f64>> {
    if weight.nrows() < weight.ncols() {
        return None;
    }
    let factors = weight.clone().qr();
    let inverse = factors.r().solve_upper_triangular(&factors.q().transpose())?;
    inverse.iter().all(|entry| entry.is_finite()).then_some(inverse)
}

//! The largest loss on a line on which the output bends at finitely many points.
//!
//! From one network to another that differs in the first layer U of one block alone, every sample's output is a piecewise linear function
//! of t: S U runs straight, and what stands behind it rests. Its kinks are rational numbers. Between two neighbouring kinks of all
//! samples a convex loss is at most its value at one of them, so that its maximum is one of finitely many values.
//!
//! Few of them are computed: on a stretch from a to b an output is at most R from its chord, R being what it is off it at its own
//! kinks inside, and [`Loss::bound_within`] bounds the loss by the values at a and b. A stretch that is not below the
//! largest value so far is cut at its middle kink. Without kinks R is 0.
//!
//! # Example
//! ```
//! use sublevel::example::integers;
//! use sublevel::network::{Activation, Dense, Loss, Residual};
//! use sublevel::statement::residual::{kinks::maximum, path::ResidualProblem};
//!
//! // x ↦ x + relu(u x) at x = 1 and −1, from u = −1 to 1: the outputs are 1 + relu(2t − 1) and −1 + relu(1 − 2t).
//! let layer = |number| Dense { weight: integers(1, 1, &[number]), bias: None };
//! let network = |u| Residual::new(None, vec![vec![layer(u), layer(1)]], layer(1)).unwrap();
//! let problem = ResidualProblem { activation: Activation::relu(), inputs: integers(2, 1, &[1, -1]) };
//! // ½ ((relu(2t − 1) − 1)² + (relu(1 − 2t) − 1)²) is ½ at both ends and 1 at t = ½.
//! let loss = Loss::square(integers(2, 1, &[2, 0]));
//! assert_eq!(maximum(&problem, &loss, &network(-1), &network(1)), 1);
//! ```

use super::path::ResidualProblem;
use crate::linalg::Exact;
use crate::network::{Activation, Dense, Loss, Residual};
use nalgebra::DMatrix;
use rug::Rational;

/// A piecewise linear function of t in \[0, 1\], by its values at these places: what is added up, and what the branch makes.
#[derive(Clone)]
struct Bent {
    places: Vec<Rational>,
    state: DMatrix<Rational>,
    branch: DMatrix<Rational>,
}

/// The outputs of all samples, each at places of its own.
struct Outputs(Vec<Bent>);

/// An upper bound of the loss on the line, which is the maximum where the loss has rational values, and its enclosure's upper end elsewhere.
///
/// # Panics
/// If the networks differ in more than the first layer of one block.
pub fn maximum(problem: &ResidualProblem, loss: &Loss, from: &Residual<Rational>, to: &Residual<Rational>) -> Rational {
    let outputs = Outputs::new(problem, from, to);
    let mut places: Vec<&Rational> = outputs.0.iter().flat_map(|bent| &bent.places).collect();
    places.sort_unstable();
    places.dedup();
    let at = |place: usize| loss.enclose(&outputs.at(places[place])).hi().clone();
    let last = places.len() - 1;
    // Where floats are largest the maximum is near: most stretches are then below it.
    let rough = |place: &usize| loss.approximate(&outputs.at(places[*place]).map(|entry| entry.to_f64()));
    let guess = (0..=last).map(|place| (rough(&place), place)).max_by(|a, b| a.0.total_cmp(&b.0));
    let mut best = [0, last, guess.map_or(0, |guess| guess.1)].map(at).into_iter().max().expect("three places");
    let mut stretches = vec![(0, last)];
    while let Some((a, b)) = stretches.pop().filter(|_| last > 0) {
        let radius = outputs.radius(places[a], places[b]);
        let above = |place: usize| loss.bound_within(&outputs.at(places[place]), &radius) > best;
        if b > a + 1 && (above(a) || above(b)) {
            let middle = usize::midpoint(a, b);
            best = best.max(at(middle));
            stretches.extend([(a, middle), (middle, b)]);
        }
    }
    best
}

impl Outputs {
    fn new(problem: &ResidualProblem, from: &Residual<Rational>, to: &Residual<Rational>) -> Self {
        let block = (0..from.blocks.len()).find(|&block| from.blocks[block] != to.blocks[block]).unwrap_or(0);
        let (mut other, sigma) = (to.clone(), &problem.activation);
        other.blocks[block][0] = from.blocks[block][0].clone();
        assert!(other == *from, "the first layer of one block moves");
        let pass = |network: &Residual<Rational>| network.pass(&Exact, &sigma.import(&Exact), &problem.inputs);
        let [start, end] = [from, to].map(pass);
        let of = |sample: usize| {
            let rows = |matrices: [&DMatrix<Rational>; 2]| {
                DMatrix::from_fn(2, matrices[0].ncols(), |i, j| matrices[i][(sample, j)].clone())
            };
            let mut bent = Bent {
                places: vec![Rational::new(), Rational::from(1)],
                state: rows([&start.states[block]; 2]),
                branch: rows([&start.entries[block], &end.entries[block]]),
            };
            for (number, layers) in from.blocks.iter().enumerate().skip(block) {
                if number > block {
                    bent.branch = layers[0].apply(&Exact, &bent.state);
                }
                bent.through(&layers[1..], sigma);
            }
            bent.branch = from.head.apply(&Exact, &bent.state);
            bent
        };
        Outputs((0..problem.inputs.nrows()).map(of).collect())
    }

    /// `[N, d_y]`.
    fn at(&self, place: &Rational) -> DMatrix<Rational> {
        let rows: Vec<Vec<Rational>> = self.0.iter().map(|bent| bent.at(place)).collect();
        DMatrix::from_fn(rows.len(), self.0[0].branch.ncols(), |i, j| rows[i][j].clone())
    }

    /// How far the outputs are at most from their chords between two places.
    fn radius(&self, a: &Rational, b: &Rational) -> DMatrix<Rational> {
        let [start, end] = [a, b].map(|place| self.at(place));
        let mut radius = start.map(|_| Rational::new());
        for (sample, bent) in self.0.iter().enumerate() {
            let inside = bent.places.iter().enumerate().filter(|(_, place)| a < *place && *place < b);
            for (row, place) in inside {
                let share = Rational::from(place - a) / Rational::from(b - a);
                for column in 0..radius.ncols() {
                    let entry = (sample, column);
                    let chord = Rational::from(&end[entry] - &start[entry]) * &share + &start[entry];
                    let off = (chord - &bent.branch[(row, column)]).abs();
                    if off > radius[entry] {
                        radius[entry] = off;
                    }
                }
            }
        }
        radius
    }
}

impl Bent {
    /// The layers of a block behind its first, and the sum.
    fn through(&mut self, layers: &[std::sync::Arc<Dense<Rational>>], sigma: &Activation) {
        for layer in layers {
            self.cut(sigma);
            self.branch = layer.apply(&Exact, &self.branch.map(|entry| sigma.evaluate(&entry)));
        }
        self.state = self.state.zip_map(&self.branch, |state, branch| state + branch);
    }

    /// Places where the branch passes a breakpoint become places of it.
    fn cut(&mut self, sigma: &Activation) {
        let mut more = vec![];
        for row in 0..self.places.len() - 1 {
            let (a, b) = (&self.places[row], &self.places[row + 1]);
            for (start, end) in self.branch.row(row).iter().zip(self.branch.row(row + 1).iter()) {
                let passes = |kink: &&Rational| (start < *kink && *kink < end) || (end < *kink && *kink < start);
                let share = |kink| Rational::from(kink - start) / Rational::from(end - start);
                let place = |kink| share(kink) * Rational::from(b - a) + a;
                more.extend(sigma.breakpoints().iter().filter(passes).map(place));
            }
        }
        if more.is_empty() {
            return;
        }
        let mut places = [&self.places[..], &more].concat();
        places.sort_unstable();
        places.dedup();
        let between = |matrix: &DMatrix<Rational>| {
            let rows: Vec<Vec<Rational>> =
                places.iter().map(|place| interpolated(&self.places, matrix, place)).collect();
            DMatrix::from_fn(rows.len(), matrix.ncols(), |i, j| rows[i][j].clone())
        };
        (self.state, self.branch) = (between(&self.state), between(&self.branch));
        self.places = places;
    }

    /// The branch's values.
    fn at(&self, place: &Rational) -> Vec<Rational> {
        interpolated(&self.places, &self.branch, place)
    }
}

/// The value at a place of what runs straight between these, given row by row.
fn interpolated(places: &[Rational], rows: &DMatrix<Rational>, place: &Rational) -> Vec<Rational> {
    let after = places.partition_point(|own| own < place).max(1);
    let (a, b) = (&places[after - 1], &places[after]);
    let share = Rational::from(place - a) / Rational::from(b - a);
    let ends = rows.row(after - 1).into_iter().zip(rows.row(after));
    ends.map(|(start, end)| Rational::from(end - start) * &share + start).collect()
}

//! Loss and accuracy along a path of graph networks and along the straight line between its ends.

use super::profile::{DRAWN, above};
use super::span::{Measure, Sample};
use super::{Profile, SAMPLES};
use crate::arith::{Number, parallel};
use crate::linalg::{Double, Kernel, Multiprecision};
use crate::network::{GraphNetwork, Loss, Real, Residual, Rounded, import_matrix};
use crate::path::{between, interpolate};
use crate::statement::residual::path::{ResidualProblem, output};
use crate::statement::skip::{GraphMove, GraphPath, RationalPath};
use nalgebra::DMatrix;
use rug::Rational;

/// Bits of a float beyond those with which a certificate wants features enclosed.
const GUARD: u32 = 64;

impl Profile {
    /// Evaluates a path of graph networks, in doubles unless its certificate asks for features of more `bits` behind the point.
    ///
    /// Nothing is exact: the features of such a network are no rational numbers. A bounded move has its own bound, which is about
    /// the loss that the certificate names; of a line the certificate says how the loss falls, and no number.
    ///
    /// # Panics
    /// If the shapes of path, inputs and loss do not fit.
    pub fn of_graphs(path: &GraphPath, inputs: &DMatrix<Rational>, loss: &Loss, bits: u64) -> Self {
        let of = |step: &GraphMove| match step {
            GraphMove::Line(_) => (true, None),
            GraphMove::Bounded(_, bound, _) => (false, Some(above(bound))),
        };
        let moves: Vec<(bool, Option<f64>)> = path.moves.iter().map(of).collect();
        match u32::try_from(bits) {
            Ok(bits) if bits > f64::MANTISSA_DIGITS => {
                sampled(&Multiprecision::new(bits.saturating_add(GUARD)), (&path.vertices(), &moves), inputs, loss)
            }
            _ => sampled(&Double, (&path.vertices(), &moves), inputs, loss),
        }
    }

    /// Evaluates a path of graph networks with rational features, in doubles.
    ///
    /// On lines and curves the output runs straight between its exact values at the vertices, so that the larger loss of the two is
    /// a bound for every convex loss; a bounded move has its own, which is about the loss that the certificate names, and
    /// counts if that is the one (`named`). Of networks that are not [`Residual`] ones the vertices are not computed exactly.
    ///
    /// # Panics
    /// If the shapes of path, inputs and loss do not fit.
    pub fn of_rational(path: &RationalPath, inputs: &DMatrix<Rational>, loss: &Loss, named: bool) -> Self {
        let ends = path.moves.iter().map(|(to, _)| to.clone());
        let vertices: Vec<GraphNetwork> = [path.start.clone()].into_iter().chain(ends).collect();
        let exact = parallel::map(&vertices, |vertex| exact_loss(vertex, inputs, loss));
        let moves = path.moves.iter().zip(exact.windows(2)).map(|((_, bound), ends)| match bound {
            Some(bound) => (false, named.then(|| above(bound))),
            None => (true, ends[0].as_ref().zip(ends[1].as_ref()).map(|(a, b)| above(a.max(b)))),
        });
        sampled(&Double, (&vertices, &moves.collect::<Vec<_>>()), inputs, loss)
    }
}

/// The upper end of the loss of a residual network with piecewise-linear activations.
fn exact_loss(network: &GraphNetwork, inputs: &DMatrix<Rational>, loss: &Loss) -> Option<Rational> {
    let (network, activation) = Residual::from_graph(network)?;
    let problem = ResidualProblem { activation: activation.piecewise_linear()?.clone(), inputs: inputs.clone() };
    Some(loss.enclose(&output(&problem, &network)).hi().clone())
}

/// Of each move whether the output runs straight, and its bound.
fn sampled<K: Kernel>(
    kernel: &K,
    (vertices, moves): (&[GraphNetwork], &[(bool, Option<f64>)]),
    inputs: &DMatrix<Rational>,
    loss: &Loss,
) -> Profile
where
    K::Scalar: Real,
{
    let (start, end) = (&vertices[0], &vertices[vertices.len() - 1]);
    let measure = Measure::new(loss, start.graph().outputs);
    let sampler = Sampler { kernel, graph: start, inputs: import_matrix(kernel, inputs), measure };
    let mut along = vec![];
    for ((k, &(straight, _)), ends) in moves.iter().enumerate().zip(vertices.windows(2)) {
        let steps = if straight { DRAWN } else { SAMPLES - 1 };
        // The end is the start of the next move.
        let samples = sampler.line(&ends[0], &ends[1], (steps, straight)).into_iter().take(steps);
        along.extend(samples.map(|sample| Sample { at: k as f64 + sample.at, ..sample }));
    }
    let last = sampler.output(&end.rounded(kernel));
    along.push(sampler.sample(moves.len() as f64, &last));
    let bounds = moves.iter().map(|(_, bound)| *bound).collect();
    Profile { vertices: vec![], bounds, along, line: sampler.line(start, end, (SAMPLES - 1, false)) }
}

/// Networks of one graph on the training data.
struct Sampler<'a, K: Kernel> {
    kernel: &'a K,
    graph: &'a GraphNetwork,
    inputs: DMatrix<K::Scalar>,
    measure: Measure<'a>,
}

impl<K: Kernel> Sampler<'_, K>
where
    K::Scalar: Real,
{
    /// `steps` + 1 evenly spaced points from one network to another, both ends among them.
    fn line(&self, from: &GraphNetwork, to: &GraphNetwork, (steps, straight): (usize, bool)) -> Vec<Sample> {
        let [a, b] = [from, to].map(|network| network.rounded(self.kernel));
        // Where the blocks stay the output runs straight: two passes are enough.
        let last = from.graph().blocks.len() + 1;
        let straight = straight || from.layers().range(..last).eq(to.layers().range(..last));
        let ends = straight.then(|| [&a, &b].map(|layers| self.output(layers)));
        let point = |i: usize| {
            let lambda = self.kernel.import(&Rational::from((i as u64, steps as u64)));
            let output = match &ends {
                Some([a, b]) => interpolate(a, b, &lambda),
                None => self.output(&between(&a, &b, &lambda)),
            };
            self.sample(i as f64 / steps as f64, &output)
        };
        parallel::collect(steps + 1, point)
    }

    /// The output [N, m] of a network of the graph with these layers.
    fn output(&self, layers: &Rounded<K::Scalar>) -> DMatrix<K::Scalar> {
        let features = self.graph.features_of(self.kernel, &self.inputs, layers);
        let (weight, bias) = &layers[&(self.graph.graph().blocks.len() + 1)];
        match bias {
            None => self.kernel.product(&features, weight),
            Some(bias) => {
                let rows = weight.nrows();
                let mut stacked = weight.clone().insert_row(rows, bias[0].clone());
                stacked.set_row(rows, &bias.row(0));
                self.kernel.product(&features, &stacked)
            }
        }
    }

    fn sample(&self, at: f64, output: &DMatrix<K::Scalar>) -> Sample {
        self.measure.sample(at, &output.map(|entry| entry.to_rational().map_or(f64::NAN, |entry| entry.to_f64())))
    }
}

//! What the field does with graph networks: the loss at evenly spaced points of a path, in doubles, without a proof.

use super::plan::{Plan, Step};
use super::task::GraphTask;
use crate::arith::{parallel, parse_rational};
use crate::barrier::arithmetic::Arithmetic;
use crate::barrier::patches::{Patched, Patches};
use crate::barrier::sample::position;
use crate::barrier::search::Position;
use crate::barrier::segment::reshaped;
use crate::certificate::graph::{BlockRule, Pool};
use crate::linalg::Double;
use crate::network::{GraphNetwork, Imported, InDoubles, Rounded};
use crate::path::between;
use nalgebra::DMatrix;

/// Samples that go through all blocks together.
const BLOCK: usize = 32;

/// A network of which the layers move.
struct Sampler<'a> {
    network: &'a GraphNetwork,
    plan: Plan,
    sigmas: Vec<Option<InDoubles>>,
    inputs: Imported<'a, Double>,
}

/// The loss at `count` ≥ 2 points from the start of the path to its end, every segment taking the same share.
///
/// Cost: a forward pass in doubles a point; all cores.
pub fn samples(task: &GraphTask<'_>, count: u32) -> Vec<(Position, f64)> {
    let network = task.network();
    let (plan, inputs) = (Plan::new(network), task.inputs().rounded());
    let sigmas = plan.sigmas.iter().map(|sigma| sigma.as_ref().map(|sigma| sigma.in_doubles())).collect();
    let sampler = Sampler { network, plan, sigmas, inputs: inputs.import(&Double) };
    let segments = task.segments().iter().map(|points| points.iter().map(|point| columns(point)).collect());
    let segments: Vec<Vec<Rounded<f64>>> = segments.collect();
    let loss_at = |i: usize| {
        let position = position(segments.len(), i as f64 / f64::from(count.max(2) - 1));
        let ends = &segments[position.segment];
        (position, task.loss().approximate(&sampler.output(&between(&ends[0], &ends[1], &position.lambda))))
    };
    parallel::collect(count as usize, loss_at)
}

/// The layers in doubles, a row an output: what is multiplied with columns.
fn columns(network: &GraphNetwork) -> Rounded<f64> {
    let mut layers = network.rounded(&Double);
    let blocks = &network.graph().blocks;
    let is_product =
        |number: usize| !matches!(blocks.get(number - 1).map(|block| &block.rule), Some(BlockRule::Normalise { .. }));
    let products = layers.iter_mut().filter(|(number, _)| is_product(**number));
    products.for_each(|(_, (weight, _))| *weight = weight.transpose());
    layers
}

impl Sampler<'_> {
    /// The output [N, m] with these layers.
    fn output(&self, layers: &Rounded<f64>) -> DMatrix<f64> {
        let samples = self.inputs.samples();
        let mut output = DMatrix::zeros(samples, self.network.graph().outputs);
        for first in (0..samples).step_by(BLOCK) {
            let rows = first..samples.min(first + BLOCK);
            let some = self.output_of(layers, self.inputs.columns(rows.clone()));
            output.rows_mut(first, rows.len()).copy_from(&some.transpose());
        }
        output
    }

    /// That of some samples, [m, B].
    fn output_of(&self, layers: &Rounded<f64>, inputs: DMatrix<f64>) -> DMatrix<f64> {
        let mut levels = vec![inputs];
        for (index, step) in self.plan.steps.iter().enumerate() {
            let mut level = match step {
                Step::Filters { patches, .. } => filtered(patches, &layers[&(index + 1)], &levels),
                Step::Pool { patches, pool } => pooled(patches, *pool, &levels),
                Step::Normalise { from } => self.normalised(index, layers, &levels[*from]),
            };
            match &self.sigmas[index] {
                Some(InDoubles::PiecewiseLinear(sigma)) => sigma.apply_to(level.as_mut_slice()),
                Some(sigma) => level.apply(|x| *x = sigma.value(*x)),
                None => {}
            }
            levels.push(level);
        }
        filtered(&self.plan.output, &layers[&(self.plan.steps.len() + 1)], &levels)
    }

    fn normalised(&self, index: usize, layers: &Rounded<f64>, level: &DMatrix<f64>) -> DMatrix<f64> {
        let (BlockRule::Normalise { normalise: channels, epsilon }, (weight, Some(bias))) =
            (&self.network.graph().blocks[index].rule, &layers[&(index + 1)])
        else {
            unreachable!("the plan is that of the graph")
        };
        let epsilon = parse_rational(epsilon.as_str()).expect("the graph has been read").to_f64();
        let affine = |unit: usize, x: f64| {
            let c = unit % channels;
            weight[(0, c)] / (weight[(2, c)] + epsilon).sqrt() * (x - weight[(1, c)]) + bias[(0, c)]
        };
        level.map_with_location(|unit, _, x| affine(unit, x))
    }
}

/// Products with all patches, [P T, B], and the biases: of each unit, or of each filter.
fn filtered(
    patches: &Patches,
    (weight, bias): &(DMatrix<f64>, Option<DMatrix<f64>>),
    levels: &[DMatrix<f64>],
) -> DMatrix<f64> {
    let samples = levels[0].ncols();
    let mut product = DMatrix::zeros(weight.nrows(), patches.count() * samples);
    let patched = Patched { patches, samples, levels: levels.iter().map(Some).collect(), last: None };
    Double.add_patches(&mut product, weight, &patched);
    let mut level = reshaped(product, patches.count());
    if let Some(bias) = bias {
        let biases = bias.as_slice().iter().cycle();
        level.column_iter_mut().for_each(|mut column| column.iter_mut().zip(biases.clone()).for_each(|(x, b)| *x += b));
    }
    level
}

fn pooled(patches: &[Vec<[usize; 2]>], pool: Pool, levels: &[DMatrix<f64>]) -> DMatrix<f64> {
    DMatrix::from_fn(patches.len(), levels[0].ncols(), |patch, sample| {
        let entries = patches[patch].iter().map(|&[block, unit]| levels[block][(unit, sample)]);
        match pool {
            // A NaN stays one.
            Pool::Max => {
                entries.reduce(|most, x| if most.is_nan() || x <= most { most } else { x }).unwrap_or(f64::NAN)
            }
            Pool::Sum => entries.sum(),
            Pool::Mean => entries.sum::<f64>() / patches[patch].len() as f64,
        }
    })
}

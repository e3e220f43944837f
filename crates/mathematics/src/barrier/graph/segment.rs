//! One piece of a path of graph networks, prepared: parameters quadratic in λ, and the products of the first layer with all samples.

use super::normalise::NormaliseCurve;
use super::plan::{Plan, Step};
use crate::arith::{Number, parallel, parse_rational};
use crate::barrier::arithmetic::{Arithmetic, magnitude};
use crate::barrier::forward::{Bent, Chord};
use crate::barrier::patches::{Patched, Patches};
use crate::barrier::segment::{FirstLevel, LayerCurve, curve, largest_of};
use crate::certificate::graph::BlockRule;
use crate::network::{GraphLayer, GraphNetwork, Imported, import_matrix};
use nalgebra::DMatrix;
use rug::Rational;
use std::collections::BTreeMap;

/// What the parameters of a block are along a segment.
pub enum BlockCurve<T> {
    /// None, or they are in the first level.
    None,
    /// A weight, with the bias in its last column if the patches share one; else a bias for each unit, [P T, 1].
    Filters {
        layer: LayerCurve<T>,
        biases: Option<LayerCurve<T>>,
    },
    Normalise(NormaliseCurve<T>),
}

/// Samples that are worked on together.
pub struct Samples<T> {
    /// The first one's row in the data.
    pub first_sample: usize,
    /// [d, B] with their error, if something looks at them.
    pub inputs: Bent<T>,
    /// The pre-activations [P T, B] of the blocks that take inputs alone, by number.
    pub first: BTreeMap<usize, FirstLevel<T>>,
}

/// A straight segment or a quadratic Bézier curve of graph networks, prepared for a float type.
pub struct GraphSegment<T> {
    pub samples: Vec<Samples<T>>,
    /// By block, from block 1 on.
    pub blocks: Vec<BlockCurve<T>>,
    pub output: LayerCurve<T>,
}

impl<T: Number> GraphSegment<T> {
    /// Imports the control points and multiplies the first layer with the inputs.
    pub fn new<F: Arithmetic<Scalar = T>>(
        float: &F,
        plan: &Plan,
        inputs: &Imported<'_, F>,
        points: &[&GraphNetwork],
        at_a_time: usize,
    ) -> Self {
        let blocks = plan.steps.iter().zip(1..).map(|(step, block)| block_curve(float, step, points, block)).collect();
        let firsts: Vec<(usize, &Patches, Vec<DMatrix<T>>)> = plan
            .steps
            .iter()
            .zip(1..)
            .filter_map(|(step, block)| match step {
                Step::Filters { patches, first: true, own_biases } => {
                    Some((block, patches, layers(float, points, block, !own_biases)))
                }
                _ => None,
            })
            .collect();
        let own: BTreeMap<usize, LayerCurve<T>> = firsts
            .iter()
            .filter(|(block, ..)| matches!(plan.steps[block - 1], Step::Filters { own_biases: true, .. }))
            .map(|&(block, ..)| (block, LayerCurve::new(float, biases(float, points, block))))
            .collect();
        let starts: Vec<usize> = (0..inputs.samples()).step_by(at_a_time).collect();
        let samples = |&start: &usize| {
            let columns = inputs.columns(start..inputs.samples().min(start + at_a_time));
            let (zero, one) = (float.float(0.0), float.float(1.0));
            let first = |&(block, patches, ref layers): &(usize, &Patches, Vec<DMatrix<T>>)| {
                let last = (!own.contains_key(&block)).then_some(&one);
                let patched = Patched { patches, samples: columns.ncols(), levels: vec![Some(&columns)], last };
                let level = FirstLevel::new(float, patched.matrix(&zero), layers).reshaped(columns.ncols());
                (
                    block,
                    match own.get(&block) {
                        Some(biases) => level.plus_biases(float, biases),
                        None => level,
                    },
                )
            };
            let first = firsts.iter().map(first).collect();
            let inputs = if plan.uses_inputs { imported(float, columns) } else { empty() };
            Samples { first_sample: start, inputs, first }
        };
        let output = layers(float, points, plan.steps.len() + 1, points[0].graph().bias);
        GraphSegment { samples: parallel::map(&starts, samples), blocks, output: LayerCurve::new(float, output) }
    }
}

fn block_curve<F: Arithmetic>(float: &F, step: &Step, points: &[&GraphNetwork], block: usize) -> BlockCurve<F::Scalar> {
    match step {
        Step::Filters { first: false, own_biases, .. } => BlockCurve::Filters {
            layer: LayerCurve::new(float, layers(float, points, block, !own_biases)),
            biases: own_biases.then(|| LayerCurve::new(float, biases(float, points, block))),
        },
        Step::Normalise { .. } => {
            let BlockRule::Normalise { epsilon, .. } = &points[0].graph().blocks[block - 1].rule else {
                unreachable!("the plan is that of the graph")
            };
            let stacked = |point: &&GraphNetwork| {
                let GraphLayer { weight, bias } = &point.layers()[&block];
                let bias = bias.as_ref().expect("a normalisation has a bias");
                import_matrix(float, &weight.clone().insert_row(3, Rational::new())).map_with_location(
                    |row, c, entry| {
                        if row == 3 { float.import(&bias[(0, c)]) } else { entry }
                    },
                )
            };
            let values: Vec<DMatrix<F::Scalar>> = points.iter().map(stacked).collect();
            BlockCurve::Normalise(NormaliseCurve {
                largest: largest_of(&values),
                values: curve(values, &float.float(2.0)),
                epsilon: parse_rational(epsilon.as_str()).expect("the graph has been read"),
            })
        }
        _ => BlockCurve::None,
    }
}

/// The weight of a layer [T, l] at the control points, with the bias, if it is wanted, as last column.
fn layers<F: Arithmetic>(float: &F, points: &[&GraphNetwork], layer: usize, bias: bool) -> Vec<DMatrix<F::Scalar>> {
    let of = |point: &&GraphNetwork| {
        let GraphLayer { weight, bias: row } = &point.layers()[&layer];
        let transposed = import_matrix(float, weight).transpose();
        match row {
            Some(row) if bias => {
                let column = transposed.ncols();
                let mut stacked = transposed.insert_column(column, float.float(0.0));
                stacked.set_column(column, &import_matrix(float, row).transpose().column(0));
                stacked
            }
            _ => transposed,
        }
    };
    points.iter().map(of).collect()
}

/// The biases [P T, 1] of a block at the control points.
fn biases<F: Arithmetic>(float: &F, points: &[&GraphNetwork], block: usize) -> Vec<DMatrix<F::Scalar>> {
    let of = |point: &&GraphNetwork| {
        let bias = point.layers()[&block].bias.as_ref().expect("a block with filters has a bias");
        import_matrix(float, bias).transpose()
    };
    points.iter().map(of).collect()
}

/// Inputs with the error of their import.
fn imported<F: Arithmetic>(float: &F, inputs: DMatrix<F::Scalar>) -> Bent<F::Scalar> {
    let unit = float.float(2.0 * float.unit_roundoff());
    let radius = inputs.map(|x| unit.times(&magnitude(&x)).plus(&float.tiny()));
    Bent { chord: Chord { start: inputs, end: None, radius }, bend: None }
}

fn empty<T: Number>() -> Bent<T> {
    let none = || DMatrix::from_vec(0, 0, vec![]);
    Bent { chord: Chord { start: none(), end: None, radius: none() }, bend: None }
}

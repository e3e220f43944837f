//! The network on all samples, at one point or along a line.
//!
//! What does not move is computed once, and so is the pre-activation of a block whose patches do not move: it runs straight.
//! Samples go through the rest some at a time, on all cores.

use super::{Block, Graph, Level, Parameters, Rule};
use crate::{
    arithmetic::Arithmetic,
    interval::{Interval, Precision},
    matrix::Matrix,
    state::Change,
};
use num_bigint::BigInt;
use std::{collections::BTreeSet, ops::Range, rc::Rc, sync::Mutex};

/// Samples that go through the layers together.
const ROWS: usize = 64;

/// What is known of a block on the whole line.
enum Known {
    /// Its features, which do not move.
    Features(Level),
    /// Its pre-activation, which runs straight.
    Straight(Level),
    /// Weight and bias only.
    Parameters(Option<[Level; 2]>),
}

/// All that moves along a line between two networks of one graph.
pub struct Tube<'a> {
    graph: &'a Graph,
    p: Precision,
    arithmetic: Arithmetic,
    samples: usize,
    /// The inputs, and then block by block.
    known: Vec<Known>,
    /// V with its bias as last row.
    output: Option<Level>,
}

impl<'a> Tube<'a> {
    /// The line from one network to another; `to` has the layers that move, and parts of them. Without an output the graph
    /// ends with Ψ.
    pub fn new(
        graph: &'a Graph,
        inputs: &Level,
        (from, to): (&Parameters, &Parameters),
        (p, arithmetic): (Precision, Arithmetic),
    ) -> Self {
        let mut tube = Tube {
            graph,
            p,
            arithmetic,
            samples: inputs.rows(),
            known: vec![Known::Features(inputs.clone())],
            output: None,
        };
        for (block, number) in graph.blocks.iter().zip(1..) {
            let layer = layer(p, from, to, number);
            let known = tube.known_of(block, layer);
            tube.known.push(known);
        }
        tube.output = layer(p, from, to, graph.last()).map(|[mut weight, bias]| {
            if graph.bias {
                if bias.moves() && !weight.moves() {
                    weight.end = Some(weight.start.clone());
                }
                let rest = if weight.moves() && !bias.moves() {
                    Level { end: Some(bias.start.clone()), ..bias }
                } else {
                    bias
                };
                weight.append(rest);
            }
            weight
        });
        tube
    }

    /// What can be known of a block from those before it.
    fn known_of(&self, block: &Block, layer: Option<[Level; 2]>) -> Known {
        let from = block.sources();
        if !from.iter().all(|&block| matches!(self.known[block], Known::Features(_))) {
            return Known::Parameters(layer);
        }
        let moves = layer.iter().flatten().any(Level::moves);
        if moves && !matches!(block.rule, Rule::Filters { .. }) {
            return Known::Parameters(layer);
        }
        let level = self.in_parts(|rows| {
            let before = self.before(&from, &rows);
            let before: Vec<&Level> = before.iter().map(|level| level.as_ref().unwrap_or(&NOTHING)).collect();
            block.features(&before, layer.as_ref(), moves, (self.p, self.arithmetic))
        });
        if moves { Known::Straight(level) } else { Known::Features(level) }
    }

    /// The features of these blocks, which do not move, of some samples; nothing of the others.
    fn before(&self, from: &BTreeSet<usize>, rows: &Range<usize>) -> Vec<Option<Level>> {
        let of = |(number, known): (usize, &Known)| match known {
            Known::Features(level) if from.contains(&number) => Some(level.slice(rows.clone())),
            _ => None,
        };
        self.known.iter().enumerate().map(of).collect()
    }

    /// A level of all samples, made of parts on all cores.
    fn in_parts(&self, part: impl Fn(Range<usize>) -> Level + Sync) -> Level {
        let parts: Vec<_> = (0..self.samples).step_by(ROWS).map(|at| at..self.samples.min(at + ROWS)).collect();
        let (next, done) = (Mutex::new(0..parts.len()), Mutex::new(vec![None; parts.len()]));
        let work = || {
            while let Some(i) = next.lock().ok().and_then(|mut next| next.next()) {
                let level = part(parts[i].clone());
                done.lock().expect("no part panics")[i] = Some(level);
            }
        };
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(parts.len());
        std::thread::scope(|scope| {
            (1..threads).for_each(|_| drop(scope.spawn(work)));
            work();
        });
        let levels = done.into_inner().expect("no part panics").into_iter().flatten();
        levels
            .reduce(|mut all, more| {
                all.append(more);
                all
            })
            .expect("a sample")
    }

    /// Ψ, with a column of ones if the output has a bias, on [i, i + 1]/2^h.
    pub fn features(&self, i: &BigInt, h: u64) -> Level {
        let layers: Vec<Option<[Level; 2]>> = self.known.iter().map(|known| self.layer_on(known, i, h)).collect();
        self.in_parts(|rows| self.features_of(rows, &layers, i, h))
    }

    fn layer_on(&self, known: &Known, i: &BigInt, h: u64) -> Option<[Level; 2]> {
        match known {
            Known::Parameters(Some(layer)) => Some(layer.each_ref().map(|part| part.on(i, h))),
            _ => None,
        }
    }

    fn features_of(&self, rows: Range<usize>, layers: &[Option<[Level; 2]>], i: &BigInt, h: u64) -> Level {
        let mut levels: Vec<Level> = vec![];
        for (number, known) in self.known.iter().enumerate() {
            let level = match known {
                Known::Features(level) => level.slice(rows.clone()),
                Known::Straight(level) => {
                    let pre = level.slice(rows.clone()).on(i, h);
                    match &self.graph.blocks[number - 1].rule {
                        Rule::Filters { sigma, .. } => pre.activate(sigma, self.p),
                        Rule::Pool(_) | Rule::Sum(_) | Rule::Normalise { .. } => {
                            unreachable!("only filters run straight")
                        }
                    }
                }
                Known::Parameters(_) => {
                    let before: Vec<&Level> = levels.iter().collect();
                    let layer = layers[number].as_ref();
                    self.graph.blocks[number - 1].features(&before, layer, false, (self.p, self.arithmetic))
                }
            };
            levels.push(level);
        }
        let features = Level::gather(&levels.iter().collect::<Vec<_>>(), self.graph.skips.iter().copied().map(Some));
        if self.graph.bias { features.with_ones(self.p) } else { features }
    }

    /// Boxes around the output at both ends of [i, i + 1]/2^h.
    pub fn boxes(&self, i: &BigInt, h: u64) -> [Vec<Interval>; 2] {
        self.output(i, h).boxes()
    }

    /// The output on [i, i + 1]/2^h.
    pub fn output(&self, i: &BigInt, h: u64) -> Level {
        let layers: Vec<Option<[Level; 2]>> = self.known.iter().map(|known| self.layer_on(known, i, h)).collect();
        let output = self.output.as_ref().expect("the output has a weight").on(i, h);
        self.in_parts(|rows| self.features_of(rows, &layers, i, h).times(&output, self.p, self.arithmetic))
    }
}

/// In the place of what is not looked at.
static NOTHING: Level = Level { cols: 0, start: vec![], end: None, radius: vec![] };

/// Weight and bias of a layer along the line; the bias may be a row of zeros that is not used. `None` if there is no such layer.
fn layer(p: Precision, from: &Parameters, to: &Parameters, number: usize) -> Option<[Level; 2]> {
    let (from, rest) = (from.get(&number)?, Change::default());
    let to = to.get(&number).unwrap_or(&rest);
    let part = |from: &Option<Rc<Matrix>>, to: &Option<Rc<Matrix>>| match (from, to) {
        (Some(from), Some(to)) if from != to => Some(Level::between(p, from, to)),
        (Some(from), _) => Some(Level::at(p, from)),
        (None, _) => None,
    };
    let weight = part(&from.weight, &to.weight)?;
    Some([weight, part(&from.bias, &to.bias).unwrap_or(NOTHING.clone())])
}

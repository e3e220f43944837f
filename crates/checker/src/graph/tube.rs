//! The network on all samples, at one point or along a line.
//!
//! What does not move is computed once, and so is the pre-activation of a block whose patches do not move: it runs straight.
//! Samples go through the rest some at a time, on all cores.
//!
//! The steps are written once, for integers of any length ([`Level`]) and for machine words ([`Words`]); what does not fit
//! into a word gives no answer (`None`), and integers of any length take over ([`Tubes`]).

use super::{Block, Entry, Graph, Level, Parameters, Rule, Sigma, Words, words::MOST_BITS};
use crate::{
    arithmetic::Arithmetic,
    cores,
    interval::{Interval, Precision},
    matrix::Matrix,
    state::Change,
};
use num_bigint::BigInt;
use std::{cell::OnceCell, collections::BTreeSet, ops::Range, rc::Rc};

/// Features of some samples, (1 − s) A + s B ± R, in some kind of integers; `None` is what does not fit into them.
pub trait Chords: Sized + Clone + Send + Sync {
    /// Samples that go through the layers together.
    const ROWS: usize;

    /// The same numbers.
    fn of(level: &Level) -> Option<Self>;

    /// The same numbers.
    fn into_level(self) -> Level;

    /// Whether an entry moves.
    fn moves(&self) -> bool;

    /// Some rows.
    fn slice(&self, rows: Range<usize>) -> Self;

    /// Rows below these.
    fn append(&mut self, other: Self);

    /// On [i, i + 1]/2^h of the line that it is on.
    fn on(&self, i: &BigInt, h: u64) -> Option<Self>;

    /// Columns of several levels, one beside the other.
    fn beside(levels: &[&Self], units: &[Entry]) -> Self;

    /// A column of ones behind it.
    fn with_ones(&self, p: Precision) -> Self;

    /// σ, entry by entry.
    fn activated(self, sigma: &Sigma, p: Precision) -> Option<Self>;

    /// F W for these features F.
    fn by(&self, weight: &Self, p: Precision, arithmetic: Arithmetic) -> Option<Self>;

    /// See [`Block::features`].
    fn through(
        block: &Block,
        before: &[&Self],
        layer: Option<&[Self; 2]>,
        pre: bool,
        numbers: (Precision, Arithmetic),
    ) -> Option<Self>;
}

/// What is known of a block on the whole line.
enum Known<L> {
    /// Its features, which do not move.
    Features(L),
    /// Its pre-activation, which runs straight.
    Straight(L),
    /// Weight and bias only.
    Parameters(Option<[L; 2]>),
}

/// All that moves along a line between two networks of one graph.
pub struct Tube<'a, L> {
    graph: &'a Graph,
    p: Precision,
    arithmetic: Arithmetic,
    samples: usize,
    /// The inputs, and then block by block.
    known: Vec<Known<L>>,
    /// V with its bias as last row.
    output: Option<L>,
    /// In the place of what is not looked at.
    nothing: L,
}

impl<'a, L: Chords> Tube<'a, L> {
    /// The line from one network to another; `to` has the layers that move, and parts of them. Without an output the graph
    /// ends with Ψ.
    pub fn new(
        graph: &'a Graph,
        inputs: &Level,
        (from, to): (&Parameters, &Parameters),
        (p, arithmetic): (Precision, Arithmetic),
    ) -> Option<Self> {
        let known = vec![Known::Features(L::of(inputs)?)];
        let nothing = L::of(&NOTHING)?;
        let mut tube = Tube { graph, p, arithmetic, samples: inputs.rows(), known, output: None, nothing };
        for (block, number) in graph.blocks.iter().zip(1..) {
            let layer = match layer(p, from, to, number) {
                Some([weight, bias]) => Some([L::of(&weight)?, L::of(&bias)?]),
                None => None,
            };
            let known = tube.known_of(block, layer)?;
            tube.known.push(known);
        }
        if let Some(layer) = layer(p, from, to, graph.last()) {
            tube.output = Some(L::of(&stacked(layer, graph.bias))?);
        }
        Some(tube)
    }

    /// What can be known of a block from those before it.
    fn known_of(&self, block: &Block, layer: Option<[L; 2]>) -> Option<Known<L>> {
        let from = block.sources();
        if !from.iter().all(|&block| matches!(self.known[block], Known::Features(_))) {
            return Some(Known::Parameters(layer));
        }
        let moves = layer.iter().flatten().any(L::moves);
        if moves && !matches!(block.rule, Rule::Filters { .. }) {
            return Some(Known::Parameters(layer));
        }
        let level = self.in_parts(|rows| {
            let before = self.before(&from, &rows);
            let before: Vec<&L> = before.iter().map(|level| level.as_ref().unwrap_or(&self.nothing)).collect();
            L::through(block, &before, layer.as_ref(), moves, (self.p, self.arithmetic))
        })?;
        Some(if moves { Known::Straight(level) } else { Known::Features(level) })
    }

    /// The features of these blocks, which do not move, of some samples; nothing of the others.
    fn before(&self, from: &BTreeSet<usize>, rows: &Range<usize>) -> Vec<Option<L>> {
        let of = |(number, known): (usize, &Known<L>)| match known {
            Known::Features(level) if from.contains(&number) => Some(level.slice(rows.clone())),
            _ => None,
        };
        self.known.iter().enumerate().map(of).collect()
    }

    /// A level of all samples, made of parts on all cores.
    fn in_parts(&self, part: impl Fn(Range<usize>) -> Option<L> + Sync) -> Option<L> {
        let parts: Vec<_> = (0..self.samples).step_by(L::ROWS).map(|at| at..self.samples.min(at + L::ROWS)).collect();
        let levels: Option<Vec<L>> = cores::map(cores::count().min(parts.len()), parts, part).into_iter().collect();
        levels?.into_iter().reduce(|mut all, more| {
            all.append(more);
            all
        })
    }

    /// Ψ, with a column of ones if the output has a bias, on [i, i + 1]/2^h.
    pub fn features(&self, i: &BigInt, h: u64) -> Option<Level> {
        let layers = self.layers_on(i, h)?;
        Some(self.in_parts(|rows| self.features_of(rows, &layers, i, h))?.into_level())
    }

    fn layers_on(&self, i: &BigInt, h: u64) -> Option<Vec<Option<[L; 2]>>> {
        let on = |known: &Known<L>| match known {
            Known::Parameters(Some([weight, bias])) => Some(Some([weight.on(i, h)?, bias.on(i, h)?])),
            _ => Some(None),
        };
        self.known.iter().map(on).collect()
    }

    fn features_of(&self, rows: Range<usize>, layers: &[Option<[L; 2]>], i: &BigInt, h: u64) -> Option<L> {
        let mut levels: Vec<L> = vec![];
        for (number, known) in self.known.iter().enumerate() {
            let level = match known {
                Known::Features(level) => level.slice(rows.clone()),
                Known::Straight(level) => {
                    let pre = level.slice(rows.clone()).on(i, h)?;
                    match &self.graph.blocks[number - 1].rule {
                        Rule::Filters { sigma, .. } => pre.activated(sigma, self.p)?,
                        Rule::Pool(_) | Rule::Sum(_) | Rule::Normalise { .. } => {
                            unreachable!("only filters run straight")
                        }
                    }
                }
                Known::Parameters(_) => {
                    let before: Vec<&L> = levels.iter().collect();
                    let (block, layer) = (&self.graph.blocks[number - 1], layers[number].as_ref());
                    L::through(block, &before, layer, false, (self.p, self.arithmetic))?
                }
            };
            levels.push(level);
        }
        let units: Vec<Entry> = self.graph.skips.iter().copied().map(Some).collect();
        let features = L::beside(&levels.iter().collect::<Vec<_>>(), &units);
        Some(if self.graph.bias { features.with_ones(self.p) } else { features })
    }

    /// The output on [i, i + 1]/2^h.
    pub fn output(&self, i: &BigInt, h: u64) -> Option<Level> {
        let layers = self.layers_on(i, h)?;
        let output = self.output.as_ref().expect("the output has a weight").on(i, h)?;
        let part = |rows| self.features_of(rows, &layers, i, h)?.by(&output, self.p, self.arithmetic);
        Some(self.in_parts(part)?.into_level())
    }
}

/// The line from one network to another in machine words; in integers of any length where these do not fit.
pub struct Tubes<'a> {
    graph: &'a Graph,
    inputs: &'a Level,
    ends: (&'a Parameters, &'a Parameters),
    numbers: (Precision, Arithmetic),
    words: Option<Tube<'a, Words>>,
    long: OnceCell<Tube<'a, Level>>,
}

impl<'a> Tubes<'a> {
    /// See [`Tube::new`].
    pub fn new(
        graph: &'a Graph,
        inputs: &'a Level,
        ends: (&'a Parameters, &'a Parameters),
        numbers: (Precision, Arithmetic),
    ) -> Self {
        let words = if numbers.0.0 <= MOST_BITS { Tube::new(graph, inputs, ends, numbers) } else { None };
        Tubes { graph, inputs, ends, numbers, words, long: OnceCell::new() }
    }

    fn long(&self) -> &Tube<'a, Level> {
        let long = || Tube::new(self.graph, self.inputs, self.ends, self.numbers).expect(FITS);
        self.long.get_or_init(long)
    }

    /// See [`Tube::features`].
    pub fn features(&self, i: &BigInt, h: u64) -> Level {
        let words = self.words.as_ref().and_then(|words| words.features(i, h));
        words.unwrap_or_else(|| self.long().features(i, h).expect(FITS))
    }

    /// Boxes around the output at both ends of [i, i + 1]/2^h.
    pub fn boxes(&self, i: &BigInt, h: u64) -> [Vec<Interval>; 2] {
        let words = self.words.as_ref().and_then(|words| words.output(i, h));
        words.unwrap_or_else(|| self.long().output(i, h).expect(FITS)).boxes()
    }
}

const FITS: &str = "all fits into integers of any length";

/// In the place of what is not looked at.
static NOTHING: Level = Level { cols: 0, start: vec![], end: None, radius: vec![] };

/// V with its bias as last row, if there is one.
fn stacked([mut weight, bias]: [Level; 2], has_bias: bool) -> Level {
    if !has_bias {
        return weight;
    }
    if bias.moves() && !weight.moves() {
        weight.end = Some(weight.start.clone());
    }
    let rest = if weight.moves() && !bias.moves() { Level { end: Some(bias.start.clone()), ..bias } } else { bias };
    weight.append(rest);
    weight
}

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

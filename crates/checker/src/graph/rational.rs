//! **Lines and curves of graph networks whose features are rational numbers.**
//!
//! Every σ is piecewise linear, and no block takes a maximum or normalises: features are computed exactly. A block whose σ is
//! the identity is *linear*. While some layers move as polynomials in λ, the pre-activation of block k (of the output, which is
//! last) is
//!
//! P_k(λ) = Σ_j F_j(λ) M_jk(λ) + 1 c_k(λ)ᵀ
//!
//! over the inputs j = 0 and the blocks j before it that are not linear. M_jk `[units of j, units of k]` and c_k are matrices
//! of polynomials: the linear blocks between are multiplied out. Unit v of block k *hears* unit u of block j if entry (u, v) of
//! M_jk is not the zero polynomial; the output hears what one of its units hears, and what that hears.
//!
//! **Rule.** Each unit that the output hears has a pre-activation that is constant, and the output is of degree 1 at most: it
//! runs straight from its first to its last value.
//!
//! The columns of P_k that are heard look at heard units alone, whose features are then, block by block, those at λ = 0. So
//! these columns are Σ_i λ^i (Σ_j F_j M_jk,i + 1 c_k,iᵀ) with the features F_j at the start of the move, and what stands behind
//! λ^i has to vanish for i ≥ 1; of the output, for i ≥ 2.
//!
//! It is one rule for a neuron that is dead (its row of every M is zero), for a branch that is cut off (V W = 0), and for layers
//! that move while their product runs straight. Where units that are heard move, the line has to be [`bounded`](super::bounded).

use super::{Block, Graph, Parameters, Rule, Sigma, bounded::Bends};
use crate::{
    activation::Activation,
    arithmetic::Arithmetic,
    certificate::{Exceeded, Fraction, LayerCurves, Layers, Limit, Limits},
    claim::Track,
    loss::Loss,
    matrix::{Matrix, Reading, fraction},
    polynomial::Polynomial,
    state::Change,
    verdict::{Failure, Moves, Part, Rejection, Undecided},
};
use num_bigint::BigInt;
use num_traits::{One, Zero};
use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

/// Weight and bias of the layers that move, those of them that do.
type Moving = BTreeMap<usize, (Option<Polynomial>, Option<Polynomial>)>;

/// Σ_j F_j M_j + 1 cᵀ, by the source j.
pub struct Affine {
    maps: BTreeMap<usize, Polynomial>,
    constant: Polynomial,
}

/// The network at a vertex, and the outputs so far.
pub struct Path<'a> {
    graph: &'a Graph,
    limits: &'a Limits,
    reading: Reading,
    pub parameters: Parameters,
    /// F_0 = X, F_1, …, F_B, `[N, units]`.
    levels: Vec<Rc<Matrix>>,
    output: Rc<Matrix>,
    pub track: Track,
    pub moves: Moves,
}

impl<'a> Path<'a> {
    /// At the first network.
    pub fn new(
        (graph, inputs): (&'a Graph, Matrix),
        parameters: Parameters,
        (arithmetic, limits): (Arithmetic, &'a Limits),
    ) -> Result<Self, Failure> {
        has_rational_features(graph)?;
        let reading = Reading::Certificate(arithmetic);
        let inputs = Rc::new(inputs);
        let (levels, output) = pass(graph, limits, inputs, &parameters)?;
        let track = Track::new(output.clone(), 2);
        Ok(Path { graph, limits, reading, parameters, levels, output, track, moves: Moves::default() })
    }

    /// The named layers go straight to new values.
    pub fn line(&mut self, layers: &Layers, record: usize) -> Result<(), Failure> {
        let (moving, after) = self.straight(layers)?;
        self.advance(&moving, after, record)?;
        self.moves.lines += 1;
        Ok(())
    }

    /// The named layers go straight to new values, and the loss stays at most the bound.
    pub fn bounded(
        &mut self,
        layers: &Layers,
        (loss, bound): (Option<&Loss>, &Fraction),
        pieces: Option<&[u32]>,
        record: usize,
    ) -> Result<(), Failure> {
        if pieces.is_some() {
            return Err(Rejection::MisplacedPieces.into());
        }
        let (loss, bound) = (loss.ok_or(Rejection::BoundWithoutLoss)?, fraction(bound)?);
        let (moving, after) = self.straight(layers)?;
        let expansion = Expansion::new(self, &moving);
        Bends::new(&expansion, self.graph)?.stay_below(loss, &bound)?;
        self.track.push_bound(bound, record);
        self.arrive(after, record)?;
        self.moves.bounded += 1;
        Ok(())
    }

    /// How the named layers go straight to new values, and the network there.
    fn straight(&self, layers: &Layers) -> Result<(Moving, Parameters), Failure> {
        let target = self.graph.read_layers(layers, self.reading)?;
        let straight = |from: &Option<Rc<Matrix>>, to: &Option<Rc<Matrix>>| -> Result<_, Exceeded> {
            let (Some(from), Some(to)) = (from, to) else { return Ok(None) };
            to.allow_sum(from, self.limits)?;
            Ok((from != to).then(|| Polynomial::new(vec![(**from).clone(), to.minus(from)])))
        };
        let mut moving = Moving::new();
        for (&layer, to) in &target {
            let from = &self.parameters[&layer];
            moving.insert(layer, (straight(&from.weight, &to.weight)?, straight(&from.bias, &to.bias)?));
        }
        self.limits.allow(Limit::MovingLayers, moving.len() as u64)?;
        Ok((moving, super::path::merged(&self.parameters, target)))
    }

    /// The named layers move as polynomials, from their present values on.
    pub fn curve(&mut self, layers: &LayerCurves, record: usize) -> Result<(), Failure> {
        let (mut moving, mut target) = (Moving::new(), Parameters::new());
        for (&layer, curve) in layers {
            let (weight, bias) =
                self.graph.shapes(layer).ok_or(Rejection::UnknownLayer { layer, layers: self.graph.last() })?;
            if bias == 0 && curve.bias.is_some() {
                return Err(Rejection::NoOutputBias { layer }.into());
            }
            let own = self.parameters[&layer].clone();
            let weight = self.read_curve(&curve.weight, &own.weight, Part::Weight(layer), weight)?;
            let bias = self.read_curve(&curve.bias, &own.bias, Part::Bias(layer), (1, bias))?;
            let end = |curve: &Option<Polynomial>| curve.as_ref().map(|curve| Rc::new(curve.end()));
            target.insert(layer, Change { weight: end(&weight), bias: end(&bias) });
            moving.insert(layer, (weight, bias));
        }
        self.limits.allow(Limit::MovingLayers, moving.len() as u64)?;
        self.advance(&moving, super::path::merged(&self.parameters, target), record)?;
        self.moves.curves += 1;
        Ok(())
    }

    /// The coefficients of a part of a layer, the first of which is its present value.
    fn read_curve(
        &self,
        source: &Option<Vec<crate::certificate::Matrix>>,
        own: &Option<Rc<Matrix>>,
        part: Part,
        shape: (usize, usize),
    ) -> Result<Option<Polynomial>, Failure> {
        let Some(source) = source else { return Ok(None) };
        self.limits.allow(Limit::Degree, source.len().saturating_sub(1) as u64)?;
        let coefficients: Vec<Matrix> =
            source.iter().map(|source| Matrix::read(source, part, shape, self.reading)).collect::<Result<_, _>>()?;
        if coefficients.first() != own.as_deref() {
            return Err(Rejection::CurveStart { part }.into());
        }
        Ok(Some(Polynomial::new(coefficients)))
    }

    /// Checks the rule, and goes to the end of the move.
    fn advance(&mut self, moving: &Moving, after: Parameters, record: usize) -> Result<(), Failure> {
        if moving.values().any(|(weight, bias)| weight.is_some() || bias.is_some()) {
            Expansion::new(self, moving).check()?;
            return self.arrive(after, record);
        }
        Ok(self.track.push(&self.output, record, self.limits)?)
    }

    /// The end of the move.
    fn arrive(&mut self, after: Parameters, record: usize) -> Result<(), Failure> {
        (self.levels, self.output) = pass(self.graph, self.limits, self.levels[0].clone(), &after)?;
        self.parameters = after;
        Ok(self.track.push(&self.output, record, self.limits)?)
    }
}

/// The pre-activations on one move, multiplied out.
pub struct Expansion<'a> {
    path: &'a Path<'a>,
    moving: &'a Moving,
    pub work: Work<'a>,
}

impl<'a> Expansion<'a> {
    fn new(path: &'a Path<'a>, moving: &'a Moving) -> Self {
        let work = Work { limits: path.limits, products: Cell::new(0), entries: Cell::new(0) };
        Expansion { path, moving, work }
    }

    /// The pre-activations of all layers, that of the output last, and which units of the inputs and of each block the output hears.
    pub fn heard(&self) -> Result<(Vec<Affine>, Vec<Vec<bool>>), Exceeded> {
        let graph = self.path.graph;
        let mut layers: Vec<Affine> = vec![];
        for layer in 1..=graph.last() {
            let next = self.affine(layer, &layers)?;
            layers.push(next);
        }
        let mut heard: Vec<Vec<bool>> =
            (0..=graph.blocks.len()).map(|block| vec![false; graph.units_of(block)]).collect();
        heard.push(vec![true; graph.outputs]);
        let hears = |index: &usize| graph.blocks.get(*index).is_none_or(|block| !is_linear(block));
        for index in (0..layers.len()).rev().filter(hears) {
            let columns = heard[index + 1].clone();
            listen(&layers[index], &columns, &mut heard);
        }
        Ok((layers, heard))
    }

    /// The rule of lines and curves.
    fn check(&self) -> Result<(), Failure> {
        let graph = self.path.graph;
        let (mut blocks, heard) = self.heard()?;
        let output = blocks.pop().expect("there is the output");
        for (index, affine) in blocks.iter().enumerate().filter(|(index, _)| !is_linear(&graph.blocks[*index])) {
            self.rests(affine, index + 1, &heard[index + 1])?;
        }
        let bent = (2..output.length()).try_fold(false, |bent, i| Ok(bent || !self.coefficient(&output, i)?.is_zero()));
        if bent.map_err(|exceeded: Exceeded| Undecided::Limit(exceeded))? {
            return Err(Rejection::OutputBends.into());
        }
        Ok(())
    }

    /// Whether the pre-activations of the heard units of a block are constant.
    fn rests(&self, affine: &Affine, block: usize, heard: &[bool]) -> Result<(), Failure> {
        if !heard.contains(&true) {
            return Ok(());
        }
        for i in 1..affine.length() {
            let change = self.coefficient(affine, i)?;
            let moves = |unit: &usize| heard[*unit] && (0..change.rows()).any(|row| !change.is_zero_at(row, *unit));
            if let Some(unit) = (0..heard.len()).find(moves) {
                return Err(Rejection::HeardUnitMoves { block, unit }.into());
            }
        }
        Ok(())
    }

    /// Which of the heard units of a layer move on a bounded line, if it keeps its rule there; `moving` are those of the layers before it.
    pub fn moves(
        &self,
        affine: &Affine,
        (layer, heard): (usize, &[bool]),
        moving: &[Vec<bool>],
    ) -> Result<Vec<bool>, Failure> {
        let mut moves = vec![false; heard.len()];
        for (&block, map) in &affine.maps {
            for (i, coefficient) in map.coefficients().iter().enumerate() {
                for unit in (0..coefficient.rows()).filter(|unit| moving[block][*unit]) {
                    let looks = |column: &usize| heard[*column] && !coefficient.is_zero_at(unit, *column);
                    for column in (0..heard.len()).filter(looks) {
                        if i > 0 {
                            return Err(Rejection::MovingProduct { layer, block, unit }.into());
                        }
                        moves[column] = true;
                    }
                }
            }
        }
        for i in 1..affine.length() {
            let change = self.coefficient(affine, i)?;
            let not_zero = |column: &usize| (0..change.rows()).any(|row| !change.is_zero_at(row, *column));
            for column in (0..heard.len()).filter(|column| heard[*column]).filter(not_zero) {
                if i > 1 {
                    return Err(Rejection::SumBends { layer }.into());
                }
                moves[column] = true;
            }
        }
        Ok(moves)
    }

    /// What stands behind λ^i: Σ_j F_j M_j,i + 1 c_iᵀ with the features at the start.
    pub fn coefficient(&self, affine: &Affine, i: usize) -> Result<Matrix, Exceeded> {
        self.coefficient_over(affine, i, |_| true)
    }

    /// The same with some of the j alone.
    pub fn coefficient_over(
        &self,
        affine: &Affine,
        i: usize,
        counts: impl Fn(usize) -> bool,
    ) -> Result<Matrix, Exceeded> {
        let width = affine.constant.coefficients()[0].cols();
        let samples = self.path.levels[0].rows();
        let mut sum = zeros(&self.path.output, (samples, width));
        for (&source, map) in affine.maps.iter().filter(|(source, _)| counts(**source)) {
            if let Some(map) = map.coefficients().get(i).filter(|map| !map.is_zero()) {
                sum = sum.plus(&self.work.product(&self.path.levels[source], map)?);
            }
        }
        if let Some(row) = affine.constant.coefficients().get(i) {
            sum = sum.plus_row(row);
        }
        self.work.limits.allow_bits(sum.bits())?;
        Ok(sum)
    }

    /// The pre-activation of a layer, linear blocks before it multiplied out.
    fn affine(&self, layer: usize, blocks: &[Affine]) -> Result<Affine, Exceeded> {
        let (path, work) = (self.path, &self.work);
        let (own, rest) = (self.moving.get(&layer), path.parameters.get(&layer));
        let constant = |part: &Rc<Matrix>| Polynomial::new(vec![(**part).clone()]);
        let weight = own.and_then(|own| own.0.clone()).or_else(|| rest?.weight.as_ref().map(constant));
        let bias = own.and_then(|own| own.1.clone()).or_else(|| rest?.bias.as_ref().map(constant));
        let mut direct: BTreeMap<usize, Vec<Matrix>> = BTreeMap::new();
        let coefficients =
            weight.as_ref().map_or(vec![None], |weight| weight.coefficients().iter().map(Some).collect());
        for coefficient in coefficients {
            for (source, map) in path.graph.entering(layer, coefficient, &path.output, path.limits)? {
                work.hold(&map)?;
                direct.entry(source).or_default().push(map);
            }
        }
        let bias = match bias {
            Some(bias) => bias.coefficients().iter().map(|row| path.graph.bias_row(layer, row)).collect(),
            None => vec![path.graph.no_bias(layer, &path.output)],
        };
        let mut affine = Affine { maps: BTreeMap::new(), constant: Polynomial::new(bias) };
        for (source, map) in direct {
            let map = Polynomial::new(map);
            match source.checked_sub(1).filter(|&index| is_linear(&path.graph.blocks[index])) {
                None => affine.add(source, map, work)?,
                Some(index) => {
                    for (&before, first) in &blocks[index].maps {
                        affine.add(before, work.polynomials(first, &map)?, work)?;
                    }
                    let constant = work.polynomials(&blocks[index].constant, &map)?;
                    affine.constant = affine.constant.plus(&constant);
                }
            }
        }
        Ok(affine)
    }
}

impl Affine {
    /// M_j, by the source j.
    pub fn maps(&self) -> &BTreeMap<usize, Polynomial> {
        &self.maps
    }

    /// How many coefficients there are at most.
    fn length(&self) -> usize {
        self.maps.values().chain([&self.constant]).map(|map| map.coefficients().len()).max().unwrap_or(1)
    }

    fn add(&mut self, source: usize, map: Polynomial, work: &Work) -> Result<(), Exceeded> {
        let sum = match self.maps.remove(&source) {
            Some(own) => own.plus(&map),
            None => map,
        };
        work.limits.allow_bits(sum.bits())?;
        self.maps.insert(source, sum);
        Ok(())
    }
}

/// Marks the units that one of these columns hears.
fn listen(affine: &Affine, columns: &[bool], heard: &mut [Vec<bool>]) {
    for (&source, map) in &affine.maps {
        for coefficient in map.coefficients() {
            for (unit, heard) in heard[source].iter_mut().enumerate() {
                *heard |= columns.iter().enumerate().any(|(at, column)| *column && !coefficient.is_zero_at(unit, at));
            }
        }
    }
}

/// Products within limits.
pub struct Work<'a> {
    pub limits: &'a Limits,
    /// So far, in machine words.
    products: Cell<u64>,
    /// The entries of all maps and products so far, as if all of them were held.
    entries: Cell<u64>,
}

impl Work<'_> {
    pub fn product(&self, a: &Matrix, b: &Matrix) -> Result<Matrix, Exceeded> {
        let (longest, factors) = (a.bits() + b.bits(), [a.rows(), a.cols(), b.cols()]);
        let words = (1 + a.bits() / 64).saturating_mul(1 + b.bits() / 64);
        let count = factors.iter().fold(words, |count, &side| count.saturating_mul(side as u64));
        self.products.set(self.products.get().saturating_add(count));
        self.limits.allow(Limit::Products, self.products.get())?;
        self.hold_entries([a.rows(), b.cols()], longest)?;
        let product = if b.is_identity() { a.clone() } else { a.times(b) };
        self.limits.allow_bits(product.bits())?;
        Ok(product)
    }

    /// Whether there is memory for one more matrix that is held to the end.
    fn hold(&self, matrix: &Matrix) -> Result<(), Exceeded> {
        self.hold_entries([matrix.rows(), matrix.cols()], matrix.bits())
    }

    fn hold_entries(&self, [rows, cols]: [usize; 2], bits: u64) -> Result<(), Exceeded> {
        self.entries.set(self.entries.get().saturating_add((rows as u64).saturating_mul(cols as u64)));
        self.limits.allow_memory(self.entries.get(), bits)
    }

    fn polynomials(&self, a: &Polynomial, b: &Polynomial) -> Result<Polynomial, Exceeded> {
        let (a, b) = (a.coefficients(), b.coefficients());
        let degree = a.len() + b.len() - 2;
        self.limits.allow(Limit::Degree, degree as u64)?;
        let mut sums: Vec<Option<Matrix>> = vec![None; degree + 1];
        for (i, left) in a.iter().enumerate() {
            for (j, right) in b.iter().enumerate() {
                let term = self.product(left, right)?;
                let sum = &mut sums[i + j];
                *sum = Some(sum.take().map_or_else(|| term.clone(), |sum| sum.plus(&term)));
            }
        }
        Ok(Polynomial::new(sums.into_iter().flatten().collect()))
    }
}

fn has_rational_features(graph: &Graph) -> Result<(), Rejection> {
    let no_rule = |(block, number): (&Block, usize)| (!is_piecewise_linear(block)).then_some(number);
    let why = "takes a maximum, pools, normalises or has an activation that is not piecewise linear";
    let found = graph.blocks.iter().zip(1..).find_map(no_rule);
    found.map_or(Ok(()), |block| Err(Rejection::Block { block, why }))
}

/// What a network with rational features computes.
pub struct Values {
    /// F_1, `[N, units]`, of the first block; X without one.
    pub first: Rc<Matrix>,
    /// Ψ, `[N, M]`, without a column of ones.
    pub features: Matrix,
    /// The output, `[N, m]`.
    pub output: Rc<Matrix>,
}

/// The features and the output of a network, exactly.
pub fn values(graph: &Graph, inputs: &Matrix, parameters: &Parameters, limits: &Limits) -> Result<Values, Failure> {
    has_rational_features(graph)?;
    let (levels, output) = pass(graph, limits, Rc::new(inputs.clone()), parameters)?;
    // Over one denominator, the product of all: within the limit of digits it is a number as others are.
    let sources: BTreeSet<usize> = graph.skips.iter().map(|skip| skip.0).collect();
    let den: BigInt = sources.iter().map(|&source| levels[source].den()).product();
    limits.allow_bits(den.bits())?;
    let entry =
        |row: usize, &(source, unit): &(usize, usize)| &*levels[source].at(row, unit) * (&den / levels[source].den());
    let rows = inputs.rows();
    let num = (0..rows).flat_map(|row| graph.skips.iter().map(move |skip| (row, skip)));
    let num = num.map(|(row, skip)| entry(row, skip)).collect();
    let features = inputs.with((rows, graph.skips.len()), num, den);
    let first = levels.get(1).unwrap_or(&levels[0]).clone();
    Ok(Values { first, features, output })
}

/// The zero matrix of this shape, with the arithmetic of another one.
fn zeros(like: &Matrix, (rows, cols): (usize, usize)) -> Matrix {
    like.with((rows, cols), vec![BigInt::zero(); rows * cols], BigInt::one())
}

/// F_0, …, F_B and the output at a network.
fn pass(
    graph: &Graph,
    limits: &Limits,
    inputs: Rc<Matrix>,
    parameters: &Parameters,
) -> Result<(Vec<Rc<Matrix>>, Rc<Matrix>), Exceeded> {
    let work = Work { limits, products: Cell::new(0), entries: Cell::new(0) };
    let mut levels = vec![inputs.clone()];
    for layer in 1..=graph.last() {
        let (weight, bias) = match parameters.get(&layer) {
            Some(Change { weight, bias }) => (weight.as_deref(), bias.as_deref()),
            None => (None, None),
        };
        let bias = bias.map_or_else(|| graph.no_bias(layer, &inputs), |bias| graph.bias_row(layer, bias));
        let mut sum = zeros(&inputs, (inputs.rows(), bias.cols())).plus_row(&bias);
        for (source, map) in graph.entering(layer, weight, &inputs, limits)? {
            sum = sum.plus(&work.product(&levels[source], &map)?);
        }
        limits.allow_bits(sum.bits())?;
        let features = match graph.blocks.get(layer - 1).and_then(sigma_of) {
            Some(sigma) => sigma.apply(&sum),
            None => sum,
        };
        limits.allow_bits(features.bits())?;
        levels.push(Rc::new(features));
    }
    let output = levels.pop().expect("there is the output");
    Ok((levels, output))
}

impl Graph {
    /// How many units a block has that is there.
    fn units_of(&self, block: usize) -> usize {
        self.width(block).unwrap_or(0)
    }

    /// The matrices `[units of j, units of the layer]` by which the blocks j enter a layer, for a weight of it; blocks that add up have
    /// none. Any matrix lends its arithmetic.
    fn entering(
        &self,
        layer: usize,
        weight: Option<&Matrix>,
        like: &Matrix,
        limits: &Limits,
    ) -> Result<BTreeMap<usize, Matrix>, Exceeded> {
        let width = self.layer_width(layer);
        let output: Vec<Vec<super::Entry>>;
        let patches = match self.blocks.get(layer - 1) {
            Some(block) => &block.patches,
            None => {
                output = vec![self.skips.iter().copied().map(Some).collect()];
                &output
            }
        };
        let filters = width / patches.len();
        let sources = patches.iter().flatten().flatten().map(|unit| unit.0).collect::<std::collections::BTreeSet<_>>();
        let entries = sources.iter().map(|&source| (self.units_of(source) as u64).saturating_mul(width as u64));
        limits.allow_memory(entries.fold(0, u64::saturating_add), weight.map_or(1, Matrix::bits))?;
        let mut maps: BTreeMap<usize, Vec<BigInt>> =
            sources.into_iter().map(|source| (source, vec![BigInt::zero(); self.units_of(source) * width])).collect();
        for (index, patch) in patches.iter().enumerate() {
            for (row, &(source, unit)) in
                patch.iter().enumerate().filter_map(|(row, entry)| Some((row, entry.as_ref()?)))
            {
                let Some(map) = maps.get_mut(&source) else { continue };
                let into = &mut map[unit * width + index * filters..][..filters];
                match weight {
                    Some(weight) => into.iter_mut().zip(weight.row(row).iter()).for_each(|(sum, entry)| *sum += entry),
                    None => into.iter_mut().for_each(|sum| *sum += 1),
                }
            }
        }
        let den = weight.map_or_else(BigInt::one, |weight| weight.den().clone());
        let matrix = |(source, map)| (source, like.with((self.units_of(source), width), map, den.clone()));
        Ok(maps.into_iter().map(matrix).collect())
    }

    /// The bias of each unit of a layer, as a row.
    fn bias_row(&self, layer: usize, bias: &Matrix) -> Matrix {
        let width = self.layer_width(layer);
        bias.with((1, width), bias.num().iter().cycle().take(width).cloned().collect(), bias.den().clone())
    }

    fn no_bias(&self, layer: usize, like: &Matrix) -> Matrix {
        zeros(like, (1, self.layer_width(layer)))
    }

    fn layer_width(&self, layer: usize) -> usize {
        if layer == self.last() { self.outputs } else { self.units_of(layer) }
    }
}

fn is_piecewise_linear(block: &Block) -> bool {
    match &block.rule {
        Rule::Filters { sigma, .. } | Rule::Sum(sigma) => matches!(sigma, Sigma::PiecewiseLinear(_)),
        Rule::Pool(_) | Rule::Normalise { .. } => false,
    }
}

/// Whether σ is the identity.
pub fn is_linear(block: &Block) -> bool {
    sigma_of(block).is_some_and(Activation::is_identity)
}

/// σ, if it is piecewise linear.
pub fn sigma_of(block: &Block) -> Option<&Activation> {
    match &block.rule {
        Rule::Filters { sigma: Sigma::PiecewiseLinear(sigma), .. } | Rule::Sum(Sigma::PiecewiseLinear(sigma)) => {
            Some(sigma)
        }
        _ => None,
    }
}

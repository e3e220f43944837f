//! Random small graphs against a forward pass in doubles.

use super::{
    tube::{Chords as _, Tube},
    *,
};
use crate::{
    Arithmetic,
    certificate::{ActivationRecord, Fraction, graph::SmoothRecord},
    interval::Precision,
    state::Change,
};
use num_bigint::BigInt;
use num_traits::ToPrimitive;
use proptest::prelude::*;
use rand::{Rng, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;

/// Errors of the doubles, relative to numbers of size 1.
const TOLERANCE: f64 = 1e-9;

fn fraction(text: &str) -> Fraction {
    Fraction::new(text).unwrap()
}

fn pieces(breakpoints: &[&str], slopes: &[&str], value: &str) -> NonlinearityRecord {
    let list = |texts: &[&str]| texts.iter().map(|text| fraction(text)).collect();
    ActivationRecord { breakpoints: list(breakpoints), slopes: list(slopes), value: fraction(value) }.into()
}

/// All kinds of σ.
fn activations() -> Vec<NonlinearityRecord> {
    let softplus = ["1", "20", "1/3", "1000"].map(|gamma| SmoothRecord::Softplus { gamma: fraction(gamma) });
    let elu = ["1", "5/2", "1/3"].map(|alpha| SmoothRecord::Elu { alpha: fraction(alpha) });
    let smooth = [SmoothRecord::Sigmoid, SmoothRecord::Tanh].into_iter().chain(softplus).chain(elu);
    let bent = pieces(&["-1/3", "2/5", "1"], &["1/3", "-5/7", "3/2", "0"], "1/6");
    smooth.map(Into::into).chain([bent, pieces(&["0"], &["0", "1"], "0"), pieces(&["0"], &["1", "1"], "0")]).collect()
}

fn double(fraction: &Fraction) -> f64 {
    let (numer, denom) = fraction.parts();
    numer.parse::<f64>().unwrap() / denom.parse::<f64>().unwrap()
}

/// σ(x) in doubles.
fn value(sigma: &NonlinearityRecord, x: f64) -> f64 {
    match sigma {
        NonlinearityRecord::Smooth(SmoothRecord::Sigmoid) => 1. / (1. + (-x).exp()),
        NonlinearityRecord::Smooth(SmoothRecord::Tanh) => x.tanh(),
        NonlinearityRecord::Smooth(SmoothRecord::Softplus { gamma }) => {
            let gamma = double(gamma);
            x.max(0.) + (-(gamma * x).abs()).exp().ln_1p() / gamma
        }
        NonlinearityRecord::Smooth(SmoothRecord::Elu { alpha }) => {
            if x < 0. {
                double(alpha) * x.exp_m1()
            } else {
                x
            }
        }
        NonlinearityRecord::PiecewiseLinear(ActivationRecord { breakpoints, slopes, value }) => {
            let breakpoints: Vec<f64> = breakpoints.iter().map(double).collect();
            // Piece by piece, from the first breakpoint on.
            let left = (x - breakpoints[0]).min(0.) * double(&slopes[0]);
            let ends = breakpoints[1..].iter().copied().chain([f64::INFINITY]);
            let passed = breakpoints.iter().zip(ends).zip(&slopes[1..]);
            let right: f64 = passed.map(|((from, to), slope)| (x.min(to) - from).max(0.) * double(slope)).sum();
            double(value) + left + right
        }
    }
}

/// Numerators over a denominator, of a shape.
#[derive(Debug, Clone)]
struct Numbers {
    shape: (usize, usize),
    den: i64,
    num: Vec<i64>,
}

impl Numbers {
    fn random(rng: &mut ChaCha8Rng, shape: (usize, usize)) -> Self {
        let den = rng.random_range(1..=8);
        let number = |_| if rng.random_bool(0.2) { 0 } else { rng.random_range(-12..=12) };
        Numbers { shape, den, num: (0..shape.0 * shape.1).map(number).collect() }
    }

    fn matrix(&self) -> Matrix {
        Matrix::over(self.shape, self.num.iter().copied().map(BigInt::from).collect(), self.den.into(), Arithmetic::OWN)
    }

    fn double(&self, row: usize, column: usize) -> f64 {
        self.num[row * self.shape.1 + column] as f64 / self.den as f64
    }
}

/// Weight and bias of the layers at both ends of a line.
type Line = BTreeMap<usize, [(Numbers, Option<Numbers>); 2]>;

#[derive(Debug)]
struct Case {
    record: GraphRecord,
    inputs: Numbers,
    line: Line,
}

impl Case {
    fn random(seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let record = random_graph(&mut rng);
        let inputs = Numbers::random(&mut rng, (2, record.inputs));
        let graph = Graph::read(&record, 2, &Limits::NONE).unwrap();
        let mut line = Line::new();
        for layer in 1..=graph.last() {
            let Some((weight, bias)) = graph.shapes(layer) else { continue };
            let random = |rng: &mut ChaCha8Rng| {
                (Numbers::random(rng, weight), (bias > 0).then(|| Numbers::random(rng, (1, bias))))
            };
            let from = random(&mut rng);
            let (mut from, mut to) = (from, random(&mut rng));
            if let Some(Rule::Normalise { channels, .. }) = graph.blocks.get(layer - 1).map(|block| &block.rule) {
                for (weight, _) in [&mut from, &mut to] {
                    weight.num[2 * channels..].iter_mut().for_each(|variance| *variance = variance.abs());
                }
            }
            if rng.random_bool(0.4) {
                to.0 = from.0.clone();
            }
            if rng.random_bool(0.4) {
                to.1 = from.1.clone();
            }
            line.insert(layer, [from, to]);
        }
        Case { record, inputs, line }
    }

    fn parameters(&self, end: usize) -> Parameters {
        let layer = |(weight, bias): &(Numbers, Option<Numbers>)| Change {
            weight: Some(Rc::new(weight.matrix())),
            bias: bias.as_ref().map(|bias| Rc::new(bias.matrix())),
        };
        self.line.iter().map(|(&number, ends)| (number, layer(&ends[end]))).collect()
    }

    /// Row by row, at λ.
    fn output(&self, lambda: f64) -> Vec<f64> {
        (0..self.inputs.shape.0).flat_map(|sample| self.output_of(sample, lambda)).collect()
    }

    fn output_of(&self, sample: usize, lambda: f64) -> Vec<f64> {
        let mix = |from: &Numbers, to: &Numbers, row, column| {
            from.double(row, column) * (1. - lambda) + to.double(row, column) * lambda
        };
        let affine = |layer: usize, features: &[f64], column: usize, unit: usize| {
            let [(from, bias), (to, bias_to)] = &self.line[&layer];
            let products = features.iter().enumerate().map(|(row, entry)| entry * mix(from, to, row, column));
            let bias = bias.as_ref().zip(bias_to.as_ref());
            products.sum::<f64>() + bias.map_or(0., |(from, to)| mix(from, to, 0, unit))
        };
        let mut levels = vec![(0..self.record.inputs).map(|i| self.inputs.double(sample, i)).collect::<Vec<_>>()];
        for (block, number) in self.record.blocks.iter().zip(1..) {
            let columns: Vec<f64> = block.from.iter().flat_map(|&from| levels[from].clone()).collect();
            let patches = patches_of(block, &columns).into_iter();
            levels.push(match &block.rule {
                BlockRule::Pool { pool } => patches.map(|patch| pooled(*pool, &patch)).collect(),
                BlockRule::Sum { activation } => {
                    let sum = |unit: usize| block.from.iter().map(|&from| levels[from][unit]).sum();
                    (0..levels[block.from[0]].len()).map(|unit| value(activation, sum(unit))).collect()
                }
                BlockRule::Normalise { normalise, epsilon } => {
                    let [(from, bias), (to, bias_to)] = &self.line[&number];
                    let unit = |(unit, x): (usize, &f64)| {
                        let c = unit % normalise;
                        let [gain, mean, variance] = [0, 1, 2].map(|row| mix(from, to, row, c));
                        let shift = mix(bias.as_ref().unwrap(), bias_to.as_ref().unwrap(), 0, c);
                        gain * (x - mean) / (variance + double(epsilon)).sqrt() + shift
                    };
                    columns.iter().enumerate().map(unit).collect()
                }
                BlockRule::Filters { filters, tied, activation } => {
                    let unit = |p: usize, t: usize| if *tied { t } else { p * filters + t };
                    let units = patches.enumerate().flat_map(|(p, patch)| {
                        (0..*filters)
                            .map(|t| value(activation, affine(number, &patch, t, unit(p, t))))
                            .collect::<Vec<_>>()
                    });
                    units.collect()
                }
            });
        }
        let features: Vec<f64> = self.record.skips.iter().map(|&[block, unit]| levels[block][unit]).collect();
        (0..self.record.outputs).map(|j| affine(levels.len(), &features, j, j)).collect()
    }
}

/// The numbers in each patch.
fn patches_of(block: &BlockRecord, columns: &[f64]) -> Vec<Vec<f64>> {
    match &block.patches {
        None => vec![columns.to_vec()],
        Some(Patches::Listed(patches)) => {
            patches.iter().map(|patch| patch.iter().map(|&column| columns[column]).collect()).collect()
        }
        Some(Patches::Windows(windows)) => {
            let is_pool = matches!(block.rule, BlockRule::Pool { .. });
            windows_of(windows, columns, is_pool)
        }
    }
}

/// Cut out of an image with a frame around it.
fn windows_of(windows: &Windows, columns: &[f64], is_pool: bool) -> Vec<Vec<f64>> {
    let Windows { image: [channels, height, width], planes, kernel, stride, padding: [above, left, below, right] } =
        *windows;
    let mut framed = vec![vec![vec![None; width + left + right]; height + above + below]; channels];
    for (column, &number) in columns.iter().enumerate() {
        let (channel, row, at) = if planes {
            (column / (height * width), column / width % height, column % width)
        } else {
            (column % channels, column / channels / width, column / channels % width)
        };
        framed[channel][row + above][at + left] = Some(number);
    }
    let mut patches = vec![];
    let corners = |side: usize, axis: usize| (0..=side - kernel[axis]).step_by(stride[axis]);
    for top in corners(height + above + below, 0) {
        for first in corners(width + left + right, 1) {
            let pixels = || (top..top + kernel[0]).flat_map(|row| (first..first + kernel[1]).map(move |at| (row, at)));
            if is_pool {
                let inside = |plane: &Vec<Vec<Option<f64>>>| pixels().filter_map(|(row, at)| plane[row][at]).collect();
                patches.extend(framed.iter().map(inside));
            } else {
                let all = pixels().flat_map(|(row, at)| framed.iter().map(move |plane| plane[row][at].unwrap_or(0.)));
                patches.push(all.collect());
            }
        }
    }
    patches
}

fn pooled(pool: Pool, patch: &[f64]) -> f64 {
    let sum: f64 = patch.iter().sum();
    match pool {
        Pool::Max => patch.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        Pool::Sum => sum,
        Pool::Mean => sum / patch.len() as f64,
    }
}

fn random_block(rng: &mut ChaCha8Rng, widths: &[usize]) -> BlockRecord {
    let activation = activations().choose(rng).unwrap().clone();
    let one = rng.random_range(0..widths.len());
    match rng.random_range(0..10) {
        0 => {
            let alike: Vec<usize> = (0..widths.len()).filter(|&block| widths[block] == widths[one]).collect();
            let from = (0..rng.random_range(1..=3)).map(|_| *alike.choose(rng).unwrap()).collect();
            BlockRecord { from, patches: None, rule: BlockRule::Sum { activation } }
        }
        1 => {
            let channels = (1..=widths[one]).filter(|&channels| widths[one].is_multiple_of(channels));
            let normalise = *channels.collect::<Vec<_>>().choose(rng).unwrap();
            let epsilon = fraction(["1/10", "1/100"].choose(rng).unwrap());
            BlockRecord { from: vec![one], patches: None, rule: BlockRule::Normalise { normalise, epsilon } }
        }
        _ => patched_block(rng, widths, activation),
    }
}

fn patched_block(rng: &mut ChaCha8Rng, widths: &[usize], activation: NonlinearityRecord) -> BlockRecord {
    let from: Vec<usize> = (0..rng.random_range(1..=2)).map(|_| rng.random_range(0..widths.len())).collect();
    let columns = from.iter().map(|&block| widths[block]).sum();
    let rule = if rng.random_bool(0.7) {
        BlockRule::Filters { filters: rng.random_range(1..=2), tied: rng.random(), activation }
    } else {
        BlockRule::Pool { pool: *[Pool::Max, Pool::Sum, Pool::Mean].choose(rng).unwrap() }
    };
    let patch = |rng: &mut ChaCha8Rng, size| (0..size).map(|_| rng.random_range(0..columns)).collect::<Vec<_>>();
    let (count, size) = (rng.random_range(1..=3), rng.random_range(1..=3));
    let patches = match rng.random_range(0..10) {
        0..4 => None,
        4..7 => Some((0..count).map(|_| patch(rng, size)).collect::<Vec<_>>().into()),
        _ => random_windows(rng, columns, matches!(rule, BlockRule::Pool { .. })).map(Into::into),
    };
    BlockRecord { from, patches, rule }
}

/// Some windows over so many columns; of a pool none lies outside.
fn random_windows(rng: &mut ChaCha8Rng, columns: usize, is_pool: bool) -> Option<Windows> {
    let divisor = |rng: &mut ChaCha8Rng, number: usize| {
        *(1..=number).filter(|&side| number.is_multiple_of(side)).collect::<Vec<_>>().choose(rng).unwrap()
    };
    let channels = divisor(rng, columns);
    let height = divisor(rng, columns / channels);
    let side = |rng: &mut ChaCha8Rng| rng.random_range(1..=2);
    let windows = Windows {
        image: [channels, height, columns / channels / height],
        planes: rng.random(),
        kernel: [side(rng), side(rng)],
        stride: [side(rng), side(rng)],
        padding: [(); 4].map(|()| rng.random_range(0..=1)),
    };
    windows.positions()?;
    let inside = if is_pool {
        windows.of_pool().iter().all(|patch| !patch.is_empty())
    } else {
        windows.of_filters().iter().flatten().flatten().next().is_some()
    };
    inside.then_some(windows)
}

fn random_graph(rng: &mut ChaCha8Rng) -> GraphRecord {
    let inputs = rng.random_range(1..=3);
    let (mut widths, mut blocks) = (vec![inputs], vec![]);
    for _ in 0..rng.random_range(1..=3) {
        let block = random_block(rng, &widths);
        let blocks_so_far: Vec<BlockRecord> = blocks.iter().cloned().chain([block.clone()]).collect();
        let so_far = GraphRecord { inputs, blocks: blocks_so_far, skips: vec![[0, 0]], outputs: 1, bias: false };
        widths.push(Graph::read(&so_far, 1, &Limits::NONE).unwrap().blocks.last().unwrap().units());
        blocks.push(block);
    }
    let skip = |rng: &mut ChaCha8Rng| {
        let block = rng.random_range(0..widths.len());
        [block, rng.random_range(0..widths[block])]
    };
    let skips = (0..rng.random_range(1..=3)).map(|_| skip(rng)).collect();
    GraphRecord { inputs, blocks, skips, outputs: rng.random_range(1..=2), bias: rng.random() }
}

/// Whether a number is in (1 − s) start + s end ± radius.
fn is_in(level: &Level, i: usize, s: f64, value: f64, p: Precision) -> bool {
    let unit = 2f64.powi(i32::try_from(p.0).unwrap());
    let of = |number: &BigInt| number.to_f64().unwrap() / unit;
    let (start, end) = (of(&level.start[i]), level.end.as_ref().map_or(of(&level.start[i]), |end| of(&end[i])));
    let chord = start + s * (end - start);
    (chord - value).abs() <= of(&level.radius[i]) + TOLERANCE * (1. + value.abs())
}

/// Start, end and radius.
fn numbers(level: &Level) -> [Vec<BigInt>; 3] {
    [level.start.clone(), level.end.clone().unwrap_or_default(), level.radius.clone()]
}

/// A block that pools all of so many inputs.
fn pool_of_all(pool: Pool, inputs: usize) -> Block {
    Block { patches: vec![(0..inputs).map(|column| Some((0, column))).collect()], rule: Rule::Pool(pool) }
}

/// Few bits, with which a rounding in the wrong direction is seen, and many, with which all else is.
fn bits() -> impl Strategy<Value = u64> {
    prop_oneof![0..9u64, Just(40)]
}

/// Near to a kink, or not.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![-3. ..3f64, -0.1..0.1]
}

/// A piece of the line, and eighths of it.
fn piece() -> impl Strategy<Value = (u64, i64, f64)> {
    (0..4u64).prop_flat_map(|h| (Just(h), 0..1i64 << h, (0..=8u8).prop_map(|step| f64::from(step) / 8.)))
}

/// A line that leads at both ends by more than the errors is the largest throughout, with its own error; one that does not counts.
#[test]
fn a_line_that_leads_is_passed_through() {
    let integers = |numbers: [i64; 3]| numbers.map(BigInt::from).to_vec();
    let pool = |radius: [i64; 3]| {
        let level =
            Level { cols: 3, start: integers([9, 2, 1]), end: Some(integers([8, 3, 1])), radius: integers(radius) };
        let words = Words::through(
            &pool_of_all(Pool::Max, 3),
            &[&Words::of(&level).unwrap()],
            None,
            false,
            (Precision(0), Arithmetic::OWN),
        );
        let found = level.pool(Pool::Max);
        assert_eq!(numbers(&words.unwrap().into_level()), numbers(&found));
        numbers(&found).map(|number| number[0].to_i64().unwrap())
    };
    assert_eq!(pool([1, 4, 5]), [9, 8, 1]);
    assert_eq!(pool([1, 5, 5]), [9, 8, 5]);
    assert_eq!(pool([1, 4, 7]), [9, 8, 7]);
    assert_eq!(pool([2, 4, 4]), [9, 8, 4]);
}

/// Words answer for what is not large: else all would be left to integers of any length.
#[test]
fn words_answer_where_numbers_are_small() {
    let p = Precision(40);
    let answers = |seed: &u64| {
        let case = Case::random(*seed);
        let graph = Graph::read(&case.record, 2, &Limits::NONE).unwrap();
        let ends = [case.parameters(0), case.parameters(1)];
        let inputs = Level::at(p, &case.inputs.matrix());
        let tube = Tube::<Words>::new(&graph, &inputs, (&ends[0], &ends[1]), (p, Arithmetic::OWN));
        tube.is_some_and(|tube| tube.output(&1.into(), 3).is_some())
    };
    let answered = (0..1000).filter(answers).count();
    assert!(answered > 900, "{answered}");
}

/// Between two numbers whose distance has a square below a unit, a softplus that is all but a kink sags by many.
#[test]
fn a_sharp_bend_sags_between_near_numbers() {
    let record = SmoothRecord::Softplus { gamma: fraction("1000") }.into();
    let sigma = Sigma::read(&record, &Limits::NONE).unwrap();
    for (start, end) in (-16..=0).flat_map(|start| (0..=16).map(move |end| (start, end))) {
        let integer = |number: i32| vec![BigInt::from(number)];
        let level = Level { cols: 1, start: integer(start), end: Some(integer(end)), radius: integer(0) };
        let level = level.activate(&sigma, Precision(8));
        for s in (0..=8).map(|step| f64::from(step) / 8.) {
            let image = value(&record, (f64::from(start) + s * f64::from(end - start)) / 256.);
            assert!(is_in(&level, 0, s, image, Precision(8)), "{start} {end} {s}: {image} {level:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 6000, ..ProptestConfig::default() })]

    #[test]
    fn the_tube_contains_the_output(seed: u64, bits in bits(), (h, i, s) in piece()) {
        let (case, p) = (Case::random(seed), Precision(bits));
        let graph = Graph::read(&case.record, 2, &Limits::NONE).unwrap();
        let ends = [case.parameters(0), case.parameters(1)];
        let inputs = Level::at(p, &case.inputs.matrix());
        let long: Tube<Level> = Tube::new(&graph, &inputs, (&ends[0], &ends[1]), (p, Arithmetic::OWN)).unwrap();
        let level = long.output(&i.into(), h).unwrap();
        let words = Tube::<Words>::new(&graph, &inputs, (&ends[0], &ends[1]), (p, Arithmetic::OWN));
        if let Some(words) = words.and_then(|words| words.output(&i.into(), h)) {
            prop_assert_eq!(numbers(&words), numbers(&level));
        }
        let lambda = (i as f64 + s) / 2f64.powi(h as i32);
        for (entry, value) in case.output(lambda).into_iter().enumerate() {
            prop_assert!(is_in(&level, entry, s, value, p), "{case:?} entry {entry} at {lambda}: {value}, {level:?}");
        }
        // What the limits suppose of the length of the integers is so.
        let longest = graph.longest(&case.inputs.matrix(), [&ends[0], &ends[1]]) + bits;
        let numbers = level.start.iter().chain(level.end.iter().flatten()).chain(&level.radius);
        prop_assert!(numbers.map(BigInt::bits).all(|bits| bits <= longest));
    }

    /// Whatever the radius: σ of all that is in a chord is in the new one.
    #[test]
    fn an_activation_keeps_all_of_a_chord(
        kind in 0..12usize, bits in prop_oneof![0..9u64, Just(20)], start in number(), change in number(),
        radius in prop_oneof![Just(0f64), 0. ..1f64], s in 0..=8u8, side in -4..=4i8,
    ) {
        let (record, p) = (&activations()[kind], Precision(bits));
        let unit = 2f64.powi(bits as i32);
        let [start, end, radius] = [start, start + change, radius].map(|number| (number * unit).round());
        let (s, side) = (f64::from(s) / 8., f64::from(side) / 4.);
        let image = value(record, (start + s * (end - start) + side * radius) / unit);
        let integer = |number: f64| vec![BigInt::from(number as i64)];
        let level = Level { cols: 1, start: integer(start), end: Some(integer(end)), radius: integer(radius) };
        let sigma = Sigma::read(record, &Limits::NONE).unwrap();
        let words = Words::of(&level).unwrap().activated(&sigma, p).unwrap().into_level();
        let level = level.activate(&sigma, p);
        prop_assert_eq!(numbers(&words), numbers(&level));
        prop_assert!(is_in(&level, 0, s, image, p), "{record:?} {image} {level:?}");
    }

    /// F W + b for whatever is in two levels and in a row.
    #[test]
    fn a_product_keeps_all_of_its_factors(
        entries in prop::collection::vec((-40..40i64, -40..40i64, 0..9i64, -1..=1i8), 5), moves: [bool; 3],
        exact: [bool; 3], bits in 0..5u64, s in 0..=8u8,
    ) {
        let (p, s) = (Precision(bits), f64::from(s) / 8.);
        // Of F, W and b in turn.
        let level = |cols: usize, at: std::ops::Range<usize>, part: usize| {
            let entries = &entries[at];
            let column = |pick: fn(&(i64, i64, i64, i8)) -> i64| entries.iter().map(|entry| pick(entry).into()).collect();
            let radius = if exact[part] { vec![BigInt::ZERO; entries.len()] } else { column(|entry| entry.2) };
            Level { cols, start: column(|entry| entry.0), end: moves[part].then(|| column(|entry| entry.1)), radius }
        };
        let within = |i: usize, part: usize| {
            let (a, b, radius, side) = entries[i];
            let change = if moves[part] { s * (b - a) as f64 } else { 0. };
            let error = if exact[part] { 0. } else { f64::from(side) * radius as f64 };
            (a as f64 + change + error) / 2f64.powi(bits as i32)
        };
        let value = within(0, 0) * within(2, 1) + within(1, 0) * within(3, 1) + within(4, 2);
        let product = level(2, 0..2, 0).times(&level(1, 2..4, 1), p, Arithmetic::OWN).plus_row(&level(1, 4..5, 2));
        prop_assert!(is_in(&product, 0, s, value, p), "{value} {product:?}");
        let [features, weight] = [level(2, 0..2, 0), level(1, 2..4, 1)].map(|level| Words::of(&level).unwrap());
        let words = features.by(&weight, p, Arithmetic::OWN).unwrap().into_level();
        prop_assert_eq!(numbers(&words.plus_row(&level(1, 4..5, 2))), numbers(&product));
    }

    /// At the edge of machine words there is no answer, or the one of integers of any length.
    #[test]
    fn words_are_right_or_silent(
        entries in prop::collection::vec((any::<i64>(), any::<i64>(), any::<i64>(), 0..63u32), 6), bits in 0..=60u64,
        kind in 0..12usize, moves: [bool; 2],
    ) {
        let p = Precision(bits);
        let level = |cols: usize, at: std::ops::Range<usize>, moves: bool| {
            let entries = &entries[at];
            let column = |pick: fn(&(i64, i64, i64, u32)) -> i64| {
                entries.iter().map(|entry| BigInt::from(pick(entry) >> (1 + entry.3))).collect::<Vec<_>>()
            };
            let radius = column(|entry| entry.2 & i64::MAX);
            Level { cols, start: column(|entry| entry.0), end: moves.then(|| column(|entry| entry.1)), radius }
        };
        let (features, weight) = (level(3, 0..3, moves[0]), level(1, 3..6, moves[1]));
        let (Some(short), Some(factor)) = (Words::of(&features), Words::of(&weight)) else { return Ok(()) };
        if let Some(product) = short.by(&factor, p, Arithmetic::OWN) {
            let long = features.times(&weight, p, Arithmetic::OWN);
            prop_assert_eq!(numbers(&product.into_level()), numbers(&long));
        }
        let sigma = Sigma::read(&activations()[kind], &Limits::NONE).unwrap();
        if let Some(values) = short.clone().activated(&sigma, p) {
            prop_assert_eq!(numbers(&values.into_level()), numbers(&features.clone().activate(&sigma, p)));
        }
        for pool in [Pool::Max, Pool::Sum, Pool::Mean] {
            if let Some(words) = Words::through(&pool_of_all(pool, 3), &[&short], None, false, (p, Arithmetic::OWN)) {
                prop_assert_eq!(numbers(&words.into_level()), numbers(&features.pool(pool)));
            }
        }
        if let Some(words) = short.on(&5.into(), 3) {
            prop_assert_eq!(numbers(&words.into_level()), numbers(&features.on(&5.into(), 3)));
        }
    }

    /// A straight entry, at any number of bits.
    #[test]
    fn a_line_keeps_its_entries(
        den in 1..30i64, from in -60..60i64, to in -60..60i64, bits in 0..4u64, (h, i, s) in piece(),
    ) {
        let [start, end] = [from, to].map(|number| Numbers { shape: (1, 1), den, num: vec![number] });
        let line = Level::between(Precision(bits), &start.matrix(), &end.matrix()).on(&i.into(), h);
        let lambda = (i as f64 + s) / 2f64.powi(h as i32);
        let value = start.double(0, 0) * (1. - lambda) + end.double(0, 0) * lambda;
        prop_assert!(is_in(&line, 0, s, value, Precision(bits)), "{value} {line:?}");
        let words = Words::of(&Level::between(Precision(bits), &start.matrix(), &end.matrix())).unwrap();
        prop_assert_eq!(numbers(&words.on(&i.into(), h).unwrap().into_level()), numbers(&line));
    }

    /// The largest entry sags below its chord; a mean is rounded.
    #[test]
    fn a_pool_keeps_all_of_its_chords(
        entries in prop::collection::vec((-9..9i64, -9..9i64, 0..4i64, -4..=4i8), 1..4), s in 0..=8u8,
    ) {
        let column = |pick: fn(&(i64, i64, i64, i8)) -> i64| entries.iter().map(|entry| pick(entry).into()).collect();
        let (start, end, radius) = (column(|entry| entry.0), column(|entry| entry.1), column(|entry| entry.2));
        let level = Level { cols: entries.len(), start, end: Some(end), radius };
        let s = f64::from(s) / 8.;
        let within = |&(a, b, radius, side): &(i64, i64, i64, i8)| {
            a as f64 + s * (b - a) as f64 + f64::from(side) / 4. * radius as f64
        };
        let patch: Vec<f64> = entries.iter().map(within).collect();
        let words = Words::of(&level).unwrap();
        for pool in [Pool::Max, Pool::Sum, Pool::Mean] {
            let found = level.pool(pool);
            prop_assert!(is_in(&found, 0, s, pooled(pool, &patch), Precision(0)), "{pool:?} {found:?}");
            let words = Words::through(&pool_of_all(pool, patch.len()), &[&words], None, false, (Precision(0), Arithmetic::OWN));
            prop_assert_eq!(numbers(&words.unwrap().into_level()), numbers(&found));
        }
    }
}

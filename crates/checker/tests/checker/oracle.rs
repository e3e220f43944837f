//! A naive second opinion on accepted certificates: networks in plain fractions, at random points of the path.

use crate::build::*;
use crate::{
    certificate::{
        ActivationRecord, Claim, Criterion, FollowRecord, Fraction, Layer, Layers, LossRecord, Matrix, ProblemRecord,
        Reader, Record,
    },
    checker::{Rejection, Rule, Verdict},
};
use num_bigint::BigInt;
use num_traits::{One, Signed, ToPrimitive, Zero};
use rand::{Rng, SeedableRng};
use std::collections::BTreeMap;
use sublevel_checker::Rational;

type Number = Rational;
type Rows = Vec<Vec<Number>>;

/// Weight and bias of each layer.
type Network = Vec<(Rows, Vec<Number>)>;

fn number(fraction: &Fraction) -> Number {
    fraction.as_str().parse().unwrap()
}

fn rows(matrix: &Matrix) -> Rows {
    let entry = |entry: &crate::certificate::Integer| {
        Number::new(entry.as_str().parse().unwrap(), matrix.den.as_str().parse().unwrap())
    };
    matrix.num.iter().map(|row| row.iter().map(entry).collect()).collect()
}

fn product(left: &Rows, right: &Rows) -> Rows {
    let columns = right.first().map_or(0, Vec::len);
    let dot = |row: &Vec<Number>, j: usize| row.iter().zip(right).map(|(a, b)| a * &b[j]).sum();
    left.iter().map(|row| (0..columns).map(|j| dot(row, j)).collect()).collect()
}

fn zip(left: &Rows, right: &Rows, operation: impl Fn(&Number, &Number) -> Number) -> Rows {
    let row = |(a, b): (&Vec<Number>, &Vec<Number>)| a.iter().zip(b).map(|(a, b)| operation(a, b)).collect();
    left.iter().zip(right).map(row).collect()
}

/// from + λ (to − from).
fn between(from: &Rows, to: &Rows, lambda: &Number) -> Rows {
    zip(from, to, |from, to| from + (to - from) * lambda)
}

/// σ(x), walking from the first breakpoint to x.
fn sigma(activation: &ActivationRecord, x: &Number) -> Number {
    let breakpoints: Vec<Number> = activation.breakpoints.iter().map(number).collect();
    let slopes: Vec<Number> = activation.slopes.iter().map(number).collect();
    let (mut at, mut value) = (breakpoints[0].clone(), number(&activation.value));
    if *x <= at {
        return value + (x - at) * &slopes[0];
    }
    for (index, slope) in slopes[1..].iter().enumerate() {
        let to = breakpoints.get(index + 1).filter(|next| *next < x).unwrap_or(x).clone();
        value += (&to - &at) * slope;
        at = to;
    }
    value
}

/// The x with σ(x) = y, for strictly monotone σ: bracketed by a piece, then solved on it.
fn sigma_inverse(activation: &ActivationRecord, y: &Number) -> Number {
    let breakpoints: Vec<Number> = activation.breakpoints.iter().map(number).collect();
    let slopes: Vec<Number> = activation.slopes.iter().map(number).collect();
    for (index, slope) in slopes.iter().enumerate() {
        let anchor = &breakpoints[index.saturating_sub(1).min(breakpoints.len() - 1)];
        let x = anchor + (y - sigma(activation, anchor)) / slope;
        if sigma(activation, &x) == *y {
            return x;
        }
    }
    panic!("not monotone and onto")
}

/// P_1, …, P_L.
fn forward(problem: &ProblemRecord, network: &Network) -> Vec<Rows> {
    let mut features = rows(&problem.inputs);
    let mut pre = vec![];
    for (weight, bias) in network {
        let mut sums = product(&features, weight);
        sums.iter_mut().for_each(|row| row.iter_mut().zip(bias).for_each(|(sum, bias)| *sum += bias));
        features = sums.iter().map(|row| row.iter().map(|x| sigma(&problem.activation, x)).collect()).collect();
        pre.push(sums);
    }
    pre
}

fn output(problem: &ProblemRecord, network: &Network) -> Rows {
    forward(problem, network).pop().unwrap()
}

/// The network that reaches the given layers at λ = 1.
fn moved(network: &Network, layers: &Layers, lambda: &Number) -> Network {
    let mut network = network.clone();
    for (k, layer) in layers {
        let (weight, bias) = &mut network[k - 1];
        if let Some(to) = &layer.weight {
            *weight = between(weight, &rows(to), lambda);
        }
        if let Some(to) = &layer.bias {
            *bias = between(&vec![bias.clone()], &rows(to), lambda).remove(0);
        }
    }
    network
}

/// The network θ + λ δ.
fn shot(network: &Network, layers: &Layers, lambda: &Number) -> Network {
    let mut network = network.clone();
    for (k, layer) in layers {
        let add = |from: &Rows, to: &Rows| zip(from, to, |from, to| from + to * lambda);
        let (weight, bias) = &mut network[k - 1];
        if let Some(to) = &layer.weight {
            *weight = add(weight, &rows(to));
        }
        if let Some(to) = &layer.bias {
            *bias = add(&vec![bias.clone()], &rows(to)).remove(0);
        }
    }
    network
}

/// The network whose layer k is multiplied with s, and the weight of layer k + 1 with 1/s.
fn rescaled(network: &Network, k: usize, s: &Number) -> Network {
    let mut network = network.clone();
    let (weight, bias) = &mut network[k - 1];
    weight.iter_mut().flatten().chain(bias).for_each(|entry| *entry *= s);
    network[k].0.iter_mut().flatten().for_each(|entry| *entry = &*entry / s);
    network
}

/// The formulas of Lemma 3.3 at λ, followed to the letter.
fn followed(
    problem: &ProblemRecord,
    network: &Network,
    inverses: &Inverses,
    follow: &FollowRecord,
    lambda: &Number,
) -> Network {
    let depth = network.len();
    let pre = forward(problem, network);
    let image = |rows: &Rows| -> Rows {
        rows.iter().map(|row| row.iter().map(|x| sigma(&problem.activation, x)).collect()).collect()
    };
    let preimage = |rows: &Rows| -> Rows {
        rows.iter().map(|row| row.iter().map(|y| sigma_inverse(&problem.activation, y)).collect()).collect()
    };
    let features = |k: usize| if k == depth { pre[k - 1].clone() } else { image(&pre[k - 1]) };
    let mut level = between(&features(follow.level), &rows(&follow.output), lambda);
    let mut network = moved(network, &follow.layers, lambda);
    for l in (follow.first..=follow.level).rev() {
        let reached = if l == depth { level.clone() } else { preimage(&level) };
        let step = zip(&reached, &pre[l - 1], |to, from| to - from);
        if l > follow.first {
            level = zip(&features(l - 1), &product(&step, &inverses.left[&l]), |a, b| a + b);
        } else {
            let mut update = product(inverses.right.as_ref().unwrap(), &step);
            let (weight, bias) = &mut network[l - 1];
            let bias_step = update.pop().unwrap();
            *weight = zip(weight, &update, |a, b| a + b);
            bias.iter_mut().zip(bias_step).for_each(|(bias, step)| *bias += step);
        }
    }
    network
}

#[derive(Default)]
struct Inverses {
    right: Option<Rows>,
    left: BTreeMap<usize, Rows>,
}

impl Inverses {
    /// Those that a follow gives.
    fn remember(&mut self, record: &Record) {
        if let Record::Follow(follow) = record {
            self.right = follow.right_inverse.as_ref().map(rows).or(self.right.take());
            self.left.extend(follow.left_inverses.iter().map(|(l, matrix)| (*l, rows(matrix))));
        }
    }
}

/// Whether t with middle = from + t (to − from) exists in [0, 1], by looking at every entry.
fn on_segment(from: &Rows, middle: &Rows, to: &Rows) -> bool {
    let entries = || from.iter().flatten().zip(middle.iter().flatten()).zip(to.iter().flatten());
    let candidate =
        entries().find(|((from, _), to)| from != to).map(|((from, middle), to)| (middle - from) / (to - from));
    let t = candidate.unwrap_or_else(Number::zero);
    !t.is_negative() && t <= Number::one() && entries().all(|((from, middle), to)| *middle == from + &t * (to - from))
}

/// Weight and bias of a layer that is given as a whole.
fn parts(layer: &Layer) -> (Rows, Vec<Number>) {
    (rows(layer.weight.as_ref().unwrap()), rows(layer.bias.as_ref().unwrap()).remove(0))
}

/// Goes along a path of lines, follows and a ray or a rescale, and looks at `points` random points of each move: is the output on
/// the chord, and at the end, was every vertex on the segment? Says what is wrong.
pub fn second_opinion(text: &str, points: usize, seed: u64) -> Result<(), String> {
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    let mut reader = Reader::new(text.as_bytes());
    let Some(Record::Problem(problem)) = reader.next_record().unwrap() else { panic!() };
    let Some(Record::Start { layers }) = reader.next_record().unwrap() else { panic!() };
    let mut network: Network = layers.values().map(parts).collect();
    let mut inverses = Inverses::default();
    let mut vertices = vec![output(&problem, &network)];
    for number in 3.. {
        let record = reader.next_record().unwrap().unwrap();
        inverses.remember(&record);
        let at = |lambda: &Number| match &record {
            Record::Line { layers } => Some(moved(&network, layers, lambda)),
            Record::Follow(follow) => Some(followed(&problem, &network, &inverses, follow, lambda)),
            Record::Ray { layers } => Some(shot(&network, layers, lambda)),
            Record::Rescale { layer } => Some(rescaled(&network, *layer, &(lambda + Number::one()))),
            _ => None,
        };
        let Some(end) = at(&Number::one()) else { break };
        let (from, to) = (vertices[vertices.len() - 1].clone(), output(&problem, &end));
        for _ in 0..points {
            let lambda = match &record {
                Record::Ray { .. } | Record::Rescale { .. } => {
                    Number::new(random.random_range(0..10_000).into(), random.random_range(1..50).into())
                }
                _ => Number::new(random.random_range(1..1000).into(), 1000.into()),
            };
            if output(&problem, &at(&lambda).unwrap()) != between(&from, &to, &lambda) {
                return Err(format!("record {number}: the output is off the chord at λ = {lambda}"));
            }
        }
        vertices.push(to);
        network = end;
    }
    let (first, last) = (&vertices[0], &vertices[vertices.len() - 1]);
    match vertices.iter().position(|vertex| !on_segment(first, vertex, last)) {
        Some(vertex) => Err(format!("vertex {vertex} is off the segment")),
        None if problem.claim == Claim::Unbounded && first != last => Err("the output moves".into()),
        None => Ok(()),
    }
}

/// ½‖F − Y‖² at 65 places of every move of a path of lines and follows, and just after and before its vertices.
pub fn square_losses(text: &str) -> Vec<Number> {
    let mut reader = Reader::new(text.as_bytes());
    let Some(Record::Problem(problem)) = reader.next_record().unwrap() else { panic!() };
    let Some(Record::Start { layers }) = reader.next_record().unwrap() else { panic!() };
    let Some(Criterion::Square { targets }) = problem.loss.as_ref().map(|loss| loss.criterion.clone()) else {
        panic!()
    };
    let targets = rows(&targets);
    let loss = |network: &Network| {
        let residual = zip(&output(&problem, network), &targets, |f, y| f - y);
        residual.iter().flatten().map(|r| r * r).sum::<Number>() / Number::from(BigInt::from(2))
    };
    let mut network: Network = layers.values().map(parts).collect();
    let mut inverses = Inverses::default();
    let mut losses = vec![loss(&network)];
    let near = Number::new(1.into(), BigInt::one() << 40);
    let mut places: Vec<Number> = (1..=64).map(|k| Number::new(k.into(), 64.into())).collect();
    places.extend([near.clone(), Number::one() - near]);
    places.sort();
    while let Some(record) = reader.next_record().unwrap() {
        inverses.remember(&record);
        let at = |lambda: &Number| match &record {
            Record::Line { layers } => Some(moved(&network, layers, lambda)),
            Record::Follow(follow) => Some(followed(&problem, &network, &inverses, follow, lambda)),
            _ => None,
        };
        let Some(end) = at(&Number::one()) else { break };
        losses.extend(places.iter().map(|lambda| loss(&at(lambda).unwrap())));
        network = end;
    }
    losses
}

/// Random small moves: where a loss falls strictly by the checker it falls from place to place; where it does not, some place
/// is as high as one before it.
#[test]
fn random_moves_fall_alike() {
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(16);
    let (mut bent, mut straight, mut refused) = (0, 0, 0);
    for _ in 0..1200 {
        let sheet = random_sheet(&mut random, 1);
        let (rows, cols) = (sheet.problem.inputs.rows, *sheet.problem.widths.last().unwrap());
        let num = (0..rows).map(|_| (0..cols).map(|_| integer(random.random_range(-9..=9))).collect()).collect();
        let targets = Matrix::new(rows, cols, integer(1), num).unwrap();
        let sheet = sheet.claim(Claim::StrictlyDescends).loss(Criterion::Square { targets });
        let losses = square_losses(&sheet.text());
        let falls = losses.windows(2).all(|pair| pair[1] < pair[0]);
        match sheet.verdict() {
            Verdict::Valid(_) => {
                assert!(falls, "{}", sheet.text());
                let is_straight = sheet.clone().claim(Claim::Descends).verdict();
                *(if matches!(is_straight, Verdict::Valid(_)) { &mut straight } else { &mut bent }) += 1;
            }
            Verdict::Invalid { rejection: Rejection::LossDoesNotFall | Rejection::LossRests, .. } => {
                refused += 1;
                assert!(!falls, "{}", sheet.text());
            }
            Verdict::Incomplete { .. } => {}
            other => panic!("{other}\n{}", sheet.text()),
        }
    }
    assert!(straight > 20 && bent > 20 && refused > 100, "{straight} {bent} {refused}");
}

#[test]
fn accepted_certificates_stand_the_second_opinion() {
    for (name, path) in crate::vectors() {
        if name.starts_with("valid-") {
            assert_eq!(second_opinion(&std::fs::read_to_string(path).unwrap(), 4, 1), Ok(()), "{name}");
        }
    }
}

/// The opinion is worth something: it finds what is wrong with those vectors whose numbers are wrong.
#[test]
fn the_second_opinion_finds_what_is_wrong() {
    for (name, expected) in [
        ("invalid-line-degree-two", "record 3: the output is off the chord"),
        ("invalid-line-equal-ends-only", "record 3: the output is off the chord"),
        ("invalid-line-output-bends", "record 3: the output is off the chord"),
        // Straight, but away.
        ("invalid-follow-changes-output", "vertex 1 is off the segment"),
        ("invalid-follow-left-inverse", "record 3: the output is off the chord"),
        ("invalid-follow-right-inverse", "record 3: the output is off the chord"),
        ("invalid-ray-live-neuron", "the output moves"),
        ("invalid-ray-relu-turns-on", "record 3: the output is off the chord"),
        ("invalid-rescale-breakpoint", "record 3: the output is off the chord"),
        ("invalid-rescale-value", "record 3: the output is off the chord"),
    ] {
        let path = crate::vectors().into_iter().find(|(found, _)| found == name).unwrap().1;
        let found = second_opinion(&std::fs::read_to_string(path).unwrap(), 20, 2).unwrap_err();
        assert!(found.starts_with(expected), "{name}: {found}");
    }
}

/// Random small moves on random small networks, alive and dead, straight and curved: what the checker accepts, the second
/// opinion confirms; what it refuses as bent, the second opinion sees bent.
#[test]
fn random_moves_are_judged_alike() {
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(6);
    let (mut accepted, mut refused) = ([0; 3], [0; 3]);
    for seed in 0..1500 {
        let mut sheet = random_sheet(&mut random, 1);
        let hidden = sheet.start.len() - 1;
        let is_ray = random.random_range(0..4) == 0;
        if is_ray {
            let Record::Line { layers } = sheet.moves.remove(0) else { panic!() };
            sheet.moves = vec![Record::Ray { layers }];
            sheet = sheet.claim(Claim::Unbounded);
        }
        let opinion = second_opinion(&sheet.text(), 25, seed);
        match sheet.verdict() {
            Verdict::Valid(_) => {
                accepted[hidden - 1] += 1;
                assert_eq!(opinion, Ok(()), "{}", sheet.text());
            }
            Verdict::Invalid { rejection: Rejection::OutputBends, .. } => {
                refused[hidden - 1] += 1;
                assert!(opinion.is_err(), "{}", sheet.text());
            }
            Verdict::Incomplete { .. } => {}
            // The rule of rays asks for more than it has to.
            Verdict::Invalid { rule: Rule::Ray, .. } if is_ray => {}
            other => panic!("{other}\n{}", sheet.text()),
        }
    }
    assert!(accepted.iter().chain(&refused).all(|count| *count > 50), "{accepted:?} accepted, {refused:?} refused");
}

/// Every layer of random small networks rescaled: what the checker accepts, the second opinion confirms; where it refuses
/// σ, rescaling some network moves the output.
#[test]
fn random_rescales_are_judged_alike() {
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(8);
    let (mut accepted, mut seen) = (0, [0; 2]);
    for seed in 0..600 {
        let mut sheet = random_sheet(&mut random, 2).claim(Claim::Unbounded);
        let layer = random.random_range(1..sheet.start.len());
        (sheet.moves, sheet.problem.rescales) = (vec![rescale(layer)], true);
        let opinion = second_opinion(&sheet.text(), 5, seed);
        match sheet.verdict() {
            Verdict::Valid(_) => {
                accepted += 1;
                assert_eq!(opinion, Ok(()), "{}", sheet.text());
            }
            Verdict::Invalid { rejection: Rejection::RescalesZero { .. }, .. } => assert_eq!(opinion, Ok(())),
            Verdict::Invalid { rejection: Rejection::BendsOffZero { .. }, .. } => {
                seen[0] += usize::from(opinion.is_err())
            }
            Verdict::Invalid { rejection: Rejection::ValueAtZero { .. }, .. } => {
                seen[1] += usize::from(opinion.is_err())
            }
            other => panic!("{other}\n{}", sheet.text()),
        }
    }
    assert!(accepted > 100 && seen.iter().all(|count| *count > 30), "{accepted} accepted, {seen:?} seen to move");
}

/// One to three hidden layers of up to three neurons and one line, numbers from −2 to 2 of which many are 0 or equal;
/// slopes of both signs, equal ones, zeros.
fn random_sheet(random: &mut rand_chacha::ChaCha8Rng, outputs: usize) -> Sheet {
    let hidden = random.random_range(1..=3);
    let mut widths = vec![1];
    widths.extend((0..hidden).map(|_| random.random_range(1..=3)));
    widths.push(outputs);
    let mut table = |rows: usize, cols: usize| {
        let mut number = || integer(random.random_range(-2..=2) * random.random_range(0..=1));
        let num = (0..rows).map(|_| (0..cols).map(|_| number()).collect()).collect();
        Matrix::new(rows, cols, integer(1), num).unwrap()
    };
    let mut network = || -> Layers {
        let layer = |k: usize| Layer {
            weight: Some(table(widths[k - 1], widths[k])),
            bias: Some(table(1, widths[k])),
            ..Layer::default()
        };
        (1..widths.len()).map(layer).zip(1..).map(|(layer, k)| (k, layer)).collect()
    };
    let (start, mut targets) = (network(), network());
    let mask = random.random_range(1..1 << targets.len());
    targets.retain(|k, _| mask >> (k - 1) & 1 == 1);
    let activations = [
        relu(),
        leaky(),
        activation(&["-1", "1"], &["0", "1", "0"], "-1"),
        activation(&["0"], &["-1", "-1/3"], "1"),
        activation(&["-1", "0", "1"], &["-1", "1/2", "1/2", "2"], "1/2"),
    ];
    let activation = activations[random.random_range(0..activations.len())].clone();
    let (claim, statement) = (Claim::Connected, "test".into());
    let inputs = matrix(&[[-1], [1], [2]]);
    let (loss, equal_inputs, rescales, columns) = (None, false, false, false);
    let problem = ProblemRecord {
        claim,
        statement,
        widths,
        activation,
        inputs,
        loss,
        equal_inputs,
        rescales,
        columns,
        pieces: false,
    };
    Sheet { problem, start, moves: vec![Record::Line { layers: targets }] }
}

fn whole(number: usize) -> Number {
    Number::from(BigInt::from(number))
}

/// The loss of an output; of the cross-entropies its double.
pub fn loss_of(loss: &LossRecord, output: &Rows) -> Number {
    let float = |number: f64| Number::from(num_rational::BigRational::from_float(number).unwrap());
    let doubles = |row: &[Number]| -> Vec<f64> { row.iter().map(|entry| entry.ratio().to_f64().unwrap()).collect() };
    let log_sum_exp = |row: &[f64]| {
        let largest = row.iter().copied().fold(f64::MIN, f64::max);
        largest + row.iter().map(|entry| (entry - largest).exp()).sum::<f64>().ln()
    };
    let squares = |row: &[Number], targets: &Matrix, sample: usize| -> Number {
        row.iter().zip(&rows(targets)[sample]).map(|(entry, target)| (entry - target) * (entry - target)).sum()
    };
    let term = |(sample, row): (usize, &Vec<Number>)| match &loss.criterion {
        Criterion::Square { targets } => squares(row, targets, sample) / whole(2),
        Criterion::MeanSquare { targets } => squares(row, targets, sample) / whole(row.len()),
        Criterion::Hinge { labels } => {
            let right = &row[labels[sample]];
            let others = row.iter().enumerate().filter(|(j, _)| *j != labels[sample]);
            let margins = others.map(|(_, entry)| entry - right + Number::one());
            margins.max().unwrap_or_else(Number::zero).max(Number::zero())
        }
        Criterion::CrossEntropy { labels } => {
            float(log_sum_exp(&doubles(row)) - row[labels[sample]].ratio().to_f64().unwrap())
        }
        Criterion::SoftCrossEntropy { targets } => {
            let (row, targets) = (doubles(row), doubles(&rows(targets)[sample]));
            float(row.iter().zip(&targets).map(|(entry, target)| target * (log_sum_exp(&row) - entry)).sum())
        }
        Criterion::BinaryCrossEntropy { targets } => {
            let entries = doubles(row).into_iter().zip(doubles(&rows(targets)[sample]));
            let sum: f64 = entries.map(|(entry, target)| log_sum_exp(&[0.0, entry]) - target * entry).sum();
            float(sum) / whole(row.len())
        }
    };
    let weights = match &loss.weights {
        Some(weights) => rows(weights).concat(),
        None => vec![Number::one(); output.len()],
    };
    let sum: Number = output.iter().enumerate().map(term).zip(&weights).map(|(term, weight)| term * weight).sum();
    let is_sum = matches!(loss.criterion, Criterion::Square { .. });
    if is_sum { sum } else { sum / weights.iter().sum::<Number>() }
}

/// Where a bound on the loss is accepted, it holds at random points; where it is refused, it is wrong somewhere.
#[test]
fn bounds_hold_at_random_points() {
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(60);
    let labels = || vec![0, 1, 1];
    let any = matrix(&[[1, 0], [0, 2], [-1, 1]]);
    let shares = over(5, &[[1, 4], [0, 5], [3, 1]]);
    let criteria = [
        Criterion::Square { targets: any.clone() },
        Criterion::Hinge { labels: labels() },
        Criterion::CrossEntropy { labels: labels() },
        Criterion::MeanSquare { targets: any },
        Criterion::SoftCrossEntropy { targets: over(5, &[[1, 4], [0, 7], [3, 1]]) },
        Criterion::BinaryCrossEntropy { targets: shares },
    ];
    let weights = over(7, &[[3], [0], [8]]);
    let weighted = criteria.clone().map(|criterion| LossRecord { criterion, weights: Some(weights.clone()) });
    let losses = criteria.map(LossRecord::from).into_iter().chain(weighted);
    // Doubles are good to more than this.
    let room = Number::new(1.into(), 1_000_000_000.into());
    for loss in losses {
        let mut answers = [0; 3];
        for _ in 0..90 {
            let mut sheet = random_sheet(&mut random, 2).loss(loss.clone()).claim(Claim::Descends);
            let Record::Line { layers } = sheet.moves.remove(0) else { panic!() };
            let network: Network = sheet.start.values().map(parts).collect();
            let at = |lambda: Number| loss_of(&loss, &output(&sheet.problem, &moved(&network, &layers, &lambda)));
            let sampled: Vec<Number> = (0..=48).map(|i| at(Number::new(i.into(), 48.into()))).collect();
            // Above and below the largest of these.
            let part = Number::new(random.random_range(1..20).into(), 10.into());
            let bound = sampled.iter().max().unwrap() * part + Number::new(1.into(), 100.into());
            // A text that is not too long.
            let bound = -(-bound * whole(1000)).floor() / whole(1000);
            sheet.moves = vec![Record::Bounded { layers, bound: fraction(&bound.to_string()), pieces: None }];
            match sheet.verdict() {
                Verdict::Invalid { rule: Rule::Bounded, rejection, .. } => {
                    answers[0] += 1;
                    assert_eq!(rejection, Rejection::AboveBound);
                    assert!(sampled.iter().any(|loss| loss + &room > bound), "{}", sheet.text());
                }
                Verdict::Incomplete { .. } => answers[1] += 1,
                // Whatever becomes of the claim as a whole, the move was accepted.
                _ => {
                    answers[2] += 1;
                    assert!(sampled.iter().all(|loss| *loss <= &bound + &room), "{}", sheet.text());
                }
            }
        }
        assert!(answers[0] > 15 && answers[2] > 15, "{answers:?}: {loss:?}");
    }
}

//! Certificates changed in one place: the checker refuses each of them, or what it proves is still true.
//!
//! A certificate of every kind of move is built, and one thing is changed: a number, a key, or the order of the records.
//! What the checker still accepts has to have the same statement, and is walked once more with the arithmetic of the
//! constructions: the ends are those of the instance, and at points of every move the output or the loss is where the
//! statement says.

use super::fate::Mutants;
use super::prove::{Proof, certificate};
use super::statement::{Refusal, words};
use super::{Draw, Instance, Setup, Twist};
use crate::barrier::{Budget, Task, barrier};
use crate::certificate::{Claim, Reader};
use crate::checker::{self, Conclusion, Descent, Expected, Statement, Verdict};
use crate::linalg::Exact;
use crate::network::{Parameters, forward};
use crate::path::{Change, Move, OnMove, Path, changes_between, interpolate, read_path};
use crate::statement::{
    Goal, Hypothesis, Obstacle, descend, escape, expected, independent_data, path_certificate, rescaling, wide_layers,
};
use nalgebra::DMatrix;
use rand::seq::IteratorRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rug::{Integer, Rational};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::mem::discriminant;
use std::sync::Arc;

/// How many mutants are made of one certificate.
const MUTANTS: usize = 64;

/// The kinds of records, in the order of a file.
pub const RECORDS: [&str; 10] =
    ["problem", "graph", "object", "start", "line", "follow", "ray", "rescale", "bounded", "end"];

/// A certificate that is valid, and what it is about.
struct Original {
    instance: Instance,
    to: Option<Parameters<Rational>>,
    expected: Expected,
    lines: Vec<Value>,
    statement: Statement,
}

impl Original {
    fn new(instance: Instance, claim: Claim, path: &Path<Rational>) -> Result<Self, String> {
        let to = (claim != Claim::Unbounded).then(|| path.end());
        // Without a loss there is one statement only: that for every convex loss.
        let loss = Some(&instance.loss).filter(|_| !matches!(claim, Claim::Connected | Claim::Unbounded));
        let expected = expected(&instance.problem, loss, &instance.from, to.as_ref());
        let text = String::from_utf8(path_certificate(&instance.problem, claim, "suite", loss, path)).map_err(words)?;
        let lines: Vec<Value> = text.lines().map(serde_json::from_str).collect::<Result<_, _>>().map_err(words)?;
        match checker::check(Reader::new(&*to_bytes(&lines)), &expected, &mut |_| {}) {
            Verdict::Valid(statement) => Ok(Self { instance, to, expected, lines, statement: *statement }),
            refused => Err(refused.to_string()),
        }
    }
}

/// The records, one a line.
pub(super) fn to_bytes(lines: &[Value]) -> Vec<u8> {
    lines.iter().map(|line| format!("{line}\n")).collect::<String>().into_bytes()
}

/// Mutants of one certificate; the seed chooses the kind of its moves, and everything else.
///
/// # Errors
/// If a mutant is accepted whose statement is another one, or is not true.
pub fn mutants(setup: &Setup) -> Result<Proof, String> {
    let mut draw = Draw::new("mutants", setup.seed, setup.twist);
    let mut original = original(&mut draw, setup.seed)?;
    while original.statement.moves.total() == 0 {
        // A descent that starts at its goal.
        original = self::original(&mut draw, setup.seed)?;
    }
    let mut random = ChaCha8Rng::seed_from_u64(setup.seed);
    let mut mutants = Mutants::default();
    for _ in 0..MUTANTS {
        let (record, what, lines) = mutant(&mut random, &original.lines);
        let bytes = to_bytes(&lines);
        let fate = mutants.0.entry(record).or_default();
        match checker::check(Reader::new(&*bytes), &original.expected, &mut |_| {}) {
            Verdict::Valid(statement) => {
                judge(&original, &bytes, &statement).map_err(|why| format!("{what}: {why}"))?;
                fate.still_true += 1;
            }
            _ => fate.refused += 1,
        }
    }
    let statement = &original.statement;
    Ok(Proof { moves: statement.moves.total(), bits: statement.bits, mutants, ..Proof::default() })
}

/// What was changed, and the certificate that it makes.
pub type Mutant = (String, Vec<u8>);

/// A valid certificate whose kind of moves the seed chooses, and mutants of it: for another judge.
///
/// # Errors
/// In words, if the certificate cannot be built.
pub fn mutated(seed: u64, count: usize) -> Result<(Vec<u8>, Vec<Mutant>), String> {
    let original = original(&mut Draw::new("mutants", seed, Twist::Generic), seed)?;
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mutants = (0..count).map(|_| mutant(&mut random, &original.lines));
    let mutants = mutants.map(|(_, what, lines)| (what, to_bytes(&lines))).collect();
    Ok((to_bytes(&original.lines), mutants))
}

/// A judge who is told that a path over a peak was accepted has to see the peak.
pub fn refuse_peak(seed: u64) -> Refusal {
    let mut draw = Draw::new("peak", seed, Twist::Generic);
    let activation = draw.activation();
    let at = draw.instance(&activation, 3, &[2, 3, 1]);
    let path = wide_layers::connect(&Exact, &at.problem, &at.from, &at.to).map_err(words)?;
    let original = Original::new(at.clone(), Claim::Connected, &path)?;
    let before = at.from.layer(2).clone();
    let mut raised = before.as_ref().clone();
    raised[(3, 0)] += Rational::from(1_000_000);
    let step = Move::Line(BTreeMap::from([(2, Change { before, after: Arc::new(raised) })]));
    let back = step.reversed().ok_or("a line can be walked back")?;
    let over_a_peak = Path { start: path.start.clone(), moves: [vec![step, back], path.moves].concat() };
    match judge(&original, &certificate(&at, Claim::Connected, &over_a_peak), &original.statement) {
        Err(reason) => Ok(reason),
        Ok(()) => Err("a path over a peak passed for one without".into()),
    }
}

/// A certificate whose moves are lines, follows, a ray, a bounded line, a rescale, the lines of a descent, or tilted follows.
fn original(draw: &mut Draw, seed: u64) -> Result<Original, String> {
    let activation = draw.monotone_activation();
    let mut random = |samples, widths: &[usize]| draw.instance(&activation, samples, widths);
    match seed % 7 {
        0 => {
            let at = random(3, &[2, 4, 1]);
            let path = wide_layers::connect(&Exact, &at.problem, &at.from, &at.to).map_err(words)?;
            Original::new(at, Claim::Connected, &path)
        }
        1 => {
            let at = draw.independent_instance(&activation, 3, &[3, 3, 2, 1]);
            let path = independent_data::connect(&Exact, &at.problem, &at.from, &at.to).map_err(words)?;
            Original::new(at, Claim::Connected, &path)
        }
        2 => {
            let at = random(3, &[2, 4, 1]);
            let mut walker = wide_layers::stand(&Exact, &at.problem, &at.from);
            escape::escape(&mut walker, &at.problem).map_err(words)?;
            Original::new(at, Claim::Unbounded, &walker.into_path())
        }
        3 => bounded(seed),
        4 => rescaled(seed),
        5 => strict(seed),
        _ => {
            let at = random(4, &[2, 3, 2]);
            let epsilon = at.epsilon((1, 1000));
            let path = descend::descend(&Exact, &at.problem, &Goal::never_rising(&at.loss, &epsilon), 1, &at.from)
                .map_err(words)?;
            Original::new(at, Claim::Descends, &path)
        }
    }
}

/// A descent on which the output bias moves beside lines and follows.
fn strict(seed: u64) -> Result<Original, String> {
    let mut draw = Draw::new("strict", seed, Twist::Generic);
    loop {
        let activation = draw.monotone_activation();
        let at = draw.instance(&activation, 3, &[2, 4, 3, 1]);
        let epsilon = at.epsilon((1, 1000));
        match descend::descend(&Exact, &at.problem, &Goal::strictly(&at.loss, &epsilon), 1, &at.from) {
            Ok(path) if path.moves.len() > 1 => return Original::new(at, Claim::StrictlyDescends, &path),
            Ok(_) | Err(Obstacle::Hypothesis(Hypothesis::NoTilt { .. } | Hypothesis::NoTiltFound)) => {}
            Err(other) => return Err(words(other)),
        }
    }
}

/// A hidden layer that grows, of a network that is not zero.
fn rescaled(seed: u64) -> Result<Original, String> {
    let mut draw = Draw::new("rescaled", seed, Twist::Generic);
    let activation = draw.homogeneous_activation();
    let at = draw.instance(&activation, 3, &[2, 3, 2, 1]);
    let mut walker = wide_layers::stand(&Exact, &at.problem, &at.from);
    rescaling::rescaling(&mut walker, &at.problem).map_err(words)?;
    Original::new(at, Claim::Unbounded, &walker.into_path())
}

/// The straight line between two networks, with a bound on its loss that is not tight: tight ones take long to check.
fn bounded(seed: u64) -> Result<Original, String> {
    let mut draw = Draw::new("bounded", seed, Twist::Generic);
    let activation = draw.activation();
    let at = draw.instance(&activation, 3, &[2, 2, 2]);
    let task = Task::chain(&at.problem.activation, &at.problem.inputs, &at.loss, &[&at.from, &at.to]);
    let limits = Budget { evaluations: 1000, progress: &mut |_, _, _| {} };
    let maximum = barrier(&task.map_err(words)?, 1.0, limits).map_err(words)?.maximum;
    let bound = Rational::from_f64(maximum.upper.ceil() + 1.0).ok_or("the barrier is not finite")?;
    let changes = changes_between(&at.from, &at.to);
    let path = Path { start: at.from.clone(), moves: vec![Move::Bounded(changes, bound, None)] };
    Original::new(at, Claim::Barrier, &path)
}

/// The kind of the record that was changed, what was done to it, and the records that are left.
fn mutant(random: &mut ChaCha8Rng, lines: &[Value]) -> (&'static str, String, Vec<Value>) {
    loop {
        // Two of three changes are of a move, if there is one; each kind of move has its share.
        let kinds: BTreeSet<&str> =
            lines[2..lines.len() - 1].iter().filter_map(|line| line["record"].as_str()).collect();
        let kind = kinds.into_iter().choose(random).filter(|_| random.random_ratio(2, 3));
        let others = [0, 1, lines.len() - 1];
        let wanted = |index: &usize| kind.map_or(others.contains(index), |kind| lines[*index]["record"] == kind);
        let index = (0..lines.len()).filter(wanted).choose(random).unwrap_or(0);
        let mut mutant = lines.to_vec();
        let what = match random.random_range(0..8) {
            0 => remove_key(random, &mut mutant[index]).map(|key| format!("without `{key}`")),
            1 | 2 => Some(rearrange(random, &mut mutant, index).to_owned()),
            _ => change_number(random, &mut mutant[index], String::new()),
        };
        let record = RECORDS.iter().find(|name| lines[index]["record"] == **name);
        if let (Some(what), Some(record)) = (what.filter(|_| mutant != lines), record) {
            return (record, format!("record {} ({record}) {what}", index + 1), mutant);
        }
    }
}

/// Goes down to a random number and changes it by one; `None` where it comes to something else.
pub(super) fn change_number(random: &mut ChaCha8Rng, value: &mut Value, place: String) -> Option<String> {
    let step = if random.random() { 1 } else { -1 };
    match value {
        Value::Object(map) if !map.is_empty() => {
            let index = random.random_range(0..map.len());
            let (key, value) = map.iter_mut().nth(index)?;
            let place = format!("{place}/{key}");
            change_number(random, value, place)
        }
        Value::Array(list) if !list.is_empty() => {
            let index = random.random_range(0..list.len());
            change_number(random, &mut list[index], format!("{place}/{index}"))
        }
        Value::Number(number) => {
            *value = number.as_u64()?.checked_add_signed(step)?.into();
            Some(format!("with {value} at {place}"))
        }
        Value::String(text) => {
            let (numer, denom) = text.split_once('/').map_or((&**text, ""), |(numer, denom)| (numer, denom));
            let numer = numer.parse::<Integer>().ok()? + step;
            let text = if denom.is_empty() { numer.to_string() } else { format!("{numer}/{denom}") };
            *value = text.into();
            Some(format!("with {value} at {place}"))
        }
        _ => None,
    }
}

/// Removes a random key of a random object.
fn remove_key(random: &mut ChaCha8Rng, value: &mut Value) -> Option<String> {
    let map = value.as_object_mut().filter(|map| !map.is_empty())?;
    let key = map.keys().nth(random.random_range(0..map.len()))?.clone();
    if map[&key].is_object() && random.random_ratio(2, 3) {
        return remove_key(random, &mut map[&key]).map(|inner| format!("{key}/{inner}"));
    }
    map.remove(&key)?;
    Some(key)
}

/// Drops a record, doubles it, or swaps it with the next, and sets the number of moves right.
fn rearrange(random: &mut ChaCha8Rng, lines: &mut Vec<Value>, index: usize) -> &'static str {
    let what = match random.random_range(0..3) {
        0 => {
            lines.remove(index);
            "dropped"
        }
        1 => {
            lines.insert(index, lines[index].clone());
            "doubled"
        }
        _ => {
            let next = (index + 1).min(lines.len() - 1);
            lines.swap(index, next);
            "swapped with the next"
        }
    };
    let moves = lines.len().saturating_sub(3);
    if let Some(end) = lines.last_mut().filter(|line| line["record"] == "end") {
        end["moves"] = moves.into();
    }
    what
}

/// A mutant that the checker accepts: its statement is the one of the original, or says itself that it has another bound
/// or a weaker descent, and it is true.
fn judge(original: &Original, bytes: &[u8], statement: &Statement) -> Result<(), String> {
    let (bits, moves) = (statement.bits, statement.moves);
    let mut same = Statement { bits, moves, ..original.statement.clone() };
    if discriminant(&same.conclusion) == discriminant(&statement.conclusion) {
        same.conclusion = statement.conclusion.clone();
    }
    if same != *statement {
        return Err(format!("accepted, with another statement: {statement}"));
    }
    let (_, path) = read_path(&mut Reader::new(bytes)).map_err(words)?;
    if path.start != original.instance.from || original.to.as_ref().is_some_and(|to| path.end() != *to) {
        return Err("accepted, with other ends".into());
    }
    walk(&original.instance, &path, &statement.conclusion)
}

/// Outputs and losses at three points of every move, and at the end, are where the conclusion says: exactly, at these
/// points. What is claimed for every convex loss is a matter of outputs: a named loss might not see them move.
fn walk(at: &Instance, path: &Path<Rational>, conclusion: &Conclusion) -> Result<(), String> {
    let outputs = outputs(at, path)?;
    let [first, last] = [&outputs[0], &outputs[outputs.len() - 1]];
    let losses = || outputs.iter().map(|output| at.loss.enclose(output)).collect::<Vec<_>>();
    let (holds, what) = match conclusion {
        Conclusion::Connected => (outputs.iter().all(|output| is_between(first, output, last)), "leaves the segment"),
        Conclusion::Unbounded(_) => (outputs.iter().all(|output| output == first), "is not constant"),
        Conclusion::Descends(Descent::FallsStrictly) => {
            (losses().windows(2).all(|pair| pair[1].lo() < pair[0].hi()), "has a loss that does not fall")
        }
        Conclusion::Descends(Descent::NeverRises) => {
            (losses().windows(2).all(|pair| pair[1].lo() <= pair[0].hi()), "has a loss that rises")
        }
        Conclusion::Descends(_) => {
            let losses = losses();
            (losses.iter().all(|loss| loss.lo() <= losses[0].hi()), "has a loss above that of the start")
        }
        Conclusion::Barrier(bound) => {
            let bound: Rational = bound.to_string().parse().map_err(words)?;
            (losses().iter().all(|loss| *loss.lo() <= bound), "has a loss above the bound")
        }
    };
    if holds { Ok(()) } else { Err(format!("accepted, but the output {what} on the way")) }
}

fn outputs(at: &Instance, path: &Path<Rational>) -> Result<Vec<DMatrix<Rational>>, String> {
    let (activation, inputs) = (&at.problem.activation, &at.problem.inputs);
    let mut outputs = Vec::new();
    for (vertex, step) in path.vertices().iter().zip(&path.moves) {
        let on_move = OnMove::new(&Exact, activation, inputs, vertex, step);
        let places = if step.is_endless() { [(0, 1), (1, 1), (1_000_000, 1)] } else { [(0, 1), (1, 3), (2, 3)] };
        outputs.extend(places.map(|lambda| on_move.output(&Rational::from(lambda))));
    }
    let pass = forward(&Exact, &activation.import(&Exact), inputs, &path.end()).map_err(words)?;
    outputs.push(pass.output().clone());
    Ok(outputs)
}

/// Whether `middle` = `from` + t (`to` − `from`) for some t in [0, 1].
fn is_between(from: &DMatrix<Rational>, middle: &DMatrix<Rational>, to: &DMatrix<Rational>) -> bool {
    let Some(i) = from.iter().zip(to).position(|(a, b)| a != b) else { return middle == from };
    let t = Rational::from(&middle[i] - &from[i]) / Rational::from(&to[i] - &from[i]);
    (0..=1).contains(&t) && *middle == interpolate(from, to, &t)
}

//! A path proved: its certificate written, read again and checked, and the same construction in floats beside it.

use super::{Instance, Mutants};
use crate::certificate::{Claim, Reader};
use crate::checker::{self, Conclusion, Descent, Expected, Level, Scope, Verdict};
use crate::linalg::{Exact, Kernel};
use crate::network::{Parameters, forward, to_exact, with_ones};
use crate::path::{Change, Changes, Move, OnMove, Path};
use crate::report::stray;
use crate::statement::{self, Obstacle, path_certificate};
use nalgebra::DMatrix;
use rand::seq::{IndexedRandom, IteratorRandom};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rug::{Integer, Rational};
use serde::Serialize;
use std::fmt::Write;

/// What a trial that holds has shown.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Proof {
    /// Moves of the path, or what else there is to count of an object that does something.
    pub moves: usize,
    /// The largest integer of its certificate, in bits.
    pub bits: u64,
    /// What each float kernel made of the same construction.
    pub floats: Vec<Float>,
    /// Whether nothing about the instance is made to break rounded numbers.
    pub plain: bool,
    /// What became of certificates changed in one place.
    pub mutants: Mutants,
}

/// What a float kernel made of a construction.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Float {
    /// The kernel's name.
    pub kernel: String,
    /// How far the loss rises above the larger end, relative to that (at least 1), evaluated exactly at sampled points
    /// of the float path; `None` if the construction broke.
    pub stray: Option<f64>,
}

/// Writes the certificate of a path, reads it again, and has the checker prove it: from the instance's first network, to
/// `to` where that is known, for the instance's inputs and loss, with the strongest conclusion that the claim allows.
///
/// # Errors
/// What went wrong, in words.
pub fn prove(
    instance: &Instance,
    claim: Claim,
    path: &Path<Rational>,
    to: Option<&Parameters<Rational>>,
) -> Result<Proof, String> {
    let bytes = certificate(instance, claim, path);
    match check(instance, &bytes, to) {
        Verdict::Valid(statement) => {
            let strongest = match claim {
                Claim::Connected => {
                    statement.conclusion == Conclusion::Connected && statement.scope == Scope::EveryConvexLoss
                }
                Claim::Descends => matches!(&statement.conclusion, Conclusion::Descends(descent)
                    if is_strongest_descent(descent, path)),
                Claim::StrictlyDescends => statement.conclusion == Conclusion::Descends(Descent::FallsStrictly),
                Claim::Unbounded => statement.conclusion == Conclusion::Unbounded(Level::Constant),
                Claim::Barrier => matches!(statement.conclusion, Conclusion::Barrier(_)),
            };
            let proof = Proof { moves: statement.moves.total(), bits: statement.bits, ..Proof::default() };
            if strongest { Ok(proof) } else { Err(format!("proved less than was built: {statement}")) }
        }
        refused => Err(refused.to_string()),
    }
}

/// Without a bounded move the loss never rises; with one, it stays below the largest bound.
fn is_strongest_descent(descent: &Descent, path: &Path<Rational>) -> bool {
    match (path.largest_bound(), descent) {
        (None, Descent::NeverRises) => true,
        (Some(bound), Descent::StaysBelow(proved)) => proved.to_string() == bound.to_string(),
        _ => false,
    }
}

/// The certificate of a path for the instance's problem and loss, as bytes.
pub fn certificate(instance: &Instance, claim: Claim, path: &Path<Rational>) -> Vec<u8> {
    path_certificate(&instance.problem, claim, "suite", Some(&instance.loss), path)
}

/// The checker's verdict on a certificate that has to be about this instance.
pub fn check(instance: &Instance, bytes: &[u8], to: Option<&Parameters<Rational>>) -> Verdict {
    checker::check(Reader::new(bytes), &expected(instance, to), &mut |_| {})
}

/// What a certificate about this instance is compared with.
pub fn expected(instance: &Instance, to: Option<&Parameters<Rational>>) -> Expected {
    statement::expected(&instance.problem, Some(&instance.loss), &instance.from, to)
}

/// A second opinion beside the checker's, by the builder's arithmetic: at random λ in every move, and around places where a
/// neuron of the first layer crosses a breakpoint, the output is on the chord of the move's ends; on a bounded move the
/// loss is below the bound.
///
/// # Errors
/// The move and λ.
pub fn spot_check(instance: &Instance, path: &Path<Rational>) -> Result<(), String> {
    let (activation, inputs) = (&instance.problem.activation, &instance.problem.inputs);
    let mut random = ChaCha8Rng::seed_from_u64(instance.choice);
    for ((vertex, step), number) in path.vertices().iter().zip(&path.moves).zip(1..) {
        let on_move = OnMove::new(&Exact, activation, inputs, vertex, step);
        let at = |lambda: &Rational| on_move.output(lambda);
        let start = at(&Rational::new());
        let end = if step.is_endless() { start.clone() } else { at(&Rational::from(1)) };
        for lambda in places(instance, step, &mut random) {
            let found = at(&lambda);
            let holds = match step {
                Move::Bounded(_, bound, _) => instance.loss.enclose(&found).lo() <= bound,
                _ => found == start.zip_map(&end, |a, b| Rational::from(&b - &a) * &lambda + a),
            };
            if !holds {
                return Err(format!("move {number} is not as the checker says at λ = {lambda}"));
            }
        }
    }
    Ok(())
}

/// Three random λ, and three about a crossing of the first layer if there is one.
fn places(instance: &Instance, step: &Move<Rational>, random: &mut ChaCha8Rng) -> Vec<Rational> {
    let mut any = || Rational::from((random.random_range(1..1_000_003u32), 1_000_003));
    let mut places = vec![any(), any(), any()];
    if let Move::Line(changes) | Move::Bounded(changes, ..) = step
        && let Some(crossing) = crossing(instance, changes, random)
    {
        let near = Rational::from((1, Integer::from(1) << 80));
        places.extend([Rational::from(&crossing - &near), Rational::from(&crossing + &near), crossing]);
    }
    places
}

/// A random λ inside a line at which a neuron of the first layer is at a breakpoint: its pre-activations are affine in λ.
fn crossing(instance: &Instance, changes: &Changes<Rational>, random: &mut ChaCha8Rng) -> Option<Rational> {
    let Change { before, after } = changes.get(&1)?;
    let inputs = with_ones(&Exact, &instance.problem.inputs);
    let [from, to] = [before, after].map(|layer| Exact.product(&inputs, layer));
    let breakpoint = instance.problem.activation.breakpoints().choose(random)?;
    let lambda = |(a, b): (&Rational, &Rational)| {
        let slope = Rational::from(b - a);
        (!slope.is_zero()).then(|| Rational::from(breakpoint - a) / slope)
    };
    from.iter().zip(to.iter()).filter_map(lambda).filter(|lambda| *lambda > 0 && *lambda < 1).choose(random)
}

/// A path in a few lines, each of which changes with the numbers of its move.
pub fn outline(path: &Path<Rational>) -> String {
    let mut text = String::new();
    for step in &path.moves {
        // Writing to a string cannot fail.
        let (kind, matrices) = match step {
            Move::Line(changes) => ("line", after(changes)),
            Move::Follow(follow) => ("follow", after(&follow.changes)),
            Move::Bounded(changes, ..) => ("bounded", after(changes)),
            Move::Ray(direction) => ("ray", direction.iter().map(|(&k, delta)| (k, &**delta)).collect()),
            Move::Rescale(layer) => {
                let _ = writeln!(text, "rescale, layer {layer}");
                continue;
            }
        };
        for (k, matrix) in matrices {
            let _ = writeln!(text, "{}", fingerprint(&format!("{kind}, layer {k}"), matrix));
        }
    }
    text
}

fn after(changes: &Changes<Rational>) -> Vec<(usize, &DMatrix<Rational>)> {
    changes.iter().map(|(&k, change)| (k, &*change.after)).collect()
}

/// A matrix by its shape, its largest integer and a checksum of its numbers.
pub fn fingerprint(name: &str, matrix: &DMatrix<Rational>) -> String {
    let mut checksum = flate2::Crc::new();
    for entry in matrix.iter() {
        checksum.update(entry.to_string().as_bytes());
        checksum.update(b" ");
    }
    let bits = |entry: &Rational| entry.numer().significant_bits().max(entry.denom().significant_bits());
    let bits = matrix.iter().map(bits).max().unwrap_or(0);
    format!("{name}: {} × {}, {bits} bits, {:08x}", matrix.nrows(), matrix.ncols(), checksum.sum())
}

/// F_L, exactly.
pub fn output(instance: &Instance, parameters: &Parameters<Rational>) -> DMatrix<Rational> {
    let problem = &instance.problem;
    let pass = forward(&Exact, &problem.activation.import(&Exact), &problem.inputs, parameters);
    pass.expect("inputs and network fit").output().clone()
}

/// A forged certificate has to be refused: one move left out, and the number of moves corrected.
///
/// # Errors
/// If the forgery passes.
pub fn refuse_forgery(instance: &Instance, claim: Claim, path: &Path<Rational>) -> Result<String, String> {
    let mut forged = path.clone();
    // Without its longest-reaching move, the last, the path ends elsewhere, or bends there.
    if forged.moves.pop().is_none() {
        return Err("the path has no move to leave out".into());
    }
    let bytes = certificate(instance, claim, &forged);
    let end = path.end();
    let to = (claim != Claim::Unbounded).then_some(&end);
    match check(instance, &bytes, to) {
        Verdict::Invalid { rejection, .. } => Ok(rejection.to_string()),
        passed => Err(format!("a path without its last move passed: {passed}")),
    }
}

/// The same construction by a float kernel, evaluated exactly: how far it rises above the larger end, or above what its
/// bounded moves allow.
pub fn in_floats<K: Kernel>(
    kernel: &K,
    instance: &Instance,
    to: &Parameters<Rational>,
    path: Result<Path<K::Scalar>, Obstacle>,
) -> Float {
    let stray = path.ok().and_then(|path| path.convert(to_exact)).map(|path| {
        let problem = &instance.problem;
        let found = stray(&problem.activation, &problem.inputs, &instance.loss, &path, 128);
        let ends = [&instance.from, to].map(|end| {
            let pass = forward(&Exact, &problem.activation.import(&Exact), &problem.inputs, end);
            instance.loss.enclose(pass.expect("inputs and network fit").output()).hi().clone()
        });
        let [a, b] = ends;
        let larger = path.largest_bound().into_iter().fold(a.max(b), |larger, bound| larger.max(bound.clone()));
        let above = Rational::from(found.largest.hi() - &larger).to_f64().max(0.0);
        above / larger.to_f64().max(1.0)
    });
    Float { kernel: kernel.name(), stray }
}

//! A statement as a type: what it needs, what it constructs, how that is judged, what has to be refused. Everything that is
//! done with statements follows from it by [`register`]: trials, the comparison with floats, benchmarks, outlines, the table
//! and the page of statements.

use super::prove::{Float, Proof, in_floats, outline, output, prove, refuse_forgery, spot_check};
use super::{Draw, Instance, Setup, Twist};
use crate::certificate::Claim;
use crate::checker::Unproved;
use crate::linalg::{Double, Exact, Kernel, Multiprecision};
use crate::path::{Move, Path};
use crate::statement::Obstacle;
use crate::statement::object::Refused;
use rug::Rational;

/// Quynh Nguyen, *On Connected Sublevel Sets in Deep Learning*.
pub const ICML_2019: &str = "ICML 2019";

/// Quynh Nguyen, *Optimization Landscape of Deep Neural Networks*.
pub(super) const THESIS: &str = "thesis";

/// Wang, Shen, Zhao and Zhang, *Is the Skip Connection Provable to Reform the Neural Network Loss Landscape?*.
pub(super) const IJCAI_2020: &str = "IJCAI 2020";

/// The bits of the multiprecision kernel that runs beside the double one.
pub const PRECISION: u32 = 113;

/// How far a path by 113 bits may rise above the larger end, relative to that (at least 1), on three of four plain instances:
/// on the others a rank was decided wrongly. Tests assert it.
pub const MULTIPRECISION_STRAY: f64 = 1e-9;

/// How many instances are drawn until one has an object that does something.
const DRAWS: usize = 64;

/// What is said of a statement.
#[derive(Debug, Clone, Copy)]
pub struct Card {
    /// Which paper, in a word or two that go before the name.
    pub paper: &'static str,
    /// As `--statement` names it.
    pub key: &'static str,
    /// As the paper names it.
    pub name: &'static str,
    /// What is constructed.
    pub constructs: &'static str,
    /// The function, as a path inside the crate.
    pub function: &'static str,
    /// How a result is checked.
    pub check: &'static str,
    /// What a trial has shown, in words that go behind "exact".
    pub shows: &'static str,
    /// The carried pairs that it is tried on.
    pub real: &'static [&'static str],
    /// The twists on which there is nothing to do.
    pub trivial: &'static [Twist],
}

/// Something that has to be refused: a hypothesis dropped, or a forged object.
#[derive(Clone, Copy)]
pub struct Control {
    /// The hypothesis, or what is forged.
    pub without: &'static str,
    /// The reason of the refusal, for the seed of an instance.
    ///
    /// # Errors
    /// If it passes, or is refused for another reason.
    pub refuse: fn(u64) -> Refusal,
}

/// Why something was refused, or an error if it passed.
pub type Refusal = Result<String, String>;

/// The words of the error that is expected of the outcome.
///
/// # Errors
/// If it is another one, or none.
pub fn refused<T, E: std::fmt::Display>(outcome: Result<T, E>, expected: impl FnOnce(&E) -> bool) -> Refusal {
    match outcome {
        Err(reason) if expected(&reason) => Ok(reason.to_string()),
        Err(other) => Err(format!("refused for another reason: {other}")),
        Ok(_) => Err("what should be refused was accepted".into()),
    }
}

/// The same of what the checker finds unproved.
///
/// # Errors
/// As for [`refused`].
pub fn unproved<T>(judged: Result<T, Refused>, expected: impl FnOnce(&Unproved) -> bool) -> Refusal {
    refused(judged, |refused| refused.unproved().is_some_and(expected))
}

/// What a trial has shown, or why it failed.
pub type Outcome = Result<Proof, String>;

/// A statement of a paper.
pub trait Statement {
    /// What is said of it.
    const CARD: Card;
    /// What it constructs over the numbers of a kernel.
    type Object<K: Kernel>;

    /// An instance to which it applies.
    fn draw(draw: &mut Draw) -> Instance;

    /// The construction.
    ///
    /// # Errors
    /// Where a hypothesis is not met, or a rounded kernel breaks.
    fn construct<K: Kernel>(kernel: &K, instance: &Instance) -> Result<Self::Object<K>, Obstacle>;

    /// What has been proved of the exact object.
    ///
    /// # Errors
    /// What is wrong with it.
    fn judge(instance: &Instance, object: &Self::Object<Exact>) -> Outcome;

    /// How far the object of a rounded kernel is from doing what it should, evaluated exactly; `None` if it broke.
    fn stray<K: Kernel>(kernel: &K, instance: &Instance, exact: &Self::Object<Exact>) -> Option<f64>;

    /// The exact object in a few lines that change when the construction does.
    fn outline(object: &Self::Object<Exact>) -> String;

    /// What has to be refused, one for every hypothesis.
    fn controls() -> Vec<Control>;
}

/// A statement about a path.
pub trait PathStatement {
    /// What is said of it.
    const CARD: Card;
    /// What the certificate claims.
    const CLAIM: Claim;
    /// Whether the output is constant on the whole path.
    const CONSTANT: bool;

    /// An instance to which it applies.
    fn draw(draw: &mut Draw) -> Instance;

    /// The path from the instance's first network.
    ///
    /// # Errors
    /// Where a hypothesis is not met, or a rounded kernel breaks.
    fn construct<K: Kernel>(kernel: &K, instance: &Instance) -> Result<Path<K::Scalar>, Obstacle>;

    /// What else the statement says of where the path comes; by the claim, unless there is more: at the second network, to
    /// below ε, at infinity.
    ///
    /// # Errors
    /// If it is not so.
    fn arrives(instance: &Instance, path: &Path<Rational>) -> Result<(), String> {
        match Self::CLAIM {
            Claim::Connected => at_the_second_network(instance, path),
            Claim::Descends | Claim::StrictlyDescends => below_epsilon(instance, path),
            Claim::Unbounded => at_infinity(path),
            Claim::Barrier => Ok(()),
        }
    }

    /// What has to be refused, one for every hypothesis.
    fn controls() -> Vec<Control>;
}

impl<P: PathStatement> Statement for P {
    const CARD: Card = P::CARD;
    type Object<K: Kernel> = Path<K::Scalar>;

    fn draw(draw: &mut Draw) -> Instance {
        P::draw(draw)
    }

    fn construct<K: Kernel>(kernel: &K, instance: &Instance) -> Result<Path<K::Scalar>, Obstacle> {
        P::construct(kernel, instance)
    }

    fn judge(instance: &Instance, path: &Path<Rational>) -> Outcome {
        let end = path.end();
        if path.start != instance.from {
            return Err("the path does not start at the first network".into());
        }
        let proof = prove(instance, P::CLAIM, path, (P::CLAIM != Claim::Unbounded).then_some(&end))?;
        spot_check(instance, path)?;
        // With the checker's "on the segment between the two ends" this is the whole path.
        if P::CONSTANT && output(instance, &path.start) != output(instance, &end) {
            return Err("the output is another one at the end".into());
        }
        P::arrives(instance, path)?;
        Ok(proof)
    }

    fn stray<K: Kernel>(kernel: &K, instance: &Instance, exact: &Path<Rational>) -> Option<f64> {
        in_floats(kernel, instance, &exact.end(), P::construct(kernel, instance)).stray
    }

    fn outline(path: &Path<Rational>) -> String {
        outline(path)
    }

    fn controls() -> Vec<Control> {
        let forged = Control {
            without: "the last move",
            refuse: |seed| {
                let instance = active::<P>(seed)?;
                let path = P::construct(&Exact, &instance).map_err(words)?;
                refuse_forgery(&instance, P::CLAIM, &path)
            },
        };
        P::controls().into_iter().chain([forged]).collect()
    }
}

/// A negative control.
pub(super) const fn control(without: &'static str, refuse: fn(u64) -> Refusal) -> Control {
    Control { without, refuse }
}

/// A statement of a paper about objects, for which there are no kernels; `kernels` says why.
pub(super) const fn about_objects(
    paper: &'static str,
    [key, name, constructs, function, check, shows]: [&'static str; 6],
    trial: fn(&Setup) -> Outcome,
    controls: fn() -> Vec<Control>,
    kernels: &'static str,
) -> Entry {
    let card = Card { paper, key, name, constructs, function, check, shows, real: &[], trivial: &[] };
    Entry { card, trial, controls, kernels: Err(kernels) }
}

/// A statement and everything that follows from it.
#[derive(Clone, Copy)]
pub struct Entry {
    /// What is said of it.
    pub card: Card,
    /// One trial: an instance in, what has been proved out.
    pub trial: fn(&Setup) -> Outcome,
    /// What has to be refused.
    pub controls: fn() -> Vec<Control>,
    /// The construction by every kernel, or why there is none.
    pub kernels: Result<Kernels, &'static str>,
}

/// Said in the place of kernels where each trial runs f64 and 113 bits itself, on instances that are no [`Instance`].
pub(super) const IN_TRIALS: &str = "f64 and 113 bits run in each trial; timed by benches/residual.rs";

impl Entry {
    /// Whether every trial says how far f64 and 113 bits stray, in this order.
    pub fn has_floats(&self) -> bool {
        self.kernels.is_ok() || self.kernels.is_err_and(|why| why == IN_TRIALS)
    }
}

/// A construction by every kernel.
#[derive(Clone, Copy)]
pub struct Kernels {
    /// An instance on which it does something.
    ///
    /// # Errors
    /// What is wrong with the construction.
    pub instance: fn(u64) -> Result<Instance, String>,
    /// The exact object in a few lines.
    ///
    /// # Errors
    /// Where the construction breaks.
    pub outline: fn(&Instance) -> Result<String, String>,
    /// The construction by one kernel, for its time: whether it came to its end.
    pub construct: fn(By, &Instance) -> bool,
}

/// A kernel by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Rational numbers.
    Exact,
    /// Floats of [`PRECISION`] bits.
    Multiprecision,
    /// `f64`.
    Double,
}

/// Everything that follows from a statement.
pub const fn register<S: Statement>() -> Entry {
    Entry {
        card: S::CARD,
        trial: trial::<S>,
        controls: S::controls,
        kernels: Ok(Kernels { instance: active::<S>, outline: outline_of::<S>, construct: construct_by::<S> }),
    }
}

fn trial<S: Statement>(setup: &Setup) -> Outcome {
    if let Some(real) = &setup.real {
        return judge::<S>(real, true);
    }
    let mut draw = Draw::new(S::CARD.key, setup.seed, setup.twist);
    for _ in 0..DRAWS {
        let instance = S::draw(&mut draw);
        let proof =
            judge::<S>(&instance, setup.twist == Twist::Generic).map_err(|why| format!("{}: {why}", instance.name))?;
        if proof.moves > 0 {
            return Ok(proof);
        }
    }
    Err(format!("{DRAWS} instances, and nothing to do on any of them"))
}

fn judge<S: Statement>(instance: &Instance, untwisted: bool) -> Outcome {
    let object = S::construct(&Exact, instance).map_err(words)?;
    let mut proof = S::judge(instance, &object)?;
    let kernel = Multiprecision::new(PRECISION);
    proof.plain = untwisted && instance.plain;
    proof.floats.push(Float { kernel: Double.name(), stray: S::stray(&Double, instance, &object) });
    proof.floats.push(Float { kernel: kernel.name(), stray: S::stray(&kernel, instance, &object) });
    Ok(proof)
}

/// An instance on which the construction does something.
fn active<S: Statement>(seed: u64) -> Result<Instance, String> {
    let mut draw = Draw::new(S::CARD.key, seed, Twist::Generic);
    for _ in 0..DRAWS {
        let instance = S::draw(&mut draw);
        let object = S::construct(&Exact, &instance).map_err(words)?;
        if S::judge(&instance, &object)?.moves > 0 {
            return Ok(instance);
        }
    }
    Err(format!("{DRAWS} instances, and nothing to do on any of them"))
}

fn outline_of<S: Statement>(instance: &Instance) -> Result<String, String> {
    S::construct(&Exact, instance).map(|object| S::outline(&object)).map_err(words)
}

fn construct_by<S: Statement>(by: By, instance: &Instance) -> bool {
    match by {
        By::Exact => S::construct(&Exact, instance).is_ok(),
        By::Multiprecision => S::construct(&Multiprecision::new(PRECISION), instance).is_ok(),
        By::Double => S::construct(&Double, instance).is_ok(),
    }
}

/// The statement on an instance that lacks a hypothesis has to be refused, with the obstacle expected.
pub fn refuse<S: Statement>(seed: u64, draw: fn(&mut Draw) -> Instance, expected: fn(&Obstacle) -> bool) -> Refusal {
    let instance = draw(&mut Draw::new(S::CARD.key, seed, Twist::Generic));
    match S::construct(&Exact, &instance) {
        Err(obstacle) if expected(&obstacle) => Ok(obstacle.to_string()),
        Err(obstacle) => Err(format!("{}: refused for another reason: {obstacle}", instance.name)),
        Ok(_) => Err(format!("{}: what should be refused was accepted", instance.name)),
    }
}

fn at_the_second_network(instance: &Instance, path: &Path<Rational>) -> Result<(), String> {
    if path.end() == instance.to { Ok(()) } else { Err("the path ends elsewhere".into()) }
}

/// Where a descent is to come.
pub fn below_epsilon(instance: &Instance, path: &Path<Rational>) -> Result<(), String> {
    let end = instance.loss.enclose(&output(instance, &path.end()));
    if *end.hi() <= instance.epsilon((1, 1_000_000)) { Ok(()) } else { Err(format!("the loss ends at {end}")) }
}

fn at_infinity(path: &Path<Rational>) -> Result<(), String> {
    if path.moves.last().is_some_and(Move::is_endless) { Ok(()) } else { Err("the path has an end".into()) }
}

/// An error in words.
pub fn words(obstacle: impl ToString) -> String {
    obstacle.to_string()
}

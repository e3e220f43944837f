//! The statements of IJCAI 2020 (Wang, Shen, Zhao, Zhang): what is refuted by a certificate, and what holds in its place.

use super::prove::{Float, Proof};
use super::statement::{
    Control, Entry, IJCAI_2020, Outcome, Refusal, about_objects, control, refused, unproved, words,
};
use super::{Draw, Setup, Twist};
use crate::certificate::{Fraction, Object};
use crate::checker::Unproved;
use crate::statement::object::prove;
use crate::statement::residual::bounds::{
    Norms, Sample, critical_point, crowd, derivatives, lemma_10, on_cube, stationary_targets, theorem_8_constant,
};
use crate::statement::residual::instances::{Remark, SeparatedZeros, lemma_7, remark_3_1, step_2, theorem_6};
use crate::statement::residual::landscape::{PiecewiseLinear, bowl, three_wells};
use crate::statement::residual::merge::{Case, NotRemoved, Strategy};
use crate::statement::residual::model::Skip;
use crate::statement::residual::spread::Spread;
use crate::statement::residual::wall::{NoWall, ResidualWall};
use nalgebra::DMatrix;
use rug::Rational;

/// What is said of entries whose numbers are compared in each trial.
const COMPARED: &str = "an object of exact numbers; the same comparison in f64 is made in each trial";

const fn entry(
    card: (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str),
    trial: fn(&Setup) -> Outcome,
    controls: fn() -> Vec<Control>,
    kernels: &'static str,
) -> Entry {
    let (key, name, constructs, function, check, shows) = card;
    about_objects(IJCAI_2020, [key, name, constructs, function, check, shows], trial, controls, kernels)
}

/// Theorems 2 and 3.
pub const CONNECTED: Entry = entry(
    (
        "ijcai-theorem-3",
        "Theorems 2 and 3",
        "Theorem 2 for closed sets S with F = c on S and F > c around it; Theorem 3 for λ_0 with {F ≤ λ_0} not empty, refuted without: \
         of 1 + max(x, −x) all sublevel sets are connected, and its strict minimum 1 is above λ_0 = 0",
        "statement::residual::landscape",
        "certificates of the claim landscape for random piecewise-linear functions; components and minimum sets counted apart",
        "proved where {F ≤ λ_0} is not empty",
    ),
    connected,
    || {
        vec![
            control("{F ≤ λ_0} not empty", |_| {
                let found = bowl().verify().map_err(words)?;
                match found.theorem_3_holds(&Rational::new()) {
                    Some(false) => {
                        Ok("{F ≤ 0} is empty and {F ≤ λ} connected for all λ ≥ 0; the strict minimum is 1".into())
                    }
                    other => Err(format!("Theorem 3 as printed: {other:?}")),
                }
            }),
            control("{F ≤ λ} connected", |_| {
                let found = three_wells().verify().map_err(words)?;
                match found.theorem_3_holds(&Rational::new()) {
                    None => Ok("{F ≤ 1} has two components, and a strict minimum is above 0".into()),
                    other => Err(format!("a disconnected sublevel set passed for connected: {other:?}")),
                }
            }),
            control("places in order", |seed| {
                refuse_wells(swapped(seed), |why| matches!(why, Unproved::PlaceOrder { .. }))
            }),
            control("a strict minimum", |seed| refuse_wells(flat(seed), |why| *why == Unproved::NoWell)),
        ]
    },
    COMPARED,
);

/// Theorem 4.
pub const DEPTH: Entry = entry(
    (
        "ijcai-theorem-4",
        "Theorem 4",
        "refuted: from one strict minimum no path rises by exactly the depth ε, from the global one a path to another component has to \
         rise by more. Repaired: a strict minimum that is not the only global one reaches a point no higher and rises by ε at most",
        "statement::residual::landscape",
        "certificates of the claim landscape for the three wells, scaled and moved, and for random functions",
        "refuted, and the repair proved",
    ),
    depth,
    || {
        vec![
            control("not the only global one", |_| {
                let (function, found) = (three_wells(), three_wells().verify().map_err(words)?);
                match lower_barrier(&function, &Rational::from(1)) {
                    None => Ok(format!(
                        "the only global minimum reaches no other point as low, whatever ε = {} is",
                        found.depth
                    )),
                    Some(barrier) => Err(format!("another point as low as the global minimum, behind {barrier}")),
                }
            }),
            control("a value a place", |seed| {
                let mut function = random_function(seed);
                function.values.pop();
                refuse_wells(function, |why| matches!(why, Unproved::PlaceCount { .. }))
            }),
        ]
    },
    COMPARED,
);

/// Remark 3.1.
pub const REMARK: Entry = entry(
    (
        "ijcai-remark-3.1",
        "(8), Remark 3.1",
        "refuted by (x² − 1)²/(1 + y²): every {F ≤ ε}, ε > 0, is path-connected, by ways of three segments, and {F ≤ 0} is not",
        "statement::residual::instances",
        "certificate of the claim separated: 1 as a combination of x and x² − 1; ways by exact bounds on their segments",
        "separated at 0, and ways below ε",
    ),
    remark,
    || {
        vec![
            control("ε > 0", |_| match Remark.way(&Rational::new(), &[1, 0].map(Rational::from)) {
                None => Ok("at ε = 0 there is no way to y = ∞".into()),
                Some(_) => Err("a way inside {F ≤ 0}".into()),
            }),
            control("1 as a combination", |seed| forged_cofactor(&remark_3_1(), seed)),
        ]
    },
    COMPARED,
);

/// Lemma 7.
pub const PRODUCT: Entry = entry(
    (
        "ijcai-lemma-7",
        "Lemma 7, d_y < d_x",
        "refuted on {F ≤ inf F}: samples (0, 1; 0) ↦ 0 and (0, 0; 1) ↦ 1, whose loss is 0 only where w_1 v_1 = 1",
        "statement::residual::instances",
        "certificate of the claim separated: 1 as a combination of w_1 and the residuals",
        "separated, proved",
    ),
    |setup| separated(&lemma_7(), setup),
    || {
        vec![
            control("α = inf F", |seed| not_separated_above(&lemma_7(), seed, |w, v| vec![0.into(), w, 0.into(), v])),
            control("two zeros", |seed| forged_zero(&lemma_7(), seed)),
            control("1 as a combination", |seed| forged_cofactor(&lemma_7(), seed)),
        ]
    },
    COMPARED,
);

/// Theorem 6.
pub const ONE_LAYER: Entry = entry(
    (
        "ijcai-theorem-6",
        "Theorem 6, d_y < d_x",
        "refuted for λ = F*_w: x = (0, 1) ↦ 0, x = (1, 0) ↦ 1, g = θ σ(x_1), whose loss is 0 only where w_1 (1 + v_1 θ) = 1",
        "statement::residual::instances",
        "certificate of the claim separated, θ being a variable",
        "separated, proved",
    ),
    |setup| separated(&theorem_6(), setup),
    || {
        vec![
            control("λ = F*_w", |seed| {
                not_separated_above(&theorem_6(), seed, |w, v| vec![0.into(), w, 0.into(), v, 1.into()])
            }),
            control("two zeros", |seed| forged_zero(&theorem_6(), seed)),
            control("1 as a combination", |seed| forged_cofactor(&theorem_6(), seed)),
        ]
    },
    COMPARED,
);

/// Theorem 1 and Assumption 1.
pub const NO_STRICT_MINIMUM: Entry = entry(
    (
        "ijcai-theorem-1",
        "(13), Theorem 1, Assumption 1",
        "empty: (w_1i, w_2i, v_2i, V_1i) times (c, 1/c, 1/c, c) changes neither the output nor a term of R, so that no network is a strict \
         local minimum",
        "statement::residual::model",
        "certificates of the claim no-strict-minimum for every neuron and c next to 1; outputs and terms of R are equal, exactly",
        "another network with the same loss",
    ),
    scaled,
    || {
        vec![
            control("all four scaled", refuse_half_scaled),
            control("c > 0", |seed| refuse_beside(seed, Rational::from(-2), |why| *why == Unproved::RescaledFactor)),
            control("another network", |seed| {
                refuse_beside(seed, Rational::from(1), |why| *why == Unproved::EqualNetworks)
            }),
            control("v_2i free for w_1i = 0 alone", refuse_free_weights),
        ]
    },
    "outputs in f64 are compared in each trial",
);

/// Theorem 8.
pub const CRITICAL: Entry = entry(
    (
        "ijcai-theorem-8",
        "Theorem 8",
        "holds with C = E‖y‖²/(2κ): targets for which the derivatives along t W_2, t V_1, t V_2, t θ_i of a random network are 0, and the \
         terms of R beside C",
        "statement::residual::bounds",
        "derivatives and terms multiplied out, exactly; no certificate",
        "below C at stationary networks",
    ),
    stationary,
    || vec![control("∇F = 0", refuse_not_stationary)],
    "the terms are compared with C in f64 in each trial",
);

/// Lemma 9.
pub const CROWD: Entry = entry(
    (
        "ijcai-lemma-9",
        "Lemma 9",
        "refuted for both signs of the exponent: of opposite pairs in any dimension more than half have two at the angle π; of 16 directions of the plane \
         any 5 have two at 90° or more, η = ¾. Repaired: of m > 2 n l q^(n − 1) rows l + 1, scaled to the maximum norm 1, are within 2 √(n − 1)/q",
        "statement::residual::spread, statement::residual::bounds",
        "certificates of the claim spread for random pairs and random directions; of the repaired lemma squares of distances, exactly",
        "farther apart than the bound, proved; l + 1 rows found, all pairs as near",
    ),
    crowded,
    || {
        vec![
            control("⟨v, w⟩ ≤ 0 in a part", |seed| {
                let mut spread = Spread::sixteen();
                let part = (seed % 4) as usize;
                spread.vectors[4 * part] = spread.vectors[4 * part + 1].clone();
                refuse_object(spread.object(), |why| matches!(why, Unproved::Acute { .. }))
            }),
            control("fewer parts than m^η", |seed| {
                let exponent = Rational::from((1, 2 + (seed % 5) as u32));
                refuse_object(Spread { exponent, ..Spread::sixteen() }.object(), |why| {
                    matches!(why, Unproved::ManyParts { .. })
                })
            }),
            control("an angle above the bound", |_| {
                refuse_object(Spread { grows: true, ..Spread::sixteen() }.object(), |why| *why == Unproved::WithinBound)
            }),
            control("m > 2 n l", |seed| {
                let l = 1 + (seed % 4) as usize;
                match crowd(&random_rows(seed, 2, 4 * l), l) {
                    None => Ok(format!("{} rows of the plane are no more than 2 n l for l = {l}", 4 * l)),
                    Some(_) => Err("too few rows were found crowded".into()),
                }
            }),
            control("rows other than 0", |seed| {
                let mut rows = random_rows(seed, 2, 12);
                rows[(seed % 12) as usize] = vec![Rational::new(); 2];
                match crowd(&rows, 1) {
                    None => Ok("a row of zeros has no direction".into()),
                    Some(_) => Err("a row of zeros was scaled".into()),
                }
            }),
        ]
    },
    "cells are integers; the distances are compared in f64 in each trial",
);

/// Lemma 10.
pub const LIPSCHITZ: Entry = entry(
    (
        "ijcai-lemma-10",
        "Lemma 10",
        "holds with the constant 1 for any two vectors: E (σ(w x) − σ(v x))² ≤ (w − v)ᵀ Σ (w − v)",
        "statement::residual::bounds",
        "both sides multiplied out, exactly; no certificate",
        "at most the other side",
    ),
    lipschitz,
    || {
        vec![control("the constant 1", |seed| {
            let [left, right] =
                lemma_10(&[Rational::from(1)], &[Rational::new()], &[vec![Rational::from(1 + seed % 9)]]);
            let less = Rational::from((99, 100)) * right;
            if left > less {
                Ok("99/100 is not enough for w = 1, v = 0".into())
            } else {
                Err("a smaller constant passed".into())
            }
        })]
    },
    "both sides are compared in f64 in each trial",
);

/// Theorem 11.
pub const WALL: Entry = entry(
    (
        "ijcai-theorem-11",
        "Theorem 11, κ > 0",
        "refuted: one sample, two networks of any number of neurons, and a loss above both and above F*_w that every path reaches; a valley \
         that is above F*_w as a whole. Of step 2: W_2(t) V_1 = 1 has no solution at t = 1",
        "statement::residual::wall",
        "certificates of the claim separated: the inequality of the means, with the numbers of the file; 1 as a combination",
        "a wall for every m, proved",
    ),
    wall,
    || {
        vec![
            control("κ > 0", |_| {
                refuse_wall(ResidualWall::of_theorem_11(&2.into(), &Rational::new(), 1, 3), |why| {
                    matches!(why, NoWall::Kappa(_))
                })
            }),
            control("y − 1 ≥ κ/2", |seed| {
                let kappa = Rational::from(15 + seed % 9);
                refuse_wall(ResidualWall::of_theorem_11(&2.into(), &kappa, 1, 3), |why| {
                    matches!(why, NoWall::Target(_))
                })
            }),
            control("y − 1 > (k + 2)(s − 1) + κ/4", |_| {
                refuse_wall(ResidualWall::of_theorem_11(&(11, 10).into(), &(1, 4).into(), 1, 3), |why| {
                    *why == NoWall::Low
                })
            }),
            control("m ≥ 2", |_| {
                refuse_wall(ResidualWall::of_theorem_11(&2.into(), &1.into(), 1, 1), |why| {
                    matches!(why, NoWall::Neurons(1))
                })
            }),
            control("two sides of the wall", |seed| refuse_object(two_sides(seed), |why| *why == Unproved::Signs)),
            control("losses below the wall", |seed| {
                // Its output is another one: 8 times 4 and more, where 8 is wanted.
                let mut wall = ResidualWall::of_theorem_11(&2.into(), &1.into(), 1, 2).map_err(words)?;
                wall.above.first[0] *= Rational::from(4 + seed % 5);
                refuse_object(wall.object(), |why| matches!(why, Unproved::NotBelow { .. }))
            }),
            control("c ≥ 1", |_| {
                let mut wall =
                    ResidualWall::of_theorem_11(&(3, 2).into(), &1.into(), 1, 2).map_err(words)?.with_valley();
                wall.root = Rational::from((9, 10));
                refuse_object(wall.object(), |why| *why == Unproved::Split)
            }),
        ]
    },
    COMPARED,
);

/// Theorem R.
pub const MERGED: Entry = entry(
    (
        "ijcai-theorem-r",
        "Theorem R, in the place of Theorem 11",
        "κ = 0, m < N: l neurons emptied along a line with P = W_2 V_1 constant, by a cut, into nearest neighbours, by least squares, and as in \
         the paper",
        "statement::residual::merge",
        "the maximum of the loss at all kinks, exactly; of the cut also below the bound of the theorem. The certificates of such paths are \
         those of theorem-r",
        "the exact maximum on the line; of a cut within the bound",
    ),
    merged,
    || {
        vec![
            control("l ≤ m − 2 d_y", |seed| {
                let case = Case::draw(2, 6, 8, seed);
                match case.removed(5, Strategy::Cut) {
                    Err(why @ NotRemoved::TooMany { .. }) => Ok(why.to_string()),
                    other => Err(format!("five of six neurons: {:?}", other.map(|found| found.emptied))),
                }
            }),
            control("W_2 ≠ 0", |seed| {
                let case = Case::draw(2, 6, 8, seed).without_head();
                match case.removed(2, Strategy::Cut) {
                    Err(why @ NotRemoved::NoPivot) => Ok(why.to_string()),
                    other => Err(format!("no pivot: {:?}", other.map(|found| found.emptied))),
                }
            }),
        ]
    },
    "the proposals of nearest, refit and cone are in f64 already; the loss is evaluated in f64 beside the exact one in each trial",
);

fn float(stray: Option<f64>) -> Vec<Float> {
    vec![Float { kernel: "double".into(), stray }]
}

/// How far a double is from an exact number, relative to it (at least 1).
fn apart(double: f64, exact: &Rational) -> Vec<Float> {
    let exact = exact.to_f64();
    float(Some((double - exact).abs() / exact.abs().max(1.0)))
}

/// A function through 3 to 9 points with places far apart, or next to each other where the instance is adversarial.
fn function(draw: &mut Draw, setup: &Setup) -> PiecewiseLinear {
    let count = draw.count(3..=9);
    let step = if setup.twist == Twist::Generic { Rational::from(1) } else { Rational::from(1) >> 100 };
    let (mut place, mut places, mut values) = (Rational::from(-3), vec![], vec![]);
    for _ in 0..count {
        place += Rational::from(draw.count(1..=4)) * &step;
        places.push(place.clone());
        values.push(Rational::from((draw.count(0..=12), 4)));
    }
    PiecewiseLinear { places, values }
}

/// One with a strict minimum at least.
fn with_wells(draw: &mut Draw, setup: &Setup) -> PiecewiseLinear {
    loop {
        let found = function(draw, setup);
        let inner = 1..found.values.len() - 1;
        if inner.into_iter().any(|k| found.values[k] < found.values[k - 1] && found.values[k] < found.values[k + 1]) {
            return found;
        }
    }
}

fn random_function(seed: u64) -> PiecewiseLinear {
    let setup = Setup { seed, twist: Twist::Generic, real: None };
    with_wells(&mut Draw::new("ijcai-wells", seed, Twist::Generic), &setup)
}

fn swapped(seed: u64) -> PiecewiseLinear {
    let mut function = random_function(seed);
    function.places.swap(0, 1);
    function
}

fn flat(seed: u64) -> PiecewiseLinear {
    let mut function = random_function(seed);
    function.values.sort();
    function
}

fn refuse_wells(function: PiecewiseLinear, expected: fn(&Unproved) -> bool) -> Refusal {
    refuse_object(function.object(), expected)
}

fn refuse_object(object: Object, expected: fn(&Unproved) -> bool) -> Refusal {
    unproved(prove(object), expected)
}

fn connected(setup: &Setup) -> Outcome {
    let draw = &mut Draw::new("ijcai-theorem-3", setup.seed, setup.twist);
    let function = with_wells(draw, setup);
    let found = function.verify().map_err(words)?;
    let sets = function.minimum_sets();
    let least = function.values.iter().min().expect("a value").clone();
    // Theorem 2: one minimum set if all sublevel sets are connected, two of them otherwise.
    if found.connected_from.is_none() != (sets.len() == 1) || found.connected_from.is_none() && sets[0].1 != least {
        return Err(format!("{} minimum sets, connected from {:?}", sets.len(), found.connected_from));
    }
    let from = found.connected_from.clone().unwrap_or_else(|| least.clone());
    for level in [from.clone(), Rational::from(&from + 1), found.ceiling.clone()] {
        // Theorem 3, the set not being empty, and the components counted.
        if found.theorem_3_holds(&level) != Some(true) || function.components(&level).len() != 1 {
            return Err(format!("Theorem 3 fails at {level}"));
        }
    }
    if found.connected_from.is_some() {
        // Just below, where no value of a place lies between, there are two components at least.
        let below = function.values.iter().filter(|value| **value < from).max().expect("a lower side");
        if function.components(&((Rational::from(below + &from)) / 2)).len() < 2 {
            return Err(format!("connected below {from}"));
        }
    }
    let values: Vec<f64> = function.values.iter().map(Rational::to_f64).collect();
    Ok(Proof { moves: found.wells.len(), floats: apart(double_depth(&values), &found.depth), ..Proof::default() })
}

/// The largest f(p) − max(f(a), f(b)), a ≤ p ≤ b.
fn double_depth(values: &[f64]) -> f64 {
    let least = |part: &[f64]| part.iter().copied().fold(f64::INFINITY, f64::min);
    let depth = |p: usize| values[p] - least(&values[..=p]).max(least(&values[p..]));
    (0..values.len()).map(depth).fold(0.0, f64::max)
}

/// The least barrier from a place to another place that is no higher; none if there is none.
fn lower_barrier(function: &PiecewiseLinear, place: &Rational) -> Option<Rational> {
    let value = function.at(place);
    let others = function.places.iter().filter(|other| *other != place && function.at(other) <= value);
    others.map(|other| function.barrier(place, other)).min()
}

fn depth(setup: &Setup) -> Outcome {
    let draw = &mut Draw::new("ijcai-theorem-4", setup.seed, setup.twist);
    let (scale, shift) = (Rational::from((draw.count(1..=20), 7)), Rational::from(draw.count(0..=9)));
    let mut wells = three_wells();
    wells.values.iter_mut().for_each(|value| *value = Rational::from(&*value * &scale) + &shift);
    let found = wells.verify().map_err(words)?;
    let holds: Vec<bool> = found.wells.iter().map(|well| found.theorem_4_holds_at(well)).collect();
    if found.depth != Rational::from((5, 2)) * &scale || holds != [false, false, true] {
        return Err(format!("depth {}, Theorem 4 holds: {holds:?}", found.depth));
    }
    let mut repaired = 0;
    for function in [wells, with_wells(draw, setup)] {
        let found = function.verify().map_err(words)?;
        for well in &found.wells {
            let Some(barrier) = lower_barrier(&function, &well.place) else { continue };
            if barrier > Rational::from(&well.value + &found.depth) {
                return Err(format!("from {} to a point no higher over {barrier}, ε = {}", well.place, found.depth));
            }
            repaired += 1;
        }
    }
    let values: Vec<f64> = three_wells().values.iter().map(|value| value.to_f64() * scale.to_f64()).collect();
    Ok(Proof { moves: repaired, floats: apart(double_depth(&values), &found.depth), ..Proof::default() })
}

fn remark(setup: &Setup) -> Outcome {
    remark_3_1().verify().map_err(words)?;
    let draw = &mut Draw::new("ijcai-remark-3.1", setup.seed, setup.twist);
    let small = if setup.twist == Twist::Generic { 0 } else { 80 };
    loop {
        let point = draw.matrix(2, 1);
        let point = [point[0].clone(), point[1].clone() * 4u32];
        let value = Remark.at(&point);
        let epsilon = value.clone().max(Rational::from(1) >> small);
        let Some(way) = Remark.way(&epsilon, &point) else {
            return Err(format!("no way from {point:?} below {epsilon}"));
        };
        // On each segment one coordinate stays: F is monotone in |y|, and (x² − 1)² is largest at an end or at 0.
        let [from, far, at_one, end] = &way;
        let middle = [Rational::new(), far[1].clone()];
        let stays = from[0] == far[0] && far[1] == at_one[1] && at_one[0] == 1 && *end == [1, 0].map(Rational::from);
        let away = Rational::from(far[1].abs_ref()) >= Rational::from(from[1].abs_ref());
        if !stays || !away || [from, far, at_one, &middle].iter().any(|corner| Remark.at(corner) > epsilon) {
            return Err(format!("the way from {point:?} leaves {{F ≤ {epsilon}}}"));
        }
        if value > 0 {
            let [x, y] = [&point[0], &point[1]].map(Rational::to_f64);
            return Ok(Proof {
                moves: 3,
                floats: apart((x * x - 1.0).powi(2) / (1.0 + y * y), &value),
                ..Proof::default()
            });
        }
    }
}

fn separated(instance: &SeparatedZeros, setup: &Setup) -> Outcome {
    instance.verify().map_err(words)?;
    // Where the separator vanishes the loss is not 0, at random points.
    let draw = &mut Draw::new("ijcai-zeros", setup.seed, setup.twist);
    let (mut least, mut point) = (Rational::from(1), vec![]);
    for _ in 0..20 {
        point = draw.matrix(instance.positive.len(), 1).iter().cloned().collect();
        point[0] = Rational::new();
        least = least.min(instance.loss(&point));
    }
    if least <= 0 || !instance.separator(&point).is_zero() {
        return Err(format!("the loss is {least} where w_1 = 0"));
    }
    let ends = [&instance.positive, &instance.negative].map(|point| instance.loss(point));
    if ends.iter().any(|loss| !loss.is_zero()) {
        return Err("an end is no zero".into());
    }
    Ok(Proof { moves: 2, floats: float(Some(0.0)), ..Proof::default() })
}

/// Above the infimum nothing is separated: where w_1 = 0 the loss is as small as one likes.
fn not_separated_above(
    instance: &SeparatedZeros,
    seed: u64,
    point: fn(Rational, Rational) -> Vec<Rational>,
) -> Refusal {
    let small = Rational::from((1, 10 + seed % 90));
    let loss = instance.loss(&point(small.clone(), small.clone().recip()));
    if loss == small.clone().square() {
        Ok(format!("w_1 = 0 and loss {loss}: the set of no level above 0 is parted there"))
    } else {
        Err(format!("a loss of {loss} at w_1 = 0, w_2 = {small}"))
    }
}

fn forged_zero(instance: &SeparatedZeros, seed: u64) -> Refusal {
    let mut forged = instance.clone();
    forged.negative = forged.positive.clone();
    if seed.is_multiple_of(2) {
        return refuse_object(forged.object(), |why| *why == Unproved::Signs);
    }
    forged.positive[2] += Rational::from(1 + seed % 5);
    forged.positive[0] += 1;
    refuse_object(forged.object(), |why| matches!(why, Unproved::NotAZero { .. }))
}

fn forged_cofactor(instance: &SeparatedZeros, seed: u64) -> Refusal {
    let Object::Zeros(mut zeros) = instance.object() else { return Err("no zeros".into()) };
    let which = seed as usize % zeros.cofactors.len();
    let term = &mut zeros.cofactors[which][0];
    term.coefficient = Fraction::new((2 + seed % 9).to_string()).map_err(words)?;
    refuse_object(Object::Zeros(zeros), |why| *why == Unproved::NotOne)
}

/// A network with rational norms: rows (3, 4), (5, 12), (8, 15) over something, one inner entry a layer.
fn skip(draw: &mut Draw, outputs: usize) -> Skip {
    const ROWS: [[i32; 2]; 6] = [[3, 4], [-4, 3], [5, -12], [12, 5], [-8, 15], [1, 0]];
    let (neurons, width) = (draw.count(2..=4), draw.count(1..=2));
    let stem = DMatrix::from_fn(neurons, 2, |_, _| Rational::new());
    let mut network = Skip {
        stem,
        head: draw.matrix(outputs, neurons),
        first: draw.matrix(width, neurons).map(|entry| entry.abs()),
        inner: (0..draw.count(1..=2)).map(|_| DMatrix::from_element(width, width, Rational::new())).collect(),
        last: draw.matrix(neurons, width),
    };
    for i in 0..neurons {
        let (row, scale) = (ROWS[draw.count(0..=ROWS.len() - 1)], draw.count(1..=5) as u32);
        for (j, entry) in row.into_iter().enumerate() {
            network.stem[(i, j)] = Rational::from((entry, scale));
        }
    }
    for theta in &mut network.inner {
        theta[(0, 0)] = Rational::from((draw.count(1..=9) as u32, 4));
    }
    network
}

fn points(draw: &mut Draw, count: usize) -> Vec<Vec<Rational>> {
    (0..count).map(|_| draw.matrix(2, 1).iter().cloned().collect()).collect()
}

fn scaled(setup: &Setup) -> Outcome {
    let draw = &mut Draw::new("ijcai-theorem-1", setup.seed, setup.twist);
    let mut network = skip(draw, 2);
    if draw.once_in(4) {
        // A neuron that is 0, but for its weights of the block.
        for mut list in [network.stem.row_mut(0), network.last.row_mut(0)] {
            list.iter_mut().for_each(|weight| *weight = Rational::new());
        }
        network.head.column_mut(0).iter_mut().for_each(|weight| *weight = Rational::new());
    }
    let near = if setup.twist == Twist::Generic { 10 } else { 200 };
    let c = (Rational::from(1) >> near) + 1u32;
    let mut stray: f64 = 0.0;
    for neuron in 0..network.neurons() {
        let other = network.beside(neuron, &c);
        if other == network || other.invariants() != network.invariants() {
            return Err(format!("neuron {neuron}: the same network, or other terms of R"));
        }
        prove(network.no_strict_minimum(neuron, &c)).map_err(words)?;
        for x in points(draw, 4) {
            let [here, there] = [&network, &other].map(|network| network.output(&x));
            if here != there {
                return Err(format!("neuron {neuron}: another output at {x:?}"));
            }
            stray = stray.max(in_doubles(&other, &x, &here));
        }
    }
    Ok(Proof { moves: network.neurons(), floats: float(Some(stray)), ..Proof::default() })
}

/// How far the output in f64 is from the exact one.
fn in_doubles(network: &Skip, x: &[Rational], exact: &[Rational]) -> f64 {
    let double = |matrix: &DMatrix<Rational>| matrix.map(|entry| entry.to_f64());
    let relu = |matrix: DMatrix<f64>| matrix.map(|entry| entry.max(0.0));
    let features = relu(double(&network.stem) * double(&DMatrix::from_column_slice(x.len(), 1, x)));
    let inside = network.inner.iter().fold(double(&network.first) * &features, |z, theta| double(theta) * relu(z));
    let output = double(&network.head) * (features + double(&network.last) * inside);
    let apart = |(a, b): (&f64, &Rational)| (a - b.to_f64()).abs() / b.to_f64().abs().max(1.0);
    output.iter().zip(exact).map(apart).fold(0.0, f64::max)
}

fn refuse_half_scaled(seed: u64) -> Refusal {
    let draw = &mut Draw::new("ijcai-theorem-1", seed, Twist::Generic);
    loop {
        let network = skip(draw, 1);
        let mut half = network.beside(0, &Rational::from(2));
        half.last = network.last.clone();
        let x = points(draw, 1).remove(0);
        if half.output(&x) != network.output(&x) {
            let object = network.beside_by(0, half, &Rational::from(2));
            return refuse_object(object, |why| *why == Unproved::NotRescaled { part: "V_1" });
        }
    }
}

/// A network beside itself, with a factor that makes no other one.
fn refuse_beside(seed: u64, factor: Rational, expected: fn(&Unproved) -> bool) -> Refusal {
    let network = skip(&mut Draw::new("ijcai-theorem-1", seed, Twist::Generic), 1);
    refuse_object(network.beside_by(0, network.clone(), &factor), expected)
}

/// Weights of the block are not free where the neuron has incoming weights.
fn refuse_free_weights(seed: u64) -> Refusal {
    let draw = &mut Draw::new("ijcai-theorem-1", seed, Twist::Generic);
    loop {
        let mut network = skip(draw, 1);
        network.head.column_mut(0).iter_mut().for_each(|weight| *weight = Rational::new());
        network.last.row_mut(0).iter_mut().for_each(|weight| *weight = Rational::new());
        let mut other = network.clone();
        other.first.column_mut(0).iter_mut().for_each(|weight| *weight += 1);
        let x = points(draw, 1).remove(0);
        if other.output(&x) == network.output(&x) {
            continue;
        }
        let object = match network.beside_by(0, other, &Rational::from(1)) {
            Object::Rescaled(mut rescaled) => {
                rescaled.factor = None;
                Object::Rescaled(rescaled)
            }
            other => other,
        };
        return refuse_object(object, |why| *why == Unproved::RescaledLives);
    }
}

/// A network whose ‖W_2 V_1‖_1, Σ ‖v_2i‖_1 ‖w_1i‖_2 and ‖θ_i‖_F are equal, with inputs and targets at which F is stationary.
fn stationary_network(draw: &mut Draw) -> (Skip, Vec<Sample>, Rational) {
    loop {
        let outputs = draw.count(1..=2);
        let mut network = skip(draw, outputs);
        let Some(norms) = Norms::of(&network) else { continue };
        if norms.product.is_zero() || norms.first.is_zero() {
            continue;
        }
        let size = Rational::from((draw.count(1..=8) as u32, 4));
        let (last, first) = (Rational::from(&size / &norms.product), Rational::from(&size / &norms.first));
        network.last.iter_mut().for_each(|weight| *weight *= &last);
        network.first.iter_mut().for_each(|weight| *weight *= &first);
        for theta in &mut network.inner {
            theta[(0, 0)] = size.clone();
        }
        let count = draw.count(2..=5);
        let (inputs, kappa) = (points(draw, count), Rational::from((draw.count(1..=8) as u32, 4)));
        if let Some(targets) = stationary_targets(&network, &inputs, &kappa) {
            return (network, inputs.into_iter().zip(targets).collect(), kappa);
        }
    }
}

fn stationary(setup: &Setup) -> Outcome {
    let (network, samples, kappa) = stationary_network(&mut Draw::new("ijcai-theorem-8", setup.seed, setup.twist));
    let critical = critical_point();
    for (network, samples, kappa) in [(&network, &samples, &kappa), (&critical.0, &critical.1, &critical.2)] {
        let norms = Norms::of(network).ok_or("a norm that is not rational")?;
        if derivatives(network, &norms, samples, kappa).iter().any(|slope| !slope.is_zero()) {
            return Err("not stationary".into());
        }
        let constant = theorem_8_constant(samples, kappa);
        if norms.largest() > constant {
            return Err(format!("{} is above {constant}", norms.largest()));
        }
    }
    let norms = Norms::of(&network).ok_or("a norm that is not rational")?;
    let sum: f64 = samples.iter().flat_map(|(_, y)| y).map(|y| y.to_f64().powi(2)).sum();
    let double = sum / samples.len() as f64 / (2.0 * kappa.to_f64());
    let floats = apart(double, &theorem_8_constant(&samples, &kappa));
    Ok(Proof { moves: 3 + norms.inner.len(), floats, ..Proof::default() })
}

fn refuse_not_stationary(seed: u64) -> Refusal {
    let (mut network, samples, kappa) = stationary_network(&mut Draw::new("ijcai-theorem-8", seed, Twist::Generic));
    // Any multiple of V_1: the terms of R grow, and the targets do not.
    network.last.iter_mut().for_each(|weight| *weight *= 1_000_000);
    let norms = Norms::of(&network).ok_or("a norm that is not rational")?;
    let constant = theorem_8_constant(&samples, &kappa);
    let slopes = derivatives(&network, &norms, &samples, &kappa);
    if norms.largest() > constant && slopes.iter().any(|slope| !slope.is_zero()) {
        Ok(format!("not stationary, and {} is above {constant}", norms.largest()))
    } else {
        Err("a network that is not stationary is within the bound".into())
    }
}

fn random_rows(seed: u64, n: usize, count: usize) -> Vec<Vec<Rational>> {
    rows(&mut Draw::new("ijcai-rows", seed, Twist::Generic), n, count)
}

fn rows(draw: &mut Draw, n: usize, count: usize) -> Vec<Vec<Rational>> {
    let mut rows = vec![];
    while rows.len() < count {
        let row: Vec<Rational> = draw.matrix(n, 1).iter().cloned().collect();
        if row.iter().any(|entry| !entry.is_zero()) {
            rows.push(row);
        }
    }
    rows
}

fn crowded(setup: &Setup) -> Outcome {
    let draw = &mut Draw::new("ijcai-lemma-9", setup.seed, setup.twist);
    for spread in [opposite(draw), turned(draw)] {
        refuted(&spread)?;
    }
    let (n, l, q) = (draw.count(1..=3), draw.count(1..=4), draw.count(1..=3));
    let count = 2 * n * l * q.pow(n as u32 - 1) + 1;
    let rows = rows(draw, n, count);
    let found = crowd(&rows, l).ok_or("no crowd among enough rows")?;
    let scaled: Vec<Vec<Rational>> = found.rows.iter().filter_map(|&row| on_cube(&rows[row])).collect();
    let distance = |a: &[Rational], b: &[Rational]| -> Rational {
        a.iter().zip(b).map(|(x, y)| Rational::from(x - y).square()).sum()
    };
    let pairs = scaled.iter().flat_map(|a| scaled.iter().map(move |b| distance(a, b)));
    let largest = pairs.max().ok_or("no rows")?;
    if scaled.len() != l + 1 || largest > found.squared_distance || (n > 1 && (found.cells as usize) < q) {
        return Err(format!("{} rows, {} cells, squared distance {largest}", scaled.len(), found.cells));
    }
    let double = |row: &Vec<Rational>| row.iter().map(Rational::to_f64).collect::<Vec<_>>();
    let doubles: Vec<Vec<f64>> = scaled.iter().map(double).collect();
    let squared = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| (x - y).powi(2)).sum::<f64>();
    let most = doubles.iter().flat_map(|a| doubles.iter().map(move |b| squared(a, b))).fold(0.0, f64::max);
    Ok(Proof { moves: scaled.len(), floats: apart(most, &largest), ..Proof::default() })
}

/// Pairs ±v: m^(1 − η) is below (3/2)ⁿ and below 2 for η = 7/8 and up to 16 vectors, and for η = 1.
fn opposite(draw: &mut Draw) -> Spread {
    let (n, pairs) = (draw.count(1..=4), draw.count(1..=8));
    let exponent = if draw.once_in(2) { Rational::from(1) } else { Rational::from((7, 8)) };
    Spread::opposite(&rows(draw, n, pairs), exponent, draw.once_in(2))
}

/// Directions turned by right angles: m^(1 − η) is between (4/3)² and 4 for m from 16 to 48 and these η.
fn turned(draw: &mut Draw) -> Spread {
    let count = draw.count(4..=12);
    let directions: Vec<_> = rows(draw, 2, count).into_iter().map(|row| [row[0].clone(), row[1].clone()]).collect();
    let exponent = if draw.once_in(2) { Rational::from((3, 4)) } else { Rational::from((2, 3)) };
    Spread::turned(&directions, exponent)
}

/// Proved by the checker; and in f64 the smallest angle of a part is above the bound.
fn refuted(spread: &Spread) -> Result<(), String> {
    spread.verify().map_err(words)?;
    let doubles: Vec<Vec<f64>> = spread.vectors.iter().map(|row| row.iter().map(Rational::to_f64).collect()).collect();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    let angle = |a: &[f64], b: &[f64]| (dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()).clamp(-1.0, 1.0).acos();
    let pairs = spread.parts.iter().flat_map(|part| part.iter().flat_map(move |i| part.iter().map(move |j| (*i, *j))));
    let angles = pairs.filter(|(i, j)| i < j).map(|(i, j)| angle(&doubles[i], &doubles[j]));
    let least = angles.fold(f64::INFINITY, f64::min);
    match least > spread.bound() {
        true => Ok(()),
        false => Err(format!("in f64 the angle {least} is within the bound {}", spread.bound())),
    }
}

fn lipschitz(setup: &Setup) -> Outcome {
    let draw = &mut Draw::new("ijcai-lemma-10", setup.seed, setup.twist);
    let n = draw.count(1..=4);
    let mut vector = || draw.matrix(n, 1).iter().cloned().collect::<Vec<Rational>>();
    let (w, v) = (vector(), vector());
    let inputs: Vec<_> = (0..8).map(|_| vector()).collect();
    let [left, right] = lemma_10(&w, &v, &inputs);
    if left > right {
        return Err(format!("{left} is above {right}"));
    }
    let dot = |a: &[Rational], b: &[Rational]| a.iter().zip(b).map(|(x, y)| x.to_f64() * y.to_f64()).sum::<f64>();
    let double: f64 = inputs.iter().map(|x| (dot(&w, x).max(0.0) - dot(&v, x).max(0.0)).powi(2)).sum();
    Ok(Proof { moves: inputs.len(), floats: apart(double, &left), ..Proof::default() })
}

fn wall(setup: &Setup) -> Outcome {
    let draw = &mut Draw::new("ijcai-theorem-11", setup.seed, setup.twist);
    step_2().verify().map_err(words)?;
    let (inner, neurons) = (draw.count(1..=3), draw.count(2..=40));
    // y = s^(k + 2) with s − 1 as small as 1/10, and κ as small as 2^−80 where the instance is adversarial.
    let s = Rational::from((draw.count(2..=40), 20)) + 1u32;
    let kappa = if setup.twist == Twist::Generic { Rational::from((1, 4)) } else { Rational::from(1) >> 80 };
    let instance = loop {
        let scale = Rational::from((draw.count(1..=8), 8));
        if let Ok(instance) = ResidualWall::of_theorem_11(&s, &(scale * &kappa), inner, neurons) {
            break instance;
        }
    };
    let levels = instance.verify().map_err(words)?;
    if levels.wall != instance.wall() || levels.excess() <= 0 || levels.losses[1] != levels.two_layer {
        return Err(format!("{levels:?}"));
    }
    // The valley is a bad one where κ (k + 2) s − κ²/4 > κ y − κ²/4.
    let bad = s.clone() * (inner + 2) > instance.target;
    if bad != instance.clone().with_valley().verify().is_ok() {
        return Err(format!("the valley of {instance}"));
    }
    let stray = if instance.stands_in_doubles() { 0.0 } else { 1.0 };
    Ok(Proof { moves: neurons, floats: float(Some(stray)), ..Proof::default() })
}

fn refuse_wall(found: Result<ResidualWall, NoWall>, expected: fn(&NoWall) -> bool) -> Refusal {
    refused(found, expected)
}

/// Both networks on one side.
fn two_sides(seed: u64) -> Object {
    let neurons = 2 + (seed % 7) as usize;
    let mut wall = ResidualWall::of_theorem_11(&2.into(), &1.into(), 1, neurons).expect("s = 2");
    wall.below = wall.above.clone();
    wall.object()
}

fn merged(setup: &Setup) -> Outcome {
    let draw = &mut Draw::new("ijcai-theorem-r", setup.seed, setup.twist);
    let (n, neurons) = (draw.count(1..=3), draw.count(6..=14));
    let samples = neurons + draw.count(1..=20);
    let case = Case::draw(n, neurons, samples, setup.seed);
    let emptied = draw.count(1..=neurons - 2);
    let (start, mut kinks, mut floats) = (case.loss(), 0, vec![]);
    for strategy in Strategy::ALL {
        let removed = case.removed(emptied, strategy).map_err(words)?;
        let maximum = removed.maximum();
        let between = (1..8).map(|k| removed.at(&Rational::from((k, 8))));
        if maximum < start || between.into_iter().any(|loss| loss > maximum) || removed.at(&Rational::new()) != start {
            return Err(format!("{}: a loss above the maximum {maximum}", strategy.name()));
        }
        if strategy == Strategy::Cut && !removed.maximum_is_within_the_bound() {
            return Err(format!("the cut is above its bound: {maximum}"));
        }
        kinks += removed.kinks().len();
        floats = apart(removed.maximum_in_doubles(), &maximum);
    }
    Ok(Proof { moves: kinks, floats, ..Proof::default() })
}

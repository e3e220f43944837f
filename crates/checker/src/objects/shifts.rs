//! **No relation among shifts** (Assumption 2.2, Lemma 2.3): for the given non-zero, distinct a_1, …, a_p there are no λ with
//! σ(x) = Σ λ_i σ(x − a_i) for all x. Four arguments:
//! - *kinks*: the copy i bends exactly at the kinks of σ moved by a_i. A kink at which one copy bends and nothing else does
//!   makes its λ 0; at the last kink σ bends and no remaining copy does.
//! - *points*: Σ_k y_k σ(x_k − a_i) = 0 for all i, but Σ_k y_k σ(x_k) ≠ 0.
//! - *curvature*, for σ(x) = x (x ≥ 0), α(eˣ − 1) (x < 0) with any α > 0: the second difference at x, x + h, x + 2h of the
//!   copy i is 0 where x ≥ a_i and positive times α where x + 2h ≤ a_i. Copy after copy falls as above.
//! - *enclosure*, for one α: with the values M of the copies and of σ at points, known up to radii, and a matrix R,
//!   ‖I − R M‖ < 1 in the maximum row sum norm makes the columns of M independent.

use super::{
    meter::{Meter, step_work},
    numbers,
};
use crate::rational::Rational;
use crate::{
    activation::Activation,
    certificate::{
        Exceeded, Fraction, Limit, Limits,
        object::{Bend, Curvature, Enclosure, Kinks, Points},
    },
    finding::{Finding, Unproved},
    interval::{Interval, Precision},
    matrix::{Matrix, Reading, bits, fraction},
    verdict::{Failure, Part, Rejection},
};
use num_bigint::BigInt;
use num_integer::Integer as _;
use num_traits::{Signed, Zero};

/// Not zero, distinct, at least one; no more than σ may have breakpoints, as every one moves them all.
fn read_shifts(list: &[Fraction], limits: &Limits) -> Result<Vec<Rational>, Failure> {
    limits.allow(Limit::Breakpoints, list.len() as u64)?;
    let shifts = numbers(list)?;
    allow_looks(shifts.len(), usize::BITS as usize, longest(&shifts), limits)?;
    let mut ascending: Vec<_> = shifts.iter().collect();
    ascending.sort();
    let proper =
        !shifts.is_empty() && !shifts.iter().any(Zero::is_zero) && ascending.windows(2).all(|pair| pair[0] != pair[1]);
    if proper { Ok(shifts) } else { Err(Rejection::from(Unproved::Shifts).into()) }
}

/// Whether so many sums or comparisons of fractions of so many bits are not too much work; each takes a greatest common divisor at
/// most.
fn allow_looks(steps: usize, copies: usize, bits: u64, limits: &Limits) -> Result<(), Exceeded> {
    let looks = (steps as u64).saturating_mul(copies as u64 + 2);
    limits.allow(Limit::Products, looks.saturating_mul(step_work(bits)))
}

fn longest(numbers: &[Rational]) -> u64 {
    numbers.iter().map(bits).max().unwrap_or(0)
}

/// What sees the copies one after another: `seen(i)` says how the copy i looks where a step looks, σ itself for none.
fn exclude(
    remaining: &mut Vec<usize>,
    step: usize,
    shift: usize,
    seen: impl Fn(Option<usize>) -> Look,
) -> Result<(), Rejection> {
    let place = remaining.iter().position(|&index| index == shift).ok_or(Unproved::NoSuchCopy { step, shift })?;
    remaining.remove(place);
    if seen(Some(shift)) != Look::Bent {
        return Err(Unproved::Straight { step }.into());
    }
    if let Some(&other) = remaining.iter().find(|&&index| seen(Some(index)) != Look::Straight) {
        return Err(Unproved::OtherCopy { step, other }.into());
    }
    if seen(None) != Look::Straight {
        return Err(Unproved::FunctionBends { step }.into());
    }
    Ok(())
}

/// The last step: σ alone is bent.
fn conclude(remaining: &[usize], seen: impl Fn(Option<usize>) -> Look) -> Result<(), Rejection> {
    if seen(None) != Look::Bent {
        return Err(Unproved::LastStraight.into());
    }
    match remaining.iter().find(|&&index| seen(Some(index)) != Look::Straight) {
        Some(&other) => Err(Unproved::LastCopy { other }.into()),
        None => Ok(()),
    }
}

#[derive(PartialEq)]
enum Look {
    /// Affine there.
    Straight,
    /// Not affine there, and known to be.
    Bent,
    /// Not known.
    Unclear,
}

pub fn kinks(kinks: &Kinks, limits: &Limits) -> Result<Finding, Failure> {
    let (activation, shifts) = (Activation::read(&kinks.activation, limits)?, read_shifts(&kinks.shifts, limits)?);
    let look = |at: &Rational, copy: Option<usize>| {
        let place = copy.map_or_else(|| at.clone(), |copy| at - &shifts[copy]);
        if activation.breakpoints().binary_search(&place).is_ok() { Look::Bent } else { Look::Straight }
    };
    let bends = kinks.exclusions.iter().map(|exclusion| fraction(&exclusion.kink)).collect::<Result<Vec<_>, _>>()?;
    let last = fraction(&kinks.kink)?;
    let numbers = [&bends[..], &shifts, activation.breakpoints()].map(longest).iter().sum::<u64>() + bits(&last);
    allow_looks(bends.len() + 1, shifts.len(), numbers, limits)?;
    let mut remaining = (0..shifts.len()).collect();
    for (step, (kink, exclusion)) in bends.iter().zip(&kinks.exclusions).enumerate() {
        exclude(&mut remaining, step, exclusion.shift, |copy| look(kink, copy))?;
    }
    conclude(&remaining, |copy| look(&last, copy))?;
    Ok(Finding::NoRelation { activation: activation.to_string(), shifts: shifts.len() })
}

pub fn points(points: &Points, limits: &Limits) -> Result<Finding, Failure> {
    let (activation, shifts) = (Activation::read(&points.activation, limits)?, read_shifts(&points.shifts, limits)?);
    let (places, weights) = (numbers(&points.points)?, numbers(&points.weights)?);
    if places.len() != weights.len() {
        return Err(Rejection::from(Unproved::Lengths).into());
    }
    limits.allow(Limit::Numbers, places.len() as u64 * (shifts.len() as u64 + 1))?;
    let mut meter = Meter::new(limits);
    let mut weighted =
        |shift: &Rational| meter.dot(places.iter().map(|x| activation.value(&(x - shift))).zip(&weights));
    for (copy, shift) in shifts.iter().enumerate() {
        if !weighted(shift)?.is_zero() {
            return Err(Unproved::CopySum { shift: copy }.into());
        }
    }
    if weighted(&Rational::zero())?.is_zero() {
        return Err(Rejection::from(Unproved::FunctionSum).into());
    }
    Ok(Finding::NoRelation { activation: activation.to_string(), shifts: shifts.len() })
}

pub fn curvature(curvature: &Curvature, limits: &Limits) -> Result<Finding, Failure> {
    let shifts = read_shifts(&curvature.shifts, limits)?;
    let zero = Rational::zero();
    let look = |bend: &Bend| -> Result<_, Rejection> {
        let (start, step) = (fraction(&bend.start)?, fraction(&bend.step)?);
        if !step.is_positive() {
            return Err(Unproved::Step.into());
        }
        let end = &start + step * BigInt::from(2);
        let (shifts, zero) = (&shifts, &zero);
        Ok(move |copy: Option<usize>| match copy.map_or(zero, |copy| &shifts[copy]) {
            shift if start >= *shift => Look::Straight,
            shift if end <= *shift => Look::Bent,
            _ => Look::Unclear,
        })
    };
    let bends = curvature.exclusions.iter().map(|curved| &curved.bend).chain([&curvature.last]);
    let ends = bends.flat_map(|bend| [&bend.start, &bend.step]).map(|end| fraction(end).map(|end| bits(&end)));
    let ends = ends.collect::<Result<Vec<u64>, _>>()?.into_iter().max().unwrap_or(0);
    allow_looks(curvature.exclusions.len() + 1, shifts.len(), 2 * ends + longest(&shifts), limits)?;
    let mut remaining = (0..shifts.len()).collect();
    for (step, curved) in curvature.exclusions.iter().enumerate() {
        exclude(&mut remaining, step, curved.shift, look(&curved.bend)?)?;
    }
    conclude(&remaining, look(&curvature.last)?)?;
    Ok(Finding::NoRelation { activation: "every exponential linear unit".into(), shifts: shifts.len() })
}

/// The most bits with which exponentials are enclosed.
const PRECISION: u64 = 8192;

pub fn enclosure(enclosure: &Enclosure, reading: Reading, limits: &Limits) -> Result<Finding, Failure> {
    let (alpha, mut shifts) = (fraction(&enclosure.alpha)?, read_shifts(&enclosure.shifts, limits)?);
    let points = numbers(&enclosure.points)?;
    if !alpha.is_positive() {
        return Err(Rejection::from(Unproved::Alpha).into());
    }
    let copies = shifts.len();
    limits.allow_memory((points.len() * (copies + 1)) as u64, PRECISION)?;
    shifts.push(Rational::zero());
    let size = shifts.len();
    let inverse = Matrix::read(&enclosure.left_inverse, Part::Object("left inverse"), (size, points.len()), reading)?;
    let precision = Precision(enclosure.precision.min(PRECISION));
    limits.allow(
        Limit::Products,
        enclosure_work(precision, inverse.den().bits().max(inverse.bits()), (points.len(), size)),
    )?;
    let values: Vec<Interval> = points
        .iter()
        .flat_map(|x| shifts.iter().map(move |shift| x - shift))
        .map(|x| linear_unit(&x, &alpha, precision))
        .collect();
    // Each row of R M, times the denominator of R, as intervals.
    let row_sum = |row: usize| -> BigInt {
        let entry = |column: usize| {
            let mut sum = Interval::point(BigInt::zero());
            for (k, factor) in inverse.row(row).iter().enumerate() {
                let value = &values[k * size + column];
                let (a, b) = (&value.lower * factor, &value.upper * factor);
                sum = sum.plus(&if a <= b { Interval { lower: a, upper: b } } else { Interval { lower: b, upper: a } });
            }
            let unit = if row == column { inverse.den() * precision.one() } else { BigInt::zero() };
            (&unit - sum.lower).abs().max((&unit - sum.upper).abs())
        };
        (0..size).map(entry).sum()
    };
    if (0..size).any(|row| row_sum(row) >= inverse.den() * precision.one()) {
        return Err(Rejection::from(Unproved::NotContracting).into());
    }
    let activation = format!("the exponential linear unit with α = {alpha}");
    Ok(Finding::NoRelation { activation, shifts: copies })
}

/// About how many products of words: each exponential is a series of some p/8 terms, each entry of R M a sum over the points.
fn enclosure_work(Precision(bits): Precision, long: u64, (points, size): (usize, usize)) -> u64 {
    let (words, values) = (bits / 64 + 1, (points * size) as u64);
    let series = values.saturating_mul((bits / 8 + 1) * words * words);
    let entries = values.saturating_mul(size as u64).saturating_mul(words.saturating_mul(long / 64 + 1));
    series.saturating_add(entries)
}

/// σ(x) = x for x ≥ 0, α(eˣ − 1) for x < 0, enclosed.
fn linear_unit(x: &Rational, alpha: &Rational, precision: Precision) -> Interval {
    let at = precision.enclose(x.numer(), x.denom());
    if !x.is_negative() {
        return at;
    }
    // x < 0, so that its upper end is at most 0; eˣ grows.
    let (low, high) = (precision.exp(&at.lower).lower, precision.exp(&at.upper).upper);
    let times = |value: BigInt, up: bool| {
        let product = (value - precision.one()) * alpha.numer();
        if up { product.div_ceil(alpha.denom()) } else { product.div_floor(alpha.denom()) }
    };
    Interval { lower: times(low, false), upper: times(high, true) }
}

//! Points and affine functions of a line or a plane as integer triples, and the sign of one at the other.
//!
//! A point is (X, Y, W) up to a positive factor, W ≥ 0: the point (X/W, Y/W), or for W = 0 a direction. An affine function
//! a x + b y + c is the form (a, b, c), up to a positive factor as well. On a line Y = b = 0. Signs of a X + b Y + c W are
//! all that is ever asked.
//!
//! Each triple has a *shadow* of three doubles, its entries over a power of two that all three share. An entry of a shadow
//! is off by a relative 2⁻⁵² at most (truncation), or below 2⁻¹⁰²⁰ if it has been flushed to zero. With u = 2⁻⁵³, the sum of
//! three products of shadows is then off from the true one by at most (2 · 2⁻⁵² + 3 u + O(u²)) (|a X| + |b Y| + |c W|) +
//! 6 · 2⁻¹⁰²⁰: beyond twice this (2⁻⁴⁹ and 2⁻⁹⁰⁰ are taken) the sign of the doubles is the sign.

use rug::{Assign, Complete, Integer};

/// A point or a form.
pub(super) type Triple = [Integer; 3];

/// See the module.
pub(super) type Shadow = [f64; 3];

/// The relative error that the filter allows for, 2⁻⁴⁹.
const RELATIVE: f64 = 1.0 / (1u64 << 49) as f64;

/// 2⁻⁹⁰⁰, what flushed entries may hide.
const FLUSHED: f64 = f64::from_bits((1023 - 900) << 52);

/// The bits of the largest entry.
pub(super) fn bits(triple: &Triple) -> u32 {
    triple.iter().map(Integer::significant_bits).max().unwrap_or(0)
}

/// The entries over 2^`exponent`, which is at least [`bits`].
pub(super) fn shadow(triple: &Triple, exponent: u32) -> Shadow {
    [0, 1, 2].map(|i| entry(&triple[i], exponent))
}

/// An integer over 2^`exponent`, truncated; zero below 2⁻¹⁰²⁰.
pub(super) fn entry(value: &Integer, exponent: u32) -> f64 {
    let (mantissa, own) = value.to_f64_exp();
    let below = u64::from(exponent - own);
    if below > 1020 { 0.0 } else { mantissa * f64::from_bits((1023 - below) << 52) }
}

/// The value of doubles and the error that it may have against the exact one.
#[inline(always)]
pub(super) fn evaluate(form: &Shadow, point: &Shadow) -> (f64, f64) {
    let [x, y, z] = [form[0] * point[0], form[1] * point[1], form[2] * point[2]];
    (x + y + z, (x.abs() + y.abs() + z.abs()) * RELATIVE + FLUSHED)
}

/// The sign, if doubles can tell it.
#[inline(always)]
pub(super) fn filtered(form: &Shadow, point: &Shadow) -> Option<i8> {
    let (value, error) = evaluate(form, point);
    if value > error {
        Some(1)
    } else if value < -error {
        Some(-1)
    } else {
        None
    }
}

/// a X + b Y + (c − t) W.
pub(super) fn value(form: &Triple, below: &Integer, point: &Triple) -> Integer {
    let mut sum = (&form[0] * &point[0]).complete();
    sum += &form[1] * &point[1];
    sum += &form[2] * &point[2];
    if !below.is_zero() {
        sum -= below * &point[2];
    }
    sum
}

/// −1, 0 or 1.
pub(super) fn sign(value: &Integer) -> i8 {
    value.cmp0() as i8
}

/// The determinant of three points: positive if they turn to the left.
pub(super) fn determinant(a: &Triple, b: &Triple, c: &Triple) -> Integer {
    let minor = |i: usize, j: usize| (&b[i] * &c[j]).complete() - &b[j] * &c[i];
    let mut sum = minor(1, 2) * &a[0];
    sum -= minor(0, 2) * &a[1];
    sum + minor(0, 1) * &a[2]
}

/// The point of the segment from p to q where a function vanishes that is `at_p` ≠ 0 and `at_q` of the other sign:
/// |f(q)| p + |f(p)| q in lowest terms.
pub(super) fn crossing(p: &Triple, at_p: &Integer, q: &Triple, at_q: &Integer) -> Triple {
    let mut point: Triple = Default::default();
    for (entry, (p, q)) in point.iter_mut().zip(p.iter().zip(q)) {
        // f(p) < 0 < f(q): f(q) p − f(p) q; with the signs changed if f(q) < 0.
        entry.assign(at_q * p);
        *entry -= at_p * q;
        if at_q.is_negative() {
            *entry *= -1;
        }
    }
    lowest_terms(&mut point);
    point
}

/// Divides by the greatest common divisor.
pub(super) fn lowest_terms(point: &mut Triple) {
    // The last entry is often the shortest: the first gcd shrinks the second.
    let mut divisor = Integer::from(point[2].gcd_ref(&point[0]));
    if divisor != 1 {
        divisor.gcd_mut(&point[1]);
    }
    if divisor > 1 {
        point.iter_mut().for_each(|entry| entry.div_exact_mut(&divisor));
    }
}

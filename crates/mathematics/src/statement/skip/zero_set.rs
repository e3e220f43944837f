//! Lemma A.1, exactly, on lines: the zeros of an analytic function that is not 0 everywhere.
//!
//! The lemma is cited (Nguyen, 2015; Mityagin, 2015): a real analytic function on ℝⁿ that is not 0 everywhere is 0 on a set of
//! measure 0. It follows from lines through a point where it is not 0: on each of them the zeros are isolated. Here they are counted.
//! One hidden layer of N sigmoid or tanh units, N samples, integer pre-activations k_ij: along t ↦ t U the features are
//! rational functions of s = e^t > 0,
//!
//! sigmoid(kt) = s^k/(1 + s^k),  tanh(kt) = (s^(2k) − 1)/(s^(2k) + 1),
//!
//! and det Ψ(tU) is a polynomial P(s) over a positive number. So det Ψ is 0 on the whole line exactly if P = 0, and otherwise at
//! as many t as P has roots s > 0: counted by Sturm's theorem, and enclosed in intervals as short as one likes.
//!
//! *It needs analytic:* max(0, kt) = |t| max(0, ±k), so that for ReLU det Ψ(tU) is 0 on a half-line or nowhere on it
//! ([`relu_on_half_lines`]), whatever it is on the other.

use crate::linalg::{Exact, Kernel};
use crate::network::GraphNetwork;
use nalgebra::DMatrix;
use rug::{Integer, Rational};
use std::cmp::Ordering;

/// σ, an analytic one that is rational in e^t.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sigma {
    /// 1/(1 + e^(−x)).
    Sigmoid,
    /// The hyperbolic tangent.
    Tanh,
}

/// Coefficients, ascending.
type Polynomial = Vec<Integer>;

/// The zeros of det Ψ(tU).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zeros {
    /// P, of which the sign at s = e^t > 0 is that of the determinant at t.
    pub polynomial: Vec<Integer>,
    /// Intervals (a, b] of s, ascending, with one zero in each, and none elsewhere.
    pub intervals: Vec<(Rational, Rational)>,
}

/// The determinant is 0 on the whole line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the determinant is 0 on the whole line")]
pub struct Vanishes;

/// The zeros of det σ(tK) for a square integer matrix K, in intervals of s = e^t no longer than 2^−`bits`.
///
/// # Errors
/// [`Vanishes`].
///
/// ```
/// use nalgebra::dmatrix;
/// use sublevel::statement::skip::zero_set::{Sigma, Vanishes, zeros};
///
/// // At t = 0 all features are ½; elsewhere these are independent.
/// let found = zeros(Sigma::Sigmoid, &dmatrix![1, 0; 0, 1], 10).unwrap();
/// assert_eq!(found.intervals.len(), 1);
/// assert_eq!(zeros(Sigma::Tanh, &dmatrix![1, 1; 2, 2], 10), Err(Vanishes));
/// ```
pub fn zeros(sigma: Sigma, exponents: &DMatrix<i32>, bits: u32) -> Result<Zeros, Vanishes> {
    let polynomial = determinant(&numerators(sigma, exponents));
    if polynomial.is_empty() {
        return Err(Vanishes);
    }
    let chain = squarefree_chain(&polynomial);
    let end = bound(&polynomial);
    let mut open = vec![(Rational::new(), end)];
    let (mut intervals, short) = (vec![], Rational::from(1) >> bits);
    while let Some((from, to)) = open.pop() {
        let roots = variations(&chain, &from) - variations(&chain, &to);
        if roots == 1 && Rational::from(&to - &from) <= short {
            intervals.push((from, to));
        } else if roots > 0 {
            let middle = Rational::from(&from + &to) / 2u32;
            open.push((middle.clone(), to));
            open.push((from, middle));
        }
    }
    Ok(Zeros { polynomial, intervals })
}

/// Whether det max(0, tK) is 0 for all t < 0, and for all t > 0: on each half-line it is |t|ᴺ times what it is at t = ∓1.
pub fn relu_on_half_lines(exponents: &DMatrix<i32>) -> [bool; 2] {
    [-1, 1].map(|sign| {
        let active = exponents.map(|k| constant(&Integer::from((sign * k).max(0))));
        determinant(&active).is_empty()
    })
}

/// The exact pre-activations of the first block of a network, one dense block, if all of them are integers.
pub fn exponents(network: &GraphNetwork, inputs: &DMatrix<Rational>) -> Option<DMatrix<i32>> {
    let layer = network.layers().get(&1)?;
    let bias = layer.bias.as_ref()?;
    let products = Exact.product(inputs, &layer.weight);
    let sums =
        DMatrix::from_fn(products.nrows(), products.ncols(), |i, j| Rational::from(&products[(i, j)] + &bias[j]));
    let integer = |x: &Rational| if x.is_integer() { x.numer().to_i32() } else { None };
    let entries: Option<Vec<i32>> = sums.iter().map(integer).collect();
    Some(DMatrix::from_vec(sums.nrows(), sums.ncols(), entries?))
}

impl Zeros {
    /// The sign of the determinant at s.
    pub fn sign(&self, s: &Rational) -> Ordering {
        sign(&self.polynomial, s)
    }

    /// Points between the intervals, one between each two, and one on either side of all.
    pub fn between(&self) -> Vec<Rational> {
        let mut ends = vec![Rational::new()];
        ends.extend(self.intervals.iter().flat_map(|(from, to)| [from.clone(), to.clone()]));
        let last = Rational::from(&ends[ends.len() - 1] + 1u32) * 2u32;
        ends.push(last);
        // An interval may begin where the one before it ends.
        let pairs = ends.chunks(2).filter(|pair| pair[0] < pair[1]);
        pairs.map(|pair| Rational::from(&pair[0] + &pair[1]) / 2u32).collect()
    }

    /// How long the intervals are in all.
    pub fn length(&self) -> Rational {
        self.intervals.iter().map(|(from, to)| Rational::from(to - from)).sum()
    }

    /// How many of them there are at most by Descartes' rule: the changes of sign of the coefficients.
    pub fn descartes(&self) -> usize {
        changes(self.polynomial.iter().map(Integer::cmp0))
    }
}

/// det σ(tK) in doubles.
pub fn in_double(sigma: Sigma, exponents: &DMatrix<i32>, t: f64) -> f64 {
    let value = |k: i32| match sigma {
        Sigma::Sigmoid => 1.0 / (1.0 + (-f64::from(k) * t).exp()),
        Sigma::Tanh => (f64::from(k) * t).tanh(),
    };
    exponents.map(value).determinant()
}

/// Ψ with each row times the product of its denominators.
fn numerators(sigma: Sigma, exponents: &DMatrix<i32>) -> DMatrix<Polynomial> {
    let fraction = |k: i32| {
        let size = k.unsigned_abs() as usize;
        match sigma {
            Sigma::Sigmoid => {
                let numer = if k < 0 { constant(&Integer::from(1)) } else { power(size, 1, 0) };
                (numer, if k == 0 { constant(&Integer::from(2)) } else { power(size, 1, 1) })
            }
            Sigma::Tanh if k == 0 => (vec![], constant(&Integer::from(1))),
            Sigma::Tanh => (power(2 * size, k.signum(), -k.signum()), power(2 * size, 1, 1)),
        }
    };
    DMatrix::from_fn(exponents.nrows(), exponents.ncols(), |i, j| {
        let others = (0..exponents.ncols()).filter(|&other| other != j).map(|other| fraction(exponents[(i, other)]).1);
        others.fold(fraction(exponents[(i, j)]).0, |product, other| times(&product, &other))
    })
}

/// a x^k + b, for k > 0; a + b for k = 0.
fn power(k: usize, a: i32, b: i32) -> Polynomial {
    let mut polynomial = vec![Integer::new(); k + 1];
    polynomial[k] += a;
    polynomial[0] += b;
    trimmed(polynomial)
}

fn constant(number: &Integer) -> Polynomial {
    trimmed(vec![number.clone()])
}

fn trimmed(mut polynomial: Polynomial) -> Polynomial {
    while polynomial.last().is_some_and(|last| last.cmp0().is_eq()) {
        polynomial.pop();
    }
    polynomial
}

fn times(a: &[Integer], b: &[Integer]) -> Polynomial {
    if a.is_empty() || b.is_empty() {
        return vec![];
    }
    let mut product = vec![Integer::new(); a.len() + b.len() - 1];
    for (i, x) in a.iter().enumerate() {
        for (j, y) in b.iter().enumerate() {
            product[i + j] += Integer::from(x * y);
        }
    }
    trimmed(product)
}

/// a + sign b.
fn plus(a: &[Integer], b: &[Integer], sign: i32) -> Polynomial {
    let at = |p: &[Integer], i: usize| p.get(i).cloned().unwrap_or_default();
    trimmed((0..a.len().max(b.len())).map(|i| at(a, i) + sign * at(b, i)).collect())
}

/// Along the first column.
fn determinant(matrix: &DMatrix<Polynomial>) -> Polynomial {
    if matrix.nrows() == 0 {
        return constant(&Integer::from(1));
    }
    (0..matrix.nrows()).fold(vec![], |sum, row| {
        let below = |i: usize| if i < row { i } else { i + 1 };
        let rest = DMatrix::from_fn(matrix.nrows() - 1, matrix.ncols() - 1, |i, j| matrix[(below(i), j + 1)].clone());
        let minor = determinant(&rest);
        plus(&sum, &times(&matrix[(row, 0)], &minor), if row % 2 == 0 { 1 } else { -1 })
    })
}

fn derivative(polynomial: &[Integer]) -> Polynomial {
    trimmed(polynomial.iter().enumerate().skip(1).map(|(k, c)| Integer::from(c * k as u64)).collect())
}

/// The polynomial with coefficients that have no common factor; its sign stays.
fn primitive(polynomial: Polynomial) -> Polynomial {
    let factor = polynomial.iter().fold(Integer::new(), |factor, c| factor.gcd(c));
    polynomial.into_iter().map(|c| c.div_exact(&factor)).collect()
}

/// Quotient and remainder of a positive multiple of `a` by `b`.
fn divided(a: &[Integer], b: &[Integer]) -> (Polynomial, Polynomial) {
    let (mut rest, mut quotient) = (a.to_vec(), vec![Integer::new(); (a.len() + 1).saturating_sub(b.len())]);
    let last = b.last().expect("a divisor");
    let size = last.clone().abs();
    while rest.len() >= b.len() {
        let shift = rest.len() - b.len();
        let lead = rest.last().cloned().unwrap_or_default() * last.cmp0() as i32;
        rest.iter_mut().chain(&mut quotient).for_each(|c| *c *= &size);
        quotient[shift] += &lead;
        b.iter().enumerate().for_each(|(i, c)| rest[i + shift] -= Integer::from(c * &lead));
        rest = trimmed(rest);
    }
    (trimmed(quotient), rest)
}

/// Sturm's chain of the polynomial without its multiple factors.
fn squarefree_chain(polynomial: &[Integer]) -> Vec<Polynomial> {
    let whole = chain(polynomial);
    let common = whole.last().expect("the polynomial itself");
    if common.len() < 2 {
        return whole;
    }
    chain(&divided(polynomial, common).0)
}

/// p, p′, and minus the remainder of the last two, up to positive factors, until it is 0.
fn chain(polynomial: &[Integer]) -> Vec<Polynomial> {
    let mut chain = vec![primitive(polynomial.to_vec())];
    let mut next = derivative(polynomial);
    while !next.is_empty() {
        chain.push(primitive(next));
        let (a, b) = (&chain[chain.len() - 2], &chain[chain.len() - 1]);
        next = divided(a, b).1.into_iter().map(|c| -c).collect();
    }
    chain
}

/// A power of two that no root exceeds, by Cauchy's bound.
fn bound(polynomial: &[Integer]) -> Rational {
    let largest = polynomial.iter().map(|c| c.significant_bits()).max().unwrap_or(0);
    Rational::from(1) << (largest + 1)
}

/// The sign at a rational number: of the value times a power of the denominator.
fn sign(polynomial: &[Integer], x: &Rational) -> Ordering {
    let (mut sum, mut power) = (Integer::new(), Integer::from(1));
    for coefficient in polynomial.iter().rev() {
        sum = sum * x.numer() + Integer::from(coefficient * &power);
        power *= x.denom();
    }
    sum.cmp0()
}

/// The changes of sign of a chain at a point.
fn variations(chain: &[Polynomial], x: &Rational) -> usize {
    changes(chain.iter().map(|polynomial| sign(polynomial, x)))
}

/// The changes of sign in a list, without its zeros.
fn changes(signs: impl Iterator<Item = Ordering>) -> usize {
    let signs: Vec<_> = signs.filter(|sign| sign.is_ne()).collect();
    signs.windows(2).filter(|pair| pair[0] != pair[1]).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::dmatrix;

    fn polynomial(coefficients: &[i32]) -> Polynomial {
        coefficients.iter().copied().map(Integer::from).collect()
    }

    #[test]
    fn roots_are_counted_once() {
        // (x − 1)² (x − 3) (x + 2): three roots, two of them positive.
        let p = polynomial(&[-6, 11, -3, -3, 1]);
        let chain = squarefree_chain(&p);
        let count = |a: i32, b: i32| variations(&chain, &a.into()) - variations(&chain, &b.into());
        assert_eq!([count(-10, 10), count(0, 10), count(0, 1), count(1, 3), count(3, 10)], [3, 2, 1, 1, 0]);
    }

    #[test]
    fn the_zeros_of_two_units_by_hand() {
        // det [[σ(t), ½], [½, σ(t)]] = σ(t)² − ¼: t = 0 only.
        let found = zeros(Sigma::Sigmoid, &dmatrix![1, 0; 0, 1], 20).unwrap();
        let [(from, to)] = &found.intervals[..] else { panic!("{found:?}") };
        assert!(*from < 1 && 1 <= *to && found.length() <= Rational::from(1) >> 20u32);
        let [below, above] = &found.between()[..] else { panic!("{found:?}") };
        assert_eq!((found.sign(below), found.sign(above)), (Ordering::Less, Ordering::Greater));
    }

    #[test]
    fn relu_is_dead_on_a_half_line() {
        assert_eq!(relu_on_half_lines(&dmatrix![1, 2; 3, 1]), [true, false]);
        assert_eq!(relu_on_half_lines(&dmatrix![1, -1; -1, 1]), [false, false]);
    }
}

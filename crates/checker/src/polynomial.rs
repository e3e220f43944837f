//! Matrices whose entries are polynomials in λ.

use super::matrix::Matrix;
use crate::certificate::{Exceeded, Limits};
use crate::rational::Rational;
use num_bigint::BigInt;
use num_integer::binomial;
use num_traits::{One, Pow, Zero};

/// Σ_i λ^i M_i; the last M_i is not zero unless it is the only one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Polynomial(Vec<Matrix>);

impl Polynomial {
    /// From M_0, M_1, …; at least one.
    pub fn new(mut coefficients: Vec<Matrix>) -> Self {
        assert!(!coefficients.is_empty());
        while coefficients.len() > 1 && coefficients[coefficients.len() - 1].is_zero() {
            coefficients.pop();
        }
        Polynomial(coefficients)
    }

    /// M_0, M_1, …
    pub fn coefficients(&self) -> &[Matrix] {
        &self.0
    }

    pub fn is_constant(&self) -> bool {
        self.0.len() == 1
    }

    /// Σ_i M_i, the value at λ = 1.
    pub fn end(&self) -> Matrix {
        self.0[1..].iter().fold(self.0[0].clone(), |sum, matrix| sum.plus(matrix))
    }

    /// The number of bits of the largest integer in it.
    pub fn bits(&self) -> u64 {
        self.0.iter().map(Matrix::bits).max().unwrap_or(0)
    }

    /// p + q.
    pub fn plus(&self, other: &Self) -> Self {
        let (long, short) = if self.0.len() < other.0.len() { (other, self) } else { (self, other) };
        let mut sum = long.0.clone();
        sum.iter_mut().zip(&short.0).for_each(|(sum, matrix)| *sum = sum.plus(matrix));
        Polynomial::new(sum)
    }

    /// p′; none if p is constant.
    pub fn derivative(&self) -> Option<Self> {
        let terms = self.0.iter().zip(0..).skip(1);
        let terms: Vec<Matrix> = terms.map(|(matrix, i)| matrix.scaled(&Rational::from(BigInt::from(i)))).collect();
        (!terms.is_empty()).then(|| Polynomial::new(terms))
    }

    /// Zeros in the columns that are not kept.
    pub fn keep_columns(&self, keep: &[bool]) -> Self {
        Polynomial::new(self.0.iter().map(|matrix| matrix.keep_columns(keep)).collect())
    }

    /// p·(A + λ B), B zero if there is none.
    pub fn times_line(&self, start: &Matrix, slope: Option<&Matrix>) -> Self {
        let mut product: Vec<Matrix> = self.0.iter().map(|matrix| matrix.times(start)).collect();
        if let Some(slope) = slope {
            for (index, matrix) in self.0.iter().enumerate() {
                let term = matrix.times(slope);
                match product.get_mut(index + 1) {
                    Some(sum) => *sum = sum.plus(&term),
                    None => product.push(term),
                }
            }
        }
        Polynomial::new(product)
    }

    /// p + 1 (aᵀ + λ bᵀ), b zero if there is none.
    pub fn plus_line(mut self, start: &Matrix, slope: Option<&Matrix>) -> Self {
        self.0[0] = self.0[0].plus_row(start);
        if let Some(slope) = slope {
            if self.0.len() == 1 {
                self.0.push(self.0[0].zeros_like());
            }
            self.0[1] = self.0[1].plus_row(slope);
        }
        Polynomial::new(self.0)
    }

    /// Whether the Bernstein coefficients on [a, b] will be short enough, and fit into memory beside those of p(a + (b − a) t).
    pub fn allow_on(&self, a: &Rational, b: &Rational, limits: &Limits) -> Result<(), Exceeded> {
        let bits = [a.numer(), a.denom(), b.numer(), b.denom()].map(BigInt::bits).into_iter().max().unwrap_or(0);
        let own = self.0.iter().map(Matrix::bits).max().unwrap_or(0);
        // p(a + (b − a) t) has products of up to `degree` numbers of up to twice as many bits as a and b.
        let longest = (self.0.len() as u64 - 1) * 2 * bits + own;
        limits.allow_bits(longest)?;
        let numbers: usize = self.0.iter().map(|matrix| matrix.numbers().len()).sum();
        limits.allow_memory(2 * numbers as u64, longest)
    }

    /// The Bernstein coefficients on [a, b]: p([a, b]) lies between the smallest and the largest of them, entry by
    /// entry, and the first and the last are p(a) and p(b).
    ///
    /// With p(a + (b−a) t) = Σ q_i t^i and degree d they are B_j = Σ_{i≤j} C(j,i)/C(d,i) q_i.
    pub fn bernstein(&self, a: &Rational, b: &Rational) -> Vec<Matrix> {
        let degree = self.0.len() - 1;
        let choose = |n: usize, k: usize| Rational::from(binomial(BigInt::from(n), BigInt::from(k)));
        let shifted: Vec<Matrix> = (0..=degree)
            .map(|i| {
                let term = |k: usize| choose(k, i) * Pow::pow(a, k - i) * Pow::pow(b - a, i);
                weighted_sum((i..=degree).map(|k| (term(k), &self.0[k])))
            })
            .collect();
        (0..=degree).map(|j| weighted_sum((0..=j).map(|i| (choose(j, i) / choose(degree, i), &shifted[i])))).collect()
    }
}

/// Σ c_i M_i; at least one term.
fn weighted_sum<'a>(terms: impl Iterator<Item = (Rational, &'a Matrix)>) -> Matrix {
    let mut sum: Option<Matrix> = None;
    for (factor, matrix) in terms {
        if factor.is_zero() && sum.is_some() {
            continue;
        }
        let term = if factor.is_one() { matrix.clone() } else { matrix.scaled(&factor) };
        sum = Some(sum.map_or_else(|| term.clone(), |sum| sum.plus(&term)));
    }
    sum.expect("a term")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Arithmetic;

    #[test]
    fn bernstein_coefficients_of_a_parabola() {
        let matrix = |number: i64| Matrix::over((1, 1), vec![number.into()], BigInt::one(), Arithmetic::OWN);
        let rational = |number: i64| Rational::from(BigInt::from(number));
        // p = 3 − 2λ + λ²; on [1, 3] p(1 + 2t) = 2 + 4t²: the coefficients are 2, 2, 6.
        let p = Polynomial::new(vec![matrix(3), matrix(-2), matrix(1), matrix(0)]);
        assert_eq!(p.bernstein(&rational(1), &rational(3)), [matrix(2), matrix(2), matrix(6)]);
        assert_eq!(p.bernstein(&rational(0), &rational(1)), [matrix(3), matrix(2), matrix(2)]);
    }
}

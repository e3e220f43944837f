//! Rational matrices: integers over one common denominator, in lowest terms as a whole.

use super::{
    arithmetic::Arithmetic,
    verdict::{Part, Rejection},
};
use crate::certificate;
use num_bigint::BigInt;
use num_integer::Integer as _;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};
use std::borrow::Cow;

/// A rational matrix. In lowest terms, so that equality of the fields is equality of the matrices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrix {
    rows: usize,
    cols: usize,
    /// Row by row.
    num: Vec<BigInt>,
    /// Positive.
    den: BigInt,
    /// What products and common factors are computed with; one for all matrices of a check.
    arithmetic: Arithmetic,
}

/// Whose matrix is read, and with which arithmetic.
#[derive(Debug, Clone, Copy)]
pub enum Reading {
    /// The certificate's, in lowest terms.
    Certificate(Arithmetic),
    /// The user's own, over any denominator.
    Users(Arithmetic),
}

/// The fraction, if its text is in lowest terms.
pub fn fraction(source: &certificate::Fraction) -> Result<BigRational, Rejection> {
    let (numerator, denominator) = source.parts();
    let [numerator, denominator] = [numerator, denominator].map(|text| Arithmetic::OWN.integer(text));
    if !numerator.gcd(&denominator).is_one() {
        return Err(Rejection::FractionNotInLowestTerms { found: format!("{source:?}") });
    }
    Ok(BigRational::new_raw(numerator, denominator))
}

impl Matrix {
    /// A matrix of this shape; lowest terms are demanded of those of a certificate.
    pub fn read(
        source: &certificate::Matrix,
        part: Part,
        (rows, cols): (usize, usize),
        reading: Reading,
    ) -> Result<Self, Rejection> {
        // The fields are public: what the numbers say is not believed.
        let ragged = source.num.len() != source.rows || source.num.iter().any(|row| row.len() != source.cols);
        if ragged || (source.rows, source.cols) != (rows, cols) || !source.den.is_positive() {
            return Err(Rejection::Shape { part, expected: (rows, cols), found: (source.rows, source.cols) });
        }
        let (Reading::Certificate(arithmetic) | Reading::Users(arithmetic)) = reading;
        let num = source.num.iter().flatten().map(|entry| arithmetic.integer(entry.as_str())).collect();
        let mut matrix = Matrix { rows, cols, num, den: arithmetic.integer(source.den.as_str()), arithmetic };
        let factor = matrix.reduce();
        match reading {
            Reading::Certificate(_) if !factor.is_one() => Err(Rejection::NotInLowestTerms { part }),
            _ => Ok(matrix),
        }
    }

    /// The matrix with these numerators, row by row, over a positive denominator.
    pub fn over((rows, cols): (usize, usize), num: Vec<BigInt>, den: BigInt, arithmetic: Arithmetic) -> Self {
        assert!(num.len() == rows * cols && den.is_positive());
        let mut matrix = Matrix { rows, cols, num, den, arithmetic };
        matrix.reduce();
        matrix
    }

    /// The same with the arithmetic of this matrix.
    pub fn with(&self, shape: (usize, usize), num: Vec<BigInt>, den: BigInt) -> Self {
        Matrix::over(shape, num, den, self.arithmetic)
    }

    /// The zero matrix of this shape.
    pub fn zeros_like(&self) -> Self {
        Matrix { num: vec![BigInt::zero(); self.num.len()], den: BigInt::one(), ..*self }
    }

    /// Cancels the common factor of the denominator and all numerators and returns it.
    fn reduce(&mut self) -> BigInt {
        let mut factor = self.den.clone();
        for entry in self.num.iter().filter(|entry| !entry.is_zero()) {
            if factor.is_one() {
                return factor;
            }
            factor = self.arithmetic.gcd(&factor, entry);
        }
        if !factor.is_one() {
            let numbers = self.num.iter_mut().filter(|entry| !entry.is_zero()).chain([&mut self.den]);
            numbers.for_each(|number| *number = self.arithmetic.quotient(number, &factor));
        }
        factor
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    pub fn cols(&self) -> usize {
        self.cols
    }

    /// What it is computed with.
    pub fn arithmetic(&self) -> Arithmetic {
        self.arithmetic
    }

    /// The common denominator.
    pub fn den(&self) -> &BigInt {
        &self.den
    }

    /// The numerators, row by row.
    pub fn num(&self) -> &[BigInt] {
        &self.num
    }

    /// The numerators of one row.
    pub fn row(&self, row: usize) -> &[BigInt] {
        &self.num[row * self.cols..(row + 1) * self.cols]
    }

    pub fn is_zero(&self) -> bool {
        self.num.iter().all(Zero::is_zero)
    }

    /// Whether it is the identity.
    pub fn is_identity(&self) -> bool {
        self.rows == self.cols && self.unit_rows().is_some_and(|units| units.into_iter().eq(0..self.rows))
    }

    /// For each row where its 1 is, if every row is a 1 and zeros.
    pub fn unit_rows(&self) -> Option<Vec<usize>> {
        let unit = |row| {
            let mut filled = self.row(row).iter().enumerate().filter(|(_, entry)| !entry.is_zero());
            filled.next().filter(|(_, entry)| entry.is_one() && filled.next().is_none()).map(|(column, _)| column)
        };
        (0..self.rows).map(unit).collect::<Option<_>>().filter(|_| self.den.is_one())
    }

    /// The number of bits of the largest integer in it.
    pub fn bits(&self) -> u64 {
        self.num.iter().chain([&self.den]).map(BigInt::bits).max().unwrap_or(0)
    }

    /// Which rows have an entry that is not zero.
    pub fn live_rows(&self) -> Vec<bool> {
        (0..self.rows).map(|row| self.row(row).iter().any(|entry| !entry.is_zero())).collect()
    }

    /// The matrix with zeros in the columns that are not kept.
    pub fn keep_columns(&self, keep: &[bool]) -> Self {
        let num = self.num.iter().zip(keep.iter().cycle());
        let num = num.map(|(entry, keep)| if *keep { entry.clone() } else { BigInt::zero() }).collect();
        self.with((self.rows, self.cols), num, self.den.clone())
    }

    /// The matrix with these columns, as many as are named, in the place of its own.
    pub fn with_columns(&self, columns: &[usize], given: &Self) -> Self {
        let (mut keep, mut num) = (vec![true; self.cols], vec![BigInt::zero(); self.num.len()]);
        for (from, &to) in columns.iter().enumerate() {
            keep[to] = false;
            (0..self.rows).for_each(|row| num[row * self.cols + to] = given.row(row)[from].clone());
        }
        self.keep_columns(&keep).plus(&self.with((self.rows, self.cols), num, given.den.clone()))
    }

    /// [A, 1]: a column of ones behind it.
    pub fn with_ones(&self) -> Self {
        let num = (0..self.rows).flat_map(|row| self.row(row).iter().chain([&self.den])).cloned().collect();
        self.with((self.rows, self.cols + 1), num, self.den.clone())
    }

    /// A with the rows of another matrix below it.
    pub fn above(&self, other: &Self) -> Self {
        assert_eq!(self.cols, other.cols);
        let common = self.den.lcm(&other.den);
        let num = [self.numerators_over(&common), other.numerators_over(&common)].concat();
        self.with((self.rows + other.rows, self.cols), num, common)
    }

    /// Aᵀ.
    pub fn transposed(&self) -> Self {
        let num = (0..self.cols).flat_map(|j| (0..self.rows).map(move |i| self.row(i)[j].clone())).collect();
        Matrix { rows: self.cols, cols: self.rows, num, ..self.clone() }
    }

    /// These rows of it in this order, if they are there.
    pub fn rows_at(&self, order: &[usize]) -> Option<Self> {
        let rows: Option<Vec<_>> = order.iter().map(|&row| (row < self.rows).then(|| self.row(row).to_vec())).collect();
        Some(self.with((order.len(), self.cols), rows?.concat(), self.den.clone()))
    }

    /// A D for a diagonal D, given as a row.
    pub fn scaled_columns(&self, diagonal: &Self) -> Self {
        let num = self.num.iter().zip(diagonal.num.iter().cycle()).map(|(entry, factor)| entry * factor).collect();
        self.with((self.rows, self.cols), num, &self.den * &diagonal.den)
    }

    /// The rows `range` of it.
    pub fn row_range(&self, range: std::ops::Range<usize>) -> Self {
        let num = self.num[range.start * self.cols..range.end * self.cols].to_vec();
        self.with((range.len(), self.cols), num, self.den.clone())
    }

    /// A·B; zeros are skipped.
    pub fn times(&self, other: &Self) -> Self {
        assert_eq!(self.cols, other.rows);
        let shape = [self.rows, self.cols, other.cols];
        let num = integer_product(self.arithmetic, &self.num, &other.num, shape);
        self.with((self.rows, other.cols), num, &self.den * &other.den)
    }

    /// A + B.
    pub fn plus(&self, other: &Self) -> Self {
        assert_eq!((self.rows, self.cols), (other.rows, other.cols));
        self.combine(other, |left, right| left + right)
    }

    /// A − B.
    pub fn minus(&self, other: &Self) -> Self {
        assert_eq!((self.rows, self.cols), (other.rows, other.cols));
        self.combine(other, |left, right| left - right)
    }

    /// A + 1 bᵀ for a row bᵀ.
    pub fn plus_row(&self, other: &Self) -> Self {
        assert_eq!((1, self.cols), (other.rows, other.cols));
        self.combine(other, |left, right| left + right)
    }

    /// Entry by entry over the common denominator; the rows of `other` are repeated.
    fn combine(&self, other: &Self, operation: fn(&BigInt, &BigInt) -> BigInt) -> Self {
        let common = match self.den == other.den {
            true => self.den.clone(),
            false => self.den.lcm(&other.den),
        };
        let (left, right) = (self.numerators_over(&common), other.numerators_over(&common));
        let num = left.iter().zip(right.iter().cycle()).map(|(left, right)| operation(left, right)).collect();
        self.with((self.rows, self.cols), num, common)
    }

    /// The numerators over a multiple of the denominator.
    fn numerators_over(&self, common: &BigInt) -> Cow<'_, [BigInt]> {
        let factor = common / &self.den;
        match factor.is_one() {
            true => Cow::Borrowed(&self.num),
            false => Cow::Owned(self.arithmetic.product(&self.num, &[factor], [self.num.len(), 1, 1])),
        }
    }

    /// c·A.
    pub fn scaled(&self, factor: &BigRational) -> Self {
        let num = self.num.iter().map(|entry| entry * factor.numer()).collect();
        self.with((self.rows, self.cols), num, &self.den * factor.denom())
    }
}

/// A·B for integer matrices A `[rows, inner]` and B `[inner, cols]`, row by row: in machine words where all fits, zeros
/// skipped.
pub fn integer_product(arithmetic: Arithmetic, a: &[BigInt], b: &[BigInt], shape: [usize; 3]) -> Vec<BigInt> {
    small_product(a, b, shape).unwrap_or_else(|| arithmetic.product(a, b, shape))
}

/// The same where it fits into 128 bits with room for every sum.
fn small_product(a: &[BigInt], b: &[BigInt], [rows, inner, cols]: [usize; 3]) -> Option<Vec<BigInt>> {
    let small = |numbers: &[BigInt]| numbers.iter().map(BigInt::to_i64).collect::<Option<Vec<i64>>>();
    let bits = |numbers: &[BigInt]| numbers.iter().map(BigInt::bits).max().unwrap_or(0);
    if bits(a) + bits(b) + u64::from(usize::BITS - inner.leading_zeros()) > 126 {
        return None;
    }
    let (left, right) = (small(a)?, small(b)?);
    let mut product = Vec::with_capacity(rows * cols);
    let mut sums = vec![0i128; cols];
    for row in left.chunks(inner.max(1)) {
        sums.fill(0);
        for (left, right) in row.iter().zip(right.chunks(cols.max(1))).filter(|(left, _)| **left != 0) {
            for (sum, right) in sums.iter_mut().zip(right) {
                *sum += i128::from(*left) * i128::from(*right);
            }
        }
        product.extend(sums.iter().map(|sum| BigInt::from(*sum)));
    }
    Some(product)
}

#[cfg(test)]
mod tests {
    use super::*;
    use certificate::Integer;
    use num_traits::Pow;

    /// Where sums of products outgrow a machine word, big integers take over.
    #[test]
    fn products_are_exact_at_the_edge_of_machine_words() {
        for bits in 55..66u32 {
            for inner in 1..6 {
                let largest = Pow::pow(BigInt::from(2), bits) - 1;
                let matrix = |shape: (usize, usize), entry: &BigInt| {
                    Matrix::over(shape, vec![entry.clone(); inner], BigInt::one(), Arithmetic::OWN)
                };
                let product = matrix((1, inner), &largest).times(&matrix((inner, 1), &-&largest));
                assert_eq!(product.num(), [-(&largest * &largest * inner)], "{bits} bits, {inner} terms");
            }
        }
    }

    /// The fields of a matrix are public, so that a program may hand over anything.
    #[test]
    fn what_a_matrix_says_of_itself_is_not_believed() {
        let read = |rows, cols, den: &str, num: &[&[&str]]| {
            let integer = |text: &&str| Integer::new(text.to_string()).unwrap();
            let num = num.iter().map(|row| row.iter().map(integer).collect()).collect();
            let source = certificate::Matrix { rows, cols, den: integer(&den), num };
            Matrix::read(&source, Part::Inputs, (2, 1), Reading::Users(Arithmetic::OWN))
        };
        let shape = |found| Err(Rejection::Shape { part: Part::Inputs, expected: (2, 1), found });
        let matrix = read(2, 1, "2", &[&["3"], &["4"]]).unwrap();
        assert_eq!((matrix.num(), matrix.den()), (&[3.into(), 4.into()][..], &2.into()));
        assert_eq!(read(2, 1, "2", &[&["3"]]), shape((2, 1)));
        assert_eq!(read(2, 1, "2", &[&["3"], &["4"], &["5"]]), shape((2, 1)));
        assert_eq!(read(2, 1, "2", &[&["3"], &["4", "5"]]), shape((2, 1)));
        assert_eq!(read(2, 1, "2", &[&["3", "4"], &[]]), shape((2, 1)));
        assert_eq!(read(1, 2, "2", &[&["3", "4"]]), shape((1, 2)));
        assert_eq!(read(2, 1, "0", &[&["3"], &["4"]]), shape((2, 1)));
        assert_eq!(read(2, 1, "-2", &[&["3"], &["4"]]), shape((2, 1)));
    }
}

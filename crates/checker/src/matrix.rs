//! Rational matrices: integers over one common denominator, in lowest terms as a whole.

use super::{
    arithmetic::Arithmetic,
    numbers::Numbers,
    verdict::{Part, Rejection},
};
use crate::certificate::{self, Exceeded, Limits};
use crate::rational::Rational;
use num_bigint::BigInt;
use num_integer::Integer as _;
use num_traits::{One, Signed};
use std::borrow::Cow;

/// A rational matrix. In lowest terms, so that equality of the fields is equality of the matrices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrix {
    rows: usize,
    cols: usize,
    /// Row by row.
    num: Numbers,
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

/// The bits of its numerator or its denominator, whichever is longer.
pub fn bits(number: &Rational) -> u64 {
    number.numer().bits().max(number.denom().bits())
}

/// The fraction, if its text is in lowest terms.
pub fn fraction(source: &certificate::Fraction) -> Result<Rational, Rejection> {
    let (numerator, denominator) = source.parts();
    let [numerator, denominator] = [numerator, denominator].map(|text| Arithmetic::OWN.integer(text));
    if !numerator.gcd(&denominator).is_one() {
        return Err(Rejection::FractionNotInLowestTerms { found: format!("{source:?}") });
    }
    Ok(Rational::in_lowest_terms(numerator, denominator))
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
        let num = Numbers::read(source.num.iter().flatten().map(|entry| entry.as_str()), arithmetic);
        let mut matrix = Matrix { rows, cols, num, den: arithmetic.integer(source.den.as_str()), arithmetic };
        let factor = matrix.reduce();
        match reading {
            Reading::Certificate(_) if !factor.is_one() => Err(Rejection::NotInLowestTerms { part }),
            _ => Ok(matrix),
        }
    }

    /// The matrix with these numerators, row by row, over a positive denominator.
    pub fn over(shape: (usize, usize), num: Vec<BigInt>, den: BigInt, arithmetic: Arithmetic) -> Self {
        Matrix::of(shape, num.into(), den, arithmetic)
    }

    fn of((rows, cols): (usize, usize), num: Numbers, den: BigInt, arithmetic: Arithmetic) -> Self {
        assert!(num.len() == rows * cols && den.is_positive());
        let mut matrix = Matrix { rows, cols, num, den, arithmetic };
        matrix.reduce();
        matrix
    }

    /// The same with the arithmetic of this matrix.
    pub fn with(&self, shape: (usize, usize), num: Vec<BigInt>, den: BigInt) -> Self {
        Matrix::over(shape, num, den, self.arithmetic)
    }

    /// The same from a list.
    pub fn with_numbers(&self, shape: (usize, usize), num: Numbers, den: BigInt) -> Self {
        Matrix::of(shape, num, den, self.arithmetic)
    }

    /// The zero matrix of this shape.
    pub fn zeros_like(&self) -> Self {
        Matrix { num: Numbers::zeros(self.num.len()), den: BigInt::one(), ..*self }
    }

    /// Cancels the common factor of the denominator and all numerators and returns it.
    fn reduce(&mut self) -> BigInt {
        let factor = self.num.common_factor(&self.den, self.arithmetic);
        if !factor.is_one() {
            self.num.divide(&factor, self.arithmetic);
            self.den = self.arithmetic.quotient(&self.den, &factor);
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
    pub fn numbers(&self) -> &Numbers {
        &self.num
    }

    /// The numerators, row by row, as integers of any length.
    pub fn num(&self) -> Cow<'_, [BigInt]> {
        self.num.all()
    }

    /// The numerators of one row, as integers of any length.
    pub fn row(&self, row: usize) -> Cow<'_, [BigInt]> {
        self.num.range(row * self.cols..(row + 1) * self.cols)
    }

    /// One numerator.
    pub fn at(&self, row: usize, col: usize) -> Cow<'_, BigInt> {
        self.num.at(row * self.cols + col)
    }

    /// One entry, by its place in all rows.
    pub fn entry(&self, place: usize) -> Rational {
        Rational::new(self.num.at(place).into_owned(), self.den.clone())
    }

    /// Whether one entry is zero.
    pub fn is_zero_at(&self, row: usize, col: usize) -> bool {
        self.num.is_zero_at(row * self.cols + col)
    }

    pub fn is_zero(&self) -> bool {
        self.num.is_zero()
    }

    /// Whether it is the identity.
    pub fn is_identity(&self) -> bool {
        self.rows == self.cols && self.unit_rows().is_some_and(|units| units.into_iter().eq(0..self.rows))
    }

    /// For each row where its 1 is, if every row is a 1 and zeros.
    pub fn unit_rows(&self) -> Option<Vec<usize>> {
        let unit = |row| {
            let mut filled = (0..self.cols).filter(|col| !self.is_zero_at(row, *col));
            filled.next().filter(|col| self.at(row, *col).is_one() && filled.next().is_none())
        };
        (0..self.rows).map(unit).collect::<Option<_>>().filter(|_| self.den.is_one())
    }

    /// The number of bits of the largest integer in it.
    pub fn bits(&self) -> u64 {
        self.num.bits().max(self.den.bits())
    }

    /// Which rows have an entry that is not zero.
    pub fn live_rows(&self) -> Vec<bool> {
        (0..self.rows).map(|row| (0..self.cols).any(|col| !self.is_zero_at(row, col))).collect()
    }

    /// Which columns have an entry that is not zero.
    pub fn live_columns(&self) -> Vec<bool> {
        let mut live = vec![false; self.cols];
        for row in 0..self.rows {
            live.iter_mut().enumerate().for_each(|(col, live)| *live |= !self.is_zero_at(row, col));
        }
        live
    }

    /// The entries at these places, row by row, zero where there is none.
    fn gather(&self, (rows, cols): (usize, usize), place: impl Fn(usize, usize) -> Option<usize> + Sync) -> Self {
        let num = self.num.gather(rows * cols, |i| place(i / cols, i % cols));
        self.with_numbers((rows, cols), num, self.den.clone())
    }

    /// The matrix with zeros in the columns that are not kept.
    pub fn keep_columns(&self, keep: &[bool]) -> Self {
        self.gather((self.rows, self.cols), |row, col| keep[col].then_some(row * self.cols + col))
    }

    /// The matrix with some columns of another one of its shape in the place of its own.
    pub fn with_columns_of(&self, other: &Self, columns: &[bool]) -> Self {
        let common = self.den.lcm(&other.den);
        let num = self.numerators_over(&common).or_of(&other.numerators_over(&common), |i| columns[i % self.cols]);
        self.with_numbers((self.rows, self.cols), num, common)
    }

    /// Whether two matrices of one shape are equal in the columns that are kept.
    pub fn agrees_with(&self, other: &Self, keep: &[bool]) -> bool {
        assert_eq!((self.rows, self.cols), (other.rows, other.cols));
        let [own, others] = self.factors_with(other);
        let differs = self.num.differs_from(&own, &other.num, &others);
        let mut places = (0..self.num.len()).zip(keep.iter().cycle());
        places.all(|(place, keep)| !keep || !differs(place))
    }

    /// Which columns of two matrices of one shape are not equal.
    pub fn differing_columns(&self, other: &Self) -> Vec<bool> {
        assert_eq!((self.rows, self.cols), (other.rows, other.cols));
        let [own, others] = self.factors_with(other);
        let differs = self.num.differs_from(&own, &other.num, &others);
        (0..self.cols).map(|col| (0..self.rows).any(|row| differs(row * self.cols + col))).collect()
    }

    /// What the numerators of two matrices are multiplied with for a common denominator.
    fn factors_with(&self, other: &Self) -> [BigInt; 2] {
        let factor = self.den.gcd(&other.den);
        [&other.den / &factor, &self.den / factor]
    }

    /// In how many places one of two matrices of one shape is not zero.
    pub fn filled_with(&self, other: &Self) -> usize {
        (0..self.num.len()).filter(|&place| !self.num.is_zero_at(place) || !other.num.is_zero_at(place)).count()
    }

    /// As many bits as numerators of two matrices, or their sums, may have over a common denominator.
    pub fn bits_with(&self, other: &Self) -> u64 {
        let [own, others] = self.factors_with(other);
        (self.num.bits() + own.bits()).max(other.num.bits() + others.bits()).max(self.den.bits() + own.bits()) + 1
    }

    /// Whether the sum of the two, over a common denominator, may be held: where only one of them has a long denominator, all numbers
    /// become long.
    pub fn allow_sum(&self, other: &Self, limits: &Limits) -> Result<(), Exceeded> {
        limits.allow_memory(self.num.len().max(other.num.len()) as u64, self.bits_with(other))
    }

    /// The matrix with these columns, as many as are named, in the place of its own.
    pub fn with_columns(&self, columns: &[usize], given: &Self) -> Self {
        let mut source = vec![None; self.cols];
        columns.iter().enumerate().for_each(|(from, &to)| source[to] = Some(from));
        let given = given.gather((self.rows, self.cols), |row, col| source[col].map(|from| row * given.cols + from));
        self.with_columns_of(&given, &source.iter().map(Option::is_some).collect::<Vec<_>>())
    }

    /// [A, 1]: a column of ones behind it.
    pub fn with_ones(&self) -> Self {
        let num = (0..self.rows).flat_map(|row| [self.row(row), Cow::Owned(vec![self.den.clone()])].concat());
        self.with((self.rows, self.cols + 1), num.collect::<Vec<_>>(), self.den.clone())
    }

    /// A with the rows of another matrix below it.
    pub fn above(&self, other: &Self) -> Self {
        assert_eq!(self.cols, other.cols);
        let common = self.den.lcm(&other.den);
        let num = self.numerators_over(&common).followed_by(&other.numerators_over(&common));
        self.with_numbers((self.rows + other.rows, self.cols), num, common)
    }

    /// Aᵀ.
    pub fn transposed(&self) -> Self {
        self.gather((self.cols, self.rows), |row, col| Some(col * self.cols + row))
    }

    /// These rows of it in this order, if they are there.
    pub fn rows_at(&self, order: &[usize]) -> Option<Self> {
        let there = order.iter().all(|row| *row < self.rows);
        there.then(|| self.gather((order.len(), self.cols), |row, col| Some(order[row] * self.cols + col)))
    }

    /// A D for a diagonal D, given as a row.
    pub fn scaled_columns(&self, diagonal: &Self) -> Self {
        self.with_numbers((self.rows, self.cols), self.num.times_each(&diagonal.num), &self.den * &diagonal.den)
    }

    /// The rows `range` of it.
    pub fn row_range(&self, range: std::ops::Range<usize>) -> Self {
        self.gather((range.len(), self.cols), |row, col| Some((range.start + row) * self.cols + col))
    }

    /// A·B; zeros are skipped.
    pub fn times(&self, other: &Self) -> Self {
        assert_eq!(self.cols, other.rows);
        let shape = [self.rows, self.cols, other.cols];
        let num = self.num.product(&other.num, shape, self.arithmetic);
        self.with_numbers((self.rows, other.cols), num, &self.den * &other.den)
    }

    /// A + B.
    pub fn plus(&self, other: &Self) -> Self {
        assert_eq!((self.rows, self.cols), (other.rows, other.cols));
        self.combine(other, Numbers::plus)
    }

    /// A − B.
    pub fn minus(&self, other: &Self) -> Self {
        assert_eq!((self.rows, self.cols), (other.rows, other.cols));
        self.combine(other, Numbers::minus)
    }

    /// A + 1 bᵀ for a row bᵀ.
    pub fn plus_row(&self, other: &Self) -> Self {
        assert_eq!((1, self.cols), (other.rows, other.cols));
        self.combine(other, Numbers::plus)
    }

    /// Entry by entry over the common denominator; the rows of `other` are repeated.
    fn combine(&self, other: &Self, operation: fn(&Numbers, &Numbers) -> Numbers) -> Self {
        let common = match self.den == other.den {
            true => self.den.clone(),
            false => self.den.lcm(&other.den),
        };
        let num = operation(&self.numerators_over(&common), &other.numerators_over(&common));
        self.with_numbers((self.rows, self.cols), num, common)
    }

    /// The numerators over a multiple of the denominator.
    fn numerators_over(&self, common: &BigInt) -> Cow<'_, Numbers> {
        self.num.times(&(common / &self.den), self.arithmetic)
    }

    /// c·A.
    pub fn scaled(&self, factor: &Rational) -> Self {
        let num = self.num.times(factor.numer(), self.arithmetic).into_owned();
        self.with_numbers((self.rows, self.cols), num, &self.den * factor.denom())
    }
}

/// A·B for integer matrices A `[rows, inner]` and B `[inner, cols]`, row by row: in machine words where all are words.
pub fn integer_product(arithmetic: Arithmetic, a: &[BigInt], b: &[BigInt], shape: [usize; 3]) -> Vec<BigInt> {
    match (Numbers::of_words(a), Numbers::of_words(b)) {
        (Some(a), Some(b)) => a.product(&b, shape, arithmetic).all().into_owned(),
        _ => arithmetic.product(a, b, shape),
    }
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
                assert_eq!(*product.num(), [-(&largest * &largest * inner)], "{bits} bits, {inner} terms");
            }
        }
    }

    /// Columns of two matrices over different denominators; what is left is in lowest terms.
    #[test]
    fn columns_are_replaced_over_a_common_denominator() {
        let matrix = |num: &[i64], den: i64| {
            let num: Vec<BigInt> = num.iter().copied().map(BigInt::from).collect();
            Matrix::over((2, num.len() / 2), num, den.into(), Arithmetic::OWN)
        };
        let (own, other) = (matrix(&[1, 2, 3, 4], 6), matrix(&[5, 7, 9, 11], 10));
        assert_eq!(own.with_columns_of(&other, &[false, true]), matrix(&[5, 21, 15, 33], 30));
        assert_eq!(own.with_columns_of(&other, &[true, true]), other);
        assert_eq!(own.with_columns_of(&other, &[false, false]), own);
        assert_eq!(own.with_columns(&[1], &matrix(&[1, 3], 2)), matrix(&[1, 3, 3, 9], 6));
        assert_eq!(own.keep_columns(&[false, true]), matrix(&[0, 1, 0, 2], 3));
        assert!(own.agrees_with(&matrix(&[1, 9, 3, 9], 6), &[true, false]));
        assert!(own.agrees_with(&matrix(&[9, 1, 9, 2], 3), &[false, true]));
        assert!(!own.agrees_with(&matrix(&[1, 9, 2, 9], 6), &[true, false]));
        assert_eq!(own.live_columns(), [true, true]);
        assert_eq!(matrix(&[0, 1, 0, 0], 1).live_columns(), [false, true]);
        assert_eq!(own.transposed().transposed(), own);
        assert_eq!(
            (own.row_range(1..2).num().into_owned(), own.row_range(1..2).den()),
            (vec![3.into(), 4.into()], &6.into())
        );
        assert_eq!(own.rows_at(&[1, 0, 1]).map(|rows| rows.row_range(1..3)), Some(own.clone()));
        assert_eq!(own.rows_at(&[2]), None);
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
        assert_eq!((&*matrix.num(), matrix.den()), (&[3.into(), 4.into()][..], &2.into()));
        assert_eq!(read(2, 1, "2", &[&["3"]]), shape((2, 1)));
        assert_eq!(read(2, 1, "2", &[&["3"], &["4"], &["5"]]), shape((2, 1)));
        assert_eq!(read(2, 1, "2", &[&["3"], &["4", "5"]]), shape((2, 1)));
        assert_eq!(read(2, 1, "2", &[&["3", "4"], &[]]), shape((2, 1)));
        assert_eq!(read(1, 2, "2", &[&["3", "4"]]), shape((1, 2)));
        assert_eq!(read(2, 1, "0", &[&["3"], &["4"]]), shape((2, 1)));
        assert_eq!(read(2, 1, "-2", &[&["3"], &["4"]]), shape((2, 1)));
    }
}

//! Lists of integers: machine words of 128 bits where each of them fits, integers of any length where one does not.
//!
//! The numbers alone say which of both a list is, so that equal lists are those of equal numbers, and what an operation
//! gives does not depend on how it was computed. A *word* is less than 2^126 in absolute value: the sum of two of them is
//! an `i128`, and so is their negative.

use super::arithmetic::Arithmetic;
use num_bigint::BigInt;
use num_integer::Integer as _;
use num_traits::{One, ToPrimitive, Zero};
use std::{borrow::Cow, ops::Range, thread};

/// How many bits a word has at most.
const WORD: u64 = 126;
/// Columns of a product that are summed up at a time: so many stay in the nearest memory.
const BLOCK: usize = 64;
/// Products of two numbers from which on they are spread over the cores.
const SPREAD: usize = 1 << 20;

/// A list of integers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbers(List);

#[derive(Debug, Clone, PartialEq, Eq)]
enum List {
    /// Each of at most [`WORD`] bits.
    Words(Vec<i128>),
    /// One is longer.
    Long(Vec<BigInt>),
}

/// Whether an integer of so many bits is a word.
pub fn fits(bits: u64) -> bool {
    bits <= WORD
}

/// The integer as a word, if it is one.
fn word(number: &BigInt) -> Option<i128> {
    number.to_i128().filter(|_| fits(number.bits()))
}

/// The number of bits of the longest word.
pub fn bits(words: &[i128]) -> u64 {
    let all = words.iter().fold(0, |all, word| all | word.unsigned_abs());
    u64::from(u128::BITS - all.leading_zeros())
}

impl From<Vec<BigInt>> for Numbers {
    fn from(numbers: Vec<BigInt>) -> Self {
        Numbers::of_words(&numbers).unwrap_or(Numbers(List::Long(numbers)))
    }
}

impl Numbers {
    /// The list of these, if all are words.
    pub fn of_words(numbers: &[BigInt]) -> Option<Self> {
        numbers.iter().map(word).collect::<Option<_>>().map(|words| Numbers(List::Words(words)))
    }

    /// So many zeros.
    pub fn zeros(len: usize) -> Self {
        Numbers(List::Words(vec![0; len]))
    }

    /// From canonical decimal texts.
    pub fn read<'a>(texts: impl Iterator<Item = &'a str> + Clone, arithmetic: Arithmetic) -> Self {
        // 37 digits are less than 2^126; few have more than 18.
        let word = |text: &str| match text.len() {
            ..=18 => text.parse::<i64>().ok().map(i128::from),
            ..=37 => text.parse().ok(),
            _ => None,
        };
        match texts.clone().map(word).collect() {
            Some(words) => Numbers(List::Words(words)),
            None => texts.map(|text| arithmetic.integer(text)).collect::<Vec<_>>().into(),
        }
    }

    pub fn len(&self) -> usize {
        match &self.0 {
            List::Words(words) => words.len(),
            List::Long(numbers) => numbers.len(),
        }
    }

    /// The numbers, if they are words.
    pub fn words(&self) -> Option<&[i128]> {
        if let List::Words(words) = &self.0 { Some(words) } else { None }
    }

    /// The numbers, words or not.
    pub fn all(&self) -> Cow<'_, [BigInt]> {
        self.range(0..self.len())
    }

    /// Some of them in a row.
    pub fn range(&self, range: Range<usize>) -> Cow<'_, [BigInt]> {
        match &self.0 {
            List::Words(words) => words[range].iter().copied().map(BigInt::from).collect(),
            List::Long(numbers) => Cow::Borrowed(&numbers[range]),
        }
    }

    /// One of them.
    pub fn at(&self, i: usize) -> Cow<'_, BigInt> {
        match &self.0 {
            List::Words(words) => Cow::Owned(words[i].into()),
            List::Long(numbers) => Cow::Borrowed(&numbers[i]),
        }
    }

    pub fn is_zero_at(&self, i: usize) -> bool {
        match &self.0 {
            List::Words(words) => words[i] == 0,
            List::Long(numbers) => numbers[i].is_zero(),
        }
    }

    /// Whether one of these is that in the same place of others.
    pub fn is_equal_at(&self, other: &Self, i: usize) -> bool {
        match (self.words(), other.words()) {
            (Some(own), Some(other)) => own[i] == other[i],
            _ => self.at(i) == other.at(i),
        }
    }

    pub fn is_zero(&self) -> bool {
        self.words().is_some_and(|words| words.iter().all(|word| *word == 0))
    }

    /// The number of bits of the longest.
    pub fn bits(&self) -> u64 {
        match &self.0 {
            List::Words(words) => bits(words),
            List::Long(numbers) => numbers.iter().map(BigInt::bits).max().unwrap_or(0),
        }
    }

    /// Those at these places, zero where there is none.
    pub fn gather(&self, places: impl Iterator<Item = Option<usize>>) -> Self {
        match &self.0 {
            List::Words(words) => Numbers(List::Words(places.map(|i| i.map_or(0, |i| words[i])).collect())),
            List::Long(numbers) => {
                places.map(|i| i.map_or_else(BigInt::zero, |i| numbers[i].clone())).collect::<Vec<_>>().into()
            }
        }
    }

    /// These, and others behind them.
    pub fn followed_by(&self, other: &Self) -> Self {
        match (self.words(), other.words()) {
            (Some(words), Some(more)) => Numbers(List::Words([words, more].concat())),
            _ => [self.all(), other.all()].concat().into(),
        }
    }

    /// x y for every x of these and the y in its place, which are repeated.
    pub fn times_each(&self, factors: &Self) -> Self {
        match (self.words(), factors.words()) {
            (Some(own), Some(factors)) if fits(bits(own) + bits(factors)) => {
                let own = own.iter().zip(factors.iter().cycle());
                Numbers(List::Words(own.map(|(own, factor)| own.wrapping_mul(*factor)).collect()))
            }
            _ => {
                let (own, factors) = (self.all(), factors.all());
                own.iter().zip(factors.iter().cycle()).map(|(own, factor)| own * factor).collect::<Vec<_>>().into()
            }
        }
    }

    /// c x for every x.
    pub fn times(&self, factor: &BigInt, arithmetic: Arithmetic) -> Cow<'_, Self> {
        if factor.is_one() {
            return Cow::Borrowed(self);
        }
        let (len, factor) = (self.len(), Numbers::from(vec![factor.clone()]));
        Cow::Owned(match self.words().and(factor.words()) {
            Some(_) => self.times_each(&factor),
            None => arithmetic.product(&self.all(), &factor.all(), [len, 1, 1]).into(),
        })
    }

    /// x + y for every x of these and the y in its place, which are repeated.
    pub fn plus(&self, other: &Self) -> Self {
        self.combine(other, |own, other| own + other, |own, other| own + other)
    }

    /// x − y for every x of these and the y in its place, which are repeated.
    pub fn minus(&self, other: &Self) -> Self {
        self.combine(other, |own, other| own - other, |own, other| own - other)
    }

    /// An operation under which two words are less than 2^127, as one of words and as one of integers of any length.
    fn combine(
        &self,
        other: &Self,
        words: impl Fn(i128, i128) -> i128,
        long: impl Fn(&BigInt, &BigInt) -> BigInt,
    ) -> Self {
        if let (Some(own), Some(other)) = (self.words(), other.words()) {
            return Numbers::of_sums(own.iter().zip(other.iter().cycle()).map(|(x, y)| words(*x, *y)).collect());
        }
        let (own, other) = (self.all(), other.all());
        own.iter().zip(other.iter().cycle()).map(|(x, y)| long(x, y)).collect::<Vec<_>>().into()
    }

    /// From sums that are words or a bit longer.
    pub fn of_sums(sums: Vec<i128>) -> Self {
        Numbers(match fits(bits(&sums)) {
            true => List::Words(sums),
            false => List::Long(sums.into_iter().map(BigInt::from).collect()),
        })
    }

    /// The greatest common divisor of a positive number and all of these.
    pub fn common_factor(&self, number: &BigInt, arithmetic: Arithmetic) -> BigInt {
        match &self.0 {
            List::Words(words) => {
                let Some(first) = words.iter().find(|word| **word != 0) else { return number.clone() };
                let factor = arithmetic.gcd(number, &BigInt::from(*first));
                let mut factor = word(&factor).expect("a divisor of a word is one");
                for word in words {
                    if factor == 1 {
                        break;
                    }
                    factor = common(factor, *word);
                }
                factor.into()
            }
            List::Long(numbers) => {
                let mut factor = number.clone();
                for number in numbers.iter().filter(|number| !number.is_zero()) {
                    if factor.is_one() {
                        break;
                    }
                    factor = arithmetic.gcd(&factor, number);
                }
                factor
            }
        }
    }

    /// Divides each of them by a positive common divisor.
    pub fn divide(&mut self, factor: &BigInt, arithmetic: Arithmetic) {
        match (&mut self.0, word(factor)) {
            (List::Words(words), Some(factor)) if factor.count_ones() == 1 => {
                words.iter_mut().for_each(|word| *word >>= factor.trailing_zeros());
            }
            (List::Words(words), Some(factor)) => words.iter_mut().for_each(|word| *word /= factor),
            // What more than a word divides is zero.
            (List::Words(_), None) => {}
            (List::Long(numbers), _) => {
                let rest = numbers.iter_mut().filter(|number| !number.is_zero());
                rest.for_each(|number| *number = arithmetic.quotient(number, factor));
                *self = std::mem::take(numbers).into();
            }
        }
    }

    /// A·B for matrices A `[rows, inner]` and B `[inner, cols]`, row by row; zeros are skipped.
    pub fn product(&self, other: &Self, shape: [usize; 3], arithmetic: Arithmetic) -> Self {
        match (self.words(), other.words()) {
            (Some(a), Some(b)) => word_product(a, b, shape),
            _ => arithmetic.product(&self.all(), &other.all(), shape).into(),
        }
    }
}

/// The greatest common divisor of a positive word and another word. Powers of two, which are all that decimal fractions of
/// a computer have, are seen at once.
fn common(factor: i128, word: i128) -> i128 {
    let odd = factor >> factor.trailing_zeros();
    let odd = if odd == 1 { 1 } else { odd.gcd(&(word % odd)) };
    odd << (factor | word).trailing_zeros()
}

/// A·B in words: both are cut into limbs so short that no sum of their products overflows.
fn word_product(a: &[i128], b: &[i128], shape: [usize; 3]) -> Numbers {
    let [rows, inner, cols] = shape;
    // inner < 2^log, so that sums of `inner` products of limbs are below 2^(left + right + log) ≤ 2^126.
    let log = u64::from(usize::BITS - inner.leading_zeros());
    let left = bits(a).clamp(1, 63);
    let right = (WORD - log - left).min(63);
    let (a, b) = (limbs(a, left), limbs(b, right));
    if let ([a], [b]) = (&a[..], &b[..]) {
        return Numbers(List::Words(limb_product(a, b, shape)));
    }
    let mut sums = vec![BigInt::zero(); rows * cols];
    for (a, i) in a.iter().zip(0..) {
        for (b, j) in b.iter().zip(0..) {
            let parts = limb_product(a, b, shape);
            sums.iter_mut().zip(parts).for_each(|(sum, part)| *sum += BigInt::from(part) << (i * left + j * right));
        }
    }
    sums.into()
}

/// Words cut into limbs: word = Σ_i limb_i 2^(i width), each limb at most 2^width in absolute value, for a width of 1 to 63.
fn limbs(words: &[i128], width: u64) -> Vec<Vec<i64>> {
    let last = bits(words).div_ceil(width).max(1) - 1;
    let limb = |word: i128, i: u64| {
        // The last one has the sign.
        let shifted = word >> (i * width);
        (if i == last { shifted } else { shifted & ((1 << width) - 1) }) as i64
    };
    (0..=last).map(|i| words.iter().map(|word| limb(*word, i)).collect()).collect()
}

/// A·B for numbers so short that no sum overflows.
fn limb_product(a: &[i64], b: &[i64], [rows, inner, cols]: [usize; 3]) -> Vec<i128> {
    let mut product = vec![0; rows * cols];
    if product.is_empty() || inner == 0 {
        return product;
    }
    let mut live = vec![false; cols];
    b.chunks(cols).for_each(|row| live.iter_mut().zip(row).for_each(|(live, entry)| *live |= *entry != 0));
    let live: Vec<usize> = (0..cols).filter(|j| live[*j]).collect();
    let cores = match a.len().saturating_mul(live.len()) < SPREAD {
        true => 1,
        false => thread::available_parallelism().map_or(1, usize::from),
    };
    let share = rows.div_ceil(cores);
    let mut parts = a.chunks(share * inner).zip(product.chunks_mut(share * cols));
    thread::scope(|scope| {
        let first = parts.next();
        for (a, sums) in parts {
            scope.spawn(|| add_rows(a, b, inner, &live, sums));
        }
        first.into_iter().for_each(|(a, sums)| add_rows(a, b, inner, &live, sums));
    });
    product
}

/// Some rows of a product, in the columns that are not zero.
fn add_rows(a: &[i64], b: &[i64], inner: usize, live: &[usize], product: &mut [i128]) {
    let cols = b.len() / inner;
    for block in live.chunks(BLOCK) {
        let right: Vec<i64> = b.chunks(cols).flat_map(|row| block.iter().map(|j| row[*j])).collect();
        let mut sums = vec![0i128; block.len()];
        for (row, product) in a.chunks(inner).zip(product.chunks_mut(cols)) {
            sums.fill(0);
            for (left, right) in row.iter().zip(right.chunks(block.len())).filter(|(left, _)| **left != 0) {
                for (sum, right) in sums.iter_mut().zip(right) {
                    *sum = sum.wrapping_add(i128::from(*left).wrapping_mul(i128::from(*right)));
                }
            }
            block.iter().zip(&sums).for_each(|(j, sum)| product[*j] = *sum);
        }
    }
}

//! Lists of integers: machine words of 128 bits where each of them fits, integers of any length where one does not.
//!
//! The numbers alone say which of both a list is, so that equal lists are those of equal numbers, and what an operation
//! gives does not depend on how it was computed. A *word* is less than 2^126 in absolute value: the sum of two of them is
//! an `i128`, and so is their negative.

use super::{arithmetic::Arithmetic, cores};
use num_bigint::BigInt;
use num_integer::Integer as _;
use num_traits::{One, ToPrimitive, Zero};
use std::{array, borrow::Cow, mem, ops::Range};

/// How many bits a word has at most.
const WORD: u64 = 126;
/// Columns of a product that are summed up at a time, in registers.
const COLUMNS: usize = 4;
/// Rows of a product that are gone through for the same columns: so many of the left factor stay in near memory.
const ROWS: usize = 128;
/// Operations on words from which on they are spread over the cores.
const SPREAD: usize = 1 << 18;

/// A list of integers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbers {
    list: List,
    /// The number of bits of the longest.
    bits: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum List {
    /// Each of at most [`WORD`] bits.
    Words(Vec<i128>),
    /// One is longer.
    Long(Vec<BigInt>),
}

/// Whether an integer of so many bits is a word.
fn fits(bits: u64) -> bool {
    bits <= WORD
}

/// The integer as a word, if it is one.
fn word(number: &BigInt) -> Option<i128> {
    number.to_i128().filter(|_| fits(number.bits()))
}

impl From<Vec<BigInt>> for Numbers {
    fn from(numbers: Vec<BigInt>) -> Self {
        Numbers::of_words(&numbers).unwrap_or_else(|| {
            let bits = numbers.iter().map(BigInt::bits).max().unwrap_or(0);
            Numbers { list: List::Long(numbers), bits }
        })
    }
}

/// From words, or sums of two of them.
impl From<Vec<i128>> for Numbers {
    fn from(sums: Vec<i128>) -> Self {
        let all = of_shares(&sums, |share| share.iter().fold(0, |all, sum| all | sum.unsigned_abs()));
        let all = all.into_iter().fold(0, |all, share| all | share);
        let bits = u64::from(u128::BITS - all.leading_zeros());
        let list = match fits(bits) {
            true => List::Words(sums),
            false => List::Long(sums.into_iter().map(BigInt::from).collect()),
        };
        Numbers { list, bits }
    }
}

impl Numbers {
    /// The list of these, if all are words.
    pub fn of_words(numbers: &[BigInt]) -> Option<Self> {
        numbers.iter().map(word).collect::<Option<Vec<_>>>().map(Numbers::from)
    }

    /// So many zeros.
    pub fn zeros(len: usize) -> Self {
        vec![0i128; len].into()
    }

    /// From canonical decimal texts.
    pub fn read<'a>(texts: impl Iterator<Item = &'a str> + Clone, arithmetic: Arithmetic) -> Self {
        // 37 digits are less than 2^126; few have more than 18.
        let word = |text: &str| match text.len() {
            ..=18 => text.parse::<i64>().ok().map(i128::from),
            19..=37 => text.parse().ok(),
            _ => None,
        };
        match texts.clone().map(word).collect::<Option<Vec<i128>>>() {
            Some(words) => words.into(),
            None => texts.map(|text| arithmetic.integer(text)).collect::<Vec<_>>().into(),
        }
    }

    pub fn len(&self) -> usize {
        match &self.list {
            List::Words(words) => words.len(),
            List::Long(numbers) => numbers.len(),
        }
    }

    /// The numbers, if they are words.
    pub fn words(&self) -> Option<&[i128]> {
        if let List::Words(words) = &self.list { Some(words) } else { None }
    }

    /// The numbers, words or not.
    pub fn all(&self) -> Cow<'_, [BigInt]> {
        self.range(0..self.len())
    }

    /// Some of them in a row.
    pub fn range(&self, range: Range<usize>) -> Cow<'_, [BigInt]> {
        match &self.list {
            List::Words(words) => words[range].iter().copied().map(BigInt::from).collect(),
            List::Long(numbers) => Cow::Borrowed(&numbers[range]),
        }
    }

    /// One of them.
    pub fn at(&self, i: usize) -> Cow<'_, BigInt> {
        match &self.list {
            List::Words(words) => Cow::Owned(words[i].into()),
            List::Long(numbers) => Cow::Borrowed(&numbers[i]),
        }
    }

    pub fn is_zero_at(&self, i: usize) -> bool {
        match &self.list {
            List::Words(words) => words[i] == 0,
            List::Long(numbers) => numbers[i].is_zero(),
        }
    }

    /// Whether x times the one in a place of these differs from y times that of others, for x and y other than zero. One
    /// place at a time: products of all of them may be long.
    pub fn differs_from<'a>(&'a self, x: &'a BigInt, other: &'a Self, y: &'a BigInt) -> impl Fn(usize) -> bool + 'a {
        let words = match (self.words(), other.words(), word(x), word(y)) {
            // Then no product wraps.
            (Some(own), Some(others), Some(a), Some(b))
                if fits(self.bits + x.bits()) && fits(other.bits + y.bits()) =>
            {
                Some((own, others, a, b))
            }
            _ => None,
        };
        move |i| match words {
            Some((own, others, a, b)) => own[i].wrapping_mul(a) != others[i].wrapping_mul(b),
            None if self.is_zero_at(i) || other.is_zero_at(i) => self.is_zero_at(i) != other.is_zero_at(i),
            None => &*self.at(i) * x != &*other.at(i) * y,
        }
    }

    pub fn is_zero(&self) -> bool {
        self.words().is_some_and(|words| words.iter().all(|word| *word == 0))
    }

    /// The number of bits of the longest.
    pub fn bits(&self) -> u64 {
        self.bits
    }

    /// So many numbers, each the one at its place among these, zero where there is none.
    pub fn gather(&self, len: usize, place: impl Fn(usize) -> Option<usize> + Sync) -> Self {
        match &self.list {
            List::Words(words) => map(len, |i| place(i).map_or(0, |place| words[place])).into(),
            List::Long(numbers) => {
                let number = |i| place(i).map_or_else(BigInt::zero, |place| numbers[place].clone());
                (0..len).map(number).collect::<Vec<_>>().into()
            }
        }
    }

    /// Those of others, which are as many, where `of_other` says so for the place.
    pub fn or_of(&self, other: &Self, of_other: impl Fn(usize) -> bool + Sync) -> Self {
        match (self.words(), other.words()) {
            (Some(own), Some(other)) => map(own.len(), |i| if of_other(i) { other[i] } else { own[i] }).into(),
            _ => {
                let number = |i| if of_other(i) { other.at(i) } else { self.at(i) }.into_owned();
                (0..self.len()).map(number).collect::<Vec<_>>().into()
            }
        }
    }

    /// s x + t for each x, with the s and the t that are named for its place and its value, by their place among the slopes
    /// and the shifts; zero where none are named.
    pub fn affine(
        &self,
        slopes: &Self,
        shifts: &Self,
        of_word: impl Fn(usize, &i128) -> Option<usize> + Sync,
        of_long: impl Fn(usize, &BigInt) -> Option<usize>,
    ) -> Self {
        match (self.words(), slopes.words(), shifts.words()) {
            // A product of so many bits is a word, too, which a sum of words may not be.
            (Some(words), Some(steep), Some(shifts)) if fits(self.bits + slopes.bits) => {
                let image = |i: usize, n: usize| words[i].wrapping_mul(steep[n]) + shifts[n];
                map(words.len(), |i| of_word(i, &words[i]).map_or(0, |n| image(i, n))).into()
            }
            _ => {
                let (numbers, slopes, shifts) = (self.all(), slopes.all(), shifts.all());
                let image = |(i, x): (usize, &BigInt)| of_long(i, x).map(|n| x * &slopes[n] + &shifts[n]);
                numbers.iter().enumerate().map(|entry| image(entry).unwrap_or_default()).collect::<Vec<_>>().into()
            }
        }
    }

    /// These, and others behind them.
    pub fn followed_by(&self, other: &Self) -> Self {
        match (self.words(), other.words()) {
            (Some(words), Some(more)) => [words, more].concat().into(),
            _ => [self.all(), other.all()].concat().into(),
        }
    }

    /// x y for every x of these and the y in its place, which are repeated.
    pub fn times_each(&self, factors: &Self) -> Self {
        match (self.words(), factors.words()) {
            // Then no product wraps.
            (Some(own), Some(words)) if fits(self.bits + factors.bits) => {
                map_pairs(own, words, i128::wrapping_mul).into()
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

    /// x ∘ y for every x of these and the y in its place, for an operation that takes two words to less than 2^127 in absolute
    /// value, given for words and for integers of any length.
    fn combine(
        &self,
        other: &Self,
        words: impl Fn(i128, i128) -> i128 + Sync,
        long: impl Fn(&BigInt, &BigInt) -> BigInt,
    ) -> Self {
        if let (Some(own), Some(other)) = (self.words(), other.words()) {
            return map_pairs(own, other, words).into();
        }
        let (own, other) = (self.all(), other.all());
        own.iter().zip(other.iter().cycle()).map(|(x, y)| long(x, y)).collect::<Vec<_>>().into()
    }

    /// The greatest common divisor of a positive number and all of these.
    pub fn common_factor(&self, number: &BigInt, arithmetic: Arithmetic) -> BigInt {
        match &self.list {
            List::Words(words) => {
                let Some(first) = words.iter().find(|word| **word != 0) else { return number.clone() };
                let factor = arithmetic.gcd(number, &BigInt::from(*first));
                let factor = word(&factor).expect("a divisor of a word is one");
                of_shares(words, |share| common(factor, share))
                    .into_iter()
                    .fold(factor, |all, share| all.gcd(&share))
                    .into()
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
        match (&mut self.list, word(factor)) {
            (List::Words(words), Some(factor)) => {
                let quotient = |word: i128| match factor.count_ones() {
                    1 => word >> factor.trailing_zeros(),
                    _ => word / factor,
                };
                let len = words.len();
                spread(words, 1, len, |_, share| share.iter_mut().for_each(|word| *word = quotient(*word)));
                *self = mem::take(words).into();
            }
            // What more than a word divides is zero.
            (List::Words(_), None) => {}
            (List::Long(numbers), _) => {
                let rest = numbers.iter_mut().filter(|number| !number.is_zero());
                rest.for_each(|number| *number = arithmetic.quotient(number, factor));
                *self = mem::take(numbers).into();
            }
        }
    }

    /// A·B for matrices A `[rows, inner]` and B `[inner, cols]`, row by row; zeros are skipped.
    pub fn product(&self, other: &Self, shape: [usize; 3], arithmetic: Arithmetic) -> Self {
        match (self.words(), other.words()) {
            (Some(a), Some(b)) => word_product((a, self.bits), (b, other.bits), shape),
            _ => arithmetic.product(&self.all(), &other.all(), shape).into(),
        }
    }
}

/// The greatest common divisor of a positive word and others. Powers of two, which are all that there is in the denominators
/// of floating-point numbers, are seen at once.
fn common(mut factor: i128, words: &[i128]) -> i128 {
    for word in words {
        if factor == 1 {
            break;
        }
        let odd = factor >> factor.trailing_zeros();
        let odd = if odd == 1 { 1 } else { odd.gcd(&(word % odd)) };
        factor = odd << (factor | word).trailing_zeros();
    }
    factor
}

/// A·B in words, with the numbers of bits of their longest: both are cut into limbs so short that no sum of products
/// overflows.
fn word_product((a, a_bits): (&[i128], u64), (b, b_bits): (&[i128], u64), shape: [usize; 3]) -> Numbers {
    let [rows, inner, cols] = shape;
    // inner < 2^log, so that sums of `inner` products of limbs are below 2^(left + right + log) ≤ 2^126.
    let log = u64::from(usize::BITS - inner.leading_zeros());
    let left = a_bits.clamp(1, 63);
    let right = (WORD - log - left).min(63);
    let (a, b) = (limbs(a, a_bits, left), limbs(b, b_bits, right));
    if let ([a], [b]) = (&a[..], &b[..]) {
        return limb_product(a, b, shape).into();
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

/// Words of so many bits cut into limbs: word = Σ_i limb_i 2^(i width), each limb at most 2^width in absolute value, for a
/// width of 1 to 63.
fn limbs(words: &[i128], bits: u64, width: u64) -> Vec<Vec<i64>> {
    let last = bits.div_ceil(width).max(1) - 1;
    let limb = |word: i128, i: u64| {
        // The last one has the sign.
        let shifted = word >> (i * width);
        (if i == last { shifted } else { shifted & ((1 << width) - 1) }) as i64
    };
    let of = |i: u64| {
        let mut limbs = vec![0; words.len()];
        spread(&mut limbs, 1, words.len(), |first, share| {
            share.iter_mut().zip(&words[first..]).for_each(|(own, word)| *own = limb(*word, i));
        });
        limbs
    };
    (0..=last).map(of).collect()
}

/// A·B for numbers so short that no sum overflows.
fn limb_product(a: &[i64], b: &[i64], [rows, inner, cols]: [usize; 3]) -> Vec<i128> {
    let mut product = vec![0; rows * cols];
    if inner == 0 || cols == 0 {
        return product;
    }
    let mut live = vec![false; cols];
    b.chunks(cols).for_each(|row| live.iter_mut().zip(row).for_each(|(live, entry)| *live |= *entry != 0));
    let live: Vec<usize> = (0..cols).filter(|j| live[*j]).collect();
    let work = a.len().saturating_mul(live.len());
    spread(&mut product, cols, work, |first, sums| add_rows(&a[first / cols * inner..], b, inner, &live, sums));
    product
}

/// On how many cores to do so much.
fn cores_for(work: usize) -> usize {
    if work < SPREAD { 1 } else { cores::count() }
}

/// Fills a list by shares of whole rows, one for each core; `fill` is told where its share begins.
fn spread<T: Send>(list: &mut [T], cols: usize, work: usize, fill: impl Fn(usize, &mut [T]) + Sync) {
    let cores = cores_for(work);
    if cores == 1 {
        return fill(0, list);
    }
    let share = (list.len() / cols).div_ceil(cores).max(1) * cols;
    cores::each(cores, (0..).step_by(share).zip(list.chunks_mut(share)), |(first, share)| fill(first, share));
}

/// What is found in each share of a list, one for each core.
fn of_shares<T: Send>(words: &[i128], of: impl Fn(&[i128]) -> T + Sync) -> Vec<T> {
    match cores_for(words.len()) {
        1 => vec![of(words)],
        cores => cores::map(cores, words.chunks(words.len().div_ceil(cores)).collect(), of),
    }
}

/// So many words, each from its place.
fn map(len: usize, word: impl Fn(usize) -> i128 + Sync) -> Vec<i128> {
    let mut words = vec![0; len];
    spread(&mut words, 1, len, |first, share| share.iter_mut().zip(first..).for_each(|(own, i)| *own = word(i)));
    words
}

/// A word for each of the left ones, from it and the right one in its place, which are repeated.
fn map_pairs(left: &[i128], right: &[i128], word: impl Fn(i128, i128) -> i128 + Sync) -> Vec<i128> {
    let mut words = vec![0; left.len()];
    spread(&mut words, 1, left.len(), |first, share| {
        let right = right.iter().cycle().skip(first % right.len().max(1));
        share.iter_mut().zip(&left[first..]).zip(right).for_each(|((own, left), right)| *own = word(*left, *right));
    });
    words
}

/// Some rows of a product, in the columns that are not zero.
fn add_rows(a: &[i64], b: &[i64], inner: usize, live: &[usize], product: &mut [i128]) {
    let cols = b.len() / inner;
    for (a, product) in a.chunks(ROWS * inner).zip(product.chunks_mut(ROWS * cols)) {
        let filled = |row: &[i64]| (0..).zip(row).filter(|(_, left)| **left != 0).map(|(l, left)| (l, *left)).collect();
        let left: Vec<Vec<(usize, i64)>> = a.chunks(inner).map(filled).collect();
        for block in live.chunks(COLUMNS) {
            let of_row = |row: &[i64]| array::from_fn(|j| block.get(j).map_or(0, |j| row[*j]));
            let right: Vec<[i64; COLUMNS]> = b.chunks(cols).map(of_row).collect();
            for (row, product) in left.iter().zip(product.chunks_mut(cols)) {
                let mut sums = [0i128; COLUMNS];
                for (l, left) in row {
                    for (sum, right) in sums.iter_mut().zip(&right[*l]) {
                        *sum = sum.wrapping_add(i128::from(*left).wrapping_mul(i128::from(*right)));
                    }
                }
                block.iter().zip(sums).for_each(|(j, sum)| product[*j] = sum);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_traits::Signed;
    use proptest::prelude::*;

    const OWN: Arithmetic = Arithmetic::OWN;

    fn list(numbers: &[BigInt]) -> Numbers {
        numbers.to_vec().into()
    }

    /// Near powers of two, where limbs, words and `i128` end, and small numbers.
    fn any_integer() -> impl Strategy<Value = BigInt> {
        let power = prop_oneof![Just(31u32), Just(48), 56..66u32, 120..132u32];
        prop_oneof![
            (-9..=9i64).prop_map(BigInt::from),
            (power, -2..=2i64, any::<bool>()).prop_map(|(power, more, negative)| {
                let number = (BigInt::one() << power) + more;
                if negative { -number } else { number }
            }),
        ]
    }

    /// Lists of words only, and others.
    fn any_list(len: usize) -> impl Strategy<Value = Vec<BigInt>> {
        let short = any_integer().prop_map(|number| number % (BigInt::one() << WORD));
        prop_oneof![prop::collection::vec(short, len), prop::collection::vec(any_integer(), len)]
    }

    /// Whether a list is what it has to be: words if all are words, of as many bits as the longest.
    fn assert_is(found: &Numbers, expected: &[BigInt]) {
        assert_eq!(*found.all(), *expected);
        assert_eq!(found.words().is_some(), expected.iter().all(|number| number.bits() <= WORD), "{found:?}");
        assert_eq!(found.bits(), expected.iter().map(BigInt::bits).max().unwrap_or(0));
        assert_eq!(*found, list(expected));
    }

    #[test]
    fn a_word_is_below_its_limit_on_both_sides() {
        let limit: BigInt = BigInt::one() << WORD;
        for (number, is_word) in [(&limit - 1, true), (1 - &limit, true), (limit.clone(), false), (-limit, false)] {
            assert_eq!(list(std::slice::from_ref(&number)).words().is_some(), is_word);
            assert_is(&list(std::slice::from_ref(&number)), &[number]);
        }
        for number in [i64::MIN, i64::MAX].map(BigInt::from).into_iter().chain([i128::MIN, i128::MAX].map(BigInt::from))
        {
            assert_is(&list(std::slice::from_ref(&number)), &[number]);
        }
        assert_is(&Numbers::zeros(0), &[]);
    }

    /// What grows beyond words and shrinks again is words again.
    #[test]
    fn what_shrinks_is_words_again() {
        let most = list(&[(BigInt::one() << WORD) - 1]);
        let twice = most.plus(&most);
        assert!(twice.words().is_none());
        assert_eq!(twice.minus(&most), most);
        let square = most.product(&most, [1, 1, 1], OWN);
        assert!(square.words().is_none());
        let mut quotient = square.clone();
        quotient.divide(&most.at(0), OWN);
        assert_eq!(quotient, most);
        assert_eq!(square.minus(&square), Numbers::zeros(1));
        let mut two = list(&[BigInt::one() << 200, BigInt::one() << 101]);
        assert_eq!(two.gather(1, |_| Some(1)), list(&[BigInt::one() << 101]));
        two.divide(&(BigInt::one() << 101), OWN);
        assert_is(&two, &[BigInt::one() << 99, BigInt::one()]);
    }

    #[test]
    fn products_without_entries_are_zero() {
        for shape in [[2, 0, 3], [0, 2, 3], [2, 3, 0], [0, 0, 0]] {
            let [rows, inner, cols] = shape;
            let product = Numbers::zeros(rows * inner).product(&Numbers::zeros(inner * cols), shape, OWN);
            assert_eq!(product, Numbers::zeros(rows * cols), "{shape:?}");
        }
    }

    /// A product on all cores, with more columns than a block and some that are zero, is that of one row at a time.
    #[test]
    fn large_products_are_those_of_their_rows() {
        let (rows, inner, cols) = (37, 90, 150);
        let entry = |i: i64, modulus: i64| BigInt::from((i * i + 7 * i) % modulus - modulus / 2);
        let a: Vec<BigInt> = (0..rows * inner).map(|i| entry(i, 1 << 40) * BigInt::from(i % 3)).collect();
        let b: Vec<BigInt> = (0..inner * cols)
            .map(|i| if i % cols % 5 == 0 { BigInt::zero() } else { entry(i, 1 << 61) << 20 })
            .collect();
        let shape = [rows, inner, cols].map(|len| len as usize);
        assert_is(&list(&a).product(&list(&b), shape, OWN), &OWN.product(&a, &b, shape));
        for row in a.chunks(inner as usize).take(3) {
            assert_is(
                &list(row).product(&list(&b), [1, shape[1], shape[2]], OWN),
                &OWN.product(row, &b, [1, shape[1], shape[2]]),
            );
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 400, ..ProptestConfig::default() })]

        #[test]
        fn sums_and_multiples_are_those_of_integers(x in any_list(6), y in any_list(6), row in any_list(3)) {
            let (a, b, r) = (list(&x), list(&y), list(&row));
            let pairs = |right: &[BigInt], of: fn(&BigInt, &BigInt) -> BigInt| -> Vec<BigInt> {
                x.iter().zip(right.iter().cycle()).map(|(x, y)| of(x, y)).collect()
            };
            assert_is(&a.plus(&b), &pairs(&y, |x, y| x + y));
            assert_is(&a.minus(&b), &pairs(&y, |x, y| x - y));
            assert_is(&a.minus(&r), &pairs(&row, |x, y| x - y));
            assert_is(&a.times_each(&r), &pairs(&row, |x, y| x * y));
            assert_is(&a.times(&row[0], OWN), &pairs(&row[..1], |x, y| x * y));
            assert_is(&a.followed_by(&r), &[&x[..], &row].concat());
            let texts: Vec<String> = x.iter().map(BigInt::to_string).collect();
            assert_is(&Numbers::read(texts.iter().map(String::as_str), OWN), &x);
        }

        #[test]
        fn products_are_those_of_integers(x in any_list(6), y in any_list(6)) {
            for shape in [[2, 3, 2], [6, 1, 6], [1, 6, 1], [3, 2, 3]] {
                assert_is(&list(&x).product(&list(&y), shape, OWN), &OWN.product(&x, &y, shape));
            }
        }

        #[test]
        fn common_factors_are_those_of_integers(
            x in any_list(4), number in any_integer(), (odd, power) in (prop_oneof![Just(1i64), 1..100i64], 0..70u32),
        ) {
            let (common, number) = ((BigInt::one() << power) * BigInt::from(odd), number.abs() + BigInt::one());
            for x in [x.iter().map(|x| x * &common).collect::<Vec<_>>(), x.clone(), vec![BigInt::zero(); 2]] {
                for number in [&number * &common, number.clone(), common.clone()] {
                    let expected = x.iter().fold(number.clone(), |factor, x| factor.gcd(x));
                    let mut numbers = list(&x);
                    prop_assert_eq!(numbers.common_factor(&number, OWN), expected.clone());
                    numbers.divide(&expected, OWN);
                    assert_is(&numbers, &x.iter().map(|x| x / &expected).collect::<Vec<_>>());
                }
            }
        }

        #[test]
        fn choices_and_images_are_those_of_integers(
            x in any_list(6), y in any_list(6), slopes in any_list(2), shifts in any_list(2), at in 0..6usize,
        ) {
            let (a, b) = (list(&x), list(&y));
            let place = |i: usize| (i % 3 != 1).then_some((i + at) % 6);
            let gathered: Vec<BigInt> = (0..9).map(|i| place(i).map_or_else(BigInt::zero, |i| x[i].clone())).collect();
            assert_is(&a.gather(9, place), &gathered);
            let either: Vec<BigInt> = (0..6).map(|i| if i < at { y[i].clone() } else { x[i].clone() }).collect();
            assert_is(&a.or_of(&b, |i| i < at), &either);
            let piece = |i: usize, negative: bool| (i != at).then_some(usize::from(negative));
            let image = |(i, x): (usize, &BigInt)| {
                piece(i, x.is_negative()).map_or_else(BigInt::zero, |n| x * &slopes[n] + &shifts[n])
            };
            let found = a.affine(&list(&slopes), &list(&shifts), |i, x| piece(i, *x < 0), |i, x| piece(i, x.is_negative()));
            assert_is(&found, &x.iter().enumerate().map(image).collect::<Vec<_>>());
            for i in 0..6 {
                prop_assert_eq!(&*a.at(i), &x[i]);
                prop_assert_eq!(a.is_zero_at(i), x[i].is_zero());
                for (left, right) in [(1, 1), (1, 2), (-3, 2), (1i64 << 40, 1i64 << 50)] {
                    let (left, right) = (BigInt::from(left), BigInt::from(right));
                    prop_assert_eq!(a.differs_from(&left, &b, &right)(i), &x[i] * &left != &y[i] * &right);
                    let scaled = list(&x.iter().map(|x| x * &left).collect::<Vec<_>>());
                    prop_assert!(!a.differs_from(&left, &scaled, &BigInt::one())(i));
                }
            }
            prop_assert_eq!(a.is_zero(), x.iter().all(Zero::is_zero));
        }

        /// The limbs of a word are short, and it is their sum.
        #[test]
        fn limbs_make_up_the_word(number in any_integer(), width in 1..=63u64) {
            let word = (number % (BigInt::one() << WORD)).to_i128().unwrap();
            let limbs = limbs(&[word], Numbers::from(vec![word]).bits(), width);
            let sum: BigInt = limbs.iter().zip(0..).map(|(limb, i)| BigInt::from(limb[0]) << (i * width)).sum();
            prop_assert_eq!(sum, BigInt::from(word));
            prop_assert!(limbs.iter().all(|limb| u128::from(limb[0].unsigned_abs()) <= 1 << width));
        }
    }
}

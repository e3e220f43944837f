//! Linear systems over ℤ by p-adic lifting (Dixon 1982), with matrix products in f64.
//!
//! With C = A⁻¹ mod p, the p-adic digits of A⁻¹B are y = C R mod p, R := (R − A y)/p, from R = B. Every product is a
//! `gemm` of integers in f64, exact because the prime and the limbs of A are so small that sums stay below 2⁵³.
//! The residual R keeps its size, so it is held in machine words; a right-hand side of any size enters digit by digit.
//!
//! Once the common denominator d is known, the digits are those of the *integer* matrix Y = d A⁻¹B, and the lifting ends
//! with R = 0, which says A Y = d B over ℤ: no bound and no reconstruction is needed. The denominator comes from two
//! combinations of the columns by rational reconstruction. If it misses a factor the residual does not vanish in time,
//! and the column that shows it supplies the factor.

use super::{
    integers::{bits, collect, minor_bits},
    limbs::{divide_exactly, split, subtract_limbs, word_inverse},
    modular::{Elimination, Field},
    reconstruction::{Radix, balanced, fraction},
};
use nalgebra::DMatrix;
use pulp::Arch;
use rug::{Complete, Integer, ops::Pow};

/// Steps whose right-hand sides are prepared together.
const BATCH: usize = 32;

/// The most right-hand sides that are lifted together.
const WIDTH: usize = 128;

/// The most digits that are kept at a time: 256 MB a thread.
const DIGITS: usize = 1 << 26;

/// Up to this many right-hand sides are reconstructed directly, without finding the denominator first.
const FEW: usize = 2;

/// Up to so many columns nalgebra multiplies one after the other.
const NARROW: usize = 5;

/// Entries that are looked at for a denominator before all of them are.
const SAMPLE: usize = 12;

/// A factor of small primes that random combinations easily miss: 2⁸ · 3⁴ · 5² · 7² · 11 · 13.
const SMOOTH: u32 = 256 * 81 * 25 * 49 * 11 * 13;

/// How entries are cut so that products are exact in f64.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sizes {
    /// Bits of the prime.
    pub prime_bits: u32,
    /// Bits of a limb of A, with sign.
    pub limb_bits: u32,
}

impl Sizes {
    /// The fewest products a bit for n columns of A, entries below 2^entry_bits and right-hand sides below 2^right_bits.
    ///
    /// Sums of n products (residue × residue, residue × limb) and of the digits of a right-hand side stay below 2⁵².
    pub fn choose(columns: usize, entry_bits: u32, right_bits: u32) -> Self {
        let largest = 1u64 << 52;
        let fits = |prime_bits: u32| {
            let half = (1u64 << (prime_bits - 1)) + 2;
            let terms = columns.max(right_bits.div_ceil(prime_bits - 1) as usize + 2) as u64;
            let limb_bits = (2..=24).rev().find(|bits| columns as u64 * (half << (bits - 1)) < largest)?;
            (terms * half * half < largest).then_some(Self { prime_bits, limb_bits })
        };
        let cost = |sizes: &Self| (f64::from(sizes.limbs(entry_bits) + 1)) / f64::from(sizes.prime_bits);
        let choices = (8..=24).rev().filter_map(fits);
        choices.min_by(|x, y| cost(x).total_cmp(&cost(y))).unwrap_or(Self { prime_bits: 8, limb_bits: 2 })
    }

    fn limbs(self, entry_bits: u32) -> u32 {
        (entry_bits + 1).div_ceil(self.limb_bits).max(1)
    }
}

/// A matrix A [m, r], m ≥ r, whose first r rows are invertible modulo p, prepared for lifting.
pub(super) struct Lifting<'a> {
    field: Field,
    a: &'a DMatrix<Integer>,
    /// The inverse of the first r rows modulo p.
    inverse: DMatrix<f64>,
    /// A = Σ limbs[l] 2^(l · limb_bits), stacked: [limbs · m, r].
    limbs: DMatrix<f64>,
    sizes: Sizes,
    entry_bits: u32,
}

impl<'a> Lifting<'a> {
    /// Prepares A; `elimination` is that of a matrix whose pivot block is the first r rows of A.
    pub fn new(field: Field, sizes: Sizes, a: &'a DMatrix<Integer>, elimination: &Elimination) -> Self {
        let (rows, columns) = a.shape();
        let entry_bits = bits(a);
        let count = sizes.limbs(entry_bits) as usize;
        let mut limbs = DMatrix::zeros(count * rows, columns);
        for (column, mut target) in a.column_iter().zip(limbs.column_iter_mut()) {
            for (row, entry) in column.iter().enumerate() {
                split(entry, sizes.limb_bits, |index, limb| target[index * rows + row] = limb);
            }
        }
        Self { field, a, inverse: elimination.inverse(), limbs, sizes, entry_bits }
    }

    fn rows(&self) -> usize {
        self.a.nrows()
    }

    fn columns(&self) -> usize {
        self.a.ncols()
    }

    /// Y [r, c] and d > 0 with A Y = d B for the square A (m = r): A⁻¹B = Y/d, not in lowest terms.
    pub fn solve(&self, b: &DMatrix<Integer>) -> (DMatrix<Integer>, Integer) {
        if b.ncols() <= FEW {
            return self.solve_few(b);
        }
        let mut denominator = self.lift_until(&combinations(b), |digits| self.denominator(digits, SAMPLE)) * SMOOTH;
        loop {
            match self.solve_over(b, &denominator) {
                Ok(numerators) => return (numerators, denominator),
                Err(column) => {
                    let single = b.columns(column, 1).into_owned();
                    denominator.lcm_mut(&self.solve_few(&single).1);
                }
            }
        }
    }

    /// Y = d A⁻¹B if that is integral; else a column in which it is not.
    fn solve_over(&self, b: &DMatrix<Integer>, d: &Integer) -> Result<DMatrix<Integer>, usize> {
        let numerator_bits = minor_bits(self.a, b);
        // |Y| ≤ |d| |A⁻¹B|, and entries of A⁻¹B are minors over the determinant.
        let limit = self.steps(numerator_bits + d.significant_bits() + 2) + 3;
        let factor = digits_of(d, self.field);
        let threads = rayon::current_num_threads();
        let fitting = (DIGITS / (limit * self.columns()).max(1)).clamp(8, WIDTH);
        let width = b.ncols().div_ceil(threads).clamp(1, fitting);
        let starts: Vec<usize> = (0..b.ncols()).step_by(width).collect();
        let blocks = collect(starts.len(), self.limbs.len() * width * limit, |block| {
            let start = starts[block];
            let right = b.columns(start, width.min(b.ncols() - start)).into_owned();
            let mut expansion = Expansion::new(self, &right, &factor);
            while !expansion.finished() {
                if expansion.digits.len() >= limit {
                    return Err(start + expansion.unfinished_column());
                }
                let exact = expansion.step();
                debug_assert!(exact, "the digit solves the residual modulo p");
            }
            Ok(self.assemble_all(&expansion.digits, right.ncols()))
        });
        let entries = blocks.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten();
        Ok(DMatrix::from_iterator(self.columns(), b.ncols(), entries))
    }

    /// Y and d by rational reconstruction, proved afterwards: A Y ≡ d B modulo p^k, and both sides are smaller than that.
    fn solve_few(&self, b: &DMatrix<Integer>) -> (DMatrix<Integer>, Integer) {
        self.lift_until(b, |digits| {
            let sampled = self.denominator(digits, SAMPLE)?;
            let complete = || self.numerators(digits, b, self.denominator(digits, usize::MAX)?);
            self.numerators(digits, b, sampled).or_else(complete)
        })
    }

    /// Lifts B with more and more digits until `attempt` makes something of them; the bound of Hadamard says when it must.
    fn lift_until<T>(&self, b: &DMatrix<Integer>, attempt: impl Fn(&[Vec<i32>]) -> Option<T>) -> T {
        let determinant_bits = minor_bits(self.a, &DMatrix::from_vec(self.rows(), 0, Vec::new()));
        let enough = self.steps(minor_bits(self.a, b) + determinant_bits + 64);
        let mut expansion = Expansion::new(self, b, &[1.0]);
        let mut target = (enough / 16).max(8).min(enough);
        loop {
            while expansion.digits.len() < target {
                expansion.step();
            }
            if let Some(found) = attempt(&expansion.digits) {
                return found;
            }
            let next = target + target / 3 + 4;
            target = if target < enough { next.min(enough) } else { next };
        }
    }

    /// A common denominator of (at most `sample`) entries of the matrix with these digits, if k digits seem to determine
    /// it: then the numerators leave 16 bits of p^k unused.
    fn denominator(&self, digits: &[Vec<i32>], sample: usize) -> Option<Integer> {
        let radix = Radix::new(self.field.prime(), digits.len());
        let modulus = Integer::from(self.field.prime()).pow(digits.len() as u32);
        let entries = digits.first().map_or(0, Vec::len);
        let mut denominator = Integer::from(1);
        for entry in (0..entries).step_by((entries / sample).max(1)) {
            let residue = radix.assemble(&digits.iter().map(|digit| digit[entry]).collect::<Vec<_>>());
            let mut numerator = balanced(residue * &denominator, &modulus);
            let room = |numerator: &Integer, denominator: &Integer| {
                numerator.significant_bits() + denominator.significant_bits() + 16 < modulus.significant_bits()
            };
            if !room(&numerator, &denominator) {
                let (reduced, factor) = fraction(&numerator, &modulus)?;
                numerator = reduced;
                denominator *= factor;
                if !room(&numerator, &denominator) {
                    return None;
                }
            }
        }
        Some(denominator)
    }

    /// The numerators Y over a denominator d, if A Y = d B follows.
    fn numerators(&self, digits: &[Vec<i32>], b: &DMatrix<Integer>, d: Integer) -> Option<(DMatrix<Integer>, Integer)> {
        // Twice the bits of d are about p^k; half the digits and those of one product A Y are mostly enough.
        let slack = 64 + self.entry_bits + bits(b) + self.columns().ilog2();
        let short = self.steps(d.significant_bits() + slack).min(digits.len());
        [short, digits.len()].into_iter().find_map(|length| {
            let radix = Radix::new(self.field.prime(), length);
            let modulus = Integer::from(self.field.prime()).pow(length as u32);
            let entries = collect(self.columns() * b.ncols(), length * length, |entry| {
                let residue = radix.assemble(&digits[..length].iter().map(|digit| digit[entry]).collect::<Vec<_>>());
                balanced(residue * &d, &modulus)
            });
            let y = DMatrix::from_vec(self.columns(), b.ncols(), entries);
            let left = self.columns().ilog2() + 1 + self.entry_bits + bits(&y);
            let right = d.significant_bits() + bits(b);
            (left.max(right) + 2 <= modulus.significant_bits()).then(|| (y, d.clone()))
        })
    }

    /// The integers with the given digits, r × c, column by column.
    fn assemble_all(&self, digits: &[Vec<i32>], columns: usize) -> Vec<Integer> {
        let radix = Radix::new(self.field.prime(), digits.len());
        let mut buffer = vec![0; digits.len()];
        let assemble = |entry: usize| {
            buffer.iter_mut().zip(digits).for_each(|(target, digit)| *target = digit[entry]);
            radix.assemble(&buffer)
        };
        (0..self.columns() * columns).map(assemble).collect()
    }

    /// Digits for numbers below 2^bits, rounded up.
    fn steps(&self, bits: u32) -> usize {
        let sixteen = Integer::from(self.field.prime()).pow(16).significant_bits() - 1;
        (u64::from(bits) * 16).div_ceil(u64::from(sixteen)) as usize + 1
    }

    /// Whether the columns B [m, c] depend on A over ℚ, column c on the columns of A before `later[c]` only.
    ///
    /// With p^k above Hadamard's bound for the minors of [A, B]: the digits beyond `later[c]` are zero and all m rows of
    /// the residual stay divisible by p, for k steps, exactly if the corresponding minors, which are smaller than p^k,
    /// are zero.
    pub fn depends(&self, b: &DMatrix<Integer>, later: &[usize]) -> bool {
        let steps = self.steps(minor_bits(self.a, b) + 1);
        let mut expansion = Expansion::new(self, b, &[1.0]);
        (0..steps).all(|_| {
            let exact = expansion.step();
            let digit = expansion.digits.pop().unwrap_or_default();
            let confined = |(column, &end): (usize, &usize)| {
                digit[column * self.columns()..][end..self.columns()].iter().all(|&entry| entry == 0)
            };
            exact && later.iter().enumerate().all(confined)
        })
    }
}

/// The lifting of d B: digits y_k with A Σ y_k p^k ≡ d B, and the residual (d B − A Σ y_k p^k)/p^k.
struct Expansion<'a> {
    lifting: &'a Lifting<'a>,
    right: RightHandSide,
    residual: Residual,
    /// One vector of r · c entries a step, column by column; a caller that does not need them may take them out.
    digits: Vec<Vec<i32>>,
    taken: usize,
    /// Buffers of a step: the residual modulo p [r, c], the digit [r, c], limbs times digit [limbs · m, c].
    residue: DMatrix<f64>,
    digit: DMatrix<f64>,
    product: DMatrix<f64>,
}

impl<'a> Expansion<'a> {
    /// Starts with the right-hand side Σ factor[i] p^i · B.
    fn new(lifting: &'a Lifting<'a>, b: &DMatrix<Integer>, factor: &[f64]) -> Self {
        let (rows, columns, sides) = (lifting.rows(), lifting.columns(), b.ncols());
        let right = RightHandSide::new(b, factor, lifting.field);
        let product_bits = lifting.entry_bits + columns.max(1).ilog2() + 2;
        let mut expansion = Self {
            lifting,
            residual: Residual::new(rows * sides, product_bits.max(right.bits()) + 2),
            right,
            digits: Vec::new(),
            taken: 0,
            residue: DMatrix::zeros(columns, sides),
            digit: DMatrix::zeros(columns, sides),
            product: DMatrix::zeros(lifting.limbs.nrows(), sides),
        };
        expansion.residual.add(expansion.right.term(0));
        expansion
    }

    /// One more digit; false if a row of the residual is not divisible by p (only rows beyond the first r can fail).
    fn step(&mut self) -> bool {
        let Lifting { field, inverse, limbs, sizes, .. } = self.lifting;
        let rows = self.lifting.rows();
        for (index, mut column) in self.residue.column_iter_mut().enumerate() {
            self.residual.residues(*field, index * rows, column.as_mut_slice());
        }
        multiply(inverse, &self.residue, &mut self.digit);
        field.reduce_all(self.digit.as_mut_slice());
        multiply(limbs, &self.digit, &mut self.product);
        let exact = self.residual.subtract_and_divide(&self.product, rows, sizes.limb_bits, field.prime());
        self.digits.push(self.digit.iter().map(|&digit| digit as i32).collect());
        self.taken += 1;
        self.residual.add(self.right.term(self.taken));
        exact
    }

    /// Whether A Σ y_k p^k = d B over ℤ.
    fn finished(&self) -> bool {
        self.taken + 1 >= self.right.length() && self.residual.words.iter().all(|&word| word == 0)
    }

    /// The first column whose residual is not zero.
    fn unfinished_column(&self) -> usize {
        let position = self.residual.words.iter().position(|&word| word != 0).unwrap_or(0);
        position / (self.lifting.rows() * self.residual.width).max(1)
    }
}

/// The terms of d B = Σ p^k Σ_{i+j=k} d_i B_j, made from the digits of d and of B when they are needed.
struct RightHandSide {
    /// B_j as column j: [m · c, digits of B].
    digits: DMatrix<f64>,
    /// d_i.
    factor: Vec<f64>,
    /// The terms from `from` on: [m · c, BATCH].
    batch: DMatrix<f64>,
    from: usize,
    half_bits: u32,
}

impl RightHandSide {
    fn new(b: &DMatrix<Integer>, factor: &[f64], field: Field) -> Self {
        let size = bits(b);
        let radix = Radix::for_bits(field.prime(), size);
        let entries = collect(b.len(), size as usize, |index| radix.digits(&b.as_slice()[index]));
        let length = entries.iter().map(Vec::len).max().unwrap_or(0);
        let mut digits = DMatrix::zeros(b.len(), length);
        for (row, entry) in entries.iter().enumerate() {
            entry.iter().enumerate().for_each(|(index, &digit)| digits[(row, index)] = f64::from(digit));
        }
        let half_bits = u32::BITS - field.prime().leading_zeros();
        Self { digits, factor: factor.to_vec(), batch: DMatrix::zeros(b.len(), 0), from: 0, half_bits }
    }

    /// The number of terms.
    fn length(&self) -> usize {
        self.digits.ncols() + self.factor.len() - 1
    }

    /// Bits of a term: at most min(digits of B, digits of d) products of balanced digits.
    fn bits(&self) -> u32 {
        let products = self.digits.ncols().min(self.factor.len()).max(1);
        2 * self.half_bits + products.ilog2() + 1
    }

    /// The term of p^k; `None` beyond the last.
    fn term(&mut self, k: usize) -> Option<&[f64]> {
        if k >= self.length() {
            return None;
        }
        if k >= self.from + self.batch.ncols() {
            self.from = k;
            let width = BATCH.min(self.length() - k);
            let coefficients = DMatrix::from_fn(self.digits.ncols(), width, |j, step| {
                (k + step).checked_sub(j).and_then(|i| self.factor.get(i)).copied().unwrap_or(0.0)
            });
            self.batch = DMatrix::zeros(self.digits.nrows(), width);
            multiply(&self.digits, &coefficients, &mut self.batch);
        }
        let entries = self.digits.nrows();
        self.batch.as_slice().get((k - self.from) * entries..).map(|rest| &rest[..entries])
    }
}

/// Integers of one fixed width: one word an entry, or several in two's complement with a word to spare.
struct Residual {
    words: Vec<u64>,
    width: usize,
}

impl Residual {
    fn new(entries: usize, bits: u32) -> Self {
        let width = if bits < 62 { 1 } else { bits.div_ceil(64) as usize + 1 };
        Self { words: vec![0; entries * width], width }
    }

    fn add(&mut self, term: Option<&[f64]>) {
        let Some(term) = term else { return };
        for (words, &value) in self.words.chunks_exact_mut(self.width).zip(term) {
            subtract_limbs(words, std::iter::once(-(value as i64)), 0);
        }
    }

    /// The residues modulo p of the entries from `start` on.
    fn residues(&self, field: Field, start: usize, target: &mut [f64]) {
        let words = &self.words[start * self.width..][..target.len() * self.width];
        for (residue, words) in target.iter_mut().zip(words.chunks_exact(self.width)) {
            *residue = field.of_words(words);
        }
    }

    /// R := (R − Σ products[l] 2^(l · limb_bits))/p, where `products` stacks the limbs' parts; false if a division has a
    /// remainder.
    fn subtract_and_divide(&mut self, products: &DMatrix<f64>, rows: usize, limb_bits: u32, prime: u32) -> bool {
        let inverse = word_inverse(u64::from(prime));
        let mut exact = true;
        for (column, product) in products.column_iter().enumerate() {
            let product = product.as_slice();
            let words = &mut self.words[column * rows * self.width..][..rows * self.width];
            if self.width == 1 {
                for (row, word) in words.iter_mut().enumerate() {
                    let parts = product[row..].iter().step_by(rows).zip((0..).step_by(limb_bits as usize));
                    let total = parts
                        .fold(i128::from(*word as i64), |sum, (&part, shift)| sum - (i128::from(part as i64) << shift));
                    let quotient = (total as i64).wrapping_mul(inverse as i64);
                    exact &= i128::from(quotient) * i128::from(prime) == total;
                    *word = quotient as u64;
                }
                continue;
            }
            for (row, words) in words.chunks_exact_mut(self.width).enumerate() {
                subtract_limbs(words, product[row..].iter().step_by(rows).map(|&part| part as i64), limb_bits);
                exact &= divide_exactly(words, prime.into(), inverse);
            }
        }
        exact
    }
}

/// target := a x.
fn multiply(a: &DMatrix<f64>, x: &DMatrix<f64>, target: &mut DMatrix<f64>) {
    if x.ncols() > NARROW {
        target.gemm(1.0, a, x, 0.0);
        return;
    }
    let rows = a.nrows().max(1);
    target.fill(0.0);
    // Four columns of A at a time, which stay in the nearest cache for the next column of x.
    Arch::new().dispatch(|| {
        for (block, from) in a.as_slice().chunks(4 * rows).zip((0..).step_by(4)) {
            for (x, target) in x.as_slice().chunks(a.ncols()).zip(target.as_mut_slice().chunks_mut(rows)) {
                add_columns(block, &x[from..], target);
            }
        }
    });
}

/// target += the combination of (at most four) columns with these factors.
#[inline(always)]
fn add_columns(columns: &[f64], factors: &[f64], target: &mut [f64]) {
    let rows = target.len();
    if columns.len() < 4 * rows {
        for (column, &factor) in columns.chunks(rows).zip(factors) {
            target.iter_mut().zip(column).for_each(|(sum, entry)| *sum += entry * factor);
        }
        return;
    }
    let (first, second) = columns.split_at(2 * rows);
    let ((a, b), (c, d)) = (first.split_at(rows), second.split_at(rows));
    for ((((sum, a), b), c), d) in target.iter_mut().zip(a).zip(b).zip(c).zip(d) {
        *sum += a * factors[0] + b * factors[1] + c * factors[2] + d * factors[3];
    }
}

/// The balanced digits of one integer.
fn digits_of(value: &Integer, field: Field) -> Vec<f64> {
    let digits = Radix::for_bits(field.prime(), value.significant_bits()).digits(value);
    digits.into_iter().map(f64::from).collect()
}

/// Two combinations of the columns of B with small coefficients, the same in every run.
fn combinations(b: &DMatrix<Integer>) -> DMatrix<Integer> {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 48) as i64 - (1 << 15)
    };
    let mut combined = DMatrix::from_element(b.nrows(), 2, Integer::new());
    for column in b.column_iter() {
        for mut target in combined.column_iter_mut() {
            let factor = next();
            target.iter_mut().zip(column.iter()).for_each(|(sum, entry)| *sum += (entry * factor).complete());
        }
    }
    combined
}

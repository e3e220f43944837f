//! Products of wide integer matrices by residues modulo many primes, with `gemm` in f64 at every step.
//!
//! For primes p_1 … p_r whose product M is above 8 |C| for every entry of C = A B:
//! 1. Residues: an entry is Σ limb_l 2^(l w), so its residues are its limbs times the table 2^(l w) mod p_j.
//! 2. Products: C mod p_j = (A mod p_j)(B mod p_j).
//! 3. Chinese remaindering: C = Σ_j y_j M/p_j − q M with y_j = C (M/p_j)⁻¹ mod p_j, balanced, and q the integer nearest
//!    to Σ_j y_j/p_j = C/M + q: as |C/M| < 1/8, that sum may be wrong by 3/8, from which r < 2²⁰ roundings are far. So
//!    limbs of C are the y_j and −q times the table of the limbs of M/p_j and M.
//!
//! Primes and limbs are so short that every sum is an integer below 2⁵³: nothing is rounded. For m, n, p and integers of
//! b bits that is O(b mnp + b² (mn + np + mp)) operations of `gemm`.

use super::{
    integers::collect,
    limbs::{carry, split},
    modular::Field,
};
use nalgebra::{DMatrix, DMatrixView, DMatrixViewMut};
use rayon::prelude::*;
use rug::Integer;

/// Numbers in the tables of a block of columns of B.
const BLOCK: usize = 1 << 22;

/// Primes whose residues are taken together.
const PRIMES: usize = 32;

/// The most residues of A: 512 MB.
const RESIDUES: usize = 1 << 26;

/// Sums of products stay below this.
const EXACT: u64 = 1 << 52;

/// Sizes with which nothing is rounded.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    prime_bits: u32,
    /// |A B| < 2^(product_bits − 3).
    product_bits: u32,
    /// How A and B are cut.
    left: Limbs,
    right: Limbs,
}

/// How an integer is cut: `count` balanced limbs.
#[derive(Debug, Clone, Copy)]
struct Limbs {
    bits: u32,
    count: usize,
}

impl Limbs {
    /// The widest limbs of integers below 2^total with which Σ residue · limb is exact, over all limbs of an integer or
    /// over this many residues.
    fn widest(total: u32, prime_bits: u32, residues: Option<usize>) -> Option<Self> {
        let limbs = |bits: u32| Limbs { bits, count: (total + 1).div_ceil(bits) as usize };
        let exact = |limbs: &Limbs| fits(residues.unwrap_or(limbs.count), largest(prime_bits) << (limbs.bits - 1));
        (8..=24).rev().map(limbs).find(exact)
    }
}

/// The largest |residue|.
fn largest(prime_bits: u32) -> u64 {
    (1 << (prime_bits - 1)) + 2
}

/// Whether sums of so many products are exact.
fn fits(terms: usize, product: u64) -> bool {
    (terms as u64).checked_mul(product).is_some_and(|sum| sum < EXACT)
}

impl Plan {
    /// The largest primes and limbs for n = `inner`, |A| < 2^left_bits and |B| < 2^right_bits, if there are any.
    pub fn new(inner: usize, left_bits: u32, right_bits: u32) -> Option<Self> {
        let prime_bits = (16..=24).rev().find(|&bits| fits(inner, largest(bits) * largest(bits)))?;
        Some(Self {
            prime_bits,
            product_bits: left_bits + right_bits + inner.max(1).ilog2() + 4,
            left: Limbs::widest(left_bits, prime_bits, None)?,
            right: Limbs::widest(right_bits, prime_bits, None)?,
        })
    }

    /// Nanoseconds of [`by_residues`] as measured in one thread: 10 µs to find a prime, 5 to make a limb or a residue,
    /// 1/20 a product in `gemm`. Infinite where the residues of A would take over 512 MB.
    pub fn cost(&self, rows: usize, inner: usize, columns: usize) -> f64 {
        let (left, right, result) = (rows * inner, inner * columns, rows * columns);
        let primes = self.primes();
        if left * primes > RESIDUES {
            return f64::INFINITY;
        }
        let limbs = (left * self.left.count + right * self.right.count + result * primes) as f64;
        let (primes, numbers) = (primes as f64, (left + right + result) as f64);
        primes * (1e4 + 5.0 * numbers + 0.05 * (limbs + result as f64 * inner as f64)) + 5.0 * limbs
    }

    /// About how many primes there are.
    fn primes(&self) -> usize {
        self.product_bits.div_ceil(self.prime_bits) as usize + 1
    }
}

/// A B for A [m, n] and B [n, p] of the sizes that were planned for; `None` if there are not enough primes.
pub(super) fn by_residues(a: &DMatrix<Integer>, b: &DMatrix<Integer>, plan: &Plan) -> Option<DMatrix<Integer>> {
    let (rows, inner, columns) = (a.nrows(), a.ncols(), b.ncols());
    let basis = Basis::new(plan)?;
    let left = basis.residues(a.as_slice(), plan.left);
    let numbers = basis.fields.len() * (2 * rows + inner) + inner * plan.right.count;
    let width = (BLOCK / numbers.max(1)).min(columns.div_ceil(rayon::current_num_threads())).max(1);
    let blocks = collect(columns.div_ceil(width), left.len() * width, |block| {
        let taken = width.min(columns - block * width);
        let right = basis.residues(&b.as_slice()[block * width * inner..][..taken * inner], plan.right);
        let mut products = DMatrix::zeros(rows * taken, basis.fields.len() + 1);
        for (j, field) in basis.fields.iter().enumerate() {
            let left = DMatrixView::from_slice(&left.as_slice()[j * rows * inner..], rows, inner);
            let right = DMatrixView::from_slice(&right.as_slice()[j * inner * taken..], inner, taken);
            let product = &mut products.as_mut_slice()[j * rows * taken..][..rows * taken];
            DMatrixViewMut::from_slice(product, rows, taken).gemm(1.0, &left, &right, 0.0);
            field.reduce_all(product);
        }
        basis.integers(products)
    });
    Some(DMatrix::from_iterator(rows, columns, blocks.into_iter().flatten()))
}

/// Primes and what belongs to them.
struct Basis {
    fields: Vec<Field>,
    /// (M/p_j)⁻¹ mod p_j.
    inverses: Vec<f64>,
    /// The limbs of M/p_j, and of M: [r + 1, limbs].
    table: DMatrix<f64>,
    limb_bits: u32,
}

impl Basis {
    /// Primes until M ≥ 2^product_bits; `None` if there are not so many, or more than sums may have terms.
    fn new(plan: &Plan) -> Option<Self> {
        let mut fields = Vec::new();
        let mut modulus = Integer::from(1);
        let mut primes = Field::descending(plan.prime_bits);
        while modulus.significant_bits() <= plan.product_bits {
            let field = primes.next()?;
            modulus *= field.prime();
            fields.push(field);
        }
        let limbs = Limbs::widest(modulus.significant_bits(), plan.prime_bits, Some(fields.len() + 1))?;
        let mut table = DMatrix::zeros(fields.len() + 1, limbs.count);
        split(&modulus, limbs.bits, |index, limb| table[(fields.len(), index)] = limb);
        let mut inverses = Vec::with_capacity(fields.len());
        for (j, field) in fields.iter().enumerate() {
            let cofactor = Integer::from(modulus.div_exact_u_ref(field.prime()));
            split(&cofactor, limbs.bits, |index, limb| table[(j, index)] = limb);
            inverses.push(field.invert(field.of_integer(&cofactor)));
        }
        Some(Self { fields, inverses, table, limb_bits: limbs.bits })
    }

    /// The residues of integers, a column a prime: [integers, r].
    fn residues(&self, integers: &[Integer], limbs: Limbs) -> DMatrix<f64> {
        let mut cut = DMatrix::zeros(integers.len(), limbs.count);
        for (row, integer) in integers.iter().enumerate() {
            split(integer, limbs.bits, |index, limb| cut[(row, index)] = limb);
        }
        let base = f64::from(1u32 << limbs.bits);
        let mut residues = DMatrix::zeros(integers.len(), self.fields.len());
        let chunks = residues.as_mut_slice().par_chunks_mut((integers.len() * PRIMES).max(1));
        chunks.zip(self.fields.par_chunks(PRIMES)).for_each(|(chunk, fields)| {
            let mut powers = DMatrix::from_element(limbs.count, fields.len(), 1.0);
            for (mut column, field) in powers.column_iter_mut().zip(fields) {
                (1..limbs.count).for_each(|index| column[index] = field.reduce(column[index - 1] * base));
            }
            DMatrixViewMut::from_slice(chunk, integers.len(), fields.len()).gemm(1.0, &cut, &powers, 0.0);
            let columns = chunk.chunks_exact_mut(integers.len());
            columns.zip(fields).for_each(|(column, field)| field.reduce_all(column));
        });
        residues
    }

    /// The integers below M/8 with these residues, given as [integers, r + 1] with a column to spare.
    fn integers(&self, mut residues: DMatrix<f64>) -> Vec<Integer> {
        let (count, primes) = (residues.nrows(), self.fields.len());
        let mut quotients = vec![0.0; count];
        for (j, (field, inverse)) in self.fields.iter().zip(&self.inverses).enumerate() {
            let prime = f64::from(field.prime());
            for (y, quotient) in residues.column_mut(j).iter_mut().zip(&mut quotients) {
                *y = field.reduce(*y * inverse);
                *quotient += *y / prime;
            }
        }
        residues.column_mut(primes).iter_mut().zip(quotients).for_each(|(last, quotient)| *last = -quotient.round());
        let limbs = residues * &self.table;
        let integer = |row: usize| {
            carry((0..limbs.ncols()).map(|limb| limbs.as_slice()[limb * count + row] as i64), self.limb_bits)
        };
        (0..count).map(integer).collect()
    }
}

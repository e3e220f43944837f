//! Products of a weight with patches of features: of every patch of every sample, without a copy of the patches where that is faster.
//!
//! Features are matrices [units, B], a column a sample. The P patches of a sample have l entries each; a weight [T, l] makes [T, P B] of
//! them, a column a patch, the patches of one sample after those of the other.

use super::arithmetic::{Arithmetic, magnitude};
use crate::arith::Number;
use crate::network::Entry;
use nalgebra::{DMatrix, Scalar};
use pulp::{Simd, WithSimd};
use std::collections::BTreeSet;

/// Entries that lie one beside the other in a block and in a patch.
struct Run {
    block: usize,
    from: usize,
    to: usize,
    length: usize,
}

/// The patches of a block, of one length.
pub struct Patches {
    length: usize,
    patches: Vec<Vec<Run>>,
    sources: BTreeSet<usize>,
}

impl Patches {
    pub fn new(patches: &[Vec<Entry>]) -> Self {
        let runs = |patch: &Vec<Entry>| {
            let mut runs: Vec<Run> = vec![];
            for (to, entry) in patch.iter().enumerate() {
                let Some([block, from]) = *entry else { continue };
                match runs.last_mut() {
                    Some(run) if run.block == block && run.from + run.length == from && run.to + run.length == to => {
                        run.length += 1;
                    }
                    _ => runs.push(Run { block, from, to, length: 1 }),
                }
            }
            runs
        };
        Patches {
            length: patches.first().map_or(0, Vec::len),
            sources: patches.iter().flatten().flatten().map(|unit| unit[0]).collect(),
            patches: patches.iter().map(runs).collect(),
        }
    }

    /// P.
    pub fn count(&self) -> usize {
        self.patches.len()
    }

    /// l.
    pub fn length(&self) -> usize {
        self.length
    }

    /// What numbers [P T], that each product with a row of a weight is multiplied with, make of each unit: their sum times what the row
    /// has for it, in the first, and the sum of the magnitudes of these terms in the second. The weight is [l, T] or longer, a
    /// column a row of the product.
    pub fn pull_back<T: Number>(&self, numbers: &[T], rows: &DMatrix<T>, [signed, sizes]: [&mut [Vec<T>]; 2]) {
        for (patch, numbers) in self.patches.iter().zip(numbers.chunks_exact(rows.ncols().max(1))) {
            let rows = rows.as_slice().chunks_exact(rows.nrows().max(1));
            for (number, row) in numbers.iter().zip(rows).filter(|(number, _)| !number.is_zero()) {
                for run in patch {
                    let units = run.from..run.from + run.length;
                    let ends = signed[run.block][units.clone()].iter_mut().zip(&mut sizes[run.block][units]);
                    for ((signed, size), w) in ends.zip(&row[run.to..]) {
                        let term = number.times(w);
                        *signed = signed.plus(&term);
                        *size = size.plus(&magnitude(&term));
                    }
                }
            }
        }
    }

    /// The blocks that the patches take from.
    pub fn sources(&self) -> &BTreeSet<usize> {
        &self.sources
    }
}

/// Patches with the numbers in them.
pub struct Patched<'a, T> {
    pub patches: &'a Patches,
    /// B.
    pub samples: usize,
    /// The features of each block, [units, B]; of those that no patch takes from, none are needed.
    pub levels: Vec<Option<&'a DMatrix<T>>>,
    /// What stands after the entries of each patch, for a weight [T, l + 1].
    pub last: Option<&'a T>,
}

impl<T: Scalar> Patched<'_, T> {
    #[inline(always)]
    fn units(&self, run: &Run, sample: usize) -> &[T] {
        let level = self.levels[run.block].expect("a patch takes from it");
        &level.as_slice()[sample * level.nrows() + run.from..][..run.length]
    }

    /// The patches as columns: [l, P B], or [l + 1, P B]. `zero` stands outside of images.
    pub fn matrix(&self, zero: &T) -> DMatrix<T> {
        let rows = self.patches.length + usize::from(self.last.is_some());
        let columns = self.patches.count() * self.samples;
        let mut gathered = Vec::with_capacity(rows * columns);
        for sample in 0..self.samples {
            for (patch, column) in self.patches.patches.iter().zip((gathered.len()..).step_by(rows.max(1))) {
                for run in patch {
                    gathered.resize(column + run.to, zero.clone());
                    gathered.extend_from_slice(self.units(run, sample));
                }
                gathered.resize(column + self.patches.length, zero.clone());
                gathered.extend(self.last.cloned());
            }
        }
        DMatrix::from_vec(rows, columns, gathered)
    }
}

impl<T: Number> Patched<'_, T> {
    /// A sum over each column of [`Patched::matrix`] of numbers of at least 0, or a bit more.
    ///
    /// Patches share most of their entries: a run is the difference of two running sums over the units of a block. Each of these errs by n u of
    /// the sum of all n units, so that R runs err by less than (2 n + 4) R u of it: twice that is added.
    pub fn sums<F: Arithmetic<Scalar = T>>(&self, float: &F) -> Vec<T> {
        let mut sums = Vec::with_capacity(self.patches.count() * self.samples);
        let mut running: Vec<Vec<T>> = vec![vec![]; self.levels.len()];
        let units: usize = self.levels.iter().flatten().map(|level| level.nrows()).sum();
        let slack = float.float((4.0 * units as f64 + 8.0) * float.unit_roundoff());
        let zero = float.float(0.0);
        for sample in 0..self.samples {
            let mut total = zero.clone();
            for (running, level) in running.iter_mut().zip(&self.levels) {
                let Some(level) = level else { continue };
                running.clear();
                let mut sum = zero.clone();
                running.push(sum.clone());
                for x in &level.as_slice()[sample * level.nrows()..(sample + 1) * level.nrows()] {
                    sum = sum.plus(x);
                    running.push(sum.clone());
                }
                total = total.plus(&sum);
            }
            let slack = slack.times(&total);
            for patch in &self.patches.patches {
                let first = self.last.cloned().unwrap_or_else(|| zero.clone());
                let add = |sum: T, run: &Run| {
                    let running = &running[run.block];
                    sum.plus(&running[run.from + run.length].minus(&running[run.from])).plus(&slack)
                };
                sums.push(patch.iter().fold(first, add));
            }
        }
        sums
    }
}

/// out += weight · [`Patched::matrix`], in doubles: for a few samples at a time, whose patches lie alike, and two registers of rows, the
/// sums stay in registers and the patches where they are.
pub struct AddProduct<'a> {
    pub out: &'a mut DMatrix<f64>,
    pub weight: &'a DMatrix<f64>,
    pub patched: &'a Patched<'a, f64>,
}

/// Samples whose sums are in registers at a time: with two registers each, one for the feature and two for the weight, 11 of 16 or more.
pub const TOGETHER: usize = 4;

/// More rows than any two registers have.
const MOST_ROWS: usize = 32;

impl WithSimd for AddProduct<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let rows = 2 * S::F64_LANES;
        let mut packed = vec![0.0; rows * self.weight.ncols()];
        for first in (0..self.weight.nrows()).step_by(rows) {
            let taken = rows.min(self.weight.nrows() - first);
            for (column, to) in self.weight.column_iter().zip(packed.chunks_exact_mut(rows)) {
                let from = &column.as_slice()[first..first + taken];
                if taken == rows {
                    let registers = S::as_mut_simd_f64s(to).0.iter_mut().zip(S::as_simd_f64s(from).0);
                    for (to, from) in registers {
                        *to = *from;
                    }
                } else {
                    to[..taken].copy_from_slice(from);
                    to[taken..].fill(0.0);
                }
            }
            let (weight, _) = S::as_simd_f64s(&packed).0.as_chunks::<2>();
            let mut sample = 0;
            while sample + TOGETHER <= self.patched.samples {
                self.add::<S, TOGETHER>(simd, weight, sample, first..first + taken);
                sample += TOGETHER;
            }
            for sample in sample..self.patched.samples {
                self.add::<S, 1>(simd, weight, sample, first..first + taken);
            }
        }
    }
}

impl AddProduct<'_> {
    /// For these rows of all patches of B samples.
    #[inline(always)]
    fn add<S: Simd, const B: usize>(
        &mut self,
        simd: S,
        weight: &[[S::f64s; 2]],
        sample: usize,
        rows: std::ops::Range<usize>,
    ) {
        let (count, height) = (self.patched.patches.count(), self.weight.nrows());
        for (p, patch) in self.patched.patches.patches.iter().enumerate() {
            let mut sums = [[simd.splat_f64s(0.0); 2]; B];
            for run in patch {
                let mut units: [&[f64]; B] = [&[]; B];
                for (k, units) in units.iter_mut().enumerate() {
                    *units = self.patched.units(run, sample + k);
                }
                // A copy of which nobody has the address stays in registers.
                let mut register = sums;
                for (i, weight) in weight[run.to..][..run.length].iter().enumerate() {
                    for k in 0..B {
                        register[k] = plus_product(simd, register[k], weight, units[k][i]);
                    }
                }
                sums = register;
            }
            if let Some(&last) = self.patched.last {
                for sum in &mut sums {
                    *sum = plus_product(simd, *sum, &weight[self.patched.patches.length], last);
                }
            }
            for (k, sum) in sums.iter().enumerate() {
                let column = ((sample + k) * count + p) * height;
                let out = &mut self.out.as_mut_slice()[column + rows.start..column + rows.end];
                if let [first, second] = S::as_mut_simd_f64s(out).0 {
                    *first = simd.add_f64s(*first, sum[0]);
                    *second = simd.add_f64s(*second, sum[1]);
                } else {
                    let mut numbers = [0.0; MOST_ROWS];
                    S::as_mut_simd_f64s(&mut numbers).0[..2].copy_from_slice(sum);
                    for (out, number) in out.iter_mut().zip(numbers) {
                        *out += number;
                    }
                }
            }
        }
    }
}

/// sum + x weight. Loops and functions, no closures: these are compiled for the registers of every processor.
#[inline(always)]
fn plus_product<S: Simd>(simd: S, sum: [S::f64s; 2], weight: &[S::f64s; 2], x: f64) -> [S::f64s; 2] {
    let x = simd.splat_f64s(x);
    [simd.mul_add_e_f64s(x, weight[0], sum[0]), simd.mul_add_e_f64s(x, weight[1], sum[1])]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::Double;
    use proptest::prelude::*;

    /// Patches of two blocks of 7 and 5 units, with gaps, and small integers, so that every sum is exact.
    fn instance() -> impl Strategy<Value = (Vec<Vec<Entry>>, usize, usize, Vec<i8>)> {
        let entry = prop_oneof![
            1 => Just(None),
            2 => (0..7usize).prop_map(|unit| Some([0, unit])),
            2 => (0..5usize).prop_map(|unit| Some([1, unit])),
        ];
        let run = (0..4usize, 1..4usize).prop_map(|(from, length)| (from..from + length).map(|unit| Some([0, unit])));
        let patch = (prop::collection::vec(entry, 6), run)
            .prop_map(|(entries, run)| entries.into_iter().chain(run).chain([None; 3]).take(9).collect::<Vec<Entry>>());
        let patches = prop::collection::vec(patch, 1..5);
        (patches, 1..11usize, 1..20usize, prop::collection::vec(-9..9i8, 60))
    }

    proptest! {
        /// The same as with a copy of the patches, entry by entry.
        #[test]
        fn products_with_patches_are_those_of_their_copies((entries, samples, rows, numbers) in instance(), bias: bool) {
            let patches = Patches::new(&entries);
            let mut numbers = numbers.iter().cycle().map(|&x| f64::from(x));
            let mut matrix = |rows, columns| DMatrix::from_fn(rows, columns, |_, _| numbers.next().unwrap_or(0.0));
            let (first, second, last) = (matrix(7, samples), matrix(5, samples), 3.0);
            let weight = matrix(rows, patches.length() + usize::from(bias));
            let mut found = matrix(rows, patches.count() * samples);
            let mut expected = found.clone();
            let levels = vec![Some(&first), Some(&second)];
            let patched = Patched { patches: &patches, samples, levels, last: bias.then_some(&last) };
            Double.add_patches(&mut found, &weight, &patched);
            expected += &weight * patched.matrix(&0.0);
            prop_assert_eq!(found, expected);
            let absolute = [&first, &second].map(|level| level.map(f64::abs));
            let sizes = Patched { levels: absolute.iter().map(Some).collect(), ..patched };
            for (sum, column) in sizes.sums(&Double).iter().zip(sizes.matrix(&0.0).column_iter()) {
                prop_assert!(*sum >= column.sum() && *sum <= column.sum() + 1e-10, "{sum} for {column}");
            }
        }
    }
}

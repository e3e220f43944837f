//! Assumption 2.3.4 and Lemma 2.3.5 of the thesis: is M(W) of full rank for some W, and then for almost every one?
//!
//! *Assumption 2.3.4: for every convolutional layer there is a W with M(W) `[n, P T]` of full rank.* The thesis adds that it
//! holds if
//! patches cover and differ; this is false (`docs/errata.md`, item 16). It is decided here, for all W at
//! once:
//!
//! - *It holds* if some W has it: the rank of M(W) modulo a prime is at most that of M(W), and W is drawn. The certificate is one
//!   of
//!   the claim `independent`: for n ≤ P T the network is this one layer, with σ the identity and biases 0, on the n unit vectors;
//!   its
//!   features are M(W). For n > P T they are on P T of the unit vectors, which are rows of M(W). σ is analytic, so that the
//!   checker
//!   adds "almost all weights": *Lemma 2.3.5*, as minors are polynomials in W.
//! - *It fails* if a list of relations between the columns holds for every W. A relation is a z(W) with M(W) z(W) = 0, entries of
//!   z
//!   being polynomials in W; that is multiplied out. If k relations are independent at one W, the columns have rank ≤ P T − k
//!   over the
//!   field of rational functions: all larger minors are the polynomial 0, and rank M(W) ≤ P T − k for *every* W. They are found
//!   - with constants for z: Σ_p z_p E_r^p = 0 for all r, where E_r^p is the unit vector at the r-th unit of patch p;
//!   - for c channels and T = c + 1 filters in an image with stride 1, by Cramer's rule: a filter is a vector of c polynomials in
//!     the
//!     two shifts, and the determinant of T such vectors with one of them twice is 0. For c = 1 that is w_1 ∗ w_2 = w_2 ∗ w_1.
//! - *It fails* too if all non-zero entries are in fewer than min(n, P T) rows and columns, whatever W is.
//! - Otherwise it is *undecided*, with the rank that was found.

use super::layers::{Layer, Patches, Window, chain};
use super::polynomial::Polynomial;
use crate::linalg::{Exact, Kernel, left_inverse_modulo, rank_modulo};
use crate::network::{Activation, GraphLayer, GraphNetwork};
use crate::statement::skip::independent::{Independent, NotIndependent, independent};
use nalgebra::DMatrix;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rug::Rational;
use std::collections::{BTreeMap, BTreeSet};

/// So many W are drawn.
const DRAWS: usize = 3;

/// Relations with constants are looked for in systems of so many entries at most.
const MOST_ENTRIES: usize = 400_000;

/// Floats of so many bits at most look for the inverse of a certificate.
const PRECISION: u32 = 512;

/// What is known of M(W).
#[derive(Debug, Clone, PartialEq)]
pub enum Structure {
    /// It has full rank for almost every W, and for this one.
    FullRank(FullRank),
    /// It has it for no W.
    NeverFull(Obstruction),
    /// Neither is shown.
    Undecided {
        /// The largest rank that was found.
        found: usize,
        /// min(n, P T).
        full: usize,
    },
}

/// A W with M(W) of full rank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FullRank {
    /// W `[l, T]`, integers.
    pub weight: DMatrix<Rational>,
    /// min(n, P T).
    pub rank: usize,
    /// min(n, P T) independent rows, or all of them if there are not more.
    pub rows: Vec<usize>,
}

/// z(W), by unit (p, t) of the layer above; units that are not named have 0.
pub type Relation = BTreeMap<usize, Polynomial>;

/// Why M(W) has full rank for no W.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstruction {
    /// M(W) z(W) = 0 for these z, which are independent at one W.
    Relations {
        /// The z.
        relations: Vec<Relation>,
        /// That W.
        at: DMatrix<Rational>,
    },
    /// Whatever W is, entries outside of these rows and columns are 0.
    Cover {
        /// Units below.
        rows: BTreeSet<usize>,
        /// Units above.
        columns: BTreeSet<usize>,
    },
}

/// Why an obstruction is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAnObstruction {
    /// The product is not 0.
    #[error("M(W) z(W) is not 0 in row {row} for the relation {relation} (from 0)")]
    NoRelation {
        /// Which z.
        relation: usize,
        /// The unit below.
        row: usize,
    },
    /// They depend on each other at the given W.
    #[error("the relations are dependent at the given W")]
    Dependent,
    /// An entry outside of the cover.
    #[error("the entry in row {row} and column {column} is outside of the cover")]
    Uncovered {
        /// The unit below.
        row: usize,
        /// The unit above.
        column: usize,
    },
    /// What it bounds the rank by is no less than full rank.
    #[error("it shows that the rank is at most {bound}; full rank is {full}")]
    Weak {
        /// The bound.
        bound: usize,
        /// min(n, P T).
        full: usize,
    },
}

/// min(n, P T).
fn full(patches: &Patches, filters: usize) -> usize {
    patches.units().min(patches.count() * filters)
}

/// Decides Assumption 2.3.4 for T filters over these patches; `seed` draws the W.
pub fn decide(patches: &Patches, filters: usize, seed: u64) -> Structure {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let full = full(patches, filters);
    let mut best = (0, None);
    for _ in 0..DRAWS {
        let weight = DMatrix::from_fn(patches.size(), filters, |_, _| Rational::from(random.random_range(-9..=9)));
        if let Some(found) = full_rank(patches, weight.clone()) {
            return Structure::FullRank(found);
        }
        let rank = rank_modulo(&patches.matrix(&weight));
        if best.1.is_none() || rank > best.0 {
            best = (rank, Some(weight));
        }
    }
    let (found, at) = (best.0, best.1.expect("a W is drawn"));
    let mut obstructions = vec![cover(patches, filters)];
    for relations in [constant_relations(patches, filters), cramer_relations(patches, filters)] {
        obstructions.push(Obstruction::Relations { relations, at: at.clone() });
    }
    let holds = obstructions.into_iter().find(|obstruction| obstruction.verify(patches, filters).is_ok());
    holds.map_or(Structure::Undecided { found, full }, Structure::NeverFull)
}

/// W with all that shows the rank of M(W), if it is full modulo one of a few primes.
pub fn full_rank(patches: &Patches, weight: DMatrix<Rational>) -> Option<FullRank> {
    let matrix = patches.matrix(&weight);
    let (rows, columns) = matrix.shape();
    let inverse =
        if rows < columns { left_inverse_modulo(&matrix.transpose(), 2) } else { left_inverse_modulo(&matrix, 2) }?;
    let used = |unit: &usize| inverse.inverse.column(*unit).iter().any(|&entry| entry != 0);
    let rows = if rows < columns { (0..rows).collect() } else { (0..rows).filter(used).collect() };
    Some(FullRank { rank: full(patches, weight.ncols()), weight, rows })
}

impl FullRank {
    /// The layer with this W, biases 0 and the identity for σ, and the unit vectors: its features are rows of M(W).
    pub fn as_network(&self, patches: &Patches) -> (GraphNetwork, DMatrix<Rational>) {
        let identity = Activation::identity().into();
        let layer = Layer::Filters { patches: patches.clone(), filters: self.weight.ncols(), activation: identity };
        let network = chain(patches.units(), std::slice::from_ref(&layer), 1).expect("one layer over its units");
        let mut layers = network.layers().clone();
        let bias = DMatrix::from_element(1, layer.width(), Rational::new());
        layers.insert(1, GraphLayer { weight: self.weight.clone(), bias: Some(bias) });
        let network = GraphNetwork::new(network.graph().clone(), layers).expect("the shapes stay");
        let unit = |i: usize, j: usize| Rational::from(u32::from(self.rows[i] == j));
        (network, DMatrix::from_fn(self.rows.len(), patches.units(), unit))
    }

    /// The checker's word: these rows of M(W) are independent, and so for almost every W (Lemma 2.3.5).
    ///
    /// # Errors
    /// [`NotIndependent`], if no inverse is found with 512 bits.
    pub fn certify(&self, patches: &Patches) -> Result<Independent, NotIndependent> {
        let (network, inputs) = self.as_network(patches);
        independent(&network, &inputs, PRECISION, &mut |_| {})
    }
}

impl Obstruction {
    /// Multiplies out what it says, and returns the bound of the rank, which is below min(n, P T).
    ///
    /// # Errors
    /// [`NotAnObstruction`].
    pub fn verify(&self, patches: &Patches, filters: usize) -> Result<usize, NotAnObstruction> {
        let bound = match self {
            Obstruction::Relations { relations, at } => {
                for (relation, z) in relations.iter().enumerate() {
                    let product = product(patches, filters, z);
                    if let Some(row) = product.iter().position(|entry| !entry.is_zero()) {
                        return Err(NotAnObstruction::NoRelation { relation, row });
                    }
                }
                patches.count() * filters - independent_relations(patches, filters, relations, at)?
            }
            Obstruction::Cover { rows, columns } => {
                let mut entries = patches.members().iter().enumerate().flat_map(|(p, patch)| {
                    (0..filters).flat_map(move |t| patch.iter().map(move |&row| (row, p * filters + t)))
                });
                if let Some((row, column)) =
                    entries.find(|(row, column)| !rows.contains(row) && !columns.contains(column))
                {
                    return Err(NotAnObstruction::Uncovered { row, column });
                }
                rows.len() + columns.len()
            }
        };
        let full = full(patches, filters);
        if bound < full { Ok(bound) } else { Err(NotAnObstruction::Weak { bound, full }) }
    }
}

/// M(W) z(W), by unit below.
fn product(patches: &Patches, filters: usize, z: &Relation) -> Vec<Polynomial> {
    let mut product = vec![Polynomial::default(); patches.units()];
    for (unit, entry) in z {
        let (p, t) = (unit / filters, unit % filters);
        for (r, &row) in patches.members()[p].iter().enumerate() {
            product[row].accumulate(entry, 1, Some((r, t)));
        }
    }
    product
}

/// How many there are, if they are independent at a W.
fn independent_relations(
    patches: &Patches,
    filters: usize,
    relations: &[Relation],
    at: &DMatrix<Rational>,
) -> Result<usize, NotAnObstruction> {
    let mut values = DMatrix::from_element(patches.count() * filters, relations.len(), Rational::new());
    for (column, z) in relations.iter().enumerate() {
        z.iter().for_each(|(&unit, entry)| values[(unit, column)] = entry.value(at));
    }
    if rank_modulo(&values) == relations.len() { Ok(relations.len()) } else { Err(NotAnObstruction::Dependent) }
}

/// A smallest set of rows and columns outside of which all entries are 0 for every W, by Kőnig's theorem.
fn cover(patches: &Patches, filters: usize) -> Obstruction {
    let columns = patches.count() * filters;
    let below = |column: usize| &patches.members()[column / filters];
    let mut of_row: Vec<Option<usize>> = vec![None; patches.units()];
    for column in 0..columns {
        augment(column, &below, &mut of_row, &mut BTreeSet::new());
    }
    // From the columns without a row on alternating ways: rows that are reached, and columns that are not.
    let matched: BTreeSet<usize> = of_row.iter().flatten().copied().collect();
    let mut todo: Vec<usize> = (0..columns).filter(|column| !matched.contains(column)).collect();
    let (mut rows, mut reached) = (BTreeSet::new(), BTreeSet::new());
    while let Some(column) = todo.pop() {
        if reached.insert(column) {
            for &row in below(column) {
                rows.insert(row);
                todo.extend(of_row[row]);
            }
        }
    }
    Obstruction::Cover { rows, columns: (0..columns).filter(|column| !reached.contains(column)).collect() }
}

/// Finds a row for a column, moving others on if need be.
fn augment<'a>(
    column: usize,
    below: &impl Fn(usize) -> &'a Vec<usize>,
    of_row: &mut [Option<usize>],
    seen: &mut BTreeSet<usize>,
) -> bool {
    for &row in below(column) {
        if seen.insert(row) && of_row[row].is_none_or(|other| augment(other, below, of_row, seen)) {
            of_row[row] = Some(column);
            return true;
        }
    }
    false
}

/// z with constants: the same for every filter, so that each z_p is looked for once.
fn constant_relations(patches: &Patches, filters: usize) -> Vec<Relation> {
    let (count, size, units) = (patches.count(), patches.size(), patches.units());
    if count * size * units > MOST_ENTRIES {
        return vec![];
    }
    let mut places = DMatrix::from_element(size * units, count, Rational::new());
    for (p, patch) in patches.members().iter().enumerate() {
        patch.iter().enumerate().for_each(|(r, &unit)| places[(r * units + unit, p)] = Rational::from(1));
    }
    let Ok(basis) = Exact.kernel_basis(&places) else { return vec![] };
    let relation = |z: usize, t: usize| -> Relation {
        let scale = basis.column(z).iter().fold(rug::Integer::from(1), |scale, entry| scale.lcm(entry.denom()));
        let entry = |p: usize| {
            let value = Rational::from(&basis[(p, z)] * &scale).numer().to_i64();
            Some((p * filters + t, Polynomial::constant(value?))).filter(|(_, entry)| !entry.is_zero())
        };
        (0..count).filter_map(entry).collect()
    };
    (0..basis.ncols()).flat_map(|z| (0..filters).map(move |t| relation(z, t))).collect()
}

/// Polynomials in two shifts, with polynomials in W as coefficients.
type Shifted = BTreeMap<(usize, usize), Polynomial>;

/// Cramer's rule for c + 1 filters of c channels: none for other numbers, strides or patches.
fn cramer_relations(patches: &Patches, filters: usize) -> Vec<Relation> {
    let Some(Window { image: [height, width, channels], size, stride: 1 }) = patches.window() else { return vec![] };
    if filters != channels + 1 {
        return vec![];
    }
    // The minor without filter t, which has degree c (s − 1) in each shift.
    let minors: Vec<Shifted> = (0..filters).map(|t| minor(size, channels, t)).collect();
    let across = width - size + 1;
    let places = |side: usize| 0..(side - size + 1).saturating_sub(channels * (size - 1));
    let relation = |y: usize, x: usize| -> Relation {
        let terms = minors.iter().enumerate().flat_map(|(t, minor)| {
            minor.iter().map(move |(&(dy, dx), entry)| {
                let mut signed = Polynomial::default();
                signed.accumulate(entry, if t % 2 == 0 { 1 } else { -1 }, None);
                (((y + dy) * across + x + dx) * filters + t, signed)
            })
        });
        terms.filter(|(_, entry)| !entry.is_zero()).collect()
    };
    places(height).flat_map(|y| places(width).map(move |x| (y, x))).map(|(y, x)| relation(y, x)).collect()
}

/// The determinant of all filters but one, by the formula of Leibniz.
fn minor(size: usize, channels: usize, without: usize) -> Shifted {
    let others: Vec<usize> = (0..=channels).filter(|&t| t != without).collect();
    let mut sum = Shifted::new();
    for (order, sign) in permutations(channels) {
        let mut product: Shifted = [((0, 0), Polynomial::constant(sign))].into();
        for (channel, &place) in order.iter().enumerate() {
            let mut next = Shifted::new();
            for (&(y, x), entry) in &product {
                for r in 0..size * size {
                    let at = (y + r / size, x + r % size);
                    let factor = (r * channels + channel, others[place]);
                    next.entry(at).or_default().accumulate(entry, 1, Some(factor));
                }
            }
            product = next;
        }
        product.iter().for_each(|(&at, entry)| sum.entry(at).or_default().accumulate(entry, 1, None));
    }
    sum
}

/// All orders of 0, …, n − 1 with their signs.
fn permutations(n: usize) -> Vec<(Vec<usize>, i64)> {
    if n == 0 {
        return vec![(vec![], 1)];
    }
    let longer = |(order, sign): (Vec<usize>, i64)| {
        (0..n).map(move |at| {
            let mut longer = order.clone();
            longer.insert(at, n - 1);
            (longer, if (n - 1 - at).is_multiple_of(2) { sign } else { -sign })
        })
    };
    permutations(n - 1).into_iter().flat_map(longer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(side: usize, channels: usize, size: usize) -> Patches {
        Patches::image(Window { image: [side, side, channels], size, stride: 1 }).unwrap()
    }

    /// What is shown of every W is never contradicted by one: the rank over the rationals.
    #[test]
    fn the_bound_is_the_rank_of_a_random_w() {
        for (side, channels, size, rank) in [(5, 1, 2, 23), (6, 1, 3, 28), (6, 2, 2, 66)] {
            let patches = image(side, channels, size);
            let Structure::NeverFull(obstruction) = decide(&patches, channels + 1, 5) else { panic!("{side}") };
            assert_eq!(obstruction.verify(&patches, channels + 1), Ok(rank), "{side} {channels} {size}");
            let weight =
                DMatrix::from_fn(patches.size(), channels + 1, |i, j| Rational::from((7 * i + 3 * j) % 11 + 1));
            assert!(Exact.rank(&patches.matrix(&weight)) <= rank);
        }
    }

    #[test]
    fn a_changed_relation_is_none() {
        let patches = image(5, 1, 2);
        let Structure::NeverFull(Obstruction::Relations { mut relations, at }) = decide(&patches, 2, 1) else {
            panic!()
        };
        let (&unit, entry) = relations[0].first_key_value().unwrap();
        let mut doubled = entry.clone();
        doubled.accumulate(entry, 1, None);
        relations[0].insert(unit, doubled);
        let changed = Obstruction::Relations { relations: relations.clone(), at: at.clone() };
        assert!(matches!(changed.verify(&patches, 2), Err(NotAnObstruction::NoRelation { relation: 0, .. })));
        relations[0] = relations[1].clone();
        let twice = Obstruction::Relations { relations, at };
        assert_eq!(twice.verify(&patches, 2), Err(NotAnObstruction::Dependent));
    }

    #[test]
    fn signs_of_orders_alternate() {
        let orders = permutations(3);
        assert_eq!(orders.len(), 6);
        assert_eq!(orders.iter().map(|(_, sign)| sign).sum::<i64>(), 0);
        assert!(orders.contains(&(vec![0, 1, 2], 1)) && orders.contains(&(vec![1, 0, 2], -1)));
        assert!(orders.contains(&(vec![1, 2, 0], 1)));
    }
}

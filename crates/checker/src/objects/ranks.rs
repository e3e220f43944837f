//! **Connected decision regions.** A network with d ≥ n_1 ≥ … ≥ n_(L−1), with weights W_1, …, W_(L−1) of full column rank
//! and with a continuous monotone σ, for L > 2 onto as well, has connected regions C_j: every class, all inputs. The empty
//! set counts as connected.
//!
//! 1. *Affine layers.* x ↦ x W + b with W of full column rank is linear and onto but for b: the preimage of a set is the set
//!    times a space ℝᵏ, connected if the set is.
//! 2. *σ.* Let σ be monotone (weakly; constant is monotone) and K ⊂ σ(ℝ)ⁿ be convex. Then {y : σ(y) ∈ K}, entry by entry, is
//!    connected by paths: from y to z each entry runs on [y_i, z_i] so that its image is (1 − s) σ(y_i) + s σ(z_i). Where σ
//!    is constant on an interval, s waits until the entry has crossed it; there are finitely many of these, as σ has
//!    finitely many pieces. The image runs on the segment from σ(y) to σ(z), which is in K.
//! 3. *σ onto.* Then the preimage of a connected open set U is connected: two points of U are joined by finitely many
//!    segments in U, each has a connected preimage by 2, none of them empty, and neighbours share the preimage of a point.
//!
//! From above: {v : j wins at v W_L + b_L} is convex and open. Intersected with σ(ℝ)ⁿ it is convex, so that its preimage under σ
//! is connected by 2, and open; the next one, under a layer, by 1. With L = 2 that is the input. Otherwise 3 and 1 take
//! turns, and only there σ has to be onto. L = 1: C_j is convex, and nothing is asked of σ.
//!
//! *Rank.* Let q > 1 be prime to the denominators of W, and L W ≡ I modulo q. Modulo a prime divisor of q then W has n_k
//! independent columns, so that an n_k × n_k minor is not 0 modulo this prime; so it is not 0, and W has full column rank.
//! With W = V/D that is L V ≡ D I, and no inverse is needed.
//!
//! A piecewise-linear σ is monotone if no two of its slopes have opposite signs, and then onto if its first and its last
//! slope are not 0.

use super::regions::Network;
use crate::{
    certificate::{
        Limit, Limits,
        object::{Rank, Ranks},
    },
    finding::{Finding, Unproved},
    matrix::{Matrix, Reading},
    verdict::{Failure, Part, Rejection},
};
use num_bigint::BigInt;
use num_integer::Integer as _;
use num_traits::{Signed, ToPrimitive, Zero};

pub fn check(ranks: &Ranks, reading: Reading, limits: &Limits) -> Result<Finding, Failure> {
    let network = Network::read(&ranks.network, reading, limits)?;
    let (widths, hidden) = (&network.widths, network.layers.len() - 1);
    if ranks.ranks.len() != hidden {
        return Err(Rejection::from(Unproved::RankCount { expected: hidden, found: ranks.ranks.len() }).into());
    }
    if let Some(layer) = (1..=hidden).find(|&layer| widths[layer] > widths[layer - 1]) {
        return Err(Rejection::from(Unproved::NotPyramidal { layer }).into());
    }
    let slopes: Vec<&BigInt> = network.activation.pieces().0.map(|(slope, _)| slope).collect();
    if hidden > 0 && slopes.iter().any(|slope| slope.is_negative()) && slopes.iter().any(|slope| slope.is_positive()) {
        return Err(Rejection::from(Unproved::NotMonotone).into());
    }
    if hidden > 1 && (slopes[0].is_zero() || slopes[slopes.len() - 1].is_zero()) {
        return Err(Rejection::from(Unproved::NotOnto).into());
    }
    let cost = |layer: usize| (widths[layer] as u64).saturating_pow(2).saturating_mul(widths[layer - 1] as u64);
    limits.allow(Limit::Products, (1..=hidden).map(cost).fold(0, u64::saturating_add))?;
    for (layer, rank) in (1..).zip(&ranks.ranks) {
        has_full_rank(&network.layers[layer - 1].weight, rank, layer)?;
    }
    Ok(Finding::ConnectedRegions { widths: network.widths, compared: (false, false) })
}

/// Whether L W ≡ I.
fn has_full_rank(weight: &Matrix, rank: &Rank, layer: usize) -> Result<(), Rejection> {
    let (rows, cols, modulus) = (weight.rows(), weight.cols(), rank.modulus);
    if modulus < 2 {
        return Err(Unproved::Modulus { layer }.into());
    }
    let den = residue(weight.den(), modulus);
    if den.gcd(&modulus) != 1 {
        return Err(Unproved::ModulusDivides { layer }.into());
    }
    let ragged = rank.left_inverse.iter().map(Vec::len).find(|&len| len != rows);
    let (expected, found) = ((cols, rows), (rank.left_inverse.len(), ragged.unwrap_or(rows)));
    if found != expected {
        return Err(Rejection::Shape { part: Part::LeftInverse(layer), expected, found });
    }
    if let Some(row) = rank.left_inverse.iter().position(|row| row.iter().any(|&entry| entry >= modulus)) {
        return Err(Unproved::Residue { layer, row }.into());
    }
    let columns: Vec<u64> = weight.transposed().num().iter().map(|entry| residue(entry, modulus)).collect();
    let is_unit = |(i, row): (usize, &Vec<u64>)| {
        let product = |column| dot(row, column, modulus);
        columns.chunks(rows).map(product).enumerate().all(|(j, entry)| entry == if i == j { den } else { 0 })
    };
    if rank.left_inverse.iter().enumerate().all(is_unit) {
        Ok(())
    } else {
        Err(Unproved::NoLeftInverse { layer }.into())
    }
}

/// The integer modulo q, from 0 to q − 1.
fn residue(number: &BigInt, modulus: u64) -> u64 {
    number.mod_floor(&modulus.into()).to_u64().expect("less than the modulus")
}

/// Σ a_i b_i modulo q, for numbers below q. With q < 2ᵇ a product is below 2^(2b), and 2^(128 − 2b) of them have a sum below
/// 2^128.
fn dot(left: &[u64], right: &[u64], modulus: u64) -> u64 {
    let bits = u64::BITS - modulus.leading_zeros();
    let (room, modulus) = (1usize << (128 - 2 * bits).min(31), u128::from(modulus));
    let part = |(left, right): (&[u64], &[u64])| {
        left.iter().zip(right).map(|(left, right)| u128::from(*left) * u128::from(*right)).sum::<u128>() % modulus
    };
    let sum = left.chunks(room).zip(right.chunks(room)).map(part).sum::<u128>() % modulus;
    sum.to_u64().expect("less than the modulus")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against big integers, at the moduli where sums of products fill 128 bits.
    #[test]
    fn sums_of_products_do_not_overflow() {
        for modulus in [2, 3, (1 << 31) - 1, 1 << 32, (1 << 61) - 1, 1 << 62, 1 << 63, u64::MAX] {
            for terms in [1, 2, 3, 4, 5, 64, 257] {
                let (left, right) = (vec![modulus - 1; terms], (0..terms as u64).map(|i| modulus - 1 - i % 2));
                let right: Vec<u64> = right.collect();
                let exact: BigInt = left.iter().zip(&right).map(|(a, b)| BigInt::from(*a) * *b).sum();
                assert_eq!(dot(&left, &right, modulus), residue(&exact, modulus), "{modulus}, {terms} terms");
            }
        }
        assert_eq!((residue(&(-1).into(), 7), residue(&(-7).into(), 7), residue(&15.into(), 7)), (6, 0, 1));
    }
}

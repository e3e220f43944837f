//! Theorem 3.2 (1).

use super::common::assert_connects;
use nalgebra::DMatrix;
use rug::Rational;
use sublevel::linalg::Exact;
use sublevel::network::Parameters;
use sublevel::statement::independent_data::connect;
use sublevel::suite::CARRIED;

/// Real weights, from and to the zero network and to the same network with its neurons in another order.
#[test]
fn trained_networks_reach_zero_and_their_own_permutation() {
    let mut instance = CARRIED.iter().find(|pair| pair.name == "independent-32").unwrap().instance();
    let from = instance.from.clone();
    let zero = Parameters::new(from.layers().iter().map(|layer| layer.map(|_| Rational::new())).collect()).unwrap();
    let mut permuted: Vec<DMatrix<Rational>> = from.layers().iter().map(|layer| DMatrix::clone(layer)).collect();
    for k in 0..permuted.len() - 1 {
        let width = permuted[k].ncols();
        let order: Vec<usize> = (0..width).rev().collect();
        permuted[k] = permuted[k].select_columns(&order);
        permuted[k + 1] = permuted[k + 1].select_rows(&[order, vec![width]].concat());
    }
    for (from, to) in [(from.clone(), zero.clone()), (zero, from.clone()), (from, Parameters::new(permuted).unwrap())] {
        (instance.from, instance.to) = (from, to);
        let path = connect(&Exact, &instance.problem, &instance.from, &instance.to).unwrap();
        assert!(path.moves.len() < 150, "{} moves", path.moves.len());
        assert_connects(&instance, &path);
    }
}

use crate::build::*;
use crate::{
    certificate::{Claim, Layer, Record},
    checker::{Conclusion, Level, Rejection, Rule, Undecided},
};

/// 1-2-1 with ReLU, inputs 0 and 1: P_1 = (x, −x − 1), weighed with v.
fn small(v: [[i64; 1]; 2], moves: &[Record]) -> Sheet {
    let layers = [both(&[[1, -1]], [0, -1]), both(&v, [1])];
    Sheet::new(relu(), matrix(&[[0], [1]]), layers, moves).claim(Claim::Unbounded)
}

#[test]
fn neurons_that_stay_off_may_go() {
    let statement = small([[1], [1]], &[ray([(1, both(&[[0, -2]], [0, -1]))])]).is_valid();
    assert_eq!(statement.conclusion, Conclusion::Unbounded(Level::Constant));
    let leaves = |neuron, sample| Rejection::RayLeavesPiece { layer: 1, neuron, sample };
    // Sample 0 stays off, sample 1 turns on.
    small([[1], [1]], &[ray([(1, weight(&[[0, 1]]))])]).is_invalid(3, Rule::Ray, leaves(1, 1));
    // Neuron 0 is on for sample 1, so it turns off.
    small([[1], [1]], &[ray([(1, weight(&[[-1, 0]]))])]).is_invalid(3, Rule::Ray, leaves(0, 1));
    // Going on in its piece it moves the output.
    small([[1], [1]], &[ray([(1, bias([1, 0]))])]).is_invalid(3, Rule::Ray, Rejection::RayChangesOutput);
}

#[test]
fn at_a_breakpoint_the_direction_decides() {
    // P_1 = 0 for both neurons, so that they are at the breakpoint.
    let sheet = |v: [[i64; 1]; 2], direction: [i64; 2]| {
        let layers = [both(&[[0, 0]], [0, 0]), both(&v, [1])];
        Sheet::new(relu(), matrix(&[[1]]), layers, &[ray([(1, bias(direction))])]).claim(Claim::Unbounded)
    };
    sheet([[1], [1]], [-1, -3]).is_valid();
    sheet([[1], [-1]], [1, 1]).is_valid();
    sheet([[1], [-1]], [1, 2]).is_invalid(3, Rule::Ray, Rejection::RayChangesOutput);
    sheet([[1], [-1]], [1, -1]).is_invalid(3, Rule::Ray, Rejection::RayChangesOutput);
}

/// 1-2-1 with hard tanh: neuron 0 stays at 1/2, between the breakpoints, neuron 1 goes on beyond the last one.
#[test]
fn an_entry_that_does_not_move_may_be_in_any_piece() {
    let hard_tanh = activation(&["-1", "1"], &["0", "1", "0"], "-1");
    let sheet = |direction: [i64; 2]| {
        let layers = [
            Layer { weight: Some(over(2, &[[1, 4]])), bias: Some(matrix(&[[0, 0]])), ..Layer::default() },
            both(&[[1], [1]], [0]),
        ];
        let moves = [ray([(1, bias(direction))])];
        Sheet::new(hard_tanh.clone(), matrix(&[[1]]), layers, &moves).claim(Claim::Unbounded)
    };
    sheet([0, 1]).is_valid();
    sheet([1, 0]).is_invalid(3, Rule::Ray, Rejection::RayLeavesPiece { layer: 1, neuron: 0, sample: 0 });
}

#[test]
fn dead_neurons_may_go_anywhere() {
    small([[1], [0]], &[ray([(1, both(&[[0, 5]], [0, -3]))])]).is_valid();
    // Not if they come alive on the way.
    let moves = [ray([(1, both(&[[0, 5]], [0, -3])), (2, weight(&[[0], [1]]))])];
    small([[1], [0]], &moves).is_invalid(3, Rule::Ray, Rejection::RayLeavesPiece { layer: 1, neuron: 1, sample: 1 });
    // The outgoing weight of a neuron that is off for all samples is free.
    small([[1], [1]], &[ray([(2, weight(&[[0], [9]]))])]).is_valid();
    small([[1], [1]], &[ray([(2, weight(&[[1], [0]]))])]).is_invalid(3, Rule::Ray, Rejection::RayChangesOutput);
}

/// 1-1-2-1, x = 1: P_1 = 1 + λ, P_2 = (1 + λ)(w + λ dw) + b in both neurons, which cancel.
fn curved(w: i64, dw: i64, b: i64) -> Sheet {
    let layers = [both(&[[1]], [0]), both(&[[w, w]], [b, b]), both(&[[1], [-1]], [0])];
    let moves = [ray([(1, weight(&[[1]])), (2, weight(&[[dw, dw]]))])];
    Sheet::new(relu(), matrix(&[[1]]), layers, &moves).claim(Claim::Unbounded)
}

#[test]
fn curved_entries_stay_or_are_undecided() {
    curved(0, 1, 0).is_valid();
    curved(-1, -1, 0).is_valid();
    curved(1, 1, -1).is_valid();
    // (1 + λ)(−2 + λ) + 3 = λ² − λ + 1 stays positive, which is more than the rule can see.
    curved(-2, 1, 3).is_undecided(3, Undecided::CurvedRay { layer: 2 });
    curved(-1, 1, 0).is_undecided(3, Undecided::CurvedRay { layer: 2 });
}

#[test]
fn bounded_activations_saturate_both_ways() {
    let hard_tanh = || activation(&["-1", "1"], &["0", "1", "0"], "-1");
    let sheet = |b, direction| {
        let layers = [both(&[[1]], [b]), both(&[[1]], [1])];
        Sheet::new(hard_tanh(), matrix(&[[0], [1]]), layers, &[ray([(1, both(&[[0]], [direction]))])])
            .claim(Claim::Unbounded)
    };
    sheet(1, 1).is_valid();
    sheet(-2, -1).is_valid();
    for (b, direction) in [(0, 1), (1, -1), (-2, 1), (-1, -1)] {
        let sample = usize::from((b, direction) == (-1, -1));
        let rejection = Rejection::RayLeavesPiece { layer: 1, neuron: 0, sample };
        sheet(b, direction).is_invalid(3, Rule::Ray, rejection);
    }
}

#[test]
fn a_ray_has_its_place() {
    let off = || ray([(1, bias([0, -1]))]);
    let stay = || line([(2, bias([1]))]);
    small([[1], [1]], &[stay(), off()]).is_valid();
    small([[1], [1]], &[off(), stay()]).is_invalid(4, Rule::Line, Rejection::MisplacedEscape);
    small([[1], [1]], &[off(), off()]).is_invalid(4, Rule::Ray, Rejection::MisplacedEscape);
    small([[1], [1]], &[stay()]).is_invalid(4, Rule::End, Rejection::NoEscape);
    for claim in [Claim::Connected, Claim::Descends] {
        small([[1], [1]], &[off()]).claim(claim).is_invalid(3, Rule::Ray, Rejection::MisplacedEscape);
    }
    small([[1], [1]], &[ray([(1, bias([0, 0]))])]).is_invalid(3, Rule::Ray, Rejection::ZeroRay);
    small([[1], [1]], &[ray([])]).is_invalid(3, Rule::Ray, Rejection::ZeroRay);
}

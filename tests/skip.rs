//! What is built for networks with skip connections: one snapshot whose change shows a changed construction.

#[path = "support/snapshot.rs"]
mod snapshot;

use nalgebra::DMatrix;
use rug::Rational;
use std::fmt::Write;
use sublevel::arith::write_rational;
use sublevel::network::{GraphNetwork, Loss};
use sublevel::region::smooth_instances::Diagonal;
use sublevel::statement::skip::GraphMove;
use sublevel::statement::skip::assumption::assumption;
use sublevel::statement::skip::descend::{Aim, climb, descend};
use sublevel::statement::skip::independent::{independent, rank_in_doubles};
use sublevel::statement::skip::instances::{constant_images, deep_sigmoid, shared_in_both_orders};
use sublevel::statement::skip::triangular::triangular;
use sublevel::statement::skip::zero_error::tie;

/// The shape, and the largest entry to three digits: the last ones are the machine's.
fn outline(matrix: &DMatrix<Rational>) -> String {
    let largest = matrix.iter().map(|x| x.clone().abs()).max().unwrap_or_default();
    let (rows, columns) = matrix.shape();
    format!("[{rows}, {columns}], largest about {:.2e}", largest.to_f64())
}

fn paths(text: &mut String, name: &str, network: &GraphNetwork, inputs: &DMatrix<Rational>, loss: &Loss) {
    let epsilon = Rational::from((1, 1000));
    let aim = Aim { inputs, loss, epsilon: &epsilon, precision: 512, seed: 0 };
    let found = descend(network, &aim, &mut |_| {}).unwrap();
    writeln!(
        text,
        "{name}, {loss}: {:?} in {} bits, from {} to {}",
        found.descent, found.bits, found.losses[0], found.losses[1]
    )
    .unwrap();
    for step in &found.path.moves {
        match step {
            GraphMove::Line(output) => writeln!(text, "  line to {}", outline(output)).unwrap(),
            GraphMove::Bounded(to, bound) => {
                writeln!(
                    text,
                    "  at most {}, to a first layer {}",
                    write_rational(bound),
                    outline(&to.layers()[&1].weight)
                )
                .unwrap();
            }
        }
    }
}

#[test]
fn the_constructions_are_the_snapshot() {
    let mut text = String::new();
    let (shared, three) = shared_in_both_orders();
    let (images, two) = constant_images(false);
    let (deep, many) = deep_sigmoid(3);
    for (name, network, inputs) in [("shared", &shared, &three), ("images", &images, &two), ("deep", &deep, &many)] {
        let found = independent(network, inputs, 512, &mut |_| {}).unwrap();
        let (inverse, rank) = (outline(&found.right_inverse), rank_in_doubles(network, inputs));
        writeln!(text, "{name}: rank {rank} in doubles, R {inverse}, {} bits", found.bits).unwrap();
        let first = assumption(network, inputs).to_string();
        writeln!(text, "  {}", first.replace('\n', "\n  ")).unwrap();
    }
    let built = triangular(&images, &two, 0).unwrap();
    writeln!(text, "Lemma 3.2: order {:?}, log2 α {:?}, {} bits", built.order, built.alphas, built.precision).unwrap();
    let labels = |samples: usize| (0..samples).map(|i| i % 2).collect::<Vec<_>>();
    paths(&mut text, "deep", &deep, &many, &Loss::cross_entropy(labels(32)));
    paths(
        &mut text,
        "images",
        &images,
        &two,
        &Loss::square(DMatrix::from_fn(2, 2, |i, j| Rational::from((i + 2 * j) as u32))),
    );
    paths(&mut text, "images", &images, &two, &Loss::hinge(labels(2)));
    let up = climb(&images, &two, &Loss::cross_entropy(vec![0, 0]), 10).unwrap();
    writeln!(text, "no maximum: from {} to {}", up.losses[0], up.losses[1]).unwrap();
    let tied = tie(5, 3, 64).unwrap();
    writeln!(text, "a tie of 5 samples: above log 2/5 by {}, in doubles by {}", tied.excess, tied.double).unwrap();
    for activation in ["sigmoid", "tanh", "softplus=2", "elu=3"] {
        let sublevel::network::Nonlinearity::Smooth(smooth) = activation.parse().unwrap() else { unreachable!() };
        writeln!(text, "{:?}", Diagonal::new(smooth)).unwrap();
    }
    snapshot::assert_snapshot("skip", &text);
}

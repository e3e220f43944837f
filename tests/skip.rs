//! What is built for networks with skip connections: one snapshot whose change shows a changed construction.

use crate::support::snapshot;
use nalgebra::DMatrix;
use rug::Rational;
use std::fmt::Write;
use sublevel::arith::write_rational;
use sublevel::network::{GraphNetwork, Loss};
use sublevel::region::smooth_instances::Diagonal;
use sublevel::report::Profile;
use sublevel::statement::skip::assumption::assumption;
use sublevel::statement::skip::descend::{Aim, climb, descend};
use sublevel::statement::skip::independent::{independent, rank_in_doubles};
use sublevel::statement::skip::instances::{constant_images, deep_sigmoid, shared_in_both_orders, with_twins};
use sublevel::statement::skip::layer_table::{CNN13, units};
use sublevel::statement::skip::maximum::no_maximum;
use sublevel::statement::skip::strict_minimum::no_strict_minimum;
use sublevel::statement::skip::triangular::triangular;
use sublevel::statement::skip::zero_error::tie;
use sublevel::statement::skip::zero_set::{Sigma, zeros};
use sublevel::statement::skip::{GraphMove, GraphPath};

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
            GraphMove::Bounded(to, bound, _) => {
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

/// What is proved of minima and maxima, and the zeros of a determinant.
fn extremes(text: &mut String) {
    let (deep, many) = deep_sigmoid(3);
    for network in [with_twins(&deep, 3), deep.clone()] {
        let found = no_strict_minimum(&network, &many, 512).unwrap();
        let vector = found.vector.map(|z| z.iter().map(write_rational).collect::<Vec<_>>().join(" "));
        writeln!(text, "no strict minimum: z {vector:?}; {}", found.finding).unwrap();
    }
    let loss = Loss::cross_entropy((0..32).map(|sample| sample % 2).collect());
    writeln!(text, "no maximum: {}", no_maximum(&deep, &many, &loss).unwrap().finding).unwrap();
    for sigma in [Sigma::Sigmoid, Sigma::Tanh] {
        let found = zeros(sigma, &nalgebra::dmatrix![2, -1, 1; 1, 3, -2; -1, 2, 3], 20).unwrap();
        let at: Vec<String> = found.intervals.iter().map(|(_, to)| format!("{:.5}", to.to_f64())).collect();
        writeln!(text, "{sigma:?}: det Ψ(tU) is 0 where e^t is about {}", at.join(", ")).unwrap();
    }
    writeln!(text, "CNN13: {:?}", units(28, &CNN13)).unwrap();
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
    extremes(&mut text);
    let tied = tie(5, 3, 64).unwrap();
    writeln!(text, "a tie of 5 samples: above log 2/5 by {}, in doubles by {}", tied.excess, tied.double).unwrap();
    for activation in ["sigmoid", "tanh", "softplus=2", "elu=3"] {
        let sublevel::network::Nonlinearity::Smooth(smooth) = activation.parse().unwrap() else { unreachable!() };
        writeln!(text, "{:?}", Diagonal::new(smooth)).unwrap();
    }
    snapshot::assert_snapshot("skip", &text);
}

fn number(number: &sublevel::checker::Rational) -> Rational {
    number.to_string().parse().unwrap()
}

/// Whether the samples at both ends are what the checker encloses, but for the last rounding to a double.
fn fits(profile: &Profile, losses: &[sublevel::checker::Enclosure; 2]) -> bool {
    let ends = [profile.along[0].loss, profile.along[profile.along.len() - 1].loss];
    ends.iter().zip(losses).all(|(found, loss)| {
        let slack = 1e-9 * found.abs().max(1e-9);
        let [lower, upper] = [&loss.lower, &loss.upper].map(|end| number(end).to_f64());
        lower - slack <= *found && *found <= upper + slack
    })
}

/// Deep layers have features that doubles do not tell from dependent ones, and huge weights V on them.
#[test]
fn floats_have_the_bits_that_the_certificate_asks_for() {
    let (network, inputs) = deep_sigmoid(10);
    let loss = Loss::square(DMatrix::from_fn(32, 2, |i, j| Rational::from(i32::from(i % 2 == j))));
    let aim = Aim { inputs: &inputs, loss: &loss, epsilon: &Rational::from((1, 1000)), precision: 512, seed: 0 };
    let found = descend(&network, &aim, &mut |_| {}).unwrap();
    assert!(found.bits > u64::from(f64::MANTISSA_DIGITS));
    assert!(fits(&Profile::of_graphs(&found.path, &inputs, &loss, found.bits), &found.losses));
    assert!(!fits(&Profile::of_graphs(&found.path, &inputs, &loss, 0), &found.losses));
}

#[test]
fn a_path_without_moves_is_its_start() {
    let (start, inputs) = constant_images(false);
    let path = GraphPath { start, moves: vec![] };
    let profile = Profile::of_graphs(&path, &inputs, &Loss::cross_entropy(vec![0, 1]), 40);
    // V is 0: both classes have probability 1/2.
    let [only] = &profile.along[..] else { panic!("one sample") };
    assert_eq!((only.at, only.loss), (0.0, std::f64::consts::LN_2));
    assert!(profile.bounds.is_empty() && profile.line.iter().all(|sample| sample.loss == only.loss));
}

//! When a plateau is needed: losses that fall strictly, minima in a cell and by Jensen's inequality, and the ways out.

use crate::support::{snapshot, unproved};
use nalgebra::DMatrix;
use proptest::prelude::*;
use rug::Rational;
use std::sync::Arc;
use sublevel::certificate::{Claim, Reader};
use sublevel::checker::{Conclusion, Descent, Unproved};
use sublevel::example::{conclusion, integers, network, problem};
use sublevel::linalg::{Exact, Kernel};
use sublevel::network::{Activation, Loss, Parameters, forward, with_ones};
use sublevel::path::{Move, OnMove, Path, changes_between, expand_follow, read_path};
use sublevel::report::{Lines, Profile};
use sublevel::statement::minimum::leave::{falling_line, over_the_edge};
use sublevel::statement::minimum::{Extent, Minimum, NoMinimum, affine_fit, convex_fit};
use sublevel::statement::tilt::tilt;
use sublevel::statement::{Goal, Hypothesis, Obstacle, Problem, descend::descend, path_certificate};
use unproved::unproved;

fn q(numerator: i64, denominator: i64) -> Rational {
    Rational::from((numerator, denominator))
}

fn strict() -> Result<Conclusion, String> {
    Ok(Conclusion::Descends(Descent::FallsStrictly))
}

fn strictly(problem: &Problem, targets: &DMatrix<Rational>, path: &Path<Rational>) -> Result<Conclusion, String> {
    conclusion(problem, Claim::StrictlyDescends, Some(&Loss::square(targets.clone())), path)
}

/// One line from one network to another.
fn line(from: &Parameters<Rational>, to: &Parameters<Rational>) -> Path<Rational> {
    Path { start: from.clone(), moves: vec![Move::Line(changes_between(from, to))] }
}

/// X = (−1, 0, 1), Y = (0, 3, 0), slope 1/2: the smallest instance with a bad minimum.
fn instance(width: usize) -> Minimum {
    convex_fit(&q(1, 2), &integers(3, 1, &[-1, 0, 1]), &integers(3, 1, &[0, 3, 0]), width).unwrap()
}

/// A bad local minimum at every width, whose plateau has the length 1, and the way out with exactly that.
#[test]
fn the_plateau_of_the_smallest_instance_has_length_one() {
    for width in [2, 3, 6, 12] {
        let minimum = instance(width).with_lower();
        let proved = minimum.verify().unwrap();
        assert_eq!((proved.value, proved.lower), (q(3, 1), Some(q(0, 1))), "{width}");
        assert_eq!(proved.extent, Extent::Orthant { least: q(1, 1) });
        let [plateau, over] = over_the_edge(&minimum, &q(1, 1000)).unwrap().unwrap();
        // One line, on which a single number moves, by 1; nothing else does.
        let [Move::Line(changes)] = &plateau.moves[..] else { panic!() };
        let moved: Rational = changes
            .values()
            .flat_map(|change| {
                change
                    .after
                    .iter()
                    .zip(change.before.iter())
                    .map(|(a, b)| Rational::from(a - b).square())
                    .collect::<Vec<_>>()
            })
            .sum();
        assert_eq!(moved, 1);
        assert_eq!(conclusion(&minimum.problem, Claim::Connected, None, &plateau), Ok(Conclusion::Connected));
        assert_eq!(minimum.loss(&plateau.end()), 3);
        assert_eq!(strictly(&minimum.problem, &minimum.targets, &over), strict());
        assert_eq!(minimum.loss(&over.end()), 0);
        // The plateau itself does not fall.
        assert!(strictly(&minimum.problem, &minimum.targets, &plateau).is_err());
    }
    // v = 1024: the plateau is as long.
    let mut long = instance(2);
    let layer = long.network.layer(2).map(|v| if v == 1 { Rational::from(1024) } else { v });
    let mut layer = layer;
    layer[(2, 0)] = q(1, 1);
    long.network.set_layer(2, Arc::new(layer));
    assert_eq!(long.verify().unwrap().extent, Extent::Orthant { least: q(1024, 1) });
}

/// From the exceptional start the tilt is refused; from almost every other one the descent is strict.
#[test]
fn the_descent_is_strict_but_from_the_exceptional_start() {
    let minimum = instance(2);
    let loss = Loss::square(minimum.targets.clone());
    let epsilon = q(1, 1000);
    let strictly_to = Goal::strictly(&loss, &epsilon);
    let refused = descend(&Exact, &minimum.problem, &strictly_to, 1, &minimum.network);
    assert_eq!(refused, Err(Obstacle::Hypothesis(Hypothesis::NoTilt { bits: None })));
    let rests = descend(&Exact, &minimum.problem, &Goal::never_rising(&loss, &epsilon), 1, &minimum.network).unwrap();
    let never_rises = Ok(Conclusion::Descends(Descent::NeverRises));
    assert_eq!(conclusion(&minimum.problem, Claim::Descends, Some(&loss), &rests), never_rises);
    assert!(conclusion(&minimum.problem, Claim::StrictlyDescends, Some(&loss), &rests).is_err());
    for shift in [q(1, 10), q(-1, 8), q(1, 1 << 40)] {
        let mut near = minimum.network.clone();
        let mut last = DMatrix::clone(near.layer(2));
        last[(2, 0)] += shift;
        near.set_layer(2, Arc::new(last));
        let path = descend(&Exact, &minimum.problem, &strictly_to, 1, &near).unwrap();
        assert!(path.moves.len() > 1);
        assert_eq!(conclusion(&minimum.problem, Claim::StrictlyDescends, Some(&loss), &path), strict());
    }
}

/// Where the features are independent already, no tilt is needed, and an exceptional start is none.
#[test]
fn independent_features_need_no_tilt() {
    let problem = problem("relu", integers(2, 1, &[0, 1]), &[1, 2, 1]);
    let from = network(&[1, 2, 1], &[&[1, 1, 0, -1], &[1, 0, 0]]);
    // Outputs 0 and 1, targets 1 and 0: the residuals sum to 0.
    let (loss, epsilon) = (Loss::square(integers(2, 1, &[1, 0])), q(1, 1000));
    let path = descend(&Exact, &problem, &Goal::strictly(&loss, &epsilon), 1, &from).unwrap();
    assert_eq!(path.moves.len(), 1);
    assert_eq!(conclusion(&problem, Claim::StrictlyDescends, Some(&loss), &path), strict());
    assert!(tilt(&loss, &integers(2, 1, &[0, 1])).is_err());
}

/// Three layers above the wide one: follows, beside which the output bias moves; written, read and replayed as they are.
#[test]
fn follows_are_tilted_too() {
    let problem = problem("leaky-relu=1/3", integers(3, 1, &[0, 1, 2]), &[1, 4, 3, 2, 1]);
    let from = network(&[1, 4, 3, 2, 1], &[&[0; 8], &[1; 15], &[0; 8], &[0, 0, 5]]);
    let (loss, epsilon) = (Loss::square(integers(3, 1, &[1, -2, 4])), q(1, 1000));
    let path = descend(&Exact, &problem, &Goal::strictly(&loss, &epsilon), 1, &from).unwrap();
    let tilted = path.moves.iter().filter(|step| match step {
        Move::Follow(follow) => follow.level + 1 < 4 && follow.changes.contains_key(&4),
        _ => false,
    });
    assert!(tilted.count() > 0);
    assert_eq!(conclusion(&problem, Claim::StrictlyDescends, Some(&loss), &path), strict());
    let bytes = path_certificate(&problem, Claim::StrictlyDescends, "test", Some(&loss), &path);
    let (_, replayed) = read_path(&mut Reader::new(&bytes[..])).unwrap();
    assert_eq!(replayed.end(), path.end());
    // Every follow written out as lines comes to the same point, and a point on it is where the lines are.
    let mut at = path.start.clone();
    for step in &path.moves {
        if let Move::Follow(follow) = step {
            let lines = expand_follow(&problem.activation, &problem.inputs, &at, follow);
            let end = lines.iter().fold(at.clone(), |at, step| {
                OnMove::new(&Exact, &problem.activation, &problem.inputs, &at, step).point(&q(1, 1))
            });
            assert_eq!(end, OnMove::new(&Exact, &problem.activation, &problem.inputs, &at, step).point(&q(1, 1)));
        }
        at = OnMove::new(&Exact, &problem.activation, &problem.inputs, &at, step).point(&q(1, 1));
    }
    assert_eq!(at, path.end());
}

/// Cross-entropies fall along a rounded gradient; where it is 0 by symmetry, no number of bits tells.
#[test]
fn every_loss_has_its_tilt() {
    let output = integers(3, 2, &[0, 1, 2, 0, 0, 0]);
    let soft = DMatrix::from_fn(3, 2, |i, j| q(1 + (i + 2 * j) as i64, 7));
    let losses = [
        Loss::square(integers(3, 2, &[1, 1, 0, 0, 0, 3])),
        Loss::mean_square(integers(3, 2, &[1, 1, 0, 0, 0, 3])).weighted(vec![q(1, 2), q(0, 1), q(5, 1)]).unwrap(),
        Loss::cross_entropy(vec![0, 0, 1]),
        Loss::cross_entropy(vec![0, 0, 1]).weighted(vec![q(1, 2), q(3, 1), q(5, 1)]).unwrap(),
        Loss::new(sublevel::network::Criterion::SoftCrossEntropy(soft.clone())).unwrap(),
        Loss::new(sublevel::network::Criterion::BinaryCrossEntropy(soft)).unwrap(),
        Loss::hinge(vec![0, 0, 0]),
        Loss::hinge(vec![1, 1, 1]),
    ];
    let problem = problem("relu", integers(3, 2, &[0, 0, 0, 1, 1, 0]), &[2, 2]);
    // The outputs are those of an affine network, whose bias takes the tilt.
    let layer = Exact.solve(&with_ones(&Exact, &problem.inputs), &output).unwrap();
    let from = Parameters::new(vec![layer]).unwrap();
    for loss in losses {
        let shift = tilt(&loss, &output).unwrap();
        let mut to = from.clone();
        let mut layer = DMatrix::clone(to.layer(1));
        (0..2).for_each(|j| layer[(2, j)] += &shift[j]);
        to.set_layer(1, Arc::new(layer));
        assert_eq!(conclusion(&problem, Claim::StrictlyDescends, Some(&loss), &line(&from, &to)), strict(), "{loss}");
        // Twice as far as there and back it would not: the step is worth something.
        assert!(shift.iter().any(|c| Rational::from(c.abs_ref()) > q(1, 64)), "{loss}: {shift}");
    }
    let even = Loss::cross_entropy(vec![0, 1]);
    assert_eq!(tilt(&even, &integers(2, 2, &[0; 4])), Err(Hypothesis::NoTilt { bits: Some(256) }));
    // Where all margins are met the hinge loss is 0, and falls nowhere.
    assert_eq!(tilt(&Loss::hinge(vec![0]), &integers(1, 2, &[3, 0])), Err(Hypothesis::NoTiltFound));
    assert!(tilt(&Loss::hinge(vec![0, 1]), &integers(2, 2, &[0; 4])).is_err());
}

/// One broken hypothesis each: what the checker says, and a lower network at the end of a line on which the loss falls
/// strictly, so that the conclusion fails as well.
#[test]
fn what_is_no_minimum_has_a_way_down() {
    let (x, y) = (integers(3, 1, &[-1, 0, 1]), integers(3, 1, &[0, 3, 0]));
    let at = |slope: &str, y: DMatrix<Rational>, layers: [&[(i64, i64)]; 2]| {
        let [first, last] = layers.map(|entries| entries.iter().map(|&(p, d)| q(p, d)).collect::<Vec<_>>());
        let width = first.len() / 2;
        let layers = vec![DMatrix::from_row_slice(2, width, &first), DMatrix::from_column_slice(width + 1, 1, &last)];
        let problem = problem(&format!("leaky-relu={slope}"), x.clone(), &[1, width, 1]);
        (problem, y, Parameters::new(layers).unwrap())
    };
    let zero = (0, 1);
    let one = (1, 1);
    // What is broken, the network, the entry of layer k that leads down, and to what.
    let cases = vec![
        (
            "W_2 > 0",
            at("1/2", y.clone(), [&[zero; 4], &[one, (-1, 1), one]]),
            Unproved::OutgoingNotPositive { neuron: 1 },
            (1, (0, 1), q(1, 100)),
        ),
        ("σ convex", at("2", y.clone(), [&[zero; 4], &[one, one, one]]), Unproved::NotConvex, (1, (0, 0), q(1, 100))),
        (
            "P ≥ 0",
            at("1/2", integers(3, 1, &[2, -1, 2]), [&[zero; 4], &[one, one, one]]),
            Unproved::NegativeBarycentre { row: 1, column: 0 },
            (1, (0, 0), q(1, 100)),
        ),
        (
            "R = Pᵀ1 − P1, as 1ᵀR is not 0",
            at("1/2", y.map(|y| y - q(11, 10)), [&[zero; 4], &[one, one, zero]]),
            Unproved::ResidualNotThat,
            (2, (2, 0), q(-1, 100)),
        ),
        (
            "⟨R, F⟩ = 0",
            at(
                "1/2",
                DMatrix::from_vec(3, 1, vec![q(-3, 2), q(2, 1), q(0, 1)]),
                [&[one, zero, zero, zero], &[one, one, zero]],
            ),
            Unproved::OutputNotOrthogonal,
            (2, (0, 0), q(99, 100)),
        ),
    ];
    for (broken, (problem, y, from), reason, (layer, entry, value)) in cases {
        let minimum = Minimum::by_jensen(problem, y, from.clone()).unwrap();
        assert_eq!(unproved(minimum.verify()), reason, "{broken}");
        let mut to = from.clone();
        let mut changed = DMatrix::clone(to.layer(layer));
        changed[entry] = value;
        to.set_layer(layer, Arc::new(changed));
        assert_eq!(strictly(&minimum.problem, &minimum.targets, &line(&from, &to)), strict(), "{broken}");
    }
}

/// The same of cells.
#[test]
fn what_is_no_minimum_of_a_cell_has_a_way_down() {
    let at = |sigma: &str, x: &[i32], y: &[(i64, i64)], layers: [&[(i64, i64)]; 2]| {
        let [first, last] = layers.map(|entries| entries.iter().map(|&(p, d)| q(p, d)).collect::<Vec<_>>());
        let width = first.len() / 2;
        let layers = vec![DMatrix::from_row_slice(2, width, &first), DMatrix::from_column_slice(width + 1, 1, &last)];
        let targets = DMatrix::from_vec(y.len(), 1, y.iter().map(|&(p, d)| q(p, d)).collect());
        let problem = problem(sigma, integers(x.len(), 1, x), &[1, width, 1]);
        Minimum::in_cell(problem, targets, Parameters::new(layers).unwrap())
    };
    let (zero, one, minus) = ((0, 1), (1, 1), (-1, 1));
    let (left, middle, right) = (-1, 0, 1);
    // What is broken, the entry of layer k that leads down, its value, and the loss there.
    let cases = [
        (
            at(
                "leaky-relu=1/2",
                &[left, middle, right],
                &[(-2, 1), (2, 1), zero],
                [&[zero, minus, one, one], &[one, minus, zero]],
            ),
            Unproved::OnBreakpoint { sample: 2, neuron: 1 },
            (1, (1, 1), q(99, 100), q(239_609, 80_000)),
        ),
        (
            at("relu", &[0, 1], &[zero, one], [&[zero, minus], &[one, (3, 4)]]),
            Unproved::OutputDescends,
            (2, (1, 0), q(74, 100), q(769, 2500)),
        ),
        (
            at(
                "leaky-relu=1/2",
                &[left, middle, right],
                &[minus, zero, one],
                [&[zero, zero, one, one], &[one, one, (-2, 1)]],
            ),
            Unproved::NeuronDescends { neuron: 0 },
            (1, (0, 0), q(1, 100), q(9801, 10_000)),
        ),
        (
            at("relu", &[-2, left, right, 2], &[(1, 2), (1, 2), minus, (3, 1)], [&[one, zero], &[one, zero]]),
            Unproved::NeuronDescends { neuron: 0 },
            (1, (1, 0), q(-1, 100), q(27_401, 10_000)),
        ),
        (
            at("hard-tanh", &[0, 1], &[zero, one], [&[(4, 1), (-2, 1)], &[(1, 4), (1, 2)]]),
            Unproved::OutputDescends,
            (2, (0, 0), q(26, 100), q(36, 625)),
        ),
    ];
    for (minimum, reason, (layer, entry, value, loss)) in cases {
        assert_eq!(unproved(minimum.verify()), reason);
        let mut to = minimum.network.clone();
        let mut changed = DMatrix::clone(to.layer(layer));
        changed[entry] = value;
        to.set_layer(layer, Arc::new(changed));
        assert_eq!(minimum.loss(&to), loss, "{reason}");
        assert!(loss < minimum.loss(&minimum.network), "{reason}");
        assert_eq!(strictly(&minimum.problem, &minimum.targets, &line(&minimum.network, &to)), strict(), "{reason}");
    }
}

/// The radius of a cell is nearly sharp: a lower network at a squared distance of 18/25, where 1/2 is claimed.
#[test]
fn just_outside_of_its_cell_the_loss_is_lower() {
    let problem = problem("leaky-relu=1/2", integers(3, 1, &[-1, 0, 1]), &[1, 2, 1]);
    let at = |first: [Rational; 4], last: [Rational; 3]| {
        let layers = vec![DMatrix::from_row_slice(2, 2, &first), DMatrix::from_column_slice(3, 1, &last)];
        Parameters::new(layers).unwrap()
    };
    let last = || [q(1, 1), q(-1, 10), q(1, 10)];
    let minimum =
        Minimum::in_cell(problem, integers(3, 1, &[0, 3, 0]), at([q(0, 1), q(0, 1), q(1, 1), q(1, 1)], last()));
    assert_eq!(minimum.verify().unwrap().extent, Extent::Cell { squared_radius: Some(q(1, 2)) });
    let outside = at([q(0, 1), q(-3, 5), q(1, 1), q(2, 5)], last());
    assert_eq!(minimum.loss(&outside), 3 - q(43, 20_000));
}

#[test]
fn fits_are_refused_with_their_numbers() {
    let (leaky, x) = (Activation::leaky_relu(q(1, 2)), integers(3, 1, &[-1, 0, 1]));
    let y = |entries: &[i32]| integers(entries.len(), 1, entries);
    let affine = |activation: &Activation, x: &DMatrix<Rational>, y: &DMatrix<Rational>, n| {
        affine_fit(activation, x, y, n).unwrap_err()
    };
    assert_eq!(affine(&leaky, &x, &y(&[0, 3]), 2), NoMinimum::Samples { inputs: 3, targets: 2 });
    assert_eq!(affine(&leaky, &integers(2, 1, &[0, 1]), &y(&[0, 3]), 2), NoMinimum::IndependentInputs { samples: 2 });
    assert_eq!(affine(&leaky, &x, &y(&[1, 2, 3]), 2), NoMinimum::Fits { fit: "affine" });
    assert_eq!(
        affine(&leaky, &x, &integers(3, 2, &[0, 1, 3, 1, 0, 1]), 1),
        NoMinimum::TooNarrow { needed: 2, width: 1 }
    );
    assert_eq!(affine(&Activation::hard_tanh(), &x, &y(&[0, 3, 0]), 2), NoMinimum::Flat);
    assert_eq!(affine(&Activation::identity(), &x, &y(&[0, 3, 0]), 2), NoMinimum::Flat);
    let convex = |slope, x: &DMatrix<Rational>, y: &DMatrix<Rational>, n| convex_fit(&slope, x, y, n).unwrap_err();
    assert_eq!(convex(q(1, 2), &x, &y(&[0, 3]), 2), NoMinimum::Samples { inputs: 3, targets: 2 });
    assert_eq!(convex(q(1, 1), &x, &y(&[0, 3, 0]), 2), NoMinimum::Slope);
    assert_eq!(convex(q(1, 2), &x, &y(&[3, 0, 1]), 2), NoMinimum::Fits { fit: "convex" });
    assert_eq!(
        convex(q(1, 2), &integers(3, 1, &[1, 0, 1]), &y(&[3, 0, 1]), 2),
        NoMinimum::EqualInputs { first: 0, second: 2 }
    );
    let plane = integers(3, 2, &[0, 0, 1, 0, 0, 1]);
    assert_eq!(convex(q(1, 2), &plane, &y(&[0, 3, 0]), 2), NoMinimum::NotOneDimensional { inputs: 2, outputs: 1 });
    let many = integers(15, 1, &(0..15).collect::<Vec<_>>());
    let zigzag = y(&(0..15).map(|i| i % 2).collect::<Vec<_>>());
    assert_eq!(convex(q(1, 2), &many, &zigzag, 14), NoMinimum::TooManySamples { samples: 15 });
    let (four, bent) = (integers(4, 1, &[0, 1, 2, 3]), y(&[3, 0, 3, 0]));
    assert_eq!(convex(q(1, 2), &four, &bent, 1), NoMinimum::TooNarrow { needed: 2, width: 1 });
}

/// Every number of what is constructed: a change of a construction is seen here.
#[test]
fn the_minima_are_the_snapshot() {
    let numbers = |network: &Parameters<Rational>| {
        let row = |layer: &DMatrix<Rational>, i: usize| {
            layer.row(i).iter().map(Rational::to_string).collect::<Vec<_>>().join(" ")
        };
        let layer =
            |layer: &Arc<DMatrix<Rational>>| (0..layer.nrows()).map(|i| row(layer, i)).collect::<Vec<_>>().join("; ");
        network.layers().iter().map(layer).collect::<Vec<_>>().join(" | ")
    };
    let mut lines = vec![];
    let mut say = |name: &str, path: &Path<Rational>| {
        lines.push(format!("# {name}"));
        lines.extend(path.vertices().iter().map(numbers));
    };
    let rests = |minimum: &Minimum| Path { start: minimum.network.clone(), moves: vec![] };
    let [along, over] = over_the_edge(&instance(2), &q(1, 1000)).unwrap().unwrap();
    say("the smallest plateau", &along);
    say("over its edge", &over);
    let six = (integers(6, 1, &[0, 1, 3, 4, 6, 7]), integers(6, 1, &[5, 1, 4, 0, 2, 7]));
    say("the best convex fit of six samples", &rests(&convex_fit(&q(1, 4), &six.0, &six.1, 6).unwrap()));
    let plane = integers(4, 2, &[0, 0, 1, 0, 0, 1, 1, 1]);
    let two = integers(4, 2, &[1, 0, -1, 2, -1, 3, 1, 1]);
    let sigma: Activation = "pl:breakpoints=-1,2;slopes=1/2,3,2;value=0".parse().unwrap();
    say("the best affine fit of the corners of a square", &rests(&affine_fit(&sigma, &plane, &two, 3).unwrap()));
    let problem = problem("leaky-relu=1/3", integers(3, 2, &[0, 0, 1, 0, 0, 1]), &[2, 2, 1]);
    let worst = network(&[2, 2, 1], &[&[0, 0, 0, 0, 1, -2], &[0, 0, 3]]);
    say("a falling line", &falling_line(&problem, &integers(3, 1, &[1, 3, 5]), &worst).unwrap());
    let (loss, epsilon) = (Loss::cross_entropy(vec![0, 2, 1]), q(1, 1000));
    let classes = Problem { widths: vec![2, 2, 3], ..problem };
    let from = network(&[2, 2, 3], &[&[1, 1, 0, 0, 0, 0], &[1, 0, 0, 0, 1, 0, 0, 0, 1]]);
    say("a tilted descent", &descend(&Exact, &classes, &Goal::strictly(&loss, &epsilon), 1, &from).unwrap());
    snapshot::assert_snapshot("minima", &lines.join("\n"));
}

/// What f64 says a hair beside a minimum: that it is one.
#[test]
fn doubles_see_a_minimum_where_there_is_none() {
    let near = |minimum: &Minimum| {
        let mut near = minimum.clone();
        let width = near.problem.widths[1];
        let mut last = DMatrix::clone(near.network.layer(2));
        last[(width, 0)] += Rational::from((1, 1u64 << 60));
        near.network.set_layer(2, Arc::new(last));
        near
    };
    let cell =
        affine_fit(&Activation::leaky_relu(q(1, 2)), &integers(3, 1, &[-1, 0, 1]), &integers(3, 1, &[0, 3, 0]), 2)
            .unwrap();
    for (minimum, reason) in [(cell, Unproved::OutputDescends), (instance(2), Unproved::ResidualNotThat)] {
        assert!(minimum.verify().is_ok());
        assert_eq!(minimum.decide_in_double(), Some(true));
        assert_eq!(unproved(near(&minimum).verify()), reason);
        assert_eq!(near(&minimum).decide_in_double(), Some(true));
    }
}

/// Gradient descent in f64 from the open set around the cell of the smallest instance: it ends at 3, and not at 0.
#[test]
fn gradient_flow_is_caught_by_the_cell() {
    let step = |w: &mut [f64; 2], b: &mut [f64; 2], v: &mut [f64; 2], c: &mut f64| {
        let (mut dw, mut db, mut dv, mut dc, mut loss) = ([0.0; 2], [0.0; 2], [0.0; 2], 0.0, 0.0);
        for (x, y) in [(-1.0, 0.0), (0.0, 3.0), (1.0, 0.0)] {
            let z: Vec<f64> = (0..2).map(|j| w[j] * x + b[j]).collect();
            let slope: Vec<f64> = z.iter().map(|z| if *z > 0.0 { 1.0 } else { 0.5 }).collect();
            let r = *c + (0..2).map(|j| v[j] * slope[j] * z[j]).sum::<f64>() - y;
            loss += r * r / 2.0;
            dc += r;
            for j in 0..2 {
                dv[j] += r * slope[j] * z[j];
                dw[j] += r * v[j] * slope[j] * x;
                db[j] += r * v[j] * slope[j];
            }
        }
        for j in 0..2 {
            (w[j], b[j], v[j]) = (w[j] - 0.01 * dw[j], b[j] - 0.01 * db[j], v[j] - 0.01 * dv[j]);
        }
        *c -= 0.01 * dc;
        loss
    };
    for run in 0..20 {
        // Within a tenth of w = 0, b = v = 1, c = −1.
        let off = |k: i32| 0.03 * f64::from((run * 7 + k * 5) % 11 - 5) / 5.0;
        let (mut w, mut b, mut v) = ([off(0), off(1)], [1.0 + off(2), 1.0 + off(3)], [1.0 + off(4), 1.0 + off(5)]);
        let mut c = -1.0 + off(6);
        let start = step(&mut w, &mut b, &mut v, &mut c);
        let end = (0..20_000).map(|_| step(&mut w, &mut b, &mut v, &mut c)).last().unwrap();
        assert!((end - 3.0).abs() < 1e-9, "{run}: {end}");
        assert!(run == 0 || start - end > 1e-6, "run {run} moves nothing");
        assert!([-1.0, 0.0, 1.0].iter().all(|x| (0..2).all(|j| w[j] * x + b[j] > 0.0)));
    }
    let cell = network(&[1, 2, 1], &[&[0, 0, 1, 1], &[1, 1, -1]]);
    let setting = problem("leaky-relu=1/2", integers(3, 1, &[-1, 0, 1]), &[1, 2, 1]);
    let proved = Minimum::in_cell(setting, integers(3, 1, &[0, 3, 0]), cell).with_lower().verify().unwrap();
    assert_eq!((proved.value, proved.lower), (q(3, 1), Some(q(0, 1))));
}

/// Distinct inputs and any targets.
fn line_data() -> impl Strategy<Value = (DMatrix<Rational>, DMatrix<Rational>)> {
    (3..=7usize).prop_flat_map(|samples| {
        let steps = prop::collection::vec((1..9i64, 1..4i64), samples);
        let targets = prop::collection::vec((-9..=9i64, 1..4i64), samples);
        (steps, targets, any::<u64>()).prop_map(move |(steps, targets, shuffle)| {
            let mut at = Rational::new();
            let mut x: Vec<Rational> = steps
                .iter()
                .map(|&(p, d)| {
                    at += q(p, d);
                    at.clone()
                })
                .collect();
            // In any order.
            x.rotate_left(shuffle as usize % samples);
            if shuffle % 2 == 0 {
                x.reverse();
            }
            let y = targets.iter().map(|&(p, d)| q(p, d)).collect();
            (DMatrix::from_vec(samples, 1, x), DMatrix::from_vec(samples, 1, y))
        })
    })
}

proptest! {
    #![proptest_config(cases!("strict_descent", 40))]

    /// The best convex fit of any data is a minimum by Jensen with width N − 1, and no worse network with W_2 ≥ 0 is better;
    /// there is a way over the edge where a neuron is free.
    #[test]
    fn best_convex_fits_are_minima((x, y) in line_data(), slope in 0..=3i64, more in 0..=2usize, numbers in prop::collection::vec(-9..=9i64, 40)) {
        let (samples, slope) = (x.nrows(), q(slope, 4));
        let width = samples - 1 + more;
        let minimum = match convex_fit(&slope, &x, &y, width) {
            Ok(minimum) => minimum.with_lower(),
            Err(reason) => { prop_assert_eq!(reason, NoMinimum::Fits { fit: "convex" }); return Ok(()); }
        };
        let proved = minimum.verify().unwrap();
        prop_assert_eq!(proved.lower, Some(Rational::new()));
        prop_assert_eq!(&proved.extent, &Extent::Orthant { least: q(1, 1) });
        prop_assert_eq!(minimum.decide_in_double(), Some(true));
        let mut number = numbers.iter().cycle();
        let mut next = |least: i64| q((*number.next().unwrap()).max(least), 4);
        let other = Parameters::new(vec![
            DMatrix::from_fn(2, width, |_, _| next(-9)),
            DMatrix::from_fn(width + 1, 1, |j, _| next(if j < width { 0 } else { -9 })),
        ]).unwrap();
        prop_assert!(minimum.loss(&other) >= proved.value);
        if let Some([plateau, over]) = over_the_edge(&minimum, &q(1, 1000)).unwrap() {
            prop_assert_eq!(minimum.loss(&plateau.end()), proved.value);
            prop_assert_eq!(strictly(&minimum.problem, &y, &over), strict());
            prop_assert!(minimum.loss(&over.end()) < q(1, 1000));
        }
    }

    /// The best affine fit of dependent inputs is a local minimum; networks within its radius are not lower, and a move of
    /// one weight by more than that may be.
    #[test]
    fn best_affine_fits_are_minima(
        inputs in prop::collection::vec(-5..=5i64, 12), targets in prop::collection::vec(-9..=9i64, 12),
        outputs in 1..=2usize, more in 0..=2usize, slope in 1..=3i64, steps in prop::collection::vec(-9..=9i64, 40),
    ) {
        let x = DMatrix::from_row_slice(6, 2, &inputs).map(|x| q(x, 3));
        let y = DMatrix::from_row_slice(6, outputs, &targets[..6 * outputs]).map(|y| q(y, 2));
        let activation = Activation::leaky_relu(q(slope, 4));
        let minimum = match affine_fit(&activation, &x, &y, outputs + more) {
            Ok(minimum) => minimum,
            Err(reason) => { prop_assert_eq!(reason, NoMinimum::Fits { fit: "affine" }); return Ok(()); }
        };
        let proved = minimum.verify().unwrap();
        prop_assert_eq!(minimum.decide_in_double(), Some(true));
        let Extent::Cell { squared_radius: Some(radius) } = proved.extent else { panic!() };
        // A point of the ball: the squares of the steps sum up to less than the radius.
        let count = minimum.network.layers().iter().map(|layer| layer.len()).sum::<usize>() as u64;
        let mut length = Rational::from(1);
        while Rational::from(&length * &length) * 81u32 * count >= radius { length /= 2u32; }
        let mut step = steps.iter().cycle();
        let layers = minimum.network.layers().iter().map(|layer| {
            layer.map(|entry| entry + Rational::from(&length * *step.next().unwrap()))
        }).collect();
        prop_assert!(minimum.loss(&Parameters::new(layers).unwrap()) >= proved.value);
    }

    /// More outputs than neurons, W_2 of full rank, R ⟂ F and R W_2ᵀ = 0: two neurons on three samples are enough.
    #[test]
    fn more_outputs_than_neurons_have_no_bad_minimum(numbers in prop::collection::vec(-4..=4i64, 12), bend in 1..=3i64) {
        let x = DMatrix::from_fn(3, 2, |i, j| q(i64::from(i == j + 1), 1));
        let problem = problem(&format!("leaky-relu={bend}/4"), x, &[2, 2, 3]);
        // All features 1 and 2 at all samples; the outputs of the first two neurons are seen by outputs 0 and 1.
        let first = DMatrix::from_row_slice(3, 2, &[0, 0, 0, 0, 1, 2]).map(Rational::from);
        let last = DMatrix::from_row_slice(3, 3, &[1, 0, 0, 0, 1, 0, 0, 0, 0]).map(Rational::from);
        let from = Parameters::new(vec![first, last]).unwrap();
        // R has no part in outputs 0 and 1, and columns that sum up to 0.
        let r = [q(numbers[0], 2), q(numbers[1], 2), q(-numbers[0] - numbers[1], 2)];
        let y = DMatrix::from_fn(3, 3, |i, e| if e == 2 { -r[i].clone() } else { q(e as i64 + 1, 1) });
        let start = Minimum::in_cell(problem.clone(), y.clone(), from.clone());
        if start.loss(&from) == 0 { return Ok(()); }
        let path = falling_line(&problem, &y, &from).unwrap();
        prop_assert_eq!(strictly(&problem, &y, &path), strict());
    }

    /// Theorem 3, ⇒: from every network on independent data, also the worst, a line on which the loss falls strictly.
    #[test]
    fn independent_data_have_no_bad_minimum(
        (samples, outputs, more) in (1..=3usize, 1..=2usize, 0..=2usize), worst in 0..=3u8,
        numbers in prop::collection::vec(-4..=4i64, 60), bend in 1..=3i64,
    ) {
        let x = DMatrix::from_fn(samples, 2, |i, j| q(i64::from(i == j + 1) * (1 + i as i64), 1));
        let width = outputs + more;
        let problem = problem(&format!("leaky-relu={bend}/4"), x, &[2, width, outputs]);
        let mut number = numbers.iter().cycle();
        let mut next = || q(*number.next().unwrap(), 2);
        let y = DMatrix::from_fn(samples, outputs, |_, _| next());
        let mut first = DMatrix::from_fn(3, width, |_, _| next());
        let mut last = DMatrix::from_fn(width + 1, outputs, |_, _| next());
        if worst > 0 {
            // Features alike for all samples, the output their mean; W_2 zero, of rank one, or any.
            first.rows_mut(0, 2).fill(Rational::new());
            for j in 0..width {
                for e in 0..outputs {
                    if worst == 1 { last[(j, e)] = Rational::new(); }
                    if worst == 2 { last[(j, e)] = q((j + 1) as i64, 1); }
                }
            }
            let features = problem.activation.import(&Exact).apply(&first.rows(2, 1).into_owned());
            for e in 0..outputs {
                let mean = y.column(e).iter().sum::<Rational>() / samples as u64;
                let without: Rational = (0..width).map(|j| Rational::from(&features[j] * &last[(j, e)])).sum();
                last[(width, e)] = mean - without;
            }
        }
        let from = Parameters::new(vec![first, last]).unwrap();
        let start = Minimum::in_cell(problem.clone(), y.clone(), from.clone());
        if start.loss(&from) == 0 { return Ok(()); }
        let path = falling_line(&problem, &y, &from).unwrap();
        prop_assert_eq!(strictly(&problem, &y, &path), strict());
        prop_assert!(start.loss(&path.end()) < start.loss(&from));
    }

    /// The tilted descent of any start, of any loss: strict wherever it is not refused, and the exact float path is near.
    #[test]
    fn tilted_paths_start_and_end_where_the_others_do(
        numbers in prop::collection::vec(-9..=9i64, 60), deep in any::<bool>(), samples in 2..=5usize,
    ) {
        let mut number = numbers.iter().cycle();
        let mut next = || q(*number.next().unwrap(), 3);
        let widths = if deep { vec![1, samples + 1, 2, 1] } else { vec![1, samples - 1, 2] };
        let x = DMatrix::from_fn(samples, 1, |i, _| q(i as i64, 1));
        let problem = problem("leaky-relu=1/3", x, &widths);
        let outputs = widths[widths.len() - 1];
        let layers = widths.windows(2).map(|pair| DMatrix::from_fn(pair[0] + 1, pair[1], |_, _| next())).collect();
        let from = Parameters::new(layers).unwrap();
        let targets = DMatrix::from_fn(samples, outputs, |_, _| next());
        let loss = Loss::square(targets.clone());
        let epsilon = q(1, 1000);
        let path = match descend(&Exact, &problem, &Goal::strictly(&loss, &epsilon), 1, &from) {
            Ok(path) => path,
            Err(reason) => { prop_assert_eq!(reason, Hypothesis::NoTilt { bits: None }.into()); return Ok(()); }
        };
        prop_assert_eq!(&path.start, &from);
        let pass = forward(&Exact, &problem.activation.import(&Exact), &problem.inputs, &path.end()).unwrap();
        if !path.moves.is_empty() { prop_assert_eq!(pass.output(), &targets); }
        prop_assert_eq!(strictly(&problem, &targets, &path), strict());
    }
}

/// A picture of lines whose output bends shows the loss that is there, and no bound for another loss.
#[test]
fn bent_lines_are_drawn_as_they_are() {
    let minimum = instance(2);
    let [_, over] = over_the_edge(&minimum, &q(1, 1000)).unwrap().unwrap();
    let Problem { activation, inputs, .. } = &minimum.problem;
    let loss = Loss::square(minimum.targets.clone());
    let bent = Profile::with_lines(activation, inputs, &loss, &over, Lines::Bent);
    for sample in bent.along.iter().filter(|sample| sample.at <= 1.0) {
        let lambda = Rational::from_f64(sample.at).unwrap();
        let at = OnMove::new(&Exact, activation, inputs, &over.start, &over.moves[0]).point(&lambda);
        assert!((minimum.loss(&at).to_f64() - sample.loss).abs() < 1e-9, "{}", sample.at);
    }
    // Taken for straight the picture would be another one.
    let straight = Profile::new(activation, inputs, &loss, &over);
    let middle = |profile: &Profile| profile.along.iter().find(|sample| sample.at == 0.5).map(|sample| sample.loss);
    assert!((middle(&straight).unwrap() - middle(&bent).unwrap()).abs() > 1e-3);
    assert!(bent.bounds.iter().all(Option::is_some));
    assert!(bent.of_another_loss(&over, Lines::Bent).bounds.iter().all(Option::is_none));
}

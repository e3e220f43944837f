//! When a plateau is needed.

use super::{Entry, GalleryEntry, GalleryError, exact, integers, number};
use crate::certificate::Claim;
use crate::checker::Conclusion;
use crate::example::conclusion;
use crate::linalg::Double;
use crate::linalg::Exact;
use crate::network::{Activation, Loss, Parameters, import_matrix};
use crate::path::{OnMove, Path};
use crate::report::{Chart, Ink, Layer};
use crate::statement::minimum::leave::over_the_edge;
use crate::statement::minimum::{Extent, Minimum, convex_fit};
use crate::statement::{Goal, descend::descend};
use nalgebra::DMatrix;
use rug::Rational;
use std::sync::Arc;

/// Points of a move that are drawn.
const POINTS: u32 = 64;

/// The lowest loss that is drawn: what matters is the beginning.
const LOWEST: f64 = 2.93;

/// The smallest instance with a bad minimum, the way over its edge, and the strict descent from beside it.
pub fn plateau() -> Entry {
    let failed = GalleryError::of("plateau");
    let (inputs, targets) = (integers(3, 1, &[-1, 0, 1]), integers(3, 1, &[0, 3, 0]));
    let minimum =
        convex_fit(&Rational::from((1, 2)), &inputs, &targets, 2).map_err(|reason| failed(reason.to_string()))?;
    let minimum = minimum.with_lower();
    let proved = minimum.verify().map_err(|reason| failed(reason.to_string()))?;
    let Extent::Orthant { least } = &proved.extent else { return Err(failed("no orthant".into())) };
    let (loss, epsilon) = (Loss::square(targets.clone()), Rational::from((1, 1000)));
    let ways = over_the_edge(&minimum, &epsilon).map_err(|reason| failed(reason.to_string()))?;
    let [along, over] = ways.ok_or_else(|| failed("no way over the edge".into()))?;
    // An eighth beside it, and the paper's path.
    let beside = shifted(&minimum.network, &Rational::from((1, 8)));
    let descent = |goal: &Goal<'_>, from| {
        descend(&Exact, &minimum.problem, goal, 1, from).map_err(|reason| failed(reason.to_string()))
    };
    let strict = descent(&Goal::strictly(&loss, &epsilon), &beside)?;
    let resting = descent(&Goal::never_rising(&loss, &epsilon), &minimum.network)?;
    let said = |claim, path| {
        conclusion(&minimum.problem, claim, Some(&loss), path).map(|proved: Conclusion| proved.to_string())
    };
    let whole = Path { start: along.start.clone(), moves: [along.moves.clone(), over.moves.clone()].concat() };
    let losses = |path: &Path<Rational>| {
        path.vertices().iter().map(|at| exact(&minimum.loss(at))).collect::<Vec<_>>().join(", ")
    };
    let line = |label: &str, ink, path: &Path<Rational>| Layer::Line {
        label: label.into(),
        ink,
        points: first_part(&minimum, path),
    };
    let layers = vec![
        line("over the edge: constant for a length of 1, then falling", Ink::Certified, &whole),
        line("from 1/8 beside: falling strictly", Ink::Sampled, &strict),
        line("as in the paper: constant until the features are independent", Ink::Neutral, &resting),
    ];
    let chart = Chart {
        x: ("length of the path".into(), 0.0..6.0),
        y: ("loss".into(), LOWEST..3.03),
        layers,
        ..Chart::default()
    };
    Ok(GalleryEntry {
        key: "plateau",
        title: "A plateau that cannot be avoided",
        text: "Three samples, two neurons of slope 1/2 (or more), w = b = 0, v = 1, c = 1: the best convex fit of (0, 3, 0). Every neuron \
               with v ≥ 0 is a convex function, and on convex functions the residual (1, -2, 1) weighs upwards, by Jensen's inequality: so \
               no network with v ≥ 0 is better, and every path on which the loss never rises has to bring some v to 0 first, at constant loss. \
               Beyond the edge the loss falls strictly to 0: a bad local minimum in a valley that is not bad. From almost every point \
               beside it the loss falls strictly at once.",
        numbers: vec![
            number(
                "loss of the minimum, and of a lower network",
                format!("{}, {}", exact(&proved.value), proved.lower.as_ref().map(exact).unwrap_or_default()),
            ),
            number("length of the plateau, at least", exact(least)),
            number("losses over the edge", losses(&whole)),
            number("over the edge", said(Claim::StrictlyDescends, &over).map_err(&failed)?),
            number(
                "on the plateau, strictly",
                said(Claim::StrictlyDescends, &along)
                    .err()
                    .and_then(|reason| Some(reason.lines().last()?.to_owned()))
                    .unwrap_or_default(),
            ),
            number("losses from beside", losses(&strict)),
            number("from beside", said(Claim::StrictlyDescends, &strict).map_err(&failed)?),
            number("gradient descent in f64, from (w, b, v, c) near (0, 1, 1, -1)", format!("{:.6}", flow(&minimum))),
        ],
        picture: chart.draw().map_err(GalleryError::of("plateau"))?,
        test: ("tests/gallery.rs", "a_plateau_of_length_one"),
    })
}

/// The network with another output bias.
fn shifted(network: &Parameters<Rational>, shift: &Rational) -> Parameters<Rational> {
    let mut last = DMatrix::clone(network.layer(2));
    let bias = last.nrows() - 1;
    last[(bias, 0)] += shift;
    let mut network = network.clone();
    network.set_layer(2, Arc::new(last));
    network
}

/// Length in the space of parameters, and loss, along a path.
fn profile(minimum: &Minimum, path: &Path<Rational>) -> Vec<(f64, f64)> {
    let Minimum { problem, .. } = minimum;
    let (mut length, mut points) = (0.0, vec![(0.0, minimum.loss(&path.start).to_f64())]);
    for (vertex, step) in path.vertices().iter().zip(&path.moves) {
        let on_move = OnMove::new(&Exact, &problem.activation, &problem.inputs, vertex, step);
        let mut before = vertex.clone();
        for k in 1..=POINTS {
            let at = on_move.point(&Rational::from((k, POINTS)));
            length += distance(&before, &at);
            points.push((length, minimum.loss(&at).to_f64()));
            before = at;
        }
    }
    points
}

/// The points that are drawn, down to where the picture ends.
fn first_part(minimum: &Minimum, path: &Path<Rational>) -> Vec<(f64, f64)> {
    let points = profile(minimum, path);
    let inside = points.iter().take_while(|(_, loss)| *loss > LOWEST).count();
    let end = points.get(inside).zip(points.get(inside.wrapping_sub(1))).map(|(out, last)| {
        let share = (last.1 - LOWEST) / (last.1 - out.1);
        (last.0 + share * (out.0 - last.0), LOWEST)
    });
    points[..inside].iter().copied().chain(end).collect()
}

fn distance(from: &Parameters<Rational>, to: &Parameters<Rational>) -> f64 {
    let layers = from.layers().iter().zip(to.layers());
    let squares = layers.map(|(a, b)| {
        let [a, b] = [a, b].map(|layer| import_matrix(&Double, layer));
        (b - a).norm_squared()
    });
    squares.sum::<f64>().sqrt()
}

/// The loss where gradient descent in f64 comes to, from a point of the open set whose flow ends in the plateau.
fn flow(minimum: &Minimum) -> f64 {
    let [x, y] = [&minimum.problem.inputs, &minimum.targets].map(|data| import_matrix(&Double, data));
    let sigma: &Activation = &minimum.problem.activation;
    let slopes: Vec<f64> = sigma.slopes().iter().map(Rational::to_f64).collect();
    let (mut w, mut b, mut v, mut c) = ([0.02, -0.03], [1.05, 0.96], [1.03, 0.98], -0.97);
    let mut loss = 0.0;
    for _ in 0..20_000 {
        let (mut dw, mut db, mut dv, mut dc) = ([0.0; 2], [0.0; 2], [0.0; 2], 0.0);
        loss = 0.0;
        for i in 0..x.nrows() {
            let z = [0, 1].map(|j| w[j] * x[i] + b[j]);
            let slope = z.map(|z| slopes[usize::from(z > 0.0)]);
            let r: f64 = c + v[0] * slope[0] * z[0] + v[1] * slope[1] * z[1] - y[i];
            loss += r * r / 2.0;
            dc += r;
            for j in 0..2 {
                dv[j] += r * slope[j] * z[j];
                dw[j] += r * v[j] * slope[j] * x[i];
                db[j] += r * v[j] * slope[j];
            }
        }
        for j in 0..2 {
            (w[j], b[j], v[j]) = (w[j] - 0.01 * dw[j], b[j] - 0.01 * db[j], v[j] - 0.01 * dv[j]);
        }
        c -= 0.01 * dc;
    }
    loss
}

//! The statements of the thesis, chapter 5: decision regions. Every trial ends with the checker's word on a certificate.

use super::prove::{Float, Proof};
use super::statement::{Control, Entry, Outcome, Refusal, THESIS, about_objects, control, unproved, words};
use super::{Draw, Setup, Twist};
use crate::certificate::Object;
use crate::checker::{Domain, Finding, Unproved};
use crate::linalg::{Exact, Kernel};
use crate::network::{Activation, Parameters, Smooth, parse_data, parse_network};
use crate::region::class_path::{Unfound, Way, class_path, rows};
use crate::region::instances::{self, Example};
use crate::region::smooth_instances::Diagonal;
use crate::region::{Arrangement, Budget, Chart, ranks, rough_counts};
use crate::statement::object::prove;
use nalgebra::DMatrix;
use rug::Rational;

/// What is said of entries without a construction over floats.
const COUNTED: &str = "cells are counted in f64 too, in each trial";

/// How many instances are drawn until one shows something.
const DRAWS: usize = 200;

/// A statement of the thesis about objects, for which there are no kernels.
pub(super) const fn entry(
    card: (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str),
    trial: fn(&Setup) -> Outcome,
    controls: fn() -> Vec<Control>,
    kernels: &'static str,
) -> Entry {
    let (key, name, constructs, function, check, shows) = card;
    about_objects(THESIS, [key, name, constructs, function, check, shows], trial, controls, kernels)
}

/// Lemma 5.2.2.
pub const PREIMAGES: Entry = entry(
    (
        "thesis-5.2.2",
        "Lemma 5.2.2",
        "the components of V and of its preimage under x ↦ σ(xW + b), counted",
        "region::arrangement",
        "certificates of the claims census and disconnected-regions, for both",
        "as many components, proved",
    ),
    preimages,
    || vec![control("rank W = n", without_rank_5_2_2)],
    COUNTED,
);

/// Theorem 5.2.3.
pub const CONNECTED: Entry = entry(
    (
        "thesis-5.2.3",
        "Theorem 5.2.3",
        "left inverses modulo a prime; a path in the region between two inputs, by at most L moves",
        "region::ranks, region::class_path",
        "certificates of the claims connected-regions and class-path; with two inputs the components are counted besides",
        "every region connected, proved",
    ),
    connected,
    || {
        vec![
            control("pyramidal widths", |seed| {
                disconnected_although(instance(seed, "widths", |draw| {
                    let wide = non_pyramidal(draw);
                    instances::not_pyramidal(&wide, &draw.monotone_activation())
                })?)
            }),
            control("full rank", without_full_rank),
            control("σ(ℝ) = ℝ", |seed| {
                disconnected_although(instances::relu_pyramid(&Rational::from(1 + seed % 7)))
            }),
            control("σ monotone", without_monotone),
        ]
    },
    "the path in f64 is rounded and certified where floats do (tests/class_path.rs compares)",
);

/// Theorem 5.2.4.
pub const ONE_LAYER: Entry = entry(
    (
        "thesis-5.2.4",
        "Theorem 5.2.4",
        "left inverses modulo a prime, for any weakly monotone σ; a network of one neuron with a disconnected region for any other σ",
        "region::ranks",
        "certificates of the claims connected-regions and disconnected-regions; with two inputs the components are counted besides",
        "connected exactly if σ is monotone, proved",
    ),
    one_layer,
    || vec![control("full rank", without_full_rank), control("σ monotone", without_monotone)],
    COUNTED,
);

/// Section 5.3.1.
pub const NARROW: Entry = entry(
    (
        "thesis-5.3.1",
        "Section 5.3.1",
        "the region {x_1 + x_2 > 2 or x_1 + x_2 < −4} of widths 2-1-2-2, cell by cell",
        "region::arrangement",
        "a certificate of the claim disconnected-regions; every cell is on one side of the printed lines",
        "two components, proved",
    ),
    narrow,
    || vec![control("two components", |seed| one_component(instances::narrow_layer(), 0, seed))],
    COUNTED,
);

/// Section 5.3.2.
pub const LOW_RANK: Entry = entry(
    (
        "thesis-5.3.2",
        "Section 5.3.2",
        "rank W_1 = 1: as printed a tie on |x_1| ≤ 1, repaired {|x_1| > 1} against {|x_1| < 1}",
        "region::arrangement",
        "certificates of the claims census (no region of the second class as printed) and disconnected-regions (repaired)",
        "two components, proved; as printed the second class wins nowhere",
    ),
    low_rank,
    || vec![control("two components", |seed| one_component(instances::low_rank(&slope(seed)), 0, seed))],
    COUNTED,
);

/// Section 5.3.3.
pub const RELU: Entry = entry(
    (
        "thesis-5.3.3",
        "Section 5.3.3",
        "the printed region of the ReLU network with any c > 0 in the place of √2, cell by cell",
        "region::arrangement",
        "a certificate of the claim disconnected-regions; every cell is on one side of the printed lines",
        "two components, and the printed set, proved",
    ),
    relu,
    || vec![control("two components", |seed| one_component(instances::small_relu_pyramid(), 0, seed))],
    COUNTED,
);

/// Section 5.3.4.
pub const TIGHT: Entry = entry(
    (
        "thesis-5.3.4",
        "Section 5.3.4",
        "one hidden layer of d + 1 neurons, full rank, any strictly monotone σ that is onto and bends: a disconnected region",
        "region::instances",
        "a certificate of the claim disconnected-regions in the whole space",
        "d + 1 is enough, for every d, proved",
    ),
    tight,
    || {
        vec![control("a bend of σ", |seed| {
            let hidden = [1 + (seed % 5) as usize, 2 + (seed % 5) as usize];
            match instances::not_pyramidal(&hidden, &Activation::identity()) {
                None => Ok("an affine network has convex regions: there is no such instance".into()),
                Some(_) => Err("an affine σ gave a disconnected region".into()),
            }
        })]
    },
    COUNTED,
);

/// Section 5.3.5.
pub const MISTAKEN: Entry = entry(
    (
        "thesis-5.3.5",
        "Section 5.3.5",
        "a path between two digits through an image of another digit, changed by a few steps until the network mistakes it, of a \
         trained network 64-32-16-12-10",
        "region::class_path",
        "a certificate of the claim class-path, and one of connected-regions",
        "one class on the whole path, proved",
    ),
    mistaken,
    || {
        vec![control("one class", |seed| {
            let (network, activation, images) = carried_digits();
            // Samples 2 to 11 are the digits 0 to 9; the class is that of samples 0 and 1.
            let others: Vec<usize> = (2..12).filter(|&sample| sample != 3).collect();
            let stops = [0, others[seed as usize % others.len()], 1].map(|sample| images[sample].clone());
            match class_path(&network, &activation, &stops, Way::Shortest, &|_| ()) {
                Err(Unfound::OtherClass { stop: 1, win, first }) => {
                    Ok(format!("class {} wins at the second stop, class {} at the first", win.class, first.class))
                }
                Err(other) => Err(format!("refused for another reason: {other:?}")),
                Ok(_) => Err("a path through an image of another class".into()),
            }
        })]
    },
    "the path in f64 is rounded and certified (tests/class_path.rs compares)",
);

/// Beyond the thesis: Theorem 5.2.3 with "exactly if".
pub const PYRAMIDAL: Entry = entry(
    (
        "regions-pyramidal",
        "Pyramidal, exactly",
        "for strictly monotone σ that are onto and bend: all full-rank networks of given widths have connected regions exactly if the \
         widths are pyramidal",
        "region::ranks, region::instances",
        "certificates of the claims connected-regions and disconnected-regions",
        "both directions, proved",
    ),
    pyramidal,
    || {
        vec![control("a wider layer", |seed| {
            let draw = &mut Draw::new("regions-pyramidal-control", seed, Twist::Generic);
            match instances::not_pyramidal(&pyramidal_widths(draw), &draw.monotone_activation()) {
                None => Ok("pyramidal widths: every full-rank network has connected regions".into()),
                Some(_) => Err("pyramidal widths gave a disconnected region".into()),
            }
        })]
    },
    COUNTED,
);

/// Beyond the thesis: what it calls unclear after Theorem 5.2.4.
pub const NOT_ONTO: Entry = entry(
    (
        "regions-not-onto",
        "After Theorem 5.2.4: σ not onto",
        "for every monotone σ that is not onto (and not constant) a network 2-2-2-2 of full rank with a disconnected region",
        "region::instances",
        "a certificate of the claim disconnected-regions",
        "disconnected, proved",
    ),
    not_onto,
    || {
        vec![control("σ not onto", |seed| {
            let activation = Draw::new("regions-not-onto-control", seed, Twist::Generic).monotone_activation();
            match instances::not_onto(&activation) {
                None => Ok("σ is onto: Theorem 5.2.3 applies".into()),
                Some(_) => Err(format!("{activation} is onto, and gave a disconnected region")),
            }
        })]
    },
    COUNTED,
);

/// The same for smooth σ.
pub const NOT_ONTO_SMOOTH: Entry = entry(
    (
        "regions-not-onto-smooth",
        "After Theorem 5.2.4: sigmoid, tanh, softplus, ELU",
        "the question that is left open there, answered for them: a network 2-2-2-2 of full rank with a disconnected region",
        "region::smooth_instances",
        "a certificate of the claim disconnected-regions: the diagonal parts two points where the class wins, by enclosures",
        "disconnected, proved",
    ),
    not_onto_smooth,
    || {
        vec![
            control("2σ(t_0) ≤ c", |seed| {
                refuse_diagonal(seed, |it| it.shift += 100, |why| *why == Unproved::DiagonalWins)
            }),
            control("u large", |seed| {
                let near = |it: &mut Diagonal| it.reach >>= 60;
                refuse_diagonal(seed, near, |why| *why == Unproved::CornerLoses)
            }),
            control("S > 0", |seed| {
                refuse_diagonal(seed, |it| it.scale = Rational::new(), |why| *why == Unproved::DiagonalSigns)
            }),
        ]
    },
    COUNTED,
);

fn drawn_diagonal(draw: &mut Draw) -> Diagonal {
    let number = Rational::from((draw.count(1..=40) as u32, draw.count(1..=4) as u32));
    Diagonal::new(match draw.count(0..=3) {
        0 => Smooth::Sigmoid,
        1 => Smooth::Tanh,
        2 => Smooth::Softplus { gamma: number },
        _ => Smooth::Elu { alpha: number },
    })
}

fn not_onto_smooth(setup: &Setup) -> Outcome {
    let instance = drawn_diagonal(&mut Draw::new("regions-not-onto-smooth", setup.seed, setup.twist));
    match prove(instance.object()).map_err(words)? {
        Finding::DisconnectedRegions { components: 2, class: 0, domain: Domain::Space, .. } => {}
        other => return Err(format!("another claim: {other}")),
    }
    let u = instance.reach.to_f64();
    let wins = [[u, -u], [-u, u]].iter().all(|x| instance.margin_in_double(*x) > 0.0);
    let on = (-100..=100).map(|i| u * f64::from(i) / 25.0);
    let loses = on.map(|x| instance.margin_in_double([x, x])).all(|margin| margin <= 1e-12);
    let stray = if wins && loses { 0.0 } else { 1.0 };
    let floats = vec![Float { kernel: "double".into(), stray: Some(stray) }];
    Ok(Proof { moves: 2, floats, ..Proof::default() })
}

fn refuse_diagonal(seed: u64, forge: fn(&mut Diagonal), expected: fn(&Unproved) -> bool) -> Refusal {
    let mut forged = drawn_diagonal(&mut Draw::new("diagonal-control", seed, Twist::Generic));
    forge(&mut forged);
    unproved(prove(forged.object()), expected)
}

/// α of a leaky ReLU.
fn slope(seed: u64) -> Rational {
    Rational::from((1 + seed % 9, 10u32))
}

/// An instance of a family that has one for every draw.
fn instance(seed: u64, purpose: &str, of: fn(&mut Draw) -> Option<Example>) -> Result<Example, String> {
    of(&mut Draw::new(purpose, seed, Twist::Generic)).ok_or_else(|| "there is no instance".into())
}

/// A σ that is neither rising nor falling.
fn turning(draw: &mut Draw) -> Activation {
    loop {
        let found = draw.activation();
        if found.slopes().iter().any(|slope| *slope > 0) && found.slopes().iter().any(|slope| *slope < 0) {
            return found;
        }
    }
}

/// d, n_1, …, n_(L−1), none larger than the one before.
fn pyramidal_widths(draw: &mut Draw) -> Vec<usize> {
    let mut widths = vec![draw.count(1..=5)];
    for _ in 0..draw.count(1..=3) {
        let last = widths[widths.len() - 1];
        widths.push(draw.count(1..=last));
    }
    widths
}

/// The same with a wider layer.
fn non_pyramidal(draw: &mut Draw) -> Vec<usize> {
    let mut widths: Vec<usize> = (0..draw.count(2..=4)).map(|_| draw.count(1..=4)).collect();
    if widths.windows(2).all(|pair| pair[0] >= pair[1]) {
        let last = widths.len() - 1;
        widths[last] = widths[last - 1] + 1;
    }
    widths
}

/// A network of random quarters whose hidden weights have full column rank.
fn full_rank(draw: &mut Draw, hidden: &[usize], outputs: usize) -> Parameters<Rational> {
    let widths = [hidden, &[outputs]].concat();
    loop {
        let layers = widths.windows(2).map(|pair| draw.matrix(pair[0] + 1, pair[1])).collect();
        let network = Parameters::new(layers).expect("layers that fit");
        if (1..network.depth()).all(|k| Exact.rank(&network.weight(k).into_owned()) == hidden[k]) {
            return network;
        }
    }
}

/// The regions in the whole space.
fn arrange(network: &Parameters<Rational>, activation: &Activation) -> Result<Arrangement, String> {
    let chart = Chart::of_space(network).ok_or("more than two directions")?;
    Arrangement::new(network, activation, &chart, &Budget::default()).map_err(words)
}

/// The components of every class, all proved: no more by a census, no fewer by boundaries.
fn proved_counts(arrangement: &Arrangement) -> Result<Vec<usize>, String> {
    prove(arrangement.census()).map_err(words)?;
    let counts = arrangement.component_counts();
    for (class, _) in counts.iter().enumerate().filter(|(_, count)| **count > 1) {
        prove(arrangement.boundaries(class).map_err(words)?).map_err(words)?;
    }
    Ok(counts)
}

/// A network and its σ.
type Whose<'a> = (&'a Parameters<Rational>, &'a Activation);

/// What f64 makes of the same cells: in how many classes it counts other components.
fn floats((network, activation): Whose, arrangement: &Arrangement, counts: &[usize]) -> Vec<Float> {
    let found = rough_counts(network, activation, arrangement.chart(), &Budget::default());
    let wrong = |found: Vec<usize>| found.iter().zip(counts).filter(|(a, b)| a != b).count() as f64;
    vec![Float { kernel: "double".into(), stray: found.ok().map(wrong) }]
}

/// The proof of a trial on an arrangement.
fn counted(whose: Whose, arrangement: &Arrangement, counts: &[usize]) -> Proof {
    let bits = arrangement.statistics().bits.into();
    Proof { moves: counts.iter().sum(), bits, floats: floats(whose, arrangement, counts), ..Proof::default() }
}

/// Every class of every region at most once.
fn at_most_one(network: &Parameters<Rational>, activation: &Activation) -> Outcome {
    let arrangement = arrange(network, activation)?;
    let counts = proved_counts(&arrangement)?;
    match counts.iter().find(|&&count| count > 1) {
        Some(count) => Err(format!("a region has {count} components")),
        None => Ok(counted((network, activation), &arrangement, &counts)),
    }
}

/// The claim connected-regions, proved.
fn proved_connected(network: &Parameters<Rational>, activation: &Activation) -> Result<(), String> {
    prove(ranks(network, activation).map_err(words)?).map(|_| ()).map_err(words)
}

/// The region of class 0 has several components, proved; how many.
fn proved_disconnected(example: &Example) -> Result<Proof, String> {
    let arrangement = arrange(&example.network, &example.activation)?;
    match prove(arrangement.boundaries(0).map_err(words)?).map_err(words)? {
        Finding::DisconnectedRegions { components, domain: Domain::Space, .. } if components > 1 => {
            let counts = arrangement.component_counts();
            Ok(Proof { moves: components, ..counted((&example.network, &example.activation), &arrangement, &counts) })
        }
        other => Err(format!("proved something else: {other}")),
    }
}

/// A network without one of the hypotheses: it is refused by name, and its region of class 0 is disconnected.
fn disconnected_although(example: Example) -> Refusal {
    match ranks(&example.network, &example.activation) {
        Ok(_) => Err("the hypotheses passed for met".into()),
        Err(reason) => {
            let proof = proved_disconnected(&example)?;
            Ok(format!("{reason}; the region of class 0 has {} components", proof.moves))
        }
    }
}

/// W_1 of rank 1.
fn without_full_rank(seed: u64) -> Refusal {
    disconnected_although(instances::low_rank(&slope(seed)))
}

/// A σ that rises and falls.
fn without_monotone(seed: u64) -> Refusal {
    disconnected_although(instance(seed, "monotone", |draw| instances::not_monotone(&turning(draw)))?)
}

/// A certificate that counts one component twice has to be refused.
fn one_component(example: Example, class: usize, seed: u64) -> Refusal {
    let arrangement = arrange(&example.network, &example.activation)?;
    let Object::Boundaries(mut forged) = arrangement.boundaries(class).map_err(words)? else {
        return Err("no boundaries".into());
    };
    let last = forged.points.num.len() - 1;
    forged.points.num[last] = forged.points.num[(seed as usize) % last.max(1)].clone();
    unproved(prove(Object::Boundaries(forged)), |reason| matches!(reason, Unproved::SameSide { .. }))
}

/// V is a region of an upper network; its preimage under the first layer is that of the whole network.
fn preimages(setup: &Setup) -> Outcome {
    let draw = &mut Draw::new("thesis-5.2.2", setup.seed, setup.twist);
    for _ in 0..DRAWS {
        let (n, activation) = (draw.count(1..=2), draw.monotone_activation());
        let m = n + draw.count(0..=3);
        let network = full_rank(draw, &[m, n], 1);
        let width = draw.count(2..=4);
        let upper = vec![draw.matrix(n + 1, width), draw.matrix(width + 1, 3)];
        let whole = [vec![(**network.layer(1)).clone()], upper.clone()].concat();
        let [upper, whole] = [upper, whole].map(|layers| Parameters::new(layers).expect("layers that fit"));
        let (below, above) = (arrange(&whole, &activation)?, arrange(&upper, &activation)?);
        let counts = [proved_counts(&below)?, proved_counts(&above)?];
        if counts[0] != counts[1] {
            return Err(format!("V has {:?} components, its preimage {:?}", counts[1], counts[0]));
        }
        if counts[0].iter().sum::<usize>() > 1 {
            return Ok(counted((&whole, &activation), &below, &counts[0]));
        }
    }
    Err("one class wins everywhere, on every instance".into())
}

/// W of rank 1 < n = 2: V is connected, its preimage is not.
fn without_rank_5_2_2(seed: u64) -> Refusal {
    let example = instances::low_rank(&slope(seed));
    let upper = Parameters::new(vec![(**example.network.layer(2)).clone()]).expect("one layer");
    match arrange(&upper, &example.activation)?.component_counts()[0] {
        1 => disconnected_although(example),
        other => Err(format!("V has {other} components")),
    }
}

/// Pyramidal networks of full rank: the certificate, a path between two inputs, and the components where they can be counted.
fn connected(setup: &Setup) -> Outcome {
    let draw = &mut Draw::new("thesis-5.2.3", setup.seed, setup.twist);
    for _ in 0..DRAWS {
        let (hidden, activation) = (pyramidal_widths(draw), draw.monotone_activation());
        let network = full_rank(draw, &hidden, 3);
        let stops = draw.matrix(2, hidden[0]).map(|entry| entry * 4u32);
        // Two inputs of different classes, or a tie: others.
        let Ok(path) = class_path(&network, &activation, &rows(&stops), Way::Exact, &|_| ()) else { continue };
        proved_connected(&network, &activation)?;
        prove(path.object(&network, &activation)).map_err(words)?;
        let moves: usize = path.legs.iter().map(|leg| leg.moves).sum();
        if moves > network.depth() {
            return Err(format!("{moves} moves for {} layers", network.depth()));
        }
        let counted = match hidden[0] {
            1 | 2 => at_most_one(&network, &activation)?,
            _ => Proof::default(),
        };
        let bits = longest(&path.stops());
        return Ok(Proof { moves, bits, ..counted });
    }
    Err("no two inputs of one class, on any instance".into())
}

fn longest(matrix: &DMatrix<Rational>) -> u64 {
    let bits = |entry: &Rational| entry.numer().significant_bits().max(entry.denom().significant_bits());
    matrix.iter().map(bits).max().unwrap_or(0).into()
}

/// One hidden layer: a weakly monotone σ, and one that is not.
fn one_layer(setup: &Setup) -> Outcome {
    let draw = &mut Draw::new("thesis-5.2.4", setup.seed, setup.twist);
    let (d, activation) = (draw.count(1..=2), draw.weakly_monotone_activation());
    let width = draw.count(1..=d);
    let network = full_rank(draw, &[d, width], 4);
    proved_connected(&network, &activation)?;
    let proof = at_most_one(&network, &activation)?;
    let turning = turning(draw);
    let parted = instances::not_monotone(&turning).ok_or_else(|| format!("no instance for {turning}"))?;
    let more = proved_disconnected(&parted)?;
    Ok(Proof { moves: proof.moves + more.moves, ..proof })
}

/// The carried network, its σ and its images: two of one class, one of each digit, one that is mistaken for that class.
fn carried_digits() -> (Parameters<Rational>, Activation, Vec<Vec<Rational>>) {
    let network = parse_network(include_bytes!("../../tests/data/class-path/digits.safetensors"), "digits");
    let data = parse_data(include_bytes!("../../tests/data/class-path/digits.npz"), "digits").expect("carried images");
    let activation = Activation::leaky_relu(Rational::from((1, 20)));
    (network.expect("carried network"), activation, rows(&data.inputs.exact()))
}

fn mistaken(setup: &Setup) -> Outcome {
    let (network, activation, images) = carried_digits();
    let draw = &mut Draw::new("thesis-5.3.5", setup.seed, setup.twist);
    let ends = [[0, 1], [1, 0], [0, 3], [3, 1], [1, 3], [3, 0]][draw.count(0..=5)];
    let way = [Way::Shortest, Way::Theorem][draw.count(0..=1)];
    let stops = [ends[0], images.len() - 1, ends[1]].map(|sample| images[sample].clone());
    let path = class_path(&network, &activation, &stops, way, &|_| ()).map_err(|why| format!("{why:?}"))?;
    proved_connected(&network, &activation)?;
    prove(path.object(&network, &activation)).map_err(words)?;
    Ok(Proof { moves: path.vertices.len() - 1, bits: longest(&path.stops()), ..Proof::default() })
}

/// Whether a linear form is at least 0 at all vertices of a cell.
fn on_side(arrangement: &Arrangement, cell: usize, form: [i32; 3]) -> bool {
    arrangement.polygon(cell).iter().all(|&vertex| {
        let value: rug::Integer =
            arrangement.vertex(vertex).iter().zip(form).map(|(at, c)| rug::Integer::from(at * c)).sum();
        value >= 0
    })
}

/// Every cell of class 0 is in a set {all forms ≥ 0}, every other cell outside of each: one of its forms is ≤ 0.
fn is_printed(arrangement: &Arrangement, sets: &[&[[i32; 3]]]) -> bool {
    (0..arrangement.cell_count()).all(|cell| match arrangement.class(cell) {
        0 => sets.iter().any(|set| set.iter().all(|&form| on_side(arrangement, cell, form))),
        _ => sets.iter().all(|set| set.iter().any(|form| on_side(arrangement, cell, form.map(|c| -c)))),
    })
}

fn narrow(_: &Setup) -> Outcome {
    let example = instances::narrow_layer();
    let arrangement = arrange(&example.network, &example.activation)?;
    // x_1 + x_2 ≥ 2, or x_1 + x_2 ≤ −4.
    printed(&arrangement, &[&[[1, 1, -2]], &[[-1, -1, -4]]])?;
    proved_disconnected(&example)
}

fn printed(arrangement: &Arrangement, sets: &[&[[i32; 3]]]) -> Result<(), String> {
    if is_printed(arrangement, sets) { Ok(()) } else { Err("another set than the printed one".into()) }
}

fn low_rank(setup: &Setup) -> Outcome {
    let alpha = Draw::new("thesis-5.3.2", setup.seed, setup.twist).count(1..=99);
    let alpha = Rational::from((alpha as u32, 100u32));
    let as_printed = instances::low_rank_as_printed(&alpha);
    let arrangement = arrange(&as_printed.network, &as_printed.activation)?;
    let counts = proved_counts(&arrangement)?;
    if counts != [2, 0] || arrangement.ties().is_empty() {
        return Err(format!("as printed {counts:?} components, {} cells of a tie", arrangement.ties().len()));
    }
    let repaired = instances::low_rank(&alpha);
    let counts = arrange(&repaired.network, &repaired.activation)?.component_counts();
    if counts == [2, 1] { proved_disconnected(&repaired) } else { Err(format!("repaired {counts:?} components")) }
}

fn relu(setup: &Setup) -> Outcome {
    let c = Draw::new("thesis-5.3.3", setup.seed, setup.twist).count(1..=400);
    let example = instances::relu_pyramid(&Rational::from((c as u32, 100u32)));
    let arrangement = arrange(&example.network, &example.activation)?;
    printed(&arrangement, &[&[[-1, 0, 1], [0, -1, 1], [-1, -1, 1]], &[[0, 1, -4], [-2, 1, -4]]])?;
    proved_disconnected(&example)
}

fn tight(setup: &Setup) -> Outcome {
    let draw = &mut Draw::new("thesis-5.3.4", setup.seed, setup.twist);
    let (d, activation) = (draw.count(1..=12), draw.monotone_activation());
    let example = instances::not_pyramidal(&[d, d + 1], &activation).ok_or("there is no instance")?;
    proved_disconnected(&example)
}

fn pyramidal(setup: &Setup) -> Outcome {
    let draw = &mut Draw::new("regions-pyramidal", setup.seed, setup.twist);
    let activation = draw.monotone_activation();
    let hidden = pyramidal_widths(draw);
    proved_connected(&full_rank(draw, &hidden, 2), &activation)?;
    let wide = non_pyramidal(draw);
    let example = instances::not_pyramidal(&wide, &activation).ok_or_else(|| format!("no instance for {wide:?}"))?;
    for k in 1..wide.len() {
        let rank = Exact.rank(&example.network.weight(k).into_owned());
        if rank != wide[k].min(wide[k - 1]) {
            return Err(format!("layer {k} of the instance has rank {rank}"));
        }
    }
    proved_disconnected(&example)
}

fn not_onto(setup: &Setup) -> Outcome {
    let draw = &mut Draw::new("regions-not-onto", setup.seed, setup.twist);
    let activation = draw.bounded_activation();
    let example = instances::not_onto(&activation).ok_or_else(|| format!("no instance for {activation}"))?;
    proved_disconnected(&example)
}

//! Decision regions on a line or a plane: chapter 5 of the thesis.

use crate::support::{plane, snapshot};
use nalgebra::DMatrix;
use plane::{activation, assert_sound, in_space, matrix, network};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rug::{Integer, Rational};
use sublevel::certificate::Object;
use sublevel::checker::Domain;
use sublevel::network::{Activation, Parameters};
use sublevel::region::{Arrangement, Budget, Chart, ChartError, instances, rough_counts};

/// Name, layers, σ, components by class, cells, cells where outputs tie, cells after each hidden layer.
type Case = (
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static str,
    &'static [usize],
    usize,
    usize,
    &'static [usize],
);

/// The networks of sections 5.2 and 5.3, and two drawn at random; counts by a program that shares no code.
const CASES: &[Case] = &[
    ("5.3.1", &[("1; 1", "0"), ("1 -1", "0 0"), ("2 1; 3 2", "0 1")], "leaky-relu=1/2", &[2, 1], 12, 0, &[6, 6]),
    ("5.3.2 as printed", &[("1 -1; 0 0", "-1 -1"), ("1 0; 1 0", "0 -1/5")], "leaky-relu=1/10", &[2, 0], 8, 4, &[8]),
    ("5.3.2 repaired", &[("1 -1; 0 0", "0 0"), ("1 0; 1 0", "0 9/10")], "leaky-relu=1/10", &[2, 1], 8, 0, &[4]),
    (
        "5.3.3 with c = 1",
        &[("1 0; 0 1", "0 0"), ("1 -1; 1 1", "0 -3"), ("-1 0; 0 -3", "1 0")],
        "relu",
        &[2, 1],
        11,
        0,
        &[4, 6],
    ),
    (
        "5.3.3 with c = 7/5",
        &[("1 0; 0 1", "0 0"), ("1 -1; 1 1", "2/5 -3"), ("-1 0; 0 -3", "7/5 0")],
        "relu",
        &[2, 1],
        11,
        0,
        &[4, 6],
    ),
    ("smaller", &[("1 0; 0 1", "0 0"), ("-2 1; 1 -2", "0 0"), ("1 0; 1 0", "0 1")], "relu", &[2, 1], 10, 0, &[4, 6]),
    (
        "hard-tanh",
        &[("1 0; 0 1", "0 0"), ("-6 3; 3 -6", "-4 -4"), ("1 0; 1 0", "0 -1")],
        "hard-tanh",
        &[2, 1],
        36,
        0,
        &[16, 28],
    ),
    ("5.3.4", &[("1 -1 0; 0 0 1", "0 0 0"), ("1 0; 1 0; 0 0", "0 1")], "leaky-relu=1/10", &[2, 1], 8, 0, &[4]),
    ("|x| and |y|", &[("1 -1 0 0; 0 0 1 -1", "0 0 0 0"), ("1 0; 1 0; 0 1; 0 1", "0 0")], "relu", &[2, 2], 8, 0, &[4]),
    (
        "random 2-5-4-3",
        &[
            ("-3 -3 5 0 3; 2 0 5 -3 2", "-4 -9 8 -6 -2"),
            ("4 -1 1 4; -1 2 0 5; 2 1 5 -4; 4 -5 -4 5; 5 3 -4 3", "7 8 -8 -5"),
            ("-2 3 -5; -5 -4 1; 1 2 4; -5 4 2", "3 -8 -4"),
        ],
        "leaky-relu=1/3",
        &[1, 1, 1],
        108,
        0,
        &[27, 75],
    ),
    (
        "random 2-6-4",
        &[
            ("-1 1 -5 -4 -5 3; 3 5 0 2 -4 4", "5 9 -6 9 6 -6"),
            ("-2 1 3 1; 5 -3 1 1; -3 -4 4 -5; -1 0 -1 5; 4 4 3 -2; 3 0 -4 -4", "-1 5 2 1"),
        ],
        "hard-tanh",
        &[3, 3, 1, 1],
        139,
        1,
        &[94],
    ),
];

#[test]
fn the_networks_of_the_thesis_have_their_components() {
    for (name, layers, sigma, counts, cells, ties, by_layer) in CASES {
        let found = in_space(&network(layers), &activation(sigma));
        assert_eq!(found.component_counts(), *counts, "{name}");
        assert_eq!((found.cell_count(), found.ties().len()), (*cells, *ties), "{name}");
        assert_eq!(found.statistics().cells, *by_layer, "{name}");
        assert_sound(&found, Domain::Space);
    }
}

/// Class 1 iff |x_1| + ε > |x_2|: which axis goes through depends on the sign of ε, however small.
fn crossing(epsilon: &Rational, shift: u32) -> (Parameters<Rational>, Activation) {
    let last = format!("1 0; 1 0; 0 1; 0 1; {} {shift}", Rational::from(epsilon + shift));
    let first = matrix("1 -1 0 0; 0 0 1 -1; 0 0 0 0");
    (Parameters::new(vec![first, matrix(&last)]).unwrap(), Activation::relu())
}

#[test]
fn a_sixtieth_power_decides() {
    let epsilon = Rational::from((Integer::from(1), Integer::from(1) << 60));
    for (epsilon, counts) in [(epsilon.clone(), [1, 2]), (Rational::new(), [2, 2]), (-epsilon, [2, 1])] {
        let (network, relu) = crossing(&epsilon, 0);
        let found = in_space(&network, &relu);
        assert_eq!(found.component_counts(), counts);
        assert_sound(&found, Domain::Space);
        // Doubles lose ε beside 1, and call the three alike.
        let (network, relu) = crossing(&epsilon, 1);
        assert_eq!(in_space(&network, &relu).component_counts(), counts);
        let chart = Chart::of_space(&network).unwrap();
        assert_eq!(rough_counts(&network, &relu, &chart, &Budget::default()), Ok(vec![2, 2]));
    }
}

#[test]
fn doubles_agree_where_nothing_is_close() {
    for (name, layers, sigma, counts, ..) in CASES.iter().filter(|case| case.5 == 0) {
        let network = network(layers);
        let chart = Chart::of_space(&network).unwrap();
        let rough = rough_counts(&network, &activation(sigma), &chart, &Budget::default()).unwrap();
        assert_eq!(rough, *counts, "{name}");
    }
}

/// −1/5 and 1/10 are no doubles: where two outputs are equal, doubles see one of them win.
#[test]
fn doubles_see_a_winner_where_there_is_a_tie() {
    let (_, layers, sigma, counts, ..) = CASES[1];
    let (network, sigma) = (network(layers), activation(sigma));
    let chart = Chart::of_space(&network).unwrap();
    assert_eq!(counts, [2, 0]);
    assert_eq!(rough_counts(&network, &sigma, &chart, &Budget::default()), Ok(vec![2, 2]));
}

/// What 5.3.1 (with "or") and 5.3.3 print: class 0 wins exactly on a union of convex sets.
#[test]
fn printed_regions_are_the_computed_ones() {
    let forms = |lists: &[&str]| -> Vec<DMatrix<Rational>> { lists.iter().map(|text| matrix(text)).collect() };
    let triangle = ["-1 0 1; 0 -1 1; -1 -1 1", "0 1 -4; -2 1 -4"];
    for (case, pieces) in [(0, ["1 1 -2", "-1 -1 -4"]), (3, triangle), (4, triangle)] {
        let (name, layers, sigma, ..) = CASES[case];
        let found = in_space(&network(layers), &activation(sigma));
        let pieces = forms(&pieces);
        for cell in 0..found.cell_count() {
            let corner = |&vertex: &u32| found.vertex(vertex).each_ref().map(Rational::from);
            let corners: Vec<[Rational; 3]> = found.polygon(cell).iter().map(corner).collect();
            let value = |form: &[Rational; 3], corner: &[Rational; 3]| -> Rational {
                form.iter().zip(corner).map(|(a, x)| Rational::from(a * x)).sum()
            };
            let row = |piece: &DMatrix<Rational>, i: usize| [0, 1, 2].map(|j| piece[(i, j)].clone());
            let inside = |piece: &DMatrix<Rational>| {
                (0..piece.nrows()).all(|i| corners.iter().all(|corner| value(&row(piece, i), corner) >= 0))
            };
            let outside = |piece: &DMatrix<Rational>| {
                (0..piece.nrows()).any(|i| corners.iter().all(|corner| value(&row(piece, i), corner) <= 0))
            };
            let printed = if found.class(cell) == 0 { pieces.iter().any(inside) } else { pieces.iter().all(outside) };
            assert!(printed, "{name}, cell {cell}");
        }
    }
}

#[test]
fn areas_and_inner_points() {
    // Class 0 iff |x| + |y| ≤ 1.
    let diamond = network(&[("1 -1 0 0; 0 0 1 -1", "0 0 0 0"), ("-1 0; -1 0; -1 0; -1 0", "1 0")]);
    let found = in_space(&diamond, &Activation::relu());
    let inside = found.components_of(0).next().unwrap();
    assert_eq!((inside.bounded, found.measure(inside)), (true, Some(Rational::from(2))));
    let outside = found.components_of(1).next().unwrap();
    assert_eq!((outside.bounded, found.measure(outside)), (false, None));
    assert_sound(&found, Domain::Space);
    // Class 0 iff 2 < |x| < 7 on the line.
    let shells = network(&[("1 -1", "0 0"), ("1 1; 1 1", "-2 -7"), ("1 0; -2 0", "0 1/2")]);
    let found = in_space(&shells, &Activation::relu());
    assert_eq!(found.component_counts(), [2, 3]);
    let measures: Vec<Option<Rational>> = found.components().iter().map(|c| found.measure(c)).collect();
    // 1/2 < |x| − 2 and |x| − 2 − 2 (|x| − 7) > 1/2: from 5/2 to 23/2.
    assert_eq!(measures[..2], [Some(9.into()), Some(9.into())]);
    assert_eq!(measures.iter().flatten().filter(|length| **length == 5).count(), 1);
    assert_sound(&found, Domain::Space);
    for component in found.components() {
        let [x] = &found.inner_point(component)[..] else { panic!("one coordinate") };
        let x = Rational::from(x.abs_ref());
        let within = x > Rational::from((5, 2)) && x < Rational::from((23, 2));
        assert_eq!(within, component.class == 0);
    }
}

#[test]
fn a_first_layer_of_rank_two_shows_the_whole_space() {
    let (_, layers, sigma, counts, ..) = CASES[5];
    let wide = [("2 0; 0 3; 2 3; 4 -3", layers[0].1), layers[1], layers[2]];
    let wide = network(&wide);
    let found = in_space(&wide, &activation(sigma));
    assert!(found.chart().is_whole_space() && !found.chart().is_identity());
    assert_eq!(found.component_counts(), counts);
    assert_sound(&found, Domain::Space);
    // A dead neuron may see more.
    let dead = network(&[("1 -1 0; 1 -1 5; 0 0 7", "0 0 0"), ("1 0; 1 0; 0 0", "0 1")]);
    let found = in_space(&dead, &Activation::relu());
    assert_eq!((found.chart().dimension(), found.component_counts()), (1, vec![2, 1]));
    assert_sound(&found, Domain::Space);
    let live = network(&[("1 -1 0; 1 -1 5; 0 1 7", "0 0 0"), ("1 0; 1 0; 1 0", "0 1")]);
    assert_eq!(Chart::of_space(&live), None);
    // Nothing is seen at all.
    let blind = network(&[("0 0; 0 0; 0 0", "1 2"), ("1 0; 1 0", "0 1")]);
    let found = in_space(&blind, &Activation::relu());
    assert_eq!(found.component_counts(), [1, 0]);
    assert_sound(&found, Domain::Space);
}

#[test]
fn slices_through_inputs() {
    let net = network(&[("1 -1 2 0; 0 2 1 -1; 3 1 0 1", "0 1 -1 2"), ("1 0 -1; 1 -2 0; 0 1 2; -3 1 1", "1 0 -1")]);
    for (inputs, domain) in [("0 0 0; 1 2 3; -1 1 1/3", Domain::Plane), ("1 1 0; 1 2 3", Domain::Line)] {
        let chart = Chart::through(&matrix(inputs)).unwrap();
        assert!(!chart.is_whole_space());
        let found = Arrangement::new(&net, &activation("leaky-relu=1/7"), &chart, &Budget::default()).unwrap();
        assert_sound(&found, domain);
        for component in found.components() {
            let input = chart.input(&found.inner_point(component));
            assert_eq!(winner(&net, &activation("leaky-relu=1/7"), &input), Some(component.class));
        }
    }
    let dependent = Chart::through(&matrix("0 0 0; 1 2 3; 2 4 6"));
    assert_eq!(dependent, Err(ChartError::Dependent { directions: 2, rank: 1 }));
    assert_eq!(Chart::through(&matrix("0 0 0")), Err(ChartError::Directions { found: 0 }));
    let short = Chart::new(matrix("0 0"), matrix("1 2 3"));
    assert_eq!(short, Err(ChartError::Length { origin: 2, directions: 3 }));
}

/// The class that wins at an input.
fn winner(network: &Parameters<Rational>, activation: &Activation, input: &[Rational]) -> Option<usize> {
    let mut features = input.to_vec();
    for k in 1..=network.depth() {
        let (weight, bias) = (network.weight(k), network.bias(k));
        let output = |column: usize| {
            let terms = features.iter().enumerate().map(|(row, x)| Rational::from(x * &weight[(row, column)]));
            terms.sum::<Rational>() + &bias[(0, column)]
        };
        let pre: Vec<Rational> = (0..weight.ncols()).map(output).collect();
        features = if k == network.depth() { pre } else { pre.iter().map(|x| activation.evaluate(x)).collect() };
    }
    let best = (0..features.len()).max_by_key(|&class| &features[class])?;
    (features.iter().filter(|value| **value == features[best]).count() == 1).then_some(best)
}

/// A matrix, row by row.
fn in_rows(matrix: &DMatrix<Rational>) -> String {
    let row = |row: nalgebra::RowDVector<Rational>| row.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    matrix.row_iter().map(|view| row(view.into_owned())).collect::<Vec<_>>().join("; ")
}

/// A few lines of a network that change when its construction does.
fn outline(name: &str, network: &Parameters<Rational>, sigma: &Activation) -> String {
    let arrangement = in_space(network, sigma);
    let layers: Vec<String> = network.layers().iter().map(|layer| in_rows(layer)).collect();
    let Object::Boundaries(boundaries) = arrangement.boundaries(0).unwrap() else { panic!("boundaries") };
    let sizes: Vec<usize> = boundaries.curves.iter().map(|curve| curve.edges.len().max(curve.vertices.rows)).collect();
    format!(
        "# {name}\nlayers {}\ncomponents {:?}, {} cells, {} of ties, corners {:?}\npoints {:?}, curves of {sizes:?}\n",
        layers.join(" | "),
        arrangement.component_counts(),
        arrangement.cell_count(),
        arrangement.ties().len(),
        arrangement.statistics().sides,
        boundaries.points.num,
    )
}

#[test]
fn the_constructions_are_the_snapshot() {
    let of = |example: instances::Example| (example.network, example.activation);
    let leaky: Activation = "leaky-relu=1/10".parse().unwrap();
    let bent: Activation = "pl:breakpoints=-1,2;slopes=-1,-3,-1/2;value=4".parse().unwrap();
    let tent: Activation = "pl:breakpoints=0,1,3;slopes=1,-1,0,2;value=0".parse().unwrap();
    let tenth = Rational::from((1, 10));
    let networks = [
        ("section 5.3.1", of(instances::narrow_layer())),
        ("section 5.3.2 as printed", of(instances::low_rank_as_printed(&tenth))),
        ("section 5.3.2 repaired", of(instances::low_rank(&tenth))),
        ("section 5.3.3, c = 7/5", of(instances::relu_pyramid(&Rational::from((7, 5))))),
        ("a smaller ReLU pyramid", of(instances::small_relu_pyramid())),
        ("|x_1| against |x_2|", of(instances::crossing(&Rational::new()))),
        ("not pyramidal: 2-3", of(instances::not_pyramidal(&[2, 3], &leaky).unwrap())),
        ("not pyramidal: 3-2-3-1", of(instances::not_pyramidal(&[3, 2, 3, 1], &bent).unwrap())),
        ("not onto: ReLU", of(instances::not_onto(&Activation::relu()).unwrap())),
        ("not onto: hard-tanh", of(instances::not_onto(&Activation::hard_tanh()).unwrap())),
        ("not monotone", of(instances::not_monotone(&tent).unwrap())),
    ];
    let outlines: Vec<String> = networks.iter().map(|(name, (network, sigma))| outline(name, network, sigma)).collect();
    snapshot::assert_snapshot("regions", &outlines.join("\n"));
}

/// Section 5.3.4: 2-3-2 networks of small integers with three directions, leaky ReLU of slope 1/10, drawn by a fixed seed. Some
/// have a disconnected region, and each of these is proved.
#[test]
fn small_networks_of_three_neurons_have_disconnected_regions() {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let sigma = activation("leaky-relu=1/10");
    let (mut drawn, mut disconnected) = (0, 0);
    while drawn < 1000 {
        let mut entry = || random.random_range(-3..=3i64);
        let first = DMatrix::from_fn(3, 3, |_, _| entry());
        let weights = [(); 3].map(|()| entry());
        let threshold = entry();
        let dependent = |i: usize, j: usize| first[(0, i)] * first[(1, j)] == first[(0, j)] * first[(1, i)];
        if weights.contains(&0) || dependent(0, 1) || dependent(0, 2) || dependent(1, 2) {
            continue;
        }
        drawn += 1;
        let last = DMatrix::from_fn(4, 2, |row, column| match (row, column) {
            (3, 1) => threshold,
            (3, _) | (_, 1) => 0,
            (row, _) => weights[row],
        });
        let network = Parameters::new([first, last].map(|layer| layer.map(Rational::from)).to_vec()).unwrap();
        let found = in_space(&network, &sigma);
        if found.component_counts().iter().any(|&count| count > 1) {
            disconnected += 1;
            assert_sound(&found, Domain::Space);
        }
    }
    assert_eq!(disconnected, 63);
}

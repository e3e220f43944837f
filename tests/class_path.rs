//! Paths of inputs (thesis, Theorem 5.2.3): random pyramids whose straight line is lost, each hypothesis dropped in turn, and
//! the same path in floats.

use nalgebra::DMatrix;
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rug::Rational;
use sublevel::checker::Finding;
use sublevel::example::network;
use sublevel::linalg::{Double, Exact, Kernel};
use sublevel::network::{Activation, Parameters, forward};
use sublevel::region::class_path::{
    ClassPath, Classifier, Method, Unfound, Unmet, Way, class_path, float_chain,
    theorem::{Chain, Inverses, chain},
    unmet,
};
use sublevel::statement::object::prove;

type Input = Vec<Rational>;

/// A pyramid, σ, and two inputs of one class between which the straight line leaves it.
struct Instance {
    network: Parameters<Rational>,
    activation: Activation,
    ends: [Input; 2],
    class: usize,
    /// How many pairs of one class were looked at.
    pairs: usize,
}

fn random_network(rng: &mut ChaCha8Rng, widths: &[usize]) -> Parameters<Rational> {
    let layer =
        |pair: &[usize]| DMatrix::from_fn(pair[0] + 1, pair[1], |_, _| Rational::from(rng.random_range(-3..=3)));
    Parameters::new(widths.windows(2).map(layer).collect()).unwrap()
}

fn random_input(rng: &mut ChaCha8Rng, width: usize) -> Input {
    (0..width).map(|_| Rational::from((rng.random_range(-24..=24), 4))).collect()
}

/// d ≥ n_1 ≥ … ≥ n_{L−1}, two to three hidden layers, two to four classes.
fn random_widths(rng: &mut ChaCha8Rng) -> Vec<usize> {
    let mut widths = vec![rng.random_range(2..=6)];
    for _ in 0..rng.random_range(2..=3) {
        let before = widths[widths.len() - 1];
        widths.push(rng.random_range(2..=before));
    }
    widths.push(rng.random_range(2..=4));
    widths
}

fn instance(seed: u64) -> Instance {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut pairs = 0;
    loop {
        let network = {
            let widths = random_widths(&mut rng);
            random_network(&mut rng, &widths)
        };
        let slopes =
            ["leaky-relu=0.1", "leaky-relu=1/100", "pl:breakpoints=-1,1/2;slopes=1,1/8,2;value=0", "leaky-relu=3"];
        let activation: Activation = slopes[rng.random_range(0..slopes.len())].parse().unwrap();
        if !unmet(&network, &activation).is_empty() {
            continue;
        }
        let classifier = Classifier::new(&network, &activation);
        for _ in 0..40 {
            let ends = [(); 2].map(|()| random_input(&mut rng, network.widths()[0]));
            let [Ok(a), Ok(b)] = [&ends[0], &ends[1]].map(|end| classifier.winner(end)) else { continue };
            if a.class != b.class {
                continue;
            }
            pairs += 1;
            if !classifier.segment(&ends[0], &ends[1], a.class).is_won() {
                return Instance { network, activation, ends, class: a.class, pairs };
            }
        }
    }
}

impl Instance {
    fn find(&self, way: Way) -> Result<ClassPath, Unfound> {
        class_path(&self.network, &self.activation, &self.ends, way, &|_| ())
    }

    /// The checker's verdict on a path between the ends.
    fn proved(&self, path: &ClassPath) {
        assert_eq!([&path.vertices[0], &path.vertices[path.vertices.len() - 1]], [&self.ends[0], &self.ends[1]]);
        match prove(path.object(&self.network, &self.activation)).unwrap() {
            Finding::ClassPath { class, segments, pieces, .. } => {
                assert_eq!((class, segments, pieces), (path.class, path.vertices.len() - 1, path.pieces));
            }
            other => panic!("{other}"),
        }
    }

    /// What a forward pass of another hand computes: P_1, …, P_L of every vertex.
    fn pre_activations(&self, vertices: &[Input]) -> Vec<DMatrix<Rational>> {
        let inputs = DMatrix::from_row_iterator(vertices.len(), vertices[0].len(), vertices.iter().flatten().cloned());
        forward(&Exact, &self.activation.import(&Exact), &inputs, &self.network).unwrap().pre_activations
    }

    /// How far the outputs at the vertices are from the segment f(x) f(y), which they are on for the exact path; and whether
    /// they run along it in order.
    fn drift(&self, vertices: &[Input]) -> (f64, bool) {
        let outputs = self.pre_activations(vertices).pop().unwrap();
        let (first, last) = (outputs.row(0), outputs.row(outputs.nrows() - 1));
        let way = last.zip_map(&first, |b, a| b - a);
        let length: Rational = way.iter().map(|x| Rational::from(x * x)).sum();
        let mut shares = vec![];
        let mut drift = Rational::new();
        for row in outputs.row_iter() {
            let done = row.zip_map(&first, |b, a| b - a);
            let along: Rational = done.iter().zip(way.iter()).map(|(x, y)| Rational::from(x * y)).sum();
            let share = along / &length;
            for (x, y) in done.iter().zip(way.iter()) {
                drift = drift.max((x - Rational::from(y * &share)).abs());
            }
            shares.push(share);
        }
        (drift.to_f64(), shares.windows(2).all(|pair| pair[0] <= pair[1]) && shares[shares.len() - 1] == 1)
    }
}

/// 1 + #{j < L − 1 : n_j > n_{j+1}}, which is at most L: a level may be where it belongs by chance.
fn most_moves(widths: &[usize]) -> usize {
    1 + widths[..widths.len() - 1].windows(2).filter(|pair| pair[0] > pair[1]).count()
}

proptest! {
    #![proptest_config(cases!("class_path", 40))]

    #[test]
    fn the_exact_path_is_valid_and_has_no_more_moves_than_the_pyramid_has_steps(seed: u64) {
        let instance = instance(seed);
        prop_assert!(instance.pairs > 0);
        let classifier = Classifier::new(&instance.network, &instance.activation);
        let [from, to] = &instance.ends;
        let Chain { vertices, moves } = chain(&classifier, &Inverses::new(&classifier).unwrap(), from, to);
        prop_assert!(1 <= moves && moves <= most_moves(&instance.network.widths()));
        prop_assert_eq!(instance.drift(&vertices), (0.0, true));
        // Every kink is a vertex: each neuron has one piece of σ for both ends of a segment.
        let breakpoints = instance.activation.breakpoints();
        for pre_activation in &instance.pre_activations(&vertices)[..instance.network.depth() - 1] {
            for (k, neuron) in (1..vertices.len()).flat_map(|k| (0..pre_activation.ncols()).map(move |i| (k, i))) {
                let [a, b] = [&pre_activation[(k - 1, neuron)], &pre_activation[(k, neuron)]];
                prop_assert!(!breakpoints.iter().any(|t| a.min(b) < t && t < a.max(b)));
            }
        }
        let path = instance.find(Way::Exact).unwrap();
        prop_assert_eq!((path.legs[0].method, path.legs[0].moves), (Method::Exact, moves));
        prop_assert_eq!(&path.vertices, &vertices);
        prop_assert_eq!(path.pieces, vertices.len() - 1);
        instance.proved(&path);
    }

    #[test]
    fn the_rounded_path_is_valid_and_short_numbers_do(seed: u64) {
        let instance = instance(seed);
        let path = instance.find(Way::Theorem).unwrap();
        let Method::Rounded { bits } = path.legs[0].method else { panic!("{:?}", path.legs) };
        prop_assert!(path.legs[0].moves <= most_moves(&instance.network.widths()));
        let inner = &path.vertices[1..path.vertices.len() - 1];
        prop_assert!(inner.iter().flatten().all(|x| (Rational::from(x << bits)).is_integer()));
        prop_assert!(path.least.margin > 0);
        instance.proved(&path);
    }

    #[test]
    fn whatever_is_found_first_is_valid(seed: u64) {
        let instance = instance(seed);
        let path = instance.find(Way::Shortest).unwrap();
        prop_assert_ne!(path.legs[0].method, Method::Straight);
        prop_assert_eq!(path.class, instance.class);
        instance.proved(&path);
    }

    /// In exact numbers the output runs straight from the one end's to the other's, then stays. In f64 it strays by rounding
    /// errors; where the class wins clearly the float path is one as well, which only the exact evaluation shows.
    #[test]
    fn the_float_path_drifts_and_the_exact_one_does_not(seed: u64) {
        let instance = instance(seed);
        let classifier = Classifier::new(&instance.network, &instance.activation);
        let [from, to] = &instance.ends;
        let floats = float_chain(&classifier, from, to).unwrap();
        prop_assert!(floats.moves <= most_moves(&instance.network.widths()));
        let (drift, _) = instance.drift(&floats.vertices);
        let outputs = instance.pre_activations(&floats.vertices).pop().unwrap();
        let size = outputs.iter().map(|x| Double.import(x).abs()).fold(1.0, f64::max);
        let weights = floats.vertices.iter().flatten().map(|x| Double.import(x).abs()).fold(1.0, f64::max);
        prop_assert!(drift <= 1e-9 * size * weights, "{} of {} with inputs of {}", drift, size, weights);
    }

    /// The least margin of a segment is attained where it is said to be, and no sample is below it.
    #[test]
    fn a_segment_has_its_least_margin_where_it_is_said_to_be(seed: u64, relu: bool) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let widths = [2, rng.random_range(1..=5), rng.random_range(1..=5), rng.random_range(2..=3)];
        let network = random_network(&mut rng, &widths);
        let activation: Activation = if relu { Activation::relu() } else { Activation::hard_tanh() };
        let ends = [(); 2].map(|()| random_input(&mut rng, 2));
        let classifier = Classifier::new(&network, &activation);
        let class = rng.random_range(0..widths[3]);
        let margin = |lambda: &Rational| {
            let point: Input = ends[0].iter().zip(&ends[1]).map(|(a, b)| Rational::from(b - a) * lambda + a).collect();
            let inputs = DMatrix::from_row_slice(1, 2, &point);
            let pass = forward(&Exact, &activation.import(&Exact), &inputs, &network).unwrap();
            let outputs = pass.output();
            let others = (0..widths[3]).filter(|&k| k != class).map(|k| Rational::from(&outputs[class] - &outputs[k]));
            others.min().unwrap()
        };
        let found = classifier.segment(&ends[0], &ends[1], class);
        prop_assert_eq!(&margin(&found.at), &found.margin);
        for k in 0..=64 {
            prop_assert!(margin(&Rational::from((k, 64))) >= found.margin);
        }
    }
}

/// As many moves as steps, but for chance: small integers meet where they need not.
#[test]
fn as_many_moves_as_the_pyramid_has_steps() {
    let is_full = |seed: &u64| {
        let instance = instance(*seed);
        let classifier = Classifier::new(&instance.network, &instance.activation);
        let found = chain(&classifier, &Inverses::new(&classifier).unwrap(), &instance.ends[0], &instance.ends[1]);
        found.moves == most_moves(&instance.network.widths())
    };
    assert!((0..60).filter(is_full).count() >= 57);
}

/// ReLU or leaky, the same network: class 1 wins where v_1 + v_2 > 1 for v = σ(σ(x) W), W = [[−2, 1], [1, −2]].
fn two_corners() -> Parameters<Rational> {
    network(&[2, 2, 2, 2], &[&[1, 0, 0, 1, 0, 0], &[-2, 1, 1, -2, 0, 0], &[0, 1, 0, 1, 0, -1]])
}

fn inputs(rows: &[[i32; 2]]) -> Vec<Input> {
    rows.iter().map(|row| row.map(Rational::from).to_vec()).collect()
}

fn find(network: &Parameters<Rational>, activation: &str, stops: &[Input], way: Way) -> Result<ClassPath, Unfound> {
    class_path(network, &activation.parse().unwrap(), stops, way, &|_| ())
}

#[test]
fn leaky_corners_are_joined_where_relu_parts_them() {
    let (network, ends) = (two_corners(), inputs(&[[4, 0], [0, 4]]));
    for way in [Way::Shortest, Way::Theorem, Way::Exact] {
        let path = find(&network, "leaky-relu=0.1", &ends, way).unwrap();
        assert_eq!(path.class, 1);
        prove(path.object(&network, &"leaky-relu=0.1".parse().unwrap())).unwrap();
    }
    // σ is not strictly monotone.
    let reason = vec![Unmet::Activation { activation: "relu".into() }];
    let Err(Unfound::NotPromised { leg: 0, unmet, line }) = find(&network, "relu", &ends, Way::Shortest) else {
        panic!()
    };
    assert_eq!((unmet, line.against, line.margin), (reason.clone(), 0, (-1).into()));
    for way in [Way::Theorem, Way::Exact] {
        assert_eq!(find(&network, "relu", &ends, way), Err(Unfound::Unmet(reason.clone())));
    }
}

/// |x| ahead of 1 on a line: two neurons over one input, and over two of which the second is not looked at.
#[test]
fn a_wide_layer_and_a_dependent_one_promise_nothing() {
    let wide = network(&[1, 2, 2], &[&[1, -1, 0, 0], &[1, 0, 1, 0, 0, 1]]);
    let ends: Vec<Input> = [-4, 4].map(|x| vec![Rational::from(x)]).into();
    let reason = vec![Unmet::Wider { layer: 1, width: 2, before: 1 }];
    let Err(Unfound::NotPromised { unmet, .. }) = find(&wide, "leaky-relu=0.1", &ends, Way::Shortest) else { panic!() };
    assert_eq!(unmet, reason);
    assert_eq!(find(&wide, "leaky-relu=0.1", &ends, Way::Exact), Err(Unfound::Unmet(reason)));
    let dependent = network(&[2, 2, 2], &[&[1, -1, 0, 0, 0, 0], &[1, 0, 1, 0, 0, 1]]);
    let reason = vec![Unmet::Rank { layer: 1, rank: 1, width: 2 }];
    let ends = inputs(&[[-4, 7], [4, -3]]);
    let Err(Unfound::NotPromised { unmet, .. }) = find(&dependent, "leaky-relu=0.1", &ends, Way::Shortest) else {
        panic!()
    };
    assert_eq!(unmet, reason);
    assert_eq!(find(&dependent, "leaky-relu=0.1", &ends, Way::Exact), Err(Unfound::Unmet(reason)));
    // Both at once are both told.
    let both = network(&[2, 2, 3, 2], &[&[1, -1, 0, 0, 0, 0], &[0; 9], &[0, 0, 0, 0, 0, 0, 1, 0]]);
    let reasons = unmet_of(&both, "hard-tanh");
    assert_eq!(
        reasons,
        [
            Unmet::Activation { activation: "hard-tanh".into() },
            Unmet::Wider { layer: 2, width: 3, before: 2 },
            Unmet::Rank { layer: 1, rank: 1, width: 2 },
        ]
    );
}

fn unmet_of(network: &Parameters<Rational>, activation: &str) -> Vec<Unmet> {
    unmet(network, &activation.parse().unwrap())
}

#[test]
fn other_classes_ties_and_equal_inputs_are_refused() {
    let network = two_corners();
    let refused = |rows: &[[i32; 2]]| find(&network, "leaky-relu=0.1", &inputs(rows), Way::Shortest).unwrap_err();
    assert!(matches!(refused(&[[4, 0], [0, 4], [2, 2]]), Unfound::OtherClass { stop: 2, ref win, ref first }
        if (win.class, first.class) == (0, 1)));
    assert!(matches!(refused(&[[2, 2], [0, 4]]), Unfound::OtherClass { stop: 1, .. }));
    assert_eq!(refused(&[[4, 0], [4, 0]]), Unfound::Equal { stop: 0 });
    // v = σ((0, 0)) = 0, and with the last bias 0 both outputs are.
    let level = sublevel::example::network(&[2, 2], &[&[0, 1, 0, 1, 0, 0]]);
    let Unfound::Tie { stop: 1, tie } = find(&level, "relu", &inputs(&[[4, 0], [1, -1]]), Way::Shortest).unwrap_err()
    else {
        panic!()
    };
    assert_eq!((tie.classes, tie.output), ([0, 1], Rational::new()));
}

#[test]
fn one_layer_has_convex_regions_and_a_chain_of_the_users_own_is_certified() {
    let network = sublevel::example::network(&[2, 2], &[&[0, 1, 0, 1, 0, 0]]);
    assert_eq!(unmet_of(&network, "relu"), []);
    let path = find(&network, "relu", &inputs(&[[4, 0], [1, 1], [-3, 9]]), Way::Shortest).unwrap();
    assert_eq!((&path.given[..], path.label()), (&[0, 1, 2][..], "straight (2 legs)".into()));
    let path = find(&network, "relu", &inputs(&[[4, 0], [-3, 9]]), Way::Exact).unwrap();
    assert_eq!((path.legs[0].moves, path.vertices.len()), (1, 2));
}

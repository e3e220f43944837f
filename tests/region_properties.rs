//! Decision regions of random networks, degenerate ones, and the hypotheses of theorems 5.2.3 and 5.2.4.

use crate::support::plane;
use nalgebra::DMatrix;
use plane::{activation, assert_sound, in_space, matrix, network};
use proptest::prelude::*;
use rug::Rational;
use sublevel::checker::{Domain, Finding};
use sublevel::linalg::{Exact, Kernel};
use sublevel::network::{Activation, Parameters};
use sublevel::region::{Arrangement, Budget, Chart, NoTheorem, NotDisconnected, RegionError, ranks};
use sublevel::statement::object::prove;

const LEAKY: &str = "leaky-relu=1/3";
const BUMPS: &str = "pl:breakpoints=-2,0,1/2,3;slopes=1,-1/2,0,2,-1;value=1";

/// Networks of these widths with small integers: ties, dead neurons and parallel lines are common.
fn networks(widths: &'static [usize]) -> impl Strategy<Value = Parameters<Rational>> {
    let count = widths.windows(2).map(|pair| (pair[0] + 1) * pair[1]).sum::<usize>();
    prop::collection::vec(-4i32..=4, count).prop_map(move |entries| {
        let mut entries = entries.into_iter().map(Rational::from);
        let mut layer = |pair: &[usize]| DMatrix::from_fn(pair[0] + 1, pair[1], |_, _| entries.next().unwrap());
        Parameters::new(widths.windows(2).map(&mut layer).collect()).unwrap()
    })
}

/// Shapes and activations, pyramidal ones and others.
fn any_network() -> impl Strategy<Value = (Parameters<Rational>, &'static str)> {
    let shapes: &[&[usize]] =
        &[&[2, 3, 3], &[2, 4, 3, 3], &[2, 2, 2, 3], &[2, 1, 2, 3], &[1, 3, 3, 3], &[1, 2, 2], &[2, 3]];
    let shape = prop::sample::select(shapes.to_vec());
    let sigma = prop::sample::select(vec![LEAKY, "relu", "hard-tanh", "abs", "identity", BUMPS]);
    (shape.prop_flat_map(networks), sigma)
}

/// Whether W_1, …, W_(L−1) have full column rank, by certificate.
fn connected(network: &Parameters<Rational>, sigma: &str) -> bool {
    match ranks(network, &activation(sigma)) {
        Ok(object) => {
            assert!(matches!(prove(object), Ok(Finding::ConnectedRegions { .. })));
            true
        }
        Err(_) => false,
    }
}

proptest! {
    #![proptest_config(cases!("region_properties", 96))]

    #[test]
    fn every_arrangement_is_sound((network, sigma) in any_network()) {
        assert_sound(&in_space(&network, &activation(sigma)), Domain::Space);
    }

    /// Theorems 5.2.3 and 5.2.4.
    #[test]
    fn regions_are_connected_where_the_theorems_say_so(
        network in prop::sample::select(vec![&[2, 2, 2, 3][..], &[2, 2, 2, 2, 2], &[2, 2, 1, 3], &[1, 1, 1, 2]])
            .prop_flat_map(networks),
    ) {
        if connected(&network, LEAKY) {
            let counts = in_space(&network, &activation(LEAKY)).component_counts();
            prop_assert!(counts.iter().all(|&count| count <= 1), "{counts:?}");
        }
    }

    #[test]
    fn one_narrow_monotone_layer_is_enough(
        network in networks(&[2, 2, 3]),
        sigma in prop::sample::select(vec!["relu", "hard-tanh"]),
    ) {
        if connected(&network, sigma) {
            let counts = in_space(&network, &activation(sigma)).component_counts();
            prop_assert!(counts.iter().all(|&count| count <= 1), "{counts:?}");
        }
    }

    /// Beise et al. 2018: no layer wider than the input, σ monotone, and every component is unbounded.
    #[test]
    fn narrow_networks_have_no_bounded_component(
        network in prop::sample::select(vec![&[2, 2, 2, 3][..], &[2, 1, 2, 3]]).prop_flat_map(networks),
        sigma in prop::sample::select(vec![LEAKY, "relu"]),
    ) {
        let found = in_space(&network, &activation(sigma));
        prop_assert!(found.components().iter().all(|component| !component.bounded));
    }

    /// f(x M + b) has the regions of f, moved.
    #[test]
    fn an_affine_change_of_inputs_changes_no_count(
        (network, sigma) in any_network(),
        (a, b, c) in (-3i32..=3, -3i32..=3, -5i32..=5),
    ) {
        let change = match network.widths()[0] {
            1 => matrix(&format!("-3 0; {c} 1")),
            _ => matrix(&format!("{} {a} 0; {b} 1 0; {c} 7 1", a * b + 1)),
        };
        let first = Exact.product(&change, network.layer(1));
        let changed = network.with_layer(1, first).unwrap();
        let [before, after] = [&network, &changed].map(|network| in_space(network, &activation(sigma)));
        prop_assert_eq!(before.component_counts(), after.component_counts());
        prop_assert_eq!(&before.statistics().regions, &after.statistics().regions);
        prop_assert_eq!(before.ties().is_empty(), after.ties().is_empty());
        let bounded = |found: &Arrangement| found.components().iter().filter(|component| component.bounded).count();
        prop_assert_eq!(bounded(&before), bounded(&after));
    }

    /// Through an inner point the class wins on the line to the right as well: a slice agrees with the whole.
    #[test]
    fn a_line_through_an_inner_point_meets_its_class((network, sigma) in any_network()) {
        let found = in_space(&network, &activation(sigma));
        for component in found.components() {
            let point = found.inner_point(component);
            let ends = DMatrix::from_fn(2, point.len(), |row, column| Rational::from(&point[column] + row as u32));
            let chart = Chart::through(&ends).unwrap();
            let along = Arrangement::new(&network, &activation(sigma), &chart, &Budget::default()).unwrap();
            assert_sound(&along, Domain::Line);
            prop_assert!(along.components_of(component.class).next().is_some());
        }
    }
}

#[test]
fn degenerate_networks() {
    for (name, layers, sigma, counts) in [
        ("no hidden layer", &[("1 0 -1; 0 1 -1", "0 0 1")][..], "relu", &[1, 1, 1][..]),
        ("one neuron", &[("1; 2", "3"), ("1 -1", "0 0")], "relu", &[1, 0]),
        ("parallel lines", &[("1 1 1; 1 1 1", "0 -1 -2"), ("1 0; -2 0; 1 0", "-1/2 0")], "relu", &[1, 2]),
        ("the same line twice", &[("1 2; 1 2", "1 2"), ("2 0; -1 0", "0 0")], "relu", &[0, 0]),
        ("no weights", &[("0 0; 0 0", "1 -1"), ("1 0; 0 1", "0 0")], "relu", &[1, 0]),
        ("equal outputs", &[("1 0; 0 1", "0 0"), ("1 1 0; 1 1 0", "0 0 1")], "relu", &[0, 0, 1]),
        ("all outputs equal", &[("1 0; 0 1", "0 0"), ("1 1; 1 1", "0 0")], "relu", &[0, 0]),
        ("dead neurons", &[("1 0 3; 0 1 1", "0 0 2"), ("1 0; 0 1; 0 0", "0 0")], LEAKY, &[1, 1]),
        ("affine", &[("1 0; 0 1", "0 0"), ("1 0; 0 1", "0 0")], "identity", &[1, 1]),
        ("decreasing", &[("1 0; 0 1", "0 0"), ("1 0; 0 1", "0 0")], "pl:breakpoints=0;slopes=-1,-2;value=0", &[1, 1]),
        ("constant", &[("1 0; 0 1", "0 0"), ("1 0; 0 1", "0 0")], "pl:breakpoints=;slopes=0;value=2", &[0, 0]),
        (
            "many lines through one point",
            &[("1 0 1 1; 0 1 1 -1", "0 0 0 0"), ("1 0; 1 0; -1 0; 0 1", "0 0")],
            "abs",
            &[0, 4],
        ),
    ] {
        let found = in_space(&network(layers), &activation(sigma));
        assert_eq!(found.component_counts(), counts, "{name}");
        assert_sound(&found, Domain::Space);
    }
}

#[test]
fn what_is_refused() {
    let one = network(&[("1; 1", "0"), ("1", "0")]);
    let chart = Chart::of_space(&one).unwrap();
    let new = |network, chart, budget: &Budget<'_>| Arrangement::new(network, &Activation::relu(), chart, budget);
    assert_eq!(new(&one, &chart, &Budget::default()).err(), Some(RegionError::OneOutput));
    let line = network(&[("1 -1", "0 0")]);
    let inputs = RegionError::Inputs { chart: 2, network: 1 };
    assert_eq!(new(&line, &chart, &Budget::default()).err(), Some(inputs));
    let cross = network(&[("1 -1 0 0; 0 0 1 -1", "0 0 0 0"), ("1 0; 1 0; 0 1; 0 1", "0 0")]);
    assert_eq!(
        new(&cross, &chart, &Budget { cells: 8, ..Budget::default() }).map(|found| found.cell_count()).ok(),
        Some(8)
    );
    let few = Budget { cells: 7, ..Budget::default() };
    assert_eq!(new(&cross, &chart, &few).err(), Some(RegionError::TooManyCells { limit: 7 }));
    let found = in_space(&cross, &Activation::relu());
    assert_eq!(found.boundaries(2).err(), Some(NotDisconnected::NoSuchClass { class: 2, classes: 2 }));
}

#[test]
fn a_search_that_is_called_off_stops() {
    // 40 lines in general position.
    let lines = DMatrix::from_fn(3, 40, |i, j| Rational::from(((j as i32 * 7 + 3).pow(i as u32 + 1) * 13) % 101 - 50));
    let last = DMatrix::from_fn(41, 3, |i, j| Rational::from((i as i32 * (j as i32 + 2)) % 7 - 3));
    let net = Parameters::new(vec![lines, last]).unwrap();
    let chart = Chart::of_space(&net).unwrap();
    let budget = Budget { progress: &|cells| cells < 300, ..Budget::default() };
    let stopped = Arrangement::new(&net, &Activation::relu(), &chart, &budget);
    assert!(matches!(stopped, Err(RegionError::CalledOff { cells: 300..600 })));
    // The number of threads changes nothing.
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let census = || Arrangement::new(&net, &Activation::relu(), &chart, &Budget::default()).unwrap().census();
    assert_eq!(alone.install(census), census());
}

#[test]
fn the_theorems_ask_for_their_hypotheses() {
    let ask = |layers: &[(&str, &str)], sigma| ranks(&network(layers), &activation(sigma)).err();
    let (square, last) = (("1 2; 3 4", "0 0"), ("1 0; 0 1", "0 0"));
    assert_eq!(ask(&[square, square, last], LEAKY), None);
    assert_eq!(ask(&[last], "abs"), None);
    assert_eq!(ask(&[square, last], "relu"), None);
    assert_eq!(ask(&[square, square, last], "relu"), Some(NoTheorem::NotOnto { hidden: 2 }));
    let slopes = [Rational::from(1), Rational::from(-1)];
    assert_eq!(ask(&[square, last], "abs"), Some(NoTheorem::NotMonotone { slopes }));
    let deficient = NoTheorem::Deficient { layer: 2, rank: 1, width: 2 };
    assert_eq!(ask(&[square, ("1 2; 2 4", "0 0"), last], LEAKY), Some(deficient));
    let wide = NoTheorem::NotPyramidal { layer: 1, width: 3, inputs: 2 };
    assert_eq!(ask(&[("1 2 3; 3 4 5", "0 0 0"), ("1 0; 0 1; 1 1", "0 0")], LEAKY), Some(wide));
    assert_eq!(ask(&[("1; 1", "0"), ("1", "0")], LEAKY), Some(NoTheorem::OneOutput));
    // The product of the primes that are tried first: the rank is full all the same.
    let unlucky = format!("{} 0; 0 1", 16_777_213u128 * 16_777_199 * 16_777_183);
    let net = network(&[(&unlucky, "0 0"), last]);
    assert!(connected(&net, "relu"));
}

//! Small networks as text, for tests of decision regions.

use nalgebra::DMatrix;
use rug::Rational;
use sublevel::arith::parse_rational;
use sublevel::checker::{Domain, Finding};
use sublevel::network::{Activation, Parameters};
use sublevel::region::{Arrangement, Budget, Chart, NotDisconnected};
use sublevel::statement::object::prove;

/// Rows of numbers, `;` between them.
pub fn matrix(text: &str) -> DMatrix<Rational> {
    let number = |text: &str| parse_rational(text).expect("a number");
    let rows: Vec<Vec<Rational>> = text.split(';').map(|row| row.split_whitespace().map(number).collect()).collect();
    DMatrix::from_fn(rows.len(), rows[0].len(), |i, j| rows[i][j].clone())
}

/// Layers of weights and a bias.
pub fn network(layers: &[(&str, &str)]) -> Parameters<Rational> {
    let stacked = layers.iter().map(|(weight, bias)| matrix(&format!("{weight}; {bias}"))).collect();
    Parameters::new(stacked).expect("layers that fit together")
}

/// The activation of this name.
pub fn activation(name: &str) -> Activation {
    name.parse().expect("an activation")
}

/// The arrangement in the whole space.
pub fn in_space(network: &Parameters<Rational>, activation: &Activation) -> Arrangement {
    let chart = Chart::of_space(network).expect("a first layer of rank 2 at most");
    Arrangement::new(network, activation, &chart, &Budget::default()).expect("a small arrangement")
}

/// The tests that every arrangement passes, and its certificates, by the checker.
pub fn assert_sound(found: &Arrangement, domain: Domain) {
    assert!(found.covers());
    assert_eq!(found.euler_characteristic(), 1);
    let statistics = found.statistics();
    assert_eq!(statistics.active.values().sum::<usize>(), statistics.regions.last().copied().unwrap_or(0));
    for component in found.components() {
        // The area of a whole, by its boundary, is that of its parts.
        let cells = component.cells.iter().map(|&cell| found.cell_measure(cell as usize));
        assert_eq!(cells.sum::<Option<Rational>>(), found.measure(component));
    }
    let counts = found.component_counts();
    let census = prove(found.census());
    assert!(
        matches!(&census, Ok(Finding::Census { at_most, domain: at, .. }) if *at_most == counts && *at == domain),
        "{census:?}"
    );
    for (class, &components) in counts.iter().enumerate() {
        match found.boundaries(class) {
            Ok(object) => {
                let proved = prove(object);
                assert!(
                    matches!(&proved, Ok(Finding::DisconnectedRegions { components: n, domain: at, .. })
                        if *n == components && *at == domain),
                    "{proved:?}"
                );
            }
            Err(error) => assert_eq!(error, NotDisconnected::Components { class, components }),
        }
    }
}

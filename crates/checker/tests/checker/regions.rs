//! Decision regions: vectors by another program, one refusal a condition, every number changed and counted again.

use crate::{
    arrangement::{components, output, rows},
    certificate::{ActivationRecord, Exceeded, Layers, Limit, Limits, Object, Reader, Record},
    check_bytes, check_text,
    checker::{Domain, Expected, Finding, Part, Reason, Rejection, Rule, Targets, Undecided, Unproved, Verdict, check},
};
use num_bigint::BigInt;
use serde_json::{Value, json};
use sublevel_checker::Rational;

fn folder() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/regions")
}

/// The first record of a vector.
fn record(name: &str) -> Value {
    let text = std::fs::read_to_string(folder().join(format!("{name}.path.jsonl"))).unwrap();
    serde_json::from_str(text.lines().next().unwrap()).unwrap()
}

fn names() -> Vec<String> {
    let file = |entry: std::io::Result<std::fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    let mut names: Vec<_> = std::fs::read_dir(folder()).unwrap().map(file).collect();
    names.sort();
    names.iter().map(|name| name.replace(".path.jsonl", "")).collect()
}

fn text(record: &Value) -> String {
    format!("{record}\n{{\"record\":\"end\",\"moves\":0}}\n")
}

#[track_caller]
fn finding(record: &Value) -> Finding {
    match check_text(&text(record)) {
        Verdict::Proved { finding, .. } => *finding,
        other => panic!("{other}"),
    }
}

#[track_caller]
fn rejection(record: &Value) -> Rejection {
    match check_text(&text(record)) {
        Verdict::Invalid { record: 1, rule: Rule::Object, rejection } => rejection,
        other => panic!("{other}"),
    }
}

#[track_caller]
fn refused(record: &Value, unproved: Unproved) {
    assert_eq!(rejection(record), Rejection::Unproved(unproved));
}

/// A record with other values; `at` leads to them from the object.
#[track_caller]
fn with<const N: usize>(mut record: Value, changes: [(&str, Value); N]) -> Value {
    for (at, value) in changes {
        *record.pointer_mut(&format!("/object/{at}")).expect(at) = value;
    }
    record
}

fn integers<const N: usize>(num: &[[i64; N]]) -> Value {
    over(1, num)
}

fn over<const N: usize>(den: i64, num: &[[i64; N]]) -> Value {
    let num: Vec<Vec<String>> = num.iter().map(|row| row.iter().map(i64::to_string).collect()).collect();
    json!({"rows": num.len(), "cols": N, "den": den.to_string(), "num": num})
}

/// A list of rows.
fn stops<const N: usize>(num: &[[i64; N]]) -> Value {
    num.iter().map(|row| integers(&[*row])).collect()
}

/// What a record is about.
fn object(record: &Value) -> Object {
    match Reader::new(text(record).as_bytes()).next_record() {
        Ok(Some(Record::Object { object, .. })) => object,
        other => panic!("{other:?}"),
    }
}

/// A network of layers (weight, bias).
fn network(widths: &[usize], activation: Value, layers: &[(Value, Value)]) -> Value {
    let layers: serde_json::Map<_, _> = (1..)
        .zip(layers)
        .map(|(k, (weight, bias)): (usize, _)| (k.to_string(), json!({"weight": weight, "bias": bias})))
        .collect();
    json!({"widths": widths, "activation": activation, "layers": layers})
}

fn relu() -> Value {
    json!({"breakpoints": ["0"], "slopes": ["0", "1"], "value": "0"})
}

fn certificate(claim: &str, kind: &str, fields: Value) -> Value {
    json!({"record": "object", "format": "sublevel-path", "version": 3, "claim": claim, "statement": "", "object": {kind: fields}})
}

fn census(network: &Value, vertices: Value, cells: &[(&[usize], usize)], at_most: &[usize]) -> Value {
    let cells: Vec<Value> =
        cells.iter().map(|(vertices, class)| json!({"vertices": vertices, "class": class})).collect();
    certificate(
        "census",
        "cells",
        json!({"network": network, "vertices": vertices, "cells": cells, "at_most": at_most}),
    )
}

fn boundaries(network: &Value, points: Value, curves: Value) -> Value {
    let fields = json!({"network": network, "class": 0, "points": points, "curves": curves});
    certificate("disconnected-regions", "boundaries", fields)
}

const NONE: (bool, bool) = (false, false);

#[test]
fn every_vector_is_proved() {
    let whole = Domain::Space;
    let disconnected = |widths: &[usize]| Finding::DisconnectedRegions {
        widths: widths.to_vec(),
        class: 0,
        components: 2,
        domain: whole,
        compared: NONE,
    };
    let census = |widths: &[usize], at_most: [usize; 2], cells| Finding::Census {
        widths: widths.to_vec(),
        at_most: at_most.to_vec(),
        cells,
        domain: whole,
        compared: NONE,
    };
    let expected = |name: &str| match name {
        "abs-boundaries-0" => disconnected(&[2, 4, 2]),
        "abs-cells" => census(&[2, 4, 2], [2, 2], 8),
        "classes-boundaries-0" => {
            let widths = vec![2, 2, 3];
            Finding::DisconnectedRegions { widths, class: 0, components: 3, domain: whole, compared: NONE }
        }
        "classes-cells" => {
            let (widths, at_most) = (vec![2, 2, 3], vec![3, 1, 1]);
            Finding::Census { widths, at_most, cells: 28, domain: whole, compared: NONE }
        }
        "class-path" => {
            let widths = vec![2, 2, 2, 2];
            Finding::ClassPath { widths, class: 1, segments: 3, pieces: 6, compared: NONE, ends: None }
        }
        "cuts" | "one-boundaries-0" => disconnected(&[2, 1, 2, 2]),
        "hard-tanh-boundaries-0" | "relu-boundaries-0" | "three-boundaries-0" => disconnected(&[2, 2, 2, 2]),
        "hard-tanh-cells" => census(&[2, 2, 2, 2], [2, 1], 36),
        "lifted-boundaries" => disconnected(&[3, 3, 2, 2]),
        "lifted-cells" => census(&[3, 3, 2, 2], [2, 1], 23),
        "line-boundaries" => disconnected(&[1, 2, 2]),
        "line-cells" => census(&[1, 2, 2], [2, 1], 4),
        "one-cells" => census(&[2, 1, 2, 2], [2, 1], 12),
        "ranks" => Finding::ConnectedRegions { widths: vec![3, 2, 2, 3], compared: NONE },
        "ranks-relu" => Finding::ConnectedRegions { widths: vec![2, 2, 2], compared: NONE },
        "relu-cells" => census(&[2, 2, 2, 2], [2, 1], 10),
        "three-cells" => census(&[2, 2, 2, 2], [2, 1], 11),
        "two-boundaries-0" => disconnected(&[2, 2, 2]),
        "two-cells" => census(&[2, 2, 2], [2, 1], 8),
        "wide-boundaries-0" => disconnected(&[2, 3, 2]),
        "wide-cells" => census(&[2, 3, 2], [2, 1], 8),
        other => panic!("no answer is written down for {other}"),
    };
    let names = names();
    assert_eq!(names.len(), 24);
    for name in names {
        assert_eq!(finding(&record(&name)), expected(&name), "{name}");
    }
}

/// What the census says is what the arrangement counts.
#[test]
fn the_vectors_are_sharp() {
    for name in names() {
        if let Object::Cells(cells) = object(&record(&name)) {
            assert_eq!(components(&cells.network, cells.chart.as_ref()), cells.at_most, "{name}");
        }
    }
}

/// One refusal a condition.
#[test]
fn what_is_not_shown_is_named() {
    use Unproved::*;
    let cell = |vertices: &[usize], class: usize| json!({"vertices": vertices, "class": class});
    let table: Vec<(&str, &str, Value, Unproved)> = vec![
        ("class-path", "class-path/class", json!(2), Class { class: 2, classes: 2 }),
        ("two-boundaries-0", "boundaries/class", json!(2), Class { class: 2, classes: 2 }),
        (
            "lifted-cells",
            "cells/chart/directions",
            integers(&[[1, 0, 0], [0, 1, 0], [0, 0, 1]]),
            ChartSize { directions: 3 },
        ),
        ("lifted-cells", "cells/chart/directions", integers(&[[1, 2, 0], [2, 4, 0]]), DependentDirections),
        ("lifted-cells", "cells/chart/directions", integers(&[[0, 0, 0], [0, 1, 0]]), DependentDirections),
        ("cuts", "boundaries/chart/directions", integers(&[[0, 0]]), DependentDirections),
        ("lifted-cells", "cells/chart/projection", integers(&[[1, 0], [0, 2], [1, 1]]), Projection),
        ("lifted-cells", "cells/chart/projection", integers(&[[1, 0], [0, 1], [1, 2]]), DoesNotFactor),
        (
            "two-boundaries-0",
            "boundaries/points",
            over(2, &[[4, 1, 2], [-4, 1, 2]]),
            NotIntegers { part: "matrix of points" },
        ),
        ("ranks", "ranks/ranks", json!([]), RankCount { expected: 2, found: 0 }),
        ("ranks", "ranks/network/activation/slopes", json!(["-1", "1"]), NotMonotone),
        ("ranks-relu", "ranks/network/activation/slopes", json!(["-1", "1"]), NotMonotone),
        ("ranks", "ranks/network/activation/slopes", json!(["0", "1"]), NotOnto),
        ("ranks", "ranks/network/activation/slopes", json!(["-1", "0"]), NotOnto),
        ("ranks", "ranks/ranks/0/modulus", json!(0), Modulus { layer: 1 }),
        ("ranks", "ranks/ranks/0/modulus", json!(1), Modulus { layer: 1 }),
        ("ranks", "ranks/ranks/1/modulus", json!(42), ModulusDivides { layer: 2 }),
        ("ranks", "ranks/ranks/0/left_inverse/1/0", json!(7), Residue { layer: 1, row: 1 }),
        ("ranks", "ranks/ranks/0/left_inverse/1/0", json!(1), NoLeftInverse { layer: 1 }),
        ("ranks", "ranks/ranks/1/left_inverse/1/1", json!(5), NoLeftInverse { layer: 2 }),
        ("class-path", "class-path/stops", stops(&[[-2, -1]]), Stops { found: 1 }),
        ("class-path", "class-path/stops", stops(&[[0, 0], [3, 0], [0, 0]]), NotWon { segment: 0, other: 0 }),
        ("class-path", "class-path/stops", stops(&[[0, 0], [1, 1], [-3, 3]]), NotWon { segment: 1, other: 0 }),
        ("two-boundaries-0", "boundaries/points", integers(&[[4, 1, 1]]), FewPoints { found: 1 }),
        ("two-boundaries-0", "boundaries/points", integers(&[[4, 1, 1], [-4, 1, 0]]), PointAtInfinity { point: 1 }),
        ("two-boundaries-0", "boundaries/points", integers(&[[4, 1, 1], [4, 1, -1]]), PointAtInfinity { point: 1 }),
        (
            "two-boundaries-0",
            "boundaries/points",
            integers(&[[4, 1, 1], [0, 1, 1]]),
            PointOutside { point: 1, other: 1 },
        ),
        ("line-boundaries", "boundaries/points", integers(&[[-2, 1], [1, 1]]), PointOutside { point: 1, other: 1 }),
        ("relu-boundaries-0", "boundaries/curves/0/vertices/num/0/0", json!("0"), Vertex { curve: 0, vertex: 0 }),
        ("line-boundaries", "boundaries/curves/0/vertices", integers(&[[1, 0]]), Vertex { curve: 0, vertex: 0 }),
        ("line-boundaries", "boundaries/curves/0/edges", json!([[0, 0, 1]]), EdgesOnALine { curve: 0 }),
        (
            "line-boundaries",
            "boundaries/curves/0/vertices",
            integers(&[[1, 1], [3, 2]]),
            CutInside { curve: 0, vertex: 1 },
        ),
        ("wide-boundaries-0", "boundaries/curves/0/edges/1/0", json!(3), EdgeEnds { curve: 0, edge: 1 }),
        ("wide-boundaries-0", "boundaries/curves/0/edges/1/1", json!(3), EdgeEnds { curve: 0, edge: 1 }),
        ("wide-boundaries-0", "boundaries/curves/0/edges/1/2", json!(0), Witness { curve: 0, edge: 1 }),
        ("wide-boundaries-0", "boundaries/curves/0/edges/1/2", json!(2), Witness { curve: 0, edge: 1 }),
        ("wide-boundaries-0", "boundaries/curves/0/edges/1", json!([0, 1, 1]), EdgeAtInfinity { curve: 0, edge: 1 }),
        ("wide-boundaries-0", "boundaries/curves/0/edges", json!([[0, 2, 1]]), NotClosed { curve: 0, vertex: 2 }),
        ("wide-boundaries-0", "boundaries/curves", json!([]), SameSide { first: 0, second: 1 }),
        ("two-cells", "cells/at_most", json!([2]), AtMostCount { expected: 2, found: 1 }),
        ("two-cells", "cells/at_most", json!([2, 1, 1]), AtMostCount { expected: 2, found: 3 }),
        ("two-cells", "cells/at_most", json!([1, 1]), MoreComponents { class: 0, found: 2, at_most: 1 }),
        ("two-cells", "cells/at_most", json!([2, 0]), MoreComponents { class: 1, found: 1, at_most: 0 }),
        ("two-cells", "cells/vertices/num/0", json!(["0", "0", "0"]), CellVertex { vertex: 0 }),
        ("two-cells", "cells/vertices/num/0", json!(["0", "0", "-1"]), CellVertex { vertex: 0 }),
        ("two-cells", "cells/cells/3", cell(&[0, 1], 1), CellSize { cell: 3 }),
        ("line-cells", "cells/cells/3", cell(&[3, 4, 4], 0), CellSize { cell: 3 }),
        ("line-cells", "cells/cells/3", cell(&[3], 0), CellSize { cell: 3 }),
        ("line-cells", "cells/cells/3", cell(&[3, 5], 0), CellCorners { cell: 3 }),
        ("line-cells", "cells/cells/3", cell(&[3, 4], 2), CellClass { cell: 3 }),
        ("line-cells", "cells/cells/0", cell(&[0, 4], 0), CellAtInfinity { cell: 0 }),
        ("line-cells", "cells/cells/1", cell(&[1, 3], 1), CellBends { cell: 1, layer: 1, neuron: 0 }),
        ("line-cells", "cells/cells/1", cell(&[0, 4], 1), CellAtInfinity { cell: 1 }),
        ("line-cells", "cells/cells/1", cell(&[1, 2], 0), CellWinner { cell: 1, other: 1 }),
        ("line-cells", "cells/cells/3", cell(&[3, 2], 1), LooseFacet { cell: 1 }),
        ("line-cells", "cells/cells", json!([cell(&[3, 4], 0), cell(&[3, 4], 0)]), NotCovered),
        ("two-cells", "cells/cells", json!([]), NotCovered),
        ("line-cells", "cells/cells", json!([]), NotCovered),
    ];
    for (name, at, value, expected) in table {
        let changed = with(record(name), [(at, value.clone())]);
        assert_eq!(rejection(&changed), Rejection::Unproved(expected), "{name}, {at}: {value}");
    }
    let inverse = with(record("ranks"), [("ranks/ranks/0/left_inverse", json!([[1, 6, 0]]))]);
    let shape = |found| Rejection::Shape { part: Part::LeftInverse(1), expected: (2, 3), found };
    assert_eq!(rejection(&inverse), shape((1, 3)));
    let inverse = with(record("ranks"), [("ranks/ranks/0/left_inverse/1", json!([0, 1]))]);
    assert_eq!(rejection(&inverse), shape((2, 2)));
    let mut whole = record("lifted-cells");
    whole["object"]["cells"].as_object_mut().unwrap().remove("chart");
    refused(&whole, NoChart { inputs: 3 });
    // Of one output nothing is said.
    let single = network(&[1, 1], relu(), &[(integers(&[[1]]), integers(&[[0]]))]);
    refused(&certificate("connected-regions", "ranks", json!({"network": single, "ranks": []})), OneOutput);
    let narrow = with(record("two-cells"), [("cells/network/widths", json!([2, 0, 2]))]);
    assert_eq!(rejection(&narrow), Rejection::Widths { widths: vec![2, 0, 2] });
}

/// A layer that is wider than the one before, whatever the rank. Without the hypothesis regions are disconnected: `wide`.
#[test]
fn a_network_that_widens_is_not_pyramidal() {
    let network = record("wide-cells")["object"]["cells"]["network"].take();
    let rank = json!({"modulus": 7, "left_inverse": [[1, 0], [0, 1], [1, 1]]});
    let ranks = |network, ranks| certificate("connected-regions", "ranks", json!({"network": network, "ranks": ranks}));
    refused(&ranks(network, json!([rank])), Unproved::NotPyramidal { layer: 1 });
    // Two hidden layers of ReLUs with full rank: σ is not onto, and a region is disconnected.
    let network = record("relu-cells")["object"]["cells"]["network"].take();
    let [first, second] = [json!([[1, 0], [0, 1]]), json!([[2, 1], [1, 2]])];
    let rank = |left_inverse: &Value| json!({"modulus": 5, "left_inverse": left_inverse});
    refused(&ranks(network.clone(), json!([rank(&first), rank(&second)])), Unproved::NotOnto);
    // The same weights with a leaky σ are fine, up to the slope 0.
    let leaky = with(
        ranks(network, json!([rank(&first), rank(&second)])),
        [("ranks/network/activation/slopes", json!(["1/9", "1"]))],
    );
    let changed = with(leaky, [("ranks/ranks/1", json!({"modulus": 7, "left_inverse": [[4, 2], [2, 4]]}))]);
    assert_eq!(finding(&changed), Finding::ConnectedRegions { widths: vec![2, 2, 2, 2], compared: NONE });
}

/// σ monotone: rising, falling, constant; onto or not with one hidden layer; anything without.
#[test]
fn one_hidden_layer_asks_for_a_monotone_activation() {
    let vector = record("ranks-relu");
    let slopes = |slopes: Value| with(vector.clone(), [("ranks/network/activation/slopes", slopes)]);
    for monotone in [["0", "1"], ["-1", "0"], ["0", "0"], ["-1/2", "-3"], ["2", "2"]] {
        assert!(matches!(finding(&slopes(json!(monotone))), Finding::ConnectedRegions { .. }), "{monotone:?}");
    }
    for other in [["1", "-1"], ["-1", "1"]] {
        refused(&slopes(json!(other)), Unproved::NotMonotone);
    }
    // A step up, level ground, a step down.
    let bump = json!({"breakpoints": ["0", "1", "2"], "slopes": ["1", "0", "0", "-1"], "value": "0"});
    refused(&with(vector.clone(), [("ranks/network/activation", bump.clone())]), Unproved::NotMonotone);
    let affine = network(&[1, 2], bump, &[(integers(&[[1, -1]]), integers(&[[0, 0]]))]);
    let affine = certificate("connected-regions", "ranks", json!({"network": affine, "ranks": []}));
    assert_eq!(finding(&affine), Finding::ConnectedRegions { widths: vec![1, 2], compared: NONE });
}

/// A weight of rank n − 1 has no left inverse modulo any number; and any number will do for one of rank n.
#[test]
fn ranks_are_those_of_the_weight() {
    let moduli = [2u64, 3, 4, 5, 9, 101, 65_537, (1 << 31) - 1, (1 << 61) - 1, u64::MAX];
    let ranks = |weight: Value, modulus: u64, left_inverse: Value| {
        let network = network(
            &[2, 2, 2],
            relu(),
            &[(weight, integers(&[[0, 0]])), (integers(&[[1, 0], [0, 1]]), integers(&[[0, 0]]))],
        );
        certificate(
            "connected-regions",
            "ranks",
            json!({"network": network, "ranks": [{"modulus": modulus, "left_inverse": left_inverse}]}),
        )
    };
    for modulus in moduli {
        // W = [[1, 1], [0, 1]] has the left inverse [[1, −1], [0, 1]].
        let sheared = ranks(integers(&[[1, 1], [0, 1]]), modulus, json!([[1, modulus - 1], [0, 1]]));
        assert!(matches!(finding(&sheared), Finding::ConnectedRegions { .. }), "{modulus}");
        for (a, b, c, d) in [(1, 0, 0, 1), (1, 1, 0, 1), (1, modulus - 1, 0, 1), (0, 1, 0, 1)] {
            let singular = ranks(integers(&[[1, 2], [1, 2]]), modulus, json!([[a, b], [c, d]]));
            refused(&singular, Unproved::NoLeftInverse { layer: 1 });
        }
        // On the diagonal as it should be, or off it: neither is enough.
        let halves = (modulus % 2 == 1).then(|| json!([[1, 0], [modulus / 2 + 1, 0]]));
        for left_inverse in halves.into_iter().chain([json!([[0, 0], [0, 0]])]) {
            let singular = ranks(integers(&[[1, 2], [1, 2]]), modulus, left_inverse);
            refused(&singular, Unproved::NoLeftInverse { layer: 1 });
        }
    }
    // Modulo a factor of the denominator 0 would be an inverse.
    for modulus in [3, 6, 9] {
        let zero = ranks(over(3, &[[1, 2], [1, 2]]), modulus, json!([[0, 0], [0, 0]]));
        refused(&zero, Unproved::ModulusDivides { layer: 1 });
    }
    let third = ranks(over(3, &[[1, 1], [0, 1]]), 10, json!([[3, 7], [0, 3]]));
    assert!(matches!(finding(&third), Finding::ConnectedRegions { .. }));
}

/// f_0 = |x| or a like function of y, f_1 = 0 or 1.
fn above(first: [[i64; 2]; 2], second: [[i64; 2]; 2], bias: [i64; 2]) -> Value {
    network(&[2, 2, 2], relu(), &[(integers(&first), integers(&[[0, 0]])), (integers(&second), integers(&[bias]))])
}

/// The four quadrants: 0 is the origin, then come the directions east, north, west, south.
const QUADRANTS: [[i64; 3]; 5] = [[0, 0, 1], [1, 0, 0], [0, 1, 0], [-1, 0, 0], [0, -1, 0]];

fn quadrants(network: &Value, classes: [usize; 4], at_most: &[usize]) -> Value {
    let cells: [[usize; 3]; 4] = [[0, 1, 2], [0, 2, 3], [0, 3, 4], [0, 4, 1]];
    let cells: Vec<(&[usize], usize)> = cells.iter().map(|cell| &cell[..]).zip(classes).collect();
    census(network, integers(&QUADRANTS), &cells, at_most)
}

/// |x| > 0 has two components: on the edge between them the classes tie, and cells do not join across a tie.
#[test]
fn cells_do_not_join_through_ties() {
    let distance = above([[1, -1], [0, 0]], [[1, 0], [1, 0]], [0, 0]);
    refused(&quadrants(&distance, [0; 4], &[1, 0]), Unproved::MoreComponents { class: 0, found: 2, at_most: 1 });
    assert!(matches!(finding(&quadrants(&distance, [0; 4], &[2, 0])), Finding::Census { .. }));
    // A third class that is smaller there does not help.
    let layers = [
        (integers(&[[1, -1], [0, 0]]), integers(&[[0, 0]])),
        (integers(&[[1, 0, 0], [1, 0, 0]]), integers(&[[0, 0, -1]])),
    ];
    let third = network(&[2, 2, 3], relu(), &layers);
    let expected = Unproved::MoreComponents { class: 0, found: 2, at_most: 1 };
    refused(&quadrants(&third, [0; 4], &[1, 0, 0]), expected);
    // Where all outputs are equal nobody wins, and the cells may be anyone's.
    let equal = above([[1, -1], [0, 0]], [[1, 1], [1, 1]], [0, 0]);
    assert!(matches!(finding(&quadrants(&equal, [0, 1, 1, 0], &[0, 0])), Finding::Census { .. }));
    // A class that wins on one side of a cell only: x > 0.
    let half = above([[1, 0], [0, 0]], [[1, 0], [0, 0]], [0, 0]);
    assert!(matches!(finding(&quadrants(&half, [0, 1, 0, 0], &[1, 0])), Finding::Census { .. }));
    refused(&quadrants(&half, [0, 1, 0, 0], &[0, 0]), Unproved::MoreComponents { class: 0, found: 1, at_most: 0 });
    // On a line the facet is a point, and the point is a tie.
    let distance = network(
        &[1, 2, 2],
        relu(),
        &[(integers(&[[1, -1]]), integers(&[[0, 0]])), (integers(&[[1, 0], [1, 0]]), integers(&[[0, 0]]))],
    );
    let line = |at_most: &[usize]| {
        census(&distance, integers(&[[-1, 0], [0, 1], [1, 0]]), &[(&[0, 1], 0), (&[1, 2], 0)], at_most)
    };
    refused(&line(&[1, 0]), Unproved::MoreComponents { class: 0, found: 2, at_most: 1 });
    assert!(matches!(finding(&line(&[2, 0])), Finding::Census { .. }));
}

/// An arc between opposite directions may be on either side: with it cells above would seem to cover what is below.
#[test]
fn cells_have_no_arcs_of_half_a_circle() {
    // Class 0 wins where y < −1.
    let south = above([[0, 0], [-1, 0]], [[1, 0], [0, 0]], [0, 1]);
    let cells = [(&[0, 1, 3][..], 1), (&[0, 1, 2, 3][..], 1)];
    refused(&census(&south, integers(&QUADRANTS), &cells, &[0, 1]), Unproved::Arc { cell: 0 });
    let cells = [(&[0, 1, 3][..], 1), (&[0, 1, 4, 3][..], 1)];
    let rejected = rejection(&census(&south, integers(&QUADRANTS), &cells, &[0, 1]));
    assert_eq!(rejected, Rejection::Unproved(Unproved::CellWinner { cell: 1, other: 0 }));
    // All directions and no point: a curve around everything that covers nothing.
    let circle = [(&[1, 2, 3, 4][..], 1)];
    refused(&census(&south, integers(&QUADRANTS), &circle, &[0, 1]), Unproved::CellAtInfinity { cell: 0 });
    // An edge of one corner twice.
    let cells = [(&[0, 1, 1, 2][..], 1), (&[0, 2, 3][..], 1), (&[0, 3, 4][..], 1), (&[0, 4, 1][..], 1)];
    refused(
        &census(&above([[0; 2]; 2], [[0; 2]; 2], [0, 1]), integers(&QUADRANTS), &cells, &[0, 1]),
        Unproved::Arc { cell: 0 },
    );
}

/// A cell removed, doubled, or exchanged for another one.
#[test]
fn cells_cover_the_plane() {
    for name in
        ["two-cells", "classes-cells", "one-cells", "relu-cells", "hard-tanh-cells", "line-cells", "lifted-cells"]
    {
        let vector = record(name);
        let cells = &vector["object"]["cells"]["cells"].as_array().unwrap()[..];
        let loose = |cells: Vec<Value>| {
            let changed = with(vector.clone(), [("cells/cells", json!(cells))]);
            assert!(matches!(rejection(&changed), Rejection::Unproved(Unproved::LooseFacet { .. })), "{name}");
        };
        for cell in 0..cells.len() {
            loose([&cells[..cell], &cells[cell + 1..]].concat());
            loose([cells, &cells[cell..=cell]].concat());
            // Two more of it cover what was covered; but where its edges are ties, nothing says that they join.
            let thrice = [cells, &cells[cell..=cell], &cells[cell..=cell]].concat();
            let at_most = vec![json!(9); vector["object"]["cells"]["at_most"].as_array().unwrap().len()];
            let thrice =
                with(vector.clone(), [("cells/cells", json!(thrice)), ("cells/at_most", Value::Array(at_most))]);
            assert!(matches!(finding(&thrice), Finding::Census { .. }), "{name}");
            if cell > 0 {
                let mut other = cells.to_vec();
                other[cell] = cells[0].clone();
                loose(other);
            }
        }
        let twice = with(vector.clone(), [("cells/cells", json!([cells, cells].concat()))]);
        refused(&twice, Unproved::NotCovered);
    }
}

/// C_0 is all but the third quadrant x, y ≤ 0, whose boundary the way from one point to the other touches at its corner.
#[test]
fn a_way_through_a_vertex_does_not_cross_there() {
    let corner = above([[1, 0], [0, 1]], [[1, 0], [1, 0]], [0, 0]);
    let boundary =
        json!([{"vertices": integers(&[[0, 0, 1], [-1, 0, 0], [0, -1, 0]]), "edges": [[0, 1, 1], [2, 0, 1]]}]);
    for points in [[[1, -1, 1], [-1, 1, 1]], [[-1, 1, 1], [1, -1, 1]], [[2, -1, 1], [-3, 3, 2]], [[2, 2, 1], [1, 1, 1]]]
    {
        refused(&boundaries(&corner, integers(&points), boundary.clone()), Unproved::SameSide { first: 0, second: 1 });
    }
    // A way along the line of an edge, and one parallel to a ray that it does not meet.
    for points in [[[1, 0, 1], [2, 0, 1]], [[0, 1, 1], [0, 3, 1]], [[1, 1, 1], [4, 1, 1]], [[1, -2, 1], [4, -2, 1]]] {
        refused(&boundaries(&corner, integers(&points), boundary.clone()), Unproved::SameSide { first: 0, second: 1 });
    }
}

/// |x| > 0 with the line x = 0 between: through a vertex, along none, whatever the order of points, ends and edges.
#[test]
fn a_way_across_a_vertex_crosses_there_once() {
    let distance = above([[1, -1], [0, 0]], [[1, 0], [1, 0]], [0, 0]);
    let vertices = [[0, 1, 1], [0, 1, 0], [0, -1, 0], [0, -2, 3]];
    let edges = [json!([[0, 1, 1], [2, 0, 1]]), json!([[1, 0, 1], [0, 3, 1], [3, 2, 1]])];
    let ways = [[[1, 1, 1], [-1, 1, 1]], [[-2, 1, 1], [3, 1, 1]], [[-1, 2, 1], [1, 0, 1]], [[3, -2, 3], [-3, -2, 3]]];
    for points in ways {
        for edges in &edges {
            for points in [points, [points[1], points[0]]] {
                let curve = json!([{"vertices": integers(&vertices), "edges": edges}]);
                let found = finding(&boundaries(&distance, integers(&points), curve));
                assert!(matches!(found, Finding::DisconnectedRegions { components: 2, .. }));
            }
        }
    }
    // Twice the same vertex under two names, and at twice its coordinates: the ends are counted by where they lie.
    let vertices = [[0, 1, 1], [0, 1, 0], [0, -1, 0], [0, 1, 1], [0, 2, 2]];
    for edges in [json!([[0, 1, 1], [2, 3, 1]]), json!([[4, 1, 1], [2, 3, 1]])] {
        let curve = json!([{"vertices": integers(&vertices), "edges": edges}]);
        let found = finding(&boundaries(&distance, integers(&[[1, 1, 1], [-1, 1, 1]]), curve));
        assert!(matches!(found, Finding::DisconnectedRegions { .. }));
    }
    // A curve that is run twice is none, and one without an edge is open.
    let run = |vertices, edges| {
        boundaries(&distance, integers(&[[1, 1, 1], [-1, 1, 1]]), json!([{"vertices": vertices, "edges": edges}]))
    };
    let twice = json!([[0, 1, 1], [2, 0, 1], [1, 0, 1], [0, 2, 1]]);
    refused(&run(integers(&vertices), twice), Unproved::SameSide { first: 0, second: 1 });
    refused(&run(integers(&vertices), json!([[0, 1, 1]])), Unproved::NotClosed { curve: 0, vertex: 0 });
    refused(
        &run(integers(&vertices), json!([[0, 1, 1], [2, 0, 1], [0, 3, 1], [0, 1, 1]])),
        Unproved::NotClosed { curve: 0, vertex: 0 },
    );
    // A second curve does not undo what the first one shows; two points of one side stay together.
    let curve = json!({"vertices": integers(&vertices), "edges": [[0, 1, 1], [2, 0, 1]]});
    let both = boundaries(&distance, integers(&[[1, 1, 1], [-1, 1, 1]]), json!([curve, curve]));
    assert!(matches!(finding(&both), Finding::DisconnectedRegions { .. }));
    let three = boundaries(&distance, integers(&[[1, 1, 1], [-1, 1, 1], [2, 0, 1]]), json!([curve]));
    refused(&three, Unproved::SameSide { first: 0, second: 2 });
}

/// |x| > 1 on a line: two cuts of one curve are none, two curves of one cut are two.
#[test]
fn cuts_are_counted_modulo_two() {
    let cut = |cuts: Value| with(record("line-boundaries"), [("boundaries/curves", cuts)]);
    let [one, other, both] = [&[[-1, 2]][..], &[[1, 2]], &[[-1, 2], [1, 2]]].map(|vertices| {
        let num: Vec<Value> = vertices.iter().map(|[x, w]| json!([x.to_string(), w.to_string()])).collect();
        json!({"vertices": {"rows": num.len(), "cols": 2, "den": "1", "num": num}, "edges": []})
    });
    refused(&cut(json!([both])), Unproved::SameSide { first: 0, second: 1 });
    for curves in [json!([one]), json!([other]), json!([one, other]), json!([both, one])] {
        assert!(matches!(finding(&cut(curves)), Finding::DisconnectedRegions { components: 2, .. }));
    }
}

/// Class 0 wins where |x| > 1 or y > 1: an edge is held against the network at both of its ends, and bends nowhere.
#[test]
fn both_ends_of_an_edge_count() {
    let layers = [
        (integers(&[[1, -1, 0], [0, 0, 1]]), integers(&[[0, 0, 0]])),
        (integers(&[[1, 0], [1, 0], [1, 0]]), integers(&[[0, 1]])),
    ];
    let arch = network(&[2, 3, 2], relu(), &layers);
    let points = integers(&[[2, 0, 1], [-2, 0, 1]]);
    let curve = |vertices: &[[i64; 3]], edges: Value| {
        boundaries(&arch, points.clone(), json!([{"vertices": integers(vertices), "edges": edges}]))
    };
    for (edge, reversed) in [([0, 1, 1], [1, 0, 1]), ([0, 2, 1], [2, 0, 1])] {
        for edge in [edge, reversed] {
            let changed = curve(&[[0, 0, 1], [0, 2, 1], [0, 1, 0]], json!([edge]));
            refused(&changed, Unproved::EdgeInside { curve: 0, edge: 0 });
        }
    }
    // At both ends class 1 is as large, and in between a neuron bends.
    let hump = with(
        curve(&[[-1, 0, 1], [1, 0, 1]], json!([[0, 1, 1]])),
        [
            ("boundaries/network/layers/2/weight", integers(&[[-1, 0], [-1, 0], [0, 0]])),
            ("boundaries/network/layers/2/bias", integers(&[[1, 0]])),
            ("boundaries/points", integers(&[[0, 0, 1], [0, 1, 1]])),
        ],
    );
    refused(&hump, Unproved::EdgeBends { curve: 0, edge: 0, layer: 1, neuron: 0 });
    // A ray on which a neuron comes to life far away.
    let far = [
        (integers(&[[0, 0, 0], [1, 0, 0]]), integers(&[[-9, 0, 0]])),
        (integers(&[[1, 0], [0, 0], [0, 0]]), integers(&[[0, 1]])),
    ];
    let far = network(&[2, 3, 2], relu(), &far);
    let ray = boundaries(
        &far,
        integers(&[[0, 11, 1], [1, 11, 1]]),
        json!([{"vertices": integers(&[[0, 0, 1], [0, 1, 0], [0, -1, 0]]), "edges": [[0, 1, 1], [0, 2, 1]]}]),
    );
    refused(&ray, Unproved::EdgeBends { curve: 0, edge: 0, layer: 1, neuron: 0 });
}

/// Where f_j = f_k class j does not win: not at a point, not at a stop, not at the end of a piece, not on a cut.
#[test]
fn a_tie_is_not_a_win() {
    let distance = above([[1, -1], [0, 0]], [[1, 0], [1, 0]], [0, 0]);
    let path = |stops: &[[i64; 2]]| {
        certificate("class-path", "class-path", json!({"network": distance, "class": 0, "stops": self::stops(stops)}))
    };
    refused(&path(&[[1, 0], [-1, 0]]), Unproved::NotWon { segment: 0, other: 1 });
    refused(&path(&[[1, 0], [1, 5], [0, 5]]), Unproved::NotWon { segment: 1, other: 1 });
    refused(&path(&[[0, 0], [0, 0]]), Unproved::NotWon { segment: 0, other: 1 });
    let widths = vec![2, 2, 2];
    let valid = Finding::ClassPath { widths, class: 0, segments: 2, pieces: 2, compared: NONE, ends: None };
    assert_eq!(finding(&path(&[[1, 0], [1, 5], [1, 5]])), valid);
    let point = boundaries(&distance, integers(&[[1, 0, 1], [0, 0, 1]]), json!([]));
    refused(&point, Unproved::PointOutside { point: 1, other: 1 });
}

/// A path in one dimension that crosses four breakpoints of two layers: |‖x| − 2| against 1/2 or so.
#[test]
fn a_path_is_cut_at_every_breakpoint() {
    let layers = [
        (integers(&[[1, -1]]), integers(&[[0, 0]])),
        (integers(&[[1, -1], [1, -1]]), integers(&[[-2, 2]])),
        (integers(&[[1, 0], [1, 0]]), over(1, &[[1, 0]])),
    ];
    let folded = network(&[1, 2, 2, 2], relu(), &layers);
    let path = |class: usize, stops: &[[i64; 1]]| {
        certificate("class-path", "class-path", json!({"network": folded, "class": class, "stops": self::stops(stops)}))
    };
    for stops in [[[-5], [5]], [[5], [-5]]] {
        assert!(matches!(finding(&path(0, &stops)), Finding::ClassPath { pieces: 4, segments: 1, .. }));
    }
    // Without the bias the output is 0 at ±2 only: in the middle of a segment, where two breakpoints meet.
    let lower = |stops: &[[i64; 1]]| with(path(0, stops), [("class-path/network/layers/3/bias", integers(&[[0, 0]]))]);
    refused(&lower(&[[3], [5], [1]]), Unproved::NotWon { segment: 1, other: 1 });
    refused(&lower(&[[0], [-7]]), Unproved::NotWon { segment: 0, other: 1 });
    assert!(matches!(finding(&lower(&[[-1], [1]])), Finding::ClassPath { pieces: 2, .. }));
}

/// The projection makes a claim about the chart one about the space; it looks at live neurons, and at all of them.
#[test]
fn live_neurons_factor_through_the_chart() {
    let vector = record("lifted-boundaries");
    assert!(matches!(finding(&vector), Finding::DisconnectedRegions { domain: Domain::Space, .. }));
    let mut slice = vector.clone();
    slice["object"]["boundaries"]["chart"].as_object_mut().unwrap().remove("projection");
    assert!(matches!(finding(&slice), Finding::DisconnectedRegions { domain: Domain::Plane, .. }));
    let mut line = record("cuts");
    line["object"]["boundaries"]["chart"].as_object_mut().unwrap().remove("projection");
    assert!(matches!(finding(&line), Finding::DisconnectedRegions { domain: Domain::Line, .. }));
    // The last neuron of the first layer is dead, until it has a weight.
    let alive = with(vector.clone(), [("boundaries/network/layers/2/weight/num/2/1", json!("1"))]);
    refused(&alive, Unproved::DoesNotFactor);
    // One that is read by a neuron that no output reads is dead; by one that an output reads it is alive.
    let deep = |third: [[i64; 2]; 2]| {
        let layers = [
            (integers(&[[1, 0], [0, 1]]), integers(&[[0, 0]])),
            (integers(&[[1, 0], [0, 1]]), integers(&[[0, 0]])),
            (integers(&third), integers(&[[-1, 0]])),
        ];
        let chart = json!({"origin": integers(&[[0, 0]]), "directions": integers(&[[1, 0]]), "projection": integers(&[[1], [0]])});
        let mut census = census(
            &network(&[2, 2, 2, 2], relu(), &layers),
            integers(&[[-1, 0], [0, 1], [1, 1], [1, 0]]),
            &[(&[0, 1], 1), (&[1, 2], 1), (&[2, 3], 0)],
            &[1, 1],
        );
        census["object"]["cells"]["chart"] = chart;
        census
    };
    assert!(matches!(finding(&deep([[1, 0], [0, 0]])), Finding::Census { domain: Domain::Space, .. }));
    refused(&deep([[1, 0], [0, 1]]), Unproved::DoesNotFactor);
    // Off in one entry.
    for name in ["lifted-boundaries", "lifted-cells", "cuts"] {
        let vector = record(name);
        let at = format!("{}/chart/projection", if name == "lifted-cells" { "cells" } else { "boundaries" });
        let projection = vector.pointer(&format!("/object/{at}/num")).unwrap();
        let (height, width) = (projection.as_array().unwrap().len(), projection[0].as_array().unwrap().len());
        for (row, column) in (0..height).flat_map(|row| (0..width).map(move |column| (row, column))) {
            let off = with(vector.clone(), [(&*format!("{at}/num/{row}/{column}"), json!("7"))]);
            assert!(
                matches!(rejection(&off), Rejection::Unproved(Unproved::Projection | Unproved::DoesNotFactor)),
                "{name}"
            );
        }
    }
}

/// Every certificate with one number changed by 1 or by a half.
fn mutants(record: &Value) -> Vec<Value> {
    let mut places = vec![];
    numbers(&record["object"], "/object".into(), &mut places);
    let changes = [(1, 1), (-1, 1), (1, 2), (-1, 2)].map(|(numer, denom)| Rational::new(numer.into(), denom.into()));
    places.iter().flat_map(|place| changes.iter().filter_map(|by| mutant(record.clone(), place, by))).collect()
}

/// The certificate with another number there, if it can be changed so.
fn mutant(mut record: Value, place: &str, by: &Rational) -> Option<Value> {
    let value = record.pointer_mut(place).unwrap();
    match (&*value, place.split_once("/num/")) {
        (Value::Number(number), _) => {
            let whole = by.ratio().is_integer().then(|| by.to_integer().try_into().unwrap())?;
            *value = json!(number.as_u64().unwrap().checked_add_signed(whole)?);
        }
        (Value::String(text), None) => *value = json!((text.parse::<Rational>().unwrap() + by).to_string()),
        (Value::String(text), Some((matrix, _))) => {
            // A half more is one more over twice the denominator.
            let changed = text.parse::<BigInt>().unwrap() * by.denom() + by.numer();
            let matrix = record.pointer_mut(matrix).unwrap();
            let scaled = |entry: &mut Value| {
                *entry = json!((entry.as_str().unwrap().parse::<BigInt>().unwrap() * by.denom()).to_string());
            };
            scaled(&mut matrix["den"]);
            matrix["num"]
                .as_array_mut()
                .unwrap()
                .iter_mut()
                .for_each(|row| row.as_array_mut().unwrap().iter_mut().for_each(scaled));
            *record.pointer_mut(place).unwrap() = json!(changed.to_string());
        }
        _ => unreachable!("a number"),
    }
    Some(record)
}

/// Where numbers are.
fn numbers(value: &Value, at: String, places: &mut Vec<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| numbers(value, format!("{at}/{key}"), places)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, value)| numbers(value, format!("{at}/{index}"), places));
        }
        _ => places.push(at),
    }
}

/// Whether what was accepted is true of the network in the same file, counted by the arrangement.
fn is_true(object: &Object) -> bool {
    match object {
        Object::Ranks(ranks) if ranks.network.widths[0] <= 2 => {
            components(&ranks.network, None).iter().all(|&count| count <= 1)
        }
        // Three inputs: every plane section would do, but none proves anything.
        Object::Ranks(_) => true,
        Object::Boundaries(own) => own.points.rows <= components(&own.network, own.chart.as_ref())[own.class],
        Object::Cells(own) => components(&own.network, own.chart.as_ref())
            .iter()
            .zip(&own.at_most)
            .all(|(count, at_most)| count <= at_most),
        Object::ClassPath(path) => {
            let stops: Vec<_> = path.stops.iter().flat_map(rows).collect();
            let at = |start: &[Rational], end: &[Rational], step: i64| -> Vec<Rational> {
                let share = Rational::new(step.into(), 60.into());
                start.iter().zip(end).map(|(start, end)| start + (end - start) * &share).collect()
            };
            stops.windows(2).all(|ends| {
                (0..=60).all(|step| {
                    let output = output(&path.network, &at(&ends[0], &ends[1], step));
                    (0..output.len()).all(|k| k == path.class || output[k] < output[path.class])
                })
            })
        }
        _ => unreachable!("an object about regions"),
    }
}

/// Every number counts, or what is said without it is true as well.
#[test]
fn mutants_that_are_accepted_are_true() {
    for name in names() {
        let (mut accepted, mut refused) = (0, 0);
        for mutant in mutants(&record(&name)) {
            match check_text(&text(&mutant)) {
                Verdict::Proved { .. } => {
                    accepted += 1;
                    assert!(is_true(&object(&mutant)), "{name}: {mutant}");
                }
                Verdict::Invalid { .. } => refused += 1,
                other => panic!("{name}: {other}"),
            }
        }
        assert!(refused > 10 && accepted > 0, "{name}: {accepted} accepted, {refused} refused");
    }
}

/// At least as many, and at most as many.
#[test]
fn a_census_agrees_with_boundaries() {
    for name in ["one", "two", "three", "relu", "hard-tanh", "wide", "abs", "classes"] {
        let (least, most) = (record(&format!("{name}-boundaries-0")), record(&format!("{name}-cells")));
        let of = |record: &Value, kind: &str| record["object"][kind]["network"].clone();
        assert_eq!(of(&least, "boundaries"), of(&most, "cells"), "{name}");
        match (finding(&least), finding(&most)) {
            (Finding::DisconnectedRegions { components, class, .. }, Finding::Census { at_most, .. }) => {
                assert_eq!(components, at_most[class], "{name}");
            }
            other => panic!("{other:?}"),
        }
    }
}

fn layers(record: &Value, at: &str) -> Layers {
    let start = json!({"record": "start", "layers": record.pointer(&format!("/object/{at}/network/layers")).unwrap()});
    match Reader::new(format!("{start}\n").as_bytes()).next_record().unwrap() {
        Some(Record::Start { layers }) => layers,
        other => panic!("{other:?}"),
    }
}

/// The network and σ are compared with the user's own, and of a path of inputs its ends; there is nothing else.
#[test]
fn networks_are_compared() {
    let invalid = |rejection| Verdict::Invalid { record: 1, rule: Rule::Expected, rejection };
    let compared = |verdict: Verdict| match verdict {
        Verdict::Proved { finding, .. } => match *finding {
            Finding::ConnectedRegions { compared, .. }
            | Finding::ClassPath { compared, .. }
            | Finding::DisconnectedRegions { compared, .. }
            | Finding::Census { compared, .. } => compared,
            other => panic!("{other}"),
        },
        other => panic!("{other}"),
    };
    let of = |breakpoints: &[&str], slopes: &[&str]| {
        let list = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
        Some(ActivationRecord { breakpoints: list(breakpoints), slopes: list(slopes), value: "0".parse().unwrap() })
    };
    let other = layers(&record("two-cells"), "cells");
    for (name, at) in [
        ("ranks-relu", "ranks"),
        ("class-path", "class-path"),
        ("relu-boundaries-0", "boundaries"),
        ("relu-cells", "cells"),
    ] {
        let (text, own) = (text(&record(name)), layers(&record(name), at));
        let check = |expected: Expected| check_bytes(text.as_bytes(), &expected);
        let from = Some(own.clone());
        // ReLU, written with a breakpoint where nothing bends.
        let activation = of(&["0", "2"], &["0", "1", "1"]);
        for (network, sigma) in [(false, false), (true, false), (false, true), (true, true)] {
            let expected = Expected {
                from: from.clone().filter(|_| network),
                activation: activation.clone().filter(|_| sigma),
                ..Expected::default()
            };
            assert_eq!(compared(check(expected)), (network, sigma), "{name}");
        }
        let mut last = own.clone();
        last.get_mut(&own.len()).unwrap().bias = other[&2].bias.clone();
        let rejection = invalid(Rejection::FromDiffers { layer: own.len() });
        assert_eq!(check(Expected { from: Some(last), ..Expected::default() }), rejection, "{name}");
        let leaky = Expected { activation: of(&["0"], &["1/9", "1"]), ..Expected::default() };
        assert_eq!(check(leaky), invalid(Rejection::ActivationDiffers), "{name}");
        let targets = Expected { targets: Some(Targets::Labels(vec![0])), ..Expected::default() };
        let to = Expected { to: Some(own), ..Expected::default() };
        let Object::ClassPath(path) = object(&record("class-path")) else { panic!("no path") };
        let inputs = Expected { inputs: Some(path.stops[0].clone()), ..Expected::default() };
        for expected in [Some(targets), Some(to), (at != "class-path").then_some(inputs)].into_iter().flatten() {
            assert_eq!(check(expected), invalid(Rejection::NothingToCompare), "{name}");
        }
    }
}

/// The first and the last stop are samples of the user's, whatever the denominator; those in between need not be.
#[test]
fn ends_of_a_path_are_compared() {
    let text = text(&record("class-path"));
    let given = |inputs: Value| {
        let matrix = json!({"record": "start", "layers": {"1": {"weight": inputs}}});
        match Reader::new(format!("{matrix}\n").as_bytes()).next_record().unwrap() {
            Some(Record::Start { layers }) => Expected { inputs: layers[&1].weight.clone(), ..Expected::default() },
            other => panic!("{other:?}"),
        }
    };
    let invalid = |rejection| Verdict::Invalid { record: 1, rule: Rule::Expected, rejection };
    match check_bytes(text.as_bytes(), &given(integers(&[[0, 0], [3, 3], [-2, -1]]))) {
        Verdict::Proved { finding, .. } => {
            assert!(matches!(*finding, Finding::ClassPath { ends: Some((2, 1)), compared: NONE, .. }));
            assert!(
                finding.to_string().ends_with("its ends are the given samples 2 and 1 (counted from 0)"),
                "{finding}"
            );
        }
        other => panic!("{other}"),
    }
    let stop = |inputs: Value| check_bytes(text.as_bytes(), &given(inputs));
    assert!(matches!(stop(over(2, &[[6, 6], [-4, -2], [1, 0]])), Verdict::Proved { .. }));
    assert_eq!(stop(integers(&[[3, 3], [-2, -2]])), invalid(Rejection::StopDiffers { stop: 0 }));
    assert_eq!(stop(integers(&[[-2, -1], [18, 18]])), invalid(Rejection::StopDiffers { stop: 3 }));
    let shape = Rejection::Shape { part: Part::Inputs, expected: (1, 2), found: (1, 3) };
    assert_eq!(stop(integers(&[[1, 2, 3]])), invalid(shape));
}

/// Work is limited by name: with one less than is needed the certificate is incomplete.
#[test]
fn each_limit_is_the_number_that_is_needed() {
    let within = |name: &str, limit, value| {
        let (text, mut limits) = (text(&record(name)), Limits::default());
        limits.set(limit, value);
        check(Reader::with_limits(limits, text.as_bytes()), &Expected::default(), &mut |_| {})
    };
    let table = [
        ("class-path", Limit::Products),
        ("class-path", Limit::Crossings),
        ("class-path", Limit::Digits),
        ("class-path", Limit::VertexBytes),
        ("ranks", Limit::Products),
        ("relu-boundaries-0", Limit::Products),
        ("relu-boundaries-0", Limit::VertexBytes),
        ("line-boundaries", Limit::Products),
        ("hard-tanh-cells", Limit::Products),
        ("hard-tanh-cells", Limit::VertexBytes),
        ("lifted-cells", Limit::VertexBytes),
    ];
    for (name, limit) in table {
        let proved = |value: &u64| matches!(within(name, limit, *value), Verdict::Proved { .. });
        let least = (0..100_000).find(proved).expect(name);
        assert!(least > 0, "{name}, {limit:?}");
        let (value, expected) = (least - 1, Exceeded { limit, value: least - 1 });
        match within(name, limit, value) {
            Verdict::Incomplete { record: 1, reason: Reason::Undecided(Undecided::Limit(exceeded)) } => {
                assert_eq!(exceeded, expected, "{name}");
            }
            other => panic!("{name}, {limit:?}: {other}"),
        }
    }
}

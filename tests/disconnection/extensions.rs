//! One hidden layer of n neurons and n + 1 samples whose second differences alternate; the last weights of deep networks.

use super::unproved::unproved;
use super::*;

/// The inputs ascend, and y has second differences that alternate; the smallest slope of σ is 0 where that is enough.
#[derive(Debug, Clone)]
struct Bending {
    x: Vec<Rational>,
    y: Vec<Rational>,
    slope: Rational,
}

fn differences(list: &[Rational]) -> Vec<Rational> {
    list.windows(2).map(|pair| Rational::from(&pair[1] - &pair[0])).collect()
}

/// The sums of the first terms, from one on.
fn sums(terms: impl IntoIterator<Item = Rational>) -> Vec<Rational> {
    let mut sum = Rational::new();
    let add = |term: Rational| {
        sum += term;
        sum.clone()
    };
    terms.into_iter().map(add).collect()
}

fn bending_data() -> impl Strategy<Value = Bending> {
    let positive = |n: usize| prop::collection::vec((1..30i64, 1..5i64).prop_map(|(p, r)| q(p, r)), n);
    (3..=13usize)
        .prop_flat_map(move |n| {
            (positive(n), positive(n - 2), any_rational(), any_rational(), any::<bool>(), 0..100i64)
        })
        .prop_map(|(distances, bends, first, slope_before, up, s)| {
            let x = sums(distances.clone());
            let sign = |i: usize| if i.is_multiple_of(2) == up { 1 } else { -1 };
            let slopes =
                sums([slope_before].into_iter().chain(bends.into_iter().enumerate().map(|(i, b)| b * sign(i))));
            let steps = slopes.iter().zip(&distances[1..]).map(|(g, h)| Rational::from(g * h)).collect::<Vec<_>>();
            let against = steps.iter().any(|step| Rational::from(step * sign(0)) < 0);
            let y = sums([first].into_iter().chain(steps));
            Bending { x, y, slope: q(if against { s } else { s.max(1) }, 100) }
        })
}

/// β as the theorems have it.
fn barrier(x: &[Rational], y: &[Rational]) -> Rational {
    let (steps, distances) = (differences(y), differences(x));
    let quarter = |step: &Rational| Rational::from(step.square_ref()) / 4u32;
    if steps.windows(2).all(|pair| Rational::from(&pair[0] * &pair[1]) < 0) {
        return steps.iter().map(quarter).min().unwrap();
    }
    let slopes: Vec<Rational> = steps.iter().zip(&distances).map(|(step, h)| Rational::from(step / h)).collect();
    let bends = differences(&slopes);
    let against = |step: &&Rational| Rational::from(*step * &bends[0]) < 0;
    let largest = steps.iter().filter(against).map(quarter).max();
    let largest = largest.unwrap_or_else(|| steps.iter().map(quarter).max().unwrap());
    let bound = |(bend, pair): (&Rational, &[Rational])| {
        let (a, b) = (Rational::from(pair[0].recip_ref()), Rational::from(pair[1].recip_ref()));
        let middle = Rational::from(&a + &b);
        Rational::from(bend.square_ref()) / (a.square() + middle.square() + b.square()) / 2u32
    };
    bends.iter().zip(distances.windows(2)).map(bound).min().unwrap().min(largest)
}

fn column(list: &[Rational]) -> DMatrix<Rational> {
    DMatrix::from_column_slice(list.len(), 1, list)
}

/// x_i q + a.
fn on_a_line(x: &[Rational], q: &[i64], a: &[i64]) -> DMatrix<Rational> {
    DMatrix::from_fn(x.len(), q.len(), |i, k| Rational::from(&x[i] * q[k]) + a[k])
}

/// Rows and samples in another order, `places[i]` being where row i of the new one was.
fn shuffled(instance: &Disconnection, places: &[usize]) -> Disconnection {
    let Obstruction::Ordered { direction, samples: Some(samples) } = &instance.obstruction else { panic!() };
    let place = |sample: &usize| places.iter().position(|from| from == sample).unwrap();
    let samples = Some(samples.iter().map(place).collect());
    Disconnection {
        inputs: instance.inputs.select_rows(places),
        targets: instance.targets.select_rows(places),
        obstruction: Obstruction::Ordered { direction: direction.clone(), samples },
        ..instance.clone()
    }
}

proptest! {
    #![proptest_config(cases!("disconnection", 60))]

    #[test]
    fn second_differences_that_alternate_are_enough(Bending { x, y, slope } in bending_data()) {
        let instance = ordered_neurons(&x, &y, &slope).unwrap();
        prop_assert_eq!(instance.verify(), levels(Rational::new(), barrier(&x, &y)));
        prop_assert_eq!(instance.decide_in_double(), Some(true));
        // The samples from the other end.
        let reversed = [&x, &y].map(|list| list.iter().rev().cloned().collect::<Vec<_>>());
        prop_assert_eq!(ordered_neurons(&reversed[0], &reversed[1], &slope).unwrap(), instance);
    }

    #[test]
    fn a_line_in_any_dimension_with_any_outputs_and_further_samples(
        Bending { x, y, slope } in bending_data(),
        way in prop::collection::vec(-3..4i64, 3),
        (u, others) in (1..4usize).prop_flat_map(|m| (prop::collection::vec(1..5i64, m), any_matrix(13, m))),
        further in any_matrix(4, 3),
        turn in 0..17usize,
    ) {
        prop_assume!(way.iter().any(|step| *step != 0));
        let inputs = on_a_line(&x, &way, &[1, -2, 5]);
        // Y u = y, whatever the other columns are.
        let (n, m) = (x.len(), u.len());
        let mut targets = others.rows(0, n).into_owned();
        for i in 0..n {
            let rest: Rational = (0..m - 1).map(|j| Rational::from(&targets[(i, j)] * u[j])).sum();
            targets[(i, m - 1)] = Rational::from(&y[i] - &rest) / u[m - 1];
        }
        let direction: Vec<Rational> = u.iter().map(|&entry| Rational::from(entry)).collect();
        let instance = match ordered_outputs(&inputs, &targets, &direction, &slope) {
            // Along the coordinate the samples may be in the other order, and there slope 0 may not do.
            Err(NoInstance::NoStepAgainst) => return Ok(()),
            found => found.unwrap(),
        };
        prop_assert_eq!(instance.positive.widths(), [3, n - 1, m]);
        let norm: i64 = u.iter().map(|entry| entry * entry).sum();
        // Seen from the other end, another step may be the largest one that goes against the first bend.
        let seen = Exact.product(&instance.targets, &column(&direction));
        let places = instance.inputs.column(way.iter().position(|step| *step != 0).unwrap()).into_owned();
        let expected = barrier(places.as_slice(), seen.as_slice()) / norm;
        prop_assert_eq!(instance.verify(), levels(Rational::new(), expected.clone()));
        prop_assert_eq!(instance.decide_in_double(), Some(true));
        // Fewer neurons than N − 1, and the samples in any order.
        let more = instance.with_labelled_samples(&further);
        let places: Vec<usize> = (0..n + 4).map(|i| (i + turn) % (n + 4)).collect();
        let more = shuffled(&more, &places);
        prop_assert_eq!((more.inputs.nrows(), more.positive.widths()[1]), (n + 4, n - 1));
        prop_assert_eq!(more.verify(), levels(Rational::new(), expected));
        prop_assert_eq!(more.decide_in_double(), Some(true));
    }

    #[test]
    fn last_weights_cannot_become_singular(
        activation in any_activation(),
        (inputs, targets) in (1..4usize, 1..4usize).prop_flat_map(|(m, more)| {
            (any_matrix(m + more, 2), any_matrix(m + more, m))
        }),
        before in prop::collection::vec(1..4usize, 0..3),
        beyond in 0..5usize,
    ) {
        let (samples, outputs) = targets.shape();
        let before = [&before[..], &[samples - 1 + beyond]].concat();
        match last_weights(&activation, &inputs, &targets, &before) {
            Ok(instance) => {
                prop_assert_eq!(instance.positive.widths(), [&[2], &before[..], &[outputs, outputs]].concat());
                let found = instance.verify().unwrap();
                prop_assert!(found.attained == 0 && found.barrier > 0);
                // With a singular W_L: the first of its rows is the last one too.
                if outputs > 1 {
                    let depth = instance.positive.depth();
                    let mut last = (**instance.positive.layer(depth)).clone();
                    let row = last.row(outputs - 1).into_owned();
                    last.set_row(0, &row);
                    let singular = instance.positive.with_layer(depth, last).unwrap();
                    prop_assert!(instance.loss(&singular) >= found.barrier);
                }
            }
            Err(NoInstance::EqualInputs { .. } | NoInstance::CentredRank { .. }) => {}
            Err(reason) => return Err(TestCaseError::fail(reason.to_string())),
        }
    }
}

fn list(entries: &[i64]) -> Vec<Rational> {
    entries.iter().copied().map(Rational::from).collect()
}

#[test]
fn data_without_neurons_in_order_are_refused_by_name() {
    let refused = |x: &DMatrix<Rational>, y: &DMatrix<Rational>, u: &[i64], slope| {
        ordered_outputs(x, y, &list(u), &slope).unwrap_err()
    };
    let (x, y) = (matrix(4, 1, &[0, 1, 2, 3]), matrix(4, 1, &[0, 1, 4, 5]));
    // The second differences are 2, −2: no step is negative, so that for slope 0 there is no network in order.
    assert_eq!(refused(&x, &y, &[1], q(0, 1)), NoInstance::NoStepAgainst);
    assert_eq!(ordered_outputs(&x, &y, &list(&[1]), &q(1, 100)).unwrap().verify(), levels(q(0, 1), q(1, 3)));
    for slope in [q(-1, 100), q(-1, 1), q(1, 1)] {
        assert_eq!(refused(&x, &y, &[1], slope), NoInstance::OrderedSlope);
    }
    assert_eq!(refused(&x, &matrix(4, 1, &[0, 1, 2, 5]), &[1], q(1, 2)), NoInstance::SecondDifferences { sample: 1 });
    assert_eq!(refused(&x, &matrix(4, 1, &[0, 1, 4, 9]), &[1], q(1, 2)), NoInstance::SecondDifferences { sample: 2 });
    let bent = matrix(4, 2, &[0, 0, 1, 1, 2, 2, 3, 4]);
    assert_eq!(refused(&bent, &y, &[1], q(1, 2)), NoInstance::NotCollinear { sample: 3 });
    let equal = matrix(4, 2, &[0, 0, 1, 1, 2, 2, 1, 1]);
    assert_eq!(refused(&equal, &y, &[1], q(1, 2)), NoInstance::EqualInputs { first: 1, second: 3 });
    assert_eq!(refused(&matrix(4, 1, &[7; 4]), &y, &[1], q(1, 2)), NoInstance::EqualInputs { first: 0, second: 1 });
    assert_eq!(refused(&x, &y, &[0], q(1, 2)), NoInstance::Direction { outputs: 1, found: 1 });
    assert_eq!(refused(&x, &y, &[1, 2], q(1, 2)), NoInstance::Direction { outputs: 1, found: 2 });
}

/// Theorem 1 keeps its β where the second one holds too, and the signs of the two agree.
#[test]
fn alternating_targets_keep_a_quarter_of_the_least_step() {
    for first in [1, -1] {
        let y = list(&[0, first, 0, first, 0]);
        let instance = ordered_neurons(&list(&[0, 1, 2, 3, 4]), &y, &q(1, 3)).unwrap();
        assert_eq!(**instance.positive.layer(1), matrix(2, 4, &[1, 1, -1, 1, 0, -1, 2, -3]));
        assert_eq!(instance.verify(), levels(q(0, 1), q(1, 4)));
    }
}

/// What is forged has a name each.
#[test]
fn hypotheses_of_neurons_in_order_one_by_one() {
    let x = on_a_line(&list(&[0, 1, 2, 3]), &[2, 1], &[0, 1]);
    let y = matrix(4, 2, &[0, 0, 2, -1, 5, -1, 6, -1]);
    let good = ordered_outputs(&x, &y, &list(&[1, 1]), &q(1, 2)).unwrap();
    assert_eq!(good.verify(), levels(q(0, 1), q(1, 6)));
    let refused = |forge: &dyn Fn(&mut Disconnection)| {
        let mut forged = good.clone();
        forge(&mut forged);
        unproved(forged.verify())
    };
    let with = |direction: &[i64], samples: Option<&[usize]>| {
        let direction = Some(column(&list(direction)));
        Obstruction::Ordered { direction, samples: samples.map(<[usize]>::to_vec) }
    };
    let slope = |forged: &mut Disconnection, slope| forged.activation = Activation::leaky_relu(slope);
    assert_eq!(refused(&|forged| slope(forged, q(-1, 100))), Unproved::NoHinge);
    assert_eq!(refused(&|forged| slope(forged, q(1, 1))), Unproved::NoHinge);
    assert_eq!(refused(&|forged| forged.inputs[(2, 0)] += 1), Unproved::NotCollinear { sample: 2 });
    assert_eq!(refused(&|forged| forged.obstruction = with(&[0, 0], None)), Unproved::Direction);
    let bare = Obstruction::Ordered { direction: None, samples: None };
    assert_eq!(refused(&|forged| forged.obstruction = bare.clone()), Unproved::Direction);
    assert_eq!(refused(&|forged| forged.obstruction = with(&[0, 1], None)), Unproved::SecondDifferences { sample: 2 });
    assert_eq!(refused(&|forged| forged.obstruction = with(&[1, 1], Some(&[0, 1, 1, 3]))), Unproved::Samples);
    assert_eq!(refused(&|forged| forged.obstruction = with(&[1, 1], Some(&[0, 1, 2]))), Unproved::Samples);
    assert_eq!(refused(&|forged| forged.negative = forged.positive.clone()), Unproved::Signs);
}

#[test]
fn last_weights_without_a_hypothesis() {
    let relu = Activation::relu();
    let (x, y) = (matrix(3, 1, &[0, 1, 2]), matrix(3, 2, &[0, 0, 1, 0, 0, 1]));
    let refused = |activation: &Activation, x: &DMatrix<Rational>, y: &DMatrix<Rational>, before: &[usize]| {
        last_weights(activation, x, y, before).unwrap_err()
    };
    assert_eq!(refused(&relu, &x, &y.rows(0, 2).into_owned(), &[2]), NoInstance::Targets { inputs: 3, targets: 2 });
    let equal = matrix(3, 2, &[0, 0, 1, 1, 2, 2]);
    assert_eq!(refused(&relu, &x, &equal, &[2]), NoInstance::CentredRank { rank: 1, outputs: 2 });
    assert_eq!(refused(&relu, &matrix(3, 1, &[0, 1, 0]), &y, &[2]), NoInstance::EqualInputs { first: 0, second: 2 });
    assert_eq!(refused(&relu, &x, &y, &[9, 1]), NoInstance::HiddenWidth { needed: 2, found: 1 });
    assert_eq!(refused(&Activation::identity(), &x, &y, &[9]), NoInstance::FeatureRank { rank: 2, samples: 3 });
    assert_eq!(refused(&relu, &x, &y, &[]), NoInstance::FeatureRank { rank: 2, samples: 3 });
    let constant: Activation = "pl:breakpoints=0;slopes=0,0;value=1".parse().unwrap();
    assert_eq!(refused(&constant, &x, &y, &[2]), NoInstance::Constant);
    // Independent inputs need no layer before, whatever σ is: Theorem 3.2 (1) without n_1 > n_2.
    let plane = matrix(3, 2, &[0, 0, 1, 0, 0, 1]);
    let shallow = last_weights(&Activation::identity(), &plane, &y, &[]).unwrap();
    assert_eq!((shallow.positive.widths(), shallow.verify().unwrap().attained), (vec![2, 2, 2], q(0, 1)));

    // Theorem 5.1 without n_(L−1) > n_L: 2N in the first layer, and then some.
    let good = last_weights(&relu, &x, &y, &[6, 9]).unwrap();
    assert_eq!(good.positive.widths(), [1, 6, 9, 2, 2]);
    // GᵀG is 2/3 on the diagonal and −1/3 off it: 1/3 is its least eigenvalue, within 1 %.
    let found = good.verify().unwrap();
    assert!(found.attained == 0 && found.barrier <= q(1, 6) && found.barrier > q(1, 6) * q(98, 100));
    assert_eq!(good.decide_in_double(), Some(true));
    let greedy = Disconnection { obstruction: Obstruction::LastWeights { margin: q(2, 5) }, ..good.clone() };
    assert_eq!(unproved(greedy.verify()), Unproved::OutputMargin);
    let nothing = Disconnection { targets: equal, ..good.clone() };
    assert_eq!(unproved(nothing.verify()), Unproved::OutputMargin);
    let one_side = Disconnection { negative: good.positive.clone(), ..good.clone() };
    assert_eq!(unproved(one_side.verify()), Unproved::Signs);
    // A neuron more in the last hidden layer: W_L has no determinant, and n_(L−1) > n_L.
    let wider = |parameters: &Parameters<Rational>| {
        let mut layers: Vec<_> = parameters.layers().iter().map(|layer| (**layer).clone()).collect();
        let (last, depth) = (layers.pop().unwrap(), layers.len());
        layers[depth - 1] = layers[depth - 1].clone().insert_column(2, Rational::new());
        layers.push(last.insert_row(2, Rational::new()));
        Parameters::new(layers).unwrap()
    };
    let wide = Disconnection { positive: wider(&good.positive), negative: wider(&good.negative), ..good };
    assert_eq!(unproved(wide.verify()), Unproved::NotSquare { hidden: 3, outputs: 2 });
}

/// The determinant of a single weight is the weight: obstruction 1.
#[test]
fn last_weights_generalise_the_single_neuron() {
    let (x, y) = (matrix(4, 1, &[0, 1, 2, 3]), matrix(4, 1, &[0, 1, 5, 2]));
    let instance = last_weights(&"leaky-relu=1/2".parse().unwrap(), &x, &y, &[3]).unwrap();
    let single = Disconnection { obstruction: Obstruction::SingleNeuron, ..instance.clone() };
    assert_eq!(instance.verify(), single.verify());
    assert_eq!(instance.verify(), levels(q(0, 1), q(7, 1)));
}

/// Near its zeros the function has no sign in f64.
#[test]
fn f64_loses_the_sign_of_the_function() {
    let thin = Rational::from((1, Rational::from(1u32 << 20).square().square().numer()));
    // Two samples, and with them two kinks, 2⁻⁸⁰ apart.
    let x = [q(1, 1), Rational::from(&thin + 1u32), q(2, 1), q(3, 1)];
    let kinks = ordered_neurons(&x, &list(&[0, 1, 0, 1]), &q(1, 100)).unwrap();
    assert_eq!(kinks.verify(), levels(q(0, 1), q(1, 4)));
    assert_eq!(kinks.function_in_double(&kinks.positive), Some(0.0));
    assert_eq!(kinks.decide_in_double(), Some(false));
    // On samples that are apart, kinks at 1 and 1 + 2⁻⁸⁰: positive, as the checker stumbles over nothing but the loss.
    let unit = ordered_neurons(&list(&[0, 1, 2, 3]), &list(&[0, 1, 0, 1]), &q(1, 100)).unwrap();
    let mut first = (**unit.positive.layer(1)).clone();
    (first[(1, 0)], first[(1, 1)]) = (q(-1, 1), Rational::from(-&x[1]));
    let close = |first| Disconnection { positive: unit.positive.with_layer(1, first).unwrap(), ..unit.clone() };
    let near = close(first.clone());
    assert!(matches!(unproved(near.verify()), Unproved::NotBelow { .. }));
    assert_eq!(near.function_in_double(&near.positive), Some(0.0));
    first.swap((1, 0), (1, 1));
    assert_eq!(unproved(close(first).verify()), Unproved::Signs);

    // W_L = [1, 1; 1, 1 + 2⁻⁸⁰], undone by the layer before, which σ(x) = x hands on.
    let plane = matrix(3, 2, &[0, 0, 1, 0, 0, 1]);
    let good = last_weights(&Activation::identity(), &plane, &plane, &[]).unwrap();
    let mut flat = matrix(2, 2, &[1, 1, 1, 1]);
    flat[(1, 1)] += &thin;
    let through = |parameters: &Parameters<Rational>| {
        let (first, second) = (parameters.layer(1), parameters.layer(2));
        let matrix = second.rows(0, 2).into_owned();
        let inverse = Exact.solve(&flat, &matrix).unwrap();
        let mut last = flat.clone().insert_row(2, Rational::new());
        last.set_row(2, &second.row(2));
        let first = Exact.product(first, &inverse);
        Parameters::new(vec![first, last]).unwrap()
    };
    let mut singular = Disconnection { positive: through(&good.positive), ..good.clone() };
    assert!(singular.verify().is_ok());
    assert_eq!(singular.function_in_double(&singular.positive), Some(0.0));
    assert_eq!(singular.decide_in_double(), Some(false));
    singular.negative = singular.positive.clone();
    assert_eq!(unproved(singular.verify()), Unproved::Signs);
}

/// The certificates that `crates/checker/tests/data/separated` holds; UPDATE_DOCS=1 writes them.
#[test]
fn the_files_of_separations_are_what_is_built() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/crates/checker/tests/data/separated");
    let update = std::env::var_os("UPDATE_DOCS").is_some();
    for (name, instance) in separations() {
        let bytes = certificate(&format!("disconnection, {name}"), instance.object());
        let path = format!("{folder}/{name}.path.jsonl");
        if update {
            std::fs::create_dir_all(folder).unwrap();
            std::fs::write(&path, &bytes).unwrap();
        }
        let stored = std::fs::read(&path).unwrap_or_default();
        assert!(stored == bytes, "{name}: run UPDATE_DOCS=1 cargo test --test library disconnection::");
    }
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), separations().len());
}

fn separations() -> Vec<(String, Disconnection)> {
    let count = |n: i64| list(&(0..n).collect::<Vec<_>>());
    let zigzag = |n: i64| list(&(0..n).map(|i| i % 2).collect::<Vec<_>>());
    let alternating = |n| (format!("alternating-{n:02}"), ordered_neurons(&count(n), &zigzag(n), &q(1, 100)).unwrap());
    let mut all: Vec<_> = (4..=13).map(alternating).collect();
    let bends = ordered_neurons(&count(5), &list(&[0, 3, 4, 7, 8]), &q(1, 3)).unwrap();
    let relu = ordered_neurons(&count(5), &list(&[0, 3, 4, 7, 6]), &q(0, 1)).unwrap();
    // The largest step of all, 9, is not one against the first bend.
    let small = ordered_neurons(&count(4), &list(&[0, 1, -8, -13]), &q(1, 2)).unwrap();
    let line = on_a_line(&count(4), &[2, -1, 3], &[1, 0, -1]);
    let collinear = ordered_outputs(&line, &column(&zigzag(4)), &list(&[1]), &q(0, 1)).unwrap();
    let two = matrix(4, 2, &[0, 0, 1, 0, 1, 1, 2, 1]);
    let outputs = ordered_outputs(&line, &two, &list(&[1, -1]), &q(1, 2)).unwrap();
    let further = outputs.clone().with_labelled_samples(&matrix(2, 3, &[0, 0, 0, 1, 2, 3]));
    let further = shuffled(&further, &[4, 0, 1, 5, 2, 3]);
    let hidden =
        last_weights(&Activation::relu(), &matrix(3, 1, &[0, 1, 2]), &matrix(3, 2, &[0, 0, 1, 0, 0, 1]), &[3, 4]);
    let named = [
        ("second-differences", bends),
        ("second-differences-relu", relu),
        ("small-step", small),
        ("line", collinear),
        ("two-outputs", outputs),
        ("further-samples", further),
        ("last-weights", hidden.unwrap()),
    ];
    all.extend(named.map(|(name, instance)| (name.to_owned(), instance)));
    all
}

//! IJCAI 2020: the verdicts as properties of random objects.

use crate::support::{snapshot, unproved};
use nalgebra::DMatrix;
use proptest::prelude::*;
use rug::Rational;
use sublevel::certificate::Object;
use sublevel::checker::{Expected, Unproved};
use sublevel::statement::object::{certificate, prove, prove_certificate};
use sublevel::statement::residual::bounds::{
    Norms, crowd, derivatives, lemma_10, on_cube, stationary_targets, theorem_8_constant,
};
use sublevel::statement::residual::instances::{Remark, lemma_7, remark_3_1, step_2, theorem_6};
use sublevel::statement::residual::landscape::{Interval, PiecewiseLinear, bowl, three_wells};
use sublevel::statement::residual::merge::{
    Case, MOTIONS, Motion, NotRemoved, Strategy as Way, Target, corners, emptied_of, slope,
};
use sublevel::statement::residual::model::Skip;
use sublevel::statement::residual::spread::Spread;
use sublevel::statement::residual::wall::{NoWall, ResidualWall, Weights};
use sublevel::statement::skip_product::SkipProduct;
use unproved::unproved;

fn q(numerator: i64, denominator: i64) -> Rational {
    Rational::from((numerator, denominator))
}

fn number() -> impl Strategy<Value = Rational> {
    (-24..=24i64, 1..=8i64).prop_map(|(numerator, denominator)| q(numerator, denominator))
}

fn numbers(count: usize) -> impl Strategy<Value = Vec<Rational>> {
    prop::collection::vec(number(), count)
}

/// m = 3 neurons and k inner layers.
fn weights(inner: usize) -> impl Strategy<Value = Weights> {
    (numbers(3), numbers(3), numbers(3), numbers(inner), numbers(3))
        .prop_map(|(stem, head, first, inner, last)| Weights { stem, head, first, inner, last })
}

/// Any values at 2 to 8 places.
fn function() -> impl Strategy<Value = PiecewiseLinear> {
    prop::collection::vec((1..=4i64, 0..=9i64), 2..=8).prop_map(|steps| {
        let places = steps.iter().scan(0, |place, (step, _)| {
            *place += step;
            Some(q(*place, 1))
        });
        PiecewiseLinear { places: places.collect(), values: steps.iter().map(|(_, value)| q(*value, 2)).collect() }
    })
}

/// A network with two inputs, one output, two neurons and a block of width 1, with rational norms.
fn skip() -> impl Strategy<Value = Skip> {
    let rows = prop::sample::select(vec![[3, 4], [-4, 3], [5, -12], [-8, 15]]);
    let small = || -3..=3i32;
    (prop::array::uniform2(rows), [small(), small()], [1..=3i32, 1..=3i32], 1..=4i32, [small(), small()]).prop_map(
        |(stem, head, first, theta, last)| {
            Skip::from_integers(&[&stem[0], &stem[1]], &[&head], &[&first], &[&[&[theta]]], &[&[last[0]], &[last[1]]])
        },
    )
}

proptest! {
    #![proptest_config(cases!("residual_verdicts", 256))]

    /// The wall is a bound of all networks with q = 1, not only of those on a path.
    #[test]
    fn no_network_with_q_1_is_below_the_wall(
        (inner, weights) in (1..=3usize).prop_flat_map(|inner| (Just(inner), weights(inner))),
        s in (6..=16i64).prop_map(|s| q(s, 4)),
        kappa in (1..=8i64).prop_map(|kappa| q(kappa, 16)),
    ) {
        let instance = ResidualWall::of_theorem_11(&s, &kappa, inner, 3);
        prop_assume!(instance.is_ok());
        let instance = instance.unwrap();
        if let Some(on_the_wall) = weights.with_block(&instance.level()) {
            prop_assert_eq!(on_the_wall.outputs()[1].clone(), instance.level());
            prop_assert!(instance.loss(&on_the_wall) >= instance.wall());
        }
        // And the valley, of those with q ≥ 1.
        if let (Ok(levels), Some(beyond)) = (instance.clone().with_valley().verify(), weights.with_block(&q(3, 2))) {
            prop_assert!(instance.loss(&beyond) >= levels.floor.unwrap());
        }
    }

    /// The wall is the least value at q = 1 and nowhere too low: p = y − 1 − κ/2, all else 1.
    #[test]
    fn the_wall_is_attained(s in 6..=16i64, kappa in 1..=8i64, inner in 1..=3usize) {
        let instance = ResidualWall::of_theorem_11(&q(s, 4), &q(kappa, 16), inner, 2);
        prop_assume!(instance.is_ok());
        let instance = instance.unwrap();
        let skip = Rational::from(&instance.target - 1) - q(kappa, 32);
        let weights = Weights {
            stem: vec![q(1, 1), q(0, 1)],
            head: vec![skip, q(1, 1)],
            first: vec![q(1, 1), q(0, 1)],
            inner: vec![q(1, 1); inner],
            last: vec![q(0, 1), q(1, 1)],
        };
        prop_assert_eq!(weights.outputs()[1].clone(), q(1, 1));
        prop_assert_eq!(instance.loss(&weights), instance.wall());
    }

    /// What the checker says of a function is what components and barriers say.
    #[test]
    fn depths_are_those_of_components(function in function(), level in 0..=9i64) {
        let Ok(found) = function.verify() else { return Ok(()) };
        let sets = function.minimum_sets();
        let mut depth = Rational::new();
        for (index, (a, low)) in sets.iter().enumerate() {
            for (b, high) in &sets[index + 1..] {
                let [a, b] = [point_of(a), point_of(b)];
                depth = depth.max(function.barrier(&a, &b) - low.clone().max(high.clone()));
            }
        }
        prop_assert_eq!(&found.depth, &depth);
        let level = q(level, 2);
        let count = function.components(&level).len();
        if found.connected_from.as_ref().is_none_or(|from| level >= *from) {
            prop_assert!(count <= 1);
            if count == 1 {
                prop_assert_eq!(found.theorem_3_holds(&level), Some(true));
            }
        }
        prop_assert_eq!(found.connected_from.is_none(), sets.len() == 1);
    }

    /// In a component F is not above the level, and just outside it is.
    #[test]
    fn components_are_sublevel_sets(function in function(), level in 0..=9i64, x in (-40..=400i64).prop_map(|x| q(x, 10))) {
        let level = q(level, 2);
        let inside = |interval: &Interval| {
            interval.from.as_ref().is_none_or(|from| *from <= x) && interval.to.as_ref().is_none_or(|to| x <= *to)
        };
        let found = function.components(&level);
        prop_assert_eq!(found.iter().filter(|interval| inside(interval)).count(), usize::from(function.at(&x) <= level));
    }

    #[test]
    fn ways_stay_below(x in number(), y in number(), more in 0..=5i64) {
        let point = [x, y];
        let epsilon = Remark.at(&point) + q(more + 1, 1000);
        let way = Remark.way(&epsilon, &point).unwrap();
        for pair in way.windows(2) {
            for k in 0..=8 {
                let between = [0, 1].map(|i| Rational::from(&pair[1][i] - &pair[0][i]) * q(k, 8) + &pair[0][i]);
                prop_assert!(Remark.at(&between) <= epsilon);
            }
        }
        prop_assert!(Remark.way(&(Remark.at(&point) - q(1, 1000)), &point).is_none());
    }

    #[test]
    fn scaled_neurons_change_nothing(network in skip(), neuron in 0..=1usize, c in 2..=9i64, x in numbers(2)) {
        let other = network.beside(neuron, &q(c, 1));
        prop_assert_ne!(&other, &network);
        prop_assert_eq!(other.output(&x), network.output(&x));
        prop_assert_eq!(other.invariants(), network.invariants());
    }

    #[test]
    fn lemma_10_holds_with_the_constant_1(w in numbers(3), v in numbers(3), inputs in prop::collection::vec(numbers(3), 1..6)) {
        let [left, right] = lemma_10(&w, &v, &inputs);
        prop_assert!(left <= right);
    }

    /// Theorem 8 at networks whose derivatives are 0; and by how much it fails where they are not, is the derivative's business.
    #[test]
    fn theorem_8_holds_where_f_is_stationary(network in skip(), inputs in prop::collection::vec(numbers(2), 2..5), kappa in 1..=9i64) {
        let (mut network, kappa) = (network, q(kappa, 4));
        let norms = Norms::of(&network).unwrap();
        prop_assume!(!norms.product.is_zero());
        // ‖W_2 V_1‖_1 and the block's first layer take the size of θ.
        let size = norms.inner[0].clone();
        network.last.iter_mut().for_each(|weight| *weight *= Rational::from(&size / &norms.product));
        network.first.iter_mut().for_each(|weight| *weight *= Rational::from(&size / &norms.first));
        let Some(targets) = stationary_targets(&network, &inputs, &kappa) else { return Ok(()) };
        let samples: Vec<_> = inputs.into_iter().zip(targets).collect();
        let norms = Norms::of(&network).unwrap();
        prop_assert!(derivatives(&network, &norms, &samples, &kappa).iter().all(Rational::is_zero));
        prop_assert!(norms.largest() <= theorem_8_constant(&samples, &kappa));
    }

    /// The pigeonhole of Lemma 9, on the surface of a cube.
    #[test]
    fn a_crowd_is_within_its_distance(n in 1..=3usize, l in 1..=3usize, entries in prop::collection::vec(-50..=50i64, 300)) {
        let rows: Vec<Vec<Rational>> = entries.chunks_exact(n)
            .filter(|row| row.iter().any(|entry| *entry != 0))
            .map(|row| row.iter().map(|entry| q(*entry, 1)).collect())
            .collect();
        let found = crowd(&rows, l).unwrap();
        prop_assert_eq!(found.rows.len(), l + 1);
        let scaled: Vec<_> = found.rows.iter().map(|&row| on_cube(&rows[row]).unwrap()).collect();
        for (a, b) in scaled.iter().flat_map(|a| scaled.iter().map(move |b| (a, b))) {
            let distance: Rational = a.iter().zip(b).map(|(x, y)| Rational::from(x - y).square()).sum();
            prop_assert!(distance <= found.squared_distance);
        }
        // One cell more an edge is too many.
        let cells = |q: u32| 2 * n * l * (q as usize).pow(n as u32 - 1);
        prop_assert!(cells(found.cells) < rows.len() && (n == 1 || cells(found.cells + 1) >= rows.len()));
    }
}

proptest! {
    #![proptest_config(cases!("residual_merge", 24))]

    /// The maximum at the kinks is one of the whole line, and a cut is within the bound of Theorem R.
    #[test]
    fn the_maximum_is_at_a_kink(seed in 0..=9999u64, n in 1..=3usize, m in 5..=12usize, t in (0..=64i64).prop_map(|t| q(t, 64))) {
        let case = Case::draw(n, m, m + 5, seed);
        for way in Way::ALL {
            let removed = case.removed(m / 2, way).unwrap();
            prop_assert!(removed.at(&t) <= removed.maximum());
            prop_assert_eq!(removed.at(&q(0, 1)), case.loss());
            prop_assert_eq!(removed.emptied.len(), m / 2);
        }
        prop_assert!(case.removed(m / 2, Way::Cut).unwrap().maximum_is_within_the_bound());
    }
}

/// Any network with m neurons, two inputs, one output and a block of width 2.
fn any_skip(m: usize) -> impl Strategy<Value = Skip> {
    let matrix = |rows: usize, columns: usize| {
        numbers(rows * columns).prop_map(move |entries| DMatrix::from_row_slice(rows, columns, &entries))
    };
    (matrix(m, 2), matrix(1, m), matrix(2, m), matrix(2, 2), matrix(m, 2))
        .prop_map(|(stem, head, first, theta, last)| Skip { stem, head, first, inner: vec![theta], last })
}

/// The network at t between two.
fn between(a: &Skip, b: &Skip, t: &Rational) -> Skip {
    let mix = |a: &DMatrix<Rational>, b: &DMatrix<Rational>| a.zip_map(b, |a, b| (b - &a) * t + a);
    Skip {
        stem: mix(&a.stem, &b.stem),
        head: mix(&a.head, &b.head),
        first: mix(&a.first, &b.first),
        inner: a.inner.clone(),
        last: mix(&a.last, &b.last),
    }
}

proptest! {
    #![proptest_config(cases!("residual_corners", 64))]

    /// Neurons 1 and 3 of four are emptied; neuron 0 carries the block, the weights of neuron 2 become any.
    #[test]
    fn the_six_moves_do_what_they_say(
        mut start in any_skip(4), other in any_skip(4), goal in any_skip(2), x in numbers(2), t in (0..=16i64).prop_map(|t| q(t, 16)),
    ) {
        prop_assume!(!start.head[0].is_zero());
        let (mut head, mut first) = (other.head.clone(), other.first.clone());
        head[0] = start.head[0].clone();
        for neuron in [1, 3] {
            head[neuron] = q(0, 1);
            first.column_mut(neuron).iter_mut().for_each(|weight| *weight = q(0, 1));
        }
        let target = Target { stem: goal.stem.clone(), head: goal.head.clone() };
        let path = corners(&start, &[1, 3], [&head, &first], &target).unwrap();
        for (pair, motion) in path.windows(2).zip(MOTIONS) {
            let [a, b] = pair else { unreachable!() };
            let here = between(a, b, &t).output(&x)[0].clone();
            let [from, to] = [a, b].map(|corner| corner.output(&x)[0].clone());
            match motion {
                Motion::Constant => prop_assert!(here == from && here == to),
                Motion::Straight => prop_assert_eq!(here, Rational::from(&to - &from) * &t + from),
                Motion::Bounded => prop_assert_eq!(between(a, b, &t).product(), a.product()),
            }
        }
        // The end is the two-layer network of the target.
        let two_layer = Skip { last: goal.last.map(|_| q(0, 1)), ..goal };
        prop_assert_eq!(path[6].output(&x), two_layer.output(&x));
        // Without a neuron that keeps its weight there is no path.
        start.head = start.head.map(|_| q(0, 1));
        prop_assert_eq!(corners(&start, &[1, 3], [&head, &first], &target), Err(NotRemoved::NoPivot));
    }
}

/// A point of an interval.
fn point_of(interval: &Interval) -> Rational {
    interval.from.clone().or_else(|| interval.to.clone()).unwrap_or_default()
}

#[test]
fn theorem_11_is_refuted_for_every_number_of_neurons() {
    // s, κ, k: F(A), F(B) = F*_w, the wall, of the prototype's table.
    let table = [
        ((2, 1), (1, 1), 1, (6, 1), (31, 4), (39, 4)),
        ((3, 2), (1, 1), 1, (9, 2), (25, 8), (41, 8)),
        ((2, 1), (1, 1), 3, (10, 1), (127, 4), (143, 4)),
        ((3, 2), (1, 10), 1, (9, 20), (67, 200), (107, 200)),
    ];
    for (s, kappa, inner, above, below, wall) in table {
        let of = |(numerator, denominator): (i64, i64)| q(numerator, denominator);
        for neurons in [2, 10, 100] {
            let instance = ResidualWall::of_theorem_11(&of(s), &of(kappa), inner, neurons).unwrap();
            let levels = instance.verify().unwrap();
            assert_eq!((levels.losses, levels.two_layer, levels.wall), ([of(above), of(below)], of(below), of(wall)));
            assert!(instance.stands_in_doubles());
        }
    }
    let shallow = ResidualWall::of_theorem_11(&q(3, 2), &q(1, 1), 1, 2).unwrap().with_valley().verify().unwrap();
    assert_eq!(shallow.floor, Some(q(17, 4)));
    // For s = 2 the valley reaches below the infimum without the block: it is no bad one.
    let deep = ResidualWall::of_theorem_11(&q(2, 1), &q(1, 1), 1, 2).unwrap().with_valley();
    let (floor, two_layer) = (Box::new("23/4".parse().unwrap()), Box::new("31/4".parse().unwrap()));
    assert_eq!(unproved(deep.verify()), Unproved::ValleyNotAbove { floor, two_layer });
}

#[test]
fn a_wall_needs_its_numbers() {
    let of = |s: Rational, kappa: Rational, m| ResidualWall::of_theorem_11(&s, &kappa, 1, m);
    assert_eq!(of(q(2, 1), q(0, 1), 2), Err(NoWall::Kappa(q(0, 1))));
    assert_eq!(of(q(1, 1), q(1, 1), 2), Err(NoWall::Target(q(1, 1))));
    assert_eq!(of(q(2, 1), q(15, 1), 2), Err(NoWall::Target(q(8, 1))));
    assert_eq!(of(q(11, 10), q(1, 4), 2), Err(NoWall::Low));
    assert_eq!(of(q(2, 1), q(1, 1), 1), Err(NoWall::Neurons(1)));
    // Too high a wall is not believed: the checker computes it.
    let mut moved = of(q(2, 1), q(1, 1), 2).unwrap();
    moved.root = q(3, 2);
    let levels = moved.verify().unwrap();
    assert_eq!((levels.wall, moved.wall()), (q(71, 8), q(71, 8)));
}

#[test]
fn three_wells_refute_theorem_4_and_a_bowl_theorem_3() {
    let wells = three_wells();
    assert_eq!([q(2, 1), q(3, 2), q(3, 1)].map(|level| wells.components(&level).len()), [2, 3, 1]);
    let found = wells.verify().unwrap();
    assert_eq!((found.depth.clone(), found.ceiling.clone()), (q(5, 2), q(3, 1)));
    let [first, second, third] = &found.wells[..] else { panic!("{found:?}") };
    assert_eq!([first, second, third].map(|well| well.climb.clone().unwrap()), [q(3, 1), q(1, 1), q(3, 2)]);
    // From 3 no path rises by 5/2, as no value is above 3 < 7/2; from 1 one has to rise by 3.
    assert_eq!([first, second, third].map(|well| found.theorem_4_holds_at(well)), [false, false, true]);
    let bowl = bowl().verify().unwrap();
    assert_eq!((bowl.connected_from.clone(), bowl.theorem_3_holds(&q(0, 1))), (None, Some(false)));
    assert_eq!(bowl.theorem_3_holds(&q(1, 1)), Some(true));
}

#[test]
fn zeros_are_parted_and_forged_ones_are_not() {
    for instance in [remark_3_1(), lemma_7(), theorem_6(), step_2()] {
        assert!(instance.verify().is_ok());
        assert!(instance.separator(&instance.positive) > 0 && instance.separator(&instance.negative) < 0);
        let mut forged = instance.clone();
        forged.negative = forged.positive.clone();
        assert_eq!(unproved(forged.verify()), Unproved::Signs);
        let mut forged = instance;
        forged.positive[0] += 1;
        assert!(matches!(unproved(forged.verify()), Unproved::NotAZero { .. }));
    }
    // w_1 = 0 and a loss of 10⁻⁴: nothing is parted above the infimum.
    assert_eq!(lemma_7().loss(&[q(0, 1), q(1, 100), q(0, 1), q(100, 1)]), q(1, 10_000));
}

#[test]
fn step_2_runs_off() {
    // (½, −½)/(1 − t) is the least V_1 with W_2(t) V_1 = 1: at t = 999/1000 it is 500.
    for (t, size) in [(q(1, 2), 1), (q(9, 10), 5), (q(999, 1000), 500)] {
        assert_eq!(step_2().loss(&[t, q(size, 1), q(-size, 1)]), 0);
    }
    assert_eq!(step_2().loss(&[q(1, 1), q(500, 1), q(-500, 1)]), 1);
}

#[test]
fn lemma_9_is_refuted() {
    // m = 2, n = 1, η = ½: both of 1 and −1, at the angle π; (2√2)² = 8 < 9 < π². m = 16, n = 2, η = ¾: 8 directions.
    for (name, object) in spreads() {
        assert!(prove(object).is_ok(), "{name}");
    }
    // As printed the bound is above 2 for η < 1, and above π from m = 3 on for n = 1 and η = ½: then it says nothing.
    let three = Spread::opposite(&[vec![q(1, 1)], vec![q(2, 1)]], q(1, 2), true);
    assert!(three.bound() > std::f64::consts::PI);
    assert!(matches!(unproved(three.verify()), Unproved::ManyParts { parts: 2, vectors: 4, .. }));
    assert!(crowd(&[vec![q(1, 1)], vec![q(-1, 1)]], 1).is_none());
    assert_eq!(crowd(&[vec![q(1, 1)], vec![q(-1, 1)], vec![q(7, 1)]], 1).unwrap().rows, [0, 2]);
}

#[test]
fn neurons_cannot_all_be_emptied() {
    let case = Case::draw(2, 6, 8, 1);
    assert_eq!(case.removed(5, Way::Cut).err(), Some(NotRemoved::TooMany { neurons: 6, emptied: 5 }));
    assert_eq!(case.without_head().removed(2, Way::Cone).err(), Some(NotRemoved::NoPivot));
    assert_eq!([10, 100, 1000].map(|m| emptied_of(m, (3, 4))), [5, 31, 177]);
    let steep: Vec<_> = [10usize, 100, 1000].iter().map(|&m| (m, (m as f64).powi(-2))).collect();
    assert!((slope(&steep) + 2.0).abs() < 1e-9);
}

/// Every object of the verdicts as a file, every number of it changed: refused, or a finding of its own.
#[test]
fn mutants_of_the_objects_do_not_prove_what_is_false() {
    let wall = ResidualWall::of_theorem_11(&q(3, 2), &q(1, 1), 1, 2).unwrap();
    let original = wall.verify().unwrap();
    let (mut refused, mut accepted) = (0, 0);
    for change in 0..7 {
        let mut mutant = wall.clone();
        match change {
            0 => mutant.kappa *= -1,
            1 => mutant.root = q(2, 1),
            2 => mutant.above.inner[0] = q(-1, 1),
            3 => mutant.below.last[0] = q(1, 1),
            4 => mutant.above.head.push(q(0, 1)),
            5 => mutant.target += 1,
            _ => mutant.above.last[0] = q(1, 1),
        }
        match mutant.verify() {
            Err(_) => refused += 1,
            Ok(levels) => {
                // True of the mutant itself.
                assert_eq!([mutant.loss(&mutant.above), mutant.loss(&mutant.below)], levels.losses);
                assert!(levels.wall == mutant.wall() && levels.excess() > 0);
                accepted += 1;
            }
        }
    }
    assert_eq!((refused, accepted, original.losses[0].clone()), (5, 2, q(9, 2)));
}

/// Lemma 9 as printed and with the other sign, for one and for many dimensions.
fn spreads() -> [(&'static str, Object); 3] {
    let axes: Vec<Vec<Rational>> = (0..4).map(|i| (0..4).map(|j| q(i64::from(i == j), 1)).collect()).collect();
    [
        ("lemma-9-as-printed", Spread::opposite(&[vec![q(1, 1)]], q(1, 2), true).object()),
        ("lemma-9-all-vectors", Spread::opposite(&axes, q(1, 1), true).object()),
        ("lemma-9", Spread::sixteen().object()),
    ]
}

/// A network of two neurons, one of which is 0 but for its weight of the block.
fn beside() -> [(&'static str, Object); 2] {
    let network = Skip::from_integers(&[&[1, 2], &[0, 0]], &[&[1, 0]], &[&[2, 5]], &[&[&[3]]], &[&[1], &[0]]);
    let c = q(101, 100);
    [("theorem-1", network.no_strict_minimum(0, &c)), ("theorem-1-idle-neuron", network.no_strict_minimum(1, &c))]
}

fn refutations() -> Vec<(&'static str, Object)> {
    let theorem_11 = |s: Rational, m| ResidualWall::of_theorem_11(&s, &q(1, 1), 1, m).unwrap();
    let others = [
        ("theorem-3", bowl().object()),
        ("theorem-4", three_wells().object()),
        ("remark-3.1", remark_3_1().object()),
        ("lemma-7", lemma_7().object()),
        ("theorem-6", theorem_6().object()),
        ("step-2", step_2().object()),
        ("theorem-11", theorem_11(q(2, 1), 2).object()),
        ("valley", theorem_11(q(3, 2), 3).with_valley().object()),
    ];
    others.into_iter().chain(spreads()).chain(beside()).collect()
}

/// Each refutation that has a certificate is a file in docs/refutations, for anyone's checker; UPDATE_DOCS=1 writes them.
#[test]
fn the_files_of_refutations_are_what_is_built() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/refutations");
    let square = |a| SkipProduct::new((q(a, 1), q(1, 1)), q(1, 1)).unwrap().object();
    let equal_dimensions = [("lemma-7-equal-dimensions", square(0)), ("theorem-6-equal-dimensions", square(1))];
    let files: Vec<_> = refutations().into_iter().chain(equal_dimensions).collect();
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/residual.md")).unwrap();
    for (name, object) in &files {
        let bytes = certificate(&format!("ijcai-2020/{name}"), object.clone());
        let path = format!("{folder}/{name}.path.jsonl");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::create_dir_all(folder).unwrap();
            std::fs::write(&path, &bytes).unwrap();
        }
        let stored = std::fs::read(&path).unwrap_or_default();
        assert!(stored == bytes, "{name}: run UPDATE_DOCS=1 cargo test --test library residual_verdicts::");
        prove_certificate(&stored, &Expected::default()).unwrap();
        assert!(page.contains(&format!("| `{name}` |")), "{name} is not in docs/residual.md");
    }
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), files.len());
}

/// The files that `sublevel-check` reads, what it finds, and what is emptied: a change of a construction shows here.
#[test]
fn the_constructions_are_the_snapshot() {
    let mut text = String::new();
    for (name, object) in refutations() {
        let file = String::from_utf8(certificate(&format!("ijcai-2020/{name}"), object.clone())).unwrap();
        text += &format!("{}\n  {}\n", file.lines().next().unwrap(), prove(object).unwrap());
    }
    let case = Case::draw(2, 6, 8, 1);
    for way in Way::ALL {
        let removed = case.removed(2, way).unwrap();
        let kinks = removed.kinks().len();
        text += &format!(
            "{} empties {:?}: {kinks} kinks, excess {:.6}\n",
            way.name(),
            removed.emptied,
            removed.excess().to_f64()
        );
    }
    snapshot::assert_snapshot("residual-verdicts", text.trim_end());
}

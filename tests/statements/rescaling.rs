//! Section 4: homogeneous layers rescaled, without end and without a change of the output.

use super::common::*;
use nalgebra::DMatrix;
use proptest::prelude::*;
use rug::Rational;
use sublevel::certificate::{Claim, Record};
use sublevel::checker::{Conclusion, Level, Scope, Verdict};
use sublevel::linalg::{Double, Exact, Kernel, Multiprecision};
use sublevel::network::{Activation, Parameters, import_matrix};
use sublevel::path::{Move, OnMove, Path, Walker};
use sublevel::statement::{Hypothesis, Obstacle, rescaling::rescaling};
use sublevel::suite::{Draw, Instance, PRECISION, Twist, instance};

/// The construction, from the first network.
fn rescale<K: Kernel>(kernel: &K, at: &Instance) -> Result<Path<K::Scalar>, Obstacle> {
    let inputs = import_matrix(kernel, &at.problem.inputs);
    let mut walker = Walker::new(kernel, at.problem.activation.import(kernel), &inputs, at.from.import(kernel));
    rescaling(&mut walker, &at.problem).map(|_| walker.into_path())
}

/// Where the path is at s = 1 + λ.
fn at_lambda<K: Kernel>(kernel: &K, at: &Instance, path: &Path<K::Scalar>, lambda: &Rational) -> Parameters<K::Scalar> {
    let inputs = import_matrix(kernel, &at.problem.inputs);
    OnMove::new(kernel, &at.problem.activation, &inputs, &path.start, &path.moves[0]).point(lambda)
}

/// max |a − b| over max(1, |b|).
fn distance(found: &DMatrix<Rational>, wanted: &DMatrix<Rational>) -> f64 {
    let one = Rational::from(1);
    let entry = |(a, b): (&Rational, &Rational)| {
        (Rational::from(a - b).abs() / Rational::from(b.abs_ref()).max(one.clone())).to_f64()
    };
    found.iter().zip(wanted.iter()).map(entry).fold(0.0, f64::max)
}

/// An instance with a homogeneous σ and a first network whose hidden layers are not all zero.
fn any_instance() -> impl Strategy<Value = Instance> {
    let widths = prop::collection::vec(1..4usize, 3..6);
    (any::<u64>(), any_twist(), 1..5usize, widths)
        .prop_map(|(seed, twist, samples, widths)| {
            let mut draw = Draw::new("rescaling", seed, twist);
            let activation = draw.homogeneous_activation();
            draw.instance(&activation, samples, &widths)
        })
        .prop_filter("something to rescale", |at| {
            at.from.layers()[..at.from.depth() - 1].iter().flat_map(|layer| layer.iter()).any(|entry| !entry.is_zero())
        })
}

proptest! {
    #![proptest_config(config(48))]

    /// The checker proves it for every convex loss; the layer is at s times its value, and the output stays.
    #[test]
    fn a_layer_grows_and_the_output_stays(at in any_instance(), s in 2..1_000_000_000u32) {
        let path = rescale(&Exact, &at).unwrap();
        match verdict(&at, &certificate(&at, Claim::Unbounded, &path), None) {
            Verdict::Valid(found) => {
                prop_assert_eq!(&found.conclusion, &Conclusion::Unbounded(Level::Constant));
                prop_assert_eq!((found.scope, found.moves.rescales, found.moves.total()), (Scope::EveryConvexLoss, 1, 1));
            }
            refused => panic!("{}: {refused}", at.name),
        }
        assert_outputs_run_straight(&at, &path);
        let [Move::Rescale(layer)] = path.moves[..] else { panic!("one move") };
        let far = at_lambda(&Exact, &at, &path, &Rational::from(s - 1));
        prop_assert_eq!(&**far.layer(layer), &at.from.layer(layer).map(|x| x * s));
        prop_assert_eq!(far.bias(layer + 1), at.from.bias(layer + 1));
        prop_assert_eq!(output(&at, &far), output(&at, &at.from));
    }

    /// The same in floats, where neither s W nor W/s is exact: rounding moves the output by a rounding error of the numbers
    /// on the way, by 113 bits so much less.
    #[test]
    fn in_floats_the_output_moves_a_little(seed in any::<u64>(), s in 2..1000u32) {
        let mut draw = Draw::new("rescaling in floats", seed, Twist::Generic);
        let activation = draw.homogeneous_activation();
        let at = draw.instance(&activation, 3, &[2, 3, 2, 2]);
        prop_assume!(at.plain);
        let lambda = Rational::from((s, 7));
        let wanted = output(&at, &at.from);
        let double = at_lambda(&Double, &at, &rescale(&Double, &at).unwrap(), &lambda).to_exact().unwrap();
        let kernel = Multiprecision::new(PRECISION);
        let multi = at_lambda(&kernel, &at, &rescale(&kernel, &at).unwrap(), &lambda).to_exact().unwrap();
        prop_assert!(distance(&output(&at, &double), &wanted) <= 1e-9);
        prop_assert!(distance(&output(&at, &multi), &wanted) <= 1e-27);
    }
}

/// Each hypothesis is sharp: without it the construction says so, and the same move changes the output, or nothing.
#[test]
fn without_a_hypothesis_the_output_moves_or_nothing_does() {
    let moved = |activation: &str| {
        let at = instance(3, &activation.parse::<Activation>().unwrap(), 3, &[2, 3, 2], Twist::Generic);
        let path = Path { start: at.from.clone(), moves: vec![Move::Rescale(1)] };
        let moves = output(&at, &at_lambda(&Exact, &at, &path, &Rational::from(1))) != output(&at, &at.from);
        (rescale(&Exact, &at).map(|_| ()), moves)
    };
    assert_eq!(moved("pl:breakpoints=-1,0;slopes=0,0,1;value=0"), (Ok(()), false));
    let off_zero = Hypothesis::BendsOffZero { breakpoint: "0.25".into() };
    assert_eq!(moved("pl:breakpoints=1/4;slopes=0,1;value=0"), (Err(off_zero.into()), true));
    let lifted = Hypothesis::ValueAtZero { value: "0.5".into() };
    assert_eq!(moved("pl:breakpoints=0;slopes=0,1;value=1/2"), (Err(lifted.into()), true));
    let mut at = instance(3, &Activation::relu(), 3, &[2, 3, 2], Twist::Zero);
    let nothing = |hidden| Err(Hypothesis::NothingToRescale { hidden }.into());
    assert_eq!(rescale(&Exact, &at).map(|_| ()), nothing(1));
    let path = Path { start: at.from.clone(), moves: vec![Move::Rescale(1)] };
    assert_eq!(at_lambda(&Exact, &at, &path, &Rational::from(9)), at.from);
    at = instance(3, &Activation::relu(), 3, &[2, 3], Twist::Generic);
    assert_eq!(rescale(&Exact, &at).map(|_| ()), nothing(0));
}

/// A problem says version 3 where its path ends in a rescale; every other path has the version that it had.
#[test]
fn only_a_rescale_is_announced() {
    let at = instance(5, &Activation::abs(), 2, &[1, 2, 1], Twist::Generic);
    let path = rescale(&Exact, &at).unwrap();
    let first = |path: &Path<Rational>| {
        let bytes = sublevel::statement::path_certificate(&at.problem, Claim::Unbounded, "", None, path);
        match sublevel::certificate::Reader::new(&*bytes).next_record() {
            Ok(Some(Record::Problem(problem))) => (problem.version(), problem.rescales),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(first(&path), (3, true));
    assert_eq!(first(&Path { moves: vec![], ..path }), (1, false));
}

/// A certificate is read back as the path that it was written from.
#[test]
fn a_rescale_is_read_back() {
    let at = instance(5, &Activation::abs(), 2, &[1, 2, 1], Twist::Generic);
    let path = rescale(&Exact, &at).unwrap();
    let text = String::from_utf8(certificate(&at, Claim::Unbounded, &path)).unwrap();
    let read = |text: &str| sublevel::path::read_path(&mut sublevel::certificate::Reader::new(text.as_bytes()));
    assert_eq!(read(&text).unwrap().1, path);
    let record = "\"record\":\"rescale\",\"layer\":";
    assert!(text.contains(&format!("{record}1")));
    for layer in [0, 2] {
        let error = read(&text.replace(&format!("{record}1"), &format!("{record}{layer}"))).unwrap_err();
        assert_eq!(error.to_string(), format!("record 3: there is no hidden layer {layer}"));
    }
}

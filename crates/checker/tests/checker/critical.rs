//! Bounded gradients and solutions near by, of numbers that can be done by hand, and what is refused.

use crate::{
    build::*,
    certificate::{
        graph::*,
        object::{Classes, Gradient, Solution},
        *,
    },
    checker::{Expected, Finding, Own, Part, Reason, Rejection, Rule, Targets, Undecided, Unproved, Verdict},
};
use sublevel_checker::Rational;

fn number(text: &str) -> Rational {
    text.parse().unwrap()
}

/// The identity as a σ: everything is rational.
fn identity() -> NonlinearityRecord {
    activation(&["0"], &["1", "1"], "0").into()
}

fn block(from: usize, patches: Option<Vec<Vec<usize>>>, filters: usize, sigma: NonlinearityRecord) -> BlockRecord {
    let rule = BlockRule::Filters { filters, tied: false, activation: sigma };
    BlockRecord { from: vec![from], patches: patches.map(Patches::from), rule }
}

fn graph(inputs: usize, blocks: Vec<BlockRecord>, units: usize, outputs: usize) -> GraphRecord {
    let last = blocks.len();
    GraphRecord { inputs, blocks, skips: (0..units).map(|unit| [last, unit]).collect(), outputs, bias: true }
}

/// Two samples, block 1 the inputs, block 2 one shared filter 2 over both of its units, and the output their sum: F_1 = I, U_2 = 2I, U_3 =
/// (1, 1)ᵀ, all by σ(x) = sigmoid(x) in block 2.
fn gradient() -> Gradient {
    let shared = block(1, Some(vec![vec![0], vec![1]]), 1, SmoothRecord::Sigmoid.into());
    Gradient {
        graph: graph(2, vec![block(0, None, 2, identity()), shared], 2, 1),
        inputs: matrix(&[[1, 0], [0, 1]]),
        targets: matrix(&[[0], [0]]),
        layers: [
            (1, both(&[[1, 0], [0, 1]], [0, 0])),
            (2, Layer { weight: Some(matrix(&[[2]])), bias: Some(matrix(&[[0, 0]])), columns: None }),
            (3, both(&[[1], [1]], [0])),
        ]
        .into(),
        level: 1,
        right_inverse: matrix(&[[1, 0], [0, 1]]),
        left_inverses: vec![over(2, &[[1, 1]])],
        // σ_min(F_1) = 1 by ‖I‖_F^½ = 2^¼, σ(U_3) = √2, σ′(2) = 0.10499…, σ′(0) = ¼: 0.1249 and 0.4204.
        lower: fraction("1/9"),
        upper: fraction("1/2"),
        bits: 40,
    }
}

fn sheet(object: Object) -> String {
    let mut writer = Writer::new(vec![]);
    for record in [Record::Object { statement: "s".into(), object }, Record::End { moves: 0 }] {
        writer.write(&record).unwrap();
    }
    String::from_utf8(writer.into_inner()).unwrap()
}

fn verdict(object: Object, expected: &Expected) -> Verdict {
    crate::check_bytes(sheet(object).as_bytes(), expected)
}

fn of_gradient(object: &Gradient) -> Verdict {
    verdict(Object::Gradient(Box::new(object.clone())), &Expected::default())
}

fn of_solution(object: &Solution) -> Verdict {
    verdict(Object::Solution(Box::new(object.clone())), &Expected::default())
}

#[track_caller]
fn finding(verdict: Verdict) -> Finding {
    match verdict {
        Verdict::Proved { finding, .. } => *finding,
        other => panic!("{other}"),
    }
}

#[track_caller]
fn unproved(verdict: Verdict, why: Unproved) {
    let rejection = Rejection::Unproved(why);
    assert_eq!(verdict, Verdict::Invalid { record: 1, rule: Rule::Object, rejection });
}

#[track_caller]
fn undecided(verdict: Verdict, why: Undecided) {
    assert_eq!(verdict, Verdict::Incomplete { record: 1, reason: Reason::Undecided(why) });
}

#[test]
fn a_gradient_is_between_its_bounds() {
    let found = finding(of_gradient(&gradient()));
    let Finding::Gradient { samples, level, dense, loss, gradient, analytic, compared, .. } = &found else {
        panic!("{found}")
    };
    assert_eq!((samples, level, dense, analytic, compared), (&2, &1, &false, &true, &Own::default()));
    // F_3 = σ(2) + ½ = 1.380797… for both samples: Φ is its square. Δ_2 has σ′(2) F_3 and σ′(0) F_3 in each row.
    let about = |[low, high]: &[Rational; 2], value: &str| {
        let (value, room) = (number(value), number("1/1000000"));
        assert!(low <= high && *low <= &value + &room && &value - &room <= *high, "{low} {high}");
        assert!(high - low < room);
    };
    about(loss, "1906600/1000000");
    // 2 F_3² (σ′(2)² + σ′(0)²) = 3.813201 (0.0110236 + 0.0625).
    about(gradient, "280360/1000000");
    assert!(found.to_string().contains("in layer 2, by the matrix of its units, with c = 0.111111111"), "{found}");
}

#[test]
fn each_condition_of_a_gradient_has_its_refusal() {
    let with = |change: fn(&mut Gradient)| {
        let mut object = gradient();
        change(&mut object);
        of_gradient(&object)
    };
    unproved(with(|object| object.lower = fraction("1/7")), Unproved::LowerBound);
    unproved(with(|object| object.lower = fraction("0")), Unproved::LowerBound);
    unproved(with(|object| object.upper = fraction("2/5")), Unproved::UpperBound);
    unproved(with(|object| object.level = 0), Unproved::ChainLevel { level: 0, blocks: 2 });
    unproved(with(|object| object.level = 3), Unproved::ChainLevel { level: 3, blocks: 2 });
    unproved(with(|object| object.right_inverse = matrix(&[[0, 0], [0, 0]])), Unproved::FeatureRank { block: 1 });
    unproved(with(|object| object.left_inverses = vec![matrix(&[[0, 0]])]), Unproved::LayerRank { layer: 3 });
    unproved(with(|object| object.left_inverses.clear()), Unproved::LeftInverseCount { expected: 1, found: 0 });
    unproved(with(|object| object.inputs = matrix(&[[1, 0], [1, 0]])), Unproved::EqualSamples { first: 0, second: 1 });
    unproved(with(|object| object.graph.skips = vec![[2, 1], [2, 0]]), Unproved::OutputOfChain { block: 2 });
    undecided(with(|object| object.bits = 1), Undecided::RankOpen { bits: 1 });
    // A kink, a flat σ, and a saturated one.
    let sigma = |sigma: NonlinearityRecord| {
        let mut object = gradient();
        object.graph.blocks[1] = block(1, Some(vec![vec![0], vec![1]]), 1, sigma);
        object
    };
    unproved(of_gradient(&sigma(leaky().into())), Unproved::Kinked { block: 2 });
    unproved(of_gradient(&sigma(SmoothRecord::Elu { alpha: fraction("2") }.into())), Unproved::Kinked { block: 2 });
    unproved(of_gradient(&sigma(activation(&["0"], &["0", "0"], "1").into())), Unproved::FlatActivation { block: 2 });
    let mut saturated = gradient();
    saturated.layers.insert(2, Layer { weight: Some(matrix(&[[99]])), bias: Some(matrix(&[[0, 0]])), columns: None });
    undecided(of_gradient(&saturated), Undecided::DerivativeOpen { block: 2, bits: 40 });
    // The loss 0: nothing is seen.
    let mut fitted = sigma(identity());
    fitted.targets = matrix(&[[2], [2]]);
    (fitted.lower, fitted.upper) = (fraction("1"), fraction("2"));
    undecided(of_gradient(&fitted), Undecided::GradientOpen { bits: 40 });
    fitted.targets = matrix(&[[1], [2]]);
    assert!(matches!(finding(of_gradient(&fitted)), Finding::Gradient { .. }));
    // A block that is made of the inputs, a pool, a sum and a normalisation, and windows that reach out of their image.
    let mut skips = gradient();
    skips.graph.blocks[1].from = vec![0];
    unproved(of_gradient(&skips), Unproved::NoChain { block: 2 });
    let pool = BlockRule::Pool { pool: Pool::Sum };
    skips.graph.blocks[1] = BlockRecord { from: vec![1], patches: Some(vec![vec![0], vec![1]].into()), rule: pool };
    skips.layers.remove(&2);
    unproved(of_gradient(&skips), Unproved::NoChain { block: 2 });
    let sum = BlockRule::Sum { activation: SmoothRecord::Sigmoid.into() };
    skips.graph.blocks[1] = BlockRecord { from: vec![1], patches: None, rule: sum };
    unproved(of_gradient(&skips), Unproved::NoChain { block: 2 });
    let normalise = BlockRule::Normalise { normalise: 1, epsilon: fraction("1") };
    skips.graph.blocks[1] = BlockRecord { from: vec![1], patches: None, rule: normalise };
    skips.layers.insert(2, both(&[[1], [0], [1]], [0]));
    unproved(of_gradient(&skips), Unproved::NoChain { block: 2 });
    let mut padded = gradient();
    let windows = Windows { image: [1, 1, 2], planes: false, kernel: [1, 2], stride: [1, 1], padding: [0, 1, 0, 0] };
    padded.graph.blocks[1].patches = Some(windows.into());
    let layer = Layer { weight: Some(matrix(&[[2], [2]])), bias: Some(matrix(&[[0, 0]])), columns: None };
    padded.layers.insert(2, layer);
    unproved(of_gradient(&padded), Unproved::NoChain { block: 2 });
    // More outputs than units.
    let mut wide = gradient();
    wide.graph.outputs = 3;
    wide.targets = matrix(&[[0, 0, 0], [0, 0, 0]]);
    wide.layers.insert(3, both(&[[1, 0, 0], [0, 1, 0]], [0, 0, 0]));
    unproved(of_gradient(&wide), Unproved::WidensAbove { layer: 3, before: 2, width: 3 });
}

/// F_1 = I, and layer 2 gives both classes the pre-activations (2, 0) and (0, 2); W_3 solves σ(P) W_3 = I, to two digits.
fn solution() -> Solution {
    Solution {
        graph: graph(2, vec![block(0, None, 2, identity()), block(1, None, 2, SmoothRecord::Sigmoid.into())], 2, 2),
        inputs: matrix(&[[1, 0], [0, 1]]),
        targets: matrix(&[[1, 0], [0, 1]]),
        layers: [
            (1, both(&[[1, 0], [0, 1]], [0, 0])),
            (2, both(&[[2, 0], [0, 2]], [0, 0])),
            (3, Layer { weight: Some(inverse()), bias: Some(matrix(&[[0, 0]])), columns: None }),
        ]
        .into(),
        level: 1,
        right_inverse: matrix(&[[1, 0], [0, 1]]),
        classes: Some(Classes {
            labels: vec![0, 1],
            preactivations: matrix(&[[2, 0], [0, 2]]),
            codes: matrix(&[[1, 0], [0, 1]]),
            right_inverse: inverse(),
            code_inverse: matrix(&[[1, 0], [0, 1]]),
            left_inverses: vec![],
        }),
        radius: fraction("1/10"),
        bits: 40,
    }
}

/// [[0.8808, 0.5], [0.5, 0.8808]]^−1 = [[1.6753, −0.9510], …].
fn inverse() -> Matrix {
    over(100, &[[168, -95], [-95, 168]])
}

#[test]
fn a_solution_is_near_by() {
    let found = finding(of_solution(&solution()));
    let Finding::Solution { samples: 2, level: 1, corrected, radius, .. } = &found else { panic!("{found}") };
    assert_eq!((&corrected[..], &**radius), (&[2, 3][..], &number("1/10")));
    assert!(found.to_string().contains("in the weights of layer 2 and layer 3 only, by at most 1/10"), "{found}");
    // Case 1: the features of block 2 themselves.
    let direct = Solution { level: 2, classes: None, right_inverse: inverse(), ..solution() };
    let found = finding(of_solution(&direct));
    assert!(matches!(&found, Finding::Solution { level: 2, corrected, .. } if corrected[..] == [3]), "{found}");
}

#[test]
fn each_condition_of_a_solution_has_its_refusal() {
    let with = |change: fn(&mut Solution)| {
        let mut object = solution();
        change(&mut object);
        of_solution(&object)
    };
    let classes = |change: fn(&mut Classes)| {
        let mut object = solution();
        change(object.classes.as_mut().unwrap());
        of_solution(&object)
    };
    unproved(with(|object| object.classes = None), Unproved::SolutionLevel { level: 1, blocks: 2 });
    unproved(with(|object| object.level = 2), Unproved::SolutionLevel { level: 2, blocks: 2 });
    unproved(with(|object| object.radius = fraction("1/1000")), Unproved::Radius { layer: 3 });
    unproved(
        with(|object| object.layers.get_mut(&2).unwrap().bias = Some(matrix(&[[1, 0]]))),
        Unproved::Radius { layer: 2 },
    );
    unproved(with(|object| object.right_inverse = matrix(&[[0, 1], [1, 0]])), Unproved::NoRightInverse { row: 0 });
    unproved(with(|object| object.targets = matrix(&[[1, 0], [1, 1]])), Unproved::ClassTarget { sample: 1 });
    unproved(with(|object| object.inputs = matrix(&[[1, 0], [1, 0]])), Unproved::EqualSamples { first: 0, second: 1 });
    undecided(with(|object| object.bits = 1), Undecided::RankOpen { bits: 1 });
    unproved(classes(|classes| classes.labels = vec![0]), Unproved::ClassLabels);
    unproved(classes(|classes| classes.labels = vec![0, 2]), Unproved::ClassLabels);
    unproved(classes(|classes| classes.code_inverse = matrix(&[[1, 0], [0, 2]])), Unproved::CodeRank);
    unproved(
        classes(|classes| classes.left_inverses = vec![inverse()]),
        Unproved::LeftInverseCount { expected: 0, found: 1 },
    );
    // A bias that makes Z − 1 bᵀ singular.
    unproved(with(|object| object.layers.get_mut(&3).unwrap().bias = Some(matrix(&[[1, 0]]))), Unproved::CodeRank);
    // Layer 2 by patches is not dense.
    let mut shared = solution();
    shared.graph.blocks[1] = block(1, Some(vec![vec![0], vec![1]]), 1, SmoothRecord::Sigmoid.into());
    shared.layers.insert(2, Layer { weight: Some(matrix(&[[2]])), bias: Some(matrix(&[[0, 0]])), columns: None });
    unproved(of_solution(&shared), Unproved::NotDense { layer: 2 });
    // Classes that become one: R shows nothing of their features.
    let one = classes(|classes| classes.preactivations = matrix(&[[2, 0], [2, 0]]));
    assert!(matches!(one, Verdict::Invalid { rule: Rule::Object, .. }), "{one}");
    // A matrix of another shape.
    let found = classes(|classes| classes.code_inverse = matrix(&[[1, 0]]));
    let part = Part::Object("inverse of the class targets");
    let rejection = Rejection::Shape { part, expected: (2, 2), found: (1, 2) };
    assert_eq!(found, Verdict::Invalid { record: 1, rule: Rule::Object, rejection });
}

#[test]
fn networks_and_data_are_compared() {
    let object = gradient();
    let all = Expected {
        from: Some(object.layers.clone()),
        graph: Some(object.graph.clone()),
        inputs: Some(object.inputs.clone()),
        targets: Some(Targets::Values(object.targets.clone())),
        ..Expected::default()
    };
    let check = |expected: &Expected| verdict(Object::Gradient(Box::new(gradient())), expected);
    let own = Own { from: true, activation: true, inputs: true, targets: true };
    assert!(matches!(finding(check(&all)), Finding::Gradient { compared, .. } if compared == own));
    let differs = |expected: Expected, rejection: Rejection| {
        assert_eq!(check(&expected), Verdict::Invalid { record: 1, rule: Rule::Expected, rejection });
    };
    differs(Expected { targets: Some(Targets::Values(matrix(&[[0], [1]]))), ..all.clone() }, Rejection::TargetsDiffer);
    let inputs = Rejection::InputsDiffer { expected: (2, 2), found: (2, 2) };
    differs(Expected { inputs: Some(matrix(&[[1, 0], [0, 2]])), ..all.clone() }, inputs);
    let mut layers = object.layers.clone();
    layers.insert(3, both(&[[1], [2]], [0]));
    differs(Expected { from: Some(layers), ..all.clone() }, Rejection::FromDiffers { layer: 3 });
    differs(Expected { activation: Some(relu()), ..all }, Rejection::NothingToCompare);
}

/// Certificates as files, each with the exact answer.
#[test]
fn the_files_get_their_verdicts() {
    let files = crate::vectors_in("critical");
    assert_eq!(files.len(), 6);
    for (name, path) in files {
        let text = std::fs::read_to_string(path).unwrap();
        let verdict = crate::check_text(&text);
        match &*name {
            "valid-gradient" | "valid-fits" | "valid-fits-classes" => {
                assert!(matches!(verdict, Verdict::Proved { .. }), "{name}: {verdict}");
            }
            "invalid-lower" => unproved(verdict, Unproved::LowerBound),
            "invalid-radius" => unproved(verdict, Unproved::Radius { layer: 3 }),
            "incomplete-saturated" => undecided(verdict, Undecided::DerivativeOpen { block: 2, bits: 40 }),
            other => panic!("no answer is written down for {other}"),
        }
    }
}

/// The files are those that are built here: `WRITE_VECTORS=1` writes them.
#[test]
fn the_files_are_what_is_built() {
    let mut saturated = gradient();
    saturated.layers.insert(2, Layer { weight: Some(matrix(&[[99]])), bias: Some(matrix(&[[0, 0]])), columns: None });
    let gradient_of = |object: Gradient| Object::Gradient(Box::new(object));
    let solution_of = |object: Solution| Object::Solution(Box::new(object));
    let files = [
        ("valid-gradient", gradient_of(gradient())),
        ("invalid-lower", gradient_of(Gradient { lower: fraction("1/7"), ..gradient() })),
        ("incomplete-saturated", gradient_of(saturated)),
        ("valid-fits-classes", solution_of(solution())),
        ("invalid-radius", solution_of(Solution { radius: fraction("1/1000"), ..solution() })),
        ("valid-fits", solution_of(Solution { level: 2, classes: None, right_inverse: inverse(), ..solution() })),
    ];
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/critical");
    for (name, object) in files {
        let (path, text) = (folder.join(format!("{name}.path.jsonl")), sheet(object));
        if std::env::var_os("WRITE_VECTORS").is_some() {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, &text).unwrap();
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text, "{name}");
    }
}

//! Paths for one loss: trained chains and short paths, proved by the checker, and what is not there refused.

use rug::Rational;
use std::path::Path;
use sublevel::barrier::{Below, Budget, Task, below, end_losses};
use sublevel::certificate::Claim;
use sublevel::chain::{Matching, Options, Setting, Short, align, permuted, short, train, with_margin};
use sublevel::checker::{Conclusion, LossName, Scope, Verdict};
use sublevel::linalg::Exact;
use sublevel::network::{Activation, DataSet, Inputs, Loss, LossKind, Parameters, forward, read_data, read_network};
use sublevel::path::{Move, changes_between};
use sublevel::prelude::prove;
use sublevel::statement::Problem;

/// A carried pair and its loss.
struct Pair {
    activation: Activation,
    inputs: Inputs,
    loss: Loss,
    ends: [Parameters<Rational>; 2],
    data: DataSet,
}

impl Pair {
    fn new(name: &str, activation: &str, data: &str, kind: LossKind) -> Self {
        let file = |name: &str| Path::new("tests/data/digits").join(name);
        let ends = ["a", "b"].map(|end| read_network(&file(&format!("{name}-{end}.safetensors"))).unwrap());
        let data = read_data(&file(data)).unwrap();
        let loss = Loss::from_data(kind, &data, 10).unwrap();
        Pair { activation: activation.parse().unwrap(), inputs: data.inputs.clone(), loss, ends, data }
    }

    fn pyramid() -> Self {
        Pair::new("pyramid-32", "leaky-relu=0.01", "digits-32.npz", LossKind::CrossEntropy)
    }

    fn wide(kind: LossKind) -> Self {
        Pair::new("wide-64", "leaky-relu=0.01", "digits-64.npz", kind)
    }

    fn setting(&self) -> Setting<'_> {
        Setting { activation: &self.activation, inputs: &self.inputs, loss: &self.loss }
    }

    fn ends(&self) -> [&Parameters<Rational>; 2] {
        self.ends.each_ref()
    }

    fn task<'t>(&'t self, networks: &[&'t Parameters<Rational>]) -> Task<'t> {
        Task::chain(&self.activation, &self.inputs, &self.loss, networks).unwrap()
    }

    /// A lower bound of the larger end.
    fn top(&self) -> f64 {
        let losses = end_losses(&self.task(&self.ends()));
        losses[0].lower.max(losses[1].lower)
    }

    /// The checker's verdict on the path through these networks: bounded moves where there is a bound, lines elsewhere.
    fn verdict(&self, networks: &[&Parameters<Rational>], bounds: &[Option<Rational>]) -> Verdict {
        let moves = networks.windows(2).zip(bounds).map(|(pair, bound)| {
            let changes = changes_between(pair[0], pair[1]);
            bound.clone().map_or_else(|| Move::Line(changes.clone()), |bound| Move::Bounded(changes.clone(), bound))
        });
        let path = sublevel::path::Path { start: networks[0].clone(), moves: moves.collect() };
        let problem = Problem::new(self.activation.clone(), &self.data, &self.ends[0]);
        prove(&problem, Claim::Connected, Some(&self.loss), &path).1
    }
}

fn is_connected(verdict: &Verdict, name: LossName) -> bool {
    matches!(verdict, Verdict::Valid(statement) if statement.conclusion == Conclusion::Connected
        && statement.scope == Scope::Loss { name, weighted: false, substituted: false })
}

#[test]
fn the_last_layer_alone_gives_a_margin_and_moves_alone() {
    for pair in [Pair::pyramid(), Pair::wide(LossKind::Square), Pair::wide(LossKind::MeanSquare)] {
        for end in pair.ends() {
            let lowered = with_margin(&pair.setting(), end);
            let [before, after] = end_losses(&pair.task(&[end, &lowered]));
            assert!(after.upper < before.lower, "{}: {after} from {before}", pair.loss);
            assert_eq!(changes_between(end, &lowered).keys().collect::<Vec<_>>(), [&end.depth()]);
        }
    }
}

/// Trained on the cross-entropy, both networks have a hinge loss of 0, below which there is nothing.
#[test]
fn where_nothing_is_below_the_network_stays() {
    let pair = Pair::wide(LossKind::Hinge);
    for end in pair.ends() {
        assert_eq!(with_margin(&pair.setting(), end), *end);
    }
}

#[test]
fn a_trained_chain_is_proved_below_the_larger_end() {
    let pair = Pair::pyramid();
    let margins = pair.ends().map(|end| with_margin(&pair.setting(), end));
    let top = pair.top();
    let options = Options { bends: 2, steps: 200, seed: 3 };
    let mut told = Vec::new();
    let trained = train(&pair.setting(), [&margins[0], &margins[1]], top, options, &mut |step| {
        told.push(step);
        true
    });
    let trained = trained.unwrap();
    assert_eq!(trained.bends.len(), 2);
    assert_eq!(told[0].steps, 0);
    assert!(told.windows(2).all(|pair| pair[1].maximum <= pair[0].maximum), "the best so far: {told:?}");
    assert!(trained.end.maximum < top && told[0].maximum > top, "training did something: {told:?}");
    let knots = [&margins[0], &trained.bends[0], &trained.bends[1], &margins[1]];
    let goal = Rational::from_f64(top.next_down()).unwrap();
    let budget = Budget { evaluations: 10_000, progress: &mut |_, _, _| {} };
    assert!(matches!(below(&pair.task(&knots), &goal, budget), Below::Proved { .. }));
    let whole = [&[pair.ends()[0]], &knots[..], &[pair.ends()[1]]].concat();
    let bound = Some(goal.clone());
    let verdict = pair.verdict(&whole, &[None, bound.clone(), bound.clone(), bound.clone(), None]);
    assert!(is_connected(&verdict, LossName::CrossEntropy), "{verdict}");
    // The straight line in place of the chain is not below; nor is the chain below a fifth of the larger end.
    let straight = pair.verdict(&[whole[0], whole[1], whole[4], whole[5]], &[None, bound, None]);
    assert!(matches!(straight, Verdict::Invalid { record: 4, .. }), "{straight}");
    let low = Some(goal / 5u32);
    let low = pair.verdict(&whole, &[None, low.clone(), low.clone(), low, None]);
    assert!(matches!(low, Verdict::Invalid { .. }), "{low}");
}

#[test]
fn training_gives_the_same_chain_again_and_stops_when_it_is_told() {
    let pair = Pair::pyramid();
    let options = Options { bends: 1, steps: 60, seed: 1 };
    let chain = |seed, stop: usize| {
        let options = Options { seed, ..options };
        train(&pair.setting(), pair.ends(), 0.0, options, &mut |step| step.steps < stop).unwrap()
    };
    let (one, two) = (chain(1, 1000), chain(1, 1000));
    assert_eq!((&one.bends, one.end), (&two.bends, two.end));
    assert_ne!(one.bends, chain(2, 1000).bends);
    // Stopped at once, it is the middle of the straight line.
    let middle = chain(1, 0).bends.remove(0);
    assert!(chain(1, 0).end.steps == 0 && middle != one.bends[0]);
    let half = |a: &Rational, b: &Rational| Rational::from(a + b).to_f64() / 2.0;
    let [a, b] = pair.ends().map(|end| end.layer(2));
    let close =
        a.iter().zip(b.iter()).zip(middle.layer(2).iter()).all(|((a, b), c)| (half(a, b) - c.to_f64()).abs() < 1e-6);
    assert!(close);
}

#[test]
fn short_paths_are_proved_for_every_loss() {
    let kinds = [
        (LossKind::CrossEntropy, LossName::CrossEntropy),
        (LossKind::Square, LossName::Square),
        (LossKind::MeanSquare, LossName::MeanSquare),
    ];
    for (kind, name) in kinds {
        let pair = Pair::wide(kind);
        let top = pair.top();
        let Short { vertices, refits } = short(&pair.setting(), pair.ends(), top, 0, &mut |_| true).unwrap();
        assert!(refits.iter().all(|&refit| refit < top), "{name:?}: {refits:?}, {top}");
        let [first, second, third, fourth] = &vertices;
        let [from, to] = pair.ends();
        let verdict = pair.verdict(&[from, first, second, third, fourth, to], &[const { None }; 5]);
        assert!(is_connected(&verdict, name), "{verdict}");
        // Every number is of single precision.
        let single = |network: &Parameters<Rational>| {
            network.layers().iter().all(|layer| layer.iter().all(|x| f64::from(x.to_f64() as f32) == *x))
        };
        assert!(vertices.iter().all(single));
        // Without the refit the output is not affine, or a vertex is above: no proof.
        let verdict = pair.verdict(&[from, second, third, fourth, to], &[const { None }; 4]);
        assert!(matches!(verdict, Verdict::Invalid { .. }), "{verdict}");
    }
}

#[test]
fn halves_that_are_too_narrow_are_said_with_their_losses() {
    let pair = Pair::new("narrow-64", "leaky-relu=0.01", "digits-64.npz", LossKind::CrossEntropy);
    let mut told = Vec::new();
    let goal = 1e-12;
    let found = short(&pair.setting(), pair.ends(), goal, 0, &mut |refits| {
        told.push(refits);
        true
    });
    let refits = found.unwrap().refits;
    assert!(told.len() > 1 && told.contains(&refits), "{told:?}");
    assert!(refits.iter().any(|&refit| refit >= goal));
}

/// A permuted copy is put back, exactly, by either similarity; and what comes out is the same function, whatever it is.
#[test]
fn aligned_networks_are_the_same_function() {
    let pair = Pair::pyramid();
    let [from, to] = pair.ends();
    let reversed = |width: usize| (0..width).rev().collect::<Vec<_>>();
    let other = permuted(from, &[reversed(64), reversed(16)]);
    assert_ne!(other, *from);
    let output = |network: &Parameters<Rational>| {
        let inputs = pair.inputs.exact();
        forward(&Exact, &pair.activation.import(&Exact), &inputs, network).unwrap().output().clone()
    };
    assert_eq!(output(&other), output(from));
    for matching in [Matching::Weights, Matching::Activations] {
        assert_eq!(align(&pair.activation, &pair.inputs, from, &other, matching).network, *from, "{matching:?}");
        let aligned = align(&pair.activation, &pair.inputs, from, to, matching);
        assert_ne!(aligned.network, *to);
        assert_eq!(output(&aligned.network), output(to), "{matching:?}");
        assert_eq!(permuted(to, &aligned.orders), aligned.network);
        let mut sorted = aligned.orders.clone();
        sorted.iter_mut().for_each(|order| order.sort_unstable());
        assert_eq!(sorted, [(0..64).collect::<Vec<_>>(), (0..16).collect()]);
    }
}

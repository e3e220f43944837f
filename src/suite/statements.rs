//! The register: the statements of the paper in its order, and last what the checker claims of itself.

use super::icml_2019::*;
use super::statement::{Card, Entry, ICML_2019, control, register};
use super::{
    Twist, analytic, claims, emptied_residual, extremes, graph_mutants, iclr_2019, ijcai, mutants, residual_lines,
    sharp_residual, strict_descent, thesis_convolution, thesis_critical, thesis_regions, threshold, wide_residual,
};
use std::fmt::Write;

/// All statements.
pub const STATEMENTS: &[Entry] = &[
    Entry {
        card: Card {
            paper: ICML_2019,
            key: "lemma-2.3",
            name: "Assumptions 2.1 and 2.2, Lemma 2.3",
            constructs: "whether σ satisfies them; for given shifts two independent refutations of Σ λ_i σ(x − a_i) = σ(x)",
            function: "statement::shift_independence",
            check: "certificates of the claim refuted: the kinks one by one; yᵀA = 0 and yᵀs ≠ 0 multiplied out",
            shows: "decided, and refuted in two ways",
            real: &[],
            trivial: &[],
        },
        trial: claims::independent_shifts,
        controls: || vec![control("two slopes", claims::refuse_independent_shifts)],
        kernels: Err("the decision is compared in f64 in each trial; there is no object over floats"),
    },
    Entry {
        card: Card {
            paper: ICML_2019,
            key: "propositions-2.7-2.8",
            name: "Propositions 2.7 and 2.8",
            constructs: "the image of a polygonal curve under a piecewise-linear map, the sum of two curves",
            function: "path::curve",
            check: "compared with the points at many λ",
            shows: "equal at random λ",
            real: &[],
            trivial: &[],
        },
        trial: claims::curves,
        controls: || vec![control("the kink", claims::refuse_curves)],
        kernels: Err("exact only: Lemma 3.3 uses them for exact curves"),
    },
    register::<OutputFollowing>(),
    register::<FullRankWeights>(),
    Entry {
        card: Card {
            paper: ICML_2019,
            key: "proposition-3.5",
            name: "Proposition 3.5",
            constructs: "a chain of segments of full-rank matrices, with inverses of the rows that stay",
            function: "statement::full_rank_path",
            check: "certificate of the claim full-rank-chain: one product a segment",
            shows: "proved for all λ",
            real: &[],
            trivial: &[Twist::BothZero],
        },
        trial: claims::full_rank_path,
        controls: || vec![control("n > p", claims::refuse_square_matrices)],
        kernels: Err("its float counterpart is compared in tests/statements/full_rank_path.rs"),
    },
    register::<IndependentData>(),
    register::<IndependentDescent>(),
    register::<KernelEscape>(),
    register::<ColumnReduction>(),
    register::<ShiftSpan>(),
    register::<DistinctFeatures>(),
    register::<NarrowingDescent>(),
    register::<NearbyDescent>(),
    register::<DeadNeuronEscape>(),
    register::<Rescaling>(),
    register::<FullRankFeatures>(),
    register::<WeightCopying>(),
    register::<WideFirstLayer>(),
    register::<WideDescent>(),
    register::<WideLayers>(),
    Entry {
        card: Card {
            paper: ICML_2019,
            key: "disconnection",
            name: "Tightness of 5.1, 6.1",
            constructs: "a certificate that a sublevel set is disconnected at width N - 1: a function that cannot vanish on it",
            function: "statement::disconnection",
            check: "certificate of the claim separated: signs and losses of two points, and a lower bound where the function vanishes",
            shows: "disconnected, proved",
            real: &[],
            trivial: &[],
        },
        trial: claims::disconnected,
        controls: || vec![control("two sides", claims::refuse_disconnected)],
        kernels: Err("an object of exact numbers; the same decision in f64 is a method of it"),
    },
    Entry {
        card: Card {
            paper: ICML_2019,
            key: "threshold",
            name: "5.1, 6.1: the threshold is N",
            constructs: "for every N ≥ 3, any distinct inputs on a line and any targets Y, some combination Y u of which has second differences that \
                         alternate (for slope 0: and a step against the first of them): two networks of N - 1 neurons, leaky ReLU, and loss 0 that \
                         no path joins at low loss; for alternating Y u below ¼ min (step)²/‖u‖². With further samples, for fewer neurons. For n_(L-1) = n_L and centred \
                         targets of rank n_L, at any depth and any other widths: the same by det W_L",
            function: "statement::disconnection",
            check: "certificate of the claim separated: the least of the signed weights and kink distances, or a determinant",
            shows: "disconnected, proved",
            real: &[],
            trivial: &[],
        },
        trial: threshold::threshold,
        controls: threshold::controls,
        kernels: Err("an object of exact numbers; the same decision in f64 is compared in each trial"),
    },
    register::<strict_descent::StrictDescent>(),
    strict_descent::DICHOTOMY,
    strict_descent::PLATEAU,
    strict_descent::CELL,
    strict_descent::FALLING_LINE,
    Entry {
        card: Card {
            paper: ICML_2019,
            key: "section-7",
            name: "Section 7, figures 1 to 5",
            constructs: "a function with connected sublevel sets on which gradient flow is stuck at infinity (5); one that is \
                         not convex and has connected sublevel sets (1); bad valleys with several local minima (2, left), \
                         in two variables without one (2, right), without one and at infinity though all minima are global (3); two valleys, none bad (4)",
            function: "statement::stuck_flow, statement::tail_valleys",
            check: "certificates of the claim landscape",
            shows: "proved by exact bounds",
            real: &[],
            trivial: &[],
        },
        trial: claims::stuck,
        controls: || vec![control("a single valley", claims::refuse_stuck), control("c > 0", claims::refuse_ridge)],
        kernels: Err("functions of exact numbers; trajectories in f64 are pictures only"),
    },
    thesis_regions::PREIMAGES,
    thesis_regions::CONNECTED,
    thesis_regions::ONE_LAYER,
    thesis_regions::NARROW,
    thesis_regions::LOW_RANK,
    thesis_regions::RELU,
    thesis_regions::TIGHT,
    thesis_regions::MISTAKEN,
    thesis_regions::PYRAMIDAL,
    thesis_regions::NOT_ONTO,
    thesis_regions::NOT_ONTO_SMOOTH,
    wide_residual::WIDE,
    sharp_residual::SHARP,
    wide_residual::CURVES,
    residual_lines::LINES,
    residual_lines::LOW_RANK,
    emptied_residual::PATHS,
    iclr_2019::ZERO_ERROR,
    iclr_2019::ASSUMPTION,
    iclr_2019::TRIANGULAR,
    iclr_2019::INDEPENDENT,
    iclr_2019::SOLUTIONS,
    iclr_2019::NO_BAD_VALLEY,
    extremes::NO_STRICT_MINIMUM,
    extremes::NO_MAXIMUM,
    iclr_2019::CONVEX,
    iclr_2019::SHARP,
    analytic::ZERO_SETS,
    analytic::PREIMAGES,
    analytic::CNN13_UNITS,
    thesis_convolution::LAYERS,
    thesis_convolution::FULL_RANK,
    thesis_convolution::ALMOST_EVERY_FILTER,
    thesis_convolution::TAILS,
    thesis_convolution::TRIANGULAR,
    thesis_convolution::ALMOST_EVERY_NETWORK,
    thesis_convolution::INTERPOLATE,
    thesis_critical::ALMOST_ALL,
    thesis_critical::BOUNDED,
    thesis_critical::ZERO_LOSS,
    thesis_critical::NOT_CRITICAL,
    thesis_critical::SOLUTIONS,
    thesis_critical::DENSE,
    ijcai::CONNECTED,
    ijcai::DEPTH,
    ijcai::REMARK,
    ijcai::PRODUCT,
    ijcai::ONE_LAYER,
    ijcai::NO_STRICT_MINIMUM,
    ijcai::CRITICAL,
    ijcai::CROWD,
    ijcai::LIPSCHITZ,
    ijcai::WALL,
    ijcai::MERGED,
    Entry {
        card: Card {
            paper: "the checker",
            key: "mutants",
            name: "The checker, against mutants",
            constructs: "certificates of every kind of move, changed in one place",
            function: "suite::mutants",
            check: "the checker refuses; what it accepts is walked again and has the same statement",
            shows: "refused, or true as well",
            real: &[],
            trivial: UNMOVED,
        },
        trial: mutants::mutants,
        controls: || vec![control("a path without a peak", mutants::refuse_peak)],
        kernels: Err("the checker has no floats"),
    },
    Entry {
        card: Card {
            paper: "the checker",
            key: "mutants-graph",
            name: "The checker, against mutants of graphs",
            constructs: "certificates of independent features, of falling lines, and that a network is no strict minimum or no maximum, with another σ, \
                         connection, bias or number",
            function: "suite::graph_mutants",
            check: "for the given network the sentence is the same, or true where it names a weight that the file chooses; without it what is \
                    accepted is true, in floats of 256 bits and more",
            shows: "refused, or true as well",
            real: &[],
            trivial: &[],
        },
        trial: graph_mutants::mutants,
        controls: || {
            vec![
                control("a loss that falls", graph_mutants::refuse_rise),
                control("Ψ z = 0", graph_mutants::refuse_kernel),
            ]
        },
        kernels: Err("the checker has no floats"),
    },
    thesis_critical::AGAINST_MUTANTS,
];

/// The page `docs/statements.md`.
pub fn statements_page() -> String {
    let mut page = String::from(
        "# Statements\n\n\
         Every statement of \"On Connected Sublevel Sets in Deep Learning\" (ICML 2019) and of chapter 5 of \"Optimization \
         Landscape of Deep Neural Networks\" (thesis; [regions.md](regions.md)), and of \"On the Loss Landscape of a Class of Deep \
         Neural Networks with No Bad Local Valleys\" (ICLR 2019; thesis, chapter 4), of the thesis's chapter 2 \
         ([convolution.md](convolution.md), [convolution-critical.md](convolution-critical.md)), and of \"Is the Skip Connection Provable to Reform the Neural Network Loss Landscape?\" (IJCAI 2020; \
         [residual.md](residual.md), [errata.md](errata.md)), with what goes beyond: what is constructed, by which \
         function, how it is checked, what has to be refused, and the float kernels. For each of them the register \
         (`src/suite/statements.rs`) draws instances at random, by twists that break programs, and trained ones; an \
         instance on which there is nothing to do does not count. Paths are judged by the checker and evaluated at random \
         λ in every move; the same construction by f64 and 113 bits is evaluated exactly, and the latter strays by \
         1e-9 at most on three of four instances where nothing is twisted (on the others it decides a rank wrongly). `cargo bench --bench statements` times each by every kernel, and \
         `snapshots/constructions.snap` changes with each. The last row is about the checker itself. This page is generated \
         (`UPDATE_DOCS=1 cargo test --test suite`) and a test keeps it complete.\n\n\
         | paper | statement | what is constructed | function | check | refused without | kernels |\n\
         |---|---|---|---|---|---|---|\n",
    );
    for Entry { card, controls, kernels, .. } in STATEMENTS {
        let Card { paper, name, constructs, function, check, .. } = card;
        let refused: Vec<&str> = controls().iter().map(|control| control.without).collect();
        let kernels = kernels.map_or_else(|why| why, |_| "exact, 113 bits, f64");
        // Writing to a string cannot fail.
        let _ = writeln!(
            page,
            "| {paper} | {name} | {constructs} | `{function}` | {check} | {} | {kernels} |",
            refused.join("; ")
        );
    }
    page += "\n## What else the papers say\n\n\
        | in the paper | here |\n\
        |---|---|\n\
        | Assumption 2.4, distinct samples | decided exactly (`network::duplicate_rows`); every construction that rests on it refuses \
        two equal samples by name (the controls *distinct samples* above). f64 takes samples 2^-100 apart for one: the twist \
        *samples 2^-100 apart* |\n\
        | Remark on quasi-convex functions (section 1) | every output of a path that is proved for every convex loss lies on one \
        segment, on which a quasi-convex function is at most the larger one of its ends: the proof holds for these too. Nothing \
        is claimed of descents |\n\
        | Theorem 6.1 for the exponential linear unit | Assumption 2.2 for it: certificates of the claim *refuted*, for given shifts. Paths of networks \
        with an activation that is not piecewise linear: none yet, neither constructed nor checked |\n\
        | Thesis, Definition 5.2.1 | regions are strict and open, as printed; cells on which the largest outputs are equal are reported apart |\n\
        | Thesis, after Theorem 5.2.4, for ELU, sigmoid, tanh, softplus | the argument of `region::instances::not_onto` is one for every monotone σ that is not onto; \
        certificates for the piecewise-linear ones only |\n\
        | Thesis, figures 5.3, 5.5, 5.7, 5.8 | trained networks: `examples/regions.py`, `examples/class_path.py`; other data than the thesis's |\n\
        | ICLR 2019, tables 1, 2, 4, 5 and figure 5 | accuracies of trained networks, which no certificate is about: `examples/skip_connections` repeats tables 1 and 2 and \
        figure 5 in small, in f64 ([examples.md](examples.md)); tables 4 (no max-pooling) and 5 (augmented data) are not repeated. The hidden units of CNN13 are counted above |\n\
        | ICLR 2019, figure 3 | the loss on a random plane through a trained network, with skip connections and without: a picture, not repeated |\n";
    page
}

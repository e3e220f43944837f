//! The statements that the suite knows: what each constructs, where it is, how it is checked, how it is refused.

use super::prove::Proof;
use super::trials::{self, Refusal, Setup};
use super::{claims, mutants};
use std::fmt::Write;

/// A statement of a paper and all that belongs to it.
#[derive(Clone, Copy)]
pub struct Statement {
    /// As `--statement` names it.
    pub key: &'static str,
    /// As the paper names it.
    pub name: &'static str,
    /// What is constructed.
    pub constructs: &'static str,
    /// The function, as a path inside the crate.
    pub function: &'static str,
    /// How a result is checked.
    pub check: &'static str,
    /// The property test: file and function.
    pub property: (&'static str, &'static str),
    /// The negative control: file and function.
    pub negative: (&'static str, &'static str),
    /// The float counterpart.
    pub float: &'static str,
    /// The carried pairs that it is tried on.
    pub real: &'static [&'static str],
    /// One trial.
    pub trial: fn(&Setup) -> Result<Proof, String>,
    /// One thing that has to be refused.
    pub refuse: fn(u64) -> Refusal,
}

const ALL: &[&str] = &["wide-64", "relu-deep-32", "independent-32", "pyramid-32"];
const RULES: &str = "certificate, by the line rule";

/// All statements, in the order of the paper; last, what the checker claims of itself.
pub const STATEMENTS: &[Statement] = &[
    Statement {
        key: "lemma-2.3",
        name: "Assumptions 2.1 and 2.2, Lemma 2.3",
        constructs: "whether σ satisfies them; for given shifts two independent refutations of Σ λ_i σ(x − a_i) = σ(x)",
        function: "statement::shift_independence",
        check: "extreme kink replayed; yᵀA = 0 and yᵀs ≠ 0 multiplied out",
        property: ("tests/shift_independence.rs", "two_slopes_refute_every_relation_twice"),
        negative: ("tests/shift_independence.rs", "an_affine_function_is_related_to_any_two_of_its_shifts"),
        float: "the same linear system in f64",
        real: &[],
        trial: claims::independent_shifts,
        refuse: claims::refuse_independent_shifts,
    },
    Statement {
        key: "propositions-2.7-2.8",
        name: "Propositions 2.7 and 2.8",
        constructs: "the image of a polygonal curve under a piecewise-linear map, the sum of two curves",
        function: "path::curve",
        check: "compared with the points at many λ",
        property: ("src/path/curve.rs", "images_and_sums_are_pointwise"),
        negative: ("src/path/curve.rs", "an_image_bends_at_breakpoints"),
        float: "none: Lemma 3.3 uses them for exact curves",
        real: &[],
        trial: claims::curves,
        refuse: claims::refuse_curves,
    },
    Statement {
        key: "lemma-3.3",
        name: "Lemma 3.3",
        constructs: "the map h; the canonical form, by one follow a level",
        function: "statement::output_following",
        check: "certificate, by the follow rule; the forward pass returns the target",
        property: ("tests/statements/output_following.rs", "the_map_h_reaches_every_target"),
        negative: ("tests/statements/output_following.rs", "dependent_data_are_refused_with_the_rank"),
        float: "the same walk over f64 and rug::Float (Theorem 3.2)",
        real: &["independent-32", "pyramid-32"],
        trial: trials::output_following,
        refuse: trials::refuse_following,
    },
    Statement {
        key: "lemma-3.4",
        name: "Lemma 3.4",
        constructs: "a path of constant output to weights of full column rank",
        function: "statement::full_rank_weights",
        check: "certificate, by the follow and line rules",
        property: ("tests/statements/output_following.rs", "the_canonical_form_is_reached_at_constant_output"),
        negative: ("tests/statements/output_following.rs", "relu_has_no_inverse_to_follow_by"),
        float: "the same walk over f64 and rug::Float (Theorem 3.2)",
        real: &["independent-32", "pyramid-32"],
        trial: trials::full_rank_weights,
        refuse: trials::refuse_following,
    },
    Statement {
        key: "proposition-3.5",
        name: "Proposition 3.5",
        constructs: "a chain of segments of full-rank matrices, with inverses of the rows that stay",
        function: "statement::full_rank_path",
        check: "Chain::verify: one product a segment",
        property: ("tests/statements/full_rank_path.rs", "every_point_has_full_rank"),
        negative: ("tests/statements/full_rank_path.rs", "square_matrices_are_refused"),
        float: "the same chain over f64, compared segment by segment",
        real: &[],
        trial: trials::full_rank_path,
        refuse: trials::refuse_square_matrices,
    },
    Statement {
        key: "theorem-3.2",
        name: "Theorem 3.2 (1)",
        constructs: "a connecting path from independent data through narrowing layers",
        function: "statement::independent_data",
        check: "certificate, by the follow and line rules",
        property: ("tests/statements/independent_data.rs", "sublevel_sets_are_connected"),
        negative: ("tests/statements/independent_data.rs", "one_neuron_too_few_per_layer_is_refused"),
        float: "the same walk over f64 and rug::Float",
        real: &["independent-32", "pyramid-32"],
        trial: trials::independent_data,
        refuse: trials::refuse_independent_data,
    },
    Statement {
        key: "theorem-3.2-unbounded",
        name: "Theorem 3.2 (2)",
        constructs: "a path of constant output to infinity through the left kernel of W_2",
        function: "statement::escape::through_kernel",
        check: "certificate, by the follow and ray rules",
        property: ("tests/statements/escape.rs", "independent_data_escape_through_the_kernel"),
        negative: ("tests/statements/escape.rs", "independent_neurons_and_a_flat_activation_have_no_known_ray"),
        float: "generic over the kernel",
        real: &["independent-32", "pyramid-32"],
        trial: trials::escape_through_kernel,
        refuse: trials::refuse_kernel,
    },
    Statement {
        key: "lemma-4.3",
        name: "Lemma 4.3",
        constructs: "a line to weights that use independent columns only",
        function: "statement::column_reduction",
        check: RULES,
        property: ("tests/statements/column_reduction.rs", "product_stays_and_rows_outside_the_basis_vanish"),
        negative: ("tests/statements/column_reduction.rs", "columns_that_do_not_span_the_product_are_refused"),
        float: "the same over f64, compared with the product",
        real: ALL,
        trial: trials::column_reduction,
        refuse: trials::refuse_column_reduction,
    },
    Statement {
        key: "lemma-4.4",
        name: "Lemma 4.4",
        constructs: "N biases whose shifts of one column are a basis",
        function: "statement::shift_span",
        check: "the rank, exactly",
        property: ("tests/statements/shift_span.rs", "distinct_entries_span_everything"),
        negative: ("tests/statements/shift_span.rs", "equal_entries_do_not"),
        float: "generic over the kernel (Lemma 5.2 uses it)",
        real: &[],
        trial: trials::shift_span,
        refuse: trials::refuse_shift_span,
    },
    Statement {
        key: "theorem-4.2",
        name: "Theorem 4.2 (1)",
        constructs: "a path on which the loss never rises and ends below ε",
        function: "statement::wide_layer, statement::descend",
        check: "certificate: never rises",
        property: ("tests/statements/descend.rs", "the_loss_never_rises_through_a_wide_layer"),
        negative: ("tests/statements/descend.rs", "one_neuron_too_few_is_refused"),
        float: "the same walk over f64",
        real: ALL,
        trial: trials::descend_narrowing,
        refuse: trials::refuse_descend,
    },
    Statement {
        key: "theorem-4.2-nearby",
        name: "Theorem 4.2 (1), where samples coincide",
        constructs: "a line to a nearby point on which the loss stays below α, then one on which it never rises, to below ε",
        function: "statement::nearby, statement::descend",
        check: "certificate: stays below α, by the bounded rule",
        property: ("tests/statements/nearby.rs", "the_loss_stays_below_the_bound"),
        negative: ("tests/statements/nearby.rs", "without_a_bound_above_the_start_it_is_refused"),
        float: "the same walk over f64",
        real: &[],
        trial: trials::descend_nearby,
        refuse: trials::refuse_descend_nearby,
    },
    Statement {
        key: "theorem-4.2-unbounded",
        name: "Theorems 4.2 (2), 5.1 (2)",
        constructs: "a path of constant output to infinity: a dependent neuron dies and its bias runs off",
        function: "statement::wide_layer::run_off",
        check: "certificate, by the line and ray rules",
        property: ("tests/statements/escape.rs", "a_wide_layer_escapes"),
        negative: ("tests/statements/escape.rs", "independent_neurons_and_a_flat_activation_have_no_known_ray"),
        float: "generic over the kernel",
        real: ALL,
        trial: trials::escape_wide,
        refuse: trials::refuse_escape,
    },
    Statement {
        key: "lemma-5.2",
        name: "Lemma 5.2",
        constructs: "two lines of constant output to features of rank N",
        function: "statement::full_rank_features",
        check: RULES,
        property: ("tests/statements/full_rank_features.rs", "rank_is_full_and_output_stays"),
        negative: ("tests/statements/full_rank_features.rs", "one_neuron_too_few_is_refused"),
        float: "the same walk over f64 and rug::Float (Theorem 6.1)",
        real: &["wide-64", "relu-deep-32", "pyramid-32"],
        trial: trials::full_rank_features,
        refuse: trials::refuse_full_rank_features,
    },
    Statement {
        key: "lemma-5.3",
        name: "Lemma 5.3",
        constructs: "lines of constant output that copy the weights of another network, at three widths",
        function: "statement::weight_copying",
        check: RULES,
        property: ("tests/statements/weight_copying.rs", "weights_are_copied_at_constant_output"),
        negative: ("tests/statements/weight_copying.rs", "features_of_deficient_rank_are_refused"),
        float: "the same walk over f64 and rug::Float (Theorem 6.1)",
        real: &["wide-64"],
        trial: trials::weight_copying,
        refuse: trials::refuse_weight_copying,
    },
    Statement {
        key: "theorem-5.1",
        name: "Theorem 5.1 (1)",
        constructs: "a connecting path through a wide first layer and narrowing ones",
        function: "statement::wide_first_layer",
        check: "certificate, by the line and follow rules",
        property: ("tests/statements/wide_first_layer.rs", "sublevel_sets_are_connected"),
        negative: ("tests/statements/wide_first_layer.rs", "one_neuron_too_few_is_refused"),
        float: "the same walk over f64 and rug::Float",
        real: &["wide-64", "narrow-64", "pyramid-32"],
        trial: trials::wide_first_layer,
        refuse: trials::refuse_wide_first_layer,
    },
    Statement {
        key: "theorem-6.1-descent",
        name: "Theorem 6.1 (1)",
        constructs: "a path on which the loss never rises and ends below ε, for any activation with two slopes",
        function: "statement::wide_layer, statement::descend",
        check: "certificate: never rises",
        property: ("tests/statements/descend.rs", "the_loss_never_rises_through_a_wide_layer"),
        negative: ("tests/statements/descend.rs", "one_neuron_too_few_is_refused"),
        float: "the same walk over f64",
        real: &["relu-deep-32"],
        trial: trials::descend_wide,
        refuse: trials::refuse_descend,
    },
    Statement {
        key: "theorem-6.1",
        name: "Theorem 6.1 (2)",
        constructs: "a connecting path of lines through wide layers",
        function: "statement::wide_layers",
        check: RULES,
        property: ("tests/statements/wide_layers.rs", "sublevel_sets_are_connected"),
        negative: ("tests/statements/wide_layers.rs", "one_neuron_too_few_is_refused_with_the_numbers"),
        float: "the same walk over f64 and rug::Float",
        real: &["wide-64", "relu-deep-32"],
        trial: trials::wide_layers,
        refuse: trials::refuse_wide_layers,
    },
    Statement {
        key: "disconnection",
        name: "Tightness of 5.1, 6.1",
        constructs: "a certificate that a sublevel set is disconnected at width N - 1: a function that cannot vanish on it",
        function: "statement::disconnection",
        check: "Disconnection::verify: signs and losses of two points, and a lower bound where the function vanishes",
        property: ("tests/disconnection.rs", "width_n_minus_1_is_disconnected_for_any_data"),
        negative: ("tests/disconnection.rs", "what_does_not_separate_is_refused_by_name"),
        float: "the same decision in f64",
        real: &[],
        trial: claims::disconnected,
        refuse: claims::refuse_disconnected,
    },
    Statement {
        key: "section-7",
        name: "Section 7, figures 3 and 4",
        constructs: "a function with connected sublevel sets on which gradient flow is stuck at infinity; functions \
                     whose minima are all global and that have bad valleys at infinity",
        function: "statement::stuck_flow, statement::tail_valleys",
        check: "StuckFlow::verify, TailFunction::verify",
        property: ("tests/stuck_flow.rs", "in_the_region_the_flow_contracts_as_claimed"),
        negative: ("tests/stuck_flow.rs", "every_claim_can_fail_and_is_named"),
        float: "trajectories in f64 (pictures only)",
        real: &[],
        trial: claims::stuck,
        refuse: claims::refuse_stuck,
    },
    Statement {
        key: "mutants",
        name: "The checker, against mutants",
        constructs: "certificates of every kind of move, changed in one place",
        function: "suite::mutants",
        check: "the checker refuses; what it accepts is walked again and has the same statement",
        property: ("crates/checker/tests/checker/mutation.rs", "every_number_counts"),
        negative: ("tests/suite.rs", "a_path_over_a_peak_is_seen"),
        float: "none: the checker has no floats",
        real: &[],
        trial: mutants::mutants,
        refuse: mutants::refuse_peak,
    },
];

/// The page `docs/statements.md`.
pub fn statements_page() -> String {
    let mut page = String::from(
        "# Statements\n\n\
         Every statement of \"On Connected Sublevel Sets in Deep Learning\" (ICML 2019): what is constructed, by which \
         function, how it is checked, which property test runs it, what has to be refused, and its float counterpart. \
         The last row is about the checker itself. \
         This page is generated (`UPDATE_DOCS=1 cargo test --test suite`) and a test keeps it complete.\n\n\
         | statement | what is constructed | function | check | property test | negative control | floats |\n\
         |---|---|---|---|---|---|---|\n",
    );
    for statement in STATEMENTS {
        let test = |(file, function): (&str, &str)| format!("[`{function}`](../{file})");
        let Statement { name, constructs, function, check, float, .. } = statement;
        let (property, negative) = (test(statement.property), test(statement.negative));
        // Writing to a string cannot fail.
        let _ =
            writeln!(page, "| {name} | {constructs} | `{function}` | {check} | {property} | {negative} | {float} |");
    }
    page
}

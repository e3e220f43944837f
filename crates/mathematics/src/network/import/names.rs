//! What the name of an array says: which layer it belongs to, and as what.

use super::options::Layout;
use std::cmp::Ordering;

/// What an array is in its layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// A matrix, stored as frameworks with such names do; `None` if that differs.
    Weight(Option<Layout>),
    Bias,
    /// What pruning keeps in the place of a weight or bias, and the mask to multiply it by.
    Pruned(&'static str),
    Mask(&'static str),
    /// One of two arrays of which `weight_norm` makes a weight.
    WeightNorm,
    /// A parameter of a normalisation: scale γ, shift β, running mean and variance.
    Scale,
    Shift,
    Mean,
    Variance,
    /// Nothing that is known.
    Unknown,
}

/// The layer that an array belongs to, and what it is there. A number behind a role belongs to the layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// What stands before the role, without the separator.
    pub layer: String,
    pub role: Role,
    /// The number behind the role: `weight_2`, `W2`, `coefs_2`.
    pub index: Option<usize>,
}

impl Name {
    /// Reads a name such as `net.0.weight`, `params/Dense_0/kernel`, `dense/kernel:0`, `coefs_0` or `W1`.
    pub fn parse(name: &str) -> Self {
        let name = match name.rsplit_once(':') {
            Some((before, number)) if is_number(number) => before,
            _ => name,
        };
        let (layer, base) = name.rsplit_once(['.', '/']).unwrap_or(("", name));
        if let Some(layer) = layer.strip_suffix(".parametrizations.weight")
            && matches!(base, "original0" | "original1")
        {
            return Name { layer: layer.into(), role: Role::WeightNorm, index: None };
        }
        let plain = role(base);
        if plain != Role::Unknown {
            return Name { layer: layer.into(), role: plain, index: None };
        }
        let digits = base.len() - base.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        let (word, number) = base.split_at(base.len() - digits);
        let indexed = match word.trim_end_matches('_') {
            "coefs" => Some(Role::Weight(Some(Layout::InOut))),
            "intercepts" => Some(Role::Bias),
            word => Some(role(word)).filter(|role| matches!(role, Role::Weight(_) | Role::Bias)),
        };
        match (indexed, number.parse()) {
            (Some(role), Ok(index)) => Name { layer: layer.into(), role, index: Some(index) },
            _ => Name { layer: layer.into(), role: Role::Unknown, index: None },
        }
    }
}

fn role(base: &str) -> Role {
    match base {
        "weight" => Role::Weight(Some(Layout::OutIn)),
        "kernel" => Role::Weight(Some(Layout::InOut)),
        "w" | "W" | "weights" => Role::Weight(None),
        "bias" | "b" | "B" | "biases" => Role::Bias,
        "weight_orig" => Role::Pruned("weight"),
        "bias_orig" => Role::Pruned("bias"),
        "weight_mask" => Role::Mask("weight"),
        "bias_mask" => Role::Mask("bias"),
        "weight_g" | "weight_v" => Role::WeightNorm,
        "gamma" | "scale" => Role::Scale,
        "beta" => Role::Shift,
        "running_mean" | "moving_mean" => Role::Mean,
        "running_var" | "moving_variance" => Role::Variance,
        _ => Role::Unknown,
    }
}

/// Names of counters and settings, the last part of a name.
const COUNTERS: [&str; 14] = [
    "num_batches_tracked",
    "n_averaged",
    "global_step",
    "step",
    "steps",
    "epoch",
    "epochs",
    "iteration",
    "iterations",
    "num_updates",
    "lr",
    "learning_rate",
    "seed",
    "best_acc",
];

/// Parts of the names of an optimizer's state and of other states of training.
const TRAINING: [&str; 20] = [
    "optimizer",
    "optimizers",
    "optim",
    "optimizer_state",
    "optimizer_states",
    "optimizer_state_dict",
    "opt_state",
    "exp_avg",
    "exp_avg_sq",
    "max_exp_avg_sq",
    "momentum_buffer",
    "square_avg",
    "acc_delta",
    "grad_avg",
    "scheduler",
    "lr_scheduler",
    "lr_schedulers",
    "rng_state",
    "cuda_rng_state",
    "torch_rng_state",
];

/// How the program of Garipov et al. (2018) names the coefficients of a curve's points: binomials are a Bézier curve's.
const COEFFICIENTS: [&str; 3] = ["coeff_layer.range", "coeff_layer.rev_range", BINOMIALS];

const BINOMIALS: &str = "coeff_layer.binom";

/// Whether a curve is a Bézier curve, or else a chain of straight lines, where the names that are left out say so.
pub fn is_bezier<'a>(mut left_out: impl Iterator<Item = &'a str> + Clone) -> Option<bool> {
    let binomials = left_out.clone().any(|name| name.ends_with(BINOMIALS));
    left_out.any(|name| COEFFICIENTS.iter().any(|end| name.ends_with(end))).then_some(binomials)
}

/// What an array that is no part of a network is, if its name says so.
pub fn bystander(name: &str) -> Option<&'static str> {
    if COEFFICIENTS.iter().any(|end| name.ends_with(end)) {
        return Some("the coefficients of a curve");
    }
    let mut parts = name.split(['.', '/']);
    if COUNTERS.contains(&parts.clone().next_back().unwrap_or_default()) {
        return Some("a counter");
    }
    parts.any(|part| TRAINING.contains(&part)).then_some("the state of an optimizer")
}

/// The order of two names by the number in the first place where they differ; `None` if there is none.
pub fn numeric_order(a: &str, b: &str) -> Option<Ordering> {
    let (x, y) = (parts(a), parts(b));
    let (x, y) = x.iter().zip(&y).find(|(x, y)| compare_parts(x, y).is_ne())?;
    (is_number(x) && is_number(y)).then(|| compare_parts(x, y))
}

/// Names part by part, runs of digits by their value: `2` before `10`. Names of equal parts (`1`, `01`) by spelling.
pub fn natural_order(a: &str, b: &str) -> Ordering {
    let (x, y) = (parts(a), parts(b));
    let compared = x.iter().zip(&y).map(|(x, y)| compare_parts(x, y)).find(|order| order.is_ne());
    compared.unwrap_or(x.len().cmp(&y.len())).then(a.cmp(b))
}

/// The numbers in a name, in order, without leading zeros.
pub fn numbers(name: &str) -> Vec<&str> {
    parts(name).into_iter().filter(|part| is_number(part)).map(|part| part.trim_start_matches('0')).collect()
}

/// Maximal runs of digits and of anything else.
fn parts(name: &str) -> Vec<&str> {
    let mut parts = vec![];
    let mut rest = name;
    while let Some(first) = rest.bytes().next() {
        let end = rest.bytes().position(|byte| byte.is_ascii_digit() != first.is_ascii_digit()).unwrap_or(rest.len());
        parts.push(&rest[..end]);
        rest = &rest[end..];
    }
    parts
}

fn compare_parts(x: &str, y: &str) -> Ordering {
    if is_number(x) && is_number(y) {
        return compare_numbers(x.trim_start_matches('0'), y.trim_start_matches('0'));
    }
    x.cmp(y)
}

/// Numbers without leading zeros by their value.
pub fn compare_numbers(x: &str, y: &str) -> Ordering {
    x.len().cmp(&y.len()).then_with(|| x.cmp(y))
}

fn is_number(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_their_natural_order() {
        let mut names = ["b10", "b2", "b02", "a", "b", "b2c", "10", "9", "b2.safetensors", "b18446744073709551617"];
        names.sort_by(|a, b| natural_order(a, b));
        let expected = ["9", "10", "a", "b", "b02", "b2", "b2.safetensors", "b2c", "b10", "b18446744073709551617"];
        assert_eq!(names, expected);
    }

    #[test]
    fn numbers_order_names_that_differ_first_in_a_number() {
        for (a, b, expected) in [
            ("fc2", "fc10", Some(Ordering::Less)),
            ("net.10.x", "net.9.y", Some(Ordering::Greater)),
            ("a1", "b1", None),
            ("fc", "fc1", None),
            ("fc1", "fc01", None),
            ("x1.a", "x1.b", None),
        ] {
            assert_eq!(numeric_order(a, b), expected, "{a} {b}");
            assert_eq!(numeric_order(b, a), expected.map(Ordering::reverse), "{b} {a}");
        }
    }

    #[test]
    fn names_of_every_framework() {
        let of = |name: &str| {
            let Name { layer, role, index } = Name::parse(name);
            (layer, role, index)
        };
        let weight = |layout| Role::Weight(layout);
        for (name, layer, role, index) in [
            ("net.0.weight", "net.0", weight(Some(Layout::OutIn)), None),
            ("weight", "", weight(Some(Layout::OutIn)), None),
            ("params/Dense_0/kernel", "params/Dense_0", weight(Some(Layout::InOut)), None),
            ("dense/bias:0", "dense", Role::Bias, None),
            ("coefs_3", "", weight(Some(Layout::InOut)), Some(3)),
            ("intercepts_3", "", Role::Bias, Some(3)),
            ("W1", "", weight(None), Some(1)),
            ("b1", "", Role::Bias, Some(1)),
            ("net.0.weight_2", "net.0", weight(Some(Layout::OutIn)), Some(2)),
            ("0.weight_orig", "0", Role::Pruned("weight"), None),
            ("0.parametrizations.weight.original1", "0", Role::WeightNorm, None),
            ("rnn.weight_ih_l0", "rnn", Role::Unknown, None),
            ("mixed5b", "", Role::Unknown, None),
            ("lr", "", Role::Unknown, None),
        ] {
            assert_eq!(of(name), (layer.into(), role, index), "{name}");
        }
    }
}

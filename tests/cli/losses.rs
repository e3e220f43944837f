//! Losses from the command line: which one it is, what is said of it, and what it is compared with.

use crate::run::{Case, Run, data, quarters};
use sublevel::network::{Parameters, write_network};

const BINARY: &str =
    "binary-cross-entropy: (1/(N n_L)) Σ_i Σ_j (ln(1 + e^F_ij) − t_ij F_ij), the mean over samples and outputs";

fn holds(run: &Run, text: &str) {
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert!(run.out.contains(text), "expected `{text}` in: {}", run.out);
}

/// One output and the labels 0 and 1: the binary cross-entropy by itself, on networks that others trained.
#[test]
fn one_logit_is_a_binary_cross_entropy() {
    let case = Case::new();
    let [a, b, moons] =
        ["moons-a.safetensors", "moons-b.safetensors", "moons-lab.npz"].map(|name| data("reports", name));
    let common = ["--data", &moons, "--activation", "relu"];
    let barrier = case.run(&[&["barrier", &a, &b], &common[..]].concat());
    holds(&barrier, "maximum   [0.3140372");
    holds(&barrier, BINARY);

    let connect = ["connect", &a, &b, "--samples", "12", "--out", "p.path.jsonl"];
    holds(&case.run(&[&connect[..], &common].concat()), BINARY);
    let ends = ["check", "p.path.jsonl", "--from", &a, "--to", &b, "--data", &moons, "--samples", "12"];
    let run = case.run(&ends);
    holds(&run, "every convex loss at once");
    holds(&run, "the mean binary cross-entropy (1/(N n_L)) Σ_i Σ_j (ln(1 + e^F_ij) − t_ij F_ij) with the targets");
    holds(&run, "labels or targets: equal to what was given, number by number; not compared: activation, kind of loss");
    holds(&case.run(&[&ends[..], &["--loss", "binary-cross-entropy"]].concat()), "not compared: activation");
    let square = case.run(&[&ends[..], &["--loss", "mean-square"]].concat());
    square.expect(2, "to which the labels 0 and 1 are targets");
    holds(&case.run(&["inspect", "p.path.jsonl"]), BINARY);
    assert!(std::fs::read_to_string(case.path("p.path.jsonl")).unwrap().contains("\"version\":3,"));

    let descend = ["descend", &a, "--samples", "12", "--out", "q.path.jsonl", "--epsilon", "1e-9"];
    holds(&case.run(&[&descend[..], &common].concat()), "falling strictly");
    holds(&case.run(&["check", "q.path.jsonl", "--from", &a]), "the loss falls strictly along it");
    let cross_entropy = [&["barrier", &a, &b, "--loss", "cross-entropy"], &common[..]].concat();
    case.run(&cross_entropy).expect(2, "of a single output it is 0 whatever the network says");
}

/// In the certificate they are weights of the samples, and what the user gives is compared with them.
#[test]
fn class_weights_are_part_of_the_loss() {
    let case = Case::new();
    let [a, b, moons] =
        ["moons-a.safetensors", "moons-b.safetensors", "moons-lab.npz"].map(|name| data("reports", name));
    let common = ["--data", &moons, "--activation", "relu", "--tolerance", "1e-3"];
    let barrier = |weights: &str, further: &[&str]| {
        case.run(&[&["barrier", &a, &b, "--class-weights", weights], &common[..], further].concat())
    };
    let run = barrier("1,1/2", &["--out", "p.path.jsonl"]);
    holds(&run, "weighted binary-cross-entropy: (1/(n_L Σ_i w_i)) Σ_i w_i Σ_j");
    let check =
        |further: &[&str]| case.run(&[&["check", "p.path.jsonl", "--from", &a, "--data", &moons], further].concat());
    holds(&check(&[]), "not compared: last network, activation, kind of loss, weights of the samples");
    holds(&check(&["--class-weights", "1,0.5"]), "kind of loss, weights of the samples: equal to what was given");
    holds(
        &check(&["--class-weights", "1,0.5", "--loss", "binary-cross-entropy"]),
        "kind of loss, weights of the samples: equal",
    );
    check(&["--class-weights", "1,2"]).expect(1, "the loss is not the expected one");
    check(&["--loss", "binary-cross-entropy"]).expect(1, "the loss is not the expected one");
    // One weight for all is none.
    holds(&barrier("3,3", &["--out", "q.path.jsonl"]), "maximum   [0.313");
    assert!(!std::fs::read_to_string(case.path("q.path.jsonl")).unwrap().contains("weights"));
    for (weights, message) in [
        ("1,2,3", "3 weights for 2 classes; expected one for each"),
        ("1,-2", "the weight of class 1 is -2; expected a number of at least 0"),
        ("0,0", "the weights of the samples sum to 0"),
        ("1,", "`` is not a number"),
    ] {
        barrier(weights, &[]).expect(2, message);
    }
    barrier("1,2", &["--loss", "square"]).expect(2, "class weights are for labels");
}

#[test]
fn squares_are_a_sum_or_a_mean() {
    let case = Case::new();
    let [a, b, targets] = ["reg-a.safetensors", "reg-b.safetensors", "reg-2d.npz"].map(|name| data("reports", name));
    let barrier =
        |loss: &[&str]| case.run(&[&["barrier", &a, &b, "--data", &targets, "--activation", "relu"], loss].concat());
    let sum = barrier(&[]);
    holds(&sum, "maximum   [11.66965926");
    holds(&sum, "loss      square: ½ Σ_i ‖F_i − Y_i‖², half the sum over samples and outputs\n");
    let mean = barrier(&["--loss", "mean-square"]);
    holds(&mean, "maximum   [0.583482");
    holds(&mean, "loss      mean-square: (1/(N n_L)) Σ_i ‖F_i − Y_i‖², the mean over samples and outputs\n");
    let below = barrier(&["--loss", "mean-square", "--below", "0.6"]);
    holds(&below, "loss      mean-square: (1/(N n_L))");
    holds(&below, "proved    the loss is below 0.6");
}

/// Two outputs and rows of targets: soft labels, whose sums are said and whose entropy no loss goes below.
#[test]
fn targets_are_soft_labels_to_the_cross_entropy() {
    let case = Case::new();
    let layers = vec![quarters(2, 3, &[4, -8, 2, 2, 1, -3]), quarters(4, 2, &[4, 3, -2, 5, 0, 1, 2, -1])];
    write_network(&case.path("two.safetensors"), &Parameters::new(layers).unwrap()).unwrap();
    case.data("soft.npz", 2, 1, &[0.0, 1.0], &[0.75, 0.25, 0.1, 0.9]);
    case.data("sums.npz", 2, 1, &[0.0, 1.0], &[0.75, 0.25, 0.5, 0.75]);
    case.data("negative.npz", 2, 1, &[0.0, 1.0], &[0.75, 0.25, 1.5, -0.5]);
    let descend = |data: &str, loss: &str, epsilon: &str| {
        let common = ["--activation", "leaky-relu=1/2", "--out", "q.path.jsonl"];
        case.run(
            &[&["descend", "two.safetensors", "--data", data, "--loss", loss, "--epsilon", epsilon], &common[..]]
                .concat(),
        )
    };
    let run = descend("soft.npz", "cross-entropy", "0.444");
    holds(&run, "cross-entropy with soft labels: (1/N) Σ_i Σ_j t_ij (−ln softmax(F_i)[j]), the mean over samples");
    // Doubles: 0.1 + 0.9 is 1 + 2.8e-17.
    holds(&run, "; |Σ_j t_ij − 1| is at most 2.78e-17, in row 1 (counted from 0)");
    let check = ["check", "q.path.jsonl", "--from", "two.safetensors", "--data", "soft.npz", "--loss", "cross-entropy"];
    let run = case.run(&check);
    holds(&run, "the loss falls strictly along it");
    holds(&run, "inputs, labels or targets, kind of loss: equal to what was given");
    std::fs::remove_file(case.path("q.path.jsonl")).unwrap();
    // The mean of the entropies 0.5623 and 0.3251.
    let refused = descend("soft.npz", "cross-entropy", "0.443");
    refused.expect(3, "its infimum over all outputs is in [0.4437, 0.4438]");
    assert_eq!(refused.err.matches("infimum").count(), 1, "said once: {}", refused.err);
    descend("soft.npz", "binary-cross-entropy", "0.4").expect(3, "asked to fall to 0.4, but its infimum");
    descend("negative.npz", "cross-entropy", "1").expect(2, "the soft label of sample 1 for output 1 is -0.5");
    descend("negative.npz", "binary-cross-entropy", "1").expect(2, "the target of sample 1 for output 0 is 1.5");
    assert!(!case.path("q.path.jsonl").exists());
    holds(&descend("sums.npz", "cross-entropy", "0.71"), "; |Σ_j t_ij − 1| is at most 2.50e-1, in row 1");
}

/// Every loss is defined where the options are explained.
#[test]
fn the_help_defines_every_loss() {
    let case = Case::new();
    for command in ["connect", "descend", "barrier", "check", "plot", "compare", "escape"] {
        let run = case.run(&[command, "--help"]);
        for definition in [
            "square                ½ Σ_i ‖F_i − Y_i‖²",
            "mean-square           (1/(N n_L)) Σ_i ‖F_i − Y_i‖²",
            "cross-entropy         (1/N) Σ_i (−ln softmax(F_i)[y_i])",
            "binary-cross-entropy  (1/(N n_L)) Σ_i Σ_j (ln(1 + e^F_ij) − t_ij F_ij)",
            "hinge                 (1/N) Σ_i max(0, max_{j≠y_i} 1 + F_ij − F_i,y_i)",
        ] {
            holds(&run, definition);
        }
    }
}

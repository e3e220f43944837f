//! A data set from the arrays of a file: which of them are inputs, labels, targets, and what the user's framework computes.

use super::super::data::{DataSet, Targets};
use super::super::inputs::Scaling;
use super::array::{Array, Values};
use super::options::{Budget, ImportOptions};
use super::problem::{ImportProblem, list};
use super::report::{DataReport, Ignored, Warning};
use super::source::Source;
use crate::arith::{counted, write_rational};
use nalgebra::DMatrix;
use rug::Rational;

/// Integer inputs from here on look like pixels that nobody scaled.
const RAW_PIXELS: f64 = 16.0;

/// Names of inputs, besides `inputs`.
const INPUTS: [&str; 9] = ["x_train", "X_train", "data", "images", "X", "x", "features", "train_images", "x_data"];

/// Names of labels or targets; which of both is decided by what is in them.
const EITHER: [&str; 8] = ["y_train", "Y_train", "target", "label", "y", "Y", "train_labels", "y_data"];

/// What the user's framework computes for the first and the last network, [N, n_L].
pub const OUTPUTS: [&str; 2] = ["outputs", "outputs_to"];

/// The arrays that are read: all that may be inputs, labels, targets or outputs.
pub fn wanted<'a>(options: &'a ImportOptions) -> impl Fn(&str) -> bool + use<'a> {
    let keys = [options.inputs_key.as_deref(), options.labels_key.as_deref()];
    move |name: &str| {
        let own = ["inputs", "labels", "targets"].iter().chain(&OUTPUTS).chain(&INPUTS).chain(&EITHER);
        own.copied().any(|known| known == name) || keys.contains(&Some(name))
    }
}

/// What is in the arrays besides inputs and targets.
#[derive(Debug, Clone, PartialEq)]
pub struct Expected {
    /// The name of the array: `outputs` or `outputs_to`.
    pub array: &'static str,
    /// [N, n_L].
    pub outputs: DMatrix<f64>,
}

/// The data set of these arrays, its first samples; what was expected of the networks; what was read.
pub fn assemble(
    source: Source,
    file: &str,
    options: &ImportOptions,
    budget: &mut Budget,
) -> Result<(DataSet, Vec<Expected>, DataReport), ImportProblem> {
    let Source { mut arrays, mut others, no_arrays, .. } = source;
    if let Some(name) = no_arrays.iter().find(|name| wanted(options)(name)) {
        return Err(ImportProblem::NoTensor { name: name.clone() });
    }
    others.extend(no_arrays);
    let names = arrays.iter().map(|array| array.name.clone()).chain(others.iter().cloned()).collect::<Vec<_>>();
    let mut take = |name: &str| arrays.iter().position(|array| array.name == name).map(|i| arrays.swap_remove(i));
    let inputs = choose("inputs", options.inputs_key.as_deref(), "inputs", &INPUTS, &names, "--inputs-key")?;
    let missing =
        |array: &str| ImportProblem::Missing { array: array.into(), there: list(names.iter().map(String::as_str)) };
    let mut inputs = inputs
        .and_then(|name| take(&name))
        .ok_or_else(|| missing(options.inputs_key.as_deref().unwrap_or("inputs")))?;
    if options.labels_key.as_ref() == Some(&inputs.name) {
        return Err(ImportProblem::Unexpected {
            array: inputs.name,
            expected: "another array for the labels than the inputs",
        });
    }
    inputs.check_filled()?;
    if inputs.shape.len() < 2 {
        return Err(inputs.misshapen("(N, d) or (N, …), samples first; one input a sample is (N, 1)"));
    }
    split_is_said(options, &names)?;
    // `labels` may belong to other inputs than `x_train`, for which there is `y_train`.
    if options.labels_key.is_none() && inputs.name != "inputs" && names.iter().any(|name| name == "labels") {
        let others = names.iter().filter(|name| EITHER.contains(&name.as_str()));
        let arrays: Vec<String> = ["labels".to_owned()].into_iter().chain(others.cloned()).collect();
        if arrays.len() > 1 {
            return Err(ImportProblem::Choose { what: "labels", arrays, option: "--labels-key" });
        }
    }
    let (labels, targets) = (take("labels"), take("targets"));
    let (array, reading) = match (&options.labels_key, labels, targets) {
        (Some(key), labels, targets) => {
            let mut own = [labels, targets].into_iter().flatten().filter(|array| array.name == *key);
            (Some(own.next().or_else(|| take(key)).ok_or_else(|| missing(key))?), Reading::Labels)
        }
        (None, Some(_), Some(_)) => return Err(ImportProblem::LabelsAndTargets),
        (None, Some(labels), None) => (Some(labels), Reading::Labels),
        (None, None, Some(targets)) => (Some(targets), Reading::Targets),
        (None, None, None) => {
            let name = choose("labels", None, "labels", &EITHER, &names, "--labels-key")?;
            (name.and_then(|name| take(&name)), Reading::Either)
        }
    };
    let (mut warnings, mut classes) = (vec![], None);
    let (targets, kind, name) = match array {
        None => (Targets::None, "neither labels nor targets".to_owned(), None),
        Some(mut array) => {
            let name = array.name.clone();
            let (targets, kind) = read_targets(&mut array, reading, &inputs, options.samples, &mut warnings)?;
            if let (Targets::Labels(_), &[_, columns]) = (&targets, &array.shape[..])
                && columns > 1
            {
                classes = Some(columns);
            }
            (targets, kind, Some(name))
        }
    };
    let mut expected = vec![];
    for array in OUTPUTS {
        if let Some(outputs) = take(array) {
            expected.push(Expected { array, outputs: read_outputs(outputs, &inputs, options.samples)? });
        }
    }
    let left = arrays.iter().map(|array| array.name.clone()).chain(others);
    let ignored: Vec<Ignored> = left.map(|array| Ignored { array, class: "another array" }).collect();
    let (shape, dtype, array, integral) =
        (inputs.shape.clone(), inputs.dtype.clone(), inputs.name.clone(), inputs.has_integers());
    if options.samples == 0 {
        return Err(ImportProblem::Empty { array, shape: [&[0], &shape[1..]].concat() });
    }
    if options.samples != usize::MAX && options.samples > shape[0] {
        let message =
            format!("the first {} samples were asked for, and there are {}: all are taken", options.samples, shape[0]);
        warnings.push(Warning::new("fewer-samples", message));
    }
    inputs.truncate(options.samples);
    let inputs = inputs.into_inputs(budget)?.scaled(&options.scaling)?;
    let range = inputs.range().map_or([0.0; 2], |(low, high)| [low.to_f64(), high.to_f64()]);
    if integral && options.scaling.is_identity() && range[1] >= RAW_PIXELS {
        let white = [16.0, 255.0, 65535.0].into_iter().find(|&white| range[1] <= white).unwrap_or(range[1]);
        let message = format!(
            "`{array}` holds integers up to {}, and nothing is scaled: if the network was trained on pixels from 0 to 1, \
             give --scale 1/{white}, and --mean and --std if they were normalised",
            range[1]
        );
        warnings.push(Warning::new("integers-not-scaled", message));
    }
    let report = DataReport {
        file: file.into(),
        inputs: array,
        samples: inputs.samples(),
        features: inputs.features(),
        shape,
        dtype,
        scaled: words(&options.scaling),
        range,
        targets: name,
        kind,
        classes,
        outputs: expected.iter().map(|expected| expected.array.into()).collect(),
        ignored,
        warnings,
    };
    Ok((DataSet { inputs, targets }, expected, report))
}

/// Where one of the two arrays was named and the file has several that may be the other, that is named too: inputs of validation
/// with labels of training would be about nothing.
fn split_is_said(options: &ImportOptions, names: &[String]) -> Result<(), ImportProblem> {
    let like = |words: &[&str]| -> Vec<String> {
        let begins = |name: &String| {
            let name = name.to_lowercase();
            words.iter().any(|word| name.starts_with(word) || word.strip_suffix('_') == Some(&name))
        };
        names.iter().filter(|name| begins(name)).cloned().collect()
    };
    let ask = |arrays: Vec<String>, what, option| match arrays.len() {
        0 | 1 => Ok(()),
        _ => Err(ImportProblem::Choose { what, arrays, option }),
    };
    match (&options.inputs_key, &options.labels_key) {
        (Some(_), None) => ask(like(&["y_", "label", "target"]), "labels", "--labels-key"),
        (None, Some(_)) => ask(like(&["x_", "input", "image"]), "inputs", "--inputs-key"),
        _ => Ok(()),
    }
}

/// The name that is meant: the one that the user gives, the usual one, or the only one of the others that is there.
fn choose(
    what: &'static str,
    key: Option<&str>,
    usual: &str,
    others: &[&str],
    names: &[String],
    option: &'static str,
) -> Result<Option<String>, ImportProblem> {
    if let Some(key) = key {
        return Ok(Some(key.into()));
    }
    if names.iter().any(|name| name == usual) {
        return Ok(Some(usual.into()));
    }
    let mut there: Vec<String> = names.iter().filter(|name| others.contains(&name.as_str())).cloned().collect();
    match there.len() {
        0 | 1 => Ok(there.pop()),
        _ => Err(ImportProblem::Choose { what, arrays: there, option }),
    }
}

fn words(scaling: &Scaling) -> Option<String> {
    if scaling.is_identity() {
        return None;
    }
    let numbers = |name: &str, numbers: &[Rational]| match numbers {
        [] => None,
        [only] => Some(format!("{name} {}", write_rational(only))),
        several => Some(format!("{name} one a column ({})", several.len())),
    };
    let scale = (scaling.scale != 1).then(|| format!("times {}", write_rational(&scaling.scale)));
    let parts = [scale, numbers("minus mean", &scaling.mean), numbers("divided by std", &scaling.std)];
    Some(parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
}

/// What the name says that an array is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    Labels,
    Targets,
    Either,
}

fn read_targets(
    array: &mut Array,
    reading: Reading,
    inputs: &Array,
    samples: usize,
    warnings: &mut Vec<Warning>,
) -> Result<(Targets, String), ImportProblem> {
    if let Values::Other(expected) = array.values {
        return Err(array.mistyped(expected));
    }
    check_samples(array, inputs)?;
    array.check_filled()?;
    array.truncate(samples);
    let flat = matches!(array.shape[..], [_] | [_, 1]);
    let name = array.name.clone();
    let labels = match reading {
        Reading::Labels => true,
        Reading::Targets => false,
        Reading::Either => {
            if flat {
                array.is_integral()
            } else {
                one_hot(array).is_some()
            }
        }
    };
    if labels && flat {
        let labels = integers(array)?;
        let classes = labels.iter().max().map_or(0, |largest| largest.saturating_add(1));
        let from = if matches!(array.values, Values::Floats(_)) { ", floats with integer values" } else { "" };
        let kind = format!("labels `{name}`{from}, {}", counted(classes, "class"));
        // Of a few of the samples it says nothing that some class is missing.
        let is_whole = samples >= inputs.shape[0];
        if is_whole && !labels.is_empty() && !labels.contains(&0) && classes > 2 {
            let message = format!(
                "no label in `{name}` is 0, the largest is {}: if classes are counted from 1, subtract 1",
                classes - 1
            );
            warnings.push(Warning::new("no-label-0", message));
        }
        return Ok((Targets::Labels(labels), kind));
    }
    if !matches!(array.shape.len(), 1 | 2) {
        let expected = if labels { "(N), (N, 1) or one-hot rows (N, classes)" } else { "(N, outputs)" };
        return Err(array.misshapen(expected));
    }
    let (rows, columns) = (array.shape[0], array.entries() / array.shape[0]);
    if labels && let Some(labels) = one_hot(array) {
        return Ok((
            Targets::Labels(labels),
            format!("labels `{name}` from one-hot rows, {}", counted(columns, "class")),
        ));
    }
    let values = array.to_matrix(rows)?;
    if labels {
        let sums_to_one = values.row_iter().all(|row| {
            let sum: Rational = row.iter().sum();
            (sum.to_f64() - 1.0).abs() < 1e-3
        });
        let is_share = values.iter().all(|entry| *entry >= 0);
        if !(sums_to_one && is_share) {
            return Err(
                array.misshapen("(N), (N, 1), one-hot rows or probabilities (N, classes); name real targets `targets`")
            );
        }
        return Ok((Targets::Shares(values), format!("soft labels `{name}`, {}", counted(columns, "class"))));
    }
    if columns > 1 && one_hot(array).is_some() {
        let message = format!(
            "the rows of `{name}` are one-hot: for labels call the array `labels`, or give --labels-key {name}"
        );
        warnings.push(Warning::new("one-hot-targets", message));
    }
    let shaped = if array.shape.len() == 1 { format!(", ({rows}) taken as ({rows}, 1)") } else { String::new() };
    Ok((Targets::Values(values), format!("targets `{name}`, {columns} a sample{shaped}")))
}

/// One class a sample.
fn integers(array: &Array) -> Result<Vec<usize>, ImportProblem> {
    array.check_finite()?;
    let integers: Vec<i128> = match &array.values {
        Values::Integers(integers) => integers.clone(),
        Values::Bytes(bytes) => bytes.iter().map(|&byte| byte.into()).collect(),
        Values::Floats(floats) => {
            if let Some(sample) = floats.iter().position(|float| float.fract() != 0.0 || float.abs() >= 1e15) {
                let value = floats[sample].to_string();
                return Err(ImportProblem::NoClass { array: array.name.clone(), sample, value });
            }
            floats.iter().map(|&float| float as i128).collect()
        }
        Values::Other(expected) => return Err(array.mistyped(expected)),
    };
    let label = |(sample, &value): (usize, &i128)| {
        usize::try_from(value).map_err(|_| ImportProblem::NegativeLabel { array: array.name.clone(), sample, value })
    };
    integers.iter().enumerate().map(label).collect()
}

/// The place of the one in each row, if every row has one 1 and zeros; of two columns and more.
fn one_hot(array: &Array) -> Option<Vec<usize>> {
    let &[_, columns] = &array.shape[..] else { return None };
    if columns < 2 {
        return None;
    }
    let label = |row: &[f64]| {
        let place = row.iter().position(|&entry| entry == 1.0)?;
        row.iter().enumerate().all(|(j, &entry)| j == place || entry == 0.0).then_some(place)
    };
    array.doubles().ok()?.chunks(columns).map(label).collect()
}

fn read_outputs(mut array: Array, inputs: &Array, samples: usize) -> Result<DMatrix<f64>, ImportProblem> {
    check_samples(&array, inputs)?;
    array.check_filled()?;
    if !matches!(array.shape.len(), 1 | 2) {
        return Err(array.misshapen("(N, outputs)"));
    }
    array.truncate(samples);
    let doubles = array.doubles()?;
    Ok(DMatrix::from_row_iterator(array.shape[0], doubles.len() / array.shape[0].max(1), doubles))
}

/// As many samples as the inputs have.
pub fn check_samples(array: &Array, inputs: &Array) -> Result<(), ImportProblem> {
    let expected = inputs.shape.first().copied().unwrap_or(0);
    match array.shape[..] {
        [] => Err(array.misshapen("(N) or (N, …)")),
        [found, ..] if found != expected => {
            let transposed = array.shape.len() == 2 && array.shape[1] == expected;
            let (array, inputs) = (array.name.clone(), inputs.name.clone());
            Err(ImportProblem::Samples { array, inputs, found, expected, transposed })
        }
        _ => Ok(()),
    }
}

//! Certificates with one thing changed: refused, or shown to be about the same ends all the same.

use crate::{
    certificate::{Reader, Record},
    checker::*,
};
use crate::{check_bytes, oracle::second_opinion, vectors};
use serde_json::Value;
use std::collections::BTreeSet;

/// A certificate line by line, and what it is about. No loss is named: all that counts is the claim for every convex loss.
struct Original {
    name: String,
    lines: Vec<String>,
    expected: Expected,
    statement: Statement,
}

fn originals() -> Vec<Original> {
    let valid = vectors().into_iter().filter(|(name, _)| name.starts_with("valid-"));
    valid.map(|(name, path)| Original::new(name, &std::fs::read_to_string(path).unwrap())).collect()
}

impl Original {
    fn new(name: String, text: &str) -> Self {
        let mut reader = Reader::new(text.as_bytes());
        let Ok(Some(Record::Problem(problem))) = reader.next_record() else { panic!() };
        let Ok(Some(Record::Start { layers })) = reader.next_record() else { panic!() };
        // The last network of a path of lines is known without a follow's arithmetic; of others only the first is compared.
        let mut to = layers.clone();
        while let Ok(Some(record)) = reader.next_record() {
            match record {
                Record::Line { layers } => {
                    for (k, layer) in layers {
                        let target = to.get_mut(&k).unwrap();
                        target.weight = layer.weight.or(target.weight.take());
                        target.bias = layer.bias.or(target.bias.take());
                    }
                }
                Record::End { .. } => break,
                _ => to.clear(),
            }
            if to.is_empty() {
                break;
            }
        }
        let expected = Expected {
            from: Some(layers),
            to: Some(to).filter(|to| !to.is_empty()),
            activation: Some(problem.activation),
            inputs: Some(problem.inputs),
            ..Expected::default()
        };
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let mut first: Value = serde_json::from_str(&lines[0]).unwrap();
        first["loss"] = Value::Null;
        lines[0] = first.to_string();
        match check_bytes(lines.join("\n").as_bytes(), &expected) {
            Verdict::Valid(statement) => Original { name, lines, expected, statement: *statement },
            other => panic!("{name}: {other}"),
        }
    }

    /// One record.
    fn value(&self, index: usize) -> Value {
        serde_json::from_str(&self.lines[index]).unwrap()
    }

    /// The certificate with this record in the place of another.
    fn with(&self, index: usize, record: &Value) -> Vec<String> {
        let mut lines = self.lines.clone();
        lines[index] = record.to_string();
        lines
    }

    fn check(&self, lines: &[String]) -> Verdict {
        check_bytes(lines.join("\n").as_bytes(), &self.expected)
    }

    /// Refused, or accepted with the same statement. Says which.
    fn accepts(&self, lines: &[String], what: &str) -> bool {
        let Verdict::Valid(statement) = self.check(lines) else { return false };
        let (bits, moves) = (statement.bits, statement.moves);
        assert_eq!(*statement, Statement { bits, moves, ..self.statement.clone() }, "{}: {what}", self.name);
        true
    }

    /// Refused; or accepted, with the same statement and in the opinion of the oracle too. Says which.
    fn judge(&self, lines: &[String], what: &str) -> bool {
        if !self.accepts(lines, what) {
            return false;
        }
        assert_eq!(second_opinion(&lines.join("\n"), 1, 7), Ok(()), "{}: {what}", self.name);
        true
    }
}

/// The JSON pointers of all values in a record.
fn pointers(value: &Value, here: String, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| pointers(value, format!("{here}/{key}"), found)),
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(index, value)| pointers(value, format!("{here}/{index}"), found));
        }
        _ => {}
    }
    found.push(here);
}

/// The value with its number, if it is one, changed.
fn changed(value: &Value) -> Option<Value> {
    match value {
        Value::Number(number) => Some((number.as_u64()? + 1).into()),
        Value::String(text) => match text.split_once('/') {
            Some((numer, denom)) => Some(format!("{}/{denom}", numer.parse::<i128>().ok()? + 1).into()),
            None => Some((text.parse::<i128>().ok()? + 1).to_string().into()),
        },
        _ => None,
    }
}

#[test]
fn every_number_counts() {
    let mut accepted = vec![];
    for original in originals() {
        for index in 0..original.lines.len() {
            let (mut places, record) = (vec![], original.value(index));
            pointers(&record, String::new(), &mut places);
            for place in places {
                let mut mutant = record.clone();
                let value = mutant.pointer_mut(&place).unwrap();
                let Some(number) = changed(value) else { continue };
                *value = number;
                let what = format!("{} record {} {place}", original.name, index + 1);
                if original.judge(&original.with(index, &mutant), &what) {
                    accepted.push(what);
                }
            }
        }
    }
    // Never a number of the problem, the start or the end, and never an inverse.
    for what in &accepted {
        assert!(record(what) >= 3 && !what.contains("inverse") && !what.ends_with("moves"), "{what}");
    }
    // On a path of lines: the incoming weights of those neurons that stay dead until they are set again, and no others.
    let originals = originals();
    let relu = originals.iter().find(|original| original.name == "valid-lines-relu").unwrap();
    let of_relu: Vec<&String> = accepted.iter().filter(|what| what.starts_with(&relu.name)).collect();
    assert!(of_relu.iter().all(|what| what.contains("/layers/1/") && what.contains("/num/")), "{of_relu:?}");
    let found: BTreeSet<(usize, usize)> = of_relu.iter().map(|what| (record(what), column(what))).collect();
    assert_eq!(found, free_neurons(relu));
    let rays: Vec<_> = accepted.iter().filter(|what| what.starts_with("valid-ray")).cloned().collect();
    // Another direction in which the same neuron runs off.
    insta::assert_snapshot!(rays.join("\n"), @r"
    valid-ray-dead-neuron record 3 /layers/1/bias/den
    valid-ray-dead-neuron record 3 /layers/1/bias/num/0/1
    valid-ray-relu-stays-off record 3 /layers/1/bias/den
    ");
}

fn record(what: &str) -> usize {
    what.split(' ').nth(2).unwrap().parse().unwrap()
}

fn column(what: &str) -> usize {
    what.rsplit('/').next().unwrap().parse().unwrap()
}

/// The pairs (record, neuron) for which a record sets layer 1 of a network with one hidden layer, and the outgoing weights
/// of the neuron are zero from there to the next record that does so.
fn free_neurons(original: &Original) -> BTreeSet<(usize, usize)> {
    let (mut dead, mut open, mut free) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for (index, line) in original.lines.iter().enumerate().skip(1) {
        let line: Value = serde_json::from_str(line).unwrap();
        if let Some(weight) = line.pointer("/layers/2/weight/num") {
            let rows = weight.as_array().unwrap().iter().enumerate();
            let is_dead = |row: &Value| row.as_array().unwrap().iter().all(|entry| entry == "0");
            dead = rows.filter(|(_, row)| is_dead(row)).map(|(neuron, _)| neuron).collect();
            open.retain(|(_, neuron)| dead.contains(neuron));
        }
        if index > 1 && line.pointer("/layers/1").is_some() {
            free.append(&mut open);
            open = dead.iter().map(|neuron| (index + 1, *neuron)).collect();
        }
    }
    // What is left open reaches the end, and the last network is given.
    free
}

#[test]
fn every_key_counts() {
    for original in originals() {
        for index in 0..original.lines.len() {
            let (mut places, record) = (vec![], original.value(index));
            pointers(&record, String::new(), &mut places);
            for place in &places {
                let Some(Value::Object(map)) = record.pointer(place) else { continue };
                for key in map.keys() {
                    let edit = |rename: Option<&str>| {
                        let mut mutant = record.clone();
                        let map = mutant.pointer_mut(place).unwrap().as_object_mut().unwrap();
                        let value = map.remove(key).unwrap();
                        map.extend(rename.map(|name| (name.to_owned(), value)));
                        original.with(index, &mutant)
                    };
                    let what = format!("record {} {place}/{key}", index + 1);
                    assert!(!original.judge(&edit(Some("other")), &what), "{}: {what} renamed", original.name);
                    // What is optional may go where it repeats what is known, or does not matter.
                    let optional = ["weight", "bias", "right_inverse", "left_inverses", "1", "2", "3", "loss"];
                    let mutant = edit(None);
                    // An inverse that is given again may go; the path is the same.
                    let gone = match what.contains("inverse") {
                        true => original.accepts(&mutant, &what),
                        false => original.judge(&mutant, &what),
                    };
                    assert!(!gone || optional.contains(&&**key) && index >= 2, "{}: {what} removed", original.name);
                }
            }
        }
    }
}

#[test]
fn every_record_counts() {
    for original in originals() {
        let last = original.lines.len() - 1;
        for index in 0..=last {
            for name in ["dropped", "doubled", "swapped with the next"] {
                let mut lines = original.lines.clone();
                match name {
                    "dropped" => drop(lines.remove(index)),
                    "doubled" => lines.insert(index, lines[index].clone()),
                    _ => lines.swap(index, (index + 1).min(last)),
                }
                let what = format!("record {} {name}", index + 1);
                let (same, count) = (lines == original.lines, lines.len() - 3);
                let accepted = original.judge(&lines, &what);
                assert!(!accepted || same || name.starts_with("swapped") && index >= 2, "{}: {what}", original.name);
                // With a count that fits, a move may go or come twice if the path stays one; nothing else may.
                if let Some(end) = lines.last_mut().filter(|line| line.contains("end")) {
                    *end = format!(r#"{{"record":"end","moves":{count}}}"#);
                    let accepted = original.judge(&lines, &what);
                    assert!(!accepted || same || (2..last).contains(&index), "{}: {what}, counted", original.name);
                }
            }
        }
    }
}

#[test]
fn the_label_is_a_label() {
    for original in originals() {
        let mut problem = original.value(0);
        problem["statement"] = "anything".into();
        let Verdict::Valid(statement) = original.check(&original.with(0, &problem)) else { panic!() };
        assert_eq!(*statement, Statement { label: "anything".into(), ..original.statement });
    }
}

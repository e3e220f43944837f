//! A verdict of the checker for programs.

use crate::arith::Interval;
use crate::checker::Rational as CheckedRational;
use crate::checker::{
    Conclusion, Descent, Enclosure, Extent, Finding, Level, Network, Reach, Scope, Statement, Verdict, Well,
};
use rug::Rational;
use serde_json::{Value, json};

/// The verdict as JSON: what is proved, with its numbers, or why it is not. Numbers that are exact are strings, enclosures are
/// pairs of doubles rounded outward.
pub fn verdict_json(verdict: &Verdict) -> Value {
    match verdict {
        Verdict::Valid(statement) => {
            let mut value = statement_json(statement);
            value["verdict"] = json!("valid");
            value
        }
        Verdict::Proved { finding, label } => {
            let mut value = finding_json(finding);
            value["verdict"] = json!("valid");
            value["statement"] = json!(label);
            value["conclusion"] = json!(finding.to_string());
            value
        }
        Verdict::Invalid { record, rule, rejection } => json!({
            "verdict": "invalid", "record": record, "rule": rule.to_string(), "reason": rejection.to_string(),
        }),
        Verdict::Incomplete { record, reason } => json!({
            "verdict": "incomplete", "record": record, "reason": reason.to_string(),
        }),
    }
}

/// A loss that the checker enclosed.
pub fn enclosed(loss: &Enclosure) -> Interval {
    let number = |number: &CheckedRational| -> Rational { number.to_string().parse().expect("a fraction") };
    Interval::new(number(&loss.lower), number(&loss.upper)).expect("the lower end is not above the upper one")
}

/// The claim and the numbers of an object.
fn finding_json(finding: &Finding) -> Value {
    match finding {
        Finding::Separated { attained, barrier } => {
            json!({ "claim": "separated", "attained": attained.to_string(), "barrier": barrier.to_string() })
        }
        Finding::SeparatedGraphs { graph, attained, barrier, without_biases } => json!({
            "claim": "separated", "graph": graph, "attained": attained.to_string(), "barrier": barrier.to_string(),
            "without_biases": without_biases,
        }),
        Finding::SeparatedMatrices { size } => json!({ "claim": "separated", "size": size }),
        Finding::FullRankChain { shape: (rows, cols), segments, closed } => {
            json!({ "claim": "full-rank-chain", "shape": [rows, cols], "segments": segments, "closed": closed })
        }
        Finding::NoRelation { activation, shifts } => {
            json!({ "claim": "refuted", "activation": activation, "shifts": shifts })
        }
        Finding::StuckFlow { limit, infimum, radius, .. } => json!({
            "claim": "landscape", "limit": limit.to_string(), "infimum": infimum.to_string(), "radius": radius.to_string(),
        }),
        Finding::SameFunction { widths, moved, compared: (from, to) } => json!({
            "claim": "same-function", "widths": widths, "moved": moved, "compared": { "from": from, "to": to },
        }),
        Finding::ConnectedRegions { widths, compared: (from, activation) } => json!({
            "claim": "connected-regions", "widths": widths, "compared": { "from": from, "activation": activation },
        }),
        Finding::ClassPath { widths, class, segments, pieces, compared: (from, activation), ends } => json!({
            "claim": "class-path", "widths": widths, "class": class, "segments": segments, "pieces": pieces,
            "compared": { "from": from, "activation": activation }, "samples": ends.map(|(first, last)| [first, last]),
        }),
        Finding::DisconnectedRegions { widths, class, components, domain, compared: (from, activation) } => json!({
            "claim": "disconnected-regions", "widths": widths, "class": class, "components": components,
            "domain": domain.to_string(), "compared": { "from": from, "activation": activation },
        }),
        Finding::Census { widths, at_most, cells, domain, compared: (from, activation) } => json!({
            "claim": "census", "widths": widths, "at_most": at_most, "cells": cells, "domain": domain.to_string(),
            "compared": { "from": from, "activation": activation },
        }),
        Finding::Independent { graph, samples, features, analytic, shared, compared } => json!({
            "claim": "independent", "graph": graph, "samples": samples, "features": features,
            "almost_every_network": analytic, "shared": shared.iter().map(|(block, _)| block).collect::<Vec<_>>(),
            "compared": { "from": compared.from, "graph": compared.activation, "inputs": compared.inputs },
        }),
        Finding::NoStrictMinimum { graph, distinct, features, reach, compared } => json!({
            "claim": "no-strict-minimum", "graph": graph, "distinct_samples": distinct, "features": features,
            "every_network": *reach != Reach::Blocks, "every_loss": *reach != Reach::ConvexLosses,
            "compared": { "from": compared.from, "graph": compared.activation, "inputs": compared.inputs },
        }),
        Finding::NoMaximum { graph, of, weight: (feature, output), curvature, rise, compared, loss_compared } => {
            json!({
                "claim": "no-maximum", "graph": graph, "loss": of.to_string(), "feature": feature, "output": output,
                "second_derivative": [curvature.lower.to_string(), curvature.upper.to_string()],
                "step": rise.as_ref().map(|(step, _)| step.to_string()),
                "rise": rise.as_ref().map(|(_, rise)| rise.to_string()),
                "compared": {
                    "from": compared.from, "graph": compared.activation, "inputs": compared.inputs,
                    "targets": compared.targets, "loss": loss_compared,
                },
            })
        }
        Finding::Gradient { graph, samples, level, depth: _, dense, bounds, loss, gradient, analytic, compared } => {
            let text = |pair: &[CheckedRational; 2]| pair.each_ref().map(CheckedRational::to_string);
            json!({
                "claim": "bounded-gradient", "graph": graph, "samples": samples, "level": level, "dense": dense,
                "bounds": text(bounds), "loss": text(loss), "squared_gradient": text(gradient),
                "almost_every_network": analytic,
                "compared": {
                    "from": compared.from, "graph": compared.activation, "inputs": compared.inputs,
                    "targets": compared.targets,
                },
            })
        }
        Finding::Solution { graph, samples, level, depth: _, corrected, radius, compared } => json!({
            "claim": "fits", "graph": graph, "samples": samples, "level": level, "corrected_layers": corrected,
            "radius": radius.to_string(),
            "compared": {
                "from": compared.from, "graph": compared.activation, "inputs": compared.inputs,
                "targets": compared.targets,
            },
        }),
        Finding::Minimum { widths, value, lower, extent, compared } => {
            let (claim, squared_radius, constant) = match extent {
                Extent::Cell { squared_radius } => ("local-minimum", squared_radius.as_ref(), None),
                Extent::Orthant { least } => ("plateau", None, Some(least)),
            };
            json!({
                "claim": claim, "widths": widths, "value": value.to_string(),
                "lower": lower.as_ref().map(CheckedRational::to_string),
                "squared_radius": squared_radius.map(CheckedRational::to_string),
                "constant_length": constant.map(CheckedRational::to_string),
                "compared": {
                    "from": compared.from, "activation": compared.activation, "inputs": compared.inputs,
                    "targets": compared.targets,
                },
            })
        }
        Finding::Wall { losses, two_layer, wall, floor } => json!({
            "claim": "separated", "losses": losses.each_ref().map(CheckedRational::to_string),
            "two_layer": two_layer.to_string(), "wall": wall.to_string(),
            "floor": floor.as_ref().map(CheckedRational::to_string),
        }),
        Finding::Wells { minima, depth, ceiling, connected_from } => {
            let well = |well: &Well| {
                json!({
                    "place": well.place.to_string(), "value": well.value.to_string(),
                    "climb": well.climb.as_ref().map(CheckedRational::to_string),
                })
            };
            json!({
                "claim": "landscape", "minima": minima.iter().map(well).collect::<Vec<_>>(), "depth": depth.to_string(),
                "ceiling": ceiling.to_string(), "connected_from": connected_from.as_ref().map(CheckedRational::to_string),
            })
        }
        Finding::SeparatedZeros { variables, residuals } => {
            json!({ "claim": "separated", "variables": variables, "polynomials": residuals })
        }
        Finding::Rescaled { neurons, neuron, factor } => json!({
            "claim": "no-strict-minimum", "neurons": neurons, "neuron": neuron,
            "factor": factor.as_ref().map(CheckedRational::to_string),
        }),
        Finding::Spread { vectors, dimension, parts, opposite, exponent, bound } => json!({
            "claim": "spread", "vectors": vectors, "dimension": dimension, "any": parts + 1, "opposite": opposite,
            "exponent": exponent.to_string(), "bound_exponent": bound.to_string(),
        }),
        Finding::Valleys { values, square } => {
            let values: Vec<_> = values.iter().map(CheckedRational::to_string).collect();
            json!({ "claim": "landscape", "values": values, "square": square.as_ref().map(CheckedRational::to_string) })
        }
    }
}

fn statement_json(statement: &Statement) -> Value {
    let compared = statement.compared;
    let (widths, activation, graph) = match &statement.network {
        Network::Dense { widths, activation } => (Some(widths), Some(activation), None),
        Network::Graph(graph) => (None, None, Some(graph)),
    };
    json!({
        "claim": statement.claim.to_string(),
        "conclusion": match &statement.conclusion {
            Conclusion::Connected => "connected",
            Conclusion::Descends(Descent::FallsStrictly) => "falls strictly",
            Conclusion::Descends(Descent::NeverRises) => "never rises",
            Conclusion::Descends(Descent::StaysBelowStart) => "stays below the start",
            Conclusion::Descends(Descent::StaysBelow(_)) => "stays below a bound",
            Conclusion::Unbounded(Level::Constant) => "unbounded, constant",
            Conclusion::Unbounded(Level::StaysBelowStart) => "unbounded, stays below the start",
            Conclusion::Unbounded(Level::StaysBelow(_)) => "unbounded, stays below a bound",
            Conclusion::Barrier(_) => "stays below a bound",
        },
        "bound": match &statement.conclusion {
            Conclusion::Barrier(bound)
            | Conclusion::Descends(Descent::StaysBelow(bound))
            | Conclusion::Unbounded(Level::StaysBelow(bound)) => Some(bound.to_string()),
            _ => None,
        },
        "every_convex_loss": statement.scope == Scope::EveryConvexLoss,
        "scope": statement.scope.to_string(),
        "widths": widths,
        "samples": statement.samples,
        "activation": activation,
        "graph": graph,
        "moves": {
            "lines": statement.moves.lines, "curves": statement.moves.curves, "follows": statement.moves.follows,
            "rays": statement.moves.rays, "rescales": statement.moves.rescales, "bounded": statement.moves.bounded,
        },
        "largest_integer_bits": statement.bits,
        "loss": statement.losses.as_ref().map(|losses| losses.of.to_string()),
        "losses": statement.losses.as_ref().map(|losses| [enclosed(&losses.start), enclosed(&losses.end)]),
        "compared": {
            "from": compared.from.name(), "to": compared.to.name(),
            "activation": compared.activation.name(), "inputs": compared.inputs.name(),
            "targets": compared.targets.name(), "loss": compared.loss.name(),
            "sample_weights": compared.weights.name(),
        },
        "statement": statement.label,
    })
}

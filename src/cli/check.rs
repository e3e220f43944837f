//! `sublevel check`: prove a certificate's claim for every point of its path.

use super::descend::enclosed;
use super::reading::Read;
use super::{Console, Failure, inputs, progress, proved};
use num_rational::BigRational;
use rug::Rational;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Instant;
use sublevel::arith::RUG;
use sublevel::certificate::open_with;
use sublevel::certificate::{GraphRecord, Layers};
use sublevel::checker::{
    self, Arithmetic, Conclusion, Descent, Expected, Extent, Finding, Level, Network, Reach, Reason, Scope, Statement,
    Verdict, Well,
};
use sublevel::network::{
    GraphNetwork, Nonlinearity, Parameters, ReadData, Residual, Targets, is_graph_file, is_onnx_file,
};
use sublevel::path::{to_activation, to_layers, to_loss, to_matrix};
use sublevel::statement::residual::path::whole;

#[derive(clap::Args)]
pub struct Arguments {
    /// The certificate.
    path: PathBuf,
    /// The network that the path has to start at, compared number by number; a graph network by its description (.json), by an
    /// ONNX file, or by its arrays with --graph.
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// The network that it has to end at.
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
    /// The activation that it has to be about; a graph network's are in its description.
    #[arg(long)]
    activation: Option<Nonlinearity>,
    /// The training data that it has to be about: the inputs, and the labels or targets if it names a loss.
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// The certificate is about the first N samples of the data.
    #[arg(long, value_name = "N", requires = "data", value_parser = inputs::count)]
    samples: Option<usize>,
    #[command(flatten)]
    loss: inputs::LossArguments,
    /// What computes with large integers.
    #[arg(long, value_enum, default_value_t)]
    arithmetic: Library,
    /// Who judges: the checker of this package, or the kernel that is extracted from its proof (`make proof`; lines, follows and
    /// rays only).
    #[arg(long, value_enum, default_value_t)]
    kernel: Judge,
    #[command(flatten)]
    limits: inputs::LimitArguments,
    #[command(flatten)]
    import: inputs::ImportArguments,
    #[command(flatten)]
    graph: inputs::GraphArguments,
}

#[derive(clap::ValueEnum, Clone, Copy, Default)]
enum Library {
    /// The checker's own, which shares nothing with the code that builds paths.
    #[default]
    NumRational,
    /// GMP, as in the code that builds paths: faster where numbers have thousands of digits.
    Rug,
}

#[derive(clap::ValueEnum, Clone, Copy, Default, PartialEq, Eq)]
enum Judge {
    /// `crates/checker`.
    #[default]
    Checker,
    /// `proof/`, a program of its own.
    Proved,
}

pub fn run(arguments: &Arguments, console: &mut Console) -> Result<(), Failure> {
    let started = Instant::now();
    let mut read = Read::default();
    let expected = expected(arguments, &mut read)?;
    if !console.json() {
        read.print();
    }
    if arguments.kernel == Judge::Proved {
        return proved::run(&arguments.path, &expected, &read, console);
    }
    let reader = open_with(arguments.limits.limits(), &arguments.path).map_err(|error| match error.fault {
        sublevel::certificate::Fault::Io { .. } => inputs::in_file(&arguments.path, error.fault),
        _ => Failure::reading(error),
    })?;
    let bar = progress::spinner("checking");
    let arithmetic = match arguments.arithmetic {
        Library::NumRational => Arithmetic::OWN,
        Library::Rug => RUG,
    };
    let verdict = checker::check_with(arithmetic, reader, &expected, &mut |records| {
        bar.set_message(format!("checking record {records}"));
    });
    drop(bar);
    let seconds = started.elapsed().as_secs_f64();
    if let Verdict::Incomplete { reason: Reason::File(error), .. } = &verdict
        && verdict.is_unreadable()
    {
        return Err(inputs::in_file(&arguments.path, &error.fault));
    }
    if console.json() {
        console.print_json(&read.beside(&to_json(&verdict, seconds, arithmetic)));
        return match verdict {
            Verdict::Valid(_) | Verdict::Proved { .. } => Ok(()),
            Verdict::Invalid { .. } => Err(Failure::silent(1)),
            Verdict::Incomplete { .. } => Err(Failure::silent(4)),
        };
    }
    match verdict {
        Verdict::Valid(statement) => {
            say!("valid       {} ({seconds:.2} s, {arithmetic})", arguments.path.display());
            say!("{statement}");
            if let Some(samples) = arguments.samples {
                say!("samples     the first {samples} of the given data were compared");
            }
            Ok(())
        }
        Verdict::Proved { .. } => {
            let text = verdict.to_string();
            let rest = text.split_once('\n').map_or("", |(_, rest)| rest);
            say!("valid       {} ({seconds:.2} s, {arithmetic})\n{rest}", arguments.path.display());
            Ok(())
        }
        Verdict::Invalid { .. } => Err(Failure::invalid(format!("{}: {verdict}", arguments.path.display()))),
        Verdict::Incomplete { record, reason: Reason::File(error) } => {
            let failure = Failure::reading(error);
            Err(Failure {
                message: format!("{}: incomplete, record {record}: {}", arguments.path.display(), failure.message),
                ..failure
            })
        }
        Verdict::Incomplete { .. } => Err(Failure::incomplete(format!("{}: {verdict}", arguments.path.display()))),
    }
}

/// What the user says that the certificate has to be about.
fn expected(arguments: &Arguments, read: &mut Read) -> Result<Expected, Failure> {
    let mut network = |path: &Option<PathBuf>| path.as_deref().map(|path| Own::read(path, arguments, read)).transpose();
    let (from, to) = (network(&arguments.from)?, network(&arguments.to)?);
    if let (Some(from), Some(to)) = (from.as_ref().and_then(Own::as_graph), to.as_ref().and_then(Own::as_graph))
        && from.graph() != to.graph()
    {
        return Err(Failure::input("--from and --to are networks of different graphs"));
    }
    let is_residual = [&from, &to].into_iter().flatten().any(|own| matches!(own, Own::Residual(_)));
    let mut expected = Expected {
        from: from.as_ref().map(Own::layers),
        to: to.as_ref().map(Own::layers),
        graph: [&from, &to].into_iter().flatten().find_map(|own| own.graph(&arguments.activation)),
        ..Expected::default()
    };
    match &arguments.activation {
        // The graph of a residual network has it in it.
        Some(Nonlinearity::PiecewiseLinear(activation)) if expected.graph.is_none() || !is_residual => {
            expected.activation = Some(to_activation(activation));
        }
        Some(Nonlinearity::Smooth(smooth)) if expected.graph.is_none() => {
            return Err(Failure::input(format!(
                "--activation {smooth} is compared with the widths of --from or --to: give one"
            )));
        }
        _ => {}
    }
    if let Some(file) = &arguments.data {
        let options = arguments.import.options(arguments.samples);
        let ReadData { data: set, expected: outputs, report } = options.read_data(file).map_err(Failure::input)?;
        read.add_data(report);
        if let (Some(activation), Some(_)) = (&arguments.activation, outputs.first()) {
            let files = [&arguments.from, &arguments.to].into_iter().flatten().map(PathBuf::as_path);
            let ends = files.zip([&from, &to].into_iter().flatten());
            let ends: Vec<(&Path, _)> = ends.filter_map(|(file, own)| Some((file, own.dense()?))).collect();
            read.assess(activation, &set, None, &outputs, &ends)?;
        }
        expected.inputs = Some(to_matrix(&arguments.import.exact(&set.inputs)?));
        expected.targets = match &set.targets {
            Targets::None => None,
            Targets::Labels(labels) => Some(checker::Targets::Labels(labels.clone())),
            Targets::Values(values) => Some(checker::Targets::Values(to_matrix(values))),
        };
        if arguments.loss.loss.is_some() || arguments.loss.class_weights.is_some() {
            let network = from.as_ref().or(to.as_ref());
            let outputs = network.map(Own::outputs).ok_or_else(|| {
                Failure::input("--loss and --class-weights need --from or --to: the number of outputs")
            })?;
            let loss = inputs::loss(&arguments.loss, &set, outputs).map_err(|error| inputs::in_file(file, error))?;
            expected.loss = loss.as_ref().map(to_loss);
        }
    }
    Ok(expected)
}

/// A network of the user's own.
enum Own {
    Dense(Parameters<Rational>),
    Graph(GraphNetwork),
    /// σ is not in the file.
    Residual(Residual<Rational>),
}

impl Own {
    fn read(path: &Path, arguments: &Arguments, read: &mut Read) -> Result<Self, Failure> {
        if is_graph_file(path) {
            let network = arguments.import.options(None).read_graph(path).map_err(Failure::input)?;
            read.add_graph(path, &network);
            return Ok(Own::Graph(network));
        }
        if is_onnx_file(path) || arguments.graph.graph.is_some() {
            let mut networks = inputs::graph_networks(&[path], &arguments.graph, &arguments.import, read)?;
            let network = networks.pop().expect("one for one file");
            read.add_graph(path, &network);
            return Ok(Own::Graph(network));
        }
        match inputs::residual(path, &arguments.import, read)? {
            Some((network, _)) => Ok(Own::Residual(network)),
            None => inputs::network(path, &arguments.import, read).map(Own::Dense),
        }
    }

    fn layers(&self) -> Layers {
        match self {
            Own::Dense(network) => to_layers(network),
            Own::Graph(network) => network.to_layers(),
            Own::Residual(network) => whole(network),
        }
    }

    /// The graph that it is, or with this smooth activation would be.
    fn graph(&self, activation: &Option<Nonlinearity>) -> Option<GraphRecord> {
        match (self, activation) {
            (Own::Graph(network), _) => Some(network.graph().clone()),
            (Own::Residual(network), activation) => activation.as_ref().map(|activation| network.graph(activation)),
            (Own::Dense(network), Some(activation @ Nonlinearity::Smooth(_))) => {
                GraphNetwork::from_dense(network, activation).ok().map(|network| network.graph().clone())
            }
            (Own::Dense(_), _) => None,
        }
    }

    fn as_graph(&self) -> Option<&GraphNetwork> {
        if let Own::Graph(network) = self { Some(network) } else { None }
    }

    fn dense(&self) -> Option<&Parameters<Rational>> {
        if let Own::Dense(network) = self { Some(network) } else { None }
    }

    fn outputs(&self) -> usize {
        match self {
            Own::Dense(network) => network.widths()[network.depth()],
            Own::Graph(network) => network.graph().outputs,
            Own::Residual(network) => network.outputs(),
        }
    }
}

fn to_json(verdict: &Verdict, seconds: f64, arithmetic: Arithmetic) -> Value {
    let mut value = match verdict {
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
    };
    value["seconds"] = json!(seconds);
    value["arithmetic"] = json!(arithmetic.to_string());
    value
}

/// The claim and the numbers of an object.
fn finding_json(finding: &Finding) -> Value {
    match finding {
        Finding::Separated { attained, barrier } => {
            json!({ "claim": "separated", "attained": attained.to_string(), "barrier": barrier.to_string() })
        }
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
            let text = |pair: &[BigRational; 2]| pair.each_ref().map(BigRational::to_string);
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
                "lower": lower.as_ref().map(BigRational::to_string),
                "squared_radius": squared_radius.map(BigRational::to_string),
                "constant_length": constant.map(BigRational::to_string),
                "compared": {
                    "from": compared.from, "activation": compared.activation, "inputs": compared.inputs,
                    "targets": compared.targets,
                },
            })
        }
        Finding::Wall { losses, two_layer, wall, floor } => json!({
            "claim": "separated", "losses": losses.each_ref().map(BigRational::to_string),
            "two_layer": two_layer.to_string(), "wall": wall.to_string(),
            "floor": floor.as_ref().map(BigRational::to_string),
        }),
        Finding::Wells { minima, depth, ceiling, connected_from } => {
            let well = |well: &Well| {
                json!({
                    "place": well.place.to_string(), "value": well.value.to_string(),
                    "climb": well.climb.as_ref().map(BigRational::to_string),
                })
            };
            json!({
                "claim": "landscape", "minima": minima.iter().map(well).collect::<Vec<_>>(), "depth": depth.to_string(),
                "ceiling": ceiling.to_string(), "connected_from": connected_from.as_ref().map(BigRational::to_string),
            })
        }
        Finding::SeparatedZeros { variables, residuals } => {
            json!({ "claim": "separated", "variables": variables, "polynomials": residuals })
        }
        Finding::Valleys { values, square } => {
            let values: Vec<_> = values.iter().map(BigRational::to_string).collect();
            json!({ "claim": "landscape", "values": values, "square": square.as_ref().map(BigRational::to_string) })
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

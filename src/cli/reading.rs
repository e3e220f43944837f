//! What was read, before any result: in a few lines, and as `read` in what `--json` prints.

use super::console::without_controls;
use super::{Console, Failure};
use crate::linalg::Double;
use crate::network::{
    Agreement, Assessment, DataReport, DataSet, Expected, Loss, NetworkReport, Parameters, Warning, outputs,
};
use crate::network::{GraphNetwork, Nonlinearity, is_graph_file};
use nalgebra::DMatrix;
use rug::Rational;
use serde::Serialize;
use std::{
    fmt,
    path::{Path, PathBuf},
};

/// What may be behind outputs that are not those of the description of a graph.
const NEW_OUTPUT: &str = "; `sublevel skip` draws a new output, unless it is told to --keep-output: save the data without that \
                          array then";

/// What was read.
#[derive(Debug, Default, Serialize)]
pub struct Read {
    networks: Vec<NetworkReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    graph: Option<GraphReport>,
    /// What was read of graph networks besides, a sentence each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
    data: Option<DataReport>,
    /// Where the second network went with its neurons in the order of the first one's: what follows is about that one.
    #[serde(skip_serializing_if = "Option::is_none")]
    aligned: Option<PathBuf>,
    /// The first and the last network on the data, in floats.
    ends: Vec<Assessment>,
    loss: Option<String>,
    /// What the user's framework computes, compared.
    outputs: Vec<Agreement>,
    /// Arrays of such outputs for which there is no network.
    not_compared: Vec<&'static str>,
    /// Everything that the user should look at, but what outputs that agree have settled.
    warnings: Vec<Warning>,
}

impl Read {
    /// A network was read.
    pub fn add_network(&mut self, report: NetworkReport) {
        report.warnings.iter().for_each(|warning| self.warn(warning));
        self.networks.push(report);
    }

    /// How many networks were read.
    pub fn networks(&self) -> usize {
        self.networks.len()
    }

    /// The warnings behind an error that they may explain.
    pub fn warnings_in_words(&self) -> String {
        self.warnings.iter().map(|warning| format!("; {}", warning.message)).collect()
    }

    /// A warning, once.
    fn warn(&mut self, warning: &Warning) {
        if !self.warnings.contains(warning) {
            self.warnings.push(warning.clone());
        }
    }

    /// Data were read.
    pub fn add_data(&mut self, report: DataReport) {
        report.warnings.iter().for_each(|warning| self.warn(warning));
        self.data = Some(report);
    }

    /// Runs the first and the last network on the data as they were read, and compares what the user's framework computes.
    pub fn assess(
        &mut self,
        activation: impl Into<Nonlinearity>,
        data: &DataSet,
        loss: Option<&Loss>,
        expected: &[Expected],
        ends: &[(&Path, &Parameters<Rational>)],
    ) -> Result<(), Failure> {
        let activation = activation.into();
        self.loss = loss.map(|loss| loss.kind().to_string());
        let mut arrays = expected.iter().peekable();
        for (i, (path, network)) in ends.iter().enumerate() {
            // `outputs` belongs to the first network, `outputs_to` to the last one.
            let own = arrays.next_if(|expected| expected.array == ["outputs", "outputs_to"][i.min(1)]);
            if loss.is_none() && own.is_none() {
                continue;
            }
            let output = outputs(&activation, data, network).map_err(|error| super::inputs::in_file(path, error))?;
            self.compare(path, &output, own, data, loss)?;
        }
        self.not_compared = arrays.map(|expected| expected.array).collect();
        self.settle();
        Ok(())
    }

    /// The second network was written with its neurons in another order, and is that one from here on.
    pub fn add_aligned(&mut self, file: &Path, console: &Console) {
        self.aligned = Some(file.to_owned());
        if !console.json() {
            say!("aligned   {}: the second network, its neurons in another order; the path ends there", file.display());
        }
    }

    /// A graph network was read.
    pub fn add_graph(&mut self, path: &Path, network: &GraphNetwork) {
        self.graph = Some(GraphReport::new(path, network));
    }

    /// What was read, moved, folded and rounded.
    pub fn add_notes(&mut self, notes: Vec<String>) {
        self.notes.extend(notes);
    }

    /// Runs the first and the last graph network on the data, and compares what the user's framework computes.
    pub fn assess_graphs(
        &mut self,
        ends: &[(&Path, &GraphNetwork)],
        data: &DataSet,
        loss: Option<&Loss>,
        expected: &[Expected],
    ) -> Result<(), Failure> {
        self.loss = loss.map(|loss| loss.kind().to_string());
        let inputs = data.inputs.rounded();
        let inputs = inputs.import(&Double).rows(0..data.inputs.samples());
        let mut arrays = expected.iter().peekable();
        for (i, (path, network)) in ends.iter().enumerate() {
            let own = arrays.next_if(|expected| expected.array == ["outputs", "outputs_to"][i.min(1)]);
            if loss.is_none() && own.is_none() {
                continue;
            }
            let output = network.features(&Double, &inputs) * network.stacked_output().map(|x| x.to_f64());
            self.compare(path, &output, own, data, loss).map_err(|failure| match own {
                Some(_) if is_graph_file(path) => Failure { message: failure.message + NEW_OUTPUT, ..failure },
                _ => failure,
            })?;
        }
        self.not_compared = arrays.map(|expected| expected.array).collect();
        self.settle();
        Ok(())
    }

    /// Takes in what a network computes on the data.
    fn compare(
        &mut self,
        path: &Path,
        output: &DMatrix<f64>,
        expected: Option<&Expected>,
        data: &DataSet,
        loss: Option<&Loss>,
    ) -> Result<(), Failure> {
        let file = path.display().to_string();
        if let Some(expected) = expected {
            self.outputs.push(Agreement::new(expected, &file, output).map_err(Failure::input)?);
        }
        if let Some(loss) = loss {
            let end = Assessment::new(&file, output, data, loss);
            end.warning().iter().for_each(|warning| self.warn(warning));
            self.ends.push(end);
        }
        Ok(())
    }

    /// Outputs that agree settle how inputs are scaled, and how the matrices are stored of networks that are read alike.
    fn settle(&mut self) {
        let stored =
            |network: &NetworkReport| network.layers.iter().map(|layer| layer.stored.clone()).collect::<Vec<_>>();
        let alike = self.networks.windows(2).all(|pair| stored(&pair[0]) == stored(&pair[1]));
        if !self.outputs.is_empty() {
            self.warnings.retain(|warning| match warning.code {
                "integers-not-scaled" => false,
                "layout-undetermined" => !alike,
                _ => true,
            });
        }
    }

    /// Prints it, the warnings last.
    pub fn print(&self) {
        for line in self.lines() {
            say!("{}", without_controls(&line));
        }
        for warning in &self.warnings {
            say!("warning   {}", without_controls(&warning.message));
        }
    }

    fn lines(&self) -> Vec<String> {
        let mut lines = vec![];
        // Networks that were read alike differ in the names of their files only.
        let alike = |a: &NetworkReport, b: &NetworkReport| NetworkReport { file: b.file.clone(), ..a.clone() } == *b;
        for group in self.networks.chunk_by(alike) {
            lines.push(group[0].to_string());
            let others: Vec<&str> = group[1..].iter().map(|network| network.file.as_str()).collect();
            if !others.is_empty() {
                lines.push(format!("{}: the same", others.join(", ")));
            }
        }
        lines.extend(self.graph.iter().map(ToString::to_string));
        lines.extend(self.notes.iter().cloned());
        lines.extend(self.data.iter().map(ToString::to_string));
        lines.extend(self.outputs.iter().map(ToString::to_string));
        let not_compared = |array| format!("`{array}` was not compared: there is no such network");
        lines.extend(self.not_compared.iter().map(not_compared));
        let percent = |share: f64| format!(", accuracy {:.1} %", 100.0 * share);
        let end = |end: &Assessment| format!("{:.6}{}", end.loss, end.accuracy.map_or(String::new(), percent));
        if let (Some(loss), Some(first)) = (&self.loss, self.ends.first()) {
            let last = self.ends.get(1).map_or(String::new(), |last| format!("; at the end {}", end(last)));
            lines.push(format!("{loss} at the start {}{last} (floats)", end(first)));
        }
        let mut shown: Vec<String> =
            lines.iter().flat_map(|line| line.lines()).map(|line| format!("          {line}")).collect();
        if let Some(first) = shown.first_mut() {
            first.replace_range(.."read".len(), "read");
        }
        shown
    }

    /// Whatever is printed as JSON, with what was read beside it.
    pub fn beside<'a, T: Serialize>(&'a self, summary: &'a T) -> impl Serialize + 'a {
        WithRead { summary, read: self }
    }
}

/// What a graph network is.
#[derive(Debug, Serialize)]
struct GraphReport {
    file: String,
    inputs: usize,
    /// Units and activation of each block.
    blocks: Vec<(usize, String)>,
    connected: usize,
    outputs: usize,
    bias: bool,
}

impl GraphReport {
    fn new(path: &Path, network: &GraphNetwork) -> Self {
        let graph = network.graph();
        let block = |(sigma, number): (&Option<Nonlinearity>, usize)| {
            let name = sigma.as_ref().map_or("pool".into(), ToString::to_string);
            (network.units(number).unwrap_or(0), name)
        };
        GraphReport {
            file: path.display().to_string(),
            inputs: graph.inputs,
            blocks: network.sigmas().iter().zip(1..).map(block).collect(),
            connected: graph.skips.len(),
            outputs: graph.outputs,
            bias: graph.bias,
        }
    }
}

impl fmt::Display for GraphReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let blocks: Vec<String> = self.blocks.iter().map(|(units, sigma)| format!("{units} {sigma}")).collect();
        let bias = if self.bias { " and a bias" } else { "" };
        write!(
            f,
            "{}: {} inputs, blocks of {}, {} units connected to {} outputs{bias}",
            self.file,
            self.inputs,
            blocks.join(", "),
            self.connected,
            self.outputs
        )
    }
}

#[derive(Serialize)]
struct WithRead<'a, T> {
    #[serde(flatten)]
    summary: &'a T,
    read: &'a Read,
}

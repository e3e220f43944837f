//! `sublevel plot`: loss and accuracy along a certificate's path, or the plane through three of its networks, as a picture.

use super::check::refuse_what_is_no_certificate;
use super::console::Kind;
use super::reading::Read;
use super::{Console, Failure, check_command, inputs, progress};
use crate::certificate::graph::GraphRecord;
use crate::certificate::{
    Claim, GraphProblemRecord, LossRecord, Matrix, ProblemRecord, RationalProblemRecord, Record, open_with,
};
use crate::network::{Activation, GraphNetwork, Loss};
use crate::path::{ReplayError, from_loss, from_matrix, read_activation, read_path_after};
use crate::report::{Lines, Map, OtherLine, Profile, Sample, bounded_moves, profile_chart};
use crate::statement::skip::{GraphPath, RationalPath, read_graph_moves, read_rational_moves};
use nalgebra::DMatrix;
use rug::Rational;
use serde::Serialize;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub struct Arguments {
    /// The certificate.
    path: PathBuf,
    /// Where the picture goes: .svg or .png.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Draw the straight line to this network as well: the last one with its neurons in another order, as `sublevel align`
    /// writes it.
    #[arg(long, value_name = "B2", conflicts_with = "plane")]
    aligned: Option<PathBuf>,
    /// Draw the plane through the first network, the last one, and the vertex of the path that is farthest from the line
    /// through them: the loss in floats, and the path in it. Not of graph networks, as --aligned.
    #[arg(long)]
    plane: bool,
    /// Columns of the plane's map, 2 to 400; a forward pass for each of its cells.
    #[arg(long, value_name = "COUNT", requires = "plane", default_value_t = 84, value_parser = clap::value_parser!(u16).range(2..=400))]
    columns: u16,
    /// Training data with labels or targets, if the certificate names no loss or another one is wanted.
    #[arg(long, value_name = "FILE", requires = "loss")]
    data: Option<PathBuf>,
    #[command(flatten)]
    loss: inputs::LossArguments,
    /// The title.
    #[arg(long)]
    title: Option<String>,
    #[command(flatten)]
    import: inputs::ImportArguments,
    #[command(flatten)]
    limits: inputs::LimitArguments,
}

/// The numbers behind the picture.
#[derive(Serialize)]
struct Summary {
    picture: PathBuf,
    moves: usize,
    loss: String,
    /// `at` counts moves.
    path: Vec<Sample>,
    /// What the certificate bounds the loss by on each move, an endless one left out.
    bounds: Vec<Option<f64>>,
    /// `at` goes from 0 to 1.
    straight: Vec<Sample>,
    aligned: Option<Vec<Sample>>,
    plane: Option<Plane>,
}

/// Bits of the integers that a certificate is expected to hold: doubles over one denominator.
const BITS: u32 = 64;

/// The map; coordinates are along the straight line and across, in the Euclidean length of the parameters.
#[derive(Serialize)]
struct Plane {
    /// The third network, a vertex counted from 0.
    through: usize,
    vertices: Vec<(f64, f64)>,
    /// Of the vertices from the plane.
    distances: Vec<f64>,
    x: Vec<f64>,
    y: Vec<f64>,
    /// A row for each y.
    log10_loss: Vec<Vec<f64>>,
}

/// A certificate's path, and what it is drawn with.
struct Drawing {
    way: Way,
    inputs: DMatrix<Rational>,
    loss: Loss,
    /// Whether it is the loss that the certificate names.
    named: bool,
}

/// A path, and the problem that it belongs to.
enum Way {
    Dense { problem: ProblemRecord, activation: Activation, path: crate::path::Path<Rational> },
    Graphs { problem: GraphProblemRecord, path: GraphPath },
    Rational { problem: RationalProblemRecord, path: RationalPath },
}

pub fn run(arguments: &Arguments, console: &mut Console) -> Result<(), Failure> {
    let reads = [Some(&arguments.path), arguments.data.as_ref(), arguments.aligned.as_ref()];
    let reads: Vec<&Path> = reads.into_iter().flatten().map(PathBuf::as_path).collect();
    console.claim([("--out", Kind::Picture, Some(&arguments.out))], &reads)?;
    if arguments.data.is_none() {
        arguments.import.refuse_data()?;
    }
    if arguments.aligned.is_none() {
        arguments.import.refuse_layers(false, "it is about the network of --aligned, and there is none")?;
    }
    let mut read = Read::default();
    let bar = progress::spinner("evaluating the path");
    let drawing = Drawing::read(arguments, &mut read)?;
    let profile = drawing.profile();
    drop(bar);
    let (aligned, map) = (drawing.aligned(arguments, &mut read)?, drawing.map(arguments)?);
    let title = arguments.title.clone().unwrap_or_else(|| drawing.title());
    let chart = match &map {
        Some(map) => map.chart(&profile, &title),
        None => profile_chart(&profile, aligned.as_ref(), &title),
    };
    console.draw(&arguments.out, &chart)?;
    let summary = Summary {
        picture: arguments.out.clone(),
        moves: drawing.way.moves(),
        loss: drawing.loss.to_string(),
        path: profile.along,
        bounds: profile.bounds,
        straight: profile.line,
        aligned: aligned.map(|line| line.samples),
        plane: map.map(Plane::from),
    };
    if console.json() {
        console.print_json(&read.beside(&summary));
    } else {
        read.print();
        drawing.print(&summary, &arguments.path);
    }
    Ok(())
}

impl From<Map> for Plane {
    fn from(Map { through, grid, vertices, distances, .. }: Map) -> Self {
        Plane { through, vertices, distances, x: grid.xs, y: grid.ys, log10_loss: grid.values }
    }
}

impl Drawing {
    fn read(arguments: &Arguments, read: &mut Read) -> Result<Self, Failure> {
        let in_file = |error: &dyn std::fmt::Display| inputs::in_file(&arguments.path, error);
        let way = Way::read(arguments)?;
        let outputs = way.widths().last().copied().unwrap_or(0);
        let named = way.loss().map(from_loss).transpose().map_err(|error| in_file(&error))?;
        let loss = match &arguments.data {
            Some(file) => {
                // As many samples as the certificate is about: it may be of the first ones.
                let options = arguments.import.options(Some(way.inputs().rows));
                let found = options.read_data(file).map_err(Failure::input)?;
                read.add_data(found.report.clone());
                same_inputs(&way, &arguments.import.exact(&found.data.inputs)?, file)?;
                let loss = inputs::loss(&arguments.loss, &found.data, &found.report, outputs);
                loss.map_err(|error| inputs::in_file(file, error))?
            }
            None => named.clone(),
        };
        let loss = loss.ok_or_else(|| Failure::input("the certificate names no loss: give --data and --loss"))?;
        Ok(Drawing { inputs: from_matrix(way.inputs()), named: named.as_ref() == Some(&loss), way, loss })
    }

    fn title(&self) -> String {
        let connected = self.way.connected().map_or(String::new(), |units| format!(", {units} connected"));
        format!("{}{connected}, N = {}, {} loss", inputs::dashed(&self.way.widths()), self.inputs.nrows(), self.loss)
    }

    fn profile(&self) -> Profile {
        let Drawing { inputs, loss, named, .. } = self;
        match &self.way {
            Way::Dense { problem, activation, path } => {
                let bent = problem.claim == Claim::StrictlyDescends;
                let lines = if bent { Lines::Bent } else { Lines::Straight };
                let profile = Profile::with_lines(activation, inputs, loss, path, lines);
                if *named { profile } else { profile.of_another_loss(path, lines) }
            }
            Way::Graphs { problem, path } => {
                let mut profile = Profile::of_graphs(path, inputs, loss, problem.bits);
                if !named {
                    profile.bounds.fill(None);
                }
                profile
            }
            Way::Rational { path, .. } => Profile::of_rational(path, inputs, loss, *named),
        }
    }

    /// The straight line to the network of `--aligned`.
    fn aligned(&self, arguments: &Arguments, read: &mut Read) -> Result<Option<OtherLine>, Failure> {
        let (Some(file), Some((activation, path))) = (&arguments.aligned, self.way.dense()) else { return Ok(None) };
        let network = inputs::network(file, &arguments.import, read)?;
        let line = OtherLine::aligned(activation, &self.inputs, &self.loss, path, &network);
        let mut line = line.map_err(|error| inputs::in_file(file, error))?;
        line.to = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned();
        Ok(Some(line))
    }

    /// The map of `--plane`.
    fn map(&self, arguments: &Arguments) -> Result<Option<Map>, Failure> {
        let Some((activation, path)) = self.way.dense().filter(|_| arguments.plane) else { return Ok(None) };
        let bar = progress::spinner("sampling the plane");
        let told = |share: f64| bar.set_message(format!("sampling the plane: {:.0} %", 100.0 * share));
        let columns = usize::from(arguments.columns);
        let map = Map::with_columns(activation, &self.inputs, &self.loss, path, columns, &told);
        map.map(Some).ok_or_else(|| {
            inputs::in_file(
                &arguments.path,
                "no plane goes through this path: its vertices are on one straight line, or it ends where it starts; \
                 without --plane it is drawn along its way",
            )
        })
    }

    fn print(&self, summary: &Summary, certificate: &Path) {
        if let Some(plane) = &summary.plane {
            let farthest = plane.distances.iter().copied().fold(0.0, f64::max);
            let off = plane.distances.iter().filter(|distance| **distance > 0.0).count();
            say!(
                "plane     through the ends A and B and C, vertex {} of 0 to {}, {:.3} from their straight line",
                plane.through,
                plane.vertices.len() - 1,
                plane.vertices[plane.through].1
            );
            say!(
                "          {off} of {} vertices are not in it and are projected onto it, from {farthest:.3} away at most",
                plane.vertices.len()
            );
        } else if summary.path.iter().all(|sample| sample.accuracy.is_none()) {
            say!("accuracy  none: the targets do not name one class a sample");
        }
        let check = self.way.check_command(&certificate.display().to_string());
        match (summary.bounds.iter().any(Option::is_some), &self.way) {
            (true, _) => {
                let on = bounded_moves(&summary.bounds).map_or(String::new(), |moves| format!(" on {moves}"));
                say!(
                    "floats    all but the bound{on}, which is the certificate's and was not checked here; prove it with: {check}"
                );
            }
            (false, Way::Graphs { .. }) if self.named => say!(
                "floats    all of it: of a line the certificate says how the loss falls, and no number; prove it with: {check}"
            ),
            (false, _) => say!("floats    all of it: the certificate has no bound for this loss"),
        }
        say!("drawn     {}", summary.picture.display());
    }
}

/// Refuses data about other inputs than the certificate's: their labels are not those of its samples.
fn same_inputs(way: &Way, given: &DMatrix<Rational>, file: &Path) -> Result<(), Failure> {
    let own = from_matrix(way.inputs());
    let differs = if own.shape() == given.shape() {
        let Some(place) = own.iter().zip(given).position(|(a, b)| a != b) else { return Ok(()) };
        let (sample, feature) = (place % own.nrows(), place / own.nrows());
        let [own, given] = [&own, given].map(|inputs| inputs[(sample, feature)].to_f64());
        format!("feature {feature} of sample {sample} (counted from 0) is {given}, there {own}")
    } else {
        format!("[{}, {}], there [{}, {}]", given.nrows(), given.ncols(), own.nrows(), own.ncols())
    };
    Err(inputs::in_file(
        file,
        format!(
            "its inputs are not those of the certificate: {differs}; give the data that it was made for, with the same --scale, \
             --mean and --std"
        ),
    ))
}

/// Whether no option asks for what is not drawn of graph networks.
fn refuse_options(arguments: &Arguments) -> Result<(), Failure> {
    let asked = [("--plane", arguments.plane), ("--aligned", arguments.aligned.is_some())];
    match asked.into_iter().find(|(_, is_asked)| *is_asked) {
        None => Ok(()),
        Some((option, _)) => Err(Failure::input(format!(
            "{option} is for fully connected networks with a piecewise-linear activation, and {} is a certificate of graph \
             networks: leave it out",
            arguments.path.display()
        ))),
    }
}

impl Way {
    fn read(arguments: &Arguments) -> Result<Self, Failure> {
        let in_file = |error: &dyn std::fmt::Display| inputs::in_file(&arguments.path, error);
        refuse_what_is_no_certificate(&arguments.path)?;
        let limits = arguments.limits.limits();
        let mut reader = open_with(limits.clone(), &arguments.path)
            .map_err(|error| Failure::of_certificate(&arguments.path, error))?;
        let first = reader.next_record().map_err(|error| Failure::of_certificate(&arguments.path, error))?;
        if let Some(Record::Graph(problem)) = first {
            refuse_options(arguments)?;
            let path = read_graph_moves(&problem, &mut reader).map_err(|error| in_file(&error))?;
            return Ok(Way::Graphs { problem, path });
        }
        if let Some(Record::Rational(problem)) = first {
            refuse_options(arguments)?;
            let path = read_rational_moves(&problem, &mut reader).map_err(|error| in_file(&error))?;
            return Ok(Way::Rational { problem, path });
        }
        let (problem, path) = read_path_after(first, &mut reader).map_err(|error| match error {
            ReplayError::Read(error) => Failure::of_certificate(&arguments.path, error),
            other => in_file(&other),
        })?;
        limits.allow_network(problem.inputs.rows, &problem.widths).map_err(|error| in_file(&error))?;
        let activation = read_activation(&problem).map_err(|error| in_file(&error))?;
        Ok(Way::Dense { problem, activation, path })
    }

    /// What pictures of fully connected networks alone are drawn from.
    fn dense(&self) -> Option<(&Activation, &crate::path::Path<Rational>)> {
        match self {
            Way::Dense { activation, path, .. } => Some((activation, path)),
            Way::Graphs { .. } | Way::Rational { .. } => None,
        }
    }

    /// The graph, and the first network.
    fn graph(&self) -> Option<(&GraphRecord, &GraphNetwork)> {
        match self {
            Way::Dense { .. } => None,
            Way::Graphs { problem, path } => Some((&problem.graph, &path.start)),
            Way::Rational { problem, path } => Some((&problem.graph, &path.start)),
        }
    }

    fn moves(&self) -> usize {
        match self {
            Way::Dense { path, .. } => path.moves.len(),
            Way::Graphs { path, .. } => path.moves.len(),
            Way::Rational { path, .. } => path.moves.len(),
        }
    }

    fn inputs(&self) -> &Matrix {
        match self {
            Way::Dense { problem, .. } => &problem.inputs,
            Way::Graphs { problem, .. } => &problem.inputs,
            Way::Rational { problem, .. } => &problem.inputs,
        }
    }

    fn loss(&self) -> Option<&LossRecord> {
        match self {
            Way::Dense { problem, .. } => problem.loss.as_ref(),
            Way::Graphs { problem, .. } => Some(&problem.loss),
            Way::Rational { problem, .. } => problem.loss.as_ref(),
        }
    }

    /// The inputs, the neurons of every layer or the units of every block, and the outputs.
    fn widths(&self) -> Vec<usize> {
        match (self, self.graph()) {
            (_, Some((graph, start))) => {
                (0..=graph.blocks.len()).filter_map(|block| start.units(block)).chain([graph.outputs]).collect()
            }
            (Way::Dense { problem, .. }, _) => problem.widths.clone(),
            (Way::Graphs { .. } | Way::Rational { .. }, None) => vec![],
        }
    }

    /// How many units are connected to the output, if it is not the last block.
    fn connected(&self) -> Option<usize> {
        let (GraphRecord { blocks, skips, .. }, start) = self.graph()?;
        let units = start.units(blocks.len()).unwrap_or(0);
        let last = (0..units).map(|unit| [blocks.len(), unit]);
        (!last.eq(skips.iter().copied())).then_some(skips.len())
    }

    fn check_command(&self, certificate: &str) -> String {
        match self {
            Way::Dense { problem, .. } => {
                check_command(certificate, problem.inputs.rows, &problem.widths, &vec![BITS; problem.widths.len()])
            }
            Way::Graphs { .. } | Way::Rational { .. } => format!("sublevel check {certificate}"),
        }
    }
}

//! `sublevel regions`: the decision regions of a network, counted exactly, drawn, and proved connected or disconnected.

use super::console::Kind;
use super::reading::Read;
use super::{Console, Failure, inputs, interrupt, progress};
use crate::arith::{counted, write_rational};
use crate::certificate::Object;
use crate::checker::Expected;
use crate::network::{Activation, DataSet, Parameters, ReadData, Targets};
use crate::path::{to_activation, to_layers};
use crate::region::{Arrangement, Budget, CELL_LIMIT, Chart, Component, NoTheorem, RegionError, ranks, rough_counts};
use crate::report::{View, regions_chart};
use crate::statement::object::{certificate, prove_certificate};
use nalgebra::DMatrix;
use rayon::prelude::*;
use rug::Rational;
use serde::Serialize;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Instant;

/// Areas that are printed of a class.
const AREAS: usize = 4;

#[derive(clap::Args)]
pub struct Arguments {
    /// The network.
    network: PathBuf,
    /// relu, leaky-relu=SLOPE, abs, hard-tanh, identity or pl:breakpoints=…;slopes=…;value=…
    #[arg(long, value_parser = piecewise_linear)]
    activation: Activation,
    /// Prove that the regions of all classes are connected, in the whole input space (thesis, Theorems 5.2.3 and 5.2.4). No
    /// region is looked at.
    #[arg(long, conflicts_with_all = ["plane", "line", "features", "class", "census", "plot"])]
    connected: bool,
    /// Samples: for --plane and --line, to be marked in a picture, and `outputs` to compare the network with.
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Take the first samples only.
    #[arg(long, value_name = "COUNT", requires = "data", value_parser = inputs::count)]
    samples: Option<usize>,
    /// Look at the plane through three samples, from 0.
    #[arg(long, value_name = "I,J,K", value_delimiter = ',', requires = "data", conflicts_with = "line")]
    plane: Vec<usize>,
    /// Look at the line through two samples, from 0.
    #[arg(long, value_name = "I,J", value_delimiter = ',', requires = "data")]
    line: Vec<usize>,
    /// Look at the plane of two input features, from 0 (or the line of one), through the sample of --at; its coordinates are the
    /// features' own values.
    #[arg(long, value_name = "A,B", value_delimiter = ',', requires = "data", conflicts_with_all = ["plane", "line"])]
    features: Vec<usize>,
    /// The sample that gives the other features of --features.
    #[arg(long, value_name = "I", requires = "features", default_value_t = 0)]
    at: usize,
    /// Write a certificate that the region of this class, from 0, has as many components as were counted, at least.
    #[arg(long, value_name = "C", requires = "out", conflicts_with = "census")]
    class: Option<usize>,
    /// Write a certificate that no region has more components than were counted.
    #[arg(long, requires = "out")]
    census: bool,
    /// Where the certificate goes (.path.jsonl).
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Draw the regions into a file (.svg, .png).
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
    /// What is drawn: the ends of the first coordinate and of the second one.
    #[arg(long, value_name = "X,X,Y,Y", requires = "plot", value_delimiter = ',', allow_hyphen_values = true)]
    window: Vec<f64>,
    /// Give up beyond so many cells.
    #[arg(long, value_name = "N", default_value_t = CELL_LIMIT)]
    cell_limit: usize,
    #[command(flatten)]
    import: inputs::ImportArguments,
}

/// What is said at the end.
#[derive(Serialize)]
struct Summary {
    widths: Vec<usize>,
    activation: String,
    /// Where the regions were counted.
    place: String,
    /// Whether it holds in the whole input space.
    whole_space: bool,
    classes: Vec<Class>,
    /// Cells on which no class wins.
    tie_cells: usize,
    cells: usize,
    /// After each hidden layer.
    linear_regions: Vec<usize>,
    /// How many linear regions after the last hidden layer have so many neurons that are not on their first piece (for ReLU:
    /// active).
    active_neurons: BTreeMap<usize, usize>,
    /// How many cells have so many corners, directions counted.
    corners: BTreeMap<usize, usize>,
    unbounded_cells: usize,
    /// The sizes of the bounded cells (areas, or lengths), decided exactly and rounded: least, median, largest.
    cell_sizes: Option<[f64; 3]>,
    vertices: usize,
    bits: u32,
    seconds: f64,
    /// The components of each class as plain double precision counts them.
    float_components: Option<Vec<usize>>,
    certificate: Option<PathBuf>,
    proved: Option<String>,
}

/// One class.
#[derive(Serialize)]
struct Class {
    class: usize,
    components: Vec<Region>,
}

/// One component of its region.
#[derive(Serialize)]
struct Region {
    cells: usize,
    bounded: bool,
    /// The exact area (of a line: the length), if it is bounded, in the chart's coordinates.
    area: Option<String>,
    #[serde(skip)]
    size: Option<f64>,
}

pub fn run(arguments: &Arguments, console: &mut Console) -> Result<(), Failure> {
    let files: Vec<&Path> =
        [Some(&arguments.network), arguments.data.as_ref()].into_iter().flatten().map(PathBuf::as_path).collect();
    console.claim(
        [("--out", Kind::Certificate, arguments.out.as_ref()), ("--plot", Kind::Picture, arguments.plot.as_ref())],
        &files,
    )?;
    let mut read = Read::default();
    let network = inputs::network(&arguments.network, &arguments.import, &mut read)?;
    if arguments.data.is_none() {
        arguments.import.refuse_data()?;
    }
    let data = arguments.data.as_deref().map(|file| data(file, arguments, &network, &mut read)).transpose()?;
    if !console.json() {
        read.print();
    }
    if arguments.connected {
        return connected(arguments, &network, &read, console);
    }
    let window = asked(arguments, &network)?;
    let (chart, place) = chart(arguments, &network, data.as_ref())?;
    let started = Instant::now();
    let arrangement = arrange(arguments, &network, &chart)?;
    let seconds = started.elapsed().as_secs_f64();
    let mut summary = summary(arguments, &network, &arrangement, place, seconds);
    if let Some((file, object)) = arguments.out.as_ref().zip(object(arguments, &arrangement)?) {
        summary.proved = Some(write_proved(arguments, &network, object, console)?);
        summary.certificate = Some(file.clone());
    }
    if let Some(file) = &arguments.plot {
        let view = view(arguments, &arrangement, data.as_ref(), window)?;
        console.draw(file, &regions_chart(&arrangement, &view))?;
    }
    if console.json() {
        console.print_json(&read.beside(&summary));
    } else {
        print(&summary, arguments);
    }
    Ok(())
}

/// Refuses what makes no sense before anything is computed or written; the window of the picture.
fn asked(arguments: &Arguments, network: &Parameters<Rational>) -> Result<Option<[Range<f64>; 2]>, Failure> {
    let classes = network.widths()[network.depth()];
    if let Some(class) = arguments.class.filter(|&class| class >= classes) {
        return Err(Failure::input(format!("there is no class {class}: the network has {classes}, from 0")));
    }
    if arguments.out.is_some() && arguments.class.is_none() && !arguments.census {
        return Err(Failure::input("--out needs --class C, --census or --connected: what is to be proved?"));
    }
    match arguments.window[..] {
        [] => Ok(None),
        [a, b, c, d] if a < b && c < d && b - a < f64::INFINITY && d - c < f64::INFINITY => Ok(Some([a..b, c..d])),
        _ => Err(Failure::input("--window takes four numbers: the ends of x and those of y, ascending")),
    }
}

/// An activation whose cells have straight edges; a reason for each that people would ask for.
fn piecewise_linear(text: &str) -> Result<Activation, String> {
    text.parse().map_err(|error: crate::network::ActivationError| {
        match text.to_ascii_lowercase().split('=').next().unwrap_or_default() {
            name @ ("gelu" | "silu" | "swish" | "mish") => format!(
                "{name} is not piecewise linear: its regions have no straight edges, and there is nothing to count exactly. Nor can \
                 --connected hold: it is not monotone, and one hidden neuron with such an activation can part a region"
            ),
            name @ ("elu" | "selu" | "celu" | "sigmoid" | "tanh" | "softplus") => format!(
                "{name} is not piecewise linear: its regions have no straight edges, and there is nothing to count exactly"
            ),
            _ => error.to_string(),
        }
    })
}

fn data(
    file: &Path,
    arguments: &Arguments,
    network: &Parameters<Rational>,
    read: &mut Read,
) -> Result<DataSet, Failure> {
    let options = arguments.import.options(arguments.samples);
    let ReadData { data, expected, report } = options.read_data(file).map_err(Failure::input)?;
    read.add_data(report);
    let features = data.inputs.features();
    if features != network.widths()[0] {
        return Err(inputs::in_file(
            file,
            format!("{features} features a sample, but {} takes {}", arguments.network.display(), network.widths()[0]),
        ));
    }
    read.assess(&arguments.activation, &data, None, &expected, &[(&arguments.network, network)])?;
    Ok(data)
}

/// All regions connected, or which hypothesis is not met.
fn connected(
    arguments: &Arguments,
    network: &Parameters<Rational>,
    read: &Read,
    console: &mut Console,
) -> Result<(), Failure> {
    let started = Instant::now();
    let bar = progress::spinner("inverting the weights of the hidden layers modulo a prime");
    let object = ranks(network, &arguments.activation).map_err(|error| match error {
        NoTheorem::OneOutput => Failure::input(error),
        _ => Failure::hypothesis(error),
    })?;
    drop(bar);
    let proved = write_proved(arguments, network, object, console)?;
    let seconds = started.elapsed().as_secs_f64();
    if console.json() {
        let summary = serde_json::json!({
            "widths": network.widths(), "activation": arguments.activation.to_string(), "connected": true, "proved": proved,
            "certificate": arguments.out, "seconds": seconds,
        });
        console.print_json(&read.beside(&summary));
    } else {
        say!("proved    {proved} ({seconds:.2} s)");
        print_written(arguments.out.as_deref(), &arguments.network);
    }
    Ok(())
}

/// Where to look, and that in words.
fn chart(
    arguments: &Arguments,
    network: &Parameters<Rational>,
    data: Option<&DataSet>,
) -> Result<(Chart, String), Failure> {
    let through = |what: &str, chosen: &[usize], count: usize| {
        let data = data.ok_or_else(|| Failure::input(format!("--{what} needs --data")))?;
        let samples = data.inputs.samples();
        if chosen.len() != count {
            return Err(Failure::input(format!("--{what} takes {count} samples, not {}", chosen.len())));
        }
        if let Some(sample) = chosen.iter().find(|&&sample| sample >= samples) {
            return Err(Failure::input(format!("there is no sample {sample}: the data have {samples}, from 0")));
        }
        let rows = arguments.import.exact(&data.inputs.select_rows(chosen))?;
        let chart = Chart::through(&rows).map_err(|error| Failure::input(format!("--{what}: {error}")))?;
        let names: Vec<String> = chosen.iter().map(ToString::to_string).collect();
        Ok((chart, format!("the {what} through samples {}", names.join(", "))))
    };
    if !arguments.plane.is_empty() {
        return through("plane", &arguments.plane, 3);
    }
    if !arguments.line.is_empty() {
        return through("line", &arguments.line, 2);
    }
    if !arguments.features.is_empty() {
        return slice(arguments, data);
    }
    let inputs = network.widths()[0];
    let chart = Chart::of_space(network).ok_or_else(|| {
        Failure::input(format!(
            "the network looks at its {inputs} inputs in more than two directions, and regions are counted in a plane: \
             --plane I,J,K --data D takes the one through three samples; --connected may prove something of all the space, by ranks"
        ))
    })?;
    let place = match (inputs, chart.dimension()) {
        (1 | 2, _) => format!("the whole space of {}", counted(inputs, "input")),
        (_, seen) => {
            format!("the whole space of {inputs} inputs, of which the network sees {}", counted(seen, "direction"))
        }
    };
    Ok((chart, place))
}

/// The slice along features through a sample.
fn slice(arguments: &Arguments, data: Option<&DataSet>) -> Result<(Chart, String), Failure> {
    let Arguments { features, at, .. } = arguments;
    let inputs = &data.ok_or_else(|| Failure::input("--features needs --data"))?.inputs;
    let (samples, width) = inputs.shape();
    if *at >= samples {
        return Err(Failure::input(format!("there is no sample {at}: the data have {samples}, from 0")));
    }
    if let Some(feature) = features.iter().find(|&&feature| feature >= width) {
        return Err(Failure::input(format!("there is no feature {feature}: the data have {width}, from 0")));
    }
    let mut origin = arguments.import.exact(&inputs.select_rows(&[*at]))?;
    features.iter().for_each(|&feature| origin[(0, feature)] = Rational::new());
    let unit = |row: usize, column: usize| Rational::from(u32::from(features[row] == column));
    let directions = DMatrix::from_fn(features.len(), width, unit);
    let chart = Chart::new(origin, directions).map_err(|error| Failure::input(format!("--features: {error}")))?;
    let names: Vec<String> = features.iter().map(ToString::to_string).collect();
    let what = if features.len() == 1 { "line of feature" } else { "plane of features" };
    Ok((chart, format!("the {what} {} through sample {at}", names.join(", "))))
}

fn arrange(arguments: &Arguments, network: &Parameters<Rational>, chart: &Chart) -> Result<Arrangement, Failure> {
    let bar = progress::spinner("looking for cells");
    let asked = interrupt::ends_by_itself();
    let hear = |cells: usize| {
        bar.set_message(format!("{cells} cells"));
        !asked.load(Ordering::Relaxed)
    };
    let budget = Budget { cells: arguments.cell_limit, progress: &hear };
    Arrangement::new(network, &arguments.activation, chart, &budget).map_err(|error| match error {
        RegionError::TooManyCells { .. } => Failure::incomplete(format!("{error}: --cell-limit N allows more")),
        RegionError::CalledOff { .. } => Failure::incomplete(error),
        RegionError::OneOutput | RegionError::Inputs { .. } => Failure::input(error),
    })
}

/// The certificate that is asked for.
fn object(arguments: &Arguments, arrangement: &Arrangement) -> Result<Option<Object>, Failure> {
    if arguments.census {
        return Ok(Some(arrangement.census()));
    }
    let Some(class) = arguments.class else { return Ok(None) };
    arrangement
        .boundaries(class)
        .map(Some)
        .map_err(|error| Failure::hypothesis(format!("{error} here: it is not disconnected; --census proves that")))
}

/// Has the checker prove the object of this network, and writes its certificate; what was proved.
fn write_proved(
    arguments: &Arguments,
    network: &Parameters<Rational>,
    object: Object,
    console: &mut Console,
) -> Result<String, Failure> {
    let bar = progress::spinner("checking the certificate");
    let bytes = certificate(object.claim(), object);
    let (from, activation) = (Some(to_layers(network)), Some(to_activation(&arguments.activation)));
    let found =
        prove_certificate(&bytes, &Expected { from, activation, ..Expected::default() }).map_err(Failure::invalid)?;
    drop(bar);
    if let Some(file) = &arguments.out {
        console.write_certificate(file, |out| out.write_all(&bytes))?;
    }
    Ok(found.to_string())
}

fn summary(
    arguments: &Arguments,
    network: &Parameters<Rational>,
    arrangement: &Arrangement,
    place: String,
    seconds: f64,
) -> Summary {
    let region = |component: &Component| {
        let area = arrangement.measure(component);
        Region {
            cells: component.cells.len(),
            bounded: component.bounded,
            size: area.as_ref().map(Rational::to_f64),
            area: area.as_ref().map(write_rational),
        }
    };
    let counts = arrangement.component_counts();
    let classes = (0..counts.len())
        .map(|class| Class { class, components: arrangement.components_of(class).map(region).collect() })
        .collect();
    let statistics = arrangement.statistics();
    Summary {
        widths: network.widths(),
        activation: arguments.activation.to_string(),
        place,
        whole_space: arrangement.chart().is_whole_space(),
        classes,
        tie_cells: arrangement.ties().len(),
        cells: arrangement.cell_count(),
        linear_regions: statistics.regions.clone(),
        active_neurons: statistics.active.clone(),
        corners: statistics.sides.clone(),
        unbounded_cells: statistics.unbounded,
        cell_sizes: cell_sizes(arrangement),
        vertices: arrangement.vertex_count(),
        bits: statistics.bits,
        seconds,
        float_components: in_floats(arguments, network, arrangement.chart()),
        certificate: None,
        proved: None,
    }
}

/// The components of each class as doubles count them; nothing if that is called off.
fn in_floats(arguments: &Arguments, network: &Parameters<Rational>, chart: &Chart) -> Option<Vec<usize>> {
    let _bar = progress::spinner("counting in floats");
    let asked = interrupt::ends_by_itself();
    let budget = Budget { cells: arguments.cell_limit, progress: &|_| !asked.load(Ordering::Relaxed) };
    rough_counts(network, &arguments.activation, chart, &budget).ok()
}

/// Least, median and largest.
fn cell_sizes(arrangement: &Arrangement) -> Option<[f64; 3]> {
    let sizes = (0..arrangement.cell_count()).into_par_iter().filter_map(|cell| arrangement.cell_measure(cell));
    let mut sizes: Vec<f64> = sizes.map(|size| size.to_f64()).collect();
    sizes.sort_by(f64::total_cmp);
    Some([*sizes.first()?, sizes[sizes.len() / 2], *sizes.last()?])
}

fn print(summary: &Summary, arguments: &Arguments) {
    let Summary { widths, activation, place, .. } = summary;
    say!("regions   {}, {activation}: {place}", inputs::dashed(widths));
    if !summary.whole_space {
        say!("          what holds there need not hold in the whole space");
    }
    for Class { class, components } in &summary.classes {
        say!("class {class:<3} {}", in_words(components));
    }
    if summary.tie_cells > 0 {
        say!("ties      in {} no class wins: the largest outputs are equal", counted(summary.tie_cells, "cell"));
    }
    let regions: Vec<String> = summary.linear_regions.iter().map(ToString::to_string).collect();
    if !regions.is_empty() {
        say!("linear    {} regions after the hidden layers", regions.join(", "));
        let active = summary.active_neurons.keys();
        if let (Some(least), Some(most)) = (active.clone().min(), active.max()) {
            say!(
                "patterns  from {least} to {most} neurons of a region not on their first piece (ReLU: active); all in --json"
            );
        }
    }
    say!(
        "cells     {}, {} of them unbounded, {}; integers of up to {} bits; {:.2} s",
        summary.cells,
        summary.unbounded_cells,
        counted(summary.vertices, "corner"),
        summary.bits,
        summary.seconds
    );
    if let Some(sizes) = summary.cell_sizes {
        let [least, median, largest] = sizes.map(short);
        say!("sizes     of bounded cells: from {least} to {largest}, median {median}");
    }
    let exact: Vec<usize> = summary.classes.iter().map(|class| class.components.len()).collect();
    match &summary.float_components {
        Some(found) if *found == exact => say!("floats    count the same components"),
        Some(found) => say!("floats    count other components: {found:?} in the order of the classes"),
        None => say!("floats    did not come to an end"),
    }
    if let Some(proved) = &summary.proved {
        say!("proved    {proved}");
    }
    print_written(summary.certificate.as_deref(), &arguments.network);
    if let Some(file) = &arguments.plot {
        say!("drawn     {}", file.display());
    }
}

fn in_words(components: &[Region]) -> String {
    if components.is_empty() {
        return "wins nowhere".into();
    }
    let (bounded, open): (Vec<&Region>, Vec<&Region>) = components.iter().partition(|region| region.bounded);
    let mut words = counted(components.len(), "component");
    words += &match (bounded.len(), open.len()) {
        (0, _) => ", unbounded".into(),
        (_, 0) => ", bounded".into(),
        (bounded, open) => format!(", {open} unbounded and {bounded} bounded"),
    };
    let sizes: Vec<String> = bounded.iter().filter_map(|region| region.size).map(short).collect();
    if !sizes.is_empty() {
        let more = if sizes.len() > AREAS { ", …" } else { "" };
        words += &format!(" of size {}{more}", sizes[..sizes.len().min(AREAS)].join(", "));
    }
    words
}

/// Three digits.
fn short(size: f64) -> String {
    if size >= 1e-3 { format!("{size:.4}") } else { format!("{size:.1e}") }
}

fn print_written(file: Option<&Path>, network: &Path) {
    if let Some(file) = file {
        say!("written   {0}; prove it with: sublevel check {0} --from {1}", file.display(), network.display());
    }
}

/// What is drawn: the window, and the samples in the chart's coordinates.
fn view(
    arguments: &Arguments,
    arrangement: &Arrangement,
    data: Option<&DataSet>,
    window: Option<[Range<f64>; 2]>,
) -> Result<View, Failure> {
    let chosen = [&arguments.plane[..], &arguments.line].concat();
    let place = |index: usize| [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0)][index];
    if !chosen.is_empty() {
        let samples = chosen.iter().enumerate().map(|(index, sample)| (sample.to_string(), place(index))).collect();
        let toward = |index: usize| {
            chosen.get(index).map_or(String::new(), |sample| format!("from sample {} to sample {sample}", chosen[0]))
        };
        return Ok(View { window, samples, dots: vec![], names: [toward(1), toward(2)] });
    }
    if let Some((data, first)) = data.zip(arguments.features.first()) {
        let value = |feature: usize| data.inputs.entry(arguments.at, feature).to_f64();
        let second = arguments.features.get(1);
        let place = (value(*first), second.map_or(0.5, |&feature| value(feature)));
        let name = |feature: Option<&usize>| feature.map_or(String::new(), |feature| format!("feature {feature}"));
        let samples = vec![(arguments.at.to_string(), place)];
        return Ok(View { window, samples, dots: vec![], names: [name(Some(first)), name(second)] });
    }
    let names = ["x_1", "x_2"].map(str::to_owned);
    let dots = match data {
        Some(data) if arrangement.chart().is_identity() => points(data, &arguments.import.exact(&data.inputs)?),
        _ => vec![],
    };
    Ok(View { window, samples: vec![], dots, names })
}

/// Samples of one or two features as points, each with its label.
fn points(data: &DataSet, inputs: &DMatrix<Rational>) -> Vec<(Option<usize>, (f64, f64))> {
    let at = |row: usize, column: usize| if column < inputs.ncols() { inputs[(row, column)].to_f64() } else { 0.5 };
    let label = |row: usize| match &data.targets {
        Targets::Labels(labels) => labels.get(row).copied(),
        _ => None,
    };
    (0..inputs.nrows()).map(|row| (label(row), (at(row, 0), at(row, 1)))).collect()
}

//! `sublevel class-path`: a path of inputs on which a network gives one class, and the film of it.

mod summary;

use super::console::Kind;
use super::reading::Read;
use super::{Console, Failure, inputs, progress};
use crate::arith::counted;
use crate::checker::Expected;
use crate::network::{Activation, Inputs, Loss, LossKind, Parameters, ReadData};
use crate::region::class_path::{ClassPath, Unfound, Way, class_path, rows, words};
use crate::report::{Film, FilmOptions, Shape};
use crate::statement::object::{certificate, prove_certificate};
use rug::Rational;
use std::path::{Path, PathBuf};
use std::time::Instant;

#[derive(clap::Args)]
pub struct Arguments {
    /// The network: .safetensors, .npz or .pt, or a folder of parts.
    network: PathBuf,
    /// The inputs: .npz, .npy or IDX, as for other commands. Nothing is scaled unless you say so.
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// relu, leaky-relu=SLOPE, abs, hard-tanh, identity or pl:breakpoints=…;slopes=…;value=…
    #[arg(long, value_parser = inputs::piecewise_linear)]
    activation: Activation,
    /// The sample that the path starts at, from 0. The class that wins there is the path's.
    #[arg(long, value_name = "I")]
    from: usize,
    /// The sample that it ends at.
    #[arg(long, value_name = "J")]
    to: usize,
    /// Samples between them, in order.
    #[arg(long, value_name = "K", num_args = 1.., conflicts_with = "via_file")]
    via: Vec<usize>,
    /// Inputs between them, in order: the rows of a file of data, such as an image that was changed. A whole chain of your
    /// own is certified in this way, for any network.
    #[arg(long, value_name = "FILE")]
    via_file: Option<PathBuf>,
    /// Take the path of Theorem 5.2.3, with rounded vertices, even where the straight line or a bent one does.
    #[arg(long, conflicts_with = "exact")]
    theorem: bool,
    /// Take the path of Theorem 5.2.3 itself, in exact numbers.
    #[arg(long)]
    exact: bool,
    /// Where the certificate goes (.path.jsonl or .path.jsonl.zst), for `sublevel check`.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Where a film goes: .png or .svg for a strip of frames, .html for a page with a slider.
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
    /// How an input is an image: HEIGHTxWIDTH, HEIGHTxWIDTHx3 or 3xHEIGHTxWIDTH [default: a square, if there is one].
    #[arg(long, value_name = "HxW", requires = "plot")]
    shape: Option<Shape>,
    /// The frames of a strip, 2 to 60; given inputs are always among them.
    #[arg(long, value_name = "COUNT", requires = "plot", default_value_t = 9, value_parser = clap::value_parser!(u8).range(2..=60))]
    frames: u8,
    #[command(flatten)]
    import: inputs::ImportArguments,
}

/// What a path is looked for between.
struct Stops {
    inputs: Vec<Vec<Rational>>,
    names: Vec<String>,
    /// Of the data.
    range: [Rational; 2],
    /// How many there are in the data.
    samples: usize,
}

pub fn run(arguments: &Arguments, console: &mut Console) -> Result<(), Failure> {
    let started = Instant::now();
    let reads: Vec<&Path> = [Some(&arguments.network), Some(&arguments.data), arguments.via_file.as_ref()]
        .into_iter()
        .flatten()
        .map(PathBuf::as_path)
        .collect();
    console.claim(
        [("--out", Kind::Certificate, Some(&arguments.out)), ("--plot", Kind::Film, arguments.plot.as_ref())],
        &reads,
    )?;
    let mut read = Read::default();
    let network = inputs::network(&arguments.network, &arguments.import, &mut read)?;
    let stops = stops(arguments, &network, &mut read)?;
    if let Some(shape) = &arguments.shape {
        shape.fit(network.widths()[0]).map_err(Failure::input)?;
    }
    if !console.json() {
        read.print();
    }
    let bar = progress::spinner("evaluating the ends");
    let told = |words: String| bar.set_message(words);
    let found = class_path(&network, &arguments.activation, &stops.inputs, arguments.way(), &told);
    let path = found.map_err(|unfound| failure(&unfound, words(&unfound, &stops.names, &network)))?;
    bar.set_message("checking the certificate");
    let object = path.object(&network, &arguments.activation);
    let bytes = certificate(&format!("class path: {}", path.label()), object);
    let proved = prove_certificate(&bytes, &Expected::default());
    proved.unwrap_or_else(|refused| panic!("the checker refuses the path: {refused}"));
    bar.set_message("drawing");
    let film = arguments.plot.as_ref().map(|_| arguments.film(&network, &path, &stops));
    let picture = arguments.plot.as_ref().zip(film.as_ref()).map(|(file, film)| film.file(file)).transpose();
    let picture = picture.map_err(Failure::input)?;
    bar.set_message("writing");
    console.write_certificate(&arguments.out, |file| file.write_all(&bytes))?;
    if let (Some(file), Some(picture)) = (&arguments.plot, picture) {
        console.write(file, |out| out.write_all(&picture))?;
    }
    drop(bar);
    let summary = arguments.summary(&network, &path, &stops, film.as_ref(), started);
    if console.json() {
        console.print_json(&read.beside(&summary));
    } else {
        summary.print(&path);
    }
    Ok(())
}

fn failure(unfound: &Unfound, words: String) -> Failure {
    match unfound {
        Unfound::Equal { .. } => Failure::input(words),
        Unfound::Tie { .. } | Unfound::OtherClass { .. } | Unfound::Unmet(_) => Failure::hypothesis(words),
        Unfound::NotPromised { .. } | Unfound::NotRounded { .. } | Unfound::TooLong { .. } => {
            Failure::incomplete(words)
        }
    }
}

/// Reads the data, and the inputs that the path goes through.
fn stops(arguments: &Arguments, network: &Parameters<Rational>, read: &mut Read) -> Result<Stops, Failure> {
    let options = arguments.import.options(None);
    let bar = progress::spinner(format!("reading {}", arguments.data.display()));
    let ReadData { data, expected, report } = options.read_data(&arguments.data).map_err(Failure::input)?;
    read.add_data(report);
    let ends = [(arguments.network.as_path(), network)];
    inputs::fit(&data.inputs, &ends)?;
    let outputs = network.widths()[network.depth()];
    if outputs < 2 {
        return Err(inputs::in_file(&arguments.network, "it has one output; classes are two outputs at least"));
    }
    // A loss tells in one line whether the network does on these data what it should.
    let loss = LossKind::usual(&data.targets, outputs).and_then(|kind| Loss::from_data(kind, &data, outputs).ok());
    read.assess(&arguments.activation, &data, loss.as_ref(), &expected, &ends)?;
    drop(bar);
    if arguments.from == arguments.to {
        return Err(Failure::input(format!("--from and --to are both sample {}", arguments.from)));
    }
    let sample = |option: &str, index: usize| arguments.sample(&data.inputs, option, index);
    let (from, to) = (sample("--from", arguments.from)?, sample("--to", arguments.to)?);
    let mut between = arguments.via.iter().map(|&index| sample("--via", index)).collect::<Result<Vec<_>, _>>()?;
    if let Some(file) = &arguments.via_file {
        let found = options.read_data(file).map_err(Failure::input)?.data.inputs;
        inputs::fit(&found, &ends).map_err(|failure| inputs::in_file(file, failure.message()))?;
        let named = |(index, row): (usize, Vec<Rational>)| (row, format!("row {index} of {}", file.display()));
        between.extend(rows(&found.exact_rows(0..found.samples())).into_iter().enumerate().map(named));
    }
    let (inputs, names) = std::iter::once(from).chain(between).chain([to]).unzip();
    let (low, high) = data.inputs.range().expect("there are samples");
    Ok(Stops { inputs, names, range: [low, high], samples: data.samples() })
}

impl Arguments {
    /// A sample of the data, and what it is called.
    fn sample(&self, data: &Inputs, option: &str, index: usize) -> Result<(Vec<Rational>, String), Failure> {
        let count = data.samples();
        if index >= count {
            let (file, samples) = (self.data.display(), counted(count, "sample"));
            return Err(Failure::input(format!("{option} {index}: {file} has {samples}, 0 to {}", count - 1)));
        }
        Ok((rows(&data.exact_rows(index..index + 1)).remove(0), format!("sample {index}")))
    }

    fn way(&self) -> Way {
        match (self.exact, self.theorem) {
            (true, _) => Way::Exact,
            (_, true) => Way::Theorem,
            _ => Way::Shortest,
        }
    }

    /// The film, in the usual form if none is asked for.
    fn film(&self, network: &Parameters<Rational>, path: &ClassPath, stops: &Stops) -> Film {
        let options = FilmOptions {
            shape: self.shape.or_else(|| Shape::square(network.widths()[0])),
            frames: usize::from(self.frames),
            range: [stops.range[0].to_f64(), stops.range[1].to_f64()],
            names: stops.names.clone(),
        };
        let title = format!("{}: class {} on the whole path", inputs::dashed(&network.widths()), path.class);
        Film::new(network, &self.activation, path, options, title)
    }
}

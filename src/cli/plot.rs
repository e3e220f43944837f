//! `sublevel plot`: the loss along a certified path and along the straight line, as a picture.

use super::reading::Read;
use super::{Failure, inputs, print_json, progress};
use std::path::PathBuf;
use sublevel::certificate::{open, write_atomically};
use sublevel::network::LossKind;
use sublevel::path::{from_loss, from_matrix, read_activation, read_path};
use sublevel::report::{Profile, draw_profile};

#[derive(clap::Args)]
pub struct Arguments {
    /// The certificate.
    path: PathBuf,
    /// Where the picture goes (SVG).
    #[arg(long, value_name = "FILE.svg")]
    out: PathBuf,
    /// Training data with labels or targets, if the certificate names no loss or another one is wanted.
    #[arg(long, value_name = "FILE", requires = "loss")]
    data: Option<PathBuf>,
    /// The loss to draw, with --data.
    #[arg(long, requires = "data")]
    loss: Option<LossKind>,
    /// The title.
    #[arg(long)]
    title: Option<String>,
    #[command(flatten)]
    import: inputs::ImportArguments,
}

pub fn run(arguments: &Arguments, json: bool) -> Result<(), Failure> {
    let bar = progress::spinner("evaluating the path");
    let mut reader = open(&arguments.path).map_err(Failure::reading)?;
    let (problem, path) = read_path(&mut reader).map_err(|error| inputs::in_file(&arguments.path, error))?;
    let activation = read_activation(&problem).map_err(|error| inputs::in_file(&arguments.path, error))?;
    let outputs = problem.widths[problem.widths.len() - 1];
    let mut read = Read::default();
    let loss = match &arguments.data {
        Some(file) => {
            let found = arguments.import.options(None).read_data(file).map_err(Failure::input)?;
            read.add_data(found.report);
            inputs::loss(arguments.loss, &found.data, outputs).map_err(|error| inputs::in_file(file, error))?
        }
        None => problem.loss.as_ref().map(from_loss),
    };
    let loss = loss.ok_or_else(|| Failure::input("the certificate names no loss: give --data and --loss"))?;
    let profile = Profile::new(&activation, &from_matrix(&problem.inputs), &loss, &path);
    let title = arguments.title.clone().unwrap_or_else(|| {
        format!("{}, N = {}, {} loss", inputs::dashed(&problem.widths), problem.inputs.rows, loss.kind())
    });
    let svg = draw_profile(&profile, &title).map_err(Failure::input)?;
    write_atomically(&arguments.out, |out| out.write_all(svg.as_bytes())).map_err(Failure::input)?;
    bar.finish_and_clear();
    if json {
        let summary = serde_json::json!({ "picture": arguments.out, "moves": path.moves.len() });
        print_json(&read.beside(&summary));
    } else {
        read.print();
        say!("drawn     {}", arguments.out.display());
    }
    Ok(())
}

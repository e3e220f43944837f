//! `sublevel plot`: the loss along a certified path and along the straight line, as a picture.

use super::reading::Read;
use super::{Console, Failure, inputs, progress};
use std::path::{Path, PathBuf};
use sublevel::certificate::open_with;
use sublevel::path::{from_loss, from_matrix, read_activation, read_path};
use sublevel::report::{Profile, profile_chart};

#[derive(clap::Args)]
pub struct Arguments {
    /// The certificate.
    path: PathBuf,
    /// Where the picture goes: .svg or .png.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
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

pub fn run(arguments: &Arguments, console: &mut Console) -> Result<(), Failure> {
    let reads: Vec<&Path> =
        [Some(&arguments.path), arguments.data.as_ref()].into_iter().flatten().map(PathBuf::as_path).collect();
    console.claim([("--out", Some(&arguments.out))], &reads)?;
    let bar = progress::spinner("evaluating the path");
    let mut reader = open_with(arguments.limits.limits(), &arguments.path).map_err(Failure::reading)?;
    let (problem, path) = read_path(&mut reader).map_err(|error| inputs::in_file(&arguments.path, error))?;
    let size = arguments.limits.limits().allow_network(problem.inputs.rows, &problem.widths);
    size.map_err(|error| inputs::in_file(&arguments.path, error))?;
    let activation = read_activation(&problem).map_err(|error| inputs::in_file(&arguments.path, error))?;
    let outputs = problem.widths[problem.widths.len() - 1];
    let mut read = Read::default();
    let loss = match &arguments.data {
        Some(file) => {
            let found = arguments.import.options(None).read_data(file).map_err(Failure::input)?;
            read.add_data(found.report);
            inputs::loss(&arguments.loss, &found.data, outputs).map_err(|error| inputs::in_file(file, error))?
        }
        None => {
            let loss = problem.loss.as_ref().map(from_loss).transpose();
            loss.map_err(|error| inputs::in_file(&arguments.path, error))?
        }
    };
    let loss = loss.ok_or_else(|| Failure::input("the certificate names no loss: give --data and --loss"))?;
    let profile = Profile::new(&activation, &from_matrix(&problem.inputs), &loss, &path);
    let title = arguments
        .title
        .clone()
        .unwrap_or_else(|| format!("{}, N = {}, {} loss", inputs::dashed(&problem.widths), problem.inputs.rows, loss));
    console.draw(&arguments.out, &profile_chart(&profile, &title))?;
    drop(bar);
    if console.json() {
        let summary = serde_json::json!({ "picture": arguments.out, "moves": path.moves.len() });
        console.print_json(&read.beside(&summary));
    } else {
        read.print();
        say!("drawn     {}", arguments.out.display());
    }
    Ok(())
}

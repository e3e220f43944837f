//! `sublevel gallery`: instances worth knowing.

use super::{Console, Failure, progress};
use crate::arith::counted;
use crate::report::gallery;
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Arguments {
    /// Write the pictures there, one SVG file an instance.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub fn run(arguments: &Arguments, console: &mut Console) -> Result<(), Failure> {
    if let Some(folder) = &arguments.out {
        std::fs::create_dir_all(folder).map_err(|error| Failure::input(format!("{}: {error}", folder.display())))?;
    }
    let bar = progress::spinner("computing the gallery");
    let entries = gallery().map_err(Failure::invalid)?;
    drop(bar);
    if let Some(folder) = &arguments.out {
        for entry in &entries {
            let file = folder.join(format!("{}.svg", entry.key));
            console.write(&file, |out| out.write_all(entry.picture.as_bytes()))?;
        }
    }
    if console.json() {
        console.print_json(&entries);
        return Ok(());
    }
    for entry in &entries {
        say!("{}  ({})\n  {}", entry.title, entry.key, entry.text);
        for (name, value) in &entry.numbers {
            say!("  - {name}: {value}");
        }
        say!("  replayed by {} in {}\n", entry.test.1, entry.test.0);
    }
    match &arguments.out {
        Some(folder) => say!("drawn     {} in {}", counted(entries.len(), "picture"), folder.display()),
        None => say!("pictures: --out DIR"),
    }
    Ok(())
}

//! `plimsoll choose`: which type of unit, and how many, before demand is known.

use std::path::PathBuf;

use clap::Args;

use super::args::{TableFormat, Talk};
use super::show;
use crate::error::Error;
use crate::run::{self, ChoiceRequest};

/// Flags of `choose`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  plimsoll choose models/webshop/choice.toml --format json | jq '.[0]'

The file has `[resource]`, `[unit.<name>]` with `capacity` and `price`, and `[choice]` with `requirement`, `penalty` or `risk`.")]
pub struct ChooseArgs {
    /// The choice file.
    pub file: PathBuf,
    /// Worlds to judge in, in place of the file's.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=1_048_576))]
    pub worlds: Option<u32>,
    /// The seed, in place of the file's.
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Where the table goes (CSV or Parquet by its ending), in place of stdout.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// How the table is printed.
    #[arg(long, value_enum, default_value_t = TableFormat::Table)]
    pub format: TableFormat,
}

/// Ranks the types of units of a file.
pub fn choose(typed: &ChooseArgs, talk: Talk) -> Result<(), Error> {
    let chosen = run::choose(&ChoiceRequest { path: typed.file.clone(), worlds: typed.worlds, seed: typed.seed })?;
    for sentence in &chosen.summary {
        show::say(talk, sentence);
    }
    match &typed.output {
        Some(path) => {
            run::write_table(path, &chosen.table)?;
            show::say(talk, &format!("wrote {}", path.display()));
            Ok(())
        }
        None => show::table(&chosen.table, typed.format),
    }
}

//! `plimsoll fit`: from a table of failures to a failure mode of a model file.

use std::path::PathBuf;

use clap::Args;

use super::args::{TableFormat, Talk};
use super::show;
use crate::error::Error;
use crate::fit::{Criterion, Options, Reading};
use crate::run::{self, FitRequest};
use crate::stream::{Seed, Stream};

/// Flags of `fit`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll fit datasets/archive/drive-failures.csv --name drive >> model.toml
  plimsoll fit incidents.csv --only provider=AWS --from 2018-01-01 --until 2019-12-31 --name outage --strikes zone
  plimsoll fit drives.csv --format table

The table may hold a row a life (installed, failed), an incident (start, end), a lifetime as a number (time, event), or a component and
day (date, serial_number, failure). What has not failed counts as alive until the end of the watch, not as nothing.")]
pub struct FitArgs {
    /// A CSV table with a header.
    pub input: PathBuf,
    /// The failure mode's name.
    #[arg(long, value_name = "NAME", default_value = "failure")]
    pub name: String,
    /// What it strikes: host, rack, zone, region, or a domain's name.
    #[arg(long, value_name = "WHAT", default_value = "host")]
    pub strikes: String,
    /// Columns that name a component; known names such as drive, host, service unless given.
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub component: Vec<String>,
    /// Read only rows whose column holds this.
    #[arg(long, value_name = "COLUMN=VALUE", value_parser = pair)]
    pub only: Option<(String, String)>,
    /// The watch began here: a time, or a number in the unit of the columns.
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// The watch ended here; the last moment in the table unless given.
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// Go on without rows that have a problem, and tell them.
    #[arg(long)]
    pub set_aside: bool,
    /// Choose by BIC, which prefers fewer parameters, in place of AIC.
    #[arg(long)]
    pub bic: bool,
    /// Data sets drawn and fitted again for the p-value; 0 for none.
    #[arg(long, value_name = "N", default_value_t = 199, value_parser = clap::value_parser!(u32).range(0..=9_999))]
    pub refits: u32,
    /// The seed of those draws.
    #[arg(long, value_name = "N", default_value_t = 42)]
    pub seed: u64,
    /// Print all laws tried in this form, in place of the lines for a model file.
    #[arg(long, value_enum)]
    pub format: Option<TableFormat>,
}

fn pair(typed: &str) -> Result<(String, String), String> {
    let (column, value) = typed.split_once('=').ok_or("expected a column, =, and what it holds, such as provider=AWS")?;
    Ok((column.to_owned(), value.to_owned()))
}

/// Fits a failure mode.
pub fn fit(typed: &FitArgs, talk: Talk) -> Result<(), Error> {
    let reading = Reading {
        component: typed.component.clone(),
        only: typed.only.clone(),
        observed_from: typed.from.clone(),
        observed_until: typed.until.clone(),
        set_aside: typed.set_aside,
    };
    let criterion = if typed.bic { Criterion::Bic } else { Criterion::Aic };
    let stream = Stream::root(Seed(typed.seed)).named("fit");
    let options = Options { criterion, refits: typed.refits, ..Options::new(stream) };
    let fitted = run::fit_table(&FitRequest { input: typed.input.clone(), reading, options })?;
    for note in &fitted.notes {
        show::say(talk, note);
    }
    match typed.format {
        Some(format) => show::table(&fitted.laws(), format),
        None => show::data(fitted.mode.to_model_toml(&typed.name, &typed.strikes).as_bytes()),
    }
}

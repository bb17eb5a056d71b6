//! `plimsoll anomalies`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::args::{TableFormat, Talk};
use super::forecast::{ColumnArgs, framed};
use super::progress::Progress;
use super::{exit, show};
use crate::error::Error;
use crate::problem::Problem;
use crate::run::{self, AnomalyRequest, TableFile};

/// Flags of `anomalies`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll anomalies --input load.csv
  plimsoll anomalies --input load.parquet --id host --time ts --value cpu --ceiling 100 --output found.csv --plot found.png
  plimsoll anomalies --input load.csv --season 24,168 --fail-if-any --quiet

Each step is judged by what came before it, as if the series came in step by step. Kinds: spike, dip, dropout (zero where zeros are rare),
level_shift, variance_change; with hindsight also lasting_change (dated, with size and standard error), gap, and saturation where
--ceiling is given. Exit code 10 with --fail-if-any where a step was unusual.")]
pub struct AnomalyArgs {
    /// A CSV (also .gz, .zst) or Parquet file of series, one row an observation.
    #[arg(long, value_name = "FILE")]
    pub input: PathBuf,
    /// Its columns.
    #[command(flatten)]
    pub columns: ColumnArgs,
    /// Steps of each season, such as 24,168; 1 for none. Unless given they follow from the step.
    #[arg(long, value_name = "STEPS,…", value_delimiter = ',', value_parser = clap::value_parser!(u32).range(1..=200_000))]
    pub season: Vec<u32>,
    /// A ceiling that values cannot pass, in their unit: stretches at it are told as saturation.
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    pub ceiling: Option<f64>,
    /// Score from which a step is unusual, in standard deviations of a normal series with the tail of this one.
    #[arg(long, value_name = "SCORE", default_value_t = 6.0)]
    pub threshold: f64,
    /// Where the findings go (CSV or Parquet by its ending); stdout unless given.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Where a picture of the most unusual series goes (SVG or PNG by its ending).
    #[arg(long, value_name = "FILE")]
    pub plot: Option<PathBuf>,
    /// End with exit code 10 where any step was unusual; gaps, lasting changes and saturation do not count.
    #[arg(long)]
    pub fail_if_any: bool,
    /// How findings are printed to stdout.
    #[arg(long, value_enum, default_value_t = TableFormat::Table)]
    pub format: TableFormat,
}

/// Looks for anomalies.
pub fn anomalies(typed: &AnomalyArgs, talk: Talk) -> Result<ExitCode, Error> {
    let refuse = |message: String| Err(Error::Problems(vec![Problem::new("input/flag", &typed.input, message)]));
    if !(typed.threshold > 0.0 && typed.threshold.is_finite()) {
        return refuse(format!("--threshold {}: expected a score above 0, such as 6", typed.threshold));
    }
    if let Some(ceiling) = typed.ceiling.filter(|ceiling| !ceiling.is_finite()) {
        return refuse(format!("--ceiling {ceiling}: expected a finite number, such as 100"));
    }
    let request = AnomalyRequest {
        input: typed.input.clone(),
        columns: (&typed.columns).into(),
        seasons: (!typed.season.is_empty()).then(|| typed.season.iter().map(|season| *season as usize).collect()),
        ceiling: typed.ceiling,
        threshold: typed.threshold,
        text: typed.output.as_deref().is_none_or(|path| !run::is_parquet(path)),
    };
    let found = run::find_anomalies(&request, &Progress::new(talk))?;
    for sentence in &found.summary {
        show::say(talk, sentence);
    }
    if let Some(path) = &typed.plot {
        run::write_chart(path, &found.chart)?;
        show::say(talk, &format!("wrote {}", path.display()));
    }
    match &typed.output {
        Some(path) => {
            let mut file = TableFile::begin(path)?;
            file.write(&found.frame)?;
            file.publish()?;
            show::say(talk, &format!("wrote {}", path.display()));
        }
        None => show::table(&framed("anomalies", "What was found", &found.frame), typed.format)?,
    }
    Ok(if typed.fail_if_any && found.unusual > 0 { exit::judged(run::Verdict::Missed) } else { ExitCode::SUCCESS })
}

//! `plimsoll project`: growth into a capacity, from what people know alone.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::args::{TableFormat, Talk};
use super::show;
use crate::error::Error;
use crate::run::{self, Drawn, GrowthWords, ProjectRequest};

/// Flags of `project`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll project --start 1200 --growth 0.03 --volatility 0.02 --months 24 --capacity 3000
  plimsoll project --start lognormal:1000,1400 --growth normal:0.02,0.04 --volatility 0.02 --months 12 --capacity 2000,7=2500 \\
    --launch 4=lognormal:100,300 --step 10=0.9 --correlate growth,launch1=0.5 --precision 0.002

A law is given by its 10 % and 90 % points (lognormal, normal) or its ends (uniform). Growth is the expected growth of a month as a
share, volatility the standard deviation of the logarithm of a month's factor. Errors are standard errors.")]
pub struct ProjectArgs {
    /// Demand today: a number or a law.
    #[arg(long, value_name = "AMOUNT")]
    pub start: String,
    /// Expected growth a month, such as 0.03 for 3 %: a number or a law.
    #[arg(long, value_name = "SHARE", allow_hyphen_values = true)]
    pub growth: String,
    /// Standard deviation of the logarithm of a month's factor: a number or a law.
    #[arg(long, value_name = "SHARE")]
    pub volatility: String,
    /// Months looked ahead.
    #[arg(long, value_name = "N", default_value_t = 24, value_parser = clap::value_parser!(u16).range(1..=480))]
    pub months: u16,
    /// The capacity, and what it is from a month on, such as 3000,7=4500.
    #[arg(long, value_name = "AMOUNT[,MONTH=AMOUNT…]")]
    pub capacity: Option<String>,
    /// A launch: what it adds at the end of a month. May be repeated.
    #[arg(long, value_name = "MONTH=AMOUNT")]
    pub launch: Vec<String>,
    /// A step: what demand is multiplied by at the end of a month. May be repeated.
    #[arg(long, value_name = "MONTH=FACTOR")]
    pub step: Vec<String>,
    /// A rank correlation of two uncertain inputs: start, growth, volatility, launch1, step1, … May be repeated.
    #[arg(long, value_name = "INPUT,INPUT=R")]
    pub correlate: Vec<String>,
    /// How paths are drawn.
    #[arg(long, value_enum, default_value_t = Draws::Sobol)]
    pub sampling: Draws,
    /// Correct means by the path with median inputs, whose mean is known.
    #[arg(long)]
    pub control: bool,
    /// Stop when half of each 95 % interval is at most this share of its value, such as 0.01.
    #[arg(long, value_name = "SHARE")]
    pub precision: Option<f64>,
    /// Paths, rounded up to whole rounds of 32,768 (Sobol: to a power of two of them); the most where there is a precision.
    /// 131,072 unless given, 4,194,304 with a precision.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1 << 32))]
    pub paths: Option<u64>,
    /// Begin no further round that would end after so many seconds; only with a precision.
    #[arg(long, value_name = "SECONDS", requires = "precision")]
    pub time_limit: Option<f64>,
    /// The seed.
    #[arg(long, value_name = "N", default_value_t = 42)]
    pub seed: u64,
    /// Where the table goes (CSV or Parquet by its ending), in place of stdout.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// How the table is printed.
    #[arg(long, value_enum, default_value_t = TableFormat::Table)]
    pub format: TableFormat,
}

/// See [`ProjectArgs::sampling`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Draws {
    /// Scrambled Sobol points, paths by a Brownian bridge.
    Sobol,
    /// Scrambled Sobol points, paths by principal components.
    SobolPca,
    /// Pairs of paths with opposite draws.
    Antithetic,
    /// Independent draws.
    Plain,
}

/// Answers a growth question.
pub fn project(typed: &ProjectArgs, talk: Talk) -> Result<(), Error> {
    let words = GrowthWords {
        start: typed.start.clone(),
        growth: typed.growth.clone(),
        volatility: typed.volatility.clone(),
        months: usize::from(typed.months),
        capacity: typed.capacity.clone(),
        launches: typed.launch.clone(),
        steps: typed.step.clone(),
        correlations: typed.correlate.clone(),
    };
    let drawn = match typed.sampling {
        Draws::Sobol => Drawn::Bridge,
        Draws::SobolPca => Drawn::Components,
        Draws::Antithetic => Drawn::Antithetic,
        Draws::Plain => Drawn::Plain,
    };
    let projected = run::project_growth(&ProjectRequest {
        words,
        drawn,
        control: typed.control,
        precision: typed.precision,
        paths: typed.paths.unwrap_or(if typed.precision.is_some() { 1 << 22 } else { 1 << 17 }),
        time_limit: typed.time_limit,
        seed: typed.seed,
    })?;
    for sentence in &projected.summary {
        show::say(talk, sentence);
    }
    match &typed.output {
        Some(path) => {
            run::write_table(path, &projected.table)?;
            show::say(talk, &format!("wrote {}", path.display()));
            Ok(())
        }
        None => show::table(&projected.table, typed.format),
    }
}

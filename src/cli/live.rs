//! What may be asked of a server on the command line, and where inputs are.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::args::{IngestArgs, Talk};
use super::progress::Progress;
use crate::formats::{Input, Options, Reading, Stat};
use crate::ingest::store::Place;
use crate::live::{self, Access, Context, Counter, Limits, Query, Wall};
use crate::problem::Problem;
use crate::time::{Step, Timestamp};

type Problems = Vec<Problem>;

/// Flags for inputs that are servers.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "What is asked of a server (inputs that begin with http:// or https://)")]
pub struct LiveArgs {
    /// PromQL.
    #[arg(long, value_name = "PROMQL")]
    pub query: Option<String>,
    /// The first instant: a date, or such as 2026-11-24T12:00:00Z.
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    pub start: Option<Timestamp>,
    /// The end, not included; now unless given.
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    pub end: Option<Timestamp>,
    /// From one sample to the next, such as 5m.
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = step)]
    pub step: Step,
    /// The statistics of each step.
    #[arg(long, value_name = "STAT,…", value_delimiter = ',', default_value = "avg,max", value_parser = stat)]
    pub stats: Vec<Stat>,
    /// How often an expression is evaluated within a step.
    #[arg(long, value_name = "TIME", value_parser = step)]
    pub resolution: Option<Step>,
    /// What is asked of a counter; its rate unless given.
    #[arg(long, value_enum)]
    pub counter: Option<CounterArg>,
    /// The window of a counter's rate.
    #[arg(long, value_name = "TIME", value_parser = step)]
    pub rate_window: Option<Step>,
    /// The tenant (X-Scope-OrgID).
    #[arg(long, value_name = "NAME")]
    pub tenant: Option<String>,
    /// Keep finished answers in this folder, so that an interrupted fetch goes on where it was.
    #[arg(long, value_name = "DIR")]
    pub cache: Option<PathBuf>,
    /// Requests at a time.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub concurrency: u16,
    /// The time that one request may take.
    #[arg(long, value_name = "TIME", default_value = "1m", value_parser = step)]
    pub timeout: Step,
}

/// See [`LiveArgs::counter`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CounterArg {
    /// Its rate a second, averaged and at its peak.
    Rate,
    /// The total itself.
    Raw,
}

/// Standard input, or a server: what is no path.
pub fn is_elsewhere(text: &str) -> bool {
    text == "-" || text.starts_with("http://") || text.starts_with("https://")
}

/// Inputs as typed, to paths and other places. A server is known by everything that was asked of it.
pub fn places(typed: &IngestArgs) -> (Vec<Place>, Problems) {
    let (mut places, mut problems) = (Vec::new(), Vec::new());
    for text in &typed.inputs {
        if text == "-" {
            places.push(Place::Elsewhere(format!("stdin:{}", typed.name)));
        } else if is_elsewhere(text) {
            match typed.live.query_of(text, &Options::default()) {
                Ok(query) => places.push(Place::Elsewhere(known_as(&query))),
                Err(mut told) => problems.append(&mut told),
            }
        } else {
            let (files, mut told) = crate::ingest::store::inputs(&[PathBuf::from(text)], &typed.output);
            places.extend(files.into_iter().map(Place::Path));
            problems.append(&mut told);
        }
    }
    (places, problems)
}

/// The name of what a query gives: its address and everything that changes the answer.
fn known_as(query: &Query) -> String {
    let stats: Vec<&str> = query.stats.iter().map(|stat| stat.name()).collect();
    format!("{} {} from {} to {} by {} ({})", query.url, query.query, query.start, query.end, query.step, stats.join(","))
}

impl LiveArgs {
    /// The query to a server.
    ///
    /// # Errors
    /// `live/query` for what is missing or wrong.
    pub fn query_of(&self, url: &str, options: &Options) -> Result<Query, Problems> {
        let missing = |what: &str, help: &str| Problem::new("live/query", url, format!("saw no {what}, expected one")).help(help);
        let mut problems = Vec::new();
        let query = self.query.clone().unwrap_or_else(|| {
            problems.push(missing("query", "try --query 'sum by (instance) (rate(node_cpu_seconds_total{mode!=\"idle\"}[5m]))'"));
            String::new()
        });
        let start = self.start.unwrap_or_else(|| {
            problems.push(missing("start", "try --start 2026-11-01"));
            Timestamp(0)
        });
        if !problems.is_empty() {
            return Err(problems);
        }
        let mut asked = Query::new(url, &query, start, self.end.unwrap_or_else(now), self.step);
        asked.stats.clone_from(&self.stats);
        asked.resolution = self.resolution;
        asked.kind = options.kind;
        asked.counter = self.counter.map(|counter| if counter == CounterArg::Rate { Counter::Rate } else { Counter::Raw });
        asked.rate_window = self.rate_window;
        asked.tenant.clone_from(&self.tenant);
        asked.check()?;
        Ok(asked)
    }

    /// Asks a server.
    ///
    /// # Errors
    /// `live/*`.
    pub fn fetch(&self, url: &str, options: &Options, talk: Talk, reading: &mut Reading<'_>) -> Result<(), Problems> {
        let query = self.query_of(url, options)?;
        let access = Access::from_variables(&variable)?;
        let request = std::time::Duration::from_secs(self.timeout.0.max(1) as u64);
        let limits = Limits { concurrency: usize::from(self.concurrency), request, ..Limits::default() };
        let (observer, clock) = (Progress::new(talk), Wall::start());
        let context = Context {
            access: &access,
            limits: &limits,
            observer: &observer,
            clock: &clock,
            cache: self.cache.as_deref(),
            now: now(),
        };
        live::fetch_into(&query, &context, reading)
    }
}

/// Reads all of standard input.
///
/// # Errors
/// `ingest/unreadable`, `ingest/too-large`, and those of the format.
pub fn read_stdin(options: &Options, reading: &mut Reading<'_>) -> Result<(), Problems> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    let most = options.most_bytes;
    let read = std::io::stdin().lock().take(most + 1).read_to_end(&mut bytes);
    read.map_err(|error| vec![Problem::new("ingest/unreadable", "-", error.to_string())])?;
    if bytes.len() as u64 > most {
        let message = format!("saw more than {most} bytes on standard input, expected at most that");
        return Err(vec![Problem::new("ingest/too-large", "-", message).help("try to write it to a file first")]);
    }
    crate::formats::read_into(&Input::memory("-", bytes), options, reading)
}

#[expect(clippy::disallowed_methods, reason = "credentials come from the environment and nowhere else")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Now, on the step of a second.
#[expect(clippy::disallowed_methods, reason = "a range without an end goes to the present; the end is in what is written")]
fn now() -> Timestamp {
    Timestamp(jiff::Timestamp::now().as_second())
}

fn instant(text: &str) -> Result<Timestamp, String> {
    let exact = text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second);
    let day = || text.parse::<crate::time::Day>().ok().map(|day| i64::from(day.0) * crate::time::DAY_SECONDS);
    let at = exact.or_else(day);
    at.map(Timestamp).ok_or_else(|| "expected a date such as 2026-11-01 or an instant such as 2026-11-24T12:00:00Z".to_owned())
}

/// A span of time: `30s`, `5m`, `1h`, `1d`.
pub fn step(text: &str) -> Result<Step, String> {
    let wrong = || format!("`{text}`: expected a time such as 30s, 5m, 1h or 1d");
    let at = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: i64 = text[..at].parse().map_err(|_| wrong())?;
    let factor = match text[at..].trim() {
        "" | "s" => 1,
        "m" | "min" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return Err(wrong()),
    };
    number.checked_mul(factor).filter(|seconds| *seconds > 0).map(Step).ok_or_else(wrong)
}

fn stat(text: &str) -> Result<Stat, String> {
    let accepted = [Stat::Raw, Stat::Average, Stat::Minimum, Stat::Maximum, Stat::P95, Stat::P99];
    Stat::named(text).filter(|stat| accepted.contains(stat)).ok_or_else(|| "expected raw, avg, min, max, p95 or p99".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_and_instants_are_read_as_people_write_them() {
        assert_eq!((step("5m"), step("90"), step("1 d")), (Ok(Step(300)), Ok(Step(90)), Ok(Step(86_400))));
        assert!(step("0s").is_err() && step("m").is_err() && step("5x").is_err() && step("99999999999999999999d").is_err());
        assert_eq!(instant("1970-01-02"), Ok(Timestamp(86_400)));
        assert!(instant("yesterday").is_err());
    }
}

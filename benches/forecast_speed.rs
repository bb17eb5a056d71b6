//! What forecasting costs, in CPU time, on the series of a file: `scripts/bench-forecast` runs it beside other libraries.
//!
//! The file: a line with season and horizon, then a line a series, values apart by spaces. Printed: a line a measurement,
//! `method TAB unit TAB value`; times are the least of several rounds, after one series of warm-up.

#![allow(missing_docs, reason = "a program")]
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "a file is read, the clock is asked, figures are told")]

use std::time::Instant;

use plimsoll::forecast::auto::{Batch, Past, Settings, forecast_batch};
use plimsoll::forecast::methods::{ArimaSearch, AutoArima, Ces, EtsOptions, Fitted, Theta};
use plimsoll::stream::{Seed, Stream};
use rayon::ThreadPoolBuilder;

/// Paths that are drawn of each series.
const PATHS: u32 = 1_000;
/// ARIMA is searched on the first so many series: its peers are slow.
const ARIMA_SERIES: usize = 50;

struct Work {
    season: usize,
    horizon: usize,
    series: Vec<Vec<f64>>,
    rounds: usize,
}

fn main() {
    // `cargo bench` adds --bench
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["speed", file, series, rounds] => speed(&Work::read(file, number(series), number(rounds))),
        ["memory", file, series] => memory(&Work::read(file, number(series), 1)),
        _ => eprintln!("left out: run scripts/bench-forecast (speed FILE SERIES ROUNDS, or memory FILE SERIES)"),
    }
}

fn number(text: &str) -> usize {
    text.parse().unwrap_or_else(|_| panic!("saw {text}, expected a whole number"))
}

impl Work {
    fn read(file: &str, most: usize, rounds: usize) -> Self {
        let text = std::fs::read_to_string(file).unwrap_or_else(|told| panic!("{file}: {told}"));
        let mut lines = text.lines().map(|line| line.split_whitespace().map(|cell| cell.parse().expect("a number")).collect());
        let head: Vec<f64> = lines.next().expect("a line with season and horizon");
        Self { season: head[0] as usize, horizon: head[1] as usize, series: lines.take(most).collect(), rounds }
    }

    /// Milliseconds of CPU time a series that `one` takes over the first `most` series: the least of the rounds.
    fn each(&self, most: usize, one: impl Fn(&[f64]) -> f64) -> f64 {
        let series = &self.series[..most.min(self.series.len())];
        std::hint::black_box(one(&series[0]));
        let round = || series.iter().map(|past| one(past)).sum::<f64>();
        self.least(round) / series.len() as f64
    }

    /// Milliseconds of CPU time of the quickest round.
    fn least(&self, round: impl Fn() -> f64) -> f64 {
        let timed = |_| {
            let from = cpu();
            std::hint::black_box(round());
            cpu() - from
        };
        (0..self.rounds).map(timed).fold(f64::INFINITY, f64::min)
    }

    fn settings(&self) -> Settings {
        Settings { horizon: self.horizon, seasons: vec![self.season], shared_dates: false, ceiling: None, methods: None }
    }

    /// The whole default: selection, calibration, joint paths made ready.
    fn default(&self, series: &[Vec<Option<f64>>]) -> Batch {
        let pasts: Vec<Past> = series.iter().map(|values| Past { values, behind: 0, drivers: None }).collect();
        forecast_batch(&pasts, &self.settings(), Stream::root(Seed(1)))
    }

    fn stated(&self) -> Vec<Vec<Option<f64>>> {
        self.series.iter().map(|past| past.iter().copied().map(Some).collect()).collect()
    }
}

/// User and system time of this process in milliseconds, all threads.
fn cpu() -> f64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    now.tv_sec as f64 * 1e3 + now.tv_nsec as f64 / 1e6
}

fn told(method: &str, unit: &str, value: f64) {
    println!("{method}\t{unit}\t{value:.5}");
}

/// The last centre and width ahead: what every forecast has to have computed.
fn ahead(fit: Option<impl Fitted>, steps: usize) -> f64 {
    fit.map_or(0.0, |fit| {
        let outlook = fit.outlook(steps);
        outlook.centre[steps - 1] + outlook.sd[steps - 1]
    })
}

fn speed(work: &Work) {
    let (season, steps, all) = (work.season, work.horizon, work.series.len());
    let arima = |search| move |past: &[f64]| ahead(AutoArima { search, power: None }.fit(past, season), steps);
    told("ets", "ms", work.each(all, |past| ahead(EtsOptions::default().fit(past, season), steps)));
    told("dot", "ms", work.each(all, |past| ahead(Theta::DYNAMIC.fit(past, season), steps)));
    told("ces", "ms", work.each(all, |past| ahead(Ces::AUTO.fit(past, season), steps)));
    told("arima", "ms", work.each(ARIMA_SERIES, arima(ArimaSearch::Thorough)));
    told("arima fast", "ms", work.each(ARIMA_SERIES, arima(ArimaSearch::Fast)));
    whole(work);
}

fn whole(work: &Work) {
    let series = work.stated();
    let n = series.len() as f64;
    for threads in [1, 2] {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        let default = || pool.install(|| work.default(&series).series.iter().map(|one| one.median(0)).sum());
        pool.install(|| work.default(&series[..1]));
        told(&format!("default {threads}"), "ms", work.least(default) / n);
        let wall = |_| {
            let from = Instant::now();
            std::hint::black_box(default());
            from.elapsed().as_secs_f64() * 1e3 / n
        };
        told(&format!("default {threads} wall"), "ms", (0..work.rounds).map(wall).fold(f64::INFINITY, f64::min));
    }
    let pool = ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
    let batch = pool.install(|| work.default(&series));
    told("paths", "ms", work.least(|| paths(&batch, work.horizon)) / n);
    let alone = pool.install(|| work.default(&series[..1]));
    told("paths alone", "ms", work.least(|| paths(&alone, work.horizon)));
}

/// Every path of every series.
fn paths(batch: &Batch, steps: usize) -> f64 {
    let mut out = vec![0.0; steps];
    let mut sum = 0.0;
    for path in 0..PATHS {
        let dates = batch.joint.dates(path);
        for series in 0..batch.joint.len() {
            batch.joint.path(series, &dates, &mut out);
            sum += out[steps - 1];
        }
    }
    sum
}

/// The largest resident set of this process once all is forecast and all paths are drawn.
fn memory(work: &Work) {
    let pool = ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
    pool.install(|| std::hint::black_box(paths(&work.default(&work.stated()), work.horizon)));
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse::<f64>().ok());
    told("peak", "MiB", peak.map_or(f64::NAN, |peak| peak / 1024.0));
}

//! What anofox-forecast takes for the series of a file: `FILE SERIES ROUNDS`; see `benches/forecast_speed.rs` for the file and
//! what is printed.

#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "a file is read, figures are told")]

use std::hint::black_box;

use anofox_forecast::core::TimeSeries;
use anofox_forecast::models::Forecaster;
use anofox_forecast::models::exponential::AutoETS;
use anofox_forecast::models::theta::{AutoTheta, DynamicTheta};
use chrono::{DateTime, Utc};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [file, most, rounds] = args.as_slice() else { panic!("expected FILE SERIES ROUNDS") };
    let (most, rounds): (usize, usize) = (most.parse().expect("a number"), rounds.parse().expect("a number"));
    let text = std::fs::read_to_string(file).expect("the file of series");
    let mut lines = text.lines().map(|line| line.split_whitespace().map(|cell| cell.parse().expect("a number")).collect());
    let head: Vec<f64> = lines.next().expect("a line with season and horizon");
    let (season, horizon) = (head[0] as usize, head[1] as usize);
    let series: Vec<TimeSeries> = lines.take(most).map(dated).collect();
    told("ets", each(&series, rounds, horizon, || AutoETS::with_period(season)));
    told("dot", each(&series, rounds, horizon, || DynamicTheta::seasonal_optimized(season)));
    told("auto theta", each(&series, rounds, horizon, || AutoTheta::seasonal(season)));
}

/// The dates are not looked at by these methods, but must be there.
fn dated(values: Vec<f64>) -> TimeSeries {
    let dates: Vec<DateTime<Utc>> =
        (0..values.len()).map(|day| DateTime::from_timestamp(86_400 * day as i64, 0).expect("a date")).collect();
    TimeSeries::univariate(dates, values).expect("a series")
}

/// Milliseconds of CPU time a series: the least of the rounds, after one series of warm-up.
fn each<M: Forecaster>(series: &[TimeSeries], rounds: usize, horizon: usize, model: impl Fn() -> M) -> f64 {
    let one = |past: &TimeSeries| black_box(model().fit_predict(past, horizon)).is_ok();
    one(&series[0]);
    let round = |_| {
        let from = cpu();
        let fitted = series.iter().filter(|past| one(past)).count();
        let took = cpu() - from;
        if fitted < series.len() {
            eprintln!("anofox-forecast: {} of {} series were refused", series.len() - fitted, series.len());
        }
        took / series.len() as f64
    };
    (0..rounds).map(round).fold(f64::INFINITY, f64::min)
}

/// User and system time of this process in milliseconds.
fn cpu() -> f64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    now.tv_sec as f64 * 1e3 + now.tv_nsec as f64 / 1e6
}

fn told(method: &str, ms: f64) {
    println!("{method}\tms\t{ms:.5}");
}

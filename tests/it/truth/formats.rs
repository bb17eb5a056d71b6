//! Every file of `formats/` against its `expected.json`: what a right reader gets out of each sample.

use std::collections::BTreeMap;
use std::path::Path;

use plimsoll::formats::{Options, RawSeries, Reading, Stat};
use plimsoll::problem::Problem;
use plimsoll::source::{Kind, TimeForm};
use plimsoll::time::Zone;
use plimsoll::units::canonical;
use serde_json::Value;

use crate::support::truth;

const NANOS: i64 = 1_000_000_000;

fn nanos(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().unwrap().as_nanosecond() as i64
}

/// What has to be declared of a file, as its entry says.
fn declared(entry: &Value) -> Options {
    let text = |key: &str| entry[key].as_str();
    let columns = entry["needs_columns"].as_array();
    Options {
        zone: text("needs_tz").map(|name| Zone::named(name).unwrap()),
        // the instant of a snapshot: any will do, spots have no time then
        at: text("needs_instant").map(|_| nanos("2026-11-24T00:00:00Z")),
        origin: text("needs_origin").map(nanos),
        columns: columns.map(|names| names.iter().map(|name| name.as_str().unwrap().to_owned()).collect()),
        time: text("needs_precision").map_or(TimeForm::Auto, |precision| TimeForm::Epoch {
            per_second: [("s", 1), ("ms", 1_000), ("us", 1_000_000), ("ns", 1_000_000_000)]
                .iter()
                .find(|(name, _)| *name == precision)
                .unwrap_or_else(|| panic!("precision {precision}"))
                .1,
        }),
        ..Options::default()
    }
}

#[cfg(feature = "frames")]
fn read(path: &Path, options: &Options) -> Result<Reading<'static>, Vec<Problem>> {
    plimsoll::ingest::read_export(path, options)
}

#[cfg(not(feature = "frames"))]
fn read(path: &Path, options: &Options) -> Result<Reading<'static>, Vec<Problem>> {
    plimsoll::formats::read_path(path, options)
}

/// Whether all values of a selector are among the name and labels of a series.
fn matches(series: &RawSeries, selector: &Value) -> bool {
    selector.as_object().unwrap().values().all(|value| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        series.id.metric == value || series.id.labels.values().any(|label| *label == value)
    })
}

fn close(a: f64, b: f64) -> bool {
    a == b || (a - b).abs() <= 1e-9 * a.abs().max(b.abs())
}

/// What differs between a reading and an expectation.
fn differences(reading: &Reading<'_>, expected: &BTreeMap<String, Value>) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut same = |what: &str, got: Value| {
        let default =
            if what == "infinite" || what == "empty_series" || what == "missing" { Value::from(0) } else { Value::Null };
        let want = expected.get(what).cloned().unwrap_or(default);
        if got != want {
            wrong.push(format!("{what} is {got}, expected {want}"));
        }
    };
    let full = || reading.series.iter().filter(|series| !series.at.is_empty());
    same("series", full().count().into());
    same("points", full().map(|series| series.at.len()).sum::<usize>().into());
    same("missing", reading.series.iter().map(|series| series.missing).sum::<u64>().into());
    same("infinite", reading.series.iter().map(|series| series.infinite).sum::<u64>().into());
    same("empty_series", reading.series.iter().filter(|series| series.at.is_empty() && series.missing > 0).count().into());
    let tolerance = expected.get("time_tolerance_seconds").and_then(Value::as_f64).unwrap_or(0.0).max(0.001);
    let near = |a: i64, b: i64| (a - b).abs() as f64 <= tolerance * 1e9 + 1.0;
    for (what, got) in
        [("first", full().flat_map(|s| s.at.iter().copied()).min()), ("last", full().flat_map(|s| s.at.iter().copied()).max())]
    {
        if let Some(want) = expected.get(what).and_then(Value::as_str)
            && !got.is_some_and(|got| near(got, nanos(want)))
        {
            let got = got.map(|at| jiff::Timestamp::from_nanosecond(i128::from(at)).unwrap().to_string());
            wrong.push(format!("{what} is {got:?}, expected {want}"));
        }
    }
    wrong.extend(step(reading, expected));
    wrong.extend(meaning(reading, expected));
    let shift = expected.get("spot_shift_seconds").and_then(Value::as_i64).unwrap_or(0) * NANOS;
    for spot in expected["spot"].as_array().unwrap() {
        if let Some(told) = spotted(reading, spot, shift, &near) {
            wrong.push(format!("{spot}: {told}"));
        }
    }
    if expected.get("incomplete").is_some_and(|value| *value != Value::Bool(false)) && reading.incomplete.is_none() {
        wrong.push("it is incomplete, and that is not said".to_owned());
    }
    wrong
}

/// The median step, and whether all are equal.
fn step(reading: &Reading<'_>, expected: &BTreeMap<String, Value>) -> Vec<String> {
    let Some(want) = expected.get("step_seconds").and_then(Value::as_f64) else { return Vec::new() };
    let mut apart = Vec::new();
    for series in &reading.series {
        let mut stamps: Vec<i64> = series.at.iter().chain(&series.missing_at).copied().collect();
        stamps.sort_unstable();
        apart.extend(stamps.windows(2).map(|pair| pair[1] - pair[0]));
    }
    apart.sort_unstable();
    let Some(median) = apart.get(apart.len() / 2) else { return vec!["there is no step".to_owned()] };
    let seconds = *median as f64 / NANOS as f64;
    if (seconds - want).abs() > 0.02 * want { vec![format!("step is {seconds} s, expected {want}")] } else { Vec::new() }
}

/// Kind and unit by metric, where the file or its producer's documentation state them.
fn meaning(reading: &Reading<'_>, expected: &BTreeMap<String, Value>) -> Vec<String> {
    let mut wrong = Vec::new();
    let of = |metric: &str| -> Vec<&RawSeries> {
        let table = |series: &&RawSeries| {
            let named = series.id.metric == metric || series.id.labels.values().any(|label| label == metric);
            let in_table = metric
                .split_once('.')
                .is_some_and(|(table, name)| series.id.metric == name && series.id.labels.values().any(|label| label == table));
            metric == "*" || named || in_table
        };
        reading.series.iter().filter(|series| !series.at.is_empty()).filter(table).collect()
    };
    for (metric, kind) in expected.get("kind").and_then(Value::as_object).into_iter().flatten() {
        let want = match kind.as_str().unwrap() {
            "counter" => Kind::Counter,
            "delta" => Kind::Delta,
            _ => Kind::Gauge,
        };
        let found = of(metric);
        if found.is_empty() || found.iter().any(|series| series.kind != Some(want)) {
            let seen: Vec<_> = found.iter().map(|series| series.kind).take(1).collect();
            wrong.push(format!("kind of {metric} is {seen:?}, expected {want:?}"));
        }
    }
    for (metric, unit) in expected.get("unit").and_then(Value::as_object).into_iter().flatten() {
        // how many samples a bin had is a plain number, whatever the metric's unit: the spots of SampleCount have none
        let found: Vec<&RawSeries> = of(metric).into_iter().filter(|series| series.id.stat != Stat::Count).collect();
        let good = |series: &&&RawSeries| series.unit.as_ref().is_some_and(|written| canonical(written).0 == *unit);
        if found.is_empty() || found.iter().any(|series| !good(&series)) {
            let seen: Vec<_> = found.iter().map(|series| series.unit.clone()).take(1).collect();
            wrong.push(format!("unit of {metric} is {seen:?}, expected {unit}"));
        }
    }
    wrong
}

/// What is wrong with a sample to compare.
fn spotted(reading: &Reading<'_>, spot: &Value, shift: i64, near: &dyn Fn(i64, i64) -> bool) -> Option<String> {
    let found: Vec<&RawSeries> = reading.series.iter().filter(|series| matches(series, &spot["series"])).collect();
    let [series] = found[..] else {
        let names: Vec<String> = reading.series.iter().take(8).map(|series| series.id.to_string()).collect();
        return Some(format!("{} series match; there are {names:?}", found.len()));
    };
    let time = spot["time"].as_str().map(|text| nanos(text) + shift);
    let at: Vec<usize> = (0..series.at.len()).filter(|at| time.is_none_or(|time| near(series.at[*at], time))).collect();
    let want = spot["value"].as_f64().unwrap();
    let factor = series.unit.as_ref().map_or(1.0, |unit| canonical(unit).1);
    let good = |at: &usize| {
        let value = series.values.at(*at).real();
        let base = spot["canonical"]["value"].as_f64();
        base.map_or_else(|| close(value, want) || close(value * factor, want), |base| close(value * factor, base))
    };
    if at.iter().any(good) {
        return None;
    }
    let seen: Vec<f64> = at.iter().map(|at| series.values.at(*at).real()).collect();
    Some(format!("seen {seen:?} [{:?}]", series.unit))
}

/// The expectation, and each other reading that is right too.
fn variants(entry: &Value) -> Vec<BTreeMap<String, Value>> {
    let main: BTreeMap<String, Value> =
        entry.as_object().unwrap().iter().map(|(key, value)| (key.clone(), value.clone())).collect();
    let mut all = vec![main.clone()];
    for other in entry["also_ok"].as_array().into_iter().flatten() {
        let mut variant = main.clone();
        variant.extend(other.as_object().unwrap().iter().map(|(key, value)| (key.clone(), value.clone())));
        all.push(variant);
    }
    all
}

/// Words that carry the sense of a reason.
fn words(text: &str) -> Vec<String> {
    let split = text.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase);
    split.filter(|word| word.len() >= 4 || word.parse::<u64>().is_ok()).collect()
}

/// A refusal names a reason in the sense of the expected one, and what to do.
fn refused(outcome: Result<Reading<'static>, Vec<Problem>>, entry: &Value) -> Vec<String> {
    let Err(problems) = outcome else { return vec!["it was read, expected to be refused".to_owned()] };
    let told = problems
        .iter()
        .map(|problem| format!("{} {}", problem.message, problem.help.as_deref().unwrap_or("")))
        .collect::<String>();
    let (said, reason) = (words(&told), words(entry["refuse_reason"].as_str().unwrap()));
    let mut wrong = Vec::new();
    if !reason.iter().any(|word| said.iter().any(|other| other.starts_with(word.trim_end_matches('s')))) {
        wrong.push(format!("`{told}` is not in the sense of `{}`", entry["refuse_reason"]));
    }
    if problems[0].help.is_none() {
        wrong.push(format!("`{told}` does not say what to do instead"));
    }
    if let Some(count) = entry["inventory"].as_u64()
        && !said.contains(&count.to_string())
    {
        wrong.push(format!("`{told}` does not say that it lists {count} things"));
    }
    wrong
}

#[test]
fn every_export_is_read_as_expected() {
    let Some(root) = truth("formats") else { return };
    let expected: BTreeMap<String, Value> = serde_json::from_slice(&std::fs::read(root.join("expected.json")).unwrap()).unwrap();
    let only = std::env::var("PLIMSOLL_ONLY").ok();
    let (mut wrong, mut read_well) = (Vec::new(), BTreeMap::<String, usize>::new());
    for (name, entry) in expected.iter().filter(|(name, _)| only.as_ref().is_none_or(|only| name.contains(only))) {
        let (tier, options) = (entry["tier"].as_str().unwrap(), declared(entry));
        let outcome = read(&root.join(name.trim_end_matches('/')), &options);
        let told = match (tier, outcome) {
            ("refuse", outcome) => refused(outcome, entry),
            (_, Ok(reading)) => {
                let formats = [entry["format"].as_str().unwrap(), "hive", "parquet"];
                let each: Vec<Vec<String>> = variants(entry).iter().map(|one| differences(&reading, one)).collect();
                let mut told = if each.iter().any(Vec::is_empty) { Vec::new() } else { each[0].clone() };
                if !formats.contains(&reading.format) {
                    told.push(format!("taken for {} ({})", reading.format, reading.why));
                }
                told
            }
            (_, Err(problems)) => problems.iter().take(3).map(ToString::to_string).collect(),
        };
        if told.is_empty() {
            *read_well.entry(tier.to_owned()).or_default() += 1;
        } else {
            wrong.push(format!("{name} ({tier}, {}):\n    {}", entry["format"], told.join("\n    ")));
        }
    }
    println!("as expected: {read_well:?}");
    assert!(wrong.is_empty(), "{} files are not as expected:\n{}", wrong.len(), wrong.join("\n"));
}

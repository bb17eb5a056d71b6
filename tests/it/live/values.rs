//! Values are those of the samples: bin by bin, whatever the splitting.

use std::collections::BTreeMap;

use plimsoll::formats::{NANOS, RawSeries, Reading, Stat};
use plimsoll::live::{Counter, Limits};
use plimsoll::source::Kind;
use plimsoll::time::{Step, Timestamp};

use super::oracle::{EDGE, Samples, Server, server, victoria};
use super::proxy::{Action, Proxy};
use super::{END, START, Setting, query, same};

/// Average and largest of the samples of each bin, by the bin's start in seconds.
fn bins(samples: &[(i64, f64)], step: i64) -> BTreeMap<i64, (f64, f64)> {
    let mut found: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
    for (at, value) in samples {
        found.entry(at.div_euclid(step * 1_000) * step).or_default().push(*value);
    }
    let both = |values: &Vec<f64>| {
        let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        (values.iter().sum::<f64>() / values.len() as f64, largest)
    };
    found.iter().map(|(start, values)| (*start, both(values))).collect()
}

fn only<'s>(samples: &'s Samples, name: &str) -> &'s [(i64, f64)] {
    let mut found = samples.iter().filter(|(series, _)| series.split('{').next() == Some(name));
    let (_, samples) = found.next().unwrap();
    assert!(found.next().is_none());
    samples
}

fn series<'r>(reading: &'r Reading<'_>, stat: Stat) -> &'r RawSeries {
    let mut found = reading.series.iter().filter(|series| series.id.stat == stat);
    let series = found.next().unwrap_or_else(|| panic!("no {}", stat.name()));
    assert!(found.next().is_none());
    series
}

fn close(seen: f64, expected: f64) -> bool {
    (seen - expected).abs() <= 1e-9 * expected.abs().max(1e-300)
}

#[track_caller]
fn assert_values(series: &RawSeries, expected: &BTreeMap<i64, f64>) {
    let seconds: Vec<i64> = series.at.iter().map(|at| at / NANOS).collect();
    assert_eq!(seconds, expected.keys().copied().collect::<Vec<i64>>(), "{}", series.id);
    for ((at, seen), expected) in seconds.iter().zip(series.values.reals()).zip(expected.values()) {
        assert!(close(seen, *expected), "{} at {at}: {seen}, expected {expected}", series.id);
    }
}

fn averages_and_maxima_are_those_of_the_samples(server: &Server) {
    let url = format!("http://127.0.0.1:{}", server.port);
    for name in ["node_load1", "node_load15", "node_filesystem_avail_bytes", "node_filesystem_size_bytes"] {
        // 7 and 301 seconds meet samples on their edges; 7 seconds are more than 11,000 bins.
        for step in [7, 301, 300, 3_600, 86_400] {
            if step == 7 && name != "node_load1" {
                continue;
            }
            let setting = Setting::with(Limits { points: i64::MAX, ..Limits::default() });
            let reading = setting.fetch(&query(&url, name, step)).unwrap();
            let expected = bins(only(&server.samples, name), step);
            let (average, maximum) = (series(&reading, Stat::Average), series(&reading, Stat::Maximum));
            assert_values(average, &expected.iter().map(|(at, both)| (*at, both.0)).collect());
            assert_values(maximum, &expected.iter().map(|(at, both)| (*at, both.1)).collect());
            assert_eq!((average.id.metric.as_str(), average.id.labels["stat"].as_str()), (name, "avg"));
            assert_eq!((maximum.id.labels["job"].as_str(), maximum.id.labels["stat"].as_str()), ("node", "max"));
        }
    }
}

fn a_sample_belongs_to_the_bin_that_begins_with_it(server: &Server) {
    let url = format!("http://127.0.0.1:{}", server.port);
    let mut asked = query(&url, "edge", 300);
    (asked.start, asked.end) = (Timestamp(EDGE - 600), Timestamp(EDGE + 900));
    asked.stats = vec![Stat::Count, Stat::Minimum, Stat::Maximum];
    let reading = Setting::default().fetch(&asked).unwrap();
    let expect = |values: [f64; 3]| BTreeMap::from([(EDGE - 300, values[0]), (EDGE, values[1]), (EDGE + 300, values[2])]);
    assert_values(series(&reading, Stat::Count), &expect([1.0, 2.0, 2.0]));
    assert_values(series(&reading, Stat::Minimum), &expect([1.0, 2.0, 4.0]));
    assert_values(series(&reading, Stat::Maximum), &expect([1.0, 3.0, 5.0]));
    let labels = &reading.series[0].id.labels;
    assert_eq!((labels["exported_stat"].as_str(), labels["stat"].as_str()), ("own", "count"));
}

#[test]
fn prometheus_gives_the_average_and_the_peak_of_each_bin() {
    let Some(server) = server() else { return };
    averages_and_maxima_are_those_of_the_samples(&server);
    a_sample_belongs_to_the_bin_that_begins_with_it(&server);
}

#[test]
fn victoria_metrics_gives_the_same() {
    let Some(server) = victoria() else { return };
    averages_and_maxima_are_those_of_the_samples(&server);
    a_sample_belongs_to_the_bin_that_begins_with_it(&server);
}

#[test]
fn splitting_changes_nothing() {
    let Some(server) = server() else { return };
    let proxy = Proxy::before(server.port, |_| Action::Pass);
    let asked = query(&proxy.url(), "{job=\"node\",__name__=\"node_load1\"}", 600);
    let whole = Setting::default().fetch(&asked).unwrap();
    assert_eq!(proxy.ranges().len(), 2, "one request a statistic");
    for points in [50, 7, 1] {
        let before = proxy.ranges().len();
        let reading = Setting::with(Limits { points, ..Limits::default() }).fetch(&asked).unwrap();
        same(&whole, &reading);
        let ranges = proxy.ranges().split_off(before);
        assert!(ranges.len() as i64 > 2 * 160 / points);
        assert!(ranges.iter().all(|seen| seen.points() <= points), "{points}");
    }
}

#[test]
fn no_request_asks_for_more_than_prometheus_answers() {
    let Some(server) = server() else { return };
    let proxy = Proxy::before(server.port, |_| Action::Pass);
    Setting::with(Limits { points: 1 << 40, ..Limits::default() }).fetch(&query(&proxy.url(), "node_load1", 5)).unwrap();
    assert_eq!(proxy.ranges().iter().map(super::proxy::Seen::points).max(), Some(11_000));
}

#[test]
fn expressions_are_evaluated_within_each_bin() {
    let Some(server) = server() else { return };
    let url = format!("http://127.0.0.1:{}", server.port);
    let mut asked = query(&url, "node_load1{job=\"node\"} * 2 # twice", 300);
    (asked.resolution, asked.name) = (Some(Step(60)), Some("twice".to_owned()));
    asked.stats.push(Stat::P95);
    let reading = Setting::default().fetch(&asked).unwrap();
    // What the server sees at an instant: the last sample of the five minutes before.
    let samples = only(&server.samples, "node_load1");
    let seen_at =
        |at: i64| samples.iter().rev().find(|(time, _)| *time <= at * 1_000).filter(|(time, _)| at * 1_000 - time < 300_000);
    let mut expected = BTreeMap::new();
    for start in (START.div_euclid(300)..=(END - 1).div_euclid(300)).map(|bin| bin * 300) {
        let values: Vec<f64> = (0..5).filter_map(|minute| seen_at(start + 60 * minute)).map(|(_, value)| 2.0 * value).collect();
        if !values.is_empty() {
            expected.insert(
                start,
                (values.iter().sum::<f64>() / values.len() as f64, values.iter().copied().fold(f64::MIN, f64::max)),
            );
        }
    }
    assert_values(series(&reading, Stat::Average), &expected.iter().map(|(at, both)| (*at, both.0)).collect());
    assert_values(series(&reading, Stat::Maximum), &expected.iter().map(|(at, both)| (*at, both.1)).collect());
    assert_eq!(series(&reading, Stat::P95).id.metric, "twice");
    assert!(reading.questions.is_empty(), "{:?}", reading.questions);
}

#[test]
fn a_counter_is_asked_for_as_a_rate_or_as_it_stands() {
    let Some(server) = server() else { return };
    let url = format!("http://127.0.0.1:{}", server.port);
    let samples = only(&server.samples, "node_cpu_seconds_total");
    let mut asked = query(&url, "node_cpu_seconds_total", 3_600);
    let rates = Setting::default().fetch(&asked).unwrap();
    assert_eq!(rates.questions[0].flag, "--counter");
    let average = series(&rates, Stat::Average);
    assert_eq!((average.kind, average.unit.as_deref()), (Some(Kind::Gauge), None));
    let total: f64 = average.values.reals().iter().map(|rate| rate * 3_600.0).sum();
    let grown = samples.last().unwrap().1 - samples[0].1;
    assert!((total / grown - 1.0).abs() < 0.04, "{total} of {grown}");
    let peaks = series(&rates, Stat::Maximum).values.reals();
    assert!(peaks.iter().zip(average.values.reals()).all(|(peak, average)| *peak >= average));

    asked.counter = Some(Counter::Raw);
    asked.step = Step(600);
    let raw = Setting::default().fetch(&asked).unwrap();
    let counter = series(&raw, Stat::Raw);
    assert_eq!(
        (counter.kind, counter.unit.as_deref(), raw.series.len(), raw.questions.len()),
        (Some(Kind::Counter), Some("seconds"), 1, 0)
    );
    for (at, value) in counter.at.iter().zip(counter.values.reals()) {
        let before = samples.iter().rev().find(|(time, _)| time * 1_000_000 <= *at).unwrap();
        assert_eq!(value, before.1);
    }
}

#[test]
fn markers_of_no_value_are_counted_and_metrics_of_unknown_kind_are_asked_about() {
    let Some(server) = server() else { return };
    let mut asked = query(&format!("http://127.0.0.1:{}/", server.port), "odd", 60);
    (asked.start, asked.end, asked.stats) = (Timestamp(EDGE), Timestamp(EDGE + 300), vec![Stat::Raw]);
    let reading = Setting::default().fetch(&asked).unwrap();
    let series = &reading.series[0];
    assert_eq!((series.values.reals(), series.missing, series.infinite), (vec![1.0, 4.0], 1, 2));
    assert_eq!(reading.questions[0].flag, "--kind");
    assert!(reading.why.contains("Prometheus 2."), "{}", reading.why);
}

#[test]
fn bins_that_are_not_over_are_not_asked_for() {
    let Some(server) = server() else { return };
    let asked = query(&format!("http://127.0.0.1:{}", server.port), "node_load1", 300);
    let setting = Setting { now: EDGE + 299, ..Setting::default() };
    let reading = setting.fetch(&asked).unwrap();
    assert_eq!(series(&reading, Stat::Maximum).at.last(), Some(&((EDGE - 300) * NANOS)));
    assert!(reading.findings.iter().any(|finding| finding.kind == "not-over"));
}

#[test]
fn an_answer_without_samples_is_a_problem() {
    let Some(server) = server() else { return };
    let told = Setting::default().refused(&query(&format!("http://127.0.0.1:{}", server.port), "nothing_of_the_kind", 300));
    assert_eq!(told[0].slug, "ingest/no-data");
}

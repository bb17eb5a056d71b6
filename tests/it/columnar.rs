//! Files of columns: which column is what, and what the types say of times.

use std::fs;
use std::path::{Path, PathBuf};

use plimsoll::formats::{Mapping, Number, OnInvalid, Options, Reading};
use plimsoll::ingest::read_export;
use plimsoll::problem::Problem;
use plimsoll::time::Zone;
use polars::prelude::{
    Column, DataFrame, DataType, IntoColumn, IpcWriter, NamedFrom, ParquetWriter, SerWriter, Series, TimeUnit, TimeZone,
};
use tempfile::TempDir;

const SECOND: i64 = 1_000_000_000;
const START: i64 = 1_788_220_800; // 2026-09-01T00:00:00Z

fn parquet(path: &Path, columns: &[Column]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut frame = DataFrame::new(columns[0].len(), columns.to_vec()).unwrap();
    ParquetWriter::new(fs::File::create(path).unwrap()).with_row_group_size(Some(2)).finish(&mut frame).unwrap();
}

/// Reads columns that were written as Parquet.
fn read(columns: &[Column], options: &Options) -> Result<Reading<'static>, Vec<Problem>> {
    let (_folder, path) = written(columns);
    read_export(&path, options)
}

fn written(columns: &[Column]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("no-ending");
    parquet(&path, columns);
    (folder, path)
}

fn times(unit: TimeUnit, zone: Option<TimeZone>) -> Column {
    let each = match unit {
        TimeUnit::Nanoseconds => SECOND,
        TimeUnit::Microseconds => 1_000_000,
        TimeUnit::Milliseconds => 1_000,
    };
    let at: Vec<i64> = (0..4).map(|row| (START + 60 * row) * each).collect();
    Series::new("ts".into(), at).cast(&DataType::Datetime(unit, zone)).unwrap().into_column()
}

fn utc() -> Column {
    times(TimeUnit::Milliseconds, Some(TimeZone::UTC))
}

fn load() -> Column {
    Series::new("load_pct".into(), [1.0, 2.5, f64::NAN, 4.0]).into_column()
}

fn names(reading: &Reading<'_>) -> Vec<String> {
    let mut names: Vec<String> = reading.series.iter().map(|series| series.id.to_string()).collect();
    names.sort();
    names
}

fn kinds(reading: &Reading<'_>) -> Vec<&'static str> {
    reading.findings.iter().map(|finding| finding.kind).collect()
}

#[test]
fn every_unit_of_an_instant_is_the_same_instant() {
    for unit in [TimeUnit::Nanoseconds, TimeUnit::Microseconds, TimeUnit::Milliseconds] {
        for zone in ["UTC", "Europe/Berlin"] {
            let zone = TimeZone::opt_try_new(Some(zone)).unwrap();
            let reading = read(&[times(unit, zone), load()], &Options::default()).unwrap();
            let series = &reading.series[0];
            assert_eq!(series.at, [START * SECOND, (START + 60) * SECOND, (START + 180) * SECOND]);
            assert_eq!((series.missing, series.unit.as_deref()), (1, Some("percent")));
            assert!(reading.questions.is_empty());
        }
    }
}

#[test]
fn times_without_a_zone_ask_for_it() {
    let columns = [times(TimeUnit::Microseconds, None), load()];
    let reading = read(&columns, &Options::default()).unwrap();
    assert_eq!(reading.questions[0].flag, "--tz");
    assert_eq!(reading.series[0].at[0], START * SECOND);
    let berlin = Options { zone: Some(Zone::named("Europe/Berlin").unwrap()), ..Options::default() };
    let reading = read(&columns, &berlin).unwrap();
    assert!(reading.questions.is_empty());
    assert_eq!(reading.series[0].at[0], (START - 7_200) * SECOND);
}

#[test]
fn text_tells_series_apart_and_numbers_are_metrics() {
    let host = Series::new("host".into(), ["a", "b", "a", "b"]).into_column();
    let octets = Series::new("octets_total".into(), [u64::MAX, 1, u64::MAX, 2]).into_column();
    let key = Series::new("vm_id".into(), [7, 8, 7, 8]).into_column();
    let reading = read(&[utc(), host, key, octets, load()], &Options::default()).unwrap();
    assert_eq!(
        names(&reading),
        [
            r#"load_pct{host="a",vm_id="7"}"#,
            r#"load_pct{host="b",vm_id="8"}"#,
            r#"octets_total{host="a",vm_id="7"}"#,
            r#"octets_total{host="b",vm_id="8"}"#
        ]
    );
    let octets = reading.series.iter().find(|series| series.id.metric == "octets_total").unwrap();
    assert_eq!((octets.values.at(0), octets.kind), (Number::Whole(u64::MAX), Some(plimsoll::source::Kind::Counter)));
    assert!(kinds(&reading).contains(&"numeric-label"));
}

#[test]
fn a_metric_column_beside_one_value_is_the_long_form() {
    let metric = Series::new("metric".into(), ["cpu", "mem", "cpu", "mem"]).into_column();
    let unit = Series::new("unit".into(), ["percent", "MiB", "percent", "MiB"]).into_column();
    let stat = Series::new("stat".into(), ["Average", "Maximum", "Average", "Maximum"]).into_column();
    let value = Series::new("value".into(), [1, 2, 3, 4]).into_column();
    let reading = read(&[utc(), metric, unit, stat, value], &Options::default()).unwrap();
    assert_eq!(names(&reading), [r#"cpu{stat="Average"}"#, r#"mem{stat="Maximum"}"#]);
    let units: Vec<Option<&str>> = reading.series.iter().map(|series| series.unit.as_deref()).collect();
    assert_eq!(units, [Some("percent"), Some("MiB")]);
}

#[test]
fn whole_numbers_named_as_times_are_epochs_or_ask_for_their_origin() {
    let epoch: Vec<i64> = (0..4).map(|row| (START + 60 * row) * 1_000).collect();
    let reading = read(&[Series::new("event_time".into(), epoch).into_column(), load()], &Options::default()).unwrap();
    assert_eq!(reading.series[0].at[0], START * SECOND);
    let relative = [Series::new("time".into(), [0, 60, 120, 180]).into_column(), load()];
    assert_eq!(read(&relative, &Options::default()).err().unwrap()[0].slug, "ingest/needs-origin");
    let options = Options { origin: Some(START * SECOND), ..Options::default() };
    assert_eq!(read(&relative, &options).unwrap().series[0].at[1], (START + 60) * SECOND);
}

#[test]
fn a_table_that_does_not_fit_lists_its_columns_and_a_mapping() {
    let when = Series::new("when".into(), ["2026-09-01T00:00:00Z", "2026-09-01T00:01:00Z"]).into_column();
    let machine = Series::new("machine".into(), ["web", "web"]).into_column();
    let load = Series::new("load".into(), ["0.5", "n/a?"]).into_column();
    let columns = [when, machine, load];
    let problem = &read(&columns, &Options::default()).err().unwrap()[0];
    assert!(problem.message.contains("when (text), machine (text), load (text)"), "{problem}");
    assert!(problem.help.as_ref().unwrap().contains("--map timestamp=when,entity=machine,value=load"), "{problem}");
    let mapping = Mapping {
        time: Some("when".to_owned()),
        entity: Some(vec!["machine".to_owned()]),
        value: vec!["load".to_owned()],
        ..Mapping::default()
    };
    let mut options = Options { mapping, ..Options::default() };
    let problem = &read(&columns, &options).err().unwrap()[0];
    assert!(problem.message.contains("saw `n/a?` in row 2"), "{problem}");
    (options.on_invalid, options.max_bad) = (OnInvalid::Null, 0.5);
    let reading = read(&columns, &options).unwrap();
    assert_eq!((names(&reading), reading.series[0].missing), (vec![r#"load{machine="web"}"#.to_owned()], 1));
    options.mapping.value = vec!["Load".to_owned()];
    let problem = &read(&columns, &options).err().unwrap()[0];
    assert_eq!((problem.slug, problem.help.as_deref()), ("ingest/missing-column", Some("did you mean `load`?")));
}

#[test]
fn rows_without_a_time_are_refused_or_counted() {
    let at = Series::new("ts".into(), [Some(START), None, Some(START + 120), Some(START + 180)]);
    let columns = [at.into_column(), load()];
    assert_eq!(read(&columns, &Options::default()).err().unwrap()[0].slug, "ingest/bad-time");
    let options = Options { on_invalid: OnInvalid::Null, ..Options::default() };
    assert_eq!(read(&columns, &options).err().unwrap()[0].slug, "ingest/too-many-bad");
    let reading = read(&columns, &Options { max_bad: 0.25, ..options }).unwrap();
    assert!(kinds(&reading).contains(&"no-time"));
    assert_eq!(reading.series[0].at.len(), 2);
}

#[test]
fn partitions_are_labels_unless_they_are_dates() {
    let folder = tempfile::tempdir().unwrap();
    for (zone, day) in [("eu%2F1", 1), ("us", 1), ("us", 2)] {
        let path = folder.path().join(format!("zone={zone}/year=2026/day={day}/part-0.parquet"));
        parquet(&path, &[utc(), load()]);
    }
    fs::write(folder.path().join("_SUCCESS"), "").unwrap();
    let reading = read_export(folder.path(), &Options::default()).unwrap();
    assert_eq!(names(&reading), [r#"load_pct{zone="eu/1"}"#, r#"load_pct{zone="us"}"#]);
    assert_eq!((reading.format, reading.rows), ("hive", 12));
    assert!(!kinds(&reading).contains(&"stray-file"));
}

#[test]
fn arrow_files_are_read_with_categories() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.parquet"); // the ending lies, the first bytes do not
    let host = Series::new("host".into(), ["a", "b", "a", "b"]);
    let host = host.cast(&DataType::from_categories(polars::prelude::Categories::global())).unwrap().into_column();
    let mut frame = DataFrame::new(4, vec![utc(), host, load()]).unwrap();
    IpcWriter::new(fs::File::create(&path).unwrap()).finish(&mut frame).unwrap();
    let reading = read_export(&path, &Options::default()).unwrap();
    assert_eq!(reading.format, "arrow-ipc");
    assert_eq!(names(&reading), [r#"load_pct{host="a"}"#, r#"load_pct{host="b"}"#]);
}

#[test]
fn a_file_that_was_cut_off_says_so() {
    let (_folder, path) = written(&[utc(), load()]);
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() - 100]).unwrap();
    let problem = &read_export(&path, &Options::default()).err().unwrap()[0];
    assert_eq!(problem.slug, "ingest/truncated");
    assert!(problem.message.contains("footer is missing"), "{problem}");
}

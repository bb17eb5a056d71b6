//! The store: what is acknowledged stays, once, exactly, whatever happens.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use plimsoll::formats::{Number, Options, Reading};
use plimsoll::ingest::store::{Outcome, Receipt, Select, Store, Writer};
use plimsoll::problem::Problem;
use plimsoll::source::OnDuplicate;
use plimsoll::stream::{Address, Seed, Stream};
use polars::prelude::{Column, DataFrame, DataType, NamedFrom, ParquetWriter, Series, TimeUnit, TimeZone};
use tempfile::TempDir;

const SECOND: i64 = 1_000_000_000;
const START: i64 = 1_788_220_800 * SECOND; // 2026-09-01

/// A store to be and files to put into it.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn store(&self) -> PathBuf {
        self.path("store")
    }

    /// A file of samples (seconds since the start, value) of one host's counter.
    fn file(&self, name: &str, host: &str, samples: &[(i64, u64)]) -> PathBuf {
        let hosts: Vec<&str> = samples.iter().map(|_| host).collect();
        self.columns(
            name,
            samples.iter().map(|(at, _)| *at),
            Series::new("host".into(), hosts),
            &[Series::new("octets_total".into(), samples.iter().map(|(_, value)| *value).collect::<Vec<u64>>())],
        )
    }

    fn columns(&self, name: &str, seconds: impl Iterator<Item = i64>, host: Series, values: &[Series]) -> PathBuf {
        let at: Vec<i64> = seconds.map(|at| START + at * SECOND).collect();
        let rows = at.len();
        let at = Series::new("ts".into(), at).cast(&DataType::Datetime(TimeUnit::Nanoseconds, Some(TimeZone::UTC))).unwrap();
        let columns: Vec<Column> = [at, host].into_iter().chain(values.iter().cloned()).map(Column::from).collect();
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut frame = DataFrame::new(rows, columns).unwrap();
        ParquetWriter::new(fs::File::create(&path).unwrap()).finish(&mut frame).unwrap();
        path
    }

    fn add(&self, path: &Path) -> Result<Receipt, Vec<Problem>> {
        let mut writer = Writer::open(&self.store()).map_err(|problem| vec![problem])?;
        let receipt = writer.add(path, &Options::default())?;
        writer.commit().unwrap();
        Ok(receipt)
    }

    fn read(&self, rule: OnDuplicate) -> Result<Reading<'static>, Vec<Problem>> {
        Store::open(&self.store()).map_err(|problem| vec![problem])?.read(&Select::default(), rule)
    }

    /// Samples by host, as seconds since the start and whole values.
    fn samples(&self, rule: OnDuplicate) -> BTreeMap<String, Vec<(i64, u64)>> {
        let whole = |number: Number| match number {
            Number::Whole(value) => value,
            Number::Real(value) => panic!("{value} is not whole"),
        };
        let reading = self.read(rule).unwrap();
        let of = |series: &plimsoll::formats::RawSeries| {
            let values = (0..series.at.len()).map(|row| ((series.at[row] - START) / SECOND, whole(series.values.at(row))));
            (series.id.labels["host"].clone(), values.collect())
        };
        reading.series.iter().map(of).collect()
    }

    fn parts(&self) -> Vec<PathBuf> {
        let months = fs::read_dir(self.store().join("data")).unwrap().map(|entry| entry.unwrap().path());
        let mut found: Vec<PathBuf> =
            months.flat_map(|month| fs::read_dir(month).unwrap()).map(|entry| entry.unwrap().path()).collect();
        found.sort();
        found
    }

    fn ingest(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
        command.arg("ingest").args(arguments).args(["-o", "store"]).current_dir(self.folder.path()).env("NO_COLOR", "1");
        command
    }
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn the_same_bytes_again_are_nothing_new_under_any_name() {
    let desk = Desk::new();
    let path = desk.file("a.parquet", "web", &[(0, 1), (60, 2)]);
    assert_eq!(desk.add(&path).unwrap().outcome, Outcome::New);
    let index = fs::read(desk.store().join("index.json")).unwrap();
    let known = Outcome::Known { origin: fs::canonicalize(&path).unwrap() };
    assert_eq!(desk.add(&path).unwrap().outcome, known);
    let other = desk.path("b.parquet");
    fs::copy(&path, &other).unwrap();
    assert_eq!(desk.add(&other).unwrap().outcome, known);
    assert_eq!(fs::read(desk.store().join("index.json")).unwrap(), index);
    assert_eq!(desk.parts().len(), 1);
}

#[test]
fn the_same_bytes_in_another_partition_are_other_series() {
    let desk = Desk::new();
    let path = desk.file("zone=a/x.parquet", "web", &[(0, 1)]);
    let other = desk.path("zone=b/x.parquet");
    fs::create_dir_all(other.parent().unwrap()).unwrap();
    fs::copy(&path, &other).unwrap();
    desk.add(&path).unwrap();
    assert_eq!(desk.add(&other).unwrap().outcome, Outcome::New);
    assert_eq!(desk.read(OnDuplicate::Error).unwrap().series.len(), 2);
}

#[test]
fn other_bytes_under_the_same_path_replace_what_it_gave() {
    let desk = Desk::new();
    desk.add(&desk.file("b.parquet", "db", &[(0, 7)])).unwrap();
    desk.add(&desk.file("a.parquet", "web", &[(0, 1), (60, 2)])).unwrap();
    let receipt = desk.add(&desk.file("a.parquet", "web", &[(60, 5), (120, 6)])).unwrap();
    assert_eq!(receipt.outcome, Outcome::Replaced { samples: 2 });
    let expected = BTreeMap::from([("db".to_owned(), vec![(0, 7)]), ("web".to_owned(), vec![(60, 5), (120, 6)])]);
    assert_eq!(desk.samples(OnDuplicate::Error), expected);
    assert_eq!(desk.parts().len(), 2, "the parts that were replaced are removed");
}

#[test]
fn other_declarations_read_the_same_bytes_anew() {
    let desk = Desk::new();
    let path = desk.file("a.parquet", "web", &[(0, 1)]);
    desk.add(&path).unwrap();
    let mut writer = Writer::open(&desk.store()).unwrap();
    let options = Options { unit: Some("MiB".to_owned()), ..Options::default() };
    assert_eq!(writer.add(&path, &options).unwrap().outcome, Outcome::Replaced { samples: 1 });
    writer.commit().unwrap();
    assert_eq!(desk.read(OnDuplicate::Error).unwrap().series[0].unit.as_deref(), Some("MiB"));
}

#[test]
fn overlaps_are_taken_once_and_conflicts_go_by_the_rule() {
    let desk = Desk::new();
    desk.add(&desk.file("late.parquet", "web", &[(60, 2), (120, 3), (180, 4)])).unwrap();
    desk.add(&desk.file("early.parquet", "web", &[(0, 1), (60, 2), (120, 9)])).unwrap();
    let web = |rule| desk.samples(rule).remove("web").unwrap();
    assert_eq!(web(OnDuplicate::First), [(0, 1), (60, 2), (120, 3), (180, 4)]);
    assert_eq!(web(OnDuplicate::Last), [(0, 1), (60, 2), (120, 9), (180, 4)], "the later acknowledged input stands last");
    assert_eq!(web(OnDuplicate::Max), [(0, 1), (60, 2), (120, 9), (180, 4)]);
    let problems = desk.read(OnDuplicate::Error).err().unwrap();
    assert_eq!(problems[0].slug, "ingest/conflicting-duplicates");
    assert!(problems[0].message.contains("3 and 9"), "{}", problems[0]);
    let findings = desk.read(OnDuplicate::Last).unwrap().findings;
    assert!(
        findings.iter().any(|finding| finding.kind == "overlap") && findings.iter().any(|finding| finding.kind == "duplicate")
    );
}

#[test]
fn counters_are_exact_to_the_last_digit() {
    let desk = Desk::new();
    let samples = [(0, 3), (60, (1 << 53) + 1), (120, u64::MAX - 1), (180, u64::MAX)];
    desk.add(&desk.file("a.parquet", "web", &samples)).unwrap();
    assert_eq!(desk.samples(OnDuplicate::Error)["web"], samples);
}

#[test]
fn a_second_writer_is_refused_and_readers_are_not() {
    let desk = Desk::new();
    desk.add(&desk.file("a.parquet", "web", &[(0, 1)])).unwrap();
    let _first = Writer::open(&desk.store()).unwrap();
    let refused = Writer::open(&desk.store()).err().unwrap();
    assert_eq!((refused.slug, refused.path.file_name().unwrap().to_str()), ("output/locked", Some(".lock")));
    assert_eq!(desk.samples(OnDuplicate::Error)["web"], [(0, 1)]);
    let output = desk.ingest(&["a.parquet"]).output().unwrap();
    assert_eq!(output.status.code(), Some(6), "{}", told(&output));
}

#[test]
fn what_was_not_committed_is_removed_by_the_next_writer() {
    let desk = Desk::new();
    desk.add(&desk.file("a.parquet", "web", &[(0, 1)])).unwrap();
    let mut writer = Writer::open(&desk.store()).unwrap();
    writer.add(&desk.file("b.parquet", "db", &[(0, 1)]), &Options::default()).unwrap();
    drop(writer);
    assert_eq!(desk.parts().len(), 2);
    assert_eq!(desk.samples(OnDuplicate::Error).len(), 1);
    drop(Writer::open(&desk.store()).unwrap());
    assert_eq!(desk.parts().len(), 1);
}

#[test]
fn a_folder_with_other_files_does_not_become_a_store() {
    let desk = Desk::new();
    fs::create_dir_all(desk.store()).unwrap();
    fs::write(desk.store().join("thesis.tex"), "x").unwrap();
    assert_eq!(Writer::open(&desk.store()).err().unwrap().slug, "output/not-a-store");
}

#[test]
fn series_are_selected_by_label_and_time() {
    let desk = Desk::new();
    desk.add(&desk.file("a.parquet", "web", &[(0, 1), (60, 2), (120, 3)])).unwrap();
    desk.add(&desk.file("b.parquet", "db", &[(0, 7)])).unwrap();
    let select = Select {
        labels: BTreeMap::from([("host".to_owned(), "web".to_owned())]),
        from: Some(START + 60 * SECOND),
        to: Some(START + 120 * SECOND),
        ..Select::default()
    };
    let store = Store::open(&desk.store()).unwrap();
    let reading = store.read(&select, OnDuplicate::Error).unwrap();
    assert_eq!(reading.series.len(), 1);
    assert_eq!(reading.series[0].at, [START + 60 * SECOND]);
    assert_eq!(reading.series[0].kind, Some(plimsoll::source::Kind::Counter));
    let nothing = Select { metric: Some("none".to_owned()), ..Select::default() };
    assert_eq!(store.read(&nothing, OnDuplicate::Error).err().unwrap()[0].slug, "ingest/no-data");
}

/// Many rows of several series over two months, out of order, in several inputs: what comes back is what a plain map holds.
#[test]
fn hours_are_those_of_plain_arithmetic() {
    let desk = Desk::new();
    let mut rng = Stream::root(Seed(5)).at(Address::of("store")).rng();
    let mut expected: BTreeMap<(String, i64), Vec<f64>> = BTreeMap::new();
    for (file, step) in [("a.parquet", 37), ("b.parquet", 53)] {
        let mut rows: Vec<(i64, String, f64)> = (0..150_000_i64)
            .map(|row| ((row / 3) * step, format!("{file}-{}", row % 3), (rng.normal() * 1e6).round() / 1e3))
            .collect();
        rows.sort_by_key(|(at, host, _)| (at * 7_919) % 100_003 + host.len() as i64);
        for (at, host, value) in &rows {
            expected.entry((host.clone(), (START / SECOND + at).div_euclid(3_600))).or_default().push(*value);
        }
        let hosts: Vec<&str> = rows.iter().map(|(_, host, _)| host.as_str()).collect();
        let values = Series::new("load".into(), rows.iter().map(|(_, _, value)| *value).collect::<Vec<f64>>());
        desk.add(&desk.columns(file, rows.iter().map(|row| row.0), Series::new("host".into(), hosts), &[values])).unwrap();
    }
    let mut seen = 0;
    let store = Store::open(&desk.store()).unwrap();
    let told = store.hourly(&Select::default(), OnDuplicate::Error, &mut |entry, bins| {
        for bin in bins {
            let values = &expected[&(entry.labels["host"].clone(), bin.hour)];
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            assert_eq!(bin.count as usize, values.len());
            assert!((bin.mean - mean).abs() < 1e-9 * mean.abs().max(1.0), "{} and {mean}", bin.mean);
            assert_eq!(bin.max, values.iter().copied().fold(f64::NEG_INFINITY, f64::max));
            assert!((bin.p95 - plimsoll::stats::percentile(values, 0.95).unwrap()).abs() < 1e-9);
            seen += 1;
        }
        Ok(())
    });
    told.unwrap();
    assert_eq!(seen, expected.len());
}

#[test]
fn the_verb_tells_each_file_and_ends_with_3_for_the_bad_ones() {
    let desk = Desk::new();
    desk.file("in/a.parquet", "web", &[(0, 1)]);
    fs::write(desk.path("in/b.parquet"), b"PAR1 but cut off").unwrap();
    desk.file("in/c.parquet", "db", &[(0, 1), (60, 2)]);
    let output = desk.ingest(&["in", "--report", "quality.json"]).output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", told(&output));
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(lines, "new: in/a.parquet: 1 series, 1 samples (parquet)\nnew: in/c.parquet: 1 series, 2 samples (parquet)\n");
    assert!(told(&output).contains("footer is missing"), "{}", told(&output));
    let report: serde_json::Value = serde_json::from_slice(&fs::read(desk.path("quality.json")).unwrap()).unwrap();
    let outcomes: Vec<&str> =
        report["inputs"].as_array().unwrap().iter().map(|input| input["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["new", "refused", "new"]);
    assert_eq!(report["problems"][0]["slug"], "ingest/truncated");
    let again = desk.ingest(&["in/*.parquet", "--quiet"]).output().unwrap();
    assert_eq!(told(&again).matches("known: ").count(), 2, "{}", told(&again));
}

/// Kills the program at many instants. What it said to be in the store is there each time, nothing else is, and it goes on.
#[test]
fn a_kill_at_any_instant_loses_nothing_that_was_acknowledged() {
    const FILES: usize = 30;
    const KILLS: u64 = 40;
    let desk = Desk::new();
    let samples = |file: usize| -> Vec<(i64, u64)> { (0..400).map(|row| (row * 60, (file as u64) << 40 | row as u64)).collect() };
    for file in 0..FILES {
        desk.file(&format!("in/{file:02}.parquet"), &format!("host-{file:02}"), &samples(file));
    }
    let mut rng = Stream::root(Seed(17)).at(Address::of("kill")).rng();
    let (mut acknowledged, mut finished, mut between, mut longest) = (Vec::<String>::new(), 0, 0, 300_u64);
    for _ in 0..KILLS {
        let mut child = desk.ingest(&["in"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        let reader = std::thread::spawn(move || lines.lines().map_while(Result::ok).collect::<Vec<String>>());
        let started = std::time::Instant::now();
        let delay = Duration::from_millis((rng.uniform() * longest as f64) as u64);
        while started.elapsed() < delay && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        let _may_have_ended = child.kill();
        let done = child.wait().unwrap().success();
        acknowledged.extend(
            reader
                .join()
                .unwrap()
                .iter()
                .filter(|line| line.ends_with(')') || line.contains("nothing new"))
                .map(|line| line.split(": ").nth(1).unwrap().to_owned()),
        );
        acknowledged.sort();
        acknowledged.dedup();
        if desk.store().join("index.json").is_file() {
            let there = desk.samples(OnDuplicate::Error);
            for name in &acknowledged {
                let file: usize = name["in/".len()..][..2].parse().unwrap();
                assert_eq!(there.get(&format!("host-{file:02}")), Some(&samples(file)), "{name} was acknowledged");
            }
        } else {
            assert!(acknowledged.is_empty(), "{acknowledged:?} were acknowledged, and there is no index");
        }
        between += u64::from(!done && !acknowledged.is_empty() && acknowledged.len() < FILES);
        if done {
            // Begin anew, so that the next kills fall into the writing of files again.
            finished += 1;
            longest = (longest * 3 / 4).max(50);
            acknowledged.clear();
            fs::remove_dir_all(desk.store()).unwrap();
        }
    }
    assert!(finished < KILLS && between > 0, "{finished} runs were not killed, {between} between two files");
    let last = desk.ingest(&["in"]).output().unwrap();
    assert!(last.status.success(), "{}", told(&last));
    let all: BTreeMap<String, Vec<(i64, u64)>> = (0..FILES).map(|file| (format!("host-{file:02}"), samples(file))).collect();
    assert_eq!(desk.samples(OnDuplicate::Error), all);
    assert_eq!(desk.parts().len(), FILES, "no part is left behind");
}

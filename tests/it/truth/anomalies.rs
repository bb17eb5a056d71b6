//! Unusual stretches of real series: incidents that the data's own description dates, and how often there is an alarm.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::BufReader;

use plimsoll::ingest::TidyColumns;
use plimsoll::observe::Silent;
use plimsoll::render::Values;
use plimsoll::run::{AnomalyRequest, FoundAnomalies, find_anomalies};

use crate::support::truth;

fn found(input: std::path::PathBuf, seasons: Vec<usize>) -> FoundAnomalies {
    let columns = TidyColumns { id: "unique_id".into(), time: "ds".into(), value: "y".into() };
    let request = AnomalyRequest { input, columns, seasons: Some(seasons), ceiling: None, threshold: 6.0, text: true };
    find_anomalies(&request, &Silent).unwrap()
}

/// `unique_id, from, kind` of each finding.
fn rows(found: &FoundAnomalies) -> Vec<[String; 3]> {
    let column = |name: &str| -> &Values { &found.frame.columns.iter().find(|column| column.0 == name).unwrap().1 };
    let [id, from, kind] = ["unique_id", "from", "kind"].map(column);
    (0..id.len()).map(|row| [id.text(row), from.text(row), kind.text(row)]).collect()
}

const ALARMS: [&str; 5] = ["spike", "dip", "level_shift", "dropout", "variance_change"];

/// The host's description: `/dev/sda1` is flat, fills from 11:44, is full at 13:36, is cleaned at 17:45; `/dev/sdd6` goes from 16.7
/// to 50 % within ten minutes.
#[test]
fn a_disk_that_fills_is_told_in_the_minute_it_begins_and_in_the_minute_it_is_cleaned() {
    let Some(folder) = truth("utilization") else { return };
    let disks = ["filesys.full-/dev/sda1", "filesys.full-/dev/sdd6"];
    let file = fs::File::open(folder.join("pcp_hosts/bozo.csv.gz")).unwrap();
    let mut reader = csv::Reader::from_reader(flate2::bufread::MultiGzDecoder::new(BufReader::new(file)));
    let header = reader.headers().unwrap().clone();
    let at = disks.map(|disk| header.iter().position(|name| name == disk).unwrap());
    let mut minutes: BTreeMap<(usize, String), String> = BTreeMap::new();
    for row in reader.records().map(Result::unwrap) {
        for (disk, at) in at.iter().enumerate().filter(|(_, at)| !row[**at].is_empty()) {
            minutes.insert((disk, row[0][..16].to_owned()), row[*at].to_owned());
        }
    }
    let mut text = "unique_id,ds,y\n".to_owned();
    for ((disk, minute), value) in &minutes {
        writeln!(text, "{},{minute}:00Z,{value}", disks[*disk]).unwrap();
    }
    let desk = tempfile::tempdir().unwrap();
    fs::write(desk.path().join("disks.csv"), text).unwrap();
    let found = found(desk.path().join("disks.csv"), vec![1]);
    let rows = rows(&found);
    let told = |disk: usize, kinds: &[&str], from: &str, to: &str| {
        let day = |clock: &str| format!("2017-09-04T{clock}:00Z");
        let hit = |row: &&[String; 3]| {
            row[0] == disks[disk] && kinds.contains(&row[2].as_str()) && row[1] >= day(from) && row[1] <= day(to)
        };
        assert!(rows.iter().any(|row| hit(&row)), "{}: nothing from {from} to {to} in {rows:?}", disks[disk]);
    };
    told(0, &["level_shift"], "11:44", "11:46");
    told(0, &["lasting_change"], "13:30", "13:42");
    told(0, &["dip"], "17:45", "17:47");
    told(1, &ALARMS, "00:00", "23:59");
    let alarms = rows.iter().filter(|row| ALARMS.contains(&row[2].as_str())).count();
    assert!(alarms <= 4, "{alarms} alarms, of which three are incidents: {rows:?}");
}

/// The description of these series says that there are anomalies on purpose and dates none: only how often there is an alarm can
/// be held against it. Measured: 0.28 alarms a series and day.
#[test]
fn alarms_on_monitored_series_are_few() {
    let Some(folder) = truth("forecasting") else { return };
    let input = folder.join("nab/5min.train.parquet");
    let columns = TidyColumns { id: "unique_id".into(), time: "ds".into(), value: "y".into() };
    let days: f64 =
        plimsoll::ingest::tidy(&input, &columns).unwrap().series.iter().map(|one| one.values.len() as f64 / 288.0).sum();
    let found = found(input, vec![288, 2_016]);
    let a_day = found.unusual as f64 / days;
    println!("{} alarms in {days:.0} days of series: {a_day:.2} a day", found.unusual);
    assert!(a_day <= 0.35, "{a_day:.2} alarms a series and day");
}

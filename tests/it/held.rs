//! Series that do not fit into memory: the same bytes as if they did, whatever the order of the rows.

use std::fs;
use std::path::{Path, PathBuf};

use plimsoll::forecast::auto::Method;
use plimsoll::ingest::{HeldSeries, ROOM, TidyColumns, tidy};
use plimsoll::observe::Silent;
use plimsoll::render::{Frame, FrameWriter, Values};
use plimsoll::run::{Asked, Driving, Point, SeriesRequest, TableFile, forecast_series};
use plimsoll::stream::Seed;

use crate::desk::Desk;

fn columns() -> TidyColumns {
    TidyColumns { id: "unique_id".into(), time: "ds".into(), value: "y".into() }
}

/// More than a batch of weekly and some daily series with gaps, rows of all of them in turn, the newest first.
fn scattered() -> Vec<(String, String, f64)> {
    let mut rows = Vec::new();
    for t in (0..30_i64).rev() {
        for series in 0..300_i64 {
            if (t * 7 + series) % 11 == 3 && t > 0 {
                continue;
            }
            let day = if series % 7 == 2 { t } else { 7 * t };
            let date = jiff::civil::date(2026, 1, 1).checked_add(jiff::Span::new().days(day)).unwrap();
            rows.push((format!("s{:03}", series * 37 % 300), date.to_string(), ((t * series) % 17) as f64 + 10.0));
        }
    }
    rows
}

fn written(desk: &Desk, input: &Path, room: usize) -> (Vec<u8>, Vec<u8>, Vec<u8>, Vec<String>) {
    let (out, paths, explain) = (desk.path("f.parquet"), desk.path("p.parquet"), desk.path("e.csv"));
    let request = SeriesRequest {
        input: input.to_owned(),
        columns: columns(),
        asked: Asked { horizon: 2, methods: Some(vec![Method::Drift, Method::Naive]), ..Asked::default() },
        driving: Driving::default(),
        levels: vec![80.0],
        quantiles: vec![0.99],
        point: Point::Median,
        paths: Some((5, paths.clone())),
        explain: Some(explain.clone()),
        external: None,
        levelled: None,
        seed: Seed(7),
        room,
    };
    let mut table = TableFile::begin(&out).unwrap();
    let mut sink = |frame: &Frame| table.write(frame);
    let notes = forecast_series(&request, false, &mut sink, &Silent).unwrap();
    table.publish().unwrap();
    let read = |path: &PathBuf| fs::read(path).unwrap();
    (read(&out), read(&paths), read(&explain), notes)
}

#[test]
fn forecasts_paths_and_reasons_have_the_same_bytes_from_disk() {
    let rows = scattered();
    let text: String = rows.iter().map(|(id, date, y)| format!("{id},{date},{y}\n")).collect();
    let desk = Desk::with("s.csv", &format!("unique_id,ds,y\n{text}"));
    let date = |text: &String| plimsoll::time::Day::of(text.parse().unwrap()).0;
    let frame = Frame {
        columns: vec![
            ("unique_id".into(), Values::Text(rows.iter().map(|row| row.0.clone()).collect())),
            ("ds".into(), Values::Date(rows.iter().map(|row| date(&row.1)).collect())),
            ("y".into(), Values::Number(rows.iter().map(|row| Some(row.2)).collect())),
        ],
    };
    let mut parquet = FrameWriter::new(fs::File::create(desk.path("s.parquet")).unwrap(), true);
    parquet.write(&frame).unwrap();
    parquet.finish().unwrap();
    for input in ["s.csv", "s.parquet"].map(|name| desk.path(name)) {
        let (forecasts, paths, reasons, notes) = written(&desk, &input, ROOM);
        assert!(notes.iter().any(|note| note.contains("300 series forecast in 3 batches")), "{notes:?}");
        assert!(!notes.iter().any(|note| note.contains("temporary file")), "{notes:?}");
        for room in [0, 9_000, 100_000] {
            let from_disk = written(&desk, &input, room);
            assert!(from_disk.3.iter().any(|note| note.contains("300 series wait for their turn in a temporary file")));
            assert!((&from_disk.0, &from_disk.1, &from_disk.2) == (&forecasts, &paths, &reasons), "{}, {room}", input.display());
        }
    }
}

#[test]
fn days_of_a_place_are_seen_across_what_is_on_disk() {
    let berlin = jiff::tz::TimeZoneDatabase::bundled().get("Europe/Berlin").unwrap();
    let midnight = |day: i64| {
        let date = jiff::civil::date(2026, 3, 1).checked_add(jiff::Span::new().days(day)).unwrap();
        date.to_zoned(berlin.clone()).unwrap().timestamp().as_millisecond()
    };
    for hourly in [false, true] {
        // one series that is read last decides for all of them
        let odd = |row: i64| if hourly && row >= 54 { (row - 54) * 3_600_000 } else { midnight(row / 2) };
        let frame = vec![
            ("unique_id", Values::Text((0..60).map(|row| if row >= 54 { "z" } else { ["a", "b"][row % 2] }.into()).collect())),
            ("ds", Values::Moment { ticks: (0..60).map(odd).collect(), per_second: 1_000, zone: Some("Europe/Berlin".into()) }),
            ("y", Values::Number((0..60).map(|row| Some(f64::from(row))).collect())),
        ];
        let frame = if hourly { frame } else { frame.into_iter().map(|(name, values)| (name, first(values, 54))).collect() };
        let desk = Desk::of("in.parquet", frame);
        let whole = tidy(&desk.path("in.parquet"), &columns()).unwrap();
        assert_eq!(whole.style.local, !hourly);
        let held = HeldSeries::read(&desk.path("in.parquet"), &columns(), 300, &Silent).unwrap();
        assert!(held.on_disk() > 0);
        assert_eq!(held.whole().unwrap(), whole);
    }
}

fn first(values: Values, n: usize) -> Values {
    match values {
        Values::Text(all) => Values::Text(all[..n].to_vec()),
        Values::Number(all) => Values::Number(all[..n].to_vec()),
        Values::Moment { ticks, per_second, zone } => Values::Moment { ticks: ticks[..n].to_vec(), per_second, zone },
        other => other,
    }
}

#[test]
fn what_is_wrong_is_told_the_same_from_disk() {
    let mut text = "unique_id,ds,y\n".to_owned();
    (0..200).for_each(|t| text += &format!("a,{t},1\nb,{},2\nc,{t},3\n", t / 2));
    let desk = Desk::with("s.csv", &text);
    let whole = tidy(&desk.path("s.csv"), &columns()).unwrap_err();
    assert!(whole[0].message.contains("two rows at 0, and 99 more such times"), "{whole:?}");
    let Err(plimsoll::ingest::Unread::Problems(told)) = HeldSeries::read(&desk.path("s.csv"), &columns(), 500, &Silent) else {
        panic!("it was read")
    };
    assert_eq!(told, whole);
}

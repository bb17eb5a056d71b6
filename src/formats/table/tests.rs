//! Tables as people hand them over, whole.

use std::fmt::Write;

use crate::formats::{Input, Mapping, OnInvalid, Options, Reading, read};
use crate::problem::Problem;
use crate::series::Severity;
use crate::source::{Kind, TimeForm};
use crate::time::Zone;

fn with(text: impl AsRef<[u8]>, options: &Options) -> Result<Reading<'static>, Vec<Problem>> {
    read(&Input::memory("t.csv", text.as_ref().to_vec()), options)
}

#[track_caller]
fn good(text: &str, options: &Options) -> Reading<'static> {
    with(text, options).unwrap_or_else(|problems| panic!("{}", problems[0]))
}

#[track_caller]
fn told(text: &str, options: &Options) -> Vec<String> {
    let problems = with(text, options).err().expect("it is refused");
    problems.iter().map(ToString::to_string).collect()
}

fn utc() -> Options {
    Options { zone: Some(Zone::utc()), ..Options::default() }
}

/// Each series as `name: value@minutes since 2026-03-02, …`.
fn shown(reading: &Reading<'_>) -> Vec<String> {
    let each = reading.series.iter().map(|series| {
        let samples = (0..series.at.len()).map(|at| {
            let minutes = (series.at[at] / 1_000_000_000 - 1_772_409_600) as f64 / 60.0;
            format!("{}@{minutes}", series.values.at(at).real())
        });
        format!("{}: {}", series.id, samples.collect::<Vec<_>>().join(" "))
    });
    each.collect()
}

fn warnings(reading: &Reading<'_>) -> Vec<(&'static str, u64)> {
    reading.findings.iter().filter(|one| one.severity == Severity::Warning).map(|one| (one.kind, one.count)).collect()
}

fn kinds(reading: &Reading<'_>) -> Vec<&'static str> {
    reading.findings.iter().map(|finding| finding.kind).collect()
}

fn unit<'r>(reading: &'r Reading<'_>, at: usize) -> Option<&'r str> {
    reading.series[at].unit.as_deref()
}

#[test]
fn long_rows_name_metric_and_unit() {
    let text = "time,host,metric,unit,value\n\
        2026-03-02T00:00:00Z,a,cpu,percent,5\n2026-03-02T00:00:00Z,a,mem,MiB,2\n2026-03-02T00:01:00Z,a,mem,GiB,1\n";
    let reading = good(text, &Options::default());
    assert_eq!(reading.format, "csv-long");
    assert_eq!(shown(&reading), ["cpu{host=\"a\"}: 5@0", "mem{host=\"a\"}: 2@0 1024@1"]);
    assert_eq!((unit(&reading, 0), unit(&reading, 1), kinds(&reading)), (Some("percent"), Some("MiB"), vec!["mixed-units"]));
    assert_eq!(reading.series[1].lines, [3, 4]);
    let conflict = told(&text.replace("GiB", "seconds"), &Options::default());
    assert!(
        conflict[0].starts_with("error[ingest/unit-conflict]: t.csv:4:4, column `unit`: saw the unit `seconds`"),
        "{conflict:?}"
    );
}

#[test]
fn statistics_in_columns_are_kept_apart() {
    let text = "time,metric,avg,max\n2026-03-02T00:00:00Z,cpu,5,9\n";
    assert_eq!(shown(&good(text, &Options::default())), ["cpu{stat=\"avg\"}: 5@0", "cpu{stat=\"max\"}: 9@0"]);
    let text = "time;CPU max [%];cpu_avg\n2026-03-02T00:00:00Z;9;5\n";
    let reading = good(text, &Options::default());
    assert_eq!(shown(&reading), ["CPU max [%]{stat=\"max\"}: 9@0", "cpu_avg{stat=\"avg\"}: 5@0"]);
    assert_eq!((reading.format, unit(&reading, 0)), ("csv-wide", Some("%")));
}

#[test]
fn columns_may_be_machines_and_machines_may_be_numbers() {
    let reading = good("ts,web-01,web-02\n1772409600,1,2\n1772409660,3,4\n", &Options::default());
    assert_eq!(shown(&reading), ["web-01: 1@0 3@1", "web-02: 2@0 4@1"]);
    let reading = good("machine_id,ts,cpu_ratio\n7,1772409600,0.5\n8,1772409600,0.25\n", &Options::default());
    assert_eq!(shown(&reading), ["cpu_ratio{machine_id=\"7\"}: 0.5@0", "cpu_ratio{machine_id=\"8\"}: 0.25@0"]);
    assert_eq!(reading.series[0].kind, Some(Kind::Gauge));
    let roles: Vec<&str> = reading.columns.iter().map(|(_, role)| role.as_str()).collect();
    assert_eq!(roles, ["entity", "time (seconds since 1970)", "value [ratio]"]);
}

#[test]
fn spreadsheets_of_other_countries_are_read_by_one_decision_for_the_file() {
    let german = "sep=;\nDatum;Uhrzeit;Last;Speicher\n2.3.2026;0:05;1.234,5;12\n02.03.2026;00:10;-0,5;1.000\n";
    let reading = good(german, &utc());
    assert_eq!(shown(&reading), ["Last: 1234.5@5 -0.5@10", "Speicher: 12@5 1000@10"]);
    assert_eq!(warnings(&reading), [("decimal-comma", 1)]);
    let french = "horodatage;débit\n02/03/2026 00:00;1\u{202F}234,5\n13/03/2026 00:00;0,5\n";
    assert_eq!(shown(&good(french, &utc())), ["débit: 1234.5@0 0.5@15840"]);
    let english = "time,rate\n3/2/2026 12:05 AM,\"1,234\"\n3/13/2026 12:05 PM,\"1,234,567.5\"\n";
    let reading = good(english, &utc());
    assert_eq!(shown(&reading), ["rate: 1234@5 1234567.5@16565"]);
    assert_eq!(warnings(&reading), [("thousands-mark", 1)]);
    let other = told("time;a\n2026-03-02T00:00:00Z;1,5\n2026-03-02T00:01:00Z;2,5\n2026-03-02T00:02:00Z;2.75\n", &utc());
    assert!(other[0].starts_with("error[ingest/bad-number]: t.csv:4:2, column `a`: saw `2.75`"), "{other:?}");
}

#[test]
fn units_in_cells_are_converted_to_the_first() {
    let text = "time,mem,load\n2026-03-02T00:00:00Z,2 GiB,5 %\n2026-03-02T00:01:00Z,512 MiB,6%\n";
    let reading = good(text, &Options::default());
    assert_eq!(shown(&reading), ["mem: 2@0 0.5@1", "load: 5@0 6@1"]);
    assert_eq!((unit(&reading, 0), unit(&reading, 1)), (Some("GiB"), Some("%")));
    assert!(told(&text.replace("512 MiB", "512 ms"), &Options::default())[0].contains("t.csv:3:2, column `mem`: saw `512 ms`"));
}

#[test]
fn the_order_of_a_date_is_proven_by_the_whole_column_or_asked_for() {
    let rows = |last: &str| {
        let mut text = "time,v\n".to_owned();
        for row in 0..3_000 {
            writeln!(text, "{:02}/03/2026 00:{:02},1", row % 12 + 1, row % 60).unwrap();
        }
        text + last
    };
    // no time among the rows that are looked at first tells it
    let reading = good(&rows("13/03/2026 00:00,1\n"), &utc());
    assert_eq!(reading.series[0].at[0], 1_772_323_200_000_000_000, "1st of March");
    let reading = good(&rows("03/13/2026 00:00,1\n"), &utc());
    assert_eq!(reading.series[0].at[0], 1_767_398_400_000_000_000, "3rd of January");
    let asked = told(&rows(""), &utc());
    assert!(asked[0].starts_with("error[ingest/ambiguous-date]: t.csv:2:1, column `time`: saw `01/03/2026 00:00`"), "{asked:?}");
    assert!(asked[0].contains("--time-format"));
    let declared = Options { time: TimeForm::Pattern("%d/%m/%Y %H:%M".to_owned()), ..utc() };
    assert_eq!(good(&rows(""), &declared).series[0].at[0], 1_772_323_200_000_000_000);
    let both = told("time,v\n13/03/2026,1\n14/03/2026,1\n03/15/2026,2\n", &utc());
    assert!(both[0].starts_with("error[ingest/bad-time]: t.csv:4:1"), "{both:?}");
}

#[test]
fn the_calendar_and_customs_tell_the_order_of_dates_that_no_number_proves() {
    let hourly = |form: fn(u32, u32) -> String| {
        (0..30_u32).fold("time,v\n".to_owned(), |text, hour| text + &form(hour / 24 + 9, hour % 24))
    };
    let day_first = hourly(|day, hour| format!("{day:02}/03/2026 {hour:02}:00,1\n"));
    let reading = good(&day_first, &utc());
    assert_eq!((reading.series[0].at[0], reading.findings[0].kind), (1_773_014_400_000_000_000, "date-order"));
    let month_first = hourly(|day, hour| format!("03/{day:02}/2026 {hour:02}:00,1\n"));
    assert_eq!(good(&month_first, &utc()).series[0].at[0], 1_773_014_400_000_000_000);
    // one day only
    let first = |text: &str| {
        let reading = good(text, &utc());
        (reading.series[0].at[0] / 1_000_000_000, reading.findings[0].kind, reading.questions[0].flag.clone())
    };
    let (asked, flag) = ("ambiguous-date", "--time-format".to_owned());
    assert_eq!(first("time,v\n3/9/2026 1:00 AM,1\n3/9/2026 1:05 AM,2\n"), (1_773_018_000, asked, flag.clone()));
    assert_eq!(first("date,time,v\n3/9/2026,1:00 AM,1\n3/9/2026,1:05 AM,2\n"), (1_773_018_000, asked, flag.clone()));
    assert_eq!(first("time;v\n09/03/2026 01:00;1,5\n09/03/2026 01:05;2,5\n"), (1_773_018_000, asked, flag));
}

#[test]
fn stand_ins_for_no_time_are_decades_off_the_others() {
    let rows = |time: &str| format!("time,v\n2026-03-02T00:00:00Z,1\n2026-03-02T00:01:00Z,1\n{time},2\n2026-03-02T00:02:00Z,1\n");
    for time in ["1970-01-01T00:00:00Z", "1900-01-01T00:00:00Z", "2099-12-31T23:59:59Z", "1970-01-01 00:00"] {
        assert!(told(&rows(time), &utc())[0].starts_with("error[ingest/time-out-of-range]: t.csv:4:1"), "{time}");
    }
    // a gap is none, and neither is a long history
    assert_eq!(good(&rows("2006-12-31T00:00:00Z"), &utc()).series[0].at.len(), 4);
    let long = (1970..2060).fold("time,v\n".to_owned(), |text, year| text + &format!("{year}-01-01T00:00:00Z,1\n"));
    assert_eq!(good(&long, &utc()).series[0].at.len(), 90);
}

#[test]
fn times_are_told_by_form_and_size() {
    for (first, second) in [
        ("1772409600", "1772409660"),
        ("1772409600000", "1772409660000"),
        ("1772409600000000", "1772409660000000"),
        ("1772409600000000000", "1772409660000000000"),
        ("1772409600.0", "1772409660.0"),
        ("20260302T000000Z", "20260302T000100Z"),
        ("202603020000", "202603020001"),
        ("2026-03-02 00:00", "2026-03-02 00:01"),
        ("2026/03/02 00:00:00", "2026/03/02 00:01:00"),
        ("2026-3-2 0:00", "2026-3-2 0:01"),
        ("2026-03-02T01:00+01:00", "2026-03-01T19:01:00-0500"),
        ("02-Mar-2026 00:00", "02-Mar-2026 00:01"),
        ("\"Mar 2, 2026 12:00:00 AM\"", "\"Mar 2, 2026 12:01:00 AM\""),
        ("Mon Mar  2 00:00:00 2026", "Mon Mar  2 00:01:00 2026"),
        ("46083.0", "46083.000694444"),
    ] {
        let reading = good(&format!("when,v\n{first},1\n{second},2\n"), &utc());
        assert_eq!(shown(&reading), ["v: 1@0 2@1"], "{first}");
    }
}

#[test]
fn relative_times_need_their_origin() {
    let text = "time,v\n0,1\n60,2\n";
    assert!(told(text, &Options::default())[0].starts_with("error[ingest/needs-origin]: t.csv:2:1, column `time`: saw `0`"));
    let options = Options { origin: Some(1_772_409_600_000_000_000), ..Options::default() };
    assert_eq!(shown(&good(text, &options)), ["v: 1@0 2@1"]);
    let text = text.replace("time", "seconds_since_start");
    assert!(
        told(&text, &Options::default())[0].starts_with("error[ingest/needs-origin]: t.csv:2:1, column `seconds_since_start`")
    );
    assert_eq!(shown(&good(&text, &options)), ["v: 1@0 2@1"]);
}

#[test]
fn flags_and_second_times_name_no_series() {
    let text = "time,epoch_s,holiday,v\n2026-03-02T00:00:00Z,1772409600,true,1\n2026-03-02T00:01:00Z,1772409660,FALSE,2\n";
    let reading = good(text, &Options::default());
    assert_eq!((shown(&reading), kinds(&reading)), (vec!["v: 1@0 2@1".to_owned()], vec!["column-left-out"]));
    assert_eq!((reading.findings[0].count, reading.columns[2].1.as_str()), (2, "left out (a flag)"));
}

#[test]
fn a_file_without_a_header_needs_its_columns() {
    let text = "2026-03-02T00:00:00Z,a,1\n2026-03-02T00:01:00Z,a,2\n";
    let asked = told(text, &Options::default());
    assert!(asked[0].starts_with("error[ingest/needs-columns]: t.csv:1:1: saw no header"), "{asked:?}");
    let columns = |names: &[&str]| Options { columns: Some(names.iter().map(|name| (*name).to_owned()).collect()), ..utc() };
    assert_eq!(shown(&good(text, &columns(&["time", "host", "cpu"]))), ["cpu{host=\"a\"}: 1@0 2@1"]);
    assert!(told(text, &columns(&["time", "cpu"]))[0].contains("saw rows of 3 fields, expected the 2"));
}

#[test]
fn titles_blank_rows_and_repeated_headers_are_passed_over_and_told() {
    let text = "Report of March\n\ntime,v\n2026-03-02T00:00:00Z,1\n,\ntime,v\n2026-03-02T00:01:00Z,2\n";
    let reading = good(text, &Options::default());
    assert_eq!(
        (shown(&reading), kinds(&reading)),
        (vec!["v: 1@0 2@1".to_owned()], vec!["title-lines", "blank-rows", "repeated-header"])
    );
    assert_eq!(reading.findings[2].lines, [6]);
    let trailing = "time,v\n2026-03-02T00:00:00Z,1,\n2026-03-02T00:01:00Z,2,\n";
    assert_eq!(shown(&good(trailing, &Options::default())), ["v: 1@0 2@1"]);
    let numbered = ",#time,v\n0,2026-03-02T00:00:00Z,1\n1,2026-03-02T00:01:00Z,2\n";
    assert_eq!(shown(&good(numbered, &Options::default())), ["v: 1@0 2@1"]);
}

#[test]
fn another_header_midway_ends_the_table() {
    let text = "time,host,v\n2026-03-02T00:00:00Z,a,1\nhost,time,w\na,2026-03-02T00:01:00Z,2\n";
    let problems = told(text, &Options::default());
    assert_eq!(problems.len(), 1);
    assert!(problems[0].starts_with("error[ingest/other-header]: t.csv:3:1, column `time`: saw another header (`host,time,w`)"));
}

#[test]
fn declared_columns_count_before_what_is_found() {
    let text = "when,start,kind,cpu,load\n2026-03-02T00:00:00Z,2026-03-02T00:05:00Z,x,1,2\n2026-03-02T00:01:00Z,2026-03-02T00:06:00Z,y,3,4\n";
    let mapping = Mapping { time: Some("start".to_owned()), value: vec!["load".to_owned()], ..Mapping::default() };
    let reading = good(text, &Options { mapping, ..utc() });
    assert_eq!(shown(&reading), ["load{kind=\"x\"}: 2@5", "load{kind=\"y\"}: 4@6"]);
    let mapping = Mapping { metric: Some("kind".to_owned()), value: vec!["cpu".to_owned()], ..Mapping::default() };
    assert_eq!(shown(&good(text, &Options { mapping, ..utc() })), ["x: 1@0", "y: 3@1"]);
    let mapping = Mapping { time: Some("wen".to_owned()), entity: Some(vec!["host".to_owned()]), ..Mapping::default() };
    let problems = told(text, &Options { mapping, ..utc() });
    assert!(problems[0].starts_with(
        "error[ingest/missing-column]: t.csv:1:1: saw the columns `when`, `start`, `kind`, `cpu`, `load`, expected `wen`"
    ));
    assert!(
        problems[0].ends_with("help: try --map time=when") && problems[1].ends_with("help: try --map entity=NAME"),
        "{problems:?}"
    );
}

#[test]
fn bad_cells_and_rows_are_errors_or_left_out_as_declared() {
    let text = "time,a,b\n2026-03-02T00:00:00Z,x,1\n2026-03-02T00:01:00Z,2\n2026-03-02T00:02:00Z,3,4\nnever,5,6\n0001-01-01T00:00:00Z,7,8\n";
    let problems = told(text, &Options::default());
    let slugs: Vec<&str> = problems.iter().filter_map(|problem| problem.split([']', '/']).nth(1)).collect();
    assert_eq!(slugs, ["bad-number", "ragged-row", "bad-time", "time-out-of-range"]);
    let policy = |on_invalid, max_bad| Options { on_invalid, max_bad, ..Options::default() };
    let reading = good(text, &policy(OnInvalid::Null, 0.9));
    assert_eq!(shown(&reading), ["a: 3@2", "b: 1@0 4@2"]);
    assert_eq!((reading.series[0].missing, reading.rows), (1, 5));
    let reading = good(text, &policy(OnInvalid::Skip, 0.9));
    assert_eq!(shown(&reading), ["a: 3@2", "b: 4@2"]);
    assert_eq!(warnings(&reading), [("invalid-value", 1), ("ragged-row", 1), ("bad-time", 1), ("time-out-of-range", 1)]);
    let problems = told(text, &policy(OnInvalid::Skip, 0.5));
    assert!(problems[0].starts_with("error[ingest/too-many-bad]: t.csv:2:1: saw 4 bad rows of 5"), "{problems:?}");
}

#[test]
fn many_problems_are_counted() {
    let text = "time,a\n".to_owned() + &"2026-03-02T00:00:00Z,x\n".repeat(50) + "2026-03-02T00:00:00Z,1\n";
    let options = Options { mapping: Mapping { value: vec!["a".to_owned()], ..Mapping::default() }, ..Options::default() };
    let problems = told(&text, &options);
    assert_eq!(
        (problems.len(), problems[20].as_str()),
        (21, "error[ingest/more]: t.csv: saw 30 more problems like these, expected none")
    );
}

#[test]
fn ten_thousand_years_are_not_spanned() {
    let text = "time,v\n2026-03-02T00:00:00Z,1\n0001-01-01T00:00:00Z,2\n9999-12-31T23:59:59Z,3\n1772409600,4\n";
    let lines: Vec<Option<u64>> = with(text, &Options::default()).err().unwrap().iter().map(|problem| problem.line).collect();
    assert_eq!(lines, [Some(3), Some(4), Some(5)]);
    let options = Options { on_invalid: OnInvalid::Skip, max_bad: 1.0, ..Options::default() };
    let reading = good(text, &options);
    let (first, last) = reading.span().unwrap();
    assert_eq!((first, last, shown(&reading)), (last, first, vec!["v: 1@0".to_owned()]));
    for zero in ["0", "99999999999999999999", "-62135596800", "253402300799"] {
        let problems =
            told(&format!("ts,v\n1772409600,1\n1772409660,1\n1772409720,1\n1772409780,1\n{zero},2\n"), &Options::default());
        assert!(problems[0].starts_with("error[ingest/time-out-of-range]: t.csv:6:1"), "{zero}: {problems:?}");
    }
}

#[test]
fn other_encodings_are_decoded_when_marked_or_declared() {
    let text = "time,größe\n2026-03-02T00:00:00Z,1\n";
    let units: Vec<u8> = "\u{FEFF}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect();
    let reading = with(units, &Options::default()).unwrap();
    assert_eq!((shown(&reading), warnings(&reading)), (vec!["größe: 1@0".to_owned()], vec![("encoding", 1)]));
    let latin1: Vec<u8> = text.chars().map(|char| char as u8).collect();
    let problems = with(&latin1, &Options::default()).err().unwrap();
    assert_eq!((problems[0].slug, problems[0].line, problems[0].field), ("ingest/not-utf8", Some(1), Some(2)));
    let reading = with(&latin1, &Options { latin1: true, ..Options::default() }).unwrap();
    assert_eq!(shown(&reading), ["größe: 1@0"]);
}

#[test]
fn words_that_name_no_series_are_left_out_and_asked_about() {
    let mut text = "time,host,request,v\n".to_owned();
    for row in 0..40 {
        writeln!(text, "2026-03-02T00:{row:02}:00Z,a,r{row},{row}").unwrap();
    }
    let reading = good(&text, &Options::default());
    assert_eq!((reading.series.len(), warnings(&reading)), (1, vec![("column-left-out", 1)]));
    assert!(reading.questions.iter().any(|question| question.flag == "--map"));
}

#[test]
fn things_that_are_no_table_of_times_are_refused_with_what_was_seen() {
    for (text, slug, place) in [
        ("name,colour\na,red\nb,blue\n", "ingest/no-time-column", "t.csv:1:1"),
        ("time,colour\n2026-03-02T00:00:00Z,red\n2026-03-02T00:01:00Z,blue\n", "ingest/no-value-column", "t.csv:1:1"),
        ("time,v\n", "ingest/no-data", "t.csv:1:1"),
        ("time,v\n\n\n", "ingest/no-data", "t.csv:1:1"),
        ("\n<HTML>\n<p>a, b</p>", "ingest/html", "t.csv:1:1"),
        ("", "ingest/empty-file", "t.csv"),
        ("just words", "ingest/unknown-format", "t.csv"),
        ("a,b\0,c\n", "ingest/unknown-format", "t.csv"),
    ] {
        let problems = told(text, &Options::default());
        assert!(problems[0].starts_with(&format!("error[{slug}]: {place}")), "{text:?}: {problems:?}");
        assert!(problems[0].contains(": saw "), "{problems:?}");
    }
}

#[test]
fn quoted_cells_are_cells() {
    let text = "\"time\",\"host\",\"v\"\n\"2026-03-02T00:00:00Z\",\"a, \"\"b\"\"\",\"1\"\n\"2026-03-02T00:01:00Z\",\"a, \"\"b\"\"\",\"2.5\"\n";
    assert_eq!(shown(&good(text, &Options::default())), ["v{host=\"a, \\\"b\\\"\"}: 1@0 2.5@1"]);
}

#[test]
fn whole_numbers_stay_exact() {
    let reading =
        good("time,bytes_total\n2026-03-02T00:00:00Z,9007199254740993\n2026-03-02T00:01:00Z,18446744073709551615\n", &utc());
    assert_eq!(reading.series[0].values, crate::formats::Values::Whole(vec![9_007_199_254_740_993, u64::MAX]));
    assert_eq!((reading.series[0].kind, unit(&reading, 0)), (Some(Kind::Counter), Some("bytes")));
}

#[test]
fn many_columns_take_time_by_their_number() {
    let names: Vec<String> = (0..60_000).map(|at| format!(",server-{at} a")).collect();
    let names = names.concat();
    let text = format!("time{names}\n2026-03-02T00:00:00Z{row}\n2026-03-02T00:01:00Z{row}\n", row = ",1".repeat(60_000));
    let began = std::time::Instant::now();
    let reading = good(&text, &Options::default());
    assert_eq!((reading.series.len(), reading.columns.len(), reading.columns[60_000].1.as_str()), (60_000, 60_001, "value"));
    assert!(began.elapsed().as_secs() < 20, "not by its square: {:?}", began.elapsed());
}

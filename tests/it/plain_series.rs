//! `plimsoll forecast --input` and `plimsoll backtest` as a user meets them.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use plimsoll::ingest::{StampForm, Tidy, TidyColumns, tidy};
use plimsoll::render::Values;

use crate::desk::Desk;

fn reread(path: &Path, value: &str) -> Tidy {
    let columns = TidyColumns { id: "unique_id".into(), time: "ds".into(), value: value.into() };
    tidy(path, &columns).unwrap()
}

/// A saw of seven steps that rises, with some noise that is the same each time.
fn saw(t: i64, shift: i64) -> f64 {
    (100 + t / 3 + 10 * ((t + shift) % 7) + (t * 7_919 + shift * 31) % 5) as f64
}

fn rows(ids: &[&str], n: i64, time: impl Fn(i64) -> String) -> String {
    let mut text = "unique_id,ds,y\n".to_owned();
    for (shift, id) in ids.iter().enumerate() {
        (0..n).for_each(|t| text += &format!("{id},{},{}\n", time(t), saw(t, shift as i64)));
    }
    text
}

#[test]
fn quantiles_rise_and_stand_in_columns_of_their_names() {
    let desk = Desk::with("s.csv", &rows(&["a"], 60, |t| t.to_string()));
    let (text, talk) = desk.done("forecast --input s.csv --horizon 14 --season 7 --levels 80,95 --quantiles 0.99 --format csv");
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("unique_id,ds,mean,lo-80,hi-80,lo-95,hi-95,q-99,model"));
    for (step, line) in lines.by_ref().enumerate() {
        let cells: Vec<&str> = line.split(',').collect();
        assert_eq!(cells[1], (60 + step).to_string());
        let order = [5, 3, 2, 4, 6, 7].map(|at| cells[at].parse::<f64>().unwrap());
        assert!(order.is_sorted(), "{line}");
    }
    assert_eq!(text.lines().count(), 15);
    assert!(talk.contains("1 series forecast; the method of most weight: "), "{talk}");
}

#[test]
fn times_come_in_the_type_they_had() {
    let n = 60;
    let each = |times: Values| {
        vec![
            ("unique_id", Values::Text(vec!["a".into(); n as usize])),
            ("ds", times),
            ("y", Values::Number((0..n).map(|t| Some(saw(t, 0))).collect())),
        ]
    };
    let hours = |per_second: i64, zone: Option<&str>| Values::Moment {
        ticks: (0..n).map(|t| t * 3_600 * per_second).collect(),
        per_second,
        zone: zone.map(str::to_owned),
    };
    let forms = [
        Values::Integer((0..n).map(|t| 2 * t).collect()),
        Values::Date((0..n).map(|t| t as i32).collect()),
        hours(1_000, None),
        hours(1_000_000, Some("UTC")),
        hours(1_000_000_000, None),
        Values::Text((0..n).map(|t| format!("2026-01-{:02} {:02}:00:00", 1 + t / 24, t % 24)).collect()),
    ];
    for form in forms {
        let desk = Desk::of("in.parquet", each(form.clone()));
        desk.done("forecast --input in.parquet --horizon 3 --output out.parquet");
        let (before, after) = (reread(&desk.path("in.parquet"), "y"), reread(&desk.path("out.parquet"), "mean"));
        assert_eq!(before.style, after.style, "{form:?}");
        let ahead: Vec<i64> = (0..3).map(|step| before.series[0].stamp(n as usize + step)).collect();
        assert_eq!((0..3).map(|step| after.series[0].stamp(step)).collect::<Vec<_>>(), ahead, "{form:?}");
    }
}

#[test]
fn days_of_a_place_begin_at_its_midnight_in_summer_too() {
    let berlin = jiff::tz::TimeZoneDatabase::bundled().get("Europe/Berlin").unwrap();
    let midnight = |day: i64| {
        let date = jiff::civil::date(2026, 3, 1).checked_add(jiff::Span::new().days(day)).unwrap();
        date.to_zoned(berlin.clone()).unwrap().timestamp().as_millisecond()
    };
    let frame = vec![
        ("unique_id", Values::Text(vec!["a".into(); 28])),
        ("ds", Values::Moment { ticks: (0..28).map(midnight).collect(), per_second: 1_000, zone: Some("Europe/Berlin".into()) }),
        ("y", Values::Number((0..28).map(|t| Some(saw(t, 0))).collect())),
    ];
    let desk = Desk::of("in.parquet", frame);
    let (_, talk) = desk.done("forecast --input in.parquet --horizon 7 --output out.parquet");
    assert!(talk.contains("season 7 taken from the step of 1 d"), "{talk}");
    let after = reread(&desk.path("out.parquet"), "mean");
    let told: Vec<i64> = (0..7).map(|step| after.style.utc(after.series[0].stamp(step)) / 1_000_000).collect();
    // the clock goes forward on the night to the second of these days
    assert_eq!(told, (28..35).map(midnight).collect::<Vec<i64>>());
}

#[test]
fn times_in_text_keep_their_form_and_months_their_ends() {
    let zone = |t: i64| format!("2026-01-01T{t:02}:00:00Z");
    let spaced = |t: i64| format!("2026-01-01 {t:02}:00:00");
    let ends = ["01-31", "02-28", "03-31", "04-30", "05-31", "06-30", "07-31", "08-31", "09-30", "10-31", "11-30", "12-31"];
    let monthly = |t: i64| format!("{}-{}", 2023 + t / 12, ends[t as usize % 12]);
    let cases: [(&dyn Fn(i64) -> String, i64, &str); 3] =
        [(&zone, 20, "2026-01-01T20:00:00Z"), (&spaced, 20, "2026-01-01 20:00:00"), (&monthly, 26, "2025-03-31")];
    for (time, n, first) in cases {
        let desk = Desk::with("s.csv", &rows(&["a"], n, time));
        let (text, _) = desk.done("forecast --input s.csv --horizon 1 --format csv");
        assert!(text.lines().nth(1).unwrap().starts_with(&format!("a,{first},")), "{text}");
    }
}

#[test]
fn a_season_not_given_follows_from_the_step_and_that_is_said() {
    let hour = |t: i64| format!("2026-01-{:02}T{:02}:00:00Z", 1 + t / 24, t % 24);
    let day = |t: i64| format!("2026-{:02}-{:02}", 1 + t / 28, 1 + t % 28);
    let cases: [(&dyn Fn(i64) -> String, i64, &str); 3] = [
        (&hour, 72, "season 24,168 taken from the step of 1 h"),
        (&day, 28, "season 7 taken from the step of 1 d"),
        (&|t| t.to_string(), 30, "no season follows from the step of 1; give one with --season"),
    ];
    for (time, n, said) in cases {
        let desk = Desk::with("s.csv", &rows(&["a"], n, time));
        let (_, talk) = desk.done("forecast --input s.csv --horizon 2");
        assert!(talk.contains(said), "{talk}");
        let (_, talk) = desk.done("forecast --input s.csv --horizon 2 --season 1");
        assert!(!talk.contains("season 24") && !talk.contains("no season"), "{talk}");
    }
}

#[test]
fn packed_files_and_other_column_names_are_read() {
    let text = rows(&["a", "b"], 40, |t| t.to_string()).replacen("unique_id,ds,y", "host,when,load", 1);
    let desk = Desk::with("plain.csv", &text);
    let file = fs::File::create(desk.path("s.csv.gz")).unwrap();
    let mut packer = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    std::io::Write::write_all(&mut packer, text.as_bytes()).unwrap();
    packer.finish().unwrap();
    let flags = "--id host --time when --value load --horizon 3 --season 7 --format csv --quiet";
    let (packed, _) = desk.done(&format!("forecast --input s.csv.gz {flags}"));
    let (plain, _) = desk.done(&format!("forecast --input plain.csv {flags}"));
    assert_eq!(packed, plain);
    assert_eq!(packed.lines().count(), 7);
}

#[test]
fn the_bytes_are_the_same_on_any_number_of_threads() {
    let ids: Vec<String> = (0..12).map(|id| format!("s{id:02}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let desk = Desk::with("s.csv", &rows(&ids, 56, |t| t.to_string()));
    let made = |threads: u32| {
        let out = format!("out{threads}");
        let flags = format!("--input s.csv --horizon 7 --season 7 --threads {threads} --quiet");
        desk.done(&format!(
            "forecast {flags} -o {out}/f.parquet --paths 20 --paths-output {out}/p.parquet --explain {out}/e.csv"
        ));
        desk.done(&format!("backtest {flags} --origins 2 -o {out}/b.csv --steps-output {out}/s.csv --plot {out}/c.svg"));
        let names = ["f.parquet", "p.parquet", "e.csv", "b.csv", "s.csv", "c.svg"];
        names.map(|name| fs::read(desk.path(&format!("{out}/{name}"))).unwrap())
    };
    let one = made(1);
    assert!(one == made(2) && one == made(7));
}

#[test]
fn paths_are_joint_and_agree_with_the_bands() {
    let desk = Desk::with("s.csv", &rows(&["a", "b"], 84, |t| t.to_string()));
    desk.done("forecast --input s.csv --horizon 7 --season 7 -o f.csv --paths 400 --paths-output p.csv --quantiles 0.5");
    let paths = fs::read_to_string(desk.path("p.csv")).unwrap();
    let mut lines = paths.lines();
    assert_eq!(lines.next(), Some("unique_id,path,ds,y"));
    let cells: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    assert_eq!(cells.len(), 2 * 400 * 7);
    let forecasts = fs::read_to_string(desk.path("f.csv")).unwrap();
    for line in forecasts.lines().skip(1) {
        let told: Vec<&str> = line.split(',').collect();
        let drawn: Vec<f64> =
            cells.iter().filter(|row| row[0] == told[0] && row[2] == told[1]).map(|row| row[3].parse().unwrap()).collect();
        let (low, high): (f64, f64) = (told[3].parse().unwrap(), told[4].parse().unwrap());
        let inside = drawn.iter().filter(|value| (low..=high).contains(value)).count() as f64 / drawn.len() as f64;
        // 400 draws of a share of 0.8: 5 standard errors, and 5 points for past errors being few
        assert!((inside - 0.8).abs() < 0.15, "{line}: {inside} of the paths lie in the 80 % band");
    }
}

#[test]
fn the_point_forecast_is_the_median_unless_the_mean_is_asked_for() {
    let desk = Desk::with("s.csv", &rows(&["a"], 60, |t| t.to_string()));
    let column = |flags: &str, at: usize| -> Vec<f64> {
        let (text, _) = desk.done(&format!("forecast --input s.csv --horizon 5 --season 7 --quantiles 0.5 --format csv {flags}"));
        text.lines().skip(1).map(|line| line.split(',').nth(at).unwrap().parse().unwrap()).collect()
    };
    assert_eq!(column("", 2), column("", 7));
    let (mean, low, high) = (column("--point mean", 2), column("", 3), column("", 4));
    assert!(mean.iter().zip(low.iter().zip(&high)).all(|(mean, (low, high))| low < mean && mean < high));
}

#[test]
fn methods_can_be_named_and_combined() {
    let desk = Desk::with("s.csv", &rows(&["a"], 60, |t| t.to_string()));
    for flags in ["--method snaive", "--model naive", "--method snaive,drift"] {
        let (text, _) = desk.done(&format!("forecast --input s.csv --horizon 3 --season 7 --format csv {flags}"));
        assert_eq!(text.lines().count(), 4, "{flags}");
    }
    desk.done("forecast --input s.csv --horizon 3 --season 7 --explain why.csv -o f.csv");
    let why = fs::read_to_string(desk.path("why.csv")).unwrap();
    let head = "unique_id,method,weight,values,gaps,seasons_offered,held_back_points,held_back_crps,reasons";
    assert_eq!(why.lines().next(), Some(head));
    let weights: f64 = why.lines().skip(1).map(|line| line.split(',').nth(2).unwrap_or("0").parse::<f64>().unwrap_or(0.0)).sum();
    assert!(weights > 0.0, "{why}");
}

/// Each kind of bad input: the file, more flags, what is said, the exit code.
#[test]
fn bad_input_is_refused_with_its_place_and_leaves_nothing() {
    let good = rows(&["a"], 30, |t| t.to_string());
    let with = |from: &str, to: &str| good.replacen(from, to, 1);
    let all_gaps = format!("{good}b,0,\nb,1,NaN\nb,2,\nc,5,\nc,6,\n");
    let cases: Vec<(String, &str, &[&str], i32)> = vec![
        (
            with("a,3,", "a,3,much"),
            "",
            &["ingest/bad-cell", "s.csv:5", "column `y`", "`much", "series `a`", "a finite number"],
            3,
        ),
        (with("a,3,", "a,three,"), "", &["ingest/bad-cell", "s.csv:5", "column `ds`", "`three`", "a whole number"], 3),
        (
            with("a,3,131", "a,3,inf").replacen("a,4,", "a,4,1e999", 1),
            "",
            &["ingest/bad-cell", "s.csv:6", "is not a finite number"],
            3,
        ),
        (
            with("unique_id,ds,y", "unique_id,ds,z"),
            "",
            &["ingest/missing-column", "no column `y`", "it has unique_id, ds, z", "--value"],
            3,
        ),
        (with("unique_id,ds,y", "id,at,z"), "", &["no column `unique_id`", "no column `ds`", "no column `y`"], 3),
        (String::new(), "", &["ingest/no-data", "it is empty, expected a header and rows"], 3),
        ("unique_id,ds,y\n".to_owned(), "", &["ingest/no-data", "it has a header but no rows"], 3),
        (with("a,4,", "a,3,"), "", &["ingest/irregular-series", "s.csv:6", "series `a` has two rows at 3", "column `ds`"], 3),
        (format!("{good}a,30.5,3\n"), "", &["ingest/bad-cell", "`30.5`", "s.csv:32"], 3),
        ("unique_id,ds,y\na,1,2\n".to_owned(), "", &["forecast/too-short", "series `a`", "1 steps", "at least 3"], 5),
        (all_gaps, "", &["forecast/no-data", "series `b`: all 3 steps", "series `c`: all 2 steps"], 5),
        (good.clone(), "--horizon 0", &["--horizon", "0 is not in 1..=100000"], 2),
        (good.clone(), "--method prophet", &["prophet", "possible values", "theta"], 2),
        (good.clone(), "--method auto,ets", &["input/flag", "leave it out of the list"], 2),
        (good.clone(), "--levels 80,100 --quantiles 1", &["--levels 100", "--quantiles 1", "such as 0.99"], 2),
        (good.clone(), "--season 40", &["input/season", "--season 40 is longer than every series", "30 steps"], 2),
        (good.clone(), "--paths 7", &["--paths-output"], 2),
        (good.clone(), "--input none.csv", &["ingest/missing-file", "none.csv"], 3),
    ];
    for (text, flags, words, code) in cases {
        let desk = Desk::with("s.csv", &text);
        let input = if flags.contains("--input") { "" } else { "--input s.csv" };
        let horizon = if flags.contains("--horizon") { "" } else { "--horizon 3" };
        let out = desk.run(&format!("forecast {input} {horizon} {flags} -o out.csv"));
        let told = String::from_utf8(out.stderr).unwrap();
        assert_eq!(out.status.code(), Some(code), "{flags} {words:?}: {told}");
        // the printer breaks long lines: what is said is compared word by word
        let flat: String = told.split_whitespace().collect::<Vec<_>>().join(" ");
        for word in words {
            assert!(flat.contains(word), "`{word}` is not in:\n{told}");
        }
        assert_eq!(desk.names(), ["s.csv"], "{words:?} left something behind");
    }
}

#[test]
fn bad_parquet_is_told_by_series_row_and_column() {
    let ids = |n: usize| ("unique_id", Values::Text(vec!["web".into(); n]));
    let times = |n: i64| ("ds", Values::Integer((0..n).collect()));
    let infinite = vec![ids(3), times(3), ("y", Values::Number(vec![Some(1.0), Some(f64::INFINITY), Some(2.0)]))];
    let words = vec![ids(3), times(3), ("y", Values::Text(vec!["a".into(); 3]))];
    let cases = [
        (infinite, vec!["row 2: inf of series `web`", "column `y`", "finite"]),
        (words, vec!["column `y`", "its values are str", "expected numbers", "--value"]),
    ];
    for (frame, expected) in cases {
        let desk = Desk::of("s.parquet", frame);
        let out = desk.run("forecast --input s.parquet --horizon 3");
        let told = String::from_utf8(out.stderr).unwrap();
        assert_eq!(out.status.code(), Some(3), "{told}");
        let flat: String = told.split_whitespace().collect::<Vec<_>>().join(" ");
        for word in expected {
            assert!(flat.contains(word), "`{word}` is not in:\n{told}");
        }
    }
}

#[test]
fn a_season_longer_than_some_series_is_a_warning_that_names_them() {
    let long = rows(&["long"], 60, |t| t.to_string());
    let short: String =
        ["p", "q", "r", "s"].map(|id| (0..9).map(|t| format!("{id},{t},{}\n", t * t)).collect::<String>()).concat();
    let desk = Desk::with("s.csv", &format!("{long}{short}"));
    let (text, talk) = desk.done("forecast --input s.csv --horizon 2 --season 12 --format csv");
    assert!(talk.contains("4 of 5 series have fewer (p, q, r, …), and are forecast without it"), "{talk}");
    assert_eq!(text.lines().count(), 11);
}

#[test]
fn an_output_that_cannot_be_written_is_told_and_nothing_is_left() {
    let desk = Desk::with("s.csv", &rows(&["a"], 30, |t| t.to_string()));
    let out = desk.run("forecast --input s.csv --horizon 3 -o f.csv --paths-output s.csv/p.parquet");
    assert_eq!(out.status.code(), Some(6), "{}", String::from_utf8_lossy(&out.stderr));
    assert_eq!(desk.names(), ["s.csv"]);
}

#[cfg(unix)]
#[test]
fn an_interrupt_while_paths_are_written_ends_with_130_and_leaves_nothing() {
    let desk = Desk::with("s.csv", &rows(&["a", "b"], 60, |t| t.to_string()));
    let line = "forecast --input s.csv --horizon 28 --method snaive --paths 1000000 --paths-output p.parquet -o f.csv";
    let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
    command.args(line.split_whitespace()).current_dir(desk.path("")).stderr(Stdio::piped());
    let mut run = command.spawn().unwrap();
    let mut lines = BufReader::new(run.stderr.take().unwrap()).lines();
    assert!(lines.by_ref().map_while(Result::ok).any(|line| line.starts_with("forecast")), "it told of no work");
    assert!(Command::new("kill").args(["-INT", &run.id().to_string()]).status().unwrap().success());
    let rest: Vec<String> = lines.map_while(Result::ok).collect();
    assert_eq!(run.wait().unwrap().code(), Some(130), "{rest:?}");
    assert_eq!(desk.names(), ["s.csv"]);
}

#[test]
fn a_backtest_scores_what_a_forecast_from_that_origin_says() {
    let whole = rows(&["a", "b"], 70, |t| t.to_string());
    let desk = Desk::with("s.csv", &whole);
    let known: String = whole
        .lines()
        .filter(|line| line.split(',').nth(1).unwrap().parse::<i64>().map_or(true, |t| t < 63))
        .map(|line| format!("{line}\n"))
        .collect();
    fs::write(desk.path("known.csv"), known).unwrap();
    let (text, _) = desk.done("forecast --input known.csv --horizon 7 --season 7 --format csv");
    let (pooled, _) = desk.done("backtest --input s.csv --horizon 7 --season 7 --origins 1 -o scores.csv --format csv");
    let scores = fs::read_to_string(desk.path("scores.csv")).unwrap();
    let mut each = Vec::new();
    for (shift, id) in ["a", "b"].iter().enumerate() {
        let stated =
            text.lines().filter(|line| line.starts_with(id)).map(|line| line.split(',').nth(2).unwrap().parse::<f64>().unwrap());
        let value = |t: i64| saw(t, shift as i64);
        let missed = stated.zip(63..).map(|(stated, t)| (stated - value(t)).abs()).sum::<f64>() / 7.0;
        let unit = (7..63).map(|t| (value(t) - value(t - 7)).abs()).sum::<f64>() / 56.0;
        let told: f64 = scores.lines().find(|line| line.starts_with(id)).unwrap().split(',').nth(3).unwrap().parse().unwrap();
        assert!((told - missed / unit).abs() < 1e-12, "{id}: MASE {told}, by hand {}", missed / unit);
        each.push(told);
    }
    let mase: Vec<&str> = pooled.lines().find(|line| line.starts_with("mase")).unwrap().split(',').collect();
    let (value, error): (f64, f64) = (mase[1].parse().unwrap(), mase[2].parse().unwrap());
    assert!((value - f64::midpoint(each[0], each[1])).abs() < 1e-12, "{pooled}");
    assert!((error - (each[0] - each[1]).abs() / 2.0).abs() < 1e-9, "{pooled}");
}

#[test]
fn a_backtest_without_anything_to_hold_back_is_refused() {
    let desk = Desk::with("s.csv", &rows(&["a"], 12, |t| t.to_string()));
    let out = desk.run("backtest --input s.csv --horizon 12");
    let told = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(5), "{told}");
    assert!(told.contains("forecast/too-short"), "{told}");
}

#[test]
fn whole_numbers_are_read_as_such() {
    let desk = Desk::with("s.csv", &rows(&["a"], 5, |t| (10 * t).to_string()));
    let read = reread(&desk.path("s.csv"), "y");
    assert_eq!((read.style.form, read.series[0].stamp(5)), (StampForm::Integer, 50));
}

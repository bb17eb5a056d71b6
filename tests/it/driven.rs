//! `--drivers` and `--events` on series whose truth is known.

use crate::desk::{Desk, normals, numbers, table};

const Z80: f64 = 1.281_551_565_544_6;

/// Orders at a step: up and down without a season.
fn orders(t: i64) -> f64 {
    ((t * 37) % 11) as f64
}

/// y = 50 + 3 orders + 20 while a launch lasts + noise of 0.3.
fn shop(n: i64) -> String {
    let mut noise = normals(7);
    let each = |t: i64| 50.0 + 3.0 * orders(t) + if launch(t) { 20.0 } else { 0.0 } + 0.3 * noise();
    let rows: String = (0..n).map(each).enumerate().map(|(t, y)| format!("shop,{t},{y}\n")).collect();
    format!("unique_id,ds,y\n{rows}")
}

fn launch(t: i64) -> bool {
    [10, 11, 40, 41, 70, 71, 94, 95].contains(&t)
}

const LAUNCHES: &str = "name,start,end\nlaunch,10,11\nlaunch,40,41\nlaunch,70,71\nlaunch,94,95\n";

fn plan(to: i64, more: &str, cell: impl Fn(i64) -> String) -> String {
    let rows: String = (0..to).map(|t| format!("{t},{}{}\n", orders(t), cell(t))).collect();
    format!("ds,orders{more}\n{rows}")
}

fn column(text: &str, name: &str) -> Vec<f64> {
    let (header, rows) = table(text);
    let at = header.iter().position(|own| own == name).unwrap();
    rows.iter().map(|row| row[at].parse().unwrap()).collect()
}

#[test]
fn known_effects_of_a_driver_and_an_event_are_found_and_followed() {
    let desk = Desk::with("s.csv", &shop(90));
    desk.write("plan.csv", &plan(102, "", |_| String::new()));
    desk.write("events.csv", LAUNCHES);
    let flags = "--input s.csv --horizon 12 --drivers plan.csv --driver orders --events events.csv";
    let (text, _) = desk.done(&format!("forecast {flags} --explain why.csv --format csv"));
    for (step, stated) in (90_i64..).zip(column(&text, "mean")) {
        let truth = 50.0 + 3.0 * orders(step) + if launch(step) { 20.0 } else { 0.0 };
        // the launch was seen for six steps: its effect is known to 0.3 / √6
        assert!((stated - truth).abs() < 0.6, "step {step}: {stated}, the truth is {truth}");
    }
    let why = desk.read("why.csv");
    assert!(why.contains("taken off before and put back after: orders 3.0") || why.contains("orders 2.9"), "{why}");
    assert!(why.contains("launch 20.") || why.contains("launch 19."), "{why}");
}

#[test]
fn doubt_about_a_driver_widens_the_bands_by_its_effect() {
    let desk = Desk::with("s.csv", &shop(90));
    desk.write("sure.csv", &plan(100, "", |_| String::new()));
    desk.write("sd.csv", &plan(100, ",orders-sd", |t| if t < 95 { ",".to_owned() } else { ",2".to_owned() }));
    let band = |t: i64| if t < 95 { ",,".to_owned() } else { format!(",{},{}", orders(t) - 2.0 * Z80, orders(t) + 2.0 * Z80) };
    desk.write("band.csv", &plan(100, ",orders-lo-80,orders-hi-80", band));
    desk.write("e.csv", LAUNCHES);
    let flags = "--input s.csv --horizon 10 --driver orders --events e.csv --format csv";
    let run = |plan: &str| desk.done(&format!("forecast {flags} --drivers {plan}")).0;
    let [sure, sd, band] = ["sure.csv", "sd.csv", "band.csv"].map(run);
    for (name, side) in [("lo-80", -1.0), ("hi-80", 1.0)] {
        let [sure, sd, band] = [&sure, &sd, &band].map(|text| {
            let mean = column(text, "mean");
            column(text, name).into_iter().zip(mean).map(|(end, mean)| side * (end - mean)).collect::<Vec<f64>>()
        });
        for h in 0..10 {
            // 3 a unit of orders, known to better than a hundredth
            let expected = if h < 5 { sure[h] } else { sure[h].hypot(3.0 * 2.0 * Z80) };
            assert!((sd[h] / expected - 1.0).abs() < 0.01, "{name} of step {h}: {} for {expected}", sd[h]);
            assert!((sd[h] - band[h]).abs() < 1e-6, "{name} of step {h}: an sd of 2 gives {}, its 80 % band {}", sd[h], band[h]);
        }
    }
}

#[test]
fn drivers_may_be_of_one_series_each_and_series_may_begin_when_they_like() {
    let mut noise = normals(3);
    let mut text = "unique_id,ds,y\n".to_owned();
    let mut plan = "unique_id,ds,x\n".to_owned();
    let x = |id: usize, t: i64| ((t * (29 + 8 * id as i64)) % 13) as f64;
    for (id, (slope, from)) in [(2.0, 0), (-4.0, 20)].iter().enumerate() {
        (*from..80).for_each(|t| text += &format!("s{id},{t},{}\n", 200.0 + slope * x(id, t) + 0.2 * noise()));
        (*from..86).for_each(|t| plan += &format!("s{id},{t},{}\n", x(id, t)));
    }
    let desk = Desk::with("s.csv", &text);
    desk.write("plan.csv", &plan);
    let (told, _) = desk.done("forecast --input s.csv --horizon 6 --drivers plan.csv --driver x --format csv");
    let stated = numbers(&told, "mean");
    for (id, slope) in [2.0, -4.0].iter().enumerate() {
        for t in 80..86 {
            let (stated, truth) = (stated[&(format!("s{id}"), t.to_string())], 200.0 + slope * x(id, t));
            assert!((stated - truth).abs() < 0.5, "s{id} at {t}: {stated}, the truth is {truth}");
        }
    }
}

#[test]
fn a_holiday_named_by_its_date_holds_for_all_of_its_hours() {
    let stamp = |t: i64| format!("2026-03-{:02}T{:02}:00:00Z", 1 + t / 24, t % 24);
    let holiday = |t: i64| [5, 12, 19, 27].contains(&(1 + t / 24));
    let mut noise = normals(5);
    let value = |t: i64| 40.0 + 10.0 * ((t % 24) as f64 / 6.0).sin() + if holiday(t) { -25.0 } else { 0.0 };
    let rows: String = (0..24 * 25).map(|t| format!("web,{},{}\n", stamp(t), value(t) + 0.5 * noise())).collect();
    let desk = Desk::with("s.csv", &format!("unique_id,ds,y\n{rows}"));
    let events = ["05", "12", "19", "27"].map(|day| format!("holiday,2026-03-{day},\n")).concat();
    desk.write("e.csv", &format!("name,start,end\n{events}"));
    let (told, _) = desk.done("forecast --input s.csv --horizon 72 --season 24 --events e.csv --format csv");
    for (t, stated) in (24 * 25..).zip(column(&told, "mean")) {
        assert!((stated - value(t)).abs() < 3.0, "{}: {stated}, the truth is {}", stamp(t), value(t));
    }
}

#[test]
fn an_event_never_seen_widens_the_band_of_its_own_step_and_that_is_said() {
    let desk = Desk::with("s.csv", &shop(90));
    desk.write("plan.csv", &plan(100, "", |_| String::new()));
    desk.write("launches.csv", LAUNCHES);
    desk.write("both.csv", &format!("{LAUNCHES}move,97,97\n"));
    let flags = "--input s.csv --horizon 10 --drivers plan.csv --driver orders --explain why.csv --format csv";
    let (without, _) = desk.done(&format!("forecast {flags} --events launches.csv"));
    let (with, talk) = desk.done(&format!("forecast {flags} --events both.csv"));
    assert!(talk.contains("event `move` lies ahead of 1 series"), "{talk}");
    assert!(desk.read("why.csv").contains("move has not come before: its effect is unknown and widens the bands"));
    let width = |text: &str, h: usize| column(text, "hi-80")[h] - column(text, "lo-80")[h];
    for h in 0..10 {
        let ratio = width(&with, h) / width(&without, h);
        assert!(if h == 7 { ratio > 5.0 } else { (0.8..1.25).contains(&ratio) }, "step {h}: {ratio} times as wide");
    }
}

#[test]
fn a_backtest_with_drivers_is_told_what_they_were() {
    let desk = Desk::with("s.csv", &shop(90));
    desk.write("plan.csv", &plan(90, "", |_| String::new()));
    let mase = |flags: &str| {
        let (text, _) = desk.done(&format!("backtest --input s.csv --horizon 10 --origins 2 --format csv {flags}"));
        text.lines().find(|line| line.starts_with("mase")).unwrap().split(',').nth(1).unwrap().parse::<f64>().unwrap()
    };
    desk.write("e.csv", LAUNCHES);
    let (with, without) = (mase("--drivers plan.csv --driver orders --events e.csv"), mase(""));
    assert!(with < 0.2 * without, "{with} with what drives it, {without} without");
}

#[test]
fn values_without_their_driver_are_left_out_and_that_is_said() {
    let desk = Desk::with("s.csv", &shop(90));
    let rows: String = plan(100, "", |_| String::new())
        .lines()
        .filter(|line| !line.starts_with("30,"))
        .fold(String::new(), |text, line| text + line + "\n");
    desk.write("plan.csv", &rows);
    let (_, talk) =
        desk.done("forecast --input s.csv --horizon 10 --drivers plan.csv --driver orders --explain why.csv -o f.csv");
    assert!(talk.contains("warning: 1 values of 1 series are left out: a driver is not known at their times"), "{talk}");
    let (header, why) = table(&desk.read("why.csv"));
    let at = header.iter().position(|name| name == "gaps").unwrap();
    assert!(why.iter().all(|row| row[at] == "1"), "{why:?}");
}

/// Each kind of bad input: the plan, the events, what is said, the exit code.
#[test]
fn bad_drivers_and_events_are_refused_with_their_place_and_leave_nothing() {
    let good = plan(100, "", |_| String::new());
    let with = |from: &str, to: &str| good.replacen(from, to, 1);
    let banded =
        |cells: &str| plan(100, ",orders-lo-80,orders-hi-80", |t| if t == 3 { cells.to_owned() } else { ",,".to_owned() });
    let events = LAUNCHES.to_owned();
    let cases: Vec<(String, String, &[&str])> = vec![
        (
            plan(97, "", |_| String::new()),
            events.clone(),
            &["ingest/missing-driver", "column `orders`", "series `shop`", "at 3 of 10 steps ahead: 97, 98, 99", "--horizon"],
        ),
        (
            with("3,1", "3,many"),
            events.clone(),
            &["ingest/bad-cell", "plan.csv:5", "column `orders`", "`many` is not a finite number"],
        ),
        (
            with("\n3,", "\nthree,"),
            events.clone(),
            &["plan.csv:5", "column `ds`", "`three` is not a whole number, as those of the series are"],
        ),
        (with("\n4,", "\n3,"), events.clone(), &["plan.csv:6", "it is the second row at 3"]),
        (
            with("ds,orders", "ds,order"),
            events.clone(),
            &["ingest/missing-column", "no column `orders`", "it has ds, order", "--driver"],
        ),
        (
            banded(",5,6"),
            events.clone(),
            &["plan.csv:5", "column `orders-lo-80`", "the band from 5 to 6 does not hold the value 1"],
        ),
        (
            plan(100, ",orders-sd", |_| ",-1".to_owned()),
            events.clone(),
            &["plan.csv:2", "column `orders-sd`", "`-1` is not a standard deviation"],
        ),
        (plan(100, ",orders-lo-80", |_| ",0".to_owned()), events.clone(), &["it has `orders-lo-80` without `orders-hi-80`"]),
        ("ds,orders\n".to_owned(), events.clone(), &["ingest/no-data", "it has a header but no rows"]),
        (
            good.clone(),
            "name,start,end\nlaunch,40,10\n".to_owned(),
            &["e.csv:2", "event `launch` ends at 10 before it starts at 40"],
        ),
        (good.clone(), "name,start,end\norders,4,5\n".to_owned(), &["e.csv:2", "`orders` is empty or the name of a driver"]),
        (good.clone(), "name,end\nlaunch,4\n".to_owned(), &["ingest/missing-column", "no column `start`", "name, start, end"]),
        (
            good.clone(),
            "name,start,end\nlaunch,soon,\n".to_owned(),
            &["e.csv:2", "column `start`", "`soon` is not a whole number"],
        ),
        (good.clone(), "name,start,end\nlaunch,400,401\n".to_owned(), &["none of its events falls on a step of any series"]),
    ];
    for (plan, events, words) in cases {
        let desk = Desk::with("s.csv", &shop(90));
        desk.write("plan.csv", &plan);
        desk.write("e.csv", &events);
        let line = "forecast --input s.csv --horizon 10 --drivers plan.csv --driver orders --events e.csv -o out.csv";
        desk.refused(line, 3, words, &["e.csv", "plan.csv", "s.csv"]);
    }
    let desk = Desk::with("s.csv", &shop(90));
    desk.write("plan.csv", &good);
    desk.refused("forecast --input s.csv --horizon 10 --drivers plan.csv", 2, &["--driver"], &["plan.csv", "s.csv"]);
    let twice = "forecast --input s.csv --horizon 10 --drivers plan.csv --driver orders,orders";
    desk.refused(twice, 2, &["--driver orders: it is there twice"], &["plan.csv", "s.csv"]);
    desk.write("s.csv", &shop(3));
    let short = "forecast --input s.csv --horizon 3 --drivers plan.csv --driver orders";
    desk.refused(short, 5, &["forecast/drivers", "series `shop`", "too few steps are known"], &["plan.csv", "s.csv"]);
}

#[test]
fn the_bytes_of_driven_forecasts_are_the_same_on_any_number_of_threads() {
    let desk = Desk::with("s.csv", &shop(90));
    desk.write("plan.csv", &plan(100, "", |_| String::new()));
    let made = |threads: u32| {
        let flags = "--input s.csv --horizon 10 --drivers plan.csv --driver orders --paths 20 --quiet";
        desk.done(&format!("forecast {flags} --threads {threads} -o f{threads}.csv --paths-output p{threads}.csv"));
        [format!("f{threads}.csv"), format!("p{threads}.csv")].map(|name| desk.read(&name))
    };
    assert!(made(1) == made(3));
}

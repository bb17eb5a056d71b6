//! `--external`: a forecast made elsewhere is checked, scored, and given out in the place of ours.

use crate::desk::{Desk, numbers, table};

fn value(t: i64, shift: i64) -> f64 {
    (100 + 10 * ((t + shift) % 7) + (t * 7_919 + shift * 31) % 5) as f64
}

fn history(n: i64) -> String {
    let rows: String = ["a", "b"]
        .iter()
        .zip(0..)
        .flat_map(|(id, shift)| (0..n).map(move |t| format!("{id},{t},{}\n", value(t, shift))))
        .collect();
    format!("unique_id,ds,y\n{rows}")
}

/// What somebody else says of the steps from `from` on.
fn theirs(from: i64, to: i64) -> String {
    let row = |id: &str, shift: i64, t: i64| {
        let m = 100.0 + 10.0 * ((t + shift) % 7) as f64;
        format!("{id},{t},{m},{},{},{}\n", m - 4.0, m + 6.0, m + 20.0)
    };
    let rows: String = ["a", "b"].iter().zip(0..).flat_map(|(id, shift)| (from..to).map(move |t| row(id, shift, t))).collect();
    format!("unique_id,ds,mean,lo-80,hi-80,q-99\n{rows}")
}

#[test]
fn what_was_read_is_given_out_and_paths_follow_it() {
    let desk = Desk::with("s.csv", &history(70));
    desk.write("x.csv", &theirs(70, 77));
    let flags = "--input s.csv --horizon 7 --season 7 --external x.csv --quantiles 0.99 --levels 80";
    let (_, talk) = desk.done(&format!("forecast {flags} -o f.csv --paths 500 --paths-output p.csv --explain why.csv"));
    assert!(talk.contains("x.csv tells of the future alone: nothing of it can be scored"), "{talk}");
    let (ours, read) = (desk.read("f.csv"), desk.read("x.csv"));
    for column in ["mean", "lo-80", "hi-80", "q-99"] {
        let (given, read) = (numbers(&ours, column), numbers(&read, column));
        assert_eq!(given.len(), 14);
        assert!(given.iter().all(|(place, value)| (value - read[place]).abs() < 1e-9), "{column}");
    }
    assert_eq!(table(&desk.read("why.csv")).1[0][1], "external forecast");
    let (low, high) = (numbers(&ours, "lo-80"), numbers(&ours, "hi-80"));
    let (_, paths) = table(&desk.read("p.csv"));
    let inside = paths.iter().filter(|row| {
        let (place, y) = ((row[0].clone(), row[2].clone()), row[3].parse::<f64>().unwrap());
        (low[&place]..=high[&place]).contains(&y)
    });
    let share = inside.count() as f64 / paths.len() as f64;
    // 7,000 values of paths that repeat some 60 past dates: 5 standard errors of those
    assert!((share - 0.8).abs() < 0.26, "{share} of the paths lie in the 80 % band");
}

#[test]
fn the_past_part_is_scored_as_by_hand_and_beside_ours() {
    let desk = Desk::with("s.csv", &history(70));
    let rows: String = table(&theirs(63, 77)).1.iter().map(|row| format!("{},{},{}\n", row[0], row[1], row[2])).collect();
    desk.write("x.csv", &format!("unique_id,ds,mean\n{rows}"));
    let (_, talk) = desk.done("forecast --input s.csv --horizon 7 --season 7 --external x.csv --explain why.csv -o f.csv");
    // MASE by hand: seven steps a series, in units of the seasonal differences before the first of them
    let by_hand: f64 = (0..2)
        .map(|shift| {
            let missed: f64 =
                (63..70).map(|t| (value(t, shift) - (100 + 10 * ((t + shift) % 7)) as f64).abs()).sum::<f64>() / 7.0;
            let unit: f64 = (7..63).map(|t| (value(t, shift) - value(t - 7, shift)).abs()).sum::<f64>() / 56.0;
            missed / unit / 2.0
        })
        .sum();
    let flat: String = talk.split_whitespace().collect::<Vec<_>>().join(" ");
    let after = |word: &str| flat.split(word).nth(1).unwrap().split(' ').next().unwrap().parse::<f64>().unwrap();
    assert!(flat.contains("x.csv on 14 points of the past of 2 series"), "{flat}");
    assert!((after("MASE ") - by_hand).abs() < 6e-4, "{flat}: by hand {by_hand}");
    // the CRPS of a point is its absolute error, but for the quadrature over 17 quantiles
    assert!((after("CRPS ") / by_hand - 1.0).abs() < 0.01, "{flat}: by hand {by_hand}");
    assert!(desk.read("why.csv").contains("on 7 points of the past its error (CRPS) was"));
}

#[test]
fn earlier_forecasts_are_told_apart_by_their_cut_off() {
    let desk = Desk::with("s.csv", &history(70));
    let (_, rows) = table(&theirs(63, 77));
    // two forecasts of two weeks: the first knew 63 values, the second 70; both tell of steps 70 to 76, the later one 1 more
    let mut text = "unique_id,ds,mean,lo-80,hi-80,q-99,cutoff\n".to_owned();
    for row in &rows {
        text += &format!("{},62\n", row.join(","));
    }
    for row in rows.iter().filter(|row| row[1].parse::<i64>().unwrap() >= 70) {
        let more = |at: usize| row[at].parse::<f64>().unwrap() + 1.0;
        text += &format!("{},{},{},{},{},{},69\n", row[0], row[1], more(2), more(3), more(4), more(5));
    }
    desk.write("x.csv", &text);
    let (told, talk) = desk.done("forecast --input s.csv --horizon 7 --season 7 --external x.csv --format csv");
    assert!(talk.contains("x.csv on 14 points of the past of 2 series"), "{talk}");
    let (given, read) = (numbers(&told, "mean"), numbers(&theirs(70, 77), "mean"));
    assert!(given.iter().all(|(place, value)| (value - read[place] - 1.0).abs() < 1e-9), "{told}");
}

#[test]
fn bad_outside_forecasts_are_refused_with_their_place_and_leave_nothing() {
    let good = theirs(70, 77);
    let with = |from: &str, to: &str| good.replacen(from, to, 1);
    let cases: Vec<(String, &[&str])> = vec![
        (
            theirs(70, 75),
            &[
                "ingest/missing-forecast",
                "series `a` has no forecast for 2 of 7 steps: 75, 76",
                "series `b` has no forecast",
                "--horizon",
            ],
        ),
        (
            with("a,70,100,96", "a,70,100,196"),
            &["ingest/bad-cell", "x.csv:2", "column `hi-80`", "series `a` at 70: it is below `lo-80`"],
        ),
        (with("a,71,110,", "a,71,many,"), &["x.csv:3", "column `mean`", "`many` is not a finite number"]),
        (with("a,71,110,", "a,71,,"), &["x.csv:3", "column `mean`", "it is empty, expected a finite number"]),
        (with("a,71,", "a,70,"), &["x.csv:3", "column `ds`", "it is the second row of series `a` at 70"]),
        (with("a,71,", "a,soon,"), &["x.csv:3", "column `ds`", "`soon` is not a whole number"]),
        (with("ds,mean", "ds,point"), &["ingest/missing-column", "no column `mean`", "q-50"]),
        (with("q-99", "q-990"), &["ingest/missing-column", "`q-990`", "a percent between 0 and 100"]),
    ];
    for (text, words) in cases {
        let desk = Desk::with("s.csv", &history(70));
        desk.write("x.csv", &text);
        let line = "forecast --input s.csv --horizon 7 --season 7 --external x.csv -o out.csv";
        desk.refused(line, 3, words, &["s.csv", "x.csv"]);
    }
    let desk = Desk::with("s.csv", &history(70));
    desk.write(
        "x.csv",
        &(good
            + &theirs(70, 77).lines().skip(1).map(|line| line.replacen(['a', 'b'], "all", 1) + "\n").take(7).collect::<String>()),
    );
    desk.write("tree.csv", "child,parent\na,all\nb,all\n");
    let line = "forecast --input s.csv --horizon 7 --external x.csv --hierarchy tree.csv --reconcile mint -o out.csv";
    let words =
        ["ingest/missing-forecast", "series `all` has 0 earlier forecasts of the very next step, expected 10", "`cutoff`"];
    desk.refused(line, 3, &words, &["s.csv", "tree.csv", "x.csv"]);
}

#[test]
fn levels_of_a_forecast_made_elsewhere_agree_by_its_own_errors() {
    // errors one step ahead are ±1 for `a`, ±2 for `b`, ±3 for their sum
    let (mut series, mut told) = ("unique_id,ds,y\n".to_owned(), "unique_id,ds,mean,cutoff\n".to_owned());
    let value = |id: &str, t: i64| match id {
        "a" => (50 + t % 5) as f64,
        "b" => (80 + t % 3) as f64,
        _ => (130 + t % 5 + t % 3) as f64,
    };
    let names = [("a", 1.0, 52.0), ("b", 2.0, 80.0), ("all", 3.0, 146.0)];
    for (id, size, ahead) in names {
        (0..40).for_each(|t| series += &format!("{id},{t},{}\n", value(id, t)));
        for t in 20..40_i64 {
            let sign = if t % 2 == 0 { 1.0 } else { -1.0 };
            told += &format!("{id},{t},{},{}\n", value(id, t) + sign * size, t - 1);
        }
        told += &format!("{id},40,{ahead},39\n");
    }
    let desk = Desk::with("s.csv", &series);
    desk.write("x.csv", &told);
    desk.write("tree.csv", "child,parent\na,all\nb,all\n");
    let line = "forecast --input s.csv --horizon 1 --season 1 --external x.csv --hierarchy tree.csv --reconcile wls --format csv --quiet";
    let (text, _) = desk.done(line);
    let given = numbers(&text, "mean");
    // 146 is 14 more than 52 + 80: shared as 9 : 1 : 4 over the whole and its parts (weighted least squares by the variances)
    for (id, wanted) in [("a", 52.0 + 1.0), ("b", 80.0 + 4.0), ("all", 146.0 - 9.0)] {
        let got = given[&(id.to_owned(), "40".to_owned())];
        assert!((got - wanted).abs() < 1e-9, "{id}: {got}, by hand {wanted}");
    }
}

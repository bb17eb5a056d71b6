//! Files that people open: charts stay drawable at the edges, tables keep their types, the page needs nothing else.

use plimsoll::render;
use plimsoll::report::{Cell, Chart, ChartBody, Column, Marker, Table, TornadoBar};
use plimsoll::time::{Day, Month};

fn chart(body: ChartBody) -> Chart {
    Chart {
        id: "chart".to_owned(),
        title: "A very long title that says the finding in full and goes on and on, so that it has to be broken into two lines"
            .to_owned(),
        subtitle: "how it was made".to_owned(),
        footer: "program, seed".to_owned(),
        pool: None,
        body,
    }
}

fn fan(points: usize, scale: f64) -> ChartBody {
    let days: Vec<Day> = (0..points).map(|i| Day(20_000 + i as i32)).collect();
    let at = |factor: f64| vec![scale * factor; points];
    ChartBody::Fan {
        unit: "cores".to_owned(),
        history: (0..points).map(|i| (Day(19_999 - i as i32), Some(scale))).rev().collect(),
        bands: vec![(0.95, at(0.5), at(1.5)), (0.8, at(0.7), at(1.3)), (0.5, at(0.9), at(1.1))],
        median: at(1.0),
        line: vec![(Day(19_000), scale * 1.2)],
        capacity: vec![(Day(19_000), scale * 1.6)],
        crossing: Some((Day(20_000), scale * 1.2)),
        markers: vec![Marker { day: Day(20_000), label: "a label of many words that would not fit".to_owned() }],
        as_of: Day(19_999),
        days,
    }
}

#[test]
fn every_chart_is_drawn_at_the_edges() {
    let months = Month::spanning(Day(20_000), Day(20_365));
    let names: Vec<String> = (0..60).map(|i| format!("a-pool-with-a-rather-long-name-{i}")).collect();
    let curve = |i: usize| (0..20).map(|d| (Day(20_000 + d * (i as i32 + 1)), f64::from(d) / 20.0)).collect::<Vec<_>>();
    let mut bodies: Vec<ChartBody> = [1, 2, 400].into_iter().flat_map(|n| [1e-9, 1.0, 1e12].map(|scale| fan(n, scale))).collect();
    for count in [0, 1, 60] {
        let each = || names.iter().take(count).enumerate();
        bodies.push(ChartBody::Exhaustion {
            curves: each().map(|(i, n)| (n.clone(), curve(i))).collect(),
            today: Day(20_000),
            horizon: Day(20_365),
        });
        bodies.push(ChartBody::Survival {
            months: months.clone(),
            rows: each().map(|(i, n)| (n.clone(), vec![Some(i as f64 / 60.0); months.len()])).collect(),
        });
        bodies.push(ChartBody::Risk {
            months: months.clone(),
            lines: each().map(|(i, n)| (n.clone(), vec![(i as f64 / 60.0, 0.01); months.len()])).collect(),
            accepted: Some(0.01),
        });
        bodies.push(ChartBody::CostRisk {
            currency: "EUR".to_owned(),
            points: each().map(|(i, n)| (n.clone(), 1e6 * i as f64, 1.0 / (i + 1) as f64, 0.001)).collect(),
            chosen: names[0].clone(),
            accepted: Some(0.01),
        });
        let bar = |(i, n): (usize, &String)| TornadoBar {
            input: n.clone(),
            at: ["1.25 TiB".to_owned(), "1,000,000 requests/s".to_owned()],
            outcome: [(-1.0 / (i + 1) as f64, 0.1), (if i % 2 == 0 { 2.0 } else { -2.0 }, 0.2)],
            share: "12 % ± 1".to_owned(),
        };
        bodies.push(ChartBody::Tornado { outcome: "units".to_owned(), mean: 0.5, bars: each().map(bar).collect() });
        let day = |i: usize, d: i32| Day(20_000 + i as i32 + d);
        bodies.push(ChartBody::Orders {
            rows: each().map(|(i, n)| (n.clone(), day(i, 0), day(i, 20), day(i, 30), day(i, 50), day(i, 45))).collect(),
            as_of: Day(19_999),
        });
    }
    for body in bodies {
        let drawing = render::svg(&chart(body.clone()));
        assert!(!drawing.contains("NaN") && !drawing.contains("inf"), "{body:?}");
        let pixels = render::png(&drawing, 1.0).unwrap_or_else(|error| panic!("{error}: {body:?}"));
        assert!(pixels.starts_with(b"\x89PNG"));
    }
}

#[test]
fn words_in_a_title_cannot_become_markup() {
    let mut hostile = chart(fan(3, 1.0));
    hostile.title = "<script>alert(1)</script> & \"quotes\"".to_owned();
    let drawing = render::svg(&hostile);
    assert!(!drawing.contains("<script>"), "{drawing}");
    assert!(render::png(&drawing, 1.0).is_ok());
}

#[test]
fn a_png_has_twice_the_pixels_of_the_drawing() {
    let drawing = render::svg(&chart(fan(30, 1.0)));
    let pixels = render::png(&drawing, 2.0).unwrap();
    let size = |at: usize| u32::from_be_bytes(pixels[at..at + 4].try_into().unwrap());
    assert_eq!((size(16), size(20)), (1920, 1080));
}

#[test]
fn a_table_keeps_its_values_in_csv_and_parquet() {
    let columns = ["text", "number", "whole", "day", "flag"].map(|name| Column::new(name, name, "")).to_vec();
    let rows = vec![
        vec![Cell::Text("a, \"b\"".into()), Cell::Number(0.1), Cell::Integer(-3), Cell::Day(Day(0)), Cell::Flag(true)],
        vec![Cell::Missing, Cell::Missing, Cell::Missing, Cell::Missing, Cell::Missing],
    ];
    let table = Table { id: "t".into(), title: "t".into(), columns, rows };
    let text = String::from_utf8(render::csv(&table).unwrap()).unwrap();
    assert_eq!(text, "text,number,whole,day,flag\n\"a, \"\"b\"\"\",0.1,-3,1970-01-01,true\n,,,,\n");
    let bytes = render::parquet(&table).unwrap();
    assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
    let empty = Table { rows: Vec::new(), ..table };
    assert!(render::parquet(&empty).is_ok());
}

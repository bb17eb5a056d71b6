//! The page, its data and its schema: sizes, links, what a browser test opens.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use plimsoll::render;
use plimsoll::report::{
    self, Cell, Chart, ChartBody, Column, Director, Fact, Finding, Marker, Panel, PoolLine, Provenance, Report, Section, Table,
    Weight,
};
use plimsoll::time::{Day, Month};
use serde_json::Value;

const TODAY: Day = Day(20_760);
const AHEAD: i32 = 365;

/// A report of so many pools, with all that a real one of that many has by pool: findings, fans, tables by month. Its numbers are made up.
fn made(pools: usize) -> Report {
    let names: Vec<String> =
        (0..pools).map(|i| format!("{}-{i:04}", ["api", "batch", "cache", "search", "web"][i % 5])).collect();
    let months = Month::spanning(TODAY, TODAY.plus(AHEAD));
    let tables = tables(&names, &months);
    let mut charts: Vec<Chart> = names.iter().enumerate().map(|(i, name)| fan(i, name)).collect();
    // as in a run: of the first twelve
    charts.extend(names.iter().take(12).map(|name| backtest(name)));
    let chart = |id: &str, body| Chart {
        id: id.to_owned(),
        title: format!("What {id} says of {pools} pools"),
        subtitle: "Made up for a test".to_owned(),
        footer: "plimsoll · made up".to_owned(),
        pool: None,
        body,
    };
    let risk = |scale: f64| months.iter().enumerate().map(|(m, _)| (scale * m as f64 / 100.0, 0.002)).collect::<Vec<_>>();
    let lines = ["base", "strong-growth", "recommended orders"].iter().zip([1.0, 2.0, 0.1]);
    let lines = lines.map(|(name, scale)| ((*name).to_owned(), risk(scale))).collect();
    charts.push(chart("risk", ChartBody::Risk { months: months.clone(), lines, accepted: Some(0.01) }));
    let points = (0..6).map(|i| (format!("plan {i}"), 10_000.0 * f64::from(i), 0.06 / f64::from(i + 1), 0.002)).collect();
    let (currency, chosen) = ("EUR".to_owned(), "plan 3".to_owned());
    charts.push(chart("cost-risk", ChartBody::CostRisk { currency, points, chosen, accepted: Some(0.02) }));
    Report {
        schema: report::SCHEMA.to_owned(),
        model: format!("made-{pools}"),
        question: "Does the page hold so many pools?".to_owned(),
        as_of: TODAY.plus(-1),
        horizon_days: AHEAD as u32,
        within_rule: Some(false),
        summary: vec!["A summary.".to_owned()],
        director: Director {
            sentences: vec!["The first runs out.".to_owned(), "Buy some.".to_owned(), "About 1 in 5 otherwise.".to_owned()],
            dates: vec![fact("an order", "schedule", None)],
            money: vec![fact("all orders", "frontier", Some("frontier-3"))],
            risk: vec![fact("the worst", "risk-by-month", Some(&format!("risk-by-month-{}-{}", names[0], months[3])))],
        },
        pools: names.iter().enumerate().map(|(i, name)| line(i, name, &months)).collect(),
        sections: sections(&names, &months),
        tables,
        charts,
        provenance: Provenance {
            program: "plimsoll".to_owned(),
            seed: 7,
            replications: 100,
            inputs: vec![("model.toml".to_owned(), "0".repeat(64))],
            command: "cargo test --test it page::".to_owned(),
        },
        gates: None,
    }
}

fn fact(label: &str, table: &str, row: Option<&str>) -> Fact {
    Fact {
        label: label.to_owned(),
        plain: "about 1 in 5".to_owned(),
        exact: "20 % (95 % confidence: 19 % to 21 %)".to_owned(),
        pool: None,
        table: table.to_owned(),
        row: row.map(str::to_owned),
    }
}

fn line(i: usize, name: &str, months: &[Month]) -> PoolLine {
    let orders = u32::from(i.is_multiple_of(3));
    PoolLine {
        pool: name.to_owned(),
        state: [Weight::Act, Weight::Watch, Weight::Good][i % 3],
        decision: if orders > 0 { "Order 3 × m8 by 1 Mar 2027, EUR 27,600.".to_owned() } else { "Order nothing.".to_owned() },
        crosses: (orders > 0).then(|| TODAY.plus((i % 300) as i32 + 30)),
        crosses_p10: (orders > 0).then(|| TODAY.plus((i % 300) as i32 + 10)),
        crosses_p90: None,
        never: 0.4,
        order_by: (orders > 0).then(|| TODAY.plus((i % 250) as i32)),
        overdue: false,
        orders,
        units: 3 * orders,
        unit: "m8".to_owned(),
        cost: 27_600.0 * f64::from(orders),
        risk: i as f64 / 10_000.0,
        risk_se: 0.001,
        risk_month: Some(months[i % months.len()]),
        risk_with_orders: 0.01,
        risk_with_orders_se: 0.001,
    }
}

fn fan(i: usize, name: &str) -> Chart {
    let at = |day: i32, factor: f64| factor * (100.0 + i as f64 + 0.05 * f64::from(day) + 9.0 * f64::from(day % 7));
    let ahead = |factor: f64| (0..AHEAD).map(|day| at(day, factor)).collect::<Vec<_>>();
    let body = ChartBody::Fan {
        unit: "cores".to_owned(),
        history: (-730..0).map(|day| (TODAY.plus(day), (day % 97 != 0).then(|| at(day, 1.0)))).collect(),
        days: (0..AHEAD).map(|day| TODAY.plus(day)).collect(),
        bands: vec![(0.95, ahead(0.7), ahead(1.4)), (0.8, ahead(0.8), ahead(1.25)), (0.5, ahead(0.9), ahead(1.1))],
        median: ahead(1.0),
        line: vec![(TODAY.plus(-730), 130.0 + i as f64), (TODAY.plus(40), 150.0 + i as f64)],
        capacity: vec![(TODAY.plus(-730), 200.0 + i as f64)],
        crossing: Some((TODAY.plus(120), 150.0 + i as f64)),
        markers: vec![Marker { day: TODAY.plus(40), label: "+3 m8 arrive".to_owned() }],
        as_of: TODAY.plus(-1),
    };
    Chart {
        id: format!("demand-{name}"),
        title: format!("{name} crosses its line"),
        subtitle: "Daily p99 of the pool's sum, made up for a test".to_owned(),
        footer: "plimsoll · made up".to_owned(),
        pool: Some(name.to_owned()),
        body,
    }
}

/// Eight origins of 28 points each, of which three have a panel.
const HELD: i32 = 8 * 28;

fn backtest(name: &str) -> Chart {
    let line =
        |from: i32, to: i32| (from..to).map(|day| Some(100.0 + 0.05 * f64::from(day) + 9.0 * f64::from(day % 7))).collect();
    let ahead = |factor: f64| (0..28).map(|step| factor * (100.0 + 9.0 * f64::from(step % 7))).collect::<Vec<_>>();
    let panel = |i: i32| Panel {
        name: format!("said on {} May 2026", 1 + 9 * i),
        past: line(-180 + i, i),
        came: line(i, i + 182),
        median: ahead(1.0),
        bands: vec![(0.95, ahead(0.7), ahead(1.4)), (0.8, ahead(0.8), ahead(1.25))],
        steps: (0..28).map(|step| 1 + 6 * step).collect(),
        ends: Some(("2 May".to_owned(), "30 Oct 2026".to_owned())),
    };
    let coverage = (1..=8).map(|k| (23 * k, 0.78, 0.94)).collect();
    Chart {
        id: format!("backtest-{name}"),
        title: format!("{name}: the 80 % band held 78 % ± 4.0 % of what came, the 95 % band 94 % ± 2.0 %"),
        subtitle: "Made up for a test".to_owned(),
        footer: "plimsoll · made up".to_owned(),
        pool: Some(name.to_owned()),
        body: ChartBody::Backtest { panels: (0..3).map(panel).collect(), coverage },
    }
}

/// Each pool in each of four scenarios: the risk rises from one to the next.
fn scenarios_table(names: &[String]) -> Table {
    let columns =
        [("scenario", ""), ("pool", ""), ("risk", "ratio"), ("risk_se", "ratio"), ("exhaustion_p50", ""), ("cost", "EUR")];
    let of = |(s, scenario): (usize, &&str)| {
        let scenario = (*scenario).to_owned();
        names.iter().enumerate().map(move |(p, name)| {
            let crosses = if p % 3 == 0 { Cell::Day(TODAY.plus(200 - 40 * s as i32)) } else { Cell::Missing };
            let risk = Cell::Number((p % 9) as f64 * (s + 1) as f64 / 100.0);
            vec![
                Cell::Text(scenario.clone()),
                Cell::Text(name.clone()),
                risk,
                Cell::Number(0.002),
                crosses,
                Cell::Number(9_200.0 * s as f64),
            ]
        })
    };
    Table {
        id: "scenarios".to_owned(),
        title: "What if?".to_owned(),
        columns: columns.iter().map(|(name, unit)| Column::new(name, name, unit)).collect(),
        rows: ["base", "strong-growth"].iter().enumerate().flat_map(of).collect(),
    }
}

/// Every point of the back-tests of two resources a pool.
fn held(names: &[String]) -> Table {
    let columns =
        ["pool", "resource", "unit", "origin", "ahead", "day", "actual", "p2.5", "p10", "p50", "p90", "p97.5", "inside_80"];
    let point = |(name, resource, k): (&String, &str, i32)| {
        let (origin, ahead) = (TODAY.plus(-200 + 25 * (k / 28)), 1 + 6 * (k % 28));
        let came = 100.0 + 7.13 * f64::from(k % 31);
        let mut row = vec![
            Cell::Text(name.clone()),
            Cell::Text(resource.to_owned()),
            Cell::Text("cores".to_owned()),
            Cell::Day(origin),
            Cell::Integer(i64::from(ahead)),
            Cell::Day(origin.plus(ahead)),
        ];
        row.extend([1.0, 0.71, 0.83, 0.97, 1.13, 1.31].map(|factor| Cell::Number(factor * came)));
        row.push(Cell::Flag(k % 5 > 0));
        row
    };
    let each =
        names.iter().flat_map(|name| ["cpu", "memory"].into_iter().flat_map(move |of| (0..HELD).map(move |k| (name, of, k))));
    Table {
        id: "backtest-points".to_owned(),
        title: "What was forecast from earlier days, and what came".to_owned(),
        columns: columns.map(|name| Column::new(name, name, "")).to_vec(),
        rows: each.map(point).collect(),
    }
}

fn tables(names: &[String], months: &[Month]) -> Vec<Table> {
    let text = |text: &str| Cell::Text(text.to_owned());
    let by_month = |id: &str, columns: &[(&str, &str)], lead: &[&str], numbers: usize| {
        let columns = columns.iter().map(|(name, unit)| Column::new(name, name, unit)).collect();
        let mut rows = Vec::new();
        for (p, name) in names.iter().enumerate() {
            for word in lead {
                for (m, month) in months.iter().enumerate() {
                    let mut row = if word.is_empty() { Vec::new() } else { vec![text(word)] };
                    row.extend([text(name), text(&month.to_string())]);
                    row.extend((0..numbers).map(|k| Cell::Number(((p * 31 + m * 7 + k * 3) % 997) as f64 / 9_970.0)));
                    rows.push(row);
                }
            }
        }
        Table { id: id.to_owned(), title: format!("Numbers of {id}"), columns, rows }
    };
    let risk = [("pool", ""), ("month", ""), ("lolp", "ratio"), ("lolp_recommended", "ratio"), ("lolp_recommended_se", "ratio")];
    let scenarios = [("scenario", ""), ("pool", ""), ("month", ""), ("risk", "ratio"), ("risk_se", "ratio")];
    let adequacy = [("measure", ""), ("pool", ""), ("month", ""), ("value", ""), ("error", ""), ("low", ""), ("high", "")];
    let frontier = [
        ("accepted", "ratio"),
        ("recommended", ""),
        ("cost", "EUR"),
        ("risk", "ratio"),
        ("risk_se", "ratio"),
        ("minutes", ""),
        ("minutes_se", ""),
    ];
    let point = |i: u32| {
        let i = f64::from(i);
        let at = |v: f64| Cell::Number(v);
        vec![at(0.06 / (i + 1.0)), Cell::Flag(i == 3.0), at(1e4 * i), at(0.06 / (i + 1.0)), at(0.002), at(40.0 - i), at(1.0)]
    };
    let order = |name: &String| vec![text(name), text("m8"), Cell::Integer(3), Cell::Day(TODAY.plus(30)), Cell::Number(27_600.0)];
    let schedule = [("pool", ""), ("unit", ""), ("units", ""), ("order_by", ""), ("cost", "EUR")];
    let columns = |all: &[(&str, &str)]| all.iter().map(|(name, unit)| Column::new(name, name, unit)).collect();
    let forecasts = ["pool", "resource", "day", "p10", "p50", "p90"];
    let ahead = |(name, day): (&String, i32)| {
        let level = |p: f64| Cell::Number(100.0 + f64::from(day) * p);
        vec![text(name), text("cpu"), Cell::Day(TODAY.plus(day)), level(0.1), level(0.5), level(0.9)]
    };
    vec![
        Table {
            id: "forecasts".to_owned(),
            title: "Demand ahead".to_owned(),
            columns: columns(&forecasts.map(|name| (name, ""))),
            rows: names.iter().flat_map(|name| (0..AHEAD).map(move |day| (name, day))).map(ahead).collect(),
        },
        scenarios_table(names),
        held(names),
        by_month("risk-by-month", &risk, &[""], 3),
        by_month("scenario-risk", &scenarios, &["base", "strong-growth"], 2),
        by_month("adequacy", &adequacy, &["LOLP", "LOLE", "EUE cpu", "EUE memory"], 4),
        Table {
            id: "schedule".to_owned(),
            title: "Orders".to_owned(),
            columns: columns(&schedule),
            rows: names.iter().step_by(3).map(order).collect(),
        },
        Table {
            id: "frontier".to_owned(),
            title: "Cost against risk".to_owned(),
            columns: columns(&frontier),
            rows: (0..6).map(point).collect(),
        },
    ]
}

fn sections(names: &[String], months: &[Month]) -> Vec<Section> {
    let finding = |i: usize, name: &str, table: &str, row: Option<String>| Finding {
        sentence: format!(
            "{name}: a sentence of the usual length, with its number 12.3 % and its interval (80 %: 10 % to 14 %)."
        ),
        pool: Some(name.to_owned()),
        weight: [Weight::Act, Weight::Watch, Weight::Good][i % 3],
        value: Some(0.123),
        low: Some(0.1),
        high: Some(0.14),
        interval: Some("80 % of futures".to_owned()),
        method: "a method in a few words".to_owned(),
        evidence: Some(table.to_owned()),
        row,
    };
    let section = |number: u8, id: &str, table: &str, charts: Vec<String>, tables: &[&str]| Section {
        number,
        id: id.to_owned(),
        question: format!("What of {id}?"),
        findings: names
            .iter()
            .enumerate()
            .map(|(i, name)| {
                finding(
                    i,
                    name,
                    table,
                    (table == "risk-by-month").then(|| format!("{table}-{name}-{}", months[i % months.len()])),
                )
            })
            .collect(),
        tables: tables.iter().map(|id| (*id).to_owned()).collect(),
        charts,
        caveats: vec!["All numbers are made up.".to_owned()],
    };
    let fans = names.iter().map(|name| format!("demand-{name}")).collect();
    vec![
        section(3, "now", "risk-by-month", Vec::new(), &[]),
        section(4, "demand", "risk-by-month", fans, &[]),
        section(7, "orders", "schedule", vec!["risk".to_owned()], &["schedule", "risk-by-month", "adequacy"]),
        section(8, "cost", "frontier", vec!["cost-risk".to_owned()], &["frontier"]),
        section(9, "what-if", "scenario-risk", Vec::new(), &["scenarios", "scenario-risk"]),
    ]
}

fn page(pools: usize) -> String {
    String::from_utf8(render::html(&made(pools)).unwrap()).unwrap()
}

/// Where the browser test finds them.
fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pages");
    fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn a_page_of_fifty_pools_is_below_five_megabytes() {
    let page = page(50);
    fs::write(folder().join("pools-50.html"), &page).unwrap();
    assert!(page.len() < 5_000_000, "{} bytes", page.len());
}

#[test]
fn a_page_of_a_thousand_pools_keeps_their_evidence_folded() {
    let page = page(1_000);
    fs::write(folder().join("pools-1000.html"), &page).unwrap();
    assert!(page.len() < 25_000_000, "{} bytes", page.len());
    assert_eq!(page.matches("<section class=\"pool\"").count(), 1_000);
    assert!(page.matches("<template>").count() >= 1_000);
}

#[test]
fn each_pool_has_a_row_a_scenario_and_the_switch_needs_no_data_of_its_own() {
    let page = page(3);
    let section = page.split("<section class=\"pool\"").nth(2).unwrap();
    let figure = section.split("class=\"live scenarios\"").nth(1).unwrap().split("</figure>").next().unwrap();
    assert!(figure.contains("data-of=\"chart-risk\" data-pool=\"batch-0001\""), "{figure}");
    assert!(!figure.contains("<script"), "its lines are those of the chart of all pools");
    // of the second pool the risk is 1 % in base and 2 % in strong-growth
    assert!(
        figure.contains("In strong-growth, batch-0001 falls short within the horizon with a chance of 2.0 % (in base: 1.0 %)"),
        "{figure}"
    );
    for (scenario, risk) in [("base", "1.0 %"), ("strong-growth", "2.0 %")] {
        let row = figure.split(&format!("<tr data-scenario=\"{scenario}\">")).nth(1).unwrap().split("</tr>").next().unwrap();
        assert!(row.contains(&format!("<td class=\"n\">{risk}</td>")), "{row}");
    }
}

#[test]
fn words_between_backticks_are_code_and_others_stay() {
    let mut report = made(2);
    report.sections[0].caveats = vec!["it needs `[plan]` & `price`".to_owned(), "one ` alone".to_owned()];
    let page = String::from_utf8(render::html(&report).unwrap()).unwrap();
    assert!(page.contains("it needs <code>[plan]</code> &amp; <code>price</code>") && page.contains("one ` alone"));
}

#[test]
fn words_of_a_report_cannot_become_markup() {
    let mut report = made(2);
    let hostile = "</script><script>alert(1)</script><img src=x>";
    report.pools[0].decision = hostile.to_owned();
    report.sections[0].findings[0].sentence = hostile.to_owned();
    report.charts[0].title = hostile.to_owned();
    if let ChartBody::Fan { markers, .. } = &mut report.charts[0].body {
        markers[0].label = hostile.to_owned();
    }
    report.tables[0].rows[0][0] = Cell::Text(hostile.to_owned());
    let page = String::from_utf8(render::html(&report).unwrap()).unwrap();
    assert!(!page.contains("<script>alert") && !page.contains("<img"));
}

/// Runs a model with few futures; its folder.
fn run(model: &Path, into: &Path) -> PathBuf {
    let out = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
        .args(["run", model.to_str().unwrap(), "--replications", "60", "--quiet", "--runs", into.to_str().unwrap()])
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    into.join(model.file_name().unwrap()).join("latest")
}

#[test]
fn a_shipped_report_has_its_schema_its_links_lead_to_rows_and_its_director_reads_plain_words() {
    let desk = tempfile::tempdir().unwrap();
    let run = run(&Path::new(env!("CARGO_MANIFEST_DIR")).join("models/launch"), desk.path());
    let report: Value = serde_json::from_slice(&fs::read(run.join("report.json")).unwrap()).unwrap();

    let printed = Command::new(env!("CARGO_BIN_EXE_plimsoll")).args(["schema", "--of", "report"]).output().unwrap();
    let schema: Value = serde_json::from_slice(&printed.stdout).unwrap();
    assert_eq!(schema, report::schema());
    let validator = jsonschema::validator_for(&schema).unwrap();
    let problems: Vec<String> =
        validator.iter_errors(&report).map(|problem| format!("{}: {problem}", problem.instance_path())).collect();
    assert!(problems.is_empty(), "{problems:#?}");
    let mut broken = report.clone();
    broken["sections"][0]["findings"][0]["weight"] = Value::from("urgent");
    assert!(!validator.is_valid(&broken), "the schema takes a weight that there is not");
    broken = report.clone();
    broken.as_object_mut().unwrap().remove("director");
    assert!(!validator.is_valid(&broken), "the schema takes a report without a director's page");

    let page = fs::read_to_string(run.join("report.html")).unwrap();
    let tables: BTreeSet<&str> = report["tables"].as_array().unwrap().iter().map(|table| table["id"].as_str().unwrap()).collect();
    let findings = || report["sections"].as_array().unwrap().iter().flat_map(|section| section["findings"].as_array().unwrap());
    let mut rows = 0;
    for finding in findings() {
        assert!(finding["evidence"].as_str().is_none_or(|id| tables.contains(id)), "{finding}");
        if let Some(row) = finding["row"].as_str() {
            assert!(row.starts_with(finding["evidence"].as_str().unwrap()), "{finding}");
            assert!(page.contains(&format!("href=\"#{row}\"")), "{finding}");
            rows += 1;
        }
    }
    let numbers = findings().filter(|finding| !finding["value"].is_null()).count();
    assert!(rows * 2 > numbers, "{rows} rows for {numbers} findings with a number");

    let director = &report["director"];
    assert_eq!(director["sentences"].as_array().unwrap().len(), 3);
    let markdown = fs::read_to_string(run.join("report.md")).unwrap();
    for kind in ["dates", "money", "risk"] {
        let facts = director[kind].as_array().unwrap();
        assert!(kind == "dates" || !facts.is_empty(), "{kind}");
        for fact in facts {
            let (plain, exact) = (fact["plain"].as_str().unwrap(), fact["exact"].as_str().unwrap());
            assert!(markdown.contains(&format!("**{plain}** ({exact})")), "{fact}");
            assert!(tables.contains(fact["table"].as_str().unwrap()), "{fact}");
            assert!(page.contains(plain), "{fact}");
        }
    }
    let pools = report["pools"].as_array().unwrap();
    assert!(!pools.is_empty());
    for pool in pools {
        let worst = findings().filter(|one| one["pool"] == pool["pool"]).map(|one| one["weight"].as_str().unwrap());
        let rank = |weight: &str| ["good", "watch", "act"].iter().position(|one| *one == weight).unwrap();
        assert_eq!(worst.map(rank).max().unwrap_or(0), rank(pool["state"].as_str().unwrap()), "{pool}");
    }
    let cost: f64 = pools.iter().map(|pool| pool["cost"].as_f64().unwrap()).sum();
    let schedule = report["tables"].as_array().unwrap().iter().find(|table| table["id"] == "schedule").unwrap();
    let at = schedule["columns"].as_array().unwrap().iter().position(|column| column["name"] == "cost").unwrap();
    let ordered: f64 = schedule["rows"].as_array().unwrap().iter().map(|row| row[at].as_f64().unwrap()).sum();
    assert!((ordered - cost).abs() <= 1e-9 * cost.max(1.0), "the pools cost {cost}, the orders {ordered}");
}

#[test]
fn the_reference_of_the_report_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference/report.md");
    let fresh = report::reference();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &fresh).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == fresh,
        "docs/reference/report.md is stale: run UPDATE_DOCS=1 cargo test --test it the_reference_of_the_report"
    );
}

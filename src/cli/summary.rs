//! The table after a run: one line a pool, in 80 columns, from the tables of its report.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::args::{LogFormat, Talk};
use super::show;
use crate::error::Error;
use crate::run::{self, Finished, Verdict};

/// What the table is kept to.
const WIDTH: usize = 80;
/// More pools are counted, not shown.
const MOST_POOLS: usize = 20;
/// Names of pools have so much room before the span of `crosses` has any.
const NAMES: usize = 20;
/// More warnings about the data are counted, not shown.
const MOST_WARNINGS: usize = 3;

/// What is said of a pool.
#[derive(Debug, Clone, PartialEq, Default)]
struct Line {
    pool: String,
    binds: Option<String>,
    /// Days `2026-11-28`; `None`: not within the horizon.
    crosses: [Option<String>; 3],
    /// They are those of the line with a declared redundancy lost.
    reserve: bool,
    order_by: Option<String>,
    units: i64,
    cost: f64,
    /// The highest P(shortfall) of a month as declared, and with the orders.
    risk: [Option<f64>; 2],
    worst_month: Option<String>,
}

/// The lines of a finished run, with the currency.
pub struct Summary {
    lines: Vec<Line>,
    currency: String,
    /// What is to be looked at in the data before anything else is believed.
    warnings: Vec<String>,
}

/// What is read of a report: one of a thousand pools is 300 MB, and as a tree of values several times that.
#[derive(Deserialize)]
struct Read {
    sections: Vec<Named>,
    tables: Vec<Named>,
}

/// Sections and tables by these ids are read.
const READ: [&str; 5] = ["data", "headroom", "exhaustion", "schedule", "risk-by-month"];

/// A section or table that is read; null for another.
struct Named(Value);

impl<'de> Deserialize<'de> for Named {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ById;
        impl<'de> Visitor<'de> for ById {
            type Value = Named;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a section or table with its id before its contents")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Named, A::Error> {
                let (mut kept, mut is_read) = (serde_json::Map::new(), None);
                while let Some(key) = map.next_key::<String>()? {
                    if is_read == Some(false) {
                        map.next_value::<IgnoredAny>()?;
                        continue;
                    }
                    let value: Value = map.next_value()?;
                    if key == "id" {
                        is_read = Some(value.as_str().is_some_and(|id| READ.contains(&id)));
                    }
                    kept.insert(key, value);
                }
                Ok(Named(if is_read == Some(true) { Value::Object(kept) } else { Value::Null }))
            }
        }
        deserializer.deserialize_map(ById)
    }
}

impl Summary {
    /// Read from the run's report.
    ///
    /// # Errors
    /// When the report is not there or not as it was written.
    pub fn of(finished: &Finished) -> Result<Self, Error> {
        let bytes = run::read_output(&finished.folder, "report.json")?;
        let broken =
            |error: serde_json::Error| Error::Manifest { path: finished.folder.join("report.json"), reason: error.to_string() };
        let Read { sections, tables } = serde_json::from_slice(&bytes).map_err(broken)?;
        let values = |all: Vec<Named>| all.into_iter().map(|one| one.0).collect::<Value>();
        Ok(Self::of_report(&json!({ "sections": values(sections), "tables": values(tables) })))
    }

    fn of_report(report: &Value) -> Self {
        let (rooms, dates) = (records(report, "headroom"), records(report, "exhaustion"));
        let (orders, risks) = (records(report, "schedule"), records(report, "risk-by-month"));
        let mut lines: Vec<Line> = Vec::new();
        for record in dates.iter().chain(&risks) {
            if let Some(pool) = text(record, "pool").filter(|pool| lines.iter().all(|line| line.pool != *pool)) {
                lines.push(Line { pool, ..Line::default() });
            }
        }
        for line in &mut lines {
            let of_pool = |record: &&Record<'_>| text(record, "pool").as_deref() == Some(&line.pool);
            let room = |record: &&Record<'_>| number(record, "room_p50").unwrap_or(f64::INFINITY);
            let tightest = rooms.iter().filter(of_pool).min_by(|a, b| room(a).total_cmp(&room(b)));
            line.binds = tightest.and_then(|record| text(record, "binding"));
            // the redundancy lost, where one is declared: the last variant
            if let Some(record) = dates.iter().rfind(of_pool) {
                line.crosses = ["p10", "p50", "p90"].map(|name| text(record, name));
                line.reserve = text(record, "variant").as_deref() == Some("redundancy lost");
            }
            let own: Vec<&Record<'_>> = orders.iter().filter(of_pool).collect();
            line.order_by = own.iter().filter_map(|record| text(record, "order_by")).min();
            line.units = own.iter().filter_map(|record| number(record, "units")).sum::<f64>() as i64;
            line.cost = own.iter().filter_map(|record| number(record, "cost")).sum();
            let worst = |name: &str| {
                let all = risks.iter().filter(of_pool).filter_map(|record| Some((number(record, name)?, text(record, "month"))));
                all.fold(None, |worst: Option<(f64, _)>, one| worst.filter(|worst| worst.0 >= one.0).or(Some(one)))
            };
            let (declared, planned) = (worst("lolp"), worst("lolp_recommended"));
            line.risk = [declared.as_ref().map(|worst| worst.0), planned.map(|worst| worst.0)];
            line.worst_month = declared.and_then(|worst| worst.1);
        }
        lines.sort_by(|a, b| {
            let key = |line: &Line| {
                (line.order_by.is_none(), line.order_by.clone(), line.crosses[1].is_none(), line.crosses[1].clone())
            };
            let early = |line: &Line| (line.crosses[0].is_none(), line.crosses[0].clone());
            key(a).cmp(&key(b)).then(early(a).cmp(&early(b))).then(b.risk[0].unwrap_or(0.0).total_cmp(&a.risk[0].unwrap_or(0.0)))
        });
        Self { lines, currency: currency(report), warnings: warnings(report) }
    }

    /// The table, with what its columns mean.
    pub fn as_text(&self) -> String {
        let head = ["pool", "binds", "crosses (P10–P90)", "order by", "units", "cost", "worst month"].map(str::to_owned);
        let shown = self.lines.iter().take(MOST_POOLS);
        let mut rows: Vec<[String; 7]> = std::iter::once(head).chain(shown.map(Line::cells)).collect();
        let widest = |rows: &[[String; 7]], column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let gaps = 2 * 6;
        let binds = widest(&rows, 1).min(8);
        let room = |rows: &[[String; 7]]| {
            let others: usize = (2..7).map(|column| widest(rows, column)).sum::<usize>() + gaps;
            WIDTH.saturating_sub(others + binds)
        };
        if room(&rows) < widest(&rows, 0).min(NAMES) {
            for row in &mut rows {
                row[2].truncate(row[2].find(" (").unwrap_or(row[2].len()));
            }
        }
        let names = room(&rows).max(6);
        let all: Vec<String> = rows.iter().map(|row| row[0].clone()).collect();
        for (row, name) in rows.iter_mut().zip(shortened(&all, names)) {
            row[0] = name;
            row[1] = cut(&row[1], binds);
        }
        let widths: Vec<usize> = (0..7).map(|column| widest(&rows, column)).collect();
        let line = |row: &[String; 7]| {
            let cells = row.iter().enumerate().map(|(column, cell)| {
                let pad = " ".repeat(widths[column] - cell.chars().count());
                if (4..=6).contains(&column) { format!("{pad}{cell}") } else { format!("{cell}{pad}") }
            });
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        let mut text: Vec<String> = rows.iter().map(line).collect();
        if self.lines.len() > MOST_POOLS {
            text.push(format!("… and {} more pools: see the report", self.lines.len() - MOST_POOLS));
        }
        text.extend(self.legend());
        let told = self.warnings.iter().take(MOST_WARNINGS).map(|warning| format!("data: {warning}"));
        text.extend(told);
        if self.warnings.len() > MOST_WARNINGS {
            text.push(format!("data: … and {} more: see the report", self.warnings.len() - MOST_WARNINGS));
        }
        text.join("\n")
    }

    /// What the columns mean, of what they show.
    fn legend(&self) -> [String; 2] {
        let (lines, cost) = (&self.lines, format!("cost in {}", self.currency));
        let crosses = if lines.iter().any(|line| line.reserve) {
            "median month from which the redundancy is gone"
        } else {
            "median month from which demand is above the line"
        };
        let worst = "worst month: P(shortfall) as declared";
        let orders = if lines.iter().any(|line| line.units > 0) { " → with these orders, also where too late" } else { "" };
        [format!("crosses: {crosses}; {cost}"), format!("{worst}{orders}")]
    }

    fn as_json(&self) -> Value {
        let one = |line: &Line| {
            let [p10, p50, p90] = &line.crosses;
            json!({
                "pool": line.pool, "binds": line.binds, "crosses_p10": p10, "crosses_p50": p50, "crosses_p90": p90,
                "order_by": line.order_by, "units": line.units, "cost": line.cost, "worst_month": line.worst_month,
                "risk_worst_month": line.risk[0], "risk_worst_month_recommended": line.risk[1],
            })
        };
        self.lines.iter().map(one).collect()
    }
}

/// Tells it under the sentences of a run; with `--json`, the whole run on stdout.
///
/// # Errors
/// When the report cannot be read or stdout is closed.
pub fn tell(finished: &Finished, talk: Talk) -> Result<(), Error> {
    let summary = Summary::of(finished)?;
    match talk.log_format {
        LogFormat::Text => show::say(talk, &format!("\n{}\n", summary.as_text())),
        LogFormat::Json => show::event(talk, &json!({"event": "summary", "pools": summary.as_json()})),
    }
    if !talk.json {
        return Ok(());
    }
    let verdict = match finished.verdict {
        Verdict::Within => "within",
        Verdict::Missed => "missed",
        Verdict::Unsure => "unsure",
    };
    super::json::print(&json!({
        "folder": finished.folder, "reused": finished.reused, "as_of": finished.as_of.to_string(), "verdict": verdict,
        "summary": finished.summary, "currency": summary.currency, "pools": summary.as_json(), "gates": finished.gates,
    }))
}

impl Line {
    fn cells(&self) -> [String; 7] {
        let dash = || "–".to_owned();
        let money = if self.units == 0 && self.cost == 0.0 { dash() } else { amount(self.cost) };
        [
            self.pool.clone(),
            self.binds.clone().unwrap_or_else(dash),
            crossing(&self.crosses),
            self.order_by.clone().unwrap_or_else(dash),
            if self.units == 0 { dash() } else { self.units.to_string() },
            money,
            risk(self.risk),
        ]
    }
}

/// `2026-11 (2026-11–later)`, by months: the days are in the report.
fn crossing(crosses: &[Option<String>; 3]) -> String {
    let month = |day: &Option<String>| day.as_ref().map_or("later", |day| day.get(..7).unwrap_or(day)).to_owned();
    let [p10, p50, p90] = crosses;
    if p10.is_none() { "later".to_owned() } else { format!("{} ({}–{})", month(p50), month(p10), month(p90)) }
}

/// Four characters or so: 950, 34.9k, 1.2M.
fn amount(cost: f64) -> String {
    let scales = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")];
    match scales.iter().find(|(scale, _)| cost.abs() >= *scale) {
        Some((scale, letter)) if cost.abs() / scale >= 99.95 => format!("{:.0}{letter}", cost / scale),
        Some((scale, letter)) => format!("{:.1}{letter}", cost / scale),
        None => format!("{cost:.0}"),
    }
}

fn risk(both: [Option<f64>; 2]) -> String {
    let percent = |share: f64| match share {
        0.0 => "0".to_owned(),
        1.0 => "100".to_owned(),
        share if share > 0.0 && share < 0.000_5 => "<0.1".to_owned(),
        share => format!("{:.1}", 100.0 * share),
    };
    match both.map(|share| share.map(percent)) {
        [Some(declared), Some(planned)] if declared != planned => format!("{declared}→{planned} %"),
        [Some(one), _] | [None, Some(one)] => format!("{one} %"),
        [None, None] => "–".to_owned(),
    }
}

/// Names cut to what is left for them: at the end, or in the middle where they would look the same.
fn shortened(names: &[String], most: usize) -> Vec<String> {
    let distinct = |names: &[String]| names.iter().collect::<std::collections::BTreeSet<_>>().len();
    let at_end: Vec<String> = names.iter().map(|name| cut(name, most)).collect();
    if distinct(&at_end) == distinct(names) { at_end } else { names.iter().map(|name| cut_inside(name, most)).collect() }
}

/// Two fifths of the room for the end of the text.
fn cut_inside(text: &str, most: usize) -> String {
    let all: Vec<char> = text.chars().collect();
    if all.len() <= most {
        return text.to_owned();
    }
    let tail = most.saturating_sub(1) * 2 / 5;
    let head = most.saturating_sub(1) - tail;
    all[..head].iter().chain(&['…']).chain(&all[all.len() - tail..]).collect()
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

type Record<'v> = BTreeMap<&'v str, &'v Value>;

/// The rows of a table of the report by column name; none when it is not there.
fn records<'v>(report: &'v Value, id: &str) -> Vec<Record<'v>> {
    let Some(table) = table(report, id) else { return Vec::new() };
    let list = |value: &'v Value| value.as_array().map_or(&[][..], Vec::as_slice);
    let names: Vec<&str> = list(&table["columns"]).iter().filter_map(|column| column["name"].as_str()).collect();
    list(&table["rows"]).iter().map(|row| names.iter().copied().zip(list(row)).collect()).collect()
}

fn table<'v>(report: &'v Value, id: &str) -> Option<&'v Value> {
    report["tables"].as_array()?.iter().find(|table| table["id"] == id)
}

/// What section 1 says is to be watched, as the sentences stand there.
fn warnings(report: &Value) -> Vec<String> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let data = list(&report["sections"]).into_iter().find(|section| section["id"] == "data");
    let findings = data.map(|section| list(&section["findings"])).unwrap_or_default();
    let watched = findings.iter().filter(|finding| finding["weight"] != "good");
    watched.filter_map(|finding| finding["sentence"].as_str().map(str::to_owned)).collect()
}

/// The unit of the schedule's costs.
fn currency(report: &Value) -> String {
    let columns = table(report, "schedule").and_then(|table| table["columns"].as_array());
    let cost = columns.and_then(|columns| columns.iter().find(|column| column["name"] == "cost"));
    cost.and_then(|column| column["unit"].as_str()).unwrap_or("the model's currency").to_owned()
}

fn text(record: &Record<'_>, name: &str) -> Option<String> {
    record.get(name)?.as_str().map(str::to_owned)
}

fn number(record: &Record<'_>, name: &str) -> Option<f64> {
    record.get(name)?.as_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(id: &str, columns: &[&str], rows: &Value) -> Value {
        let columns: Vec<Value> =
            columns.iter().map(|name| json!({"name": name, "unit": if *name == "cost" { "EUR" } else { "" }})).collect();
        json!({"id": id, "columns": columns, "rows": rows})
    }

    fn report(pools: &[&str]) -> Value {
        let each = |row: fn(&str) -> Value| pools.iter().map(|pool| row(pool)).collect::<Value>();
        let schedule = json!([[pools[0], 3, "2026-12-01", 50_000.5], [pools[0], 3, "2026-11-02", 1_500_000_000.0]]);
        json!({"tables": [
            table("headroom", &["pool", "binding", "room_p50"], &each(|pool| json!([pool, "network_bandwidth", -1]))),
            table("exhaustion", &["pool", "variant", "p10", "p50", "p90"], &each(|pool| json!([pool, "redundancy lost", "2026-11-06", "2026-12-28", null]))),
            table("schedule", &["pool", "units", "order_by", "cost"], &schedule),
            table("risk-by-month", &["pool", "month", "lolp", "lolp_recommended"], &json!([
                [pools[0], "2026-11", 0.001, 0.001], [pools[0], "2027-01", 1.0, 0.000_1], [pools[0], "2027-02", 0.5, 0.5],
            ])),
        ]})
    }

    #[test]
    fn a_pool_has_its_first_order_its_sums_and_its_worst_month() {
        let summary = Summary::of_report(&report(&["web"]));
        let line = &summary.lines[0];
        assert_eq!((line.order_by.as_deref(), line.units), (Some("2026-11-02"), 6));
        assert_eq!((line.cost, line.risk), (1_500_050_000.5, [Some(1.0), Some(0.5)]));
        assert_eq!(line.worst_month.as_deref(), Some("2027-01"));
        assert_eq!(summary.currency, "EUR");
        let text = summary.as_text();
        let cells: Vec<&str> = text.lines().nth(1).unwrap().split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
        let expected = ["web", "network…", "2026-12 (2026-11–later)", "2026-11-02", "6", "1.5G", "100→50.0 %"];
        assert_eq!(cells, expected);
    }

    #[test]
    fn the_legend_is_of_what_the_table_shows() {
        let legend = |report: &Value| {
            let text = Summary::of_report(report).as_text();
            text.lines().skip(2).map(str::to_owned).collect::<Vec<_>>()
        };
        let mut whole = report(&["web"]);
        assert_eq!(
            legend(&whole),
            [
                "crosses: median month from which the redundancy is gone; cost in EUR",
                "worst month: P(shortfall) as declared → with these orders, also where too late"
            ]
        );
        whole["tables"][1]["rows"][0][1] = json!("everything up");
        whole["tables"][2]["rows"] = json!([]);
        assert_eq!(
            legend(&whole),
            ["crosses: median month from which demand is above the line; cost in EUR", "worst month: P(shortfall) as declared"]
        );
    }

    #[test]
    fn it_fits_eighty_columns_with_long_names_and_many_pools() {
        let names: Vec<String> = (0..50).map(|n| format!("eu-central-1-a-service-with-a-very-long-name-{n}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        for pools in [&names[..], &names[..1]] {
            let text = Summary::of_report(&report(pools)).as_text();
            let wide: Vec<&str> = text.lines().filter(|line| line.chars().count() > WIDTH).collect();
            assert!(wide.is_empty(), "{}", wide.join("\n"));
            assert_eq!(text.contains("and 30 more pools"), pools.len() == 50, "{text}");
        }
    }

    #[test]
    fn names_that_would_look_the_same_are_cut_inside() {
        let names: Vec<String> = (0..12).map(|n| format!("a-service-with-a-very-long-name-of-zone-{n:02}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let text = Summary::of_report(&report(&names)).as_text();
        let firsts: std::collections::BTreeSet<&str> =
            text.lines().skip(1).take(12).filter_map(|line| line.split_whitespace().next()).collect();
        assert_eq!(firsts.len(), 12, "{text}");
        assert!(firsts.iter().all(|name| name.contains('…') && name.chars().count() >= 16), "{text}");
        // short names leave the span its room
        assert!(Summary::of_report(&report(&["web", "api"])).as_text().contains("2026-12 (2026-11–later)"));
        assert_eq!(shortened(&["abcdefgh".to_owned(), "abcdefgi".to_owned()], 6), ["abc…gh", "abc…gi"]);
        assert_eq!(shortened(&["abcdefgh".to_owned(), "xbcdefgi".to_owned()], 6), ["abcde…", "xbcde…"]);
    }

    #[test]
    fn of_a_report_only_what_the_table_needs_is_kept() {
        let whole = json!({
            "model": "m",
            "sections": [{"number": 1, "id": "data", "findings": []}, {"number": 2, "id": "now", "findings": [1]}],
            "tables": [{"id": "headroom", "rows": [[1]]}, {"id": "samples", "rows": [[2]]}],
        });
        let Read { sections, tables } = serde_json::from_str(&whole.to_string()).unwrap();
        assert_eq!((&sections[0].0, &sections[1].0), (&whole["sections"][0], &Value::Null));
        assert_eq!((&tables[0].0, &tables[1].0), (&whole["tables"][0], &Value::Null));
    }

    #[test]
    fn warnings_about_the_data_stand_under_the_table() {
        let finding = |weight: &str, sentence: &str| json!({"weight": weight, "sentence": sentence});
        let mut report = report(&["web"]);
        report["sections"] = json!([
            {"id": "data", "findings": [finding("good", "fine"), finding("watch", "1"), finding("watch", "2"), finding("act", "3"), finding("watch", "4")]},
            {"id": "now", "findings": [finding("act", "other")]},
        ]);
        let text = Summary::of_report(&report).as_text();
        assert!(text.ends_with("data: 1\ndata: 2\ndata: 3\ndata: … and 1 more: see the report"), "{text}");
    }

    #[test]
    fn what_a_report_does_not_hold_is_a_dash() {
        let line = Line { pool: "web".to_owned(), ..Line::default() };
        assert_eq!(line.cells(), ["web", "–", "later", "–", "–", "–", "–"].map(str::to_owned));
        assert!(Summary::of_report(&json!({})).lines.is_empty());
    }

    #[test]
    fn numbers_are_short() {
        let shown = [0.0, 950.0, 34_853.7, 123_456.0, 99_960.0, 1.2e6, 5e13].map(amount);
        assert_eq!(shown, ["0", "950", "34.9k", "123k", "100k", "1.2M", "50.0T"]);
        assert_eq!(risk([Some(0.000_1), Some(0.0)]), "<0.1→0 %");
        assert_eq!(risk([Some(0.01), Some(0.01)]), "1.0 %");
    }
}

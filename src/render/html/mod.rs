//! The report as one page: what a director reads, an index of pools, a section a pool, the questions in order.

mod data;
mod what_if;

use std::collections::BTreeMap;

use minijinja::Environment;
use serde::Serialize;

use super::Error;
use super::cell::{heading, is_number, shown};
use super::chart::{svg_body, theme};
use super::font::fonts;
use crate::report::{Chart, Director, Finding, PoolLine, Provenance, Report, Section, Table, Weight, format, slug};
use crate::units::Money;

/// Rows of a table that stand in the page; longer ones are listed by the script when they are opened.
const ROWS: usize = 40;
/// With more pools than this a page is one of many pools: their evidence is made when it is opened, their history is by several days.
const MANY: usize = 60;
/// Findings of pools that a question shows before the rest is folded.
const SHOWN: usize = 12;
/// Bytes of a long table that a page may hold, and for each pool.
const TABLE_BYTES: usize = 1_000_000;
const TABLE_BYTES_A_POOL: usize = 4_000;
/// No table of more rows than this is below them.
const MOST_ROWS: usize = 100_000;
/// Pools whose fans are also there without a script.
const DRAWN: usize = 12;

#[derive(Serialize)]
struct Whole<'a> {
    model: &'a str,
    question: &'a str,
    director: &'a Director,
    summary: &'a [String],
    as_of: String,
    horizon_days: u32,
    pools: Vec<Pool<'a>>,
    many: bool,
    currency: String,
    sections: Vec<Page<'a>>,
    others: Vec<Shown<'a>>,
    provenance: &'a Provenance,
    schema: &'a str,
    fonts: String,
    styles: &'static str,
    script: &'static str,
}

#[derive(Serialize)]
struct Page<'a> {
    number: u8,
    id: &'a str,
    question: &'a str,
    findings: Vec<&'a Finding>,
    more: Vec<&'a Finding>,
    left: usize,
    caveats: &'a [String],
    charts: Vec<Drawn<'a>>,
    tables: Vec<Shown<'a>>,
}

/// A pool in the index, with its section.
#[derive(Serialize)]
struct Pool<'a> {
    id: String,
    line: &'a PoolLine,
    crosses: String,
    between: String,
    order_by: String,
    cost: String,
    risk: String,
    risk_chance: String,
    risk_month: String,
    risk_with_orders: String,
    decision: Vec<&'a Finding>,
    evidence: Vec<&'a Finding>,
    caveats: Vec<&'a Finding>,
    what_if: Option<WhatIf>,
    charts: Vec<Drawn<'a>>,
}

/// A pool in every scenario.
#[derive(Serialize)]
struct WhatIf {
    title: String,
    heads: Vec<(String, bool)>,
    /// The scenario, and its cells.
    rows: Vec<(String, Vec<(String, bool)>)>,
}

#[derive(Serialize)]
struct Drawn<'a> {
    id: &'a str,
    title: &'a str,
    subtitle: &'a str,
    footer: &'a str,
    svg: Option<String>,
    data: Option<String>,
    /// Values that can be read in a drawing that the script does not make.
    spots: Option<String>,
}

#[derive(Serialize)]
struct Shown<'a> {
    id: &'a str,
    title: &'a str,
    count: usize,
    heads: Vec<(String, bool)>,
    rows: Vec<(String, Vec<(String, &'static str)>)>,
    pool: Option<usize>,
    data: Option<String>,
    /// Too large for a page: its file is named.
    absent: bool,
}

/// The report as one HTML page that needs nothing else: charts, data, font, styles and script are inside.
///
/// # Errors
/// [`Error::Page`], which no report built by `compose` causes.
pub fn html(report: &Report) -> Result<Vec<u8>, Error> {
    let mut environment = Environment::new();
    environment.add_filter("coded", |text: String| coded(&text));
    environment.add_template("report.html", include_str!("../report.html"))?;
    let many = report.pools.len() > MANY;
    let whole = Whole {
        model: &report.model,
        question: &report.question,
        director: &report.director,
        summary: &report.summary,
        as_of: format::day(report.as_of),
        horizon_days: report.horizon_days,
        pools: pools(report, many),
        many,
        currency: currency(report),
        sections: report.sections.iter().map(|section| page(report, section, many)).collect(),
        others: others(report),
        provenance: &report.provenance,
        schema: &report.schema,
        fonts: fonts(),
        styles: include_str!("../report.css"),
        script: include_str!("../report.js"),
    };
    let text = environment.get_template("report.html")?.render(minijinja::value::Serde(&whole))?;
    Ok(text.into_bytes())
}

/// The currency, as the table of orders has it.
fn currency(report: &Report) -> String {
    let schedule = report.tables.iter().find(|table| table.id == "schedule");
    let cost = schedule.and_then(|table| table.columns.iter().find(|column| column.name == "cost"));
    cost.map_or_else(String::new, |column| column.unit.clone())
}

fn pools(report: &Report, many: bool) -> Vec<Pool<'_>> {
    let mut about: BTreeMap<&str, Vec<(u8, &Finding)>> = BTreeMap::new();
    for section in &report.sections {
        for finding in &section.findings {
            if let Some(pool) = &finding.pool {
                about.entry(pool).or_default().push((section.number, finding));
            }
        }
    }
    let mut charts: BTreeMap<&str, Vec<&Chart>> = BTreeMap::new();
    for chart in &report.charts {
        if let Some(pool) = &chart.pool {
            charts.entry(pool).or_default().push(chart);
        }
    }
    let currency = currency(report);
    let scenarios = what_if::by_pool(report);
    let one = |line| {
        let found = about.get(line_pool(line)).map(Vec::as_slice).unwrap_or_default();
        let fans = charts.get(line_pool(line)).map(Vec::as_slice).unwrap_or_default();
        let fans = fans.iter().map(|chart| drawn(report, chart, many)).collect();
        let what_if =
            scenarios.as_ref().and_then(|(table, rows)| what_if::of(table, rows.get(line_pool(line))?, line_pool(line)));
        Pool { what_if, ..pool(report, line, found, fans, &currency) }
    };
    report.pools.iter().map(one).collect()
}

fn line_pool(line: &PoolLine) -> &str {
    &line.pool
}

fn pool<'a>(
    report: &Report,
    line: &'a PoolLine,
    found: &[(u8, &'a Finding)],
    charts: Vec<Drawn<'a>>,
    currency: &str,
) -> Pool<'a> {
    let of = |numbers: &[u8]| found.iter().filter(|(number, _)| numbers.contains(number)).map(|(_, one)| *one).collect();
    let end = report.as_of.plus(report.horizon_days as i32);
    let day = |day: Option<crate::time::Day>| day.map_or_else(|| "–".to_owned(), format::day);
    let between = if line.crosses_p10.is_none() || line.crosses_p10 == line.crosses_p90 {
        String::new()
    } else {
        let high = line.crosses_p90.map_or_else(|| format!("after {}", format::day(end)), format::day);
        format!("{} – {high}", day(line.crosses_p10))
    };
    Pool {
        id: slug(&line.pool),
        crosses: line.crosses.map_or_else(|| "not in the horizon".to_owned(), format::day),
        between,
        order_by: day(line.order_by),
        cost: if line.orders == 0 { "–".to_owned() } else { format::money(Money(line.cost), currency) },
        risk: format::percent(line.risk),
        risk_chance: format::chance(line.risk),
        risk_month: line.risk_month.map_or_else(String::new, format::month),
        risk_with_orders: format::percent(line.risk_with_orders),
        decision: of(&[7, 8, 11]),
        evidence: of(&[3, 4, 5, 6, 9, 10]),
        caveats: of(&[1, 2]),
        what_if: None,
        charts,
        line,
    }
}

fn page<'a>(report: &'a Report, section: &'a Section, many: bool) -> Page<'a> {
    let charts = section.charts.iter().filter_map(|id| report.charts.iter().find(|chart| chart.id == *id));
    // what is of one pool stands in its section
    let charts =
        charts.filter(|chart| chart.pool.is_none() || !report.pools.iter().any(|line| Some(&line.pool) == chart.pool.as_ref()));
    let tables = section.tables.iter().filter_map(|id| report.tables.iter().find(|table| table.id == *id));
    let (findings, more, left) = folded(&section.findings, many);
    Page {
        number: section.number,
        id: &section.id,
        question: &section.question,
        findings,
        more,
        left,
        caveats: &section.caveats,
        charts: charts.map(|chart| drawn(report, chart, many)).collect(),
        tables: tables.map(|one| table(one, report.pools.len())).collect(),
    }
}

/// What a question shows at once, what it folds, and how many findings stand in the sections of their pools only.
fn folded(findings: &[Finding], many: bool) -> (Vec<&Finding>, Vec<&Finding>, usize) {
    let of_pools = findings.iter().filter(|one| one.pool.is_some()).count();
    if of_pools <= SHOWN {
        return (findings.iter().collect(), Vec::new(), 0);
    }
    // the most urgent first; equals stay in order
    let mut urgent: Vec<usize> = (0..findings.len()).filter(|at| findings[*at].pool.is_some()).collect();
    urgent.sort_by_key(|at| std::cmp::Reverse(findings[*at].weight));
    urgent.truncate(if findings.iter().any(|one| one.weight > Weight::Good) { SHOWN } else { 0 });
    let first = |at: usize| findings[at].pool.is_none() || urgent.contains(&at);
    let shown = (0..findings.len()).filter(|at| first(*at)).map(|at| &findings[at]).collect();
    let rest: Vec<&Finding> = (0..findings.len()).filter(|at| !first(*at)).map(|at| &findings[at]).collect();
    if many { (shown, Vec::new(), rest.len()) } else { (shown, rest, 0) }
}

/// Tables that no question shows.
fn others(report: &Report) -> Vec<Shown<'_>> {
    let asked = |table: &&Table| !report.sections.iter().any(|section| section.tables.contains(&table.id));
    report.tables.iter().filter(asked).map(|one| table(one, report.pools.len())).collect()
}

fn drawn<'a>(report: &Report, chart: &'a Chart, many: bool) -> Drawn<'a> {
    let data = data::chart(report, chart, many);
    // without a script the drawing is shown; of many pools it is only a file
    let inside = data.is_none() || chart.pool.is_none() || report.pools.len() <= DRAWN;
    let (svg, spots) = inside.then(|| svg_body(chart)).unzip();
    let spots = spots.filter(|spots| data.is_none() && !spots.is_empty());
    Drawn {
        id: &chart.id,
        title: &chart.title,
        subtitle: &chart.subtitle,
        footer: &chart.footer,
        svg: svg.map(|svg| theme::themed(&svg)),
        data: data.as_ref().map(data::inert),
        spots: spots.map(|spots| data::inert(&data::spots(&spots))),
    }
}

/// More letters than this are a sentence, whose column must not be narrow.
const SENTENCE: usize = 60;

/// A cell and its class.
fn cell(words: String, number: bool) -> (String, &'static str) {
    let long = if words.chars().count() > SENTENCE { "long" } else { "" };
    (words, if number { "n" } else { long })
}

/// Words with what stands between backticks marked as code, ready for the page.
fn coded(text: &str) -> minijinja::Value {
    let escape = |part: &str| minijinja::HtmlEscape(part).to_string();
    let parts: Vec<&str> = text.split('`').collect();
    // a backtick without its other half is no mark
    if parts.len().is_multiple_of(2) {
        return minijinja::Value::from_safe_string(escape(text));
    }
    let each = parts.iter().enumerate();
    let marked = each.map(|(i, part)| if i % 2 == 1 { format!("<code>{}</code>", escape(part)) } else { escape(part) });
    minijinja::Value::from_safe_string(marked.collect())
}

fn table(table: &Table, pools: usize) -> Shown<'_> {
    let columns = 0..table.columns.len();
    let numbers: Vec<bool> = columns.clone().map(|column| is_number(table, column)).collect();
    let long = table.rows.len() > ROWS;
    let cells = |row: usize| columns.clone().map(|column| cell(shown(table, row, column), numbers[column])).collect();
    let rows = |ids: Vec<String>| ids.into_iter().enumerate().map(|(row, id)| (id, cells(row))).collect();
    let fits = long && table.rows.len() <= MOST_ROWS;
    let data = fits.then(|| data::inert(&data::table(table)));
    let data = data.filter(|data| data.len() <= TABLE_BYTES.max(pools * TABLE_BYTES_A_POOL));
    Shown {
        id: &table.id,
        title: &table.title,
        count: table.rows.len(),
        heads: columns.clone().map(|column| (heading(table, column), numbers[column])).collect(),
        rows: if long { Vec::new() } else { rows(table.row_ids()) },
        pool: table.column("pool"),
        absent: long && data.is_none(),
        data,
    }
}

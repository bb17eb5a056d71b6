use minijinja::Environment;
use serde::Serialize;

use super::Error;
use super::cell::{heading, is_number, shown};
use super::chart::{svg_body, theme};
use super::font::fonts;
use crate::report::{Chart, Finding, Provenance, Report, Table, format};

#[derive(Serialize)]
struct Whole<'a> {
    model: &'a str,
    question: &'a str,
    summary: &'a [String],
    as_of: String,
    horizon_days: u32,
    sections: Vec<Page<'a>>,
    provenance: &'a Provenance,
    schema: &'a str,
    fonts: String,
}

#[derive(Serialize)]
struct Page<'a> {
    number: u8,
    id: &'a str,
    question: &'a str,
    findings: &'a [Finding],
    caveats: &'a [String],
    charts: Vec<Drawn<'a>>,
    tables: Vec<Shown<'a>>,
}

#[derive(Serialize)]
struct Drawn<'a> {
    id: &'a str,
    title: &'a str,
    svg: String,
}

#[derive(Serialize)]
struct Shown<'a> {
    id: &'a str,
    title: &'a str,
    heads: Vec<(String, bool)>,
    rows: Vec<Vec<(String, bool)>>,
}

/// The report as one HTML page that needs nothing else: charts, font and styles are inside.
///
/// # Errors
/// [`Error::Page`], which no report built by `compose` causes.
pub fn html(report: &Report) -> Result<Vec<u8>, Error> {
    let mut environment = Environment::new();
    environment.add_template("report.html", include_str!("report.html"))?;
    let pages: Vec<Page<'_>> = report.sections.iter().map(|section| page(report, section)).collect();
    let whole = Whole {
        model: &report.model,
        question: &report.question,
        summary: &report.summary,
        as_of: format::day(report.as_of),
        horizon_days: report.horizon_days,
        sections: pages,
        provenance: &report.provenance,
        schema: &report.schema,
        fonts: fonts(),
    };
    let text = environment.get_template("report.html")?.render(minijinja::value::Serde(&whole))?;
    Ok(text.into_bytes())
}

fn page<'a>(report: &'a Report, section: &'a crate::report::Section) -> Page<'a> {
    let charts = section.charts.iter().filter_map(|id| report.charts.iter().find(|chart| chart.id == *id));
    let tables = section.tables.iter().filter_map(|id| report.tables.iter().find(|table| table.id == *id));
    Page {
        number: section.number,
        id: &section.id,
        question: &section.question,
        findings: &section.findings,
        caveats: &section.caveats,
        charts: charts.map(drawn).collect(),
        tables: tables.map(table).collect(),
    }
}

fn drawn(chart: &Chart) -> Drawn<'_> {
    Drawn { id: &chart.id, title: &chart.title, svg: theme::themed(&svg_body(chart)) }
}

fn table(table: &Table) -> Shown<'_> {
    let columns = 0..table.columns.len();
    let numbers: Vec<bool> = columns.clone().map(|column| is_number(table, column)).collect();
    let cells = |row: usize| columns.clone().map(|column| (shown(table, row, column), numbers[column])).collect();
    Shown {
        id: &table.id,
        title: &table.title,
        heads: columns.clone().map(|column| (heading(table, column), numbers[column])).collect(),
        rows: (0..table.rows.len()).map(cells).collect(),
    }
}

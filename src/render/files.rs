use rayon::prelude::*;

use super::{csv, html, json, markdown, parquet, png, svg};
use crate::observe::{Event, Observer};
use crate::report::{Chart, Report, Table};

/// Every file of a run but its manifest: name within the run folder and bytes, pages first, then charts and tables by id.
///
/// Charts are drawn in parallel and returned in order; PNG files have twice the pixels of the drawing.
///
/// # Errors
/// The file that could not be made, and why.
pub fn files(report: &Report, observer: &dyn Observer) -> Result<Vec<(String, Vec<u8>)>, (String, String)> {
    let stage = "render";
    observer.on(&Event::Started { stage, work: report.charts.len() as u64 });
    let mut files = vec![
        ("report.html".to_owned(), html(report).map_err(|error| failed("report.html", &error))?),
        ("report.md".to_owned(), markdown(report)),
        ("report.json".to_owned(), json(report).map_err(|error| failed("report.json", &error))?),
    ];
    let drawn = report.charts.par_iter().map(|chart| {
        let both = draw(chart);
        observer.on(&Event::Advanced { stage, parts: 1 });
        both
    });
    files.extend(drawn.collect::<Result<Vec<_>, _>>()?.into_iter().flatten());
    let tables = report.tables.par_iter().map(encode).collect::<Result<Vec<_>, _>>()?;
    files.extend(tables.into_iter().flatten());
    observer.on(&Event::Finished { stage });
    Ok(files)
}

fn failed(file: &str, error: &dyn std::fmt::Display) -> (String, String) {
    (file.to_owned(), error.to_string())
}

fn draw(chart: &Chart) -> Result<[(String, Vec<u8>); 2], (String, String)> {
    let name = format!("charts/{}", chart.id);
    let drawing = svg(chart);
    let pixels = png(&drawing, 2.0).map_err(|error| failed(&name, &error))?;
    Ok([(format!("{name}.svg"), drawing.into_bytes()), (format!("{name}.png"), pixels)])
}

fn encode(table: &Table) -> Result<[(String, Vec<u8>); 2], (String, String)> {
    let name = format!("tables/{}", table.id);
    let columns = parquet(table).map_err(|error| failed(&name, &error))?;
    let text = csv(table).map_err(|error| failed(&name, &error))?;
    Ok([(format!("{name}.parquet"), columns), (format!("{name}.csv"), text)])
}

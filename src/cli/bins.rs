//! `plimsoll bins`: count, mean, maximum and percentiles of every series by the hour, or any other step.

use std::path::Path;

use super::args::{BinsArgs, TableFormat, Talk};
use super::show;
use crate::error::Error;
use crate::formats::{self, Fold, Identity, Input, Options};
use crate::ingest::store::{Select, Store};
use crate::problem::Problem;
use crate::report::{Cell, Column, Table};
use crate::run;
use crate::series::Bin;
use crate::time::{Step, Timestamp};

/// A series by its name, statistic and unit, with its bins.
struct Binned {
    id: Identity,
    unit: String,
    bins: Vec<(i64, Bin)>,
}

/// Bins an export or a store.
pub fn bins(typed: &BinsArgs, talk: Talk) -> Result<(), Error> {
    let options = typed.read.options();
    let path = Path::new(&typed.input);
    let series =
        if Store::is_at(path) { of_store(path, &options, typed.every) } else { of_export(path, &options, typed.every, talk) };
    let table = table(series.map_err(Error::Problems)?, typed.every);
    match &typed.output {
        Some(output) => {
            run::write_table(output, &table)?;
            show::say(talk, &format!("wrote {} bins to {}", table.rows.len(), output.display()));
            Ok(())
        }
        None => show::table(&table, if talk.json { TableFormat::Json } else { TableFormat::Csv }),
    }
}

fn of_export(path: &Path, options: &Options, step: Step, talk: Talk) -> Result<Vec<Binned>, Vec<Problem>> {
    if !path.is_file() {
        let message = "saw no such file, expected a file of series or a store";
        let help = "try `plimsoll ingest` for a folder, then bins of the store";
        return Err(vec![Problem::new("ingest/missing-file", path, message).help(help)]);
    }
    let binned = formats::bins(&Input::file(path), options, step)?;
    for finding in &binned.reading.findings {
        show::say(talk, &format!("{}: {} ({}, {} times)", path.display(), finding.text, finding.kind, finding.count));
    }
    let each = binned.reading.series.into_iter().zip(binned.bins);
    Ok(each.map(|(series, bins)| Binned { id: series.id, unit: series.unit.unwrap_or_default(), bins }).collect())
}

fn of_store(path: &Path, options: &Options, step: Step) -> Result<Vec<Binned>, Vec<Problem>> {
    let store = Store::open(path).map_err(|problem| vec![problem])?;
    let (mut fold, mut names) = (Fold::new(step, options.on_duplicate), Vec::new());
    store.scan(&Select::default(), options.on_duplicate, &mut |stored| {
        for (at, number) in stored.at.iter().zip(stored.numbers) {
            fold.push(names.len(), *at, number.real());
        }
        names.push((stored.entry.identity(), stored.entry.unit.clone().unwrap_or_default()));
        Ok(())
    })?;
    fold.finish();
    Ok(names.into_iter().zip(fold.into_bins()).map(|((id, unit), bins)| Binned { id, unit, bins }).collect())
}

fn table(series: Vec<Binned>, step: Step) -> Table {
    let columns = ["series", "statistic", "unit", "start", "count", "mean", "max", "p95", "p99"];
    let mut rows = Vec::with_capacity(series.iter().map(|one| one.bins.len()).sum());
    for one in series {
        let (name, stat) = (one.id.to_string(), one.id.stat.name());
        for (from, bin) in one.bins {
            rows.push(vec![
                Cell::Text(name.clone()),
                Cell::Text(stat.to_owned()),
                Cell::Text(one.unit.clone()),
                Cell::Text(Timestamp(from.div_euclid(formats::NANOS)).to_string()),
                Cell::Integer(i64::from(bin.count)),
                Cell::Number(bin.mean),
                Cell::Number(bin.max),
                Cell::Number(bin.p95),
                Cell::Number(bin.p99),
            ]);
        }
    }
    Table {
        id: "bins".to_owned(),
        title: format!("Every series by {step}"),
        columns: columns.iter().map(|name| Column::new(name, name, "")).collect(),
        rows,
    }
}

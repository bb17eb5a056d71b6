//! A pool in every scenario: what stands below its chart of risks, and is printed.

use std::collections::BTreeMap;

use super::WhatIf;
use crate::render::cell::{heading, is_number, shown};
use crate::report::{Cell, Report, Table, format};

/// What is told of a scenario, in this order, where the report has it.
const COLUMNS: [&str; 7] = ["risk", "risk_se", "difference", "difference_se", "exhaustion_p50", "units_needed", "cost"];

/// The table of scenarios, and which of its rows are of each pool; `None` where no report has one.
pub(super) fn by_pool(report: &Report) -> Option<(&Table, BTreeMap<&str, Vec<usize>>)> {
    let table = report.tables.iter().find(|table| table.id == "scenarios")?;
    let (_, pool) = (table.column("scenario")?, table.column("pool")?);
    let mut rows: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, row) in table.rows.iter().enumerate() {
        if let Some(Cell::Text(name)) = row.get(pool) {
            rows.entry(name).or_default().push(at);
        }
    }
    Some((table, rows))
}

/// One pool in all scenarios; `None` where there is one only, which all else is about.
pub(super) fn of(table: &Table, rows: &[usize], pool: &str) -> Option<WhatIf> {
    if rows.len() < 2 {
        return None;
    }
    let (name, risk) = (table.column("scenario")?, table.column("risk")?);
    let known: Vec<usize> = COLUMNS.iter().filter_map(|name| table.column(name)).collect();
    let named = |row: usize| shown(table, row, name);
    let chance = |row: usize| if let Some(Cell::Number(p)) = table.rows[row].get(risk) { *p } else { 0.0 };
    // the first is base; of equals the first is told
    let worst = rows.iter().copied().fold(rows[0], |worst, row| if chance(row) > chance(worst) { row } else { worst });
    let base = format::percent(chance(rows[0]));
    let title = if chance(worst) == 0.0 {
        format!("{pool} falls short in no scenario")
    } else if worst == rows[0] {
        format!("{pool} falls short within the horizon with a chance of {base}, and in no scenario with a higher one")
    } else {
        let chance = format::percent(chance(worst));
        format!(
            "In {}, {pool} falls short within the horizon with a chance of {chance} (in {}: {base})",
            named(worst),
            named(rows[0])
        )
    };
    let cells = |row: usize| known.iter().map(|at| (shown(table, row, *at), is_number(table, *at))).collect();
    Some(WhatIf {
        title,
        heads: known.iter().map(|at| (heading(table, *at), is_number(table, *at))).collect(),
        rows: rows.iter().map(|row| (named(*row), cells(*row))).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Column;

    fn table(risks: &[f64]) -> Table {
        let names = [("scenario", ""), ("pool", ""), ("risk", "ratio"), ("units_needed", "")];
        let rows = risks.iter().enumerate().map(|(i, risk)| {
            let name = if i == 0 { "base".to_owned() } else { format!("s{i}") };
            vec![Cell::Text(name), Cell::Text("web".to_owned()), Cell::Number(*risk), Cell::Integer(i as i64)]
        });
        Table {
            id: "scenarios".to_owned(),
            title: "What if?".to_owned(),
            columns: names.map(|(name, unit)| Column::new(name, name, unit)).to_vec(),
            rows: rows.collect(),
        }
    }

    #[test]
    fn the_scenario_with_the_highest_risk_is_told_against_base() {
        let told = |risks: &[f64]| of(&table(risks), &(0..risks.len()).collect::<Vec<_>>(), "web").map(|told| told.title);
        assert_eq!(told(&[0.1]), None);
        assert_eq!(told(&[0.0, 0.0]).as_deref(), Some("web falls short in no scenario"));
        assert_eq!(
            told(&[0.02, 0.01, 0.45, 0.45]).as_deref(),
            Some("In s2, web falls short within the horizon with a chance of 45 % (in base: 2.0 %)")
        );
        let first = "web falls short within the horizon with a chance of 30 %, and in no scenario with a higher one";
        assert_eq!(told(&[0.3, 0.3, 0.1]).as_deref(), Some(first));
    }

    #[test]
    fn each_scenario_has_a_row_of_what_the_report_has() {
        let told = of(&table(&[0.1, 0.2]), &[0, 1], "web").unwrap();
        assert_eq!(told.heads, [("risk".to_owned(), true), ("units_needed".to_owned(), true)]);
        assert_eq!(told.rows[1], ("s1".to_owned(), vec![("20 %".to_owned(), true), ("1".to_owned(), true)]));
    }
}

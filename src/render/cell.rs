//! Cells as people read them.

use crate::report::{Cell, Table, format};
use crate::units::{Money, Unit};

/// A cell of a table: shares as percent, amounts with the unit of their column, or of their row's `unit` column.
pub(super) fn shown(table: &Table, row: usize, column: usize) -> String {
    let unit = table.columns[column].unit.as_str();
    match &table.rows[row][column] {
        Cell::Text(text) => text.clone(),
        Cell::Integer(value) => format::number(*value as f64),
        Cell::Day(day) => format::day(*day),
        Cell::Flag(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        Cell::Missing => "–".to_owned(),
        Cell::Number(value) => match unit {
            "ratio" => share(*value),
            "" => row_unit(table, row).map_or_else(|| format::number(*value), |unit| format::amount(*value, &unit)),
            "h" | "s" => format::number(*value),
            currency if currency.len() == 3 => format::money(Money(*value), "").trim().to_owned(),
            other => format::amount(*value, &Unit::named(other)),
        },
    }
}

fn share(value: f64) -> String {
    if (-1.0..=1.0).contains(&value) && value != 0.0 && value.abs() < 1.0 {
        let sign = if value < 0.0 { "−" } else { "" };
        return format!("{sign}{}", format::percent(value.abs()));
    }
    format!("{} %", format::number(value * 100.0))
}

fn row_unit(table: &Table, row: usize) -> Option<Unit> {
    let at = table.columns.iter().position(|column| column.name == "unit")?;
    if let Cell::Text(unit) = &table.rows[row][at] { Some(Unit::named(unit)) } else { None }
}

/// Numbers stand to the right.
pub(super) fn is_number(table: &Table, column: usize) -> bool {
    table.rows.iter().any(|row| matches!(row[column], Cell::Number(_) | Cell::Integer(_)))
}

/// A heading with its unit.
pub(super) fn heading(table: &Table, column: usize) -> String {
    let column = &table.columns[column];
    match column.unit.as_str() {
        "" | "ratio" => column.heading.clone(),
        unit => format!("{} [{unit}]", column.heading),
    }
}

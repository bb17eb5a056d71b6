//! Cells as people read them.

use crate::report::{Cell, Table, format};
use crate::time::Month;
use crate::units::{Money, Unit};

/// A cell of a table: shares as percent, amounts with the unit of their column, or of their row's `unit` column, months by their names.
pub(super) fn shown(table: &Table, row: usize, column: usize) -> String {
    let unit = table.columns[column].unit.as_str();
    match &table.rows[row][column] {
        Cell::Text(text) => words(&table.columns[column].name, text),
        Cell::Integer(value) => format::number(*value as f64),
        Cell::Day(day) => format::day(*day),
        Cell::Flag(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        Cell::Missing => "–".to_owned(),
        Cell::Number(value) => match unit {
            "ratio" => format::share(*value),
            "" => row_unit(table, row).map_or_else(|| format::number(*value), |unit| format::amount(*value, &unit)),
            "h" | "s" => format::number(*value),
            currency if currency.len() == 3 => format::money(Money(*value), "").trim().to_owned(),
            other => format::amount(*value, &Unit::named(other)),
        },
    }
}

/// Words as people write them, where the files that programs read have another form.
fn words(column: &str, text: &str) -> String {
    match column {
        // not broken over two lines
        "month" => text.parse::<Month>().map_or_else(|_| text.to_owned(), |month| format::month(month).replace(' ', "\u{a0}")),
        // its numbers are shown as percent
        "unit" if text == "ratio" => "%".to_owned(),
        "first" | "last" => instant(text).unwrap_or_else(|| text.to_owned()),
        _ => text.to_owned(),
    }
}

/// `1 Nov 2024, 00:00` of `2024-11-01T00:00:00Z`.
fn instant(text: &str) -> Option<String> {
    let (day, clock) = text.strip_suffix('Z')?.split_once('T')?;
    Some(format!("{}, {}", format::day(day.parse().ok()?), clock.get(..5)?))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Column;

    #[test]
    fn months_instants_and_shares_are_shown_as_people_write_them() {
        let columns = ["month", "first", "unit", "value"].map(|name| Column::new(name, name, "")).to_vec();
        let text = |text: &str| Cell::Text(text.to_owned());
        let row = |month: &str| vec![text(month), text("2024-11-01T00:00:00Z"), text("ratio"), Cell::Number(0.987)];
        let table = Table { id: "t".to_owned(), title: String::new(), columns, rows: vec![row("2026-11"), row("horizon")] };
        let seen = |row: usize| (0..4).map(|column| shown(&table, row, column)).collect::<Vec<_>>();
        assert_eq!(seen(0), ["Nov\u{a0}2026", "1 Nov 2024, 00:00", "%", "99 %"]);
        assert_eq!(seen(1)[0], "horizon");
    }
}

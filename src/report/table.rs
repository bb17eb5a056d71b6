use serde::Serialize;

use crate::time::Day;

#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
/// A tidy table: one fact a row.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Table {
    /// A stable id and file name, such as `risk-by-month`.
    pub id: String,
    /// What it shows.
    pub title: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows, each as long as `columns`.
    pub rows: Vec<Vec<Cell>>,
}

#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
/// One column.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Column {
    /// Its name in files: lower case with underscores.
    pub name: String,
    /// Its heading for people.
    pub heading: String,
    /// The base unit of its numbers, `ratio` for shares; empty when it has none.
    pub unit: String,
}

impl Column {
    /// A column by name, heading and unit.
    #[must_use]
    pub fn new(name: &str, heading: &str, unit: &str) -> Self {
        Self { name: name.to_owned(), heading: heading.to_owned(), unit: unit.to_owned() }
    }
}

#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
/// One value.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Cell {
    /// Words.
    Text(String),
    /// A number in the column's base unit; always finite.
    Number(f64),
    /// A count.
    Integer(i64),
    /// A date.
    Day(Day),
    /// Yes or no.
    Flag(bool),
    /// Nothing: unknown or not applicable.
    Missing,
}

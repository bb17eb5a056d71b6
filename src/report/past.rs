//! Tables of a finished report, read back from its JSON.

use serde_json::Value;

use crate::time::Day;

/// One table of a finished report; a table that the report does not have is empty.
pub(super) struct PastTable<'a> {
    columns: Vec<&'a str>,
    rows: Vec<&'a Vec<Value>>,
}

impl<'a> PastTable<'a> {
    /// The table of that id.
    pub(super) fn of(report: &'a Value, id: &str) -> Self {
        let tables = report["tables"].as_array().map(Vec::as_slice).unwrap_or_default();
        let Some(table) = tables.iter().find(|table| table["id"].as_str() == Some(id)) else {
            return Self { columns: Vec::new(), rows: Vec::new() };
        };
        let names = table["columns"].as_array().into_iter().flatten();
        let rows = table["rows"].as_array().into_iter().flatten();
        Self {
            columns: names.map(|column| column["name"].as_str().unwrap_or_default()).collect(),
            rows: rows.filter_map(Value::as_array).collect(),
        }
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = PastRow<'_>> {
        self.rows.iter().map(|cells| PastRow { columns: &self.columns, cells })
    }

    /// The names of its columns.
    pub(super) fn names(&self) -> &[&'a str] {
        &self.columns
    }

    /// The unit of a column, which the report writes beside its name.
    pub(super) fn unit<'r>(report: &'r Value, id: &str, column: &str) -> Option<&'r str> {
        let table = report["tables"].as_array()?.iter().find(|table| table["id"].as_str() == Some(id))?;
        table["columns"].as_array()?.iter().find(|one| one["name"].as_str() == Some(column))?["unit"].as_str()
    }
}

/// One row of it.
#[derive(Clone, Copy)]
pub(super) struct PastRow<'a> {
    columns: &'a [&'a str],
    cells: &'a [Value],
}

impl<'a> PastRow<'a> {
    fn cell(&self, column: &str) -> &'a Value {
        let at = self.columns.iter().position(|name| *name == column);
        at.and_then(|at| self.cells.get(at)).unwrap_or(&Value::Null)
    }

    pub(super) fn text(&self, column: &str) -> &'a str {
        self.cell(column).as_str().unwrap_or_default()
    }

    pub(super) fn number(&self, column: &str) -> Option<f64> {
        self.cell(column).as_f64()
    }

    pub(super) fn day(&self, column: &str) -> Option<Day> {
        self.cell(column).as_str().and_then(|text| text.parse().ok())
    }
}

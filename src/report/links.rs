//! From a finding to the row that holds its number: ids of rows, and which row a finding is about.

use std::collections::BTreeMap;

use super::{Cell, Finding, Section, Table, format};
use crate::time::{Day, Month};

/// Cells that make up the id of a row, at most.
const KEYS: usize = 4;
/// A number and a cell are the same when they differ by no more than rounding: minutes are made of hours.
const SAME: f64 = 1e-12;
const MINUTES: f64 = 60.0;

impl Table {
    /// A stable id for each row: that of the table with the words that come before its first number or date, such as
    /// `risk-by-month-checkout-2027-03`. Orders are told apart by the month they are placed in: `schedule-checkout-2027-03`.
    /// Rows that these cells do not tell apart are counted: `…-2`.
    #[must_use]
    pub fn row_ids(&self) -> Vec<String> {
        let keys = self.key_columns();
        let mut taken: BTreeMap<String, u32> = BTreeMap::new();
        let mut ids = Vec::with_capacity(self.rows.len());
        for row in &self.rows {
            let mut id = self.id.clone();
            for key in keys.iter().filter_map(|at| row.get(*at)) {
                let word = self.key_word(key);
                if !word.is_empty() {
                    id.push('-');
                    id.push_str(&word);
                }
            }
            let times = taken.entry(id.clone()).or_insert(0);
            *times += 1;
            if *times > 1 || id == self.id {
                id = format!("{id}-{times}");
            }
            ids.push(id);
        }
        ids
    }

    /// The position of a column.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The pool of a row, where the table has a column of pools.
    #[must_use]
    pub fn pool_of(&self, row: usize) -> Option<&str> {
        match self.rows.get(row)?.get(self.column("pool")?)? {
            Cell::Text(pool) => Some(pool),
            _ => None,
        }
    }

    /// The columns whose cells make up the ids of rows.
    #[must_use]
    pub fn key_columns(&self) -> Vec<usize> {
        if let (Some(pool), Some(by)) = (self.column("pool"), self.column("order_by")) {
            return vec![pool, by];
        }
        // a date that was found is no name: only a column of days is
        let found = |at: usize, cell: &Cell| match cell {
            Cell::Number(_) | Cell::Integer(_) => true,
            Cell::Day(_) => self.columns[at].name != "day",
            _ => false,
        };
        let numeric = |at: usize| self.rows.iter().any(|row| row.get(at).is_some_and(|cell| found(at, cell)));
        (0..self.columns.len()).take_while(|at| !numeric(*at)).take(KEYS).collect()
    }

    /// What a cell of such a column adds to the id.
    #[must_use]
    pub fn key_word(&self, cell: &Cell) -> String {
        match cell {
            Cell::Text(text) => slug(text),
            // orders are placed within a month
            Cell::Day(day) if self.id == "schedule" => day.month().to_string(),
            Cell::Day(day) => day.to_string(),
            Cell::Flag(flag) => if *flag { "yes" } else { "no" }.to_owned(),
            Cell::Number(_) | Cell::Integer(_) | Cell::Missing => String::new(),
        }
    }
}

/// Lower-case letters, digits and hyphens, for an address within a page.
#[must_use]
pub fn slug(text: &str) -> String {
    let mut slug = String::new();
    for letter in text.chars().flat_map(char::to_lowercase) {
        if letter.is_alphanumeric() {
            slug.push(letter);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.chars().count() >= 48 {
            break;
        }
    }
    slug.trim_end_matches('-').to_owned()
}

/// Gives every finding the row of its table that holds its number, where there is one.
pub(super) fn link(sections: &mut [Section], tables: &[Table]) {
    let ids: BTreeMap<&str, (&Table, Vec<String>)> =
        tables.iter().map(|table| (table.id.as_str(), (table, table.row_ids()))).collect();
    let pools: BTreeMap<&str, BTreeMap<&str, Vec<usize>>> = ids.iter().map(|(id, (table, _))| (*id, by_pool(table))).collect();
    for finding in sections.iter_mut().flat_map(|section| &mut section.findings) {
        let Some(id) = finding.evidence.as_deref() else { continue };
        let Some((table, names)) = ids.get(id) else { continue };
        let mine = match &finding.pool {
            Some(pool) if table.column("pool").is_some() => pools[id].get(pool.as_str()).cloned().unwrap_or_default(),
            _ => (0..table.rows.len()).collect(),
        };
        finding.row = row_of(finding, table, &mine).map(|row| names[row].clone());
    }
}

fn by_pool(table: &Table) -> BTreeMap<&str, Vec<usize>> {
    let mut rows: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for row in 0..table.rows.len() {
        if let Some(pool) = table.pool_of(row) {
            rows.entry(pool).or_default().push(row);
        }
    }
    rows
}

/// Of the rows of a finding's pool the one that holds its number; of several the one of whose words most stand in its sentence. A
/// finding without a number is about the first row of its pool.
fn row_of(finding: &Finding, table: &Table, mine: &[usize]) -> Option<usize> {
    let Some(value) = finding.value else { return finding.pool.as_ref().and(mine.first().copied()) };
    let holds = mine.iter().copied().filter(|row| (0..table.columns.len()).any(|at| holds(table, *row, at, value)));
    // the first of the best: `max_by_key` would take the last
    holds.rev().max_by_key(|row| told(&finding.sentence, &table.rows[*row]))
}

fn holds(table: &Table, row: usize, column: usize, value: f64) -> bool {
    let cell = match table.rows[row][column] {
        Cell::Number(number) => number,
        Cell::Integer(count) => count as f64,
        _ => return false,
    };
    let same = |cell: f64| (cell - value).abs() <= SAME * value.abs();
    same(cell) || (table.columns[column].unit == "h" && same(cell * MINUTES))
}

/// How many cells of words and dates a sentence repeats.
fn told(sentence: &str, row: &[Cell]) -> usize {
    let said = |cell: &&Cell| match cell {
        Cell::Text(text) => {
            let month = format!("{text}-01").parse::<Day>().ok().map(Day::month).map(|month: Month| format::month(month));
            !text.is_empty() && (sentence.contains(text.as_str()) || month.is_some_and(|month| sentence.contains(&month)))
        }
        Cell::Day(day) => sentence.contains(&format::day(*day)),
        _ => false,
    };
    row.iter().filter(said).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Column, Weight};

    fn table(id: &str, columns: &[&str], rows: Vec<Vec<Cell>>) -> Table {
        let columns = columns.iter().map(|name| Column::new(name, name, if *name == "hours" { "h" } else { "" })).collect();
        Table { id: id.to_owned(), title: String::new(), columns, rows }
    }

    fn text(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }

    #[test]
    fn rows_have_ids_of_their_words_and_no_id_twice() {
        let rows = vec![
            vec![text("web"), text("2027-03"), Cell::Number(0.1)],
            vec![text("web"), text("2027-03"), Cell::Number(0.2)],
            vec![text("Web & Shop"), Cell::Missing, Cell::Number(0.2)],
        ];
        let ids = table("risk", &["pool", "month", "p"], rows).row_ids();
        assert_eq!(ids, ["risk-web-2027-03", "risk-web-2027-03-2", "risk-web-shop"]);
        let day: Day = "2027-03-14".parse().unwrap();
        let order = vec![text("checkout"), text("m8"), Cell::Integer(3), Cell::Day(day)];
        let ids = table("schedule", &["pool", "unit", "units", "order_by"], vec![order]).row_ids();
        assert_eq!(ids, ["schedule-checkout-2027-03"]);
        let ids = table("frontier", &["accepted"], vec![vec![Cell::Number(0.1)], vec![Cell::Number(0.2)]]).row_ids();
        assert_eq!(ids, ["frontier-1", "frontier-2"]);
    }

    #[test]
    fn a_finding_leads_to_the_row_of_its_number() {
        let row = |pool: &str, month: &str, hours: f64| vec![text(pool), text(month), Cell::Number(hours)];
        let rows = vec![row("a", "2027-01", 1.0), row("b", "2027-01", 0.1), row("b", "2027-02", 0.2), row("b", "2027-03", 0.2)];
        let risk = table("risk", &["pool", "month", "hours"], rows);
        let finding = |pool: Option<&str>, value: Option<f64>, sentence: &str| Finding {
            sentence: sentence.to_owned(),
            pool: pool.map(str::to_owned),
            weight: Weight::Good,
            value,
            low: None,
            high: None,
            interval: None,
            method: String::new(),
            evidence: Some("risk".to_owned()),
            row: None,
        };
        let rows = |one: &Finding| row_of(one, &risk, &[1, 2, 3]);
        assert_eq!(rows(&finding(Some("b"), Some(0.1), "")), Some(1));
        assert_eq!(rows(&finding(Some("b"), Some(0.2), "b in Mar 2027")), Some(3), "its words decide between equal numbers");
        assert_eq!(rows(&finding(Some("b"), Some(0.2), "b")), Some(2), "the first of equals");
        assert_eq!(rows(&finding(Some("b"), Some(6.0), "")), Some(1), "minutes are hours");
        assert_eq!(rows(&finding(Some("b"), Some(1.0), "")), None, "another pool's number");
        assert_eq!(rows(&finding(Some("b"), None, "")), Some(1));
        assert_eq!(row_of(&finding(None, None, ""), &risk, &[0, 1]), None);
    }
}

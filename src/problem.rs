//! One thing wrong with what a user gave: where, what was seen, what is accepted, what to do. All problems are told at once.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

/// One problem with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Stable name, `stage/what`: `ingest/utilization-out-of-range`, `spec/unknown-key`. Its stage gives the exit code.
    pub slug: &'static str,
    /// The file.
    pub path: PathBuf,
    /// 1-based line, where there is one.
    pub line: Option<u64>,
    /// 1-based number of the field on the line (data), where there is one.
    pub field: Option<u64>,
    /// Column name (data) or 1-based character column (model file), where there is one.
    pub column: Option<String>,
    /// Bytes of the file to underline, where the text is at hand.
    pub span: Option<Range<usize>>,
    /// What was seen, and what is accepted.
    pub message: String,
    /// What to do next.
    pub help: Option<String>,
}

impl Problem {
    /// A problem with a whole file.
    #[must_use]
    pub fn new(slug: &'static str, path: impl Into<PathBuf>, message: impl Into<String>) -> Self {
        Self { slug, path: path.into(), line: None, field: None, column: None, span: None, message: message.into(), help: None }
    }

    /// The same, at a line.
    #[must_use]
    pub fn at_line(self, line: u64) -> Self {
        Self { line: Some(line), ..self }
    }

    /// The same, at a field of the line, counted from 1.
    #[must_use]
    pub fn at_field(self, field: u64) -> Self {
        Self { field: Some(field), ..self }
    }

    /// The same, in a column.
    #[must_use]
    pub fn in_column(self, column: impl Into<String>) -> Self {
        Self { column: Some(column.into()), ..self }
    }

    /// The same, with what to do about it.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error[{}]: {}", self.slug, self.path.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
            if let Some(field) = self.field {
                write!(f, ":{field}")?;
            }
        }
        if let Some(column) = &self.column {
            write!(f, ", column `{column}`")?;
        }
        write!(f, ": {}", self.message)?;
        if let Some(help) = &self.help {
            write!(f, "\n  help: {help}")?;
        }
        Ok(())
    }
}

/// The most alike of some words, when it is near enough to be a slip of the fingers.
///
/// ```
/// # use plimsoll::problem::nearest;
/// assert_eq!(nearest("lead_tiem", &["lead_time", "limit", "lot"]), Some("lead_time"));
/// assert_eq!(nearest("colour", &["lead_time", "limit", "lot"]), None);
/// ```
#[must_use]
pub fn nearest<'w>(seen: &str, words: &[&'w str]) -> Option<&'w str> {
    let near = words.iter().map(|word| (distance(seen, word), *word)).min_by_key(|(apart, _)| *apart)?;
    (near.0 <= 1 + seen.chars().count() / 4).then_some(near.1)
}

/// Edits (insert, delete, replace, swap of neighbours) from one word to another.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replace = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replace.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

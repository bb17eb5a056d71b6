//! Where a row of a plain table holds what, as the table's own reader found out from its first rows.

use crate::formats::Reading;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    /// The time.
    Time,
    /// A value: the series is named by the row's other cells and this number.
    Value(usize),
    /// A part of the name of the row's series, or the unit.
    Key,
    /// Left out.
    Skip,
}

/// A row: columns cut off at its beginning, a run of columns that is taken whole, columns cut off at its end, from the last on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    pub separator: u8,
    pub front: Vec<Piece>,
    /// Columns of the run; all are parts of the key.
    pub middle: usize,
    pub back: Vec<Piece>,
    /// How many value columns there are.
    pub values: usize,
}

impl Plan {
    /// The plan for a table of which the first rows were read. `None` when it is not plain: a title above the header, no header,
    /// two columns for one time, numbers with decimal commas.
    pub fn of(header: &str, reading: &Reading<'_>) -> Option<Self> {
        let names = |separator: char| header.split(separator).map(|name| name.trim().trim_matches('"').trim());
        let columns = || reading.columns.iter().map(|(name, _)| name.as_str());
        // Semicolons come with decimal commas, and with points between thousands.
        let separator = [',', '\t', '|'].into_iter().find(|separator| names(*separator).eq(columns()))?;
        if reading.findings.iter().any(|finding| finding.kind == "decimal-comma") {
            return None;
        }
        let mut values = 0;
        let piece = |(_, role): &(String, String)| match role.split(|letter: char| !letter.is_ascii_alphabetic()).next()? {
            "time" => Some(Piece::Time),
            "value" => {
                values += 1;
                Some(Piece::Value(values - 1))
            }
            "metric" | "label" | "labels" | "entity" | "unit" => Some(Piece::Key),
            "left" => Some(Piece::Skip),
            _ => None,
        };
        let pieces: Vec<Piece> = reading.columns.iter().map(piece).collect::<Option<_>>()?;
        let times = pieces.iter().filter(|piece| **piece == Piece::Time).count();
        (times == 1 && values > 0).then(|| Self::cut(separator as u8, &pieces, values))
    }

    /// Takes the longest run of key columns whole.
    pub(super) fn cut(separator: u8, pieces: &[Piece], values: usize) -> Self {
        let runs = pieces.chunk_by(|one, next| *one == Piece::Key && *next == Piece::Key);
        let starts = runs.scan(0, |end, run| {
            *end += run.len();
            Some((*end - run.len(), run))
        });
        let longest = starts.filter(|(_, run)| run[0] == Piece::Key).max_by_key(|(_, run)| run.len());
        // Without a key, the last column is what is left of the row.
        let (begin, middle) = longest.map_or((pieces.len() - 1, 0), |(begin, run)| (begin, run.len()));
        let back = pieces[begin + middle..].iter().rev().copied().collect();
        Self { separator, front: pieces[..begin].to_vec(), middle, back, values }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_run_of_labels_is_taken_whole() {
        let (time, value, key) = (Piece::Time, Piece::Value(0), Piece::Key);
        let cut = |pieces: &[Piece]| {
            let plan = Plan::cut(b',', pieces, 1);
            (plan.front, plan.middle, plan.back)
        };
        assert_eq!(cut(&[time, key, key, value]), (vec![time], 2, vec![value]));
        assert_eq!(cut(&[key, time, key, key, value]), (vec![key, time], 2, vec![value]));
        assert_eq!(cut(&[time, value, key]), (vec![time, value], 1, vec![]));
        assert_eq!(cut(&[key, value, time]), (vec![], 1, vec![time, value]));
        assert_eq!(cut(&[time, value]), (vec![time], 0, vec![value]));
    }
}

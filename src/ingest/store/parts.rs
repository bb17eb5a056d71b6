//! Files of samples: written once, sorted by series and instant, read one row group at a time.
#![expect(clippy::disallowed_methods, reason = "the store's files are written and read here")]

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use polars::prelude::{
    Column, DataFrame, DataType, FileMetadataRef, NamedFrom, ParallelStrategy, ParquetCompression, ParquetReader, ParquetWriter,
    PolarsError, PolarsResult, SerReader, Series, TimeUnit, TimeZone,
};

use super::index::Part;
use crate::formats::Number;

/// Rows of a row group. A reader holds one of each part that it is within.
pub(super) const GROUP: usize = 1 << 17;

/// Whole numbers above this are not all floats: they are kept beside, exactly.
const EXACT: u64 = 1 << 53;

/// Samples as columns.
#[derive(Debug, Default)]
pub(super) struct Columns {
    pub series: Vec<u32>,
    pub at: Vec<i64>,
    pub value: Vec<f64>,
    /// Exact whole numbers by row; empty when there are none.
    pub whole: Vec<Option<u64>>,
}

impl Columns {
    pub fn push(&mut self, series: u32, at: i64, number: Number) {
        let exact = match number {
            Number::Whole(whole) if whole > EXACT => Some(whole),
            _ => None,
        };
        if exact.is_some() && self.whole.is_empty() {
            self.whole.resize(self.series.len(), None);
        }
        if exact.is_some() || !self.whole.is_empty() {
            self.whole.push(exact);
        }
        self.series.push(series);
        self.at.push(at);
        self.value.push(number.real());
    }

    /// The number of a row, exact.
    pub fn number(&self, row: usize) -> Number {
        let value = self.value[row];
        match self.whole.get(row) {
            Some(Some(whole)) => Number::Whole(*whole),
            _ if value >= 0.0 && value <= EXACT as f64 && value.fract() == 0.0 && value.is_sign_positive() => {
                Number::Whole(value as u64)
            }
            _ => Number::Real(value),
        }
    }

    fn frame(self) -> PolarsResult<DataFrame> {
        let rows = self.series.len();
        let at = Series::new("at".into(), self.at).cast(&DataType::Datetime(TimeUnit::Nanoseconds, Some(TimeZone::UTC)))?;
        let whole = if self.whole.is_empty() {
            Series::full_null("whole".into(), rows, &DataType::UInt64)
        } else {
            Series::new("whole".into(), self.whole)
        };
        let columns = [Series::new("series".into(), self.series), at, Series::new("value".into(), self.value), whole];
        DataFrame::new(rows, columns.map(Column::from).to_vec())
    }
}

/// Writes a part and waits until the system holds it; the folders' names are synced too.
///
/// # Errors
/// What the system says.
pub(super) fn write(data: &Path, name: &str, columns: Columns) -> std::io::Result<Part> {
    let path = data.join(name);
    let folder = path.parent().unwrap_or(data);
    let fresh_folder = !folder.is_dir();
    fs::create_dir_all(folder)?;
    let (first, last) = columns.at.iter().fold((i64::MAX, i64::MIN), |(first, last), at| (first.min(*at), last.max(*at)));
    let groups = columns.series.chunks(GROUP).map(|group| (group.len() as u64, group[0], group[group.len() - 1])).collect();
    let part = Part { file: name.to_owned(), rows: columns.series.len() as u64, first, last, groups };
    if let Err(error) = encode(&path, columns) {
        // A part that is not whole takes room that may be just what is lacking.
        drop(fs::remove_file(&path));
        return Err(error);
    }
    super::index::sync_folder(folder)?;
    if fresh_folder {
        super::index::sync_folder(data)?;
    }
    Ok(part)
}

fn encode(path: &Path, columns: Columns) -> std::io::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    let failed = |error: PolarsError| std::io::Error::other(error.to_string());
    let mut frame = columns.frame().map_err(failed)?;
    let writer = ParquetWriter::new(&mut out).with_compression(ParquetCompression::Zstd(None)).with_row_group_size(Some(GROUP));
    writer.finish(&mut frame).map_err(failed)?;
    out.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()
}

/// A part that is being read, forward only.
pub(super) struct Cursor {
    part: Part,
    path: PathBuf,
    metadata: Option<FileMetadataRef>,
    exact: bool,
    group: usize,
    start: usize,
    loaded: Option<(Columns, usize)>,
}

impl Cursor {
    /// At the beginning of a part, nothing read yet; `exact` reads whole numbers beside the floats.
    pub fn new(data: &Path, part: &Part, exact: bool) -> Self {
        Self { part: part.clone(), path: data.join(&part.file), metadata: None, exact, group: 0, start: 0, loaded: None }
    }

    /// The part's file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Hands over the samples of a series; series have to be asked for in rising order.
    ///
    /// # Errors
    /// When a row group cannot be decoded.
    pub fn take(&mut self, series: u32, each: &mut dyn FnMut(&Columns, std::ops::Range<usize>)) -> PolarsResult<()> {
        while let Some((rows, lowest, highest)) = self.part.groups.get(self.group).copied() {
            if highest < series {
                self.next(rows);
                continue;
            }
            if lowest > series {
                break;
            }
            self.load(rows as usize)?;
            let Some((columns, from)) = &mut self.loaded else { break };
            let begin = *from + columns.series[*from..].partition_point(|other| *other < series);
            let end = begin + columns.series[begin..].partition_point(|other| *other == series);
            if end > begin {
                each(columns, begin..end);
            }
            *from = end;
            if highest > series {
                break;
            }
            self.next(rows);
        }
        Ok(())
    }

    fn next(&mut self, rows: u64) {
        self.group += 1;
        self.start += rows as usize;
        self.loaded = None;
    }

    fn load(&mut self, rows: usize) -> PolarsResult<()> {
        if self.loaded.is_some() {
            return Ok(());
        }
        let mut reader = ParquetReader::new(File::open(&self.path)?).read_parallel(ParallelStrategy::None);
        match &self.metadata {
            Some(metadata) => reader.set_metadata(metadata.clone()),
            None => self.metadata = Some(reader.get_metadata()?.clone()),
        }
        let mut names = vec!["series".to_owned(), "at".to_owned(), "value".to_owned()];
        names.extend(self.exact.then(|| "whole".to_owned()));
        let frame = reader.with_slice(Some((self.start, rows))).with_columns(Some(names)).set_rechunk(true).finish()?;
        let whole = if self.exact { frame.column("whole")?.u64()?.clone() } else { polars::prelude::UInt64Chunked::default() };
        let some = whole.null_count() < whole.len();
        let columns = Columns {
            series: frame.column("series")?.u32()?.into_no_null_iter().collect(),
            at: frame.column("at")?.cast(&DataType::Int64)?.i64()?.into_no_null_iter().collect(),
            value: frame.column("value")?.f64()?.into_no_null_iter().collect(),
            whole: if some { whole.iter().collect() } else { Vec::new() },
        };
        let whole = columns.series.len() == rows && columns.at.len() == rows && columns.value.len() == rows;
        if !whole {
            let message = format!("{} has another number of rows than the index says", self.part.file);
            return Err(PolarsError::ComputeError(message.into()));
        }
        self.loaded = Some((columns, 0));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_gives_back_what_was_written_to_the_last_digit() {
        let folder = tempfile::tempdir().unwrap();
        let mut columns = Columns::default();
        let numbers =
            [Number::Real(0.1), Number::Whole(3), Number::Whole(u64::MAX), Number::Whole(EXACT + 1), Number::Real(-2.0)];
        for (at, number) in numbers.iter().enumerate() {
            columns.push(7, at as i64, *number);
        }
        columns.push(9, 5, Number::Whole(1));
        let part = write(folder.path(), "2026-11/a-0.parquet", columns).unwrap();
        assert_eq!((part.rows, part.first, part.last, part.groups.clone()), (6, 0, 5, vec![(6, 7, 9)]));
        let mut cursor = Cursor::new(folder.path(), &part, true);
        let mut seen = Vec::new();
        for series in [6, 7, 8] {
            cursor.take(series, &mut |columns, rows| seen.extend(rows.map(|row| columns.number(row)))).unwrap();
        }
        assert_eq!(seen, numbers);
    }

    #[test]
    fn row_groups_are_crossed_and_skipped() {
        let folder = tempfile::tempdir().unwrap();
        let mut columns = Columns::default();
        let long = 2 * GROUP + 10;
        (0..long).for_each(|at| columns.push(0, at as i64, Number::Whole(at as u64)));
        (0..5).for_each(|at| columns.push(1, at, Number::Real(0.5)));
        (0..GROUP).for_each(|at| columns.push(2, at as i64, Number::Real(0.25)));
        let part = write(folder.path(), "2026-11/b-1.parquet", columns).unwrap();
        let count = |wanted: &[u32]| {
            let mut cursor = Cursor::new(folder.path(), &part, false);
            let count = |series: &u32| {
                let mut count = 0;
                cursor.take(*series, &mut |_, rows| count += rows.len()).unwrap();
                count
            };
            wanted.iter().map(count).collect::<Vec<usize>>()
        };
        assert_eq!(count(&[0, 1, 2, 3]), [long, 5, GROUP, 0]);
        assert_eq!(count(&[1, 2]), [5, GROUP]);
        assert_eq!(count(&[2]), [GROUP]);
    }
}

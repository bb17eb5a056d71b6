//! Tables to Parquet and CSV, through the dataframe library.

use polars::prelude::{
    Column as FrameColumn, DataFrame, DataType, IntoColumn, NamedFrom, ParquetCompression, ParquetWriter, Series, TimeUnit,
    TimeZone,
};

use super::Error;
use crate::report::{Cell, Table};
use crate::time::{Day, Timestamp};

/// Columns of plain values, all of one length: what `generate` writes.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// Name and values.
    pub columns: Vec<(String, Values)>,
}

/// The values of one column.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Seconds since 1970-01-01T00:00Z.
    Instant(Vec<i64>),
    /// Words.
    Text(Vec<String>),
    /// Numbers; `None` is missing.
    Number(Vec<Option<f64>>),
    /// Whole numbers.
    Integer(Vec<i64>),
}

impl Values {
    fn len(&self) -> usize {
        match self {
            Self::Instant(values) | Self::Integer(values) => values.len(),
            Self::Text(values) => values.len(),
            Self::Number(values) => values.len(),
        }
    }

    fn text(&self, row: usize) -> String {
        match self {
            Self::Instant(values) => Timestamp(values[row]).to_string(),
            Self::Integer(values) => values[row].to_string(),
            Self::Text(values) => values[row].clone(),
            Self::Number(values) => values[row].map_or_else(String::new, |value| value.to_string()),
        }
    }

    fn column(&self, name: &str) -> Result<FrameColumn, Error> {
        let name = name.into();
        Ok(match self {
            Self::Instant(values) => {
                let milliseconds: Vec<i64> = values.iter().map(|second| second * 1_000).collect();
                let kind = DataType::Datetime(TimeUnit::Milliseconds, Some(TimeZone::UTC));
                Series::new(name, milliseconds).cast(&kind)?.into_column()
            }
            Self::Text(values) => Series::new(name, values).into_column(),
            Self::Number(values) => Series::new(name, values).into_column(),
            Self::Integer(values) => Series::new(name, values).into_column(),
        })
    }
}

fn encode(columns: Vec<FrameColumn>) -> Result<Vec<u8>, Error> {
    let mut frame = DataFrame::new_infer_height(columns)?;
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).with_compression(ParquetCompression::Zstd(None)).finish(&mut frame)?;
    Ok(bytes)
}

/// A frame as Parquet.
///
/// # Errors
/// [`Error::Frame`] when its columns differ in length.
pub fn frame_parquet(frame: &Frame) -> Result<Vec<u8>, Error> {
    encode(frame.columns.iter().map(|(name, values)| values.column(name)).collect::<Result<_, _>>()?)
}

/// A frame as CSV.
///
/// # Errors
/// [`Error::Csv`] when it cannot be written.
pub fn frame_csv(frame: &Frame) -> Result<Vec<u8>, Error> {
    let rows = frame.columns.first().map_or(0, |(_, values)| values.len());
    let body = (0..rows).map(|row| frame.columns.iter().map(|(_, values)| values.text(row)).collect());
    let head: Vec<String> = frame.columns.iter().map(|(name, _)| name.clone()).collect();
    lines(&head, body)
}

fn lines(head: &[String], body: impl Iterator<Item = Vec<String>>) -> Result<Vec<u8>, Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(head)?;
    for row in body {
        writer.write_record(&row)?;
    }
    writer.into_inner().map_err(|error| Error::Csv(error.into_error().into()))
}

/// A table as Parquet: words, numbers, whole numbers, dates and flags in their own types.
///
/// # Errors
/// [`Error::Frame`], which no table of a report causes.
pub fn parquet(table: &Table) -> Result<Vec<u8>, Error> {
    let column = |at: usize| column(&table.columns[at].name, &table.rows.iter().map(|row| &row[at]).collect::<Vec<_>>());
    encode((0..table.columns.len()).map(column).collect::<Result<_, _>>()?)
}

fn column(name: &str, cells: &[&Cell]) -> Result<FrameColumn, Error> {
    let name = name.into();
    let has = |what: fn(&Cell) -> bool| cells.iter().any(|cell| what(cell));
    if has(|cell| matches!(cell, Cell::Number(_))) {
        let number = |cell: &&Cell| match cell {
            Cell::Number(value) => Some(*value),
            Cell::Integer(value) => Some(*value as f64),
            _ => None,
        };
        return Ok(Series::new(name, cells.iter().map(number).collect::<Vec<_>>()).into_column());
    }
    if has(|cell| matches!(cell, Cell::Integer(_))) {
        let whole = |cell: &&Cell| if let Cell::Integer(value) = cell { Some(*value) } else { None };
        return Ok(Series::new(name, cells.iter().map(whole).collect::<Vec<_>>()).into_column());
    }
    if has(|cell| matches!(cell, Cell::Day(_))) {
        let day = |cell: &&Cell| if let Cell::Day(Day(day)) = cell { Some(*day) } else { None };
        return Ok(Series::new(name, cells.iter().map(day).collect::<Vec<_>>()).cast(&DataType::Date)?.into_column());
    }
    if has(|cell| matches!(cell, Cell::Flag(_))) {
        let flag = |cell: &&Cell| if let Cell::Flag(flag) = cell { Some(*flag) } else { None };
        return Ok(Series::new(name, cells.iter().map(flag).collect::<Vec<_>>()).into_column());
    }
    let text = |cell: &&Cell| if let Cell::Text(text) = cell { Some(text.clone()) } else { None };
    Ok(Series::new(name, cells.iter().map(text).collect::<Vec<_>>()).into_column())
}

/// A table as CSV, numbers in full precision.
///
/// # Errors
/// [`Error::Csv`] when it cannot be written.
pub fn csv(table: &Table) -> Result<Vec<u8>, Error> {
    let plain = |cell: &Cell| match cell {
        Cell::Text(text) => text.clone(),
        Cell::Number(value) => value.to_string(),
        Cell::Integer(value) => value.to_string(),
        Cell::Day(day) => day.to_string(),
        Cell::Flag(flag) => flag.to_string(),
        Cell::Missing => String::new(),
    };
    let head: Vec<String> = table.columns.iter().map(|column| column.name.clone()).collect();
    lines(&head, table.rows.iter().map(|row| row.iter().map(plain).collect()))
}

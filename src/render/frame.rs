//! Tables to Parquet and CSV, through the dataframe library.

use std::io::{Cursor, Write};

use polars::io::parquet::write::BatchedWriter;
use polars::prelude::{
    Column as FrameColumn, DataFrame, DataType, IntoColumn, KeyValueMetadata, NamedFrom, ParallelStrategy, ParquetCompression,
    ParquetReader, ParquetWriter, SerReader, Series, TimeUnit, TimeZone,
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
    /// Days since 1970-01-01.
    Date(Vec<i32>),
    /// Ticks since 1970-01-01T00:00Z, so many a second (1,000, 1,000,000 or 1,000,000,000), in a time zone or in none.
    Moment {
        /// The ticks.
        ticks: Vec<i64>,
        /// How many make a second.
        per_second: i64,
        /// The zone that they are shown in.
        zone: Option<String>,
    },
    /// Words out of few: the position in `names` of each row's word.
    Labels {
        /// The words.
        names: Vec<String>,
        /// One a row.
        of: Vec<u32>,
    },
}

impl Values {
    /// How many rows it has.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Instant(values) | Self::Integer(values) => values.len(),
            Self::Text(values) => values.len(),
            Self::Number(values) => values.len(),
            Self::Date(values) => values.len(),
            Self::Moment { ticks, .. } => ticks.len(),
            Self::Labels { of, .. } => of.len(),
        }
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value of a row as CSV has it.
    #[must_use]
    pub fn text(&self, row: usize) -> String {
        match self {
            Self::Instant(values) => Timestamp(values[row]).to_string(),
            Self::Integer(values) => values[row].to_string(),
            Self::Text(values) => values[row].clone(),
            Self::Number(values) => values[row].map_or_else(String::new, |value| value.to_string()),
            Self::Date(values) => Day(values[row]).to_string(),
            Self::Moment { ticks, per_second, .. } => Timestamp(ticks[row].div_euclid(*per_second)).to_string(),
            Self::Labels { names, of } => names[of[row] as usize].clone(),
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
            Self::Date(values) => Series::new(name, values).cast(&DataType::Date)?.into_column(),
            Self::Moment { ticks, per_second, zone } => {
                let unit = match per_second {
                    1_000 => TimeUnit::Milliseconds,
                    1_000_000 => TimeUnit::Microseconds,
                    _ => TimeUnit::Nanoseconds,
                };
                let zone = zone.as_ref().and_then(|zone| TimeZone::opt_try_new(Some(zone.as_str())).ok().flatten());
                Series::new(name, ticks).cast(&DataType::Datetime(unit, zone))?.into_column()
            }
            Self::Labels { names, of } => {
                Series::new(name, of.iter().map(|at| names[*at as usize].as_str()).collect::<Vec<_>>()).into_column()
            }
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

/// A frame as Parquet, with a note of the writer's own under a key.
///
/// # Errors
/// [`Error::Frame`] when its columns differ in length.
pub fn noted_parquet(frame: &Frame, key: &str, note: &str) -> Result<Vec<u8>, Error> {
    let columns = frame.columns.iter().map(|(name, values)| values.column(name)).collect::<Result<_, _>>()?;
    let mut rows = DataFrame::new_infer_height(columns)?;
    let mut bytes = Vec::new();
    let note = KeyValueMetadata::from_static(vec![(key.to_owned(), note.to_owned())]);
    let writer = ParquetWriter::new(&mut bytes).with_compression(ParquetCompression::Zstd(None));
    writer.with_key_value_metadata(Some(note)).finish(&mut rows)?;
    Ok(bytes)
}

/// A frame of text, numbers and whole numbers as [`noted_parquet`] wrote it, and its note; `None` where there is no such note.
///
/// # Errors
/// [`Error::Frame`] when the bytes are no Parquet, or a column is of another kind.
pub fn read_noted_parquet(bytes: &[u8], key: &str) -> Result<(Frame, Option<String>), Error> {
    let mut reader = ParquetReader::new(Cursor::new(bytes)).read_parallel(ParallelStrategy::None);
    let metadata = reader.get_metadata()?;
    let pair = metadata.key_value_metadata().iter().flatten().find(|pair| pair.key == key);
    let note = pair.and_then(|pair| pair.value.as_deref().map(str::to_owned));
    if note.is_none() {
        return Ok((Frame { columns: Vec::new() }, None));
    }
    let rows = reader.finish()?;
    let values = |column: &FrameColumn| -> Result<Values, Error> {
        Ok(match column.dtype() {
            DataType::String => Values::Text(column.str()?.iter().map(|text| text.unwrap_or_default().to_owned()).collect()),
            DataType::Int64 => Values::Integer(column.i64()?.iter().map(Option::unwrap_or_default).collect()),
            _ => Values::Number(column.f64()?.iter().collect()),
        })
    };
    let columns = rows.columns().iter().map(|column| Ok((column.name().to_string(), values(column)?)));
    Ok((Frame { columns: columns.collect::<Result<_, Error>>()? }, note))
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

/// Writes frames with the same columns one after another into one CSV or Parquet file, so that they are never all in memory.
pub struct FrameWriter<W: Write>(Sink<W>);

enum Sink<W: Write> {
    Csv { writer: Box<csv::Writer<W>>, begun: bool },
    NoRowsYet { out: W },
    Parquet(Box<BatchedWriter<W>>),
    Broken,
}

impl<W: Write> FrameWriter<W> {
    /// Begins a file.
    pub fn new(out: W, parquet: bool) -> Self {
        Self(if parquet {
            Sink::NoRowsYet { out }
        } else {
            Sink::Csv { writer: Box::new(csv::Writer::from_writer(out)), begun: false }
        })
    }

    /// Adds the rows of a frame.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn write(&mut self, frame: &Frame) -> Result<(), Error> {
        if let Sink::Csv { writer, begun } = &mut self.0 {
            if !std::mem::replace(begun, true) {
                writer.write_record(frame.columns.iter().map(|(name, _)| name))?;
            }
            let rows = frame.columns.first().map_or(0, |(_, values)| values.len());
            for row in 0..rows {
                writer.write_record(frame.columns.iter().map(|(_, values)| values.text(row)))?;
            }
            return Ok(());
        }
        let columns = frame.columns.iter().map(|(name, values)| values.column(name)).collect::<Result<_, _>>()?;
        let rows = DataFrame::new_infer_height(columns)?;
        self.0 = match std::mem::replace(&mut self.0, Sink::Broken) {
            Sink::NoRowsYet { out } => {
                let writer = ParquetWriter::new(out).with_compression(ParquetCompression::Zstd(None));
                Sink::Parquet(Box::new(writer.batched(rows.schema())?))
            }
            other => other,
        };
        if let Sink::Parquet(writer) = &mut self.0 {
            writer.write_batch(&rows)?;
        }
        Ok(())
    }

    /// Ends the file.
    ///
    /// # Errors
    /// When its end cannot be written.
    pub fn finish(self) -> Result<(), Error> {
        match self.0 {
            Sink::Csv { mut writer, .. } => writer.flush().map_err(|error| Error::Csv(error.into())),
            Sink::Parquet(writer) => Ok(writer.finish().map(drop)?),
            Sink::NoRowsYet { .. } | Sink::Broken => Ok(()),
        }
    }
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

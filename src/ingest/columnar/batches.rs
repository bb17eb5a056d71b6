//! Files of columns as batches of rows, so that memory stays bounded whatever the size of the file.
#![expect(clippy::disallowed_methods, reason = "data files are opened here")]

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use polars::prelude::{
    Column, DataFrame, DataType, FileMetadataRef, ParallelStrategy, ParquetReader, PlSmallStr, PolarsResult, SerReader, Series,
};
use polars_arrow::datatypes::{ArrowSchema, Field as ArrowField};
use polars_arrow::io::ipc::read::{self as ipc, StreamState};

use crate::ingest::guarded::guarded;
use crate::problem::Problem;

type Problems = Vec<Problem>;
type Take<'t> = dyn FnMut(&DataFrame, u64) -> Result<(), Problems> + 't;

/// Cells decoded at once.
const CELLS: usize = 1 << 20;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ingest) enum Form {
    Parquet,
    /// Arrow IPC file.
    File,
    /// Arrow IPC stream.
    Stream,
}

/// A column as the file declares it.
#[derive(Debug, Clone)]
pub(in crate::ingest) struct Field {
    pub name: String,
    pub dtype: DataType,
    /// An instant of the deprecated physical type, which has no zone.
    pub int96: bool,
    /// A row index that pandas left behind.
    pub index: bool,
}

/// A file whose columns are known.
pub(in crate::ingest) struct Opened {
    pub form: Form,
    pub path: PathBuf,
    pub fields: Vec<Field>,
    file: File,
    metadata: Option<FileMetadataRef>,
}

/// What the first bytes say; `None` for a file that is not of columns or cannot be read.
pub(super) fn form(path: &Path) -> Option<Form> {
    let mut first = Vec::new();
    File::open(path).ok()?.take(8).read_to_end(&mut first).ok()?;
    match first[..] {
        [b'P', b'A', b'R', b'1' | b'E', ..] => Some(Form::Parquet),
        [b'A', b'R', b'R', b'O', b'W', b'1', ..] | [b'F', b'E', b'A', b'1', ..] => Some(Form::File),
        // A stream begins with the mark of a message and the length of its schema.
        [0xFF, 0xFF, 0xFF, 0xFF, a, b, c, 0] if u32::from_le_bytes([a, b, c, 0]).is_multiple_of(8) && (a, b, c) != (0, 0, 0) => {
            Some(Form::Stream)
        }
        _ => None,
    }
}

impl Opened {
    /// Reads what the file says of its columns.
    ///
    /// # Errors
    /// `ingest/truncated`, `ingest/unreadable`.
    pub fn open(path: &Path) -> Result<Self, Problems> {
        let form = form(path).ok_or_else(|| {
            vec![Problem::new(
                "ingest/unreadable",
                path,
                "saw a file that is neither Parquet nor Arrow IPC, expected one of them",
            )]
        })?;
        let file = File::open(path).map_err(|error| vec![Problem::new("ingest/unreadable", path, error.to_string())])?;
        let mut opened = Self { form, path: path.to_owned(), fields: Vec::new(), file, metadata: None };
        opened.check_ends()?;
        let read = guarded(|| match form {
            Form::Parquet => opened.parquet_fields(),
            Form::File => opened.arrow_fields(),
            Form::Stream => opened.stream_fields(),
        });
        match read {
            Ok((fields, metadata)) => {
                (opened.fields, opened.metadata) = (fields, metadata);
                Ok(opened)
            }
            Err(reason) => Err(vec![opened.broken(&reason)]),
        }
    }

    /// Rows of a Parquet file; 0 for others, which do not say.
    pub fn rows(&self) -> usize {
        self.metadata.as_ref().map_or(0, |metadata| metadata.num_rows)
    }

    fn handle(&self) -> PolarsResult<File> {
        Ok(self.file.try_clone()?)
    }

    /// A file that was cut off lacks its end mark.
    fn check_ends(&self) -> Result<(), Problems> {
        let told = |slug, message: &str, help: &str| Err(vec![Problem::new(slug, &self.path, message).help(help)]);
        let (mut first, mut last) = ([0; 4], [0; 6]);
        let mut file = &self.file;
        let read = file.rewind().and_then(|()| file.read_exact(&mut first));
        let read = read.and_then(|()| file.seek(SeekFrom::End(-6))).and_then(|_| file.read_exact(&mut last));
        let whole = match (self.form, &first) {
            (Form::Parquet, b"PARE") => {
                return told(
                    "ingest/unreadable",
                    "saw an encrypted Parquet file, expected a plain one",
                    "try to export it without encryption",
                );
            }
            (Form::File, b"FEA1") => {
                return told(
                    "ingest/unreadable",
                    "saw Feather version 1, expected version 2 (Arrow IPC)",
                    "try `pyarrow.feather.write_feather` of the table read anew",
                );
            }
            (Form::Parquet, _) => last[2..] == *b"PAR1",
            (Form::File, _) => last == *b"ARROW1",
            (Form::Stream, _) => true,
        };
        let name = if self.form == Form::Parquet { "Parquet" } else { "Arrow IPC" };
        if read.is_err() || !whole {
            let message = format!("saw no valid {name} file: its footer is missing, expected the file whole");
            return told("ingest/truncated", &message, "try to copy or download the file again");
        }
        Ok(())
    }

    fn broken(&self, reason: &str) -> Problem {
        let first: String = reason.lines().next().unwrap_or_default().chars().take(160).collect();
        Problem::new("ingest/unreadable", &self.path, format!("saw a file of columns that cannot be decoded: {first}"))
            .help("try to write it again, with pyarrow or DuckDB")
    }

    fn parquet_fields(&self) -> PolarsResult<(Vec<Field>, Option<FileMetadataRef>)> {
        let mut reader = ParquetReader::new(self.handle()?);
        let schema = reader.schema()?;
        let metadata = reader.get_metadata()?.clone();
        // The type is not exported by name, its words are.
        let int96 = metadata
            .schema()
            .columns()
            .iter()
            .filter(|column| format!("{:?}", column.descriptor.primitive_type.physical_type) == "Int96");
        let int96: Vec<&str> = int96.filter_map(|column| column.path_in_schema.first().map(PlSmallStr::as_str)).collect();
        let pandas = metadata.key_value_metadata().iter().flatten().find(|pair| pair.key == "pandas");
        let index = pandas.and_then(|pair| pair.value.as_deref()).map(index_columns).unwrap_or_default();
        Ok((fields(&schema, &int96, &index), Some(metadata)))
    }

    fn arrow_fields(&self) -> PolarsResult<(Vec<Field>, Option<FileMetadataRef>)> {
        let metadata = ipc::read_file_metadata(&mut BufReader::new(self.handle()?))?;
        let pandas = metadata.custom_schema_metadata.as_ref().and_then(|pairs| pairs.get("pandas").map(ToString::to_string));
        Ok((fields(&metadata.schema, &[], &pandas.as_deref().map(index_columns).unwrap_or_default()), None))
    }

    fn stream_fields(&self) -> PolarsResult<(Vec<Field>, Option<FileMetadataRef>)> {
        let mut file = self.handle()?;
        file.rewind()?;
        let metadata = ipc::read_stream_metadata(&mut BufReader::new(file))?;
        let pandas = metadata.custom_schema_metadata.as_ref().and_then(|pairs| pairs.get("pandas").map(ToString::to_string));
        Ok((fields(&metadata.schema, &[], &pandas.as_deref().map(index_columns).unwrap_or_default()), None))
    }

    /// Hands over batches of the wanted columns in order, with the number of their first row; at most `most` rows.
    ///
    /// # Errors
    /// `ingest/unreadable`, and whatever `take` tells.
    pub fn each(&self, wanted: &[String], most: Option<usize>, take: &mut Take<'_>) -> Result<(), Problems> {
        let most = most.unwrap_or(usize::MAX);
        match self.form {
            Form::Parquet => self.each_of_parquet(wanted, most, take),
            Form::File => self.each_of_file(wanted, most, take),
            Form::Stream => self.each_of_stream(wanted, most, take),
        }
    }

    fn each_of_parquet(&self, wanted: &[String], most: usize, take: &mut Take<'_>) -> Result<(), Problems> {
        let Some(metadata) = &self.metadata else { return Ok(()) };
        let size = (CELLS / wanted.len().max(1)).clamp(1 << 10, 1 << 17);
        let mut first = 0;
        for group in &metadata.row_groups {
            let end = first + group.num_rows();
            while first < end.min(most) {
                let count = size.min(end.min(most) - first);
                let batch = guarded(|| {
                    let mut reader = ParquetReader::new(self.handle()?).read_parallel(ParallelStrategy::None);
                    reader.set_metadata(metadata.clone());
                    reader.with_slice(Some((first, count))).with_columns(Some(wanted.to_vec())).finish()
                });
                take(&batch.map_err(|reason| vec![self.broken(&reason)])?, first as u64)?;
                first += count;
            }
        }
        Ok(())
    }

    fn each_of_file(&self, wanted: &[String], most: usize, take: &mut Take<'_>) -> Result<(), Problems> {
        let start = guarded(|| {
            let mut file = BufReader::new(self.handle()?);
            let metadata = ipc::read_file_metadata(&mut file)?;
            PolarsResult::Ok(ipc::FileReader::new(file, metadata, None, None))
        });
        let mut reader = start.map_err(|reason| vec![self.broken(&reason)])?;
        let schema = reader.schema().clone();
        let mut next = || guarded(|| reader.next().transpose());
        let mut first = 0;
        while first < most
            && let Some(batch) = next().map_err(|reason| vec![self.broken(&reason)])?
        {
            let frame = guarded(|| frame(&schema, batch.arrays(), wanted)).map_err(|reason| vec![self.broken(&reason)])?;
            take(&frame, first as u64)?;
            first += frame.height();
        }
        Ok(())
    }

    fn each_of_stream(&self, wanted: &[String], most: usize, take: &mut Take<'_>) -> Result<(), Problems> {
        let start = guarded(|| {
            let mut file = self.handle()?;
            file.rewind()?;
            let mut file = BufReader::new(file);
            let metadata = ipc::read_stream_metadata(&mut file)?;
            let schema = metadata.schema.clone();
            PolarsResult::Ok((ipc::StreamReader::new(file, metadata, None), schema))
        });
        let (mut reader, schema) = start.map_err(|reason| vec![self.broken(&reason)])?;
        let mut first = 0;
        while first < most {
            let next = guarded(|| reader.next().transpose()).map_err(|reason| vec![self.broken(&reason)])?;
            let Some(StreamState::Some(batch)) = next else { break };
            let frame = guarded(|| frame(&schema, batch.arrays(), wanted)).map_err(|reason| vec![self.broken(&reason)])?;
            take(&frame, first as u64)?;
            first += frame.height();
        }
        Ok(())
    }
}

fn fields(schema: &ArrowSchema, int96: &[&str], index: &[String]) -> Vec<Field> {
    let of = |field: &ArrowField| {
        let name = field.name.to_string();
        let (int96, left) = (int96.contains(&name.as_str()), name.starts_with("__index_level_") || index.contains(&name));
        let dtype = DataType::from_arrow_field(field);
        // An index of instants is the time itself, one of words names things; a plain count of rows is nothing.
        let index = left && name.starts_with("__index_level_") && dtype.is_primitive_numeric();
        Field { name, dtype, int96, index }
    };
    schema.iter_values().map(of).collect()
}

/// The columns that pandas says are its row index.
fn index_columns(metadata: &str) -> Vec<String> {
    let parsed: serde_json::Value = serde_json::from_str(metadata).unwrap_or_default();
    let names = parsed["index_columns"].as_array().into_iter().flatten();
    names.filter_map(|name| name.as_str().map(str::to_owned)).collect()
}

fn frame(schema: &ArrowSchema, arrays: &[Box<dyn polars_arrow::array::Array>], wanted: &[String]) -> PolarsResult<DataFrame> {
    let height = arrays.first().map_or(0, |array| array.len());
    let columns = schema.iter_values().zip(arrays).filter(|(field, _)| wanted.iter().any(|name| *name == *field.name));
    let columns = columns.map(|(field, array)| Series::try_from((field, array.clone())).map(Column::from));
    DataFrame::new(height, columns.collect::<PolarsResult<Vec<_>>>()?)
}

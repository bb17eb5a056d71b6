//! Rows of plain series in any order, brought together by series in little memory: an external merge sort (Knuth 1998, *The Art of
//! Computer Programming* 3, section 5.4.1). What does not fit goes in sorted runs to unnamed temporary files, which the system removes.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};

/// One row: when, and the value; NaN is a gap.
pub(super) type Row = (i64, f64);

/// Bytes of a row in memory.
const ROW: usize = size_of::<Row>();
/// Bytes that a series takes beside its rows and its name: the entry in the tree, the vector, what it keeps in reserve.
const SERIES: usize = 96;
/// Rows of the longest piece that is read at once.
const PIECE: usize = 1 << 13;

/// Rows that are still coming.
pub(super) struct Rows {
    held: BTreeMap<String, Vec<Row>>,
    bytes: usize,
    room: usize,
    runs: Vec<File>,
}

impl Rows {
    /// Holds about so many bytes in memory.
    pub(super) fn within(room: usize) -> Self {
        Self { held: BTreeMap::new(), bytes: 0, room, runs: Vec::new() }
    }

    /// Adds a row.
    pub(super) fn push(&mut self, id: &str, row: Row) -> io::Result<()> {
        self.bytes += ROW;
        if let Some(rows) = self.held.get_mut(id) {
            rows.push(row);
        } else {
            self.bytes += SERIES + id.len();
            self.held.insert(id.to_owned(), vec![row]);
        }
        if self.bytes > self.room { self.put_away() } else { Ok(()) }
    }

    /// Writes what is held as one more run, in the order of names.
    fn put_away(&mut self) -> io::Result<()> {
        let mut out = BufWriter::new(tempfile::tempfile()?);
        for (id, rows) in std::mem::take(&mut self.held) {
            write_name(&mut out, &id, rows.len())?;
            for (stamp, value) in rows {
                out.write_all(&stamp.to_le_bytes())?;
                out.write_all(&value.to_le_bytes())?;
            }
        }
        self.runs.push(out.into_inner().map_err(io::IntoInnerError::into_error)?);
        self.bytes = 0;
        Ok(())
    }

    /// All rows have come.
    pub(super) fn sorted(mut self) -> io::Result<Sorted> {
        if !self.runs.is_empty() && !self.held.is_empty() {
            self.put_away()?;
        }
        Ok(Sorted { held: self.held, runs: self.runs })
    }
}

/// Rows by series.
pub(super) struct Sorted {
    held: BTreeMap<String, Vec<Row>>,
    runs: Vec<File>,
}

impl Sorted {
    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.held.is_empty() && self.runs.is_empty()
    }

    /// Hands over each series in the order of names, its rows in the order of their times, those of one time as they came. `take` may keep the
    /// rows, but then a second round does not see them where they are held in memory.
    pub(super) fn each(&mut self, take: &mut dyn FnMut(&str, &mut Vec<Row>) -> io::Result<()>) -> io::Result<()> {
        for (id, rows) in &mut self.held {
            rows.sort_by_key(|row| row.0);
            take(id, rows)?;
        }
        let mut runs = self.runs.iter().map(Run::begin).collect::<io::Result<Vec<Run<'_>>>>()?;
        let mut rows = Vec::new();
        while let Some(id) = runs.iter().filter_map(|run| run.next.as_ref()).map(|(id, _)| id).min().cloned() {
            rows.clear();
            for run in &mut runs {
                run.take(&id, &mut rows)?;
            }
            rows.sort_by_key(|row| row.0);
            take(&id, &mut rows)?;
        }
        Ok(())
    }
}

/// A run being read.
struct Run<'f> {
    file: BufReader<&'f File>,
    /// The next series and how many rows it has.
    next: Option<(String, usize)>,
}

impl<'f> Run<'f> {
    fn begin(file: &'f File) -> io::Result<Self> {
        let mut file = BufReader::new(file);
        file.rewind()?;
        let next = read_name(&mut file)?;
        Ok(Self { file, next })
    }

    /// Adds the rows of a series, if they are the next.
    fn take(&mut self, id: &str, rows: &mut Vec<Row>) -> io::Result<()> {
        let Some((_, count)) = self.next.take_if(|(next, _)| next == id) else { return Ok(()) };
        let mut left = count;
        let mut piece = vec![0_u8; ROW * left.min(PIECE)];
        while left > 0 {
            let piece = &mut piece[..ROW * left.min(PIECE)];
            self.file.read_exact(piece)?;
            rows.extend(piece.as_chunks::<ROW>().0.iter().map(|row| {
                let [stamp, value] = [0, 8].map(|from| std::array::from_fn(|at| row[from + at]));
                (i64::from_le_bytes(stamp), f64::from_le_bytes(value))
            }));
            left -= piece.len() / ROW;
        }
        self.next = read_name(&mut self.file)?;
        Ok(())
    }
}

/// A name and a count, as runs and held series begin.
pub(super) fn write_name(out: &mut impl Write, id: &str, count: usize) -> io::Result<()> {
    out.write_all(&(id.len() as u64).to_le_bytes())?;
    out.write_all(id.as_bytes())?;
    out.write_all(&(count as u64).to_le_bytes())
}

/// The reverse; `None` at the end.
pub(super) fn read_name(file: &mut impl Read) -> io::Result<Option<(String, usize)>> {
    let mut length = [0; 8];
    match file.read(&mut length)? {
        0 => return Ok(None),
        read => file.read_exact(&mut length[read..])?,
    }
    let mut id = Vec::new();
    file.take(u64::from_le_bytes(length)).read_to_end(&mut id)?;
    let id = String::from_utf8(id).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
    Ok(Some((id, read_number(file)? as usize)))
}

/// A number of eight bytes.
pub(super) fn read_number(file: &mut impl Read) -> io::Result<u64> {
    let mut bytes = [0; 8];
    file.read_exact(&mut bytes)?;
    Ok(u64::from_le_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type All = Vec<(String, Vec<(i64, u64)>)>;

    fn read(rows: &[(u8, i64)], room: usize) -> (All, All, usize) {
        let mut some = Rows::within(room);
        for (at, (id, stamp)) in rows.iter().enumerate() {
            some.push(&"x".repeat(usize::from(*id)), (*stamp, if at % 7 == 0 { f64::NAN } else { at as f64 })).unwrap();
        }
        let mut sorted = some.sorted().unwrap();
        let mut round = || {
            let mut all = All::new();
            let mut take = |id: &str, rows: &mut Vec<Row>| {
                all.push((id.to_owned(), rows.iter().map(|(stamp, value)| (*stamp, value.to_bits())).collect()));
                Ok(())
            };
            sorted.each(&mut take).unwrap();
            all
        };
        let (first, second) = (round(), round());
        (first, second, sorted.runs.len())
    }

    proptest! {
        #[test]
        fn runs_on_disk_give_what_memory_gives(rows in prop::collection::vec((0_u8..6, -9_i64..9), 1..200), room in 0_usize..2_000) {
            let (in_memory, again, none) = read(&rows, usize::MAX);
            let (from_disk, twice, _) = read(&rows, room);
            prop_assert_eq!(none, 0);
            prop_assert_eq!(&in_memory, &from_disk);
            prop_assert_eq!(&from_disk, &twice);
            prop_assert_eq!(in_memory, again);
        }
    }

    #[test]
    fn so_many_bytes_make_so_many_runs() {
        let rows: Vec<(u8, i64)> = (0..100).map(|at| (1, at)).collect();
        // a run ends with the row that passes the room: 97 + 16 x 10 > 256
        assert_eq!(read(&rows, 256).2, 10);
    }
}

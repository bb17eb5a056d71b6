//! Series on their pace that wait for their turn: in memory as long as they fit, otherwise in an unnamed temporary file.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::path::Path;

use super::sort::{read_name, read_number, write_name};
use super::{Pace, StampStyle, Tidy, TidySeries};
use crate::problem::Problem;

/// The series of a file in the order of their names, as many in memory as fit.
///
/// In memory stands, of those that do not fit, the place of each: 8 bytes a series.
#[derive(Debug)]
pub struct HeldSeries {
    /// How the file writes its times.
    pub style: StampStyle,
    places: BTreeMap<Pace, Vec<u64>>,
    count: usize,
    held: Held,
    /// Bytes of values in memory, and how many may be.
    bytes: usize,
    room: usize,
}

#[derive(Debug)]
enum Held {
    Memory(Vec<TidySeries>),
    File { out: BufWriter<File>, end: u64 },
}

/// Values of the longest piece that is read at once.
const PIECE: usize = 1 << 13;
const NO_PLACE: &str = "a held series is not where it was put";

impl HeldSeries {
    pub(super) fn within(style: StampStyle, room: usize) -> Self {
        Self { style, places: BTreeMap::new(), count: 0, held: Held::Memory(Vec::new()), bytes: 0, room }
    }

    pub(super) fn push(&mut self, series: TidySeries) -> io::Result<()> {
        self.count += 1;
        self.bytes += size_of::<TidySeries>() + series.id.len() + size_of_val(series.values.as_slice());
        if self.bytes > self.room && matches!(self.held, Held::Memory(_)) {
            self.put_away()?;
        }
        let of_pace = self.places.entry(series.pace).or_default();
        match &mut self.held {
            Held::Memory(all) => {
                of_pace.push(all.len() as u64);
                all.push(series);
            }
            Held::File { out, end } => {
                of_pace.push(*end);
                *end += write(out, &series)?;
            }
        }
        Ok(())
    }

    /// Moves what is in memory to a file.
    fn put_away(&mut self) -> io::Result<()> {
        let Held::Memory(all) = std::mem::replace(&mut self.held, Held::Memory(Vec::new())) else { return Ok(()) };
        let (mut out, mut end) = (BufWriter::new(tempfile::tempfile()?), 0);
        let mut places = Vec::with_capacity(all.len());
        for series in all {
            places.push(end);
            end += write(&mut out, &series)?;
        }
        for place in self.places.values_mut().flatten() {
            *place = places[*place as usize];
        }
        self.held = Held::File { out, end };
        Ok(())
    }

    /// How many series there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Bytes of them in a temporary file; 0 where they fitted into memory.
    #[must_use]
    pub fn on_disk(&self) -> u64 {
        match self.held {
            Held::Memory(_) => 0,
            Held::File { end, .. } => end,
        }
    }

    /// Where that file is.
    #[must_use]
    pub fn folder(&self) -> &'static Path {
        folder()
    }

    /// The places of the series of each pace, in the order of their names; what [`some`](Self::some) takes.
    #[must_use]
    pub const fn places(&self) -> &BTreeMap<Pace, Vec<u64>> {
        &self.places
    }

    /// Hands over each series in the order of names.
    ///
    /// # Errors
    /// `ingest/temporary-file` when the temporary file cannot be read.
    pub fn each(&self, take: &mut dyn FnMut(&TidySeries)) -> Result<(), Vec<Problem>> {
        match &self.held {
            Held::Memory(all) => all.iter().for_each(take),
            Held::File { out, .. } => {
                let mut places: Vec<u64> = self.places.values().flatten().copied().collect();
                places.sort_unstable(); // they were put one after the other
                let mut file = BufReader::new(out.get_ref());
                for place in places {
                    take(&self.at(&mut file, place).map_err(|error| temporary(&error))?);
                }
            }
        }
        Ok(())
    }

    /// The series at some places; `read` is where those go that were not in memory.
    ///
    /// # Errors
    /// `ingest/temporary-file` when the temporary file cannot be read.
    pub fn some<'a>(&'a self, places: &[u64], read: &'a mut Vec<TidySeries>) -> Result<Vec<&'a TidySeries>, Vec<Problem>> {
        match &self.held {
            Held::Memory(all) => Ok(places.iter().filter_map(|place| all.get(*place as usize)).collect()),
            Held::File { out, .. } => {
                let mut file = BufReader::new(out.get_ref());
                let each = places.iter().map(|place| self.at(&mut file, *place));
                *read = each.collect::<io::Result<_>>().map_err(|error| temporary(&error))?;
                Ok(read.iter().collect())
            }
        }
    }

    /// All of them in memory.
    ///
    /// # Errors
    /// `ingest/temporary-file` when the temporary file cannot be read.
    pub fn whole(self) -> Result<Tidy, Vec<Problem>> {
        if let Held::Memory(series) = self.held {
            return Ok(Tidy { style: self.style, series });
        }
        let mut series = Vec::with_capacity(self.count);
        self.each(&mut |one| series.push(one.clone()))?;
        Ok(Tidy { style: self.style, series })
    }

    /// What was put on disk is there to be read.
    pub(super) fn finished(mut self) -> io::Result<Self> {
        if let Held::File { out, .. } = &mut self.held {
            out.flush()?;
        }
        Ok(self)
    }

    fn at(&self, file: &mut BufReader<&File>, place: u64) -> io::Result<TidySeries> {
        let now = file.stream_position()?;
        file.seek_relative(place.cast_signed().saturating_sub(now.cast_signed()))?;
        let broken = || io::Error::new(io::ErrorKind::InvalidData, NO_PLACE);
        let (id, count) = read_name(file)?.ok_or_else(broken)?;
        let [first, months, step] = [read_number(file)?, read_number(file)?, read_number(file)?].map(u64::cast_signed);
        let pace = if months == 1 { Pace::Months(i32::try_from(step).map_err(|_| broken())?) } else { Pace::Even(step) };
        let mut values = Vec::with_capacity(count.min(super::MOST_STEPS + 1));
        let mut piece = vec![0_u8; 8 * count.min(PIECE)];
        while values.len() < count {
            let piece = &mut piece[..8 * (count - values.len()).min(PIECE)];
            file.read_exact(piece)?;
            let each = piece.as_chunks::<8>().0.iter().map(|bytes| f64::from_le_bytes(*bytes));
            values.extend(each.map(|value| (!value.is_nan()).then_some(value)));
        }
        Ok(TidySeries { id, first, pace, values, form: self.style.form })
    }
}

impl From<Tidy> for HeldSeries {
    fn from(tidy: Tidy) -> Self {
        let (places, count) = (tidy.places(), tidy.series.len());
        Self { style: tidy.style, places, count, held: Held::Memory(tidy.series), bytes: 0, room: usize::MAX }
    }
}

/// Writes a series, and says how many bytes it took.
fn write(out: &mut impl Write, series: &TidySeries) -> io::Result<u64> {
    write_name(out, &series.id, series.values.len())?;
    let (months, step) = match series.pace {
        Pace::Even(step) => (0, step),
        Pace::Months(months) => (1, i64::from(months)),
    };
    for number in [series.first, months, step] {
        out.write_all(&number.to_le_bytes())?;
    }
    for value in &series.values {
        out.write_all(&value.unwrap_or(f64::NAN).to_le_bytes())?;
    }
    Ok((5 * 8 + series.id.len() + 8 * series.values.len()) as u64)
}

/// A temporary file that cannot be written or read.
pub(super) fn temporary(error: &io::Error) -> Vec<Problem> {
    let message = format!("rows that do not fit into memory wait in a temporary file there, which failed: {error}");
    let help = "make room in that folder, or name another with the variable TMPDIR";
    vec![Problem::new("ingest/temporary-file", folder(), message).help(help)]
}

fn folder() -> &'static Path {
    static FOLDER: std::sync::LazyLock<std::path::PathBuf> = std::sync::LazyLock::new(std::env::temp_dir);
    &FOLDER
}

#[cfg(test)]
mod tests {
    use super::super::StampForm;
    use super::*;

    fn series(at: usize) -> TidySeries {
        let values = (0..at % 5 * 4_000).map(|step| (step % 9 > 0).then_some(step as f64 / 7.0)).collect();
        let pace = if at.is_multiple_of(3) { Pace::Months(3) } else { Pace::Even(at as i64 % 2 + 1) };
        TidySeries { id: format!("s{at:03}-é"), first: at as i64 * -7, pace, values, form: StampForm::Date }
    }

    fn held(room: usize) -> HeldSeries {
        let mut held = HeldSeries::within(StampStyle::plain(StampForm::Date), room);
        (0..40).map(series).for_each(|one| held.push(one).unwrap());
        held.finished().unwrap()
    }

    #[test]
    fn a_file_gives_back_what_memory_does() {
        let memory = held(usize::MAX);
        assert_eq!(memory.on_disk(), 0);
        for room in [0, 1_000, 500_000] {
            let disk = held(room);
            assert!(disk.on_disk() > 0);
            let (mut all, mut seen) = (Vec::new(), 0);
            disk.each(&mut |one| {
                assert_eq!(*one, series(seen));
                seen += 1;
            })
            .unwrap();
            assert_eq!((seen, disk.len()), (40, 40));
            for (pace, places) in disk.places() {
                let mut kept = Vec::new();
                let theirs = memory.some(&memory.places()[pace][1..], &mut kept).unwrap();
                assert_eq!(disk.some(&places[1..], &mut all).unwrap(), theirs);
                assert!(theirs.iter().all(|one| one.pace == *pace));
            }
            assert_eq!(disk.whole().unwrap().series, (0..40).map(series).collect::<Vec<_>>());
        }
    }
}

//! Reading a store: one series at a time, in the order of the table, its overlaps settled.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::index::{Acknowledged, Entry, Index, Part};
use super::merge::Merged;
use super::parts::Cursor;
use crate::formats::{Identity, Number, Reading};
use crate::ingest::read::near;
use crate::problem::Problem;
use crate::source::OnDuplicate;
use crate::units::canonical;

type Problems = Vec<Problem>;

/// A store as it stood when it was opened.
#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
    index: Index,
}

/// Which series and which instants.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Select {
    /// The metric.
    pub metric: Option<String>,
    /// Labels with these values; `stat` also by the statistic's name.
    pub labels: BTreeMap<String, String>,
    /// From this instant on, in nanoseconds since 1970.
    pub from: Option<i64>,
    /// Before this instant.
    pub to: Option<i64>,
}

impl Select {
    fn takes(&self, entry: &Entry) -> bool {
        let has =
            |(name, value): (&String, &String)| entry.labels.get(name) == Some(value) || (name == "stat" && entry.stat == *value);
        self.metric.as_ref().is_none_or(|metric| *metric == entry.metric) && self.labels.iter().all(has)
    }

    fn span(&self) -> (i64, i64) {
        (self.from.unwrap_or(i64::MIN), self.to.unwrap_or(i64::MAX))
    }
}

/// One series with its samples: rising instants, each once.
#[derive(Debug)]
pub struct Stored<'s> {
    /// Which one.
    pub entry: &'s Entry,
    /// Nanoseconds since 1970, UTC.
    pub at: &'s [i64],
    /// The values, whole ones exact.
    pub numbers: &'s [Number],
    /// Samples that several inputs gave alike.
    pub repeated: u64,
    /// Instants at which inputs disagree.
    pub conflicts: u64,
}

impl Store {
    /// Whether a folder is a store.
    #[must_use]
    pub fn is_at(folder: &Path) -> bool {
        folder.join("index.json").is_file()
    }

    /// Opens a store to read; a writer may go on beside.
    ///
    /// # Errors
    /// `ingest/no-store`, `ingest/store-unreadable`, `ingest/store-schema`.
    pub fn open(folder: &Path) -> Result<Self, Problem> {
        if !Self::is_at(folder) {
            let message = "saw no `index.json`, expected a store";
            return Err(
                Problem::new("ingest/no-store", folder, message).help("try `plimsoll ingest <files> -o` with that folder")
            );
        }
        Ok(Self { folder: folder.to_owned(), index: Index::load(folder)? })
    }

    /// The table of series; some may have no samples since their input was replaced.
    #[must_use]
    pub fn series(&self) -> &[Entry] {
        &self.index.series
    }

    /// The inputs in the order in which they were acknowledged.
    #[must_use]
    pub fn inputs(&self) -> &[Acknowledged] {
        &self.index.inputs
    }

    /// Hands over each selected series that has samples. Memory: one row group of each part that a series may stand in, and one
    /// series.
    ///
    /// # Errors
    /// `ingest/store-unreadable`; `ingest/conflicting-duplicates`, every series at once, where inputs disagree and the rule is to
    /// refuse; whatever `take` tells.
    pub fn scan(
        &self,
        select: &Select,
        on_duplicate: OnDuplicate,
        take: &mut dyn FnMut(&Stored<'_>) -> Result<(), Problem>,
    ) -> Result<(), Problems> {
        self.each(select, on_duplicate, true, take)
    }

    pub(super) fn each(
        &self,
        select: &Select,
        on_duplicate: OnDuplicate,
        exact: bool,
        take: &mut dyn FnMut(&Stored<'_>) -> Result<(), Problem>,
    ) -> Result<(), Problems> {
        let (from, to) = select.span();
        let data = self.folder.join("data");
        let parts: Vec<&Part> =
            self.index.inputs.iter().flat_map(|input| &input.parts).filter(|part| part.first < to && part.last >= from).collect();
        let mut waiting: Vec<(usize, u32, u32)> =
            parts.iter().enumerate().filter_map(|(place, part)| ends(place, part)).collect();
        waiting.sort_by_key(|(_, lowest, _)| std::cmp::Reverse(*lowest));
        // In the order of acknowledgement, so that of two samples the later one stands last.
        let mut active: BTreeMap<usize, (Cursor, u32)> = BTreeMap::new();
        let (mut merged, mut refused) = (Merged::default(), Problems::new());
        for entry in self.index.series.iter().filter(|entry| select.takes(entry)) {
            let series = entry.series;
            while let Some((place, _, highest)) = waiting.pop_if(|(_, lowest, _)| *lowest <= series) {
                active.insert(place, (Cursor::new(&data, parts[place], exact), highest));
            }
            active.retain(|_, (_, highest)| *highest >= series);
            merged.clear();
            for (cursor, _) in active.values_mut() {
                let read = cursor.take(series, &mut |columns, rows| merged.add(columns, rows, from, to));
                read.map_err(|error| vec![lost(cursor.path(), &error.to_string())])?;
            }
            merged.settle(on_duplicate);
            if let Some(conflict) = merged.first_conflict.filter(|_| on_duplicate == OnDuplicate::Error) {
                refused.push(refusal(&self.folder, entry, merged.conflicts, conflict));
                continue;
            }
            if !merged.at.is_empty() && refused.is_empty() {
                let stored = Stored {
                    entry,
                    at: &merged.at,
                    numbers: &merged.numbers,
                    repeated: merged.repeated,
                    conflicts: merged.conflicts,
                };
                take(&stored).map_err(|problem| vec![problem])?;
            }
        }
        if refused.is_empty() { Ok(()) } else { Err(few(refused, &self.folder)) }
    }

    /// Reads the selected series as if they stood in one file.
    ///
    /// # Errors
    /// As [`Store::scan`]; `ingest/no-data` when nothing is selected.
    pub fn read(&self, select: &Select, on_duplicate: OnDuplicate) -> Result<Reading<'static>, Problems> {
        let mut reading = Reading::default();
        self.read_into(select, on_duplicate, &mut reading)?;
        Ok(reading)
    }

    /// The same into a reading that may pass its samples on as it goes.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub fn read_into(&self, select: &Select, on_duplicate: OnDuplicate, reading: &mut Reading<'_>) -> Result<(), Problems> {
        (reading.format, reading.why) = ("store", "it holds an index.json".to_owned());
        self.scan(select, on_duplicate, &mut |stored| {
            add(reading, stored)?;
            if stored.conflicts > 0 {
                reading.warn("duplicate", 0, || "inputs of the store disagree at some instants: on_duplicate decided".to_owned());
            }
            if stored.repeated > 0 {
                reading
                    .note("overlap", 0, || "series of which several inputs gave the same samples: each is taken once".to_owned());
            }
            reading.rows += stored.at.len() as u64;
            Ok(())
        })?;
        if reading.is_empty() {
            let message = format!("saw no series with {}, expected at least one", wanted(select));
            let asked = select.metric.iter().map(|metric| ("metric", metric));
            let asked = asked.chain(select.labels.iter().map(|(label, value)| (label.as_str(), value)));
            let slip = asked.filter_map(|(label, value)| near(value, &self.values(label))).next_back();
            let help = format!("{}there are {}", slip.unwrap_or_default(), self.there());
            return Err(vec![Problem::new("ingest/no-data", &self.folder, message).help(help)]);
        }
        Ok(())
    }
}

impl Store {
    /// What it holds of a label, or of metrics.
    fn values(&self, label: &str) -> Vec<&str> {
        let all = self.index.series.iter();
        if label == "metric" {
            return all.map(|entry| entry.metric.as_str()).collect();
        }
        all.filter_map(|entry| entry.labels.get(label).map(String::as_str)).collect()
    }

    /// The metrics that it holds, and the values of each label, twelve of each at most.
    fn there(&self) -> String {
        let mut found: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for entry in &self.index.series {
            found.entry("metric").or_default().insert(&entry.metric);
            for (label, value) in &entry.labels {
                found.entry(label).or_default().insert(value);
            }
        }
        let some = |values: &BTreeSet<&str>| {
            let more = if values.len() > 12 { ", …" } else { "" };
            values.iter().take(12).copied().collect::<Vec<_>>().join(", ") + more
        };
        found.iter().map(|(label, values)| format!("{label}: {}", some(values))).collect::<Vec<_>>().join("; ")
    }
}

fn ends(place: usize, part: &Part) -> Option<(usize, u32, u32)> {
    Some((place, part.groups.first()?.1, part.groups.last()?.2))
}

/// Adds a series. One identity in two units is one series where a factor lies between them.
fn add(reading: &mut Reading<'_>, stored: &Stored<'_>) -> Result<(), Problem> {
    let mut id: Identity = stored.entry.identity();
    let known = reading.series.iter().find(|series| series.id == id).map(|series| series.unit.clone());
    let mut factor = 1.0;
    if let Some(Some(known)) = known
        && let Some(unit) = stored.entry.unit.as_ref().filter(|unit| **unit != known)
    {
        let ((base, of_known), (other, of_this)) = (canonical(&known), canonical(unit));
        if base == other { factor = of_this / of_known } else { id = id.with("unit", unit) }
    }
    let place = reading.series(id);
    if factor == 1.0 {
        stored.entry.unit.iter().for_each(|unit| reading.unit(place, unit));
    }
    if let Some(kind) = stored.entry.kind() {
        reading.kind(place, kind);
    }
    for (at, number) in stored.at.iter().zip(stored.numbers) {
        let number = if factor == 1.0 { *number } else { Number::Real(number.real() * factor) };
        reading.push(place, *at, number, 0)?;
    }
    Ok(())
}

fn wanted(select: &Select) -> String {
    let metric = select.metric.iter().map(|metric| format!("metric = {metric:?}"));
    let all: Vec<String> = metric.chain(select.labels.iter().map(|(name, value)| format!("{name} = {value:?}"))).collect();
    if all.is_empty() { "samples".to_owned() } else { all.join(" and ") }
}

fn lost(path: &Path, reason: &str) -> Problem {
    let first: String = reason.lines().next().unwrap_or_default().chars().take(160).collect();
    Problem::new("ingest/store-unreadable", path, format!("saw a part of the store that cannot be read: {first}"))
        .help("try again where a writer may have replaced it meanwhile; else ingest its inputs into a new store")
}

fn refusal(folder: &Path, entry: &Entry, count: u64, (at, first, other): (i64, f64, f64)) -> Problem {
    let when = crate::time::Timestamp(at.div_euclid(crate::formats::NANOS));
    let message = format!(
        "saw {count} instants of {} with values that differ, the first at {when}: {first} and {other}; expected one",
        entry.identity()
    );
    Problem::new("ingest/conflicting-duplicates", folder, message).help("try --on-duplicate first, last, max or mean")
}

fn few(mut problems: Problems, folder: &Path) -> Problems {
    const MOST: usize = 20;
    if problems.len() > MOST {
        let more = problems.len() - MOST;
        problems.truncate(MOST);
        problems.push(Problem::new("ingest/more-problems", folder, format!("and {more} more series like these")));
    }
    problems
}

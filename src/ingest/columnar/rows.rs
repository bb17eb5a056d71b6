//! Batches of rows to samples of series.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use polars::prelude::{DataFrame, DataType, PolarsResult};

use super::batches::Opened;
use super::cells::{self, Cells, Times};
use super::roles::Roles;
use crate::formats::{Clock, Identity, Number, OnInvalid, Options, Reading, Stamp, Stat, kind_of_name, unit_of_name};
use crate::problem::Problem;

type Problems = Vec<Problem>;

/// Words of a column as numbers; 0 is a null.
#[derive(Default)]
struct Codes {
    words: Vec<String>,
    index: BTreeMap<String, u32>,
}

impl Codes {
    fn of(&mut self, word: &str) -> u32 {
        if let Some(code) = self.index.get(word) {
            return *code;
        }
        self.words.push(word.to_owned());
        let code = self.words.len() as u32;
        self.index.insert(word.to_owned(), code);
        code
    }

    fn word(&self, code: u32) -> &str {
        (code as usize).checked_sub(1).and_then(|place| self.words.get(place)).map_or("", String::as_str)
    }
}

/// A file's columns by role, and what is known of its groups of rows (the rows with the same labels).
struct Part {
    path: PathBuf,
    time: String,
    times: Times,
    /// Text columns in this order: labels, then metric, statistic and unit where there are some.
    words: Vec<String>,
    metric: Option<usize>,
    stat: Option<usize>,
    unit: Option<usize>,
    values: Vec<String>,
    durations: Vec<bool>,
    constant: Vec<(String, String)>,
    codes: Vec<Codes>,
    groups: BTreeMap<Vec<u32>, usize>,
    /// For each group its number among all files' and the places of its values' series.
    places: Vec<(usize, Vec<usize>)>,
}

/// Takes batches of several files.
pub(super) struct Rows<'o> {
    options: &'o Options,
    clock: Clock,
    part: Option<Part>,
    groups: usize,
    problems: Problems,
    more: usize,
    bad: u64,
}

impl<'o> Rows<'o> {
    pub fn new(options: &'o Options) -> Self {
        Self { options, clock: Clock::new(options), part: None, groups: 0, problems: Problems::new(), more: 0, bad: 0 }
    }

    /// The batches that follow are of this file.
    pub fn begin(&mut self, path: &Path, roles: &Roles, opened: &Opened) {
        let mut words = roles.labels.clone();
        let mut also = |name: &Option<String>| {
            let name = name.as_ref().filter(|name| !roles.constant.iter().any(|(key, _)| key == *name))?;
            words.push(name.clone());
            Some(words.len() - 1)
        };
        let (metric, stat, unit) = (also(&roles.metric), also(&roles.stat), also(&roles.unit));
        let lasts =
            |name: &String| opened.fields.iter().any(|field| field.name == *name && matches!(field.dtype, DataType::Duration(_)));
        let codes = words.iter().map(|_| Codes::default()).collect();
        self.part = Some(Part {
            path: path.to_owned(),
            time: roles.time.clone(),
            times: roles.times.clone(),
            words,
            metric,
            stat,
            unit,
            durations: roles.values.iter().map(lasts).collect(),
            values: roles.values.clone(),
            constant: roles.constant.clone(),
            codes,
            groups: BTreeMap::new(),
            places: Vec::new(),
        });
    }

    /// Takes a batch whose first row has this number, counted from 0.
    pub fn take(&mut self, batch: &DataFrame, first: u64, reading: &mut Reading<'_>) -> Result<(), Problems> {
        let Some(mut part) = self.part.take() else { return Ok(()) };
        let result = self.take_of(&mut part, batch, first, reading);
        self.part = Some(part);
        result
    }

    fn take_of(&mut self, part: &mut Part, batch: &DataFrame, first: u64, reading: &mut Reading<'_>) -> Result<(), Problems> {
        let columns = part.columns(batch).map_err(|error| {
            vec![Problem::new("ingest/unreadable", &part.path, format!("saw columns that cannot be converted: {error}"))]
        })?;
        let mut bad_rows = self.invalid(part, &columns, first, reading);
        bad_rows.sort_unstable();
        let (width, mut codes, mut last) = (part.words.len(), Vec::new(), None);
        reading.rows += batch.height() as u64;
        for row in 0..batch.height() {
            if self.options.on_invalid == OnInvalid::Skip && bad_rows.binary_search(&row).is_ok() {
                continue;
            }
            let Some(stamp) = columns.stamps.all[row] else {
                self.no_time(part, &columns, row, first, reading);
                continue;
            };
            let of_row = &columns.codes[row * width..(row + 1) * width];
            let group = match last {
                Some(group) if codes == of_row => group,
                _ => {
                    codes.clear();
                    codes.extend_from_slice(of_row);
                    self.group(part, &codes, reading)
                }
            };
            last = Some(group);
            let (key, places) = &part.places[group];
            let Some(at) = self.clock.instant(*key, stamp, 0, reading) else { continue };
            for (place, cells) in places.iter().zip(&columns.numbers) {
                match cells.all[row] {
                    Some(number) => reading.push(*place, at, number, 0).map_err(|problem| vec![problem])?,
                    None => reading.missing(*place, Some(at)),
                }
            }
        }
        Ok(())
    }

    /// The group of rows with these words, new or known.
    fn group(&mut self, part: &mut Part, codes: &[u32], reading: &mut Reading<'_>) -> usize {
        if let Some(group) = part.groups.get(codes) {
            return *group;
        }
        let places = (0..part.values.len()).map(|value| part.series(codes, value, reading)).collect();
        let group = part.places.len();
        part.groups.insert(codes.to_vec(), group);
        part.places.push((self.groups, places));
        self.groups += 1;
        group
    }

    /// A row whose time is null, or could not be read and was told.
    fn no_time(&mut self, part: &Part, columns: &Columns, row: usize, first: u64, reading: &mut Reading<'_>) {
        if columns.stamps.invalid.iter().any(|(other, _)| *other == row) {
            return;
        }
        self.bad += 1;
        if self.options.on_invalid == OnInvalid::Error {
            let message = format!("saw no time in row {}, expected an instant", first + row as u64 + 1);
            self.tell(Problem::new("ingest/bad-time", &part.path, message).in_column(&part.time).help(ON_INVALID));
        } else {
            reading.warn("no-time", 0, || "rows without a time: left out".to_owned());
        }
    }

    /// Tells cells that are neither null nor what their column should hold; the rows where they stand.
    fn invalid(&mut self, part: &Part, columns: &Columns, first: u64, reading: &mut Reading<'_>) -> Vec<usize> {
        let times = columns.stamps.invalid.iter().map(|cell| (&part.time, "ingest/bad-time", "a time", cell));
        let numbers = part.values.iter().zip(&columns.numbers);
        let numbers =
            numbers.flat_map(|(name, cells)| cells.invalid.iter().map(move |cell| (name, "ingest/bad-number", "a number", cell)));
        let mut rows = Vec::new();
        for (column, slug, expected, (row, seen)) in times.chain(numbers) {
            rows.push(*row);
            if self.options.on_invalid == OnInvalid::Error {
                let message = format!("saw `{seen}` in row {}, expected {expected}", first + *row as u64 + 1);
                self.tell(Problem::new(slug, &part.path, message).in_column(column).help(ON_INVALID));
            } else {
                reading.warn("invalid-cell", 0, || {
                    format!("cells that are not {expected}, such as `{seen}` in `{column}`: left out")
                });
            }
        }
        rows.sort_unstable();
        rows.dedup();
        self.bad += rows.len() as u64;
        rows
    }

    fn tell(&mut self, problem: Problem) {
        const MOST: usize = 20;
        if self.problems.len() < MOST { self.problems.push(problem) } else { self.more += 1 }
    }

    /// The problems of all batches, and whether too many rows were bad.
    pub fn judge(&mut self, path: &Path, reading: &Reading<'_>) -> Problems {
        let mut problems = std::mem::take(&mut self.problems);
        if self.more > 0 {
            problems.push(Problem::new("ingest/more-problems", path, format!("and {} more problems like these", self.more)));
        }
        let share = self.bad as f64 / reading.rows.max(1) as f64;
        if problems.is_empty() && share > self.options.max_bad {
            let (seen, most) = (100.0 * share, 100.0 * self.options.max_bad);
            let message = format!("saw {} bad rows of {} ({seen:.3} %), expected at most {most} %", self.bad, reading.rows);
            problems.push(Problem::new("ingest/too-many-bad", path, message).help("try a higher --max-bad"));
        }
        problems
    }
}

const ON_INVALID: &str = "try --on-invalid null or skip, or --map with another column";

/// The columns of a batch.
struct Columns {
    stamps: Cells<Stamp>,
    /// Row by row, a code for each text column.
    codes: Vec<u32>,
    numbers: Vec<Cells<Number>>,
}

impl Part {
    fn columns(&mut self, batch: &DataFrame) -> PolarsResult<Columns> {
        let stamps = self.times.of(batch.column(&self.time)?)?;
        let (width, height) = (self.words.len(), batch.height());
        let mut codes = vec![0; width * height];
        for (place, name) in self.words.iter().enumerate() {
            let text = batch.column(name)?.cast(&DataType::String)?;
            let (book, mut last) = (&mut self.codes[place], ("", 0));
            for (row, word) in text.str()?.iter().enumerate() {
                let Some(word) = word else { continue };
                // neighbours are often alike
                if last.1 == 0 || last.0 != word {
                    last = (word, book.of(word));
                }
                codes[row * width + place] = last.1;
            }
        }
        let numbers = self.values.iter().map(|name| cells::numbers(batch.column(name)?)).collect::<PolarsResult<_>>()?;
        Ok(Columns { stamps, codes, numbers })
    }

    /// The place of the series of a value column in a group.
    fn series(&self, codes: &[u32], value: usize, reading: &mut Reading<'_>) -> usize {
        let word = |place: Option<usize>| place.map(|place| self.codes[place].word(codes[place]));
        let column = self.values[value].as_str();
        let of_path = |name: &str| self.constant.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let from_path = if self.metric.is_none() { METRIC_IN_PATH.iter().find_map(|name| of_path(name)) } else { None };
        let named = word(self.metric).or(from_path);
        let mut id = Identity::named(named.unwrap_or(column));
        for (place, name) in self.words.iter().enumerate() {
            if ![self.metric, self.stat, self.unit].contains(&Some(place)) {
                id = id.with(name, self.codes[place].word(codes[place]));
            }
        }
        for (key, value) in self.constant.iter().filter(|(_, value)| Some(value.as_str()) != from_path) {
            id = id.with(key, value);
        }
        if let Some(stat) = word(self.stat) {
            id = id.stat(stat);
        } else if is_stat(column) {
            id = id.stat(column);
        } else if named.is_some() && self.values.len() > 1 {
            id = id.with("column", column);
        }
        let metric = id.metric.clone();
        let place = reading.series(id);
        let unit = word(self.unit).filter(|unit| !unit.is_empty());
        let unit = unit.or_else(|| self.durations[value].then_some("seconds")).or_else(|| unit_of_column(&metric));
        if let Some(unit) = unit {
            let other = reading.series[place].unit.clone().filter(|other| other != unit);
            if let Some(other) = other {
                reading.warn("unit-change", 0, || format!("`{metric}` is in {other} in some rows and in {unit} in others"));
            }
            reading.unit(place, unit);
        }
        if let Some(kind) = kind_of_name(&metric) {
            reading.kind(place, kind);
        }
        place
    }
}

/// Partitions that name the metric of all rows below them.
const METRIC_IN_PATH: &[&str] = &["metric", "metric_name", "__name__", "measurement"];

/// Columns named as a statistic and nothing else: `avg`, `max`, `p95`.
fn is_stat(column: &str) -> bool {
    let certain = matches!(Stat::named(column), Some(Stat::Average | Stat::Minimum | Stat::Maximum | Stat::P95 | Stat::P99));
    certain && !column.eq_ignore_ascii_case("value")
}

/// The unit that a column's name ends with, or has in brackets: `cpu_pct`, `memory (MiB)`, `busy [%]`.
fn unit_of_column(name: &str) -> Option<&str> {
    let bracketed = [('(', ')'), ('[', ']')].iter().find_map(|(open, close)| {
        let inner = name.trim_end().strip_suffix(*close)?;
        inner.rsplit_once(*open).map(|(_, unit)| unit.trim())
    });
    let known = |unit: &&str| {
        let (base, factor) = crate::units::canonical(unit);
        factor != 1.0 || base != **unit || ["percent", "ratio", "bytes", "seconds", "cores", "hertz"].contains(unit)
    };
    bracketed.filter(known).or_else(|| unit_of_name(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_stand_at_the_end_of_a_name_or_in_brackets() {
        assert_eq!(unit_of_column("cpu_pct"), Some("percent"));
        assert_eq!(unit_of_column("memory (MiB)"), Some("MiB"));
        assert_eq!(unit_of_column("busy [%]"), Some("%"));
        assert_eq!(unit_of_column("requests (web)"), None);
    }
}

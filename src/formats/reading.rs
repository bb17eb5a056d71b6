use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use super::Options;
use crate::problem::Problem;
use crate::series::Severity;
use crate::source::Kind;
use crate::time::Timestamp;

/// The statistic that a sample already is. Part of a series' identity: averages and maxima are never mixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Stat {
    /// A momentary sample, or not stated.
    #[default]
    Raw,
    /// An average over the step.
    Average,
    /// The smallest of the step.
    Minimum,
    /// The largest of the step.
    Maximum,
    /// The 95th percentile of the step.
    P95,
    /// The 99th percentile of the step.
    P99,
    /// The sum over the step.
    Sum,
    /// The last of the step.
    Last,
    /// How many samples the step had.
    Count,
}

impl Stat {
    /// Its name in flags, stores and model files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Average => "avg",
            Self::Minimum => "min",
            Self::Maximum => "max",
            Self::P95 => "p95",
            Self::P99 => "p99",
            Self::Sum => "sum",
            Self::Last => "last",
            Self::Count => "count",
        }
    }

    /// The statistic that producers call so: `Average`, `maximum`, `avg`, `value_max`, `SampleCount`, `mean`, …
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        let word = word.to_ascii_lowercase();
        Some(match word.strip_prefix("value_").unwrap_or(&word) {
            "raw" => Self::Raw,
            "avg" | "average" | "mean" => Self::Average,
            "min" | "minimum" => Self::Minimum,
            "max" | "maximum" => Self::Maximum,
            "p95" | "perc95" => Self::P95,
            "p99" | "perc99" => Self::P99,
            "sum" | "total" => Self::Sum,
            "last" => Self::Last,
            "count" | "num" | "samplecount" | "n" => Self::Count,
            _ => return None,
        })
    }
}

/// What makes a series this one and no other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Identity {
    /// The metric, column or item as the file writes it; may be empty.
    pub metric: String,
    /// The file's own labels, among them `stat` with the file's word where it states one.
    pub labels: BTreeMap<String, String>,
    /// The statistic.
    pub stat: Stat,
}

impl Identity {
    /// A metric without labels.
    #[must_use]
    pub fn named(metric: &str) -> Self {
        Self { metric: metric.to_owned(), ..Self::default() }
    }

    /// With one more label; an empty value leaves it out.
    #[must_use]
    pub fn with(mut self, label: &str, value: &str) -> Self {
        if !value.is_empty() {
            self.labels.insert(label.to_owned(), value.to_owned());
        }
        self
    }

    /// With the statistic that the file calls `word`; an unknown word is kept as a label only.
    #[must_use]
    pub fn stat(mut self, word: &str) -> Self {
        self.stat = Stat::named(word).unwrap_or_default();
        self.with("stat", word)
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.metric)?;
        let labels: Vec<String> = self.labels.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
        let stated = self.labels.contains_key("stat") || self.stat == Stat::Raw;
        let stat = if stated { None } else { Some(format!("stat={:?}", self.stat.name())) };
        let all: Vec<String> = labels.into_iter().chain(stat).collect();
        if all.is_empty() { Ok(()) } else { write!(f, "{{{}}}", all.join(",")) }
    }
}

/// A finite number as written. Whole numbers stay exact up to 2^64: counters lose nothing until they become rates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// A finite real.
    Real(f64),
    /// A whole number, not negative.
    Whole(u64),
}

impl Number {
    /// As a float, rounded to the nearest.
    #[must_use]
    pub fn real(self) -> f64 {
        match self {
            Self::Real(value) => value,
            Self::Whole(value) => value as f64,
        }
    }

    /// Reads a plain decimal number (`12`, `-3.5`, `1e9`), no separators, no unit. `None` when it is not one. May be infinite
    /// or NaN when the text says so or overflows: hand it to [`Reading::push_real`], which counts those.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        if digits && let Ok(whole) = text.parse() {
            return Some(Self::Whole(whole));
        }
        text.parse().ok().map(Self::Real)
    }
}

/// The values of a series.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Finite reals.
    Real(Vec<f64>),
    /// All were whole numbers so far.
    Whole(Vec<u64>),
}

impl Values {
    fn push(&mut self, number: Number) {
        match (&mut *self, number) {
            (Self::Whole(values), Number::Whole(value)) => values.push(value),
            (Self::Real(values), number) => values.push(number.real()),
            (Self::Whole(values), Number::Real(value)) => {
                let mut reals: Vec<f64> = values.iter().map(|value| *value as f64).collect();
                reals.push(value);
                *self = Self::Real(reals);
            }
        }
    }

    /// One of them.
    #[must_use]
    pub fn at(&self, index: usize) -> Number {
        match self {
            Self::Real(values) => Number::Real(values[index]),
            Self::Whole(values) => Number::Whole(values[index]),
        }
    }

    /// All of them as floats.
    #[must_use]
    pub fn reals(&self) -> Vec<f64> {
        match self {
            Self::Real(values) => values.clone(),
            Self::Whole(values) => values.iter().map(|value| *value as f64).collect(),
        }
    }
}

/// One series as it stands in the input, samples in the order of the input.
#[derive(Debug, Clone, PartialEq)]
pub struct RawSeries {
    /// Which one.
    pub id: Identity,
    /// Gauge, counter or delta where the file, its names or the producer's documentation state it.
    pub kind: Option<Kind>,
    /// The unit of its values as [`crate::units::canonical`] knows it, or as written; `None` when not stated.
    pub unit: Option<String>,
    /// Nanoseconds since 1970, UTC.
    pub at: Vec<i64>,
    /// The values, as many.
    pub values: Values,
    /// The line of each sample, 1-based, where the input has lines; empty otherwise.
    pub lines: Vec<u32>,
    /// Instants at which the input says that there is no value (null, NaN, blank).
    pub missing_at: Vec<i64>,
    /// Explicit markers of no value, also those without an instant.
    pub missing: u64,
    /// ±Inf and numbers too large: left out.
    pub infinite: u64,
}

impl RawSeries {
    fn new(id: Identity) -> Self {
        Self {
            id,
            kind: None,
            unit: None,
            at: Vec::new(),
            values: Values::Whole(Vec::new()),
            lines: Vec::new(),
            missing_at: Vec::new(),
            missing: 0,
            infinite: 0,
        }
    }

    /// Adds the samples and counts of another series after its own.
    pub fn append(&mut self, other: Self) {
        if self.lines.len() == self.at.len() {
            self.lines.extend(other.lines);
        }
        for at in 0..other.at.len() {
            self.values.push(other.values.at(at));
        }
        self.at.extend(other.at);
        self.lines.truncate(self.at.len());
        self.missing_at.extend(other.missing_at);
        self.missing += other.missing;
        self.infinite += other.infinite;
    }

    /// Whether its values are levels (not counts, sums or lasts of something else).
    #[must_use]
    pub fn stat_is_level(&self) -> bool {
        !matches!(self.id.stat, Stat::Count | Stat::Sum)
    }
}

/// Something odd about the input: repaired or to be judged by the user, never silent.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// A stable name: `duplicate`, `unit-change`, `decimal-comma`, …
    pub kind: &'static str,
    /// How often.
    pub count: u64,
    /// The first lines where it stands, 1-based; at most [`Finding::MOST_LINES`].
    pub lines: Vec<u64>,
    /// The sentence: what was seen, what was done.
    pub text: String,
    /// All lines so far: a row with several odd cells counts once.
    seen: BTreeSet<u64>,
}

impl Finding {
    /// Lines kept of one finding.
    pub const MOST_LINES: usize = 100;
    /// Found once, without a line.
    #[must_use]
    pub fn new(severity: Severity, kind: &'static str, text: String) -> Self {
        Self { severity, kind, count: 1, lines: Vec::new(), text, seen: BTreeSet::new() }
    }

    /// Lines remembered, so that one is counted once.
    const MOST_SEEN: usize = 1_000_000;

    fn again(&mut self, line: u64) {
        if line > 0 {
            if !self.seen.insert(line) {
                return;
            }
            if self.lines.len() < Self::MOST_LINES {
                self.lines.push(line);
                self.lines.sort_unstable();
            }
            if self.seen.len() > Self::MOST_SEEN {
                self.seen.pop_first();
            }
        }
        self.count += 1;
    }
}

/// Something that only the user can know. The reading went on with an assumption.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// 1 matters most.
    pub rank: u8,
    /// The question, with what is assumed as long as it is not answered.
    pub text: String,
    /// The flag that answers it: `--tz Europe/Berlin`.
    pub flag: String,
}

/// Takes samples when many are held: writes them away and empties the series (`at`, `values`, `lines`, `missing_at`).
pub type Spill<'s> = dyn FnMut(&mut [RawSeries]) -> Result<(), Problem> + 's;

/// What stands in an input.
#[derive(Default)]
pub struct Reading<'s> {
    /// The format's name.
    pub format: &'static str,
    /// Why we think that it is of this format.
    pub why: String,
    /// The series, in the order of their first appearance.
    pub series: Vec<RawSeries>,
    /// What was odd.
    pub findings: Vec<Finding>,
    /// What only the user can know.
    pub questions: Vec<Question>,
    /// The input says that there is more elsewhere: the sentence says what.
    pub incomplete: Option<String>,
    /// Columns of a table with what was taken for what, for `inspect`: (name, role).
    pub columns: Vec<(String, String)>,
    /// Rows (or samples' records) read, for shares of bad ones.
    pub rows: u64,
    index: BTreeMap<Identity, usize>,
    held: usize,
    spilled: bool,
    spill: Option<(usize, &'s mut Spill<'s>)>,
    examined_by: Option<(Options, PathBuf)>,
}

impl<'s> Reading<'s> {
    /// A reading that examines its samples and passes them on whenever `most` of them are held.
    pub fn spilling(most: usize, options: &Options, path: &Path, spill: &'s mut Spill<'s>) -> Self {
        let examined_by = Some((options.clone(), path.to_owned()));
        Self { spill: Some((most, spill)), examined_by, ..Self::default() }
    }

    /// A reading that passes its samples on as they stand, whenever `most` of them are held.
    pub(super) fn passing_on(most: usize, spill: &'s mut Spill<'s>) -> Self {
        Self { spill: Some((most, spill)), ..Self::default() }
    }

    /// A reading of series at hand.
    #[must_use]
    pub fn of(series: Vec<RawSeries>) -> Self {
        let index = series.iter().enumerate().map(|(place, series)| (series.id.clone(), place)).collect();
        let held = series.iter().map(|series| series.at.len()).sum();
        Self { series, index, held, ..Self::default() }
    }

    /// The place of a series, new or known.
    pub fn series(&mut self, id: Identity) -> usize {
        if let Some(place) = self.index.get(&id) {
            return *place;
        }
        let place = self.series.len();
        self.index.insert(id.clone(), place);
        self.series.push(RawSeries::new(id));
        place
    }

    /// The place of a series, whose unit and kind are set when it is new.
    pub fn placed(&mut self, id: Identity, unit: Option<&str>, kind: Option<Kind>) -> usize {
        let known = self.series.len();
        let place = self.series(id);
        if place == known {
            if let Some(unit) = unit {
                self.unit(place, unit);
            }
            if let Some(kind) = kind {
                self.kind(place, kind);
            }
        }
        place
    }

    /// Sets the unit of a series, as written.
    pub fn unit(&mut self, place: usize, unit: &str) {
        if !unit.is_empty() {
            self.series[place].unit = Some(unit.to_owned());
        }
    }

    /// Sets the kind of a series.
    pub fn kind(&mut self, place: usize, kind: Kind) {
        self.series[place].kind = Some(kind);
    }

    /// Adds a sample. `line` is 0 where the input has no lines. NaN counts as missing, ±Inf as infinite.
    ///
    /// # Errors
    /// When the samples could not be passed on.
    pub fn push(&mut self, place: usize, at: i64, number: Number, line: u64) -> Result<(), Problem> {
        let series = &mut self.series[place];
        if let Number::Real(value) = number
            && !value.is_finite()
        {
            if value.is_nan() {
                series.missing += 1;
            } else {
                series.infinite += 1;
            }
            if self.spill.is_none() {
                series.missing_at.push(at);
            }
            return Ok(());
        }
        series.at.push(at);
        series.values.push(number);
        if line > 0 {
            series.lines.push(line as u32);
        }
        self.held += 1;
        if self.spill.as_ref().is_some_and(|(most, _)| self.held >= *most) { self.flush() } else { Ok(()) }
    }

    /// The same from a float.
    ///
    /// # Errors
    /// When the samples could not be passed on.
    pub fn push_real(&mut self, place: usize, at: i64, value: f64, line: u64) -> Result<(), Problem> {
        self.push(place, at, Number::Real(value), line)
    }

    /// Counts an explicit marker of no value, with its instant where it has one.
    pub fn missing(&mut self, place: usize, at: Option<i64>) {
        let series = &mut self.series[place];
        series.missing += 1;
        if self.spill.is_some() {
            return; // counted; where many samples are passed on, the instants of those that are not there would only fill the memory
        }
        series.missing_at.extend(at);
        // held as samples are: the next sample may pass them on
        self.held += usize::from(at.is_some());
    }

    /// Examines and passes on what is held.
    ///
    /// # Errors
    /// When that fails; the first of the conflicts that the examination refuses.
    pub fn flush(&mut self) -> Result<(), Problem> {
        if let Some((options, path)) = self.examined_by.take() {
            // examined once more by nobody: what is passed on is gone from here
            let examined = super::examine::examine(self, &options, &path);
            self.examined_by = Some((options, path));
            if let Some(first) = examined.err().and_then(|problems| problems.into_iter().next()) {
                return Err(first);
            }
        }
        if let Some((_, spill)) = &mut self.spill {
            spill(&mut self.series)?;
            self.held = 0;
            self.spilled = true;
        }
        Ok(())
    }

    /// Notes something odd; the same kind again adds to its count and lines. `line` is 0 where there is none.
    pub fn find(&mut self, severity: Severity, kind: &'static str, line: u64, text: impl FnOnce() -> String) {
        if let Some(known) = self.findings.iter_mut().find(|finding| finding.kind == kind) {
            known.again(line);
            return;
        }
        let mut found = Finding { severity, kind, count: 0, lines: Vec::new(), text: text(), seen: BTreeSet::new() };
        found.again(line);
        self.findings.push(found);
    }

    /// A note; see [`Reading::find`].
    pub fn note(&mut self, kind: &'static str, line: u64, text: impl FnOnce() -> String) {
        self.find(Severity::Note, kind, line, text);
    }

    /// A warning: results may be off. See [`Reading::find`].
    pub fn warn(&mut self, kind: &'static str, line: u64, text: impl FnOnce() -> String) {
        self.find(Severity::Warning, kind, line, text);
    }

    /// Asks the user, once for each flag.
    pub fn ask(&mut self, rank: u8, flag: &str, text: impl Into<String>) {
        if self.questions.iter().all(|question| question.flag != flag) {
            self.questions.push(Question { rank, text: text.into(), flag: flag.to_owned() });
            self.questions.sort_by_key(|question| question.rank);
        }
    }

    /// No sample and no marker at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.spilled && self.series.iter().all(|series| series.at.is_empty())
    }

    /// What the user declares overrides what the file says.
    pub fn declare(&mut self, options: &Options) {
        for series in &mut self.series {
            series.kind = options.kind.or(series.kind);
            series.unit = options.unit.clone().or(series.unit.take());
            if let Some(stat) = options.stat {
                series.id.stat = stat;
            }
        }
    }

    /// First and last instant of finite samples.
    #[must_use]
    pub fn span(&self) -> Option<(Timestamp, Timestamp)> {
        let all = || self.series.iter().flat_map(|series| series.at.iter().copied());
        Some((Timestamp(all().min()?.div_euclid(super::NANOS)), Timestamp(all().max()?.div_euclid(super::NANOS))))
    }
}

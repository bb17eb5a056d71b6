//! Parts of a simulation: the outcomes of some of its futures in a file that says which, and their union.
//!
//! A part holds blocks of [`BLOCK`] futures. Outcomes are kept future by future, so parts merge by standing in order: no sum is
//! made on the way, and nothing depends on how the work was cut.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::directory::write_whole;
use super::pipeline::{Futures, Prepared};
use crate::error::Error;
use crate::ingest::guarded;
use crate::model::Level;
use crate::observe::Observer;
use crate::problem::Problem;
use crate::render::{Frame, Values, noted_parquet, read_noted_parquet};
use crate::scenario::LOSSES;
use crate::simulate::{Outcomes, PoolOutcomes, Survival};
use crate::time::{Day, Month};

/// Futures of one block.
pub const BLOCK: u32 = 64;

/// Changes when the meaning of a column or of the note changes.
const SCHEMA: &str = "plimsoll-part/1";

/// The key of the note in the file.
const KEY: &str = "plimsoll.part";

/// What a part says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Note {
    schema: String,
    /// Digest of the program, inputs and settings: equal for the parts of one run.
    plan: String,
    /// Futures of the whole run.
    replications: u32,
    /// First block, and the one after the last.
    blocks: [u32; 2],
    start: Day,
    days: u32,
    /// In order.
    scenarios: Vec<String>,
    /// In order, with their resources.
    pools: Vec<(String, Vec<String>)>,
    /// Of the columns' values.
    sha256: String,
}

/// Some of the futures of a run, or all.
#[derive(Debug, Clone)]
pub struct Part {
    note: Note,
    /// Where it was read from; empty for one made here.
    path: PathBuf,
    /// One a scenario.
    pub outcomes: Vec<Outcomes>,
}

impl Note {
    fn whole(&self) -> bool {
        self.blocks == [0, blocks_of(self.replications)]
    }
}

/// How many blocks so many futures make.
#[must_use]
pub fn blocks_of(replications: u32) -> u32 {
    replications.div_ceil(BLOCK)
}

impl Prepared {
    /// Simulates blocks `blocks` of every scenario; all of them when `None`.
    ///
    /// # Errors
    /// `spec/out-of-range` when there are no such blocks; otherwise as [`Prepared::outcomes`].
    pub fn part(&self, futures: &Futures, blocks: Option<Range<u32>>, observer: &dyn Observer) -> Result<Part, Error> {
        let replications = self.declared.settings.replications;
        let most = blocks_of(replications);
        let blocks = blocks.unwrap_or(0..most);
        if blocks.start >= blocks.end || blocks.end > most {
            let message = format!(
                "saw blocks {}..{}, expected a range within 0..{most}: {replications} futures in blocks of {BLOCK}",
                blocks.start, blocks.end
            );
            let help = "the first block, two dots, the block after the last: 0..4";
            return Err(Error::Problems(vec![Problem::new("spec/out-of-range", &self.declared.path, message).help(help)]));
        }
        let range = blocks.start * BLOCK..(blocks.end * BLOCK).min(replications);
        let outcomes = self.outcomes_of(futures, range, observer)?;
        Ok(Part::of(outcomes, &self.digest, replications, &blocks))
    }
}

impl Part {
    fn of(outcomes: Vec<Outcomes>, plan: &str, replications: u32, blocks: &Range<u32>) -> Self {
        let first = outcomes.first();
        let pools = first.map(|of| of.pools.iter().map(|pool| (pool.pool.clone(), pool.resources.clone())).collect());
        let mut note = Note {
            schema: SCHEMA.to_owned(),
            plan: plan.to_owned(),
            replications,
            blocks: [blocks.start, blocks.end],
            start: first.map_or(Day(0), |of| of.start),
            days: first.map_or(0, |of| of.days),
            scenarios: outcomes.iter().map(|of| of.scenario.clone()).collect(),
            pools: pools.unwrap_or_default(),
            sha256: String::new(),
        };
        note.sha256 = fingerprint(&frame(&note, &outcomes));
        Self { note, path: PathBuf::new(), outcomes }
    }

    /// Futures held.
    #[must_use]
    pub fn replications(&self) -> u32 {
        self.outcomes.first().map_or(0, |of| of.replications)
    }

    /// Writes it as Parquet, whole or not at all.
    ///
    /// # Errors
    /// [`Error::Output`] when it cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        let failed = |reason: String| Error::Render { file: path.display().to_string(), reason };
        let note = serde_json::to_string(&self.note).map_err(|error| failed(error.to_string()))?;
        let bytes = noted_parquet(&frame(&self.note, &self.outcomes), KEY, &note).map_err(|error| failed(error.to_string()))?;
        write_whole(path, &bytes)
    }

    /// Reads a part.
    ///
    /// # Errors
    /// `ingest/not-a-part` for a file of another kind, `ingest/corrupt-part` for one whose values are not those that were written.
    pub fn read(path: &Path) -> Result<Self, Problem> {
        let other = |why: &str| {
            Problem::new("ingest/not-a-part", path, format!("saw {why}, expected a part of a simulation"))
                .help("parts are written by `plimsoll simulate MODEL --blocks A..B -o FILE`")
        };
        let corrupt = |why: &str| {
            Problem::new("ingest/corrupt-part", path, format!("saw {why}: the file is not as it was written"))
                .help("copy it again, or simulate its blocks again")
        };
        let bytes = read(path)?;
        let decoded = guarded(|| Ok::<_, Infallible>(read_noted_parquet(&bytes, KEY))).map_err(|reason| corrupt(&reason))?;
        let (frame, note) = decoded.map_err(|_| other("a file that is no Parquet, or a broken one"))?;
        let note = note.ok_or_else(|| other("a Parquet file without the note of a part"))?;
        let note: Note = serde_json::from_str(&note).map_err(|_| other("a part of another version of the program"))?;
        if note.schema != SCHEMA {
            return Err(other(&format!("schema `{}`, not `{SCHEMA}`", note.schema)));
        }
        if fingerprint(&frame) != note.sha256 {
            return Err(corrupt("other values than its checksum says"));
        }
        let outcomes = outcomes(&note, &frame).ok_or_else(|| corrupt("columns or rows missing"))?;
        Ok(Self { note, path: path.to_owned(), outcomes })
    }

    /// Whether these are all futures of the run that `prepared` describes.
    ///
    /// # Errors
    /// `ingest/foreign-part` when they are of another run; `ingest/missing-blocks` when some are missing.
    pub fn complete(self, prepared: &Prepared) -> Result<Vec<Outcomes>, Error> {
        if self.note.plan != prepared.digest {
            return Err(Error::Problems(vec![foreign(&self, &prepared.digest)]));
        }
        if !self.note.whole() {
            let missing = holes(std::slice::from_ref(&self));
            return Err(Error::Problems(vec![missing_blocks(&self, &missing)]));
        }
        Ok(self.outcomes)
    }
}

#[expect(clippy::disallowed_methods, reason = "parts are read here")]
fn read(path: &Path) -> Result<Vec<u8>, Problem> {
    std::fs::read(path).map_err(|error| {
        Problem::new("ingest/missing-file", path, format!("cannot be read: {error}, expected a part of a simulation"))
    })
}

/// Puts the parts of one run together, given in any order.
///
/// # Errors
/// All that is wrong with them at once: parts that cannot be read, parts of another run, blocks that two parts hold, blocks
/// that none holds.
pub fn merge(paths: &[PathBuf]) -> Result<Part, Error> {
    let (mut parts, mut problems) = (Vec::new(), Vec::new());
    for path in paths {
        match Part::read(path) {
            Ok(part) => parts.push(part),
            Err(problem) => problems.push(problem),
        }
    }
    parts.sort_by(|a, b| (a.note.blocks, &a.path).cmp(&(b.note.blocks, &b.path)));
    if let Some(first) = parts.first().map(|part| part.note.clone()) {
        problems.extend(parts.iter().filter(|part| !same_run(&part.note, &first)).map(|part| foreign(part, &first.plan)));
    }
    let twice = parts.windows(2).filter(|pair| pair[0].note.blocks[1] > pair[1].note.blocks[0]);
    problems.extend(twice.map(|pair| overlap(&pair[0], &pair[1])));
    // what is missing can be told only when all that is there could be read
    if let Some(last) = parts.last().filter(|_| problems.is_empty()) {
        let missing = holes(&parts);
        if !missing.is_empty() {
            problems.push(missing_blocks(last, &missing));
        }
    }
    if !problems.is_empty() {
        return Err(Error::Problems(problems));
    }
    let mut parts = parts.into_iter();
    let Some(first) = parts.next() else {
        return Err(Error::Problems(vec![Problem::new("ingest/missing-file", "", "saw no part, expected one or more")]));
    };
    let (note, mut whole) = (first.note, first.outcomes);
    for part in parts {
        for (whole, later) in whole.iter_mut().zip(part.outcomes) {
            whole.join(later);
        }
    }
    Ok(Part::of(whole, &note.plan, note.replications, &(0..blocks_of(note.replications))))
}

fn same_run(a: &Note, b: &Note) -> bool {
    (&a.plan, a.replications, a.start, a.days, &a.scenarios, &a.pools)
        == (&b.plan, b.replications, b.start, b.days, &b.scenarios, &b.pools)
}

fn foreign(part: &Part, plan: &str) -> Problem {
    let message = format!("saw a part of run {}, expected one of run {plan}", part.note.plan);
    Problem::new("ingest/foreign-part", &part.path, message)
        .help("parts of one run come from the same program, data, model file, seed, horizon and number of replications")
}

fn overlap(a: &Part, b: &Part) -> Problem {
    let (from, to) = (b.note.blocks[0], a.note.blocks[1].min(b.note.blocks[1]));
    let message = format!("saw blocks {from}..{to}, which `{}` holds too", a.path.display());
    Problem::new("ingest/overlapping-parts", &b.path, message).help("leave out one of the two")
}

/// Ranges of blocks that no part holds; the parts stand in order.
fn holes(parts: &[Part]) -> Vec<Range<u32>> {
    let (mut missing, mut next) = (Vec::new(), 0);
    for part in parts {
        if part.note.blocks[0] > next {
            missing.push(next..part.note.blocks[0]);
        }
        next = next.max(part.note.blocks[1]);
    }
    let end = parts.first().map_or(0, |part| blocks_of(part.note.replications));
    if next < end {
        missing.push(next..end);
    }
    missing
}

fn missing_blocks(part: &Part, missing: &[Range<u32>]) -> Problem {
    let ranges: Vec<String> = missing.iter().map(|range| format!("{}..{}", range.start, range.end)).collect();
    let message = format!("no part holds blocks {} of 0..{}", ranges.join(", "), blocks_of(part.note.replications));
    Problem::new("ingest/missing-blocks", &part.path, message)
        .help(format!("simulate them: plimsoll simulate MODEL --blocks {} -o FILE", ranges[0]))
}

/// The names of the columns of a resource.
fn resource_columns(resource: &str) -> [String; 2] {
    [format!("unserved:{resource}"), format!("room:{resource}")]
}

/// All resources of all pools, sorted.
fn resources(note: &Note) -> Vec<String> {
    let mut all: Vec<String> = note.pools.iter().flat_map(|(_, resources)| resources.iter().cloned()).collect();
    all.sort();
    all.dedup();
    all
}

fn months(note: &Note) -> Vec<Month> {
    Month::spanning(note.start, note.start.plus(note.days.max(1) as i32 - 1))
}

/// Where a row's values stand.
struct Spot<'a> {
    r: usize,
    month: usize,
    /// Position of the row's future and month in a matrix.
    at: usize,
    scenario: &'a str,
    pool: &'a PoolOutcomes,
}

/// One row a future, scenario, pool and month, in this order.
fn frame(note: &Note, outcomes: &[Outcomes]) -> Frame {
    let months = months(note);
    let count = outcomes.first().map_or(0, |of| of.replications as usize);
    let first = i64::from(note.blocks[0] * BLOCK);
    let mut spots = Vec::with_capacity(count * note.scenarios.len() * note.pools.len() * months.len());
    for r in 0..count {
        for of in outcomes {
            for pool in &of.pools {
                let spot = |month| Spot { r, month, at: r * months.len() + month, scenario: &of.scenario, pool };
                spots.extend((0..months.len()).map(spot));
            }
        }
    }
    let text = |of: &dyn Fn(&Spot<'_>) -> String| Values::Text(spots.iter().map(of).collect());
    let whole = |of: &dyn Fn(&Spot<'_>) -> i64| Values::Integer(spots.iter().map(of).collect());
    let number = |of: &dyn Fn(&Spot<'_>) -> Option<f64>| Values::Number(spots.iter().map(of).collect());
    let mut columns = vec![
        ("future".to_owned(), whole(&|spot| first + spot.r as i64)),
        ("scenario".to_owned(), text(&|spot| spot.scenario.to_owned())),
        ("pool".to_owned(), text(&|spot| spot.pool.pool.clone())),
        ("month".to_owned(), text(&|spot| months[spot.month].to_string())),
        ("hours_short".to_owned(), number(&|spot| Some(f64::from(spot.pool.hours_short[spot.at])))),
        ("room".to_owned(), whole(&|spot| i64::from(spot.pool.room_units[spot.at]))),
        ("room_reserve".to_owned(), whole(&|spot| i64::from(spot.pool.reserve_room_units[spot.at]))),
        ("exhausted_day".to_owned(), number(&|spot| spot.pool.exhaustion[spot.r].map(f64::from))),
        ("exhausted_reserve_day".to_owned(), number(&|spot| spot.pool.reserve_exhaustion[spot.r].map(f64::from))),
    ];
    for (l, level) in LOSSES.iter().enumerate() {
        columns.push((survives(*level), whole(&|spot| i64::from(spot.pool.survival[l].survives[spot.at]))));
    }
    for resource in resources(note) {
        let place = |spot: &Spot<'_>| spot.pool.resources.iter().position(|of| *of == resource);
        let [unserved, room] = resource_columns(&resource);
        columns.push((unserved, number(&|spot| Some(f64::from(spot.pool.unserved[place(spot)?][spot.at])))));
        columns.push((room, number(&|spot| Some(f64::from(spot.pool.room_by_resource[place(spot)?][spot.at])))));
    }
    Frame { columns }
}

fn survives(level: Level) -> String {
    format!("survives_{}", level.name())
}

/// SHA-256 over the names and values of all columns.
fn fingerprint(frame: &Frame) -> String {
    let mut digest = Sha256::new();
    for (name, values) in &frame.columns {
        digest.update(name.as_bytes());
        digest.update([0]);
        match values {
            Values::Integer(values) => {
                for value in values {
                    digest.update(value.to_le_bytes());
                }
            }
            Values::Number(values) => {
                for value in values {
                    digest.update(value.unwrap_or(f64::NAN).to_bits().to_le_bytes());
                }
            }
            other => {
                for row in 0..other.len() {
                    digest.update(other.text(row).as_bytes());
                    digest.update([0]);
                }
            }
        }
    }
    super::manifest::hex(&digest.finalize())
}

/// The outcomes of a frame; `None` when it does not have the rows and columns that its note says.
fn outcomes(note: &Note, frame: &Frame) -> Option<Vec<Outcomes>> {
    let months = months(note);
    let most = blocks_of(note.replications);
    let [first, last] = note.blocks;
    if first >= last || last > most {
        return None;
    }
    let count = ((last * BLOCK).min(note.replications) - first * BLOCK) as usize;
    let columns: BTreeMap<&str, &Values> = frame.columns.iter().map(|(name, values)| (name.as_str(), values)).collect();
    let rows = count * note.scenarios.len() * note.pools.len() * months.len();
    if columns.values().any(|values| values.len() != rows) {
        return None;
    }
    let each = note.scenarios.iter().enumerate().map(|(s, scenario)| {
        let pools = note.pools.iter().enumerate().map(|(p, pool)| {
            let view = View { columns: &columns, note, months: months.len(), count, place: s * note.pools.len() + p };
            view.pool(pool)
        });
        Some(Outcomes {
            scenario: scenario.clone(),
            replications: count as u32,
            start: note.start,
            days: note.days,
            months: months.clone(),
            pools: pools.map(|pool| pool.map(Arc::new)).collect::<Option<_>>()?,
        })
    });
    each.collect()
}

/// The rows of one scenario and pool.
struct View<'a> {
    columns: &'a BTreeMap<&'a str, &'a Values>,
    note: &'a Note,
    months: usize,
    count: usize,
    place: usize,
}

impl View<'_> {
    /// Row numbers, by future and month.
    fn rows(&self) -> impl Iterator<Item = usize> + '_ {
        let stride = self.note.scenarios.len() * self.note.pools.len() * self.months;
        (0..self.count).flat_map(move |r| (0..self.months).map(move |m| r * stride + self.place * self.months + m))
    }

    fn integers<T>(&self, name: &str, of: impl Fn(i64) -> Option<T>) -> Option<Vec<T>> {
        let Values::Integer(values) = self.columns.get(name)? else { return None };
        self.rows().map(|row| of(values[row])).collect()
    }

    fn numbers(&self, name: &str) -> Option<Vec<Option<f64>>> {
        let Values::Number(values) = self.columns.get(name)? else { return None };
        Some(self.rows().map(|row| values[row]).collect())
    }

    fn known<T>(&self, name: &str, of: impl Fn(f64) -> T) -> Option<Vec<T>> {
        self.numbers(name)?.into_iter().map(|value| value.map(&of)).collect()
    }

    fn days(&self, name: &str) -> Option<Vec<Option<u32>>> {
        let each = self.numbers(name)?;
        Some(each.into_iter().step_by(self.months).map(|day| day.map(|day| day as u32)).collect())
    }

    fn pool(&self, (pool, resources): &(String, Vec<String>)) -> Option<PoolOutcomes> {
        let small = |value: i64| i32::try_from(value).ok();
        let columns: Vec<[String; 2]> = resources.iter().map(|resource| resource_columns(resource)).collect();
        let survival = LOSSES
            .iter()
            .map(|level| Some(Survival { level: *level, survives: self.integers(&survives(*level), |flag| Some(flag != 0))? }));
        Some(PoolOutcomes {
            pool: pool.clone(),
            resources: resources.clone(),
            hours_short: self.known("hours_short", |hours| hours as f32)?,
            unserved: columns.iter().map(|[unserved, _]| self.known(unserved, |amount| amount as f32)).collect::<Option<_>>()?,
            room_units: self.integers("room", small)?,
            reserve_room_units: self.integers("room_reserve", small)?,
            room_by_resource: columns.iter().map(|[_, room]| self.known(room, |room| room as i32)).collect::<Option<_>>()?,
            exhaustion: self.days("exhausted_day")?,
            reserve_exhaustion: self.days("exhausted_reserve_day")?,
            survival: survival.collect::<Option<_>>()?,
        })
    }
}

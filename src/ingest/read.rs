//! From declared sources to the panel.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::combine::{Track, WEEK, sum, usual_step};
use super::entity::{Sample, clean};
use super::stamp::Stamp;
use super::table::{Table, Wanted, read_parquet};
use super::text::read_csv;
use super::{fold, table};
use crate::observe::{Event, Observer};
use crate::problem::Problem;
use crate::series::{Panel, Quality, Remark, SeriesKey, Severity};
use crate::source::{Columns, Measures, Sampled, Source};
use crate::time::{Timestamp, Zone};
use crate::units::Unit;

/// Capacity in force of each pool and resource, in base units: rising instants, the first holding from always.
pub type CapacityInForce = BTreeMap<SeriesKey, Vec<(Timestamp, f64)>>;

/// Reads every source, each file once, and makes of them the demand of each pool and resource.
///
/// # Errors
/// `ingest/*`: every problem of every file at once.
pub fn read(sources: &[Source], capacity: &CapacityInForce, zone: &Zone, observer: &dyn Observer) -> Result<Panel, Vec<Problem>> {
    let stage = "ingest";
    let files: BTreeMap<&Path, Wanted> = wanted(sources);
    observer.on(&Event::Started { stage, work: files.len() as u64 });
    let tables: Vec<(&Path, Result<Table, Vec<Problem>>)> = files
        .par_iter()
        .map(|(path, wanted)| {
            let form = sources.iter().find(|source| source.paths.iter().any(|other| other == path)).map(|source| &source.time);
            let table = form.map_or_else(|| Ok(Table::default()), |form| open(path, wanted, form));
            observer.on(&Event::Advanced { stage, parts: 1 });
            (*path, table)
        })
        .collect();
    let mut problems = Vec::new();
    let mut read = BTreeMap::new();
    for (path, table) in tables {
        match table {
            Ok(table) => drop(read.insert(path, table)),
            Err(mut told) => problems.append(&mut told),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let tracks: Vec<Result<Tracked, Problem>> = sources.par_iter().map(|source| track(source, &read, capacity)).collect();
    observer.on(&Event::Finished { stage });
    panel(tracks, zone)
}

/// The columns that all sources together want of each file.
fn wanted(sources: &[Source]) -> BTreeMap<&Path, Wanted> {
    let mut files: BTreeMap<&Path, Wanted> = BTreeMap::new();
    for source in sources {
        for path in &source.paths {
            let wanted = files.entry(path).or_default();
            wanted.words.extend(source.select.keys().cloned());
            match &source.columns {
                Columns::Long { time, entity, value } => {
                    wanted.time.clone_from(time);
                    wanted.words.extend(entity.iter().cloned());
                    wanted.values.insert(value.clone());
                }
                Columns::Wide { time, values } => {
                    wanted.time.clone_from(time);
                    wanted.all_values |= values.is_empty();
                    wanted.values.extend(values.iter().cloned());
                }
            }
        }
    }
    files
}

fn open(path: &Path, wanted: &Wanted, form: &crate::source::TimeForm) -> Result<Table, Vec<Problem>> {
    if !path.is_file() {
        return Err(vec![Problem::new("ingest/missing-file", path, "there is no such file")]);
    }
    let parquet = path.extension().is_some_and(|ending| ending == "parquet" || ending == "pq");
    if parquet { read_parquet(path, wanted, form) } else { read_csv(path, wanted, form) }
}

/// One source's demand of its pool, and what was found.
struct Tracked {
    key: SeriesKey,
    unit: Unit,
    track: Track,
    quality: Quality,
}

type Read<'a> = BTreeMap<&'a Path, Table>;
type Rows = BTreeMap<String, Vec<(Stamp, f64)>>;

fn track(source: &Source, read: &Read<'_>, capacity: &CapacityInForce) -> Result<Tracked, Problem> {
    let key = SeriesKey::demand(&source.pool, &source.resource);
    let mut quality = Quality { source: source.name.clone(), series: key.to_string(), ..Quality::default() };
    let rows = gather(source, read, &mut quality)?;
    let mut entities: Vec<Vec<Sample>> = Vec::with_capacity(rows.len());
    for (entity, rows) in &rows {
        let refused = |conflict: super::entity::Conflict| {
            let message = format!("`{entity}` has two values at {}: {} and {}", conflict.at, conflict.first, conflict.second);
            let help = "declare `on_duplicate` = first, last, max or mean";
            Problem::new("ingest/conflicting-duplicates", place(source), message).help(help)
        };
        entities.push(clean(rows, source, &mut quality).map_err(refused)?);
    }
    quality.entities = entities.iter().filter(|samples| !samples.is_empty()).count() as u64;
    quality.averaged = source.sampled == Sampled::Average;
    let instants = || entities.iter().flat_map(|samples| samples.iter().map(|sample| sample.at));
    quality.first = instants().min().map(Timestamp);
    quality.last = instants().max().map(Timestamp);
    if quality.entities == 0 {
        let message = format!("all {} values of {key} are missing", quality.rows);
        return Err(Problem::new("ingest/no-data", place(source), message).help("is it the right column and selection?"));
    }
    let step = usual_step(&entities);
    quality.step_seconds = Some(step);
    let mut track = sum(&entities, step, &mut quality);
    to_demand(source, &key, capacity, &mut track);
    remarks(source, &entities, &track, &mut quality);
    Ok(Tracked { key, unit: source.unit.clone(), track, quality })
}

fn place(source: &Source) -> PathBuf {
    source.paths.first().cloned().unwrap_or_default()
}

/// The rows of a source by entity, in the order of its files.
fn gather(source: &Source, read: &Read<'_>, quality: &mut Quality) -> Result<Rows, Problem> {
    let mut rows = Rows::new();
    let mut present: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for path in &source.paths {
        let Some(table) = read.get(path.as_path()) else { continue };
        let mut keep = vec![true; table.times.len()];
        for (column, wanted) in &source.select {
            let words = &table.words[column];
            present.entry(column).or_default().extend(words.words.iter().map(String::as_str));
            let code = words.code(wanted);
            keep.iter_mut().zip(&words.codes).for_each(|(keep, other)| *keep &= code == Some(*other));
        }
        quality.invalid += table.not_finite;
        for repair in &table.repairs {
            note(quality, Severity::Note, "repaired", repair.clone());
        }
        match &source.columns {
            Columns::Long { entity, value, .. } => long(table, &keep, entity, value, &mut rows),
            Columns::Wide { values, .. } => wide(table, &keep, values, &mut rows),
        }
    }
    quality.rows = rows.values().map(|rows| rows.len() as u64).sum();
    if quality.rows > 0 {
        return Ok(rows);
    }
    let wanted: Vec<String> = source.select.iter().map(|(column, value)| format!("{column} = {value:?}")).collect();
    let there: Vec<String> = present
        .iter()
        .map(|(column, values)| format!("{column}: {}", values.iter().take(12).copied().collect::<Vec<_>>().join(", ")))
        .collect();
    let message = format!("no row has {}", wanted.join(" and "));
    Err(Problem::new("ingest/selector-matches-nothing", place(source), message).help(format!("there are {}", there.join("; "))))
}

fn long(table: &Table, keep: &[bool], entity: &[String], value: &str, rows: &mut Rows) {
    let (columns, values): (Vec<&table::Words>, _) =
        (entity.iter().map(|name| &table.words[name]).collect(), &table.values[value]);
    let mut grouped: BTreeMap<Vec<u32>, Vec<(Stamp, f64)>> = BTreeMap::new();
    let mut codes = vec![0; columns.len()];
    for row in (0..table.times.len()).filter(|row| keep[*row]) {
        for (code, column) in codes.iter_mut().zip(&columns) {
            *code = column.codes[row];
        }
        let sample = (table.times[row], values[row]);
        match grouped.get_mut(&codes) {
            Some(rows) => rows.push(sample),
            None => drop(grouped.insert(codes.clone(), vec![sample])),
        }
    }
    for (codes, mut samples) in grouped {
        let name: Vec<&str> = codes.iter().zip(&columns).map(|(code, column)| column.words[*code as usize].as_str()).collect();
        rows.entry(name.join("/")).or_default().append(&mut samples);
    }
}

fn wide(table: &Table, keep: &[bool], values: &[String], rows: &mut Rows) {
    let named = table.values.iter().filter(|(name, _)| values.is_empty() || values.contains(name));
    for (name, column) in named {
        let kept = (0..table.times.len()).filter(|row| keep[*row]).map(|row| (table.times[row], column[row]));
        // A column that is empty before its entity existed has no rows there.
        rows.entry(name.clone()).or_default().extend(kept.filter(|row| !row.1.is_nan()));
    }
}

/// Utilization × the capacity in force at that instant = demand.
fn to_demand(source: &Source, key: &SeriesKey, capacity: &CapacityInForce, track: &mut Track) {
    match source.measures {
        Measures::Demand => {}
        Measures::Utilization { per_entity: Some(amount) } => track.values.iter_mut().for_each(|value| *value *= amount),
        Measures::Utilization { per_entity: None } => {
            let steps = capacity.get(key).map(Vec::as_slice).unwrap_or_default();
            for (index, value) in track.values.iter_mut().enumerate() {
                let at = Timestamp(track.start + index as i64 * track.step);
                let after = steps.partition_point(|step| step.0 <= at);
                *value *= steps.get(after.saturating_sub(1)).map_or(0.0, |step| step.1);
            }
        }
    }
}

fn note(quality: &mut Quality, severity: Severity, kind: &str, text: String) {
    quality.remarks.push(Remark { severity, kind: kind.to_owned(), text });
}

fn remarks(source: &Source, entities: &[Vec<Sample>], track: &Track, quality: &mut Quality) {
    let bins = track.values.len() as f64;
    if quality.averaged {
        let text = format!("each row is an average over {}: peaks within it are hidden", crate::time::Step(track.step));
        note(quality, Severity::Note, "averaged", text);
    }
    if quality.gap_bins > 0 {
        let share = 100.0 * quality.gap_bins as f64 / bins;
        note(
            quality,
            Severity::Note,
            "gap",
            format!("{} of {bins} steps have no value ({share:.2} %); they are left out", quality.gap_bins),
        );
    }
    if quality.partial_bins > 0 {
        let text =
            format!("in {} steps some entities were away; the others are taken to have carried their load", quality.partial_bins);
        note(quality, Severity::Note, "partial", text);
    }
    if quality.counter_resets > 0 {
        note(
            quality,
            Severity::Note,
            "counter-reset",
            format!("{} counter resets or wraps were bridged", quality.counter_resets),
        );
    }
    if quality.saturated > 0 {
        let text = format!("{} samples were saturated: demand was at least that much", quality.saturated);
        note(quality, Severity::Warning, "saturated", text);
    }
    if quality.conflicts > 0 {
        let text = format!("{} pairs of rows disagree; `on_duplicate` decided", quality.conflicts);
        note(quality, Severity::Warning, "duplicate", text);
    }
    if quality.invalid > 0 {
        let text = format!(
            "{} values were missing, negative, not finite or at a time that does not exist; they are left out",
            quality.invalid
        );
        note(quality, Severity::Note, "invalid", text);
    }
    let widest = entities.iter().flat_map(|samples| samples.windows(2).map(|pair| pair[1].at - pair[0].at)).max().unwrap_or(0);
    if track.step >= WEEK && widest > track.step {
        let days = widest / 86_400;
        let text = format!("samples are up to {days} days apart; weeks between them are on a straight line");
        note(quality, Severity::Warning, "irregular", text);
    }
    if matches!(source.measures, Measures::Utilization { .. }) {
        let over = entities.iter().flatten().filter(|sample| sample.value > 1.0).count();
        if over > 0 {
            note(
                quality,
                Severity::Warning,
                "over-100-percent",
                format!("{over} utilizations are above 100 %; they are kept as they are"),
            );
        }
    }
    if let Some(at) = unit_change(track) {
        let text = format!("the level changes about a hundredfold at {at}: a change of unit (percent, ratio)?");
        note(quality, Severity::Warning, "unit-change", text);
    }
}

/// Where the mean of a dozen samples is about a hundred times that of the dozen before or after.
fn unit_change(track: &Track) -> Option<Timestamp> {
    const SIDE: usize = 12;
    let present: Vec<(usize, f64)> = track.values.iter().copied().enumerate().filter(|(_, value)| !value.is_nan()).collect();
    let sums: Vec<f64> = std::iter::once(0.0)
        .chain(present.iter().scan(0.0, |sum, (_, value)| {
            *sum += value;
            Some(*sum)
        }))
        .collect();
    let factor = |at: usize| (sums[at + SIDE] - sums[at]) / (sums[at] - sums[at - SIDE]);
    let about = |ratio: f64| (80.0..125.0).contains(&ratio) || (80.0..125.0).contains(&(1.0 / ratio));
    let found = (SIDE..present.len().saturating_sub(SIDE)).find(|at| about(factor(*at)));
    found.map(|at| Timestamp(track.start + present[at].0 as i64 * track.step))
}

fn panel(tracked: Vec<Result<Tracked, Problem>>, zone: &Zone) -> Result<Panel, Vec<Problem>> {
    let (mut problems, mut panel) = (Vec::new(), Panel::default());
    let mut tracks: BTreeMap<SeriesKey, (Unit, Vec<Track>)> = BTreeMap::new();
    for one in tracked {
        match one {
            Ok(one) => {
                let entry = tracks.entry(one.key).or_insert_with(|| (one.unit.clone(), Vec::new()));
                entry.1.push(one.track);
                panel.quality.push(one.quality);
            }
            Err(problem) => problems.push(problem),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    for (key, (unit, mut tracks)) in tracks {
        tracks.sort_by_key(|track| (track.step, track.start));
        panel.series.insert(key.clone(), fold::series(&key, &unit, &tracks));
        if let Some((daily, raises)) = fold::daily(&key, &unit, &tracks, zone) {
            for (step, raise) in raises.into_iter().filter(|(_, raise)| (raise.p99 - 1.0).abs() > 0.005) {
                let told = panel.quality.iter_mut().find(|one| one.series == key.to_string() && one.step_seconds == Some(step));
                if let Some(quality) = told {
                    let text = format!(
                        "the p99 of its days is multiplied by {:.3} where no finer source is there, the median of {} days that a finer \
                         source has too",
                        raise.p99, raise.common
                    );
                    note(quality, Severity::Note, "raised", text);
                }
            }
            panel.daily.insert(key.clone(), daily);
        }
    }
    panel.quality.sort_by(|a, b| (&a.series, &a.source).cmp(&(&b.series, &b.source)));
    Ok(panel)
}

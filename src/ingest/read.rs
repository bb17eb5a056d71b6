//! From declared sources to the panel.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::combine::{Track, WEEK, sum, usual_step};
use super::entity::{Meaning, Sample, clean};
use super::fold;
use super::shares;
use super::store::{Select, Store};
use crate::formats::{self, Finding, Mapping, NANOS, Number, Options, RawSeries, Reading, Stat};
use crate::observe::{Event, Observer};
use crate::problem::{Problem, nearest};
use crate::series::{Panel, Quality, Remark, SeriesKey, Severity};
use crate::source::{Columns, Kind, Measures, Sampled, Source, TimeForm, fits};
use crate::time::{Timestamp, Zone};
use crate::units::{Scale, Unit, canonical};

/// Capacity in force of each pool and resource, in base units: rising instants, the first holding from always.
pub type CapacityInForce = BTreeMap<SeriesKey, Vec<(Timestamp, f64)>>;

/// Reads every source, each file once, and makes of them the demand of each pool and resource.
///
/// # Errors
/// `ingest/*`: every problem of every file at once.
pub fn read(sources: &[Source], capacity: &CapacityInForce, zone: &Zone, observer: &dyn Observer) -> Result<Panel, Vec<Problem>> {
    let stage = "ingest";
    let wanted = wanted(sources);
    observer.on(&Event::Started { stage, work: wanted.len() as u64 });
    let readings: Vec<Result<Raw, Vec<Problem>>> = wanted
        .par_iter()
        .map(|file| {
            let reading = open(file);
            observer.on(&Event::Advanced { stage, parts: 1 });
            reading
        })
        .collect();
    let (mut problems, mut read) = (Vec::new(), Vec::new());
    for (file, reading) in wanted.iter().zip(readings) {
        match reading {
            Ok(raw) => read.push((file, raw)),
            Err(mut told) => problems.append(&mut told),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let tracks: Vec<Result<Tracked, Vec<Problem>>> = sources.par_iter().map(|source| track(source, &read, capacity)).collect();
    observer.on(&Event::Finished { stage });
    panel(tracks, zone)
}

/// A file, read in one way, for all sources that want it so.
struct Wanted<'a> {
    path: &'a Path,
    options: Options,
    /// Of a store, what is read: it may hold thousands of series. Empty for anything else.
    select: BTreeMap<String, String>,
}

/// What stands in a file.
struct Raw {
    series: Vec<RawSeries>,
    findings: Vec<Finding>,
}

/// How a source wants its files read, but for its columns and what is applied to it alone.
fn options(source: &Source) -> Options {
    Options {
        format: source.format.clone(),
        zone: Some(source.zone.clone()),
        at: source.at.map(|at| at.0.saturating_mul(NANOS)),
        origin: match source.time {
            TimeForm::SecondsSince(zero) => Some(zero.0.saturating_mul(NANOS)),
            _ => None,
        },
        columns: source.header.clone(),
        time: source.time.clone(),
        latin1: source.latin1,
        on_invalid: source.on_invalid,
        on_duplicate: source.on_duplicate,
        max_bad: source.max_bad,
        ..Options::default()
    }
}

/// Every file once for each way of reading it, with the columns that its sources together want.
fn wanted(sources: &[Source]) -> Vec<Wanted<'_>> {
    let mut files: Vec<Wanted<'_>> = Vec::new();
    for source in sources {
        for path in &source.paths {
            let mut options = options(source);
            options.mapping = mapping(source);
            let same = |file: &&mut Wanted<'_>| {
                let without = |options: &Options| Options { mapping: Mapping::default(), ..options.clone() };
                file.path == path
                    && file.select == store_select(source, path)
                    && without(&file.options) == without(&options)
                    && file.options.mapping.time == options.mapping.time
            };
            if let Some(known) = files.iter_mut().find(same) {
                let (all, own) = (&mut known.options.mapping, &options.mapping);
                all.value = if all.value.is_empty() || own.value.is_empty() { Vec::new() } else { union(&all.value, &own.value) };
                all.entity = all.entity.as_ref().zip(own.entity.as_ref()).map(|(a, b)| union(a, b));
            } else {
                files.push(Wanted { path, options, select: store_select(source, path) });
            }
        }
    }
    files
}

/// What a store is asked for: the labels of which one value is meant. The others are looked at when it is read.
fn store_select(source: &Source, path: &Path) -> BTreeMap<String, String> {
    let one = |(label, texts): (&String, &Vec<String>)| match texts.as_slice() {
        [text] if !text.contains('*') => Some((label.clone(), text.clone())),
        _ => None,
    };
    if Store::is_at(path) { source.select.iter().filter_map(one).collect() } else { BTreeMap::new() }
}

fn union(a: &[String], b: &[String]) -> Vec<String> {
    let all: BTreeSet<&String> = a.iter().chain(b).collect();
    all.into_iter().cloned().collect()
}

fn mapping(source: &Source) -> Mapping {
    let selected = || source.select.keys().cloned().collect::<Vec<_>>();
    match &source.columns {
        Columns::Found { .. } => Mapping::default(),
        Columns::Long { time, entity, value } => Mapping {
            time: Some(time.clone()),
            entity: Some(union(entity, &selected())),
            value: vec![value.clone()],
            ..Mapping::default()
        },
        Columns::Wide { time, values } => {
            Mapping { time: Some(time.clone()), entity: Some(selected()), value: values.clone(), ..Mapping::default() }
        }
    }
}

fn open(file: &Wanted<'_>) -> Result<Raw, Vec<Problem>> {
    if !file.path.exists() {
        let message = "saw nothing there, expected a file, a folder or a store";
        return Err(vec![Problem::new("ingest/missing-file", file.path, message)]);
    }
    let reading = if Store::is_at(file.path) { stored(file)? } else { super::read_raw(file.path, &file.options)? };
    Ok(Raw { series: reading.series, findings: reading.findings })
}

/// The selected series of a store. Where its inputs disagree, the rule of the source decides.
fn stored(file: &Wanted<'_>) -> Result<Reading<'static>, Vec<Problem>> {
    let mut select = Select { labels: file.select.clone(), ..Select::default() };
    select.metric = select.labels.remove("metric");
    let store = Store::open(file.path).map_err(|problem| vec![problem])?;
    store.read(&select, file.options.on_duplicate)
}

/// One source's demand of its pool, and what was found.
struct Tracked {
    key: SeriesKey,
    unit: Unit,
    track: Track,
    quality: Quality,
}

type Read<'a> = [(&'a Wanted<'a>, Raw)];

/// An entity's samples over all files of a source.
#[derive(Default)]
struct Entity {
    rows: Vec<(i64, Number)>,
    unit: Option<String>,
    kind: Option<Kind>,
}

fn track(source: &Source, read: &Read<'_>, capacity: &CapacityInForce) -> Result<Tracked, Vec<Problem>> {
    let key = SeriesKey::demand(&source.pool, &source.resource);
    let mut quality = Quality { source: source.name.clone(), series: key.to_string(), ..Quality::default() };
    let gathered = gather(source, read, &mut quality)?;
    let mut entities: Vec<Vec<Sample>> = Vec::with_capacity(gathered.len());
    for (name, entity) in gathered {
        let meaning = meaning(source, &entity, &mut quality)?;
        let refused = |conflict: super::entity::Conflict| {
            let message = format!(
                "saw {} for `{name}` at {} in one file and {} in another, expected one value",
                conflict.second, conflict.at, conflict.first
            );
            let help = "declare `on_duplicate` = first, last, max or mean";
            vec![Problem::new("ingest/conflicting-duplicates", place(source), message).help(help)]
        };
        entities.push(clean(entity.rows, source, meaning, &mut quality).map_err(refused)?);
    }
    quality.entities = entities.iter().filter(|samples| !samples.is_empty()).count() as u64;
    let instants = || entities.iter().flat_map(|samples| samples.iter().map(|sample| sample.at));
    quality.first = instants().min().map(Timestamp);
    quality.last = instants().max().map(Timestamp);
    let (Some(first), Some(last)) = (quality.first, quality.last) else {
        let message = format!("all {} values of {key} are missing", quality.rows);
        return Err(vec![Problem::new("ingest/no-data", place(source), message).help("is it the right column and selection?")]);
    };
    let step = usual_step(&entities);
    if (last.0 - first.0) / step > MOST_BINS {
        let message = format!("saw samples from {first} to {last} at a step of {step} s, expected at most {MOST_BINS} steps");
        return Err(vec![Problem::new("ingest/too-long", place(source), message).help("is a stray date among the times?")]);
    }
    quality.step_seconds = Some(step);
    let mut track = sum(&entities, step, &mut quality);
    if source.paths.iter().any(|path| Store::is_at(path)) {
        let text = "read from a store: what was repeated within an export was settled when it was ingested, and told then";
        note(&mut quality, Severity::Note, "stored", text.to_owned());
    }
    let steps = capacity.get(&key).map(Vec::as_slice).unwrap_or_default();
    shares::to_demand(source, shares::whole(source, &entities, steps, &mut quality), steps, &mut track);
    remarks(source, &entities, &track, &mut quality);
    shares::unlike(source, steps, &track, &mut quality);
    Ok(Tracked { key, unit: source.unit.clone(), track, quality })
}

/// A longer grid would be mostly gaps, and fill the memory.
const MOST_BINS: i64 = 20_000_000;

/// Kind and factor of an entity: as declared, else as the file says, else a gauge in the base unit.
fn meaning(source: &Source, entity: &Entity, quality: &mut Quality) -> Result<Meaning, Vec<Problem>> {
    let kind = source.kind.or(entity.kind).unwrap_or(Kind::Gauge);
    if source.kind.is_none() && kind == Kind::Counter {
        once(quality, Severity::Note, "counter", "the file or its names say that it is a counter: rates are taken");
    }
    let base = if source.measures == Measures::Demand { source.unit.clone() } else { Unit::ratio() };
    // A rate is taken a second: in `queries/day` it is 86,400 times that.
    let seconds = if kind == Kind::Gauge { 1.0 } else { per_time(source, &base, quality) };
    if let Some(scale) = &source.scale {
        return Ok(Meaning { kind, factor: scale.factor * seconds * source.times });
    }
    let Some(written) = &entity.unit else { return Ok(Meaning { kind, factor: seconds * source.times }) };
    // Whatever is counted is counted per second by a rate: bytes become bytes/s.
    let own = Scale::of(&if kind == Kind::Gauge { written.clone() } else { format!("{written}/s") });
    let own = match base.name().split_once('/') {
        Some((counted, _)) if seconds != 1.0 && own.unit.name() == format!("{counted}/s") => {
            Scale { unit: base.clone(), factor: own.factor * seconds }
        }
        _ if own.unit == base => own,
        _ => of_canonical(written, kind),
    };
    let rate =
        base.name() == "cores" && own.unit.name() == "seconds/s" || base.name().ends_with("/s") && own.unit.name() == "1/s";
    if own.unit == base || rate {
        if own.factor != 1.0 {
            once(
                quality,
                Severity::Note,
                "unit",
                &format!("values are in {written}, as the file or its names say: taken × {}", own.factor),
            );
        }
        return Ok(Meaning { kind, factor: own.factor * source.times });
    }
    let message = format!("saw values in {written}, expected {base} for `{}`", source.resource);
    let help = if own.unit == Unit::ratio() {
        "if these are shares of the capacity in force, add `measures = \"utilization\"` to the source; otherwise declare its `unit`"
    } else {
        &to_the_unit(source, written, kind)
    };
    Err(vec![Problem::new("ingest/unit-mismatch", place(source), message).help(help)])
}

/// What to declare so that values in a unit become the resource's.
fn to_the_unit(source: &Source, written: &str, kind: Kind) -> String {
    let (resource, unit) = (&source.resource, source.unit.name());
    let rates = written.split_once('/').zip(unit.split_once('/')).filter(|((a, _), (b, _))| a == b);
    let times = rates.and_then(|((_, own), (_, wanted))| Some((seconds_of(own)?, seconds_of(wanted)?)));
    if let Some((own, wanted)) = times {
        return format!("declare `unit = \"{unit}\"` and `scale = {}` in the source: {written} in {unit}", wanted / own);
    }
    if kind != Kind::Gauge && !written.contains('/') {
        return format!(
            "totals and amounts per step become a rate: give `{resource}` the unit {written}/s, {written}/h or {written}/day, or declare \
             `unit` and `scale` in the source"
        );
    }
    "declare `unit` (and `kind`, `scale`) in the source, or name another resource".to_owned()
}

/// Seconds in `s`, `day`, `5min`.
fn seconds_of(time: &str) -> Option<f64> {
    let letters = time.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (count, name) = time.split_at(letters);
    let count: f64 = if count.is_empty() { 1.0 } else { count.parse().ok()? };
    Some(count * Unit::named(&format!("1/{}", name.trim())).seconds()?)
}

/// Seconds in the time that the unit of a rate is per; a unit per no time is told, but for cores and shares, which seconds a second
/// become.
fn per_time(source: &Source, base: &Unit, quality: &mut Quality) -> f64 {
    let seconds = base.seconds();
    if seconds.is_none() && base.name() != "cores" && *base != Unit::ratio() {
        let text = format!(
            "totals and amounts per step are taken as a rate a second, and `{}` is in {base}, which is per no time: is it a \
             gauge, or is the resource in {base}/s or {base}/day?",
            source.resource
        );
        once(quality, Severity::Warning, "rate-per-no-time", &text);
    }
    seconds.unwrap_or(1.0)
}

/// The scale of a unit that exports write; of a counter's, a second.
fn of_canonical(written: &str, kind: Kind) -> Scale {
    let (base, factor) = canonical(written);
    let (base, factor) = if base == "percent" { ("ratio".to_owned(), factor / 100.0) } else { (base, factor) };
    let unit = if kind == Kind::Gauge { base } else { format!("{base}/s") };
    Scale { unit: Unit::named(&unit), factor }
}

fn place(source: &Source) -> PathBuf {
    source.paths.first().cloned().unwrap_or_default()
}

/// The samples of a source by entity, in the order of its files.
fn gather(source: &Source, read: &Read<'_>, quality: &mut Quality) -> Result<BTreeMap<String, Entity>, Vec<Problem>> {
    let mut entities: BTreeMap<String, Entity> = BTreeMap::new();
    let (mut present, mut stats): (Present<'_>, BTreeSet<Stat>) = (BTreeMap::new(), BTreeSet::new());
    let mut conflicts = Vec::new();
    for (file, raw) in read.iter().filter(|(file, _)| wants(source, file)) {
        let chosen: Vec<&RawSeries> = raw.series.iter().filter(|series| selected(source, series, &mut present)).collect();
        let best = preferred(&chosen, source, quality);
        let chosen: Vec<RawSeries> =
            chosen.into_iter().filter(|series| best.is_none_or(|stat| series.id.stat == stat)).cloned().collect();
        stats.extend(chosen.iter().filter(|series| !series.at.is_empty()).map(|series| series.id.stat));
        let options = Options { on_duplicate: source.on_duplicate, strict: source.strict, ..Options::default() };
        let examined = merged(source, chosen).and_then(|series| formats::examined(series, &options, file.path));
        match examined {
            Ok(reading) => take(source, reading, raw, &mut entities, quality),
            Err(mut told) => conflicts.append(&mut told),
        }
    }
    if !conflicts.is_empty() {
        return Err(conflicts);
    }
    quality.averaged = source.sampled.map_or(stats.contains(&Stat::Average), |sampled| sampled == Sampled::Average);
    unclaimed(source, read, quality)?;
    if entities.is_empty() { Err(vec![nothing(source, &present)]) } else { Ok(entities) }
}

type Present<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

fn wants(source: &Source, file: &Wanted<'_>) -> bool {
    let same = |options: &Options| Options { mapping: Mapping::default(), ..options.clone() };
    source.paths.iter().any(|path| path == file.path)
        && file.select == store_select(source, file.path)
        && same(&file.options) == same(&options(source))
        && file.options.mapping.time == mapping(source).time
}

/// Whether a series is of the columns that the source reads.
fn is_of_columns(source: &Source, series: &RawSeries) -> bool {
    match &source.columns {
        Columns::Found { .. } => true,
        Columns::Long { value, .. } => series.id.metric == *value,
        Columns::Wide { values, .. } => values.is_empty() || values.contains(&series.id.metric),
    }
}

/// Whether a series is of the source; what is there of each selected label is noted.
fn selected<'a>(source: &'a Source, series: &'a RawSeries, present: &mut Present<'a>) -> bool {
    is_of_columns(source, series)
        && source.select.iter().fold(true, |so_far, (label, wanted)| {
            let own = series.id.labels.get(label).map(String::as_str).or(match label.as_str() {
                "metric" => Some(series.id.metric.as_str()),
                "stat" => Some(series.id.stat.name()),
                _ => None,
            });
            present.entry(label).or_default().extend(own);
            let by_name = label == "stat" && fits(wanted, series.id.stat.name());
            so_far && (own.is_some_and(|own| fits(wanted, own)) || by_name)
        })
}

/// Where a file has several statistics of the same thing, the one that is used: what is sampled as declared, else the maxima, since
/// capacity must carry peaks. They are never mixed.
fn preferred(chosen: &[&RawSeries], source: &Source, quality: &mut Quality) -> Option<Stat> {
    let there: BTreeSet<Stat> = chosen.iter().map(|series| series.id.stat).collect();
    if there.len() < 2 || matches!(source.columns, Columns::Wide { .. }) {
        return None;
    }
    let wanted: &[Stat] = match source.sampled {
        Some(Sampled::Average) => &[Stat::Average],
        Some(Sampled::Maximum) => &[Stat::Maximum],
        _ => &[Stat::Maximum, Stat::P99, Stat::P95, Stat::Raw, Stat::Average],
    };
    let best = wanted.iter().find(|stat| there.contains(stat)).copied();
    if let Some(best) = best {
        let names: Vec<&str> = there.iter().map(|stat| stat.name()).collect();
        let text =
            format!("the statistics {} are there; {} is used and the others are not mixed in", names.join(", "), best.name());
        once(quality, Severity::Note, "statistic", &text);
    }
    best
}

/// The name of the entity of a series.
fn entity(source: &Source, series: &RawSeries) -> String {
    let of = |labels: &[String]| {
        let value = |label: &String| match series.id.labels.get(label) {
            Some(value) => value.as_str(),
            // as in `select`: a series whose name is that of a machine
            None if label == "metric" => series.id.metric.as_str(),
            None => "",
        };
        labels.iter().map(value).collect::<Vec<_>>().join("/")
    };
    match &source.columns {
        // several values of a label are several entities
        Columns::Long { entity, .. } => of(&union(entity, &told_apart(source))),
        Columns::Found { entity } if !entity.is_empty() => of(entity),
        Columns::Found { .. } => series.id.to_string(),
        Columns::Wide { .. } => series.id.metric.clone(),
    }
}

/// The labels of which `select` takes several values.
fn told_apart(source: &Source) -> Vec<String> {
    let several = |texts: &Vec<String>| texts.len() > 1 || texts.iter().any(|text| text.contains('*'));
    let labels = source.select.iter().filter(|(label, texts)| several(texts) && *label != "stat");
    labels.map(|(label, _)| label.clone()).collect()
}

/// The series of one table that are one entity, as one: a table without entity columns is one series. Of other formats, two series
/// of one entity are a doubt that only the user can settle.
fn merged(source: &Source, chosen: Vec<RawSeries>) -> Result<Vec<RawSeries>, Vec<Problem>> {
    let mut by_name: BTreeMap<String, RawSeries> = BTreeMap::new();
    let mut order = Vec::new();
    for series in chosen {
        let name = entity(source, &series);
        let Some(known) = by_name.get_mut(&name) else {
            order.push(name.clone());
            by_name.insert(name, series);
            continue;
        };
        if let Columns::Found { entity } = &source.columns {
            return Err(vec![ambiguous(source, entity, &name, known, &series)]);
        }
        known.append(series);
    }
    Ok(order.iter().filter_map(|name| by_name.remove(name)).collect())
}

/// Two series of one entity: a label that none of them has is rather a wrong name than too few of them.
fn ambiguous(source: &Source, entity: &[String], name: &str, known: &RawSeries, other: &RawSeries) -> Problem {
    let has = |label: &&String| label.as_str() == "metric" || known.id.labels.contains_key(*label);
    if let Some(missing) = entity.iter().find(|label| !has(label)) {
        let message = format!("saw no label `{missing}`, the `entity` of the source, on {}", known.id);
        let labels: Vec<String> = std::iter::once("metric")
            .chain(known.id.labels.keys().map(String::as_str))
            .map(|label| format!("`{label}`"))
            .collect();
        let help = format!("labels that are there: {}", labels.join(", "));
        return Problem::new("ingest/ambiguous-entity", place(source), message).help(help);
    }
    let message = format!("saw {} and {} for the entity `{name}`, expected one series an entity", known.id, other.id);
    let help = "select one (`select = { metric = \"…\" }`), or name more labels in `entity`";
    Problem::new("ingest/ambiguous-entity", place(source), message).help(help)
}

fn take(source: &Source, reading: Reading<'_>, raw: &Raw, entities: &mut BTreeMap<String, Entity>, quality: &mut Quality) {
    for finding in raw.findings.iter().chain(&reading.findings) {
        match finding.kind {
            "duplicate" => quality.duplicates += finding.count,
            "conflicting-duplicate" => quality.conflicts += finding.count,
            "out-of-order" => quality.out_of_order += finding.count,
            // these are counted where rates and demand are made
            "counter-reset" | "counter-wrap" | "averaged" | "gap" | "naive-time" => continue,
            "dst-gap" => quality.invalid += finding.count,
            _ => {}
        }
        note(quality, finding.severity, finding.kind, told(finding));
    }
    for series in reading.series {
        quality.rows += series.at.len() as u64 + series.missing + series.infinite;
        quality.invalid += series.missing + series.infinite;
        let known = entities.entry(entity(source, &series)).or_default();
        known.rows.reserve(series.at.len());
        known.rows.extend(series.at.iter().enumerate().map(|(at, stamp)| (*stamp, series.values.at(at))));
        known.unit = known.unit.take().or(series.unit);
        known.kind = known.kind.or(series.kind);
    }
}

/// A finding as a remark: how often, where first, what.
fn told(finding: &Finding) -> String {
    let lines: Vec<String> = finding.lines.iter().take(5).map(ToString::to_string).collect();
    let more = if finding.count > 5 { ", …" } else { "" };
    let place = if lines.is_empty() { String::new() } else { format!(" (lines {}{more})", lines.join(", ")) };
    format!("{} × {}{place}", finding.count, finding.text)
}

/// Tells series whose label names no pool of the model, once for all pools of a source.
fn unclaimed(source: &Source, read: &Read<'_>, quality: &mut Quality) -> Result<(), Vec<Problem>> {
    let Some((label, pools)) = source.pool_from.as_ref().filter(|(_, pools)| pools.first() == Some(&source.pool)) else {
        return Ok(());
    };
    let (metric, stat) = ("metric".to_owned(), "stat".to_owned());
    // what the label is, where all else is as selected
    let called = |id: [&String; 2], labels: &BTreeMap<String, String>| {
        let of = |key: &String| if *key == metric { Some(id[0].clone()) } else { labels.get(key).cloned() };
        let same = |(key, wanted): (&String, &Vec<String>)| {
            key == label || if *key == stat { fits(wanted, id[1]) } else { of(key).is_some_and(|own| fits(wanted, &own)) }
        };
        if source.select.iter().all(same) { of(label) } else { None }
    };
    let mut there = BTreeSet::new();
    for (file, raw) in read.iter().filter(|(file, _)| wants(source, file)) {
        if Store::is_at(file.path) {
            // of a store, only what was asked for has been read
            let store = Store::open(file.path).map_err(|problem| vec![problem])?;
            there.extend(store.series().iter().filter_map(|entry| called([&entry.metric, &entry.stat], &entry.labels)));
        } else {
            let each = raw.series.iter().filter(|series| is_of_columns(source, series));
            there.extend(
                each.filter_map(|series| called([&series.id.metric, &series.id.stat.name().to_owned()], &series.id.labels)),
            );
        }
    }
    let left: Vec<&String> = there.iter().filter(|name| !pools.contains(*name)).collect();
    if !left.is_empty() {
        let more = if left.len() > 12 { ", …" } else { "" };
        let names: Vec<String> = left.iter().take(12).map(|name| format!("`{name}`")).collect();
        let text = format!("`{label}` names {} that no pool is called, left out: {}{more}", left.len(), names.join(", "));
        note(quality, Severity::Warning, "unclaimed-pool", text);
    }
    Ok(())
}

fn nothing(source: &Source, present: &Present<'_>) -> Problem {
    let any_of = |texts: &[String]| texts.iter().map(|text| format!("{text:?}")).collect::<Vec<_>>().join(" or ");
    let wanted: Vec<String> = source.select.iter().map(|(column, texts)| format!("{column} = {}", any_of(texts))).collect();
    let there: Vec<String> = present
        .iter()
        .map(|(column, values)| format!("{column}: {}", values.iter().take(12).copied().collect::<Vec<_>>().join(", ")))
        .collect();
    let message =
        if wanted.is_empty() { "no series is there".to_owned() } else { format!("no row has {}", wanted.join(" and ")) };
    let mut slips = source.select.iter().filter_map(|(label, texts)| {
        let known: Vec<&str> = present.get(label.as_str())?.iter().copied().collect();
        texts.iter().find_map(|text| near(text, &known))
    });
    let help = format!("{}there are {}", slips.next_back().unwrap_or_default(), there.join("; "));
    Problem::new("ingest/selector-matches-nothing", place(source), message).help(help)
}

/// "did you mean `web-1`? ", where a name is a slip of the fingers from one that is known.
pub(super) fn near(seen: &str, known: &[&str]) -> Option<String> {
    let near = nearest(seen, known).filter(|near| *near != seen)?;
    Some(format!("did you mean `{near}`? "))
}

pub(super) fn note(quality: &mut Quality, severity: Severity, kind: &str, text: String) {
    quality.remarks.push(Remark { severity, kind: kind.to_owned(), text });
}

/// The same, unless that kind is noted already.
fn once(quality: &mut Quality, severity: Severity, kind: &str, text: &str) {
    if quality.remarks.iter().all(|remark| remark.kind != kind) {
        note(quality, severity, kind, text.to_owned());
    }
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
    if let Some(found) = super::dropouts::dropouts(&track.values, track.start, track.step) {
        let (runs, when) = match found.runs {
            1 => ("a run".to_owned(), format!("from {} to {}", found.first, found.last)),
            runs => (format!("{runs} runs"), format!("the first from {}, the last until {}", found.first, found.last)),
        };
        let text = format!(
            "{runs} of zeros ({} steps, {when}) in a demand that is never near zero otherwise: suspected dropouts of the collector. Where \
             nothing was measured then, leave those rows out of the export, or empty their cells: gaps are handled, zeros pull the forecast \
             down. Where there was no load, keep them",
            found.steps
        );
        note(quality, Severity::Warning, "dropout", text);
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
}

fn panel(tracked: Vec<Result<Tracked, Vec<Problem>>>, zone: &Zone) -> Result<Panel, Vec<Problem>> {
    let (mut problems, mut panel) = (Vec::new(), Panel::default());
    let mut tracks: BTreeMap<SeriesKey, (Unit, Vec<Track>)> = BTreeMap::new();
    for one in tracked {
        match one {
            Ok(one) => {
                let entry = tracks.entry(one.key).or_insert_with(|| (one.unit.clone(), Vec::new()));
                entry.1.push(one.track);
                panel.quality.push(one.quality);
            }
            Err(mut told) => problems.append(&mut told),
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

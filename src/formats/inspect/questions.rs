//! What only the user knows: the reader's own questions, and those that follow from what was read.

use super::describe::{Inspection, QuestionLine};
use super::steps::Step;
use crate::formats::{NANOS, Options, RawSeries, Reading, Stat, Values};
use crate::units::canonical;

/// Samples that must never fall before they look like a counter.
const LOOKS_LIKE_COUNTER: usize = 20;

/// Every question, those that matter most first; one for each flag.
pub(super) fn questions(inspection: &Inspection, reading: &Reading<'_>, options: &Options) -> Vec<QuestionLine> {
    let mut asked: Vec<QuestionLine> = reading
        .questions
        .iter()
        .map(|question| QuestionLine { rank: question.rank, text: question.text.clone(), flag: question.flag.clone() })
        .collect();
    let own = [
        snapshot(inspection, options),
        averaged(inspection, reading, options),
        counters(reading, options),
        units(reading, options),
        kinds(reading, options),
        resolutions(inspection),
        sampled(inspection, options),
        periods(inspection, reading),
    ];
    for (rank, flag, text) in own.into_iter().flatten() {
        let name = |flag: &str| flag.split(' ').next().unwrap_or("").to_owned();
        if flag.is_empty() || asked.iter().all(|question| name(&question.flag) != name(&flag)) {
            asked.push(QuestionLine { rank, text, flag });
        }
    }
    asked.sort_by_key(|question| question.rank);
    asked
}

type Own = Option<(u8, String, String)>;

/// One instant is no history.
fn snapshot(inspection: &Inspection, options: &Options) -> Own {
    let one = inspection.first.is_some() && inspection.first == inspection.last;
    let text = "Is this the only instant there is? A plan needs months of history: take such a snapshot regularly, and ingest them together.";
    let flag = if options.at.is_some() { "--at" } else { "" };
    one.then(|| (1, flag.to_owned(), text.to_owned()))
}

/// Averages without maxima beside them.
fn averaged(inspection: &Inspection, reading: &Reading<'_>, options: &Options) -> Own {
    let of = |stat: Stat| reading.series.iter().filter(move |series| series.id.stat == stat && !series.at.is_empty());
    if options.stat.is_some() || of(Stat::Average).next().is_none() {
        return None;
    }
    let over = inspection.step.as_ref().map_or(String::new(), |step| format!(" over {}", roughly(step)));
    let text = if of(Stat::Maximum).next().is_some() {
        format!(
            "Which statistic is the demand? Averages{over} hide the peaks inside them, maxima do not: all are kept, apart from each other."
        )
    } else {
        format!(
            "Does the source keep maxima too? Averages{over} hide the peaks inside them: export the maxima beside them where there are any."
        )
    };
    let flag = if of(Stat::Maximum).next().is_some() { "--stat max" } else { "--stat avg" };
    Some((2, flag.to_owned(), text))
}

/// Whether a series of unknown kind looks like a counter: whole numbers that grow and never fall.
fn grows(series: &RawSeries) -> bool {
    let Values::Whole(values) = &series.values else { return false };
    let sorted = values.windows(2).all(|pair| pair[0] <= pair[1]);
    values.len() >= LOOKS_LIKE_COUNTER && sorted && values.first() < values.last()
}

fn unstated<'r>(reading: &'r Reading<'_>, lacks: fn(&RawSeries) -> bool) -> Vec<&'r RawSeries> {
    reading.series.iter().filter(|series| !series.at.is_empty() && lacks(series)).collect()
}

/// `node_load1` or `node_load1 and 3 others`, by metric.
fn named(series: &[&RawSeries]) -> String {
    let mut names: Vec<String> = series
        .iter()
        .map(|series| if series.id.metric.is_empty() { series.id.to_string() } else { series.id.metric.clone() })
        .map(|name| name.chars().take(50).collect())
        .collect();
    names.dedup();
    let first = names.first().cloned().unwrap_or_default();
    match names.len() {
        0 | 1 => format!("`{first}`"),
        2 => format!("`{first}` and another"),
        more => format!("`{first}` and {} others", more - 1),
    }
}

/// Whether a series of unknown kind may be a counter: rates and shares are none.
fn may_count(series: &RawSeries) -> bool {
    let base = series.unit.as_deref().map(|unit| canonical(unit).0).unwrap_or_default();
    series.kind.is_none() && !base.ends_with("/s") && !["percent", "ratio"].contains(&base.as_str())
}

fn counters(reading: &Reading<'_>, options: &Options) -> Own {
    let growing = unstated(reading, |series| may_count(series) && grows(series));
    if growing.is_empty() || options.kind.is_some() {
        return None;
    }
    let names = named(&growing);
    let text = if growing.iter().all(|series| series.id.metric == growing[0].id.metric) {
        format!("Is {names} a counter? It only grows; gauge is assumed.")
    } else {
        format!("Are these counters? {names} only ever grow; gauge is assumed.")
    };
    Some((2, "--kind counter".to_owned(), text))
}

fn kinds(reading: &Reading<'_>, options: &Options) -> Own {
    let unknown = unstated(reading, may_count);
    if unknown.is_empty() || options.kind.is_some() {
        return None;
    }
    let text = format!("Gauge, counter or amounts per step? It is not stated for {}; gauge is assumed.", named(&unknown));
    Some((3, "--kind gauge".to_owned(), text))
}

fn units(reading: &Reading<'_>, options: &Options) -> Own {
    let unknown = unstated(reading, |series| series.unit.is_none());
    if unknown.is_empty() || options.unit.is_some() {
        return None;
    }
    let within = |high: f64| unknown.iter().all(|series| series.values.reals().iter().all(|value| (0.0..=high).contains(value)));
    let share = |series: &&RawSeries| {
        let name = series.id.metric.to_lowercase();
        ["cpu", "util", "usage", "used", "busy", "idle", "pct", "share", "auslastung"].iter().any(|word| name.contains(word))
    };
    let (flag, guess) = match () {
        () if !unknown.iter().all(share) => ("--unit", ""),
        () if within(1.0) => ("--unit ratio", " Values lie between 0 and 1: a ratio?"),
        () if within(100.0) => ("--unit percent", " Values lie between 0 and 100: percent?"),
        () => ("--unit", ""),
    };
    Some((2, flag.to_owned(), format!("In which unit are the values of {}? It is not stated.{guess}", named(&unknown))))
}

fn resolutions(inspection: &Inspection) -> Own {
    let steps = &inspection.step.as_ref()?.steps;
    if steps.len() < 2 {
        return None;
    }
    let words: Vec<String> = steps.iter().map(|step| duration(*step)).collect();
    let text = format!(
        "Which step is wanted? Steps of {} stand here together: coarse ones hide the peaks that fine ones show; each is kept as it is.",
        words.join(", ")
    );
    Some((2, format!("--step {}", duration(steps[0]).replace(' ', "")), text))
}

/// A coarse step whose values may be averages without saying so.
fn sampled(inspection: &Inspection, options: &Options) -> Own {
    let coarse = inspection.step.as_ref().filter(|step| step.seconds >= 300.0)?;
    let raw = inspection.stats.keys().all(|stat| stat == "raw") && options.stat.is_none();
    let text = format!(
        "Is a value the average over its {}, the maximum, or a sample of one moment? A sample is assumed.",
        roughly(coarse)
    );
    raw.then(|| (4, "--stat avg".to_owned(), text))
}

/// Days from which a step is one of periods: a month, a quarter, a year.
const PERIOD_DAYS: f64 = 28.0;

/// Stamps that all stand on the first day of a month may name the period that begins there.
fn periods(inspection: &Inspection, reading: &Reading<'_>) -> Own {
    inspection.step.as_ref().filter(|step| step.seconds >= PERIOD_DAYS * 86_400.0)?;
    let first_day = |at: i64| {
        let instant = jiff::Timestamp::from_second(at.div_euclid(NANOS)).ok();
        instant.is_some_and(|instant| instant.to_zoned(jiff::tz::TimeZone::UTC).day() == 1)
    };
    let text = "Is a value that of the period which begins on its day, or what stood at the period's end? Every stamp is the first day of a \
                month, and is taken as it stands: totals at the end of a period must be stamped with its last day, or they come a period too early.";
    let all = reading.series.iter().flat_map(|series| &series.at).all(|at| first_day(*at));
    all.then(|| (2, String::new(), text.to_owned()))
}

/// A step in words; one that is unsteady to the minute, where that is close.
pub(super) fn roughly(step: &Step) -> String {
    let to_minutes = !step.regular && step.seconds >= 600.0;
    duration(if to_minutes { (step.seconds / 60.0).round() * 60.0 } else { step.seconds })
}

/// Seconds in the largest unit that divides them: `5 min`, `1 h`, `90 s`.
pub(super) fn duration(seconds: f64) -> String {
    let whole = seconds.round();
    for (unit, size) in [("d", 86_400.0), ("h", 3_600.0), ("min", 60.0)] {
        if (seconds - whole).abs() < 1e-9 && whole >= size && whole % size == 0.0 && (unit != "d" || whole >= 86_400.0) {
            return format!("{} {unit}", whole / size);
        }
    }
    if seconds < 1.0 { format!("{} ms", (seconds * 1e6).round() / 1e3) } else { format!("{} s", (seconds * 1e3).round() / 1e3) }
}

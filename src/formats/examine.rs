//! What the samples themselves say: order, duplicates, impossible values, resets, changes of unit and of level, saturation.
//!
//! Series leave sorted by time and without duplicates. Everything else is told, not touched, but for one thing: a negative
//! utilization cannot be, and becomes a missing value.

use std::collections::BTreeSet;
use std::path::Path;

use super::{Number, Options, RawSeries, Reading, Stat, Values, shapes};
use crate::problem::Problem;
use crate::series::Severity;
use crate::source::{Kind, OnDuplicate};
use crate::time::Timestamp;
use crate::units::canonical;

/// Looks at every series and adds what it finds.
///
/// # Errors
/// `ingest/conflicting-duplicates` where the policy is to refuse them, all of them at once (at most [`MOST`]).
pub(super) fn examine(reading: &mut Reading<'_>, options: &Options, path: &Path) -> Result<(), Vec<Problem>> {
    let mut conflicts = Conflicts { policy: options.on_duplicate, path, told: BTreeSet::new(), problems: Vec::new(), more: 0 };
    let mut identical = Vec::new();
    let mut all = std::mem::take(&mut reading.series);
    for series in &mut all {
        sort(series, reading);
        without_duplicates(series, reading, &mut conflicts, &mut identical);
        impossible(series, reading);
        counter(series, reading);
        shapes::unit_change(series, reading);
        shapes::levels(series, reading);
        shapes::steps(series, reading);
        saturated(series, reading);
    }
    // a row of several columns is one, and a conflict where any of its columns is
    for line in identical.into_iter().filter(|line| !conflicts.told.contains(line)) {
        reading.warn("duplicate", line, || "samples repeated with the same value: dropped".to_owned());
    }
    averaged(&all, options.stat.is_some(), reading);
    reading.series = all;
    let Conflicts { mut problems, more, .. } = conflicts;
    // an hour that occurs twice looks like this as long as the zone is not told
    if reading.findings.iter().any(|finding| finding.kind == "naive-time") {
        for problem in &mut problems {
            let help = "try --tz with the zone of these times, in case this is the hour that occurs twice when summer time ends; or --on-duplicate first, last, max or mean";
            problem.help = Some(help.to_owned());
        }
    }
    if more > 0 {
        problems.push(Problem::new("ingest/more", path, format!("saw {more} more conflicting duplicates")));
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// Problems of one kind told of a file.
const MOST: usize = 20;

/// Under `strict`, every warning is a problem.
pub(super) fn strict(reading: &Reading<'_>, options: &Options, path: &Path) -> Result<(), Vec<Problem>> {
    let warnings = reading.findings.iter().filter(|finding| options.strict && finding.severity == Severity::Warning);
    let problems: Vec<Problem> = warnings
        .map(|finding| {
            let message = format!("saw {} × {}: {}; expected none under --strict", finding.count, finding.kind, finding.text);
            let problem = Problem::new("ingest/strict", path, message).help("try to mend the file, or leave out --strict");
            finding.lines.first().map_or(problem.clone(), |line| problem.at_line(*line))
        })
        .collect();
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

pub(super) fn line(series: &RawSeries, index: usize) -> u64 {
    series.lines.get(index).map_or(0, |line| u64::from(*line))
}

pub(super) fn when(series: &RawSeries, index: usize) -> Timestamp {
    Timestamp(series.at[index].div_euclid(super::NANOS))
}

/// Puts the samples into the order of time; those at one instant stay in the order of the file.
fn sort(series: &mut RawSeries, reading: &mut Reading<'_>) {
    let back: Vec<usize> = (1..series.at.len()).filter(|at| series.at[*at] < series.at[*at - 1]).collect();
    if back.is_empty() {
        return;
    }
    if back.len() * 10 > (series.at.len() - 1) * 9 {
        reading.note("newest-first", 0, || "samples stand newest first: turned round".to_owned());
    } else {
        for at in &back {
            reading.note("out-of-order", line(series, *at), || "samples earlier than the one before: sorted".to_owned());
        }
    }
    let mut order: Vec<usize> = (0..series.at.len()).collect();
    order.sort_by_key(|at| series.at[*at]);
    keep(series, &order);
}

/// Keeps the samples of these places, in this order.
fn keep(series: &mut RawSeries, places: &[usize]) {
    // told by a part of the input only, lines could not be told apart
    if series.lines.len() == series.at.len() {
        series.lines = places.iter().map(|at| series.lines[*at]).collect();
    } else {
        series.lines.clear();
    }
    series.at = places.iter().map(|at| series.at[*at]).collect();
    series.values = match &series.values {
        Values::Real(values) => Values::Real(places.iter().map(|at| values[*at]).collect()),
        Values::Whole(values) => Values::Whole(places.iter().map(|at| values[*at]).collect()),
    };
}

fn set(values: &mut Values, index: usize, value: f64) {
    match values {
        Values::Real(values) => values[index] = value,
        Values::Whole(whole) if value.fract() == 0.0 && (0.0..9e15).contains(&value) => whole[index] = value as u64,
        Values::Whole(_) => {
            let mut reals = values.reals();
            reals[index] = value;
            *values = Values::Real(reals);
        }
    }
}

/// What is to be done with values that differ at one instant, and those that are problems.
struct Conflicts<'p> {
    policy: OnDuplicate,
    path: &'p Path,
    /// Lines of conflicts: the same row in another column is the same conflict.
    told: BTreeSet<u64>,
    /// At most [`MOST`].
    problems: Vec<Problem>,
    more: usize,
}

impl Conflicts<'_> {
    fn refuse(&mut self, series: &RawSeries, last: usize, at: usize) {
        let place = line(series, at);
        if self.problems.len() == MOST {
            self.more += 1;
            return;
        }
        let (first, second, instant) = (series.values.at(last).real(), series.values.at(at).real(), when(series, at));
        let before = match line(series, last) {
            0 => String::new(),
            line => format!(" (line {line})"),
        };
        let message =
            format!("saw {second} for `{}` at {instant} after {first} at the same time, expected one value{before}", series.id);
        let problem = Problem::new("ingest/conflicting-duplicates", self.path, message);
        let problem = if place > 0 { problem.at_line(place) } else { problem };
        let help = if self.path.is_dir() {
            "the files of a folder are read as one export: try each file by itself, or --on-duplicate first, last, max or mean"
        } else {
            "try --on-duplicate first, last, max or mean (`on_duplicate` in a model file)"
        };
        self.problems.push(problem.help(help));
    }
}

/// One sample an instant: identical ones are dropped, conflicts settled by the policy.
fn without_duplicates(
    series: &mut RawSeries,
    reading: &mut Reading<'_>,
    conflicts: &mut Conflicts<'_>,
    identical: &mut Vec<u64>,
) {
    if series.at.windows(2).all(|pair| pair[0] < pair[1]) {
        return;
    }
    let (mut kept, mut run): (Vec<usize>, f64) = (Vec::with_capacity(series.at.len()), 1.0);
    let mut means: Vec<(usize, f64)> = Vec::new();
    for at in 0..series.at.len() {
        let Some(last) = kept.last().copied().filter(|last| series.at[*last] == series.at[at]) else {
            kept.push(at);
            run = 1.0;
            continue;
        };
        let (first, second) = (series.values.at(last), series.values.at(at));
        if first == second {
            identical.push(line(series, at));
            continue;
        }
        run += 1.0;
        let place = line(series, at);
        let new = place == 0 || conflicts.told.insert(place);
        let policy_word = match conflicts.policy {
            OnDuplicate::Error => {
                if new {
                    conflicts.refuse(series, last, at);
                }
                continue;
            }
            OnDuplicate::First => "first",
            OnDuplicate::Last => {
                kept.pop();
                kept.push(at);
                "last"
            }
            OnDuplicate::Max => {
                if second.real() > first.real() {
                    kept.pop();
                    kept.push(at);
                }
                "largest"
            }
            OnDuplicate::Mean => {
                let known = means.pop_if(|(place, _)| *place == last).map(|(_, mean)| mean);
                let so_far = known.unwrap_or(first.real());
                // divided first: the difference of two huge values would not be finite
                means.push((last, so_far + (second.real() / run - so_far / run)));
                "mean"
            }
        };
        reading.warn("conflicting-duplicate", line(series, at), || {
            format!("samples repeated with another value: the {policy_word} is kept, as declared")
        });
    }
    for (place, value) in means {
        set(&mut series.values, place, value);
    }
    keep(series, &kept);
}

/// Whether the unit is a share of something: `Some(full)` with the value that means all of it.
pub(super) fn full(series: &RawSeries) -> Option<f64> {
    match canonical(series.unit.as_deref()?).0.as_str() {
        "percent" => Some(100.0),
        "ratio" => Some(1.0),
        _ => None,
    }
}

/// The same for a share by its name alone, whose unit is not stated.
fn full_by_name(series: &RawSeries, values: &[f64]) -> Option<f64> {
    let name = series.id.metric.to_lowercase();
    let share = ["utilization", "utilisation", "auslastung"].iter().any(|word| name.contains(word));
    let most = values.iter().copied().fold(0.0, f64::max);
    (share && series.unit.is_none()).then_some(if most > 2.0 { 100.0 } else { 1.0 })
}

/// Utilizations below zero (set missing) and above all (told).
fn impossible(series: &mut RawSeries, reading: &mut Reading<'_>) {
    if !series.stat_is_level() {
        return;
    }
    let values = series.values.reals();
    let stated = full(series);
    for at in (0..values.len()).filter(|at| stated.is_some_and(|full| values[*at] > full)) {
        reading.warn("over-100-percent", line(series, at), || {
            format!("values of `{}` are above 100 % (several cores? another unit?): kept as they are", series.id)
        });
    }
    // A column that is never above zero holds markers such as -1, which its owner must interpret.
    if !values.iter().any(|value| *value < 0.0) || values.iter().all(|value| *value <= 0.0) {
        return;
    }
    let Some(full) = stated.or_else(|| full_by_name(series, &values)) else { return };
    let rounding = -full * 1e-3;
    let mut kept = Vec::with_capacity(values.len());
    for (at, value) in values.iter().enumerate() {
        if *value >= 0.0 {
            kept.push(at);
            continue;
        }
        reading.warn("negative-utilization", line(series, at), || {
            format!("values of `{}` are below zero: set missing (0 where it is a rounding error of at most 0.1 %)", series.id)
        });
        if *value >= rounding {
            set(&mut series.values, at, 0.0);
            kept.push(at);
        } else {
            series.missing += 1;
            series.missing_at.push(series.at[at]);
        }
    }
    keep(series, &kept);
}

/// How an ever-growing total went on from one sample to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Growth {
    /// By so much.
    By(u64),
    /// It fell from a value that a counter of so many bits cannot exceed: it wrapped, and grew by so much.
    Wrapped(u32, u64),
    /// It fell: restarted from zero, and grew by so much since.
    Reset(u64),
}

impl Growth {
    /// From one exact sample of a counter to the next. A fall is a wrap where the counter stood in the last eighth below 2^32 or
    /// 2^64 and is now in the first eighth; otherwise a restart.
    ///
    /// ```
    /// use plimsoll::formats::Growth;
    /// assert_eq!(Growth::between(4_294_964_296, 0), Growth::Wrapped(32, 3_000));
    /// assert_eq!(Growth::between(u64::MAX - 9, 10), Growth::Wrapped(64, 20));
    /// assert_eq!(Growth::between(10_075_650, 3_150), Growth::Reset(3_150));
    /// ```
    #[must_use]
    pub fn between(before: u64, now: u64) -> Self {
        if now >= before {
            return Self::By(now - before);
        }
        for bits in [32, 64] {
            let end = 1_u128 << bits;
            let (before, now) = (u128::from(before), u128::from(now));
            if before < end && before >= end / 8 * 7 && now < end / 8 {
                return Self::Wrapped(bits, (end - before + now) as u64);
            }
        }
        Self::Reset(now)
    }
}

fn counter(series: &RawSeries, reading: &mut Reading<'_>) {
    let count = series.at.len();
    if series.kind == Some(Kind::Counter) {
        for at in 1..count {
            let fell = match (series.values.at(at - 1), series.values.at(at)) {
                (Number::Whole(before), Number::Whole(now)) => Growth::between(before, now),
                (before, now) if now.real() < before.real() => Growth::Reset(0),
                _ => Growth::By(0),
            };
            match fell {
                Growth::By(_) => {}
                Growth::Reset(_) => reading.warn("counter-reset", line(series, at), || {
                    format!("counters fell, first `{}` at {}: taken as restarts from zero", series.id, when(series, at))
                }),
                Growth::Wrapped(bits, _) => reading.warn("counter-wrap", line(series, at), || {
                    format!("counters wrapped at 2^{bits}, first `{}` at {}: they went on", series.id, when(series, at))
                }),
            }
        }
        return;
    }
    if series.kind.is_some() || count < 12 || series.id.stat != Stat::Raw || full(series).is_some() {
        return;
    }
    let values = series.values.reals();
    let rises = values.windows(2).filter(|pair| pair[1] > pair[0]).count();
    let falls: Vec<usize> = (1..count).filter(|at| values[*at] < values[*at - 1]).collect();
    let deep = falls.iter().all(|at| values[*at] < values[*at - 1] * 0.2);
    if deep && rises * 10 >= count * 8 && falls.len() * 12 <= count && matches!(series.values, Values::Whole(_)) {
        let asked = "It only grows. It is read as a gauge; where only some are one, say `kind` in the sources of a model.";
        reading.ask(2, "--kind counter", format!("Is `{}` a counter? {asked}", series.id));
    }
}

/// Samples that sit at the ceiling: demand was at least that much.
fn saturated(series: &RawSeries, reading: &mut Reading<'_>) {
    let Some(full) = full(series).filter(|_| series.stat_is_level()) else { return };
    let name = series.id.to_string().to_lowercase();
    // 100 % idle is rest, not load
    if ["idle", "free", "avail", "hit", "success", "up"].iter().any(|word| name.contains(word)) {
        return;
    }
    let values = series.values.reals();
    let at_ceiling: Vec<usize> = (0..values.len()).filter(|at| (full * 0.9995..=full).contains(&values[*at])).collect();
    if at_ceiling.len() >= 3 {
        for at in at_ceiling {
            reading.warn("saturated", line(series, at), || {
                format!("values of `{}` are at 100 %: demand was at least that much (censored), perhaps more", series.id)
            });
        }
    }
}

/// Averages without the maxima beside them. Who declared the statistic is told, but not asked again.
fn averaged(all: &[RawSeries], declared: bool, reading: &mut Reading<'_>) {
    let has = |stat: Stat| all.iter().any(|series| series.id.stat == stat && !series.at.is_empty());
    if has(Stat::Average) && !has(Stat::Maximum) && !has(Stat::P99) {
        reading.note("averaged", 0, || {
            "values are averages over their step: peaks within it are hidden, and demand will look lower than it was".to_owned()
        });
        if declared {
            return;
        }
        let text = "Does the source keep maxima too (statistic Maximum, max_over_time, an RRA MAX)? Peaks need them: export them beside \
                    the averages. If there are none, say that these are averages.";
        reading.ask(3, "--stat avg", text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::{Identity, NANOS};

    fn made(values: &[Number], unit: &str, kind: Option<Kind>, policy: OnDuplicate) -> Result<Reading<'static>, Vec<Problem>> {
        let mut reading = Reading::default();
        let place = reading.series(Identity::named("m"));
        reading.unit(place, unit);
        reading.series[place].kind = kind;
        for (at, value) in values.iter().enumerate() {
            reading.push(place, at as i64 * 60 * NANOS, *value, at as u64 + 2).unwrap();
        }
        let options = Options { on_duplicate: policy, ..Options::default() };
        examine(&mut reading, &options, Path::new("a.csv"))?;
        Ok(reading)
    }

    fn told<'r>(reading: &'r Reading<'_>, kind: &str) -> (u64, &'r [u64]) {
        reading.findings.iter().find(|finding| finding.kind == kind).map_or((0, &[]), |found| (found.count, &found.lines))
    }

    fn reals(values: impl IntoIterator<Item = f64>) -> Vec<Number> {
        values.into_iter().map(Number::Real).collect()
    }

    #[test]
    fn negative_utilization_is_set_missing_and_rounding_clamped() {
        let reading = made(&reals([30.0, -0.01, -37.5, 40.0]), "percent", None, OnDuplicate::Error).unwrap();
        assert_eq!(told(&reading, "negative-utilization"), (2, &[3, 4][..]));
        assert_eq!(reading.series[0].values, Values::Real(vec![30.0, 0.0, 40.0]));
        assert_eq!(reading.series[0].missing, 1);
        // a column that never is above zero holds markers
        let reading = made(&reals([-1.0, -1.0, 0.0]), "percent", None, OnDuplicate::Error).unwrap();
        assert_eq!((reading.series[0].at.len(), reading.findings.len()), (3, 0));
    }

    #[test]
    fn values_above_all_are_told_and_kept() {
        let reading = made(&reals([30.0, 100.4, 187.2]), "percent", None, OnDuplicate::Error).unwrap();
        assert_eq!(told(&reading, "over-100-percent"), (2, &[3, 4][..]));
        assert_eq!(reading.series[0].at.len(), 3);
    }

    #[test]
    fn resets_and_wraps_are_told_apart() {
        let values = [4_294_967_000_u64, 200, 300, 5, 10].map(Number::Whole);
        let reading = made(&values, "bytes", Some(Kind::Counter), OnDuplicate::Error).unwrap();
        assert_eq!((told(&reading, "counter-wrap"), told(&reading, "counter-reset")), ((1, &[3][..]), (1, &[5][..])));
    }

    #[test]
    fn a_change_from_percent_to_ratio_is_dated() {
        let level = |at: u32| 35.0 + f64::from(at % 7);
        let values = (0..60).map(|at| if at < 30 { level(at) } else { level(at) / 100.0 });
        let reading = made(&reals(values), "percent", None, OnDuplicate::Error).unwrap();
        assert_eq!(told(&reading, "unit-change"), (1, &[32][..]));
        let growing = made(&reals((0..60).map(|at| 1.2_f64.powi(at))), "percent", None, OnDuplicate::Error).unwrap();
        assert_eq!(told(&growing, "unit-change").0, 0);
    }

    #[test]
    fn duplicates_follow_the_policy_and_identical_ones_go() {
        let with = |policy| {
            let mut reading = Reading::default();
            let place = reading.series(Identity::named("m"));
            for (line, (at, value)) in [(1, 5_u64), (2, 7), (1, 5), (2, 9), (2, 8)].into_iter().enumerate() {
                reading.push(place, at * NANOS, Number::Whole(value), line as u64 + 2).unwrap();
            }
            let options = Options { on_duplicate: policy, ..Options::default() };
            examine(&mut reading, &options, Path::new("a.csv")).map(|()| reading)
        };
        let problems = with(OnDuplicate::Error).err().unwrap();
        assert_eq!(problems.iter().map(|problem| problem.line).collect::<Vec<_>>(), [Some(5), Some(6)]);
        for (policy, value) in
            [(OnDuplicate::First, 7.0), (OnDuplicate::Last, 8.0), (OnDuplicate::Max, 9.0), (OnDuplicate::Mean, 8.0)]
        {
            let reading = with(policy).unwrap();
            assert_eq!(reading.series[0].values.reals(), [5.0, value], "{policy:?}");
            assert_eq!((told(&reading, "duplicate").0, told(&reading, "conflicting-duplicate").0), (1, 2));
        }
    }

    #[test]
    fn the_mean_of_huge_values_is_finite() {
        let mut reading = Reading::default();
        let place = reading.series(Identity::named("m"));
        for value in [f64::MAX, -f64::MAX, f64::MAX / 2.0, 0.0] {
            reading.push(place, NANOS, Number::Real(value), 0).unwrap();
        }
        let options = Options { on_duplicate: OnDuplicate::Mean, ..Options::default() };
        examine(&mut reading, &options, Path::new("a.csv")).unwrap();
        assert!((reading.series[0].values.reals()[0] / (f64::MAX / 8.0) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn many_conflicts_are_settled_in_time_and_told_of_in_part() {
        let conflicting = |policy| {
            let mut reading = Reading::default();
            let place = reading.series(Identity::named("m"));
            for at in 0..200_000 {
                reading.push(place, at / 2 * NANOS, Number::Real(at as f64), at as u64 + 1).unwrap();
            }
            examine(&mut reading, &Options { on_duplicate: policy, ..Options::default() }, Path::new("a.csv")).map(|()| reading)
        };
        let problems = conflicting(OnDuplicate::Error).err().unwrap();
        assert_eq!((problems.len(), problems[MOST].message.as_str()), (MOST + 1, "saw 99980 more conflicting duplicates"));
        assert_eq!(conflicting(OnDuplicate::Mean).unwrap().series[0].values.reals()[..2], [0.5, 2.5]);
    }

    #[test]
    fn lines_told_of_some_samples_only_are_given_up() {
        let mut reading = Reading::default();
        let place = reading.series(Identity::named("m"));
        for (at, line) in [(5, 1), (4, 0), (3, 3)] {
            reading.push(place, at * NANOS, Number::Whole(1), line).unwrap();
        }
        examine(&mut reading, &Options::default(), Path::new("a.csv")).unwrap();
        assert_eq!((reading.series[0].at.len(), reading.series[0].lines.len()), (3, 0));
    }

    #[test]
    fn the_largest_spans_and_values_are_looked_at_without_overflow() {
        let mut reading = Reading::default();
        for (unit, values) in [("percent", [1e308, -1e308]), ("ratio", [5e-324, -5e-324]), ("", [1e308, 5e-324])] {
            let place = reading.series(Identity::named(unit));
            reading.unit(place, unit);
            for at in 0..600_i64 {
                let at = if at < 300 { i64::MIN + at * NANOS } else { i64::MAX - at * NANOS };
                reading.push(place, at, Number::Real(values[usize::from(at % 11 > 5)]), 0).unwrap();
                reading.push(place, at, Number::Whole(u64::MAX), 0).unwrap();
            }
        }
        let options = Options { on_duplicate: OnDuplicate::Mean, ..Options::default() };
        examine(&mut reading, &options, Path::new("a.csv")).unwrap();
        assert!(reading.series.iter().all(|series| series.values.reals().iter().all(|value| value.is_finite())));
    }

    #[test]
    fn a_level_that_moves_and_stays_is_dated_and_a_spike_is_not_one() {
        let wave = |at: usize| (at as f64 * 1.7).sin();
        let values = (0..480).map(|at| if at >= 240 { 30.0 + wave(at) } else { 10.0 + wave(at) });
        let reading = made(&reals(values), "cores", None, OnDuplicate::Error).unwrap();
        assert_eq!(told(&reading, "level-shift"), (1, &[242][..]));
        let spiked = (0..480).map(|at| if at == 100 { 90.0 } else { 10.0 + wave(at) });
        let reading = made(&reals(spiked), "cores", None, OnDuplicate::Error).unwrap();
        assert_eq!((told(&reading, "level-shift").0, told(&reading, "outlier")), (0, (1, &[102][..])));
    }

    #[test]
    fn saturation_is_told_where_load_sits_at_the_ceiling() {
        let reading = made(&reals([50.0, 100.0, 100.0, 100.0, 60.0]), "percent", None, OnDuplicate::Error).unwrap();
        assert_eq!(told(&reading, "saturated"), (3, &[3, 4, 5][..]));
    }
}

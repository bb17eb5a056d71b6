//! One entity's samples, cleaned: in order, without duplicates, as amounts in the base unit.

use std::collections::BTreeMap;

use crate::formats::{Growth, NANOS, Number};
use crate::series::Quality;
use crate::source::{Kind, OnDuplicate, Source};
use crate::time::Timestamp;

/// An observation: instant in seconds, value, saturated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sample {
    pub at: i64,
    pub value: f64,
    pub saturated: bool,
}

/// A conflict that the source refuses.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Conflict {
    pub at: Timestamp,
    pub first: f64,
    pub second: f64,
}

/// How an entity's samples are to be taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Meaning {
    pub kind: Kind,
    /// Base units per written unit.
    pub factor: f64,
}

/// Events are counted over so many seconds.
pub(super) const EVENT_STEP: i64 = 300;

/// Cleans one entity's samples (nanoseconds, number), those of one file after those of another.
pub(super) fn clean(
    mut rows: Vec<(i64, Number)>,
    source: &Source,
    meaning: Meaning,
    quality: &mut Quality,
) -> Result<Vec<Sample>, Conflict> {
    quality.out_of_order += rows.windows(2).filter(|pair| pair[1].0 < pair[0].0).count() as u64;
    rows.sort_by_key(|row| row.0);
    let rows = if meaning.kind == Kind::Event { rows } else { without_duplicates(rows, source.on_duplicate, quality)? };
    let samples = match meaning.kind {
        Kind::Gauge => rows.into_iter().map(|(at, number)| (at.div_euclid(NANOS), number.real())).collect(),
        Kind::Counter => rates(&rows, quality),
        Kind::Delta => per_second(&rows),
        Kind::Event => counts(&rows),
    };
    Ok(samples.into_iter().filter_map(|(at, value)| usable(at, value, source, meaning, quality)).collect())
}

fn usable(at: i64, value: f64, source: &Source, meaning: Meaning, quality: &mut Quality) -> Option<Sample> {
    let value = value * meaning.factor;
    if !value.is_finite() || value < 0.0 {
        quality.invalid += 1;
        return None;
    }
    let saturated = source.saturation.is_some_and(|ceiling| value >= ceiling);
    quality.saturated += u64::from(saturated);
    Some(Sample { at, value, saturated })
}

/// Duplicates between files; those within one were settled when it was examined.
fn without_duplicates(
    rows: Vec<(i64, Number)>,
    policy: OnDuplicate,
    quality: &mut Quality,
) -> Result<Vec<(i64, Number)>, Conflict> {
    let mut kept: Vec<(i64, Number)> = Vec::with_capacity(rows.len());
    let mut run = 1.0;
    for (at, number) in rows {
        let Some(last) = kept.last_mut().filter(|last| last.0 == at) else {
            kept.push((at, number));
            run = 1.0;
            continue;
        };
        let (first, second) = (last.1.real(), number.real());
        if first == second {
            quality.duplicates += 1;
            continue;
        }
        quality.conflicts += 1;
        run += 1.0;
        last.1 = match policy {
            OnDuplicate::Error => return Err(Conflict { at: Timestamp(at.div_euclid(NANOS)), first, second }),
            OnDuplicate::First => last.1,
            OnDuplicate::Last => number,
            OnDuplicate::Max => Number::Real(first.max(second)),
            OnDuplicate::Mean => Number::Real(first + (second - first) / run),
        };
    }
    Ok(kept)
}

fn seconds(from: i64, to: i64) -> f64 {
    (to - from) as f64 / NANOS as f64
}

/// Increase a second since the sample before, from exact whole numbers where they are: see [`Growth::between`].
fn rates(rows: &[(i64, Number)], quality: &mut Quality) -> Vec<(i64, f64)> {
    let pairs = rows.windows(2).map(|pair| {
        let ((before_at, before), (at, now)) = (pair[0], pair[1]);
        let growth = match (before, now) {
            (Number::Whole(before), Number::Whole(now)) => Growth::between(before, now),
            (before, now) if now.real() >= before.real() => {
                return (at.div_euclid(NANOS), (now.real() - before.real()) / seconds(before_at, at));
            }
            (before, now) => match Growth::between(before.real() as u64, now.real() as u64) {
                Growth::Reset(_) => {
                    quality.counter_resets += 1;
                    return (at.div_euclid(NANOS), now.real() / seconds(before_at, at));
                }
                other => other,
            },
        };
        let increase = match growth {
            Growth::By(increase) => increase,
            Growth::Wrapped(_, increase) | Growth::Reset(increase) => {
                quality.counter_resets += 1;
                increase
            }
        };
        (at.div_euclid(NANOS), increase as f64 / seconds(before_at, at))
    });
    pairs.collect()
}

/// So many usual steps after the sample before, rows are missing: months and changes of the clock are less apart.
const MISSING: f64 = 1.5;

/// Amounts divided by the time since the sample before; the first has none and is left out. After rows that are missing an amount is that
/// of one usual step: what they held is lost, not added to it.
fn per_second(rows: &[(i64, Number)]) -> Vec<(i64, f64)> {
    let apart = || rows.windows(2).map(|pair| seconds(pair[0].0, pair[1].0));
    let mut sorted: Vec<f64> = apart().collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let Some(usual) = sorted.get(sorted.len() / 2).copied() else { return Vec::new() };
    let over = |apart: f64| if apart > MISSING * usual { usual } else { apart };
    rows[1..].iter().zip(apart()).map(|((at, amount), apart)| (at.div_euclid(NANOS), amount.real() / over(apart))).collect()
}

/// The sum of the events' values in each bin of [`EVENT_STEP`], a second; a bin without events between the first and the last is zero.
fn counts(rows: &[(i64, Number)]) -> Vec<(i64, f64)> {
    let mut bins: BTreeMap<i64, f64> = BTreeMap::new();
    for (at, number) in rows {
        *bins.entry(at.div_euclid(NANOS).div_euclid(EVENT_STEP)).or_default() += number.real();
    }
    let (Some(first), Some(last)) = (bins.keys().next().copied(), bins.keys().next_back().copied()) else { return Vec::new() };
    (first..=last).map(|bin| (bin * EVENT_STEP, bins.get(&bin).copied().unwrap_or(0.0) / EVENT_STEP as f64)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_after_missing_rows_is_that_of_one_step() {
        let day = 86_400;
        let rows: Vec<(i64, Number)> = [0, 1, 2, 3, 11, 12].map(|at| (at * day * NANOS, Number::Whole(864_000))).to_vec();
        let rates: Vec<f64> = per_second(&rows).into_iter().map(|(_, rate)| rate).collect();
        assert_eq!(rates, [10.0; 5], "the amount of day 11 was not spread over the eight days before it");
        // February's amount stands on 1 March, 28 days after the one before
        let months: Vec<(i64, Number)> = [0, 31, 59, 90].map(|at| (at * day * NANOS, Number::Whole(28 * 86_400))).to_vec();
        assert_eq!(per_second(&months)[1].1, 1.0);
        assert!(per_second(&months[..1]).is_empty());
    }

    #[test]
    fn a_counter_beyond_the_exact_floats_gives_its_exact_rate() {
        let start = (1_u64 << 60) + 1;
        let rows: Vec<(i64, Number)> = (0..4).map(|at| (at * 10 * NANOS, Number::Whole(start + at as u64 * 7))).collect();
        let rates = rates(&rows, &mut Quality::default());
        assert_eq!(rates, [(10, 0.7), (20, 0.7), (30, 0.7)]); // as floats these counters would not move at all
    }

    #[test]
    fn bins_without_events_are_zero() {
        let rows: Vec<(i64, Number)> = [0, 10, 20, 950].map(|at| (at * NANOS, Number::Whole(1))).to_vec();
        assert_eq!(counts(&rows), [(0, 0.01), (300, 0.0), (600, 0.0), (900, 1.0 / 300.0)]);
    }
}

//! The shape of a series: changes of unit and of level, outliers, gaps and other resolutions.
//!
//! Told where it is rare in its series only: what happens often is the nature of the load, and the forecaster's business.

use super::examine::{full, line, when};
use super::{NANOS, RawSeries, Reading};
use crate::source::Kind;

/// Factors between two units of one thing, decimal and binary, and what they suggest.
const UNIT_FACTORS: [(f64, f64, &str); 4] = [
    (100.0, 100.0, "100: a change of unit between percent and ratio"),
    (1e3, 1_024.0, "1000: a change of unit between one and its k or Ki"),
    (1e6, 1_048_576.0, "a million: a change of unit between one and its M or Mi"),
    (1e9, 1_073_741_824.0, "a billion: a change of unit between one and its G or Gi"),
];

/// Where the level changes at one step by about the factor between two units, and stays there.
pub(super) fn unit_change(series: &RawSeries, reading: &mut Reading<'_>) {
    const SIDE: usize = 8;
    /// Samples enough beside an end of the series.
    const LEAST: usize = 4;
    let values = series.values.reals();
    if values.len() < 2 * SIDE || series.kind == Some(Kind::Counter) || !series.stat_is_level() {
        return;
    }
    let (mut at, mut found) = (LEAST, Vec::new());
    while at + LEAST <= values.len() {
        let step = values[at] / values[at - 1];
        // a step to or from exactly nothing is a stop or a start, not a unit
        let large = step.is_finite() && step > 0.0 && !(1.0 / 30.0..=30.0).contains(&step);
        let sides = || (&values[at.saturating_sub(SIDE)..at], &values[at..values.len().min(at + SIDE)]);
        if large && let Some(factor) = unit_factor(step, sides(), factors(series)) {
            found.push((at, step, factor));
            at += SIDE;
        }
        at += 1;
    }
    // a load that comes and goes does so more than once or twice
    for (at, step, factor) in found.iter().filter(|_| found.len() < 3) {
        let direction = if *step < 1.0 { "falls" } else { "rises" };
        reading.warn("unit-change", line(series, *at), || {
            let (id, when) = (&series.id, when(series, *at));
            format!("the level of `{id}` {direction} at {when} by a factor of about {factor} is suspected; kept as it is")
        });
    }
}

/// The factors that make sense for the unit of a series.
fn factors(series: &RawSeries) -> &'static [(f64, f64, &'static str)] {
    match (full(series), &series.unit) {
        (Some(_), _) => &UNIT_FACTORS[..1],
        (None, Some(_)) => &UNIT_FACTORS[1..],
        (None, None) => &UNIT_FACTORS,
    }
}

/// The step has to be off by a factor as nearly as neighbours are alike, and so have the levels beside it, which may drift.
fn unit_factor(step: f64, (before, after): (&[f64], &[f64]), factors: &[(f64, f64, &'static str)]) -> Option<&'static str> {
    let alike = |side: &[f64]| {
        let steps = side.windows(2).map(|pair| (pair[1] / pair[0]).ln().abs());
        middle(steps.collect())
    };
    let tight = |side: &[f64]| {
        let (least, most) =
            side.iter().fold((f64::INFINITY, 0.0_f64), |(least, most), value| (least.min(*value), most.max(*value)));
        least > 0.0 && most / least < 5.0
    };
    if !tight(before) || !tight(after) {
        return None;
    }
    let off = (5.0 * alike(before).max(alike(after))).clamp(0.05, 0.35);
    let level = middle(after.to_vec()) / middle(before.to_vec());
    let near = |ratio: f64, factor: f64, off: f64| (ratio.max(1.0 / ratio) / factor).ln().abs() < off;
    let fits = |factor: f64| near(step, factor, off) && near(level, factor, 0.35);
    factors.iter().find(|(decimal, binary, _)| fits(*decimal) || fits(*binary)).map(|(_, _, name)| *name)
}

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// Samples in a block that is compared with the next.
const BLOCK: usize = 48;

/// The median, and the spread about it as a standard deviation for normal noise.
fn median_and_spread(values: &[f64]) -> (f64, f64) {
    let median = middle(values.to_vec());
    (median, 1.4826 * middle(values.iter().map(|value| (value - median).abs()).collect()))
}

/// Level shifts that stay, and single samples far from all around them.
pub(super) fn levels(series: &RawSeries, reading: &mut Reading<'_>) {
    if series.kind == Some(Kind::Counter) || !series.stat_is_level() || series.at.len() < 2 * BLOCK {
        return;
    }
    let values = series.values.reals();
    let blocks: Vec<(f64, f64)> = values.chunks_exact(BLOCK).map(median_and_spread).collect();
    // what never falls is a total, whose level is not one
    if values.windows(2).any(|pair| pair[1] < pair[0]) {
        shifts(series, &values, &blocks, reading);
    }
    outliers(series, &values, &blocks, reading);
}

fn shifts(series: &RawSeries, values: &[f64], blocks: &[(f64, f64)], reading: &mut Reading<'_>) {
    for (at, pair) in blocks.windows(2).enumerate() {
        let ((before, noise_before), (after, noise_after)) = (pair[0], pair[1]);
        let noise = noise_before.max(noise_after);
        let stays = blocks[at + 1..].iter().take(3).all(|block| (block.0 - before).abs() > 10.0 * noise)
            && blocks[..=at].iter().rev().take(3).all(|block| (block.0 - after).abs() > 10.0 * noise);
        if noise > 0.0 && stays && (after - before).abs() > 10.0 * noise && (after - before).abs() > 0.2 * before.abs() {
            let place = (at * BLOCK + BLOCK / 2..(at + 1) * BLOCK + BLOCK / 2)
                .max_by(|a, b| (values[*a] - values[*a - 1]).abs().total_cmp(&(values[*b] - values[*b - 1]).abs()))
                .unwrap_or(at * BLOCK + BLOCK);
            reading.note("level-shift", line(series, place), || {
                let (before, after) = (shown(before), shown(after));
                format!("the level of `{}` goes from {before} to {after} at {} and stays", series.id, when(series, place))
            });
        }
    }
}

/// A level for a sentence.
fn shown(value: f64) -> String {
    if value.abs() >= 1_000.0 { format!("{value:.0}") } else { format!("{value:.4}") }
}

fn outliers(series: &RawSeries, values: &[f64], blocks: &[(f64, f64)], reading: &mut Reading<'_>) {
    let mut found = Vec::new();
    for ((block, values), (median, noise)) in values.chunks_exact(BLOCK).enumerate().zip(blocks) {
        let far = |value: f64| (value - median).abs() > 15.0 * noise;
        for (within, value) in values.iter().enumerate() {
            let alone = (within == 0 || !far(values[within - 1])) && (within + 1 == BLOCK || !far(values[within + 1]));
            if *noise > 0.0 && far(*value) && alone {
                found.push(block * BLOCK + within);
            }
        }
    }
    // more of them are no errors of measurement but peaks of a load that has them
    if found.len() > 2 + values.len() / 500 {
        return;
    }
    for at in found {
        reading.note("outlier", line(series, at), || {
            let (value, at) = (values[at], when(series, at));
            format!("single samples far from all around them, first {value} of `{}` at {at}: kept", series.id)
        });
    }
}

/// Gaps, and parts with another step.
pub(super) fn steps(series: &RawSeries, reading: &mut Reading<'_>) {
    if series.at.len() < 12 {
        return;
    }
    let apart: Vec<i64> = series.at.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).collect();
    let mut sorted = apart.clone();
    sorted.sort_unstable();
    let median = sorted[sorted.len() / 2].max(1);
    // events have no step, so that they have no other step either
    let usual = apart.iter().filter(|step| step.saturating_sub(median).saturating_abs() <= median / 4).count();
    if usual * 2 < apart.len() {
        return;
    }
    // long runs (8) of steps at least twice as far or as near as the usual one are another resolution, single ones gaps
    let other = |step: &i64| *step >= median.saturating_mul(2) || step.saturating_mul(2) <= median;
    let run = apart.windows(8).position(|run| run.iter().all(other));
    if let Some(at) = run {
        reading.warn("mixed-resolution", line(series, at), || {
            let seconds = |nanos: i64| nanos as f64 / NANOS as f64;
            let (usual, step, from) = (seconds(median), seconds(apart[at]), when(series, at));
            format!(
                "steps differ within `{}`: usually {usual} s, {step} s from {from}; a mean over all would weigh them wrongly",
                series.id
            )
        });
        return;
    }
    for at in (0..apart.len()).filter(|at| apart[*at] > median.saturating_mul(5)) {
        reading.note("gap", line(series, at + 1), || {
            let (from, to) = (when(series, at), when(series, at + 1));
            format!("samples further apart than five steps, first in `{}` from {from} to {to}", series.id)
        });
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::formats::{Identity, Number, Options};

    fn told(values: impl IntoIterator<Item = f64>, at: fn(i64) -> i64, kind: &str) -> (u64, Vec<u64>) {
        let mut reading = Reading::default();
        let place = reading.series(Identity::named("m"));
        for (index, value) in (0..).zip(values) {
            reading.push(place, at(index) * NANOS, Number::Real(value), index as u64 + 2).unwrap();
        }
        crate::formats::examine(&mut reading, &Options::default(), Path::new("a.csv")).unwrap();
        let found = reading.findings.iter().find(|finding| finding.kind == kind);
        found.map_or((0, Vec::new()), |finding| (finding.count, finding.lines.clone()))
    }

    fn wave(at: u32) -> f64 {
        35.0 + 4.0 * (f64::from(at) * 1.7).sin()
    }

    #[test]
    fn a_change_of_unit_is_told_wherever_it_stands_and_not_where_only_the_load_moved() {
        for (at, factor) in [(5, 0.01), (55, 0.01), (30, 100.0), (30, 1024.0), (30, 1.0 / 1_048_576.0), (30, 1e-9)] {
            let values = (0..60).map(|index| if index < at { wave(index) } else { wave(index) * factor });
            assert_eq!(told(values, |index| index * 60, "unit-change"), (1, vec![u64::from(at) + 2]), "{at} {factor}");
        }
        for factor in [60.0, 250.0, 1.0 / 300.0] {
            let values = (0..60).map(|index| if index < 30 { wave(index) } else { wave(index) * factor });
            assert_eq!(told(values, |index| index * 60, "unit-change").0, 0, "{factor}");
        }
    }

    #[test]
    fn peaks_that_a_load_has_often_are_no_outliers() {
        let spiked = |every: u32| (0..960).map(move |at| if at % every == 50 { 900.0 } else { wave(at) });
        assert_eq!(told(spiked(900), |index| index * 60, "outlier").0, 2);
        assert_eq!(told(spiked(60), |index| index * 60, "outlier").0, 0);
    }

    #[test]
    fn events_have_no_other_resolution_and_totals_no_level() {
        let bursts = |index: i64| index * 40 + index * index % 97 * 9 + if index % 40 > 28 { index * 90 } else { index * 700 };
        assert_eq!(told((0..200).map(wave), bursts, "mixed-resolution").0, 0);
        assert_eq!(
            told((0..200).map(wave), |index| if index < 60 { index * 300 } else { 18_000 + index * 10 }, "mixed-resolution").0,
            1
        );
        let total = (0..480).map(|at| f64::from(at) + if at >= 240 { 9_000.0 } else { 0.0 });
        assert_eq!(told(total, |index| index * 60, "level-shift").0, 0);
    }
}

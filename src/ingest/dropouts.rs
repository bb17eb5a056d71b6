//! Runs of zeros that a collector wrote while it was down: told, never changed.

use crate::time::Timestamp;

/// Zeros are dropouts only where they are rarer than this: of a load that is zero at night, at weekends or now and then, more are.
const RARE: f64 = 0.05;
/// So many steps of zero in a row are no rounding and no single lost sample.
const RUN: usize = 3;
/// The series is never near zero otherwise: of its other values 99 in 100 are above this share of their median.
const NEAR: f64 = 0.2;
/// Nor is it so few of the smallest differences between values that zero may be a rounded one of them: 0 among 1, 2, 3 % is.
const DIGITS: f64 = 3.0;
/// A run that starts so often, and so often of all runs, at the same moment of a day, a week or a year is a schedule.
const SCHEDULE: (usize, f64) = (3, 0.5);
/// Days by which what comes once a year may move (Easter moves more, and lasts less than a run of days).
const YEARLY_SLACK: f64 = 7.0;
const DAY: f64 = 86_400.0;
/// The mean year of the Gregorian calendar.
const YEAR: f64 = 365.2425 * DAY;

/// What is suspected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dropouts {
    /// Runs of zeros.
    pub runs: usize,
    /// Steps in them.
    pub steps: usize,
    /// When the first begins.
    pub first: Timestamp,
    /// The last step of the last.
    pub last: Timestamp,
}

/// Runs of exact zeros in `values`, from `start` on at `step` seconds, where nothing else explains them: `None` where zeros are usual, come by
/// a schedule, stand before the first load, or where other values are near zero too.
pub(super) fn dropouts(values: &[f64], start: i64, step: i64) -> Option<Dropouts> {
    let begun = values.iter().position(|value| *value > 0.0)?;
    let zeros = values[begun..].iter().filter(|value| **value == 0.0).count();
    let mut others: Vec<f64> = values.iter().copied().filter(|value| value.is_finite() && *value != 0.0).collect();
    if zeros < RUN || zeros as f64 > RARE * (zeros + others.len()) as f64 {
        return None;
    }
    others.sort_unstable_by(f64::total_cmp);
    let least = others[others.len() / 100];
    let digit = others.windows(2).map(|pair| pair[1] - pair[0]).filter(|apart| *apart > 0.0).fold(f64::INFINITY, f64::min);
    if least < NEAR * others[others.len() / 2] || digit.is_finite() && least < DIGITS * digit {
        return None;
    }
    let runs: Vec<(usize, usize)> = runs(values, begun).into_iter().filter(|(_, length)| *length >= RUN).collect();
    let (first, last) = (runs.first()?, runs.last()?);
    let starts: Vec<f64> = runs.iter().map(|(at, _)| (start + *at as i64 * step) as f64).collect();
    if scheduled(&starts, step as f64) {
        return None;
    }
    let at = |index: usize| Timestamp(start + index as i64 * step);
    let steps = runs.iter().map(|(_, length)| length).sum();
    Some(Dropouts { runs: runs.len(), steps, first: at(first.0), last: at(last.0 + last.1 - 1) })
}

/// Where each run of zeros begins, and its steps.
fn runs(values: &[f64], begun: usize) -> Vec<(usize, usize)> {
    let mut at = begun;
    let chunks = values[begun..].chunk_by(|a, b| (*a == 0.0) == (*b == 0.0));
    let each = chunks.filter_map(|chunk| {
        let here = at;
        at += chunk.len();
        (chunk[0] == 0.0).then_some((here, chunk.len()))
    });
    each.collect()
}

/// Whether runs start at the same moment of the day or the week, or at about the same time of two years.
fn scheduled(starts: &[f64], step: f64) -> bool {
    // the most that start within `slack` of one of them; each moment stands once in the cycles before and after too
    let together = |cycle: f64, slack: f64| {
        let phases = starts.iter().map(|start| start.rem_euclid(cycle));
        let mut round: Vec<f64> = phases.clone().flat_map(|at| [at - cycle, at, at + cycle]).collect();
        round.sort_unstable_by(f64::total_cmp);
        let before = |end: f64| round.partition_point(|at| *at < end);
        let near = |at: f64| round.partition_point(|other| *other <= at + slack) - before(at - slack);
        phases.map(near).max().unwrap_or(0)
    };
    let often = |count: usize, least: usize| count >= least && count as f64 >= SCHEDULE.1 * starts.len() as f64;
    let by_the_clock = [DAY, 7.0 * DAY].into_iter().any(|cycle| 4.0 * step < cycle && often(together(cycle, step), SCHEDULE.0));
    let years_apart = starts.last().zip(starts.first()).is_some_and(|(last, first)| last - first > YEAR / 2.0);
    by_the_clock || years_apart && often(together(YEAR, YEARLY_SLACK * DAY), 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600;

    /// A year of hours between 60 and 140, lowest at night.
    fn year() -> Vec<f64> {
        (0..8_760).map(|hour| 100.0 - 40.0 * (f64::from(hour) / 24.0 * std::f64::consts::TAU).cos()).collect()
    }

    fn with(runs: &[(usize, usize)]) -> Option<Dropouts> {
        let mut values = year();
        for (at, length) in runs {
            values[*at..at + length].fill(0.0);
        }
        dropouts(&values, 0, HOUR)
    }

    #[test]
    fn runs_of_zeros_in_a_load_that_is_never_near_zero_are_told() {
        let found = with(&[(1_000, 5), (4_007, 30), (8_000, 4)]);
        let at = |hour: i64| Timestamp(hour * HOUR);
        assert_eq!(found, Some(Dropouts { runs: 3, steps: 39, first: at(1_000), last: at(8_003) }));
        assert!(with(&[(8_750, 10)]).is_some(), "one that lasts until the end");
    }

    #[test]
    fn zeros_that_mean_no_load_are_not() {
        assert_eq!(with(&[]), None);
        assert_eq!(with(&[(500, 2), (3_000, 1)]), None, "single samples");
        let each = |every: usize, from: usize, length: usize| -> Vec<(usize, usize)> {
            (0..8_700 / every).map(|n| (n * every + from, length)).collect()
        };
        assert_eq!(with(&each(24, 1, 4)), None, "every night");
        assert_eq!(with(&each(168, 120, 48)), None, "every weekend");
        assert_eq!(with(&each(168, 3, 4)), None, "a night a week: rare, but by the clock");
        assert_eq!(with(&each(24 * 28, 2, 3)), None, "maintenance once in four weeks");
        assert_eq!(with(&[(0, 300)]), None, "before the first load");
        let intermittent: Vec<f64> = (0..8_760).map(|hour| if hour % 7 < 5 { 0.0 } else { 9.0 }).collect();
        assert_eq!(dropouts(&intermittent, 0, HOUR), None);
        let idle: Vec<f64> = (0..8_760).map(|hour| if hour % 500 < 4 { 0.0 } else { 1.0 + f64::from(hour % 97) }).collect();
        assert_eq!(dropouts(&idle, 0, HOUR), None, "other values are near zero too");
        let rounded: Vec<f64> = (0..288).map(|at| if (101..104).contains(&at) { 0.0 } else { 1.0 + f64::from(at % 5) }).collect();
        assert_eq!(dropouts(&rounded, 0, 300), None, "whole percents of a nearly idle machine");
    }

    #[test]
    fn a_yearly_closure_is_none() {
        let mut days = vec![50.0; 1_100];
        for year in 0..3 {
            days[357 + 365 * year..360 + 365 * year].fill(0.0);
        }
        assert_eq!(dropouts(&days, 0, 86_400), None);
        let mut days = vec![50.0; 1_100];
        days[400..405].fill(0.0);
        assert_eq!(dropouts(&days, 0, 86_400).map(|found| (found.runs, found.steps)), Some((1, 5)));
    }
}

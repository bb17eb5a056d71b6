//! How far apart samples are.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::formats::{NANOS, RawSeries};

/// Stamps looked at, over all series: beyond that the picture does not change.
const MOST_STAMPS: usize = 2_000_000;

/// The step of an input.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// The median distance of neighbouring samples of a series, in seconds.
    pub seconds: f64,
    /// Whether all distances are the same.
    pub regular: bool,
    /// The steps of stretches or series that have different ones, ascending; one where there is one.
    pub steps: Vec<f64>,
}

/// Distances within a tenth are taken as one step.
fn alike(a: i64, b: i64) -> bool {
    (a - b).abs() <= a.min(b) / 10
}

/// The step over all series, each by its own stamps (markers of no value included). `None` for snapshots.
pub(super) fn step(series: &[RawSeries]) -> Option<Step> {
    let (mut all, mut runs) = (BTreeMap::<i64, u64>::new(), BTreeMap::<i64, u64>::new());
    let mut left = MOST_STAMPS;
    for one in series {
        let mut stamps: Vec<i64> = one.at.iter().chain(&one.missing_at).copied().take(left).collect();
        left -= stamps.len();
        stamps.sort_unstable();
        stamps.dedup();
        let apart: Vec<i64> = stamps.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).collect();
        for distance in &apart {
            *all.entry(*distance).or_default() += 1;
        }
        // A gap stands alone; a step has neighbours of its size.
        for pair in apart.windows(2).filter(|pair| alike(pair[0], pair[1])) {
            *runs.entry(pair[1]).or_default() += 1;
        }
        if left == 0 {
            break;
        }
    }
    let median = median(&all)?;
    let mut steps = groups(&runs);
    if steps.is_empty() {
        steps.push(median);
    }
    let seconds = |nanos: i64| nanos as f64 / NANOS as f64;
    Some(Step { seconds: seconds(median), regular: all.len() == 1, steps: steps.into_iter().map(seconds).collect() })
}

fn median(counts: &BTreeMap<i64, u64>) -> Option<i64> {
    let half = counts.values().sum::<u64>() / 2;
    let mut seen = 0;
    counts
        .iter()
        .find(|(_, count)| {
            seen += **count;
            seen > half
        })
        .map(|(distance, _)| *distance)
}

/// The steps that have at least three neighbours and a fiftieth of the time covered.
fn groups(runs: &BTreeMap<i64, u64>) -> Vec<i64> {
    let weight = |distance: i64, count: u64| distance as f64 * count as f64;
    let covered: f64 = runs.iter().map(|(distance, count)| weight(*distance, *count)).sum();
    let mut groups: Vec<BTreeMap<i64, u64>> = Vec::new();
    for (distance, count) in runs {
        // Distances that run into each other are one unsteady step, however wide they spread.
        match groups.last_mut().filter(|group| group.last_key_value().is_some_and(|(last, _)| alike(*last, *distance))) {
            Some(group) => drop(group.insert(*distance, *count)),
            None => groups.push(BTreeMap::from([(*distance, *count)])),
        }
    }
    let kept = groups.iter().filter(|group| {
        let time: f64 = group.iter().map(|(distance, count)| weight(*distance, *count)).sum();
        group.values().sum::<u64>() >= 3 && time >= covered / 50.0
    });
    kept.filter_map(median).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::{Identity, Number, Reading};

    fn step_of(stamps: &[i64]) -> Option<Step> {
        let mut reading = Reading::default();
        let place = reading.series(Identity::named("m"));
        for at in stamps {
            reading.push(place, at * NANOS, Number::Whole(1), 0).unwrap();
        }
        step(&reading.series)
    }

    #[test]
    fn stretches_of_another_resolution_are_steps_and_gaps_are_not() {
        let coarse = (0..20).map(|hour| hour * 3_600);
        let fine = (1..200).map(|minute| 19 * 3_600 + minute * 60);
        let both = step_of(&coarse.chain(fine).collect::<Vec<_>>()).unwrap();
        assert_eq!((both.seconds, both.regular, both.steps), (60.0, false, vec![60.0, 3_600.0]));
        let gaps: Vec<i64> = (0..300).filter(|minute| minute % 50 < 45).map(|minute| minute * 60).collect();
        let gaps = step_of(&gaps).unwrap();
        assert_eq!((gaps.seconds, gaps.regular, gaps.steps), (60.0, false, vec![60.0]));
        assert_eq!(step_of(&[5]), None);
    }

    #[test]
    fn an_unsteady_step_is_one() {
        // 1,600 to 2,000 s and back, by tens: no two of them are two resolutions
        let distances = (0..400).map(|turn: i64| 1_600 + 10 * (turn % 80 - 40).abs());
        let stamps: Vec<i64> = distances.scan(0, |at, distance| Some(std::mem::replace(at, *at + distance))).collect();
        let step = step_of(&stamps).unwrap();
        assert_eq!((step.seconds, step.regular, step.steps.len()), (1_800.0, false, 1));
    }
}

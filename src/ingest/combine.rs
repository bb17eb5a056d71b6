//! The entities of a pool, summed at the same instant.

use super::entity::Sample;
use super::read::note;
use crate::series::{Quality, Severity};

/// A pool's sum on a regular step. NaN is a gap here; the bins made of it have none.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Track {
    pub start: i64,
    pub step: i64,
    pub values: Vec<f64>,
    pub saturated: Vec<bool>,
}

/// A gap of an entity of at most so many steps is a loss of the collector and is bridged; a longer one is an entity that is away,
/// whose load the others carry.
const BRIDGED_STEPS: usize = 2;

/// The usual step between an entity's samples, in seconds: the median of all differences.
pub(super) fn usual_step(entities: &[Vec<Sample>]) -> i64 {
    let mut apart: Vec<i64> =
        entities.iter().flat_map(|samples| samples.windows(2).map(|pair| pair[1].at - pair[0].at)).collect();
    apart.sort_unstable();
    let median = apart.get(apart.len() / 2).copied().unwrap_or(3_600);
    // A source sampled "every five minutes" wanders by some seconds: the nearest usual step is meant.
    let usual = [1, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1_200, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, WEEK];
    usual.into_iter().find(|step| (median - step).abs() * 20 <= *step).unwrap_or(if median > 6 * 86_400 { WEEK } else { median })
}

pub(super) const WEEK: i64 = 604_800;

/// Sums the entities on a grid of `step` seconds.
///
/// An entity counts from its first to its last sample. Its short gaps are bridged by a straight line; in its long gaps it is
/// taken to be away. An instant at which over half of the entities are away, or none is there, is a gap.
pub(super) fn sum(entities: &[Vec<Sample>], step: i64, quality: &mut Quality) -> Track {
    let bounds = entities.iter().filter_map(|samples| Some((samples.first()?.at, samples.last()?.at)));
    let (first, last) = bounds.fold((i64::MAX, i64::MIN), |(low, high), (a, b)| (low.min(a), high.max(b)));
    if first > last {
        return Track { start: 0, step, values: vec![], saturated: vec![] };
    }
    let anchor = if step == WEEK { first.rem_euclid(WEEK) } else { 0 };
    let start = (first - anchor).div_euclid(step) * step + anchor;
    let bins = ((last - start) / step + 1) as usize;
    let mut track = Track { start, step, values: vec![0.0; bins], saturated: vec![false; bins] };
    let (mut here, mut due) = (vec![0_u32; bins], vec![0_u32; bins]);
    let bridged: usize = entities.iter().map(|samples| add(&mut track, samples, &mut here, &mut due)).sum();
    if bridged > 0 {
        let steps = if bridged == 1 { "1 step".to_owned() } else { format!("{bridged} steps") };
        let text = format!(
            "{steps} without a value, in gaps of at most {BRIDGED_STEPS}, lie on a straight line between their neighbours"
        );
        note(quality, Severity::Note, "bridged", text);
    }
    for (bin, value) in track.values.iter_mut().enumerate() {
        if here[bin] == 0 || here[bin] * 2 < due[bin] {
            *value = f64::NAN;
            quality.gap_bins += 1;
        } else {
            quality.partial_bins += u64::from(here[bin] < due[bin]);
        }
    }
    track
}

/// Adds an entity; how many steps of short gaps are bridged. Those of weekly and slower sources are told by how far apart samples are.
fn add(track: &mut Track, samples: &[Sample], here: &mut [u32], due: &mut [u32]) -> usize {
    let bin_of = |at: i64| ((at - track.start) / track.step) as usize;
    let (Some(first), Some(last)) = (samples.first(), samples.last()) else { return 0 };
    due[bin_of(first.at)..=bin_of(last.at)].iter_mut().for_each(|due| *due += 1);
    // Several samples in one bin (an irregular source) count as their mean.
    let mut means: Vec<(usize, f64)> = Vec::with_capacity(samples.len());
    let mut next = 0;
    while next < samples.len() {
        let bin = bin_of(samples[next].at);
        let same = samples[next..].iter().take_while(|sample| bin_of(sample.at) == bin).count();
        let mean = samples[next..next + same].iter().map(|sample| sample.value).sum::<f64>() / same as f64;
        track.saturated[bin] |= samples[next..next + same].iter().any(|sample| sample.saturated);
        means.push((bin, mean));
        next += same;
    }
    // Weekly and slower sources move slowly: all their gaps are bridged.
    let (bridged, mut filled) = (if track.step >= WEEK { usize::MAX } else { BRIDGED_STEPS }, 0);
    for (i, (bin, mean)) in means.iter().enumerate() {
        track.values[*bin] += mean;
        here[*bin] += 1;
        let Some((next, after)) = means.get(i + 1) else { break };
        let gap = next - bin - 1;
        if gap > 0 && gap <= bridged {
            filled += gap;
            for k in 1..=gap {
                track.values[bin + k] += mean + (after - mean) * k as f64 / (gap + 1) as f64;
                here[bin + k] += 1;
            }
        }
    }
    if track.step >= WEEK { 0 } else { filled }
}

//! One entity's rows, cleaned: in order, without duplicates, as amounts.

use super::stamp::{Localized, Localizer, Stamp};
use crate::series::Quality;
use crate::source::{Kind, OnDuplicate, Source};
use crate::time::Timestamp;

/// An observation: instant, value, saturated.
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

/// Cleans one entity's rows, given in the order of the file.
pub(super) fn clean(rows: &[(Stamp, f64)], source: &Source, quality: &mut Quality) -> Result<Vec<Sample>, Conflict> {
    let mut localizer = Localizer::new(&source.zone);
    let mut samples: Vec<(i64, f64)> = Vec::with_capacity(rows.len());
    let mut skipped = 0;
    for (stamp, value) in rows {
        match localizer.instant(*stamp) {
            Localized::At(at) | Localized::Folded(at) => samples.push((at, *value)),
            Localized::Skipped => skipped += 1,
        }
    }
    quality.invalid += skipped;
    quality.out_of_order += samples.windows(2).filter(|pair| pair[1].0 < pair[0].0).count() as u64;
    samples.sort_by_key(|sample| sample.0);
    let samples = without_duplicates(samples, source.on_duplicate, quality)?;
    let samples = match source.kind {
        Kind::Gauge => samples,
        Kind::Counter => rates(&samples, quality),
        Kind::Delta | Kind::Event => per_second(&samples),
    };
    Ok(samples.into_iter().filter_map(|(at, value)| usable(at, value, source, quality)).collect())
}

fn usable(at: i64, value: f64, source: &Source, quality: &mut Quality) -> Option<Sample> {
    let value = value * source.scale.factor;
    if value.is_nan() || value < 0.0 {
        quality.invalid += 1;
        return None;
    }
    let saturated = source.saturation.is_some_and(|ceiling| value >= ceiling);
    quality.saturated += u64::from(saturated);
    Some(Sample { at, value, saturated })
}

fn without_duplicates(samples: Vec<(i64, f64)>, policy: OnDuplicate, quality: &mut Quality) -> Result<Vec<(i64, f64)>, Conflict> {
    let mut kept: Vec<(i64, f64)> = Vec::with_capacity(samples.len());
    let mut run = 1.0;
    for (at, value) in samples {
        let Some(last) = kept.last_mut().filter(|last| last.0 == at) else {
            kept.push((at, value));
            run = 1.0;
            continue;
        };
        if last.1 == value || value.is_nan() {
            quality.duplicates += 1;
            continue;
        }
        if last.1.is_nan() {
            last.1 = value;
            quality.duplicates += 1;
            continue;
        }
        quality.conflicts += 1;
        run += 1.0;
        last.1 = match policy {
            OnDuplicate::Error => return Err(Conflict { at: Timestamp(at), first: last.1, second: value }),
            OnDuplicate::First => last.1,
            OnDuplicate::Last => value,
            OnDuplicate::Max => last.1.max(value),
            OnDuplicate::Mean => last.1 + (value - last.1) / run,
        };
    }
    Ok(kept)
}

const WRAP: f64 = 4_294_967_296.0;

/// Increase a second since the sample before. A fall is a restart from zero, unless the counter was in the last eighth of 32 bits
/// and is now in the first: then it wrapped.
fn rates(samples: &[(i64, f64)], quality: &mut Quality) -> Vec<(i64, f64)> {
    let present: Vec<(i64, f64)> = samples.iter().copied().filter(|sample| !sample.1.is_nan()).collect();
    let pairs = present.windows(2).map(|pair| {
        let (before, now) = (pair[0], pair[1]);
        let mut increase = now.1 - before.1;
        if increase < 0.0 {
            quality.counter_resets += 1;
            let wrapped = before.1 < WRAP && before.1 > WRAP * 0.875 && now.1 < WRAP * 0.125;
            increase = if wrapped { increase + WRAP } else { now.1 };
        }
        (now.0, increase / (now.0 - before.0) as f64)
    });
    pairs.collect()
}

/// Amounts divided by the time since the sample before; the first has none and is left out.
fn per_second(samples: &[(i64, f64)]) -> Vec<(i64, f64)> {
    samples.windows(2).map(|pair| (pair[1].0, pair[1].1 / (pair[1].0 - pair[0].0) as f64)).collect()
}

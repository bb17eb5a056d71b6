//! The recursions.

use super::IntermittentForm;

/// The weights of the newest observation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Smoothing {
    pub size: f64,
    pub rate: f64,
}

/// Where a recursion ends: chance × size is the forecast of every step ahead.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Level {
    pub chance: f64,
    pub size: f64,
}

/// Steps in a bucket of ADIDA: the mean interval between demands, at least 1. Leading zeros belong to the first interval.
pub(super) fn buckets(seen: &[f64]) -> usize {
    let demands = seen.iter().filter(|value| **value > 0.0).count();
    let last = seen.iter().rposition(|value| *value > 0.0).map_or(0, |at| at + 1);
    // ties go to the even number, as where the oracle's numbers come from
    (last as f64 / demands.max(1) as f64).round_ties_even().max(1.0) as usize
}

/// Runs over the known steps, telling `each` step's value and what was expected of it, and ends at the level ahead.
pub(super) fn run(
    form: IntermittentForm,
    seen: &[f64],
    bucket: usize,
    smoothing: Smoothing,
    each: impl FnMut(f64, Option<f64>),
) -> Level {
    match form {
        IntermittentForm::Croston => croston(seen, smoothing, 1.0, each),
        IntermittentForm::Sba => croston(seen, smoothing, 1.0 - smoothing.rate / 2.0, each),
        IntermittentForm::Tsb => tsb(seen, smoothing, each),
        IntermittentForm::Adida => adida(seen, bucket, smoothing, each),
    }
}

/// Croston's recursion from the first demand and the first interval (which counts the zeros before the first demand).
fn croston(seen: &[f64], smoothing: Smoothing, factor: f64, mut each: impl FnMut(f64, Option<f64>)) -> Level {
    let mut state: Option<(f64, f64)> = None;
    let mut since = 0.0;
    let level = |state: Option<(f64, f64)>| match state {
        Some((size, interval)) => Level { chance: (factor / interval).clamp(0.0, 1.0), size },
        None => Level { chance: 0.0, size: 0.0 },
    };
    for value in seen {
        each(*value, state.map(|_| level(state)).map(|level| level.chance * level.size));
        since += 1.0;
        if *value > 0.0 {
            state = Some(match state {
                None => (*value, since),
                Some((size, interval)) => {
                    (size + smoothing.size * (value - size), interval + smoothing.rate * (since - interval))
                }
            });
            since = 0.0;
        }
    }
    level(state)
}

fn tsb(seen: &[f64], smoothing: Smoothing, mut each: impl FnMut(f64, Option<f64>)) -> Level {
    let mut chance: Option<f64> = None;
    let mut size: Option<f64> = None;
    for value in seen {
        let expected = match (chance, size) {
            (Some(chance), Some(size)) => Some(chance * size),
            _ => None,
        };
        each(*value, expected);
        let came = f64::from(u8::from(*value > 0.0));
        chance = Some(chance.map_or(came, |chance| chance + smoothing.rate * (came - chance)));
        if *value > 0.0 {
            size = Some(size.map_or(*value, |size| size + smoothing.size * (value - size)));
        }
    }
    Level { chance: chance.unwrap_or(0.0).clamp(0.0, 1.0), size: size.unwrap_or(0.0) }
}

/// Buckets are counted back from the newest step; steps before the first whole bucket are left out.
///
/// The rate is split into chance and size by the smoothed mean size, so that a step has the same mean as the forecast.
fn adida(seen: &[f64], bucket: usize, smoothing: Smoothing, mut each: impl FnMut(f64, Option<f64>)) -> Level {
    let skipped = seen.len() % bucket;
    for value in &seen[..skipped] {
        each(*value, None);
    }
    let mut rate: Option<f64> = None;
    for steps in seen[skipped..].chunks_exact(bucket) {
        for value in steps {
            each(*value, rate);
        }
        let seen = steps.iter().sum::<f64>() / bucket as f64;
        rate = Some(rate.map_or(seen, |rate| rate + smoothing.rate * (seen - rate)));
    }
    let mut size: Option<f64> = None;
    for value in seen.iter().filter(|value| **value > 0.0) {
        size = Some(size.map_or(*value, |size| size + smoothing.rate * (value - size)));
    }
    let (rate, size) = (rate.unwrap_or(0.0), size.unwrap_or(0.0));
    if rate >= size { Level { chance: f64::from(u8::from(rate > 0.0)), size: rate } } else { Level { chance: rate / size, size } }
}

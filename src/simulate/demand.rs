use super::world::{DemandChange, PoolWorld, World};
use crate::paths::{HOURS, SamplePaths};
use crate::stream::{Address, Stream};

/// The profile day of each day of the horizon: one past date for all series and pools.
pub(super) fn profile_days(world: &World, paths: &SamplePaths, stream: Stream) -> Vec<u32> {
    if let Some(replay) = &paths.profile_replay {
        return replay.clone();
    }
    let mut rng = stream.named("profile").at(Address::of("day")).rng();
    let each = (0..world.days).map(|day| {
        let choice = &paths.profile_choice[world.start.plus(day as i32).weekday()];
        choice[rng.below(choice.len())]
    });
    each.collect()
}

/// What the scenario multiplies a pool's demand by, by day.
pub(super) fn factors(pool: &PoolWorld, days: usize, stream: Stream, drawn: &[f64]) -> Vec<f64> {
    let mut factors = vec![1.0; days];
    let stream = stream.named("scenario");
    for change in &pool.demand {
        match change {
            DemandChange::Growth { address, annual } => {
                let pace = annual.draw(&mut stream.at(*address).rng(), drawn).max(-0.99).ln_1p() / 365.25;
                each(&mut factors, |day, factor| *factor *= (pace * day).exp());
            }
            DemandChange::Launch { address, start, delay, size, ramp } => {
                let mut rng = stream.at(*address).rng();
                let (start, size) = (f64::from(*start) + delay.draw(&mut rng, drawn), size.draw(&mut rng, drawn));
                let ramp = ramp.draw(&mut rng, drawn).max(1.0);
                each(&mut factors, |day, factor| *factor *= 1.0 + size * ((day + 1.0 - start) / ramp).clamp(0.0, 1.0));
            }
            DemandChange::Efficiency { address, from, gain } => {
                let left = (1.0 - gain.draw(&mut stream.at(*address).rng(), drawn)).max(0.0);
                each(&mut factors, |day, factor| *factor *= if day >= f64::from(*from) { left } else { 1.0 });
            }
        }
    }
    factors
}

fn each(factors: &mut [f64], change: impl Fn(f64, &mut f64)) {
    for (day, factor) in factors.iter_mut().enumerate() {
        change(day as f64, factor);
    }
}

/// Demand of one hour: level of the day × its profile.
#[inline]
pub(super) fn at_hour(level: f64, shape: &[f32; HOURS], hour: usize) -> f64 {
    level * f64::from(shape[hour])
}

/// A lack of less than this share of demand is rounding: shapes of days are kept in single precision.
pub(super) const HAIR: f64 = 1e-6;

use serde::Serialize;

use super::recipe::{Recipe, Workload};
use super::traffic::{autoregressive, future_pace, growth, shape};
use crate::stream::{Address, Seed, Stream};
use crate::time::DAY_SECONDS;

/// The amount that a workload asked for, hour by hour.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// The workload.
    pub workload: String,
    /// What is asked for.
    pub metric: String,
    /// Seconds since 1970 of each hour of history that the collector kept, rising.
    pub time: Vec<i64>,
    /// The amount in each, to four significant digits.
    pub amount: Vec<f64>,
    /// The highest hour of each day after the last.
    pub future_peaks: Vec<f64>,
}

/// What was put in.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AskedTruth {
    /// The workload.
    pub workload: String,
    /// What is asked for.
    pub metric: String,
    /// Growth a year after the last day, the workload's own extra left out.
    pub future_pace: f64,
    /// The highest hour of each day after the last.
    pub future_peaks: Vec<f64>,
}

impl Asked {
    /// What a forecast made on the last day can be held against.
    #[must_use]
    pub fn truth(&self, recipe: &Recipe) -> AskedTruth {
        AskedTruth {
            workload: self.workload.clone(),
            metric: self.metric.clone(),
            future_pace: future_pace(recipe),
            future_peaks: self.future_peaks.clone(),
        }
    }
}

/// Every workload of a recipe: level × hour × noise, the level by the fleet's pace, a shock that all share and one of its own.
#[must_use]
pub fn workloads(recipe: &Recipe) -> Vec<Asked> {
    let root = Stream::root(Seed(recipe.seed)).named("workload");
    let days = (recipe.days() + recipe.future_days) as usize;
    let shared = autoregressive(root.at(Address::of("shared")), days, recipe.shared_sd, recipe.shared_persistence);
    let growth = growth(recipe, days);
    recipe.workload.iter().map(|workload| asked(recipe, workload, &growth, &shared, root)).collect()
}

fn asked(recipe: &Recipe, workload: &Workload, growth: &[f64], shared: &[f64], root: Stream) -> Asked {
    let here = root.at(Address::of(&format!("{}/{}", workload.name, workload.metric)));
    let own = autoregressive(here.named("own"), growth.len(), workload.own_sd, recipe.shared_persistence);
    let (mut noise, mut lost) = (here.named("noise").rng(), here.named("lost").rng());
    let history = recipe.days() as usize;
    let mut all = Asked {
        workload: workload.name.clone(),
        metric: workload.metric.clone(),
        time: Vec::new(),
        amount: Vec::new(),
        future_peaks: Vec::new(),
    };
    for (index, log) in growth.iter().enumerate() {
        let day = recipe.first.plus(index as i32);
        let extra = (1.0 + workload.extra_annual).ln() * index as f64 / 365.25;
        let week = if day.weekday() >= 5 { workload.weekend } else { 1.0 };
        let level = workload.peak * (log + extra + shared[index] + own[index]).exp() * week;
        let mut peak = 0.0_f64;
        for hour in 0..24 {
            let amount = level * shape(workload.shape, day.weekday(), hour) * (workload.hour_sd * noise.normal()).exp();
            let kept = lost.uniform() >= recipe.missing;
            peak = peak.max(amount);
            if index < history && kept {
                all.time.push(i64::from(day.0) * DAY_SECONDS + hour as i64 * 3_600);
                all.amount.push(digits(amount));
            }
        }
        if index >= history {
            all.future_peaks.push(digits(peak));
        }
    }
    all
}

/// To four significant digits, as a monitoring system shows.
fn digits(value: f64) -> f64 {
    let mut scale = 1.0;
    let mut size = value.abs();
    while size >= 10_000.0 {
        size /= 10.0;
        scale *= 10.0;
    }
    let mut parts = 1.0;
    while size < 1_000.0 && size > 0.0 && parts < 1e12 {
        size *= 10.0;
        parts *= 10.0;
    }
    (value / scale * parts).round() / parts * scale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_digits_stay() {
        for (value, kept) in
            [(123_456.0, 123_500.0), (1.234_56, 1.235), (0.000_123_449, 0.000_123_4), (0.0, 0.0), (9999.6, 10_000.0)]
        {
            assert!((digits(value) - kept).abs() <= 1e-12 * kept.abs(), "{value}: {}", digits(value));
        }
    }
}

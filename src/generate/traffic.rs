use serde::Serialize;

use super::recipe::{Burst, Pace, Recipe, Service, Shape};
use crate::stats::percentile;
use crate::stream::{Address, Seed, Stream};
use crate::time::{Day, MONTH_HOURS};

/// Samples in an hour: the process runs at 5 minutes.
pub(super) const FINE: usize = 12;

/// Demand of one service over history and future, at 5 minutes.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceDemand {
    /// The service.
    pub service: String,
    /// Requests a second at every 5 minutes, from the first day to the last future day.
    pub requests: Vec<f64>,
    /// Storms: first hour, hours, size.
    pub bursts: Vec<(usize, usize, f64)>,
}

/// What was put in: the future of a service that a forecast can be held against.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Truth {
    /// The service.
    pub service: String,
    /// Growth a year of the fleet after the last day of history.
    pub future_pace: f64,
    /// True p99 of each future day's cores (without idle and host noise: cores_per_request × requests + idle).
    pub cores_p99: Vec<f64>,
    /// Storms in history: hour after the first, hours, size.
    pub bursts: Vec<(usize, usize, f64)>,
}

/// The demand of every service, jointly: they share the daily shock, holidays and the pace of growth.
#[must_use]
pub fn demands(recipe: &Recipe) -> Vec<ServiceDemand> {
    let root = Stream::root(Seed(recipe.seed)).named("generate");
    let days = (recipe.days() + recipe.future_days) as usize;
    let shared = autoregressive(root.at(Address::of("shared")), days, recipe.shared_sd, recipe.shared_persistence);
    let growth = growth(recipe, days);
    recipe.service.iter().map(|service| demand(recipe, service, &growth, &shared, root)).collect()
}

/// ln of the fleet's growth since the first day, by day.
pub(super) fn growth(recipe: &Recipe, days: usize) -> Vec<f64> {
    let future = future_pace(recipe);
    let mut log = 0.0;
    let each = (0..days).map(|index| {
        let day = recipe.first.plus(index as i32);
        let pace = if day > recipe.last { future } else { pace_on(&recipe.pace, day) };
        log += (1.0 + pace).ln() / 365.25;
        log
    });
    each.collect()
}

fn pace_on(paces: &[Pace], day: Day) -> f64 {
    paces.iter().rev().find(|pace| pace.from <= day).map_or(0.0, |pace| pace.annual)
}

/// The drawn pace of growth after the last day.
pub(super) fn future_pace(recipe: &Recipe) -> f64 {
    let mut rng = Stream::root(Seed(recipe.seed)).named("generate").at(Address::of("future pace")).rng();
    (pace_on(&recipe.pace, recipe.last) + recipe.future_pace_sd * rng.normal()).max(-0.9)
}

/// x[t] = persistence · x[t-1] + noise, in steady state from the first day on.
pub(super) fn autoregressive(stream: Stream, days: usize, sd: f64, persistence: f64) -> Vec<f64> {
    let mut rng = stream.rng();
    let mut x = sd * rng.normal();
    let fresh = sd * (1.0 - persistence * persistence).sqrt();
    (0..days)
        .map(|_| {
            let now = x;
            x = persistence * x + fresh * rng.normal();
            now
        })
        .collect()
}

fn demand(recipe: &Recipe, service: &Service, growth: &[f64], shared: &[f64], root: Stream) -> ServiceDemand {
    let here = root.at(Address::of(&service.name));
    let own = autoregressive(here.named("own"), growth.len(), service.own_sd, recipe.shared_persistence);
    let bursts = bursts(recipe.burst, here.named("burst"), growth.len() * 24);
    let storm = storms(&bursts, growth.len() * 24);
    let mut noise = here.named("noise").rng();
    let mut requests = Vec::with_capacity(growth.len() * 24 * FINE);
    for (index, log) in growth.iter().enumerate() {
        let day = recipe.first.plus(index as i32);
        let extra = (1.0 + service.extra_annual).ln() * index as f64 / 365.25;
        let level = (log + extra + shared[index] + own[index]).exp() * calendar(recipe, service, day);
        for hour in 0..24 {
            let mean = service.peak_requests * level * shape(service.shape, day.weekday(), hour) * storm[index * 24 + hour];
            requests.extend((0..FINE).map(|_| mean * (0.04 * noise.normal() - 0.0008).exp()));
        }
    }
    ServiceDemand { service: service.name.clone(), requests, bursts }
}

/// Weekday, yearly season, holidays and launches.
fn calendar(recipe: &Recipe, service: &Service, day: Day) -> f64 {
    let week = if day.weekday() >= 5 { service.weekend } else { 1.0 };
    let of_year = f64::from(day.date().day_of_year());
    let year = 1.0 + service.yearly * (std::f64::consts::TAU * (of_year - 349.0) / 365.25).cos();
    let holiday = if recipe.holidays.contains(&day) { recipe.holiday_factor } else { 1.0 };
    let launches: f64 = service
        .launches
        .iter()
        .map(|launch| {
            1.0 + launch.size * (f64::from(day.since(launch.on) + 1) / f64::from(launch.ramp_days.max(1))).clamp(0.0, 1.0)
        })
        .product();
    week * year * holiday * launches
}

/// Demand of an hour against the day's highest.
pub(super) fn shape(shape: Shape, weekday: usize, hour: usize) -> f64 {
    let hump = |at: f64, width: f64| {
        let apart = (hour as f64 + 0.5 - at + 36.0).rem_euclid(24.0) - 12.0;
        (-(apart / width).powi(2)).exp()
    };
    match shape {
        Shape::Evening => 0.25 + 0.75 * hump(20.5, 5.0),
        Shape::Office if weekday >= 5 => 0.30 + 0.40 * hump(14.5, 5.5),
        Shape::Office => 0.22 + 0.78 * hump(14.5, 4.5),
        Shape::Shop => 0.20 + 0.62 * hump(12.5, 3.5) + 0.80 * hump(20.5, 3.5),
        Shape::Night if (1..5).contains(&hour) => 1.0,
        Shape::Night => 0.08,
        Shape::Flat => 1.0,
    }
}

fn bursts(burst: Option<Burst>, stream: Stream, hours: usize) -> Vec<(usize, usize, f64)> {
    let Some(burst) = burst else { return Vec::new() };
    let mut rng = stream.rng();
    let (mut at, mut all) = (0.0, Vec::new());
    loop {
        at += rng.exponential() * MONTH_HOURS / burst.per_month;
        if at >= hours as f64 {
            return all;
        }
        let size = (burst.smallest * rng.uniform().powf(-1.0 / burst.tail)).min(burst.largest);
        let length = (1.0 + rng.exponential() * burst.hours).floor() as usize;
        all.push((at as usize, length, size));
    }
}

fn storms(bursts: &[(usize, usize, f64)], hours: usize) -> Vec<f64> {
    let mut factor = vec![1.0; hours];
    for (from, length, size) in bursts {
        for hour in &mut factor[*from..(from + length).min(hours)] {
            *hour += size;
        }
    }
    factor
}

impl ServiceDemand {
    /// What a forecast made on the last day can be held against.
    #[must_use]
    pub fn truth(&self, recipe: &Recipe, service: &Service) -> Truth {
        let zones = recipe.zones.len() as f64;
        let hosts = service.hosts.last().map_or(0.0, |count| f64::from(count.per_zone)) * zones;
        let future = self.requests[recipe.days() as usize * 24 * FINE..].chunks(24 * FINE);
        let cores = |requests: &[f64]| {
            let used: Vec<f64> = requests.iter().map(|r| r * service.cores_per_request + hosts * service.idle_cores).collect();
            percentile(&used, 0.99).unwrap_or(0.0)
        };
        let hours = recipe.days() as usize * 24;
        Truth {
            service: self.service.clone(),
            future_pace: future_pace(recipe),
            cores_p99: future.map(cores).collect(),
            bursts: self.bursts.iter().copied().filter(|burst| burst.0 < hours).collect(),
        }
    }
}

use rayon::prelude::*;

use super::recipe::{Error, HostType, Recipe, Service};
use super::traffic::{FINE, ServiceDemand, Truth, demands};
use crate::stream::{Address, Seed, Stream};
use crate::time::DAY_SECONDS;

/// One host's usage on one step. A missing row is a host that was down or a bin that the collector lost.
#[derive(Debug, Clone, PartialEq)]
pub struct HostUsage {
    /// The service.
    pub service: String,
    /// The zone.
    pub zone: String,
    /// The host.
    pub host: String,
    /// Seconds since 1970 of each row, rising.
    pub time: Vec<i64>,
    /// Percent of the host's cores, to 0.1.
    pub cpu_percent: Vec<f64>,
    /// Memory in MiB, whole.
    pub memory_mib: Vec<i64>,
    /// Requests a second, to 0.1.
    pub requests: Vec<f64>,
}

/// A generated fleet.
#[derive(Debug, Clone, PartialEq)]
pub struct Fleet {
    /// Hourly averages of all history, hosts in the order of service, zone, host.
    pub hourly: Vec<HostUsage>,
    /// The last days at 5 minutes.
    pub fine: Vec<HostUsage>,
    /// What was put in, a service each.
    pub truth: Vec<Truth>,
}

/// Makes the fleet.
///
/// # Errors
/// All that is wrong with the recipe.
pub fn fleet(recipe: &Recipe) -> Result<Fleet, Vec<Error>> {
    recipe.check()?;
    let Some(host) = recipe.host.clone() else { return Ok(Fleet { hourly: vec![], fine: vec![], truth: vec![] }) };
    let demands = demands(recipe);
    let zoned: Vec<(usize, usize)> = (0..demands.len()).flat_map(|s| (0..recipe.zones.len()).map(move |z| (s, z))).collect();
    let parts: Vec<(Vec<HostUsage>, Vec<HostUsage>)> = zoned
        .par_iter()
        .map(|(s, z)| Site { recipe, host: &host, service: &recipe.service[*s], demand: &demands[*s], zone: *z }.usage())
        .collect();
    let truth = demands.iter().zip(&recipe.service).map(|(demand, service)| demand.truth(recipe, service)).collect();
    let (hourly, fine): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
    Ok(Fleet { hourly: hourly.concat(), fine: fine.concat(), truth })
}

/// One service in one zone.
struct Site<'a> {
    recipe: &'a Recipe,
    host: &'a HostType,
    service: &'a Service,
    demand: &'a ServiceDemand,
    zone: usize,
}

impl Site<'_> {
    fn usage(&self) -> (Vec<HostUsage>, Vec<HostUsage>) {
        let days = self.recipe.days() as usize;
        let most = self.service.hosts.iter().map(|count| count.per_zone).max().unwrap_or(0) as usize;
        let up: Vec<Vec<bool>> = (0..most).map(|host| self.up(host, days * 24)).collect();
        let fine_from = (days - self.recipe.fine_days as usize) * 24;
        let mut hourly: Vec<HostUsage> = (0..most).map(|host| self.empty(host)).collect();
        let mut fine = hourly.clone();
        let mut noises: Vec<_> = (0..most).map(|host| self.stream("host noise", host).rng()).collect();
        for hour in 0..days * 24 {
            let alive = up.iter().filter(|up| up[hour]).count();
            let Some(memory) = self.memory_gib(hour, alive) else { continue };
            let samples = &self.demand.requests[hour * FINE..(hour + 1) * FINE];
            for (host, rng) in noises.iter_mut().enumerate() {
                let tilt = 1.0 + 0.02 * rng.normal();
                let lost = rng.uniform() < self.recipe.missing;
                if !up[host][hour] || lost {
                    continue;
                }
                let share = tilt / (alive * self.recipe.zones.len()) as f64;
                let at = i64::from(self.recipe.first.0) * DAY_SECONDS + hour as i64 * 3_600;
                let mean = samples.iter().sum::<f64>() / FINE as f64;
                self.push(&mut hourly[host], at, mean * share, memory * tilt);
                if hour >= fine_from {
                    for (slot, requests) in samples.iter().enumerate() {
                        self.push(&mut fine[host], at + slot as i64 * 300, requests * share, memory * tilt);
                    }
                }
            }
        }
        (hourly, fine)
    }

    fn push(&self, usage: &mut HostUsage, at: i64, requests: f64, memory_gib: f64) {
        let cores = requests * self.service.cores_per_request + self.service.idle_cores;
        usage.time.push(at);
        usage.cpu_percent.push((1_000.0 * cores / self.host.cores).round().min(1_000.0) / 10.0);
        usage.memory_mib.push((memory_gib * 1_024.0).round() as i64);
        usage.requests.push((requests * 10.0).round() / 10.0);
    }

    /// GiB on each host in this hour, from the mean demand of the day so far; `None` when no host is up.
    fn memory_gib(&self, hour: usize, alive: usize) -> Option<f64> {
        if alive == 0 {
            return None;
        }
        let day = &self.demand.requests[hour / 24 * 24 * FINE..(hour / 24 + 1) * 24 * FINE];
        let mean = day.iter().sum::<f64>() / day.len() as f64;
        let shared = mean / 1_000.0 * self.service.memory_gib_per_1000 / (alive * self.recipe.zones.len()) as f64;
        Some((shared + self.service.idle_memory_gib).min(self.host.memory_gib))
    }

    /// Whether a host is there and up in each hour.
    fn up(&self, host: usize, hours: usize) -> Vec<bool> {
        let installed = |hour: usize| {
            let day = self.recipe.first.plus((hour / 24) as i32);
            let count = self.service.hosts.iter().rev().find(|count| count.from <= day).or(self.service.hosts.first());
            count.is_some_and(|count| host < count.per_zone as usize)
        };
        let mut up: Vec<bool> = (0..hours).map(installed).collect();
        let mut rng = self.stream("host failure", host).rng();
        let mut at = rng.exponential() * self.host.failure_hours;
        while (at as usize) < hours {
            let back = at + rng.exponential() * self.host.repair_hours;
            let end = (back.ceil() as usize).min(hours);
            up[at as usize..end].fill(false);
            at = back + rng.exponential() * self.host.failure_hours;
        }
        up
    }

    fn stream(&self, purpose: &str, host: usize) -> Stream {
        let place = Address::of(&format!("{}/{}", self.service.name, self.recipe.zones[self.zone])).child(host as u64);
        Stream::root(Seed(self.recipe.seed)).named("generate").named(purpose).at(place)
    }

    fn empty(&self, host: usize) -> HostUsage {
        let zone = &self.recipe.zones[self.zone];
        HostUsage {
            service: self.service.name.clone(),
            zone: zone.clone(),
            host: format!("{}-{}-{:02}", self.service.name, zone, host + 1),
            time: vec![],
            cpu_percent: vec![],
            memory_mib: vec![],
            requests: vec![],
        }
    }
}

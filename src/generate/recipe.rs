use serde::{Deserialize, Serialize};

use crate::time::Day;

/// What makes a fleet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// One sentence: what the fleet is.
    pub about: String,
    /// All draws depend on it.
    pub seed: u64,
    /// First civil day (UTC).
    pub first: Day,
    /// Last civil day (UTC).
    pub last: Day,
    /// Days after `last` whose true demand is written to `truth.json`.
    pub future_days: u32,
    /// The last days that are also given at 5 minutes.
    #[serde(default)]
    pub fine_days: u32,
    /// From this day on memory is reported in bytes, before it in MiB.
    #[serde(default)]
    pub unit_change: Option<Day>,
    /// Share of bins lost by the collector.
    #[serde(default)]
    pub missing: f64,
    /// Days on which demand is multiplied by `holiday_factor`.
    #[serde(default)]
    pub holidays: Vec<Day>,
    /// See `holidays`.
    #[serde(default = "one")]
    pub holiday_factor: f64,
    /// The pace of growth from each day on.
    pub pace: Vec<Pace>,
    /// Standard deviation of the change of pace at `last`: the future's pace is drawn.
    #[serde(default)]
    pub future_pace_sd: f64,
    /// Standard deviation of the daily shock that all services share (on the log scale).
    #[serde(default)]
    pub shared_sd: f64,
    /// Its correlation from one day to the next.
    #[serde(default)]
    pub shared_persistence: f64,
    /// Short storms of demand.
    #[serde(default)]
    pub burst: Option<Burst>,
    /// The hosts.
    #[serde(default)]
    pub host: Option<HostType>,
    /// The zones' names.
    #[serde(default)]
    pub zones: Vec<String>,
    /// The services.
    #[serde(default)]
    pub service: Vec<Service>,
    /// A storage service.
    #[serde(default)]
    pub storage: Option<Storage>,
    /// Amounts by the hour, without hosts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub workload: Vec<Workload>,
}

fn one() -> f64 {
    1.0
}

/// From a day on, growth by this ratio a year.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pace {
    /// The first day.
    pub from: Day,
    /// 0.2 is 20 % a year.
    pub annual: f64,
}

/// Heavy-tailed storms: they begin at random hours, and multiply demand by 1 + a Pareto number.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Burst {
    /// How many a month on average, for each service.
    pub per_month: f64,
    /// The smallest storm, as a ratio of demand.
    pub smallest: f64,
    /// The tail index of the Pareto law: the lower, the heavier.
    pub tail: f64,
    /// The largest storm.
    pub largest: f64,
    /// Mean length in hours (exponential).
    pub hours: f64,
}

/// What a host is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostType {
    /// Cores.
    pub cores: f64,
    /// Memory in GiB.
    pub memory_gib: f64,
    /// Mean hours to a failure (exponential).
    pub failure_hours: f64,
    /// Mean hours to the repair (exponential).
    pub repair_hours: f64,
}

/// How demand runs through the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// Highest at 20:00.
    Evening,
    /// Highest at 14:00, low at night and at weekends.
    Office,
    /// Two humps, at 12:00 and 20:00.
    Shop,
    /// A window of batch work from 01:00 to 05:00, nearly nothing outside it.
    Night,
    /// The same all day.
    Flat,
}

/// What a system is asked for, hour by hour.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workload {
    /// Its name.
    pub name: String,
    /// What is asked for, such as `cpu_cores`.
    pub metric: String,
    /// The amount in an ordinary weekday's highest hour on the first day.
    pub peak: f64,
    /// How it runs through the day.
    pub shape: Shape,
    /// Saturday and Sunday against weekdays.
    pub weekend: f64,
    /// Growth a year on top of the recipe's pace.
    #[serde(default)]
    pub extra_annual: f64,
    /// Standard deviation of its own daily shock (log scale).
    pub own_sd: f64,
    /// Standard deviation of each hour's noise (log scale).
    pub hour_sd: f64,
}

/// One service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// Requests a second in an ordinary weekday's highest hour on the first day.
    pub peak_requests: f64,
    /// How demand runs through the day.
    pub shape: Shape,
    /// Saturday and Sunday against weekdays.
    pub weekend: f64,
    /// Half the swing of the yearly season, highest in mid December.
    pub yearly: f64,
    /// Growth a year on top of the fleet's pace.
    #[serde(default)]
    pub extra_annual: f64,
    /// Standard deviation of its own daily shock (log scale).
    pub own_sd: f64,
    /// Cores used per request a second.
    pub cores_per_request: f64,
    /// Cores used without any request, for each host.
    pub idle_cores: f64,
    /// GiB used per 1,000 requests a second of the day's mean.
    pub memory_gib_per_1000: f64,
    /// GiB used without any request, for each host.
    pub idle_memory_gib: f64,
    /// Hosts in each zone from each day on.
    pub hosts: Vec<HostCount>,
    /// Launches that add to demand.
    #[serde(default)]
    pub launches: Vec<Launch>,
}

/// From a day on, so many hosts in each zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostCount {
    /// The first day.
    pub from: Day,
    /// Hosts in each zone.
    pub per_zone: u32,
}

/// Demand × (1 + size), reached by a straight ramp.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Launch {
    /// The first day.
    pub on: Day,
    /// Days to full size.
    pub ramp_days: u32,
    /// Ratio of demand added.
    pub size: f64,
}

/// A storage service: bytes that grow, drives that fail.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Storage {
    /// Nodes.
    pub nodes: u32,
    /// Drives in each node.
    pub drives_per_node: u32,
    /// TB stored on the first day.
    pub first_tb: f64,
    /// TB added on an ordinary day of the first month.
    pub daily_tb: f64,
    /// Standard deviation of the logarithm of a day's addition.
    pub daily_sd: f64,
    /// Large imports a year.
    pub imports_per_year: f64,
    /// Mean size of an import, in TB (exponential).
    pub import_tb: f64,
    /// Share of the stored bytes deleted at the end of each quarter by retention rules.
    pub quarterly_deletion: f64,
    /// Weibull shape and scale (years) of the drives' life.
    pub drive_shape: f64,
    /// See `drive_shape`.
    pub drive_scale_years: f64,
}

/// What is wrong with a recipe.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key} {seen}, expected {expected}")]
pub struct Error {
    /// The key.
    pub key: String,
    /// What it is.
    pub seen: String,
    /// What is accepted.
    pub expected: String,
}

impl Recipe {
    /// Days of history.
    #[must_use]
    pub fn days(&self) -> u32 {
        (self.last.since(self.first) + 1).max(0) as u32
    }

    /// All that is wrong with it.
    ///
    /// # Errors
    /// Every key out of its range, at once.
    pub fn check(&self) -> Result<(), Vec<Error>> {
        let mut errors = Vec::new();
        let mut expect = |ok: bool, key: &str, seen: String, expected: &str| {
            if !ok {
                errors.push(Error { key: key.to_owned(), seen: format!("is {seen}"), expected: expected.to_owned() });
            }
        };
        expect(self.last >= self.first, "last", self.last.to_string(), "a day not before `first`");
        expect(self.days() <= 3_660, "last", self.last.to_string(), "at most 10 years after `first`");
        expect(self.fine_days <= self.days(), "fine_days", self.fine_days.to_string(), "at most the days of history");
        expect((0.0..1.0).contains(&self.missing), "missing", self.missing.to_string(), "a ratio from 0 to below 1");
        expect(self.pace.windows(2).all(|w| w[0].from < w[1].from), "pace", "not in order".into(), "rising days");
        expect(self.pace.iter().all(|p| p.annual > -1.0), "pace.annual", "a loss of all".into(), "ratios above -1");
        expect(
            (0.0..1.0).contains(&self.shared_persistence),
            "shared_persistence",
            self.shared_persistence.to_string(),
            "0 to below 1",
        );
        let served = self.service.is_empty() || (self.host.is_some() && !self.zones.is_empty());
        expect(served, "service", "without hosts or zones".into(), "a [host] and `zones`");
        for service in &self.service {
            let ordered = !service.hosts.is_empty() && service.hosts.windows(2).all(|w| w[0].from < w[1].from);
            expect(
                ordered,
                "service.hosts",
                format!("of {}: none or not in order", service.name),
                "one or more with rising days",
            );
            let alive = service.hosts.iter().all(|count| count.per_zone > 0);
            expect(alive, "service.hosts.per_zone", format!("of {}: 0", service.name), "1 or more");
            expect(service.peak_requests > 0.0, "service.peak_requests", service.peak_requests.to_string(), "above 0");
        }
        for workload in &self.workload {
            let (peak, sd) = (workload.peak, [workload.own_sd, workload.hour_sd]);
            expect(peak > 0.0 && peak.is_finite(), "workload.peak", peak.to_string(), "above 0");
            expect(sd.iter().all(|sd| (0.0..=2.0).contains(sd)), "workload.own_sd, hour_sd", format!("{sd:?}"), "0 to 2");
            expect(workload.extra_annual > -1.0, "workload.extra_annual", workload.extra_annual.to_string(), "above -1");
        }
        expect(
            !self.service.is_empty() || self.storage.is_some() || !self.workload.is_empty(),
            "service",
            "missing".into(),
            "one [[service]] or [[workload]] or more, or a [storage]",
        );
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

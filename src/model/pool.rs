use super::Resource;
use crate::stats::Distribution;
use crate::time::Day;

/// Units of one type in one place, with how many were, are and will be in force.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// The catalog's unit type.
    pub unit: String,
    /// The node of the domain tree they stand in (a rack or a zone), where one is declared.
    pub domain: Option<String>,
    /// Spread the group's units evenly over this many racks below `domain` (0: directly in it). They are named `rack-1`, ….
    pub racks: u32,
    /// Units in force from each day on, rising by day; the first entry also holds before its day.
    pub counts: Vec<CapacityChange>,
    /// Units of the group that wait to take over; `None`: all carry load. The count is then one for all time.
    pub standby: Option<Standby>,
}

/// Units that wait to take over from one that fails.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standby {
    /// How many of the group wait; below its count.
    pub units: u32,
    /// Failure rate of one that waits as a share of that of an active one: 1 hot, 0 cold.
    pub ages: f64,
    /// P(a unit that waits takes over); otherwise the whole group is down until the failed unit is repaired.
    pub takes_over: f64,
}

/// From `day` on, `units` are in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CapacityChange {
    /// The first day with the new count.
    pub day: Day,
    /// Units in force.
    pub units: u32,
}

/// The rack that unit `index` stands in when units of a place (a domain, or the pool itself) are spread over `racks` of them, as
/// `zone-a/rack-1`; `None` without racks.
#[must_use]
pub fn rack_name(place: &str, racks: u32, index: u32) -> Option<String> {
    (racks > 0).then(|| format!("{place}/rack-{}", index % racks + 1))
}

impl Group {
    /// Units in force on a day.
    #[must_use]
    pub fn units_on(&self, day: Day) -> u32 {
        let after = self.counts.partition_point(|change| change.day <= day);
        self.counts.get(after.saturating_sub(1)).map_or(0, |change| change.units)
    }
}

/// The statistic of a day (over the samples of the pool's sum) that is planned for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Statistic {
    /// The mean of the day.
    Mean,
    /// The 95th percentile of the day's samples.
    P95,
    /// The 99th percentile of the day's samples (the default).
    P99,
    /// The largest sample of the day.
    Max,
}

/// What one resource of a pool is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Demand {
    /// The resource.
    pub resource: Resource,
    /// The statistic of the day planned for.
    pub statistic: Statistic,
    /// How much of the capacity may safely be used.
    pub line: LoadLine,
}

/// The highest utilization at which the service still keeps its promise.
#[derive(Debug, Clone, PartialEq)]
pub enum LoadLine {
    /// Declared: a ratio in (0, 1].
    Utilization(f64),
    /// Derived from a latency objective.
    Latency(LatencyObjective),
}

/// "`percentile` of responses within `target_seconds`", and how the response grows with the load.
#[derive(Debug, Clone, PartialEq)]
pub struct LatencyObjective {
    /// Such as 0.99.
    pub percentile: f64,
    /// The target for the response time (wait and service), in seconds.
    pub target_seconds: f64,
    /// From utilization to the response.
    pub curve: LatencyCurve,
}

/// From the utilization of a unit to the response of its requests.
#[derive(Debug, Clone, PartialEq)]
pub enum LatencyCurve {
    /// M/M/c: Poisson arrivals, exponential services. Exact.
    Mmc {
        /// Mean service time, in seconds.
        service_seconds: f64,
        /// Servers (workers, cores) behind one queue.
        servers: u32,
    },
    /// M/G/c: Poisson arrivals, services of any law. An approximation.
    Mgc {
        /// Service time, in seconds.
        service: Distribution,
        /// Servers (workers, cores) behind one queue.
        servers: u32,
    },
    /// The universal scalability law, with responses taken as exponential about their mean.
    Scalability {
        /// Requests a second of a unit that has one of them at a time.
        rate: f64,
        /// Share of the work that is done one at a time (σ), 0 or more and below 1.
        contention: f64,
        /// Cost of each pair that has to agree (κ), 0 or more; one of the two is above 0.
        coherence: f64,
    },
    /// Measured at some utilizations, linear between them.
    Measured {
        /// (utilization, seconds at the percentile), two or more, both strictly rising.
        points: Vec<(f64, f64)>,
    },
}

/// Where the load of a lost domain goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Routing {
    /// The survivors share it.
    Shared,
    /// It stays with its zone: each zone has the share of demand that its units have of the pool on the first day.
    Pinned,
}

/// Load of one zone that another may serve, where load is pinned to zones.
#[derive(Debug, Clone, PartialEq)]
pub struct Transfer {
    /// The zone whose load it is.
    pub from: String,
    /// The zone that serves it.
    pub to: String,
    /// At most this share of the pool's whole demand.
    pub at_most: f64,
}

/// Hosts that stop when they are asked for too much.
#[derive(Debug, Clone, PartialEq)]
pub struct Overload {
    /// A host stops when demand is above so many times what the hosts alive may safely carry.
    pub trips_at: f64,
    /// Hours until it is back.
    pub restart_hours: Distribution,
}

/// What a pool must survive at its peak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Redundancy {
    /// The loss of any so many hosts at once.
    pub hosts: u32,
    /// The loss of any one rack.
    pub rack: bool,
    /// The loss of any one zone.
    pub zone: bool,
}

/// When an order arrives.
#[derive(Debug, Clone, PartialEq)]
pub enum Arrival {
    /// After the lead time of its unit type, or this one instead, in days.
    LeadTimeDays(Distribution),
    /// On a known day.
    On(Day),
}

/// Units ordered or planned that add to a pool when they arrive.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// Its name.
    pub name: String,
    /// The unit type.
    pub unit: String,
    /// How many.
    pub units: u32,
    /// The domain node they go to; spread over the pool's groups by their size when `None`.
    pub domain: Option<String>,
    /// The day it is placed.
    pub ordered: Day,
    /// When it arrives.
    pub arrival: Arrival,
    /// The day its units leave; `None`: they stay.
    pub leaves: Option<Day>,
    /// Already signed: its cost is sunk, and it cannot be left out. Otherwise it is a plan that may be dropped.
    pub committed: bool,
}

/// Interchangeable units that carry one demand.
#[derive(Debug, Clone, PartialEq)]
pub struct Pool {
    /// Its name.
    pub name: String,
    /// The service that it is a part of, where one is named.
    pub service: Option<String>,
    /// What stands where.
    pub groups: Vec<Group>,
    /// What is asked of it, by resource.
    pub demands: Vec<Demand>,
    /// Where the load of a lost zone goes.
    pub routing: Routing,
    /// What zones may serve for each other, under [`Routing::Pinned`].
    pub transfers: Vec<Transfer>,
    /// What happens when survivors are asked for too much; `None`: they carry what they can.
    pub overload: Option<Overload>,
    /// What it must survive.
    pub redundancy: Redundancy,
    /// What is on its way.
    pub orders: Vec<Order>,
    /// The unit type to buy for it.
    pub buys: String,
    /// Unit types that may be bought in its place: a plan settles on one of all before it begins.
    pub or_buys: Vec<String>,
    /// Remarks.
    pub notes: String,
}

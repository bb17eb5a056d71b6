use std::borrow::Cow;
use std::collections::BTreeMap;

use super::transfer::lacks;
use super::world::PoolWorld;
use crate::model::Level;
use crate::scenario::LOSSES;

/// Capacity with everything up, and what each loss would take, by cell and resource.
#[derive(Debug, Clone)]
pub(super) struct Installed {
    /// `[cell * resources + r]`.
    pub all_up: Vec<f64>,
    /// The same by zone and resource.
    pub by_zone: Vec<Vec<f64>>,
    /// For host, rack, zone: the highest demand of each resource that is carried whatever one of them is lost.
    pub carried: [Vec<f64>; 3],
    /// For host, rack, zone: what is left under each loss; empty where load is not transferred.
    pub left: [Vec<Vec<f64>>; 3],
    /// What is left under each loss that the pool must survive; itself when it must survive none. One entry, the worst of each
    /// resource, where load is shared.
    pub reserve: Vec<Vec<f64>>,
}

/// What is installed under each set of hosts in force that was met: most futures meet the same few.
#[derive(Debug, Default)]
pub(super) struct Reserves {
    /// By the hosts in force, a bit each.
    places: BTreeMap<Vec<u64>, usize>,
    kept: Vec<Installed>,
    /// Room to work in: the hosts in force, and the days of changes.
    there: Vec<u64>,
    changes: Vec<usize>,
    /// The last answer of [`Reserves::installed`].
    installed: Vec<(usize, usize)>,
}

/// Above so many sets they are forgotten, to begin again.
const MOST_KEPT: usize = 4_096;

impl Reserves {
    /// The installed capacity of a pool over a replication: an entry a change, its first day and its place among those kept. It is
    /// kept until the next is asked for.
    pub(super) fn install(&mut self, pool: &PoolWorld, in_force: &[(f64, f64)], days: usize) {
        let mut changes = std::mem::take(&mut self.changes);
        changes.clear();
        changes.push(0);
        for (from, until) in in_force {
            changes.extend(
                [from, until].into_iter().filter(|at| **at > 0.0).map(|at| (at / 24.0).ceil() as usize).filter(|day| *day < days),
            );
        }
        changes.sort_unstable();
        changes.dedup();
        if self.kept.len() + changes.len() > MOST_KEPT {
            *self = Self::default();
        }
        self.installed.clear();
        for day in &changes {
            let place = self.at_day(pool, in_force, *day);
            self.installed.push((*day, place));
        }
        self.changes = changes;
    }

    /// See [`Reserves::install`].
    pub(super) fn installed(&self) -> &[(usize, usize)] {
        &self.installed
    }

    fn at_day(&mut self, pool: &PoolWorld, in_force: &[(f64, f64)], day: usize) -> usize {
        let hour = day as f64 * 24.0;
        self.there.clear();
        self.there.resize(in_force.len().div_ceil(64), 0);
        for (h, (from, until)) in in_force.iter().enumerate() {
            self.there[h / 64] |= u64::from(*from <= hour && *until > hour) << (h % 64);
        }
        if let Some(place) = self.places.get(self.there.as_slice()) {
            return *place;
        }
        self.kept.push(with_hosts(pool, &self.there));
        self.places.insert(self.there.clone(), self.kept.len() - 1);
        self.kept.len() - 1
    }

    pub(super) fn kept(&self, place: usize) -> &Installed {
        &self.kept[place]
    }
}

fn with_hosts(pool: &PoolWorld, there: &[u64]) -> Installed {
    let width = pool.shares.len() * pool.resources;
    let mut all_up = vec![0.0; width];
    let mut racks = vec![vec![0.0; width]; pool.racks];
    let mut zones = vec![vec![0.0; width]; pool.zones];
    let mut hosts: Vec<(usize, &[f64])> = Vec::new();
    for (h, host) in pool.hosts.iter().enumerate() {
        if host.waits || there[h / 64] >> (h % 64) & 1 == 0 {
            continue;
        }
        hosts.push((host.cell, &host.usable));
        for (r, usable) in host.usable.iter().enumerate() {
            let at = host.cell * pool.resources + r;
            all_up[at] += usable;
            racks[host.rack][at] += usable;
            zones[host.zone][at] += usable;
        }
    }
    let minus = |taken: &[f64]| all_up.iter().zip(taken).map(|(all, taken)| (all - taken).max(0.0)).collect::<Vec<f64>>();
    let lost = |k: u32| -> Vec<Vec<f64>> { lost_hosts(pool, &hosts, k, width).iter().map(|taken| minus(taken)).collect() };
    let left = LOSSES.map(|level| match level {
        Level::Host => lost(1),
        Level::Rack => racks.iter().map(|rack| minus(rack)).collect(),
        Level::Zone | Level::Region => zones.iter().map(|zone| minus(zone)).collect(),
    });
    let mut reserve = Vec::new();
    if pool.redundancy.hosts > 0 {
        reserve.extend(lost(pool.redundancy.hosts));
    }
    if pool.redundancy.rack {
        reserve.extend(left[1].iter().cloned());
    }
    if pool.redundancy.zone {
        reserve.extend(left[2].iter().cloned());
    }
    if reserve.is_empty() {
        reserve.push(all_up.clone());
    }
    if pool.shares.len() == 1 {
        let worst = |r: usize| reserve.iter().map(|left| left[r]).fold(f64::INFINITY, f64::min);
        reserve = vec![(0..pool.resources).map(worst).collect()];
    }
    let by_resource = |zone: &[f64]| (0..pool.resources).map(|r| zone.iter().skip(r).step_by(pool.resources).sum()).collect();
    let carried = [0, 1, 2].map(|level| carried(pool, &left[level]));
    let left = if pool.transfers.edges.is_empty() { Default::default() } else { left };
    Installed { by_zone: zones.iter().map(|zone| by_resource(zone)).collect(), all_up, carried, left, reserve }
}

/// By resource, the least of (capacity left ÷ share of the load) over losses and cells.
fn carried(pool: &PoolWorld, losses: &[Vec<f64>]) -> Vec<f64> {
    let cells = || pool.shares.iter().enumerate().filter(|(_, share)| **share > 0.0);
    let of = |r: usize| {
        let each = losses.iter().flat_map(|left| cells().map(move |(cell, share)| left[cell * pool.resources + r] / share));
        each.fold(f64::INFINITY, f64::min)
    };
    (0..pool.resources).map(of).collect()
}

/// What the loss of any `k` hosts takes at most. Cells that carry their own load are each tried with all `k` at once; where they
/// help each other, every way that `k` may fall on the cells is one entry, up to [`MOST_WAYS`].
fn lost_hosts(pool: &PoolWorld, hosts: &[(usize, &[f64])], k: u32, width: usize) -> Vec<Vec<f64>> {
    let cells = pool.shares.len();
    if pool.transfers.edges.is_empty() {
        return vec![worst_hosts(pool, hosts, k, width)];
    }
    let mut ways: Vec<Vec<u32>> = vec![Vec::new()];
    for cell in 0..cells {
        let more = |way: &Vec<u32>| {
            let left = k - way.iter().sum::<u32>();
            let of = if cell + 1 == cells { left..=left } else { 0..=left };
            of.map(|here| way.iter().copied().chain([here]).collect()).collect::<Vec<Vec<u32>>>()
        };
        ways = ways.iter().flat_map(more).collect();
        if ways.len() > MOST_WAYS {
            return vec![worst_hosts(pool, hosts, k, width)];
        }
    }
    let each: Vec<Vec<f64>> = (0..=k).map(|k| worst_hosts(pool, hosts, k, width)).collect();
    let taken = |way: &Vec<u32>| (0..width).map(|at| each[way[at / pool.resources] as usize][at]).collect();
    ways.iter().map(taken).collect()
}

/// Above so many ways the worst of each cell is taken at once, which is never too hopeful.
const MOST_WAYS: usize = 1_000;

/// The `k` largest hosts of each cell and resource, taken together: what their loss takes at most.
fn worst_hosts(pool: &PoolWorld, hosts: &[(usize, &[f64])], k: u32, width: usize) -> Vec<f64> {
    let mut taken = vec![0.0; width];
    for (at, taken) in taken.iter_mut().enumerate() {
        let (cell, r) = (at / pool.resources, at % pool.resources);
        let mut sizes: Vec<f64> = hosts.iter().filter(|host| host.0 == cell).map(|host| host.1[r]).collect();
        sizes.sort_by(|a, b| b.total_cmp(a));
        *taken = sizes.iter().take(k as usize).sum();
    }
    taken
}

impl PoolWorld {
    /// Whether every cell could carry its own share of a demand of each resource, so that none sends load to another. Each keeps
    /// its share then whatever a demand up to this one is, and room only falls as demand rises.
    #[inline]
    pub(super) fn carries_its_own(&self, capacity: &[f64], demand: impl Fn(usize) -> f64) -> bool {
        self.transfers.edges.is_empty()
            || (self.shares.iter().zip(capacity.chunks_exact(self.resources.max(1))))
                .all(|(share, capacity)| !lacks(*share, could(capacity, &demand)))
    }

    /// The share of demand that each cell carries once cells that lack capacity of any resource have sent load to others.
    #[inline]
    pub(super) fn shares_carried(&self, capacity: &[f64], demand: impl Fn(usize) -> f64) -> Cow<'_, [f64]> {
        if self.carries_its_own(capacity, &demand) {
            return Cow::Borrowed(&self.shares);
        }
        let capacity: Vec<f64> = capacity.chunks_exact(self.resources.max(1)).map(|capacity| could(capacity, &demand)).collect();
        let mut shares = self.shares.clone();
        self.transfers.balance(&capacity, &mut shares);
        Cow::Owned(shares)
    }

    /// Room in whole bought units of one resource under a capacity by cell: how many could go (rounded down), or, negative, how
    /// many must come (rounded away from zero, cell by cell).
    #[inline]
    pub(super) fn room(&self, shares: &[f64], capacity: &[f64], resource: usize, demand: f64) -> i32 {
        let unit = self.bought[resource];
        let (mut least, mut missing) = (f64::INFINITY, 0.0);
        for (cell, share) in shares.iter().enumerate() {
            let left = capacity[cell * self.resources + resource] - demand * share;
            least = least.min(left);
            // A hair of rounding is not a unit short.
            if left < -1e-9 * demand {
                missing += if unit > 0.0 { (-left / unit - 1e-9).ceil() } else { f64::from(MOST_UNITS) };
            }
        }
        if missing > 0.0 {
            return -(missing.min(f64::from(MOST_UNITS)) as i32);
        }
        // none is below 0 here, so that the cast rounds down
        if unit > 0.0 { (least / unit + 1e-9).clamp(0.0, f64::from(MOST_UNITS)) as i32 } else { 0 }
    }
}

/// The share of all demand that a cell could carry.
#[inline]
fn could(capacity: &[f64], demand: impl Fn(usize) -> f64) -> f64 {
    let each = capacity.iter().enumerate().map(|(r, capacity)| (capacity, demand(r)));
    each.filter(|(_, demand)| *demand > 0.0).map(|(capacity, demand)| capacity / demand).fold(f64::INFINITY, f64::min)
}

/// A need that no number of units meets is told as this many.
const MOST_UNITS: i32 = 1_000_000;

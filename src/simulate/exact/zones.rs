//! Servers in zones that fail as a whole, over a time.

use super::capacity::{Capacity, CapacityModel, Outages};
use super::chain::{Chain, explore};
use super::invalid::{Invalid, checked, positive};

/// Alike zones of alike servers, all with exponential failures and repairs. A zone's outage hides its servers, which go on failing
/// and being repaired underneath.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ZonedFleet {
    /// How many zones.
    pub zones: u32,
    /// Servers in each.
    pub servers: u32,
    /// Mean hours to failure and to repair of a server.
    pub server: (f64, f64),
    /// Mean hours to failure and to repair of a zone.
    pub zone: (f64, f64),
}

/// A zone: up, and how many of its servers are.
type ZoneState = (bool, u32);

impl ZonedFleet {
    /// The most states that are tried.
    const LIMIT: usize = 500_000;

    fn check(&self) -> Result<(), Invalid> {
        for hours in [self.server.0, self.server.1, self.zone.0, self.zone.1] {
            positive("mean time to failure or repair", hours)?;
        }
        checked("number of zones", f64::from(self.zones), "at least 1", self.zones > 0)?;
        checked("servers in a zone", f64::from(self.servers), "at least 1", self.servers > 0).map(drop)
    }

    /// Servers reachable in the long run, and how often they fall below each number.
    ///
    /// # Errors
    /// [`Invalid::Number`] for a count of 0 or a time that is not positive.
    pub fn capacity(&self) -> Result<Capacity, Invalid> {
        self.check()?;
        let outages = |(mttf, mttr): (f64, f64)| Outages::alternating(1.0 / mttf, mttr);
        let servers = CapacityModel::Units { count: self.servers, each: 1, outages: outages(self.server)? };
        let zone = CapacityModel::Domain { outages: outages(self.zone)?, within: vec![servers] };
        CapacityModel::All(vec![zone; self.zones as usize]).capacity()
    }

    /// P(at most `level` servers are reachable at some instant of `0..hours`), all up at 0.
    ///
    /// The zones are alike, so that a state is how many zones are in each state, not which; the states at or below the level are one.
    ///
    /// # Errors
    /// As [`Self::capacity`], and [`Invalid::TooManyStates`].
    pub fn p_minimum_at_most(&self, level: u32, hours: f64) -> Result<f64, Invalid> {
        self.check()?;
        if level >= self.zones * self.servers {
            return Ok(1.0);
        }
        let chain = self.above(level)?;
        // the state of shortage is the only one that is never left; it need not be reachable only when all servers suffice
        let short: Vec<bool> = (0..chain.states()).map(|state| chain.exit(state) == 0.0).collect();
        Ok(chain.first_passage(&chain.start(0), &short, hours)?.met)
    }

    /// The chain of what is above the level, from all up; below it the chain stays.
    fn above(&self, level: u32) -> Result<Chain, Invalid> {
        let all_up: Vec<ZoneState> = vec![(true, self.servers); self.zones as usize];
        let next = |state: &Option<Vec<ZoneState>>| {
            let Some(zones) = state else { return Vec::new() };
            let mut to = Vec::new();
            for (z, (up, servers)) in zones.iter().enumerate() {
                let mut pass = |zone: ZoneState, rate: f64| {
                    let mut changed = zones.clone();
                    changed[z] = zone;
                    changed.sort_unstable();
                    let reachable: u32 = changed.iter().filter(|zone| zone.0).map(|zone| zone.1).sum();
                    to.push(((reachable > level).then_some(changed), rate));
                };
                pass((!up, *servers), 1.0 / if *up { self.zone.0 } else { self.zone.1 });
                if *servers > 0 {
                    pass((*up, servers - 1), f64::from(*servers) / self.server.0);
                }
                if *servers < self.servers {
                    pass((*up, servers + 1), f64::from(self.servers - servers) / self.server.1);
                }
            }
            to
        };
        Ok(explore(Some(all_up), Self::LIMIT, next)?.0)
    }
}

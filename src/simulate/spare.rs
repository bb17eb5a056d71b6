//! What several pools have to spare together, future by future: what each has at the same time is summed, never their percentiles.

use std::ops::Range;

use rayon::prelude::*;

use super::redraw::Weather;
use super::replicate::{Future, PoolRun};
use super::reserve::Reserves;
use super::{Error, World};
use crate::observe::Observer;
use crate::paths::SamplePaths;
use crate::scenario::Scenario;
use crate::stream::Stream;

/// Pools, or their parts in some zones, whose spare capacity of a resource is told together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Together {
    /// The resource.
    pub resource: String,
    /// Places in the model's list of pools.
    pub pools: Vec<usize>,
    /// Only what stands in these zones, and the load that it carries; `None`: all of them.
    pub zones: Option<Vec<String>>,
}

/// Usable capacity less demand of such pools, over all futures. Matrices stand as in [`super::Outcomes`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Spare {
    /// The least of the month, by replication and month, at each day's planned level with everything up.
    pub all_up: Vec<f64>,
    /// The same with the declared redundancy of each pool lost.
    pub reserve: Vec<f64>,
    /// Days after the start on which it is first below nothing, and stays so for the confirmation span. By replication.
    pub exhaustion: Vec<Option<u32>>,
    /// The same with the declared redundancy lost.
    pub reserve_exhaustion: Vec<Option<u32>>,
}

impl Spare {
    /// The replications of `later` after these.
    pub fn join(&mut self, later: Self) {
        self.all_up.extend(later.all_up);
        self.reserve.extend(later.reserve);
        self.exhaustion.extend(later.exhaustion);
        self.reserve_exhaustion.extend(later.reserve_exhaustion);
    }
}

/// Spare capacity of each of `together`, in some of the futures that [`super::run`] plays: the first row of `paths` is the demand of the
/// first of them.
///
/// A pool's demand is carried by its zones as its routing says: in shares of what they have where it is shared, and in the pinned shares
/// otherwise. Of a reserve each zone is left the share that it has of the whole.
///
/// # Errors
/// See [`World::build`]; [`Error::Interrupted`] when the observer asks to stop.
pub fn spare(
    scenario: &Scenario,
    paths: &SamplePaths,
    futures: Range<u32>,
    stream: Stream,
    together: &[Together],
    observer: &dyn Observer,
) -> Result<Vec<Spare>, Error> {
    let scenario = &Scenario { replications: futures.len() as u32, ..scenario.clone() };
    let whole = World::build(scenario, paths)?;
    let one = |r: u32| {
        if observer.interrupted() {
            return Err(Error::Interrupted);
        }
        let own = whole.of_future(scenario, paths, stream, r)?;
        let world = own.as_ref().unwrap_or(&whole);
        let future = Future::new(world, paths, r, Weather::of(stream).from(futures.start));
        let runs: Vec<PoolRun<'_>> = world.pools.iter().map(|pool| PoolRun::new(world, pool, paths, &future)).collect();
        Ok(together.iter().map(|of| Sums::of(world, &runs, of).seen(world)).collect::<Vec<Seen>>())
    };
    let seen = futures.clone().into_par_iter().map(one).collect::<Result<Vec<_>, Error>>()?;
    let mut all = vec![Spare::default(); together.len()];
    for future in seen {
        for (spare, seen) in all.iter_mut().zip(future) {
            spare.all_up.extend(seen.least[0].iter());
            spare.reserve.extend(seen.least[1].iter());
            spare.exhaustion.push(seen.crossed[0]);
            spare.reserve_exhaustion.push(seen.crossed[1]);
        }
    }
    Ok(all)
}

/// By day: spare capacity with everything up, and with redundancy lost.
struct Sums {
    days: [Vec<f64>; 2],
    /// Less than this share of capacity is rounding.
    hair: f64,
}

struct Seen {
    least: [Vec<f64>; 2],
    crossed: [Option<u32>; 2],
}

impl Sums {
    fn of(world: &World, runs: &[PoolRun<'_>], together: &Together) -> Self {
        let mut sums = Self { days: [vec![0.0; world.days], vec![0.0; world.days]], hair: 0.0 };
        for p in &together.pools {
            let resource = world.names[*p].1.iter().position(|name| *name == together.resource);
            if let Some(resource) = resource {
                sums.add(world, &runs[*p], resource, together.zones.as_deref());
            }
        }
        sums
    }

    fn add(&mut self, world: &World, run: &PoolRun<'_>, r: usize, zones: Option<&[String]>) {
        let pool = run.pool;
        let kept = |zone: usize| zones.is_none_or(|zones| zones.contains(&pool.zone_names[zone]));
        let pinned: f64 =
            (0..pool.shares.len()).filter(|cell| pool.shares.len() > 1 && kept(*cell)).map(|c| pool.shares[c]).sum();
        let mut reserves = Reserves::default();
        reserves.install(pool, &run.in_force, world.days);
        let installed = reserves.installed();
        for (at, (first, place)) in installed.iter().enumerate() {
            let end = installed.get(at + 1).map_or(world.days, |next| next.0);
            let now = reserves.kept(*place);
            let total = |capacity: &[f64]| capacity.iter().skip(r).step_by(pool.resources).sum::<f64>();
            let all = total(&now.all_up);
            let left = now.reserve.iter().map(|left| total(left)).fold(f64::INFINITY, f64::min);
            let here: f64 = match zones {
                None => all,
                Some(_) => now.by_zone.iter().enumerate().filter(|(zone, _)| kept(*zone)).map(|(_, of)| of[r]).sum(),
            };
            let share = if all > 0.0 { here / all } else { 0.0 };
            let carried = match zones {
                None => 1.0,
                Some(_) if pool.shares.len() > 1 => pinned,
                Some(_) => share,
            };
            self.hair = self.hair.max(1e-9 * here);
            let [up, reserve] = &mut self.days;
            for (day, level) in run.levels[r][*first..end].iter().enumerate() {
                let demand = level * carried;
                up[first + day] += here - demand;
                reserve[first + day] += left * share - demand;
            }
        }
    }

    fn seen(&self, world: &World) -> Seen {
        let least = |days: &Vec<f64>| {
            let mut least = vec![f64::INFINITY; world.months.len()];
            for (spare, month) in days.iter().zip(&world.month_of) {
                least[*month] = least[*month].min(*spare);
            }
            least
        };
        let crossed = |days: &Vec<f64>| {
            let mut over = 0;
            let first = days.iter().position(|spare| {
                over = if *spare < -self.hair { over + 1 } else { 0 };
                over == world.confirmation_days
            });
            first.map(|day| (day + 1 - world.confirmation_days) as u32)
        };
        Seen { least: [0, 1].map(|i| least(&self.days[i])), crossed: [0, 1].map(|i| crossed(&self.days[i])) }
    }
}

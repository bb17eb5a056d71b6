//! Levels of demand in the futures of a scenario, its changes applied.

use rayon::prelude::*;

use super::redraw::Weather;
use super::replicate::{Future, PoolRun};
use super::{Error, World};
use crate::paths::SamplePaths;
use crate::scenario::Scenario;
use crate::stream::Stream;

/// The paths as the futures of [`super::run`] have them under `scenario`: growth, launches and gains in efficiency of each future applied
/// to the first day of every step. Without such changes the same paths.
///
/// # Errors
/// See [`World::build`].
pub fn levels(scenario: &Scenario, paths: &SamplePaths, stream: Stream) -> Result<SamplePaths, Error> {
    let whole = World::build(scenario, paths)?;
    let mut changed = paths.clone();
    let (steps, step_days) = (paths.steps, paths.step_days as usize);
    let change = |(r, row): (usize, &mut [f64])| {
        let r = r as u32;
        let own = whole.of_future(scenario, paths, stream, r)?;
        let world = own.as_ref().unwrap_or(&whole);
        let future = Future::new(world, paths, r, Weather::of(stream));
        for pool in &world.pools {
            let run = PoolRun::new(world, pool, paths, &future);
            for (series, levels) in pool.series.iter().zip(&run.levels) {
                let told = &mut row[series * steps..(series + 1) * steps];
                told.iter_mut().zip(levels.iter().step_by(step_days)).for_each(|(told, level)| *told = *level);
            }
        }
        Ok::<(), Error>(())
    };
    let width = (paths.series.len() * steps).max(1);
    changed.values.par_chunks_mut(width).enumerate().try_for_each(change)?;
    Ok(changed)
}

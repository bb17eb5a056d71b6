//! Unit-hours missing: the one measure of shortfall that regret and the value of information have a price for.

use super::Error;
use crate::model::{Model, Pool};
use crate::simulate::{PoolOutcomes, safe_load_line};

/// What one unit to buy carries of each resource of a pool under its line.
pub(super) fn carries(model: &Model, pool: &Pool) -> Result<Vec<f64>, crate::simulate::Error> {
    let unit = model.catalog.get(&pool.buys);
    let each = pool.demands.iter().map(|demand| {
        let capacity = unit.and_then(|unit| unit.capacity.get(&demand.resource)).copied().unwrap_or(0.0);
        Ok(capacity * safe_load_line(&demand.line)?.value)
    });
    each.collect()
}

/// Of every pool.
pub(super) fn carries_of_all(model: &Model) -> Result<Vec<Vec<f64>>, Error> {
    Ok(model.pools.iter().map(|pool| carries(model, pool)).collect::<Result<_, _>>()?)
}

/// Adds to `hours` of the first futures the unit-hours missing over the horizon: amount unserved ÷ what one unit to buy carries, of the
/// resource that lacks most in the month, summed over months.
pub(super) fn add_unit_hours(hours: &mut [f64], carries: &[f64], seen: &PoolOutcomes, months: usize) {
    for (r, hours) in hours.iter_mut().enumerate() {
        for at in r * months..(r + 1) * months {
            let of =
                |(unserved, carries): (&Vec<f32>, &f64)| if *carries > 0.0 { f64::from(unserved[at]) / carries } else { 0.0 };
            *hours += seen.unserved.iter().zip(carries).map(of).fold(0.0, f64::max);
        }
    }
}

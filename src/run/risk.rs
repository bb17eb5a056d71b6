//! The risk of a model as it stands, without a plan: pools that do not meet are sampled and simulated a few at a time, so that memory
//! does not grow with their number.

use super::pipeline::{Past, Prepared, Request, wanted};
use crate::error::Error;
use crate::forecast::{self, Choice, Learned};
use crate::model::Pool;
use crate::observe::Observer;
use crate::paths::SamplePaths;
use crate::report::{Risk, Table};
use crate::scenario::{Override, Scenario};
use crate::simulate::{self, Outcomes, adequacy, answer};

/// Paths of pools that are worked on at once take about so much memory.
const BYTES_AT_ONCE: u64 = 600_000_000;

impl Prepared {
    /// The tables `adequacy`, `survival` and `rare` of `base`, with the orders as declared.
    ///
    /// # Errors
    /// When the history does not carry the horizon, a pool cannot be simulated, the paths are too large, or on interruption.
    pub fn risk(&self, request: &Request, past: &Past, observer: &dyn Observer) -> Result<Vec<Table>, Error> {
        self.risk_by(BYTES_AT_ONCE, request, past, observer)
    }

    fn risk_by(&self, at_once: u64, request: &Request, past: &Past, observer: &dyn Observer) -> Result<Vec<Table>, Error> {
        let mut risk = Risk::default();
        let Some(base) = self.scenarios(past).into_iter().next().filter(|base| request.outcomes.is_none() && is_apart(base))
        else {
            let futures = self.futures(past, Choice::Auto, observer)?;
            let outcomes = self.settle_outcomes(request, &futures, observer)?;
            let (base, seen) = (&futures.scenarios[0], &outcomes[0]);
            self.add(&mut risk, base, &futures.forecasts.paths, seen)?;
            return Ok(risk.tables());
        };
        let pools = &base.model.pools;
        let most = base.model.most_demands();
        self.fits(most)?;
        let group = ((at_once / self.bytes_of(most).max(1)) as usize).clamp(1, pools.len().max(1));
        let (options, stream) = (self.forecast_options(past, Choice::Auto), self.root().named("demand"));
        let learned = forecast::learn(&past.panel, &wanted(&base.model), &options, stream, observer)?;
        for some in pools.chunks(group) {
            let scenario = base.about(some.to_vec());
            let paths = learned.paths(&places(&learned, some));
            let seen = simulate::run(&scenario, &paths, self.root().named("world"), observer)?;
            self.add(&mut risk, &scenario, &paths, &seen)?;
        }
        Ok(risk.tables())
    }

    fn add(&self, risk: &mut Risk, base: &Scenario, paths: &SamplePaths, seen: &Outcomes) -> Result<(), Error> {
        let world = self.root().named("world");
        let measured = adequacy(base, paths, seen, world)?;
        let answers = answer(base, paths, base.as_of.plus(1), world)?;
        risk.add(&base.model, seen, &measured, answers);
        Ok(())
    }
}

/// Whether what a pool sees depends on nothing that is another's (no crew, no shared work, no move of load, no demand that is stated by
/// uncertain numbers), and on no choice of what it buys. Other uncertain numbers are the same for all pools of a future.
pub(super) fn is_apart(base: &Scenario) -> bool {
    let moves = base.overrides.iter().any(|change| matches!(change, Override::Migration { .. }));
    let settled = base.model.pools.iter().all(|pool| pool.or_buys.is_empty());
    let stated = base.model.uncertain.iter().any(|number| number.place.is_demand());
    settled && !base.model.pools_meet() && !stated && !moves
}

/// Where the demands of some pools stand among all.
pub(super) fn places(learned: &Learned, pools: &[Pool]) -> Vec<usize> {
    let of = |key: &crate::series::SeriesKey| key.pool().is_some_and(|name| pools.iter().any(|pool| pool.name == name));
    learned.series().iter().enumerate().filter(|(_, series)| of(&series.key)).map(|(place, _)| place).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::observe::Silent;
    use crate::run::Overrides;

    #[test]
    fn pools_a_few_at_a_time_are_at_the_risk_that_the_report_tells() {
        let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/webshop");
        let overrides = Overrides { replications: Some(130), horizon_days: Some(150), ..Overrides::default() };
        let request = Request { model, runs: "runs".into(), overrides, again: true, outcomes: None };
        let prepared = Prepared::load(&request, &Silent).unwrap();
        let past = prepared.past(&Silent).unwrap();
        let decided = prepared.decide(&request, &past, &mut |_| (), &Silent).unwrap();
        let report = prepared.report(&past, &decided);
        assert!(is_apart(&decided.scenarios[0]), "this model proves nothing");
        for at_once in [1, 2 * prepared.bytes_of(2), u64::MAX] {
            let tables = prepared.risk_by(at_once, &request, &past, &Silent).unwrap();
            assert!(tables.len() >= 2);
            for table in tables {
                let told = report.tables.iter().find(|one| one.id == table.id).unwrap();
                assert_eq!(*told, table, "{at_once} at once");
            }
        }
    }
}

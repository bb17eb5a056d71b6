//! From the past to the decision: all pools at once, or, where they share nothing, a few at a time, so that memory does not grow with their
//! number.

use std::borrow::Cow;
use std::ops::Range;

use super::pipeline::{Again, MOST_BYTES, Past, Prepared, Request, wanted};
use super::risk::{is_apart, places};
use crate::error::Error;
use crate::forecast::{self, Choice, Learned};
use crate::model::Bounds;
use crate::observe::{Event, Observer};
use crate::paths::{Forecast, SamplePaths};
use crate::plan::{self, Ledger, Plan};
use crate::problem::Problem;
use crate::report::gate::{Asked, Sight};
use crate::scenario::{LOSSES, Scenario};
use crate::simulate;
use crate::time::Month;

/// Pools that are planned for at once, with all that is simulated for them, take about so much memory.
pub(super) const BYTES_AT_ONCE: u64 = 300_000_000;
/// Simulations of a pool that are kept while orders are searched for, about, beside those of the scenarios.
const KEPT: usize = 24;

/// What was decided, and on which forecasts.
#[derive(Debug, Clone)]
pub struct Decided {
    /// The forecasts by pool and resource.
    pub forecasts: Vec<Forecast>,
    /// The scenarios, `base` first; each pool buys one unit.
    pub scenarios: Vec<Scenario>,
    /// The decision.
    pub plan: Plan,
    /// What the gates ask of pools.
    pub(super) asked: Asked,
}

impl Prepared {
    /// Forecasts, simulates and decides; `lap` is told of each stage when it is done.
    ///
    /// # Errors
    /// Whatever stops a stage: see [`Prepared::futures`], [`Prepared::settle_outcomes`], [`Prepared::plan`].
    pub fn decide(
        &self,
        request: &Request,
        past: &Past,
        lap: &mut dyn FnMut(&str),
        observer: &dyn Observer,
    ) -> Result<Decided, Error> {
        self.decide_by((BYTES_AT_ONCE, MOST_BYTES), request, past, lap, observer)
    }

    fn decide_by(
        &self,
        bytes: (u64, u64),
        request: &Request,
        past: &Past,
        lap: &mut dyn FnMut(&str),
        observer: &dyn Observer,
    ) -> Result<Decided, Error> {
        let scenarios = self.scenarios(past);
        let together = together(bytes, &scenarios).filter(|_| request.outcomes.is_none());
        if let Some(together) = together {
            return self.decide_in_turn(
                (together, bytes.0),
                scenarios,
                (past, request.overrides.gates.confidence),
                lap,
                observer,
            );
        }
        let futures = self.futures(past, Choice::Auto, observer)?;
        lap("forecast");
        let outcomes = self.settle_outcomes(request, &futures, observer)?;
        lap("simulate");
        let plan = self.plan(&futures, &outcomes, observer)?;
        let (scenarios, mut forecasts) = (futures.scenarios, futures.forecasts.series);
        self.with_committed(&mut forecasts, &scenarios, &futures.forecasts.paths)?;
        let mut asked = Asked::default();
        let sight = Sight {
            scenarios: &scenarios,
            outcomes: &outcomes,
            pools: &plan.pools,
            forecasts: &forecasts,
            confidence: request.overrides.gates.confidence,
        };
        asked.look(&self.gates, self.model(), &sight);
        lap("plan");
        Ok(Decided { forecasts, scenarios, plan, asked })
    }

    /// Says of demand what is committed too: it comes in every future that is planned for.
    fn with_committed(&self, forecasts: &mut [Forecast], scenarios: &[Scenario], paths: &SamplePaths) -> Result<(), Error> {
        let committed = self.declared.scenarios.iter().filter(|one| one.committed).map(|one| one.name.as_str());
        let (names, Some(base)) = (committed.collect::<Vec<_>>().join(", "), scenarios.first()) else { return Ok(()) };
        if !names.is_empty() {
            let levels = simulate::levels(base, paths, self.root().named("world"))?;
            forecast::retold(forecasts, &levels, &format!("with {names} committed"));
        }
        Ok(())
    }

    fn decide_in_turn(
        &self,
        (together, at_once): (usize, u64),
        scenarios: Vec<Scenario>,
        (past, confidence): (&Past, f64),
        lap: &mut dyn FnMut(&str),
        observer: &dyn Observer,
    ) -> Result<Decided, Error> {
        let model = self.model();
        self.fits(model.most_demands())?;
        let (options, world) = (self.forecast_options(past, Choice::Auto), self.root().named("world"));
        let learned = forecast::learn(&past.panel, &wanted(model), &options, self.root().named("demand"), observer)?;
        lap("forecast");
        let (mut ledger, mut asked, mut forecasts) = (Ledger::new(&scenarios, world), Asked::default(), Vec::new());
        let (stage, quiet) = ("plan pools", Quiet(observer));
        observer.on(&Event::Started { stage, work: model.pools.len() as u64 });
        for pools in model.pools.chunks(together) {
            let some: Vec<Scenario> = scenarios.iter().map(|scenario| scenario.about(pools.to_vec())).collect();
            let mut told = learned.forecasts(&places(&learned, pools));
            lap("forecast");
            let each = some.iter().map(|scenario| simulate::run(scenario, &told.paths, world, &quiet));
            let outcomes = each.collect::<Result<Vec<_>, _>>()?;
            lap("simulate");
            let again = Again { told: &told, stream: self.root().named("demand again") };
            let decided = ledger.add(&some, &told.paths, &outcomes, Some(&again), &quiet)?;
            self.with_committed(&mut told.series, &some, &told.paths)?;
            let sight = Sight { scenarios: &some, outcomes: &outcomes, pools: decided, forecasts: &told.series, confidence };
            asked.look(&self.gates, model, &sight);
            forecasts.extend(told.series);
            observer.on(&Event::Advanced { stage, parts: pools.len() as u64 });
            lap("plan");
        }
        observer.on(&Event::Finished { stage });
        let mut plan = ledger.plan().map_err(|error| self.planned_apart(error))?;
        plan.roll_ups = self.roll_ups(at_once, (&scenarios[0], &plan.months), &learned, observer)?;
        lap("plan");
        forecasts.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(Decided { forecasts, scenarios, plan, asked })
    }

    /// What to do about a limit that pools planned in turn share.
    fn planned_apart(&self, error: plan::Error) -> Error {
        let plan::Error::SharedLimit(_) = &error else { return error.into() };
        let together = self.futures_in(MOST_BYTES, self.model().demands());
        let problem = Problem::new(error.slug(), &self.declared.path, error.to_string());
        Error::Problems(vec![problem.help(format!("{together} `replications` or fewer: all pools are then planned together"))])
    }

    /// Sums over pools need all pools of a future, but not all futures.
    fn roll_ups(
        &self,
        at_once: u64,
        (base, months): (&Scenario, &[Month]),
        learned: &Learned,
        observer: &dyn Observer,
    ) -> Result<Vec<plan::RollUp>, Error> {
        let all: Vec<usize> = (0..learned.series().len()).collect();
        let at_once = self.futures_in(at_once, all.len());
        let paths = |futures: Range<u32>| Cow::Owned(learned.paths_of(&all, futures));
        Ok(plan::roll_ups_by(base, &paths, at_once, months, self.root().named("world"), observer)?)
    }
}

/// How many pools of the scenarios are planned for at once; `None`: all. Pools that share a limit or budget are planned in turn only where
/// the paths of all take more than `most`.
pub(super) fn together((at_once, most): (u64, u64), scenarios: &[Scenario]) -> Option<usize> {
    let model = &scenarios.first()?.model;
    let together = (at_once / bytes_of_a_pool(scenarios).max(1)).max(1) as usize;
    let limited = model.catalog.values().any(|unit| unit.limit.is_some()) || model.bounds != Bounds::default();
    let wanted = together < model.pools.len() && (!limited || bytes_of_paths(&scenarios[0], model.demands()) > most);
    (wanted && scenarios.iter().all(is_apart)).then_some(together)
}

/// Bytes that the paths of so many demands take.
pub(super) fn bytes_of_paths(scenario: &Scenario, demands: usize) -> u64 {
    SamplePaths::bytes(scenario.replications, scenario.horizon_days, demands)
}

/// Bytes that one pool takes while it is planned for: its paths, and what it saw in every simulation that is kept.
fn bytes_of_a_pool(scenarios: &[Scenario]) -> u64 {
    let Some(base) = scenarios.first() else { return 0 };
    let most = base.model.most_demands();
    let months = Month::spanning(base.as_of.plus(1), base.as_of.plus(base.horizon_days as i32)).len();
    // hours, room, reserve; unserved and room by resource; survival; two crossings
    let seen = months * (4 + 4 + 4 + 8 * most + LOSSES.len()) + 16;
    bytes_of_paths(base, most) + u64::from(base.replications) * (seen * (scenarios.len() + KEPT)) as u64
}

/// Asks whether to go on, and tells nothing.
struct Quiet<'a>(&'a dyn Observer);

impl Observer for Quiet<'_> {
    fn on(&self, _event: &Event<'_>) {}

    fn interrupted(&self) -> bool {
        self.0.interrupted()
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a shipped model is read")]
mod tests {
    use std::path::Path;

    use serde_json::Value;

    use super::*;
    use crate::observe::Silent;
    use crate::run::{Gates, Overrides};

    /// Equal but for rounding.
    fn alike(one: &Value, other: &Value) -> bool {
        match (one, other) {
            (Value::Number(one), Value::Number(other)) => {
                let (one, other) = (one.as_f64().unwrap(), other.as_f64().unwrap());
                (one - other).abs() <= 1e-9 * one.abs().max(other.abs()) + 1e-12
            }
            (Value::Array(one), Value::Array(other)) => {
                one.len() == other.len() && one.iter().zip(other).all(|(one, other)| alike(one, other))
            }
            (Value::Object(one), Value::Object(other)) => {
                one.len() == other.len() && one.iter().all(|(key, one)| other.get(key).is_some_and(|other| alike(one, other)))
            }
            _ => one == other,
        }
    }

    /// The web shop planned by one pool, by two, and by all: every number of the report.
    fn same_by_any_pools(text: Option<String>, horizon_days: u32) {
        let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/webshop");
        let gates = Gates {
            fail_if: vec!["any_pool(p_shortfall > 0.05) and pool.checkout.order_by < today + 90 d".to_owned()],
            warn_if: vec!["scenario.zone-lost.all_pools(p_shortfall < 0.5)".to_owned()],
            ..Gates::default()
        };
        let (replications, horizon_days) = (Some(210), Some(horizon_days));
        let overrides = Overrides { replications, horizon_days, gates, text, ..Overrides::default() };
        let request = Request { model, runs: "runs".into(), overrides, again: true, outcomes: None };
        let prepared = Prepared::load(&request, &Silent).unwrap();
        let past = prepared.past(&Silent).unwrap();
        let scenarios = prepared.scenarios(&past);
        let a_pool = bytes_of_a_pool(&scenarios);
        let told = |at_once: u64, pools: Option<usize>| {
            assert_eq!(together((at_once, 0), &scenarios), pools);
            let decided = prepared.decide_by((at_once, 0), &request, &past, &mut |_| (), &Silent).unwrap();
            let mut report = prepared.report(&past, &decided);
            prepared.judge(&request, &decided, &crate::report::gate::Memory::default()).unwrap().add_to(&mut report);
            serde_json::to_value(report).unwrap()
        };
        let whole = told(u64::MAX, None);
        let schedule = whole["tables"].as_array().unwrap().iter().find(|table| table["id"] == "schedule").unwrap();
        assert!(schedule["rows"].as_array().unwrap().len() > 1, "nothing is ordered: this model proves nothing");
        for (at_once, pools) in [(1, 1), (2 * a_pool, 2)] {
            let some = told(at_once, Some(pools));
            for (key, whole) in whole.as_object().unwrap() {
                let (Value::Array(all), Value::Array(some)) = (whole, &some[key]) else {
                    assert!(alike(whole, &some[key]), "{key}: {whole}\n{}", some[key]);
                    continue;
                };
                assert_eq!(all.len(), some.len(), "{key}");
                for (one, other) in all.iter().zip(some) {
                    assert!(alike(one, other), "{pools} at once: {key}: {one}\n{other}");
                }
            }
        }
    }

    #[test]
    fn pools_a_few_at_a_time_are_decided_as_all_at_once() {
        same_by_any_pools(None, 450);
    }

    #[test]
    fn numbers_that_are_uncertain_for_all_pools_are_the_same_for_a_few() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/webshop/model.toml");
        let text = std::fs::read_to_string(path).unwrap();
        let uncertain = text.replace("purchase = 9200", "purchase = { p10 = 8000, p50 = 9200, p90 = 12_000 }").replacen(
            "line = 0.75",
            "line = { law = \"triangular\", low = 0.7, mode = 0.75, high = 0.8 }",
            1,
        );
        assert_ne!(text, uncertain);
        same_by_any_pools(Some(uncertain), 400);
    }

    #[test]
    fn pools_in_turn_are_refused_where_all_orders_break_a_limit_that_each_keeps() {
        let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/webshop");
        let run = |set: Vec<String>| {
            let overrides = Overrides { replications: Some(200), horizon_days: Some(450), set, ..Overrides::default() };
            let request = Request { model: model.clone(), runs: "runs".into(), overrides, again: true, outcomes: None };
            let prepared = Prepared::load(&request, &Silent).unwrap();
            let past = prepared.past(&Silent).unwrap();
            (prepared.decide_by((1, 0), &request, &past, &mut |_| (), &Silent), prepared, past)
        };
        let (decided, prepared, past) = run(Vec::new());
        let plan = decided.unwrap().plan;
        let ordered: Vec<u32> =
            plan.pools.iter().map(|pool| pool.options[pool.chosen].units()).filter(|units| *units > 0).collect();
        assert!(ordered.len() > 1, "this model proves nothing: {ordered:?}");
        let end = past.as_of.plus(450);
        let groups = prepared.model().pools.iter().flat_map(|pool| &pool.groups);
        let have: u32 = groups.filter(|group| group.unit == "m8").map(|group| group.units_on(end)).sum();
        let limit = have + ordered.iter().sum::<u32>() - 1;
        let refused = run(vec![format!("unit.m8.limit={limit}")]).0.unwrap_err();
        assert_eq!(refused.slug(), "plan/shared-limit", "{refused}");
        assert!(refused.to_string().contains("limit of m8"), "{refused}");
    }
}

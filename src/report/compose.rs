//! The findings: sentences with their numbers, intervals and evidence, in the order of the planner's twelve questions.

use super::charts::{self, binding_forecast, crossing_words, first_to_cross, worst_of};
use super::tables::{self, chosen, recent_peak};
use super::{Finding, Provenance, Report, SCHEMA, Section, Weight, format};
use crate::paths::Forecast;
use crate::plan::{OrderBy, Plan, PoolPlan};
use crate::scenario::Scenario;
use crate::series::{Panel, Severity};
use crate::simulate::rare::Warning;
use crate::simulate::{Answered, Outcomes};
use crate::stats::Estimate;

/// What a report is made of.
#[derive(Debug, Clone)]
pub struct Evidence<'a> {
    /// The questions, `base` first.
    pub scenarios: &'a [Scenario],
    /// The past, with what was wrong with it.
    pub panel: &'a Panel,
    /// The forecasts by pool and resource.
    pub forecasts: &'a [Forecast],
    /// What happened in the simulated futures, by scenario.
    pub outcomes: &'a [Outcomes],
    /// The decision.
    pub plan: &'a Plan,
    /// How to get the same numbers again.
    pub provenance: Provenance,
}

/// Says everything about a run.
#[must_use]
pub fn compose(evidence: &Evidence<'_>) -> Report {
    let sections = vec![
        data(evidence),
        now(evidence),
        demand(evidence),
        exhaustion(evidence),
        survival(evidence),
        orders(evidence),
        cost(evidence),
        what_if(evidence),
        why_not(evidence),
        provenance(evidence),
    ];
    let base = evidence.scenarios.first();
    Report {
        schema: SCHEMA.to_owned(),
        model: base.map_or_else(String::new, |scenario| scenario.model.name.clone()),
        question: base.map_or_else(String::new, |scenario| scenario.model.question.clone()),
        as_of: evidence.plan.today.plus(-1),
        horizon_days: base.map_or(0, |scenario| scenario.horizon_days),
        within_rule: evidence.plan.as_declared_within_rule(),
        summary: summary(evidence),
        sections,
        tables: tables::all(evidence),
        charts: charts::all(evidence),
        provenance: evidence.provenance.clone(),
        gates: None,
    }
}

fn finding(sentence: String, weight: Weight, method: &str, evidence: &str) -> Finding {
    Finding {
        sentence,
        pool: None,
        weight,
        value: None,
        low: None,
        high: None,
        interval: None,
        method: method.to_owned(),
        evidence: Some(evidence.to_owned()),
    }
}

impl Finding {
    fn of(self, pool: &str) -> Self {
        Self { pool: Some(pool.to_owned()), ..self }
    }

    fn number(self, value: f64, low: f64, high: f64, interval: &str) -> Self {
        Self { value: Some(value), low: Some(low), high: Some(high), interval: Some(interval.to_owned()), ..self }
    }

    fn estimate(self, estimate: Estimate) -> Self {
        let half = 1.96 * estimate.standard_error;
        self.number(estimate.value, estimate.value - half, estimate.value + half, "95 % confidence, Monte Carlo")
    }
}

fn section(number: u8, id: &str, question: &str, findings: Vec<Finding>) -> Section {
    Section {
        number,
        id: id.to_owned(),
        question: question.to_owned(),
        findings,
        tables: Vec::new(),
        charts: Vec::new(),
        caveats: Vec::new(),
    }
}

impl Section {
    fn show(mut self, charts: &[&str], tables: &[&str]) -> Self {
        self.charts = charts.iter().map(|id| (*id).to_owned()).collect();
        self.tables = tables.iter().map(|id| (*id).to_owned()).collect();
        self
    }

    fn beware(mut self, caveats: &[&str]) -> Self {
        self.caveats.extend(caveats.iter().map(|caveat| (*caveat).to_owned()));
        self
    }
}

/// The three sentences that matter: when, what to order, at which risk.
fn summary(evidence: &Evidence<'_>) -> Vec<String> {
    let plan = evidence.plan;
    let end = format::day(plan.end);
    let when = first_to_cross(evidence).and_then(|(pool, found)| {
        let words = crossing_words(found, plan.end)?;
        let lost = if pool.reserve_exhaustion.is_some() { ", its redundancy kept in reserve" } else { "" };
        Some(format!("{} is first to cross its safe-load line{lost}: {words}.", pool.pool))
    });
    let when = when.unwrap_or_else(|| format!("No pool is likely to cross its safe-load line before {end}."));
    vec![when, order_sentence(evidence), risk_sentence(evidence)]
}

fn order_sentence(evidence: &Evidence<'_>) -> String {
    let plan = evidence.plan;
    let mut orders: Vec<_> =
        plan.pools.iter().flat_map(|pool| chosen(pool).orders.iter().map(move |order| (order.order_by, pool, order))).collect();
    orders.sort_by_key(|(day, ..)| *day);
    let Some((day, pool, first)) = orders.first() else {
        return format!("Nothing has to be ordered before {}.", format::day(plan.end));
    };
    let units: u32 = orders.iter().map(|(_, _, order)| order.units).sum();
    let late = orders.iter().filter(|(.., order)| order.overdue).count();
    let late = if late > 0 { format!(" {late} should have been placed already.") } else { String::new() };
    let what = format::units(first.units, &first.unit);
    let (cost, by) = (format::money(plan.cost(), &plan.currency), format::day(*day));
    if orders.len() == 1 {
        return format!("Order {what} for {}, {cost}, by {by}.{late}", pool.pool);
    }
    format!("Order {units} units in {} orders for {cost}, the first ({what} for {}) by {by}.{late}", orders.len(), pool.pool)
}

fn risk_sentence(evidence: &Evidence<'_>) -> String {
    let plan = evidence.plan;
    let declared: Vec<_> = plan
        .pools
        .iter()
        .map(|pool| (pool.pool.clone(), pool.adequacy.months.iter().map(|month| month.lolp.estimate).collect()))
        .collect();
    let chosen: Vec<_> = plan
        .pools
        .iter()
        .map(|pool| (pool.pool.clone(), chosen(pool).risk[pool.first_month.min(plan.months.len() - 1)..].to_vec()))
        .collect();
    let (Some((pool, month, before)), Some((_, _, after))) = (worst_of(&declared), worst_of(&chosen)) else {
        return "There is no pool to plan for.".to_owned();
    };
    format!(
        "As declared, {pool} falls short in {} with a chance of {} ({}); with these orders no month that they can still help is above {} (accepted: {}).",
        format::month(plan.months[month]),
        format::percent(before.value),
        format::chance(before.value),
        format::percent(after.value),
        format::percent(plan.accepted)
    )
}

fn data(evidence: &Evidence<'_>) -> Section {
    let quality = &evidence.panel.quality;
    let (rows, series) = (quality.iter().map(|one| one.rows).sum::<u64>(), quality.len());
    let read = format!("{} rows were read into {series} series of demand.", format::number(rows as f64));
    let mut findings = vec![finding(read, Weight::Good, "counted while reading", "quality")];
    for one in quality {
        for remark in one.remarks.iter().filter(|remark| remark.severity == Severity::Warning) {
            findings.push(finding(
                format!("{} ({}): {}", one.series, one.source, remark.text),
                Weight::Watch,
                "checked while reading",
                "quality",
            ));
        }
    }
    let sums = |pick: &dyn Fn(&crate::series::Quality) -> u64| quality.iter().map(pick).sum::<u64>();
    let counts = [
        ("bins without any value", sums(&|one| one.gap_bins)),
        ("bins with a missing entity", sums(&|one| one.partial_bins)),
        ("duplicate rows", sums(&|one| one.duplicates)),
        ("rows out of order", sums(&|one| one.out_of_order)),
        ("counter resets", sums(&|one| one.counter_resets)),
        ("saturated samples", sums(&|one| one.saturated)),
        ("invalid values", sums(&|one| one.invalid)),
    ];
    let some: Vec<String> =
        counts.iter().filter(|(_, n)| *n > 0).map(|(what, n)| format!("{} {what}", format::number(*n as f64))).collect();
    let found = if some.is_empty() {
        "No gap, duplicate or reset was found.".to_owned()
    } else {
        format!("Found and handled: {}.", some.join(", "))
    };
    findings.push(finding(found, Weight::Good, "counted while reading", "quality"));
    let mut section = section(1, "data", "Can I trust the data?", findings).show(&[], &["quality"]);
    if quality.iter().any(|one| one.averaged) {
        section
            .caveats
            .push("Sources marked as averaged hide the peaks within their step; demand by the minute was higher.".to_owned());
    }
    section
}

fn now(evidence: &Evidence<'_>) -> Section {
    let each = evidence.plan.pools.iter().map(|pool| {
        let binding = &pool.now.binding;
        let line = pool.lines.iter().find(|line| line.resource == *binding);
        let used = line.and_then(|line| {
            let peak = recent_peak(evidence, &pool.pool, binding)?;
            let safe = line.capacity * line.ratio;
            Some(format!(": {} of {} in the last 28 days", format::amount(peak, &line.unit), format::amount(safe, &line.unit)))
        });
        let (room, reserve) = (pool.now.all_up, pool.now.reserve);
        let words =
            |n: i32| if n < 0 { format!("{} × {} missing", -n, pool.unit) } else { format!("{n} × {} to spare", pool.unit) };
        let guarded = if pool.reserve_exhaustion.is_some() {
            format!("; with its redundancy lost {}", words(reserve.p50))
        } else {
            String::new()
        };
        let sentence = format!(
            "{}: {binding} binds{}; in {} {} with everything up{guarded} (median future).",
            pool.pool,
            used.unwrap_or_default(),
            format::month(pool.now.month),
            words(room.p50)
        );
        let weight = if reserve.p50 < 0 {
            Weight::Act
        } else if reserve.p10 < 0 {
            Weight::Watch
        } else {
            Weight::Good
        };
        let by = line.map_or_else(String::new, |line| format!("; the line: {}{}", line.method, between(line)));
        let basis = format!("least room of the month over all futures, rounded down to whole units{by}");
        finding(sentence, weight, &basis, "headroom").of(&pool.pool).number(
            f64::from(room.p50),
            f64::from(room.p10),
            f64::from(room.p90),
            "80 % of futures",
        )
    });
    section(3, "now", "Where are we now?", each.collect()).show(&[], &["headroom", "load-lines"])
}

/// ", 0.71 to 0.74 of capacity", where the interval of a line is known.
fn between(line: &crate::plan::Line) -> String {
    let words = |(low, high): (f64, f64)| format!(", {} to {} of capacity", format::percent(low), format::percent(high));
    line.interval.map_or_else(String::new, words)
}

fn demand(evidence: &Evidence<'_>) -> Section {
    let mut findings = Vec::new();
    for pool in &evidence.plan.pools {
        let Some(forecast) = binding_forecast(evidence, pool) else { continue };
        let (Some(last), Some(first)) = (forecast.quantiles.last(), forecast.quantiles.first()) else { continue };
        let at = |of: &[crate::paths::QuantileAt], p: f64| {
            of.iter().find(|at| (at.probability - p).abs() < 1e-9).map_or(0.0, |at| at.value)
        };
        let test = forecast.backtest.as_ref().map_or_else(
            || "no back-test was possible".to_owned(),
            |test| {
                let ratio = if test.naive_crps > 0.0 { test.crps / test.naive_crps } else { 1.0 };
                format!(
                    "back-test error {:.2} × seasonal naive over {} origins, the 80 % band held {} of {} points",
                    ratio,
                    test.origins,
                    format::percent(test.coverage_80),
                    test.points
                )
            },
        );
        let (low, mid, high) = (at(last, 0.1), at(last, 0.5), at(last, 0.9));
        let sentence = format!(
            "{} {}: {} at the start, {} at the end in the median future (80 %: {} to {}), by {}; {test}.",
            pool.pool,
            forecast.key.metric,
            format::amount(at(first, 0.5), &forecast.unit),
            format::amount(mid, &forecast.unit),
            format::amount(low, &forecast.unit),
            format::amount(high, &forecast.unit),
            forecast.model
        );
        let untested = forecast.backtest.is_none();
        let weight = if untested { Weight::Watch } else { Weight::Good };
        findings.push(finding(sentence, weight, "joint sample paths", "forecasts").of(&pool.pool).number(
            mid,
            low,
            high,
            "80 % of futures",
        ));
    }
    let ids: Vec<String> = evidence.plan.pools.iter().map(|pool| format!("demand-{}", pool.pool)).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    section(4, "demand", "Where is demand going?", findings).show(&ids, &["backtest"]).beware(&[
        "Paths draw the same past dates for all pools, so what peaked together peaks together; what never happened in the history is not in them: put it into a scenario.",
    ])
}

fn exhaustion(evidence: &Evidence<'_>) -> Section {
    let end = evidence.plan.end;
    let mut findings = Vec::new();
    for pool in &evidence.plan.pools {
        let variants = [("everything up", Some(&pool.exhaustion)), ("its redundancy lost", pool.reserve_exhaustion.as_ref())];
        for (variant, found) in variants.into_iter().filter_map(|(variant, found)| Some((variant, found?))) {
            let never = found.never;
            let sentence = match crossing_words(found, end) {
                Some(words) => format!(
                    "{} with {variant}: crosses {words}; P(never before {}) = {}.",
                    pool.pool,
                    format::day(end),
                    format::percent(never.value)
                ),
                None => format!(
                    "{} with {variant}: does not cross before {} in {} of futures.",
                    pool.pool,
                    format::day(end),
                    format::percent(never.value)
                ),
            };
            let weight = if found.p50.is_some() {
                Weight::Act
            } else if found.p10.is_some() {
                Weight::Watch
            } else {
                Weight::Good
            };
            findings.push(
                finding(sentence, weight, "first passage of each future, confirmed over the declared span", "exhaustion")
                    .of(&pool.pool)
                    .estimate(never),
            );
        }
    }
    section(5, "exhaustion", "When do we cross?", findings).show(&["exhaustion"], &["exhaustion"])
}

fn survival(evidence: &Evidence<'_>) -> Section {
    let title = charts::all(evidence).into_iter().find(|chart| chart.id == "survival").map(|chart| chart.title);
    let sentence = title.map_or_else(String::new, |title| format!("{title}."));
    let weight = if sentence.starts_with("From") { Weight::Act } else { Weight::Good };
    let finding = finding(sentence, weight, "the month's highest hour of each future against what is left", "survival");
    let findings: Vec<Finding> = std::iter::once(finding).chain(error_budget(evidence)).chain(rare_events(evidence)).collect();
    let tables: &[&str] = if evidence.plan.answers.is_empty() { &["survival"] } else { &["survival", "rare"] };
    section(6, "survival", "Do we survive the loss of a host, a rack, a zone at that day's peak?", findings)
        .show(&["survival"], tables)
}

/// Rare events that the model asks for, each with its error and how it was found.
fn rare_events(evidence: &Evidence<'_>) -> Vec<Finding> {
    let one = |one: &Answered| {
        let (asked, found) = (&one.question, &one.answer);
        let days = format::number(asked.within_hours / 24.0);
        let error = if found.standard_error > 0.0 { format!(" ± {:.1} %", 196.0 * found.relative_error) } else { String::new() };
        let check = found.cross_check.map_or_else(String::new, |check| {
            format!(", checked by {}: {:.1} standard errors apart", tables::rare_method(check.method), check.z.abs())
        });
        let warning = found.warning.map_or_else(String::new, |warning| format!(" Beware: {}.", tables::rare_warning(warning)));
        let bound = matches!(found.warning, Some(Warning::NothingSeen { .. }));
        let sentence = format!(
            "P({} has fewer than {} of {} hosts up at some moment within {days} days) {} {:.2e}{error} ({}{check}).{warning}",
            asked.pool,
            asked.below,
            one.hosts,
            if bound { "is below" } else { "=" },
            found.value,
            tables::rare_method(found.method),
        );
        let weight = if found.warning.is_some() { Weight::Watch } else { Weight::Good };
        let method = "all up and new on the first day; 95 % interval; failures of hosts and domains as declared";
        finding(sentence, weight, method, "rare")
            .of(&asked.pool)
            .estimate(Estimate { value: found.value, standard_error: found.standard_error })
    };
    evidence.plan.answers.iter().map(one).collect()
}

/// Expected minutes above the line in the worst month, against what the availability objective allows.
fn error_budget(evidence: &Evidence<'_>) -> Option<Finding> {
    let plan = evidence.plan;
    let availability = evidence.scenarios.first()?.model.objective.availability?;
    let allowed = crate::slo::budget_minutes_per_month(availability);
    let each = plan
        .pools
        .iter()
        .flat_map(|pool| pool.adequacy.months.iter().enumerate().map(move |(m, month)| (pool, m, month.lole_hours.estimate)));
    let (pool, month, hours) = each.max_by(|a, b| a.2.value.total_cmp(&b.2.value))?;
    let minutes = Estimate { value: hours.value * 60.0, standard_error: hours.standard_error * 60.0 };
    let sentence = format!(
        "{} is expected to spend {} ± {} minutes above its line in {}, its worst month; {} of availability allows {} minutes a month.",
        pool.pool,
        format::number(minutes.value),
        format::number(minutes.standard_error),
        format::month(plan.months[month]),
        format::percent(availability),
        format::number(allowed)
    );
    let weight = if minutes.value > allowed { Weight::Act } else { Weight::Good };
    Some(
        finding(sentence, weight, "LOLE of the orders as declared; time above the line counts as missed", "risk-by-month")
            .of(&pool.pool)
            .estimate(minutes),
    )
}

fn orders(evidence: &Evidence<'_>) -> Section {
    let plan = evidence.plan;
    let mut findings = Vec::new();
    for pool in &plan.pools {
        let reserve = if pool.reserve_exhaustion.is_some() { " of the line with its redundancy lost" } else { "" };
        let by = match pool.order_by {
            OrderBy::NotNeeded => format!("no order is needed before {}", format::day(plan.end)),
            OrderBy::By(day) => format!(
                "order by {} so that P(arrival before the crossing{reserve}) is {}",
                format::day(day),
                format::percent(1.0 - plan.late_arrival)
            ),
            OrderBy::Overdue => format!(
                "in more than {} of futures an order placed today arrives after the crossing{reserve}",
                format::percent(plan.late_arrival)
            ),
        };
        let each: Vec<String> = chosen(pool)
            .orders
            .iter()
            .map(|order| {
                format!(
                    "{} by {} (needed {})",
                    format::units(order.units, &order.unit),
                    format::day(order.order_by),
                    format::day(order.needed)
                )
            })
            .collect();
        let buy = if each.is_empty() {
            "the risk rule asks for nothing".to_owned()
        } else {
            format!("the risk rule asks for {}", each.join(", "))
        };
        let weight =
            if chosen(pool).orders.is_empty() && pool.order_by == OrderBy::NotNeeded { Weight::Good } else { Weight::Act };
        findings.push(
            finding(
                format!("{}: {by}; {buy}.", pool.pool),
                weight,
                "search over whole lots, each candidate simulated",
                "schedule",
            )
            .of(&pool.pool),
        );
    }
    let mut section = section(7, "orders", "What must be ordered, and by when?", findings)
        .show(&["orders", "risk"], &["schedule", "risk-by-month", "adequacy"]);
    if !section_has_orders(plan) {
        section.charts.retain(|id| id != "orders");
    }
    let early: Vec<String> = plan.pools.iter().filter_map(|pool| too_late(plan, pool)).collect();
    section.caveats.extend(early);
    section.beware(&[
        "The rule is P(any shortfall in the month) of each pool, judged in the months that an order placed today can reach; a shortfall is demand above the safe-load line, before anything breaks.",
        "The schedule is searched on these futures and simulated again under other failures (column “fresh failures”); the demand paths are the same.",
    ])
}

fn section_has_orders(plan: &Plan) -> bool {
    plan.pools.iter().any(|pool| !chosen(pool).orders.is_empty())
}

/// Months before any order can arrive whose risk is above the rule.
fn too_late(plan: &Plan, pool: &PoolPlan) -> Option<String> {
    let early = chosen(pool).risk.iter().take(pool.first_month).enumerate();
    let (month, worst) = early.max_by(|a, b| a.1.value.total_cmp(&b.1.value))?;
    (worst.value > plan.accepted).then(|| {
        format!(
            "{}: orders placed today may come too late for {}: with the recommended ones the risk there is {} ({} as declared).",
            pool.pool,
            format::month(plan.months[month]),
            format::percent(worst.value),
            format::percent(pool.adequacy.months[month].lolp.estimate.value)
        )
    })
}

fn cost(evidence: &Evidence<'_>) -> Section {
    let plan = evidence.plan;
    let total = format::money(plan.cost(), &plan.currency);
    let sentence = format!("The recommended orders cost {total} until {}.", format::day(plan.end));
    let exact = finding(
        sentence,
        Weight::Watch,
        "purchase on order, monthly price from the mean arrival to the end of the horizon",
        "schedule",
    );
    let exact = Finding { value: Some(plan.cost().0), ..exact };
    let mut findings = vec![exact];
    if let Some((accepted, cheaper, worst)) = plan.frontier.first() {
        let sentence = format!(
            "Accepting {} a month in place of {} would cost {}; the worst month's risk is then {}.",
            format::percent(*accepted),
            format::percent(plan.accepted),
            format::money(*cheaper, &plan.currency),
            format::percent(worst.value)
        );
        findings.push(finding(sentence, Weight::Good, "schedule for that rule, simulated", "frontier").estimate(*worst));
    }
    section(8, "cost", "What does it cost?", findings)
        .show(&["cost-risk"], &["frontier"])
        .beware(&["Units already in force and committed orders are in every option, and so in none of these costs."])
}

fn what_if(evidence: &Evidence<'_>) -> Section {
    let plan = evidence.plan;
    let mut findings = Vec::new();
    for scenario in plan.scenarios.iter().skip(1) {
        let worst = scenario.pools.iter().max_by(|a, b| a.difference.value.abs().total_cmp(&b.difference.value.abs()));
        let Some(worst) = worst else { continue };
        let units: Vec<String> = scenario
            .pools
            .iter()
            .filter(|pool| pool.units_needed > 0)
            .map(|pool| format!("{} {}", pool.units_needed, pool.pool))
            .collect();
        let units = if units.is_empty() {
            "no unit is missing under the rule".to_owned()
        } else {
            format!("units missing under the rule: {}", units.join(", "))
        };
        let sentence = format!(
            "{}: {} The chance of a shortfall within the horizon moves most for {}: {} ({:+.1} ± {:.1} points against base); {units}.",
            scenario.scenario,
            scenario.supposes,
            worst.pool,
            format::percent(worst.risk_over_horizon.value),
            worst.difference.value * 100.0,
            worst.difference.standard_error * 100.0
        );
        findings.push(
            finding(sentence, Weight::Watch, "common random numbers, paired difference", "scenarios").estimate(worst.difference),
        );
    }
    section(9, "what-if", "What if?", findings).show(&[], &["scenarios"])
}

fn why_not(evidence: &Evidence<'_>) -> Section {
    let mut findings = Vec::new();
    for pool in &evidence.plan.pools {
        for (i, option) in pool.options.iter().enumerate() {
            let weight = if i == pool.chosen { Weight::Good } else { Weight::Watch };
            let sentence = format!(
                "{}, {}: {} for {}; {}.",
                pool.pool,
                option.name,
                if option.units() == 0 { "nothing".to_owned() } else { format::units(option.units(), &pool.unit) },
                format::money(option.cost, &evidence.plan.currency),
                tables::why(option, evidence)
            );
            findings.push(
                finding(sentence, weight, "simulated on the same futures", "options").of(&pool.pool).estimate(option.worst()),
            );
        }
    }
    section(11, "why", "Why this and not that?", findings).show(&[], &["options"])
}

fn provenance(evidence: &Evidence<'_>) -> Section {
    let provenance = &evidence.provenance;
    let sentence = format!(
        "{}; seed {}; {} futures of each of {} scenarios; {} more simulations to find and check the orders; {} inputs by checksum.",
        provenance.program,
        provenance.seed,
        format::number(f64::from(provenance.replications)),
        evidence.scenarios.len(),
        evidence.plan.simulations,
        provenance.inputs.len()
    );
    let methods = [
        "Demand: levels by rolling-origin choice of forecaster, joint paths from blocks of past dates, bands corrected by the back-test; hours from past days kept whole.",
        "Failures: event by event over the domain tree from the steady state; orders after random lead times; draws addressed by seed, replication, component and purpose.",
    ];
    let mut findings = vec![finding(sentence, Weight::Good, "manifest.json holds all of it", "quality")];
    findings.extend(methods.map(|method| finding(method.to_owned(), Weight::Good, "see docs/concepts", "quality")));
    for finding in &mut findings {
        finding.evidence = None;
    }
    section(12, "provenance", "How do I get the same numbers again?", findings)
}
